package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// shop is a shop with pages that the test writes.
type shop struct {
	*httptest.Server

	mu     sync.Mutex
	pages  map[string]string
	visits map[string]int

	// Visitors of one page wait until there are so many.
	gathering string
	missing   int
	together  chan struct{}
}

func startShop(t *testing.T) *shop {
	s := &shop{pages: map[string]string{}, visits: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		page, there := s.pages[r.URL.Path]
		s.visits[r.URL.Path]++
		var together chan struct{}
		if s.missing > 0 && r.URL.Path == s.gathering {
			if together = s.together; s.missing == 1 {
				close(together)
			}
			s.missing--
		}
		s.mu.Unlock()
		if together != nil {
			select {
			case <-together:
			case <-r.Context().Done():
			}
		}
		if !there {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) put(path, page string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = page
}

// visited is how often each page was asked for since the last call.
func (s *shop) visited() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	visits := s.visits
	s.visits = map[string]int{}
	return visits
}

// gather lets the next visitors of a page wait for each other. The channel is closed
// when all are there.
func (s *shop) gather(path string, visitors int) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing > 0 {
		close(s.together)
	}
	s.gathering, s.missing, s.together = path, visitors, make(chan struct{})
	return s.together
}

// product is the page of one product.
func product(title, price string, inStock bool) string {
	schema, button := "OutOfStock", `<p class="availability">Sold out</p><button disabled>Add to cart</button>`
	if inStock {
		schema, button = "InStock", `<p class="availability">In stock</p><button type="submit">Add to cart</button>`
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en"><head><title>%[1]s | Corner Shop</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "%[1]s",
"offers": {"@type": "Offer", "price": "%[2]s", "priceCurrency": "USD", "availability": "https://schema.org/%[3]s"}}</script>
</head><body><main><h1>%[1]s</h1><p class="price">$%[2]s</p><form action="/cart" method="post">%[4]s</form></main></body></html>
`, title, price, schema, button)
}

// cards is a listing of two products, of which the first can be had.
const cards = `<!doctype html>
<html lang="en"><head><title>Cards | Corner Shop</title></head><body><main><h1>Cards</h1><ul>
<li class="card"><a href="/cards/green">Green Card 16 GB</a> <b>$1,099.00</b> <button>Add to cart</button></li>
<li class="card"><a href="/cards/red">Red Card 24 GB</a> <b>$1,999.00</b> <span class="gone">Sold out</span></li>
</ul></main></body></html>
`

// captcha is what stands before a page.
const captcha = `<!doctype html>
<html lang="en"><head><title>Robot Check</title></head><body><h1>Are you a human?</h1>
<p>Type the characters you see in this image:</p>
<form action="/errors/validateCaptcha"><img src="/captcha.png" alt=""><input name="captcha"><button>Continue</button></form>
</body></html>
`
