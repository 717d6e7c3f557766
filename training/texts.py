"""What the training lines say: prose, dictionary words, amounts, codes, receipts.

A text may contain tabs: `lines.py` draws them as wide gaps, and the transcription has a single space there.
Everything is drawn from Debian packages (`fonts.sh` installs them) or made up here.
"""

import glob
import gzip
import random
import re

from net import INDEX

DICTIONARIES = (
    "american-english british-english french ngerman spanish italian portuguese dutch swedish danish".split()
)
MAN_PAGES = ("man", "de/man", "fr/man", "es/man", "it/man")
CONFUSABLE = "0O1I5S8B2Z6G7T4A"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LABELS = (
    "TOTAL,SUBTOTAL,Total,CASH,CHANGE,Change,Date,DATE,Time,Invoice No,INVOICE NO,Doc No,Receipt,Cashier,Table,Qty,Item(s),Amount,"
    "AMOUNT DUE,Balance,Rounding,Tax,TAX,VAT,GST,MwSt,TVA,IVA,IBAN,Tel,TEL,Fax,Ref,Order,Ship to,Price,Disc,Discount,Page,Account,"
    "Card,VISA,Member,Bill,Terminal,Operator,Counter,Salesperson,Unit Price,Description"
).split(",")

# Forms of lines: {name} stands for what the function of that name makes, {dN} for N digits, a tab for a wide gap.
ITEMS = (
    "{ITEM}\t{amount}",
    "{ITEM}\t{amount}",
    "{Item}\t{amount}",
    "{count} {ITEM}\t{amount}",
    "{count} X {amount}\t{amount}",
    "{count} x {amount}\t{amount}",
    "{count} x {Item}\t{amount}",
    "{code}\t{count}\t{amount}\t{amount}",
    "{ITEM} {d3}{unit}\t{amount}",
    "{Item} {d2}{unit}\t{amount}",
    "{count} @ {amount}\t{amount} {letter}",
    "{d13}\t{amount} {letter}",
    "{d13}\t{amount} SR",
    "{ITEM}\t{count}\t{amount}\t{amount}",
    "{ITEM}\t{count}\t{amount}\t{amount}\t{letter}",
    "{Item}\t{count}\t{amount}\t{count}%",
)
FIELDS = (
    "{label}\t{amount}",
    "{label}\t{amount}",
    "{label} {amount}",
    "{label}\t: {amount}",
    "{label}: {number}",
    "{label}\t{number}",
    "{label} {date}",
    "{label}\t{date}",
    "{label} {clock}",
    "{label}\t: {code}",
    "{label} {code}",
    "{label}: {d12}",
    "{label}\t{d5}",
)
HEADS = (
    "NO. {count}, {ITEM},",
    "{d3}-{letter} {Item}",
    "{d5} {ITEM}",
    "{ITEM} LTD",
    "{ITEM} GMBH",
    "{ITEM} INC.",
    "{ITEM} S.A.",
    "{ITEM} SDN BHD",
    "{ITEM} & CO",
    "{ITEM} & {ITEM}",
    "{ITEM} S.R.L.",
    "{count}' X {d2}#",
    "({code})",
    "TEL: {phone}\tFAX: {phone}",
    "{date} {clock}",
    "{date}\t{clock}",
    "{label}\t{label}\t{label}",
    "*** {PROSE} ***",
    "{PROSE}",
    "{PROSE}",
    "VAT REG {code}",
    "www.{word}.com",
    "www.{word}.de",
    "ID: {d12}",
    "{count}% {label}\t{amount}\t{amount}",
    "**** **** **** {d4}",
    "{label}\t{label}",
    "{PROSE}, {PROSE}.",
)
DATES = (
    "{day}/{month}/{year}",
    "{day}-{month}-{year}",
    "{day}.{month}.{year}",
    "{day}/{month}/{d2}",
    "{day}.{month}.{d2}",
    "{year}-{month}-{day}",
    "{day} {name} {year}",
    "{name} {day}, {year}",
    "{day}-{name}-{d2}",
)
CLOCKS = (
    "{hour}:{minute}",
    "{hour}:{minute}",
    "{hour}:{minute}:{minute}",
    "{hour}:{minute} AM",
    "{hour}:{minute} PM",
    "{hour}:{minute}:{minute} PM",
)
PHONES = (
    "+{count} {d3}-{d3} {d4}",
    "0{d1}-{d4} {d4}",
    "({d3}) {d3}-{d4}",
    "0{d2}-{d7}",
    "0{d4} {d6}",
    "{d3}/{d7}",
    "+{count} {d2} {d3} {d2} {d2}",
)
NUMBERS = (
    ("{amount}",) * 7
    + ("{date}",) * 3
    + ("{clock}",) * 2
    + ("{d4}", "{d8}", "{d1}", "{count}%", "({d3})", "0.{d3}", "#{d3}", "{code}", "{code}", "{phone}")
)
ENDINGS = (
    " ×",
    " 5 × 7",
    " m²",
    " m³",
    " µm",
    " ±0.5",
    " ≤ 10",
    " ≥ 3",
    " 25 °C",
    "™",
    "†",
    " −4",
    " ½",
    " ¢",
    " ÷ 2",
)
BULLETS = ("☐ ", "☒ ", "✓ ", "• ", "- ", "* ", "(a) ", "1. ", "“", "§ ", "† ")


def readable(word):
    """Whether every character is in the network's character list."""
    return 0 < len(word) < 24 and all(c in INDEX for c in word)


def read(path):
    """A text file, gzipped or not; undecodable bytes are dropped."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf8", errors="ignore") as f:
        return f.read()


def strip_roff(text):
    """The prose of a manual page."""
    text = re.sub(r"^[.'].*$", "", text, flags=re.M)
    text = re.sub(r"\\f(\[\w*\]|\(..|.)|\\s[+-]?\d", "", text)
    text = text.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")
    return re.sub(r"\\(\(..|\[.*?\]|.)", "", text)


def prose(pages=700):
    """Running words: fortunes, licences, manual pages in five languages."""
    files = glob.glob("/usr/share/games/fortunes/**/*", recursive=True)
    texts = [read(f) for f in files if not f.endswith((".dat", ".u8")) and glob.glob(f + ".dat")]
    texts += [read(f) for f in glob.glob("/usr/share/common-licenses/*")]
    for folder in MAN_PAGES:
        found = sorted(glob.glob(f"/usr/share/man/{folder}[1-8]/*.gz"))
        texts += [strip_roff(read(f)) for f in random.sample(found, min(len(found), pages))]
    markup = ("%", "T{", "T}", "T{T}")
    return [w for w in " ".join(texts).split() if readable(w) and not w.startswith(markup)]


class Texts:
    """Draws texts of lines; all randomness comes from the `random` module."""

    def __init__(self):
        self.prose = prose()
        self.words = {
            d: [w for w in read(f"/usr/share/dict/{d}").split() if readable(w)] for d in DICTIONARIES
        }
        self.english = self.words["american-english"]
        self.pieces = PIECES | {
            "word": lambda: self.word().lower(),
            "ITEM": lambda: self.name().upper(),
            "Item": lambda: self.name().title(),
            "PROSE": lambda: self.running(random.randint(2, 5)).upper(),
        }

    def word(self):
        """A dictionary word, English half of the time."""
        return random.choice(
            self.english if random.random() < 0.5 else self.words[random.choice(DICTIONARIES)]
        )

    def name(self):
        """A few words: an article, a firm, a street."""
        return " ".join(self.word() for _ in range(random.choice([1, 2, 2, 3, 4])))

    def running(self, count):
        """Consecutive words of prose."""
        start = random.randrange(len(self.prose) - count)
        return " ".join(self.prose[start : start + count])

    def mixed(self, count):
        """Words and numbers."""
        return " ".join(
            fill("{number}") if random.random() < 0.6 else self.word().title()
            for _ in range(max(1, count // 2))
        )

    def receipt(self):
        """A line of a shop receipt or an invoice."""
        return fill(random.choice(random.choice((ITEMS, FIELDS, HEADS))), self.pieces)

    def line(self, receipt=0.15):
        """One line; `receipt` is the share of receipt lines."""
        count = random.choice([1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
        kind = random.random()
        if random.random() < receipt:
            text = self.receipt()
        elif kind < 0.55:
            text = self.running(count)
        elif kind < 0.72:
            text = " ".join(self.word() for _ in range(count))
        elif kind < 0.90:
            text = self.mixed(count)
        elif kind < 0.96:
            text = " ".join(code() for _ in range(random.randint(1, 5)))
        else:
            text = symbols()
        return dress(text)


def dress(text):
    """Case, bullets, marks and closing punctuation."""
    kind = random.random()
    if kind < 0.16:
        text = text.upper()
    elif kind < 0.22:
        text = text.title()
    if random.random() < 0.08:
        text += random.choice([":", ";", ".", ",", "!", "?", ")", " .....", "%"])
    if random.random() < 0.04:
        text = random.choice(BULLETS) + text
    if random.random() < 0.03:
        text += random.choice(ENDINGS)
    return text[:100].strip()


def digits(count):
    """Digits; numbers of documents often begin with zeros."""
    zeros = random.randint(1, count) if count > 4 and random.random() < 0.15 else 0
    return "0" * zeros + "".join(random.choice("0123456789") for _ in range(count - zeros))


def amount():
    """Money with or without a currency, small amounts most often."""
    value, cents = random.randint(0, 10 ** random.choice([1, 1, 2, 2, 3, 4, 5])), digits(2)
    plain = random.choice([f"{value}.{cents}", f"{value}.{cents}", f"{value},{cents}", f"{value:,}.{cents}"])
    return random.choice(["", "", "", "", "-", "$", "€", "£", "RM ", "RM", "EUR ", "USD "]) + plain


def code():
    """Part and document numbers. Capitals only: a lone l or o would teach guessing. Few mix look-alikes freely, as few
    real ones do: where 0 and O are drawn alike, a run of digits has zeros."""
    kind = random.random()
    if kind < 0.1:
        return "".join(random.choice(CONFUSABLE) for _ in range(random.randint(3, 12)))
    if kind < 0.6:
        letters = "".join(random.choice(CAPITALS) for _ in range(random.randint(1, 4)))
        return letters + random.choice(["", "-", "/"]) + digits(random.randint(2, 9))
    if kind < 0.8:
        return "-".join(digits(random.randint(2, 6)) for _ in range(random.randint(2, 4)))
    return "".join(random.choice(CAPITALS + "0123456789-/.") for _ in range(random.randint(3, 14)))


def symbols():
    """Random characters in groups: no language to lean on."""
    text = "".join(random.choice(list(INDEX)[1:]) for _ in range(random.randint(2, 30)))
    return " ".join(text[i : i + 5] for i in range(0, len(text), 5))


PIECES = {
    "amount": amount,
    "code": code,
    "date": lambda: fill(random.choice(DATES)),
    "clock": lambda: fill(random.choice(CLOCKS)),
    "phone": lambda: fill(random.choice(PHONES)),
    "number": lambda: fill(random.choice(NUMBERS)),
    "label": lambda: random.choice(LABELS) + random.choice(["", "", ":", " :", "."]),
    "count": lambda: str(random.randint(1, random.choice([9, 99, 400]))),
    "unit": lambda: random.choice(["G", "ML", "KG", "L", "CM", "PCS", "g", "ml", "kg"]),
    "letter": lambda: random.choice("ABSTZ*"),
    "day": lambda: f"{random.randint(1, 31):02d}",
    "month": lambda: f"{random.randint(1, 12):02d}",
    "year": lambda: str(random.randint(1980, 2035)),
    "name": lambda: random.choice("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec JAN MAY AUG OCT".split()),
    "hour": lambda: f"{random.randint(0, 23):02d}",
    "minute": lambda: f"{random.randint(0, 59):02d}",
}


def fill(form, pieces=PIECES):
    """A form with its {names} replaced."""

    def piece(match):
        name = match.group(1)
        return digits(int(name[1:])) if re.fullmatch(r"d\d+", name) else pieces[name]()

    return re.sub(r"\{(\w+)\}", piece, form)
