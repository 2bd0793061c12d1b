package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"stockchecker/infra/stockchecker"
)

// What CloudFormation takes in a stack, and checkers.json as shards.
const (
	maxResources = 500
	maxTemplate  = 1_000_000 // bytes
	maxOutputs   = 200
	maxShards    = 100

	resourcesOfProduct = 2
)

// overfull says which stack has too many products whatever else is in it, or "".
// It costs nothing; measure has the last word.
func (d deployment) overfull() string {
	products := make([]int, d.shards)
	for _, c := range d.file.Checkers {
		products[stockchecker.Spread(c.Name(), d.shards)]++
	}
	for n, count := range products {
		name := d.stackName
		if d.shards > 1 {
			name = shardName(d.stackName, n)
		}
		if count*resourcesOfProduct > maxResources {
			return fmt.Sprintf("stack %s would have %d rules and alarms, and CloudFormation takes %d resources", name, count*resourcesOfProduct, maxResources)
		}
	}
	return ""
}

// measure synthesizes, and says which template is more than CloudFormation takes,
// or "".
func measure(app awscdk.App) (string, error) {
	assembly := app.Synth(nil)
	for _, artifact := range *assembly.Stacks() {
		path := *artifact.TemplateFullPath()
		data, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("measure template: %w", err)
		}
		var template struct {
			Resources, Outputs map[string]json.RawMessage
		}
		if err := json.Unmarshal(data, &template); err != nil {
			return "", fmt.Errorf("measure template %s: %w", path, err)
		}
		for _, f := range []struct {
			has, most int
			of        string
		}{
			{len(template.Resources), maxResources, "resources"},
			{len(data), maxTemplate, "bytes of template"},
			{len(template.Outputs), maxOutputs, "outputs"},
		} {
			if f.has > f.most {
				return fmt.Sprintf("stack %s would have %d %s, and CloudFormation takes %d", *artifact.StackName(), f.has, f.of, f.most), nil
			}
		}
	}
	return "", nil
}

// tooLarge is the error of a deployment that does not fit, with what to write.
func (d deployment) tooLarge(over string) error {
	n, err := d.smallest()
	switch {
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("%s: %s; the file does not fit %d shards either: split it over several stack names", d.path, over, maxShards)
	}
	return fmt.Errorf(`%s: %s; write "shards": %d`, d.path, over, n)
}

// smallest is the smallest number of shards that the file fits, found by trying,
// or 0.
func (d deployment) smallest() (int, error) {
	for d.shards = 2; d.shards <= maxShards; d.shards++ {
		if d.overfull() != "" {
			continue
		}
		over, err := d.try()
		if err != nil {
			return 0, err
		}
		if over == "" {
			return d.shards, nil
		}
	}
	return 0, nil
}

// try is measure of the deployment in a folder of its own.
func (d deployment) try() (string, error) {
	folder, err := os.MkdirTemp("", "stockchecker-")
	if err != nil {
		return "", fmt.Errorf("try %d shards: %w", d.shards, err)
	}
	defer os.RemoveAll(folder)
	app := newApp(folder)
	d.build(app)
	return measure(app)
}

// staleShards warns of shards that an earlier synth has written and this one will
// not: CloudFormation keeps their stacks, whose rules go on firing.
func staleShards(folder, stackName string, shards int) ([]warning, error) {
	if shards == 1 {
		shards = 0
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for former shards: %w", err)
	}
	var stale []int
	for _, e := range entries {
		var n int
		name := strings.TrimPrefix(e.Name(), stackName)
		if _, err := fmt.Sscanf(name, "-s%d.template.json", &n); err == nil && n > shards && e.Name() == shardName(stackName, n-1)+".template.json" {
			stale = append(stale, n)
		}
	}
	if len(stale) == 0 {
		return nil, nil
	}
	slices.Sort(stale)
	var names, commands []string
	for _, n := range stale {
		name := shardName(stackName, n-1)
		names = append(names, name)
		commands = append(commands, fmt.Sprintf("aws cloudformation delete-stack --stack-name %s && rm %s", name, filepath.Join(folder, name+".template.json")))
	}
	return []warning{{"stale", fmt.Sprintf("the file has no shard %s any more, but a stack that was deployed of it goes on firing its rules; remove it before you deploy:\n%s",
		strings.Join(names, ", "), strings.Join(commands, "\n"))}}, nil
}
