package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"stockchecker/lambda/fetch"
)

// shop is a proxy on loopback that plays every shop of the cases, over HTTP and
// HTTPS, so that their pages come by the real client from the URLs that they are
// written for.
type shop struct {
	client   *fetch.Client
	listener net.Listener
	server   *http.Server
	ca       tls.Certificate
	caCert   *x509.Certificate

	mu     sync.Mutex
	answer http.HandlerFunc
	certs  map[string]*tls.Certificate
}

func newShop() (*shop, error) {
	s := &shop{certs: map[string]*tls.Certificate{}}
	if err := s.makeCA(); err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start shop: %w", err)
	}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(s.listener)
	roots := x509.NewCertPool()
	roots.AddCert(s.caCert)
	proxy := &url.URL{Scheme: "http", Host: s.listener.Addr().String()}
	s.client = fetch.New(fetch.Options{RootCAs: roots, Proxy: http.ProxyURL(proxy)})
	return s, nil
}

func (s *shop) close() {
	s.client.CloseIdleConnections()
	s.server.Close()
}

// answers sets what the shop answers from now on.
func (s *shop) answers(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		s.tunnel(w, r)
		return
	}
	s.mu.Lock()
	answer := s.answer
	s.mu.Unlock()
	answer(w, r)
}

// tunnel ends the TLS connection that the client wants to a shop.
func (s *shop) tunnel(w http.ResponseWriter, r *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
	l := &oneConn{conn: make(chan net.Conn, 1), addr: s.listener.Addr()}
	l.conn <- tls.Server(conn, &tls.Config{GetCertificate: s.certificate})
	inner := &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			l.Close()
		}
	}}
	inner.Serve(l)
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn chan net.Conn
	addr net.Addr
	once sync.Once
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c, ok := <-l.conn; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	l.once.Do(func() { close(l.conn) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.addr }

func (s *shop) makeCA() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fault cases"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	s.ca = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	s.caCert, err = x509.ParseCertificate(der)
	return err
}

// certificate makes a shop's certificate.
func (s *shop) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.certs[hello.ServerName]; c != nil {
		return c, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(s.certs) + 2)), Subject: pkix.Name{CommonName: hello.ServerName}, DNSNames: []string{hello.ServerName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.caCert, &key.PublicKey, s.ca.PrivateKey)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	s.certs[hello.ServerName] = c
	return c, nil
}
