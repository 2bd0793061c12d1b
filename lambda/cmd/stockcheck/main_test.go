package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stockcheck": main})
}

// TestScripts runs stories of the command: each script has a shop of its own,
// at $SHOP and $SHOP2, that serves the files in its folder www as they are at the time,
// and a receiver of webhooks at $HOOK, which refuses what is under /refused.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			www := filepath.Join(env.WorkDir, "www")
			shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := os.ReadFile(filepath.Join(www, filepath.Clean(r.URL.Path)+".html"))
				if err != nil {
					http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
					return
				}
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Write(body)
			})
			// Two hosts, so that they need not wait for each other.
			for _, name := range []string{"SHOP", "SHOP2"} {
				server := httptest.NewServer(shop)
				env.Defer(server.Close)
				env.Setenv(name, server.URL)
			}
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/refused") {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					panic(err)
				}
				// A file a request, so that two at once do not mix.
				f, err := os.CreateTemp(env.WorkDir, "posted-"+strings.TrimPrefix(r.URL.Path, "/")+"-*")
				if err != nil {
					panic(err)
				}
				defer f.Close()
				if _, err := f.Write(body); err != nil {
					panic(err)
				}
			}))
			env.Defer(hook.Close)
			env.Setenv("HOOK", hook.URL)
			// An S3 with an empty bucket: $S3 is its address, which the scripts that
			// want it give to AWS_ENDPOINT_URL_S3.
			buckets := s3mem.New()
			if err := buckets.CreateBucket("stock"); err != nil {
				return err
			}
			server := httptest.NewServer(gofakes3.New(buckets, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
			env.Defer(server.Close)
			env.Setenv("S3", server.URL)
			// Not the credentials of the machine's user, and no asking around for some.
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// checkers writes checkers.json, with $SHOP, $SHOP2 and $HOOK replaced.
			"checkers": func(ts *testscript.TestScript, neg bool, args []string) {
				text := ts.ReadFile(args[0])
				ts.Check(os.WriteFile(ts.MkAbs("checkers.json"), []byte(os.Expand(text, func(key string) string {
					if v := ts.Getenv(key); v != "" {
						return v
					}
					return "${" + key + "}"
				})), 0o644))
			},
			// posted holds how many requests to the webhook of that name match an
			// expression: posted NAME EXPRESSION COUNT.
			"posted": func(ts *testscript.TestScript, neg bool, args []string) {
				files, err := filepath.Glob(ts.MkAbs("posted-" + args[0] + "-*"))
				ts.Check(err)
				var all []string
				got := 0
				for _, name := range files {
					text := ts.ReadFile(name)
					all = append(all, text)
					if regexp.MustCompile(args[1]).MatchString(text) {
						got++
					}
				}
				if want := args[2]; strconv.Itoa(got) != want {
					ts.Fatalf("%d posts match, want %s:\n%s", got, want, strings.Join(all, "\n"))
				}
			},
			// exits runs a command and holds its exit code: exits 2 stockcheck …
			"exits": exits,
		},
	})
}
