package page

import (
	"strings"

	"golang.org/x/net/html"
)

// usedWords are words, in lower case, that people read on a product that is not
// new, by language. Those in alone tell only in a text of few words: "used" is
// said of cookies too.
var usedWords = []struct{ lang, words, alone string }{
	{"ar", "مستعمل|مجدد|مجددة", ""},
	{"bg", "втора употреба|употребяван|рециклиран", ""},
	{"cs", "použité zboží|repasovan|z bazaru", "použité|použitý|použitá|bazar"},
	{"da", "istandsat|renoveret", "brugt|brugte"},
	{"de", "gebrauchtware|gebrauchtartikel|generalüberholt|b-ware|refurbished|wiederaufbereitet", "gebraucht|gebrauchte|gebrauchter|gebrauchtes"},
	{"el", "μεταχειρισμέν|ανακατασκευασμέν", ""},
	{"en", "refurbished|renewed|pre-owned|preowned|previously owned|gently used|nearly new|b-stock|ex-demo|pre-loved|preloved|second hand|second-hand|secondhand|open box|open-box|reconditioned|remanufactured|like new|used -|used:|used condition|condition: used",
		"used|ex-display|vintage"},
	{"es", "reacondicionad|segunda mano|seminuevo|de ocasión", "usado|usada|usados"},
	{"fi", "kunnostettu|käytetty tuote", "käytetty|käytetyt"},
	{"fr", "reconditionné|seconde main|d'occasion|d’occasion|remis à neuf", "occasion|usagé|usagée"},
	{"he", "יד שנייה|יד שניה|משומש|מחודש|מוחדש", ""},
	{"hr", "rabljen|obnovljen|polovn", ""},
	{"hu", "felújított|használt termék", "használt"},
	{"id", "barang bekas|rekondisi", "bekas"},
	{"it", "ricondizionat|rigenerat|seconda mano", "usato|usata|usati"},
	{"ja", "中古|ユーズド|リユース|整備済|再生品|リファービッシュ", ""},
	{"ko", "중고|리퍼", ""},
	{"nl", "tweedehands|tweede hands|refurbished", "gebruikt|gebruikte"},
	{"no", "renovert|istandsatt", "brukt|brukte"},
	{"pl", "odnowion|po renowacji|używany przedmiot|regenerowan", "używany|używana|używane"},
	{"pt", "recondicionad|segunda mão|seminovo", "usado|usada|usados"},
	{"ro", "recondiționat|reconditionat|second hand", "folosit|utilizat"},
	{"ru", "б/у|восстановленн|подержанн|с пробегом", "бу"},
	{"sk", "repasovan|použitý tovar", "použité|použitý|použitá|bazár"},
	{"sl", "rabljen|obnovljen", ""},
	{"sv", "renoverad|begagnat|begagnad", "begagnade"},
	{"th", "มือสอง", ""},
	{"tr", "ikinci el|yenilenmiş", ""},
	{"uk", "вживан|відновлен|б/в", ""},
	{"vi", "đã qua sử dụng|hàng cũ|tân trang", ""},
	{"zh", "二手|中古|翻新|整新|福利品|九成新", ""},
}

// maxConditionText is how long, in bytes, a text that tells a condition is at
// most, and fewWords how many words one has in which any of them tells.
const (
	maxConditionText = 200
	fewWords         = 4
)

// showsUsed tells whether a text that people can see says that what is sold is not
// new: the name, or a short text.
func (p *document) showsUsed() bool {
	if saysUsed(p.wanted.Title, true) || saysUsed(p.wanted.Heading, true) {
		return true
	}
	var visit func(n *html.Node) bool
	visit = func(n *html.Node) bool {
		if n.Type == html.TextNode {
			return len(n.Data) <= 4*maxConditionText && strings.TrimSpace(n.Data) != "" && saysUsed(n.Data, false)
		}
		if hidden(n) || n.Type == html.ElementNode && elsewhere(n) {
			return false
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if visit(c) {
				return true
			}
		}
		return false
	}
	return visit(p.body)
}

// saysUsed tells whether a text says that something is not new; in a name any of the
// words does.
func saysUsed(text string, name bool) bool {
	text = strings.ToLower(oneLine(text))
	if len(text) > maxConditionText {
		return false
	}
	few := name || strings.Count(text, " ") < fewWords
	for _, row := range usedWords {
		for w := range strings.SplitSeq(row.words, "|") {
			if strings.Contains(text, w) {
				return true
			}
		}
		for w := range strings.SplitSeq(row.alone, "|") {
			if few && w != "" && containsWord(text, w) {
				return true
			}
		}
	}
	return false
}
