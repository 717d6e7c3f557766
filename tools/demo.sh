#!/usr/bin/env bash
# From a fresh Debian 12 to a page of text: installs what is missing, builds Release, converts a sample scan.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/packages.sh build

cmake --preset release >/dev/null
cmake --build --preset release --target recto
recto=build/release/recto

echo
echo "== $recto inspect samples/mixed.pdf"
"$recto" inspect samples/mixed.pdf

echo
echo "== $recto convert samples/letter.png samples/invoice.pdf -o out --to md,json,txt --overlay"
"$recto" convert samples/letter.png samples/invoice.pdf -o out --to md,json,txt --overlay
for name in letter.png invoice.pdf; do
    echo
    echo "--- out/$name.md"
    cat "out/$name.md"
done

echo
echo "Written to out/:"
ls out
echo "Look at out/letter.png.page-1.png and out/invoice.pdf.page-1.png: what was read, drawn on the page."
