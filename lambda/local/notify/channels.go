// Package notify tells people on one machine: by the notification services that
// shoutrrr knows, by mail, and on the desktop.
//
// New makes the channels of a file's alerts; a watcher is given those that tell of
// its checker:
//
//	channels, err := notify.New(file.Alerts, words, os.LookupEnv)
//	watcher.Notifiers = channels.For(checker)
//
// No error, note or message of this package has a secret in it: neither a channel's
// URL nor what it was made from.
package notify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local"
	"stockchecker/lambda/watch"
)

// Channels are those by which one machine tells people, besides its console.
type Channels struct {
	list []channel
	// Notes are what somebody who reads the file could expect and will not get,
	// each a line for a person.
	Notes []string
}

type channel struct {
	watch.Notifier
	tellsOf func(*checker.Checker) bool
}

// New makes the channels of a file's alerts. lookup gives an environment
// variable. All that keeps a channel from being made is in the error, a line
// each, without any secret.
func New(alerts checker.Alerts, words Words, lookup func(string) (string, bool)) (*Channels, error) {
	cs := &Channels{}
	var errs []error
	var server *mailServer
	var hide redactor
	for _, c := range alerts.URLs {
		if c.Name == local.ConsoleChannel {
			errs = append(errs, fmt.Errorf("channel %s: that is what the terminal is called; give the channel another name", c.Name))
			continue
		}
		link, secrets, note, err := reveal(c, lookup)
		switch {
		case err != nil:
			errs = append(errs, err)
			continue
		case note != "":
			cs.Notes = append(cs.Notes, note)
			continue
		}
		redact := newRedactor(link, secrets...)
		switch scheme, _, _ := strings.Cut(strings.ToLower(link), ":"); scheme {
		case "desktop":
			cs.add(&desktop{c.Name, words}, c.TellsOf)
		case "smtp", "smtps":
			s, err := newMailServer(link)
			switch {
			case err != nil:
				errs = append(errs, fmt.Errorf("channel %s: its URL is no mail server: %w", c.Name, err))
			case len(s.to) > 0:
				for _, to := range s.to {
					name := c.Name
					if len(s.to) > 1 {
						name += ":" + to
					}
					cs.add(&mailbox{name, to, s, words, redact}, c.TellsOf)
				}
			case server != nil:
				errs = append(errs, fmt.Errorf("channel %s: it is the second mail server without to=; one sends the mail of alerts.email, so remove one or give it to=you@example.com", c.Name))
			default:
				server, hide = s, redact
			}
		default:
			services, err := newServices(c.Name, link, words, redact)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			for _, s := range services {
				cs.add(s, c.TellsOf)
			}
		}
	}
	for _, to := range alerts.Email {
		if server != nil {
			cs.add(&mailbox{"email:" + to.To, to.To, server, words, hide}, func(c *checker.Checker) bool {
				return to.Only == nil || slices.Contains(to.Only, c.Name)
			})
		}
	}
	switch {
	case len(alerts.Email) > 0 && server == nil:
		cs.note(len(alerts.Email), "alerts.email", "one address is", "addresses are", `add your mail server to alerts.urls, such as "`+strings.Replace(mailForm, "password", "${SMTP_PASSWORD}", 1)+`"`)
	case len(alerts.Email) == 0 && server != nil:
		cs.Notes = append(cs.Notes, "a mail server in alerts.urls has nobody to write to; add addresses to alerts.email, or to=you@example.com to its URL")
	}
	cs.note(len(alerts.SMS), "alerts.sms", "one number is", "numbers are", "text messages need a deployment on AWS")
	cs.note(len(alerts.HTTPS), "alerts.https", "one address is", "addresses are", `these are subscribers on AWS; for a webhook from here add "generic+https://…" to alerts.urls`)
	return cs, errors.Join(errs...)
}

func (cs *Channels) add(n watch.Notifier, tellsOf func(*checker.Checker) bool) {
	cs.list = append(cs.list, channel{n, tellsOf})
}

func (cs *Channels) note(n int, key, one, many, what string) {
	if n == 0 {
		return
	}
	who := one
	if n > 1 {
		who = fmt.Sprintf("%d %s", n, many)
	}
	cs.Notes = append(cs.Notes, fmt.Sprintf("%s: %s told nothing from this machine; %s", key, who, what))
}

// For are the channels that tell of a checker.
func (cs *Channels) For(c *checker.Checker) []watch.Notifier {
	var out []watch.Notifier
	for _, channel := range cs.list {
		if channel.tellsOf(c) {
			out = append(out, channel.Notifier)
		}
	}
	return out
}

// Named are the channels of that name, all for "". Those with several addresses or
// chats are NAME:ADDRESS each, and NAME together; alerts.email is called email.
func (cs *Channels) Named(name string) []watch.Notifier {
	var out []watch.Notifier
	for _, channel := range cs.list {
		full := channel.Channel()
		if first, _, _ := strings.Cut(full, ":"); name == "" || name == full || name == first {
			out = append(out, channel.Notifier)
		}
	}
	return out
}

// reveal gives a channel's URL with its secrets from the environment. A note says
// why the channel is none on this machine.
func reveal(c checker.Channel, lookup func(string) (string, bool)) (link string, secrets []string, note string, err error) {
	var missing, elsewhere []string
	link, err = c.Reveal(func(name string) (string, error) {
		if strings.HasPrefix(name, "ssm:") {
			elsewhere = append(elsewhere, "${"+name+"}")
			return "", nil
		}
		value, there := lookup(name)
		if !there || value == "" {
			missing = append(missing, name)
		}
		secrets = append(secrets, value)
		return value, nil
	})
	missing = slices.Compact(missing)
	switch {
	case err != nil:
		return "", nil, "", err
	case len(elsewhere) > 0:
		return "", nil, fmt.Sprintf("channel %s tells nothing from this machine: %s is kept on AWS; for this machine write ${VARIABLE}", c.Name, elsewhere[0]), nil
	case len(missing) > 0:
		what := "the environment variable " + missing[0] + " is"
		if len(missing) > 1 {
			what = "the environment variables " + strings.Join(missing, ", ") + " are"
		}
		return "", nil, "", fmt.Errorf("channel %s: %s not set; set %s before you start, or remove the channel from alerts.urls",
			c.Name, what, cmp.Or(map[bool]string{true: "it"}[len(missing) == 1], "them"))
	}
	return link, secrets, "", nil
}
