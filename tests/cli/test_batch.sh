#!/usr/bin/env bash
# recto batch: trees, names, resuming, what changed, duplicates, attachments, limits, signals.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

make_input() {
    mkdir -p in/2019/letters in/2020
    cp "$RECTO_SAMPLES/invoice-digital.pdf" in/2019/invoice.pdf
    cp "$RECTO_SAMPLES/letter.png" in/2019/letters/letter.png
    cp "$RECTO_SAMPLES/mixed.pdf" in/2020/mixed.pdf
    cp "$RECTO_SAMPLES/fax.tif" in/2020/fax.tif
    cp "$RECTO_SAMPLES/letter.png" "in/2020/copy of letter.png"
    printf 'not a document at all\n' >in/notes.pdf
    : >in/empty.pdf
    printf 'PK\003\004' >in/2020/minutes.docx
}

# tree FOLDER: names and hashes of all results
tree() {
    (cd "$1" && find . -type f ! -name 'journal*' -print0 | sort -z | xargs -0 sha256sum)
}

same_tree() {
    diff <(tree "$1") <(tree "$2") >difference || fail "$1 and $2 differ: $(head -5 difference)"
}

no_leftovers() {
    local left
    left=$(find "$1" -name '.*.tmp' -o -name '*-journal')
    [ -z "$left" ] || fail "left behind: $left"
}

make_input

# --- a folder, mirrored; failures cost only themselves
run 4 batch in -o out --jobs 2
for name in 2019/invoice.pdf 2019/letters/letter.png 2020/mixed.pdf 2020/fax.tif '2020/copy of letter.png'; do
    for form in md json; do
        [ -s "out/$name.$form" ] || fail "out/$name.$form is missing"
    done
done
[ ! -e out/notes.pdf.md ] || fail "a file that is no document has a result"
holds stderr "notes.pdf: "
holds stderr "empty.pdf: the file is empty"
holds stderr "8 of 8 files"
holds stderr "2 failed, 0 in part, 1 other files"
lacks stderr "minutes.docx"
[ "$(wc -l <out/manifest.jsonl)" -eq 8 ] || fail "the manifest has not 8 lines"
grep '"minutes.docx"\|minutes.docx' out/manifest.jsonl | grep -q '"state":"other".*a ZIP archive' ||
    fail "the manifest does not say what minutes.docx is"
run 4 batch in/2020/minutes.docx -o named -q
no_leftovers out
[ "$(stat -c %a out/journal.sqlite)" = 600 ] || fail "the journal can be read by others"

# the same bytes as convert makes
mkdir single
run 0 convert in/2019/invoice.pdf in/2020/fax.tif -o single
for name in invoice.pdf.md invoice.pdf.json; do
    cmp "single/$name" "out/2019/$name" || fail "$name differs from that of convert"
done

# one job, the same bytes
run 4 batch in -o one --jobs 1 -q
same_tree out one

# --- a second run needs --resume, and does nothing then
run 1 batch in -o out
one_line "--resume"
tree out >before
run 4 batch in -o out --resume
holds stderr "2 failed before (see --retry-failed)"
holds stderr "0 of 0 files, 8 done before"
tree out >after
cmp before after || fail "a run with nothing to do changed results"

# a vanished result is made again, a changed input too, and nothing else
rm out/2020/mixed.pdf.md
cp "$RECTO_SAMPLES/report.pdf" in/2019/invoice.pdf
touch out/2020/fax.tif.md -d '2001-01-01'
run 4 batch in -o out --resume
holds stderr "2 of 2 files, 6 done before"
[ -s out/2020/mixed.pdf.md ] || fail "a vanished result was not made again"
[ "$(stat -c %Y out/2020/fax.tif.md)" -eq "$(date +%s -d 2001-01-01)" ] || fail "fax.tif was done again"
run 0 convert in/2019/invoice.pdf -o single
cmp single/invoice.pdf.md out/2019/invoice.pdf.md || fail "a changed input was not done again"

# touched, but the same bytes: not done again
touch in/2020/fax.tif
run 4 batch in -o out --resume
holds stderr "0 of 0 files, 8 done before"

# other settings: all is done again
run 4 batch in -o out --resume --to txt
holds stderr "8 of 8 files"
[ -s out/2020/fax.tif.txt ] || fail "another form was not made"

# what failed is tried again only when asked to
run 4 batch in -o out --resume --retry-failed --to txt
holds stderr "2 of 2 files, 6 done before"

# --- flat, duplicates, patterns, lists
run 4 batch in -o flat --flat --to txt -q
[ -s "flat/2020~fax.tif.txt" ] || fail "--flat: $(ls flat)"
run 0 batch in -o dupes --dedupe --to txt --include '*letter.png'
holds stderr "2 of 2 files"
[ -s dupes/2019/letters/letter.png.txt ] || fail "--dedupe left out the original"
[ ! -e "dupes/2020/copy of letter.png.txt" ] || fail "--dedupe converted a duplicate"
grep -q '"duplicate"' dupes/manifest.jsonl || fail "the manifest does not tell of the duplicate"
printf '%s\n' in/2020/fax.tif in/gone.pdf >list.txt
run 4 batch list.txt -o listed --to txt
holds stderr "gone.pdf: "
[ -s listed/in/2020/fax.tif.txt ] || fail "a listed file has no result: $(find listed)"
"$RECTO" batch - -o piped --to txt <<<"in/2020/fax.tif" 2>stderr || fail "a list on standard input: $(cat stderr)"
cmp piped/in/2020/fax.tif.txt listed/in/2020/fax.tif.txt || fail "lists differ"

# --- limits
run 4 batch in -o slow --timeout 0.01 --reader line --include '*letter.png' --to txt
holds stderr "--timeout"
run 4 batch in -o long --document-timeout 0.01 --reader line --include mixed.pdf --to txt
holds stderr "--document-timeout"
run 4 batch in -o pages --max-pages 2 --include mixed.pdf --to txt
holds stderr "3 pages are over the limit of 2"
run 1 batch in -o small --max-memory 10M
one_line "--max-memory"

# --- no result takes the place of an input
mkdir place
cp "$RECTO_SAMPLES/letter.png" place/x.png
cp "$RECTO_SAMPLES/fax.tif" place/x.png.page-1.png
(cd place && "$RECTO" batch x.png x.png.page-1.png -o . --overlay 2>../stderr)
[ $? -eq 1 ] || fail "results among the inputs: not refused as usage"
one_line "x.png.page-1.png" "another output folder"
cmp place/x.png.page-1.png "$RECTO_SAMPLES/fax.tif" || fail "an input was overwritten"
(cd place && "$RECTO" batch x.png -o . --to txt -q) || fail "results beside a named input: refused"
[ -s place/x.png.txt ] || fail "no result beside a named input"

# --- progress for programs
run 4 batch in -o json --progress json --to txt
if command -v python3 >/dev/null; then
    python3 - <<'P' || fail "--progress json: $(head -3 stderr)"
import json
lines = [json.loads(l) for l in open("stderr")]
ends = [l for l in lines if l["event"] == "end"]
documents = [l for l in lines if l["event"] == "document"]
assert len(ends) == 1 and ends[0]["exit"] == 4 and ends[0]["failed"] == 2 and ends[0]["ok"] == 5 and ends[0]["other"] == 1
assert sorted(d["key"] for d in documents if d["state"] == "failed") == ["empty.pdf", "notes.pdf"]
assert sum(d["pages"] for d in documents) == ends[0]["pages"]
P
fi

# --- usage
run 1 batch in
one_line "-o DIR"
run 1 batch in -o -
run 1 batch in -o out --retry-failed
one_line "--resume"
run 1 batch in -o out --shard 3/2
holds stderr "--shard"
run 1 batch in -o out --jobs 0
run 2 batch nowhere -o new
run 0 batch in/2020/fax.tif -o new --to txt # a slip does not make a batch that wants --resume
: >afile
run 3 batch in -o afile
one_line "output folder"
run 3 batch in -o afile/below
run 1 batch in -o in

finish
