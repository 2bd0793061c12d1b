package page

import (
	"strconv"
	"strings"
)

// Nuxt writes a page's data in two forms that save what it has several times. One
// version has a list in which every value that stands in another is the number of its
// place in the list; the version before has a function, with such values as arguments.

// nuxtListID is the id of the script with the list.
const nuxtListID = "__NUXT_DATA__"

// unshared are the values of a list of Nuxt, put where they belong: those that are
// objects are shared by all that have them.
func unshared(list *jsonValue) *jsonValue {
	if list.Kind != jsonArray || len(list.Elems) == 0 || list.Cut {
		return list
	}
	u := unsharer{list: list.Elems, made: make([]*jsonValue, len(list.Elems))}
	return u.at(0)
}

type unsharer struct {
	list []*jsonValue
	made []*jsonValue
	deep int // how many values are around the one that is made
}

// at is the value at a place of the list. Places that are negative stand for values
// that JSON has no word for.
func (u *unsharer) at(i int) *jsonValue {
	if i < 0 || i >= len(u.list) || u.deep >= maxDepth {
		return &jsonValue{Kind: jsonNull}
	}
	if u.made[i] != nil {
		return u.made[i]
	}
	from := u.list[i]
	v := &jsonValue{Kind: from.Kind, Text: from.Text, At: from.At, Cut: from.Cut}
	u.made[i] = v // before what is in it, which may lead back here
	u.deep++
	defer func() { u.deep-- }()
	switch from.Kind {
	case jsonObject:
		for _, m := range from.Members {
			v.Members = append(v.Members, jsonMember{m.Key, u.value(m.Value)})
		}
	case jsonArray:
		elems := from.Elems
		if len(elems) > 0 && elems[0].Kind == jsonString {
			// Of a kind of its own: ["Reactive", 1] is the value there.
			if len(elems) == 2 && (strings.HasSuffix(elems[0].Text, "Reactive") || strings.HasSuffix(elems[0].Text, "Ref")) {
				*v = *u.value(elems[1])
				return v
			}
			elems = elems[1:]
		}
		for _, e := range elems {
			v.Elems = append(v.Elems, u.value(e))
		}
	}
	return v
}

func (u *unsharer) value(place *jsonValue) *jsonValue {
	if place.Kind != jsonNumber {
		return place
	}
	i, err := strconv.Atoi(place.Text)
	if err != nil {
		return place
	}
	return u.at(i)
}

// called is what Nuxt's function gives, with its arguments where its data has their
// names: of "(function(a){return {inStock:a}}(true))" the object with true; nil of
// what is no such function.
func called(s string) []*jsonValue {
	_, rest, found := strings.Cut(s, "(function(")
	names, body, closed := strings.Cut(rest, ")")
	end := strings.LastIndex(body, "}(")
	begin := strings.Index(body, "return ")
	if !found || !closed || begin < 0 || end < begin {
		return nil
	}
	params := strings.Split(names, ",")
	given := parseJSON("[" + strings.TrimRight(body[end+len("}("):], "); \n") + "]")
	if len(given) != 1 || given[0].Kind != jsonArray || len(given[0].Elems) > len(params) {
		return nil
	}
	args := make(map[string]*jsonValue, len(params))
	for i, v := range given[0].Elems {
		args[strings.TrimSpace(params[i])] = v
	}
	var put func(v *jsonValue) *jsonValue
	put = func(v *jsonValue) *jsonValue {
		if arg := args[v.Text]; arg != nil && v.Bare {
			return arg
		}
		for i := range v.Members {
			v.Members[i].Value = put(v.Members[i].Value)
		}
		for i := range v.Elems {
			v.Elems[i] = put(v.Elems[i])
		}
		return v
	}
	values := parseJSON(body[begin+len("return ") : end])
	for _, v := range values {
		put(v)
	}
	return values
}
