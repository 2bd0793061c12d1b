package page

import (
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep nested data is followed; what lies deeper is left out.
const maxDepth = 64

// jsonKind is the type of a jsonValue.
type jsonKind byte

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

// jsonValue is one value of a JSON text, with the place where it begins.
type jsonValue struct {
	Kind    jsonKind
	Text    string // of a string; of a number or boolean as it is written
	Members []jsonMember
	Elems   []*jsonValue
	At      int  // offset in the text
	Cut     bool // the text ended inside it
	Bare    bool // of a string: a word without quotes
}

type jsonMember struct {
	Key   string
	Value *jsonValue
}

// jsonPlace is where in a text a value stands: it decides what may follow.
type jsonPlace byte

const (
	atTop jsonPlace = iota
	inObject
	inArray
)

// parseJSON reads JSON as pages have it. Valid JSON is read as it is; what
// shops' templates break is mended where the meaning is plain: wrappers,
// comments, missing, doubled or stray commas and brackets, quotes, line breaks
// and bad escapes in strings, several values in a row. It never fails; a value
// that the text breaks off in is marked as Cut. It takes linear time.
func parseJSON(s string) []*jsonValue {
	p := jsonParser{s: unescapeBlock(s)}
	var top []*jsonValue
	var last *jsonValue // the object that a stray brace may have closed too early
	for p.skip(); p.i < len(p.s); p.skip() {
		start := p.i
		switch c := p.s[p.i]; {
		case c == '{' || c == '[':
			last = p.value(atTop)
			top = append(top, last)
		case c == '"':
			text, cut := p.str(atTop)
			if p.skip(); p.peek() != ':' {
				top = append(top, &jsonValue{Kind: jsonString, Text: text, At: start, Cut: cut})
				break
			}
			if last == nil || last.Kind != jsonObject {
				last = &jsonValue{Kind: jsonObject, At: start}
				top = append(top, last)
			}
			p.member(last, text)
			p.members(last)
		case c == '-' || wordByte(c):
			for p.i++; p.i < len(p.s) && (p.s[p.i] == '-' || p.s[p.i] == '+' || p.s[p.i] == '.' || wordByte(p.s[p.i])); {
				p.i++
			}
			if v := bareValue(p.s[start:p.i]); v.Kind != jsonString {
				v.At = start
				top = append(top, v)
			}
		default:
			p.i++
		}
	}
	return top
}

// unescapeBlock undoes the escaping of a whole block, which templates do: its
// first quote is then an escaped one, which it never is in JSON.
func unescapeBlock(s string) string {
	i := strings.IndexAny(s, `"'&\`)
	if i < 0 {
		return s
	}
	head := s[i:min(len(s), i+6)]
	switch {
	case strings.HasPrefix(head, "&quot;"), strings.HasPrefix(head, "&#34;"), strings.HasPrefix(head, "&#x22;"),
		strings.HasPrefix(head, "&#034;"), strings.HasPrefix(head, "&#39;"), strings.HasPrefix(head, "&#039;"):
		return html.UnescapeString(s)
	case strings.HasPrefix(head, `\"`):
		return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s)
	}
	return s
}

type jsonParser struct {
	s               string
	i               int
	objects, arrays int // that are open
}

func (p *jsonParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// skip passes white space, comments and the wrappers that pages put around
// JSON in scripts.
func (p *jsonParser) skip() {
	top := p.objects+p.arrays == 0
	for p.i < len(p.s) {
		rest := p.s[p.i:]
		switch c := rest[0]; {
		case c <= ' ':
			p.i++
		case whiteEscape(rest):
			p.i += 2
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(rest)
			switch r {
			case '\uFEFF', '\u00A0', '\u200B', '\u2028', '\u2029':
				p.i += n
			default:
				return
			}
		case strings.HasPrefix(rest, "//"):
			p.i += 2
			if !p.marker() {
				p.until("\n")
			}
		case strings.HasPrefix(rest, "/*"):
			p.i += 2
			if !p.marker() {
				p.until("*/")
			}
		case strings.HasPrefix(rest, "*/") && top:
			p.i += 2
		case strings.HasPrefix(rest, "<!--"):
			p.i += 4
			if !top {
				p.until("-->")
			}
		case c == '<' && top && p.marker():
		default:
			return
		}
	}
}

// marker passes a wrapper's mark, such as in "//<![CDATA[".
func (p *jsonParser) marker() bool {
	i := p.i
	for i < len(p.s) && (p.s[i] == ' ' || p.s[i] == '\t') {
		i++
	}
	for _, m := range []string{"<![CDATA[", "]]>", "<!--", "-->"} {
		if len(p.s)-i >= len(m) && strings.EqualFold(p.s[i:i+len(m)], m) {
			p.i = i + len(m)
			return true
		}
	}
	return false
}

func (p *jsonParser) until(end string) {
	if n := strings.Index(p.s[p.i:], end); n >= 0 {
		p.i += n + len(end)
	} else {
		p.i = len(p.s)
	}
}

// value reads the value that begins here.
func (p *jsonParser) value(place jsonPlace) *jsonValue {
	v := &jsonValue{At: p.i}
	switch p.s[p.i] {
	case '{', '[':
		if p.objects+p.arrays >= maxDepth {
			p.skipNested()
			return v
		}
		open := p.s[p.i]
		p.i++
		if open == '{' {
			v.Kind = jsonObject
			p.members(v)
		} else {
			v.Kind = jsonArray
			p.elements(v)
		}
	case '"', '\'':
		v.Kind = jsonString
		v.Text, v.Cut = p.str(place)
	default:
		text := p.bare(place)
		at := v.At
		v = bareValue(text)
		v.At = at
		// A number or word that the text ends with may be half of one.
		v.Cut = p.i == len(p.s) && place != atTop
	}
	return v
}

// members reads what follows the opening brace of v, with its closing brace.
func (p *jsonParser) members(v *jsonValue) {
	p.objects++
	defer func() { p.objects-- }()
	for {
		p.skip()
		if p.i >= len(p.s) {
			v.Cut = true
			return
		}
		switch c := p.s[p.i]; c {
		case '}':
			p.i++
			return
		case ']':
			if p.arrays > 0 {
				return // the brace is missing
			}
			p.i++
		case '{', '[':
			// A stray bracket before the members: what it holds belongs to v.
			p.add(v, "@graph", p.value(inObject))
		case '"', '\'':
			key, cut := p.str(atTop)
			if cut {
				v.Cut = true
				return
			}
			p.member(v, key)
		default:
			start := p.i
			for p.i < len(p.s) && (wordByte(p.s[p.i]) || p.s[p.i] >= utf8.RuneSelf || strings.IndexByte("$@-.", p.s[p.i]) >= 0) {
				p.i++
			}
			if p.i == start {
				p.i++
				break
			}
			p.member(v, p.s[start:p.i])
		}
	}
}

// member reads the colon and the value of a member.
func (p *jsonParser) member(v *jsonValue, key string) {
	if p.skip(); p.peek() != ':' {
		return
	}
	p.i++
	p.skip()
	switch {
	case p.i >= len(p.s):
		v.Cut = true
	case strings.IndexByte(",}]", p.s[p.i]) >= 0: // its value is missing
	default:
		p.add(v, key, p.value(inObject))
	}
}

func (p *jsonParser) add(v *jsonValue, key string, m *jsonValue) {
	v.Members = append(v.Members, jsonMember{key, m})
	v.Cut = v.Cut || m.Cut
}

// elements reads what follows the opening bracket of v, with its closing one.
func (p *jsonParser) elements(v *jsonValue) {
	p.arrays++
	defer func() { p.arrays-- }()
	for {
		p.skip()
		if p.i >= len(p.s) {
			v.Cut = true
			return
		}
		switch p.s[p.i] {
		case ']':
			p.i++
			return
		case '}':
			if p.objects > 0 {
				return // the bracket is missing
			}
			p.i++
		case ',', ':', ';':
			p.i++
		default:
			e := p.value(inArray)
			v.Elems = append(v.Elems, e)
			v.Cut = v.Cut || e.Cut
		}
	}
}

// skipNested passes a value that is nested too deep.
func (p *jsonParser) skipNested() {
	depth := 0
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				p.i++
				return
			}
		case '"':
			p.str(atTop)
			continue
		}
		p.i++
	}
}

// str reads the string that begins here. cut tells that the text ends in it.
// Valid JSON is read exactly; so a quote that could not end a string in valid
// JSON may be taken for a part of it.
func (p *jsonParser) str(place jsonPlace) (text string, cut bool) {
	quote := p.s[p.i]
	p.i++
	var b strings.Builder
	start := p.i // of what is not yet in b
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == quote:
			if !p.ends(p.i+1, place) {
				p.i++
				continue
			}
			text = p.s[start:p.i]
			p.i++
			if b.Len() == 0 {
				return text, false
			}
			b.WriteString(text)
			return b.String(), false
		case c == '\\':
			b.WriteString(p.s[start:p.i])
			p.escape(&b)
			start = p.i
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(p.s[p.i:])
			if r == utf8.RuneError && n == 1 {
				b.WriteString(p.s[start:p.i])
				b.WriteRune(r)
				start = p.i + 1
			}
			p.i += n
		default:
			p.i++
		}
	}
	b.WriteString(p.s[start:])
	return b.String(), true
}

// ends tells whether a quote before i ends its string, by what follows.
func (p *jsonParser) ends(i int, place jsonPlace) bool {
	if place == atTop { // also a key: none has a quote in it
		return true
	}
	i, newline := p.space(i)
	if i >= len(p.s) {
		return true
	}
	switch p.s[i] {
	case '}', ']':
		return true
	case ',':
		i, _ = p.space(i + 1)
		if i >= len(p.s) {
			return true
		}
		c := p.s[i]
		if strings.IndexByte("\"'}],/<", c) >= 0 {
			return true
		}
		if place == inArray {
			return c == '{' || c == '[' || c == '-' || wordByte(c)
		}
		return p.keyAt(i)
	case '/':
		return i+1 < len(p.s) && (p.s[i+1] == '/' || p.s[i+1] == '*')
	case '<':
		return strings.HasPrefix(p.s[i:], "<!--")
	case '"', '\'': // the comma is missing
		return newline || place == inObject && p.keyAt(i)
	}
	return false
}

func (p *jsonParser) space(i int) (next int, newline bool) {
	for i < len(p.s) {
		switch {
		case p.s[i] <= ' ':
			newline = newline || p.s[i] == '\n'
			i++
		case whiteEscape(p.s[i:]):
			newline = newline || p.s[i+1] == 'n'
			i += 2
		default:
			return i, newline
		}
	}
	return i, newline
}

// whiteEscape tells whether the text begins with white space as scripts write it in a
// string, which the whole of it then was.
func whiteEscape(s string) bool {
	return len(s) > 1 && s[0] == '\\' && (s[1] == 'n' || s[1] == 'r' || s[1] == 't')
}

// keyAt tells whether a key and its colon begin at i.
func (p *jsonParser) keyAt(i int) bool {
	const longest = 48 // so that looking ahead stays cheap
	s := p.s[i:min(len(p.s), i+longest)]
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 {
			return false
		}
		s = s[end+2:]
	} else {
		n := 0
		for n < len(s) && (wordByte(s[n]) || s[n] == '@' || s[n] == '$') {
			n++
		}
		if n == 0 {
			return false
		}
		s = s[n:]
	}
	s = strings.TrimLeft(s, " \t\r\n")
	return s != "" && s[0] == ':'
}

// escape reads the escape that begins here.
func (p *jsonParser) escape(b *strings.Builder) {
	p.i++
	if p.i >= len(p.s) {
		return
	}
	c := p.s[p.i]
	switch c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case '\n': // a line that goes on
	case 'x', 'u':
		size := 4
		if c == 'x' {
			size = 2
		}
		r, ok := hex(p.s, p.i+1, size)
		if !ok {
			b.WriteByte(c)
			break
		}
		p.i += size
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if strings.HasPrefix(p.s[p.i+1:], `\u`) {
				if low, ok := hex(p.s, p.i+3, 4); ok {
					pair = utf16.DecodeRune(r, low)
				}
			}
			if pair != utf8.RuneError {
				p.i += 6
			}
			r = pair
		}
		b.WriteRune(r)
	default:
		if c >= utf8.RuneSelf {
			return // its bytes are read as the string goes on
		}
		b.WriteByte(c)
	}
	p.i++
}

func hex(s string, i, size int) (rune, bool) {
	if len(s) < i+size {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[i : i+size]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// bare reads a number or word that stands without quotes.
func (p *jsonParser) bare(place jsonPlace) string {
	start := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c == ',' && place == inObject && p.i > start && jsonDigit(p.s[p.i-1]) && p.i+1 < len(p.s) && jsonDigit(p.s[p.i+1]) {
			// No key begins with a digit: this is 1,199.99, and to read it as 1
			// would be wrong.
			p.i++
			continue
		}
		if strings.IndexByte(",}]{[\"\n", c) >= 0 || p.i > start && whiteEscape(p.s[p.i:]) ||
			c == '/' && p.i+1 < len(p.s) && (p.s[p.i+1] == '*' || p.s[p.i+1] == '/' && (p.i == start || p.s[p.i-1] != ':')) {
			break
		}
		p.i++
	}
	if p.i == start {
		p.i++
	}
	return p.s[start:p.i]
}

// bareValue is what a number or word without quotes means.
func bareValue(s string) *jsonValue {
	s = strings.TrimSpace(s)
	switch s {
	case "true", "True", "TRUE":
		return &jsonValue{Kind: jsonBool, Text: "true"}
	case "false", "False", "FALSE":
		return &jsonValue{Kind: jsonBool, Text: "false"}
	case "", "null", "NULL", "None", "nil", "undefined", "NaN", "nan", "Infinity", "-Infinity":
		return &jsonValue{}
	}
	if jsonNumeral(s) {
		return &jsonValue{Kind: jsonNumber, Text: s}
	}
	return &jsonValue{Kind: jsonString, Text: strings.ToValidUTF8(s, "\uFFFD"), Bare: true}
}

// jsonNumeral tells whether s is a number as JSON writes it.
func jsonNumeral(s string) bool {
	digits := func() bool {
		n := len(s)
		s = strings.TrimLeft(s, "0123456789")
		return len(s) < n
	}
	s = strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "0") {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(s, ".") {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

func jsonDigit(c byte) bool { return c >= '0' && c <= '9' }

func wordByte(c byte) bool {
	return c == '_' || jsonDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}
