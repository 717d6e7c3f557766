"""What the training lines say: prose, dictionary words, amounts, codes, receipts.

A text may contain tabs: `lines.py` draws them as wide gaps, and the transcription has a single space there.
Everything is drawn from Debian packages (`fonts.sh` installs them) or made up here.
"""
import glob
import gzip
import random
import re

from net import INDEX

DICTIONARIES = "american-english british-english french ngerman spanish italian portuguese dutch swedish danish".split()
MAN_PAGES = ("man", "de/man", "fr/man", "es/man", "it/man")
CONFUSABLE = "0O1I5S8B2Z6G7T4A"


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
        self.words = {d: [w for w in read(f"/usr/share/dict/{d}").split() if readable(w)] for d in DICTIONARIES}
        self.english = self.words["american-english"]

    def word(self):
        """A dictionary word, English half of the time."""
        return random.choice(self.english if random.random() < 0.5 else self.words[random.choice(DICTIONARIES)])

    def running(self, count):
        """Consecutive words of prose."""
        start = random.randrange(len(self.prose) - count)
        return " ".join(self.prose[start : start + count])

    def mixed(self, count):
        """Words and numbers."""
        return " ".join(number() if random.random() < 0.6 else self.word().title() for _ in range(max(1, count // 2)))

    def label(self):
        """The label of a form field or a receipt total."""
        plain = "TOTAL,SUBTOTAL,Total,CASH,CHANGE,Change,Date,DATE,Time,Invoice No,INVOICE NO,Doc No,Receipt,Cashier,Table,"
        plain += "Qty,Item(s),Amount,AMOUNT DUE,Balance,Rounding,Tax,TAX,VAT,GST,MwSt,TVA,IVA,IBAN,Tel,TEL,Fax,Ref,Order,Ship to,"
        plain += "Price,Disc,Discount,Page,Account,Card,VISA,Member,Bill,Terminal,Operator,Counter,Salesperson,Unit Price,Description"
        return random.choice(plain.split(",")) + random.choice(["", "", ":", " :", "."])

    def item(self):
        """A receipt line with an article."""
        name = " ".join(self.word() for _ in range(random.randint(1, 4)))
        name = name.upper() if random.random() < 0.75 else name.title()
        count, price = random.randint(1, 12), amount()
        return random.choice([
            f"{name}\t{price}", f"{count} {name}\t{price}", f"{count} X {price}\t{amount()}", f"{code()}\t{count}\t{price}\t{amount()}",
            f"{name} {random.randint(1, 999)}{random.choice(['G', 'ML', 'KG', 'L', 'CM', 'PCS', 'g', 'ml'])}\t{price}",
            f"{count} @ {price}\t{amount()} {random.choice('ABSTZ*')}", f"{digits(13)}\t{price} {random.choice(['SR', 'ZR', 'A', 'B', 'T'])}",
            f"{name}\t{count}\t{price}\t{amount()}\t{random.choice(['SR', 'S', 'Z', '0.00', '6%'])}",
        ])

    def receipt(self):
        """A line of a shop receipt or an invoice."""
        street = " ".join(self.word() for _ in range(2)).title()
        firm = " ".join(self.word() for _ in range(random.randint(1, 3))).upper()
        kind = random.random()
        if kind < 0.35:
            return self.item()
        if kind < 0.65:
            value = random.choice([amount, amount, date, clock, code, lambda: digits(random.randint(3, 14)), number])
            return self.label() + random.choice(["\t", " ", "\t", "\t: ", ": "]) + value()
        return random.choice([
            f"NO. {random.randint(1, 400)}, {street.upper()},", f"{random.randint(1, 400)}-{random.choice('ABCG')} {street}",
            f"{digits(5)} {self.word().upper()}", f"{firm} {random.choice(['LTD', 'GMBH', 'INC.', 'S.A.', 'SDN BHD', '& CO', 'PLC', 'S.R.L.'])}",
            f"{self.word().upper()} {self.word().upper()} & {self.word().upper()}", f"{random.randint(1, 99)}' X {digits(2)}#",
            f"({code()})", f"TEL: {phone()}\tFAX: {phone()}", f"{date()} {clock()}", f"{date()}\t{clock()}", f"{self.label()}\t{self.label()}\t{self.label()}",
            f"*** {self.running(3).upper()} ***", f"{self.running(4).upper()}", f"VAT REG {code()}", f"www.{self.word().lower()}.{random.choice(['com', 'de', 'fr', 'net'])}",
            f"ID: {digits(12)}", f"{random.randint(1, 99)}% {self.label()}\t{amount()}\t{amount()}", f"**** **** **** {digits(4)}",
        ])

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
        return self.dress(text)

    def dress(self, text):
        """Case, bullets, marks and closing punctuation."""
        kind = random.random()
        if kind < 0.16:
            text = text.upper()
        elif kind < 0.22:
            text = text.title()
        if random.random() < 0.08:
            text += random.choice([":", ";", ".", ",", "!", "?", ")", " .....", "%"])
        if random.random() < 0.04:
            text = random.choice(["☐ ", "☒ ", "✓ ", "• ", "- ", "* ", "(a) ", "1. ", "“", "§ ", "† "]) + text
        if random.random() < 0.03:
            text += random.choice([" ×", " 5 × 7", " m²", " m³", " µm", " ±0.5", " ≤ 10", " ≥ 3", " 25 °C", "™", "†", " −4", " ½", " ¢", " ÷ 2"])
        return text[:100].strip()


def digits(count):
    return "".join(random.choice("0123456789") for _ in range(count))


def amount():
    """Money without a currency, small amounts most often."""
    value, cents = random.randint(0, 10 ** random.choice([1, 1, 2, 2, 3, 4, 5])), digits(2)
    plain = random.choice([f"{value}.{cents}", f"{value}.{cents}", f"{value},{cents}", f"{value:,}.{cents}"])
    return random.choice(["", "", "", "", "-", "$", "€", "£", "RM ", "RM", "EUR ", "USD "]) + plain


def date():
    day, month, year = f"{random.randint(1, 31):02d}", f"{random.randint(1, 12):02d}", str(random.randint(1980, 2035))
    sign, name = random.choice("/-."), random.choice("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec JAN MAY AUG OCT".split())
    return random.choice([
        sign.join((day, month, year)), sign.join((day, month, year[2:])), sign.join((year, month, day)),
        f"{day} {name} {year}", f"{name} {day}, {year}", f"{day}-{name}-{year[2:]}",
    ])


def clock():
    text = f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}"
    return text + random.choice(["", "", f":{random.randint(0, 59):02d}", " AM", " PM", "PM", f":{random.randint(0, 59):02d} PM"])


def phone():
    return random.choice([
        f"+{random.randint(1, 99)} {digits(3)}-{digits(3)} {digits(4)}", f"0{digits(1)}-{digits(4)} {digits(4)}", f"({digits(3)}) {digits(3)}-{digits(4)}",
        f"0{digits(2)}-{digits(7)}", f"0{digits(4)} {digits(6)}", f"{digits(3)}/{digits(7)}",
    ])


def code():
    """Part and document numbers, rich in look-alikes. Capitals only: a lone l or o would teach guessing."""
    kind = random.random()
    if kind < 0.3:
        return "".join(random.choice(CONFUSABLE) for _ in range(random.randint(3, 12)))
    if kind < 0.6:
        return "".join(random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(random.randint(1, 4))) + random.choice(["", "-", "/"]) + digits(random.randint(2, 9))
    if kind < 0.8:
        return "-".join(digits(random.randint(2, 6)) for _ in range(random.randint(2, 4)))
    return "".join(random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-/.") for _ in range(random.randint(3, 14)))


def number():
    kind = random.random()
    if kind < 0.35:
        return amount()
    if kind < 0.5:
        return date()
    if kind < 0.6:
        return clock()
    if kind < 0.7:
        return digits(random.randint(1, 10))
    if kind < 0.8:
        return random.choice([f"{random.randint(0, 100)}%", f"({random.randint(0, 9999)})", f"{random.random():.3f}", f"#{digits(3)}"])
    return code() if kind < 0.92 else phone()


def symbols():
    """Random characters in groups: no language to lean on."""
    text = "".join(random.choice(list(INDEX)[1:]) for _ in range(random.randint(2, 30)))
    return " ".join(text[i : i + 5] for i in range(0, len(text), 5))
