package checker

import (
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"
)

// key is one key of checkers.json. The tables of keys are all that says which
// keys there are: decoding, the built-in defaults, checkers.schema.json and the
// reference are made from them.
type key struct {
	name     string
	about    string // for a person; the schema's description
	form     form
	initial  string   // the built-in default, as JSON; "": none
	examples []string // as JSON; the first is shown in faults
	required bool
	own      bool // belongs to each checker, not to the defaults

	// read puts the value where it belongs and reports what the form cannot
	// say. It is called once the value has its form, before the keys inside it.
	read func(v value, into *target)
}

// storesPlaceholder stands in a key's about for the names of the presets, which
// would otherwise be read at the start of every process.
const storesPlaceholder = "{stores}"

// description is the key's about, whole.
func (k *key) description() string {
	if !strings.Contains(k.about, storesPlaceholder) {
		return k.about
	}
	return strings.ReplaceAll(k.about, storesPlaceholder, strings.Join(StoreNames(), ", "))
}

// form is what a value must look like.
type form struct {
	kinds   kind
	pattern string   // of a string
	want    string   // what is said of a string that does not match
	format  string   // for the schema alone
	values  []string // the only strings allowed
	min     int      // of a number, or of the length of a list
	max     int      // of a number; 0: none
	whole   bool     // of a number
	above0  bool     // of a number
	item    *form    // of a list's elements, or of the values of an object with free keys
	unique  bool     // of a list
	secret  bool     // of a string: faults do not show it
	keys    []key    // of an object
}

// target is what is being read: a checker, or the file around it.
type target struct {
	checker    *Checker
	file       *File
	subscriber *Subscriber
	channel    *Channel
}

// value is a node on its way into the target.
type value struct {
	*node
	path string // such as alarm.failures
	r    *reading
}

// reading is the reading of one text: it collects its faults.
type reading struct {
	file    string
	lines   lines
	checker string
	muted   bool // faults of the defaults are told once, not once a checker
	faults  Faults

	channels []string // those that the file has; nil: not known
	named    []value  // names of checkers, to be compared with those that the file has
}

func (r *reading) fault(at int, path, format string, args ...any) {
	if r.muted {
		return
	}
	f := Fault{File: r.file, Checker: r.checker, Key: path, Message: fmt.Sprintf(format, args...)}
	f.Line, f.Column = r.lines.place(at)
	r.faults = append(r.faults, f)
}

func (v value) fault(format string, args ...any) {
	v.r.fault(v.at, v.path, format, args...)
}

// refuse tells what is wrong with a string that is shown.
func (v value) refuse(what string) { v.fault("%s %s", quote(v.text), what) }

// again tells that a value stands in its list already.
func (v value) again(secret bool) {
	const what = "stands here a second time; remove one of them"
	if secret {
		v.fault(what)
	} else {
		v.refuse(what)
	}
}

func (v value) element(i int) value {
	return value{v.list[i], fmt.Sprintf("%s[%d]", v.path, i), v.r}
}

// elements are the elements of a list that have their form, with their index.
func (v value) elements() iter.Seq[value] {
	return func(yield func(value) bool) {
		for i, n := range v.list {
			if !n.faulty && !yield(v.element(i)) {
				return
			}
		}
	}
}

func (v value) inside(m member) value {
	return value{m.value, join(v.path, m.name), v.r}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (v value) strings() []string {
	list := make([]string, len(v.list))
	for i, n := range v.list {
		list[i] = n.text
	}
	return list
}

// readKeys reads the members of an object by its table of keys.
func readKeys(v value, keys []key, into *target) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
		if k.required && v.member(k.name) == nil {
			v.r.fault(v.at, join(v.path, k.name), "is missing; write %q: %s", k.name, k.examples[0])
		}
	}
	first := map[string]int{}
	for _, m := range v.members {
		inside := v.inside(m)
		if line, again := first[m.name]; again {
			v.r.fault(m.at, inside.path, "stands here a second time, first at line %d; remove one of them", line)
			continue
		}
		first[m.name], _ = v.r.lines.place(m.at)
		k := keyNamed(keys, m.name)
		if k == nil {
			if near := nearest(m.name, names); near != "" {
				v.r.fault(m.at, shownKey(v.path, m.name), "is no key here; did you mean %q?", near)
			} else {
				v.r.fault(m.at, shownKey(v.path, m.name), "is no key here; the keys are %s", strings.Join(names, ", "))
			}
			continue
		}
		inside.readKey(k, into)
	}
}

// shownKey is an unknown key as it can stand in a fault: on one line.
func shownKey(path, name string) string {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$") != "" || len(name) > 60 {
		name = quote(name)
	}
	return join(path, name)
}

func keyNamed(keys []key, name string) *key {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

func (v value) readKey(k *key, into *target) {
	if !v.has(&k.form, k.examples) {
		return
	}
	if k.read != nil {
		k.read(v, into)
	}
	if k.form.keys != nil {
		readInitials(k.form.keys, into)
		readKeys(v, k.form.keys, into)
	}
}

// readInitials puts the built-in defaults of the keys into the target.
func readInitials(keys []key, into *target) {
	for i := range keys {
		if keys[i].initial == "" {
			continue
		}
		n, err := parseTree([]byte(keys[i].initial))
		if err != nil {
			continue // a test reads them all
		}
		v := value{n, keys[i].name, &reading{lines: newLines([]byte(keys[i].initial))}}
		v.readKey(&keys[i], into)
	}
}

// has reports all that keeps the value from having the form. A list or object
// has it where only some of what is inside does not: that is marked as faulty,
// so that the rest is read and its faults are told as well.
func (v value) has(f *form, examples []string) bool {
	ok := v.kind&f.kinds != 0
	switch {
	case !ok && v.kind == nullKind:
		v.fault("null says nothing; leave the key out")
	case !ok && len(examples) > 0:
		v.fault("is %s, but must be %s, such as %s", v.kind, f.kinds, examples[0])
	case !ok:
		v.fault("is %s, but must be %s", v.kind, f.kinds)
	case v.kind == stringKind:
		ok = v.hasText(f)
	case v.kind == numberKind:
		ok = v.hasRange(f)
	case v.kind == listKind:
		v.hasElements(f)
	case v.kind == objectKind && f.item != nil:
		v.hasValues(f)
	}
	v.faulty = !ok
	return ok
}

// hasValues looks at an object with free keys.
func (v value) hasValues(f *form) {
	names := map[string]bool{}
	for _, m := range v.members {
		inside := v.inside(m)
		inside.path = shownKey(v.path, m.name)
		if inside.has(f.item, nil) && names[m.name] {
			v.r.fault(m.at, inside.path, "stands here a second time; remove one of them")
			m.value.faulty = true
		}
		names[m.name] = true
	}
}

func (v value) hasText(f *form) bool {
	switch {
	case len(f.values) > 0:
		for _, allowed := range f.values {
			if v.text == allowed {
				return true
			}
		}
		if near := nearest(v.text, f.values); near != "" {
			v.refuse(fmt.Sprintf("is not allowed; did you mean %q?", near))
		} else {
			v.refuse("is not allowed; write " + oneOf(f.values))
		}
		return false
	case v.text == "":
		v.fault("is empty; write a value")
		return false
	case f.pattern != "" && !regexp.MustCompile(f.pattern).MatchString(v.text):
		v.refuse(f.want)
		return false
	}
	return true
}

func (v value) hasRange(f *form) bool {
	if f.whole {
		n, err := strconv.Atoi(v.text)
		if err != nil && strings.ContainsAny(v.text, ".eE") {
			v.fault("%s is no whole number; write one from %d to %d", v.text, f.min, f.max)
			return false
		}
		if err != nil || n < f.min || n > f.max {
			v.fault("%s is out of range; write a whole number from %d to %d", v.text, f.min, f.max)
			return false
		}
	}
	return true
}

func (v value) hasElements(f *form) {
	if len(v.list) < f.min {
		v.fault("is an empty list; it needs at least %d", f.min)
	}
	seen := map[string]bool{}
	for i := range v.list {
		e := v.element(i)
		if f.item != nil && !e.has(f.item, nil) {
			continue
		}
		if f.unique && e.kind == stringKind {
			if seen[e.text] {
				e.again(f.item.secret)
				e.faulty = true
			}
			seen[e.text] = true
		}
	}
}

// String is the kinds in words, such as "a number or a string".
func (k kind) String() string {
	var words []string
	for one := nullKind; one <= objectKind; one <<= 1 {
		if k&one != 0 {
			words = append(words, kindNames[one])
		}
	}
	return strings.Join(words, " or ")
}

// oneOf is a list of choices in words.
func oneOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}
