package fetch

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"stockchecker/lambda/page"
)

// nameServer is a name server on loopback: it gives each name its IPv4
// addresses, says of others that they do not exist, and of one that starts with
// "broken" that it failed. To one that starts with "silent" it says nothing. One that
// starts with "turns" has one of its addresses at a time, another at each look-up.
func nameServer(t *testing.T, names map[string][]string) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		turns := map[string]int{}
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(buf[:n]); err != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			name := strings.TrimSuffix(q.Name.String(), ".")
			addrs, known := names[name]
			m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}
			m.Additionals = nil
			switch {
			case strings.HasPrefix(name, "silent"):
				continue
			case strings.HasPrefix(name, "broken"):
				m.RCode = dnsmessage.RCodeServerFailure
			case !known:
				m.RCode = dnsmessage.RCodeNameError
			case q.Type == dnsmessage.TypeA:
				if strings.HasPrefix(name, "turns") {
					turns[name]++
					addrs = addrs[turns[name]%len(addrs):][:1]
				}
				for _, a := range addrs {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
						Body:   &dnsmessage.AResource{A: [4]byte(net.ParseIP(a).To4())},
					})
				}
			}
			if b, err := m.Pack(); err == nil {
				_, _ = pc.WriteTo(b, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func onPort(t *testing.T, s *httptest.Server, host string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + net.JoinHostPort(host, port)
}

func TestGuard(t *testing.T) {
	var visits atomic.Int32
	private := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		visits.Add(1)
		write(w, "internal")
	})
	// It redirects to whatever it is asked to.
	shop := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		write(w, "shop")
	})
	cl := newClient(t, Options{Resolver: nameServer(t, map[string][]string{
		"shop.example":     {"127.0.0.1"},
		"metadata.example": {"169.254.169.254"},
		"nas.lan":          {"127.0.0.1"},
		"www.nas.lan":      {"127.0.0.1"},
	})})

	t.Run("own", func(t *testing.T) {
		for _, rawURL := range []string{
			shop.URL,
			onPort(t, shop, "localhost"),
			onPort(t, shop, "nas.lan"),
			onPort(t, shop, "::ffff:127.0.0.1"),
			onPort(t, shop, "nas.lan") + "/?to=" + url.QueryEscape(onPort(t, shop, "www.nas.lan")),
			shop.URL + "/?to=/",
		} {
			resp, err := get(t, cl, rawURL)
			if err != nil {
				t.Errorf("%s: %v", rawURL, err)
			} else if string(resp.Body) != "shop" {
				t.Errorf("%s: body %q", rawURL, resp.Body)
			}
		}
	})

	// Open connections to the private host, which no other checker may use.
	for _, rawURL := range []string{private.URL, onPort(t, private, "nas.lan")} {
		if _, err := get(t, cl, rawURL); err != nil {
			t.Fatal(err)
		}
	}
	before := visits.Load()
	_, privatePort, err := net.SplitHostPort(private.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	local := func(what, host string) string {
		return host + " is a " + what + " host, which is refused to all but a checker whose own url names it"
	}
	leads := func(host, what, addr string) string {
		return host + " leads to the " + what + " address " + addr + ", which is refused: if it is meant, put the address itself into the checker's url"
	}
	for _, tt := range []struct{ name, own, fetch, want string }{
		{"a redirect to another port of the own host", shop.URL, shop.URL + "/?to=" + private.URL, local("loopback", "127.0.0.1:"+privatePort)},
		{"a redirect to localhost", shop.URL, shop.URL + "/?to=" + onPort(t, private, "localhost"), local("local", "localhost:"+privatePort)},
		{"a redirect to a kept connection by name", shop.URL, shop.URL + "/?to=" + onPort(t, private, "nas.lan"), local("local", "nas.lan:"+privatePort)},
		{"a redirect to the metadata address", shop.URL, shop.URL + "/?to=http://169.254.169.254/latest", "169.254.169.254 is a cloud metadata address, which no checker may ask: correct the URL"},
		{"a redirect to IPv6 loopback", shop.URL, shop.URL + "/?to=http://[::1]:" + privatePort, local("loopback", "[::1]:"+privatePort)},
		{"a redirect to a mapped address", shop.URL, shop.URL + "/?to=http://[::ffff:127.0.0.1]:" + privatePort, local("loopback", "[::ffff:127.0.0.1]:"+privatePort)},
		{"a redirect to a public name of it", shop.URL, shop.URL + "/?to=" + onPort(t, private, "shop.example"), leads("shop.example:"+privatePort, "loopback", "127.0.0.1")},
		{"a name of metadata", "http://metadata.example/", "http://metadata.example/", "metadata.example leads to the cloud metadata address 169.254.169.254, which no checker may ask: correct the URL, or the name in your DNS"},
		{"a public own name that leads inside", onPort(t, private, "shop.example"), onPort(t, private, "shop.example"), leads("shop.example:"+privatePort, "loopback", "127.0.0.1")},
		{"a next page of another private host", shop.URL, private.URL, local("loopback", "127.0.0.1:"+privatePort)},
		{"a next page inside, of a public shop", "https://shop.example/", private.URL, local("loopback", "127.0.0.1:"+privatePort)},
		{"a spelling that only the resolver knows", "https://shop.example/", "http://" + "127.1.example/", "cannot find the host 127.1.example: check the spelling of the URL, and your network"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cl.Fetch(t.Context(), own(tt.own), tt.fetch)
			wantError(t, err, "http://unused.example", page.Error{Kind: page.Network, Message: tt.want})
		})
	}
	if got := visits.Load(); got != before {
		t.Errorf("%d requests reached the private host", got-before)
	}
}

// The proxy stands for the internet here: it answers for hosts that are public.
func TestProxy(t *testing.T) {
	seen := make(chan *http.Request, 10)
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		switch {
		case r.Method == http.MethodConnect:
			http.Error(w, "no", http.StatusForbidden)
		case r.URL.Path == "/inside":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case r.URL.Path == "/intranet":
			http.Redirect(w, r, "http://intranet/", http.StatusFound)
		case r.URL.Path == "/away":
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			http.Redirect(w, r, "http://other.example/", http.StatusFound)
		default:
			write(w, "page of "+r.URL.Host)
		}
	})
	proxyURL, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	cl := newClient(t, Options{Proxy: http.ProxyURL(proxyURL)})

	t.Run("headers stay with their host", func(t *testing.T) {
		c := own("http://shop.example/away")
		c.Headers = map[string]string{"Authorization": "secret", "Cookie": "a=b", "X-Key": "k", "Accept-Language": "de"}
		resp, err := cl.Fetch(t.Context(), c, c.URL)
		if err != nil {
			t.Fatal(err)
		}
		if string(resp.Body) != "page of other.example" || resp.Final != "http://other.example/" {
			t.Errorf("body %q of %s", resp.Body, resp.Final)
		}
		first, second := <-seen, <-seen
		for _, h := range []string{"Authorization", "Cookie", "X-Key"} {
			if first.Header.Get(h) == "" {
				t.Errorf("no %s to the own host", h)
			}
			if v := second.Header.Get(h); v != "" {
				t.Errorf("%s %q sent to another host", h, v)
			}
		}
		if second.Header.Get("Accept-Language") != "de" {
			t.Errorf("Accept-Language %q", second.Header.Get("Accept-Language"))
		}
	})
	for path, want := range map[string]string{
		"/inside":   "169.254.169.254 is a cloud metadata address, which no checker may ask: correct the URL",
		"/intranet": "intranet is a local host, which is refused to all but a checker whose own url names it",
	} {
		t.Run("redirect to "+path, func(t *testing.T) {
			_, err := get(t, cl, "http://shop.example"+path)
			wantError(t, err, proxy.URL, page.Error{Kind: page.Network, Message: want})
			<-seen
		})
	}
	t.Run("refuses", func(t *testing.T) {
		_, err := get(t, cl, "https://shop.example/")
		wantError(t, err, proxy.URL, page.Error{Kind: page.Network,
			Message: "the proxy HOST refuses to connect to shop.example (403 Forbidden): ask who runs it, or add the host to NO_PROXY"})
	})
	t.Run("is down", func(t *testing.T) {
		down, err := url.Parse(closedPort(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = get(t, newClient(t, Options{Proxy: http.ProxyURL(down)}), "https://shop.example/")
		wantError(t, err, down.String(), page.Error{Kind: page.Network,
			Message: "cannot reach the proxy on the way to shop.example: check HTTPS_PROXY and HTTP_PROXY in the environment"})
	})
	t.Run("is no URL", func(t *testing.T) {
		_, err := get(t, newClient(t, Options{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("invalid proxy address") }}), "https://shop.example/")
		wantError(t, err, proxy.URL, page.Error{Kind: page.Network,
			Message: "cannot read the proxy's URL: correct HTTPS_PROXY and HTTP_PROXY in the environment"})
	})
	t.Run("lets TLS through", func(t *testing.T) {
		shop := serveTLS(t, nil)
		tunnel := serve(t, func(w http.ResponseWriter, r *http.Request) {
			to, err := net.Dial("tcp", shop.Listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer to.Close()
			from, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer from.Close()
			write(from, "HTTP/1.1 200 OK\r\n\r\n")
			go func() { copyAll(to, from); to.Close() }()
			copyAll(from, to)
		})
		tunnelURL, err := url.Parse(tunnel.URL)
		if err != nil {
			t.Fatal(err)
		}
		cl := newClient(t, Options{Proxy: http.ProxyURL(tunnelURL), RootCAs: roots(shop)})
		resp, err := get(t, cl, "https://example.com/")
		if err != nil {
			t.Fatal(err)
		}
		if string(resp.Body) != "HTTP/2.0" {
			t.Errorf("body %q", resp.Body)
		}
		cl.CloseIdleConnections()
	})
}

func copyAll(to, from net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if _, wErr := to.Write(buf[:n]); wErr != nil || err != nil {
			return
		}
	}
}

// quiet is the log of a server whose clients misbehave on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// closedPort is the URL of a port on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

// serveTLS answers with the protocol that it was asked in, or fails as the path
// says.
func serveTLS(t *testing.T, cert *tls.Certificate) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-r.Context().Done()
		case "/abort/mid":
			write(w, "<html>")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/abort":
			panic(http.ErrAbortHandler)
		}
		write(w, r.Proto)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	if cert != nil {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func roots(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// certificate makes one for 127.0.0.1 that signs itself.
func certificate(t *testing.T, from, until time.Time, usage x509.ExtKeyUsage) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop"}, NotBefore: from, NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTLS(t *testing.T) {
	s := serveTLS(t, nil)
	t.Run("HTTP/2", func(t *testing.T) {
		resp, err := get(t, newClient(t, Options{RootCAs: roots(s)}), s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if string(resp.Body) != "HTTP/2.0" {
			t.Errorf("body %q", resp.Body)
		}
	})
	t.Run("HTTP/2 broken off", func(t *testing.T) {
		for path, want := range map[string]string{
			"/abort":     "HOST closed the connection without an answer: the next check tries again",
			"/abort/mid": "HOST broke off in the middle of the page: the next check tries again",
		} {
			_, err := get(t, newClient(t, Options{RootCAs: roots(s)}), s.URL+path)
			wantError(t, err, s.URL, page.Error{Kind: page.Network, Message: want})
		}
	})
	t.Run("HTTP/2 too slow", func(t *testing.T) {
		t.Parallel()
		_, err := get(t, newClient(t, Options{RootCAs: roots(s), Header: 150 * time.Millisecond}), s.URL+"/hang")
		wantError(t, err, s.URL, page.Error{Kind: page.Network,
			Message: "HOST did not begin to answer within 0.15 s: it is slow, or your network is; the next check tries again"})
	})
	const advice = ": open the page in a browser, and check the clock of this machine"
	t.Run("unknown authority", func(t *testing.T) {
		_, err := get(t, newClient(t, Options{RootCAs: x509.NewCertPool()}), s.URL)
		wantError(t, err, s.URL, page.Error{Kind: page.Network, Message: "the certificate of HOST is signed by an unknown authority" + advice})
	})
	t.Run("another host", func(t *testing.T) {
		rawURL := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
		_, err := get(t, newClient(t, Options{RootCAs: roots(s)}), rawURL)
		wantError(t, err, rawURL, page.Error{Kind: page.Network, Message: "the certificate of HOST is for another host" + advice})
	})
	t.Run("expired", func(t *testing.T) {
		s := serveTLS(t, certificate(t, time.Unix(1e9, 0), time.Unix(1.1e9, 0), x509.ExtKeyUsageServerAuth))
		_, err := get(t, newClient(t, Options{RootCAs: roots(s)}), s.URL)
		wantError(t, err, s.URL, page.Error{Kind: page.Network, Message: "the certificate of HOST has expired or is not valid yet" + advice})
	})
	t.Run("of another use", func(t *testing.T) {
		s := serveTLS(t, certificate(t, time.Unix(1e9, 0), time.Now().Add(time.Hour), x509.ExtKeyUsageEmailProtection))
		_, err := get(t, newClient(t, Options{RootCAs: roots(s)}), s.URL)
		wantError(t, err, s.URL, page.Error{Kind: page.Network, Message: "the certificate of HOST is not valid" + advice})
	})
	t.Run("spoken by nobody", func(t *testing.T) {
		plain := serve(t, func(http.ResponseWriter, *http.Request) {})
		plain.Config.ErrorLog = quiet()
		rawURL := strings.Replace(plain.URL, "http:", "https:", 1)
		_, err := get(t, newClient(t, Options{}), rawURL)
		wantError(t, err, rawURL, page.Error{Kind: page.Network, Message: "HOST does not speak TLS on port PORT: use http:// in the URL, or correct its port"})
	})
	t.Run("handshake that never ends", func(t *testing.T) {
		t.Parallel()
		rawURL := accept(t, untilClosed)
		_, err := get(t, newClient(t, Options{TLSHandshake: 150 * time.Millisecond}), rawURL)
		wantError(t, err, rawURL, page.Error{Kind: page.Network,
			Message: "HOST did not finish the TLS handshake within 0.15 s: it is slow, or your network is; the next check tries again"})
	})
	t.Run("handshake broken off", func(t *testing.T) {
		rawURL := accept(t, func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1<<12))
			reset(conn)
		})
		_, err := get(t, newClient(t, Options{}), rawURL)
		wantError(t, err, rawURL, page.Error{Kind: page.Network,
			Message: "cannot make a secure connection to HOST: open the page in a browser; the next check tries again"})
	})
	t.Run("something else", func(t *testing.T) {
		rawURL := accept(t, func(conn net.Conn) {
			write(conn, "220 mail.example ESMTP ready\r\n")
			untilClosed(conn)
		})
		_, err := get(t, newClient(t, Options{}), rawURL)
		wantError(t, err, rawURL, page.Error{Kind: page.Network, Message: "HOST does not speak TLS on port PORT: use http:// in the URL, or correct its port"})
	})
}

// accept is an https URL whose connections f gets as they are.
func accept(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); f(conn) }()
		}
	}()
	return "https://" + l.Addr().String()
}

func TestUnreachable(t *testing.T) {
	names := nameServer(t, nil)
	closed := closedPort(t)
	for _, tt := range []struct {
		name   string
		rawURL string
		want   string
	}{
		{"no such host", "https://shop.example/lamp", "cannot find the host HOST: check the spelling of the URL, and your network"},
		{"name server fails", "https://broken.example/lamp", "cannot look up the host HOST: check your network and its name server"},
		{"name server is silent", "https://silent.example:8443/lamp", "cannot look up the host silent.example: check your network and its name server"},
		{"refused", closed, "127.0.0.1 refuses the connection on port PORT: check the URL; the shop may be down"},
		{"full", fullPort(t), "HOST did not accept a connection within 0.2 s: it is slow, or your network is; the next check tries again"},
		{"closed at once", serveRaw(t, func(net.Conn) {}), "HOST closed the connection without an answer: the next check tries again"},
		{"reset at once", serveRaw(t, reset), "HOST closed the connection without an answer: the next check tries again"},
		{"half a header", serveRaw(t, func(conn net.Conn) { write(conn, "HTTP/1.1 200 OK\r\nX-A: b\r\n") }), "HOST closed the connection without an answer: the next check tries again"},
		{"no HTTP", serveRaw(t, func(conn net.Conn) { write(conn, "SSH-2.0-OpenSSH\r\n") }), `HOST does not speak HTTP as it should (malformed HTTP response "SSH-2.0-OpenSSH"): check the URL and its port`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := get(t, newClient(t, Options{Resolver: names, Dial: 200 * time.Millisecond}), tt.rawURL)
			wantError(t, err, tt.rawURL, page.Error{Kind: page.Network, Message: tt.want})
		})
	}
}

// fullPort is the URL of a port whose queue of new connections is full, so that
// no more is accepted or refused.
func fullPort(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}).String()
	for range 10 {
		conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return "http://" + addr
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Skip("this system has no limit to the queue")
	return ""
}
