#!/usr/bin/python3
"""Writes a checkpoint of the true shapes of Qianfan-OCR with random weights, to measure loading, memory and time.

    make_full_size.py FOLDER [safetensors] [q8_0] [q4_k] [--layers N]     all three if none is named: 17.6 GB

    FOLDER/safetensors/              BF16 in shards, the published names, tokenizer and configuration
    FOLDER/lm-q8_0.gguf              every matrix Q8_0
    FOLDER/lm-q4_k.gguf              Q4_K, with Q6_K where a "Q4_K_M" has it
    FOLDER/mmproj.gguf               F16; of both

Needs numpy only. The tokenizer is made up too (153,678 tokens, the special ones at their published ids). What the model
prints is noise.
"""

import argparse
import itertools
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "fixtures"))

import published
import streams
import vocabulary

VISION = {"num_hidden_layers": 24, "hidden_size": 1024, "num_attention_heads": 16, "intermediate_size": 4096,
          "image_size": 448, "patch_size": 14, "layer_norm_eps": 1e-6}
TEXT = {"num_hidden_layers": 36, "hidden_size": 2560, "intermediate_size": 9728, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 153678, "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6, "rope_theta": 5000000, "bos_token_id": 151643, "eos_token_id": 151645}
FORMS = ["safetensors", "q8_0", "q4_k"]
N_PLAIN = 151643  # bytes and merges; the added tokens follow


def byte_letters():
    """The GPT-2 letter of each byte, in the order of the vocabulary: printable ones first, as themselves."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]


def make_vocabulary():
    """(plain tokens, merges, added tokens): every word of two letters, then of three... merged letter by letter."""
    tokens = byte_letters()
    letters = [*"etaoinshrdlcumwfgypbvkjxqz", "\u0120"]  # the last is the space
    merges, words = [], letters
    while len(tokens) < N_PLAIN:
        longer = []
        for word, letter in itertools.islice(itertools.product(words, letters), N_PLAIN - len(tokens)):
            merges.append((word, letter))
            longer.append(word + letter)
        tokens += longer
        words = longer
    added = vocabulary.QWEN + vocabulary.INTERNVL + vocabulary.coords(range(1000))
    added += [(f"<|extra_{i}|>", True) for i in range(TEXT["vocab_size"] - N_PLAIN - len(added))]
    return tokens, merges, added


def write_tokenizer(folder):
    tokens, merges, added = make_vocabulary()
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": N_PLAIN + i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": special} for i, (text, special) in enumerate(added)],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": vocabulary.SPLIT}, "behavior": "Isolated", "invert": False},
            byte_level]},
        "post_processor": byte_level, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {text: i for i, text in enumerate(tokens)}, "merges": merges},
    }, ensure_ascii=False))


def original_shapes():
    """{published name: dims}"""
    v, t = VISION, TEXT
    d, f = v["hidden_size"], v["intermediate_size"]
    patches = (v["image_size"] // v["patch_size"]) ** 2
    out = {"vision_model.embeddings.class_embedding": [1, 1, d],
           "vision_model.embeddings.position_embedding": [1, patches + 1, d],
           "vision_model.embeddings.patch_embedding.weight": [d, 3, v["patch_size"], v["patch_size"]],
           "vision_model.embeddings.patch_embedding.bias": [d]}
    for i in range(v["num_hidden_layers"]):
        at = f"vision_model.encoder.layers.{i}."
        out |= {f"{at}{name}": dims for name, dims in (
            ("attn.qkv.weight", [3 * d, d]), ("attn.qkv.bias", [3 * d]), ("attn.proj.weight", [d, d]),
            ("attn.proj.bias", [d]), ("mlp.fc1.weight", [f, d]), ("mlp.fc1.bias", [f]), ("mlp.fc2.weight", [d, f]),
            ("mlp.fc2.bias", [d]), ("norm1.weight", [d]), ("norm1.bias", [d]), ("norm2.weight", [d]),
            ("norm2.bias", [d]), ("ls1", [d]), ("ls2", [d]))}
    n = t["hidden_size"]
    out |= {"mlp1.0.weight": [4 * d], "mlp1.0.bias": [4 * d], "mlp1.1.weight": [n, 4 * d], "mlp1.1.bias": [n],
            "mlp1.3.weight": [n, n], "mlp1.3.bias": [n]}
    out["language_model.model.embed_tokens.weight"] = [t["vocab_size"], n]
    for i in range(t["num_hidden_layers"]):
        out |= {f"language_model.model.layers.{i}.{name}.weight": dims for name, dims in text_block("original")}
    return out | {"language_model.model.norm.weight": [n], "language_model.lm_head.weight": [t["vocab_size"], n]}


def text_block(family):
    """(name, dims) of a decoder layer's tensors"""
    t = TEXT
    n, f, d = t["hidden_size"], t["intermediate_size"], t["head_dim"]
    q, kv = t["num_attention_heads"] * d, t["num_key_value_heads"] * d
    names = {"original": ["input_layernorm", "post_attention_layernorm", *(f"self_attn.{a}_proj" for a in "qkvo"),
                          "self_attn.q_norm", "self_attn.k_norm", *(f"mlp.{a}_proj" for a in ("gate", "up", "down"))],
             "gguf": ["attn_norm", "ffn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "attn_q_norm",
                      "attn_k_norm", "ffn_gate", "ffn_up", "ffn_down"]}[family]
    return zip(names, ([n], [n], [q, n], [kv, n], [kv, n], [n, q], [d], [d], [f, n], [f, n], [n, f]))


def mmproj():
    """(keys, {name: (dims, type)})"""
    v = VISION
    d, f, n = v["hidden_size"], v["intermediate_size"], TEXT["hidden_size"]
    keys = {"general.architecture": "clip", "general.type": "mmproj", "clip.has_vision_encoder": True,
            "clip.projector_type": "internvl", "clip.use_gelu": True}
    keys |= {f"clip.vision.{name}": value for name, value in (
        ("image_size", v["image_size"]), ("patch_size", v["patch_size"]), ("embedding_length", d),
        ("feed_forward_length", f), ("block_count", v["num_hidden_layers"]), ("projection_dim", n),
        ("attention.head_count", v["num_attention_heads"]), ("attention.layer_norm_epsilon", v["layer_norm_eps"]),
        ("image_mean", published.MEAN), ("image_std", published.STD), ("projector.scale_factor", 2),
        ("preproc_min_tiles", 1), ("preproc_max_tiles", 12))}
    shapes = {"v.class_embd": [d], "v.position_embd.weight": [(v["image_size"] // v["patch_size"]) ** 2 + 1, d],
              "v.patch_embd.weight": [d, 3, v["patch_size"], v["patch_size"]], "v.patch_embd.bias": [d]}
    for i in range(v["num_hidden_layers"]):
        for name, dims in (("attn_q", [d, d]), ("attn_k", [d, d]), ("attn_v", [d, d]), ("attn_out", [d, d]),
                           ("ffn_up", [f, d]), ("ffn_down", [d, f]), ("ln1", [d]), ("ln2", [d])):
            shapes |= {f"v.blk.{i}.{name}.weight": dims, f"v.blk.{i}.{name}.bias": dims[:1]}
        shapes |= {f"v.blk.{i}.ls1.weight": [d], f"v.blk.{i}.ls2.weight": [d]}
    for name, dims in (("0", [4 * d]), ("1", [n, 4 * d]), ("3", [n, n])):
        shapes |= {f"mm.model.mlp.{name}.weight": dims, f"mm.model.mlp.{name}.bias": dims[:1]}
    return keys, {name: (dims, "F32" if len(dims) == 1 or "position" in name else "F16")
                  for name, dims in shapes.items()}


def language(kind):
    """(keys, {name: (dims, type)}) of a file whose matrices are Q8_0 or mostly Q4_K"""
    t = TEXT
    tokens, merges, added = make_vocabulary()
    keys = {"general.architecture": "qwen3", "general.type": "model", "general.quantization_version": 2}
    keys |= {f"qwen3.{name}": value for name, value in (
        ("block_count", t["num_hidden_layers"]), ("context_length", t["max_position_embeddings"]),
        ("embedding_length", t["hidden_size"]), ("feed_forward_length", t["intermediate_size"]),
        ("attention.head_count", t["num_attention_heads"]), ("attention.head_count_kv", t["num_key_value_heads"]),
        ("attention.key_length", t["head_dim"]), ("attention.value_length", t["head_dim"]),
        ("attention.layer_norm_rms_epsilon", t["rms_norm_eps"]), ("rope.freq_base", float(t["rope_theta"])))}
    keys |= {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2",
             "tokenizer.ggml.tokens": tokens + [text for text, _ in added],
             "tokenizer.ggml.token_type": [1] * N_PLAIN + [3 if special else 4 for _, special in added],
             "tokenizer.ggml.merges": [f"{a} {b}" for a, b in merges], "tokenizer.ggml.eos_token_id": t["eos_token_id"],
             "tokenizer.ggml.padding_token_id": t["bos_token_id"], "tokenizer.ggml.add_bos_token": False,
             "tokenizer.chat_template": vocabulary.TEMPLATE}
    shapes = {"token_embd.weight": [t["vocab_size"], t["hidden_size"]]}
    for i in range(t["num_hidden_layers"]):
        shapes |= {f"blk.{i}.{name}.weight": dims for name, dims in text_block("gguf")}
    shapes |= {"output_norm.weight": [t["hidden_size"]], "output.weight": [t["vocab_size"], t["hidden_size"]]}

    def kind_of(name, dims):
        if len(dims) == 1:
            return "F32"
        if kind == "Q8_0":
            return "Q8_0"
        better = name == "output.weight" or ("attn_v" in name or "ffn_down" in name) and int(name.split(".")[1]) % 2
        return "Q6_K" if better else "Q4_K"

    return keys, {name: (dims, kind_of(name, dims)) for name, dims in shapes.items()}


def write_folder(folder, source):
    folder.mkdir(parents=True, exist_ok=True)
    published.write_json(folder / "config.json", published.internvl_config(VISION, TEXT))
    published.write_json(folder / "preprocessor_config.json", published.preprocessor_config(VISION["image_size"]))
    published.write_json(folder / "generation_config.json", {"eos_token_id": TEXT["eos_token_id"]})
    write_tokenizer(folder)
    streams.write_safetensors(folder, original_shapes(), source, 5 << 30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("forms", nargs="*", metavar="FORM", help=", ".join(FORMS))
    parser.add_argument("--layers", type=int, help="of encoder and decoder, to compare at true widths with little memory")
    args = parser.parse_args()
    if args.layers is not None:
        VISION["num_hidden_layers"] = TEXT["num_hidden_layers"] = args.layers
    forms = args.forms or FORMS
    if not set(forms) <= set(FORMS):
        parser.error(f"the forms are {', '.join(FORMS)}")
    args.folder.mkdir(parents=True, exist_ok=True)
    source = streams.Source(20261120)
    if "safetensors" in forms:
        write_folder(args.folder / "safetensors", source)
    for form in ("q8_0", "q4_k"):
        if form in forms:
            streams.write_gguf(args.folder / f"lm-{form}.gguf", *language(form.upper()), source)
    if "q8_0" in forms or "q4_k" in forms:
        streams.write_gguf(args.folder / "mmproj.gguf", *mmproj(), source)


if __name__ == "__main__":
    main()
