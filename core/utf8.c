/* UTF-8 over utf8proc.  Text from documents is untrusted: see recto_utf8_clean for what is let
 * through, and recto_utf8_is_dropped for the one list of what is not. */
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* All code points below are their own NFC form and do not combine with what precedes them. */
enum { FIRST_COMBINING = 0x300, SOFT_HYPHEN = 0xAD };

/* Marks kept on one letter (UAX #15, stream-safe text): sorting them takes quadratic time. */
enum { MARKS_MAX = 30 };

static bool is_mark(uint32_t cp)
{
    return cp >= FIRST_COMBINING &&
           utf8proc_get_property((utf8proc_int32_t)cp)->combining_class != 0;
}

uint32_t recto_utf8_next(const char **p, const char *end)
{
    unsigned char first = (unsigned char)**p;
    if (first < 0x80) {
        (*p)++;
        return first;
    }
    utf8proc_int32_t cp = -1;
    ptrdiff_t room = end - *p;
    ptrdiff_t n = utf8proc_iterate((const utf8proc_uint8_t *)*p, room > 4 ? 4 : room, &cp);
    if (n <= 0 || cp < 0) {
        (*p)++;
        return RECTO_UTF8_REPLACEMENT;
    }
    *p += n;
    return (uint32_t)cp;
}

int recto_utf8_put(char out[4], uint32_t cp)
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = RECTO_UTF8_REPLACEMENT;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    utf8proc_uint8_t bytes[4];
    int n = (int)utf8proc_encode_char((utf8proc_int32_t)cp, bytes);
    memcpy(out, bytes, (size_t)n);
    return n;
}

size_t recto_utf8_count(const char *text, size_t len)
{
    const char *end = text + len;
    size_t n = 0;
    for (const char *p = text; p < end; n++)
        recto_utf8_next(&p, end);
    return n;
}

bool recto_utf8_is_space(uint32_t cp)
{
    if (cp < 0x80)
        return cp == ' ' || (cp >= '\t' && cp <= '\r');
    if (cp == 0x85)
        return true;
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)cp);
    return k == UTF8PROC_CATEGORY_ZS || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP;
}

bool recto_utf8_is_dropped(uint32_t cp)
{
    if (cp < 0xA0)
        return (cp < 0x20 || cp >= 0x7F) && !recto_utf8_is_space(cp);
    if (cp < 0x61C)
        return false;
    static const uint32_t ranges[][2] = {
        {0x061C, 0x061C},    /* Arabic letter mark */
        {0x180E, 0x180E},    /* Mongolian vowel separator */
        {0x200B, 0x200B},    /* zero-width space */
        {0x200E, 0x200F},    /* directional marks */
        {0x202A, 0x202E},    /* bidi embeddings and overrides */
        {0x2060, 0x206F},    /* word joiner, invisible operators, bidi isolates */
        {0xD800, 0xDFFF},    /* surrogates */
        {0xE000, 0xF8FF},    /* private use */
        {0xFDD0, 0xFDEF},    /* noncharacters */
        {0xFEFF, 0xFEFF},    /* byte order mark */
        {0xFFF9, 0xFFFB},    /* interlinear annotation */
        {0xE0000, 0xE0FFF},  /* tags: invisible ASCII; variation selectors supplement */
        {0xF0000, 0x10FFFF}, /* private use planes */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (cp >= ranges[i][0] && cp <= ranges[i][1])
            return true;
    }
    return (cp & 0xFFFE) == 0xFFFE || cp > 0x10FFFF;
}

/* One pass of cleaning without normalisation.  Writes to out if it is not NULL; returns the length
 * and the highest code point kept. */
static size_t sift(char *out, uint32_t *highest, const char *text, size_t len)
{
    const char *end = text + len;
    size_t n = 0;
    bool space = false;
    bool hyphen = false; /* a soft hyphen came last; it counts only at the very end */
    int n_marks = 0;     /* on the letter under way */
    *highest = 0;
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_next(&p, end);
        if (recto_utf8_is_space(cp)) {
            space = n > 0;
            continue;
        }
        n_marks = is_mark(cp) ? n_marks + 1 : 0;
        if (recto_utf8_is_dropped(cp) || n_marks > MARKS_MAX)
            continue;
        hyphen = cp == SOFT_HYPHEN;
        if (hyphen)
            continue;
        char bytes[5];
        int k = 0;
        if (space)
            bytes[k++] = ' ';
        space = false;
        k += recto_utf8_put(bytes + k, cp);
        if (out != NULL)
            memcpy(out + n, bytes, (size_t)k);
        n += (size_t)k;
        *highest = cp > *highest ? cp : *highest;
    }
    if (hyphen && n > 0) {
        if (out != NULL)
            memcpy(out + n, "\xC2\xAD", 2);
        n += 2;
    }
    return n;
}

/* NFC of valid UTF-8, in the arena. */
static char *compose(recto_arena *a, const char *text, size_t len)
{
    utf8proc_uint8_t *made = NULL;
    ptrdiff_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &made,
                               UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    char *out = n < 0 ? NULL : recto_arena_text(a, (const char *)made, (size_t)n);
    free(made);
    return out;
}

char *recto_utf8_clean(recto_arena *a, const char *text, size_t len)
{
    uint32_t highest = 0;
    size_t n = sift(NULL, &highest, text, len);
    if (n == SIZE_MAX)
        return NULL;
    char *out = recto_arena_alloc(a, n + 1);
    if (out == NULL)
        return NULL;
    sift(out, &highest, text, len);
    return highest < FIRST_COMBINING ? out : compose(a, out, n);
}

bool recto_utf8_is_letter(uint32_t cp)
{
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)cp);
    return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

bool recto_utf8_is_upper(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LU;
}

bool recto_utf8_is_lower(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LL;
}

bool recto_utf8_is_digit(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND;
}

uint32_t recto_utf8_lower(uint32_t cp)
{
    return cp > 0x10FFFF ? cp : (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

bool recto_utf8_is_rtl(uint32_t cp)
{
    utf8proc_propval_t k = utf8proc_get_property((utf8proc_int32_t)cp)->bidi_class;
    return k == UTF8PROC_BIDI_CLASS_R || k == UTF8PROC_BIDI_CLASS_AL;
}
