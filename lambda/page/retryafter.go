package page

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is as long as the longest interval between two checks: no shop
// may silence a checker for longer with one answer.
const maxRetryAfter = 24 * time.Hour

// retryAfter is how long the shop asks to be left alone, 0 where it asks
// nothing that can be read. Of the header's two forms a number of seconds
// stands for itself; a date is compared with the response's own Date, so that
// a wrong clock on either side does no harm, and with now only where there is
// none. A zero now says that no clock is at hand: such a date then gives 0.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if digits := strings.TrimLeft(v, "0123456789"); v != "" && digits == "" {
		// Out of range is a number too large, since it has no sign.
		s, err := strconv.ParseInt(v, 10, 64)
		if err != nil || s > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(s) * time.Second
	}
	until, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(strings.TrimSpace(h.Get("Date"))); err == nil {
		now = sent
	}
	if now.IsZero() {
		return 0
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}
