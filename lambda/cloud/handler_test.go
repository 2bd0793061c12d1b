package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (- want, + got)\n%s", what, diff)
	}
}

// TestStory is the life of one checker.
func TestStory(t *testing.T) { synctest.Test(t, story) }

func story(t *testing.T) {
	w := newWorldInside(t)
	next := func() Report {
		t.Helper()
		time.Sleep(time.Minute)
		return w.check(nil)
	}

	w.shop.answers(product("OutOfStock"))
	report := next()
	wantEqual(t, "first report", report.Status, watch.Initialized)
	wantEqual(t, "items", report.Items, 1)
	wantEqual(t, "in stock", report.InStock, []Item{})
	wantEqual(t, "recorded", report.Recorded, true)
	wantEqual(t, "published", w.statuses(), []string{"INITIALIZED"})
	wantEqual(t, "pending", len(w.state("state/console.json").Pending), 0)
	wantEqual(t, "states", w.keys("state/"), []string{"state/console.json"})

	before := w.object("state/console.json")
	report = next()
	wantEqual(t, "second report", report.Status, watch.NoChange)
	wantEqual(t, "state untouched", w.object("state/console.json"), before)

	w.shop.answers(product("InStock"))
	report = next()
	wantEqual(t, "report", report.Status, watch.ItemsInStock)
	wantEqual(t, "in stock", report.InStock, []Item{{Title: "Orion Console", Link: w.shopURL + "/p/console", Availability: "in_stock", Price: "499.00 USD"}})
	if len(report.Sent) != 1 || report.Sent[0].Channel != "sns" || report.Sent[0].Status != watch.ItemsInStock || report.Sent[0].Error != "" || report.Sent[0].ID == "" {
		t.Errorf("sent %+v", report.Sent)
	}
	forms := w.topic.all()
	form := forms[len(forms)-1]
	wantEqual(t, "subject", form.Get("Subject"), "Orion Console in stock at $499.00")
	wantEqual(t, "attributes", attributes(form), map[string]string{"checker": "console", "status": "ITEMS_IN_STOCK"})
	wantEqual(t, "topic", form.Get("TopicArn"), testTopic)

	evidence := w.keys("evidence/console/")
	if len(evidence) != 2 || !strings.HasSuffix(evidence[1], "-ITEMS_IN_STOCK.html.gz") && !strings.HasSuffix(evidence[0], "-ITEMS_IN_STOCK.html.gz") {
		t.Errorf("evidence: %q", evidence)
	}
	for _, key := range evidence {
		if page := unpack(t, w.object(key)); !strings.Contains(page, "<h1>Orion Console</h1>") {
			t.Errorf("%s is %q", key, page)
		}
	}

	// A page in the way changes nothing that is known, and tells nobody.
	before = w.object("state/console.json")
	wantEqual(t, "metrics of good checks", w.metrics.String(), "")
	w.shop.answers(captcha)
	report = next()
	wantEqual(t, "report", report.Status, watch.CheckFailed)
	if report.Failure == nil || report.Failure.Kind != page.Blocked || report.Failure.Message == "" || report.Failures != 1 {
		t.Errorf("failure %+v, %d in a row", report.Failure, report.Failures)
	}
	old, err := watch.Decode([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "items", w.state("state/console.json").Items, old.Items)
	wantEqual(t, "metrics", len(w.metrics.lines(t)), 1)

	w.shop.answers(product("InStock"))
	wantEqual(t, "report", next().Status, watch.NoChange)

	w.shop.answers(product("OutOfStock"))
	wantEqual(t, "report", next().Status, watch.ItemsGone)
	wantEqual(t, "published", w.statuses(), []string{"INITIALIZED", "ITEMS_IN_STOCK", "ITEMS_GONE"})
	wantEqual(t, "metrics", len(w.metrics.lines(t)), 1)
}

// TestBlind: that a checker is blind is told by its alarm, that it sees again by us.
func TestBlind(t *testing.T) {
	w := newWorld(t)
	w.shop.answers(product("OutOfStock"))
	w.check(nil)
	w.shop.answers(http.NotFound)
	for n := range 4 {
		report := w.check(nil)
		wantEqual(t, "report", report.Status, watch.CheckFailed)
		wantEqual(t, "failures", report.Failures, n+1)
		wantEqual(t, "HTTP status", report.Failure.Status, 404)
	}
	wantEqual(t, "metrics", len(w.metrics.lines(t)), 4)
	w.shop.answers(product("OutOfStock"))
	wantEqual(t, "report", w.check(nil).Status, watch.CheckRecovered)
	wantEqual(t, "published", w.statuses(), []string{"INITIALIZED", "CHECK_RECOVERED"})
}

// TestSkipped: a check that a back-off keeps from the shop counts as failed.
func TestSkipped(t *testing.T) {
	w := newWorld(t)
	w.shop.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "3600")
		http.Error(rw, "slowly", http.StatusTooManyRequests)
	})
	w.check(nil)
	w.shop.requests.Store(0)
	report := w.check(nil)
	if !report.Skipped || report.Status != watch.CheckFailed || report.BackoffUntil == nil || time.Until(*report.BackoffUntil) < 50*time.Minute {
		t.Errorf("report %+v", report)
	}
	wantEqual(t, "requests", w.shop.requests.Load(), 0)
	wantEqual(t, "metrics", len(w.metrics.lines(t)), 2)
}

func TestMetricLine(t *testing.T) {
	var b buffer
	at := time.Date(2026, 11, 25, 10, 2, 3, 4_000_000, time.UTC)
	if err := writeFailure(&b, "StockChecker/home", "ps5", at); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "line", b.String(), `{"_aws":{"Timestamp":1795600923004,"CloudWatchMetrics":[{"Namespace":"StockChecker/home","Dimensions":[["Checker"]],"Metrics":[{"Name":"CheckFailed","Unit":"Count"}]}]},"Checker":"ps5","CheckFailed":1}`+"\n")
	wantExactly(t, writeFailure(brokenWriter{}, "n", "ps5", at), "write metric of ps5: broken")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestOlderEvent(t *testing.T) {
	w := newWorld(t)
	w.putObject("My PS5.json", `{"Orion Console": false, "Another": true}`)
	w.shop.answers(product("InStock"))
	report := w.check(map[string]any{"name": nil, "every": nil, "s3Object": "My PS5.json"})
	wantEqual(t, "checker", report.Checker, "my-ps5")
	wantEqual(t, "status", report.Status, watch.ItemsInStock)
	state := w.state("My PS5.json")
	wantEqual(t, "version", state.Version, watch.StateVersion)
	wantEqual(t, "in the bucket", w.keys("state/"), nil)
	wantEqual(t, "published", w.statuses(), []string{"ITEMS_IN_STOCK"})
	if keys := w.keys("evidence/my-ps5/"); len(keys) != 1 {
		t.Errorf("evidence: %q", keys)
	}
}

// TestDuplicates: two invocations for one event tell once.
func TestDuplicates(t *testing.T) {
	w := newWorld(t)
	w.shop.answers(product("OutOfStock"))
	w.check(nil)
	w.shop.answers(product("InStock"))
	const together = 4
	var group sync.WaitGroup
	reports, errs := make([]Report, together), make([]error, together)
	for i := range together {
		group.Go(func() { reports[i], errs[i] = w.try(nil) })
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("invocation %d: %v", i, err)
		}
	}
	wantEqual(t, "published", w.statuses(), []string{"INITIALIZED", "ITEMS_IN_STOCK"})
}

func TestBadEvents(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		keys map[string]any
		want string
	}{
		{map[string]any{"url": nil}, `decode event: checker "console": url: is missing; write "url": "https://shop.example/ps5"`},
		{map[string]any{"topicArn": nil}, `decode event: checker "console": topicArn: is missing; write "topicArn": "arn:aws:sns:eu-west-1:123456789012:alerts"`},
		{map[string]any{"colour": "red"}, `decode event: checker "console": colour: is no key here; the keys are `},
		{map[string]any{"enabled": "yes"}, `decode event: checker "console": enabled: is a string, but must be true or false`},
	} {
		before := len(w.logs.lines(t))
		_, err := w.try(test.keys)
		wantError(t, err, test.want)
		lines := w.logs.lines(t)
		if len(lines) != before+1 || lines[before]["level"] != "ERROR" || lines[before]["msg"] != "event" || lines[before]["error"] != err.Error() {
			t.Errorf("%v: logged %v", test.keys, lines[before:])
		}
	}
	wantEqual(t, "requests", w.s3.requests.Load()+w.shop.requests.Load()+w.sns.requests.Load(), 0)
	wantEqual(t, "metrics", w.metrics.String(), "")
}

// TestFaults: what AWS refuses fails the invocation in words, and nothing is lost.
func TestFaults(t *testing.T) {
	type test struct {
		name   string
		state  string
		faults func(w *world)
		want   string
		metric bool
		later  watch.Status // of the next check, when the fault is gone
	}
	for _, test := range []test{
		{name: "read denied", faults: func(w *world) { w.s3.when(http.MethodGet, s3Error(403, "AccessDenied", "Access Denied")) },
			want: "check console: load state: read s3://stock/state/console.json: access denied; allow s3:GetObject on state/console.json of bucket stock, and s3:ListBucket", later: watch.Initialized},
		{name: "write denied", faults: func(w *world) { w.s3.when(http.MethodPut, s3Error(403, "AccessDenied", "Access Denied")) },
			want: "check console: save state: write s3://stock/state/console.json: access denied; allow s3:PutObject on state/console.json of bucket stock", later: watch.Initialized},
		{name: "no bucket", faults: func(w *world) {
			w.s3.answers(s3Error(404, "NoSuchBucket", "The specified bucket does not exist"))
		},
			want: "check console: load state: read s3://stock/state/console.json: there is no bucket stock; deploy again, or correct its name", later: watch.Initialized},
		{name: "throttled", faults: func(w *world) { w.s3.answers(s3Error(503, "SlowDown", "Please reduce your request rate.")) },
			want: "check console: load state: read s3://stock/state/console.json: throttled by AWS, also at attempt 3", later: watch.Initialized},
		{name: "publish denied", faults: func(w *world) {
			w.sns.answers(snsError(403, "AuthorizationError", "User is not authorized to perform: SNS:Publish"))
		},
			want: "send alerts of console: INITIALIZED by sns: publish to " + testTopic + ": access denied; allow sns:Publish on the topic (403, AuthorizationError: User is not authorized to perform: SNS:Publish, request REQUEST2); they stay pending, and are sent again",
			// What was recorded is told by the next check, which sees no change.
			later: watch.NoChange},
		{name: "newer state", state: `{"version": 99, "items": {}}`,
			want: "check console: decode state: version 99: written by a newer version of this program; update it", metric: true},
		{name: "unreadable state that cannot be kept", state: `[1]`, faults: func(w *world) { w.s3.when(http.MethodPut, s3Error(403, "AccessDenied", "Access Denied")) },
			want: "check console: decode state: not a readable state: json: cannot unmarshal array into Go value of type map[string]json.RawMessage; it could not be kept aside: write s3://stock/state/console.json.corrupt-20000101T000000.000Z: " +
				"access denied; allow s3:PutObject on state/console.json.corrupt-20000101T000000.000Z of bucket stock", metric: true, later: watch.Initialized},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldInside(t)
				w.shop.answers(product("InStock"))
				if test.state != "" {
					w.putObject("state/console.json", test.state)
				}
				if test.faults != nil {
					test.faults(w)
				}
				_, err := w.try(nil)
				wantError(t, err, test.want)
				lines := w.logs.lines(t)
				if len(lines) != 1 || lines[0]["level"] != "ERROR" || lines[0]["checker"] != "console" || err == nil || lines[0]["error"] != err.Error() {
					t.Errorf("logged %v", lines)
				}
				wantEqual(t, "metric", len(w.metrics.lines(t)) == 1, test.metric)
				wantEqual(t, "published", len(w.topic.all()), 0)

				w.s3.answers(nil)
				w.sns.answers(nil)
				if test.later == "" {
					wantEqual(t, "state", w.object("state/console.json"), test.state)
					return
				}
				wantEqual(t, "status", w.check(nil).Status, test.later)
				wantEqual(t, "published", w.statuses(), []string{"INITIALIZED"})
			})
		})
	}
}

// TestUnreadableState: it is kept beside its place, and the checker begins anew.
func TestUnreadableState(t *testing.T) {
	for _, key := range []string{"state/console.json", "My old place/PS 5+.json"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldInside(t)
			w.shop.answers(product("InStock"))
			w.putObject(key, `{"version":1,"it`)
			report := w.check(map[string]any{"s3Object": key})
			why := "its state could not be read (not a readable state: unexpected end of JSON input); it was kept as s3://stock/" + key + ".corrupt-20000101T000000.000Z"
			wantEqual(t, "status", report.Status, watch.Initialized)
			wantEqual(t, "restarted", report.Restarted, why)
			wantEqual(t, "kept", w.object(key+".corrupt-20000101T000000.000Z"), `{"version":1,"it`)
			wantEqual(t, "published", w.statuses(), []string{"INITIALIZED"})
			wantEqual(t, "subject", w.topic.all()[0].Get("Subject"), "console begins anew: Orion Console in stock at $499.00")
			if text := w.topic.all()[0].Get("Message"); !strings.Contains(text, "console begins anew: "+why+". ") {
				t.Errorf("message %s", text)
			}
			line := w.logs.lines(t)[0]
			wantEqual(t, "level", line["level"], any("WARN"))
			wantEqual(t, "logged", line["restarted"], any(why))
			wantEqual(t, "metrics", w.metrics.String(), "")
			wantEqual(t, "report", w.check(map[string]any{"s3Object": key}).Restarted, "")
		})
	}
}

// TestEvidenceFails: the page is kept as well as can be.
func TestEvidenceFails(t *testing.T) {
	w := newWorld(t)
	w.shop.answers(product("InStock"))
	w.s3.answers(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/evidence/") {
			s3Error(403, "AccessDenied", "Access Denied")(rw, r)
			return
		}
		w.s3.next.ServeHTTP(rw, r)
	})
	report := w.check(nil)
	if !strings.HasPrefix(report.EvidenceError, "keep page of console: write s3://stock/evidence/console/") {
		t.Errorf("evidence error %q", report.EvidenceError)
	}
	wantEqual(t, "published", w.statuses(), []string{"INITIALIZED"})
	line := w.logs.lines(t)[0]
	if line["level"] != "WARN" || line["evidenceError"] != report.EvidenceError {
		t.Errorf("logged %v", line)
	}
}

// TestSlowStore: S3 answers late, at the second attempt, or never.
func TestSlowStore(t *testing.T) {
	t.Run("late", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldInside(t)
			w.shop.answers(product("InStock"))
			var n atomic.Int64
			w.s3.answers(func(rw http.ResponseWriter, r *http.Request) {
				if n.Add(1)%2 == 1 {
					<-r.Context().Done()
					return
				}
				time.Sleep(100 * time.Millisecond)
				w.s3.next.ServeHTTP(rw, r)
			})
			report := w.check(nil)
			wantEqual(t, "status", report.Status, watch.Initialized)
			if ms := report.Milliseconds.Load; ms < 4100 || ms > 5100 {
				t.Errorf("load took %d ms", ms)
			}
			wantEqual(t, "published", w.statuses(), []string{"INITIALIZED"})
		})
	})
	t.Run("never", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldInside(t)
			w.s3.answers(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			start := time.Now()
			_, err := w.try(nil)
			wantExactly(t, err, "check console: load state: read s3://stock/state/console.json: no answer in time")
			if took := time.Since(start); took > watch.CheckTimeout {
				t.Errorf("the check took %s", took)
			}
		})
	})
}

// TestDeadlineNear: a check that cannot be done in time fails the invocation before
// the runtime ends it, and leaves the state as it is.
func TestDeadlineNear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldInside(t)
		w.shop.answers(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		report, err := w.tryWithin(ctx, nil)
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("it took %s of 5 s", took)
		}
		// The fetch is ended in time for the failure to be recorded.
		if err != nil || report.Failure == nil || report.Failure.Kind != page.Network {
			t.Errorf("report %+v, error %v", report, err)
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := w.object("state/console.json")
		_, err = w.tryWithin(ctx, nil)
		wantExactly(t, err, "check console: load state: read s3://stock/state/console.json: no answer in time")
		wantEqual(t, "state", w.object("state/console.json"), before)
	})
}

type panicking struct{ value any }

func (p panicking) Fetch(context.Context, *checker.Checker, string) (*page.Response, error) {
	panic(p.value)
}

// TestPanic: a panic fails the invocation, with the checker's name in the log.
func TestPanic(t *testing.T) {
	w := newWorld(t)
	w.handler.Fetcher = panicking{"at https://shop.example/?token=abc"}
	_, err := w.try(nil)
	wantExactly(t, err, "check console: panic: at https://shop.example/?token=REDACTED")
	lines := w.logs.lines(t)
	if len(lines) != 2 {
		t.Fatalf("logged %v", lines)
	}
	wantEqual(t, "first line", lines[0]["msg"], any("panic"))
	wantEqual(t, "checker", lines[0]["checker"], any("console"))
	wantEqual(t, "panic", lines[0]["panic"], any("at https://shop.example/?token=REDACTED"))
	if stack, _ := lines[0]["stack"].(string); !strings.Contains(stack, "panicking.Fetch") {
		t.Errorf("stack %q", stack)
	}
	wantEqual(t, "second line", lines[1]["msg"], any("check"))
	wantEqual(t, "metrics", len(w.metrics.lines(t)), 1)
}

// TestReaderPanic: the same of a page that makes the reader panic.
func TestReaderPanic(t *testing.T) {
	w := newWorld(t)
	w.handler.Fetcher = nothing{}
	_, err := w.try(nil)
	wantError(t, err, "check console: panic: runtime error: invalid memory address or nil pointer dereference")
	if w.logs.lines(t)[0]["checker"] != "console" {
		t.Errorf("logged %v", w.logs.lines(t))
	}
}

// nothing breaks the contract of a fetcher.
type nothing struct{}

func (nothing) Fetch(context.Context, *checker.Checker, string) (*page.Response, error) {
	return nil, nil
}

// TestWithinTheMinute: an interval below a minute is kept inside the invocation.
func TestWithinTheMinute(t *testing.T) {
	for _, test := range []struct {
		every   string
		timeout time.Duration // of the function; 0: none
		slow    time.Duration // what a check takes
		want    []int         // seconds at which checks begin
	}{
		{"10s", 60 * time.Second, 0, []int{0, 10, 20, 30}},
		{"15s", 60 * time.Second, 0, []int{0, 15, 30}},
		{"20s", 60 * time.Second, 0, []int{0, 20}},
		{"30s", 60 * time.Second, 0, []int{0, 30}},
		{"35s", 60 * time.Second, 0, []int{0, 35}}, // 25 s before the end
		{"36s", 60 * time.Second, 0, []int{0}},
		{"10s", 90 * time.Second, 0, []int{0, 10, 20, 30, 40, 50}},
		{"30s", 90 * time.Second, 0, []int{0, 30}},
		{"10s", 0, 0, []int{0, 10, 20, 30, 40, 50}},
		{"10s", 60 * time.Second, 9 * time.Second, []int{0, 10, 20, 30}},
		{"10s", 60 * time.Second, 12 * time.Second, []int{0, 20}}, // 40 is too late
		{"10s", 30 * time.Second, 0, []int{0}},
		{"1m", 60 * time.Second, 0, []int{0}},
		{"1m", 900 * time.Second, 0, []int{0}},
		{"5m", 60 * time.Second, 0, []int{0}},
	} {
		t.Run(fmt.Sprintf("%s of %s, %s each", test.every, test.timeout, test.slow), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldInside(t)
				start := time.Now()
				var got []int
				w.shop.answers(func(rw http.ResponseWriter, r *http.Request) {
					got = append(got, int(time.Since(start)/time.Second))
					time.Sleep(test.slow)
					product("OutOfStock")(rw, r)
				})
				ctx := t.Context()
				if test.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.timeout)
					defer cancel()
				}
				report, err := w.tryWithin(ctx, map[string]any{"every": test.every, "alarm": map[string]any{"failures": 1}})
				if err != nil {
					t.Fatal(err)
				}
				wantEqual(t, "checks at", got, test.want)
				wantEqual(t, "log lines", len(w.logs.lines(t)), len(test.want))
				wantEqual(t, "earlier reports", len(report.Earlier), len(test.want)-1)
				if len(test.want) > 1 && len(report.Earlier) > 0 {
					wantEqual(t, "first status", report.Earlier[0].Status, watch.Initialized)
					wantEqual(t, "last status", report.Status, watch.NoChange)
				}
			})
		})
	}
}

// TestRepetitionsFail: each failing repetition has its own line and metric, and none
// ends the others.
func TestRepetitionsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldInside(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var n int
		w.shop.answers(func(rw http.ResponseWriter, r *http.Request) {
			n++
			switch n {
			case 1:
				http.NotFound(rw, r)
			case 2:
				product("OutOfStock")(rw, r)
			default:
				product("InStock")(rw, r)
			}
		})
		report, err := w.tryWithin(ctx, map[string]any{"every": "10s"})
		if err != nil {
			t.Fatal(err)
		}
		var statuses []watch.Status
		for _, r := range append(report.Earlier, report) {
			statuses = append(statuses, r.Status)
		}
		wantEqual(t, "statuses", statuses, []watch.Status{watch.CheckFailed, watch.Initialized, watch.ItemsInStock, watch.NoChange})
		wantEqual(t, "published", w.statuses(), []string{"INITIALIZED", "ITEMS_IN_STOCK"})
		wantEqual(t, "metrics", len(w.metrics.lines(t)), 1)
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorldInside(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		good := w.handler.Fetcher
		w.handler.Fetcher = sometimes{good: good, n: new(int)}
		w.shop.answers(product("OutOfStock"))
		_, err := w.tryWithin(ctx, map[string]any{"every": "10s"})
		wantExactly(t, err, "2 of 4 checks failed, the last: check console: panic: now and then")
		wantEqual(t, "metrics", len(w.metrics.lines(t)), 2)
		wantEqual(t, "published", w.statuses(), []string{"INITIALIZED"})
	})
	// The end of the invocation ends the wait.
	synctest.Test(t, func(t *testing.T) {
		w := newWorldInside(t)
		w.shop.answers(product("OutOfStock"))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		report, err := w.tryWithin(ctx, map[string]any{"every": "30s"})
		if err != nil || report.Status != watch.Initialized || time.Since(start) != 5*time.Second {
			t.Errorf("report %+v, error %v, after %s", report, err, time.Since(start))
		}
	})
}

// sometimes panics at every other fetch.
type sometimes struct {
	good watch.Fetcher
	n    *int
}

func (s sometimes) Fetch(ctx context.Context, c *checker.Checker, url string) (*page.Response, error) {
	if *s.n++; *s.n%2 == 0 {
		panic("now and then")
	}
	return s.good.Fetch(ctx, c, url)
}

// TestLogLine is the line of a check, each key of it.
func TestLogLine(t *testing.T) {
	w := newWorld(t)
	w.shop.answers(product("InStock"))
	w.check(nil)
	line := w.logs.lines(t)[0]
	wantEqual(t, "keys", slices.Sorted(maps.Keys(line)), []string{"checker", "inStock", "items", "level", "milliseconds", "msg", "recorded", "sent", "status", "time"})
	wantEqual(t, "durations", slices.Sorted(maps.Keys(line["milliseconds"].(map[string]any))), []string{"fetch", "load", "read", "save", "send", "total"})
	for _, key := range []string{"time", "milliseconds"} {
		delete(line, key)
	}
	sent := line["sent"].([]any)[0].(map[string]any)
	delete(sent, "id")
	wantEqual(t, "line", line, map[string]any{
		"level": "INFO", "msg": "check", "checker": "console", "status": "INITIALIZED", "items": 1.0, "recorded": true,
		"inStock": []any{map[string]any{"title": "Orion Console", "link": w.shopURL + "/p/console", "availability": "in_stock", "price": "499.00 USD"}},
		"sent":    []any{map[string]any{"status": "INITIALIZED", "channel": "sns"}},
	})

	w.shop.answers(captcha)
	w.check(nil)
	line = w.logs.lines(t)[1]
	wantEqual(t, "keys", slices.Sorted(maps.Keys(line)), []string{"backoffUntil", "checker", "failure", "failures", "inStock", "items", "level", "milliseconds", "msg", "recorded", "status", "time"})
	wantEqual(t, "level", line["level"], any("WARN"))
	wantEqual(t, "kind", line["failure"].(map[string]any)["kind"], any("blocked"))
}

// TestNoSecrets: neither the log nor an answer has what the user or AWS keep secret.
func TestNoSecrets(t *testing.T) {
	w := newWorld(t)
	secrets := []string{"cookie-of-mine", "bearer-of-mine", "token-of-mine", "AKIDEXAMPLE", "not-a-real-secret", "not-a-real-token", "<h1>", "the whole page"}
	keys := map[string]any{
		"url":     w.shopURL + "/p/console?token=token-of-mine&color=red",
		"headers": map[string]string{"Cookie": "id=cookie-of-mine", "Authorization": "bearer-of-mine"},
	}
	var answers strings.Builder
	for _, answer := range []http.HandlerFunc{
		product("InStock"),
		html(`<html><body><h1>the whole page</h1></body></html>`),
		captcha,
		func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "/elsewhere?token=token-of-mine&"+r.Header.Get("Authorization"), http.StatusFound)
		},
		func(rw http.ResponseWriter, r *http.Request) { http.Error(rw, "the whole page", http.StatusBadGateway) },
		productNamed("id=cookie-of-mine bearer-of-mine", "InStock"),
	} {
		w.shop.answers(answer)
		for _, name := range []string{"a", "b"} {
			keys["name"], keys["s3Object"] = name, nil
			report, err := w.try(keys)
			text, jsonErr := json.Marshal(report)
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			fmt.Fprintln(&answers, string(text), err)
		}
		w.putObject("state/a.json", `{}`) // or a back-off would keep the next page from being read
	}
	w.s3.answers(s3Error(403, "AccessDenied", "Access Denied"))
	_, err := w.try(keys)
	fmt.Fprintln(&answers, err)
	w.handler.Fetcher = panicking{"id=cookie-of-mine"}
	w.s3.answers(nil)
	_, err = w.try(keys)
	fmt.Fprintln(&answers, err)
	_, err = w.try(map[string]any{"headers": "id=cookie-of-mine"})
	fmt.Fprintln(&answers, err)

	for _, secret := range secrets {
		for what, text := range map[string]string{"log": w.logs.String(), "metrics": w.metrics.String(), "answers": answers.String()} {
			for line := range strings.Lines(text) {
				if strings.Contains(line, secret) {
					t.Errorf("%s: %q in %s", what, secret, line)
				}
			}
		}
	}
	if !strings.Contains(w.logs.String(), "color=red") {
		t.Errorf("links are not logged at all:\n%s", w.logs.String())
	}
}

// TestReportBounds: a long page does not make a long line.
func TestReportBounds(t *testing.T) {
	rep := watch.Report{Checker: "c", Status: watch.ItemsInStock}
	for i := range 3000 {
		j := watch.Judged{Verdict: watch.Yes}
		j.Title, j.Link, j.Seller = strings.Repeat("日", 5000), "https://shop.example/"+strings.Repeat("a", 5000), strings.Repeat("s", 5000)
		if i%3 == 0 {
			j.Verdict = watch.No
		}
		rep.Items = append(rep.Items, j)
	}
	rep.Failure = &page.Error{Kind: page.Layout, Message: strings.Repeat("m", 100000)}
	report := newReport("c", rep, nil, time.Second, redactor{})
	wantEqual(t, "items", report.Items, 3000)
	wantEqual(t, "listed", len(report.InStock), 100)
	wantEqual(t, "more", report.More, 1900)
	var b buffer
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(&b, string(text))
	if n := len(b.String()); n > 256<<10 {
		t.Errorf("the report has %d bytes", n)
	}
}

// What a channel has not taken yet fails the invocation also while it waits, and
// what is dropped is in the report.
func TestUnsent(t *testing.T) {
	at := time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)
	c := &checker.Checker{Name: "lamp"}
	for _, test := range []struct {
		rep  watch.Report
		want string
	}{
		{watch.Report{Sent: []watch.Delivery{{Status: watch.ItemsGone, Channel: "sns"}}}, ""},
		{watch.Report{Dropped: []watch.Delivery{{Status: watch.ItemsGone, Channel: "team"}}}, ""},
		{watch.Report{Sent: []watch.Delivery{{Status: watch.ItemsGone, Channel: "sns", Err: errors.New("no answer")}}},
			"send alerts of lamp: ITEMS_GONE by sns: no answer; they stay pending, and are sent again"},
		{watch.Report{Waiting: []watch.Delivery{{Status: watch.ItemsGone, Channel: "team", RetryAt: at}}},
			"send alerts of lamp: ITEMS_GONE by team failed before and is tried again after 09:26:53 UTC; they stay pending, and are sent again"},
	} {
		got := ""
		if err := unsent(c, test.rep); err != nil {
			got = err.Error()
		}
		wantEqual(t, "error", got, test.want)
	}
	report := newReport("lamp", watch.Report{Dropped: []watch.Delivery{{ID: "id1", Status: watch.ItemsGone, Channel: "team"}}}, nil, 0, redactor{})
	wantEqual(t, "in the report", report.Sent, []Delivery{{ID: "id1", Status: watch.ItemsGone, Channel: "team", Error: "nobody has had this channel for a day; it is dropped"}})
}
