#!/usr/bin/env bash
# Goal: the JSON of every kind of sample and of every hostile file that converts fits the published schema.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

run 0 convert "$RECTO_SAMPLES"/*.{png,jpg,tif,pdf} "$RECTO_SAMPLES"/degraded/*fax*.tif -o samples --to json \
    --password-file "$RECTO_SAMPLES/encrypted.password"
run 4 convert "$RECTO_TEST_DATA"/hostile/*.pdf -o hostile --to json
n=$(ls samples hostile | wc -l)
[ "$n" -gt 40 ] || fail "only $n documents were converted"
got=0
python3 "$RECTO_SOURCE_DIR/tests/validate_json.py" samples/*.json hostile/*.json >report 2>&1 || got=$?
if [ $got -eq 77 ]; then
    cat report
    exit 77
fi
[ $got -eq 0 ] || fail "$(head -5 report)"
finish
