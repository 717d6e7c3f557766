#!/usr/bin/env python3
"""Make broken and hostile checkpoints out of the tiny ones, for test_vlm_failures.sh.

usage: make_bad_models.py TINY OUT [endless]   (TINY: tests/data/vlm/tiny; only the standard library is needed)

Writes OUT/NAME/... for every case, and OUT/cases: one line a case, fields separated by tabs: NAME, the exit code of
convert, the model's path, its mmproj (or -), what the one line of standard error must say (parts separated by "; ").
With "endless" only models that are well but find no end: OUT/circles, whose next token follows from the last one
alone, and OUT/rambles, which has room for a million tokens.
"""
import json
import math
import os
import re
import struct
import sys

TINY, OUT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
MODEL = 3  # exit code: cannot start
cases = []


def case(name, words, code=MODEL, path=None, mmproj='-'):
    cases.append((name, str(code), path or folder(name), mmproj, '; '.join(words)))


def folder(name):
    return os.path.join(OUT, name)


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def put(path, data):
    with open(path, 'wb') as f:
        f.write(data.encode() if isinstance(data, str) else data)


def variant(name, base='a/original', **files):
    """A folder of links to the files of base, but those named: bytes or text, None (left out)."""
    os.makedirs(folder(name))
    files = {key.replace('__', '-').replace('_json', '.json').replace('_safetensors', '.safetensors'): value
             for key, value in files.items()}
    for file in os.listdir(os.path.join(TINY, base)):
        if file not in files:
            os.symlink(os.path.join(TINY, base, file), os.path.join(folder(name), file))
    for file, data in files.items():
        if data is not None:
            put(os.path.join(folder(name), file), data)
    return folder(name)


# --- safetensors ---------------------------------------------------------------------------------------------------

def split_safetensors(data):
    n = struct.unpack('<Q', data[:8])[0]
    return json.loads(data[8:8 + n]), data[8 + n:]


def join_safetensors(header, body):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<Q', len(text)) + text + body


def edited(data, edit):
    """The file with its tensors as edit (on a dict name -> [dtype, shape, bytes]) leaves them, laid out anew."""
    header, body = split_safetensors(data)
    header.pop('__metadata__', None)
    tensors = {n: [t['dtype'], t['shape'], body[t['data_offsets'][0]:t['data_offsets'][1]]] for n, t in header.items()}
    edit(tensors)
    out, parts, at = {}, [], 0
    for n, (dtype, shape, part) in tensors.items():
        out[n] = {'dtype': dtype, 'shape': shape, 'data_offsets': [at, at + len(part)]}
        at += len(part)
        parts.append(part)
    return join_safetensors(out, b''.join(parts))


def filled(tensor, value):
    """A BF16 tensor full of one value."""
    bits = struct.pack('<f', value)[2:]
    return [tensor[0], tensor[1], bits * (len(tensor[2]) // 2)]


def safetensors_cases():
    whole = read(f'{TINY}/a/original/model.safetensors')
    header, body = split_safetensors(whole)
    start = len(whole) - len(body)
    for at in (0, 4, 8, start // 2, start, start + 1000, len(whole) - 1):
        variant(f'cut-{at}', model_safetensors=whole[:at])
        case(f'cut-{at}', ['model.safetensors'])
    variant('longer', model_safetensors=whole + b'\0')
    case('longer', ['model.safetensors'])
    for name, size in (('header-2-63', 1 << 63), ('header-2-40', 1 << 40), ('header-all', len(whole) - 8)):
        variant(name, model_safetensors=struct.pack('<Q', size) + whole[8:])
        case(name, ['model.safetensors', 'header'])
    pointer = f'version https://git-lfs.github.com/spec/v1\noid sha256:{"0" * 64}\nsize 9474214656\n'
    variant('lfs', model_safetensors=pointer)
    case('lfs', ['model.safetensors', 'Git LFS', 'pointer'])
    variant('lfs-tokenizer', tokenizer_json=pointer)
    case('lfs-tokenizer', ['tokenizer.json', 'Git LFS', 'pointer'])
    variant('page', model_safetensors='<!DOCTYPE html><html><body>Access denied</body></html>' * 9)
    case('page', ['model.safetensors', 'not a safetensors file'])
    variant('gguf-inside', model_safetensors=read(f'{TINY}/a/lm-plain.gguf'))
    case('gguf-inside', ['no vision encoder'])
    texts = {'no-object': b'[]', 'garbage': b'{"a": [' + b'\xff' * 60, 'deep': b'{"a":' + b'[' * 5000 + b']' * 5000 + b'}'}
    for name, text in texts.items():
        variant(f'header-{name}', model_safetensors=join_safetensors(text, body))
        case(f'header-{name}', ['model.safetensors'])


def range_cases():
    whole = read(f'{TINY}/a/original/model.safetensors')
    header, body = split_safetensors(whole)
    names = [n for n in header if n != '__metadata__']
    by_place = sorted(names, key=lambda n: header[n]['data_offsets'])

    def claim(name, **fields):
        changed = json.loads(json.dumps(header))
        changed[by_place[1]].update(fields)
        variant(name, model_safetensors=join_safetensors(changed, body))
        case(name, ['model.safetensors', 'JSON' if name == 'huge-side' else by_place[1]])

    first, second = (header[n]['data_offsets'] for n in by_place[:2])
    claim('overlap', data_offsets=[second[0] - 2, second[1] - 2])
    claim('same-range', data_offsets=first)
    claim('outside', data_offsets=[second[0], second[1] + (1 << 40)])
    claim('backwards', data_offsets=[second[1], second[0]])
    claim('negative-range', data_offsets=[-2, second[1]])
    claim('odd-range', data_offsets=[second[0] + 1, second[1] + 1])
    claim('product', shape=[1 << 32, 1 << 32])
    claim('huge-side', shape=[(1 << 64) - 1])
    claim('negative-side', shape=[-1, 4])
    claim('float-side', shape=[1.5])
    claim('text-side', shape='12')
    claim('many-sides', shape=[1] * 4000)
    claim('int-dtype', dtype='I16')
    claim('no-dtype', dtype='BF17')
    claim('number-dtype', dtype=5)


def tensor_cases():
    whole = read(f'{TINY}/a/original/model.safetensors')

    def change(name, words, edit, code=MODEL):
        variant(name, model_safetensors=edited(whole, edit))
        case(name, words, code)

    for short, name in {'vision': 'vision_model.encoder.layers.1.mlp.fc1.weight', 'projector': 'mlp1.3.bias',
                        'language': 'language_model.model.layers.2.self_attn.k_norm.weight',
                        'head': 'language_model.lm_head.weight'}.items():
        change(f'missing-{short}', [name, 'missing'], lambda t, n=name: t.pop(n))

    def transpose(t, n):
        t[n][1] = t[n][1][::-1]

    change('transposed', ['language_model.model.layers.0.mlp.up_proj.weight', 'expected [136, 72]', 'found [72, 136]'],
           lambda t: transpose(t, 'language_model.model.layers.0.mlp.up_proj.weight'))
    change('flat', ['vision_model.embeddings.position_embedding', 'expected'],
           lambda t: t['vision_model.embeddings.position_embedding'].__setitem__(1, [17 * 48]))
    change('layer-too-many', ['vision_model.encoder.layers.3.norm1.weight'],
           lambda t: t.update({'vision_model.encoder.layers.3.norm1.weight': list(t['vision_model.encoder.layers.2.norm1.weight'])}))
    change('integers', ['language_model.model.norm.weight', 'dtype'],
           lambda t: t['language_model.model.norm.weight'].__setitem__(0, 'I16'))
    change('no-tensors', [''], lambda t: t.clear())
    change('renamed', [''], lambda t: [t.__setitem__('model.' + n, t.pop(n)) for n in list(t)])
    # numbers that are none: found out by the first token
    for short, name in {'language': 'language_model.model.layers.1.input_layernorm.weight',
                        'vision': 'vision_model.encoder.layers.1.norm1.weight',
                        'head': 'language_model.lm_head.weight'}.items():
        change(f'nan-{short}', ['not finite numbers', 'model verify'], lambda t, n=name: t.__setitem__(n, filled(t[n], math.nan)))
    change('infinite', ['not finite numbers', 'model verify'],
           lambda t: t.__setitem__('language_model.lm_head.weight', filled(t['language_model.lm_head.weight'], math.inf)))
    # a tensor that nobody asks for, elsewhere, harms nobody
    change('extra', [''], lambda t: t.update({'optimizer.step': ['F32', [1], b'\0' * 4]}), code=0)


def shard_cases():
    index = json.loads(read(f'{TINY}/a/native/model.safetensors.index.json'))
    one, two = 'model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'
    variant('shard-missing', 'a/native', **{two: None})
    case('shard-missing', [two])
    variant('shard-empty', 'a/native', **{two: b''})
    case('shard-empty', [two])
    variant('shard-twice', 'a/native', **{two: read(f'{TINY}/a/native/{one}')})
    case('shard-twice', [''])

    def indexed(name, words, value):
        text = value if isinstance(value, (str, bytes)) else json.dumps(value)
        variant(name, 'a/native', model_safetensors_index_json=None, **{'model.safetensors.index.json': text})
        case(name, words)

    def moved(place):
        changed = json.loads(json.dumps(index))
        changed['weight_map'][next(iter(changed['weight_map']))] = place
        return changed

    indexed('index-up', ['index.json'], moved('../../../../etc/passwd'))
    indexed('index-root', ['index.json'], moved('/etc/passwd'))
    indexed('index-self', [''], moved('.'))
    indexed('index-config', ["'config.json'", 'not a safetensors file'], moved('config.json'))
    indexed('index-number', ['index.json'], moved(7))
    indexed('index-wrong', [''], moved(one if index['weight_map'][next(iter(index['weight_map']))] == two else two))
    indexed('index-phantom', ['phantom'], {'weight_map': {**index['weight_map'], 'phantom': one}})
    indexed('index-garbage', ['index.json'], '{"weight_map": ')
    indexed('index-empty', ['no vision encoder'], {'weight_map': {}})
    indexed('index-none', ['index.json'], '{}')


# --- config and tokenizer ------------------------------------------------------------------------------------------

def config_cases():
    config = json.loads(read(f'{TINY}/a/original/config.json'))

    def change(name, words, code=MODEL, **keys):
        changed = json.loads(json.dumps(config))
        for path, value in keys.items():
            *parents, last = path.split('__')
            place = changed
            for parent in parents:
                place = place[parent]
            if value is None:
                del place[last]
            else:
                place[last] = value
        variant(name, config_json=json.dumps(changed))
        case(name, words, code)

    change('llava', ['config.json', 'another kind of model'], model_type='llava')
    change('qwen2-vl', ['config.json', 'another kind of model'], model_type='qwen2_vl')
    change('no-type', ['config.json', 'another kind of model'], model_type=None)
    change('internlm', ['qwen3'], llm_config__model_type='internlm2')
    change('moe', [''], llm_config__model_type='qwen3_moe')
    change('rms-vision', ['norm_type'], vision_config__norm_type='rms_norm')
    change('qk-norm', ['q and k norms'], vision_config__qk_normalization=True)
    change('yarn', ['RoPE'], llm_config__rope_scaling={'type': 'yarn', 'factor': 4.0})
    change('shuffle', ['downsample_ratio'], downsample_ratio=0.25)
    change('no-vision', ['vision_config'], vision_config=None)
    change('vision-text', ['vision'], vision_config='large')
    change('no-layers', ['config.json', 'num_hidden_layers'], llm_config__num_hidden_layers=None)
    change('zero-layers', ['config.json', 'num_hidden_layers'], llm_config__num_hidden_layers=0)
    change('layers-as-text', ['config.json', 'num_hidden_layers'], llm_config__num_hidden_layers='3')
    change('more-layers', ['layers.3.', 'missing'], llm_config__num_hidden_layers=4)
    change('fewer-layers', ['layers.2.'], llm_config__num_hidden_layers=2)
    change('million-layers', ['config.json', 'num_hidden_layers'], llm_config__num_hidden_layers=10 ** 6)
    change('other-width', ['expected'], llm_config__hidden_size=80)
    change('negative-width', ['config.json', 'hidden_size'], llm_config__hidden_size=-72)
    change('huge-width', ['config.json', 'hidden_size'], llm_config__hidden_size=2 ** 62)
    change('float-width', [''], llm_config__hidden_size=72.5)
    change('odd-head', [''], llm_config__head_dim=31)
    change('heads', ['heads'], llm_config__num_key_value_heads=4)
    change('zero-heads', ['heads'], vision_config__num_attention_heads=0)
    change('zero-eps', ['config.json', 'epsilon'], llm_config__rms_norm_eps=0)
    change('no-theta', ['RoPE'], llm_config__rope_theta=None)
    change('image-size', ['config.json', 'image size'], force_image_size=60)
    change('huge-image', ['config.json', 'image_size'], force_image_size=1 << 30)
    change('tiles', ['config.json', 'max_dynamic_patch'], max_dynamic_patch=10 ** 9)
    change('tiles-crossed', ['tiles'], min_dynamic_patch=12, max_dynamic_patch=2)
    change('small-vocabulary', ['389', '100', 'vocab_size'], llm_config__vocab_size=100)
    change('short-context', ['context of 10', '--tiles)', 'prompt'], code=2, llm_config__max_position_embeddings=10)
    for name, text in {'empty': '', 'garbage': '\x89PNG\r\n', 'list': '[]', 'null': 'null', 'cut': json.dumps(config)[:-9],
                       'deep': '{"a":' * 9000, 'utf16': json.dumps(config).encode('utf-16')}.items():
        variant(f'config-{name}', config_json=text)
        case(f'config-{name}', ['config.json'])
    for name, file in {'generation': 'generation_config.json', 'preprocessor': 'preprocessor_config.json'}.items():
        variant(f'{name}-garbage', **{file: '{'})
        case(f'{name}-garbage', [file])
    variant('zero-deviation', **{'preprocessor_config.json': '{"image_std": [0.2, 0, 0.2]}'})
    case('zero-deviation', ['image_std'])


def tokenizer_cases():
    whole = json.loads(read(f'{TINY}/a/original/tokenizer.json'))
    variant('no-tokenizer', tokenizer_json=None)
    case('no-tokenizer', ['tokenizer.json', 'missing'])
    for name, text in {'empty': '', 'garbage': b'\0' * 100, 'list': '[]', 'object': '{}',
                       'cut': json.dumps(whole)[:3000]}.items():
        variant(f'tokenizer-{name}', tokenizer_json=text)
        case(f'tokenizer-{name}', ['tokenizer.json'])
    for token in ('<IMG_CONTEXT>', '<img>', '</img>', '<|im_start|>', '<|im_end|>'):
        changed = dict(whole, added_tokens=[t for t in whole['added_tokens'] if t['content'] != token])
        changed['model'] = dict(whole['model'], vocab={k: v for k, v in whole['model']['vocab'].items() if k != token})
        name = 'without-' + re.sub('[^a-z]', '', token.lower()) + ('-end' if '/' in token else '')
        variant(name, tokenizer_json=json.dumps(changed))
        case(name, [token])
    variant('foreign-tokenizer', tokenizer_json=read(f'{TINY}/../reads/model/tokenizer.json'))
    case('foreign-tokenizer', ['1870', '400', 'vocab'])
    unigram = dict(whole, model={'type': 'Unigram', 'unk_id': 0, 'vocab': [['<unk>', 0.0], ['a', -1.0]]})
    variant('unigram', tokenizer_json=json.dumps(unigram))
    case('unigram', ['tokenizer.json'])


# --- GGUF ----------------------------------------------------------------------------------------------------------

def with_number(data, key, value):
    """The same file with another value of a u32 key."""
    at = data.index(struct.pack('<Q', len(key)) + key.encode()) + 8 + len(key)
    assert data[at:at + 4] == struct.pack('<I', 4), key
    return data[:at + 4] + struct.pack('<I', value) + data[at + 8:]


def with_text(data, old, new):
    """The same file with another text of the same length."""
    assert len(old) == len(new)
    at = data.index(struct.pack('<IQ', 8, len(old)) + old.encode()) + 12
    return data[:at] + new.encode() + data[at + len(new):]


def gguf_cases():
    lm, mmproj = read(f'{TINY}/a/lm-plain.gguf'), read(f'{TINY}/a/mmproj-plain.gguf')

    def pair(name, words, lm_bytes=lm, mmproj_bytes=mmproj, **extra):
        os.makedirs(folder(name))
        files = {'model.gguf': lm_bytes, 'mmproj.gguf': mmproj_bytes, **extra}
        for file, data in files.items():
            if data is not None:
                put(os.path.join(folder(name), file.replace('_gguf', '.gguf')), data)
        case(name, words)

    for at in (0, 3, 8, 24, 1000, len(lm) // 2, len(lm) - 1):
        pair(f'gguf-cut-{at}', ['model.gguf'], lm[:at])
    pair('mmproj-silu', ['clip.use_silu'], lm, mmproj.replace(b'clip.use_gelu', b'clip.use_silu'))
    pair('mmproj-cut', ['mmproj.gguf'], lm, mmproj[:5000])
    pair('mmproj-empty', ['mmproj.gguf'], lm, b'')
    pair('mmproj-none', ['mmproj'], lm, None)
    pair('gguf-none', ['no model'], None, mmproj)
    pair('gguf-two', ['more than one'], lm, mmproj, other_gguf=lm)
    pair('mmproj-two', ['more than one'], lm, mmproj, mmproj2_gguf=mmproj)
    pair('gguf-exchanged', ['general.architecture'], mmproj, lm)
    pair('gguf-same', ['mmproj'], lm, lm)
    pair('gguf-safetensors', ['model.gguf'], read(f'{TINY}/a/original/model.safetensors'))
    pair('gguf-version', ['version'], lm[:4] + struct.pack('<I', 99) + lm[8:])
    pair('gguf-big-endian', [''], lm[:4] + struct.pack('>I', 3) + lm[8:])
    pair('gguf-tensors', ['model.gguf'], lm[:8] + struct.pack('<Q', 1 << 60) + lm[16:])
    pair('gguf-keys', ['model.gguf'], lm[:16] + struct.pack('<Q', 1 << 60) + lm[24:])
    pair('gguf-llama', ['qwen3'], with_text(lm, 'qwen3', 'llama'))
    pair('gguf-projector', ['internvl'], lm, with_text(mmproj, 'internvl', 'qwen2vl_'))
    pair('gguf-layers', ['blk.3.', 'missing'], with_number(lm, 'qwen3.block_count', 4))
    pair('gguf-no-heads', ['head_count'], with_number(lm, 'qwen3.attention.head_count', 0))
    pair('gguf-width', ['expected'], with_number(lm, 'qwen3.embedding_length', 1 << 12))
    pair('gguf-scale', ['scale_factor'], lm, with_number(mmproj, 'clip.vision.projector.scale_factor', 4))
    pair('gguf-foreign-mmproj', ['mm.model.mlp', 'expected'], lm, read(f'{TINY}/b/mmproj-q8_0.gguf'))
    case('mmproj-nowhere', ['nowhere.gguf'], path=f'{TINY}/a/lm-plain.gguf', mmproj=folder('nowhere.gguf'))
    case('mmproj-folder', ['a'], path=f'{TINY}/a/lm-plain.gguf', mmproj=f'{TINY}/a')
    case('mmproj-picture', ['page.png'], path=f'{TINY}/a/lm-plain.gguf', mmproj=f'{TINY}/a/page.png')
    case('mmproj-for-safetensors', ['--mmproj', 'leave it out'], path=f'{TINY}/a/original', mmproj=f'{TINY}/a/mmproj-plain.gguf')


# --- files that are none -------------------------------------------------------------------------------------------

def place_cases():
    def odd(name, words, make, file='model.safetensors'):
        variant(name, **{file: None})
        make(os.path.join(folder(name), file))
        case(name, words)

    odd('folder-weights', ['model.safetensors'], os.mkdir)
    odd('folder-config', ['config.json'], os.mkdir, 'config.json')
    odd('folder-tokenizer', ['tokenizer.json'], os.mkdir, 'tokenizer.json')
    odd('pipe-weights', ['model.safetensors'], os.mkfifo)
    odd('pipe-config', ['config.json'], os.mkfifo, 'config.json')
    odd('pipe-tokenizer', ['tokenizer.json'], os.mkfifo, 'tokenizer.json')
    odd('dangling-weights', [''], lambda p: os.symlink('/nowhere/at/all', p))
    odd('dangling-config', [''], lambda p: os.symlink('/nowhere/at/all', p), 'config.json')
    odd('dangling-tokenizer', ['tokenizer.json'], lambda p: os.symlink('/nowhere/at/all', p), 'tokenizer.json')
    odd('circle', ['model.safetensors'], lambda p: os.symlink(p, p))
    if os.getuid() != 0:
        def closed(path):
            put(path, b'')
            os.chmod(path, 0)
        odd('closed', ['model.safetensors', 'ermission'], closed)
    os.makedirs(folder('empty'))
    case('empty', ['config.json', 'gguf'])
    case('nowhere', ['nowhere'], path=folder('nowhere'))
    case('picture', ['page.png', 'neither a model folder nor a GGUF file'], path=f'{TINY}/a/page.png')
    case('pipe-itself', [''], path=folder('pipe-config/config.json'))
    case('device', ['/dev/zero'], path='/dev/zero')
    case('unknown-name', ['there is no model'], path='no-such-model')
    case('long-name', [''], path='/' + 'long/' * 2000)
    os.symlink(folder('nowhere'), folder('dangling.gguf'))
    case('dangling-gguf', ['dangling.gguf'], path=folder('dangling.gguf'))


def oversized_case():
    """A model of 300 GB of consistent shapes, in a file with nothing in it."""
    config = json.loads(read(f'{TINY}/a/original/config.json'))
    header, body = split_safetensors(read(f'{TINY}/a/original/model.safetensors'))
    header.pop('__metadata__', None)
    dim, ffn, heads, layers = 16384, 49152, 128, 46
    config['llm_config'].update(hidden_size=dim, intermediate_size=ffn, num_attention_heads=heads, head_dim=128,
                                num_key_value_heads=8, num_hidden_layers=layers)
    shapes = {n: t['shape'] for n, t in header.items() if n.startswith('vision_model.')}
    side = header['mlp1.1.weight']['shape'][1]
    shapes.update({'mlp1.0.weight': [side], 'mlp1.0.bias': [side], 'mlp1.1.weight': [dim, side], 'mlp1.1.bias': [dim],
                   'mlp1.3.weight': [dim, dim], 'mlp1.3.bias': [dim], 'language_model.model.norm.weight': [dim],
                   'language_model.lm_head.weight': [400, dim], 'language_model.model.embed_tokens.weight': [400, dim]})
    for i in range(layers):
        shapes.update({f'language_model.model.layers.{i}.{n}.weight': s for n, s in {
            'input_layernorm': [dim], 'post_attention_layernorm': [dim], 'self_attn.q_proj': [heads * 128, dim],
            'self_attn.k_proj': [1024, dim], 'self_attn.v_proj': [1024, dim], 'self_attn.o_proj': [dim, heads * 128],
            'self_attn.q_norm': [128], 'self_attn.k_norm': [128], 'mlp.gate_proj': [ffn, dim],
            'mlp.up_proj': [ffn, dim], 'mlp.down_proj': [dim, ffn]}.items()})
    out, at = {}, 0
    for n, s in shapes.items():
        size = 2 * math.prod(s)
        out[n] = {'dtype': 'BF16', 'shape': s, 'data_offsets': [at, at + size]}
        at += size
    head = join_safetensors(out, b'')
    variant('oversized', config_json=json.dumps(config), model_safetensors=head)
    try:
        os.truncate(os.path.join(folder('oversized'), 'model.safetensors'), len(head) + at)
    except OSError as e:
        print(f'no sparse file of {at >> 30} GiB here: {e}', file=sys.stderr)
        return
    case('oversized', ['the model needs', 'GB of memory and', 'GB are available'])


def endless_models():
    whole = read(f'{TINY}/a/original/model.safetensors')
    config = json.loads(read(f'{TINY}/a/original/config.json'))
    end = config['llm_config']['eos_token_id']

    def never_end(tensors):
        head = tensors['language_model.lm_head.weight']
        row = 2 * head[1][1]
        head[2] = head[2][:end * row] + bytes(row) + head[2][(end + 1) * row:]

    def forget(tensors):
        never_end(tensors)
        for name in tensors:
            if name.startswith('language_model.') and re.search(r'(o_proj|down_proj)\.weight$', name):
                tensors[name][2] = bytes(len(tensors[name][2]))

    variant('circles', model_safetensors=edited(whole, forget))
    config['llm_config']['max_position_embeddings'] = 10 ** 6
    variant('rambles', model_safetensors=edited(whole, never_end), config_json=json.dumps(config))


def main():
    os.makedirs(OUT)
    if sys.argv[3:] == ['endless']:
        endless_models()
        return
    for make in (safetensors_cases, range_cases, tensor_cases, shard_cases, config_cases, tokenizer_cases, gguf_cases,
                 place_cases, oversized_case):
        make()
    put(os.path.join(OUT, 'cases'), ''.join('\t'.join(c) + '\n' for c in cases))


main()
