package cloud

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"stockchecker/lambda/watch"
)

// Store keeps the states and the evidence in a bucket:
//
//	state/NAME.json
//	state/NAME.json.corrupt-TIME
//	evidence/NAME/TIME-STATUS.html.gz
//
// The version of a state is its ETag. Writes are conditional, so that many
// functions and machines may share a bucket. It keeps nothing in memory.
type Store struct {
	Client *s3.Client
	Bucket string
	// Prefix stands before each key: "" or a text with "/" at its end.
	Prefix string
	// StateKey is the whole key of the state, for a store of one checker;
	// "": made of the name.
	StateKey string
}

var (
	_ watch.Store          = (*Store)(nil)
	_ watch.EvidenceKeeper = (*Store)(nil)
)

func (s *Store) stateKey(name string) string {
	if s.StateKey != "" {
		return s.StateKey
	}
	return s.Prefix + stateKey(name)
}

func stateKey(name string) string { return "state/" + name + ".json" }

func (s *Store) location(key string) string { return "s3://" + s.Bucket + "/" + key }

// Load implements watch.Store.
func (s *Store) Load(ctx context.Context, name string) ([]byte, string, error) {
	key := s.stateKey(name)
	fail := func(err error) ([]byte, string, error) {
		return nil, "", fmt.Errorf("read %s: %w", s.location(key), err)
	}
	out, err := s.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &key})
	switch {
	case code(err) == "NoSuchKey":
		return nil, "", nil
	case err != nil:
		return fail(explain(err, map[string]string{
			"NoSuchBucket":      s.noBucket(),
			"PermanentRedirect": s.otherRegion(),
			"403": fmt.Sprintf("access denied; allow s3:GetObject on %s of bucket %s, and s3:ListBucket on the bucket: without it a state that does not exist yet reads as denied too",
				key, s.Bucket),
		}))
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	switch {
	case err != nil:
		return fail(explain(err, nil))
	case aws.ToString(out.ETag) == "":
		return fail(errors.New("it has no ETag, so it can't be written safely; is this S3?"))
	}
	return data, *out.ETag, nil
}

// Save implements watch.Store.
func (s *Store) Save(ctx context.Context, name string, data []byte, version string) (string, error) {
	in := &s3.PutObjectInput{ContentType: aws.String("application/json")}
	if version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &version
	}
	out, err := s.put(ctx, s.stateKey(name), data, in)
	if err != nil {
		return "", err
	}
	if aws.ToString(out.ETag) == "" {
		return "", fmt.Errorf("write %s: the answer has no ETag; is this S3?", s.location(s.stateKey(name)))
	}
	return *out.ETag, nil
}

// SetAside implements watch.Store. The copy is at the key of the state with
// ".corrupt-TIME" after it, so that who may write the one may write the other.
func (s *Store) SetAside(ctx context.Context, name string, data []byte, at time.Time) (string, error) {
	key := s.stateKey(name) + ".corrupt-" + at.UTC().Format(watch.AsideTime)
	if _, err := s.put(ctx, key, data, &s3.PutObjectInput{ContentType: aws.String("application/octet-stream")}); err != nil {
		return "", err
	}
	return s.location(key), nil
}

// Keep implements watch.EvidenceKeeper. What is kept is removed by the bucket's
// lifecycle.
func (s *Store) Keep(ctx context.Context, name string, at time.Time, why watch.Status, body []byte) error {
	key := s.Prefix + "evidence/" + name + "/" + at.UTC().Format(evidenceTime) + "-" + string(why) + ".html.gz"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(body)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("pack %s: %w", s.location(key), err)
	}
	// Not as HTML: the page is the shop's, and nothing is to run in it.
	_, err = s.put(ctx, key, packed.Bytes(), &s3.PutObjectInput{ContentType: aws.String("application/gzip")})
	return err
}

const evidenceTime = "20060102T150405.000Z"

// put writes an object; in says under which conditions.
func (s *Store) put(ctx context.Context, key string, data []byte, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
	in.Bucket, in.Key, in.Body = &s.Bucket, &key, bytes.NewReader(data)
	out, err := s.Client.PutObject(ctx, in)
	if err == nil {
		return out, nil
	}
	if conditional := in.IfMatch != nil || in.IfNoneMatch != nil; conditional && conflict(err) {
		err = &fault{says: watch.ErrConflict.Error(), err: errors.Join(watch.ErrConflict, err)}
	} else {
		err = explain(err, map[string]string{
			"NoSuchBucket":      s.noBucket(),
			"PermanentRedirect": s.otherRegion(),
			"403":               fmt.Sprintf("access denied; allow s3:PutObject on %s of bucket %s", key, s.Bucket),
		})
	}
	return nil, fmt.Errorf("write %s: %w", s.location(key), err)
}

// conflict tells whether the condition of a write did not hold: the object has
// another version, is being written, or is gone.
func conflict(err error) bool {
	switch status(err) {
	case http.StatusPreconditionFailed, http.StatusConflict:
		return true
	case http.StatusNotFound:
		return code(err) != "NoSuchBucket"
	}
	return false
}

func (s *Store) noBucket() string {
	return fmt.Sprintf("there is no bucket %s; deploy again, or correct its name", s.Bucket)
}

func (s *Store) otherRegion() string {
	return fmt.Sprintf("bucket %s is in another region; name one in the region of the function, and to the command that of the bucket by AWS_REGION", s.Bucket)
}
