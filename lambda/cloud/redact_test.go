package cloud

import (
	"testing"

	"stockchecker/lambda/checker"
)

func TestRedact(t *testing.T) {
	hide := newRedactor(&checker.Checker{Headers: map[string]string{"Cookie": "id=my-own-cookie", "X-Lang": "en"}})
	for text, want := range map[string]string{
		"":                            "",
		"no link in it":               "no link in it",
		"sent id=my-own-cookie again": "sent REDACTED again",
		"an event in english":         "an event in english",
		"https://shop.example/p?q=rtx+5090&color=red#top":             "https://shop.example/p?q=rtx+5090&color=red#top",
		"https://me:pass@shop.example/p":                              "https://shop.example/p",
		"https://me@shop.example":                                     "https://shop.example",
		"https://shop.example/@handle?x=1":                            "https://shop.example/@handle?x=1",
		"moved to https://shop.example/p?token=abc, look":             "moved to https://shop.example/p?token=REDACTED look",
		"https://s.example/?a=1&API_KEY=k&b=2;sid=9&session-id=1":     "https://s.example/?a=1&API_KEY=REDACTED&b=2;sid=REDACTED&session-id=REDACTED",
		"https://s.example/?keywords=ps5&key=k&monkey=1":              "https://s.example/?keywords=ps5&key=REDACTED&monkey=1",
		"https://s.example/?X-Amz-Signature=a&X-Amz-Credential=b&q=1": "https://s.example/?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&q=1",
		"https://s.example/cb#access_token=abc&state=1":               "https://s.example/cb#access_token=REDACTED&state=1",
		"https://s.example/?to%6ben=abc&%zz=d&empty&pass%77ord":       "https://s.example/?to%6ben=REDACTED&%zz=REDACTED&empty&pass%77ord",
		`{"url":"HTTPS://s.example/?PASSWORD=x"}`:                     `{"url":"HTTPS://s.example/?PASSWORD=REDACTED"}`,
		"http://a.example/?sig=1 and http://b.example/?code=2":        "http://a.example/?sig=REDACTED and http://b.example/?code=REDACTED",
	} {
		if got := hide.text(text); got != want {
			t.Errorf("text(%q)\n = %q, want\n   %q", text, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	var hide redactor
	for _, test := range []struct {
		text string
		most int
		want string
	}{{"", 2, ""}, {"ab", 2, "ab"}, {"abc", 2, "ab…"}, {"日本語", 2, "日本…"}, {"日本", 2, "日本"}} {
		if got := hide.short(test.text, test.most); got != test.want {
			t.Errorf("short(%q, %d) = %q, want %q", test.text, test.most, got, test.want)
		}
	}
}
