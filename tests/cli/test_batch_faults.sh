#!/usr/bin/env bash
# recto batch where things go wrong around it: the output folder is taken away, memory is short, attachments come and go.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

cat >make.py <<'P'
"""make.py scan FILE: an A4 page at 600 dpi; make.py pdf FILE NAME=FILE...: a PDF with attachments"""
import struct, sys, zlib

def png(width, height):
    row = b"\0" + bytes([255] * 600 + [0] * 8) * (width // 608) + bytes([255] * (width % 608))
    blank = b"\0" + b"\xff" * width
    pack = zlib.compressobj(1)
    data = b"".join(pack.compress(row if y % 300 < 8 else blank) for y in range(height)) + pack.flush()
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    size = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + size + chunk(b"IDAT", data) + chunk(b"IEND", b"")

def stream(data):
    return b"<</Length %d>>stream\n%s\nendstream" % (len(data), data)

def pdf(files):
    names = b"".join(b"(f%d)%d 0 R" % (i, 5 + 2 * i) for i in range(len(files)))
    objects = [b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[" + names + b"]>>>>>>",
               b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/"
               b"Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
               stream(b"BT /F 12 Tf 30 250 Td (A letter with files) Tj ET")]
    for i, (name, path) in enumerate(files):
        objects += [b"<</Type/Filespec/F(%s)/EF<</F %d 0 R>>>>" % (name.encode(), 6 + 2 * i),
                    stream(open(path, "rb").read())]
    out, at = b"%PDF-1.5\n", []
    for i, o in enumerate(objects):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, o)
    table = b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(at) + 1, table, len(at) + 1, len(out))

with open(sys.argv[2], "wb") as f:
    f.write(png(4960, 7015) if sys.argv[1] == "scan" else pdf([a.split("=") for a in sys.argv[3:]]))
P

# --- an A4 page at 600 dpi needs no more than 500 MB, and one that needs more says so
mkdir scans
python3 make.py scan scans/a4.png || fail "cannot make a page"
run 0 batch scans -o scanned --jobs 1 --max-memory 500M --reader line --to txt
run 4 batch scans -o scarce --jobs 1 --max-memory 300M --reader line --to txt
holds stderr "--max-memory"

# --- attachments: what a changed document no longer has is no longer recorded
mkdir mail
printf 'not a PDF' >broken.pdf
python3 make.py pdf mail/a.pdf "letter.pdf=$RECTO_SAMPLES/invoice-digital.pdf" broken.pdf=broken.pdf
run 4 batch mail -o mailed --attachments --to txt
[ "$(grep -c '"parent":"a.pdf"' mailed/manifest.jsonl)" -eq 2 ] || fail "not two attachments: $(cat mailed/manifest.jsonl)"
python3 make.py pdf mail/a.pdf "letter.pdf=$RECTO_SAMPLES/invoice-digital.pdf"
run 0 batch mail -o mailed --attachments --to txt --resume
[ "$(grep -c '"parent":"a.pdf"' mailed/manifest.jsonl)" -eq 1 ] || fail "an attachment that is gone is still recorded"

# an input that is called like an attachment: each has its record and its result
mkdir -p ".$PWD/mail/a.pdf"
cp "$RECTO_SAMPLES/invoice-digital.pdf" ".$PWD/mail/a.pdf/1-letter.pdf"
printf '%s\n' "$PWD/mail/a.pdf" ".$PWD/mail/a.pdf/1-letter.pdf" >list
run 0 batch list -o named --attachments --to txt
[ "$(wc -l <named/manifest.jsonl)" -eq 3 ] || fail "not three records: $(cat named/manifest.jsonl)"
[ "$(find named -name '*.txt' | wc -l)" -eq 3 ] || fail "not three results: $(find named)"

# --- what an earlier run was to do, and is gone, is not forgotten
mkdir two
cp "$RECTO_SAMPLES/invoice-digital.pdf" two/a.pdf
cp "$RECTO_SAMPLES/mixed.pdf" two/b.pdf
"$RECTO" batch two -o gone --jobs 1 --reader line --to txt --progress json 2>events &
pid=$!
for _ in $(seq 600); do
    grep -q '"event":"document"' events && break
    sleep 0.02
done
kill -INT "$pid"
wait "$pid"
rm two/b.pdf
run 4 batch two -o gone --reader line --to txt --resume
holds stderr "1 of an earlier run not among these inputs"

# --- the output folder is taken away: nothing is written where it was, and the run goes on when it is back
mkdir many
for i in $(seq 40); do cp "$RECTO_SAMPLES/report.pdf" "many/$i.pdf"; done
"$RECTO" batch many -o out --jobs 1 --to md,json 2>events &
pid=$!
for _ in $(seq 600); do
    [ -s out/1.pdf.json ] && break
    sleep 0.02
done
mv out elsewhere
for _ in $(seq 600); do
    grep -q "no longer there" events && break
    sleep 0.05
done
[ ! -e out ] || fail "a run made a new output folder: $(ls out)"
grep -q "no longer there" events || fail "nobody told that the output folder is gone: $(cat events)"
mv elsewhere out
wait "$pid"
code=$?
[ "$code" -eq 0 ] || fail "exit code $code after the folder came back: $(cat events)"
run 0 batch many -o whole --to md,json -q
diff -r -x 'journal*' out whole >difference || fail "results differ: $(head -3 difference)"
finish
