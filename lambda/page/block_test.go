package page

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// Each rule of blocks.json knows its page, and names it.
func TestBlocks(t *testing.T) {
	page := func(title, body string) []byte {
		return []byte(`<!doctype html><html><head><title>` + title + `</title></head><body>` + body + `</body></html>`)
	}
	header := func(key, value string) http.Header { return http.Header{key: {value}} }
	plain := `<p>Please wait.</p>`
	tests := []struct {
		name string // of the rule
		kind Kind
		r    Response
	}{
		{"Cloudflare's challenge", Blocked, Response{Status: 403, Header: header("Cf-Mitigated", "challenge"), Body: page("", plain)}},
		{"Cloudflare's challenge", Blocked, Response{Body: page("Just a moment...", `<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>`)}},
		{"Cloudflare's challenge", Blocked, Response{Body: page("Shop", `<form id="challenge-form" action="/?__cf_chl_f_tk=1"></form>`)}},
		{"a waiting room of Cloudflare", Queue, Response{Body: page("Shop", `<img src="/cdn-cgi/waitingroom/logo.png">`)}},
		{"a captcha", Blocked, Response{Body: page("Amazon.com", `<form action="/errors/validateCaptcha"><input id="captchacharacters"></form>`)}},
		{"Newegg's robot check", Blocked, Response{Final: "https://shop.example/areyouahuman?url=1", URL: "https://shop.example/areyouahuman", Body: page("Shop", plain)}},
		{"PerimeterX's robot check", Blocked, Response{Body: page("Access to this page has been denied.", plain)}},
		{"PerimeterX's robot check", Blocked, Response{Body: page("Shop", `<div id="px-captcha"></div>`)}},
		{"Walmart's block page", Blocked, Response{URL: "https://shop.example/blocked?url=L3A=", Body: page("Shop", plain)}},
		{"DataDome's robot check", Blocked, Response{Body: page("shop.example", `<script src="https://ct.captcha-delivery.com/c.js"></script>`)}},
		{"DataDome's robot check", Blocked, Response{Status: 403, Header: header("X-Datadome", "protected"), Body: page("", plain)}},
		{"Akamai's block page", Blocked, Response{Body: page("Access Denied", `<h1>Access Denied</h1>You don't have permission to access this page. Reference #18.1a2b3c4d.1700000000.5e6f`)}},
		{"Imperva's block page", Blocked, Response{Body: page("", `Request unsuccessful. Incapsula incident ID: 1-2`)}},
		{"Imperva's block page", Blocked, Response{Body: page("", `<iframe src="/_Incapsula_Resource?x=1"></iframe>`)}},
		{"a challenge of AWS WAF", Blocked, Response{Status: 405, Header: header("X-Amzn-Waf-Action", "captcha"), Body: page("", plain)}},
		{"a challenge of AWS WAF", Blocked, Response{Body: page("", `<script src="https://x.token.awswaf.com/x/challenge.js"></script>`)}},
		{"Kasada's robot check", Blocked, Response{Status: 429, Body: page("", `<script src="/149e9513-01fa-4fb0-aad4-566afd725d1b/2d206a39/ips.js?x"></script>`)}},
		{"a captcha", Blocked, Response{Body: page("Shop", `<div class="h-captcha"></div>`)}},
		{"a robot check", Blocked, Response{Body: page("Pardon Our Interruption", plain)}},
		{"a robot check", Blocked, Response{Body: page("Shop", `<p>Press and hold to confirm you are a human</p>`)}},
		{"Shopify's checkpoint", Blocked, Response{URL: "https://shop.example/checkpoint?return_to=%2Fp", Body: page("Shop", plain)}},
		{"a password page", Blocked, Response{Body: page("Opening soon", `<form action="/password"><input type="password"></form>`)}},
		{"a login page", Blocked, Response{Final: "https://shop.example/account/login?next=1", Body: page("Shop", plain)}},
		{"a waiting room of Queue-it", Queue, Response{Final: "https://shop.queue-it.net/?c=shop", Body: page("Shop", plain)}},
		{"a waiting room of Queue-it", Queue, Response{Body: page("Queue-it", `<div id="queue"></div>`)}},
		{"a waiting room", Queue, Response{Body: page("Warteschlange", plain)}},
		{"a waiting room", Queue, Response{Body: page("Shop", `<p>You are now in line. Your estimated wait time is 5 minutes.</p>`)}},
		{"a consent wall", Blocked, Response{Final: "https://consent.shop.example/m?continue=1", Body: page("Shop", plain)}},
		{"a consent wall", Blocked, Response{Body: page("Shop", `<h1>Before you continue</h1><button>Accept all</button>`)}},
		{"a consent wall", Blocked, Response{Body: page("Shop", `<h1>Bevor Sie fortfahren</h1><button>Alle akzeptieren</button>`)}},
		{"a maintenance page", HTTP, Response{Body: page("Site under maintenance", plain)}},
		{"a maintenance page", HTTP, Response{Body: page("Example", `<h1>We are performing scheduled maintenance</h1><p>Back soon!</p>`)}},
		{"a maintenance page", HTTP, Response{Body: page("Example", `<h1>Wegen Wartungsarbeiten geschlossen</h1>`)}},
		{"a page that says it is not there", Moved, Response{Body: page("404 Not Found", plain)}},
		{"a page that says it is not there", Moved, Response{Body: page("Example", `<h1>The product you are looking for could not be found</h1>`)}},
		{"a page that says it is not there", Moved, Response{Body: page("Example", `<h1>Das Produkt wurde leider nicht gefunden</h1><div><a href="/p/1">Merlin 3</a><button>In den Warenkorb</button></div>`)}},
		{"a page that says it is not there", Moved, Response{Body: page("Example", `<h1>お探しのページは見つかりませんでした</h1>`)}},
		{"a parked domain", Moved, Response{Body: page("kestrel.example", `<h1>kestrel.example</h1><p>This domain is for sale.</p><a class="btn" href="#">Buy now</a>`)}},
		{"a parked domain", Moved, Response{Body: page("kestrel.example", `<script src="https://www.sedoparking.com/frmpark/x.js"></script><p>Related links</p>`)}},
		{"an age gate", Blocked, Response{Body: page("Example Wines", `<h1>Are you of legal drinking age?</h1><button>Yes</button>`)}},
		{"an age gate", Blocked, Response{Body: page("Example Wein", `<h1>Bist du mindestens 18 Jahre alt?</h1><button>Ja</button>`)}},
		{"a page that asks for the country", Blocked, Response{Body: page("Example", `<h1>Choose your country or region</h1><a href="/us">United States</a>`)}},
	}
	tested := map[string]int{}
	for _, tt := range tests {
		c := resolve(t, `{"name": "lamp", "url": "https://shop.example/p/kestrel-9"}`)
		r := tt.r
		if r.URL == "" {
			r.URL = c.URL
		}
		if r.Final == "" {
			r.Final = r.URL
		}
		if r.Status == 0 {
			r.Status = 200
		}
		_, err := Read(&r, c)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %.80s: %v", tt.name, r.Body, err)
			continue
		}
		if e.Kind != tt.kind || !strings.Contains(e.Message, tt.name) {
			t.Errorf("%s: %.80s: %s: %s", tt.name, r.Body, e.Kind, e.Message)
		}
		tested[tt.name]++
	}
	rules := map[string]int{}
	for _, rule := range blockRules() {
		rules[rule.name]++
	}
	for name, n := range rules {
		if tested[name] == 0 {
			t.Errorf("%q has %d rules and no page here", name, n)
		}
	}
}

// What a page in the way says, a product's page may say too: it has something to buy
// in its heading's box, or data, or more than a few words.
func TestWordsOfBlocksBesideAProduct(t *testing.T) {
	long := `<p>` + strings.Repeat("A lamp for long evenings with good books. ", 100) + `</p>`
	for name, body := range map[string]string{
		"maintenance":   `<p>Needs no site maintenance: it is never down for maintenance.</p>` + buyButton,
		"an age":        `<p>You must be 18 or over to buy this.</p>` + buyButton,
		"a country":     `<p>Select your country or region</p>` + buyButton,
		"not there":     `<p>The product you are looking for was not found? Here it is.</p>` + buyButton,
		"a domain":      `<p>A poster that says: this domain is for sale</p>` + buyButton + long,
		"without a box": `<p>You must be 18 or over to buy this.</p><p>In stock</p>` + long,
	} {
		if got := read(t, plain, Response{Body: []byte(productPage(body))}); got != "in_stock" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A rule is compiled when it is first asked for, so a wrong one would show late.
func TestBlockRulesCompile(t *testing.T) {
	rules := blockRules()
	for i := range rules {
		r := &rules[i]
		if r.url != nil {
			r.url()
		}
		if r.title != nil {
			r.title()
		}
		if r.text != nil {
			r.text()
		}
		if r.sel != nil {
			r.sel()
		}
		if r.url == nil && r.title == nil && r.text == nil && r.sel == nil && r.header == nil {
			t.Errorf("the rule of %s holds on every page", r.name)
		}
	}
	if len(rules) < 20 {
		t.Errorf("%d rules", len(rules))
	}
}
