package statuspage

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// shop is a shop with pages that the test writes. An empty page is out of order.
type shop struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]string
}

func startShop(t *testing.T) *shop {
	s := &shop{pages: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		page := s.pages[r.URL.Path]
		s.mu.Unlock()
		if page == "" {
			http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
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

// product is the page of one product.
func product(title, price string, inStock bool) string {
	button := `<p class="availability">Sold out</p><button disabled>Add to cart</button>`
	if inStock {
		button = `<p class="availability">In stock</p><button type="submit">Add to cart</button>`
	}
	return fmt.Sprintf(`<!doctype html><html lang="en"><head><title>%[1]s</title></head><body><main><h1>%[1]s</h1>
<div class="buy-box"><p class="price">$%[2]s</p>%[3]s</div></main></body></html>`, title, price, button)
}
