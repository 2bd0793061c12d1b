package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"stockchecker/infra/stockchecker"
	"stockchecker/lambda/checker"
)

var update = flag.Bool("update", false, "write the golden files anew")

var assetHash = regexp.MustCompile(`[0-9a-f]{64}\.zip`)

func TestGoldenTemplate(t *testing.T) {
	const golden = "testdata/stockchecker.template.json"
	text := assetHash.ReplaceAll(synthesized(t, sample(t))[0].text, []byte("ASSET.zip"))
	var got bytes.Buffer
	if err := json.Indent(&got, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the template differs from %s; go test -update writes it anew:\n%s", golden, diff)
	}
}

func ref(id string) object { return object{"Ref": id} }

func arn(id string) object { return object{"Fn::GetAtt": []any{id, "Arn"}} }

func join(parts ...any) object { return object{"Fn::Join": []any{"", parts}} }

const (
	bucketID   = "SharedBucketE0A46A06"
	topicID    = "SharedTopicB2FA673C"
	functionID = "SharedFunctionCC992D22"
	logID      = "SharedLogD13FC570"
	roleID     = "SharedRole7780F31A"
)

// The properties that a deployment stands on, each once, whatever else a
// resource has; "exactly" where nothing else may be.
func TestProperties(t *testing.T) {
	base := synthesized(t, sample(t))[0]
	tpl := assertions.Template_FromString(jsii.String(string(base.text)), nil)
	exactly := func(v object) any { return assertions.Match_ObjectEquals(&v) }
	absent := assertions.Match_Absent()

	tests := []struct {
		name, kind string
		properties object
	}{
		{"function", "AWS::Lambda::Function", object{
			"Runtime": "provided.al2023", "Architectures": []any{"arm64"}, "Handler": "bootstrap", "MemorySize": 128, "Timeout": 60,
			"Environment":   object{"Variables": exactly(object{"GOMEMLIMIT": "100MiB", "METRIC_NAMESPACE": "StockChecker/stockchecker"})},
			"LoggingConfig": object{"LogGroup": ref(logID)},
			"Role":          arn(roleID), "FunctionName": absent, "VpcConfig": absent, "ReservedConcurrentExecutions": absent,
		}},
		{"asynchronous invocation", "AWS::Lambda::EventInvokeConfig", object{
			"FunctionName": ref(functionID), "Qualifier": "$LATEST", "MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60,
		}},
		{"log group", "AWS::Logs::LogGroup", object{"RetentionInDays": 30}},
		{"the one permission", "AWS::Lambda::Permission", object{
			"Action": "lambda:InvokeFunction", "FunctionName": arn(functionID), "Principal": "events.amazonaws.com",
			"SourceArn": join("arn:", ref("AWS::Partition"), ":events:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":rule/stockchecker-*"),
		}},
		{"who may be the role", "AWS::IAM::Role", object{
			"ManagedPolicyArns": absent,
			"AssumeRolePolicyDocument": object{"Statement": []any{exactly(object{
				"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": object{"Service": "lambda.amazonaws.com"},
			})}},
			"Policies": []any{object{"PolicyDocument": object{"Statement": []any{
				exactly(object{"Effect": "Allow", "Action": []any{"s3:GetObject", "s3:PutObject"},
					"Resource": []any{join(arn(bucketID), "/state/*"), join(arn(bucketID), "/evidence/*")}}),
				exactly(object{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn(bucketID)}),
				exactly(object{"Effect": "Allow", "Action": "sns:Publish", "Resource": ref(topicID)}),
				exactly(object{"Effect": "Allow", "Action": []any{"logs:CreateLogStream", "logs:PutLogEvents"}, "Resource": arn(logID)}),
			}}}},
		}},
		{"bucket", "AWS::S3::Bucket", object{
			"BucketName": absent,
			"PublicAccessBlockConfiguration": exactly(object{
				"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
			}),
			"OwnershipControls":       object{"Rules": []any{object{"ObjectOwnership": "BucketOwnerEnforced"}}},
			"BucketEncryption":        object{"ServerSideEncryptionConfiguration": []any{object{"ServerSideEncryptionByDefault": object{"SSEAlgorithm": "AES256"}}}},
			"VersioningConfiguration": object{"Status": "Enabled"},
			"LifecycleConfiguration": object{"Rules": []any{
				exactly(object{"Id": "evidence", "Status": "Enabled", "Prefix": "evidence/", "ExpirationInDays": 14, "NoncurrentVersionExpiration": object{"NoncurrentDays": 1}}),
				exactly(object{"Id": "state", "Status": "Enabled", "Prefix": "state/", "NoncurrentVersionExpiration": object{"NoncurrentDays": 30}}),
				exactly(object{"Id": "leftovers", "Status": "Enabled", "ExpiredObjectDeleteMarker": true, "AbortIncompleteMultipartUpload": object{"DaysAfterInitiation": 1}}),
			}},
		}},
		{"bucket over TLS alone", "AWS::S3::BucketPolicy", object{
			"Bucket": ref(bucketID),
			"PolicyDocument": object{"Statement": []any{exactly(object{
				"Effect": "Deny", "Action": "s3:*", "Principal": object{"AWS": "*"}, "Condition": object{"Bool": object{"aws:SecureTransport": "false"}},
				"Resource": []any{arn(bucketID), join(arn(bucketID), "/*")},
			})}},
		}},
		{"topic", "AWS::SNS::Topic", object{"KmsMasterKeyId": absent, "DisplayName": absent, "TopicName": absent}},
		{"who may publish", "AWS::SNS::TopicPolicy", object{
			"Topics": []any{ref(topicID)},
			"PolicyDocument": object{"Statement": []any{
				object{"Effect": "Deny", "Action": "sns:Publish", "Principal": "*", "Resource": ref(topicID), "Condition": object{"Bool": object{"aws:SecureTransport": "false"}}},
				object{"Effect": "Allow", "Resource": ref(topicID), "Condition": absent,
					"Action":    assertions.Match_ArrayWith(&[]any{"sns:Publish", "sns:Subscribe"}),
					"Principal": object{"AWS": join("arn:", ref("AWS::Partition"), ":iam::", ref("AWS::AccountId"), ":root")}},
				object{"Effect": "Allow", "Action": "sns:Publish", "Resource": ref(topicID), "Principal": object{"Service": "cloudwatch.amazonaws.com"},
					"Condition": object{"StringEquals": object{"aws:SourceAccount": ref("AWS::AccountId")}}},
			}},
		}},
		{"email", "AWS::SNS::Subscription", object{"TopicArn": ref(topicID), "Protocol": "email", "Endpoint": "you@example.com"}},
		{"sms", "AWS::SNS::Subscription", object{"TopicArn": ref(topicID), "Protocol": "sms", "Endpoint": "+15555550123"}},
		{"https", "AWS::SNS::Subscription", object{"TopicArn": ref(topicID), "Protocol": "https", "Endpoint": "https://hooks.example/stock"}},
		{"errors", "AWS::CloudWatch::Alarm", object{
			"AlarmDescription": assertions.Match_StringLikeRegexp(jsii.String("crashed.*log says which")),
			"Metrics": []any{
				object{"Id": "errors", "ReturnData": false, "MetricStat": exactly(object{"Period": 60, "Stat": "Sum", "Metric": object{
					"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": []any{object{"Name": "FunctionName", "Value": ref(functionID)}}}})},
				object{"Id": "dropped", "ReturnData": false, "MetricStat": exactly(object{"Period": 60, "Stat": "Sum", "Metric": object{
					"Namespace": "AWS/Lambda", "MetricName": "AsyncEventsDropped", "Dimensions": []any{object{"Name": "FunctionName", "Value": ref(functionID)}}}})},
				object{"Expression": "SUM([FILL(errors, 0), FILL(dropped, 0)])", "ReturnData": true},
			},
			"ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1, "EvaluationPeriods": 1, "TreatMissingData": "notBreaching",
			"AlarmActions": []any{ref(topicID)}, "OKActions": []any{ref(topicID)}, "InsufficientDataActions": absent,
		}},
		{"dead man, the disabled one's minute not counted", "AWS::CloudWatch::Alarm", object{
			"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": []any{object{"Name": "FunctionName", "Value": ref(functionID)}},
			"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 3,
			"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "TreatMissingData": "breaching",
			"AlarmActions": []any{ref(topicID)}, "OKActions": []any{ref(topicID)},
		}},
		{"rule", "AWS::Events::Rule", object{
			"Name": absent, "ScheduleExpression": "cron(2/5 * * * ? *)", "State": "ENABLED", "EventPattern": absent,
			"Targets": []any{object{
				"Id": "Check", "Arn": arn(functionID), "RoleArn": absent, "InputTransformer": absent, "DeadLetterConfig": absent,
				"RetryPolicy": exactly(object{"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}),
			}},
		}},
		{"rule below a minute", "AWS::Events::Rule", object{"Description": "Checks xbox every 30s", "ScheduleExpression": "cron(* * * * ? *)", "State": "ENABLED"}},
		{"rule that is disabled", "AWS::Events::Rule", object{"Description": "Checks switch-2 every 1m", "State": "DISABLED"}},
		{"alarm", "AWS::CloudWatch::Alarm", object{
			"AlarmName": absent, "AlarmDescription": assertions.Match_StringLikeRegexp(jsii.String("^ps5 is blind: .* 2 of the last 4 .*Open the page")),
			"Namespace": "StockChecker/stockchecker", "MetricName": "CheckFailed", "Dimensions": []any{exactly(object{"Name": "Checker", "Value": "ps5"})},
			"Statistic": "Sum", "Period": 300, "DatapointsToAlarm": 2, "EvaluationPeriods": 4,
			"ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1, "TreatMissingData": "notBreaching",
			"AlarmActions": []any{ref(topicID)}, "OKActions": absent, "InsufficientDataActions": absent,
		}},
		{"alarm below a minute", "AWS::CloudWatch::Alarm", object{
			"Dimensions": []any{object{"Name": "Checker", "Value": "xbox"}}, "Period": 60, "DatapointsToAlarm": 3, "EvaluationPeriods": 5,
		}},
		{"alarm of hours", "AWS::CloudWatch::Alarm", object{
			"Dimensions": []any{object{"Name": "Checker", "Value": "a-name-of-the-forty-characters-it-may-be"}}, "Period": 7200, "DatapointsToAlarm": 3, "EvaluationPeriods": 5,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// Assertions panic where they fail.
			defer func() {
				if failed := recover(); failed != nil {
					t.Errorf("%v", failed)
				}
			}()
			tpl.HasResourceProperties(&test.kind, &test.properties)
		})
	}

	counts := map[string]int{}
	for _, r := range base.resources("") {
		counts[r["Type"].(string)]++
	}
	want := map[string]int{
		"AWS::Lambda::Function": 1, "AWS::Lambda::EventInvokeConfig": 1, "AWS::Lambda::Permission": 1, "AWS::Logs::LogGroup": 1, "AWS::IAM::Role": 1,
		"AWS::S3::Bucket": 1, "AWS::S3::BucketPolicy": 1, "AWS::SNS::Topic": 1, "AWS::SNS::TopicPolicy": 1, "AWS::SNS::Subscription": 3,
		"AWS::CloudWatch::Dashboard": 1, "AWS::Events::Rule": 4, "AWS::CloudWatch::Alarm": 4 + 2,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	for id, policy := range map[string]string{bucketID: "Retain", "SharedBucketPolicy18B8DA89": "Retain", logID: "Delete"} {
		if r := base.resources("")[id]; r["DeletionPolicy"] != policy || r["UpdateReplacePolicy"] != policy {
			t.Errorf("%s is not %s: %v", id, policy, r)
		}
	}
}

func TestOutputs(t *testing.T) {
	got := synthesized(t, sample(t))[0].body["Outputs"].(object)
	want := map[string]any{
		"Bucket": ref(bucketID), "Topic": ref(topicID), "Function": ref(functionID),
		"Dashboard": join("https://console.aws.amazon.com/cloudwatch/home?region=", ref("AWS::Region"), "#dashboards/dashboard/", ref("Overview")),
	}
	values := map[string]any{}
	for id, o := range got {
		values[id] = o.(object)["Value"]
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

func TestTags(t *testing.T) {
	d := sample(t)
	d.stackName, d.shards = "other", 2
	_, app, err := synthesize(t, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, stack := range *app.Synth(nil).Stacks() {
		tags := map[string]string{}
		for key, value := range *stack.Tags() {
			tags[key] = *value
		}
		if diff := cmp.Diff(map[string]string{"application": "stockchecker", "deployment": "other"}, tags); diff != "" {
			t.Errorf("tags of %s (-want +got):\n%s", *stack.StackName(), diff)
		}
	}
}

// resolve is a value of a template as CloudFormation would make it, with each
// reference as its name.
func resolve(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case string:
		return v
	case object:
		if id, ok := v["Ref"].(string); ok {
			return id
		}
		if exported, ok := v["Fn::ImportValue"].(string); ok {
			return exported
		}
		if parts, ok := v["Fn::Join"].([]any); ok && len(parts) == 2 && parts[0] == "" {
			text := ""
			for _, part := range parts[1].([]any) {
				text += resolve(t, part)
			}
			return text
		}
	}
	t.Fatalf("cannot resolve %v", v)
	return ""
}

// A rule's input less what the deployment adds is exactly the checker as Load
// gives it, and the function's own decoder takes it.
func TestRuleInputIsTheChecker(t *testing.T) {
	tests := []struct {
		name                   string
		shards                 int
		adopted                string
		wantTopic, wantBuckets string
	}{
		{"one stack", 1, "", topicID, bucketID},
		{"shards", 2, "", "stockchecker:ExportsOutputRef" + topicID, "stockchecker:ExportsOutputRef" + bucketID},
		{"adopted bucket", 1, "my-bucket", topicID, "my-bucket"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := sample(t)
			d.shards, d.bucket = test.shards, test.adopted
			inputs := map[string]map[string]json.RawMessage{}
			for _, tpl := range synthesized(t, d) {
				for id, rule := range tpl.resources("AWS::Events::Rule") {
					text := resolve(t, rule["Properties"].(object)["Targets"].([]any)[0].(object)["Input"])
					var input map[string]json.RawMessage
					if err := json.Unmarshal([]byte(text), &input); err != nil {
						t.Fatalf("input of %s: %v\n%s", id, err, text)
					}
					inputs[string(input["name"])] = input
				}
			}
			if len(inputs) != len(d.file.Checkers) {
				t.Fatalf("%d inputs", len(inputs))
			}
			for _, loaded := range d.file.Checkers {
				input := inputs[fmt.Sprintf("%q", loaded.Name())]
				for key, want := range map[string]string{"topicArn": test.wantTopic, "s3Object": "state/" + loaded.Name() + ".json"} {
					if got := string(input[key]); !strings.HasPrefix(got, `"`+want) {
						t.Errorf("%s of %s is %s, want %s", key, loaded.Name(), got, want)
					}
				}
				if got := string(input["s3Bucket"]); !strings.HasPrefix(got, `"`+test.wantBuckets) {
					t.Errorf("s3Bucket of %s is %s", loaded.Name(), got)
				}
				delete(input, "topicArn")
				delete(input, "s3Bucket")
				delete(input, "s3Object")
				rest, err := json.Marshal(input)
				if err != nil {
					t.Fatal(err)
				}
				arrived, err := checker.ParseDefinition(rest)
				if err != nil {
					t.Fatalf("%s: %v", rest, err)
				}
				if diff := cmp.Diff(asJSON(t, loaded), asJSON(t, arrived)); diff != "" {
					t.Errorf("%s has changed on its way:\n%s", loaded.Name(), diff)
				}
			}
		})
	}
}

// asJSON is a value as encoding/json reads what it writes, numbers as written.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAdoptedBucketIsLeftAlone(t *testing.T) {
	d := sample(t)
	d.bucket, d.architecture = "my-bucket", "x86_64"
	tpl := synthesized(t, d)[0]
	for _, kind := range []string{"AWS::S3::Bucket", "AWS::S3::BucketPolicy"} {
		if n := len(tpl.resources(kind)); n != 0 {
			t.Errorf("%d resources are %s", n, kind)
		}
	}
	statements := tpl.one(t, "AWS::IAM::Role")["Policies"].([]any)[0].(object)["PolicyDocument"].(object)["Statement"].([]any)
	want := []any{
		join("arn:", ref("AWS::Partition"), ":s3:::my-bucket/state/*"),
		join("arn:", ref("AWS::Partition"), ":s3:::my-bucket/evidence/*"),
	}
	if diff := cmp.Diff(any(want), statements[0].(object)["Resource"]); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(join("arn:", ref("AWS::Partition"), ":s3:::my-bucket")), statements[1].(object)["Resource"]); diff != "" {
		t.Errorf("bucket (-want +got):\n%s", diff)
	}
	if got := tpl.body["Outputs"].(object)["Bucket"].(object)["Value"]; got != "my-bucket" {
		t.Errorf("output is %v", got)
	}
	if diff := cmp.Diff([]any{"x86_64"}, tpl.one(t, "AWS::Lambda::Function")["Architectures"]); diff != "" {
		t.Errorf("architecture: %s", diff)
	}
}

func TestDeadManFollowsTheShortestEnabled(t *testing.T) {
	tests := []struct {
		name, checkers string
		period         float64 // 0: no alarm
	}{
		{"below a minute", `{"name": "a", "url": "https://shop.example/a", "every": "10s"}, {"name": "b", "url": "https://shop.example/b", "every": "5m"}`, 60},
		{"minutes", `{"name": "a", "url": "https://shop.example/a", "every": "1m", "enabled": false}, {"name": "b", "url": "https://shop.example/b", "every": "5m"}`, 300},
		{"a day", `{"name": "a", "url": "https://shop.example/a", "every": "24h"}`, 86400},
		{"nothing enabled", `{"name": "a", "url": "https://shop.example/a", "enabled": false}`, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tpl := synthesized(t, deploymentOf(t, `{"alerts": {"email": ["you@example.com"]}, "checkers": [`+test.checkers+`]}`))[0]
			var got float64
			for _, alarm := range tpl.resources("AWS::CloudWatch::Alarm") {
				if p := alarm["Properties"].(object); p["MetricName"] == "Invocations" {
					got = p["Period"].(float64)
				}
			}
			if got != test.period {
				t.Errorf("period is %v, want %v", got, test.period)
			}
			if n := len(tpl.resources("AWS::Events::Rule")); n != strings.Count(test.checkers, "name") {
				t.Errorf("%d rules", n)
			}
		})
	}
}

func TestDashboard(t *testing.T) {
	for _, test := range []struct {
		shards       int
		want, absent []string
	}{
		{1, []string{"| ps5 | [rule](", "#/eventbus/default/rules/ps5Rule", "#alarmsV2:alarm/ps5Alarm", "prefix=state/ps5.json", "| xbox |"}, []string{"search="}},
		{3, []string{"alarmsV2:?search=stockchecker"}, []string{"ps5"}},
	} {
		d := sample(t)
		d.shards = test.shards
		text := resolve(t, synthesized(t, d)[0].one(t, "AWS::CloudWatch::Dashboard")["DashboardBody"])
		var body struct {
			Widgets []struct {
				Type       string
				Properties struct {
					Markdown string
					Metrics  []any
				}
			}
		}
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var kinds []string
		for _, w := range body.Widgets {
			kinds = append(kinds, w.Type)
		}
		if want := []string{"metric", "metric", "metric", "text"}; !slices.Equal(kinds, want) {
			t.Errorf("widgets are %v", kinds)
		}
		for _, part := range []string{`"Invocations"`, `"Errors"`, `"Duration"`, `SEARCH('{\"StockChecker/stockchecker\",Checker} MetricName=\"CheckFailed\"', 'Sum', 300)`} {
			if !strings.Contains(text, part) {
				t.Errorf("no %s in %s", part, text)
			}
		}
		for _, part := range test.want {
			if !strings.Contains(body.Widgets[3].Properties.Markdown, part) {
				t.Errorf("%d shards: no %s in %s", test.shards, part, body.Widgets[3].Properties.Markdown)
			}
		}
		for _, part := range test.absent {
			if strings.Contains(body.Widgets[3].Properties.Markdown, part) {
				t.Errorf("%d shards: %s in %s", test.shards, part, body.Widgets[3].Properties.Markdown)
			}
		}
	}
}

// Another order of the subscriptions, or one more, leaves the others as they are.
func TestSubscriptionsKeepTheirIds(t *testing.T) {
	subscribed := func(emails string) map[string]object {
		return synthesized(t, deploymentOf(t, `{"alerts": {"email": [`+emails+`]}, "checkers": [{"name": "a", "url": "https://shop.example/a"}]}`))[0].resources("AWS::SNS::Subscription")
	}
	before, after := subscribed(`"a@example.com", "b@example.com"`), subscribed(`"c@example.com", "b@example.com", "a@example.com"`)
	if len(before) != 2 || len(after) != 3 {
		t.Fatalf("%d and %d subscriptions", len(before), len(after))
	}
	for id, s := range before {
		if diff := cmp.Diff(s, after[id]); diff != "" {
			t.Errorf("%s has changed:\n%s", id, diff)
		}
	}
}

// Who is told of some checkers only has a filter for what the function publishes, and
// the alarms of these by a topic of their own: CloudWatch's messages pass no filter.
// The function gets what it posts to, may read the parameters that these name, and
// no others; without any it has neither.
func TestChannels(t *testing.T) {
	const rest = `, "checkers": [{"name": "ps5", "url": "https://shop.example/1"}]}`
	look := func(file string) (variables, statements any) {
		t.Helper()
		template := synthesized(t, deploymentOf(t, file))[0]
		for _, f := range template.resources("AWS::Lambda::Function") {
			variables = f["Properties"].(object)["Environment"].(object)["Variables"]
		}
		for _, r := range template.resources("AWS::IAM::Role") {
			policy := r["Properties"].(object)["Policies"].([]any)[0].(object)["PolicyDocument"].(object)
			for _, s := range policy["Statement"].([]any) {
				if s.(object)["Action"] == "ssm:GetParameters" {
					statements = s
				}
			}
		}
		return variables, statements
	}
	variables, statement := look(`{"alerts": {"urls": [
  "desktop:", "discord://${ssm:/stock/b}@${ssm:/stock/a}", {"url": "ntfy://ntfy.sh/a?tags=b&click=c", "name": "phone", "only": ["ps5"]}, "ntfy://${HOST}/a", "ntfy://ntfy.sh/${ssm:/stock/b}"
]}` + rest)
	want := `[{"name":"discord","url":"discord://${ssm:/stock/b}@${ssm:/stock/a}"},{"name":"phone","only":["ps5"],"url":"ntfy://ntfy.sh/a?tags=b\u0026click=c"},{"name":"ntfy-2","url":"ntfy://ntfy.sh/${ssm:/stock/b}"}]`
	if diff := cmp.Diff(object{"ALERT_URLS": want, "GOMEMLIMIT": "100MiB", "METRIC_NAMESPACE": "StockChecker/stockchecker"}, variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	parameter := func(name string) any {
		return object{"Fn::Join": []any{"", []any{"arn:", object{"Ref": "AWS::Partition"}, ":ssm:", object{"Ref": "AWS::Region"}, ":", object{"Ref": "AWS::AccountId"}, ":parameter" + name}}}
	}
	if diff := cmp.Diff(any(object{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": []any{parameter("/stock/a"), parameter("/stock/b")}}), statement); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
	variables, statement = look(`{"alerts": {"email": ["you@example.com"], "urls": ["ntfy://ntfy.sh/a"]}` + rest)
	if variables.(object)["ALERT_URLS"] != `[{"name":"ntfy","url":"ntfy://ntfy.sh/a"}]` || statement != nil {
		t.Errorf("without secrets: %v, %v", variables, statement)
	}
	variables, statement = look(`{"alerts": {"urls": ["desktop:", "ntfy://${HOST}/${ssm:/stock/a}"]}` + rest)
	if _, has := variables.(object)["ALERT_URLS"]; has || statement != nil {
		t.Errorf("without channels: %v, %v", variables, statement)
	}
}

func TestSubscribersOfSomeCheckers(t *testing.T) {
	for _, shards := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d shards", shards), func(t *testing.T) {
			d := deploymentOf(t, `{"alerts": {
  "email": ["all@example.com", {"to": "some@example.com", "only": ["xbox", "ps5"]}],
  "sms": [{"to": "+15555550123", "only": ["ps5", "xbox"]}],
  "https": [{"to": "https://hooks.example/one", "only": ["ps5"]}]
}, "checkers": [{"name": "ps5", "url": "https://shop.example/1"}, {"name": "xbox", "url": "https://shop.example/2"}, {"name": "lamp", "url": "https://shop.example/3"}]}`)
			d.shards = shards
			templates := synthesized(t, d)
			topics := map[string]string{} // by id, what they are
			for id := range templates[0].resources("AWS::SNS::Topic") {
				switch {
				case id == topicID:
					topics[id] = "all"
				case strings.HasPrefix(id, "SharedAlarms"+stockchecker.GroupID([]string{"ps5", "xbox"})):
					topics[id] = "ps5,xbox"
				case strings.HasPrefix(id, "SharedAlarms"+stockchecker.GroupID([]string{"ps5"})):
					topics[id] = "ps5"
				default:
					t.Errorf("topic %s", id)
				}
			}
			policies := templates[0].resources("AWS::SNS::TopicPolicy")
			if len(topics) != 3 || len(policies) != 3 {
				t.Fatalf("%d topics and %d policies", len(topics), len(policies))
			}
			for id, p := range policies {
				text, err := json.Marshal(p)
				if err != nil {
					t.Fatal(err)
				}
				for _, sid := range []string{"AllowPublishThroughSSLOnly", "Owner", "Alarms"} {
					if !strings.Contains(string(text), `"Sid":"`+sid+`"`) {
						t.Errorf("%s lacks the statement %s: %s", id, sid, text)
					}
				}
			}
			var subscriptions []string
			for _, r := range templates[0].resources("AWS::SNS::Subscription") {
				s := r["Properties"].(object)
				filter, err := json.Marshal(s["FilterPolicy"])
				if err != nil {
					t.Fatal(err)
				}
				subscriptions = append(subscriptions, fmt.Sprintf("%s to %s by %s", topics[s["TopicArn"].(object)["Ref"].(string)], s["Endpoint"], filter))
			}
			slices.Sort(subscriptions)
			if diff := cmp.Diff([]string{
				`all to +15555550123 by {"checker":["ps5","xbox"]}`,
				`all to all@example.com by null`,
				`all to https://hooks.example/one by {"checker":["ps5"]}`,
				`all to some@example.com by {"checker":["ps5","xbox"]}`,
				`ps5 to https://hooks.example/one by null`,
				`ps5,xbox to +15555550123 by null`,
				`ps5,xbox to some@example.com by null`,
			}, subscriptions); diff != "" {
				t.Errorf("subscriptions (-want +got):\n%s", diff)
			}
			told := map[string][]string{}
			for _, tpl := range templates {
				for _, r := range tpl.resources("AWS::CloudWatch::Alarm") {
					a := r["Properties"].(object)
					name := "shared"
					if dimensions, ok := a["Dimensions"].([]any); ok && a["MetricName"] == "CheckFailed" {
						name = dimensions[0].(object)["Value"].(string)
					}
					var to []string
					for _, action := range a["AlarmActions"].([]any) {
						text := fmt.Sprint(action)
						for id, what := range topics {
							if strings.Contains(text, id) {
								to = append(to, what)
							}
						}
					}
					slices.Sort(to)
					told[name] = to
				}
			}
			if diff := cmp.Diff(map[string][]string{"ps5": {"all", "ps5", "ps5,xbox"}, "xbox": {"all", "ps5,xbox"}, "lamp": {"all"}, "shared": {"all"}}, told); diff != "" {
				t.Errorf("told by alarms (-want +got):\n%s", diff)
			}
		})
	}
}

func TestShardsSplitByName(t *testing.T) {
	d := sample(t)
	d.shards = 3
	templates := synthesized(t, d)
	var stacks []string
	for _, tpl := range templates {
		stacks = append(stacks, tpl.stack)
	}
	if want := []string{"stockchecker", "stockchecker-s1", "stockchecker-s2", "stockchecker-s3"}; !slices.Equal(stacks, want) {
		t.Fatalf("stacks are %v", stacks)
	}
	if n := len(templates[0].resources("AWS::Events::Rule")); n != 0 {
		t.Errorf("the base stack has %d rules", n)
	}
	for _, c := range d.file.Checkers {
		shard := templates[1+stockchecker.Spread(c.Name(), 3)]
		shard.of(t, c.Name(), "AWS::Events::Rule")
		alarm := shard.of(t, c.Name(), "AWS::CloudWatch::Alarm")
		if alarm["Namespace"] != "StockChecker/stockchecker" {
			t.Errorf("%s is in the namespace %v", c.Name(), alarm["Namespace"])
		}
	}
	// A shard has rules and alarms, and no permission.
	for _, tpl := range templates[1:] {
		resources, _ := tpl.body["Resources"].(object)
		for id, r := range resources {
			if kind := r.(object)["Type"]; kind != "AWS::Events::Rule" && kind != "AWS::CloudWatch::Alarm" {
				t.Errorf("%s of %s is %v", id, tpl.stack, kind)
			}
		}
	}
	if diff := cmp.Diff([]string{"SharedBucket", "SharedFunction", "SharedTopic"}, exports(templates[0])); diff != "" {
		t.Errorf("exports (-want +got):\n%s", diff)
	}
}

// exports are the constructs that the base stack hands to its shards.
func exports(tpl template) []string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(tpl.body["Outputs"].(object))) {
		for _, name := range []string{"SharedBucket", "SharedFunction", "SharedTopic"} {
			if strings.HasPrefix(id, "ExportsOutput") && strings.Contains(id, name) {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return list
}
