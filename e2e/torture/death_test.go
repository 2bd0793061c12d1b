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

// telling is what identifies an alert: no two have all of it in common.
type telling struct {
	checker string
	status  watch.Status
	at      string
	n       int // of the product; -1: an alert about the checker
}

// machine is one computer with stockcheck on it.
type machine struct {
	t       *testing.T
	program string
	folder  string
	shops   map[string]*flapping // by checker
	saved   <-chan struct{}      // hears of each step of a save

	told     map[telling]int // how often
	excused  map[telling]int // how often more than once it may be
	recorded map[telling]bool
}

func newMachine(t *testing.T, program string, checkers int) *machine {
	m := &machine{
		t: t, program: program, folder: t.TempDir(), shops: map[string]*flapping{},
		told: map[telling]int{}, excused: map[telling]int{}, recorded: map[telling]bool{},
	}
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

// live runs the program until it ends or is killed, which kill decides: it gets what
// is called with each alert, and returns when the end has come.
func (m *machine) live(kill func(alerts <-chan telling), args ...string) map[telling]int {
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
	alerts := make(chan telling, 1000)
	told := map[telling]int{}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(alerts)
		readAlerts(out, func(a telling) {
			told[a]++
			alerts <- a
		})
	}()
	if kill != nil {
		kill(alerts)
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
	for a, n := range told {
		m.told[a] += n
		if a.n >= 0 && (a.status == watch.ItemsInStock) != inStock(a.n) && a.status != watch.Initialized {
			wrong(m.t, "%+v is a false alarm", a)
		}
	}
	return told
}

// readAlerts reads the blocks that the console prints. Of one that is cut off nobody
// has been told.
func readAlerts(r io.Reader, alert func(telling)) {
	var a *telling
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		head, isHead := strings.CutPrefix(line, "━━━ ")
		fact, isBody := strings.CutPrefix(line, "┃ ")
		switch {
		case isHead && a == nil:
			a = &telling{n: number(head)}
		case isHead:
			a.status = watch.Status(head)
			alert(*a)
			a = nil
		case isBody && a != nil:
			if name, ok := strings.CutPrefix(fact, "Checker: "); ok {
				a.checker = name
			} else if at, ok := strings.CutPrefix(fact, "Checked: "); ok {
				a.at = at
			}
		}
	}
}

// look reads the states, as they are after an end. told is what the life before it
// told.
func (m *machine) look(told map[telling]int) (pending int) {
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
		of := func(status watch.Status, at time.Time, titles string) telling {
			return telling{name, status, at.UTC().Format("2006-01-02 15:04:05 UTC"), number(titles)}
		}
		for _, e := range state.Changes {
			if e.Told {
				title := ""
				if len(e.Items) > 0 {
					title = e.Items[0].Title
				}
				m.recorded[of(e.Status, e.At, title)] = true
			}
		}
		for _, e := range state.Pending {
			pending++
			title := ""
			if len(e.Alert.Items) > 0 {
				title = e.Alert.Items[0].Title
			}
			if a := of(e.Alert.Status, e.Alert.At, title); told[a] > 0 {
				m.excused[a]++
			}
		}
	}
	return pending
}

// judge compares what was recorded with what was told.
func (m *machine) judge() {
	m.t.Helper()
	doubled := 0
	for a := range m.recorded {
		if m.told[a] == 0 {
			lost(m.t, "%+v was recorded and never told", a)
		}
	}
	for a, n := range m.told {
		doubled += n - 1
		if n > 1+m.excused[a] {
			wrong(m.t, "%+v was told %d times, of which %d are excused", a, n, m.excused[a])
		}
		if !m.recorded[a] {
			wrong(m.t, "%+v was told and not recorded", a)
		}
	}
	tally.doubled.Add(int64(doubled))
	m.t.Logf("%d changes recorded, %d told, %d of them again", len(m.recorded), len(m.told), doubled)
}

// TestDeath kills the program again and again: at any moment, while it saves a state,
// after which it sends the alert, and soon after it sent one, before it saves that.
func TestDeath(t *testing.T) {
	t.Parallel()
	m := newMachine(t, build(t, "stockcheck", "stockchecker/lambda/cmd/stockcheck"), 8)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for round := range scale(40, 500) {
		told := m.live(func(alerts <-chan telling) {
			if round%3 == 0 {
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
				return
			}
			end := time.After(1500 * time.Millisecond) // there are not always so many
			for range 1 + random.IntN(6) {
				var sent <-chan telling
				var saved <-chan struct{}
				if round%3 == 1 {
					sent = alerts
				} else {
					saved = m.saved
				}
				select {
				case <-sent:
				case <-saved:
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
	m.judge()
	files, err := os.ReadDir(filepath.Join(m.folder, "data", "state"))
	if err != nil || len(files) != len(m.shops)+1 {
		t.Errorf("the folder has %v, %v; want the lock, and a state for each checker", files, err)
	}
}
