package watch

import (
	"strings"
	"testing"

	"stockchecker/lambda/checker"
)

// Titles in every script, with whatever hides in text, through the narrow channels: a
// subject of ASCII, and a text message of one part.
func TestTitlesThroughNarrowChannels(t *testing.T) {
	const (
		link = "https://shop.example/p/12"
		at   = " in stock at €49.90 " + link
	)
	times := strings.Repeat
	room := 160 - septets(at)
	if room%2 != 0 {
		t.Fatal("the cases below want an even room")
	}
	for _, test := range []struct {
		name, title, headline, subject, sms string
	}{
		{"Hebrew", "מנורת שולחן", "מנורת שולחן in stock", "lamp", "lamp" + at},
		{"Arabic with a mark of direction", "مصباح \u200fمكتب", "مصباح مكتب in stock", "lamp", "lamp" + at},
		{"turned direction", "Lamp \u202egnp.exe\u202c red", "Lamp gnp.exe red in stock", "Lamp gnp.exe red", "Lamp gnp.exe red" + at},
		{"isolates", "\u2067Lamp\u2069 \u2066red\u2069", "Lamp red in stock", "Lamp red", "Lamp red" + at},
		{"family and flag", "👨‍👩‍👧 Lamp 🇩🇪", "👨‍👩‍👧 Lamp 🇩🇪 in stock", "Lamp", "Lamp" + at},
		{"emoji alone", "🔥🔥", "🔥🔥 in stock", "lamp", "lamp" + at},
		{"emoji by the hundred", times("🔥", 300), times("🔥", 100), "lamp", "lamp" + at},
		{"terminal's colours", "\x1b[31mLamp\x1b[0m", "[31mLamp[0m in stock", "[31mLamp[0m", "[31mLamp[0m" + at},
		{"all of C0 and C1", "La\x00\x07\x08\x7f\u0080\u009fmp", "Lamp in stock", "Lamp", "Lamp" + at},
		{"lines", "Lamp\r\nSubject: x\u0085\u2028\u2029y", "Lamp Subject: x y in stock", "Lamp Subject: x y", "Lamp Subject: x y" + at},
		{"no width", "La\u200bm\u00adp\ufeff", "Lamp in stock", "Lamp", "Lamp" + at},
		{"no UTF-8", "\xff\xfe\xed\xa0\x80Lamp", "Lamp in stock", "Lamp", "Lamp" + at},
		{"composed and not", "e\u0301pe\u0301e É", "", "epee E", "épée É" + at},
		{"a heap of accents", "L" + times("\u0301", 50) + "amp", "", "Lamp", "Lamp" + at},
		{"Cyrillic", "Лампа", "Лампа in stock", "Lampa", "Lampa" + at},
		{"CJK with a number", "索尼 PS5 主机", "索尼 PS5 主机 in stock", "PS5", "PS5" + at},
		{"compatibility forms", "½ kg ㎏ ™ №5", "", "1/2 kg kg TM No5", "1/2 kg kg TM No5" + at},
		{"160 septets", times("a", room), "", times("a", 74) + "...", times("a", room) + at},
		{"161 septets", times("a", room+1), "", times("a", 74) + "...", times("a", room-3) + "..." + at},
		{"160 septets, two each", times("{", room/2), "", times("{", room/2), times("{", room/2) + at},
		{"162 septets, two each", times("{", room/2+1), "", times("{", room/2+1), times("{", room/2-2) + "..." + at},
	} {
		m := NewMessage(Alert{Checker: "lamp", URL: "https://shop.example/", Status: ItemsInStock, Items: []AlertItem{
			{Title: test.title, Link: link, Availability: checker.InStock, Price: price("49.90", "EUR")},
		}})
		if m.SMS != test.sms {
			t.Errorf("%s: SMS\n got %q\nwant %q", test.name, m.SMS, test.sms)
		}
		if n, gsm7 := SMSLength(m.SMS); n > 160 || !gsm7 {
			t.Errorf("%s: an SMS of %d units, in GSM-7: %v; that is more than one part", test.name, n, gsm7)
		}
		if want := test.subject + " in stock at EUR 49.90"; m.Subject != want {
			t.Errorf("%s: subject\n got %q\nwant %q", test.name, m.Subject, want)
		}
		if !strings.HasPrefix(m.Headline, test.headline) {
			t.Errorf("%s: headline\n got %q\nwant %q", test.name, m.Headline, test.headline)
		}
		for _, problem := range problems(m) {
			t.Errorf("%s: %s", test.name, problem)
		}
	}
}
