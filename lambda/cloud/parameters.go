package cloud

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Parameters are secrets in SSM Parameter Store. Each is asked for when it is
// needed first, and kept. The SDK's client for SSM would be half as large as the
// whole function.
type Parameters struct {
	cfg      aws.Config
	endpoint string

	mu   sync.Mutex
	kept map[string]string
}

// NewParameters asks SSM with a configuration of Config.
func NewParameters(cfg aws.Config) *Parameters {
	domain := "amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		domain += ".cn"
	}
	p := &Parameters{cfg: cfg, endpoint: "https://ssm." + cfg.Region + "." + domain, kept: map[string]string{}}
	if cfg.BaseEndpoint != nil {
		p.endpoint = *cfg.BaseEndpoint
	}
	for _, source := range cfg.ConfigSources {
		if e, ok := source.(endpoints); ok {
			if own := e("AWS_ENDPOINT_URL_SSM"); own != "" {
				p.endpoint = own
			}
		}
	}
	return p
}

// Values are the parameters of these names.
func (p *Parameters) Values(ctx context.Context, names []string) (map[string]string, error) {
	values := map[string]string{}
	var missing []string
	p.mu.Lock()
	for _, name := range names {
		if v, ok := p.kept[name]; ok {
			values[name] = v
		} else if !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	p.mu.Unlock()
	// SSM takes ten names at once.
	for some := range slices.Chunk(missing, 10) {
		fetched, err := p.fetch(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("get the parameters %s: %w", strings.Join(some, ", "), err)
		}
		p.mu.Lock()
		for name, v := range fetched {
			p.kept[name], values[name] = v, v
		}
		p.mu.Unlock()
	}
	return values, nil
}

// Forget makes Values ask for parameters anew.
func (p *Parameters) Forget(names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range names {
		delete(p.kept, name)
	}
}

// fetch asks SSM, again where it has a fault or is asked too much.
func (p *Parameters) fetch(ctx context.Context, names []string) (map[string]string, error) {
	body, err := json.Marshal(map[string]any{"Names": names, "WithDecryption": true})
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		values, again, err := p.call(ctx, body)
		if err == nil || !again || attempt == attempts {
			return values, err
		}
		if wait(ctx, time.Now().Add(time.Duration(attempt)*firstBackoff)) != nil {
			return nil, err
		}
	}
}

const firstBackoff = 100 * time.Millisecond

// call is one attempt; again tells whether another may be answered otherwise.
func (p *Parameters) call(ctx context.Context, body []byte) (values map[string]string, again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AmazonSSM.GetParameters")
	credentials, err := p.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, false, err
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hash, "ssm", p.cfg.Region, time.Now()); err != nil {
		return nil, false, err
	}
	resp, err := p.cfg.HTTPClient.Do(req)
	if err != nil {
		if timedOut(err) || errors.Is(err, context.DeadlineExceeded) {
			return nil, true, errors.New("no answer in time")
		}
		return nil, true, errors.New("no whole answer from AWS: " + cause(err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, true, errors.New("no whole answer from AWS: " + cause(err))
	}
	// encoding/json does not mind the case of message.
	var answer struct {
		Parameters        []struct{ Name, Value string }
		InvalidParameters []string
		Type              string `json:"__type"`
		Message           string
	}
	decodeErr := json.Unmarshal(text, &answer)
	switch code := answer.Type[strings.LastIndexByte(answer.Type, '#')+1:]; {
	case resp.StatusCode != http.StatusOK && code == "AccessDeniedException":
		return nil, false, fmt.Errorf("access denied; allow ssm:GetParameters on them, and kms:Decrypt on a key of your own (%d, %s: %s)", resp.StatusCode, code, oneLine(answer.Message))
	case resp.StatusCode != http.StatusOK:
		again := resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || code == "ThrottlingException"
		return nil, again, fmt.Errorf("refused by AWS (%d, %s: %s)", resp.StatusCode, code, oneLine(answer.Message))
	case decodeErr != nil:
		return nil, true, errors.New("AWS answers with no JSON")
	case len(answer.InvalidParameters) > 0:
		return nil, false, fmt.Errorf("there is no %s; make it with aws ssm put-parameter --type SecureString --name %s --value …",
			strings.Join(answer.InvalidParameters, ", "), answer.InvalidParameters[0])
	}
	values = map[string]string{}
	for _, v := range answer.Parameters {
		values[v.Name] = v.Value
	}
	return values, false, nil
}
