package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestMan holds the man page against the command line that it is of, and against
// what formats it.
func TestMan(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Name("stockcheck"), kong.Description("Watches."), kong.Vars{"state_help": stateHelp})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	writeMan(&b, parser.Model)
	page := strings.ReplaceAll(b.String(), `\-`, "-")
	for _, node := range parser.Model.Children {
		i := strings.Index(page, ".SS stockcheck "+node.Name)
		if node.Hidden != (i < 0) {
			t.Errorf("%s: hidden %v, and at %d of the page", node.Name, node.Hidden, i)
		}
		if i < 0 {
			continue
		}
		section, _, _ := strings.Cut(page[i+1:], "\n.S")
		for _, f := range node.Flags {
			if !strings.Contains(section, "--"+f.Name) || !strings.Contains(section, strings.ReplaceAll(f.Help, `\`, `\e`)) {
				t.Errorf("%s: --%s or its help is missing", node.Name, f.Name)
			}
		}
	}
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("left out: groff is missing; apt-get install groff")
	}
	groff := exec.Command("groff", "-man", "-ww", "-Tutf8", "-z")
	groff.Stdin = &b
	if out, err := groff.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v\n%s", err, out)
	}
}

func TestRoff(t *testing.T) {
	for text, want := range map[string]string{
		`a\b`: `a\eb`, "-y, --yes": `\-y, \-\-yes`, ".lead": `\&.lead`, "'quote": `\&'quote`, "two\nlines": "two lines",
	} {
		if got := roff(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
