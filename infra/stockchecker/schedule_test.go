package stockchecker

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSchedule(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration
		want  string
	}{
		{"ps5", 10 * time.Second, "cron(* * * * ? *)"},
		{"ps5", 15 * time.Second, "cron(* * * * ? *)"},
		{"ps5", 20 * time.Second, "cron(* * * * ? *)"},
		{"ps5", 30 * time.Second, "cron(* * * * ? *)"},
		{"ps5", time.Minute, "cron(* * * * ? *)"},
		{"ps5", 2 * time.Minute, "cron(0/2 * * * ? *)"},
		{"ps5", 5 * time.Minute, "cron(2/5 * * * ? *)"},
		{"xbox", 5 * time.Minute, "cron(3/5 * * * ? *)"},
		{"rtx-5090", 5 * time.Minute, "cron(0/5 * * * ? *)"},
		{"ps5", 7 * time.Minute, "rate(7 minutes)"},
		{"ps5", 30 * time.Minute, "cron(2/30 * * * ? *)"},
		{"ps5", 45 * time.Minute, "rate(45 minutes)"},
		{"ps5", time.Hour, "cron(32 * * * ? *)"},
		{"xbox", time.Hour, "cron(8 * * * ? *)"},
		{"ps5", 90 * time.Minute, "rate(90 minutes)"},
		{"ps5", 2 * time.Hour, "cron(32 0/2 * * ? *)"},
		{"ps5", 5 * time.Hour, "rate(300 minutes)"},
		{"ps5", 12 * time.Hour, "cron(32 10/12 * * ? *)"},
		{"ps5", 24 * time.Hour, "cron(32 10 * * ? *)"},
		{"xbox", 24 * time.Hour, "cron(8 2 * * ? *)"},
	}
	for _, test := range tests {
		got, err := Schedule(test.name, test.every)
		if err != nil || got != test.want {
			t.Errorf("%s every %s: %q, %v; want %q", test.name, test.every, got, err, test.want)
		}
	}
}

func TestScheduleRefuses(t *testing.T) {
	tests := []struct {
		every time.Duration
		want  string
	}{
		{12 * time.Second, `checker "ps5": every: 12s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`},
		{45 * time.Second, `checker "ps5": every: 45s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`},
		{90 * time.Second, `checker "ps5": every: 1m30s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`},
		{time.Hour + time.Second, `checker "ps5": every: 1h1s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`},
	}
	for _, test := range tests {
		if got, err := Schedule("ps5", test.every); err == nil || err.Error() != test.want {
			t.Errorf("%s: %q, %v; want the error %q", test.every, got, err, test.want)
		}
	}
}

var names = rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,39}`)

// The number is the one that any tool makes of the hash's hex digits.
func TestSpreadIsOfTheHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, n := names.Draw(t, "name"), rapid.IntRange(1, 1440).Draw(t, "n")
		digits := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))[:8]
		number, err := strconv.ParseUint(digits, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := Spread(name, n); got != int(number%uint64(n)) {
			t.Fatalf("%s over %d is %d; %s says %d", name, n, got, digits, number%uint64(n))
		}
	})
}

func TestSpreadIsEven(t *testing.T) {
	const products, shards = 10_000, 50
	var counts [shards]int
	for i := range products {
		counts[Spread(fmt.Sprintf("product-%d", i), shards)]++
	}
	for n, count := range counts {
		if mean := products / shards; count < mean*3/4 || count > mean*5/4 {
			t.Errorf("shard %d has %d of %d", n, count, products)
		}
	}
}

// Whatever the interval, a cron expression fires as often in a day as it says.
func TestScheduleFiresAsOften(t *testing.T) {
	field := regexp.MustCompile(`^cron\((\S+) (\S+) \* \* \? \*\)$`)
	fires := func(t *rapid.T, expression string, below int) int {
		if expression == "*" {
			return below
		}
		var from, step int
		if _, err := fmt.Sscanf(expression, "%d/%d", &from, &step); err != nil {
			if from, err = strconv.Atoi(expression); err != nil {
				t.Fatal(err)
			}
			step = below
		}
		if from < 0 || from >= min(step, below) {
			t.Fatalf("%s begins outside of its step", expression)
		}
		return (below-from-1)/step + 1
	}
	rapid.Check(t, func(t *rapid.T) {
		name, minutes := names.Draw(t, "name"), rapid.IntRange(1, 1440).Draw(t, "minutes")
		got, err := Schedule(name, time.Duration(minutes)*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		m := field.FindStringSubmatch(got)
		if m == nil {
			if want := fmt.Sprintf("rate(%d minutes)", minutes); got != want || 60%minutes == 0 || 1440%minutes == 0 && minutes%60 == 0 {
				t.Fatalf("every %d minutes is %q", minutes, got)
			}
			return
		}
		if perDay := fires(t, m[1], 60) * fires(t, m[2], 24); perDay*minutes != 1440 {
			t.Fatalf("every %d minutes is %q, %d times a day", minutes, got, perDay)
		}
	})
}

func FuzzSpread(f *testing.F) {
	f.Add("ps5", 5)
	f.Fuzz(func(t *testing.T, name string, n int) {
		if n < 1 || n > 1<<20 {
			t.Skip()
		}
		if got := Spread(name, n); got < 0 || got >= n {
			t.Fatalf("%d", got)
		}
	})
}
