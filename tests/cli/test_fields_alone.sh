#!/usr/bin/env bash
# Goal: a page on which form fields are all there is comes out with them; it is neither blank nor a failure.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
cat >fields.pdf <<'PDF'
%PDF-1.7
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R] >> endobj
4 0 obj << /Subtype /Widget /FT /Tx /T (remarks) /V (none so far) /Rect [60 600 400 620] >> endobj
trailer << /Root 1 0 R /Size 5 >>
PDF
run 0 convert fields.pdf -o out --to md,json
holds out/fields.pdf.md "none so far"
holds out/fields.pdf.json '"form"'
finish
