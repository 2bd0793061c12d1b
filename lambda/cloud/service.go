package cloud

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf16"

	"stockchecker/lambda/watch"
)

// post is a request that tells of an alert.
type post struct {
	url    *url.URL
	header http.Header
	body   []byte
	// refused is the service's own word of an answer that HTTP calls good; nil:
	// there is none.
	refused func(body []byte) error
}

// told is an alert with its words.
type told struct {
	watch.Message
	alert watch.Alert
}

// services are those that the function posts to itself, by the scheme of their
// URL. The URLs are those of shoutrrr, which sends on one machine. Of their
// options only those that change more than the looks have an effect.
var services = map[string]func(*url.URL, options, told) (post, error){
	"discord":  discordPost,
	"generic":  genericPost,
	"ntfy":     ntfyPost,
	"slack":    slackPost,
	"telegram": telegramPost,
}

// newPost makes the request of a service's URL, whose secrets are in it. No error
// shows the URL.
func newPost(rawURL string, a watch.Alert) (post, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return post{}, errors.New("its URL is none")
	}
	query, err := url.ParseQuery(strings.ReplaceAll(u.RawQuery, ";", "%3B"))
	if err != nil {
		return post{}, errors.New("the query of its URL is none")
	}
	u = asService(u)
	name, _, _ := strings.Cut(u.Scheme, "+")
	write, known := services[name]
	if !known {
		return post{}, errors.New("its URL is of no service that the function posts to: ntfy, discord, slack, telegram or generic")
	}
	return write(u, options{query}, told{watch.NewMessage(a), a})
}

// asService is the service's URL of the address that a service shows for copying.
func asService(u *url.URL) *url.URL {
	if u.Scheme != "https" {
		return u
	}
	elements := strings.Split(strings.Trim(u.Path, "/"), "/")
	last := len(elements) - 1
	switch host := strings.ToLower(u.Host); {
	case host == "ntfy.sh" && last == 0:
		return &url.URL{Scheme: "ntfy", User: u.User, Host: host, Path: u.Path}
	case (host == "discord.com" || host == "discordapp.com") && last == 3 && elements[0] == "api" && elements[1] == "webhooks":
		return &url.URL{Scheme: "discord", User: url.User(elements[3]), Host: elements[2]}
	case host == "hooks.slack.com" && last == 3 && elements[0] == "services":
		return &url.URL{Scheme: "slack", User: url.UserPassword("hook", strings.Join(elements[1:], "-")), Host: "webhook"}
	}
	return u
}

// options are the parameters of a service's URL. Their case does not matter.
type options struct{ values url.Values }

// take gives an option by one of its names, and takes it out.
func (o options) take(names ...string) string {
	found := ""
	for key, values := range o.values {
		for _, name := range names {
			if strings.EqualFold(key, name) {
				found = values[0]
				delete(o.values, key)
			}
		}
	}
	return found
}

// off tells whether an option is switched off.
func (o options) off(name string) bool {
	switch strings.ToLower(o.take(name)) {
	case "no", "false", "0":
		return true
	}
	return false
}

// on tells whether an option is switched on.
func (o options) on(name string) bool {
	switch strings.ToLower(o.take(name)) {
	case "yes", "true", "1":
		return true
	}
	return false
}

func ntfyPost(u *url.URL, o options, m told) (post, error) {
	// What is longer arrives as a file.
	const most = 4096
	topic := strings.Trim(u.Path, "/")
	if topic == "" || u.Host == "" {
		return post{}, errors.New("its URL has no topic; write ntfy://ntfy.sh/your-topic")
	}
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Title": {mime.BEncoding.Encode("utf-8", m.Headline)}}
	priority := o.take("priority")
	if news := m.alert.Status == watch.ItemsInStock || m.alert.Status == watch.PriceDrop; news && priority == "" {
		priority = "high"
	}
	for name, value := range map[string]string{
		"Actions": o.take("actions"), "Attach": o.take("attach"), "Click": cmp.Or(o.take("click"), watch.NewFields(m.alert).Link), "Delay": o.take("delay", "at", "in"),
		"Email": o.take("email"), "Filename": o.take("filename"), "Icon": o.take("icon"), "Priority": priority, "Tags": o.take("tags"),
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
	if o.off("cache") {
		header.Set("Cache", "no")
	}
	if o.off("firebase") {
		header.Set("Firebase", "no")
	}
	if u.User != nil {
		password, _ := u.User.Password()
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	scheme := "https"
	if o.take("scheme") == "http" || o.on("disabletls") {
		scheme = "http"
	}
	return post{url: &url.URL{Scheme: scheme, Host: u.Host, Path: "/" + topic}, header: header, body: []byte(m.BodyWithin(most))}, nil
}

func discordPost(u *url.URL, o options, m told) (post, error) {
	const most = 2000 // characters
	token := u.User.Username()
	if token == "" || u.Host == "" {
		return post{}, errors.New("its URL has no token or no id; write discord://token@id")
	}
	body := map[string]any{
		"content": fitted(m, most, func(text string) string { return "**" + plainMarkdown.Replace(m.Headline) + "**\n" + markdown(text) }),
		// A shop's page must not call everyone of a server.
		"allowed_mentions": map[string]any{"parse": []string{}},
	}
	if name := o.take("username"); name != "" {
		body["username"] = name
	}
	if avatar := o.take("avatar", "avatarurl"); avatar != "" {
		body["avatar_url"] = avatar
	}
	to := &url.URL{Scheme: "https", Host: "discord.com", Path: "/api/webhooks/" + u.Host + "/" + token}
	if thread := strings.TrimSpace(o.take("thread_id")); thread != "" {
		to.RawQuery = url.Values{"thread_id": {thread}}.Encode()
	}
	return jsonPost(to, body)
}

// plainMarkdown makes what a page says be shown as it is.
var plainMarkdown = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "`", "\\`", "|", `\|`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`)

// markdown is a text in which nothing but its links has a meaning in Markdown.
func markdown(text string) string {
	var b strings.Builder
	end := 0
	for _, at := range links.FindAllStringIndex(text, -1) {
		b.WriteString(plainMarkdown.Replace(text[end:at[0]]) + text[at[0]:at[1]])
		end = at[1]
	}
	return b.String() + plainMarkdown.Replace(text[end:])
}

// slackPost posts to an incoming webhook, slack://hook:A-B-C@webhook, or as a bot,
// slack://xoxb:A-B-C@channel.
func slackPost(u *url.URL, o options, m told) (post, error) {
	const most = 40000 // characters
	kind, token := "hook", ""
	switch password, has := u.User.Password(); {
	case strings.Trim(u.Path, "/") != "": // the older form, slack://A/B/C
		token = u.Host + u.Path
	case has:
		kind, token = u.User.Username(), password
	default:
		token = u.User.Username()
		if before, rest, ok := strings.Cut(token, "-"); ok && (before == "hook" || strings.HasPrefix(before, "xox")) {
			kind, token = before, rest
		}
	}
	token = strings.Trim(token, "/")
	parts := strings.FieldsFunc(token, func(r rune) bool { return strings.ContainsRune("-/,", r) })
	if len(parts) < 3 {
		return post{}, errors.New("its URL has no token; write slack://hook:A-B-C@webhook with the last three elements of the webhook's address")
	}
	body := map[string]any{
		"text":   fitted(m, most, func(text string) string { return slackText.Replace(m.Headline + "\n" + text) }),
		"mrkdwn": false,
	}
	if name := o.take("botname", "username"); name != "" {
		body["username"] = name
	}
	if thread := o.take("thread_ts"); thread != "" {
		body["thread_ts"] = thread
	}
	if kind == "hook" {
		return jsonPost(&url.URL{Scheme: "https", Host: "hooks.slack.com", Path: "/services/" + strings.Join(parts, "/")}, body)
	}
	body["channel"] = u.Host
	p, err := jsonPost(&url.URL{Scheme: "https", Host: "slack.com", Path: "/api/chat.postMessage"}, body)
	p.header.Set("Authorization", "Bearer "+kind+"-"+token)
	p.refused = func(body []byte) error {
		var answer struct {
			OK    bool
			Error string
		}
		if err := json.Unmarshal(body, &answer); err != nil || !answer.OK {
			return errors.New("Slack does not take it: " + oneLine(answer.Error))
		}
		return nil
	}
	return p, err
}

var slackText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// telegramPost posts to one chat.
func telegramPost(u *url.URL, o options, m told) (post, error) {
	const most = 4096 // characters
	token := u.User.Username()
	if password, ok := u.User.Password(); ok {
		token += ":" + password
	}
	chat, thread, _ := strings.Cut(o.take("chats", "channels"), ":")
	if token == "" || chat == "" {
		return post{}, errors.New("its URL has no token or no chat; write telegram://token@telegram?chats=id")
	}
	body := map[string]any{
		"chat_id": chat,
		"text":    fitted(m, most, func(text string) string { return m.Headline + "\n\n" + text }),
	}
	if thread != "" {
		body["message_thread_id"] = json.Number(thread)
	}
	if o.off("notification") {
		body["disable_notification"] = true
	}
	if o.off("preview") {
		body["link_preview_options"] = map[string]any{"is_disabled": true}
	}
	return jsonPost(&url.URL{Scheme: "https", Host: "api.telegram.org", Path: "/bot" + token + "/sendMessage"}, body)
}

// genericPost posts the message as text, or with template=json as JSON, with what a
// program wants to read. Parameters that begin with @ are headers, and with $ further keys of the
// JSON; the rest stays in the URL.
func genericPost(u *url.URL, o options, m told) (post, error) {
	if u.Host == "" {
		return post{}, errors.New("its URL has no host; write generic+https://host/path")
	}
	if method := o.take("method"); method != "" && !strings.EqualFold(method, http.MethodPost) {
		return post{}, errors.New("its URL asks for another method than POST")
	}
	template, contentType := o.take("template"), o.take("contenttype")
	titleKey, messageKey := o.take("titlekey"), o.take("messagekey")
	plain := o.on("disabletls")
	o.take("title")
	p := post{url: &url.URL{Scheme: "https", User: u.User, Host: u.Host, Path: u.Path, RawPath: u.RawPath}, header: http.Header{}}
	if _, scheme, ok := strings.Cut(u.Scheme, "+"); ok {
		p.url.Scheme = scheme
	}
	if plain {
		p.url.Scheme = "http"
	}
	f := watch.NewFields(m.alert)
	content := map[string]any{
		"id": m.alert.ID, "status": f.Status, "checker": f.Checker, "product": f.Title, "link": f.Link, "price": f.Price, "shop": f.Shop,
	}
	for key, values := range o.values {
		switch {
		case len(key) > 1 && key[0] == '@':
			p.header.Set(key[1:], values[0])
		case len(key) > 1 && key[0] == '$':
			content[key[1:]] = values[0]
		default:
			continue
		}
		delete(o.values, key)
	}
	p.url.RawQuery = o.values.Encode()
	if u.User != nil {
		password, _ := u.User.Password()
		p.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
		p.url.User = nil
	}
	switch strings.ToLower(template) {
	case "":
		contentType = "text/plain; charset=utf-8"
		p.body = []byte(m.Headline + "\n" + m.Body)
	case "json":
		content[cmp.Or(titleKey, "title")], content[cmp.Or(messageKey, "message")] = m.Headline, m.Body
		encoded, err := jsonPost(p.url, content)
		if err != nil {
			return post{}, err
		}
		p.body, contentType = encoded.body, cmp.Or(contentType, "application/json")
	default:
		return post{}, errors.New("its URL asks for a template that is not there; leave it out, or write template=json")
	}
	if p.header.Get("Content-Type") == "" {
		p.header.Set("Content-Type", contentType)
	}
	return p, nil
}

func jsonPost(to *url.URL, body map[string]any) (post, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return post{}, fmt.Errorf("encode message: %w", err)
	}
	return post{url: to, header: http.Header{"Content-Type": {"application/json"}}, body: bytes.TrimSpace(b.Bytes())}, nil
}

// fitted writes the body so that the whole has at most a number of characters,
// as UTF-16 counts them. What is written can be longer than the body it is
// written of, so only the whole can be measured.
func fitted(m told, most int, write func(body string) string) string {
	body := m.Body
	for {
		text := write(body)
		n := len(utf16.Encode([]rune(text)))
		if n <= most {
			return text
		}
		room := min(len(body)-1, len(body)*most/n)
		if room < 1 {
			return string(utf16.Decode(utf16.Encode([]rune(text))[:most]))
		}
		body = m.BodyWithin(room)
	}
}
