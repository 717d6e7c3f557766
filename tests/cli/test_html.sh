#!/usr/bin/env bash
# Goal: the HTML does in a browser what it is for: words over their places, search, jumps, no scripts but its own and
# nothing from outside, light and dark, on paper, on a phone and without scripts.  RECTO_PICTURES=FOLDER keeps what was
# seen there.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
here=$RECTO_SOURCE_DIR/tests/cli

python3 "$here/make_hostile_text.py" hostile-text.pdf
cp "$RECTO_SAMPLES/degraded/hotel-bill-faded.jpg" hotel.jpg
run 0 convert "$RECTO_SAMPLES/report.pdf" hostile-text.pdf hotel.jpg -o out --to html
run 4 convert "$RECTO_TEST_DATA/hostile/page-lost.pdf" -o out --to html
run 0 convert "$RECTO_SAMPLES/report.pdf" -o again --to html
cmp -s out/report.pdf.html again/report.pdf.html || fail "other bytes the second time"
lacks out/hostile-text.pdf.html "<script>document"
[ "$(grep -c "data:image/" out/report.pdf.html)" -eq 7 ] || fail "not one picture a page"

got=0
python3 "$here/check_html.py" out >log 2>&1 || got=$?
if [ $got -eq 77 ] && [ $failures -eq 0 ]; then
    cat log
    exit 77
fi
[ $got -eq 0 ] || fail "in the browser: $(cat log)"
finish
