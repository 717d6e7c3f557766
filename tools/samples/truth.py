"""The truth of a sample page, taken from the HTML it is made of.

Every page is an HTML fragment that WeasyPrint lays out. The same fragment gives the plain text in reading order
(page headers and footers included) and the expected Markdown (without them), so a picture and its truth cannot
drift apart.
"""

import re
from html.parser import HTMLParser

LEAVES = {"h1", "h2", "h3", "p", "li", "td", "th", "pre", "figcaption", "div"}
SKIPPED = {"style", "svg"}
RULE = re.compile(r"\s*[-=_*.]{5,}\s*")  # a row of characters that draws a rule is not text


class Block:
    """One leaf of the page: its tag, its text, and what it belongs to."""

    def __init__(self, tag, classes, marker=""):
        self.tag, self.classes, self.marker, self.text = tag, classes, marker, ""


class Reader(HTMLParser):
    """Collects the blocks of a fragment in document order; table rows become lists of cells."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.blocks, self.open, self.lists, self.row, self.skip = [], [], [], None, 0

    def handle_starttag(self, tag, attrs):
        classes = dict(attrs).get("class", "").split()
        if tag in SKIPPED:
            self.skip += 1
        elif tag in ("ul", "ol"):
            self.lists.append([tag, 0])
        elif tag == "tr":
            self.row = []
        elif tag == "br" and self.open:
            self.open[-1].text += "\n"
        elif tag == "table":
            self.blocks.append(Block("table", classes))
        elif tag in LEAVES:
            self.start_leaf(tag, classes)

    def start_leaf(self, tag, classes):
        block = Block(tag, classes, self.marker() if tag == "li" else "")
        self.open.append(block)
        if tag in ("td", "th"):
            self.row.append(block)
        else:
            self.blocks.append(block)

    def marker(self):
        """The visible mark of the next list item, indented by its depth."""
        self.lists[-1][1] += 1
        kind, number = self.lists[-1]
        return "   " * (len(self.lists) - 1) + ("• " if kind == "ul" else f"{number}. ")

    def handle_endtag(self, tag):
        if tag in SKIPPED:
            self.skip -= 1
        elif tag in ("ul", "ol"):
            self.lists.pop()
        elif tag == "tr":
            self.blocks.append(self.row)
        elif tag in LEAVES:
            self.open.pop()

    def handle_data(self, data):
        if self.open and not self.skip:
            verbatim = self.open[-1].tag == "pre"
            self.open[-1].text += data if verbatim else re.sub(r"[ \n\t]+", " ", data)


def blocks_of(html):
    """The non-empty blocks of a fragment, each text trimmed line by line."""
    reader = Reader()
    reader.feed(html)
    kept = []
    for item in reader.blocks:
        for block in item if isinstance(item, list) else [item]:
            text = re.sub(r"_{5,} ?", "", block.text)  # a rule to write on
            lines = [
                line.rstrip() if block.tag == "pre" else line.strip()
                for line in text.replace("\u00a0", " ").split("\n")
            ]
            block.text = "\n".join(line for line in lines if not RULE.fullmatch(line)).strip("\n")
        if isinstance(item, list) or item.text or item.tag == "table":
            kept.append(item)
    return kept


def plain(html):
    """The page as plain text: one line a block or table row, cells set apart by a tab."""
    lines = []
    for item in blocks_of(html):
        if isinstance(item, list):
            lines.append("\t".join(cell.text.replace("\n", " ") for cell in item))
        elif item.tag == "table":
            lines.append("")
        else:
            lines += ["", item.marker + item.text] if not item.marker else [item.marker + item.text]
    text = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def markdown(html):
    """The page as the Markdown that a perfect reader would write: page headers and footers left out."""
    out, rows = [], 0
    for item in blocks_of(html):
        if isinstance(item, list):
            out.append("| " + " | ".join(cell.text.replace("\n", " ") for cell in item) + " |")
            if rows == 0:
                out.append("|" + " --- |" * len(item))
            rows += 1
        elif item.tag == "table":
            rows = 0
            out.append("")
        elif not {"pagehead", "pagefoot"} & set(item.classes):
            out += markdown_block(item)
    text = "\n".join(out).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def markdown_block(block):
    """The Markdown lines of one leaf."""
    if block.tag in ("h1", "h2", "h3"):
        return ["", "#" * int(block.tag[1]) + " " + block.text.replace("\n", " "), ""]
    if block.tag == "li":
        return [block.marker.replace("•", "-") + block.text.replace("\n", " ")]
    return ["", block.text.replace("\n", "  \n"), ""]
