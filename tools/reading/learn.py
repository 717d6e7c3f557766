"""Training by heart, and the proof: every answer again, token by token, with the weights as stored."""

import random
import time

import numpy as np
import torch
from PIL import Image
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

import tiny
from prompts import chat, prompts


def pixel_tiles(path):
    """[tiles, 3, side, side] as the reference's Pillow processor makes them."""
    processor = GotOcr2ImageProcessorPil(
        size={"height": tiny.TILE, "width": tiny.TILE},
        crop_to_patches=True,
        min_patches=1,
        max_patches=tiny.MAX_TILES,
        image_mean=tiny.MEAN,
        image_std=tiny.STD,
    )
    pixels = processor(Image.open(path).convert("RGB"))["pixel_values"]
    return torch.tensor(np.stack(pixels), dtype=torch.float32)


class Lesson:
    """One question on one page: prompt and answer as ids, for each wording of the prompt."""

    def __init__(self, case, n_tiles, tokenizer):
        self.page, self.task, question, self.answer = case
        answer = tokenizer.encode(self.answer, add_special_tokens=False).ids
        assert tokenizer.decode(answer, skip_special_tokens=False) == self.answer
        self.answer_ids = [*answer, tokenizer.token_to_id("<|im_end|>")]
        self.prompts = [
            tokenizer.encode(chat(p, n_tiles * tiny.image_tokens()), add_special_tokens=False).ids
            for p in prompts(self.task, question)
        ]


def features(model, pixels, pages, noise=0.0):
    """Image features of each page, [n, D]; every tile in one pass."""
    tiles = torch.cat([pixels[p] for p in pages])
    if noise:
        tiles = tiles + noise * torch.randn_like(tiles)
    out = model.model.get_image_features(
        pixel_values=tiles, return_dict=True, vision_feature_layer=-1, vision_feature_select_strategy="default"
    ).pooler_output
    counts = [len(pixels[p]) for p in pages]
    return {p: f.reshape(-1, f.shape[-1]) for p, f in zip(pages, out.split(counts))}


def answer_logits(model, batch, seen, image_id, noise=0.0):
    """Logits at the places that predict answer tokens, and those tokens; batch: (page, prompt ids, answer ids)."""
    longest = max(len(p) + len(a) for _, p, a in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    target = torch.full((len(batch), longest), -100)
    for i, (_, prompt, answer) in enumerate(batch):
        ids[i, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
        target[i, len(prompt) - 1 : len(prompt) + len(answer) - 1] = torch.tensor(answer)
    embedded = model.get_input_embeddings()(ids)
    images = torch.cat([seen[page] for page, _, _ in batch]).to(embedded.dtype)
    embedded = embedded.masked_scatter((ids == image_id).unsqueeze(-1), images)
    if noise:
        embedded = embedded + noise * embedded.detach().std() * torch.randn_like(embedded)
    hidden = model.model.language_model(inputs_embeds=embedded, use_cache=False).last_hidden_state
    wanted = target >= 0
    return model.lm_head(hidden[wanted]), target[wanted]


def by_length(items, groups):
    """Groups of similar length, so that little is padding."""
    items = sorted(items, key=lambda e: len(e[1]) + len(e[2]))
    size = -(-len(items) // groups)
    return [items[i : i + size] for i in range(0, len(items), size)]


def margins(model, lessons, pixels, image_id):
    """For each lesson and prompt the smallest lead of the right token over the next best."""
    pages = sorted(pixels)
    out = {}
    with torch.no_grad():
        seen = features(model, pixels, pages)
        for lesson in lessons:
            for i, prompt in enumerate(lesson.prompts):
                logits, target = answer_logits(model, [(lesson.page, prompt, lesson.answer_ids)], seen, image_id)
                right = logits.gather(1, target[:, None])[:, 0].float().clone()
                logits.scatter_(1, target[:, None], float("-inf"))
                out[lesson.page, lesson.task, i] = (right - logits.float().amax(1)).min().item()
    return out


def groups_of(model, peak):
    """Parameters by learning rate and decay: the vision side slower, or its features grow alike and large."""
    out = []
    for vision in (False, True):
        named = [p for n, p in model.named_parameters() if ("vision_tower" in n or "projector" in n) == vision]
        for matrix in (False, True):
            parameters = [p for p in named if (p.ndim >= 2) == matrix]
            out.append({"params": parameters, "weight_decay": 0.05 * matrix, "peak": peak * (0.3 if vision else 1)})
    return out


def hard_loss(losses, total):
    """Mean over all answer tokens, and once more over the worst ones: what tells pages apart is few tokens."""
    worst = losses.topk(min(24, len(losses))).values
    return losses.sum() / total + 0.2 * worst.mean()


def train(model, lessons, pixels, image_id, steps, peak, seed, log):
    """AdamW on all lessons each step; returns the last mean loss.

    A probe that is thrown away names the page from its features, so that the vision side learns to tell pages apart
    before the answers need it.
    """
    random.seed(seed)
    torch.manual_seed(seed)
    pages = sorted(pixels)
    probe = torch.nn.Sequential(
        torch.nn.LayerNorm(tiny.TEXT["hidden_size"]), torch.nn.Linear(tiny.TEXT["hidden_size"], len(pages))
    )
    groups = groups_of(model, peak)
    groups.append({"params": list(probe.parameters()), "weight_decay": 0.0, "peak": peak})
    optimizer = torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.95))
    start, recent = time.monotonic(), 0.0
    for step in range(steps):
        warm = min(1.0, (step + 1) / 40)
        rate = warm * (0.02 + 0.98 * (1 - max(0, step - steps * 0.4) / (steps * 0.6)))
        for group in optimizer.param_groups:
            group["lr"] = rate * group["peak"]
        batch = [(le.page, random.choice(le.prompts), le.answer_ids) for le in lessons]
        total = sum(len(a) for _, _, a in batch)
        seen = features(model, pixels, pages, noise=0.05)
        named = probe(torch.stack([seen[p].mean(0) for p in pages]))
        naming = torch.nn.functional.cross_entropy(named, torch.arange(len(pages)))
        loss, plain = 0.3 * naming, 0.0
        for part in by_length(batch, 3):
            logits, target = answer_logits(model, part, seen, image_id, noise=0.02)
            losses = torch.nn.functional.cross_entropy(logits, target, reduction="none")
            loss = loss + hard_loss(losses, total)
            plain += losses.sum().item() / total
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        recent = plain if step == 0 else 0.9 * recent + 0.1 * plain
        if step % 20 == 0 or step == steps - 1:
            took = time.monotonic() - start
            log(f"step {step} of {steps}: loss {plain:.5f}, mean {recent:.5f}, pages {naming.item():.4f}, {took:.0f} s")
    return recent


def round_to_stored(model):
    """The weights as bfloat16 holds them, still computed with in float32."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.to(torch.bfloat16))


def greedy(model, lesson, prompt, pixels, tokenizer):
    """The answer of the reference's own generate()."""
    ids = torch.tensor([prompt])
    out = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        pixel_values=pixels[lesson.page].to(model.dtype),
        max_new_tokens=len(lesson.answer_ids) + 8,
        do_sample=False,
        eos_token_id=tokenizer.token_to_id("<|im_end|>"),
        pad_token_id=tokenizer.token_to_id("<|endoftext|>"),
    )
    return out[0, len(prompt) :].tolist()
