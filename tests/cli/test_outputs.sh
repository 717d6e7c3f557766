#!/usr/bin/env bash
# Goal: outputs have the promised names and rights, appear whole or not at all, and never cost an input.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
pdf=$RECTO_SAMPLES/invoice-digital.pdf

# default: Markdown and JSON in the current folder, private
(umask 022 && "$RECTO" convert "$pdf") || fail "convert failed"
[ -s invoice-digital.pdf.md ] && [ -s invoice-digital.pdf.json ] || fail "default outputs: $(ls)"
[ "$(stat -c %a invoice-digital.pdf.md)" = 600 ] || fail "rights $(stat -c %a invoice-digital.pdf.md)"
[ -z "$(find . -name '.*.tmp' -o -name '*.tmp')" ] || fail "temporary files are left"

# a folder is made; forms are chosen
run 0 convert "$pdf" -o new --to txt
[ "$(ls new)" = invoice-digital.pdf.txt ] || fail "-o new: $(ls new)"

# standard output and input: the same bytes as the files
run 0 convert "$pdf" -o - --to txt
cmp -s stdout new/invoice-digital.pdf.txt || fail "-o - differs from the file"
"$RECTO" convert - -o - --to txt <"$pdf" >piped || fail "standard input failed"
cmp -s piped new/invoice-digital.pdf.txt || fail "standard input gives another text"
run 0 convert "$pdf" -o -
cmp -s stdout invoice-digital.pdf.md || fail "-o - is Markdown by default"

# several JSON documents: one a line
run 0 convert "$pdf" "$RECTO_SAMPLES/sideways.pdf" -o - --to json
[ "$(wc -l <stdout)" -eq 2 ] || fail "JSON documents: $(wc -l <stdout) lines for 2 documents"

# a finished output is replaced as a whole; a failed run leaves the old one
echo old >new/broken.pdf.txt
printf '%%PDF-1.4\nnothing' >broken.pdf
run 2 convert broken.pdf -o new --to txt
one_line broken.pdf
[ "$(cat new/broken.pdf.txt)" = old ] || fail "a failed document changed the old output"

# one bad input does not cost the others
run 4 convert broken.pdf "$pdf" -o mixed --to txt
[ "$(ls mixed)" = invoice-digital.pdf.txt ] || fail "mixed: $(ls mixed)"
run 2 convert --abort-on-error broken.pdf "$pdf" -o aborted --to txt
[ -z "$(ls aborted)" ] || fail "--abort-on-error went on"

# an input is never overwritten
cp "$pdf" doc.pdf
cp "$pdf" doc.pdf.txt
run 4 convert doc.pdf doc.pdf.txt -o . --to txt
[ -s doc.pdf.txt.txt ] || fail "an output that would overwrite an input cost the next document"
cmp -s "$pdf" doc.pdf.txt || fail "an input was overwritten"
cp "$pdf" doc.pdf.page-1.png
run 4 convert doc.pdf doc.pdf.page-1.png -o . --to txt --overlay
one_line "a file of a page or table of"
cmp -s "$pdf" doc.pdf.page-1.png || fail "an overlay overwrote an input"

# overlays come after the outputs, so a page that cannot be drawn costs no text
run 4 convert doc.pdf -o drawn --to txt --overlay --max-pixels 1000
one_line doc.pdf "no overlay"
[ "$(ls drawn)" = doc.pdf.txt ] || fail "drawn: $(ls drawn)"
run 0 convert doc.pdf -o drawn --to txt --overlay
[ -s drawn/doc.pdf.page-1.png ] || fail "no overlay: $(ls drawn)"

# a name that grows too long costs its document only
long=$(printf 'n%.0s' $(seq 251)).pdf
cp "$pdf" "$long"
run 4 convert "$long" "$pdf" -o long --to json
[ -s long/invoice-digital.pdf.json ] || fail "a long name cost the next document"

# outputs that cannot be written
"$RECTO" convert "$pdf" -o - --to txt >/dev/full 2>stderr
[ $? -eq 5 ] || fail "/dev/full: exit code"
one_line "standard output"
for call in --version --help "convert --help" "inspect $pdf"; do
    # shellcheck disable=SC2086  # the words of a call
    "$RECTO" $call >/dev/full 2>stderr
    [ $? -eq 5 ] || fail "$call to /dev/full: exit code"
    one_line "standard output"
done
: >file
run 3 convert "$pdf" -o file/sub
one_line file/sub
run 3 convert "$pdf" -o file
one_line file
finish
