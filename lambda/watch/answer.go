package watch

import (
	"errors"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Answer is what a page says for a checker, with the evidence, as the command
// explain prints it.
type Answer struct {
	URL          string               `json:"url"` // the final one
	Availability checker.Availability `json:"availability"`
	InStock      *bool                `json:"inStock"` // nil: unknown
	Price        *checker.Price       `json:"price"`
	Listing      bool                 `json:"-"`
	Items        []AnswerItem         `json:"items"`
	Error        *AnswerError         `json:"error"`
}

// AnswerItem is the part of an Answer that is about one item.
type AnswerItem struct {
	Key          string               `json:"key"`
	Title        string               `json:"title"`
	Link         string               `json:"link"`
	Availability checker.Availability `json:"availability"`
	InStock      *bool                `json:"inStock"`
	Price        *checker.Price       `json:"price"`
	Seller       *string              `json:"seller"`
	Condition    string               `json:"condition,omitempty"`
	Quantity     *int                 `json:"quantity"`
	Evidence     []page.Evidence      `json:"evidence"`
	Notes        []string             `json:"-"`
}

// AnswerError is why there is no answer, with what was found nevertheless.
type AnswerError struct {
	Kind     page.Kind       `json:"kind"`
	Message  string          `json:"message"`
	Evidence []page.Evidence `json:"evidence,omitempty"`
}

// Explain answers for a page that was read, or for the error of reading it. Of a
// product whose availability could not be read, what could is told too.
func Explain(c *checker.Checker, url string, p *page.Page, err error) Answer {
	a := Answer{URL: url, Availability: checker.Unknown, Items: []AnswerItem{}}
	if err != nil {
		a.Error = &AnswerError{Kind: page.Network, Message: err.Error()}
		var e *page.Error
		if errors.As(err, &e) {
			a.Error.Kind, a.Error.Evidence = e.Kind, e.Evidence
			for _, j := range Judge(c, e.Items) {
				a.Items = append(a.Items, answerItem(j))
			}
		}
		return a
	}
	a.URL, a.Listing = p.URL, p.Listing
	judged := Judge(c, p.Items)
	for _, j := range judged {
		a.Items = append(a.Items, answerItem(j))
	}
	if len(judged) == 0 {
		// The page was read; nothing that the checker wants is on it.
		no := false
		a.InStock = &no
		return a
	}
	best := -1
	for i, it := range a.Items {
		if it.InStock != nil && (best < 0 || *it.InStock && !*a.Items[best].InStock) {
			best = i
		}
	}
	if best < 0 {
		a.Error = &AnswerError{Kind: page.Unsure, Message: "the page says of none of its items whether it is in stock"}
		for _, it := range a.Items {
			a.Error.Evidence = append(a.Error.Evidence, it.Evidence...)
		}
		a.Items = []AnswerItem{}
		return a
	}
	a.Availability, a.InStock = a.Items[best].Availability, a.Items[best].InStock
	if !p.Listing {
		a.Price = a.Items[best].Price
	}
	return a
}

func answerItem(j Judged) AnswerItem {
	it := AnswerItem{
		Key: j.Key, Title: j.Title, Link: j.Link, Availability: j.Availability,
		Price: j.Price, Condition: j.Condition, Quantity: j.Quantity, Evidence: j.Evidence, Notes: j.Notes,
	}
	if j.Seller != "" {
		it.Seller = &j.Seller
	}
	if it.Evidence == nil {
		it.Evidence = []page.Evidence{}
	}
	if j.Verdict != Unknown {
		yes := j.Verdict == Yes
		it.InStock = &yes
	}
	return it
}
