package cloud_test

import (
	"context"
	"fmt"
	"log/slog"

	"stockchecker/lambda/cloud"
)

// An event that lacks something is refused before anything is asked of AWS.
func ExampleHandler_Invoke() {
	h := &cloud.Handler{Log: slog.New(slog.DiscardHandler)}
	event := `{"name": "ps5", "topicArn": "arn:aws:sns:eu-west-1:123456789012:alerts", "s3Bucket": "stock"}`
	_, err := h.Invoke(context.Background(), []byte(event))
	fmt.Println(err)
	// Output:
	// decode event: checker "ps5": url: is missing; write "url": "https://shop.example/ps5"
}
