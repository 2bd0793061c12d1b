package page

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// standardTree is the tree that the full parser of the standard makes of a page,
// without what is left out of ours.
func standardTree(page []byte) (*html.Node, error) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	var leftOut []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.DoctypeNode || n.Type == html.ElementNode && tagNamed(n.Data).flags&droppedTag != 0 {
			leftOut = append(leftOut, n)
		}
		if n.Type == html.TextNode && n.Parent.Type == html.ElementNode && tagNamed(n.Parent.Data).flags&listTag != 0 && strings.Trim(n.Data, blank) == "" {
			leftOut = append(leftOut, n)
		}
	}
	for _, n := range leftOut {
		n.Parent.RemoveChild(n)
	}
	return root, nil
}

// treeLines writes a tree, a node a line. Texts that stand beside each other are one.
func treeLines(root *html.Node) string {
	var b strings.Builder
	var text strings.Builder
	depth := 0
	flush := func() {
		if text.Len() > 0 {
			fmt.Fprintf(&b, "%s%q\n", strings.Repeat(" ", depth), text.String())
			text.Reset()
		}
	}
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.TextNode {
			text.WriteString(n.Data)
			return
		}
		flush()
		if n.Type == html.ElementNode {
			fmt.Fprintf(&b, "%s<%s %d", strings.Repeat(" ", depth), n.Data, n.DataAtom)
			attrs := append([]html.Attribute(nil), n.Attr...)
			if formatsOf(n) {
				sortAttrs(attrs)
			}
			for _, a := range attrs {
				if a.Val == shorten(a.Val) {
					fmt.Fprintf(&b, " %s=%q", a.Key, a.Val)
				}
			}
			b.WriteString(">\n")
		}
		depth++
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
		flush()
		depth--
	}
	visit(root)
	return b.String()
}

// formatsOf tells the elements whose attributes the full parser sorts.
func formatsOf(n *html.Node) bool { return tagNamed(n.Data).flags&formatTag != 0 }

func sortAttrs(attrs []html.Attribute) {
	for i := range attrs {
		for j := i; j > 0 && attrs[j].Key < attrs[j-1].Key; j-- {
			attrs[j], attrs[j-1] = attrs[j-1], attrs[j]
		}
	}
}

// firstDifference shows where two trees part.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			from := max(0, i-6)
			return fmt.Sprintf("line %d\n%s\n-want %s\n+got  %s", i+1, strings.Join(w[from:i], "\n"), strings.Join(w[i:min(i+4, len(w))], "\n      "), strings.Join(g[i:min(i+4, len(g))], "\n      "))
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// fromStandard tells in what our tree of a page differs from that of the standard,
// "" in nothing.
func fromStandard(page []byte) string {
	page = bytes.ToValidUTF8(page, []byte("?"))
	for old, new := range map[string]string{"\r": "\n", "\x00": ""} { // which is all white space, or nothing
		page = bytes.ReplaceAll(page, []byte(old), []byte(new))
	}
	root, err := standardTree(page)
	if err != nil {
		return err.Error()
	}
	tree, err := parse(page)
	if err != nil {
		return err.Error()
	}
	if want, got := treeLines(root), treeLines(tree.root); want != got {
		return firstDifference(want, got)
	}
	return ""
}

// Pages are written by people and by programs that know no better.
func TestTreeOfMalformedPages(t *testing.T) {
	for _, page := range []string{
		"", " ", "text", "<p>a<p>b", "<title>a &amp; b</title>c", "<html lang=en><body class=x>a</body></html>b", "a<html lang=de><body class=y>b",
		"<head><title>x</title></head> <meta name=a>b", "<meta name=a><link rel=b>c<meta name=d>", "<!doctype html><p>a<table><tr><td>b</table>c", "<p>a<table><tr><td>b</table>c",
		`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><p>a<table><td>b</table>`,
		"<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", "<dl><dt>a<dd>b<dt>c</dl>", "<select><option>a<option selected>b<optgroup label=x><option>c</select>d", "<select><option>a<select><option>b",
		"<table>a<tr>b<td>c</td>d</tr></table>e", "<table><tr><td>a<table><tr><td>b</table>c</table>d", "<table><caption>a<tr><td>b</table>", "<table><col><col><tr><th>a<td>b<tr><td>c</table>",
		"<table><form><tr><td><input></form></table>", "<table><input type=hidden><tr><td>a</table>", "<table><tbody><td>a</tbody><tfoot><tr><td>b</table>", "<td>a</td>b", "<tr><td>a",
		"<b>a<p>b</b>c</p>d", "<b><i>a</b>b</i>c", "<a href=x>a<div>b</a>c</div>d", "<a href=x>a<a href=y>b</a>c", "<p><b>a<p>b<p>c", "<b><b><b><b>a</b><p>b", "<i><div><b>a</i>b</div>c</b>",
		"<a><table><td><a>x</table>y", "<table><a>x<tr><td>y</table>", "<font color=a>x<font color=b>y</font><p>z", "<nobr>a<nobr>b", "<em>a<strong>b</em>c</strong>",
		"<button>a<button>b</button>c", "<h1>a<h2>b</h1>c", "<div><span>a</div>b</span>c", "<form>a<form>b</form>c</form>", "<div><form></div>a</form>b", "</p>a</br>b</div>c", "<p>a<hr>b<br/>c<img src=x>d",
		"a<!-- b -->c<!-->d<!--->e<!-- f --!>g<!bogus>h<?php i ?>j</ k>l", "a < b <3 c <", "<div class=a class=b CLASS=c id = 'd' e/ f=/ g=h/>i", "<p a=1/>b", "<br a=b/>c", "<p title='a\nb'>", "<div",
		"<script>a<!-- <script> b </script> c --> d</script>e", "<script>a<!-- b </script>c", "<script><!--></script>a", "<script>a</script b>c", "<style>a{}</style>b", "<textarea>\na<b></textarea>c", "<xmp><b></xmp>a",
		"<noscript><p>a</noscript>b", "<head><noscript><link></noscript><title>a</title></head>", "<iframe><p>a</iframe>b", "<svg><path d=a /><g><text>b</text></g></svg>c", "<svg><p>a</p>b", "<svg><foreignObject><p>a</p></foreignObject></svg>b",
		"<svg><title>a</title><style>b</style></svg>c", "<svg><![CDATA[<p>a</p>]]></svg>b", "<div><svg><path></div>a", "<svg/>a", "<template><p>a<template>b</template></template>c", "<canvas><p>a</canvas>b", "<object><b>a</object>b", "<video><source src=a>b</video>c",
		"<pre>\na\n</pre>", "&lt;&amp;&nbsp;&copy;&copy &notit; &#65;&#x42; &unknown;", `<a href="?a=1&copy=2&amp;b=3&lt;&notit;&#65;">x`, "<ruby>a<rt>b<rp>c</ruby>", "<frameset><frame src=a><frame src=b></frameset>",
		"<product-card data-x=1>a<p>b</product-card>c", "<image src=a>b", "<body><p>a</body>b<p>c", "<p>a</html>b", "<table><tr><td><b>a</td><td>c</table>d", "<li>a<div><li>b</div>c", "<dd>a<p>b<dd>c", "<math><mi>a</mi></math>b", "<marquee><b>a</marquee>b",
		"<details><summary>a</summary>b</details>", "<option>a<option>b", "<label>a<input>b</label>", "<p><select><option>a</p>b", "<object><p>a<b>c</object>d", "<center>a<table><tr><td><center>b</table></center>",
	} {
		if difference := fromStandard([]byte(page)); difference != "" {
			t.Errorf("%q: %s", page, difference)
		}
	}
}

func FuzzTree(f *testing.F) {
	f.Add("<p>a<table><tr><td><b>c</table>d")
	f.Fuzz(func(t *testing.T, page string) {
		tree, err := parse([]byte(page))
		if err != nil {
			return
		}
		depth, n := 0, 0
		var visit func(n *html.Node)
		visit = func(node *html.Node) {
			if n++; node.FirstChild == nil != (node.LastChild == nil) {
				t.Fatal("children with one end")
			}
			if depth++; depth > maxNesting+2 {
				t.Fatalf("%d deep", depth)
			}
			var before *html.Node
			for c := node.FirstChild; c != nil; c = c.NextSibling {
				if c.Parent != node || c.PrevSibling != before {
					t.Fatalf("%s is not linked to what is around it", c.Data)
				}
				visit(c)
				before = c
			}
			if node.LastChild != before {
				t.Fatal("the last child is not the last")
			}
			depth--
		}
		visit(tree.root)
		i := 0
		for node := range tree.root.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if i >= len(tree.elements) || tree.elements[i] != node || tree.kinds[i] != tagNamed(node.Data).id {
				t.Fatalf("element %d of the list is not %s", i, node.Data)
			}
			i++
		}
		if i != len(tree.elements) {
			t.Fatalf("%d elements, %d listed", i, len(tree.elements))
		}
	})
}

func TestTreeIsThatOfTheStandard(t *testing.T) {
	dirs := []string{"testdata/stores/*/*.html", "testdata/structured/*.html", "../cases/testdata/*/*.html"}
	if more := os.Getenv("PAGES"); more != "" {
		dirs = append(dirs, more)
	}
	for _, pattern := range dirs {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if difference := fromStandard(body); difference != "" {
				t.Errorf("%s: %s", file, difference)
			}
		}
	}
}
