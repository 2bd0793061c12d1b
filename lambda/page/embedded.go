package page

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"stockchecker/lambda/checker"
)

// embedded reads what the checker's paths find in the page's embedded JSON.
func (p *document) embedded(a *answer) error {
	want := p.checker.JSON
	if want == nil {
		return nil
	}
	scripts := want.Script.MatchAll(p.doc.root)
	if len(scripts) == 0 {
		return p.unsure(Layout, nil, "no element of the page matches json.script (%s)", want.Script)
	}
	var data *jsonValue
	for _, n := range scripts {
		for _, v := range parseJSON(scriptText(n)) {
			if data == nil && (v.Kind == jsonObject || v.Kind == jsonArray) {
				data = v
			}
		}
	}
	if data == nil {
		return p.unsure(Layout, nil, "what json.script (%s) finds holds no JSON that can be read", want.Script)
	}
	source := func(key string, path checker.Path) Evidence {
		return Evidence{Source: "json." + key, Selector: want.Script.String() + " " + path.Source}
	}
	if want.Title.Source != "" {
		for _, v := range pathValues(data, want.Title) {
			if v.Kind == jsonString {
				a.title(oneLine(html.UnescapeString(v.Text)), source("title", want.Title))
			}
		}
	}
	if want.Price.Source != "" {
		for _, v := range pathValues(data, want.Price) {
			e := source("price", want.Price)
			e.Text = cut(v.Text)
			if price, ok := parseMachinePrice(v.Text, "", priceHint{}); ok {
				a.price(price, e)
				break
			}
		}
	}
	if want.InStock.Source != "" {
		values := pathValues(data, want.InStock)
		if len(values) == 0 {
			return p.unsure(Layout, nil, "nothing is at json.inStock (%s) in %s", want.InStock.Source, want.Script)
		}
		best, text := checker.Unknown, ""
		for _, v := range values {
			// As with offers, any that is in stock counts.
			if av := jsonAvailability(v); av != checker.Unknown && (best == checker.Unknown || best == checker.SoldOut) {
				best, text = av, v.Text
			}
		}
		e := source("inStock", want.InStock)
		if best == checker.Unknown {
			e.Text = cut(values[0].Text)
			return p.unsure(Layout, []Evidence{e}, "the value at json.inStock (%s) is %.60q, which says nothing of stock", want.InStock.Source, values[0].Text)
		}
		e.Text = cut(text)
		a.say(best, e)
	}
	return nil
}

// jsonAvailability reads a value that tells stock: a truth value, a count, or a
// word.
func jsonAvailability(v *jsonValue) checker.Availability {
	switch v.Kind {
	case jsonNumber:
		if f, err := strconv.ParseFloat(v.Text, 64); err == nil {
			if f > 0 {
				return checker.InStock
			}
			return checker.SoldOut
		}
	case jsonBool, jsonString:
		switch strings.ToLower(strings.TrimSpace(v.Text)) {
		case "true", "yes", "available":
			return checker.InStock
		case "false", "no", "unavailable", "not_available", "notavailable":
			return checker.SoldOut
		}
		if f, err := strconv.ParseFloat(strings.TrimSpace(v.Text), 64); err == nil {
			return jsonAvailability(&jsonValue{Kind: jsonNumber, Text: strconv.FormatFloat(f, 'f', -1, 64)})
		}
		if av := availabilityOf([]string{v.Text}); av != checker.Unknown {
			return av
		}
		if says, ok := labelSays(v.Text); ok {
			return says.Availability
		}
	}
	return checker.Unknown
}

// pathValues are the values at a path, in order.
func pathValues(v *jsonValue, path checker.Path) []*jsonValue {
	values := []*jsonValue{v}
	for _, step := range path.Steps {
		var next []*jsonValue
		for _, v := range values {
			switch {
			case step.Key != "" && v.Kind == jsonObject:
				for _, m := range v.Members {
					if m.Key == step.Key {
						next = append(next, m.Value)
						break
					}
				}
			case step.Key != "":
			case step.Index == checker.AnyIndex && v.Kind == jsonObject:
				// An object stands for the list of its members in some pages.
				for _, m := range v.Members {
					next = append(next, m.Value)
				}
			case step.Index == checker.AnyIndex:
				next = append(next, v.Elems...)
			case step.Index < len(v.Elems):
				next = append(next, v.Elems[step.Index])
			}
			if len(next) > maxItems {
				break
			}
		}
		values = next
	}
	return values
}
