package cloud

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

var update = flag.Bool("update", false, "write the golden files anew")

func inStockAlert() watch.Alert {
	quantity := 3
	return watch.Alert{
		ID: "ID1", Checker: "console", URL: "https://shop.example/search?q=console", Status: watch.ItemsInStock,
		At: time.Date(2026, 11, 25, 10, 2, 3, 0, time.UTC),
		Items: []watch.AlertItem{{
			Title: `Orion "Console" <Épervier> & 日本`, Link: "https://shop.example/p/1?a=1&b=2", Availability: checker.InStock,
			Price: &checker.Price{Amount: decimal.RequireFromString("499.00"), Currency: "EUR"}, Seller: "Example Shop", Quantity: &quantity,
		}},
		InStock: 1, Total: 4,
	}
}

// golden compares with a file in testdata, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: (- want, + got)\n%s", file, diff)
	}
}

func TestPublish(t *testing.T) {
	w := newWorld(t)
	tp := &Topic{Client: w.handler.SNS, ARN: testTopic}
	if tp.Channel() != "sns" {
		t.Errorf("the channel is %q", tp.Channel())
	}
	if err := tp.Send(t.Context(), inStockAlert()); err != nil {
		t.Fatal(err)
	}
	forms := w.topic.all()
	if len(forms) != 1 {
		t.Fatalf("%d requests, want 1", len(forms))
	}
	golden(t, "publish.golden", readable(forms[0]))
	m := watch.NewMessage(inStockAlert())
	want := map[string]string{"default": m.Body, "email": m.Body, "sms": m.SMS}
	if diff := cmp.Diff(want, decodeMessage(t, forms[0].Get("Message"))); diff != "" {
		t.Errorf("message: (- want, + got)\n%s", diff)
	}
}

// readable is a request as lines, in the order of the keys.
func readable(form url.Values) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[key] {
			fmt.Fprintf(&b, "%s = %s\n", key, value)
		}
	}
	return b.String()
}

func decodeMessage(t interface{ Fatal(...any) }, text string) map[string]string {
	var got map[string]string
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// manyItems is an alert with so many items, each with a title of so many of these
// characters.
func manyItems(n, length int, character string) watch.Alert {
	a := inStockAlert()
	item := a.Items[0]
	a.Items = nil
	for i := range n {
		item.Title = fmt.Sprint(i, " ", strings.Repeat(character, length))
		a.Items = append(a.Items, item)
	}
	return a
}

func TestPublishManyItems(t *testing.T) {
	w := newWorld(t)
	tp := &Topic{Client: w.handler.SNS, ARN: testTopic}
	for _, character := range []string{"a", `"`, "日"} {
		a := manyItems(5000, 100, character)
		if err := tp.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		forms := w.topic.all()
		form := forms[len(forms)-1]
		size := published(form)
		if size > 262144 {
			t.Errorf("%q: the message has %d bytes, SNS takes 262144", character, size)
		}
		if size < 200000 {
			t.Errorf("%q: the message has only %d bytes", character, size)
		}
		body := decodeMessage(t, form.Get("Message"))["email"]
		if !strings.HasPrefix(body, "https://shop.example/p/1?a=1&b=2\n") || !strings.Contains(body, " more\n") || !strings.HasSuffix(body, "Checked: 2026-11-25 10:02:03 UTC\n") {
			t.Errorf("%q: the body begins %.100q and ends %q", character, body, body[len(body)-200:])
		}
	}
}

func TestEncodeMessageFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := []string{"a", `"`, `\`, "\u2028", "é", "日", "😀", "<", "\t"}
		m := watch.NewMessage(manyItems(rapid.IntRange(0, 60).Draw(t, "items"), rapid.IntRange(0, 300).Draw(t, "length"), rapid.SampledFrom(alphabet).Draw(t, "character")))
		limit := rapid.IntRange(1500, 30000).Draw(t, "limit")
		text, err := encodeMessage(m, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > limit {
			t.Fatalf("%d bytes, the limit is %d", len(text), limit)
		}
		got := decodeMessage(t, text)
		if got["default"] != got["email"] || got["email"] == "" || got["sms"] != m.SMS {
			t.Fatalf("the message is %s", text)
		}
		if whole, err := encodeMessage(m, maxMessage); err != nil {
			t.Fatal(err)
		} else if len(whole) <= limit && whole != text {
			t.Fatalf("a message of %d bytes was cut for a limit of %d", len(whole), limit)
		}
	})
}

func TestEncodeMessageWithoutRoom(t *testing.T) {
	_, err := encodeMessage(watch.NewMessage(inStockAlert()), 20)
	wantError(t, err, "encode message: ")
}

func TestPublishFaults(t *testing.T) {
	for _, test := range []struct {
		name     string
		answer   http.HandlerFunc
		requests int64
		want     string
	}{
		{"denied", snsError(403, "AuthorizationError", "User is not authorized to perform: SNS:Publish"), 1,
			"access denied; allow sns:Publish on the topic (403, AuthorizationError: User is not authorized to perform: SNS:Publish, request REQUEST2)"},
		{"no topic", snsError(404, "NotFound", "Topic does not exist"), 1,
			"there is no such topic; deploy again, or correct topicArn (404, NotFound: Topic does not exist, request REQUEST2)"},
		{"throttled", snsError(400, "Throttling", "Rate exceeded"), 3,
			"throttled by AWS, also at attempt 3; the next check tries again (400, Throttling: Rate exceeded, request REQUEST2)"},
		{"refused", snsError(400, "InvalidParameter", "Invalid parameter: TopicArn"), 1,
			"refused by AWS (400, InvalidParameter: Invalid parameter: TopicArn, request REQUEST2)"},
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 3, "no answer in time"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldInside(t)
				w.sns.answers(test.answer)
				err := (&Topic{Client: w.handler.SNS, ARN: testTopic}).Send(t.Context(), inStockAlert())
				wantExactly(t, err, "publish to "+testTopic+": "+test.want)
				if got := w.sns.requests.Load(); got != test.requests {
					t.Errorf("%d requests, want %d", got, test.requests)
				}
			})
		})
	}
}

// published is what SNS counts of a request: the message, its subject, and its attributes.
func published(form url.Values) (size int) {
	size = len(form.Get("Message")) + len(form.Get("Subject"))
	for key, values := range form {
		if strings.HasPrefix(key, "MessageAttributes.") {
			size += len(values[0])
		}
	}
	return size
}

// TestPublish400Items: a listing of which everything comes in stock at once, with titles
// and links of the most that a page may have.
func TestPublish400Items(t *testing.T) {
	w := newWorld(t)
	tp := &Topic{Client: w.handler.SNS, ARN: testTopic}
	for _, test := range []struct {
		name   string
		title  string
		link   int // how long
		wholly bool
	}{
		{"as shops have them", strings.Repeat("a", 80), 100, true},
		{"long links", strings.Repeat("a", 80), 2000, false},
		{"emoji", strings.Repeat("🔥", 190), 40, false},
		{"right to left", strings.Repeat("מ", 190), 100, false},
		{"escaped twice", strings.Repeat(`"\`, 95), 100, false},
		{"control characters", strings.Repeat("\x01", 1000), 100, true}, // of them nothing is left
	} {
		a := inStockAlert()
		item := a.Items[0]
		a.Items, a.InStock, a.Total = nil, 400, 400
		for i := range 400 {
			item.Title = fmt.Sprintf("Orion %d %s", i, test.title)
			item.Link = fmt.Sprintf("https://shop.example/p/%d?%s", i, strings.Repeat("a", test.link))
			a.Items = append(a.Items, item)
		}
		if err := tp.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		forms := w.topic.all()
		form := forms[len(forms)-1]
		if size := published(form); size > 262144 || !test.wholly && size < 255000 {
			t.Errorf("%s: %d bytes; SNS takes 262144, and as many as fit are to be told", test.name, size)
		}
		parts := decodeMessage(t, form.Get("Message"))
		body := parts["email"]
		told := strings.Count(body, "\n- Orion ")
		switch more := fmt.Sprintf("\nand %d more\n", 400-told); {
		case test.wholly && told != 400:
			t.Errorf("%s: %d of 400 items are told, though there is room", test.name, told)
		case !test.wholly && (told < 30 || told > 399 || !strings.Contains(body, more)):
			t.Errorf("%s: %d of 400 items are told, and how many more is not:\n%s", test.name, told, body[len(body)-400:])
		case strings.Count(body, "\n  https://shop.example/p/") != told:
			t.Errorf("%s: an item is cut", test.name)
		case !strings.HasPrefix(body, a.Items[0].Link+"\n") || !strings.HasSuffix(body, "Checked: 2026-11-25 10:02:03 UTC\n"):
			t.Errorf("%s: the body begins %.100q and ends %q", test.name, body, body[len(body)-100:])
		case parts["default"] != body:
			t.Errorf("%s: queues get another text than mails", test.name)
		}
		if n, gsm7 := watch.SMSLength(parts["sms"]); n > 160 || !gsm7 {
			t.Errorf("%s: the text message %q has %d units", test.name, parts["sms"], n)
		}
		if subject := form.Get("Subject"); len(subject) > 99 || !strings.HasPrefix(subject, "400 items in stock: Orion 0") {
			t.Errorf("%s: subject %q", test.name, subject)
		}
	}
}

// TestEncodeMessageAtTheLimit: what fits to the byte is whole, and with a byte less an
// item goes.
func TestEncodeMessageAtTheLimit(t *testing.T) {
	m := watch.NewMessage(manyItems(400, 40, "é"))
	whole, err := encodeMessage(m, maxMessage)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(whole, " more") {
		t.Fatalf("the message is cut already: %d bytes", len(whole))
	}
	exact, err := encodeMessage(m, len(whole))
	if err != nil || exact != whole {
		t.Errorf("in its own length the message is %d bytes of %d, %v", len(exact), len(whole), err)
	}
	less, err := encodeMessage(m, len(whole)-1)
	if err != nil {
		t.Fatal(err)
	}
	if body := decodeMessage(t, less)["email"]; len(less) >= len(whole) || !strings.Contains(body, "\nand 1 more\n") && !strings.Contains(body, "\nand 2 more\n") {
		t.Errorf("with a byte less: %d bytes of %d, ending %q", len(less), len(whole), body[len(body)-200:])
	}
}
