package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// version is set by the linker for a release: -X main.version=v1.2.3. Without it
// the build's own information tells.
var version string

type versionCommand struct {
	JSON bool `help:"Write the answer as JSON."`
}

// build is which program this is.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"` // of the commit
	Modified bool   `json:"modified"`       // the source had changes that are in no commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (v *versionCommand) Run(c *console) error {
	info, _ := debug.ReadBuildInfo()
	b := buildOf(version, info)
	if v.JSON {
		return c.json(b)
	}
	fmt.Fprintln(c.out, b)
	return nil
}

func buildOf(version string, info *debug.BuildInfo) build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		info = &debug.BuildInfo{}
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	if b.Version == "" {
		b.Version = info.Main.Version
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	return b
}

// String is the build on one line.
func (b build) String() string {
	of := []string{}
	if b.Commit != "" {
		commit := "commit " + b.Commit[:min(len(b.Commit), 12)]
		if b.Modified {
			commit += " with changes"
		}
		of = append(of, commit)
	}
	if day, _, ok := strings.Cut(b.Time, "T"); ok {
		of = append(of, day)
	}
	of = append(of, b.Go, b.Platform)
	return fmt.Sprintf("stockcheck %s (%s)", b.Version, strings.Join(of, ", "))
}
