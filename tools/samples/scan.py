"""From a laid-out page to a picture of it that looks scanned: blur, skew, noise, shadows, fading, fax.

Every step is seeded by the sample's name, so the same recipe gives the same picture.
"""

import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


@dataclass
class Scan:
    """How one page becomes one picture. All amounts are 0 when nothing is to happen."""

    page: str  # the fragment in pages/
    out: str  # the file to write, below samples/
    dpi: int = 300
    skew: float = 0  # degrees, counter-clockwise
    turn: int = 0  # quarter turns of the finished picture, in degrees
    blur: float = 0.5  # sigma in pixels of the final picture
    spread: int = 0  # +1 thickens strokes, -1 thins them (at double resolution)
    ink: int = 25  # grey of the ink
    paper: int = 250  # grey of the paper
    noise: float = 3  # sigma of the sensor noise
    texture: float = 0  # amplitude of the paper's slow grain
    light: float = 0  # how much darker one corner is
    gutter: float = 0  # darkness of the shadow along the left edge
    border: int = 0  # width of the scanner's black border, in pixels
    speckle: float = 0  # specks per thousand pixels of a 200 dpi page
    fade: float = 0  # strength of patchy fading, as of thermal paper
    bleed: float = 0  # how much of the reverse side shows through
    lines: int = 0  # streaks and pen strokes across the page
    stamp: bool = False  # a round stamp without text
    wave: float = 0  # waviness of the lines in pixels, as of a curved page
    tint: tuple = ()  # red, green and blue of the paper, for a picture in colour
    levels: int = 0  # grey levels kept; 2 makes a 1-bit picture
    quality: int = 65  # JPEG quality

    def rng(self):
        return np.random.default_rng(zlib.crc32(self.out.encode()))


def slow_field(rng, shape, cells):
    """A smooth random field in -1..1, `cells` bumps across the picture."""
    coarse = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    height, width = shape
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC))


def geometry(page, scan):
    """Stroke weight and skew at double resolution, then down to the final size."""
    if scan.spread:
        page = page.filter(ImageFilter.MinFilter(3) if scan.spread > 0 else ImageFilter.MaxFilter(3))
    if scan.skew:
        page = page.rotate(scan.skew, Image.BICUBIC, fillcolor=255)
    return page.resize((page.width // 2, page.height // 2), Image.BOX)


def wave_rows(grey, amplitude):
    """Shifts columns up and down along half a sine, as the curve of an open book does."""
    width = grey.shape[1]
    shifts = np.round(amplitude * np.sin(np.pi * np.arange(width) / width)).astype(int)
    return np.stack([np.roll(grey[:, x], shifts[x]) for x in range(width)], axis=1)


def draw_marks(page, scan, rng):
    """Streaks, pen strokes and the stamp, on the page as it lies on the glass."""
    draw = ImageDraw.Draw(page)
    width, height = page.size
    for _ in range(scan.lines):
        x, y = rng.integers(0, width), rng.integers(0, height)
        if rng.random() < 0.5:
            draw.line((x, 0, x + int(rng.integers(-3, 4)), height), fill=110, width=1)
        else:
            draw.line((x, y, x + int(rng.integers(80, 300)), y + int(rng.integers(-60, 60))), fill=70, width=3)
    if scan.stamp:
        radius = scan.dpi // 2
        x, y = int(width * 0.68), int(height * 0.72)
        for r, w in ((radius, 5), (radius - 14, 2)):
            draw.ellipse((x - r, y - r, x + r, y + r), outline=120, width=w)
        draw.line((x - radius, y + 10, x + radius, y - 25), fill=130, width=3)
    return page


def tone(grey, scan, rng):
    """Ink and paper tones, fading, paper grain, light and shadow, noise."""
    height, width = grey.shape
    cover = 1 - grey / 255
    if scan.fade:
        cover *= 1 - scan.fade * (0.5 + 0.5 * slow_field(rng, grey.shape, 7))
    if scan.bleed:
        cover = np.maximum(cover, scan.bleed * np.roll(cover[:, ::-1], scan.dpi // 9, axis=0))
    paper = np.full(grey.shape, float(scan.paper), np.float32)
    if scan.texture:
        grain = sum(
            weight * slow_field(rng, grey.shape, cells) for cells, weight in ((5, 0.4), (37, 0.25), (311, 0.35))
        )
        paper += scan.texture * grain
    across, down = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    light = 1 - scan.light * (across + down**2) / 2
    if scan.gutter:
        light = light * (1 - scan.gutter * np.exp(-across * 14))
    picture = (paper + (scan.ink - paper) * cover) * light
    return picture + rng.normal(0, 1, grey.shape) * scan.noise


def dirt(picture, scan, rng):
    """Specks of dust and the black border of the glass."""
    height, width = picture.shape
    count = int(scan.speckle * width * height / 1000 * (200 / scan.dpi) ** 2)
    ys, xs = rng.integers(0, height - 3, count), rng.integers(0, width - 3, count)
    for y, x, size, dark in zip(ys, xs, rng.integers(1, 4, count), rng.random(count) < 0.75):
        picture[y : y + size, x : x + int(rng.integers(1, 4))] = 30 if dark else 245
    if scan.border:
        ragged = scan.border + (6 * slow_field(rng, (height, 1), 9)).astype(int)
        for y in range(height):
            picture[y, : max(0, int(ragged[y, 0]))] = 12
        picture[height - scan.border // 2 :, :] = 15
    return picture


def degrade(page, scan):
    """The whole way from the page at double resolution to the finished picture."""
    rng = scan.rng()
    page = draw_marks(geometry(page, scan), scan, rng)
    if scan.blur:
        page = page.filter(ImageFilter.GaussianBlur(scan.blur))
    grey = np.asarray(page, np.float32)
    if scan.wave:
        grey = wave_rows(grey, scan.wave)
    picture = dirt(tone(grey, scan, rng), scan, rng).clip(0, 255)
    if scan.levels == 2:
        done = Image.fromarray(((picture > (scan.ink + scan.paper) / 2 + 5) * 255).astype(np.uint8))
        done = done.convert("1", dither=Image.NONE)
    elif scan.levels:
        step = 255 / (scan.levels - 1)
        done = Image.fromarray((np.round(picture / step) * step).astype(np.uint8))
    else:
        done = Image.fromarray(np.round(picture).astype(np.uint8))
    if scan.tint:
        done = Image.merge("RGB", [done.point([round(v * part / 255) for v in range(256)]) for part in scan.tint])
    return done.rotate(scan.turn, expand=True) if scan.turn else done


def save(picture, path, scan):
    """Writes the picture in the form its name asks for, as small as it goes."""
    dpi = (scan.dpi, scan.dpi)
    if path.suffix == ".jpg":
        picture.save(path, quality=scan.quality, dpi=dpi, optimize=True)
    elif path.suffix == ".tif":
        picture.save(path, compression="group4", dpi=dpi)
    elif scan.levels > 2:
        palette = Image.new("P", (1, 1))
        shades = [round(255 * i / (scan.levels - 1)) for i in range(scan.levels)]
        palette.putpalette([v for s in shades for v in (s, s, s)])
        index = (np.asarray(picture, np.int32) * (scan.levels - 1) + 127) // 255
        pixels = Image.fromarray(index.astype(np.uint8), "P")
        pixels.putpalette(palette.getpalette()[: 3 * scan.levels])
        pixels.save(path, bits=4, optimize=True, dpi=dpi)
    else:
        picture.save(path, optimize=True, dpi=dpi)
