"""Flat OpenDocument text, printed by LibreOffice."""

import base64
import re
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

from model import Block, inline, marker

NS = " ".join(f'xmlns:{p}="{u}"' for p, u in {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0", "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0", "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0", "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0", "xlink": "http://www.w3.org/1999/xlink",
    "form": "urn:oasis:names:tc:opendocument:xmlns:form:1.0", "dc": "http://purl.org/dc/elements/1.1/",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"}.items())


def spaces(s):
    s = escape(s).replace("\n", "<text:line-break/>")
    return re.sub(r"  +", lambda m: f' <text:s text:c="{len(m.group()) - 1}"/>', re.sub(r"(^|>)( +)", lambda m: f'{m.group(1)}<text:s text:c="{len(m.group(2))}"/>', s))


class Writer:
    def __init__(self, doc, opts, work):
        self.doc, self.opts, self.work = doc, opts, work
        self.note, self.n, self.auto, self.break_next = 0, 0, [], False
        self.font = opts.get("font", "Liberation Serif")
        self.size = opts.get("size", 11)

    def nodes(self, nodes):
        out = ""
        for kind, inner, url in nodes:
            body = spaces(inner) if isinstance(inner, str) else self.nodes(inner)
            if kind == "t":
                out += body
            elif kind == "fn":
                self.note += 1
                out += (f'<text:note text:id="n{self.note}" text:note-class="footnote"><text:note-citation>{self.note}</text:note-citation>'
                        f'<text:note-body><text:p text:style-name="Note">{body}</text:p></text:note-body></text:note>')
            elif kind == "link":
                out += f'<text:a xlink:type="simple" xlink:href="{escape(url)}">{body}</text:a>'
            else:
                out += f'<text:span text:style-name="T_{kind}">{body}</text:span>'
        return out

    def text(self, s):
        return self.nodes(inline(s))

    def para(self, style, body, tag="p", extra=""):
        if self.break_next:
            self.break_next, self.n = False, self.n + 1
            self.auto.append(f'<style:style style:name="B{self.n}" style:family="paragraph" style:parent-style-name="{style}"><style:paragraph-properties fo:break-before="page"/></style:style>')
            style = f"B{self.n}"
        return f'<text:{tag} text:style-name="{style}"{extra}>{body}</text:{tag}>'

    def list(self, b, depth=0, name=None):
        if name is None:
            self.n += 1
            name, levels, x, d = f"L{self.n}", "", b, 1
            marks = [b.mark]
            while True:
                x = next((i for i in x["items"] if isinstance(i, Block) and i.label == "list"), None)
                if not x:
                    break
                marks.append(x.mark)
            for d, mark in enumerate(marks, 1):
                prop = (f'<style:list-level-properties text:list-level-position-and-space-mode="label-alignment"><style:list-level-label-alignment '
                        f'text:label-followed-by="listtab" fo:text-indent="-0.6cm" fo:margin-left="{0.8 * d:.1f}cm"/></style:list-level-properties>')
                m = re.search("[1ai]", mark)
                if m:
                    levels += (f'<text:list-level-style-number text:level="{d}" style:num-prefix="{escape(mark[:m.start()])}" style:num-suffix="{escape(mark[m.end():])}" '
                               f'style:num-format="{m.group()}"' + (f' text:start-value="{b.start}"' if b.start else "") + f'>{prop}</text:list-level-style-number>')
                else:
                    levels += f'<text:list-level-style-bullet text:level="{d}" text:bullet-char="{mark}">{prop}</text:list-level-style-bullet>'
            self.auto.append(f'<text:list-style style:name="{name}">{levels}</text:list-style>')
        out, opened = f'<text:list text:style-name="{name}">', False
        for item in b["items"]:
            if isinstance(item, Block):
                out += self.list(item, depth + 1, name) if item.label == "list" else self.block(item)
                continue
            out += "</text:list-item>" if opened else ""
            out += "<text:list-item>" + self.para("Item", self.text(item))
            opened = True
        return out + ("</text:list-item>" if opened else "") + "</text:list>"

    def table(self, b):
        self.n += 1
        name, line = f"Tb{self.n}", "0.5pt solid #000000"
        total = self.opts.get("width", 16.0) * (b.share or 1)
        widths = b.widths or [1 / b.n] * b.n
        share = sum(widths)
        self.auto.append(f'<style:style style:name="{name}" style:family="table"><style:table-properties style:width="{total * share:.2f}cm" table:align="left" fo:margin-bottom="0.3cm"/></style:style>')
        colsx = ""
        for x, w in enumerate(widths):
            self.auto.append(f'<style:style style:name="{name}c{x}" style:family="table-column"><style:table-column-properties style:column-width="{total * w:.2f}cm"/></style:style>')
            colsx += f'<table:table-column table:style-name="{name}c{x}"/>'
        styles, rows = {}, []
        for y, row in enumerate(b.rows):
            cells = ""
            for x in range(b.n):
                c = b.taken[y, x]
                if c.row != y or c.col != x:
                    cells += "<table:covered-table-cell/>"
                    continue
                edges = (("all",) if b.ruled == "full" else ()) or (("top",) if y == 0 and b.ruled == "partly" else ()) + (
                    ("bottom",) if b.ruled == "partly" and (y == b.head - 1 or y == len(b.rows) - 1) else ())
                if edges not in styles:
                    styles[edges] = f"{name}s{len(styles)}"
                    border = f'fo:border="{line}"' if edges == ("all",) else " ".join(f'fo:border-{e}="{line}"' for e in edges)
                    self.auto.append(f'<style:style style:name="{styles[edges]}" style:family="table-cell"><style:table-cell-properties fo:padding="0.08cm" {border}/></style:style>')
                span = (f' table:number-columns-spanned="{c.cs}"' if c.cs > 1 else "") + (f' table:number-rows-spanned="{c.rs}"' if c.rs > 1 else "")
                al = c.align or b.align[c.col]
                st = ("Head" if y < b.head else "Cell") + al
                cells += f'<table:table-cell table:style-name="{styles[edges]}"{span} office:value-type="string">{self.para(st, self.text(c.text))}</table:table-cell>'
            rows.append(f"<table:table-row>{cells}</table:table-row>")
        head = f'<table:table-header-rows>{"".join(rows[:b.head])}</table:table-header-rows>' if b.head else ""
        out = f'<table:table table:name="{name}" table:style-name="{name}">{colsx}{head}{"".join(rows[b.head:])}</table:table>'
        cap = self.para("Caption", self.text(b.caption)) if b.caption else ""
        return out + cap if b.below else cap + out

    def frame(self, name, w, h, inner, wrap="none", at="left", y=0):
        self.n += 1
        st = f"F{self.n}"
        self.auto.append(f'<style:style style:name="{st}" style:family="graphic" style:parent-style-name="Frame"><style:graphic-properties style:wrap="{wrap}" style:vertical-pos="from-top" '
                         f'style:vertical-rel="paragraph" style:horizontal-pos="{at}" style:horizontal-rel="paragraph" {name}/></style:style>')
        size = f'svg:width="{w:.2f}cm"' + (f' svg:height="{h:.2f}cm"' if h else "")
        return f'<draw:frame draw:style-name="{st}" text:anchor-type="paragraph" {size} svg:y="{y}cm">{inner}</draw:frame>'

    def picture(self, b):
        w = self.opts.get("width", 16.0) * b.width * (b.share or 1)
        data = base64.b64encode((Path(self.work) / ("chart.png" if b.kind == "chart" else f"photo{b.n or 0}.jpg")).read_bytes()).decode()
        image = f"<draw:image><office:binary-data>{data}</office:binary-data></draw:image>"
        body = f'<draw:frame draw:style-name="Inline" text:anchor-type="as-char" svg:width="{w:.2f}cm" svg:height="{w * b.ratio:.2f}cm">{image}</draw:frame>'
        return self.para("Body", body) + (self.para("Caption", self.text(b.caption)) if b.caption else "")

    def block(self, b):
        if b.only and "libreoffice" not in b.only:
            return ""
        if b.label == "title":
            return self.para("DocTitle", self.text(b.text), "p")
        if b.label == "section_header":
            num = f"{b.num} " if b.num else ""
            return self.para(f"Heading{b.level}", escape(num) + self.text(b.text), "h", f' text:outline-level="{b.level}"')
        if b.label == "text":
            return self.para(b.style or "Body", self.text(b.text))
        if b.label == "list":
            return self.list(b)
        if b.label == "code":
            return self.para("Code", spaces(b.text))
        if b.label == "table":
            return self.table(b)
        if b.label == "picture":
            return self.picture(b)
        if b.label == "cols":
            self.n += 1
            rule = '<style:column-sep style:width="0.02cm" style:color="#000000" style:height="100%"/>' if b.rule else ""
            self.auto.append(f'<style:style style:name="S{self.n}" style:family="section"><style:section-properties text:dont-balance-text-columns="false"><style:columns fo:column-count="{b.n}" fo:column-gap="0.6cm">{rule}</style:columns></style:section-properties></style:style>')
            return f'<text:section text:style-name="S{self.n}" text:name="Sec{self.n}">{self.all(b.blocks)}</text:section>'
        if b.label == "grid":  # as people do it: a table without lines
            self.n += 1
            name, total = f"G{self.n}", self.opts.get("width", 16.0)
            for x, (w, _) in enumerate(b.parts):
                self.auto.append(f'<style:style style:name="{name}c{x}" style:family="table-column"><style:table-column-properties style:column-width="{total * w:.2f}cm"/></style:style>')
            self.auto.append(f'<style:style style:name="{name}s" style:family="table-cell"><style:table-cell-properties fo:padding="0.15cm" fo:border="none"/></style:style>')
            cells = "".join(f'<table:table-cell table:style-name="{name}s">{self.all(part)}</table:table-cell>' for _, part in b.parts)
            return f'<table:table table:name="{name}">' + "".join(f'<table:table-column table:style-name="{name}c{x}"/>' for x in range(len(b.parts))) + f"<table:table-row>{cells}</table:table-row></table:table>"
        if b.label == "side":
            w = self.opts.get("width", 16.0) * b.width
            inner = f'<draw:text-box fo:min-height="1cm">{self.all(b.blocks)}</draw:text-box>'
            return self.para("Body", self.frame('fo:border="0.5pt solid #000000" fo:padding="0.2cm" fo:margin-left="0.4cm" fo:margin-right="0.4cm"', w, 0, inner, "parallel", b.at)).replace("<text:p text:style-name=\"Body\">", '<text:p text:style-name="Anchor">', 1)
        if b.label == "margin":
            inner = f'<draw:text-box fo:min-height="0.5cm">{self.para("Margin", self.text(b.text))}</draw:text-box>'
            return self.para("Anchor", self.frame('fo:border="none" fo:padding="0cm"', 2.7, 0, inner, "run-through", "from-left").replace("svg:y=", 'svg:x="-3.2cm" svg:y='))
        if b.label == "break":
            self.break_next = True
            return ""
        if b.label == "page":
            out = self.all(b.blocks)
            self.break_next = True
            return out
        if b.label == "choices":
            return self.block(Block(label="text", text="    ".join(("☒ " if on else "☐ ") + t for t, on in b.labels)))
        if b.label == "form":
            return self.para("Body", escape(f"{'☒ ' if b.checked else '☐ ' if b.kind == 'checkbox' else ''}{b.text} {b.value if b.kind == 'text' else ''}"))
        raise ValueError(b.label)

    def all(self, blocks):
        return "".join(self.block(b) for b in blocks)

    def strip(self, texts):
        """A header or footer of three parts."""
        fields = lambda s: escape(s).replace("{page}", "<text:page-number/>").replace("{pages}", "<text:page-count/>")
        return f'<text:p text:style-name="Strip">{"<text:tab/>".join(fields(s) for s in texts)}</text:p>'


def render(doc, producer, opts, work, out):
    w = Writer(doc, opts, work)
    body = w.all(doc.blocks)
    f, z, width = w.font, w.size, opts.get("width", 16.0)
    lang = {"de": "de-DE", "fr": "fr-FR"}.get(doc.lang, "en-GB").split("-")
    heads = opts.get("heads", [(1.35, "bold"), (1.15, "bold"), (1.0, "bold")])
    just = 'fo:text-align="justify"' if opts.get("just") else ""
    rtl = 'fo:text-align="end" style:writing-mode="rl-tb"' if doc.lang in ("he", "ar") else ""
    just = rtl or just
    title = rtl or 'fo:text-align="%s"' % opts.get("title_align", "start")
    hyph = 'fo:hyphenate="true" fo:hyphenation-remain-char-count="2" fo:hyphenation-push-char-count="2"' if opts.get("hyphenate") else ""
    para = lambda n, par, txt, fam="paragraph", parent="": f'<style:style style:name="{n}" style:family="{fam}"{parent}><style:paragraph-properties {par}/><style:text-properties {txt}/></style:style>'
    base = f'style:font-name="{f}" fo:font-family="{f}" style:font-family-complex="{f}" fo:font-size="{z}pt" style:font-size-complex="{z}pt" fo:language="{lang[0]}" fo:country="{lang[1]}"'
    head_font = opts.get("head_font", f)
    styles = (para("Body", f'fo:margin-bottom="0.22cm" fo:line-height="{opts.get("leading", "115%")}" {just} fo:orphans="2" fo:widows="2"', f'{base} {hyph}')
              + para("Anchor", 'fo:line-height="0.01cm"', f'{base.replace(f"{z}pt", "2pt")}')
              + para("Right", 'fo:text-align="end"', base) + para("Center", 'fo:text-align="center" fo:margin-bottom="0.2cm"', base)
              + para("Item", f'fo:margin-bottom="0.08cm" {just}', base) + para("Note", 'fo:margin-left="0.4cm" fo:text-indent="-0.4cm"', base.replace(f"{z}pt", f"{z - 2}pt"))
              + para("Code", 'fo:margin-top="0.1cm" fo:margin-bottom="0.3cm" fo:background-color="#eeeeee"', base.replace(f, "Liberation Mono").replace(f"{z}pt", f"{z - 2}pt"))
              + para("Caption", 'fo:margin-bottom="0.25cm" fo:margin-top="0.05cm"', base.replace(f"{z}pt", f"{z - 1.5}pt") + ' fo:font-style="italic"')
              + para("Margin", '', base.replace(f"{z}pt", f"{z - 2.5}pt") + ' fo:font-style="italic"')
              + para("Strip", f'fo:margin-top="0cm"><style:tab-stops><style:tab-stop style:position="{width / 2:.2f}cm" style:type="center"/><style:tab-stop style:position="{width:.2f}cm" style:type="right"/></style:tab-stops></style:paragraph-properties><style:paragraph-properties ', base.replace(f"{z}pt", f"{z - 2}pt")).replace("</style:paragraph-properties><style:paragraph-properties />", "</style:paragraph-properties>")
              + para("DocTitle", f'fo:margin-bottom="0.4cm" {title} fo:keep-with-next="always"', base.replace(f, head_font).replace(f"{z}pt", f"{z * opts.get('title_size', 1.8):.1f}pt") + ' fo:font-weight="bold"'))
    for i, (factor, weight) in enumerate(heads, 1):
        styles += para(f"Heading{i}", f'fo:margin-top="0.45cm" fo:margin-bottom="0.15cm" fo:keep-with-next="always" {rtl}', base.replace(f, head_font).replace(f"{z}pt", f"{z * factor:.1f}pt") + f' fo:font-weight="{"bold" if "bold" in weight else "normal"}" fo:font-style="{"italic" if "italic" in weight else "normal"}"')
    csize = opts.get("cell", z - 1)
    for al, name in (("l", "start"), ("r", "end"), ("c", "center")):
        styles += para("Cell" + al, f'fo:text-align="{name}"', base.replace(f"{z}pt", f"{csize}pt")) + para("Head" + al, f'fo:text-align="{name}"', base.replace(f"{z}pt", f"{csize}pt") + ' fo:font-weight="bold"')
    styles += ('<style:style style:name="T_b" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="T_i" style:family="text"><style:text-properties fo:font-style="italic"/></style:style>'
               '<style:style style:name="T_code" style:family="text"><style:text-properties fo:font-family="Liberation Mono"/></style:style><style:style style:name="T_sup" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
               '<style:style style:name="T_sub" style:family="text"><style:text-properties style:text-position="sub 58%"/></style:style><style:style style:name="Frame" style:family="graphic"/>'
               '<style:style style:name="Inline" style:family="graphic"><style:graphic-properties style:vertical-pos="top" style:vertical-rel="baseline"/></style:style>'
               '<text:notes-configuration text:note-class="footnote" style:num-format="1" text:start-numbering-at="document" text:footnotes-position="page"/>')
    pw, ph = opts.get("page", (21.0, 29.7))
    m = opts.get("margins", (2.0, 2.5, 2.0, 2.5))
    strips = ""
    props = ""
    for which in ("head", "foot"):
        t, even = getattr(doc, which), getattr(doc, which + "_even")
        if t:
            tag = {"head": "header", "foot": "footer"}[which]
            strips += f"<style:{tag}>{w.strip(t)}</style:{tag}>" + (f"<style:{tag}-left>{w.strip(even)}</style:{tag}-left>" if even else "")
            if doc.first_plain:
                first = doc.plain_foot if which == "foot" and doc.plain_foot else ("", "", "")
                strips += f"<style:{tag}-first>{w.strip(first)}</style:{tag}-first>"
            gap = "bottom" if which == "head" else "top"
            line = f' fo:border-{gap}="0.5pt solid #000000" fo:padding="0.05cm"' if getattr(doc, "rule_" + which) else ""
            props += f'<style:{tag}-style><style:header-footer-properties fo:min-height="0.6cm" fo:margin-{gap}="0.5cm"{line}/></style:{tag}-style>'
    columns = f'<style:columns fo:column-count="{opts["columns"]}" fo:column-gap="0.7cm"/>' if opts.get("columns") else ""
    text = (f'<?xml version="1.0" encoding="UTF-8"?><office:document {NS} office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text"><office:meta><dc:title>{escape(doc.meta.get("title", ""))}</dc:title></office:meta>'
            f"<office:styles>{styles}</office:styles><office:automatic-styles>{''.join(w.auto)}"
            f'<style:page-layout style:name="PL"><style:page-layout-properties fo:page-width="{pw}cm" fo:page-height="{ph}cm" fo:margin-top="{m[0]}cm" fo:margin-right="{m[1]}cm" fo:margin-bottom="{m[2]}cm" fo:margin-left="{m[3]}cm">{columns}<style:footnote-sep style:width="0.018cm" style:rel-width="25%"/></style:page-layout-properties>{props}</style:page-layout>'
            f'</office:automatic-styles><office:master-styles><style:master-page style:name="Standard" style:page-layout-name="PL">{strips}</style:master-page></office:master-styles>'
            f"<office:body><office:text>{body}</office:text></office:body></office:document>")
    src = Path(work) / (out.stem + ".fodt")
    src.write_text(text)
    subprocess.run(["soffice", f"-env:UserInstallation=file://{work}/lo", "--headless", "--convert-to", "pdf", "--outdir", work, src], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180)
    (Path(work) / (out.stem + ".pdf")).replace(out)
