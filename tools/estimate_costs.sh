#!/usr/bin/env bash
# The costs that pipeline/estimate.c reckons with, on this machine: CPU seconds (user + system, children too) of the
# release binary with one job, best of N (default 3) batches each.
set -euo pipefail
cd "$(dirname "$0")/.."
recto=${RECTO:-build/release/recto}
runs=${1:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1
command -v qpdf >/dev/null || { echo "estimate_costs.sh: needs qpdf (tools/packages.sh check)" >&2; exit 1; }

# best INPUT...: CPU seconds of a batch over the inputs
best() {
    local i
    for ((i = 0; i < runs; i++)); do
        rm -rf "$work/out"
        TIMEFORMAT='%U %S'
        { time "$recto" batch "$@" -o "$work/out" --jobs 1 -q >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
    done | sort -g | head -1
}

/usr/bin/python3 tools/make_bench_pdf.py digital "$work/d200.pdf" 200
qpdf "$work/d200.pdf" --pages . 1-20 -- "$work/d20.pdf"
qpdf "$work/d200.pdf" --pages . 1 -- "$work/d1.pdf"
mkdir "$work/many" "$work/scans"
for ((i = 0; i < 200; i++)); do
    cp "$work/d1.pdf" "$work/many/$i.pdf"
done
for f in samples/degraded/*.{png,jpg,tif}; do # one page each
    cp "$f" "$work/scans/"
done
n=$(find "$work/scans" -type f | wc -l)
one=$(best "$work/d1.pdf") twenty=$(best "$work/d20.pdf") long=$(best "$work/d200.pdf")
many=$(best "$work/many") scans=$(best "$work/scans")
awk -v one="$one" -v twenty="$twenty" -v long="$long" -v many="$many" -v scans="$scans" -v n="$n" 'BEGIN {
    layer = (long - twenty) / 180
    doc = (many - one) / 199 - layer
    printf "a batch of one page %.2f s, of 20 %.2f s, of 200 %.2f s, of 200 documents %.2f s, of %d scans %.2f s\n",
        one, twenty, long, many, n, scans
    printf "a page of a text layer %.4f s, a page for the line reader %.3f s, a document %.3f s\n",
        layer, (scans - one) / (n - 1) - doc, doc }'
