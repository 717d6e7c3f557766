#!/usr/bin/env bash
# Goal: each page gets the reader it should, says why, and passwords, ranges and limits work.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1

# born digital, scan, scan with a wrong invisible layer
run 0 inspect "$RECTO_SAMPLES/mixed.pdf"
grep -q 'page 1: .* -> layer:' stdout || fail "page 1: $(grep 'page 1' stdout)"
grep -q 'page 2: .* -> line:' stdout || fail "page 2: $(grep 'page 2' stdout)"
grep -q 'page 3: .* invisible.* -> line:.*invisible' stdout || fail "page 3: $(grep 'page 3' stdout)"
run 0 inspect --json "$RECTO_SAMPLES/mixed.pdf"
holds stdout '"n_pages":3'

run 0 convert "$RECTO_SAMPLES/mixed.pdf" -o out --to txt,json
holds out/mixed.pdf.txt "1.85 m"
grep -q '"untrusted_text_layer"' out/mixed.pdf.json || fail "the wrong layer is not flagged"

# text over a page image: a small rendering tells whether the layer holds what the image shows
need python3
python3 - <<'EOF' || fail "cannot make the pages"
def page(name, rows, text):
    """An A4 page: an image of grey rows, 75 dpi, under 12 pt text."""
    image = b"".join(rows)
    content = b"q 595 0 0 842 0 0 cm /Im Do Q BT /F1 12 Tf 14 TL 72 770 Td " + text + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> /XObject << /Im 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /XObject /Subtype /Image /Width 620 /Height 877 /BitsPerComponent 8 /ColorSpace /DeviceGray"
        b" /Length %d >>\nstream\n" % len(image) + image + b"\nendstream",
    ]
    out, offsets = b"%PDF-1.6\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in offsets)
    out += b"trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    open(name, "wb").write(out)

white = b"\xf0" * 620
# letters are bars of changing width, 8 px high, in lines 16 px apart
bars = (b"\xf0" * 60 + b"".join(b"\x10" * (2 + i * 7 % 5) + b"\xf0" * (3 + i * 5 % 4) for i in range(90)))[:560]
line = bars + b"\xf0" * (620 - len(bars))
lines = b"".join(b"(A line of visible text on the image, number %d) ' " % i for i in range(8))
page("over-letters.pdf", [line if y > 300 and y % 16 < 8 else white for y in range(877)], lines)
page("over-paper.pdf", [white] * 877, lines)
EOF
run 0 inspect over-letters.pdf
holds stdout "-> line: the text layer misses text"
run 0 inspect over-paper.pdf
holds stdout "-> layer:"

# an image page: no reader but the line reader
run 0 convert "$RECTO_SAMPLES/receipt.jpg" -o out --reader layer --to txt
[ ! -s out/receipt.jpg.txt ] || [ "$(tr -d '[:space:]' <out/receipt.jpg.txt | wc -c)" -eq 0 ] ||
    fail "an image has no text layer"

# a page that cannot be looked at is described, and counts
run 4 inspect "$RECTO_TEST_DATA/hostile/page-parents-loop.pdf"
holds stdout "page 3: failed"

# page ranges
run 0 convert "$RECTO_SAMPLES/report.pdf" -o ranges --to json --pages 2-3
[ "$(grep -cE '^ *"page_no": [23],$' ranges/report.pdf.json)" -eq 2 ] &&
    [ "$(grep -cE '^ *"page_no": [0-9]+,$' ranges/report.pdf.json)" -eq 2 ] || fail "--pages 2-3 gave other pages"

# passwords
run 8 convert "$RECTO_SAMPLES/encrypted.pdf" -o out --to txt
one_line encrypted.pdf password
printf 'wrong\nalso wrong\n' >bad
run 8 convert "$RECTO_SAMPLES/encrypted.pdf" -o out --to txt --password-file bad
printf 'wrong\nrecto\n' >good
run 0 convert "$RECTO_SAMPLES/encrypted.pdf" -o out --to txt --password-file good
[ -s out/encrypted.pdf.txt ] || fail "nothing from the encrypted file"

# limits
run 2 convert "$RECTO_SAMPLES/report.pdf" -o limits --max-pages 2
one_line report.pdf 2
run 2 convert "$RECTO_SAMPLES/letter.png" -o limits --max-pixels 1000
one_line letter.png 1000
run 2 convert "$RECTO_SAMPLES/letter.png" -o limits --max-bytes 1k
one_line letter.png
[ -z "$(ls limits)" ] || fail "limits left $(ls limits)"
run 2 convert missing.pdf -o limits
one_line missing.pdf
run 2 convert "$scratch" -o limits
one_line directory

# the model in the outputs' provenance: all of its files, since each of them changes what is read
model=$RECTO_SOURCE_DIR/models/line-latin
run 0 convert "$RECTO_SAMPLES/receipt.jpg" -o built-in --to json
holds built-in/receipt.jpg.json "$(cat "$model"/{line-latin.safetensors,config.json,prior.safetensors} | sha256sum | cut -d' ' -f1)"
mkdir folder
cp "$model"/{line-latin.safetensors,config.json} folder/
RECTO_MODEL_PATH=folder run 0 convert "$RECTO_SAMPLES/receipt.jpg" -o own --to json
holds own/receipt.jpg.json "$(cat folder/{line-latin.safetensors,config.json} | sha256sum | cut -d' ' -f1)"
head -c 100000 "$model/line-latin.safetensors" >folder/line-latin.safetensors
RECTO_MODEL_PATH=folder run 3 convert "$RECTO_SAMPLES/receipt.jpg" -o limits
one_line model safetensors
RECTO_MODEL_PATH=/nonexistent run 3 convert "$RECTO_SAMPLES/receipt.jpg" -o limits
one_line RECTO_MODEL_PATH
finish
