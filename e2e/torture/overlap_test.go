//go:build linux

package torture

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/cloud"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/watch"
)

// crowd is many runs of one checker at once, as Lambda might start them, over a page
// that is another one at each visit.
type crowd struct {
	t       *testing.T
	checker *checker.Checker
	shop    *flapping
	topic   *topic
	direct  *cloud.Store // with nothing before it

	watcher *watch.Watcher
	minutes atomic.Int64 // of the clock
}

const crowdSize = 50

// newCrowd has its shop, S3 and SNS at these addresses, which may be those of proxies.
func newCrowd(t *testing.T, bucket, s3Real, s3Address, snsAddress, shopURL string, shop *flapping, tp *topic) *crowd {
	t.Helper()
	// Failures are many here, and what is told of them is not the matter.
	d, err := checker.ParseDefinition([]byte(`{"name": "orion", "url": "` + shopURL + `/orion", "alarm": {"failures": 10}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{t: t, shop: shop, topic: tp, direct: makeBucket(t, s3Real, bucket)}
	if c.checker, err = checker.Resolve(d); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, s3Address, snsAddress)
	fetcher := fetch.New(fetch.Options{})
	t.Cleanup(fetcher.CloseIdleConnections)
	begin := time.Now()
	c.watcher = &watch.Watcher{
		Store: &cloud.Store{Client: s3.NewFromConfig(cfg), Bucket: bucket}, Fetcher: fetcher,
		Notifiers: []watch.Notifier{toTopic(cfg)},
		Now:       func() time.Time { return begin.Add(time.Duration(c.minutes.Load()) * time.Minute) },
		NewID:     rand.Text,
	}
	return c
}

// round lets so many runs begin at once, each of them so many times, and gives their
// errors.
func (c *crowd) round(ctx context.Context, runs, times int) (errs []error) {
	c.minutes.Add(1)
	tally.runs.Add(int64(runs * times))
	var group sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for range runs {
		group.Go(func() {
			<-start
			w := *c.watcher // a run has nothing in common with others
			for range times {
				if _, err := w.Check(ctx, c.checker); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	close(start)
	group.Wait()
	return errs
}

// look reads the state as it is in the bucket.
func (c *crowd) look() *watch.State {
	c.t.Helper()
	data, _, err := c.direct.Load(context.Background(), "orion")
	if err != nil {
		c.t.Fatal(err)
	}
	state, err := watch.Decode(data)
	if err != nil {
		wrong(c.t, "the state cannot be read: %v\n%s", err, data)
		c.t.FailNow()
	}
	c.topic.mu.Lock()
	defer c.topic.mu.Unlock()
	c.topic.record("orion", state)
	return state
}

// judge wants each alert to be told at most so often.
func (c *crowd) judge(most int) {
	c.t.Helper()
	c.topic.mu.Lock()
	defer c.topic.mu.Unlock()
	c.topic.judge(c.t, func(telling) int { return most })
}

// atRest looks whether all has come right: the page stays as it is now.
func (c *crowd) atRest() {
	c.t.Helper()
	n := c.shop.stop()
	for range 3 {
		for _, err := range c.round(context.Background(), 1, 1) {
			c.t.Errorf("a check fails when all is well: %v", err)
		}
		c.look()
	}
	state := c.look()
	if len(state.Pending) > 0 {
		lost(c.t, "%d alerts are still to be sent: %+v", len(state.Pending), state.Pending)
	}
	for _, item := range state.Items {
		if len(state.Items) != 1 || item.Title != fmt.Sprintf("Orion %d", n) || item.Told.InStock != inStock(n) {
			wrong(c.t, "the page shows Orion %d, and the state is %+v", n, state.Items)
		}
	}
}

func startFlapping(t *testing.T) (shop *flapping, url string) {
	shop = &flapping{brief: true}
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	return shop, server.URL
}

// TestOverlap: while nothing fails, each recorded change is told exactly once, however
// many runs there are at a time.
func TestOverlap(t *testing.T) {
	t.Parallel()
	address, tp := startS3(t), startTopic(t)
	shop, url := startFlapping(t)
	c := newCrowd(t, "overlap", address, address, tp.address, url, shop, tp)
	for range scale(4, 60) {
		for _, err := range c.round(context.Background(), crowdSize, 4) {
			t.Errorf("a check fails though nothing else does: %v", err)
		}
		if state := c.look(); len(state.Pending) > 0 {
			wrong(t, "%d alerts are left pending though nothing failed", len(state.Pending))
		}
	}
	c.atRest()
	c.judge(1)
}

// TestBrokenNetwork: none is lost while the connections to the shop, to S3 and to SNS
// break in all their ways.
func TestBrokenNetwork(t *testing.T) {
	t.Parallel()
	address, tp := startS3(t), startTopic(t)
	shop, url := startFlapping(t)
	networks := []*network{before(t, address), before(t, tp.address), before(t, url[len("http://"):])}
	c := newCrowd(t, "broken", address, networks[0].address, networks[1].address, "http://"+networks[2].address, shop, tp)
	var bad []toxic
	for _, stream := range []string{"upstream", "downstream"} {
		bad = append(bad,
			toxic{Type: "reset_peer", Stream: stream, Attributes: map[string]int64{"timeout": 0}},
			toxic{Type: "reset_peer", Stream: stream, Attributes: map[string]int64{"timeout": 40}},
			toxic{Type: "timeout", Stream: stream, Attributes: map[string]int64{"timeout": 0}}, // it stalls
			toxic{Type: "timeout", Stream: stream, Attributes: map[string]int64{"timeout": 300}},
			toxic{Type: "limit_data", Stream: stream, Attributes: map[string]int64{"bytes": 120}}, // it is cut off
			toxic{Type: "limit_data", Stream: stream, Attributes: map[string]int64{"bytes": 3000}},
			toxic{Type: "latency", Stream: stream, Attributes: map[string]int64{"latency": 200, "jitter": 200}},
			toxic{Type: "bandwidth", Stream: stream, Attributes: map[string]int64{"rate": 5}}, // KB/s
			toxic{Type: "slicer", Stream: stream, Attributes: map[string]int64{"average_size": 100, "size_variation": 50, "delay": 500}},
			toxic{Type: "slow_close", Stream: stream, Attributes: map[string]int64{"delay": 300}})
	}
	failed := 0
	for i := range scale(len(bad)/2, 6*len(bad)) {
		// Mostly one of the three is ill, now and then all.
		for j, n := range networks {
			if b := bad[mathrand.IntN(len(bad))]; i%4 == 3 || i%3 == j {
				b.Toxicity = 0.5
				n.spoil(b)
				tally.faults.Add(1)
			}
		}
		ctx, cancel := context.WithTimeout(interrupted, 3*time.Second)
		failed += len(c.round(ctx, scale(crowdSize/2, crowdSize), 4))
		cancel()
		c.look()
		for _, n := range networks {
			n.mend()
		}
		if i%2 == 0 {
			failed += len(c.round(interrupted, 2, 5))
			c.look()
		}
	}
	c.atRest()
	c.judge(math.MaxInt) // a lost answer is told again
	t.Logf("%d checks failed", failed)
	if failed == 0 || errors.Is(interrupted.Err(), context.Canceled) {
		t.Error("no check failed: the network was not broken")
	}
}
