package stockchecker

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"stockchecker/lambda/checker"
)

// SharedProps say how the part is set up that all products share.
type SharedProps struct {
	// Zip is the path of the function's zip file, whose one file is the Linux
	// program bootstrap.
	Zip *string

	// Architecture is what the program is built for. Default: ARM_64.
	Architecture awslambda.Architecture

	// BucketName is an existing bucket to keep the states in. Its settings are
	// left alone. Default: a new bucket, which outlives its stack.
	BucketName *string

	// Alerts is who is subscribed to the topic, some to the alerts of some checkers
	// only, and the services that the function posts to. Those that it does not know
	// are left out: checker.Channel.CheckAWS says which and why.
	Alerts checker.Alerts

	// Shortest is the shortest interval of the checkers that are enabled. An alarm
	// tells when the function has not run for three times as long. Default: no
	// such alarm.
	Shortest time.Duration
}

// Shared is what all products share.
type Shared struct {
	constructs.Construct

	Function awslambda.Function
	Bucket   awss3.IBucket
	Topic    awssns.Topic
	LogGroup awslogs.LogGroup

	groups []group
}

// group is a topic for the alarms of some checkers. CloudWatch's messages have no
// attributes, so that no filter lets them through: those who are told of some
// checkers only have a topic for their alarms.
type group struct {
	only  []string
	topic awssns.Topic
}

// AlarmTopics are the topics, besides Topic, that are to be told when a checker
// has gone blind.
func (s Shared) AlarmTopics(name string) []awssns.ITopic {
	var topics []awssns.ITopic
	for _, g := range s.groups {
		if slices.Contains(g.only, name) {
			topics = append(topics, g.topic)
		}
	}
	return topics
}

// NewShared adds the function, its role and log group, the bucket, the topic with
// its subscriptions, and the two alarms on the function. Use it once in a stack.
func NewShared(scope constructs.Construct, id *string, props *SharedProps) Shared {
	self := Shared{Construct: constructs.NewConstruct(scope, id)}
	if props.BucketName != nil {
		self.Bucket = awss3.Bucket_FromBucketName(self.Construct, jsii.String("Bucket"), props.BucketName)
	} else {
		self.Bucket = newBucket(self.Construct)
	}
	self.Topic = newTopic(self.Construct, "Topic")
	self.groups = subscribe(self.Construct, self.Topic, props.Alerts)
	self.LogGroup = awslogs.NewLogGroup(self.Construct, jsii.String("Log"), &awslogs.LogGroupProps{
		Retention:     awslogs.RetentionDays_ONE_MONTH,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	self.Function = newFunction(self, props)
	newFunctionAlarms(self, props.Shortest)
	return self
}

func newBucket(scope constructs.Construct) awss3.Bucket {
	bucket := awss3.NewBucket(scope, jsii.String("Bucket"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		EnforceSSL:        jsii.Bool(true),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		Versioned:         jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_RETAIN,
		LifecycleRules: &[]*awss3.LifecycleRule{
			{
				Id:                          jsii.String("evidence"),
				Prefix:                      jsii.String("evidence/"),
				Expiration:                  days(14),
				NoncurrentVersionExpiration: days(1),
			},
			{
				Id:                          jsii.String("state"),
				Prefix:                      jsii.String("state/"),
				NoncurrentVersionExpiration: days(30),
			},
			{
				Id:                                  jsii.String("leftovers"),
				ExpiredObjectDeleteMarker:           jsii.Bool(true),
				AbortIncompleteMultipartUploadAfter: days(1),
			},
		},
	})
	// A bucket that outlives its stack stays closed to plain HTTP.
	bucket.Policy().ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	return bucket
}

func days(n int) awscdk.Duration { return awscdk.Duration_Days(jsii.Number(n)) }

// newTopic has no display name, which SNS would put before each text message, and
// no KMS key, with which CloudWatch could not publish.
func newTopic(scope constructs.Construct, id string) awssns.Topic {
	topic := awssns.NewTopic(scope, &id, &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	stack := awscdk.Stack_Of(scope)
	// A policy replaces the default one, so the owner has to be named too.
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("Owner"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewAccountRootPrincipal()},
		Actions: jsii.Strings("sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
			"sns:Publish", "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe"),
		Resources: &[]*string{topic.TopicArn()},
	}))
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("Alarms"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
	}))
	return topic
}

// subscribe subscribes all to the topic, and those who are told of some checkers
// only to a topic of the alarms of these.
func subscribe(scope constructs.Construct, topic awssns.Topic, alerts checker.Alerts) []group {
	var groups []group
	alarms := func(only []string) awssns.Topic {
		for _, g := range groups {
			if slices.Equal(g.only, only) {
				return g.topic
			}
		}
		g := group{only, newTopic(scope, "Alarms-"+GroupID(only))}
		groups = append(groups, g)
		return g.topic
	}
	for _, channel := range []struct {
		protocol    string
		subscribers []checker.Subscriber
	}{{"email", alerts.Email}, {"sms", alerts.SMS}, {"https", alerts.HTTPS}} {
		for _, subscriber := range channel.subscribers {
			// The id is the endpoint's own: adding one, or another order, must not make
			// SNS ask the others for confirmation again.
			id := SubscriptionID(channel.protocol, subscriber.To)
			props := awssns.CfnSubscriptionProps{TopicArn: topic.TopicArn(), Protocol: &channel.protocol, Endpoint: &subscriber.To}
			if subscriber.Only != nil {
				only := slices.Sorted(slices.Values(subscriber.Only))
				alarm := alarms(only)
				toAlarms := props
				toAlarms.TopicArn = alarm.TopicArn()
				awssns.NewCfnSubscription(alarm, &id, &toAlarms)
				props.FilterPolicy = map[string]any{"checker": only}
			}
			awssns.NewCfnSubscription(topic, &id, &props)
		}
	}
	return groups
}

// told are the channels that the function posts to.
func told(alerts checker.Alerts) []checker.Channel {
	return slices.DeleteFunc(slices.Clone(alerts.URLs), func(c checker.Channel) bool { return c.CheckAWS() != nil })
}

// AlertURLs is the variable ALERT_URLS of the function; "": there is none.
// Its keys are in the order of the alphabet, as Terraform has them.
func AlertURLs(alerts checker.Alerts) string {
	type channel struct {
		Name string   `json:"name"`
		Only []string `json:"only,omitempty"`
		URL  string   `json:"url"`
	}
	var list []channel
	for _, c := range told(alerts) {
		list = append(list, channel{c.Name, c.Only, c.URL})
	}
	if list == nil {
		return ""
	}
	data, err := json.Marshal(list)
	if err != nil {
		panic(err) // text has no error
	}
	return string(data)
}

// Parameters are the names of the secrets that the channels have in SSM Parameter
// Store, sorted.
func Parameters(alerts checker.Alerts) []string {
	names := []string{}
	for _, c := range told(alerts) {
		for _, secret := range c.Secrets() {
			if name, ok := strings.CutPrefix(secret, "ssm:"); ok {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// longestEnvironment is how long ALERT_URLS may be, so that the variables of the
// function have 4,096 bytes, which is what Lambda takes.
const longestEnvironment = 3800

// mostGroups is how many topics an alarm tells, besides the one of all.
const mostGroups = 4

// CheckAlerts says what of alerts AWS does not allow, or nil: more topics for the
// alarms of one checker, or longer URLs.
func CheckAlerts(file *checker.File) error {
	if n := len(AlertURLs(file.Alerts)); n > longestEnvironment {
		return fmt.Errorf("alerts.urls: as a variable of the function it has %d characters, and Lambda has room for %d; write less of them, or long parts as ${ssm:/path}",
			n, longestEnvironment)
	}
	for _, c := range file.Checkers {
		groups := map[string]bool{}
		for _, s := range slices.Concat(file.Alerts.Email, file.Alerts.SMS, file.Alerts.HTTPS) {
			if slices.Contains(s.Only, c.Name()) {
				groups[GroupID(slices.Sorted(slices.Values(s.Only)))] = true
			}
		}
		if len(groups) > mostGroups {
			return fmt.Errorf("alerts: the lists of only that have %s are of %d kinds, and an alarm tells %d at most; write the same list for more of them",
				c.Name(), len(groups), mostGroups)
		}
	}
	return nil
}

// SubscriptionID names a subscription by whom it tells.
func SubscriptionID(protocol, endpoint string) string {
	return fmt.Sprintf("%s-%.4x", protocol, sha256.Sum256([]byte(endpoint)))
}

// GroupID names a group of checkers, whose names are sorted.
func GroupID(only []string) string {
	return fmt.Sprintf("%.4x", sha256.Sum256([]byte(strings.Join(only, ","))))
}

func newFunction(self Shared, props *SharedProps) awslambda.Function {
	architecture := props.Architecture
	if architecture == nil {
		architecture = awslambda.Architecture_ARM_64()
	}
	allow := func(resources []*string, actions ...string) awsiam.PolicyStatement {
		return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &resources})
	}
	statements := []awsiam.PolicyStatement{
		allow([]*string{self.Bucket.ArnForObjects(jsii.String("state/*")), self.Bucket.ArnForObjects(jsii.String("evidence/*"))},
			"s3:GetObject", "s3:PutObject"),
		// Without it S3 answers 403, not 404, for a state that does not exist yet.
		allow([]*string{self.Bucket.BucketArn()}, "s3:ListBucket"),
		allow([]*string{self.Topic.TopicArn()}, "sns:Publish"),
		allow([]*string{self.LogGroup.LogGroupArn()}, "logs:CreateLogStream", "logs:PutLogEvents"),
	}
	variables := map[string]*string{
		"GOMEMLIMIT":       jsii.String("100MiB"),
		"METRIC_NAMESPACE": namespaceOf(awscdk.Stack_Of(self.Construct)),
	}
	if text := AlertURLs(props.Alerts); text != "" {
		variables["ALERT_URLS"] = &text
	}
	if names := Parameters(props.Alerts); len(names) > 0 {
		var arns []*string
		for _, name := range names {
			arns = append(arns, awscdk.Stack_Of(self.Construct).FormatArn(&awscdk.ArnComponents{
				Service: jsii.String("ssm"), Resource: jsii.String("parameter"), ResourceName: jsii.String(strings.TrimPrefix(name, "/")),
			}))
		}
		statements = append(statements, allow(arns, "ssm:GetParameters"))
	}
	// A role of our own: the one of the function's would bring a managed policy
	// that may write any log of the account.
	role := awsiam.NewRole(self.Construct, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"Check": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &statements,
			}),
		},
	})
	return awslambda.NewFunction(self.Construct, jsii.String("Function"), &awslambda.FunctionProps{
		Description:  jsii.String("Reads a product's page and tells what came in stock"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architecture,
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(props.Zip, nil),
		MemorySize:   jsii.Number(128),
		Timeout:      awscdk.Duration_Seconds(jsii.Number(60)),
		Environment:  &variables,
		Role:         role,
		LogGroup:     self.LogGroup,
		// The next firing of the rule is the retry; an old check tells nothing new.
		RetryAttempts: jsii.Number(0),
		MaxEventAge:   awscdk.Duration_Seconds(jsii.Number(60)),
	})
}

func newFunctionAlarms(self Shared, shortest time.Duration) {
	actions := &[]any{self.Topic.TopicArn()}
	dimensions := []*awscloudwatch.CfnAlarm_DimensionProperty{{Name: jsii.String("FunctionName"), Value: self.Function.FunctionName()}}
	perMinute := func(id, metric string) *awscloudwatch.CfnAlarm_MetricDataQueryProperty {
		return &awscloudwatch.CfnAlarm_MetricDataQueryProperty{
			Id: &id,
			MetricStat: &awscloudwatch.CfnAlarm_MetricStatProperty{
				Metric: &awscloudwatch.CfnAlarm_MetricProperty{Namespace: jsii.String("AWS/Lambda"), MetricName: &metric, Dimensions: dimensions},
				Period: jsii.Number(60),
				Stat:   jsii.String("Sum"),
			},
			ReturnData: jsii.Bool(false),
		}
	}
	awscloudwatch.NewCfnAlarm(self.Construct, jsii.String("Errors"), &awscloudwatch.CfnAlarmProps{
		AlarmDescription: jsii.String("A check crashed, ran out of time, was refused by AWS, or was dropped unrun. " +
			"The function's log says which, and why; if checks are dropped, ask for more concurrent executions in Service Quotas (Lambda)."),
		AlarmActions: actions,
		OkActions:    actions,
		Metrics: []*awscloudwatch.CfnAlarm_MetricDataQueryProperty{
			perMinute("errors", "Errors"),
			perMinute("dropped", "AsyncEventsDropped"),
			// Either metric may have no data in a minute, and a plain sum with it has none.
			{Id: jsii.String("failed"), Label: jsii.String("Errors + AsyncEventsDropped"),
				Expression: jsii.String("SUM([FILL(errors, 0), FILL(dropped, 0)])"), ReturnData: jsii.Bool(true)},
		},
		EvaluationPeriods:  jsii.Number(1),
		ComparisonOperator: jsii.String("GreaterThanOrEqualToThreshold"),
		Threshold:          jsii.Number(1),
		TreatMissingData:   jsii.String("notBreaching"),
	})
	if shortest == 0 {
		return
	}
	period := max(shortest, time.Minute)
	awscloudwatch.NewCfnAlarm(self.Construct, jsii.String("DeadMan"), &awscloudwatch.CfnAlarmProps{
		AlarmDescription: jsii.String(fmt.Sprintf("No check has run for %s, so nothing is watched. "+
			"Look whether the rules are enabled (EventBridge), whether the function may still be run, and whether the account is in order.", short(3*period))),
		AlarmActions:       actions,
		OkActions:          actions,
		Namespace:          jsii.String("AWS/Lambda"),
		MetricName:         jsii.String("Invocations"),
		Dimensions:         dimensions,
		Statistic:          jsii.String("Sum"),
		Period:             jsii.Number(period.Seconds()),
		EvaluationPeriods:  jsii.Number(3),
		DatapointsToAlarm:  jsii.Number(3),
		ComparisonOperator: jsii.String("LessThanThreshold"),
		Threshold:          jsii.Number(1),
		TreatMissingData:   jsii.String("breaching"),
	})
}
