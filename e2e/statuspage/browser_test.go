// Package statuspage tries the status page as people meet it: in a real browser, on the
// real command.
//
// It leaves pictures of the page in bin/screenshots. Parts for which the machine lacks
// something are left out with a line that says what to install; with REQUIRE_ALL=1 they
// fail.
package statuspage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"stockchecker/e2e/parts"
	"stockchecker/lambda/local"
	"stockchecker/lambda/local/web/webtest"
)

// root is the project's folder.
var root = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// stockcheck is the command, built once.
var stockcheck = sync.OnceValues(func() (string, error) {
	path := filepath.Join(root, "bin", "statuspage", "stockcheck")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/stockcheck")
	cmd.Dir = filepath.Join(root, "lambda")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build stockcheck: %w: %s", err, out)
	}
	return path, nil
})

// output is what a program has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// page is a status page that a command serves.
type page struct {
	URL    string
	Output *output // the command's standard output
	end    func()
}

// start runs the command in a folder until the test ends, or end is called, and fails
// the test if it does not end well then.
func start(t *testing.T, folder string, env []string, args ...string) *page {
	t.Helper()
	path, err := stockcheck()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), env...)
	p := &page{Output: &output{}}
	cmd.Stdout = p.Output
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.end = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		tooLong := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		defer tooLong.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("stockcheck %s: after Ctrl-C: %v\n%s", strings.Join(args, " "), err, p.Output)
		}
	})
	t.Cleanup(p.end)
	lines := bufio.NewScanner(stderr)
	found := regexp.MustCompile(`status page.* at (http://\S+/)`)
	for lines.Scan() {
		if m := found.FindStringSubmatch(lines.Text()); m != nil {
			p.URL = m[1]
			go func() {
				for lines.Scan() {
					fmt.Fprintln(p.Output, lines.Text())
				}
			}()
			return p
		}
	}
	t.Fatalf("stockcheck %s says no address", strings.Join(args, " "))
	return nil
}

// month is a folder with the state and the checkers.json of a month.
func month(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	store, err := local.NewFileStore(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	if err := webtest.Save(t.Context(), store, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "checkers.json"), []byte(webtest.File), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// browser is a tab of a real browser that notes what goes wrong in it.
type browser struct {
	context.Context
	t *testing.T

	mu       sync.Mutex
	requests []string
	faults   []string // errors of scripts, and what the policy refused
}

func open(t *testing.T) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		parts.LeaveOut(t, "Chromium is missing; install it: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.Flag("disable-background-networking", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // its sandbox does not run as root
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			b.requests = append(b.requests, e.Request.URL)
		case *runtime.EventExceptionThrown:
			b.faults = append(b.faults, e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
				b.faults = append(b.faults, fmt.Sprintf("%s: %s", e.Entry.Text, e.Entry.URL))
			}
		}
	})
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

// call sends the browser a command of its protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b, command, params); err != nil {
		b.t.Fatalf("in the browser: %s: %v", command.Method, err)
	}
}

// get does one thing in the tab, which must succeed.
func get[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b, 30*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("in the browser: %v", err)
	}
	return v
}

// do does things in the tab.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	get(b, chromedp.Steps(actions...))
}

// dress gives the window a size, and the user a preference.
func (b *browser) dress(width, height int64, scale float64, scheme string) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: scale, Mobile: width < 600})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// value is that of an expression of JavaScript.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	return get(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// wait waits until an expression of JavaScript is true.
func (b *browser) wait(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b, 30*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(25*time.Second))); err != nil {
		b.t.Fatalf("wait for %s: %v", expression, err)
	}
}

// picture keeps a picture of the page, the whole of it or what a window shows.
func (b *browser) picture(name string, whole bool) {
	b.t.Helper()
	take := chromedp.CaptureScreenshot()
	if whole {
		take = chromedp.FullScreenshot(100)
	}
	data := get(b, take)
	folder := filepath.Join(root, "bin", "screenshots")
	if err := errors.Join(os.MkdirAll(folder, 0o777), os.WriteFile(filepath.Join(folder, name+".png"), data, 0o666)); err != nil {
		b.t.Fatal(err)
	}
}

// clean fails the test if something went wrong in the tab, or if it asked anyone else
// than the page for something.
func (b *browser) clean(own string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		b.t.Errorf("the browser says: %s", fault)
	}
	for _, request := range b.requests {
		if !strings.HasPrefix(request, own) && !strings.HasPrefix(request, "about:") {
			b.t.Errorf("the page asks for %s, which is not its own", request)
		}
	}
	b.faults, b.requests = nil, nil
}

// axe is the source of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		parts.LeaveOut(t, "axe-core is missing; run npm ci in e2e/statuspage (make tools does)")
	}
	return string(data)
}

// accessible fails the test for what axe-core finds on the page.
func (b *browser) accessible(what string) {
	b.t.Helper()
	source := axe(b.t)
	value[int](b, source+";0")
	result := value[string](b, `axe.run(document, {resultTypes: ["violations", "incomplete"]}).then((r) => JSON.stringify({passes: r.passes.length, violations: r.violations.map((v) =>
		({id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html + " " + (n.any[0]?.message ?? ""))}))}))`)
	var found struct {
		Passes     int
		Violations []struct {
			ID, Help string
			Nodes    []string
		}
	}
	if err := json.Unmarshal([]byte(result), &found); err != nil {
		b.t.Fatal(err)
	}
	if found.Passes < 10 {
		b.t.Errorf("%s: axe-core has looked at %d rules only", what, found.Passes)
	}
	for _, v := range found.Violations {
		b.t.Errorf("%s: axe-core: %s: %s\n\t%s", what, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}
