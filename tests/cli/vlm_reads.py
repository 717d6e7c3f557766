#!/usr/bin/env python3
"""usage: vlm_reads.py READS OUTPUTS: check the JSON that test_vlm_reads.sh made against the model's own answers, read
here by other means than recto's parser: boxes and labels of thoughts and layouts, pictures, spans of the table."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

COORD = re.compile(r"<COORD_(\d{3})>")
# what recto calls the model's labels
LABELS = {
    "doc_title": "title",
    "paragraph_title": "section_header",
    "text": "text",
    "image": "picture",
    "chart": "picture",
    "seal": "picture",
    "figure_title": "caption",
    "header": "page_header",
    "number": "page_footer",
}


class Table(HTMLParser):
    """Cells of an HTML table as (row, col, row_span, col_span, text), placed as HTML places them."""

    def __init__(self, html):
        super().__init__()
        self.cells, self.row, self.taken, self.open = [], -1, set(), None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.row += 1
        elif tag == "td":
            spans = {k: int(v) for k, v in attrs}
            rows, cols = spans.get("rowspan", 1), spans.get("colspan", 1)
            col = next(c for c in range(99) if (self.row, c) not in self.taken)
            self.taken |= {(self.row + r, col + c) for r in range(rows) for c in range(cols)}
            self.open = [self.row, col, rows, cols, ""]

    def handle_data(self, data):
        if self.open:
            self.open[4] += data

    def handle_endtag(self, tag):
        if tag == "td":
            self.cells.append(tuple(self.open))
            self.open = None


def page_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["pages"][0]


def pixels(text, page):
    """The four COORD tokens of text in pixels of the page."""
    sides = (page["size"]["width"], page["size"]["height"]) * 2
    return [int(c) / 1000 * side for c, side in zip(COORD.findall(text), sides)]


def near(box, want):
    sides = [] if box is None else [box[k] for k in "ltrb"]
    return len(sides) == len(want) == 4 and all(abs(a - b) <= 0.06 for a, b in zip(sides, want))


def check_pictures(page, answer):
    want = re.findall(r"!\[(\w+)\]\((<box>.*?</box>)\)", answer)
    got = [b for b in page["blocks"] if b["label"] == "picture"]
    assert [b["category"] for b in got] == [label for label, _ in want], "pictures"
    for block, (label, box) in zip(got, want):
        assert near(block["bbox"], pixels(box, page)), f"{label}: {block['bbox']}"


def check_thought(page, answer):
    entries = re.findall(r"<box>\[\[(.*?)\]\]</box>\n<label>(.*?)</label>\n<brief>(.*?)</brief>", answer)
    regions = page["layout"]
    assert len(regions) == len(entries) > 8, f"{len(regions)} regions of {len(entries)}"
    for region, (box, label, brief) in zip(regions, entries):
        assert (region["label"], region["brief"]) == (label, brief), region
        assert near(region["bbox"], pixels(box, page)), region
    # blocks of the answer stand where the thought saw them
    for block in page["blocks"]:
        assert block["bbox"] is not None, f"no box: {block['label']}"
    for label in ("doc_title", "paragraph_title", "figure_title"):
        boxes = [pixels(box, page) for box, of, _ in entries if of == label]
        got = [b["bbox"] for b in page["blocks"] if b["label"] == LABELS[label]]
        assert len(got) == len(boxes) and all(map(near, got, boxes)), f"{label}: {got}, not {boxes}"


def check_layout(page, answer):
    entries = re.findall(r'"bbox": \[(.*?)\], "category": "(.*?)"', answer)
    regions = page["layout"]
    assert [r["label"] for r in regions] == [label for _, label in entries], "categories"
    assert all(near(r["bbox"], pixels(box, page)) for r, (box, _) in zip(regions, entries)), "boxes"


def check_table(page, answer):
    tables = [b["table"] for b in page["blocks"] if b["label"] == "table"]
    assert len(tables) == 1 and (tables[0]["n_rows"], tables[0]["n_cols"]) == (6, 6), "one table of 6 by 6"
    keys = ("row", "col", "row_span", "col_span", "text")
    got = [tuple(c[k] for k in keys) for c in tables[0]["cells"]]
    want = Table(re.search("<table>.*</table>", answer)[0]).cells
    assert got == want, f"{got}\nnot\n{want}"


def check_formulas(page, answer):
    formulas = [b["text"] for b in page["blocks"] if b["label"] == "formula"]
    assert formulas == re.findall(r"\$\$\n(.*)\n\$\$", answer), formulas
    text = answer.replace("$$", "")
    inline = [b["text"][s["start"] : s["end"]] for b in page["blocks"] for s in b.get("spans", [])]
    assert inline == re.findall(r"\$([^$\n]+)\$", text), inline


def main(reads, outputs):
    failures = 0
    for output, answer, check in [
        ("document/figures", "figures.document", check_pictures),
        ("document/table", "table.document", check_table),
        ("document/formulas", "formulas.document", check_formulas),
        ("think/report", "report.think", check_thought),
        ("think/figures", "figures.think", check_thought),
        ("think/figures", "figures.think", check_pictures),
        ("layout/figures", "figures.layout", check_layout),
    ]:
        try:
            page = page_of(outputs / f"{output}.png.json")
            assert page["flags"] == [] and "notes" not in page, f"flags {page['flags']}, {page.get('notes')}"
            check(page, (reads / "answers" / f"{answer}.txt").read_text(encoding="utf-8"))
        except (AssertionError, KeyError) as error:
            print(f"{output}: {check.__name__}: {error}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
