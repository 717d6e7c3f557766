#!/usr/bin/env bash
# Goal: a batch that is killed at random moments, engine, group, parser or spawner, ends after --resume with the same
# bytes and the same rows of its journal as one that nobody disturbed; no process and no temporary file is left.
# tools/batch_kill.py RECTO 200 is the long form.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3

rounds=4 copies=1
[ -z "${RECTO_SANITIZED:-}" ] || rounds=2
TMPDIR=$scratch python3 "$RECTO_SOURCE_DIR/tools/batch_kill.py" "$RECTO" $rounds --copies $copies >log 2>&1 ||
    fail "$(cat log)"
finish
