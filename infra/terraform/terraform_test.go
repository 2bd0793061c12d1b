// Package terraform has no code of Go: these tests see that the Terraform module
// decides as the CDK app does.
package terraform

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stockchecker/infra/stockchecker"
	"stockchecker/lambda/checker"
)

var update = flag.Bool("update", false, "write the golden files anew")

// answer is what the module checkers says of a file.
type answer struct {
	Checkers map[string]entry `json:"checkers"`
	Alerts   map[string]alert `json:"alerts"`
	Faults   []string         `json:"faults"`

	AlertURLs  string   `json:"alert_urls"`
	Parameters []string `json:"parameters"`
	Untold     []string `json:"untold"`

	Concurrency int `json:"concurrency,omitempty"`
}

type entry struct {
	Definition string  `json:"definition"`
	Every      string  `json:"every"`
	Seconds    float64 `json:"seconds"`
	Period     float64 `json:"period"`
	Schedule   string  `json:"schedule"`
	Enabled    bool    `json:"enabled"`
	Failures   int     `json:"failures"`
}

type alert struct {
	Protocol string   `json:"protocol"`
	Endpoint string   `json:"endpoint"`
	Only     []string `json:"only"`
}

// expected is what the command and the CDK app say of a file. Only a file without
// fault has checkers and alerts here.
func expected(path string) (answer, error) {
	file, err := checker.Load(path)
	if err != nil {
		return answer{Faults: lines(err)}, nil
	}
	a := answer{Checkers: map[string]entry{}, Alerts: map[string]alert{}, Faults: []string{}}
	if err := stockchecker.CheckAlerts(file); err != nil {
		a.Faults = append(a.Faults, filepath.Base(path)+": "+err.Error())
	}
	for _, d := range file.Checkers {
		if err := stockchecker.Check(d); err != nil {
			a.Faults = append(a.Faults, filepath.Base(path)+": "+err.Error())
			continue
		}
		c, err := checker.Resolve(d)
		if err != nil {
			return a, err
		}
		schedule, err := stockchecker.Schedule(c.Name, c.Every)
		if err != nil {
			return a, err
		}
		definition, err := json.Marshal(d)
		if err != nil {
			return a, err
		}
		a.Checkers[c.Name] = entry{
			Definition: string(definition),
			Every:      written(c.Every),
			Seconds:    c.Every.Seconds(),
			Period:     max(c.Every, time.Minute).Seconds(),
			Schedule:   schedule,
			Enabled:    c.Enabled,
			Failures:   c.AlarmFailures,
		}
	}
	for protocol, subscribers := range map[string][]checker.Subscriber{"email": file.Alerts.Email, "sms": file.Alerts.SMS, "https": file.Alerts.HTTPS} {
		for _, subscriber := range subscribers {
			a.Alerts[stockchecker.SubscriptionID(protocol, subscriber.To)] = alert{protocol, subscriber.To, slices.Sorted(slices.Values(subscriber.Only))}
		}
	}
	a.AlertURLs, a.Parameters, a.Untold = stockchecker.AlertURLs(file.Alerts), stockchecker.Parameters(file.Alerts), []string{}
	for _, c := range file.Alerts.URLs {
		if err := c.CheckAWS(); err != nil {
			a.Untold = append(a.Untold, err.Error())
		}
	}
	return a, nil
}

func written(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var (
	position = regexp.MustCompile(`^([^:]+):\d+:\d+: `)
	line     = regexp.MustCompile(`as the checker at line \d+;`)
)

// lines are the faults of an error, without what Terraform cannot know: where in the
// file they are.
func lines(err error) []string {
	var faults checker.Faults
	if !errors.As(err, &faults) {
		return []string{err.Error()}
	}
	list := []string{}
	for _, f := range faults {
		s := position.ReplaceAllString(f.String(), filepath.Base(f.File)+": ")
		list = append(list, line.ReplaceAllString(s, "as a checker before;"))
	}
	return list
}

// ask asks the module checkers of a file.
func ask(t *testing.T, path string) answer {
	t.Helper()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		const what = "terraform is not there: install Terraform 1.9 or later"
		if os.Getenv("REQUIRE_ALL") != "" {
			t.Fatal(what)
		}
		t.Skip("left out: " + what)
	}
	// go test takes an old result for good unless it sees the files that have changed.
	modules, err := filepath.Glob("modules/checkers/*.tf")
	if err != nil || len(modules) == 0 {
		t.Fatalf("find the module checkers: %v", err)
	}
	for _, path := range modules {
		if _, err := os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), terraform, "-chdir=modules/checkers", "console", "-var", "file="+path)
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	// In base64 the console shows a text as it is.
	cmd.Stdin = strings.NewReader("base64encode(jsonencode({ checkers = local.checkers, alerts = local.subscriptions, faults = local.faults, concurrency = local.concurrency, alert_urls = local.alert_urls, parameters = local.parameters, untold = local.untold }))")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ask Terraform of %s: %v\n%s", path, err, &stderr)
	}
	data, err := base64.StdEncoding.DecodeString(strings.Trim(string(out), "\"\n"))
	if err != nil {
		t.Fatalf("ask Terraform of %s: %v: %s%s", path, err, out, &stderr)
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// sameJSON compares definitions as JSON: a tool may write & as \u0026, and 10.50 as 10.5.
var sameJSON = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Definition" }, cmp.Comparer(func(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && cmp.Equal(x, y)
}))

// compare looks at all of a file without fault, and else at the faults alone.
func compare(t *testing.T, want, got answer) {
	t.Helper()
	got.Concurrency = 0 // TestConcurrency
	slices.Sort(want.Faults)
	slices.Sort(got.Faults)
	if len(want.Faults) > 0 {
		want, got = answer{Faults: want.Faults}, answer{Faults: got.Faults}
	}
	if diff := cmp.Diff(want, got, sameJSON); diff != "" {
		t.Errorf("Terraform decides otherwise (-Go +Terraform):\n%s", diff)
	}
}

// TestGolden writes down what Go says of the files of tests/data, with which terraform
// test compares. It needs no Terraform.
func TestGolden(t *testing.T) {
	for _, path := range files(t) {
		want, err := expected(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(want.Faults) > 0 {
			want = answer{Faults: want.Faults}
		}
		data, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, '\n')
		golden := strings.TrimSuffix(path, ".json") + ".golden.json"
		if *update {
			if err := os.WriteFile(golden, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		old, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(old), string(data)); diff != "" {
			t.Errorf("%s is not what Go says; go test -update writes it anew:\n%s", golden, diff)
		}
	}
}

func files(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("tests/data/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(path string) bool { return strings.HasSuffix(path, ".golden.json") })
	if len(all) == 0 {
		t.Fatal("tests/data has no files")
	}
	return all
}

func TestFiles(t *testing.T) {
	paths := append(files(t), "../testdata/checkers.json", "../../checkers.json")
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			absolute, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := expected(path)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, ask(t, absolute))
		})
	}
}

// What is no JSON Terraform cannot explain, but it must not take it.
func TestNoJSON(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "comma": `{"checkers": [],}`, "comment": "// none\n{}", "half": `{"checkers": [{"name": "ps5"`} {
		t.Run(name, func(t *testing.T) {
			path := write(t, text)
			if _, err := checker.Load(path); err == nil {
				t.Fatal("Go takes it")
			}
			want := []string{"checkers.json: is no JSON; the command stockcheck validate says where"}
			if got := ask(t, path).Faults; len(got) == 0 || got[0] != want[0] {
				t.Errorf("faults are %q, want %q first", got, want)
			}
		})
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkers.json")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Functions of Terraform end at 1,024 here and there.
func TestManyCheckers(t *testing.T) {
	const n = 3000
	entries := make([]string, n)
	for i := range n {
		entries[i] = fmt.Sprintf(`{"name": "product-%d", "url": "https://shop.example/p/%[1]d", "every": "%dm"}`, i, 1+i%90)
	}
	path := write(t, `{"checkers": [`+strings.Join(entries, ",\n")+`]}`)
	want, err := expected(path)
	if err != nil {
		t.Fatal(err)
	}
	got := ask(t, path)
	if len(got.Checkers) != n {
		t.Errorf("%d checkers, want %d", len(got.Checkers), n)
	}
	compare(t, want, got)
}

func TestConcurrency(t *testing.T) {
	tests := []struct {
		name, every string
		n, want     int
	}{
		{"one", "1m", 1, 1},
		{"each minute", "1m", 60, 28},
		{"below a minute", "10s", 60, 60},
		{"rates may fall together", "7m", 60, 28},
		{"spread over five minutes", "5m", 300, 30},
		{"spread over a day", "24h", 60, 1}, // two of them in the busiest minute
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			entries := []string{`{"name": "off", "url": "https://shop.example/", "every": "10s", "enabled": false}`}
			for i := range test.n {
				entries = append(entries, fmt.Sprintf(`{"name": "product-%d", "url": "https://shop.example/", "every": %q}`, i, test.every))
			}
			got := ask(t, write(t, `{"checkers": [`+strings.Join(entries, ",")+`]}`))
			if got.Concurrency != test.want || len(got.Faults) > 0 {
				t.Errorf("%d, %q, want %d", got.Concurrency, got.Faults, test.want)
			}
		})
	}
}

// Whatever is written of what Terraform has to know, both say the same.
func TestAnyFile(t *testing.T) {
	number := func(least, most int) *rapid.Generator[any] {
		return rapid.Map(rapid.IntRange(least, most), func(n int) any { return n })
	}
	junk := rapid.SampledFrom([]any{nil, true, 7, -1, 2.5, "", "x", "5 minutes", []any{}, []any{"a"}, map[string]any{}, map[string]any{"failures": "3"}})
	rarely := func(good, bad *rapid.Generator[any], whole bool) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			if !whole && rapid.IntRange(0, 9).Draw(t, "junk") == 0 {
				return bad.Draw(t, "bad")
			}
			return good.Draw(t, "good")
		})
	}
	every := func(whole bool) *rapid.Generator[any] {
		good := rapid.Custom(func(t *rapid.T) any {
			if whole {
				return fmt.Sprintf("%dm", rapid.SampledFrom([]int{1, 2, 3, 5, 7, 30, 59, 60, 61, 90, 120, 300, 719, 720, 1439, 1440}).Draw(t, "minutes"))
			}
			switch rapid.IntRange(0, 4).Draw(t, "form") {
			case 0:
				return fmt.Sprintf("%ds", rapid.IntRange(0, 100_000).Draw(t, "s"))
			case 1:
				return fmt.Sprintf("%dm", rapid.IntRange(0, 1500).Draw(t, "m"))
			case 2:
				return fmt.Sprintf("%dh", rapid.IntRange(0, 25).Draw(t, "h"))
			case 3:
				return fmt.Sprintf("%dh%dm", rapid.IntRange(0, 24).Draw(t, "h"), rapid.IntRange(0, 90).Draw(t, "m"))
			}
			return fmt.Sprintf("%dm%ds", rapid.IntRange(0, 90).Draw(t, "m"), rapid.IntRange(0, 90).Draw(t, "s"))
		})
		return rarely(good, junk, whole)
	}
	entries := func(whole bool) *rapid.Generator[map[string]any] {
		return rapid.Custom(func(t *rapid.T) map[string]any {
			e := map[string]any{"url": "https://shop.example/ps5?a=1&b=<2>"}
			if rapid.Bool().Draw(t, "has every") {
				e["every"] = every(whole).Draw(t, "every")
			}
			if rapid.Bool().Draw(t, "has enabled") {
				e["enabled"] = rarely(rapid.SampledFrom([]any{true, false}), junk, whole).Draw(t, "enabled")
			}
			if rapid.Bool().Draw(t, "has alarm") {
				most := 11
				if whole {
					most = 5
				}
				failures := rarely(number(1, most), junk, whole).Draw(t, "failures")
				e["alarm"] = rarely(rapid.SampledFrom([]any{map[string]any{}, map[string]any{"failures": failures}}), junk, whole).Draw(t, "alarm")
			}
			return e
		})
	}
	// Example, not Check: a run of Terraform costs a second.
	for seed := range 6 {
		whole := seed%2 == 0
		list := rapid.SliceOfN(entries(whole), 400, 400).Example(seed)
		defaults := entries(true).Example(100 + seed)
		delete(defaults, "url")
		for n, e := range list {
			switch {
			case whole || n%20 != 0:
				e["name"] = fmt.Sprintf("p%d-%d", seed, n)
			case n%40 == 0:
				e["name"] = junk.Example(n)
			}
		}
		data, err := json.MarshalIndent(map[string]any{"defaults": defaults, "checkers": list}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		path := write(t, string(data))
		want, err := expected(path)
		if err != nil {
			t.Fatal(err)
		}
		got := ask(t, path)
		if _, err := checker.Load(path); err != nil {
			// The CDK app says what AWS cannot keep when the file has no fault.
			got.Faults = slices.DeleteFunc(got.Faults, func(s string) bool { return strings.Contains(s, "cannot be kept on AWS") })
		}
		if whole != (len(want.Faults) == 0) {
			t.Fatalf("seed %d: the file has faults: %v, want %v", seed, !whole, whole)
		}
		compare(t, want, got)
	}
}
