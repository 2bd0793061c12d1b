package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// visit is what the shop answers one request with.
type visit func(w http.ResponseWriter, r *http.Request)

// product is one product of the demo's shop: what it shows at each visit, the
// last one for ever after. It has a port of its own, as shops have hosts of
// their own.
type product struct {
	name   string
	path   string
	about  string
	visits []visit

	seen   atomic.Int32
	server *http.Server
	url    string
}

func (p *product) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != p.path && r.URL.Path != strings.SplitN(p.path, "?", 2)[0] {
		// What a redirect leads to.
		write(w, document("Everything for the desk", `<h1>Everything for the desk</h1>`+card("/p/1", "Merlin 3 Lamp", "39.00", true)+card("/p/2", "Osprey 5 Lamp", "59.00", true)))
		return
	}
	n := int(p.seen.Add(1)) - 1
	p.visits[min(n, len(p.visits)-1)](w, r)
}

// open starts the product's server on a free port.
func (p *product) open() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the demo's shop: %w", err)
	}
	p.url = "http://" + l.Addr().String() + p.path
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go p.server.Serve(l)
	return nil
}

// shownAll tells whether each visit of the product was made.
func (p *product) shownAll() bool { return int(p.seen.Load()) >= len(p.visits) }

func (p *product) close() { p.server.Close() }

// products are what the demo's shop sells.
func products() []*product {
	return []*product{
		{
			name: "graphics-card", path: "/p/pl", about: "a search with many cards",
			visits: []visit{
				listing(false, false), listing(false, false),
				listing(true, false), listing(true, true), listing(true, true),
				listing(false, false),
			},
		},
		{
			name: "game-console", path: "/p/orion-console", about: "a product page with structured data",
			visits: []visit{
				structured("OutOfStock"), structured("OutOfStock"), structured("OutOfStock"), structured("OutOfStock"),
				structured("InStock"), structured("InStock"), structured("InStock"),
				structured("OutOfStock"),
			},
		},
		{
			name: "board-computer", path: "/p/berry-board-8gb", about: "a page with nothing but its buy box",
			visits: []visit{
				buyBox(true), buyBox(true), buyBox(true), buyBox(true), buyBox(true),
				buyBox(false),
			},
		},
		{
			name: "desk-lamp", path: "/p/kestrel-9", about: "a page that is blocked, fails and leads elsewhere",
			visits: []visit{
				lamp(true),
				captcha, unavailable, elsewhere,
				lamp(false),
			},
		},
	}
}

func write(w http.ResponseWriter, html string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, html)
}

func document(title, body string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>` + title + ` - Demo Shop</title></head><body>` +
		`<header><nav><a href="/new">Coming soon</a> <a href="/sale">Sale</a></nav></header><main>` + body +
		`</main><footer><form><label>Notify me about offers</label><input><button>Notify me</button></form></footer></body></html>`
}

func card(link, title, price string, inStock bool) string {
	promo, button := "", `<button class="btn btn-primary btn-mini">Add to cart</button>`
	if !inStock {
		promo, button = `<p class="item-promo"><i></i>OUT OF STOCK</p>`, `<button class="btn btn-secondary btn-mini">Auto Notify</button>`
	}
	whole, cents, _ := strings.Cut(price, ".")
	return `<div class="item-cell"><div class="item-container"><div class="item-info"><a class="item-title" href="` + link + `">` + title + `</a>` + promo +
		`</div><div class="item-action"><ul class="price"><li class="price-current">$<strong>` + whole + `</strong><sup>.` + cents + `</sup></li></ul>` +
		`<div class="item-button-area">` + button + `</div></div></div></div>`
}

// listing is a search in the structure of a large electronics shop.
func listing(falcon, merlin bool) visit {
	return func(w http.ResponseWriter, _ *http.Request) {
		write(w, document("rtx 5090", `<h1>rtx 5090</h1><div class="item-cells-wrap">`+
			card("/p/N82E16814000001", "Falcon RTX 5090 32GB Founders", "1999.99", falcon)+
			card("/p/N82E16814000002", "Merlin RTX 5090 OC 32GB", "2149.00", merlin)+
			card("/p/N82E16814000003", "Osprey RTX 5090 Liquid", "2399.00", false)+`</div>`))
	}
}

// structured is a product page with JSON-LD.
func structured(availability string) visit {
	return func(w http.ResponseWriter, _ *http.Request) {
		buy := `<button type="submit">Add to cart</button>`
		if availability != "InStock" {
			buy = `<p class="stock">Out of stock</p>`
		}
		write(w, document("Orion Console", `<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"Orion Console","sku":"OC-1",`+
			`"offers":{"@type":"Offer","price":"499.00","priceCurrency":"USD","availability":"https://schema.org/`+availability+`"}}</script>`+
			`<h1>Orion Console</h1><div class="buy-box"><span class="price">$499.00</span>`+buy+`</div>`))
	}
}

// buyBox is a page without any structured data.
func buyBox(inStock bool) visit {
	return func(w http.ResponseWriter, _ *http.Request) {
		buy := `<p>Only 3 left in stock</p><button class="add-to-cart">Add to basket</button>`
		if !inStock {
			buy = `<p>Sold out</p><button class="add-to-cart" disabled>Add to basket</button>`
		}
		write(w, document("Berry Board 8GB", `<h1>Berry Board 8GB</h1><div class="buy-box"><span class="price">£76.80</span>`+buy+`</div>`))
	}
}

func lamp(inStock bool) visit {
	return func(w http.ResponseWriter, _ *http.Request) {
		buy := `<button>Add to cart</button>`
		if !inStock {
			buy = `<p>Out of stock</p>`
		}
		write(w, document("Kestrel 9 Desk Lamp", `<h1>Kestrel 9 Desk Lamp</h1><div class="buy-box"><span class="price">$49.90</span>`+buy+`</div>`))
	}
}

// captcha is a robot check with status 200, in which no word says "out of stock".
func captcha(w http.ResponseWriter, _ *http.Request) {
	write(w, `<!doctype html><html><head><title>Robot Check</title></head><body><form action="/verify"><h4>Type the letters you see in this picture</h4>`+
		`<p>Sorry, we just need to make sure you are not a robot.</p><input id="captchacharacters"><button>Continue shopping</button></form></body></html>`)
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
}

// elsewhere leads to a category in which other products are in stock.
func elsewhere(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/c/desk", http.StatusFound)
}
