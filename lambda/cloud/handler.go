package cloud

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// How an invocation divides its time.
const (
	keptForAnswer = 2 * time.Second  // of the invocation, from its checks
	keptForCheck  = 25 * time.Second // no repetition starts later before the invocation's end
	perInvocation = time.Minute      // then the rule fires again
)

// Handler does the checks that events ask for. Between two invocations it keeps its
// clients' connections, and what makes a further check cheap: events decoded, and
// pages that may not have changed.
type Handler struct {
	S3        *s3.Client
	SNS       *sns.Client
	Webhooks  []*Webhook
	Fetcher   watch.Fetcher
	Memory    *watch.Memory // of pages; nil: none
	Namespace string        // of the metric
	Metrics   io.Writer     // gets the metric's lines: on Lambda the standard output
	Log       *slog.Logger  // gets a line a check

	events events
}

// Invoke does the check that an event asks for, and returns its Report as JSON. It
// does so also for a checker that is not enabled, whose rule fires no events.
//
// A checker whose interval is below a minute is checked again and again within the
// minute, in step with the start, as long as the invocation's deadline allows.
//
// A page that gives no answer is no error: it is in the report, and in the metric.
// An error is a bad event, an AWS that does not answer or refuses, a state that
// cannot be read, a panic, or an end of ctx. What was recorded and could not be
// sent stays in the state, and the next check sends it.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	ev, err := h.events.decode(payload)
	if err != nil {
		h.Log.LogAttrs(ctx, slog.LevelError, "event", slog.String("error", err.Error()))
		return nil, err
	}
	report, err := h.checks(ctx, ev)
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(report)
	if err != nil {
		return nil, fmt.Errorf("encode report of %s: %w", ev.checker.Name, err)
	}
	return answer, nil
}

// checks does the checks of an invocation. The report is that of the last one.
func (h *Handler) checks(ctx context.Context, ev *event) (Report, error) {
	topic := &Topic{Client: h.SNS, ARN: ev.topicARN}
	notifiers := []watch.Notifier{topic}
	for _, hook := range h.Webhooks {
		if hook.TellsOf(ev.checker) {
			notifiers = append(notifiers, hook)
		}
	}
	store := &Store{Client: h.S3, Bucket: ev.bucket, StateKey: ev.stateKey}
	w := &watch.Watcher{
		Store:     store,
		Fetcher:   h.Fetcher,
		Notifiers: notifiers,
		Evidence:  store,
		Memory:    h.Memory,
		Now:       time.Now,
		NewID:     rand.Text,
		// That a checker is blind its alarm tells the topic.
		TellFailures: true,
		Alarmed:      topic.Channel(),
	}
	start := time.Now()
	end := start.Add(perInvocation)
	checkCtx := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		checkCtx, cancel = context.WithDeadline(ctx, deadline.Add(-keptForAnswer))
		defer cancel()
		// The latest start is within the invocation.
		if latest := deadline.Add(-keptForCheck + 1); latest.Before(end) {
			end = latest
		}
	}
	var reports []Report
	var errs []error
	for due := start; ; {
		report, err := h.check(checkCtx, w, ev.checker)
		reports = append(reports, report)
		if err != nil {
			errs = append(errs, err)
		}
		if ev.checker.Every <= 0 {
			break
		}
		// What a slow check missed is not made up for.
		for due = due.Add(ev.checker.Every); due.Before(time.Now()); {
			due = due.Add(ev.checker.Every)
		}
		if !due.Before(end) || wait(ctx, due) != nil {
			break
		}
	}
	last := reports[len(reports)-1]
	last.Earlier = reports[:len(reports)-1]
	if len(errs) > 1 {
		return last, fmt.Errorf("%d of %d checks failed, the last: %w", len(errs), len(reports), errs[len(errs)-1])
	}
	return last, errors.Join(errs...)
}

// wait returns at a moment, or with the context's error.
func wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// check does one check, and writes its log line and its metric.
func (h *Handler) check(ctx context.Context, w *watch.Watcher, c *checker.Checker) (Report, error) {
	hide := newRedactor(c)
	start := time.Now()
	rep, err := h.guarded(ctx, w, c, hide)
	if unsent := unsent(c, rep); unsent != nil {
		err = errors.Join(err, unsent)
	}
	report := newReport(c.Name, rep, err, time.Since(start), hide)
	report.log(ctx, h.Log)
	if rep.Failure != nil || itsOwn(err) {
		if err := writeFailure(h.Metrics, h.Namespace, c.Name, time.Now()); err != nil {
			h.Log.LogAttrs(ctx, slog.LevelError, "metric", slog.String("checker", c.Name), slog.String("error", err.Error()))
		}
	}
	if err != nil {
		err = &fault{says: report.Error, err: err}
	}
	return report, err
}

// errPanic is a panic in a check, wrapped.
var errPanic = errors.New("panic")

// guarded is a check of which a panic is an error like others.
func (h *Handler) guarded(ctx context.Context, w *watch.Watcher, c *checker.Checker, hide redactor) (rep watch.Report, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("check %s: %w: %v", c.Name, errPanic, v)
			h.Log.LogAttrs(ctx, slog.LevelError, "panic",
				slog.String("checker", c.Name), slog.String("panic", hide.short(fmt.Sprint(v), maxText)), slog.String("stack", string(debug.Stack())))
		}
	}()
	return w.Check(ctx, c)
}

// unsent is an error if an alert could not be sent.
func unsent(c *checker.Checker, rep watch.Report) error {
	var list []string
	var errs []error
	for _, s := range rep.Sent {
		if s.Err != nil {
			list = append(list, fmt.Sprintf("%s by %s: %v", s.Status, s.Channel, s.Err))
			errs = append(errs, s.Err)
		}
	}
	// So that an alarm which tells of it does not come and go with each retry.
	for _, s := range rep.Waiting {
		list = append(list, fmt.Sprintf("%s by %s failed before and is tried again after %s", s.Status, s.Channel, s.RetryAt.UTC().Format("15:04:05 UTC")))
	}
	if len(list) == 0 {
		return nil
	}
	return &fault{
		says: fmt.Sprintf("send alerts of %s: %s; they stay pending, and are sent again", c.Name, strings.Join(list, "; ")),
		err:  errors.Join(errs...),
	}
}

// itsOwn tells whether an error makes one checker blind. Of an AWS that does not
// answer the alarm on the function's errors tells, once for all checkers.
func itsOwn(err error) bool {
	return errors.Is(err, errPanic) || errors.Is(err, watch.ErrNewer) || errors.Is(err, watch.ErrCorrupt)
}
