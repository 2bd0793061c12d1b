package page

import (
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRetryAfter(t *testing.T) {
	const date = "Wed, 05 Nov 2025 12:00:00 GMT"
	clock := time.Date(2025, 11, 5, 11, 0, 0, 0, time.UTC)
	tests := []struct {
		name       string
		retryAfter string
		date       string
		now        time.Time
		want       time.Duration
	}{
		{"none", "", date, clock, 0},
		{"seconds", "120", "", time.Time{}, 2 * time.Minute},
		{"seconds need no date", "120", date, clock, 2 * time.Minute},
		{"zero", "0", "", time.Time{}, 0},
		{"leading zeros", "007", "", time.Time{}, 7 * time.Second},
		{"space around", " 30 ", "", time.Time{}, 30 * time.Second},
		{"a day", "86400", "", time.Time{}, 24 * time.Hour},
		{"more than a day", "86401", "", time.Time{}, 24 * time.Hour},
		{"more than a Duration holds", "9223372037", "", time.Time{}, 24 * time.Hour},
		{"more than an integer holds", "99999999999999999999999", "", time.Time{}, 24 * time.Hour},
		{"negative", "-5", date, clock, 0},
		{"fraction", "1.5", date, clock, 0},
		{"words", "soon", date, clock, 0},
		{"date after the response's", "Wed, 05 Nov 2025 12:05:30 GMT", date, time.Time{}, 5*time.Minute + 30*time.Second},
		{"the response's date outranks the clock", "Wed, 05 Nov 2025 12:01:00 GMT", date, clock, time.Minute},
		{"date and clock", "Wed, 05 Nov 2025 12:01:00 GMT", "", clock, time.Hour + time.Minute},
		{"unreadable date and clock", "Wed, 05 Nov 2025 11:01:00 GMT", "today", clock, time.Minute},
		{"date and no clock", "Wed, 05 Nov 2025 12:01:00 GMT", "", time.Time{}, 0},
		{"date in the past", "Wed, 05 Nov 2025 11:59:59 GMT", date, time.Time{}, 0},
		{"date of now", date, date, time.Time{}, 0},
		{"date in years", "Wed, 05 Nov 2031 12:00:00 GMT", date, time.Time{}, 24 * time.Hour},
		{"RFC 850 date", "Wednesday, 05-Nov-25 12:00:10 GMT", date, time.Time{}, 10 * time.Second},
		{"asctime date", "Wed Nov  5 12:00:10 2025", date, time.Time{}, 10 * time.Second},
		{"a broken date", "Wed, 35 Nov 2025 12:00:00 GMT", date, clock, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.retryAfter != "" {
				h.Set("Retry-After", tt.retryAfter)
			}
			if tt.date != "" {
				h.Set("Date", tt.date)
			}
			if got := retryAfter(h, tt.now); got != tt.want {
				t.Errorf("retryAfter(%q, Date %q, now %v) = %v, want %v", tt.retryAfter, tt.date, tt.now, got, tt.want)
			}
		})
	}
}

func TestRetryAfterStaysWithinADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := http.Header{"Retry-After": {rapid.String().Draw(t, "value")}}
		if rapid.Bool().Draw(t, "number") {
			h.Set("Retry-After", rapid.StringMatching(`[0-9]{1,30}`).Draw(t, "digits"))
		}
		now := time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, "now"), 0)
		if got := retryAfter(h, now); got < 0 || got > 24*time.Hour {
			t.Fatalf("retryAfter(%q) = %v", h.Get("Retry-After"), got)
		}
	})
}
