#!/usr/bin/env bash
# Goal: a checkpoint that is broken, hostile or of another kind ends with one line that says what and where, the right
# exit code, in no time, and leaves no output; recto model verify and info survive it too.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
tiny=$RECTO_TEST_DATA/vlm/tiny
page=$tiny/b/page.png

python3 "$RECTO_SOURCE_DIR/tests/cli/make_bad_models.py" "$tiny" bad || fail "cannot make the broken checkpoints"
mkdir out
n_cases=0
while IFS=$'\t' read -r name code path mmproj words; do
    n_cases=$((n_cases + 1))
    args=()
    [ "$mmproj" = - ] || args=(--mmproj "$mmproj")
    before=$failures
    got=0
    timeout 60 "$RECTO" convert --reader vlm --max-tokens 3 --model "$path" "${args[@]}" "$page" -o "out/$name" \
        --images files >stdout 2>stderr </dev/null || got=$?
    [ "$got" -eq "$code" ] || fail "exit code $got, not $code: $(cat stderr)"
    if [ "$code" -ne 0 ]; then
        readarray -t wanted < <(sed 's/; /\n/g' <<<"$words")
        one_line "${wanted[@]}"
        [ -z "$(ls -A "out/$name")" ] || fail "left behind: $(ls -A "out/$name")"
    fi
    # what convert refuses, verify finds; only a context that is too short for the page is no fault of the model, and a
    # file with nothing in it takes too long to be hashed
    case $name in
    oversized) ;;
    extra | short-context) verdict=0 ;;
    *) verdict=3 ;;
    esac
    if [ "$name" != oversized ]; then
        got=0
        timeout 60 "$RECTO" model verify "${args[@]}" "$path" >stdout 2>stderr </dev/null || got=$?
        [ "$got" -eq "$verdict" ] || fail "model verify: exit code $got, not $verdict: $(cat stdout stderr)"
    fi
    [ "$failures" -eq "$before" ] || echo "    in the case $name" >&2
done <bad/cases
[ "$n_cases" -gt 150 ] || fail "only $n_cases cases were tried"

# info says what is wrong and what is known all the same
run 0 model info bad/no-tokenizer
holds stdout "tokenizer.json is missing"
holds stdout "language:"
run 3 model verify bad/lfs-tokenizer
[ "$(grep -c ^FAULT stdout)" -eq 1 ] || fail "verify: $(cat stdout)"
holds stdout "FAULT  tokenizer"
finish
