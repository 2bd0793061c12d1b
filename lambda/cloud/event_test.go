package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"stockchecker/lambda/checker"
)

func TestDecodeEvent(t *testing.T) {
	const rest = `"topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock"`
	for _, test := range []struct {
		name     string
		event    string
		checker  string
		stateKey string
	}{
		{"as it travels", `{"name":"ps5","url":"https://shop.example/ps5",` + rest + `,"s3Object":"state/ps5.json"}`, "ps5", "state/ps5.json"},
		{"without the object", `{"name":"ps5","url":"https://shop.example/ps5",` + rest + `}`, "ps5", "state/ps5.json"},
		{"object of another name", `{"name":"ps5","url":"https://shop.example/ps5",` + rest + `,"s3Object":"old/console.json"}`, "ps5", "old/console.json"},
		{"older form", `{"url":"https://shop.example/ps5",` + rest + `,"s3Object":"ps5.json"}`, "ps5", "ps5.json"},
		{"older form, spaced", " {\n\t\"url\" : \"https://shop.example/ps5\" , " + rest + ", \"s3Object\":\"ps5.json\" }\n", "ps5", "ps5.json"},
		{"older form with settings", `{"every":"5m","url":"https://shop.example/ps5",` + rest + `,"s3Object":"ps5.json"}`, "ps5", "ps5.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ev, err := decodeEvent([]byte(test.event))
			if err != nil {
				t.Fatal(err)
			}
			if ev.checker.Name != test.checker || ev.stateKey != test.stateKey {
				t.Errorf("checker %q with its state at %q, want %q at %q", ev.checker.Name, ev.stateKey, test.checker, test.stateKey)
			}
			if ev.checker.URL != "https://shop.example/ps5" || ev.topicARN != testTopic || ev.bucket != "stock" {
				t.Errorf("URL %q, topic %q, bucket %q", ev.checker.URL, ev.topicARN, ev.bucket)
			}
			if want := strings.Contains(test.event, "5m"); (ev.checker.Every == 5*time.Minute) != want {
				t.Errorf("every is %s", ev.checker.Every)
			}
		})
	}
}

func TestDecodeEventFaults(t *testing.T) {
	const (
		places = `"topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock","s3Object":"state/ps5.json"`
		ps5    = `"name":"ps5","url":"https://shop.example/ps5"`
	)
	for _, test := range []struct{ event, want string }{
		{`{"name":"ps5",` + places + `}`,
			`checker "ps5": url: is missing; write "url": "https://shop.example/ps5"`},
		{`{` + ps5 + `,"evry":"5m",` + places + `}`,
			`checker "ps5": evry: is no key here; did you mean "every"?`},
		{`{` + ps5 + `,"every":5,` + places + `}`,
			`checker "ps5": every: is a number, but must be a string, such as "5m"`},
		{`{` + ps5 + `,"url":"https://other.example",` + places + `}`,
			`checker "ps5": url: stands here a second time, first at line 1; remove one of them`},
		{`{` + ps5 + `}`,
			`checker "ps5": topicArn: is missing; write "topicArn": "arn:aws:sns:eu-west-1:123456789012:alerts"` + "\n" +
				`checker "ps5": s3Bucket: is missing; write "s3Bucket": "my-stock-bucket"`},
		{`{"url":"https://shop.example/ps5","topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock"}`,
			`name: is missing; write "name": "ps5"` + "\n" +
				`s3Object: is missing; write "s3Object": "state/ps5.json"`},
		{`{` + ps5 + `,"topicArn":"","s3Bucket":"stock"}`,
			`checker "ps5": topicArn: "" is no ARN of an SNS topic; it looks like "arn:aws:sns:eu-west-1:123456789012:alerts"`},
		{`{` + ps5 + `,"topicArn":"arn:aws:sqs:eu-west-1:123456789012:alerts","s3Bucket":"stock"}`,
			`checker "ps5": topicArn: "arn:aws:sqs:eu-west-1:123456789012:alerts" is no ARN of an SNS topic; it looks like "arn:aws:sns:eu-west-1:123456789012:alerts"`},
		{`{` + ps5 + `,"topicArn":["x"],"s3Bucket":null,"s3Object":7}`,
			`checker "ps5": topicArn: is no string; write one, such as "arn:aws:sns:eu-west-1:123456789012:alerts"` + "\n" +
				`checker "ps5": s3Bucket: is no string; write one, such as "my-stock-bucket"` + "\n" +
				`checker "ps5": s3Object: is no string; write one, such as "state/ps5.json"`},
		{`{` + ps5 + `,"topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"s3://stock/"}`,
			`checker "ps5": s3Bucket: "s3://stock/" is no name of a bucket; it looks like "my-stock-bucket"`},
		{`{` + ps5 + `,"topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock","s3Object":""}`,
			`checker "ps5": s3Object: "" is no key of an object, which has 1 to 1024 bytes; it looks like "state/ps5.json"`},
		{`{` + ps5 + `,"topicARN":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock"}`,
			`checker "ps5": topicARN: is no key here; did you mean "topicArn"?`},
		{`{` + ps5 + `,` + places + `,"s3Bucket":"other"}`,
			`checker "ps5": s3Bucket: stands here a second time; remove one of them`},
		{`{"name":"PS5","url":"https://shop.example/ps5",` + places + `}`,
			`checker "PS5": name: "PS5" is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit`},
		{`{"name":"","url":"https://shop.example/ps5",` + places + `}`,
			`name: is empty; write a value`},
		{`[]`, `the whole is a list, but must be an object, in { and }`},
		{`null`, `the whole is null, but must be an object, in { and }`},
	} {
		_, err := decodeEvent([]byte(test.event))
		if err == nil || err.Error() != "decode event: "+test.want {
			t.Errorf("%s:\ngot  %v\nwant decode event: %s", test.event, err, test.want)
			continue
		}
		if _, ok := errors.AsType[checker.Faults](err); !ok {
			t.Errorf("%s: the error is %T, with no Faults inside", test.event, err)
		}
	}
	// Of very many faults the text has the first.
	for n, more := range map[int]string{20: "", 21: "\nand 1 more", 5000: "\nand 4980 more"} {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":1`, i)
		}
		_, err := decodeEvent([]byte(`{` + ps5 + b.String() + `,` + places + `}`))
		faults, ok := errors.AsType[checker.Faults](err)
		if !ok || len(faults) != n || err.Error() != "decode event: "+faults[:20].Error()+more {
			t.Errorf("%d faults: %d are in %v", n, len(faults), err)
		}
	}
	// What JSON itself forbids is told in the words of the definition's reader.
	for _, event := range []string{``, ` `, `{`, `{"name"`, `{"name":}`, `{"name":"ps5",}`, `{} {}`, `{"a":1}x`, "{\"a\":\"\xff\"}", `"ps5"`, `{1:2}`} {
		if _, err := decodeEvent([]byte(event)); err == nil || !strings.HasPrefix(err.Error(), "decode event: ") || strings.HasSuffix(err.Error(), ": ") {
			t.Errorf("%q: got %v", event, err)
		}
	}
}

func TestNameOf(t *testing.T) {
	for key, want := range map[string]string{
		"ps5.json":                           "ps5",
		"state/ps5.json":                     "ps5",
		"a/b.c/PS5 Digital (EU).json":        "ps5-digital-eu",
		"xbox_series_x.json":                 "xbox-series-x",
		"--ps5--.json":                       "ps5",
		"ps5":                                "ps5",
		"ps5.v2.json":                        "ps5-v2",
		"state/":                             "state",
		"Épervier.json":                      "pervier",
		"日本.json":                            "checker-0df3007f",
		".json":                              "checker-12157ab0",
		"/":                                  "checker-8a5edab2",
		strings.Repeat("a", 60) + ".json":    strings.Repeat("a", 40),
		strings.Repeat("a", 39) + "-b.json":  strings.Repeat("a", 39),
		"rtx 5090 @ newegg \U0001F525.json":  "rtx-5090-newegg",
		"../../etc/passwd":                   "passwd",
		"line\nbreak.json":                   "line-break",
		"ends with a dot..json":              "ends-with-a-dot",
		"${Token[TOKEN.1]}/{curly}/item.txt": "item",
	} {
		if got := nameOf(key); got != want {
			t.Errorf("nameOf(%q) = %q, want %q", key, got, want)
		}
	}
}

// FuzzDecodeEvent: any event is decoded or refused in words, and what is decoded is
// whole.
func FuzzDecodeEvent(f *testing.F) {
	const rest = `"topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock"`
	for _, seed := range []string{
		`{"name":"ps5","url":"https://shop.example/ps5",` + rest + `,"s3Object":"state/ps5.json"}`,
		`{"url":"https://shop.example/ps5",` + rest + `,"s3Object":"日本.json"}`,
		`{"url":"https://shop.example/ps5",` + rest + `,"s3Object":"\ud800/\u0000"}`,
		`{"name":"ps5","name":7,"url":"https://shop.example/ps5","every":"10s",` + rest + `}`,
		`{"version":"0","detail-type":"Scheduled Event","detail":{}}`,
		`{"a":[{"b":null}]} x`, `[]`, ``, `{"s3object":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, err := decodeEvent(data)
		if err != nil {
			if faults, ok := errors.AsType[checker.Faults](err); !ok || len(faults) == 0 {
				t.Fatalf("the error names no fault: %v", err)
			}
			return
		}
		if !name.MatchString(ev.checker.Name) || ev.checker.URL == "" || ev.topicARN == "" || ev.bucket == "" || ev.stateKey == "" || len(ev.stateKey) > 1024 {
			t.Fatalf("decoded %+v of %+v", ev, ev.checker)
		}
		if !json.Valid(data) {
			t.Fatal("decoded what is no JSON")
		}
	})
}

// A rule sends the same event each time: it is decoded once, and its checker is the
// same, as what is remembered of its page demands.
func TestEventsAreDecodedOnce(t *testing.T) {
	var es events
	event := func(n int) []byte {
		return fmt.Appendf(nil, `{"name": "p%d", "url": "https://shop.example/%[1]d", "topicArn": "arn:aws:sns:eu-west-1:123456789012:alerts", "s3Bucket": "stock", "s3Object": "state/p%[1]d.json"}`, n)
	}
	first, err := es.decode(event(0))
	if err != nil {
		t.Fatal(err)
	}
	again, err := es.decode(event(0))
	if err != nil || again != first {
		t.Errorf("decoded again, %v", err)
	}
	if other, err := es.decode(event(1)); err != nil || other.checker.Name != "p1" {
		t.Errorf("another event is %+v, %v", other, err)
	}
	for range 2 {
		if _, err := es.decode([]byte(`{"url": 5}`)); err == nil {
			t.Error("a faulty event was taken")
		}
	}
	for n := range 3 * maxEvents {
		if _, err := es.decode(event(n)); err != nil {
			t.Fatal(err)
		}
		if len(es.seen) > maxEvents {
			t.Fatalf("%d events are kept", len(es.seen))
		}
	}
}
