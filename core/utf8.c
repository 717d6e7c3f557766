/* UTF-8 over utf8proc.  Text from documents is untrusted: see recto_utf8_clean for what is let
 * through, and recto_utf8_is_dropped for the one list of what is not. */
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* All code points below are their own NFC form and do not combine with what precedes them. */
enum { FIRST_COMBINING = 0x300, SOFT_HYPHEN = 0xAD };

/* Hangul: vowels and final consonants join the jamo before them by arithmetic, not by table.  The
 * gap between the two ranges matters: utf8proc 2.8 takes U+11A7 for a final consonant and loses it.
 */
enum {
    VOWEL_FIRST = 0x1161,
    VOWEL_LAST = 0x1175,
    FINAL_FIRST = 0x11A8,
    FINAL_LAST = 0x11C2,
    SYLLABLE_FIRST = 0xAC00,
    SYLLABLE_LAST = 0xD7A3,
};

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

int recto_utf8_unshape(uint32_t *out, uint32_t cp)
{
    utf8proc_int32_t letters[RECTO_UTF8_SHAPE_MAX];
    int boundary = 0;
    out[0] = cp;
    if (!((cp >= 0xFB1D && cp <= 0xFDFF) || (cp >= 0xFE70 && cp <= 0xFEFC)))
        return 1;
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)cp, letters, RECTO_UTF8_SHAPE_MAX,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    if (n < 1 || n > RECTO_UTF8_SHAPE_MAX)
        return 1;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (uint32_t)letters[i];
    return (int)n;
}

bool recto_utf8_is_rtl(uint32_t cp)
{
    utf8proc_propval_t k = utf8proc_get_property((utf8proc_int32_t)cp)->bidi_class;
    return k == UTF8PROC_BIDI_CLASS_R || k == UTF8PROC_BIDI_CLASS_AL;
}

/* --- repair --------------------------------------------------------------------------------------
 */

/* Bytes of the character at p, or, with *broken, of the longest part of one that is there. */
static size_t sequence(bool *broken, const unsigned char *p, size_t room)
{
    *broken = false;
    const unsigned char first = p[0];
    if (first < 0x80)
        return 1;
    size_t need = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (first < 0xC2 || first > 0xF4)
        need = 0;
    else if (first == 0xE0)
        low = 0xA0; /* lower would be overlong */
    else if (first == 0xED)
        high = 0x9F; /* surrogates */
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F; /* above U+10FFFF */
    size_t n = 1;
    while (n < need && n < room && p[n] >= low && p[n] <= high) {
        n++;
        low = 0x80;
        high = 0xBF;
    }
    *broken = n != need;
    return n;
}

size_t recto_utf8_valid(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    while (at < len) {
        uint64_t eight;
        if (len - at >= sizeof eight) {
            memcpy(&eight, bytes + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        bool broken;
        const size_t n = sequence(&broken, bytes + at, len - at);
        if (broken)
            break;
        at += n;
    }
    return at;
}

void recto_utf8_repair(recto_buf *out, const char *text, size_t len)
{
    while (len > 0) {
        const size_t good = recto_utf8_valid(text, len);
        recto_buf_add(out, text, good);
        if (good == len)
            break;
        bool broken;
        const size_t bad = sequence(&broken, (const unsigned char *)text + good, len - good);
        recto_buf_utf8(out, RECTO_UTF8_REPLACEMENT);
        text += good + bad;
        len -= good + bad;
    }
}

/* --- NFC -----------------------------------------------------------------------------------------
 */

/* Is cp its own NFC form, and never changed by or joined to what comes before?  May say no without
 * need. */
static bool is_inert(uint32_t cp)
{
    if (cp < FIRST_COMBINING || (cp >= SYLLABLE_FIRST && cp <= SYLLABLE_LAST))
        return true;
    if ((cp >= VOWEL_FIRST && cp <= VOWEL_LAST) || (cp >= FINAL_FIRST && cp <= FINAL_LAST))
        return false;
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    const bool decomposes = p->decomp_type == 0 && p->decomp_seqindex != UINT16_MAX;
    return p->combining_class == 0 && p->comb_index == UINT16_MAX && !decomposes;
}

/* Code points of a stretch that has to be composed. */
typedef struct stretch {
    utf8proc_int32_t *cp; /* [cap], and as much again to sort in */
    size_t n, cap;
} stretch;

/* Canonical decomposition of one code point, appended. */
static bool decompose(stretch *s, uint32_t cp)
{
    enum { LONGEST = 16 }; /* of one code point; 4 in Unicode 16 */
    if (s->cap - s->n < LONGEST) {
        const size_t cap = s->cap < 64 ? 64 : s->cap * 2;
        utf8proc_int32_t *more =
            cap > SIZE_MAX / (2 * sizeof *more) ? NULL : realloc(s->cp, 2 * cap * sizeof *more);
        if (more == NULL)
            return false;
        s->cp = more;
        s->cap = cap;
    }
    int boundary = 0;
    const ptrdiff_t n = utf8proc_decompose_char((utf8proc_int32_t)cp, s->cp + s->n, LONGEST,
                                                UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, &boundary);
    if (n < 0 || n > LONGEST)
        return false;
    s->n += (size_t)n;
    return true;
}

static int class_of(utf8proc_int32_t cp)
{
    return utf8proc_get_property(cp)->combining_class;
}

/* Order n marks by class, equal ones as they were.  Counting, since utf8proc's own exchanges take
 * quadratic time. */
static void sort_marks(utf8proc_int32_t *marks, utf8proc_int32_t *tmp, size_t n)
{
    size_t at[257] = {0};
    for (size_t i = 0; i < n; i++)
        at[class_of(marks[i]) + 1]++;
    for (int k = 0; k < 256; k++)
        at[k + 1] += at[k];
    for (size_t i = 0; i < n; i++)
        tmp[at[class_of(marks[i])]++] = marks[i];
    memcpy(marks, tmp, n * sizeof *marks);
}

static void order_marks(stretch *s)
{
    for (size_t from = 0; from < s->n;) {
        size_t to = from;
        bool sorted = true;
        int before = 0;
        for (int k; to < s->n && (k = class_of(s->cp[to])) != 0; to++) {
            sorted = sorted && k >= before;
            before = k;
        }
        if (!sorted)
            sort_marks(s->cp + from, s->cp + s->cap, to - from);
        from = to + 1;
    }
}

/* NFC of a stretch that begins at an inert character or at the start of the text. */
static bool compose_stretch(recto_buf *out, stretch *s, const char *text, const char *end)
{
    s->n = 0;
    while (text < end) {
        if (!decompose(s, recto_utf8_next(&text, end)))
            return false;
    }
    order_marks(s);
    const ptrdiff_t n =
        utf8proc_normalize_utf32(s->cp, (utf8proc_ssize_t)s->n, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    for (ptrdiff_t i = 0; i < n; i++)
        recto_buf_utf8(out, (uint32_t)s->cp[i]);
    return n >= 0;
}

void recto_utf8_nfc(recto_buf *out, const char *text, size_t len)
{
    const char *end = text + len;
    const char *kept = text; /* what lies before is written */
    const char *last = text; /* the latest inert character, which a mark may join */
    stretch s = {0};
    bool ok = true;
    for (const char *p = text; p < end && ok;) {
        const char *at = p;
        if (is_inert(recto_utf8_next(&p, end))) {
            last = at;
            continue;
        }
        recto_buf_add(out, kept, (size_t)(last - kept));
        const char *stop = p;
        while (p < end && !is_inert(recto_utf8_next(&p, end)))
            stop = p;
        ok = compose_stretch(out, &s, last, stop);
        p = kept = last = stop;
    }
    if (ok)
        recto_buf_add(out, kept, (size_t)(end - kept));
    else
        out->failed = true;
    free(s.cp);
}

bool recto_utf8_is_clean(const char *text, size_t len)
{
    const char *end = text + len;
    bool space = true; /* none may come here */
    for (const char *p = text; p < end;) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x7F) {
            if (c < ' ' || (c == ' ' && space))
                return false;
            space = c == ' ';
            p++;
            continue;
        }
        const char *at = p;
        const uint32_t cp = recto_utf8_next(&p, end);
        const bool broken = cp == RECTO_UTF8_REPLACEMENT && p - at != 3;
        if (broken || cp == SOFT_HYPHEN || recto_utf8_is_dropped(cp) || recto_utf8_is_space(cp) ||
            !is_inert(cp))
            return false;
        space = false;
    }
    return !space;
}
