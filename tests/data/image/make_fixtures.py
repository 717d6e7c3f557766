#!/usr/bin/env python3
"""Makes the image fixtures of test_image_files.c: one picture of six flat 16 x 16 blocks,

    red   white  black
    white grey   blue

in every format and variant we read (python3-pil; run in this folder).
"""
from PIL import Image

COLORS = [[(200, 0, 0), (255, 255, 255), (0, 0, 0)], [(255, 255, 255), (128, 128, 128), (0, 0, 255)]]
GRAYS = [[60, 255, 0], [255, 128, 30]]
BITS = [[0, 255, 0], [255, 255, 0]]


def picture(mode, values):
    im = Image.new(mode, (48, 32))
    for row in range(2):
        for col in range(3):
            im.paste(values[row][col], (16 * col, 16 * row, 16 * col + 16, 16 * row + 16))
    return im


rgb, gray, bits = picture("RGB", COLORS), picture("L", GRAYS), picture("1", BITS)
turns = {
    1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
    5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270,
}
for name, im in (("rgb", rgb), ("gray", gray), ("bits", bits)):
    for ext in ("png", "bmp", "gif", "pnm"):
        im.save(f"{name}.{ext}")
    im.save(f"{name}-packbits.tif", compression="packbits", dpi=(200, 200))
    im.save(f"{name}-lzw.tif", compression="tiff_lzw", dpi=(300, 300))
    if name != "bits":
        im.save(f"{name}-jpeg.tif", compression="jpeg", quality=95)
        im.save(f"{name}.jpg", quality=95, dpi=(150, 150))
        im.save(f"{name}-progressive.jpg", quality=95, progressive=True)
        im.save(f"{name}.jp2")
        im.save(f"{name}-lossy.webp", quality=95)
        im.save(f"{name}-lossless.webp", lossless=True)
bits.save("bits-g3.tif", compression="group3", dpi=(204, 98))
bits.save("bits-g4.tif", compression="group4", dpi=(204, 196))
gray.convert("I").point(lambda v: v * 257).convert("I;16").save("gray-16.png")
gray.convert("I").point(lambda v: v * 257).convert("I;16").save("gray-16.tif")
rgb.convert("P", palette=Image.ADAPTIVE).save("rgb-palette.png")
rgb.convert("P", palette=Image.ADAPTIVE).save("rgb-palette.tif")
rgb.convert("CMYK").save("rgb-cmyk.jpg", quality=95)
rgb.convert("CMYK").save("rgb-cmyk.tif")
alpha = rgb.convert("RGBA")
alpha.putalpha(bits.convert("L").point(lambda v: 255))
alpha.paste((0, 0, 0, 0), (16, 0, 32, 16))  # what was white becomes transparent black
for ext in ("png", "webp", "tif"):
    alpha.save(f"rgb-alpha.{ext}", **({"lossless": True, "exact": True} if ext == "webp" else {}))
la = gray.convert("LA")
la.paste((0, 0), (16, 0, 32, 16))
la.save("gray-alpha.png")
for o, turn in turns.items():
    stored = rgb if turn is None else rgb.transpose(turn)
    exif = Image.Exif()
    exif[274] = o
    stored.save(f"rgb-turn{o}.jpg", quality=95, exif=exif)
    stored.save(f"rgb-turn{o}.tif", tiffinfo={274: o})
    stored = bits if turn is None else bits.transpose(turn)
    stored.save(f"bits-turn{o}.tif", tiffinfo={274: o}, compression="group4")
bits.save("pages3.tif", save_all=True, append_images=[gray, rgb], compression="tiff_lzw")
rgb.save("rgb-frames.gif", save_all=True, append_images=[rgb.transpose(Image.ROTATE_180)], duration=100)


def interlaced(path, im):
    """An Adam7 PNG, which Pillow does not write."""
    import struct
    import zlib
    raw = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, im.height, dy):
            raw += b"\0" + b"".join(bytes(im.getpixel((x, y))) for x in range(x0, im.width, dx))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", im.width, im.height, 8, 2 if im.mode == "RGB" else 6, 0, 0, 1)),
              (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in chunks:
            f.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


interlaced("rgb-interlaced.png", rgb)
interlaced("rgb-interlaced-alpha.png", alpha)
