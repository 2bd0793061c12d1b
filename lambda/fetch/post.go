package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"syscall"
	"time"
)

// maxAnswer is how much is read of what a post is answered with.
const maxAnswer = 64 << 10

// Answer is what a post was answered with.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // its beginning
}

// Post sends a body to a URL. The guard holds as in Fetch: the host may be a
// private one only if the URL itself names it. A redirect is an answer like
// others, for what is posted is meant for one address. An error never shows more
// of the URL than its host, since the rest may be a secret.
func (cl *Client) Post(ctx context.Context, to *url.URL, header http.Header, body []byte) (*Answer, error) {
	limit := cl.limit(ctx)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := cl.post(limited, to, header, body)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return nil, cl.explainPost(f, limit, limited.Err() != nil)
	}
	return answer, err
}

func (cl *Client) post(ctx context.Context, to *url.URL, header http.Header, body []byte) (*Answer, error) {
	var at progress
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, at.trace()), http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &failure{url: to, err: errors.New("the URL cannot be used")}
	}
	req.Header = header
	transport, err := cl.route(req, to)
	if err != nil {
		return nil, &failure{url: to, err: err}
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, &failure{url: to, err: err, phase: at.phase()}
	}
	defer resp.Body.Close()
	// The status says it all; the text is only for a person.
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: text}, nil
}

// explainPost is explain for a post.
func (cl *Client) explainPost(f *failure, limit time.Duration, expired bool) error {
	refused, isRefused := errors.AsType[*refusedError](f.err)
	_, isProxy := errors.AsType[*proxyError](f.err)
	dns, isDNS := errors.AsType[*net.DNSError](f.err)
	tlsFault := certificateFault(f.err)
	host := f.url.Host
	switch {
	case isRefused && refused.what == metadata:
		return fmt.Errorf("%s is or leads to a %s address, which nobody may ask: correct the URL", host, refused.what)
	case isRefused:
		return fmt.Errorf("%s leads to the %s address %s, which is refused: if it is meant, put the address itself into the URL", host, refused.what, refused.addr)
	case isProxy:
		return fmt.Errorf("the proxy on the way to %s cannot be used: check HTTPS_PROXY and HTTP_PROXY in the environment", host)
	case isDNS && dns.IsNotFound:
		return fmt.Errorf("cannot find the host %s: check the spelling of the URL", f.url.Hostname())
	case isDNS:
		return fmt.Errorf("cannot look up the host %s", f.url.Hostname())
	case expired, timedOut(f.err):
		return errors.New(cl.overdue(f, limit, expired))
	case tlsFault != "":
		return fmt.Errorf("the certificate of %s %s", host, tlsFault)
	case errors.Is(f.err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s refuses the connection on port %s", f.url.Hostname(), port(f.url))
	case f.phase == securing:
		return fmt.Errorf("cannot make a secure connection to %s", host)
	case brokenOff(f.err):
		return fmt.Errorf("%s closed the connection without an answer", host)
	}
	return fmt.Errorf("cannot post to %s: %s", host, innermost(f.err))
}
