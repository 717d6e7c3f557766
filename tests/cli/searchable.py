"""Is the text of a searchable PDF where it is seen?

usage: searchable.py OUT.pdf OUT.json        compare pdftotext -bbox with the JSON of the same conversion
Prints, for the pages that were read from their image: words, share of them found by pdftotext, share of those
whose centre is within half a line of the JSON's, mean overlap (IoU).  Exit status 1 below the limits.
"""
import html
import json
import os
import re
import subprocess
import sys


def words_of(block):
    lines = list(block.get("lines") or [])
    for cell in (block.get("table") or {}).get("cells", []):
        lines += cell.get("lines") or []
    for line in lines:
        for word in line["words"]:
            yield word["text"], word["bbox"]


def boxes(pdf):
    """Words of each page by pdftotext, in points from the top left of the crop box."""
    text = subprocess.run(["pdftotext", "-bbox", "-cropbox", *(["-upw", os.environ["UPW"]] if "UPW" in os.environ else []), pdf, "-"], capture_output=True, check=True).stdout.decode()
    pages = []
    for part in re.split(r"<page ", text)[1:]:
        page = []
        for m in re.finditer(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', part):
            page.append((html.unescape(m[5]), [float(m[i]) for i in range(1, 5)]))
        pages.append(page)
    return pages


def overlap(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def main():
    pdf, document = sys.argv[1], json.load(open(sys.argv[2]))
    found = boxes(pdf)
    n = seen = near = 0
    ious = 0.0
    for page in document["pages"]:
        if page["status"] != "ok" or page["reader"] not in ("line", "vlm"):
            continue
        scale = 72.0 / page["dpi"]
        here = {}
        for text, box in found[page["page_no"] - 1]:
            here.setdefault(text, []).append(box)
        for block in page["blocks"]:
            for text, bbox in words_of(block):
                n += 1
                want = [v * scale for v in bbox]
                if not here.get(text):
                    continue
                seen += 1
                def gap(b):
                    return abs(b[0] + b[2] - want[0] - want[2]) / 2 + abs(b[1] + b[3] - want[1] - want[3]) / 2
                best = min(here[text], key=gap)
                height = best[3] - best[1] if best[2] - best[0] > best[3] - best[1] else best[2] - best[0]
                near += gap(best) < max(0.5 * height, 2.0)
                ious += overlap(best, want)
    print(f"{n} words, {seen / max(n, 1):.3f} found, {near / max(seen, 1):.3f} in place, IoU {ious / max(seen, 1):.2f}")
    sys.exit(0 if n > 0 and seen >= 0.97 * n and near >= 0.97 * seen else 1)


main()
