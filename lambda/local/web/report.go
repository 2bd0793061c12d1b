package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

type reportView struct {
	Place     string
	Made      when
	Style     template.CSS
	StyleHash string
	Figures   []filterView
	Cards     []cardView
	Latest    []eventView
}

// WriteReport writes the page as one file that needs nothing else: all checkers, without
// script and buttons.
func (s *Site) WriteReport(ctx context.Context, w io.Writer) error {
	if err := s.Load(ctx); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	style, err := files.ReadFile("assets/style.css")
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	sum := sha256.Sum256(style)
	shot := s.board.snapshot(filter{})
	now := s.Now()
	all := s.overviewView(shot, filter{})
	v := &reportView{
		Place: s.Place, Made: newWhen(now, now), Style: template.CSS(style),
		StyleHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), Figures: all.Filters, Latest: all.Latest,
	}
	for _, c := range shot.list {
		card := s.card(c)
		card.Report = true
		v.Cards = append(v.Cards, card)
	}
	if err := templates.ExecuteTemplate(w, "report.html", v); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
