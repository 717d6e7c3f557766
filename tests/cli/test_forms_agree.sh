#!/usr/bin/env bash
# Goal: Markdown, JSON, JSONL, text and CSV of a document say the same, with columns, footnotes, tables over pages and forms;
# and the forms of a line or a table each stream to standard output.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
kinds=$RECTO_SAMPLES/kinds
docs=()
for name in register-booktabs register-writer minutes-writer statement-writer thesis-latex newspaper-writer form-latex \
    contract-latex paper-weasyprint timetable-chromium; do
    [ -f "$kinds/$name.pdf" ] && docs+=("$kinds/$name.pdf")
done
[ ${#docs[@]} -ge 6 ] || fail "only ${#docs[@]} documents in $kinds"
run 0 convert "${docs[@]}" "$RECTO_SAMPLES/mixed.pdf" -o out --to md,json,jsonl,txt,csv
names=()
for file in out/*.json; do
    names+=("${file%.json}")
done
command -v cmark-gfm >/dev/null || echo "not checked: Markdown, cmark-gfm is not installed"
python3 "$RECTO_SOURCE_DIR/tests/forms_agree.py" "${names[@]}" || fail "forms differ"
python3 "$RECTO_SOURCE_DIR/tests/validate_json.py" --schema page out/*.jsonl
case $? in 0) ;; 77) echo "not checked: schema of JSONL" ;; *) fail "JSONL does not follow its schema" ;; esac
python3 "$RECTO_SOURCE_DIR/tests/validate_json.py" out/*.json
case $? in 0) ;; 77) echo "not checked: schema of JSON" ;; *) fail "JSON does not follow its schema" ;; esac

# standard output: lines and tables of several documents follow one another
run 0 convert "${docs[0]}" "${docs[1]}" -o - --to jsonl
cat "out/$(basename "${docs[0]}").jsonl" "out/$(basename "${docs[1]}").jsonl" | cmp -s - stdout || fail "-o - --to jsonl"
run 0 convert "${docs[0]}" -o - --to csv
cmp -s stdout "out/$(basename "${docs[0]}").table-1.csv" || fail "-o - --to csv"

# text with --layout: as printed, and only text changes
run 0 convert "${docs[0]}" -o laid --to txt,md --layout
cmp -s "laid/$(basename "${docs[0]}").md" "out/$(basename "${docs[0]}").md" || fail "--layout changes Markdown"
cmp -s "laid/$(basename "${docs[0]}").txt" "out/$(basename "${docs[0]}").txt" && fail "--layout changes nothing"
finish
