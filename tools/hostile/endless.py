"""PDFs that go round in circles or ask for work without end, for tools/make_torture.py: (class, name, bytes)."""

import struct
import zlib

from parts import one_page, packed, page, pages, pdf, run, stream, text

FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << %s >> /Font << /F1 3 0 R >> >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"


def drawn(content, resources, more, box=b"0 0 595 842"):
    """A page that draws content with its own resources and objects from number 6 on."""
    made = one_page(packed(content), box, more, resources)
    return made.replace(b"/Font << /F1 3 0 R >> /Font", b"/Font") if b"/Font <<" in resources else made


# ---- circles ---------------------------------------------------------------------------------------------------


def trees():
    """Page trees."""
    for size in (2, 3, 7, 40):
        objects = pages(1)
        objects[2] = b"<< /Type /Pages /Kids [10 0 R 4 0 R] /Count 2 >>"
        for n in range(size):
            objects[10 + n] = b"<< /Type /Pages /Parent %d 0 R /Kids [%d 0 R] /Count 1 >>" % (
                2 if n == 0 else 9 + n,
                10 + (n + 1) % size,
            )
        yield f"tree-ring-{size}", pdf(objects)
    for depth in (12, 17, 30, 31):  # each node twice its child: 2^depth pages out of a few hundred bytes
        for honest in (True, False):
            objects = pages(1)
            for n in range(depth):
                count = 1 << (depth - n) if honest else 1
                objects[2 if n == 0 else 10 + n] = b"<< /Type /Pages /Parent %d 0 R /Kids [%d 0 R %d 0 R] /Count %d >>" % (
                    2 if n < 2 else 9 + n,
                    *(2 * (11 + n if n + 1 < depth else 4,)),
                    count,
                )
            yield f"tree-doubling-{depth}{'' if honest else '-lies'}", pdf(objects)
    for count in (3000, 40000):
        objects = pages(1)
        objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"4 0 R " * count, count)
        yield f"tree-same-page-{count}", pdf(objects)
    for depth in (300, 5000):
        objects = {1: CATALOG % b"", 2: b"<< /Type /Pages /Kids [" + b"[" * depth + b"]" * depth + b"] /Count 1 >>"}
        yield f"tree-arrays-{depth}", pdf(objects)


def structure():
    """Objects, cross-references, object streams, filters that refer to themselves."""
    for extra, name in (
        (b"5 0 R", "length"),
        (b"[5 0 R]", "length-array"),
    ):
        yield f"self-{name}", pdf({**pages(1), 5: stream(text(b"x")).replace(b"/Length", b"/Length %s /L" % extra)})
    yield "self-filter", pdf({**pages(1), 5: stream(text(b"x"), b"/Filter 5 0 R")})
    yield "self-parms", pdf({**pages(1), 5: stream(text(b"x"), b"/Filter /FlateDecode /DecodeParms 5 0 R")})
    yield "ring-references", pdf({**pages(1), 5: b"6 0 R", 6: b"7 0 R", 7: b"5 0 R"})
    yield "ring-kids", pdf({**pages(1), 2: b"<< /Type /Pages /Kids 6 0 R /Count 1 >>", 6: b"7 0 R", 7: b"6 0 R"})
    chain = {10 + n: b"%d 0 R" % (11 + n) for n in range(20000)}
    yield "chain-references", pdf({**pages(1), **chain, 5: b"10 0 R", 20010: stream(text(b"The end."))})
    for extends in (6, 7, 1):
        holder = b"1 0 2 30 6 60 " + CATALOG % b"" + b" << /Type /Pages /Kids [4 0 R] /Count 1 >> (self)"
        made = pdf({**pages(1), 6: stream(holder, b"/Type /ObjStm /N 3 /First 14 /Extends %d 0 R" % extends)})
        yield f"object-stream-extends-{extends}", made
    yield from xref_streams()
    for at in (0, 9, 15, 100000):
        made = pdf(pages(2), b"/Prev %d" % at)
        yield f"prev-{at}", made
    start = pdf(pages(1)).rindex(b"xref\n0")
    yield "prev-self-stream", pdf(pages(1), b"/XRefStm %d /Prev %d" % (start, start))
    yield "info-self", pdf({**pages(1), 6: b"<< /Title 6 0 R /Author 6 0 R >>"}, b"/Info 6 0 R")
    yield "encrypt-self", pdf({**pages(1), 6: b"<< /Filter /Standard /V 6 0 R >>"}, b"/Encrypt 6 0 R")
    yield "root-ring", pdf({**pages(1), 1: b"6 0 R", 6: b"1 0 R"})
    yield "comments", b"%PDF-1.4\n" + b"%" + b"x" * 3000000 + b"\n" + pdf(pages(1))
    yield "objects-many", b"%PDF-1.4\n" + b"".join(b"%d 0 obj null endobj\n" % n for n in range(200000))
    yield "objects-same", b"%PDF-1.4\n" + b"1 0 obj <</Type/Catalog/Pages 1 0 R>> endobj\n" * 60000
    yield "streams-open", b"%PDF-1.4\n" + b"1 0 obj << /Length 10 >> stream\n" * 60000
    yield "startxref-many", pdf(pages(1)) + b"startxref\n9\n%%EOF\n" * 20000


def xref_streams():
    """Files whose objects lie in object streams, described by cross-reference streams that lie."""
    for name, entries in {
        "holder-is-itself": [(0, 0, 65535), (2, 1, 0), (2, 2, 0), (1, 15, 0)],
        "holders-ring": [(0, 0, 65535), (2, 2, 0), (2, 1, 0), (1, 15, 0)],
        "offset-self": [(0, 0, 65535), (1, 15, 0), (1, 15, 0), (1, 15, 0)],
        "kind-9": [(9, 9, 9)] * 4,
        "index-far": [(0, 0, 65535), (2, 3, 60000), (2, 3, 65535), (1, 15, 0)],
    }.items():
        rows = b"".join(struct.pack(">BIH", *entry) for entry in entries)
        head = b"/Type /XRef /W [1 4 2] /Size 4 /Root 1 0 R"
        yield f"xref-{name}", b"%PDF-1.5\n%xxxx\n3 0 obj\n" + stream(rows, head) + b"\nendobj\nstartxref\n15\n%%EOF\n"
    for size, widths in ((1 << 31, b"[1 4 2]"), (1 << 62, b"[8 8 8]"), (10, b"[0 0 0]"), (10, b"[-1 4 1000000]")):
        head = b"/Type /XRef /W %s /Size %d /Index [0 %d] /Root 1 0 R /Prev 15 /Filter /FlateDecode" % (widths, size, size)
        made = b"%PDF-1.5\n%xxxx\n3 0 obj\n" + stream(run(0, 8 << 20), head) + b"\nendobj\nstartxref\n15\n%%EOF\n"
        yield f"xref-size-{size}-{len(widths)}", made


def forms():
    """Forms, patterns, masks, fonts and annotations that draw each other."""
    for size in (2, 5):
        ring = [stream(b"/A Do " + text(b"ha"), FORM % (b"/A %d 0 R" % (6 + (n + 1) % size))) for n in range(size)]
        yield f"form-ring-{size}", drawn(b"/A Do", b"/XObject << /A 6 0 R >>", ring)
    for width, depth in ((2, 18), (2, 26), (10, 6), (10, 9), (100, 3), (3, 15)):
        chain = []
        for n in range(depth):
            below = b"/A %d 0 R" % (7 + n) if n + 1 < depth else b""
            chain.append(stream((b"/A Do " * width) if below else text(b"ha"), FORM % below))
        yield f"forms-{width}-to-the-{depth}", drawn(b"/A Do", b"/XObject << /A 6 0 R >>", chain)
    deep = [stream(b"q /A Do Q", FORM % (b"/A %d 0 R" % (7 + n))) for n in range(3000)] + [stream(text(b"deep"), FORM % b"")]
    yield "forms-deep", drawn(b"/A Do", b"/XObject << /A 6 0 R >>", deep)
    tile = b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 10 10] /XStep 10 /YStep 10 /Resources << %s >>"
    use = b"/Pattern cs /P scn 0 0 595 842 re f"
    yield "pattern-self", drawn(use, b"/Pattern << /P 6 0 R >>", [stream(use, tile % b"/Pattern << /P 6 0 R >>")])
    two = [stream(use, tile % (b"/Pattern << /P %d 0 R >>" % (7 - n))) for n in range(2)]
    yield "pattern-ring", drawn(use, b"/Pattern << /P 6 0 R >>", two)
    for step, box in ((0.001, 0.001), (1e-7, 1), (0, 10), (-0.01, 5), (1e-30, 1e-30), (0.05, 500), (1e9, 1e9)):
        made = tile.replace(b"[0 0 10 10]", b"[0 0 %f %f]" % (box, box)).replace(b"/XStep 10 /YStep 10", b"/XStep %.12f /YStep %.12f" % (step, step))
        body = stream(b"0 0 %f %f re f 1 0 0 RG 0 0 m 9 9 l S" % (box, box), made % b"")
        yield f"pattern-step-{step}-{box}", drawn(use, b"/Pattern << /P 6 0 R >>", [body])
    mask = b"<< /Type /ExtGState /SMask << /S /Luminosity /G 7 0 R >> >>"
    group = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Group << /S /Transparency /CS /DeviceGray >> /Resources << /ExtGState << /G 6 0 R >> /XObject << /A 7 0 R >> >>"
    yield "mask-self", drawn(b"/G gs 0 0 500 500 re f", b"/ExtGState << /G 6 0 R >>", [mask, stream(b"/G gs 0 0 400 400 re f /A Do", group)])
    for depth in (40, 400):
        body = b"/G gs " + b"q " * depth + b"0 0 400 400 re f " + b"Q " * depth
        layers = [b"<< /Type /ExtGState /ca 0.5 /BM /Multiply >>"]
        layers += [
            stream(body + (b"/A Do" if n + 1 < depth else b""), group.replace(b"/A 7 0 R", b"/A %d 0 R" % (8 + n)))
            for n in range(depth)
        ]
        yield f"groups-{depth}", drawn(b"/A Do", b"/XObject << /A 7 0 R >>", layers)
    yield "smask-image-self", drawn(
        b"q 500 0 0 500 0 0 cm /I Do Q",
        b"/XObject << /I 6 0 R >>",
        [stream(bytes(64), b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceGray /SMask 6 0 R")],
    )
    look = b"/Annots [6 0 R 6 0 R] "
    objects = {**pages(1), 4: page(5, extra=look)}
    objects[6] = b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 500 500] /AP << /N 7 0 R >> /Parent 6 0 R /Popup 6 0 R /IRT 6 0 R >>"
    objects[7] = stream(b"/A Do", FORM % b"/A 7 0 R")
    yield "annotation-self", pdf(objects)
    objects[4] = page(5, extra=b"/Annots [%s] " % (b"6 0 R " * 30000))
    objects[7] = stream(b"0 0 100 100 re f", FORM % b"")
    yield "annotations-30000", pdf(objects)
    fields = {**pages(1), 1: CATALOG % b"/AcroForm << /Fields [6 0 R] >>", 6: b"<< /T (a) /Kids [7 0 R] /Parent 7 0 R >>", 7: b"<< /T (b) /Kids [6 0 R] /Parent 6 0 R >>"}
    yield "fields-ring", pdf(fields)


def names():
    """Trees of names, bookmarks, layers and labels."""
    for key, node in (
        (b"/Names << /EmbeddedFiles 6 0 R /Dests 6 0 R /JavaScript 6 0 R >>", b"<< /Kids [6 0 R 6 0 R] /Limits [(a) (z)] >>"),
        (b"/PageLabels 6 0 R", b"<< /Kids [6 0 R 6 0 R] >>"),
        (b"/Outlines 6 0 R", b"<< /First 6 0 R /Last 6 0 R /Next 6 0 R /Prev 6 0 R /Title (x) >>"),
        (b"/StructTreeRoot 6 0 R", b"<< /K 6 0 R /ParentTree 6 0 R /RoleMap << /A /B /B /A >> >>"),
        (b"/OCProperties << /D 6 0 R /OCGs [6 0 R] >>", b"<< /Order [6 0 R [6 0 R]] /BaseState 6 0 R /OCGs [6 0 R] /ON [6 0 R] >>"),
        (b"/Dests 6 0 R", b"<< /a 6 0 R >>"),
        (b"/OpenAction 6 0 R", b"<< /S /GoTo /D 6 0 R /Next 6 0 R >>"),
        (b"/Metadata 6 0 R", b"6 0 R"),
        (b"/Collection << /Schema 6 0 R /View 6 0 R >>", b"<< /x 6 0 R >>"),
    ):
        yield f"names-{key[1:8].decode().strip().lower()}", pdf({**pages(1), 1: CATALOG % key, 6: node})
    chain = {10 + n: b"<< /Title (b) /Parent 9 0 R /Next %d 0 R /First %d 0 R >>" % (11 + n, 11 + n) for n in range(25000)}
    yield "outline-long", pdf({**pages(1), 1: CATALOG % b"/Outlines 9 0 R", 9: b"<< /First 10 0 R >>", **chain})
    member = b"/OC /M BDC 0 0 100 100 re f " + text(b"x") + b" EMC"
    yield "layers-self", drawn(member, b"/Properties << /M 6 0 R >>", [b"<< /Type /OCMD /OCGs [6 0 R 6 0 R] /VE [/And 6 0 R [/Not 6 0 R]] /P /AllOn >>"])


# ---- colours, functions, shadings, fonts -----------------------------------------------------------------------


def colours():
    fill = b"/C cs 0.5 scn 0 0 595 842 re f"
    for name, space in {
        "indexed": b"[/Indexed 6 0 R 255 (abc)]",
        "separation": b"[/Separation /X 6 0 R 7 0 R]",
        "icc": b"[/ICCBased 8 0 R]",
        "pattern": b"[/Pattern 6 0 R]",
        "ring": b"6 0 R",
        "devicen": b"[/DeviceN [%s] /DeviceRGB 7 0 R]" % (b"/a " * 3000),
        "lab": b"[/Lab << /WhitePoint [0 0 0] /Range [1e38 -1e38 0 0] >>]",
    }.items():
        more = [space, b"<< /FunctionType 3 /Domain [0 1] /Functions [7 0 R 7 0 R] /Bounds [0.5] /Encode [0 1 0 1] >>"]
        more.append(stream(bytes(300), b"/N 3 /Alternate 6 0 R"))
        yield f"colour-{name}", drawn(fill, b"/ColorSpace << /C 6 0 R >>", more)
    for size in (b"[65535 65535]", b"[2147483647]", b"[0]", b"[-5 7]", b"[256 256 256 256]"):
        function = stream(bytes(999), b"/FunctionType 0 /Domain [0 1 0 1 0 1 0 1] /Range [0 1 0 1 0 1] /BitsPerSample 32 /Size %s" % size)
        shading = b"<< /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 1 0 1] /Matrix [595 0 0 842 0 0] /Function 7 0 R >>"
        yield f"function-size-{size.decode().strip('[]').replace(' ', 'x')}", drawn(b"/S sh", b"/Shading << /S 6 0 R >>", [shading, function])
    deep = b"{" + b"{ 1 1 add pop } 1 exch { } if " * 1 + b"{" * 300 + b"}" * 300 + b"}"
    for name, code in {
        "deep": deep,
        "long": b"{" + b"dup mul sin 3 1 roll 2 copy " * 60000 + b"}",
        "roll": b"{ 1 2 3 2000000000 2000000000 roll }",
        "copy": b"{ 100 copy 100 copy 1000000000 copy -1 index }",
    }.items():
        shading = b"<< /ShadingType 1 /ColorSpace /DeviceGray /Domain [0 1 0 1] /Matrix [595 0 0 842 0 0] /Function 7 0 R >>"
        function = stream(code, b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1]")
        yield f"calculator-{name}", drawn(b"/S sh", b"/Shading << /S 6 0 R >>", [shading, function])
    for kind in (4, 5, 6, 7):
        head = b"/ShadingType %d /ColorSpace /DeviceGray /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8 /VerticesPerRow 2 /Decode [0 595 0 842 0 1] /Filter /FlateDecode" % kind
        yield f"mesh-{kind}", drawn(b"/S sh", b"/Shading << /S 6 0 R >>", [stream(run(0, 6 << 20), head)])
        noise = zlib.compress(bytes((n * n * 7 + n * 13) % 251 & (0xFC if n % 7 == 0 else 0xFF) for n in range(60000)))
        yield f"mesh-noise-{kind}", drawn(b"/S sh", b"/Shading << /S 6 0 R >>", [stream(noise, head)])
    for kind, coords in ((2, b"0 0 1e-30 0"), (3, b"0 0 0 0 0 1e30"), (3, b"0 0 1e9 1 1 1e-9"), (2, b"0 0 1e38 1e38")):
        shading = b"<< /ShadingType %d /ColorSpace /DeviceGray /Extend [true true] /Coords [%s] /Function << /FunctionType 2 /Domain [0 1] /N 1e38 >> >>" % (kind, coords)
        yield f"shading-{kind}-{coords.decode().replace(' ', '_')}", drawn(b"/S sh", b"/Shading << /S 6 0 R >>", [shading])


def fonts():
    show = b"BT /T 20 Tf 60 700 Td (abab) Tj ET"
    glyph = b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 98 /Widths [1 1] /Encoding << /Differences [97 /a /b] >> /CharProcs << /a 7 0 R /b 8 0 R >> /Resources << /Font << /T 6 0 R >> /XObject << /A 8 0 R >> >> >>"
    bodies = [stream(b"1 0 d0 BT /T 1 Tf (bb) Tj ET"), stream(b"1 0 d0 BT /T 1 Tf (aa) Tj ET")]
    yield "type3-ring", drawn(show, b"/Font << /T 6 0 R >>", [glyph] + bodies)
    heavy = [stream(b"1 0 d0 " + b"0 0 1 1 re f " * 20000), stream(b"1 0 d0 0 0 1 1 re f")]
    yield "type3-heavy", drawn(b"BT /T 20 Tf 60 700 Td (%s) Tj ET" % (b"a" * 5000), b"/Font << /T 6 0 R >>", [glyph] + heavy)
    yield "type3-matrix", drawn(show, b"/Font << /T 6 0 R >>", [glyph.replace(b"[1 0 0 1 0 0]", b"[0 0 0 0 1e38 1e38]")] + heavy)
    composite = b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding %s /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>"
    for name, encoding in (("self", b"7 0 R"), ("identity", b"/Identity-H"), ("missing", b"/No-Such-H"), ("ring", b"6 0 R")):
        cmap = stream(b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange endcmap", b"/Type /CMap /CMapName /X /UseCMap 7 0 R")
        yield f"composite-{name}", drawn(show, b"/Font << /T 6 0 R >>", [composite % encoding, cmap])
    ranges = b"".join(b"100 beginbfrange\n" + b"<%08x> <ffffffff> <0041>\n" % n * 100 + b"endbfrange\n" for n in range(300))
    plain_font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    start = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ffffffff> endcodespacerange "
    yield "cmap-ranges", drawn(show, b"/Font << /T 6 0 R >>", [plain_font, packed(start + ranges + b"endcmap")])
    yield "cmap-long", drawn(show, b"/Font << /T 6 0 R >>", [plain_font, packed(start + b"1 beginbfchar <61> <%s> endbfchar endcmap" % (b"0041" * 200000))])
    yield "cmap-bomb", drawn(show, b"/Font << /T 6 0 R >>", [plain_font, stream(run(0, 256 << 20), b"/Filter /FlateDecode")])
    yield "widths-many", drawn(show, b"/Font << /T 6 0 R >>", [b"<< /Type /Font /Subtype /TrueType /BaseFont /Arial /FirstChar 0 /LastChar 2147483647 /Widths [%s] >>" % (b"1e9 " * 100000)])
    for size in (b"1e9", b"1e-9", b"1e38", b"-5000"):
        yield f"text-size-{size.decode()}", drawn(b"BT /F1 %s Tf 60 700 Td (%s) Tj ET" % (size, b"word " * 2000), b"", [])


# ---- work without end ------------------------------------------------------------------------------------------


def contents():
    """Page contents that repeat something cheap to write and dear to do."""
    image = stream(bytes(64), b"/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceGray")
    for name, unit, count in (
        ("saves", b"q ", 3000000),
        ("restores", b"Q ", 3000000),
        ("rectangles", b"0 0 595 842 re f\n", 300000),
        ("rectangles-tiny", b"1 1 1 1 re f\n", 2000000),
        ("curves", b"0 0 m 900 0 0 900 595 842 c S\n", 400000),
        ("path-long", b"500 9 l 9 700 l ", 2000000),
        ("clips", b"0 0 500 500 re W n\n", 300000),
        ("clips-nested", b"q 0 0 m 500 500 l 9 800 l W n\n", 60000),
        ("images", b"q 500 0 0 500 0 0 cm /I Do Q\n", 30000),
        ("inline-images", b"BI /W 1 /H 1 /BPC 8 /CS /G ID x EI\n", 300000),
        ("text", b"BT /F1 9 Tf 60 700 Td (The same words again and again.) Tj ET\n", 150000),
        ("text-one-place", b"BT /F1 9 Tf (x) Tj ET\n", 600000),
        ("unknown", b"foo ", 4000000),
        ("numbers", b"123456.789 ", 4000000),
        ("strings", b"(", 4000000),
        ("dictionaries", b"<<", 3000000),
        ("marked", b"/Span BMC ", 1500000),
        ("fonts", b"BT /F1 %d Tf ET ", 1000000),
        ("colours", b"0.1 0.2 0.3 rg 1 0 0 1 k ", 1500000),
        ("matrices", b"1.5 0 0 1.5 0 0 cm ", 1000000),
    ):
        yield f"content-{name}", drawn(unit * count, b"/XObject << /I 6 0 R >>", [image])
    for name, body in (
        ("dash", b"[0.00001] 0 d 0 0 m 595 842 l S 0 0 m 100000 100000 l S"),
        ("dash-zero", b"[0 0 0] 0 d 0 0 m 595 842 l S"),
        ("dash-far", b"[1 1] 1e30 d 0 0 m 595 842 l S"),
        ("line-wide", b"1e30 w 0 0 m 595 842 l S"),
        ("round-wide", b"1 J 1 j 1e9 w 0 0 m 595 842 l 3 3 l S"),
        ("coordinates", b"-1e38 -1e38 m 1e38 1e38 l 1e38 -1e38 l f 1e30 0 0 1e30 0 0 cm 0 0 1 1 re f"),
        ("coordinates-odd", b"1e400 -1e400 m nan inf l 99999999999999999999999999999 0 l f"),
        ("flat-matrix", b"0 0 0 0 0 0 cm 0 0 500 500 re f /I Do BT /F1 9 Tf (x) Tj ET"),
        ("spikes", b"0 0 m " + b"".join(b"%d 842 l %d 0 l " % (n % 595, (n * 7) % 595) for n in range(200000)) + b"f*"),
        ("operands", b" ".join(b"%d" % n for n in range(600000)) + b" re f"),
        ("array-in-array", b"[" * 2000000),
        ("inline-image-huge", b"BI /W 100000 /H 100000 /BPC 8 /CS /G ID x"),
        ("inline-image-many-filters", b"BI /W 8 /H 8 /BPC 8 /CS /G /F [" + b"/Fl " * 400 + b"] ID x EI"),
    ):
        yield f"content-{name}", drawn(body, b"/XObject << /I 6 0 R >>", [image])


def many_pages(count, bad_every=0):
    """A file of count pages that share one content; every bad_every'th refers to nothing."""
    out, offsets = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n"), []

    def put(body):
        offsets.append(len(out))
        out.extend(b"%d 0 obj\n%s\nendobj\n" % (len(offsets), body))

    put(CATALOG % b"")
    put(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, b" ".join(b"%d 0 R" % (5 + n) for n in range(count))))
    put(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    put(stream(text(b"The same short page.")))
    for n in range(count):
        put(b"7" if bad_every and n % bad_every == bad_every - 1 else page(4, b"0 0 200 200"))
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    out += b"".join(b"%010d 00000 n \n" % at for at in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start)
    return bytes(out)


def cases():
    """(class, name, bytes) of all."""
    for makers in (trees, structure, names):
        yield from (("pdf-circles", f"{name}.pdf", data) for name, data in makers())
    yield from (("pdf-drawing", f"{name}.pdf", data) for name, data in forms())
    for makers in (colours, fonts):
        yield from (("pdf-colours-fonts", f"{name}.pdf", data) for name, data in makers())
    yield from (("pdf-endless-content", f"{name}.pdf", data) for name, data in contents())
    yield "many-pages", "pages-100000.pdf", many_pages(100000)
    yield "many-pages", "pages-3000-bad.pdf", many_pages(3000, 3)
