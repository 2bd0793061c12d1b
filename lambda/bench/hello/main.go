// Command hello is the least function that has the clients of the AWS SDK which
// ours has: what ours is measured beside.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	buckets, topics := s3.NewFromConfig(cfg), sns.NewFromConfig(cfg)
	lambda.Start(func(ctx context.Context) (string, error) {
		if _, err := buckets.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("stock"), Key: aws.String("hello")}); err != nil {
			return "", err
		}
		if _, err := buckets.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("stock"), Key: aws.String("hello")}); err != nil {
			return "", err
		}
		_, err := topics.Publish(ctx, &sns.PublishInput{Message: aws.String("hello")})
		return "hello", err
	})
}
