//go:build linux

package torture

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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

// machine is one computer with stockcheck on it.
type machine struct {
	t       *testing.T
	program string
	folder  string
	shops   map[string]*flapping // by checker
	saved   <-chan struct{}      // hears of each step of a save
	*ledger
}

func newMachine(t *testing.T, program string, checkers int) *machine {
	m := &machine{t: t, program: program, folder: t.TempDir(), shops: map[string]*flapping{}, ledger: newLedger()}
	m.saved = watchStates(t, filepath.Join(m.folder, "data", "state"))
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
	data, err := json.Marshal(map[string]any{"checkers": list})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.folder, "checkers.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	return m
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
// each message, and returns when the end has come. What was told is returned.
func (m *machine) live(kill func(sent <-chan struct{}), args ...string) map[telling]bool {
	m.t.Helper()
	cmd := command(m.program, append([]string{"run", "--file", filepath.Join(m.folder, "checkers.json"), "--state", filepath.Join(m.folder, "data")}, args...)...)
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
			m.hear(msg)
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
	return told
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
func (m *machine) look(told map[telling]bool) (pending int) {
	m.t.Helper()
	for name := range m.shops {
		data, err := os.ReadFile(filepath.Join(m.folder, "data", "state", name+".json"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			m.t.Fatal(err)
		}
		state, err := watch.Decode(data)
		if err != nil {
			wrong(m.t, "the state of %s cannot be read: %v\n%s", name, err, data)
			continue
		}
		m.record(name, state)
		for _, e := range state.Pending {
			pending++
			if a := pendingAs(name, e); told[a] {
				m.excused[a]++
			}
		}
	}
	return pending
}

// TestDeath kills the program again and again: at any moment, while it saves a state,
// after which it sends the alert, and soon after it sent one, before it saves that.
func TestDeath(t *testing.T) {
	t.Parallel()
	m := newMachine(t, build(t, "stockcheck", "stockchecker/lambda/cmd/stockcheck"), 8)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for round := range scale(40, 500) {
		told := m.live(func(sent <-chan struct{}) {
			if round%3 == 0 {
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
				return
			}
			end := time.After(1500 * time.Millisecond) // there are not always so many
			for range 1 + random.IntN(6) {
				step := sent
				if round%3 == 2 {
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

	last := map[string]int{}
	for name, shop := range m.shops {
		last[name] = shop.stop()
	}
	// What the dead had in hand belongs to them until their leases are over.
	select {
	case <-time.After(watch.Lease + time.Second):
	case <-interrupted.Done():
		t.Fatal("interrupted")
	}
	m.look(m.live(nil, "--once"))
	if pending := m.look(m.live(nil, "--once")); pending > 0 {
		lost(t, "%d alerts are still to be sent", pending)
	}
	for name, n := range last {
		data, err := os.ReadFile(filepath.Join(m.folder, "data", "state", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		state, err := watch.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range state.Items {
			if item.Title != fmt.Sprintf("Orion %d", n) || item.Told.InStock != inStock(n) || len(state.Items) != 1 {
				wrong(t, "%s shows Orion %d, and its state is %s", name, n, data)
			}
		}
	}
	m.judge(t, func(a telling) int { return 1 + m.excused[a] })
	files, err := os.ReadDir(filepath.Join(m.folder, "data", "state"))
	if err != nil || len(files) != len(m.shops)+1 {
		t.Errorf("the folder has %v, %v; want the lock, and a state for each checker", files, err)
	}
}
