package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The demo shows what it promises, in the order that each product's visits
// have, and leaves nothing behind.
func TestDemo(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	var out bytes.Buffer
	if err := run(context.Background(), &out, false, 100*time.Millisecond, 30*time.Second); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, wants := range [][]string{
		{"graphics-card works: nothing in stock yet", "Falcon RTX 5090 32GB Founders in stock at $1999.99", "Merlin RTX 5090 OC 32GB in stock", "━━━ ITEMS_GONE"},
		{"game-console works: nothing in stock yet", "Orion Console in stock at $499.00", "Orion Console no longer in stock"},
		{"board-computer works: Berry Board 8GB in stock (few left) at £76.80", "Berry Board 8GB no longer in stock"},
		{"desk-lamp works: Kestrel 9 Desk Lamp in stock at $49.90", "desk-lamp       unknown (blocked)", "desk-lamp       unknown (http)", "desk-lamp is blind", "Kestrel 9 Desk Lamp no longer in stock", "desk-lamp sees its page again"},
		{"That was all"},
	} {
		rest := out.String()
		for _, want := range wants {
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				t.Fatalf("%q is not told after what comes before it in\n%s", want, out.String())
			}
			rest = after
		}
	}
	if n := len(regexp.MustCompile(`(?m)^━━━ ITEMS_IN_STOCK$`).FindAllString(out.String(), -1)); n != 3 {
		t.Errorf("%d alerts of something in stock, want 3:\n%s", n, out.String())
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDemoEndsWhenInterrupted(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(context.Background())
	out := &untilText{text: "INITIALIZED", found: cancel}
	if err := run(ctx, out, false, 100*time.Millisecond, 30*time.Second); err != nil {
		t.Errorf("interrupted: %v", err)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// untilText calls found when a text is written.
type untilText struct {
	text  string
	found func()
}

func (u *untilText) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(u.text)) {
		u.found()
	}
	return len(p), nil
}
