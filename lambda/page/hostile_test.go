package page

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Pages made to be slow take no longer than others of their size: what took
// quadratic time would take minutes.
func TestHostilePagesTakeLinearTime(t *testing.T) {
	const n = 20_000
	pages := map[string]string{
		"controls":           strings.Repeat("<button>Add to cart</button>", n),
		"cards":              strings.Repeat(`<div><a href="/p"><img src=a>b</a><button>Add to cart</button></div>`, n/2),
		"words":              strings.Repeat("<div>Sold out</div>", n),
		"a long class":       `<div class="` + strings.Repeat("abc ", 500_000) + `">` + strings.Repeat("<button>Add to cart</button>", n/2) + "</div>",
		"long styles":        strings.Repeat(`<div style="`+strings.Repeat("a:b;", 2000)+`">`, 200) + strings.Repeat("<h1>x</h1>", 2000),
		"a long title":       "<title>" + strings.Repeat("word ", 500_000) + "</title>",
		"structured data":    strings.Repeat(`<script type="application/ld+json">{"@type":"Product","name":"x"}</script>`, n/4),
		"prices in prices":   strings.Repeat(strings.Repeat(`<div class="price">`, 400)+"$5"+strings.Repeat("</div>", 400), 40),
		"prices in one line": "<p>" + strings.Repeat("<span class=price>$5</span> ", n),
		"nested inline":      strings.Repeat(strings.Repeat("<span>", 300)+"Out of stock"+strings.Repeat("</span>", 300), 60),
		"links":              strings.Repeat(`<a href="/p">product name</a><span>$5.00</span>`, n),
		"struck prices":      strings.Repeat("<p><s>$6</s> $5</p>", n),
		"prices in one text": "<p class=price>" + strings.Repeat("$5 -5% ", n),
		"variants":           "<form>" + strings.Repeat("<input type=radio name=v disabled>", n) + "<select>" + strings.Repeat("<option>Sold out", n) + "</select><button>Add to cart</button></form>",
		"headings":           strings.Repeat("<div class=c><h1>x</h1><p class=price>$5</p></div>", n),
		"state":              `<script type="application/json">[` + strings.Repeat(`{"name":"x","inStock":true,"url":"/p","price":5},`, n) + `]</script>`,
		"deep state":         `<script id="__NEXT_DATA__" type="application/json">` + strings.Repeat(`{"stock":`, n) + `</script>`,
		"state scripts":      strings.Repeat(`<script>dataLayer.push({"name":"x","inStock":true})</script>`, n/2),
		"a used thing":       `<script type="application/ld+json">{"@type":"Product","name":"x","offers":{"availability":"InStock","itemCondition":"UsedCondition"}}</script><button>Add to cart</button>` + strings.Repeat("<p>"+strings.Repeat("not at all so ", 12)+"</p>", n),
		"fields":             strings.Repeat("<tr><td>Stock</td><td>none</td></tr>", n),
	}
	c := resolve(t, plain)
	for name, body := range pages {
		start := time.Now()
		r := &Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte("<!doctype html><title>x</title><h1>x</h1>" + body)}
		p, err := Read(r, c)
		if err == nil && len(p.Items) == 0 {
			t.Errorf("%s: no items and no error", name)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// The same of what presets read: the data of a page's scripts, and answers that are
// JSON.
func TestHostileDataTakesLinearTime(t *testing.T) {
	const n = 20_000
	many := func(s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	walmart := func(product string) string {
		return `<h1 itemprop="name">x</h1><script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"initialData":{"data":{"product":` + product + `}}}}}</script>`
	}
	fields := strings.Repeat(`"field":1,`, 10*n)
	tests := map[string]struct{ address, body string }{
		"a product of many fields": {"https://www.walmart.com/ip/x/1", walmart(`{` + fields + `"name":"x","availabilityStatus":"IN_STOCK"}`)},
		"JSON in JSON":             {"https://www.walmart.com/ip/x/1", walmart(strconv.Quote(`{` + fields[:n] + `"name":"x"}`))},
		"many products": {"https://www.walmart.com/search?q=x", `<script id="__NEXT_DATA__">{"props":{"pageProps":{"initialData":{"searchResult":{"itemStacks":[{"items":[` +
			many(`{"name":"x","usItemId":"1","canonicalUrl":"/ip/1","availabilityStatusV2":{"value":"IN_STOCK"}}`) + `]}]}}}}}</script>`},
		"many variants of many fields": {"https://shop.example/products/x.js", `{` + fields + `"title":"x","variants":[` + many(`{"id":1,"available":true}`) + `]}`},
		"variants by many parameters": {"https://shop.example/products/x?variant=7&size=1", `<script id="shopify-features"></script><h1>x</h1><script type="application/json" data-product-json>{"title":"x","variants":[` +
			many(`{"id":7,"sku":"x","available":false}`) + `]}</script>`},
		"many scripts": {"https://shop.example/products/x", `<script id="shopify-features"></script><h1>x</h1>` + strings.Repeat(`<script type="application/json" data-section-data>{"product":{"title":"x","variants":[{"available":true}]}}</script>`, n/2)},
		"cards and data": {"https://www.newegg.com/p/pl?d=x", strings.Repeat(`<div class="item-cell"><a class="item-title" href="/p/x">x</a></div>`, n/4) +
			`<script>window.__initialState__ = {"Products":[` + many(`{"ItemCell":{"Description":{"Title":"x"},"Instock":true}}`) + `]}</script>`},
	}
	for name, tt := range tests {
		c := resolve(t, `{"name":"x","url":"`+tt.address+`"}`)
		start := time.Now()
		p, err := Read(&Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte(tt.body)}, c)
		if err == nil && len(p.Items) == 0 {
			t.Errorf("%s: no items and no error", name)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// hostileSize is that of the largest page that is fetched.
const hostileSize = 8 << 20

// fill repeats a text up to that size. In it %d is a number, each time another.
func fill(text string) string {
	if !strings.Contains(text, "%d") {
		return strings.Repeat(text, hostileSize/len(text))
	}
	var b strings.Builder
	for i := 0; b.Len() < hostileSize; i++ {
		b.WriteString(strings.ReplaceAll(text, "%d", strconv.Itoa(i)))
	}
	return b.String()
}

// large are pages that are made to take memory and time.
var large = map[string]func() string{
	"nested 100,000 deep":     func() string { return strings.Repeat("<div>", 100_000) },
	"nested spans":            func() string { return fill("<span>") },
	"a million attributes":    func() string { return "<p" + strings.ReplaceAll(fill(" a%d"), "\n", "") + ">" },
	"many attributes each":    func() string { return fill("<p a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8></p>") },
	"tiny tags":               func() string { return fill("<b>") },
	"tiny elements":           func() string { return fill("<b></b>") },
	"tiny void elements":      func() string { return fill("<br>") },
	"paragraphs":              func() string { return fill("<p>") },
	"texts":                   func() string { return fill("a<p>") },
	"formats that go on":      func() string { return fill("<a href=%d>") },
	"formats, each other":     func() string { return fill("<font color=%d><p>") },
	"formats not nested":      func() string { return fill("<b><p></b>") },
	"formats in blocks":       func() string { return fill("<i><div></i></div>") },
	"tables in tables":        func() string { return fill("<table><td>") },
	"text in tables":          func() string { return "<table>" + fill("a<tr>") },
	"links in tables":         func() string { return "<table>" + fill("<a>a") },
	"lists":                   func() string { return fill("<ul><li>") },
	"selects":                 func() string { return fill("<select><option>") },
	"forms":                   func() string { return fill("<form><input>") },
	"ends of nothing":         func() string { return strings.Repeat("<div>", 400) + fill("</x>") },
	"ends of formats":         func() string { return strings.Repeat("<div>", 400) + fill("</b>") },
	"drawings":                func() string { return fill("<svg>") },
	"a drawing":               func() string { return "<svg>" + strings.Repeat("<g>", 500) + fill("</x>") },
	"templates":               func() string { return fill("<template>") },
	"comments":                func() string { return fill("<!-->") },
	"a comment":               func() string { return "<!--" + fill("-") },
	"brackets":                func() string { return fill("<") },
	"open ends":               func() string { return fill("</") },
	"entities":                func() string { return fill("&amp;") },
	"entities without an end": func() string { return "<p title='" + fill("&a") + "'>" },
	"one long value":          func() string { return "<p class='" + fill("a ") + "'>" },
	"one long text":           func() string { return "<p>" + fill("sold out ") },
	"one long word":           func() string { return "<p>" + fill("a") },
	"scripts in a script":     func() string { return "<script>" + fill("<!--<script></script>") },
	"ends of scripts":         func() string { return "<script><!--<script>" + fill("</script><script>") },
	"nested JSON-LD":          func() string { return `<script type="application/ld+json">` + strings.Repeat(`{"offers":`, 10_000) },
	"nested arrays":           func() string { return `<script type="application/ld+json">` + strings.Repeat("[", 10_000) },
	"nested state":            func() string { return `<script type="application/json">` + strings.Repeat(`{"stock":`, 10_000) },
	"large JSON-LD": func() string {
		return `<script type="application/ld+json">[` + fill(`{"@type":"Product","name":"x%d"},`)
	},
	"large state":           func() string { return `<script type="application/json">[` + fill(`{"name":"x%d","stock":1},`) },
	"microdata":             func() string { return fill("<p itemscope itemprop=a>") },
	"microdata that refers": func() string { return strings.Repeat("<p id=a itemscope itemref=a>", 100_000) },
	"buttons":               func() string { return fill("<button>Add to cart</button>") },
	"prices":                func() string { return fill("<p class=price>$%d</p>") },
	"zeros":                 func() string { return "<p>" + fill("\x00") },
	"returns":               func() string { return "<p>" + fill("\r") },
}

// A page as large as is fetched is read, or refused, within the memory and the time
// that a small function has.
func TestHostilePagesFitInMemory(t *testing.T) {
	if name := os.Getenv("HOSTILE_PAGE"); name != "" {
		readHostile(t, name)
		return
	}
	if raced {
		t.Skip("the race detector takes memory of its own")
	}
	if runtime.GOOS != "linux" {
		t.Skip("left out: what a process took is read from /proc, which only Linux has")
	}
	for name := range large {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestHostilePagesFitInMemory$")
			cmd.Env = append(os.Environ(), "HOSTILE_PAGE="+name, "GOMEMLIMIT=90MiB", "GOMAXPROCS=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var peak int
			if _, err := fmt.Sscanf(string(out), "peak %d kB", &peak); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			t.Logf("%d MB, %v", peak>>10, used.Round(time.Millisecond))
			if peak > 100<<10 {
				t.Errorf("took %d MB, more than 100", peak>>10)
			}
			if used > 10*time.Second {
				t.Errorf("took %v of the CPU", used)
			}
		})
	}
}

// readHostile reads such a page, and says what memory the process took for that.
func readHostile(t *testing.T, name string) {
	c := resolve(t, plain)
	r := &Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: []byte("<!doctype html><title>x</title><h1>x</h1>" + large[name]())}
	debug.FreeOSMemory()
	if p, err := Read(r, c); err == nil && len(p.Items) == 0 {
		t.Error("no items and no error")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "\n")
	fmt.Println("peak", strings.TrimSpace(peak))
}
