#!/usr/bin/env bash
# Goal: over a whole batch, its report, a search in it and a conversion no process of Recto makes, connects or accepts a socket: not one
# such call is tried.  (That the kernel would deny it is tested with the sandbox.)
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3 strace
# the leak checker of a sanitized build traces the process itself, which strace does already
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
calls=socket,connect,bind,listen,accept,accept4

# the test can fail: strace sees such a call here, in a child of a child
strace -f -q -e trace="$calls" -o control sh -c 'python3 -c "import socket; socket.socket()"; true' 2>/dev/null || {
    echo "skipped: strace may not trace here"
    exit 77
}
grep -q 'socket(' control || fail "strace does not see a socket in its control"

# traced CODE ARGS...: run recto under strace; its calls go to ./trace
traced() {
    local want=$1 got=0
    shift
    strace -f -e trace="$calls" -o trace "$RECTO" "$@" >stdout 2>stderr </dev/null || got=$?
    [ "$got" -eq "$want" ] || fail "recto $*: exit code $got, not $want: $(cat stderr)"
    if grep -qE '(socket|connect|bind|listen|accept4?)\(' trace; then
        fail "recto $1 makes network calls: $(grep -E '(socket|connect|bind|listen|accept4?)\(' trace | head -5)"
    fi
}

mkdir in
cp "$RECTO_SAMPLES"/{report.pdf,invoice-digital.pdf,fax.tif,encrypted.pdf} "$RECTO_TEST_DATA"/hostile/noise.jpg in
traced 4 batch in -o out --jobs 2 --index --to md,json,txt
# engine, spawner, a parser for each document that is one: all of them were traced
n=$(grep -cE '\+\+\+ (exited|killed)' trace)
[ "$n" -ge 5 ] || fail "only $n processes and threads were traced"
traced 4 batch in -o out --jobs 2 --index --to md,json,txt --resume --retry-failed
traced 0 report out
traced 0 report out --json
traced 0 find out 'report'
traced 0 convert "$RECTO_SAMPLES/report.pdf" -o converted --to md
finish
