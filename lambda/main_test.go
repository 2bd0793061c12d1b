package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestMain lets the test program be the function itself.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_FUNCTION") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// runtimeAPI is the side of Lambda that a function talks to. It hands out events,
// and gets an answer for each.
type runtimeAPI struct {
	events  chan string
	answers chan answer
	done    chan struct{}
}

type answer struct {
	path string // such as response or error
	body string
}

func (api *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/invocation/next") {
		select {
		case event := <-api.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:stock")
			fmt.Fprint(w, event)
		case <-api.done:
		case <-r.Context().Done():
		}
		return
	}
	body, _ := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusAccepted)
	api.answers <- answer{r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], string(body)}
}

// function is the program itself, in a process of its own.
func function(env ...string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Env = append([]string{"TEST_AS_FUNCTION=1", "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=not-a-real-secret"}, env...)
	return command
}

// TestFunction runs the whole function between a runtime, a shop, an S3 and an SNS.
func TestFunction(t *testing.T) {
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	buckets := s3mem.New()
	if err := buckets.CreateBucket("stock"); err != nil {
		t.Fatal(err)
	}
	published := make(chan string, 10)
	sns := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		published <- r.FormValue("Subject")
		fmt.Fprint(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	})
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/lamp" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html><head><title>Desk Lamp</title></head><body><main><h1>Desk Lamp</h1>`+
			`<div class="buy-box"><span class="price">$49.90</span><button>Add to cart</button></div></main></body></html>`)
	})
	shopURL := serve(shop)
	api := &runtimeAPI{events: make(chan string), answers: make(chan answer), done: make(chan struct{})}
	apiURL := serve(api)
	t.Cleanup(func() { close(api.done) })

	command := function(
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(apiURL, "http://"),
		"AWS_ENDPOINT_URL_S3="+serve(gofakes3.New(buckets, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()),
		"AWS_ENDPOINT_URL_SNS="+serve(sns),
		"METRIC_NAMESPACE=StockChecker/home",
	)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // it is killed in the end
		close(ended)
	}()
	invoke := func(event string) answer {
		t.Helper()
		select {
		case api.events <- event:
		case <-ended:
			t.Fatalf("the function ended:\n%s", stderr.String())
		}
		select {
		case a := <-api.answers:
			return a
		case <-ended:
			t.Fatalf("the function ended:\n%s", stderr.String())
		}
		return answer{}
	}
	const places = `"topicArn":"arn:aws:sns:eu-west-1:123456789012:alerts","s3Bucket":"stock"}`

	a := invoke(`{"name":"lamp","url":"` + shopURL + `/lamp",` + places)
	var report struct {
		Checker, Status string
		InStock         []struct{ Title, Price string }
	}
	if err := json.Unmarshal([]byte(a.body), &report); err != nil || a.path != "response" {
		t.Fatalf("%s: %s (%v)", a.path, a.body, err)
	}
	if report.Checker != "lamp" || report.Status != "INITIALIZED" || len(report.InStock) != 1 || report.InStock[0].Title != "Desk Lamp" || report.InStock[0].Price != "49.90 USD" {
		t.Errorf("report %s", a.body)
	}
	if subject := <-published; subject != "lamp works: Desk Lamp in stock at $49.90" {
		t.Errorf("subject %q", subject)
	}
	if _, err := buckets.HeadObject("stock", "state/lamp.json"); err != nil {
		t.Error(err)
	}

	if a = invoke(`{"name":"gone","url":"` + shopURL + `/gone",` + places); a.path != "response" || !strings.Contains(a.body, `"CHECK_FAILED"`) {
		t.Errorf("%s: %s", a.path, a.body)
	}
	want := `{"errorMessage":"decode event: checker \"lamp\": url: is missing; write \"url\": \"https://shop.example/ps5\"",`
	if a = invoke(`{"name":"lamp",` + places); a.path != "error" || !strings.HasPrefix(a.body, want) {
		t.Errorf("%s: %s", a.path, a.body)
	}

	_ = command.Process.Kill()
	<-ended
	metrics := 0
	for line := range strings.Lines(stdout.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("standard output has a line that is no JSON: %s", line)
		}
		if strings.HasPrefix(line, `{"_aws":`) {
			metrics++
			if !strings.Contains(line, `"Namespace":"StockChecker/home"`) || !strings.Contains(line, `"Checker":"gone"`) {
				t.Errorf("metric %s", line)
			}
		}
	}
	if metrics != 1 {
		t.Errorf("%d metrics, want 1", metrics)
	}
}

// TestStartWithoutRegion: what is missing in the environment is told at the start.
func TestStartWithoutRegion(t *testing.T) {
	output, err := function("AWS_REGION=").CombinedOutput()
	if err == nil || string(output) != "configure AWS: AWS_REGION is not set; Lambda sets it for each function\n" {
		t.Errorf("%v: %s", err, output)
	}
}
