package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/watch"
)

// Webhook is a channel that the function posts to itself.
type Webhook struct {
	of         checker.Channel
	name       string
	client     *fetch.Client
	parameters *Parameters
}

var _ watch.Notifier = (*Webhook)(nil)

// Webhooks are the channels that the environment names in ALERT_URLS: a list of
// {"name", "url", "only"}, as checkers.json has them in alerts.urls.
func Webhooks(getenv func(string) string, client *fetch.Client, parameters *Parameters) ([]*Webhook, error) {
	text := getenv("ALERT_URLS")
	if text == "" {
		return nil, nil
	}
	var channels []checker.Channel
	if err := json.Unmarshal([]byte(text), &channels); err != nil {
		// Without the error, which may show what is a secret.
		return nil, errors.New("read ALERT_URLS: it is no list of channels; deploy again")
	}
	var list []*Webhook
	for _, c := range channels {
		list = append(list, perChat(Webhook{of: c, name: c.Name, client: client, parameters: parameters})...)
	}
	return list, nil
}

// perChat makes a channel of each chat of Telegram: one that fails must not make
// the others be told again.
func perChat(w Webhook) []*Webhook {
	before, query, _ := strings.Cut(w.of.URL, "?")
	if !strings.HasPrefix(strings.ToLower(before), "telegram:") {
		return []*Webhook{&w}
	}
	parameters := strings.Split(query, "&")
	for i, parameter := range parameters {
		name, value, _ := strings.Cut(parameter, "=")
		chats := strings.Split(value, ",")
		if len(chats) < 2 || !strings.EqualFold(name, "chats") && !strings.EqualFold(name, "channels") {
			continue
		}
		var list []*Webhook
		for _, chat := range chats {
			one := w
			parameters[i] = name + "=" + chat
			one.of.URL = before + "?" + strings.Join(parameters, "&")
			one.name = w.name + ":" + chat
			list = append(list, &one)
		}
		return list
	}
	return []*Webhook{&w}
}

// Channel implements watch.Notifier.
func (w *Webhook) Channel() string { return w.name }

// TellsOf says whether the channel is told of the checker.
func (w *Webhook) TellsOf(c *checker.Checker) bool { return w.of.TellsOf(c) }

// Send implements watch.Notifier. No error shows the URL, or what is secret in it.
func (w *Webhook) Send(ctx context.Context, a watch.Alert) error {
	if err := w.send(ctx, a); err != nil {
		return fmt.Errorf("post to %s: %w", w.name, err)
	}
	return nil
}

func (w *Webhook) send(ctx context.Context, a watch.Alert) error {
	secrets, err := w.secrets(ctx)
	if err != nil {
		return err
	}
	again, err := w.post(ctx, a, secrets)
	if !again || len(secrets) == 0 {
		return err
	}
	// It may have been changed since it was kept.
	w.parameters.Forget(w.parameterNames())
	changed, fetchErr := w.secrets(ctx)
	if fetchErr != nil {
		return fmt.Errorf("%w; %w", err, fetchErr)
	}
	if maps.Equal(changed, secrets) {
		return err
	}
	_, err = w.post(ctx, a, changed)
	return err
}

const parameterPrefix = "ssm:"

func (w *Webhook) parameterNames() []string {
	var names []string
	for _, s := range w.of.Secrets() {
		if name, ok := strings.CutPrefix(s, parameterPrefix); ok {
			names = append(names, name)
		}
	}
	return names
}

// secrets are the values of the parameters in the URL.
func (w *Webhook) secrets(ctx context.Context) (map[string]string, error) {
	names := w.parameterNames()
	if len(names) == 0 {
		return nil, nil
	}
	return w.parameters.Values(ctx, names)
}

// post makes the request; denied tells whether the service does not accept who
// asks.
func (w *Webhook) post(ctx context.Context, a watch.Alert, secrets map[string]string) (denied bool, err error) {
	revealed, err := w.of.Reveal(func(name string) (string, error) {
		parameter, ok := strings.CutPrefix(name, parameterPrefix)
		if !ok {
			return "", fmt.Errorf("its URL needs %s of the environment, which the function does not have; write a parameter, like ${ssm:/stockchecker/token}", name)
		}
		return secrets[parameter], nil
	})
	if err != nil {
		return false, err
	}
	p, err := newPost(revealed, a)
	if err != nil {
		return false, err
	}
	p.header.Set("User-Agent", "stockchecker")
	answer, err := w.client.Post(ctx, p.url, p.header, p.body)
	if err != nil {
		// Also the host may be secret.
		if says := concealed(err.Error(), "", secrets); says != err.Error() {
			return false, errors.New(says)
		}
		return false, err
	}
	text := oneLine(concealed(string(answer.Body), revealed, secrets))
	says := func(hint string) error {
		if text != "" {
			text = ": " + text
		}
		return fmt.Errorf("%s answers %d%s; %s", concealed(p.url.Host, "", secrets), answer.Status, text, hint)
	}
	switch s := answer.Status; {
	case s >= 200 && s <= 299:
		if p.refused == nil {
			return false, nil
		}
		err := p.refused(answer.Body)
		return err != nil, err
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return true, says("the token in its URL is not accepted")
	case s == http.StatusNotFound:
		// Telegram and Slack say so of a wrong token too.
		return true, says("its URL or the token in it is wrong")
	case s == http.StatusTooManyRequests:
		return false, says("it gets too many messages")
	case s >= 300 && s <= 399:
		return false, says("write the address that it redirects to")
	}
	return false, says("a later check tries again")
}

// concealed takes out of an answer what is secret of a URL, as far as it can be
// told from common words.
func concealed(text, revealed string, secrets map[string]string) string {
	var parts []string
	for _, v := range secrets {
		parts = append(parts, v)
	}
	if u, err := url.Parse(revealed); err == nil {
		password, _ := u.User.Password()
		parts = append(parts, u.User.Username(), password)
		parts = append(parts, strings.Split(u.Path, "/")...)
		for _, values := range u.Query() {
			parts = append(parts, values...)
		}
	}
	for _, part := range parts {
		if len(part) >= 6 {
			text = strings.ReplaceAll(text, part, hidden)
		}
	}
	return text
}
