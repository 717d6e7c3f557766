#!/usr/bin/env python3
"""Runs the reference (transformers) on a checkpoint folder and writes what `recto model trace` writes.

    reference_trace.py MODEL IMAGE -o FILE.safetensors [--mmproj FILE] [--prompt TEXT] [--tokens N] [--tiles MAX] [--bf16]

MODEL is a folder with a Qianfan-OCR checkpoint, as published (`internvl_chat`) or as transformers saves it
(`qianfan_ocr`), or a GGUF file with its --mmproj, whose blocks the gguf package decodes.
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

import gguf
import gguf_forms
import model as models
import numpy as np
import reference
import tokens
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


def open_folder(folder, dtype):
    """(model, tokenizer) of a checkpoint folder"""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model, info = QianfanOCRForConditionalGeneration.from_pretrained(
        folder, config=config_of(folder, tokenizer.token_to_id("<IMG_CONTEXT>")), dtype=dtype, output_loading_info=True)
    wrong = {k: v for k, v in info.items() if v}
    if wrong:
        sys.exit(f"the checkpoint does not fit: {wrong}")
    return model, tokenizer


def gguf_config(lm, mmproj, image_token_id):
    """The configuration transformers needs, from the keys of both files."""
    v = {key: mmproj[f"clip.vision.{name}"] for key, name in (
        ("hidden_size", "embedding_length"), ("num_hidden_layers", "block_count"), ("image_size", "image_size"),
        ("num_attention_heads", "attention.head_count"), ("intermediate_size", "feed_forward_length"),
        ("patch_size", "patch_size"), ("layer_norm_eps", "attention.layer_norm_epsilon"))}
    t = {key: lm[f"qwen3.{name}"] for key, name in (
        ("hidden_size", "embedding_length"), ("num_hidden_layers", "block_count"), ("head_dim", "attention.key_length"),
        ("num_attention_heads", "attention.head_count"), ("num_key_value_heads", "attention.head_count_kv"),
        ("intermediate_size", "feed_forward_length"), ("max_position_embeddings", "context_length"),
        ("rms_norm_eps", "attention.layer_norm_rms_epsilon"))}
    rope = {"rope_type": "default", "rope_theta": lm["qwen3.rope.freq_base"]}
    return QianfanOCRConfig(
        vision_config=QianfanOCRVisionConfig(**v).to_dict(), image_token_id=image_token_id, tie_word_embeddings=False,
        text_config=Qwen3Config(**t, vocab_size=len(lm["tokenizer.ggml.tokens"]), rope_parameters=rope).to_dict(),
        image_seq_length=(v["image_size"] // v["patch_size"] // 2) ** 2)


def open_gguf(path, mmproj, dtype):
    """(model, tokenizer) of a pair of GGUF files"""
    lm, clip = ({name: field.contents() for name, field in gguf.GGUFReader(p).fields.items()} for p in (path, mmproj))
    tokenizer = tokens.from_gguf(lm["tokenizer.ggml.tokens"], lm["tokenizer.ggml.token_type"],
                                 lm["tokenizer.ggml.merges"])
    model = QianfanOCRForConditionalGeneration(gguf_config(lm, clip, tokenizer.token_to_id("<IMG_CONTEXT>")))
    models.from_gguf(model, gguf_forms.read(mmproj), gguf_forms.read(path))
    return model.to(dtype), tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("image")
    parser.add_argument("-o", required=True)
    parser.add_argument("--mmproj", type=Path)
    parser.add_argument("--prompt", default="Parse this document to Markdown.")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--tiles", type=int, default=12)
    parser.add_argument("--bf16", action="store_true")
    args = parser.parse_args()
    dtype = torch.bfloat16 if args.bf16 else torch.float32
    model, tokenizer = (open_gguf(args.model, args.mmproj, dtype) if args.mmproj else open_folder(args.model, dtype))
    config = model.config
    size = config.vision_config.image_size[0]
    image = Image.open(args.image).convert("RGB")
    pixels = np.stack(reference.image_processor(size, args.tiles)([image], return_tensors="np")["pixel_values"])
    ids = reference.prompt_ids(tokenizer, len(pixels) * config.image_seq_length, args.prompt)
    trace, margin = reference.trace(model.eval(), pixels.astype(np.float32), ids, args.tokens, dtype)
    save_file(trace, args.o, metadata={"made": json.dumps({"prompt": args.prompt, "least_margin": margin})})
    print(f"{len(pixels)} tiles, {len(ids)} prompt tokens, least margin {margin:.6f}")


if __name__ == "__main__":
    main()
