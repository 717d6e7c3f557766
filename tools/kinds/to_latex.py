"""LaTeX, set by pdfTeX or LuaTeX."""

import re
import subprocess
from pathlib import Path

from model import Block, inline, marker

ESC = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
       "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "€": r"\texteuro{}", "→": r"$\rightarrow$", "±": r"$\pm$",
       "×": r"$\times$", "≥": r"$\geq$", "≤": r"$\leq$", "☐": r"$\square$", "☒": r"$\boxtimes$", "µ": r"\textmu{}", "−": r"$-$"}


def esc(s):
    return "".join(ESC.get(c, c) for c in s)


class Writer:
    def __init__(self, doc, opts, work):
        self.doc, self.opts, self.work, self.depth = doc, opts, work, 0

    def nodes(self, nodes):
        out = ""
        for kind, inner, url in nodes:
            body = esc(inner) if isinstance(inner, str) else self.nodes(inner)
            out += {"t": "%s", "b": r"\textbf{%s}", "i": r"\emph{%s}", "code": r"\texttt{%s}", "sup": r"\textsuperscript{%s}",
                    "sub": r"\textsubscript{%s}", "fn": r"\footnote{%s}", "link": r"\href{" + esc(url or "") + "}{%s}"}[kind] % body
        return out

    def text(self, s):
        return self.nodes(inline(s))

    def list(self, b):
        natural = not self.opts.get("own_markers") and (b.mark, self.depth) in ((("•"), 0), ("–", 1), ("1.", 0), ("(a)", 1))
        env = "enumerate" if re.search("[1ai]", b.mark) else "itemize"
        out, i = r"\begin{%s}" % env, (b.start or 1) - 1
        if b.start:
            out += r"\setcounter{enum%s}{%d}" % (("i", "ii", "iii")[self.depth], i)
        self.depth += 1
        for item in b["items"]:
            if isinstance(item, Block):
                out += "\n" + self.block(item)
                continue
            mark = marker(b.mark, i)
            mark = {"•": r"\textbullet", "–": r"\textendash", "□": r"$\square$"}.get(mark, mark)
            out += "\n" + (r"\item " if natural else r"\item[%s] " % mark) + self.text(item)
            i += 1
        self.depth -= 1
        return out + "\n" + r"\end{%s}" % env + "\n"

    def table(self, b):
        bar = "|" if b.ruled == "full" else ""
        share = b.share or 0.97
        spec = bar.join(([""] if bar else []) + [
            (r">{\raggedright\arraybackslash}p{%.3f\linewidth}" % (b.widths[x] * share - 0.02)) if b.widths and b.align[x] == "l" else b.align[x]
            for x in range(b.n)] + ([""] if bar else []))
        top, mid, bottom = {"full": (r"\hline", None, r"\hline"), "partly": (r"\toprule", r"\midrule", r"\bottomrule"),
                            "none": ("", "", "")}[b.ruled]
        lines = []
        for y, row in enumerate(b.rows):
            cells, x = [], 0
            while x < b.n:
                c = b.taken[y, x]
                t = self.text(c.text) if c.row == y else ""
                if b.bold_head != False and y < b.head and t:
                    t = r"\textbf{%s}" % t
                if c.rs > 1 and c.row == y:
                    t = r"\multirow{%d}{*}{%s}" % (c.rs, t)
                if c.cs > 1 or c.align:
                    al = c.align or b.align[c.col]
                    t = r"\multicolumn{%d}{%s}{%s}" % (c.cs, (bar if x == 0 else "") + al + bar, t)
                cells.append(t)
                x += c.cs
            line = " & ".join(cells) + r" \\"
            if b.ruled == "full":
                free = [x for x in range(b.n) if y + 1 >= len(b.rows) or b.taken[y + 1, x] is not b.taken[y, x]]
                if len(free) == b.n:
                    line += r" \hline"
                else:
                    line += "".join(r"\cline{%d-%d}" % (x + 1, x + 1) for x in free)
            elif mid and y == b.head - 1:
                line += " " + mid
            lines.append(line)
        if b.ruled == "full":
            lines[-1] = lines[-1]
            bottom = ""
        cap = self.text(b.caption) if b.caption else ""
        star = b.star or ""
        if b.long:
            n = b.head
            head = top + "\n" + "\n".join(lines[:n])
            body = r"\begin{longtable}{%s}" % spec + "\n" + head + "\n" + r"\endhead" + "\n" + "\n".join(lines[n:]) + "\n" + bottom + r"\end{longtable}"
            return (r"{\centering\small %s\par}" % cap if cap else "") + "\n" + body + "\n"
        body = r"\begin{tabular}{%s}%s" % (spec, top) + "\n" + "\n".join(lines) + "\n" + bottom + r"\end{tabular}"
        size = b.size or ""
        if b.floats:
            c = r"\caption{%s}" % re.sub(r"^(Table|Tabelle|Tableau) [\d.]*\d[:.]?(?: –)? ?", "", cap) if cap else ""
            return (r"\begin{table%s}[%s]\centering " % (star, b.floats) + size + ("" if b.below else c) + "\n" + body + "\n"
                    + (c if b.below else "") + r"\end{table%s}" % star + "\n")
        capt = r"{\small %s\par}" % cap if cap else ""
        return ("\n" + r"\par\medskip\noindent " + (capt + r"\noindent " if cap and not b.below else "") + "{" + size + " " + body + "}" + r"\par "
                + (capt if b.below else "") + r"\medskip" + "\n\n")

    def picture(self, b):
        w = r"%.3f\linewidth" % b.width
        if b.kind == "chart":
            bars = "".join(r"\put(%d,0){\rule{7\unitlength}{%d\unitlength}}" % (5 + i * 12, v) for i, v in enumerate((20, 34, 28, 45, 52, 38, 12, 30)))
            body = (r"{\setlength{\unitlength}{%.4f\linewidth}\begin{picture}(104,%d)\put(0,0){\line(1,0){104}}\put(0,0){\line(0,1){%d}}%s\end{picture}}"
                    % (b.width / 104, round(104 * b.ratio), round(104 * b.ratio), bars))
        else:
            body = r"\includegraphics[width=%s]{%s/photo%d.jpg}" % (w, self.work, b.n or 0)
        cap = self.text(b.caption) if b.caption else ""
        if b.floats:
            c = r"\caption{%s}" % re.sub(r"^(Figure|Abbildung|Fig\.) [\d.]*\d[:.]?(?: –)? ?", "", cap) if cap else ""
            return r"\begin{figure%s}[%s]\centering %s%s\end{figure%s}" % (b.star or "", b.floats, body, c, b.star or "") + "\n"
        return r"\par\medskip\noindent " + body + r"\par" + (r"\noindent{\small %s\par}" % cap if cap else "") + r"\medskip" + "\n\n"

    def block(self, b):
        if b.only and "pdflatex" not in b.only:
            return ""
        if b.label == "title":
            return (r"{\noindent%s %s\par}\bigskip" % (self.opts.get("title", r"\LARGE\bfseries"), self.text(b.text))) + "\n\n"
        if b.label == "section_header":
            names = self.opts.get("heads", ["section", "subsection", "subsubsection"])
            return "\\%s%s{%s}\n" % (names[b.level - 1], "" if b.num else "*", self.text(b.text))
        if b.label == "text":
            return (b.tex or "%s") % self.text(b.text) + "\n\n"
        if b.label == "list":
            return self.list(b) + "\n"
        if b.label == "code":
            return r"\begin{lstlisting}" + "\n" + b.text + "\n" + r"\end{lstlisting}" + "\n"
        if b.label == "table":
            return self.table(b)
        if b.label == "picture":
            return self.picture(b)
        if b.label == "raw":
            return b.tex + "\n"
        if b.label == "cols":
            if self.opts.get("no_multicols"):
                return self.all(b.blocks)
            return r"\begin{multicols}{%d}" % b.n + "\n" + self.all(b.blocks) + r"\end{multicols}" + "\n"
        if b.label == "grid":
            return r"\noindent " + r"\hfill ".join(r"\begin{minipage}[t]{%.3f\linewidth}\setlength{\parskip}{4pt}%s\end{minipage}" % (w, self.all(part)) for w, part in b.parts) + r"\par\bigskip" + "\n"
        if b.label == "side":
            body = r"\fbox{\begin{minipage}{\dimexpr\linewidth-8pt}\footnotesize\sffamily\raggedright\setlength{\parskip}{4pt}\setlength{\leftmargini}{12pt}%s\end{minipage}}" % self.all(b.blocks)
            return r"\begin{wrapfigure}%s{%s}{%.3f\linewidth}%s\end{wrapfigure}" % ("[%d]" % b.wrap if b.wrap else "", b.at[0], b.width + 0.02, body) + "\n"
        if b.label == "margin":
            return r"\marginpar{\raggedright\footnotesize\itshape %s}" % self.text(b.text)
        if b.label == "break":
            return "\\clearpage\n"
        if b.label == "page" and self.opts.get("cls") == "beamer":
            head = b.blocks[0]
            return r"\begin{frame}[fragile]" + (r"\titlepage" if head.label == "title" else r"\frametitle{%s}" % self.text(head.text) + self.all(b.blocks[1:])) + "\n" + r"\end{frame}" + "\n"
        if b.label == "page":
            return self.all(b.blocks) + "\\clearpage\n"
        if b.label == "choices":
            return self.block(Block(label="text", text="    ".join(("☒ " if on else "☐ ") + t for t, on in b.labels)))
        if b.label == "form":
            if b.kind == "checkbox":
                return r"\noindent\CheckBox[name=%s,width=9pt,height=9pt%s]{%s}\par\smallskip" % (b.name, ",checked" if b.checked else "", esc(b.text)) + "\n"
            return r"\noindent\TextField[name=%s,width=7cm,value={%s}]{%s}\par\smallskip" % (b.name, esc(b.value), esc(b.text)) + "\n"
        raise ValueError(b.label)

    def all(self, blocks):
        return "".join(self.block(b) for b in blocks)


def running(doc):
    if not (doc.head or doc.foot):
        return r"\pagestyle{empty}"
    t = lambda s: esc(s).replace(r"\{page\}", r"\thepage{}").replace(r"\{pages\}", r"\pageref{LastPage}").replace(r"\{section\}", r"\leftmark{}")
    out = r"\pagestyle{fancy}\fancyhf{}\renewcommand{\headrulewidth}{%s}" % ("0.4pt" if doc.rule_head else "0pt") + (r"\renewcommand{\footrulewidth}{0.4pt}" if doc.rule_foot else "")
    for which, cmd in (("head", "fancyhead"), ("foot", "fancyfoot")):
        texts, even = getattr(doc, which), getattr(doc, which + "_even")
        for pos, s in zip("LCR", texts or ()):
            if s:
                out += r"\%s[%s]{\small %s}" % (cmd, pos + ("O" if even else ""), t(s))
        for pos, s in zip("LCR", even or ()):
            if s:
                out += r"\%s[%s]{\small %s}" % (cmd, pos + "E", t(s))
    if doc.first_plain:
        out += r"\fancypagestyle{plain}{\fancyhf{}" + "".join(r"\fancyfoot[%s]{\small %s}" % (pos, t(s)) for pos, s in zip("LCR", doc.plain_foot or ()) if s) + "}"
    return out


def render(doc, producer, opts, work, out):
    w = Writer(doc, opts, work)
    lua = producer == "lualatex"
    if opts.get("cls") == "beamer":
        return beamer(doc, w, opts, work, out)
    fonts = "" if lua else r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{textcomp}" + opts.get("font", r"\usepackage{lmodern}")
    head = [r"\documentclass[%s]{%s}" % (opts.get("clsopt", "11pt,a4paper"), opts.get("cls", "article")), fonts,
            r"\usepackage[%s]{babel}" % {"de": "ngerman", "fr": "french"}.get(doc.lang, "english") if doc.lang in ("de", "en") else "",
            r"\usepackage[%s]{geometry}" % opts.get("geometry", "margin=25mm"),
            r"\usepackage{array,booktabs,longtable,multirow,multicol,graphicx,fancyhdr,lastpage,listings,wrapfig,amssymb,float,textcomp}",
            r"\lstset{basicstyle=\ttfamily\small,columns=fullflexible,keepspaces=true,upquote=true}",
            r"\usepackage[hidelinks,bookmarks=%s]{hyperref}" % ("true" if opts.get("bookmarks") else "false"),
            opts.get("preamble", ""), opts.get("running") or running(doc)]
    if doc.first_plain and not opts.get("running"):
        head.append(r"\AtBeginDocument{\thispagestyle{plain}}")
    n = opts.get("span", 0)  # blocks over both columns
    body = opts.get("before", "") + (r"\twocolumn[" + w.all(doc.blocks[:n]) + r"\bigskip]" + "\n" if n else "") + w.all(doc.blocks[n:]) + opts.get("after", "")
    if opts.get("form"):
        body = r"\begin{Form}" + body + r"\end{Form}"
    compile_(producer, "\n".join(head) + "\n\\begin{document}\n" + body + "\n\\end{document}\n", work, out, 3 if opts.get("thrice") else 2)


def beamer(doc, w, opts, work, out):
    head = [r"\documentclass[11pt]{beamer}", r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}", opts.get("font", r"\usepackage{lmodern}"),
            r"\usepackage{array,booktabs,multirow,multicol}\usetheme{%s}" % opts.get("theme", "default"), opts.get("preamble", "")]
    compile_("pdflatex", "\n".join(head) + "\n\\begin{document}\n" + w.all(doc.blocks) + "\n\\end{document}\n", work, out, 2)


def compile_(producer, text, work, out, times):
    src = Path(work) / (out.stem + ".tex")
    src.write_text(text)
    for _ in range(times):
        got = subprocess.run([producer, "-interaction=nonstopmode", "-halt-on-error", src.name], cwd=work, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, env={"SOURCE_DATE_EPOCH": "1790000000", "PATH": "/usr/bin:/bin", "HOME": str(work)})
        if got.returncode:
            raise SystemExit(f"{out.stem}: {got.stdout.decode(errors='replace')[-1500:]}")
    (Path(work) / (out.stem + ".pdf")).replace(out)
