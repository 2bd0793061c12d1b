package main

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// benchFunction measures the function as it is deployed: its size, how long it takes
// to be ready, and what a check costs it. The Lambda runtime, S3 and SNS are played
// by this process; the shop is asked over TLS. Sizes are of the arm64 build, all
// else is of the build for this machine.
func benchFunction(r *report) error {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	r.line("\nThe function")
	if err := benchSizes(r, folder); err != nil {
		return err
	}
	if runtime.GOOS != "linux" {
		r.line("left out: the function's program runs on Linux alone")
		return nil
	}
	ours, hello := filepath.Join(folder, "ours"), filepath.Join(folder, "hello")
	if err := errors.Join(build(ours, ".", runtime.GOARCH), build(hello, "./bench/hello", runtime.GOARCH)); err != nil {
		return err
	}
	if err := benchStart(r, ours, hello); err != nil {
		return err
	}
	return benchChecks(r, ours)
}

// build makes a program as make dist does.
func build(to, what, architecture string) error {
	cmd := exec.Command("make", "--silent", "-C", "..", "function", "PROGRAM="+what, "ARCH="+architecture, "TO="+to)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", what, err, bytes.TrimSpace(out))
	}
	return nil
}

func benchSizes(r *report, folder string) error {
	var binary, zip [2]float64
	for i, what := range []string{".", "./bench/hello"} {
		program := filepath.Join(folder, "bootstrap")
		if err := build(program, what, "arm64"); err != nil {
			return err
		}
		if out, err := exec.Command("go", "run", "./cmd/zip", program+".zip", program).CombinedOutput(); err != nil {
			return fmt.Errorf("zip %s: %w: %s", what, err, bytes.TrimSpace(out))
		}
		for path, to := range map[string]*float64{program: &binary[i], program + ".zip": &zip[i]} {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			*to = float64(info.Size()) / 1e6
		}
	}
	r.line("size, arm64        %.2f MB, zip %.2f MB; the SDK's hello world %.2f MB, zip %.2f MB: %.2f and %.2f times", binary[0], zip[0], binary[1], zip[1], binary[0]/binary[1], zip[0]/zip[1])
	r.figure("binary-mb", binary[0])
	r.figure("zip-mb", zip[0])
	r.figure("binary/hello-ratio", binary[0]/binary[1])
	r.figure("zip/hello-ratio", zip[0]/zip[1])
	return nil
}

// benchStart measures from the start of the process to its first request for an
// event, by turns.
func benchStart(r *report, ours, hello string) error {
	const turns = 25
	var times [2][]time.Duration
	for range turns {
		for i, program := range []string{ours, hello} {
			p, err := startProgram(program, "")
			if err != nil {
				return err
			}
			times[i] = append(times[i], p.ready)
			p.stop()
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	a, b := times[0][turns/2], times[1][turns/2]
	r.line("cold start         %.1f ms to the first event; hello world %.1f ms: %.2f times (%s, median of %d)", ms(a), ms(b), ratio(a, b), runtime.GOARCH, turns)
	r.figure("cold-start-ms", ms(a))
	r.figure("cold-start/hello-ratio", ratio(a, b))
	return nil
}

// benchChecks measures warm checks of the listing.
func benchChecks(r *report, program string) error {
	pages, err := samples(corpus)
	if err != nil {
		return err
	}
	listing := pages[slices.IndexFunc(pages, func(s sample) bool { return s.name == "listing" })].body
	r.line("%-18s | %10s | %8s | %s", "a warm check", "CPU", "RSS", "requests: shop, S3 GET, S3 PUT, SNS; connections")
	for _, kind := range []struct {
		name   string
		serve  func(n int, w http.ResponseWriter, asked *http.Request)
		figure string
	}{
		{"sent, the same", func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(listing) }, "check/warm-cpu-ms"},
		{"not changed (304)", func(_ int, w http.ResponseWriter, asked *http.Request) {
			w.Header().Set("ETag", `"1"`)
			if asked.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = w.Write(listing)
		}, "check/not-modified-cpu-ms"},
		// Another text in the footer: all is read, and nothing has changed.
		{"other bytes, read", func(n int, w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(listing)
			fmt.Fprintf(w, "<!-- %d -->", n)
		}, "check/read-cpu-ms"},
		// All that was in stock goes, and comes again with the next: two writes and a message.
		{"changed, told", func(n int, w http.ResponseWriter, _ *http.Request) {
			body := listing
			if n%2 == 1 {
				body = bytes.ReplaceAll(body, []byte("Add to cart"), []byte("Sold out"))
			}
			_, _ = w.Write(body)
		}, "check/changed-cpu-ms"},
	} {
		if err := benchCheck(r, program, kind.name, kind.figure, kind.serve); err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
	}
	return nil
}

func benchCheck(r *report, program, name, figureName string, serve func(int, http.ResponseWriter, *http.Request)) error {
	const warm, measured = 5, 40
	n, start, connections := 0, 0, 0
	shop := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		n++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		serve(n, w, asked)
	}))
	shop.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections++
		}
	}
	shop.StartTLS()
	defer shop.Close()
	p, err := startProgram(program, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shop.Certificate().Raw})))
	if err != nil {
		return err
	}
	defer p.stop()
	event := fmt.Sprintf(`{"name": "listing", "url": "%s/", "topicArn": "arn:aws:sns:us-east-1:123456789012:alerts", "s3Bucket": "stock", "s3Object": "state/listing.json"}`, shop.URL)
	var before, after time.Duration
	var answer string
	for i := range warm + measured {
		if i == warm {
			if before, err = p.cpu(); err != nil {
				return err
			}
			p.aws.clear()
			start, connections = n, 0
		}
		if answer, err = p.invoke(event); err != nil {
			return err
		}
	}
	if after, err = p.cpu(); err != nil {
		return err
	}
	if !strings.Contains(answer, `"checker":"listing"`) {
		return fmt.Errorf("the function answers %s", answer)
	}
	rss, err := p.peak()
	if err != nil {
		return err
	}
	each := (after - before) / measured
	a := p.aws
	r.line("%-18s | %7.2f ms | %5.1f MB | %.2f, %.2f, %.2f, %.2f; %d", name, ms(each), rss,
		float64(n-start)/measured, float64(a.gets)/measured, float64(a.puts)/measured, float64(a.published)/measured, connections+a.connections)
	r.figure(figureName, ms(each))
	if figureName == "check/read-cpu-ms" {
		r.figure("check/rss-mb", rss)
	}
	return nil
}

// fakeAWS is S3 for a few objects, and SNS.
type fakeAWS struct {
	mu                                 sync.Mutex
	objects                            map[string][]byte
	versions                           int
	gets, puts, published, connections int
}

func (a *fakeAWS) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gets, a.puts, a.published, a.connections = 0, 0, 0, 0
}

func (a *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case r.Method == http.MethodGet:
		a.gets++
		data, ok := a.objects[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
			return
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, a.versions))
		_, _ = w.Write(data)
	case r.Method == http.MethodPut:
		if strings.HasPrefix(r.URL.Path, "/stock/state/") {
			a.puts++
			a.versions++
			a.objects[r.URL.Path] = unchunked(body, r.Header.Get("X-Amz-Decoded-Content-Length"))
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, a.versions))
	default:
		a.published++
		_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	}
}

// unchunked is a body that the SDK has sent in chunks with a checksum behind it.
func unchunked(body []byte, length string) []byte {
	n, err := strconv.Atoi(length)
	if err != nil {
		return body
	}
	var data []byte
	for len(data) < n {
		head, rest, ok := bytes.Cut(body, []byte("\r\n"))
		size, err := strconv.ParseInt(strings.SplitN(string(head), ";", 2)[0], 16, 64)
		if !ok || err != nil || int(size) > len(rest) || size == 0 {
			break
		}
		data = append(data, rest[:size]...)
		body = bytes.TrimPrefix(rest[size:], []byte("\r\n"))
	}
	return data
}

// running is a program under the Lambda runtime.
type running struct {
	cmd     *exec.Cmd
	server  *http.Server
	output  bytes.Buffer
	aws     *fakeAWS
	events  chan string
	answers chan string
	ended   chan error
	ready   time.Duration // from its start to its first request for an event
	trust   string
}

// startProgram starts a program and waits until it asks for an event. It trusts the
// certificate.
func startProgram(path, certificate string) (*running, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &running{aws: &fakeAWS{objects: map[string][]byte{}}, events: make(chan string), answers: make(chan string, 1), ended: make(chan error, 1)}
	asked := make(chan time.Time, 1)
	const runtimePath = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	id := 0
	mux.HandleFunc("GET "+runtimePath+"/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- time.Now():
		default:
		}
		select {
		case event := <-p.events:
			id++
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint(id))
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f")
			_, _ = io.WriteString(w, event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST "+runtimePath+"/{rest...}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		p.answers <- string(body)
	})
	mux.Handle("/", p.aws)
	p.server = &http.Server{Handler: mux}
	go func() { _ = p.server.Serve(listener) }()

	p.cmd = exec.Command(path)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	address := listener.Addr().String()
	p.cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + address, "AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "_HANDLER=bootstrap", "GOMEMLIMIT=100MiB",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL=http://" + address,
	}
	if certificate != "" {
		f, err := os.CreateTemp("", "bench-*.pem")
		if err != nil {
			return nil, err
		}
		p.trust = f.Name()
		_, err = f.WriteString(certificate)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		p.cmd.Env = append(p.cmd.Env, "SSL_CERT_FILE="+p.trust)
	}
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	select {
	case at := <-asked:
		p.ready = at.Sub(begin)
		return p, nil
	case err := <-p.ended:
		return nil, fmt.Errorf("%s ended: %w: %s", path, err, &p.output)
	case <-time.After(time.Minute):
		p.stop()
		return nil, fmt.Errorf("%s does not ask for an event", path)
	}
}

func (p *running) invoke(event string) (answer string, err error) {
	p.events <- event
	select {
	case answer := <-p.answers:
		return answer, nil
	case err := <-p.ended:
		return "", fmt.Errorf("the function ended: %w: %s", err, &p.output)
	case <-time.After(time.Minute):
		return "", errors.New("the function does not answer")
	}
}

func (p *running) stop() {
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.server.Close()
	if p.trust != "" {
		os.Remove(p.trust)
	}
}

// cpu is the time that all threads of the program have run so far.
func (p *running) cpu() (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("read the CPU time: %v", err)
	}
	var sum time.Duration
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		first, _, _ := strings.Cut(string(data), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

// peak is the most memory that the program has had, in MB.
func (p *running) peak() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kb) / 1000, err
}
