// Package fetch gets pages over HTTP, one at a time, within limits of time and
// size that no server can make it exceed.
//
// Client.Fetch is its one entry. It asks as a browser does, follows redirects,
// undoes the content encoding, and answers with what the shop sent, whatever its
// status: what a page means is decided by package page. A page that did not
// arrive whole is an error, never half a page. The charset is left as it is.
//
// # Where it goes
//
// A Client connects to the public internet alone. An address that is loopback,
// private, link-local, of a cloud's metadata or otherwise special is refused
// when the connection is made, after the name was resolved, so that neither a
// redirect nor a name can lead a check into the network that it runs in. The
// exception is a checker whose own URL names such a host, by its address or by
// a local name (localhost, nas, shop.lan): that host and port are its own, and
// the connections made to it are kept apart from all others. A cloud's metadata
// is refused to it too.
//
// Behind a proxy (HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment) it is
// the proxy that resolves names: then only what the URL itself says can be
// refused, and the rest is the proxy's to guard.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// maxRedirects is how many redirects are followed.
const maxRedirects = 5

// maxHeader is how long the header of a response may be.
const maxHeader = 256 << 10

// MaxBody is how large a page may be, in bytes, unless Options say otherwise.
const MaxBody = 8 << 20

// Options are the limits and the surroundings of a Client. The zero value of
// each field stands for the default named with it.
type Options struct {
	Dial         time.Duration // to look up the name and connect: 5 s
	TLSHandshake time.Duration // 5 s
	Header       time.Duration // from the request to the end of the response's header: 10 s
	Total        time.Duration // for the whole page, with redirects: 20 s

	MaxBody int64 // bytes, each on the wire and decoded: MaxBody

	Resolver *net.Resolver  // the system's
	RootCAs  *x509.CertPool // the system's
	// Proxy gives the proxy for a request, nil for none: http.ProxyFromEnvironment
	Proxy func(*http.Request) (*url.URL, error)
}

// Client gets pages. It is safe for use by many goroutines, and one is to be
// used by all: it keeps connections open from one check to the next.
type Client struct {
	opts Options

	// Each transport has its own connections, so that one made for a checker's
	// own private host can't be used by another checker that is sent there.
	public  *http.Transport // refuses special addresses
	own     *http.Transport // to checkers' own hosts that are not public
	proxied *http.Transport
}

// New makes a Client.
func New(opts Options) *Client {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&opts.Dial, 5 * time.Second},
		{&opts.TLSHandshake, 5 * time.Second},
		{&opts.Header, 10 * time.Second},
		{&opts.Total, 20 * time.Second},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if opts.MaxBody <= 0 {
		opts.MaxBody = MaxBody
	}
	if opts.Proxy == nil {
		opts.Proxy = http.ProxyFromEnvironment
	}
	cl := &Client{opts: opts}
	open := &net.Dialer{Timeout: opts.Dial, Resolver: opts.Resolver}
	guarded := *open
	guarded.Control = refuseSpecial
	cl.public = cl.transport(&guarded)
	apart := *open
	apart.Control = refuseMetadata
	cl.own = cl.transport(&apart)
	cl.proxied = cl.transport(open)
	cl.proxied.Proxy = opts.Proxy
	cl.proxied.OnProxyConnectResponse = proxyAnswer
	return cl
}

func (cl *Client) transport(dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: cl.opts.RootCAs},
		TLSHandshakeTimeout:    cl.opts.TLSHandshake,
		ResponseHeaderTimeout:  cl.opts.Header,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // decode knows more encodings
		ForceAttemptHTTP2:      true, // or a DialContext would rule it out
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        90 * time.Second,
		// A machine that slept, or a frozen Lambda, wakes up with connections
		// that are dead and don't know it; one of HTTP/2 would take check
		// after check down with it.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// CloseIdleConnections closes the connections that are kept for later checks.
func (cl *Client) CloseIdleConnections() {
	cl.public.CloseIdleConnections()
	cl.own.CloseIdleConnections()
	cl.proxied.CloseIdleConnections()
}

// Fetch gets the page at rawURL for the checker c. The host of c.URL is the
// checker's own: it may be a private one, and it alone gets c.Headers.
//
// Any status is an answer. Where it is no success and its body can't be used,
// the answer is without a body. An error is a *page.Error, or the context's when
// that is over. Fetch is over before the context's deadline, so that the caller
// has time to note a failure.
func (cl *Client) Fetch(ctx context.Context, c *checker.Checker, rawURL string) (*page.Response, error) {
	return cl.Revisit(ctx, c, rawURL, nil)
}

// Revisit is Fetch for a page whose last response is known, its body apart. It
// asks the shop for the page only if it has changed; an answer with status 304
// says that it has not. A shop that answers so without being asked for it gives an
// error.
func (cl *Client) Revisit(ctx context.Context, c *checker.Checker, rawURL string, last *page.Response) (*page.Response, error) {
	limit := cl.limit(ctx)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, err := cl.fetch(limited, c, rawURL, last)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return nil, cl.explain(f, limit, limited.Err() != nil)
	}
	return resp, err
}

// limit is the time that a fetch has: the client's, or what the context leaves
// less a margin of a fifth, at most 3 s.
func (cl *Client) limit(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return cl.opts.Total
	}
	left := time.Until(deadline)
	return min(cl.opts.Total, left-min(left/5, 3*time.Second))
}

// fetch makes the request, and one more for each redirect. Its error is a
// *page.Error or a *failure.
func (cl *Client) fetch(ctx context.Context, c *checker.Checker, rawURL string, last *page.Response) (*page.Response, error) {
	own, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	// requestHeader sends the own URL's password; the final URL, on which
	// links and messages are built, must not tell it.
	u.User = nil
	// Many shops set a cookie and redirect to see whether it comes back. The
	// next check starts without any, as a new visitor does.
	jar, _ := cookiejar.New(nil) // has no error
	seen := []string{u.String()}
	for {
		resp, err := cl.do(ctx, c, own, u, jar, last)
		if err != nil {
			return nil, err
		}
		next, err := redirect(resp, u)
		if next == nil || err != nil {
			defer resp.Body.Close()
			if err != nil {
				return nil, err
			}
			return cl.read(resp, rawURL, u)
		}
		discard(resp.Body)
		if len(seen) > maxRedirects {
			return nil, tooManyRedirects(resp.StatusCode, seen, next)
		}
		seen = append(seen, next.String())
		u = next
	}
}

// parseURL reads a URL that is to be fetched.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, &page.Error{Kind: page.Network, Message: fmt.Sprintf("%q is no URL: correct it", s)}
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &page.Error{Kind: page.Network, Message: fmt.Sprintf("%s does not begin with http:// or https://: correct the URL", u.Redacted())}
	case u.Hostname() == "":
		return nil, &page.Error{Kind: page.Network, Message: fmt.Sprintf("%s names no host: correct the URL", u.Redacted())}
	}
	return u, nil
}

// do makes one request, and gives the response with its body unread.
func (cl *Client) do(ctx context.Context, c *checker.Checker, own, u *url.URL, jar http.CookieJar, last *page.Response) (*http.Response, error) {
	var at progress
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, at.trace()), http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &failure{url: u, err: err}
	}
	req.Header = requestHeader(c, own, u)
	conditional := setValidators(req.Header, u, last)
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	transport, err := cl.route(req, own)
	if err != nil {
		return nil, &failure{url: u, err: err}
	}
	for _, cookie := range jar.Cookies(u) {
		req.AddCookie(cookie)
	}
	// A transport alone, without a http.Client, follows no redirects: each
	// hop has its own header, and may need another transport.
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, &failure{url: u, err: err, phase: at.phase()}
	}
	if resp.StatusCode == http.StatusNotModified && last != nil && !conditional {
		resp.Body.Close()
		return nil, &page.Error{Kind: page.HTTP, Status: resp.StatusCode, Message: fmt.Sprintf(
			"%s says that the page has not changed (status 304), and was not asked that: the shop's server is at fault", u.Host)}
	}
	jar.SetCookies(u, resp.Cookies())
	return resp, nil
}

// route picks the transport for a request, which is where the guard stands: a
// host that is not public is refused, or is the checker's own.
func (cl *Client) route(req *http.Request, own *url.URL) (*http.Transport, error) {
	isOwn := localHost(hostName(own)) != "" && sameHost(own, req.URL)
	if what := localHost(hostName(req.URL)); what == metadata || what != "" && !isOwn {
		return nil, &refusedError{what: what}
	}
	proxy, err := cl.opts.Proxy(req)
	switch {
	case err != nil:
		return nil, &proxyError{err: err}
	case proxy != nil:
		return cl.proxied, nil
	case isOwn:
		return cl.own, nil
	}
	return cl.public, nil
}

// redirect is where a response sends us, nil if nowhere.
func redirect(resp *http.Response, from *url.URL) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := resp.Header.Get("Location")
	if location == "" {
		return nil, nil
	}
	refuse := func(format string, args ...any) (*url.URL, error) {
		return nil, &page.Error{Kind: page.HTTP, Status: resp.StatusCode, Message: fmt.Sprintf(format, args...)}
	}
	ref, err := url.Parse(location)
	if err != nil {
		return refuse("%s redirects to %s, which is no URL: open the page in a browser and check its URL", from.Host, quote(location))
	}
	next := from.ResolveReference(ref)
	if next.Scheme != "http" && next.Scheme != "https" || next.Hostname() == "" {
		return refuse("%s redirects to %s, which is no web page: open the page in a browser and check its URL", from.Host, quote(next.Redacted()))
	}
	next.User = nil
	if next.Fragment == "" {
		// As browsers do; a fragment may name the variant.
		next.Fragment, next.RawFragment = from.Fragment, from.RawFragment
	}
	return next, nil
}

func tooManyRedirects(status int, seen []string, next *url.URL) error {
	how := fmt.Sprintf("more than %d times", maxRedirects)
	if slices.Contains(seen, next.String()) {
		how = "in a circle"
	}
	return &page.Error{Kind: page.HTTP, Status: status, Message: fmt.Sprintf(
		"the page redirects %s, last to %s: open it in a browser and use the URL where it ends", how, quote(next.Redacted()))}
}

// discard ends a response whose body is of no interest. The little that a
// redirect has is read, since only then the connection can be used again.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 2<<10)
	body.Close()
}

// read reads the body of the last response.
func (cl *Client) read(resp *http.Response, asked string, u *url.URL) (*page.Response, error) {
	r := &page.Response{URL: asked, Final: u.String(), Status: resp.StatusCode, Header: resp.Header}
	body, err := cl.body(resp, u)
	if err != nil && resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return nil, err
	}
	// As net/http does where it decodes: the header is that of the decoded body.
	r.Header.Del("Content-Encoding")
	r.Header.Del("Content-Length")
	r.Body = body
	return r, nil
}

// body is the decoded body of a response, or an error if it is not whole or no
// text.
func (cl *Client) body(resp *http.Response, u *url.URL) ([]byte, error) {
	fail := func(kind page.Kind, format string, args ...any) ([]byte, error) {
		return nil, &page.Error{Kind: kind, Status: resp.StatusCode, Message: fmt.Sprintf(format, args...)}
	}
	contentType := resp.Header.Get("Content-Type")
	if media := foreignType(contentType); media != "" {
		return fail(page.Unsupported, "%s sends %s, not a web page: check the URL", u.Host, quote(media))
	}
	encodings := contentEncodings(resp.Header)
	body, err := []byte(nil), errTooLarge
	if resp.ContentLength <= cl.opts.MaxBody {
		body, err = readLimited(resp.Body, cl.opts.MaxBody)
	}
	if err != nil && !errors.Is(err, errTooLarge) {
		return nil, &failure{url: u, err: err, phase: reading}
	}
	if err == nil {
		body, err = decode(body, encodings, cl.opts.MaxBody)
	}
	switch {
	case errors.Is(err, errTooLarge):
		return fail(page.TooLarge, "the page of %s is larger than %s: use a URL that shows less, such as the product's own page", u.Host, size(cl.opts.MaxBody))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &failure{url: u, err: err, phase: reading}
	case err != nil:
		return fail(page.Unsupported, "cannot decode the page of %s, sent as %s: the shop's server is at fault, or this is no web page", u.Host, quote(strings.Join(encodings, ", ")))
	case binary(body) && !declaresUTF16(contentType):
		what := http.DetectContentType(body)
		if what == "application/octet-stream" || strings.HasPrefix(what, "text/") {
			what = "data that is no text"
		}
		return fail(page.Unsupported, "%s sends %s, not a web page: check the URL", u.Host, what)
	case endsByClose(resp) && cutOff(body):
		return nil, &failure{url: u, err: io.ErrUnexpectedEOF, phase: reading}
	}
	return body, nil
}

// foreignType is the media type of a Content-Type that is surely no page, else
// "". The others are judged by their bytes, for servers name them at will.
func foreignType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	kind, _, _ := strings.Cut(media, "/")
	switch kind {
	case "audio", "font", "image", "model", "video":
		return media
	}
	switch media {
	case "application/pdf", "application/zip":
		return media
	}
	return ""
}

// declaresUTF16 tells whether every other byte may be 0.
func declaresUTF16(contentType string) bool {
	_, params, err := mime.ParseMediaType(contentType)
	return err == nil && strings.HasPrefix(strings.ToLower(params["charset"]), "utf-16")
}

// endsByClose tells whether only the end of the connection ends the body, so
// that a server that dies looks like one that is done.
func endsByClose(resp *http.Response) bool {
	return resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

// cutOff tells whether an HTML page has a beginning and no end.
func cutOff(body []byte) bool {
	lower := strings.ToLower(string(body))
	return strings.Contains(lower, "<html") && !strings.Contains(lower, "</html")
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// quote makes what a server sent fit for a line of text.
func quote(s string) string {
	const most = 200
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return fmt.Sprintf("%q", s)
	}
	return s
}
