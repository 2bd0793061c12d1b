package web

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"
	"time"

	"stockchecker/lambda/local/web/webtest"
	"stockchecker/lambda/watch/storetest"
)

const testToken = "correct-horse-battery"

// serve serves a site on a free port until the test ends, and returns its URL.
func serve(t *testing.T, site *Site, address, token string, names ...string) string {
	t.Helper()
	server, err := site.Listen(address, token, names)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return strings.TrimSuffix(strings.Replace(server.URL(), "localhost", "127.0.0.1", 1), "/")
}

// monthly is the site of a month.
func monthly(t *testing.T, now time.Time) *Site {
	t.Helper()
	store := &storetest.Memory{}
	if err := webtest.Save(t.Context(), store, now); err != nil {
		t.Fatal(err)
	}
	checkers, err := webtest.Checkers()
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Store: store, Checkers: checkers, Place: "state", Now: func() time.Time { return now }})
}

// request makes a request, and gives the answer with its body. It follows no redirect.
func request(t *testing.T, method, url, body string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(data)
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestWhoMayListen(t *testing.T) {
	const open = "others can reach it, so it needs a token: give one of 16 characters or more by STOCKCHECK_TOKEN (openssl rand -hex 16 makes one), or serve on 127.0.0.1"
	for _, tt := range []struct {
		address, token string
		names          []string
		want           string // the error, "" for none
	}{
		{"127.0.0.1:8080", "", nil, ""},
		{"localhost:8080", "", nil, ""},
		{"[::1]:8080", "", nil, ""},
		{"127.9.9.9:8080", "", nil, ""},
		{"127.0.0.1:8080", testToken, nil, ""},
		{"127.0.0.1:8080", "short", nil, "the token has 5 characters; take one of 16 or more (openssl rand -hex 16 makes one)"},
		{"0.0.0.0:8080", testToken, nil, ""},
		{"0.0.0.0:8080", "", nil, open},
		{":8080", "", nil, open},
		{"[::]:8080", "", nil, open},
		{"192.168.1.5:8080", "", nil, open},
		{"nas.local:8080", "", nil, open},
		{"localhost.evil.example:8080", "", nil, open},
		{"127.0.0.1:8080", "", []string{"stock.example"}, open},
		{"127.0.0.1:8080", testToken, []string{"stock.example"}, ""},
		{"8080", "", nil, `"8080" is not HOST:PORT, such as 127.0.0.1:8080`},
	} {
		_, err := newGuard(tt.address, tt.token, tt.names)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s with token %q as %q: got error %q, want %q", tt.address, tt.token, tt.names, got, tt.want)
		}
	}
}

func TestHost(t *testing.T) {
	machine, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	loopback := serve(t, monthly(t, time.Now()), "127.0.0.1:0", "")
	everywhere := serve(t, monthly(t, time.Now()), "0.0.0.0:0", testToken)
	behind := serve(t, monthly(t, time.Now()), "127.0.0.1:0", testToken, "Stock.example")
	for _, tt := range []struct {
		url, host string
		want      int
	}{
		{loopback, "127.0.0.1", 200},
		{loopback, "127.0.0.1:9999", 200}, // as through a forwarded port
		{loopback, "localhost:8080", 200},
		{loopback, "LOCALHOST", 200},
		{loopback, "localhost.", 200},
		{loopback, "[::1]:8080", 200},
		{loopback, "evil.example", 421},
		{loopback, "127.0.0.1.evil.example", 421},
		{loopback, "localhost.evil.example:8080", 421},
		{loopback, "192.168.1.5:8080", 421},
		{loopback, "0.0.0.0:8080", 421},
		{loopback, machine, 421},
		{everywhere, "192.168.1.5:8080", 200},
		{everywhere, "[fe80::1]:8080", 200},
		{everywhere, machine + ":8080", 200},
		{everywhere, machine + ".local", 200},
		{everywhere, "evil.example", 421},
		{behind, "stock.example", 200},
		{behind, "localhost", 200},
		{behind, "other.example", 421},
		{behind, "192.168.1.5", 421},
	} {
		answer, body := request(t, "GET", tt.url+"/", "", func(r *http.Request) {
			r.Host = tt.host
			r.Header.Set("Authorization", "Bearer "+testToken)
		})
		if answer.StatusCode != tt.want {
			t.Errorf("Host %s: got status %d, want %d", tt.host, answer.StatusCode, tt.want)
		}
		if shows := strings.Contains(body, "game-console"); shows != (tt.want == 200) {
			t.Errorf("Host %s: the page shows the checkers: %v", tt.host, shows)
		}
	}
}

func TestOrigin(t *testing.T) {
	url := serve(t, monthly(t, time.Now()), "127.0.0.1:0", "")
	for _, tt := range []struct {
		name    string
		headers map[string]string
		want    int // 409: it came as far as the button, which does nothing on a state alone
	}{
		{"its own script", map[string]string{"Origin": url, "Sec-Fetch-Site": "same-origin"}, 409},
		{"its own script, in a browser without Sec-Fetch-Site", map[string]string{"Origin": url}, 409},
		{"its own form, which sends no referrer", map[string]string{"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 409},
		{"no browser", nil, 409},
		{"another site", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"another site, in a browser without Sec-Fetch-Site", map[string]string{"Origin": "https://evil.example"}, 403},
		{"another port of this machine", map[string]string{"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403},
		{"a frame without an origin", map[string]string{"Origin": "null"}, 403},
		{"a form of another site without its origin", map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403},
	} {
		for _, path := range []string{"/checkers/game-console/check", "/test-alert"} {
			answer, _ := request(t, "POST", url+path, "", func(r *http.Request) {
				for name, value := range tt.headers {
					r.Header.Set(name, value)
				}
			})
			if answer.StatusCode != tt.want {
				t.Errorf("%s, %s: got status %d, want %d", tt.name, path, answer.StatusCode, tt.want)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	url := serve(t, monthly(t, time.Now()), "127.0.0.1:0", testToken)
	with := header("Authorization", "Bearer "+testToken)
	for _, tt := range []struct {
		name, method, path string
		change             func(*http.Request)
		status             int
	}{
		{"the page", "GET", "/", with, 200},
		{"a checker", "GET", "/checkers/keyboard", with, 200},
		{"the feed", "GET", "/feed.atom", with, 200},
		{"the style", "GET", "/assets/style.css", with, 200},
		{"nothing", "GET", "/nothing", with, 404},
		{"no token", "GET", "/", nil, 401},
		{"another site", "POST", "/test-alert", func(r *http.Request) { with(r); r.Header.Set("Origin", "https://evil.example") }, 403},
		{"another name", "GET", "/", func(r *http.Request) { with(r); r.Host = "evil.example" }, 421},
	} {
		answer, body := request(t, tt.method, url+tt.path, "", tt.change)
		if answer.StatusCode != tt.status {
			t.Errorf("%s: got status %d, want %d", tt.name, answer.StatusCode, tt.status)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", tt.name, name, got, want)
			}
		}
		if got := answer.Header.Get("Cache-Control"); !strings.HasPrefix(tt.path, "/assets/") && got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", tt.name, got)
		}
		if answer.Header.Get("Content-Type") == "" {
			t.Errorf("%s: no Content-Type", tt.name)
		}
		for _, inline := range []string{"<style", " style=", "onclick", "onload", "javascript:"} {
			if strings.Contains(body, inline) && !strings.HasPrefix(tt.path, "/assets/") {
				t.Errorf("%s: the page has %q in it, which the policy refuses", tt.name, inline)
			}
		}
	}
}

func TestTokenIsAskedFor(t *testing.T) {
	url := serve(t, monthly(t, time.Now()), "127.0.0.1:0", testToken)
	basic := func(password string) func(*http.Request) {
		return func(r *http.Request) { r.SetBasicAuth("any", password) }
	}
	other, err := newGuard("127.0.0.1:8080", "another-token-that-is-long", nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := newGuard("127.0.0.1:8080", testToken, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, method, path string
		change             func(*http.Request)
		want               int
	}{
		{"none", "GET", "/", nil, 401},
		{"none, a checker", "GET", "/checkers/keyboard", nil, 401},
		{"none, the cards", "GET", "/cards?name=keyboard", nil, 401},
		{"none, the events", "GET", "/events", nil, 401},
		{"none, the feed", "GET", "/feed.atom", nil, 401},
		{"none, a button", "POST", "/checkers/keyboard/check", nil, 401},
		{"none, the test alert", "POST", "/test-alert", nil, 401},
		{"none, the style of the question", "GET", "/assets/style.css", nil, 200},
		{"Bearer", "GET", "/", header("Authorization", "Bearer "+testToken), 200},
		{"Bearer of another", "GET", "/", header("Authorization", "Bearer "+testToken+"x"), 401},
		{"Bearer of nothing", "GET", "/", header("Authorization", "Bearer "), 401},
		{"Basic", "GET", "/feed.atom", basic(testToken), 200},
		{"Basic of another", "GET", "/feed.atom", basic("another"), 401},
		{"a feed reader's address", "GET", "/feed.atom?token=" + testToken, nil, 200},
		{"a feed reader's wrong address", "GET", "/feed.atom?token=wrong", nil, 401},
		{"a wrong address", "GET", "/?token=wrong", nil, 401},
		{"the token itself as a cookie", "GET", "/", header("Cookie", own.cookie+"="+testToken), 401},
		{"the cookie", "GET", "/", header("Cookie", own.cookie+"="+own.sign("cookie")), 200},
		{"the cookie of another token", "GET", "/", header("Cookie", own.cookie+"="+other.sign("cookie")), 401},
		{"the cookie under another name", "GET", "/", header("Cookie", other.cookie+"="+own.sign("cookie")), 401},
		{"in the address of a button", "POST", "/test-alert?token=" + testToken, nil, 401},
	} {
		answer, body := request(t, tt.method, url+tt.path, "", tt.change)
		if answer.StatusCode != tt.want {
			t.Errorf("%s: got status %d, want %d", tt.name, answer.StatusCode, tt.want)
		}
		if tt.want == 401 && (strings.Contains(body, "keyboard") || strings.Contains(body, testToken)) {
			t.Errorf("%s: the answer tells what it should not", tt.name)
		}
	}
}

func TestTokenOnceThenCookie(t *testing.T) {
	url := serve(t, monthly(t, time.Now()), "127.0.0.1:0", testToken)
	for _, tt := range []struct {
		name, method, path, body string
		to                       string
	}{
		{"in the address", "GET", "/?token=" + testToken, "", "/"},
		{"in an address that says more", "GET", "/?q=lamp&show=in&token=" + testToken, "", "/?q=lamp&show=in"},
		{"in the address of a checker", "GET", "/checkers/keyboard?token=" + testToken, "", "/checkers/keyboard"},
		{"in an address that would lead elsewhere", "GET", "//evil.example/?token=" + testToken, "", "/evil.example/"},
		{"by the form", "POST", "/token", "token=" + testToken, "/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, _ := request(t, tt.method, url+tt.path, tt.body, func(r *http.Request) {
				if tt.body != "" {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					r.Header.Set("Origin", "null") // as a form of a page that sends no referrer has
				}
			})
			if got := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || got != tt.to {
				t.Fatalf("got status %d to %q, want 303 to %q", answer.StatusCode, got, tt.to)
			}
			cookies := answer.Cookies()
			if len(cookies) != 1 {
				t.Fatalf("%d cookies", len(cookies))
			}
			c := cookies[0]
			if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || strings.Contains(c.Value, testToken) {
				t.Errorf("the cookie is %s", c)
			}
		})
	}
	// Behind a proxy with TLS the cookie goes over nothing else.
	answer, _ := request(t, "GET", url+"/?token="+testToken, "", header("X-Forwarded-Proto", "https"))
	if cookies := answer.Cookies(); len(cookies) != 1 || !cookies[0].Secure {
		t.Errorf("the cookies are %v", cookies)
	}
	answer, body := request(t, "POST", url+"/token", "token=wrong", header("Content-Type", "application/x-www-form-urlencoded"))
	if answer.StatusCode != 401 || !strings.Contains(body, "That is not the token.") || len(answer.Cookies()) > 0 {
		t.Errorf("a wrong token by the form: status %d, %d cookies", answer.StatusCode, len(answer.Cookies()))
	}
	// All of it, as a browser does.
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/?token=" + testToken, "/", "/checkers/keyboard"} {
		answer, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 200 || strings.Contains(answer.Request.URL.String(), "token") {
			t.Errorf("%s: status %d at %s", path, answer.StatusCode, answer.Request.URL)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	url := serve(t, monthly(t, time.Now()), "127.0.0.1:0", "")
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/assets/../web.go", 307},
		{"GET", "/assets/%2e%2e/web.go", 400},
		{"GET", "/assets/", 404},
		{"GET", "/assets/nothing.css", 404},
		{"GET", "/templates/overview.html", 404},
		{"GET", "/checkers/../../state", 307},
		{"GET", "/checkers/..%2f..%2fstate", 404},
		{"GET", "/checkers/nobody", 404},
		{"PUT", "/", 404},
		{"DELETE", "/checkers/keyboard", 404},
		{"GET", "/test-alert", 404},
		{"GET", "/checkers/keyboard/check", 404},
		{"OPTIONS", "/", 404},
		{"HEAD", "/", 200},
	} {
		if answer, _ := request(t, tt.method, url+tt.path, "", nil); answer.StatusCode != tt.want {
			t.Errorf("%s %s: got status %d, want %d", tt.method, tt.path, answer.StatusCode, tt.want)
		}
	}
}

func TestLongBodiesAreNotRead(t *testing.T) {
	url := serve(t, monthly(t, time.Now()), "127.0.0.1:0", testToken)
	answer, _ := request(t, "POST", url+"/token", "token="+testToken+"&x="+strings.Repeat("x", 1<<13), header("Content-Type", "application/x-www-form-urlencoded"))
	if answer.StatusCode != 401 {
		t.Errorf("got status %d for a body of 8 KB, want 401", answer.StatusCode)
	}
}
