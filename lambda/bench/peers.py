"""Measures Python's parsers as a script that looks for stock uses them.

Each reads the pages given as files: the title, the cards with name, price and
words of stock, the buttons, and the product's JSON-LD. Prints the seconds of CPU
that a page takes, as JSON: {parser: {page: seconds}}.
"""

import gc
import json
import os
import sys
import time
from html.parser import HTMLParser


class StockParser(HTMLParser):
    """What one writes with the standard library alone."""

    def __init__(self):
        super().__init__()
        self.inside, self.title, self.cards, self.buttons, self.data = None, "", [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        names = (attrs.get("class") or "").split()
        if "item-cell" in names:
            self.cards.append({"title": "", "price": "", "stock": ""})
        if tag == "title":
            self.inside = "title"
        elif tag == "button":
            self.inside = "button"
            self.buttons.append("")
        elif tag == "script" and attrs.get("type") == "application/ld+json":
            self.inside = "data"
            self.data.append("")
        elif "item-title" in names:
            self.inside = "card-title"
        elif "price-current" in names:
            self.inside = "card-price"
        elif "item-promo" in names:
            self.inside = "card-stock"

    def handle_endtag(self, tag):
        if tag in ("title", "button", "script", "a", "li", "p"):
            self.inside = None

    def handle_data(self, text):
        if self.inside is None:
            return
        if self.inside == "title":
            self.title += text
        elif self.inside == "button":
            self.buttons[-1] += text
        elif self.inside == "data":
            self.data[-1] += text
        elif self.cards:
            self.cards[-1][self.inside[5:]] += text


def htmlparser(text):
    p = StockParser()
    p.feed(text)
    p.close()
    return p.title, p.cards, p.buttons, [json.loads(d) for d in p.data]


def with_lxml(text):
    import lxml.html

    doc = lxml.html.fromstring(text)

    def words(at, path):
        return " ".join(n.text_content() for n in at.xpath(path))

    cards = [
        (
            words(card, ".//a[@class='item-title']"),
            words(card, ".//li[@class='price-current']"),
            words(card, ".//p[@class='item-promo']"),
        )
        for card in doc.xpath("//div[@class='item-cell']")
    ]
    buttons = [b.text_content() for b in doc.xpath("//button")]
    data = [json.loads(s.text) for s in doc.xpath("//script[@type='application/ld+json']")]
    return doc.findtext(".//title"), cards, buttons, data


def with_bs4(text):
    from bs4 import BeautifulSoup

    doc = BeautifulSoup(text, "html.parser")

    def words(at, tag, name):
        return " ".join(n.get_text() for n in at.find_all(tag, class_=name))

    cards = [
        (words(card, "a", "item-title"), words(card, "li", "price-current"), words(card, "p", "item-promo"))
        for card in doc.find_all("div", class_="item-cell")
    ]
    buttons = [b.get_text() for b in doc.find_all("button")]
    data = [json.loads(s.string) for s in doc.find_all("script", type="application/ld+json")]
    return doc.title.string, cards, buttons, data


def with_extruct(text):
    import extruct

    return extruct.extract(text, "https://shop.example/", syntaxes=["json-ld", "microdata", "opengraph"])


def measure(read, text):
    """The cheapest of some runs, at least two, at most about two seconds."""
    best, spent, runs = None, 0.0, 0
    while runs < 2 or spent < 2.0 and runs < 15:
        gc.collect()
        begin = time.process_time()
        read(text)
        took = time.process_time() - begin
        best = took if best is None else min(best, took)
        spent, runs = spent + took, runs + 1
    return best


def main():
    pages = {}
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as f:
            pages[os.path.basename(name)] = f.read()
    times = {}
    for name, read in (("htmlparser", htmlparser), ("lxml", with_lxml), ("bs4", with_bs4), ("extruct", with_extruct)):
        try:
            read("<title>x</title><p>x</p>")
        except ImportError:
            continue
        times[name] = {page: measure(read, text) for page, text in pages.items()}
    json.dump(times, sys.stdout)


main()
