"""Train the line reader on the shards that shards.py feeds.

    train.py SHARDS VALIDATION OUT --minutes N [--start MODEL.safetensors] [--lr PEAK]

One process, bfloat16 autocast (measured fastest on a Zen 5 core), AdamW, a cosine to the deadline. What is evaluated
and saved (OUT/model.safetensors, every seven minutes) is the moving average of the weights; OUT/log.csv is the learning
curve. Without --start the network begins from nothing, with batch norms that are folded when it is saved.
"""

import argparse
import copy
import math
import pathlib
import random
import time

import torch
from safetensors.torch import save_file

import evaluate
import net
import shards

COLUMNS = 24 * 448  # pixels of line length in a batch
WARMUP, EMA, EVERY, VALIDATE = (
    200,
    0.999,
    420,
    120,
)  # steps, decay a step, seconds between reports, lines a domain then


class Feed:
    """Shards in the order they were written, each used once; the last ones again when the generator lags."""

    def __init__(self, folder):
        self.folder, self.recent = folder, []

    def next(self):
        paths = sorted(self.folder.glob("*.npz"), key=lambda p: p.stat().st_mtime)
        while not paths and not self.recent:
            time.sleep(1)
            paths = sorted(self.folder.glob("*.npz"))
        if not paths:
            return random.choice(self.recent)
        items = shards.load(paths[0])
        paths[0].unlink()
        self.recent = self.recent[-7:] + [items]
        return items


class Buckets:
    """Batches of lines of like width. Few shapes only: oneDNN builds a kernel for each new one, and 40 % of the time went there."""

    GRID = 64  # pixels

    def __init__(self):
        self.waiting = {}

    def add(self, items):
        """Batches that these lines complete, in random order; the rest waits for the next lines."""
        out = []
        for item in items:
            width = math.ceil(item[0].shape[1] / self.GRID) * self.GRID
            group = self.waiting.setdefault(width, [])
            group.append(item)
            if len(group) >= max(1, COLUMNS // width):
                out.append(self.waiting.pop(width))
        random.shuffle(out)
        return out


def loss_of(reader, some):
    """CTC loss a character."""
    x, widths = net.batch([a for a, _ in some], Buckets.GRID)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = reader(x.contiguous(memory_format=torch.channels_last), widths)
    target = [[net.INDEX[c] for c in t] for _, t in some]
    count = torch.tensor([len(t) for t in target])
    flat = torch.tensor([c for t in target for c in t])
    log_probs = logits.float().log_softmax(-1).transpose(0, 1)
    loss = torch.nn.functional.ctc_loss(
        log_probs, flat, net.lengths(widths), count, reduction="sum", zero_infinity=True
    )
    return loss / max(1, int(count.sum()))


class Trainer:
    """The network, its average, the optimizer and the clock."""

    def __init__(self, a):
        self.out, self.minutes, self.peak = a.out, a.minutes, a.lr
        self.reader = net.load(a.start) if a.start else net.Reader(norm=True)
        self.reader = self.reader.train().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.reader).eval()
        self.optimizer = torch.optim.AdamW(
            self.reader.parameters(), a.lr, (0.9, 0.98), weight_decay=0.02, fused=True
        )
        self.validation = {p.stem: shards.load(p)[:VALIDATE] for p in sorted(a.validation.glob("*.npz"))}
        self.step, self.seen, self.loss = 0, 0, None
        self.start = time.monotonic()

    def elapsed(self):
        return time.monotonic() - self.start

    def rate(self):
        """Learning rate now: warm up, then a cosine to the deadline."""
        done = min(1.0, self.elapsed() / (self.minutes * 60))
        return self.peak * min(1, (self.step + 1) / WARMUP) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6

    def train(self, some):
        """One step."""
        loss = loss_of(self.reader, some)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.reader.parameters(), 2.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.step()
        self.step, self.seen = self.step + 1, self.seen + len(some)
        self.loss = loss.item() if self.loss is None else self.loss * 0.99 + loss.item() * 0.01
        self.follow(min(EMA, self.step / (self.step + 10)))

    def follow(self, decay):
        """Move the average towards the network; counters of batch norms are copied."""
        with torch.no_grad():
            for mean, now in zip(self.average.state_dict().values(), self.reader.state_dict().values()):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - decay)

    def report(self):
        """Evaluate the average, save it, add a row to the log."""
        scores = {name: evaluate.score(self.average, items)[:2] for name, items in self.validation.items()}
        state = {k: v.contiguous() for k, v in net.fold(self.average.state_dict()).items()}
        save_file(state, self.out / "model.safetensors")
        row = [f"{self.elapsed() / 60:.1f}", str(self.step), str(self.seen), f"{self.loss:.4f}"]
        row += [f"{v:.4f}" for pair in scores.values() for v in pair]
        log = self.out / "log.csv"
        if not log.exists():
            log.write_text("minutes,step,lines,loss," + ",".join(f"{n} cer,{n} exact" for n in scores) + "\n")
        with open(log, "a", encoding="utf8") as f:
            f.write(",".join(row) + "\n")
        print(*row, flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("shards", type=pathlib.Path)
    args.add_argument("validation", type=pathlib.Path)
    args.add_argument("out", type=pathlib.Path)
    args.add_argument("--minutes", type=float, required=True)
    args.add_argument("--start")
    args.add_argument("--lr", type=float, default=1.2e-3)
    args.add_argument("--threads", type=int, default=1)
    args.add_argument("--pause", help="a file: wait while it exists")
    a = args.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    a.out.mkdir(parents=True, exist_ok=True)
    trainer, feed, buckets, due = Trainer(a), Feed(a.shards), Buckets(), 0.0
    while trainer.elapsed() < a.minutes * 60:
        for some in buckets.add(feed.next()):
            shards.wait_while(a.pause)
            trainer.train(some)
        if trainer.elapsed() > due:
            trainer.report()
            due = trainer.elapsed() + EVERY
    trainer.report()


if __name__ == "__main__":
    main()
