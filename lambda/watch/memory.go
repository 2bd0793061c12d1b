package watch

import (
	"container/list"
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Memory keeps for the life of a process what pages said last, so that a page
// that has not changed is not read again, nor, where the shop offers it, sent
// again. Many watchers may share one.
//
// What is remembered is never older than RememberFor: a shop that calls every
// page unchanged is found out by then, and what a page says of a day to come is
// read again.
type Memory struct {
	mu     sync.Mutex
	seed   maphash.Seed
	pages  map[memoryKey]*list.Element
	recent list.List // of *remembered, what was used last in front
	items  int       // of all pages
}

// RememberFor is how long a page that does not change is not read again.
const RememberFor = 5 * time.Minute

// maxRemembered is how many items are remembered in all; of each some hundred
// bytes are kept.
const maxRemembered = 20_000

// memoryKey is a page as it is read for a checker. A checker that was defined
// anew is another one.
type memoryKey struct {
	c   *checker.Checker
	url string
}

type remembered struct {
	key  memoryKey
	read time.Time
	resp *page.Response // without its body, and of its header what revalidates it
	hash uint64         // of the body
	page *page.Page     // without evidence
}

// NewMemory makes an empty memory.
func NewMemory() *Memory {
	return &Memory{seed: maphash.MakeSeed(), pages: map[memoryKey]*list.Element{}}
}

// recall is what the page said last, or nil.
func (m *Memory) recall(key memoryKey, now time.Time) *remembered {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.pages[key]
	if e == nil {
		return nil
	}
	known := e.Value.(*remembered)
	if age := now.Sub(known.read); age < 0 || age >= RememberFor {
		m.drop(e)
		return nil
	}
	m.recent.MoveToFront(e)
	return known
}

// remember takes in what was read of a page, or with nil that it gave no answer.
func (m *Memory) remember(key memoryKey, resp *page.Response, p *page.Page, now time.Time) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.pages[key]; e != nil {
		m.drop(e)
	}
	if p == nil || len(p.Items) > maxRemembered/10 {
		return
	}
	known := &remembered{key: key, read: now, resp: facts(resp), hash: m.hash(resp), page: compact(p)}
	m.pages[key] = m.recent.PushFront(known)
	for m.items += len(p.Items); m.items > maxRemembered; {
		m.drop(m.recent.Back())
	}
}

func (m *Memory) drop(e *list.Element) {
	known := m.recent.Remove(e).(*remembered)
	delete(m.pages, known.key)
	m.items -= len(known.page.Items)
}

func (m *Memory) hash(resp *page.Response) uint64 { return maphash.Bytes(m.seed, resp.Body) }

// holds tells whether a response is the remembered one again.
func (m *Memory) holds(known *remembered, resp *page.Response) bool {
	return known != nil && resp.Status == known.resp.Status && resp.Final == known.resp.Final &&
		resp.Header.Get("Content-Type") == known.resp.Header.Get("Content-Type") && m.hash(resp) == known.hash
}

// facts are a response without its body.
func facts(resp *page.Response) *page.Response {
	short := &page.Response{URL: resp.URL, Final: resp.Final, Status: resp.Status, Header: map[string][]string{}}
	for _, name := range []string{"Content-Type", "Etag", "Last-Modified"} {
		if v := resp.Header.Get(name); v != "" {
			short.Header.Set(name, strings.Clone(v))
		}
	}
	return short
}

// compact is a page without its evidence, and with texts of its own: those that
// were read may be parts of the body, and keep all of it.
func compact(p *page.Page) *page.Page {
	short := *p
	short.URL, short.Next = strings.Clone(p.URL), strings.Clone(p.Next)
	short.Items = make([]page.Item, len(p.Items))
	for i, item := range p.Items {
		item.Evidence = nil
		for _, s := range []*string{&item.Key, &item.SKU, &item.Title, &item.Link, &item.Seller, &item.Condition} {
			*s = strings.Clone(*s)
		}
		if item.Price != nil {
			price := *item.Price
			price.Currency = strings.Clone(price.Currency)
			item.Price = &price
		}
		short.Items[i] = item
	}
	return &short
}
