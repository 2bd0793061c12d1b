package page

import (
	"strings"

	"golang.org/x/net/html"
)

// tokenKinds of a page.
const (
	endOfPage = iota
	textToken
	startTag
	endTag
	noise // a comment, a declaration
)

// tokens cuts a page into tags and texts, as the HTML standard says. It copies
// nothing: what it gives are pieces of the page, but for those with entities or
// upper case in their names.
type tokens struct {
	page string
	next int // where the next token begins

	// Of the token that was read last:
	at      int    // where it begins
	text    string // of a text
	name    string // of a tag, in lower case
	tag     *tag   // what is known of that name
	attrs   []html.Attribute
	closing bool // a start tag that ends in "/>"
}

// maxAttrs bounds the attributes of one element.
const maxAttrs = 250

// What ends a name in a tag, or the value of an attribute without quotes.
const (
	endsName  = 1 << iota // of a tag
	endsKey               // of an attribute
	endsValue             // without quotes
	isUpper
	isBlank
)

var tagBytes = func() (t [256]byte) {
	for _, c := range " \t\n\f\r" {
		t[c] = endsName | endsKey | endsValue | isBlank
	}
	t['/'] = endsName | endsKey
	t['>'] = endsName | endsKey | endsValue
	t['='] = endsKey
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = isUpper
	}
	return t
}()

func isLetterByte(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// read reads the next token.
func (z *tokens) read() int {
	s := z.page
	for from := z.next; ; {
		i := strings.IndexByte(s[from:], '<')
		if i < 0 || from+i+1 >= len(s) {
			i = len(s)
		} else {
			i += from
			if c := s[i+1]; !isLetterByte(c) && c != '/' && c != '!' && c != '?' || c == '/' && i+2 >= len(s) {
				from = i + 1
				continue
			}
		}
		if i > z.next {
			z.at, z.text, z.next = z.next, s[z.next:i], i
			return textToken
		}
		if i == len(s) {
			return endOfPage
		}
		break
	}
	z.at = z.next
	switch c := s[z.at+1]; {
	case c == '!' && strings.HasPrefix(s[z.at:], "<!--"):
		z.next = commentEnd(s, z.at+4)
		return noise
	case c == '/' && isLetterByte(s[z.at+2]):
		if !z.readTag(z.at+2, false) {
			return endOfPage
		}
		return endTag
	case isLetterByte(c):
		if !z.readTag(z.at+1, true) {
			return endOfPage
		}
		return startTag
	}
	z.next = len(s)
	if i := strings.IndexByte(s[z.at:], '>'); i >= 0 {
		z.next = z.at + i + 1
	}
	return noise
}

// commentEnd is where a comment ends whose text begins at i.
func commentEnd(s string, i int) int {
	switch rest := s[i:]; {
	case strings.HasPrefix(rest, ">"):
		return i + 1
	case strings.HasPrefix(rest, "->"):
		return i + 2
	}
	for {
		j := strings.Index(s[i:], "--")
		if j < 0 {
			return len(s)
		}
		i += j + 2
		for i < len(s) && s[i] == '-' {
			i++
		}
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, ">"):
			return i + 1
		case strings.HasPrefix(rest, "!>"):
			return i + 2
		}
	}
}

// readTag reads a tag whose name begins at i; false where the page ends in it.
func (z *tokens) readTag(i int, keep bool) bool {
	s := z.page
	z.attrs, z.closing = z.attrs[:0], false
	begin, upper := i, byte(0)
	for ; i < len(s) && tagBytes[s[i]]&endsName == 0; i++ {
		upper |= tagBytes[s[i]]
	}
	z.name = s[begin:i]
	if upper&isUpper != 0 {
		z.name = strings.ToLower(z.name)
	}
	z.tag = tagNamed(z.name)
	z.next = len(s)
	lastEnd := -1
	for {
		for i < len(s) && tagBytes[s[i]]&isBlank != 0 {
			i++
		}
		if i >= len(s) {
			return false
		}
		if s[i] == '>' {
			break
		}
		keyAt, upper := i, byte(0)
		if s[i] == '=' {
			i++ // a name may begin with it
		}
		for ; i < len(s) && tagBytes[s[i]]&endsKey == 0; i++ {
			upper |= tagBytes[s[i]]
		}
		key := s[keyAt:i]
		for i < len(s) && tagBytes[s[i]]&isBlank != 0 {
			i++
		}
		if i >= len(s) {
			return false
		}
		value, valueEnd := "", i
		switch s[i] {
		case '/':
			i++
		case '=':
			for i++; i < len(s) && tagBytes[s[i]]&isBlank != 0; i++ {
			}
			if i >= len(s) {
				return false
			}
			switch c := s[i]; c {
			case '>':
			case '"', '\'':
				end := strings.IndexByte(s[i+1:], c)
				if end < 0 {
					return false
				}
				value = s[i+1 : i+1+end]
				valueEnd = i + 1 + end
				i = valueEnd + 1
			default:
				valueAt := i
				for i < len(s) && tagBytes[s[i]]&endsValue == 0 {
					i++
				}
				if i >= len(s) {
					return false
				}
				value, valueEnd = s[valueAt:i], i
			}
		}
		if key == "" || !keep || len(z.attrs) >= maxAttrs {
			continue
		}
		if upper&isUpper != 0 {
			key = strings.ToLower(key)
		}
		if z.has(key) {
			continue
		}
		lastEnd = valueEnd
		z.attrs = append(z.attrs, html.Attribute{Key: key, Val: unescapeValue(value)})
	}
	z.closing = keep && s[i-1] == '/' && i-1 != lastEnd-1
	z.next = i + 1
	return true
}

func (z *tokens) has(key string) bool {
	for i := range z.attrs {
		if z.attrs[i].Key == key {
			return true
		}
	}
	return false
}

// readRaw reads the text of an element that has no tags in it, and its end tag.
func (z *tokens) readRaw(name string) string {
	begin, end := z.next, 0
	if name == "script" {
		end = scriptEnd(z.page, begin)
	} else {
		end = rawEnd(z.page, begin, name)
	}
	text := z.page[begin:end]
	if end == len(z.page) || !z.readTag(end+2, false) {
		z.next = len(z.page)
	}
	return text
}

// named tells whether a tag of that name is at i.
func named(s string, i int, name string) bool {
	end := i + len(name)
	return end < len(s) && tagBytes[s[end]]&endsName != 0 && strings.EqualFold(s[i:end], name)
}

// rawEnd is where the next end tag of that name begins.
func rawEnd(s string, i int, name string) int {
	for {
		j := strings.Index(s[i:], "</")
		if j < 0 {
			return len(s)
		}
		i += j
		if named(s, i+2, name) {
			return i
		}
		i += 2
	}
}

// scriptEnd is where the end tag of a script begins. In a comment in it another
// script may stand, whose end tag is not the one.
func scriptEnd(s string, i int) int {
	comment, inner := false, false
	for ; i < len(s); i++ {
		if !comment {
			j := strings.IndexByte(s[i:], '<')
			if j < 0 {
				break
			}
			i += j
		}
		switch {
		case s[i] == '-' && strings.HasPrefix(s[i:], "-->"):
			comment, inner = false, false
		case s[i] != '<' || i+1 == len(s):
		case s[i+1] == '/' && named(s, i+2, "script"):
			if !inner {
				return i
			}
			inner = false
		case !comment && strings.HasPrefix(s[i:], "<!--"):
			comment = true
			i++ // its dashes may end it: "<!-->"
		case comment && named(s, i+1, "script"):
			inner = true
		}
	}
	return len(s)
}

// unescapeText is a text with its entities as what they stand for.
func unescapeText(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}

// unescapeValue is the same of an attribute's value, where an entity without a
// semicolon ends only before what can be no part of a name or of an address.
func unescapeValue(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i >= 0 {
		b.WriteString(s[:i])
		s = s[i:]
		n := 1
		for n < len(s) && (s[n] == '#' && n == 1 || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9') {
			n++
		}
		if n < len(s) && s[n] == ';' {
			n++
		}
		entity := s[:n]
		if n > 1 && (s[1] == '#' || s[n-1] == ';' || n == len(s) || s[n] != '=') {
			entity = unescapeWhole(entity)
		}
		b.WriteString(entity)
		s = s[n:]
		i = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return b.String()
}

// unescapeWhole is what an entity stands for, and itself where only a beginning of
// its name is one: "&copycat" is no copyright sign.
func unescapeWhole(entity string) string {
	t := html.UnescapeString(entity)
	if entity[1] != '#' && len(t) > 1 {
		if last := t[len(t)-1]; (isLetterByte(last) || last >= '0' && last <= '9' || last == ';') && entity != "&fjlig;" {
			return entity
		}
	}
	return t
}
