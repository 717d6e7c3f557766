"""Hostile pictures: PNG, JPEG, TIFF, and what else Leptonica reads."""

import struct
import zlib

import numpy as np

from parts import ANY, case, chunk, encoded, grey_tags, plain, png, tiff, zeros

# ---- PNG --------------------------------------------------------------------------------------------------------

GOOD_PNG = encoded("PNG")
ROWS = zlib.compress(bytes(9 * 8))
for percent in (5, 50, 95):
    plain(
        f"truncated-{percent}.png",
        "2" if percent == 5 else ANY,
        f"the first {percent} % of a sound PNG",
        GOOD_PNG[: len(GOOD_PNG) * percent // 100],
    )
plain("crc-data.png", ANY, "a wrong checksum on the pixels", GOOD_PNG[:-16] + b"\0\0\0\0" + GOOD_PNG[-12:])
plain("crc-header.png", "2", "a wrong checksum on the header", GOOD_PNG[:29] + b"\0\0\0\0" + GOOD_PNG[33:])
plain("width-zero.png", "2", "width 0", png(0, 8, ROWS))
plain("size-enormous.png", "2", "claims 100000 x 100000 pixels, holds 64", png(100000, 100000, ROWS))
plain("size-maximal.png", "2", "claims 2^31-1 pixels each way", png(0x7FFFFFFF, 0x7FFFFFFF, ROWS, 16, 6))
plain(
    "bomb.png",
    "2|0",
    "30000 x 30000 pixels of one bit that are really there",
    png(30000, 30000, zeros(3751 * 30000), 1),
)
plain("depth-illegal.png", "2", "3 bits a pixel", png(8, 8, ROWS, 3))
plain("palette-missing.png", ANY, "colours from a palette that is not there", png(8, 8, ROWS, 8, 3))
plain(
    "data-missing.png",
    "2|4",
    "no pixels between header and end",
    b"\x89PNG\r\n\x1a\n" + GOOD_PNG[8:33] + chunk(b"IEND", b""),
)
plain("data-short.png", ANY, "fewer rows than the header says", png(8, 4000, ROWS))
plain("filter-illegal.png", ANY, "row filter 9", png(8, 8, zlib.compress(b"\x09" * 72)))
plain(
    "comment-bomb.png",
    ANY,
    "a compressed comment of 64 MB",
    png(8, 8, ROWS, extra=chunk(b"zTXt", b"Comment\0\0" + zeros(64 << 20))),
)
plain("chunk-length.png", ANY, "a chunk that claims 4 GB", GOOD_PNG[:33] + b"\xff\xff\xff\xfftEXtA" + GOOD_PNG[33:])
plain("one-pixel.png", "0", "a sound picture of one pixel", png(1, 1, zlib.compress(b"\0\0")))
plain("line-tall.png", "0|2", "one pixel wide, 60000 high", png(1, 60000, zlib.compress(b"\0\xff" * 60000)))

# ---- JPEG -------------------------------------------------------------------------------------------------------

GOOD_JPEG = encoded("JPEG", quality=60)
FRAME = GOOD_JPEG.index(b"\xff\xc0")


def jpeg_size(height, width):
    """The sound JPEG with another size in its frame header."""
    return GOOD_JPEG[: FRAME + 5] + struct.pack(">HH", height, width) + GOOD_JPEG[FRAME + 9 :]


def noisy_jpeg():
    """The sound JPEG with every 37th byte of its compressed data changed."""
    data = bytearray(GOOD_JPEG)
    for i in range(GOOD_JPEG.index(b"\xff\xda") + 60, len(data) - 2, 37):
        data[i] ^= 0x5A
    return bytes(data)


for percent in (2, 50, 95):
    plain(
        f"truncated-{percent}.jpg",
        "2" if percent == 2 else ANY,
        f"the first {percent} % of a sound JPEG",
        GOOD_JPEG[: len(GOOD_JPEG) * percent // 100],
    )
plain("size-enormous.jpg", "2|4", "claims 65500 x 65500 pixels", jpeg_size(65500, 65500))
plain("size-zero.jpg", "2", "claims no pixels", jpeg_size(0, 0))
plain("huffman-noise.jpg", ANY, "changed bytes in the compressed data", noisy_jpeg())
plain("tables-missing.jpg", ANY, "no Huffman tables", GOOD_JPEG.replace(b"\xff\xc4", b"\xff\xe7"))
plain("components.jpg", "2|4", "says it has 9 components", GOOD_JPEG[: FRAME + 9] + b"\x09" + GOOD_JPEG[FRAME + 10 :])
plain("segment-length.jpg", ANY, "a segment of length 1", GOOD_JPEG[:2] + b"\xff\xe1\0\1" + GOOD_JPEG[2:])
plain(
    "exif-loop.jpg",
    "0|2",
    "an EXIF block whose directory follows itself and whose orientation is 77",
    GOOD_JPEG[:2] + b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0M\0\0\0\x08\0\0\0" + GOOD_JPEG[2:],
)
plain("cmyk.jpg", "0", "a sound picture in CMYK", encoded("JPEG", "CMYK", quality=40))

# ---- TIFF -------------------------------------------------------------------------------------------------------

GOOD_TIFF = encoded("TIFF", "1", compression="group4")
SHADES = bytes(range(64))
for percent in (10, 60, 98):
    plain(
        f"truncated-{percent}.tif",
        "2" if percent == 10 else ANY,
        f"the first {percent} % of a sound Group 4 TIFF",
        GOOD_TIFF[: len(GOOD_TIFF) * percent // 100],
    )
plain("strips-huge.tif", "2|4", "a strip of 4 GB in a file of 200 bytes", tiff([grey_tags(8, 8, 0xFFFFFFFF)], SHADES))
plain(
    "size-enormous.tif",
    "2|4",
    "claims 4,000,000,000 x 4,000,000,000 pixels",
    tiff([grey_tags(4000000000, 4000000000, 64)], SHADES),
)
plain("size-zero.tif", "2|4", "claims no pixels", tiff([grey_tags(0, 0, 64)], SHADES))
plain(
    "size-large-group4.tif",
    "2|4",
    "100000 x 100000 pixels by Group 4 from 64 bytes",
    tiff([grey_tags(100000, 100000, 64, 4, 1)], SHADES),
)
plain("offset-beyond.tif", "2", "the first directory lies beyond the end", b"II*\0\xff\xff\xff\x7f" + SHADES)
plain("offset-zero.tif", "2", "no directory", b"II*\0\0\0\0\0")
plain("samples-65535.tif", "2|4", "65535 samples a pixel", tiff([grey_tags(8, 8, 64, samples=65535)], SHADES))
plain("bits-0.tif", "2|4", "no bits a sample", tiff([grey_tags(8, 8, 64, bits=0)], SHADES))
plain(
    "group4-noise.tif",
    ANY,
    "noise as Group 4 data",
    tiff([grey_tags(600, 800, 900, 4, 1)], np.random.default_rng(9).bytes(900)),
)
plain("compression-unknown.tif", "2|4", "compression 4242", tiff([grey_tags(8, 8, 64, 4242)], SHADES))
plain("bigtiff-short.tif", "2", "the head of a BigTIFF and nothing else", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0")
plain(
    "directory-loop.tif",
    ANY,
    "a directory that follows itself",
    tiff([grey_tags(8, 8)], SHADES)[:-4] + struct.pack("<I", 8 + 64),
)


@case("second-page.tif", "4", "three pages, the second claims an impossible compression")
def second_page():
    return tiff([grey_tags(8, 8), grey_tags(8, 8, compression=4242), grey_tags(8, 8)], SHADES)


@case("many-pages.tif", "0|2|4", "600 directories that share eight bytes of pixels")
def many_pages():
    one = {256: (4, 8), 257: (4, 8), 258: (3, 1), 259: (3, 1), 262: (3, 1), 273: (4, 8), 278: (4, 8), 279: (4, 8)}
    return tiff([one] * 600, bytes(8))


# ---- what else Leptonica reads ------------------------------------------------------------------------------------

for form, suffix in (("GIF", "gif"), ("WEBP", "webp"), ("BMP", "bmp"), ("PPM", "pgm"), ("JPEG2000", "jp2")):
    whole = encoded(form, "1" if form == "BMP" else "L")
    plain(f"truncated-50.{suffix}", ANY, f"half of a sound {form} file", whole[: len(whole) // 2])
    plain(f"truncated-head.{suffix}", "2", f"the first 14 bytes of a sound {form} file", whole[:14])
GOOD_BMP = encoded("BMP", "1")
plain(
    "size-enormous.bmp",
    "2",
    "claims 2^31-1 x 2^31-1 pixels",
    GOOD_BMP[:18] + struct.pack("<ii", 0x7FFFFFFF, 0x7FFFFFFF) + GOOD_BMP[26:],
)
plain("height-minimal.bmp", "2", "height -2^31", GOOD_BMP[:22] + struct.pack("<i", -0x80000000) + GOOD_BMP[26:])
plain("offset-beyond.bmp", ANY, "pixels that begin beyond the end", GOOD_BMP[:10] + b"\xff\xff\xff\x7f" + GOOD_BMP[14:])
plain("size-enormous.pgm", "2", "claims 99999 x 99999 pixels", b"P5 99999 99999 255\n" + SHADES)
plain("size-negative.pgm", "2", "claims -5 x 8 pixels", b"P5 -5 8 255\n" + SHADES)
plain("maximum-zero.pgm", ANY, "a maximum of 0", b"P5 8 8 0\n" + SHADES)
plain(
    "ascii-short.pbm",
    ANY,
    "an ASCII bitmap that stops in its third row",
    b"P1\n# c\n12 12\n0 1 0 1 0 1 0 1 0 1 0 1\n1 1 1",
)
plain(
    "canvas-enormous.gif",
    "2|4",
    "a canvas of 65535 x 65535 pixels with a frame outside it",
    b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\xf0\xff\xf0\xff\x20\0\x20\0\0\x02\x02\x4c\x01\0;",
)
