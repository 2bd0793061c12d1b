package local

import (
	"fmt"
	"sync"
	"time"
)

// Plan is when a checker is checked.
type Plan struct {
	Last    time.Time // when the last check began, zero: none did yet
	Next    time.Time // when the next is due; in back-off when the shop is asked again
	Running bool
}

// schedule is what a Loop tells others of its plans, and what they ask of it.
type schedule struct {
	asked chan struct{} // holds something while hurried is not empty

	mu      sync.Mutex
	plans   map[string]Plan
	backoff map[string]time.Time
	hurried map[string]bool
}

func newSchedule() *schedule {
	return &schedule{asked: make(chan struct{}, 1), plans: map[string]Plan{}, backoff: map[string]time.Time{}, hurried: map[string]bool{}}
}

// Plan is what the loop plans for a checker; false if it checks none of that name.
func (l *Loop) Plan(name string) (Plan, bool) {
	s := l.schedule
	s.mu.Lock()
	defer s.mu.Unlock()
	p, there := s.plans[name]
	return p, there
}

// CheckNow lets a checker be checked as soon as the limits allow. A check that is
// under way stands for it. An error says why there will be none.
func (l *Loop) CheckNow(name string) error {
	s := l.schedule
	s.mu.Lock()
	defer s.mu.Unlock()
	p, there := s.plans[name]
	if !there {
		return fmt.Errorf("check %s now: it is not being watched", name)
	}
	if until := s.backoff[name]; time.Until(until) > time.Second {
		return fmt.Errorf("check %s now: the shop wants to be left alone until %s", name, until.Local().Format("15:04:05"))
	}
	if p.Running {
		return nil
	}
	s.hurried[name] = true
	select {
	case s.asked <- struct{}{}:
	default:
	}
	return nil
}

func (s *schedule) begin(entries []*entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.plans)
	clear(s.backoff)
	clear(s.hurried)
	for _, e := range entries {
		s.plans[e.c.Name] = e.plan()
	}
}

func (s *schedule) set(e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[e.c.Name] = e.plan()
	s.backoff[e.c.Name] = e.backoff
}

func (e *entry) plan() Plan {
	next := e.due
	if e.backoff.After(next) {
		next = e.backoff
	}
	return Plan{Last: e.begun, Next: next, Running: e.running}
}

// take gives the names that are to be checked now.
func (s *schedule) take() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.hurried
	s.hurried = map[string]bool{}
	return names
}
