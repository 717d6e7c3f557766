#!/usr/bin/env python3
"""usage: validate_json.py [--schema NAME] FILE...: check recto's JSON outputs (one document a file, or
one a line) against docs/NAME.schema.json (default: recto).  Exit status: 0 all valid, 1 not, 77 if
jsonschema is missing."""
import json
import pathlib
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)


def documents(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    name, files = "recto", sys.argv[1:]
    if files[:1] == ["--schema"]:
        name, files = files[1], files[2:]
    schema = json.loads((root / f"docs/{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    n_wrong = 0
    for path in files:
        for number, document in enumerate(documents(path), 1):
            for error in validator.iter_errors(document):
                where = "/".join(str(step) for step in error.absolute_path)
                print(f"{path}: document {number}: {where}: {error.message[:300]}")
                n_wrong += 1
    sys.exit(1 if n_wrong else 0)


main()
