"""Character error rate and exact lines of a model on validation shards.

evaluate.py MODEL.safetensors DIR [--errors N]
"""

import argparse
import collections
import difflib
import pathlib

import torch

import net
import shards


def read(reader, images, size=16):
    """Logits [T, classes] of every image, batched by width as the C reader does."""
    order, out = sorted(range(len(images)), key=lambda i: images[i].shape[1]), [None] * len(images)
    with torch.no_grad():
        for start in range(0, len(order), size):
            some = order[start : start + size]
            x, widths = net.batch([images[i] for i in some])
            for i, y, t in zip(some, reader(x, widths), net.lengths(widths)):
                out[i] = y[:t].float()
    return out


def score(reader, items):
    """(CER, share of exact lines, texts read)."""
    got = [net.greedy(y) for y in read(reader, [a for a, _ in items])]
    wrong = [net.edit_distance(g, t) for g, (_, t) in zip(got, items)]
    return sum(wrong) / sum(len(t) for _, t in items), sum(w == 0 for w in wrong) / len(wrong), got


def confusions(got, items):
    """How often each piece of truth was read as something else."""
    count = collections.Counter()
    for g, (_, t) in zip(got, items):
        for op, a, b, c, d in difflib.SequenceMatcher(None, t, g, False).get_opcodes():
            if op != "equal":
                count[t[a:b], g[c:d]] += 1
    return count


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("model")
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--errors", type=int, default=0, help="print so many of the most frequent confusions")
    a = args.parse_args()
    torch.set_num_threads(1)
    reader = net.load(a.model)
    for path in sorted(a.folder.glob("*.npz")):
        items = shards.load(path)
        cer, exact, got = score(reader, items)
        print(f"{path.stem:10} CER {cer:.4f} exact {exact:.3f} ({len(items)} lines)")
        for (truth, read_as), n in confusions(got, items).most_common(a.errors):
            print(f"    {n:4} {truth!r} read {read_as!r}")


if __name__ == "__main__":
    main()
