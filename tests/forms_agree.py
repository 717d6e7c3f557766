#!/usr/bin/env python3
"""usage: forms_agree.py NAME...: check that NAME.md, .json, .jsonl, .txt and the tables NAME.table-K.csv say the same.
Markdown is read by cmark-gfm (left out if it is missing).  Exit status 1 with what differs."""
import csv
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

FLOWS = {"text", "list_item", "code", "footnote"}
HOLDERS = {"page_header", "page_footer"}


def joined(document):
    """Texts as they go on: (label, text) in the order of their beginnings."""
    texts, last = [], {}
    for page in document["pages"]:
        if page["status"] != "ok":
            last = {}
        for block in page["blocks"]:
            label, text = block["label"], block["text"]
            open_one = last.pop(label, None) if label in FLOWS and block.get("continues") else None
            if open_one is not None:
                how, at = open_one
                before = texts[at][1][:-1] if how == "hyphen" else texts[at][1]
                glue = "\n" if label == "code" else " " if how == "space" else ""
                texts[at] = (label, before + glue + text)
            else:
                at = len(texts)
                texts.append((label, text))
            if label in FLOWS and "goes_on" in block:
                last[label] = (block["goes_on"], at)
    return texts


def tables(document):
    """Rows of cells, spans blank, parts of one table joined."""
    made, last = [], None
    for page in document["pages"]:
        if page["status"] != "ok":
            last = None
        for block in page["blocks"]:
            table = block.get("table")
            if table is None or (len(table["cells"]) == 1 and not table["cells"][0]["text"]):
                continue
            rows = [[""] * table["n_cols"] for _ in range(table["n_rows"])]
            for cell in table["cells"]:
                rows[cell["row"]][cell["col"]] = cell["text"]
            if block.get("continues") and last is not None and len(last[0]) == table["n_cols"]:
                last += rows[table.get("n_repeat", 0):]
            else:
                made.append(rows)
            if "goes_on" in block:
                last = made[-1] if not block.get("continues") or last is None else last
            elif block.get("continues"):
                last = None
    return made


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def rendered(path):
    tool = subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "tasklist", path],
                          capture_output=True, check=True)
    text = re.sub(r"<!--.*?-->", " ", tool.stdout.decode(), flags=re.S)
    text = re.sub(r"</(p|li|td|th|h\d|pre|ol|ul|tr|table)>", "\n", text)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def check(name):
    wrong = []
    document = json.loads(pathlib.Path(f"{name}.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in pathlib.Path(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    if [line["page"] for line in lines] != document["pages"]:
        wrong.append("jsonl: other pages than json")
    if any(line["origin"] != document["origin"] or line["provenance"] != document["provenance"] for line in lines):
        wrong.append("jsonl: another origin than json")
    whole = squeeze(pathlib.Path(f"{name}.txt").read_text(encoding="utf-8"))
    md = squeeze(rendered(f"{name}.md")) if shutil.which("cmark-gfm") else None
    for label, text in joined(document):
        if label in ("form", "table", "picture"):
            continue
        if squeeze(text) not in whole:
            wrong.append(f"txt: no {label} {text[:60]!r}")
        if md is not None and label not in HOLDERS and squeeze(text) not in md:
            wrong.append(f"md: no {label} {text[:60]!r}")
    for k, rows in enumerate(tables(document), 1):
        path = pathlib.Path(f"{name}.table-{k}.csv")
        if not path.exists():
            wrong.append(f"csv: no table {k}")
            continue
        with open(path, encoding="utf-8", newline="") as file:
            read = [[re.sub(r"\A'(?='*[=+\-@＝＋－＠])", "", field) for field in row]
                    for row in csv.reader(file, strict=True)]
        if read != rows:
            wrong.append(f"csv: table {k} differs")
        for text in (field for row in rows for field in row):
            if squeeze(text) not in whole:
                wrong.append(f"txt: no cell {text[:60]!r}")
            if md is not None and squeeze(text) not in md:
                wrong.append(f"md: no cell {text[:60]!r}")
    if pathlib.Path(f"{name}.table-{len(tables(document)) + 1}.csv").exists():
        wrong.append("csv: more tables than json")
    return wrong


def main():
    n_wrong = 0
    for name in sys.argv[1:]:
        for what in check(name):
            print(f"{name}: {what}")
            n_wrong += 1
    sys.exit(1 if n_wrong else 0)


main()
