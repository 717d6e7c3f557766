#!/usr/bin/env python3
"""Makes tests/data/vlm/reads/: four pages, what is asked about them, and a tiny model that knows the answers by heart.

    make_reading_fixture.py pages              the pages (PNG) and the answers; Pillow and Debian's DejaVu fonts
    make_reading_fixture.py train [STEPS]      the model, from the pages; PyTorch and transformers
    make_reading_fixture.py check [--quick]    every answer again from the files: float32 and bfloat16, token by token;
                                               --quick looks at the margins only

The model is a fixture of the tests and no reader: it has seen these pages and no others. Never needed to build or run
Recto.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent / "reading"))
READS = ROOT / "tests/data/vlm/reads"
STEPS, PEAK, SEED, MERGES = 220, 3e-3, 14, 600


def make_pages():
    import pages

    drawn = pages.pages()
    (READS / "answers").mkdir(parents=True, exist_ok=True)
    for page in drawn:
        page.save(READS / f"{page.name}.png")
    for name, task, question, answer in pages.cases(drawn):
        (READS / "answers" / f"{name}.{task}.txt").write_text(answer, encoding="utf-8")
        print(f"{name} {task}{': ' + question if question else ''}: {len(answer)} characters")


def lessons_of(tokenizer):
    import learn
    import pages

    cases = pages.cases(pages.pages())
    pixels = {name: learn.pixel_tiles(READS / f"{name}.png") for name in {c[0] for c in cases}}
    return [learn.Lesson(c, len(pixels[c[0]]), tokenizer) for c in cases], pixels


def train(steps):
    import learn
    import pages
    import tiny
    import torch
    from prompts import chat, prompts

    torch.manual_seed(SEED)
    cases = pages.cases(pages.pages())
    texts = [c[3] for c in cases] + [chat(p, 1) for c in cases for p in prompts(c[1], c[2])]
    tokenizer = tiny.make_tokenizer([strip_added(t) for t in texts], MERGES)
    lessons, pixels = lessons_of(tokenizer)
    model = tiny.make_model(tokenizer)
    print(
        f"{sum(p.numel() for p in model.parameters())} parameters, {tiny.n_rows(tokenizer)} rows, answers of",
        [len(le.answer_ids) for le in lessons],
        "tokens, tiles",
        {k: len(v) for k, v in pixels.items()},
        flush=True,
    )
    start = time.monotonic()
    image_id = tokenizer.token_to_id("<IMG_CONTEXT>")
    model.train()
    loss = learn.train(model, lessons, pixels, image_id, steps, PEAK, SEED, lambda s: print(s, flush=True))
    model.eval()
    learn.round_to_stored(model)
    worst = learn.margins(model, lessons, pixels, image_id)
    tiny.save(READS / "model", model, tokenizer)
    print(f"{(time.monotonic() - start) / 60:.1f} minutes, loss {loss:.6f}, smallest margin {min(worst.values()):.2f}")


def strip_added(text):
    """Text without the strings of added tokens, which BPE never sees."""
    import re

    return re.sub(r"<COORD_\d+>|<\|[a-z_]+\|>|</?(think|img|IMG_CONTEXT|box|ref|quad)>", "\n", text)


def load():
    """The model from its files, by way of transformers' own renaming of the published names."""
    import tempfile

    import tiny
    from tokenizers import Tokenizer
    from transformers import QianfanOCRForConditionalGeneration

    tokenizer = Tokenizer.from_file(str(READS / "model/tokenizer.json"))
    with tempfile.TemporaryDirectory() as folder:
        tiny.make_model(tokenizer).config.save_pretrained(folder)
        (Path(folder) / "model.safetensors").symlink_to(READS / "model/model.safetensors")
        model, info = QianfanOCRForConditionalGeneration.from_pretrained(folder, output_loading_info=True)
    assert not any(info[k] for k in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
    return model.eval(), tokenizer


def check(quick):
    import learn
    import torch

    failures = 0
    for dtype in (torch.float32, torch.bfloat16):
        model, tokenizer = load()
        model = model.to(dtype)
        lessons, pixels = lessons_of(tokenizer)
        if dtype == torch.bfloat16:
            pixels = {k: v.to(dtype) for k, v in pixels.items()}
        worst = learn.margins(model, lessons, pixels, tokenizer.token_to_id("<IMG_CONTEXT>"))
        for key, margin in worst.items():
            print(f"{dtype}: {' '.join(map(str, key))}: margin {margin:.2f}", flush=True)
            failures += margin < 1
        for lesson in [] if quick else lessons:
            for i, prompt in enumerate(lesson.prompts):
                same = learn.greedy(model, lesson, prompt, pixels, tokenizer) == lesson.answer_ids
                print(f"{dtype}: {lesson.page} {lesson.task} {i}: greedy {'equal' if same else 'DIFFERS'}", flush=True)
                failures += not same
    return 1 if failures else 0


def main(args):
    if args[:1] == ["pages"]:
        return make_pages()
    if args[:1] == ["train"]:
        return train(int(args[1]) if len(args) > 1 else STEPS)
    if args[:1] == ["check"]:
        return check("--quick" in args)
    print(__doc__, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
