//go:build linux

package torture

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"stockchecker/e2e/parts"
)

var long = flag.Bool("long", false, "the long form, with its figures")

// scale is short, or its long form.
func scale(short, inLong int) int {
	if *long {
		return inLong
	}
	return short
}

// tally sums up what all tests saw.
var tally struct {
	runs, faults, lost, doubled, wrong atomic.Int64
}

// interrupted ends with SIGINT and SIGTERM, and with it all that was started.
var interrupted context.Context

func TestMain(m *testing.M) {
	if os.Getenv(asFunction) != "" {
		panickingFunction()
		return
	}
	zerolog.SetGlobalLevel(zerolog.Disabled) // some toxics have a log of their own
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	interrupted = ctx
	code := m.Run()
	stop()
	if *long {
		for _, figure := range []struct {
			name string
			n    *atomic.Int64
		}{{"runs", &tally.runs}, {"faults", &tally.faults}, {"lost", &tally.lost}, {"doubled", &tally.doubled}, {"wrong", &tally.wrong}} {
			fmt.Println(figure.name, figure.n.Load())
		}
	}
	os.Exit(code)
}

// lost and wrong fail a test.
func lost(t *testing.T, format string, args ...any) {
	t.Helper()
	tally.lost.Add(1)
	t.Errorf("lost: "+format, args...)
}

func wrong(t *testing.T, format string, args ...any) {
	t.Helper()
	tally.wrong.Add(1)
	t.Errorf("wrong: "+format, args...)
}

// tool is a program that make tools installs.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	parts.LeaveOut(t, name+" is missing; run make tools")
	return ""
}

// build builds a program of the module lambda.
func build(t *testing.T, name, pkg string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	cmd := command("go", "build", "-buildvcs=false", "-tags", "lambda.norpc", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is deployed
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return path
}

// command is a command in a process group of its own, that ends with the test run.
func command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(interrupted, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); !errors.Is(err, syscall.ESRCH) {
			return err
		}
		return os.ErrProcessDone
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// product is the page of the product whose title is "Orion N".
func product(title string, inStock bool) string {
	schema, button := "OutOfStock", `<p class="availability">Sold out</p><button disabled>Add to cart</button>`
	if inStock {
		schema, button = "InStock", `<p class="availability">In stock</p><button type="submit">Add to cart</button>`
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en"><head><title>%[1]s | Corner Shop</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "%[1]s", "sku": "ORION",
"offers": {"@type": "Offer", "price": "499.00", "priceCurrency": "USD", "availability": "https://schema.org/%[2]s"}}</script>
</head><body><main><h1>%[1]s</h1><p class="price">$499.00</p><form action="/cart" method="post">%[3]s</form></main></body></html>
`, title, schema, button)
}

// unreadable is a page that says nothing about the product.
const unreadable = `<!doctype html><html lang="en"><head><title>Corner Shop</title></head><body><div id="app"></div></body></html>`

// number is N of the first "Orion N" in a text; -1: there is none.
func number(text string) int {
	_, after, found := strings.Cut(text, "Orion ")
	n := -1
	if found {
		_, _ = fmt.Sscan(after, &n)
	}
	return n
}
