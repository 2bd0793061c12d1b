package page

import (
	_ "embed"
	"sync"
	"unicode"
	"unicode/utf8"
)

// wordData is the index of words/*.json as it is looked up, so that nothing needs
// to be built before the first word is read. A test writes it (make golden) and
// fails where it is not what the files say.
//
//go:embed words.bin
var wordData string

// table16 is a table of numbers, little-endian.
type table16 string

func (t table16) at(i int) int { return int(t[2*i]) | int(t[2*i+1])<<8 }
func (t table16) len() int     { return len(t) / 2 }

// words are the words of all languages and kinds of text, by their numbers from
// firstWord on, and the phrases of them: a trie over words. A word of Han, Kana,
// Hangul or Thai, which are written without reliable spaces, is a single
// character.
type words struct {
	text   []byte
	starts []uint32 // of word i its first byte in text; its last is before the next's
	slots  []uint16 // by hash, with the next free slot taken: the word's number, 0: none
	flags  string   // by number: its marks
	marked []marked // by hash of a word: what texts with it may say, with the next free slot taken
	langOf table16  // by number: the languages that use it, as an index into sets
	sets   []uint64 // of languages

	root    []uint16 // by word: the node that it leads to from the root, 0: none
	first   []uint16 // by node: its first child; the last is before the next node's
	word    []uint16 // by node: the word that leads to it, in order among its siblings
	ends    []uint16 // by node: its first phrase; the last is before the next node's
	phrases table16  // packed

	folds table16 // by rune: how far from it is the one without case and accent
	longs []string
}

// use is the kind of text in which a phrase counts.
type use uint8

const (
	inLabels use = 1 << iota
	inControls
	inHeadings
)

// mark is what a text may say by one of its words. Where a mark is missing, no
// phrase of the kind can be in the text: one word of each has it. Most texts of a
// page have none, so that nothing more of them is read.
type mark uint8

const (
	labelMark   mark = 1 << iota // of a phrase that says something of stock
	soldOutMark                  // of one for sold out
	controlMark                  // of one on a control
	relatedMark                  // of one in a heading of other products
	moneyMark                    // of a currency's sign or code
	digitMark                    // it has a digit, or what may be one
	sellerMark                   // of words that lead to a seller's name
	unitFlag                     // of a word alone: it is one for pieces
)

// marked is what a word is known by, and its marks; 0: none.
type marked uint32

func markedAs(hash uint32, m mark) marked { return marked(hash&^0xff | uint32(m)) }

// marksOfHash are the marks of the word of that hash.
func (w *words) marksOfHash(hash uint32) mark {
	for i := slotOf(hash); ; i = (i + 1) & (1<<hashBits - 1) {
		m := w.marked[i]
		if m == 0 {
			return 0
		}
		if uint32(m)&^0xff == hash&^0xff {
			return mark(m)
		}
	}
}

// The hash of a word, and the size of the tables by it.
const (
	hashSeed  uint32 = 2166136261
	hashPrime uint32 = 16777619
	hashBits         = 14
)

func slotOf(hash uint32) int { return int((hash ^ hash>>15) & (1<<hashBits - 1)) }

func hashOf(word []byte) uint32 {
	h := hashSeed
	for _, c := range word {
		h = (h ^ uint32(c)) * hashPrime
	}
	return h
}

// find is the number of a word, or unknown.
func (w *words) find(word []byte) int32 {
	for i := slotOf(hashOf(word)); ; i = (i + 1) & (1<<hashBits - 1) {
		n := w.slots[i]
		if n == 0 {
			return unknown
		}
		if string(w.spelling(int32(n))) == string(word) {
			return int32(n)
		}
	}
}

func (w *words) spelling(word int32) []byte {
	return w.text[w.starts[word-firstWord]:w.starts[word-firstWord+1]]
}

// langs are the languages that use a word, none where it is unknown.
func (w *words) langs(word int32) uint64 {
	if word < 0 {
		return 0
	}
	return w.sets[w.langOf.at(int(word))]
}

// child is the node to which a word leads from a node, 0 if there is none.
func (w *words) child(node int, word int32) int {
	if word < 0 {
		return 0
	}
	if node == 0 {
		return int(w.root[word])
	}
	low, high := int(w.first[node]), int(w.first[node+1])
	for low < high {
		middle := (low + high) / 2
		switch at := int32(w.word[middle]); {
		case at == word:
			return middle
		case at < word:
			low = middle + 1
		default:
			high = middle
		}
	}
	return 0
}

// asciiWord is by byte: of letters the lower-case one, of digits themselves, of other
// ASCII 0, and of what is beyond it 1.
var asciiWord = func() (t [256]byte) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			t[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) | 0x20
		case c >= utf8.RuneSelf:
			t[c] = 1
		}
	}
	return t
}()

// marksOf are the marks of a text's words.
func marksOf[T string | []byte](text T) mark {
	words := allWords().labels.words
	var m mark
	h := hashSeed
	letters := false
	for i := range len(text) {
		c := asciiWord[text[i]]
		switch {
		case c >= 'a':
			h = (h ^ uint32(c)) * hashPrime
			letters = true
		case c >= '0':
			m |= digitMark
			if letters {
				// "USD12" is a word with digits to some, and a sign before a number to others.
				m |= words.marksOfHash(h)
				h = (h ^ uint32(c)) * hashPrime
			}
		case c == 1:
			return allWords().labels.marksOf(string(text))
		case letters:
			m |= words.marksOfHash(h)
			h, letters = hashSeed, false
		}
		if text[i] == '$' || text[i] == '&' || text[i] == '-' {
			m |= moneyMark
		}
	}
	if letters {
		m |= words.marksOfHash(h)
	}
	return m
}

// marksOf are those of a text with more than ASCII in it.
func (l *lexicon) marksOf(text string) mark {
	m := moneyMark | digitMark
	r := l.reader()
	defer readers.Put(r)
	for _, t := range r.read(r.tokens[:0], text) {
		if t.word >= firstWord {
			m |= mark(l.flags[t.word])
		}
	}
	return m
}

// lexicons are the three kinds of text that are read.
type lexicons struct{ labels, controls, related *lexicon }

var allWords = sync.OnceValue(func() lexicons {
	w, gaps := unpackWords(wordData)
	return lexicons{
		labels:   &lexicon{words: w, reads: inLabels, abbreviated: true},
		controls: &lexicon{words: w, reads: inControls, gaps: gaps[inControls]},
		related:  &lexicon{words: w, reads: inHeadings, gaps: gaps[inHeadings]},
	}
})

// unpackWords makes of the sections of the index what is looked up: sums of what
// stands there as differences, and words of what differs from the word before.
func unpackWords(data string) (*words, map[use][]gap) {
	next := func() string {
		n := int(data[0]) | int(data[1])<<8 | int(data[2])<<16
		s := data[3 : 3+n]
		data = data[3+n:]
		return s
	}
	w := &words{slots: make([]uint16, 1<<hashBits), marked: make([]marked, 1<<hashBits)}

	shared, own, letters := next(), next(), next()
	w.flags = next()
	w.text = make([]byte, 0, 10*len(shared))
	w.starts = make([]uint32, len(shared)+1)
	last := 0
	for i := range len(shared) {
		begin := len(w.text)
		w.text = append(w.text, w.text[last:last+int(shared[i])]...)
		w.text = append(w.text, letters[:own[i]]...)
		letters = letters[own[i]:]
		last = begin
		w.starts[i+1] = uint32(len(w.text))

		hash, n := hashOf(w.text[begin:]), i+int(firstWord)
		slot := slotOf(hash)
		if m := mark(w.flags[n]) &^ unitFlag; m != 0 {
			for w.marked[slot] != 0 {
				slot = (slot + 1) & (1<<hashBits - 1)
			}
			w.marked[slot] = markedAs(hash, m)
		}
		for slot = slotOf(hash); w.slots[slot] != 0; slot = (slot + 1) & (1<<hashBits - 1) {
		}
		w.slots[slot] = uint16(n)
	}

	w.langOf = table16(next())
	sets := table16(next())
	w.sets = make([]uint64, sets.len()/4)
	for i := range w.sets {
		for j := range 4 {
			w.sets[i] |= uint64(sets.at(4*i+j)) << (16 * j)
		}
	}
	w.first, w.ends = sums(next(), 1), sums(next(), 0)
	word := table16(next())
	w.word = make([]uint16, word.len())
	for node := range len(w.first) - 1 {
		sum := 0
		for child := w.first[node]; child < w.first[node+1]; child++ {
			sum += word.at(int(child))
			w.word[child] = uint16(sum)
		}
	}
	w.root = make([]uint16, len(w.flags))
	for child := w.first[0]; child < w.first[1]; child++ {
		w.root[w.word[child]] = child
	}
	w.phrases = table16(next())

	w.folds = table16(next())
	for longs := next(); longs != ""; {
		n := int(longs[0])
		w.longs = append(w.longs, longs[1:1+n])
		longs = longs[1+n:]
	}

	gaps := map[use][]gap{}
	list := table16(next())
	for i := 0; i < list.len(); {
		words := func() []int32 {
			words := make([]int32, list.at(i))
			for j := range words {
				words[j] = int32(list.at(i + 1 + j))
			}
			i += 1 + len(words)
			return words
		}
		reads, g := use(list.at(i)), gap{says: section(list.at(i + 1))}
		i += 2
		g.head, g.tail = words(), words()
		gaps[reads] = append(gaps[reads], g)
	}
	return w, gaps
}

// sums are the running sums of differences, each of one byte, or of the byte 255
// and three more.
func sums(differences string, sum int) []uint16 {
	list := make([]uint16, 1, len(differences)+1)
	list[0] = uint16(sum)
	for i := 0; i < len(differences); i++ {
		d := int(differences[i])
		if d == 255 {
			d = int(differences[i+1]) | int(differences[i+2])<<8
			i += 2
		}
		sum += d
		list = append(list, uint16(sum))
	}
	return list
}

// maxLang is the highest number of a language.
const maxLang = 1<<6 - 1

// unpackPhrase reads a phrase of 16 bits: 6 for the language, 4 for what it says, 3
// for its quantity, 1 for the colon, 2 for its use.
func unpackPhrase(n int) phrase {
	p := phrase{lang: n & maxLang, says: 1 << (n >> 6 & 15), quantity: n>>10&7 - 1, colon: n>>13&1 != 0, use: use(n >> 14)}
	if p.use == 0 {
		p.use = inHeadings
	}
	return p
}

// foldedPrivate is where the private characters begin that stand for the foldings
// of several letters.
const foldedPrivate = 0xe000

// fold appends a letter without case and accent. Letters of which the mark is
// no accent to Unicode have a spelling of their own.
func (w *words) fold(b []byte, c rune) []byte {
	if int(c) >= w.folds.len() {
		return utf8.AppendRune(b, unicode.ToLower(c))
	}
	switch f := uint16(int(c) + w.folds.at(int(c))); {
	case f == 0:
		return b
	case f >= foldedPrivate:
		return append(b, w.longs[f-foldedPrivate]...)
	default:
		return utf8.AppendRune(b, rune(f))
	}
}
