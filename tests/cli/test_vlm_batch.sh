#!/usr/bin/env bash
# recto batch with the VLM: the bytes of convert, nothing done twice, and another question is another batch.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
reads=$RECTO_TEST_DATA/vlm/reads
vlm=(--reader vlm --model "$reads/model")

mkdir in
cp "$reads/report.png" "$reads/table.png" in/
run 0 batch in "${vlm[@]}" -o out --jobs 2 --checkpoint
holds stderr "2 of 2 files"
run 0 convert in/report.png in/table.png "${vlm[@]}" -o single
for name in report.png.md report.png.json table.png.md table.png.json; do
    cmp "single/$name" "out/$name" || fail "$name differs from that of convert"
done
cmp -s out/table.png.md "$reads/expected/table.document.md" || fail "the table is not what it should be"
[ ! -e out/.recto-pages ] || fail "kept pages are left"
sha256sum out/*.png.* >before
run 0 batch in "${vlm[@]}" -o out --resume
holds stderr "0 of 0 files, 2 done before"
sha256sum out/*.png.* | cmp - before || fail "a run with nothing to do changed results"

# the question is a setting; its words are in no record
run 0 batch in "${vlm[@]}" -o out --resume --include table.png --ask "What is the total?"
holds stderr "1 of 1 files"
grep -q "What is the total" out/journal.sqlite && fail "the journal holds the question"
finish
