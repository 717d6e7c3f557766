#!/usr/bin/env python3
"""usage: check_forms.py NAME...: for each document NAME, that NAME.hocr, NAME.alto.xml and NAME.page-N.xml hold the
words of NAME.json, in its order and at its places, with boxes inside the page and names that differ."""

import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

FAILURES = []


def fail(name, what):
    FAILURES.append(f"{name}: {what}")


def json_words(page):
    """(text, left, top) of each word, table cells by row, and what a page holds at all."""
    words = []
    for block in page["blocks"]:
        lines = list(block.get("lines", []))
        for cell in (block.get("table") or {}).get("cells", []):
            lines += cell["lines"]
        words += [(w["text"], w["bbox"][0], w["bbox"][1]) for line in lines for w in line["words"]]
    return words


def local(e):
    return e.tag.rsplit("}", 1)[-1]


def same(name, number, found, wanted):
    """Boxes are rounded outwards to whole pixels."""
    if [w[0] for w in found] != [w[0] for w in wanted]:
        differ = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a[0] != b[0]), min(len(found), len(wanted)))
        fail(name, f"page {number}: {len(found)} words, not {len(wanted)}; first difference: "
                   f"{found[differ:differ + 3]} {wanted[differ:differ + 3]}")
        return
    for a, b in zip(found, wanted):
        if abs(a[1] - b[1]) > 1.1 or abs(a[2] - b[2]) > 1.1:
            fail(name, f"page {number}: a word at {a[1:]}, not {b[1:]}")
            return


def unique(name, ids):
    ids = list(ids)
    if len(ids) != len(set(ids)):
        fail(name, "names of elements are there twice")


def inside(name, box, width, height):
    if not (0 <= box[0] <= box[2] <= width and 0 <= box[1] <= box[3] <= height):
        fail(name, f"{box} is outside the page")


def check_hocr(path, document):
    root = ET.parse(path).getroot()
    unique(path.name, (e.get("id") for e in root.iter() if e.get("id")))
    pages = [e for e in root.iter() if e.get("class") == "ocr_page"]
    if len(pages) != len(document["pages"]):
        fail(path.name, f"{len(pages)} pages")
    for e, page in zip(pages, document["pages"]):
        words = []
        bbox = [int(v) for v in re.search(r"bbox (\d+) (\d+) (\d+) (\d+)", e.get("title")).groups()]
        for w in e.iter():
            if w.get("class") not in ("ocrx_word", "ocr_line"):
                continue
            box = [int(v) for v in re.match(r"bbox (\d+) (\d+) (\d+) (\d+)", w.get("title")).groups()]
            inside(path.name, box, bbox[2], bbox[3])
            if w.get("class") == "ocrx_word":
                conf = int(re.search(r"x_wconf (\d+)", w.get("title")).group(1))
                if not 0 <= conf <= 100:
                    fail(path.name, f"confidence {conf}")
                words.append(("".join(w.itertext()), box[0], box[1]))
        same(path.name, page["page_no"], words, json_words(page) if page["status"] == "ok" else [])


def check_alto(path, document):
    root = ET.parse(path).getroot()
    unique(path.name, (e.get("ID") for e in root.iter() if e.get("ID")))
    pages = [e for e in root.iter() if local(e) == "Page"]
    if len(pages) != len(document["pages"]):
        fail(path.name, f"{len(pages)} pages")
    for e, page in zip(pages, document["pages"]):
        blocks = {}
        for space in e:
            for block in space:
                words = blocks[int(block.get("ID").split("_")[1])] = []
                if block.get("TYPE") == "form":
                    continue
                for line in (x for x in block.iter() if local(x) == "TextLine"):
                    for s in line:
                        if local(s) == "String" and s.get("HPOS") is not None:
                            x, y, w, h = (float(s.get(k)) for k in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
                            inside(path.name, (x, y, x + w, y + h), float(e.get("WIDTH")), float(e.get("HEIGHT")))
                            words.append([s.get("CONTENT"), x, y])
                        elif local(s) == "HYP":
                            words[-1][0] += "*"
        wanted = []
        for block in page.get("blocks", []):
            if block["label"] != "form":
                wanted += json_words({"blocks": [block]})
        # a hyphen of any kind is told as HYP
        found = [tuple(w) for i in sorted(blocks) for w in blocks[i]]
        wanted = [((f[0] if f[0][-1:] == "*" and f[0][:-1] == w[0].rstrip("-\u2010\u00ac") else w[0]),) + w[1:]
                  for f, w in zip(found, wanted)] + wanted[len(found):]
        same(path.name, page["page_no"], found, wanted if page["status"] == "ok" else [])


def check_page(path, page):
    root = ET.parse(path).getroot()
    unique(path.name, (e.get("id") for e in root.iter() if e.get("id")))
    e = next(x for x in root.iter() if local(x) == "Page")
    width, height = int(e.get("imageWidth")), int(e.get("imageHeight"))
    words = []
    for x in root.iter():
        if local(x) in ("Coords", "Baseline"):
            points = [tuple(map(int, p.split(","))) for p in x.get("points").split()]
            for px, py in points:
                inside(path.name, (px, py, px, py), width - 1, height - 1)
        if local(x) == "Word":
            left, top = map(int, x[0].get("points").split()[0].split(","))
            text = next(t for t in x.iter() if local(t) == "Unicode").text
            words.append((text, left, top))
    same(path.name, page["page_no"], words, json_words(page) if page["status"] == "ok" else [])
    refs = {r.get("regionRef") for r in root.iter() if r.get("regionRef")}
    if refs - {x.get("id") for x in root.iter()}:
        fail(path.name, "a reference leads nowhere")


def main():
    n_words = 0
    for name in sys.argv[1:]:
        document = json.loads(Path(name + ".json").read_text(encoding="utf-8"))
        check_hocr(Path(name + ".hocr"), document)
        check_alto(Path(name + ".alto.xml"), document)
        for page in document["pages"]:
            check_page(Path(f"{name}.page-{page['page_no']}.xml"), page)
            n_words += len(json_words(page)) if page["status"] == "ok" else 0
    print(f"{len(sys.argv) - 1} documents, {n_words} words")
    for failure in FAILURES[:20]:
        print(failure, file=sys.stderr)
    sys.exit(1 if FAILURES or not n_words else 0)


if __name__ == "__main__":
    main()
