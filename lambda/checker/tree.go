package checker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is a JSON type; several may be joined, where a value can be of any.
type kind uint8

const (
	nullKind kind = 1 << iota
	boolKind
	numberKind
	stringKind
	listKind
	objectKind
)

var kindNames = map[kind]string{
	nullKind: "null", boolKind: "true or false", numberKind: "a number", stringKind: "a string", listKind: "a list", objectKind: "an object",
}

// node is a JSON value that knows its place in the text. encoding/json alone
// would lose the places, the duplicate keys, and all faults but the first.
type node struct {
	kind    kind
	at      int    // offset of its first byte
	raw     []byte // as it is written
	text    string // of a string: decoded; of a number: its literal
	bool    bool
	list    []*node
	members []member

	faulty bool // told already: not to be read further
}

type member struct {
	name  string
	at    int // offset of the name
	value *node
}

// member returns the last value of that name, or nil.
func (n *node) member(name string) *node {
	var found *node
	for _, m := range n.members {
		if m.name == name {
			found = m.value
		}
	}
	return found
}

// maxDepth is far above what a definition needs (a header's value: 4).
const maxDepth = 20

// parseTree reads one JSON value. Its error is a *textError.
func parseTree(data []byte) (*node, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &textError{0, `the file is empty; it must have at least {"checkers": [{"name": "…", "url": "…"}]}`}
	}
	if i := invalidUTF8(data); i >= 0 {
		return nil, &textError{i, "the text is not UTF-8 here; save the file as UTF-8"}
	}
	// The scanner's offsets of syntax errors are exact, those of the token
	// stream are not.
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, explainSyntax(data, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return (&treeParser{data: data, dec: dec}).value(1)
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

type treeParser struct {
	data []byte
	dec  *json.Decoder
}

// token returns the next token and where it begins.
func (p *treeParser) token() (json.Token, int, error) {
	at := int(p.dec.InputOffset())
	for at < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[at]) >= 0 {
		at++
	}
	t, err := p.dec.Token()
	if err != nil {
		return nil, at, &textError{at, "no JSON here: " + err.Error()}
	}
	return t, at, nil
}

func (p *treeParser) value(depth int) (*node, error) {
	token, at, err := p.token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, &textError{at, fmt.Sprintf("lists and objects stand more than %d deep in each other here; no key needs that", maxDepth)}
	}
	n := &node{at: at}
	switch t := token.(type) {
	case nil:
		n.kind = nullKind
	case bool:
		n.kind, n.bool = boolKind, t
	case json.Number:
		n.kind, n.text = numberKind, t.String()
	case string:
		n.kind, n.text = stringKind, t
	case json.Delim:
		n.kind = listKind
		if t == '{' {
			n.kind = objectKind
		}
		for p.dec.More() {
			var m member
			if n.kind == objectKind {
				name, at, err := p.token()
				if err != nil {
					return nil, err
				}
				m.name, _ = name.(string)
				m.at = at
			}
			if m.value, err = p.value(depth + 1); err != nil {
				return nil, err
			}
			if n.kind == objectKind {
				n.members = append(n.members, m)
			} else {
				n.list = append(n.list, m.value)
			}
		}
		if _, _, err := p.token(); err != nil { // the closing bracket
			return nil, err
		}
	}
	n.raw = p.data[at:p.dec.InputOffset()]
	return n, nil
}

// textError is a fault of the text itself, which ends the reading.
type textError struct {
	at      int
	message string
}

func (e *textError) Error() string { return e.message }

// explainSyntax says a syntax error of encoding/json in words that tell what to
// do, at the place where to do it.
func explainSyntax(data []byte, err error) *textError {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return &textError{0, "no JSON: " + err.Error()}
	}
	message := syntax.Error()
	if strings.Contains(message, "max depth") {
		return &textError{0, fmt.Sprintf("lists and objects stand more than %d deep in each other; no key needs that", maxDepth)}
	}
	if strings.HasPrefix(message, "unexpected end") {
		return &textError{len(bytes.TrimRight(data, " \t\r\n")), "the file ends too early; " + missingEnd(data)}
	}
	at := max(int(syntax.Offset)-1, 0)
	rest := data[at:]
	r, _ := utf8.DecodeRune(rest)
	before := len(bytes.TrimRight(data[:at], " \t\r\n")) // end of the text before
	last := byte(0)
	if before > 0 {
		last = data[before-1]
	}
	inString := strings.Contains(message, "string literal") || strings.Contains(message, "string escape") || strings.Contains(message, `\u hexadecimal`)
	switch {
	case strings.Contains(message, "string escape"):
		if !unicode.IsGraphic(r) {
			return &textError{at - 1, fmt.Sprintf(`a backslash before %s is no escape in JSON; a backslash in a string is written twice: \\`, charName(r))}
		}
		return &textError{at - 1, fmt.Sprintf(`\%c is no escape in JSON; a backslash in a string is written twice: \\%[1]c`, r)}
	case inString && (r == '\n' || r == '\r'):
		return &textError{at, `the string is not closed on its line; add a "`}
	case inString:
		return &textError{at, fmt.Sprintf("%s cannot stand in a string; %s", charName(r), `write it as an escape, such as \t`)}
	case bytes.HasPrefix(rest, []byte("//")), bytes.HasPrefix(rest, []byte("/*")), r == '#':
		return &textError{at, "JSON has no comments; remove it"}
	case (r == '}' || r == ']') && last == ',':
		return &textError{before - 1, fmt.Sprintf("a comma before the closing %c is one too many; remove it", r)}
	case r == ',' && (last == ',' || last == '[' || last == '{'):
		return &textError{at, "this comma is one too many; remove it"}
	case r == '\'' || strings.ContainsRune("“”„‟‘’‚«»`", r):
		return &textError{at, fmt.Sprintf(`%c is no quotation mark in JSON; write "`, r)}
	case strings.Contains(message, "after object key:value pair"), strings.Contains(message, "after array element"):
		if strings.ContainsRune("}]:=", r) {
			return &textError{at, fmt.Sprintf("%c does not belong here; %s", r, map[bool]string{true: "close the list with ]", false: "close the object with }"}[strings.Contains(message, "array")])}
		}
		return &textError{before, "a comma is missing here"}
	case strings.Contains(message, "after object key"):
		return &textError{before, "a colon is missing here, between the key and its value"}
	case strings.Contains(message, "after top-level value"):
		return &textError{at, "the file goes on after its end; remove what follows, or see whether a bracket closes too early"}
	}
	start, word := wordAt(data, at)
	switch lower := strings.ToLower(word); {
	case strings.Contains(message, "object key string") && word != "":
		return &textError{start, fmt.Sprintf("a key stands in double quotes; write %q", word)}
	case strings.Contains(message, "object key string"):
		return &textError{at, fmt.Sprintf("%s does not belong here; a key in double quotes is expected", charName(r))}
	case lower == "true", lower == "false":
		return &textError{start, fmt.Sprintf("%s is no value in JSON; write %s", word, lower)}
	case lower == "none", lower == "nil", lower == "undefined", lower == "null", lower == "nan", lower == "infinity":
		return &textError{start, fmt.Sprintf("%s is no value in JSON; leave the key out", word)}
	case word != "" && unicode.IsLetter([]rune(word)[0]):
		return &textError{start, fmt.Sprintf("text stands in double quotes; write %q", word)}
	case strings.Contains(message, "looking for beginning of value"):
		return &textError{at, fmt.Sprintf("%s does not belong here; a value is expected", charName(r))}
	}
	return &textError{at, "no JSON here: " + message}
}

func charName(r rune) string {
	if unicode.IsGraphic(r) && r != ' ' {
		return string(r)
	}
	return fmt.Sprintf("the character U+%04X", r)
}

// wordAt returns the word around an offset, and where it begins.
func wordAt(data []byte, at int) (int, string) {
	isWord := func(b byte) bool {
		return b == '_' || b == '-' || b == '$' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
	}
	start, end := at, at
	for start > 0 && isWord(data[start-1]) {
		start--
	}
	for end < len(data) && isWord(data[end]) && end-start < 40 {
		end++
	}
	return start, string(data[start:end])
}

// missingEnd tells which brackets are still open at the end of the text.
func missingEnd(data []byte) string {
	var open []byte
	inString := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	switch {
	case inString:
		return `a string is not closed; add a "`
	case len(open) == 0:
		return "a value is not complete"
	case len(open) > 8:
		return "brackets are not closed"
	}
	slices.Reverse(open)
	return "add " + string(open)
}

// lines finds line and column of an offset.
type lines struct {
	data   []byte
	starts []int // of each line
	runes  []int // before each stride: a file may be one long line with many faults
}

const stride = 1 << 10 // bytes

func newLines(data []byte) lines {
	l := lines{data: data, starts: []int{0}}
	n := 0
	for i, b := range data {
		if i%stride == 0 {
			l.runes = append(l.runes, n)
		}
		if utf8.RuneStart(b) {
			n++
		}
		if b == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	l.runes = append(l.runes, n)
	return l
}

func (l lines) place(at int) (line, column int) {
	i, found := slices.BinarySearch(l.starts, at)
	if !found {
		i--
	}
	return i + 1, l.before(at) - l.before(l.starts[i]) + 1
}

// before is the number of characters before an offset.
func (l lines) before(at int) int {
	at = min(at, len(l.data))
	n := l.runes[at/stride]
	for _, b := range l.data[at/stride*stride : at] {
		if utf8.RuneStart(b) {
			n++
		}
	}
	return n
}
