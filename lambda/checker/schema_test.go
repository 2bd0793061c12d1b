package checker

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write checkers.schema.json, and the table of keys in README.md")

const (
	schemaFile = "../../checkers.schema.json"
	sampleFile = "../../checkers.json"
)

func TestSchemaFile(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("checkers.schema.json is not that of the keys; run go test ./checker -update\n%s", diff)
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("checkers.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("checkers.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, data string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestSampleFile(t *testing.T) {
	data, err := os.ReadFile(sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Load(sampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Checkers) < 5 {
		t.Errorf("only %d checkers", len(f.Checkers))
	}
	if err := validate(t, compiledSchema(t), string(data)); err != nil {
		t.Error(err)
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compiledSchema(t)
	if err := validate(t, s, one("")); err != nil {
		t.Fatalf("the file that the others are made from: %v", err)
	}
	if err := validate(t, s, everyKey); err != nil {
		t.Fatalf("the file with every key: %v", err)
	}
	for _, data := range []string{
		`[]`, `{}`, `{"checkers": []}`, `{"checkers": ["ps5"]}`, `{"checkers": [{"name": "ps5"}]}`, `{"checkers": [{"url": "https://shop.example/"}]}`,
		`{"checkers": [{"name": "PS5", "url": "https://shop.example/"}]}`, `{"checkers": [{"name": "ps5", "url": "ftp://shop.example/"}]}`,
		`{"defaults": {"sku": "1"}, "checkers": [{"name": "ps5", "url": "https://shop.example/"}]}`,
		one(`, "evry": "5m"`), one(`, "every": "5 minutes"`), one(`, "every": ""`), one(`, "every": 300`), one(`, "cooldown": "1d"`),
		one(`, "maxPrice": 0`), one(`, "maxPrice": "$650"`), one(`, "maxPrice": null`), one(`, "condition": "used"`),
		one(`, "countAsInStock": ["sold_out"]`), one(`, "alertOn": ["instock"]`), one(`, "alertOn": ["gone", "gone"]`),
		one(`, "alarm": {"failures": 11}`), one(`, "alarm": 3`), one(`, "pages": 0`), one(`, "pages": 1.5`), one(`, "enabled": "no"`),
		one(`, "select": {"prize": "b"}`), one(`, "json": {"inStock": "a"}`), one(`, "headers": {"Cookie": 1}`), one(`, "include": [""]`),
	} {
		if validate(t, s, data) == nil {
			t.Errorf("the schema allows %s", data)
		}
		if _, err := Parse("checkers.json", []byte(data)); err == nil {
			t.Errorf("Parse allows %s", data)
		}
	}
}

// The tables of keys must be whole: their data is used only in faults, in the
// schema and in the reference, where a mistake would be seen late.
func TestKeyTables(t *testing.T) {
	var look func(path string, keys []key, set *target)
	look = func(path string, keys []key, into *target) {
		for i := range keys {
			k := &keys[i]
			p := join(path, k.name)
			if len(k.about) < 8 || !strings.HasSuffix(k.about, ".") {
				t.Errorf("%s: about is %q", p, k.about)
			}
			if len(k.examples) == 0 {
				t.Errorf("%s has no example", p)
			}
			if k.form.pattern != "" && (k.form.want == "" || regexp.MustCompile(k.form.pattern) == nil) {
				t.Errorf("%s has a pattern and does not say what it wants", p)
			}
			for _, text := range append([]string{k.initial}, k.examples...) {
				if text == "" {
					continue
				}
				n, err := parseTree([]byte(text))
				if err != nil {
					t.Errorf("%s: %s: %v", p, text, err)
					continue
				}
				r := &reading{lines: newLines([]byte(text))}
				value{n, p, r}.readKey(k, into)
				if len(r.faults) > 0 {
					t.Errorf("%s: its own value %s is refused: %v", p, text, r.faults)
				}
			}
			look(p, k.form.keys, into)
		}
	}
	into := &target{checker: &Checker{JSON: &EmbeddedJSON{}}, file: &File{}}
	look("", fileKeys, into)
	look("", checkerKeys, into)
	for i := 1; i < len(checkerKeys); i++ {
		if strings.ToLower(checkerKeys[i-1].name) >= strings.ToLower(checkerKeys[i].name) {
			t.Errorf("%s stands before %s", checkerKeys[i-1].name, checkerKeys[i].name)
		}
	}
}

func TestReference(t *testing.T) {
	text := Reference()
	var all struct {
		Properties struct {
			Checkers struct {
				Items struct{ Properties map[string]any }
			}
		}
	}
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	names := all.Properties.Checkers.Items.Properties
	if len(names) != len(checkerKeys) {
		t.Errorf("the schema has %d keys of %d", len(names), len(checkerKeys))
	}
	for name := range names {
		if !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("the reference lacks %s", name)
		}
	}
	if !strings.Contains(text, "| `alarm.failures` | Failed checks in a row before people are told that the checker is blind. | `3` |\n") {
		t.Errorf("the reference has another row for alarm.failures:\n%s", text)
	}
}
