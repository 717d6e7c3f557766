"""Small document pages drawn with Pillow: what is drawn is also what the model is to answer.

A Page draws elements from top to bottom and remembers, for each, its label, its box and its Markdown. Formulas are set
from their LaTeX by a typesetter of a few commands, so that the picture and the answer cannot differ.
"""

import math
import re
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/"  # Debian: fonts-dejavu-core, fonts-dejavu-extra
SERIF, ITALIC, BOLD = "DejaVuSerif.ttf", "DejaVuSerif-Italic.ttf", "DejaVuSans-Bold.ttf"
SANS = "DejaVuSans.ttf"
INK = (25, 25, 30)


def font(name, size):
    return ImageFont.truetype(FONTS + name, size, layout_engine=ImageFont.Layout.BASIC)


@dataclass
class Element:
    """One thing on the page; box in pixels, markdown empty where the model leaves it out."""

    label: str
    box: tuple
    markdown: str = ""
    brief: str = ""


@dataclass
class Set:
    """Set type: extents from the baseline and what draws it at (x, baseline)."""

    width: float
    up: float
    down: float
    ops: list = field(default_factory=list)

    def put(self, draw, x, y):
        for op in self.ops:
            op(draw, x, y)


def moved(item, dx, dy):
    return lambda draw, x, y: item.put(draw, x + dx, y + dy)


def row(items):
    """Set items side by side on one baseline."""
    x, ops = 0, []
    for item in items:
        ops.append(moved(item, x, 0))
        x += item.width
    return Set(x, max((i.up for i in items), default=0), max((i.down for i in items), default=0), ops)


def word(text, name, size, gap=0):
    face = font(name, size)
    up, down = face.getmetrics()
    return Set(
        face.getlength(text) + 2 * gap,
        up * 0.8,
        down,
        [lambda draw, x, y: draw.text((round(x + gap), round(y)), text, font=face, fill=INK, anchor="ls")],
    )


# ---- formulas

SIGNS = {"pi": "π", "theta": "θ", "omega": "ω", "cdot": "·", "approx": "≈"}
WORDS = {"cos", "sin"}


def tokens(latex):
    return re.findall(r"\\[a-z]+|[0-9.]+|\S", latex)


def group(todo):
    """The argument that comes next: a braced group or one token."""
    if todo[0] != "{":
        return [todo.pop(0)]
    depth, out = 0, []
    while True:
        token = todo.pop(0)
        depth += (token == "{") - (token == "}")
        if depth == 0:
            return out[1:]
        out.append(token)


def fraction(top, bottom, size):
    over, under = formula(top, size), formula(bottom, size)
    width, axis = max(over.width, under.width) + 6, size * 0.33
    return Set(
        width,
        axis + over.down + over.up + 3,
        under.up + under.down + 4 - axis,
        [
            moved(over, (width - over.width) / 2, -axis - over.down - 2),
            moved(under, (width - under.width) / 2, -axis + under.up + 4),
            lambda draw, x, y: draw.line((x + 1, y - axis, x + width - 1, y - axis), fill=INK, width=1),
        ],
    )


def root(inner, size):
    body = formula(inner, size)
    left, top, foot = size * 0.6, body.up + 4, body.down

    def hook(draw, x, y):
        draw.line(
            [
                (x, y - size * 0.3),
                (x + left * 0.3, y - size * 0.4),
                (x + left * 0.6, y + foot),
                (x + left, y - top),
                (x + left + body.width + 3, y - top),
            ],
            fill=INK,
            width=1,
        )

    return Set(left + body.width + 5, top + 1, foot, [hook, moved(body, left + 1, 0)])


def formula(todo, size):
    """Set LaTeX tokens: letters, numbers, signs, \\frac, \\sqrt, ^ and _."""
    todo, items = list(todo), []
    while todo:
        token = todo.pop(0)
        if token == "\\frac":
            items.append(fraction(group(todo), group(todo), size))
        elif token == "\\sqrt":
            items.append(root(group(todo), size))
        elif token in "^_":
            script = formula(group(todo), round(size * 0.7))
            shift = -size * 0.4 if token == "^" else size * 0.25
            if len(todo) and token == "_" and todo[0] == "^":  # both: one above the other
                todo.pop(0)
                other = formula(group(todo), round(size * 0.7))
                pair = [moved(script, 0, shift), moved(other, 0, -size * 0.4)]
                width = max(script.width, other.width)
                items.append(Set(width, size * 0.4 + other.up, shift + script.down, pair))
            else:
                items.append(Set(script.width, script.up - shift, script.down + shift, [moved(script, 0, shift)]))
        elif token[1:] in WORDS:
            items.append(word(token[1:], SERIF, size, 2))
        elif token[1:] in SIGNS:
            items.append(word(SIGNS[token[1:]], ITALIC, size, 1))
        elif token in "=+-":
            items.append(word("−" if token == "-" else token, SERIF, size, 4))
        else:
            items.append(word(token, ITALIC if token.isalpha() else SERIF, size))
    return row(items)


# ---- pages


class Page:
    """A page that is filled from top to bottom."""

    def __init__(self, name, width, height, colour=False, margin=60):
        self.name, self.width, self.height, self.margin = name, width, height, margin
        self.colour = colour
        self.image = Image.new("RGB", (width, height), (255, 255, 255))
        self.draw = ImageDraw.Draw(self.image)
        self.y = 34
        self.elements = []

    def add(self, label, box, markdown="", brief=""):
        x0, y0, x1, y1 = box
        self.elements.append(Element(label, (int(x0), int(y0), math.ceil(x1), math.ceil(y1)), markdown, brief))

    def line(self, label, text, name, size, brief, markdown="", x=None, y=None):
        """One line of text at the left margin, or where told."""
        x = self.margin if x is None else x
        if y is None:
            y, self.y = self.y + size, self.y + size * 2
        face = font(name, size)
        self.draw.text((x, y), text, font=face, fill=INK, anchor="ls")
        self.add(label, self.draw.textbbox((x, y), text, font=face, anchor="ls"), markdown, brief)

    def header(self, text):
        self.line("header", text, SANS, 10, "Running header", y=34)
        self.draw.line((self.margin, 42, self.width - self.margin, 42), fill=INK, width=1)
        self.y = 66

    def number(self, text):
        self.line("number", text, SANS, 10, "Page number", x=self.width // 2 - 4, y=self.height - 28)

    def title(self, text, brief):
        self.line("doc_title", text, BOLD, 22, brief, "# " + text)

    def section(self, text, brief):
        self.y += 4
        self.line("paragraph_title", text, BOLD, 15, brief, "## " + text)

    def caption(self, text, brief):
        self.line("figure_title", text, ITALIC, 12, brief, text)
        self.y += 6

    def text(self, text, left, size=14):
        """A paragraph in lines, from left to the right margin; its box."""
        space = font(SERIF, size).getlength(" ")
        x, top, right = left, self.y, left
        self.y += size
        for chunk in re.findall(r"(?:\$[^$]*\$|\S)+", text):
            parts = [p for p in re.split(r"(\$[^$]*\$)", chunk) if p]
            item = row([formula(tokens(p[1:-1]), size) if p[0] == "$" else word(p, SERIF, size) for p in parts])
            if x + item.width > self.width - self.margin and x > left:
                x, self.y = left, self.y + round(size * 1.5)
            item.put(self.draw, x, self.y)
            right = max(right, x + item.width)
            x += item.width + space
        box = (left, top, right, self.y + size * 0.3)
        self.y += round(size * 1.4)
        return box

    def paragraph(self, text, brief, label="text"):
        self.add(label, self.text(text, self.margin), text, brief)
        self.y += 8

    def items(self, texts, brief):
        """A list with bullets, one element for the whole."""
        boxes = []
        for text in texts:
            word("•", SERIF, 14).put(self.draw, self.margin + 6, self.y + 14)
            boxes.append(self.text(text, self.margin + 22))
            self.y -= 6  # closer than paragraphs
        box = (self.margin + 6, boxes[0][1], max(b[2] for b in boxes), boxes[-1][3])
        self.add("text", box, "\n".join("- " + t for t in texts), brief)
        self.y += 14

    def display(self, latex, brief):
        """A formula on lines of its own."""
        item = formula(tokens(latex), 17)
        x, y = (self.width - item.width) / 2, self.y + item.up + 2
        item.put(self.draw, x, y)
        self.add("display_formula", (x - 2, self.y, x + item.width + 2, y + item.down + 2), f"$$\n{latex}\n$$", brief)
        self.y = round(y + item.down + 18)

    def table(self, rows, columns, brief):
        """rows of (text, rowspan, colspan); columns are widths.  The answer is HTML."""
        height, taken, html = 30, set(), []
        left, top, face = self.margin, self.y, font(SANS, 13)
        edges = [left + sum(columns[:i]) for i in range(len(columns) + 1)]
        for r, cells in enumerate(rows):
            html.append("<tr>")
            for text, rowspan, colspan in cells:
                c = next(i for i in range(len(columns)) if (r, i) not in taken)
                taken |= {(r + i, c + j) for i in range(rowspan) for j in range(colspan)}
                box = (edges[c], top + r * height, edges[c + colspan], top + (r + rowspan) * height)
                self.draw.rectangle(box, outline=INK, width=1)
                middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
                self.draw.text(middle, text, font=face, fill=INK, anchor="mm")
                spans = [f' rowspan="{rowspan}"'] * (rowspan > 1) + [f' colspan="{colspan}"'] * (colspan > 1)
                html.append(f"<td{''.join(spans)}>{text}</td>")
            html.append("</tr>")
        bottom = top + len(rows) * height
        self.add("table", (left, top, edges[-1] + 1, bottom + 1), f"<table>{''.join(html)}</table>", brief)
        self.y = bottom + 18

    def picture(self, label, box, brief):
        """A placeholder in the answer for what has been drawn at box."""
        self.add(label, box, brief=brief)
        element = self.elements[-1]
        element.markdown = f"![{label}](<box>[[{', '.join(coords(element.box, self))}]]</box>)"

    def save(self, path):
        """16 greys, or 48 colours: small files that look like the drawing."""
        if self.colour:
            self.image.quantize(48, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB").save(
                path, optimize=True
            )
        else:
            self.image.convert("L").point([round(v / 17) * 17 for v in range(256)]).save(path, optimize=True)


def coords(box, page):
    """COORD tokens of a box: thousandths of the page, 0..999."""
    sides = (page.width, page.height) * 2
    return [f"<COORD_{min(999, round(v * 1000 / side)):03d}>" for v, side in zip(box, sides)]
