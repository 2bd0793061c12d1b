package statuspage

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestLooks takes pictures of the page in all its dresses, and holds it against
// axe-core in each.
func TestLooks(t *testing.T) {
	p := start(t, month(t), nil, "serve", "127.0.0.1:0")
	b := open(t)
	for _, look := range []struct {
		name, path, scheme string
		width, height      int64
		scale              float64
		whole              bool
	}{
		{"light", "", "light", 1360, 1000, 1, true},
		{"readme", "", "light", 1180, 860, 1, false},
		{"dark", "", "dark", 1360, 1000, 1, true},
		{"phone", "", "light", 390, 844, 2, true},
		{"phone-dark", "", "dark", 390, 844, 2, false},
		{"checker-light", "checkers/graphics-card", "light", 1360, 1000, 1, true},
		{"checker-dark", "checkers/graphics-card", "dark", 1360, 1000, 1, true},
		{"checker-phone", "checkers/graphics-card", "light", 390, 844, 2, true},
		{"nothing-found-light", "?q=submarine", "light", 1360, 700, 1, false},
		{"not-there-dark", "nowhere", "dark", 1360, 700, 1, false},
	} {
		t.Run(look.name, func(t *testing.T) {
			b.t = t
			b.dress(look.width, look.height, look.scale, look.scheme)
			b.do(chromedp.Navigate(p.URL + look.path))
			b.picture(look.name, look.whole)
			b.accessible(look.name)
			if wide := value[bool](b, "document.documentElement.scrollWidth > innerWidth"); wide {
				t.Error("the page is wider than the window")
			}
			if look.path == "nowhere" {
				b.faults = nil // that it is not there
			}
			b.clean(p.URL)
		})
	}
}

// TestWithoutScript reads the page with JavaScript off.
func TestWithoutScript(t *testing.T) {
	p := start(t, month(t), nil, "serve", "127.0.0.1:0")
	b := open(t)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.dress(1360, 1000, 1, "light")
	b.do(chromedp.Navigate(p.URL))
	if live := get(b, chromedp.AttributeValue("#live", "hidden", chromedp.NodeReady)); !live.Exists {
		t.Error("the page says that it is kept up to date")
	}
	text := get(b, chromedp.Text("main", chromedp.NodeVisible))
	for _, want := range []string{"game-console", "Orion Console, Disc Edition", "499.00 USD", "Still to be told by ntfy", "the shop shows a robot check", "Latest changes", "17 min ago"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	b.picture("without-script", false)
	// Links and the search are plain.
	b.do(chromedp.SendKeys("#q", "heron\r"), chromedp.WaitNotPresent("#checker-game-console"), chromedp.WaitVisible("#checker-film-camera"))
	if cards := get(b, chromedp.AttributesAll(".card")); len(cards) != 1 {
		t.Errorf("%d cards for a search that finds one", len(cards))
	}
	b.do(chromedp.Click("#checker-film-camera h3 a"), chromedp.WaitVisible("#items-title"))
	b.clean(p.URL)
}

// A shop, and a run that watches it with a status page.
func watching(t *testing.T) (*shop, *page) {
	s := startShop(t)
	s.put("/console", product("Orion Console", "499.00", false))
	s.put("/lamp", product("Kestrel 9 Desk Lamp", "49.90", true))
	dir := t.TempDir()
	checkers := `{"checkers": [{"name": "game-console", "url": "SHOP/console", "every": "1h"}, {"name": "desk-lamp", "url": "SHOP/lamp", "every": "1h"}]}`
	if err := os.WriteFile(filepath.Join(dir, "checkers.json"), []byte(strings.ReplaceAll(checkers, "SHOP", s.URL)), 0o666); err != nil {
		t.Fatal(err)
	}
	return s, start(t, dir, nil, "run", "--serve", "127.0.0.1:0")
}

const inStock = `document.querySelector("#checker-game-console .pill")?.textContent === "In stock"`

// TestLive watches a page that is kept up to date while a product comes in stock, with
// the keyboard alone.
func TestLive(t *testing.T) {
	s, p := watching(t)
	b := open(t)
	b.dress(1360, 1000, 1, "light")
	b.do(chromedp.Navigate(p.URL))
	b.wait(`document.getElementById("live-text").textContent === "live"`)
	b.wait(`document.querySelectorAll("#latest .event").length === 2`)
	if value[bool](b, inStock) {
		t.Fatal("the console is in stock already")
	}
	b.do(chromedp.Evaluate[chromedp.Void](`window.same = true; undefined`)) // gone after a reload

	// From the top by Tab: the link past the top comes first, and all that has the focus shows it.
	b.do(chromedp.KeyEvent(kb.Tab))
	if got := value[string](b, `document.activeElement.textContent`); got != "To the checkers" {
		t.Errorf("the first stop is %q", got)
	}
	var stops []string
	for range 40 {
		b.do(chromedp.KeyEvent(kb.Tab))
		stop := value[string](b, `document.activeElement.id || document.activeElement.textContent.trim()`)
		stops = append(stops, stop)
		if outline := value[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
			t.Errorf("%s has the focus and does not show it", stop)
		}
		if stop == "check-game-console" {
			break
		}
	}
	if stops[len(stops)-1] != "check-game-console" || !slices.Contains(stops, "test-alert") || !slices.Contains(stops, "q") {
		t.Fatalf("Tab goes to %q", stops)
	}

	s.put("/console", product("Orion Console", "479.00", true))
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(`document.getElementById("said").textContent === "game-console is being checked."`)
	b.wait(inStock)
	b.wait(`document.querySelector("#latest .event .event-text").textContent === "Orion Console in stock at 479.00 USD"`)
	b.wait(`document.querySelector("#checker-game-console .items .amount").textContent === "479.00 USD"`)
	b.wait(`document.title === "(2 in stock) Stock checker"`)
	if got := value[string](b, `document.activeElement.id`); got != "check-game-console" {
		t.Errorf("the focus went to %q", got)
	}
	if !value[bool](b, `window.same === true`) {
		t.Error("the page was loaded anew")
	}
	for _, fact := range []string{"Last check", "Next check"} {
		if !strings.Contains(get(b, chromedp.Text("#checker-game-console .facts")), fact) {
			t.Errorf("the card has no %s", fact)
		}
	}
	if !strings.Contains(p.Output.String(), "Orion Console in stock at $479.00") {
		t.Errorf("the console did not tell it:\n%s", p.Output)
	}

	b.do(chromedp.Focus("#test-alert"), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.getElementById("said").textContent === "Sent by console."`)
	if !strings.Contains(p.Output.String(), "This is a test: ") {
		t.Errorf("the console has no test alert:\n%s", p.Output)
	}
	b.picture("live", false)
	b.accessible("a page that was kept up to date")

	// A shop that fails.
	s.put("/lamp", "")
	b.do(chromedp.Click("#check-desk-lamp"))
	b.wait(`document.querySelector("#checker-desk-lamp .notice.bad")?.textContent.includes("503")`)
	b.clean(p.URL)

	// The program ends, and the page says so.
	p.end()
	b.wait(`document.getElementById("live-text").textContent === "not connected"`)
	b.do(chromedp.Click("#check-desk-lamp"))
	b.wait(`document.getElementById("said").textContent === "The program does not answer. Is it still running?"`)
}

// TestStateAlone shows what another process does.
func TestStateAlone(t *testing.T) {
	s := startShop(t)
	s.put("/lamp", product("Kestrel 9 Desk Lamp", "49.90", false))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lamp.json"), []byte(`{"checkers": [{"name": "desk-lamp", "url": "`+s.URL+`/lamp"}]}`), 0o666); err != nil {
		t.Fatal(err)
	}
	once := func() {
		path, err := stockcheck()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path, "run", "--once", "--file", "lamp.json")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	once()
	p := start(t, dir, nil, "serve", "127.0.0.1:0")
	b := open(t)
	b.do(chromedp.Navigate(p.URL))
	b.wait(`document.getElementById("live-text").textContent === "live"`)
	if value[bool](b, `document.querySelector("button.quiet") !== null`) {
		t.Error("a page that checks nothing has buttons to check")
	}
	s.put("/lamp", product("Kestrel 9 Desk Lamp", "44.90", true))
	once()
	b.wait(`document.querySelector("#checker-desk-lamp .pill").textContent === "In stock"`)
	b.wait(`document.querySelector("#latest .event .event-text").textContent === "Kestrel 9 Desk Lamp in stock at 44.90 USD"`)
	b.clean(p.URL)
}

// TestToken asks for the token in the browser.
func TestToken(t *testing.T) {
	const token = "correct-horse-battery"
	p := start(t, month(t), []string{"STOCKCHECK_TOKEN=" + token}, "serve", "0.0.0.0:0")
	b := open(t)
	for _, scheme := range []string{"light", "dark"} {
		b.dress(1360, 700, 1, scheme)
		b.do(chromedp.Navigate(p.URL))
		b.picture("token-"+scheme, false)
		b.accessible("the question for the token, " + scheme)
	}
	b.do(chromedp.SendKeys("#token", "not-the-right-one\r"), chromedp.WaitVisible(`[role="alert"]`))
	b.do(chromedp.SendKeys("#token", token+"\r"), chromedp.WaitVisible("#checker-game-console"))
	b.wait(`document.getElementById("live-text").textContent === "live"`)
	if cookies := value[string](b, `document.cookie`); cookies != "" {
		t.Errorf("scripts can read the cookie: %s", cookies)
	}
	b.faults = nil // that the token was asked for
	b.clean(p.URL)
}

// TestReport opens the report as a file, where its policy lets nothing in.
func TestReport(t *testing.T) {
	dir := month(t)
	path, err := stockcheck()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "report", "--html", "report.html")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b := open(t)
	file := "file://" + filepath.Join(dir, "report.html")
	for _, scheme := range []string{"light", "dark"} {
		b.dress(1360, 1000, 1, scheme)
		b.do(chromedp.Navigate(file))
		b.picture("report-"+scheme, true)
		b.accessible("the report, " + scheme)
	}
	if ground := value[string](b, `getComputedStyle(document.body).backgroundColor`); ground != "rgb(13, 16, 23)" {
		t.Errorf("the report's own style is not applied: its ground is %s", ground)
	}
	b.clean(file)
}
