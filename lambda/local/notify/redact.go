package notify

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// redactor takes out of a text what it must not show: secrets, and all of a URL
// besides its host. What services answer and what their client says may hold both.
type redactor struct {
	secrets []string // the longest first
}

var anyURL = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*)://[^\s"'<>]*`)

const (
	hidden = "***"
	// Shorter parts of a URL are no secrets, and would be found in any text.
	shortestPart = 6
	longestError = 300
)

// newRedactor hides the secrets, and the parts of a channel's URL that may be some.
func newRedactor(link string, secrets ...string) redactor {
	var all []string
	hide := func(s string, shortest int) {
		if len(s) >= shortest {
			all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
	for _, s := range secrets {
		hide(s, 1)
	}
	hide(link, 1)
	if u, err := url.Parse(link); err == nil {
		password, _ := u.User.Password()
		parts := append(strings.Split(u.Path, "/"), u.User.Username(), password, u.Opaque)
		for _, values := range u.Query() {
			parts = append(parts, values...)
		}
		for _, part := range parts {
			hide(part, shortestPart)
		}
		if !strings.Contains(u.Hostname(), ".") {
			hide(u.Hostname(), 2*shortestPart) // of some services it is a part of the secret
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return redactor{slices.Compact(all)}
}

// clean is the text on one line, without what must not be shown.
func (r redactor) clean(text string) string {
	text = anyURL.ReplaceAllStringFunc(text, func(link string) string {
		u, err := url.Parse(link)
		if err != nil || u.Host == "" {
			return hidden
		}
		return u.Scheme + "://" + u.Host + "/" + hidden
	})
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return cutBytes(line(text), longestError)
}
