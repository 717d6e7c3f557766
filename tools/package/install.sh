#!/bin/sh
# Install Recto from this folder, without a network.  usage: sudo ./install.sh [--check]
#   --check   only look whether the files are whole and say what would be installed
# Debian packages that are already there in this version or a newer one are left as they are.
set -eu
cd "$(dirname "$0")"

stop() {
    echo "install.sh: $1" >&2
    exit 1
}

check=
case "${1:-}" in
--check) check=1 ;;
"") ;;
*) stop "usage: sudo ./install.sh [--check]" ;;
esac

sha256sum --check --strict --quiet SHA256SUMS || stop "the files are not the ones that were packed; copy them again"
for file in packages/*.deb; do
    grep -q "  $file\$" SHA256SUMS || stop "$file is not in SHA256SUMS; copy the bundle again"
done
[ "$(. /etc/os-release && echo "$ID$VERSION_ID")" = debian12 ] ||
    stop "these are packages of Debian 12; this is $(. /etc/os-release && echo "$PRETTY_NAME")"

here=$(dpkg --print-architecture)
wanted=
for file in packages/*.deb; do
    name=$(dpkg-deb -f "$file" Package)
    version=$(dpkg-deb -f "$file" Version)
    arch=$(dpkg-deb -f "$file" Architecture)
    [ "$arch" = all ] || [ "$arch" = "$here" ] || stop "$file is for $arch; this machine is $here"
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$name" 2>/dev/null | sed -n 's/^installed //p')
    if [ -n "$installed" ] && dpkg --compare-versions "$installed" ge "$version"; then
        continue
    fi
    echo "$name $version${installed:+ (instead of $installed)}"
    wanted="$wanted $file"
done
if [ -z "$wanted" ]; then
    echo "everything is installed already"
    exit 0
fi
[ -z "$check" ] || exit 0
[ "$(id -u)" -eq 0 ] || stop "run it as root"
# shellcheck disable=SC2086  # names of packages hold no spaces
DEBIAN_FRONTEND=noninteractive dpkg -i $wanted
recto --version
