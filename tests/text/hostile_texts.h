/* Texts that mean something to the readers of our outputs: each must come out of every writer as
 * nothing but text.  Shared by the tests of all writers; add what you think of. */
#ifndef RECTO_TESTS_HOSTILE_TEXTS_H
#define RECTO_TESTS_HOSTILE_TEXTS_H

#include <stdint.h>
#include <string.h>

enum { HOSTILE_RANDOM_SIZE = 160 };

/* What markup is made of. */
static const char *const hostile_pieces[] = {
    "*",
    "**",
    "_",
    "__",
    "`",
    "``",
    "#",
    "##",
    "-",
    "---",
    "+",
    ">",
    "<",
    "&",
    "|",
    "[",
    "]",
    "(",
    ")",
    "!",
    "~",
    "~~",
    "\\",
    " ",
    " ",
    " ",
    "1",
    "99",
    ".",
    ":",
    "a",
    "bc",
    "\xC3\xA9",
    "=",
    "\"",
    "'",
    "^",
    "{",
    "}",
    "$",
    "@",
    "/",
    "&amp;",
    "&#35;",
    "]:",
    "](",
    "<b>",
    "</",
    "<!--",
    "-->",
    "<?x?>",
    "x@y.org",
    "[x]",
    "[ ]",
    "[^1]",
    "\xE2\x82\xAC",
    "\xE2\x80\x93",
    "javascript:",
    "1. ",
    "- ",
    "* * *",
};

/* Whole attempts. */
static const char *const hostile_texts[] = {
    /* HTML */
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "\" onmouseover=\"alert(1)",
    "' onmouseover='alert(1)",
    "<!-- --><b>x</b><!--",
    "]]><b>x</b>",
    "<![CDATA[x]]>",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
    "&e; &lt;b&gt; &#x3c;b&#62; &#0; &nbsp",
    "</style><b>x</b>",
    "</textarea></title><b>x</b>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    /* Markdown */
    "[x](javascript:alert(1))",
    "![x](http://evil.example/a.png)",
    "[x]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<https://evil.example>",
    "*a* _b_ `c` ~~d~~ **e**",
    "# no heading",
    "> no quote",
    "- no item",
    "1. no item",
    "---",
    "===",
    "```",
    "~~~ sh",
    "    no code",
    "| no | table |",
    "| --- | --- |",
    "[^1]: no note",
    "[ ] no box",
    "a\\",
    "\\*",
    "$$x$$ $y$ \\(z\\) \\[w\\]",
    "<details open>",
    "&amp;#42;x&#42;",
    /* CSV */
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "\"quoted\"",
    "a,b",
    "a;b",
    "'=1",
    "\xEF\xBC\x9D"
    "1+1",
    /* control, direction and width */
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "a\x08"
    "b",
    "a\x7f"
    "b",
    "a\r\nb\tc\vd\fe",
    "\xE2\x80\xAE"
    "evil\xE2\x80\xAC",
    "\xE2\x81\xA6"
    "x\xE2\x81\xA9",
    "a\xE2\x80\x8B"
    "b\xEF\xBB\xBF",
    "a\xC2\xAD"
    "b",
    "\xC2\x85 \xE2\x80\xA8 \xE2\x80\xA9",
    "\xEF\xBF\xBE \xEF\xBF\xBF",
    "\xF3\xA0\x80\x81"
    "tag",
    "\x1c.evil.csv\n",
    "\x1c"
    "x",
    /* bytes that are no text */
    "\xFF\xFE",
    "a\xC0\xAF"
    "b",
    "\xED\xA0\x80",
    "\xF4\x90\x80\x80",
    "\xE2\x82",
};

enum {
    HOSTILE_PIECES = sizeof hostile_pieces / sizeof *hostile_pieces,
    HOSTILE_TEXTS = sizeof hostile_texts / sizeof *hostile_texts
};

/* A text made of pieces that mean something to Markdown. */
static inline void hostile_random(char out[HOSTILE_RANDOM_SIZE], uint32_t *seed)
{
    out[0] = '\0';
    *seed = *seed * 1664525u + 1013904223u;
    for (uint32_t n = 1 + (*seed >> 16) % 10; n > 0; n--) {
        *seed = *seed * 1664525u + 1013904223u;
        strcat(out, hostile_pieces[(*seed >> 16) % HOSTILE_PIECES]);
    }
}

#endif
