package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// corpus is where the fault cases are, seen from the folder of the module.
const corpus = "cases/testdata"

// benchReader measures the whole reading of a page, from its bytes to items with
// evidence, beside what others take for a part of that: the bare tokenizer and
// goquery's building of the document, and where Python is, its parsers.
func benchReader(r *report) error {
	pages, err := samples(corpus)
	if err != nil {
		return err
	}
	theirs, hint := runPeers(pages)
	r.line("\nReading, CPU time of one page; tokenizer and goquery as ours by theirs (lower is better), lxml and bs4 as times faster (higher is better)\n")
	r.line("%-8s %6s | %9s %9s %9s | %9s %9s | %8s %8s | %8s %8s", "page", "KB", "ours", "tokenizer", "goquery", "tokenizer", "goquery", "lxml", "bs4", "allocs", "goquery's")
	for _, p := range pages {
		read, err := p.reading()
		if err != nil {
			return err
		}
		costs, err := race([]contestant{
			{"read", func() error { _, err := read(); return err }},
			{"tokenizer", func() error { return tokenize(p.body) }},
			{"goquery", func() error { _, err := goquery.NewDocumentFromReader(bytes.NewReader(p.body)); return err }},
		})
		if err != nil {
			return fmt.Errorf("page %s: %w", p.name, err)
		}
		ours, floor, tree := costs[0], costs[1], costs[2]
		byTokenizer, byGoquery := ratio(ours.time, floor.time), ratio(ours.time, tree.time)
		name := "reader/" + p.name + "/"
		r.figure(name+"ms", ms(ours.time))
		r.figure(name+"tokenizer-ratio", byTokenizer)
		r.figure(name+"goquery-ratio", byGoquery)
		r.figure(name+"allocs", float64(ours.allocs))
		faster := func(peer string) string {
			t, ok := theirs[peer][p.name]
			if !ok {
				return "-"
			}
			r.figure(name+peer+"-ratio", ratio(t, ours.time))
			return fmt.Sprintf("%.1f", ratio(t, ours.time))
		}
		r.line("%-8s %6d | %6.2f ms %6.2f ms %6.2f ms | %9.2f %9.2f | %8s %8s | %8d %8d", p.name, len(p.body)>>10, ms(ours.time), ms(floor.time), ms(tree.time), byTokenizer, byGoquery, faster("lxml"), faster("bs4"), ours.allocs, tree.allocs)
	}
	if hint != "" {
		r.line("\n%s", hint)
	}
	return nil
}

// tokenize is the floor: what the tokenizer takes for the page, with nothing done
// with the tokens.
func tokenize(body []byte) error {
	z := html.NewTokenizer(bytes.NewReader(body))
	for z.Next() != html.ErrorToken {
	}
	if err := z.Err(); err != io.EOF {
		return err
	}
	return nil
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// benchPeers measures Python's parsers at the same work.
func benchPeers(r *report) error {
	pages, err := samples(corpus)
	if err != nil {
		return err
	}
	theirs, hint := runPeers(pages)
	r.line("\nReading with Python, CPU time of one page in ms\n")
	head := fmt.Sprintf("%-8s %6s", "page", "KB")
	for _, peer := range peers {
		head += fmt.Sprintf(" %12s", peer)
	}
	r.line("%s %12s", head, "ours")
	for _, p := range pages {
		read, err := p.reading()
		if err != nil {
			return err
		}
		costs, err := race([]contestant{{"read", func() error { _, err := read(); return err }}})
		if err != nil {
			return fmt.Errorf("page %s: %w", p.name, err)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%-8s %6d", p.name, len(p.body)>>10)
		for _, peer := range peers {
			t, ok := theirs[peer][p.name]
			if !ok {
				fmt.Fprintf(&b, " %12s", "-")
				continue
			}
			fmt.Fprintf(&b, " %12.2f", ms(t))
			r.figure("peers/"+p.name+"/"+peer+"-ms", ms(t))
		}
		r.line("%s %12.2f", b.String(), ms(costs[0].time))
	}
	if hint != "" {
		r.line("\n%s", hint)
	}
	return nil
}
