// Package stockchecker has the CDK constructs of the stock checker on AWS.
//
// [NewStockChecker] is one product: the rule that runs its check, and the alarm
// that tells when it has gone blind. [NewShared] is what all products share: the
// function, its role and log, the bucket of the states, the topic of the alerts,
// and the alarms on the function itself. [AllowRules] is the one permission that
// all rules together need.
//
// They work in any stack:
//
//	shared := stockchecker.NewShared(stack, jsii.String("Stock"), &stockchecker.SharedProps{
//		Zip:    jsii.String("dist/lambda-arm64.zip"),
//		Alerts: checker.Alerts{Email: []checker.Subscriber{{To: "you@example.com"}}},
//	})
//	stockchecker.AllowRules(shared.Function)
//	stockchecker.NewStockChecker(stack, jsii.String("ps5"), &stockchecker.StockCheckerProps{
//		Checker:  definition,
//		Function: shared.Function,
//		Bucket:   shared.Bucket,
//		Topic:    shared.Topic,
//	})
package stockchecker

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"stockchecker/lambda/checker"
)

// StockCheckerProps say what is watched, and with what.
type StockCheckerProps struct {
	// Checker is the product: an entry of checkers.json as checker.Load gives it.
	// It must pass [Check].
	Checker checker.Definition

	// Function runs the checks. [AllowRules] has to be called once for it.
	Function awslambda.IFunction

	// Bucket keeps the state, under state/<name>.json.
	Bucket awss3.IBucket

	// Topic is told of changes by the function, and of a blind checker by the alarm.
	Topic awssns.ITopic

	// AlarmTopics are told too when the checker has gone blind. Default: none.
	AlarmTopics []awssns.ITopic

	// Namespace is that of the function's metrics. Default: the one that
	// [NewShared] gives a function in the stack of Function.
	Namespace *string
}

// StockChecker is one product that is watched.
type StockChecker struct {
	constructs.Construct

	Name     string                 // of the checker
	StateKey string                 // of its state in the bucket
	Rule     awsevents.CfnRule      // runs the check; its name is left to CloudFormation
	Alarm    awscloudwatch.CfnAlarm // the checker is blind
}

// NewStockChecker adds a product: exactly one rule and one alarm, so that a stack
// has room for many. As constructs do, it panics on props that cannot be
// deployed; Check says beforehand what would be wrong.
func NewStockChecker(scope constructs.Construct, id *string, props *StockCheckerProps) StockChecker {
	c, err := checker.Resolve(props.Checker)
	if err != nil {
		panic(err)
	}
	if err := Check(props.Checker); err != nil {
		panic(err)
	}
	schedule, err := Schedule(c.Name, c.Every)
	if err != nil {
		panic(err)
	}
	topic, bucket := props.Topic.TopicArn(), props.Bucket.BucketName()
	input, err := ruleInput(props.Checker, *topic, *bucket)
	if err != nil {
		panic(err)
	}
	namespace := props.Namespace
	if namespace == nil {
		namespace = Namespace(props.Function)
	}

	self := StockChecker{
		Construct: constructs.NewConstruct(scope, id),
		Name:      c.Name,
		StateKey:  stateKey(c.Name),
	}
	state := "ENABLED"
	if !c.Enabled {
		state = "DISABLED"
	}
	// CfnRule and not Rule: the targets of Rule add a Lambda permission each, and
	// about 50 fill the function's resource policy.
	self.Rule = awsevents.NewCfnRule(self.Construct, jsii.String("Rule"), &awsevents.CfnRuleProps{
		Description:        jsii.String(fmt.Sprintf("Checks %s every %s", c.Name, short(c.Every))),
		ScheduleExpression: &schedule,
		State:              &state,
		Targets: []*awsevents.CfnRule_TargetProperty{{
			Id:    jsii.String("Check"),
			Arn:   props.Function.FunctionArn(),
			Input: &input,
			// The next firing is the retry.
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(60),
				MaximumRetryAttempts:     jsii.Number(0),
			},
		}},
	})
	// No OK action: it would mail at every deployment of every product. Recovery is
	// told by the function, which saw the page.
	actions := []any{topic}
	for _, t := range props.AlarmTopics {
		actions = append(actions, t.TopicArn())
	}
	self.Alarm = awscloudwatch.NewCfnAlarm(self.Construct, jsii.String("Alarm"), &awscloudwatch.CfnAlarmProps{
		AlarmDescription: jsii.String(fmt.Sprintf("%s is blind: its page could not be read in %d of the last %d periods, so nothing of it is told. "+
			"Open the page in a browser; the command stockcheck explain, with its address, shows what is read of it and why not; "+
			"the function's log has each failure under this name. When the checker sees again, a message says so.", c.Name, c.AlarmFailures, c.AlarmFailures+2)),
		AlarmActions:       &actions,
		Namespace:          namespace,
		MetricName:         jsii.String("CheckFailed"),
		Dimensions:         []*awscloudwatch.CfnAlarm_DimensionProperty{{Name: jsii.String("Checker"), Value: &c.Name}},
		Statistic:          jsii.String("Sum"),
		Period:             jsii.Number(max(c.Every, time.Minute).Seconds()),
		DatapointsToAlarm:  jsii.Number(c.AlarmFailures),
		EvaluationPeriods:  jsii.Number(c.AlarmFailures + 2),
		ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
		Threshold:          jsii.Number(1),
		// The metric is written only by failed checks.
		TreatMissingData: jsii.String("notBreaching"),
	})
	return self
}

// AllowRules lets the rules of all products run the function. It is one
// permission for all of them, by the names that CloudFormation gives to rules: of
// the function's own stack, and of stacks whose names begin with its name and a
// hyphen. Call it once for a function.
func AllowRules(function awslambda.IFunction) {
	stack := awscdk.Stack_Of(function)
	for stack.NestedStackParent() != nil {
		stack = stack.NestedStackParent()
	}
	// CloudFormation cuts a long stack name in a rule's name.
	prefix := *stack.StackName()
	if len(prefix) > LongestStackName {
		prefix = prefix[:LongestStackName]
	} else {
		prefix += "-"
	}
	function.AddPermission(jsii.String("AllowRules"), &awslambda.Permission{
		Principal: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil),
		SourceArn: stack.FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("events"),
			Resource:     jsii.String("rule"),
			ResourceName: jsii.String(prefix + "*"),
		}),
	})
}

// LongestStackName is how long a stack's name may be for its rules' names, and
// those of its shards, to have it whole.
const LongestStackName = 18

// Namespace is the namespace of a function's metrics, by the name of its stack.
func Namespace(function awslambda.IFunction) *string {
	return namespaceOf(awscdk.Stack_Of(function))
}

func namespaceOf(stack awscdk.Stack) *string {
	return jsii.String("StockChecker/" + *stack.StackName())
}

// Check says what of a checker AWS cannot keep, or nil: an interval that no rule
// has, or an entry that is too long for a rule.
func Check(d checker.Definition) error {
	c, err := checker.Resolve(d)
	if err != nil {
		return err
	}
	if _, err := Schedule(c.Name, c.Every); err != nil {
		return err
	}
	input, err := ruleInput(d, strings.Repeat("t", longestTopicARN), strings.Repeat("b", longestBucketName))
	if err != nil {
		return err
	}
	if n := utf16Length(input); n > longestInput {
		return fmt.Errorf("checker %q: is too long: as a rule's input it has up to %d characters, and EventBridge takes %d; shorten it by %d",
			c.Name, n, longestInput, n-longestInput)
	}
	return nil
}

const (
	longestInput      = 8192
	longestBucketName = 63
	longestTopicARN   = 302 // arn:aws-us-gov:sns:us-gov-west-1:123456789012: and 256
)

// ruleInput is the event of a check: the checker as it travels, and where its
// state and alerts go.
func ruleInput(d checker.Definition, topicARN, bucket string) (string, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", d.Name(), err)
	}
	// What looks like a token of CDK in the file's own text must not be taken for one.
	data = []byte(strings.ReplaceAll(string(data), "${Token[", `\u0024{Token[`))
	event := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &event); err != nil {
		return "", fmt.Errorf("decode %s: %w", d.Name(), err)
	}
	for key, value := range map[string]string{"topicArn": topicARN, "s3Bucket": bucket, "s3Object": stateKey(d.Name())} {
		// Tokens stay tokens: they have nothing that JSON escapes.
		if event[key], err = json.Marshal(value); err != nil {
			return "", fmt.Errorf("encode %s of %s: %w", key, d.Name(), err)
		}
	}
	data, err = json.Marshal(event)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", d.Name(), err)
	}
	return string(data), nil
}

func stateKey(name string) string { return "state/" + name + ".json" }

// utf16Length is a text's length as AWS counts it.
func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
