"""The born-digital PDFs and the PDFs that hold scans: by ReportLab, WeasyPrint, Chromium and qpdf."""

import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import render
import truth
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph, Spacer, Table

STYLES = {
    "h1": ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=17, leading=22, spaceAfter=8),
    "h2": ParagraphStyle("h2", fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=8, spaceAfter=4),
    "p": ParagraphStyle("p", fontName="Helvetica", fontSize=10.5, leading=14, spaceAfter=8),
}
GRID = [("GRID", (0, 0), (-1, -1), 0.6, (0, 0, 0)), ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 10)]


def flowables(html):
    """A page fragment as ReportLab flowables; a table cell of class r stands to the right."""
    out, rows, right = [], [], []
    for item in truth.blocks_of(html) + [truth.Block("end", [])]:
        if isinstance(item, list):
            rows.append([cell.text for cell in item])
            right += [("ALIGN", (i, 0), (i, -1), "RIGHT") for i, cell in enumerate(item) if "r" in cell.classes]
        elif rows:
            out += [Table(rows, style=GRID + right, hAlign="LEFT"), Spacer(1, 12)]
            rows, right = [], []
        if not isinstance(item, list) and item.tag in STYLES:
            out.append(Paragraph(item.text.replace("&", "&amp;").replace("\n", "<br/>"), STYLES[item.tag]))
    return out


def reportlab_page(page, path, rotate, title):
    """One page by ReportLab; with `rotate`, a landscape page that is stored upright with /Rotate 90."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setTitle(title)
    width, height = A4
    if rotate:
        canvas.translate(width, 0)
        canvas.rotate(90)
        width, height = landscape(A4)
    frame = Frame(55, 45, width - 110, height - 90, 0, 0, 0, 0)
    if frame.addFromList(left := flowables(render.fragment(page)), canvas) or left:
        raise SystemExit(f"{page}: does not fit on the page")
    canvas.save()
    if rotate:
        subprocess.run(["qpdf", "--deterministic-id", "--replace-input", "--rotate=+90", str(path)], check=True)


def image_pdf(images, path, layer=()):
    """A PDF of JPEG pages as a scanner makes it; `layer` holds (x, y, size, width, text) of invisible words."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for image in images:
        canvas.drawImage(ImageReader(str(image)), 0, 0, *A4)  # named by its content, not by its path
        for x, y, size, width, text in layer:
            line = canvas.beginText(x, A4[1] - y)
            line.setTextRenderMode(3)
            line.setFont("Helvetica", size)
            line.setHorizScale(100 * width / max(1, canvas.stringWidth(text, "Helvetica", size)))
            line.textOut(text)
            canvas.drawText(line)
        canvas.showPage()
    canvas.save()


def misread(word, rng):
    """The word as a poor reader of twenty years ago saw it."""
    for right, wrong in (("rn", "m"), ("cl", "d"), ("li", "h"), ("e", "c"), ("1", "l"), ("o", "0"), ("i", "l")):
        if right in word and rng.random() < 0.6:
            return word.replace(right, wrong, 1)
    return word[:-1] + "." if len(word) > 3 else word


def ocr_layer(pdf, share):
    """The words of a laid-out page with their places; `share` of those below the first third are misread."""
    rng = np.random.default_rng(7)
    boxes = subprocess.run(["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True).stdout
    layer = []
    for match in re.finditer(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', boxes
    ):
        x0, y0, x1, y1 = map(float, match.groups()[:4])
        word = match[5].replace("&amp;", "&")
        if y0 > A4[1] / 3 and rng.random() < share:
            word = misread(word, rng)
        layer.append((x0, y1 - 0.25 * (y1 - y0), 0.8 * (y1 - y0), x1 - x0, word))
    return layer


def join(parts, path):
    """Several PDFs one after another."""
    subprocess.run(["qpdf", "--static-id", "--empty", "--pages", *map(str, parts), "--", str(path)], check=True)


def mixed(path, scan_page, pictures):
    """A born-digital page, a scan, and a scan with an old text layer that is partly wrong."""
    with tempfile.TemporaryDirectory() as folder:
        first, second, third, laid = (Path(folder) / f"{name}.pdf" for name in ("first", "second", "third", "laid"))
        render.lay_out("mixed-1", pictures).write_pdf(first)
        render.lay_out("mixed-3", pictures).write_pdf(laid)
        image_pdf([scan_page("mixed-2", Path(folder))], second)
        image_pdf([scan_page("mixed-3", Path(folder))], third, ocr_layer(laid, 0.35))
        join([first, second, third], path)


def encrypt(source, path, password):
    """AES-256 with a user password. The fixed vector keeps the file the same from run to run."""
    subprocess.run(
        [
            "qpdf",
            "--static-id",
            "--static-aes-iv",
            "--encrypt",
            password,
            "owner-" + password,
            "256",
            "--",
            str(source),
            str(path),
        ],
        check=True,
    )


def chromium(page, path, pictures):
    """A page fragment printed by Chromium, with its dates set to a fixed one."""
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "page.html"
        body = render.fragment(page).replace('src="', f'src="{pictures}/')
        html.write_text(f"<!doctype html><html lang='en'><meta charset='utf8'><title>Bulletin 31</title>{body}")
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={folder}/profile",
                "--no-pdf-header-footer",
                f"--print-to-pdf={path}",
                html,
            ],
            check=True,
            capture_output=True,
        )
    dated = re.sub(rb"\(D:\d{14}", b"(D:20240420120000", path.read_bytes())
    path.write_bytes(dated)
