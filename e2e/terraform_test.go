package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"stockchecker/e2e/parts"
)

// parityProducts has all that the two deployments could see in different ways. No check
// of it is run.
const parityProducts = `{
  "alerts": {
    "email": ["you@example.com", "me@example.com", {"to": "some@example.com", "only": ["quick", "daily"]}],
    "sms": ["+15555550123", {"to": "+15555550124", "only": ["daily", "quick"]}],
    "https": ["https://hooks.example/stock?a=1&b=2", {"to": "https://hooks.example/daily", "only": ["daily"]}],
    "urls": ["desktop:", "ntfy://ntfy.example/a?x=<1>&y=2", {"name": "phone", "url": "discord://${ssm:/stock/b}@${ssm:/stock/a}", "only": ["quick", "daily"]}, "ntfy://${HOST}/b"]
  },
  "defaults": {"every": "5m", "exclude": ["(?i)combo"], "alarm": {"failures": 4}},
  "checkers": [
    {"name": "inherits", "url": "SHOP/1?a=1&b=2", "maxPrice": 10.50},
    {"name": "replaces", "url": "SHOP/2", "every": "1h30m", "alarm": {}, "exclude": ["<b>\"x\"</b>", "${Token[AWS.Region.1]} ö 😀 \u00e9"], "maxPrice": "649.99 EUR"},
    {"name": "hourly", "url": "SHOP/3", "every": "1h", "alarm": {"failures": 10}},
    {"name": "some-hours", "url": "SHOP/4", "every": "8h"},
    {"name": "daily", "url": "SHOP/5", "every": "24h", "alarm": {"failures": 1}},
    {"name": "odd", "url": "SHOP/6", "every": "7m"},
    {"name": "quick", "url": "SHOP/7", "every": "30s", "headers": {"Cookie": "region=us; a=\"b\""}},
    {"name": "off", "url": "SHOP/8", "every": "10s", "enabled": false},
    {"name": "a-name-of-the-forty-characters-it-may-be", "url": "SHOP/9", "select": {"price": ".a > .b"}, "pages": 3}
  ]
}`

// terraformed is the stock checker as Terraform deploys it.
type terraformed struct {
	*system
	root string // folder of the root module
}

// terraformOf writes a root module with the module of the project in it.
func terraformOf(t *testing.T, s *system) *terraformed {
	t.Helper()
	program(t, "terraform", "install Terraform 1.9 or later")
	architecture := hostArchitecture(t)
	tf := &terraformed{system: s, root: filepath.Join(s.folder, "terraform")}
	if err := os.Mkdir(tf.root, 0o777); err != nil {
		t.Fatal(err)
	}
	// A copy, so that a program that is built meanwhile changes no plan.
	program, err := os.ReadFile(built(t, architecture))
	if err != nil {
		t.Fatal(err)
	}
	tf.write(t, "lambda.zip", string(program))
	tf.write(t, "main.tf", fmt.Sprintf(`
variable "bucket" {
  type    = string
  default = null
}

variable "dashboard_links" {
  type    = bool
  default = false
}

module "stockchecker" {
  source          = %q
  checkers_file   = "checkers.json"
  lambda_zip      = "lambda.zip"
  name            = %q
  architecture    = %q
  bucket          = var.bucket
  dashboard_links = var.dashboard_links
}

output "stockchecker" {
  value = module.stockchecker
}
`, filepath.Join(root, "infra", "terraform"), stackName, architecture))
	if out, code := tf.run(t, "init"); code != 0 {
		parts.LeaveOut(t, "the AWS provider of Terraform is out of reach: "+out)
	}
	return tf
}

func (tf *terraformed) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(tf.root, name), []byte(strings.ReplaceAll(text, "SHOP", tf.shop.URL)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// run runs tf.sh, as make does.
func (tf *terraformed) run(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	return tf.exec(t, filepath.Join(root, "infra", "terraform", "tf.sh"), args...)
}

func (tf *terraformed) terraform(t *testing.T, args ...string) string {
	t.Helper()
	out, code := tf.exec(t, "terraform", args...)
	if code != 0 {
		t.Fatalf("terraform %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

func (tf *terraformed) exec(t *testing.T, name string, args ...string) (output string, code int) {
	t.Helper()
	cmd := command(name, args...)
	cmd.Dir = tf.root
	cmd.Env = append(tf.environment(os.Getenv("PATH")), "TF_ROOT="+tf.root, "TF_CLI_ARGS=-no-color", "CHECKPOINT_DISABLE=1", "TF_INPUT=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit, failed := errors.AsType[*exec.ExitError](err); failed && exit.Exited() {
		return stdout.String() + stderr.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return stdout.String(), 0
}

// apply writes checkers.json and applies it.
func (tf *terraformed) apply(t *testing.T, checkers string, args ...string) {
	t.Helper()
	tf.write(t, "checkers.json", checkers)
	if out, code := tf.run(t, append([]string{"apply", "-auto-approve"}, args...)...); code != 0 {
		t.Fatalf("apply: exit code %d\n%s", code, out)
	}
	var outputs struct {
		Stockchecker struct{ Value json.RawMessage }
	}
	text := tf.terraform(t, "output", "-json")
	if err := errors.Join(json.Unmarshal([]byte(text), &outputs), json.Unmarshal(outputs.Stockchecker.Value, &tf.outputs)); err != nil {
		t.Fatalf("read the outputs: %v: %s", err, text)
	}
	if tf.outputs.Bucket == "" || tf.outputs.Topic == "" || tf.outputs.Function == "" || tf.outputs.Dashboard == "" {
		t.Fatalf("an output is missing: %s", text)
	}
}

// planned is what a plan would do, a line each: "create module.… …".
func (tf *terraformed) planned(t *testing.T, checkers string, args ...string) []string {
	t.Helper()
	tf.write(t, "checkers.json", checkers)
	out, code := tf.run(t, append([]string{"plan", "-out=plan", "-detailed-exitcode"}, args...)...)
	if code != 0 && code != 2 {
		t.Fatalf("plan: exit code %d\n%s", code, out)
	}
	var plan struct {
		ResourceChanges []struct {
			Address string
			Change  struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(tf.terraform(t, "show", "-json", "plan")), &plan); err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, c := range plan.ResourceChanges {
		if actions := strings.Join(c.Change.Actions, "+"); actions != "no-op" && actions != "read" {
			lines = append(lines, actions+" "+strings.TrimPrefix(c.Address, "module.stockchecker."))
		}
	}
	slices.Sort(lines)
	if (code == 2) != (len(lines) > 0) {
		t.Errorf("the plan has changes %q, and its exit code is %d\n%s", lines, code, out)
	}
	return lines
}

// known to Terraform: the addresses in its state.
func (tf *terraformed) addresses(t *testing.T) []string {
	t.Helper()
	return strings.Fields(tf.terraform(t, "state", "list"))
}

func TestTerraform(t *testing.T) {
	t.Parallel() // it waits much: the provider of Terraform gives S3 a minute for a bucket's rules
	tf := terraformOf(t, &system{folder: t.TempDir(), localAWS: startAWS(t), shop: startShop(t)})
	tf.shop.put("/console", product("Console Blue", "499.99", false))
	tf.shop.put("/cards", cards)
	tf.shop.put("/lamp", product("Desk Lamp", "49.90", true))
	tf.shop.put("/desk", product("Standing Desk", "300.00", false))

	step(t, "apply", func(t *testing.T) {
		tf.apply(t, parityProducts, "-var=dashboard_links=true")
		want(t, "plan after apply", tf.planned(t, parityProducts, "-var=dashboard_links=true"), []string{})
	})
	step(t, "equals CDK", func(t *testing.T) {
		cdk := cdkSystem(t, tf.shop)
		cdk.deploy(t, parityProducts)
		if diff := cmp.Diff(cdk.snapshot(t), tf.snapshot(t)); diff != "" {
			t.Errorf("Terraform deploys something else (-CDK +Terraform):\n%s", diff)
		}
		if diff := cmp.Diff(cdk.bucketOfTemplate(t), tf.bucket(t)); diff != "" {
			t.Errorf("Terraform sets up another bucket (-CDK +Terraform):\n%s", diff)
		}
	})
	step(t, "change the file", func(t *testing.T) {
		tf.apply(t, threeProducts)
		want(t, "plan of the file in another order", tf.planned(t, `{
  "checkers": [
    {"url": "SHOP/lamp", "name": "lamp", "every": "5m"},
    {"name": "cards", "url": "SHOP/cards", "every": "2m", "select": {"item": ".card", "title": "a", "link": "a", "price": "b", "inStock": "button", "outOfStock": ".gone"}},
    {"name": "console", "url": "SHOP/console"}
  ],
  "alerts": {"sms": ["+15555550123"], "email": [{"only": ["lamp"], "to": "lamps@example.com"}, "you@example.com"]}
}`), []string{})
		more := strings.Replace(threeProducts, `"checkers": [`, `"checkers": [{"name": "desk", "url": "SHOP/desk"},`, 1)
		want(t, "plan of one product more", tf.planned(t, more), []string{
			`create module.checker["desk"].aws_cloudwatch_event_rule.check`,
			`create module.checker["desk"].aws_cloudwatch_event_target.check`,
			`create module.checker["desk"].aws_cloudwatch_metric_alarm.blind`,
		})
		fewer := regexp.MustCompile(`(?m)^ *\{"name": "cards".*\n`).ReplaceAllString(threeProducts, "")
		want(t, "plan of one product less", tf.planned(t, fewer), []string{
			`delete module.checker["cards"].aws_cloudwatch_event_rule.check`,
			`delete module.checker["cards"].aws_cloudwatch_event_target.check`,
			`delete module.checker["cards"].aws_cloudwatch_metric_alarm.blind`,
		})
		tf.write(t, "checkers.json", strings.Replace(threeProducts, `"5m"`, `"45s"`, 1))
		out, code := tf.run(t, "plan")
		if said := `checkers.json: checker "lamp": every: 45s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`; code != 1 || !strings.Contains(unwrapped(out), said) {
			t.Errorf("plan of a faulty file: exit code %d, want 1 and %q\n%s", code, said, out)
		}
		tf.write(t, "checkers.json", threeProducts)
		tf.subscribe(t)
	})
	step(t, "first run", tf.firstRun)
	step(t, "in stock", tf.inStock)
	step(t, "captcha", tf.captcha)
	step(t, "subscribers of one product", tf.subscribersOfOne)
	step(t, "gone", tf.gone)
	step(t, "permissions", tf.permissions)
	step(t, "rules may run the function", tf.rulePermission)
	step(t, "apply again", tf.applyAgain)
	step(t, "bare destroy", tf.bareDestroy)
	step(t, "apply after it", func(t *testing.T) {
		tf.apply(t, threeProducts)
		tf.subscribe(t)
		want(t, "plan after apply", tf.planned(t, threeProducts), []string{})
		want(t, "told, since all is known", tf.minutes(t, 1), []string{})
	})
	step(t, "destroy", tf.destroyKept)
}

// unwrapped is Terraform's text without its own line breaks and margins.
func unwrapped(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(text)), " ")
}

// cdkSystem is a stock checker that CDK can deploy, to an AWS of its own.
func cdkSystem(t *testing.T, shop *shop) *system {
	t.Helper()
	architecture := hostArchitecture(t)
	built(t, architecture)
	s := &system{folder: t.TempDir(), path: cdkPath(t), localAWS: startAWS(t), shop: shop}
	s.args = []string{
		"-c", "stackName=" + stackName, "-c", "architecture=" + architecture, "-c", "checkers=" + s.folder + "/checkers.json",
		"--build", "true", // nothing: the program is built
	}
	s.cdk(t, "bootstrap", "aws://"+s.Account+"/"+s.Region, "--app", "")
	return s
}

func (tf *terraformed) applyAgain(t *testing.T) {
	before, outputs := tf.rules(t), tf.outputs
	tf.shop.visited()
	cards := tf.object(t, "state/cards.json")
	tf.apply(t, changedProducts)
	want(t, "outputs", tf.outputs, outputs)

	after := tf.rules(t)
	want(t, "names of the rules that stay", []string{after["console"].name, after["lamp"].name}, []string{before["console"].name, before["lamp"].name})
	states := map[string]string{}
	for name, r := range after {
		states[name] = r.state
	}
	want(t, "states of the rules", states, map[string]string{"console": "ENABLED", "lamp": "DISABLED", "desk": "ENABLED"})
	for name, there := range map[string]bool{"console": true, "cards": false, "lamp": true, "desk": true} {
		if (tf.alarm(t, name).AlarmName != nil) != there {
			t.Errorf("%s has an alarm: %v, want %v", name, !there, there)
		}
	}
	// At $499.99 it is too dear now, at $449.99 it is not.
	tf.shop.put("/console", product("Console Blue", "499.99", true))
	want(t, "told", tf.minutes(t, 7), []string{"desk INITIALIZED: desk works: nothing in stock yet"})
	tf.shop.put("/console", product("Console Blue", "449.99", true))
	want(t, "told at the lower price", tf.minutes(t, 2), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $449.99"})
	want(t, "state of the cards, which stays", string(tf.object(t, "state/cards.json")), string(cards))
}

// bareDestroy is what happens without tf.sh: the bucket cannot be destroyed, and nothing
// else is left.
func (tf *terraformed) bareDestroy(t *testing.T) {
	states := tf.keys(t, "")
	out, code := tf.exec(t, "terraform", "destroy", "-auto-approve")
	if code != 1 || !strings.Contains(out, "BucketNotEmpty") {
		t.Errorf("terraform destroy: exit code %d, want 1 and BucketNotEmpty\n%s", code, out)
	}
	want(t, "what Terraform still has", tf.addresses(t), []string{`module.stockchecker.aws_s3_bucket.state["new"]`})
	tf.allGone(t)
	want(t, "objects in the bucket", tf.keys(t, ""), states)
}

func (tf *terraformed) destroyKept(t *testing.T) {
	states, known := tf.keys(t, ""), tf.addresses(t)
	if out, code := tf.run(t, "destroy"); code != 1 {
		t.Errorf("tf.sh destroy, without a yes: exit code %d, want 1\n%s", code, out)
	}
	want(t, "what Terraform has without a yes", tf.addresses(t), known)
	out, code := tf.run(t, "destroy", "-auto-approve")
	if code != 0 || !strings.Contains(out, fmt.Sprintf(`bucket = "%s"`, tf.outputs.Bucket)) {
		t.Errorf("tf.sh destroy: exit code %d, want 0 and the name of the bucket\n%s", code, out)
	}
	want(t, "what Terraform still has", tf.addresses(t), []string{})
	tf.allGone(t)
	want(t, "objects in the bucket", tf.keys(t, ""), states)
	versioning, err := s3.NewFromConfig(tf.config()).GetBucketVersioning(context.Background(), &s3.GetBucketVersioningInput{Bucket: &tf.outputs.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "versions of the bucket, whose settings stay", string(versioning.Status), "Enabled")
}

// allGone sees that nothing but the bucket is left.
func (s *system) allGone(t *testing.T) {
	t.Helper()
	ctx, config := context.Background(), s.config()
	want(t, "rules", len(s.rules(t)), 0)
	if out, err := cloudwatch.NewFromConfig(config).DescribeAlarms(ctx, nil); err != nil || len(out.MetricAlarms) != 0 {
		t.Errorf("alarms: %+v, %v, want none", out, err)
	}
	if out, err := lambda.NewFromConfig(config).ListFunctions(ctx, nil); err != nil || len(out.Functions) != 0 {
		t.Errorf("functions: %+v, %v, want none", out, err)
	}
	if out, err := sns.NewFromConfig(config).ListTopics(ctx, nil); err != nil || len(out.Topics) != 0 {
		t.Errorf("topics: %+v, %v, want none", out, err)
	}
	if out, err := cloudwatchlogs.NewFromConfig(config).DescribeLogGroups(ctx, nil); err != nil || len(out.LogGroups) != 0 {
		t.Errorf("log groups: %+v, %v, want none", out, err)
	}
	want(t, "deliveries", len(s.advance(t, 10)), 0)
}

// TestSwitch moves a deployment from CDK to Terraform and back, on one bucket: nothing is
// forgotten, and nothing told twice.
func TestSwitch(t *testing.T) {
	t.Parallel()
	s := cdkSystem(t, startShop(t))
	tf := terraformOf(t, s)
	s.shop.put("/console", product("Console Blue", "499.99", false))
	s.shop.put("/cards", cards)
	s.shop.put("/lamp", product("Desk Lamp", "49.90", true))
	var bucket string

	step(t, "with CDK", func(t *testing.T) {
		s.deploy(t, threeProducts)
		s.subscribe(t)
		bucket = s.outputs.Bucket
		want(t, "told", len(s.minutes(t, 5)), 3)
		s.shop.put("/console", product("Console Blue", "499.99", true))
		want(t, "told", s.minutes(t, 1), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $499.99"})
		s.cdk(t, "destroy", "--force")
	})
	step(t, "to Terraform", func(t *testing.T) {
		tf.apply(t, threeProducts, "-var", "bucket="+bucket)
		want(t, "bucket", tf.outputs.Bucket, bucket)
		tf.subscribe(t)
		want(t, "told", tf.minutes(t, 5), []string{})
		tf.shop.put("/console", product("Console Blue", "499.99", false))
		want(t, "told", tf.minutes(t, 1), []string{"console ITEMS_GONE: Console Blue no longer in stock"})
		want(t, "changes that are known", len(tf.state(t, "console").Changes), 3)
		if out, code := tf.run(t, "destroy", "-auto-approve", "-var", "bucket="+bucket); code != 0 {
			t.Fatalf("tf.sh destroy: exit code %d\n%s", code, out)
		}
	})
	step(t, "and back", func(t *testing.T) {
		s.deploy(t, threeProducts, "-c", "bucket="+bucket)
		want(t, "bucket", s.outputs.Bucket, bucket)
		s.subscribe(t)
		want(t, "told", s.minutes(t, 5), []string{})
		s.shop.put("/console", product("Console Blue", "489.99", true))
		want(t, "told", s.minutes(t, 1), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $489.99"})
		want(t, "changes that are known", len(s.state(t, "console").Changes), 4)
	})
}

// TestTerraformThousand plans a thousand products.
func TestTerraformThousand(t *testing.T) {
	tf := terraformOf(t, &system{folder: t.TempDir(), localAWS: startAWS(t), shop: startShop(t)})
	entries := make([]string, 1000)
	for n := range entries {
		entries[n] = fmt.Sprintf(`{"name": "product-%d", "url": "SHOP/p/%[1]d", "every": "5m"}`, n)
	}
	tf.write(t, "checkers.json", `{"alerts": {"email": ["you@example.com"]}, "checkers": [`+strings.Join(entries, ",\n")+`]}`)
	begin := time.Now()
	out, code := tf.run(t, "plan", "-out=plan")
	took := time.Since(begin)
	if code != 0 || !strings.Contains(out, "1000 products are 1000 rules") {
		t.Fatalf("plan: exit code %d, want 0 and a warning of the quota\n%s", code, out[max(0, len(out)-3000):])
	}
	t.Logf("a plan of 1,000 products took %.0f s", took.Seconds())
	if took > time.Minute {
		t.Errorf("a plan of 1,000 products took %.0f s, want 60 at most", took.Seconds())
	}
}

// snapshot is all that is deployed, as the API of AWS tells it, with words in place of
// the names that each deployment has of its own.
func (s *system) snapshot(t *testing.T) any {
	t.Helper()
	ctx, config := context.Background(), s.config()
	all := map[string]any{}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	document := func(text string) any {
		var v map[string]any
		must(json.Unmarshal([]byte(text), &v))
		statements, _ := v["Statement"].([]any)
		slices.SortFunc(statements, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return v["Statement"]
	}

	events, rules := eventbridge.NewFromConfig(config), s.rules(t)
	want(t, "number of rules", len(rules), strings.Count(parityProducts, `"url": "SHOP/`))
	for name, r := range rules {
		rule, err := events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &r.name})
		must(err)
		targets, err := events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &r.name})
		must(err)
		list := []any{}
		for _, target := range targets.Targets {
			var input any
			must(json.Unmarshal([]byte(*target.Input), &input))
			list = append(list, map[string]any{"id": target.Id, "arn": target.Arn, "input": input, "retries": target.RetryPolicy, "dead letters": target.DeadLetterConfig, "role": target.RoleArn})
		}
		all["rule of "+name] = map[string]any{"schedule": rule.ScheduleExpression, "state": rule.State, "description": rule.Description, "targets": list}
	}

	alarms, err := cloudwatch.NewFromConfig(config).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
	must(err)
	want(t, "number of alarms", len(alarms.MetricAlarms), len(rules)+2)
	for _, a := range alarms.MetricAlarms {
		name := "of errors"
		if a.MetricName != nil && *a.MetricName != "" {
			name = fmt.Sprintf("of %s, %s", *a.MetricName, *a.Dimensions[0].Value)
		}
		slices.SortFunc(a.Metrics, func(x, y cloudwatchtypes.MetricDataQuery) int { return strings.Compare(*x.Id, *y.Id) })
		slices.Sort(a.AlarmActions[1:])
		all["alarm "+name] = map[string]any{
			"description": a.AlarmDescription, "actions": a.AlarmActions, "ok actions": a.OKActions, "no data actions": a.InsufficientDataActions,
			"enabled": a.ActionsEnabled, "namespace": a.Namespace, "metric": a.MetricName, "dimensions": a.Dimensions, "statistic": a.Statistic,
			"period": a.Period, "datapoints": a.DatapointsToAlarm, "periods": a.EvaluationPeriods, "comparison": a.ComparisonOperator,
			"threshold": a.Threshold, "missing data": a.TreatMissingData, "metrics": a.Metrics,
		}
	}

	functions := lambda.NewFromConfig(config)
	f, err := functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &s.outputs.Function})
	must(err)
	retries, err := functions.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &s.outputs.Function})
	must(err)
	permission, err := functions.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &s.outputs.Function})
	must(err)
	permissions := document(*permission.Policy).([]any)
	for _, p := range permissions {
		delete(p.(map[string]any), "Sid")
	}
	all["function"] = map[string]any{
		"description": f.Description, "runtime": f.Runtime, "architectures": f.Architectures, "handler": f.Handler, "memory": f.MemorySize,
		"timeout": f.Timeout, "environment": f.Environment.Variables, "program": f.CodeSha256, "layers": f.Layers, "vpc": f.VpcConfig,
		"retries": retries.MaximumRetryAttempts, "age": retries.MaximumEventAgeInSeconds, "permissions": permissions,
	}

	groups, err := cloudwatchlogs.NewFromConfig(config).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	must(err)
	if len(groups.LogGroups) != 1 {
		t.Fatalf("there are %d log groups, want one", len(groups.LogGroups))
	}
	log := groups.LogGroups[0]
	all["log"] = map[string]any{"kept for days": log.RetentionInDays, "key": log.KmsKeyId}

	p := s.policy(t)
	role, err := iam.NewFromConfig(config).GetRole(ctx, &iam.GetRoleInput{RoleName: &p.role})
	must(err)
	assumed, err := url.PathUnescape(*role.Role.AssumeRolePolicyDocument)
	must(err)
	text, err := json.Marshal(p)
	must(err)
	all["role"] = map[string]any{"may be": document(assumed), "may": document(string(text)), "policy": p.name, "boundary": role.Role.PermissionsBoundary}

	topics := sns.NewFromConfig(config)
	arns, err := topics.ListTopics(ctx, &sns.ListTopicsInput{})
	must(err)
	of := []string{s.outputs.Topic, "TOPIC"} // replaced below
	for _, topic := range arns.Topics {
		name := "TOPIC"
		if found := regexp.MustCompile(`:[^:]*[aA]larms-?([0-9a-f]{8})[^:]*$`).FindStringSubmatch(*topic.TopicArn); found != nil {
			name = "TOPIC OF " + found[1]
			of = append([]string{*topic.TopicArn, name}, of...)
		}
		attributes, err := topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: topic.TopicArn})
		must(err)
		subscriptions, err := topics.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: topic.TopicArn})
		must(err)
		to := []string{}
		for _, sub := range subscriptions.Subscriptions {
			attributes, err := topics.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: sub.SubscriptionArn})
			must(err)
			to = append(to, fmt.Sprintf("%s %s raw=%s filter=%s", *sub.Protocol, *sub.Endpoint, attributes.Attributes["RawMessageDelivery"],
				strings.ReplaceAll(attributes.Attributes["FilterPolicy"], " ", "")))
		}
		slices.Sort(to)
		all[name] = map[string]any{
			"policy": document(attributes.Attributes["Policy"]), "name": attributes.Attributes["DisplayName"], "key": attributes.Attributes["KmsMasterKeyId"], "subscriptions": to,
		}
	}

	policy, err := s3.NewFromConfig(config).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &s.outputs.Bucket})
	must(err)
	all["policy of the bucket"] = document(*policy.Policy)

	dashboards := cloudwatch.NewFromConfig(config)
	_, board, _ := strings.Cut(s.outputs.Dashboard, "#dashboards/dashboard/")
	dashboard, err := dashboards.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &board})
	must(err)
	var body struct{ Widgets []map[string]any }
	must(json.Unmarshal([]byte(*dashboard.DashboardBody), &body))
	named := map[string]string{strings.ReplaceAll(*log.LogGroupName, "/", "$252F"): "LOG"}
	for name, r := range rules {
		named["rules/"+r.name] = "RULE of " + name
	}
	for _, a := range alarms.MetricAlarms {
		if len(a.Dimensions) > 0 {
			named["alarm/"+*a.AlarmName] = "ALARM of " + *a.Dimensions[0].Value
		}
	}
	for _, w := range body.Widgets {
		properties := w["properties"].(map[string]any)
		if markdown, ok := properties["markdown"].(string); ok {
			for _, link := range regexp.MustCompile(`(rules/|alarm/|)[^/()]+\)`).FindAllString(markdown, -1) {
				if word, ok := named[strings.TrimSuffix(link, ")")]; ok {
					markdown = strings.Replace(markdown, link, word+")", 1)
				}
			}
			lines := strings.Split(markdown, "\n")
			slices.Sort(lines) // CDK has them in the order of the file, Terraform in that of the names
			properties["markdown"] = lines
		}
	}
	all["dashboard"] = body.Widgets

	data, err := json.Marshal(all)
	must(err)
	words := strings.NewReplacer(append(of, s.outputs.Function, "FUNCTION", s.outputs.Bucket, "BUCKET", *log.LogGroupName, "LOG", p.role, "ROLE")...)
	var v any
	must(json.Unmarshal([]byte(words.Replace(string(data))), &v))
	return v
}

// bucketSettings are those of a bucket, its policy apart.
type bucketSettings struct {
	Versions, Encryption, Owner string
	PublicAccess                [4]bool // blocked: ACLs, policies; ignored: ACLs; restricted
	Lifecycle                   []lifecycleRule
}

type lifecycleRule struct {
	ID, Prefix, Status           string
	Days, Noncurrent, Unfinished int32
	Markers                      bool
}

// bucket asks S3.
func (tf *terraformed) bucket(t *testing.T) bucketSettings {
	t.Helper()
	ctx, buckets, name := context.Background(), s3.NewFromConfig(tf.config()), &tf.outputs.Bucket
	versioning, err1 := buckets.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: name})
	access, err2 := buckets.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: name})
	encryption, err3 := buckets.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: name})
	owner, err4 := buckets.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: name})
	lifecycle, err5 := buckets.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	block := access.PublicAccessBlockConfiguration
	b := bucketSettings{
		Versions:     string(versioning.Status),
		Encryption:   string(encryption.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm),
		Owner:        string(owner.OwnershipControls.Rules[0].ObjectOwnership),
		PublicAccess: [4]bool{*block.BlockPublicAcls, *block.BlockPublicPolicy, *block.IgnorePublicAcls, *block.RestrictPublicBuckets},
	}
	for _, r := range lifecycle.Rules {
		rule := lifecycleRule{ID: *r.ID, Status: string(r.Status)}
		if r.Filter != nil && r.Filter.Prefix != nil {
			rule.Prefix = *r.Filter.Prefix
		}
		if e := r.Expiration; e != nil {
			rule.Days, rule.Markers = aws.ToInt32(e.Days), aws.ToBool(e.ExpiredObjectDeleteMarker)
		}
		if e := r.NoncurrentVersionExpiration; e != nil {
			rule.Noncurrent = aws.ToInt32(e.NoncurrentDays)
		}
		if e := r.AbortIncompleteMultipartUpload; e != nil {
			rule.Unfinished = aws.ToInt32(e.DaysAfterInitiation)
		}
		b.Lifecycle = append(b.Lifecycle, rule)
	}
	return b
}

// bucketOfTemplate reads the template, since the local CloudFormation does not make all
// of a bucket's settings.
func (s *system) bucketOfTemplate(t *testing.T) bucketSettings {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.folder, "cdk.out", stackName+".template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &template); err != nil {
		t.Fatal(err)
	}
	var p struct {
		VersioningConfiguration struct{ Status string }
		BucketEncryption        struct {
			ServerSideEncryptionConfiguration []struct {
				ServerSideEncryptionByDefault struct{ SSEAlgorithm string }
			}
		}
		OwnershipControls struct {
			Rules []struct{ ObjectOwnership string }
		}
		PublicAccessBlockConfiguration struct{ BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets bool }
		LifecycleConfiguration         struct {
			Rules []struct {
				ID                             string `json:"Id"`
				Prefix, Status                 string
				ExpirationInDays               int32
				ExpiredObjectDeleteMarker      bool
				NoncurrentVersionExpiration    struct{ NoncurrentDays int32 }
				AbortIncompleteMultipartUpload struct{ DaysAfterInitiation int32 }
			}
		}
	}
	for _, r := range template.Resources {
		if r.Type == "AWS::S3::Bucket" {
			if err := json.Unmarshal(r.Properties, &p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(p.BucketEncryption.ServerSideEncryptionConfiguration) != 1 || len(p.OwnershipControls.Rules) != 1 {
		t.Fatalf("the template's bucket is %+v", p)
	}
	block := p.PublicAccessBlockConfiguration
	b := bucketSettings{
		Versions:     p.VersioningConfiguration.Status,
		Encryption:   p.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.SSEAlgorithm,
		Owner:        p.OwnershipControls.Rules[0].ObjectOwnership,
		PublicAccess: [4]bool{block.BlockPublicAcls, block.BlockPublicPolicy, block.IgnorePublicAcls, block.RestrictPublicBuckets},
	}
	for _, r := range p.LifecycleConfiguration.Rules {
		b.Lifecycle = append(b.Lifecycle, lifecycleRule{
			ID: r.ID, Prefix: r.Prefix, Status: r.Status, Days: r.ExpirationInDays, Noncurrent: r.NoncurrentVersionExpiration.NoncurrentDays,
			Unfinished: r.AbortIncompleteMultipartUpload.DaysAfterInitiation, Markers: r.ExpiredObjectDeleteMarker,
		})
	}
	return b
}
