#!/bin/sh
# Run by tools/package_test.sh as root of a bare Debian 12, without a network: install the bundle, use the
# program as a user without rights, take it away again.  Leaves /srv/test/out.
set -eu
export LC_ALL=C
cd /srv/test

stop() {
    echo "inside.sh: $1" >&2
    exit 1
}
user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

[ "$(sed 1,2d /proc/net/dev | grep -cv '^ *lo:')" -eq 0 ] || stop "there is a network"
tar -xf recto-*.tar
bundle=$(echo recto-*/)
dpkg-query -W -f '${Package}\n' | sort >/srv/test/before

# A damaged file, and one that was slipped in: nothing is installed.
set -- "$bundle"packages/libpng16*.deb
cp "$1" saved
printf x | dd of="$1" bs=1 seek=5000 conv=notrunc 2>/dev/null
! "$bundle"install.sh >/dev/null 2>said || stop "a damaged bundle was installed"
grep -q "not the ones that were packed" said || stop "a damaged bundle: $(cat said)"
cp saved "$1"
cp "$1" "$bundle"packages/extra.deb
! "$bundle"install.sh >/dev/null 2>said || stop "a bundle with a file too many was installed"
rm "$bundle"packages/extra.deb
dpkg-query -W -f '${Package}\n' | sort | cmp -s - before || stop "a bad bundle changed what is installed"

"$bundle"install.sh --check >planned
dpkg-query -W -f '${Package}\n' | sort | cmp -s - before || stop "--check changed what is installed"
"$bundle"install.sh >installing 2>&1 || stop "install.sh: $(cat installing)"
[ "$(dpkg-query -W -f '${db:Status-Abbrev}\n' | grep -cv '^ii')" -eq 0 ] || stop "packages are left half installed"
"$bundle"install.sh | grep -q "installed already" || stop "a second install.sh found something to do"
[ -z "$(dpkg --verify recto)" ] || stop "files of the package are not what was packed: $(dpkg --verify recto)"
[ -s /usr/share/man/man1/recto.1.gz ] || stop "no man page"
recto --version

cd in
user recto convert letter.png invoice-digital.pdf -o /srv/test/out/convert --to md,json,txt -q
user recto batch . -o /srv/test/out/batch --to md,json,txt --jobs 1 -q
user recto report /srv/test/out/batch >/srv/test/report
cd ..

# With a compiler, the sample programs of the library are built and used.
if command -v cc >/dev/null; then
    cp -r /usr/share/doc/librecto-dev/examples code
    for program in code/*.c; do
        # shellcheck disable=SC2046  # flags
        cc -std=c99 -Wall -Werror -o "${program%.c}" "$program" $(pkg-config --cflags --libs recto)
    done
    user code/markdown in/letter.png >letter.md
    cmp letter.md out/convert/letter.png.md || stop "the library reads a page otherwise"
fi

# shellcheck disable=SC2046  # names of packages
dpkg --purge $(dpkg-query -W -f '${Package}\n' 'recto' 'librecto*') >/dev/null
left=$(find / -xdev -path /srv -prune -o -name '*recto*' ! -iname '*director*' -print)
[ -z "$left" ] || stop "left after purge: $left"
