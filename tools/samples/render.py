"""Lays a page out with WeasyPrint and renders it, at twice the final resolution, with pdftoppm."""

import os
import subprocess
import tempfile
from pathlib import Path

import weasyprint
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
os.environ["SOURCE_DATE_EPOCH"] = "1712000000"  # the date in embedded fonts, and in what LaTeX writes
BASE_CSS = (HERE / "base.css").read_text()


def fragment(page):
    """The HTML fragment of a page."""
    return (HERE / "pages" / f"{page}.html").read_text(encoding="utf8")


def lay_out(page, pictures):
    """The laid-out document; exactly one page, or the sample would lose text."""
    head = f"<head><meta charset='utf8'><style>{BASE_CSS}</style></head>"
    html = f"<html lang='en'>{head}<body>{fragment(page)}</body></html>"
    document = weasyprint.HTML(string=html, base_url=str(pictures) + "/").render()
    if len(document.pages) != 1:
        raise SystemExit(f"{page}: {len(document.pages)} pages, wanted one")
    return document


def render(page, dpi, pictures):
    """The page as a grey image at `dpi`."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "page.pdf"
        lay_out(page, pictures).write_pdf(pdf)
        return rasterize(pdf, dpi)


def rasterize(pdf, dpi):
    """The first page of a PDF file as a grey image."""
    stem = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", pdf, stem], check=True)
    return ImageOps.grayscale(Image.open(stem.with_suffix(".pgm")))
