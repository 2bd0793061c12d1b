//go:build linux

package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"stockchecker/lambda/watch"
)

// flapping is a shop of one product that is another one at each visit: it comes in
// stock and goes, and now and then the page fails for long enough to be told, or is
// out of order for a moment.
type flapping struct {
	mu     sync.Mutex
	visits int
	still  bool // the page stays as it is
	brief  bool // its failures are too short to be told
}

func (f *flapping) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	if !f.still {
		f.visits++
	}
	n, brief := f.visits, f.brief
	f.mu.Unlock()
	switch n % 12 {
	case 5, 6:
		if brief {
			break
		}
		fallthrough
	case 4:
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	case 9:
		_, _ = io.WriteString(w, unreadable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, product(fmt.Sprintf("Orion %d", n), inStock(n)))
}

func inStock(n int) bool { return n%2 == 1 }

// stop leaves a page that can be read.
func (f *flapping) stop() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.visits += 12 - f.visits%12 + 1
	f.still = true
	return f.visits
}

// machine is a computer with stockcheck on it, or several that share a state.
type machine struct {
	t       *testing.T
	program string
	folder  string
	shops   map[string]*flapping // by checker

	state string // where it is kept, for the program
	env   []string
	load  func(name string) ([]byte, error) // nil: there is none yet
	saved <-chan struct{}                   // hears of each step of a save; nil: nobody can
	hook  chan struct{}                     // hears of each message that the webhook got

	mu   sync.Mutex
	told map[string]*ledger // by channel
}

// The channels of a machine: what it prints, and a webhook that answers when it likes.
const (
	console = "console"
	webhook = "hook"
)

func newMachine(t *testing.T, checkers int) *machine {
	m := &machine{
		t: t, program: build(t, "stockcheck", "stockchecker/lambda/cmd/stockcheck"), folder: t.TempDir(),
		shops: map[string]*flapping{}, hook: make(chan struct{}), told: map[string]*ledger{console: newLedger(), webhook: newLedger()},
	}
	hook := httptest.NewServer(m)
	t.Cleanup(hook.Close)
	type entry struct {
		Name  string `json:"name"`
		URL   string `json:"url"`
		Every string `json:"every"`
	}
	var list []entry
	for i := range checkers {
		name := fmt.Sprintf("orion-%d", i)
		m.shops[name] = &flapping{visits: 12 * i}
		server := httptest.NewServer(m.shops[name])
		t.Cleanup(server.Close)
		list = append(list, entry{name, server.URL + "/orion", "10s"})
	}
	data, err := json.Marshal(map[string]any{
		"alerts":   map[string]any{"urls": []any{map[string]string{"name": webhook, "url": "generic+" + hook.URL + "/?template=json"}}},
		"checkers": list,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.folder, "checkers.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	return m
}

// ServeHTTP is the webhook. Whoever posts to it has told somebody, whether they live to
// hear the answer or not.
func (m *machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var alert struct{ Title, Message, Status string }
	if err := json.NewDecoder(r.Body).Decode(&alert); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	m.told[webhook].hear(readMessage(alert.Title, alert.Message, watch.Status(alert.Status)))
	m.mu.Unlock()
	select {
	case m.hook <- struct{}{}:
	default: // nobody waits for it
	}
	time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
}

// keepFiles keeps the state in a folder.
func (m *machine) keepFiles() (folder string) {
	m.state = filepath.Join(m.folder, "data")
	folder = filepath.Join(m.state, "state")
	m.saved = watchStates(m.t, folder)
	m.load = func(name string) ([]byte, error) {
		data, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return data, err
	}
	return folder
}

// keepObjects keeps the state in S3.
func (m *machine) keepObjects() {
	address := startS3(m.t)
	store := makeBucket(m.t, address, "stock")
	store.Prefix = "home/"
	m.state = "s3://stock/home"
	m.env = append(os.Environ(), "AWS_REGION="+region, "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey, "AWS_SESSION_TOKEN=",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL_S3=http://"+address)
	m.load = func(name string) ([]byte, error) {
		data, _, err := store.Load(context.Background(), name)
		return data, err
	}
}

// watchStates tells of each step of a save in the folder of the states.
func watchStates(t *testing.T, folder string) <-chan struct{} {
	t.Helper()
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK) // so that Close ends Read
	if err != nil {
		t.Fatal(err)
	}
	if _, err := syscall.InotifyAddWatch(fd, folder, syscall.IN_CREATE|syscall.IN_CLOSE_WRITE|syscall.IN_MOVED_TO); err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	t.Cleanup(func() { events.Close() })
	saved := make(chan struct{})
	go func() {
		for buffer := make([]byte, 4096); ; {
			if _, err := events.Read(buffer); err != nil {
				return
			}
			select {
			case saved <- struct{}{}:
			default: // nobody waits for it
			}
		}
	}()
	return saved
}

// live runs the program until it ends or is killed, which kill decides: it hears of
// each message that is printed, and returns when the end has come. What was told
// meanwhile is returned, by channel.
func (m *machine) live(kill func(sent <-chan struct{}), args ...string) map[string]map[telling]bool {
	m.t.Helper()
	m.mu.Lock()
	before := maps.Clone(m.told[webhook].told)
	m.mu.Unlock()
	cmd := command(m.program, append([]string{"run", "--file", filepath.Join(m.folder, "checkers.json"), "--state", m.state}, args...)...)
	cmd.Env = m.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	var problems strings.Builder
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	tally.runs.Add(1)
	sent := make(chan struct{}, 1000)
	told := map[telling]bool{}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(sent)
		readConsole(out, func(msg message) {
			told[msg.telling] = true
			m.mu.Lock()
			m.told[console].hear(msg)
			m.mu.Unlock()
			sent <- struct{}{}
		})
	}()
	if kill != nil {
		kill(sent)
		tally.faults.Add(1)
		_ = cmd.Cancel()
	}
	<-read
	if err := cmd.Wait(); err != nil && kill == nil {
		m.t.Fatalf("stockcheck: %v\n%s", err, &problems)
	}
	if strings.Contains(problems.String(), "panic") || strings.Contains(problems.String(), "goroutine ") {
		wrong(m.t, "the program says: %s", &problems)
	}
	posted := map[telling]bool{}
	m.mu.Lock()
	defer m.mu.Unlock()
	for a, n := range m.told[webhook].told {
		posted[a] = n > before[a]
	}
	return map[string]map[telling]bool{console: told, webhook: posted}
}

// readConsole reads the blocks that the console prints. Of one that is cut off nobody
// has been told.
func readConsole(r io.Reader, heard func(message)) {
	var headline, body strings.Builder
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		if fact, isBody := strings.CutPrefix(line, "┃ "); isBody {
			body.WriteString(fact + "\n")
			continue
		}
		head, isHead := strings.CutPrefix(line, "━━━ ")
		switch {
		case isHead && headline.Len() == 0:
			headline.WriteString(head)
			body.Reset()
		case isHead:
			heard(readMessage(headline.String(), body.String(), watch.Status(head)))
			headline.Reset()
		}
	}
}

// look reads the states, as they are after an end. told is what the life before it told:
// what of it is still pending may be told again.
func (m *machine) look(told map[string]map[telling]bool) (pending int) {
	m.t.Helper()
	for name := range m.shops {
		state := m.stateOf(name)
		m.mu.Lock()
		for channel, l := range m.told {
			l.record(name, state)
			for _, e := range state.Pending {
				if a := pendingAs(name, e); slices.Contains(e.Channels, channel) {
					pending++
					if told[channel][a] {
						l.excused[a]++
					}
				}
			}
		}
		m.mu.Unlock()
	}
	return pending
}

func (m *machine) stateOf(name string) *watch.State {
	m.t.Helper()
	data, err := m.load(name)
	if err != nil {
		m.t.Error(err)
	}
	state, err := watch.Decode(data)
	if err != nil {
		wrong(m.t, "the state of %s cannot be read: %v\n%s", name, err, data)
		return &watch.State{}
	}
	return state
}

// kill kills the program so many times: at any moment, while it saves a state, after
// which it sends the alert, and soon after it sent one, before it saves that.
func (m *machine) kill(times int) {
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for round := range times {
		told := m.live(func(sent <-chan struct{}) {
			if round%4 == 0 {
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
				return
			}
			end := time.After(1500 * time.Millisecond) // there are not always so many
			for range 1 + random.IntN(6) {
				step := sent
				switch {
				case round%4 == 2:
					step = m.hook
				case round%4 == 3 && m.saved != nil:
					step = m.saved
				}
				select {
				case <-step:
				case <-end:
					return
				}
			}
			if random.IntN(2) == 0 {
				time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond)
			}
		})
		m.look(told)
	}
}

// rest ends the kills, and looks whether all comes right.
func (m *machine) rest() {
	m.t.Helper()
	last := map[string]int{}
	for name, shop := range m.shops {
		last[name] = shop.stop()
	}
	// What the dead had in hand belongs to them until their leases are over.
	select {
	case <-time.After(watch.Lease + time.Second):
	case <-interrupted.Done():
		m.t.Fatal("interrupted")
	}
	m.look(m.live(nil, "--once"))
	if pending := m.look(m.live(nil, "--once")); pending > 0 {
		lost(m.t, "%d alerts are still to be sent", pending)
	}
	for name, n := range last {
		state := m.stateOf(name)
		for _, item := range state.Items {
			if item.Title != fmt.Sprintf("Orion %d", n) || item.Told.InStock != inStock(n) || len(state.Items) != 1 {
				wrong(m.t, "%s shows Orion %d, and its state is %+v", name, n, state)
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for channel, l := range m.told {
		m.t.Log(channel + ":")
		l.judge(m.t, func(a telling) int { return 1 + l.excused[a] })
	}
}

// TestDeath kills the program again and again.
func TestDeath(t *testing.T) {
	t.Parallel()
	m := newMachine(t, 8)
	folder := m.keepFiles()
	m.kill(scale(32, 500))
	m.rest()
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != len(m.shops)+1 {
		t.Errorf("the folder has %v, %v; want the lock, and a state for each checker", files, err)
	}
}

// TestDeathOfMany kills machines that share a state in S3.
func TestDeathOfMany(t *testing.T) {
	t.Parallel()
	m := newMachine(t, 8)
	m.keepObjects()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() { m.kill(scale(6, 100)) })
	}
	group.Wait()
	m.rest()
}
