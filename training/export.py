"""Checkpoint to the model that ships, and the fixture that the C implementation is checked against.

    export.py CHECKPOINT MODEL_DIR [--fixture FILE --lines SHARD.npz]

Writes MODEL_DIR/line-latin.safetensors (float16) and MODEL_DIR/config.json; keeps the
`confidence` object that config.json already has, since `calibrate.py` fits it to the weights.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file

import net
import shards

FIXTURE_WIDTHS = (331, 131, 639)  # pixels: none a multiple of 4


def config():
    """Everything the C implementation needs besides the tensors."""
    return {
        "name": "line-latin",
        "version": 1,
        "height": net.HEIGHT,
        "column_px": net.COLUMN,
        "pad_multiple": net.PAD,
        "preprocess": {
            "percentiles": [2, 98],
            "min_span": 20,
            "invert_below_mean": 110,
            "pad_value": 255,
            "scale": 127.5,
            "note": "grey; resample to the height (area averaging when shrinking, bilinear when enlarging); stretch"
            " the percentiles to 0..255, span at least min_span; invert if the mean is then below"
            " invert_below_mean; pad right with pad_value; x = 1 - p / scale",
        },
        "convs": [{"in": i, "out": o, "stride": list(s), "kernel": 3, "pad": 1} for i, o, s in net.CONVS],
        "flatten": "channel-major: feature index = channel * rows + row",
        "dim": net.DIM,
        "layers": net.LAYERS,
        "heads": net.HEADS,
        "mlp": net.MLP,
        "window": net.WINDOW,
        "position_kernel": net.POS_KERNEL,
        "ln_eps": net.EPS,
        "gelu": "erf",
        "classes": len(net.CHARS) + 1,
        "blank": 0,
        "chars": net.CHARS,
    }


def write_config(folder):
    """config.json, with the calibration that is already there or the identity."""
    path = folder / "config.json"
    fitted = json.loads(path.read_text()).get("confidence") if path.exists() else None
    data = config() | {"confidence": fitted or {"a": 1.0, "b": 0.0}}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf8")


def write_fixture(path, reader, items):
    """Inputs x0.. [32, W] and reference log-probabilities y0.. [ceil(W/4), classes] of the shipped weights."""
    tensors, texts = {}, {}
    for i, wanted in enumerate(FIXTURE_WIDTHS):
        image, texts[f"text{i}"] = min(items, key=lambda item: abs(item[0].shape[1] - wanted))
        x, width = net.batch([image])
        with torch.no_grad():
            y = reader(x, width)[0, : net.lengths(width)[0]].log_softmax(-1)
        print(f"line {i}: {image.shape[1]} px, read {net.greedy(y)!r}, truth {texts[f'text{i}']!r}")
        tensors[f"x{i}"] = np.ascontiguousarray(x[0, 0, :, : image.shape[1]].numpy())
        tensors[f"y{i}"] = y.numpy()
    save_file(tensors, path, metadata=texts)
    path.chmod(0o644)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("checkpoint")
    args.add_argument("model_dir", type=pathlib.Path)
    args.add_argument("--fixture", type=pathlib.Path)
    args.add_argument("--lines", type=pathlib.Path, help="the shard that the fixture's lines come from")
    a = args.parse_args()
    weights = a.model_dir / "line-latin.safetensors"
    save_file({k: v.half().numpy() for k, v in sorted(load_file(a.checkpoint).items())}, weights)
    weights.chmod(0o644)
    write_config(a.model_dir)
    if a.fixture:
        write_fixture(a.fixture, net.load(weights), shards.load(a.lines))


if __name__ == "__main__":
    main()
