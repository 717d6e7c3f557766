#!/usr/bin/env bash
# Speed and memory of the release binary against its limits' peers, in one run on one core:
#   born-digital   a 200-page PDF, `recto convert` against `mutool draw -F stext`
#   memory         the peak of a 300 dpi A4 scan, and of 20 and 200 pages of the same document
# Scans against Tesseract are timed by tools/accuracy.sh.  Best of five runs each, user + system seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
recto=${RECTO:-build/release/recto}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 OMP_THREAD_LIMIT=1
pin=()
if taskset -c "${CORE:-0}" true 2>/dev/null; then pin=(taskset -c "${CORE:-0}"); fi
for command in mutool qpdf; do
    command -v "$command" >/dev/null || { echo "speed.sh: needs $command (tools/packages.sh check)" >&2; exit 1; }
done

# best N COMMAND...: the smallest CPU time of N runs in seconds
best() {
    local n=$1 i
    shift
    for ((i = 0; i < n; i++)); do
        TIMEFORMAT='%U %S'
        { time "${pin[@]}" "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
    done | sort -g | head -1
}

# peak COMMAND...: the most memory of all its processes together in MB, shared pages in shares, looked at every 5 ms,
# the largest of three runs
peak() {
    PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - "$@" <<'PY'
import sys
from batchlib import Run
def once():
    run = Run(sys.argv[1:], watch=0.005)
    if run.wait() != 0:
        sys.exit("speed.sh: " + " ".join(sys.argv[1:]) + ": failed")
    return run.peak
print("%.0f" % (max(once() for _ in range(3)) / 1e6))
PY
}

/usr/bin/python3 tools/make_bench_pdf.py digital "$work/d200.pdf" 200
qpdf "$work/d200.pdf" --pages . 1-20 -- "$work/d20.pdf"
stext=$(best 5 mutool draw -q -F stext -o /dev/null "$work/d200.pdf")
layer=$(best 5 "$recto" convert "$work/d200.pdf" -o "$work/out" --to md)
both=$(best 5 "$recto" convert "$work/d200.pdf" -o "$work/out" --to md,json)
awk -v s="$stext" -v l="$layer" -v b="$both" 'BEGIN {
    printf "born-digital, 200 pages: mutool stext %.2f s, recto md %.2f s (%.2f times), md,json %.2f s (%.2f times)\n", s, l, l / s, b, b / s }'

printf 'memory, 300 dpi A4 scan: %s MB\n' "$(peak "$recto" convert samples/letter.png -o "$work/out")"
printf 'memory, born-digital: %s MB for 20 pages, %s MB for 200\n' \
    "$(peak "$recto" convert "$work/d20.pdf" -o "$work/out")" "$(peak "$recto" convert "$work/d200.pdf" -o "$work/out")"
