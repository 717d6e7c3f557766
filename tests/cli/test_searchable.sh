#!/usr/bin/env bash
# Goal: searchable PDFs as their users meet them: pdftotext finds the words where they are seen, nothing that is
# seen changes, images stay what they were, qpdf finds no fault; PDF/A keeps our list of clauses.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need qpdf pdftotext pdffonts pdfimages mutool python3
tests=$RECTO_SOURCE_DIR/tests/cli

# sound FILE [QPDF ARGS...]: qpdf finds no fault
sound() {
    local file=$1
    shift
    qpdf --check "$@" "$file" >checked 2>&1 || fail "qpdf --check $file: $(tail -2 checked)"
}

# in_place PDF JSON: words are where the JSON says
in_place() {
    python3 "$tests/searchable.py" "$1" "$2" >placed 2>&1 || fail "$1: $(cat placed)"
}

# same_look A B PAGE [MUTOOL ARGS...]: not a pixel differs
same_look() {
    local a=$1 b=$2 page=$3
    shift 3
    mutool draw -q -r 60 -o a.ppm "$@" "$a" "$page" 2>/dev/null
    mutool draw -q -r 60 -o b.ppm "$@" "$b" "$page" 2>/dev/null
    cmp -s a.ppm b.ppm || fail "$b, page $page, looks different"
}

# --- a PDF: its bytes, then what was added; pages with text of their own stay as they are
run 0 convert "$RECTO_SAMPLES/mixed.pdf" -o out --to pdf,json
pdf=out/mixed.pdf.pdf
cmp -s -n "$(stat -c %s "$RECTO_SAMPLES/mixed.pdf")" "$RECTO_SAMPLES/mixed.pdf" $pdf ||
    fail "the copy does not begin with the document"
sound $pdf
in_place $pdf out/mixed.pdf.json
[ "$(pdffonts $pdf | grep -c RectoInvisible)" -eq 1 ] || fail "fonts: $(pdffonts $pdf)"
for page in 1 2 3; do
    same_look "$RECTO_SAMPLES/mixed.pdf" $pdf $page
done
pdfimages -list "$RECTO_SAMPLES/mixed.pdf" | awk '{print $1, $3, $4, $5, $9, $15}' >images.before
pdfimages -list $pdf | awk '{print $1, $3, $4, $5, $9, $15}' >images.after
cmp -s images.before images.after || fail "the images changed"
pdftotext -f 1 -l 1 "$RECTO_SAMPLES/mixed.pdf" before.txt
pdftotext -f 1 -l 1 $pdf after.txt
cmp -s before.txt after.txt || fail "the text of a page that has its own changed"
run 0 convert "$RECTO_SAMPLES/report.pdf" -o out --to pdf
cmp -s "$RECTO_SAMPLES/report.pdf" out/report.pdf.pdf || fail "a document that needs nothing changed"

# the copy is what Recto itself reads well: its own layer is invisible and agrees
run 0 convert $pdf -o again --to json
grep -q 'the text layer is invisible, but sampled lines agree with it' again/mixed.pdf.pdf.json ||
    fail "our own layer is not believed"

# --- turned, cropped, packed, encrypted, broken
scan=$RECTO_SAMPLES/invoice.pdf
mkdir pdfs
qpdf --rotate=+90 "$scan" pdfs/turned.pdf
qpdf --rotate=+180 --object-streams=generate "$scan" pdfs/packed.pdf
qpdf --linearize "$scan" pdfs/linear.pdf
qpdf --encrypt "" owner 256 -- "$scan" pdfs/locked.pdf
qpdf --allow-weak-crypto --encrypt "" owner 128 --use-aes=y -- "$scan" pdfs/locked-aes.pdf
qpdf --allow-weak-crypto --encrypt "" owner 128 --use-aes=n -- "$scan" pdfs/locked-rc4.pdf
printf 'something in front\n' | cat - "$scan" >pdfs/junk.pdf
head -c -200 "$scan" >pdfs/cut.pdf
qpdf --qdf "$scan" plain.pdf
sed 's|/MediaBox|/CropBox [50 100 500 700] /MediaBox|' plain.pdf | fix-qdf >pdfs/cropped.pdf
for pdf in pdfs/*.pdf; do
    run 0 convert "$pdf" -o out --to pdf,json
    copy=out/${pdf#pdfs/}.pdf
    sound "$copy"
    in_place "$copy" "${copy%.pdf}.json"
    same_look "$pdf" "$copy" 1
    case $pdf in
    */junk.pdf | */cut.pdf) ;; # broken: written anew
    *) cmp -s -n "$(stat -c %s "$pdf")" "$pdf" "$copy" || fail "$copy does not begin with $pdf" ;;
    esac
done
[ "$(qpdf --show-encryption out/locked.pdf.pdf | grep -c 'P = ')" -eq 1 ] || fail "a locked PDF was unlocked"
# encrypted and broken: refused, and the other outputs are there
sed 's/^startxref$/startxrex/' pdfs/locked.pdf >locked-cut.pdf
run 4 convert locked-cut.pdf -o refused --to pdf,md
one_line locked-cut.pdf "no searchable PDF" "encrypted and broken"
[ "$(ls refused)" = locked-cut.pdf.md ] || fail "refused: $(ls refused)"
run 2 convert locked-cut.pdf -o alone --to pdf
[ -z "$(ls alone)" ] || fail "alone: $(ls alone)"

# --- an old, wrong OCR layer is not found beside ours; what may not be cut out safely stays
mkdir layers
if python3 "$tests/make_layers.py" "$scan" "$RECTO_SAMPLES/receipt.jpg" layers; then
    for layer in plain form stamped before; do
        run 0 convert layers/$layer.pdf -o out --to pdf,json --reader line
        sound out/$layer.pdf.pdf
        same_look layers/$layer.pdf out/$layer.pdf.pdf 1
        pdftotext out/$layer.pdf.pdf text 2>/dev/null
        if [ $layer = before ]; then
            holds text zzwrongzz
        else
            lacks text zz
        fi
    done
    [ "$(grep -c stamped <(pdftotext out/stamped.pdf.pdf - 2>/dev/null))" -eq 1 ] || fail "a stamp is there twice, or not at all"
    # a page that is read in part: the picture's words are added, those of the text layer are not there twice
    run 0 convert layers/partly.pdf -o out --to pdf,json
    sound out/partly.pdf.pdf
    same_look layers/partly.pdf out/partly.pdf.pdf 1
    pdftotext -layout out/partly.pdf.pdf text
    holds text "BANANAS"
    [ "$(grep -c 'Line 7 of a letter' text)" -eq 1 ] || fail "a line is there $(grep -c 'Line 7 of a letter' text) times"
else
    fail "make_layers.py failed"
fi

# --- images: new PDFs; PDF/A
for image in fax.tif letter.png receipt.jpg rotated.jpg upside-down.png; do
    run 0 convert "$RECTO_SAMPLES/$image" -o out --to pdf,json --pdfa
    sound "out/$image.pdf"
    in_place "out/$image.pdf" "out/$image.json"
    python3 "$tests/pdfa_clauses.py" "out/$image.pdf" >breaches 2>&1 || fail "$image: $(head -3 breaches)"
    run 0 convert "$RECTO_SAMPLES/$image" -o out2 --to pdf,json --pdfa
    cmp -s "out/$image.pdf" "out2/$image.pdf" || fail "$image: other bytes the second time"
done
for image in rgb-cmyk.jpg rgb-palette.png gray-16.png rgb-alpha.png rgb-interlaced.png bits-turn6.tif rgb-jpeg.tif rgb.jp2 gray-lossy.webp pages3.tif; do
    run 0 convert "$RECTO_TEST_DATA/image/$image" -o out --to pdf --pdfa
    sound "out/$image.pdf"
    python3 "$tests/pdfa_clauses.py" "out/$image.pdf" >breaches 2>&1 || fail "$image: $(head -3 breaches)"
done
# the list of clauses sees a breach
for change in 's|<pdfaid:part>2|<pdfaid:part>3|' 's|/CIDToGIDMap|/CIDToGIDMop|' 's|/Type /Catalog|/AA  <<>>  /Xx|' \
    's|OutputIntents|OutputIntentz|' 's|DeviceGray|DeviceCMYK|'; do
    sed "$change" out/fax.tif.pdf >changed.pdf
    python3 "$tests/pdfa_clauses.py" changed.pdf >/dev/null 2>&1 && fail "the clauses do not see $change"
done
run 4 convert "$scan" -o pdfa --to pdf,md --pdfa
one_line invoice.pdf "--pdfa is for images"

# bytes of a JPEG are there as they were; a page is as large as the paper
run 0 convert "$RECTO_SAMPLES/rotated.jpg" -o out --to pdf
num=$(pdfimages -list out/rotated.jpg.pdf | awk 'NR == 3 {print $11}')
qpdf --show-object="$num" --raw-stream-data out/rotated.jpg.pdf >stream.jpg
cmp -s stream.jpg "$RECTO_SAMPLES/rotated.jpg" || fail "the JPEG is not the same"
pdfinfo out/fax.tif.pdf | grep -q 'Page size: *595.* x 84[12]' || fail "the fax is not A4: $(pdfinfo out/fax.tif.pdf | grep size)"
[ "$(pdfimages -list out/fax.tif.pdf | awk 'NR > 2 {print $9}' | sort -u)" = ccitt ] || fail "the fax is not packed as one"

# --- pages that were not asked for are there without text
run 0 convert "$RECTO_SAMPLES/fax.tif" -o pages --to pdf --pages 2
[ "$(pdftotext -f 1 -l 1 pages/fax.tif.pdf - | wc -w)" -eq 0 ] || fail "page 1 has text"
[ "$(pdftotext -f 2 -l 2 pages/fax.tif.pdf - | wc -w)" -gt 50 ] || fail "page 2 has none"

# --- not a text form; into a batch, and on with it
run 1 convert "$scan" -o - --to pdf
mkdir in
cp "$scan" "$RECTO_SAMPLES/fax.tif" pdfs/cut.pdf in
run 0 batch in -o batch --to pdf,md
run 0 batch in -o batch --to pdf,md --resume
rm batch/fax.tif.pdf
run 0 batch in -o batch --to pdf,md --resume
sound batch/fax.tif.pdf
cmp -s batch/fax.tif.pdf out/fax.tif.pdf && fail "PDF/A where none was asked for"
[ "$(find batch -name '*.pdf' | wc -l)" -eq 3 ] || fail "batch: $(ls batch)"

finish
