#!/usr/bin/env python3
"""Fixtures of the VLM's pixel side, under tests/data/vlm/pixels/: what Pillow and the reference image processor make of
images that both sides draw for themselves.

Needs transformers with got_ocr2's PIL processor (5.x), numpy, Pillow.  Only run to make the fixtures anew:

    python tools/make_pixel_fixtures.py          writes grids.txt, resize.txt, tiles.txt
    python tools/make_pixel_fixtures.py --check  says whether the committed ones are still what comes out

An image is named by (kind, seed, width, height, channels) and drawn by the same few lines here and in
tests/vision/test_vlm_tiles.c.  A hash is the first 16 hex digits of SHA-256 of the bytes.
"""
import argparse
import hashlib
import pathlib
import sys

import numpy as np
import PIL
import transformers
from PIL import Image
from transformers.models.got_ocr2 import image_processing_pil_got_ocr2 as reference

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "vlm" / "pixels"
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]
NOISE, SMOOTH, INK = range(3)


def draw(kind, seed, width, height, channels):
    """[height, width, channels] uint8: noise of all values, slow waves, or noise of black and white alone."""
    if kind == SMOOTH:
        y, x, c = np.ogrid[:height, :width, :channels]
        return ((x * x // 3 + seed * y + 40 * c) >> 2 & 255).astype(np.uint8)
    n = width * height * channels
    # state i of the generator s = 1664525 s + 1013904223 mod 2^32, all at once: powers and their sums, doubled up
    factor, term = np.array([1664525], np.uint64), np.array([1013904223], np.uint64)
    while len(factor) < n:
        f, t = factor[-1], term[-1]
        factor = np.concatenate([factor, factor * f & 0xFFFFFFFF])
        term = np.concatenate([term, (factor[: len(term)] * t + term) & 0xFFFFFFFF])
    state = (factor[:n] * np.uint64(seed) + term[:n]) & np.uint64(0xFFFFFFFF)
    values = state >> np.uint64(24) if kind == NOISE else (state >> np.uint64(31)) * np.uint64(255)
    return values.astype(np.uint8).reshape(height, width, channels)


def pil(pixels):
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def short_hash(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def grids():
    """width height min max -> cols rows, at tiles of 448."""
    sizes = [(1654, 2339), (2480, 3508), (1240, 1754), (595, 842), (1275, 1650), (2550, 3300), (2299, 1718), (800, 600),
             (640, 480), (400, 300), (448, 448), (640, 640), (1666, 1484), (1, 1), (1, 20000), (20000, 1), (2, 3),
             (3508, 2480), (4961, 7016), (10000, 10000), (65535, 65535), (1, 2), (2, 1)]
    # exact ties: a ratio that several grids have, areas around half of each grid's pixels
    for cols, rows in [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (1, 3), (4, 3), (3, 4)]:
        for step in [1, 7, 223, 224, 316, 317, 318, 447, 448, 449, 633, 634, 950, 1268, 1585]:
            sizes.append((cols * step, rows * step))
    # half way between two ratios: |ar - a| and |ar - b| are equal numbers, or nearly
    sizes += [(3, 2), (3 * 448, 2 * 448), (3 * 700, 4 * 700), (5, 2), (5 * 300, 2 * 300), (7, 2), (448 * 7, 448 * 2),
              (5, 8), (5 * 500, 8 * 500), (5, 12), (7, 24), (17, 24), (1700, 2400), (11, 12)]
    state = 12345
    for _ in range(110):
        pair = []
        for _ in range(2):
            state = (1664525 * state + 1013904223) % 2**32
            pair.append(1 + (state >> 16) % 5000)
        sizes.append(tuple(pair))
    lines = []
    for i, (width, height) in enumerate(dict.fromkeys(sizes)):
        limits = [(1, 12)] + [[(8, 24)], [(1, 6), (8, 12)], [(1, 64)], [(4, 4), (2, 12)], [(64, 64)], [(1, 1)]][i % 6]
        for low, high in limits:
            cols, rows = reference.get_optimal_tiled_canvas((height, width), (448, 448), low, high)
            lines.append(f"{width} {height} {low} {high} {cols} {rows}")
    return lines


def resize():
    """kind seed width height channels -> width height: hash, and all bytes (hex) of the small ones."""
    cases = []
    for kind in (NOISE, SMOOTH, INK):
        for channels in (1, 3):
            for width, height in [(1, 1), (1, 37), (41, 1), (2, 2), (17, 23), (64, 48), (200, 131)]:
                targets = [(1, 1), (448, 448), (width, height), (width, 2 * height), (3 * width, height), (5, 3),
                           (width + 1, height), (max(1, width - 1), height + 1), (7, 200)]
                for i, target in enumerate(targets):
                    if kind == NOISE or (i + width) % 3 == 0:
                        cases.append((kind, width * 31 + height, width, height, channels, *target))
    # a page, a long strip, a huge shrink to one pixel, a growing one
    cases += [(NOISE, 1, 1240, 1754, 3, 896, 1344), (INK, 2, 1240, 1754, 1, 1344, 1792), (NOISE, 3, 20000, 3, 3, 448, 448),
              (NOISE, 4, 3, 20000, 1, 448, 448), (NOISE, 5, 1500, 1500, 3, 1, 1), (INK, 6, 60000, 1, 1, 1, 1),
              # down goes first where the height loses more than twice what the width does: on both sides of it
              (NOISE, 20, 60, 90, 3, 50, 70), (NOISE, 21, 60, 90, 3, 50, 69), (NOISE, 22, 60, 90, 1, 60, 89),
              (NOISE, 23, 60, 90, 1, 61, 89), (NOISE, 24, 60, 90, 3, 61, 90), (NOISE, 25, 60, 90, 3, 90, 91),
              (INK, 26, 1300, 1900, 3, 1344, 1792),
              (INK, 7, 1, 60000, 1, 1, 2), (SMOOTH, 8, 60, 80, 3, 1344, 1792), (INK, 9, 1000, 700, 3, 999, 701)]
    # across a million: weights that round badly
    cases += [(INK, 10, 1500000, 1, 1, 1, 1), (NOISE, 11, 1, 2000000, 1, 1, 3), (INK, 12, 3000000, 1, 1, 2, 1)]
    lines = []
    for kind, seed, width, height, channels, *target in dict.fromkeys(cases):
        made = np.asarray(pil(draw(kind, seed, width, height, channels)).resize(tuple(target), Image.Resampling.BICUBIC))
        full = made.tobytes().hex() if 1 < made.size <= 40 else "-"
        lines.append(f"{kind} {seed} {width} {height} {channels} {target[0]} {target[1]} {short_hash(made)} {full}")
    return lines


def tiles():
    """kind seed width height channels, side min max -> tiles, hash of the float32 bytes, three values as bits."""
    cases = [(NOISE, 1, 300, 200, 3, 28, 1, 12), (NOISE, 2, 300, 200, 1, 28, 1, 12), (SMOOTH, 3, 57, 91, 3, 28, 1, 6),
             (INK, 4, 1, 1, 3, 14, 1, 12), (INK, 5, 5, 200, 1, 14, 1, 12), (NOISE, 6, 28, 28, 3, 28, 1, 1),
             (NOISE, 7, 84, 56, 3, 28, 1, 12), (SMOOTH, 8, 640, 480, 3, 448, 1, 12), (NOISE, 9, 595, 842, 3, 448, 1, 12),
             (INK, 10, 595, 842, 1, 448, 8, 12), (NOISE, 11, 448, 448, 3, 448, 1, 12), (NOISE, 12, 100, 3, 3, 56, 3, 24),
             (NOISE, 13, 256, 1, 1, 16, 1, 64)]
    lines = []
    for kind, seed, width, height, channels, side, low, high in cases:
        processor = reference.GotOcr2ImageProcessorPil(
            size={"height": side, "width": side}, crop_to_patches=True, min_patches=low, max_patches=high,
            image_mean=MEAN, image_std=STD)
        made = processor(pil(draw(kind, seed, width, height, channels)), return_tensors="np")["pixel_values"]
        assert made.dtype == np.float32 and made.shape[1:] == (3, side, side), (made.dtype, made.shape)
        flat = np.ascontiguousarray(made).reshape(-1)
        bits = flat[[0, len(flat) // 2 + 1, -1]].view(np.uint32)
        lines.append(f"{kind} {seed} {width} {height} {channels} {side} {low} {high} {len(made)} {short_hash(made)} "
                     + " ".join(f"{b:08x}" for b in bits))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 if a file would change")
    check = parser.parse_args().check
    changed = False
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in (grids, resize, tiles):
        head = [f"# tools/make_pixel_fixtures.py: {make.__doc__}",
                f"# Pillow {PIL.__version__}, transformers {transformers.__version__}"]
        text = "\n".join(head + make()) + "\n"
        path = FOLDER / f"{make.__name__}.txt"
        if not check:
            path.write_text(text, encoding="ascii")
        elif path.read_text(encoding="ascii") != text:
            print(f"{path.name}: not what comes out", file=sys.stderr)
            changed = True
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
