#!/usr/bin/env bash
# Goal: a stopped run ends at once with 130 and leaves neither half an output nor a temporary file; progress can be
# followed by a script.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

python3 "$RECTO_SOURCE_DIR/tools/make_bench_pdf.py" scan long.pdf 100 "$RECTO_SAMPLES"/degraded/*.jpg ||
    fail "cannot make the long document"
"$RECTO" convert long.pdf -o out --to md,json --progress json 2>events &
pid=$!
for _ in $(seq 300); do
    grep -q '"pages_done":2' events && break
    sleep 0.1
done
kill -INT "$pid"
wait "$pid"
[ $? -eq 130 ] || fail "exit code after SIGINT is not 130"
[ -z "$(ls -A out)" ] || fail "a stopped run left $(ls -A out)"

# progress: one JSON object a line, none when it is not wanted
run 0 convert "$RECTO_SAMPLES/report.pdf" -o out --to txt --progress json
n_pages=$(grep -c '"pages_done"' stderr)
[ "$n_pages" -eq "$(wc -l <stderr)" ] && [ "$n_pages" -ge 6 ] || fail "progress: $(cat stderr)"
python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <stderr || fail "progress is not JSON"
run 0 convert "$RECTO_SAMPLES/report.pdf" -o out --to txt
[ ! -s stderr ] || fail "progress without a terminal: $(cat stderr)"
finish
