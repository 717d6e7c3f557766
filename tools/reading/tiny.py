"""The tiny model: its tokenizer, its configuration and its files, laid out as the published checkpoint's."""

import json

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import QianfanOCRConfig, QianfanOCRForConditionalGeneration

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# in the order of the published ids; the thought's tokens are the ones that are not "special"
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
THOUGHT = ["<think>", "</think>"]
IMAGE = ["<img>", "</img>", "<IMG_CONTEXT>", "<quad>", "</quad>", "<ref>", "</ref>", "<box>", "</box>"]
COORDS = [f"<COORD_{i:03d}>" for i in range(1000)]

TILE, PATCH, MAX_TILES = 112, 14, 6
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # ImageNet's

VISION = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 256,
    "image_size": TILE,
    "patch_size": PATCH,
    "num_channels": 3,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-6,
}
TEXT = {
    "hidden_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,  # 6 x 32 is not the hidden size, as in the published model
    "num_key_value_heads": 2,
    "head_dim": 32,
    "intermediate_size": 384,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "max_position_embeddings": 4096,
    "attention_bias": False,
}
THETA = 5e6


def make_tokenizer(texts, merges):
    """Byte-level BPE of the Qwen2 kind: all 256 bytes, some merges, then the added tokens."""
    tokenizer = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix=""))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges,
        min_frequency=2,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(texts, trainer)
    for names, special in ((CONTROL, True), (THOUGHT, False), (IMAGE + COORDS, True)):
        added = [AddedToken(n, special=special, normalized=False) for n in names]
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)(added)
    return tokenizer


def n_rows(tokenizer):
    """Rows of the embeddings: a multiple of 32, so the last ones have no token (the published model has such rows)."""
    return (tokenizer.get_vocab_size() + 32) // 32 * 32


def make_model(tokenizer):
    vision = {**VISION, "layer_scale_init_value": 1.0, "drop_path_rate": 0.0}
    text = {
        **TEXT,
        "model_type": "qwen3",
        "vocab_size": n_rows(tokenizer),
        "rope_parameters": {"rope_type": "default", "rope_theta": THETA},
        "tie_word_embeddings": False,
    }
    config = QianfanOCRConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.token_to_id("<IMG_CONTEXT>"),
        image_seq_length=image_tokens(),
        tie_word_embeddings=False,
    )
    config._attn_implementation = "sdpa"
    return QianfanOCRForConditionalGeneration(config)


def image_tokens():
    """Tokens of one tile after the pixel shuffle."""
    return (TILE // PATCH // 2) ** 2


NAMES = [
    ("model.vision_tower.embeddings.cls_token", "vision_model.embeddings.class_embedding"),
    ("model.vision_tower.embeddings.position_embeddings", "vision_model.embeddings.position_embedding"),
    ("model.vision_tower.embeddings.patch_embeddings.projection.", "vision_model.embeddings.patch_embedding."),
    ("model.vision_tower.layers.", "vision_model.encoder.layers."),
    (".lambda_1", ".ls1"),
    (".lambda_2", ".ls2"),
    (".attention.projection_layer.", ".attn.proj."),
    (".layernorm_before.", ".norm1."),
    (".layernorm_after.", ".norm2."),
    ("model.multi_modal_projector.layer_norm.", "mlp1.0."),
    ("model.multi_modal_projector.linear_1.", "mlp1.1."),
    ("model.multi_modal_projector.linear_2.", "mlp1.3."),
    ("model.language_model.", "language_model.model."),
    ("lm_head.", "language_model.lm_head."),
]


def published_names(state):
    """Tensors under the names of the published files, q, k and v of the vision encoder fused."""
    out = {}
    for name, tensor in state.items():
        if ".attention.k_proj." in name or ".attention.v_proj." in name:
            continue
        if ".attention.q_proj." in name:
            parts = [state[name.replace("q_proj", p)] for p in ("q_proj", "k_proj", "v_proj")]
            tensor, name = torch.cat(parts), name.replace(".attention.q_proj.", ".attn.qkv.")
        for old, new in NAMES:
            name = name.replace(old, new) if not name.startswith("language_model.") else name
        out[name] = tensor.contiguous()
    return out


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def configs(tokenizer):
    """The small JSON files beside the weights, in the internvl_chat flavour."""
    ids = {n: tokenizer.token_to_id(n) for n in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")}
    vision = {
        **VISION,
        "architectures": ["InternVisionModel"],
        "model_type": "intern_vit_6b",
        "norm_type": "layer_norm",
        "qkv_bias": True,
        "qk_normalization": False,
        "use_flash_attn": False,
    }
    llm = {
        **TEXT,
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": n_rows(tokenizer),
        "rope_theta": THETA,
        "rope_scaling": None,
        "tie_word_embeddings": False,
        "eos_token_id": ids["<|im_end|>"],
        "torch_dtype": "bfloat16",
    }
    config = {
        "architectures": ["InternVLChatModel"],
        "model_type": "internvl_chat",
        "downsample_ratio": 0.5,
        "dynamic_image_size": True,
        "force_image_size": TILE,
        "min_dynamic_patch": 1,
        "max_dynamic_patch": MAX_TILES,
        "use_thumbnail": True,
        "ps_version": "v2",
        "select_layer": -1,
        "template": "internvl2_5",
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "vision_config": vision,
        "llm_config": llm,
    }
    preprocessor = {
        "crop_size": TILE,
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": MEAN,
        "image_std": STD,
        "resample": 3,
        "size": TILE,
    }
    template = (
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
        "{% if m['content'] is string %}{{ m['content'] }}{% else %}"
        "{% for c in m['content'] %}{{ '<image>\n' if c['type'] == 'image' else c['text'] }}{% endfor %}"
        "{% endif %}{{ '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    return {
        "config.json": config,
        "preprocessor_config.json": preprocessor,
        "tokenizer_config.json": {
            "tokenizer_class": "Qwen2Tokenizer",
            "add_bos_token": False,
            "bos_token": None,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "model_max_length": TEXT["max_position_embeddings"],
            "extra_special_tokens": {
                "start_image_token": "<img>",
                "end_image_token": "</img>",
                "context_image_token": "<IMG_CONTEXT>",
            },
            "chat_template": template,
        },
        "generation_config.json": {
            "do_sample": False,
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
    }


def save(folder, model, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.to(torch.bfloat16) for k, v in model.state_dict().items()}
    save_file(published_names(state), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    for name, value in configs(tokenizer).items():
        write_json(folder / name, value)
