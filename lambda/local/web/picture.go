package web

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"time"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/local/timeline"
	"stockchecker/lambda/watch"
)

// pictureDays is how much of the past a picture shows.
const pictureDays = 30

// The picture's own units. It is stretched to the width that it gets; strokes are not.
const (
	pictureWidth  = 720.0
	lineTop       = 6.0
	lineBottom    = 54.0
	marksTop      = 60.0
	bandTop       = 70.0
	bandHeight    = 16.0
	bandThin      = 4.0
	pictureBottom = 88.0
)

// picture is what a card shows of a checker's past.
type picture struct {
	SVG      template.HTML
	From, To string // the days at its ends
	Price    string // in words, "" where none is known
	Share    string // of the time that something was in stock, "" where that is not known
	None     bool   // there is no history
}

// newPicture draws the past: the price as a line, changes as marks, and the stock as a
// band, which begins where the history does.
func newPicture(name string, past timeline.Timeline, now time.Time) picture {
	from := now.AddDate(0, 0, -pictureDays)
	p := picture{From: day(from), To: day(now)}
	past = past.Between(from, now)
	if len(past.Spans) == 0 {
		p.None = true
		return p
	}
	low, high, latest := prices(past.Steps)
	top := 0.0
	if low == nil {
		top = lineBottom
	}
	x := func(t time.Time) float64 {
		return math.Min(math.Max(pictureWidth*float64(t.Sub(from))/float64(now.Sub(from)), 0), pictureWidth)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="picture" viewBox="0 %s %s %s" preserveAspectRatio="none" role="img" aria-label="%s">`,
		number(top), number(pictureWidth), number(pictureBottom-top), html.EscapeString(describe(name, past, low, high, latest)))
	b.WriteString(`<path class="grid" d="`)
	for week := now.AddDate(0, 0, -7); week.After(from); week = week.AddDate(0, 0, -7) {
		fmt.Fprintf(&b, "M%s %sV%s", number(x(week)), number(top), number(bandTop+bandHeight))
	}
	b.WriteString(`"/>`)
	if low != nil {
		drawPrices(&b, past.Steps, low, high, x, now)
	}
	for _, m := range past.Marks {
		fmt.Fprintf(&b, `<path class="mark %s" d="M%s %sv8"><title>%s</title></path>`,
			markClass(m.Status), number(x(m.At)), number(marksTop), html.EscapeString(statusWords(m.Status)+", "+moment(m.At)))
	}
	for _, s := range past.Spans {
		y, height := bandTop, bandHeight
		if s.Stock == timeline.Out {
			y, height = bandTop+(bandHeight-bandThin)/2, bandThin
		}
		// What was in stock for a moment is to be seen.
		left, right := x(s.From), x(s.To)
		width := math.Max(right-left, 4)
		fill := ""
		if s.Stock == timeline.Blind {
			fill = ` fill="url(#hatch)"` // of the page; a style sheet's url() is relative to the sheet
		}
		fmt.Fprintf(&b, `<rect class="band %s"%s x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`,
			bandClass(s.Stock), fill, number(math.Min(left, pictureWidth-width)), number(y), number(width), number(height),
			html.EscapeString(fmt.Sprintf("%s, %s to %s", s.Stock, moment(s.From), moment(s.To))))
	}
	b.WriteString("</svg>")
	p.SVG = template.HTML(b.String())
	p.Price = priceText(latest)
	if low != nil && !low.Equal(*high) {
		lowest, _, _ := strings.Cut(low.String(), " ")
		p.Price = strings.TrimSpace(fmt.Sprintf("%s (%s–%s)", p.Price, lowest, high))
	}
	if share, known := past.InStock(); known {
		p.Share = fmt.Sprintf("%.0f %%", 100*share)
	}
	return p
}

// drawPrices draws the prices as steps, with the area below them.
func drawPrices(b *strings.Builder, steps []timeline.Step, low, high *checker.Price, x func(time.Time) float64, now time.Time) {
	span := high.Amount.Sub(low.Amount).InexactFloat64()
	y := func(p *checker.Price) float64 {
		if span == 0 {
			return (lineTop + lineBottom) / 2
		}
		return lineBottom - 6 - p.Amount.Sub(low.Amount).InexactFloat64()/span*(lineBottom-6-lineTop)
	}
	var line, area strings.Builder
	drawing := false
	for i, s := range steps {
		if s.Price == nil {
			drawing = false
			continue
		}
		end := now
		if i+1 < len(steps) {
			end = steps[i+1].At
		}
		left, right, level := number(x(s.At)), number(x(end)), number(y(s.Price))
		if drawing {
			fmt.Fprintf(&line, "V%sH%s", level, right)
		} else {
			fmt.Fprintf(&line, "M%s %sH%s", left, level, right)
		}
		fmt.Fprintf(&area, "M%s %sV%sH%sV%sz", left, number(lineBottom), level, right, number(lineBottom))
		drawing = true
	}
	fmt.Fprintf(b, `<path class="area" d="%s"/><path class="price" d="%s"/>`, &area, &line)
}

func prices(steps []timeline.Step) (low, high, latest *checker.Price) {
	for _, s := range steps {
		if latest = s.Price; s.Price == nil {
			continue
		}
		if low == nil || s.Price.Amount.LessThan(low.Amount) {
			low = s.Price
		}
		if high == nil || s.Price.Amount.GreaterThan(high.Amount) {
			high = s.Price
		}
	}
	return low, high, latest
}

func priceWords(low, high, latest *checker.Price) string {
	switch {
	case low == nil:
		return ""
	case low.Equal(*high):
		return "price " + low.String()
	case latest == nil:
		return fmt.Sprintf("price between %s and %s", low, high)
	}
	return fmt.Sprintf("price %s, between %s and %s", latest, low, high)
}

// describe is the picture for those who do not see it.
func describe(name string, past timeline.Timeline, low, high, latest *checker.Price) string {
	text := fmt.Sprintf("The last %d days of %s", pictureDays, name)
	if share, known := past.InStock(); known {
		text += fmt.Sprintf(": in stock %.0f %% of the time that is known", 100*share)
	}
	text += ", now " + past.Spans[len(past.Spans)-1].Stock.String()
	if words := priceWords(low, high, latest); words != "" {
		text += "; " + words
	}
	if n := len(past.Marks); n == 1 {
		text += "; 1 change"
	} else if n > 1 {
		text += fmt.Sprintf("; %d changes", n)
	}
	return text + "."
}

func bandClass(s timeline.Stock) string {
	return map[timeline.Stock]string{timeline.In: "in", timeline.Out: "out", timeline.Blind: "blind"}[s]
}

func markClass(s watch.Status) string {
	switch s {
	case watch.ItemsInStock, watch.PriceDrop:
		return "good"
	case watch.CheckFailed:
		return "bad"
	}
	return "plain"
}

// statusWords is a status in words.
func statusWords(s watch.Status) string {
	words := map[watch.Status]string{
		watch.Initialized: "Watching began", watch.ItemsInStock: "Came in stock", watch.ItemsGone: "No longer in stock", watch.ItemsSomeGone: "Some gone",
		watch.PriceDrop: "Costs less", watch.CheckFailed: "Cannot be read", watch.CheckRecovered: "Can be read again", watch.NoChange: "Another price or item",
	}
	if w := words[s]; w != "" {
		return w
	}
	return string(s)
}

func number(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", f), "0"), ".")
}

func day(t time.Time) string    { return t.Local().Format("2 Jan") }
func moment(t time.Time) string { return t.Local().Format("2 Jan 15:04") }
