// Package document edits the text of a checkers.json and leaves all of it as it
// was written that an edit is not about: order, indentation, line ends, a byte
// order mark, a missing last newline. What it adds looks like what is there.
//
// Update is its one entry: it reads the file, has it edited, holds the result
// against package checker, and puts it in place of the file in one step.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Document is the text of a checkers.json.
type Document struct {
	data []byte // without the byte order mark
	mark []byte // the byte order mark, or nothing
}

// Entry is a checker that is added: its keys, in the order in which they are written.
type Entry []Key

// Key is a key of an entry.
type Key struct {
	Name  string
	Value any // as encoding/json takes it
}

// Name is what the entry is called, or "".
func (e Entry) Name() string {
	for _, k := range e {
		if name, ok := k.Value.(string); ok && k.Name == "name" {
			return name
		}
	}
	return ""
}

// JSON is the entry on one line.
func (e Entry) JSON() ([]byte, error) { return e.write(oneLine) }

// NoChecker is the error for a name that the file does not have.
type NoChecker struct{ Name string }

func (e *NoChecker) Error() string { return fmt.Sprintf("there is no checker %q", e.Name) }

// Errors of edits that the file can't take, or that it has already.
var (
	ErrLast    = errors.New("it is the only checker, and a file without one is a fault; pause it, or delete the file")
	ErrPaused  = errors.New("it is paused already")
	ErrRunning = errors.New("it is not paused")
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// parse takes a text that is one JSON object. A blank text becomes an empty object.
func parse(data []byte) (*Document, error) {
	d := &Document{data: data}
	if bytes.HasPrefix(data, byteOrderMark) {
		d.mark, d.data = byteOrderMark, data[len(byteOrderMark):]
	}
	if len(bytes.TrimSpace(d.data)) == 0 {
		d.data = []byte("{\n}\n")
	}
	root, err := scan(d.data)
	if err != nil {
		return nil, err
	}
	if root.open != '{' {
		return nil, errors.New("it is no object")
	}
	if list := root.member("checkers"); list != nil && list.open != '[' {
		return nil, errors.New("checkers is no list")
	}
	return d, nil
}

// bytes is the text of the file.
func (d *Document) bytes() []byte { return slices.Concat(d.mark, d.data) }

// splice puts a text in the place of another.
func (d *Document) splice(from, to int, text string) {
	d.data = slices.Concat(d.data[:from], []byte(text), d.data[to:])
}

// root is the tree of the text as it is now.
func (d *Document) root() *node {
	root, err := scan(d.data)
	if err != nil {
		panic("document: an edit broke the text: " + err.Error()) // each edit is of whole values
	}
	return root
}

// Names are the names of all checkers, in the order of the file.
func (d *Document) Names() []string { return d.texts("name") }

// URLs are the pages of all checkers, in the order of the file.
func (d *Document) URLs() []string { return d.texts("url") }

// texts are what a key has in each checker.
func (d *Document) texts(key string) []string {
	list := d.root().member("checkers")
	if list == nil {
		return nil
	}
	var texts []string
	for _, e := range list.items {
		texts = append(texts, e.text(key))
	}
	return texts
}

// Add puts an entry after the last one.
func (d *Document) Add(entry Entry) error {
	root := d.root()
	list := root.member("checkers")
	if list == nil {
		d.AddKey("checkers", json.RawMessage("[]"))
		root = d.root()
		list = root.member("checkers")
	}
	style := oneLine
	if n := len(list.items); n > 0 && list.items[n-1].open == '{' {
		style = styleOf(d.data, list.items[n-1])
	}
	text, err := entry.write(style)
	if err != nil {
		return err
	}
	if len(list.items) > 0 {
		end := list.items[len(list.items)-1].end
		d.splice(end, end, separator(d.data, list)+string(text))
		return nil
	}
	// In an empty list: on a line of its own, where the file has lines.
	inside := list.start + 1
	key := indentAt(d.data, list.start)
	if !bytes.ContainsRune(d.data[root.start:root.end], '\n') {
		d.splice(inside, inside, string(text))
		return nil
	}
	before := lineEnd(d.data) + key + unit(d.data, root)
	after := ""
	if !bytes.ContainsRune(d.data[inside:list.end], '\n') {
		after = lineEnd(d.data) + key
	}
	d.splice(inside, inside, before+string(text)+after)
	return nil
}

// AddKey puts a key of the file itself after the last one.
func (d *Document) AddKey(name string, value json.RawMessage) {
	root := d.root()
	quoted, _ := json.Marshal(name) // text is always written
	if n := len(root.items); n > 0 {
		d.splice(root.items[n-1].end, root.items[n-1].end, separator(d.data, root)+string(quoted)+styleOf(d.data, root).colon+string(value))
		return
	}
	text := string(quoted) + ": " + string(value)
	inside := d.data[root.start+1 : root.end]
	if bytes.ContainsRune(inside, '\n') {
		text = lineEnd(d.data) + "  " + text
	}
	d.splice(root.start+1, root.start+1, text)
}

// Remove takes a checker away.
func (d *Document) Remove(name string) error {
	list, i, err := d.find(name)
	if err != nil {
		return err
	}
	if len(list.items) == 1 {
		return ErrLast
	}
	d.take(list, i)
	return nil
}

// Pause writes "enabled": false into a checker.
func (d *Document) Pause(name string) error {
	list, i, err := d.find(name)
	if err != nil {
		return err
	}
	entry := list.items[i]
	own, byDefault := entry.member("enabled"), d.pausedByDefault()
	switch {
	case own == nil && byDefault, own != nil && own.raw == "false":
		return ErrPaused
	case own != nil:
		d.splice(own.start, own.end, "false")
	default:
		d.set(entry, "enabled", "false")
	}
	return nil
}

// Resume takes what Pause wrote away again. Where the defaults pause all, it
// writes "enabled": true.
func (d *Document) Resume(name string) error {
	list, i, err := d.find(name)
	if err != nil {
		return err
	}
	entry := list.items[i]
	own, byDefault := entry.member("enabled"), d.pausedByDefault()
	switch {
	case own == nil && !byDefault, own != nil && own.raw == "true":
		return ErrRunning
	case own == nil:
		d.set(entry, "enabled", "true")
	case byDefault:
		d.splice(own.start, own.end, "true")
	default:
		d.take(entry, slices.Index(entry.items, own))
	}
	return nil
}

// set puts a key after the last one of an entry.
func (d *Document) set(entry *node, name, value string) {
	end := entry.items[len(entry.items)-1].end // an entry that was found has a name
	d.splice(end, end, separator(d.data, entry)+`"`+name+`"`+styleOf(d.data, entry).colon+value)
}

// take removes an item, with the comma between it and its neighbour.
func (d *Document) take(of *node, i int) {
	switch {
	case i > 0:
		d.splice(of.items[i-1].end, of.items[i].end, "")
	case len(of.items) > 1:
		d.splice(of.items[0].from(), of.items[1].from(), "")
	default:
		d.splice(of.items[0].from(), of.items[0].end, "")
	}
}

func (d *Document) find(name string) (list *node, i int, err error) {
	if list = d.root().member("checkers"); list != nil {
		for i, e := range list.items {
			if e.text("name") == name {
				return list, i, nil
			}
		}
	}
	return nil, 0, &NoChecker{name}
}

func (d *Document) pausedByDefault() bool {
	defaults := d.root().member("defaults")
	if defaults == nil {
		return false
	}
	enabled := defaults.member("enabled")
	return enabled != nil && enabled.raw == "false"
}

// style is how an object is written.
type style struct {
	open, close string // between its brackets and its keys
	comma       string // between two keys
	colon       string // between a key and its value
	space       string // after a comma in a value
}

var oneLine = style{comma: ", ", colon: ": ", space: " "}

// styleOf is the style of an object that has keys.
func styleOf(data []byte, n *node) style {
	if len(n.items) == 0 {
		return oneLine
	}
	first, last := n.items[0], n.items[len(n.items)-1]
	s := style{
		open:  string(data[n.start+1 : first.from()]),
		close: string(data[last.end : n.end-1]),
		comma: separator(data, n),
		colon: string(data[first.nameEnd:first.start]),
		space: " ",
	}
	if strings.ContainsAny(s.colon, "\r\n") {
		s.colon = ": "
	}
	if s.colon == ":" {
		s.space = ""
	}
	return s
}

// separator is what stands between the last two items.
func separator(data []byte, n *node) string {
	if many := len(n.items); many > 1 {
		return string(data[n.items[many-2].end:n.items[many-1].from()])
	}
	before := string(data[n.start+1 : n.items[0].from()])
	if strings.ContainsRune(before, '\n') {
		return "," + before
	}
	// On one line; without spaces only where the item has none either.
	item := n.items[0]
	if n.open == '{' && item.nameEnd+1 == item.start || n.open == '[' && item.open == '{' && len(item.items) > 0 && item.items[0].nameEnd+1 == item.items[0].start {
		return ","
	}
	return ", "
}

// write writes an entry in a style.
func (e Entry) write(s style) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{" + s.open)
	for i, k := range e {
		if i > 0 {
			b.WriteString(s.comma)
		}
		value, err := encode(k.Value)
		if err != nil {
			return nil, fmt.Errorf("write key %s: %w", k.Name, err)
		}
		name, err := encode(k.Name)
		if err != nil {
			return nil, fmt.Errorf("write key %s: %w", k.Name, err)
		}
		b.Write(name)
		b.WriteString(s.colon)
		b.Write(spread(value, s.space))
	}
	b.WriteString(s.close + "}")
	return b.Bytes(), nil
}

// encode is the value as JSON on one line, without escapes that only HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// spread puts a space after each comma and colon of a JSON value.
func spread(value []byte, space string) []byte {
	var b bytes.Buffer
	inString := false
	for i := 0; i < len(value); i++ {
		c := value[i]
		b.WriteByte(c)
		switch {
		case inString && c == '\\':
			i++
			b.WriteByte(value[i])
		case c == '"':
			inString = !inString
		case !inString && (c == ',' || c == ':'):
			b.WriteString(space)
		}
	}
	return b.Bytes()
}

// lineEnd is the line end of the text.
func lineEnd(data []byte) string {
	if bytes.Contains(data, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// indentAt is the white space at the begin of the line of an offset.
func indentAt(data []byte, at int) string {
	line := data[bytes.LastIndexByte(data[:at], '\n')+1 : at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// unit is one step of indentation.
func unit(data []byte, root *node) string {
	for _, item := range root.items {
		if own := strings.TrimPrefix(indentAt(data, item.from()), indentAt(data, root.start)); own != "" {
			return own
		}
	}
	return "  "
}
