package fetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stockchecker/lambda/page"
)

// insiders are servers that no check of another may reach, on all that loopback has.
func insiders(t *testing.T) (port string, visits *atomic.Int32) {
	t.Helper()
	visits = new(atomic.Int32)
	listener, err := net.Listen("tcp", ":0") // IPv4 and IPv6, each address of this machine
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			visits.Add(1)
		}
	}}}
	server.Start()
	t.Cleanup(server.Close)
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, visits
}

// Each spelling of each place where no check may go. A shop redirects to it, and shows
// it as its listing's next page.
func TestRefusedOneByOne(t *testing.T) {
	port, visits := insiders(t)
	shop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	cl := newClient(t, Options{Dial: time.Second, Resolver: nameServer(t, map[string][]string{
		"inside.example": {"127.0.0.1"},
		"link.example":   {"169.254.1.1"},
		"net.example":    {"10.0.0.1", "192.168.0.1"},
	})})
	const (
		refused  = "which is refused"
		metadata = "which no checker may ask"
		noPage   = "which is no web page"
		unknown  = "cannot find the host"
		noURL    = "which is no URL"
	)
	for _, test := range []struct{ to, want string }{
		// Loopback, such as the API of Lambda's runtime, in each spelling.
		{"http://127.0.0.1:PORT/2018-06-01/runtime/invocation/next", refused},
		{"http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", refused},
		{"http://127.8.8.8:PORT/", refused},
		{"http://localhost:PORT/", refused},
		{"http://LOCALHOST.:PORT/", refused},
		{"http://any.localhost:PORT/", refused},
		{"http://[::1]:PORT/", refused},
		{"http://[0:0:0:0:0:0:0:1]:PORT/", refused},
		{"http://0.0.0.0:PORT/", refused},
		{"http://[::]:PORT/", refused},
		{"http://0:PORT/", refused},
		{"http://[::ffff:127.0.0.1]:PORT/", refused},
		{"http://[::ffff:7f00:1]:PORT/", refused},
		{"http://[::127.0.0.1]:PORT/", refused},
		{"http://[::ffff:0:127.0.0.1]:PORT/", refused},
		{"http://[64:ff9b::127.0.0.1]:PORT/", refused},
		{"http://[64:ff9b::7f00:1]:PORT/", refused},
		{"http://[64:ff9b:1::7f00:1]:PORT/", refused},
		{"http://[2002:7f00:1::]:PORT/", refused},
		{"http://[2002:7f00:0001::1]:PORT/", refused},
		{"http://2130706433:PORT/", refused},
		{"http://017700000001:PORT/", refused},
		{"http://0x7f000001:PORT/", refused},
		{"http://127.1:PORT/", unknown},
		{"http://127.0.1:PORT/", unknown},
		{"http://0177.0.0.1:PORT/", unknown},
		{"http://0177.0.0.01:PORT/", unknown},
		{"http://0x7f.0.0.1:PORT/", unknown},
		{"http://0x7f.0x0.0x0.0x1:PORT/", unknown},
		{"http://127.000.000.001:PORT/", unknown},
		{"http://127.0.0.1.:PORT/", refused},
		{"http://１２７.０.０.１:PORT/", refused},
		{"http://127。0。0。1:PORT/", refused},
		{"http://①②⑦.⓪.⓪.①:PORT/", refused},
		{"http://lOcAlHoSt:PORT/", refused},
		{"http://ｌｏｃａｌｈｏｓｔ:PORT/", refused},
		{"http://inside.example:PORT/", refused},
		{"http://shop.example@127.0.0.1:PORT/", refused},
		{"http://127.0.0.1:PORT#@shop.example/", refused},
		{"//127.0.0.1:PORT/", refused},
		{"\\\\127.0.0.1:PORT/", noURL},
		{"http:127.0.0.1:PORT/", noPage},
		{"http:///127.0.0.1:PORT/", noPage},
		{"http://:PORT/", noPage},
		{"http://127.0.0.1:PORT\\@shop.example/", noURL},
		{"http://127.0.0.1%00:PORT/", noURL},
		{"http://[::1", noURL},

		// Where clouds serve credentials.
		{"http://169.254.169.254/latest/meta-data/iam/security-credentials/", metadata},
		{"http://169.254.169.254:80/", metadata},
		{"http://[fd00:ec2::254]/latest/meta-data/", metadata},
		{"http://[fd00:ec2::23]/", metadata},
		{"http://169.254.170.2/v2/credentials/", metadata},
		{"http://169.254.170.23/v1/credentials", metadata},
		{"http://[fd20:ce::254]/", metadata},
		{"http://100.100.100.200/", metadata},
		{"http://168.63.129.16/", metadata},
		{"http://192.0.0.192/", metadata},
		{"http://[::ffff:169.254.169.254]/", metadata},
		{"http://[::ffff:a9fe:a9fe]/", metadata},
		{"http://[64:ff9b::a9fe:a9fe]/", metadata},
		{"http://[64:ff9b::169.254.170.2]/", metadata},
		{"http://[2002:a9fe:a9fe::1]/", metadata},
		{"http://[2002:a9fe:aa02::]/", metadata},
		{"http://[::169.254.169.254]/", refused},
		{"http://2852039166/", refused},
		{"http://0xa9fea9fe/", refused},
		{"http://025177524776/", refused},
		{"http://0251.0376.0251.0376/", unknown},
		{"http://169.254.43518/", unknown},
		{"http://metadata/", refused},
		{"http://metadata.google.internal/", refused},

		// Local networks.
		{"http://10.0.0.1/", refused},
		{"http://10.255.255.255/", refused},
		{"http://172.16.0.1/", refused},
		{"http://192.168.1.1/", refused},
		{"http://100.64.0.1/", refused},
		{"http://169.254.1.1/", refused},
		{"http://[fe80::1]/", refused},
		{"http://[fe80::1%25eth0]/", refused},
		{"http://[fc00::1]/", refused},
		{"http://[fd12:3456:789a::1]/", refused},
		{"http://[fec0::1]/", refused},
		{"http://[ff02::1]/", refused},
		{"http://224.0.0.1/", refused},
		{"http://255.255.255.255/", refused},
		{"http://[64:ff9b::10.0.0.1]/", refused},
		{"http://[2002:a00:1::]/", refused},
		{"http://167772161/", refused},
		{"http://router/", refused},
		{"http://nas.lan/", refused},
		{"http://printer.local/", refused},
		{"http://link.example/", refused},
		{"http://net.example/", refused},

		// What is no web page.
		{"file:///etc/passwd", noPage},
		{"file://localhost/etc/passwd", noPage},
		{"gopher://127.0.0.1:PORT/_GET%20/", noPage},
		{"ftp://127.0.0.1/", noPage},
		{"dict://127.0.0.1:PORT/", noPage},
		{"ldap://127.0.0.1/", noPage},
		{"unix:///var/run/docker.sock", noPage},
		{"data:text/html,<h1>Lamp</h1>", noPage},
		{"javascript:alert(1)", noPage},
		{"jar:http://shop.example/!/", noPage},
		{"ws://127.0.0.1:PORT/", noPage},
		{"FILE:///etc/passwd", noPage},
		{"httpS+unix://127.0.0.1/", noPage},
	} {
		to := strings.ReplaceAll(test.to, "PORT", port)
		_, err := get(t, cl, shop.URL+"/?to="+url.QueryEscape(to))
		if e, ok := err.(*page.Error); !ok || !strings.Contains(e.Message, test.want) {
			t.Errorf("a redirect to %s: got %v, want %q in it", to, err, test.want)
		}
		// As a next page, and of a shop that is public.
		for _, c := range []string{shop.URL, "https://shop.example/"} {
			if resp, err := cl.Fetch(t.Context(), own(c), to); err == nil {
				t.Errorf("the next page %s of %s: got %q", to, c, resp.Body)
			}
		}
	}
	if n := visits.Load(); n > 0 {
		t.Errorf("%d connections were made to an inside server", n)
	}
}

// No checker may ask for credentials, not even one whose own URL says so.
func TestMetadataIsNobodysOwn(t *testing.T) {
	cl := newClient(t, Options{Dial: time.Second, Resolver: nameServer(t, map[string][]string{
		"nas.lan": {"169.254.169.254"}, "metadata.example": {"169.254.170.2"},
	})})
	for rawURL, want := range map[string]string{
		"http://169.254.169.254/latest/": "169.254.169.254 is a cloud metadata address, which no checker may ask: correct the URL",
		"http://[fd00:ec2::254]/":        "[fd00:ec2::254] is a cloud metadata address, which no checker may ask: correct the URL",
		"http://[::ffff:a9fe:aa02]/":     "[::ffff:a9fe:aa02] is a cloud metadata address, which no checker may ask: correct the URL",
		"http://nas.lan/":                "nas.lan leads to the cloud metadata address 169.254.169.254, which no checker may ask: correct the URL, or the name in your DNS",
		"http://metadata.example/":       "metadata.example leads to the cloud metadata address 169.254.170.2, which no checker may ask: correct the URL, or the name in your DNS",
	} {
		_, err := get(t, cl, rawURL)
		wantError(t, err, "http://unused.example", page.Error{Kind: page.Network, Message: want})
	}
}

// A name that leads elsewhere at each look-up: to a public address, and inside. What
// counts is where the connection goes.
func TestNamesThatTurn(t *testing.T) {
	port, visits := insiders(t)
	const public = "192.88.99.1" // of a service that is no more: nobody answers there
	names := map[string][]string{
		"turns.example": {public, "127.0.0.1"},
		"both.example":  {public, "127.0.0.1"},
		"first.example": {"127.0.0.1", public},
	}
	cl := newClient(t, Options{Dial: 100 * time.Millisecond, Resolver: nameServer(t, names)})
	shop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	inside := 0
	for name := range names {
		for range 6 {
			target := "http://" + net.JoinHostPort(name, port) + "/"
			for of, rawURL := range map[string]string{target: target, shop.URL: shop.URL + "/?to=" + url.QueryEscape(target)} {
				c := own(of)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				resp, err := cl.Fetch(ctx, c, rawURL)
				cancel()
				if err == nil {
					t.Errorf("%s answers %q", rawURL, resp.Body)
				} else if strings.Contains(err.Error(), "127.0.0.1") && strings.Contains(err.Error(), "refused") {
					inside++
				}
			}
		}
	}
	if inside == 0 {
		t.Error("the name server never led inside")
	}
	if n := visits.Load(); n > 0 {
		t.Errorf("%d connections were made to an inside server", n)
	}
}
