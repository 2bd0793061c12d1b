package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"stockchecker/lambda/checker"
	prices "stockchecker/lambda/cost"
)

// What a check costs on AWS beside its CPU time.
const (
	waiting = 400 * time.Millisecond // for the shop and S3
	share   = 14                     // a function of 128 MB gets a fourteenth of a core
	metrics = 2                      // that a design with custom metrics has for each product, always
)

// benchCost computes what a product checked each minute costs a month on AWS, from
// the CPU time that was measured and the price list, beside two obvious designs by
// the same model.
func benchCost(r *report) error {
	cpu, ok := r.measured("check/warm-cpu-ms")
	if !ok {
		r.line("\ncost is left out: it needs the section function in the same run")
		return nil
	}
	billed := waiting + share*time.Duration(cpu*float64(time.Millisecond))
	list, err := prices.List()
	if err != nil {
		return err
	}
	r.line("\nUSD a product and month on AWS at one check a minute, %s; %.0f ms billed a check", list.Region, ms(billed))
	r.line("%8s | %8s | %30s", "products", "ours", "a function and metrics for each")
	for _, n := range []int{1, 50, 1000} {
		file, err := checker.Parse("checkers.json", checkersFile(n))
		if err != nil {
			return err
		}
		month, err := prices.Of(file, prices.Use{Check: billed})
		if err != nil {
			return err
		}
		each := month.USD / float64(n)
		r.line("%8d | %8.3f | %30.3f", n, each, each+metrics*list.Metric.USD/list.Metric.Per)
		r.figure(fmt.Sprintf("cost/product-month-of-%d-usd", n), each)
		if n == 1000 {
			r.figure("cost/product-month-usd", each)
		}
	}
	if faster, ok := r.measured("reader/listing/bs4-ratio"); ok {
		python := waiting + share*time.Duration(cpu*faster*float64(time.Millisecond))
		seconds := 730 * 60 * (python - billed).Seconds() * 0.125 * list.LambdaGBSecond.USD / list.LambdaGBSecond.Per
		r.line("with BeautifulSoup, which takes %.0f times the CPU for the same page, %.0f ms are billed a check: $%.3f more a product", faster, ms(python), seconds)
	}
	r.line("lower still: an alarm for all products instead of one for each saves $%.2f of it", list.Alarm.USD/list.Alarm.Per)
	return nil
}

// measured is a figure of this run.
func (r *report) measured(name string) (float64, bool) {
	i := slices.IndexFunc(r.figures, func(f figure) bool { return f.name == name })
	if i < 0 {
		return 0, false
	}
	v, err := strconv.ParseFloat(r.figures[i].value, 64)
	return v, err == nil
}
