// Package web is the status page: what a state says of each checker, for a browser.
//
// Site is its main entry. Its server listens on loopback, or with a token anywhere:
//
//	site := web.New(web.Options{Store: store, Checkers: checkers})
//	server, err := site.Listen("127.0.0.1:8080", "", nil)
//	...
//	err = server.Serve(ctx)
//
// WriteReport writes the same as one file.
package web

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local"
	"stockchecker/lambda/watch"
)

// Options are what a Site shows and can do.
type Options struct {
	Store    watch.Lister
	Checkers []*checker.Checker // of checkers.json; what the state has besides is shown too
	Place    string             // where the state is, as the user named it
	Loop     *local.Loop        // that checks the checkers; nil: this process checks nothing
	// TestAlert sends an alert that says so to each channel; nil: there is no channel.
	TestAlert func(context.Context) []watch.Delivery
	// Poll is how old what is shown may be; default 1 s.
	Poll time.Duration
	Now  func() time.Time // default time.Now
}

// Site is the status page.
type Site struct {
	Options
	board *board
	hub   hub
	began time.Time
	tests sync.Mutex // held while a test alert is being sent

	mu      sync.Mutex
	checked map[string]bool // since browsers were told last; true: its state was written
}

// New makes the page. It reads nothing yet.
func New(o Options) *Site {
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Site{Options: o, board: newBoard(o.Store, o.Checkers, o.Now), began: o.Now(), checked: map[string]bool{}}
}

// Checked tells the page that a checker was checked, and whether its state was
// written, so that it is read at once.
func (s *Site) Checked(name string, wrote bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checked[name] = s.checked[name] || wrote
}

func (s *Site) takeChecked() (names, wrote []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.checked {
		names = append(names, name)
		if s.checked[name] {
			wrote = append(wrote, name)
		}
	}
	clear(s.checked)
	return names, wrote
}

// Load reads all states, as the first view would.
func (s *Site) Load(ctx context.Context) error {
	s.board.refresh(ctx, 0)
	s.board.mu.RLock()
	defer s.board.mu.RUnlock()
	return s.board.fault
}

// keepUp tells browsers what happens, as long as one listens.
func (s *Site) keepUp(ctx context.Context) {
	for {
		began := time.Now()
		if s.hub.listeners() > 0 {
			s.update(ctx)
		}
		// With very many checkers, looking for changes is not to keep the machine busy.
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(min(s.Poll, time.Second), 10*time.Since(began))):
		}
	}
}

// update tells browsers what happened since the last time.
func (s *Site) update(ctx context.Context) {
	names, wrote := s.takeChecked()
	for _, found := range []news{s.board.reread(ctx, wrote), s.board.refresh(ctx, s.Poll)} {
		names = append(names, found.checkers...)
		for _, h := range found.events {
			html, err := fragment("event", s.eventView(h))
			if err != nil {
				continue // the same template made the page
			}
			s.hub.tell(message{"change", line(map[string]any{"checker": h.Checker, "html": html})})
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	shot := s.board.snapshot(filter{})
	s.hub.tell(message{"checks", line(map[string]any{"checkers": slices.Compact(names), "counts": shot.counts, "sequence": shot.sequence})})
}

func line(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // of maps and strings it can always be made
	}
	return string(data)
}

//go:embed templates/*.html assets/*
var files embed.FS

var templates = template.Must(template.New("").ParseFS(files, "templates/*.html"))

func (s *Site) handler(g *guard) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.overview)
	mux.HandleFunc("GET /cards", s.cards)
	mux.HandleFunc("GET /checkers/{name}", s.detail)
	mux.HandleFunc("POST /checkers/{name}/check", s.checkNow)
	mux.HandleFunc("POST /test-alert", s.testAlert)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET "+feedPath, s.feed)
	mux.Handle("GET /assets/", assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "There is nothing at "+r.URL.Path+".")
	})
	return g.wrap(mux)
}

// assets serves style and script, which may be kept as long as they are the same.
func assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", `"`+assetsVersion+`"`)
		http.ServeFileFS(w, r, files, r.URL.Path)
	})
}

// snapshot is the board as it is now, or was a moment ago.
func (s *Site) snapshot(r *http.Request, f filter) snapshot {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if s.hub.listeners() == 0 {
		s.board.refresh(ctx, s.Poll)
	}
	return s.board.snapshot(f)
}

// pageSize is how many checkers are on one page.
const pageSize = 48

func (s *Site) overview(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	f := filter{show: query.Get("show"), text: query.Get("q")}
	if shows[f.show] == nil {
		f.show = ""
	}
	shot := s.snapshot(r, f)
	page, err := strconv.Atoi(query.Get("page"))
	pages := max(1, (len(shot.list)+pageSize-1)/pageSize)
	if err != nil || page < 1 {
		page = 1
	}
	page = min(page, pages)
	begin := (page - 1) * pageSize
	v := s.overviewView(shot, f)
	v.Total, v.Page, v.Pages = len(shot.list), page, pages
	v.First, v.Last = begin+1, min(len(shot.list), begin+pageSize)
	for _, c := range shot.list[begin:v.Last] {
		v.Cards = append(v.Cards, s.card(c))
	}
	if page > 1 {
		v.Previous = address(f, page-1)
	}
	if page < pages {
		v.Next = address(f, page+1)
	}
	render(w, http.StatusOK, "overview.html", v)
}

// address is that of a page of the overview.
func address(f filter, page int) string {
	q := url.Values{}
	for key, value := range map[string]string{"show": f.show, "q": f.text} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

// cards are the named checkers' parts of the page, for the script.
func (s *Site) cards(w http.ResponseWriter, r *http.Request) {
	s.snapshot(r, filter{})
	var b bytes.Buffer
	names := r.URL.Query()["name"]
	for _, name := range names[:min(len(names), pageSize)] {
		if c := s.board.named(name); c != nil {
			if err := templates.ExecuteTemplate(&b, "card", s.card(c)); err != nil {
				refuse(w, http.StatusInternalServerError, "The page could not be written: "+err.Error())
				return
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = b.WriteTo(w) // to a reader that may have gone
}

func (s *Site) detail(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	s.snapshot(r, filter{})
	c := s.board.named(name)
	if c == nil {
		refuse(w, http.StatusNotFound, "There is no checker "+name+".")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	state, err := load(ctx, s.Store, name)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	render(w, http.StatusOK, "detail.html", s.detailView(c, state))
}

func (s *Site) checkNow(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if s.Loop == nil {
		answerForm(w, r, http.StatusConflict, "This page only shows the state: nothing is checked from here.")
		return
	}
	if err := s.Loop.CheckNow(name); err != nil {
		answerForm(w, r, http.StatusConflict, err.Error())
		return
	}
	answerForm(w, r, http.StatusOK, name+" is being checked.")
}

func (s *Site) testAlert(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.TestAlert == nil:
		answerForm(w, r, http.StatusConflict, "This page only shows the state: nobody is told from here.")
		return
	case !s.tests.TryLock():
		answerForm(w, r, http.StatusTooManyRequests, "A test alert is just being sent.")
		return
	}
	defer s.tests.Unlock()
	ctx, cancel := context.WithTimeout(r.Context(), watch.CheckTimeout)
	defer cancel()
	status := http.StatusOK
	var says []string
	for _, d := range s.TestAlert(ctx) {
		if d.Err != nil {
			status = http.StatusBadGateway
			says = append(says, fmt.Sprintf("Not sent by %s: %v.", d.Channel, d.Err))
		} else {
			says = append(says, fmt.Sprintf("Sent by %s.", d.Channel))
		}
	}
	if len(says) == 0 {
		status, says = http.StatusConflict, []string{"There is no channel to send by."}
	}
	answerForm(w, r, status, strings.Join(says, " "))
}

func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	shot := s.board.snapshot(filter{})
	s.hub.serve(w, r, message{"hello", line(map[string]any{"sequence": shot.sequence, "counts": shot.counts})})
}

// answerForm answers what a button did: to the script as JSON, else as a page.
func answerForm(w http.ResponseWriter, r *http.Request, status int, text string) {
	if r.Header.Get("Accept") != "application/json" {
		render(w, status, "said.html", said{http.StatusText(status), text, status < 400})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, line(map[string]string{"says": text}))
}

// said is a page with one sentence.
type said struct {
	Title, Text string
	Good        bool
}

func refuse(w http.ResponseWriter, status int, text string) {
	render(w, status, "said.html", said{http.StatusText(status), text, false})
}

// render writes a page, or says that it could not be made.
func render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "The page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // to a reader that may have gone
}

func fragment(name string, data any) (string, error) {
	var b bytes.Buffer
	err := templates.ExecuteTemplate(&b, name, data)
	return b.String(), err
}
