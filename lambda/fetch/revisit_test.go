package fetch

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

var _ watch.Revisitor = (*Client)(nil)

// What is asked of a page whose last response is known, and what its answer comes to.
func TestRevisit(t *testing.T) {
	type asked struct{ Match, Since string }
	tests := []struct {
		name    string
		last    http.Header // nil: of another page
		headers map[string]string
		answer  int
		want    asked
		status  int // 0: an error
	}{
		{"an ETag", http.Header{"Etag": {`W/"1"`}}, nil, 304, asked{Match: `W/"1"`}, 304},
		{"a date", http.Header{"Last-Modified": {"Wed, 21 Oct 2026 07:28:00 GMT"}}, nil, 304, asked{Since: "Wed, 21 Oct 2026 07:28:00 GMT"}, 304},
		{"both", http.Header{"Etag": {`"1"`}, "Last-Modified": {"Wed, 21 Oct 2026 07:28:00 GMT"}}, nil, 304, asked{`"1"`, "Wed, 21 Oct 2026 07:28:00 GMT"}, 304},
		{"the page has changed", http.Header{"Etag": {`"1"`}}, nil, 200, asked{Match: `"1"`}, 200},
		{"no validators", http.Header{}, nil, 200, asked{}, 200},
		{"not changed, without being asked", http.Header{}, nil, 304, asked{}, 0},
		{"the last response was of another page", nil, nil, 200, asked{}, 200},
		{"not changed, of another page", nil, nil, 304, asked{}, 0},
		{"headers of the user's own", http.Header{"Etag": {`"1"`}}, map[string]string{"If-None-Match": `"mine"`}, 200, asked{Match: `"mine"`}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got asked
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = asked{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")}
				w.WriteHeader(tt.answer)
			})
			last := &page.Response{Final: s.URL + "/", Status: 200, Header: tt.last}
			if tt.last == nil {
				last.Final, last.Header = s.URL+"/other", http.Header{"Etag": {`"1"`}}
			}
			resp, err := newClient(t, Options{}).Revisit(t.Context(), &checker.Checker{URL: s.URL + "/", Headers: tt.headers}, s.URL+"/", last)
			status := 0
			if err == nil {
				status = resp.Status
			} else if e, ok := errors.AsType[*page.Error](err); !ok || e.Kind != page.HTTP || e.Status != 304 {
				t.Errorf("error is %v", err)
			}
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// Validators are those of the page at the end of a redirect, and go there alone.
func TestRevisitAfterRedirect(t *testing.T) {
	asked := map[string]string{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path] = r.Header.Get("If-None-Match")
		switch {
		case r.URL.Path == "/":
			http.Redirect(w, r, "/page", http.StatusFound)
		case r.Header.Get("If-None-Match") == `"1"`:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			_, _ = w.Write([]byte("<html></html>"))
		}
	})
	cl, c := newClient(t, Options{}), &checker.Checker{URL: s.URL + "/"}
	first, err := cl.Fetch(t.Context(), c, c.URL)
	if err != nil {
		t.Fatal(err)
	}
	again, err := cl.Revisit(t.Context(), c, c.URL, first)
	if err != nil {
		t.Fatal(err)
	}
	if first.Status != 200 || again.Status != 304 || again.Final != s.URL+"/page" {
		t.Errorf("status %d, then %d from %s", first.Status, again.Status, again.Final)
	}
	if diff := cmp.Diff(map[string]string{"/": "", "/page": `"1"`}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
