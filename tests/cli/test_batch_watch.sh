#!/usr/bin/env bash
# recto batch --watch: what is there, what arrives, what is still being written, and an end by a signal.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

# wait_for COMMAND...: up to a minute
wait_for() {
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.1
    done
    fail "waited in vain for: $*"
}

in_manifest() {
    [ -f out/manifest.jsonl ] && [ "$(grep -c '"state":"ok"' out/manifest.jsonl)" -eq "$1" ]
}

mkdir in
cp "$RECTO_SAMPLES/letter.png" in/
"$RECTO" batch in -o out --watch --to txt 2>stderr &
pid=$!
wait_for test -s out/letter.png.txt
wait_for in_manifest 1
mkdir -p in/new/deeper
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/new/deeper/
wait_for test -s out/new/deeper/invoice-digital.pdf.txt

# half a file is left alone until its writer closes it
size=$(stat -c %s "$RECTO_SAMPLES/mixed.pdf")
{
    head -c $((size / 2)) "$RECTO_SAMPLES/mixed.pdf"
    sleep 2
    ! grep -q slow.pdf stderr || touch too-early
    tail -c +$((size / 2 + 1)) "$RECTO_SAMPLES/mixed.pdf"
} >in/slow.pdf
wait_for test -s out/slow.pdf.txt
[ ! -e too-early ] || fail "a file was taken before it was complete"
lacks stderr slow.pdf

# an upload under another name, and a file that replaces one
cp "$RECTO_SAMPLES/fax.tif" in/.upload
mv in/.upload in/fax.tif
wait_for test -s out/fax.tif.txt
cp out/letter.png.txt before
cp "$RECTO_SAMPLES/two-columns.png" in/.upload
mv in/.upload in/letter.png
wait_for eval '! cmp -s before out/letter.png.txt'
wait_for in_manifest 4

kill -INT "$pid"
wait "$pid"
[ $? -eq 130 ] || fail "the exit code of a stopped watch is not 130"
run 0 batch in -o out --resume --to txt
holds stderr "0 of 0 files, 4 done before"
run 0 batch in -o whole --to txt -q
diff -r -x 'journal*' out whole >difference || fail "watched and plain runs differ: $(head -3 difference)"

# a list cannot be watched
echo in/fax.tif >list.txt
run 1 batch list.txt -o other --watch
finish
