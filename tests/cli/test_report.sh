#!/usr/bin/env bash
# Goal: the journal, the manifest and the report of a batch say what happened, in the documented form; the
# report's exit code is about the report; and a run that is killed is told from one that lives.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

valid() {
    local got=0
    python3 "$RECTO_SOURCE_DIR/tests/validate_json.py" --schema "$@" >problems 2>&1 || got=$?
    if [ $got -eq 77 ]; then
        cat problems
        exit 77
    fi
    [ $got -eq 0 ] || fail "$* against its schema: $(head -5 problems)"
}

# value FILE EXPRESSION: of a JSON object d, as Python prints it
value() {
    python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"
}

mkdir -p in/sub
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/sub/invoice.pdf
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/copy.pdf
cp "$RECTO_SAMPLES/bulletin.pdf" "$RECTO_SAMPLES/blank.png" "$RECTO_SAMPLES/encrypted.pdf" in
printf 'no document' >in/bad.pdf
printf 'no document either' >"$(printf 'in/b\033[31m\nd.pdf')"
head -c 3000 "$RECTO_SAMPLES/mixed.pdf" >in/cut.pdf

# --- a batch that ends
run 4 batch in -o out --dedupe --quiet
valid manifest out/manifest.jsonl
[ "$(wc -l <out/manifest.jsonl)" -eq 8 ] || fail "not one line a document"
LC_ALL=C sort -c <(python3 -c 'import json
for line in open("out/manifest.jsonl"): print(json.loads(line)["key"])') || fail "the manifest is not sorted"
lacks out/manifest.jsonl "$scratch"
run 0 report out --json
cp stdout report.json
valid report report.json
[ "$(value report.json 'd["complete"]')" = True ] || fail "not complete"
[ "$(value report.json 'd["documents"]["total"], d["documents"]["failed"], d["documents"]["duplicate"]')" = '(8, 3, 1)' ] ||
    fail "documents: $(value report.json 'd["documents"]')"
[ "$(value report.json 'sum(len(f["items"]) for f in d["failures"])')" = 3 ] || fail "failures"
[ "$(value report.json 'sorted(f["class"] for f in d["failures"])')" = "['encrypted', 'format']" ] || fail "classes"
run 0 report out
holds stdout 'Documents              8'
holds stdout 'encrypted.pdf: '
! grep -q "$(printf '\033')" stdout || fail "a name reached the terminal as it is"
[ "$(stat -c %a out/journal.sqlite out/manifest.jsonl | sort -u)" = 600 ] || fail "not private"
[ -z "$(find out -name '*-journal' -o -name '*-wal' -o -name '*-shm' -o -name '.*.tmp')" ] || fail "files left in OUT"

# --- again: nothing to do, the same manifest
cp out/manifest.jsonl before
run 4 batch in -o out --dedupe --quiet --resume
cmp -s before out/manifest.jsonl || fail "the manifest changed"
run 0 report out --json
[ "$(value stdout 'd["documents"]["retried"], len(d["journals"][0]["runs"])')" = '(0, 2)' ] ||
    fail "done twice: $(value stdout 'd["documents"]')"

# --- elsewhere, in another order of jobs: the same manifest
cp -r in elsewhere
run 4 batch elsewhere -o out2 --dedupe --quiet --jobs 2
cmp -s out/manifest.jsonl out2/manifest.jsonl || fail "manifests of equal inputs differ"

# --- shards
run 4 batch in -o parts --quiet --shard 1/2
run 0 report parts
holds stdout '1 of 2 shards read'
holds stdout 'no journal of shard 2'
"$RECTO" batch in -o parts --quiet --shard 2/2 >stdout 2>stderr
run 0 report parts --json
valid report stdout
[ "$(value stdout 'd["complete"], d["documents"]["total"], d["shards"]["read"]')" = '(True, 8, 2)' ] || fail "two shards"
run 1 batch in -o parts --quiet --resume
one_line 'journal-' '--shard K/2'

# --- usage
run 1 report
run 1 report out parts
run 2 report nowhere
one_line nowhere
mkdir empty
run 2 report empty
one_line 'no journal'
run 0 report --help
holds stdout '--json'
finish
