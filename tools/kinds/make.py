#!/usr/bin/python3
"""Print the documents of docs_*.py and write their truth.

    make.py [-o FOLDER] [--work FOLDER] [--mutate SEED] [NAME...]     NAME: a part of the print's name; default: all

--mutate prints the same texts in other typefaces, sizes, margins and page sizes, tables with other rules, so that rules of
thumb which only fit samples/kinds show themselves; what does not fit the mutation is left out.

Needs Chromium, WeasyPrint, LaTeX, LibreOffice, groff and poppler-utils; only the authors of samples/kinds run it.
The truth is the data itself; pdftotext only tells which page a block landed on, and that no text is left over.
"""

import argparse
import copy
import json
import random
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import docs  # noqa: E402
import model  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DROP = re.compile(r"[\s\-‐‑\u00ad\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?:\.\s?){4,}")
FOLD = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": "", "—": "", "−": "", "˜": "~", "•": "", "◦": "", "▪": "", "☐": "", "☒": "", "✔": "", "▶": "", "□": "", "×": "x", "µ": "μ"})


def squash(s, where=None):
    """Text without spaces and hyphens; where: for each character the place it came from."""
    out, places = [], []
    for i, ch in enumerate(s):
        for c in unicodedata.normalize("NFKC", ch).translate(FOLD):
            if not DROP.match(c):
                out.append(c)
                places.append(i)
    if where is not None:
        where[:] = places
    return "".join(out)


def pages_of(pdf):
    text = subprocess.run(["pdftotext", "-raw", pdf, "-"], check=True, capture_output=True, text=True).stdout
    return [[squash(re.sub(r"(?:\. ?){4,}", " ", line)) for line in t.split("\n")] for t in text.split("\f")[:-1]]


class Placer:
    def __init__(self, name, pages):
        self.name, self.lines, self.left, self.cur = name, pages, [], 0
        self.faults = []

    def take(self, p, s, whole=True):
        at = self.left[p].find(s)
        if at >= 0:
            self.left[p] = self.left[p][:at] + "\0" + self.left[p][at + len(s):]
        return at >= 0

    def holds(self, p, s):
        return any(s in line for line in self.lines[p])

    def strip(self, p, s):
        """Take a page header or footer: a line of its own, at the ends of the page before its middle."""
        lines, n = self.lines[p], len(self.lines[p])
        order = sorted(range(n), key=lambda i: (s != lines[i], min(i, n - 1 - i)))
        for test in (str.__eq__, str.startswith, str.endswith, str.__contains__):
            for i in order:
                if test(lines[i], s):
                    at = lines[i].find(s) if test is not str.endswith else len(lines[i]) - len(s)
                    lines[i] = lines[i][:at] + lines[i][at + len(s):]
                    return True
        return False

    def begin(self):
        self.left = ["".join(lines) for lines in self.lines]

    def place(self, text, free=None):
        """[(page, (start, end))] of a text; pieces on one page are joined. free: it may stand on any page near this one."""
        floating = free is not None
        home = free if floating else self.cur
        where = []
        s = squash(text, where)
        if not s:
            return [(home, (0, len(text)))]
        order = range(home, len(self.left))
        if floating:
            order = sorted(range(len(self.left)), key=lambda p: (p < home, abs(p - home)))
        tries = [p for p in order if s in self.left[p]]
        if tries and (floating or tries[0] == self.cur or len(s) < 12):
            self.take(tries[0], s)
            if not floating:
                self.cur = tries[0]
            return [(tries[0], (0, len(text)))]
        pieces = self.split(s, home)
        if pieces is None and tries:
            self.take(tries[0], s)
            if not floating:
                self.cur = tries[0]
            return [(tries[0], (0, len(text)))]
        if pieces is None:
            self.faults.append(f"not found: {text[:60]!r}")
            return [(home, (0, len(text)))]
        out = []
        for p, a, b in pieces:
            self.take(p, s[a:b])
            a, b = where[a], where[b] if b < len(where) else len(text)
            if out and out[-1][0] == p:
                out[-1] = (p, (out[-1][1][0], b))
            else:
                out.append((p, (a, b)))
        if not floating:
            self.cur = out[-1][0]
        return out

    def split(self, s, p, depth=0):
        """Cut s into pieces on page p and the next, in the fewest."""
        for q in (p, p + 1):
            if q < len(self.left) and s in self.left[q]:
                return [(q, 0, len(s))]
        if depth > 3 or p >= len(self.left):
            return None
        for q in (p, p + 1):
            if q >= len(self.left):
                break
            lo, hi = 0, len(s)
            while lo < hi:
                mid = (lo + hi + 1) // 2
                lo, hi = (mid, hi) if s[:mid] in self.left[q] else (lo, mid - 1)
            for k in range(lo, max(3, lo - 25), -1):
                saved = self.left[q]
                self.take(q, s[:k])
                rest = self.split(s[k:], q, depth + 1)
                self.left[q] = saved
                if rest:
                    return [(q, 0, k)] + [(r, a + k, b + k) for r, a, b in rest]
        return None


def furniture(doc, placer, n, heads):
    """The page headers and footers of each page, taken out of its text."""
    out = []
    for i in range(n):
        got = []
        for which in ("head", "foot"):
            texts = getattr(doc, which)
            if (i + 1) % 2 == 0 and getattr(doc, which + "_even"):
                texts = getattr(doc, which + "_even")
            if doc.first_plain and i == 0:
                texts = doc.plain_foot if which == "foot" else None
            for t in texts or ():
                t = t.replace("{page}", str(i + 1)).replace("{leaf}", str(i)).replace("{pages}", str(n))
                options = [t.replace("{section}", s) for h in heads for s in (h, h.upper())] if "{section}" in t else [t]
                options = [o for o in options if squash(o) and placer.holds(i, squash(o))]
                options.sort(key=lambda o: (squash(o) not in placer.lines[i], -len(o)))
                if options and placer.strip(i, squash(options[0])):
                    got.append({"label": "page_header" if which == "head" else "page_footer", "text": options[0]})
                elif t.strip() and "{section}" not in t:
                    placer.faults.append(f"page {i + 1}: no {which} {t!r}")
        out.append(got)
    return out


def plan(doc, producer, pdf):
    """The truth of one print."""
    pages = pages_of(pdf)
    placer = Placer(pdf.stem, pages)
    blocks = model.truth_blocks(doc, producer)
    heads = [b["text"] for b in blocks if b["label"] in ("section_header", "title")]
    strips = furniture(doc, placer, len(pages), heads)
    placer.begin()
    body, notes = [[] for _ in pages], [[] for _ in pages]
    def floating(b):
        return b["label"] in ("footnote", "caption") or bool(b.get("float") and b["label"] != "table" and b["label"] != "picture")

    # Long free blocks first, since a cell may be a part of a caption; short ones last, since they may be in any text.
    for b in blocks:
        if floating(b) and len(b["text"]) >= 24:
            b["_parts"] = placer.place(b["text"], 0)
    for b in blocks:
        b["_cur"] = placer.cur
        if not floating(b):
            b["_parts"] = place_block(b, placer)
    for b in sorted((b for b in blocks if "_parts" not in b), key=lambda b: -len(b["text"])):
        b["_parts"] = placer.place(b["text"], b["_cur"])
    for b in blocks:
        if b.get("marker") and re.search(r"\w", b["marker"]):  # last, since "1." may be in any text
            placer.take(b["_parts"][0][0], squash(b["marker"]))
    for b in blocks:
        parts, label = b.pop("_parts"), b["label"]
        for i, (p, content) in enumerate(parts):
            if label == "table":
                body[p].append(content)
                continue
            piece = dict(b)
            if content is not None:
                a, e = content
                t = b["text"][a:e]
                piece["text"] = t.strip()
                if i > 0:
                    piece["continues"] = True
                    if label == "list_item":
                        piece.pop("marker", None)
                if i + 1 < len(parts):
                    piece["goes_on"] = "space" if t.endswith(" ") else "glue"
            (notes if label == "footnote" else body)[p].append(piece)
            if label == "caption" and p != b["_cur"] and body[b["_cur"]] and body[b["_cur"]][-1]["label"] == "picture":
                body[p].insert(len(body[p]) - 1, body[b["_cur"]].pop())
    for p, t in enumerate(placer.left):
        rest = t.replace("\0", "")
        if rest:
            placer.faults.append(f"page {p + 1}: left over: {rest[:120]!r}")
    for bs in body:
        for b in bs:
            b.pop("_cur", None)
            for key in [k for k in b if b[k] is None or b[k] is False]:
                del b[key]
    out = []
    for i in range(len(pages)):
        out.append({"blocks": [s for s in strips[i] if s["label"] == "page_header"] + body[i] + notes[i] + [s for s in strips[i] if s["label"] == "page_footer"]})
    return out, placer.faults


def place_block(b, placer):
    """[(page, content)] of a block of the running text: a part of a table, (start, end) of a text, or None."""
    if b["label"] == "table":
        return place_table(b, placer)
    if b["label"] == "break":
        return []
    if b["label"] == "picture":
        return [(placer.cur, None)]
    if b["label"] == "form":
        for t in (b["text"], b["value"] if b["kind"] == "text" else ""):
            if t and not placer.take(placer.cur, squash(t)):
                later = [p for p in range(placer.cur, len(placer.left)) if placer.take(p, squash(t))]
                placer.cur = later[0] if later else placer.cur
        return [(placer.cur, None)]
    return placer.place(b["text"])


def place_table(b, placer):
    parts = []
    for row in b["rows"]:
        texts = [squash(c) for c in row if squash(c)]
        home = next((p for p in range(placer.cur, len(placer.left)) if all(t in placer.left[p] for t in texts)), None)
        if home is None:
            placer.faults.append(f"row not found: {row}")
            home = placer.cur
        for t in sorted(texts, key=len, reverse=True):
            if not placer.take(home, t):
                placer.faults.append(f"cell not found on page {home + 1}: {t!r}")
        if not parts or parts[-1][0] != home:
            parts.append((home, {"label": "table", "ruled": b["ruled"], "rows": []}))
            heads = b["rows"][:b["head"]]
            flat = sorted((squash(c) for r in heads for c in r), key=len, reverse=True)
            if b.get("float"):
                parts[-1][1]["float"] = True
            if len(parts) > 1:
                parts[-1][1]["continues"] = True
                if heads and all(c in placer.left[home] for c in flat):
                    for c in flat:
                        placer.take(home, c)
                    parts[-1][1]["repeat"] = b["head"]
                    parts[-1][1]["rows"] += [list(r) for r in heads]
        parts[-1][1]["rows"].append(row)
        placer.cur = home
    return parts


def pictures(work):
    """The grey pictures and the chart that documents show."""
    from PIL import Image, ImageDraw, ImageFilter
    for n in range(4):
        r = random.Random(n)
        im = Image.new("L", (240, 150), 150 + 10 * n)
        d = ImageDraw.Draw(im)
        for y in range(75):
            d.line([(0, y), (240, y)], fill=225 - y)
        for _ in range(9):
            x, w, hh = r.randint(-10, 230), r.randint(15, 50), r.randint(20, 80)
            d.rectangle([x, 120 - hh, x + w, 140], fill=r.randint(40, 140))
        d.ellipse([170, 15, 195, 40], fill=250)
        im.filter(ImageFilter.GaussianBlur(1)).save(work / f"photo{n}.jpg", quality=40)
    im = Image.new("L", (260, 160), 255)
    d = ImageDraw.Draw(im)
    d.line([(5, 2), (5, 155), (258, 155)], fill=0, width=2)
    for i, v in enumerate((40, 70, 55, 90, 105, 75, 25, 60)):
        d.rectangle([15 + i * 30, 155 - v, 35 + i * 30, 154], fill=110 + 60 * (i % 2))
    im.save(work / "chart.png")


def mutate(doc, producer, opts, seed):
    """The same document set otherwise."""
    rand = random.Random(f"{seed}{doc.name}{producer}")
    doc.blocks = copy.deepcopy(doc.blocks)

    def walk(blocks):
        for b in blocks:
            if b.label == "table" and not any(c.rs > 1 or c.cs > 1 for r in b.rows for c in r):
                b["ruled"] = rand.choice(("full", "partly", "none")) if b.head else rand.choice(("full", "none"))
            for part in [b.blocks or []] + [x for _, x in b.parts or []]:
                walk(part)

    walk(doc.blocks)
    if producer in ("chromium", "weasyprint"):
        font, size = rand.choice(("Liberation Serif", "Liberation Sans", "Carlito", "Caladea", "DejaVu Serif", "DejaVu Sans")), rand.uniform(8.5, 12)
        page = "" if "size:" in opts.get("css", "") else f"@page {{ size: {rand.choice(('A4', 'letter', 'A4'))}; margin: {rand.randint(16, 30)}mm {rand.randint(16, 32)}mm }}"
        opts["css"] = opts.get("css", "") + f' html {{ font: {size:.1f}pt/{rand.uniform(1.15, 1.6):.2f} "{font}" }} h1,h2,h3,h4 {{ font-family: "{rand.choice((font, "Liberation Sans"))}"; font-size: {rand.choice((1, 1.1, 1.2))}em }} h1 {{ font-size: {rand.choice((1.4, 1.7, 2))}em }} {page}'
        opts["just"] = rand.random() < 0.5
        opts["own_markers"] = rand.random() < 0.3
    elif producer == "pdflatex":
        opts["clsopt"] = re.sub(r"\d+pt", rand.choice(("10pt", "11pt", "12pt")), opts.get("clsopt", "11pt,a4paper"))
        if opts.get("font") != "" and opts.get("cls") != "beamer":
            opts["font"] = rand.choice((r"\usepackage{mathptmx}", r"\usepackage{mathpazo}", r"\usepackage{charter}", r"\usepackage{lmodern}", r"\usepackage{bookman}", r"\usepackage{helvet}\renewcommand{\familydefault}{\sfdefault}"))
        opts["preamble"] = opts.get("preamble", "") + rand.choice(("", r"\setlength{\parindent}{0pt}\setlength{\parskip}{5pt}", r"\linespread{1.25}", r"\renewcommand{\arraystretch}{1.3}", r"\raggedbottom\frenchspacing"))
    elif producer == "libreoffice":
        opts["font"] = rand.choice(("Liberation Serif", "Liberation Sans", "Carlito", "Caladea", "DejaVu Sans")) if doc.lang not in ("he", "ar") else opts["font"]
        opts["size"], opts["just"], opts["leading"] = rand.choice((9, 10, 11, 12)), rand.random() < 0.5, rand.choice(("100%", "115%", "140%"))
        opts["heads"] = rand.choice(([(1.35, "bold"), (1.15, "bold"), (1.0, "bold")], [(1.0, "bold"), (1.0, "bold italic"), (1.0, "italic")], [(1.6, "normal"), (1.3, "normal"), (1.1, "bold")]))


def compact(truth):
    """JSON with a line for each block."""
    dump = lambda x: json.dumps(x, ensure_ascii=False)  # noqa: E731
    head = ", ".join(f"{dump(k)}: {dump(v)}" for k, v in truth.items() if k != "pages")
    pages = ",\n".join('{"blocks": [\n' + ",\n".join(dump(b) for b in page["blocks"]) + "]}" for page in truth["pages"])
    return f'{{{head}, "pages": [\n{pages}]}}\n'


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("-o", default=ROOT / "samples/kinds", type=Path)
    ap.add_argument("--work", default=Path("/tmp/recto-kinds"), type=Path)
    ap.add_argument("--mutate")
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    a.o.mkdir(parents=True, exist_ok=True)
    a.work = a.work.resolve()
    pictures(a.work)
    bad = total = 0
    for doc in docs.all_docs():
        for name, producer, opts in doc.variants:
            if a.names and not any(n in name for n in a.names):
                continue
            pdf = a.work / "out" / f"{name}.pdf"
            pdf.parent.mkdir(exist_ok=True)
            variant = opts.pop("doc", None) or {}
            d = copy.copy(doc)
            d.__dict__.update(variant)
            if a.mutate:
                opts = dict(opts)
                mutate(d, producer, opts, a.mutate)
            back = {"chromium": "to_html", "weasyprint": "to_html", "pdflatex": "to_latex", "lualatex": "to_latex",
                    "libreoffice": "to_fodt", "groff": "to_groff"}[producer]
            try:
                __import__(back).render(d, producer, opts, a.work, pdf)
            except (SystemExit, subprocess.CalledProcessError, subprocess.TimeoutExpired) as e:
                print(f"{name}: NOT PRINTED: {e}")
                bad += 1
                continue
            pages, faults = plan(d, producer, pdf)
            total += len(pages)
            print(f"{name}: {len(pages)} pages, {pdf.stat().st_size // 1024} KiB" + (f", {len(faults)} FAULTS" if faults else ""))
            for f in faults:
                print("   ", f)
            if faults and not d.loose_check:
                bad += 1
                continue
            subprocess.run(["qpdf", "--object-streams=generate", "--recompress-flate", "--compression-level=9", "--deterministic-id", pdf,
                            a.o / f"{name}.pdf"], check=False)
            truth = {"kind": d.kind, "producer": producer, "pages": pages}
            if d.lang != "en":
                truth["lang"] = d.lang
            (a.o / f"{name}.truth.json").write_text(compact(truth))
    print(f"{total} pages, {bad} prints with faults")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
