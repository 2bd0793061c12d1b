package cloud

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/fetch"
	"stockchecker/lambda/watch"
)

// internet is every https host on this machine: a proxy that leads all to one
// server, whose certificate is good for them, and which keeps what is posted.
type internet struct {
	client *fetch.Client
	plain  *httptest.Server // without TLS, at its own address
	*gate

	mu       sync.Mutex
	requests []string
}

func newInternet(t *testing.T) *internet {
	n := &internet{}
	n.gate = &gate{next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s://%s%s\n", r.Method, scheme, r.Host, r.RequestURI)
		r.Header.Del("Content-Length")
		r.Header.Del("Accept-Encoding")
		if r.Header.Get("User-Agent") == "stockchecker" {
			r.Header.Del("User-Agent")
		}
		var lines strings.Builder
		_ = r.Header.Write(&lines) // a Builder has no error
		b.WriteString(strings.ReplaceAll(lines.String(), "\r\n", "\n"))
		b.WriteString("\n" + string(body))
		n.mu.Lock()
		n.requests = append(n.requests, b.String())
		n.mu.Unlock()
		n.gate.ServeHTTP(w, r)
	})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"ntfy.sh", "ntfy.example", "discord.com", "hooks.slack.com", "slack.com", "api.telegram.org", "hooks.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(serve)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	n.plain = httptest.NewServer(serve)
	t.Cleanup(n.plain.Close)

	proxy := listen(t, func(conn net.Conn) {
		defer conn.Close()
		if r, err := http.ReadRequest(bufio.NewReader(conn)); err != nil || r.Method != http.MethodConnect {
			return
		}
		to, err := net.Dial("tcp", secure.Listener.Addr().String())
		if err != nil {
			return
		}
		defer to.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, conn) }()
		_, _ = io.Copy(conn, to)
	})
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	n.client = fetch.New(fetch.Options{RootCAs: roots, Proxy: func(r *http.Request) (*url.URL, error) {
		if r.URL.Scheme != "https" {
			return nil, nil
		}
		return &url.URL{Scheme: "http", Host: proxy}, nil
	}})
	t.Cleanup(n.client.CloseIdleConnections)
	return n
}

// listen calls f for each connection, and gives the address.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f(conn)
		}
	}()
	return l.Addr().String()
}

func (n *internet) taken() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.requests
	n.requests = nil
	return list
}

// webhooks are the channels of ALERT_URLS.
func (n *internet) webhooks(t *testing.T, parameters *Parameters, channels ...checker.Channel) []*Webhook {
	t.Helper()
	data, err := json.Marshal(channels)
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := Webhooks(environment(map[string]string{"ALERT_URLS": string(data)}), n.client, parameters)
	if err != nil {
		t.Fatal(err)
	}
	return hooks
}

func TestWebhookRequests(t *testing.T) {
	n := newInternet(t)
	m := watch.NewMessage(inStockAlert())
	quoted := func(s string) string {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(b.String(), "\n")
	}
	slack := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(m.Headline + "\n" + m.Body)
	const title = "Title: =?utf-8?b?"
	product := inStockAlert().Items[0].Title
	for _, test := range []struct{ url, want string }{
		{"ntfy://ntfy.sh/stock", "POST https://ntfy.sh/stock\nClick: https://shop.example/p/1?a=1&b=2\nContent-Type: text/plain; charset=utf-8\nPriority: high\nTitle: TITLE\n\n" + m.Body},
		{"https://ntfy.sh/stock", "POST https://ntfy.sh/stock\nClick: https://shop.example/p/1?a=1&b=2\nContent-Type: text/plain; charset=utf-8\nPriority: high\nTitle: TITLE\n\n" + m.Body},
		{"ntfy://me:p%40ss@ntfy.example/stock?Priority=low&tags=a,b&click=https://a.example/?b%3Dc&cache=no&firebase=yes&delay=1m",
			"POST https://ntfy.example/stock\nAuthorization: Basic bWU6cEBzcw==\nCache: no\nClick: https://a.example/?b=c\nContent-Type: text/plain; charset=utf-8\nDelay: 1m\nPriority: low\nTags: a,b\nTitle: TITLE\n\n" + m.Body},
		{"ntfy://:tk_1@PLAIN/stock?scheme=http&firebase=no", "POST http://PLAIN/stock\nAuthorization: Basic OnRrXzE=\nClick: https://shop.example/p/1?a=1&b=2\nContent-Type: text/plain; charset=utf-8\nFirebase: no\nPriority: high\nTitle: TITLE\n\n" + m.Body},
		{"discord://tok-en@123?username=Stock&avatar=https://a.example/b.png&splitLines=no&thread_id=7",
			"POST https://discord.com/api/webhooks/123/tok-en?thread_id=7\nContent-Type: application/json\n\n" +
				`{"allowed_mentions":{"parse":[]},"avatar_url":"https://a.example/b.png","content":` + quoted("**"+markdown(m.Headline)+"**\n"+markdown(m.Body)) + `,"username":"Stock"}`},
		{"https://discord.com/api/webhooks/123/tok-en", "POST https://discord.com/api/webhooks/123/tok-en\nContent-Type: application/json\n\n" +
			`{"allowed_mentions":{"parse":[]},"content":` + quoted("**"+markdown(m.Headline)+"**\n"+markdown(m.Body)) + `}`},
		{"slack://hook:T0-B0-x1@webhook", "POST https://hooks.slack.com/services/T0/B0/x1\nContent-Type: application/json\n\n" + `{"mrkdwn":false,"text":` + quoted(slack) + `}`},
		{"slack://hook-T0-B0-x1@webhook?botname=Stock", "POST https://hooks.slack.com/services/T0/B0/x1\nContent-Type: application/json\n\n" + `{"mrkdwn":false,"text":` + quoted(slack) + `,"username":"Stock"}`},
		{"slack://T0/B0/x1", "POST https://hooks.slack.com/services/T0/B0/x1\nContent-Type: application/json\n\n" + `{"mrkdwn":false,"text":` + quoted(slack) + `}`},
		{"https://hooks.slack.com/services/T0/B0/x1", "POST https://hooks.slack.com/services/T0/B0/x1\nContent-Type: application/json\n\n" + `{"mrkdwn":false,"text":` + quoted(slack) + `}`},
		{"slack://xoxb:1-2-x3@C0123?thread_ts=9.8", "POST https://slack.com/api/chat.postMessage\nAuthorization: Bearer xoxb-1-2-x3\nContent-Type: application/json\n\n" +
			`{"channel":"C0123","mrkdwn":false,"text":` + quoted(slack) + `,"thread_ts":"9.8"}`},
		{"telegram://1:a-b_c@telegram?chats=-100123:4&notification=no&preview=No", "POST https://api.telegram.org/bot1:a-b_c/sendMessage\nContent-Type: application/json\n\n" +
			`{"chat_id":"-100123","disable_notification":true,"link_preview_options":{"is_disabled":true},"message_thread_id":4,"text":` + quoted(m.Headline+"\n\n"+m.Body) + `}`},
		{"telegram://1:a@telegram?channels=@stock", "POST https://api.telegram.org/bot1:a/sendMessage\nContent-Type: application/json\n\n" + `{"chat_id":"@stock","text":` + quoted(m.Headline+"\n\n"+m.Body) + `}`},
		{"generic+https://hooks.example/a%2Fb/c?x=1&y=2&disabletls=no&title=no", "POST https://hooks.example/a%2Fb/c?x=1&y=2\nContent-Type: text/plain; charset=utf-8\n\n" + m.Headline + "\n" + m.Body},
		{"generic://me:pw@hooks.example?template=JSON&titlekey=subject&messagekey=text&$app=stock&@X-Key=k1", "POST https://hooks.example/\nAuthorization: Basic bWU6cHc=\nContent-Type: application/json\nX-Key: k1\n\n" +
			`{"app":"stock","checker":"console","id":"ID1","link":"https://shop.example/p/1?a=1&b=2","price":"€499.00","product":` + quoted(product) + `,"shop":"shop.example","status":"ITEMS_IN_STOCK","subject":` + quoted(m.Headline) + `,"text":` + quoted(m.Body) + `}`},
		{"generic+http://PLAIN/hook?template=json&contenttype=application/x-json&method=post", "POST http://PLAIN/hook\nContent-Type: application/x-json\n\n" + `{"checker":"console","id":"ID1","link":"https://shop.example/p/1?a=1&b=2","message":` + quoted(m.Body) + `,"price":"€499.00","product":` + quoted(product) + `,"shop":"shop.example","status":"ITEMS_IN_STOCK","title":` + quoted(m.Headline) + `}`},
		{"generic://PLAIN/hook?disabletls=yes&@Content-Type=text/x", "POST http://PLAIN/hook\nContent-Type: text/x\n\n" + m.Headline + "\n" + m.Body},
	} {
		t.Run(test.url, func(t *testing.T) {
			plain := n.plain.Listener.Addr().String()
			n.answers(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"ok":true}`) })
			hook := n.webhooks(t, nil, checker.Channel{Name: "phone", URL: strings.ReplaceAll(test.url, "PLAIN", plain)})[0]
			if err := hook.Send(t.Context(), inStockAlert()); err != nil {
				t.Fatal(err)
			}
			got := n.taken()
			if len(got) != 1 {
				t.Fatalf("%d requests", len(got))
			}
			before, line, ok := strings.Cut(got[0], title)
			if ok {
				_, rest, _ := strings.Cut(line, "\n")
				got[0] = before + "Title: TITLE\n" + rest
			}
			if diff := cmp.Diff(strings.ReplaceAll(test.want, "PLAIN", plain), got[0]); diff != "" {
				t.Errorf("request: (- want, + got)\n%s", diff)
			}
		})
	}
}

// ntfy reads a title in the encoding of mail.
func TestWebhookTitle(t *testing.T) {
	p, err := newPost("ntfy://ntfy.sh/stock", inStockAlert())
	if err != nil {
		t.Fatal(err)
	}
	title := p.header.Get("Title")
	if strings.ContainsFunc(title, func(r rune) bool { return r > '~' || r < ' ' }) {
		t.Errorf("the title is not ASCII: %q", title)
	}
	if got, err := new(mime.WordDecoder).DecodeHeader(title); err != nil || got != watch.NewMessage(inStockAlert()).Headline {
		t.Errorf("title %q, %v", got, err)
	}
}

// A long list, in characters of two units of UTF-16, is cut where the service would
// refuse it, and says so.
func TestWebhookLimits(t *testing.T) {
	a := inStockAlert()
	for i := range 400 {
		item := a.Items[0]
		item.Title = fmt.Sprintf("😀 [Item](x) *%d* <&> @everyone", i)
		item.Link = fmt.Sprintf("https://shop.example/p/%d?a_b=c_d", i)
		a.Items = append(a.Items, item)
	}
	for _, test := range []struct {
		url, key string
		most     int
	}{
		{"discord://token@1", "content", 2000}, {"slack://T/B/x", "text", 40000}, {"telegram://1:a@telegram?chats=1", "text", 4096},
	} {
		p, err := newPost(test.url, a)
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		if err := json.Unmarshal(p.body, &body); err != nil {
			t.Fatal(err)
		}
		text := body[test.key].(string)
		if n := len(utf16.Encode([]rune(text))); n > test.most || n < test.most*3/4 {
			t.Errorf("%s: %d characters, want some less than %d", test.url, n, test.most)
		}
		if !strings.Contains(text, "more") || !strings.Contains(text, "https://shop.example/p/1?a_b=c_d") {
			t.Errorf("%s: no link, or not said that there is more:\n%s", test.url, text)
		}
	}
	p, err := newPost("ntfy://ntfy.sh/stock", a)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.body); n > 4096 || n < 3000 || !strings.Contains(string(p.body), "more") {
		t.Errorf("ntfy: %d bytes", n)
	}
}

// What a page says is shown by Discord as it is: it links to nowhere else, and calls
// nobody.
func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"see https://a.example/x_y_z?b=*c* now_":       `see https://a.example/x_y_z?b=*c* now\_`,
		"[click](https://evil.example) <@1> **b** `c`": "\\[click\\](https://evil.example) \\<@1\\> \\*\\*b\\*\\* \\`c\\`",
		`\`: `\\`,
	} {
		if got := markdown(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestWebhookFailures(t *testing.T) {
	n := newInternet(t)
	closed := listen(t, func(conn net.Conn) { conn.Close() })
	stalled := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/s3cret-token")
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	const hook = "generic+https://hooks.example/s3cret-token?key=s3cret-value"
	for _, test := range []struct {
		name, url string
		answer    http.HandlerFunc
		want      string
	}{
		{"unauthorized", hook, status(401, "no\n  s3cret-token"), "hooks.example answers 401: no REDACTED; the token in its URL is not accepted"},
		{"forbidden", hook, status(403, ""), "hooks.example answers 403; the token in its URL is not accepted"},
		{"not found", "telegram://1:s3cret-token@telegram?chats=1", status(404, `{"ok":false,"description":"Not Found"}`),
			`api.telegram.org answers 404: {"ok":false,"description":"Not Found"}; its URL or the token in it is wrong`},
		{"too many", "discord://s3cret-token@1", status(429, `{"retry_after": 1}`), `discord.com answers 429: {"retry_after": 1}; it gets too many messages`},
		{"fault", hook, status(500, "key=s3cret-value"), "hooks.example answers 500: key=REDACTED; a later check tries again"},
		{"refused", hook, status(422, strings.Repeat("x", 1000)), "hooks.example answers 422: " + strings.Repeat("x", 300) + "…; a later check tries again"},
		{"redirect", hook, status(307, ""), "hooks.example answers 307; write the address that it redirects to"},
		{"good only for HTTP", "slack://xoxb:1-2-s3cret@C0123", status(200, `{"ok":false,"error":"channel_not_found"}`), "Slack does not take it: channel_not_found"},
		{"closed", "generic+http://" + closed + "/s3cret-token", nil, closed + " closed the connection without an answer"},
		{"stalled", "generic+http://" + stalled + "/s3cret-token", nil, stalled + " did not answer within 0.16 s"},
		{"no service", "pushover://shoutrrr:s3cret@user", nil, "its URL is of no service that the function posts to: ntfy, discord, slack, telegram or generic"},
		{"an address", "https://hooks.example/s3cret", nil, "its URL is of no service that the function posts to: ntfy, discord, slack, telegram or generic"},
		{"environment", "ntfy://ntfy.sh/${S3CRET}", nil, "channel phone: its URL needs S3CRET of the environment, which the function does not have; write a parameter, like ${ssm:/stockchecker/token}"},
		{"no topic", "ntfy://s3cret", nil, "its URL has no topic; write ntfy://ntfy.sh/your-topic"},
		{"no token", "discord://s3cret", nil, "its URL has no token or no id; write discord://token@id"},
		{"half a token", "slack://hook:s3cret@webhook", nil, "its URL has no token; write slack://hook:A-B-C@webhook with the last three elements of the webhook's address"},
		{"no chat", "telegram://s3cret@telegram", nil, "its URL has no token or no chat; write telegram://token@telegram?chats=id"},
		{"no host", "generic:///s3cret", nil, "its URL has no host; write generic+https://host/path"},
		{"method", hook + "&method=PUT", nil, "its URL asks for another method than POST"},
		{"template", hook + "&template=s3cret", nil, "its URL asks for a template that is not there; leave it out, or write template=json"},
		{"no URL", "ntfy://s3cret:x/", nil, "its URL is none"},
		{"no query", "ntfy://ntfy.sh/a?s3cret=%zz", nil, "the query of its URL is none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n.answers(test.answer)
			defer n.answers(nil)
			ctx := t.Context()
			if test.name == "stalled" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
				defer cancel()
			}
			err := n.webhooks(t, nil, checker.Channel{Name: "phone", URL: test.url})[0].Send(ctx, inStockAlert())
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error()
			if test.name == "stalled" { // the clock decides of the last digits
				got, test.want = got[:strings.LastIndex(got, " within ")], test.want[:strings.LastIndex(test.want, " within ")]
			}
			if got != "post to phone: "+test.want {
				t.Errorf("got  %s\nwant post to phone: %s", got, test.want)
			}
			if strings.Contains(got, "s3cret") {
				t.Errorf("%s shows the secret", got)
			}
			if requests := len(n.taken()); test.answer != nil && requests != 1 {
				t.Errorf("%d requests, want 1", requests)
			}
		})
	}
}

// A name must not lead a post inside, where the URL names no such host.
func TestWebhookGuard(t *testing.T) {
	n := newInternet(t)
	_, port, err := net.SplitHostPort(n.plain.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server := nameServer(t, net.IPv4(127, 0, 0, 1))
	client := fetch.New(fetch.Options{Resolver: server, Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }})
	t.Cleanup(client.CloseIdleConnections)
	hook := &Webhook{of: checker.Channel{Name: "phone", URL: "generic+http://hooks.example:" + port + "/s3cret"}, name: "phone", client: client}
	err = hook.Send(t.Context(), inStockAlert())
	want := "post to phone: hooks.example:" + port + " leads to the loopback address 127.0.0.1, which is refused: if it is meant, put the address itself into the URL"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if got := n.taken(); len(got) != 0 {
		t.Errorf("the post arrived: %q", got)
	}
}

// nameServer answers with one address for each name.
func nameServer(t *testing.T, ip net.IP) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var p dnsmessage.Parser
			header, err := p.Start(buffer[:n])
			if err != nil {
				continue
			}
			question, err := p.Question()
			if err != nil {
				continue
			}
			answer := dnsmessage.Message{Header: dnsmessage.Header{ID: header.ID, Response: true}, Questions: []dnsmessage.Question{question}}
			if question.Type == dnsmessage.TypeA {
				answer.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 1},
					Body:   &dnsmessage.AResource{A: [4]byte(ip.To4())},
				}}
			}
			if data, err := answer.Pack(); err == nil {
				_, _ = conn.WriteTo(data, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// The tools that deploy know which services the function knows.
func TestServices(t *testing.T) {
	if got := slices.Sorted(maps.Keys(services)); !slices.Equal(got, checker.ServicesOnAWS) {
		t.Errorf("%q, but the checker package says %q", got, checker.ServicesOnAWS)
	}
}

func TestWebhooksOfEnvironment(t *testing.T) {
	n := newInternet(t)
	hooks, err := Webhooks(environment(nil), n.client, nil)
	if err != nil || len(hooks) != 0 {
		t.Errorf("%v, %v without ALERT_URLS", hooks, err)
	}
	if _, err := Webhooks(environment(map[string]string{"ALERT_URLS": `["ntfy://s3cret"]`}), n.client, nil); err == nil || err.Error() != "read ALERT_URLS: it is no list of channels; deploy again" {
		t.Errorf("error %v", err)
	}
	hooks = n.webhooks(t, nil,
		checker.Channel{Name: "phone", URL: "telegram://1:a@telegram?preview=no&chats=1,@b,-3&notification=no", Only: []string{"ps5"}},
		checker.Channel{Name: "team", URL: "ntfy://ntfy.sh/a?tags=x,y"},
		checker.Channel{Name: "one", URL: "Telegram://1:a@telegram?chats=1"})
	var names, urls []string
	for _, h := range hooks {
		names = append(names, h.Channel())
		urls = append(urls, h.of.URL)
		for _, name := range []string{"ps5", "gpu"} {
			if got, want := h.TellsOf(&checker.Checker{Name: name}), name == "ps5" || !strings.HasPrefix(h.Channel(), "phone"); got != want {
				t.Errorf("%s tells of %s: %v", h.Channel(), name, got)
			}
		}
	}
	if !slices.Equal(names, []string{"phone:1", "phone:@b", "phone:-3", "team", "one"}) {
		t.Errorf("channels %q", names)
	}
	if urls[1] != "telegram://1:a@telegram?preview=no&chats=@b&notification=no" {
		t.Errorf("URL of the second chat: %s", urls[1])
	}
}

// parameterStore is an SSM that keeps parameters and counts who asks.
type parameterStore struct {
	*gate
	mu     sync.Mutex
	values map[string]string
	asked  []string
}

func newParameterStore(values map[string]string) *parameterStore {
	s := &parameterStore{values: values}
	s.gate = &gate{next: http.HandlerFunc(s.serve)}
	return s
}

func (s *parameterStore) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in struct {
		Names          []string
		WithDecryption bool
	}
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") && strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/ssm/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=")
	if err != nil || json.Unmarshal(body, &in) != nil || !in.WithDecryption || !signed || r.Method != http.MethodPost || r.URL.Path != "/" ||
		r.Header.Get("X-Amz-Target") != "AmazonSSM.GetParameters" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" || len(in.Names) > 10 {
		http.Error(w, fmt.Sprintf(`{"__type":"ValidationException","message":"%s %s %v"}`, r.Method, r.URL, r.Header), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, strings.Join(in.Names, " "))
	type parameter struct{ Name, Value string }
	answer := struct {
		Parameters        []parameter
		InvalidParameters []string
	}{}
	for _, name := range in.Names {
		if v, ok := s.values[name]; ok {
			answer.Parameters = append(answer.Parameters, parameter{name, v})
		} else {
			answer.InvalidParameters = append(answer.InvalidParameters, name)
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *parameterStore) put(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = value
}

// asks are what was asked for since the last time.
func (s *parameterStore) asks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.asked
	s.asked = nil
	return list
}

func (s *parameterStore) client(t *testing.T) *Parameters {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	cfg, err := Config(environment(map[string]string{"AWS_ENDPOINT_URL_SSM": server.URL}))
	if err != nil {
		t.Fatal(err)
	}
	client := newHTTPClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	cfg.HTTPClient = client
	return NewParameters(cfg)
}

// A secret is asked for at first need, kept, and asked for again once when the
// service does not accept it.
func TestWebhookSecrets(t *testing.T) {
	n := newInternet(t)
	store := newParameterStore(map[string]string{"/stock/token": "old-s3cret", "/stock/id": "42"})
	hooks := n.webhooks(t, store.client(t),
		checker.Channel{Name: "team", URL: "discord://${ssm:/stock/token}@${ssm:/stock/id}"},
		checker.Channel{Name: "all", URL: "generic+https://hooks.example/${ssm:/stock/token}?t=${ssm:/stock/token}"})
	accepted := "old-s3cret"
	n.answers(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, accepted) {
			http.Error(w, "what is "+r.URL.Path, http.StatusUnauthorized)
		}
	})
	send := func(hook *Webhook, wantError, wantAsks string, wantPosts ...string) {
		t.Helper()
		err := hook.Send(t.Context(), inStockAlert())
		if wantError == "" && err != nil || wantError != "" && (err == nil || err.Error() != wantError) {
			t.Errorf("got  %v\nwant %s", err, wantError)
		}
		if got := strings.Join(store.asks(), ", "); got != wantAsks {
			t.Errorf("asked for %q, want %q", got, wantAsks)
		}
		var posts []string
		for _, r := range n.taken() {
			line, _, _ := strings.Cut(r, "\n")
			posts = append(posts, line)
		}
		if !slices.Equal(posts, wantPosts) {
			t.Errorf("posts %q, want %q", posts, wantPosts)
		}
	}
	if got := store.asks(); len(got) != 0 {
		t.Errorf("asked for %q before there was need", got)
	}
	const oldTeam, newTeam = "POST https://discord.com/api/webhooks/42/old-s3cret", "POST https://discord.com/api/webhooks/42/new-s3cret"
	send(hooks[0], "", "/stock/token /stock/id", oldTeam)
	send(hooks[0], "", "", oldTeam)
	send(hooks[1], "", "", "POST https://hooks.example/old-s3cret?t=old-s3cret")
	// The secret was changed.
	accepted = "new-s3cret"
	store.put("/stock/token", "new-s3cret")
	send(hooks[0], "", "/stock/token /stock/id", oldTeam, newTeam)
	send(hooks[1], "", "", "POST https://hooks.example/new-s3cret?t=new-s3cret")
	// It is wrong: no second post of the same.
	accepted = "another"
	send(hooks[0], "post to team: discord.com answers 401: what is /api/webhooks/42/REDACTED; the token in its URL is not accepted", "/stock/token /stock/id", newTeam)
	// And so is the next one.
	store.put("/stock/token", "third-s3cret")
	send(hooks[0], "post to team: discord.com answers 401: what is /api/webhooks/42/REDACTED; the token in its URL is not accepted", "/stock/token /stock/id", newTeam,
		"POST https://discord.com/api/webhooks/42/third-s3cret")
	// Where SSM fails when it is asked again, both are told.
	store.answers(ssmError(400, "AccessDeniedException", "no"))
	send(hooks[0], "post to team: discord.com answers 401: what is /api/webhooks/42/REDACTED; the token in its URL is not accepted; get the parameters /stock/token, /stock/id: "+
		"access denied; allow ssm:GetParameters on them, and kms:Decrypt on a key of your own (400, AccessDeniedException: no)", "",
		"POST https://discord.com/api/webhooks/42/third-s3cret")
}

// ssmError answers as SSM does.
func ssmError(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type":"com.amazonaws.ssm#%s","Message":%q}`, code, message)
	}
}

func TestParameterFaults(t *testing.T) {
	n := newInternet(t)
	for _, test := range []struct {
		name     string
		answer   http.HandlerFunc
		requests int64
		want     string
	}{
		{"missing", nil, 1, "there is no /stock/none; make it with aws ssm put-parameter --type SecureString --name /stock/none --value …"},
		{"denied", ssmError(400, "AccessDeniedException", "User: arn:x is not authorized"), 1,
			"access denied; allow ssm:GetParameters on them, and kms:Decrypt on a key of your own (400, AccessDeniedException: User: arn:x is not authorized)"},
		{"refused", ssmError(400, "ValidationException", "bad\nname"), 1, "refused by AWS (400, ValidationException: bad name)"},
		{"throttled", ssmError(400, "ThrottlingException", "Rate exceeded"), 3, "refused by AWS (400, ThrottlingException: Rate exceeded)"},
		{"fault", ssmError(500, "InternalServerError", ""), 3, "refused by AWS (500, InternalServerError: )"},
		{"no JSON", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }, 3, "AWS answers with no JSON"},
		{"broken", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, 3, "no whole answer from AWS: EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := newParameterStore(nil)
			store.answers(test.answer)
			hook := n.webhooks(t, store.client(t), checker.Channel{Name: "phone", URL: "ntfy://ntfy.sh/${ssm:/stock/none}"})[0]
			err := hook.Send(t.Context(), inStockAlert())
			if want := "post to phone: get the parameters /stock/none: " + test.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if got := store.requests.Load(); got < test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			if got := n.taken(); len(got) != 0 {
				t.Errorf("posted %q", got)
			}
		})
	}
}

func TestParametersByTen(t *testing.T) {
	values := map[string]string{}
	var names []string
	for i := range 23 {
		name := fmt.Sprintf("/p/%02d", i)
		names = append(names, name, name)
		values[name] = fmt.Sprint(i)
	}
	store := newParameterStore(values)
	p := store.client(t)
	for range 2 {
		got, err := p.Values(t.Context(), names)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values, got); diff != "" {
			t.Error(diff)
		}
	}
	if got := store.asks(); len(got) != 3 || strings.Count(strings.Join(got, " "), "/") != 46 {
		t.Errorf("asked %q", got)
	}
}

func TestParameterEndpoint(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "https://ssm.eu-west-1.amazonaws.com"},
		{map[string]string{"AWS_REGION": "cn-north-1"}, "https://ssm.cn-north-1.amazonaws.com.cn"},
		{map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "http://127.0.0.1:1"},
		{map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:2"}, "http://127.0.0.1:2"},
	} {
		cfg, err := Config(environment(test.env))
		if err != nil {
			t.Fatal(err)
		}
		if got := NewParameters(cfg).endpoint; got != test.want {
			t.Errorf("%v: %s, want %s", test.env, got, test.want)
		}
	}
}

// The handler tells each channel on its own, each of its checkers, and of a blind
// checker those of whom no alarm tells.
func TestHandlerWebhooks(t *testing.T) {
	w := newWorld(t)
	n := newInternet(t)
	w.handler.Webhooks = n.webhooks(t, nil,
		checker.Channel{Name: "phone", URL: "ntfy://ntfy.sh/phone"},
		checker.Channel{Name: "team", URL: "ntfy://ntfy.sh/team", Only: []string{"console"}},
		checker.Channel{Name: "others", URL: "ntfy://ntfy.sh/others", Only: []string{"lamp"}})
	posts := func() string {
		var list []string
		for _, r := range n.taken() {
			line, _, _ := strings.Cut(r, "\n")
			list = append(list, strings.TrimPrefix(line, "POST https://ntfy.sh/"))
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	w.shop.answers(product("OutOfStock"))
	w.check(nil)
	if got := posts(); got != "phone team" {
		t.Errorf("told %q of the start", got)
	}
	// One is dead: the other is told, and the dead one later.
	n.answers(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/team" {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	w.shop.answers(product("InStock"))
	_, err := w.try(nil)
	want := "send alerts of console: ITEMS_IN_STOCK by team: post to team: ntfy.sh answers 429; it gets too many messages; they stay pending, and are sent again"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if got := posts(); got != "phone team" {
		t.Errorf("told %q of the stock", got)
	}
	if p := w.state("state/console.json").Pending; len(p) != 1 || !slices.Equal(p[0].Channels, []string{"team"}) {
		t.Errorf("pending %+v", p)
	}
	n.answers(nil)
	w.check(nil)
	if got := posts(); got != "team" {
		t.Errorf("told %q after that", got)
	}
	// A checker's own channels.
	w.check(map[string]any{"channels": []string{"phone"}})
	w.shop.answers(product("OutOfStock"))
	w.check(map[string]any{"channels": []string{"phone"}})
	if got := posts(); got != "phone" {
		t.Errorf("told %q of what is gone", got)
	}
	w.shop.answers(captcha)
	for range 3 {
		putBack(w)
		w.check(nil)
	}
	if got := posts(); got != "phone team" {
		t.Errorf("told %q of the blind checker", got)
	}
	if got := strings.Join(w.statuses(), " "); got != "INITIALIZED ITEMS_IN_STOCK ITEMS_GONE" {
		t.Errorf("the topic has %s", got)
	}
	if strings.Contains(w.logs.String(), "ntfy.sh/") {
		t.Errorf("the log shows a URL:\n%s", w.logs.String())
	}
}

// putBack ends the back-off after a block, as if time had passed.
func putBack(w *world) {
	w.t.Helper()
	s := w.state("state/console.json")
	s.Health.BackoffUntil = time.Time{}
	data, err := json.Marshal(s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.putObject("state/console.json", string(data))
}
