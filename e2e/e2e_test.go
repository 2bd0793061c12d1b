package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/page"
)

// The files that are deployed one after the other. SHOP stands for the shop's address.
const (
	threeProducts = `{
  "alerts": {"email": ["you@example.com", {"to": "lamps@example.com", "only": ["lamp"]}], "sms": ["+15555550123"]},
  "checkers": [
    {"name": "console", "url": "SHOP/console"},
    {"name": "cards", "url": "SHOP/cards", "every": "2m", "select": {"item": ".card", "title": "a", "link": "a", "price": "b", "inStock": "button", "outOfStock": ".gone"}},
    {"name": "lamp", "url": "SHOP/lamp", "every": "5m"}
  ]
}`
	// The products are in two stacks of their own.
	shardedProducts = `{
  "shards": 2,
  "checkers": [
    {"name": "console", "url": "SHOP/console"},
    {"name": "cards", "url": "SHOP/cards", "select": {"item": ".card", "title": "a", "link": "a", "price": "b", "inStock": "button", "outOfStock": ".gone"}},
    {"name": "sofa", "url": "SHOP/sofa"}
  ]
}`
	// The console is changed, the cards are removed, the lamp is disabled, a desk is new.
	changedProducts = `{
  "alerts": {"email": ["you@example.com"], "sms": ["+15555550123"]},
  "checkers": [
    {"name": "console", "url": "SHOP/console", "every": "2m", "maxPrice": "450 USD"},
    {"name": "lamp", "url": "SHOP/lamp", "every": "5m", "enabled": false},
    {"name": "desk", "url": "SHOP/desk", "every": "7m"}
  ]
}`
)

func TestDeployment(t *testing.T) {
	architecture := hostArchitecture(t)
	s := &system{test: t, folder: t.TempDir(), path: cdkPath(t), localAWS: startAWS(t), shop: startShop(t)}
	s.args = []string{"-c", "stackName=" + stackName, "-c", "architecture=" + architecture, "-c", "checkers=" + s.folder + "/checkers.json"}

	s.shop.put("/console", product("Console Blue", "499.99", false))
	s.shop.put("/cards", cards)
	s.shop.put("/lamp", product("Desk Lamp", "49.90", true))
	s.shop.put("/desk", product("Standing Desk", "300.00", false))
	s.shop.put("/sofa", product("Small Sofa", "650.00", false))

	step(t, "deploy", func(t *testing.T) {
		// With an app of its own, since that of the project reads a file that is not there yet.
		s.cdk(t, "bootstrap", "aws://"+s.Account+"/"+s.Region, "--app", "")
		s.deploy(t, threeProducts)
		// The program is built, as cdk.json says, and stays as it is.
		s.args = append(s.args, "--build", "true")
		s.subscribe(t)
		s.checkDeployed(t)
	})
	step(t, "first run", s.firstRun)
	step(t, "in stock", s.inStock)
	step(t, "captcha", s.captcha)
	step(t, "subscribers of one product", s.subscribersOfOne)
	step(t, "gone", s.gone)
	step(t, "webhook", s.webhook)
	step(t, "permissions", s.permissions)
	step(t, "rules may run the function", s.rulePermission)
	step(t, "deploy again", s.deployAgain)
	step(t, "destroy", s.destroy)
	step(t, "adopt the bucket", s.adopt)
	step(t, "checks that overlap", s.overlap)
	step(t, "shards", s.sharded)
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// checkDeployed looks at what the template cannot show: names, and what became of it.
func (s *system) checkDeployed(t *testing.T) {
	ctx := context.Background()
	rules := s.rules(t)
	for name, schedule := range map[string]string{"console": "cron(* * * * ? *)", "cards": "cron(", "lamp": "cron("} {
		r := rules[name]
		if !strings.HasPrefix(r.name, stackName+"-") || len(r.name) > 64 || r.state != "ENABLED" || !strings.HasPrefix(r.schedule, schedule) {
			t.Errorf("rule of %s: %+v", name, r)
		}
	}
	versioning, err := s3.NewFromConfig(s.config()).GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &s.outputs.Bucket})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "versions of the bucket", string(versioning.Status), "Enabled")
	retries, err := lambda.NewFromConfig(s.config()).GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &s.outputs.Function})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "retries of the function", []int32{*retries.MaximumRetryAttempts, *retries.MaximumEventAgeInSeconds}, []int32{0, 60})
	topic, err := sns.NewFromConfig(s.config()).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &s.outputs.Topic})
	if err != nil {
		t.Fatal(err)
	}
	if p := topic.Attributes["Policy"]; !strings.Contains(p, "cloudwatch.amazonaws.com") || !strings.Contains(p, "aws:SecureTransport") {
		t.Errorf("policy of the topic: %s", p)
	}
	resources, err := cloudformation.NewFromConfig(s.config()).DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: new(stackName)})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resources.StackResources {
		if r.PhysicalResourceId == nil || *r.PhysicalResourceId == "" {
			t.Errorf("%s was not made", *r.LogicalResourceId)
		}
	}
}

// alarm is the alarm of a checker.
func (s *system) alarm(t *testing.T, name string) cloudwatchtypes.MetricAlarm {
	t.Helper()
	out, err := cloudwatch.NewFromConfig(s.config()).DescribeAlarms(context.Background(), &cloudwatch.DescribeAlarmsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range out.MetricAlarms {
		for _, d := range a.Dimensions {
			if *d.Name == "Checker" && *d.Value == name {
				return a
			}
		}
	}
	return cloudwatchtypes.MetricAlarm{}
}

func (s *system) firstRun(t *testing.T) {
	// Within five minutes each of them was due.
	records := s.advance(t, 5)
	fired := map[string]int{}
	for _, d := range records {
		if d.Outcome != "succeeded" {
			t.Errorf("%s: %s: %s", d.Rule, d.Outcome, d.Text)
		}
		for name, r := range s.rules(t) {
			if strings.HasSuffix(d.Rule, ":rule/"+r.name) {
				fired[name]++
			}
		}
	}
	visits := s.shop.visited()
	if fired["console"] != 5 || fired["cards"] != 2 && fired["cards"] != 3 || fired["lamp"] != 1 {
		t.Errorf("in five minutes rules fired so often: %v", fired)
	}
	want(t, "visits", visits, map[string]int{"/console": fired["console"], "/cards": fired["cards"], "/lamp": fired["lamp"]})

	want(t, "told", s.told(t), []string{
		"cards INITIALIZED: cards works: Green Card 16 GB in stock at $1099.00",
		"console INITIALIZED: console works: nothing in stock yet",
		"lamp INITIALIZED: lamp works: Desk Lamp in stock at $49.90",
	})
	var to []string
	for _, m := range s.mails(t) {
		to = append(to, m.Protocol+" "+m.Endpoint)
	}
	slices.Sort(to)
	want(t, "sent to", to, []string{
		"email lamps@example.com", "email you@example.com", "email you@example.com", "email you@example.com",
		"sms +15555550123", "sms +15555550123", "sms +15555550123",
	})
	want(t, "known of the console", s.known(t, "console"), []string{"Console Blue | sold_out | told not in stock"})
	want(t, "known of the cards", s.known(t, "cards"), []string{"Green Card 16 GB | in_stock | told in stock", "Red Card 24 GB | sold_out | told not in stock"})
	want(t, "states", s.keys(t, "state/"), []string{"state/cards.json", "state/console.json", "state/lamp.json"})
	for name := range map[string]int{"console": 0, "cards": 0, "lamp": 0} {
		if n := s.state(t, name).Revision; n != 2 {
			t.Errorf("the state of %s was written %d times, want 2: with the alert, and without it", name, n)
		}
	}
}

func (s *system) inStock(t *testing.T) {
	s.shop.put("/console", product("Console Blue", "499.99", true))
	s.advance(t, 1)

	link := s.shop.URL + "/console"
	got := s.notifications(t)["console"]
	want(t, "subject", got.Subject, "Console Blue in stock at $499.99")
	want(t, "attributes", got.Attributes, map[string]string{"checker": "console", "status": "ITEMS_IN_STOCK"})
	if first, rest, _ := strings.Cut(got.Message, "\n"); first != link || !strings.Contains(rest, "Console Blue") || !strings.Contains(rest, "$499.99") {
		t.Errorf("body does not begin with the link, or has no title or price:\n%s", got.Message)
	}
	want(t, "e-mail and text message", s.mails(t), []mail{
		{"email", "you@example.com", got.Subject, got.Message},
		{"sms", "+15555550123", "", "Console Blue in stock at $499.99 " + link},
	})
	want(t, "known", s.known(t, "console"), []string{"Console Blue | in_stock | told in stock"})
	want(t, "evidence", s.evidence(t, "console"), map[string]string{
		"INITIALIZED":    product("Console Blue", "499.99", false),
		"ITEMS_IN_STOCK": product("Console Blue", "499.99", true),
	})
	want(t, "told in the next minutes", s.minutes(t, 2), []string{})
}

// checkFailed is the line by which CloudWatch learns of a failed check.
type checkFailed struct {
	AWS struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
	Checker     string
	CheckFailed int
}

func (s *system) failures(t *testing.T) []checkFailed {
	t.Helper()
	var all []checkFailed
	for _, line := range s.logLines(t) {
		if strings.Contains(line, `"_aws"`) {
			var f checkFailed
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatalf("read a metric: %v: %s", err, line)
			}
			all = append(all, f)
		}
	}
	return all
}

func (s *system) captcha(t *testing.T) {
	want(t, "failures before", len(s.failures(t)), 0)
	before := s.known(t, "lamp")
	s.shop.put("/lamp", captcha)
	want(t, "told", s.minutes(t, 5), []string{})
	want(t, "known", s.known(t, "lamp"), before)
	health := s.state(t, "lamp").Health
	want(t, "health", []any{health.Failures, health.Kind}, []any{1, page.Blocked})
	want(t, "evidence", s.evidence(t, "lamp")["CHECK_FAILED"], captcha)

	failures := s.failures(t)
	if len(failures) != 1 || len(failures[0].AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("failures: %+v, want one", failures)
	}
	f := failures[0]
	metric, alarm := f.AWS.CloudWatchMetrics[0], s.alarm(t, "lamp")
	want(t, "failure", []any{f.Checker, f.CheckFailed, metric.Dimensions, metric.Metrics[0].Unit}, []any{"lamp", 1, [][]string{{"Checker"}}, "Count"})
	// The alarm looks at this very metric, and CloudWatch has it.
	want(t, "metric of the alarm", []string{*alarm.Namespace, *alarm.MetricName}, []string{metric.Namespace, metric.Metrics[0].Name})
	at := time.UnixMilli(f.AWS.Timestamp)
	out, err := cloudwatch.NewFromConfig(s.config()).GetMetricStatistics(context.Background(), &cloudwatch.GetMetricStatisticsInput{
		Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions, Period: alarm.Period,
		Statistics: []cloudwatchtypes.Statistic{alarm.Statistic}, StartTime: new(at.Add(-time.Hour)), EndTime: new(at.Add(time.Hour)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Datapoints) != 1 || *out.Datapoints[0].Sum != 1 {
		t.Errorf("the metric has %+v, want one failure", out.Datapoints)
	}
	want(t, "a topic of the alarm", slices.Contains(alarm.AlarmActions, s.outputs.Topic), true)

	s.shop.put("/lamp", product("Desk Lamp", "49.90", true))
	want(t, "told when it is gone", s.minutes(t, 1), []string{})
}

func (s *system) gone(t *testing.T) {
	s.mails(t)
	s.shop.put("/console", product("Console Blue", "499.99", false))
	want(t, "told", s.minutes(t, 1), []string{"console ITEMS_GONE: Console Blue no longer in stock"})
	want(t, "known", s.known(t, "console"), []string{"Console Blue | sold_out | told not in stock"})
	for _, m := range s.mails(t) {
		// A part of a text message has 160 septets; none of these needs two.
		if m.Protocol == "sms" && utf8.RuneCountInString(m.Message) > 160 {
			t.Errorf("text message is too long: %q", m.Message)
		}
	}
}

// subscribersOfOne publishes to the topics of the alarms, as CloudWatch would: without
// attributes. Who is told of one product only gets its alarms, and no others.
func (s *system) subscribersOfOne(t *testing.T) {
	topics := sns.NewFromConfig(s.config())
	for name, to := range map[string][]string{
		"lamp":    {"email lamps@example.com", "email you@example.com", "sms +15555550123"},
		"console": {"email you@example.com", "sms +15555550123"},
	} {
		s.mails(t)
		for _, topic := range s.alarm(t, name).AlarmActions {
			if _, err := topics.Publish(context.Background(), &sns.PublishInput{TopicArn: &topic, Message: new(name + " is blind")}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, m := range s.mails(t) {
			got = append(got, m.Protocol+" "+m.Endpoint)
		}
		want(t, "told of the alarm of "+name, got, to)
	}
	// These messages have no attributes by which notifications tells them apart.
	if _, err := sqs.NewFromConfig(s.config()).PurgeQueue(context.Background(), &sqs.PurgeQueueInput{QueueUrl: &s.queue}); err != nil {
		t.Fatal(err)
	}
}

// permissions takes away one permission of the role after the other.
func (s *system) permissions(t *testing.T) {
	full := s.policy(t)
	event := s.rules(t)["console"].input
	newcomer := strings.ReplaceAll(strings.ReplaceAll(event, "state/console.json", "state/newcomer.json"), `"console"`, `"newcomer"`)
	fails := func(t *testing.T, event, with string) {
		t.Helper()
		if answer, failed := s.invoke(t, event); !failed || !strings.Contains(answer, with) {
			t.Errorf("the check answers %s, want an error with %q", answer, with)
		}
	}
	succeeds := func(t *testing.T) {
		t.Helper()
		if answer, failed := s.invoke(t, event); failed {
			t.Errorf("the check fails with all permissions: %s", answer)
		}
	}
	proofs := map[string]func(t *testing.T){
		"s3:GetObject": func(t *testing.T) { fails(t, event, "allow s3:GetObject") },
		// Without it S3 does not say that there is no state yet.
		"s3:ListBucket": func(t *testing.T) {
			fails(t, newcomer, "s3:ListBucket")
			want(t, "state of the newcomer", s.object(t, "state/newcomer.json"), []byte(nil))
		},
		"s3:PutObject": func(t *testing.T) {
			before := s.object(t, "state/console.json")
			s.shop.put("/console", product("Console Blue", "499.99", true))
			fails(t, event, "allow s3:PutObject")
			want(t, "told", s.told(t), []string{})
			want(t, "state", string(s.object(t, "state/console.json")), string(before))
			s.shop.put("/console", product("Console Blue", "499.99", false))
		},
		// What cannot be told now is told by the next check, once.
		"sns:Publish": func(t *testing.T) {
			s.shop.put("/console", product("Console Blue", "499.99", true))
			tried := s.of(t, "console", s.advance(t, 1))
			if len(tried) != 1 || tried[0].Outcome != "failed" || !strings.Contains(tried[0].Text, "allow sns:Publish") {
				t.Errorf("deliveries: %+v, want one that fails since it may not publish", tried)
			}
			want(t, "told without the permission", s.told(t), []string{})
			want(t, "pending", len(s.state(t, "console").Pending), 1)
			s.setPolicy(t, full)
			again := s.of(t, "console", s.advance(t, 1))
			if len(again) != 1 || again[0].Attempt != 1 {
				t.Errorf("deliveries: %+v, want one, and no retry of the failed one", again)
			}
			want(t, "told with the permission", s.told(t), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $499.99"})
			s.shop.put("/console", product("Console Blue", "499.99", false))
			want(t, "told then", s.minutes(t, 1), []string{"console ITEMS_GONE: Console Blue no longer in stock"})
		},
		"logs:CreateLogStream": func(t *testing.T) { s.logsNothing(t, event) },
		"logs:PutLogEvents":    func(t *testing.T) { s.logsNothing(t, event) },
	}
	if s.hook != nil {
		proofs["ssm:GetParameters"] = func(t *testing.T) { s.withoutParameter(t, full) }
	}
	for _, action := range full.actions() {
		t.Run(action, func(t *testing.T) {
			proof := proofs[action]
			if proof == nil {
				t.Fatalf("the role may %s, and nothing here needs it", action)
			}
			s.setPolicy(t, full.without(action, ""))
			proof(t)
			s.setPolicy(t, full)
			succeeds(t)
		})
		delete(proofs, action)
	}
	for action := range proofs {
		t.Errorf("the role may not %s", action)
	}
	t.Run("evidence", func(t *testing.T) {
		s.setPolicy(t, full.without("s3:PutObject", "/evidence/*"))
		s.shop.put("/console", product("Console Blue", "489.99", true))
		answer, failed := s.invoke(t, event)
		if failed || !strings.Contains(answer, `"evidenceError":"`) {
			t.Errorf("the check answers %s, want success with an evidenceError", answer)
		}
		want(t, "told without it", s.told(t), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $489.99"})
		s.setPolicy(t, full)
	})
	t.Run("another topic", func(t *testing.T) {
		other := full.without("sns:Publish", "")
		other.Statement = append(slices.Clone(other.Statement), statement{"Allow", list{"sns:Publish"}, list{s.outputs.Topic + "-other"}})
		s.setPolicy(t, other)
		s.shop.put("/console", product("Console Blue", "489.99", false))
		fails(t, event, "allow sns:Publish")
		s.setPolicy(t, full)
		succeeds(t)
		want(t, "told", s.told(t), []string{"console ITEMS_GONE: Console Blue no longer in stock"})
	})
	t.Run("unreadable state", func(t *testing.T) {
		// The role must be allowed to keep it aside.
		s.putObject(t, "state/console.json", `{"version":1,"it`)
		answer, failed := s.invoke(t, event)
		if failed || !strings.Contains(answer, `"restarted":"its state could not be read (not a readable state: unexpected end of JSON input); it was kept as s3://`+s.outputs.Bucket+`/state/console.json.corrupt-`) {
			t.Errorf("the check answers %s, want that it was restarted", answer)
		}
		want(t, "told", s.told(t), []string{"console INITIALIZED: console begins anew: nothing in stock yet"})
		kept := s.keys(t, "state/console.json.corrupt-")
		if len(kept) != 1 || string(s.object(t, kept[0])) != `{"version":1,"it` {
			t.Errorf("kept is %q", kept)
		}
		want(t, "known", s.known(t, "console"), []string{"Console Blue | sold_out | told not in stock"})
	})
}

// of are the deliveries of a checker's rule.
func (s *system) of(t *testing.T, name string, all []delivery) []delivery {
	t.Helper()
	rule := s.rules(t)[name].name
	return slices.DeleteFunc(all, func(d delivery) bool { return !strings.HasSuffix(d.Rule, ":rule/"+rule) })
}

func (s *system) logsNothing(t *testing.T, event string) {
	t.Helper()
	before := len(s.logLines(t))
	if answer, failed := s.invoke(t, event); failed {
		t.Errorf("the check fails without a log: %s", answer)
	}
	want(t, "lines of the log", len(s.logLines(t)), before)
}

// rulePermission takes the permission of the rules away.
func (s *system) rulePermission(t *testing.T) {
	ctx, functions := context.Background(), lambda.NewFromConfig(s.config())
	out, err := functions.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &s.outputs.Function})
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Statement []struct {
			Sid       string
			Condition map[string]map[string]string
		}
	}
	if err := json.Unmarshal([]byte(*out.Policy), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Statement) != 1 {
		t.Fatalf("the function has %d permissions, want one for all rules: %s", len(p.Statement), *out.Policy)
	}
	source := fmt.Sprintf("arn:aws:events:%s:%s:rule/%s-*", s.Region, s.Account, stackName)
	want(t, "condition", p.Statement[0].Condition, map[string]map[string]string{"ArnLike": {"AWS:SourceArn": source}})
	if _, err := functions.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: &s.outputs.Function, StatementId: &p.Statement[0].Sid}); err != nil {
		t.Fatal(err)
	}
	s.shop.visited()
	for n := range 2 {
		tried := s.of(t, "console", s.advance(t, 1))
		if len(tried) != 1 || tried[0].Outcome != "refused" || tried[0].Attempt != 1 {
			t.Errorf("minute %d: deliveries: %+v, want one that is refused, and no retry", n, tried)
		}
	}
	want(t, "visits", s.shop.visited(), map[string]int{})
	if _, err := functions.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: &s.outputs.Function, StatementId: &p.Statement[0].Sid,
		Action: new("lambda:InvokeFunction"), Principal: new("events.amazonaws.com"), SourceArn: &source,
	}); err != nil {
		t.Fatal(err)
	}
}

func (s *system) deployAgain(t *testing.T) {
	before, outputs := s.rules(t), s.outputs
	s.shop.visited()
	cards := s.object(t, "state/cards.json")
	s.deploy(t, changedProducts)
	want(t, "outputs", []string{s.outputs.Bucket, s.outputs.Topic, s.outputs.Function}, []string{outputs.Bucket, outputs.Topic, outputs.Function})

	after := s.rules(t)
	want(t, "names of the rules that stay", []string{after["console"].name, after["lamp"].name}, []string{before["console"].name, before["lamp"].name})
	want(t, "states of the rules", map[string]string{"console": after["console"].state, "lamp": after["lamp"].state, "desk": after["desk"].state},
		map[string]string{"console": "ENABLED", "lamp": "DISABLED", "desk": "ENABLED"})
	want(t, "number of rules", len(after), 3)
	want(t, "schedule of the desk", after["desk"].schedule, "rate(7 minutes)")
	if !strings.Contains(after["console"].input, "450 USD") {
		t.Errorf("the rule of the console has still the input %s", after["console"].input)
	}
	for name, there := range map[string]bool{"console": true, "cards": false, "lamp": true, "desk": true} {
		if (s.alarm(t, name).AlarmName != nil) != there {
			t.Errorf("%s has an alarm: %v, want %v", name, !there, there)
		}
	}

	// At $499.99 it is too dear now, at $449.99 it is not.
	s.shop.put("/console", product("Console Blue", "499.99", true))
	want(t, "told", s.minutes(t, 7), []string{"desk INITIALIZED: desk works: nothing in stock yet"})
	visits := s.shop.visited()
	if n := visits["/console"]; n != 3 && n != 4 {
		t.Errorf("the console was visited %d times in seven minutes, want 3 or 4", n)
	}
	delete(visits, "/console")
	want(t, "other visits", visits, map[string]int{"/desk": 1})
	s.shop.put("/console", product("Console Blue", "449.99", true))
	want(t, "told at the lower price", s.minutes(t, 2), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $449.99"})
	want(t, "state of the cards, which stays", string(s.object(t, "state/cards.json")), string(cards))
}

func (s *system) destroy(t *testing.T) {
	states := s.keys(t, "")
	s.cdk(t, "destroy", "--force")
	want(t, "rules", len(s.rules(t)), 0)
	want(t, "alarm of the console", s.alarm(t, "console").AlarmName, (*string)(nil))
	ctx := context.Background()
	if out, err := lambda.NewFromConfig(s.config()).ListFunctions(ctx, nil); err != nil || len(out.Functions) != 0 {
		t.Errorf("functions: %+v, %v, want none", out.Functions, err)
	}
	if out, err := sns.NewFromConfig(s.config()).ListTopics(ctx, nil); err != nil || len(out.Topics) != 0 {
		t.Errorf("topics: %+v, %v, want none", out.Topics, err)
	}
	want(t, "objects in the bucket", s.keys(t, ""), states)
	want(t, "deliveries", len(s.advance(t, 10)), 0)
}

func (s *system) adopt(t *testing.T) {
	bucket := s.outputs.Bucket
	s.deploy(t, threeProducts, "-c", "bucket="+bucket)
	want(t, "bucket", s.outputs.Bucket, bucket)
	s.subscribe(t)
	buckets, err := s3.NewFromConfig(s.config()).ListBuckets(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range buckets.Buckets {
		if *b.Name != bucket && !strings.HasPrefix(*b.Name, "cdk-") {
			t.Errorf("there is another bucket, %s", *b.Name)
		}
	}
	s.shop.visited()
	// All of them have their states from before, and their pages say the same.
	want(t, "told", s.minutes(t, 5), []string{})
	visits := s.shop.visited()
	if visits["/console"] != 5 || visits["/cards"] < 2 {
		t.Errorf("visits: %v, want those of the console and the cards", visits)
	}
	// By the clock of the function its captcha was a minute ago.
	want(t, "visits of the lamp, whose shop is left alone", visits["/lamp"], 0)
	s.shop.put("/console", product("Console Blue", "449.99", false))
	want(t, "told of what is gone", s.minutes(t, 1), []string{"console ITEMS_GONE: Console Blue no longer in stock"})
}

// overlap lets the clock run by itself, and three checks of a product at once: all of
// them see what is new, and one tells it.
func (s *system) overlap(t *testing.T) {
	var answer struct{ Speedup float64 }
	s.shop.put("/console", product("Console Blue", "449.99", true))
	together := s.shop.gather("/console", 3)
	s.do(t, &answer, "run 600")
	select {
	case <-together:
	case <-time.After(30 * time.Second):
		t.Error("three checks have not come together for 30 seconds")
	}
	s.shop.gather("", 0)
	s.do(t, &answer, "run 0")
	want(t, "speed", answer.Speedup, 0.0)
	want(t, "told, once", s.told(t), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $449.99"})
	want(t, "known", s.known(t, "console"), []string{"Console Blue | in_stock | told in stock"})
}

// sharded moves the products into stacks of their own, whose rules may run the
// function too.
func (s *system) sharded(t *testing.T) {
	s.deploy(t, shardedProducts, "--all", "-c", "bucket="+s.outputs.Bucket)
	used := map[string]bool{}
	for name, r := range s.rules(t) {
		stack, _, _ := strings.Cut(strings.TrimPrefix(r.name, stackName+"-"), "-")
		if used[stack] = true; stack != "s1" && stack != "s2" {
			t.Errorf("the rule of %s is %s, in no shard", name, r.name)
		}
	}
	want(t, "shards with rules", len(used), 2)
	s.shop.visited()
	want(t, "told", s.minutes(t, 1), []string{"sofa INITIALIZED: sofa works: nothing in stock yet"})
	want(t, "visits", s.shop.visited(), map[string]int{"/console": 1, "/cards": 1, "/sofa": 1})
	s.cdk(t, "destroy", "--all", "--force")
	want(t, "rules", len(s.rules(t)), 0)
}
