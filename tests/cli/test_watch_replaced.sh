#!/usr/bin/env bash
# recto batch --watch with two jobs: a long document is replaced by a short one while it is being read.  The short one
# would be done first, and the old one's results must not take the place of its own.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

# wait_for COMMAND...: up to two minutes
wait_for() {
    for _ in $(seq 1200); do
        "$@" && return
        sleep 0.1
    done
    fail "waited in vain for: $*"
}

mkdir in
/usr/bin/python3 "$RECTO_SOURCE_DIR/tools/make_bench_pdf.py" scan in/b.pdf 10 || fail "cannot make the long document"
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/a.pdf
sum=$(sha256sum <in/a.pdf)
"$RECTO" batch in -o out --watch --to txt --jobs 2 2>stderr &
pid=$!
wait_for test -s out/a.pdf.txt # b.pdf is under way, too
sleep 0.2
cp in/a.pdf next
mv next in/b.pdf
wait_for test -s out/b.pdf.txt
wait_for test -s out/manifest.jsonl
kill -INT $pid
wait $pid
grep -q '"key":"b.pdf".*'"${sum%% *}" out/manifest.jsonl || fail "the record is of the old file: $(grep b.pdf out/manifest.jsonl)"
cmp -s out/a.pdf.txt out/b.pdf.txt || fail "the results are of the old file"
finish
