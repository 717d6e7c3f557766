#!/usr/bin/env bash
# The line between the engine and those who parse, seen from outside: the engine enters no decoder whatever the
# command; a spawner that is killed or a parser that stands still costs what it must and no more; machines that
# grant little (no rights, no /proc, few descriptors) get all of it or a plain word.
. "$(dirname "$0")/lib.sh"

mkdir in
for i in $(seq 1 100); do
    { cat "$RECTO_SAMPLES/report.pdf"; echo "%$i"; } >"in/$i.pdf"
done

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
    local n=$((20 * $1))
    shift
    while ! "$@" && [ "$n" -gt 0 ]; do
        sleep 0.05
        n=$((n - 1))
    done
    [ "$n" -gt 0 ]
}

# children PID: process numbers
children() {
    cat "/proc/$1/task/"*/children 2>/dev/null
}

# first_parser PID: of the engine; sets parser
first_parser() {
    local spawner
    parser=
    for spawner in $(children "$1"); do
        parser=$(children "$spawner")
        parser=${parser%% *}
        [ -z "$parser" ] || return 0
    done
    return 1
}

begun() {
    [ "$(find "$1" -name '*.md' 2>/dev/null | wc -l)" -gt 2 ]
}

# --- a spawner is killed: the run ends at once, nothing is blamed for it, and all can go on
"$RECTO" batch in -o out --jobs 2 2>stderr </dev/null &
engine=$!
wait_for 60 begun out || fail "nothing was converted"
for spawner in $(children $engine); do
    kill -9 "$spawner"
done
code=0
wait $engine || code=$?
[ $code -eq 3 ] || fail "a killed spawner: exit code $code, not 3"
holds stderr "processes that parse documents are gone"
holds stderr "0 failed, 0 in part"
run 0 batch in -o out --jobs 2 --resume
[ "$(find out -name '*.md' | wc -l)" -eq 100 ] || fail "the resumed run is not complete"

# --- a parser stands still: the second Ctrl-C ends the run although a page is in hand
stand_still() { # and stays: one whose document is done is killed at once
    first_parser "$1" && kill -STOP "$parser" 2>/dev/null && sleep 0.2 &&
        grep -q '^State:.T' "/proc/$parser/status" 2>/dev/null
}
"$RECTO" batch in -o still --jobs 1 --timeout 300 2>stderr </dev/null &
engine=$!
wait_for 60 begun still || fail "nothing was converted"
wait_for 20 stand_still $engine || fail "no parser was seen"
kill -INT $engine
sleep 0.5
kill -0 $engine 2>/dev/null || fail "the first Ctrl-C did not wait for the page in hand"
from=$(date +%s%N)
kill -INT $engine
code=0
wait $engine || code=$?
took=$((($(date +%s%N) - from) / 1000000))
[ $code -eq 130 ] || fail "after two Ctrl-C: exit code $code, not 130"
[ $took -lt 1500 ] || fail "the second Ctrl-C took $took ms"
! kill -0 "$parser" 2>/dev/null || fail "the parser that stood still is there"

# --- machines that grant little
if [ -z "${RECTO_SANITIZED:-}" ]; then
    for n in 6 7 8 9 10; do
        code=0
        (ulimit -n $n && "$RECTO" convert in/1.pdf -o few --to txt) >/dev/null 2>stderr || code=$?
        [ $code -eq 3 ] || fail "$n descriptors: exit code $code, not 3"
        one_line "Too many open files"
    done
    (ulimit -n 16 && "$RECTO" convert in/1.pdf -o few --to txt) || fail "16 descriptors are not enough"
fi
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$scratch"
    install -d -m 777 nobody
    # where the build is no other user may go
    if setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$RECTO" -a -r "$RECTO_SAMPLES/letter.png"; then
        setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all \
            "$RECTO" batch "$RECTO_SAMPLES/letter.png" in/1.pdf -o nobody/out -q || fail "without any right"
        [ -s nobody/out/in/1.pdf.md ] || [ -n "$(find nobody/out -name 1.pdf.md)" ] || fail "nothing without rights"
    fi
fi
# sanitizers need /proc, for their options already
if [ -z "${RECTO_SANITIZED:-}" ] && unshare -m true 2>/dev/null; then
    unshare -m sh -c 'umount -l /proc && exec "$@"' - "$RECTO" batch in/1.pdf -o noproc -q || fail "without /proc"
fi

# --- no decoder in the engine: breakpoints on all doors to them, in that process alone
if [ -z "${RECTO_SANITIZED:-}" ] && command -v gdb >/dev/null && gdb -q -batch -ex 'python print(1)' 2>&1 | grep -q 1; then
    cat >doors.gdb <<'END'
set pagination off
set breakpoint pending on
set detach-on-fork on
python
class Door(gdb.Breakpoint):
    def stop(self):
        print("ENTERED " + self.location)
        return False
for name in ("recto_source_open", "recto_source_pdf_open", "recto_source_image_open", "recto_image_header_read",
             "fz_new_context_imp", "fz_open_memory", "pdf_open_document_with_stream", "png_create_read_struct",
             "jpeg_CreateDecompress", "pixReadMem", "pixReadMemTiff", "pixReadMemFromMultipageTiff"):
    Door(name)
end
run
END
    # doors WHO ARGS...: what of recto ARGS enters, into ./entered; WHO: parent (the engine) or child
    doors() {
        local who=$1
        shift
        timeout 120 gdb -q -batch -ex "set follow-fork-mode $who" -x doors.gdb --args "$RECTO" "$@" \
            >gdb.txt 2>&1 </dev/null
        grep "ENTERED" gdb.txt >entered
        # a parser is killed when its document is done
        [ "$who" = child ] || grep -q "exited" gdb.txt || fail "gdb: recto $* did not end: $(tail -3 gdb.txt)"
    }
    printf '%%PDF-1.4 broken' >broken.pdf
    cp "$RECTO_SAMPLES"/{report.pdf,letter.png,receipt.jpg,fax.tif} .
    files=(report.pdf letter.png receipt.jpg fax.tif broken.pdf)
    doors child inspect report.pdf
    grep -q fz_new_context_imp entered || fail "gdb does not see a parser at its work"
    for command in "convert ${files[*]} -o o1 --overlay --images files" "inspect ${files[*]}" \
        "batch ${files[*]} -o o2 --attachments --dedupe" "batch ${files[*]} -o o3 --dry-run" \
        "convert ${files[*]} -o o4 --no-sandbox"; do
        # shellcheck disable=SC2086
        doors parent $command
        [ ! -s entered ] || fail "the engine of recto $command: $(cat entered)"
    done
fi
finish
