"""Pictures and streams that are small and ask for much, for tools/make_torture.py: (class, name, bytes)."""

import io
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from parts import chunk, encoded, grey_tags, image_object, image_page, one_page, packed, pages, pdf, png, run, stream, text, tiff


# ---- picture files ---------------------------------------------------------------------------------------------


def pngs():
    for width, height, bits, colour in ((14000, 14000, 8, 0), (14000, 14000, 1, 0), (9000, 9000, 16, 6), (1, 190000000, 8, 0), (190000000, 1, 8, 0), (40000, 40000, 1, 0), (30000, 6000, 8, 2)):
        row = (width * bits * {0: 1, 2: 3, 6: 4}[colour] + 7) // 8 + 1
        yield f"png-{width}x{height}-{bits}-{colour}", png(width, height, run(0, min(row * height, 1 << 31)), bits, colour)
    yield "png-interlaced", png(12000, 12000, run(0, 160 << 20), 8, 0).replace(struct.pack(">BBBBB", 8, 0, 0, 0, 0), struct.pack(">BBBBB", 8, 0, 0, 0, 1), 1)
    for kind in (b"zTXt", b"iCCP", b"iTXt"):
        body = b"x\0" + (b"\1\0\0\0" if kind == b"iTXt" else b"\0") + run(0, 512 << 20)
        yield f"png-{kind.decode()}", png(8, 8, run(0, 72), extra=chunk(kind, body))
    yield "png-chunks", png(8, 8, run(0, 72), extra=chunk(b"tEXt", b"a\0b") * 100000)
    yield "png-data-after", png(8, 8, run(0, 900 << 20))
    yield "png-frames", png(64, 64, run(0, 64 * 65), extra=chunk(b"acTL", struct.pack(">II", 1 << 30, 0)) + chunk(b"fcTL", bytes(26)) * 20000)


def jpegs():
    out = io.BytesIO()
    Image.new("L", (3000, 3000), 200).save(out, "JPEG", progressive=True, quality=50)
    whole = out.getvalue()
    last = whole.rindex(b"\xff\xda")
    for count in (300, 4000):
        yield f"jpeg-scans-{count}", whole[:-2] + whole[last:-2] * count + b"\xff\xd9"
    for height, width in ((65500, 2900), (2900, 65500), (13000, 13000), (65500, 65500), (1, 65500)):
        at = whole.index(b"\xff\xc2")
        yield f"jpeg-{height}x{width}", whole[: at + 5] + struct.pack(">HH", height, width) + whole[at + 9 :]
    plain = encoded("JPEG")
    yield "jpeg-comments", plain[:2] + (b"\xff\xfe\xff\xff" + bytes(65533)) * 300 + plain[2:]
    yield "jpeg-fill", plain[:2] + b"\xff" * 5000000 + plain[2:]
    yield "jpeg-restarts", plain[:2] + b"\xff\xdd\0\4\0\1" + plain[2:]
    yield "jpeg-thumbnails", plain[:2] + (b"\xff\xe1" + struct.pack(">H", len(plain) + 8) + b"Exif\0\0" + plain) * 500 + plain[2:]
    yield "jpeg-no-end", plain[:-2] + bytes(3000000)


def tiffs():
    for width, height, compression in ((14000, 14000, 4), (60000, 3000, 4), (14000, 14000, 3), (100000, 1900, 32773)):
        data = {4: b"\0" * 40, 3: b"\0\1" * 60, 32773: b"\x81\0" * 20000}[compression]
        yield f"tiff-{compression}-{width}x{height}", tiff([grey_tags(width, height, len(data), compression, 1)], data)
    squeezed = run(255, 196 << 20)
    yield "tiff-deflate", tiff([grey_tags(14000, 14000, len(squeezed), 8)], squeezed)
    for count in (3000, 30000):
        yield f"tiff-directories-{count}", tiff([grey_tags(8, 8, 64)] * count, bytes(range(64)))
    big = tiff([grey_tags(13000, 13000, 40, 4, 1)] * 40, b"\0" * 40)
    yield "tiff-large-pages", big
    loop = bytearray(tiff([grey_tags(8, 8, 64)] * 3, bytes(range(64))))
    loop[-4:] = struct.pack("<I", 8 + 64)
    yield "tiff-ring", bytes(loop)
    for count in (0xFFFFFFFF, 0x7FFFFFFF, 70000):
        tags = bytearray(tiff([grey_tags(64, 64, 4096)], bytes(4096)))
        at = tags.index(struct.pack("<HH", 273, 4))
        tags[at + 4 : at + 8] = struct.pack("<I", count)
        yield f"tiff-strips-{count}", bytes(tags)
    tiled = grey_tags(10000, 10000, 4096) | {322: (4, 16), 323: (4, 16), 324: (4, 8), 325: (4, 256)}
    yield "tiff-tiles-tiny", tiff([tiled], bytes(4096))
    yield "tiff-tile-huge", tiff([tiled | {322: (4, 0x7FFFFFF0), 323: (4, 0x7FFFFFF0)}], bytes(4096))
    yield "tiff-rows-zero", tiff([grey_tags(64, 64, 4096) | {278: (4, 0)}], bytes(4096))
    yield "tiff-jpeg", tiff([grey_tags(14000, 14000, 3000, 7)], encoded("JPEG")[:3000])
    yield "tiff-old-jpeg", tiff([grey_tags(400, 160, 3000, 6) | {513: (4, 8), 514: (4, 3000)}], encoded("JPEG")[:3000])


def others():
    """GIF, BMP, PNM, WebP, JPEG 2000."""
    frame = b"\x21\xf9\4\0\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    for width, height, count in ((1, 1, 20000), (65535, 2000, 3), (65535, 65535, 1), (3000, 3000, 400)):
        yield f"gif-{width}x{height}-{count}.gif", b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b";"
    whole = encoded("GIF")
    yield "gif-no-end.gif", whole[:-1] + whole[200:-1] * 200
    for width, height in ((14000, 14000), (2147483647, 2), (200000, 900)):
        head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 256, 0)
        yield f"bmp-rle-{width}x{height}.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + head + bytes(1024) + b"\xff\0" * 4000 + b"\0\1"
    yield "bmp-palette.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 0, 0, 0, 0, 0xFFFFFFFF, 0) + bytes(99)
    yield "pnm-comment.pbm", b"P1\n#" + b"x" * 5000000 + b"\n8 8\n" + b"0 " * 64
    yield "pnm-ascii.pgm", b"P2 12000 12000 255\n" + b"7 " * 3000000
    yield "pnm-large.pgm", b"P5 14000 14000 255\n" + bytes(1000)
    yield "pnm-bits.pbm", b"P4 14000 14000\n" + bytes(14000 * 1750)
    yield "pnm-deep.ppm", b"P6 9000 9000 65535\n" + bytes(100000)
    lossless = io.BytesIO()
    Image.new("RGB", (6000, 6000), (9, 9, 9)).save(lossless, "WEBP", lossless=True)
    yield "webp-flat.webp", lossless.getvalue()
    vp8x = b"VP8X" + struct.pack("<IB3x", 10, 2) + b"\xff\xff\0\xff\xff\0"
    for count in (1, 30000):
        body = b"WEBP" + vp8x + (b"ANMF" + struct.pack("<I", 16) + bytes(16)) * count
        yield f"webp-frames-{count}.webp", b"RIFF" + struct.pack("<I", len(body)) + body
    yield from (((f"jp2-{name}.jp2"), data) for name, data in jpeg2000())


def jpeg2000():
    """JPEG 2000 files whose SIZ and COD segments lie."""
    out = io.BytesIO()
    Image.fromarray(np.arange(120 * 160, dtype=np.uint8).reshape(120, 160)).save(out, "JPEG2000")
    whole = out.getvalue()
    siz, cod = whole.index(b"\xff\x51"), whole.index(b"\xff\x52")

    def with_siz(**change):
        names = ("x1", "y1", "x0", "y0", "tx", "ty", "tx0", "ty0")
        fields = dict(zip(names, struct.unpack_from(">8I", whole, siz + 6)))
        fields |= change
        return whole[: siz + 6] + struct.pack(">8I", *fields.values()) + whole[siz + 38 :]

    yield "size-14000", with_siz(x1=14000, y1=14000, tx=14000, ty=14000)
    yield "size-maximal", with_siz(x1=0xFFFFFFFF, y1=0xFFFFFFFF)
    yield "tiles-of-one", with_siz(x1=8000, y1=8000, tx=1, ty=1)
    yield "tiles-65535", with_siz(x1=2560, y1=2560, tx=10, ty=10)
    yield "tile-huge", with_siz(tx=0xFFFFFFFF, ty=0xFFFFFFFF)
    yield "offset-far", with_siz(x0=159, y0=119, tx0=159, ty0=119)
    yield "components", whole[: siz + 38] + struct.pack(">H", 16384) + whole[siz + 40 :]
    for layers, levels in ((65535, 5), (1, 32), (65535, 32)):
        yield f"layers-{layers}-{levels}", whole[: cod + 6] + struct.pack(">H", layers) + whole[cod + 8 : cod + 9] + bytes([levels]) + whole[cod + 10 :]
    sod = whole.index(b"\xff\x93")
    for seed in range(6):
        noise = np.random.default_rng(seed).bytes(len(whole) * 3)
        yield f"noise-{seed}", with_siz(x1=4000, y1=4000, tx=4000, ty=4000)[: sod + 2] + noise


# ---- codecs inside PDFs ----------------------------------------------------------------------------------------


def segment(number, kind, data, page=1, refers=()):
    """A JBIG2 segment."""
    return struct.pack(">IBB", number, kind, len(refers) << 5) + bytes(refers) + struct.pack(">BI", page, len(data)) + data


def jbig2s():
    def page_info(width, height):
        return segment(0, 48, struct.pack(">IIIIBH", width, height, 0, 0, 0, 0))

    def region(width, height, x=0, y=0):
        return struct.pack(">IIIIB", width, height, x, y, 0)

    noise = np.random.default_rng(3).bytes(4000)
    at = bytes((3, 255, 253, 255, 2, 254, 254, 254))
    for width, height in ((14000, 14000), (60000, 3000), (0xFFFFFFFF, 2), (2, 0xFFFFFFFF), (40000, 40000)):
        whole = page_info(width, height) + segment(1, 38, region(width, height) + b"\0" + at + noise)
        yield f"generic-{width}x{height}", width, height, whole
        whole = page_info(width, height) + segment(1, 38, region(width, height) + b"\1" + noise)
        yield f"mmr-{width}x{height}", width, height, whole
    for new in (65535, 0xFFFFFFFF, 3000000):
        symbols = segment(1, 0, struct.pack(">H", 0) + at + struct.pack(">II", new, new) + noise)
        yield f"symbols-{new}", 600, 800, page_info(600, 800) + symbols
        text_region = segment(2, 6, region(600, 800) + struct.pack(">H", 0) + struct.pack(">I", new) + noise, refers=(1,))
        yield f"text-{new}", 600, 800, page_info(600, 800) + segment(1, 0, struct.pack(">H", 0) + at + struct.pack(">II", 1, 1) + noise[:90]) + text_region
    for grid in (5000, 65535, 0xFFFFFFFF):
        patterns = segment(1, 16, struct.pack(">BBBI", 0, 8, 8, 3) + noise[:60])
        halftone = region(6000, 6000) + b"\0" + struct.pack(">IIiiHH", grid, grid, 0, 0, 1, 1) + noise
        yield f"halftone-{grid}", 6000, 6000, page_info(6000, 6000) + patterns + segment(2, 22, halftone, refers=(1,))
    yield "patterns", 600, 800, page_info(600, 800) + segment(1, 16, struct.pack(">BBBI", 0, 255, 255, 0x7FFFFFFF) + noise)
    refine = b"".join(segment(2 + n, 42, region(3000, 3000) + b"\0" + bytes(4) + noise[:40]) for n in range(200))
    yield "refinements", 3000, 3000, page_info(3000, 3000) + refine
    generics = b"".join(segment(2 + n, 38, region(3000, 3000) + b"\0" + at + noise[:40]) for n in range(300))
    yield "generics-300", 3000, 3000, page_info(3000, 3000) + generics


def codecs():
    for name, width, height, data in jbig2s():
        yield f"jbig2-{name}", image_page(image_object(min(width, 1 << 20), min(height, 1 << 20), data, b"/JBIG2Decode", 1))
    for name, data in jpeg2000():
        yield f"jpx-{name}", image_page(image_object(160, 120, data, b"/JPXDecode"))
    for parms in (b"<< /K -1 /Columns 60000 /Rows 60000 >>", b"<< /K 0 /Columns 14000 /Rows 14000 >>", b"<< /K 4 /Columns 2147483647 >>", b"<< /K -1 /Columns 0 /Rows -5 /EndOfBlock false >>", b"<< /K -1 /Columns 14000 /Rows 14000 /BlackIs1 true >>"):
        for fill, what in ((b"\0" * 4000, "zeros"), (b"\xff" * 4000, "ones"), (np.random.default_rng(9).bytes(60000), "noise")):
            image = image_object(14000, 14000, fill, b"/CCITTFaxDecode /DecodeParms %s" % parms, 1)
            yield f"ccitt-{zlib.crc32(parms) % 1000}-{what}", image_page(image)
    for depth in (2, 3, 4):
        data = run(0, 1 << 30)
        for _ in range(depth - 1):
            data = zlib.compress(data, 9)
        filters = b"[" + b"/FlateDecode " * depth + b"]"
        yield f"flate-{depth}-image", image_page(image_object(32768, 32768, data, filters))
        yield f"flate-{depth}-content", one_page(stream(data, b"/Filter " + filters))
    spaces = run(32, 512 << 20)
    yield "flate-spaces", one_page(stream(spaces, b"/Filter /FlateDecode"))
    yield "runlength", one_page(stream(b"\x81q" * 2000000 + b"\x80", b"/Filter /RunLengthDecode"))
    yield "ascii85", one_page(stream(b"z" * 8000000 + b"~>", b"/Filter /ASCII85Decode"))
    for columns, colors in ((1 << 30, 4), (1, 32), (0, 0), (2147483647, 2147483647)):
        parms = b"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns %d /Colors %d /BitsPerComponent 16 >>" % (columns, colors)
        yield f"predictor-{columns}-{colors}", one_page(stream(run(0, 8 << 20), parms))
    for bits, space in ((16, b"[/DeviceN [%s] /DeviceGray 7 0 R]" % (b"/a " * 32)), (1, b"[/Indexed /DeviceRGB 1 (aaabbb)]"), (255, b"/DeviceCMYK")):
        head = b"/Type /XObject /Subtype /Image /Width 9000 /Height 9000 /BitsPerComponent %d /ColorSpace %s /Filter /FlateDecode" % (bits, space)
        yield f"image-space-{bits}", image_page(stream(run(0, 200 << 20), head))
    mask = b"/Type /XObject /Subtype /Image /Width 14000 /Height 14000 /ImageMask true /BitsPerComponent 1 /Filter /FlateDecode"
    yield "image-mask", image_page(stream(run(170, 25 << 20), mask))
    small = image_object(8, 8, bytes(range(64)), b"[]")
    for scale in (b"1e9 0 0 1e9 0 0", b"1 1e9 1e9 1 0 0", b"0 0 0 0 0 0", b"1e-9 0 0 1e9 0 0"):
        made = one_page(stream(b"q %s cm /Im Do Q" % scale), more=[small], resources=b"/XObject << /Im 6 0 R >>")
        yield f"image-scale-{zlib.crc32(scale) % 1000}", made


def page_boxes():
    for n, box in enumerate((b"0 0 1e6 1e6", b"0 0 200000 10", b"0 0 10 200000", b"0 0 14400 14400", b"-1e9 -1e9 1e9 1e9", b"0 0 1e-9 1e-9", b"5 5 5 900", b"nan 0 inf 9")):
        yield f"box-{n}", one_page(packed(text(b"A page of an odd size.")), box)
    for n, unit in enumerate((b"1e9", b"-3", b"75000", b"0")):
        yield f"unit-{n}", pdf({**pages(1), 4: pages(1)[4].replace(b"/Type /Page ", b"/Type /Page /UserUnit %s " % unit)})


# ---- attachments and locks -------------------------------------------------------------------------------------


def with_attachments(files):
    """A sound page with embedded files: [(name, stream object)]."""
    objects = pages(1)
    listed = b" ".join(b"(%04d) %d 0 R" % (n, 10 + 2 * n) for n in range(len(files)))
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [%s] >> >> >>" % listed
    for n, (name, body) in enumerate(files):
        objects[10 + 2 * n] = b"<< /Type /Filespec /F (%s) /UF (%s) /EF << /F %d 0 R >> >>" % (name, name, 11 + 2 * n)
        objects[11 + 2 * n] = body
    return pdf(objects)


def attachments():
    sound = pdf(pages(2))

    def file(data, extra=b""):
        return packed(data, b"/Type /EmbeddedFile " + extra)

    yield "sound", with_attachments([(b"a.pdf", file(sound)), (b"b.png", file(encoded("PNG"))), (b"c.txt", file(b"no document"))])
    yield "bomb-zeros", with_attachments([(b"a.pdf", stream(run(0, 6 << 30), b"/Type /EmbeddedFile /Filter /FlateDecode"))])
    bomb = zlib.compress(run(0, 4 << 30), 9)
    yield "bomb-twice", with_attachments([(b"a.pdf", stream(bomb, b"/Filter [/FlateDecode /FlateDecode]"))])
    yield "bomb-pictures", with_attachments([(b"%d.png" % n, file(png(14000, 14000, run(0, 196 << 20)))) for n in range(12)])
    for name in (b"../../../../tmp/escaped.pdf", b"/tmp/escaped.pdf", b"..", b".", b"", b"a/b/c.pdf", b"x" * 5000 + b".pdf", b"nul\\000byte.pdf", b"new\\nline.pdf", b"-rf.pdf", b"\\376\\377\\330\\000", b"journal.sqlite", b"con.pdf "):
        yield f"name-{zlib.crc32(name) % 10000}", with_attachments([(name, file(sound))])
    yield "names-same", with_attachments([(b"same.pdf", file(sound))] * 40)
    yield "names-4000", with_attachments([(b"a.pdf", file(b"%PDF-1.4"))] * 4000)
    nested = sound
    for _ in range(9):
        nested = with_attachments([(b"inner.pdf", file(nested))])
    yield "nested", nested
    yield "broken", with_attachments([(b"a.pdf", file(sound[:400])), (b"b.pdf", stream(b"x" * 90, b"/Filter /FlateDecode")), (b"c.pdf", b"null"), (b"d.pdf", b"13 0 R")])
    yield "params", with_attachments([(b"a.pdf", file(sound, b"/Params << /Size -5 /CheckSum (x) >> ")), (b"b.pdf", file(sound, b"/DL 99999999999 "))])
    objects = pages(1)
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 6 0 R >> >>"
    objects[6] = b"<< /Kids [7 0 R 6 0 R] >>"
    objects[7] = b"<< /Kids [6 0 R 7 0 R] /Names [(a) 8 0 R (b) 6 0 R] >>"
    objects[8] = b"<< /Type /Filespec /F (a) /EF << /F 8 0 R >> /RF << /F [8 0 R] >> >>"
    yield "ring", pdf(objects)
    objects[4] = objects[4].replace(b"/Type /Page ", b"/Type /Page /Annots [9 0 R] ")
    objects[9] = b"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS 8 0 R >>"
    yield "annotation", pdf(objects)


def locked():
    """Encrypted files, some damaged afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        clear, made = Path(folder) / "clear.pdf", Path(folder) / "locked.pdf"
        clear.write_bytes(pdf(pages(2)))
        for bits, options in (("40", []), ("128", []), ("128", ["--use-aes=y"]), ("256", []), ("256", ["--force-R5"])):
            for password in ("secret", ""):
                command = ["qpdf", "--static-id", "--static-aes-iv", "--allow-weak-crypto", "--encrypt", password, "owner", bits]
                subprocess.run([*command, *options, "--", clear, made], check=True)
                data = made.read_bytes()
                name = f"locked-{bits}{''.join(options)[2:7]}-{'open' if password == '' else 'closed'}"
                yield f"{name}.pdf", data
                rng = np.random.default_rng(len(data))
                for n in range(3):
                    at = int(rng.integers(len(data) // 2, len(data) - 300))
                    yield f"{name}-damaged-{n}.pdf", data[:at] + rng.bytes(40) + data[at + 40 :]


def cases():
    """(class, name, bytes) of all."""
    for makers, ending in ((pngs, "png"), (jpegs, "jpg"), (tiffs, "tif")):
        yield from (("picture-bombs", f"{name}.{ending}", data) for name, data in makers())
    yield from (("picture-bombs", name, data) for name, data in others())
    yield from (("pdf-codecs", f"{name}.pdf", data) for name, data in codecs())
    yield from (("pdf-boxes", f"{name}.pdf", data) for name, data in page_boxes())
    yield from (("pdf-attachments", f"{name}.pdf", data) for name, data in attachments())
    yield from (("pdf-locked", name, data) for name, data in locked())
