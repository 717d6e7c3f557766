#!/usr/bin/env bash
# Goal: docs/FORMATS.md and docs/page.schema.json say what tests/spec and docs/recto.schema.json say.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
python3 "$RECTO_SOURCE_DIR/tools/formats.py" --check || fail "run tools/formats.py"
finish
