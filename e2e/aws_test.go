package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"stockchecker/e2e/parts"
)

// localAWS is a running localaws.py.
type localAWS struct {
	Endpoint, Account, Region string

	outbox string // its file
	read   int    // lines of it
	input  io.WriteCloser
	output *bufio.Reader
}

// delivery is one event of a rule.
type delivery struct {
	Rule, Function string
	Attempt        int
	Outcome        string // succeeded, failed or refused
	Text           string // the function's answer, or why not
}

// mail is an e-mail or a text message.
type mail struct {
	Protocol, Endpoint, Subject, Message string
}

func startAWS(t *testing.T) *localAWS {
	t.Helper()
	folder := t.TempDir()
	a := &localAWS{outbox: filepath.Join(folder, "outbox")}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(python(t), "localaws.py", "--rie", emulator(t), "--outbox", a.outbox)
	cmd.Env = append(os.Environ(), "PYTHONWARNINGS=ignore", "PYTHONDONTWRITEBYTECODE=1", "NO_PROXY=127.0.0.1,localhost")
	cmd.Stderr = log
	if a.input, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.output = bufio.NewReader(output)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.input.Close() // with which it ends
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the end of the log of AWS:\n%s", tail(log.Name()))
		}
		if left := a.processes(); len(left) > 0 {
			t.Errorf("AWS left processes behind: %s", left)
		}
	})
	a.answer(t, a)
	return a
}

// do gives localaws.py a command.
func (a *localAWS) do(t *testing.T, answer any, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(a.input, format+"\n", args...); err != nil {
		t.Fatalf("command AWS: %v", err)
	}
	a.answer(t, answer)
}

func (a *localAWS) answer(t *testing.T, v any) {
	t.Helper()
	line, err := a.output.ReadBytes('\n')
	if err != nil {
		t.Fatalf("read the answer of AWS: %v", err)
	}
	if err := json.Unmarshal(line, v); err != nil {
		t.Fatalf("read the answer of AWS: %v: %s", err, line)
	}
}

// advance lets so many minutes pass for the schedules, and gives what they did.
func (a *localAWS) advance(t *testing.T, minutes int) []delivery {
	t.Helper()
	var list []delivery
	a.do(t, &list, "advance %d", minutes)
	return list
}

// mails are the e-mails and text messages that were sent since the last call, by
// whom they went to: a topic tells its subscribers in no order.
func (a *localAWS) mails(t *testing.T) []mail {
	t.Helper()
	data, err := os.ReadFile(a.outbox)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var list []mail
	for line := range strings.Lines(string(data)) {
		var m mail
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("read outbox: %v: %s", err, line)
		}
		list = append(list, m)
	}
	fresh := list[a.read:]
	a.read = len(list)
	slices.SortStableFunc(fresh, func(x, y mail) int {
		return cmp.Or(strings.Compare(x.Protocol, y.Protocol), strings.Compare(x.Endpoint, y.Endpoint))
	})
	return fresh
}

// config is for clients of the AWS SDK.
func (a *localAWS) config() aws.Config {
	return aws.Config{
		Region:       a.Region,
		BaseEndpoint: &a.Endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// environment is for tools such as the CDK CLI: of the machine's own settings of AWS
// it has nothing, so that nothing real can be reached.
func (a *localAWS) environment(path string) []string {
	env := slices.DeleteFunc(os.Environ(), func(s string) bool {
		return strings.HasPrefix(s, "AWS_") || strings.HasPrefix(s, "CDK_") || strings.HasPrefix(s, "PATH=")
	})
	return append(env,
		"PATH="+path,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION="+a.Region, "AWS_DEFAULT_REGION="+a.Region,
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL="+a.Endpoint,
		// moto takes the address of a template only by this name.
		"AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION="+strings.Replace(a.Endpoint, "127.0.0.1", "localhost", 1),
		"NO_PROXY=127.0.0.1,localhost", "CI=true", "CDK_DISABLE_VERSION_CHECK=1", "CDK_DISABLE_CLI_TELEMETRY=true",
	)
}

// processes are those that were started for this AWS: their environment names it.
func (a *localAWS) processes() []string {
	var list []string
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		environment, err := os.ReadFile(filepath.Join(folder, "environ"))
		if err != nil || !bytes.Contains(environment, []byte("="+a.Endpoint+"\x00")) {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		list = append(list, strings.ReplaceAll(string(line), "\x00", " "))
	}
	return list
}

func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if !strings.Contains(line, `HTTP/1.1" 2`) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-40):], "")
}

// step is a part of a scenario. The next ones make no sense without it.
func step(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	begin := time.Now()
	if !t.Run(name, f) {
		t.FailNow()
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Logf("%s took %.0f s", name, took.Seconds())
	}
}

func TestLocalAWS(t *testing.T) {
	cmd := command(python(t), "-m", "unittest", "localaws_test")
	cmd.Env = append(os.Environ(), "PYTHONWARNINGS=ignore", "PYTHONDONTWRITEBYTECODE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// python is a Python that has moto.
func python(t *testing.T) string {
	t.Helper()
	path := program(t, "python3", "install Python 3.11 or later")
	if out, err := command(path, "-c", "import moto.server").CombinedOutput(); err != nil {
		parts.LeaveOut(t, "moto is missing ("+lastLine(out)+"); in a virtual environment: pip install 'moto[server]==5.2.1'")
	}
	return path
}
