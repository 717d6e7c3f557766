#!/usr/bin/env bash
# Install the Debian 12 packages that a task needs and that are missing.
# usage: tools/packages.sh build|check      (as root, or as a user who may sudo)
#   build  compile and run Recto
#   check  build + everything the tests call
set -euo pipefail

build=(build-essential cmake ninja-build pkg-config
    libmupdf-dev libmujs-dev libgumbo-dev libopenjp2-7-dev libjbig2dec0-dev libharfbuzz-dev libfreetype-dev
    zlib1g-dev libdnnl-dev libleptonica-dev libpng-dev libjpeg62-turbo-dev
    libjansson-dev libsodium-dev libutf8proc-dev libpcre2-dev libseccomp-dev libsqlite3-dev libcmocka-dev)
check=(clang-format git mandoc groff-base bash fish zsh qpdf poppler-utils cmark cmark-gfm python3 python3-jsonschema libxml2-utils chromium mupdf-tools strace parallel)

case "${1:-}" in
build) wanted=("${build[@]}") ;;
check) wanted=("${build[@]}" "${check[@]}") ;;
*)
    echo "usage: tools/packages.sh build|check" >&2
    exit 1
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
        missing+=("$package")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
run=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: run as root, or install these packages first: ${missing[*]}" >&2
        exit 1
    fi
    run=(sudo)
fi
"${run[@]}" apt-get update -q
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
