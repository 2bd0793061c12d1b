package local

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// takes is a check that takes a while.
func takes(times *timeline, d time.Duration) CheckFunc {
	return func(_ context.Context, c *checker.Checker) (watch.Report, error) {
		times.note(c.Name)
		time.Sleep(d)
		return watch.Report{Checker: c.Name, Status: watch.NoChange}, nil
	}
}

func TestPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := evenLoop(Limits{})
		if _, there := l.Plan("lamp"); there {
			t.Error("there is a plan before Run")
		}
		start := time.Now()
		want := func(at, last, next time.Duration, running bool) {
			time.Sleep(time.Until(start.Add(at)))
			synctest.Wait()
			plan, there := l.Plan("ps5")
			if want := (Plan{start.Add(last), start.Add(next), running}); !there || plan != want {
				t.Errorf("after %v: plan %+v, %v; want %+v", at, plan, there, want)
			}
		}
		times := newTimeline()
		go func() {
			time.Sleep(50 * time.Millisecond)
			synctest.Wait()
			if plan, _ := l.Plan("ps5"); plan != (Plan{Next: start.Add(100 * time.Millisecond)}) {
				t.Errorf("before the first check: plan %+v", plan)
			}
			want(500*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond, true)
			want(2*time.Second, 100*time.Millisecond, 10100*time.Millisecond, false)
			want(10500*time.Millisecond, 10100*time.Millisecond, 10100*time.Millisecond, true)
			if _, there := l.Plan("off"); there {
				t.Error("there is a plan for what is not enabled")
			}
		}()
		runFor(t, l, 12*time.Second, []*checker.Checker{
			watched("lamp", "https://a.example/", time.Hour),
			watched("ps5", "https://b.example/", 10*time.Second),
			{Name: "off", URL: "https://c.example/", Every: time.Second},
		}, takes(times, time.Second), nil)
	})
}

func TestCheckNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := evenLoop(Limits{HostGap: 5 * time.Second})
		times := newTimeline()
		var asked error
		ask := func(at time.Duration, name string) {
			time.AfterFunc(at, func() {
				if err := l.CheckNow(name); err != nil {
					asked = err
				}
			})
		}
		ask(30*time.Second, "ps5")         // at once, and an hour after that again
		ask(30500*time.Millisecond, "ps5") // under way: that check stands for it
		ask(40*time.Second, "lamp")
		ask(41*time.Second, "chair") // the same host: not before the gap is over
		ask(50*time.Second, "chair") // the gap is over at once
		ask(50*time.Second, "chair")
		runFor(t, l, time.Hour+20*time.Second, []*checker.Checker{
			watched("ps5", "https://a.example/", time.Hour),
			watched("lamp", "https://b.example/1", time.Hour),
			watched("chair", "https://b.example/2", time.Hour),
		}, takes(times, time.Second), nil)
		times.want(t, map[string]string{
			"ps5":   "0s 30s",
			"lamp":  "100ms 40s",
			"chair": "5.1s 45s 50s",
		})
		if asked != nil {
			t.Error(asked)
		}
	})
}

func TestCheckNowRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := evenLoop(Limits{})
		until := time.Now().Add(10 * time.Minute)
		time.AfterFunc(time.Minute, func() {
			for name, want := range map[string]string{
				"chair": "check chair now: it is not being watched",
				"ps5":   "check ps5 now: the shop wants to be left alone until " + until.Local().Format("15:04:05"),
			} {
				if err := l.CheckNow(name); err == nil || err.Error() != want {
					t.Errorf("CheckNow(%s): got error %v, want %q", name, err, want)
				}
			}
			if plan, _ := l.Plan("ps5"); !plan.Next.Equal(until) {
				t.Errorf("the next check is planned for %v, want the end of the back-off, %v", plan.Next, until)
			}
		})
		checks := 0
		runFor(t, l, 2*time.Minute, []*checker.Checker{watched("ps5", "https://a.example/", 3*time.Minute)},
			func(_ context.Context, c *checker.Checker) (watch.Report, error) {
				checks++
				return watch.Report{Checker: c.Name, Failure: &page.Error{Kind: page.Blocked, Message: "a robot check"}, BackoffUntil: until}, nil
			}, nil)
		if checks != 1 {
			t.Errorf("%d checks, want 1", checks)
		}
		if err := l.CheckNow("never"); err == nil || !strings.Contains(err.Error(), "not being watched") {
			t.Errorf("got error %v", err)
		}
	})
}
