package main

import (
	"bytes"
	"slices"
	"testing"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  []string
	}{
		{"short", 30, []string{"short"}},
		{"", 30, []string{""}},
		{"one two three four five six seven", 20, []string{"one two three four", "five six seven"}},
		{"awordthatislongerthanthewholeline and more", 20, []string{"awordthatislongerthanthewholeline", "and more"}},
		{"no terminal, so no width, and the line stays as it is", -1, []string{"no terminal, so no width, and the line stays as it is"}},
		{"売り切れ 売り切れ 売り切れ", 20, []string{"売り切れ 売り切れ", "売り切れ"}},
	}
	for _, tt := range tests {
		if got := wrap(tt.text, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestRowGoesOnBelowItself(t *testing.T) {
	c := &console{width: 50, color: true}
	var out bytes.Buffer
	c.row(&out, []int{6, 8, 0}, []cell{{"lamp", bold}, {"failed", red}, {"the shop answered with status 503, a fault of its own", ""}})
	want := "\x1b[1mlamp\x1b[0m    \x1b[31mfailed\x1b[0m    the shop answered with status\n" +
		"                  503, a fault of its own\n"
	if out.String() != want {
		t.Errorf("got\n%q, want\n%q", out.String(), want)
	}
}
