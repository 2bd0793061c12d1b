package checker

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Lines and columns are those that an editor shows, in any text.
func TestPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "é", "日本", "🔥", "\n", "\r\n", strings.Repeat("x", 700), strings.Repeat("ü", 900)}), 0, 12).Draw(t, "text")
		data := []byte(strings.Join(pieces, ""))
		l := newLines(data)
		for range 20 {
			at := rapid.IntRange(0, len(data)).Draw(t, "at")
			for at < len(data) && !utf8.RuneStart(data[at]) {
				at++
			}
			before := data[:at]
			wantLine := bytes.Count(before, []byte("\n")) + 1
			wantColumn := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
			if line, column := l.place(at); line != wantLine || column != wantColumn {
				t.Fatalf("offset %d of %q is %d:%d, want %d:%d", at, data, line, column, wantLine, wantColumn)
			}
		}
	})
}

// A definition may come on one line, such as an event of 256 KB: each of its faults must
// not count that line anew.
func TestPlacesOfOneLine(t *testing.T) {
	data := bytes.Repeat([]byte("x"), 4<<20)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l := newLines(data)
		for at := 0; at < len(data); at += 16 {
			if line, column := l.place(at); line != 1 || column != at+1 {
				t.Errorf("offset %d is %d:%d", at, line, column)
				return
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("the places of one long line take too long")
	}
}
