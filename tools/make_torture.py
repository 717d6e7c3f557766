#!/usr/bin/python3
"""Make a folder of hostile files for tools/batch_torture.py; the same arguments give the same files.

  tools/make_torture.py FOLDER [COUNT=2000] [--seed 1]

A folder a class: files that ask for endless work (tools/hostile/endless.py), bombs (tools/hostile/bombs.py), those of
tests/data/hostile, odd names, things that are no regular files, wrong endings, sound files (which must be read, so
that it shows if the others take the engine down), and for the rest of COUNT copies of sound files, cut, flipped, and
with the numbers, names and references of PDFs exchanged.  Needs python3-pil, python3-numpy, qpdf.
"""

import argparse
import os
import random
import re
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "hostile"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import batchlib  # noqa: E402
import bombs  # noqa: E402
import endless  # noqa: E402
from parts import encoded, pages, pdf  # noqa: E402
from torture import mutated  # noqa: E402

ROOT = batchlib.ROOT
EXTREMES = (b"0", b"-1", b"1e38", b"-1e38", b"2147483647", b"2147483648", b"4294967295", b"-2147483648", b"65536",
            b"9223372036854775807", b"0.0000001", b"null", b"true", b"(x)", b"/X", b"[]", b"<<>>", b"99999")  # fmt: skip


def sound(rng):
    """Sound files of every kind that is read: (name, bytes)."""
    found = []
    for path in sorted(batchlib.SAMPLES.glob("*")) + sorted((ROOT / "tests/data/image").glob("*")):
        if path.suffix in (".pdf", ".png", ".jpg", ".tif", ".gif", ".bmp", ".webp", ".jp2", ".pnm"):
            found.append((path.name, path.read_bytes()))
    for folder in ("source", "pages", "scan"):
        for path in sorted((ROOT / "tests/corpus" / folder).glob("*.pdf")):
            found.append((f"corpus-{path.name}", path.read_bytes()))
    for form, ending in (("GIF", "gif"), ("BMP", "bmp"), ("WEBP", "webp"), ("JPEG2000", "jp2"), ("PPM", "pgm"), ("TIFF", "tif")):
        found.append((f"drawn.{ending}", encoded(form)))
    lines, jpegs = batchlib.sentences(), [(batchlib.SAMPLES / "receipt.jpg").read_bytes()]
    for n in range(12):
        found.append((f"mixed-{n}.pdf", batchlib.mixed_pdf(rng, "".join(rng.choice("tts") for _ in range(4)), jpegs, lines)))
    return found


def exchanged(rng, data):
    """A PDF with some of its numbers, names and references exchanged."""
    data = bytearray(data)
    head = [match.span() for match in re.finditer(rb"/[A-Za-z]+|\d+ 0 R|-?\d+\.?\d*", bytes(data)) if match.start() > 8]
    for start, end in sorted(rng.sample(head, min(len(head), rng.choice((1, 1, 2, 3, 8, 30)))), reverse=True):
        token = bytes(data[start:end])
        if token.startswith(b"/"):
            other = rng.choice(head)
            new = rng.choice((bytes(data[slice(*other)]), b"/Kids", b"/Filter", b"/Length", b"/Parent", b"/XObject", b"/Pages", b"/FlateDecode"))
        elif token.endswith(b" R"):
            new = b"%d 0 R" % rng.choice((int(token.split()[0]) + rng.choice((-1, 1)), rng.randrange(1, 40), 1, 2, 999999))
        else:
            new = rng.choice(EXTREMES)
        data[start:end] = new
    return bytes(data)


def odd_names():
    """Names as bytes; each file is a sound one-page PDF."""
    yield from (b"new\nline.pdf", b"tab\there.pdf", b"bad-\xff\xfe-utf8.pdf", b"escape-\x1b[31m.pdf", b"-rf.pdf", b"--help.pdf")
    yield from (b" leading.pdf", b"trailing.pdf ", b"quote'\".pdf", b"back\\slash.pdf", b"semi;colon.pdf", b"$(id).pdf", b"%s%n%p.pdf", b"*.pdf")
    yield from ("ünï-cödé.pdf".encode(), "ü-nfd.pdf".encode(), "\u202egnp.pdf".encode(), "日本語.pdf".encode(), "🗎.pdf".encode())
    yield from (b"n" * 251 + b".pdf", b"n" * 240 + b".pdf", b"m" * 245, b"a..b.pdf", b"...pdf", b"CON.pdf", b"a.pdf.md", b"a.pdf.md.pdf", b"a.pdf", b"A.PDF", b"a.PDF")
    yield from (b"journal.sqlite", b"manifest.jsonl", b"x" * 100 + b"\x80.pdf", b"cr\r.pdf", b"bell\x07.pdf", b"no-ending", b"\xc3.pdf", b"[a-z].pdf", b"{a,b}.pdf", b"~.pdf", b"#.pdf", b"&.pdf", b"=cmd.pdf")


def specials(folder):
    """Things that are not regular files with readable bytes."""
    os.mkdir(folder / "folder.pdf")
    os.mkdir(folder / "folder.png")
    (folder / "folder.png" / "inside.pdf").write_bytes(pdf(pages(1)))
    for n in range(3):
        os.mkfifo(folder / f"fifo-{n}.pdf")
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(folder)
        made.bind("socket.pdf")
        os.chdir(here)
    for name, target in {
        "dangling.pdf": "no-such-file.pdf",
        "self.pdf": "self.pdf",
        "ring-a.pdf": "ring-b.pdf",
        "ring-b.pdf": "ring-a.pdf",
        "zero.pdf": "/dev/zero",
        "null.pdf": "/dev/null",
        "full.pdf": "/dev/full",
        "memory.pdf": "/proc/self/mem",
        "to-folder.pdf": "folder.png",
        "to-fifo.pdf": "fifo-0.pdf",
        "to-file.pdf": "folder.png/inside.pdf",
        "up": "..",
    }.items():
        os.symlink(target, folder / name)
    for n in range(4):
        locked = folder / f"unreadable-{n}.pdf"
        locked.write_bytes(pdf(pages(1)))
        locked.chmod(0)
    closed = folder / "closed"
    closed.mkdir()
    (closed / "inside.pdf").write_bytes(pdf(pages(1)))
    closed.chmod(0)
    with open(folder / "sparse-8g.pdf", "wb") as file:
        file.write(b"%PDF-1.4\n")
        file.truncate(8 << 30)
    with open(folder / "sparse-1g.tif", "wb") as file:
        file.write(b"II*\0\x08\0\0\0")
        file.truncate(1 << 30)
    for n, size in enumerate((0, 1, 2, 3, 4, 7, 8, 100)):
        (folder / f"short-{n}.pdf").write_bytes(b"%PDF-1.7\n%abcdefghijk\n"[:size].ljust(size, b"\0"))
    deep = folder
    for n in range(60):
        deep = deep / f"level-{n}"
        deep.mkdir()
    (deep / "deep.pdf").write_bytes(pdf(pages(1)))


def wrong_endings(pool, rng):
    endings = ["pdf", "png", "jpg", "tif", "gif", "bmp", "webp", "jp2", "pgm", "txt", "exe", "docx"]
    for n, (name, data) in enumerate(rng.sample(pool, min(40, len(pool)))):
        yield f"{n:02}-{Path(name).stem}.{rng.choice(endings)}", data
    for name, data in {
        "zip.pdf": b"PK\x03\x04" + bytes(200), "elf.png": b"\x7fELF" + bytes(500), "html.pdf": b"<html><body>hi</body></html>",
        "rtf.pdf": b"{\\rtf1 hello}", "ps.pdf": b"%!PS-Adobe-3.0\nshowpage\n", "xml.tif": b"<?xml version='1.0'?><a/>",
        "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>", "gzip.pdf": b"\x1f\x8b\x08" + bytes(90),
        "both.pdf": b"GIF89a" + pdf(pages(1)), "late.pdf": bytes(900) + pdf(pages(1)), "later.pdf": bytes(90000) + pdf(pages(1)),
        "twice.pdf": pdf(pages(1)) * 3, "psd.png": b"8BPS\0\1" + bytes(90), "ole.pdf": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900),
        "heic.jpg": struct.pack(">I", 24) + b"ftypheic" + bytes(90), "riff.webp": b"RIFF\xff\xff\xff\xffWAVE" + bytes(90),
    }.items():  # fmt: skip
        yield name, data


def make(base, count, seed):
    """Writes everything; returns how many files there are."""
    rng, n = random.Random(f"torture/{seed}"), 0
    base = Path(base)
    pool = sound(rng)

    def put(kind, name, data):
        nonlocal n
        folder = base / kind
        folder.mkdir(parents=True, exist_ok=True)
        with open(os.fsencode(folder) + b"/" + os.fsencode(name), "xb") as file:
            file.write(data)
        n += 1

    for kind, name, data in [*endless.cases(), *bombs.cases()]:
        put(kind, name, data)
    for path in sorted(batchlib.HOSTILE.iterdir()):
        if path.name != "EXPECT.tsv":
            put("known", path.name, path.read_bytes())
    for name, data in wrong_endings(pool, rng):
        put("wrong-endings", name, data)
    for number, name in enumerate(odd_names()):
        put("odd-names", name, pdf(pages(1, b"File %d." % number)))
    specials_at = base / "not-files"
    specials_at.mkdir()
    specials(specials_at)
    n += sum(len(files) for _, _, files in os.walk(specials_at))
    for k, (name, data) in enumerate(rng.sample(pool, min(40, len(pool)))):
        put("sound", f"{k:02}-{name}", data)
        put("zz-sound", f"{k:02}-{name}", data)
    k = 0
    pdfs = [entry for entry in pool if entry[1].startswith(b"%PDF")]
    while n < count:
        kind = rng.choices(("cut", "flipped", "exchanged"), (2, 5, 4))[0]
        name, data = rng.choice(pdfs if kind == "exchanged" else pool)
        if kind == "cut":
            data = data[: rng.randrange(len(data))]
        else:
            data = mutated(data, rng) if kind == "flipped" else exchanged(rng, data)
        put(kind, f"{k:04}-{name}", data)
        k += 1
    return n


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", default="1")
    args = parser.parse_args()
    args.folder.mkdir(parents=True)
    print(f"{make(args.folder, args.count, args.seed)} files in {args.folder}")


if __name__ == "__main__":
    main()
