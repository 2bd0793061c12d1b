package stockchecker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"stockchecker/infra/stockchecker"
	"stockchecker/lambda/checker"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// One product in a stack of one's own.
func ExampleNewStockChecker() {
	folder, err := os.MkdirTemp("", "stockchecker-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	zip := filepath.Join(folder, "lambda.zip") // in earnest dist/lambda-arm64.zip
	if err := os.WriteFile(zip, nil, 0o644); err != nil {
		fmt.Println(err)
		return
	}
	ps5, err := checker.ParseDefinition([]byte(`{"name": "ps5", "url": "https://shop.example/ps5", "every": "5m"}`))
	if err != nil {
		fmt.Println(err)
		return
	}

	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &folder})
	stack := awscdk.NewStack(app, jsii.String("shop"), nil)
	shared := stockchecker.NewShared(stack, jsii.String("Stock"), &stockchecker.SharedProps{
		Zip:    &zip,
		Alerts: checker.Alerts{Email: []checker.Subscriber{{To: "you@example.com"}}},
	})
	stockchecker.AllowRules(shared.Function)
	product := stockchecker.NewStockChecker(stack, jsii.String("ps5"), &stockchecker.StockCheckerProps{
		Checker:  ps5,
		Function: shared.Function,
		Bucket:   shared.Bucket,
		Topic:    shared.Topic,
	})
	fmt.Println(product.Name, product.StateKey, *product.Rule.ScheduleExpression())
	// Output: ps5 state/ps5.json cron(2/5 * * * ? *)
}
