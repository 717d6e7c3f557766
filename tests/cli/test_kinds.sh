#!/usr/bin/env bash
# Goal: structure is found in the documents of samples/kinds as well as issue 5 asks for: born-digital and as scans.
# The floors are shares over all documents; those of the issue, or higher where more is reached.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3 mutool

# check FIGURES floor|roof NAME=VALUE...: every figure reaches its floor, or stays under its roof
check() {
    python3 - "$@" <<'END' || fail "structure of samples/kinds, see above"
import json, sys
figures = json.load(open(sys.argv[1]))
bad = ["documents could not be read"] if figures["failed"] else []
for rule in sys.argv[2:]:
    name, op, limit = rule.partition("<=") if "<=" in rule else rule.partition(">=")
    value = figures["total"][name]
    if value is None or (value > float(limit) if op == "<=" else value < float(limit)):
        bad.append(f"{name} is {value}, wanted {op} {limit}")
print("\n".join(bad), file=sys.stderr)
sys.exit(bool(bad))
END
}

score() {
    RECTO=$RECTO "$RECTO_SOURCE_DIR/tools/structure.sh" --json "$@" "$RECTO_SAMPLES/kinds" >table 2>&1 || fail "structure.sh: $(tail -n 3 table)"
}

if [ -n "${RECTO_SANITIZED:-}" ]; then # the same code on fewer pages; the figures are the release build's to keep
    score digital.json --only '^(paper|minutes|register|form|hebrew|newsletter)-(latex|writer|weasyprint)'
    check digital.json 'lost<=0'
else
    score digital.json
    check digital.json 'cer<=0.01' 'head>=0.95' 'ruled>=0.97' 'other>=0.9' 'strip>=0.95' 'lost<=0' 'item>=0.95' 'note>=0.95' 'form>=0.95'
    score scans.json --scans
    check scans.json 'head>=0.9' 'ruled>=0.75' 'other>=0.7' 'strip>=0.9' 'lost<=0'
fi
finish
