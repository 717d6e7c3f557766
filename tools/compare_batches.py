#!/usr/bin/python3
"""Are two output folders of `recto batch` the same batch, however many shards, jobs, kills and resumes each of them saw?

    compare_batches.py ONE OTHER

Holds the folders' files against each other byte by byte, the records of all documents and pages (but for times, paths
and numbers of attempts), and the manifests' lines; and, within each folder, that every document and page has exactly
one record over all journals, that nothing is pending, and that the outputs recorded are those on the disk.  Prints what
differs, or one line of what was compared; exit code 0 or 1.
"""

import hashlib
import re
import sqlite3
import sys
from collections import Counter
from pathlib import Path

OWN = re.compile(r"(journal|manifest|index)(-\d+-of-\d+)?\.(sqlite|jsonl)")
DOCUMENT = "key, parent, original, note, size, sha256, state, class, message, format, pages, pages_failed, pages_blank, attachments"
PAGE = "key, page, pages.class, pages.message, reader, flags, confidence"


class Batch:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.differences = []
        self.files = {}
        self.documents, self.pages, self.outputs, self.manifest = Counter(), Counter(), {}, Counter()
        journals = []
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if not path.is_file():
                continue
            if not OWN.fullmatch(name):
                self.files[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            elif name.startswith("journal"):
                journals.append(path)
            elif name.startswith("manifest"):
                self.manifest.update(path.read_text(encoding="utf8").splitlines())
        for path in journals:
            self.read(path)
        self.n_journals = len(journals)
        self.check()

    def complain(self, text):
        self.differences.append(f"{self.folder}: {text}")

    def read(self, path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            self.complain(f"{path.name} is damaged")
        self.documents.update(db.execute(f"SELECT {DOCUMENT} FROM documents"))
        self.pages.update(db.execute(f"SELECT {PAGE} FROM pages JOIN documents ON documents.id = document"))
        self.outputs.update(db.execute("SELECT path, outputs.sha256 FROM outputs"))
        orphans = db.execute("SELECT count(*) FROM pages WHERE document NOT IN (SELECT id FROM documents)").fetchone()[0]
        if orphans:
            self.complain(f"{path.name} has {orphans} pages of no document")
        db.close()

    def check(self):
        if self.n_journals == 0:
            self.complain("no journal")
        for key, n in Counter(d[0] for d in self.documents.elements()).items():
            if n != 1:
                self.complain(f"{key} has {n} records")
        for key, n in Counter(p[:2] for p in self.pages.elements()).items():
            if n != 1:
                self.complain(f"page {key[1]} of {key[0]} has {n} records")
        n_pages = Counter(p[0] for p in self.pages.elements())
        for document in self.documents:
            if document[6] == "pending":
                self.complain(f"{document[0]} is pending")
            if document[6] in ("ok", "partial") and n_pages[document[0]] != document[10]:
                self.complain(f"{document[0]} has {document[10]} pages, but records of {n_pages[document[0]]}")
        for name, sha256 in self.outputs.items():
            if self.files.get(name) != sha256:
                self.complain(f"{name} is recorded, but is not there as recorded")
        for name in self.files:
            if name not in self.outputs:
                self.complain(f"{name} is not recorded")
        if sum(self.manifest.values()) != sum(self.documents.values()):
            self.complain(f"{sum(self.manifest.values())} lines of manifest, {sum(self.documents.values())} documents")


def compare(what, one, other):
    found = []
    for item in sorted(set(one.items()) ^ set(other.items()), key=repr):
        found.append(f"{what} {'only in the first' if item in one.items() else 'only in the second'}: {item}")
    return found


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 1
    one, other = Batch(sys.argv[1]), Batch(sys.argv[2])
    differences = one.differences + other.differences
    for what in ("files", "documents", "pages", "manifest"):
        differences += compare(what, getattr(one, what), getattr(other, what))
    for line in differences[:40]:
        print(line)
    if differences:
        print(f"{len(differences)} differences")
        return 1
    states = Counter(d[6] for d in one.documents)
    print(f"the same: {len(one.files)} files, {len(one.documents)} documents ({', '.join(f'{n} {s}' for s, n in sorted(states.items()))}), "
          f"{len(one.pages)} pages; {one.n_journals} and {other.n_journals} journals")
    return 0


if __name__ == "__main__":
    sys.exit(main())
