package cloud

import (
	"net/url"
	"regexp"
	"strings"

	"stockchecker/lambda/checker"
)

// redactor takes secrets out of texts that come from outside, before they are
// logged or returned: the user's own headers, which a page may repeat, and in
// links user names, passwords and parameters that are named as secrets are.
type redactor struct {
	headers []string
}

const hidden = "REDACTED"

func newRedactor(c *checker.Checker) redactor {
	var r redactor
	for _, value := range c.Headers {
		// Shorter ones, such as "en", are no secrets, and would be found in each text.
		if len(value) >= 8 {
			r.headers = append(r.headers, value)
		}
	}
	return r
}

var (
	links       = regexp.MustCompile(`(?i)\bhttps?://[^\s"'<>\\]+`)
	secretNames = regexp.MustCompile(`(?i)token|secret|passw|pwd|credential|session|signature|auth|jwt|cookie|(api|access|private|subscription)[-_.]?key|(^|[-_.])(key|sig|sid|code)$`)
)

func (r redactor) text(s string) string {
	for _, value := range r.headers {
		s = strings.ReplaceAll(s, value, hidden)
	}
	return links.ReplaceAllStringFunc(s, redactLink)
}

func redactLink(link string) string {
	before, after, found := strings.Cut(link, "#")
	if found && strings.Contains(after, "=") {
		after = redactParameters(after)
	}
	base, query, hasQuery := strings.Cut(before, "?")
	if scheme, rest, ok := strings.Cut(base, "://"); ok {
		host, path, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			base = scheme + "://" + host[at+1:]
			if strings.Contains(rest, "/") {
				base += "/" + path
			}
		}
	}
	if hasQuery {
		base += "?" + redactParameters(query)
	}
	if found {
		base += "#" + after
	}
	return base
}

func redactParameters(query string) string {
	var b strings.Builder
	for query != "" {
		end := strings.IndexAny(query, "&;")
		parameter, separator := query, ""
		if end >= 0 {
			parameter, separator = query[:end], query[end:end+1]
		}
		query = query[len(parameter)+len(separator):]
		name, _, hasValue := strings.Cut(parameter, "=")
		if plain, err := url.QueryUnescape(name); hasValue && (err != nil || secretNames.MatchString(plain)) {
			parameter = name + "=" + hidden
		}
		b.WriteString(parameter + separator)
	}
	return b.String()
}
