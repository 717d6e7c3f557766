#!/usr/bin/env python3
"""Runs the reference (transformers) on a checkpoint folder and writes what `recto model trace` writes.

    reference_trace.py FOLDER IMAGE -o FILE.safetensors [--prompt TEXT] [--tokens N] [--tiles MAX] [--bf16]

FOLDER holds a Qianfan-OCR checkpoint, as published (`internvl_chat`) or as transformers saves it (`qianfan_ocr`).
Compare the file with Recto's by tools/compare_trace.py. Needs tools/requirements-fixtures.txt, and memory for all
weights in float32 (in bfloat16 with --bf16). No system message; the image should be an RGB one.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
sys.path.insert(0, str(Path(__file__).resolve().parent / "fixtures"))

import numpy as np
import reference
import torch
from PIL import Image
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from transformers import Qwen3Config
from transformers.models.qianfan_ocr import QianfanOCRConfig, QianfanOCRForConditionalGeneration, QianfanOCRVisionConfig


def config_of(folder, image_token_id):
    """The configuration transformers needs, from either flavour of config.json."""
    stated = json.loads((folder / "config.json").read_text())
    if stated["model_type"] == "qianfan_ocr":
        return QianfanOCRConfig.from_pretrained(folder)
    v, t = stated["vision_config"], dict(stated["llm_config"])
    rope = {"rope_type": "default", "rope_theta": float(t.pop("rope_theta"))}
    keep = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "patch_size",
            "layer_norm_eps", "hidden_act")
    size = stated.get("force_image_size") or v["image_size"]
    for key in ("architectures", "rope_scaling", "torch_dtype"):
        t.pop(key, None)
    return QianfanOCRConfig(
        vision_config=QianfanOCRVisionConfig(**{k: v[k] for k in keep}, image_size=size).to_dict(),
        text_config=Qwen3Config(**t, rope_parameters=rope).to_dict(), image_token_id=image_token_id,
        image_seq_length=(size // v["patch_size"] // 2) ** 2, downsample_ratio=stated["downsample_ratio"],
        tie_word_embeddings=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("image")
    parser.add_argument("-o", required=True)
    parser.add_argument("--prompt", default="Parse this document to Markdown.")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--tiles", type=int, default=12)
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    dtype = torch.bfloat16 if args.bf16 else torch.float32
    tokenizer = Tokenizer.from_file(str(args.folder / "tokenizer.json"))
    config = config_of(args.folder, tokenizer.token_to_id("<IMG_CONTEXT>"))
    model, info = QianfanOCRForConditionalGeneration.from_pretrained(
        args.folder, config=config, dtype=dtype, output_loading_info=True)
    wrong = {k: v for k, v in info.items() if v}
    if wrong:
        sys.exit(f"the checkpoint does not fit: {wrong}")
    size = config.vision_config.image_size[0]
    image = Image.open(args.image).convert("RGB")
    pixels = np.stack(reference.image_processor(size, args.tiles)([image], return_tensors="np")["pixel_values"])
    ids = reference.prompt_ids(tokenizer, len(pixels) * config.image_seq_length, args.prompt)
    trace, margin = reference.trace(model.eval(), pixels.astype(np.float32), ids, args.tokens, dtype)
    save_file(trace, args.o, metadata={"made": json.dumps({"prompt": args.prompt, "least_margin": margin})})
    print(f"{len(pixels)} tiles, {len(ids)} prompt tokens, least margin {margin:.6f}")


if __name__ == "__main__":
    main()
