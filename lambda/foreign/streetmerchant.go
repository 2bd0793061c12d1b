package foreign

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"stockchecker/lambda/document"
)

// series is how a series of products is searched for, and known by its titles.
type series struct {
	Search string `json:"search"`
	Title  string `json:"title"`
	Not    string `json:"not"`
}

//go:embed streetmerchant.json
var streetmerchantJSON []byte

var setting = regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$`)

// isDotenv tells a file of settings: its first line that is no comment is one.
func isDotenv(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") {
			continue
		}
		return setting.MatchString(line)
	}
	return false
}

// dotenv reads settings. The example that streetmerchant comes with has comments
// that begin with //, which readers of dotenv refuse.
func dotenv(text []byte) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		m := setting.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		value := strings.TrimSpace(m[2])
		if quote := value[:min(1, len(value))]; quote == `"` || quote == "'" || quote == "`" {
			if inside, _, closed := strings.Cut(value[1:], quote); closed {
				value = inside
			}
		} else {
			value, _, _ = strings.Cut(value, " #")
			value = strings.TrimSpace(value)
		}
		values[m[1]] = value
	}
	return values
}

// readDotenv reads the settings of streetmerchant. Its products' addresses are
// part of that program, so each store is watched by a search for each series.
func readDotenv(text []byte) (*List, error) {
	values := dotenv(text)
	if values["STORES"] == "" && values["SHOW_ONLY_SERIES"] == "" {
		return nil, errors.New("it has settings, and neither STORES nor SHOW_ONLY_SERIES of streetmerchant")
	}
	var known struct {
		Stores map[string]string `json:"stores"`
		Series map[string]series `json:"series"`
	}
	if err := json.Unmarshal(streetmerchantJSON, &known); err != nil {
		return nil, fmt.Errorf("read streetmerchant's stores: %w", err)
	}
	list := &List{Program: "streetmerchant"}
	note := func(format string, args ...any) { list.Notes = append(list.Notes, fmt.Sprintf(format, args...)) }
	wanted := words(values["SHOW_ONLY_SERIES"])
	if len(wanted) == 0 {
		note("SHOW_ONLY_SERIES is not set: streetmerchant then watches all that it knows; name the series that you want")
	}
	stores := words(values["STORES"])
	if len(stores) == 0 {
		stores = []string{"amazon", "bestbuy"} // its default
	}
	used := set("STORES SHOW_ONLY_SERIES SHOW_ONLY_BRANDS PAGE_SLEEP_MIN")
	for _, written := range stores {
		store, sleep, _ := strings.Cut(written, ":")
		sleep, _, _ = strings.Cut(sleep, ":")
		if sleep == "" {
			sleep = values["PAGE_SLEEP_MIN"]
		}
		address := known.Stores[store]
		if address == "" {
			note("the store %s is left out: it has no search that is known here; add its pages with stockcheck add", store)
			continue
		}
		for _, name := range wanted {
			s, ok := seriesOf(known.Series, name)
			if !ok {
				note("the series %s at %s is left out: it is not known here", name, store)
				continue
			}
			e := Entry{Title: s.Search + " " + store, URL: fmt.Sprintf(address, url.QueryEscape(s.Search))}
			e.Keys = append(e.Keys, document.Key{Name: "include", Value: includes(s.Title, words(values["SHOW_ONLY_BRANDS"]))})
			if s.Not != "" {
				e.Keys = append(e.Keys, document.Key{Name: "exclude", Value: []string{s.Not}})
			}
			limit := "MAX_PRICE_SERIES_" + strings.ToUpper(name)
			used[limit] = true
			if price := values[limit]; price != "" {
				if n, err := strconv.ParseUint(price, 10, 32); err == nil && n > 0 {
					e.Keys = append(e.Keys, document.Key{Name: "maxPrice", Value: n})
				} else {
					e.Notes = append(e.Notes, fmt.Sprintf("%s is not carried over: %q is no whole number", limit, price))
				}
			}
			if ms, err := strconv.ParseUint(sleep, 10, 32); err == nil && ms > 0 {
				text, changed := every(time.Duration(ms) * time.Millisecond)
				e.Keys = append(e.Keys, document.Key{Name: "every", Value: text})
				if changed != "" {
					e.Notes = append(e.Notes, changed)
				}
			}
			list.Entries = append(list.Entries, e)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case used[name] || values[name] == "":
		case name == "EMAIL_TO" || name == "EMAIL_USERNAME" && values["EMAIL_TO"] == "":
			note("%s is not carried over; write the address into alerts.email", name)
		default:
			note("%s is not carried over", name)
		}
	}
	return list, nil
}

// numbered are series of graphics cards that are called by their number.
var numbered = regexp.MustCompile(`^([0-9]{4})(ti|super|tisuper)?$`)

func seriesOf(known map[string]series, name string) (series, bool) {
	if s, ok := known[name]; ok {
		return s, true
	}
	m := numbered.FindStringSubmatch(name)
	if m == nil {
		return series{}, false
	}
	switch m[2] {
	case "":
		return series{"rtx " + m[1], `rtx\s*` + m[1] + `\b`, m[1] + `\s*(ti|super)`}, true
	case "tisuper":
		return series{"rtx " + m[1] + " ti super", `rtx\s*` + m[1] + `\s*ti\s*super\b`, ""}, true
	}
	return series{"rtx " + m[1] + " " + m[2], `rtx\s*` + m[1] + `\s*` + m[2] + `\b`, ""}, true
}

// includes are expressions for titles of a series, and of one of the brands if
// there are any.
func includes(title string, brands []string) []string {
	if len(brands) == 0 {
		return []string{title}
	}
	var all []string
	for _, b := range brands {
		brand := `\b` + regexp.QuoteMeta(b) + `\b`
		all = append(all, fmt.Sprintf("%s.*(?:%s)|(?:%s).*%s", brand, title, title, brand))
	}
	return all
}

// words are the parts of a list with commas.
func words(list string) []string {
	var all []string
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}
