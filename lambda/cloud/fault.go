package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// fault is an error in words for a person, with the error itself inside.
type fault struct {
	says string
	err  error
}

func (f *fault) Error() string { return f.says }
func (f *fault) Unwrap() error { return f.err }

// code is the code of AWS's answer, or "" if there was none.
func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// status is the HTTP status of AWS's answer, or 0 if there was none.
func status(err error) int {
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

func throttled(err error) bool {
	switch code(err) {
	case "SlowDown", "Throttling", "Throttled", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException":
		return true
	}
	return status(err) == http.StatusTooManyRequests || status(err) == http.StatusServiceUnavailable
}

// explain says in words why a call failed. The words in known are for codes of
// AWS, or for statuses written as a number.
func explain(err error, known map[string]string) error {
	says, answered := known[code(err)], status(err) != 0
	if says == "" {
		says = known[fmt.Sprint(status(err))]
	}
	switch {
	case says != "":
	case errors.Is(err, context.Canceled):
		says = "cancelled"
	case !answered && (errors.Is(err, context.DeadlineExceeded) || timedOut(err)):
		says = "no answer in time"
	case throttled(err):
		says = fmt.Sprintf("throttled by AWS, also at attempt %d; the next check tries again", attempts)
	case answered && status(err) >= 500:
		says = fmt.Sprintf("AWS has a fault, also at attempt %d; the next check tries again", attempts)
	case answered:
		says = "refused by AWS"
	default:
		says = "no whole answer from AWS: " + cause(err)
	}
	return &fault{says: says + details(err), err: err}
}

// details are AWS's own words and what its support asks for.
func details(err error) string {
	var list []string
	if s := status(err); s != 0 {
		list = append(list, fmt.Sprint(s))
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		text := e.ErrorCode()
		if m := oneLine(e.ErrorMessage()); m != "" {
			text += ": " + m
		}
		list = append(list, text)
	}
	if e, ok := errors.AsType[*awshttp.ResponseError](err); ok && e.RequestID != "" {
		list = append(list, "request "+e.RequestID)
	}
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// timedOut tells whether the time of one attempt ended it.
func timedOut(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && e.Timeout()
}

// cause is what kept a request from its answer, or the answer from its end.
func cause(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return oneLine(e.Err.Error())
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return oneLine(err.Error())
}

// oneLine is a text from outside on one line of bearable length.
func oneLine(s string) string {
	const most = 300
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return s
}
