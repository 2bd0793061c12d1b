package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
)

// MinToken is how long a token must be.
const MinToken = 16

// guard lets in whom the page is for.
//
// On loopback that is this machine's user: the check of Host keeps out pages of other
// sites that have let their name lead to 127.0.0.1. On any other address it is who has
// the token. The check of Origin keeps other sites from pressing buttons.
type guard struct {
	names   map[string]bool // that Host may have, besides literal addresses
	literal bool            // Host may be any literal address, else a loopback one
	token   string          // "": none is needed
	cookie  string          // its name
	cross   *http.CrossOriginProtection
}

// newGuard makes the guard of a page that is served on an address, and known to
// browsers by further names.
func newGuard(address, token string, names []string) (*guard, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not HOST:PORT, such as 127.0.0.1:8080", address)
	}
	g := &guard{names: map[string]bool{"localhost": true}, token: token, cross: http.NewCrossOriginProtection()}
	for _, name := range names {
		g.names[strings.ToLower(name)] = true
	}
	if open := !isLoopback(host); open || len(names) > 0 {
		if token == "" {
			return nil, errors.New("others can reach it, so it needs a token: give one of 16 characters or more by STOCKCHECK_TOKEN (openssl rand -hex 16 makes one), or serve on 127.0.0.1")
		}
		g.literal = open
		if open && host != "" {
			g.names[strings.ToLower(host)] = true
		}
		if name, err := os.Hostname(); open && err == nil {
			g.names[strings.ToLower(name)], g.names[strings.ToLower(name)+".local"] = true, true
		}
	}
	if token != "" && len(token) < MinToken {
		return nil, fmt.Errorf("the token has %d characters; take one of %d or more (openssl rand -hex 16 makes one)", len(token), MinToken)
	}
	// Cookies do not tell ports apart: two pages on one machine must not take each
	// other's away.
	g.cookie = "stockcheck-" + g.sign("name")[:8]
	// Its body is the token, without which it does nothing; and a form of a page that
	// sends no referrer has no Origin.
	g.cross.AddInsecureBypassPattern("POST /token")
	g.cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "This was asked for by another site, and is not done.")
	}))
	return g, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// headers hold for all answers.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"X-Frame-Options":              "DENY",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=()",
	"Cache-Control":                "no-store",
}

func (g *guard) wrap(next http.Handler) http.Handler {
	next = g.cross.Handler(g.tokenFirst(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		if !g.knows(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "This page is not known by the name "+hostOnly(r.Host)+". If it is yours, give it with --host.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 1<<12)
		next.ServeHTTP(w, r)
	})
}

// knows tells whether a Host is the page's own.
func (g *guard) knows(host string) bool {
	name := strings.TrimSuffix(strings.ToLower(hostOnly(host)), ".")
	if g.names[name] {
		return true
	}
	if g.literal {
		// No name leads to it, so none can be another site's.
		_, err := netip.ParseAddr(name)
		return err == nil
	}
	return isLoopback(name)
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// sign makes of the token what can be given away for one use.
func (g *guard) sign(use string) string {
	mac := hmac.New(sha256.New, []byte(g.token))
	mac.Write([]byte(use))
	return hex.EncodeToString(mac.Sum(nil))
}

func same(a, b string) bool {
	// Of equal length, so that the time tells nothing of that either.
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// tokenFirst lets in who has the token: in the cookie, as Authorization, and, once, in
// the address or by the form.
func (g *guard) tokenFirst(next http.Handler) http.Handler {
	if g.token == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/token" {
			if !same(r.PostFormValue("token"), g.token) {
				g.ask(w, "That is not the token.")
				return
			}
			g.remember(w, r)
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		query := r.URL.Query()
		if given := query.Get("token"); given != "" && r.Method == http.MethodGet {
			if !same(given, g.token) {
				g.ask(w, "That is not the token.")
				return
			}
			if r.URL.Path == feedPath {
				next.ServeHTTP(w, r) // feed readers keep no cookies
				return
			}
			// Away with it from the address, which is shown and kept.
			g.remember(w, r)
			query.Del("token")
			to := *r.URL
			to.Scheme, to.Host, to.RawQuery = "", "", query.Encode()
			to.Path = "/" + strings.TrimLeft(to.Path, "/\\")
			http.Redirect(w, r, to.String(), http.StatusSeeOther)
			return
		}
		if c, err := r.Cookie(g.cookie); err == nil && same(c.Value, g.sign("cookie")) || g.authorized(r) {
			next.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/assets/") && r.Method == http.MethodGet {
			next.ServeHTTP(w, r) // how the question for the token looks
			return
		}
		g.ask(w, "")
	})
}

// authorized is for programs: Authorization: Bearer TOKEN, or Basic with the token as
// the password.
func (g *guard) authorized(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return same(token, g.token)
	}
	_, password, ok := r.BasicAuth()
	return ok && same(password, g.token)
}

func (g *guard) remember(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookie, Value: g.sign("cookie"), Path: "/", MaxAge: 90 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

func (g *guard) ask(w http.ResponseWriter, fault string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="stockcheck"`)
	render(w, http.StatusUnauthorized, "token.html", struct{ Fault string }{fault})
}
