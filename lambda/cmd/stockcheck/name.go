package main

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"stockchecker/lambda/watch"
)

// maxName is how long a checker's name may be.
const maxName = 40

// nameFor makes a checker's name from the product's title, or for a listing, or
// where there is no title, from the address.
func nameFor(a watch.Answer, address string) string {
	if !a.Listing && len(a.Items) > 0 {
		if name := slug(a.Items[0].Title); name != "" {
			return name
		}
	}
	return nameOfURL(address)
}

// nameOfURL makes a name from what is searched for, else from the last part of
// the path that is words, else from the host.
func nameOfURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "new"
	}
	for _, key := range []string{"q", "query", "search", "k", "d", "st", "Ntt", "keyword", "searchTerm", "_nkw", "s"} {
		if name := slug(u.Query().Get(key)); name != "" {
			return name
		}
	}
	parts := strings.Split(u.Path, "/")
	slices.Reverse(parts)
	for _, part := range parts {
		part = strings.TrimSuffix(part, path.Ext(part))
		if name := slug(part); strings.ContainsAny(name, "abcdefghijklmnopqrstuvwxyz") && len(name) > 1 {
			return name
		}
	}
	if name := slug(strings.TrimPrefix(u.Hostname(), "www.")); name != "" {
		return name
	}
	return "new"
}

// letters are those that are no base letter with a mark.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "þ", "th", "ı", "i")

// slug makes a name of a text's words, cut between two words, or "".
func slug(text string) string {
	var words []string
	word := strings.Builder{}
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range norm.NFKD.String(letters.Replace(strings.ToLower(text))) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			word.WriteRune(r)
		case r >= 0x300 && r < 0x370, r == '\'', r == '’': // marks of the letter before, and what joins
		default:
			end()
		}
	}
	end()
	name := ""
	for _, w := range words {
		longer := w
		if name != "" {
			longer = name + "-" + w
		}
		if len(longer) > maxName {
			break
		}
		name = longer
	}
	if name == "" && len(words) > 0 {
		name = words[0][:maxName]
	}
	return name
}

// freeName is the name, with a number where it is taken.
func freeName(taken []string, name string) string {
	free := name
	for n := 2; slices.Contains(taken, free); n++ {
		suffix := fmt.Sprintf("-%d", n)
		free = strings.TrimRight(name[:min(len(name), maxName-len(suffix))], "-") + suffix
	}
	return free
}
