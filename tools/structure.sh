#!/usr/bin/env bash
# Scores the structure that recto finds in documents with truth: order, headings, tables, lists, page headers and footers.
# usage: tools/structure.sh [--scans] [--diff] [--only WORD] [--json FILE] [--reader READER] [FOLDER...]
#   FOLDER holds NAME.pdf with NAME.truth.json beside it (default: samples/kinds); the measures stand in tools/kinds/score.py.
#   RECTO=PROGRAM names another binary than build/release/recto.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
-h | --help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
esac
if [ -z "${RECTO:-}" ]; then
    for build in release debug asan; do
        if [ -x "$root/build/$build/recto" ]; then
            RECTO=$root/build/$build/recto
            break
        fi
    done
fi
[ -x "${RECTO:-}" ] || { echo "structure.sh: build recto first, or name it with RECTO=PROGRAM" >&2; exit 1; }
exec /usr/bin/python3 "$root/tools/kinds/score.py" --recto "$RECTO" "$@"
