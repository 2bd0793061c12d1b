package fetch

import (
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestPost(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Seen", fmt.Sprintf("%s %s %s %s", r.Method, r.RequestURI, r.Header.Get("X-A"), body))
		w.WriteHeader(http.StatusTeapot)
		write(w, strings.Repeat("x", 100<<10))
	})
	got, err := newClient(t, Options{}).Post(t.Context(), mustURL(t, s.URL+"/a%2Fb?c=d"), http.Header{"X-A": {"1"}}, []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != http.StatusTeapot || got.Header.Get("Seen") != "POST /a%2Fb?c=d 1 text" || len(got.Body) != 64<<10 {
		t.Errorf("status %d, %q, %d bytes", got.Status, got.Header.Get("Seen"), len(got.Body))
	}
}

// What is posted goes to one address: nobody is followed elsewhere with it.
func TestPostFollowsNoRedirect(t *testing.T) {
	var elsewhere atomic.Int32
	other := serve(t, func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	got, err := newClient(t, Options{}).Post(t.Context(), mustURL(t, s.URL), http.Header{}, nil)
	if err != nil || got.Status != http.StatusTemporaryRedirect || elsewhere.Load() != 0 {
		t.Errorf("%+v, %v, %d requests elsewhere", got, err, elsewhere.Load())
	}
}

// A body that breaks off is no failure of the post, which has its status.
func TestPostWithHalfAnAnswer(t *testing.T) {
	rawURL := serveRaw(t, func(conn net.Conn) { write(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") })
	got, err := newClient(t, Options{}).Post(t.Context(), mustURL(t, rawURL), http.Header{}, []byte("x"))
	if err != nil || got.Status != 200 || string(got.Body) != "half" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPostFailures(t *testing.T) {
	s := serveTLS(t, nil)
	inside := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the guard lets a post through") })
	names := nameServer(t, map[string][]string{"hooks.example": {"127.0.0.1"}, "cloud.example": {"169.254.169.254"}})
	direct := Options{Resolver: names, RootCAs: roots(s)}
	for _, tt := range []struct {
		name, url string
		opts      Options
		want      string
	}{
		{"a name that leads inside", onPort(t, inside, "hooks.example"), direct, "HOST leads to the loopback address 127.0.0.1, which is refused: if it is meant, put the address itself into the URL"},
		{"a name that leads to metadata", "http://cloud.example", direct, "HOST is or leads to a cloud metadata address, which nobody may ask: correct the URL"},
		{"metadata", "http://169.254.169.254", direct, "HOST is or leads to a cloud metadata address, which nobody may ask: correct the URL"},
		{"no such host", "http://none.example", direct, "cannot find the host HOST: check the spelling of the URL"},
		{"certificate", s.URL, Options{RootCAs: x509.NewCertPool()}, "the certificate of HOST is signed by an unknown authority"},
		{"refused", closedPort(t), direct, "127.0.0.1 refuses the connection on port PORT"},
		{"broken off", serveRaw(t, reset), direct, "HOST closed the connection without an answer"},
		{"no HTTP", serveRaw(t, func(conn net.Conn) { write(conn, "220 mail\r\n") }), direct, `cannot post to HOST: malformed HTTP status code "mail"`},
		{"slow", serveRaw(t, untilClosed), Options{Header: 100 * time.Millisecond}, "HOST did not begin to answer within 0.1 s"},
		{"proxy", "https://hooks.example", Options{Proxy: func(*http.Request) (*url.URL, error) { return nil, io.EOF }},
			"the proxy on the way to HOST cannot be used: check HTTPS_PROXY and HTTP_PROXY in the environment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.url, "://") {
				tt.url = "http://" + tt.url
			}
			u := mustURL(t, tt.url+"/s3cret?key=s3cret")
			_, err := newClient(t, tt.opts).Post(t.Context(), u, http.Header{}, []byte("x"))
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), u.Host, "HOST")
			if u.Port() != "" {
				got = strings.ReplaceAll(got, "port "+u.Port(), "port PORT")
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if strings.Contains(got, "s3cret") {
				t.Errorf("%s shows more than the host", got)
			}
		})
	}
}
