#!/usr/bin/env bash
# Goal: wrong calls are told in one line what is wrong, with exit code 1; help and version go to standard output.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

run 0 --version
grep -qE '^recto [0-9]+\.[0-9]+\.[0-9]+$' stdout || fail "version: $(cat stdout)"
run 0 --help
holds stdout "convert"
for command in convert inspect; do
    run 0 $command --help
    holds stdout "usage: recto $command"
    holds stdout "--pages"
    [ ! -s stderr ] || fail "help wrote to standard error"
done

run 1
run 1 frobnicate
one_line frobnicate
run 1 convert
one_line "no input"
run 1 convert x.pdf --no-such-option
one_line --no-such-option
run 1 convert x.pdf --to
one_line --to value
run 1 convert x.pdf --to docx
one_line docx
run 1 convert x.pdf --reader magic
one_line --reader magic
run 1 convert x.pdf --pages 3-1
one_line --pages 3-1
run 1 convert x.pdf --dpi 5000
one_line --dpi 5000
run 1 convert x.pdf --max-bytes lots
one_line --max-bytes lots
run 1 convert x.pdf --password-file missing
one_line password-file
run 1 convert x.pdf y.pdf -o - --to alto
one_line "one document of the form alto"
run 1 convert x.pdf --layout
one_line "--layout is for --to txt"
run 1 convert x.pdf --to md --pdfa
one_line "--pdfa is for --to pdf"
run 1 convert x.pdf -o - --to md,json
one_line "exactly one"
run 1 convert x.pdf -o - --overlay
one_line --overlay
run 1 convert a/x.pdf b/x.pdf
one_line "same outputs"
run 1 convert - - --to md
one_line "standard input"
run 1 inspect x.pdf --to md
one_line --to
run 1 convert "$RECTO_SAMPLES/report.pdf" --pages 900
one_line 900
[ "$(ls | wc -l)" -eq 2 ] || fail "a wrong call left files behind: $(ls)"
finish
