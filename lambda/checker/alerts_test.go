package checker

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withAlerts is a file with such alerts, on its first line, and such further keys of the
// checker ps5.
func withAlerts(alerts, keys string) string {
	return `{"alerts": {` + alerts + "},\n" + `"checkers": [{"name": "ps5", "url": "https://shop.example/ps5"` + keys + `}]}`
}

func TestAlerts(t *testing.T) {
	tests := []struct {
		name, alerts, keys string
		want               Alerts
	}{
		{name: "none"},
		{
			name: "addresses and objects", alerts: `"email": ["a@example.com", {"only": ["ps5"], "to": "b@example.com"}, {"to": "c@example.com"}]`,
			want: Alerts{Email: []Subscriber{{To: "a@example.com"}, {To: "b@example.com", Only: []string{"ps5"}}, {To: "c@example.com"}}},
		},
		{
			name:   "names that the file does not give",
			alerts: `"urls": ["ntfy://h/a", {"url": "ntfy://h/b"}, "GENERIC+https://h/", {"name": "ntfy-2", "url": "slack://x"}, "${HOOK}", "desktop:"]`,
			want: Alerts{URLs: []Channel{
				{Name: "ntfy", URL: "ntfy://h/a"}, {Name: "ntfy-3", URL: "ntfy://h/b"}, {Name: "generic", URL: "GENERIC+https://h/"}, {Name: "ntfy-2", URL: "slack://x"},
				{Name: "channel", URL: "${HOOK}"}, {Name: "desktop", URL: "desktop:"},
			}},
		},
		{
			name: "secrets", alerts: `"urls": ["telegram://${TOKEN}@telegram?chats=${ssm:/stock/chat-1.id}", "ntfy://h:${PORT}/a"]`,
			want: Alerts{URLs: []Channel{{Name: "telegram", URL: "telegram://${TOKEN}@telegram?chats=${ssm:/stock/chat-1.id}"}, {Name: "ntfy", URL: "ntfy://h:${PORT}/a"}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, mustParse(t, withAlerts(tt.alerts, tt.keys)).Alerts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInvalidAlerts(t *testing.T) {
	tests := []struct{ name, alerts, keys, want string }{
		{"to is missing", `"email": [{"only": ["ps5"]}]`, ``, `1:23: alerts.email[0].to: is missing; write "to": "you@example.com"`},
		{"to is no address", `"email": [{"to": "me"}]`, ``, `1:30: alerts.email[0].to: "me" is no e-mail address; write it like you@example.com`},
		{"to is no number", `"sms": [{"to": "0155"}]`, ``, `1:28: alerts.sms[0].to: "0155" is no phone number; write it in E.164 form, like +15555550123`},
		{"to is no https URL", `"https": [{"to": "http://secret"}]`, ``, `1:30: alerts.https[0].to: is no https URL; write it like https://hooks.example/stock`},
		{"told twice", `"email": ["a@example.com", {"to": "a@example.com", "only": ["ps5"]}]`, ``,
			`1:47: alerts.email[1].to: "a@example.com" stands here a second time; remove one of them`},
		{"told twice, the other way round", `"email": [{"to": "a@example.com", "only": ["ps5"]}, "a@example.com"]`, ``,
			`1:65: alerts.email[1]: "a@example.com" stands here a second time; remove one of them`},
		{"a secret twice", `"https": ["https://h.example/1", "https://h.example/1"]`, ``, `1:46: alerts.https[1]: stands here a second time; remove one of them`},
		{"a service twice", `"urls": ["ntfy://h/secret", "ntfy://h/secret"]`, ``, `1:41: alerts.urls[1]: stands here a second time; remove one of them`},
		{"an unknown key", `"email": [{"too": "a@example.com", "to": "b@example.com"}]`, ``, `1:24: alerts.email[0].too: is no key here; did you mean "to"?`},
		{"only is empty", `"email": [{"to": "a@example.com", "only": []}]`, ``, `1:55: alerts.email[0].only: is an empty list; it needs at least 1`},
		{"only names none", `"email": [{"to": "a@example.com", "only": ["ps6", "switch-2"]}]`, ``,
			`1:56: alerts.email[0].only[0]: "ps6" is no checker of this file; did you mean "ps5"?
checkers.json:1:63: alerts.email[0].only[1]: "switch-2" is no checker of this file; write the name of one`},
		{"only of a service", `"urls": [{"url": "ntfy://h/a", "only": ["xbox"]}]`, ``, `1:53: alerts.urls[0].only[0]: "xbox" is no checker of this file; write the name of one`},
		{"a service without URL", `"urls": [{"name": "phone"}]`, ``, `1:22: alerts.urls[0].url: is missing; write "url": "ntfy://ntfy.sh/your-topic"`},
		{"a bad name", `"urls": [{"name": "My phone", "url": "ntfy://h/a"}]`, ``,
			`1:31: alerts.urls[0].name: "My phone" is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit`},
		{"a name twice", `"urls": [{"name": "p", "url": "ntfy://h/a"}, {"name": "p", "url": "ntfy://h/b"}]`, ``,
			`1:67: alerts.urls[1].name: "p" is the name of another entry too; names are unique`},
		{"no URL", `"urls": [{"url": "secret"}]`, ``, `1:30: alerts.urls[0].url: is no URL; write it like ntfy://ntfy.sh/your-topic`},
		{"a secret's name", `"urls": ["ntfy://h/${MY-TOPIC}"]`, ``, `1:22: alerts.urls[0]: has a ${ that begins no secret; write ${VARIABLE}, or on AWS ${ssm:/path}`},
		{"a secret's path", `"urls": ["ntfy://h/${ssm:topic}"]`, ``, `1:22: alerts.urls[0]: has a ${ that begins no secret; write ${VARIABLE}, or on AWS ${ssm:/path}`},
		{"a secret without end", `"urls": ["ntfy://h/${TOPIC"]`, ``, `1:22: alerts.urls[0]: has a ${ that begins no secret; write ${VARIABLE}, or on AWS ${ssm:/path}`},
		{"a template", `"messages": {"subject": "{{.Title"}`, ``, `1:37: alerts.messages.subject: is no template: 1: unclosed action; write it like {{.Title}} is in stock`},
		{"a function that is none", `"messages": {"body": "{{upper .Title}}"}`, ``,
			`1:34: alerts.messages.body: is no template: 1: function "upper" not defined; write it like {{.Link}}`},
		{"no channel", ``, `, "channels": ["phone"]`, `2:78: checker "ps5": channels[0]: "phone" is no channel: alerts.urls has none; add it there`},
		{"another channel", `"urls": ["ntfy://h/a", "slack://b"]`, `, "channels": ["phone"]`,
			`2:78: checker "ps5": channels[0]: "phone" is no channel of alerts.urls; write "ntfy" or "slack"`},
		{"a misspelt channel", `"urls": ["ntfy://h/a"]`, `, "channels": ["ntfi"]`, `2:78: checker "ps5": channels[0]: "ntfi" is no channel of alerts.urls; did you mean "ntfy"?`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("checkers.json", []byte(withAlerts(tt.alerts, tt.keys)))
			if err == nil {
				t.Fatal("no fault")
			}
			if diff := cmp.Diff("checkers.json:"+tt.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTellsOf(t *testing.T) {
	for _, tt := range []struct {
		only, channels []string
		want           bool
	}{
		{nil, nil, true},
		{[]string{"xbox", "ps5"}, nil, true},
		{[]string{"xbox"}, nil, false},
		{nil, []string{"mail", "phone"}, true},
		{nil, []string{"mail"}, false},
		{nil, []string{}, false},
		{[]string{"xbox"}, []string{"phone"}, false},
	} {
		c := Channel{Name: "phone", Only: tt.only}
		if got := c.TellsOf(&Checker{Name: "ps5", Channels: tt.channels}); got != tt.want {
			t.Errorf("only %q, channels %q: %t", tt.only, tt.channels, got)
		}
	}
}

func TestReveal(t *testing.T) {
	c := Channel{Name: "phone", URL: "telegram://${TOKEN}@telegram?chats=${ssm:/chat}&again=${TOKEN}"}
	if diff := cmp.Diff([]string{"TOKEN", "ssm:/chat"}, c.Secrets()); diff != "" {
		t.Error(diff)
	}
	got, err := c.Reveal(func(name string) (string, error) { return "<" + name + ">", nil })
	if want := "telegram://<TOKEN>@telegram?chats=<ssm:/chat>&again=<TOKEN>"; got != want || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	missing := errors.New("is not set")
	got, err = c.Reveal(func(name string) (string, error) {
		if name == "TOKEN" {
			return "", fmt.Errorf("%s %w", name, missing)
		}
		return "1", nil
	})
	if got != "" || !errors.Is(err, missing) || err.Error() != "channel phone: TOKEN is not set" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestCheckAWS(t *testing.T) {
	const known = "; the function knows discord, generic, ntfy, slack, telegram"
	for _, test := range []struct{ url, service, want string }{
		{"ntfy://ntfy.sh/a", "ntfy", ""},
		{"https://ntfy.sh/a", "ntfy", ""},
		{"HTTPS://Discord.com/api/webhooks/1/x", "discord", ""},
		{"https://discordapp.com/api/webhooks/1/x", "discord", ""},
		{"https://hooks.slack.com/services/${ssm:/slack}", "slack", ""},
		{"Generic+https://hooks.example/${ssm:/a}?b=${ssm:/c/d}", "generic", ""},
		{"generic://hooks.example", "generic", ""},
		{"slack://hook:a@webhook", "slack", ""},
		{"telegram://1:a@telegram?chats=1", "telegram", ""},
		{"${ssm:/all}", "", ""},
		{"pushover://shoutrrr:secret@user", "pushover", "pushover is for the command on one machine" + known},
		{"desktop:", "desktop", "desktop is for the command on one machine" + known},
		{"https://hooks.example/secret", "https", "its URL names no service; write generic+https://… for a webhook, or ntfy://host/topic for an ntfy server"},
		{"http://ntfy.sh/secret", "http", "its URL names no service; write generic+http://… for a webhook, or ntfy://host/topic for an ntfy server"},
		{"ntfy://ntfy.sh/${ssm:/a}?x=${NTFY}", "ntfy", "the function has no environment variable NTFY; write a parameter, like ${ssm:/stockchecker/token}"},
		{"${ALL}", "", "the function has no environment variable ALL; write a parameter, like ${ssm:/stockchecker/token}"},
	} {
		c := Channel{Name: "phone", URL: test.url}
		if got := c.Service(); got != test.service {
			t.Errorf("%s: service %q, want %q", test.url, got, test.service)
		}
		got := ""
		if err := c.CheckAWS(); err != nil {
			got = strings.TrimPrefix(err.Error(), "alerts.urls: phone is not told on AWS: ")
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.url, got, test.want)
		}
	}
}
