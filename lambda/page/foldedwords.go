package page

import (
	"slices"
	"strings"
)

// foldedWords finds words in texts, whatever their case, with one look at each
// text: most have nothing that the words begin with.
type foldedWords struct {
	words  []string
	begins map[uint32][]int // words by their first four bytes
	filter [1 << 6]uint64   // by hash of the first four bytes
}

func newFoldedWords(words []string) *foldedWords {
	f := &foldedWords{words: words, begins: map[uint32][]int{}}
	for i, w := range words {
		for _, s := range [...]string{w, strings.ToUpper(w), capital(w)} {
			key := fourBytes(s, 0)
			if slices.Contains(f.begins[key], i) {
				continue
			}
			f.begins[key] = append(f.begins[key], i)
			h := fourHash(key)
			f.filter[h>>6] |= 1 << (h & 63)
		}
	}
	return f
}

func capital(s string) string {
	for i := range s {
		if i > 0 {
			return strings.ToUpper(s[:i]) + s[i:]
		}
	}
	return s
}

// fourBytes are the four bytes at i, Latin letters in lower case.
func fourBytes[T string | []byte](s T, i int) uint32 {
	return uint32(lowerByte(s[i])) | uint32(lowerByte(s[i+1]))<<8 | uint32(lowerByte(s[i+2]))<<16 | uint32(lowerByte(s[i+3]))<<24
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func fourHash(key uint32) uint32 { return key * 2654435761 >> 20 }

// may tells whether a text may have one of the words.
func may[T string | []byte](f *foldedWords, text T) bool {
	for i := 0; i+4 <= len(text); i++ {
		if h := fourHash(fourBytes(text, i)); f.filter[h>>6]&(1<<(h&63)) != 0 {
			return true
		}
	}
	return false
}

// begins tells whether a text may begin with one of the words.
func begins(f *foldedWords, text string) bool {
	h := fourHash(fourBytes(text, 0))
	return f.filter[h>>6]&(1<<(h&63)) != 0
}

// find finds the first of the words that a text has: where it stands first, -1 if
// it has none.
func (f *foldedWords) find(text string) (start, end int) {
	return f.findFrom(text, 0, len(f.words))
}

// findOne finds the word of that number.
func (f *foldedWords) findOne(text string, n int) (start, end int) {
	return f.findFrom(text, n, n+1)
}

// findFrom finds the first of the words from one number to another.
func (f *foldedWords) findFrom(text string, from, best int) (start, end int) {
	start, end = -1, -1
	for i := 0; i+4 <= len(text); i++ {
		key := fourBytes(text, i)
		if h := fourHash(key); f.filter[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		for _, n := range f.begins[key] {
			if w := f.words[n]; n >= from && n < best && i+len(w) <= len(text) && strings.EqualFold(text[i:i+len(w)], w) {
				best, start, end = n, i, i+len(w)
			}
		}
	}
	return start, end
}
