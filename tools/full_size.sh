#!/usr/bin/env bash
# Time and memory of a model of the true size on this machine: load, encode 7 tiles, prefill, decode 32 tokens.
#
#   full_size.sh FOLDER [FORM...]     forms: safetensors q8_0 q4_k; those not there yet are made (17 GB for all)
#
# FOLDER is tools/make_full_size.py's.  Needs the release build and GNU time; nothing may be swapped.  The answer is noise.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: full_size.sh FOLDER [FORM...]}
shift
bench=${BENCH:-build/release/tests/bench_vlm}
tokens=${TOKENS:-32}
[ $# -gt 0 ] || set -- safetensors q8_0 q4_k
[ -x "$bench" ] || { echo "full_size.sh: build $bench first (cmake --preset release)" >&2; exit 1; }
[ -x /usr/bin/time ] || { echo "full_size.sh: needs GNU time" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# an A4 page at 150 dpi: 2 x 3 tiles by the reference's rule, and the thumbnail
/usr/bin/python3 - "$work/page.png" <<'PY'
import sys
from PIL import Image, ImageDraw
im = Image.new("RGB", (1240, 1754), "white")
draw = ImageDraw.Draw(im)
for y in range(80, 1700, 28):
    for x in range(100 + y % 37, 1100, 61):
        draw.rectangle([x, y, x + 20 + (x * y) % 31, y + 14], fill=(x % 90, y % 90, 40))
im.save(sys.argv[1])
PY

swapped() {
    awk '/^pswpin|^pswpout/ { n += $2 } END { print n + 0 }' /proc/vmstat
}

for form in "$@"; do
    case $form in
    safetensors) source=$folder/safetensors mmproj=- ;;
    q8_0 | q4_k) source=$folder/lm-$form.gguf mmproj=$folder/mmproj.gguf ;;
    *) echo "full_size.sh: no form $form" >&2; exit 1 ;;
    esac
    [ -e "$source" ] || tools/make_full_size.py "$folder" "$form"
    echo "== $form"
    before=$(swapped)
    /usr/bin/time -f 'all      %e s  %U s user  %S s system  peak %M KiB  %F pages read anew' \
        "$bench" "$work/page.png" "$source" "$mmproj" "$tokens" "${KIND:-auto}" "${THREADS:-0}"
    echo "swap     $(($(swapped) - before)) pages in and out, machine-wide"
done
