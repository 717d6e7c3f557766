#!/usr/bin/env python3
"""Convert many files, one process each, and report every breach of what docs/RELIABILITY.md promises.

  tools/torture.py BINARY FILE|FOLDER... [--mutate N] [--timeout 60] [--jobs 2] [--pages 1-9] [--csv OUT]

For each file: no crash, no sanitizer report, no more than --timeout seconds, an exit code of the interface, one line
on standard error when something failed and none when nothing did, no output of a failed document, no temporary file.
--mutate N converts N broken copies of each file (flipped, cut, doubled and zeroed pieces; the same for the same
name) in its place; those that break a promise are kept in ./torture-found.  Exit status 1 if there was a breach.
"""
import argparse
import concurrent.futures
import csv
import gzip
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".pgm", ".pbm", ".ppm", ".jp2"}
CODES = {0, 2, 3, 4, 8}


def inputs(paths):
    """Every file of a kind we read below the paths, PDFs packed with gzip too; a file reached twice counts once."""
    seen = set()
    for path in map(Path, paths):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            kind = Path(file.stem).suffix.lower() if file.suffix == ".gz" else file.suffix.lower()
            real = file.resolve()
            if file.is_file() and real not in seen and (kind in KINDS or not path.is_dir()):
                seen.add(real)
                yield real


def mutated(data, rng):
    """A broken copy: one to eight changes, each at a place and of a size drawn by rng."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        if not data:
            break
        at, size = rng.randrange(len(data)), min(len(data), 1 << rng.randrange(12))
        what = rng.randrange(7)
        if what == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            data[at : at + size] = rng.randbytes(size)
        elif what == 2:
            del data[at : at + size]
        elif what == 3:
            data[at:at] = data[at : at + size]
        elif what == 4:
            data[at : at + size] = bytes(size)
        elif what == 5 and rng.random() < 0.3:
            del data[at:]
        else:  # a digit or a length byte becomes an extreme one
            data[at] = rng.choice((0, 1, 0x39, 0x2D, 0x7F, 0x80, 0xFE, 0xFF))
    return bytes(data)


def breaches(result, out, seconds, limit):
    """What a run did wrong, as short phrases."""
    stderr = result.stderr.decode("utf8", "replace") if result else ""
    left = sorted(os.listdir(out)) if out.exists() else []
    if result is None:
        yield f"over {limit} s"
        return
    if result.returncode not in CODES:
        yield f"exit {result.returncode}"
    for mark in ("Sanitizer", "runtime error"):
        if mark in stderr:
            yield next(line for line in stderr.splitlines() if mark in line)
    if len(stderr.splitlines()) != (1 if result.returncode else 0):
        yield f"exit {result.returncode} with {len(stderr.splitlines())} lines on standard error: {stderr[:200]!r}"
    if result.returncode not in (0, 4) and left:
        yield f"exit {result.returncode} left {left}"
    if any(name.startswith(".") for name in left):
        yield f"temporary files {left}"
    if seconds > limit:
        yield f"{seconds:.0f} s"


def convert(binary, file, limit, number, pages):
    """Convert one file (mutated if number >= 0); a row of the report and the breaches."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        folder, source = Path(folder), file
        if file.suffix == ".gz" or number >= 0:
            data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            name = file.stem if file.suffix == ".gz" else file.name
            source = folder / (name if number < 0 else f"{number}-{name}")
            source.write_bytes(data if number < 0 else mutated(data, random.Random(f"{file.name}/{number}")))
        out, tmp = folder / "out", folder / "tmp"
        tmp.mkdir()
        start, result = time.monotonic(), None
        try:
            command = [binary, "convert", str(source), "-o", str(out), "--to", "md,json,txt"]
            result = subprocess.run(
                command + (["--pages", pages] if pages else []),
                capture_output=True,
                timeout=limit * 2,
                stdin=subprocess.DEVNULL,
                check=False,
                env=os.environ | {"TMPDIR": str(tmp), "OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            pass
        seconds = time.monotonic() - start
        found = list(breaches(result, out, seconds, limit))
        if any(tmp.iterdir()):
            found.append("left files in TMPDIR")
        if found and number >= 0:
            Path("torture-found").mkdir(exist_ok=True)
            shutil.copy(source, "torture-found")
        said = (result.stderr.decode("utf8", "replace") if result else "").strip()
        code = result.returncode if result else "timeout"
        return [str(file), number, source.stat().st_size, code, f"{seconds:.2f}", said[:300]], found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--mutate", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--pages", help="only these pages of each document, as for recto convert")
    parser.add_argument("--csv")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    work = [(f, n) for f in inputs(args.paths) for n in (range(args.mutate) if args.mutate else [-1])]
    codes, n_bad, rows = {}, 0, []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        runs = [pool.submit(convert, os.path.abspath(args.binary), f, args.timeout, n, args.pages) for f, n in work]
        for run in concurrent.futures.as_completed(runs):
            row, found = run.result()
            rows.append(row)
            codes[row[3]] = codes.get(row[3], 0) + 1
            n_bad += bool(found)
            for breach in found:
                print(f"{row[0]}{f' #{row[1]}' if row[1] >= 0 else ''}: {breach}", flush=True)
    if args.csv:
        with open(args.csv, "w", newline="", encoding="utf8") as to:
            csv.writer(to).writerows([["file", "mutation", "bytes", "exit", "seconds", "message"]] + sorted(rows, key=str))
    slow = max(rows, key=lambda row: float(row[4]), default=None)
    print(f"{len(rows)} runs, exit codes {dict(sorted(codes.items(), key=str))}, {n_bad} with a breach"
          + (f"; slowest {slow[4]} s: {slow[0]}" if slow else ""))
    sys.exit(1 if n_bad else 0)


if __name__ == "__main__":
    main()
