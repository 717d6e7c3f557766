#!/usr/bin/python3
"""Makes tests/data/hostile/: files that are damaged, lie about themselves, or ask for too much, and EXPECT.tsv.

EXPECT.tsv has a line a file: name, the exit codes that are right for `recto convert` (several with | between them
where a reader may repair the file or refuse it), and what is wrong with the file. Needs python3-pil and qpdf.
Codes: 0 all done, 2 not readable, 4 some pages failed, 8 encrypted.
"""

import io
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "data" / "hostile"
CASES = {}
ANY = "0|2|4"


def case(name, codes, note):
    """Registers the maker of one hostile file."""

    def register(make):
        CASES[name] = (codes, note, make)
        return make

    return register


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


# ---- not a document at all --------------------------------------------------------------------------------------


def plain(name, codes, note, data):
    """Registers a file whose bytes are already known."""
    case(name, codes, note)(lambda: data)


plain("empty.pdf", "2", "no bytes at all", b"")
plain("empty.png", "2", "no bytes at all", b"")
plain("one-byte.tif", "2", "a single byte", b"I")
plain("letter-as-text.pdf", "2", "plain text under a PDF name", b"Dear Sir,\n\nthis is a letter and not a PDF.\n" * 20)
plain(
    "html-as.pdf",
    "2",
    "an HTML page with a script and a remote picture under a PDF name",
    b"<!doctype html><title>x</title><script>alert(1)</script><img src='http://192.0.2.1/x.png'><p>Not a PDF.</p>\n",
)
plain("nul-bytes.pdf", "2", "4096 NUL bytes", bytes(4096))
plain(
    "program.png",
    "2",
    "the head of an ELF program and noise under a PNG name",
    b"\x7fELF\x02\x01\x01" + bytes(9) + np.random.default_rng(1).bytes(3000),
)
plain("noise.jpg", "2", "random bytes", np.random.default_rng(2).bytes(5000))
plain("archive.tif", "2", "an empty zip archive under a TIFF name", b"PK\x05\x06" + bytes(18))
plain("utf16.pdf", "2", "UTF-16 text that begins with %PDF", "%PDF-1.4\r\nnot really".encode("utf-16"))
plain(
    "laughs.svg",
    "2",
    "entity expansion in XML; not a format that Recto reads",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><svg><text>&d;</text></svg>',
)

# ---- PDF --------------------------------------------------------------------------------------------------------

plain("header-only.pdf", "2", "the first line of a PDF and nothing else", b"%PDF-1.7\n")
SOUND = pdf(pages(3))
for percent in (15, 40, 70, 97):
    plain(
        f"truncated-{percent}.pdf",
        ANY,
        f"the first {percent} % of a sound file of three pages",
        SOUND[: len(SOUND) * percent // 100],
    )
plain("head-lost.pdf", ANY, "a sound file without its first 200 bytes", SOUND[200:])
plain("no-eof.pdf", "0", "a sound file without startxref and %%EOF", SOUND[: SOUND.rindex(b"startxref")])
plain(
    "zero-pages.pdf",
    "2",
    "a page tree without pages",
    pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}),
)
plain("no-root.pdf", "2", "the trailer names a catalog that is not there", pdf({2: b"<< /Nothing true >>"}, root=1))
plain("root-is-number.pdf", "2", "the catalog is a number", pdf({1: b"42"}))
plain(
    "cyclic-pages.pdf",
    "2|4",
    "a page tree node is its own child",
    pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}),
)
plain(
    "cyclic-parents.pdf",
    ANY,
    "two page tree nodes are each other's parents and children",
    pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Parent 3 0 R /Kids [3 0 R] /Count 5 >>",
            3: b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 5 >>",
        }
    ),
)
plain(
    "count-lies.pdf",
    ANY,
    "/Count says two thousand million pages, there is one",
    pdf({**pages(1), 2: b"<< /Type /Pages /Kids [4 0 R] /Count 2000000000 >>"}),
)
plain(
    "count-negative.pdf",
    ANY,
    "/Count is negative",
    pdf({**pages(2), 2: b"<< /Type /Pages /Kids [4 0 R 6 0 R] /Count -2 >>"}),
)
plain(
    "page-lost.pdf",
    "0|4",
    "four pages, the third refers to an object that is not there",
    pdf({k: v for k, v in pages(4).items() if k != 8}),
)
plain(
    "page-parents-loop.pdf",
    "4",
    "four pages, the third inherits its size from a node that is its own parent",
    pdf(
        {
            **pages(4),
            8: page(9).replace(b"/Parent 2 0 R /MediaBox [0 0 595 842]", b"/Parent 12 0 R"),
            12: b"<< /Type /Pages /Parent 12 0 R >>",
        }
    ),
)
plain(
    "page-image-broken.pdf",
    "4",
    "three pages, the second is a picture in JPEG 2000 of which only noise is left",
    pdf(
        {
            **pages(3),
            6: page(7, resources=b"/XObject << /Im 10 0 R >>"),
            7: stream(b"q 595 0 0 842 0 0 cm /Im Do Q"),
            10: image_object(600, 800, np.random.default_rng(10).bytes(600), b"/JPXDecode"),
        }
    ),
)
plain("page-is-number.pdf", "0|4", "four pages, the second is a number", pdf({**pages(4), 6: b"7"}))
plain(
    "content-noise.pdf",
    "0|4",
    "four pages, the content of the second is noise",
    pdf({**pages(4), 7: stream(np.random.default_rng(3).bytes(900))}),
)
plain(
    "content-bad-flate.pdf",
    "0|4",
    "four pages, the deflated content of the third is damaged in the middle",
    pdf({**pages(4), 9: stream(b"x\x9c" + np.random.default_rng(4).bytes(300), b"/Filter /FlateDecode")}),
)
plain(
    "xref-offsets.pdf",
    "0",
    "every offset of the cross-reference table is wrong",
    SOUND.replace(b"\n0000000", b"\n0000777"),
)
plain(
    "xref-missing.pdf",
    "0|4",
    "startxref points beyond the end",
    SOUND[: SOUND.rindex(b"startxref")] + b"startxref\n99999999\n%%EOF\n",
)
plain(
    "prev-loop.pdf",
    ANY,
    "the trailer's /Prev points to its own table",
    pdf(pages(1), b"/Prev %d" % (pdf(pages(1)).rindex(b"xref\n0"))),
)
plain(
    "box-enormous.pdf",
    ANY,
    "a page a thousand million points wide and high, with text",
    one_page(packed(text(b"Far too large.")), b"0 0 1e9 1e9"),
)
plain(
    "box-enormous-image.pdf",
    ANY,
    "a page a thousand million points wide that is one picture",
    one_page(
        stream(b"q 1e9 0 0 1e9 0 0 cm /Im Do Q"),
        b"0 0 1000000000 1000000000",
        [image_object(8, 8, bytes(range(64)), b"[]")],
        b"/XObject << /Im 6 0 R >>",
    ),
)
plain("box-zero.pdf", ANY, "a page without area", one_page(packed(text(b"No area.")), b"0 0 0 0"))
plain("box-one-point.pdf", ANY, "a page of one point", one_page(packed(text(b"One point.")), b"0 0 1 1"))
plain(
    "box-reversed.pdf",
    ANY,
    "a media box with its corners exchanged",
    one_page(packed(text(b"Corners exchanged.")), b"595 842 0 0"),
)
plain(
    "box-not-numbers.pdf",
    ANY,
    "a media box of names and nulls",
    one_page(packed(text(b"No numbers.")), b"/a null (b) 1e999"),
)
plain(
    "rotate-odd.pdf",
    "0|4",
    "/Rotate 45 on one page and 1e12 on another",
    pdf({**pages(2), 4: page(5, extra=b"/Rotate 45"), 6: page(7, extra=b"/Rotate 1000000000000")}),
)
plain("user-unit.pdf", ANY, "/UserUnit 1e30", pdf({**pages(1), 4: page(5, extra=b"/UserUnit 1e30")}))
plain(
    "user-unit-tiny.pdf",
    "2",
    "/UserUnit 1e-40: a page smaller than a float can divide by",
    pdf(
        {
            **pages(1),
            4: page(5, extra=b"/UserUnit 0." + b"0" * 39 + b"1"),
            5: packed(b"300 300 m 400 300 500 400 380 500 c f\n" + text(b"Tiny.")),
        }
    ),
)
plain(
    "length-negative.pdf",
    ANY,
    "a stream of length -1",
    pdf({**pages(1), 5: stream(text(b"Length -1.")).replace(b"/Length", b"/Length -1 /L")}),
)
plain(
    "length-huge.pdf",
    ANY,
    "a stream of length 2^62",
    pdf({**pages(1), 5: stream(text(b"Too long.")).replace(b"/Length", b"/Length 4611686018427387904 /L")}),
)
plain(
    "length-self.pdf",
    ANY,
    "a stream whose length is the stream itself",
    pdf({**pages(1), 5: stream(text(b"Own length.")).replace(b"/Length", b"/Length 5 0 R /L")}),
)
plain(
    "deep-arrays.pdf",
    ANY,
    "an array nested 50,000 deep",
    pdf({**pages(1), 6: b"[" * 50000 + b"]" * 50000, 1: b"<< /Type /Catalog /Pages 2 0 R /Deep 6 0 R >>"}),
)
plain(
    "deep-content.pdf",
    ANY,
    "a page content with 100,000 open arrays and saved states",
    one_page(packed(b"[" * 100000 + b" q" * 100000 + text(b"Below it all."))),
)
plain(
    "form-recursive.pdf",
    ANY,
    "a form that draws itself",
    one_page(
        stream(text(b"Recursion.") + b" /Fm Do"),
        more=[
            stream(
                b"/Fm Do " + text(b"Again."),
                b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
                b"/Resources << /XObject << /Fm 6 0 R >> /Font << /F1 3 0 R >> >>",
            )
        ],
        resources=b"/XObject << /Fm 6 0 R >>",
    ),
)
plain(
    "type3-recursive.pdf",
    ANY,
    "a glyph of a Type 3 font that shows itself",
    one_page(
        stream(b"BT /T 20 Tf 60 700 Td (aaa) Tj ET"),
        more=[
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] "
            b"/FirstChar 97 /LastChar 97 /Widths [1] "
            b"/Encoding << /Differences [97 /a] >> /CharProcs << /a 7 0 R >> /Resources << /Font << /T 6 0 R >> >> >>",
            stream(b"1 0 d0 BT /T 1 Tf (a) Tj ET"),
        ],
        resources=b"/Font << /T 6 0 R >>",
    ).replace(b"/Font << /F1 3 0 R >> /Font", b"/Font"),
)
plain(
    "bomb-content.pdf",
    ANY,
    "128 MB of zero bytes as page content, deflated twice",
    one_page(stream(zlib.compress(zeros(128 << 20), 9), b"/Filter [/FlateDecode /FlateDecode]")),
)
plain(
    "bomb-image.pdf",
    ANY,
    "a picture of 40000 x 40000 grey pixels, deflated twice",
    image_page(image_object(40000, 40000, zlib.compress(zeros(1600 << 20), 9), b"[/FlateDecode /FlateDecode]")),
)
plain(
    "image-lies.pdf",
    "0|2|4",
    "a picture that claims 4000 x 4000 pixels and holds 64",
    image_page(image_object(4000, 4000, bytes(64), b"[]")),
)
plain(
    "image-negative.pdf",
    "0|2|4",
    "a picture of width -8 and height 0",
    image_page(image_object(-8, 0, bytes(64), b"[]")),
)
plain(
    "image-bad-jpeg.pdf",
    "0|2|4",
    "the page is a JPEG of which half is missing",
    image_page(image_object(400, 160, encoded("JPEG")[:2500], b"/DCTDecode")),
)
for filt, name in (
    (b"/JBIG2Decode", "jbig2"),
    (b"/JPXDecode", "jpx"),
    (b"/CCITTFaxDecode", "ccitt"),
    (b"/LZWDecode", "lzw"),
    (b"/RunLengthDecode", "runlength"),
    (b"/NoSuchDecode", "unknown-filter"),
):
    plain(
        f"image-{name}-noise.pdf",
        "0|2|4",
        f"the page is a picture of noise that says it is {filt.decode()}",
        image_page(image_object(600, 800, np.random.default_rng(5).bytes(600), filt)),
    )
plain(
    "filters-many.pdf",
    ANY,
    "a content stream with 300 filters",
    one_page(stream(text(b"x"), b"/Filter [" + b"/ASCIIHexDecode " * 300 + b"]")),
)


def font_file(kind, key, data):
    """A page whose font 6 has a broken program or map."""
    font = (
        b"<< /Type /Font /Subtype /%s /BaseFont /Broken /FirstChar 32 /LastChar 126 /Widths [%s] "
        b"/FontDescriptor << /Type /FontDescriptor /FontName /Broken /Flags 32 /%s 7 0 R >> /ToUnicode 7 0 R >>"
        % (kind, b"500 " * 95, key)
    )
    made = one_page(
        stream(b"BT /B 14 Tf 60 700 Td (A broken font) Tj ET"), more=[font, data], resources=b"/Font << /B 6 0 R >>"
    )
    return made.replace(b"/Font << /F1 3 0 R >> /Font", b"/Font")


plain(
    "font-truetype-noise.pdf",
    ANY,
    "an embedded TrueType font of noise, which is its ToUnicode map as well",
    font_file(b"TrueType", b"FontFile2", stream(b"\0\1\0\0\0\x0a" + np.random.default_rng(6).bytes(800))),
)
plain(
    "font-type1-noise.pdf",
    ANY,
    "an embedded Type 1 font of noise",
    font_file(
        b"Type1",
        b"FontFile",
        stream(
            b"%!PS-AdobeFont-1.0: Broken\n" + np.random.default_rng(7).bytes(500),
            b"/Length1 30 /Length2 470 /Length3 0",
        ),
    ),
)
plain(
    "font-cff-noise.pdf",
    ANY,
    "an embedded CFF font of noise",
    font_file(b"Type1", b"FontFile3", stream(b"\1\0\4\1" + np.random.default_rng(8).bytes(500), b"/Subtype /Type1C")),
)
plain(
    "cmap-huge-range.pdf",
    ANY,
    "a ToUnicode map with a range of 2^32 codes",
    font_file(
        b"TrueType",
        b"FontFile2",
        stream(
            b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ffffffff> endcodespacerange "
            b"1 beginbfrange <00000000> <ffffffff> <0041> endbfrange endcmap"
        ),
    ),
)


def to_unicode(strings):
    """A page on which the letters A, B, C... stand for the given strings, one on each line."""
    pairs = b"".join(b"<%02x> <%s>\n" % (65 + i, s.encode("utf-16-be").hex().encode()) for i, s in enumerate(strings))
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
        b"1 begincodespacerange <00> <ff> "
        b"endcodespacerange %d beginbfchar\n%sendbfchar endcmap end end" % (len(strings), pairs)
    )
    shown = b"".join(b"1 0 0 1 60 %d Tm (%c) Tj " % (760 - 24 * i, 65 + i) for i in range(len(strings)))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    made = one_page(
        stream(b"BT /B 14 Tf " + shown + b"ET"), more=[font, stream(cmap)], resources=b"/Font << /B 6 0 R >>"
    )
    return made.replace(b"/Font << /F1 3 0 R >> /Font", b"/Font")


plain(
    "text-injection.pdf",
    "0",
    "text that is Markdown, HTML, a script, a data link, a template, a table row",
    to_unicode(
        [
            "<script>alert(1)</script>",
            "# Not a heading",
            "![x](http://192.0.2.1/a.png)",
            "[click](javascript:alert(1))",
            "| a | b |",
            "--- ",
            "```sh",
            "<!-- hidden",
            "{{7*7}} ${HOME} $(id)",
            '=HYPERLINK("http://192.0.2.1")',
            '\\u0000 \\" ]}',
            "1. not a list",
            "<b onclick=x>",
        ]
    ),
)
plain(
    "text-control.pdf",
    "0",
    "control characters, terminal escapes, bidirectional overrides, piled marks, private and non-characters",
    to_unicode(
        [
            "a\x00b",
            "\x1b[31mred\x1b[0m",
            "\x07\x08\x7f",
            "\u202eesrever\u202c",
            "\u2066\u2067\u2069",
            "a\u0300\u0301\u0302\u0303" * 6,
            "\ufeff\ufffe\uffff",
            "\ue000\uf8ff",
            "\u200b\u200d\u00ad",
            "line\u2028end\u2029",
            "\x85\x0b\x0c",
            "\U0001f600\U0010ffff",
        ]
    ),
)
plain(
    "text-surrogates.pdf",
    "0",
    "a ToUnicode map with half surrogates",
    to_unicode(["good"]).replace(b"<0067006f006f0064>", b"<d800d8000041dc00>"),
)
plain(
    "metadata.pdf",
    "0",
    "a title of 60,000 characters, control characters, invalid UTF-16, and a bookmark with markup",
    pdf(
        {
            **pages(1),
            6: b"<< /Title (\xfe\xff\xd8\x00\x00A\x00) /Author (a\\000b\\033[31m\\n---\\n) /Subject ("
            + b"long " * 12000
            + b") /CreationDate (D:99999999999999) /ModDate (yesterday) >>",
            1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 7 0 R >>",
            7: b"<< /First 8 0 R /Last 8 0 R /Count 1 >>",
            8: b"<< /Title (# <b>x</b> ]\\(javascript:1\\)) /Parent 7 0 R /Dest [99 0 R /Fit] >>",
        },
        b"/Info 6 0 R",
    ),
)
plain(
    "outline-loop.pdf",
    "0",
    "bookmarks that are their own next and first",
    pdf(
        {
            **pages(1),
            1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>",
            6: b"<< /First 7 0 R /Last 7 0 R >>",
            7: b"<< /Title (Round) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Last 7 0 R /Dest [4 0 R /Fit] >>",
        }
    ),
)
plain(
    "actions.pdf",
    "0",
    "opens a script, a program, a link, and a stream kept in another file: none of it may happen",
    pdf(
        {
            **pages(1),
            1: b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R /AA << /WC 7 0 R >> >>",
            6: b"<< /S /JavaScript /JS (app.launchURL\\('http://192.0.2.1/'\\);) >>",
            7: b"<< /S /Launch /F (/bin/sh) >>",
            8: b"<< /S /URI /URI (http://192.0.2.1/) >>",
            9: b"<< /Length 0 /F (/etc/passwd) >>\nstream\n\nendstream",
        }
    ),
)
plain(
    "encrypted-unknown.pdf",
    "2|8",
    "an encryption handler that nobody knows",
    pdf(pages(1), b"/Encrypt << /Filter /Nonsense /V 9 /R 9 /Length 77 >> /ID [<00> <00>]"),
)
plain(
    "encrypted-broken.pdf",
    "2|8",
    "a standard encryption dictionary with strings that are too short",
    pdf(
        pages(1),
        b"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /O (x) /U (y) /OE (z) /UE () /P -4 /Perms () >> "
        b"/ID [<00> <00>]",
    ),
)


@case("encrypted.pdf", "8", "needs a password that nobody gives")
def encrypted():
    with tempfile.TemporaryDirectory() as folder:
        clear, locked = Path(folder) / "clear.pdf", Path(folder) / "locked.pdf"
        clear.write_bytes(pdf(pages(1)))
        subprocess.run(
            [
                "qpdf",
                "--static-id",
                "--static-aes-iv",
                "--encrypt",
                "secret",
                "owner",
                "128",
                "--use-aes=y",
                "--",
                clear,
                locked,
            ],
            check=True,
        )
        return locked.read_bytes()


@case("pages-deep.pdf", ANY, "a page tree 1500 levels deep")
def pages_deep():
    objects, depth = {1: b"<< /Type /Catalog /Pages 10 0 R >>", 3: pages(1)[3], 5: pages(1)[5]}, 1500
    for level in range(depth):
        up = b"/Parent %d 0 R" % (9 + level) if level else b""
        objects[10 + level] = b"<< /Type /Pages /Count 1 /Kids [%d 0 R] %s >>" % (11 + level, up)
    objects[10 + depth] = page(5).replace(b"/Parent 2 0 R", b"/Parent %d 0 R" % (9 + depth))
    return pdf(objects)


@case("forms-multiply.pdf", ANY, "four levels of forms, each drawing the next ten times: 10,000 lines from 2 kB")
def forms_multiply():
    more = []
    for level in range(5):
        body = b"/Fm Do " * 10 if level < 4 else text(b"ha")
        below = b"/XObject << /Fm %d 0 R >>" % (7 + level) if level < 4 else b"/Font << /F1 3 0 R >>"
        more.append(stream(body, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << %s >>" % below))
    return one_page(stream(b"/Fm Do"), more=more, resources=b"/XObject << /Fm 6 0 R >>")


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


def main():
    """Writes every file and the list of expectations."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["# file\texit codes\twhat it is (made by tools/make_hostile.py)"]
    for name, (codes, note, make) in CASES.items():
        (FOLDER / name).write_bytes(make())
        lines.append(f"{name}\t{codes}\t{note}")
    (FOLDER / "EXPECT.tsv").write_text("\n".join(lines) + "\n", encoding="utf8")
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(CASES)} files, {total // 1024} KiB")


if __name__ == "__main__":
    main()
