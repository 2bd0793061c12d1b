// Command alerts tries the way of the alerts of a deployment on AWS.
//
//	alerts test OUTPUTS          publish one message; then as below
//	alerts unconfirmed OUTPUTS   name the subscriptions that are told nothing yet
//
// OUTPUTS is the file in which cdk deploy writes the outputs of the stacks; the topic
// is one of the base stack's. Credentials are those of the environment, else what the AWS
// CLI gives for its profile. The region is the topic's own.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"stockchecker/lambda/cloud"
	"stockchecker/lambda/watch"
)

// timeout is how long AWS may take in all.
const timeout = time.Minute

func main() {
	if len(os.Args) != 3 || os.Args[1] != "test" && os.Args[1] != "unconfirmed" {
		fmt.Fprintln(os.Stderr, "usage: alerts test|unconfirmed OUTPUTS")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1] == "test", os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, publish bool, path string) error {
	d, err := readDeployment(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	getenv, err := environment(ctx, d.region)
	if err != nil {
		return err
	}
	cfg, err := cloud.Config(getenv)
	if err != nil {
		return err
	}
	client := sns.NewFromConfig(cfg)
	if publish {
		a := testAlert(d, time.Now())
		if err := (&cloud.Topic{Client: client, ARN: d.Topic}).Send(ctx, a); err != nil {
			return err
		}
		fmt.Fprintf(out, "Published to %s: %s\n", d.Topic, a.Subject())
	}
	subscriptions, err := listSubscriptions(ctx, client, d.Topic)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, describe(subscriptions))
	return err
}

// deployment is what the outputs of a base stack say.
type deployment struct {
	Topic, Dashboard string

	region string
}

func readDeployment(path string) (deployment, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return deployment{}, fmt.Errorf("find the deployment: there is no %s; make deploy writes it", path)
	}
	if err != nil {
		return deployment{}, fmt.Errorf("find the deployment: %w", err)
	}
	stacks := map[string]deployment{}
	if err := json.Unmarshal(data, &stacks); err != nil {
		return deployment{}, fmt.Errorf("read %s: %w", path, err)
	}
	// A shard has no topic.
	maps.DeleteFunc(stacks, func(_ string, d deployment) bool { return d.Topic == "" })
	names := slices.Sorted(maps.Keys(stacks))
	if len(names) != 1 {
		return deployment{}, fmt.Errorf("read %s: %d stacks in it have the output Topic, not one; make deploy writes it anew", path, len(names))
	}
	d := stacks[names[0]]
	parts := strings.Split(d.Topic, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "sns" || parts[3] == "" {
		return deployment{}, fmt.Errorf("read %s: the output Topic of %s is %q, which is no ARN of an SNS topic", path, names[0], d.Topic)
	}
	d.region = parts[3]
	return d, nil
}

// environment is the process's, with the topic's region, and with the AWS CLI's
// credentials if it has none itself.
func environment(ctx context.Context, region string) (func(string) string, error) {
	own := map[string]string{"AWS_REGION": region}
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" || os.Getenv("AWS_SECRET_ACCESS_KEY") == "" {
		c, err := exportCredentials(ctx)
		if err != nil {
			return nil, fmt.Errorf("find AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and %w", err)
		}
		own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"], own["AWS_SESSION_TOKEN"] = c.AccessKeyID, c.SecretAccessKey, c.SessionToken
	}
	return func(name string) string {
		if value, ok := own[name]; ok {
			return value
		}
		return os.Getenv(name)
	}, nil
}

type credentials struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
}

// exportCredentials asks the AWS CLI, which knows of profiles, single sign-on and
// roles.
func exportCredentials(ctx context.Context) (credentials, error) {
	var c credentials
	cmd := exec.CommandContext(ctx, "aws", "configure", "export-credentials", "--format", "process")
	answer, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return c, errors.New("the AWS CLI is not installed, which could give those of a profile")
	}
	if err != nil {
		says := err.Error()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			says = cmp.Or(strings.Join(strings.Fields(string(exit.Stderr)), " "), says)
		}
		if strings.Contains(says, "Invalid choice") {
			return c, errors.New("the AWS CLI is too old to give those of a profile; install version 2")
		}
		return c, fmt.Errorf("the AWS CLI gives none: %s", says)
	}
	if err := json.Unmarshal(answer, &c); err != nil {
		return c, fmt.Errorf("the AWS CLI's answer cannot be read: %w", err)
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return c, errors.New("the AWS CLI's answer has no keys in it")
	}
	return c, nil
}

// testAlert goes the whole way of an alert. It is one of a checker that found
// nothing in stock, so that nobody takes it for a product.
func testAlert(d deployment, now time.Time) watch.Alert {
	return watch.Alert{
		ID:      "test-" + now.UTC().Format("20060102T150405Z"),
		Checker: "test-alert",
		URL:     d.Dashboard,
		Status:  watch.Initialized,
		At:      now,
	}
}

func listSubscriptions(ctx context.Context, client *sns.Client, topic string) ([]types.Subscription, error) {
	var all []types.Subscription
	pages := sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			return nil, fmt.Errorf("list subscriptions of %s: refused by AWS: %s: %s", topic, api.ErrorCode(), api.ErrorMessage())
		}
		if err != nil {
			return nil, fmt.Errorf("list subscriptions of %s: %w", topic, err)
		}
		all = append(all, page.Subscriptions...)
	}
	return all, nil
}

// What SNS has in place of the ARN of a subscription that is none.
const (
	pending = "PendingConfirmation"
	deleted = "Deleted"
)

// describe says who is told, and who is not.
func describe(subscriptions []types.Subscription) string {
	if len(subscriptions) == 0 {
		return "Nobody is subscribed: write \"alerts\": {\"email\": [\"you@example.com\"]} into checkers.json, and deploy.\n"
	}
	by := map[string][]string{}
	for _, s := range subscriptions {
		state := "confirmed"
		if arn := value(s.SubscriptionArn); arn == pending || arn == deleted {
			state = arn
		}
		by[state] = append(by[state], "  "+value(s.Protocol)+" "+value(s.Endpoint)+"\n")
	}
	var b strings.Builder
	list := func(heading, state string) bool {
		slices.Sort(by[state])
		if len(by[state]) > 0 {
			fmt.Fprintf(&b, "%s:\n%s", heading, strings.Join(by[state], ""))
		}
		return len(by[state]) > 0
	}
	list("Told of alerts", "confirmed")
	if list("NOT CONFIRMED yet", pending) {
		b.WriteString("They are told nothing, and nothing later of what was told before. AWS has sent each a message \"AWS Notification - Subscription\n" +
			"Confirmation\" with a link to open; look into the spam folder too. The link holds for some days; after them see README, On AWS.\n")
	}
	if list("UNSUBSCRIBED by a link in a message", deleted) {
		b.WriteString("They are told nothing.\n")
	}
	return b.String()
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
