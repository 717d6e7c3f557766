"""The character prior of the CTC beam: a backed-off 4-gram of the text that the generator writes.

    prior.py MODEL_DIR [--lines 60000] [--seed 5] [--weight 0.3] [--bonus 0.6]

Writes MODEL_DIR/prior.safetensors, in the form that text/prior.h describes. Probabilities are mixed
with those of the shorter context after Witten and Bell: p(c|h) = (n(hc) + k p(c|h')) / (n(h) + k), k the
number of different characters met after h. Contexts met once are left out.
"""
import argparse
import collections
import math
import pathlib
import random

import net
import numpy as np
from safetensors.numpy import save_file

ORDERS = 4  # contexts of 0..3 characters; 0 is the begin and the end of a line
LEAST = 2  # contexts met less often are left out
UNITS = 16  # of cost a factor e


def lines(count, seed):
    """Lines of text as lists of classes, a third of them as receipts have them."""
    import texts

    random.seed(seed)
    np.random.seed(seed)
    source = texts.Texts()
    for i in range(count):
        yield [net.INDEX[c] for c in source.line(i % 3 == 0) if c in net.INDEX]


def count(all_lines):
    """Per order: context (a tuple of classes) to a Counter of what followed."""
    counts = [collections.defaultdict(collections.Counter) for _ in range(ORDERS)]
    for line in all_lines:
        line = [0, *line, 0]
        for at in range(1, len(line)):
            for order in range(min(ORDERS, at + 1)):
                counts[order][tuple(line[at - order : at])][line[at]] += 1
    return counts


def probabilities(counts):
    """Per order: context to ({class: p}, p that is left for the shorter context)."""
    tables = []
    for order, contexts in enumerate(counts):
        table = {}
        for context, followed in contexts.items():
            total, kinds = sum(followed.values()), len(followed)
            if order > 0 and total < LEAST:
                continue
            mixed = {}
            for c, n in followed.items():
                shorter = tables[-1][context[1:]][0][c] if order > 0 else 1 / (len(net.CHARS) + 1)
                mixed[c] = (n + kinds * shorter) / (total + kinds)
            table[context] = (mixed, kinds / (total + kinds))
        tables.append(table)
    return tables


def cost(p):
    """A probability as a byte."""
    return min(255, round(-UNITS * math.log(p)))


def pack(table, order):
    """The five tensors of one order."""
    keyed = sorted((sum(c << 8 * i for i, c in enumerate(reversed(context))), *rest) for context, rest in table.items())
    starts, classes, costs = [0], [], []
    for _, mixed, _ in keyed:
        for c in sorted(mixed):
            classes.append(c)
            costs.append(cost(mixed[c]))
        starts.append(len(classes))
    return {
        f"key.{order}": np.array([k for k, _, _ in keyed], np.uint32).view(np.int32),
        f"start.{order}": np.array(starts, np.int32),
        f"class.{order}": np.array(classes, np.uint8),
        f"cost.{order}": np.array(costs, np.uint8),
        f"backoff.{order}": np.array([cost(left) for _, _, left in keyed], np.uint8),
    }


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("model_dir", type=pathlib.Path)
    args.add_argument("--lines", type=int, default=60000)
    args.add_argument("--seed", type=int, default=5)
    args.add_argument("--weight", type=float, default=0.3)
    args.add_argument("--bonus", type=float, default=0.6)
    a = args.parse_args()
    tensors = {}
    for order, table in enumerate(probabilities(count(lines(a.lines, a.seed)))):
        tensors |= pack(table, order)
    path = a.model_dir / "prior.safetensors"
    save_file(tensors, path, metadata={"weight": str(a.weight), "bonus": str(a.bonus)})
    print(f"{path}: {path.stat().st_size} bytes, {[len(tensors[f'key.{i}']) for i in range(ORDERS)]} contexts")


if __name__ == "__main__":
    main()
