#!/usr/bin/env bash
# Goal: each page gets the reader it should, says why, and passwords, ranges and limits work.
. "$RECTO_SOURCE_DIR/tests/cli/lib.sh"

# born digital, scan, scan with a wrong invisible layer
run 0 inspect "$RECTO_SAMPLES/mixed.pdf"
grep -q 'page 1: .* -> layer:' stdout || fail "page 1: $(grep 'page 1' stdout)"
grep -q 'page 2: .* -> line:' stdout || fail "page 2: $(grep 'page 2' stdout)"
grep -q 'page 3: .* invisible.* -> line:.*invisible' stdout || fail "page 3: $(grep 'page 3' stdout)"
run 0 inspect --json "$RECTO_SAMPLES/mixed.pdf"
holds stdout '"n_pages":3'

run 0 convert "$RECTO_SAMPLES/mixed.pdf" -o out --to txt,json
holds out/mixed.pdf.txt "1.85 m"
grep -q '"untrusted_text_layer"' out/mixed.pdf.json || fail "the wrong layer is not flagged"

# an image page: no reader but the line reader
run 0 convert "$RECTO_SAMPLES/receipt.jpg" -o out --reader layer --to txt
[ ! -s out/receipt.jpg.txt ] || [ "$(tr -d '[:space:]' <out/receipt.jpg.txt | wc -c)" -eq 0 ] ||
    fail "an image has no text layer"

# page ranges
run 0 convert "$RECTO_SAMPLES/report.pdf" -o ranges --to json --pages 2-3
[ "$(grep -cE '^ *"page_no": [23],$' ranges/report.pdf.json)" -eq 2 ] &&
    [ "$(grep -cE '^ *"page_no": [0-9]+,$' ranges/report.pdf.json)" -eq 2 ] || fail "--pages 2-3 gave other pages"

# passwords
run 8 convert "$RECTO_SAMPLES/encrypted.pdf" -o out --to txt
one_line encrypted.pdf password
printf 'wrong\nalso wrong\n' >bad
run 8 convert "$RECTO_SAMPLES/encrypted.pdf" -o out --to txt --password-file bad
printf 'wrong\nrecto\n' >good
run 0 convert "$RECTO_SAMPLES/encrypted.pdf" -o out --to txt --password-file good
[ -s out/encrypted.pdf.txt ] || fail "nothing from the encrypted file"

# limits
run 2 convert "$RECTO_SAMPLES/report.pdf" -o limits --max-pages 2
one_line report.pdf 2
run 2 convert "$RECTO_SAMPLES/letter.png" -o limits --max-pixels 1000
one_line letter.png 1000
run 2 convert "$RECTO_SAMPLES/letter.png" -o limits --max-bytes 1k
one_line letter.png
[ -z "$(ls limits)" ] || fail "limits left $(ls limits)"
run 2 convert missing.pdf -o limits
one_line missing.pdf
run 2 convert "$scratch" -o limits
one_line directory
RECTO_MODEL_PATH=/nonexistent run 3 convert "$RECTO_SAMPLES/receipt.jpg" -o limits
one_line RECTO_MODEL_PATH
finish
