package checker

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestAllPresetsCompile(t *testing.T) {
	list, err := presets()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 3 {
		t.Fatalf("only %d presets", len(list))
	}
	for _, p := range list {
		s, err := StoreNamed(p.form.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Name != p.form.Name || s.Product == nil && s.Listing == nil {
			t.Errorf("%s reads nothing", p.form.Name)
		}
	}
}

func TestStoreFor(t *testing.T) {
	for host, want := range map[string]string{
		"newegg.com": "newegg", "www.newegg.com": "newegg", "WWW.Newegg.CA": "newegg", "newegg.com.": "newegg",
		"www.amazon.co.uk": "amazon", "amazon.com.mx": "amazon", "www.saturn.de": "mediamarkt", "benl.ebay.be": "ebay",
		"example.myshopify.com": "shopify", "notnewegg.com": "", "newegg.com.example": "", "": "", "com": "",
	} {
		s, err := StoreFor(host)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if s != nil {
			got = s.Name
		}
		if got != want {
			t.Errorf("store of %q is %q, want %q", host, got, want)
		}
	}
}

// recognised is the first store whose marks the page has.
func recognised(t *testing.T, page string) string {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	stores, err := StoresWithMarks()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stores {
		for _, m := range s.Marks {
			if doc.FindMatcher(m.Selector).Length() > 0 {
				return s.Name
			}
		}
	}
	return ""
}

func TestMarks(t *testing.T) {
	cases, err := filepath.Glob("../cases/testdata/7[4-8]-listing-*/page.html")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no listing cases: %v", err)
	}
	for _, file := range cases {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := recognised(t, string(page)); got != "newegg" {
			t.Errorf("%s is recognised as %q", file, got)
		}
	}
	for page, want := range map[string]string{
		`<product-form><form action="/cart/add"><button name="add">Add to cart</button></form></product-form>`:                       "shopify",
		`<div class="product-buy" id="ProductBuy"></div>`:                                                                            "newegg",
		`<img src="https://images.example/on/demandware.static/x.jpg"><a href="https://shop.bigcommerce.com/">Our shop software</a>`: "",
		`<meta name="generator" content="WordPress 6.9"><a href="https://www.wix.com/">Made with Wix.com</a>`:                        "",
		`<link rel="icon" href="https://images.squarespace-cdn.com/favicon.ico"><button id="button-cart">Add to Cart</button>`:       "",
		`<form action="/basket"><button name="add">Add to basket</button></form><div class="item-cell">ad</div>`:                     "",
		`<div itemscope itemtype="https://schema.org/Product"><span itemprop="name">Kestrel 9</span></div>`:                          "",
	} {
		if got := recognised(t, page); got != want {
			t.Errorf("%s is recognised as %q, want %q", page, got, want)
		}
	}
}

func TestBadPresets(t *testing.T) {
	tests := []struct{ data, want string }{
		{`{"name":"x","host":["x.example"]}`, `read store preset x.json: json: unknown field "host"`},
		{`{"name":"y"}`, `read store preset x.json: its name is "y"`},
		{`{"name":"x"} {}`, `read store preset x.json: it goes on after its end`},
		{`{"name":"x","hosts":["X.example"]}`, `read store preset x.json: host "X.example" is no lower-case domain`},
		{`{"name":"x","marks":["a >"]}`, `compile store preset x: marks: "a >": expected selector, found EOF instead`},
		{`{"name":"x","marks":[""]}`, `compile store preset x: marks: a selector is empty`},
		{`{"name":"x","blocked":{"title":["("]}}`, "compile store preset x: blocked.title: error parsing regexp: missing closing ): `(`"},
		{`{"name":"x","listing":{}}`, `compile store preset x: listing.item: is missing`},
		{`{"name":"x","product":{"stock":[{"select":"b","is":"instock"}]}}`, `compile store preset x: product.stock[0]: "instock" is no availability`},
		{`{"name":"x","product":{"stock":[{"select":"b","is":"in_stock","condition":"old"}]}}`, `compile store preset x: product.stock[0]: "old" is no condition`},
		{`{"name":"x","product":{"stock":[{"select":"b","id":"buy-{id}"}]}}`, `compile store preset x: product.stock[0]: id needs that of the store`},
		{`{"name":"x","product":{"condition":[{"select":"b","is":"old"}]}}`, `compile store preset x: product.condition[0]: "old" is no condition`},
		{`{"name":"x","listing":{"item":"b","condition":[{"is":"used"}]}}`, `compile store preset x: listing.condition[0]: select is missing`},
		{`{"name":"x","product":{"data":[{"stock":[{"path":"a"}]}]}}`, `compile store preset x: product.data[0]: select and url are missing`},
		{`{"name":"x","product":{"data":[{"select":"script"}]}}`, `compile store preset x: product.data[0]: stock is missing`},
		{`{"name":"x","product":{"data":[{"select":"script","stock":[{"is":"in_stock"}]}]}}`, `compile store preset x: product.data[0].stock[0]: path is missing`},
		{`{"name":"x","product":{"data":[{"select":"script","stock":[{"path":"a","is":"used"}]}]}}`, `compile store preset x: product.data[0].stock[0]: "used" is not known`},
		{`{"name":"x","product":{"data":[{"select":"script","condition":[{"path":"a"}],"stock":[{"path":"a"}]}]}}`, `compile store preset x: product.data[0].condition[0]: "" is not known`},
		{`{"name":"x","listing":{"data":[{"select":"script","at":"a..b","stock":[{"path":"a"}]}]}}`, `compile store preset x: listing.data[0].at: "a..b" is no path at "..b"; write it like a.b[0].c, with [*] for any element`},
		{`{"name":"x","product":{"data":[{"url":"(","stock":[{"path":"a"}]}]}}`, "compile store preset x: product.data[0].url: error parsing regexp: missing closing ): `(`"},
		{`{"name":"x","product":{"stock":[{"text":"b","is":"in_stock"}]}}`, `compile store preset x: product.stock[0]: select is missing`},
	}
	for _, tt := range tests {
		p, err := parsePreset("x.json", []byte(tt.data))
		if err == nil {
			_, err = p.store()
		}
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s\ngot  %v\nwant %s", tt.data, err, tt.want)
		}
	}
}

// A page of one shop software has no mark of another, so that the order of the
// presets decides nothing.
func TestMarksDiffer(t *testing.T) {
	files, err := filepath.Glob("../page/testdata/stores/*/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no saved pages", err)
	}
	stores, err := StoresWithMarks()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		own := filepath.Base(filepath.Dir(file))
		for _, s := range stores {
			for _, m := range s.Marks {
				if doc.FindMatcher(m.Selector).Length() == 0 {
					continue
				}
				if known[s.Name] = true; s.Name != own {
					t.Errorf("%s has the mark %s of %s", file, m, s.Name)
				}
			}
		}
	}
	for _, s := range stores {
		if !known[s.Name] {
			t.Errorf("no saved page has a mark of %s", s.Name)
		}
	}
}
