package checker

import (
	"os"
	"strings"
	"testing"
)

// The README's table of keys is written from the table of keys.
func TestReadme(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- keys: written by `make golden` -->\n", "<!-- /keys -->"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table of keys", file)
	}
	want := before + begin + Reference() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(data) != want {
		t.Errorf("the table of keys in README.md is not that of the keys; run make golden")
	}
}
