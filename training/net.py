"""The line network: four convolutions, a short transformer, CTC.

The architecture is fixed by what `models/line-latin/config.json` says; the C implementation reads the
same sizes. `Reader.forward` takes lines as [B, 1, 32, W] with ink at +1 and paper at -1, W a multiple of 32.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

CHARS = (
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
    "£€§©®°«»·±½¿¡–—‘’“”•…"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž"
    "Ÿ×÷µ²³¹ªº†‡™−≤≥☐☒✓¢¥¶"
)
INDEX = {c: i + 1 for i, c in enumerate(CHARS)}  # 0 is the CTC blank

HEIGHT, COLUMN, PAD = 32, 4, 32  # line height, pixels a token, widths are padded to a multiple of this
CONVS = ((1, 32, (2, 2)), (32, 64, (2, 2)), (64, 128, (2, 1)), (128, 192, (2, 1)))  # in, out, (down, across)
DIM, LAYERS, HEADS, MLP, WINDOW, POS_KERNEL, EPS = 256, 4, 8, 512, 32, 9, 1e-5


class LayerNorm(nn.LayerNorm):
    """Layer norm in float32, whatever the autocast type."""

    def forward(self, x):
        return F.layer_norm(x.float(), self.normalized_shape, self.weight, self.bias, self.eps)


class Conv(nn.Conv2d):
    """3x3 convolution and ReLU; with a batch norm between them while a network is trained from nothing."""

    def __init__(self, cin, cout, stride, norm):
        super().__init__(cin, cout, 3, stride, 1, bias=not norm)
        self.norm = nn.BatchNorm2d(cout, eps=EPS) if norm else None

    def forward(self, x):
        y = super().forward(x)
        return F.relu(self.norm(y) if self.norm else y, inplace=True)


class Block(nn.Module):
    """Pre-norm transformer block; the additive mask limits attention to near tokens of the line itself."""

    def __init__(self):
        super().__init__()
        self.norm1 = LayerNorm(DIM, eps=EPS)
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.out = nn.Linear(DIM, DIM)
        self.norm2 = LayerNorm(DIM, eps=EPS)
        self.up = nn.Linear(DIM, MLP)
        self.down = nn.Linear(MLP, DIM)

    def attention(self, x, mask):
        b, t, d = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, HEADS, d // HEADS).permute(2, 0, 3, 1, 4)
        score = (q @ k.transpose(-1, -2)) * (d // HEADS) ** -0.5 + mask
        mixed = score.float().softmax(-1).to(v.dtype) @ v
        return self.out(mixed.transpose(1, 2).reshape(b, t, d))

    def forward(self, x, mask):
        x = x + self.attention(self.norm1(x), mask)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


def attention_mask(widths, tokens):
    """Additive mask [B, 1, T, T]: -1e4 for tokens beyond the line's end or more than WINDOW away."""
    at = torch.arange(tokens)
    beyond = at[None] >= lengths(widths)[:, None]
    far = (at[None] - at[:, None]).abs() > WINDOW
    return (beyond[:, None, None] | far[None, None]).float() * -1e4


def lengths(widths):
    """Tokens of lines that are `widths` pixels wide."""
    return (widths + COLUMN - 1) // COLUMN


class Reader(nn.Module):
    """Line images to character logits. `norm` adds the batch norms that `fold` removes again."""

    def __init__(self, norm=False):
        super().__init__()
        self.conv = nn.Sequential(*(Conv(*c, norm) for c in CONVS))
        self.proj = nn.Linear(CONVS[-1][1] * HEIGHT // 16, DIM)
        self.pos = nn.Conv1d(DIM, DIM, POS_KERNEL, 1, POS_KERNEL // 2, groups=DIM)
        self.block = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = LayerNorm(DIM, eps=EPS)
        self.head = nn.Linear(DIM, len(CHARS) + 1)

    def forward(self, x, widths):
        """x [B, 1, 32, W], widths [B] in pixels before padding; returns logits [B, W/4, classes]."""
        y = self.conv(x)
        b, c, h, t = y.shape
        y = self.proj(y.permute(0, 3, 1, 2).reshape(b, t, c * h))
        y = y + self.pos(y.transpose(1, 2)).transpose(1, 2)
        mask = attention_mask(widths, t).to(y.dtype)
        for block in self.block:
            y = block(y, mask)
        return self.head(self.norm(y))


def fold(state):
    """State of a network with or without batch norms to the state without: each goes into its convolution."""
    out = {k: v.detach().clone() for k, v in state.items() if ".norm." not in k or not k.startswith("conv.")}
    for i in range(len(CONVS)):
        if f"conv.{i}.norm.weight" in state:
            part = {k: state[f"conv.{i}.norm.{k}"] for k in ("weight", "bias", "running_mean", "running_var")}
            scale = part["weight"] / torch.sqrt(part["running_var"] + EPS)
            out[f"conv.{i}.weight"] = state[f"conv.{i}.weight"] * scale[:, None, None, None]
            out[f"conv.{i}.bias"] = part["bias"] - part["running_mean"] * scale
    return out


def load(path):
    """The network of a safetensors file, in float32, ready to read."""
    reader = Reader()
    reader.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    return reader.eval()


def batch(images, multiple=PAD):
    """uint8 [32, w] images to the input [B, 1, 32, W], padded to a multiple, and the widths."""
    width = (max(a.shape[1] for a in images) + multiple - 1) // multiple * multiple
    x = torch.full((len(images), 1, HEIGHT, width), -1.0)
    for i, a in enumerate(images):
        x[i, 0, :, : a.shape[1]] = 1 - torch.from_numpy(a).float() / 127.5
    return x, torch.tensor([a.shape[1] for a in images])


def greedy(logits):
    """Best path of one line's logits [T, classes]: the text."""
    text, last = [], 0
    for c in logits.argmax(-1).tolist():
        if c and c != last:
            text.append(CHARS[c - 1])
        last = c
    return "".join(text)


def edit_distance(a, b):
    """Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        new = [i + 1]
        for j, y in enumerate(b):
            new.append(min(row[j + 1] + 1, new[j] + 1, row[j] + (x != y)))
        row = new
    return row[-1]
