package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/matrix"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"stockchecker/lambda/watch"
)

// service is a notification service of shoutrrr.
type service struct {
	name   string
	scheme string
	query  url.Values // of its URL: what a user has set there is left alone
	words  Words
	redact redactor

	// turn holds the sender while nothing is being sent; it is nil before it was
	// opened. It is not made for use by many at once, and a send that hangs must not
	// be joined by others.
	turn chan types.Service
	open func() (types.Service, error)
}

var _ watch.Notifier = (*service)(nil)

// newServices reads a service's URL. They are several where the URL names several
// chats of Telegram: each is a channel of its own, so that one which is refused
// holds up no other. An error has nothing of the URL.
func newServices(name, link string, words Words, redact redactor) ([]*service, error) {
	first, err := newService(name, link, words, redact)
	if err != nil || first.scheme != "telegram" {
		return []*service{first}, err
	}
	var all []*service
	sender, _ := (<-first.turn).(*telegram.Service)
	for _, id := range sender.GetConfig().Chats {
		s := *first
		if len(sender.GetConfig().Chats) > 1 {
			s.name = name + ":" + id
		}
		s.turn = make(chan types.Service, 1)
		s.turn <- &chat{Service: sender, id: id}
		all = append(all, &s)
	}
	return all, nil
}

func newService(name, link string, words Words, redact redactor) (*service, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("channel %s: its URL cannot be read; write it like ntfy://ntfy.sh/your-topic, with %%40 for an @ in a password and the like", name)
	}
	scheme, _, _ := strings.Cut(strings.ToLower(u.Scheme), "+")
	if scheme == "https" && u.Host == "ntfy.sh" { // as people copy it
		u.Scheme, scheme = "ntfy", "ntfy"
	}
	s := &service{name: name, scheme: scheme, query: u.Query(), words: words, redact: redact, turn: make(chan types.Service, 1)}
	link = u.String()
	s.open = func() (types.Service, error) { return openSender(link, scheme) }
	var sender types.Service
	if scheme == "matrix" {
		// To open it is to log in, for which the server need not be there yet.
		err = new(matrix.Config).SetURL(u)
	} else {
		sender, err = s.open()
	}
	switch {
	case errors.Is(err, router.ErrUnknownService):
		return nil, fmt.Errorf("channel %s: there is no service %q; the README lists the services and their URLs%s", name, scheme, otherForm(scheme))
	case err != nil:
		return nil, fmt.Errorf("channel %s: the URL of %s is not complete: %s; the README shows how it is written", name, scheme, redact.clean(err.Error()))
	}
	s.turn <- sender
	return s, nil
}

// openSender makes the sender of a URL.
func openSender(link, scheme string) (types.Service, error) {
	sender, err := new(router.ServiceRouter).Locate(link)
	if err == nil || errors.Is(err, router.ErrUnknownService) {
		return sender, err
	}
	// The router leaves the cause out; the service itself says it.
	if u, parseErr := url.Parse(link); parseErr == nil && u.Scheme == scheme {
		if fresh, newErr := new(router.ServiceRouter).NewService(scheme); newErr == nil {
			if cause := fresh.Initialize(u, nil); cause != nil {
				err = cause
			}
		}
	}
	return nil, err
}

// otherForm is a hint for what people write in place of a service's URL.
func otherForm(scheme string) string {
	switch scheme {
	case "http", "https":
		return `; for a webhook write generic+` + scheme + `://…, for ntfy ntfy://…`
	case "mailto", "mail", "email":
		return "; for e-mail write smtp://…"
	}
	return ""
}

// Channel implements watch.Notifier.
func (s *service) Channel() string { return s.name }

// sendTimeout bounds one send, so that a service that hangs does not take the
// time of the whole check.
const sendTimeout = 10 * time.Second

// limits are how many bytes of a message a service takes; it has 4,096 where it
// is not here, and 0 where there is no limit.
var limits = map[string]int{
	"discord": 1900, "pushover": 1000, "join": 1000, "pushbullet": 3500, "telegram": 3500, "lark": 3500, "wecom": 3500, "ntfy": 3800,
	"generic": 0, "gotify": 0, "matrix": 30_000, "opsgenie": 14_000, "zulip": 9000,
}

const usualLimit = 3800

// briefly are the services that show so little that the short text of a user's
// own is the better one.
var briefly = map[string]bool{"pushover": true, "join": true, "bark": true}

// Send implements watch.Notifier.
func (s *service) Send(ctx context.Context, a watch.Alert) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	var sender types.Service
	select {
	case sender = <-s.turn:
	case <-ctx.Done():
		cancel()
		return errors.New("the message before has no answer yet")
	}
	body, params := s.message(a)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		defer func() {
			s.turn <- sender
			if p := recover(); p != nil {
				done <- fmt.Errorf("the sender of %s broke: %v", s.scheme, p)
			}
		}()
		if sender == nil {
			opened, err := s.open()
			if err != nil {
				done <- err
				return
			}
			sender = opened
		}
		bind(ctx, sender)
		done <- sender.Send(body, &params)
	}()
	answered, err := answerOf(ctx, done)
	switch {
	case !answered:
		return fmt.Errorf("no answer within %v", sendTimeout)
	case err != nil:
		return errors.New(s.redact.clean(err.Error()) + hint(err.Error()))
	}
	return nil
}

// answerOf waits for an answer until the context ends. One that is there counts
// also when the context has ended: a message that was sent is not sent again.
func answerOf(ctx context.Context, done <-chan error) (answered bool, err error) {
	select {
	case err = <-done:
		return true, err
	case <-ctx.Done():
	}
	select {
	case err = <-done:
		return true, err
	default:
		return false, nil
	}
}

// bind lets a sender end with the context, where it can.
func bind(ctx context.Context, sender types.Service) {
	switch sender := sender.(type) {
	case *discord.Service:
		// It would try again by itself for minutes, and tell twice.
		sender.HTTPClient, sender.Sleeper = boundClient{ctx}, boundSleeper{ctx}
	case *chat:
		sender.ctx = ctx
	case *ntfy.Service:
		if !sender.Config.DisableTLSVerification {
			sender.SetHTTPClient(&http.Client{Transport: boundTransport{ctx}}) // its own knows no proxy
		}
	}
}

type boundClient struct{ ctx context.Context }

func (b boundClient) Do(r *http.Request) (*http.Response, error) {
	return http.DefaultClient.Do(r.WithContext(b.ctx))
}

type boundTransport struct{ ctx context.Context }

func (b boundTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return http.DefaultTransport.RoundTrip(r.WithContext(b.ctx))
}

type boundSleeper struct{ ctx context.Context }

func (b boundSleeper) Sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.ctx.Done():
	}
}

// message is an alert as the service is given it.
func (s *service) message(a watch.Alert) (string, types.Params) {
	t := s.words.text(a)
	limit, known := limits[s.scheme]
	if !known {
		limit = usualLimit
	}
	body := t.body(limit)
	if briefly[s.scheme] && s.words.short != nil {
		body = t.short
	}
	params := types.Params{}
	// A sender keeps what it was given: what differs is given each time.
	set := func(key, value string) {
		if !s.query.Has(key) {
			params[key] = value
		}
	}
	switch {
	case untitled[s.scheme], s.scheme == "generic" && !s.query.Has("template"):
		body = t.subject + "\n" + body
	case s.scheme == "generic":
		params["title"] = t.subject
		s.fields(a, params)
	case s.scheme == "zulip":
		params["title"] = cutBytes(t.subject, 60)
	default:
		params["title"] = cutBytes(t.subject, 240)
	}
	news := a.Status == watch.ItemsInStock || a.Status == watch.PriceDrop
	switch s.scheme {
	case "ntfy":
		set("click", watch.NewFields(a).Link)
		if set("priority", "default"); news {
			set("priority", "high")
		}
	case "gotify":
		// At 0, its default, a phone stays silent.
		if set("priority", "5"); news {
			set("priority", "8")
		}
	case "slack":
		// Each line of the message would become an attachment. Escaped, since
		// "<!channel>" in a product's title would call everybody.
		params["title"] = "*" + slackText.Replace(params["title"]) + "*\n" + slackText.Replace(body)
		body = ""
	case "discord":
		set("splitlines", "No") // or each line would become an embed, of which there are at most ten
	}
	return body, params
}

// untitled are the services that have no title.
var untitled = map[string]bool{"googlechat": true, "hangouts": true, "rocketchat": true, "signal": true, "wecom": true, "notifiarr": true, "pagerduty": true}

var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// fields adds to a webhook's JSON what a program wants to read.
func (s *service) fields(a watch.Alert, params types.Params) {
	f := watch.NewFields(a)
	for key, value := range map[string]string{
		"id": a.ID, "status": f.Status, "checker": f.Checker, "product": f.Title, "link": f.Link, "price": f.Price, "shop": f.Shop,
	} {
		params[key] = value
	}
}

// hint says what to do about an error of a service.
func hint(text string) string {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("401", "403", "nauthorized", "orbidden", "535", "invalid_token", "invalid_auth"):
		return " (look whether the token or password in its URL is right, and still valid)"
	case has("404", "ot Found", "no_service"):
		return " (look whether the address or topic in its URL is right)"
	case has("429", "oo many"):
		return " (it takes no more messages for now)"
	case has("no such host", "connection refused", "no route", "network is unreachable"):
		return " (look whether the host in its URL is right, and reached from this machine)"
	case has("certificate", "x509"):
		return " (its certificate does not hold; look at the host in its URL)"
	}
	return ""
}
