package page

import (
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// choice is what a buy box says of the sizes, colours or other variants of its
// product.
type choice struct {
	exists    bool
	out, left int        // variants that are sold out, and that are not
	chosenOut bool       // one that is chosen is sold out
	says      *html.Node // the first whose words say so
	some      *html.Node // what variants are picked from of which some are sold out, and some are not
}

// readChoice looks for what is to be chosen before the product can be bought.
func readChoice(body *html.Node, heading map[*html.Node]int, level int) choice {
	top := body
	for n, l := range heading {
		if l == level {
			top = n
		}
	}
	var c choice
	radios := 0
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if _, above := heading[n]; !above && (hidden(n) || elsewhere(n)) {
			return
		}
		if n.Type == html.TextNode {
			c.exists = c.exists || asksChoice(n.Data)
			return
		}
		if picker(n) {
			c.picks(n)
		}
		switch n.DataAtom {
		case atom.Select:
			c.options(n)
			return
		case atom.Button:
			return // what it says is what it does
		case atom.Input:
			if strings.EqualFold(attr(n, "type"), "radio") {
				radios++
				c.variant(disabled(n), hasAttr(n, "checked"))
			}
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
	}
	walk(top)
	if radios > 1 {
		c.exists = true
	} else if radios == 1 {
		c = choice{exists: c.exists}
	}
	return c
}

// pickerNames are the words of names of what sizes, colours and other variants are
// picked from.
var pickerNames = set(`swatch swatches size sizes variant variants variation variations colors colours`)

// picker tells whether an element's name says that variants are picked from it.
func picker(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Ul, atom.Ol, atom.Div, atom.Fieldset, atom.Section:
	default:
		return false
	}
	for i := range n.Attr {
		if key := n.Attr[i].Key; key == "class" || key == "id" || key == "data-testid" {
			for name := range strings.FieldsSeq(n.Attr[i].Val) {
				for word := range nameWords(name) {
					if pickerNames[word] {
						return true
					}
				}
			}
		}
	}
	return attr(n, "role") == "radiogroup" || attr(n, "role") == "listbox"
}

// maxPicks is how many elements of a picker are looked at.
const maxPicks = 200

// picks looks at what there is to pick from. Where some are marked as sold out and
// others are not, the others can be had.
func (c *choice) picks(n *html.Node) {
	out, left, looked := 0, 0, 0
	for d := range n.Descendants() {
		if looked++; looked > maxPicks {
			return // no list of sizes
		}
		switch {
		case d.DataAtom == atom.Button, d.DataAtom == atom.A, d.DataAtom == atom.Label, attr(d, "role") == "radio", attr(d, "role") == "option":
		default:
			continue
		}
		t, whole := beginning(d, 40)
		if !whole || t == "" && !contains(d, atom.Img) {
			continue
		}
		switch _, does := controlSays(t); {
		case does:
		case disabled(d) || marksSoldOut(d) || d.Parent != n && marksSoldOut(d.Parent) || mentionsSoldOut(t):
			out++
		default:
			left++
		}
	}
	c.exists = c.exists || out+left > 1
	if out > 0 && left > 0 && c.some == nil {
		c.some = n
	}
}

// marksSoldOut tells whether the element's class says that what it stands for is sold
// out.
func marksSoldOut(n *html.Node) bool {
	for class := range strings.FieldsSeq(attr(n, "class")) {
		class = letters(class)
		if strings.HasSuffix(class, "outofstock") || strings.HasSuffix(class, "soldout") || strings.HasSuffix(class, "unavailable") || strings.HasSuffix(class, "disabled") {
			return true
		}
	}
	return false
}

// asking are the beginnings of lines that ask to choose a variant first, in lower
// case.
var asking = []string{
	"select ", "choose ", "please select", "please choose", "pick a", "pick your", "wähle ", "wählen ", "bitte wähle", "bitte auswählen", "auswählen",
	"choisir ", "choisissez", "choisis ", "sélectionne", "selecciona", "seleccione", "elige ", "elija ", "escoge ", "scegli ", "seleziona", "selecione",
	"escolha", "kies ", "selecteer", "maak een keuze", "wybierz", "vyberte", "zvolte", "välj ", "vælg ", "velg ", "valitse ", "выбер", "вибер", "seçin",
	"seç ", "beden seç", "aleg", "odaberi", "izberi", "válassz", "επιλέξτε", "请选择", "請選擇", "选择", "選擇", "選んで", "選択して", "옵션을 선택", "선택하세요", "선택해", "اختر",
	"בחר", "chọn ", "pilih ", "เลือก",
}

var askingBegins = sync.OnceValue(func() *foldedWords { return newFoldedWords(asking) })

// asksChoice tells whether a short text asks to choose something.
func asksChoice(s string) bool {
	const longest = 80
	if len(s) > 4*longest {
		return false
	}
	if s = strings.TrimSpace(s); len(s) < 4 || s[0] > ' ' && !begins(askingBegins(), s) && ascii(s) {
		return false
	}
	s = strings.ToLower(oneLine(s))
	if s == "" || len(s) > longest {
		return false
	}
	for _, begin := range asking {
		if strings.HasPrefix(s, begin) || begin[0] >= 0xE0 && strings.Contains(s, begin) { // scripts without spaces
			return true
		}
	}
	return false
}

func (c *choice) variant(out, chosen bool) {
	if !out {
		c.left++
		return
	}
	c.out++
	c.chosenOut = c.chosenOut || chosen
}

// options looks at a list to choose from. A list of numbers alone is the
// quantity, and a first option without a value asks to choose.
func (c *choice) options(n *html.Node) {
	name := strings.ToLower(attr(n, "name") + " " + attr(n, "id") + " " + attr(n, "class"))
	if strings.Contains(name, "quantity") || strings.Contains(name, "qty") || strings.Contains(name, "menge") {
		return
	}
	options := 0
	for o := n.FirstChild; o != nil; o = o.NextSibling {
		if o.DataAtom != atom.Option {
			continue
		}
		options++
		if options == 1 && hasAttr(o, "value") && attr(o, "value") == "" {
			continue
		}
		label := text(o)
		says := len(label) <= maxRun && mentionsSoldOut(label)
		if says && c.says == nil {
			c.says = o
		}
		c.variant(says || disabled(o), hasAttr(o, "selected"))
	}
	c.exists = c.exists || options > 1
}
