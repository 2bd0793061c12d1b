package watch

import (
	"regexp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Verdict says whether an item is in stock for a checker.
type Verdict string

// The verdicts.
const (
	Unknown Verdict = "unknown"
	No      Verdict = "no"
	Yes     Verdict = "yes"
)

// Judged is an item of a page with what it means for the checker.
type Judged struct {
	page.Item
	Verdict Verdict
	// Notes is what could not be compared, for the message: "price unknown".
	Notes []string

	conflict bool // the page shows the item twice, with answers that differ
}

// Judge decides what the items mean for the checker. Those that its include and
// exclude leave out are not in the result.
func Judge(c *checker.Checker, items []page.Item) []Judged {
	var judged []Judged
	for _, item := range items {
		if len(c.Include) > 0 && !matchesAny(c.Include, item.Title) || matchesAny(c.Exclude, item.Title) {
			continue
		}
		j := Judged{Item: item}
		j.Verdict, j.Notes = judge(c, item)
		judged = append(judged, j)
	}
	return judged
}

func judge(c *checker.Checker, item page.Item) (Verdict, []string) {
	if item.Availability == checker.Unknown || item.Availability == "" {
		return Unknown, nil
	}
	if !c.CountAsInStock[item.Availability] {
		return No, nil
	}
	var notes []string
	if len(c.Sellers) > 0 {
		switch {
		case fold(item.Seller) == "":
			notes = append(notes, "seller unknown")
		case !isSeller(c.Sellers, item.Seller):
			return No, nil
		}
	}
	if c.Condition != "any" && item.Condition != "" && item.Condition != "new" {
		return No, nil
	}
	if c.MaxPrice != nil {
		if item.Price == nil {
			notes = append(notes, "price unknown")
		} else if order, ok := item.Price.Compare(*c.MaxPrice); !ok {
			notes = append(notes, "price in "+item.Price.Currency+", not compared")
		} else if order > 0 {
			return No, nil
		}
	}
	return Yes, notes
}

func isSeller(allowed []string, seller string) bool {
	for _, a := range allowed {
		if fold(a) == fold(seller) {
			return true
		}
	}
	return false
}

func matchesAny(expressions []*regexp.Regexp, s string) bool {
	for _, e := range expressions {
		if e.MatchString(s) {
			return true
		}
	}
	return false
}
