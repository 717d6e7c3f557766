#!/usr/bin/env python3
"""Write the corpus of fuzz_source_reply: replies of a parser (vision/source_wire.h), sound and bent.

usage: make_source_reply_corpus.py CORPUS_FOLDER      (only the standard library is needed)
"""
import os
import struct
import sys

OUT = sys.argv[1]
OPEN, SCAN, PIXELS, PICTURE, LIST, BYTES = range(6)
NONE = 0xFFFFFFFF


def texts(*values):
    return b''.join(v.encode() + b'\0' for v in values if v is not None)


def length(value):
    return NONE if value is None else len(value.encode())


def opening(n_pages=3, encrypted=0, meta=('pdf', 'Title', None, None, None, None, 'Maker', '2024-01-31T12:00:00Z', None),
            bookmarks=((1, 1, 'One'), (2, 0, 'Über'))):
    text = texts(*meta, *(b[2] for b in bookmarks))
    return (struct.pack('<iII', n_pages, encrypted, len(bookmarks)) + b''.join(struct.pack('<I', length(m)) for m in meta)
            + struct.pack('<I', len(text)) + b''.join(struct.pack('<iiI', lv, p, length(t)) for lv, p, t in bookmarks) + text)


def scan(words=(('Some', 10, 60), ('wörds', 70, 130), ('文字', 140, 180)), rules=1, pictures=1, width=600.0, height=800.0, links=(),
         fields=()):
    facts = struct.pack('<ffiiiiiiifIiiifI', width, height, 90, 0, 11, 2, 1, 3, 1, 0.25, 0, 5, 5, 0, 0.0, 0)
    text = (texts(*(w[0] for w in words)) + texts(*(url for url, _ in links))
            + b''.join(texts(*f[2:]) for f in fields))
    head = struct.pack('<fffIIIIIII', width, height, 72.0, 1 if words else 0, rules, pictures, len(words), len(links),
                       len(fields), len(text))
    line = struct.pack('<ffffIfffIi', 10, 100, 180, 120, len(words), 116.0, 20.0, 1.0, 1, -1) if words else b''
    rule = struct.pack('<ffffI', 50, 200, 450, 201, 0) * rules
    picture = struct.pack('<ffff', 50, 300, 150, 400) * pictures
    records = b''.join(struct.pack('<fffffII', x0, 100, x1, 120, 1.0, 1, length(w)) for w, x0, x1 in words)
    records += b''.join(struct.pack('<ffffI', x0, 100, x0 + 50, 120, length(url)) for url, x0 in links)
    records += b''.join(struct.pack('<ffffIIfIII', 10, 500, 200, 520, kind, checked, 1.0, *map(length, t))
                        for kind, checked, *t in fields)
    return facts + head + line + rule + picture + records + text


def image(w, h, channels, dpi=72.0):
    return struct.pack('<iiif', w, h, channels, dpi) + bytes(i % 256 for i in range(w * h * channels))


def names(*items):
    text = texts(*(n for n, _ in items))
    return (struct.pack('<II', len(items), len(text)) + b''.join(struct.pack('<QII', s, length(n), 0) for n, s in items)
            + text)


def error(kind, status, message):
    return struct.pack('<IIiIQ', kind, status, 0, len(message), 2**64 - 1) + message


def put(name, call, body, whole=False):
    with open(os.path.join(OUT, name), 'wb') as f:
        f.write(bytes([call | (0x80 if whole else 0)]) + body)


os.makedirs(OUT, exist_ok=True)
put('open', OPEN, opening())
put('open-plain', OPEN, opening(1, 1, ('jpeg',) + (None,) * 8, ()))
put('open-short', OPEN, opening()[:-3])
put('open-bookmarks', OPEN, opening(bookmarks=[(i % 5 + 1, i, 'b%d' % i) for i in range(40)]))
put('open-many-pages', OPEN, opening(n_pages=2**31 - 1))
put('scan', SCAN, scan())
put('scan-empty', SCAN, scan((), 0, 0))
put('scan-longer', SCAN, scan() + b'x')
put('scan-marks', SCAN, scan((('e\u0301', 10, 60), ('\u1100\u1161', 70, 130), ('a' + '\u0344' * 31, 140, 180))))
put('scan-space', SCAN, scan((('a b', 10, 60),)))
put('scan-bidi', SCAN, scan((('a\u202eb', 10, 60),)))
put('scan-outside', SCAN, scan((('a', 10, 6000),)))
put('scan-nan', SCAN, scan(width=float('nan')))
put('scan-large', SCAN, scan([('w%d' % i, i, i + 1) for i in range(100)], 20, 5))
put('scan-links', SCAN, scan(links=(('https://example.org/a%20b?c=ü', 10), ('#page=3', 70))))
put('scan-link-space', SCAN, scan(links=(('https://example.org/a b', 10),)))
put('scan-link-outside', SCAN, scan(links=(('#page=1', 590),)))
put('scan-link-long', SCAN, scan(links=(('http:' + 'x' * 4092, 10),)))
put('scan-fields', SCAN, scan(fields=((0, 0, 'form.name', 'Your näme', 'Ada'), (1, 1, None, None, 'Yes'),
                                      (5, 0, 'signed', None, None))))
put('scan-field-kind', SCAN, scan(fields=((6, 0, 'a', None, None),)))
put('scan-field-empty', SCAN, scan(fields=((0, 0, '', None, None),)))
put('scan-places', SCAN, scan((), 0, 0, links=(('mailto:a@b.c', 0),), fields=((3, 0, 'x', 'y', 'z'),)))
put('pixels', PIXELS, image(12, 9, 1))
put('pixels-colour', PIXELS, image(5, 5, 3))
put('pixels-huge', PIXELS, struct.pack('<iiif', 2**31 - 1, 2**31 - 1, 1, 72.0))
put('picture', PICTURE, image(5, 7, 3))
put('picture-grey', PICTURE, image(5, 7, 1, 0.0))
put('names', LIST, names(('a.pdf', 5), ('b ü.xml', 2**40)))
put('names-none', LIST, names())
put('names-folder', LIST, names(('../a.pdf', 5)))
put('names-many', LIST, struct.pack('<II', 2**32 - 1, 0))
put('bytes', BYTES, struct.pack('<Q', 3) + b'abc')
put('bytes-many', BYTES, struct.pack('<Q', 2000) + bytes(2000))
put('bytes-lie', BYTES, struct.pack('<Q', 2**63) + b'abc')
put('error-format', SCAN, error(2, 5, b'it is torn'), True)
put('error-nomem', SCAN, error(2, 1, b'out of memory'), True)
put('error-escapes', PIXELS, error(3, 8, b'a\x1b[2J\xc2\x9b\xe2\x80\xae'), True)
put('error-stops', SCAN, error(2, 9, b'model'), True)
put('error-open', OPEN, error(1, 7, b'the PDF is encrypted'), True)
put('error-no-words', OPEN, error(1, 7, bytes(20)), True)
put('head-only', SCAN, struct.pack('<IIiIQ', 2, 0, 0, 0, 0), True)
