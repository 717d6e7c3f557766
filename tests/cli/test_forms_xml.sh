#!/usr/bin/env bash
# Goal: hOCR, ALTO and PAGE XML of every kind of sample, of documents with failed pages and of hostile ones are
# well-formed, hold the words of the JSON at their places, and fit their schemas (from RECTO_SCHEMAS, by default
# ../shared/schemas; they are not part of this project).
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3 xmllint
schemas=${RECTO_SCHEMAS:-$RECTO_SOURCE_DIR/../shared/schemas}
here=$RECTO_SOURCE_DIR/tests/cli
to=json,hocr,alto,page

# convert CODE FOLDER ARGS...: convert, wanting that exit code, and check what has come out
convert() {
    local code=$1 folder=$2 names
    shift 2
    run "$code" convert "$@" -o "$folder" --to $to
    names=$(cd "$folder" && ls ./*.json) || return
    xmllint --nonet --noout "$folder"/*.hocr "$folder"/*.alto.xml "$folder"/*.page-*.xml >log 2>&1 ||
        fail "$folder is not well-formed: $(head -3 log)"
    # shellcheck disable=SC2086  # names without spaces
    (cd "$folder" && python3 "$here/check_forms.py" ${names//.json/}) >log 2>&1 || fail "$folder: $(head -5 log)"
    [ -e "$schemas/alto-4-4.xsd" ] || return
    xmllint --nonet --noout --schema "$schemas/alto-4-4.xsd" "$folder"/*.alto.xml >log 2>&1 ||
        fail "$folder does not fit ALTO's schema: $(grep -v validates log | head -3)"
    xmllint --nonet --noout --schema "$schemas/page-2019-07-15.xsd" "$folder"/*.page-*.xml >log 2>&1 ||
        fail "$folder does not fit PAGE's schema: $(grep -v validates log | head -3)"
}

[ -e "$schemas/alto-4-4.xsd" ] || echo "not checked against the schemas: no $schemas"
convert 0 samples "$RECTO_SAMPLES"/*.{png,pdf,tif} --password-file "$RECTO_SAMPLES/encrypted.password"
[ -e samples/report.pdf.page-7.xml ] || fail "not one file a page: $(ls samples)"
holds samples/blank.png.page-1.xml 'type="blank"'
holds samples/report.pdf.alto.xml 'SUBS_TYPE="HypPart1"'

python3 "$here/make_hostile_text.py" hostile-text.pdf
convert 0 words hostile-text.pdf
holds words/hostile-text.pdf.page-1.xml '<LastChange>2024-01-31T11:00:00Z</LastChange>'
lacks words/hostile-text.pdf.hocr "<script"

# broken files, most of which still give pages; and one page of a document that fails
convert 4 hostile "$RECTO_TEST_DATA"/hostile/{no-eof,form-recursive,content-noise,page-lost,deep-content,nul-bytes}.pdf \
    "$RECTO_TEST_DATA"/hostile/many-pages.tif

# the same bytes again, and to standard output; PAGE files follow one another there
run 0 convert "$RECTO_SAMPLES/report.pdf" -o - --to alto
cmp -s stdout samples/report.pdf.alto.xml || fail "ALTO on standard output differs"
run 0 convert "$RECTO_SAMPLES/report.pdf" -o again --to hocr,page
for file in again/*; do
    cmp -s "$file" "samples/${file#again/}" || fail "$file differs the second time"
done
finish
