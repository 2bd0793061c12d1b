package checker

import (
	"strings"
)

// Alternative is what one alternative of a selector needs of a page before it can
// match: how most selectors are known to match nothing without a look at any
// element.
type Alternative struct {
	Tag     string   // of the element itself, "": any
	Attr    bool     // the element itself has an attribute, such as a class
	Classes []string // that it or elements around or beside it have
	IDs     []string
}

// alternatives reads what a selector needs, and for what it can't read, nothing.
func alternatives(source string) []Alternative {
	var all []Alternative
	var now Alternative
	begins := true // a compound of names begins here
	for i := 0; i < len(source); {
		switch c := source[i]; {
		case c == '\\':
			return []Alternative{{}}
		case c == ',':
			all = append(all, now)
			now, begins = Alternative{}, true
			i++
		case strings.IndexByte(" \t\r\n\f>+~", c) >= 0:
			begins = true
			i++
		case c == '[' || c == '(':
			end := closing(source, i)
			if end < 0 {
				return []Alternative{{}}
			}
			if begins {
				now.Tag, now.Attr, begins = "", false, false
			}
			now.Attr = now.Attr || c == '[' && !strings.Contains(source[i:end], "!=") // without it an element matches that too
			i = end
		case c == '.' || c == '#':
			if begins {
				now.Tag, begins = "", false
			}
			now.Attr = true
			name := nameAt(source, i+1)
			if name == "" {
				return []Alternative{{}}
			}
			if c == '.' {
				now.Classes = append(now.Classes, name)
			} else {
				now.IDs = append(now.IDs, name)
			}
			i += 1 + len(name)
		case c == ':':
			if begins {
				now.Tag, now.Attr, begins = "", false, false
			}
			for i++; i < len(source) && source[i] == ':'; i++ {
			}
			i += len(nameAt(source, i))
		case c == '*' || c == '|':
			now.Tag, now.Attr, begins = "", false, false
			i++
		default:
			name := nameAt(source, i)
			if name == "" || !begins {
				return []Alternative{{}}
			}
			now.Tag, now.Attr, begins = strings.ToLower(name), false, false
			i += len(name)
		}
	}
	return append(all, now)
}

// nameAt is the name that begins at i.
func nameAt(source string, i int) string {
	end := i
	for end < len(source) {
		c := source[end]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80 {
			end++
			continue
		}
		break
	}
	return source[i:end]
}

// closing is what follows the bracket that closes the one at i, -1 if none does.
func closing(source string, i int) int {
	depth := 0
	for ; i < len(source); i++ {
		switch c := source[i]; c {
		case '[', '(':
			depth++
		case ']', ')':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"', '\'':
			end := strings.IndexByte(source[i+1:], c)
			if end < 0 {
				return -1
			}
			i += end + 1
		case '\\':
			return -1
		}
	}
	return -1
}
