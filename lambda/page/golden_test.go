package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

var update = flag.Bool("update", false, "write the golden files anew")

// note is a comment at the head of a saved page: what it was read with.
var note = regexp.MustCompile(`<!-- (\w+): (.*?) -->`)

// saved is a saved page with its checker.
func saved(t *testing.T, file string) (*Response, *checker.Checker) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{"name": "saved"}
	for _, m := range note.FindAllSubmatch(body[:min(len(body), 500)], -1) {
		settings[string(m[1])] = string(m[2])
	}
	header := http.Header{}
	if rest := note.ReplaceAll(body, nil); isJSON(rest) {
		body = bytes.TrimSpace(rest)
		header.Set("Content-Type", "application/json")
	}
	def, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	c := resolve(t, string(def))
	return &Response{URL: c.URL, Final: c.URL, Status: 200, Header: header, Body: body}, c
}

// resolve makes a checker of its JSON.
func resolve(t testing.TB, def string) *checker.Checker {
	t.Helper()
	d, err := checker.ParseDefinition([]byte(def))
	if err != nil {
		t.Fatal(err)
	}
	c, err := checker.Resolve(d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// outcome is what a golden file holds.
type outcome struct {
	Page  *Page  `json:",omitempty"`
	Error *Error `json:",omitempty"`
}

func TestStoresGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/stores/*/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no saved pages", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/stores/"), ".html"), func(t *testing.T) {
			var got outcome
			p, err := Read(saved(t, file))
			got.Page = p
			if err != nil && !errors.As(err, &got.Error) {
				t.Fatal(err)
			}
			text, err := json.MarshalIndent(got, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, '\n')
			golden := strings.TrimSuffix(file, ".html") + ".golden"
			if *update {
				if err := os.WriteFile(golden, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(text)); diff != "" {
				t.Errorf("another answer than in %s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// Every preset is proved by a page in stock, one sold out and one blocked; one that
// reads listings by a listing with a next page, too.
func TestEveryStoreHasPages(t *testing.T) {
	for _, s := range allStores(t) {
		dir := filepath.Join("testdata/stores", s.Name)
		for kind, holds := range map[string]string{"in-stock": `"Availability": "in_stock"`, "sold-out": `"Availability": "sold_out"`, "blocked": `"Kind": "blocked"`} {
			golden, err := os.ReadFile(filepath.Join(dir, kind+".golden"))
			if err != nil {
				t.Errorf("preset %s has no page %s: %v", s.Name, kind, err)
			} else if !bytes.Contains(golden, []byte(holds)) {
				t.Errorf("the page %s of preset %s does not say %s", kind, s.Name, holds)
			}
		}
		listings, err := filepath.Glob(filepath.Join(dir, "listing*.golden"))
		if err != nil {
			t.Fatal(err)
		}
		next := false
		for _, file := range listings {
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(golden, []byte(`"Listing": false`)) {
				t.Errorf("%s is read as the page of one product", file)
			}
			next = next || bytes.Contains(golden, []byte(`"Next": "http`))
		}
		if s.Listing != nil && s.Listing.Item != nil && !next {
			t.Errorf("preset %s reads listings, and has no page listing with a next one", s.Name)
		}
	}
}

// allStores are all presets.
func allStores(t *testing.T) []*checker.Store {
	t.Helper()
	files, err := filepath.Glob("../checker/stores/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no presets", err)
	}
	stores := make([]*checker.Store, len(files))
	for i, file := range files {
		if stores[i], err = checker.StoreNamed(strings.TrimSuffix(filepath.Base(file), ".json")); err != nil {
			t.Fatal(err)
		}
	}
	return stores
}

// A page of a shop on which nothing is where its preset looks for it says so, and
// names a place, so that a person can compare.
func TestEveryStoreReportsLayout(t *testing.T) {
	pages := map[string]string{
		"an empty page":     `<title>Kestrel 9</title><main><h1>Kestrel 9</h1><p>A good lamp, made by hand.</p></main>`,
		"without a heading": `<title>Kestrel 9</title><div id="root"></div><script src="/app.js"></script>`,
	}
	for _, s := range allStores(t) {
		address, settings := "https://shop.example/p/kestrel-9", `,"store":"`+s.Name+`"`
		if len(s.Hosts) > 0 {
			address, settings = "https://www."+s.Hosts[0]+"/p/kestrel-9", ""
		}
		for name, body := range pages {
			c := resolve(t, `{"name":"test","url":"`+address+`"`+settings+`}`)
			_, err := Read(&Response{URL: address, Final: address, Status: 200, Header: http.Header{}, Body: []byte(body)}, c)
			var e *Error
			if !errors.As(err, &e) || e.Kind != Layout {
				t.Errorf("%s: %s gives %v, want an error of kind layout", s.Name, name, err)
				continue
			}
			if !strings.Contains(e.Message, s.Name) || !namesPlace(e.Message, s) {
				t.Errorf("%s: %s is told as %q, with no selector of the preset", s.Name, name, e.Message)
			}
		}
	}
}

// namesPlace tells whether a message names a selector of the store.
func namesPlace(message string, s *checker.Store) bool {
	var all []*checker.Selector
	if s.Product != nil {
		all = append(all, s.Product.Is)
		for _, r := range s.Product.Stock {
			all = append(all, r.Select)
		}
	}
	if s.Listing != nil {
		all = append(all, s.Listing.Item)
	}
	for _, sel := range all {
		if sel != nil && strings.Contains(message, sel.String()) {
			return true
		}
	}
	return s.OnlyStructured && strings.Contains(message, "application/ld+json")
}

// The shops of a hard-to-get computer are told by what they run on, not by name.
func TestResellersAreRecognised(t *testing.T) {
	for file, want := range map[string]string{
		"shopify/thepihut-in-stock": "shopify", "shopify/pimoroni-sold-out": "shopify", "bigcommerce/pishop-in-stock": "bigcommerce",
		"shopware/berrybase-in-stock": "shopware", "magento/sparkfun-in-stock": "magento", "prestashop/kubii-last-items": "prestashop",
		"woocommerce/electrokit-in-stock": "woocommerce", "adafruit/in-stock": "adafruit", "canakit/in-stock": "canakit",
	} {
		r, c := saved(t, "testdata/stores/"+file+".html")
		p, err := open(r, c)
		if err != nil {
			t.Fatal(err)
		}
		if p.store == nil || p.store.Name != want {
			t.Errorf("%s is read as a page of %+v, want %s", file, p.store, want)
		}
	}
}

// The page of one product stays one where it also shows cards of other products, as
// a listing has them, and tells nothing of itself in structured data.
func TestEveryStoreTellsProductsFromListings(t *testing.T) {
	for _, s := range allStores(t) {
		if s.Listing == nil || s.Listing.Item == nil || s.OnlyStructured {
			continue
		}
		listing, err := os.ReadFile(filepath.Join("testdata/stores", s.Name, "listing.html"))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(bytes.NewReader(listing))
		if err != nil {
			t.Fatal(err)
		}
		var cards bytes.Buffer
		for _, card := range s.Listing.Item.MatchAll(doc) {
			if err := html.Render(&cards, card); err != nil {
				t.Fatal(err)
			}
		}
		r, c := saved(t, filepath.Join("testdata/stores", s.Name, "in-stock.html"))
		body := regexp.MustCompile(`(?s)<script type="application/ld\+json">.*?</script>`).ReplaceAllString(string(r.Body), "")
		related := "<section><h2>Related products</h2>" + cards.String() + "</section></body>"
		if r.Body = []byte(strings.Replace(body, "</body>", related, 1)); !bytes.Contains(r.Body, cards.Bytes()) || cards.Len() == 0 {
			t.Fatalf("%s: no cards", s.Name)
		}
		p, err := Read(r, c)
		if err == nil && p.Listing {
			t.Errorf("%s: read as a listing of %d items, the first of which is %q", s.Name, len(p.Items), p.Items[0].Title)
		}
	}
}
