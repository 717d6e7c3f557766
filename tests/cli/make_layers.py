"""A scan with an old, invisible OCR layer of wrong words, put in the three ways in which programs do it.

usage: make_layers.py SCAN.pdf OUT_DIR    (SCAN: one page; needs qpdf)
Writes plain.pdf (in the page's contents), form.pdf (in a form), before.pdf (visible text follows without a place of
its own, so that nothing may be cut out), stamped.pdf (visible text with a place of its own follows).
"""
import re
import subprocess
import sys

LAYER = (b"BT 3 Tr /Old 12 Tf 1 0 0 1 60 700 Tm (zzwrongzz) Tj 0 -20 Td [(zz) -20 (otherzz)] TJ "
         b"14 TL (zznextzz) ' ET")
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def main():
    scan, out = sys.argv[1], sys.argv[2]
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
