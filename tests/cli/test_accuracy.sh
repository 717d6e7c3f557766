#!/usr/bin/env bash
# Goal: the samples are read as well as on the day this was written.  The budgets stand a little above what was
# measured (docs/ACCURACY.md); they change only with the reason in the commit.
. "$RECTO_SOURCE_DIR/tests/cli/lib.sh"
need python3

# FILE CER-BUDGET [PASSWORD-FILE]
budgets="
@BUDGETS@
"
while read -r file budget password; do
    [ -n "$file" ] || continue
    run 0 convert "$RECTO_SAMPLES/$file" -o out --to txt ${password:+--password-file "$RECTO_SAMPLES/$password"}
    name=$(basename "$file")
    cer=$(python3 "$RECTO_SOURCE_DIR/tools/score.py" "$RECTO_SAMPLES/${file%.*}.txt" "out/$name.txt" |
        sed -n 's/.*CER \([0-9.]*\).*/\1/p' | head -1)
    awk -v c="${cer:-1}" -v b="$budget" 'BEGIN { exit !(c <= b) }' || fail "$file: CER $cer is over $budget"
done <<<"$budgets"
finish
