//go:build linux

package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"stockchecker/e2e/parts"
	"stockchecker/lambda/cloud"
	"stockchecker/lambda/watch"
)

const (
	accessKey = "AKIDEXAMPLE"
	secretKey = "not-a-real-secret"
	region    = "eu-west-1"
	topicARN  = "arn:aws:sns:eu-west-1:123456789012:alerts"
)

// startS3 runs versitygw, a real S3 server with conditional writes, on a free port
// until the test ends. Its objects' ETags are attributes of their files: kept apart from
// the files, a read among writes may give the bytes of one version with the ETag of
// another, which S3 never does.
func startS3(t *testing.T) (address string) {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Setxattr(folder, "user.test", nil, 0); err != nil {
		parts.LeaveOut(t, "files in "+folder+" have no attributes ("+err.Error()+"); name another folder in TMPDIR")
	}
	address = freeAddress(t)
	cmd := command(tool(t, "versitygw"), "--port", address, "--access", accessKey, "--secret", secretKey, "--region", region,
		"posix", folder)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Cancel()
		_ = cmd.Wait() // killed
	})
	untilListening(t, address, &output)
	return address
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func untilListening(t *testing.T, address string, output fmt.Stringer) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nothing listens on %s: %v\n%s", address, err, output)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// config is that of the program on Lambda, with AWS at the given addresses.
func config(t *testing.T, s3Address, snsAddress string) aws.Config {
	t.Helper()
	env := map[string]string{
		"AWS_REGION": region, "AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey,
		"AWS_ENDPOINT_URL_S3": "http://" + s3Address, "AWS_ENDPOINT_URL_SNS": "http://" + snsAddress,
	}
	cfg, err := cloud.Config(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// makeBucket makes a bucket, and gives a store in it that nothing stands before.
func makeBucket(t *testing.T, s3Address, name string) *cloud.Store {
	t.Helper()
	client := s3.NewFromConfig(config(t, s3Address, s3Address))
	if _, err := client.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	return &cloud.Store{Client: client, Bucket: name}
}

// topic is an SNS that keeps what is published.
type topic struct {
	address string
	mu      sync.Mutex
	*ledger
}

func startTopic(t *testing.T) *topic {
	tp := &topic{ledger: newLedger()}
	server := httptest.NewServer(tp)
	t.Cleanup(server.Close)
	tp.address = server.Listener.Addr().String()
	return tp
}

func (tp *topic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.PostForm.Get("Action") != "Publish" {
		http.Error(w, "no such action", http.StatusBadRequest)
		return
	}
	var message struct{ Default string }
	if err := json.Unmarshal([]byte(r.PostForm.Get("Message")), &message); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	status := watch.Status("")
	for i := 1; r.PostForm.Get(fmt.Sprintf("MessageAttributes.entry.%d.Name", i)) != ""; i++ {
		if r.PostForm.Get(fmt.Sprintf("MessageAttributes.entry.%d.Name", i)) == "status" {
			status = watch.Status(r.PostForm.Get(fmt.Sprintf("MessageAttributes.entry.%d.Value.StringValue", i)))
		}
	}
	tp.mu.Lock()
	tp.hear(readMessage(r.PostForm.Get("Subject"), message.Default, status))
	tp.mu.Unlock()
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
}

// network is a proxy before a server, which can spoil the connections. It is another
// one each time: to take a toxic from connections that are open may block for good.
type network struct {
	t        *testing.T
	upstream string
	address  string
	proxy    *toxiproxy.Proxy
}

func before(t *testing.T, upstream string) *network {
	t.Helper()
	n := &network{t: t, upstream: upstream, address: "127.0.0.1:0"}
	n.start()
	t.Cleanup(func() { n.proxy.Stop() })
	return n
}

// start puts a proxy in the place of the one before, whose connections it closes.
func (n *network) start(toxics ...toxic) {
	n.t.Helper()
	if n.proxy != nil {
		n.proxy.Stop()
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	n.proxy = toxiproxy.NewProxy(server, "proxy", n.address, n.upstream)
	for _, bad := range toxics {
		text, err := json.Marshal(bad)
		if err != nil {
			n.t.Fatal(err)
		}
		if _, err := n.proxy.Toxics.AddToxicJson(bytes.NewReader(text)); err != nil {
			n.t.Fatal(err)
		}
	}
	if err := n.proxy.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.address = n.proxy.Listen
}

// toxic is one way in which connections go bad.
type toxic struct {
	Type       string           `json:"type"`
	Stream     string           `json:"stream"` // upstream: requests, downstream: answers
	Toxicity   float32          `json:"toxicity"`
	Attributes map[string]int64 `json:"attributes"`
}

// spoil lets a share of the connections go bad from now on.
func (n *network) spoil(bad toxic) { n.start(bad) }

// mend ends what spoil began.
func (n *network) mend() { n.start() }

// toTopic is the notifier of the program on Lambda.
func toTopic(cfg aws.Config) *cloud.Topic {
	return &cloud.Topic{Client: sns.NewFromConfig(cfg), ARN: topicARN}
}
