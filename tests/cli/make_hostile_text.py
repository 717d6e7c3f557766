#!/usr/bin/env python3
"""usage: make_hostile_text.py OUT.pdf: a PDF whose text, links, bookmarks and metadata try to be something else in the
outputs: markup, scripts, addresses that run.  Anything that runs sets the document's title to EVIL."""

import sys

LINES = [
    "<script>document.title='EVIL'</script>",
    "</script><script>document.title='EVIL'</script>",
    "<img src=x onerror=document.title='EVIL'>",
    "\"><svg onload=document.title='EVIL'>",
    "' onmouseover='document.title=\"EVIL\"'",
    "</style><style>body{display:none}</style>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "]]> &lt;b&gt; &#60;b&#62; <!-- --> <?x?>",
    "<base href=\"http://evil.example/\"><meta http-equiv=refresh content=0>",
    "javascript:alert(1) data:text/html,<b>x</b>",
]
LINKS = ["javascript:document.title='EVIL'", "data:text/html,<script>1</script>", "https://example.org/?a=\"><b>&b=1",
         "file:///etc/passwd", "vbscript:x", " javascript:alert(1)"]


def string(text):
    return "(" + text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") + ")"


def main():
    content = "BT /F1 14 Tf 60 780 Td 30 TL\n" + "".join(f"{string(line)} Tj T*\n" for line in LINES) + "ET\n"
    links = "".join(
        f"<</Type/Annot/Subtype/Link/Rect[60 {775 - 30 * i} 300 {795 - 30 * i}]/A<</S/URI/URI{string(url)}>>>>"
        for i, url in enumerate(LINKS))
    evil = string("</title><script>document.title='EVIL'</script>")
    objects = [
        "<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[{links}]>>",
        f"<</Length {len(content)}>>\nstream\n{content}endstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        "<</Type/Outlines/First 7 0 R/Last 7 0 R/Count 1>>",
        f"<</Title{evil}/Parent 6 0 R/Dest[3 0 R/Fit]>>",
        f"<</Title{evil}/Author{evil}/Subject{evil}/Creator{evil}/ModDate(D:20240131120000+01'00')>>",
    ]
    out, offsets = b"%PDF-1.5\n", []
    for i, body in enumerate(objects):
        offsets.append(len(out))
        out += f"{i + 1} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{o:010} 00000 n \n".encode() for o in offsets)
    out += f"trailer<</Root 1 0 R/Info 8 0 R/Size {len(objects) + 1}>>\nstartxref\n{table}\n%%EOF\n".encode()
    with open(sys.argv[1], "wb") as f:
        f.write(out)


if __name__ == "__main__":
    main()
