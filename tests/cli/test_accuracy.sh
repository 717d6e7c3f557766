#!/usr/bin/env bash
# Goal: the samples are read as well as on the day this was written.  A budget is one and a half times what was
# measured on 2026-11-20 plus 0.004; it changes only with the reason in the commit.  Every other degraded sample is
# here; the rest is read by tools/accuracy.sh.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

# FILE CER-BUDGET [PASSWORD-FILE]
budgets="
blank.png 0.004
bulletin.pdf 0.004
degraded/abstract-photocopy.tif 0.008
degraded/advert-reversed-title.jpg 0.004
degraded/brief-low-contrast.jpg 0.004
degraded/contract-small-print.jpg 0.004
degraded/form-boxes.jpg 0.025
degraded/hotel-bill-faded.jpg 0.011
degraded/manual-black-borders.jpg 0.005
degraded/menu-texture.jpg 0.016
degraded/newsletter-skewed.jpg 0.004
degraded/novel-bleed-through.jpg 0.020
degraded/prices-150dpi.jpg 0.004
degraded/timetable-fax.tif 0.017
encrypted.pdf 0.004 encrypted.password
fax.tif 0.005
invoice-digital.pdf 0.004
invoice.pdf 0.004
letter.png 0.005
mixed.pdf 0.004
receipt.jpg 0.004
report.pdf 0.004
rotated.jpg 0.004
sideways.pdf 0.004
two-columns.png 0.004
unruled-table.png 0.005
upside-down.png 0.004
"
while read -r file budget password; do
    [ -n "$file" ] || continue
    run 0 convert "$RECTO_SAMPLES/$file" -o out --to txt ${password:+--password-file "$RECTO_SAMPLES/$password"}
    name=$(basename "$file")
    cer=$(python3 "$RECTO_SOURCE_DIR/tools/score.py" "$RECTO_SAMPLES/${file%.*}.txt" "out/$name.txt" |
        awk 'NR == 2 { print $1 }')
    awk -v c="${cer:-1}" -v b="$budget" 'BEGIN { exit !(c <= b) }' || fail "$file: CER $cer is over $budget"
done <<<"$budgets"
finish
