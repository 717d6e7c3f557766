#!/usr/bin/env bash
# Goal: what the surroundings do wrong (closed streams, no room, odd files and names, limits) ends with one line and the
# right exit code, and leaves nothing half done.  Nothing here depends on permissions: tests may run as root.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
report=$RECTO_SAMPLES/report.pdf

# closed streams: nothing may land in the next file that is opened
got=0
"$RECTO" convert "$report" -o - >&- 2>stderr || got=$?
[ "$got" -eq 5 ] || fail "closed standard output: exit code $got, not 5"
one_line report.pdf
"$RECTO" convert "$report" missing.pdf -o quiet --to txt 2>&- || true
lacks quiet/report.pdf.txt recto:
got=0
"$RECTO" convert - -o out <&- 2>stderr || got=$?
[ "$got" -eq 2 ] || fail "closed standard input: exit code $got, not 2"

# no room
if [ -c /dev/full ]; then
    got=0
    "$RECTO" convert "$report" -o - >/dev/full 2>stderr || got=$?
    [ "$got" -eq 5 ] || fail "a full standard output: exit code $got, not 5"
    one_line "No space left"
fi
got=0
(
    ulimit -f 1
    exec "$RECTO" convert "$report" -o limited 2>stderr
) || got=$?
[ "$got" -eq 5 ] || fail "a limit on the size of files: exit code $got, not 5"
[ -z "$(ls -A limited)" ] || fail "a limit on the size of files left $(ls -A limited)"
TMPDIR=$PWD/nowhere run 5 convert "$report" -o homeless
one_line nowhere

# inputs that are no files
run 2 convert . -o odd
one_line "Is a directory"
run 2 convert /dev/zero --max-bytes 1M -o odd
one_line "a device, not a file"
truncate -s 5G sparse.pdf
run 2 convert sparse.pdf -o odd
one_line "larger than the limit"
rm sparse.pdf
mkfifo pipe
run 2 convert pipe -o odd # nobody writes: it must not wait
one_line "a pipe, not a file"

# outputs that cannot be
mkdir -p taken/blank.png.json
run 5 convert "$RECTO_SAMPLES/blank.png" -o taken
[ "$(ls -A taken)" = blank.png.json ] || fail "a folder in the output's place: $(ls -A taken)"

# names
for name in $'two\nlines.png' $'\e[31mred.png' $'not\xff\xfeutf8.png' -dash.png; do
    cp -- "$RECTO_SAMPLES/blank.png" "./$name"
    run 0 convert -o names --to json -- "$name"
    [ -s "names/$name.json" ] || fail "no output for the name $(printf %q "$name")"
done
run 2 convert $'missing\n\e[2Jfile' -o names
one_line missing
lacks stderr $'\e'
finish
