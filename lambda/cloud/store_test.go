package cloud

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"stockchecker/lambda/watch"
	"stockchecker/lambda/watch/storetest"
)

func TestStoreInProcess(t *testing.T) {
	storetest.Run(t, func(t *testing.T) watch.Store {
		return &Store{Client: newWorld(t).handler.S3, Bucket: testBucket, Prefix: "some/where/"}
	})
	storetest.RunLister(t, func(t *testing.T) watch.Lister {
		return &Store{Client: newWorld(t).handler.S3, Bucket: testBucket, Prefix: "some/where/"}
	})
}

// TestManyVersions lists more than one answer of S3 holds, and no others' objects.
func TestManyVersions(t *testing.T) {
	s := &Store{Client: newWorld(t).handler.S3, Bucket: testBucket, Prefix: "some/where/"}
	put := func(key string) {
		if _, err := s.put(t.Context(), key, []byte("{}"), &s3.PutObjectInput{}); err != nil {
			t.Fatal(err)
		}
	}
	const many = 1050
	for i := range many {
		put(fmt.Sprintf("some/where/state/ps-%d.json", i))
	}
	for _, key := range []string{"state/elsewhere.json", "some/where/else/state/ps5.json", "some/where/state/old/ps5.json", "some/where/state/ps5.json.corrupt-20260314T092653.000Z", "some/where/evidence/ps5/1.html.gz"} {
		put(key)
	}
	versions, err := s.Versions(t.Context())
	if err != nil || len(versions) != many || versions["ps-0"] == "" || versions["ps-1049"] == "" {
		t.Errorf("got %d versions, %v; want %d", len(versions), err, many)
	}
}

// TestStoreOnGateway is the contract over a second S3, which is made by others.
func TestStoreOnGateway(t *testing.T) {
	program := os.Getenv("VERSITYGW")
	if program == "" {
		program, _ = exec.LookPath("versitygw")
	}
	if program == "" {
		const says = "versitygw is missing: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, or name it in VERSITYGW"
		if os.Getenv("REQUIRE_ALL") != "" {
			t.Fatal(says)
		}
		t.Skip(says)
	}
	client := startGateway(t, program)
	buckets := 0
	open := func(t *testing.T) *Store {
		buckets++
		s := &Store{Client: client, Bucket: fmt.Sprintf("stock-%d", buckets)}
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.Bucket}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	storetest.Run(t, func(t *testing.T) watch.Store { return open(t) })
	storetest.RunLister(t, func(t *testing.T) watch.Lister { return open(t) })
	t.Run("no bucket", func(t *testing.T) {
		s := &Store{Client: client, Bucket: "nowhere"}
		_, _, err := s.Load(t.Context(), "ps5")
		wantError(t, err, "read s3://nowhere/state/ps5.json: there is no bucket nowhere; deploy again, or correct its name (404, NoSuchBucket: ")
		_, err = s.Versions(t.Context())
		wantError(t, err, "list s3://nowhere/state/: there is no bucket nowhere; deploy again, or correct its name (404, NoSuchBucket: ")
		_, err = s.Save(t.Context(), "ps5", []byte("{}"), "")
		wantError(t, err, "write s3://nowhere/state/ps5.json: there is no bucket nowhere; deploy again, or correct its name (404, NoSuchBucket: ")
	})
}

// startGateway runs versitygw on a free port until the test ends. It keeps what S3
// says of an object in the file's attributes where files have any: kept apart from the
// file, a read among writes may give the bytes of one version with the ETag of another.
func startGateway(t *testing.T, program string) *s3.Client {
	if client := tryGateway(t, program, t.TempDir()); client != nil {
		return client
	}
	if client := tryGateway(t, program, "--sidecar", t.TempDir(), t.TempDir()); client != nil {
		return client
	}
	t.Fatal("versitygw ended")
	return nil
}

// tryGateway gives nil if it ended at once.
func tryGateway(t *testing.T, program string, args ...string) *s3.Client {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, append([]string{"--port", address, "--access", "AKIDEXAMPLE", "--secret", "not-a-real-secret", "--region", "eu-west-1", "posix"}, args...)...)
	output := &buffer{}
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait() // killed, in the end
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	cfg, err := Config(environment(map[string]string{"AWS_ENDPOINT_URL": "http://" + address, "AWS_SESSION_TOKEN": ""}))
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg)
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
		if err == nil {
			return client
		}
		select {
		case <-ended:
			t.Logf("versitygw: %s", output)
			return nil
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("versitygw does not answer: %v\n%s", err, output)
		}
	}
}

func TestStoreKeys(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		store Store
		want  string
	}{
		{Store{}, "state/ps5.json"},
		{Store{Prefix: "home/"}, "home/state/ps5.json"},
		{Store{StateKey: "old place/ps 5+.json"}, "old place/ps 5+.json"},
		{Store{Prefix: "home/", StateKey: "there.json"}, "there.json"},
	} {
		test.store.Client, test.store.Bucket = w.handler.S3, testBucket
		version, err := test.store.Save(t.Context(), "ps5", []byte(test.want), "")
		if err != nil {
			t.Fatal(err)
		}
		if got := w.object(test.want); got != test.want {
			t.Errorf("object %s is %q; there are %q", test.want, got, w.keys(""))
		}
		data, again, err := test.store.Load(t.Context(), "ps5")
		if err != nil || string(data) != test.want || again != version {
			t.Errorf("Load = %q, %q, %v; want %q, %q", data, again, err, test.want, version)
		}
	}
}

func TestKeepEvidence(t *testing.T) {
	w := newWorld(t)
	s := &Store{Client: w.handler.S3, Bucket: testBucket}
	at := time.Date(2026, 11, 25, 11, 2, 3, 0, time.FixedZone("", 3600))
	body := strings.Repeat("<p>page</p>", 1000)
	if err := s.Keep(t.Context(), "ps5", at, watch.ItemsInStock, []byte(body)); err != nil {
		t.Fatal(err)
	}
	packed := w.object("evidence/ps5/20261125T100203.000Z-ITEMS_IN_STOCK.html.gz")
	if len(packed) > 200 {
		t.Errorf("%d bytes were packed as %d", len(body), len(packed))
	}
	if got := unpack(t, packed); got != body {
		t.Errorf("evidence is %d bytes that differ, of %d", len(got), len(body))
	}
	s.Bucket = "nowhere"
	err := s.Keep(t.Context(), "ps5", at, watch.CheckFailed, []byte(body))
	wantError(t, err, "write s3://nowhere/evidence/ps5/20261125T100203.000Z-CHECK_FAILED.html.gz: there is no bucket nowhere; deploy again, or correct its name (404, NoSuchBucket: ")
}

func unpack(t *testing.T, packed string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestStoreFaults is what S3 may answer to a read and to a write. The clock is not
// the real one, so that no attempt is waited for.
func TestStoreFaults(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, test := range []struct {
		name     string
		answer   http.HandlerFunc
		requests int64
		load     string // "" : none
		save     string // "conflict": watch.ErrConflict
	}{
		{"no key", s3Error(404, "NoSuchKey", "The specified key does not exist."), 1,
			"", "conflict"},
		{"no bucket", s3Error(404, "NoSuchBucket", "The specified bucket does not exist"), 1,
			"there is no bucket stock; deploy again, or correct its name (404, NoSuchBucket: The specified bucket does not exist, request REQUEST1)",
			"there is no bucket stock; deploy again, or correct its name (404, NoSuchBucket: The specified bucket does not exist, request REQUEST1)"},
		{"denied", s3Error(403, "AccessDenied", "Access Denied"), 1,
			"access denied; allow s3:GetObject on state/ps5.json of bucket stock, and s3:ListBucket on the bucket: without it a state that does not exist yet reads as denied too (403, AccessDenied: Access Denied, request REQUEST1)",
			"access denied; allow s3:PutObject on state/ps5.json of bucket stock (403, AccessDenied: Access Denied, request REQUEST1)"},
		{"another region", s3Error(301, "PermanentRedirect", "Use the other endpoint."), 1,
			"bucket stock is in another region; name one in the region of the function, and to the command that of the bucket by AWS_REGION (301, PermanentRedirect: Use the other endpoint., request REQUEST1)",
			"bucket stock is in another region; name one in the region of the function, and to the command that of the bucket by AWS_REGION (301, PermanentRedirect: Use the other endpoint., request REQUEST1)"},
		{"precondition", s3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"), 1,
			"refused by AWS (412, PreconditionFailed: At least one of the pre-conditions you specified did not hold, request REQUEST1)", "conflict"},
		{"being written", s3Error(409, "ConditionalRequestConflict", "The conditional request cannot succeed"), 1,
			"refused by AWS (409, ConditionalRequestConflict: The conditional request cannot succeed, request REQUEST1)", "conflict"},
		{"throttled", s3Error(503, "SlowDown", "Please reduce your request rate."), 3,
			"throttled by AWS, also at attempt 3; the next check tries again (503, SlowDown: Please reduce your request rate., request REQUEST1)",
			"throttled by AWS, also at attempt 3; the next check tries again (503, SlowDown: Please reduce your request rate., request REQUEST1)"},
		{"out of order", s3Error(500, "InternalError", "We encountered an internal error."), 3,
			"AWS has a fault, also at attempt 3; the next check tries again (500, InternalError: We encountered an internal error., request REQUEST1)",
			"AWS has a fault, also at attempt 3; the next check tries again (500, InternalError: We encountered an internal error., request REQUEST1)"},
		{"not for us", s3Error(400, "ExpiredToken", "The provided token has expired."), 1,
			"refused by AWS (400, ExpiredToken: The provided token has expired., request REQUEST1)",
			"refused by AWS (400, ExpiredToken: The provided token has expired., request REQUEST1)"},
		{"no ETag", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, 1,
			"it has no ETag, so it can't be written safely; is this S3?",
			"the answer has no ETag; is this S3?"},
		{"silent", hang, 3, "no answer in time", "no answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldInside(t)
				w.s3.answers(test.answer)
				s := &Store{Client: w.handler.S3, Bucket: testBucket}
				start := time.Now()
				data, version, err := s.Load(t.Context(), "ps5")
				if test.load == "" {
					if data != nil || version != "" || err != nil {
						t.Errorf(`Load = %q, %q, %v; want nil, "", nil`, data, version, err)
					}
				} else if wantExactly(t, err, "read s3://stock/state/ps5.json: "+test.load); data != nil || version != "" {
					t.Errorf("Load gives %q, %q with an error", data, version)
				}
				if got := w.s3.requests.Swap(0); got != test.requests {
					t.Errorf("Load made %d requests, want %d", got, test.requests)
				}
				// The rest of a check must have its time.
				if took := time.Since(start); took > attempts*attemptTimeout+(attempts-1)*maxBackoff {
					t.Errorf("Load took %s", took)
				}
				for _, version := range []string{"", `"an-etag"`} {
					_, err := s.Save(t.Context(), "ps5", []byte("{}"), version)
					if test.save != "conflict" {
						wantExactly(t, err, "write s3://stock/state/ps5.json: "+test.save)
					} else {
						wantExactly(t, err, "write s3://stock/state/ps5.json: changed by another run")
					}
					if got := errors.Is(err, watch.ErrConflict); got != (test.save == "conflict") {
						t.Errorf("Save: is a conflict: %v, want %v", got, !got)
					}
					if got := w.s3.requests.Swap(0); got != test.requests {
						t.Errorf("Save made %d requests, want %d", got, test.requests)
					}
				}
			})
		})
	}
}

// TestLostAnswer: a write that arrived, and whose answer was lost, is tried again by
// the SDK, and then its own condition does not hold any more.
func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldInside(t)
		var first atomic.Bool
		first.Store(true)
		w.s3.when(http.MethodPut, func(rw http.ResponseWriter, r *http.Request) {
			if first.Swap(false) {
				w.s3.next.ServeHTTP(discard{http.Header{}}, r)
				s3Error(500, "InternalError", "lost")(rw, r)
				return
			}
			w.s3.next.ServeHTTP(rw, r)
		})
		s := &Store{Client: w.handler.S3, Bucket: testBucket}
		_, err := s.Save(t.Context(), "ps5", []byte("mine"), "")
		if !errors.Is(err, watch.ErrConflict) {
			t.Errorf("Save gives %v, want a conflict", err)
		}
		if got := w.object("state/ps5.json"); got != "mine" {
			t.Errorf("the object is %q", got)
		}
	})
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	cfg, err := Config(environment(map[string]string{"AWS_ENDPOINT_URL": "http://" + address}))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Retryer = nil // the time between attempts is not what is tested
	s := &Store{Client: s3.NewFromConfig(cfg, func(o *s3.Options) { o.RetryMaxAttempts = 1 }), Bucket: testBucket}
	_, _, err = s.Load(t.Context(), "ps5")
	wantExactly(t, err, "read s3://stock/state/ps5.json: no whole answer from AWS: dial tcp "+address+": connect: connection refused")
}

func TestCutOffState(t *testing.T) {
	w := newWorld(t)
	w.s3.answers(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("ETag", `"1"`)
		rw.Header().Set("Content-Length", "100")
		fmt.Fprint(rw, "half")
	})
	_, _, err := (&Store{Client: w.handler.S3, Bucket: testBucket}).Load(t.Context(), "ps5")
	wantExactly(t, err, "read s3://stock/state/ps5.json: no whole answer from AWS: unexpected EOF")
}

func TestConfig(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		_, err := Config(environment(map[string]string{name: ""}))
		wantExactly(t, err, "configure AWS: "+name+" is not set; Lambda sets it for each function")
	}
	cfg, err := Config(environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Region != "eu-west-1" || credentials.AccessKeyID != "AKIDEXAMPLE" || credentials.SecretAccessKey != "not-a-real-secret" || credentials.SessionToken != "not-a-real-token" {
		t.Errorf("region %q, credentials %+v", cfg.Region, credentials)
	}
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"AWS_ENDPOINT_URL": "http://a"}, "http://a"},
		{map[string]string{"AWS_ENDPOINT_URL_S3": "http://b"}, "http://b"},
		{map[string]string{"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"}, "http://b"},
		{map[string]string{"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SNS": "http://b"}, "http://a"},
	} {
		// The clients look into the real environment too.
		for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SNS"} {
			t.Setenv(name, "")
			if test.env[name] == "" {
				os.Unsetenv(name)
			} else {
				t.Setenv(name, test.env[name])
			}
		}
		cfg, err := Config(environment(test.env))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if endpoint := s3.NewFromConfig(cfg).Options().BaseEndpoint; endpoint != nil {
			got = *endpoint
		}
		if got != test.want {
			t.Errorf("with %v the endpoint of S3 is %q, want %q", test.env, got, test.want)
		}
	}
}

// wantError wants an error that begins so.
func wantError(t *testing.T, err error, begin string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), begin) {
		t.Errorf("got error\n\t%v\nwant one that begins with\n\t%s", err, begin)
	}
}

func wantExactly(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got error\n\t%v\nwant\n\t%s", err, want)
	}
}
