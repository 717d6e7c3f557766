#!/usr/bin/env bash
# Goal: every hostile file ends with one clear line and one of the exit codes it may have, within its time, and leaves
# nothing behind unless something was converted.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
folder=$RECTO_TEST_DATA/hostile
n=0
while IFS=$'\t' read -r file codes what; do
    case $file in '#'* | '') continue ;; esac
    n=$((n + 1))
    rm -rf out
    got=0
    timeout 120 "$RECTO" convert "$folder/$file" -o out --to md,json,txt >stdout 2>stderr </dev/null || got=$?
    case "|$codes|" in
    *"|$got|"*) ;;
    *)
        fail "$file ($what): exit code $got, not $codes"
        sed 's/^/    /' stderr | head -20 >&2
        continue
        ;;
    esac
    [ ! -s stdout ] || fail "$file: something on standard output"
    case $got in
    0) [ ! -s stderr ] || fail "$file: done, but said $(head -1 stderr)" ;;
    4) one_line "$file" page ;;
    *)
        one_line "$file"
        [ -z "$(ls -A out)" ] || fail "$file: left $(ls -A out)"
        ;;
    esac
done <"$folder/EXPECT.tsv"
[ "$n" -gt 50 ] || fail "only $n hostile files"

# all in one call: the good one among them is still converted
run 4 convert "$folder"/truncated-15.pdf "$folder"/noise.jpg "$RECTO_SAMPLES/sideways.pdf" -o all --to txt
[ -s all/sideways.pdf.txt ] || fail "a good document was lost among bad ones"
finish
