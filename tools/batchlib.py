"""What the scripts that watch `recto batch` share: a run with all its processes in view, its journal, its tree of
outputs, and documents to feed it. Standard library only."""

import ctypes
import hashlib
import os
import random
import re
import resource
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
HOSTILE = ROOT / "tests" / "data" / "hostile"
PR_SET_CHILD_SUBREAPER = 36
TEMPORARY = re.compile(rb"^\..*\.[A-Za-z0-9]{6}\.tmp$|^recto\.[A-Za-z0-9]{6}$|-journal$|-wal$|-shm$|\.tmp$")


# ---- processes -------------------------------------------------------------------------------------------------


def adopt():
    """Make this process the parent of every orphan below it, so that none can hide."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_CHILD_SUBREAPER) failed")


def descendants(pid=None):
    """Pids of the living (no zombies) below pid, which defaults to this process; itself not among them."""
    found, todo = [], [pid or os.getpid()]
    while todo:
        parent = todo.pop()
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as file:
                    todo += [child for child in map(int, file.read().split()) if state(child)]
        except OSError:
            continue
        if parent != (pid or os.getpid()):
            found.append(parent)
    return sorted(set(found))


def stat_of(pid):
    """(state, parent's pid, start in ticks) of a process, None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rsplit(b") ", 1)[1].split()
    except OSError:
        return None
    return fields[0].decode(), int(fields[1]), int(fields[19])


def state(pid):
    """The state's letter; None for the gone and the zombies."""
    found = stat_of(pid)
    return None if found is None or found[0] in "ZX" else found[0]


def memory(pid):
    """Bytes that a process holds: shared pages in shares (Pss) where that can be read, else its resident set."""
    for path, key in ((f"/proc/{pid}/smaps_rollup", b"Pss:"), (f"/proc/{pid}/status", b"VmRSS:")):
        try:
            with open(path, "rb") as file:
                for line in file:
                    if line.startswith(key):
                        return int(line.split()[1]) * 1024
        except OSError:
            continue
    return 0


def reap():
    """Collect orphans that ended here."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


class Run:
    """A command under watch. Its processes are a session of their own; `peak` is the most memory of all of them at one
    time, `seconds` the wall time, `cpu` user + system of all."""

    def __init__(self, command, env=None, cwd=None, stderr=subprocess.DEVNULL, watch=0.0, user=None):
        self.peak = self.most = 0
        self.code = None
        self._interval = watch
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._before = before.ru_utime + before.ru_stime
        self._start = time.monotonic()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [os.fsencode(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
            cwd=cwd,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        if watch:
            self._thread.start()

    def _sample(self):
        while not self._ended.wait(self._interval):
            family = self.family()
            self.most = max(self.most, len(family))
            self.peak = max(self.peak, sum(map(memory, family)))

    def family(self):
        """The engine's pid and those below it."""
        return [self.process.pid] + descendants(self.process.pid)

    def spawners(self):
        """The engine's own children."""
        return [pid for pid in descendants(self.process.pid) if (stat_of(pid) or (0, 0))[1] == self.process.pid]

    def parsers(self):
        """The spawners' children."""
        own = self.spawners()
        return [pid for pid in descendants(self.process.pid) if pid not in own]

    def running(self):
        return self.process.poll() is None

    def wait(self, timeout=None):
        """Its exit code (-N when a signal N ended it), or None when it is still going after timeout seconds."""
        try:
            self.code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.seconds = time.monotonic() - self._start
        self._ended.set()
        if self._interval:
            self._thread.join()
        return self.code

    def leftovers(self, grace=3.0):
        """(pid, command) of processes that outlived the engine by more than grace seconds; they are ended."""
        limit = time.monotonic() + grace
        left = descendants()
        while left and time.monotonic() < limit:
            time.sleep(0.01)
            left = descendants()
        found = []
        for pid in left:
            try:
                found.append((pid, Path(f"/proc/{pid}/comm").read_text(encoding="utf8").strip()))
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        reap()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = after.ru_utime + after.ru_stime - self._before
        return found


# ---- outputs ---------------------------------------------------------------------------------------------------


def tree(folder):
    """Every file below a folder with its SHA-256, journals and indexes left out; names as bytes."""
    found = {}
    base = os.fsencode(folder)
    for parent, folders, files in os.walk(base):
        for name in files:
            path = os.path.join(parent, name)
            relative = os.path.relpath(path, base)
            if re.match(rb"^(journal|index)[-0-9of]*\.sqlite$", relative):
                continue
            with open(path, "rb") as file:
                found[relative] = hashlib.sha256(file.read()).hexdigest()
        for name in folders:
            relative = os.path.relpath(os.path.join(parent, name), base)
            found[relative + b"/"] = "folder"
    return found


def temporaries(folder):
    """Files with names of temporary ones."""
    return sorted(
        os.path.join(parent, name)
        for parent, _, files in os.walk(os.fsencode(folder))
        for name in files
        if TEMPORARY.search(name)
    )


def differences(wanted, got):
    """What differs between two trees, as phrases."""
    for name in sorted(wanted.keys() | got.keys()):
        if name not in got:
            yield f"lacks {name!r}"
        elif name not in wanted:
            yield f"has {name!r} besides"
        elif wanted[name] != got[name]:
            yield f"{name!r} differs"


class Journal:
    """The rows of a finished batch."""

    def __init__(self, out):
        base = sqlite3.connect(f"file:{out}/journal.sqlite?mode=ro", uri=True)
        base.text_factory = bytes
        base.row_factory = sqlite3.Row
        self.documents = [dict(row) for row in base.execute("SELECT * FROM documents")]
        self.pages = [dict(row) for row in base.execute("SELECT * FROM pages")]
        self.outputs = [dict(row) for row in base.execute("SELECT * FROM outputs")]
        base.close()


# ---- documents -------------------------------------------------------------------------------------------------


def stream(data, extra=b""):
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (extra, len(data), data)


def pdf(objects):
    """A PDF file of numbered objects, catalog 1."""
    out, offsets = bytearray(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n"
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))


def sentences():
    """Text to fill pages with: the long lines of the samples' truth that a PDF's standard fonts can show."""
    lines = [line for path in sorted(SAMPLES.rglob("*.txt")) for line in path.read_text(encoding="utf8").split("\n")]
    return [line for line in lines if len(line) > 60 and line.isascii() and "\t" not in line]


def text_content(rng, lines, n_lines=36):
    """A content stream of running text in lines of some 80 characters."""
    words = " ".join(rng.choice(lines) for _ in range(12)).split()
    out, at = [b"BT /F1 11 Tf 14 TL 60 780 Td"], 0
    for _ in range(n_lines):
        line = ""
        while at < len(words) and len(line) + len(words[at]) < 80:
            line, at = f"{line} {words[at]}".strip(), at + 1
        for mark in "\\()":
            line = line.replace(mark, "\\" + mark)
        out.append(b"(%s) '" % line.encode("ascii"))
    return b"\n".join(out + [b"ET"])


def jpeg_shape(data):
    """Height, width and number of components of a JPEG file."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return struct.unpack_from(">HHB", data, at + 5)


def jpeg_object(data):
    height, width, parts = jpeg_shape(data)
    space = b"DeviceGray" if parts == 1 else b"DeviceRGB"
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /%s /Filter /DCTDecode"
    return stream(data, head % (width, height, space))


def mixed_pdf(rng, kinds, jpegs, lines, title=b""):
    """A PDF with a page for each letter of kinds: t text, s a scan (one of jpegs, each stored once)."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    images = {}
    kids, free = [], 4
    for number, kind in enumerate(kinds):
        box, uses, content = (595, 842), b"/Font << /F1 3 0 R >>", b""
        if kind == "t":
            content = text_content(rng, lines) + b"\nBT /F1 8 Tf 60 40 Td (%s page %d) Tj ET" % (title, number + 1)
        else:
            data = rng.choice(jpegs)
            if data not in images:
                images[data] = free
                objects[free] = jpeg_object(data)
                free += 1
            height, width, _ = jpeg_shape(data)
            box = (595, 595 * height / width)
            content = b"q %.2f 0 0 %.2f 0 0 cm /Im Do Q" % box
            uses = b"/XObject << /Im %d 0 R >>" % images[data]
        objects[free] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R /Resources << %s >> >>"
            % (*box, free + 1, uses)
        )
        objects[free + 1] = stream(content)
        kids.append(b"%d 0 R" % free)
        free += 2
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return pdf(objects)


def cut_jpeg(rng, data):
    """A JPEG file that differs in nothing but a comment, so that no two documents are the same bytes."""
    note = b"copy %d" % rng.randrange(1 << 30)
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + data[2:]


def small_batch(folder, seed=4, copies=1):
    """Some tens of small documents of every sort in three levels of folders, a few of them damaged."""
    rng, lines = random.Random(seed), sentences()
    jpegs = [(SAMPLES / name).read_bytes() for name in ("receipt.jpg", "degraded/hotel-bill-faded.jpg")]
    folder = Path(folder)

    def put(name, data):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    for copy in range(copies):
        for n in range(8):
            kinds = "t" * rng.randrange(1, 9)
            put(f"text/{copy}/letter-{n}.pdf", mixed_pdf(rng, kinds, jpegs, lines, b"letter %d" % n))
        put(f"scans/{copy}/file.pdf", mixed_pdf(rng, "sts", jpegs, lines))
        put(f"text/{copy}/long.pdf", mixed_pdf(rng, "t" * 40 + "ts" * 3 + "t" * 20, jpegs, lines))
        put(f"scans/{copy}/receipt.jpg", cut_jpeg(rng, jpegs[0]))
        put(f"scans/{copy}/pages.tif", (ROOT / "tests/data/image/pages3.tif").read_bytes())
        put(f"scans/{copy}/fax.tif", (SAMPLES / "fax.tif").read_bytes())
        for name in ("report.pdf", "sideways.pdf", "invoice-digital.pdf", "encrypted.pdf"):
            put(f"samples/{copy}/{name}", (SAMPLES / name).read_bytes())
        for name in (
            "page-lost.pdf",
            "cyclic-pages.pdf",
            "second-page.tif",
            "empty.pdf",
            "truncated-40.pdf",
            "noise.jpg",
            "letter-as-text.pdf",
            "truncated-50.png",
            "box-zero.pdf",
        ):
            put(f"damaged/{copy}/{name}", (HOSTILE / name).read_bytes())
