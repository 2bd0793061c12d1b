package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/cost"
)

type costCommand struct {
	File         string  `default:"checkers.json" help:"The file that is deployed."`
	ChecksMs     float64 `default:"1000" placeholder:"N" help:"How long a check takes, in milliseconds."`
	Alerts       float64 `default:"4" placeholder:"N" help:"How many alerts a product sends in a month."`
	FailingHours float64 `default:"0" placeholder:"N" help:"Hours of a month in which a product's page can't be read."`
	SMSPrice     float64 `name:"sms-price" placeholder:"USD" help:"What one text message costs in your country."`
	JSON         bool    `help:"Write the answer as JSON."`
}

func (m *costCommand) Run(c *console) error {
	switch {
	case m.ChecksMs <= 0 || m.ChecksMs > 28_000:
		return usageError{errors.New("--checks-ms: a check takes more than 0 and at most 28000 milliseconds")}
	case m.Alerts < 0 || m.FailingHours < 0 || m.FailingHours > 730 || m.SMSPrice < 0:
		return usageError{errors.New("--alerts, --failing-hours and --sms-price are not negative, and a month has 730 hours")}
	}
	file, err := checker.Load(m.File)
	if err != nil {
		return refused(c, err)
	}
	month, err := cost.Of(file, cost.Use{
		Check: time.Duration(m.ChecksMs * float64(time.Millisecond)), Alerts: m.Alerts, FailingHours: m.FailingHours, SMSPrice: m.SMSPrice,
	})
	if err != nil {
		return fmt.Errorf("compute cost of %s: %w", m.File, err)
	}
	if m.JSON {
		return c.json(month)
	}
	fmt.Fprintf(c.out, "%s on AWS, a month of 730 hours, %s checked: checks of %s ms, %s alerts a product\n\n",
		m.File, plural(month.Products, "product", "products"), number(m.ChecksMs), number(m.Alerts))
	var rows [][]cell
	for _, l := range month.Lines {
		rows = append(rows, []cell{{l.Name, ""}, {number(l.Quantity) + " " + l.Unit, ""}, {dollars(l.USD), ""}, {dollars(-l.Free), dim}, {l.Note, dim}})
	}
	rows = append(rows, []cell{{"in all", bold}, {}, {dollars(month.USD), bold}, {dollars(-month.Free), dim}, {}})
	c.table(c.out, []string{"WHAT", "QUANTITY", "A MONTH", "FREE TIER", ""}, rows)
	fmt.Fprintf(c.out, "\n%s a month; %s in an account that uses the free tier for nothing else.\n", dollars(month.USD), dollars(month.USD-month.Free))
	fmt.Fprintf(c.out, "List prices of %s, arm64, as of %s. They change: look yours up at the addresses that --json names.\n", month.Prices.Region, month.Prices.Date)
	return nil
}

// number is a quantity for a person.
func number(f float64) string {
	switch {
	case f == float64(int64(f)):
		return strconv.FormatInt(int64(f), 10)
	case f < 10:
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

// dollars is an amount, to the hundredth, or smaller where it is less than that.
func dollars(f float64) string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	switch {
	case f == 0:
		return "$0"
	case f < 0.0001:
		return "<$0.0001"
	case f < 0.01:
		return sign + "$" + strconv.FormatFloat(f, 'f', 4, 64)
	}
	return sign + "$" + strconv.FormatFloat(f, 'f', 2, 64)
}
