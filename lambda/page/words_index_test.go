package page

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordFile is the words of one language.
type wordFile struct {
	SoldOut      []string `json:"soldOut"` // also "coming soon": it can't be bought
	OnlineOut    []string `json:"soldOutOnline"`
	InStock      []string `json:"inStock"`
	Limited      []string `json:"limited"`
	PreOrder     []string `json:"preOrder"`
	Presale      []string `json:"presale"`
	BackOrder    []string `json:"backOrder"`
	Discontinued []string `json:"discontinued"`
	InStoreOnly  []string `json:"inStoreOnly"`
	OnlineOnly   []string `json:"onlineOnly"`
	Silent       []string `json:"silent"` // phrases with stock words that say nothing for certain
	Around       []string `json:"around"` // what may stand around a phrase and doesn't change it
	Units        []string `json:"units"`  // pieces; a full stop after one ends no sentence
	Unless       []string `json:"unless"` // take back an "in stock" of their sentence

	Buy           []string `json:"buy"`
	Notify        []string `json:"notify"`
	FindStore     []string `json:"findStore"`
	ControlAround []string `json:"controlAround"`
	NotBuying     []string `json:"notBuying"` // words of controls that do something else

	Related []string `json:"related"`
}

// phrases are phrases that say the same.
type phrases struct {
	says    section
	phrases []string
}

func (f wordFile) labelSections() []phrases {
	return []phrases{
		{saysSoldOut, f.SoldOut}, {saysOnlineOut, f.OnlineOut}, {saysInStock, f.InStock}, {saysLimited, f.Limited},
		{saysPreOrder, f.PreOrder}, {saysPresale, f.Presale}, {saysBackOrder, f.BackOrder},
		{saysDiscontinued, f.Discontinued}, {saysInStoreOnly, f.InStoreOnly}, {saysOnlineOnly, f.OnlineOnly},
		{saysNothing, f.Silent}, {around, f.Around}, {around, f.Units}, {takesBack, f.Unless},
	}
}

func (f wordFile) controlSections() []phrases {
	return []phrases{
		{saysBuy, f.Buy}, {saysNotify, f.Notify}, {saysInStoreOnly, f.FindStore}, {saysInStoreOnly, f.InStoreOnly},
		{saysPreOrder, f.PreOrder}, {saysPreOrder, f.Presale}, {saysBackOrder, f.BackOrder},
		{saysSoldOut, withoutValues(f.SoldOut)}, {saysSoldOut, f.OnlineOut}, {saysSoldOut, f.Discontinued}, {around, f.ControlAround}, {takesBack, f.NotBuying},
	}
}

// withoutValues leaves out phrases such as "in stock: no", which are on no button.
func withoutValues(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return strings.Contains(s, ":") })
}

// loadWords decodes words/*.json, by language. In a phrase {n} stands for a number
// that is the quantity, {m} for any other number ("ships in {m} days"), and, in
// a control, * for any words ("add * to cart").
func loadWords() (map[string]wordFile, error) {
	names, err := filepath.Glob("words/*.json")
	if err != nil {
		return nil, err
	}
	files := map[string]wordFile{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var f wordFile
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&f); err != nil {
			return nil, fmt.Errorf("decode %s: %w", name, err)
		}
		files[strings.TrimSuffix(filepath.Base(name), ".json")] = f
	}
	if len(files) == 0 || len(files) > 64 {
		return nil, fmt.Errorf("index words: %d languages, not 1 to 64", len(files))
	}
	return files, nil
}

// The index is what the files say, so that a change of a file is a change of it.
func TestWordIndex(t *testing.T) {
	files, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	data, err := indexWords(files)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("words.bin", data, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(data) != wordData {
		t.Error("words.bin is not the index of words/*.json; write it with: make golden")
	}
}

// indexWords writes the index of all languages. A language's number is its place in
// the order of their tags, a word's its place in the order of the words.
func indexWords(files map[string]wordFile) ([]byte, error) {
	b := &wordBuilder{words: &words{}, numbers: map[string]int32{}, next: map[edge]int{}, phrases: make([][]phrase, 1)}
	var folds []byte
	folds, b.words.longs = foldings()
	b.words.folds = table16(folds)
	tags := slices.Sorted(maps.Keys(files))
	for lang, tag := range tags {
		b.learn = func(word []byte) int32 { b.numbers[string(word)] = unknown; return firstWord }
		b.language(lang, files[tag])
	}
	for sign := range signTable() {
		if word := signWord(sign); word != "" {
			b.numbers[word] = unknown
		}
	}
	for _, words := range sellerWords {
		b.first(words)
	}
	b.all = slices.Sorted(maps.Keys(b.numbers))
	for i, word := range b.all {
		b.numbers[word] = firstWord + int32(i)
	}
	b.next, b.phrases, b.gaps, b.said = map[edge]int{}, make([][]phrase, 1), nil, nil
	b.langs = make([]uint64, int(firstWord)+len(b.all))
	for i := range firstWord {
		b.langs[i] = ^uint64(0)
	}
	b.langs[moneySign] = 0
	b.learn = func(word []byte) int32 { return b.numbers[string(word)] }
	for lang, tag := range tags {
		b.language(lang, files[tag])
	}

	b.marks = make([]mark, int(firstWord)+len(b.all))
	for m, lists := range map[mark][][]int32{
		labelMark:   b.saying(inLabels, ^(around | takesBack | saysNothing)),
		soldOutMark: b.saying(inLabels, saysSoldOut|saysOnlineOut|saysDiscontinued),
		controlMark: b.saying(inControls, ^(around | takesBack | saysNothing)),
		relatedMark: b.saying(inHeadings, saysRelated),
	} {
		for word := range b.cover(lists) {
			if word < firstWord {
				return nil, fmt.Errorf("index words: a phrase has no word")
			}
			b.marks[word] |= m
		}
	}
	for sign := range signTable() {
		if word := signWord(sign); word != "" {
			b.marks[b.numbers[word]] |= moneyMark
		}
	}
	for _, words := range sellerWords {
		b.marks[b.first(words)] |= sellerMark
	}
	for _, tag := range tags {
		for _, u := range files[tag].Units {
			// Those of several words, as of several Han, are not abbreviated.
			if n, ok := b.numbers[u]; ok {
				b.marks[n] |= unitFlag
			}
		}
	}
	return b.write(), nil
}

// first is the first word of a text.
func (b *wordBuilder) first(text string) int32 {
	r := reader{lexicon: &lexicon{words: b.words}, learn: b.learn}
	return r.read(nil, text)[0].word
}

// signWord is, of a currency's sign of Latin letters, those that it begins with.
func signWord(sign string) string {
	word := strings.ToLower(strings.TrimPrefix(sign, "~"))
	if strings.ContainsFunc(word, func(r rune) bool { return r == '$' || r >= utf8.RuneSelf }) {
		return "" // every text with that may have a price
	}
	if i := strings.IndexFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }); i >= 0 {
		word = word[:i]
	}
	return word
}

// wordBuilder builds the index.
type wordBuilder struct {
	words   *words
	learn   func(word []byte) int32
	numbers map[string]int32
	all     []string // the words in order
	marks   []mark   // by number
	langs   []uint64 // by number
	next    map[edge]int
	phrases [][]phrase // by node
	gaps    []gapOf
	said    []saidBy
}

// edge leads from a node of the trie along a word.
type edge struct {
	node int
	word int32
}

type gapOf struct {
	gap
	use use
}

// saidBy is what the words of a phrase say.
type saidBy struct {
	use   use
	says  section
	words []int32
}

func (b *wordBuilder) language(lang int, f wordFile) {
	controls := map[string]bool{}
	for _, s := range f.controlSections() {
		for _, text := range s.phrases {
			controls[text] = true
		}
	}
	shared := map[string]bool{}
	for _, s := range f.labelSections() {
		for _, text := range s.phrases {
			of := inLabels
			if onButtons := s.says &^ (around | takesBack | saysNothing); onButtons != 0 && controls[text] {
				of, shared[text] = inLabels|inControls, true
			}
			b.add(lang, s.says, text, of)
		}
	}
	for _, s := range f.controlSections() {
		for _, text := range s.phrases {
			if !shared[text] {
				b.add(lang, s.says, text, inControls)
			}
		}
	}
	for _, text := range f.Related {
		b.add(lang, saysRelated, text, inHeadings)
	}
}

func (b *wordBuilder) add(lang int, says section, text string, of use) {
	r := reader{lexicon: &lexicon{words: b.words}, learn: b.learn}
	ts := r.read(nil, text)
	p := phrase{lang: lang, says: says, quantity: r.quantity, use: of}
	var words []int32
	for _, t := range ts {
		if t.word >= firstWord {
			words = append(words, t.word)
		}
	}
	if i := slices.IndexFunc(ts, func(t token) bool { return t.word == anyWords }); i >= 0 {
		g := gapOf{gap{says: says}, of}
		for j, t := range ts {
			switch {
			case j < i:
				g.head = append(g.head, t.word)
			case j > i:
				g.tail = append(g.tail, t.word)
			}
		}
		if of == inHeadings {
			words = slices.Clone(g.head) // a heading needs no more of it
		}
		b.gaps = append(b.gaps, g)
		b.said = append(b.said, saidBy{of, says, words})
		return
	}
	b.said = append(b.said, saidBy{of, says, words})
	node := 0
	for _, t := range ts {
		if t.word == aColon {
			p.colon = true
			continue
		}
		if t.word >= firstWord && b.langs != nil {
			b.langs[t.word] |= 1 << lang
		}
		child, ok := b.next[edge{node, t.word}]
		if !ok {
			child = len(b.phrases)
			b.phrases = append(b.phrases, nil)
			b.next[edge{node, t.word}] = child
		}
		node = child
	}
	b.phrases[node] = append(b.phrases[node], p)
}

// saying are the words of the phrases of a use that say one of the sections.
func (b *wordBuilder) saying(of use, says section) [][]int32 {
	var lists [][]int32
	for _, s := range b.said {
		if s.use&of != 0 && s.says&says != 0 {
			slices.Sort(s.words)
			lists = append(lists, slices.Compact(s.words))
		}
	}
	return lists
}

// everyday are words that many texts of shops have which say nothing of stock.
var everyday = strings.Fields(`a about all also and are as at be by card for free from has have here in is it item last life line list long longer
	made make more most new no not of off on one only or order other our plus price product products see store than that the these this to up with you your
	der die das ein eine für im in ist mit nicht nur oder und von zu alle mehr neu noch des le la les un une en du et est pour sur pas plus el los las de por para con no
	il lo gli di da per che non con`)

// cover picks words so that each list has one of them: long words that many lists
// share, which are in few other texts.
func (b *wordBuilder) cover(lists [][]int32) map[int32]bool {
	weights := make([]int, len(b.langs))
	for i, word := range b.all {
		n := 10 * max(utf8.RuneCountInString(word)-1, 1)
		if slices.Contains(everyday, word) {
			n = 1
		}
		weights[int(firstWord)+i] = n * n
	}
	left := make([]int, len(b.langs)) // lists that have the word and none that is picked
	for _, list := range lists {
		for _, word := range list {
			left[word]++
		}
	}
	picked := map[int32]bool{}
	for len(lists) > 0 {
		best := int32(0)
		for word, n := range left {
			if n*weights[word] > left[best]*weights[best] {
				best = int32(word)
			}
		}
		picked[best] = true
		if best < firstWord {
			break
		}
		lists = slices.DeleteFunc(lists, func(list []int32) bool {
			if !slices.Contains(list, best) {
				return false
			}
			for _, word := range list {
				left[word]--
			}
			return true
		})
	}
	return picked
}

// foldings are the letters of the alphabets of Europe, Hebrew and Arabic, and of
// Latin with the accents of Vietnamese, without case and accent.
func foldings() (table []byte, longs []string) {
	special := map[rune]string{
		'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ς': "σ",
		'ى': "ي", 'ی': "ي", 'ک': "ك", 'ۀ': "ه", 'ے': "ي",
	}
	for c := range rune(0x2000) {
		var b strings.Builder
		for _, d := range norm.NFD.String(string(unicode.ToLower(c))) {
			if unicode.Is(unicode.Mn, d) && !alone(c) {
				continue
			}
			if s, ok := special[d]; ok {
				b.WriteString(s)
			} else {
				b.WriteRune(d)
			}
		}
		folded := []rune(b.String())
		switch {
		case len(folded) == 0:
			table = binary.LittleEndian.AppendUint16(table, uint16(-c))
		case len(folded) == 1:
			table = binary.LittleEndian.AppendUint16(table, uint16(folded[0]-c))
		default:
			i := slices.Index(longs, string(folded))
			if i < 0 {
				i = len(longs)
				longs = append(longs, string(folded))
			}
			table = binary.LittleEndian.AppendUint16(table, uint16(foldedPrivate+rune(i)-c))
		}
	}
	return table, longs
}

// pack is a phrase as unpackPhrase reads it.
func (p phrase) pack() uint16 {
	n := p.lang | bits.TrailingZeros16(uint16(p.says))<<6 | (p.quantity+1)<<10 | int(p.use&^inHeadings)<<14
	if p.colon {
		n |= 1 << 13
	}
	return uint16(n)
}

// write writes the sections of the index, in the order in which unpackWords reads
// them.
func (b *wordBuilder) write() []byte {
	var out []byte
	add := func(section []byte) {
		out = append(out, byte(len(section)), byte(len(section)>>8), byte(len(section)>>16))
		out = append(out, section...)
	}
	u16 := binary.LittleEndian.AppendUint16
	difference := func(list []byte, n int) []byte {
		if n < 255 {
			return append(list, byte(n))
		}
		return append(list, 255, byte(n), byte(n>>8))
	}

	var shared, own, letters, flags []byte
	previous := ""
	for _, word := range b.all {
		n := 0
		for n < len(word) && n < len(previous) && word[n] == previous[n] {
			n++
		}
		shared, own, letters = append(shared, byte(n)), append(own, byte(len(word)-n)), append(letters, word[n:]...)
		previous = word
	}
	for _, m := range b.marks {
		flags = append(flags, byte(m))
	}

	var langOf, sets []byte
	known := []uint64{0}
	for _, set := range b.langs {
		i := slices.Index(known, set)
		if i < 0 {
			i = len(known)
			known = append(known, set)
		}
		langOf = u16(langOf, uint16(i))
	}
	for _, set := range known {
		sets = binary.LittleEndian.AppendUint64(sets, set)
	}

	// The nodes by their depth, so that those below one stand together.
	below := map[int][]edge{}
	for e := range b.next {
		below[e.node] = append(below[e.node], e)
	}
	var first, ends, phrases []byte
	word := u16(nil, 0)
	order := []int{0}
	for i := 0; i < len(order); i++ {
		edges := below[order[i]]
		slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.word, b.word) })
		before := int32(0)
		for _, e := range edges {
			order = append(order, b.next[e])
			word = u16(word, uint16(e.word-before))
			before = e.word
		}
		first = difference(first, len(edges))
		ends = difference(ends, len(b.phrases[order[i]]))
		for _, p := range b.phrases[order[i]] {
			phrases = u16(phrases, p.pack())
		}
	}

	var longs, gaps []byte
	for _, s := range b.words.longs {
		longs = append(append(longs, byte(len(s))), s...)
	}
	for _, g := range b.gaps {
		gaps = u16(u16(gaps, uint16(g.use)), uint16(g.says))
		for _, words := range [][]int32{g.head, g.tail} {
			gaps = u16(gaps, uint16(len(words)))
			for _, w := range words {
				gaps = u16(gaps, uint16(w))
			}
		}
	}
	for _, section := range [][]byte{shared, own, letters, flags, langOf, sets, first, ends, word, phrases, []byte(b.words.folds), longs, gaps} {
		add(section)
	}
	return out
}

// BenchmarkFirstWord is what the first word of a process costs.
func BenchmarkFirstWord(b *testing.B) {
	for b.Loop() {
		unpackWords(wordData)
	}
}
