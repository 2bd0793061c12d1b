// Package storetest is the contract of watch.Store as tests, and a store in
// memory for the tests of other packages. Run is its one entry: every backend
// runs it over itself.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"stockchecker/lambda/watch"
)

// Run tests that the stores which open makes keep the contract of watch.Store.
// Each call of open must give an empty store.
func Run(t *testing.T, open func(t *testing.T) watch.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s watch.Store)
	}{
		{"absent", absent},
		{"first save", firstSave},
		{"save over", saveOver},
		{"stale version", staleVersion},
		{"version of something absent", versionOfAbsent},
		{"bytes come back", bytesComeBack},
		{"caller's bytes are not kept", callersBytes},
		{"names are apart", namesApart},
		{"set aside", setAside},
		{"concurrent first saves", concurrentFirstSaves},
		{"concurrent saves", concurrentSaves},
		{"cancelled", cancelled},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

// RunLister tests that the stores which open makes keep the contract of
// watch.Lister besides. Each call of open must give an empty store.
func RunLister(t *testing.T, open func(t *testing.T) watch.Lister) {
	t.Helper()
	t.Run("names", func(t *testing.T) {
		s := open(t)
		wantNames(t, s)
		save(t, s, "ps5", []byte("{}"), "")
		wantNames(t, s, "ps5")
		save(t, s, "lamp", []byte("{}"), "")
		wantNames(t, s, "lamp", "ps5")
	})
	t.Run("each save shows", func(t *testing.T) {
		s := open(t)
		save(t, s, "lamp", []byte("{}"), "")
		lamp := wantNames(t, s, "lamp")["lamp"]
		seen := map[string]int{}
		version := ""
		for n := range 20 {
			version = save(t, s, "ps5", fmt.Appendf(nil, `{"n":%2d}`, n), version)
			versions := wantNames(t, s, "lamp", "ps5")
			if before, there := seen[versions["ps5"]]; there {
				t.Fatalf("Versions gives %q for content %d, as for content %d", versions["ps5"], n, before)
			}
			seen[versions["ps5"]] = n
			if versions["lamp"] != lamp {
				t.Fatalf("the version of an object that was not saved became %q from %q", versions["lamp"], lamp)
			}
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := open(t).Versions(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Versions after the context ended: got error %v", err)
		}
	})
}

func wantNames(t *testing.T, s watch.Lister, names ...string) map[string]string {
	t.Helper()
	versions, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(versions)); !slices.Equal(got, names) {
		t.Fatalf("Versions lists %q, want %q", got, names)
	}
	return versions
}

func absent(t *testing.T, s watch.Store) {
	wantAbsent(t, s, "ps5")
}

func firstSave(t *testing.T, s watch.Store) {
	version := save(t, s, "ps5", []byte(`{"n":1}`), "")
	if version == "" {
		t.Error(`Save returned version "", which stands for no object`)
	}
	want(t, s, "ps5", []byte(`{"n":1}`), version)

	// A second first save is a conflict, also with the same bytes.
	wantConflict(t, s, "ps5", []byte(`{"n":2}`), "")
	wantConflict(t, s, "ps5", []byte(`{"n":1}`), "")
	want(t, s, "ps5", []byte(`{"n":1}`), version)
}

func saveOver(t *testing.T, s watch.Store) {
	versions := map[string]int{}
	version := ""
	for n := range 5 {
		data := fmt.Appendf(nil, `{"n":%d}`, n)
		version = save(t, s, "ps5", data, version)
		if before, seen := versions[version]; seen {
			t.Fatalf("version %q of content %d is that of content %d too", version, n, before)
		}
		versions[version] = n
		want(t, s, "ps5", data, version)
	}
}

func staleVersion(t *testing.T, s watch.Store) {
	first := save(t, s, "ps5", []byte("first"), "")
	second := save(t, s, "ps5", []byte("second"), first)
	wantConflict(t, s, "ps5", []byte("third"), first)
	want(t, s, "ps5", []byte("second"), second)
	// The loser loads again, and then may save.
	third := save(t, s, "ps5", []byte("third"), second)
	want(t, s, "ps5", []byte("third"), third)
}

func versionOfAbsent(t *testing.T, s watch.Store) {
	version := save(t, s, "ps5", []byte("other"), "")
	wantConflict(t, s, "rtx-5090", []byte("data"), version)
	wantAbsent(t, s, "rtx-5090")
}

func bytesComeBack(t *testing.T, s watch.Store) {
	random := rand.New(rand.NewPCG(1, 2))
	large := make([]byte, 1<<20)
	for i := range large {
		large[i] = byte(random.Uint32())
	}
	version := ""
	for _, data := range [][]byte{
		[]byte("{}"),
		[]byte("no newline at the end"),
		[]byte("\r\nlines\r\n\n"),
		[]byte("Épervier 🔥 \x00 \xff\xfe"),
		large,
		[]byte("short after long"),
	} {
		version = save(t, s, "ps5", data, version)
		want(t, s, "ps5", data, version)
	}
}

func callersBytes(t *testing.T, s watch.Store) {
	data := []byte("as saved")
	version := save(t, s, "ps5", data, "")
	copy(data, "XXXXXXXX")
	want(t, s, "ps5", []byte("as saved"), version)

	loaded, _, err := s.Load(t.Context(), "ps5")
	if err != nil {
		t.Fatal(err)
	}
	copy(loaded, "YYYYYYYY")
	want(t, s, "ps5", []byte("as saved"), version)
}

func namesApart(t *testing.T, s watch.Store) {
	names := []string{"a", "a-b", "ab", "a-b-c", "0", "a0123456789-0123456789-0123456789-012345"}
	versions := map[string]string{}
	for _, name := range names {
		wantAbsent(t, s, name)
		versions[name] = save(t, s, name, []byte("of "+name), "")
	}
	versions["ab"] = save(t, s, "ab", []byte("of ab, again"), versions["ab"])
	for _, name := range names {
		data := "of " + name
		if name == "ab" {
			data += ", again"
		}
		want(t, s, name, []byte(data), versions[name])
	}
}

func setAside(t *testing.T, s watch.Store) {
	at := time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.FixedZone("", 3600))
	version := save(t, s, "ps5", []byte("{"), "")
	places := map[string]bool{}
	for i := range 3 {
		place, err := s.SetAside(t.Context(), "ps5", []byte("{"), at.Add(time.Duration(i)*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("ps5.json.corrupt-20260314T0826%d.589Z", 53+i); !strings.HasSuffix(place, want) {
			t.Errorf("SetAside names %q, want …%s", place, want)
		}
		places[place] = true
	}
	if len(places) != 3 {
		t.Errorf("three times were kept in %d places", len(places))
	}
	want(t, s, "ps5", []byte("{"), version)
	// The object is saved over as any other.
	version = save(t, s, "ps5", []byte("{}"), version)
	want(t, s, "ps5", []byte("{}"), version)
	wantAbsent(t, s, "rtx-5090")
	if lister, ok := s.(watch.Lister); ok {
		if versions, err := lister.Versions(t.Context()); err != nil || len(versions) != 1 || versions["ps5"] == "" {
			t.Errorf("Versions() = %v, %v; want that of ps5 alone", versions, err)
		}
	}
}

func concurrentFirstSaves(t *testing.T, s watch.Store) {
	oneWins(t, s, 0, "")
}

func concurrentSaves(t *testing.T, s watch.Store) {
	version := save(t, s, "ps5", []byte("start"), "")
	for round := range 10 {
		version = oneWins(t, s, round, version)
	}
}

// oneWins lets several savers start from one version, and returns the version
// of the one that won.
func oneWins(t *testing.T, s watch.Store, round int, version string) string {
	t.Helper()
	const savers = 6
	var (
		group    sync.WaitGroup
		start    = make(chan struct{})
		data     [savers][]byte
		versions [savers]string
		errs     [savers]error
	)
	for i := range savers {
		data[i] = fmt.Appendf(nil, "round %d, saver %d", round, i)
		group.Go(func() {
			<-start
			versions[i], errs[i] = s.Save(t.Context(), "ps5", data[i], version)
		})
	}
	close(start)
	group.Wait()

	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Fatalf("round %d: savers %d and %d both won", round, winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, watch.ErrConflict):
			t.Fatalf("round %d: saver %d: got error %v, want ErrConflict", round, i, err)
		}
	}
	if winner < 0 {
		t.Fatalf("round %d: no saver won", round)
	}
	want(t, s, "ps5", data[winner], versions[winner])
	return versions[winner]
}

func cancelled(t *testing.T, s watch.Store) {
	version := save(t, s, "ps5", []byte("kept"), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Load(ctx, "ps5"); !errors.Is(err, context.Canceled) {
		t.Errorf("Load with a cancelled context: got error %v, want context.Canceled", err)
	}
	if _, err := s.Save(ctx, "ps5", []byte("new"), version); !errors.Is(err, context.Canceled) {
		t.Errorf("Save with a cancelled context: got error %v, want context.Canceled", err)
	}
	if _, err := s.Save(ctx, "rtx-5090", []byte("new"), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("first Save with a cancelled context: got error %v, want context.Canceled", err)
	}
	if _, err := s.SetAside(ctx, "ps5", []byte("kept"), time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("SetAside with a cancelled context: got error %v, want context.Canceled", err)
	}
	want(t, s, "ps5", []byte("kept"), version)
	wantAbsent(t, s, "rtx-5090")
}

func save(t *testing.T, s watch.Store, name string, data []byte, version string) string {
	t.Helper()
	next, err := s.Save(t.Context(), name, data, version)
	if err != nil {
		t.Fatalf("Save(%s, %d bytes, version %q): %v", name, len(data), version, err)
	}
	return next
}

func want(t *testing.T, s watch.Store, name string, data []byte, version string) {
	t.Helper()
	got, gotVersion, err := s.Load(t.Context(), name)
	switch {
	case err != nil:
		t.Fatalf("Load(%s): %v", name, err)
	case !bytes.Equal(got, data):
		t.Fatalf("Load(%s) = %s, want %s", name, brief(got), brief(data))
	case gotVersion != version:
		t.Fatalf("Load(%s) has version %q, want %q", name, gotVersion, version)
	}
}

func wantAbsent(t *testing.T, s watch.Store, name string) {
	t.Helper()
	data, version, err := s.Load(t.Context(), name)
	if data != nil || version != "" || err != nil {
		t.Fatalf(`Load(%s) = %s, %q, %v; want nil, "", nil`, name, brief(data), version, err)
	}
}

func wantConflict(t *testing.T, s watch.Store, name string, data []byte, version string) {
	t.Helper()
	if next, err := s.Save(t.Context(), name, data, version); !errors.Is(err, watch.ErrConflict) {
		t.Fatalf("Save(%s, version %q) = %q, %v; want ErrConflict", name, version, next, err)
	}
}

func brief(data []byte) string {
	if len(data) <= 60 {
		return fmt.Sprintf("%q", data)
	}
	return fmt.Sprintf("%q… (%d bytes)", data[:60], len(data))
}
