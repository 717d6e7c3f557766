#!/usr/bin/env bash
# Goal: the same input gives the same bytes, alone or after others, and outputs hold nothing of the machine.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
cp "$RECTO_SAMPLES/receipt.jpg" "$RECTO_SAMPLES/report.pdf" "$RECTO_SAMPLES/mixed.pdf" .
run 0 convert mixed.pdf receipt.jpg report.pdf -o a --to md,json,txt
run 0 convert report.pdf -o b --to md,json,txt
run 0 convert receipt.jpg mixed.pdf -o b --to md,json,txt
diff -r a b || fail "two runs differ"
mkdir elsewhere
cp report.pdf elsewhere/
(cd elsewhere && "$RECTO" convert report.pdf -o c --to json) || fail "convert elsewhere"
cmp -s a/report.pdf.json elsewhere/c/report.pdf.json || fail "the folder shows in the output"
lacks a/report.pdf.json "$scratch"
lacks a/receipt.jpg.json "$(hostname)"
finish
