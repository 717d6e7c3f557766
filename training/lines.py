"""Training lines: draw a text, print and scan it, crop and scale it as the line segmenter does.

    lines.py DOMAIN COUNT OUT.png [--held-out]     a contact sheet to look at

`Generator.line()` returns a uint8 image [32, w] and its text. Drawing happens at an em of DRAW pixels.
"""

import argparse
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw

import degrade
import fonts
import texts
from degrade import chance, uniform
from net import COLUMN, HEIGHT, INDEX

DRAW, PAD, MAX_WIDTH = 44, 40, 1600
JUNK = 0.03  # share of crops without text: segmenters hand over rules and shadows, which must read as nothing
# name: share of training, scan, em in scan pixels, printer fonts, receipt texts
DOMAINS = {
    "office": (0.22, degrade.office, (28, 56), 0.12, 0.06),
    "photo": (0.22, degrade.photo, (15, 36), 0.2, 0.12),
    "fax": (0.16, degrade.fax, (20, 36), 0.25, 0.15),
    "receipt": (0.40, degrade.receipt, (10, 26), 0.5, 0.6),
}


def draw_text(text, path):
    """Darkness of the text on a canvas with PAD around, and where it lies: left, right, ascender, descender."""
    font = fonts.load(path, DRAW)
    ascent, descent = font.getmetrics()
    space = font.getlength(" ") * (uniform(0.6, 1) if chance(0.2) else uniform(1, 1.3))
    track = uniform(-0.03, 0.12) * DRAW if chance(0.15) else 0
    wide, x, places = chance(0.12), 0.0, []
    for i, part in enumerate(text.replace("\t", " \t").split(" ")):
        gap = space + track
        if part.startswith("\t") or (wide and chance(0.3)):
            gap += uniform(0.5, 8) * DRAW
        x += gap if i else 0
        for piece in part.lstrip("\t") if track else (part.lstrip("\t"),):
            places.append((x, piece))
            x += font.getlength(piece) + track
    canvas = Image.new("L", (int(x) + 2 * PAD, ascent + descent + 2 * PAD), 0)
    pen = ImageDraw.Draw(canvas)
    for at, piece in places:
        pen.text((PAD + at, PAD), piece, font=font, fill=255)
    return canvas, (PAD, PAD + x, PAD + ascent - 0.76 * DRAW, PAD + ascent + 0.24 * DRAW)


def add_neighbours(canvas, path, text):
    """Parts of the lines above and below, which reach into crops of tightly set pages."""
    font, pen = fonts.load(path, DRAW), ImageDraw.Draw(canvas)
    pitch = DRAW * uniform(0.95, 1.5)
    for side in (-1, 1):
        if chance(0.7):
            pen.text((PAD + uniform(-60, 60), PAD + side * pitch), text, font=font, fill=255)


def rule(pen, start, end, y):
    """A horizontal rule: solid, dashed or dotted, not quite level."""
    thick, drift = random.randint(1, 4), uniform(-2, 2)
    if chance(0.6):
        pen.line((start, y, end, y + drift), fill=255, width=thick)
        return
    dash, gap, x = uniform(1, 25), uniform(3, 15), start
    while x < end:
        pen.line((x, y, min(end, x + dash), y), fill=255, width=thick)
        x += dash + gap


def add_rules(canvas, box):
    """Table rules and underlines near the text: horizontal below or above, vertical at the ends."""
    pen, (left, right, top, bottom) = ImageDraw.Draw(canvas), box
    for y in (bottom + uniform(-2, 12), top - uniform(2, 14)):
        if chance(0.5):
            rule(
                pen,
                *((0, canvas.width) if chance(0.6) else sorted((uniform(0, right), uniform(0, right)))),
                y,
            )
    for x in (left - uniform(5, 25), right + uniform(5, 25)):
        if chance(0.4):
            pen.line((x, 0, x + uniform(-2, 2), canvas.height), fill=255, width=random.randint(1, 4))


def reverse(canvas, box):
    """White text in a black bar."""
    left, right, top, bottom = box
    bar = (
        int(left - uniform(4, 30)),
        int(top - uniform(2, 12)),
        int(right + uniform(4, 30)),
        int(bottom + uniform(2, 12)),
    )
    canvas.paste(ImageChops.invert(canvas.crop(bar)), bar)


def blot(canvas):
    """A punch hole, a blot or a stroke of a pen across the line."""
    pen, x, y, size = (
        ImageDraw.Draw(canvas),
        uniform(0, canvas.width),
        uniform(0, canvas.height),
        uniform(10, 60),
    )
    if chance(0.5):
        pen.ellipse((x, y, x + size, y + size), fill=random.choice((0, 255)))
    else:
        box = (x, y - 4 * size, x + uniform(1, 9) * size, y + uniform(0, 4) * size)
        pen.arc(box, uniform(0, 360), uniform(0, 360), fill=255, width=random.randint(1, 5))


def junk(canvas, box):
    """Nothing to read: rules, dark bands, or just what noise leaves."""
    canvas.paste(0, (0, 0) + canvas.size)
    left, right, top, bottom = box
    if chance(0.25):
        band = degrade.field((canvas.height, canvas.width), (uniform(5, 40), uniform(5, 200)))
        canvas.paste(Image.fromarray(np.clip(band * 400, 0, 255).astype(np.uint8)))
    for _ in range(random.randint(0, 2)):
        rule(ImageDraw.Draw(canvas), left, right, uniform(top, bottom))


def shaped(canvas, box):
    """Slope, slant and stretch of the drawn line; the box follows."""
    left, right, top, bottom = box
    slope = uniform(-0.012, 0.012) if chance(0.35) else 0.0
    if slope or chance(0.2):
        slant = uniform(-0.12, 0.12) if chance(0.5) else 0.0
        middle, centre = (left + right) / 2, (top + bottom) / 2
        matrix = (1, slant, -slant * centre, slope, 1, -slope * middle)
        canvas = canvas.transform(canvas.size, Image.AFFINE, matrix, Image.BILINEAR)
        reach = abs(slope) * (right - left) / 2 * uniform(0.2, 1)
        top, bottom = top - reach, bottom + reach
    stretch = random.choices((1, uniform(0.9, 1.2), uniform(0.55, 0.9), uniform(1.2, 1.9)), (55, 25, 14, 6))[
        0
    ]
    if stretch != 1:
        canvas = canvas.resize(
            (int(canvas.width * stretch), canvas.height), Image.BOX if stretch < 1 else Image.BILINEAR
        )
        left, right = left * stretch, right * stretch
    return canvas, (left, right, top, bottom)


def crop_box(ink_box, box):
    """What the segmenter cuts: the ink of the line, or its ascender to descender, with a margin, both imperfect."""
    left, right, top, bottom = box
    ink_left, ink_top, ink_right, ink_bottom = ink_box
    if chance(0.4):
        top, bottom = ink_top, ink_bottom
    height, most = max(bottom - top, 0.3 * DRAW), 0.7 if chance(0.06) else 0.15
    top, bottom = top - uniform(-0.01, most) * height, bottom + uniform(-0.01, most) * height
    return ink_left - uniform(-0.02, 0.35) * DRAW, top, ink_right + uniform(-0.02, 0.35) * DRAW, bottom


def to_height(grey):
    """The reader's preprocessing: area average or bilinear to 32 rows, stretch of contrast, dark on light."""
    height, width = grey.shape
    how = Image.BOX if height > HEIGHT else Image.BILINEAR
    line = degrade.resized(grey.astype(np.float32), round(width * HEIGHT / height), HEIGHT, how)
    low, high = np.percentile(line, (2, 98))
    line = np.clip((line - low) * 255 / max(20, high - low), 0, 255)
    return (255 - line if line.mean() < 110 else line).astype(np.uint8)


def fits(text, width):
    """Whether CTC can spell the text in so many columns, with room to spare."""
    repeats = sum(a == b for a, b in zip(text, text[1:]))
    return 16 <= width <= MAX_WIDTH and (width + COLUMN - 1) // COLUMN >= 1.15 * (len(text) + repeats) + 1


def legible(crop, clean):
    """Whether the scan still resembles what was drawn: lines that nobody can read teach guessing."""
    if clean.std() < 0.02 or crop.std() < 1:
        return clean.std() < 0.02 <= crop.std()
    return abs(np.corrcoef(crop.ravel(), clean.ravel())[0, 1]) > 0.55


class Generator:
    """Endless lines. Seed `random` and `numpy.random` to repeat them."""

    def __init__(self, held_out=False):
        self.fonts, self.texts = fonts.Fonts(held_out), texts.Texts()

    def draw(self, printer, receipt):
        """A text in a font that has its characters; None if this draw is unfit."""
        text, path = self.texts.line(receipt), self.fonts.pick(printer)
        plain = " ".join(text.split())
        if not plain or any(c not in INDEX for c in plain) or not fonts.covers(path, plain):
            return None
        canvas, box = draw_text(text, path)
        ink_box = canvas.getbbox()
        if canvas.width > 3600 or not ink_box:
            return None
        if chance(JUNK):
            junk(canvas, box)
            return "", (canvas, box, canvas.getbbox() or ink_box)
        if chance(0.03):
            reverse(canvas, box)
        if chance(0.3):
            add_neighbours(canvas, path, self.texts.running(6))
        if chance(0.18):
            add_rules(canvas, box)
        if chance(0.03):
            blot(canvas)
        return plain, (canvas, box, ink_box)

    def scan(self, drawn, make, em):
        """The crop of the scanned line; None if the scan lost the text."""
        canvas, box, ink_box = drawn
        wide = canvas.width
        canvas, moved = shaped(canvas, box)
        ratio, reach = canvas.width / wide, box[2] - moved[2]
        ink_box = (ink_box[0] * ratio, ink_box[1] - reach, ink_box[2] * ratio, ink_box[3] + reach)
        factor = uniform(*em) / DRAW
        ink = np.asarray(canvas, np.float32) / 255
        grey = make(ink * uniform(0.5, 0.9) if chance(0.12) else ink, factor)
        left, top, right, bottom = (max(0, round(v * factor)) for v in crop_box(ink_box, moved))
        part = slice(top, max(bottom, top + 5)), slice(left, right)
        crop, clean = grey[part], degrade.resized(ink, grey.shape[1], grey.shape[0])[part]
        if min(crop.shape) < 5 or not legible(crop, clean):
            return None
        return 255 - crop if chance(0.03) else crop

    def line(self, domain=None):
        """(uint8 [32, w], text), of the named domain or of one drawn by share."""
        while True:
            name = domain or random.choices(list(DOMAINS), [d[0] for d in DOMAINS.values()])[0]
            _, make, em, printer, receipt = DOMAINS[name]
            text, drawn = self.draw(printer, receipt) or (None, None)
            crop = self.scan(drawn, make, em) if drawn else None
            if crop is None:
                continue
            image = to_height(crop)
            if fits(text, image.shape[1]):
                return image, text


def sheet(generator, domain, count, path):
    """Lines under each other, for the eye."""
    page = Image.new("L", (1250, count * 36), 128)
    for i in range(count):
        image, text = generator.line(domain)
        page.paste(Image.fromarray(image), (0, 36 * i))
        print(text)
    page.save(path)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("domain", choices=list(DOMAINS))
    args.add_argument("count", type=int)
    args.add_argument("out")
    args.add_argument("--held-out", action="store_true")
    a = args.parse_args()
    sheet(Generator(a.held_out), a.domain, a.count, a.out)


if __name__ == "__main__":
    main()
