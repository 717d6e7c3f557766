#!/usr/bin/env python3
"""usage: formats.py [--check]: write docs/FORMATS.md from the texts in tests/spec, and docs/page.schema.json (a line
of JSONL) from docs/recto.schema.json.  With --check nothing is written: exit status 1 if one of them is not up to date.
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# The chapters, in this order; those that are not there are left out.
CHAPTERS = ["forms", "md", "txt", "csv", "json", "jsonl", "html", "hocr", "alto", "page", "pdf", "overlay", "structure",
            "batch"]
FENCE = "`" * 8
LANGUAGES = {"md": "markdown", "json": "json", "jsonl": "json", "html": "html", "hocr": "xml", "alto": "xml", "page": "xml"}


def block(text, language=""):
    """Text between fences longer than any run of backticks in it."""
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return f"{fence}{language}\n{text}{fence}\n"


def example(match):
    head, given, wanted = match.groups()
    form = re.search(r" to (\w+)", head)
    language = LANGUAGES.get(form.group(1), "") if form else ""
    return block(given) + "\n↓\n\n" + (block(wanted, language) if wanted.strip() else "(nothing)\n")


def chapter(name):
    text = (ROOT / f"tests/spec/{name}.txt").read_text(encoding="utf-8")
    pieces = re.split(rf"(?ms)^({FENCE}[^\n]*\n.*?^\.\n.*?^{FENCE}\n)", text)
    made = []
    for i, piece in enumerate(pieces):
        if i % 2 == 1:
            piece = re.sub(rf"(?ms)\A{FENCE}([^\n]*)\n(.*?)^\.\n(.*?)^{FENCE}\n\Z", example, piece)
        else:
            piece = re.sub(r"(?m)^(\S.*)\n=+$", r"# \1" if name == CHAPTERS[0] else r"## \1", piece)
            piece = re.sub(r"(?m)^(\S.*)\n-{3,}$", r"### \1", piece)
        made.append(piece)
    return "".join(made)


def formats():
    names = [name for name in CHAPTERS if (ROOT / f"tests/spec/{name}.txt").exists()]
    return "\n".join(chapter(name) for name in names)


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
    made = {"docs/FORMATS.md": formats(), "docs/page.schema.json": page_schema()}
    stale = [name for name, text in made.items() if not (ROOT / name).exists() or
             (ROOT / name).read_text(encoding="utf-8") != text]
    for name in stale:
        if sys.argv[1:] == ["--check"]:
            print(f"{name} is not up to date: run tools/formats.py")
        else:
            (ROOT / name).write_text(made[name], encoding="utf-8")
    sys.exit(1 if stale and sys.argv[1:] == ["--check"] else 0)


main()
