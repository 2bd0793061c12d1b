package main

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// What was not sent is said, and when it is tried again.
func TestUnsent(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.Local)
	got := outcomeOf(&checker.Checker{Name: "lamp"}, watch.Report{
		Sent: []watch.Delivery{
			{Status: watch.ItemsGone, Channel: "console"},
			{Status: watch.ItemsGone, Channel: "phone", Err: errors.New("no answer")},
			{Status: watch.Initialized, Channel: "phone", Err: errors.New("no answer"), RetryAt: at},
		},
		Dropped: []watch.Delivery{{Status: watch.ItemsInStock, Channel: "pager"}},
	}, nil).Unsent
	want := []string{
		"ITEMS_GONE by phone: no answer; it is sent again at the next check",
		"INITIALIZED by phone: no answer; it is sent again at the first check after 09:26:53",
		"ITEMS_IN_STOCK by pager: nobody has had this channel for lamp for a day; it is dropped",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
