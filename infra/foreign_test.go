package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"stockchecker/infra/stockchecker"
	"stockchecker/lambda/checker"
)

// templateOf is a stack's template as synthesized.
func templateOf(t *testing.T, app awscdk.App, stack awscdk.Stack) template {
	t.Helper()
	artifact := app.Synth(nil).GetStackByName(stack.StackName())
	return readTemplate(t, *artifact.TemplateFullPath(), *stack.StackName())
}

func definition(t *testing.T, text string) checker.Definition {
	t.Helper()
	d, err := checker.ParseDefinition([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A product in the stack of somebody else, with a function, bucket and topic of
// theirs: no more than a rule, an alarm, and the one permission.
func TestForeignStack(t *testing.T) {
	tests := []struct{ stack, rules string }{
		{"shop", "shop-*"},
		{"eighteen-character", "eighteen-character-*"},
		{"someones-own-product-stack", "someones-own-produ*"}, // CloudFormation cuts it in the rules' names
	}
	for _, test := range tests {
		t.Run(test.stack, func(t *testing.T) {
			app := newApp(t.TempDir())
			stack := awscdk.NewStack(app, &test.stack, nil)
			function := awslambda.NewFunction(stack, jsii.String("Theirs"), &awslambda.FunctionProps{
				Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: jsii.String("bootstrap"),
				Code: awslambda.Code_FromAsset(jsii.String(placeholder(t, filepath.Join(t.TempDir(), "lambda.zip"))), nil),
			})
			topic := awssns.Topic_FromTopicArn(stack, jsii.String("Topic"), jsii.String("arn:aws:sns:eu-west-1:123456789012:theirs"))
			scope := constructs.NewConstruct(stack, jsii.String("Watched"))
			before := len(templateOfCopy(t, test.stack).resources(""))
			for _, name := range []string{"ps5", "xbox"} {
				self := stockchecker.NewStockChecker(scope, &name, &stockchecker.StockCheckerProps{
					Checker:  definition(t, `{"name": "`+name+`", "url": "https://shop.example/`+name+`", "every": "15m"}`),
					Function: function,
					Bucket:   awss3.Bucket_FromBucketName(scope, jsii.String("Bucket of "+name), jsii.String("theirs")),
					Topic:    topic,
				})
				if self.Name != name || self.StateKey != "state/"+name+".json" || *self.Node().Path() != test.stack+"/Watched/"+name {
					t.Errorf("construct is %s, %s, %s", self.Name, self.StateKey, *self.Node().Path())
				}
				awscdk.NewCfnOutput(stack, jsii.String("Rule of "+name), &awscdk.CfnOutputProps{Value: self.Rule.Ref()})
			}
			stockchecker.AllowRules(function)
			tpl := templateOf(t, app, stack)

			if got, want := len(tpl.resources("")), before+2*2+1; got != want {
				t.Errorf("%d resources, want %d", got, want)
			}
			source := tpl.one(t, "AWS::Lambda::Permission")["SourceArn"]
			if want := join("arn:", ref("AWS::Partition"), ":events:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":rule/"+test.rules); !cmp.Equal(any(want), source) {
				t.Errorf("rules are allowed by %v", source)
			}
			for _, alarm := range tpl.resources("AWS::CloudWatch::Alarm") {
				p := alarm["Properties"].(object)
				if p["Namespace"] != "StockChecker/"+test.stack || !cmp.Equal(p["AlarmActions"], any([]any{"arn:aws:sns:eu-west-1:123456789012:theirs"})) {
					t.Errorf("alarm is %v", p)
				}
			}
			for id, rule := range tpl.resources("AWS::Events::Rule") {
				input, ok := rule["Properties"].(object)["Targets"].([]any)[0].(object)["Input"].(string)
				if !ok || !strings.Contains(input, `"s3Bucket":"theirs"`) || !strings.Contains(input, `"topicArn":"arn:aws:sns:eu-west-1:123456789012:theirs"`) {
					t.Errorf("input of %s is %s", id, input)
				}
			}
		})
	}
}

// templateOfCopy is the foreign stack before anything of ours is in it.
func templateOfCopy(t *testing.T, name string) template {
	t.Helper()
	app := newApp(t.TempDir())
	stack := awscdk.NewStack(app, &name, nil)
	awslambda.NewFunction(stack, jsii.String("Theirs"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: jsii.String("bootstrap"),
		Code: awslambda.Code_FromAsset(jsii.String(placeholder(t, filepath.Join(t.TempDir(), "lambda.zip"))), nil),
	})
	return templateOf(t, app, stack)
}

// Rules of a nested stack have names that begin with the outer stack's.
func TestNestedStackIsAllowedByTheOuter(t *testing.T) {
	app := newApp(t.TempDir())
	outer := awscdk.NewStack(app, jsii.String("outer"), nil)
	nested := awscdk.NewNestedStack(outer, jsii.String("Inner"), nil)
	shared := stockchecker.NewShared(nested, jsii.String("Stock"), &stockchecker.SharedProps{
		Zip: jsii.String(placeholder(t, filepath.Join(t.TempDir(), "lambda.zip"))),
	})
	stockchecker.AllowRules(shared.Function)
	app.Synth(nil)
	paths, err := filepath.Glob(filepath.Join(*app.Outdir(), "*.nested.template.json"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	body := readTemplate(t, paths[0], "nested")
	if source := resolve(t, body.one(t, "AWS::Lambda::Permission")["SourceArn"]); !strings.HasSuffix(source, ":rule/outer-*") {
		t.Errorf("rules are allowed by %s", source)
	}
	if n := len(body.resources("AWS::CloudWatch::Alarm")); n != 1 {
		t.Errorf("%d alarms, want that of errors alone", n)
	}
	if got := body.one(t, "AWS::Lambda::Function")["Architectures"]; !cmp.Equal(got, any([]any{"arm64"})) {
		t.Errorf("architecture is %v", got)
	}
}

// What Check refuses, the construct refuses too.
func TestConstructRefuses(t *testing.T) {
	d := sample(t)
	app := newApp(t.TempDir())
	d.build(app)
	stack := awscdk.NewStack(app, jsii.String("another"), nil)
	defer func() {
		want := `checker "ps5": every: 45s cannot be kept on AWS; write 10s, 15s, 20s, 30s or whole minutes`
		if err, ok := recover().(error); !ok || err.Error() != want {
			t.Errorf("panics with %v", err)
		}
	}()
	stockchecker.NewStockChecker(stack, jsii.String("ps5"), &stockchecker.StockCheckerProps{
		Checker: definition(t, `{"name": "ps5", "url": "https://shop.example/ps5", "every": "45s"}`),
	})
}
