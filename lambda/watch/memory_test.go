package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// revisited is a shop of one page that offers an ETag, and counts.
type revisited struct {
	body, etag  string
	status      int
	final       string
	contentType string
	asked, sent int
}

func (s *revisited) Fetch(ctx context.Context, c *checker.Checker, url string) (*page.Response, error) {
	return s.Revisit(ctx, c, url, nil)
}

func (s *revisited) Revisit(_ context.Context, _ *checker.Checker, url string, last *page.Response) (*page.Response, error) {
	s.asked++
	if s.status == 200 && last != nil && last.Header.Get("Etag") != "" && last.Header.Get("Etag") == s.etag {
		return &page.Response{URL: url, Final: last.Final, Status: http.StatusNotModified, Header: http.Header{}}, nil
	}
	s.sent++
	h := http.Header{"Content-Type": {s.contentType}}
	if s.etag != "" {
		h.Set("Etag", s.etag)
	}
	return &page.Response{URL: url, Final: s.final, Status: s.status, Header: h, Body: []byte(s.body)}, nil
}

func productPage(title, price string, inStock bool) string {
	says := map[bool]string{true: "https://schema.org/InStock", false: "https://schema.org/OutOfStock"}[inStock]
	return fmt.Sprintf(`<html><head><script type="application/ld+json">{"@type": "Product", "name": %q, "sku": "1",
"offers": {"price": %q, "priceCurrency": "USD", "availability": %q}}</script></head><body><h1>%s</h1></body></html>`, title, price, says, title)
}

// remembering is a watcher with a memory over such a shop, and how often it has read.
func remembering(t *testing.T, s *revisited, m *Memory) (check func() Report, b *bench, reads *int) {
	t.Helper()
	b = newBench(t)
	b.Fetcher, b.Memory = s, m
	reads = new(int)
	b.read = func(r *page.Response, c *checker.Checker) (*page.Page, error) { *reads++; return page.Read(r, c) }
	c := &checker.Checker{Name: "ps5", URL: shopURL + "/ps5", AlarmFailures: 3, Every: time.Minute, Pages: 1, Condition: "new",
		CountAsInStock: map[checker.Availability]bool{checker.InStock: true}, AlertOn: map[checker.AlertKind]bool{checker.AlertInStock: true, checker.AlertGone: true}}
	return func() Report {
		t.Helper()
		r, err := b.Check(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}, b, reads
}

func TestMemory(t *testing.T) {
	type step struct {
		change  func(s *revisited, now *time.Time)
		status  Status
		sent    bool // by the shop
		read    bool
		failure page.Kind
	}
	nothing := func(*revisited, *time.Time) {}
	tests := []struct {
		name  string
		etag  string
		steps []step
	}{
		{"an ETag that holds", `"1"`, []step{{nothing, Initialized, true, true, ""}, {nothing, NoChange, false, false, ""}, {nothing, NoChange, false, false, ""}}},
		{"no ETag, and the same page", "", []step{{nothing, Initialized, true, true, ""}, {nothing, NoChange, true, false, ""}}},
		{"another page", `"1"`, []step{{nothing, Initialized, true, true, ""}, {func(s *revisited, _ *time.Time) {
			s.body, s.etag = productPage("PS5", "499.00", true), `"2"`
		}, ItemsInStock, true, true, ""}, {nothing, NoChange, false, false, ""}}},
		{"another page under the same ETag is found after a while", `"1"`, []step{{nothing, Initialized, true, true, ""},
			{func(s *revisited, _ *time.Time) { s.body = productPage("PS5", "499.00", true) }, NoChange, false, false, ""},
			{func(_ *revisited, now *time.Time) { *now = now.Add(RememberFor) }, ItemsInStock, true, true, ""}}},
		{"a clock that goes back", `"1"`, []step{{nothing, Initialized, true, true, ""},
			{func(_ *revisited, now *time.Time) { *now = now.Add(-time.Hour) }, NoChange, true, true, ""}}},
		{"the same bytes from elsewhere", "", []step{{nothing, Initialized, true, true, ""},
			{func(s *revisited, _ *time.Time) { s.final = shopURL + "/" }, CheckFailed, true, true, page.Moved}}},
		{"the same bytes in another charset", "", []step{{nothing, Initialized, true, true, ""},
			{func(s *revisited, _ *time.Time) { s.contentType = "text/html; charset=windows-1252" }, NoChange, true, true, ""}}},
		{"a failure is not remembered", `"1"`, []step{{nothing, Initialized, true, true, ""},
			{func(s *revisited, _ *time.Time) { s.body, s.etag, s.status = "<html>captcha</html>", `"2"`, 403 }, CheckFailed, true, true, page.HTTP},
			{func(s *revisited, now *time.Time) {
				s.body, s.etag, s.status = productPage("PS5", "499.00", false), `"1"`, 200
				*now = now.Add(time.Minute)
			}, NoChange, true, true, ""}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &revisited{body: productPage("PS5", "499.00", false), etag: tt.etag, status: 200, final: shopURL + "/ps5", contentType: "text/html"}
			check, b, reads := remembering(t, s, NewMemory())
			now := b.Now()
			b.Now = func() time.Time { return now }
			for i, step := range tt.steps {
				now = now.Add(10 * time.Second)
				step.change(s, &now)
				sent, read := s.sent, *reads
				r := check()
				kind := page.Kind("")
				if r.Failure != nil {
					kind = r.Failure.Kind
				}
				if r.Status != step.status || s.sent > sent != step.sent || *reads > read != step.read || kind != step.failure {
					t.Errorf("check %d: %s, sent %t, read %t, %q; want %s, %t, %t, %q", i+1, r.Status, s.sent > sent, *reads > read, kind, step.status, step.sent, step.read, step.failure)
				}
			}
		})
	}
}

// A checker that was defined anew does not get what was read for the former one.
func TestMemoryIsOfOneDefinition(t *testing.T) {
	m, resp := NewMemory(), &page.Response{Status: 200, Header: http.Header{}, Body: []byte("x")}
	one, other := &checker.Checker{Name: "ps5"}, &checker.Checker{Name: "ps5"}
	now := time.Now()
	m.remember(memoryKey{one, "u"}, resp, &page.Page{Items: []page.Item{{Title: "PS5"}}}, now)
	if m.recall(memoryKey{other, "u"}, now) != nil || m.recall(memoryKey{one, "v"}, now) != nil || m.recall(memoryKey{one, "u"}, now) == nil {
		t.Error("the memory mixes up checkers or pages")
	}
}

// The memory is bounded: what was used longest ago is forgotten first.
func TestMemoryIsBounded(t *testing.T) {
	m, c, now := NewMemory(), &checker.Checker{}, time.Now()
	resp := &page.Response{Status: 200, Header: http.Header{}}
	listing := &page.Page{Items: make([]page.Item, 1000)}
	for i := range 100 {
		m.recall(memoryKey{c, "0"}, now)
		m.remember(memoryKey{c, fmt.Sprint(i)}, resp, listing, now)
	}
	var known []string
	for i := range 100 {
		if m.recall(memoryKey{c, fmt.Sprint(i)}, now) != nil {
			known = append(known, fmt.Sprint(i))
		}
	}
	if want := "0 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99"; strings.Join(known, " ") != want {
		t.Errorf("knows %v, want %s", known, want)
	}
	if m.items != 20_000 || m.recent.Len() != len(m.pages) {
		t.Errorf("%d items, %d and %d pages", m.items, m.recent.Len(), len(m.pages))
	}
	m.remember(memoryKey{c, "huge"}, resp, &page.Page{Items: make([]page.Item, 2001)}, now)
	if m.recall(memoryKey{c, "huge"}, now) != nil {
		t.Error("one page took a tenth of the memory")
	}
}

// Whatever a shop does that does not lie, a watcher with a memory comes to the same
// state, and tells the same, as one without.
func TestMemoryChangesNoAnswer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var shops [2]*revisited
		var checks [2]func() Report
		var benches [2]*bench
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		for i, m := range []*Memory{nil, NewMemory()} {
			shops[i] = &revisited{}
			checks[i], benches[i], _ = remembering(t, shops[i], m)
			benches[i].Now = func() time.Time { return now }
		}
		bodies := []string{
			productPage("PS5", "499.00", false), productPage("PS5", "499.00", true), productPage("PS5", "450.00", true), productPage("PS5 Slim", "450.00", true),
			"<html><title>Access denied</title></html>", "<html></html>",
		}
		for range rapid.IntRange(2, 12).Draw(rt, "checks") {
			n := rapid.IntRange(0, len(bodies)-1).Draw(rt, "body")
			etag := rapid.SampledFrom([]string{"", fmt.Sprintf(`"%d"`, n), fmt.Sprintf(`W/"%d"`, n)}).Draw(rt, "etag")
			status := rapid.SampledFrom([]int{200, 200, 200, 200, 503, 429}).Draw(rt, "status")
			now = now.Add(time.Duration(rapid.IntRange(1, 400).Draw(rt, "seconds")) * time.Second)
			var reports [2]Report
			for i, s := range shops {
				s.body, s.etag, s.status, s.final, s.contentType = bodies[n], etag, status, shopURL+"/ps5", "text/html"
				reports[i] = checks[i]()
				reports[i].Durations = Durations{}
				for j := range reports[i].Items {
					reports[i].Items[j].Evidence = nil // not remembered
				}
			}
			if diff := cmp.Diff(asJSON(rt, reports[0]), asJSON(rt, reports[1])); diff != "" {
				rt.Fatalf("reports (-without +with memory):\n%s", diff)
			}
			if diff := cmp.Diff(string(benches[0].data), string(benches[1].data)); diff != "" {
				rt.Fatalf("states (-without +with memory):\n%s", diff)
			}
		}
	})
}

func asJSON(t *rapid.T, v any) string {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
