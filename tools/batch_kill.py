#!/usr/bin/env python3
"""Kill a batch at random moments, go on with --resume, and compare with a batch that nobody disturbed.

  tools/batch_kill.py RECTO [ROUNDS=200] [--seed 1] [--jobs 2] [--copies 2] [--to md,json,txt] [--keep]

A round is a fresh output folder (every other one with --checkpoint, every third with
--index) and one to four kills (SIGKILL) at random moments, of: the engine; the whole process
group; one parser; a spawner; or SIGINT or SIGTERM to the engine. After each it looks for processes that are left.
Then the batch is gone on with until it ends by itself (parsers and spawners that were killed are failures of their
documents, so those rounds end with --retry-failed). At the end every file of the output folder must be as in the
undisturbed batch, every document and page have exactly one row in the journal with the same contents but for times
and attempts, and no temporary file be there. Exit status 1 if a round failed; its folder is kept.
"""

import argparse
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import batchlib  # noqa: E402

# what is killed, how often it is drawn
VICTIMS = {"engine": 12, "group": 4, "parser": 3, "spawner": 1, "sigint": 2, "sigterm": 1}
PATIENCE = 120  # seconds that a run may take
TIMES = {b"started", b"seconds", b"attempts", b"mtime_ns", b"path", b"id", b"document", b"run"}


def rows(journal):
    """The journal's contents without times and numbers of rows: {key: row}, {(key, page): row}, doubles."""
    names = {row["id"]: row["key"] for row in journal.documents}
    documents, pages, doubles = {}, {}, []
    for row in journal.documents:
        if row["key"] in documents:
            doubles.append(row["key"])
        documents[row["key"]] = {k: v for k, v in row.items() if k.encode() not in TIMES}
    for row in journal.pages:
        key = (names.get(row["document"], b"?"), row["page"])
        if key in pages:
            doubles.append(key)
        pages[key] = {k: v for k, v in row.items() if k.encode() not in TIMES}
    return documents, pages, doubles


class Harness:
    def __init__(self, args, base):
        self.args, self.base = args, base
        self.inputs, self.tmp = base / "in", base / "tmp"
        self.moments = collections.Counter()
        self.victims = collections.Counter()
        self.runs = 0

    def start(self, out, *more):
        self.runs += 1
        command = [self.args.recto, "batch", self.inputs, "-o", out, "--jobs", str(self.args.jobs)]
        command += ["--to", self.args.to, "--progress", "never", *more]
        self.errors = open(self.base / "stderr", "wb")  # pylint: disable=consider-using-with
        return batchlib.Run(command, {"TMPDIR": str(self.tmp)}, stderr=self.errors)

    def said(self):
        return (self.base / "stderr").read_text(encoding="utf8", errors="replace")[-800:]

    def finish(self, out, *more):
        """Run to the end; phrases of what is wrong."""
        run = self.start(out, *more)
        code = run.wait(PATIENCE)
        if code is None:
            found = [f"hangs: still going after {PATIENCE} s"]
            os.killpg(run.process.pid, signal.SIGKILL)
            run.wait()
        else:
            found = [] if code == 4 else [f"exit code {code}, not 4 (some documents of it fail): {self.said()}"]
        found += [f"process {pid} ({name}) is left after the end" for pid, name in run.leftovers()]
        found += [f"{name!r} is left" for name in batchlib.temporaries(out)]
        found += [f"{name!r} is left in TMPDIR" for name in os.listdir(self.tmp)]
        return found, run.seconds

    def found(self, out):
        """What a search answers, or that it cannot."""
        command = [self.args.recto, "find", out, "the", "--json"]
        answer = subprocess.run(command, capture_output=True, check=False)
        return answer.returncode, sorted(answer.stdout.splitlines())  # in the order of indexing

    def reference(self):
        out = self.base / "reference"
        found, seconds = self.finish(out, "--index")
        if found:
            sys.exit("the undisturbed run: " + "; ".join(found))
        self.wanted = batchlib.tree(out)
        self.hits = self.found(out)
        self.rows = rows(batchlib.Journal(out))
        again = self.base / "again"
        found, self.seconds = self.finish(again)
        self.seconds = min(self.seconds, seconds)
        found += batchlib.differences(self.wanted, batchlib.tree(again))
        if found:
            sys.exit("the undisturbed run, again: " + "; ".join(found))

    def disturb(self, out, rng, victim, delay, options):
        """One run with one kill; phrases of what is wrong, and whether a process below the engine was killed."""
        run = self.start(out, *options)
        code = run.wait(delay)
        if code is None:
            n_done = sum(len(files) for _, _, files in os.walk(out)) if out.exists() else 0
            n_all = sum(what != "folder" for what in self.wanted.values())
            moment = "before the first output" if n_done <= 2 else "with all outputs there" if n_done > n_all else "between"
        else:
            moment = "after the end"
        self.moments[moment] += 1
        self.victims[victim] += 1
        hurt = False
        if code is None and victim in ("parser", "spawner"):
            found, limit = [], time.monotonic() + 0.2
            while not found and run.running() and time.monotonic() < limit:
                found = run.parsers() if victim == "parser" else run.spawners()
            if found:
                try:
                    os.kill(rng.choice(found), signal.SIGKILL)
                    hurt = True
                    self.victims[f"{victim} (met)"] += 1
                except ProcessLookupError:
                    pass
            code = run.wait(PATIENCE)
            wrong = [] if code in (3, 4) else [f"exit code {code} after its {victim} was killed: {self.said()}"]
        elif code is None and victim in ("sigint", "sigterm"):
            os.kill(run.process.pid, signal.SIGINT if victim == "sigint" else signal.SIGTERM)
            code = run.wait(PATIENCE)
            # before its handlers stand a signal simply ends it
            wrong = [] if code in (130, 4, -signal.SIGINT, -signal.SIGTERM) else [f"exit code {code} after {victim}: {self.said()}"]
        elif code is None:
            try:
                (os.killpg if victim == "group" else os.kill)(run.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            code = run.wait(PATIENCE)
            wrong = [] if code in (-signal.SIGKILL, 4) else [f"exit code {code} after SIGKILL"]
        else:
            wrong = [] if code == 4 else [f"exit code {code}, not 4: {self.said()}"]
        if code is None:
            wrong = [f"hangs after {victim}: still going after {PATIENCE} s"]
            os.killpg(run.process.pid, signal.SIGKILL)
            run.wait()
        wrong += [f"process {pid} ({name}) outlived {victim}" for pid, name in run.leftovers()]
        wrong += [f"{name!r} is left in TMPDIR after {victim}" for name in os.listdir(self.tmp)]
        return wrong, hurt

    def round(self, number):
        """Phrases of what went wrong."""
        rng, out = random.Random(f"{self.args.seed}/{number}"), self.base / f"out-{number}"
        wrong, hurt, started = [], False, False
        keep = (["--checkpoint"] if number % 2 else []) + (["--index"] if number % 3 == 0 else [])
        for _ in range(rng.randrange(1, 5)):
            victim = rng.choices(list(VICTIMS), VICTIMS.values())[0]
            left = 1 - (len(batchlib.tree(out)) if started else 0) / len(self.wanted)
            delay = rng.uniform(0, 0.3 + left * self.seconds)
            found, below = self.disturb(out, rng, victim, delay, keep + (["--resume"] if started else []))
            wrong += found
            hurt |= below
            started = any((out / name).exists() for name in ("journal.sqlite",))
        more = (["--resume"] if started else []) + (["--retry-failed"] if hurt else [])
        wrong += self.finish(out, *keep, *more)[0]
        wrong += list(batchlib.differences(self.wanted, batchlib.tree(out)))
        if "--index" in keep and self.found(out) != self.hits:
            wrong.append("recto find finds something else")
        documents, pages, doubles = rows(batchlib.Journal(out))
        wrong += [f"two rows of {key!r}" for key in doubles]
        for what, wanted, got in (("document", self.rows[0], documents), ("page", self.rows[1], pages)):
            wrong += [f"the journal's {what} {key!r} differs" for key in wanted.keys() | got.keys()
                      if wanted.get(key) != got.get(key)]  # fmt: skip
        if not wrong:
            shutil.rmtree(out)
        return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recto", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("rounds", type=int, nargs="?", default=200)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--copies", type=int, default=2, help="of the batch's 26 documents")
    parser.add_argument("--to", default="md,json,txt")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folder")
    args = parser.parse_args()
    batchlib.adopt()
    base = Path(tempfile.mkdtemp(prefix="batch-kill-"))
    harness = Harness(args, base)
    harness.tmp.mkdir()
    batchlib.small_batch(harness.inputs, copies=args.copies)
    harness.reference()
    documents, pages, _ = harness.rows
    print(f"undisturbed: {len(documents)} documents, {len(pages)} pages, {harness.seconds:.2f} s", flush=True)
    begin, n_bad = time.monotonic(), 0
    for number in range(args.rounds):
        wrong = harness.round(number)
        n_bad += bool(wrong)
        for phrase in wrong[:8]:
            print(f"round {number}: {phrase}", flush=True)
    print(f"{args.rounds} rounds, {sum(harness.moments.values())} signals, {harness.runs} runs in"
          f" {time.monotonic() - begin:.0f} s; {n_bad} rounds failed")  # fmt: skip
    print("victims: " + ", ".join(f"{name} {n}" for name, n in harness.victims.most_common()))
    print("moments: " + ", ".join(f"{name} {n}" for name, n in harness.moments.most_common()))
    if n_bad == 0 and not args.keep:
        shutil.rmtree(base)
    else:
        print(f"kept: {base}")
    sys.exit(1 if n_bad else 0)


if __name__ == "__main__":
    main()
