#!/usr/bin/env python3
"""Makes tests/data/vlm/tiny: tiny random Qianfan-OCR checkpoints in every file form, and what the reference computes.

    make_fixtures.py [-o FOLDER]      default tests/data/vlm/tiny, whose contents are replaced

Offline; needs tools/requirements-fixtures.txt. Never needed to build, test or run Recto. The same versions on the same
kind of CPU give the same files. tests/data/vlm/README.md says what lies where.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", CUDA_VISIBLE_DEVICES="")
sys.path.insert(0, str(Path(__file__).resolve().parent / "fixtures"))

import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.numpy import save_file
from transformers import AutoModelForImageTextToText
from transformers.models.qianfan_ocr import QianfanOCRConfig, QianfanOCRForConditionalGeneration

import forms
import gguf_forms
import model as models
import reference
import tokens

ROOT = Path(__file__).resolve().parent.parent
PROMPT = "Parse this document to Markdown."
N_TOKENS = 64
MIN_MARGIN = 1e-2  # of logits around 8: ten times what the comparison must see
MIN_DISTINCT = 40  # of the tokens: an answer that turns in a circle would test little

# a: rows of no round length, plain number formats.  b: rows of 256 numbers, so that every block format fits, and norms
# of numbers so small that eps counts.
SHAPES = {
    "a": {"vision": {"hidden_size": 48, "num_attention_heads": 3, "num_hidden_layers": 3, "intermediate_size": 120,
                     "image_size": 56, "patch_size": 14},
          "text": {"hidden_size": 72, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 32,
                   "num_hidden_layers": 3, "intermediate_size": 136, "vocab_size": 400},
          "image": (150, 100), "quiet": False},
    "b": {"vision": {"hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 96,
                     "image_size": 84, "patch_size": 14},
          "text": {"hidden_size": 256, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 64,
                   "num_hidden_layers": 1, "intermediate_size": 512, "vocab_size": 400},
          "image": (61, 58), "quiet": True},
}


def picture(width, height):
    """Lines, fields and colours: neither flat nor the same in any two tiles."""
    rng = np.random.default_rng(width)
    im = Image.new("RGB", (width, height), (250, 248, 240))
    draw = ImageDraw.Draw(im)
    for y in range(5, height - 4, 9):
        x = 6 + int(rng.integers(0, 12))
        while x < width - 8:
            w = int(rng.integers(3, 14))
            draw.rectangle([x, y, min(x + w, width - 5), y + 4], fill=tuple(int(c) for c in rng.integers(0, 120, 3)))
            x += w + 3
    draw.ellipse([width // 2, height // 3, width - 9, height - 12], outline=(190, 20, 40), width=3)
    draw.line([0, height - 1, width - 1, 0], fill=(20, 90, 200), width=2)
    noise = rng.integers(-6, 7, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(im) + noise, 0, 255).astype(np.uint8))


def good(trace, margin, tokenizer, config):
    """Is this seed's answer one to compare with: clear at every step, whole, varied, of known tokens."""
    ids = trace["tokens"]
    return (margin > MIN_MARGIN and config.text_config.eos_token_id not in ids
            and config.text_config.pad_token_id not in ids and len(set(ids.tolist())) >= MIN_DISTINCT
            and ids.max() < tokenizer.get_vocab_size())


def inputs_of(shape, config, tokenizer, path):
    pixels = np.stack(reference.image_processor(config.vision_config.image_size[0])(
        [Image.open(path)], return_tensors="np")["pixel_values"]).astype(np.float32)
    return pixels, reference.prompt_ids(tokenizer, len(pixels) * config.image_seq_length, PROMPT)


def search(shape, tokenizer, path, prepare):
    """The first seed whose traces are all good: (model, traces); prepare(model) yields the models to trace."""
    config = models.config_of(shape, tokenizer)
    pixels, ids = inputs_of(shape, config, tokenizer, path)
    for seed in range(1, 400):
        model = models.build(config, seed, shape["quiet"])
        traces = []
        for variant in prepare(model):
            traces.append(reference.trace(variant, pixels, ids, N_TOKENS))
            if not good(*traces[-1], tokenizer, config):
                break
        else:
            print(f"seed {seed}: margins {[round(m, 5) for _, m in traces]}, "
                  f"distinct {[len(set(t['tokens'].tolist())) for t, _ in traces]}")
            return model, traces, seed
    sys.exit("no seed is good")


def bf16_errors(model, trace):
    """{stage: error of the reference when it runs in bfloat16}"""
    ids = trace["prompt_ids"].tolist()
    low, _ = reference.trace(model, trace["pixels"], ids, 1, torch.bfloat16)
    return {name: reference.error(low[name], x) for name, x in trace.items()
            if name.startswith(("vit.", "projector", "lm."))}


def write_reference(path, trace, margin, seed, errors):
    """The stages, and as metadata what they were made with (one key: the order of several is not stable)."""
    made = {"prompt": PROMPT, "seed": seed, "least_margin": round(margin, 6), "torch": torch.__version__,
            "reference_bf16_error": {k: round(v, 5) for k, v in errors.items()}}
    save_file(trace, path, metadata={"made": json.dumps(made)})
    print(path.name, made)


def check_loaders(folder, trace, processor, image):
    """transformers' own loader gives the same model from both forms, and its processor the same input."""
    pixels, ids = trace["pixels"], trace["prompt_ids"].tolist()
    config = QianfanOCRConfig.from_pretrained(folder / "native")
    for name, load in (
            ("original", lambda: QianfanOCRForConditionalGeneration.from_pretrained(
                folder / "original", config=config, dtype=torch.float32, output_loading_info=True)),
            ("native", lambda: AutoModelForImageTextToText.from_pretrained(
                folder / "native", dtype=torch.float32, output_loading_info=True))):
        loaded, info = load()
        wrong = {k: v for k, v in info.items() if v}
        assert not wrong, (name, wrong)
        again, _ = reference.trace(loaded.eval(), pixels, ids, N_TOKENS)
        for stage, x in trace.items():
            assert np.array_equal(again[stage], x), (name, stage)
    chat = processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": PROMPT}]}],
        add_generation_prompt=True, tokenize=False)
    mine = processor(images=[image], text=[chat], return_tensors="np")
    assert mine["input_ids"][0].tolist() == ids, (mine["input_ids"][0].tolist(), ids)
    assert np.array_equal(np.stack(mine["pixel_values"]), pixels)
    print("transformers loads both forms to the same numbers; its processor gives the same input")


def plain_kind(name, _x):
    return "F32" if "attn_v" in name else "BF16" if "ffn" in name or "mlp.1" in name else "F16"


def make_plain(out, tokenizer):
    """Model a in its safetensors forms."""
    shape = SHAPES["a"]
    folder = out / "a"
    folder.mkdir(parents=True)
    image = picture(*shape["image"])
    image.save(folder / "page.png", optimize=True)
    model, [(trace, margin)], seed = search(shape, tokenizer, folder / "page.png", lambda m: [m])
    tensors = models.native(model)
    forms.write_original(folder / "original", model.config, tensors, tokenizer)
    processor = forms.write_native(folder / "native", model, tokenizer, "500KB")
    check_loaders(folder, trace, processor, image)
    write_reference(folder / "reference.safetensors", trace, margin, seed, bf16_errors(model, trace))

    # the same numbers in GGUF: every plain type in each file
    gguf_forms.write_language(folder / "lm-plain.gguf", model.config, tensors, tokenizer, plain_kind)
    gguf_forms.write_vision(folder / "mmproj-plain.gguf", model.config, tensors, plain_kind, False, False)
    back = models.build(model.config, seed + 1)
    models.from_gguf(back, gguf_forms.read(folder / "mmproj-plain.gguf"), gguf_forms.read(folder / "lm-plain.gguf"))
    again = models.native(back)
    assert all(np.array_equal(again[name], x) for name, x in tensors.items())


# what a "Q4_K_M" does, and the other two types somewhere
MIX = {"token_embd": "Q4_K", "output": "Q6_K", "attn_q": "Q4_K", "attn_k": "Q5_K", "attn_v": "Q6_K",
       "attn_output": "Q4_0", "ffn_gate": "Q5_K", "ffn_up": "Q4_K", "ffn_down": "Q6_K"}
QUANTIZED = {"q8_0": lambda name, _x: "Q8_0", "mix": lambda name, _x: MIX[name.split(".")[-2]]}


def make_quantized(out, tokenizer):
    """Model b as quantized GGUF pairs, each with a reference of its own."""
    shape = SHAPES["b"]
    folder = out / "b"
    folder.mkdir(parents=True)
    picture(*shape["image"]).save(folder / "page.png", optimize=True)

    def prepare(model):
        tensors = models.native(model)
        gguf_forms.write_vision(folder / "mmproj-q8_0.gguf", model.config, tensors, lambda name, _x: "Q8_0", True, True)
        for name, kind_of in QUANTIZED.items():
            path = folder / f"lm-{name}.gguf"
            gguf_forms.write_language(path, model.config, tensors, tokenizer, kind_of)
            variant = models.build(model.config, 0)
            models.from_gguf(variant, gguf_forms.read(folder / "mmproj-q8_0.gguf"), gguf_forms.read(path))
            variants[name] = variant
            yield variant

    variants = {}
    _, traces, seed = search(shape, tokenizer, folder / "page.png", prepare)
    for (name, variant), (trace, margin) in zip(variants.items(), traces):
        write_reference(folder / f"reference-{name}.safetensors", trace, margin, seed, bf16_errors(variant, trace))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", type=Path, default=ROOT / "tests/data/vlm/tiny")
    out = parser.parse_args().o
    torch.manual_seed(1)
    torch.set_num_threads(1)
    shutil.rmtree(out, ignore_errors=True)
    tokenizer = tokens.build()
    make_plain(out, tokenizer)
    make_quantized(out, tokenizer)


if __name__ == "__main__":
    main()
