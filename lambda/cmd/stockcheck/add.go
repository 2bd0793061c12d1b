package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/document"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

type addCommand struct {
	URL            string            `arg:"" name:"url" help:"The page of the product, or a listing of many, as the browser shows it."`
	Name           string            `placeholder:"NAME" help:"What to call it. Without it: made from the title."`
	Every          string            `placeholder:"TIME" help:"Time between two checks, such as 5m."`
	MaxPrice       string            `placeholder:"PRICE" help:"Above this price it does not count, such as \"650 USD\"."`
	Include        []string          `placeholder:"EXPRESSION" sep:"none" help:"Watch only items whose title matches. May be given several times."`
	Exclude        []string          `placeholder:"EXPRESSION" sep:"none" help:"Leave out items whose title matches. May be given several times."`
	Seller         []string          `placeholder:"SELLER" sep:"none" help:"Only what this seller sells counts. May be given several times."`
	SKU            string            `name:"sku" placeholder:"NUMBER" help:"The product's number at the shop: another product on the page is then unknown."`
	Condition      string            `placeholder:"new|any" help:"any: used and refurbished items count too."`
	CountAsInStock []string          `placeholder:"AVAILABILITY" help:"Further availabilities that count, such as preorder."`
	AlertOn        []string          `placeholder:"CHANGE" help:"Which changes are told: inStock, gone, someGone, priceDrop."`
	Cooldown       string            `placeholder:"TIME" help:"Keep an item's further changes back for so long after it was told."`
	Pages          int               `placeholder:"N" help:"How many pages of a listing are read."`
	Store          string            `placeholder:"PRESET" complete:"stores" help:"Read the page by this preset."`
	Select         map[string]string `placeholder:"KEY=SELECTOR" mapsep:"none" help:"A CSS selector of your own, such as price=.buy-box. May be given several times."`
	Header         map[string]string `placeholder:"NAME=VALUE" mapsep:"none" help:"An extra request header. May be given several times."`
	Channel        []string          `placeholder:"CHANNEL" sep:"none" help:"The channel of alerts.urls that tells of it. May be given several times."`
	File           string            `default:"checkers.json" help:"Where it is written."`
	Yes            bool              `short:"y" help:"Do not ask."`
	Force          bool              `help:"Add it also if the page cannot be read now."`
}

func (a *addCommand) Run(ctx context.Context, c *console) error {
	if !a.Yes && !c.interactive {
		return usageError{errors.New("add asks before it writes, and there is no terminal to ask on; give --yes")}
	}
	ck, twin, err := a.resolve(c)
	if err != nil {
		return err
	}
	r, err := fetch.New(fetch.Options{}).Fetch(ctx, ck, ck.URL)
	if ctx.Err() != nil {
		return errors.New("interrupted; nothing was added")
	}
	var p *page.Page
	url := ck.URL
	if err == nil {
		url = r.Final
		p, err = page.Read(r, ck)
	}
	answer := watch.Explain(ck, url, p, err)
	printSummary(c, ck, answer)
	var found *proposal
	if answer.Error != nil && r != nil && ck.Store == nil {
		if found = propose(r, ck); found != nil {
			fmt.Fprintf(c.out, "\nWith the preset %s it can be read:\n", found.store)
			printSummary(c, ck, found.answer)
			answer = found.answer
		}
	}
	if twin != "" {
		fmt.Fprintf(c.out, "\nnote: the checker %s reads this page already\n", twin)
	}
	readable := answer.Error == nil
	// What the page itself does not say is for a person to decide.
	if a.Yes && !a.Force && (!readable || found != nil) {
		why := "the page cannot be read"
		if found != nil {
			why = fmt.Sprintf("the page can be read only by the preset %s, which is a guess", found.store)
		}
		return fmt.Errorf("add %s: %s; nothing was added; --force adds it all the same", a.URL, why)
	}

	var entry document.Entry
	edit := func(d *document.Document) error {
		name := a.Name
		if name == "" {
			name = freeName(d.Names(), nameFor(answer, a.URL))
		}
		entry = a.entry(name, found)
		return d.Add(entry)
	}
	if _, err := document.Try(a.File, edit); err != nil {
		return refused(c, err)
	}
	shown, err := entry.JSON()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "\nThe entry for %s:\n  %s\n", a.File, shown)
	if !a.Yes {
		question, byDefault := "Add it?", true
		if !readable {
			question, byDefault = "The page cannot be read now. Add it all the same?", false
		}
		if !c.confirm(question, byDefault) {
			fmt.Fprintln(c.out, "nothing was added")
			return errFailed
		}
	}
	if err := document.Update(a.File, edit); err != nil {
		return refused(c, err)
	}
	fmt.Fprintf(c.out, "added %s to %s\n", entry.Name(), a.File)
	return nil
}

// resolve makes the checker as the file would have it, and names one that reads
// the same page already.
func (a *addCommand) resolve(c *console) (ck *checker.Checker, twin string, err error) {
	file, err := document.Try(a.File, func(d *document.Document) error {
		name := a.Name
		if name == "" {
			name = freeName(d.Names(), "new")
		}
		return d.Add(a.entry(name, nil))
	})
	if err != nil {
		return nil, "", refused(c, err)
	}
	last := len(file.Checkers) - 1
	for _, d := range file.Checkers[:last] {
		if page.Address(d.URL()) == page.Address(a.URL) {
			twin = d.Name()
			break
		}
	}
	ck, err = checker.Resolve(file.Checkers[last])
	return ck, twin, err
}

// entry is what is written: the keys that were given, and no others.
func (a *addCommand) entry(name string, found *proposal) document.Entry {
	e := document.Entry{{Name: "name", Value: name}, {Name: "url", Value: a.URL}}
	text := func(key, value string) {
		if value != "" {
			e = append(e, document.Key{Name: key, Value: value})
		}
	}
	list := func(key string, values []string) {
		if len(values) > 0 {
			e = append(e, document.Key{Name: key, Value: values})
		}
	}
	object := func(key string, values map[string]string) {
		if len(values) > 0 {
			e = append(e, document.Key{Name: key, Value: values})
		}
	}
	text("every", a.Every)
	list("include", a.Include)
	list("exclude", a.Exclude)
	if wholePrice.MatchString(a.MaxPrice) {
		e = append(e, document.Key{Name: "maxPrice", Value: json.Number(a.MaxPrice)})
	} else {
		text("maxPrice", a.MaxPrice)
	}
	text("sku", a.SKU)
	list("sellers", a.Seller)
	text("condition", a.Condition)
	list("countAsInStock", a.CountAsInStock)
	list("alertOn", a.AlertOn)
	text("cooldown", a.Cooldown)
	if a.Pages != 0 {
		e = append(e, document.Key{Name: "pages", Value: a.Pages})
	}
	text("store", a.Store)
	object("select", a.Select)
	object("headers", a.Header)
	list("channels", a.Channel)
	if found != nil {
		text("store", found.store)
	}
	return e
}

// wholePrice is a price without a currency, which is a number in the file.
var wholePrice = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// printSummary writes an answer, of a listing its first items alone.
func printSummary(c *console, ck *checker.Checker, a watch.Answer) {
	const most = 3
	printed, rest := a, 0
	if a.Listing && len(a.Items) > most {
		in := 0
		for _, it := range a.Items {
			if it.InStock != nil && *it.InStock {
				in++
			}
		}
		fmt.Fprintf(c.out, "%s\na listing: %d of %d items in stock, the first of them:\n", c.paint(bold, a.URL), in, len(a.Items))
		printed.Items, rest = a.Items[:most], len(a.Items)-most
		for _, it := range printed.Items {
			printItem(c, it)
		}
	} else {
		printAnswer(c, printed)
	}
	if rest > 0 {
		fmt.Fprintf(c.out, "\n  and %d more, which stockcheck explain lists\n", rest)
	}
	if ck.Store != nil {
		fmt.Fprintf(c.out, "\nread by the preset %s\n", ck.Store.Name)
	}
}

// confirm asks a question on the terminal. An empty line is the default, and so
// is no for an end of the input.
func (c *console) confirm(question string, byDefault bool) bool {
	choices := "[y/N]"
	if byDefault {
		choices = "[Y/n]"
	}
	in := bufio.NewReader(c.in)
	for {
		fmt.Fprintf(c.out, "%s %s ", question, choices)
		line, err := in.ReadString('\n')
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return true
		case "n", "no":
			return false
		case "":
			return byDefault && err == nil
		}
		if err != nil {
			return false
		}
		fmt.Fprintln(c.out, "Please answer y or n.")
	}
}

// refused prints the faults of a file, a line each, and passes other errors on.
func refused(c *console, err error) error {
	if faults, ok := err.(checker.Faults); ok {
		fmt.Fprintln(c.err, faults)
		return errFailed
	}
	return err
}
