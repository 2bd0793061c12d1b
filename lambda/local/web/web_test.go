package web

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local"
	"stockchecker/lambda/watch"
	"stockchecker/lambda/watch/storetest"
)

var noon = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

// put saves a state over what is there.
func put(t *testing.T, store watch.Store, s *watch.State) {
	t.Helper()
	s.Version = watch.StateVersion
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	putBytes(t, store, s.Checker, data)
}

func putBytes(t *testing.T, store watch.Store, name string, data []byte) {
	t.Helper()
	_, version, err := store.Load(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), name, data, version); err != nil {
		t.Fatal(err)
	}
}

func lampState(inStock bool, events ...watch.Event) *watch.State {
	it := watch.Item{Title: "Kestrel 9", Link: "https://shop.example/kestrel-9", Availability: checker.SoldOut, InStock: inStock, Since: noon.Add(-time.Hour)}
	if inStock {
		it.Availability = checker.InStock
	}
	return &watch.State{Checker: "lamp", Initialized: noon.Add(-48 * time.Hour), Items: map[string]watch.Item{"kestrel": it}, Changes: events}
}

func began(hours float64) watch.Event {
	return watch.Event{At: noon.Add(-time.Duration(hours * float64(time.Hour))), Status: watch.Initialized, Told: true}
}

func came(hours float64) watch.Event {
	return watch.Event{At: noon.Add(-time.Duration(hours * float64(time.Hour))), Status: watch.ItemsInStock, Told: true, Items: []watch.EventItem{{Title: "Kestrel 9", InStock: true}}}
}

// quiet is a site of a store on a state alone, at noon, that looks at the store for
// each view.
func quiet(store watch.Lister, checkers ...*checker.Checker) *Site {
	return New(Options{Store: store, Checkers: checkers, Place: "state", Now: func() time.Time { return noon }, Poll: -1})
}

func TestHostileTexts(t *testing.T) {
	const script = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	store := &storetest.Memory{}
	s := lampState(true, began(40), watch.Event{At: noon.Add(-time.Hour), Status: watch.ItemsInStock, Items: []watch.EventItem{{Title: script, InStock: true}}},
		watch.Event{At: noon, Status: watch.CheckFailed, Reason: script})
	s.Items = map[string]watch.Item{
		"a": {Title: script, Link: "javascript:alert(1)", InStock: true, Since: noon},
		"b": {Title: "data", Link: "data:text/html,<script>alert(1)</script>", InStock: true, Since: noon},
		"c": {Title: "case", Link: " JaVaScRiPt:alert(1)", InStock: true, Since: noon},
		"d": {Title: "file", Link: "file:///etc/passwd", InStock: true, Since: noon},
		"e": {Title: "good", Link: "https://shop.example/a?b=1&c=2", InStock: true, Since: noon},
	}
	s.Health = watch.Health{Failures: 3, FailingSince: noon.Add(-time.Hour), Message: script}
	s.Pending = []watch.Entry{{ID: "1", Channels: []string{script}, Alert: watch.Alert{Checker: "lamp", URL: "javascript:alert(1)", Status: watch.ItemsInStock, At: noon,
		Items: []watch.AlertItem{{Title: script, Link: "javascript:alert(1)"}}}}}
	put(t, store, s)
	site := quiet(store)
	url := serve(t, site, "127.0.0.1:0", "")
	var report strings.Builder
	if err := site.WriteReport(t.Context(), &report); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"report": report.String()}
	for _, path := range []string{"/", "/checkers/lamp", "/cards?name=lamp", "/feed.atom", "/?q=" + "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/%3Cscript%3Ealert(1)%3C%2Fscript%3E"} {
		_, pages[path] = request(t, "GET", url+path, "", nil)
	}
	link := regexp.MustCompile(`(?i)(?:href|src|action)="([^"]*)"`)
	for name, page := range pages {
		for _, bad := range []string{"<script>", "<img", "onerror=alert(1)>"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s has %q in it", name, bad)
			}
		}
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			if !regexp.MustCompile(`^(/|#|https?://)`).MatchString(m[1]) {
				t.Errorf("%s has a link to %s", name, m[1])
			}
		}
	}
	if !strings.Contains(pages["/"], `href="https://shop.example/a?b=1&amp;c=2"`) {
		t.Error("the page does not have the good link")
	}
}

func TestBoardFollowsTheStore(t *testing.T) {
	store := &storetest.Memory{}
	put(t, store, lampState(false, began(40)))
	b := newBoard(store, nil, func() time.Time { return noon })
	condition := func() string {
		if c := b.named("lamp"); c != nil {
			return string(c.condition())
		}
		return "none"
	}
	step := func(name, wantCondition string, wantEvents ...watch.Status) {
		t.Helper()
		var events []watch.Status
		for _, h := range b.refresh(t.Context(), 0).events {
			events = append(events, h.Status)
		}
		if diff := cmp.Diff(wantEvents, events); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", name, diff)
		}
		if got := condition(); got != wantCondition {
			t.Errorf("%s: the checker is %s, want %s", name, got, wantCondition)
		}
	}
	step("the first time nothing is news", "out")
	step("nothing changed", "out")
	put(t, store, lampState(true, began(40), came(1)))
	step("it came", "in", watch.ItemsInStock)
	blind := lampState(true, began(40), came(1))
	blind.Health = watch.Health{Failures: 1, FailingSince: noon, Message: "status 503"}
	put(t, store, blind)
	step("a first failure is no event", "failing")
	putBytes(t, store, "lamp", []byte("{"))
	step("a state that cannot be read", "failing")
	if got := b.named("lamp").fault; !strings.HasPrefix(got, "state of lamp: ") {
		t.Errorf("the fault is %q", got)
	}
	put(t, store, lampState(false, began(40), came(1), watch.Event{At: noon, Status: watch.ItemsGone, Told: true}, watch.Event{At: noon, Status: watch.CheckRecovered}))
	step("and again", "out", watch.Initialized, watch.ItemsInStock, watch.ItemsGone, watch.CheckRecovered)
	put(t, store, &watch.State{Checker: "Not A Name"})
	step("what is no checker", "out")
	if len(b.snapshot(filter{}).list) != 1 {
		t.Error("it is shown")
	}
}

// failing is a store that fails on demand.
type failingStore struct {
	*storetest.Memory
	list, load error
}

func (s *failingStore) Versions(ctx context.Context) (map[string]string, error) {
	if s.list != nil {
		return nil, s.list
	}
	return s.Memory.Versions(ctx)
}

func (s *failingStore) Load(ctx context.Context, name string) ([]byte, string, error) {
	if s.load != nil {
		return nil, "", s.load
	}
	return s.Memory.Load(ctx, name)
}

func TestStoreThatFails(t *testing.T) {
	store := &failingStore{Memory: &storetest.Memory{}}
	put(t, store, lampState(true, began(40)))
	site := quiet(store)
	url := serve(t, site, "127.0.0.1:0", "")
	_, body := request(t, "GET", url, "", nil)
	if !strings.Contains(body, "Kestrel 9") || strings.Contains(body, "cannot be read now") {
		t.Fatal("the page does not show the state")
	}
	for _, tt := range []struct {
		name       string
		list, load error
		want       string
	}{
		{"list", errors.New("list s3://stock/state/: no answer in time"), nil, "list s3://stock/state/: no answer in time"},
		{"load", nil, errors.New("read s3://stock/state/lamp.json: no answer in time"), "read s3://stock/state/lamp.json: no answer in time"},
	} {
		put(t, store.Memory, lampState(false, began(40)))
		store.list, store.load = tt.list, tt.load
		_, body = request(t, "GET", url, "", nil)
		if !strings.Contains(body, tt.want) || !strings.Contains(body, "Kestrel 9") {
			t.Errorf("%s: the page does not say the fault and what it knew", tt.name)
		}
		store.list, store.load = nil, nil
		put(t, store.Memory, lampState(true, began(40)))
		if _, body = request(t, "GET", url, "", nil); strings.Contains(body, "cannot be read now") {
			t.Errorf("%s: the page still says the fault", tt.name)
		}
	}
	// The first time it is said at once.
	store.list = errors.New("access denied")
	if err := quiet(store).Load(t.Context()); err == nil || err.Error() != "access denied" {
		t.Errorf("Load: %v", err)
	}
}

func TestOrderAndFilters(t *testing.T) {
	site := monthly(t, noon)
	url := serve(t, site, "127.0.0.1:0", "")
	name := regexp.MustCompile(`<h3 id="name-([a-z-]+)">`)
	for _, tt := range []struct{ path, want string }{
		{"/", "game-console film-camera graphics-card board-computer keyboard desk-lamp hiking-tent sneakers espresso-machine e-reader"},
		{"/?show=in", "game-console film-camera graphics-card board-computer keyboard"},
		{"/?show=failing", "desk-lamp"},
		{"/?show=waiting", "film-camera"},
		{"/?show=paused", "e-reader"},
		{"/?show=nonsense", "game-console film-camera graphics-card board-computer keyboard desk-lamp hiking-tent sneakers espresso-machine e-reader"},
		{"/?q=RTX", "graphics-card"},
		{"/?q=draussen.example", "hiking-tent"},
		{"/?q=dohle+tannengr%C3%BCn", "hiking-tent"},
		{"/?q=rtx&show=failing", ""},
		{"/?page=99", "game-console film-camera graphics-card board-computer keyboard desk-lamp hiking-tent sneakers espresso-machine e-reader"},
		{"/?page=-1&show=paused", "e-reader"},
	} {
		_, body := request(t, "GET", url+tt.path, "", nil)
		var got []string
		for _, m := range name.FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s shows %s, want %s", tt.path, strings.Join(got, " "), tt.want)
		}
	}
}

func TestPages(t *testing.T) {
	store := &storetest.Memory{}
	for i := range 100 {
		s := lampState(false, began(40))
		s.Checker = fmt.Sprintf("lamp-%02d", i)
		put(t, store, s)
	}
	url := serve(t, quiet(store), "127.0.0.1:0", "")
	for _, tt := range []struct {
		path        string
		first, last string
		cards       int
		says        string
		links       []string
	}{
		{"/", "lamp-00", "lamp-47", 48, "1–48 of 100", []string{`<a href="/?page=2" rel="next">`}},
		{"/?page=2", "lamp-48", "lamp-95", 48, "49–96 of 100", []string{`<a href="/" rel="prev">`, `<a href="/?page=3" rel="next">`}},
		{"/?page=3", "lamp-96", "lamp-99", 4, "97–100 of 100", []string{`<a href="/?page=2" rel="prev">`}},
		{"/?q=shop&page=2", "lamp-48", "lamp-95", 48, "49–96 of 100", []string{`<a href="/?q=shop" rel="prev">`, `<a href="/?page=3&amp;q=shop" rel="next">`}},
	} {
		_, body := request(t, "GET", url+tt.path, "", nil)
		if n := strings.Count(body, "<article"); n != tt.cards || !strings.Contains(body, "name-"+tt.first) || !strings.Contains(body, "name-"+tt.last) || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d cards, want %d, from %s to %s, %s", tt.path, n, tt.cards, tt.first, tt.last, tt.says)
		}
		for _, l := range tt.links {
			if !strings.Contains(body, l) {
				t.Errorf("%s has no %s", tt.path, l)
			}
		}
	}
}

func TestStateAloneAndFile(t *testing.T) {
	store := &storetest.Memory{}
	put(t, store, lampState(false, began(40)))
	old := lampState(false, began(40))
	old.Checker = "chair"
	put(t, store, old)
	for _, tt := range []struct {
		name     string
		checkers []*checker.Checker
		want     []string
		not      []string
	}{
		{"a state alone", nil, []string{"shop.example", "name-lamp", "name-chair"}, []string{"no longer in checkers.json", "every"}},
		{"with a file", []*checker.Checker{{Name: "lamp", URL: "https://lights.example/9", Every: 90 * time.Second, Enabled: true}, {Name: "tent", URL: "https://tents.example/", Every: 2 * time.Hour, Enabled: true}},
			[]string{"lights.example", "every 1m30s", "every 2h", "Not checked yet", "no longer in checkers.json"}, nil},
	} {
		_, body := request(t, "GET", serve(t, quiet(store, tt.checkers...), "127.0.0.1:0", ""), "", nil)
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page has no %q", tt.name, want)
			}
		}
		for _, not := range tt.not {
			if strings.Contains(body, not) {
				t.Errorf("%s: the page has %q", tt.name, not)
			}
		}
	}
}

// listen opens a stream of events and gives its lines.
func listen(t *testing.T, url string) (<-chan string, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines, answer
}

// next is the next line with a beginning.
func next(t *testing.T, lines <-chan string, begins string) string {
	t.Helper()
	for line := range lines {
		if rest, ok := strings.CutPrefix(line, begins); ok {
			return rest
		}
	}
	t.Fatalf("the stream ended without %q", begins)
	return ""
}

func TestEvents(t *testing.T) {
	store := &storetest.Memory{}
	put(t, store, lampState(false, began(40)))
	site := New(Options{Store: store, Place: "state", Now: func() time.Time { return noon }, Poll: -1})
	url := serve(t, site, "127.0.0.1:0", "")
	if _, body := request(t, "GET", url, "", nil); !strings.Contains(body, `data-sequence="1"`) {
		t.Fatal("the page does not say what it is made of")
	}
	lines, answer := listen(t, url)
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("Content-Type %s", got)
	}
	next(t, lines, "event: hello")
	if got, want := next(t, lines, "data: "), `{"counts":{"all":1,"in":0,"failing":0,"waiting":0,"paused":0},"sequence":1}`; got != want {
		t.Errorf("hello: got %s, want %s", got, want)
	}
	put(t, store, lampState(true, began(40), came(1)))
	next(t, lines, "event: change")
	var change struct{ Checker, HTML string }
	if err := json.Unmarshal([]byte(next(t, lines, "data: ")), &change); err != nil || change.Checker != "lamp" || !strings.Contains(change.HTML, "Kestrel 9 in stock") {
		t.Errorf("change: %+v, %v", change, err)
	}
	next(t, lines, "event: checks")
	if got, want := next(t, lines, "data: "), `{"checkers":["lamp"],"counts":{"all":1,"in":1,"failing":0,"waiting":0,"paused":0},"sequence":2}`; got != want {
		t.Errorf("checks: got %s, want %s", got, want)
	}
	site.Checked("lamp", false)
	next(t, lines, "event: checks")
	if got, want := next(t, lines, "data: "), `{"checkers":["lamp"],"counts":{"all":1,"in":1,"failing":0,"waiting":0,"paused":0},"sequence":2}`; got != want {
		t.Errorf("a check without a change: got %s, want %s", got, want)
	}
}

// On a store that is looked at seldom, what this process writes is shown at once.
func TestOwnChecksAreShownAtOnce(t *testing.T) {
	store := &storetest.Memory{}
	put(t, store, lampState(false, began(40)))
	site := New(Options{Store: store, Place: "s3://stock", Now: func() time.Time { return noon }, Poll: time.Hour})
	if err := site.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	url := serve(t, site, "127.0.0.1:0", "")
	lines, _ := listen(t, url)
	next(t, lines, "event: hello")
	put(t, store, lampState(true, began(40), came(1)))
	site.Checked("lamp", true)
	next(t, lines, "event: change")
	if got := next(t, lines, "data: "); !strings.Contains(got, "Kestrel 9 in stock") {
		t.Errorf("change: %s", got)
	}
	next(t, lines, "event: checks")
	if _, body := request(t, "GET", url, "", nil); !strings.Contains(body, `<span class="pill in">`) {
		t.Error("the page does not show it")
	}
}

func TestClientsAreBounded(t *testing.T) {
	site := quiet(&storetest.Memory{})
	url := serve(t, site, "127.0.0.1:0", "")
	for range mostClients {
		lines, _ := listen(t, url)
		next(t, lines, "event: hello")
	}
	_, answer := listen(t, url)
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") != "60" {
		t.Errorf("one too many: status %d, Retry-After %q", answer.StatusCode, answer.Header.Get("Retry-After"))
	}
	// The page itself is not kept from anyone.
	if answer, _ := request(t, "GET", url, "", nil); answer.StatusCode != 200 {
		t.Errorf("the page: status %d", answer.StatusCode)
	}
}

func TestSlowClientsAreLeft(t *testing.T) {
	var h hub
	slow, err := h.join()
	if err != nil {
		t.Fatal(err)
	}
	quick, err := h.join()
	if err != nil {
		t.Fatal(err)
	}
	for i := range clientQueue + 1 {
		h.tell(message{"n", fmt.Sprint(i)})
		if m := <-quick; m.data != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", m.data, i)
		}
	}
	n := 0
	for range slow {
		n++
	}
	if n != clientQueue || h.listeners() != 1 {
		t.Errorf("the slow one got %d messages, and %d listen; want %d and 1", n, h.listeners(), clientQueue)
	}
	h.leave(slow) // as it does at its end
	h.close()
	if _, open := <-quick; open || h.listeners() != 0 {
		t.Error("a closed hub has clients")
	}
	if _, err := h.join(); err == nil {
		t.Error("a closed hub takes a client")
	}
}

func TestServeEndsWithOpenStreams(t *testing.T) {
	site := quiet(&storetest.Memory{})
	server, err := site.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	lines, _ := listen(t, strings.TrimSuffix(server.URL(), "/"))
	next(t, lines, "event: hello")
	begin := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	for range lines { // the stream ends too
	}
}

// Who is slow does not hold a connection for ever.
func TestTimeOuts(t *testing.T) {
	server, err := quiet(&storetest.Memory{}).Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.listen.Close()
	h := server.http
	got := []time.Duration{h.ReadHeaderTimeout, h.ReadTimeout, h.WriteTimeout, h.IdleTimeout}
	if want := []time.Duration{5 * time.Second, 10 * time.Second, time.Minute, 2 * time.Minute}; !cmp.Equal(got, want) || h.MaxHeaderBytes != 1<<14 {
		t.Errorf("the time-outs are %v, and a header has %d bytes at most; want %v and %d", got, h.MaxHeaderBytes, want, 1<<14)
	}
}

// A header that is too long is refused, and one that never ends is given up.
func TestEndlessHeader(t *testing.T) {
	server, err := quiet(&storetest.Memory{}).Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	server.http.ReadHeaderTimeout = 50 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	conn, err := net.Dial("tcp", server.listen.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\nX: ")); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || strings.Contains(string(answer), "200 OK") { // until it is closed
		t.Errorf("got %q, %v", answer, err)
	}
	long, _ := request(t, "GET", server.URL(), "", header("X-Long", strings.Repeat("x", 1<<15)))
	if long.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 32 KB: status %d", long.StatusCode)
	}
}

func TestAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = quiet(&storetest.Memory{}).Listen(taken.Addr().String(), "", nil)
	if want := "serve the status page on " + taken.Addr().String() + ": another program listens there; name another port"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// watching is a site of a loop that runs until the test ends.
func watching(t *testing.T, test func(context.Context) []watch.Delivery) (string, <-chan string) {
	loop := local.NewLoop(local.Limits{HostGap: -1})
	checkers := []*checker.Checker{{Name: "lamp", URL: "https://shop.example/9", Every: time.Hour, Enabled: true}, {Name: "chair", URL: "https://shop.example/c", Every: time.Hour}}
	checks := make(chan string, 10)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- loop.Run(ctx, checkers, func(_ context.Context, c *checker.Checker) (watch.Report, error) {
			return watch.Report{Checker: c.Name}, nil
		}, func(c *checker.Checker, _ watch.Report, _ error) { checks <- c.Name })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-checks
	site := New(Options{Store: &storetest.Memory{}, Checkers: checkers, Loop: loop, TestAlert: test})
	return serve(t, site, "127.0.0.1:0", ""), checks
}

func TestCheckNow(t *testing.T) {
	url, checks := watching(t, nil)
	_, body := request(t, "GET", url, "", nil)
	for _, want := range []string{"Last check", "Next check", `action="/checkers/lamp/check"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(body, `action="/checkers/chair/check"`) {
		t.Error("a checker that is paused has a button")
	}
	json := header("Accept", "application/json")
	answer, body := request(t, "POST", url+"/checkers/lamp/check", "", json)
	if answer.StatusCode != 200 || body != `{"says":"lamp is being checked."}`+"\n" {
		t.Errorf("got status %d, %s", answer.StatusCode, body)
	}
	if got := <-checks; got != "lamp" {
		t.Errorf("%s was checked", got)
	}
	answer, body = request(t, "POST", url+"/checkers/chair/check", "", json)
	if answer.StatusCode != 409 || body != `{"says":"check chair now: it is not being watched"}`+"\n" {
		t.Errorf("got status %d, %s", answer.StatusCode, body)
	}
	// Without the script.
	answer, body = request(t, "POST", url+"/checkers/lamp/check", "", nil)
	if answer.StatusCode != 200 || !strings.Contains(body, "lamp is being checked.") || !strings.Contains(body, `<a href="/">`) {
		t.Errorf("got status %d, %s", answer.StatusCode, body)
	}
}

func TestTestAlert(t *testing.T) {
	for _, tt := range []struct {
		name   string
		test   func(context.Context) []watch.Delivery
		status int
		says   string
	}{
		{"sent", func(context.Context) []watch.Delivery {
			return []watch.Delivery{{Channel: "console"}, {Channel: "ntfy"}}
		}, 200, "Sent by console. Sent by ntfy."},
		{"one fails", func(context.Context) []watch.Delivery {
			return []watch.Delivery{{Channel: "console"}, {Channel: "ntfy", Err: errors.New("status 403")}}
		}, 502, "Sent by console. Not sent by ntfy: status 403."},
		{"no channel", func(context.Context) []watch.Delivery { return nil }, 409, "There is no channel to send by."},
		{"a state alone", nil, 409, "This page only shows the state: nobody is told from here."},
	} {
		url, _ := watching(t, tt.test)
		_, page := request(t, "GET", url, "", nil)
		if got := strings.Contains(page, `action="/test-alert"`); got != (tt.test != nil) {
			t.Errorf("%s: the page has the button: %v", tt.name, got)
		}
		answer, body := request(t, "POST", url+"/test-alert", "", header("Accept", "application/json"))
		if answer.StatusCode != tt.status || body != line(map[string]string{"says": tt.says})+"\n" {
			t.Errorf("%s: got status %d, %s", tt.name, answer.StatusCode, body)
		}
	}
}

func TestOneTestAlertAtATime(t *testing.T) {
	sending, goOn := make(chan struct{}), make(chan struct{})
	url, _ := watching(t, func(context.Context) []watch.Delivery {
		close(sending)
		<-goOn
		return []watch.Delivery{{Channel: "console"}}
	})
	first := make(chan int)
	go func() {
		answer, err := http.Post(url+"/test-alert", "", nil)
		if err != nil {
			first <- 0
			return
		}
		answer.Body.Close()
		first <- answer.StatusCode
	}()
	<-sending
	answer, _ := request(t, "POST", url+"/test-alert", "", nil)
	if answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a second one: status %d", answer.StatusCode)
	}
	close(goOn)
	if status := <-first; status != 200 {
		t.Errorf("the first one: status %d", status)
	}
}

func TestFeed(t *testing.T) {
	store := &storetest.Memory{}
	put(t, store, lampState(true, began(40), came(1), watch.Event{At: noon, Status: watch.CheckFailed, Reason: "a robot check & more"}))
	site := quiet(store, &checker.Checker{Name: "lamp", URL: "https://shop.example/9?a=1&b=2", Enabled: true})
	url := serve(t, site, "127.0.0.1:0", "")
	answer, body := request(t, "GET", url+"/feed.atom", "", nil)
	if got := answer.Header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("Content-Type %s", got)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:uuid:99c0e5a0-6d84-5f8b-a2a3-a4e2bb0e6a23</id>
  <title>Stock checker</title>
  <updated>2026-03-31T12:00:00Z</updated>
  <author>
    <name>stockcheck</name>
  </author>
  <link rel="self" href="URL/feed.atom"></link>
  <link rel="alternate" href="URL/"></link>
  <entry>
    <id>ID</id>
    <title>lamp: Cannot be read: a robot check &amp; more</title>
    <updated>2026-03-31T12:00:00Z</updated>
    <link rel="alternate" href="https://shop.example/9?a=1&amp;b=2"></link>
    <category term="CHECK_FAILED"></category>
    <content type="text">Cannot be read: a robot check &amp; more</content>
  </entry>
  <entry>
    <id>ID</id>
    <title>lamp: Kestrel 9 in stock</title>
    <updated>2026-03-31T11:00:00Z</updated>
    <link rel="alternate" href="https://shop.example/9?a=1&amp;b=2"></link>
    <category term="ITEMS_IN_STOCK"></category>
    <content type="text">Kestrel 9 in stock&#xA;Kestrel 9</content>
  </entry>
  <entry>
    <id>ID</id>
    <title>lamp: Watching began, nothing is in stock</title>
    <updated>2026-03-29T20:00:00Z</updated>
    <link rel="alternate" href="https://shop.example/9?a=1&amp;b=2"></link>
    <category term="INITIALIZED"></category>
    <content type="text">Watching began, nothing is in stock</content>
  </entry>
</feed>
`
	var ids struct {
		Entries []struct {
			ID string `xml:"id"`
		} `xml:"entry"`
		ID string `xml:"id"`
	}
	if err := xml.Unmarshal([]byte(body), &ids); err != nil {
		t.Fatal(err)
	}
	uuid := regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for _, e := range ids.Entries {
		if !uuid.MatchString(e.ID) || seen[e.ID] {
			t.Errorf("the id %s is no UUID, or is there twice", e.ID)
		}
		seen[e.ID] = true
		want = strings.Replace(want, "<id>ID</id>", "<id>"+e.ID+"</id>", 1)
	}
	want = strings.ReplaceAll(want, "URL", url)
	want = strings.Replace(want, "urn:uuid:99c0e5a0-6d84-5f8b-a2a3-a4e2bb0e6a23", ids.ID, 1)
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("feed (-want +got):\n%s", diff)
	}
	if _, again := request(t, "GET", url+"/feed.atom", "", nil); again != body {
		t.Error("asked again, the feed is another")
	}
}

func TestRelative(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "now", 999 * time.Millisecond: "now", time.Second: "1 s ago", 59 * time.Second: "59 s ago", time.Minute: "1 min ago", 59*time.Minute + 59*time.Second: "59 min ago",
		time.Hour: "1 h ago", 47 * time.Hour: "47 h ago", 48 * time.Hour: "2 days ago", 30 * 24 * time.Hour: "30 days ago", -5 * time.Second: "in 5 s", -90 * time.Minute: "in 1 h",
	} {
		if got := relative(noon.Add(-d), noon); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	if got := newWhen(time.Unix(0, 0), noon); got != (when{}) {
		t.Errorf("the unknown time of the older form is %+v", got)
	}
}

func TestBeatKeepsStreamsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hub
		w := &recorder{header: http.Header{}, wrote: make(chan string, 10)}
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", "/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		begin := time.Now()
		go func() { defer close(ended); h.serve(w, r, message{"hello", "{}"}) }()
		if got, want := <-w.wrote, "retry: 3000\nevent: hello\ndata: {}\n\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for n := range 3 {
			if got := <-w.wrote; got != ": still here\n\n" || time.Since(begin) != time.Duration(n+1)*heartbeat {
				t.Errorf("got %q after %v", got, time.Since(begin))
			}
		}
		cancel()
		<-ended
		if h.listeners() != 0 {
			t.Error("the client that went is still there")
		}
	})
}

// recorder is a ResponseWriter that can be flushed and has deadlines.
type recorder struct {
	header http.Header
	wrote  chan string
}

func (r *recorder) Header() http.Header              { return r.header }
func (r *recorder) WriteHeader(int)                  {}
func (r *recorder) Flush()                           {}
func (r *recorder) SetWriteDeadline(time.Time) error { return nil }
func (r *recorder) Write(p []byte) (int, error) {
	r.wrote <- string(p)
	return len(p), nil
}
