#!/usr/bin/python3
"""Score structure: recto's JSON against NAME.truth.json by the measures of issue 5. Needs python3 only (mutool for --scans).

    score.py [--recto PROGRAM] [--reader auto] [--scans] [--json FILE] [--diff] [--only WORD] [FOLDER...]

FOLDER holds NAME.pdf with NAME.truth.json beside it (default: samples/kinds). With --scans the pages are drawn with
mutool, skewed and given noise by a fixed seed, and read with --reader line; names in FOLDER/scans.txt, if it is there,
say which. --diff shows expected and found blocks of each document instead of the table.

Truth: {"kind", "producer", "pages": [{"blocks": [{"label", "text", ...}]}]} with the labels of text/doc.h and
    level, marker, ordered            of a section_header or list_item
    rows, ruled (full|partly|none)    of a table: each row holds the cells that START in it; "continues", "repeat": n rows
    continues                         the block goes on from the one before it of the same label, on the page before
    goes_on: space|glue               how it joins the next
    float                             its place in the order is free (sidebar, marginal note); so are captions, footnotes,
                                      tables and pictures
    loose                             any label but page_header and page_footer will do
    mark                              of a footnote
    name, value, checked              of a form field

Measures, per document and over all:
    cer     edits between all text but page headers and footers, in reading order, over its length; free blocks that were
            found whole are compared where they stand (strict: without this freedom)
    head    F1 of titles and headings by text (level: share of section headers whose level agrees with the others')
    ruled, other    share of table rows whose cells are all exactly right, of ruled and of partly or not ruled tables
    strip   share of page headers, footers and numbers labelled as such; lost: other blocks wrongly labelled so
    item    F1 of list items by text (depth: share with the right depth and order)
    note    F1 of captions and footnotes
    para    F1 of paragraphs by text, after joining what goes on; code: of listings
    form    share of fields with name, value and state right
"""

import argparse
import concurrent.futures
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from score import distance  # noqa: E402

FOLD = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-", "‐": "-",
                      "‑": "-", "\u00ad": None, "\u200b": None, "\ufeff": None, "\u200e": None, "\u200f": None})
STRIPS = ("page_header", "page_footer")
HEADS = ("title", "section_header")
NOTES = ("caption", "footnote")


def normal(text):
    """Text as it is compared: NFKC, quotes and dashes folded, leaders dropped, white space collapsed."""
    text = unicodedata.normalize("NFKC", text or "").translate(FOLD)
    text = re.sub(r"(?:\. ?){4,}|_{4,}|…{2,}", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def tight(text):
    """Text by which blocks are paired: without any white space."""
    return re.sub(r"\s", "", normal(text))


def near(a, b, share):
    if a == b:
        return True
    if not share or not a or not b or abs(len(a) - len(b)) > share * max(len(a), len(b)):
        return False
    return distance(a, b) <= share * max(len(a), len(b))


def table_rows(table):
    rows = defaultdict(list)
    for c in sorted(table["cells"], key=lambda c: (c["row"], c["col"])):
        rows[c["row"]].append(normal(c["text"]))
    return [rows[y] for y in range(table["n_rows"])]


def body_text(b):
    """What a block adds to the running text."""
    if b["label"] == "table":
        return normal(" ".join(" ".join(r) for r in b["rows"]))
    if b["label"] == "list_item":
        marker = b.get("marker") or ""
        return normal((marker if re.search(r"\w", marker) else "") + " " + b["text"])
    if b["label"] == "form":
        return normal(b["text"]) if not b.get("name") else ""
    return normal(b["text"])


def read_truth(path):
    truth = json.loads(path.read_text())
    for n, page in enumerate(truth["pages"], 1):
        for b in page["blocks"]:
            b["page"] = n
            b.setdefault("text", "")
            if b["label"] == "table":
                b["rows"] = [[normal(c) for c in r] for r in b["rows"]]
    return truth


def read_output(doc):
    """The blocks of recto's JSON in the form of the truth."""
    pages = []
    for page in doc["pages"]:
        out = []
        for b in page.get("blocks") or []:
            g = {"label": b["label"], "text": b["text"], "page": page.get("page_no") or page.get("number"), "level": b.get("level", 0),
                 "marker": b.get("marker"), "ordered": b.get("ordered", False), "goes_on": b.get("goes_on"),
                 "continues": bool(b.get("continues"))}
            if b.get("table"):
                t = b["table"]
                g["rows"], g["ruled"] = table_rows(t), t["ruled"]
                g["repeat"] = t.get("n_repeat", t.get("repeat_rows", t.get("repeat", 0))) or 0
                g["text"] = ""
            elif b["label"] == "table":
                g["rows"] = []
            if b["label"] == "form":
                f = b.get("field") or {}
                g.update(name=f.get("name", ""), value=f.get("value", ""), checked=bool(f.get("checked")), kind=f.get("kind"))
            out.append(g)
        pages.append(out)
    return pages


def join(blocks):
    """Blocks over all pages with what goes on put together; tables stay apart."""
    out, open_ = [], {}
    for b in blocks:
        if b["label"] == "table":
            out.append(b)
            continue
        first = open_.pop(b["label"], None) if b.get("continues") else None
        if first is not None:
            how = first["_on"]
            text = first["text"]
            first["text"] = text[:-1] + b["text"] if how == "hyphen" else text + b["text"] if how == "glue" else text + " " + b["text"]
            first["_on"] = b.get("goes_on") or "space"
            if b.get("goes_on"):
                open_[b["label"]] = first
            continue
        b = dict(b, _on=b.get("goes_on") or "space")
        out.append(b)
        if b.get("goes_on"):
            open_[b["label"]] = b
    return out


def pair(want, got, key, share=0.0):
    """Pairs of indexes (want, got) whose keys are equal, then nearly equal."""
    free, pairs, rest = defaultdict(list), [], []
    for j, g in enumerate(got):
        free[key(g)].append(j)
    for i, w in enumerate(want):
        if free.get(key(w)):
            pairs.append((i, free[key(w)].pop(0)))
        else:
            rest.append(i)
    left = sorted(j for js in free.values() for j in js)
    if share:
        for i in rest:
            hit = next((j for j in left if near(key(want[i]), key(got[j]), share)), None)
            if hit is not None:
                pairs.append((i, hit))
                left.remove(hit)
    return pairs


def free(b):
    return b["label"] in NOTES or b["label"] == "table" or b.get("float")


def cer(want, got, loose):
    """(edits, length); loose: free blocks of the truth that were found are taken out of both texts first."""
    edits = length = 0
    want, got = list(want), list(got)
    if loose:
        for i, w in reversed(list(enumerate(want))):
            text = body_text(w)
            if not free(w) or not text:
                continue
            best = None
            for j, g in enumerate(got):
                if g["page"] != w["page"]:
                    continue
                other = body_text(g)
                if not other or abs(len(other) - len(text)) > 0.3 * len(text) + 2:
                    continue
                d = 0 if other == text else distance(text, other)
                if d <= 0.3 * len(text) and (best is None or d < best[0]):
                    best = (d, j)
            if best:
                edits, length = edits + best[0], length + len(text)
                del want[i], got[best[1]]
    texts = []
    for blocks in (want, got):
        text = " ".join(filter(None, (body_text(b) for b in join(blocks))))
        texts.append(re.sub(r"\s+", " ", text))
    return edits + distance(*texts), length + len(texts[0])


def f1(tp, n_want, n_got):
    return 2 * tp / (n_want + n_got) if n_want + n_got else None


def score_strips(want, got, share):
    """(found, wanted, lost): page headers and footers, and body blocks labelled so."""
    found = wanted = lost = 0
    for n in range(len(want)):
        mine = [b for b in (got[n] if n < len(got) else []) if b["label"] in STRIPS]
        need = [tight(b["text"]) for b in want[n]["blocks"] if b["label"] in STRIPS]
        wanted += len(need)
        pool = [tight(b["text"]) for b in mine]
        used = [""] * len(pool)
        for t in sorted(need, key=len, reverse=True):
            for k, s in enumerate(pool):
                at = s.find(t)
                if at >= 0:
                    pool[k] = s[:at] + "\0" + s[at + len(t):]
                    used[k] += t
                    found += 1
                    break
                if share and s and near(t, s, 0.34):
                    pool[k], used[k] = "", t
                    found += 1
                    break
        lost += sum(1 for s, u in zip(pool, used) if len(s.replace("\0", "")) > max(2, len(u) * 0.5) or (s and not u and not need))
    return found, wanted, lost


def score_levels(pairs):
    """(right, all): section headers whose level differs from the truth's by as much as most of the document's do (whether
    sections begin at 1 or, under a title, at 2 is a matter of taste)."""
    heads = [(w, g) for w, g in pairs if w["label"] == "section_header"]
    steps = Counter((g["level"] or 1) - w["level"] for w, g in heads)
    return max(steps.values(), default=0), len(heads)


def row_key(row, ruled):
    """A row as it is compared; nobody sees in a table without lines how wide the only text of a row is."""
    filled = [c for c in row if c]
    return tuple(filled) if len(filled) == 1 and ruled != "full" else tuple(row)


def score_tables(want, got):
    """{ruled: [right, wanted]} of rows and the number of tables that are none."""
    out = {"full": [0, 0], "other": [0, 0]}
    tables = [b for b in got if b["label"] == "table"]
    used = set()
    for w in (b for b in want if b["label"] == "table"):
        best, index = 0, None
        for j, g in enumerate(tables):
            if g["page"] != w["page"]:
                continue
            rows = Counter(row_key(r, w["ruled"]) for r in g["rows"])
            right = sum((Counter(row_key(r, w["ruled"]) for r in w["rows"]) & rows).values())
            if right > best:
                best, index = right, j
        if index is not None:
            used.add(index)
        kind = "full" if w["ruled"] == "full" else "other"
        out[kind][0] += best
        out[kind][1] += len(w["rows"])
    pages = {b["page"] for b in want if b["label"] == "table" or b.get("loose")}
    return out, sum(1 for g in tables if g["page"] not in pages)


def score(truth, output, scan):
    share = 0.1 if scan else 0.0
    got_pages = read_output(output)
    want = [b for page in truth["pages"] for b in page["blocks"]]
    got = [b for page in got_pages for b in page]
    s = {}
    wbody = [b for b in want if b["label"] not in STRIPS]
    boxes = {tight(b["text"]) for b in want if b["label"] == "form"}
    gbody = [b for b in got if b["label"] not in STRIPS and (b["label"] != "form" or tight(b["text"]) in boxes)]  # not those of table cells
    s["cer"] = cer(wbody, gbody, True)
    s["strict"] = cer(wbody, gbody, False)
    wj, gj = join(wbody), join(gbody)
    key = lambda b: tight(b["text"])  # noqa: E731

    def of(blocks, labels):
        return [b for b in blocks if b["label"] in labels and not b.get("loose") and key(b)]

    loose = {key(b) for b in wj if b.get("loose")}
    for name, labels, near_share in (("head", HEADS, share), ("item", ("list_item",), share), ("note", NOTES, share), ("para", ("text",), share), ("code", ("code",), share)):
        w = of(wj, labels)
        g = [b for b in of(gj, labels) if key(b) not in loose]
        if name == "note":
            bare = lambda b: re.sub(r"^[\d*†‡§]+", "", key(b))  # noqa: E731
            pairs = pair(w, g, bare, near_share)
        else:
            pairs = pair(w, g, key, near_share)
        s[name] = (len(pairs), len(w), len(g))
        if name == "head":
            s["level"] = score_levels([(w[i], g[j]) for i, j in pairs])
        if name == "item":
            s["depth"] = (sum(w[i].get("level", 0) == g[j]["level"] and bool(w[i].get("ordered")) == g[j]["ordered"] for i, j in pairs), len(pairs))
    s["rows"], s["false_tables"] = score_tables(want, got)
    s["strip"] = score_strips(truth["pages"], got_pages, scan)
    fields = [b for b in want if b["label"] == "form"]

    def state(b):  # a box that is only printed has no name, but a label
        return (b.get("name") or tight(b["text"]), b.get("value") or "" if b.get("kind") == "text" else "", bool(b.get("checked")))

    have = Counter(state(b) for b in got if b["label"] == "form")
    s["form"] = (sum((Counter(map(state, fields)) & have).values()), len(fields))
    return s


def ratio(pair_, digits=3):
    return "-" if not pair_[1] else f"{pair_[0] / pair_[1]:.{digits}f}"


def show_f1(t):
    v = f1(*t)
    return "-" if v is None else f"{v:.3f}"


def add(a, b):
    return tuple(x + y for x, y in zip(a, b))


def total_of(scores):
    out = None
    for s in scores:
        if out is None:
            out = {k: dict(v) if isinstance(v, dict) else v for k, v in s.items()}
            continue
        for k, v in s.items():
            out[k] = {x: add(out[k][x], v[x]) for x in v} if isinstance(v, dict) else out[k] + v if isinstance(v, int) else add(out[k], v)
    return out


def figures(s):
    """The measures as numbers, None where there is nothing to measure."""
    r = lambda p: p[0] / p[1] if p[1] else None  # noqa: E731
    return {"cer": r(s["cer"]), "strict": r(s["strict"]), "head": f1(*s["head"]), "level": r(s["level"]), "ruled": r(s["rows"]["full"]),
            "other": r(s["rows"]["other"]), "strip": r(s["strip"]), "lost": s["strip"][2], "item": f1(*s["item"]), "depth": r(s["depth"]),
            "note": f1(*s["note"]), "para": f1(*s["para"]), "code": f1(*s["code"]), "form": r(s["form"]), "false_tables": s["false_tables"]}


def line(name, s):
    f = figures(s)
    cells = []
    for k in ("cer", "strict", "head", "level", "ruled", "other", "strip", "lost", "item", "depth", "note", "para", "code", "form", "false_tables"):
        v = f[k]
        cells.append("-" if v is None else str(v) if isinstance(v, int) else f"{v:.4f}" if k in ("cer", "strict") else f"{v:.3f}")
    return f"{name:28s} " + " ".join(f"{c:>6s}" for c in cells)


HEADER = f"{'':28s} " + " ".join(f"{c:>6s}" for c in ("cer", "strict", "head", "level", "ruled", "other", "strip", "lost", "item", "depth", "note", "para", "code", "form", "falset"))


def tiff(path, sheets, dpi):
    """Write grey sheets (width, height, bytes) as the pages of one TIFF."""
    out, link = bytearray(b"II*\0\0\0\0\0"), 4
    for width, height, data in sheets:
        at = len(out)
        out += data + b"\0" * (len(data) % 2)
        extra = len(out)
        out += struct.pack("<II", dpi, 1)
        struct.pack_into("<I", out, link, len(out))
        tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, at), (277, 3, 1), (278, 4, height),
                (279, 4, len(data)), (282, 5, extra), (283, 5, extra), (296, 3, 2)]
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        link = len(out)
        out += b"\0\0\0\0"
    path.write_bytes(out)


def draw(pdf, folder):
    """Pages of a PDF as a scanner gives them: 200 to 300 dpi, skewed a little, blurred along the lines, grey paper, noise;
    the same each time, since the document's name is the seed."""
    rand = random.Random(pdf.stem)
    dpi = rand.choice((200, 240, 300))
    subprocess.run(["mutool", "draw", "-q", "-c", "gray", "-r", str(dpi), "-R", f"{rand.uniform(-0.8, 0.8):.2f}", "-o", folder / "p%03d.pgm", pdf],
                   check=True, stderr=subprocess.DEVNULL)
    sheets = []
    for file in sorted(folder.glob("p*.pgm")):
        raw = file.read_bytes()
        head = re.match(rb"P5\s+(?:#[^\n]*\n)*(\d+)\s+(\d+)\s+255\s", raw)
        width, height = int(head[1]), int(head[2])
        data = raw[head.end():].translate(bytes(int(34 + v * 0.8) & 0xFE for v in range(256)))
        # whole sheets as one number each: the mean of neighbours, then noise of 0 to 15, never over a byte's end
        sheet = int.from_bytes(data, "big")
        sheet = (sheet >> 1) + (int.from_bytes(data[:1] + data[:-1], "big") >> 1)
        noise = int.from_bytes(rand.randbytes(len(data)).translate(bytes(v >> 4 for v in range(256))), "big")
        sheets.append((width, height, (sheet + noise).to_bytes(len(data), "big")))
        file.unlink()
    out = folder / f"{pdf.stem}.tif"
    tiff(out, sheets, dpi)
    return out


def convert(recto, path, out, reader, scan):
    if scan:
        folder = out / path.stem
        folder.mkdir()
        path = draw(path, folder)
    got = subprocess.run([recto, "convert", path, "-o", out, "--to", "json", "--reader", reader, "-q"], capture_output=True, text=True,
                         stdin=subprocess.DEVNULL, env=dict(os.environ, OMP_NUM_THREADS="1"))
    file = out / f"{path.name}.json"
    if got.returncode or not file.exists():
        return None, f"exit code {got.returncode}: {got.stderr.strip()[:300]}"
    return json.loads(file.read_text()), None


def readable_only_as_text(truth):
    """Scripts that the line reader does not know, and forms whose values are part of the picture."""
    t = json.loads(truth.read_text())
    return t.get("lang") in ("he", "ar") or any(b["label"] == "form" and b.get("name") for p in t["pages"] for b in p["blocks"])


def flat(b):
    tag = b["label"] + (f" {b['level']}" if b["label"] in ("section_header", "list_item") and b.get("level") is not None else "")
    if b["label"] == "list_item":
        tag += f" {b.get('marker')}"
    on = (" ->" if b.get("goes_on") else "") + (" <-" if b.get("continues") else "")
    if b["label"] == "table":
        return [f"[table] " + " | ".join(r) for r in b["rows"]] or [f"[table{on}]"]
    if b["label"] == "form":
        return [f"[form {b.get('name')}={b.get('value')} {'x' if b.get('checked') else ''}] {b['text']}"]
    return [f"[{tag}{on}] {normal(b['text'])}"]


def lines_of(blocks):
    """What --diff compares: page headers first, footers last, each as one line."""
    strips = {label: " ".join(b["text"] for b in blocks if b["label"] == label) for label in STRIPS}
    out = [t for b in blocks if b["label"] not in STRIPS for t in flat(b)]
    return [f"[{label}] {normal(t)}" for label, t in strips.items() if t and label == "page_header"] + out + [
        f"[{label}] {normal(t)}" for label, t in strips.items() if t and label == "page_footer"]


def show_diff(name, truth, output):
    import difflib

    print(f"=== {name} ({truth['kind']}, {truth['producer']}); - expected, + found")
    titled = any(b["label"] == "title" for page in truth["pages"] for b in page["blocks"])
    for b in (b for page in truth["pages"] for b in page["blocks"]):
        if b["label"] == "section_header":
            b["level"] = b.get("level", 1) + titled
        elif b["label"] == "list_item":
            b.setdefault("level", 0)
    for n, page in enumerate(truth["pages"]):
        got = read_output(output)
        want = lines_of(page["blocks"])
        have = lines_of(got[n] if n < len(got) else [])
        print(f"--- page {n + 1}")
        for text in difflib.ndiff([t.replace(" None", "") for t in want], [t.replace(" None", "") for t in have]):
            if text[0] in "+-":
                print(text)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--recto", default=os.environ.get("RECTO", str(ROOT / "build/release/recto")))
    ap.add_argument("--reader")
    ap.add_argument("--scans", action="store_true")
    ap.add_argument("--json", type=Path)
    ap.add_argument("--diff", action="store_true")
    ap.add_argument("--only")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("folders", nargs="*", type=Path, default=[ROOT / "samples/kinds"])
    a = ap.parse_args()
    reader = a.reader or ("line" if a.scans else "auto")
    todo = []
    for folder in a.folders:
        chosen = folder / "scans.txt"
        names = set(chosen.read_text().split()) if a.scans and chosen.exists() else None
        for truth in sorted(folder.glob("*.truth.json")):
            name = truth.name[: -len(".truth.json")]
            if a.scans and readable_only_as_text(truth):
                continue
            source = next((f for f in sorted(folder.glob(f"{name}.*")) if f.suffix in (".pdf", ".tif", ".png", ".jpg")), None)
            if source and (names is None or name in names) and (not a.only or re.search(a.only, name)):
                todo.append((name, truth, source))
    if not todo:
        sys.exit("score.py: no NAME.truth.json with its document")
    scores, failed = [], 0
    with tempfile.TemporaryDirectory() as tmp, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        jobs = [(n, t, pool.submit(convert, a.recto, p, Path(tmp), reader, a.scans and p.suffix == ".pdf")) for n, t, p in todo]
        if not a.diff:
            print(HEADER)
        for name, truth, job in jobs:
            output, error = job.result()
            if error:
                failed += 1
                print(f"{name:28s} FAILED {error}")
                continue
            truth = read_truth(truth)
            if a.diff:
                show_diff(name, truth, output)
                continue
            s = score(truth, output, a.scans)
            scores.append((name, truth, s))
            print(line(name, s), flush=True)
    if scores:
        total = total_of([s for _, _, s in scores])
        pages = sum(len(t["pages"]) for _, t, _ in scores)
        kinds, makers = len({t["kind"] for _, t, _ in scores}), len({t["producer"] for _, t, _ in scores})
        print(line("TOTAL", total))
        print(f"{len(scores)} documents, {pages} pages, {kinds} kinds, {makers} producers; "
              f"rows {total['rows']['full'][1]} ruled {total['rows']['other'][1]} other, {total['head'][1]} headings, {total['strip'][1]} page headers and footers")
        if a.json:
            a.json.write_text(json.dumps({"total": figures(total), "documents": {n: figures(s) for n, _, s in scores}, "pages": pages, "failed": failed}, indent=1))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
