package cloud

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"stockchecker/lambda/page"
	"stockchecker/lambda/watch"
)

// Report is what a check did, as it is logged and returned. It holds no secrets.
type Report struct {
	Checker string       `json:"checker"`
	Status  watch.Status `json:"status,omitempty"` // empty: the check itself could not be done
	Items   int          `json:"items"`            // on the page, as the checker's include and exclude leave them
	InStock []Item       `json:"inStock"`          // the first 100
	More    int          `json:"more,omitempty"`   // in stock besides

	Failure      *Failure   `json:"failure,omitempty"`
	Failures     int        `json:"failures,omitempty"` // in a row
	Skipped      bool       `json:"skipped,omitempty"`  // not fetched: the shop is left alone
	BackoffUntil *time.Time `json:"backoffUntil,omitempty"`

	Restarted string     `json:"restarted,omitempty"` // why the checker began anew
	Recorded  bool       `json:"recorded"`            // the state was written with what the page said
	Overtaken bool       `json:"overtaken,omitempty"` // another run was faster
	Sent      []Delivery `json:"sent,omitempty"`

	EvidenceError string       `json:"evidenceError,omitempty"`
	Milliseconds  Milliseconds `json:"milliseconds"`
	Error         string       `json:"error,omitempty"` // why the check could not be done

	// Earlier are the checks that the same invocation did before, for an interval
	// below a minute.
	Earlier []Report `json:"earlier,omitempty"`
}

// Item is an item in stock.
type Item struct {
	Title        string `json:"title"`
	Link         string `json:"link,omitempty"`
	Availability string `json:"availability"`
	Price        string `json:"price,omitempty"`
	Seller       string `json:"seller,omitempty"`
}

// Failure is why the page gave no answer.
type Failure struct {
	Kind    page.Kind `json:"kind"`
	Message string    `json:"message"`
	Status  int       `json:"status,omitempty"` // of HTTP
}

// Delivery is an alert that was sent, or tried.
type Delivery struct {
	ID      string       `json:"id"`
	Status  watch.Status `json:"status"`
	Channel string       `json:"channel"`
	Error   string       `json:"error,omitempty"` // it is sent again by the next check
}

// Milliseconds is where the time of a check went.
type Milliseconds struct {
	Load  int64 `json:"load"`
	Fetch int64 `json:"fetch"`
	Read  int64 `json:"read"`
	Save  int64 `json:"save"`
	Send  int64 `json:"send"`
	Total int64 `json:"total"`
}

// maxItems keeps a line within what CloudWatch takes, 256 KB.
const (
	maxItems = 100
	maxText  = 500 // of a link or message
	maxTitle = 200
)

func newReport(name string, rep watch.Report, err error, took time.Duration, r redactor) Report {
	d := rep.Durations
	out := Report{
		Checker:   name,
		Status:    rep.Status,
		Items:     len(rep.Items),
		InStock:   []Item{},
		Failures:  rep.Failures,
		Skipped:   rep.Skipped,
		Restarted: r.text(rep.Restarted),
		Recorded:  rep.Recorded,
		Overtaken: rep.Overtaken,
		Milliseconds: Milliseconds{
			Load: d.Load.Milliseconds(), Fetch: d.Fetch.Milliseconds(), Read: d.Read.Milliseconds(),
			Save: d.Save.Milliseconds(), Send: d.Send.Milliseconds(), Total: took.Milliseconds(),
		},
	}
	if err != nil {
		out.Error = strings.ReplaceAll(r.text(err.Error()), "\n", "; ")
		if rep.Status == watch.NoChange {
			out.Status = "" // it is not known
		}
	}
	for _, j := range rep.Items {
		if j.Verdict != watch.Yes {
			continue
		}
		if len(out.InStock) == maxItems {
			out.More++
			continue
		}
		item := Item{
			Title:        r.short(j.Title, maxTitle),
			Link:         r.short(j.Link, maxText),
			Availability: string(j.Availability),
			Seller:       r.short(j.Seller, maxTitle),
		}
		if j.Price != nil {
			item.Price = r.short(j.Price.String(), maxTitle)
		}
		out.InStock = append(out.InStock, item)
	}
	if f := rep.Failure; f != nil {
		out.Failure = &Failure{Kind: f.Kind, Message: r.short(f.Message, maxText), Status: f.Status}
	}
	if !rep.BackoffUntil.IsZero() {
		until := rep.BackoffUntil.UTC()
		out.BackoffUntil = &until
	}
	for _, s := range rep.Sent {
		delivery := Delivery{ID: s.ID, Status: s.Status, Channel: s.Channel}
		if s.Err != nil {
			delivery.Error = r.text(s.Err.Error())
		}
		out.Sent = append(out.Sent, delivery)
	}
	for _, s := range rep.Dropped {
		out.Sent = append(out.Sent, Delivery{ID: s.ID, Status: s.Status, Channel: s.Channel, Error: "nobody has had this channel for a day; it is dropped"})
	}
	if rep.EvidenceError != nil {
		out.EvidenceError = r.text(rep.EvidenceError.Error())
	}
	return out
}

// short is a text of a page, without secrets, cut after so many characters.
func (r redactor) short(s string, most int) string {
	s = r.text(s)
	for i := range s {
		if most--; most < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// log writes the report as one line.
func (r *Report) log(ctx context.Context, log *slog.Logger) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("checker", r.Checker),
		slog.String("status", string(r.Status)),
		slog.Int("items", r.Items),
		slog.Any("inStock", r.InStock),
	}
	add := func(there bool, warn bool, a slog.Attr) {
		if !there {
			return
		}
		attrs = append(attrs, a)
		if warn {
			level = slog.LevelWarn
		}
	}
	add(r.More > 0, false, slog.Int("more", r.More))
	add(r.Failure != nil, true, slog.Any("failure", r.Failure))
	add(r.Failures > 0, false, slog.Int("failures", r.Failures))
	add(r.Skipped, false, slog.Bool("skipped", true))
	add(r.BackoffUntil != nil, false, slog.Any("backoffUntil", r.BackoffUntil))
	add(r.Restarted != "", true, slog.String("restarted", r.Restarted))
	add(r.Recorded, false, slog.Bool("recorded", true))
	add(r.Overtaken, false, slog.Bool("overtaken", true))
	add(len(r.Sent) > 0, false, slog.Any("sent", r.Sent))
	add(r.EvidenceError != "", true, slog.String("evidenceError", r.EvidenceError))
	add(true, false, slog.Any("milliseconds", r.Milliseconds))
	if r.Error != "" {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", r.Error))
	}
	log.LogAttrs(ctx, level, "check", attrs...)
}
