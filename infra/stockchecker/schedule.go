package stockchecker

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Schedule is the EventBridge expression by which a checker is run. Below a
// minute it fires each minute, and the function repeats the check inside it.
// Whole minutes that divide an hour, and hours that divide a day, get an offset
// that depends on the name, so that not all checkers fire in one minute.
func Schedule(name string, every time.Duration) (string, error) {
	if !kept(every) {
		return "", fmt.Errorf("checker %q: every: %s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes", name, short(every))
	}
	minutes := int(every / time.Minute)
	offset := Spread(name, max(minutes, 1))
	switch {
	case minutes <= 1:
		return "cron(* * * * ? *)", nil
	case minutes == 60:
		return fmt.Sprintf("cron(%d * * * ? *)", offset), nil
	case 60%minutes == 0:
		return fmt.Sprintf("cron(%d/%d * * * ? *)", offset, minutes), nil
	case minutes == 24*60:
		return fmt.Sprintf("cron(%d %d * * ? *)", offset%60, offset/60), nil
	case 24*60%minutes == 0 && minutes%60 == 0:
		return fmt.Sprintf("cron(%d %d/%d * * ? *)", offset%60, offset/60, minutes/60), nil
	}
	return fmt.Sprintf("rate(%d minutes)", minutes), nil
}

// kept says whether a rule of EventBridge, with repetition inside a minute, can
// keep an interval.
func kept(every time.Duration) bool {
	if every >= time.Minute {
		return every%time.Minute == 0
	}
	switch every {
	case 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second:
		return true
	}
	return false
}

// Spread is a number from 0 up to, and without, n. It depends on the name alone
// and spreads names evenly: minutes of an hour, and shards, are chosen by it.
// It is the first 8 hex digits of the name's SHA-256, modulo n, which Terraform
// can say too.
func Spread(name string, n int) int {
	sum := sha256.Sum256([]byte(name))
	return int(binary.BigEndian.Uint32(sum[:4]) % uint32(n))
}

// short is a duration as checkers.json writes it: 1h30m, not 1h30m0s.
func short(d time.Duration) string {
	s := ""
	if h := d / time.Hour; h > 0 {
		s += fmt.Sprintf("%dh", h)
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		s += fmt.Sprintf("%dm", m)
	}
	if sec := d % time.Minute / time.Second; sec > 0 {
		s += fmt.Sprintf("%ds", sec)
	}
	return s
}
