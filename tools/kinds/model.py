"""Documents as data: blocks in reading order, from which the pages and their truth are made.

Inline marks in texts: **bold**, *italic*, `code`, [text](url), ^{raised}, _{lowered}, {fn:a footnote}.
"""

import re

INLINE = re.compile(
    r"\*\*(?P<b>.+?)\*\*|\*(?P<i>.+?)\*|`(?P<code>.+?)`|\[(?P<link>[^\]]+)\]\((?P<url>[^)]+)\)"
    r"|\^\{(?P<sup>[^}]*)\}|_\{(?P<sub>[^}]*)\}|\{fn:(?P<fn>[^}]*)\}"
)


class Block(dict):
    """A block: label, text and what its label needs."""

    __getattr__ = dict.get


class Doc:
    """A document and how it is to be printed.

    head, foot   (left, centre, right) texts with {page}, {pages}, {section}; *_even for left pages, None = the same
    first_plain  no header on the first page; plain_foot is that page's footer
    variants     (name, producer, options) of each print; options go to the back end
    """

    def __init__(self, name, kind, blocks, variants, **more):
        self.name, self.kind, self.blocks, self.variants = name, kind, blocks, variants
        self.lang, self.head, self.foot = "en", None, None
        self.head_even = self.foot_even = self.plain_foot = None
        self.first_plain = self.loose_check = self.rule_head = self.rule_foot = False
        self.meta = {}
        self.__dict__.update(more)


class Cell:
    def __init__(self, text="", rs=1, cs=1, align=None):
        self.text, self.rs, self.cs, self.align = text, rs, cs, align


def title(text, **k):
    return Block(label="title", level=1, text=text, **k)


def h(level, text, num=None, **k):
    return Block(label="section_header", level=level, text=text, num=num, **k)


def p(text, **k):
    return Block(label="text", text=text, **k)


def ul(*items, mark="•", **k):
    return Block(label="list", items=list(items), mark=mark, **k)


def ol(*items, mark="1.", **k):
    return Block(label="list", items=list(items), mark=mark, **k)


def code(text, **k):
    return Block(label="code", text=text.strip("\n"), **k)


def table(rows, head=1, ruled="full", align=None, widths=None, caption=None, below=False, **k):
    """rows: lists of texts or Cells; widths: shares of the line for cells that wrap."""
    rows = [[c if isinstance(c, Cell) else Cell(c) for c in r] for r in rows]
    n = max(sum(c.cs for c in r) for r in rows)
    taken, grid = {}, []
    for y, row in enumerate(rows):
        x, out = 0, []
        for c in row:
            while (y, x) in taken:
                x += 1
            c.row, c.col = y, x
            for yy in range(y, y + c.rs):
                for xx in range(x, x + c.cs):
                    taken[yy, xx] = c
            out.append(c)
            x += c.cs
        grid.append(out)
        n = max(n, x)
    for y in range(len(rows)):
        assert all((y, x) in taken for x in range(n)), f"row {y} of a table is not full: {[c.text for c in rows[y]]}"
    return Block(label="table", rows=grid, n=n, head=head, ruled=ruled, align=align or "l" * n, widths=widths,
                 caption=caption, below=below, taken=taken, **k)


def fig(kind="photo", width=0.6, ratio=0.6, caption=None, **k):
    """kind: photo (grey picture), chart (bars); width as a share of the line."""
    return Block(label="picture", kind=kind, width=width, ratio=ratio, caption=caption, **k)


def cols(n, *blocks, rule=False, **k):
    return Block(label="cols", n=n, blocks=list(blocks), rule=rule, **k)


def side(*blocks, at="right", width=0.32, **k):
    """A box beside the text that follows it."""
    return Block(label="side", blocks=list(blocks), at=at, width=width, **k)


def margin(text):
    return Block(label="margin", text=text)


def page(*blocks, **k):
    """Blocks that fill one page."""
    return Block(label="page", blocks=list(blocks), **k)


def form(name, label, kind="text", value="", checked=False, **k):
    return Block(label="form", name=name, text=label, kind=kind, value=value, checked=checked, **k)


def grid(*parts, **k):
    """Parts side by side: (share of the line, blocks), read one after the other."""
    return Block(label="grid", parts=list(parts), **k)


def choices(*labels):
    """Boxes to tick on one line; "+" before those that are ticked."""
    return Block(label="choices", labels=[(t.lstrip("+"), t.startswith("+")) for t in labels])


def tag(term, text):
    """A term with its explanation beside it, in one hanging paragraph."""
    return Block(label="text", text=f"{term} {text}", tag=term, rest=text, loose=True)


def raw(tex, *blocks):
    """What one back end prints by itself, and the blocks that it gives."""
    return Block(label="raw", tex=tex, blocks=list(blocks))


def brk():
    return Block(label="break")


def inline(text):
    """[(kind, text or children, url)]"""
    out, at = [], 0
    for m in INLINE.finditer(text):
        if m.start() > at:
            out.append(("t", text[at:m.start()], None))
        for kind in ("b", "i", "code", "link", "sup", "sub", "fn"):
            if m.group(kind) is not None:
                inner = m.group(kind)
                out.append((kind, inner if kind in ("code", "sup", "sub") else inline(inner), m.group("url")))
                break
        at = m.end()
    if at < len(text):
        out.append(("t", text[at:], None))
    return out


ALPHA = "abcdefghijklmnopqrstuvwxyz"
ROMAN = "i ii iii iv v vi vii viii ix x xi xii".split()


def marker(style, i):
    """The marker of item i (from 0)."""
    return (style.replace("1", str(i + 1)) if "1" in style else
            re.sub(r"(?<![a-z])a(?![a-z])", ALPHA[i % 26], style) if "a" in style else
            re.sub(r"(?<![a-z])i(?![a-z])", ROMAN[i % 12], style) if "i" in style else style)


class Notes:
    """Numbers footnotes in the order they are met."""

    def __init__(self):
        self.n = 0

    def plain(self, text, found):
        out = ""
        for kind, inner, _ in inline(text):
            if kind == "fn":
                self.n += 1
                found.append((str(self.n), "".join(x[1] if isinstance(x[1], str) else self.plain_nodes(x[1]) for x in inner)))
                out += str(self.n)
            else:
                out += inner if isinstance(inner, str) else self.plain_nodes(inner)
        return out

    def plain_nodes(self, nodes):
        return "".join(x[1] if isinstance(x[1], str) else self.plain_nodes(x[1]) for x in nodes)


def plain(text):
    return Notes().plain(text, [])


def truth_blocks(doc, producer):
    """The blocks of the truth in reading order, before they are put on pages."""
    notes, out = Notes(), []

    def add(label, text, **k):
        found = []
        b = {"label": label, "text": notes.plain(text, found)}
        b.update({x: y for x, y in k.items() if y is not None and y is not False})
        out.append(b)
        for mark, t in found:
            out.append({"label": "footnote", "mark": mark, "text": f"{mark} {t}"})

    def items(b, depth, extra):
        i = 0
        for item in b["items"]:
            if isinstance(item, Block):
                if item.label == "list":
                    items(item, depth + 1, extra)
                else:
                    walk([item], extra)
                continue
            add("list_item", item, level=depth, marker=marker(b.mark, i + (b.start or 1) - 1),
                ordered=bool(re.search("[1ai]", b.mark)), **extra)
            i += 1

    def caption(b, extra):
        if b.caption:
            add("caption", b.caption, **extra)

    def walk(blocks, extra):
        for b in blocks:
            if b.only and producer not in b.only:
                continue
            if b.label in ("cols", "page", "raw"):
                walk(b.blocks, extra)
                if b.label == "page":
                    out.append({"label": "break"})
            elif b.label == "grid":
                for _, part in b.parts:
                    walk(part, extra)
            elif b.label == "side":
                walk(b.blocks, {**extra, "float": True})
            elif b.label == "margin":
                add("text", b.text, float=True)
            elif b.label == "list":
                items(b, 0, extra)
            elif b.label == "table":
                if not b.below:
                    caption(b, extra)
                rows = []
                for r in b.rows:
                    rows.append([])
                    for c in r:
                        found = []
                        rows[-1].append(notes.plain(c.text, found))
                if b.loose:  # a table or lines of text, as you like
                    for r in rows:
                        add("text", " ".join(r), loose=True, **extra)
                else:
                    out.append({"label": "table", "ruled": b.ruled, "rows": rows, "head": b.head, **extra})
                if b.below:
                    caption(b, extra)
            elif b.label == "picture":
                out.append({"label": "picture", "text": "", **extra})
                caption(b, extra)
            elif b.label == "break":
                out.append({"label": "break"})
            elif b.label == "form":
                out.append({"label": "form", "name": b.name, "kind": b.kind, "text": b.text, "value": b.value,
                            "checked": b.checked})
            elif b.label == "choices":
                for text, checked in b.labels:
                    out.append({"label": "form", "name": "", "kind": "checkbox", "text": text, "value": "", "checked": checked})
            elif b.label == "code":
                out.append({"label": "code", "text": b.text, **extra})
            else:
                text = f"{b.num} {b.text}" if b.num else b.text
                add(b.strip or b.label, text, level=b.level, loose=b.loose, **extra)

    walk(doc.blocks, {})
    return out
