package page

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plainJSON is the value as encoding/json has it with UseNumber.
func plainJSON(v *jsonValue) any {
	switch v.Kind {
	case jsonBool:
		return v.Text == "true"
	case jsonNumber:
		return json.Number(v.Text)
	case jsonString:
		return v.Text
	case jsonArray:
		list := []any{}
		for _, e := range v.Elems {
			list = append(list, plainJSON(e))
		}
		return list
	case jsonObject:
		m := map[string]any{}
		for _, e := range v.Members {
			m[e.Key] = plainJSON(e.Value)
		}
		return m
	}
	return nil
}

func plainAll(s string) []any {
	var all []any
	for _, v := range parseJSON(s) {
		all = append(all, plainJSON(v))
	}
	return all
}

// strict is the values of valid JSON texts.
func strict(t *testing.T, texts ...string) []any {
	t.Helper()
	var all []any
	for _, s := range texts {
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("the test's own %q: %v", s, err)
		}
		all = append(all, v)
	}
	return all
}

func TestParseJSONRepairs(t *testing.T) {
	const want = `{"a":"x","b":[1,2]}`
	tests := []struct {
		name, in string
		want     []string
	}{
		{"valid", `{"a":"x","b":[1,2]}`, []string{want}},
		{"valid numbers", `[0,-0,10,-1.50,1e5,2E+3,0.1e-2]`, []string{`[0,-0,10,-1.50,1e5,2E+3,0.1e-2]`}},
		{"valid escapes", `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d\ude0"`, []string{`"\"\\/\b\f\n\r\té😀�ude0"`}},
		{"valid scalars", ` true `, []string{`true`}},
		{"numbers that are none", `{"a":1e,"b":-,"c":1.,"d":.5,"e":+1}`, []string{`{"a":"1e","b":"-","c":"1.","d":".5","e":"+1"}`}},
		{"escape before a letter beyond ASCII", `{"a":"\é"}`, []string{`{"a":"é"}`}},
		{"escaped as a script's string", `\n{\n\t"a":"x",\r\n"b":\n[1,\t2\n]\n}\n`, []string{want}},
		{"so, with an apostrophe", `{\n"a":"it\'s",\n"b":1\n}`, []string{`{"a":"it's","b":1}`}},
		{"trailing commas", `{"a":"x","b":[1,2,],}`, []string{want}},
		{"doubled commas", `{"a":"x",,"b":[1,,2]}`, []string{want}},
		{"leading comma", `{,"a":"x","b":[1,2]}`, []string{want}},
		{"missing comma", "{\"a\":\"x\"\n\"b\":[1,2]}", []string{want}},
		{"missing comma on one line", `{"a":"x" "b":[1,2]}`, []string{want}},
		{"missing comma after a number", `{"b":[1,2] "a":"x"}`, []string{want}},
		{"raw newline and tab", "{\"a\":\"x\ny\tz\"}", []string{`{"a":"x\ny\tz"}`}},
		{"control character", "{\"a\":\"x\x01y\"}", []string{`{"a":"x\u0001y"}`}},
		{"CDATA", `<![CDATA[{"a":"x","b":[1,2]}]]>`, []string{want}},
		{"CDATA behind comments", "//<![CDATA[\n{\"a\":\"x\",\"b\":[1,2]}\n//]]>", []string{want}},
		{"CDATA on one line behind comments", `/*<![CDATA[*/{"a":"x","b":[1,2]}/*]]>*/`, []string{want}},
		{"HTML comment around it", "<!--\n{\"a\":\"x\",\"b\":[1,2]}\n-->", []string{want}},
		{"HTML comment inside", `{"a":"x",<!-- "a":"y", -->"b":[1,2]}`, []string{want}},
		{"line comments", "{\"a\":\"x\", // {\"no\":1}\n\"b\":[1,// 7\n2]}", []string{want}},
		{"block comments", `/* {"no":1} */{"a":/* y */"x","b":[1,/* 7, */2]}`, []string{want}},
		{"comment after a string", "{\"a\":\"x\" // said\n,\"b\":[1,2]}", []string{want}},
		{"URL is no comment", `{"a":"https://shop.example/x"}`, []string{`{"a":"https://shop.example/x"}`}},
		{"BOM", "\uFEFF{\"a\":\"x\",\"b\":[1,2]}", []string{want}},
		{"HTML entities", `{&quot;a&quot;:&quot;x&quot;,&quot;b&quot;:[1,2]}`, []string{want}},
		{"numeric entities", `{&#34;a&#34;:&#34;x&#34;,&#34;b&#34;:[1,2]}`, []string{want}},
		{"entities once", `{&quot;a&quot;:&quot;x &amp;amp; y&quot;}`, []string{`{"a":"x &amp; y"}`}},
		{"entities in a valid text stay", `{"a":"&quot;x&quot;"}`, []string{`{"a":"&quot;x&quot;"}`}},
		{"escaped as a whole", `{\"a\":\"x\",\"b\":[1,2]}`, []string{want}},
		{"stray brace at the end", `{"a":"x","b":[1,2]}}`, []string{want}},
		{"stray bracket at the end", `{"a":"x","b":[1,2]}]`, []string{want}},
		{"stray brace at the start", `}{"a":"x","b":[1,2]}`, []string{want}},
		{"two braces at the start", `{{"a":"x","b":[1,2]}`, []string{`{"@graph":` + want + `}`}},
		{"stray brace in the middle", `{"a":"x"},"b":[1,2]}`, []string{want}},
		{"brace for bracket", `{"a":"x","b":[1,2}`, []string{want}},
		{"bracket for brace", `[{"a":"x","b":[1,2]]`, []string{"[" + want + "]"}},
		{"brace missing at the start", `"a":"x","b":[1,2]}`, []string{want}},
		{"semicolon", `{"a":"x","b":[1,2]};`, []string{want}},
		{"assignment", `window.data = {"a":"x","b":[1,2]};`, []string{want}},
		{"declaration", `var data2 = {"a":"x","b":[1,2]};`, []string{want}},
		{"two objects", `{"a":1}{"a":2}`, []string{`{"a":1}`, `{"a":2}`}},
		{"two objects and a comma", `{"a":1},{"a":2}`, []string{`{"a":1}`, `{"a":2}`}},
		{"single quotes", `{'a':'x','b':[1,2]}`, []string{want}},
		{"apostrophe in single quotes", `{'a':'it's'}`, []string{`{"a":"it's"}`}},
		{"bare keys", `{a:"x",b:[1,2]}`, []string{want}},
		{"no numbers", `{"a":NaN,"b":undefined,"c":Infinity,"d":None}`, []string{`{"a":null,"b":null,"c":null,"d":null}`}},
		{"booleans of Python", `{"a":True,"b":False}`, []string{`{"a":true,"b":false}`}},
		{"bad escapes", `{"a":"it\'s \$5 \x27q\x27 \d"}`, []string{`{"a":"it's $5 'q' d"}`}},
		{"bad unicode escape", `{"a":"\u12"}`, []string{`{"a":"u12"}`}},
		{"line that goes on", "{\"a\":\"x\\\ny\"}", []string{`{"a":"xy"}`}},
		{"quotes in a string", `{"a":"a 24" screen","b":[1,2]}`, []string{`{"a":"a 24\" screen","b":[1,2]}`}},
		{"quoted word in a string", `{"a":"the "best", they say","b":1}`, []string{`{"a":"the \"best\", they say","b":1}`}},
		{"missing value", `{"a":,"b":1,"c":}`, []string{`{"b":1}`}},
		{"missing colon", `{"a","b":1}`, []string{`{"b":1}`}},
		{"grouped number", `{"a": 1,199.99, "b": 2}`, []string{`{"a":"1,199.99","b":2}`}},
		{"European number", `{"a": 49,90}`, []string{`{"a":"49,90"}`}},
		{"leading zero", `{"a": 007}`, []string{`{"a":"007"}`}},
		{"numbers of an array", `[1,199.99]`, []string{`[1,199.99]`}},
		{"template left over", `{"a": {{ product.price }}, "b": 1}`, nil},
		{"empty", ``, []string{}},
		{"white space", " \n\t", []string{}},
		{"text alone", `nothing here`, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := plainAll(tt.in)
			if tt.want == nil {
				return // only that it ends
			}
			if d := cmp.Diff(strict(t, tt.want...), got); d != "" {
				t.Errorf("parseJSON(%q) (-want +got):\n%s", tt.in, d)
			}
		})
	}
}

func TestParseJSONCut(t *testing.T) {
	whole := `{"a":{"b":[1,2]},"c":"x"}`
	for n := 1; n < len(whole); n++ {
		vs := parseJSON(whole[:n])
		if len(vs) != 1 || !vs[0].Cut {
			t.Errorf("%q is not told to be cut", whole[:n])
		}
	}
	if vs := parseJSON(whole); vs[0].Cut {
		t.Error("a whole text is told to be cut")
	}
	v := parseJSON(`{"a":{"b":[1,2]},"c":"x`)[0]
	if v.Members[0].Value.Cut || !v.Members[1].Value.Cut {
		t.Error("not only the member that the text ends in is cut")
	}
}

func TestParseJSONDepth(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 100) + `"]}"` + strings.Repeat(`]}`, 100)
	got := plainAll(`[` + deep + `,{"b":1}]`)
	list, ok := got[0].([]any)
	if len(got) != 1 || !ok || len(list) != 2 {
		t.Fatalf("what follows a value that is nested too deep is lost: %v", got)
	}
	if d := cmp.Diff(strict(t, `{"b":1}`)[0], list[1]); d != "" {
		t.Error(d)
	}
}

// seedJSON adds the committed broken blocks to a fuzz target's corpus.
func seedJSON(f *testing.F) {
	files, err := filepath.Glob("testdata/structured/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
}

func nesting(s []byte) int {
	depth, most, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			most = max(most, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return most
}

func FuzzJSONLD(f *testing.F) {
	seedJSON(f)
	f.Add("{\"a\":\"\xff\xfe\"}")
	f.Add(`"\ud83d\ude00\ud83d"`)
	f.Fuzz(func(t *testing.T, s string) {
		got := plainAll(s)
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var want any
		if d.Decode(&want) != nil || nesting([]byte(s)) > maxDepth {
			return
		}
		if _, err := d.Token(); err != io.EOF {
			return
		}
		if diff := cmp.Diff([]any{want}, got); diff != "" {
			t.Errorf("valid JSON is read otherwise (-encoding/json +parseJSON):\n%s", diff)
		}
	})
}

// Texts that would make a parser that looks back or ahead without a bound
// take quadratic time.
func TestParseJSONIsLinear(t *testing.T) {
	const size = 1 << 20
	for _, unit := range []string{"{", "[", `{"a":`, `"`, `""`, `"a" `, `{"a":"x" `, "/*", "//", "<!--", `\`, `{"a":"\u`, "'", "1,", "-", " ", `{"a":" `, "}", "]", "&quot;", `"a":`, `{"x":"a",    `} {
		text := strings.Repeat(unit, size/len(unit))
		for _, s := range []string{text, `{"a":"` + text, `[` + text} {
			begin := time.Now()
			parseJSON(s)
			// Quadratic would be a million times a megabyte: minutes.
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("%q repeated to 1 MB takes %v", unit, d)
			}
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	one := []byte(`{"@type":"Product","name":"Kestrel 9 Desk Lamp","offers":{"@type":"Offer","price":"49.90","priceCurrency":"USD","availability":"https://schema.org/InStock"}},`)
	text := "[" + string(bytes.Repeat(one, 5000)) + "]"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		parseJSON(text)
	}
}
