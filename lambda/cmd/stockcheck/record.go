package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// recorded is a page with what was answered to it, as a case of the corpus in
// lambda/cases/testdata has it.
type recorded struct {
	response *page.Response
	settings map[string]json.RawMessage // that decide how the page is read
	answer   watch.Answer
}

// readingKeys are the keys of a checker that decide how a page is read.
var readingKeys = []string{"store", "include", "exclude", "sku", "sellers", "condition", "maxPrice", "countAsInStock", "select", "json"}

// factHeaders are the response's headers that reading looks at. No other is
// kept: Set-Cookie, and what names the visitor, least of all.
var factHeaders = []string{"Content-Type", "Date", "Retry-After", "Cf-Mitigated", "X-Datadome", "X-Amzn-Waf-Action"}

// settingsOf are the settings of a checker in the file that decide how a page is
// read.
func settingsOf(path, name string) (map[string]json.RawMessage, error) {
	file, err := checker.Load(path)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Checkers {
		if d.Name() != name {
			continue
		}
		data, err := json.Marshal(d)
		if err != nil {
			return nil, err
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(data, &all); err != nil {
			return nil, err
		}
		kept := map[string]json.RawMessage{}
		for _, key := range readingKeys {
			if v, ok := all[key]; ok {
				kept[key] = v
			}
		}
		return kept, nil
	}
	return nil, nil
}

// record writes the page, the facts of the response, the settings and the answer
// into a new folder, without what is personal.
func record(dir string, r recorded, ck *checker.Checker) error {
	body := withoutPersonal(r.response.Body)
	clean := *r.response
	clean.Body, clean.URL, clean.Final = body, withoutTokens(r.response.URL), withoutTokens(r.response.Final)
	p, err := page.Read(&clean, withURL(ck, clean.URL))
	if again := watch.Explain(ck, clean.Final, p, err); !sameAnswer(again, r.answer) {
		return errors.New("record page: without its cookies, tokens and personal data it reads otherwise, so it is not kept; save it by hand")
	}

	headers := map[string]string{"Content-Type": "text/html"} // a saved page tells its charset itself
	for _, key := range factHeaders {
		if v := r.response.Header.Get(key); v != "" {
			headers[key] = v
		}
	}
	files := map[string]any{
		"http.json":   map[string]any{"status": clean.Status, "url": clean.URL, "final_url": clean.Final, "headers": headers},
		"expect.json": expected(r.answer),
	}
	if len(r.settings) > 0 {
		files["checker.json"] = r.settings
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("record page: %w", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("record page: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "page.html"), body, 0o644); err != nil {
		return fmt.Errorf("record page: %w", err)
	}
	for name, value := range files {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(value); err != nil {
			return fmt.Errorf("record %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("record page: %w", err)
		}
	}
	return nil
}

// expectation is expect.json.
type expectation struct {
	InStock      *bool           `json:"in_stock"`
	Price        *json.Number    `json:"price"`
	Currency     *string         `json:"currency"`
	Availability string          `json:"availability"`
	Quantity     *int            `json:"quantity,omitempty"`
	Items        map[string]bool `json:"items,omitempty"`
}

// expected is the answer in the words of the corpus.
func expected(a watch.Answer) expectation {
	e := expectation{InStock: a.InStock, Availability: string(a.Availability)}
	if a.Error != nil {
		e.Availability = "unknown"
		switch a.Error.Kind {
		case page.Blocked, page.Queue:
			e.Availability = "blocked"
		case page.HTTP, page.Unsupported, page.Network, page.TooLarge:
			e.Availability = "error"
		case page.Moved:
			e.Availability = "gone"
		}
	}
	if a.Price != nil {
		amount := json.Number(a.Price.Amount.String())
		e.Price = &amount
		if a.Price.Currency != "" {
			e.Currency = &a.Price.Currency
		}
	}
	if !a.Listing && len(a.Items) > 0 {
		e.Quantity = a.Items[0].Quantity
	}
	if a.Listing {
		e.Items = map[string]bool{}
		for _, it := range a.Items {
			if it.InStock == nil {
				e.Items = nil // the corpus has no word for an item that is not known
				break
			}
			e.Items[it.Title] = *it.InStock
		}
	}
	return e
}

// sameAnswer compares what a case holds, and the titles.
func sameAnswer(a, b watch.Answer) bool {
	titles := func(a watch.Answer) []string {
		var all []string
		for _, it := range a.Items {
			all = append(all, it.Title)
		}
		return all
	}
	return reflect.DeepEqual(expected(a), expected(b)) && reflect.DeepEqual(titles(a), titles(b))
}

// secret are the names of what lets someone in, or tells who it is.
const secret = `[\w.-]*(?:csrf|xsrf|token|session|sess_?id|nonce|auth|secret|password|signature|api_?key|access_?key|visitor_?id|device_?id|user_?id|client_?id|customer_?id|e-?mail|phone|cookie)[\w.-]*`

// personal finds in a page what is of the visitor alone. The first group is kept,
// and so is the third, if there is one.
var personal = []struct {
	found *regexp.Regexp
	by    string
}{
	// Elements that hold one: <input name="csrf" value="…">, <meta name="csrf-token" content="…">.
	{regexp.MustCompile(`(?i)(<(?:input|meta)\b[^>]{0,400}\b(?:name|id|property)\s*=\s*["']?` + secret + `["']?[^>]{0,400}\b(?:value|content)\s*=\s*["'])([^"'<>]+)(["'])`), "${1}removed${3}"},
	{regexp.MustCompile(`(?i)(<(?:input|meta)\b[^>]{0,400}\b(?:value|content)\s*=\s*["'])([^"'<>]+)(["'][^>]{0,400}\b(?:name|id|property)\s*=\s*["']?` + secret + `["']?)`), "${1}removed${3}"},
	// Values in scripts and attributes: "sessionId":"…", data-token="…", token='…'.
	{regexp.MustCompile(`(?i)(["']?\b` + secret + `["']?\s*[:=]\s*["'])([^"'<>\\\s]{6,})(["'])`), "${1}removed${3}"},
	{regexp.MustCompile(`(?i)([?&;](?:amp;)?` + secret + `=)([^&"'<>\s#]+)()`), "${1}removed${3}"},
	{regexp.MustCompile(`()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*()`), "${1}removed${2}"}, // a signed token
	{regexp.MustCompile(`()\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,24}\b()`), "${1}someone@example.com${2}"},
	{regexp.MustCompile(`(["'>])(?:\d{1,3}\.){3}\d{1,3}(["'<])`), "${1}192.0.2.1${2}"},
}

// withoutPersonal is a page without what is of the visitor alone.
func withoutPersonal(body []byte) []byte {
	for _, p := range personal {
		body = p.found.ReplaceAll(body, []byte(p.by))
	}
	return body
}

var secretName = regexp.MustCompile(`(?i)^` + secret + `$`)

// withoutTokens is an address without a name or a password, and with no value in
// parameters that let someone in.
func withoutTokens(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	pairs := strings.Split(u.RawQuery, "&")
	for i, pair := range pairs {
		if key, _, ok := strings.Cut(pair, "="); ok && secretName.MatchString(key) {
			pairs[i] = key + "=removed"
		}
	}
	u.RawQuery = strings.Join(pairs, "&")
	return u.String()
}
