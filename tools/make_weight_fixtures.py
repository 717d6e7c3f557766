#!/usr/bin/env python3
"""Makes tests/data/weights/blocks.gguf, which test_gguf.c reads, and the corpus of fuzz_gguf.

The first comes from the reference writer (PyPI gguf), so that it also shows that its files are read:
metadata of every type, a table of texts, and for each number format two tensors: NAME, random blocks
with extreme scales, and NAME.f32, what gguf.quants.dequantize makes of them.

The corpus is a few hundred bytes a file, written here: a small good file of each number format and
of each value type, and small lies.

usage: make_weight_fixtures.py [TESTS_FOLDER]      needs: numpy, gguf (0.19 was used)
"""
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType as Kind
from gguf import GGUFWriter
from gguf.quants import dequantize

# type: bytes of a block, offsets of its half-precision scales
BLOCKS = {
    Type.Q8_0: (34, [0]),
    Type.Q4_0: (18, [0]),
    Type.Q4_K: (144, [0, 2]),
    Type.Q5_K: (176, [0, 2]),
    Type.Q6_K: (210, [208]),
}
# one, the largest, the smallest subnormal, a subnormal, minus zero, infinity, NaN: then random ones
SCALES = [0x3C00, 0x7BFF, 0x0001, 0x83FF, 0x8000, 0x7C00, 0x7E00]


def blocks(kind, rng):
    """[3 rows, bytes]: 12 blocks, or 24 of the small kinds, random but for some."""
    size, scales_at = BLOCKS[kind]
    n = 24 if size < 100 else 12
    raw = rng.integers(0, 256, (n, size), dtype=np.uint8)
    for i in range(n):
        for at in scales_at:
            bits = SCALES[i] if i < len(SCALES) else int(np.float16(rng.normal() * 0.02).view(np.uint16))
            raw[i, at : at + 2] = np.frombuffer(np.uint16(bits).tobytes(), np.uint8)
    rest = [k for k in range(size) if not any(at <= k < at + 2 for at in scales_at)]
    for i, fill in ((0, 0x00), (7, 0xFF), (8, 0x80), (9, 0x7F)):  # every field at an end of its range
        raw[i, rest] = fill
    return raw.reshape(3, -1)


def text(t):
    t = t.encode() if isinstance(t, str) else t
    return struct.pack("<Q", len(t)) + t


def key(name, kind, value):
    return text(name) + struct.pack("<I", kind) + value


def array(kind, items, count=None):
    return struct.pack("<IQ", kind, len(items) if count is None else count) + b"".join(items)


def tensor(name, dims, kind, offset):
    head = text(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims)
    return head + struct.pack("<IQ", kind, offset)


def gguf(keys=(), tensors=(), data=b"", version=3, counts=None, align=32):
    n_tensors, n_keys = counts or (len(tensors), len(keys))
    head = b"GGUF" + struct.pack("<IQQ", version, n_tensors, n_keys) + b"".join(keys) + b"".join(tensors)
    return head + bytes(-len(head) % align) + data


def make_corpus(folder, rng):
    u32 = struct.Struct("<I").pack
    one = [tensor("a", [8], 0, 0)]
    files = {
        "empty": gguf(),
        "version-2": gguf(version=2),
        "version-1": gguf(version=1),
        "big-endian": b"GGUF\0\0\0\3" + bytes(16),
        "numbers": gguf([key("a", 0, b"\x80"), key("b", 1, b"\x80"), key("c", 6, struct.pack("<f", 1.5)),
                         key("k0", 12, struct.pack("<d", -2.5)), key("k1", 10, b"\xff" * 8),
                         key("k2", 7, b"\1"), key("general.architecture", 8, text("qwen3"))]),
        "texts": gguf([key("tokenizer.ggml.tokens", 9, array(8, [text(t) for t in ("", "a", "\u0120b")])),
                       key("tokenizer.ggml.scores", 9, array(6, [struct.pack("<f", -1)] * 3))]),
        "bools": gguf([key("a", 9, array(7, [b"\0", b"\1"]))]),
        "nested": gguf([key("a", 9, array(9, [array(4, [u32(1)]), array(8, [text("x")])]))]),
        "nested-deep": gguf([key("a", 9, array(9, [array(9, [array(9, [array(9, [array(4, [])])])])]))]),
        "alignment-8": gguf([key("general.alignment", 4, u32(8))], one, bytes(32), align=8),
        "alignment-12": gguf([key("general.alignment", 4, u32(12))]),
        "scalar": gguf(tensors=[tensor("a", [], 0, 0)], data=bytes(4)),
        "two": gguf(tensors=one + [tensor("b", [2, 3, 1, 2], 1, 32)], data=bytes(range(56))),
        "key-twice": gguf([key("a", 4, u32(1)), key("a", 4, u32(1))]),
        "name-twice": gguf(tensors=one + [tensor("a", [8], 0, 32)], data=bytes(64)),
        "overlap": gguf(tensors=[tensor("a", [16], 0, 0), tensor("b", [8], 0, 32)], data=bytes(64)),
        "past-end": gguf(tensors=one, data=bytes(31)),
        "far-offset": gguf(tensors=[tensor("a", [8], 0, 2**64 - 32)], data=bytes(32)),
        "dims-5": gguf(tensors=[tensor("a", [8, 1, 1, 1, 1], 0, 0)], data=bytes(32)),
        "dim-0": gguf(tensors=[tensor("a", [8, 0], 0, 0)], data=bytes(32)),
        "overflow": gguf(tensors=[tensor("a", [2**32, 2**32], 0, 0)], data=bytes(32)),
        "type-99": gguf(tensors=[tensor("a", [8], 99, 0)], data=bytes(32)),
        "mxfp4": gguf(tensors=[tensor("a", [32], 39, 0)], data=bytes(32)),
        "half-block": gguf(tensors=[tensor("a", [16], 8, 0)], data=bytes(32)),
        "many-keys": gguf(counts=(0, 2**63)),
        "many-tensors": gguf(counts=(2**20, 0)),
        "long-text": gguf([key("a", 8, struct.pack("<Q", 2**63))]),
        "many-texts": gguf([key("a", 9, array(8, [], 2**61))]),
        "cut": gguf(tensors=one, data=bytes(32))[:60],
    }
    for kind, (size, _) in BLOCKS.items():
        n = 32 if size < 100 else 256
        raw = rng.integers(0, 256, 2 * size, dtype=np.uint8).tobytes()
        files[kind.name.lower()] = gguf(tensors=[tensor("a", [n, 2], kind.value, 0)], data=raw)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def main():
    tests = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "tests"
    folder = tests / "data/weights"
    corpus = tests / "corpus/gguf"
    folder.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20261120)
    w = GGUFWriter(folder / "blocks.gguf", "recto-test")
    w.add_uint8("a.u8", 200)
    w.add_int8("a.i8", -100)
    w.add_uint16("a.u16", 60000)
    w.add_int16("a.i16", -30000)
    w.add_uint32("a.u32", 4000000000)
    w.add_int32("a.i32", -2000000000)
    w.add_uint64("a.u64", 2**63 - 1)
    w.add_key_value("a.u64.large", 2**63, Kind.UINT64)
    w.add_key_value("a.i64", -(2**63), Kind.INT64)
    w.add_float32("a.f32", 0.15625)
    w.add_float64("a.f64", 1e-300)
    w.add_bool("a.bool", True)
    w.add_string("a.text", "na\u00efve")
    w.add_array("b.texts", ["", "\u0120the", "caf\u00e9"])
    w.add_array("b.ints", [1, -2, 3])
    w.add_array("b.floats", [0.5, -2.0])
    w.add_array("b.bools", [True, False])
    w.add_array("b.nested", [[1, 2], [3]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # infinity times zero is meant
        for kind in BLOCKS:
            raw = blocks(kind, rng)
            name = kind.name.lower()
            w.add_tensor(name, raw, raw_dtype=kind)
            w.add_tensor(name + ".f32", dequantize(raw, kind).astype(np.float32))
    half = rng.normal(size=(2, 3, 5)).astype(np.float16)
    w.add_tensor("f16", half)
    w.add_tensor("f16.f32", half.astype(np.float32))
    bits = rng.integers(0, 0x7F80, 7, dtype=np.uint16)
    w.add_tensor("bf16", bits.view(np.uint8), raw_dtype=Type.BF16)
    w.add_tensor("bf16.f32", (bits.astype(np.uint32) << 16).view(np.float32))
    w.add_tensor("i32", np.arange(4, dtype=np.int32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    make_corpus(corpus, rng)


if __name__ == "__main__":
    main()
