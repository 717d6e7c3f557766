#!/usr/bin/python3
"""Makes large PDFs for measuring speed and memory; their text comes from samples/, nothing of it is committed.

    make_bench_pdf.py digital OUT.pdf [PAGES]            born-digital: prose, columns, tables, lists (200 pages)
    make_bench_pdf.py scan OUT.pdf [PAGES] [JPEG...]     one JPEG a page, each stored anew (200 pages, samples/degraded)

`digital` needs the Debian packages python3-reportlab and fonts-liberation, `scan` the standard library only. The same
arguments give the same bytes.
"""

import argparse
import random
import struct
import sys
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
FONTS = Path("/usr/share/fonts/truetype/liberation")
WIDTH, HEIGHT, MARGIN = 595, 842, 64


def paragraphs():
    """Prose to fill pages with: every long line of the samples' truth."""
    found = []
    for path in sorted(SAMPLES.rglob("*.txt")):
        found += [line for line in path.read_text(encoding="utf8").split("\n") if len(line) > 160 and "\t" not in line]
    return found


class Page:
    """Writes lines from the top of a page downwards."""

    def __init__(self, canvas, left=MARGIN, width=WIDTH - 2 * MARGIN, top=HEIGHT - 100):
        self.canvas, self.left, self.width, self.y = canvas, left, width, top

    def line(self, text, font="Serif", size=10.5, x=0):
        self.canvas.setFont(font, size)
        self.canvas.drawString(self.left + x, self.y, text)
        self.y -= size * 1.28

    def wrapped(self, text, font="Serif", size=10.5, indent=0):
        """A paragraph broken at words."""
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}".strip()
            if self.canvas.stringWidth(longer, font, size) > self.width - indent:
                self.line(line, font, size, indent)
                line = word
            else:
                line = longer
        self.line(line, font, size, indent)
        self.y -= size * 0.5

    def room(self):
        return self.y > MARGIN + 130


def prose(canvas, rng, texts):
    """Headings and paragraphs."""
    page, part = Page(canvas), 0
    while page.room():
        if part % 3 == 0:
            page.y -= 6
            page.line(" ".join(rng.choice(texts).split()[:6]).rstrip(",;:."), "SansBold", 13)
        page.wrapped(rng.choice(texts))
        part += 1


def columns(canvas, rng, texts):
    """Two columns under one heading."""
    Page(canvas).line(" ".join(rng.choice(texts).split()[:7]).rstrip(",;:."), "SansBold", 16)
    for left in (MARGIN, WIDTH / 2 + 9):
        page = Page(canvas, left, WIDTH / 2 - MARGIN - 9, HEIGHT - 130)
        while page.room():
            page.wrapped(rng.choice(texts), size=9.5)


def table(canvas, rng, texts):
    """A paragraph, a ruled table of 22 rows and five columns, a list."""
    page, edges = Page(canvas), [0, 150, 240, 310, 380, WIDTH - 2 * MARGIN]
    page.wrapped(rng.choice(texts))
    top = page.y + 6
    for row in range(22):
        cells = [" ".join(rng.choice(texts).split()[:3]), f"No. {rng.randint(1000, 9999)}"]
        cells += [f"{rng.uniform(1, 2000):,.2f}" for _ in range(3)]
        page.y -= 4
        for x, cell in zip(edges, cells):
            canvas.setFont("Sans" if row else "SansBold", 9)
            canvas.drawString(page.left + x + 3, page.y, cell)
        page.y -= 12
        canvas.line(page.left, page.y + 6, page.left + edges[-1], page.y + 6)
    for x in edges:
        canvas.line(page.left + x, top, page.left + x, page.y + 6)
    page.y -= 10
    while page.room():
        page.line("•", x=4)
        page.y += 10.5 * 1.28
        page.wrapped(rng.choice(texts), indent=16)


def digital(path, count):
    """The born-digital PDF."""
    try:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        sys.exit(
            "make_bench_pdf.py: run it with /usr/bin/python3 after apt-get install python3-reportlab fonts-liberation"
        )
    for name, file in (("Serif", "Serif-Regular"), ("Sans", "Sans-Regular"), ("SansBold", "Sans-Bold")):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"Liberation{file}.ttf"))
    canvas, rng, texts = (
        Canvas(str(path), (WIDTH, HEIGHT), pageCompression=1, invariant=1),
        random.Random(11),
        paragraphs(),
    )
    for number in range(1, count + 1):
        head = Page(canvas, top=HEIGHT - 50)
        head.line(f"A benchmark of {count} pages", "Sans", 8)
        (prose, columns, table)[number % 3](canvas, rng, texts)
        canvas.setFont("Sans", 8)
        canvas.drawCentredString(WIDTH / 2, 40, f"Page {number} of {count}")
        if number % 10 == 1:
            canvas.bookmarkPage(f"p{number}")
            canvas.addOutlineEntry(f"Part {number // 10 + 1}", f"p{number}")
        canvas.showPage()
    canvas.save()


def jpeg_shape(data):
    """Height, width and number of components of a JPEG file."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return struct.unpack_from(">HHB", data, at + 5)


def scan(path, count, sources):
    """A PDF of one JPEG a page, written as it goes so that memory stays small."""
    sources = sources or [p for p in sorted((SAMPLES / "degraded").glob("*.jpg")) if p.stat().st_size < 400_000]
    offsets = {}
    with open(path, "wb") as out:
        out.write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

        def put(number, body):
            offsets[number] = out.tell()
            out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

        put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
        kids = b" ".join(b"%d 0 R" % (3 + 3 * i) for i in range(count))
        put(2, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids))
        for i in range(count):
            data = sources[i % len(sources)].read_bytes()
            height, width, parts = jpeg_shape(data)
            box, n = b"%.2f 0 0 %.2f" % (595, 595 * height / width), 3 + 3 * i
            put(
                n,
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R /Resources << /XObject << "
                b"/Im %d 0 R >> >> >>" % (595, 595 * height / width, n + 1, n + 2),
            )
            draw = b"q " + box + b" 0 0 cm /Im Do Q"
            put(n + 1, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw))
            put(
                n + 2,
                b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /%s /Filter "
                b"/DCTDecode /Length %d >>\nstream\n%s\nendstream"
                % (width, height, b"DeviceGray" if parts == 1 else b"DeviceRGB", len(data), data),
            )
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
        out.write(b"".join(b"%010d 00000 n \n" % offsets[n] for n in sorted(offsets)))
        out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("digital", "scan"))
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", type=int, nargs="?", default=200)
    parser.add_argument("jpeg", type=Path, nargs="*")
    args = parser.parse_args()
    if args.kind == "digital":
        digital(args.out, args.pages)
    else:
        scan(args.out, args.pages, args.jpeg)


if __name__ == "__main__":
    main()
