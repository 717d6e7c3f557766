#!/usr/bin/env bash
# recto batch over names that are made to hurt: every document has one record and outputs of its own, and a second run
# finds them.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

/usr/bin/python3 - "$RECTO_SAMPLES/invoice-digital.pdf" <<'PY' || fail "cannot make the folder"
import os, shutil, sys
names = [b"a.pdf", b"new\nline.pdf", b"caf\xe9.pdf", "caf\u00e9.pdf".encode(), b"q'u\"o$(te)`.pdf", b"-dash.pdf",
         b" space .pdf", b"tab\t.pdf", b"100%.pdf", b"%41.pdf", b"~home.pdf", b"x\xf0\x9f\x98\x80.pdf",
         b"n" * 251 + b".pdf", b"n" * 250 + b"x.pdf", b"\xff" * 200 + b".pdf",
         b"manifest", b"journal.sqlite", b"index.sqlite", b"manifest.jsonl/z.pdf",
         b"x.pdf", b"x.pdf.md/y.pdf", b"x.pdf.txt/y.pdf", b"a.pdf.page-1.png/z.pdf",
         b"sub/a.pdf", b"sub~a.pdf", (b"d" * 100 + b"/") * 30 + b"deep.pdf"]
for name in names:
    path = b"in/" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copy(sys.argv[1], path)
PY

for flat in "" --flat; do
    run 0 batch in -o "out$flat" --to md,txt --jobs 2 $flat -q
    /usr/bin/python3 - "out$flat" <<'PY' || fail "records and outputs do not fit ($flat)"
import json, os, sys
out = sys.argv[1]
rows = [json.loads(line) for line in open(out + "/manifest.jsonl")]
paths = [o["path"] for r in rows for o in r["outputs"]]
assert len(rows) == 26 and len({r["key"] for r in rows}) == 26, len(rows)
assert all(r["state"] == "ok" for r in rows)
assert len(paths) == len(set(paths)) == 52
assert all(os.path.isfile(os.path.join(out, p)) for p in paths)
there = sum(len(files) for _, _, files in os.walk(out))
assert there == 52 + 2, there  # the journal and the manifest
assert out == "out" or all("/" not in p for p in paths)
PY
    run 0 batch in -o "out$flat" --to md,txt $flat --resume
    holds stderr "26 done before"
done
finish
