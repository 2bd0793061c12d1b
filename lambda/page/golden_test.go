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
	def, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	c := resolve(t, string(def))
	return &Response{URL: c.URL, Final: c.URL, Status: 200, Header: http.Header{}, Body: body}, c
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

// Every preset is proved by a page in stock, one sold out and one blocked.
func TestEveryStoreHasPages(t *testing.T) {
	presets, err := filepath.Glob("../checker/stores/*.json")
	if err != nil || len(presets) == 0 {
		t.Fatal("no presets", err)
	}
	for _, preset := range presets {
		name := strings.TrimSuffix(filepath.Base(preset), ".json")
		for kind, holds := range map[string]string{"in-stock": `"Availability": "in_stock"`, "sold-out": `"Availability": "sold_out"`, "blocked": `"Kind": "blocked"`} {
			golden, err := os.ReadFile(filepath.Join("testdata/stores", name, kind+".golden"))
			if err != nil {
				t.Errorf("preset %s has no page %s: %v", name, kind, err)
			} else if !bytes.Contains(golden, []byte(holds)) {
				t.Errorf("the page %s of preset %s does not say %s", kind, name, holds)
			}
		}
	}
}
