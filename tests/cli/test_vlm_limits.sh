#!/usr/bin/env bash
# Goal: answers that find no end are cut off or stopped, and say so; the same bytes come out twice and with more threads;
# memory stays flat over many pages; a stopped run and a full disk leave nothing behind.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
tiny=$RECTO_TEST_DATA/vlm/tiny
page=$tiny/b/page.png
python3 "$RECTO_SOURCE_DIR/tests/cli/make_bad_models.py" "$tiny" endless endless || fail "cannot make the endless models"
circles=endless/circles rambles=endless/rambles

# page_fact FILE EXPRESSION: print what it gives of p, the first page of a JSON result
page_fact() {
    python3 -c 'import json, sys; p = json.load(open(sys.argv[1]))["pages"][0]; print('"$2"')' "$1"
}

# fact FILE EXPRESSION VALUE
fact() {
    [ "$(page_fact "$1" "$2")" = "$3" ] || fail "$1: $2 is $(page_fact "$1" "$2"), not $3"
}

# --- ends
run 0 convert "$page" --reader vlm --model "$circles" --max-tokens 3000 -o loop
fact loop/page.png.json '"loop_stopped" in p["flags"]' True
fact loop/page.png.json '"truncated" in p["flags"]' False
fact loop/page.png.json 'p["vlm"]["retried"]' True
fact loop/page.png.json '512 <= p["vlm"]["answer_tokens"] <= 2048' True
fact loop/page.png.json 'sum(len(b["text"]) for b in p["blocks"]) < 100' True
holds loop/page.png.md "loop_stopped"
# no loop before the limit: cut off at just that length
run 0 convert "$page" --reader vlm --model "$circles" --max-tokens 300 -o cut
fact cut/page.png.json '"loop_stopped" in p["flags"]' False
fact cut/page.png.json '"truncated" in p["flags"]' True
fact cut/page.png.json 'p["vlm"]["answer_tokens"]' 300
fact cut/page.png.json 'p["vlm"]["retried"]' False
run 0 convert "$page" --reader vlm --model "$circles" --max-tokens 1 -o one
fact one/page.png.json 'p["vlm"]["answer_tokens"]' 1
# the context is a limit, too
run 0 convert "$page" --reader vlm --model "$rambles" --max-tokens 1000 --tiles 1..1 -o room
tokens=$(page_fact room/page.png.json 'p["vlm"]["prompt_tokens"]')
mkdir short
cp "$rambles"/* short/
sed -i "s/\"max_position_embeddings\": 1000000/\"max_position_embeddings\": $((tokens + 7))/" short/config.json
run 0 convert "$page" --reader vlm --model short --max-tokens 1000 --tiles 1..1 -o room
fact room/page.png.json 'p["vlm"]["answer_tokens"]' 7
fact room/page.png.json '"truncated" in p["flags"]' True

# --- the same bytes
for threads in 1 2 3; do
    for precision in f32 bf16; do
        OMP_NUM_THREADS=$threads run 0 convert "$page" --reader vlm --model "$rambles" --max-tokens 200 \
            --precision "$precision" -o "threads-$threads-$precision" --to json
        cmp -s "threads-1-$precision/page.png.json" "threads-$threads-$precision/page.png.json" ||
            fail "$threads threads give other bytes in $precision"
    done
done
OMP_NUM_THREADS=nonsense run 0 convert "$page" --reader vlm --model "$rambles" --max-tokens 20 -o odd
OMP_NUM_THREADS=99999 run 0 convert "$page" --reader vlm --model "$circles" --max-tokens 2 -o odd

# --- memory: twenty pages take what three do
if [ -z "${RECTO_SANITIZED:-}" ]; then
    for n in 3 20; do
        python3 "$RECTO_SOURCE_DIR/tools/make_bench_pdf.py" scan "pages-$n.pdf" $n "$RECTO_SAMPLES/degraded/form-boxes.jpg"
        python3 -c 'import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)' "$RECTO" convert "pages-$n.pdf" --reader vlm --model "$rambles" --max-tokens 100 --dpi 150 -o memory \
            >"kb-$n" 2>stderr || fail "$n pages: $(cat stderr)"
    done
    [ "$(cat kb-20)" -lt $(($(cat kb-3) + 20000)) ] || fail "3 pages take $(cat kb-3) KB, 20 take $(cat kb-20) KB"
fi

# --- stopped: while it writes an endless answer, between pages, and while it traces
stop_soon() {
    local want=$1 got=0 pid started
    shift
    "$RECTO" "$@" >stdout 2>stderr </dev/null &
    pid=$!
    sleep 2
    started=$SECONDS
    kill -INT "$pid" || fail "recto $* had ended before it was stopped: $(cat stderr)"
    wait "$pid" || got=$?
    [ "$got" -eq "$want" ] || fail "recto $*: exit code $got after SIGINT, not $want"
    [ $((SECONDS - started)) -le 10 ] || fail "recto $* took $((SECONDS - started)) s to stop"
    [ ! -s stderr ] || fail "messages after SIGINT: $(cat stderr)"
}
stop_soon 130 convert "$page" --reader vlm --model "$rambles" --max-tokens 900000 -o stopped --images files --overlay
[ -z "$(ls -A stopped)" ] || fail "a stopped run left $(ls -A stopped)"
mkdir traced
stop_soon 130 model trace "$rambles" "$page" -o traced/trace.safetensors --tokens 900000
[ -z "$(ls -A traced)" ] || fail "a stopped trace left $(ls -A traced)"

# --- no room
got=0
(
    ulimit -S -f 1 # the soft one: processes that hand over pages in memory may raise theirs
    exec "$RECTO" model trace "$rambles" "$page" -o traced/trace.safetensors 2>stderr
) || got=$?
[ "$got" -eq 5 ] || fail "a trace without room: exit code $got, not 5"
one_line trace.safetensors
[ -z "$(ls -A traced)" ] || fail "a trace without room left $(ls -A traced)"
got=0
(
    ulimit -S -f 1 # the soft one: processes that hand over pages in memory may raise theirs
    exec "$RECTO" convert "$RECTO_TEST_DATA/vlm/reads/figures.png" --reader vlm --model "$RECTO_TEST_DATA/vlm/reads/model" \
        --images files --overlay -o limited 2>stderr
) || got=$?
[ "$got" -eq 5 ] || fail "pictures without room: exit code $got, not 5"
[ -z "$(ls -A limited)" ] || fail "pictures without room left $(ls -A limited)"
if [ -c /dev/full ]; then
    got=0
    "$RECTO" convert "$page" --reader vlm --model "$rambles" --max-tokens 20 -o - >/dev/full 2>stderr || got=$?
    [ "$got" -eq 5 ] || fail "a full standard output: exit code $got, not 5"
    one_line "No space left"
fi

# --- a trace is whole: every stage, of the shapes that the model has
run 0 model trace "$tiny/a/original" "$page" -o trace.safetensors --tokens 5 --tiles 2..4 --prompt 'What is it?' --think
python3 - <<'END' || fail "the trace is not what it should be"
import json, struct
data = open('trace.safetensors', 'rb').read()
n = struct.unpack('<Q', data[:8])[0]
t = json.loads(data[8:8 + n])
t.pop('__metadata__')
tiles = t['pixels']['shape'][0]
want = {'pixels': [tiles, 3, 56, 56], 'vit.patch': [tiles, 17, 48], 'projector': [4 * tiles, 72], 'lm.logits': [400],
        **{f'vit.layer.{i}': [tiles, 17, 48] for i in range(3)}}
assert set(t) == {*want, 'prompt_ids', 'tokens'}, set(t)
for name, shape in want.items():
    assert t[name]['shape'] == shape and t[name]['dtype'] == 'F32', (name, t[name])
assert t['prompt_ids']['dtype'] == t['tokens']['dtype'] == 'I32' and t['tokens']['shape'][0] <= 5
assert len(data) == 8 + n + max(x['data_offsets'][1] for x in t.values())
END
finish
