package watch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The bytes of a state are a contract with older and newer versions.
func TestStateBytes(t *testing.T) {
	b := newBench(t)
	b.fail["mail"] = fmt.Errorf("down")
	b.want("A#1 yes 49.90, B no", Initialized, ", 2 writes")
	b.now = b.now.Add(123 * time.Millisecond)
	b.want(captcha, CheckFailed, ", 3 writes")
	want := `{"version":1,"revision":5,"checker":"lamps","initialized":"2026-03-01T08:00:00Z","items":{` +
		`"1":{"sku":"1","title":"Lamp A","availability":"in_stock","inStock":true,"since":"2026-03-01T08:00:00Z","price":{"amount":"49.90","currency":"USD"},` +
		`"told":{"inStock":true,"price":{"amount":"49.90","currency":"USD"},"at":"2026-03-01T08:00:00Z"}},` +
		`"https://shop.example/B":{"link":"https://shop.example/B","title":"Lamp B","availability":"sold_out","inStock":false,"since":"2026-03-01T08:00:00Z","told":{"inStock":false}}},` +
		`"pending":[{"id":"id1","alert":{"id":"id1","checker":"lamps","url":"https://shop.example/lamps","status":"INITIALIZED","at":"2026-03-01T08:00:00Z",` +
		`"items":[{"key":"1","title":"Lamp A","link":"","availability":"in_stock","price":{"amount":"49.90","currency":"USD"},"change":"in_stock"}],"inStock":1,"total":2},` +
		`"channels":["mail"],"attempts":2,"retryAt":"2026-03-01T08:01:27Z"}],` +
		`"health":{"failingSince":"2026-03-01T08:01:00Z","failures":1,"kind":"blocked","message":"the shop shows a captcha","blocks":1,"backoffUntil":"2026-03-01T08:01:53Z"},` +
		`"changes":[{"at":"2026-03-01T08:00:00Z","status":"INITIALIZED","told":true,"items":[{"title":"Lamp A","price":{"amount":"49.90","currency":"USD"},"inStock":true}]}]}` + "\n"
	if got := string(b.data); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLegacyState(t *testing.T) {
	b := newBench(t)
	b.data = []byte(`{"Lamp A": true, "lamp  B": false, "Lamp C": true, "version": false}`)
	b.want("A@a#1 yes 10, B@b no, C@c yes", NoChange, ", 1 writes")
	s := b.state()
	if s.Version != 1 || !s.Initialized.Equal(time.Unix(0, 0)) || s.Items["1"].Title != "Lamp A" || len(s.Items) != 3 {
		t.Errorf("state %s", b.data)
	}
	b.want("A@a#1 yes 10, B@b yes, C@c yes", ItemsInStock, "mail ITEMS_IN_STOCK, 2 writes")

	b = newBench(t)
	b.data = []byte(`{}`) // the older form of nothing
	b.want("A no", NoChange, ", 1 writes")

	b = newBench(t)
	b.data = []byte(`{"":true}`)
	b.want("", ItemsGone, "mail ITEMS_GONE, 2 writes")
}

func TestHistoryIsBounded(t *testing.T) {
	b := newBench(t)
	var many strings.Builder
	for i := range 50 {
		fmt.Fprintf(&many, "L%d yes,", i)
	}
	b.want(many.String(), Initialized, "mail INITIALIZED, 2 writes")
	if e := b.state().Changes[0]; len(e.Items) != maxEventItems || e.More != 50-maxEventItems {
		t.Errorf("%d items and %d more", len(e.Items), e.More)
	}
	for i := range maxEvents {
		b.check([]any{"A no", "A yes"}[i%2])
	}
	changes := b.state().Changes
	if len(changes) != maxEvents || changes[0].Status != ItemsGone || changes[maxEvents-1].Status != ItemsInStock {
		t.Errorf("%d changes, %s to %s", len(changes), changes[0].Status, changes[len(changes)-1].Status)
	}
}

// What a page says must never make the state unreadable.
func TestHostileItems(t *testing.T) {
	b := newBench(t)
	for _, price := range []string{"1e400", "1e-300", "123456789012345678901234567890", "5", "-3"} {
		p := pageItems("A yes")
		p[0].Price = amount(price + " XXXX")
		if storablePrice(*p[0].Price) {
			t.Errorf("price %s XXXX", price)
		}
		p[0].Price.Currency = "USD"
		p[0].Title, p[0].Key, p[0].Link = strings.Repeat("\xff\u202e lamp", 1000), "", "http://[::1/\xfe"
		r := reading{listing: true, items: merge(Judge(b.c, p))}
		s := apply(newState(), diff(newState(), r, b.c, epoch))
		data, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(data)
		if err != nil {
			t.Fatalf("price %s: %v", price, err)
		}
		if len(data) > 5000 {
			t.Errorf("%d bytes", len(data))
		}
		if ch := diff(again, r, b.c, epoch); !ch.empty() {
			t.Errorf("price %s: the same page is a change: %+v", price, ch)
		}
	}
}

// What is read as a state can be gone on with: a check of it ends, tells what is left to
// tell, and leaves a state of which the next check makes nothing new. What is no state is
// kept aside.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"Lamp A": true}`, `{"": true, "version": null}`, `{"version":2}`, `{"version":1e0}`, `{`, `null`, ``, `{"version":1,"version":2}`,
		`{"version":1,"revision":3,"items":{"a":{"title":"A","told":{"inStock":true,"at":"2026-03-01T08:00:00Z"}}},"pending":[{"id":"x","channels":["mail"]}]}`,
		`{"version":1,"revision":9223372036854775807,"items":{"1":{"sku":"1","inStock":true,"price":{"amount":"1e9","currency":"USD"},"told":{"inStock":true,"silent":true,"at":"9999-12-31T23:59:59-23:00"}}}}`,
		`{"version":1,"pending":[{"id":"x","channels":["mail","gone"],"leaseUntil":"9999-12-31T23:59:59-23:00","alert":{"status":"?","since":"0000-01-01T00:00:00+23:59","items":[{"price":{"amount":"0.1","currency":""}}]}}]}`,
		`{"version":1,"initialized":"2026-03-01T08:00:00Z","health":{"failures":-5,"blocks":1000000000000,"backoffUntil":"2026-03-01T09:00:00Z","told":true,"failingSince":"2026-03-01T08:00:00Z"},"changes":[{"at":"2026-03-01T08:00:00Z","more":-1}]}`,
		`{"version":1,"restarted":"its state could not be read","items":{"a":{"title":"\u0000"},"a#2":{},"#":{}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		switch {
		case errors.Is(err, ErrNewer):
			return
		case err != nil && !errors.Is(err, ErrCorrupt):
			t.Fatalf("an error of no kind: %v", err)
		case err == nil:
			once, err := s.encode()
			if err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			again, err := Decode(once)
			if err != nil {
				t.Fatalf("what was written cannot be read: %v\n%s", err, once)
			}
			if twice, err := again.encode(); err != nil || string(twice) != string(once) {
				t.Fatalf("%v\n%s\n%s", err, once, twice)
			}
		}
		b := newBench(t)
		b.data = append([]byte{}, data...)
		// Whatever back-off and cooldown it has must end.
		for _, pause := range []time.Duration{0, 25 * time.Hour, time.Hour} {
			b.now = b.now.Add(pause)
			b.check("A#1 yes 10, B no")
		}
		if unreadable := err != nil; unreadable != (len(b.aside) == 1) {
			t.Fatalf("error %v, kept aside %q", err, b.aside)
		}
		if _, got := b.check("A#1 yes 10, B no"); got != ", 0 writes" {
			t.Fatalf("the same page again: told %s\n%s", got, b.data)
		}
		end := b.state()
		if end.Health != (Health{}) || !end.Items["1"].Told.InStock || len(end.Pending) > 0 {
			t.Fatalf("the state is %s", b.data)
		}
	})
}
