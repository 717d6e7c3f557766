#!/usr/bin/python3
"""Makes everything in samples/ from the pages in tools/samples/.

    make_samples.py [NAME...]          all samples, or those whose file name contains one of the names
    make_samples.py --classes FOLDER   every page as three kinds of scan, to measure on: FOLDER/clean300 (PNG),
                                       FOLDER/jpeg200 (skewed and noisy), FOLDER/fax200 (1 bit)

samples/README.md lists the Debian packages it needs; the same packages give the same files. Never needed to build or
run Recto.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parent / "samples"))
import digital  # noqa: E402
import picture  # noqa: E402
import render  # noqa: E402
import report  # noqa: E402
import scan  # noqa: E402
import truth  # noqa: E402
from scan import Scan  # noqa: E402

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

SCANS = [
    Scan("letter", "letter.png", skew=0.7, noise=3, levels=16, paper=253),
    Scan("two-columns", "two-columns.png", skew=-0.4, noise=3, levels=16, paper=253),
    Scan("unruled-table", "unruled-table.png", skew=0.3, noise=3, levels=16, paper=253, dpi=200),
    Scan("rotated", "rotated.jpg", skew=0.5, turn=90, dpi=200, noise=2),
    Scan("upside-down", "upside-down.png", skew=-0.3, turn=180, levels=2),
    Scan("receipt", "receipt.jpg", skew=1.2, noise=4, paper=238, ink=55, fade=0.25, light=0.08),
]


DEGRADED = [
    Scan("minutes", "minutes-skewed.jpg", dpi=200, skew=3.1, noise=5, blur=0.6),
    Scan("contract", "contract-small-print.jpg", dpi=300, skew=-0.8, blur=1.0, noise=5, quality=50),
    Scan("memo", "memo-jpeg.jpg", dpi=200, skew=1.4, noise=9, blur=0.7, quality=28),
    Scan(
        "novel",
        "novel-bleed-through.jpg",
        dpi=300,
        skew=-1.2,
        bleed=0.13,
        gutter=0.45,
        wave=14,
        paper=232,
        ink=40,
        noise=4,
    ),
    Scan("order", "order-fax.tif", dpi=200, skew=0.9, blur=0.8, noise=28, speckle=0.12, levels=2),
    Scan("form", "form-boxes.jpg", dpi=200, skew=-1.7, noise=4, light=0.12),
    Scan("hotel", "hotel-bill-faded.jpg", dpi=200, skew=0.8, fade=0.62, ink=70, paper=236, noise=5, light=0.1),
    Scan(
        "brief",
        "brief-low-contrast.jpg",
        dpi=200,
        skew=-0.9,
        ink=120,
        paper=205,
        noise=4,
        texture=9,
        tint=(255, 247, 226),
    ),
    Scan("avis", "avis-gradient.jpg", dpi=200, skew=1.0, light=0.5, noise=4, paper=245),
    Scan("acta", "acta-shadow.jpg", dpi=200, skew=-2.2, light=0.28, gutter=0.7, noise=6, blur=0.8),
    Scan(
        "typewriter",
        "typewriter-uneven.jpg",
        dpi=200,
        skew=0.6,
        fade=0.45,
        texture=14,
        paper=230,
        noise=4,
        blur=0.8,
        spread=1,
    ),
    Scan("prices", "prices-150dpi.jpg", dpi=150, skew=-0.6, noise=4, blur=0.5),
    Scan("newsletter", "newsletter-skewed.jpg", dpi=200, skew=-2.4, noise=5, blur=0.6),
    Scan("laboratory", "laboratory-speckled.png", dpi=200, skew=0.4, noise=20, speckle=0.5, levels=2),
    Scan("delivery", "delivery-stamped.jpg", dpi=200, skew=1.9, lines=9, stamp=True, noise=4, tint=(226, 240, 255)),
    Scan("timetable", "timetable-fax.tif", dpi=200, skew=-0.5, blur=0.7, noise=22, speckle=0.05, levels=2),
    Scan("manual", "manual-black-borders.jpg", dpi=200, skew=2.6, border=55, noise=5, blur=0.7),
    Scan("notice", "notice-blurred.jpg", dpi=200, skew=-1.1, blur=1.5, noise=4),
    Scan("statement", "statement-light-print.jpg", dpi=300, skew=0.5, ink=110, spread=-1, noise=5, quality=50),
    Scan("menu", "menu-texture.jpg", dpi=200, skew=-0.7, texture=22, paper=228, noise=4, tint=(255, 244, 214)),
    Scan("glossary", "glossary-small-columns.jpg", dpi=300, skew=1.1, noise=4, blur=0.9, quality=50),
    Scan("advert", "advert-reversed-title.jpg", dpi=150, skew=1.5, noise=5, blur=0.6),
    Scan(
        "abstract",
        "abstract-photocopy.tif",
        dpi=300,
        skew=-1.6,
        spread=1,
        blur=1.1,
        noise=40,
        speckle=0.35,
        lines=4,
        levels=2,
    ),
    Scan("claim", "claim-strong-skew.jpg", dpi=200, skew=-4.0, noise=4, border=18),
]
for recipe in DEGRADED:
    recipe.out = "degraded/" + recipe.out
SCANS += DEGRADED


def write_truth(path, pages):
    """NAME.txt and NAME.md beside the sample; several pages follow one another."""
    fragments = [render.fragment(page) for page in pages]
    path.with_suffix(".txt").write_text("\n\n".join(map(truth.plain, fragments)), encoding="utf8")
    path.with_suffix(".md").write_text("\n\n".join(map(truth.markdown, fragments)), encoding="utf8")


def make_scan(path, pictures, recipe):
    """One page, one picture, one truth."""
    scan.save(scan_picture(recipe, pictures), path, recipe)
    write_truth(path, [recipe.page])


def scan_picture(recipe, pictures):
    """The degraded picture of a page, not yet written."""
    return scan.degrade(render.render(recipe.page, 2 * recipe.dpi, pictures), recipe)


def scan_jpeg(page, folder):
    """A page of a scan PDF as a JPEG file."""
    recipe = Scan(page, f"{page}.jpg", dpi=200, skew=-0.6, noise=3, quality=60)
    scan.save(scan_picture(recipe, folder), folder / recipe.out, recipe)
    return folder / recipe.out


def make_blank(path, _):
    """An empty sheet: noise, a shadow along one edge, some dust, the mark of a staple."""
    recipe = Scan("", path.name, dpi=200, paper=254, noise=2.5, texture=1, gutter=0.5, speckle=0.004, levels=16)
    sheet = Image.new("L", (2 * 1654, 2 * 2339), 255)
    ImageDraw.Draw(sheet).line((130, 120, 210, 150), fill=60, width=9)
    scan.save(scan.degrade(sheet, recipe), path, recipe)
    path.with_suffix(".txt").write_text("")
    path.with_suffix(".md").write_text("")


def make_fax(path, pictures):
    """Two pages of 1-bit Group 4 TIFF at 200 dpi."""
    recipes = [
        Scan(f"fax-{n}", f"fax-{n}", dpi=200, skew=0.25 * n, noise=14, blur=0.7, speckle=0.02, levels=2) for n in (1, 2)
    ]
    first, second = (scan_picture(recipe, pictures) for recipe in recipes)
    first.save(path, compression="group4", save_all=True, append_images=[second], dpi=(200, 200))
    write_truth(path, ["fax-1", "fax-2"])


def make_invoice(path, pictures):
    """A scanned invoice: a PDF of one JPEG."""
    recipe = Scan("invoice", "invoice.jpg", dpi=300, skew=-0.5, noise=3, quality=50, paper=253)
    with tempfile.TemporaryDirectory() as folder:
        scan.save(scan_picture(recipe, pictures), Path(folder) / recipe.out, recipe)
        digital.image_pdf([Path(folder) / recipe.out], path)
    write_truth(path, ["invoice"])


def make_mixed(path, pictures):
    """Digital page, scan, scan with an old text layer."""
    digital.mixed(path, scan_jpeg, pictures)
    write_truth(path, ["mixed-1", "mixed-2", "mixed-3"])


def make_encrypted(path, pictures):
    """The cover note of mixed.pdf under a password."""
    with tempfile.TemporaryDirectory() as folder:
        render.lay_out("mixed-1", pictures).write_pdf(Path(folder) / "clear.pdf")
        digital.encrypt(Path(folder) / "clear.pdf", path, "recto")
    write_truth(path, ["mixed-1"])


def make_reportlab(path, _):
    """invoice-digital.pdf, and sideways.pdf with its /Rotate."""
    digital.reportlab_page(path.stem, path, path.stem == "sideways", f"Recto sample: {path.stem}")
    write_truth(path, [path.stem])


def make_bulletin(path, pictures):
    """Two pages by Chromium."""
    digital.chromium("bulletin", path, pictures)
    write_truth(path, ["bulletin"])


def make_report(path, _):
    """Seven pages by LaTeX."""
    report.make(path.parent)


DOCUMENTS = {
    "blank.png": make_blank,
    "fax.tif": make_fax,
    "invoice.pdf": make_invoice,
    "mixed.pdf": make_mixed,
    "encrypted.pdf": make_encrypted,
    "invoice-digital.pdf": make_reportlab,
    "sideways.pdf": make_reportlab,
    "bulletin.pdf": make_bulletin,
    "report.pdf": make_report,
}


def page_classes(page):
    """One page as three kinds of scan; the skew and the noise depend on the page's name."""
    rng = Scan(page, page).rng()
    skew = round(float(rng.uniform(-3.5, 3.5)), 1)
    return [
        Scan(page, f"clean300/{page}.png", dpi=300, skew=skew / 7, noise=2, paper=253, levels=16),
        Scan(
            page, f"jpeg200/{page}.jpg", dpi=200, skew=skew, noise=4 + 4 * rng.random(), blur=0.7, light=0.1, quality=45
        ),
        Scan(page, f"fax200/{page}.tif", dpi=200, skew=skew / 4, noise=20, blur=0.7, speckle=0.03, levels=2),
    ]


def make_classes(target):
    """Every page of tools/samples/pages, three times, with its truth."""
    with tempfile.TemporaryDirectory() as folder:
        picture.harbour(Path(folder) / "harbour.png")
        for page in sorted(path.stem for path in (render.HERE / "pages").glob("*.html")):
            if page in BORN_DIGITAL:
                continue
            for recipe in page_classes(page):
                path = target / recipe.out
                path.parent.mkdir(parents=True, exist_ok=True)
                make_scan(path, folder, recipe)


BORN_DIGITAL = {"bulletin", "invoice-digital", "sideways"}  # laid out by ReportLab or Chromium


def main(wanted):
    """Makes the samples asked for, all of them by default."""
    makers = {recipe.out: lambda path, pictures, recipe=recipe: make_scan(path, pictures, recipe) for recipe in SCANS}
    with tempfile.TemporaryDirectory() as folder:
        picture.harbour(Path(folder) / "harbour.png")
        for name, make in {**makers, **DOCUMENTS}.items():
            if not wanted or any(word in name for word in wanted):
                path = SAMPLES / name
                path.parent.mkdir(parents=True, exist_ok=True)
                make(path, Path(folder))
                print(f"{name}\t{path.stat().st_size // 1024} KiB", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--classes"] and len(sys.argv) == 3:
        make_classes(Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
