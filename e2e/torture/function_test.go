//go:build linux

package torture

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/cloud"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// asFunction makes the test program a function whose reader panics at each page.
const asFunction = "TORTURE_AS_FUNCTION"

// panickingFunction is the function of the module lambda with a fetcher that breaks its
// contract: of no response the reader makes a panic.
func panickingFunction() {
	cfg, err := cloud.Config(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(&cloud.Handler{
		S3: s3.NewFromConfig(cfg), SNS: sns.NewFromConfig(cfg), Fetcher: noResponse{},
		Namespace: os.Getenv("METRIC_NAMESPACE"), Metrics: os.Stdout, Log: slog.New(slog.NewJSONHandler(os.Stdout, nil)),
	})
}

type noResponse struct{}

func (noResponse) Fetch(context.Context, *checker.Checker, string) (*page.Response, error) {
	return nil, nil
}

// gate stands before a server. The test can answer in its place.
type gate struct {
	address  string
	next     http.Handler
	answer   atomic.Pointer[http.HandlerFunc]
	requests atomic.Int64
}

func newGate(t *testing.T, next http.Handler) *gate {
	g := &gate{next: next}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections) // what hangs would hold Close up
	g.address = server.Listener.Addr().String()
	return g
}

// to forwards to another address, as it came: the host is part of what is signed.
func to(address string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: address})
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.requests.Add(1)
	if f := g.answer.Load(); f != nil {
		(*f)(w, r)
		return
	}
	g.next.ServeHTTP(w, r)
}

// answers takes the requests of a method over, "": of all; nil gives them back.
func (g *gate) answers(method string, f http.HandlerFunc) {
	if f == nil {
		g.answer.Store(nil)
		return
	}
	tally.faults.Add(1)
	all := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if method == "" || r.Method == method {
			f(w, r)
			return
		}
		g.next.ServeHTTP(w, r)
	})
	g.answer.Store(&all)
}

func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that the client is gone
	<-r.Context().Done()
}

// refuse answers as AWS does: S3 with one form of XML, SNS with another.
func refuse(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		if r.Method == http.MethodPost {
			fmt.Fprintf(w, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>%s</Code><Message>as the test wants</Message></Error><RequestId>R1</RequestId></ErrorResponse>`, code)
			return
		}
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>as the test wants</Message><RequestId>R1</RequestId></Error>", code)
	}
}

// account is AWS and a shop, for functions.
type account struct {
	t             *testing.T
	s3, sns, shop *gate
	topic         *topic
	store         *cloud.Store // with no gate before it
}

func newAccount(t *testing.T) *account {
	address := startS3(t)
	a := &account{t: t, topic: startTopic(t), s3: newGate(t, to(address)), store: makeBucket(t, address, "stock")}
	a.sns = newGate(t, a.topic)
	a.shop = newGate(t, http.NotFoundHandler())
	a.shows(product("Orion 1", true))
	return a
}

// shows puts a page up.
func (a *account) shows(text string) {
	a.shop.answers("", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, text)
	})
}

// event is the event of the checker orion, with some keys more.
func (a *account) event(more string) string {
	return `{"name": "orion", "url": "http://` + a.shop.address + `/orion?token=token-of-mine", "headers": {"Cookie": "cookie-of-mine"}, "topicArn": "` + topicARN +
		`", "s3Bucket": "stock", "s3Object": "state/orion.json"` + more + `}`
}

func (a *account) state() *watch.State {
	a.t.Helper()
	data, _, err := a.store.Load(context.Background(), "orion")
	if err != nil {
		a.t.Fatal(err)
	}
	state, err := watch.Decode(data)
	if err != nil {
		wrong(a.t, "the state cannot be read: %v\n%s", err, data)
		a.t.FailNow()
	}
	return state
}

// function is the function in AWS's own emulator of its runtime, which does one
// invocation at a time.
type function struct {
	t   *testing.T
	url string
	api string // address of the runtime's API, which the function alone may ask
	log *os.File
}

// start starts the function with so many seconds to each invocation.
func (a *account) start(program string, seconds int, env ...string) *function {
	t := a.t
	t.Helper()
	address, api := freeAddress(t), freeAddress(t)
	f := &function{t: t, api: api, url: "http://" + address + "/2015-03-31/functions/function/invocations"}
	var err error
	if f.log, err = os.Create(filepath.Join(t.TempDir(), "log")); err != nil {
		t.Fatal(err)
	}
	cmd := command(tool(t, "aws-lambda-rie"), "--runtime-interface-emulator-address", address, "--runtime-api-address", api, program)
	cmd.Stdout, cmd.Stderr = f.log, f.log
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + filepath.Dir(program), "AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", fmt.Sprintf("AWS_LAMBDA_FUNCTION_TIMEOUT=%d", seconds), "GOMEMLIMIT=100MiB", "METRIC_NAMESPACE=StockChecker/test",
		"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_SESSION_TOKEN=",
		"AWS_ENDPOINT_URL_S3=http://" + a.s3.address, "AWS_ENDPOINT_URL_SNS=http://" + a.sns.address,
	}, env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Cancel()
		_ = cmd.Wait() // killed
		if t.Failed() {
			log := f.output(0)
			t.Logf("the end of the function's log:\n%s", log[max(0, len(log)-4000):])
		}
		f.log.Close()
	})
	untilListening(t, address, &bytes.Buffer{})
	return f
}

func (f *function) output(from int64) string {
	data, err := os.ReadFile(f.log.Name())
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data[from:])
}

// outcome is what an invocation came to.
type outcome struct {
	t      *testing.T
	answer string
	lines  []map[string]any // of JSON, that were logged
	log    string
}

// invoke sends an event, and gives what the caller gets and what is logged.
func (f *function) invoke(event string) outcome {
	f.t.Helper()
	tally.runs.Add(1)
	begin, err := f.log.Seek(0, io.SeekEnd)
	if err != nil {
		f.t.Fatal(err)
	}
	client := http.Client{Timeout: time.Minute}
	response, err := client.Post(f.url, "application/json", strings.NewReader(event))
	if err != nil {
		f.t.Fatalf("invoke: %v\n%s", err, f.output(begin))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	o := outcome{t: f.t, answer: string(answer)}
	// The emulator writes its report a little after the answer.
	for end := time.Now().Add(5 * time.Second); !strings.Contains(o.log, "\nREPORT RequestId") && time.Now().Before(end); {
		o.log = f.output(begin)
	}
	for line := range strings.Lines(o.log) {
		var m map[string]any
		if strings.HasPrefix(line, "{") {
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				f.t.Errorf("a line that is no JSON: %s", line)
			}
			o.lines = append(o.lines, m)
		}
	}
	for _, secret := range []string{"token-of-mine", "cookie-of-mine", secretKey, "<h1>", "application/ld+json"} {
		if strings.Contains(o.log+o.answer, secret) {
			wrong(f.t, "%q stands in the log or the answer:\n%s\n%s", secret, o.log, o.answer)
		}
	}
	// CloudWatch takes 256 KB; a person reads less.
	for line := range strings.Lines(o.log) {
		if len(line) > 64<<10 {
			f.t.Errorf("a line of %d bytes: %.300s…", len(line), line)
		}
	}
	return o
}

// report is the answer of an invocation that succeeded.
func (o outcome) report() cloud.Report {
	o.t.Helper()
	var r cloud.Report
	if strings.Contains(o.answer, `"errorMessage"`) || json.Unmarshal([]byte(o.answer), &r) != nil {
		o.t.Fatalf("the caller gets %s\n%s", o.answer, o.log)
	}
	return r
}

// fails wants an error that begins so, for the caller and in the log.
func (o outcome) fails(begin string) {
	o.t.Helper()
	var e struct{ ErrorMessage, ErrorType string }
	if json.Unmarshal([]byte(o.answer), &e) != nil || !strings.HasPrefix(e.ErrorMessage, begin) {
		o.t.Errorf("the caller gets\n%s\nwant an error that begins with\n%s", o.answer, begin)
	}
	logged := ""
	for _, line := range o.lines {
		if line["level"] == "ERROR" {
			text, _ := line["error"].(string)
			logged = cmp.Or(text, logged)
		}
	}
	if !strings.HasPrefix(logged, begin) {
		o.t.Errorf("the log says\n%s\nwant an error that begins with\n%s", o.log, begin)
	}
}

// metrics is how many lines say that a check failed.
func (o outcome) metrics() (n int) {
	for _, line := range o.lines {
		if _, ok := line["_aws"]; ok {
			n++
		}
	}
	return n
}

// told wants each status to have been published so often, in all.
func (a *account) told(want map[watch.Status]int) {
	a.t.Helper()
	a.topic.mu.Lock()
	defer a.topic.mu.Unlock()
	got := map[watch.Status]int{}
	for _, m := range a.topic.messages {
		got[m.status]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		wrong(a.t, "published %v, want %v", got, want)
	}
}

// recovers wants the next check, after what failed, to tell the one thing that there
// is to tell, and to leave nothing.
func (a *account) recovers(f *function) {
	a.t.Helper()
	a.s3.answers("", nil)
	a.sns.answers("", nil)
	f.invoke(a.event("")).report()
	a.told(map[watch.Status]int{watch.Initialized: 1})
	if state := a.state(); len(state.Pending) > 0 || len(state.Items) != 1 || state.Health != (watch.Health{}) {
		wrong(a.t, "the state is %+v", state)
	}
}

// TestFunction puts the function into each trouble that Lambda, S3 and SNS can make.
func TestFunction(t *testing.T) {
	t.Parallel()
	tool(t, "aws-lambda-rie")
	program := build(t, "bootstrap", "stockchecker/lambda")
	for _, test := range []struct {
		name    string
		seconds int // of an invocation; 0: 60
		fault   func(a *account)
		fails   string // "": the invocation succeeds
		metrics int
		state   func(t *testing.T, s *watch.State)
	}{
		{name: "deadline while fetching", seconds: 6, fault: func(a *account) { a.shop.answers("", hang) }, metrics: 1,
			state: func(t *testing.T, s *watch.State) {
				if s.Health.Failures != 1 || s.Health.Kind != page.Network || len(s.Items) > 0 {
					t.Errorf("state %+v", s)
				}
			}},
		{name: "deadline while saving", seconds: 6, fault: func(a *account) { a.s3.answers(http.MethodPut, hang) },
			fails: "check orion: save state: write s3://stock/state/orion.json: no answer in time", state: untouched},
		{name: "deadline while sending", seconds: 8, fault: func(a *account) { a.sns.answers("", hang) },
			fails: "send alerts of orion: INITIALIZED by sns: publish to " + topicARN + ": no answer in time; they stay pending, and are sent again", state: pendingAlone},
		{name: "no time at all", seconds: 1, fault: func(*account) {},
			fails: "check orion: load state: read s3://stock/state/orion.json: no answer in time", state: untouched},
		{name: "SNS throttled", fault: func(a *account) { a.sns.answers("", refuse(400, "Throttling")) },
			fails: "send alerts of orion: INITIALIZED by sns: publish to " + topicARN + ": throttled by AWS, also at attempt 3; the next check tries again (400, Throttling: ", state: pendingAlone},
		{name: "topic gone", fault: func(a *account) { a.sns.answers("", refuse(404, "NotFound")) },
			fails: "send alerts of orion: INITIALIZED by sns: publish to " + topicARN + ": there is no such topic; deploy again, or correct topicArn (404, NotFound: ", state: pendingAlone},
		{name: "S3 denies reads", fault: func(a *account) { a.s3.answers(http.MethodGet, refuse(403, "AccessDenied")) },
			fails: "check orion: load state: read s3://stock/state/orion.json: access denied; allow s3:GetObject on state/orion.json of bucket stock, and s3:ListBucket", state: untouched},
		{name: "S3 denies writes", fault: func(a *account) { a.s3.answers(http.MethodPut, refuse(403, "AccessDenied")) },
			fails: "check orion: save state: write s3://stock/state/orion.json: access denied; allow s3:PutObject on state/orion.json of bucket stock (403, AccessDenied: ", state: untouched},
		{name: "S3 throttles", fault: func(a *account) { a.s3.answers("", refuse(503, "SlowDown")) },
			fails: "check orion: load state: read s3://stock/state/orion.json: throttled by AWS, also at attempt 3; ", state: untouched},
		{name: "S3 slow", fault: func(a *account) {
			a.s3.answers("", func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(1200 * time.Millisecond)
				a.s3.next.ServeHTTP(w, r)
			})
		}, state: func(t *testing.T, s *watch.State) {
			if len(s.Pending) > 0 || len(s.Items) != 1 {
				t.Errorf("state %+v", s)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			f := a.start(program, cmp.Or(test.seconds, 60))
			test.fault(a)
			begin := time.Now()
			o := f.invoke(a.event(""))
			if took := time.Since(begin); test.seconds > 2 && took > time.Duration(test.seconds)*time.Second {
				t.Errorf("it took %s, of %d s", took, test.seconds)
			}
			if test.fails != "" {
				o.fails(test.fails)
			} else {
				o.report()
			}
			if o.metrics() != test.metrics {
				t.Errorf("%d metrics, want %d:\n%s", o.metrics(), test.metrics, o.log)
			}
			if strings.Contains(o.log, "Task timed out") || strings.Contains(o.log, "Runtime exited") {
				t.Errorf("the runtime ended the function:\n%s", o.log)
			}
			test.state(t, a.state())

			if test.seconds == 1 {
				f = a.start(program, 60)
			}
			a.shows(product("Orion 1", true))
			if test.metrics > 0 {
				a.s3.answers("", nil)
			}
			a.recovers(f)
		})
	}
}

func untouched(t *testing.T, s *watch.State) {
	if s.Revision != 0 {
		t.Errorf("the state was written: %+v", s)
	}
}

// pendingAlone is a state whose alert is free for the next check.
func pendingAlone(t *testing.T, s *watch.State) {
	if len(s.Pending) != 1 || s.Pending[0].Alert.Status != watch.Initialized || !s.Pending[0].LeaseUntil.IsZero() || len(s.Items) != 1 {
		t.Errorf("state %+v", s)
	}
}

// TestFunctionPanics: a reader that panics costs its check, not the function.
func TestFunctionPanics(t *testing.T) {
	t.Parallel()
	tool(t, "aws-lambda-rie")
	a := newAccount(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := a.start(self, 60, asFunction+"=1")
	for range 2 {
		o := f.invoke(a.event(""))
		o.fails("check orion: panic: runtime error: invalid memory address or nil pointer dereference")
		if o.metrics() != 1 || len(o.lines) != 3 || o.lines[0]["msg"] != "panic" || o.lines[0]["checker"] != "orion" {
			t.Errorf("logged %s", o.log)
		}
		if stack, _ := o.lines[0]["stack"].(string); !strings.Contains(stack, "page.Read") {
			t.Errorf("the log does not say where: %s", o.log)
		}
		if strings.Contains(o.log, "Runtime exited") {
			t.Errorf("the function ended:\n%s", o.log)
		}
	}
	untouched(t, a.state())
	a.recovers(a.start(build(t, "bootstrap", "stockchecker/lambda"), 60))
}

// TestFunctionGoesNowhereElse: a shop cannot send the function to where its next events
// and its credentials are.
func TestFunctionGoesNowhereElse(t *testing.T) {
	t.Parallel()
	tool(t, "aws-lambda-rie")
	a := newAccount(t)
	f := a.start(build(t, "bootstrap", "stockchecker/lambda"), 60)
	_, port, err := net.SplitHostPort(f.api)
	if err != nil {
		t.Fatal(err)
	}
	const next = "/2018-06-01/runtime/invocation/next"
	for _, to := range []string{
		"http://" + f.api + next, "http://localhost:" + port + next, "http://[::ffff:127.0.0.1]:" + port + next, "http://0.0.0.0:" + port + next, "http://2130706433:" + port + next,
		"http://169.254.169.254/latest/meta-data/iam/security-credentials/", "http://169.254.170.2/v2/credentials/", "http://[fd00:ec2::254]/latest/meta-data/",
		"file:///proc/self/environ", "gopher://" + f.api + "/_GET%20" + next,
	} {
		a.shop.answers("", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
		begin := time.Now()
		r := f.invoke(a.event("")).report()
		if r.Failure == nil || r.Status != watch.CheckFailed || r.Items > 0 || r.Skipped {
			wrong(t, "led to %s it reports %+v", to, r)
		}
		if took := time.Since(begin); took > 20*time.Second { // the runtime holds who asks for the next event
			t.Errorf("led to %s it took %s", to, took)
		}
		a.told(map[watch.Status]int{})
	}
	a.shows(product("Orion 1", true))
	f.invoke(a.event("")).report()
	a.told(map[watch.Status]int{watch.CheckRecovered: 1, watch.Initialized: 1})
}

// TestDeliveredTwice: two deliveries of one event at once, as Lambda may make them, in
// two environments.
func TestDeliveredTwice(t *testing.T) {
	t.Parallel()
	tool(t, "aws-lambda-rie")
	program := build(t, "bootstrap", "stockchecker/lambda")
	a := newAccount(t)
	functions := []*function{a.start(program, 60), a.start(program, 60)}
	a.shows(product("Orion 1", false))
	functions[0].invoke(a.event("")).report()
	recorded := 0
	for n := range scale(4, 40) {
		// Both have loaded the state when the first gets its page.
		var waiting sync.WaitGroup
		waiting.Add(len(functions))
		a.shop.answers("", func(w http.ResponseWriter, _ *http.Request) {
			waiting.Done()
			waiting.Wait()
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, product("Orion 1", n%2 == 0))
		})
		var group sync.WaitGroup
		overtaken := atomic.Int64{}
		for _, f := range functions {
			group.Go(func() {
				switch r := f.invoke(a.event("")).report(); {
				case r.Overtaken:
					overtaken.Add(1)
				case r.Recorded && len(r.Sent) == 1 && r.Sent[0].Error == "":
				default:
					t.Errorf("report %+v", r)
				}
			})
		}
		group.Wait()
		recorded++
		if overtaken.Load() != 1 {
			wrong(t, "%d of two were overtaken", overtaken.Load())
		}
	}
	a.told(map[watch.Status]int{watch.Initialized: 1, watch.ItemsInStock: (recorded + 1) / 2, watch.ItemsGone: recorded / 2})
	if state := a.state(); len(state.Pending) > 0 {
		lost(t, "pending %+v", state.Pending)
	}
}

// TestPoisonedEvents: what no check can be made of is refused in words, before anything
// is asked of anybody.
func TestPoisonedEvents(t *testing.T) {
	t.Parallel()
	tool(t, "aws-lambda-rie")
	a := newAccount(t)
	f := a.start(build(t, "bootstrap", "stockchecker/lambda"), 60)
	full := func(event string) string {
		const size = 256 << 10
		before, after, _ := strings.Cut(event, "FILL")
		return before + strings.Repeat("x", size-len(before)-len(after)) + after
	}
	many := func(one string) string {
		var b strings.Builder
		for i := 0; b.Len() < 250<<10; i++ {
			fmt.Fprintf(&b, one, i)
		}
		return b.String()
	}
	for _, test := range []struct{ name, event, fails string }{
		{"unknown key", a.event(`, "colour": "red"`), `decode event: checker "orion": colour: is no key here; the keys are `},
		{"wrong type", a.event(`, "maxPrice": ["650"]`), `decode event: checker "orion": maxPrice: `},
		{"secret of a wrong type", a.event(`, "select": "cookie-of-mine"`), `decode event: checker "orion": select: `},
		{"wrong bucket", strings.Replace(a.event(""), `"stock"`, `7`, 1), `decode event: checker "orion": s3Bucket: is no string`},
		{"no object", `[{"name": "orion"}]`, "decode event: the whole is a list, but must be an object"},
		{"null", `null`, "decode event: the whole is null, but must be an object"},
		{"number", `7`, "decode event: "},
		{"test event of the console", `{"key1": "value1", "key2": "value2", "key3": "value3"}`, "decode event: "},
		{"scheduled event without input", `{"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}`, "decode event: "},
		{"256 KB in a value", full(`{"name": "FILL"}`), "decode event: "},
		{"256 KB in a key", full(a.event(`, "FILL": 1`)), `decode event: checker "orion": `},
		{"256 KB in the bucket", full(strings.Replace(a.event(""), `"stock"`, `"FILL"`, 1)), `decode event: checker "orion": s3Bucket: `},
		{"256 KB in the state's key", full(strings.Replace(a.event(""), `state/orion.json`, `FILL`, 1)), `decode event: checker "orion": s3Object: `},
		{"256 KB in a price", full(a.event(`, "maxPrice": "FILL"`)), `decode event: checker "orion": maxPrice: `},
		{"256 KB in a list", full(a.event(`, "alertOn": ["FILL"]`)), `decode event: checker "orion": alertOn`},
		{"256 KB in the store", full(a.event(`, "store": "FILL"`)), `decode event: checker "orion": store: `},
		{"256 KB in a selector", full(a.event(`, "select": {"title": "FILL["}`)), `decode event: checker "orion": select.title: `},
		{"256 KB in an expression", full(a.event(`, "include": ["FILL("]`)), `decode event: checker "orion": include`},
		{"256 KB of lists", strings.Repeat("[", 256<<10), "decode event: "},
		{"many unknown keys", a.event(many(`, "k%d": 1`)), `decode event: checker "orion": k0: is no key here; `},
		{"many bad expressions", a.event(`, "include": ["("` + many(`, "%d("`) + `]`), `decode event: checker "orion": include`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f.t, a.t = t, t
			before := a.shop.requests.Load() + a.s3.requests.Load() + a.sns.requests.Load()
			o := f.invoke(test.event)
			o.fails(test.fails)
			if len(o.answer) > 64<<10 {
				t.Errorf("the answer has %d bytes", len(o.answer))
			}
			if after := a.shop.requests.Load() + a.s3.requests.Load() + a.sns.requests.Load(); after != before {
				t.Errorf("it made %d requests", after-before)
			}
			if o.metrics() != 0 || len(o.lines) != 1 || o.lines[0]["msg"] != "event" {
				t.Errorf("logged %.2000s", o.log)
			}
		})
	}
	f.t, a.t = t, t
	// 256 KB that are right, and the older form.
	if r := f.invoke(full(strings.Replace(a.event(""), "cookie-of-mine", "FILL", 1))).report(); r.Status != watch.Initialized {
		t.Errorf("report %+v", r)
	}
	older := f.invoke(`{"url": "http://` + a.shop.address + `/orion", "topicArn": "` + topicARN + `", "s3Bucket": "stock", "s3Object": "My Orion.json"}`).report()
	if older.Checker != "my-orion" || older.Status != watch.Initialized {
		t.Errorf("report of the older form: %+v", older)
	}
}
