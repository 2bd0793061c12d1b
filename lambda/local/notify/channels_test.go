package notify

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// alertsOf reads the alerts of a file, and its one checker, ps5.
func alertsOf(t *testing.T, alerts, more string) (checker.Alerts, *checker.Checker) {
	t.Helper()
	f, err := checker.Parse("checkers.json", []byte(`{"alerts": `+alerts+`, "checkers": [{"name": "ps5", "url": "https://shop.example/ps5"`+more+`}, {"name": "lamp", "url": "https://shop.example/lamp"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := checker.Resolve(f.Checkers[0])
	if err != nil {
		t.Fatal(err)
	}
	return f.Alerts, c
}

func names(list []watch.Notifier) string {
	var all []string
	for _, n := range list {
		all = append(all, n.Channel())
	}
	return strings.Join(all, ", ")
}

// Which channels tell of ps5.
func TestFor(t *testing.T) {
	const two = `"ntfy://ntfy.example/stock", {"name": "phone", "url": "ntfy://ntfy.example/me", "only": ["ps5"]}, {"name": "lamps", "url": "ntfy://ntfy.example/lamps", "only": ["lamp"]}`
	const mail = `"smtp://mail.example/?from=me@example.com"`
	for _, test := range []struct{ alerts, more, want string }{
		{`{}`, ``, ""},
		{`{"urls": [` + two + `]}`, ``, "ntfy, phone"},
		{`{"urls": [` + two + `]}`, `, "channels": ["phone"]`, "phone"},
		{`{"urls": [` + two + `]}`, `, "channels": ["lamps"]`, ""},
		{`{"urls": [` + two + `]}`, `, "channels": []`, ""},
		{`{"urls": ["desktop:", ` + mail + `], "email": ["me@example.com"]}`, ``, "desktop, email:me@example.com"},
		{`{"urls": [` + mail + `], "email": ["me@example.com", {"to": "you@example.com", "only": ["lamp"]}, {"to": "we@example.com", "only": ["ps5"]}]}`, `, "channels": []`,
			"email:me@example.com, email:we@example.com"},
		{`{"urls": [{"name": "family", "url": "smtp://mail.example/?from=me@example.com&to=a@example.com,b@example.com"}]}`, ``, "family:a@example.com, family:b@example.com"},
	} {
		alerts, c := alertsOf(t, test.alerts, test.more)
		cs, err := New(alerts, Words{}, noEnv)
		if err != nil {
			t.Errorf("%s: %v", test.alerts, err)
			continue
		}
		if got := names(cs.For(c)); got != test.want {
			t.Errorf("%s%s: got %q, want %q", test.alerts, test.more, got, test.want)
		}
	}
}

func TestNamed(t *testing.T) {
	alerts, _ := alertsOf(t, `{"urls": ["desktop:", {"name": "family", "url": "smtp://mail.example/?from=me@example.com&to=a@example.com,b@example.com"}]}`, "")
	cs, err := New(alerts, Words{}, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"": "desktop, family:a@example.com, family:b@example.com", "desktop": "desktop", "family": "family:a@example.com, family:b@example.com", "family:b@example.com": "family:b@example.com", "phone": "",
	} {
		if got := names(cs.Named(name)); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// What is wrong at the start is said so, a line each, and no secret with it.
func TestNewFaults(t *testing.T) {
	env := map[string]string{"TOKEN": "sEcReT-token", "EMPTY": "", "ALL": "ntfy://ntfy.example/sEcReT-topic", "MAIL": "sEcReT", "PERCENT": "sEcReT%zz"}
	lookup := func(name string) (string, bool) {
		value, there := env[name]
		return value, there
	}
	for _, test := range []struct {
		name, alerts string
		want         []string
		notes        []string
	}{
		{"secrets that are there", `{"urls": ["discord://${TOKEN}@123456", "${ALL}"]}`, nil, nil},
		{"a variable that is not set", `{"urls": [{"name": "phone", "url": "discord://${NO_TOKEN}@123456"}]}`,
			[]string{"channel phone: the environment variable NO_TOKEN is not set; set it before you start, or remove the channel from alerts.urls"}, nil},
		{"several, and one that is empty", `{"urls": ["discord://${NO_TOKEN}@${EMPTY}", "desktop:", "ntfy://ntfy.example/${GONE}"]}`, []string{
			"channel discord: the environment variables NO_TOKEN, EMPTY are not set; set them before you start, or remove the channel from alerts.urls",
			"channel ntfy: the environment variable GONE is not set; set it before you start, or remove the channel from alerts.urls",
		}, nil},
		{"a secret of AWS", `{"urls": ["discord://${ssm:/stock/discord}@123456"]}`, nil,
			[]string{"channel discord tells nothing from this machine: ${ssm:/stock/discord} is kept on AWS; for this machine write ${VARIABLE}"}},
		{"no service", `{"urls": ["ntfi://ntfy.example/sEcReT", "https://hooks.example/sEcReT", "mailto:me@example.com"]}`, []string{
			`channel ntfi: there is no service "ntfi"; the README lists the services and their URLs`,
			`channel https: there is no service "https"; the README lists the services and their URLs; for a webhook write generic+https://…, for ntfy ntfy://…`,
			`channel mailto: there is no service "mailto"; the README lists the services and their URLs; for e-mail write smtp://…`,
		}, nil},
		{"a URL that is not complete", `{"urls": ["ntfy://ntfy.example", "telegram://sEcReT@telegram?chats=1", "gotify://gotify.example/short/sEcReT"]}`, []string{
			"channel ntfy: the URL of ntfy is not complete: topic is required; the README shows how it is written",
			"channel telegram: the URL of telegram is not complete: invalid telegram token: ***:; the README shows how it is written",
		}, nil},
		{"secrets that break the URL", `{"urls": ["ntfy://me:${PERCENT}@ntfy.example/stock", "smtp://me:${PERCENT}@mail.example", "${PERCENT}"]}`, []string{
			"channel ntfy: its URL cannot be read; write it like ntfy://ntfy.sh/your-topic, with %40 for an @ in a password and the like",
			"channel smtp: its URL is no mail server: it cannot be read; write it like smtp://user:password@mail.example:587/?from=you@example.com, with %40 for an @ in the password and the like",
			"channel channel: its URL cannot be read; write it like ntfy://ntfy.sh/your-topic, with %40 for an @ in a password and the like",
		}, nil},
		{"the terminal's name", `{"urls": [{"name": "console", "url": "desktop:"}]}`,
			[]string{"channel console: that is what the terminal is called; give the channel another name"}, nil},
		{"no mail server", `{"email": ["me@example.com", "you@example.com"]}`, nil,
			[]string{`alerts.email: 2 addresses are told nothing from this machine; add your mail server to alerts.urls, such as "smtp://user:${SMTP_PASSWORD}@mail.example:587/?from=you@example.com"`}},
		{"nobody to write to", `{"urls": ["smtp://mail.example/?from=me@example.com"]}`, nil,
			[]string{"a mail server in alerts.urls has nobody to write to; add addresses to alerts.email, or to=you@example.com to its URL"}},
		{"two mail servers", `{"email": ["me@example.com"], "urls": ["smtp://mail.example/?from=me@example.com", "smtps://mail.example/?from=me@example.com"]}`,
			[]string{"channel smtps: it is the second mail server without to=; one sends the mail of alerts.email, so remove one or give it to=you@example.com"}, nil},
		{"a mail server that is wrong", `{"urls": ["smtp://me:${MAIL}@mail.example/?from=sEcReT"]}`,
			[]string{"channel smtp: its URL is no mail server: from is no e-mail address; write it like you@example.com"}, nil},
		{"what is AWS's alone", `{"sms": ["+15555550123"], "https": ["https://hooks.example/sEcReT"]}`, nil, []string{
			"alerts.sms: one number is told nothing from this machine; text messages need a deployment on AWS",
			`alerts.https: one address is told nothing from this machine; these are subscribers on AWS; for a webhook from here add "generic+https://…" to alerts.urls`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			alerts, _ := alertsOf(t, test.alerts, "")
			cs, err := New(alerts, Words{}, lookup)
			got := strings.Split(errorText(err), "\n")
			if err == nil {
				got = nil
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if !slices.Equal(cs.Notes, test.notes) {
				t.Errorf("notes\n%q, want\n%q", cs.Notes, test.notes)
			}
			if text := errorText(err) + strings.Join(cs.Notes, ""); strings.Contains(text, "sEcReT") {
				t.Errorf("a secret in %q", text)
			}
		})
	}
}

func TestRedactor(t *testing.T) {
	r := newRedactor("ntfy://me:pass%2Fword@ntfy.example/my-topic?click=https://a.example/secret-path", "pass/word", "t0k3n")
	for text, want := range map[string]string{
		"all is well":                          "all is well",
		"t0k3n and pass/word and pass%2Fword":  "*** and *** and ***",
		"topic my-topic of ntfy.example":       "topic *** of ntfy.example",
		`Post "https://ntfy.example/x?y": EOF`: `Post "https://ntfy.example/***": EOF`,
		"see https://docs.example/errors/17":   "see https://docs.example/***",
		"a\nb\r\n\x1b[31mc\tt0k3n":             "a b [31mc ***",
		strings.Repeat("x", 400):               strings.Repeat("x", longestError-len("…")) + "…",
		"ftp://%zz":                            "***",
	} {
		if got := r.clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
