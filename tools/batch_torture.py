#!/usr/bin/env python3
"""A batch over 2,000 hostile files (tools/make_torture.py), and what must hold afterwards.

  tools/batch_torture.py RECTO [COUNT=2000] [--seed 1] [--input FOLDER] [--keep]

`recto batch --timeout 10 --document-timeout 60 --max-memory 1500M --jobs 2 --hidden --attachments`.  Held against it:
exit code 4; every file, link and unreadable folder exactly one row and one line of the manifest, none pending; a row
for every page; the outputs in OUT are those of the journal, byte for byte, and no others; failed documents have none;
no page over --timeout and no document over --document-timeout (and --slack); all processes together below
--max-memory; no process and no temporary file left; no core file, though the limit allows one; the inputs unchanged
and nothing written elsewhere; the sound files read, the second set of them (the last in the batch) as the first; and
with --resume nothing is done again but what could not be read or written.

As root the batch is run as a user of its own, who owns nothing else, so that unreadable files are unreadable and all
that was written can be found.  Exit status 1 if anything does not hold; the folder is then kept.
"""

import argparse
import collections
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import batchlib  # noqa: E402

USER = 61000 + os.getpid() % 1000  # of nobody, on any machine one may hope
WRITTEN = {b"ok", b"partial"}  # states with outputs
RETRIED = {b"io", b"output", b"nomem", b"device", b"cancelled"}  # classes that --resume tries again


def expected(base, user):
    """Keys, as bytes of paths, of all that must have a row; a link to another of the files is that file's."""
    keys, base = set(), os.fsencode(base)

    def walk(folder, prefix):
        for entry in os.scandir(folder):
            mode, key = entry.stat(follow_symlinks=False).st_mode, prefix + entry.name
            if stat.S_ISDIR(mode):
                if user is not None and not mode & 0o005:
                    keys.add(key + b"/")
                else:
                    walk(entry.path, key + b"/")
            elif stat.S_ISREG(mode):
                keys.add(key)
            elif stat.S_ISLNK(mode):
                try:
                    if stat.S_ISREG(os.stat(entry.path).st_mode) and not os.path.realpath(entry.path).startswith(base + b"/"):
                        keys.add(key)
                except OSError:
                    keys.add(key)

    walk(base, b"")
    return keys


def shape(base):
    """What an input folder looks like, cheap enough for gigabytes of holes."""
    return sorted(
        (path, (s := os.lstat(path)).st_size, s.st_mtime_ns, s.st_mode)
        for parent, folders, files in os.walk(os.fsencode(base))
        for path in (os.path.join(parent, name) for name in [*folders, *files])
    )


class Torture:
    def __init__(self, args, base):
        self.args, self.base, self.wrong = args, base, []
        self.user = USER if os.geteuid() == 0 else None
        self.out, self.tmp, self.here = base / "out", base / "tmp", base / "here"
        for folder in (self.tmp, self.here, base / "parent"):
            folder.mkdir()
            if self.user is not None:
                os.chown(folder, self.user, self.user)
        self.out = base / "parent" / "out"
        base.chmod(0o755)
        self.recto = base / "recto"
        shutil.copy(args.recto, self.recto)
        self.recto.chmod(0o755)

    def hold(self, condition, phrase):
        if not condition:
            self.wrong.append(phrase)
            if len(self.wrong) <= 60:
                print(f"BREACH: {phrase}", flush=True)

    def run(self, *more):
        command = [self.recto, "batch", self.args.input, "-o", self.out, "--jobs", str(self.args.jobs)]
        command += ["--timeout", "10", "--document-timeout", "60", "--max-memory", f"{self.args.max_memory}M", "--to", "md,json,txt"]
        command += ["--hidden", "--attachments", "--progress", "never", *more]
        with open(self.base / "stderr", "ab") as errors:
            run = batchlib.Run(command, {"TMPDIR": str(self.tmp), "HOME": str(self.here)}, self.here, errors, 0.05, self.user)
        code = run.wait(self.args.patience)
        if code is None:
            self.hold(False, f"the batch hangs: still going after {self.args.patience} s")
            os.killpg(run.process.pid, signal.SIGKILL)
            run.wait()
        self.hold(run.code == 4, f"exit code {run.code}, not 4")
        for pid, name in run.leftovers():
            self.hold(False, f"process {pid} ({name}) is left")
        for path in batchlib.temporaries(self.out) + [os.path.join(self.tmp, name) for name in os.listdir(self.tmp)]:
            self.hold(False, f"{path!r} is left")
        self.hold(run.peak <= self.args.max_memory << 20, f"peak memory {run.peak >> 20} MiB")
        for line in (self.base / "stderr").read_bytes().splitlines():
            self.hold(b"Sanitizer" not in line and b"runtime error" not in line, line.decode("utf8", "replace"))
        return run

    def check_documents(self, wanted):
        rows = collections.Counter()
        for row in self.journal.documents:
            if row["parent"] is None:
                rows[urllib.parse.unquote_to_bytes(row["key"])] += 1
            self.hold(row["state"] in (b"ok", b"partial", b"failed", b"other"), f"{row['key']!r} is {row['state']!r}")
            self.hold((row["class"] is None) == (row["state"] == b"ok"), f"{row['key']!r}: class {row['class']!r}")
        for key in sorted(wanted - rows.keys()):
            self.hold(False, f"no row of {key!r}")
        for key in sorted(rows.keys() - wanted):
            self.hold(False, f"a row of {key!r}, which is not there")
        self.hold(not rows or max(rows.values()) == 1, "a document has two rows")
        with open(self.out / "manifest.jsonl", encoding="utf8") as file:
            lines = [json.loads(line) for line in file]
        self.hold(len(lines) == len(self.journal.documents), f"the manifest has {len(lines)} lines")

    def check_pages(self):
        documents = {row["id"]: row for row in self.journal.documents}
        numbers = collections.defaultdict(list)
        for row in self.journal.pages:
            numbers[row["document"]].append(row["page"])
            self.hold(row["seconds"] <= 10 + self.args.slack, f"{documents[row['document']]['key']!r}: page {row['page']} took {row['seconds']:.1f} s")
        for number, row in documents.items():
            self.hold(row["seconds"] <= 60 + 5 * self.args.slack, f"{row['key']!r} took {row['seconds']:.1f} s")
            pages = sorted(numbers[number])
            self.hold(len(set(pages)) == len(pages) == row["pages"], f"{row['key']!r}: {row['pages']} pages, {len(pages)} rows")
            if row["state"] in WRITTEN:
                self.hold(pages == list(range(1, len(pages) + 1)), f"{row['key']!r}: pages without a row")
        self.hold(numbers.keys() <= documents.keys(), "rows of pages without a document")

    def check_outputs(self):
        states = {row["id"]: row["state"] for row in self.journal.documents}
        there = {path: digest for path, digest in batchlib.tree(self.out).items() if digest != "folder"}
        there.pop(b"manifest.jsonl", None)
        for row in self.journal.outputs:
            self.hold(states[row["document"]] in WRITTEN, f"{row['path']!r} is of a failed document")
            self.hold(there.pop(row["path"], None) == row["sha256"].decode(), f"{row['path']!r} is not as recorded")
        for path in there:
            self.hold(False, f"{path!r} is in the output folder and not in the journal")
        known = {row["document"] for row in self.journal.outputs}
        for number, state in states.items():
            self.hold((number in known) == (state in WRITTEN), f"document {number} is {state!r}, outputs: {number in known}")

    def check_sound(self):
        rows = {row["key"]: row for row in self.journal.documents}
        digests = {}
        for row in self.journal.outputs:
            digests.setdefault(row["document"], []).append((row["path"].rsplit(b".", 1)[1], row["sha256"]))
        n = 0
        for key, row in rows.items():
            if key.startswith(b"sound/"):
                late = rows[b"zz-" + key]
                n += row["state"] == b"ok"
                self.hold(late["state"] == row["state"], f"{late['key']!r} is {late['state']!r}, {key!r} {row['state']!r}")
                self.hold(sorted(digests.get(row["id"], [])) == sorted(digests.get(late["id"], [])), f"the outputs of {late['key']!r} differ from {key!r}'s")
        self.hold(n >= 30, f"only {n} of the 40 sound files were read")

    def check_elsewhere(self):
        self.hold(not os.listdir(self.here), f"written into the working folder: {os.listdir(self.here)}")
        if self.user is None:
            return
        allowed = (os.fsencode(self.base / "parent"), os.fsencode(self.tmp), os.fsencode(self.here))
        command = ["find", "/", "-xdev", "-user", str(self.user), "-print0"]
        found = subprocess.run(command, capture_output=True, check=False).stdout.split(b"\0")
        for path in found:
            self.hold(not path or path.startswith(allowed), f"written elsewhere: {path!r}")

    def table(self):
        classes = collections.defaultdict(collections.Counter)
        slowest = collections.defaultdict(float)
        for row in self.journal.documents:
            name = row["key"].split(b"/")[0].decode() if row["parent"] is None else "(attachments)"
            classes[name]["files"] += 1
            classes[name][row["state"].decode()] += 1
            if row["class"] is not None:
                classes[name][f"as {row['class'].decode()}"] += 1
            slowest[name] = max(slowest[name], row["seconds"])
        kinds = sorted({kind for counts in classes.values() for kind in counts if kind.startswith("as ")})
        kinds = ["files", "ok", "partial", "failed", "other", *kinds]
        print("| class | " + " | ".join(kind.removeprefix("as ") for kind in kinds) + " | slowest |")
        print("|---|" + "---|" * (len(kinds) + 1))
        for name, counts in [*sorted(classes.items()), ("all", sum(classes.values(), collections.Counter()))]:
            cells = " | ".join(str(counts[kind] or "") for kind in kinds)
            print(f"| {name} | {cells} | {slowest.get(name, max(slowest.values())):.1f} s |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recto", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("count", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--input", type=Path, help="a folder that make_torture.py made")
    parser.add_argument("--patience", type=float, default=5400, help="seconds after which the batch hangs")
    parser.add_argument("--max-memory", type=int, default=1500, help="in MiB; sanitizers need more")
    parser.add_argument("--slack", type=float, default=2, help="seconds over --timeout that a busy machine is granted; five times as many over --document-timeout, since what was read in time is still written")
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    batchlib.adopt()
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    base = Path(tempfile.mkdtemp(prefix="batch-torture-"))
    if args.input is None:
        args.input = base / "in"
        maker = Path(__file__).resolve().parent / "make_torture.py"
        subprocess.run(["/usr/bin/python3", maker, args.input, str(args.count), "--seed", args.seed], check=True)
    args.input = args.input.resolve()
    torture = Torture(args, base)
    wanted, before = expected(args.input, torture.user), shape(args.input)
    run = torture.run()
    torture.journal = batchlib.Journal(torture.out)
    torture.check_documents(wanted)
    torture.check_pages()
    torture.check_outputs()
    torture.check_sound()
    torture.check_elsewhere()
    torture.hold(shape(args.input) == before, "the input folder is not as it was")
    torture.table()
    print(f"\n{len(wanted)} files, {len(torture.journal.pages)} pages, {run.seconds:.0f} s wall, {run.cpu:.0f} s user + sys,"
          f" at most {run.most} processes with {run.peak >> 20} MiB together")  # fmt: skip
    attempts = {row["key"]: (row["attempts"], row["class"]) for row in torture.journal.documents}
    again = torture.run("--resume")
    for row in batchlib.Journal(torture.out).documents:
        n, kind = attempts.get(row["key"], (0, None))
        torture.hold(row["attempts"] == n or kind in RETRIED, f"{row['key']!r} ({kind!r}) was done again by --resume")
    print(f"again with --resume: {again.seconds:.1f} s")
    print(f"{len(torture.wrong)} breaches")
    if torture.wrong or args.keep:
        print(f"kept: {base}")
    else:
        shutil.rmtree(base)
    sys.exit(1 if torture.wrong else 0)


if __name__ == "__main__":
    main()
