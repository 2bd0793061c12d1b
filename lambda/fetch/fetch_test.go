package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

var _ watch.Fetcher = (*Client)(nil)

// newClient makes a client that no proxy of the environment disturbs.
func newClient(t *testing.T, opts Options) *Client {
	t.Helper()
	if opts.Proxy == nil {
		opts.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	}
	cl := New(opts)
	t.Cleanup(cl.CloseIdleConnections)
	return cl
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// serveRaw answers each connection, after it has read a request's header, by f,
// and closes it. It gives the base URL.
func serveRaw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					f(conn)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return "http://" + l.Addr().String()
}

func write(w io.Writer, s string) { _, _ = io.WriteString(w, s) }

// untilClosed waits until the client closes the connection.
func untilClosed(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// reset closes a connection in the hardest way.
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func own(rawURL string) *checker.Checker { return &checker.Checker{Name: "lamp", URL: rawURL} }

// get fetches the checker's own URL.
func get(t *testing.T, cl *Client, rawURL string) (*page.Response, error) {
	t.Helper()
	return cl.Fetch(t.Context(), own(rawURL), rawURL)
}

// wantError checks an error for its kind, and its message, in which HOST stands
// for the host and port of the URL and PORT for the port.
func wantError(t *testing.T, err error, rawURL string, want page.Error) {
	t.Helper()
	var e *page.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want a *page.Error", err, err)
	}
	got := *e
	u, uErr := url.Parse(rawURL)
	if uErr != nil {
		t.Fatal(uErr)
	}
	got.Message = strings.ReplaceAll(got.Message, u.Host, "HOST")
	if u.Port() != "" {
		got.Message = strings.ReplaceAll(got.Message, "port "+u.Port(), "port PORT")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestFetch(t *testing.T) {
	var header http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "br")
		w.Header().Set("X-Shop", "yes")
		_, _ = w.Write(encode([]byte(lamp), "br"))
	})
	rawURL := s.URL + "/lamp?v=2#red"
	resp, err := get(t, newClient(t, Options{}), rawURL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Del("Date")
	want := &page.Response{
		URL: rawURL, Final: rawURL, Status: 200,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}, "X-Shop": {"yes"}},
		Body:   []byte(lamp),
	}
	if diff := cmp.Diff(want, resp); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(defaultHeader, header); diff != "" {
		t.Errorf("request header (-want +got):\n%s", diff)
	}
}

func TestStatusIsNoError(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		status int
		body   string
	}{
		{"429 with Retry-After", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(429)
			write(w, "slow down")
		}, 429, "slow down"},
		{"503 encoded", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.Header().Set("Content-Encoding", "zstd")
			w.WriteHeader(503)
			_, _ = w.Write(encode([]byte("back soon"), "zstd"))
		}, 503, "back soon"},
		{"404 of a kind that is no page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.Header().Set("Content-Type", "image/png")
			w.WriteHeader(404)
			write(w, "\x89PNG")
		}, 404, ""},
		{"500 that breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(500)
			write(w, "half of")
		}, 500, ""},
		{"502 too large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(502)
			_, _ = w.Write(make([]byte, 4097))
		}, 502, ""},
		{"304 without a body", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(304)
		}, 304, ""},
		{"302 to nowhere", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(302)
			write(w, "where to?")
		}, 302, "where to?"},
		{"300 with a place to go is a choice, no redirect", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "120")
			w.Header().Set("Location", "/other")
			w.WriteHeader(300)
			write(w, "choose")
		}, 300, "choose"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.answer)
			resp, err := get(t, newClient(t, Options{MaxBody: 4096}), s.URL)
			if err != nil {
				t.Fatal(err)
			}
			if resp.Status != tt.status || string(resp.Body) != tt.body || resp.Header.Get("Retry-After") != "120" {
				t.Errorf("got %d, %q, Retry-After %q; want %d, %q, 120",
					resp.Status, resp.Body, resp.Header.Get("Retry-After"), tt.status, tt.body)
			}
		})
	}
}

func TestBody(t *testing.T) {
	const halfPage = "<html><body><p>in stock"
	large := strings.Repeat("x", 4096)
	answer := func(contentType, body string) string {
		head := "HTTP/1.1 200 OK\r\n"
		if contentType != "" {
			head += "Content-Type: " + contentType + "\r\n"
		}
		return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
	}
	encoded := func(encoding, body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", encoding, len(body), body)
	}
	brokenOff := page.Error{Kind: page.Network, Message: "HOST broke off in the middle of the page: the next check tries again"}
	tooLarge := page.Error{Kind: page.TooLarge, Status: 200,
		Message: "the page of HOST is larger than 4 KiB: use a URL that shows less, such as the product's own page"}
	unsupported := func(what string) page.Error {
		return page.Error{Kind: page.Unsupported, Status: 200, Message: "HOST sends " + what + ", not a web page: check the URL"}
	}
	undecodable := func(encoding string) page.Error {
		return page.Error{Kind: page.Unsupported, Status: 200,
			Message: "cannot decode the page of HOST, sent as " + encoding + ": the shop's server is at fault, or this is no web page"}
	}
	noise := "\x01\x02\x03\x04\xff\xfe\x00\x07 neither this nor that"
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00"

	tests := []struct {
		name   string
		answer string
		reset  bool
		body   string
		err    page.Error // the zero one for none
	}{
		{name: "as is", answer: answer("text/html", lamp), body: lamp},
		{name: "empty", answer: answer("text/html", ""), body: ""},
		{name: "no type", answer: answer("", lamp), body: lamp},
		{name: "JSON", answer: answer("application/json", `{"a":1}`), body: `{"a":1}`},
		{name: "XML", answer: answer("application/xml", "<a/>"), body: "<a/>"},
		{name: "XHTML", answer: answer("application/xhtml+xml", lamp), body: lamp},
		{name: "a page as octets", answer: answer("application/octet-stream", lamp), body: lamp},
		{name: "an unreadable type", answer: answer("text/html; charset", lamp), body: lamp},
		{name: "a charset that is not the page's", answer: answer("text/html; charset=utf-8", "<p>\x8d\xdd\x8c\xc9\x82\xa0\x82\xe8"), body: "<p>\x8d\xdd\x8c\xc9\x82\xa0\x82\xe8"},
		{name: "a charset that nobody knows", answer: answer("text/html; charset=klingon", "<p>\xe9t\xe9"), body: "<p>\xe9t\xe9"},
		{name: "UTF-16 by its header alone", answer: answer("text/html; charset=UTF-16LE", "<\x00p\x00>\x00"), body: "<\x00p\x00>\x00"},
		{name: "chunked", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\n", body: "<p>hi"},
		{name: "ended by the connection", answer: "HTTP/1.0 200 OK\r\n\r\n" + lamp, body: lamp},
		{name: "a fragment ended by the connection", answer: "HTTP/1.0 200 OK\r\n\r\n<p>in stock", body: "<p>in stock"},
		{name: "the largest", answer: answer("text/html", large), body: large},

		{name: "short of its length", answer: cutAnswer(answer("text/html", lamp), 9), err: brokenOff},
		{name: "short of its length by a reset", answer: cutAnswer(answer("text/html", lamp), 9), reset: true, err: brokenOff},
		{name: "without its last chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n", err: brokenOff},
		{name: "in the middle of a chunk", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n60\r\n<html>", reset: true, err: brokenOff},
		{name: "half a page ended by the connection", answer: "HTTP/1.0 200 OK\r\n\r\n" + halfPage, err: brokenOff},
		{name: "gzip without its end", answer: encoded("gzip", string(cut(encode([]byte(lamp), "gzip"), 12))), err: brokenOff},
		{name: "br without its end", answer: encoded("br", string(cut(encode([]byte(lamp), "br"), 12))), err: brokenOff},

		{name: "one byte too large", answer: answer("text/html", large+"x"), err: tooLarge},
		{name: "too large by what it says", answer: "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n", err: tooLarge},
		{name: "too large in chunks", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" + large + "x\r\n0\r\n\r\n", err: tooLarge},
		{name: "too large when decoded", answer: encoded("gzip", string(encode([]byte(large+"x"), "gzip"))), err: tooLarge},

		{name: "an image", answer: answer("image/png", png), err: unsupported("image/png")},
		{name: "an image named with care", answer: answer(" Image/PNG ; q=1", png), err: unsupported("image/png")},
		{name: "a PDF", answer: answer("application/pdf", "%PDF-1.7"), err: unsupported("application/pdf")},
		{name: "a zip", answer: answer("application/zip", "PK\x03\x04"), err: unsupported("application/zip")},
		{name: "an image as a page", answer: answer("text/html", png), err: unsupported("image/png")},
		{name: "an image as octets", answer: answer("application/octet-stream", png), err: unsupported("image/png")},
		{name: "noise as a page", answer: answer("text/html", noise), err: unsupported("data that is no text")},
		{name: "an unknown encoding", answer: encoded("compress", noise), err: undecodable("compress")},
		{name: "noise under two encodings", answer: encoded("gzip, br", noise), err: undecodable("gzip, br")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base := serveRaw(t, func(conn net.Conn) {
				write(conn, tt.answer)
				if tt.reset {
					reset(conn)
				}
			})
			resp, err := get(t, newClient(t, Options{MaxBody: 4096}), base)
			if tt.err.Kind != "" {
				wantError(t, err, base, tt.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(resp.Body) != tt.body {
				t.Errorf("body %q, want %q", resp.Body, tt.body)
			}
		})
	}
}

func cutAnswer(s string, by int) string { return s[:len(s)-by] }

func TestBombsAreBounded(t *testing.T) {
	const maxBody = 1 << 16
	bombs := map[string][]byte{
		"gzip":    bytes.Repeat(bomb("gzip", 1<<20), 50), // in many members
		"zstd":    bytes.Repeat(bomb("zstd", 1<<20), 500),
		"deflate": bomb("deflate", 1<<21),
		"br":      bomb("br", 1<<21),
		"nested":  encode(bomb("gzip", 1<<21), "gzip", "br"),
	}
	for name, body := range bombs {
		t.Run(name, func(t *testing.T) {
			if len(body) > maxBody {
				t.Fatalf("%d bytes on the wire are no bomb", len(body))
			}
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", strings.Replace(name, "nested", "gzip, gzip, br", 1))
				_, _ = w.Write(body)
			})
			cl := newClient(t, Options{MaxBody: maxBody})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := get(t, cl, s.URL)
			runtime.ReadMemStats(&after)
			wantError(t, err, s.URL, page.Error{Kind: page.TooLarge, Status: 200,
				Message: "the page of HOST is larger than 64 KiB: use a URL that shows less, such as the product's own page"})
			if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
				t.Errorf("allocated %d MiB for it", got>>20)
			}
		})
	}
}

// A server that never ends its body is left as soon as the limit is passed.
func TestEndlessBody(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	base := serveRaw(t, func(conn net.Conn) {
		defer close(left)
		write(conn, "HTTP/1.1 200 OK\r\n\r\n")
		block := bytes.Repeat([]byte("<p>more"), 1<<10)
		for {
			if _, err := conn.Write(block); err != nil {
				return
			}
		}
	})
	_, err := get(t, newClient(t, Options{}), base)
	wantError(t, err, base, page.Error{Kind: page.TooLarge, Status: 200,
		Message: "the page of HOST is larger than 8 MiB: use a URL that shows less, such as the product's own page"})
	<-left
}

func TestEndlessHeader(t *testing.T) {
	t.Parallel()
	base := serveRaw(t, func(conn net.Conn) {
		write(conn, "HTTP/1.1 200 OK\r\n")
		line := "X-More: " + strings.Repeat("m", 1000) + "\r\n"
		for {
			if _, err := io.WriteString(conn, line); err != nil {
				return
			}
		}
	})
	_, err := get(t, newClient(t, Options{}), base)
	wantError(t, err, base, page.Error{Kind: page.TooLarge,
		Message: "the response header of HOST is larger than 256 KiB: the shop's server is at fault"})
}

func TestTimeLimits(t *testing.T) {
	const short = 150 * time.Millisecond
	tests := []struct {
		name   string
		opts   Options
		scheme string
		answer func(net.Conn)
		want   string
	}{
		{"slow header", Options{Header: short}, "http", untilClosed,
			"HOST did not begin to answer within 0.15 s: it is slow, or your network is; the next check tries again"},
		{"header that never ends", Options{Header: short}, "http", func(conn net.Conn) {
			write(conn, "HTTP/1.1 200 OK\r\nX-A: b\r\n")
			untilClosed(conn)
		}, "HOST did not begin to answer within 0.15 s: it is slow, or your network is; the next check tries again"},
		{"slow body", Options{Total: short}, "http", func(conn net.Conn) {
			write(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<html>")
			untilClosed(conn)
		}, "HOST did not send the whole page within 0.15 s: it is slow, or your network is; the next check tries again"},
		{"total before the header", Options{Total: short}, "http", untilClosed,
			"HOST did not answer within 0.15 s: it is slow, or your network is; the next check tries again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			base := serveRaw(t, tt.answer)
			_, err := get(t, newClient(t, tt.opts), base)
			wantError(t, err, base, page.Error{Kind: page.Network, Message: tt.want})
		})
	}
}

// A body that trickles in keeps every other limit, and not the total one.
func TestTricklingBody(t *testing.T) {
	t.Parallel()
	base := serveRaw(t, func(conn net.Conn) {
		write(conn, "HTTP/1.1 200 OK\r\n\r\n")
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
		}
	})
	_, err := get(t, newClient(t, Options{Total: 300 * time.Millisecond}), base)
	wantError(t, err, base, page.Error{Kind: page.Network,
		Message: "HOST did not send the whole page within 0.3 s: it is slow, or your network is; the next check tries again"})
}

// Fetch gives up before the caller's deadline, so that the caller can still act.
func TestOverBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	base := serveRaw(t, untilClosed)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := newClient(t, Options{}).Fetch(ctx, own(base), base)
	if ctx.Err() != nil {
		t.Fatal("the deadline is over")
	}
	var e *page.Error
	if !errors.As(err, &e) || e.Kind != page.Network || !strings.HasPrefix(e.Message, base[7:]+" did not answer within 0.") {
		t.Errorf("error %v", err)
	}
}

func TestLimit(t *testing.T) {
	cl := newClient(t, Options{Total: 20 * time.Second})
	for _, tt := range []struct{ left, want time.Duration }{
		{time.Hour, 20 * time.Second},
		{28 * time.Second, 20 * time.Second},
		{20 * time.Second, 17 * time.Second},
		{10 * time.Second, 8 * time.Second},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), tt.left)
		got := cl.limit(ctx)
		cancel()
		if got > tt.want || got < tt.want-time.Second {
			t.Errorf("limit with %v left = %v, want %v", tt.left, got, tt.want)
		}
	}
	if got := cl.limit(t.Context()); got != 20*time.Second {
		t.Errorf("limit without a deadline = %v", got)
	}
}

func TestCancel(t *testing.T) {
	for name, head := range map[string]string{
		"before the header":  "",
		"inside the body":    "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<html>",
		"inside a redirect":  "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000\r\n\r\n<html>",
		"inside of no chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var cancelled time.Time
			base := serveRaw(t, func(conn net.Conn) {
				write(conn, head)
				cancelled = time.Now()
				cancel()
				untilClosed(conn)
			})
			resp, err := newClient(t, Options{}).Fetch(ctx, own(base), base)
			if err != context.Canceled || resp != nil {
				t.Errorf("got %v, %v, want the context's error", resp, err)
			}
			if late := time.Since(cancelled); late > 500*time.Millisecond {
				t.Errorf("ended %v after the cancel", late)
			}
		})
	}
	t.Run("before it begins", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") })
		if _, err := newClient(t, Options{}).Fetch(ctx, own(s.URL), s.URL); err != context.Canceled {
			t.Errorf("error %v", err)
		}
	})
	t.Run("by a deadline", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		if _, err := newClient(t, Options{}).Fetch(ctx, own("http://127.0.0.1:1"), "http://127.0.0.1:1"); err != context.DeadlineExceeded {
			t.Errorf("error %v", err)
		}
	})
}

func TestRedirects(t *testing.T) {
	hops := http.NewServeMux()
	s := serve(t, hops.ServeHTTP)
	hops.HandleFunc("/hop/{n}", func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscan(r.PathValue("n"), &n); err != nil {
			t.Error(err)
		}
		if n == 0 {
			write(w, "arrived")
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/hop/%d", n-1), []int{301, 302, 303, 307, 308}[n%5])
	})
	hops.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/pool", http.StatusFound) })
	hops.HandleFunc("/pool", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	hops.HandleFunc("/self", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/self", http.StatusTemporaryRedirect)
	})
	hops.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("u"))
		w.WriteHeader(302)
		write(w, "go on")
	})

	for path, final := range map[string]string{
		"/hop/0":                          "/hop/0",
		"/hop/1":                          "/hop/0",
		"/hop/5":                          "/hop/0",
		"/hop/1#red":                      "/hop/0#red",
		"/to?u=/hop/0%23blue":             "/hop/0#blue",
		"/to?u=hop/0#red":                 "/hop/0#red",
		"/to?u=" + s.URL + "/hop/0":       "/hop/0",
		"/to?u=//" + s.URL[7:] + "/hop/0": "/hop/0",
		"/to?u=/to%3Fu%3D/hop/3":          "/hop/0",
	} {
		t.Run(path, func(t *testing.T) {
			resp, err := get(t, newClient(t, Options{}), s.URL+path)
			if err != nil {
				t.Fatal(err)
			}
			if resp.URL != s.URL+path || resp.Final != s.URL+final || string(resp.Body) != "arrived" {
				t.Errorf("asked %s, final %s, body %q; want final %s", resp.URL, resp.Final, resp.Body, final)
			}
		})
	}
	const advice = ": open the page in a browser and check its URL"
	for path, want := range map[string]page.Error{
		"/hop/6":                             {Kind: page.HTTP, Status: 302, Message: "the page redirects more than 5 times, last to http://HOST/hop/0: open it in a browser and use the URL where it ends"},
		"/loop":                              {Kind: page.HTTP, Status: 302, Message: "the page redirects in a circle, last to http://HOST/loop: open it in a browser and use the URL where it ends"},
		"/self":                              {Kind: page.HTTP, Status: 307, Message: "the page redirects in a circle, last to http://HOST/self: open it in a browser and use the URL where it ends"},
		"/to?u=file:///etc/passwd":           {Kind: page.HTTP, Status: 302, Message: "HOST redirects to file:///etc/passwd, which is no web page" + advice},
		"/to?u=javascript:alert(1)":          {Kind: page.HTTP, Status: 302, Message: "HOST redirects to javascript:alert(1), which is no web page" + advice},
		"/to?u=itms-apps://shop.example/id1": {Kind: page.HTTP, Status: 302, Message: "HOST redirects to itms-apps://shop.example/id1, which is no web page" + advice},
		"/to?u=http://":                      {Kind: page.HTTP, Status: 302, Message: "HOST redirects to http:, which is no web page" + advice},
		"/to?u=http://%5B::1":                {Kind: page.HTTP, Status: 302, Message: "HOST redirects to http://[::1, which is no URL" + advice},
		"/to?u=file:///" + strings.Repeat("x", 300): {Kind: page.HTTP, Status: 302, Message: "HOST redirects to file:///" + strings.Repeat("x", 192) + "…, which is no web page" + advice},
	} {
		t.Run(path, func(t *testing.T) {
			_, err := get(t, newClient(t, Options{}), s.URL+path)
			wantError(t, err, s.URL, want)
		})
	}
}

// A redirect whose body never ends must not hold the check up for long.
func TestRedirectWithEndlessBody(t *testing.T) {
	t.Parallel()
	base := serveRaw(t, func(conn net.Conn) {
		write(conn, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")
		for {
			if _, err := conn.Write(make([]byte, 1<<12)); err != nil {
				return
			}
		}
	})
	_, err := get(t, newClient(t, Options{}), base)
	wantError(t, err, base, page.Error{Kind: page.Network,
		Message: "127.0.0.1:1 is a loopback host, which is refused to all but a checker whose own url names it"})
}

func TestCookies(t *testing.T) {
	var visits atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("seen"); err == nil && c.Value == "1" {
			write(w, "welcome")
			return
		}
		visits.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	})
	cl := newClient(t, Options{})
	for i := range 3 {
		resp, err := get(t, cl, s.URL+"/lamp")
		if err != nil {
			t.Fatal(err)
		}
		if string(resp.Body) != "welcome" {
			t.Errorf("body %q", resp.Body)
		}
		if got := visits.Load(); got != int32(i+1) {
			t.Errorf("the shop saw %d new visitors in %d checks", got, i+1)
		}
	}
}

func TestUserHeaders(t *testing.T) {
	var got http.Header
	var host string
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got, host = r.Header, r.Host })
	c := own(s.URL)
	c.Headers = map[string]string{
		"user-agent":     "stockcheck",
		"Sec-Fetch-User": "",
		"Cookie":         "region=eu",
		"x-api-key":      "secret",
		"Host":           "shop.example",
	}
	if _, err := newClient(t, Options{}).Fetch(t.Context(), c, s.URL); err != nil {
		t.Fatal(err)
	}
	want := defaultHeader.Clone()
	want.Set("User-Agent", "stockcheck")
	want.Del("Sec-Fetch-User")
	want.Set("Cookie", "region=eu")
	want.Set("X-Api-Key", "secret")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request header (-want +got):\n%s", diff)
	}
	if host != "shop.example" {
		t.Errorf("host %q", host)
	}

	c.Headers = map[string]string{"User-Agent": ""}
	if _, err := newClient(t, Options{}).Fetch(t.Context(), c, s.URL); err != nil {
		t.Fatal(err)
	}
	if ua, there := got["User-Agent"]; there {
		t.Errorf("User-Agent %q, want none", ua)
	}
}

func TestPasswordOfTheURL(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "me" || password != "p:w" {
			w.WriteHeader(401)
			return
		}
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "http://"+r.Host+"/new", http.StatusFound)
			return
		}
		write(w, "in")
	})
	rawURL := strings.Replace(s.URL, "http://", "http://me:p%3Aw@", 1) + "/old"
	resp, err := get(t, newClient(t, Options{}), rawURL)
	if err != nil {
		t.Fatal(err)
	}
	if string(resp.Body) != "in" || resp.Final != s.URL+"/new" {
		t.Errorf("status %d, body %q, final %s", resp.Status, resp.Body, resp.Final)
	}
}

func TestRequestHeader(t *testing.T) {
	c := &checker.Checker{Headers: map[string]string{"Authorization": "secret", "Accept-Language": "de"}}
	for _, tt := range []struct {
		own, to string
		secret  bool
	}{
		{"https://shop.example/a", "https://shop.example/b", true},
		{"http://shop.example/a", "https://www.shop.example/b", true},
		{"http://shop.example/a", "http://shop.example/b", true},
		{"https://shop.example/a", "http://shop.example/a", false},
		{"https://shop.example/a", "https://shop.example:8443/a", false},
		{"https://shop.example/a", "https://login.example/a", false},
		{"https://shop.example/a", "https://cdn.shop.example/a", false},
	} {
		own, err := url.Parse(tt.own)
		if err != nil {
			t.Fatal(err)
		}
		to, err := url.Parse(tt.to)
		if err != nil {
			t.Fatal(err)
		}
		h := requestHeader(c, own, to)
		if got := h.Get("Authorization") != ""; got != tt.secret {
			t.Errorf("from %s to %s: secret sent: %v", tt.own, tt.to, got)
		}
		if h.Get("Accept-Language") != "de" {
			t.Errorf("from %s to %s: Accept-Language %q", tt.own, tt.to, h.Get("Accept-Language"))
		}
	}
	if defaultHeader.Get("Accept-Language") == "de" {
		t.Error("the defaults were changed")
	}
}

// One connection serves all checks of a host, those of other checkers too.
func TestConnectionIsReused(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		case "/503":
			w.WriteHeader(503)
		default:
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(encode([]byte(lamp), "gzip"))
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	cl := newClient(t, Options{})
	for _, path := range []string{"/a", "/b", "/old", "/503", "/c"} {
		if _, err := get(t, cl, s.URL+path); err != nil {
			t.Fatal(err)
		}
	}
	if got := opened.Load(); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

// A server may close a kept connection at any time: the next check must not
// fail for it.
func TestKeptConnectionThatDied(t *testing.T) {
	var conns atomic.Int32
	base := serveRaw(t, func(conn net.Conn) {
		conns.Add(1)
		write(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
	})
	cl := newClient(t, Options{})
	for range 5 {
		resp, err := get(t, cl, base)
		if err != nil || string(resp.Body) != "hi" {
			t.Fatalf("got %v, %v", resp, err)
		}
	}
	if got := conns.Load(); got != 5 {
		t.Errorf("%d connections", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "zstd")
		_, _ = w.Write(encode([]byte(r.URL.Path), "zstd"))
	})
	cl := newClient(t, Options{})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			path := fmt.Sprintf("/%d", i)
			resp, err := cl.Fetch(t.Context(), own(s.URL), s.URL+path)
			if err != nil || string(resp.Body) != path {
				t.Errorf("got %v, %v", resp, err)
			}
		})
	}
	all.Wait()
}

func TestUnusableURL(t *testing.T) {
	cl := newClient(t, Options{})
	for rawURL, want := range map[string]string{
		"http://[::1":            `"http://[::1" is no URL: correct it`,
		"":                       " does not begin with http:// or https://: correct the URL",
		"shop.example/lamp":      "shop.example/lamp does not begin with http:// or https://: correct the URL",
		"file:///etc/passwd":     "file:///etc/passwd does not begin with http:// or https://: correct the URL",
		"https:///lamp":          "https:///lamp names no host: correct the URL",
		"ftp://u:pw@ftp.example": "ftp://u:xxxxx@ftp.example does not begin with http:// or https://: correct the URL",
	} {
		for _, c := range []*checker.Checker{own(rawURL), own("https://shop.example/")} {
			_, err := cl.Fetch(t.Context(), c, rawURL)
			wantError(t, err, "http://unused.example", page.Error{Kind: page.Network, Message: want})
		}
	}
}

func TestDefaults(t *testing.T) {
	got := New(Options{}).opts
	if got.Proxy == nil {
		t.Error("no proxy function")
	}
	got.Proxy = nil
	want := Options{Dial: 5 * time.Second, TLSHandshake: 5 * time.Second, Header: 10 * time.Second, Total: 20 * time.Second, MaxBody: 8 << 20}
	if got.Dial != want.Dial || got.TLSHandshake != want.TLSHandshake || got.Header != want.Header || got.Total != want.Total || got.MaxBody != want.MaxBody {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{8 << 20: "8 MiB", 256 << 10: "256 KiB", 1000: "1000 bytes", 1<<20 + 1024: "1025 KiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"image/png":              "image/png",
		"a\nb":                   `"a\nb"`,
		strings.Repeat("é", 201): strings.Repeat("é", 200) + "…",
	} {
		if got := quote(s); got != want {
			t.Errorf("quote(%q) = %q, want %q", s, got, want)
		}
	}
}
