package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestBuild(t *testing.T) {
	vcs := func(modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20260101000000-0123456789ab"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.time", Value: "2026-01-01T10:00:00Z"}, {Key: "vcs.modified", Value: modified}}}
	}
	const here = "GO, PLATFORM)"
	for _, tt := range []struct {
		version string
		info    *debug.BuildInfo
		want    string
	}{
		{"v1.2.3", vcs("false"), "stockcheck v1.2.3 (commit 0123456789ab, 2026-01-01, " + here},
		{"", vcs("true"), "stockcheck v0.0.0-20260101000000-0123456789ab (commit 0123456789ab with changes, 2026-01-01, " + here},
		{"", &debug.BuildInfo{}, "stockcheck (devel) (" + here},
		{"", nil, "stockcheck (devel) (" + here},
	} {
		want := strings.NewReplacer("GO", runtime.Version(), "PLATFORM", runtime.GOOS+"/"+runtime.GOARCH).Replace(tt.want)
		if got := buildOf(tt.version, tt.info).String(); got != want {
			t.Errorf("%q: %s, want %s", tt.version, got, want)
		}
	}
}
