#!/usr/bin/env bash
# Goal: cmake --install puts every file where it belongs, under DESTDIR and nowhere else, and what it has put
# there works: the program runs, every command has its man page, the README's links lead somewhere.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need cmake
build=$(dirname "$RECTO")
umask 077 # what is installed is for everyone all the same

DESTDIR=$scratch/root cmake --install "$build" --prefix /opt/recto >log 2>&1 || fail "cmake --install: $(tail -3 log)"
top=$scratch/root/opt/recto
[ "$(cd root && find . -type f ! -path './opt/recto/*' | wc -l)" -eq 0 ] ||
    fail "outside the prefix: $(cd root && find . -type f ! -path './opt/recto/*')"
[ "$(find root -type f ! -perm -444 | wc -l)" -eq 0 ] || fail "not for everyone: $(find root -type f ! -perm -444)"
grep -rlIF "$scratch" root >named && fail "the staging folder is named in $(cat named)"

[ "$("$top/bin/recto" --version)" = "$("$RECTO" --version)" ] || fail "the installed program does not run"
"$RECTO" --help | sed -n 's/^  \([a-z]\+\)\( [a-z]\+\)\?  .*/\1/p' | grep -v '^recto' | sort -u >groups
while read -r group; do
    [ -s "$top/share/man/man1/recto-$group.1" ] || fail "no man page of $group"
done <groups
for file in share/man/man1/recto.1 share/bash-completion/completions/recto share/zsh/site-functions/_recto \
    share/fish/vendor_completions.d/recto.fish share/doc/recto/README.md share/doc/recto/CHANGELOG.md \
    share/doc/recto/LICENSE share/doc/recto/docs/recto.schema.json \
    share/doc/recto/samples/cluster/recto-array.sbatch; do
    [ -s "$top/$file" ] || fail "no $file"
done
grep -oE '\]\(docs/[^)#]+' "$top/share/doc/recto/README.md" | cut -c3- | sort -u >links
[ "$(wc -l <links)" -gt 3 ] || fail "the README names no documents"
while read -r link; do
    [ -e "$top/share/doc/recto/$link" ] || fail "the README's $link is not installed"
done <links
finish
