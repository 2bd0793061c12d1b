package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// receiver is a real server on loopback that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []string
	status int
	answer string
	hang   chan struct{} // nil: it answers at once
}

// newReceiver starts one, with TLS under any name if tls is set: then the default
// transport reaches it under every host.
func newReceiver(t *testing.T, everyHost bool) *receiver {
	r := &receiver{status: http.StatusOK, answer: "{}"}
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s", req.Method, req.URL)
		if everyHost {
			fmt.Fprintf(&b, " of %s", req.Host)
		}
		for _, name := range []string{"Title", "Click", "Priority", "Authorization", "Content-Type", "X-Key"} {
			if v := req.Header.Get(name); v != "" {
				fmt.Fprintf(&b, "\n%s: %s", name, v)
			}
		}
		fmt.Fprintf(&b, "\n%s", body)
		r.got = append(r.got, b.String())
		status, answer, hang := r.status, r.answer, r.hang
		r.mu.Unlock()
		if hang != nil {
			select {
			case <-hang:
			case <-req.Context().Done():
			}
		}
		w.WriteHeader(status)
		io.WriteString(w, answer)
	})
	if !everyHost {
		r.Server = httptest.NewServer(handler)
		t.Cleanup(r.Close)
		return r
	}
	r.Server = httptest.NewTLSServer(handler)
	t.Cleanup(r.Close)
	usual := http.DefaultTransport
	address := r.Listener.Addr().String()
	http.DefaultTransport = &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	t.Cleanup(func() { http.DefaultTransport = usual })
	return r
}

func (r *receiver) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got
}

func (r *receiver) set(status int, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.answer = status, answer
}

// oneChannel makes the channel of a URL, called phone.
func oneChannel(t *testing.T, link string, words Words) watch.Notifier {
	t.Helper()
	cs, err := New(checker.Alerts{URLs: []checker.Channel{{Name: "phone", URL: link}}}, words, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	list := cs.For(&checker.Checker{Name: "lamp"})
	if len(list) != 1 || list[0].Channel() != "phone" {
		t.Fatalf("%d channels", len(list))
	}
	return list[0]
}

// lamp is an alert with what a hostile page may put into it.
func lamp() watch.Alert {
	return watch.Alert{
		ID: "id1", Checker: "lamp", URL: "https://shop.example/p/kestrel-9", Status: watch.ItemsInStock, At: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC), InStock: 1, Total: 1,
		Items: []watch.AlertItem{{
			Title: "Kestrel <!channel> & 9\r\nX-Key: evil", Link: "https://shop.example/p/kestrel-9", Availability: checker.InStock,
			Price: &checker.Price{Amount: decimal.RequireFromString("49.9"), Currency: "EUR"},
		}},
	}
}

const (
	lampTitle = "Kestrel <!channel> & 9 X-Key: evil in stock at €49.90 · shop.example"
	lampBody  = "https://shop.example/p/kestrel-9\n\nKestrel <!channel> & 9 X-Key: evil\nin stock at €49.90\nShop: shop.example\n\n" +
		"In stock now: 1 of 1 item\nChecker: lamp\nPage: https://shop.example/p/kestrel-9\nChecked: 2026-03-14 09:26:53 UTC\n"
)

// What each service is sent. HOST stands for the server on loopback; those that
// only know their own host are reached there under its name.
func TestServices(t *testing.T) {
	// asJSON is a text as it stands in JSON.
	asJSON := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	slack := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, test := range []struct {
		name, url string
		everyHost bool
		answer    string
		want      string
	}{
		{"ntfy", "ntfy://me:pa%40ss@HOST/stock?scheme=http", false, "{}",
			"POST /stock\nTitle: " + lampTitle + "\nClick: https://shop.example/p/kestrel-9\nPriority: High\nAuthorization: Basic bWU6cGFAc3M=\nContent-Type: text/plain; charset=utf-8\n" + lampBody},
		{"ntfy, with settings of one's own", "ntfy://HOST/stock?scheme=http&priority=min&click=https://me.example", false, "{}",
			"POST /stock\nTitle: " + lampTitle + "\nClick: https://me.example\nPriority: Min\nContent-Type: text/plain; charset=utf-8\n" + lampBody},
		{"ntfy, by the address of its web page", "https://ntfy.sh/stock", true, "{}",
			"POST /stock of ntfy.sh\nTitle: " + lampTitle + "\nClick: https://shop.example/p/kestrel-9\nPriority: High\nContent-Type: text/plain; charset=utf-8\n" + lampBody},
		{"gotify", "gotify://HOST/AzyoeNS.D4iJLVa?disabletls=yes", false, "{}",
			"POST /message?token=AzyoeNS.D4iJLVa\nContent-Type: application/json\n" + "{\n\"message\": " + asJSON(lampBody) + ",\n\"title\": " + asJSON(lampTitle) + ",\n\"priority\": 8,\n\"extras\": null\n}"},
		{"webhook", "generic+http://HOST/hook?token=abc", false, "",
			"POST /hook?token=abc\nContent-Type: text/plain\n" + lampTitle + "\n" + lampBody},
		{"webhook with JSON", "generic+http://HOST/hook?template=json&@X-Key=k1", false, "",
			"POST /hook\nContent-Type: application/json\nX-Key: k1\n" + `{"checker":"lamp","id":"id1","link":"https://shop.example/p/kestrel-9","message":` + asJSON(lampBody) +
				`,"price":"€49.90","product":` + asJSON("Kestrel <!channel> & 9 X-Key: evil") + `,"shop":"shop.example","status":"ITEMS_IN_STOCK","title":` + asJSON(lampTitle) + `}`},
		{"discord", "discord://sEcReTtOkEn@123456", true, "",
			"POST /api/webhooks/123456/sEcReTtOkEn of discord.com\nContent-Type: application/json\n" +
				`{"embeds":[{"title":` + asJSON(lampTitle) + `,"description":` + asJSON(lampBody) + `,"color":5298687}]}`},
		{"slack", "slack://hook:WNA3PBYV6-F20DUQND3RQ-Webc4MAvoacrpPakR8phF0zi@webhook", true, "ok",
			"POST /services/WNA3PBYV6/F20DUQND3RQ/Webc4MAvoacrpPakR8phF0zi of hooks.slack.com\nContent-Type: application/json\n" +
				`{"text":` + asJSON("*"+slack.Replace(lampTitle)+"*\n"+slack.Replace(lampBody)) + `}`},
		{"telegram", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@stock", true, `{"ok":true}`,
			"POST /bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/sendMessage of api.telegram.org\nContent-Type: application/json\n{\n\"text\": " +
				asJSON("<b>"+slack.Replace(lampTitle)+"</b>\n"+slack.Replace(lampBody)) +
				",\n\"chat_id\": \"@stock\",\n\"parse_mode\": \"HTML\",\n\"disable_web_page_preview\": false,\n\"disable_notification\": false,\n\"reply_to_message_id\": 0\n}"},
		{"pushover", "pushover://shoutrrr:azGDORePK8gMaC0QOYAMyEEuzJnyUi@uQiRzpo4DXghDmr9QzzfQu27cmVRsG", true, `{"status":1}`,
			"POST /1/messages.json of api.pushover.net\nContent-Type: application/x-www-form-urlencoded\ndevice=&message=" + url.QueryEscape(lampBody) +
				"&priority=0&title=" + url.QueryEscape(lampTitle) + "&token=azGDORePK8gMaC0QOYAMyEEuzJnyUi&user=uQiRzpo4DXghDmr9QzzfQu27cmVRsG"},
		{"google chat, which has no title", "googlechat://chat.googleapis.com/v1/spaces/FOO/messages?key=bar&token=baz", true, "{}",
			"POST /v1/spaces/FOO/messages?key=bar&token=baz of chat.googleapis.com\nContent-Type: application/json\n" + `{"text":` + asJSON(lampTitle+"\n"+lampBody) + `}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReceiver(t, test.everyHost)
			r.set(http.StatusOK, test.answer)
			channel := oneChannel(t, strings.Replace(test.url, "HOST", r.Listener.Addr().String(), 1), Words{})
			for range 2 { // nothing of the first message is left for the second
				if err := channel.Send(t.Context(), lamp()); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{test.want, test.want}, r.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// An answer that is there counts, also when the time is over.
func TestAnswerOf(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		done := make(chan error, 1)
		done <- nil
		if answered, err := answerOf(over, done); err != nil || !answered {
			t.Fatalf("answered %v, error %v", answered, err)
		}
	}
	if answered, _ := answerOf(over, make(chan error)); answered {
		t.Error("answered, and there is none")
	}
}

// Nothing of a message is left for the next one of another sort.
func TestServiceForgets(t *testing.T) {
	news, bad := lamp(), lamp()
	bad.Status, bad.Items, bad.URL, bad.Kind = watch.CheckFailed, nil, "", "blocked"
	for _, test := range []struct{ url, first, second string }{
		{"ntfy://HOST/stock?scheme=http", "\nClick: https://shop.example/p/kestrel-9\nPriority: High\n", "POST /stock\nTitle: lamp is blind: blocked by the shop (1 failed check)\nPriority: Default\n"},
		{"gotify://HOST/AzyoeNS.D4iJLVa?disabletls=yes", `"priority": 8`, `"priority": 5`},
	} {
		r := newReceiver(t, false)
		channel := oneChannel(t, strings.Replace(test.url, "HOST", r.Listener.Addr().String(), 1), Words{})
		for _, a := range []watch.Alert{news, bad} {
			if err := channel.Send(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.requests(); !strings.Contains(got[0], test.first) || !strings.Contains(got[1], test.second) {
			t.Errorf("%s: got %q, want %q and %q in them", test.url, got, test.first, test.second)
		}
	}
}

// Many checkers use one channel at a time, which the services are not made for.
func TestServiceUsedByMany(t *testing.T) {
	r := newReceiver(t, false)
	channel := oneChannel(t, "ntfy://"+r.Listener.Addr().String()+"/stock?scheme=http", Words{})
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			a := lamp()
			a.Items[0].Title = fmt.Sprintf("Lamp %d.", i)
			if err := channel.Send(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, got := range r.requests() {
		for i := range 20 {
			if name := fmt.Sprintf("Lamp %d.", i); strings.Contains(got, "Title: "+name) && strings.Contains(got, "\n"+name+"\n") {
				seen[name] = true
			}
		}
	}
	if len(r.requests()) != 20 || len(seen) != 20 {
		t.Errorf("%d requests tell of %d lamps, want 20 of 20", len(r.requests()), len(seen))
	}
}

// What goes wrong is one line that helps, and no secret is in it.
func TestServiceErrors(t *testing.T) {
	const ntfyURL = "ntfy://me:topsecret@HOST/hushhush?scheme=http"
	for _, test := range []struct {
		name, url, answer string
		everyHost         bool
		status            int
		want              string
	}{
		{"refused", ntfyURL, `{"code":40301,"http":403,"error":"forbidden for topsecret at /hushhush"}`, false, 403,
			"failed to send ntfy notification: server response: forbidden for *** at /*** (40301) (look whether the token or password in its URL is right, and still valid)"},
		{"no such topic", "generic+http://HOST/hushhush", `no`, false, 404,
			"failed to send notification to generic webhook: server returned unexpected response status code: 404 Not Found (look whether the address or topic in its URL is right)"},
		{"too many", "generic+http://HOST/hushhush", `no`, false, 429,
			"failed to send notification to generic webhook: server returned unexpected response status code: 429 Too Many Requests (it takes no more messages for now)"},
		{"broken", "gotify://HOST/AzyoeNS.D4iJLVa?disabletls=yes", `AzyoeNS.D4iJLVa`, false, 500,
			"failed to send notification to Gotify: failed to send notification to Gotify: got unexpected HTTP status: 500 Internal Server Error"},
		{"slack says no", "slack://hook:WNA3PBYV6-F20DUQND3RQ-Webc4MAvoacrpPakR8phF0zi@webhook", "invalid_token", true, 403,
			"failed to send slack notification: webhook response failure: invalid_token (look whether the token or password in its URL is right, and still valid)"},
		{"telegram says no", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@stock", `{"ok":false,"error_code":401,"description":"Unauthorized"}`, true, 401,
			"telegram answers: Unauthorized (look whether the token or password in its URL is right, and still valid)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newReceiver(t, test.everyHost)
			r.set(test.status, test.answer)
			err := oneChannel(t, strings.Replace(test.url, "HOST", r.Listener.Addr().String(), 1), Words{}).Send(t.Context(), lamp())
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// everyService is a URL of each, with secrets in it. ADDRESS stands for a server
// on loopback.
var everyService = []string{
	"ntfy://user-secret:password-secret@ADDRESS/topic-secret?scheme=http",
	"gotify://ADDRESS/path-secret/AzyoeNS.D4iJLVa?disabletls=yes",
	"generic+http://ADDRESS/path-secret?key=query-secret&@Authorization=header-secret",
	"discord://token-secret@112233445566778899",
	"slack://hook:WNA3PBYV6-F20DUQND3RQ-Webc4MAvoacrpPakR8phF0zi@webhook",
	"slack://xoxb:123456789012-1234567890123-4mt0t4l1YL3g1T5L4cK70k3N@C001CH4NN3L",
	"telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@chat-secret",
	"pushover://shoutrrr:azGDORePK8gMaC0QOYAMyEEuzJnyUi@uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
	"matrix://user-secret:password-secret@ADDRESS?disabletls=yes",
	"mattermost://ADDRESS/token-secret-1234?disabletls=yes",
	"rocketchat://ADDRESS/token-secret-a/token-secret-b",
	"googlechat://chat.googleapis.com/v1/spaces/space-secret/messages?key=key-secret&token=token-secret",
	"zulip://bot-secret%40zulip.example:password-secret@zulip.example/?stream=stream-secret&topic=topic-secret",
	"ifttt://webhook-secret/?events=event-secret",
	"join://shoutrrr:apikey-secret@join/?devices=device-secret",
	"bark://:device-secret@ADDRESS?scheme=http",
	"notifiarr://apikey-secret",
	"wecom://key-secret",
	"lark://open.larksuite.com/token-secret?secret=sign-secret",
	"teams://11111111-4444-4444-8444-cccccccccccc@22222222-4444-4444-8444-cccccccccccc/33333333012222222222333333333344/44444444-4444-4444-8444-cccccccccccc/V2ESyij_gAljSoUQHvZoZYzlpAoAXExyOl26dlf1xHEx05?host=example.webhook.office.com",
	"pushbullet://o.abcdefghijklmnopqrstuvwxyzabcdef",
	"opsgenie://ADDRESS/apikey-secret",
	"pagerduty://events.pagerduty.com/eb243592faa24ba2a5511afdf565c889",
	"signal://ADDRESS/+15555550123/+15555550124?disabletls=yes",
}

// Where nobody listens each of them says so, and no secret.
func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	usual := http.DefaultTransport
	http.DefaultTransport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	t.Cleanup(func() { http.DefaultTransport = usual })
	for _, link := range everyService {
		scheme, rest, _ := strings.Cut(link, ":")
		t.Run(scheme, func(t *testing.T) {
			err := oneChannel(t, strings.Replace(link, "ADDRESS", address, 1), Words{}).Send(t.Context(), lamp())
			if err == nil {
				t.Fatal("sent")
			}
			text := err.Error()
			if strings.ContainsAny(text, "\r\n") || len(text) > 500 {
				t.Errorf("not one line: %q", text)
			}
			for _, part := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune("/:@?&=", r) }) {
				part, _ = url.QueryUnescape(part)
				if len(part) >= shortestPart && !strings.Contains(part, ".") && strings.Contains(text, part) && !map[string]bool{"telegram": true, "webhook": true, "messages": true, "shoutrrr": true}[part] {
					t.Errorf("the error %q has %q in it", text, part)
				}
			}
		})
	}
}

// A server error is never taken for a message that was sent: each of the services
// must see it, whatever its body is.
func TestServerErrors(t *testing.T) {
	r := newReceiver(t, true)
	plain := newReceiver(t, false)
	for _, status := range []int{http.StatusInternalServerError, http.StatusNotFound} {
		for _, body := range []string{"", "<html>down</html>", "{}", `{"ok":true,"status":1}`} {
			r.set(status, body)
			plain.set(status, body)
			for _, link := range everyService {
				scheme, _, _ := strings.Cut(link, ":")
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				if err := oneChannel(t, strings.Replace(link, "ADDRESS", plain.Listener.Addr().String(), 1), Words{}).Send(ctx, lamp()); err == nil {
					t.Errorf("%s takes status %d with %q for success", scheme, status, body)
				}
				cancel()
			}
		}
	}
}

// Of several chats one that is refused holds up no other.
func TestTelegramChats(t *testing.T) {
	cs, err := New(checker.Alerts{URLs: []checker.Channel{{Name: "us", URL: "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@stock,-100123:7&notification=no&preview=no"}}}, Words{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := newReceiver(t, true)
	r.set(http.StatusOK, `{"ok":true}`)
	list := cs.Named("us")
	if len(list) != 2 || list[0].Channel() != "us:@stock" || list[1].Channel() != "us:-100123:7" {
		t.Fatalf("channels %v", list)
	}
	for _, n := range list {
		if err := n.Send(t.Context(), lamp()); err != nil {
			t.Error(err)
		}
	}
	for i, want := range []string{`"chat_id": "@stock"`, `"chat_id": "-100123",` + "\n" + `"message_thread_id": 7,`} {
		if got := r.requests()[i]; !strings.Contains(got, want) || !strings.Contains(got, `"disable_notification": true`) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
	r.set(http.StatusOK, `{"ok":false}`)
	if err := list[0].Send(t.Context(), lamp()); err == nil || err.Error() != "telegram answers that it has not sent the message" {
		t.Errorf("error %v", err)
	}
}

// A service that hangs takes ten seconds and no more, and others wait for it no
// longer than for their own.
func TestServiceThatHangs(t *testing.T) {
	r := newReceiver(t, false)
	r.hang = make(chan struct{})
	channel := oneChannel(t, "generic+http://"+r.Listener.Addr().String()+"/hook", Words{})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if err := channel.Send(ctx, lamp()); err == nil || !strings.Contains(err.Error(), "no answer within") {
			t.Errorf("the first: %v", err)
		}
	})
	for len(r.requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	group.Wait()
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := channel.Send(soon, lamp()); err == nil || err.Error() != "the message before has no answer yet" {
		t.Errorf("the second: %v", err)
	}
	close(r.hang)
	if err := channel.Send(t.Context(), lamp()); err != nil {
		t.Errorf("after it has answered: %v", err)
	}
	if n := len(r.requests()); n != 2 {
		t.Errorf("%d requests, want 2: the second message was not to be sent", n)
	}
}

// Discord's sender would try again by itself for minutes, also after the check has
// given the message back.
func TestDiscordEndsWithTheContext(t *testing.T) {
	r := newReceiver(t, true)
	r.set(http.StatusInternalServerError, "")
	channel := oneChannel(t, "discord://sEcReTtOkEn@123456", Words{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := channel.Send(ctx, lamp()); err == nil {
		t.Error("sent")
	}
	// The next one gets its turn, so that the first has ended.
	r.set(http.StatusNoContent, "")
	if err := channel.Send(t.Context(), lamp()); err != nil {
		t.Error(err)
	}
	if n := len(r.requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// Matrix logs in when it is opened: a server that is down keeps nobody from
// starting.
func TestMatrixIsOpenedAtTheFirstSend(t *testing.T) {
	r := newReceiver(t, false)
	r.set(http.StatusBadGateway, "")
	channel := oneChannel(t, "matrix://me:password@"+r.Listener.Addr().String()+"/?rooms=!abc:matrix.example&disabletls=yes", Words{})
	if len(r.requests()) > 0 {
		t.Fatal("it logs in before there is something to send")
	}
	for want := range 2 {
		if err := channel.Send(t.Context(), lamp()); err == nil {
			t.Error("sent")
		}
		if n := len(r.requests()); n <= want {
			t.Errorf("%d requests: it is not opened again", n)
		}
	}
}

// A list of 400 items fits each service.
func TestServiceLimits(t *testing.T) {
	a := lamp()
	for i := range 400 {
		a.Items = append(a.Items, watch.AlertItem{Title: fmt.Sprintf("Lampe „Épervier“ %d", i), Link: fmt.Sprintf("https://shop.example/p/%d", i), Availability: checker.InStock})
	}
	for scheme, limit := range map[string]int{"telegram": 4096, "discord": 2000, "pushover": 1024, "ntfy": 4096, "slack": 40_000, "lark": 4096, "wecom": 4096, "rocketchat": 5000} {
		s := &service{scheme: scheme, query: url.Values{}}
		body, params := s.message(a)
		if n := len(body) + len(params["title"]); scheme != "ntfy" && n > limit+300 || len(body) > limit || !strings.Contains(body+params["title"], " more\n") {
			t.Errorf("%s: %d bytes of body, %d of title", scheme, len(body), len(params["title"]))
		}
	}
}
