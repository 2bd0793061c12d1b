package fetch

import (
	"encoding/base64"
	"net/http"
	"net/url"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
)

// defaultHeader is what a browser sends when a person types in an address. It is
// Firefox's, for that sends no client hints, which would have to agree with the
// User-Agent, and its long-term release, so that it stays plausible for long.
var defaultHeader = http.Header{
	"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
	"Accept-Encoding":           {"gzip, deflate, br, zstd"},
	"Accept-Language":           {"en-US,en;q=0.5"},
	"Priority":                  {"u=0, i"},
	"Sec-Fetch-Dest":            {"document"},
	"Sec-Fetch-Mode":            {"navigate"},
	"Sec-Fetch-Site":            {"none"},
	"Sec-Fetch-User":            {"?1"},
	"Upgrade-Insecure-Requests": {"1"},
	"User-Agent":                {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
}

// requestHeader is the header of a request to u, made for the checker c whose
// own URL is own. What c has in place of a default goes everywhere, for a
// browser does not change its language on the way. All else may be a secret:
// it goes to the checker's own host alone, and never from https down to http.
// So it is with the user name and password of the own URL. An empty value takes
// a default away.
func requestHeader(c *checker.Checker, own, u *url.URL) http.Header {
	h := defaultHeader.Clone()
	trusted := sameHost(own, u) && (own.Scheme != "https" || u.Scheme == "https")
	if own.User != nil && trusted {
		password, _ := own.User.Password()
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(own.User.Username()+":"+password)))
	}
	for name, value := range c.Headers {
		name = http.CanonicalHeaderKey(name)
		if _, isDefault := defaultHeader[name]; !isDefault && !trusted {
			continue
		}
		if value == "" && name != "User-Agent" {
			h.Del(name)
		} else {
			h.Set(name, value) // an empty User-Agent makes net/http send none
		}
	}
	return h
}

// setValidators asks for a page only if it is not the last one any more, and tells
// whether it could. Validators are those of the page where the last response came
// from, not of one that redirected there.
func setValidators(h http.Header, u *url.URL, last *page.Response) bool {
	if last == nil || last.Final != u.String() {
		return false
	}
	set := false
	for _, v := range []struct{ of, name string }{{"Etag", "If-None-Match"}, {"Last-Modified", "If-Modified-Since"}} {
		if value := last.Header.Get(v.of); value != "" && h.Get(v.name) == "" {
			h.Set(v.name, value)
			set = true
		}
	}
	return set
}
