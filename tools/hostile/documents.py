"""Hostile files that are no documents at all, and hostile PDFs."""

import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np

from parts import (
    ANY,
    case,
    encoded,
    image_object,
    image_page,
    one_page,
    packed,
    page,
    pages,
    pdf,
    plain,
    stream,
    text,
    zeros,
)

# ---- not a document at all --------------------------------------------------------------------------------------

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


@case("text-and-picture.pdf", "0", "some text over a page that is a picture of more text")
def text_and_picture():
    scan = image_object(400, 160, encoded("JPEG", quality=60), b"/DCTDecode")
    lines = b"".join(b"BT /F1 12 Tf 60 %d Td (A line over the picture.) Tj ET " % (700 - 20 * i) for i in range(8))
    shown = stream(b"q 595 0 0 842 0 0 cm /Im Do Q " + lines)
    return one_page(shown, more=[scan], resources=b"/XObject << /Im 6 0 R >>")
