package notify

import (
	"fmt"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"stockchecker/lambda/checker"
	"stockchecker/lambda/watch"
)

// Words writes alerts: with the templates of a user where there are any, else as
// the core does. The zero value has none.
type Words struct {
	subject, body, short *template.Template // nil: the built-in text
}

// WordsFault is a template that cannot be used.
type WordsFault struct {
	Key     string // of alerts.messages
	Message string
}

// NewWords reads the templates, and tries each on an alert of every status, so
// that a wrong field is found now and not with the alert that it would spoil.
func NewWords(m checker.Messages) (Words, []WordsFault) {
	var w Words
	var faults []WordsFault
	for _, t := range []struct {
		key, text string
		place     **template.Template
	}{{"subject", m.Subject, &w.subject}, {"body", m.Body, &w.body}, {"short", m.Short, &w.short}} {
		if t.text == "" {
			continue
		}
		parsed, err := template.New(t.key).Parse(t.text)
		for _, a := range watch.Examples(time.Unix(0, 0)) {
			if err != nil {
				break
			}
			if _, err = execute(parsed, watch.NewFields(a)); err != nil {
				err = fmt.Errorf("with %s it fails: %w", a.Status, err)
			}
		}
		if err != nil {
			faults = append(faults, WordsFault{t.key, templateError(t.key, err)})
			continue
		}
		*t.place = parsed
	}
	return w, faults
}

// templateError is an error of text/template without the names that only this
// program knows.
func templateError(key string, err error) string {
	text := strings.NewReplacer(
		"template: "+key+":", "line ", `executing "`+key+`" at `, "at ", " in type watch.Fields", "; the README lists the fields", "watch.", "",
	).Replace(err.Error())
	return strings.Join(strings.Fields(text), " ")
}

// maxText is far above what any message needs, and bounds a template's loop.
const maxText = 64 << 10

var errTooLong = fmt.Errorf("it gives more than %d KB", maxText>>10)

// execute gives the template's text, "" where that is blank.
func execute(t *template.Template, f watch.Fields) (string, error) {
	var b limited
	if err := t.Execute(&b, f); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

type limited struct{ strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxText {
		return 0, errTooLong
	}
	return l.Builder.Write(p)
}

// text is what an alert is in words. A template that fails, or gives nothing,
// leaves the built-in text: no alert is lost for it.
type text struct {
	subject string
	short   string
	// body is the body in at most limit bytes, 0: all of it.
	body func(limit int) string
}

func (w Words) text(a watch.Alert) text {
	m := watch.NewMessage(a)
	t := text{subject: m.Headline, short: m.SMS, body: m.BodyWithin}
	if w == (Words{}) {
		return t
	}
	f := watch.NewFields(a)
	own := func(t *template.Template) string {
		if t == nil {
			return ""
		}
		s, err := execute(t, f)
		if err != nil {
			return ""
		}
		return s
	}
	if s := line(own(w.subject)); s != "" {
		t.subject = s
	}
	if s := line(own(w.short)); s != "" {
		t.short = s
	}
	if s := own(w.body); s != "" {
		t.body = func(limit int) string { return cutBytes(s, limit) }
	}
	return t
}

// line makes one line of a text: it may become the header of a mail.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// cutBytes is the text in at most limit bytes, 0: all of it.
func cutBytes(s string, limit int) string {
	const dots = "…"
	if limit <= 0 || len(s) <= limit {
		return s
	}
	end := max(limit-len(dots), 0)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + dots
}
