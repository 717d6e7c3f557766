#!/usr/bin/env bash
# Shards: three runs at the same time on one OUT make what one run makes, each document and page once; the share of a
# document follows from its path alone; what a scheduler's environment says is the same as K/N; shards keep out of each
# other's way, and of folders that were split otherwise.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
password="$RECTO_SAMPLES/encrypted.password"

mkdir -p in/a/deep in/b
for copy in 1 2 3; do
    cp "$RECTO_SAMPLES/invoice-digital.pdf" "in/a/invoice $copy.pdf"
    cp "$RECTO_SAMPLES/report.pdf" "in/a/deep/report $copy.pdf"
    cp "$RECTO_SAMPLES/encrypted.pdf" "in/b/encrypted $copy.pdf"
    printf 'no document\n' >"in/b/broken $copy.pdf"
done
cp "$RECTO_SAMPLES/receipt.jpg" in/b/
options=(--to 'md,json' --password-file "$password" -q)

same_batch() {
    python3 "$RECTO_SOURCE_DIR/tools/compare_batches.py" "$1" "$2" >difference ||
        fail "$1 and $2 differ: $(head -5 difference)"
}
# shard CODE ENVIRONMENT... -- ARGS...: in the background; its exit code must be that or 0
shard() {
    local code=0 messages=stderr.$BASHPID
    env "$@" "${options[@]}" 2>"$messages" || code=$?
    [ $code -eq 0 ] || [ $code -eq 4 ] || echo "$*: exit code $code: $(cat "$messages")" >>wrong
}
none_wrong() { [ ! -s wrong ] || fail "$(cat wrong)"; }

run 4 batch in -o single "${options[@]}" --jobs 2

# --- three at the same time, the folder made by whoever comes first, --resume at once as a queue would
for k in 1 2 3; do shard "$RECTO" batch in -o out --resume --shard $k/3 & done
wait
none_wrong
same_batch single out
[ "$(find out -maxdepth 1 -name 'journal*' | wc -l)" -eq 3 ] || fail "journals: $(ls out)"

# all is done: again, at the same time, changes nothing
(cd out && find . -type f ! -name 'journal*' -printf '%p %T@ %i\n' | grep -v manifest | sort) >before
for k in 1 2 3; do shard "$RECTO" batch in -o out --resume --shard $k/3 & done
wait
none_wrong
(cd out && find . -type f ! -name 'journal*' -printf '%p %T@ %i\n' | grep -v manifest | sort) >after
cmp -s before after || fail "a second run of all shards did something again"
same_batch single out

# --- the environment of Slurm and of Kubernetes
for k in 4 6 8; do
    shard SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_STEP=2 \
        SLURM_ARRAY_TASK_COUNT=3 "$RECTO" batch in -o slurm --shard auto &
done
for k in 0 1 2; do
    shard JOB_COMPLETION_INDEX=$k JOB_COMPLETIONS=3 "$RECTO" batch in -o kubernetes --shard auto &
done
wait
none_wrong
same_batch out slurm
same_batch out kubernetes

# one task of an array again names the whole
rm "out/a/invoice 1.pdf.md" "out/a/invoice 2.pdf.md" "out/b/receipt.jpg.json"
for k in 1 2 3; do
    shard SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_MIN=$k SLURM_ARRAY_TASK_COUNT=1 "$RECTO" batch in -o out --resume \
        --shard auto/3
done
none_wrong
same_batch single out

# --- another split of the same OUT is refused, and so is one piece
run 1 batch in -o out --resume --shard 1/4 "${options[@]}"
one_line "journal-" "--shard"
run 1 batch in -o out --resume "${options[@]}"
one_line "journal-" "--shard"
run 1 batch in -o single --resume --shard 1/3 "${options[@]}"
one_line "journal.sqlite"
same_batch single out

# --- what makes no sense
for k in 0/3 4/3 1/0 x 1/3x -1/3 auto; do
    run 1 batch in -o none --shard $k
    one_line "--shard"
done
[ ! -e none ] || fail "a usage error made the output folder"

# --- a shard with nothing to do is no error
run 0 batch in/b/receipt.jpg -o few --shard 1/2 "${options[@]}"
run 0 batch in/b/receipt.jpg -o few --shard 2/2 "${options[@]}"
[ "$(cat few/manifest-*.jsonl | wc -l)" -eq 1 ] || fail "one document: $(cat few/manifest-*.jsonl)"

# --- the copies of a document may fall to several shards: only the first, by name, is converted
run 4 batch in -o one-dedupe --dedupe "${options[@]}"
for k in 1 2 3; do shard "$RECTO" batch in -o dedupe --dedupe --shard $k/3 & done
wait
none_wrong
same_batch one-dedupe dedupe

# --- pages of long documents that are kept: a shard that ends takes only its own away
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/first.pdf
python3 "$RECTO_SOURCE_DIR/tools/make_bench_pdf.py" scan in/long.pdf 16 "$RECTO_SAMPLES"/receipt.jpg
for k in 1 2 3; do shard "$RECTO" batch in -o kept --checkpoint --resume --jobs 1 --shard $k/3 & done
wait
none_wrong
[ -z "$(find kept -name '.*')" ] || fail "left of kept pages: $(find kept -name '.*')"
rm in/first.pdf in/long.pdf

# --- two runs of one shard: the second is told so, the first is not harmed
mkdir many
for copy in $(seq 25); do cp "$RECTO_SAMPLES/receipt.jpg" many/$copy.jpg; done
"$RECTO" batch many -o twice --shard 1/2 "${options[@]}" 2>first &
pid=$!
for _ in $(seq 100); do
    [ ! -e twice/journal-1-of-2.sqlite ] || break
    sleep 0.05
done
run 3 batch many -o twice --resume --shard 1/2 "${options[@]}"
one_line "journal-1-of-2.sqlite"
wait $pid || fail "the first of two runs: $(cat first)"

# --- all shards are there and none has anything pending, but one could not list its documents: that is not complete
complete() { "$RECTO" report "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["complete"])'; }
[ "$(complete out)" = True ] || fail "three shards are done, but not complete"
run 4 batch in -o vanished --shard 1/2 "${options[@]}"
[ "$(complete vanished)" = False ] || fail "one of two shards is complete"
mv in away
run 2 batch in -o vanished --shard 2/2 "${options[@]}"
[ "$(complete vanished)" = False ] || fail "a shard without its inputs is complete"
mv away in
run 4 batch in -o vanished --resume --shard 2/2 "${options[@]}"
[ "$(complete vanished)" = True ] || fail "two of two shards are not complete"
same_batch single vanished

# --- GNU parallel, as docs/CLUSTER.md says
if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q '^GNU'; then
    HOME=$scratch parallel -j 2 "$RECTO" batch in -o parallel --resume --shard {}/4 --jobs 1 "${options[@]}" \
        ::: 1 2 3 4 2>stderr </dev/null # the exit code is the number of shards with failures
    same_batch single parallel
fi
finish
