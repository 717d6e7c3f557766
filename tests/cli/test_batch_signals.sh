#!/usr/bin/env bash
# Stopping a batch: the first signal lets the pages in hand be finished, a second one ends at once; either way nothing
# half-done stays, and --resume ends where an undisturbed run does.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

mkdir in
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/a.pdf
python3 "$RECTO_SOURCE_DIR/tools/make_bench_pdf.py" scan in/long.pdf 16 "$RECTO_SAMPLES"/degraded/*.jpg ||
    fail "cannot make the long document"
cp "$RECTO_SAMPLES/letter.png" in/z.png

# stop_batch FOLDER SIGNALS...: start, wait until the first document is done, send the signals; exit code in $code
stop_batch() {
    local folder=$1 signal
    shift
    "$RECTO" batch in -o "$folder" --jobs 1 --progress json --resume 2>events &
    local pid=$!
    for _ in $(seq 600); do
        [ "$(grep -c '"event":"progress"' events)" -ge 2 ] && break
        sleep 0.05
    done
    for signal in "$@"; do
        kill "-$signal" "$pid"
        sleep 0.1
    done
    wait "$pid"
    code=$?
}

check_stopped() {
    [ "$code" -eq 130 ] || fail "$1: exit code $code, not 130"
    [ -s out/a.pdf.md ] || fail "$1: what was done is not there"
    [ ! -e out/long.pdf.md ] && [ ! -e out/z.png.md ] || fail "$1: the batch went on: $(ls out)"
    [ -z "$(find out -name '.*')" ] || fail "$1 left $(find out -name '.*')"
    grep -q '"event":"end"' events || fail "$1: no last word"
}

stop_batch out INT
check_stopped "one SIGINT"
stop_batch out TERM TERM
check_stopped "two SIGTERM"
pgrep -f "$RECTO batch in -o out" >left && fail "processes left: $(cat left)"
[ "$(wc -l <out/manifest.jsonl)" -eq 3 ] || fail "the manifest does not tell of what is left to do: $(cat out/manifest.jsonl)"

run 0 batch in -o out --resume
holds stderr "2 of 2 files, 1 done before"
run 0 batch in -o whole
diff -r -x 'journal*' out whole >difference || fail "resumed and undisturbed runs differ: $(head -3 difference)"

# with --checkpoint a long document goes on where it was stopped, and ends with the same bytes
"$RECTO" batch in -o kept --jobs 1 --checkpoint --progress json 2>events &
pid=$!
for _ in $(seq 600); do
    [ -n "$(find kept/.recto-pages -type f -size +100k 2>/dev/null)" ] && break
    sleep 0.05
done
kill -9 "$pid"
wait "$pid" 2>/dev/null
[ -n "$(find kept/.recto-pages -type f -size +100k)" ] || fail "no pages were kept"
[ "$(stat -c %a kept/.recto-pages)" = 700 ] || fail "the kept pages can be seen by others"
printf 'half a record' >>"$(find kept/.recto-pages -type f)"
run 0 batch in -o kept --checkpoint --resume
diff -r -x 'journal*' kept whole >difference || fail "continued and undisturbed runs differ: $(head -3 difference)"
finish
