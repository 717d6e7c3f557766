#!/usr/bin/env bash
# Debian packages and an offline bundle.
# usage: tools/package.sh [-o FOLDER] [-j N] [--cache FOLDER] [--no-bundle]
#   -o FOLDER       where the results go (default: build/package/out)
#   -j N            compile jobs (default: one a core)
#   --cache FOLDER  package lists and packages of Debian, kept for the next time (default: build/package/cache)
#   --no-bundle     the packages only: no network is used
# Makes recto_VERSION-1_ARCH.deb, librecto's packages, and recto-VERSION-debian12-ARCH.tar with these and every
# Debian package they need that a bare Debian 12 lacks (the bundle for machines without a network).
# The same commit gives the same bytes: SOURCE_DATE_EPOCH is the commit's time if it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
build=$source/build/package
out=$build/out
cache=$build/cache
jobs=$(nproc)
bundle=1
mirror=${RECTO_MIRROR:-http://deb.debian.org}

while [ $# -gt 0 ]; do
    case "$1" in
    -o | -j | --cache)
        [ $# -ge 2 ] || {
            echo "package.sh: $1 needs a value" >&2
            exit 1
        }
        case "$1" in
        -o) out=$(mkdir -p "$2" && cd "$2" && pwd) ;;
        -j) jobs=$2 ;;
        --cache) cache=$(mkdir -p "$2" && cd "$2" && pwd) ;;
        esac
        shift 2
        ;;
    --no-bundle)
        bundle=
        shift
        ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 1
        ;;
    esac
done

for program in cmake ninja cpack dpkg-shlibdeps dpkg-deb readelf file gzip; do
    command -v $program >/dev/null || {
        echo "package.sh: $program is not installed" >&2
        exit 1
    }
done

if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) ||
        SOURCE_DATE_EPOCH=$(date -u -d "$(sed -n 's/^set(RECTO_DATE "\(.*\)").*/\1/p' CMakeLists.txt)" +%s)
fi
export SOURCE_DATE_EPOCH
umask 022

# Debian's hardening flags; no path of this machine in the files.
flags="-fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffile-prefix-map=$source=/usr/src/recto"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECTO_TESTS=OFF \
    -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR="lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)" \
    -DRECTO_ZSH_DIR=share/zsh/vendor-completions \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_ASM_FLAGS="-ffile-prefix-map=$source=/usr/src/recto" \
    -DCMAKE_EXE_LINKER_FLAGS="-pie -Wl,-z,relro,-z,now" -DCMAKE_SHARED_LINKER_FLAGS="-Wl,-z,relro,-z,now" >/dev/null
ninja -C "$build" -j "$jobs"
mkdir -p "$out"
rm -rf "$build/cpack" "$out"/*.deb "$out"/recto-*.tar "$out"/recto-*.tar.sha256
(cd "$build" && cpack -G DEB -B "$build/cpack" >"$build/cpack.log" 2>&1) || {
    cat "$build/cpack.log" >&2
    exit 1
}
mv "$build/cpack"/*.deb "$out"
[ -n "$bundle" ] || exit 0

# An apt of its own: Debian's archives only, nothing of what is installed here.
version=$(dpkg-deb -f "$out"/recto_*.deb Version)
arch=$(dpkg-deb -f "$out"/recto_*.deb Architecture)
mkdir -p "$cache"/{lists,archives}/partial
keys=/usr/share/keyrings/debian-archive-keyring.gpg
cat >"$cache/sources.list" <<LIST
deb [signed-by=$keys] $mirror/debian bookworm main
deb [signed-by=$keys] $mirror/debian bookworm-updates main
deb [signed-by=$keys] $mirror/debian-security bookworm-security main
LIST
: >"$cache/status"
own_apt() {
    apt-get -q -y -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o APT::Architecture="$arch" \
        -o Dir::Etc::SourceList="$cache/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$cache/lists" -o Dir::State::status="$cache/status" \
        -o Dir::Cache="$cache" -o Dir::Cache::archives="$cache/archives" -o Debug::NoLocking=1 "$@"
}
own_apt update >"$build/apt.log"
# What a bare root has: everything essential or required, and apt.
mapfile -t base < <(/usr/lib/apt/apt-helper cat-file "$cache"/lists/*_dists_bookworm_main_binary-"$arch"_Packages* |
    awk -v RS= '/\nEssential: yes/ || /\nPriority: required/ {print $2}')
base+=(apt)
planned() { own_apt -s install "$@" | awk '$1 == "Inst" {print $2}' | sort -u; }
planned "${base[@]}" >"$build/base"
planned "${base[@]}" "$out"/*.deb >"$build/all"
mapfile -t wanted < <(comm -13 "$build/base" "$build/all" | grep -vE '^(recto|librecto.*)$')
[ ${#wanted[@]} -gt 10 ] || {
    echo "package.sh: the packages' dependencies were not resolved: ${wanted[*]}" >&2
    exit 1
}

name=recto-${version%-*}-debian12-$arch
stage=$build/$name
rm -rf "$stage"
mkdir -p "$stage/packages"
(cd "$stage/packages" && own_apt download "${wanted[@]}" >>"$build/apt.log")
cp "$out"/*.deb "$stage/packages"
install -m 755 tools/package/install.sh "$stage/install.sh"
sed "s/@VERSION@/${version%-*}/" tools/package/BUNDLE >"$stage/README"
(cd "$stage" && find README install.sh packages -type f | LC_ALL=C sort | xargs -d '\n' sha256sum >SHA256SUMS)
chmod -R u=rwX,go=rX "$stage"
tar -C "$build" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
    -cf "$out/$name.tar" "$name"
(cd "$out" && sha256sum "$name.tar" >"$name.tar.sha256")
rm -rf "$stage"
du -h "$out"/*
