package stockchecker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// DashboardProps say what a dashboard shows.
type DashboardProps struct {
	Shared Shared

	// StockCheckers get a line with links each. Default: one link to the alarms of
	// all, which does not change with the products.
	StockCheckers []StockChecker
}

// NewDashboard adds a CloudWatch dashboard: how often the function runs and how
// long, which checkers fail, and where each of them is in the console.
func NewDashboard(scope constructs.Construct, id *string, props *DashboardProps) awscloudwatch.CfnDashboard {
	stack := awscdk.Stack_Of(props.Shared.Construct)
	region := *stack.Region()
	function := *props.Shared.Function.FunctionName()

	type object = map[string]any
	widget := func(kind string, x, y, width, height int, properties object) object {
		return object{"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}
	}
	lambda := func(metric, stat string) []any {
		return []any{"AWS/Lambda", metric, "FunctionName", function, object{"stat": stat}}
	}
	lines := links(stack, props)
	body := object{"widgets": []object{
		widget("metric", 0, 0, 8, 6, object{
			"title": "Checks a minute", "region": region, "period": 60,
			"metrics": []any{lambda("Invocations", "Sum"), lambda("Errors", "Sum"), lambda("Throttles", "Sum"), lambda("AsyncEventsDropped", "Sum")},
		}),
		widget("metric", 8, 0, 8, 6, object{
			"title": "Duration", "region": region, "period": 300,
			"metrics": []any{lambda("Duration", "p50"), lambda("Duration", "p95"), lambda("Duration", "Maximum")},
		}),
		widget("metric", 16, 0, 8, 6, object{
			"title": "Failing checkers", "region": region, "period": 300, "stat": "Sum",
			"metrics": []any{[]any{object{"expression": fmt.Sprintf(`SEARCH('{"%s",Checker} MetricName="CheckFailed"', 'Sum', 300)`, *namespaceOf(stack)), "id": "failed"}}},
		}),
		widget("text", 0, 6, 24, min(4+len(lines), 40), object{"markdown": strings.Join(lines, "\n")}),
	}}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // & in links
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Errorf("encode dashboard: %w", err))
	}
	return awscloudwatch.NewCfnDashboard(scope, id, &awscloudwatch.CfnDashboardProps{
		DashboardBody: jsii.String(strings.TrimSpace(text.String())),
	})
}

// links are the lines of Markdown that lead to the checkers.
func links(stack awscdk.Stack, props *DashboardProps) []string {
	region := *stack.Region()
	cloudwatch := fmt.Sprintf("https://console.aws.amazon.com/cloudwatch/home?region=%s#", region)
	lines := []string{fmt.Sprintf("[Log](%slogsV2:log-groups/log-group/%s)", cloudwatch, *props.Shared.LogGroup.LogGroupName())}
	if len(props.StockCheckers) == 0 {
		return append(lines, "", fmt.Sprintf("[Alarms of all checkers](%salarmsV2:?search=%s)", cloudwatch, *stack.StackName()))
	}
	lines = append(lines, "", "| checker | | | |", "| --- | --- | --- | --- |")
	for _, c := range props.StockCheckers {
		lines = append(lines, fmt.Sprintf("| %s | [rule](https://console.aws.amazon.com/events/home?region=%s#/eventbus/default/rules/%s) "+
			"| [alarm](%salarmsV2:alarm/%s) | [state](https://console.aws.amazon.com/s3/object/%s?region=%s&prefix=%s) |",
			c.Name, region, *c.Rule.Ref(), cloudwatch, *c.Alarm.Ref(), *props.Shared.Bucket.BucketName(), region, c.StateKey))
	}
	return lines
}

// Location is the address of a dashboard in the console.
func Location(dashboard awscloudwatch.CfnDashboard) *string {
	return jsii.String(fmt.Sprintf("https://console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s",
		*awscdk.Stack_Of(dashboard).Region(), *dashboard.Ref()))
}
