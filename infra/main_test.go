package main

import (
	"archive/zip"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"stockchecker/lambda/checker"
)

// With this variable the test program is the app, so that the real CDK CLI can
// run it.
const asApp = "STOCKCHECKER_TEST_AS_APP"

func TestMain(m *testing.M) {
	pinNode()
	if os.Getenv(asApp) != "" {
		main()
		os.Exit(0)
	}
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// pinNode puts the Node that npm has installed here first on PATH. jsii has looked
// for Node before main, so this program begins again.
func pinNode() {
	bin, err := filepath.Abs("node_modules/.bin")
	if err != nil || strings.HasPrefix(os.Getenv("PATH"), bin) {
		return
	}
	if _, err := os.Stat(filepath.Join(bin, "node")); err != nil {
		return
	}
	program, err := os.Executable()
	if err == nil {
		os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		err = syscall.Exec(program, os.Args, os.Environ())
	}
	fmt.Fprintln(os.Stderr, "run with the pinned Node:", err)
	os.Exit(1)
}

// placeholder is the zip of a program that is none; only CloudFormation would
// ever run it.
func placeholder(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("#!/bin/sh\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// deploymentOf is the deployment of a file's text.
func deploymentOf(t *testing.T, file string) deployment {
	t.Helper()
	parsed, err := checker.Parse("checkers.json", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return deployment{
		path:         "checkers.json",
		file:         parsed,
		shards:       parsed.Shards,
		stackName:    "stockchecker",
		architecture: "arm64",
		zip:          placeholder(t, filepath.Join(t.TempDir(), "lambda.zip")),
	}
}

// sample is the deployment of testdata/checkers.json.
func sample(t *testing.T) deployment {
	t.Helper()
	data, err := os.ReadFile("testdata/checkers.json")
	if err != nil {
		t.Fatal(err)
	}
	return deploymentOf(t, string(data))
}

// products is a file of n products.
func products(n, shards int) string {
	entries := make([]string, n)
	for i := range n {
		entries[i] = fmt.Sprintf(`{"name": "product-%d", "url": "https://shop.example/p/%d"}`, i, i)
	}
	return fmt.Sprintf(`{"alerts": {"email": ["you@example.com"]}, "defaults": {"every": "5m"}, "shards": %d, "checkers": [%s]}`, shards, strings.Join(entries, ",\n"))
}

type object = map[string]any

// template is a synthesized one.
type template struct {
	path, stack string
	text        []byte
	body        object
}

func readTemplate(t *testing.T, path, stack string) template {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tpl := template{path: path, stack: stack, text: text}
	if err := json.Unmarshal(text, &tpl.body); err != nil {
		t.Fatal(err)
	}
	return tpl
}

func (tpl template) resources(kind string) map[string]object {
	found := map[string]object{}
	resources, _ := tpl.body["Resources"].(object) // an empty shard has none
	for id, r := range resources {
		if r := r.(object); kind == "" || r["Type"] == kind {
			found[id] = r
		}
	}
	return found
}

// one is the properties of the one resource of its kind.
func (tpl template) one(t *testing.T, kind string) object {
	t.Helper()
	found := tpl.resources(kind)
	if len(found) != 1 {
		t.Fatalf("%d resources are %s", len(found), kind)
	}
	for _, r := range found {
		properties, _ := r["Properties"].(object)
		return properties
	}
	return nil
}

// of is the properties of a checker's resource of a kind.
func (tpl template) of(t *testing.T, name, kind string) object {
	t.Helper()
	id := strings.ReplaceAll(name, "-", "") + kind[strings.LastIndex(kind, ":")+1:]
	for found, r := range tpl.resources(kind) {
		if strings.HasPrefix(found, id) {
			return r["Properties"].(object)
		}
	}
	t.Fatalf("%s has no %s", name, kind)
	return nil
}

// synthesized is a deployment's templates, the base stack's first, as the app
// would write them.
func synthesized(t *testing.T, d deployment) []template {
	t.Helper()
	templates, _, err := synthesize(t, d)
	if err != nil {
		t.Fatal(err)
	}
	return templates
}

func synthesize(t *testing.T, d deployment) ([]template, awscdk.App, error) {
	t.Helper()
	if err := d.check(); err != nil {
		return nil, nil, err
	}
	app := newApp(t.TempDir())
	if err := d.synthesize(app); err != nil {
		return nil, app, err
	}
	var templates []template
	for _, stack := range *app.Synth(nil).Stacks() {
		templates = append(templates, readTemplate(t, *stack.TemplateFullPath(), *stack.StackName()))
	}
	slices.SortFunc(templates, func(a, b template) int {
		return cmp.Or(cmp.Compare(len(a.stack), len(b.stack)), cmp.Compare(a.stack, b.stack))
	})
	return templates, app, nil
}

// need skips a test for want of a program, unless nothing may be left out.
func need(t *testing.T, program, install string) {
	t.Helper()
	what := fmt.Sprintf("%s is not there: %s", program, install)
	if os.Getenv("REQUIRE_ALL") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}
