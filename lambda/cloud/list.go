package cloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"stockchecker/lambda/watch"
)

var _ watch.Lister = (*Store)(nil)

// Versions implements watch.Lister. It lists the states under the prefix, a
// thousand a request.
func (s *Store) Versions(ctx context.Context) (map[string]string, error) {
	prefix := s.Prefix + "state/"
	versions := map[string]string{}
	pages := s3.NewListObjectsV2Paginator(s.Client, &s3.ListObjectsV2Input{Bucket: &s.Bucket, Prefix: &prefix, Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", s.location(prefix), explain(err, map[string]string{
				"NoSuchBucket":      s.noBucket(),
				"PermanentRedirect": s.otherRegion(),
				"403":               "access denied; allow s3:ListBucket on bucket " + s.Bucket,
			}))
		}
		for _, object := range page.Contents {
			name, ok := strings.CutSuffix(strings.TrimPrefix(aws.ToString(object.Key), prefix), ".json")
			if ok && name != "" {
				versions[name] = aws.ToString(object.ETag)
			}
		}
	}
	return versions, nil
}
