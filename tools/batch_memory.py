#!/usr/bin/python3
"""Does memory grow with the pages of a document?  A batch over a PDF of 50 pages and one over a PDF of 5,000 pages,
scans and text pages by turns, made of the same 20 pages; the peak of the sum over engine, spawner and parsers.

  tools/batch_memory.py RECTO [--pages 5000] [--to md,json,txt] [--limit 1.2]

Memory is the proportional set size (Pss, /proc/PID/smaps_rollup) of all processes at one moment, looked at every
20 ms, and the most that VmHWM of single processes reached, added up (a long document has one parser after another,
which were never there at once).  Exit status 1 above --limit.  Needs python3-pil.
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import batchlib  # noqa: E402


def small_scans():
    """JPEG files of some 800 x 1100 pixels, so that thousands of pages are read in minutes."""
    import io

    from PIL import Image

    found = []
    for name in ("hotel-bill-faded.jpg", "memo-jpeg.jpg", "brief-low-contrast.jpg", "avis-gradient.jpg"):
        image = Image.open(batchlib.SAMPLES / "degraded" / name).convert("L")
        scale = 800 / image.width
        out = io.BytesIO()
        image.resize((800, round(image.height * scale))).save(out, "JPEG", quality=60)
        found.append(out.getvalue())
    return found


def long_pdf(n_pages):
    """n_pages by turns of 10 text pages and 10 scans that are stored once each, so that the file stays small."""
    rng, lines, jpegs = random.Random(11), batchlib.sentences(), small_scans()
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for n, data in enumerate(jpegs):
        objects[4 + n] = batchlib.jpeg_object(data)
    for n in range(10):
        objects[10 + n] = batchlib.stream(batchlib.text_content(rng, lines))
    kids = []
    for n in range(n_pages):
        if n % 2:
            k = n // 2 % len(jpegs)
            height, width, _ = batchlib.jpeg_shape(jpegs[k])
            box = (width * 0.5, height * 0.5)
            content = batchlib.stream(b"q %.1f 0 0 %.1f 0 0 cm /Im Do Q" % box)
            objects[100 + 2 * n + 1] = content
            uses = b"/Contents %d 0 R /Resources << /XObject << /Im %d 0 R >> >>" % (100 + 2 * n + 1, 4 + k)
        else:
            box = (595, 842)
            uses = b"/Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >>" % (10 + n // 2 % 10)
        objects[100 + 2 * n] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.1f %.1f] %s >>" % (*box, uses)
        kids.append(b"%d 0 R" % (100 + 2 * n))
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (n_pages, b" ".join(kids))
    return batchlib.pdf(objects)


class Watch(batchlib.Run):
    """Adds up VmHWM besides."""

    def _sample(self):
        self.high = {}
        while not self._ended.wait(self._interval):
            total = 0
            for pid in self.family():
                total += batchlib.memory(pid)
                try:
                    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                        kib = next((int(line.split()[1]) for line in file if line.startswith("VmHWM:")), 0)
                    self.high[pid] = max(self.high.get(pid, 0), kib * 1024)
                except OSError:
                    pass
            self.peak = max(self.peak, total)


def measure(args, base, n_pages):
    """(peak of Pss, sum of VmHWM) in bytes of a batch over one document."""
    folder = base / f"in-{n_pages}"
    folder.mkdir()
    (folder / "long.pdf").write_bytes(long_pdf(n_pages))
    command = [args.recto, "batch", folder, "-o", base / f"out-{n_pages}", "--jobs", "1", "--to", args.to]
    with open(base / "stderr", "wb") as errors:
        run = Watch(command + ["--progress", "never"], {"TMPDIR": str(base)}, stderr=errors, watch=0.02)
    if run.wait() != 0:
        sys.exit(f"{n_pages} pages: exit code {run.code}: {(base / 'stderr').read_text(errors='replace')}")
    run.leftovers()
    journal = batchlib.Journal(base / f"out-{n_pages}")
    if len(journal.pages) != n_pages:
        sys.exit(f"{len(journal.pages)} rows of pages, not {n_pages}")
    high = sum(run.high.values())
    print(f"{n_pages:5} pages: peak {run.peak / 1e6:.1f} MB (Pss of {len(run.high)} processes), VmHWM added up"
          f" {high / 1e6:.1f} MB, {run.seconds:.1f} s, {run.cpu:.1f} s user + sys", flush=True)  # fmt: skip
    return run.peak, high


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recto", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--to", default="md,json,txt")
    parser.add_argument("--limit", type=float, default=1.2)
    args = parser.parse_args()
    batchlib.adopt()
    base = Path(tempfile.mkdtemp(prefix="batch-memory-"))
    try:
        few, many = measure(args, base, 50), measure(args, base, args.pages)
    finally:
        shutil.rmtree(base)
    ratios = [many[k] / few[k] for k in range(2)]
    print(f"{args.pages} pages take {ratios[0]:.3f} times the peak of 50 (VmHWM: {ratios[1]:.3f} times); wanted: {args.limit}")
    sys.exit(0 if max(ratios) <= args.limit else 1)


if __name__ == "__main__":
    main()
