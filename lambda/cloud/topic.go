package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"stockchecker/lambda/watch"
)

// Topic is the channel "sns": it publishes alerts to an SNS topic. Each message
// has the attributes checker and status, for the filter policies of subscriptions.
type Topic struct {
	Client *sns.Client
	ARN    string
}

var _ watch.Notifier = (*Topic)(nil)

// Channel implements watch.Notifier.
func (*Topic) Channel() string { return "sns" }

// Send implements watch.Notifier.
func (t *Topic) Send(ctx context.Context, a watch.Alert) error {
	m := watch.NewMessage(a)
	attribute := func(value string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	text, err := encodeMessage(m, maxMessage-len(m.Subject)-len(a.Checker)-len(a.Status)-attributeNames)
	if err != nil {
		return fmt.Errorf("publish to %s: %w", t.ARN, err)
	}
	_, err = t.Client.Publish(ctx, &sns.PublishInput{
		TopicArn:         &t.ARN,
		Subject:          &m.Subject,
		Message:          &text,
		MessageStructure: aws.String("json"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"checker": attribute(a.Checker),
			"status":  attribute(string(a.Status)),
		},
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", t.ARN, explain(err, map[string]string{
			"AuthorizationError":    "access denied; allow sns:Publish on the topic",
			"AccessDenied":          "access denied; allow sns:Publish on the topic",
			"AccessDeniedException": "access denied; allow sns:Publish on the topic",
			"NotFound":              "there is no such topic; deploy again, or correct topicArn",
			"NotFoundException":     "there is no such topic; deploy again, or correct topicArn",
		}))
	}
	return nil
}

// What SNS takes in one message, its attributes with it.
const (
	maxMessage     = 256 << 10
	attributeNames = len("checker") + len("String") + len("status") + len("String")
)

// message is what each kind of subscription gets. Default is for queues,
// functions and web hooks.
type message struct {
	Default string `json:"default"`
	Email   string `json:"email"`
	SMS     string `json:"sms"`
}

// encodeMessage writes a message in at most limit bytes. Only the encoded text can
// be measured: escapes make a body longer, and it stands there twice.
func encodeMessage(m watch.Message, limit int) (string, error) {
	body := m.Body
	for {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(message{Default: body, Email: body, SMS: m.SMS}); err != nil {
			return "", fmt.Errorf("encode message: %w", err)
		}
		text := string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
		switch {
		case len(text) <= limit:
			return text, nil
		}
		room := min(len(body)-1, len(body)*limit/len(text))
		if room < 1 {
			return "", fmt.Errorf("encode message: %d bytes, more than the %d that are left", len(text), limit)
		}
		body = m.BodyWithin(room)
	}
}
