#!/usr/bin/env python3
"""usage: formats.py [--check]: write docs/FORMATS.md from the texts in tests/spec, and docs/page.schema.json (a line
of JSONL) from docs/recto.schema.json.  With --check nothing is written: exit status 1 if one of them is not up to date.
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def dump(value, indent):
    """As the schema is laid out by hand: a member a line, short objects and lists on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= 118 or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, list):
        parts = [pad + dump(item, indent + 2) for item in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = [f"{pad}{json.dumps(key)}: {dump(item, indent + 2)}" for key, item in value.items()]
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"


def page_schema():
    whole = json.loads((ROOT / "docs/recto.schema.json").read_text(encoding="utf-8"))
    members = whole["properties"]
    schema = {
        "$schema": whole["$schema"],
        "$id": whole["$id"].replace(":document:", ":page:"),
        "title": "RectoPage",
        "description": "A line of recto's JSONL: one page, ok or failed, and the document that it is of.  "
        "Made from recto.schema.json by tools/formats.py.",
        "type": "object",
        "properties": {
            "schema_name": {"const": "RectoPage"},
            "version": members["version"],
            "origin": members["origin"],
            "provenance": members["provenance"],
            "page": {"$ref": "#/$defs/page"},
        },
        "required": ["schema_name", "version", "origin", "provenance", "page"],
        "additionalProperties": False,
        "$defs": whole["$defs"],
    }
    return dump(schema, 0) + "\n"


def main():
    made = {"docs/page.schema.json": page_schema()}
    stale = [name for name, text in made.items() if not (ROOT / name).exists() or
             (ROOT / name).read_text(encoding="utf-8") != text]
    for name in stale:
        if sys.argv[1:] == ["--check"]:
            print(f"{name} is not up to date: run tools/formats.py")
        else:
            (ROOT / name).write_text(made[name], encoding="utf-8")
    sys.exit(1 if stale and sys.argv[1:] == ["--check"] else 0)


main()
