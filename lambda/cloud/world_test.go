package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

const (
	testBucket = "stock"
	testTopic  = "arn:aws:sns:eu-west-1:123456789012:alerts"
)

// world is AWS and a shop on this machine, and a handler in it.
type world struct {
	t       *testing.T
	buckets *s3mem.Backend
	s3      *gate
	topic   *topic
	sns     *gate
	shop    *gate
	shopURL string
	handler *Handler
	logs    buffer
	metrics buffer
}

// newWorld has real servers on loopback.
func newWorld(t *testing.T) *world {
	w := emptyWorld(t)
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	w.shopURL = serve(w.shop)
	w.connect(serve(w.s3), serve(w.sns), nil)
	w.handler.Fetcher = fetch.New(fetch.Options{})
	return w
}

// newWorldInside has its servers in the process, for a test in a synctest bubble.
func newWorldInside(t *testing.T) *world {
	w := emptyWorld(t)
	w.shopURL = "http://127.0.0.1:3"
	inside := insideTransport{"127.0.0.1:1": w.s3, "127.0.0.1:2": w.sns, "127.0.0.1:3": w.shop}
	w.connect("http://127.0.0.1:1", "http://127.0.0.1:2", inside)
	w.handler.Fetcher = insideFetcher{inside}
	return w
}

func emptyWorld(t *testing.T) *world {
	w := &world{t: t, buckets: s3mem.New(), topic: &topic{}}
	if err := w.buckets.CreateBucket(testBucket); err != nil {
		t.Fatal(err)
	}
	w.s3 = &gate{next: gofakes3.New(w.buckets, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()}
	w.sns = &gate{next: w.topic}
	w.shop = &gate{next: http.NotFoundHandler()}
	return w
}

func (w *world) connect(s3URL, snsURL string, transport http.RoundTripper) {
	cfg, err := Config(environment(map[string]string{"AWS_ENDPOINT_URL_S3": s3URL, "AWS_ENDPOINT_URL_SNS": snsURL}))
	if err != nil {
		w.t.Fatal(err)
	}
	client := newHTTPClient(transport)
	w.t.Cleanup(client.CloseIdleConnections)
	cfg.HTTPClient = client
	w.handler = &Handler{
		S3:        s3.NewFromConfig(cfg),
		SNS:       sns.NewFromConfig(cfg),
		Namespace: "StockChecker/test",
		Metrics:   &w.metrics,
		Log:       slog.New(slog.NewJSONHandler(&w.logs, nil)),
	}
}

// environment is that of a function, with some variables more.
func environment(more map[string]string) func(string) string {
	env := map[string]string{
		"AWS_REGION":            "eu-west-1",
		"AWS_ACCESS_KEY_ID":     "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "not-a-real-secret",
		"AWS_SESSION_TOKEN":     "not-a-real-token",
	}
	maps.Copy(env, more)
	return func(name string) string { return env[name] }
}

// event is the event of a checker; keys are added or replaced, and removed with nil.
func (w *world) event(keys map[string]any) []byte {
	ev := map[string]any{
		"name": "console", "url": w.shopURL + "/p/console", "every": "1m",
		"topicArn": testTopic, "s3Bucket": testBucket, "s3Object": "state/console.json",
	}
	for key, value := range keys {
		if ev[key] = value; value == nil {
			delete(ev, key)
		}
	}
	data, err := json.Marshal(ev)
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// check invokes the handler, which must not fail.
func (w *world) check(keys map[string]any) Report {
	w.t.Helper()
	report, err := w.try(keys)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func (w *world) try(keys map[string]any) (Report, error) {
	w.t.Helper()
	return w.tryWithin(w.t.Context(), keys)
}

func (w *world) tryWithin(ctx context.Context, keys map[string]any) (Report, error) {
	w.t.Helper()
	answer, err := w.handler.Invoke(ctx, w.event(keys))
	if err != nil {
		if answer != nil {
			w.t.Errorf("there is both the answer %s and the error %v", answer, err)
		}
		return Report{}, err
	}
	var report Report
	d := json.NewDecoder(bytes.NewReader(answer))
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil {
		w.t.Fatalf("decode answer %s: %v", answer, err)
	}
	return report, nil
}

// object is what the bucket has under a key, or "".
func (w *world) object(key string) string {
	w.t.Helper()
	o, err := w.buckets.GetObject(testBucket, key, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return ""
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer o.Contents.Close()
	data, err := io.ReadAll(o.Contents)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

func (w *world) putObject(key, data string) {
	w.t.Helper()
	_, err := w.buckets.PutObject(testBucket, key, map[string]string{}, strings.NewReader(data), int64(len(data)), nil)
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) keys(prefix string) []string {
	w.t.Helper()
	list, err := w.buckets.ListBucket(testBucket, &gofakes3.Prefix{HasPrefix: true, Prefix: prefix}, gofakes3.ListBucketPage{})
	if err != nil {
		w.t.Fatal(err)
	}
	var keys []string
	for _, o := range list.Contents {
		keys = append(keys, o.Key)
	}
	return keys
}

func (w *world) state(key string) *watch.State {
	w.t.Helper()
	data := w.object(key)
	if data == "" {
		w.t.Fatalf("there is no %s; there are %q", key, w.keys(""))
	}
	s, err := watch.Decode([]byte(data))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// statuses are those of the messages that were published.
func (w *world) statuses() []string {
	var list []string
	for _, form := range w.topic.all() {
		list = append(list, attributes(form)["status"])
	}
	return list
}

// buffer is a log that may be written by many.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// lines are the lines of JSON.
func (b *buffer) lines(t *testing.T) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(b.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("decode line %s: %v", line, err)
		}
		list = append(list, m)
	}
	return list
}

// gate is a server of which a test can take the answers over.
type gate struct {
	next     http.Handler
	answer   atomic.Pointer[http.HandlerFunc]
	requests atomic.Int64
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.requests.Add(1)
	if f := g.answer.Load(); f != nil {
		(*f)(w, r)
		return
	}
	g.next.ServeHTTP(w, r)
}

// answers takes the answers over; f may call the server itself. nil gives back.
func (g *gate) answers(f http.HandlerFunc) {
	if f == nil {
		g.answer.Store(nil)
		return
	}
	g.answer.Store(&f)
}

// when takes over the requests of a method.
func (g *gate) when(method string, f http.HandlerFunc) {
	g.answers(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method {
			f(w, r)
			return
		}
		g.next.ServeHTTP(w, r)
	})
}

// s3Error answers as S3 does.
func s3Error(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("X-Amz-Request-Id", "REQUEST1")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message><RequestId>REQUEST1</RequestId></Error>", code, message)
	}
}

// snsError answers as SNS does.
func snsError(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>REQUEST2</RequestId></ErrorResponse>`, code, message)
	}
}

// topic is an SNS that keeps what is published.
type topic struct {
	mu    sync.Mutex
	forms []url.Values
}

func (s *topic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("Action") != "Publish" {
		snsError(http.StatusBadRequest, "InvalidAction", "no such action")(w, r)
		return
	}
	s.mu.Lock()
	s.forms = append(s.forms, r.PostForm)
	n := len(s.forms)
	s.mu.Unlock()
	type result struct {
		XMLName   xml.Name `xml:"http://sns.amazonaws.com/doc/2010-03-31/ PublishResponse"`
		MessageID string   `xml:"PublishResult>MessageId"`
	}
	w.Header().Set("Content-Type", "text/xml")
	if err := xml.NewEncoder(w).Encode(result{MessageID: fmt.Sprint("message-", n)}); err != nil {
		panic(err)
	}
}

func (s *topic) all() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.forms)
}

// attributes are the message attributes of a request.
func attributes(form url.Values) map[string]string {
	list := map[string]string{}
	for i := 1; ; i++ {
		name := form.Get(fmt.Sprintf("MessageAttributes.entry.%d.Name", i))
		if name == "" {
			return list
		}
		list[name] = form.Get(fmt.Sprintf("MessageAttributes.entry.%d.Value.StringValue", i))
	}
}

// insideTransport calls handlers without a network.
type insideTransport map[string]http.Handler

func (t insideTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	done := make(chan struct{})
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	served.RequestURI = r.URL.RequestURI()
	if r.ContentLength > 0 {
		served.Header.Set("Content-Length", fmt.Sprint(r.ContentLength))
	}
	go func() {
		defer close(done)
		t[r.URL.Host].ServeHTTP(recorder, served)
	}()
	select {
	case <-done:
		response := recorder.Result()
		response.Request = r
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// insideFetcher gets pages from it.
type insideFetcher struct{ transport insideTransport }

func (f insideFetcher) Fetch(ctx context.Context, _ *checker.Checker, url string) (*page.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := f.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &page.Response{URL: url, Final: url, Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

// product is a page of one product.
func product(availability string) http.HandlerFunc {
	return productNamed("Orion Console", availability)
}

func productNamed(title, availability string) http.HandlerFunc {
	buy := `<button type="submit">Add to cart</button>`
	if availability != "InStock" {
		buy = `<p class="stock">Out of stock</p>`
	}
	return html(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>` + title + ` - Test Shop</title></head><body><main>` +
		`<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","name":"` + title + `","sku":"OC-1",` +
		`"offers":{"@type":"Offer","price":"499.00","priceCurrency":"USD","availability":"https://schema.org/` + availability + `"}}</script>` +
		`<h1>` + title + `</h1><div class="buy-box"><span class="price">$499.00</span>` + buy + `</div></main></body></html>`)
}

var captcha = html(`<!doctype html><html><head><title>Robot Check</title></head><body><form action="/verify"><h4>Type the letters you see in this picture</h4>` +
	`<p>Sorry, we just need to make sure you are not a robot.</p><input id="captchacharacters"><button>Continue shopping</button></form></body></html>`)

func html(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, text)
	}
}
