package main

import (
	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// proposal is a preset with which a page can be read that cannot be read without.
type proposal struct {
	store  string
	answer watch.Answer
}

// propose looks for a preset of a shop software with which the page gives a
// certain answer, or is nil. Which software a page is of it says itself, where it
// does; so this one is a guess, which a person has to look at.
func propose(r *page.Response, ck *checker.Checker) *proposal {
	stores, err := checker.StoresWithMarks()
	if err != nil {
		return nil // the presets are part of the program, whose tests read them all
	}
	if s, err := checker.StoreNamed("schema-org"); err == nil {
		stores = append([]*checker.Store{s}, stores...) // the least of a guess
	}
	for _, s := range stores {
		other := *ck
		other.Store = s
		read, err := page.Read(r, &other)
		p := proposal{s.Name, watch.Explain(&other, r.Final, read, err)}
		if p.answer.Error == nil && p.answer.InStock != nil && len(p.answer.Items) > 0 {
			return &p
		}
	}
	return nil
}
