/* Words of one line: which bits belong together, and what their glyphs say. */
#include "vision/pdf_words.h"

#include "core/buf.h"
#include "core/utf8.h"
#include "vision/pdf_bidi.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef recto_pdf_bit bit;

static const float WORD_GAP = 0.15f;   /* em; a wider gap parts words */
static const float SPACE_MIN = 0.04f;  /* em; a space character that parts words has a width */
static const float SMALL = 0.85f;      /* size of a script relative to its line, at most */
static const float RAISED = 0.15f;     /* em; a small bit this far up is a superscript */
static const float LOWERED = 0.08f;    /* and this far down a subscript */
static const float SPREAD_MAX = 0.9f;  /* em; letter-spacing beyond this is not undone */
static const float ODD_CONF = 0.25f;   /* of words in a font that makes none: vision/source.h */
static const float ACCENT_NEAR = 0.3f; /* em between the middles of a letter and its accent */
static const float ACCENT_UP = 0.45f;  /* em that an accent is raised over a capital, at most */

enum { SPREAD_MIN_LETTERS = 5, SOFT_HYPHEN = 0xAD };
enum { FIRST_SHAPE = 0xFB1D }; /* presentation forms of Hebrew and Arabic */
/* Letters of a word: RECTO_PDF_WORDS_MAX glyphs, three letters in the longest ligature. */
enum { MAX_WORD = 3 * RECTO_PDF_WORDS_MAX };

typedef recto_pdf_letter letter;

typedef struct word {
    const bit **bits;
    int n_bits;
    uint32_t script; /* RECTO_STYLE_SUPER, RECTO_STYLE_SUB or 0 */
    bool last;
} word;

recto_rect recto_pdf_words_box(const recto_pdf_run *run, float u0, float u1, float v)
{
    recto_rect box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    const float us[2] = {u0, u1};
    const float vs[2] = {v - run->ascent, v + run->descent};
    for (int i = 0; i < 4; i++) {
        float x = us[i & 1] * run->ux - vs[i >> 1] * run->uy;
        float y = us[i & 1] * run->uy + vs[i >> 1] * run->ux;
        box.x0 = fminf(box.x0, x);
        box.y0 = fminf(box.y0, y);
        box.x1 = fmaxf(box.x1, x);
        box.y1 = fmaxf(box.y1, y);
    }
    return box;
}

bool recto_pdf_words_doubled(const recto_pdf_page *page, const recto_pdf_run *run, int i)
{
    if (i <= run->first)
        return false;
    const recto_pdf_glyph *g = &page->glyphs[i];
    const recto_pdf_glyph *last = &page->glyphs[i - 1];
    return last->ucs == g->ucs && !((last->flags | g->flags) & RECTO_PDF_GLYPH_EXTRA) &&
           g->advance > 0.15f * run->size &&
           fabsf(last->x - g->x) + fabsf(last->y - g->y) < 0.1f * run->size;
}

static const recto_pdf_run *run_of(const recto_pdf_words_line *line, const bit *t)
{
    return &line->page->runs[t->run];
}

/* --- which bits belong together ---------------------------------------------------------- */

static int by_place(const void *pa, const void *pb)
{
    const bit *a = *(const bit *const *)pa;
    const bit *b = *(const bit *const *)pb;
    if (a->u0 != b->u0)
        return a->u0 < b->u0 ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

/* Raised or lowered, and small: text of another size on the baseline is neither. */
static uint32_t script_of(const recto_pdf_words_line *line, const bit *t)
{
    float up = line->v - t->v;
    if (run_of(line, t)->size > SMALL * line->size)
        return 0;
    return up >= RAISED * line->size     ? (uint32_t)RECTO_STYLE_SUPER
           : -up >= LOWERED * line->size ? (uint32_t)RECTO_STYLE_SUB
                                         : 0;
}

static float gap_before(const recto_pdf_words_line *line, int i)
{
    return (line->bits[i]->u0 - line->bits[i - 1]->u1) / line->size;
}

/* A lone letter that stands off the one before it without a space: maybe letter-spacing. */
static bool is_spread(const recto_pdf_words_line *line, int i)
{
    const bit *t = line->bits[i];
    float gap = gap_before(line, i);
    return t->n == 1 && line->bits[i - 1]->n == 1 && !t->space && gap > WORD_GAP &&
           gap < SPREAD_MAX && recto_utf8_is_letter(line->page->glyphs[t->first].ucs);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* Find stretches of letter-spaced text; joined[i] = bit i belongs to the word before it. */
static void find_spread(bool *joined, const recto_pdf_words_line *line)
{
    float gaps[MAX_WORD];
    for (int i = 1; i < line->n_bits;) {
        int n = 0;
        while (i + n < line->n_bits && n < MAX_WORD && is_spread(line, i + n)) {
            gaps[n] = gap_before(line, i + n);
            n++;
        }
        if (n + 1 >= SPREAD_MIN_LETTERS) {
            qsort(gaps, (size_t)n, sizeof *gaps, by_value);
            for (int k = i; k < i + n; k++)
                joined[k] = gap_before(line, k) <= 1.35f * gaps[n / 2];
        }
        i += n + 1;
    }
}

static bool starts_word(const recto_pdf_words_line *line, int i, float u1, const bool *joined)
{
    const bit *t = line->bits[i];
    const bit *before = line->bits[i - 1];
    if (script_of(line, t) != script_of(line, before))
        return true;
    float gap = (t->u0 - u1) / line->size;
    if (t->space && gap > SPACE_MIN)
        return true;
    return gap > WORD_GAP && !joined[i];
}

/* --- what the glyphs say ----------------------------------------------------------------- */

/* The combining form of a spacing accent, 0 if it is none. */
static uint32_t combining_of(uint32_t cp)
{
    static const uint16_t forms[][2] = {
        {0x60, 0x300},  {0xB4, 0x301},  {0x5E, 0x302},  {0x2C6, 0x302}, {0x7E, 0x303},
        {0x2DC, 0x303}, {0xAF, 0x304},  {0x2C9, 0x304}, {0x2D8, 0x306}, {0x2D9, 0x307},
        {0xA8, 0x308},  {0x2DA, 0x30A}, {0x2DD, 0x30B}, {0x2C7, 0x30C}, {0xB8, 0x327},
        {0x2DB, 0x328}, {0x2CA, 0x301}, {0x2CB, 0x300},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (forms[i][0] == cp)
            return forms[i][1];
    }
    return 0;
}

static bool is_over(const letter *accent, const letter *base, float em)
{
    float middle = (accent->u0 + accent->u1 - base->u0 - base->u1) * 0.5f;
    uint32_t cp = base->cp;
    return fabsf(middle) <= ACCENT_NEAR * em && accent->u0 < base->u1 && base->u0 < accent->u1 &&
           recto_utf8_is_letter(cp);
}

/* Older TeX sets an accent and then its letter over it: make them one character. */
static void compose_accents(letter *t, int n, float em)
{
    for (int i = 0; i < n; i++) {
        uint32_t form = combining_of(t[i].cp);
        if (form == 0)
            continue;
        int base = i + 1 < n && is_over(&t[i], &t[i + 1], em) ? i + 1
                   : i > 0 && is_over(&t[i], &t[i - 1], em)   ? i - 1
                                                              : -1;
        if (base < 0)
            continue;
        if (t[base].cp == 0x131) /* dotless i */
            t[base].cp = 'i';
        t[i].cp = form;
        if (base > i) {
            letter swap = t[i];
            t[i] = t[base];
            t[base] = swap;
            i++;
        }
    }
}

void recto_pdf_words_lower_accent(const recto_pdf_run *run, recto_pdf_glyph glyphs[2])
{
    recto_pdf_glyph accent = glyphs[0];
    recto_pdf_glyph base = glyphs[1];
    if (combining_of(accent.ucs) == 0 || ((accent.flags | base.flags) & RECTO_PDF_GLYPH_EXTRA))
        return;
    float up = (base.y - accent.y) * run->ux - (base.x - accent.x) * run->uy;
    float from = accent.x * run->ux + accent.y * run->uy;
    float at = base.x * run->ux + base.y * run->uy;
    letter over = {.u0 = from, .u1 = from + accent.advance};
    letter under = {.cp = base.ucs, .u0 = at, .u1 = at + base.advance};
    if (up < 0.02f * run->size || up > ACCENT_UP * run->size || !is_over(&over, &under, run->size))
        return;
    /* nor far back from the letter's end, where a bit would end: see BACK_MAX in pdf_text.c */
    float on = fmaxf(0.0f, under.u1 - 0.5f * run->size - from);
    accent.x += on * run->ux - up * run->uy;
    accent.y += on * run->uy + up * run->ux;
    glyphs[0] = base;
    glyphs[1] = accent;
}

static const char *ligature_of(uint32_t cp)
{
    static const char *const known[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    return cp >= 0xFB00 && cp <= 0xFB06 ? known[cp - 0xFB00] : NULL;
}

static int put_letter(letter *out, int n, uint32_t cp, float u0, float u1, bool more)
{
    /* one glyph may stand for several characters with a space among them: still one word */
    if (n < MAX_WORD && cp != 0 && !recto_utf8_is_space(cp))
        out[n++] = (letter){cp, u0, u1, more};
    return n;
}

/* The characters of a glyph; more: those of one glyph with the letters before it. */
static int add_letter(letter *out, int n, uint32_t cp, float u0, float u1, bool more)
{
    const char *ligature = ligature_of(cp);
    if (ligature != NULL) {
        for (const char *c = ligature; *c != '\0'; c++, more = true)
            n = put_letter(out, n, (uint32_t)*c, u0, u1, more);
        return n;
    }
    if (cp >= FIRST_SHAPE) {
        uint32_t plain[RECTO_UTF8_SHAPE_MAX];
        int n_plain = recto_utf8_unshape(plain, cp);
        for (int i = 0; i < n_plain; i++)
            n = put_letter(out, n, plain[i], u0, u1, more || i > 0);
        return n;
    }
    return put_letter(out, n, cp == 0x2010 || cp == 0x2011 ? '-' : cp, u0, u1, more);
}

/* Some producers write right-to-left text as it is read, each glyph left of the one before. */
static bool runs_back(const letter *t, int n, float em)
{
    int n_back = 0;
    int n_on = 0;
    for (int i = 1; i < n; i++) {
        n_back += !t[i].more && t[i].u0 < t[i - 1].u0 - 0.05f * em;
        n_on += !t[i].more && t[i].u0 > t[i - 1].u0 + 0.05f * em;
    }
    return n_back > n_on;
}

static int letters_of(letter *out, const recto_pdf_words_line *line, const word *w)
{
    int n = 0;
    for (int i = 0; i < w->n_bits; i++) {
        const bit *t = w->bits[i];
        const recto_pdf_run *run = run_of(line, t);
        const int first = n;
        float u0 = 0.0f;
        float u1 = 0.0f;
        for (int k = t->first; k < t->first + t->n; k++) {
            const recto_pdf_glyph *g = &line->page->glyphs[k];
            bool extra = (g->flags & RECTO_PDF_GLYPH_EXTRA) != 0;
            if (recto_pdf_words_doubled(line->page, run, k))
                continue;
            if (!extra) {
                u0 = g->x * run->ux + g->y * run->uy;
                u1 = u0 + g->advance;
            }
            /* a vowel sign that its font does not name */
            if (line->any_rtl && g->ucs == RECTO_PDF_UNKNOWN && u1 - u0 < 0.05f * run->size)
                continue;
            n = add_letter(out, n, g->ucs, u0, u1, extra && n > first);
        }
        if (line->any_rtl && runs_back(out + first, n - first, run->size))
            recto_pdf_bidi_turn(out + first, n - first);
        if (line->any_rtl)
            recto_pdf_bidi_marks_near(out + first, n - first);
    }
    return n;
}

/* The word's clean text in `keep`; NULL if out of memory, "" if nothing is left. */
static char *text_of(const recto_pdf_words_line *line, const word *w, recto_pdf_bidi *kind,
                     recto_arena *keep)
{
    letter t[MAX_WORD];
    char bytes[4 * MAX_WORD];
    size_t len = 0;
    int n = letters_of(t, line, w);
    compose_accents(t, n, line->size);
    if (line->any_rtl) {
        *kind = recto_pdf_bidi_word(t, n);
        recto_pdf_bidi_marks_over(t, n);
        recto_pdf_bidi_letters(t, n, *kind, line->rtl, line->mirror);
    }
    bool plain = true;
    for (int i = 0; i < n; i++) {
        uint32_t cp = t[i].cp;
        if (cp == SOFT_HYPHEN && (n == 1 || i + 1 < n || !w->last))
            cp = '-'; /* it is shown, so it is a hyphen; only a line's end leaves it open */
        plain = plain && cp > ' ' && cp < 0x7F;
        len += (size_t)recto_utf8_put(bytes + len, cp);
    }
    return plain ? recto_arena_text(keep, bytes, len) : recto_utf8_clean(keep, bytes, len);
}

void recto_pdf_words_directions(int *n_rtl, int *n_ltr, const recto_pdf_glyph *glyphs, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t ucs = glyphs[i].ucs;
        if (ucs >= 0x590 && recto_utf8_is_rtl(ucs))
            (*n_rtl)++;
        else
            *n_ltr += ucs < 0x80 ? isalpha((int)ucs) != 0 : recto_utf8_is_letter(ucs);
    }
}

/* Which way a line reads, when its bits stand in their places.  On a page that is mostly
 * right-to-left so does a line with any such word, unless it begins and ends with others and has
 * more of them. */
static bool is_rtl_line(const recto_pdf_words_line *line)
{
    const bit *const ends[2] = {line->bits[0], line->bits[line->n_bits - 1]};
    int n_rtl = 0;
    int n_ltr = 0;
    for (int i = 0; i < line->n_bits; i++)
        recto_pdf_words_directions(&n_rtl, &n_ltr, &line->page->glyphs[line->bits[i]->first],
                                   line->bits[i]->n);
    if (n_rtl > n_ltr || n_rtl == 0 || !line->most_rtl)
        return n_rtl > n_ltr;
    for (int i = 0; i < 2; i++) {
        int rtl = 0;
        int ltr = 0;
        recto_pdf_words_directions(&rtl, &ltr, &line->page->glyphs[ends[i]->first], ends[i]->n);
        if (rtl > 0 || ltr == 0)
            return true;
    }
    return false;
}

static bool opens_after(const recto_pdf_words_line *line, int i, int k)
{
    for (k++; i < line->n_bits; i++, k = i < line->n_bits ? line->bits[i]->first : 0) {
        for (; k < line->bits[i]->first + line->bits[i]->n; k++) {
            if (recto_pdf_bidi_bracket(line->page->glyphs[k].ucs) > 0)
                return true;
        }
    }
    return false;
}

/* Are brackets called what they look like?  Then the first one seen from the left opens. */
static bool are_brackets_seen(const recto_pdf_words_line *line)
{
    for (int i = 0; i < line->n_bits; i++) {
        const bit *t = line->bits[i];
        for (int k = t->first; k < t->first + t->n; k++) {
            int bracket = recto_pdf_bidi_bracket(line->page->glyphs[k].ucs);
            if (bracket != 0)
                return bracket > 0 || !opens_after(line, i, k);
        }
    }
    return true;
}

/* --- words and the line ------------------------------------------------------------------ */

static const uint32_t STYLE_BITS[] = {RECTO_STYLE_BOLD,   RECTO_STYLE_ITALIC, RECTO_STYLE_MONO,
                                      RECTO_STYLE_HIDDEN, RECTO_STYLE_SUPER,  RECTO_STYLE_SUB};
enum { N_STYLE_BITS = sizeof STYLE_BITS / sizeof *STYLE_BITS };

/* Styles of most of the word's glyphs. */
static uint32_t style_of(const word *w)
{
    int total = 0;
    int n[N_STYLE_BITS] = {0};
    for (int i = 0; i < w->n_bits; i++) {
        total += w->bits[i]->n;
        for (int k = 0; k < N_STYLE_BITS; k++)
            n[k] += w->bits[i]->style & STYLE_BITS[k] ? w->bits[i]->n : 0;
    }
    uint32_t style = w->script;
    for (int k = 0; k < N_STYLE_BITS; k++)
        style |= 2 * n[k] > total ? STYLE_BITS[k] : 0;
    return style;
}

/* 1, or less where a font does not say what it shows. */
static float trust_in(const recto_pdf_words_line *line, const word *w)
{
    float conf = 1.0f;
    for (int i = 0; i < w->n_bits; i++) {
        const bit *t = w->bits[i];
        conf = run_of(line, t)->odd ? fminf(conf, ODD_CONF) : conf;
        for (int k = t->first; k < t->first + t->n; k++) {
            if (line->page->glyphs[k].flags & RECTO_PDF_GLYPH_BAD)
                return 0.0f;
        }
    }
    return conf;
}

/* Build one word; false if it has no text left. */
static recto_status build_word(recto_word *out, bool *any, recto_pdf_bidi *kind,
                               const recto_pdf_words_line *line, const word *w, recto_arena *keep)
{
    out->text = text_of(line, w, kind, keep);
    if (out->text == NULL)
        return RECTO_ERR_NOMEM;
    recto_rect box = {0};
    for (int i = 0; i < w->n_bits; i++) {
        const bit *t = w->bits[i];
        recto_rect part = recto_pdf_words_box(run_of(line, t), t->u0, t->u1, t->v);
        box = i == 0 ? part : recto_rect_union(box, part);
    }
    box = recto_rect_scale(box, line->scale, line->scale);
    out->box =
        recto_rect_clip(box, line->page->width * line->scale, line->page->height * line->scale);
    out->conf = trust_in(line, w);
    out->style = style_of(w);
    *any = out->text[0] != '\0' && !recto_rect_is_empty(out->box);
    return RECTO_OK;
}

/* A full stop or comma left of foreign words in a right-to-left line comes after them: from the
 * first of words[n] to the last. */
static recto_status move_stops(recto_word *words, int n, recto_arena *keep)
{
    size_t n_stops = 0;
    while (recto_pdf_bidi_stop((unsigned char)words[0].text[n_stops]))
        n_stops++;
    if (n_stops == 0 || words[0].text[n_stops] == '\0')
        return RECTO_OK;
    recto_buf text = RECTO_BUF_INIT;
    const char *stops = words[0].text;
    words[0].text += n_stops;
    recto_buf_text(&text, words[n - 1].text);
    recto_buf_add(&text, stops, n_stops);
    char *joined = text.failed ? NULL : recto_arena_text(keep, text.data, text.len);
    recto_buf_free(&text);
    if (joined == NULL)
        return RECTO_ERR_NOMEM;
    words[n - 1].text = joined;
    return RECTO_OK;
}

static recto_status move_all_stops(recto_word *words, const recto_pdf_bidi *kinds, int n,
                                   recto_arena *keep)
{
    for (int i = 0; i < n; i++) {
        if (kinds[i] != RECTO_PDF_BIDI_LTR)
            continue;
        int end = i + 1;
        while (end < n && kinds[end] != RECTO_PDF_BIDI_RTL)
            end++;
        recto_status status = move_stops(&words[i], end - i, keep);
        if (status != RECTO_OK)
            return status;
        i = end - 1;
    }
    return RECTO_OK;
}

/* The words, which stand from left to right, in reading order. */
static recto_status order_words(recto_word *words, const recto_pdf_bidi *kinds, int n, bool rtl,
                                recto_arena *tmp)
{
    int *order = recto_arena_array(tmp, (size_t)n, sizeof *order);
    recto_word *seen = recto_arena_array(tmp, (size_t)n, sizeof *seen);
    if (order == NULL || seen == NULL)
        return RECTO_ERR_NOMEM;
    memcpy(seen, words, (size_t)n * sizeof *seen);
    recto_pdf_bidi_order(order, kinds, n, rtl);
    for (int i = 0; i < n; i++)
        words[i] = seen[order[i]];
    return RECTO_OK;
}

static void finish_line(recto_line *out, const recto_pdf_words_line *line)
{
    int total = 0;
    float conf = 0.0f;
    int n[N_STYLE_BITS] = {0};
    out->box = out->words[0].box;
    for (int i = 0; i < out->n_words; i++) {
        int len = (int)strlen(out->words[i].text);
        conf += out->words[i].conf * (float)len;
        out->box = recto_rect_union(out->box, out->words[i].box);
        total += len;
        for (int k = 0; k < N_STYLE_BITS; k++)
            n[k] += out->words[i].style & STYLE_BITS[k] ? len : 0;
    }
    for (int k = 0; k < N_STYLE_BITS; k++)
        out->style |= 10 * n[k] >= 9 * total ? STYLE_BITS[k] : 0;
    const recto_pdf_run *run = run_of(line, line->bits[0]);
    float middle = (line->bits[0]->u0 + line->bits[line->n_bits - 1]->u1) * 0.5f;
    out->baseline = (middle * run->uy + line->v * run->ux) * line->scale;
    out->size = line->size * line->scale;
    out->conf = total > 0 ? fminf(conf / (float)total, 1.0f) : 1.0f;
    out->region = -1;
}

recto_status recto_pdf_words_build(recto_line *out, int *n_out, recto_pdf_words_line *line,
                                   recto_arena *keep, recto_arena *tmp)
{
    qsort(line->bits, (size_t)line->n_bits, sizeof(const bit *), by_place);
    line->rtl = line->any_rtl && is_rtl_line(line);
    line->mirror = line->rtl && are_brackets_seen(line);
    bool *joined = recto_arena_array(tmp, (size_t)line->n_bits, sizeof *joined);
    recto_pdf_bidi *kinds = recto_arena_array(tmp, (size_t)line->n_bits, sizeof *kinds);
    recto_word *words = recto_arena_array(keep, (size_t)line->n_bits, sizeof *words);
    if (joined == NULL || kinds == NULL || words == NULL)
        return RECTO_ERR_NOMEM;
    find_spread(joined, line);
    int n = 0;
    for (int i = 0; i < line->n_bits;) {
        word w = {.bits = &line->bits[i], .n_bits = 1, .script = script_of(line, line->bits[i])};
        float u1 = line->bits[i]->u1;
        int n_glyphs = line->bits[i]->n;
        while (i + w.n_bits < line->n_bits && !starts_word(line, i + w.n_bits, u1, joined)) {
            const bit *t = line->bits[i + w.n_bits];
            n_glyphs += t->n;
            if (n_glyphs > RECTO_PDF_WORDS_MAX)
                break;
            u1 = fmaxf(u1, t->u1);
            w.n_bits++;
        }
        i += w.n_bits;
        w.last = i == line->n_bits;
        bool any = false;
        recto_status status = build_word(&words[n], &any, &kinds[n], line, &w, keep);
        if (status != RECTO_OK)
            return status;
        n += any;
    }
    if (n == 0)
        return RECTO_OK;
    if (line->rtl && move_all_stops(words, kinds, n, keep) != RECTO_OK)
        return RECTO_ERR_NOMEM;
    if (line->any_rtl && order_words(words, kinds, n, line->rtl, tmp) != RECTO_OK)
        return RECTO_ERR_NOMEM;
    *out = (recto_line){.words = words, .n_words = n};
    finish_line(out, line);
    (*n_out)++;
    return RECTO_OK;
}
