package cloud

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"stockchecker/lambda/checker"
)

// event is what a check is asked for with.
type event struct {
	checker  *checker.Checker
	topicARN string
	bucket   string
	stateKey string
}

// events are those that were decoded: a rule sends the same one each time, and its
// checker is then the same too. The zero value is ready for use.
type events struct {
	mu   sync.Mutex
	seen map[string]*event
}

// maxEvents is more than the checkers that one process of the function sees, and
// few enough for its memory.
const maxEvents = 256

// decode is decodeEvent, once for each event.
func (es *events) decode(data []byte) (*event, error) {
	es.mu.Lock()
	defer es.mu.Unlock()
	if ev := es.seen[string(data)]; ev != nil {
		return ev, nil
	}
	ev, err := decodeEvent(data)
	if err != nil {
		return nil, err
	}
	if len(es.seen) >= maxEvents || es.seen == nil {
		es.seen = map[string]*event{}
	}
	es.seen[string(data)] = ev
	return ev, nil
}

// place is a key of an event that is no key of a checker.
type place struct {
	key     string
	pattern *regexp.Regexp
	want    string // what is said of a value that does not match
	example string
}

var places = []place{
	{"topicArn", regexp.MustCompile(`^arn:[^:\s]+:sns:[^:\s]+:[^:\s]+:[^:\s]+$`), "is no ARN of an SNS topic", "arn:aws:sns:eu-west-1:123456789012:alerts"},
	{"s3Bucket", regexp.MustCompile(`^[A-Za-z0-9._-]{3,255}$`), "is no name of a bucket", "my-stock-bucket"},
	{"s3Object", regexp.MustCompile(`(?s)^.+$`), "is no key of an object, which has 1 to 1024 bytes", "state/ps5.json"},
}

// decodeEvent reads an event. All that is wrong in it is reported at once, as a
// checker.Faults; of very much that is wrong the text has the beginning.
func decodeEvent(data []byte) (*event, error) {
	ev, faults := readEvent(data)
	if len(faults) == 0 {
		return ev, nil
	}
	says := "decode event: " + faults[:min(len(faults), maxFaults)].Error()
	if more := len(faults) - maxFaults; more > 0 {
		says += fmt.Sprintf("\nand %d more", more)
	}
	return nil, &fault{says: says, err: faults}
}

// maxFaults keeps what is logged and answered of a bad event readable: it may have
// 256 KB.
const maxFaults = 20

func readEvent(data []byte) (*event, checker.Faults) {
	members, ok := takeApart(data)
	if !ok {
		// The definition's reader says what is wrong.
		_, err := checker.ParseDefinition(data)
		return nil, asFaults(cmp.Or(err, errNoObject))
	}
	ev := &event{}
	values := map[string]string{}
	name, faults := takePlaces(&members, values)
	if name == "" && values["s3Object"] != "" && !members.has("name") {
		name = nameOf(values["s3Object"])
		members = append(members, member{"name", quoteJSON(name)})
	}
	ev.topicARN, ev.bucket, ev.stateKey = values["topicArn"], values["s3Bucket"], values["s3Object"]
	if ev.stateKey == "" {
		ev.stateKey = stateKey(name)
	}
	definition, err := checker.ParseDefinition(members.encode())
	if err != nil {
		return nil, append(asFaults(err), faults...)
	}
	if ev.checker, err = checker.Resolve(definition); err != nil {
		return nil, append(asFaults(err), faults...)
	}
	return ev, faults
}

// takePlaces moves the places out of the members, into values. It also returns the
// name that the event has.
func takePlaces(list *memberList, values map[string]string) (name string, faults checker.Faults) {
	for _, m := range *list {
		if m.name == "name" {
			_ = json.Unmarshal(m.value, &name) // what is no string is told with the definition
		}
	}
	fault := func(key, format string, args ...any) {
		faults = append(faults, checker.Fault{Checker: name, Key: key, Message: fmt.Sprintf(format, args...)})
	}
	seen := map[string]bool{}
	var rest memberList
	for _, m := range *list {
		p := placeNamed(m.name)
		var text *string
		switch {
		case p == nil:
			rest = append(rest, m)
		case p.key != m.name:
			fault(m.name, "is no key here; did you mean %q?", p.key)
			seen[p.key] = true
		case seen[p.key]:
			fault(p.key, "stands here a second time; remove one of them")
		default:
			seen[p.key] = true
			if err := json.Unmarshal(m.value, &text); err != nil || text == nil {
				fault(p.key, "is no string; write one, such as %q", p.example)
			} else if !p.pattern.MatchString(*text) || len(*text) > 1024 {
				fault(p.key, "%q %s; it looks like %q", oneLine(*text), p.want, p.example)
			} else {
				values[p.key] = *text
			}
		}
	}
	for _, p := range places {
		// The object can be made of the name.
		if !seen[p.key] && (p.key != "s3Object" || name == "") {
			fault(p.key, "is missing; write %q: %q", p.key, p.example)
		}
	}
	*list = rest
	return name, faults
}

var errNoObject = errors.New("is no JSON object")

func placeNamed(name string) *place {
	for i := range places {
		if strings.EqualFold(places[i].key, name) {
			return &places[i]
		}
	}
	return nil
}

func asFaults(err error) checker.Faults {
	if faults, ok := err.(checker.Faults); ok {
		return faults
	}
	return checker.Faults{{Message: err.Error()}}
}

// nameOf makes a checker's name of the key of its state.
func nameOf(key string) string {
	base := strings.TrimSuffix(path.Base(key), path.Ext(key))
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(base), "-"), "-")
	if len(name) > maxName {
		name = strings.TrimRight(name[:maxName], "-")
	}
	if name == "" {
		name = fmt.Sprintf("checker-%.4x", sha256.Sum256([]byte(key)))
	}
	return name
}

const maxName = 40

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// member is a member of a JSON object as it was written.
type member struct {
	name  string
	value json.RawMessage
}

type memberList []member

// takeApart gives the members of a text that is one JSON object. Duplicates stay.
func takeApart(data []byte) (list memberList, ok bool) {
	if !utf8.Valid(data) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, false
		}
		m := member{}
		m.name, ok = name.(string)
		if err := d.Decode(&m.value); err != nil || !ok {
			return nil, false
		}
		list = append(list, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	return list, len(bytes.TrimSpace(data[d.InputOffset():])) == 0
}

func (list memberList) has(name string) bool {
	for _, m := range list {
		if m.name == name {
			return true
		}
	}
	return false
}

func (list memberList) encode() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoteJSON(m.name))
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func quoteJSON(s string) json.RawMessage {
	text, _ := json.Marshal(s) // a string has no error
	return text
}
