"""Makes tests/corpus/source_copy: requests for searchable copies, good and bad, and documents with odd pages.
usage: make_source_copy_corpus.py OUT_DIR"""
import struct
import sys

BEGIN, WORDS, PAGE, END, TAKE = 7, 8, 9, 10, 11
HASH = b"00112233445566778899aabbccddeeff" * 2


def request(kind, rest=b"", flags=0, index=0, size=0):
    body = struct.pack("<IIifQQqii", kind, flags, index, 0.0, 0, size, 0, 0, 0) + rest
    return struct.pack("<H", len(body)) + body


def line(words, box=(10, 10, 60, 20), n=None):
    out = struct.pack("<4fIfffIi", *box, len(words) if n is None else n, 18, 10, 1, 0, -1)
    for w in words:
        out += struct.pack("<4ffII", 10, 10, 30, 20, 1, 0, len(w))
    return out + b"".join(words)


def page(numbers=(99, 99, 72, 1, 0, 0, 1, 0, 0)):
    return struct.pack("<9f", *numbers)


begin = request(BEGIN, HASH + b"fuzz")
words = request(WORDS, line([b"one", "zwei\u00e4".encode()]))
put = request(PAGE, page())
take = request(TAKE, size=1 << 20)
end = request(END)
cases = {
    "good": begin + words + put + take + request(PAGE, page(), 1, 1) + end + take,
    "pdfa": request(BEGIN, HASH + b"fuzz", 1) + words + put + end + take,
    "no-begin": words + put + take + end,
    "short-hash": request(BEGIN, b"0011") + put,
    "bad-hash": request(BEGIN, HASH[:-1] + b"Z" + b"fuzz") + put,
    "many-words": begin + request(WORDS, line([b"one"], n=1 << 30)) + put,
    "no-words": begin + request(WORDS, line([], n=0)) + put,
    "short-text": begin + request(WORDS, line([b"one"])[:-1]) + put,
    "bad-text": begin + request(WORDS, line([b"\xff\xfe\x00a"])) + put + end + take,
    "nan-box": begin + request(WORDS, line([b"one"], box=(float("nan"), 1, float("inf"), 2))) + put + end + take,
    "nan-page": begin + words + request(PAGE, page((float("nan"),) * 9)) + end,
    "flat-matrix": begin + words + request(PAGE, page((99, 99, 72, 0, 0, 0, 0, 0, 0))) + end + take,
    "huge-page": begin + words + request(PAGE, page((1e9, 1e9, 1, 1, 0, 0, 1, 0, 0))) + end + take,
    "order": begin + request(PAGE, page(), 0, 1) + put,
    "page-7": begin + request(PAGE, page(), 0, 7),
    "take-much": begin + request(TAKE, size=1 << 40),
    "end-twice": begin + end + end + take,
    "page-after-end": begin + end + request(PAGE, page(), 0, 1) + take,
    "begin-twice": begin + words + begin + put + end + take,
}
tricky = {
    "inline-image": b"BT 3 Tr (x) Tj ET BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI BT 3 Tr (y) Tj ET",
    "quotes": b"BT 3 Tr 1 2 (x) \" (y) ' [(z) 4] TJ ET q 3 Tr q Q Q Q Q (w) Tj",
    "open-string": b"BT 3 Tr (x Tj ET",
    "deep-q": b"q " * 300 + b"3 Tr (x) Tj",
}


def document(content, extra=b"", sound=True):
    """One page of that content; sound: with cross references."""
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
              b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font 7>>" + extra + b">>",
              b"<</Length " + str(len(content)).encode() + b">>stream\n" + content + b"\nendstream"]
    text, places = b"%PDF-1.4\n", []
    for k, body in enumerate(bodies):
        places.append(len(text))
        text += str(k + 1).encode() + b" 0 obj\n" + body + b"\nendobj\n"
    at = len(text)
    if sound:
        text += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(f"{p:010d} 00000 n \n".encode() for p in places)
    text += b"trailer<</Size 5/Root 1 0 R>>\n"
    return text + b"startxref\n" + str(at).encode() + b"\n%%EOF" if sound else text


for name, data in cases.items():
    for kind, label in ((1, "pdf"), (2, "png")):
        if label == "pdf" or name in ("good", "pdfa", "nan-box", "huge-page", "order", "flat-matrix"):
            open(f"{sys.argv[1]}/{label}-{name}", "wb").write(bytes([kind]) + data)
for name, content in tricky.items():
    open(f"{sys.argv[1]}/document-{name}", "wb").write(b"\0" + document(content))
for name, extra in (("turned", b"/Rotate 90/UserUnit 3"), ("cropped", b"/CropBox[9 9 50 50]"), ("no-box", b"/MediaBox[5 5 5 5]")):
    open(f"{sys.argv[1]}/document-{name}", "wb").write(b"\0" + document(b"BT (x) Tj ET", extra))
open(f"{sys.argv[1]}/document-broken", "wb").write(b"\0" + document(b"BT 3 Tr (x) Tj ET", sound=False))
