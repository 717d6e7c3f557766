#!/usr/bin/env python3
"""usage: read_back.py KIND FILE: what a consumer sees of an output, one text a line, on standard output.

html   what a Markdown parser made: paragraphs, headings, items, cells and code.  Exit status 1 with the first thing
       that has no business there: a tag, attribute, address or comment that no writer of ours makes.
links  addresses of all links and pictures of HTML.
csv    the fields, as Python's csv reads them strictly; an apostrophe that was put in front is taken away.
"""
import csv
import html.parser
import re
import sys

BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th", "pre"}
TAGS = BLOCKS | {"ul", "ol", "table", "thead", "tbody", "tr", "strong", "em", "b", "i", "sup", "sub", "code", "a", "input"}
ATTRIBUTES = {"align", "start", "href", "type", "checked", "disabled", "colspan", "rowspan"}
SAFE = re.compile(r"(https?://|ftp://|mailto:|tel:|#page=\d+$)", re.I)
COMMENT = re.compile(r" (page \d+(: [a-z_(), ]+)?|picture)? ?\Z")


class Reader(html.parser.HTMLParser):
    def __init__(self, strict):
        super().__init__(convert_charrefs=True)
        self.strict, self.texts, self.links, self.text = strict, [], [], ""

    def wrong(self, what):
        if self.strict:
            sys.exit(f"line {self.getpos()[0]}: {what}")

    def flush(self):
        text = self.text.strip(" \n")
        if text:
            self.texts.append(text)
        self.text = ""

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.wrong(f"<{tag}>")
        if tag in BLOCKS:
            self.flush()
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.wrong(f"<{tag} {name}>")
            if name in ("href", "src"):
                self.links.append(value)
                if not SAFE.match(value):
                    self.wrong(f"{name}={value}")

    def handle_endtag(self, tag):
        if tag in BLOCKS:
            self.flush()

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        if not COMMENT.match(data):
            self.wrong(f"comment {data!r}")

    def handle_decl(self, decl):
        self.wrong(f"declaration {decl!r}")

    unknown_decl = handle_decl
    handle_pi = handle_decl


def main():
    kind, path = sys.argv[1:]
    with open(path, encoding="utf-8", newline="") as file:
        if kind == "csv":
            for row in csv.reader(file, strict=True):
                for field in row:
                    print(re.sub(r"\A'(?='*[=+\-@＝＋－＠])", "", field))
            return
        reader = Reader(kind == "html")
        reader.feed(file.read())
        reader.close()
        reader.flush()
        print("\n".join(reader.links if kind == "links" else reader.texts))


main()
