#!/usr/bin/env bash
# Goal: files inside PDFs are counted, and with --attachments converted like any other document, from a parser
# process that has them only as bytes; what is no document or is broken costs only itself.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3 qpdf

mkdir in parts
cp "$RECTO_SAMPLES/invoice-digital.pdf" parts/invoice.pdf
cp "$RECTO_SAMPLES/blank.png" parts
printf 'no document\n' >parts/note.txt
qpdf "$RECTO_SAMPLES/bulletin.pdf" --add-attachment parts/invoice.pdf -- parts/inner.pdf
qpdf "$RECTO_SAMPLES/report.pdf" --add-attachment parts/inner.pdf -- --add-attachment parts/blank.png -- \
    --add-attachment parts/note.txt -- in/outer.pdf

# value EXPRESSION: over d, the lines of out/manifest.jsonl by key
value() {
    python3 -c 'import json,sys
d = {}
for line in open(sys.argv[1] + "/manifest.jsonl"):
    e = json.loads(line); d[e["key"]] = e
print(eval(sys.argv[2]))' "$1" "$2"
}

# --- counted, not touched
run 0 batch in -o counted --quiet
[ "$(value counted '[(k, v["attachments"]) for k, v in d.items()]')" = "[('outer.pdf', 3)]" ] ||
    fail "counted: $(cat counted/manifest.jsonl)"
run 0 convert parts/invoice.pdf parts/inner.pdf -o alone --to md

# --- converted: what is a document gives the same bytes as alone; what is none says so
"$RECTO" batch in -o out --attachments --index --quiet >stdout 2>stderr </dev/null
[ $? -le 4 ] || fail "batch --attachments: $(cat stderr)"
python3 - <<'END' || fail "attachments: $(cat out/manifest.jsonl)"
import json
d = {}
for line in open('out/manifest.jsonl'):
    e = json.loads(line)
    d[e['key']] = e
names = sorted(k.rsplit('-', 1)[-1] for k in d if d[k].get('parent'))
assert names == ['blank.png', 'inner.pdf', 'invoice.pdf', 'note.txt'], names
def of(name):
    return next(v for k, v in d.items() if k.endswith('-' + name))
assert of('inner.pdf')['parent'] == 'outer.pdf' and of('inner.pdf')['attachments'] == 1
assert of('invoice.pdf')['parent'] == of('inner.pdf')['key']
assert of('invoice.pdf')['state'] == 'ok' and of('note.txt')['state'] not in ('ok', 'partial')
for name in ('inner.pdf', 'invoice.pdf'):
    md = [o['path'] for o in of(name)['outputs'] if o['path'].endswith('.md')][0]
    assert open('out/' + md).read() == open('alone/' + name + '.md').read(), name
END

# --- found, too
run 0 find out forgerons
grep -q invoice.pdf stdout || fail "the text of an attachment is not found: $(cat stdout)"

# --- a resumed run does nothing again
(cd out && find . -type f ! -name '*.sqlite' -exec sha256sum {} +) | sort >before
"$RECTO" batch in -o out --attachments --quiet --resume >stdout 2>stderr </dev/null
(cd out && find . -type f ! -name '*.sqlite' -exec sha256sum {} +) | sort >after
cmp -s before after || fail "a resumed run changed something"
run 0 report out --json
python3 -c 'import json; assert json.load(open("stdout"))["documents"]["retried"] == 0' || fail "done twice"

# --- a bomb: 40 MB of zeros in 40 KB cost themselves, not their document
mkdir bomb
head -c 40000000 /dev/zero >parts/zeros.pdf
qpdf parts/invoice.pdf --add-attachment parts/zeros.pdf -- bomb/bomb.pdf
[ "$(stat -c %s bomb/bomb.pdf)" -lt 200000 ] || fail "no bomb: $(stat -c %s bomb/bomb.pdf)"
run 4 batch bomb -o boom --attachments --quiet --max-bytes 1M
python3 - <<'END' || fail "a bomb: $(cat boom/manifest.jsonl)"
import json
outer, zeros = [json.loads(line) for line in open('boom/manifest.jsonl')]
assert outer['state'] == 'ok' and outer['attachments'] == 1
assert zeros['state'] == 'failed' and zeros['class'] == 'limit', zeros
END
finish
