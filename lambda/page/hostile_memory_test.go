//go:build linux && !race

package page

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

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
// that a small function has. What a process took is read from /proc, which only Linux
// has; the race detector takes many times the memory.
func TestHostilePagesFitInMemory(t *testing.T) {
	if name := os.Getenv("HOSTILE_PAGE"); name != "" {
		readHostile(t, name)
		return
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
