package storetest_test

import (
	"slices"
	"testing"

	"stockchecker/lambda/watch"
	"stockchecker/lambda/watch/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) watch.Store { return new(storetest.Memory) })
	storetest.RunLister(t, func(*testing.T) watch.Lister { return new(storetest.Memory) })
}

func TestMemoryNames(t *testing.T) {
	var m storetest.Memory
	if got := m.Names(); len(got) != 0 {
		t.Errorf("an empty store has names %v", got)
	}
	for _, name := range []string{"ps5", "lamp"} {
		if _, err := m.Save(t.Context(), name, []byte("{}"), ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.Names(); !slices.Equal(got, []string{"lamp", "ps5"}) {
		t.Errorf("Names() = %v, want [lamp ps5]", got)
	}
}
