package e2e

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"stockchecker/e2e/parts"
)

// TestARM64 runs the program that is deployed by default, on any machine, with the
// test as the Lambda runtime and as S3.
func TestARM64(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bootstrap")
	unzip(t, built(t, "arm64"), path)
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Machine != elf.EM_AARCH64 {
		t.Fatalf("the program in lambda-arm64.zip is for %s", file.Machine)
	}
	if runtime.GOOS != "linux" {
		parts.LeaveOut(t, "the function's program runs on Linux alone")
	}
	run := []string{path}
	if runtime.GOARCH != "arm64" {
		run = []string{program(t, "qemu-aarch64", "install it: apt-get install qemu-user"), path}
	}

	shop := startShop(t)
	shop.put("/lamp", product("Desk Lamp", "49.90", true))
	event := fmt.Sprintf(`{"name": "lamp", "url": %q, "topicArn": "arn:aws:sns:us-east-1:123456789012:alerts", "s3Bucket": "stock", "s3Object": "state/lamp.json"}`, shop.URL+"/lamp")
	api := startRuntime(t, event)

	cmd := command(run[0], run[1:]...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + api.address, "AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "_HANDLER=bootstrap",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL=http://" + api.address,
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop := func() {
		_ = cmd.Cancel()
		<-ended
	}
	select {
	case err := <-ended:
		t.Fatalf("the program ended: %v\n%s", err, &output)
	case <-time.After(time.Minute):
		stop()
		t.Fatalf("the program has not answered for a minute\n%s", &output)
	case <-interrupted.Done():
		stop()
		t.Fatal("interrupted")
	case answer := <-api.answers:
		stop()
		var report struct {
			Checker, Status string
			InStock         []struct{ Title, Price string }
		}
		if err := json.Unmarshal([]byte(answer), &report); err != nil {
			t.Fatalf("read answer: %v: %s", err, answer)
		}
		want(t, "checker and status", []string{report.Checker, report.Status}, []string{"lamp", "INITIALIZED"})
		want(t, "in stock", fmt.Sprint(report.InStock), "[{Desk Lamp 49.90 USD}]")
		want(t, "requests to AWS", api.requests, []string{"GET /stock/state/lamp.json", "PUT /stock/state/lamp.json", "POST / Publish", "PUT /stock/state/lamp.json"})
	}
}

// unzip takes the one file out of a zip, as a program.
func unzip(t *testing.T, archive, to string) {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) != 1 || z.File[0].Name != "bootstrap" || z.File[0].Mode().Perm() != 0o755 {
		t.Fatalf("%s holds %v, want bootstrap alone, as a program", archive, z.File)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// runtimeAPI plays the Lambda runtime API for one event, and with it an S3 that has
// nothing yet and takes everything, and an SNS.
type runtimeAPI struct {
	address  string
	answers  chan string
	requests []string // to AWS, but those of evidence; complete when there is an answer
}

func startRuntime(t *testing.T, event string) *runtimeAPI {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := &runtimeAPI{address: listener.Addr().String(), answers: make(chan string, 1)}
	events := make(chan string, 1)
	events <- event
	const runtimePath = "/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtimePath+"/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f")
			_, _ = io.WriteString(w, event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST "+runtimePath+"/{rest...}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		api.answers <- string(body)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		request := r.Method + " " + r.URL.Path
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, len(api.requests)))
		switch {
		case strings.HasPrefix(r.URL.Path, "/stock/evidence/"):
			return
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
		case bytes.Contains(body, []byte("Action=Publish")):
			request += " Publish"
			_, _ = io.WriteString(w, `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
		}
		api.requests = append(api.requests, request)
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return api
}
