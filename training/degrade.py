"""What printing and scanning do to a line. Images are float32 arrays of darkness: 0 paper, 1 ink.

Every function takes the drawn line at the resolution of its drawing and a factor to the resolution of the scan, and
returns the grey scan (0..255) at that resolution.
"""

import io
import random

import numpy as np
from PIL import Image, ImageFilter

uniform = random.uniform


def chance(p):
    return random.random() < p


def resized(ink, width, height, how=Image.BOX):
    return np.asarray(Image.fromarray(ink).resize((max(4, width), max(4, height)), how))


def blurred(ink, sigma):
    """Gaussian blur."""
    if sigma < 0.15:
        return ink
    image = Image.fromarray((np.clip(ink, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(sigma)), np.float32) / 255


def field(shape, cell):
    """A smooth random field in about -1..1 whose features are `cell` (height, width) pixels large."""
    rows, columns = max(2, int(shape[0] / cell[0])), max(2, int(shape[1] / cell[1]))
    coarse = np.random.rand(rows, columns).astype(np.float32) * 2 - 1
    return resized(coarse, shape[1], shape[0], Image.BILINEAR)


def spread(ink):
    """Ink gain or loss: blur and a new, possibly uneven threshold. Loss breaks thin strokes as faded prints do."""
    soft = blurred(ink, uniform(0.6, 1.6))
    level = uniform(0.25, 0.75) + (field(ink.shape, (40, 60)) * uniform(0, 0.3) if chance(0.4) else 0)
    return np.clip((soft - level) * uniform(3, 10) + 0.5, 0, 1)


def worn(ink):
    """Specks of lost ink, light bands and streaks: worn ribbons and thermal heads."""
    loss = np.random.rand(*ink.shape).astype(np.float32)
    loss = (blurred(loss, uniform(0.4, 1.2)) > uniform(0.5, 0.72)) * uniform(0.3, 1)
    ink = ink * (1 - loss) if chance(0.5) else ink
    if chance(0.3):
        ink = ink * (1 - uniform(0.2, 0.7) * np.abs(field(ink.shape, (200, uniform(20, 120)))))
    if chance(0.25):
        for _ in range(random.randint(1, 3)):
            row = random.randrange(ink.shape[0])
            ink = ink.copy()
            ink[row : row + random.randint(1, 2)] *= uniform(0, 0.5)
    return ink


def specks(grey, share):
    """Pepper and salt, single pixels or small blots."""
    spots = np.random.rand(*grey.shape) < share
    if chance(0.3):
        spots |= np.roll(spots, 1, random.randint(0, 1))
    dark = np.random.rand(*grey.shape) < uniform(0.3, 1)
    return np.where(spots, np.where(dark, 0.0, 255.0), grey).astype(np.float32)


def jpeg(grey, low, high):
    """Through a JPEG file of a random quality."""
    buffer = io.BytesIO()
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(
        buffer, "JPEG", quality=random.randint(low, high)
    )
    return np.asarray(Image.open(buffer), np.float32)


def toned(ink, dark, paper, noise):
    """Darkness to grey values: ink and paper levels, uneven light, sensor noise."""
    if chance(0.25):
        dark, paper = max(dark, 0) + uniform(0, 60), paper - uniform(0, 60)
    grey = paper + (dark - paper) * ink
    if chance(0.3):
        grey = grey + field(grey.shape, (300, 200)) * uniform(5, 35)
    grain = np.random.standard_normal(grey.shape).astype(np.float32) * noise
    if chance(0.3):
        grain = blurred(grain / 64 + 0.5, 0.6) * 64 - 32
    return np.clip(grey + grain, 0, 255)


def sharpened(grey):
    """The unsharp mask that scanners apply."""
    image = Image.fromarray(grey.astype(np.uint8)).filter(
        ImageFilter.UnsharpMask(uniform(0.7, 2), random.randint(50, 200), 2)
    )
    return np.asarray(image, np.float32)


def at_scan(ink, factor):
    """To the scan's resolution; most scanners average, cameras and rescaled pages interpolate."""
    how = random.choice([Image.BOX, Image.BOX, Image.BILINEAR, Image.BICUBIC])
    return np.clip(resized(ink, round(ink.shape[1] * factor), round(ink.shape[0] * factor), how), 0, 1)


def binarized(grey):
    """One bit a pixel, at a threshold that thickens or thins."""
    low, high = np.percentile(grey, (2, 98))
    level = low + (high - low) * uniform(0.3, 0.7)
    return np.where(grey > level, 255, 0).astype(np.float32)


def office(ink, factor):
    """A flatbed at 300 dpi."""
    ink = spread(ink) if chance(0.4) else ink
    ink = blurred(at_scan(ink, factor), uniform(0, 0.8))
    grey = toned(ink, uniform(0, 60), uniform(215, 255), uniform(0, 6))
    grey = sharpened(grey) if chance(0.2) else grey
    grey = binarized(grey) if chance(0.2) else grey
    return jpeg(grey, 60, 95) if chance(0.5) else grey


def photo(ink, factor):
    """A noisy 200 dpi scan or a photograph, compressed."""
    ink = spread(ink) if chance(0.4) else ink
    ink = worn(ink) if chance(0.15) else ink
    ink = blurred(at_scan(ink, factor), uniform(0, 1.1))
    grey = toned(ink, uniform(0, 110), uniform(160, 255), uniform(0, 22))
    grey = specks(grey, uniform(0, 0.01)) if chance(0.1) else grey
    return jpeg(grey, 20, 80) if chance(0.7) else grey


def fax(ink, factor):
    """Group 3/4: 204 x 196 or 204 x 98 dots an inch, one bit, pepper; stretched back to square pixels."""
    coarse = 0.5 if chance(0.4) else 1.0
    ink = spread(ink) if chance(0.4) else ink
    width, height = round(ink.shape[1] * factor), round(ink.shape[0] * factor)
    scan = blurred(np.clip(resized(ink, width, round(height * coarse)), 0, 1), uniform(0, 0.5))
    grey = binarized(toned(scan, uniform(0, 60), uniform(200, 255), uniform(0, 30)))
    grey = specks(grey, uniform(0, 0.02)) if chance(0.6) else grey
    grey = resized(grey, width, height, random.choice([Image.NEAREST, Image.BILINEAR, Image.BOX]))
    return jpeg(grey, 50, 90) if chance(0.15) else grey


def receipt(ink, factor):
    """A till roll at 60 to 150 dpi: raster print, wear, low resolution, often over-exposed or compressed."""
    ink = raster(ink) if chance(0.35) else ink
    ink = spread(ink) if chance(0.5) else ink
    ink = worn(ink) if chance(0.5) else ink
    ink = blurred(at_scan(ink, factor), uniform(0, 0.7))
    if chance(0.3):
        ink = np.clip((ink - uniform(0, 0.3)) * uniform(1, 2.5), 0, 1)
    grey = toned(ink, uniform(0, 130), uniform(175, 255), uniform(0, 14))
    grey = sharpened(grey) if chance(0.3) else grey
    grey = binarized(grey) if chance(0.12) else grey
    grey = specks(grey, uniform(0, 0.01)) if chance(0.1) else grey
    return jpeg(grey, 30, 90) if chance(0.7) else grey


def raster(ink):
    """Print heads: the line on a coarse grid of square pixels or round dots, 2 to 4 pixels of the drawing apart."""
    rows = ink.shape[0]
    pitch = random.choice([2, 2, 3, 3, 4])
    grid = resized(ink, ink.shape[1] // pitch, rows // pitch)
    grid = np.clip((grid - uniform(0.2, 0.45)) * 20, 0, 1)
    big = resized(grid, ink.shape[1], rows, Image.NEAREST)
    if chance(0.4) or pitch < 3:
        return big
    y, x = np.mgrid[0:rows, 0 : ink.shape[1]].astype(np.float32)
    step_x, step_y = ink.shape[1] / max(1, ink.shape[1] // pitch), rows / max(1, rows // pitch)
    away = np.hypot((x + 0.5) / step_x % 1 - 0.5, (y + 0.5) / step_y % 1 - 0.5)
    return big * np.clip((uniform(0.42, 0.62) - away) * pitch + 0.5, 0, 1)
