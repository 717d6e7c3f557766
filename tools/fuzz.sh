#!/usr/bin/env bash
# Fuzz all that reads untrusted bytes, each target for the same time, with ASan and UBSan under clang 14's libFuzzer.
#   tools/fuzz.sh [SECONDS=60] [TARGET...]
# Inputs that find new ways are kept in build/fuzz/corpus/TARGET and are used again by the next call; the tree's own
# tests/corpus/TARGET is only read.  An input that fails lies in build/fuzz/found/ afterwards; mend its cause, minimize
# it (build/fuzz/tests/fuzz_TARGET -minimize_crash=1 -runs=10000 FILE), and add it to tests/corpus/TARGET.
# Environment: JOBS, targets run at a time (default: the number of cores).  Exit status 1 if anything was found.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift $(($# > 0))
jobs=${JOBS:-$(nproc)}
if [ $# -eq 0 ]; then
    for source in tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        set -- "$@" "${name%.c}"
    done
fi

cmake --preset fuzz >/dev/null
ninja -C build/fuzz "${@/#/tests/fuzz_}" >/dev/null
mkdir -p build/fuzz/found
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0" OMP_NUM_THREADS=1
echo "$(date -u +%F) $(git rev-parse --short HEAD 2>/dev/null || true): $seconds s each, $jobs at a time: $*"

# fuzz_one NAME SECONDS: one line with the executions, or with what was found
fuzz_one() {
    local name=$1 log=build/fuzz/found/$1.log status=0 data
    mkdir -p "build/fuzz/corpus/$name"
    data=("build/fuzz/corpus/$name" "tests/corpus/$name")
    # whole documents: the samples and the hostile files are a corpus already
    [ "$name" != source ] || data+=(samples tests/data/hostile)
    "build/fuzz/tests/fuzz_$name" -max_total_time="$2" -timeout=20 -rss_limit_mb=3000 -max_len=100000 \
        -artifact_prefix="build/fuzz/found/$name-" -print_final_stats=1 -verbosity=1 "${data[@]}" >"$log" 2>&1 || status=$?
    printf '%-14s %s executions, %s MB%s\n' "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")" \
        "$([ "$status" -eq 0 ] || echo "; FOUND: $(grep -m1 -E 'SUMMARY|ERROR:' "$log") ($log)")"
    return "$status"
}
export -f fuzz_one
printf '%s\n' "$@" | xargs -P "$jobs" -I{} bash -c 'fuzz_one {} '"$seconds"
