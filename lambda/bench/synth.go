package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// What CloudFormation and EventBridge take.
const (
	maxResources = 500
	maxTemplate  = 1_000_000
	maxInput     = 8192
)

// benchSynth makes the templates of ever more checkers by the CDK app, and sees that
// each is one that AWS takes.
func benchSynth(r *report) error {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	app := filepath.Join(folder, "app")
	if out, err := exec.Command("go", "-C", "../infra", "build", "-o", app, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("build the CDK app: %w: %s", err, out)
	}
	r.line("\nSynth by the CDK app\n%8s | %8s %8s | %6s %10s %8s", "checkers", "s", "MB", "stacks", "resources", "largest")
	for _, n := range []int{10, 100, 1_000, 10_000} {
		out := filepath.Join(folder, fmt.Sprint(n))
		file := out + ".json"
		if err := os.WriteFile(file, checkersFile(n), 0o666); err != nil {
			return err
		}
		context, err := json.Marshal(map[string]string{"checkers": file})
		if err != nil {
			return err
		}
		cmd := exec.Command(app)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+string(context), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1", "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION=1")
		begin := time.Now()
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("synth of %d checkers: %w: %s", n, err, text)
		}
		took := time.Since(begin)
		memory := float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1000
		stacks, resources, largest, err := templates(out, n)
		if err != nil {
			return err
		}
		r.line("%8d | %8.1f %8.0f | %6d %10d %8d", n, took.Seconds(), memory, stacks, resources, largest)
		r.figure(fmt.Sprintf("synth/%d-s", n), took.Seconds())
	}
	return nil
}

func checkersFile(n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"alerts": {"email": ["you@example.com"]}, "shards": %d, "checkers": [`, (n+199)/200)
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n"+`{"name": "product-%d", "url": "https://shop.example/product/%[1]d", "exclude": ["combo"], "maxPrice": "650 USD"}`, i)
	}
	b.WriteString("]}\n")
	return []byte(b.String())
}

// templates counts what was written, and says what AWS would not take.
func templates(folder string, checkers int) (stacks, resources, largest int, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.template.json"))
	if err != nil {
		return 0, 0, 0, err
	}
	rules, permissions := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, 0, 0, err
		}
		var template struct {
			Resources map[string]struct {
				Type       string
				Properties struct{ Targets []struct{ Input any } }
			}
		}
		if err := json.Unmarshal(data, &template); err != nil {
			return 0, 0, 0, fmt.Errorf("read %s: %w", file, err)
		}
		if len(template.Resources) > maxResources || len(data) > maxTemplate {
			return 0, 0, 0, fmt.Errorf("%s has %d resources and %d bytes", filepath.Base(file), len(template.Resources), len(data))
		}
		for id, resource := range template.Resources {
			switch resource.Type {
			case "AWS::Events::Rule":
				rules++
				for _, target := range resource.Properties.Targets {
					if input, err := json.Marshal(target.Input); err != nil || len(input) > maxInput {
						return 0, 0, 0, fmt.Errorf("the input of %s has %d bytes, %v", id, len(input), err)
					}
				}
			case "AWS::Lambda::Permission":
				permissions++
			}
		}
		stacks++
		resources += len(template.Resources)
		largest = max(largest, len(data))
	}
	if rules != checkers || permissions != 1 {
		return 0, 0, 0, fmt.Errorf("%d checkers have %d rules and %d permissions", checkers, rules, permissions)
	}
	return stacks, resources, largest, nil
}
