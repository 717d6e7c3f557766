#!/usr/bin/env python3
"""Write the corpora of fuzz_vlm_config and fuzz_vlm: tests/corpus/vlm_config and tests/corpus/vlm.

usage: make_vlm_corpus.py CORPUS_FOLDER      (only the standard library is needed)
"""
import json
import os
import struct
import sys

OUT = sys.argv[1]

CONFIG = {
    'model_type': 'internvl_chat', 'force_image_size': 28, 'min_dynamic_patch': 1, 'max_dynamic_patch': 2,
    'vision_config': {'patch_size': 14, 'num_hidden_layers': 1, 'hidden_size': 4, 'num_attention_heads': 2,
                      'intermediate_size': 6},
    'llm_config': {'model_type': 'qwen3', 'num_hidden_layers': 1, 'hidden_size': 4, 'intermediate_size': 6,
                   'num_attention_heads': 2, 'num_key_value_heads': 1, 'head_dim': 4, 'vocab_size': 264,
                   'max_position_embeddings': 99, 'rope_theta': 1e6, 'rms_norm_eps': 1e-6, 'eos_token_id': 257}}
SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<img>', '</img>', '<IMG_CONTEXT>', '<think>']


def alphabet():
    """The byte level spelling of bytes 0..255."""
    plain = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    other = iter(range(256, 400))
    return [chr(b if b in plain else next(other)) for b in range(256)]


def tokenizer():
    regex = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
             r"\s+(?!\S)|\s+")
    split = {'type': 'Split', 'pattern': {'Regex': regex}, 'behavior': 'Isolated', 'invert': False}
    byte_level = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': False, 'use_regex': False}
    added = [{'id': 256 + i, 'content': t, 'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False,
              'special': True} for i, t in enumerate(SPECIAL)]
    return {'version': '1.0', 'added_tokens': added, 'normalizer': {'type': 'NFC'},
            'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [split, byte_level]},
            'post_processor': byte_level, 'decoder': byte_level,
            'model': {'type': 'BPE', 'dropout': None, 'unk_token': None, 'byte_fallback': False,
                      'vocab': {c: i for i, c in enumerate(alphabet())}, 'merges': []}}


def shapes():
    v, p = 'vision_model.', 'vision_model.encoder.layers.0.'
    lm, b = 'language_model.model.', 'language_model.model.layers.0.'
    return {
        v + 'embeddings.class_embedding': [1, 1, 4], v + 'embeddings.position_embedding': [1, 5, 4],
        v + 'embeddings.patch_embedding.weight': [4, 3, 14, 14], v + 'embeddings.patch_embedding.bias': [4],
        p + 'norm1.weight': [4], p + 'norm1.bias': [4], p + 'norm2.weight': [4], p + 'norm2.bias': [4],
        p + 'attn.qkv.weight': [12, 4], p + 'attn.qkv.bias': [12], p + 'attn.proj.weight': [4, 4],
        p + 'attn.proj.bias': [4], p + 'mlp.fc1.weight': [6, 4], p + 'mlp.fc1.bias': [6],
        p + 'mlp.fc2.weight': [4, 6], p + 'mlp.fc2.bias': [4], p + 'ls1': [4], p + 'ls2': [4],
        'mlp1.0.weight': [16], 'mlp1.0.bias': [16], 'mlp1.1.weight': [4, 16], 'mlp1.1.bias': [4],
        'mlp1.3.weight': [4, 4], 'mlp1.3.bias': [4],
        lm + 'embed_tokens.weight': [264, 4], lm + 'norm.weight': [4], 'language_model.lm_head.weight': [264, 4],
        b + 'input_layernorm.weight': [4], b + 'post_attention_layernorm.weight': [4],
        b + 'self_attn.q_proj.weight': [8, 4], b + 'self_attn.k_proj.weight': [4, 4],
        b + 'self_attn.v_proj.weight': [4, 4], b + 'self_attn.o_proj.weight': [4, 8],
        b + 'self_attn.q_norm.weight': [4], b + 'self_attn.k_norm.weight': [4],
        b + 'mlp.gate_proj.weight': [6, 4], b + 'mlp.up_proj.weight': [6, 4], b + 'mlp.down_proj.weight': [4, 6]}


def product(numbers):
    n = 1
    for k in numbers:
        n *= k
    return n


def safetensors_header(all_shapes, dtype='BF16'):
    out, at = {}, 0
    size = {'BF16': 2, 'F16': 2, 'F32': 4}[dtype]
    for name, shape in all_shapes.items():
        end = at + size * product(shape)
        out[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [at, end]}
        at = end
    return json.dumps(out, separators=(',', ':')).encode(), at


# --- GGUF ----------------------------------------------------------------------------------------------------------

def text(s):
    s = s.encode() if isinstance(s, str) else s
    return struct.pack('<Q', len(s)) + s


def value(v):
    if isinstance(v, bool):
        return struct.pack('<IB', 7, v)
    if isinstance(v, int):
        return struct.pack('<II', 4, v)
    if isinstance(v, float):
        return struct.pack('<If', 6, v)
    if isinstance(v, str):
        return struct.pack('<I', 8) + text(v)
    kind = 8 if isinstance(v[0], str) else 6 if isinstance(v[0], float) else 5
    items = b''.join(text(x) if kind == 8 else struct.pack('<f' if kind == 6 else '<i', x) for x in v)
    return struct.pack('<IIQ', 9, kind, len(v)) + items


def gguf(keys, tensors):
    """Header and the size of its data; tensors: name -> shape, all F32."""
    out = b'GGUF' + struct.pack('<IQQ', 3, len(tensors), len(keys))
    out += b''.join(text(k) + value(v) for k, v in keys.items())
    at = 0
    for name, shape in tensors.items():
        out += text(name) + struct.pack('<I', len(shape)) + b''.join(struct.pack('<Q', d) for d in shape[::-1])
        out += struct.pack('<IQ', 0, at)
        at += (4 * product(shape) + 31) // 32 * 32
    return out + b'\0' * (-len(out) % 32), at


def gguf_parts():
    c, v = CONFIG['llm_config'], CONFIG['vision_config']
    tokens = alphabet() + SPECIAL + ['<a>']
    lm = {'general.architecture': 'qwen3', 'qwen3.block_count': 1, 'qwen3.embedding_length': 4,
          'qwen3.feed_forward_length': 6, 'qwen3.attention.head_count': 2, 'qwen3.attention.head_count_kv': 1,
          'qwen3.attention.key_length': 4, 'qwen3.context_length': 99, 'qwen3.rope.freq_base': c['rope_theta'],
          'qwen3.attention.layer_norm_rms_epsilon': 1e-6, 'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.pre': 'qwen2',
          'tokenizer.ggml.tokens': tokens, 'tokenizer.ggml.token_type': [1] * 256 + [3] * 7 + [4],
          'tokenizer.ggml.merges': ['h e'], 'tokenizer.ggml.eos_token_id': 258}
    tokens.append('he')
    lm['tokenizer.ggml.token_type'].append(1)
    b = 'blk.0.'
    n = len(tokens)
    lm_tensors = {'token_embd.weight': [n, 4], 'output_norm.weight': [4], 'output.weight': [n, 4],
                  b + 'attn_norm.weight': [4], b + 'ffn_norm.weight': [4], b + 'attn_q.weight': [8, 4],
                  b + 'attn_k.weight': [4, 4], b + 'attn_v.weight': [4, 4], b + 'attn_output.weight': [4, 8],
                  b + 'attn_q_norm.weight': [4], b + 'attn_k_norm.weight': [4], b + 'ffn_gate.weight': [6, 4],
                  b + 'ffn_up.weight': [6, 4], b + 'ffn_down.weight': [4, 6]}
    mm = {'general.architecture': 'clip', 'clip.projector_type': 'internvl', 'clip.vision.image_size': 28,
          'clip.vision.patch_size': v['patch_size'], 'clip.vision.block_count': 1, 'clip.vision.embedding_length': 4,
          'clip.vision.attention.head_count': 2, 'clip.vision.feed_forward_length': 6,
          'clip.vision.projector.scale_factor': 2, 'clip.vision.preproc_max_tiles': 2,
          'clip.vision.image_mean': [0.5, 0.5, 0.5], 'clip.vision.image_std': [0.5, 0.5, 0.5]}
    v, b = 'v.', 'v.blk.0.'
    mm_tensors = {v + 'class_embd': [4], v + 'position_embd.weight': [5, 4], v + 'patch_embd.weight': [4, 3, 14, 14],
                  v + 'patch_embd.bias': [4]}
    for stem, shape in {'ln1': [4], 'ln2': [4], 'attn_q': [4, 4], 'attn_k': [4, 4], 'attn_v': [4, 4],
                        'attn_out': [4, 4], 'ffn_up': [6, 4], 'ffn_down': [4, 6]}.items():
        mm_tensors.update({b + stem + '.weight': shape, b + stem + '.bias': shape[:1]})
    mm_tensors.update({b + 'ls1.weight': [4], b + 'ls2.weight': [4], 'mm.model.mlp.0.weight': [16],
                       'mm.model.mlp.0.bias': [16], 'mm.model.mlp.1.weight': [4, 16], 'mm.model.mlp.1.bias': [4],
                       'mm.model.mlp.3.weight': [4, 4], 'mm.model.mlp.3.bias': [4]})
    return lm, lm_tensors, mm, mm_tensors


# --- the corpora ---------------------------------------------------------------------------------------------------

def put(corpus, name, data):
    os.makedirs(os.path.join(OUT, corpus), exist_ok=True)
    with open(os.path.join(OUT, corpus, name), 'wb') as f:
        f.write(data)


def config_corpus():
    def texts(name, *parts):
        put('vlm_config', name, b'\0'.join(p if isinstance(p, bytes) else json.dumps(p).encode() for p in parts))

    texts('original', CONFIG)
    native = {**CONFIG, 'model_type': 'qianfan_ocr', 'text_config': {**CONFIG['llm_config'], 'eos_token_id': [1, 2, 2]}}
    del native['llm_config']
    native['vision_config'] = {**CONFIG['vision_config'], 'image_size': [28, 28], 'patch_size': [14, 14]}
    native['text_config'].pop('rope_theta')
    native['text_config']['rope_parameters'] = {'rope_type': 'default', 'rope_theta': 5000000}
    texts('native', native, {'min_patches': 2, 'max_patches': 9, 'image_mean': [0, 0, 0], 'image_std': [1, 1, 1]},
          b'{}', {'eos_token_id': [151645, 151643, 7]}, '你是千帆VL'.encode())
    texts('processor', CONFIG, b'{}', {'image_processor': {'max_patches': 24}}, b'[]', b'\\u4f60\\u662f\\u5343\\u5e06VL')
    for name, keys in {'llava': {'model_type': 'llava'}, 'shuffle': {'downsample_ratio': 1e300},
                       'crossed': {'min_dynamic_patch': 5}, 'square': {'dynamic_image_size': False},
                       'no-vision': {'vision_config': []}, 'text': {'llm_config': 'qwen3'},
                       'size': {'force_image_size': 9007199254740993}}.items():
        texts(name, {**CONFIG, **keys})
    for name, keys in {'heads-0': {'num_attention_heads': 0}, 'heads-minus': {'num_attention_heads': -1, 'head_dim': None},
                       'no-head-dim': {'head_dim': None}, 'theta': {'rope_theta': 1e308}, 'eps': {'rms_norm_eps': 1e-46},
                       'most': {'num_hidden_layers': 512, 'hidden_size': 65536, 'intermediate_size': 262144,
                                'num_attention_heads': 1024, 'num_key_value_heads': 1024, 'head_dim': 256,
                                'vocab_size': 1 << 24, 'max_position_embeddings': 1 << 22}}.items():
        changed = {k: v for k, v in {**CONFIG['llm_config'], **keys}.items() if v is not None}
        texts(name, {**CONFIG, 'llm_config': changed})
    texts('deviation', CONFIG, {'image_std': [0.1, -1, 1e999]})
    texts('nothing', b'')
    texts('list', b'[]')
    lm, _, mm, _ = gguf_parts()
    lm.update({'tokenizer.ggml.tokens': ['a', 'b'], 'tokenizer.ggml.eos_token_id': 1,
               'tokenizer.chat_template': '你是千帆VL，由百度智能云研发的多模态大语言模型。'})
    del lm['tokenizer.ggml.token_type'], lm['tokenizer.ggml.merges']
    changes = {'gguf': {}, 'gguf-llama': {'general.architecture': 'llama'}, 'gguf-yarn': {'qwen3.rope.scaling.type': 'yarn'},
               'gguf-heads': {'qwen3.attention.head_count': 4294967295}, 'gguf-text': {'qwen3.block_count': '1'},
               'gguf-value': {'qwen3.attention.value_length': 8}, 'gguf-theta': {'qwen3.rope.freq_base': [1.0]}}
    for name, keys in changes.items():
        a, b = gguf({**lm, **keys}, {})[0], gguf(mm, {})[0]
        put('vlm_config', name, b'GG' + struct.pack('<H', len(a)) + a + b)
    a, b = gguf(lm, {})[0], gguf({**mm, 'clip.vision.image_std': [0.0], 'clip.vision.preproc_min_tiles': 99}, {})[0]
    put('vlm_config', 'gguf-deviation', b'GG' + struct.pack('<H', len(a)) + a + b)


def vlm_corpus():
    tok = json.dumps(tokenizer(), ensure_ascii=False, separators=(',', ':')).encode()

    def folder(name, config=CONFIG, tok=tok, all_shapes=None, cut=0, dtype='BF16', header=None):
        head, n = safetensors_header(all_shapes or shapes(), dtype)
        if not isinstance(config, bytes):
            config = json.dumps(config, separators=(',', ':')).encode()
        put('vlm', name, struct.pack('<BIIHH', 0, n - cut, 0, len(config), len(tok)) + config + tok + (header or head))

    folder('whole')
    folder('float32', dtype='F32')
    folder('cut', cut=1)
    folder('no-header', header=b'{}')
    folder('no-tokenizer', tok=b'')
    folder('pointer', config=b'version https://git-lfs.github.com/spec/v1\nsize 9\n')
    folder('garbage', tok=b'{', header=b'{')
    folder('short-context', config={**CONFIG, 'llm_config': {**CONFIG['llm_config'], 'max_position_embeddings': 30}})
    folder('narrow-vocabulary', config={**CONFIG, 'llm_config': {**CONFIG['llm_config'], 'vocab_size': 100}})
    folder('tied', config={**CONFIG, 'tie_word_embeddings': True},
           all_shapes={k: v for k, v in shapes().items() if 'lm_head' not in k})
    folder('transposed', all_shapes={k: v[::-1] if 'gate' in k else v for k, v in shapes().items()})
    lm, lm_tensors, mm, mm_tensors = gguf_parts()

    def pair(name, lm=lm, lm_tensors=lm_tensors, mm=mm, mm_tensors=mm_tensors, cut=0):
        (a, n1), (b, n2) = gguf(lm, lm_tensors), gguf(mm, mm_tensors)
        put('vlm', name, struct.pack('<BIIHH', 1, n1, n2 - cut, len(a), 0) + a + b)

    pair('gguf')
    pair('gguf-cut', cut=40)
    pair('gguf-tied', lm_tensors={k: v for k, v in lm_tensors.items() if k != 'output.weight'})
    pair('gguf-exchanged', lm=mm, lm_tensors=mm_tensors, mm=lm, mm_tensors=lm_tensors)
    pair('gguf-layers', lm={**lm, 'qwen3.block_count': 2})


config_corpus()
vlm_corpus()
