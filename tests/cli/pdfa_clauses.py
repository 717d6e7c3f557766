"""Our own list of clauses of ISO 19005-2 (PDF/A-2, level B), held against a file.  This is no validator: it knows
what a searchable PDF made of images can hold, and refuses anything else.

usage: pdfa_clauses.py FILE.pdf      needs qpdf; prints each breach; exit status 1 if there is one
"""
import base64
import json
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib

breaches = []


def must(holds, clause, what):
    if not holds:
        breaches.append(f"{clause}: {what}")


def file_structure(data):
    """6.1: header, trailer, cross references, objects and streams as they are written."""
    must(re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4,}\n", data), "6.1.2", "header and binary comment")
    must(re.search(rb"%%EOF\r?\n?$", data) and data.count(b"%%EOF") == 1, "6.1.3", "one %%EOF and nothing after it")
    at = int(re.search(rb"startxref\n(\d+)\n%%EOF", data)[1])
    head = re.match(rb"xref\n0 (\d+)\n", data[at:])
    must(head, "6.1.4", "one cross-reference section from number 0, with single line ends")
    n = int(head[1])
    must(n - 1 <= 8388607, "6.1.13", "objects")
    rows = data[at + head.end() : at + head.end() + 20 * n]
    trailer = data[at + head.end() + 20 * n :]
    must(trailer.startswith(b"trailer\n"), "6.1.4", "entries of 20 bytes")
    must(b"/Encrypt" not in trailer and b"/Prev" not in trailer, "6.1.3", "no encryption, one section")
    must(re.search(rb"/ID \[<[0-9A-Fa-f]{32}> <[0-9A-Fa-f]{32}>\]", trailer), "6.1.3", "file identifier")
    for k in range(1, n):
        row = rows[20 * k : 20 * k + 20]
        must(re.match(rb"\d{10} 00000 n \n$", row), "6.1.4", f"entry of object {k}")
        place = int(row[:10])
        must(data[place - 1 : place] == b"\n" and data[place:].startswith(b"%d 0 obj\n" % k), "6.1.9", f"object {k} at its place")
        body = object_bytes(data, place, k)
        must(not re.search(rb"<[0-9A-Fa-f]*[^0-9A-Fa-f<>\s][^<>]*>", strip_dicts(body[0])), "6.1.6", f"hexadecimal strings of {k}")
        for text in re.findall(rb"(?<!<)<([0-9A-Fa-f\s]*)>(?!>)", body[0]):
            must(len(text) % 2 == 0 and len(text) <= 65534, "6.1.6", f"a hexadecimal string of object {k}")


def strip_dicts(text):
    return text.replace(b"<<", b"").replace(b">>", b"")


def object_bytes(data, place, num):
    """(the object without stream data, stream data or None)"""
    start = data.index(b"obj\n", place) + 4
    end = data.index(b"\nendobj\n", start)
    m = re.match(rb"(.*?/Length (\d+)[^\n]*>>)\nstream\n", data[start:], re.S)
    if not m or start + m.end() > data.index(b"endobj", start) and b"stream\n" not in data[start : start + m.end()]:
        return data[start:end], None
    if b"endobj" in m[1]:
        return data[start:end], None
    length = int(m[2])
    at = start + m.end()
    must(data[at + length : at + length + 18] == b"\nendstream\nendobj\n", "6.1.7", f"/Length of object {num}")
    return m[1], data[at : at + length]


class File:
    def __init__(self, path):
        text = subprocess.run(["qpdf", "--json=2", "--json-stream-data=inline", "--decode-level=none", path], capture_output=True, check=True).stdout
        self.objects = json.loads(text)["qpdf"][1]
        self.trailer = self.objects["trailer"]["value"]

    def get(self, value):
        while isinstance(value, str) and re.fullmatch(r"\d+ \d+ R", value):
            o = self.objects["obj:" + value]
            value = o["value"] if "value" in o else o["stream"]
        return value

    def entry(self, dictionary, key):
        d = self.get(dictionary)
        return self.get((d.get("dict", d)).get(key))

    def data(self, stream):
        s = self.get(stream)
        raw = base64.b64decode(s["data"])
        filters = self.get(s["dict"].get("/Filter"))
        return zlib.decompress(raw) if filters == "/FlateDecode" and "/DecodeParms" not in s["dict"] else raw


FORBIDDEN_KEYS = {
    "/AA": "6.5.2", "/OpenAction": "6.5.1", "/JavaScript": "6.5.1", "/JS": "6.5.1", "/EmbeddedFiles": "6.8", "/EF": "6.8",
    "/OCProperties": "6.9", "/SMask": "6.2.10", "/Group": "6.2.10", "/ExtGState": "6.2.5", "/Alternates": "6.2.8", "/OPI": "6.2.8",
    "/Annots": "6.3", "/AcroForm": "6.4", "/F": "6.1.7", "/FFilter": "6.1.7", "/FDecodeParms": "6.1.7", "/Requirements": "6.12",
    "/AlternatePresentations": "6.10", "/PresSteps": "6.10", "/Perms": "6.1.12", "/NeedAppearances": "6.4.1", "/XFA": "6.4.2",
    "/DR": "6.2.2", "/TR": "6.2.5", "/HT": "6.2.5", "/Encrypt": "6.1.3", "/Ref": "6.2.9", "/PS": "6.2.9",
}


def walk(value, visit):
    visit(value)
    if isinstance(value, dict):
        for v in value.values():
            walk(v, visit)
    elif isinstance(value, list):
        for v in value:
            walk(v, visit)


def objects(f):
    """What no object may hold, and limits of numbers, names and strings."""

    def visit(value):
        if isinstance(value, dict):
            for key in value:
                must(key not in FORBIDDEN_KEYS, FORBIDDEN_KEYS.get(key, ""), f"an object has {key}")
                must(len(key.encode()) <= 128, "6.1.13", "a name over 127 bytes")
        elif isinstance(value, bool):
            pass
        elif isinstance(value, int):
            must(-(2**31) <= value < 2**31, "6.1.13", f"the number {value}")
        elif isinstance(value, str):
            must(len(value) <= 65536, "6.1.13", "a string over 32767 bytes")
            must(not value.startswith("/LZWDecode") and value != "/Crypt", "6.1.7", f"the filter {value}")
            must(value not in ("/DeviceCMYK", "/Separation", "/DeviceN", "/Pattern"), "6.2.4", f"the colour space {value}")

    for key, o in f.objects.items():
        walk(o.get("value", (o.get("stream") or {}).get("dict")), visit)


def catalog(f):
    root = f.trailer["/Root"]
    must(f.entry(root, "/Type") == "/Catalog", "7.7.2", "catalog")
    intents = f.entry(root, "/OutputIntents")
    must(isinstance(intents, list) and len(intents) == 1, "6.2.3", "one output intent")
    intent = f.get(intents[0])
    must(intent.get("/S") == "/GTS_PDFA1" and intent.get("/OutputConditionIdentifier"), "6.2.3", "the intent's kind and name")
    profile_stream = f.get(intent["/DestOutputProfile"])
    must(profile_stream["dict"].get("/N") == 3, "6.2.3", "/N of the profile")
    icc = f.data(profile_stream)
    must(len(icc) == struct.unpack(">I", icc[:4])[0] and icc[36:40] == b"acsp", "6.2.3", "the profile's header")
    must(icc[8] in (2, 4) and icc[12:16] in (b"mntr", b"prtr") and icc[16:20] == b"RGB ", "6.2.3", "version, class, space of the profile")
    tags = {icc[132 + 12 * i : 136 + 12 * i] for i in range(struct.unpack(">I", icc[128:132])[0])}
    must(tags >= {b"desc", b"cprt", b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"}, "6.2.3", "the profile's tags")
    metadata(f, root)


def metadata(f, root):
    stream = f.get(f.get(root)["/Metadata"])
    must(stream["dict"].get("/Type") == "/Metadata" and stream["dict"].get("/Subtype") == "/XML", "6.6.2", "the metadata's type")
    must("/Filter" not in stream["dict"], "6.6.2", "metadata without a filter")
    packet = base64.b64decode(stream["data"])
    must(re.match(rb"<\?xpacket begin=(\"\xef\xbb\xbf\"|'\xef\xbb\xbf') id=", packet), "6.6.2", "the packet's head")
    must(b"bytes=" not in packet and b"encoding=" not in packet, "6.6.2", "no bytes or encoding in the packet's head")
    tree = ET.fromstring(packet.decode())
    def text(name):
        found = [e.text for e in tree.iter(name)]
        return found[0] if len(found) == 1 else None
    must(text("{http://www.aiim.org/pdfa/ns/id/}part") == "2", "6.6.4", "pdfaid:part")
    must(text("{http://www.aiim.org/pdfa/ns/id/}conformance") == "B", "6.6.4", "pdfaid:conformance")
    info = f.get(f.trailer.get("/Info", {})) or {}
    for key, value in info.items():
        must(key == "/Producer", "6.1.5", f"{key} of the information dictionary is not in the metadata")
        must(value == "u:" + (text("{http://ns.adobe.com/pdf/1.3/}Producer") or ""), "6.1.5", "the producer is not the same in both")


OPERATORS = {b"q", b"Q", b"cm", b"Do", b"BT", b"ET", b"Tr", b"Tf", b"Tm", b"Td", b"Tz", b"Tj"}


def contents(f, page, used):
    data = f.data(f.get(page)["/Contents"])
    depth = deepest = 0
    for word in re.sub(rb"<[0-9A-Fa-f]*>", b" 0 ", data).split():
        if re.fullmatch(rb"-?\d+(\.\d+)?|/[A-Za-z0-9]+", word):
            must(word.startswith(b"/") or abs(float(word)) < 2**31, "6.1.13", "a number")
            continue
        must(word in OPERATORS, "6.2.2", f"the operator {word!r}")
        depth += (word == b"q") - (word == b"Q")
        deepest = max(deepest, depth)
    must(depth == 0 and deepest <= 28, "6.1.13", "q and Q")
    for text in re.findall(rb"<([0-9A-Fa-f]*)>", data):
        used.update(int(text[i : i + 4], 16) for i in range(0, len(text), 4))
    names = set(re.findall(rb"/(\w+) (?:Do|[\d.]+ Tf)", data))
    resources = f.entry(page, "/Resources")
    have = {k[1:].encode() for kind in ("/XObject", "/Font") for k in (f.get(resources.get(kind)) or {})}
    must(names <= have, "6.2.2", f"resources {names - have} are not named")


def pages(f):
    used, fonts = set(), {}
    tree = f.get(f.get(f.trailer["/Root"])["/Pages"])
    must(tree["/Count"] == len(tree["/Kids"]), "7.7.3", "/Count")
    for page in tree["/Kids"]:
        box = f.entry(page, "/MediaBox")
        must(all(3 <= side <= 14400 for side in (box[2] - box[0], box[3] - box[1])), "6.1.13", f"a page of {box}")
        contents(f, page, used)
        resources = f.entry(page, "/Resources")
        for font in (f.get(resources.get("/Font")) or {}).values():
            fonts[font] = f.get(font)
        for image in (f.get(resources.get("/XObject")) or {}).values():
            check_image(f, f.get(image)["dict"])
    for font in fonts.values():
        check_font(f, font, used)


def check_image(f, d):
    must(d.get("/Subtype") == "/Image", "6.2.9", "an XObject that is no image")
    must(d.get("/Interpolate") in (None, False), "6.2.8", "/Interpolate")
    must(d.get("/BitsPerComponent") in (1, 2, 4, 8, 16), "6.2.8", "/BitsPerComponent")
    must(d.get("/Filter") in ("/DCTDecode", "/FlateDecode", "/CCITTFaxDecode"), "6.1.7", f"the filter {d.get('/Filter')}")
    space = f.get(d.get("/ColorSpace"))
    must(space in ("/DeviceRGB", "/DeviceGray") or (isinstance(space, list) and space[:2] == ["/Indexed", "/DeviceRGB"]), "6.2.4", f"the colour space {space}")


def check_font(f, font, used):
    must(font["/Subtype"] == "/Type0" and font["/Encoding"] == "/Identity-H" and "/ToUnicode" in font, "6.2.11", "the font")
    cid = f.get(f.get(font["/DescendantFonts"])[0])
    must(cid["/Subtype"] == "/CIDFontType2" and cid["/BaseFont"] == font["/BaseFont"], "6.2.11.3", "its descendant")
    descriptor = f.get(cid["/FontDescriptor"])
    must(descriptor["/FontName"] == cid["/BaseFont"] and "/FontFile2" in descriptor, "6.2.11.4", "the font is not embedded")
    program = f.data(descriptor["/FontFile2"])
    must(len(program) == f.get(descriptor["/FontFile2"])["dict"]["/Length1"], "6.2.11.4", "/Length1")
    n = struct.unpack(">H", program[4:6])[0]
    tables = {program[12 + 16 * i : 16 + 16 * i]: struct.unpack(">III", program[16 + 16 * i : 28 + 16 * i]) for i in range(n)}
    must(sum(struct.unpack(f">{len(program) // 4}I", program)) % 2**32 == 0xB1B0AFBA, "6.2.11.4", "the program's check sum")
    for tag, (total, at, size) in tables.items():
        part = program[at : at + size] + b"\0" * (-size % 4)
        if tag == b"head":
            part = part[:8] + b"\0\0\0\0" + part[12:]
        must(sum(struct.unpack(f">{len(part) // 4}I", part)) % 2**32 == total, "6.2.11.4", f"check sum of {tag}")
    must(set(tables) >= {b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"}, "6.2.11.4", "tables of the program")
    glyphs = struct.unpack(">H", program[tables[b"maxp"][1] + 4 :][:2])[0]
    units = struct.unpack(">H", program[tables[b"head"][1] + 18 :][:2])[0]
    width = struct.unpack(">H", program[tables[b"hmtx"][1] :][:2])[0]
    must("/W" not in cid and cid["/DW"] == width * 1000 / units, "6.2.11.5", "widths differ from the program's")
    mapped = f.data(cid["/CIDToGIDMap"])
    for c in used:
        gid = struct.unpack(">H", mapped[2 * c : 2 * c + 2])[0] if 2 * c + 2 <= len(mapped) else 0
        must(0 < gid < glyphs, "6.2.11.8", f"CID {c} is .notdef")
    unicode_map = dict(re.findall(rb"<(\w{4})> <(\w+)>", f.data(font["/ToUnicode"])))
    must(all(b"%04X" % c in unicode_map for c in used), "6.2.11.7", "a CID without Unicode")


def main():
    data = open(sys.argv[1], "rb").read()
    file_structure(data)
    f = File(sys.argv[1])
    objects(f)
    catalog(f)
    pages(f)
    for breach in breaches:
        print(breach)
    sys.exit(1 if breaches else 0)


main()
