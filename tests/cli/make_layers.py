"""A scan with an old, invisible OCR layer of wrong words, put in the three ways in which programs do it.

usage: make_layers.py SCAN.pdf PICTURE.jpg OUT_DIR    (SCAN: one page; needs qpdf)
Writes plain.pdf (in the page's contents), form.pdf (in a form), before.pdf (visible text follows without a place of
its own, so that nothing may be cut out), stamped.pdf (visible text with a place of its own follows); and partly.pdf, a
page of good text with the picture of more text below it.
"""
import re
import struct
import subprocess
import sys

LAYER = (b"BT 3 Tr /Old 12 Tf 1 0 0 1 60 700 Tm (zzwrongzz) Tj 0 -20 Td [(zz) -20 (otherzz)] TJ "
         b"14 TL (zznextzz) ' ET")
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def jpeg_size(data):
    at = 2
    while not 0xC0 <= data[at + 1] <= 0xC2:
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return struct.unpack(">HHB", data[at + 5 : at + 10])


def partly(picture):
    height, width, n = jpeg_size(picture)
    lines = b" ".join(b"(Line %d of a letter that has a text layer of its own, as it should be.) '" % k for k in range(20))
    shown = 220
    contents = b"BT /F1 11 Tf 14 TL 60 800 Td %s ET q %d 0 0 %d 150 40 cm /Im Do Q" % (lines, shown, shown * height // width)
    space = b"/DeviceGray" if n == 1 else b"/DeviceRGB"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> /XObject << /Im 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(contents), contents),
        FONT,
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8 /Filter /DCTDecode"
        b" /Length %d >>\nstream\n%s\nendstream" % (width, height, space, len(picture), picture),
    ]
    text, places = b"%PDF-1.4\n", []
    for k, body in enumerate(objects):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (k + 1, body)
    at = len(text)
    text += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return text + b"trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % at


def main():
    scan, out = sys.argv[1], sys.argv[3]
    with open(sys.argv[2], "rb") as f, open(f"{out}/partly.pdf", "wb") as to:
        to.write(partly(f.read()))
    plain = subprocess.run(["qpdf", "--qdf", "--object-streams=disable", scan, "-"], capture_output=True, check=True).stdout
    m = re.search(rb"/Contents (\d+ 0 R)", plain)
    resources = re.search(rb"/Resources <<", plain)
    more = {
        "plain": (b"q " + LAYER + b" Q", b""),
        "form": (b"q /OcrForm Do Q", LAYER),
        "before": (b"BT /Old 8 Tf 3 Tr 1 0 0 1 60 40 Tm (zzwrongzz) Tj 0 Tr (seen) Tj ET", b""),
        "stamped": (b"q " + LAYER + b" Q BT /Old 10 Tf 0 Tr 1 0 0 1 400 20 Tm (stamped) Tj ET", b""),
    }
    for name, (contents, form) in more.items():
        text = plain.replace(m[0], b"/Contents [" + m[1] + b" 9001 0 R]")
        text = re.sub(rb"/Font \d+ 0 R", b"", text)
        text = text.replace(resources[0], resources[0] + b" /Font << /Old 9002 0 R >>", 1)
        if form:
            text = text.replace(b"/XObject <<", b"/XObject << /OcrForm 9003 0 R", 1)
        objects = [(9001, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(contents), contents)), (9002, FONT)]
        if form:
            objects.append((9003, b"<< /Type /XObject /Subtype /Form /BBox [0 0 600 850] /Resources << /Font << /Old 9002 0 R >> >>"
                                  b" /Length %d >>\nstream\n%s\nendstream" % (len(form), form)))
        body = b"".join(b"%d 0 obj\n%s\nendobj\n" % o for o in objects)
        at = text.index(b"\nxref\n") + 1
        path = f"{out}/{name}.pdf"
        with open(path + ".broken", "wb") as f:
            f.write(text[:at] + body + text[at:])
        # qpdf finds all objects again; 3: it did so with a warning
        done = subprocess.run(["qpdf", path + ".broken", path], capture_output=True)
        if done.returncode not in (0, 3):
            sys.exit(done.stderr.decode())


main()
