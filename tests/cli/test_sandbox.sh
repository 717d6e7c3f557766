#!/usr/bin/env bash
# Protects what the sandbox promises of whole runs: no process makes a socket call, each is under seccomp without
# new privileges and core files, a parser holds its three descriptors only, nothing outlives a killed engine, and
# --no-sandbox says so.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

report=$RECTO_SAMPLES/report.pdf
slow=$RECTO_TEST_DATA/hostile/bomb-image.pdf
calls=socket,connect,bind,listen,accept,accept4

# descendants PID: it and all below it
descendants() {
    local pid=$1 child
    echo "$pid"
    for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
        descendants "$child"
    done
}

# wait_for SECONDS COMMAND...: true once the command is
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.02
    done
}

has_parser() { descendants "$engine" | while read -r p; do cat "/proc/$p/comm" 2>/dev/null; done | grep -q recto-parser; }
all_gone() {
    local p
    for p in $family; do [ ! -d "/proc/$p" ] || grep -q '^State:.*Z' "/proc/$p/status" 2>/dev/null || return 1; done
}

# every process of a run, looked at while it works
"$RECTO" convert "$slow" -o out --to txt >/dev/null 2>&1 &
engine=$!
if wait_for 20 has_parser; then
    sleep 0.1 # a parser enters the sandbox first of all
    family=$(descendants "$engine")
    [ "$(wc -w <<<"$family")" -eq 3 ] || fail "not three processes: $family"
    for pid in $family; do
        name=$(cat "/proc/$pid/comm")
        grep -qx 'Seccomp:.2' "/proc/$pid/status" || fail "$name: no seccomp filter"
        grep -qx 'NoNewPrivs:.1' "/proc/$pid/status" || fail "$name: new privileges"
        grep -q 'Max core file size  *0  *0 ' "/proc/$pid/limits" || fail "$name: core files"
        [ "$pid" = "$engine" ] || lacks "/proc/$pid/environ" "RECTO_SAMPLES" 2>/dev/null
        [ "$name" != recto-parser ] || [ ! -r "/proc/$pid/fd" ] ||
            [ "$(ls -x "/proc/$pid/fd" | xargs)" = "0 1 2 3 4 5" ] || fail "$name holds $(ls -l "/proc/$pid/fd")"
    done
    kill -9 "$engine"
    wait_for 10 all_gone || fail "left after kill -9: $family"
else
    fail "no parser came"
fi
wait "$engine" 2>/dev/null

# the user's wish to go without
run 0 convert "$report" -o safe --to json,txt
[ ! -s stderr ] || fail "said: $(cat stderr)"
lacks safe/report.pdf.json '"sandbox"'
run 0 convert "$report" -o bare --to json,txt --no-sandbox
one_line "warning" "--no-sandbox"
holds bare/report.pdf.json '"sandbox": false'
cmp safe/report.pdf.txt bare/report.pdf.txt || fail "another text without the sandbox"
run 0 inspect "$report"
run 0 inspect --no-sandbox "$report"
one_line "warning"

# memory
if [ -z "${RECTO_SANITIZED:-}" ]; then
    run 2 convert "$RECTO_SAMPLES/letter.png" --max-memory 3M -o small
    one_line "--max-memory"
fi
run 1 convert "$report" --max-memory 0
one_line "--max-memory"

need strace
export ASAN_OPTIONS=detect_leaks=0 # which traces, and so cannot be traced
got=0
strace -qq -f -e trace="$calls" -o trace "$RECTO" convert "$report" "$RECTO_SAMPLES/letter.png" "$RECTO_SAMPLES/fax.tif" \
    "$RECTO_SAMPLES/encrypted.pdf" -o traced --overlay 2>/dev/null </dev/null || got=$?
if [ "$got" -eq 1 ] && ! [ -s trace ] && [ ! -d traced ]; then
    echo "skipped: strace may not trace here"
    exit 77
fi
[ "$got" -eq 4 ] || fail "under strace: exit code $got, not 4"
if grep -E "^[0-9]+ +(${calls//,/|})\(" trace; then
    fail "a socket call"
fi
strace -qq -f -e trace="$calls" -o trace "$RECTO" inspect "$report" >/dev/null 2>&1 || fail "inspect under strace"
strace -qq -f -e trace="$calls" -o trace2 "$RECTO" model list >/dev/null 2>&1 || fail "model list under strace"
if grep -hE "^[0-9]+ +(${calls//,/|})\(" trace trace2; then
    fail "a socket call"
fi

# a kernel that refuses: the engine's filter, then a parser's
if [ -z "${RECTO_SANITIZED:-}" ]; then
    for call in seccomp landlock_restrict_self; do
        got=0
        strace -qq -f -e trace=$call -e inject=$call:error=EPERM -o /dev/null "$RECTO" convert "$report" -o refused 2>stderr || got=$?
        [ "$got" -eq 3 ] || fail "$call refused: exit code $got, not 3"
        one_line "--no-sandbox" "not permitted"
    done
    got=0
    strace -qq -f -e trace=seccomp -e inject=seccomp:error=EPERM -o /dev/null "$RECTO" convert --no-sandbox "$report" -o refused 2>stderr || got=$?
    [ "$got" -eq 0 ] || fail "--no-sandbox where the kernel refuses: exit code $got"
fi

finish
