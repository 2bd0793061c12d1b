// Package cost computes what a checkers.json costs a month on AWS, from list
// prices and from what the system does: how often the function is invoked and how
// long it runs, what it reads and writes, and who is told.
//
// Of is its one entry. The prices are data, in prices.json, with their date and
// their source.
package cost

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stockchecker/lambda/checker"
)

// Use is how a deployment is used, as far as its file does not say.
type Use struct {
	Check        time.Duration // how long a check takes
	Alerts       float64       // that a product sends in a month
	FailingHours float64       // hours of a month in which a product's checks fail, of 730
	SMSPrice     float64       // in USD, of one text message; 0: that of the prices
}

// Price is what AWS takes for something.
type Price struct {
	USD    float64 `json:"usd"` // for Per
	Per    float64 `json:"per"`
	Free   float64 `json:"free"` // a month, in one account
	Source string  `json:"source"`
}

// Prices are list prices of one region.
type Prices struct {
	Region   string `json:"region"`
	Currency string `json:"currency"`
	Date     string `json:"date"` // when they were looked up

	LambdaRequest  Price `json:"lambdaRequest"`
	LambdaGBSecond Price `json:"lambdaGBSecond"` // of arm64
	S3Get          Price `json:"s3Get"`
	S3Put          Price `json:"s3Put"`
	Rule           Price `json:"rule"`
	Alarm          Price `json:"alarm"`
	Metric         Price `json:"metric"`
	Dashboard      Price `json:"dashboard"`
	LogGB          Price `json:"logGB"`
	SNSPublish     Price `json:"snsPublish"`
	SNSEmail       Price `json:"snsEmail"`
	SNSHTTPS       Price `json:"snsHTTPS"`
	SMS            Price `json:"sms"`
}

//go:embed prices.json
var pricesJSON []byte

// List is the prices that the program knows.
func List() (Prices, error) {
	var p Prices
	if err := json.Unmarshal(pricesJSON, &p); err != nil {
		return p, fmt.Errorf("read prices: %w", err)
	}
	return p, nil
}

// Line is one kind of cost.
type Line struct {
	Name     string  `json:"name"`
	Quantity float64 `json:"quantity"` // a month
	Unit     string  `json:"unit"`
	USD      float64 `json:"usd"`
	Free     float64 `json:"free"` // in USD: what the free tier takes off
	Note     string  `json:"note,omitempty"`
}

// Month is what a month costs.
type Month struct {
	Prices   Prices  `json:"prices"`
	Products int     `json:"products"` // that are enabled
	Lines    []Line  `json:"lines"`
	USD      float64 `json:"usd"`
	Free     float64 `json:"free"`
}

// What a month is, and what the function is.
const (
	hours       = 730
	minutes     = hours * 60
	memory      = 0.125 // GB
	longestRun  = 60 * time.Second
	latestStart = 35 * time.Second // of a check in an invocation
	logOfCheck  = 1e-6             // GB
	putsOfAlert = 3                // the change, that it was told, and the page

	errorsAlarm  = 2 // metrics in it
	deadManAlarm = 1

	// A checker that goes blind once and sees again: three failures and the page of
	// the first, and the recovery as of an alert without a page.
	putsOfFailure   = 6
	alertsOfFailure = 2
)

// Of is what the checkers of a file cost. Those that AWS cannot run so are an error.
func Of(file *checker.File, use Use) (Month, error) {
	prices, err := List()
	if err != nil {
		return Month{}, err
	}
	if use.SMSPrice > 0 {
		prices.SMS.USD = use.SMSPrice
	}
	var total quantities
	m := Month{Prices: prices}
	for _, d := range file.Checkers {
		ck, err := checker.Resolve(d)
		if err != nil {
			return Month{}, err
		}
		of, err := product(ck, use, file.Alerts)
		if err != nil {
			return Month{}, err
		}
		if ck.Enabled {
			m.Products++
		}
		total.add(of)
	}
	total.alarms += errorsAlarm
	if m.Products > 0 {
		total.alarms += deadManAlarm
	}
	total.dashboards = 1
	line := func(name string, quantity float64, unit string, price Price, note string) {
		l := Line{Name: name, Quantity: quantity, Unit: unit, Note: note}
		l.USD = quantity * price.USD / price.Per
		l.Free = min(quantity, price.Free) * price.USD / price.Per
		m.Lines = append(m.Lines, l)
		m.USD += l.USD
		m.Free += l.Free
	}
	waiting := ""
	if total.waited > 0 {
		waiting = fmt.Sprintf("%.0f of them waiting between checks of less than a minute", total.waited*memory)
	}
	line("Lambda invocations", total.invocations, "invocations", prices.LambdaRequest, "")
	line("Lambda time", total.seconds*memory, "GB-seconds", prices.LambdaGBSecond, waiting)
	line("S3 reads", total.checks, "requests", prices.S3Get, "the state, at each check")
	line("S3 writes", total.puts, "requests", prices.S3Put, "at alerts and failures only")
	line("EventBridge rules", float64(len(file.Checkers)), "rules", prices.Rule, "schedules have no price of their own")
	line("CloudWatch alarms", total.alarms, "alarm metrics", prices.Alarm, "one a product, and three of all")
	line("CloudWatch metrics", total.metrics, "metrics", prices.Metric, "of a product only in hours in which its checks fail")
	line("CloudWatch dashboard", total.dashboards, "dashboards", prices.Dashboard, "")
	line("CloudWatch logs", total.checks*logOfCheck, "GB", prices.LogGB, "about 1 KB a check")
	line("SNS publishes", total.publishes, "publishes", prices.SNSPublish, "")
	line("SNS e-mail", total.emails, "e-mails", prices.SNSEmail, "")
	line("SNS https", total.https, "deliveries", prices.SNSHTTPS, "")
	note := "the price of one is yours"
	if use.SMSPrice == 0 {
		note = "at the price in the United States, without the carrier's fee; give --sms-price for your country"
	}
	if total.sms == 0 {
		note = ""
	}
	line("SNS text messages", total.sms, "messages", prices.SMS, note)
	return m, nil
}

// quantities are what is paid for, in a month.
type quantities struct {
	invocations, seconds, waited, checks, puts, alarms, metrics, dashboards, publishes, emails, https, sms float64
}

func (q *quantities) add(o quantities) {
	q.invocations += o.invocations
	q.seconds += o.seconds
	q.waited += o.waited
	q.checks += o.checks
	q.puts += o.puts
	q.alarms += o.alarms
	q.metrics += o.metrics
	q.publishes += o.publishes
	q.emails += o.emails
	q.https += o.https
	q.sms += o.sms
}

// product is what one product takes.
func product(ck *checker.Checker, use Use, alerts checker.Alerts) (quantities, error) {
	q := quantities{alarms: 1} // also that of a paused one stays
	if !ck.Enabled {
		return q, nil
	}
	starts, err := startsOf(ck, use.Check)
	if err != nil {
		return q, err
	}
	invocations := minutes / max(ck.Every.Minutes(), 1)
	run := starts[len(starts)-1] + use.Check
	q.invocations = invocations
	q.seconds = invocations * min(run, longestRun).Seconds()
	q.checks = invocations * float64(len(starts))
	q.waited = q.seconds - min(q.checks*use.Check.Seconds(), q.seconds)
	q.metrics = use.FailingHours / hours
	told := use.Alerts
	q.puts = told * putsOfAlert
	if use.FailingHours > 0 {
		told += alertsOfFailure
		q.puts += putsOfFailure
	}
	q.publishes = told
	q.emails = told * subscribers(alerts.Email, ck.Name)
	q.https = told * subscribers(alerts.HTTPS, ck.Name)
	q.sms = told * subscribers(alerts.SMS, ck.Name)
	return q, nil
}

// startsOf are the moments of an invocation at which the function checks. Below
// a minute it waits for the next one as long as there is time left to end it, and
// does not make up for what a slow check missed.
func startsOf(ck *checker.Checker, check time.Duration) ([]time.Duration, error) {
	if ck.Every >= time.Minute {
		if ck.Every%time.Minute != 0 {
			return nil, notKept(ck)
		}
		return []time.Duration{0}, nil
	}
	if !slices.Contains([]time.Duration{10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second}, ck.Every) {
		return nil, notKept(ck)
	}
	var starts []time.Duration
	for due := time.Duration(0); due <= latestStart; {
		starts = append(starts, due)
		for ended := due + check; ; {
			if due += ck.Every; due >= ended {
				break
			}
		}
	}
	return starts, nil
}

func notKept(ck *checker.Checker) error {
	return fmt.Errorf("checker %q: every: %s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes", ck.Name, ck.Every)
}

// subscribers are how many are told of a checker.
func subscribers(list []checker.Subscriber, name string) float64 {
	n := 0
	for _, s := range list {
		if s.Only == nil || slices.Contains(s.Only, name) {
			n++
		}
	}
	return float64(n)
}
