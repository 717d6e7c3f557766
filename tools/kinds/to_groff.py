"""groff with the macros of manual pages, through its PostScript or PDF device."""

import subprocess
from pathlib import Path

from model import Block, inline


class Writer:
    def __init__(self, doc):
        self.doc = doc

    def nodes(self, nodes):
        out = ""
        for kind, inner, _ in nodes:
            body = inner.replace("\\", "\\e").replace("-", "\\-") if isinstance(inner, str) and kind != "t" else inner.replace("\\", "\\e") if isinstance(inner, str) else self.nodes(inner)
            out += {"b": "\\fB%s\\fP", "i": "\\fI%s\\fP", "code": "\\fB%s\\fP"}.get(kind, "%s") % body
        return out

    def text(self, s):
        t = self.nodes(inline(s))
        return ("\\&" if t[:1] in ".'" else "") + t

    def block(self, b):
        if b.label == "section_header":
            return (".SH " if b.level == 1 else ".SS ") + self.text(b.text)
        if b.label == "text" and b.tag:
            return ".TP\n" + self.text(b.tag) + "\n" + self.text(b.rest)
        if b.label == "text":
            return ".PP\n" + self.text(b.text)
        if b.label == "code":
            return ".PP\n.nf\n.RS\n\\f(CW" + b.text.replace("\\", "\\e").replace("\n", "\n") + "\\fP\n.RE\n.fi"
        if b.label == "list":
            return "\n".join(".IP \\(bu 3\n" + self.text(i) if not isinstance(i, Block) else "" for i in b["items"])
        raise ValueError(b.label)


def render(doc, producer, opts, work, out):
    name, section, date, source, manual = opts["th"]
    body = f'.TH {name} {section} "{date}" "{source}" "{manual}"\n' + "\n".join(Writer(doc).block(b) for b in doc.blocks) + "\n"
    src = Path(work) / (out.stem + ".1")
    src.write_text(body)
    if opts.get("ps"):
        ps = subprocess.run(["groff", "-K", "utf8", "-P-pa4", "-man", "-Tps", src], check=True, capture_output=True).stdout
        subprocess.run(["ps2pdf", "-", out], input=ps, check=True)
    else:
        out.write_bytes(subprocess.run(["groff", "-K", "utf8", "-P-pa4", "-man", "-Tpdf", src], check=True, capture_output=True).stdout)
