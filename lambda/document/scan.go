package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// node is a value and its place in the text: in an object with its name.
type node struct {
	name      string
	nameStart int // of a member: where its name begins
	nameEnd   int // and ends; 0: the value is no member
	start     int
	end       int
	open      byte    // '{' or '[', 0: neither
	items     []*node // of an object its members, of a list its elements
	raw       string  // of a value without items
}

// from is where the item begins, with its name.
func (n *node) from() int {
	if n.nameEnd > 0 {
		return n.nameStart
	}
	return n.start
}

// member is the last member of that name, which is the one that JSON readers take, or nil.
func (n *node) member(name string) *node {
	var found *node
	if n.open == '{' {
		for _, m := range n.items {
			if m.name == name {
				found = m
			}
		}
	}
	return found
}

// text is the member of that name, if it is a string.
func (n *node) text(name string) string {
	m := n.member(name)
	if m == nil {
		return ""
	}
	var s string
	if json.Unmarshal([]byte(m.raw), &s) != nil {
		return ""
	}
	return s
}

// scan reads the places of all values of a text.
func scan(data []byte) (*node, error) {
	if !json.Valid(data) {
		return nil, errors.New("it is no JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	s := scanner{data, dec}
	root, err := s.value()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return root, err
}

type scanner struct {
	data []byte
	dec  *json.Decoder
}

// token returns the next token and where it begins.
func (s *scanner) token() (json.Token, int, error) {
	at := int(s.dec.InputOffset())
	for at < len(s.data) && bytes.IndexByte([]byte(" \t\r\n,:"), s.data[at]) >= 0 {
		at++
	}
	t, err := s.dec.Token()
	return t, at, err
}

func (s *scanner) value() (*node, error) {
	t, at, err := s.token()
	if err != nil {
		return nil, err
	}
	n := &node{start: at}
	if delim, ok := t.(json.Delim); ok {
		n.open = byte(delim)
		for s.dec.More() {
			item, err := s.item(n.open == '{')
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		if _, _, err := s.token(); err != nil { // the closing bracket
			return nil, err
		}
	}
	n.end = int(s.dec.InputOffset())
	if n.open == 0 {
		n.raw = string(s.data[n.start:n.end])
	}
	return n, nil
}

// item reads a member of an object, or an element of a list.
func (s *scanner) item(member bool) (*node, error) {
	if !member {
		return s.value()
	}
	t, start, err := s.token()
	if err != nil {
		return nil, err
	}
	end := int(s.dec.InputOffset())
	n, err := s.value()
	if err != nil {
		return nil, err
	}
	n.name, _ = t.(string)
	n.nameStart, n.nameEnd = start, end
	return n, nil
}
