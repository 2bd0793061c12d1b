package page

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html/charset"
)

func TestDecode(t *testing.T) {
	encode := func(name, s string) string {
		e, _ := charset.Lookup(name)
		out, err := e.NewEncoder().String(s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return out
	}
	const german = `<html lang="de"><body>Nicht verfügbar – größer: 1.299,00 €</body></html>`
	tests := []struct{ name, contentType, body, want string }{
		{"plain", "text/html", "<p>In stock</p>", "<p>In stock</p>"},
		{"header", "text/html; charset=windows-1252", encode("windows-1252", german), german},
		{"header, quoted", `text/html; charset="windows-1252"`, encode("windows-1252", german), german},
		{"a malformed header", "text/html; charset=windows-1252; ;x", encode("windows-1252", german), german},
		{"header outranks meta", "text/html; charset=windows-1252", encode("windows-1252", `<meta charset="koi8-r">`+german), `<meta charset="koi8-r">` + german},
		{"meta", "text/html", `<meta charset="windows-1252">` + encode("windows-1252", german), `<meta charset="windows-1252">` + german},
		{"meta http-equiv", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">` + encode("windows-1252", german), `<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">` + german},
		{"another meta element", "", `<meta name="description" content="charset=gbk">` + german, `<meta name="description" content="charset=gbk">` + german},
		{"a wrong label on UTF-8", "text/html; charset=iso-8859-1", german, german},
		{"UTF-8 with a broken byte", "text/html; charset=utf-8", german + "\xff" + german, german + "\uFFFD" + german},
		{"labelled UTF-8 and is not", "text/html; charset=utf-8", encode("windows-1252", german), german},
		{"byte order mark", "text/html; charset=windows-1252", "\xEF\xBB\xBF" + german, german},
		{"UTF-16 by its mark", "text/html", "\xFF\xFE<\x00b\x00>\x00", "<b>"},
		{"UTF-16, big end first", "text/html", "\xFE\xFF\x00<\x00b\x00>", "<b>"},
		{"no label, Japanese", "", encode("shift_jis", `<html lang="ja"><p>品切れ 12,800円</p>`), `<html lang="ja"><p>品切れ 12,800円</p>`},
		{"no label, EUC", "", encode("euc-jp", `<html lang="ja"><p>品切れです</p>`), `<html lang="ja"><p>品切れです</p>`},
		{"no label, Russian", "", encode("windows-1251", `<html lang="ru"><p>Нет в наличии</p>`), `<html lang="ru"><p>Нет в наличии</p>`},
		{"no label, no language, Russian", "", encode("windows-1251", `<p>Нет в наличии, сообщить о поступлении</p>`), `<p>Нет в наличии, сообщить о поступлении</p>`},
		{"no label, no language, Japanese", "", encode("shift_jis", `<p>この商品は売り切れです。</p>`), `<p>この商品は売り切れです。</p>`},
		{"no label, Korean", "", encode("euc-kr", `<html lang="ko"><p>품절된 상품입니다</p>`), `<html lang="ko"><p>품절된 상품입니다</p>`},
		{"no label, Chinese", "", encode("gbk", `<html lang="zh-CN"><p>暂时缺货</p>`), `<html lang="zh-CN"><p>暂时缺货</p>`},
		{"no label, Czech", "", encode("windows-1250", `<html lang="cs"><p>Vyprodáno, očekáváme</p>`), `<html lang="cs"><p>Vyprodáno, očekáváme</p>`},
		{"no label, Hebrew", "", encode("windows-1255", `<html lang="he"><p>אזל המלאי</p>`), `<html lang="he"><p>אזל המלאי</p>`},
		{"an unknown label", "text/html; charset=klingon", german, german},
	}
	for _, tt := range tests {
		h := http.Header{}
		if tt.contentType != "" {
			h.Set("Content-Type", tt.contentType)
		}
		got, err := decode([]byte(tt.body), h)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestMetaIsLookedForInTheHeadAlone(t *testing.T) {
	if got := metaCharset([]byte(`<body><meta charset="koi8-r">`)); got != "" {
		t.Errorf("in the body: %q", got)
	}
	if got := metaCharset([]byte(strings.Repeat(" ", metaPrefix) + `<meta charset="koi8-r">`)); got != "" {
		t.Errorf("far behind: %q", got)
	}
}
