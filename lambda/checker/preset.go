package checker

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"sync"
)

//go:embed stores/*.json
var storeFiles embed.FS

// presets are all stores, each compiled when it is first asked for: there will
// be many, and a run needs few.
var presets = sync.OnceValues(func() ([]*preset, error) {
	entries, err := storeFiles.ReadDir("stores")
	if err != nil {
		return nil, fmt.Errorf("list store presets: %w", err)
	}
	list := make([]*preset, 0, len(entries))
	claimed := map[string]string{}
	for _, e := range entries {
		data, err := storeFiles.ReadFile(path.Join("stores", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read store preset %s: %w", e.Name(), err)
		}
		p, err := parsePreset(e.Name(), data)
		if err != nil {
			return nil, err
		}
		for _, host := range p.form.Hosts {
			if other := claimed[host]; other != "" {
				return nil, fmt.Errorf("read store preset %s: host %s is already that of %s", e.Name(), host, other)
			}
			claimed[host] = e.Name()
		}
		list = append(list, p)
	}
	return list, nil
})

// StoreNames are the names of all presets, in alphabetical order: those of
// their files, which need not be read for that.
func StoreNames() []string {
	entries, err := storeFiles.ReadDir("stores")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".json")
	}
	return names
}

// StoreNamed is the preset of that name. The error says the nearest that there
// is, or where all are listed.
func StoreNamed(name string) (*Store, error) {
	list, err := presets()
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.form.Name == name {
			return p.store()
		}
	}
	if near := nearest(name, StoreNames()); near != "" {
		return nil, fmt.Errorf("%s is no store; did you mean %q?", quote(name), near)
	}
	return nil, fmt.Errorf("%s is no store; leave it out, or write one of those that README.md lists at the key store", quote(name))
}

// StoreFor is the preset of the shop at that host, or nil if there is none.
// Subdomains belong to a shop's domain.
func StoreFor(host string) (*Store, error) {
	list, err := presets()
	if err != nil {
		return nil, err
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	var found *preset
	longest := ""
	for _, p := range list {
		for _, h := range p.form.Hosts {
			if (host == h || strings.HasSuffix(host, "."+h)) && len(h) > len(longest) {
				found, longest = p, h
			}
		}
	}
	if found == nil {
		return nil, nil
	}
	return found.store()
}

// StoresWithMarks are the presets that a page tells by itself, whatever its
// host.
func StoresWithMarks() ([]*Store, error) { return marked() }

var marked = sync.OnceValues(func() ([]*Store, error) {
	list, err := presets()
	if err != nil {
		return nil, err
	}
	var stores []*Store
	for _, p := range list {
		if len(p.form.Marks) == 0 {
			continue
		}
		s, err := p.store()
		if err != nil {
			return nil, err
		}
		stores = append(stores, s)
	}
	return stores, nil
})

// preset is a store before it is compiled.
type preset struct {
	form  storeForm
	store func() (*Store, error)
}

// The forms are those of the files in stores/.
type (
	storeForm struct {
		Name           string       `json:"name"`
		Hosts          []string     `json:"hosts"`
		Marks          []string     `json:"marks"`
		Blocked        *blockedForm `json:"blocked"`
		Product        *productForm `json:"product"`
		Listing        *listingForm `json:"listing"`
		ID             []string     `json:"id"`
		Currency       string       `json:"currency"`
		Advice         string       `json:"advice"`
		OnlyStructured bool         `json:"onlyStructured"`
	}
	blockedForm struct {
		URL    []string `json:"url"`
		Title  []string `json:"title"`
		Select []string `json:"select"`
	}
	productForm struct {
		Is     string      `json:"is"`
		Data   []dataForm  `json:"data"`
		Title  []string    `json:"title"`
		Price  []string    `json:"price"`
		Seller []string    `json:"seller"`
		Stock  []stockForm `json:"stock"`

		Condition []conditionForm `json:"condition"`
	}
	listingForm struct {
		Data   []dataForm  `json:"data"`
		Item   string      `json:"item"`
		Skip   string      `json:"skip"`
		Title  []string    `json:"title"`
		Link   []string    `json:"link"`
		Price  []string    `json:"price"`
		Seller []string    `json:"seller"`
		SKU    string      `json:"sku"`
		Next   string      `json:"next"`
		Stock  []stockForm `json:"stock"`

		Condition []conditionForm `json:"condition"`
	}
	stockForm struct {
		Select    string       `json:"select"`
		ID        string       `json:"id"`
		Text      string       `json:"text"`
		Is        Availability `json:"is"`
		Condition string       `json:"condition"`
	}
	conditionForm struct {
		Select string `json:"select"`
		Text   string `json:"text"`
		Is     string `json:"is"`
	}
	dataForm struct {
		Select     string         `json:"select"`
		Attr       string         `json:"attr"`
		URL        string         `json:"url"`
		At         string         `json:"at"`
		Variants   string         `json:"variants"`
		Parameters string         `json:"parameters"`
		Title      []string       `json:"title"`
		SKU        []string       `json:"sku"`
		IDs        []string       `json:"ids"`
		Link       string         `json:"link"`
		Price      []string       `json:"price"`
		Currency   []string       `json:"currency"`
		Cents      bool           `json:"cents"`
		Seller     []string       `json:"seller"`
		Shop       string         `json:"shop"`
		Condition  []dataRuleForm `json:"condition"`
		Stock      []dataRuleForm `json:"stock"`
		Quantity   []string       `json:"quantity"`
	}
	dataRuleForm struct {
		Path string `json:"path"`
		Text string `json:"text"`
		Is   string `json:"is"`
	}
)

// parsePreset decodes one file of stores/ strictly; what is in it is compiled
// when the store is used.
func parsePreset(file string, data []byte) (*preset, error) {
	p := &preset{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p.form); err != nil {
		return nil, fmt.Errorf("read store preset %s: %w", file, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read store preset %s: it goes on after its end", file)
	}
	if p.form.Name+".json" != file {
		return nil, fmt.Errorf("read store preset %s: its name is %s", file, quote(p.form.Name))
	}
	for _, h := range p.form.Hosts {
		if !hostShape.MatchString(h) {
			return nil, fmt.Errorf("read store preset %s: host %s is no lower-case domain", file, quote(h))
		}
	}
	p.store = sync.OnceValues(func() (*Store, error) { return compileStore(&p.form) })
	return p, nil
}

var hostShape = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)

// compiler compiles the texts of a preset, and keeps the first error.
type compiler struct {
	store string
	err   error
}

func compileStore(f *storeForm) (*Store, error) {
	c := &compiler{store: f.Name}
	s := &Store{
		Name: f.Name, Hosts: f.Hosts, Currency: f.Currency, Advice: f.Advice, OnlyStructured: f.OnlyStructured,
		Marks: c.selectors("marks", f.Marks),
		ID:    c.expressions("id", f.ID),
	}
	if b := f.Blocked; b != nil {
		s.Blocked = &BlockMarks{
			URL:    c.expressions("blocked.url", b.URL),
			Title:  c.expressions("blocked.title", b.Title),
			Select: c.selectors("blocked.select", b.Select),
		}
	}
	if p := f.Product; p != nil {
		s.Product = &ProductRules{
			Is:     c.selector("product.is", p.Is),
			Data:   c.data("product.data", p.Data),
			Title:  c.selectors("product.title", p.Title),
			Price:  c.selectors("product.price", p.Price),
			Seller: c.selectors("product.seller", p.Seller),
			Stock:  c.stock("product.stock", p.Stock, len(f.ID) > 0),

			Condition: c.condition("product.condition", p.Condition),
		}
	}
	if l := f.Listing; l != nil {
		if l.Item == "" && len(l.Data) == 0 {
			c.fail("listing.item", fmt.Errorf("is missing"))
		}
		s.Listing = &ListingRules{
			Data:   c.data("listing.data", l.Data),
			Item:   c.selector("listing.item", l.Item),
			Skip:   c.selector("listing.skip", l.Skip),
			Title:  c.selectors("listing.title", l.Title),
			Link:   c.selectors("listing.link", l.Link),
			Price:  c.selectors("listing.price", l.Price),
			Seller: c.selectors("listing.seller", l.Seller),
			SKU:    l.SKU,
			Next:   c.selector("listing.next", l.Next),
			Stock:  c.stock("listing.stock", l.Stock, false),

			Condition: c.condition("listing.condition", l.Condition),
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	return s, nil
}

func (c *compiler) fail(where string, err error) {
	if c.err == nil {
		c.err = fmt.Errorf("compile store preset %s: %s: %w", c.store, where, err)
	}
}

// selector is nil for "".
func (c *compiler) selector(where, source string) *Selector {
	if source == "" {
		return nil
	}
	s, err := NewSelector(source)
	if err != nil {
		c.fail(where, fmt.Errorf("%s: %w", quote(source), err))
	}
	return s
}

func (c *compiler) selectors(where string, sources []string) []*Selector {
	var list []*Selector
	for _, source := range sources {
		if source == "" {
			c.fail(where, fmt.Errorf("a selector is empty"))
		}
		list = append(list, c.selector(where, source))
	}
	return list
}

func (c *compiler) expression(where, source string) *regexp.Regexp {
	x, err := regexp.Compile(source)
	if err != nil {
		c.fail(where, err)
	}
	return x
}

func (c *compiler) expressions(where string, sources []string) []*regexp.Regexp {
	var list []*regexp.Regexp
	for _, source := range sources {
		list = append(list, c.expression(where, source))
	}
	return list
}

func (c *compiler) stock(where string, forms []stockForm, hasIDs bool) []StockRule {
	var rules []StockRule
	for i, f := range forms {
		at := fmt.Sprintf("%s[%d]", where, i)
		r := StockRule{Select: c.selector(at, f.Select), ID: f.ID, Is: f.Is, Condition: f.Condition}
		if f.Select == "" {
			c.fail(at, fmt.Errorf("select is missing"))
		}
		if f.ID != "" && !hasIDs {
			c.fail(at, fmt.Errorf("id needs that of the store"))
		}
		if f.Text != "" {
			r.Text = c.expression(at, f.Text)
		}
		if f.Is != "" && !f.Is.known() {
			c.fail(at, fmt.Errorf("%s is no availability", quote(string(f.Is))))
		}
		if f.Condition != "" && !conditions[f.Condition] {
			c.fail(at, fmt.Errorf("%s is no condition", quote(f.Condition)))
		}
		rules = append(rules, r)
	}
	return rules
}

func (c *compiler) condition(where string, forms []conditionForm) []ConditionRule {
	var rules []ConditionRule
	for i, f := range forms {
		at := fmt.Sprintf("%s[%d]", where, i)
		r := ConditionRule{Select: c.selector(at, f.Select), Is: f.Is}
		if f.Select == "" {
			c.fail(at, fmt.Errorf("select is missing"))
		}
		if f.Text != "" {
			r.Text = c.expression(at, f.Text)
		}
		if f.Is != "" && !conditions[f.Is] {
			c.fail(at, fmt.Errorf("%s is no condition", quote(f.Is)))
		}
		rules = append(rules, r)
	}
	return rules
}

var conditions = map[string]bool{"new": true, "used": true, "refurbished": true}

func (c *compiler) data(where string, forms []dataForm) []DataRules {
	var list []DataRules
	for i, f := range forms {
		at := fmt.Sprintf("%s[%d]", where, i)
		d := DataRules{
			Select: c.selector(at, f.Select), Attr: f.Attr,
			At: c.path(at+".at", f.At), Variants: c.path(at+".variants", f.Variants), Parameters: c.path(at+".parameters", f.Parameters),
			Title: c.paths(at+".title", f.Title), SKU: c.paths(at+".sku", f.SKU), IDs: c.paths(at+".ids", f.IDs), Link: f.Link,
			Price: c.paths(at+".price", f.Price), Currency: c.paths(at+".currency", f.Currency), Cents: f.Cents,
			Seller: c.paths(at+".seller", f.Seller), Shop: f.Shop, Quantity: c.paths(at+".quantity", f.Quantity),
			Condition: c.dataRules(at+".condition", f.Condition, func(is string) bool { return conditions[is] }),
			Stock:     c.dataRules(at+".stock", f.Stock, func(is string) bool { return is == "" || Availability(is).known() }),
		}
		if f.URL != "" {
			d.URL = c.expression(at+".url", f.URL)
		}
		if f.Select == "" && f.URL == "" {
			c.fail(at, fmt.Errorf("select and url are missing"))
		}
		if len(f.Stock) == 0 {
			c.fail(at, fmt.Errorf("stock is missing"))
		}
		list = append(list, d)
	}
	return list
}

func (c *compiler) dataRules(where string, forms []dataRuleForm, allowed func(is string) bool) []DataRule {
	var rules []DataRule
	for i, f := range forms {
		at := fmt.Sprintf("%s[%d]", where, i)
		r := DataRule{Path: c.path(at, f.Path), Is: f.Is}
		if f.Path == "" {
			c.fail(at, fmt.Errorf("path is missing"))
		}
		if f.Text != "" {
			r.Text = c.expression(at, f.Text)
		}
		if !allowed(f.Is) {
			c.fail(at, fmt.Errorf("%s is not known", quote(f.Is)))
		}
		rules = append(rules, r)
	}
	return rules
}

// path is none for "".
func (c *compiler) path(where, source string) Path {
	if source == "" {
		return Path{}
	}
	p, err := ParsePath(source)
	if err != nil {
		c.fail(where, fmt.Errorf("%s %w", quote(source), err))
	}
	return p
}

func (c *compiler) paths(where string, sources []string) []Path {
	var list []Path
	for _, source := range sources {
		list = append(list, c.path(where, source))
	}
	return list
}
