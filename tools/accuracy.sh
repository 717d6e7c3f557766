#!/usr/bin/env bash
# Scores Recto and Tesseract on a folder of documents with their truth, in one run, each on one core.
# usage: tools/accuracy.sh [--ignore-case] [--only recto|tesseract] [FOLDER]
#   FOLDER holds X.png|jpg|jpeg|tif|tiff|pdf with X.txt beside it (default: samples/, degraded/ included); X.password
#   unlocks a PDF, X.md adds headings and tables. RECTO=PROGRAM names another binary, CORE=N another core.
# For Tesseract a PDF is rendered with pdftoppm at 300 dpi; that time counts, since Recto's does too.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
recto=${RECTO:-$root/build/release/recto}
case_flag='' only='' folder=$root/samples
while [ $# -gt 0 ]; do
    case $1 in
    --ignore-case) case_flag=--ignore-case ;;
    --only) only=${2:?--only needs recto or tesseract}; shift ;;
    -h | --help) sed -n '2,6s/^# //p' "$0"; exit 0 ;;
    -*) echo "accuracy.sh: unknown option $1" >&2; exit 1 ;;
    *) folder=$1 ;;
    esac
    shift
done
[ -d "$folder" ] || { echo "accuracy.sh: $folder is not a folder" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_THREAD_LIMIT=1 OMP_NUM_THREADS=1
pin=()
if taskset -c "${CORE:-0}" true 2>/dev/null; then pin=(taskset -c "${CORE:-0}"); fi

# want PACKAGE COMMAND: true when COMMAND is there, installing PACKAGE as root where it is not
want() {
    command -v "$2" >/dev/null && return
    echo "accuracy.sh: $2 is missing (Debian package $1)" >&2
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get install -y --no-install-recommends "$1" >&2 || { apt-get update >&2 && apt-get install -y --no-install-recommends "$1" >&2; }
}

read_recto() { # FILE OUT FORM
    local unlock=()
    [ -f "${1%.*}.password" ] && unlock=(--password-file "${1%.*}.password")
    "${pin[@]}" "$recto" convert "$1" -o - --to "$3" "${unlock[@]}" >"$2" 2>>"$work/recto.log"
}

read_tesseract() { # FILE OUT
    if [ "${1##*.}" != pdf ]; then
        "${pin[@]}" tesseract "$1" - --psm 1 >"$2" 2>/dev/null
        return
    fi
    local unlock=() pages=$work/pages
    [ -f "${1%.*}.password" ] && unlock=(-upw "$(cat "${1%.*}.password")")
    rm -rf "$pages" && mkdir "$pages"
    "${pin[@]}" pdftoppm -r 300 -gray "${unlock[@]}" "$1" "$pages/p" 2>/dev/null || return
    for page in "$pages"/*; do "${pin[@]}" tesseract "$page" - --psm 1 2>/dev/null; done >"$2"
}

# timed READER FILE OUT [MARKDOWN]: runs a reader and notes its wall and processor seconds and its status
timed() {
    local status=0 wall user sys
    local TIMEFORMAT='%R %U %S'
    { time "read_$1" "$2" "$3" txt || status=$?; } 2>"$work/time"
    read -r wall user sys < <(tail -n 1 "$work/time")
    if [ -n "${4:-}" ]; then read_recto "$2" "$4" md || true; fi
    printf '%s\t' "$1" "$2" "$3" "${4:-/nonexistent}" "$wall" "$(awk "BEGIN { print $user + $sys }")" >>"$work/runs.tsv"
    echo "$status" >>"$work/runs.tsv"
}

readers=()
if [ "$only" != tesseract ]; then
    if [ -x "$recto" ]; then readers+=(recto); else echo "accuracy.sh: $recto is not built: cmake --preset release && cmake --build build/release" >&2; fi
fi
if [ "$only" != recto ]; then
    if want tesseract-ocr tesseract && want poppler-utils pdftoppm; then readers+=(tesseract); else echo 'accuracy.sh: scoring Recto alone' >&2; fi
fi
want python3 python3 || exit 3
[ ${#readers[@]} -gt 0 ] || { echo 'accuracy.sh: no reader to score' >&2; exit 3; }

n=0
while IFS= read -r file; do
    [ -f "${file%.*}.txt" ] || continue
    n=$((n + 1))
    for reader in "${readers[@]}"; do
        markdown=''
        if [ "$reader" = recto ] && [ -f "${file%.*}.md" ]; then markdown=$work/$n.recto.md; fi
        timed "$reader" "$file" "$work/$n.$reader.txt" "$markdown"
    done
done < <(find "$folder" -type f \( -name '*.png' -o -name '*.jpg' -o -name '*.jpeg' -o -name '*.tif' -o -name '*.tiff' -o -name '*.pdf' \) | LC_ALL=C sort)
[ $n -gt 0 ] || { echo "accuracy.sh: no document with a .txt beside it in $folder" >&2; exit 1; }
python3 "$root/tools/score.py" --runs "$work/runs.tsv" $case_flag
if [ -s "$work/recto.log" ]; then echo "Recto said:" && sort "$work/recto.log" | uniq -c | head -20; fi
