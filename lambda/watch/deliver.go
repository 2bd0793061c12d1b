package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// How often a save is tried again.
const (
	attempts = 5
	// A conflict is the progress of another run, so that among many runs one may
	// well lose more often than a store fails.
	conflicts = 100
)

// record saves the state with the alerts as entries that this run holds. It
// returns the entries that are to be sent. When another run was faster there
// are none, and the report says so.
func (r *run) record(ctx context.Context, next *State, alerts []Alert) ([]Entry, error) {
	var entries []Entry
	until := seconds(r.Now()).Add(Lease)
	for _, a := range alerts {
		if channels := r.channelsOf(a.Status); len(channels) > 0 {
			a.ID = r.NewID()
			entries = append(entries, Entry{ID: a.ID, Alert: a, Channels: channels, LeaseUntil: until, LeaseBy: a.ID})
		}
	}
	next.Pending = append(next.Pending, entries...)
	saveCtx, cancel := withReserve(ctx, keptForSaving-keptForSettled)
	err := r.save(saveCtx, next)
	cancel()
	if err == nil {
		r.report.Recorded = true
		return entries, nil
	}
	conflict := errors.Is(err, ErrConflict)
	if len(entries) > 0 {
		// The answer alone may be lost: a retry of a write that had arrived is
		// answered with a conflict.
		if loadErr := r.load(ctx); loadErr != nil {
			return nil, errors.Join(err, loadErr)
		}
		if e := r.state.entry(entries[0].ID); e != nil && e.LeaseBy == entries[0].LeaseBy {
			r.report.Recorded = true
			return entries, nil
		}
	}
	if conflict {
		r.report.Overtaken = true
		return nil, nil
	}
	// Nothing is lost: the next check finds the same difference, and should the
	// write arrive late, its lease runs out.
	return nil, err
}

// deliver sends the entries that this run holds, and records what was sent.
func (r *run) deliver(ctx context.Context, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	sendCtx, cancel := withReserve(ctx, keptForSettled)
	sent := r.send(sendCtx, entries)
	cancel()
	return r.settle(ctx, entries, sent)
}

// takeOver sends what earlier runs left: entries whose lease is over.
func (r *run) takeOver(ctx context.Context) error {
	r.report.Waiting = r.state.waiting(r.Now(), r.channels())
	me := ""
	var err error
	for range attempts {
		// A write whose answer was lost may have arrived.
		mine := r.state.leasedBy(me)
		if len(mine) == 0 {
			if !r.state.anyDue(r.Now(), r.channels()) {
				return nil
			}
			if me == "" {
				me = r.NewID()
			}
			next, without := r.state.takeOver(r.Now(), me, r.channels())
			if err = r.save(ctx, next); err != nil {
				if loadErr := r.load(ctx); loadErr != nil {
					return errors.Join(err, loadErr)
				}
				continue
			}
			r.report.Dropped = without
			if mine = r.state.leasedBy(me); len(mine) == 0 {
				return nil
			}
		}
		sendCtx, cancel := context.WithTimeout(ctx, sendOfOthers)
		sent := r.send(sendCtx, mine)
		cancel()
		return r.settle(ctx, mine, sent)
	}
	if errors.Is(err, ErrConflict) {
		return nil // others are at it
	}
	return fmt.Errorf("take over pending alerts: %w", err)
}

// foreignFor is how long an alert waits for a channel that this watcher does not
// have: another machine that shares the state may have it.
const foreignFor = 24 * time.Hour

func (s *State) anyDue(now time.Time, channels []string) bool {
	return slices.ContainsFunc(s.Pending, func(e Entry) bool { return e.dueOn(now, channels) })
}

// dueOn tells whether the entry is due and of concern to a watcher with these
// channels.
func (e Entry) dueOn(now time.Time, channels []string) bool {
	return e.due(now) && (e.abandoned(now) || slices.ContainsFunc(e.Channels, func(name string) bool { return slices.Contains(channels, name) }))
}

func (e Entry) abandoned(now time.Time) bool { return now.Sub(e.Alert.At) > foreignFor }

// leasedBy are the entries that hold a lease of that id.
func (s *State) leasedBy(id string) (entries []Entry) {
	for _, e := range s.Pending {
		if id != "" && e.LeaseBy == id {
			entries = append(entries, e)
		}
	}
	return entries
}

// takeOver is the state with the due entries leased, folded. Channels that nobody
// has had for long have nobody to tell: they are dropped, and returned.
func (s *State) takeOver(now time.Time, by string, channels []string) (next *State, without []Delivery) {
	next = s.clone()
	next.Pending = nil
	for _, e := range s.Pending {
		if e.dueOn(now, channels) {
			var left []string
			for _, name := range e.Channels {
				if slices.Contains(channels, name) || !e.abandoned(now) {
					left = append(left, name)
				} else {
					without = append(without, Delivery{ID: e.ID, Status: e.Alert.Status, Channel: name})
				}
			}
			if len(left) == 0 {
				continue
			}
			e.Channels, e.LeaseUntil, e.LeaseBy = left, seconds(now).Add(Lease), by
		}
		next.Pending = append(next.Pending, e)
	}
	next.Pending = foldEntries(next.Pending, s, func(e Entry) bool { return e.LeaseBy == by })
	return next, without
}

// errNotTried is why an entry was not sent for which no time was left.
var errNotTried = errors.New("no time left; the next check sends it")

// send sends the entries on all their channels, on each in their order. A
// channel that fails or hangs holds up no other.
func (r *run) send(ctx context.Context, entries []Entry) []Delivery {
	defer r.spent(&r.report.Durations.Send, r.Now())
	// Where the answer to the save was lost, the state may have gone on since.
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].Alert = r.state.now([]Alert{entries[i].Alert})
	}
	perChannel := make([][]Delivery, len(r.Notifiers))
	var wg sync.WaitGroup
	for i, n := range r.Notifiers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			perChannel[i] = sendOn(ctx, n, entries, r.Now)
		}()
	}
	wg.Wait()
	sent := slices.Concat(perChannel...)
	r.report.Sent = append(r.report.Sent, sent...)
	return sent
}

// sendOn sends on one channel, each entry with an equal share of what is left
// of the time.
func sendOn(ctx context.Context, n Notifier, entries []Entry, now func() time.Time) (sent []Delivery) {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return !slices.Contains(e.Channels, n.Channel()) })
	for i, e := range entries {
		d := Delivery{ID: e.ID, Status: e.Alert.Status, Channel: n.Channel(), Err: errNotTried}
		if ctx.Err() == nil {
			share, cancel := ctx, context.CancelFunc(func() {})
			if deadline, ok := ctx.Deadline(); ok {
				left := time.Until(deadline)
				share, cancel = context.WithTimeout(ctx, max(left/time.Duration(len(entries)-i), min(left, time.Second)))
			}
			d.Err = sendOne(share, n, e.Alert)
			cancel()
			if wait := retryAfter(e.ID, e.Attempts+1); d.Err != nil && wait > 0 {
				d.RetryAt = seconds(now().Add(wait))
			}
		}
		sent = append(sent, d)
	}
	return sent
}

// sendOne turns a panic into an error: one faulty channel must not end the
// program for all.
func sendOne(ctx context.Context, n Notifier, a Alert) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("send on %s: panic: %v", n.Channel(), p)
		}
	}()
	return n.Send(ctx, a)
}

// settle records what of the entries was sent. It does so also when the caller
// gives up meanwhile: an alert that was sent and not recorded is sent twice.
func (r *run) settle(ctx context.Context, mine []Entry, sent []Delivery) error {
	left := keptForSettled
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, max(time.Until(deadline), time.Second))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	var err error
	for lost, failed := 0, 0; lost < conflicts && failed < attempts; {
		next := r.state.settle(mine, sent)
		if next == nil {
			return nil
		}
		if err = r.save(ctx, next); err == nil {
			return nil
		}
		conflict := errors.Is(err, ErrConflict)
		if loadErr := r.load(ctx); loadErr != nil {
			err, conflict = errors.Join(err, loadErr), false
		}
		if conflict {
			lost++
		} else {
			failed++
		}
	}
	return fmt.Errorf("record what was sent: %w", err)
}

// settle is the state without what was sent; nil if there is nothing to record.
// What was not sent is given back, folded with what else waits for its channels.
func (s *State) settle(mine []Entry, sent []Delivery) *State {
	next := s.clone()
	next.Pending = nil
	changed := false
	for _, e := range s.Pending {
		i := slices.IndexFunc(mine, func(m Entry) bool { return m.ID == e.ID })
		// Where the lease is not ours any more another run is sending the rest.
		held := i >= 0 && e.LeaseBy == mine[i].LeaseBy
		var left []string
		retry, tried := time.Time{}, false
		for _, name := range e.Channels {
			d := slices.IndexFunc(sent, func(d Delivery) bool { return d.ID == e.ID && d.Channel == name })
			if i >= 0 && d >= 0 && sent[d].Err == nil {
				continue
			}
			left = append(left, name)
			if held && d >= 0 && sent[d].Err != errNotTried {
				tried = true
				if sent[d].RetryAt.After(retry) {
					retry = sent[d].RetryAt
				}
			}
		}
		changed = changed || held || len(left) < len(e.Channels)
		if e.Channels = left; len(left) == 0 {
			continue
		}
		if held {
			e.LeaseUntil, e.LeaseBy = time.Time{}, ""
			if tried {
				e.Attempts, e.RetryAt = e.Attempts+1, retry
			}
		}
		next.Pending = append(next.Pending, e)
	}
	if !changed {
		return nil
	}
	next.release(mine, sent)
	return next
}

// release ends the wait of what waits for a channel that has just taken
// something, and folds what waits.
func (s *State) release(mine []Entry, sent []Delivery) {
	for i, e := range s.Pending {
		ours := slices.ContainsFunc(mine, func(m Entry) bool { return m.ID == e.ID })
		if e.free() && !ours && slices.ContainsFunc(sent, func(d Delivery) bool { return d.Err == nil && slices.Contains(e.Channels, d.Channel) }) {
			s.Pending[i].Attempts, s.Pending[i].RetryAt = 0, time.Time{}
		}
	}
	s.Pending = foldEntries(s.Pending, s, Entry.free)
}

// channelsOf are the channels on which the watcher tells of a status.
func (r *run) channelsOf(s Status) []string {
	return slices.DeleteFunc(r.channels(), func(name string) bool { return s == CheckFailed && name == r.Alarmed })
}

// channels are the names of the channels that there are.
func (r *run) channels() []string {
	var names []string
	for _, n := range r.Notifiers {
		names = append(names, n.Channel())
	}
	return names
}
