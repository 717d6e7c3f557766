"""All documents."""

import importlib
from pathlib import Path


def all_docs():
    for file in sorted(Path(__file__).parent.glob("docs_*.py")):
        yield from importlib.import_module(file.stem).DOCS
