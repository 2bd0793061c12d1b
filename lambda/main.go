// The Lambda function: it does the check that an event asks for. Package cloud says
// what an event looks like, and what is read from the environment.
package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"stockchecker/lambda/cloud"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/watch"
)

func main() {
	cfg, err := cloud.Config(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	client := fetch.New(fetch.Options{})
	webhooks, err := cloud.Webhooks(os.Getenv, client, cloud.NewParameters(cfg))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lambda.Start(&cloud.Handler{
		S3:        s3.NewFromConfig(cfg),
		SNS:       sns.NewFromConfig(cfg),
		Webhooks:  webhooks,
		Fetcher:   client,
		Memory:    watch.NewMemory(),
		Namespace: cmp.Or(os.Getenv("METRIC_NAMESPACE"), "StockChecker"),
		Metrics:   os.Stdout,
		Log:       slog.New(slog.NewJSONHandler(os.Stdout, nil)),
	})
}
