package watch

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"stockchecker/lambda/checker"
)

// reading is what one check learnt: the items of the page, merged.
type reading struct {
	listing bool
	items   []Judged
}

// The kinds of a step, as an AlertItem's Change names them.
const (
	cameInStock = "in_stock"
	wentGone    = "gone"
	dropped     = "price_drop"
)

// difference is the difference between a page and what was told.
type difference struct {
	at     time.Time
	status Status
	wanted bool // by alertOn: people are told, and not only the state
	steps  []step
}

// step is what a change does to one item.
type step struct {
	from string // key before, "" for a new item
	to   string // key after, "" for one that is forgotten
	item Item   // after
	kind string // "": nothing to tell
	was  *checker.Price
	// earlier: it went at an earlier check, without a message.
	earlier bool
	seen    *Judged // on the page, nil where it is not listed any more

	write bool // it is worth a write
	event bool // it belongs in the history
}

// empty tells whether there is nothing to record.
func (ch difference) empty() bool {
	return ch.status == NoChange && !slices.ContainsFunc(ch.steps, func(s step) bool { return s.write })
}

// diff compares a page with what was told. It changes nothing; apply does.
func diff(s *State, r reading, c *checker.Checker, now time.Time) difference {
	ch := difference{at: seconds(now), status: NoChange}
	pairs := match(s.Items, r.items)
	if !r.listing && len(s.Items) == 1 && len(r.items) == 1 {
		// The reader has made sure that it is the product asked for.
		for key := range s.Items {
			pairs[key] = 0
		}
	}

	known := make(map[int]string, len(pairs)) // key in the state, by index on the page
	keys := map[string]bool{}                 // of the items as they stand afterwards
	unreadable := unreadableOn(r.items)
	for key, item := range s.Items {
		if i, listed := pairs[key]; listed {
			known[i] = key
			if r.items[i].Verdict != Unknown {
				continue
			}
			// It keeps what it had, its key too.
		} else if unreadable.mayHave(item) {
			// Of an item that may be one that can't be read it is not certain that
			// it is gone.
		} else {
			ch.steps = append(ch.steps, unlisted(key, item, c, ch.at))
		}
		keys[key] = true
	}
	for i := range r.items {
		seen := &r.items[i]
		if seen.Verdict == Unknown {
			continue
		}
		key := seen.Key
		for n := 2; keys[key]; n++ {
			key = seen.Key + "#" + strconv.Itoa(n)
		}
		keys[key] = true
		from := known[i]
		ch.steps = append(ch.steps, listed(from, key, s.Items[from], seen, c, ch.at))
	}
	slices.SortFunc(ch.steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.item.Title, b.item.Title), cmp.Compare(a.to, b.to), cmp.Compare(a.from, b.from))
	})

	ch.decide(s, c)
	ch.settle(s, c)
	return ch
}

// listed is the step of an item that the page shows; from is "" for a new one.
func listed(from, to string, item Item, seen *Judged, c *checker.Checker, now time.Time) step {
	inStock := seen.Verdict == Yes
	st := step{from: from, to: to, seen: seen}
	isNew := from == ""
	if isNew || item.InStock != inStock {
		st.write, st.event = true, inStock || !isNew
		item.InStock, item.Since = inStock, now
	}
	if item.Availability != seen.Availability {
		item.Availability, st.write = seen.Availability, true
	}
	if seen.Price != nil && (item.Price == nil || !item.Price.Equal(*seen.Price)) {
		st.write, st.event = true, st.event || !isNew
		item.Price = seen.Price
	}
	// What the page does not say is not kept: the item must be known again by
	// what this page says of it.
	if itemIdentity(item.SKU, item.Link, item.Title) != itemIdentity(seen.SKU, seen.Link, seen.Title) || item.Title != seen.Title {
		st.write = true
	}
	item.SKU, item.Link, item.Title = seen.SKU, seen.Link, seen.Title
	st.item = item
	st.compare(c, now)
	return st
}

// unlisted is the step of an item that a readable page does not show any more.
func unlisted(key string, item Item, c *checker.Checker, now time.Time) step {
	st := step{from: key, to: key, item: item}
	if item.InStock {
		st.item.InStock, st.item.Since = false, now
		st.write, st.event = true, true
	}
	st.item.Availability = checker.Unknown
	st.compare(c, now)
	return st
}

// compare finds what of the item is to be told, unless its cooldown keeps that
// back.
func (st *step) compare(c *checker.Checker, now time.Time) {
	item := &st.item
	var price *checker.Price
	if st.seen != nil {
		price = st.seen.Price
	}
	switch {
	case item.Told.cooling(c, now):
	case item.InStock && !item.Told.InStock:
		st.kind = cameInStock
	case !item.InStock && item.Told.InStock:
		st.kind = wentGone
	case item.InStock && price != nil && item.Told.Price == nil:
		// The first price that is read becomes what a drop is measured by.
		item.Told.Price, st.write = price, true
	case item.InStock && price != nil:
		if order, ok := price.Compare(*item.Told.Price); ok && order < 0 {
			st.kind, st.was = dropped, item.Told.Price
		}
	}
	if st.kind != "" {
		st.write, st.event = true, true
	}
}

// cooling tells whether changes of the item are kept back. A time further ahead
// than the cooldown was set by a clock that was wrong.
func (t Told) cooling(c *checker.Checker, now time.Time) bool {
	since := now.Sub(t.At)
	return !t.Silent && !t.At.IsZero() && since < c.Cooldown && since > -c.Cooldown
}

// decide names the change: of the statuses that apply the first that alertOn
// wants, else the first.
func (ch *difference) decide(s *State, c *checker.Checker) {
	if s.Initialized.IsZero() {
		ch.status, ch.wanted = Initialized, true
		return
	}
	count := map[string]int{}
	left := 0 // in stock, as told, when this change is told
	moved := map[string]bool{}
	for _, st := range ch.steps {
		count[st.kind]++
		moved[st.from] = true
		if st.kind == cameInStock || st.kind != wentGone && st.item.Told.InStock {
			left++
		}
	}
	for key, item := range s.Items {
		if !moved[key] && item.Told.InStock {
			left++
		}
	}
	goneStatus, goneAlert := ItemsSomeGone, checker.AlertSomeGone
	if left == 0 {
		goneStatus, goneAlert = ItemsGone, checker.AlertGone
	}
	for _, candidate := range []struct {
		applies bool
		status  Status
		alert   checker.AlertKind
	}{
		{count[cameInStock] > 0, ItemsInStock, checker.AlertInStock},
		{count[wentGone] > 0, goneStatus, goneAlert},
		{count[dropped] > 0, PriceDrop, checker.AlertPriceDrop},
	} {
		if !candidate.applies {
			continue
		}
		if c.AlertOn[candidate.alert] {
			ch.status, ch.wanted = candidate.status, true
			return
		}
		if ch.status == NoChange {
			ch.status = candidate.status
		}
	}
}

// kind is that of the items which the status is about.
func (s Status) kind() string {
	switch s {
	case Initialized, ItemsInStock:
		return cameInStock
	case ItemsGone, ItemsSomeGone:
		return wentGone
	case PriceDrop:
		return dropped
	}
	return ""
}

// settle moves on what is told, and forgets what is no more.
func (ch *difference) settle(s *State, c *checker.Checker) {
	first := s.Initialized.IsZero()
	for i := range ch.steps {
		st := &ch.steps[i]
		told := &st.item.Told
		switch {
		case st.kind == dropped && !ch.wanted:
			told.Price = st.seen.Price
		case st.kind == wentGone:
			*told = Told{At: ch.at, Silent: !ch.wanted}
		case st.kind != "":
			*told = Told{InStock: true, Price: st.seen.Price, At: ch.at, Silent: !ch.wanted}
		case !first && told.Silent && !told.InStock && !st.item.InStock && ch.wanted && (ch.status == ItemsInStock || ch.status == ItemsGone):
			// It went without a message; this one says so.
			*told = Told{At: ch.at}
			st.kind, st.earlier = wentGone, true
		}
		if st.seen == nil && !told.InStock && forgettable(*told, c, ch.at) {
			st.to = ""
		}
	}
}

// silentMemory is how long an item that went without a message is remembered,
// for a later message to name it.
const silentMemory = 24 * time.Hour

// forgettable tells whether an item that is not listed any more, and told so,
// can leave the state.
func forgettable(told Told, c *checker.Checker, now time.Time) bool {
	if told.Silent {
		since := now.Sub(told.At)
		return since > silentMemory || since < -silentMemory
	}
	return !told.cooling(c, now)
}

// apply is the state after the change.
func apply(s *State, ch difference) *State {
	next := s.clone()
	if next.Initialized.IsZero() {
		next.Initialized = ch.at
	}
	for _, st := range ch.steps {
		delete(next.Items, st.from)
	}
	for _, st := range ch.steps {
		if st.to != "" {
			next.Items[st.to] = st.item
		}
	}
	next.rename(ch.steps)
	return next
}

// alert is the message about a change; after is the state that it leads to.
func (ch difference) alert(c *checker.Checker, after *State) Alert {
	a := Alert{Checker: c.Name, URL: c.URL, Status: ch.status, At: ch.at}
	a.InStock, a.Total = after.counts()
	for _, st := range ch.steps {
		switch {
		case st.kind == "":
		case st.kind == ch.status.kind() && !st.earlier:
			a.Items = append(a.Items, st.alertItem())
		default:
			a.Others = append(a.Others, st.alertItem())
		}
	}
	return a
}

func (st step) alertItem() AlertItem {
	a := AlertItem{Key: cmp.Or(st.to, st.from), Title: st.item.Title, Link: st.item.Link, Availability: st.item.Availability, Change: st.kind}
	if st.seen == nil {
		a.Notes = []string{"no longer listed"}
		return a
	}
	a.Price, a.Seller, a.Quantity, a.Notes = st.seen.Price, oneLine(st.seen.Seller, maxTitle), st.seen.Quantity, st.seen.Notes
	a.WasPrice = st.was
	return a
}

// event is the change as the history keeps it.
func (ch difference) event(told bool) Event {
	e := Event{At: ch.at, Status: ch.status, Told: told}
	for _, st := range ch.steps {
		switch {
		case !st.event || ch.status == Initialized && !st.item.InStock:
		case len(e.Items) < maxEventItems:
			e.Items = append(e.Items, EventItem{Title: st.item.Title, Price: st.item.Price, InStock: st.item.InStock})
		default:
			e.More++
		}
	}
	return e
}
