#!/usr/bin/python3
"""Compares what `recto model trace` wrote with a reference of the same stages (safetensors, F32 and I32).

    compare_trace.py TRACE REFERENCE [--bound X] [--logits-bound X] [--no-tokens]

Prints for every stage of the reference its error max|a-b| / max|b|; pixels and ids must be equal. Exit status 1 if a
stage is missing, of another shape, or over the bound (default 1e-4, also of the logits). --no-tokens: the tokens are
not compared, as for bfloat16, which cannot tell near ones apart. Needs nothing but Python.
"""

import argparse
import array
import json
import math
import operator
import sys

CHUNK = 1 << 20  # numbers


class Tensors:
    """A safetensors file, read piece by piece."""

    def __init__(self, path):
        self.file = open(path, "rb")
        size = int.from_bytes(self.file.read(8), "little")
        header = json.loads(self.file.read(size))
        header.pop("__metadata__", None)
        self.base = 8 + size
        self.tensors = header

    def pieces(self, name):
        begin, end = self.tensors[name]["data_offsets"]
        self.file.seek(self.base + begin)
        kind = {"F32": "f", "I32": "i"}[self.tensors[name]["dtype"]]
        for at in range(begin, end, 4 * CHUNK):
            numbers = array.array(kind)
            numbers.frombytes(self.file.read(min(4 * CHUNK, end - at)))
            if sys.byteorder == "big":
                numbers.byteswap()
            yield numbers


def error(mine, wanted, name):
    """max|a-b| / max|b|; infinite where a is not a number"""
    worst, largest = 0.0, 0.0
    for a, b in zip(mine.pieces(name), wanted.pieces(name)):
        if not all(map(math.isfinite, a)):
            return math.inf
        worst = max(worst, max(map(abs, map(operator.sub, a, b)), default=0))
        largest = max(largest, max(map(abs, b), default=0))
    return worst / largest if largest else worst


def judge(mine, wanted, name, args):
    """(what to print, is it good) of a stage"""
    if name not in mine.tensors:
        return "missing", False
    if any(mine.tensors[name][key] != wanted.tensors[name][key] for key in ("dtype", "shape")):
        return f"{mine.tensors[name]['shape']} instead of {wanted.tensors[name]['shape']}", False
    if name in ("pixels", "prompt_ids", "tokens"):
        same = all(a == b for a, b in zip(mine.pieces(name), wanted.pieces(name)))
        return "equal" if same else "differs", same
    e = error(mine, wanted, name)
    return f"{e:.1e}", e <= (args.logits_bound if name == "lm.logits" else args.bound)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    parser.add_argument("reference")
    parser.add_argument("--bound", type=float, default=1e-4)
    parser.add_argument("--logits-bound", type=float)
    parser.add_argument("--no-tokens", action="store_true")
    args = parser.parse_args()
    args.logits_bound = args.logits_bound or args.bound
    mine, wanted = Tensors(args.trace), Tensors(args.reference)
    bad = 0
    for name, tensor in wanted.tensors.items():
        if name == "tokens" and args.no_tokens:
            continue
        text, good = judge(mine, wanted, name, args)
        print(f"{name:14} {'x'.join(map(str, tensor['shape'])):>14}  {text}{'' if good else '  <-- not within bounds'}")
        bad += not good
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
