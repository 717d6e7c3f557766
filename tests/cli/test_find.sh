#!/usr/bin/env bash
# Goal: the text of a finished batch can be searched from the command line: lines for people, objects for
# programs, documented exit codes; and the index appears only where it was asked for.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

mkdir -p in/sub
cp "$RECTO_SAMPLES/invoice-digital.pdf" in/sub/invoice.pdf
cp "$RECTO_SAMPLES/report.pdf" in

# --- no index but on request
run 0 batch in -o out --quiet
[ ! -e out/index.sqlite ] || fail "an index that nobody asked for"
run 2 find out geneve
one_line '--index' out
run 0 find out --index
one_line '2 documents in the index: 2 added'
[ "$(stat -c %a out/index.sqlite)" = 600 ] || fail "the index is not private"
[ -z "$(find out -name 'index.sqlite-*')" ] || fail "files left beside the index"

# --- lines and objects
run 0 find out GENEVE
[ "$(cut -f 1,2 stdout)" = "$(printf 'sub/invoice.pdf\t1')" ] || fail "geneve: $(cat stdout)"
cut -f 3 stdout | grep -qE '^[0-9]+,[0-9]+,[0-9]+,[0-9]+$' || fail "no box: $(cat stdout)"
holds stdout 'Rue des Forgerons'
run 0 find out 'varn* "two seasons"' --json
python3 - stdout <<'END' || fail "the object: $(cat stdout)"
import json, sys
hits = [json.loads(line) for line in open(sys.argv[1])]
assert len(hits) == 1
h = hits[0]
assert h['document'] == 'sub/invoice.pdf' and h['output'] == 'sub/invoice.pdf.json' and h['page_no'] == 1
out = json.load(open('out/' + h['output']))
block = [b for b in out['pages'][0]['blocks'] if b['text'] == h['text']][0]
assert block['bbox'] == h['bbox'] and block['bbox_pt'] == h['bbox_pt'] and block['label'] == h['label']
assert 'varnish' in h['snippet']
END
run 0 find out the
all=$(wc -l <stdout)
[ "$all" -gt 5 ] || fail "the: $all lines"
run 0 find out the --limit 3
[ "$(wc -l <stdout)" -eq 3 ] || fail "--limit 3: $(wc -l <stdout) lines"
run 0 find out 'AND (NOT " x:' --quiet
run 0 find out nosuchwordanywhere
[ ! -s stdout ] || fail "something was found: $(cat stdout)"
one_line 'nothing found'
run 0 find out nosuchwordanywhere --quiet
[ ! -s stderr ] || fail "--quiet spoke: $(cat stderr)"
run 0 find out annual report
run 0 find out total --json --quiet
holds stdout '"label":"table"'

# --- a search writes nothing, and works where nothing can be written
(cd out && sha256sum ./* sub/* 2>/dev/null) >before
run 0 find out invoice
(cd out && sha256sum ./* sub/* 2>/dev/null) >after
cmp -s before after || fail "the search changed OUT"

# --- the batch goes on
cp "$RECTO_SAMPLES/bulletin.pdf" in
run 0 batch in -o out --quiet --resume
run 0 find out invoice
holds stderr '--index'
run 0 batch in -o out --resume --index
holds stderr '3 documents in the index: 1 added'
run 0 find out --index invoice
holds stderr '3 documents in the index: 0 added'
[ -s stdout ] || fail "--index with words shows nothing"
printf nonsense >out/index.sqlite
run 2 find out invoice
one_line damaged '--index'
run 0 find out --index --quiet
holds stderr 'made anew'
run 0 find out invoice
[ -s stdout ] || fail "nothing after the index was made anew"

# --- what cannot be indexed
run 1 batch in -o text --to txt --index
one_line json
run 0 batch in -o text --to txt --quiet
run 4 find text --index --quiet
run 4 find text --index --quiet invoice
run 4 find text --index --quiet
one_line '3 documents' '--to json'

# --- usage
run 1 find
run 1 find out
one_line '--index'
run 1 find out '***'
one_line 'no word'
run 1 find out x --limit 0
run 2 find nowhere x
one_line nowhere
run 2 find in --index
one_line 'no journal'
# --- what a form was filled in with is found, too
mkdir forms
cp "$RECTO_SAMPLES/kinds/form-latex.pdf" forms
run 0 batch forms -o filled --quiet
run 0 find filled --index --quiet
run 0 find filled benbow --json
holds stdout '"label":"form"'
finish
