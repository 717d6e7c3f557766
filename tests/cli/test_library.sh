#!/usr/bin/env bash
# Goal: librecto as it is installed: its exports are the header's functions, the header stands alone in C99 and C++, the
# samples compile with pkg-config's flags, shared and static, and find what recto convert finds.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
build=$(dirname "$RECTO")
[ -e "$build/library/librecto.so" ] || {
    echo "skipped: this build has no librecto"
    exit 77
}
need cmake pkg-config nm cc python3

# --- what is installed ---------------------------------------------------------------------------
for component in library development; do
    cmake --install "$build" --prefix "$scratch/prefix" --component $component >install.log 2>&1 ||
        fail "install: $(cat install.log)"
done
pc=$(dirname "$(find "$scratch/prefix" -name recto.pc)")
lib=$(dirname "$pc")
header=$scratch/prefix/include/recto.h
mv "$scratch/prefix" "$scratch/moved" # recto.pc finds its way
pc=${pc/prefix/moved} lib=${lib/prefix/moved} header=${header/prefix/moved}
export PKG_CONFIG_PATH=$pc LD_LIBRARY_PATH=$lib
[ "$(find moved/include "$lib" -type f -o -type l | wc -l)" -eq 6 ] || fail "installed: $(find moved -type f -o -type l)"
for name in markdown.c doubtful.c README.md; do
    [ -n "$(find moved -name $name)" ] || fail "the sample $name is not installed"
done

# exports: the functions of the header, no more, no less
nm -D --defined-only "$lib/librecto.so" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | sort >exported
grep -oE '\brecto_[a-z_]+\(' <(grep -A1 '^RECTO_API' "$header" | tr -d '\n' | sed 's/--/\n/g;s/RECTO_API/\n/g') |
    tr -d '(' | sort -u >declared
[ "$(wc -l <declared)" -ge 20 ] || fail "the header's functions were not found: $(cat declared)"
diff declared exported >differ || fail "header (<) and exports (>) differ: $(cat differ)"
version=$("$RECTO" --version | cut -d' ' -f2)
[ "$(pkg-config --modversion recto)" = "$version" ] || fail "recto.pc says $(pkg-config --modversion recto), not $version"
objdump -p "$lib/librecto.so" | grep -q "SONAME *librecto.so.${version%.*}$" || fail "soname is not librecto.so.${version%.*}"
if objdump -p "$lib/librecto.so" | grep -q TEXTREL; then fail "librecto.so has text relocations"; fi
# dependencies are no business of a program that links to the shared library
PKG_CONFIG_LIBDIR=$pc PKG_CONFIG_PATH='' pkg-config --cflags --libs recto >flags || fail "recto.pc needs other packages"
[ "$(tr -s ' ' '\n' <flags | grep -c '^-l')" -eq 1 ] || fail "more than one library: $(cat flags)"

# --- the header alone ----------------------------------------------------------------------------
printf '#include <recto.h>\n' >alone.c
cc -std=c99 -pedantic -Wall -Wextra -Wstrict-prototypes -Werror -I"$(dirname "$header")" -fsyntax-only alone.c ||
    fail "the header is not C99"
if command -v g++ >/dev/null; then
    printf '#include <recto.h>\nint main() { return recto_version_number() == RECTO_VERSION_NUMBER ? 0 : 1; }\n' >alone.cc
    g++ -std=c++11 -pedantic -Wall -Wextra -Werror -I"$(dirname "$header")" -fsyntax-only alone.cc ||
        fail "the header is not C++11"
else
    echo "not checked: C++ (g++ is not installed)"
fi

if [ -n "${RECTO_SANITIZED:-}" ]; then
    echo "not checked: programs of others (they cannot load a library with sanitizers)"
    finish
    exit
fi

# --- the samples, as their README says -----------------------------------------------------------
for name in markdown doubtful; do
    # shellcheck disable=SC2046 # flags are words
    cc -std=c99 -pedantic -Wall -Wextra -Werror -o $name "$RECTO_SOURCE_DIR/samples/code/$name.c" \
        $(pkg-config --cflags --libs recto) || fail "$name does not compile"
done
# shellcheck disable=SC2046
cc -std=c99 -o static "$RECTO_SOURCE_DIR/samples/code/markdown.c" \
    $(pkg-config --cflags --libs --static recto | sed 's/-lrecto/-l:librecto.a/') || fail "librecto.a does not link"
if ldd static | grep -q librecto; then fail "the static program needs librecto.so"; fi
[ -z "${VERBOSE:-}" ] || ldd static

for document in report.pdf letter.png fax.tif; do
    run 0 convert "$RECTO_SAMPLES/$document" -o - --to md
    for program in markdown static; do
        ./$program "$RECTO_SAMPLES/$document" >"$program.md" 2>pages || fail "$program $document: $(cat pages)"
        cmp -s stdout $program.md || fail "$program and recto convert differ on $document"
    done
done
[ "$(grep -c '^page [12] ([12] of 2): reader line' pages)" -eq 2 ] || fail "progress: $(cat pages)"

code=0
./markdown "$RECTO_SAMPLES/report.pdf" 2 >cut.md 2>pages || code=$?
[ $code -eq 130 ] && [ ! -s cut.md ] && [ "$(grep -c '^page ' pages)" -eq 2 ] || fail "stop after 2 pages: $code $(cat pages)"
code=0
./markdown "$RECTO_SAMPLES/README.md" >none.md 2>pages || code=$?
[ $code -eq 2 ] && [ "$(wc -l <pages)" -eq 1 ] || fail "a document of no known kind: $code $(cat pages)"

# Ctrl-C in the middle
python3 "$RECTO_SOURCE_DIR/tools/make_bench_pdf.py" scan long.pdf 100 "$RECTO_SAMPLES"/degraded/*.jpg ||
    fail "cannot make the long document"
./markdown long.pdf >cut.md 2>pages &
pid=$!
for _ in $(seq 300); do
    grep -q '^page 2 ' pages && break
    sleep 0.1
done
kill -INT $pid
code=0
wait $pid || code=$?
[ $code -eq 130 ] && [ ! -s cut.md ] && [ "$(grep -c '^page ' pages)" -lt 100 ] || fail "SIGINT: $code $(tail -1 pages)"

# doubtful pages: those that the JSON of recto convert calls so
files=("$RECTO_SAMPLES"/{report,mixed,invoice}.pdf "$RECTO_SAMPLES"/{fax.tif,receipt.jpg,blank.png}
    "$RECTO_SAMPLES/degraded/memo-jpeg.jpg" "$RECTO_SAMPLES/README.md" "$scratch/none.pdf")
code=0
./doubtful 0.985 "${files[@]}" >pages.tsv 2>messages || code=$?
[ $code -eq 4 ] || fail "doubtful: exit code $code, not 4"
[ "$(wc -l <messages)" -eq 2 ] || fail "doubtful: $(cat messages)"
"$RECTO" convert "${files[@]}" -o json --to json 2>/dev/null </dev/null
python3 - pages.tsv "${files[@]}" <<'PY' || fail "doubtful pages"
import json, os, sys
rows = [line.rstrip('\n').split('\t') for line in open(sys.argv[1])]
assert rows[0] == ['file', 'page', 'status', 'reader', 'confidence', 'flags'], rows[0]
wanted = []
for path in sys.argv[2:]:
    name = 'json/' + os.path.basename(path) + '.json'
    if not os.path.exists(name):
        wanted.append([path, '0', 'format' if os.path.exists(path) else 'io', 'none', '0.000', ''])
        continue
    for page in json.load(open(name))['pages']:
        if page['status'] != 'ok' or page['confidence'] < 0.985:
            wanted.append([path, str(page['page_no']), page['status'], page['reader'],
                           '%.3f' % page['confidence'], ','.join(page['flags'])])
assert len(wanted) > 3
assert rows[1:] == wanted, (rows[1:], wanted)
PY
finish
