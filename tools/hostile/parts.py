"""What hostile files are made of: their list, and sound PDFs and pictures to damage."""

import io
import struct
import zlib

from PIL import Image, ImageDraw

CASES = {}
ANY = "0|2|4"


def case(name, codes, note):
    """Registers the maker of one hostile file."""

    def register(make):
        CASES[name] = (codes, note, make)
        return make

    return register


def plain(name, codes, note, data):
    """Registers a file whose bytes are already known."""
    case(name, codes, note)(lambda: data)


# ---- sound files to damage -------------------------------------------------------------------------------------


def stream(data, extra=b""):
    """A PDF stream object."""
    return b"<< " + extra + b" /Length %d >>\nstream\n" % len(data) + data + b"\nendstream"


def packed(data, extra=b""):
    """A deflated PDF stream object."""
    return stream(zlib.compress(data, 9), extra + b" /Filter /FlateDecode")


def pdf(objects, trailer=b"", root=1):
    """A PDF file of numbered objects with a right cross-reference table."""
    out, offsets = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R " % (size, root) + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def text(line):
    """A content stream that shows one line."""
    return b"BT /F1 14 Tf 60 700 Td (" + line + b") Tj ET"


def pages(count, line=b"A good page of an otherwise bad file."):
    """The objects of a sound document: catalog 1, pages 2, font 3, then page and content by turns from 4."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(count))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for i in range(count):
        objects[4 + 2 * i] = page(5 + 2 * i)
        objects[5 + 2 * i] = packed(text(line + b" Page %d." % (i + 1)))
    return objects


def page(contents, box=b"0 0 595 842", extra=b"", resources=b""):
    """A page object that uses font 3."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents %d 0 R %s "
        b"/Resources << /Font << /F1 3 0 R >> %s >> >>" % (box, contents, extra, resources)
    )


def one_page(contents, box=b"0 0 595 842", more=(), resources=b""):
    """A one-page file with a content stream and further objects from number 6."""
    objects = pages(1)
    objects[4], objects[5] = page(5, box, resources=resources), contents
    return pdf({**objects, **dict(enumerate(more, 6))})


def image_page(image):
    """A one-page file whose page is one image object."""
    return one_page(stream(b"q 595 0 0 842 0 0 cm /Im Do Q"), more=[image], resources=b"/XObject << /Im 6 0 R >>")


def image_object(width, height, data, filters, bits=8):
    """A grey image object."""
    head = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent %d "
        b"/Filter %s" % (width, height, bits, filters)
    )
    return stream(data, head)


def picture(mode="L"):
    """A small picture of words and a frame."""
    image = Image.new("L", (400, 160), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, 395, 155), outline=0, width=3)
    for row in range(6):
        draw.text((20, 12 + 22 * row), f"Line {row + 1}: the quick brown fox, 12.50 and 7", fill=0)
    return image.convert(mode)


def encoded(form, mode="L", **options):
    """The small picture in a file format."""
    out = io.BytesIO()
    picture(mode).save(out, form, **options)
    return out.getvalue()


def chunk(kind, data, crc=None):
    """A PNG chunk; a wrong CRC on demand."""
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc)
    )


def png(width, height, rows, bits=8, colour=0, extra=b""):
    """A PNG file whose header may lie about the rows it holds."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(size):
    """`size` bytes of zero, deflated, without holding them."""
    squeeze, block = zlib.compressobj(9), bytes(1 << 20)
    out = [squeeze.compress(block) for _ in range(size >> 20)] + [squeeze.compress(bytes(size % (1 << 20)))]
    return b"".join(out) + squeeze.flush()


def run(value, size):
    """`size` bytes of one value, deflated, made in no time: one flushed block again and again."""
    whole, rest = divmod(size, 1 << 20)
    squeeze = zlib.compressobj(9)
    head = squeeze.compress(b"") + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(bytes([value]) * (1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    last = squeeze.compress(bytes([value]) * rest) + squeeze.flush()
    low, high = (1 + size * value) % 65521, (size + value * (size * (size + 1) // 2)) % 65521  # Adler-32
    return head + block * whole + last[:-4] + struct.pack(">I", high << 16 | low)


def tiff(entries_of, data=b""):
    """A little-endian TIFF file: `entries_of` is a list of tag dictionaries, one an image file directory.

    Values are (type, value); the pixel data stands at offset 8. Each directory points to the next one.
    """
    out = bytearray(b"II*\0" + struct.pack("<I", 8 + len(data)) + data)
    for n, tags in enumerate(entries_of):
        following = len(out) + 2 + 12 * len(tags) + 4 if n + 1 < len(entries_of) else 0
        out += struct.pack("<H", len(tags))
        for tag, (kind, value) in sorted(tags.items()):
            out += struct.pack("<HHI", tag, kind, 1) + (
                struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
            )
        out += struct.pack("<I", following)
    return bytes(out)


def grey_tags(width, height, count=None, compression=1, bits=8, samples=1):
    """The tags of a one-strip picture at offset 8."""
    return {
        256: (4, width),
        257: (4, height),
        258: (3, bits),
        259: (3, compression),
        262: (3, 1),
        273: (4, 8),
        277: (3, samples),
        278: (4, height),
        279: (4, width * height if count is None else count),
    }
