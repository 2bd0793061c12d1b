package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
	"stockchecker/lambda/watch/storetest"
)

// testCase is one folder.
type testCase struct {
	name    string
	dir     string
	expect  expectation
	http    response
	checker map[string]any
	steps   []step   // a sequence
	message *message // a message
}

// expectation is expect.json. A pointer or raw value tells what is not said.
type expectation struct {
	InStock        *bool           `json:"in_stock"`
	Price          json.RawMessage `json:"price"`
	Currency       json.RawMessage `json:"currency"`
	Availability   string          `json:"availability"`
	Accept         []*bool         `json:"accept"`
	Items          map[string]bool `json:"items"`
	Quantity       *int            `json:"quantity"`
	PriceTolerance float64         `json:"price_tolerance"`
	PriceMustNotBe *float64        `json:"price_must_not_be"`
	Alert          string          `json:"alert"`

	AlertsPerStep  [][]string `json:"alerts_per_step"` // nil: free
	MaxAlertsTotal *int       `json:"max_alerts_total"`

	SubjectMaxChars  int    `json:"subject_max_chars"`
	SubjectValidUTF8 bool   `json:"subject_valid_utf8"`
	SubjectForbidden string `json:"subject_forbidden"`
	SubjectASCII     bool   `json:"subject_ascii_safe"`
	BodyUnicode      bool   `json:"body_keeps_unicode"`
	SMSMaxParts      int    `json:"sms_max_parts"`
	SMSGSM7          int    `json:"sms_gsm7_chars"`
	SMSUCS2          int    `json:"sms_ucs2_chars"`
}

// response is http.json: what the shop answers a page with.
type response struct {
	Status  int               `json:"status"`
	URL     string            `json:"url"`
	Final   string            `json:"final_url"`
	Headers map[string]string `json:"headers"`
}

// step is one check of a sequence.
type step struct {
	Page         string            `json:"page"`
	Status       int               `json:"status"`
	Final        string            `json:"final_url"`
	Headers      map[string]string `json:"headers"`
	AfterMinutes float64           `json:"after_minutes"`
}

// message is notify.json.
type message struct {
	Name  string `json:"name"`
	Event string `json:"event"`
	URL   string `json:"url"`
	Price string `json:"price"`
}

const defaultURL = "https://shop.example/p/kestrel-9"

func load(dir string) ([]*testCase, error) {
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	var cases []*testCase
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		c := &testCase{name: f.Name(), dir: filepath.Join(dir, f.Name())}
		for name, into := range map[string]any{"expect.json": &c.expect, "http.json": &c.http, "checker.json": &c.checker, "steps.json": &c.steps, "notify.json": &c.message} {
			data, err := os.ReadFile(filepath.Join(c.dir, name))
			if errors.Is(err, os.ErrNotExist) && name != "expect.json" {
				continue
			}
			if err == nil {
				err = json.Unmarshal(data, into)
			}
			if err != nil {
				return nil, fmt.Errorf("read case %s: %s: %w", c.name, name, err)
			}
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no cases in %s", dir)
	}
	return cases, nil
}

// run runs the case and says what is not as expected.
func (c *testCase) run(s *shop) (faults []string) {
	defer func() {
		if p := recover(); p != nil {
			faults = append(faults, fmt.Sprintf("panic: %v", p))
		}
	}()
	if c.message != nil {
		return c.runMessage()
	}
	ck, err := c.resolve()
	if err != nil {
		return []string{err.Error()}
	}
	if c.steps != nil {
		return c.runSteps(s, ck)
	}
	return c.runPage(s, ck)
}

func (c *testCase) resolve() (*checker.Checker, error) {
	def := map[string]any{"name": "case", "url": defaultURL}
	if c.http.URL != "" {
		def["url"] = c.http.URL
	}
	for key, value := range c.checker {
		def[key] = value
	}
	data, err := json.Marshal(def)
	if err != nil {
		return nil, err
	}
	d, err := checker.ParseDefinition(data)
	if err != nil {
		return nil, err
	}
	return checker.Resolve(d)
}

// handler answers with a page, after a redirect where the case has one.
func handler(asked string, status int, final string, headers map[string]string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if at := "https://" + r.Host + r.URL.RequestURI(); final != "" && final != asked && !sameURL(at, final) {
			http.Redirect(w, r, final, http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for key, value := range headers {
			w.Header().Set(key, value)
		}
		if status == 0 {
			status = http.StatusOK
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write(body)
	}
}

// sameURL compares but for the scheme: the proxy sees none.
func sameURL(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && ua.Host == ub.Host && ua.RequestURI() == ub.RequestURI()
}

func (c *testCase) runPage(s *shop, ck *checker.Checker) []string {
	body, err := os.ReadFile(filepath.Join(c.dir, "page.html"))
	if err != nil {
		return []string{err.Error()}
	}
	s.answers(handler(ck.URL, c.http.Status, c.http.Final, c.http.Headers, body))
	var p *page.Page
	r, err := s.client.Fetch(context.Background(), ck, ck.URL)
	if err == nil {
		p, err = page.Read(r, ck)
	}
	return c.compare(watch.Explain(ck, ck.URL, p, err), ck, p)
}

func (c *testCase) compare(got watch.Answer, ck *checker.Checker, p *page.Page) []string {
	var faults []string
	fault := func(key string, want, got any) {
		faults = append(faults, fmt.Sprintf("%s: expected %v, got %v", key, want, got))
	}
	e := &c.expect
	accepted := slices.ContainsFunc(e.Accept, func(b *bool) bool { return sameBool(b, got.InStock) })
	if !sameBool(e.InStock, got.InStock) && !accepted {
		why := show(got.InStock)
		if got.Error != nil {
			why += " (" + string(got.Error.Kind) + ": " + got.Error.Message + ")"
		}
		fault("in_stock", show(e.InStock), why)
	}
	if accepted && !sameBool(e.InStock, got.InStock) {
		return faults // the other answer has other facts
	}
	if e.Price != nil && !c.priceAsExpected(got.Price) {
		fault("price", string(e.Price), showPrice(got.Price))
	}
	if e.Currency != nil && string(e.Price) != "null" {
		var currency string
		if got.Price != nil {
			currency = got.Price.Currency
		}
		var want *string
		if err := json.Unmarshal(e.Currency, &want); err != nil || (want == nil && currency != "") || (want != nil && *want != currency) {
			fault("currency", string(e.Currency), strconv.Quote(currency))
		}
	}
	if e.PriceMustNotBe != nil && got.Price != nil && got.Price.Amount.Equal(decimal.NewFromFloat(*e.PriceMustNotBe)) {
		fault("price", "another than "+got.Price.Amount.String(), showPrice(got.Price))
	}
	if e.Availability != "" && !availabilityAsExpected(e.Availability, got, c.http.Status) {
		said := string(got.Availability)
		if got.Error != nil {
			said = "error " + string(got.Error.Kind)
		}
		fault("availability", e.Availability, said)
	}
	if e.Quantity != nil {
		if len(got.Items) == 0 || got.Items[0].Quantity == nil || *got.Items[0].Quantity != *e.Quantity {
			fault("quantity", *e.Quantity, "another")
		}
	}
	if e.Items != nil {
		items := map[string]string{}
		for _, it := range got.Items {
			items[it.Title] = show(it.InStock)
		}
		for title, want := range e.Items {
			if items[title] != show(&want) {
				fault(strconv.Quote(title), want, cmp.Or(items[title], "no such item"))
			}
			delete(items, title)
		}
		for title := range items {
			fault(strconv.Quote(title), "no such item", items[title])
		}
	}
	if e.Alert == "marked-price-unknown" {
		body := watch.NewMessage(watch.Alert{Checker: ck.Name, URL: ck.URL, Status: watch.ItemsInStock, Items: alertItems(ck, p)}).Body
		if !strings.Contains(body, "price unknown") {
			fault("alert", "a message with \"price unknown\"", strconv.Quote(body))
		}
	}
	return faults
}

func alertItems(ck *checker.Checker, p *page.Page) []watch.AlertItem {
	if p == nil {
		return nil
	}
	var items []watch.AlertItem
	for _, j := range watch.Judge(ck, p.Items) {
		if j.Verdict == watch.Yes {
			items = append(items, watch.AlertItem{Title: j.Title, Link: j.Link, Availability: j.Availability, Price: j.Price, Notes: j.Notes})
		}
	}
	return items
}

func (c *testCase) priceAsExpected(got *checker.Price) bool {
	if string(c.expect.Price) == "null" {
		return got == nil
	}
	want, err := decimal.NewFromString(string(c.expect.Price))
	if err != nil || got == nil {
		return false
	}
	return want.Sub(got.Amount).Abs().LessThanOrEqual(decimal.NewFromFloat(c.expect.PriceTolerance))
}

// availabilityAsExpected compares in the words of the corpus: "blocked",
// "error" and "gone" are kinds of unknown, "other_seller" is in stock but not
// from an allowed one.
func availabilityAsExpected(want string, got watch.Answer, status int) bool {
	var kind page.Kind
	if got.Error != nil {
		kind = got.Error.Kind
	}
	switch want {
	case "blocked":
		return kind == page.Blocked || kind == page.Queue
	case "error":
		return kind == page.HTTP || kind == page.Unsupported || kind == page.Network || kind == page.TooLarge
	case "gone":
		return kind == page.Moved || kind == page.HTTP && (status == http.StatusNotFound || status == http.StatusGone)
	case "unknown":
		return kind != ""
	case "other_seller":
		return got.InStock != nil && !*got.InStock && got.Availability == checker.InStock
	}
	return string(got.Availability) == want
}

// statusNames are the alerts in the words of the corpus.
var statusNames = map[watch.Status]string{
	watch.Initialized:    "init",
	watch.ItemsInStock:   "in_stock",
	watch.ItemsGone:      "gone",
	watch.ItemsSomeGone:  "some_gone",
	watch.PriceDrop:      "price_drop",
	watch.CheckFailed:    "checker_error",
	watch.CheckRecovered: "checker_recovered",
}

// recorder is a channel that keeps what it is sent.
type recorder struct{ sent []watch.Alert }

func (r *recorder) Channel() string { return "recorder" }

func (r *recorder) Send(_ context.Context, a watch.Alert) error {
	r.sent = append(r.sent, a)
	return nil
}

func (c *testCase) runSteps(s *shop, ck *checker.Checker) []string {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	sent := &recorder{}
	store := new(storetest.Memory)
	ids := 0
	w := &watch.Watcher{
		Store: store, Fetcher: s.client, Notifiers: []watch.Notifier{sent}, TellFailures: true,
		Now:   func() time.Time { return now },
		NewID: func() string { ids++; return strconv.Itoa(ids) },
	}
	var faults []string
	total := 0
	for i, st := range c.steps {
		body, err := os.ReadFile(filepath.Join(c.dir, st.Page))
		if err != nil {
			return []string{err.Error()}
		}
		now = now.Add(time.Duration(st.AfterMinutes * float64(time.Minute)))
		s.answers(handler(ck.URL, st.Status, st.Final, st.Headers, body))
		sent.sent = nil
		if _, err := w.Check(context.Background(), ck); err != nil {
			return append(faults, fmt.Sprintf("step %d: %v", i+1, err))
		}
		got := []string{}
		for _, a := range sent.sent {
			got = append(got, statusNames[a.Status])
		}
		total += len(got)
		if i < len(c.expect.AlertsPerStep) && c.expect.AlertsPerStep[i] != nil && !slices.Equal(got, c.expect.AlertsPerStep[i]) {
			faults = append(faults, fmt.Sprintf("step %d: expected alerts %v, got %v", i+1, c.expect.AlertsPerStep[i], got))
		}
	}
	if limit := c.expect.MaxAlertsTotal; limit != nil && total > *limit {
		faults = append(faults, fmt.Sprintf("alerts: expected at most %d, got %d", *limit, total))
	}
	return append(faults, c.compareState(store, ck)...)
}

// compareState compares what is known at the end.
func (c *testCase) compareState(store watch.Store, ck *checker.Checker) []string {
	if c.expect.InStock == nil {
		return nil
	}
	data, _, err := store.Load(context.Background(), ck.Name)
	if err != nil {
		return []string{err.Error()}
	}
	state, err := watch.Decode(data)
	if err != nil {
		return []string{err.Error()}
	}
	in := false
	for _, it := range state.Items {
		in = in || it.InStock
	}
	if in != *c.expect.InStock {
		return []string{fmt.Sprintf("in_stock at the end: expected %v, got %v", *c.expect.InStock, in)}
	}
	return nil
}

func (c *testCase) runMessage() []string {
	link := cmp.Or(c.message.URL, defaultURL)
	item := watch.AlertItem{Title: c.message.Name, Link: link, Availability: checker.InStock}
	if amount, err := decimal.NewFromString(strings.ReplaceAll(strings.Trim(c.message.Price, "€$£ \u00A0"), ",", ".")); err == nil {
		item.Price = &checker.Price{Amount: amount, Currency: "EUR"}
	}
	a := watch.Alert{Checker: "case", URL: link, At: time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC), Items: []watch.AlertItem{item}, InStock: 1, Total: 1}
	for status, name := range statusNames {
		if name == c.message.Event {
			a.Status = status
		}
	}
	if a.Status == "" {
		return []string{"unknown event " + c.message.Event}
	}
	m := watch.NewMessage(a)

	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	e := &c.expect
	if m.Subject == "" || m.Body == "" || m.SMS == "" {
		fault("expected a subject, a body and an SMS text, got %q, %q, %q", m.Subject, m.Body, m.SMS)
	}
	// What SNS refuses, whatever the case asks for.
	if n := utf8.RuneCountInString(m.Subject); n >= 100 || e.SubjectMaxChars > 0 && n > e.SubjectMaxChars {
		fault("subject: expected below 100 characters, got %d: %q", n, m.Subject)
	}
	if !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, unicode.IsControl) {
		fault("subject: expected valid text without control characters, got %q", m.Subject)
	}
	if strings.ContainsFunc(m.Subject, func(r rune) bool { return r >= 0x7F }) {
		fault("subject: expected ASCII, got %q", m.Subject)
	}
	if e.BodyUnicode && !strings.Contains(m.Body, strings.Join(strings.Fields(c.message.Name), " ")) {
		fault("body: expected the name %q in it, got %q", c.message.Name, m.Body)
	}
	if e.SMSMaxParts == 1 {
		n, gsm7 := watch.SMSLength(m.SMS)
		limit := cmp.Or(e.SMSUCS2, 70)
		if gsm7 {
			limit = cmp.Or(e.SMSGSM7, 160)
		}
		if n > limit {
			fault("sms: expected one part of %d characters, got %d: %q", limit, n, m.SMS)
		}
	}
	return faults
}

func sameBool(a, b *bool) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func show(b *bool) string {
	if b == nil {
		return "null"
	}
	return strconv.FormatBool(*b)
}

func showPrice(p *checker.Price) string {
	if p == nil {
		return "null"
	}
	return p.String()
}
