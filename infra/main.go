// The CDK app of the stock checker: it reads checkers.json and describes what
// runs it on AWS. The CDK CLI runs it from the folder above, as cdk.json says.
//
// Context switches, each as -c KEY=VALUE of the CDK CLI:
//
//	checkers      the file; default checkers.json
//	stackName     the stack, and how the names of its shards begin; default stockchecker
//	bucket        an existing bucket to keep the states in; default a new one
//	architecture  arm64 (default) or x86_64
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	err := run()
	jsii.Close()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	app := newApp("")
	d, err := configure(app.Node())
	if err != nil {
		return err
	}
	return d.synthesize(app)
}

// newApp writes to a folder; "" is the one that the CDK CLI says.
func newApp(folder string) awscdk.App {
	// Without CDK's own metadata, which says to AWS what is used, a template has the
	// resources that we count.
	props := &awscdk.AppProps{AnalyticsReporting: jsii.Bool(false)}
	if folder != "" {
		props.Outdir = &folder
	}
	app := awscdk.NewApp(props)
	for key, value := range map[string]any{
		// CDK's own count ends in a stack trace; ours says what to write.
		"@aws-cdk/core:stackResourceLimit": 0,
		// The base stack keeps what its shards use.
		"@aws-cdk/core:defaultCrossStackReferences": "strong",
	} {
		app.Node().SetContext(&key, value)
	}
	return app
}
