"""Which fonts draw the lines, which families are kept for validation, what a font can draw."""

import functools
import os
import random
import re
import string
import subprocess

from PIL import ImageFont

from net import INDEX

# Families whose Latin letters are not plain text, and formats FreeType draws badly.
UNFIT = re.compile(
    r"symbol|dingbat|D050|emoji|initials|fraktur|/type1/|\.pf[ab]|\.t1|\.otb|\.pcf|\.afm|keyboard|math|zapf|z003|chancery|braille|music|"
    r"marlett|wingdings|webdings|stix.*(siz|var|int|nonuni)|lm\w*caps|garamondsc|cmuncsc|titling|romandeadfstyle|tirekv|monoisome|ocrb[efx]\.|smallcaps|-allsc|el_abogado|\.woff",
    re.I,
)
HELD_OUT = re.compile(
    r"vollkorn|caladea|gfsdidot|karla|genr102|freeserif|cousine|texgyrebonum|lmroman|courier ?prime|ocr-?b|league-?mono|opendin|spleen|3270",
    re.I,
)
PRINTER = re.compile(
    r"mono|courier|typewriter|typist|tlwgtypo|ocr|terminus|glass_?tty|3270|^(ac|mx|px|bm)\w*_|firacode|hack|agave|hermit|inconsol|"
    r"spleen|proggy|unifont|cousine|sixtyfour|amiga|topaz|dotgothic|fixed|anonymous|cursor",
    re.I,
)
SLANTED = re.compile(r"ital|obli|slant|cmun.*i\.|it\.", re.I)


def listed(*pattern):
    """Files that fontconfig knows for a pattern."""
    rows = subprocess.run(
        ["fc-list", *pattern, "file"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return {row.split(":")[0] for row in rows}


def installed():
    """Font files that draw English, French and German, and printer fonts that draw at least ASCII."""
    printer = {f for f in listed(":") if PRINTER.search(os.path.basename(f)) and not UNFIT.search(f)}
    files = {f for f in listed(":lang=en:lang=fr:lang=de") if not UNFIT.search(f)}
    return sorted(files | {f for f in printer if covers(f, string.ascii_letters + string.digits + ".,:-/()")})


def family(path):
    """A short name for fonts that look alike: four letters tell Debian's families apart well enough."""
    return os.path.basename(path)[:4].lower()


class Fonts:
    """Fonts grouped by family, so that a family of 40 files is not drawn 40 times as often. Slanted ones are rarer."""

    def __init__(self, held_out):
        groups = {}
        for path in installed():
            if bool(HELD_OUT.search(path)) == held_out:
                groups.setdefault(family(path), []).append(path)
        self.families = list(groups.values())
        self.printer = [g for g in self.families if PRINTER.search(os.path.basename(g[0]))]

    def pick(self, printer):
        """A font file; `printer` is the probability of a typewriter, terminal or till font.

        The square root of the family's size weighs it: its weights and slants matter, though not linearly.
        """
        groups = self.printer if random.random() < printer else self.families
        group = random.choices(groups, [len(g) ** 0.5 for g in groups])[0]
        path = random.choice(group)
        return random.choice(group) if SLANTED.search(path) else path


@functools.lru_cache(maxsize=600)
def load(path, size):
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=None)
def missing(path):
    """Characters of the network's list that the font lacks: a box in their place would teach nonsense."""
    font = load(path, 30)
    tofu = bytes(font.getmask("\U0010fff0"))
    return frozenset(c for c in INDEX if c != " " and bytes(font.getmask(c)) in (tofu, b""))


def covers(path, text):
    return missing(path).isdisjoint(text)
