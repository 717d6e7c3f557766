#!/usr/bin/env python3
"""usage: check_html.py FOLDER: the HTML that test_html.sh made, in Chromium as a reader would use it: report.pdf.html,
hostile-text.pdf.html, page-lost.pdf.html, hotel.jpg.html.  With RECTO_PICTURES=FOLDER, what was seen is kept there."""

import os
import sys
import tempfile
from pathlib import Path

from browser import COMMAND, Browser, CannotRun

FAILURES = []
PICTURES = os.environ.get("RECTO_PICTURES")

# the words of a page: where the browser draws them, and where they are meant to be; in parts of the page's width
WORDS = """(function (name) {
  var svg = document.querySelector('#' + name + ' svg'), m = svg.getScreenCTM(), out = [];
  svg.querySelectorAll('tspan').forEach(function (t) {
    var r = t.getBoundingClientRect(), x = +t.getAttribute('x'), w = +t.getAttribute('textLength');
    out.push([r.left - (m.a * x + m.e), r.width - m.a * w, m.a * w]);
  });
  return out;
})('page-1')"""


def want(truth, what):
    if not truth:
        FAILURES.append(what)


def see(browser, name):
    if PICTURES:
        browser.picture(Path(PICTURES) / f"{name}.png")


def box(browser, element):
    return browser.value(f"(function(){{var r=document.getElementById('{element}').getBoundingClientRect();"
                         "return [r.left,r.top,r.right,r.bottom]})()")


def is_seen(browser, element):
    left, top, right, bottom = box(browser, element)
    width, height = browser.size
    return left < right and top < bottom and bottom > 0 and top < height and right > 0 and left < width


def hits(browser):
    return set(browser.value("Array.from(document.querySelectorAll('.hit')).map(function(e){return e.id})"))


def nothing_from_outside(browser, name):
    outside = [u for u in browser.requests if not u.startswith(("file:", "data:image/"))]
    want(not outside, f"{name}: asked for {outside[:3]}")
    want(not browser.complaints, f"{name}: {browser.complaints[:3]}")
    want(not browser.dialogs, f"{name}: opened {browser.dialogs[:3]}")


def check_words(b, path):
    b.open(path)
    words = b.value(WORDS)
    want(len(words) > 100, f"{len(words)} words over page 1")
    off = [w for w in words if abs(w[0]) > 1.5 or abs(w[1]) > 1.5 + 0.06 * w[2]]
    want(len(off) <= len(words) // 50, f"{len(off)} of {len(words)} words are not over their place, such as {off[:3]}")
    want(b.value("getComputedStyle(document.querySelector('.words text')).fill") == "rgba(0, 0, 0, 0)",
         "the words over the picture are seen")
    see(b, "report")


def check_search(b, path):
    b.open(path)
    b.key("/")
    want(b.value("document.activeElement.id") == "words", "/ does not lead to the search box")
    b.type("Heat  PUMP")
    want(b.wait("document.getElementById('count').textContent"), "the search gives no count")
    told = b.value("document.getElementById('count').textContent")
    n = b.value(r"(Array.from(document.querySelectorAll('.flow')).map(function(f){return f.textContent}).join('\n')"
                r".match(/heat\s+pump/gi) || []).length")
    want(told == f"{n} found" and n > 3, f"the search told '{told}', not {n}")
    b.key("Enter")
    b.key("Enter")
    want(b.value("document.getElementById('count').textContent") == f"2 of {n}", "Enter does not go to the next match")
    marked = hits(b)
    want(len(marked) == 2 and {x[1:] for x in marked} == {next(iter(marked))[1:]}, f"a match marks {marked}")
    want(all(is_seen(b, x) for x in marked), f"{marked} are not seen after the jump")
    b.key("Enter", modifiers=8)
    want(b.value("document.getElementById('count').textContent") == f"1 of {n}", "Shift+Enter does not go back")
    see(b, "search")
    b.key("Escape")
    want(b.value("document.getElementById('count').textContent") == "", "Escape does not end the search")
    b.key("/")
    b.type("no such words (.*")
    want(b.wait("document.getElementById('count').textContent === 'none'"), "a search without matches does not say so")


def check_jumps(b, path):
    b.open(path, "#page-5")
    left, top, right, bottom = box(b, "r5-2")
    b.click((left + right) / 2, (top + bottom) / 2)
    want(hits(b) == {"r5-2", "b5-2"}, f"a click on the page marks {hits(b)}")
    want(is_seen(b, "b5-2"), "a click on the page does not show the text")
    b.value("document.getElementById('b5-4').scrollIntoView({block: 'center'})")
    left, top, right, _ = box(b, "b5-4")
    b.click((left + right) / 2, top + 8)
    want(hits(b) == {"r5-4", "b5-4"}, f"a click on the text marks {hits(b)}")
    want(is_seen(b, "r5-4"), "a click on the text does not show the place")
    see(b, "jump")
    b.open(path)
    left, top, right, bottom = b.value("(function(){var r=document.querySelector('#page-1 .words text')"
                                       ".getBoundingClientRect();return [r.left,r.top,r.right,r.bottom]})()")
    b.drag(left + 1, (top + bottom) / 2, right - 1, (top + bottom) / 2)
    want("Heating of Larkfield" in b.value("String(getSelection())"),
         f"words over the page cannot be selected: {b.value('String(getSelection())')!r}")
    see(b, "selected")


def check_pages(b, path):
    b.open(path)
    b.key("j")
    b.key("j")
    want(b.value("document.getElementById('number').value") == "3", "j does not go to the next page")
    b.key("k")
    want(abs(box(b, "page-2")[1]) < 150, "k does not go back a page")
    b.value("window.scrollTo(0, document.body.scrollHeight)")
    want(b.wait("document.getElementById('number').value === '7'"), "the page number does not follow")
    joined = b.value("document.querySelector('#page-3 .joined a').getAttribute('href')")
    want(b.value(f"document.querySelector('{joined}').closest('.page').id") == "page-2", "a paragraph is not joined")


def check_looks(b, path):
    b.look("light")
    b.open(path)
    ground = b.value("getComputedStyle(document.body).backgroundColor")
    b.look("dark")
    want(b.value("getComputedStyle(document.body).backgroundColor") != ground, "dark is as light")
    see(b, "dark")
    b.key("t")
    want(b.value("getComputedStyle(document.body).backgroundColor") == ground, "t does not choose light")
    b.look("light", "print")
    want(b.value("getComputedStyle(document.querySelector('.bar')).display") == "none", "the bar is printed")
    see(b, "print")
    b.look("light")
    for width in (360, 700, 1000, 1600):
        b.resize(width, 800)
        want(b.value("document.documentElement.scrollWidth") <= width, f"wider than a window of {width} px")
        see(b, f"width-{width}")
    b.resize(*b.size)


def check_without_script(b, path):
    b.look("light", scripts=False)
    b.open(path, "#r5-2")
    b.look("light")
    want(b.value("getComputedStyle(document.getElementById('words')).visibility") is not None and
         b.value("document.querySelector('.tool').hidden"), "controls are shown that do not work")
    want(b.value("getComputedStyle(document.getElementById('r5-2')).stroke") !=
         b.value("getComputedStyle(document.getElementById('r5-3')).stroke"), "a jump marks nothing without a script")
    want(b.value("document.querySelectorAll('#outline a[href^=\"#b\"]').length") > 10, "no outline")
    see(b, "no-script")


def check_keyboard(b, path):
    b.open(path)
    b.value("document.querySelector('#b1-0 > .at, #b1-1 > .at').focus()")
    want(b.value("getComputedStyle(document.activeElement).opacity") == "1", "a focused link to a place is not seen")
    target = b.value("document.activeElement.getAttribute('href').slice(1)")
    b.key("Enter")
    want(target in hits(b), "Enter on a link does not mark the place")


def check_hostile(b, path):
    b.open(path)
    nothing_from_outside(b, "hostile text")
    want("EVIL" not in (b.value("document.title").replace("'EVIL'", "")), "a script of the document has run")
    want(b.value("document.querySelectorAll('script').length") == 1, "a script of the document is there")
    want(b.value("document.querySelectorAll('iframe,object,embed,base,img,link').length") == 0, "markup of the document")
    schemes = set(b.value("Array.from(document.querySelectorAll('a[href]')).map(function(a){"
                          "return new URL(a.getAttribute('href'), location).protocol})"))
    want(schemes <= {"file:", "https:"}, f"links to {schemes}")
    want(b.value("document.querySelectorAll('main a[href^=\"https:\"]').length") == 1, "the one safe link is not there")
    want(b.value("Array.from(document.querySelectorAll('a[href^=\"https:\"]')).every(function(a){"
                 "return a.rel==='noopener noreferrer'})"), "a link tells where it comes from")
    handlers = b.value("Array.from(document.querySelectorAll('*')).filter(function(e){return Array.from(e.attributes)"
                       ".some(function(a){return /^on/i.test(a.name)})}).length")
    want(handlers == 0, f"{handlers} handlers in the markup")
    want(b.value("document.body.textContent.includes('<script>')"), "the text is not there as text")
    blocked = b.value("(function(){var s=document.createElement('script');s.textContent='window.ran=1';"
                      "document.body.appendChild(s);return window.ran===undefined})()")
    want(blocked, "the policy lets another script run")
    see(b, "hostile")


def main():
    folder = Path(sys.argv[1])
    if COMMAND is None:
        print("skipped: chromium is not installed")
        sys.exit(77)
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
    try:
        check(folder)
    except CannotRun as e:
        print(f"skipped: chromium does not run here: {e}")
        sys.exit(77)
    for failure in FAILURES:
        print(failure, file=sys.stderr)
    sys.exit(1 if FAILURES else 0)


def check(folder):
    report = folder / "report.pdf.html"
    with tempfile.TemporaryDirectory() as scratch, Browser(scratch) as b:
        b.look("light")
        for part in (check_words, check_search, check_jumps, check_pages, check_looks, check_without_script,
                     check_keyboard):
            try:
                part(b, report)
                nothing_from_outside(b, part.__name__)
            except RuntimeError as e:
                FAILURES.append(f"{part.__name__}: {e}")
        check_hostile(b, folder / "hostile-text.pdf.html")
        b.complaints.clear()
        b.open(folder / "hotel.jpg.html")
        want(b.value("document.querySelectorAll('.flow .low[title]').length") > 0, "no doubtful word is marked")
        want(b.value("document.querySelectorAll('.flow td.number').length") > 5, "no table")
        see(b, "hotel")
        b.open(folder / "page-lost.pdf.html")
        want(b.value("document.querySelector('.failed') !== null"), "a page that failed does not say so")
        see(b, "failed")
        nothing_from_outside(b, "a page that failed")


if __name__ == "__main__":
    main()
