#!/usr/bin/env python3
"""Makes tests/data/vlm/tokenizer: two byte-level BPE tokenizers of the Qwen2 kind, and what the reference makes of
thousands of strings.

    make_tokenizer_fixtures.py [-o FOLDER]      default tests/data/vlm/tokenizer

Offline; needs tools/requirements-fixtures.txt. Never needed to build, test or run Recto.

qwen.json    trained on the sentences below; added tokens in the spelling of Qwen3 and InternVL
qwen.gguf    the same as GGUF metadata, no tensors
odd.json     random merges, where the order of merging decides; added tokens that overlap, want NFC, are in the vocabulary
*.cases      number of strings, then for each: length, bytes, count and ids with added tokens, count + 1 and ids without
             (0: the same); all numbers LEB128
classes.txt  first and last code point (hex) and class (L, N, S) of what the reference's \\p{L}, \\p{N}, \\s match
"""

import argparse
import json
import random
import sys
import unicodedata
from pathlib import Path

import gguf
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

sys.path.insert(0, str(Path(__file__).resolve().parent / "fixtures"))
from sentences import SENTENCES, SNIPPETS

ROOT = Path(__file__).resolve().parent.parent
REGEX = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
         r"\s+(?!\S)|\s+")
N_TRAINED = 2600
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|box_start|>", "<img>", "</img>",
           "<IMG_CONTEXT>", "<quad>", "</quad>", "<ref>", "</ref>", "<box>", "</box>"]
PLAIN_ADDED = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>"]
COORDS = [f"<COORD_{n:03}>" for n in [*range(0, 12), 57, 71, 99, 100, 101, 500, 779, 890, 998, 999]]
# Unicode 15; this Python's tables end with 14
NEWER_MARKS = [0x10EFD, 0x10EFE, 0x10EFF, 0x11F41, 0x11F42, 0x1E08F, 0x1E4EC, 0x1E4ED, 0x1E4EE, 0x1E4EF]


# --- the two tokenizers ------------------------------------------------------------------------------------------------

def added_token(number, content, special=False, normalized=False):
    return {"id": number, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": normalized, "special": special}


def tokenizer_json(vocab, merges, added):
    """As save_pretrained writes a Qwen2 tokenizer."""
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": REGEX}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}]},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocab, "merges": merges},
    }


def train():
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(REGEX), "isolated"),
                                               pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(SENTENCES + SNIPPETS, trainers.BpeTrainer(
        vocab_size=N_TRAINED, min_frequency=1, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    model = json.loads(t.to_str())["model"]
    vocab = dict(sorted(model["vocab"].items(), key=lambda item: item[1]))
    added = [added_token(len(vocab) + i, content, special) for i, (content, special) in enumerate(
        [(c, True) for c in SPECIAL] + [(c, False) for c in PLAIN_ADDED] + [(c, True) for c in COORDS])]
    return tokenizer_json(vocab, [list(m) for m in model["merges"]], added)


def odd(rng):
    """Merges of few letters in random order, so that leftmost or longest first would give other ids."""
    vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    letters = ["a", "b", "c", "d", "Ġ", "Ã", "©"]
    pool, merges = list(letters), []

    def add(left, right):
        merges.append([left, right])
        if left + right not in vocab:
            vocab[left + right] = len(vocab)
            pool.append(left + right)

    for left in letters:
        for right in letters:
            if rng.random() < 0.7:
                add(left, right)
    while len(merges) < 400:
        left, right = rng.choice(pool), rng.choice(pool)
        if len(left) + len(right) <= 5 and [left, right] not in merges:
            add(left, right)
    # any order: the reference only wants all names to exist
    rng.shuffle(merges)
    in_vocabulary = next(m[0] + m[1] for m in merges if set(m[0] + m[1]) <= set("abcd") and len(m[0] + m[1]) == 3)
    vocab["｜x｜"] = len(vocab)  # no byte letters: as written
    added = [added_token(vocab[in_vocabulary], in_vocabulary), added_token(vocab["｜x｜"], "｜x｜", special=True)]
    for content, special, normalized in [("<a>", True, False), ("<a><b>", False, False), ("b><c", False, False),
                                         ("<ab", True, False), ("<abcab", True, False), ("你", False, False),
                                         ("é!", False, True), ("e\u0301?", True, True), ("é#", False, False),
                                         ("!<a", False, True), ("\n\n", True, False), ("  ", False, True)]:
        added.append(added_token(len(vocab) + len(added) - 2, content, special, normalized))
    return tokenizer_json(vocab, merges, added)


def without_added(spec):
    """The reference for a user's text: no added tokens, and no merge that would make one."""
    vocab, names = spec["model"]["vocab"], {a["content"] for a in spec["added_tokens"]}
    plain = json.loads(json.dumps(spec))
    plain["added_tokens"] = []
    plain["model"]["merges"] = [m for m in spec["model"]["merges"] if m[0] + m[1] not in names or m[0] + m[1] not in vocab]
    return Tokenizer.from_str(json.dumps(plain))


def write_gguf(spec, path):
    vocab = spec["model"]["vocab"]
    tokens = sorted(vocab, key=vocab.get) + [a["content"] for a in spec["added_tokens"]]
    kinds = [gguf.TokenType.NORMAL] * len(vocab) + [
        gguf.TokenType.CONTROL if a["special"] else gguf.TokenType.USER_DEFINED for a in spec["added_tokens"]]
    w = gguf.GGUFWriter(path, "qwen3")
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("qwen2")
    w.add_token_list(tokens)
    w.add_token_types(kinds)
    w.add_token_merges([" ".join(m) for m in spec["model"]["merges"]])
    w.add_eos_token_id(tokens.index("<|im_end|>"))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.close()


# --- the strings -------------------------------------------------------------------------------------------------------

def by_block(rng):
    """Characters of every stretch of 128 code points that holds any, among spaces, digits and marks."""
    for first in range(0, 0x110000, 128):
        known = [c for c in range(first, first + 128) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
        if not known or (first > 0x3500 and first < 0xA000 and first % 0x800) or \
                (0xAC80 <= first < 0xD700 and first % 0x800) or (0x12100 <= first < 0x2FA00 and first % 0x400):
            continue
        text = "".join(chr(rng.choice(known)) + rng.choice(["", "", "", " ", "1", "!", "\u0301"]) for _ in range(10))
        yield text


def spaces(rng):
    alphabet = [" ", " ", " ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u180e",
                "\u2000", "\u200a", "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff",
                "a", "é", "1", "!", "'", "中"]
    for c in alphabet:
        for text in (c, "a" + c, c + "a", "a" + c + "b", c * 2 + "b", c * 3, "! " + c, c + " 1", c + "\n", "\n" + c):
            yield text
    for _ in range(700):
        yield "".join(rng.choice(alphabet) for _ in range(rng.randint(1, 12)))


def contractions(rng):
    ends = ["s", "t", "re", "ve", "m", "ll", "d"]
    variants = sorted({"".join(c) for e in ends for c in
                       [e, e.upper(), e.title(), e[0] + e[1:].upper(), e.replace("s", "ſ"), e + "x", e[0]]})
    for e in variants:
        yield from (f"I'{e}", f"'{e}", f" '{e}x", f"X'{e} '{e}'{e}", f"1'{e}", f"\u2019{e}", f"''{e}", f"\n'{e}")
    yield from ("O'K", "'\u212a", "it'\u017f", "'ŀ", "'ß", "rock'n'roll", "l'l", "'Ll", "'lL", "'RE", "'Ve", "d'accord")


def marks(rng):
    combining = [c for c in range(0x300, 0x1F000) if unicodedata.combining(chr(c))]
    canonical = [c for c in range(0xC0, 0x2FA1E) if unicodedata.decomposition(chr(c)) and
                 "<" not in unicodedata.decomposition(chr(c))]
    hangul = [*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A7, 0x11C3), *range(0xAC00, 0xAC40)]
    letters = [ord(c) for c in "aeiouAEO cnszわがνιкиहक"]
    for c in rng.sample(canonical, 250):
        yield unicodedata.normalize("NFD", chr(c)) + chr(c)
    # every mark between others: those newer than the reference's tables stay where they are
    every = combining + NEWER_MARKS
    for i in range(0, len(every), 8):
        yield "".join("a" + chr(c) + "\u0323\u0301" + chr(c) for c in every[i:i + 8])
    for _ in range(500):
        yield "".join(chr(rng.choice(rng.choice([combining, combining, canonical, hangul, letters])))
                      for _ in range(rng.randint(2, 9)))
    yield "\U00011935\U00011930 \U00011938"
    yield "a" + "\u0301\u0323" * 40


def emoji(rng):
    yield from ["👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇯🇵", "1️⃣", "❤️", "☎︎", "🧑🏿‍🚀 ok", "a👨‍👩‍👦b", "👁️‍🗨️!", "😀😀😀", " 😀", "\u200d", "🫠🪿🫨",
                "#️⃣*️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "text😀text", "😀\n", "😀 1 😀"]
    faces = [*range(0x1F300, 0x1F650), *range(0x1F900, 0x1F9FF), 0x200D, 0xFE0F, 0x1F3FB, 0x1F3FF]
    for _ in range(60):
        yield "".join(chr(rng.choice(faces)) for _ in range(rng.randint(1, 6)))


def broken(rng):
    parts = [b"\x80", b"\xbf", b"\xc0", b"\xc1", b"\xc3", b"\xc3\xa9", b"\xe2", b"\xe2\x82", b"\xe2\x82\xac", b"\xed\xa0",
             b"\xed\xa0\x80", b"\xe0\x80\xaf", b"\xf0", b"\xf0\x9f", b"\xf0\x9f\x98", b"\xf0\x9f\x98\x80", b"\xf4\x90\x80\x80",
             b"\xf5", b"\xff", b"\xfe\xff", b"a", b" ", b"1", b"\n", b"<img>", b"<think", b"\xef\xbf\xbd", b"\xcc\x81"]
    yield from parts
    for _ in range(400):
        yield b"".join(rng.choice(parts) for _ in range(rng.randint(1, 8)))
    for _ in range(200):
        yield bytes(rng.randrange(256) for _ in range(rng.randint(1, 20)))


def runs():
    for n in (2, 3, 17, 100):
        for c in ("a", " ", "\n", "1", "!", "é", "中", "\u3000", "\r\n", "ab", " a", "e\u0301", "the ", "\u200b", "<img>", "'s"):
            yield c * n
            yield c * n + "x"
    yield from ("a" * 900, " " * 900 + "x", "ab" * 500, "the " * 200, "\u3000" * 300, "中" * 300, "\n" * 500)
    yield " " * 700 + "\n" + " " * 300 + "end"
    yield "\n" * 300 + " " * 300 + "\n"


def with_added(rng, spec):
    names = [a["content"] for a in spec["added_tokens"]]
    pieces = names + [n[:k] for n in names[:20] for k in (1, len(n) // 2, len(n) - 1)] + \
        [n[k:] for n in names[:20] for k in (1, len(n) - 1)] + \
        [" ", "\n", "a", "text", "é", "e\u0301", "\u0301", "12", "<", ">", "|", "<|", "|>", "!", "?", "ab", "abc", "b>"]
    yield from names
    for n in names[:24]:
        yield from (f"a{n}b", f" {n} ", f"{n}{n}", n.upper(), n[:-1] + " " + n[-1], f"\n{n}\n", n[0] + n)
    yield "<|im_start|>user\n<img><IMG_CONTEXT><IMG_CONTEXT></img>\nParse this.<think><|im_end|>\n<|im_start|>assistant\n"
    yield "<box>[[<COORD_779>,<COORD_057>,<COORD_890>,<COORD_071>]]</box>"
    for _ in range(400):
        yield "".join(rng.choice(pieces) for _ in range(rng.randint(1, 9)))


def mixtures(rng, n, letters):
    for _ in range(n):
        yield "".join(rng.choice(letters) for _ in range(rng.randint(1, 30)))


def strings(rng, spec):
    yield ""
    yield from SENTENCES
    yield from SNIPPETS
    yield from by_block(rng)
    yield from spaces(rng)
    yield from contractions(rng)
    yield from marks(rng)
    yield from emoji(rng)
    yield from broken(rng)
    yield from runs()
    yield from with_added(rng, spec)
    yield from (str(rng.randrange(10 ** rng.randint(1, 18))) + rng.choice(["", ".5", ",00 €", "%", "²", "½", "٣٤", "Ⅷ"])
                for _ in range(60))
    words = [w for s in SENTENCES for w in s.split()]
    for _ in range(200):
        yield rng.choice([" ", "", "  ", "\n"]).join(rng.choice(words) for _ in range(rng.randint(1, 6)))


def odd_strings(rng, spec):
    yield from with_added(rng, spec)
    yield from mixtures(rng, 400, "aaabbbccd  é\xc3\xa9")
    yield from mixtures(rng, 100, "abcd")
    yield from ("abcd" * 100, "ab" * 300, "dcba" * 100, "a" * 777, "aab" * 200)


# --- the files ---------------------------------------------------------------------------------------------------------

def leb128(n):
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + leb128(n >> 7)


def write_cases(path, texts, full, plain):
    cases = dict.fromkeys(t if isinstance(t, bytes) else t.encode() for t in texts)
    out = [leb128(len(cases))]
    for data in cases:
        text = data.decode("utf-8", "replace")
        ids = full.encode(text, add_special_tokens=False).ids
        user = plain.encode(text, add_special_tokens=False).ids
        out += [leb128(len(data)), data, leb128(len(ids)), *map(leb128, ids)]
        out += [leb128(0)] if user == ids else [leb128(len(user) + 1), *map(leb128, user)]
    path.write_bytes(b"".join(out))
    print(f"{path.name}: {len(cases)} strings, {path.stat().st_size} bytes")


def write_classes(path):
    rows = []
    for name, regex in (("L", r"\p{L}+"), ("N", r"\p{N}+"), ("S", r"\s+")):
        gone = pre_tokenizers.Split(Regex(regex), "removed")
        left = set()
        for first in range(0, 0x110000, 0x800):
            if first != 0xD800:
                text = "".join(map(chr, range(first, first + 0x800)))
                for _, (a, b) in gone.pre_tokenize_str(text):
                    left.update(range(first + a, first + b))
        start = None
        for c in range(0x110001):
            match = c < 0x110000 and c not in left and not 0xD800 <= c < 0xE000
            if match and start is None:
                start = c
            elif not match and start is not None:
                rows.append((start, c - 1, name))
                start = None
    path.write_text("".join(f"{a:x} {b:x} {name}\n" for a, b, name in sorted(rows)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", type=Path, default=ROOT / "tests/data/vlm/tokenizer", metavar="FOLDER")
    folder = parser.parse_args().o
    folder.mkdir(parents=True, exist_ok=True)
    for name, spec, make in (("qwen", train(), strings), ("odd", odd(random.Random(3)), odd_strings)):
        text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text)
        full = Tokenizer.from_str(text)
        for a in spec["added_tokens"]:  # the reference numbers them itself: it must agree
            assert full.token_to_id(a["content"]) == a["id"], a
        write_cases(folder / f"{name}.cases", make(random.Random(5), spec), full, without_added(spec))
        if name == "qwen":
            write_gguf(spec, folder / "qwen.gguf")
    write_classes(folder / "classes.txt")


if __name__ == "__main__":
    main()
