"""Shards of lines: files of pixels, widths and texts, written by one process and used up by the trainer.

shards.py DIR --seed N                     feed: keep DIR filled until killed
shards.py DIR --seed N --validation 250    DIR/DOMAIN.npz for each domain, fonts held out
"""

import argparse
import os
import pathlib
import random
import time

import numpy as np

import lines
from net import HEIGHT


def save(path, items):
    """Write (image, text) pairs; the file appears complete or not at all."""
    partial = path.with_suffix(".part")
    with open(partial, "wb") as f:
        np.savez(
            f,
            pixels=np.concatenate([a.T for a, _ in items]),
            widths=np.array([a.shape[1] for a, _ in items]),
            texts=np.array("\n".join(t for _, t in items)),
        )
    os.replace(partial, path)


def load(path):
    """The (image, text) pairs of a shard."""
    with np.load(path) as f:
        pixels, ends, texts = f["pixels"], np.cumsum(f["widths"]), str(f["texts"]).split("\n")
    assert pixels.shape[1] == HEIGHT and len(texts) == len(ends)
    return [(a.T, t) for a, t in zip(np.split(pixels, ends[:-1]), texts)]


def wait_while(path):
    """Sleep while the file exists, so that someone can time other things."""
    while path and os.path.exists(path):
        time.sleep(1)


def feed(folder, seed, size, limit, pause):
    """Write shards for ever, at most `limit` waiting."""
    generator, number = lines.Generator(), 0
    while True:
        wait_while(pause)
        if len(list(folder.glob("*.npz"))) >= limit:
            time.sleep(0.5)
            continue
        save(folder / f"{seed}-{number:06d}.npz", [generator.line() for _ in range(size)])
        number += 1


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("folder", type=pathlib.Path)
    args.add_argument("--seed", type=int, required=True)
    args.add_argument("--validation", type=int, metavar="LINES")
    args.add_argument("--size", type=int, default=1024)
    args.add_argument("--limit", type=int, default=6)
    args.add_argument("--pause", help="a file: wait while it exists")
    a = args.parse_args()
    random.seed(a.seed)
    np.random.seed(a.seed)
    a.folder.mkdir(parents=True, exist_ok=True)
    if not a.validation:
        feed(a.folder, a.seed, a.size, a.limit, a.pause)
    generator = lines.Generator(held_out=True)
    for domain in lines.DOMAINS:
        save(a.folder / f"{domain}.npz", [generator.line(domain) for _ in range(a.validation)])


if __name__ == "__main__":
    main()
