package checker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
)

// Definition is a checker as it travels: exactly the keys that its entry and
// the defaults have, with their values as they were written. Tools that deploy
// pass it on as it is; only Resolve looks into it. It is immutable.
type Definition struct {
	values    map[string]json.RawMessage
	name, url string
}

// Name is the checker's unique name.
func (d Definition) Name() string { return d.name }

// URL is the page that the checker reads.
func (d Definition) URL() string { return d.url }

// MarshalJSON writes the keys in alphabetical order.
func (d Definition) MarshalJSON() ([]byte, error) {
	if d.values == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(d.values)
}

// UnmarshalJSON is ParseDefinition.
func (d *Definition) UnmarshalJSON(data []byte) error {
	parsed, err := ParseDefinition(data)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// ParseDefinition reads a definition that has travelled, with the strictness
// of Parse: it is an object with the keys of a checker and no others. The error
// is a Faults.
func ParseDefinition(data []byte) (Definition, error) {
	r := &reading{lines: newLines(data)}
	n, err := r.object(data)
	if err != nil {
		return Definition{}, err
	}
	r.checker = nameIn(n)
	readChecker(r, n, nil)
	if err := r.faults.err(); err != nil {
		return Definition{}, err
	}
	return define(n, nil)
}

// Resolve makes a definition ready for use: built-in defaults and the store's
// preset applied, all that is text in it compiled. It never fails on a
// Definition of Parse or ParseDefinition. The error is a Faults.
func Resolve(d Definition) (*Checker, error) {
	data, err := d.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", d.name, err)
	}
	r := &reading{lines: newLines(data)}
	n, err := r.object(data)
	if err != nil {
		return nil, err
	}
	r.checker = nameIn(n)
	c := readChecker(r, n, nil)
	if err := r.faults.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// object parses a text that must be one JSON object.
func (r *reading) object(data []byte) (*node, error) {
	n, err := parseTree(data)
	if err != nil {
		at := 0
		if text, ok := err.(*textError); ok {
			at = text.at
		}
		r.fault(at, "", "%s", err)
		return nil, r.faults.err()
	}
	if n.kind != objectKind {
		r.fault(n.at, "", "the whole is %s, but must be an object, in { and }", n.kind)
		return nil, r.faults.err()
	}
	return n, nil
}

// readChecker reads an entry over the defaults, which may be nil and whose own
// faults are told elsewhere. The checker is whole only if no fault was found.
func readChecker(r *reading, entry, defaults *node) *Checker {
	c := &Checker{}
	into := &target{checker: c}
	readInitials(checkerKeys, into)
	every, alarm := entry.member("every"), entry.member("alarm")
	if defaults != nil {
		// Keys that the entry replaces say nothing for it.
		r.muted = true
		for _, m := range defaults.members {
			if k := keyNamed(checkerKeys, m.name); k != nil && !k.own && entry.member(m.name) == nil {
				value{m.value, m.name, r}.readKey(k, into)
			}
		}
		r.muted = false
	}
	readKeys(value{entry, "", r}, checkerKeys, into)
	if c.Store == nil && c.URL != "" && entry.member("store") == nil {
		if u, err := url.Parse(c.URL); err == nil {
			s, err := StoreFor(u.Hostname())
			if err != nil {
				r.fault(entry.at, "store", "%s", err)
			}
			c.Store = s
		}
	}
	if err := checkSpan(c); err != nil {
		switch {
		case alarm != nil:
			at := alarm
			if f := alarm.member("failures"); f != nil {
				at = f
			}
			r.fault(at.at, "alarm.failures", "%s", err)
		case every != nil:
			r.fault(every.at, "every", "%s", err)
		}
		// Where neither is the entry's own, it is a fault of the defaults.
	}
	return c
}

// define merges an entry, without faults, with the defaults.
func define(entry, defaults *node) (Definition, error) {
	d := Definition{values: map[string]json.RawMessage{}}
	for _, n := range []*node{defaults, entry} {
		if n == nil {
			continue
		}
		for _, m := range n.members {
			var compact bytes.Buffer
			if err := json.Compact(&compact, m.value.raw); err != nil {
				return Definition{}, fmt.Errorf("define key %s: %w", m.name, err)
			}
			d.values[m.name] = compact.Bytes()
		}
	}
	if n := entry.member("name"); n != nil {
		d.name = n.text
	}
	if n := entry.member("url"); n != nil {
		d.url = n.text
	}
	return d, nil
}
