"""Fit the calibration of word confidences and write it into the model's config.json.

    calibrate.py MODEL_DIR SHARDS_DIR

A character's probability is the greatest softmax probability of its run of tokens; a word's p is their geometric mean,
clipped to 1e-6..1-1e-6. The confidence is sigmoid(a * logit(p) + b), a and b fitted by maximum likelihood to whether
the word is right, on the even lines; the expected calibration error (ten bins) is that of the odd lines.
"""

import argparse
import difflib
import json
import pathlib

import numpy as np
import torch

import evaluate
import net
import shards

CLIP = 1e-6


def words_of(logits):
    """Words of the best path of logits [T, classes], each with its raw probability."""
    best = logits.softmax(-1).max(-1)
    chars, last = [], 0
    for c, p in zip(best.indices.tolist(), best.values.tolist()):
        if c and c == last:
            chars[-1] = (chars[-1][0], max(chars[-1][1], p))
        elif c:
            chars.append((net.CHARS[c - 1], p))
        last = c
    out, word = [], []
    for char in chars + [(" ", 1.0)]:
        if char[0] != " ":
            word.append(char)
        elif word:
            out.append(("".join(c for c, _ in word), float(np.exp(np.mean([np.log(p) for _, p in word])))))
            word = []
    return out


def judged(reader, items):
    """(logit of the raw probability, whether the word is right) of all words read in the lines."""
    rows = []
    for logits, (_, text) in zip(evaluate.read(reader, [a for a, _ in items]), items):
        words, right = words_of(logits), set()
        match = difflib.SequenceMatcher(None, text.split(), [w for w, _ in words], False)
        for block in match.get_matching_blocks():
            right.update(range(block.b, block.b + block.size))
        rows += [(p, i in right) for i, (_, p) in enumerate(words)]
    p, correct = np.array(rows).T
    p = np.clip(p, CLIP, 1 - CLIP)
    return np.log(p / (1 - p)), correct


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def fit(logit, correct, rounds=30):
    """Logistic regression by Newton's method: a, b."""
    x, weights = np.stack([logit, np.ones_like(logit)], 1), np.zeros(2)
    for _ in range(rounds):
        p = sigmoid(x @ weights)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        weights += np.linalg.solve(hessian, x.T @ (correct - p))
    return weights


def calibration_error(confidence, correct, bins=10):
    """Mean distance of confidence and share of right words over bins of confidence, weighted by their words."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs((confidence - correct)[which == k].sum()) for k in range(bins)) / len(correct)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("model_dir", type=pathlib.Path)
    args.add_argument("shards", type=pathlib.Path)
    a = args.parse_args()
    torch.set_num_threads(1)
    reader = net.load(a.model_dir / "line-latin.safetensors")
    items = [item for path in sorted(a.shards.glob("*.npz")) for item in shards.load(path)]
    slope, offset = fit(*judged(reader, items[::2]))
    logit, correct = judged(reader, items[1::2])
    before, after = sigmoid(logit), sigmoid(slope * logit + offset)
    print(
        f"{len(correct)} words, {correct.mean():.3f} right; a {slope:.3f} b {offset:.3f}; "
        f"calibration error {calibration_error(before, correct):.4f} raw, {calibration_error(after, correct):.4f} fitted"
    )
    path = a.model_dir / "config.json"
    config = json.loads(path.read_text(encoding="utf8"))
    config["confidence"] = {"a": round(float(slope), 4), "b": round(float(offset), 4)}
    path.write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
