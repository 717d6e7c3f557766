#!/usr/bin/env bash
# Goal: a checkpoint of the true architecture, which knows four pages by heart, gives back their Markdown, tables,
# boxes and thoughts exactly, by way of the whole program.  See tests/data/vlm/reads/README.md.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
reads=$RECTO_TEST_DATA/vlm/reads
vlm=(--reader vlm --model "$reads/model")
names=(report table formulas figures)
pages=("${names[@]/#/$reads/}")
pages=("${pages[@]/%/.png}")

# same FILE NAME: a result equals the expected one to the byte
same() {
    cmp -s "$1" "$reads/expected/$2" || fail "$1 is not $2: $(diff "$1" "$reads/expected/$2" | head -20)"
}

# Markdown of the four pages, from one run and one load of the model
run 0 convert "${pages[@]}" "${vlm[@]}" -o document
[ ! -s stderr ] || fail "messages: $(cat stderr)"
for name in "${names[@]}"; do
    same "document/$name.png.md" "$name.document.md"
done

# the numbers that the model computes with do not matter, nor does an earlier run
for precision in f32 bf16; do
    run 0 convert "${pages[@]}" "${vlm[@]}" --precision "$precision" -o "$precision"
    for name in "${names[@]}"; do
        cmp -s "document/$name.png.md" "$precision/$name.png.md" || fail "$name differs in $precision"
    done
done
run 0 convert "${pages[@]}" "${vlm[@]}" -o again
diff -r document again >differences || fail "a second run differs: $(head -5 differences)"

# tasks and questions
run 0 convert "$reads/table.png" "${vlm[@]}" --task table -o -
same stdout table.table.md
run 0 convert "$reads/formulas.png" "${vlm[@]}" --task formula -o -
same stdout formulas.formula.md
run 0 convert "$reads/report.png" "${vlm[@]}" --task text -o -
same stdout report.text.md
run 0 convert "$reads/figures.png" "${vlm[@]}" --task chart -o -
same stdout figures.chart.md
run 0 convert "$reads/table.png" "${vlm[@]}" --ask "What is the total?" -o -
same stdout table.ask.md
run 0 convert "$reads/figures.png" "${vlm[@]}" --ask "What trends are shown in this chart?" -o -
same stdout figures.ask.md

# layout and thoughts: their boxes stand in the JSON, and thinking does not change the Markdown
run 0 convert "$reads/figures.png" "${vlm[@]}" --task layout -o layout
run 0 convert "$reads/report.png" "$reads/figures.png" "${vlm[@]}" --think --overlay --images files -o think
same think/report.png.md report.document.md
same think/figures.png.md figures.think.md
for name in report figures; do
    [ "$(head -c 4 "think/$name.png.page-1.png" | od -An -c | tr -d ' ')" = '211PNG' ] || fail "no overlay of $name"
done
python3 "$RECTO_SOURCE_DIR/tests/cli/vlm_reads.py" "$reads" . >report 2>&1 || fail "$(cat report)"

# the outputs fit the published schema
got=0
python3 "$RECTO_SOURCE_DIR/tests/validate_json.py" document/*.json layout/*.json think/*.json >report 2>&1 || got=$?
[ $got -eq 0 ] || [ $got -eq 77 ] || fail "$(head -5 report)"
finish
