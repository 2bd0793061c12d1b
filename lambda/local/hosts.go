package local

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// hosts lets one request at a time to a host, and one every gap.
type hosts struct {
	gap   time.Duration
	ended chan struct{} // holds something after a request has ended

	mu     sync.Mutex
	byName map[string]*host
}

type host struct {
	turn      chan struct{} // held by the request under way, and while one waits for the gap
	wanting   int           // requests under way or waiting
	requested time.Time     // when the last one began
}

func newHosts(gap time.Duration) *hosts {
	return &hosts{gap: gap, ended: make(chan struct{}, 1), byName: map[string]*host{}}
}

func (hs *hosts) host(name string) *host {
	h := hs.byName[name]
	if h == nil {
		h = &host{turn: make(chan struct{}, 1)}
		hs.byName[name] = h
	}
	return h
}

// acquire waits for a host. The caller must release it.
func (hs *hosts) acquire(ctx context.Context, name string) (release func(), err error) {
	hs.mu.Lock()
	h := hs.host(name)
	h.wanting++
	hs.mu.Unlock()
	leave := func() {
		hs.mu.Lock()
		h.wanting--
		hs.mu.Unlock()
		select {
		case hs.ended <- struct{}{}:
		default:
		}
	}
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
	release = func() { <-h.turn; leave() }
	hs.mu.Lock()
	wait := time.Until(h.requested.Add(hs.gap))
	hs.mu.Unlock()
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			release()
			return nil, ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		release()
		return nil, err
	}
	hs.mu.Lock()
	h.requested = time.Now()
	hs.mu.Unlock()
	return release, nil
}

// freeAt is when a host may be asked next. It is not known while requests are
// under way or waiting.
func (hs *hosts) freeAt(name string) (at time.Time, known bool) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h := hs.host(name)
	return h.requested.Add(hs.gap), h.wanting == 0
}

// polite is a fetcher that waits for its turn at the host.
type polite struct {
	fetcher watch.Fetcher
	hosts   *hosts
}

func (p polite) Fetch(ctx context.Context, c *checker.Checker, link string) (*page.Response, error) {
	return p.Revisit(ctx, c, link, nil)
}

func (p polite) Revisit(ctx context.Context, c *checker.Checker, link string, last *page.Response) (*page.Response, error) {
	release, err := p.hosts.acquire(ctx, hostName(link))
	if err != nil {
		return nil, err
	}
	defer release()
	if again, ok := p.fetcher.(watch.Revisitor); ok && last != nil {
		return again.Revisit(ctx, c, link, last)
	}
	return p.fetcher.Fetch(ctx, c, link)
}

// hostName is the host and port of a link: what "a host" is to the limits.
func hostName(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.TrimSuffix(name, ".") + ":" + port
}
