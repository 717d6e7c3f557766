#!/usr/bin/python3
"""Makes tests/data/hostile/: files that are damaged, lie about themselves, or ask for too much, and EXPECT.tsv.

EXPECT.tsv has a line a file: name, the exit codes that are right for `recto convert` (several with | between them
where a reader may repair the file or refuse it), and what is wrong with the file. Needs python3-pil and qpdf.
Codes: 0 all done, 2 not readable, 4 some pages failed, 8 encrypted.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "hostile"))
import documents  # noqa: E402, F401
import parts  # noqa: E402
import pictures  # noqa: E402, F401

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "data" / "hostile"


def main():
    """Writes every file and the list of expectations."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["# file\texit codes\twhat it is (made by tools/make_hostile.py)"]
    for name, (codes, note, make) in parts.CASES.items():
        (FOLDER / name).write_bytes(make())
        lines.append(f"{name}\t{codes}\t{note}")
    (FOLDER / "EXPECT.tsv").write_text("\n".join(lines) + "\n", encoding="utf8")
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"{len(parts.CASES)} files, {total // 1024} KiB")


if __name__ == "__main__":
    main()
