package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"stockchecker/infra/stockchecker"
	"stockchecker/lambda/checker"
)

// deployment is one system on AWS: a base stack with what all products share, and
// the products in it too, or in shards of their own.
type deployment struct {
	path         string // of the file
	file         *checker.File
	shards       int
	stackName    string
	bucket       string // "": a new one
	architecture string // arm64 or x86_64
	zip          string // of the function
}

var (
	stackNamePattern  = regexp.MustCompile(fmt.Sprintf(`^[A-Za-z][A-Za-z0-9-]{0,%d}$`, stockchecker.LongestStackName-1))
	shardNamePattern  = regexp.MustCompile(`-s[0-9]+$`)
	bucketNamePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
)

// configure reads the context switches and the file that they name.
func configure(node constructs.Node) (deployment, error) {
	text := func(key, initial string) string {
		if v := node.TryGetContext(&key); v != nil {
			return fmt.Sprint(v)
		}
		return initial
	}
	d := deployment{
		path:         text("checkers", "checkers.json"),
		stackName:    text("stackName", "stockchecker"),
		bucket:       text("bucket", ""),
		architecture: text("architecture", "arm64"),
	}
	d.zip = "dist/lambda-" + d.architecture + ".zip"
	file, err := checker.Load(d.path)
	if err != nil {
		return d, err
	}
	d.file, d.shards = file, file.Shards
	return d, d.check()
}

// check finds all that cannot be deployed and can be said without making stacks.
func (d deployment) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !stackNamePattern.MatchString(d.stackName) {
		fault("stackName: %q is no stack name here; write 1 to %d of A-Z, a-z, 0-9 and -, beginning with a letter: "+
			"AWS cuts a longer one in the names of rules, by which they are allowed to run the function", d.stackName, stockchecker.LongestStackName)
	}
	if shardNamePattern.MatchString(d.stackName) {
		fault("stackName: %q ends like the name of a shard; write another", d.stackName)
	}
	if d.bucket != "" && !bucketNamePattern.MatchString(d.bucket) {
		fault("bucket: %q is no bucket name; write the name alone, such as my-bucket", d.bucket)
	}
	if d.architecture != "arm64" && d.architecture != "x86_64" {
		fault("architecture: %q is none; write arm64 or x86_64", d.architecture)
	} else if _, err := os.Stat(d.zip); err != nil {
		fault("find the function's program %s: it is not built; run make dist", d.zip)
	}
	for _, c := range d.file.Checkers {
		if err := stockchecker.Check(c); err != nil {
			fault("%s: %w", d.path, err)
		}
	}
	if err := stockchecker.CheckAlerts(d.file); err != nil {
		fault("%s: %w", d.path, err)
	}
	return errors.Join(faults...)
}

// synthesize writes the templates, unless one would be more than a stack can be.
func (d deployment) synthesize(app awscdk.App) error {
	if over := d.overfull(); over != "" {
		return d.tooLarge(over)
	}
	stale, err := staleShards(*app.Outdir(), d.stackName, d.shards)
	if err != nil {
		return err
	}
	base := d.build(app)
	for _, w := range append(d.advice(), stale...) {
		awscdk.Annotations_Of(base).AddWarningV2(jsii.String("stockchecker:"+w.id), &w.text)
	}
	over, err := measure(app)
	if err != nil {
		return err
	}
	if over != "" {
		return d.tooLarge(over)
	}
	return nil
}

// build makes the stacks, and gives the base stack.
func (d deployment) build(app awscdk.App) awscdk.Stack {
	base := d.stack(app, d.stackName, "What watches the products of checkers.json")
	props := &stockchecker.SharedProps{
		Zip:          &d.zip,
		Architecture: awslambda.Architecture_ARM_64(),
		Alerts:       d.file.Alerts,
		Shortest:     d.shortest(),
	}
	if d.architecture == "x86_64" {
		props.Architecture = awslambda.Architecture_X86_64()
	}
	if d.bucket != "" {
		props.BucketName = &d.bucket
	}
	shared := stockchecker.NewShared(base, jsii.String("Shared"), props)
	stockchecker.AllowRules(shared.Function)

	var products []stockchecker.StockChecker
	stacks := []awscdk.Stack{base}
	if d.shards > 1 {
		stacks = stacks[:0]
		for n := range d.shards {
			stacks = append(stacks, d.stack(app, shardName(d.stackName, n), fmt.Sprintf("Products of %s, shard %d of %d", d.stackName, n+1, d.shards)))
		}
	}
	namespace := stockchecker.Namespace(shared.Function)
	used := make([]int, len(stacks))
	for _, c := range d.file.Checkers {
		shard := stockchecker.Spread(c.Name(), len(stacks))
		used[shard]++
		product := stockchecker.NewStockChecker(stacks[shard], jsii.String(c.Name()), &stockchecker.StockCheckerProps{
			Checker:     c,
			Function:    shared.Function,
			Bucket:      shared.Bucket,
			Topic:       shared.Topic,
			AlarmTopics: shared.AlarmTopics(c.Name()),
			Namespace:   namespace,
		})
		// In shards they are too many for a dashboard, which would change with each.
		if d.shards == 1 {
			products = append(products, product)
		}
	}
	for n, stack := range stacks {
		if used[n] == 0 {
			awscdk.Validations_Of(stack).Acknowledge(&awscdk.Acknowledgment{
				Id:     jsii.String("CloudFormation-Validate::F0001"),
				Reason: jsii.String("No product falls into this shard now; the CDK CLI skips such a stack, and deletes it if it exists."),
			})
		}
	}
	dashboard := stockchecker.NewDashboard(base, jsii.String("Overview"), &stockchecker.DashboardProps{Shared: shared, StockCheckers: products})

	for _, o := range []struct {
		id, description string
		value           *string
	}{
		{"Bucket", "Keeps the states; it stays when the stack goes", shared.Bucket.BucketName()},
		{"Topic", "Alerts are published to it", shared.Topic.TopicArn()},
		{"Function", "Does the checks", shared.Function.FunctionName()},
		{"Dashboard", "Shows how they go", stockchecker.Location(dashboard)},
	} {
		awscdk.NewCfnOutput(base, &o.id, &awscdk.CfnOutputProps{Value: o.value, Description: &o.description})
	}
	return base
}

func (d deployment) stack(app awscdk.App, name, description string) awscdk.Stack {
	return awscdk.NewStack(app, &name, &awscdk.StackProps{
		StackName:   &name,
		Description: &description,
		// CloudFormation gives a stack's tags to all that is in it.
		Tags: &map[string]*string{"application": jsii.String("stockchecker"), "deployment": &d.stackName},
		// A template may have 1 MB.
		SuppressTemplateIndentation: jsii.Bool(true),
	})
}

// shardName is the name of the stack of a shard, from 0.
func shardName(stackName string, n int) string {
	return fmt.Sprintf("%s-s%d", stackName, n+1)
}

// shortest is the shortest interval of the checkers that are enabled, or 0.
func (d deployment) shortest() time.Duration {
	var shortest time.Duration
	for _, c := range d.enabled() {
		if shortest == 0 || c.Every < shortest {
			shortest = c.Every
		}
	}
	return shortest
}

func (d deployment) enabled() []*checker.Checker {
	var enabled []*checker.Checker
	for _, definition := range d.file.Checkers {
		c, err := checker.Resolve(definition)
		if err == nil && c.Enabled { // an error is told by check
			enabled = append(enabled, c)
		}
	}
	return enabled
}
