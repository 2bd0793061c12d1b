package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"stockchecker/lambda/cloud"
	"stockchecker/lambda/local"
	"stockchecker/lambda/watch"
)

// stateStore is where the states are kept, and the pages of alerts.
type stateStore interface {
	watch.Lister
	watch.EvidenceKeeper
}

var (
	_ stateStore = (*local.FileStore)(nil)
	_ stateStore = (*cloud.Store)(nil)
)

const stateHelp = "Where the state is kept: a folder, or s3://BUCKET/PREFIX."

// newState opens the state in a folder, which it makes if there is none, or in a
// bucket.
func newState(ctx context.Context, place string) (stateStore, error) {
	if strings.Contains(place, "://") {
		return openBucket(ctx, place)
	}
	return local.NewFileStore(place)
}

// openState opens a state that is there already: looking makes no folder.
func openState(ctx context.Context, place string) (stateStore, error) {
	if !strings.Contains(place, "://") {
		if _, err := os.Stat(place); err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("there is no state in %s yet; stockcheck run makes it", place)
			}
			return nil, fmt.Errorf("open state: %w", err)
		}
	}
	return newState(ctx, place)
}

func openBucket(ctx context.Context, place string) (stateStore, error) {
	u, err := url.Parse(place)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Port() != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usageError{fmt.Errorf("open state: %q is neither a folder nor s3://BUCKET/PREFIX", place)}
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("open state %s: read the AWS configuration: %w", place, err)
	}
	if cfg.Region == "" {
		return nil, fmt.Errorf("open state %s: the bucket's region is not known; set AWS_REGION to it, or AWS_PROFILE to a profile that has it", place)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("open state %s: interrupted", place)
		}
		return nil, fmt.Errorf("open state %s: no AWS credentials; log in (aws sso login), set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (%w)", place, err)
	}
	cloud.Tune(&cfg)
	store := &cloud.Store{Bucket: u.Host, Prefix: prefix, Client: s3.NewFromConfig(cfg, func(o *s3.Options) {
		// Other makers' S3 has no host of its own for each bucket.
		o.UsePathStyle = cfg.BaseEndpoint != nil || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
	})}
	// A wrong name or a missing permission shows now, and not at each check.
	if _, err := store.Versions(ctx); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	return store, nil
}
