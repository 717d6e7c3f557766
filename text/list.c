/* List markers.  What looks like a marker is not always one ("1984." at the start of a line, an
 * initial, a dash), so paragraph.c asks for evidence from the lines around. */
#include "text/list.h"
#include "core/utf8.h"
#include <string.h>

/* Fonts of symbols give bullets private codes, or none. */
static bool is_unknown(uint32_t cp)
{
    return cp == 0xFFFD || (cp >= 0xE000 && cp <= 0xF8FF);
}

static bool is_bullet(uint32_t cp)
{
    static const uint16_t list[] = {0x2022, 0x2023, 0x2043, 0x204C, 0x2219, 0x25A0, 0x25A1, 0x25AA,
                                    0x25AB, 0x25B6, 0x25B8, 0x25BA, 0x25C6, 0x25CA, 0x25CB, 0x25CF,
                                    0x25E6, 0x2610, 0x2611, 0x2612, 0x2713, 0x2714, 0x2717, 0x2756,
                                    0x27A2, 0x27A4, 0x00B7, 0x2192, 0x21D2, 0x274F, 0x2751};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (list[i] == cp)
            return true;
    }
    return is_unknown(cp);
}

/* Value of lower-case roman numerals up to 39; 0 if text is none. */
static int roman_value(const char *text, size_t len)
{
    static const char *const ones[] = {"", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"};
    for (int tens = 0; tens < 4; tens++) {
        for (int k = 0; k < 10; k++) {
            size_t n = strlen(ones[k]);
            if (len == (size_t)tens + n && tens + k > 0 && strspn(text, "x") >= (size_t)tens &&
                memcmp(text + tens, ones[k], n) == 0)
                return tens * 10 + k;
        }
    }
    return 0;
}

/* The counting part between the punctuation. */
static void parse_count(recto_list_marker *out, const char *text, size_t len)
{
    char low[8];
    if (len == 0 || len >= sizeof low)
        return;
    int value = 0;
    size_t n_digits = strspn(text, "0123456789");
    if (n_digits >= len && len <= 3) {
        for (size_t i = 0; i < len; i++)
            value = value * 10 + (text[i] - '0');
        out->kind = RECTO_LIST_NUMBER;
        out->value = value;
        return;
    }
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return;
        low[i] = (char)(c | 0x20);
    }
    out->roman = roman_value(low, len);
    if (len == 1) {
        out->kind = RECTO_LIST_LETTER;
        out->value = low[0] - 'a' + 1;
    } else if (out->roman > 0) {
        out->kind = RECTO_LIST_ROMAN;
        out->value = out->roman;
    }
}

static recto_list_marker parse_word(const char *text)
{
    recto_list_marker out = {0};
    size_t len = strlen(text);
    const char *p = text;
    uint32_t cp = recto_utf8_next(&p, text + len);
    if (p == text + len) {
        if (is_bullet(cp) || cp == '*')
            out.kind = RECTO_LIST_BULLET;
        else if (cp == '-' || cp == 0x2013 || cp == 0x2014 || cp == 0x2010 || cp == 0x2212)
            out.kind = RECTO_LIST_DASH;
        return out;
    }
    if (text[0] == '(' && text[len - 1] == ')') {
        out.tail = '2';
        parse_count(&out, text + 1, len - 2);
    } else if (text[len - 1] == '.' || text[len - 1] == ')') {
        out.tail = text[len - 1];
        parse_count(&out, text, len - 1);
    }
    return out;
}

/* The letter that word processors take for a hollow bullet, and that readers of scans see in one:
 * a tab stands behind it, where a word of Spanish or Italian has a space. */
static bool is_hollow(const recto_line *line)
{
    const recto_word *w = line->words;
    return line->n_words > 1 && strcmp(w[0].text, "o") == 0 &&
           w[1].box.x0 - w[0].box.x1 > 0.6f * line->size;
}

recto_list_marker recto_list_parse(const recto_line *line)
{
    recto_list_marker out = parse_word(line->words[0].text);
    if (is_hollow(line))
        out.kind = RECTO_LIST_DASH; /* not beyond doubt */
    if (out.kind == RECTO_LIST_NONE)
        return out;
    out.alone = line->n_words == 1;
    out.text_x = out.alone ? line->box.x1 : line->words[1].box.x0;
    return out;
}

size_t recto_list_stuck_bullet(const char *text)
{
    const char *p = text;
    uint32_t cp = recto_utf8_next(&p, text + strlen(text));
    return *p != '\0' && cp > 0x2000 && is_bullet(cp) ? (size_t)(p - text) : 0;
}

const char *recto_list_shown(const char *word)
{
    const char *p = word;
    return is_unknown(recto_utf8_next(&p, word + strlen(word))) ? "\xE2\x80\xA2" : word;
}

bool recto_list_is_label(const recto_line *line)
{
    if (line->n_words != 1)
        return false;
    const char *text = line->words[0].text;
    if (parse_word(text).kind != RECTO_LIST_NONE)
        return true;
    size_t n = strspn(text, "0123456789.");
    return n == strlen(text) && n <= 8 && strchr(text, '.') != NULL && text[0] != '.' &&
           text[0] != '0';
}

bool recto_list_is_ordered(recto_list_kind kind)
{
    return kind >= RECTO_LIST_NUMBER;
}

bool recto_list_follows(const recto_list_marker *a, const recto_list_marker *b)
{
    if (!recto_list_is_ordered(a->kind))
        return a->kind == b->kind;
    if (a->tail != b->tail)
        return false;
    if (a->kind == RECTO_LIST_NUMBER || b->kind == RECTO_LIST_NUMBER)
        return a->kind == b->kind && b->value == a->value + 1;
    return b->value == a->value + 1 || (a->roman > 0 && b->roman == a->roman + 1);
}
