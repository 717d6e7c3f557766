#!/usr/bin/env bash
# Install the offline bundle in a bare Debian 12 root without a network, use it there, take it away again.
# usage: tools/package_test.sh [--cache FOLDER] [--bundle FILE.tar] [--recto PROGRAM] [--keep]    (as root)
#   --cache FOLDER   keeps the bare root and Debian's packages for the next time (default: build/package/cache)
#   --bundle FILE    test this one (default: tools/package.sh makes it)
#   --recto PROGRAM  its outputs are what is wanted (default: build/release/recto, else build/package/recto)
#   --keep           leave the root for a look
# Needs debootstrap, and a network unless the cache is filled.  Minutes; not part of tools/check.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
cache=$source/build/package/cache
bundle=
recto=
keep=

stop() {
    echo "package_test.sh: $1" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case "$1" in
    --cache | --bundle | --recto)
        [ $# -ge 2 ] || stop "$1 needs a value"
        declare "${1#--}=$(realpath -m "$2")"
        shift 2
        ;;
    --keep)
        keep=1
        shift
        ;;
    *) stop "there is no option $1; see the head of this file" ;;
    esac
done
[ "$(id -u)" -eq 0 ] || stop "run it as root: it makes a root folder and changes into it"
command -v debootstrap >/dev/null || stop "debootstrap is not installed"
mkdir -p "$cache"

if [ -z "$bundle" ]; then
    tools/package.sh --cache "$cache"
    bundle=$(ls build/package/out/recto-*.tar)
fi
if [ -z "$recto" ]; then
    recto=$source/build/release/recto
    [ -x "$recto" ] || recto=$source/build/package/recto
fi
[ -x "$recto" ] || stop "there is no program to compare with; give it with --recto"

work=$(mktemp -d)
clean() {
    [ -n "$keep" ] && echo "left: $work" || rm -rf --one-file-system "$work"
}
trap clean EXIT

# make_root NAME [PACKAGE...]: unpack a root to $work/NAME.  Its minimal variant holds what is essential or
# required, and apt.
make_root() {
    local name=$1 tar=$cache/$1-root.tar IFS=,
    shift
    mkdir -p "$work/$name"
    if [ ! -f "$tar" ]; then
        mkdir -p "$cache/debootstrap"
        debootstrap --variant=minbase --cache-dir="$cache/debootstrap" ${1:+--include="$*"} bookworm "$work/$name" \
            "${RECTO_MIRROR:-http://deb.debian.org}/debian" >"$cache/debootstrap.log" ||
            stop "debootstrap failed; see $cache/debootstrap.log"
        tar -C "$work/$name" --numeric-owner -cf "$tar.part" .
        mv "$tar.part" "$tar"
    else
        tar -C "$work/$name" --numeric-owner -xpf "$tar"
    fi
}

# use_bundle ROOT: bundle, samples and the script that runs there go in; without a network, it is run.
use_bundle() {
    local inside=$1/srv/test
    mkdir -p "$inside/in/folder" "$inside/out"
    cp "$bundle" "$inside"
    cp samples/letter.png samples/invoice-digital.pdf "$inside/in"
    cp samples/report.pdf "$inside/in/folder"
    cp tools/package/inside.sh "$inside"
    chmod -R a+rX "$inside"
    chmod 777 "$inside/out"
    unshare --net --mount --pid --fork sh -c '
        mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh /srv/test/inside.sh' sh "$1" ||
        stop "failed in $1"
}

make_root bare
use_bundle "$work/bare"
make_root compiler gcc libc6-dev pkgconf
use_bundle "$work/compiler"

# The same calls here.
inside=$work/bare/srv/test
want=$work/want
mkdir "$want"
(cd "$inside/in" && "$recto" convert letter.png invoice-digital.pdf -o "$want/convert" --to md,json,txt -q)
(cd "$inside/in" && "$recto" batch . -o "$want/batch" --to md,json,txt --jobs 1 -q)
# the journal and the manifest hold times
rm -f "$want"/batch/{journal*,manifest*} "$inside"/out/batch/{journal*,manifest*}
diff -r "$want" "$inside/out" || stop "the outputs differ from those of $recto"
echo "package_test.sh: $(find "$want" -type f | wc -l) outputs of $(basename "$bundle"), installed in a bare Debian $(
    cat "$work/bare/etc/debian_version") without a network, equal those of ${recto#"$source"/}"
