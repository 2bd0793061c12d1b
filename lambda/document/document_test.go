package document

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
)

var lamp = Entry{{"name", "lamp"}, {"url", "https://shop.example/lamp?a=1&b=2"}}

func add(e Entry) func(*Document) error { return func(d *Document) error { return d.Add(e) } }
func remove(name string) func(*Document) error {
	return func(d *Document) error { return d.Remove(name) }
}
func pause(name string) func(*Document) error {
	return func(d *Document) error { return d.Pause(name) }
}
func resume(name string) func(*Document) error {
	return func(d *Document) error { return d.Resume(name) }
}

func TestEdit(t *testing.T) {
	const entryPS5 = `{"name": "ps5", "url": "https://shop.example/ps5"}`
	const entryTV = `{"name": "tv", "url": "https://shop.example/tv"}`
	const entryLamp = `{"name": "lamp", "url": "https://shop.example/lamp?a=1&b=2"}`
	tests := []struct {
		name      string
		edit      func(*Document) error
		old, want string
	}{
		{"add to nothing", add(lamp), "", "{\n  \"checkers\": [\n    " + entryLamp + "\n  ]\n}\n"},
		{"add to white space", add(lamp), " \n", "{\n  \"checkers\": [\n    " + entryLamp + "\n  ]\n}\n"},
		{"add to an empty object", add(lamp), "{}", `{"checkers": [` + entryLamp + `]}`},
		{"add to an empty object on two lines", add(lamp), "{\n}\n", "{\n  \"checkers\": [\n    " + entryLamp + "\n  ]\n}\n"},
		{"add to an empty list", add(lamp), `{"checkers": []}`, `{"checkers": [` + entryLamp + `]}`},
		{"add to an empty list in lines", add(lamp), "{\n\t\"checkers\": []\n}", "{\n\t\"checkers\": [\n\t\t" + entryLamp + "\n\t]\n}"},
		{"add to an empty list on two lines", add(lamp), "{\n    \"checkers\": [\n    ]\n}\n", "{\n    \"checkers\": [\n        " + entryLamp + "\n    ]\n}\n"},
		{"add where the key is missing", add(lamp), "{\n  \"defaults\": {\"every\": \"5m\"}\n}\n",
			"{\n  \"defaults\": {\"every\": \"5m\"},\n  \"checkers\": [\n    " + entryLamp + "\n  ]\n}\n"},
		{"add to one line", add(lamp), `{"checkers": [` + entryPS5 + `]}`, `{"checkers": [` + entryPS5 + `, ` + entryLamp + `]}`},
		{"add to minified", add(Entry{{"name", "lamp"}, {"url", "https://shop.example/l"}, {"exclude", []string{"a, b: c", "d"}}}),
			`{"checkers":[{"name":"ps5","url":"https://shop.example/ps5"}]}`,
			`{"checkers":[{"name":"ps5","url":"https://shop.example/ps5"},{"name":"lamp","url":"https://shop.example/l","exclude":["a, b: c","d"]}]}`},
		{"add to entries of one line", add(lamp), "{\n  \"checkers\": [\n    " + entryPS5 + ",\n    " + entryTV + "\n  ],\n  \"defaults\": {}\n}\n",
			"{\n  \"checkers\": [\n    " + entryPS5 + ",\n    " + entryTV + ",\n    " + entryLamp + "\n  ],\n  \"defaults\": {}\n}\n"},
		{"add to entries of many lines, tabs", add(Entry{{"name", "lamp"}, {"url", "https://shop.example/l"}, {"exclude", []string{"a", "b"}}}),
			"{\n\t\"checkers\": [\n\t\t{\n\t\t\t\"name\": \"ps5\",\n\t\t\t\"url\": \"https://shop.example/ps5\"\n\t\t}\n\t]\n}",
			"{\n\t\"checkers\": [\n\t\t{\n\t\t\t\"name\": \"ps5\",\n\t\t\t\"url\": \"https://shop.example/ps5\"\n\t\t},\n\t\t{\n\t\t\t\"name\": \"lamp\",\n\t\t\t\"url\": \"https://shop.example/l\",\n\t\t\t\"exclude\": [\"a\", \"b\"]\n\t\t}\n\t]\n}"},
		{"add after four spaces and brackets on a line", add(lamp),
			"{\n    \"checkers\": [{\n        \"name\": \"ps5\",\n        \"url\": \"https://shop.example/ps5\"\n    }]\n}\n",
			"{\n    \"checkers\": [{\n        \"name\": \"ps5\",\n        \"url\": \"https://shop.example/ps5\"\n    }, {\n        \"name\": \"lamp\",\n        \"url\": \"https://shop.example/lamp?a=1&b=2\"\n    }]\n}\n"},
		{"add with Windows' line ends and mark", add(lamp), "\xef\xbb\xbf{\r\n  \"checkers\": [\r\n    " + entryPS5 + "\r\n  ]\r\n}\r\n",
			"\xef\xbb\xbf{\r\n  \"checkers\": [\r\n    " + entryPS5 + ",\r\n    " + entryLamp + "\r\n  ]\r\n}\r\n"},
		{"add to an empty list with Windows' line ends", add(lamp), "{\r\n  \"checkers\": []\r\n}", "{\r\n  \"checkers\": [\r\n    " + entryLamp + "\r\n  ]\r\n}"},
		{"add with spaces inside the braces", add(lamp), `{ "checkers": [ { "name": "ps5", "url": "https://shop.example/ps5" } ] }`,
			`{ "checkers": [ { "name": "ps5", "url": "https://shop.example/ps5" }, { "name": "lamp", "url": "https://shop.example/lamp?a=1&b=2" } ] }`},
		{"add with commas first", add(lamp), "{\"checkers\":\n  [ " + entryPS5 + "\n  , " + entryTV + "\n  ]\n}",
			"{\"checkers\":\n  [ " + entryPS5 + "\n  , " + entryTV + "\n  , " + entryLamp + "\n  ]\n}"},
		{"add with blank lines between", add(lamp), "{\n\"checkers\": [\n" + entryPS5 + ",\n\n" + entryTV + "\n]}",
			"{\n\"checkers\": [\n" + entryPS5 + ",\n\n" + entryTV + ",\n\n" + entryLamp + "\n]}"},

		{"remove the first", remove("ps5"), "{\"checkers\": [\n  " + entryPS5 + ",\n  " + entryTV + "\n]}\n", "{\"checkers\": [\n  " + entryTV + "\n]}\n"},
		{"remove the last", remove("tv"), "{\"checkers\": [\n  " + entryPS5 + ",\n  " + entryTV + "\n]}\n", "{\"checkers\": [\n  " + entryPS5 + "\n]}\n"},
		{"remove the middle one", remove("lamp"), `{"checkers": [` + entryPS5 + `,  ` + entryLamp + ` , ` + entryTV + `]}`, `{"checkers": [` + entryPS5 + ` , ` + entryTV + `]}`},
		{"remove one whose name has an escape", remove("tv"), `{"checkers": [` + entryPS5 + `, {"name": "\u0074v", "url": "https://shop.example/tv"}]}`, `{"checkers": [` + entryPS5 + `]}`},

		{"pause", pause("ps5"), `{"checkers": [` + entryPS5 + `]}`, `{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5", "enabled": false}]}`},
		{"pause an entry of many lines", pause("ps5"), "{\"checkers\": [\r\n{\r\n \"name\":\"ps5\",\r\n \"url\":\"https://shop.example/ps5\"\r\n}]}",
			"{\"checkers\": [\r\n{\r\n \"name\":\"ps5\",\r\n \"url\":\"https://shop.example/ps5\",\r\n \"enabled\":false\r\n}]}"},
		{"pause what says true", pause("ps5"), `{"checkers": [{"enabled" : true, "name": "ps5", "url": "https://shop.example/ps5"}]}`,
			`{"checkers": [{"enabled" : false, "name": "ps5", "url": "https://shop.example/ps5"}]}`},
		{"resume", resume("ps5"), `{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5", "enabled": false}]}`, `{"checkers": [` + entryPS5 + `]}`},
		{"resume where the key is first", resume("ps5"), `{"checkers": [{"enabled": false, "name": "ps5", "url": "https://shop.example/ps5"}]}`, `{"checkers": [` + entryPS5 + `]}`},
		{"resume against the defaults", resume("ps5"), `{"defaults": {"enabled": false}, "checkers": [` + entryPS5 + `]}`,
			`{"defaults": {"enabled": false}, "checkers": [{"name": "ps5", "url": "https://shop.example/ps5", "enabled": true}]}`},
		{"resume a false against the defaults", resume("ps5"), `{"defaults": {"enabled": false}, "checkers": [{"name": "ps5", "enabled": false, "url": "https://shop.example/ps5"}]}`,
			`{"defaults": {"enabled": false}, "checkers": [{"name": "ps5", "enabled": true, "url": "https://shop.example/ps5"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edited("checkers.json", []byte(tt.old), tt.edit)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	const ps5 = `{"name": "ps5", "url": "https://shop.example/ps5"}`
	tests := []struct {
		name string
		edit func(*Document) error
		old  string
		want string
	}{
		{"no JSON", add(lamp), "{\n// no\n}", `checkers.json:2:1: JSON has no comments; remove it`},
		{"no object", add(lamp), "[]", `checkers.json:1:1: the whole is a list, but must be an object, in { and }`},
		{"a faulty file", add(lamp), "{\"checkers\": [\n{\"name\": \"PS 5\", \"url\": \"https://shop.example/ps5\"}]}", `checkers.json:2:10: checker "PS 5": name: `},
		{"checkers is no list", add(lamp), `{"checkers": {}}`, `checkers.json:1:14: checkers: `},
		{"a name that is there", add(Entry{{"name", "ps5"}, {"url", "https://shop.example/l"}}), `{"checkers": [` + ps5 + `]}`,
			`edit checkers.json: nothing was changed, since the file would then have a fault: checker "ps5": name: has the same name as`},
		{"a bad entry", add(Entry{{"name", "lamp"}, {"url", "https://shop.example/l"}, {"every", "soon"}}), "",
			`edit checkers.json: nothing was changed, since the file would then have a fault: checker "lamp": every: "soon" is no duration; write it like 30s, 5m or 1h30m`},
		{"remove what is not there", remove("tv"), `{"checkers": [` + ps5 + `]}`, `there is no checker "tv"`},
		{"remove from nothing", remove("tv"), ``, `there is no checker "tv"`},
		{"remove the only one", remove("ps5"), `{"checkers": [` + ps5 + `]}`, ErrLast.Error()},
		{"remove one that is named elsewhere", remove("tv"),
			`{"alerts": {"email": [{"to": "you@example.com", "only": ["tv"]}]}, "checkers": [` + ps5 + `, {"name": "tv", "url": "https://shop.example/tv"}]}`,
			`edit checkers.json: nothing was changed, since the file would then have a fault: alerts.email[0].only`},
		{"pause what is paused", pause("ps5"), `{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5", "enabled": false}]}`, ErrPaused.Error()},
		{"pause what the defaults pause", pause("ps5"), `{"defaults": {"enabled": false}, "checkers": [` + ps5 + `]}`, ErrPaused.Error()},
		{"resume what runs", resume("ps5"), `{"checkers": [` + ps5 + `]}`, ErrRunning.Error()},
		{"resume what runs against the defaults", resume("ps5"), `{"defaults": {"enabled": false}, "checkers": [{"name": "ps5", "url": "https://shop.example/ps5", "enabled": true}]}`, ErrRunning.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := edited("checkers.json", []byte(tt.old), tt.edit)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error\n%v\nwant it to begin with\n%s", err, tt.want)
			}
			if got != nil {
				t.Errorf("a text in spite of it: %s", got)
			}
		})
	}
}

func TestPauseAndResumeLeaveNoTrace(t *testing.T) {
	for _, old := range []string{
		`{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]}`,
		"{\"checkers\": [{\n\t\"name\":\"ps5\",\n\t\"url\":\"https://shop.example/ps5\"\n}]}",
	} {
		paused, err := edited("checkers.json", []byte(old), pause("ps5"))
		if err != nil {
			t.Fatal(err)
		}
		resumed, err := edited("checkers.json", paused, resume("ps5"))
		if err != nil {
			t.Fatal(err)
		}
		if string(resumed) != old {
			t.Errorf("paused and resumed %q, got %q", old, resumed)
		}
	}
}

// FuzzEdit: whatever good file is edited, the result is a good file that differs
// in the one checker, and the bytes around the edit are the same.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{
		`{"checkers": [{"name": "ps5", "url": "https://shop.example/ps5"}]}`,
		"\xef\xbb\xbf{\r\n\t\"defaults\": {\"enabled\": false},\r\n\t\"checkers\": [\r\n\t\t{\"name\": \"a\", \"url\": \"https://shop.example/a\"},\r\n\t\t{\"name\": \"b\", \"url\": \"https://shop.example/b\", \"enabled\": true}\r\n\t]\r\n}",
		"{\"checkers\":[{\n\"enabled\":false , \"name\":\"\\u0061\",\"url\":\"https://shop.example/]},{\"},{\"url\":\"http://b.example\",\"name\":\"b\"}\n]\n, \"shards\": 2}",
	} {
		for op := range byte(4) {
			f.Add([]byte(seed), op, byte(0))
			f.Add([]byte(seed), op, byte(1))
		}
	}
	f.Fuzz(func(t *testing.T, old []byte, op, which byte) {
		before, err := checker.Parse("checkers.json", old)
		if err != nil {
			t.Skip()
		}
		i := int(which) % len(before.Checkers)
		name := before.Checkers[i].Name()
		edit := []func(*Document) error{add(Entry{{"name", "fuzz"}, {"url", "https://shop.example/fuzz"}}), remove(name), pause(name), resume(name)}[op%4]
		next, err := edited("checkers.json", old, edit)
		if err != nil {
			var faults checker.Faults
			if errors.As(err, &faults) && op%4 != 1 && !(op%4 == 0 && hasName(before, "fuzz")) {
				t.Fatalf("the edit makes a fault: %v", err)
			}
			return
		}
		after, err := checker.Parse("checkers.json", next)
		if err != nil {
			t.Fatal(err)
		}
		// The bytes around one place of change are the old ones.
		head := 0
		for head < len(old) && head < len(next) && old[head] == next[head] {
			head++
		}
		tail := 0
		for tail < len(old)-head && tail < len(next)-head && old[len(old)-1-tail] == next[len(next)-1-tail] {
			tail++
		}
		gone, come := old[head:len(old)-tail], next[head:len(next)-tail]
		want := texts(t, before)
		switch op % 4 {
		case 0:
			if len(gone) != 0 {
				t.Errorf("adding took %q away", gone)
			}
			want = append(want, texts(t, after)[len(want)])
			if got := after.Checkers[len(after.Checkers)-1]; got.Name() != "fuzz" || got.URL() != "https://shop.example/fuzz" {
				t.Errorf("added %s", got.Name())
			}
		case 1:
			if len(come) != 0 {
				t.Errorf("removing wrote %q", come)
			}
			want = append(want[:i], want[i+1:]...)
		default:
			if len(gone) != 0 && len(come) != 0 && (len(gone) > len("false") || len(come) > len("false")) {
				t.Errorf("replaced %q by %q", gone, come)
			}
			was, err := checker.Resolve(before.Checkers[i])
			if err != nil {
				t.Fatal(err)
			}
			is, err := checker.Resolve(after.Checkers[i])
			if err != nil {
				t.Fatal(err)
			}
			if was.Enabled == is.Enabled {
				t.Errorf("enabled is still %v", is.Enabled)
			}
			want[i] = texts(t, after)[i]
		}
		if got := texts(t, after); !reflect.DeepEqual(got, want) {
			t.Errorf("other checkers changed:\n%s", cmp.Diff(want, got))
		}
		if !reflect.DeepEqual(before.Alerts, after.Alerts) || before.Shards != after.Shards {
			t.Error("something else in the file changed")
		}
	})
}

func hasName(file *checker.File, name string) bool {
	for _, c := range file.Checkers {
		if c.Name() == name {
			return true
		}
	}
	return false
}

func texts(t *testing.T, file *checker.File) []string {
	list := []string{}
	for _, c := range file.Checkers {
		text, err := c.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text))
	}
	return list
}
