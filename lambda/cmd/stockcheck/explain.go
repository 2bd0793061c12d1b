package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

type explainCommand struct {
	Page    string `arg:"" optional:"" name:"url|file|-" help:"The page: its URL, a saved page, or - for standard input. With --checker it may be left out."`
	URL     string `name:"url" placeholder:"URL" help:"The URL that a saved page came from."`
	Checker string `placeholder:"NAME" complete:"checkers" help:"Read with the settings of this checker."`
	File    string `default:"checkers.json" help:"The file that has the checker."`
	JSON    bool   `help:"Write the answer as JSON."`
	Record  string `placeholder:"DIR" help:"Keep the page and the answer in a new folder, as a test, without cookies, tokens and personal data."`
}

func (e *explainCommand) Run(ctx context.Context, c *console) error {
	answer, err := e.answer(ctx, c)
	switch {
	case err != nil && !e.JSON:
		return err
	case err != nil:
		// A program gets JSON also of what could not be read at all.
		answer = watch.Explain(nil, e.Page, nil, &page.Error{Kind: page.Network, Message: err.Error()})
		if errors.As(err, &usageError{}) {
			if jsonErr := c.json(answer); jsonErr != nil {
				return jsonErr
			}
			return err
		}
	}
	if e.JSON {
		if err := c.json(answer); err != nil {
			return err
		}
	} else {
		printAnswer(c, answer)
	}
	if answer.Error != nil {
		return errFailed
	}
	return nil
}

func (e *explainCommand) answer(ctx context.Context, c *console) (watch.Answer, error) {
	if e.Page == "" && e.Checker == "" {
		return watch.Answer{}, usageError{errors.New("explain needs a page, or --checker for the page of that one")}
	}
	fromWeb := e.Page == "" || strings.HasPrefix(e.Page, "http://") || strings.HasPrefix(e.Page, "https://")
	if fromWeb && e.URL != "" {
		return watch.Answer{}, usageError{errors.New("--url is for a saved page")}
	}
	ck, err := e.resolve(c, fromWeb)
	if err != nil {
		return watch.Answer{}, err
	}
	url := ck.URL
	var r *page.Response
	if fromWeb {
		r, err = fetch.New(fetch.Options{}).Fetch(ctx, ck, url)
	} else {
		r, err = e.saved(c, url)
		var fault *page.Error
		if err != nil && !errors.As(err, &fault) {
			return watch.Answer{}, err
		}
	}
	if ctx.Err() != nil {
		return watch.Answer{}, errors.New("interrupted")
	}
	var p *page.Page
	if err == nil {
		url = r.Final
		p, err = page.Read(r, ck)
	}
	answer := watch.Explain(ck, url, p, err)
	if e.Checker == "" {
		noteConditions(answer.Items)
	}
	if e.Record == "" {
		return answer, nil
	}
	if r == nil {
		return answer, fmt.Errorf("record page: there is none: %s", answer.Error.Message)
	}
	kept := recorded{response: r, answer: answer}
	if e.Checker != "" {
		if kept.settings, err = settingsOf(e.File, e.Checker); err != nil {
			return answer, err
		}
	}
	return answer, record(e.Record, kept, ck)
}

// resolve makes the checker that the page is read with.
func (e *explainCommand) resolve(c *console, fromWeb bool) (*checker.Checker, error) {
	if e.Checker != "" {
		checkers, err := loadCheckers(c, e.File)
		if err != nil {
			return nil, err
		}
		for _, ck := range checkers {
			if ck.Name == e.Checker {
				if e.URL != "" {
					return withURL(ck, e.URL), nil
				}
				if fromWeb && e.Page != "" {
					return withURL(ck, e.Page), nil
				}
				return ck, nil
			}
		}
		names := make([]string, len(checkers))
		for i, ck := range checkers {
			names[i] = ck.Name
		}
		return nil, usageError{fmt.Errorf("%s has no checker %q; it has %s", e.File, e.Checker, strings.Join(names[:min(len(names), 20)], ", "))}
	}
	url := e.URL
	if fromWeb {
		url = e.Page
	}
	if url == "" {
		// A saved page without its URL: its relative links lead nowhere.
		url = "https://saved.page.invalid/"
	}
	// What the page offers, new or not; what counts is a checker's choice.
	data, err := json.Marshal(map[string]string{"name": "explain", "url": url, "condition": "any"})
	if err != nil {
		return nil, err
	}
	d, err := checker.ParseDefinition(data)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s is no URL to read: it must begin with http:// or https:// and name a host", url)}
	}
	return checker.Resolve(d)
}

// withURL is the checker with another URL.
func withURL(ck *checker.Checker, url string) *checker.Checker {
	other := *ck
	other.URL = url
	return &other
}

// saved reads a page from a file or from standard input.
func (e *explainCommand) saved(c *console, url string) (*page.Response, error) {
	var in io.Reader = c.in
	name := "standard input"
	if e.Page != "-" {
		f, err := os.Open(e.Page)
		if err != nil {
			return nil, fmt.Errorf("read page: %w (a URL must begin with http:// or https://)", err)
		}
		defer f.Close()
		in, name = f, e.Page
	}
	body, err := io.ReadAll(io.LimitReader(in, fetch.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read page from %s: %w", name, err)
	}
	if len(body) > fetch.MaxBody {
		return nil, &page.Error{Kind: page.TooLarge, Message: fmt.Sprintf("%s is larger than the %d MiB that are read", name, fetch.MaxBody>>20)}
	}
	return &page.Response{URL: url, Final: url, Status: http.StatusOK, Header: http.Header{}, Body: body}, nil
}

// noteConditions says of items that are not new how a checker takes them.
func noteConditions(items []watch.AnswerItem) {
	for i := range items {
		if it := &items[i]; it.Condition != "" && it.Condition != "new" {
			it.Notes = append(it.Notes, `a checker counts new items only, unless its condition is "any"`)
		}
	}
}

// printAnswer writes an answer for a person.
func printAnswer(c *console, a watch.Answer) {
	fmt.Fprintln(c.out, c.paint(bold, a.URL))
	if a.Error != nil {
		fmt.Fprintf(c.out, "\n%s  %s\n", c.paint(yellow, "unknown ("+string(a.Error.Kind)+")"), a.Error.Message)
		for _, it := range a.Items {
			printItem(c, it)
		}
		printEvidence(c, a.Error.Evidence)
		return
	}
	if a.Listing {
		in := 0
		for _, it := range a.Items {
			if it.InStock != nil && *it.InStock {
				in++
			}
		}
		fmt.Fprintf(c.out, "a listing: %d of %s in stock\n", in, plural(len(a.Items), "item", "items"))
	}
	if len(a.Items) == 0 {
		fmt.Fprintln(c.out, "nothing on it is wanted: include and exclude leave no item")
	}
	for _, it := range a.Items {
		printItem(c, it)
	}
}

func printItem(c *console, it watch.AnswerItem) {
	fmt.Fprintf(c.out, "\n%s\n", c.paint(bold, it.Title))
	verdict := c.paint(yellow, "unknown")
	if it.InStock != nil {
		verdict = c.paint(red, "no")
		if *it.InStock {
			verdict = c.paint(green, "yes")
		}
	}
	field := func(name, value string) {
		if value == "" {
			value = c.paint(dim, "not read")
		}
		fmt.Fprintf(c.out, "  %-14s%s\n", name, value)
	}
	field("in stock", verdict)
	field("availability", string(it.Availability))
	price := ""
	if it.Price != nil {
		price = it.Price.String()
	}
	field("price", price)
	seller := ""
	if it.Seller != nil {
		seller = *it.Seller
	}
	field("seller", seller)
	if it.Condition != "" {
		field("condition", it.Condition)
	}
	if it.Quantity != nil {
		field("quantity", fmt.Sprint(*it.Quantity))
	}
	field("link", it.Link)
	for _, n := range it.Notes {
		field("note", n)
	}
	printEvidence(c, it.Evidence)
}

// printEvidence lists evidence, what won marked with a star.
func printEvidence(c *console, evidence []page.Evidence) {
	if len(evidence) == 0 {
		return
	}
	fmt.Fprintln(c.out, "  evidence")
	widths := [2]int{}
	for _, e := range evidence {
		widths[0], widths[1] = max(widths[0], columns(e.Source)), max(widths[1], columns(e.Says))
	}
	for _, e := range evidence {
		mark := " "
		if e.Won {
			mark = c.paint(green, "*")
		}
		where := e.Selector
		if e.Line > 0 {
			where = strings.TrimSuffix(fmt.Sprintf("line %d, %s", e.Line, e.Selector), ", ")
		}
		fmt.Fprintf(c.out, "  %s %s%s  %s%s  %q  %s\n", mark,
			e.Source, strings.Repeat(" ", widths[0]-columns(e.Source)),
			e.Says, strings.Repeat(" ", widths[1]-columns(e.Says)), clip(e.Text, 80), c.paint(dim, where))
	}
}
