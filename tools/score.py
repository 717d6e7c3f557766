#!/usr/bin/python3
"""Scores text against its truth. Standard library only.

    score.py TRUTH OUTPUT            one pair of files
    score.py TRUTH_DIR OUTPUT_DIR    every TRUTH_DIR/NAME.txt against NAME.txt, NAME.EXT.txt or the same with .md
    score.py --runs RUNS.tsv         the table of tools/accuracy.sh

CER is the edit distance over the length of the truth, word F1 compares the words without regard to order. Both see
the text after NFKC, with quotes and dashes folded, white space collapsed, Markdown marks, list bullets and drawn rules
removed. Where a NAME.md stands beside NAME.txt and the output is Markdown, heading F1 and the share of table rows that
are exactly right are added. Scores are case-sensitive unless --ignore-case is given.
"""

import argparse
import csv
import html
import re
import statistics
import struct
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

FOLD = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "\u00ad": None,
        "\u200b": None,
        "\ufeff": None,
    }
)
MARKS = [
    (r"<!--.*?-->", " "),  # comments
    (r"<br\s*/?>", " "),
    (r"</?(?:p|div|span|table|t[rdh]|thead|tbody|su[bp]|b|i|em|strong|u)(?:\s[^<>]*)?>", " "),
    (r"!\[[^\]]*\]\([^)]*\)", " "),  # pictures
    (r"\[([^\]]*)\]\([^)]*\)", r"\1"),  # links
    (r"(?m)^\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?)?\s*$", " "),  # the line under a table's head
    (r"[-=_*.·]{4,}", " "),  # rules drawn with characters
    (r"(?m)^\s*(?:```\w*|~~~\w*|\*{3}|-{3})\s*$", " "),
    (r"(?m)^\s*#{1,6}\s+", ""),
    (r"(?m)^\s*>\s?", ""),
    (r"(?m)^\s*[-*+•◦▪–]\s+", ""),  # bullets
    (r"\*\*|~~|`", ""),
    (r"(?<![\w*\\])\*(?=\S)([^*\n]+)(?<=\S)\*(?!\w)", r"\1"),
    (r"(?<![\w_\\])_(?=\S)([^_\n]+)(?<=\S)_(?!\w)", r"\1"),
    (r"(?<!\\)\|", " "),
    (r"\\([!-/:-@\[-`{-~])", r"\1"),
]


def normal(text, ignore_case=False):
    """The text as it is compared."""
    for pattern, by in MARKS:
        text = re.sub(pattern, by, text, flags=re.S if pattern.startswith("<!--") else 0)
    text = unicodedata.normalize("NFKC", html.unescape(text)).translate(FOLD)
    text = re.sub(r"\s+", " ", text).strip()
    return text.lower() if ignore_case else text


def distance(a, b):
    """Levenshtein distance by bit-parallel columns (Myers 1999, in the form of Hyyrö 2003)."""
    if not a or not b:
        return len(a) + len(b)
    places = defaultdict(int)
    for i, char in enumerate(a):
        places[char] |= 1 << i
    mask, top = (1 << len(a)) - 1, 1 << (len(a) - 1)
    up, down, score = mask, 0, len(a)
    for char in b:
        match = places.get(char, 0)
        zero = (((match & up) + up) ^ up) | match | down
        plus, minus = down | ~(zero | up) & mask, up & zero
        score += bool(plus & top) - bool(minus & top)
        plus, minus = (plus << 1 | 1) & mask, minus << 1 & mask
        up, down = minus | ~(zero | plus) & mask, plus & zero
    return score


def cer(truth, output):
    """Character error rate of two normal texts, at most 1. An empty truth wants an empty output."""
    return min(1.0, distance(truth, output) / len(truth)) if truth else float(bool(output))


def f1(truth, output):
    """F1 of two multisets; 1 when both are empty."""
    truth, output = Counter(truth), Counter(output)
    total = sum(truth.values()) + sum(output.values())
    return 2 * sum((truth & output).values()) / total if total else 1.0


def headings(markdown):
    """The headings of a Markdown text, without their levels."""
    return [normal(line) for line in re.findall(r"(?m)^#{1,6}\s+(.+)$", markdown)]


def table_rows(markdown):
    """The rows of all tables as tuples of cells."""
    rows = re.findall(r"(?m)^\s*\|(.+)\|\s*$", markdown)
    cells = [tuple(normal(cell) for cell in re.split(r"(?<!\\)\|", row)) for row in rows]
    return [row for row in cells if not all(re.fullmatch(r":?-*:?", cell) for cell in row)]


def structure(truth, output):
    """Heading F1 and the share of exact table rows, or None where the truth has none of either."""
    heads, rows = headings(truth), table_rows(truth)
    found = sum((Counter(rows) & Counter(table_rows(output))).values())
    return (f1(heads, headings(output)) if heads else None), (found / len(rows) if rows else None)


def read(path):
    """A file's text; an output that is not there is empty."""
    return path.read_text(encoding="utf8", errors="replace") if path.exists() else ""


def score(truth_path, output_path, ignore_case):
    """CER, word F1, heading F1, exact table rows of one pair."""
    truth, output = normal(read(truth_path), ignore_case), normal(read(output_path), ignore_case)
    markdown = truth_path.with_suffix(".md")
    extra = (None, None)
    if output_path.suffix == ".md" and markdown.exists():
        truth = normal(read(markdown), ignore_case) or truth
        extra = structure(read(markdown), read(output_path))
    return cer(truth, output), f1(truth.split(), output.split()), *extra


def cell(value, form="{:.4f}"):
    """A value for the table; a dash where there is none."""
    return "-" if value is None else form.format(value)


def pairs(truth, output):
    """The pairs to score: two files, or two folders."""
    if truth.is_file():
        return [(truth, output)]
    found = []
    for path in sorted(truth.rglob("*.txt")):
        place = output / path.relative_to(truth).parent
        names = [
            c
            for end in (".txt", ".md")
            for c in sorted(place.glob(path.stem + "*" + end))
            if c.name.count(".") <= 2 and c.name.startswith(path.stem + ".")
        ]
        found.append((path, names[0] if names else place / path.name))
    return found


def print_pairs(args):
    """One line a pair and, for several, the means."""
    rows = []
    print("CER\twordF1\theadF1\trows\tfile")
    for truth, output in pairs(args.truth, args.output):
        rows.append(score(truth, output, args.ignore_case))
        print("\t".join(map(cell, rows[-1])), truth.name, sep="\t")
    if len(rows) > 1:
        means = [
            statistics.mean(known) if (known := [v for v in column if v is not None]) else None for column in zip(*rows)
        ]
        print("\t".join(map(cell, means)), f"mean of {len(rows)}", sep="\t")
        print(f"{statistics.median(r[0] for r in rows):.4f}\tmedian CER")


def page_count(path):
    """The pages of a PDF (pdfinfo) or TIFF file; any other picture has one."""
    data = path.read_bytes()
    if data[:5] == b"%PDF-":
        secret = path.with_suffix(".password")
        unlock = ["-upw", secret.read_text().strip()] if secret.exists() else []
        info = subprocess.run(["pdfinfo", *unlock, path], capture_output=True, text=True, errors="replace", check=False)
        found = re.search(r"Pages:\s+(\d+)", info.stdout)
        return int(found[1]) if found else 1
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    count, offset = 0, struct.unpack(order + "I", data[4:8])[0] if order else 0
    while offset and count < 10000:
        entries = struct.unpack_from(order + "H", data, offset)[0]
        offset = struct.unpack_from(order + "I", data, offset + 2 + 12 * entries)[0]
        count += 1
    return count or 1


def summary(name, rows, readers):
    """Means of a group of files for each reader, and how much faster the first is."""
    rates = {}
    for reader in readers:
        mine = [r for r in rows if r["reader"] == reader]
        scores = [r["scores"] for r in mine]
        pages, wall, processor = (sum(r[key] for r in mine) for key in ("pages", "wall", "processor"))
        rates[reader] = pages / max(wall, 1e-9), pages / max(processor, 1e-9)
        parts = [f"CER mean {statistics.mean(s[0] for s in scores):.4f}"]
        parts += [f"median {statistics.median(s[0] for s in scores):.4f}"]
        for label, i in (("word F1", 1), ("heading F1", 2), ("table rows exact", 3)):
            known = [s[i] for s in scores if s[i] is not None]
            parts += [f"{label} {statistics.mean(known):.4f}"] if known else []
        failed = sum(r["status"] != 0 for r in mine)
        print(f"{name}, {reader}: {len(mine)} files, {failed} failed, {', '.join(parts)}")
        speeds = "%.2f pages/s by the clock, %.2f by processor time" % rates[reader]
        print(f"{name}, {reader}: {pages} pages in {wall:.1f} s ({processor:.1f} s of the processor): {speeds}")
    if len(rates) == 2:
        times = [a / b for a, b in zip(*rates.values())]
        print(
            f"{name}: {readers[0]} is {times[0]:.2f} times as fast as {readers[1]} ({times[1]:.2f} by processor time)"
        )


def load_runs(args):
    """The runs that tools/accuracy.sh noted, with their scores."""
    rows = []
    with open(args.runs, encoding="utf8") as lines:
        for reader, source, output, markdown, wall, processor, status in csv.reader(lines, delimiter="\t"):
            file, truth = Path(source), Path(source).with_suffix(".txt")
            scores = score(truth, Path(output), args.ignore_case)
            if Path(markdown).is_file() and truth.with_suffix(".md").exists():
                scores = scores[:2] + structure(read(truth.with_suffix(".md")), read(Path(markdown)))
            run = {"reader": reader, "file": file, "scores": scores, "pages": page_count(file)}
            rows.append({**run, "wall": float(wall), "processor": float(processor), "status": int(status)})
    return rows


def print_runs(args):
    """The table of tools/accuracy.sh: a line a file with every reader's scores, then the means by group."""
    rows = load_runs(args)
    readers = list(dict.fromkeys(r["reader"] for r in rows))
    width = max(len(r["file"].name) for r in rows)
    print(" " * width + "".join(f"  {reader:>9}: CER  wordF1  headF1   rows       s" for reader in readers))
    for file in dict.fromkeys(r["file"] for r in rows):
        line = f"{file.name:{width}}"
        for r in rows:
            if r["file"] == file:
                character, word, heading, row = map(cell, r["scores"])
                line += f"  {character:>14}{word:>8}{heading:>8}{row:>7}{r['wall']:8.2f}"
        print(line)
    pictures = [r for r in rows if r["file"].suffix != ".pdf"]
    documents = [r for r in rows if r["file"].suffix == ".pdf"]
    print()
    if pictures and documents:
        summary("Pictures", pictures, readers)
        summary("PDF", documents, readers)
    summary("All", rows, readers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, nargs="?")
    parser.add_argument("output", type=Path, nargs="?")
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--ignore-case", action="store_true")
    args = parser.parse_args()
    if args.runs:
        print_runs(args)
    elif args.truth and args.output:
        print_pairs(args)
    else:
        parser.error("give TRUTH and OUTPUT, or --runs FILE")


if __name__ == "__main__":
    sys.exit(main())
