package web

import (
	"cmp"
	"crypto/sha1"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"
)

const feedPath = "/feed.atom"

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID       string       `xml:"id"`
	Title    string       `xml:"title"`
	Updated  string       `xml:"updated"`
	Links    []atomLink   `xml:"link"`
	Category atomCategory `xml:"category"`
	Content  atomText     `xml:"content"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// feed writes the latest changes of all checkers as Atom.
func (s *Site) feed(w http.ResponseWriter, r *http.Request) {
	shot := s.snapshot(r, filter{})
	root := "http://" + r.Host
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		root = "https://" + r.Host
	}
	f := atomFeed{
		ID: urn("feed", root), Title: "Stock checker", Author: "stockcheck", Updated: s.began.UTC().Format(time.RFC3339),
		Links: []atomLink{{"self", root + feedPath}, {"alternate", root + "/"}},
	}
	if len(shot.latest) > 0 {
		f.Updated = shot.latest[0].At.UTC().Format(time.RFC3339)
	}
	for _, h := range shot.latest {
		text := sentence(h.Event)
		link := root + "/checkers/" + h.Checker
		if c := s.board.named(h.Checker); c != nil {
			link = cmp.Or(c.url, link)
		}
		content := text
		for _, it := range h.Items {
			content += "\n" + it.Title
			if it.Price != nil {
				content += ", " + it.Price.String()
			}
			if !it.InStock {
				content += ", not in stock"
			}
		}
		f.Entries = append(f.Entries, atomEntry{
			ID: urn(h.Checker, h.At.UTC().String(), string(h.Status), text), Title: h.Checker + ": " + text, Updated: h.At.UTC().Format(time.RFC3339),
			Links: []atomLink{{"alternate", link}}, Category: atomCategory{string(h.Status)}, Content: atomText{"text", content},
		})
	}
	data, err := xml.MarshalIndent(f, "", "  ")
	if err != nil {
		refuse(w, http.StatusInternalServerError, "The feed could not be written: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_, _ = w.Write(append([]byte(xml.Header), append(data, '\n')...)) // to a reader that may have gone
}

// urn is an id that is the same for the same thing, a UUID of version 5.
func urn(parts ...string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "stockcheck %q", parts))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
