// Package e2e tries the whole as a user has it on AWS, on one machine: the CDK CLI
// deploys, schedules fire, and the program that is deployed runs, against an AWS that
// localaws.py plays and a shop of the test's own.
//
// Parts for which the machine lacks something are left out with a line that says what
// to install; with REQUIRE_ALL=1 they fail.
package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"stockchecker/e2e/parts"
)

// root is the project's folder.
var root = func() string {
	dir, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// interrupted ends with SIGINT and SIGTERM, and with it all that was started: each
// test then fails and cleans up.
var interrupted context.Context

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	interrupted = ctx
	code := m.Run()
	stop()
	os.Exit(code)
}

// program is the path of a program that must be installed.
func program(t *testing.T, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		parts.LeaveOut(t, name+" is missing; "+install)
	}
	return path
}

// emulator is AWS's own emulator of the Lambda runtime. It is built once.
func emulator(t *testing.T) string {
	t.Helper()
	const module = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@v0.0.0-20261030222936-bef5c4ba774d"
	path := filepath.Join(root, "bin", "aws-lambda-rie")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	cmd := command("go", "install", module)
	cmd.Dir = t.TempDir() // in no module
	cmd.Env = append(os.Environ(), "GOBIN="+filepath.Dir(path), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		parts.LeaveOut(t, "aws-lambda-rie cannot be built, which needs the Go module proxy: "+lastLine(out))
	}
	return path
}

// cdkPath is the PATH on which the pinned CDK CLI and its Node come first.
func cdkPath(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(root, "infra", "node_modules", ".bin")
	for _, name := range []string{"cdk", "node"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			program(t, "npm", "install Node 22 or later, with npm")
			cmd := command("npm", "ci", "--no-audit", "--no-fund")
			cmd.Dir = filepath.Join(root, "infra")
			if out, err := cmd.CombinedOutput(); err != nil {
				parts.LeaveOut(t, "the CDK CLI is missing; run npm ci in infra: "+lastLine(out))
			}
			break
		}
	}
	return bin + string(os.PathListSeparator) + os.Getenv("PATH")
}

// built is the path of a program for Lambda that make dist packs.
func built(t *testing.T, architecture string) string {
	t.Helper()
	path := filepath.Join(root, "dist", "lambda-"+architecture+".zip")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("find the function's program: %v; run make dist", err)
	}
	return path
}

// hostArchitecture is what Lambda calls this machine's processor.
func hostArchitecture(t *testing.T) string {
	t.Helper()
	name := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS != "linux" || name == "" {
		parts.LeaveOut(t, "the function's program runs on Linux alone, on x86-64 or arm64")
	}
	return name
}

// command is a command in a process group of its own, that ends with the test run.
func command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(interrupted, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(cmd.SysProcAttr)
	cmd.Cancel = func() error {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); !errors.Is(err, syscall.ESRCH) {
			return err
		}
		return os.ErrProcessDone
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
