package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// machine is what the figures were measured on.
func machine() string {
	model := "unknown CPU"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := bytes.Cut(info, []byte("model name\t: ")); ok {
			name, _, _ := bytes.Cut(rest, []byte("\n"))
			model = string(name)
		}
	}
	return fmt.Sprintf("%s %s/%s, %d × %s, %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model, time.Now().UTC().Format(time.DateOnly))
}

// cpu is the time that the process has used of all CPUs. Other programs on the
// machine change it far less than they change what a clock on the wall shows.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // not for this process
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cost is what one run of something takes.
type cost struct {
	time   time.Duration
	allocs uint64
	bytes  uint64
}

// contestant is one of several things that are measured side by side.
type contestant struct {
	name string
	run  func() error
}

// rounds is how often each contestant has its turn, and turn how long one is.
const (
	rounds = 7
	turn   = 150 * time.Millisecond
)

// race measures all contestants in turns, so that what disturbs the machine
// disturbs all of them, and gives the cheapest turn of each.
func race(all []contestant) ([]cost, error) {
	costs := make([]cost, len(all))
	for range rounds {
		for i, c := range all {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin, n := cpu(), 0
			var took time.Duration
			for took < turn {
				if err := c.run(); err != nil {
					return nil, fmt.Errorf("%s: %w", c.name, err)
				}
				n++
				took = cpu() - begin
			}
			runtime.ReadMemStats(&after)
			if each := took / time.Duration(n); costs[i].time == 0 || each < costs[i].time {
				costs[i] = cost{each, (after.Mallocs - before.Mallocs) / uint64(n), (after.TotalAlloc - before.TotalAlloc) / uint64(n)}
			}
		}
	}
	return costs, nil
}
