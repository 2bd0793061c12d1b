package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// What the AwsSolutions rules of cdk-nag find, each with why it is so. A finding
// that is not here fails the test, and so does a reason that nothing needs.
var accepted = map[string]string{
	"AwsSolutions-S1 /stockchecker/Shared/Bucket/Resource":                                                  "Server access logs need a second bucket, for objects that the function alone reads and writes.",
	"AwsSolutions-IAM5[Resource::<SharedBucketE0A46A06.Arn>/state/*] /stockchecker/Shared/Role/Resource":    "A state has the name of its checker, and checkers come and go.",
	"AwsSolutions-IAM5[Resource::<SharedBucketE0A46A06.Arn>/evidence/*] /stockchecker/Shared/Role/Resource": "A kept page has the name of its checker, and its time.",
}

func TestNag(t *testing.T) {
	d := sample(t)
	d.shards = 2
	app := newApp(t.TempDir())
	d.build(app)
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(false)}), nil)
	app.Synth(nil)
	found := map[string]bool{}
	for _, child := range *app.Node().Children() {
		if !strings.HasPrefix(*child.Node().Id(), d.stackName) {
			continue // what CDK keeps in an app for itself
		}
		annotations := assertions.Annotations_FromStack(awscdk.Stack_Of(child))
		whatever := assertions.Match_AnyValue()
		for _, m := range append(*annotations.FindError(jsii.String("*"), whatever), *annotations.FindWarning(jsii.String("*"), whatever)...) {
			//lint:ignore SA1019 assertions has no other type
			text, path := fmt.Sprint(m.Entry.Data), *m.Id
			rule, _, _ := strings.Cut(text, ": ")
			found[rule+" "+path] = true
		}
	}
	for f := range found {
		if accepted[f] == "" {
			t.Errorf("found and not explained: %s", f)
		}
	}
	for f := range accepted {
		if !found[f] {
			t.Errorf("explained and not found: %s", f)
		}
	}
}

const wrongFile = `{"checkers": [
  {"name": "ps5", "url": "https://shop.example/ps5", "every": "5 minutes"},
  {"name": "xbox", "uri": "https://shop.example/xbox"}
]}`

const wrongFileSays = `wrong.json:2:63: checker "ps5": every: "5 minutes" is no duration; write it like 30s, 5m or 1h30m
wrong.json:3:3: checker "xbox": url: is missing; write "url": "https://shop.example/ps5"
wrong.json:3:20: checker "xbox": uri: is no key here; did you mean "url"?
`

// root is a folder as the CDK CLI is run from, with a function and two files.
func root(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, architecture := range []string{"arm64", "x86_64"} {
		placeholder(t, filepath.Join(folder, "dist", "lambda-"+architecture+".zip"))
	}
	for name, text := range map[string]string{"wrong.json": wrongFile, "right.json": products(3, 1)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// runIn runs a program in a folder, with this test program as the app.
func runIn(t *testing.T, folder, program string, args ...string) (stderr string, code int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), asApp+"=1", "CDK_DISABLE_VERSION_CHECK=1", "CI=true")
	var errors strings.Builder
	cmd.Stderr = &errors
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return errors.String(), cmd.ProcessState.ExitCode()
}

func TestWrongFileStopsTheApp(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CDK_CONTEXT_JSON", `{"checkers": "wrong.json"}`)
	stderr, code := runIn(t, root(t), program)
	// An older Node says first that it is old.
	if code != 1 || !strings.HasSuffix(stderr, wrongFileSays) || strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "Error") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// The real CDK CLI hands the context switches over, and stops where the app does.
func TestCLI(t *testing.T) {
	cdk, err := exec.LookPath("cdk")
	if err != nil {
		need(t, "the CDK CLI", "npm ci --prefix infra")
	}
	app, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := root(t)
	common := []string{"synth", "--quiet", "--app", app, "--no-notices", "--no-version-reporting", "--no-path-metadata", "--no-asset-metadata", "-c"}

	stderr, code := runIn(t, folder, cdk, append(common, "checkers=wrong.json")...)
	if code != 1 || !strings.Contains(stderr, wrongFileSays) || strings.Contains(stderr, "goroutine") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}

	stderr, code = runIn(t, folder, cdk, append(common, "checkers=right.json", "-c", "stackName=other", "-c", "bucket=my-bucket", "-c", "architecture=x86_64")...)
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	got, err := os.ReadFile(filepath.Join(folder, "cdk.out", "other.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	parsed := deploymentOf(t, products(3, 1))
	parsed.stackName, parsed.bucket, parsed.architecture = "other", "my-bucket", "x86_64"
	if want := synthesized(t, parsed)[0].text; assetHash.ReplaceAllString(string(got), "ASSET.zip") != assetHash.ReplaceAllString(string(want), "ASSET.zip") {
		t.Errorf("the CLI's template is\n%s\nwant\n%s", got, want)
	}
}
