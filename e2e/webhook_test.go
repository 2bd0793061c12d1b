package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

const hookParameter = "/stock/hook"

// hook is a service that takes posts to /hook/<token>, whose token is a parameter.
type hook struct {
	*httptest.Server

	mu    sync.Mutex
	token string
	posts []string // each a line: status and title
}

func startHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message struct{ Title, Message string }
		err := json.NewDecoder(r.Body).Decode(&message)
		title, _, _ := strings.Cut(message.Title, " · ") // what follows is the shop
		h.mu.Lock()
		defer h.mu.Unlock()
		switch {
		case err != nil || r.Method != http.MethodPost || message.Message == "":
			w.WriteHeader(http.StatusBadRequest)
			h.posts = append(h.posts, "400")
		case r.URL.Path != "/hook/"+h.token:
			w.WriteHeader(http.StatusUnauthorized)
			h.posts = append(h.posts, "401 "+title)
		default:
			h.posts = append(h.posts, "200 "+title)
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// taken is what was posted since the last call.
func (h *hook) taken() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	posts := append([]string{}, h.posts...)
	h.posts = nil
	return posts
}

// accepted is what the hook took since the last call. Each instance of the function keeps
// the token for itself, so how often an old one is tried is left open.
func (s *system) accepted() []string {
	return slices.DeleteFunc(s.hook.taken(), func(post string) bool { return strings.HasPrefix(post, "401 ") })
}

// setToken is what both the hook and the parameter say from now on.
func (s *system) setToken(t *testing.T, token string) {
	t.Helper()
	s.hook.mu.Lock()
	s.hook.token = token
	s.hook.mu.Unlock()
	_, err := ssm.NewFromConfig(s.config()).PutParameter(context.Background(), &ssm.PutParameterInput{
		Name: new(hookParameter), Value: &token, Type: types.ParameterTypeSecureString, Overwrite: new(true),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// webhook deploys a service that the function posts to itself, for one product, with a
// secret that is changed after it was used.
func (s *system) webhook(t *testing.T) {
	s.hook = startHook(s.test)
	s.setToken(t, "first-s3cret")
	s.deploy(t, strings.Replace(threeProducts, `"sms":`,
		`"urls": [{"name": "hook", "url": "generic+`+s.hook.URL+`/hook/${ssm:`+hookParameter+`}?template=json", "only": ["console"]}], "sms":`, 1))
	want(t, "told after the deployment", s.minutes(t, 2), []string{})
	want(t, "posted after the deployment", s.hook.taken(), []string{})

	// The cards are told of by the topic alone.
	s.shop.put("/console", product("Console Blue", "499.99", true))
	s.shop.put("/cards", strings.Replace(cards, "<button>Add to cart</button>", `<span class="gone">Sold out</span>`, 1))
	want(t, "told of the stock", s.minutes(t, 2), []string{"cards ITEMS_GONE: Green Card 16 GB no longer in stock", "console ITEMS_IN_STOCK: Console Blue in stock at $499.99"})
	want(t, "posted of the stock", s.hook.taken(), []string{"200 Console Blue in stock at $499.99"})

	s.setToken(t, "second-s3cret")
	s.shop.put("/console", product("Console Blue", "499.99", false))
	s.shop.put("/cards", cards)
	want(t, "told of what is gone", s.minutes(t, 2), []string{"cards ITEMS_IN_STOCK: Green Card 16 GB in stock at $1099.00", "console ITEMS_GONE: Console Blue no longer in stock"})
	want(t, "taken of what is gone", s.accepted(), []string{"200 Console Blue no longer in stock"})

	// No alarm tells the hook that a checker is blind, so the function does.
	s.shop.put("/console", "<!doctype html><html><head><title>x</title></head><body></body></html>")
	want(t, "told of the blind checker", s.minutes(t, 4), []string{})
	posts := s.accepted()
	if len(posts) != 1 || !strings.HasPrefix(posts[0], "200 ") || !strings.Contains(posts[0], "console") {
		t.Errorf("posted of the blind checker: %q", posts)
	}
	s.shop.put("/console", product("Console Blue", "499.99", false))
	s.minutes(t, 1)
	if posts := s.accepted(); len(posts) != 1 || !strings.HasPrefix(posts[0], "200 ") {
		t.Errorf("posted of the recovery: %q", posts)
	}
	if i := slices.IndexFunc(s.logLines(t), func(line string) bool { return strings.Contains(line, "s3cret") }); i >= 0 {
		t.Errorf("the log shows the secret: %s", s.logLines(t)[i])
	}
}

// withoutParameter takes the permission for the secret away just when it is needed anew.
func (s *system) withoutParameter(t *testing.T, full policy) {
	s.hook.taken()
	s.setToken(t, "third-s3cret")
	s.shop.put("/console", product("Console Blue", "479.99", true))
	tried := s.of(t, "console", s.advance(t, 1))
	if len(tried) != 1 || tried[0].Outcome != "failed" || !strings.Contains(tried[0].Text, "allow ssm:GetParameters") || strings.Contains(tried[0].Text, "s3cret") {
		t.Errorf("deliveries: %+v, want one that fails since it may not read the parameter", tried)
	}
	want(t, "told without the permission", s.told(t), []string{"console ITEMS_IN_STOCK: Console Blue in stock at $479.99"})
	want(t, "taken without the permission", s.accepted(), []string{})
	s.setPolicy(t, full)
	s.minutes(t, 3)
	want(t, "taken with the permission", s.accepted(), []string{"200 Console Blue in stock at $479.99"})
	s.shop.put("/console", product("Console Blue", "499.99", false))
	s.minutes(t, 1)
}
