// Package cloud runs the core on AWS: a Store for state and evidence in S3, a
// Topic that tells people through SNS, Webhooks that it posts to itself, the
// metric by which CloudWatch knows of a blind checker, and the Handler that does
// the check which an event asks for.
//
// Handler.Invoke is its one entry, called by the Lambda runtime. An event is a
// checker as it travels with the places that it belongs to:
//
//	{"name": "ps5", "url": "https://shop.example/ps5",
//	 "topicArn": "arn:aws:sns:eu-west-1:123456789012:alerts",
//	 "s3Bucket": "stock", "s3Object": "state/ps5.json"}
//
// s3Object may be left out; it is state/<name>.json then. In the older form it is
// the name that is missing: it is made of s3Object.
//
// # Environment
//
// Config reads what Lambda gives each function: AWS_REGION, AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; and, as each AWS tool does,
// AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL_SNS (and, for
// Parameters, AWS_ENDPOINT_URL_SSM). Webhooks reads ALERT_URLS. The binary takes
// the whole namespace of its metric from METRIC_NAMESPACE, which is
// "StockChecker/<stackName>".
//
// # What it writes
//
// One line of JSON a check, and for a check that failed one more in CloudWatch's
// embedded metric format, with the metric CheckFailed by Checker. No line has a
// header, a page or a credential in it, and links are shown without what looks
// like a secret.
package cloud

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// How long AWS may take to answer. The sum of all attempts of a call is to leave
// a check of watch.CheckTimeout time for the rest.
const (
	attempts       = 3
	attemptTimeout = 4 * time.Second
	maxBackoff     = time.Second
)

// Config is the configuration of the AWS clients, made from the environment
// alone. It asks nobody: neither a file nor the network.
func Config(getenv func(string) string) (aws.Config, error) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if getenv(name) == "" {
			return aws.Config{}, fmt.Errorf("configure AWS: %s is not set; Lambda sets it for each function", name)
		}
	}
	credentials := aws.Credentials{
		AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    getenv("AWS_SESSION_TOKEN"),
		Source:          "environment",
	}
	cfg := aws.Config{
		Region: getenv("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
		ConfigSources: []any{endpoints(getenv)},
	}
	Tune(&cfg)
	// The clients ask ConfigSources for nothing while the environment has this one.
	if url := getenv("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = &url
	}
	return cfg, nil
}

// Tune gives the clients of a configuration the time-outs and the retries that leave
// a check its time.
func Tune(cfg *aws.Config) {
	cfg.HTTPClient = newHTTPClient(nil)
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.MaxBackoff = maxBackoff
		})
	}
	// TLS and the signature guard the bytes already, and other makers' S3 know
	// no checksums in trailers.
	cfg.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	cfg.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
}

// httpClient makes the attempts of all calls to AWS. None has more than half of the
// time that is left, so that a connection which has died does not take it all.
type httpClient struct {
	http.Client
}

// newHTTPClient makes a client; nil stands for a transport of its own.
func newHTTPClient(t http.RoundTripper) *httpClient {
	if t == nil {
		t = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSHandshakeTimeout: attemptTimeout,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		}
	}
	return &httpClient{http.Client{
		Transport: t,
		// A signature holds for one host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do makes one attempt.
func (c *httpClient) Do(r *http.Request) (*http.Response, error) {
	attempt := c.Client
	attempt.Timeout = attemptTimeout
	if deadline, ok := r.Context().Deadline(); ok {
		attempt.Timeout = min(attemptTimeout, max(time.Until(deadline)/2, time.Millisecond))
	}
	return attempt.Do(r)
}

// endpoints gives the endpoints that the environment names for one service, by the
// interface which the SDK looks for in a configuration's sources.
type endpoints func(string) string

// GetServiceBaseEndpoint is the endpoint of a service, such as "S3".
func (getenv endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(service))
	return url, url != "", nil
}
