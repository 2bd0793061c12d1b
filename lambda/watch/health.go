package watch

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// Limits of the back-off.
const (
	maxBackoff    = 30 * time.Minute
	maxRetryAfter = 24 * time.Hour
)

// inBackoff tells whether the shop is to be left alone. A regular check that
// comes a little early is not skipped for that. An end further ahead than one can
// be, or of a failure that is still to come, was set by a clock that was wrong.
func (h Health) inBackoff(now time.Time) bool {
	left := h.BackoffUntil.Sub(now)
	return left > time.Second && left <= maxRetryAfter+clockSkew && h.FailingSince.Sub(now) <= clockSkew
}

// failed is the health after a check that failed at now, begun at start. write
// tells whether it is worth a write, tell whether people are to hear of it.
func (h Health) failed(c *checker.Checker, e *page.Error, skipped bool, start, now time.Time) (next Health, write, tell bool) {
	limit := max(c.AlarmFailures, 1)
	next = h
	if h.Failures == 0 {
		next.FailingSince = seconds(now)
	}
	next.Failures++
	next.Kind, next.Message = e.Kind, oneLine(e.Message, maxReason)
	if !skipped && standsInTheWay(e) {
		next.Blocks++
		next.BackoffUntil = backoffUntil(c, next.Blocks, e.RetryAfter, start, now)
	}
	tell = !h.Told && next.Failures >= limit
	next.Told = h.Told || tell
	write = h.Failures < limit || tell || next.Kind != h.Kind || !next.BackoffUntil.Equal(h.BackoffUntil)
	return next, write, tell
}

const maxReason = 500

// standsInTheWay tells a shop that wants no more requests from one that is out
// of order.
func standsInTheWay(e *page.Error) bool {
	return e.Kind == page.Blocked || e.Kind == page.Queue || e.Status == http.StatusTooManyRequests || e.RetryAfter > 0
}

// backoffUntil is when the shop may be asked again after so many blocks in a
// row. It counts from the start of the check, so that after the first block the
// next regular check is not skipped, and goes down at random by up to a fifth,
// so that checkers that were blocked together do not come back together.
func backoffUntil(c *checker.Checker, blocks int, retryAfter time.Duration, start, now time.Time) time.Time {
	wait := min(c.Every, maxBackoff)
	for i := 1; i < blocks && wait < maxBackoff; i++ {
		wait = min(2*wait, maxBackoff)
	}
	hash := fnv.New32a()
	fmt.Fprintf(hash, "%s %d", c.Name, blocks)
	wait -= wait * time.Duration(hash.Sum32()%201) / 1000

	until := start.Add(wait)
	if asked := now.Add(min(retryAfter, maxRetryAfter)); retryAfter > 0 && asked.After(until) {
		until = asked
	}
	if whole := seconds(until); whole.Before(until) {
		return whole.Add(time.Second)
	}
	return until.UTC()
}

// failedAlert and recoveredAlert are the messages about the health.
func failedAlert(c *checker.Checker, s *State, h Health, now time.Time) Alert {
	since := h.FailingSince
	a := Alert{Checker: c.Name, URL: c.URL, Status: CheckFailed, At: seconds(now), Reason: h.Message, Kind: string(h.Kind), Failures: h.Failures, Since: &since}
	a.InStock, a.Total = s.counts()
	return a
}

func recoveredAlert(c *checker.Checker, s *State, h Health, now time.Time) Alert {
	since := h.FailingSince
	a := Alert{Checker: c.Name, URL: c.URL, Status: CheckRecovered, At: seconds(now), Failures: h.Failures, Since: &since}
	a.InStock, a.Total = s.counts()
	return a
}
