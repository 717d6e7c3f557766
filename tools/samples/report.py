"""Typesets report.md with LaTeX and derives its truth: a small Markdown reader with two writers.

Directives are HTML comments: byline, caption, page (new page), break (new page inside a paragraph), columns and
endcolumns, plain-table (the next table has no rules).
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

HEAD = ("The Heating of Larkfield School", "Building Services Office")
SOURCE = Path(__file__).resolve().parent / "report.md"
PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage{cmap}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern,textcomp,multicol,fancyhdr,lastpage,enumitem}
\usepackage[margin=27mm]{geometry}
\usepackage[hidelinks,pdftitle={The Heating of Larkfield School},pdfauthor={Miriam Oyelaran}]{hyperref}
\DeclareUnicodeCharacter{2212}{$-$}
\pdfinfoomitdate=1 \pdftrailerid{recto-report} \pdfsuppressptexinfo=-1
\fancyhf{} \fancyhead[L]{\small HEADLEFT} \fancyhead[R]{\small HEADRIGHT}
\fancyfoot[C]{\small Page \thepage\ of \pageref*{LastPage}} \pagestyle{fancy}
\fancypagestyle{first}{\fancyhead{} \renewcommand{\headrulewidth}{0pt}}
\setlist{itemsep=0pt} \frenchspacing
\begin{document}\thispagestyle{first}
"""


def parse(source):
    """The blocks of the report as (kind, payload), in order."""
    blocks = []
    for part in re.split(r"\n\s*\n", source.strip()):
        directive = re.fullmatch(r"<!-- ([\w-]+) ?(.*?) ?-->", part)
        if directive:
            blocks.append((directive[1], directive[2]))
        elif part.startswith("#"):
            marks, text = part.split(" ", 1)
            blocks.append(("heading", (len(marks), text)))
        elif part.startswith("|"):
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.split("\n")]
            blocks.append(("table", [rows[0]] + rows[2:]))
        elif re.match(r"- |1\. ", part):
            items = [re.match(r"( *)(-|\d+\.) (.*)", line).groups() for line in part.split("\n")]
            blocks.append(("list", [(len(indent) // 3, mark, text) for indent, mark, text in items]))
        else:
            blocks.append(("p", part))
    return blocks


def escape(text):
    """Text for LaTeX."""
    return re.sub(r"([%&#_$])", r"\\\1", text).replace("<!-- break -->", r"\pagebreak\linebreak ")


def tex_list(items):
    """Nested itemize and enumerate environments."""
    out, stack = [], []
    for depth, mark, text in items:
        while len(stack) > depth + 1:
            out.append(rf"\end{{{stack.pop()}}}")
        if len(stack) < depth + 1:
            stack.append("itemize" if mark == "-" else "enumerate")
            out.append(rf"\begin{{{stack[-1]}}}")
        out.append(r"\item " + escape(text))
    return "\n".join(out + [rf"\end{{{name}}}" for name in reversed(stack)])


def tex_table(rows, ruled):
    """A centred table; numbers stand to the right."""
    kinds = ["r" if re.match(r"[£\d]", rows[1][i]) and i > 1 else "l" for i in range(len(rows[0]))]
    bar, line = ("|", r"\hline") if ruled else ("", "")
    body = [" & ".join(map(escape, row)) + r" \\ " + line for row in rows]
    spec = bar + bar.join(kinds) + bar if ruled else "@{}" + r"@{\hspace{10mm}}".join(kinds) + "@{}"
    return "\n".join([rf"\begin{{center}}\begin{{tabular}}{{{spec}}} {line}"] + body + [r"\end{tabular}\end{center}"])


def tex_heading(level, text):
    """The title, or an unnumbered section with its bookmark."""
    if level == 1:
        return rf"\begin{{center}}{{\LARGE\bfseries {text}\par}}\end{{center}}"
    command = {2: "section", 3: "subsection", 4: "subsubsection"}[level]
    return rf"\pdfbookmark[{level - 1}]{{{text}}}{{{re.sub(r'[^a-z0-9]', '-', text.lower())}}}\{command}*{{{escape(text)}}}"


def tex(blocks):
    """The report for LaTeX."""
    out, ruled = [PREAMBLE.replace("HEADLEFT", HEAD[0]).replace("HEADRIGHT", HEAD[1])], True
    simple = {"page": r"\newpage", "columns": r"\begin{multicols}{2}", "endcolumns": r"\end{multicols}"}
    for kind, payload in blocks:
        if kind in simple:
            out.append(simple[kind])
        elif kind == "plain-table":
            ruled = False
        elif kind == "table":
            out.append(tex_table(payload, ruled))
            ruled = True
        elif kind == "list":
            out.append(tex_list(payload))
        elif kind == "heading":
            out.append(tex_heading(*payload))
        elif kind == "byline":
            out.append(r"\begin{center}" + escape(payload).replace("|", r"\\") + r"\end{center}")
        elif kind == "caption":
            out.append(r"\begin{center}\small " + escape(payload) + r"\end{center}")
        else:
            out.append(escape(payload))
    return "\n\n".join(out + [r"\end{document}"])


def list_lines(items, markdown):
    """One line an item, with the mark that is printed: the second level of bullets is a dash."""
    marks, out = [], []
    for depth, mark, text in items:
        marks = marks[:depth] + [mark]
        bullets = sum(m == "-" for m in marks)
        shown = mark if markdown or mark != "-" else "•–"[bullets - 1]
        out.append("   " * depth + f"{shown} {text}")
    return "\n".join(out)


def markdown(blocks):
    """The expected Markdown: no page headers or footers, paragraphs whole."""
    out = []
    for kind, payload in blocks:
        if kind == "heading":
            out.append("#" * payload[0] + " " + payload[1])
        elif kind == "table":
            rows = ["| " + " | ".join(row) + " |" for row in payload]
            out.append("\n".join([rows[0], "|" + " --- |" * len(payload[0])] + rows[1:]))
        elif kind == "list":
            out.append(list_lines(payload, True))
        elif kind in ("byline", "caption", "p"):
            out.append(payload.replace(" | ", "  \n").replace("<!-- break -->", ""))
    return "\n\n".join(out) + "\n"


def plain(blocks):
    """The text page by page, with headers and footers; a paragraph stands whole where it begins."""
    pages = [[]]
    for kind, payload in blocks:
        if kind == "page":
            pages.append([])
        elif kind == "heading":
            pages[-1].append(payload[1])
        elif kind == "table":
            pages[-1].append("\n".join("\t".join(row) for row in payload))
        elif kind == "list":
            pages[-1].append(list_lines(payload, False))
        elif kind in ("byline", "caption", "p"):
            before, *after = payload.replace(" | ", "\n").split("<!-- break -->")
            pages[-1].append(" ".join(part.strip() for part in [before, *after]))
            pages += [[] for _ in after]
    for number, page in enumerate(pages, 1):
        if number > 1:
            page.insert(0, "\t".join(HEAD))
        page.append(f"Page {number} of {len(pages)}")
    return "\n\n".join("\n\n".join(page) for page in pages) + "\n"


def typeset(source, target):
    """Runs pdflatex twice (the page count comes from the first run) and moves the PDF into place."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.tex").write_text(source, encoding="utf8")
        env = dict(os.environ, SOURCE_DATE_EPOCH="1712000000", FORCE_SOURCE_DATE="1")
        for _ in range(3):
            done = subprocess.run(
                ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "report.tex"],
                cwd=folder,
                env=env,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
            if done.returncode:
                raise SystemExit(done.stdout[-2000:])
        target.write_bytes((Path(folder) / "report.pdf").read_bytes())


def make(samples):
    """samples/report.pdf and its truth."""
    blocks = parse(SOURCE.read_text(encoding="utf8"))
    typeset(tex(blocks), samples / "report.pdf")
    (samples / "report.txt").write_text(plain(blocks), encoding="utf8")
    (samples / "report.md").write_text(markdown(blocks), encoding="utf8")
