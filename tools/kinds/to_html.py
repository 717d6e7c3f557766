"""HTML and CSS, printed by Chromium or WeasyPrint."""

import html
import re
import subprocess
from pathlib import Path

from model import Block, inline, marker

CSS = """
@page { size: A4; margin: 24mm 22mm 24mm 22mm; }
html { font: 11pt/1.4 "Liberation Serif"; }
body { margin: 0; }
h1 { font-size: 1.8em; margin: 0 0 .6em; line-height: 1.2; } h2 { font-size: 1.35em; margin: 1.1em 0 .4em; }
h3 { font-size: 1.15em; margin: 1em 0 .3em; } h4 { font-size: 1em; margin: 1em 0 .3em; }
h1, h2, h3, h4 { break-after: avoid; }
p { margin: 0 0 .6em; } p.just { text-align: justify; hyphens: auto; }
pre { font: .85em/1.3 "Liberation Mono"; background: #f2f2f2; padding: .5em; margin: .5em 0 .8em; }
code { font: .9em "Liberation Mono"; }
table { border-collapse: collapse; margin: .6em 0 .8em; } td, th { padding: .15em .5em; vertical-align: top; text-align: left; }
table.full td, table.full th { border: .6pt solid #333; }
table.partly { border-top: 1pt solid; border-bottom: 1pt solid; } table.partly tr.lasthead > * { border-bottom: .6pt solid; }
.r { text-align: right !important; } .c { text-align: center !important; }
.caption { font-size: .88em; margin: .3em 0 1em; } sup, sub { font-size: .7em; line-height: 0; }
ul, ol { margin: .2em 0 .6em; padding-left: 1.6em; } li { margin: .1em 0; }
.own { list-style: none; padding-left: 2em; } .own > li > .m { display: inline-block; width: 2em; margin-left: -2em; }
.side { box-sizing: border-box; border: 1pt solid #555; background: #eee; padding: .6em; font-size: .88em; font-family: "Liberation Sans"; margin: .2em 0 .6em; }
.side.right { float: right; margin-left: 1.2em; } .side.left { float: left; margin-right: 1.2em; }
.margin { position: absolute; font-size: .78em; line-height: 1.2; width: 26mm; left: -32mm; font-style: italic; margin: 0; }
.flow { position: relative; }
.page { position: relative; break-after: page; } .page:last-child { break-after: auto; }
.notes { position: absolute; bottom: 0; left: 0; right: 0; font-size: .8em; line-height: 1.25; }
.notes::before { content: ""; display: block; width: 30%; border-top: .5pt solid; margin-bottom: .4em; } .notes p { margin: 0 0 .15em; }
.fn { float: footnote; font-size: .8rem; line-height: 1.25; } ::footnote-marker { content: counter(footnote) " "; font-size: .75em; vertical-align: super; line-height: 0; }
::footnote-call { content: counter(footnote); font-size: .65em; vertical-align: super; line-height: 0; }
@page { @footnote { border-top: .5pt solid; padding-top: .4em; } }
svg, img { display: block; margin: .3em 0; }
"""
BOXES = {"head": ("top-left", "top-center", "top-right"), "foot": ("bottom-left", "bottom-center", "bottom-right")}


def margin_box(text):
    parts = []
    for x in re.split(r"(\{page\}|\{pages\})", text):
        if x:
            parts.append({"{page}": "counter(page)", "{pages}": "counter(pages)"}.get(x) or '"%s"' % x.replace('"', '\\"'))
    return " ".join(parts) or '""'


def page_css(doc, size):
    out = []

    def boxes(which, texts):
        line = "border-bottom: .5pt solid; vertical-align: bottom; margin-bottom: 3mm;" if which == "head" and doc.rule_head else "border-top: .5pt solid; vertical-align: top; margin-top: 3mm;" if which == "foot" and doc.rule_foot else ""
        return " ".join(f"@{b} {{ content: {margin_box(t)}; font-size: {size}; {line} }}" for b, t in zip(BOXES[which], texts))

    for which in BOXES:
        texts, even = getattr(doc, which), getattr(doc, which + "_even")
        if texts:
            out.append(f"@page {{ {boxes(which, texts)} }}" if not even else
                       f"@page :right {{ {boxes(which, texts)} }} @page :left {{ {boxes(which, even)} }}")
    if doc.first_plain:
        out.append("@page :first { " + boxes("head", ("", "", "")) + (boxes("foot", doc.plain_foot) if doc.plain_foot else "") + " }")
    return "\n".join(out)


class Writer:
    def __init__(self, doc, producer, opts, work):
        self.doc, self.producer, self.opts, self.work = doc, producer, opts, work
        self.note, self.pending, self.in_page = 0, [], False
        self.shift = opts.get("shift", 1)  # h1 is the title

    def nodes(self, nodes):
        out = ""
        for kind, inner, url in nodes:
            body = html.escape(inner, quote=False) if isinstance(inner, str) else self.nodes(inner)
            if kind == "fn":
                self.note += 1
                if self.in_page or self.producer == "chromium":
                    self.pending.append(f"<p><sup>{self.note}</sup> {body}</p>")
                    out += f"<sup>{self.note}</sup>"
                else:
                    out += f'<span class="fn">{body}</span>'
            else:
                tag = {"t": "", "b": "strong", "i": "em", "code": "code", "sup": "sup", "sub": "sub", "link": "a"}[kind]
                out += body if not tag else f'<a href="{html.escape(url)}">{body}</a>' if tag == "a" else f"<{tag}>{body}</{tag}>"
        return out

    def text(self, s):
        return self.nodes(inline(s))

    def list(self, b):
        natural = {"•": "disc", "1.": "decimal", "a.": "lower-alpha", "i.": "lower-roman"}
        own = self.opts.get("own_markers") or b.mark not in natural
        tag = "ol" if b.mark[0] in "(1ai" else "ul"
        out = f"<{tag} class=own>" if own else f'<{tag} style="list-style-type:{natural[b.mark]}"' + (f" start={b.start}" if b.start else "") + ">"
        i, opened = (b.start or 1) - 1, False
        for item in b["items"]:
            if isinstance(item, Block):
                out += self.block(item)
                continue
            out += "</li>" if opened else ""
            out += "<li>" + (f'<span class="m">{marker(b.mark, i)}</span>' if own else "") + self.text(item)
            i, opened = i + 1, True
        return out + ("</li>" if opened else "") + f"</{tag}>"

    def table(self, b):
        css = "".join(f"<col style='width:{w * 100:.0f}%'>" for w in b.widths) if b.widths else ""
        out = f'<table class="{b.ruled}" style="{("width:%d%%;" % round(sum(b.widths) * 100)) + "table-layout:fixed" if b.widths else ""};{b.css or ""}">{css}'
        for y, row in enumerate(b.rows):
            if y == 0 and b.head:
                out += "<thead>"
            out += f'<tr class="{"lasthead" if y == b.head - 1 else ""}">'
            for c in row:
                tag = "th" if y < b.head else "td"
                al = c.align or b.align[c.col]
                span = (f" rowspan={c.rs}" if c.rs > 1 else "") + (f" colspan={c.cs}" if c.cs > 1 else "")
                out += f'<{tag}{span} class="{al}">{self.text(c.text)}</{tag}>'
            out += "</tr>"
            if b.head and y == b.head - 1:
                out += "</thead><tbody>"
        cap = f'<p class="caption">{self.text(b.caption)}</p>' if b.caption else ""
        out += "</tbody></table>" if b.head else "</table>"
        return out + cap if b.below else cap + out

    def picture(self, b):
        w = f"{b.width * 100:.0f}%"
        if b.kind == "chart":
            bars = "".join(f'<rect x="{6 + i * 12}" y="{60 - v}" width="8" height="{v}" fill="{c}"/>' for i, (v, c) in
                           enumerate(zip((20, 34, 28, 45, 52, 38, 12, 30), ("#777", "#aaa") * 4)))
            body = f'<svg style="width:{w}" viewBox="0 0 104 {104 * b.ratio:.0f}" preserveAspectRatio="none"><path d="M2 2V61H102" stroke="#000" fill="none"/>{bars}</svg>'
        else:
            body = f'<img src="{self.work}/photo{b.n or 0}.jpg" style="width:{w};aspect-ratio:{1 / b.ratio:.3f}">'
        cap = f'<p class="caption">{self.text(b.caption)}</p>' if b.caption else ""
        return f'<div class="figure" style="break-inside:avoid;{b.css or ""}">{body}{cap}</div>'

    def block(self, b):
        if b.only and self.producer not in b.only:
            return ""
        style = f' style="{b.css}"' if b.css else ""
        if b.label == "title":
            return f"<h1{style}>{self.text(b.text)}</h1>"
        if b.label == "section_header":
            tag = f"h{b.level + self.shift}"
            return f"<{tag}{style}>{(b.num + ' ') if b.num else ''}{self.text(b.text)}</{tag}>"
        if b.label == "text":
            cls = (["just"] if self.opts.get("just") else []) + ([b.cls] if b.cls else [])
            return f'<p class="{" ".join(cls)}"{style}>{self.text(b.text)}</p>'
        if b.label == "list":
            return self.list(b)
        if b.label == "code":
            return f"<pre>{html.escape(b.text, quote=False)}</pre>"
        if b.label == "table":
            return self.table(b)
        if b.label == "picture":
            return self.picture(b)
        if b.label == "cols":
            rule = "column-rule:.5pt solid #555;" if b.rule else ""
            return f'<div class="cols" style="columns:{b.n};column-gap:{b.gap or "6mm"};{rule}{b.css or ""}">' + self.all(b.blocks) + "</div>"
        if b.label == "grid":
            cells = "".join(f'<div style="flex:0 0 {w * 100:.1f}%;min-width:0">{self.all(part)}</div>' for w, part in b.parts)
            return f'<div style="display:flex;justify-content:space-between;{b.css or ""}">{cells}</div>'
        if b.label == "side":
            return f'<div class="side {b.at}" style="width:{b.width * 100:.0f}%;{b.css or ""}">' + self.all(b.blocks) + "</div>"
        if b.label == "margin":
            return f'<p class="margin">{self.text(b.text)}</p>'
        if b.label == "break":
            return '<div style="break-after:page"></div>'
        if b.label == "page":
            self.in_page, self.pending = True, []
            body = self.all(b.blocks)
            notes = f'<div class="notes">{"".join(self.pending)}</div>' if self.pending else ""
            self.in_page = False
            return f'<div class="page" style="height:{b.height or "247mm"};{b.css or ""}">{body}{notes}</div>'
        if b.label == "choices":
            return self.block(Block(label="text", text="    ".join(("☒ " if on else "☐ ") + t for t, on in b.labels), css="word-spacing:.1em;white-space:pre-wrap"))
        if b.label == "form":
            box = {"checkbox": "☒ " if b.checked else "☐ "}.get(b.kind, "")
            return f"<p>{box}{html.escape(b.text)} {html.escape(b.value) if b.kind == 'text' else ''}</p>"
        raise ValueError(b.label)

    def all(self, blocks):
        return "\n".join(self.block(b) for b in blocks)


def render(doc, producer, opts, work, out):
    w = Writer(doc, producer, opts, work)
    body = w.all(doc.blocks)
    rtl = ' dir="rtl"' if doc.lang in ("he", "ar") else ""
    meta = f"<title>{html.escape(doc.meta.get('title', ''))}</title>" if doc.meta.get("title") else ""
    text = (f'<!DOCTYPE html><html lang="{doc.lang}"{rtl}><head><meta charset="utf-8">{meta}<style>{CSS}{opts.get("css", "")}\n'
            f'{page_css(doc, opts.get("margin_size", "9pt"))}</style></head><body><div class="flow">{body}</div></body></html>')
    src = Path(work) / (out.stem + ".html")
    src.write_text(text)
    if producer == "weasyprint":
        subprocess.run(["weasyprint", "-q", src, out], check=True)
    else:
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                        f"--user-data-dir={work}/chrome", f"--print-to-pdf={out}", *(() if opts.get("tagged") else ("--disable-pdf-tagging",)), f"file://{src}"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
