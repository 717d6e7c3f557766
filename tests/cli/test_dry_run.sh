#!/usr/bin/env bash
# recto batch --dry-run: says what the batch then does, and writes nothing.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

mkdir -p in/sub
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/a.pdf
cp "$RECTO_SAMPLES/letter.png" in/sub/
cp "$RECTO_SAMPLES/encrypted.pdf" in/
cp in/a.pdf in/twin.pdf
echo 'no document' >in/notes.txt
echo 'no PDF' >in/broken.pdf

"$RECTO" batch in -o out --dedupe --dry-run --jobs 1 >stdout 2>stderr || fail "exit code $?"
[ ! -e out ] || fail "the output folder was made"
[ ! -s stderr ] || fail "$(cat stderr)"
holds stdout 'files                      6'
holds stdout 'to convert               2'
holds stdout 'duplicates               1'
holds stdout 'other files              1'
holds stdout 'would fail               1   encrypted'
holds stdout 'would fail               1   format'
holds stdout 'broken.pdf: would fail (format): '
holds stdout 'layer                    1'
holds stdout 'line                     1'
holds stdout 'with 1 job (rough'
lacks stdout 'a.pdf: pdf'

"$RECTO" batch in -o out --dry-run -v >stdout || fail "exit code $?"
holds stdout 'a.pdf: pdf, 1 page (layer 1), about under 1 s'
holds stdout 'sub/letter.png: png, 1 page (line 1), about under 1 s'

"$RECTO" batch in -o out --dry-run --progress json >stdout || fail "exit code $?"
/usr/bin/python3 - stdout <<'PY' || fail "not the JSON that was expected"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert [r["event"] for r in rows] == ["document"] * 5 + ["estimate"], rows
assert rows[-1]["pages"] == 3 and rows[-1]["would_fail"] == {"format": 1, "encrypted": 1}, rows[-1]
PY

# what is done is passed over, and what changed is not
"$RECTO" batch in -o out -q 2>/dev/null
"$RECTO" batch in -o out --resume --dry-run >stdout || fail "exit code $?"
holds stdout 'done before              6'
holds stdout 'to convert               0'
cp "$RECTO_SAMPLES/mixed.pdf" in/a.pdf
rm out/sub/letter.png.md
find out -type f | sort | xargs sha256sum >before
"$RECTO" batch in -o out --resume --dry-run >stdout || fail "exit code $?"
holds stdout 'done before              4'
holds stdout 'to convert               2'
find out -type f | sort | xargs sha256sum | cmp -s - before || fail "the output folder was written to"
"$RECTO" batch in -o out --resume --dpi 200 --dry-run >stdout || fail "exit code $?" # other settings
lacks stdout 'done before'

"$RECTO" batch in -o out --dry-run --watch >/dev/null 2>stderr && fail "--watch was accepted"
holds stderr 'looks at what is there'
"$RECTO" batch missing -o out --dry-run >/dev/null 2>stderr
[ $? -eq 2 ] || fail "a missing input"
finish
