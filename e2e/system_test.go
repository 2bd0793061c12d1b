package e2e

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"stockchecker/lambda/watch"
)

// stackName is as long as it may be, so that names are cut as much as they can be.
const stackName = "corner-shop-stocks"

// system is the stock checker as it is deployed on a local AWS.
type system struct {
	*localAWS
	test   *testing.T // the whole, which outlives its steps
	shop   *shop
	hook   *hook
	folder string // of what the test writes
	path   string // the PATH of the CDK CLI
	args   []string

	outputs struct{ Bucket, Topic, Function, Dashboard string }
	queue   string // gets what the topic is told
}

// cdk runs the CDK CLI as one does in the project's folder.
func (s *system) cdk(t *testing.T, args ...string) string {
	t.Helper()
	cdk, err := exec.LookPath(filepath.Join(filepath.SplitList(s.path)[0], "cdk"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(cdk, append(args, append([]string{"--no-notices", "--output", filepath.Join(s.folder, "cdk.out")}, s.args...)...)...)
	cmd.Dir = root
	cmd.Env = s.environment(s.path)
	tooLong := time.AfterFunc(2*time.Minute, func() { _ = cmd.Cancel() })
	defer tooLong.Stop()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("cdk %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// deploy writes checkers.json and deploys it.
func (s *system) deploy(t *testing.T, checkers string, args ...string) {
	t.Helper()
	file := filepath.Join(s.folder, "checkers.json")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(checkers, "SHOP", s.shop.URL)), 0o666); err != nil {
		t.Fatal(err)
	}
	outputs := filepath.Join(s.folder, "outputs.json")
	s.cdk(t, append([]string{"deploy", "--require-approval", "never", "--progress", "events", "--outputs-file", outputs}, args...)...)
	data, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal(data, &all), json.Unmarshal(all[stackName], &s.outputs)); err != nil {
		t.Fatalf("read the outputs of the stack: %v: %s", err, data)
	}
	if s.outputs.Bucket == "" || s.outputs.Topic == "" || s.outputs.Function == "" || s.outputs.Dashboard == "" {
		t.Fatalf("an output of the stack is missing: %s", data)
	}
}

// subscribe puts a queue behind the topic.
func (s *system) subscribe(t *testing.T) {
	t.Helper()
	ctx, queues := context.Background(), sqs.NewFromConfig(s.config())
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: new("alerts")})
	if err != nil {
		t.Fatal(err)
	}
	s.queue = *queue.QueueUrl
	_, err = sns.NewFromConfig(s.config()).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &s.outputs.Topic,
		Protocol: new("sqs"),
		Endpoint: new(fmt.Sprintf("arn:aws:sqs:%s:%s:alerts", s.Region, s.Account)),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// notification is a message of the topic as a queue gets it.
type notification struct {
	Subject, Message string
	Attributes       map[string]string
}

// notifications are those since the last call, by checker.
func (s *system) notifications(t *testing.T) map[string]notification {
	t.Helper()
	ctx, queues := context.Background(), sqs.NewFromConfig(s.config())
	all := map[string]notification{}
	for {
		out, err := queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.queue, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			var body struct {
				notification
				MessageAttributes map[string]struct{ Type, Value string }
			}
			if err := json.Unmarshal([]byte(*m.Body), &body); err != nil {
				t.Fatalf("read a notification: %v: %s", err, *m.Body)
			}
			n := body.notification
			n.Attributes = map[string]string{}
			for name, a := range body.MessageAttributes {
				if a.Type != "String" {
					t.Errorf("attribute %s has type %s, want String", name, a.Type)
				}
				n.Attributes[name] = a.Value
			}
			name := n.Attributes["checker"]
			if other, twice := all[name]; twice {
				t.Errorf("%s was told twice: %q and %q", name, other.Subject, n.Subject)
			}
			all[name] = n
			if _, err := queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &s.queue, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// told is one line for each notification since the last call.
func (s *system) told(t *testing.T) []string {
	t.Helper()
	lines := []string{}
	for name, n := range s.notifications(t) {
		lines = append(lines, name+" "+n.Attributes["status"]+": "+n.Subject)
	}
	slices.Sort(lines)
	return lines
}

// minutes lets minutes pass, in which every delivery must succeed, and gives what was
// told.
func (s *system) minutes(t *testing.T, n int) []string {
	t.Helper()
	for _, d := range s.advance(t, n) {
		if d.Outcome != "succeeded" {
			t.Errorf("%s: %s: %s", d.Rule, d.Outcome, d.Text)
		}
	}
	return s.told(t)
}

// object is the content of an object of the bucket; nil: there is none.
func (s *system) object(t *testing.T, key string) []byte {
	t.Helper()
	out, err := s3.NewFromConfig(s.config()).GetObject(context.Background(), &s3.GetObjectInput{Bucket: &s.outputs.Bucket, Key: &key})
	if missing, ok := errors.AsType[*types.NoSuchKey](err); ok && missing != nil {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (s *system) putObject(t *testing.T, key, data string) {
	t.Helper()
	if _, err := s3.NewFromConfig(s.config()).PutObject(context.Background(), &s3.PutObjectInput{Bucket: &s.outputs.Bucket, Key: &key, Body: strings.NewReader(data)}); err != nil {
		t.Fatal(err)
	}
}

// state is what a checker knows.
func (s *system) state(t *testing.T, name string) *watch.State {
	t.Helper()
	data := s.object(t, "state/"+name+".json")
	if data == nil {
		t.Fatalf("%s has no state", name)
	}
	state, err := watch.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// known is a checker's items, each as a line: "title | availability | told".
func (s *system) known(t *testing.T, name string) []string {
	t.Helper()
	state := s.state(t, name)
	if len(state.Pending) > 0 {
		t.Errorf("%s has pending alerts: %+v", name, state.Pending)
	}
	lines := []string{}
	for _, item := range state.Items {
		told := "not in stock"
		if item.Told.InStock {
			told = "in stock"
		}
		lines = append(lines, fmt.Sprintf("%s | %s | told %s", item.Title, item.Availability, told))
	}
	slices.Sort(lines)
	return lines
}

// keys are the keys in the bucket.
func (s *system) keys(t *testing.T, prefix string) []string {
	t.Helper()
	out, err := s3.NewFromConfig(s.config()).ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: &s.outputs.Bucket, Prefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// evidence are the pages that were kept for a checker, the last of each status.
func (s *system) evidence(t *testing.T, name string) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, key := range s.keys(t, "evidence/"+name+"/") {
		r, err := gzip.NewReader(strings.NewReader(string(s.object(t, key))))
		if err != nil {
			t.Fatalf("unpack %s: %v", key, err)
		}
		page, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("unpack %s: %v", key, err)
		}
		_, status, _ := strings.Cut(strings.TrimSuffix(key, ".html.gz"), "Z-")
		pages[status] = string(page)
	}
	return pages
}

// rule is a rule of the stack.
type rule struct {
	name, schedule, state, input string
}

// rules are the rules of the stack by checker.
func (s *system) rules(t *testing.T) map[string]rule {
	t.Helper()
	ctx, events := context.Background(), eventbridge.NewFromConfig(s.config())
	out, err := events.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: new(stackName)})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]rule{}
	for _, r := range out.Rules {
		targets, err := events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: r.Name})
		if err != nil {
			t.Fatal(err)
		}
		var event struct{ Name string }
		if err := json.Unmarshal([]byte(*targets.Targets[0].Input), &event); err != nil {
			t.Fatal(err)
		}
		all[event.Name] = rule{*r.Name, *r.ScheduleExpression, string(r.State), *targets.Targets[0].Input}
	}
	return all
}

// invoke runs the function with an event, and gives its answer. failed tells that it
// is an error's.
func (s *system) invoke(t *testing.T, event string) (answer string, failed bool) {
	t.Helper()
	out, err := lambda.NewFromConfig(s.config()).Invoke(context.Background(), &lambda.InvokeInput{FunctionName: &s.outputs.Function, Payload: []byte(event)})
	if err != nil {
		t.Fatal(err)
	}
	return string(out.Payload), out.FunctionError != nil
}

// logLines are the lines of the function's log.
func (s *system) logLines(t *testing.T) []string {
	t.Helper()
	ctx, logs := context.Background(), cloudwatchlogs.NewFromConfig(s.config())
	groups, err := logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(groups.LogGroups) != 1 || !strings.Contains(*groups.LogGroups[0].LogGroupName, stackName) || *groups.LogGroups[0].RetentionInDays != 30 {
		t.Fatalf("log groups: %+v, want the one of the stack, kept for 30 days", groups.LogGroups)
	}
	var lines []string
	for pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: groups.LogGroups[0].LogGroupName}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			lines = append(lines, *e.Message)
		}
	}
	return lines
}

// policy is the one of the function's role.
type policy struct {
	role, name string
	Version    string
	Statement  []statement
}

type statement struct {
	Effect           string
	Action, Resource list
}

// list is a list that is written as a string if it has one element.
type list []string

func (l *list) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

func (s *system) policy(t *testing.T) policy {
	t.Helper()
	ctx, identities := context.Background(), iam.NewFromConfig(s.config())
	function, err := lambda.NewFromConfig(s.config()).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &s.outputs.Function})
	if err != nil {
		t.Fatal(err)
	}
	role := (*function.Role)[strings.LastIndex(*function.Role, "/")+1:]
	attached, err := identities.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil {
		t.Fatal(err)
	}
	inline, err := identities.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		t.Fatal(err)
	}
	if len(attached.AttachedPolicies) != 0 || len(inline.PolicyNames) != 1 {
		t.Fatalf("the role has policies %v and %v, want one of its own", attached.AttachedPolicies, inline.PolicyNames)
	}
	out, err := identities.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &inline.PolicyNames[0]})
	if err != nil {
		t.Fatal(err)
	}
	p := policy{role: role, name: inline.PolicyNames[0]}
	document, err := url.PathUnescape(*out.PolicyDocument)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		t.Fatalf("read the role's policy: %v: %s", err, document)
	}
	return p
}

func (s *system) setPolicy(t *testing.T, p policy) {
	t.Helper()
	document, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := iam.NewFromConfig(s.config()).PutRolePolicy(context.Background(), &iam.PutRolePolicyInput{
		RoleName: &p.role, PolicyName: &p.name, PolicyDocument: new(string(document)),
	}); err != nil {
		t.Fatal(err)
	}
}

// without is the policy without an action on a resource whose ARN ends so; "": on any.
func (p policy) without(action, resource string) policy {
	all := p.Statement
	p.Statement = nil
	for _, st := range all {
		var rest statement
		if !slices.Contains(st.Action, action) {
			p.Statement = append(p.Statement, st)
			continue
		}
		rest = statement{st.Effect, slices.DeleteFunc(slices.Clone(st.Action), func(a string) bool { return a == action }), st.Resource}
		if len(rest.Action) > 0 {
			p.Statement = append(p.Statement, rest)
		}
		if kept := slices.DeleteFunc(slices.Clone(st.Resource), func(r string) bool { return strings.HasSuffix(r, resource) }); len(kept) > 0 {
			p.Statement = append(p.Statement, statement{st.Effect, list{action}, kept})
		}
	}
	return p
}

// actions are all that the policy allows.
func (p policy) actions() []string {
	var all []string
	for _, st := range p.Statement {
		all = append(all, st.Action...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
