package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"stockchecker/lambda/page"
)

// failure is an exchange with a server that broke off.
type failure struct {
	url   *url.URL
	err   error
	phase phase
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// phase is how far an exchange came.
type phase int32

const (
	starting   phase = iota
	lookingUp        // the name
	connecting       // TCP
	securing         // TLS
	waiting          // for the response's header
	reading          // the body
)

// progress follows one exchange. Only the furthest phase counts: a transport
// may be dialling still when another connection is free already.
type progress struct{ furthest atomic.Int32 }

func (p *progress) reach(to phase) {
	for {
		old := p.furthest.Load()
		if int32(to) <= old || p.furthest.CompareAndSwap(old, int32(to)) {
			return
		}
	}
}

func (p *progress) phase() phase { return phase(p.furthest.Load()) }

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { p.reach(lookingUp) },
		ConnectStart:      func(_, _ string) { p.reach(connecting) },
		TLSHandshakeStart: func() { p.reach(securing) },
		GotConn:           func(httptrace.GotConnInfo) { p.reach(waiting) },
	}
}

// proxyError is a proxy that can't be used, or that refuses.
type proxyError struct {
	proxy  *url.URL // nil: its URL can't be read
	status string   // what it answered
	err    error
}

func (e *proxyError) Error() string {
	if e.proxy == nil {
		return fmt.Sprintf("read the proxy's URL: %v", e.err)
	}
	return fmt.Sprintf("connect through the proxy %s: %s", e.proxy.Host, e.status)
}

func (e *proxyError) Unwrap() error { return e.err }

// proxyAnswer sees what a proxy answers to CONNECT.
func proxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy: proxy, status: strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)}
}

// explain says a failure to a person: what failed, and what to do. limit is the
// time that the whole fetch had, and expired tells whether it is used up: the
// error alone doesn't, for every limit's is a context.DeadlineExceeded.
func (cl *Client) explain(f *failure, limit time.Duration, expired bool) *page.Error {
	kind, message := page.Network, ""
	host := f.url.Host
	say := func(format string, args ...any) { message = fmt.Sprintf(format, args...) }

	refused, isRefused := errors.AsType[*refusedError](f.err)
	proxy, isProxy := errors.AsType[*proxyError](f.err)
	dns, isDNS := errors.AsType[*net.DNSError](f.err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](f.err)
	op, isOp := errors.AsType[*net.OpError](f.err)
	tlsFault := certificateFault(f.err)
	switch {
	case isRefused && refused.what == metadata && refused.addr.IsValid():
		say("%s leads to the %s address %s, which no checker may ask: correct the URL, or the name in your DNS", host, refused.what, refused.addr)
	case isRefused && refused.what == metadata:
		say("%s is a %s address, which no checker may ask: correct the URL", host, refused.what)
	case isRefused && refused.addr.IsValid():
		say("%s leads to the %s address %s, which is refused: if it is meant, put the address itself into the checker's url", host, refused.what, refused.addr)
	case isRefused:
		say("%s is a %s host, which is refused to all but a checker whose own url names it", host, refused.what)
	case isProxy && proxy.proxy == nil:
		say("cannot read the proxy's URL: correct HTTPS_PROXY and HTTP_PROXY in the environment")
	case isProxy:
		say("the proxy %s refuses to connect to %s (%s): ask who runs it, or add the host to NO_PROXY", proxy.proxy.Host, host, proxy.status)
	case isOp && op.Op == "proxyconnect":
		say("cannot reach the proxy on the way to %s: check HTTPS_PROXY and HTTP_PROXY in the environment", host)
	case isDNS && dns.IsNotFound:
		say("cannot find the host %s: check the spelling of the URL, and your network", f.url.Hostname())
	case isDNS:
		say("cannot look up the host %s: check your network and its name server", f.url.Hostname())
	case expired, timedOut(f.err):
		say("%s: it is slow, or your network is; the next check tries again", cl.overdue(f, limit, expired))
	case tlsFault != "":
		say("the certificate of %s %s: open the page in a browser, and check the clock of this machine", host, tlsFault)
	case isRecord:
		say("%s does not speak TLS on port %s: use http:// in the URL, or correct its port", host, port(f.url))
	case errors.Is(f.err, syscall.ECONNREFUSED):
		say("%s refuses the connection on port %s: check the URL; the shop may be down", f.url.Hostname(), port(f.url))
	case errors.Is(f.err, syscall.ENETUNREACH), errors.Is(f.err, syscall.EHOSTUNREACH), errors.Is(f.err, syscall.EADDRNOTAVAIL):
		say("cannot reach %s: check your network", host)
	case f.phase == securing:
		say("cannot make a secure connection to %s: open the page in a browser; the next check tries again", host)
	case f.phase == reading:
		say("%s broke off in the middle of the page: the next check tries again", host)
	case strings.Contains(f.err.Error(), "headers exceeded"):
		// net/http has no value for it.
		kind = page.TooLarge
		say("the response header of %s is larger than %s: the shop's server is at fault", host, size(maxHeader))
	case brokenOff(f.err):
		say("%s closed the connection without an answer: the next check tries again", host)
	case strings.HasPrefix(innermost(f.err), "malformed "):
		say("%s does not speak HTTP as it should (%s): check the URL and its port", host, innermost(f.err))
	default:
		say("cannot fetch from %s: %s", host, innermost(f.err))
	}
	return &page.Error{Kind: kind, Message: message}
}

// overdue says which limit of time was passed.
func (cl *Client) overdue(f *failure, limit time.Duration, expired bool) string {
	host := f.url.Host
	switch {
	case f.phase == reading:
		return fmt.Sprintf("%s did not send the whole page within %s", host, seconds(limit))
	case expired:
		return fmt.Sprintf("%s did not answer within %s", host, seconds(limit))
	case f.phase == securing:
		return fmt.Sprintf("%s did not finish the TLS handshake within %s", host, seconds(cl.opts.TLSHandshake))
	case f.phase == waiting:
		return fmt.Sprintf("%s did not begin to answer within %s", host, seconds(cl.opts.Header))
	}
	return fmt.Sprintf("%s did not accept a connection within %s", host, seconds(cl.opts.Dial))
}

// certificateFault says what is wrong with the server's certificate, "" if that
// was not the fault.
func certificateFault(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "is signed by an unknown authority"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "is for another host"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "has expired or is not valid yet"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "is not valid"
	}
	return ""
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// brokenOff tells whether the server closed the connection or, in HTTP/2, the
// stream. net/http keeps the errors of HTTP/2 to itself; only their text tells.
func brokenOff(err error) bool {
	// net/http has no values for these.
	switch text := innermost(err); {
	case strings.HasPrefix(text, "http2: "), strings.HasPrefix(text, "stream error: "), text == "http: server closed idle connection":
		return true
	}
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// innermost is the text of the error at the bottom, where the fault itself is
// named, on one line.
func innermost(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	text := strings.TrimPrefix(err.Error(), "net/http: ")
	return strings.Join(strings.Fields(text), " ")
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
}
