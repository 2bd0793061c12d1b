package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// Server serves a Site.
type Server struct {
	site   *Site
	listen net.Listener
	http   *http.Server
}

// Listen takes an address, HOST:PORT. One that others can reach, or a page that has
// further names, needs a token of at least MinToken characters.
func (s *Site) Listen(address, token string, names []string) (*Server, error) {
	what := "serve the status page on " + address
	g, err := newGuard(address, token, names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: another program listens there; name another port", what)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: no permission; name a port above 1023", what)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return &Server{site: s, listen: listener, http: &http.Server{
		Handler:           s.handler(g),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute, // a stream of events sets its own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 14,
		ErrorLog:          log.New(io.Discard, "", 0), // of clients that break off
	}}, nil
}

// URL is where a browser of this machine finds the page.
func (s *Server) URL() string {
	host, port, err := net.SplitHostPort(s.listen.Addr().String())
	if err != nil {
		return s.listen.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return "http://" + host + ":" + port + "/"
}

// Serve answers until ctx ends, and then lets the answers under way end.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		s.site.board.refresh(ctx, 0) // so that the first view need not wait for it
		s.site.keepUp(ctx)
	}()
	ended := make(chan error, 1)
	go func() { ended <- s.http.Serve(s.listen) }()
	var err error
	select {
	case err = <-ended:
		err = fmt.Errorf("serve the status page: %w", err)
	case <-ctx.Done():
		s.site.hub.close()
		grace, stop := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer stop()
		if err = s.http.Shutdown(grace); err != nil {
			err = s.http.Close()
		}
	}
	cancel()
	<-kept
	return err
}
