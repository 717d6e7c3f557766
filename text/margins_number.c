/* Page numbers. */
#include "text/margins_number.h"
#include "core/utf8.h"
#include <stddef.h>
#include <string.h>

#define MAX_TOKENS 40 /* of a header; longer ones have no number that can be told */
#define MAX_TOKEN  24 /* bytes */

typedef struct token {
    char text[MAX_TOKEN + 1]; /* lower case, without brackets and dashes around it */
    bool dressed;             /* had brackets or dashes around it */
    bool mark;                /* was nothing but signs */
    int from, to;             /* bytes of the text */
} token;

static const char *const page_words[] = {
    "page",    "p",      "pg",       "pp",      "seite",    "s",    "blatt", "bl",     "sheet",
    "folio",   "fol",    "pagina",   "página",  "pág",      "pag",  "side",  "sida",   "sivu",
    "strana",  "strona", "str",      "стр",     "страница", "с",    "стор",  "σελίδα", "σελ",
    "sayfa",   "oldal",  "lk",       "halaman", "trang",    "صفحة", "עמוד",  "slide",  "folie",
    "feuille", "pagină", "stranica", "lpp",     "psl"};

static const char *const of_words[] = {"of", "von", "sur",  "de",  "av", "af", "из", "z",
                                       "ze", "di",  "van",  "din", "od", "to", "la", "iš",
                                       "no", "من",  "מתוך", "από", "/",  "|"};

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, list[i]) == 0)
            return true;
    }
    return false;
}

static bool is_page_word(const char *text)
{
    return is_one_of(text, page_words, sizeof page_words / sizeof *page_words);
}

static bool is_of(const char *text)
{
    return is_one_of(text, of_words, sizeof of_words / sizeof *of_words);
}

/* Signs that stand around page numbers. */
static bool is_dress(uint32_t c)
{
    return c == '-' || c == '(' || c == ')' || c == '[' || c == ']' || c == '|' || c == '.' ||
           c == ',' || c == '*' || c == '~' || c == '<' || c == '>' || c == ':' || c == 0x2010 ||
           c == 0x2011 || c == 0x2012 || c == 0x2013 || c == 0x2014 || c == 0x2212 || c == 0xB7 ||
           c == 0x2022 || c == 0xAB || c == 0xBB || c == 0x2039 || c == 0x203A || c == 0xA0;
}

/* One word of text; what is too long to matter is cut. */
static void read_token(token *t, const char *p, const char *end)
{
    size_t len = 0;
    size_t last = 0; /* length up to the last sign that is no dress */
    *t = (token){.mark = true};
    while (p < end) {
        uint32_t c = recto_utf8_next(&p, end);
        if (is_dress(c)) {
            t->dressed = true;
            if (last == 0)
                continue;
        }
        char room[4];
        int n = recto_utf8_put(room, recto_utf8_lower(c));
        if (len + (size_t)n > MAX_TOKEN)
            break;
        memcpy(t->text + len, room, (size_t)n);
        len += (size_t)n;
        if (!is_dress(c)) {
            last = len;
            t->mark = false;
        }
    }
    t->text[last] = '\0';
}

/* Words of text; -1 if there are too many. */
static int read_tokens(token *out, const char *text)
{
    int n = 0;
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, " \n");
        if (len > 0) {
            if (n == MAX_TOKENS)
                return -1;
            read_token(&out[n], p, p + len);
            out[n].from = (int)(p - text);
            out[n++].to = (int)(p - text + (ptrdiff_t)len);
        }
        p += len + (p[len] != '\0');
    }
    return n;
}

static int arabic(const char *text)
{
    size_t n = strspn(text, "0123456789");
    int value = 0;
    if (n == 0 || n > 4 || text[n] != '\0')
        return -1;
    for (size_t i = 0; i < n; i++)
        value = 10 * value + (text[i] - '0');
    return value;
}

static int roman_digit(char c)
{
    static const char letters[] = "ivxlcdm";
    static const int values[] = {1, 5, 10, 50, 100, 500, 1000};
    const char *at = c != '\0' ? strchr(letters, c) : NULL;
    return at != NULL ? values[at - letters] : 0;
}

/* Value of a roman numeral of up to 7 letters as it is properly written; -1 else. */
static int roman(const char *text)
{
    int value = 0;
    int run = 0;
    int least = 1000;
    size_t n = strlen(text);
    if (n == 0 || n > 7)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int digit = roman_digit(text[i]);
        int next = roman_digit(text[i + 1]);
        if (digit == 0 || (next == 0 && text[i + 1] != '\0'))
            return -1;
        run = i > 0 && text[i] == text[i - 1] ? run + 1 : 1;
        if (run > 3)
            return -1;
        if (next > digit) {
            if (next > 10 * digit || run > 1 || next > least)
                return -1;
            value -= digit;
        } else {
            value += digit;
        }
        least = next >= digit ? least : digit;
    }
    return value > 0 ? value : -1;
}

/* "2/5": its first number; else -1. */
static int fraction(const char *text)
{
    size_t a = strspn(text, "0123456789");
    if (a == 0 || a > 4 || text[a] != '/')
        return -1;
    size_t b = strspn(text + a + 1, "0123456789");
    if (b == 0 || b > 4 || text[a + 1 + b] != '\0')
        return -1;
    int value = 0;
    for (size_t i = 0; i < a; i++)
        value = 10 * value + (text[i] - '0');
    return value;
}

static bool read_value(recto_margins_number *out, const token *t)
{
    int value = arabic(t->text);
    int part = fraction(t->text);
    int letters = roman(t->text);
    *out = (recto_margins_number){.value = value >= 0 ? value : (part >= 0 ? part : letters),
                                  .roman = value < 0 && part < 0 && letters > 0,
                                  .named = part >= 0};
    return out->value >= 0;
}

/* The number in tokens t[from..to), read from the front or the back: how many tokens it takes,
 * signs beside it among them; 0 if there is none. */
static int read_end(recto_margins_number *out, const token *t, int n, bool back)
{
    int step = back ? -1 : 1;
    int at = back ? n - 1 : 0;
    int used = 0;
    bool signs = false;
    while (used < n && t[at].mark) {
        signs = true;
        used++;
        at += step;
    }
    bool word = used < n && is_page_word(t[at].text) && used + 1 < n;
    if (word) { /* "Page 3", or "3. oldal" from the back */
        used++;
        at += step;
    }
    if (used >= n || !read_value(out, &t[at]))
        return 0;
    bool dressed = t[at].dressed && signs;
    used++;
    at += step;
    recto_margins_number other;
    if (used + 1 < n && is_of(t[at].text) && read_value(&other, &t[at + step]) && !other.roman) {
        out->value = back ? other.value : out->value;
        out->named = true;
        used += 2;
        at += 2 * step;
    }
    if (used < n && is_page_word(t[at].text)) {
        word = true;
        used++;
        at += step;
    }
    while (used < n && t[at].mark) {
        dressed |= signs;
        used++;
        at += step;
    }
    out->named |= word || dressed;
    return used;
}

bool recto_margins_number_read(recto_margins_number *out, const char *text)
{
    token t[MAX_TOKENS];
    *out = (recto_margins_number){0};
    int n = read_tokens(t, text);
    if (n < 1)
        return false;
    for (int back = 1; back >= 0; back--) {
        int used = read_end(out, t, n, back == 1);
        if (used == 0)
            continue;
        out->whole = used == n;
        out->from = back == 1 || used == n ? 0 : t[used].from;
        out->to = used == n ? 0 : (back == 1 ? t[n - used - 1].to : t[n - 1].to);
        bool bracket = out->whole && n == 1 && t[0].dressed; /* "[3]", "-3-" */
        out->named |= bracket;
        if (!out->roman || out->whole || out->named)
            return true;
    }
    return false;
}
