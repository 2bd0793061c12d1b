package checker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePath(t *testing.T) {
	tests := []struct {
		source string
		steps  []Step
		err    string
	}{
		{"a", []Step{{Key: "a"}}, ""},
		{"a.b[0].c", []Step{{Key: "a"}, {Key: "b"}, {Index: 0}, {Key: "c"}}, ""},
		{"[*].offers[12][*]", []Step{{Index: AnyIndex}, {Key: "offers"}, {Index: 12}, {Index: AnyIndex}}, ""},
		{"@graph[*].in-stock", []Step{{Key: "@graph"}, {Index: AnyIndex}, {Key: "in-stock"}}, ""},
		{"", nil, "is empty; write a path like a.b[0].c"},
		{".a", nil, `is no path at ".a"; write it like a.b[0].c, with [*] for any element`},
		{"a.", nil, `is no path at "."; write it like a.b[0].c, with [*] for any element`},
		{"a..b", nil, `is no path at "..b"; write it like a.b[0].c, with [*] for any element`},
		{"a[-1]", nil, `is no path at "[-1]"; write it like a.b[0].c, with [*] for any element`},
		{"a[0]b", nil, `is no path at "b"; write it like a.b[0].c, with [*] for any element`},
		{"a b", nil, `is no path at " b"; write it like a.b[0].c, with [*] for any element`},
	}
	for _, tt := range tests {
		got, err := ParsePath(tt.source)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if message != tt.err {
			t.Errorf("%q: error %q, want %q", tt.source, message, tt.err)
		}
		if diff := cmp.Diff(tt.steps, got.Steps); diff != "" {
			t.Errorf("%q: %s", tt.source, diff)
		}
		if err == nil && got.String() != tt.source {
			t.Errorf("%q became %q", tt.source, got)
		}
	}
}
