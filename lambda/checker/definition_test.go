package checker

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// everyKey has each key once, with a value that is not the built-in default.
const everyKey = `{
  "$schema": "./checkers.schema.json",
  "alerts": {"email": ["you@example.com", {"to": "shop@example.com", "only": ["ps5"]}], "sms": ["+15555550123"], "https": ["https://hooks.example/stock"],
    "urls": ["https://ntfy.example/topic", {"name": "phone", "url": "pushover://shoutrrr:${TOKEN}@${USER}", "only": ["ps5"]}],
    "messages": {"subject": "{{.Title}}!", "body": "{{.Link}}", "short": "{{.Link}}"}},
  "shards": 2,
  "defaults": {"every": "2m"},
  "checkers": [{
    "name": "ps5", "url": "https://shop.example/ps5?a=1&b=2", "store": "shopify", "every": "1h30m", "include": ["ps5"], "exclude": ["combo"],
    "sku": "A1", "sellers": ["Example Shop"], "condition": "any", "maxPrice": "649.99 EUR", "countAsInStock": ["preorder"],
    "alertOn": ["priceDrop"], "cooldown": "30m", "alarm": {"failures": 5}, "channels": ["phone"], "pages": 3, "enabled": false,
    "select": {"item": "li", "title": "h2", "link": "a", "price": ".price", "inStock": ".in", "outOfStock": ".out", "seller": ".seller", "blocked": "#captcha"},
    "json": {"script": "#data", "inStock": "a[*].b", "price": "a[0].c", "title": "d"},
    "headers": {"accept-language": "de"}
  }]
}`

// compareCheckers looks at compiled selectors and expressions by their source.
var compareCheckers = cmp.Options{
	cmp.Comparer(func(a, b *regexp.Regexp) bool {
		return a == b || a != nil && b != nil && a.String() == b.String()
	}),
	cmp.Comparer(func(a, b *Store) bool { return a == b }),
	cmpopts.IgnoreTypes(cascadia.Selector(nil), []Alternative(nil)),
}

func mustParse(t testing.TB, data string) *File {
	t.Helper()
	f, err := Parse("checkers.json", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func resolved(t testing.TB, d Definition) *Checker {
	t.Helper()
	c, err := Resolve(d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestResolveEveryKey(t *testing.T) {
	f := mustParse(t, everyKey)
	if diff := cmp.Diff(Alerts{
		Email: []Subscriber{{To: "you@example.com"}, {To: "shop@example.com", Only: []string{"ps5"}}}, SMS: []Subscriber{{To: "+15555550123"}},
		HTTPS: []Subscriber{{To: "https://hooks.example/stock"}},
		URLs: []Channel{
			{Name: "https", URL: "https://ntfy.example/topic"},
			{Name: "phone", URL: "pushover://shoutrrr:${TOKEN}@${USER}", Only: []string{"ps5"}},
		},
		Messages: Messages{Subject: "{{.Title}}!", Body: "{{.Link}}", Short: "{{.Link}}"},
	}, f.Alerts); diff != "" {
		t.Error(diff)
	}
	if f.Shards != 2 {
		t.Errorf("%d shards", f.Shards)
	}
	shopify, err := StoreNamed("shopify")
	if err != nil {
		t.Fatal(err)
	}
	got := resolved(t, f.Checkers[0])
	limit := price("649.99", "EUR")
	sel := func(source string) *Selector { return &Selector{Source: source} }
	want := &Checker{
		Name: "ps5", URL: "https://shop.example/ps5?a=1&b=2", Store: shopify, Every: 90 * time.Minute,
		Include: []*regexp.Regexp{regexp.MustCompile("(?i)ps5")}, Exclude: []*regexp.Regexp{regexp.MustCompile("(?i)combo")},
		SKU: "A1", Sellers: []string{"Example Shop"}, Condition: "any", MaxPrice: &limit,
		CountAsInStock: map[Availability]bool{InStock: true, Limited: true, OnlineOnly: true, InStoreOnly: true, PreOrder: true},
		AlertOn:        map[AlertKind]bool{AlertPriceDrop: true}, Cooldown: 30 * time.Minute, AlarmFailures: 5, Channels: []string{"phone"},
		Select: Selectors{
			Item: sel("li"), Title: sel("h2"), Link: sel("a"), Price: sel(".price"), InStock: sel(".in"), OutOfStock: sel(".out"),
			Seller: sel(".seller"), Blocked: sel("#captcha"),
		},
		JSON: &EmbeddedJSON{
			Script:  sel("#data"),
			InStock: Path{"a[*].b", []Step{{Key: "a"}, {Index: AnyIndex}, {Key: "b"}}},
			Price:   Path{"a[0].c", []Step{{Key: "a"}, {Index: 0}, {Key: "c"}}},
			Title:   Path{"d", []Step{{Key: "d"}}},
		},
		Headers: map[string]string{"Accept-Language": "de"}, Pages: 3,
	}
	if diff := cmp.Diff(want, got, compareCheckers); diff != "" {
		t.Error(diff)
	}
	for _, s := range []*Selector{got.Select.Item, got.Select.Blocked, got.JSON.Script} {
		if s.Selector == nil {
			t.Errorf("%s is not compiled", s)
		}
	}
}

func TestResolveBuiltInDefaults(t *testing.T) {
	got := resolved(t, mustParse(t, one("")).Checkers[0])
	want := &Checker{
		Name: "ps5", URL: "https://shop.example/ps5", Every: time.Minute, Enabled: true, Condition: "new",
		CountAsInStock: map[Availability]bool{InStock: true, Limited: true, OnlineOnly: true, InStoreOnly: true},
		AlertOn:        map[AlertKind]bool{AlertInStock: true, AlertGone: true}, AlarmFailures: 3, Pages: 1,
	}
	if diff := cmp.Diff(want, got, compareCheckers); diff != "" {
		t.Error(diff)
	}
}

func TestResolveStoreByHost(t *testing.T) {
	c := resolved(t, mustParse(t, `{"checkers": [{"name": "gpu", "url": "https://www.newegg.com/p/pl?d=rtx+5090"}]}`).Checkers[0])
	if c.Store == nil || c.Store.Name != "newegg" {
		t.Errorf("store is %v", c.Store)
	}
}

func TestResolveNothing(t *testing.T) {
	_, err := Resolve(Definition{})
	want := "name: is missing; write \"name\": \"ps5\"\nurl: is missing; write \"url\": \"https://shop.example/ps5\""
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMerge(t *testing.T) {
	f := mustParse(t, `{
  "defaults": {"every": "2m", "alarm": {"failures": 5}, "select": {"price": "b", "title": "h1"}, "headers": {"A": "1", "B": "2"}, "include": ["x"], "maxPrice": 10.50},
  "checkers": [
    {"name": "plain", "url": "https://shop.example/1"},
    {"name": "own", "url": "https://shop.example/2", "every": "1m", "alarm": {}, "select": {"title": "h2"},
     "headers": { "B" : "3" }, "include": [ ]}
  ]
}`)
	want := []string{
		`{"alarm":{"failures":5},"every":"2m","headers":{"A":"1","B":"2"},"include":["x"],"maxPrice":10.50,"name":"plain","select":{"price":"b","title":"h1"},"url":"https://shop.example/1"}`,
		`{"alarm":{},"every":"1m","headers":{"B":"3"},"include":[],"maxPrice":10.50,"name":"own","select":{"title":"h2"},"url":"https://shop.example/2"}`,
	}
	for i, d := range f.Checkers {
		got, err := json.Marshal(d)
		if err != nil || string(got) != want[i] {
			t.Errorf("checker %d is\n%s, %v, want\n%s", i, got, err, want[i])
		}
	}
	if d := f.Checkers[1]; d.Name() != "own" || d.URL() != "https://shop.example/2" {
		t.Errorf("named %q at %q", d.Name(), d.URL())
	}
	own := resolved(t, f.Checkers[1])
	if own.AlarmFailures != 3 || own.Select.Price != nil || own.Select.Title.Source != "h2" || len(own.Headers) != 1 || own.Every != time.Minute || len(own.Include) != 0 {
		t.Errorf("the defaults' objects are not replaced whole: %+v", own)
	}
	if f.Shards != 1 {
		t.Errorf("%d shards", f.Shards)
	}
}

// What the entry replaces is no fault of the entry, and what the defaults have
// of their own is told once.
func TestMergeTellsTheRightPlace(t *testing.T) {
	_, err := Parse("f", []byte(`{"defaults": {"every": "x"}, "checkers": [{"name": "a", "url": "https://shop.example/", "every": "5m"}]}`))
	want := `f:1:24: defaults.every: "x" is no duration; write it like 30s, 5m or 1h30m`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestParseDefinition(t *testing.T) {
	tests := []struct{ data, want string }{
		{`{"name": "ps5", "url": "https://shop.example/ps5"}`, ""},
		{`{"name": "ps5", "url": "https://shop.example/ps5", "topicArn": "x"}`, "topicArn: is no key here"},
		{`{"name": "ps5"}`, `checker "ps5": url: is missing; write "url": "https://shop.example/ps5"`},
		{`null`, "the whole is null, but must be an object, in { and }"},
		{`{"name": "ps5",}`, "a comma before the closing } is one too many; remove it"},
	}
	for _, tt := range tests {
		d, err := ParseDefinition([]byte(tt.data))
		switch {
		case tt.want == "" && (err != nil || d.Name() != "ps5" || d.URL() != "https://shop.example/ps5"):
			t.Errorf("%s: %v, %v", tt.data, d, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want %s", tt.data, err, tt.want)
		}
		if faults := (Faults)(nil); err != nil && !errors.As(err, &faults) {
			t.Errorf("%s: error is no Faults: %v", tt.data, err)
		}
	}
	var in struct{ D Definition }
	if err := json.Unmarshal([]byte(`{"D": {"name": "ps5", "url": "https://shop.example/ps5"}}`), &in); err != nil || in.D.Name() != "ps5" {
		t.Errorf("inside other JSON: %v, %v", in.D, err)
	}
}

// entries are valid checkers: each key present or not, with some value.
func entries() *rapid.Generator[map[string]any] {
	list := func(of ...string) *rapid.Generator[any] {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, len(of), rapid.ID).AsAny()
	}
	keys := map[string]*rapid.Generator[any]{
		"store":          rapid.SampledFrom([]string{"newegg", "shopify", "schema-org"}).AsAny(),
		"every":          rapid.SampledFrom([]string{"10s", "90s", "1h", "12h30m", "24h"}).AsAny(),
		"include":        list("rtx", `\d+ GB`, "<b>&amp;", "漢字"),
		"exclude":        list("combo", "^$"),
		"sku":            rapid.StringMatching(`[A-Z0-9<>&"é-]{1,10}`).AsAny(),
		"sellers":        list("Example Shop", "A & B", "\u2028"),
		"condition":      rapid.SampledFrom([]string{"new", "any"}).AsAny(),
		"maxPrice":       rapid.SampledFrom([]any{650, json.Number("649.990"), json.Number("0.10"), "650 USD", "1.5 KWD"}),
		"countAsInStock": list("in_stock", "preorder", "backorder", "presale"),
		"alertOn":        list("inStock", "gone", "someGone", "priceDrop"),
		"cooldown":       rapid.SampledFrom([]string{"0s", "30m", "720h"}).AsAny(),
		"alarm":          rapid.Map(rapid.IntRange(1, 5), func(n int) any { return map[string]int{"failures": n} }),
		"select":         rapid.SampledFrom([]any{map[string]string{}, map[string]string{"price": "a > b", "inStock": ".x:not([disabled])"}, map[string]string{"item": "li", "link": "a"}}),
		"json":           rapid.SampledFrom([]any{map[string]string{"script": "#d", "price": "a[*].b"}, map[string]string{"script": "#d", "inStock": "a", "title": "t[3]"}}),
		"headers":        rapid.SampledFrom([]any{map[string]string{}, map[string]string{"cookie": "a=b; c=<d>"}}),
		"pages":          rapid.IntRange(1, 10).AsAny(),
		"enabled":        rapid.Bool().AsAny(),
	}
	return rapid.Custom(func(t *rapid.T) map[string]any {
		entry := map[string]any{
			"name": rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,39}`).Draw(t, "name"),
			"url":  rapid.StringMatching(`https?://[a-z]{1,9}\.example(:[1-9][0-9]{0,3})?(/[a-z0-9&=<>é-]{0,9})?`).Draw(t, "url"),
		}
		for _, k := range checkerKeys {
			if g := keys[k.name]; g != nil && rapid.Bool().Draw(t, "has "+k.name) {
				entry[k.name] = g.Draw(t, k.name)
			}
		}
		return entry
	})
}

func TestDefinitionSurvivesTravel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := entries().Draw(t, "entry")
		data, err := json.Marshal(map[string]any{"checkers": []any{entry}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse("checkers.json", data)
		if err != nil {
			t.Fatalf("%s\n%v", data, err)
		}
		travels, err := json.Marshal(f.Checkers[0])
		if err != nil {
			t.Fatal(err)
		}
		if written, _ := json.Marshal(entry); string(written) != string(travels) { // both have sorted keys
			t.Fatalf("%s became %s", written, travels)
		}
		arrived, err := ParseDefinition(travels)
		if err != nil {
			t.Fatalf("%s\n%v", travels, err)
		}
		before, err := Resolve(f.Checkers[0])
		if err != nil {
			t.Fatal(err)
		}
		after, err := Resolve(arrived)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, after, compareCheckers); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Moving any key to the defaults changes nothing of what is resolved.
func TestDefaultsAreTheSameAsKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := entries().Draw(t, "entry")
		own, defaults := map[string]any{}, map[string]any{}
		for _, k := range checkerKeys {
			v, written := entry[k.name]
			switch {
			case !written:
			case !k.own && rapid.Bool().Draw(t, "default "+k.name):
				defaults[k.name] = v
			default:
				own[k.name] = v
			}
		}
		parse := func(file map[string]any) *Checker {
			data, err := json.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Parse("checkers.json", data)
			if err != nil {
				t.Fatalf("%s\n%v", data, err)
			}
			c, err := Resolve(f.Checkers[0])
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		whole := parse(map[string]any{"checkers": []any{entry}})
		split := parse(map[string]any{"defaults": defaults, "checkers": []any{own}})
		if diff := cmp.Diff(whole, split, compareCheckers); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everyKey))
	f.Add([]byte(one("")))
	f.Add([]byte(one(`, "include": ["(?i)a"], "maxPrice": 1e9`)))
	f.Add([]byte("\xef\xbb\xbf{\"checkers\": [{,}]}"))
	f.Add([]byte(`{"defaults": {"name": null}, "checkers": [{}, 1, [], {"name": "a", "name": "a"}]}`))
	f.Add([]byte(`{"checkers": [{"name": "\ud800", "url": "http://[::1]/"}]} // end`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("checkers.json", data)
		if err != nil {
			var faults Faults
			if !errors.As(err, &faults) || len(faults) == 0 {
				t.Fatalf("error is no Faults: %v", err)
			}
			lines := strings.Count(string(data), "\n") + 1
			for _, fault := range faults {
				if fault.Line < 1 || fault.Line > lines || fault.Column < 1 || fault.Message == "" || strings.Contains(fault.String(), "\n") {
					t.Errorf("fault is %+v", fault)
				}
			}
			return
		}
		for _, d := range file.Checkers {
			travels, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			arrived, err := ParseDefinition(travels)
			if err != nil {
				t.Fatalf("valid, but %s is not: %v", travels, err)
			}
			if _, err := Resolve(arrived); err != nil {
				t.Fatalf("valid, but %s does not resolve: %v", travels, err)
			}
		}
	})
}

// Thousands of faults in a large file are found in one pass.
func TestManyFaults(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"checkers": [`)
	for i := range 2000 {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"name": "a%d", "url": "https://shop.example/", "every": "soon", "nope": 1}`, i)
	}
	b.WriteString("]}")
	_, err := Parse("checkers.json", []byte(b.String()))
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 4000 {
		t.Fatalf("%d faults", len(faults))
	}
	if last := faults[3999]; last.Line != 2000 || last.Checker != "a1999" || last.Key != "nope" {
		t.Errorf("the last is %+v", last)
	}
}
