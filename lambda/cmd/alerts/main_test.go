package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const topicARN = "arn:aws:sns:eu-west-3:123456789012:stockchecker-SharedTopic1234-AbCd"

const outputs = `{"stockchecker-s1": {}, "stockchecker": {"Bucket": "stock", "Topic": "` + topicARN + `", "Function": "check",
	"Dashboard": "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-3#dashboards/dashboard/Overview"}}`

// fakeSNS has the subscriptions of a topic, two on a page, and keeps what is
// published.
type fakeSNS struct {
	subscriptions [][3]string // protocol, endpoint, ARN
	refuse        map[string]string

	mu        sync.Mutex
	published []url.Values
	signed    []string
}

func (s *fakeSNS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed = append(s.signed, r.Header.Get("Authorization"))
	action := r.PostForm.Get("Action")
	w.Header().Set("Content-Type", "text/xml")
	switch code, refused := s.refuse[action]; {
	case refused:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>%s</Code><Message>it may not</Message></Error><RequestId>R1</RequestId></ErrorResponse>`, code)
	case r.PostForm.Get("TopicArn") != topicARN:
		http.Error(w, "another topic", http.StatusBadRequest)
	case action == "Publish":
		s.published = append(s.published, r.PostForm)
		fmt.Fprint(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	case action == "ListSubscriptionsByTopic":
		from := 0
		_, _ = fmt.Sscan(r.PostForm.Get("NextToken"), &from)
		to, token := len(s.subscriptions), ""
		if to > from+2 {
			to = from + 2
			token = fmt.Sprintf("<NextToken>%d</NextToken>", to)
		}
		fmt.Fprint(w, `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions>`)
		for _, sub := range s.subscriptions[from:to] {
			fmt.Fprintf(w, `<member><TopicArn>%s</TopicArn><Protocol>%s</Protocol><Endpoint>%s</Endpoint><SubscriptionArn>%s</SubscriptionArn><Owner>123456789012</Owner></member>`,
				topicARN, sub[0], sub[1], sub[2])
		}
		fmt.Fprintf(w, `</Subscriptions>%s</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`, token)
	default:
		http.Error(w, "no action "+action, http.StatusBadRequest)
	}
}

// start serves an SNS, and gives the process an environment for it and the path of
// the outputs.
func start(t *testing.T, s *fakeSNS) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", "")
	t.Setenv("AWS_ENDPOINT_URL_SNS", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "")
	t.Setenv("AWS_REGION", "us-west-2") // the topic is elsewhere
	return write(t, outputs)
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "outputs.json")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// aws puts a program with this script first on PATH, as the AWS CLI.
func aws(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "aws"), []byte("#!/bin/sh\n"+script+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestUnconfirmed(t *testing.T) {
	const told = topicARN + ":1"
	const unconfirmed = "They are told nothing, and nothing later of what was told before. AWS has sent each a message \"AWS Notification - Subscription\n" +
		"Confirmation\" with a link to open; look into the spam folder too. The link holds for some days; after them see README, On AWS.\n"
	for _, test := range []struct {
		name          string
		subscriptions [][3]string
		want          string
	}{
		{"nobody", nil, "Nobody is subscribed: write \"alerts\": {\"email\": [\"you@example.com\"]} into checkers.json, and deploy.\n"},
		{"all confirmed", [][3]string{{"sms", "+15555550123", told}, {"email", "a@example.com", told}},
			"Told of alerts:\n  email a@example.com\n  sms +15555550123\n"},
		{"none confirmed", [][3]string{{"email", "a@example.com", "PendingConfirmation"}},
			"NOT CONFIRMED yet:\n  email a@example.com\n" + unconfirmed},
		{"on three pages", [][3]string{
			{"email", "a@example.com", "PendingConfirmation"}, {"email", "b@example.com", told}, {"email", "c@example.com", "Deleted"},
			{"sms", "+15555550123", told}, {"https", "https://hook.example", "PendingConfirmation"},
		},
			"Told of alerts:\n  email b@example.com\n  sms +15555550123\nNOT CONFIRMED yet:\n  email a@example.com\n  https https://hook.example\n" + unconfirmed +
				"UNSUBSCRIBED by a link in a message:\n  email c@example.com\nThey are told nothing.\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &fakeSNS{subscriptions: test.subscriptions}
			path := start(t, s)
			var out strings.Builder
			if err := run(t.Context(), &out, false, path); err != nil {
				t.Fatal(err)
			}
			want(t, "output", out.String(), test.want)
			want(t, "published", len(s.published), 0)
		})
	}
}

func TestPublish(t *testing.T) {
	s := &fakeSNS{subscriptions: [][3]string{{"email", "a@example.com", topicARN + ":1"}}}
	path := start(t, s)
	var out strings.Builder
	if err := run(t.Context(), &out, true, path); err != nil {
		t.Fatal(err)
	}
	want(t, "output", out.String(), "Published to "+topicARN+": test-alert works: nothing in stock yet\nTold of alerts:\n  email a@example.com\n")
	if len(s.published) != 1 {
		t.Fatalf("%d messages were published, want 1", len(s.published))
	}
	form := s.published[0]
	want(t, "subject", form.Get("Subject"), "test-alert works: nothing in stock yet")
	var message struct{ Default, Email, SMS string }
	if err := json.Unmarshal([]byte(form.Get("Message")), &message); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(message.Email, "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-3#dashboards/dashboard/Overview\n") || !strings.HasPrefix(message.SMS, "test-alert works") {
		t.Errorf("message %s", form.Get("Message"))
	}
	for _, signature := range s.signed {
		if !strings.Contains(signature, "Credential=AKIAENV/") || !strings.Contains(signature, "/eu-west-3/sns/") {
			t.Errorf("signed %q, want it by the environment's key, for the topic's region", signature)
		}
	}
}

// TestCredentialsOfCLI: a profile's credentials come from the AWS CLI.
func TestCredentialsOfCLI(t *testing.T) {
	s := &fakeSNS{}
	path := start(t, s)
	aws(t, `[ "$*" = "configure export-credentials --format process" ] && echo '{"Version": 1, "AccessKeyId": "AKIACLI", "SecretAccessKey": "s", "SessionToken": "t"}'`)
	if err := run(t.Context(), new(strings.Builder), false, path); err != nil {
		t.Fatal(err)
	}
	if len(s.signed) != 1 || !strings.Contains(s.signed[0], "Credential=AKIACLI/") || !strings.Contains(s.signed[0], "x-amz-security-token") {
		t.Errorf("signed %q, want it by the CLI's key and token", s.signed)
	}
}

func TestFaults(t *testing.T) {
	const noCredentials = "find AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and the AWS CLI"
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, s *fakeSNS, path *string)
		publish bool
		want    string // PATH stands for the path of the outputs
	}{
		{"no deployment", func(t *testing.T, _ *fakeSNS, path *string) { *path = filepath.Join(t.TempDir(), "none.json") }, false,
			"find the deployment: there is no PATH; make deploy writes it"},
		{"no JSON", func(t *testing.T, _ *fakeSNS, path *string) { *path = write(t, "{") }, false,
			"read PATH: unexpected end of JSON input"},
		{"no topic", func(t *testing.T, _ *fakeSNS, path *string) { *path = write(t, `{"other": {"Bucket": "b"}}`) }, false,
			"read PATH: 0 stacks in it have the output Topic, not one; make deploy writes it anew"},
		{"two topics", func(t *testing.T, _ *fakeSNS, path *string) {
			*path = write(t, `{"a": {"Topic": "arn:aws:sns:r:1:x"}, "b": {"Topic": "arn:aws:sns:r:1:y"}}`)
		}, false,
			"read PATH: 2 stacks in it have the output Topic, not one; make deploy writes it anew"},
		{"no ARN", func(t *testing.T, _ *fakeSNS, path *string) { *path = write(t, `{"a": {"Topic": "alerts"}}`) }, false,
			`read PATH: the output Topic of a is "alerts", which is no ARN of an SNS topic`},
		{"no CLI", func(t *testing.T, _ *fakeSNS, _ *string) {
			aws(t, "")
			t.Setenv("PATH", t.TempDir())
		}, true, noCredentials + " is not installed, which could give those of a profile"},
		{"not logged in", func(t *testing.T, _ *fakeSNS, _ *string) {
			aws(t, `echo >&2; echo "The SSO session has expired; run aws sso login" >&2; exit 255`)
		}, true, noCredentials + " gives none: The SSO session has expired; run aws sso login"},
		{"old CLI", func(t *testing.T, _ *fakeSNS, _ *string) {
			aws(t, `echo "usage: aws [options]" >&2; echo "aws: error: argument subcommand: Invalid choice, valid choices are: list | get" >&2; exit 2`)
		}, true, noCredentials + " is too old to give those of a profile; install version 2"},
		{"silent CLI", func(t *testing.T, _ *fakeSNS, _ *string) { aws(t, "exit 3") }, true, noCredentials + " gives none: exit status 3"},
		{"strange CLI", func(t *testing.T, _ *fakeSNS, _ *string) { aws(t, "echo '{}'") }, true, noCredentials + "'s answer has no keys in it"},
		{"may not publish", func(t *testing.T, s *fakeSNS, _ *string) {
			s.refuse = map[string]string{"Publish": "AuthorizationError"}
		}, true, "publish to " + topicARN + ": access denied; allow sns:Publish on the topic (403, AuthorizationError: it may not, request R1)"},
		{"destroyed", func(t *testing.T, s *fakeSNS, _ *string) { s.refuse = map[string]string{"Publish": "NotFound"} }, true,
			"publish to " + topicARN + ": there is no such topic; deploy again, or correct topicArn (403, NotFound: it may not, request R1)"},
		{"may not list", func(t *testing.T, s *fakeSNS, _ *string) {
			s.refuse = map[string]string{"ListSubscriptionsByTopic": "AuthorizationError"}
		}, false, "list subscriptions of " + topicARN + ": refused by AWS: AuthorizationError: it may not"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &fakeSNS{}
			path := start(t, s)
			test.prepare(t, s, &path)
			var out strings.Builder
			err := run(t.Context(), &out, test.publish, path)
			if err == nil {
				t.Fatalf("no error; output %q", &out)
			}
			want(t, "error", err.Error(), strings.ReplaceAll(test.want, "PATH", path))
			want(t, "published", len(s.published), 0)
		})
	}
}
