package page

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
)

// decode gives the body as UTF-8. The charset is told by the byte order mark,
// else the header, else a meta element, else found out from the bytes. What the
// page says is checked against the bytes: many a page that says otherwise is
// UTF-8.
func decode(body []byte, header http.Header) ([]byte, error) {
	if len(body) >= 3 && body[0] == 0xEF && body[1] == 0xBB && body[2] == 0xBF {
		return body[3:], nil
	}
	e, name := bomEncoding(body)
	if e == nil {
		e, name = namedEncoding(headerCharset(header))
	}
	if e == nil {
		e, name = namedEncoding(metaCharset(body))
		if strings.HasPrefix(name, "utf-16") {
			e, name = namedEncoding("utf-8")
		}
	}
	if e == nil || name == "utf-8" || name == "replacement" || name == "x-user-defined" {
		if utf8.Valid(body) {
			return body, nil
		}
		e, name = guess(body)
	} else if !strings.HasPrefix(name, "utf-16") && !ascii(body) && utf8.Valid(body) && !strings.HasPrefix(name, "iso-2022") {
		// Text of another charset that happens to be valid UTF-8 is far rarer
		// than a wrong label.
		return body, nil
	}
	if name == "utf-8" {
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), nil
	}
	text, err := e.NewDecoder().Bytes(body)
	return bytes.TrimPrefix(text, []byte("\uFEFF")), err
}

// bomEncoding knows the byte order marks of UTF-16.
func bomEncoding(body []byte) (encoding.Encoding, string) {
	if len(body) < 2 {
		return nil, ""
	}
	switch {
	case body[0] == 0xFE && body[1] == 0xFF:
		return namedEncoding("utf-16be")
	case body[0] == 0xFF && body[1] == 0xFE:
		return namedEncoding("utf-16le")
	}
	return nil, ""
}

func namedEncoding(label string) (encoding.Encoding, string) {
	if label == "" {
		return nil, ""
	}
	return charset.Lookup(label)
}

func headerCharset(h http.Header) string {
	_, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		// A malformed header may still name a charset.
		if _, after, ok := strings.Cut(strings.ToLower(h.Get("Content-Type")), "charset="); ok {
			return strings.Trim(after, `"' ;`)
		}
		return ""
	}
	return params["charset"]
}

// metaPrefix is how far a meta element is looked for. The HTML standard wants it
// in the first 1,024 bytes; pages with long heads have it later.
const metaPrefix = 16 << 10

// metaCharset reads <meta charset> and <meta http-equiv=Content-Type>, and no
// other meta element: a description may have "charset=" in it.
func metaCharset(body []byte) string {
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), metaPrefix)]))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.DataAtom == atom.Body {
				return ""
			}
			if t.DataAtom != atom.Meta {
				continue
			}
			var content string
			var isType bool
			for _, a := range t.Attr {
				switch a.Key {
				case "charset":
					return strings.TrimSpace(a.Val)
				case "http-equiv":
					isType = strings.EqualFold(strings.TrimSpace(a.Val), "content-type")
				case "content":
					content = a.Val
				}
			}
			if isType {
				if _, after, ok := strings.Cut(strings.ToLower(content), "charset="); ok {
					return strings.Trim(after, `"' ;`)
				}
			}
		}
	}
}

// guess finds the charset of bytes that are no UTF-8 and do not say what they
// are. Text that is UTF-8 but for a few broken bytes is taken as that.
func guess(body []byte) (encoding.Encoding, string) {
	var invalid, multi int
	for b := body; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			invalid++
		case n > 1:
			multi++
		}
		b = b[n:]
	}
	if multi > 8*invalid {
		return encoding.Nop, "utf-8"
	}
	candidates := charsetsOf[language(body)]
	if candidates == nil && runs(body) {
		candidates = []string{"windows-1251", "shift_jis", "euc-jp", "gbk", "big5", "euc-kr"}
	}
	for _, name := range candidates {
		if e, _ := charset.Lookup(name); plausible(body, e) {
			return e, name
		}
	}
	return charset.Lookup("windows-1252")
}

// charsetsOf lists, for languages not written with windows-1252, the charsets
// that their pages had before UTF-8, the likeliest first.
var charsetsOf = map[string][]string{
	"ar": {"windows-1256"},
	"be": {"windows-1251"},
	"bg": {"windows-1251"},
	"cs": {"windows-1250"},
	"el": {"windows-1253"},
	"et": {"windows-1257"},
	"fa": {"windows-1256"},
	"he": {"windows-1255"},
	"hr": {"windows-1250"},
	"hu": {"windows-1250"},
	"ja": {"shift_jis", "euc-jp"},
	"ko": {"euc-kr"},
	"lt": {"windows-1257"},
	"lv": {"windows-1257"},
	"pl": {"windows-1250", "iso-8859-2"},
	"ro": {"windows-1250"},
	"ru": {"windows-1251", "koi8-r"},
	"sk": {"windows-1250"},
	"sl": {"windows-1250"},
	"sr": {"windows-1251"},
	"th": {"windows-874"},
	"tr": {"windows-1254"},
	"uk": {"windows-1251", "koi8-u"},
	"vi": {"windows-1258"},
	"zh": {"gbk", "big5"},
}

// language is the primary language that the html element names, "" if none.
func language(body []byte) string {
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), metaPrefix)]))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := z.Token(); t.DataAtom == atom.Html {
				for _, a := range t.Attr {
					if a.Key == "lang" || a.Key == "xml:lang" {
						primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(a.Val)), "-")
						return primary
					}
				}
				return ""
			}
		}
	}
}

// runs tells whether the bytes beyond ASCII mostly stand together, as they do in
// scripts other than Latin.
func runs(body []byte) bool {
	var alone, together, run int
	for _, c := range append(body[:len(body):len(body)], 0) {
		if c >= 0x80 {
			run++
			continue
		}
		if run >= 3 {
			together += run
		} else {
			alone += run
		}
		run = 0
	}
	return together > alone
}

// plausible tells whether the bytes decode to text in which the letters beyond
// ASCII are such as pages are written with, in one script.
func plausible(body []byte, e encoding.Encoding) bool {
	text, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return false
	}
	var eastern, lower, upper, other int
	for _, r := range string(text) {
		switch {
		case r < 0x80:
		case r == utf8.RuneError, r < 0xA0, r >= 0xE000 && r < 0xF900:
			return false
		case r >= 0x3000 && r < 0x3100, r >= 0x4E00 && r < 0xA000, r >= 0xAC00 && r < 0xD7A4, r >= 0xFF01 && r < 0xFF60:
			eastern++
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLetter(r), unicode.IsMark(r):
			lower++
		default:
			other++
		}
	}
	if eastern > 0 {
		return eastern > 4*(lower+upper+other)
	}
	return lower >= upper && lower+upper >= other
}

func ascii[T string | []byte](b T) bool {
	for i := range len(b) {
		if b[i] >= 0x80 {
			return false
		}
	}
	return true
}
