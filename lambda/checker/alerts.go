package checker

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
)

// Alerts is who is told, and how.
type Alerts struct {
	Email    []Subscriber // addresses
	SMS      []Subscriber // phone numbers, E.164
	HTTPS    []Subscriber // URLs that are posted to
	URLs     []Channel    // notification services
	Messages Messages
}

// Subscriber is one whom SNS tells.
type Subscriber struct {
	To   string
	Only []string // the names of the checkers that are told of; nil: all
}

// Channel is a notification service by its URL, in which secrets may stand as
// ${VARIABLE} or ${ssm:/path}.
type Channel struct {
	Name string   `json:"name"` // unique; made from the URL's scheme where the file gives none
	URL  string   `json:"url"`
	Only []string `json:"only,omitempty"` // the names of the checkers that are told of; nil: all
}

// Messages are templates in the syntax of text/template; "" is the default text.
type Messages struct {
	Subject, Body, Short string
}

// TellsOf says whether the channel tells of the checker.
func (c Channel) TellsOf(of *Checker) bool {
	return (c.Only == nil || slices.Contains(c.Only, of.Name)) &&
		(of.Channels == nil || slices.Contains(of.Channels, c.Name))
}

// secretPattern is the form of a secret; its submatch is the name.
var secretPattern = regexp.MustCompile(`\$\{([^}]*)\}?`)

var secretNamePattern = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*|ssm:/[A-Za-z0-9_./-]+)$`)

// Secrets are the names of the secrets in the URL: VARIABLE or ssm:/path, each
// once.
func (c Channel) Secrets() []string {
	var names []string
	for _, m := range secretPattern.FindAllStringSubmatch(c.URL, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// Reveal is the URL with its secrets, each as lookup tells it by its name.
func (c Channel) Reveal(lookup func(name string) (string, error)) (string, error) {
	var failed error
	revealed := secretPattern.ReplaceAllStringFunc(c.URL, func(s string) string {
		secret, err := lookup(s[2 : len(s)-1])
		if err != nil && failed == nil {
			failed = fmt.Errorf("channel %s: %w", c.Name, err)
		}
		return secret
	})
	if failed != nil {
		return "", failed
	}
	return revealed, nil
}

// ServicesOnAWS are those that the function on AWS posts to itself.
var ServicesOnAWS = []string{"discord", "generic", "ntfy", "slack", "telegram"}

// addresses are how services show the URL to post to.
var addresses = map[string]string{
	"https://ntfy.sh/": "ntfy", "https://discord.com/api/webhooks/": "discord", "https://discordapp.com/api/webhooks/": "discord", "https://hooks.slack.com/services/": "slack",
}

// Service is the service's name, such as ntfy; "" if all of the URL is a secret.
func (c Channel) Service() string {
	for address, service := range addresses {
		if strings.HasPrefix(strings.ToLower(c.URL), address) {
			return service
		}
	}
	scheme, _, _ := strings.Cut(c.URL, ":")
	service, _, _ := strings.Cut(strings.ToLower(scheme), "+")
	if strings.HasPrefix(service, "$") {
		return ""
	}
	return service
}

// CheckAWS says why the function on AWS cannot tell the channel, or nil.
func (c Channel) CheckAWS() error {
	switch service := c.Service(); {
	case service == "http", service == "https":
		return fmt.Errorf("alerts.urls: %s is not told on AWS: its URL names no service; write generic+%s://… for a webhook, or ntfy://host/topic for an ntfy server", c.Name, service)
	case service != "" && !slices.Contains(ServicesOnAWS, service):
		return fmt.Errorf("alerts.urls: %s is not told on AWS: %s is for the command on one machine; the function knows %s", c.Name, service, strings.Join(ServicesOnAWS, ", "))
	}
	for _, name := range c.Secrets() {
		if !strings.HasPrefix(name, "ssm:") {
			return fmt.Errorf("alerts.urls: %s is not told on AWS: the function has no environment variable %s; write a parameter, like ${ssm:/stockchecker/token}", c.Name, name)
		}
	}
	return nil
}

func (a Alerts) channelNames() []string {
	names := make([]string, len(a.URLs))
	for i, c := range a.URLs {
		names[i] = c.Name
	}
	return names
}

var alertKeys = []key{
	subscribersKey("email", "E-mail addresses.", form{kinds: stringKind, format: "email"}, `"you@example.com"`,
		func(a *Alerts) *[]Subscriber { return &a.Email },
		func(to value) {
			if !isEmail(to.text) {
				to.refuse("is no e-mail address; write it like you@example.com")
			}
		}),
	// The URLs are not shown: a webhook's is a secret.
	subscribersKey("https", "https URLs that alerts are posted to.", form{kinds: stringKind, format: "uri", secret: true}, `"https://hooks.example/stock"`,
		func(a *Alerts) *[]Subscriber { return &a.HTTPS },
		func(to value) {
			if u, err := url.Parse(to.text); err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(to.text, " \t\r\n") {
				to.fault("is no https URL; write it like https://hooks.example/stock")
			}
		}),
	{
		name: "messages", form: form{kinds: objectKind, keys: messageKeys},
		about:    "Texts of your own for alerts on one machine, in the template syntax of Go's text/template. On AWS the built-in texts are used.",
		examples: []string{`{"subject": "{{.Title}} is in stock"}`},
	},
	subscribersKey("sms", "Phone numbers for text messages, in E.164 form: +, country code, number, without spaces.",
		form{kinds: stringKind, pattern: phonePattern, want: "is no phone number; write it in E.164 form, like +15555550123"}, `"+15555550123"`,
		func(a *Alerts) *[]Subscriber { return &a.SMS },
		func(value) {}),
	{
		name: "urls", form: form{kinds: listKind, unique: true, item: &form{kinds: stringKind | objectKind, secret: true, keys: channelKeys}},
		about: "Notification services as URLs, such as ntfy://ntfy.sh/your-topic. A secret in it is written as ${VARIABLE} and comes from the environment, " +
			"or on AWS as ${ssm:/path} and comes from the Parameter Store.",
		examples: []string{`["ntfy://ntfy.sh/your-topic"]`, `[{"name": "phone", "url": "ntfy://ntfy.sh/your-topic", "only": ["ps5"]}]`},
		read:     readChannels,
	},
}

// subscribersKey is a list of those whom SNS tells, each by itself or with the
// checkers that it is told of; check sees what the form cannot say.
func subscribersKey(name, about string, to form, example string, place func(*Alerts) *[]Subscriber, check func(to value)) key {
	keys := []key{
		onlyKey(func(into *target) *[]string { return &into.subscriber.Only }),
		{
			name: "to", form: to, required: true,
			about:    "Who is told.",
			examples: []string{example},
			read: func(v value, into *target) {
				check(v)
				into.subscriber.To = v.text
			},
		},
	}
	either := to
	either.kinds |= objectKind
	either.keys = keys
	return key{
		name: name, form: form{kinds: listKind, unique: true, item: &either},
		about:    about + " An object with only is told of these checkers alone.",
		examples: []string{"[" + example + "]", `[{"to": ` + example + `, "only": ["ps5"]}]`},
		read: func(v value, into *target) {
			list := place(&into.file.Alerts)
			first := map[string]bool{}
			for e := range v.elements() {
				s := Subscriber{To: e.text}
				if e.kind == objectKind {
					readKeys(e, keys, &target{subscriber: &s})
				} else {
					check(e)
				}
				switch again := first[s.To] && s.To != ""; {
				case again && e.kind == objectKind:
					e.inside(member{name: "to", value: e.member("to")}).again(to.secret)
				case again:
					e.again(to.secret)
				}
				first[s.To] = true
				*list = append(*list, s)
			}
		},
	}
}

var channelKeys = []key{
	{
		name: "name", form: form{kinds: stringKind, pattern: namePattern, want: "is no name; write 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit"},
		about:    "What the service is called in channels and in messages. Without it: the URL's scheme, such as ntfy.",
		examples: []string{`"phone"`},
		read:     func(v value, into *target) { into.channel.Name = v.text },
	},
	onlyKey(func(into *target) *[]string { return &into.channel.Only }),
	{
		name: "url", form: form{kinds: stringKind, secret: true}, required: true,
		about:    "The service.",
		examples: []string{`"ntfy://ntfy.sh/your-topic"`},
		read:     readChannelURL,
	},
}

// mostOnly is what a filter policy of SNS takes.
const mostOnly = 150

func onlyKey(place func(*target) *[]string) key {
	return key{
		name: "only", form: form{kinds: listKind, min: 1, unique: true, item: &form{kinds: stringKind}},
		about:    "Names of the checkers that are told of. Without it: all.",
		examples: []string{`["ps5"]`},
		read: func(v value, into *target) {
			for e := range v.elements() {
				v.r.named = append(v.r.named, e)
			}
			if len(v.list) > mostOnly {
				v.fault("names %d checkers, and %d is the most; leave only out, or write the entry for fewer", len(v.list), mostOnly)
			}
			*place(into) = v.strings()
		},
	}
}

var messageKeys = []key{
	messageKey("body", "The body.", "{{.Link}}", func(m *Messages) *string { return &m.Body }),
	messageKey("short", "The text where only a short one fits, such as a text message.", "{{.Title}}: {{.Link}}", func(m *Messages) *string { return &m.Short }),
	messageKey("subject", "The subject line.", "{{.Title}} is in stock", func(m *Messages) *string { return &m.Subject }),
}

// templateFunctions are those that text/template has built in.
var templateFunctions = map[string]any{
	"and": true, "break": true, "call": true, "continue": true, "eq": true, "ge": true, "gt": true, "html": true, "index": true, "js": true, "le": true,
	"len": true, "lt": true, "ne": true, "not": true, "or": true, "print": true, "printf": true, "println": true, "slice": true, "urlquery": true,
}

func messageKey(name, about, example string, place func(*Messages) *string) key {
	return key{
		name: name, about: about, form: someText, examples: []string{`"` + example + `"`},
		read: func(v value, into *target) {
			if _, err := parse.Parse(name, v.text, "", "", templateFunctions); err != nil {
				v.fault("is no template: %s; write it like %s", cut(strings.TrimPrefix(oneLine(err), "template: "+name+":")), example)
			}
			*place(&into.file.Alerts.Messages) = v.text
		},
	}
}

func readChannels(v value, into *target) {
	taken := map[string]bool{}
	var list []Channel
	var unnamed []int
	for e := range v.elements() {
		var c Channel
		if e.kind == objectKind {
			readKeys(e, channelKeys, &target{channel: &c})
		} else {
			readChannelURL(e, &target{channel: &c})
		}
		switch {
		case c.Name == "":
			unnamed = append(unnamed, len(list))
		case taken[c.Name]:
			e.inside(member{name: "name", value: e.member("name")}).refuse("is the name of another entry too; names are unique")
		}
		taken[c.Name] = true
		list = append(list, c)
	}
	for _, i := range unnamed {
		scheme := regexp.MustCompile(`^[a-z0-9]*`).FindString(strings.ToLower(list[i].URL))
		if scheme == "" {
			scheme = "channel" // all of the URL is a secret
		}
		name := scheme
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s-%d", scheme, n)
		}
		list[i].Name = name
		taken[name] = true
	}
	into.file.Alerts.URLs = list
}

// readChannelURL never shows the URL: it is a secret, or has one in it.
func readChannelURL(v value, into *target) {
	into.channel.URL = v.text
	for _, m := range secretPattern.FindAllStringSubmatch(v.text, -1) {
		if !strings.HasSuffix(m[0], "}") || !secretNamePattern.MatchString(m[1]) {
			v.fault("has a ${ that begins no secret; write ${VARIABLE}, or on AWS ${ssm:/path}")
			return
		}
	}
	revealed, _ := into.channel.Reveal(func(string) (string, error) { return "1", nil })
	if revealed == "1" {
		return // all of it is a secret
	}
	if u, err := url.Parse(revealed); err != nil || u.Scheme == "" || strings.ContainsAny(revealed, " \t\r\n") {
		v.fault("is no URL; write it like ntfy://ntfy.sh/your-topic")
	}
}

// channelNamed sees that a channel is there.
func (r *reading) channelNamed(v value) {
	if r.channels == nil || slices.Contains(r.channels, v.text) {
		return
	}
	switch near := nearest(v.text, r.channels); {
	case near != "":
		v.refuse(fmt.Sprintf("is no channel of alerts.urls; did you mean %q?", near))
	case len(r.channels) == 0:
		v.refuse("is no channel: alerts.urls has none; add it there")
	default:
		v.refuse("is no channel of alerts.urls; write " + oneOf(r.channels))
	}
}

// checkersNamed reports the names in alerts that no checker has.
func (r *reading) checkersNamed(list *node) {
	var names []string
	for _, entry := range list.list {
		names = append(names, nameIn(entry))
	}
	for _, v := range r.named {
		if slices.Contains(names, v.text) {
			continue
		}
		if near := nearest(v.text, names); near != "" {
			v.refuse(fmt.Sprintf("is no checker of this file; did you mean %q?", near))
		} else {
			v.refuse("is no checker of this file; write the name of one")
		}
	}
}
