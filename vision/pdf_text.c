/* Text of a PDF page: from glyphs in painting order to lines of words.
 *
 *   glyphs -> bits     runs of glyphs without a gap: a word, or a part of one
 *          -> pieces   bits that follow one another in the content on one baseline
 *          -> cut      at gaps too wide for a space: columns, cells
 *          -> lines    pieces that continue each other in place, whatever the painting order
 *          -> words    bits joined over small gaps, accents put on their letters
 *
 * The painting order is trusted first, since it tells a wide justified space from a column gap
 * better than any distance; geometry only joins what the order has torn apart.  All is done along
 * the writing direction (u) and across it (v, downwards), so turned text needs nothing special.
 * Right-to-left words are put in logical order by a simple rule (whole words, no embedded levels).
 */
#include "core/utf8.h"
#include "vision/pdf_words.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Distances along the line, in em. */
static const float WORD_GAP = 0.15f;     /* a wider gap parts words */
static const float BACK_MAX = 0.6f;      /* kerning, accents, stacked scripts step back at most */
static const float LINE_GAP_MAX = 12.0f; /* a piece ends at the latest here */
static const float CELL_GAP = 1.15f;     /* gap without a space that parts cells or columns */
static const float CELL_REST = 1.0f;     /* the same beyond a space that is there */
static const float CELL_SPACES = 1.7f;   /* run of spaces that parts cells */
static const float CELL_SPACES_MONO = 1.95f;
static const float MARKER_GAP = 2.5f; /* between a bullet or number and its text */
static const float JOIN_GAP = 0.5f;   /* pieces out of order are one line up to here */
static const float SAME_BASELINE = 0.1f;
static const float SHIFT_MAX = 0.3f;   /* raised or lowered at the same size: still the line */
static const float SMALL = 0.85f;      /* size of a script relative to its line, at most */
static const float OVERPRINT = 0.12f;  /* the same word this near again is a fake bold */
static const float LAYER_SHIFT = 0.3f; /* and this near along the line, said by another layer */

typedef recto_pdf_bit bit;

typedef struct piece {
    int first, n; /* bits */
    float u0, u1;
    float v, size;  /* of its main text, not of its scripts */
    int next, prev; /* pieces joined after and before; -1 if none */
} piece;

typedef struct builder {
    const recto_pdf_page *page;
    recto_arena *tmp;
    bool include_hidden;
    bit *bits;
    int n_bits, cap_bits;
    piece *pieces;
    int n_pieces, cap_pieces;
    int judged_run; /* run + 1 that may_vanish is about */
    bool may_vanish;
    int *bucket;     /* [N_BUCKETS] newest bit + 1 of each hash, to find overprints */
    bool space;      /* a space came since the last glyph */
    float space_end; /* its end along the run */
    bool nomem;
} builder;

enum { N_BUCKETS = 1024, MAX_CHAIN = 64, MAX_GAPS = 64, MAX_MARKER = 7 };

/* --- collecting -------------------------------------------------------------------------- */

void recto_pdf_text_add_run(recto_pdf_page *page, const recto_pdf_run *run)
{
    void *items = page->runs;
    if (!recto_pdf_shapes_room(page, &items, page->n_runs, &page->cap_runs, sizeof *page->runs,
                               RECTO_PDF_MAX_GLYPHS)) {
        if (page->failed == RECTO_OK)
            page->failed = RECTO_ERR_LIMIT;
        return;
    }
    page->runs = items;
    recto_pdf_run *added = &page->runs[page->n_runs++];
    *added = *run;
    added->order = page->n_marks;
    added->first = page->n_glyphs;
    added->n = 0;
}

void recto_pdf_text_add_glyph(recto_pdf_page *page, const recto_pdf_glyph *glyph)
{
    void *items = page->glyphs;
    if (page->n_runs == 0 || !recto_pdf_shapes_room(page, &items, page->n_glyphs, &page->cap_glyphs,
                                                    sizeof *page->glyphs, RECTO_PDF_MAX_GLYPHS)) {
        if (page->failed == RECTO_OK)
            page->failed = RECTO_ERR_LIMIT;
        return;
    }
    page->glyphs = items;
    page->glyphs[page->n_glyphs++] = *glyph;
    page->runs[page->n_runs - 1].n++;
}

int recto_pdf_text_turn(const recto_pdf_page *page)
{
    enum { LITTLE = 20 }; /* characters: too few to turn a page for */
    int n[4] = {0};       /* upright, running up, upside down, running down */
    int total = 0;
    for (int i = 0; i < page->n_runs; i++) {
        const recto_pdf_run *r = &page->runs[i];
        if (r->style & RECTO_STYLE_HIDDEN)
            continue;
        total += r->n;
        if (fabsf(r->ux) > 0.99f || fabsf(r->uy) > 0.99f)
            n[r->ux > 0.99f ? 0 : r->uy < -0.99f ? 1 : r->ux < -0.99f ? 2 : 3] += r->n;
    }
    for (int i = 1; i < 4; i++) {
        if (n[i] >= LITTLE && 10 * n[i] >= 9 * total)
            return 90 * i;
    }
    return 0;
}

/* --- bits -------------------------------------------------------------------------------- */

static float along(const recto_pdf_run *r, const recto_pdf_glyph *g)
{
    return g->x * r->ux + g->y * r->uy;
}

static float across(const recto_pdf_run *r, const recto_pdf_glyph *g)
{
    return g->y * r->ux - g->x * r->uy;
}

static bool same_direction(const recto_pdf_run *a, const recto_pdf_run *b)
{
    return a->ux * b->ux + a->uy * b->uy > 0.9998f;
}

static bool is_space(uint32_t ucs)
{
    return ucs == ' ' || ucs == 0xA0 || (ucs >= 0x2000 && recto_utf8_is_space(ucs));
}

static void *more(builder *b, void *items, int n, int *cap, size_t size)
{
    if (n < *cap)
        return items;
    int wanted = *cap == 0 ? 256 : *cap * 2;
    void *grown = recto_arena_grow(b->tmp, items, (size_t)n, (size_t)wanted, size);
    if (grown == NULL)
        b->nomem = true;
    else
        *cap = wanted;
    return grown;
}

static uint32_t hash_bit(const builder *b, const bit *t)
{
    uint32_t h = 2166136261u;
    for (int i = t->first; i < t->first + t->n; i++)
        h = (h ^ b->page->glyphs[i].ucs) * 16777619u;
    return h;
}

static bool same_text(const builder *b, const bit *x, const bit *y)
{
    for (int i = 0; i < x->n; i++) {
        if (b->page->glyphs[x->first + i].ucs != b->page->glyphs[y->first + i].ucs)
            return false;
    }
    return x->n == y->n;
}

/* The same word drawn again (almost) in place: fake bold, shadows.  The first one stays. */
static bool is_overprint(builder *b, bit *t)
{
    const recto_pdf_run *run = &b->page->runs[t->run];
    float slack = OVERPRINT * run->size;
    /* two layers that say the same are seldom set alike; no word repeats itself within its width */
    float along = fmaxf(slack, fminf(LAYER_SHIFT * run->size, 0.4f * (t->u1 - t->u0)));
    int *bucket = &b->bucket[hash_bit(b, t) % N_BUCKETS];
    int steps = 0;
    for (int i = *bucket - 1; i >= 0 && steps < MAX_CHAIN; i = b->bits[i].chain - 1, steps++) {
        bit *o = &b->bits[i];
        if (fabsf(o->u0 - t->u0) > along || fabsf(o->v - t->v) > slack || !same_text(b, o, t) ||
            !same_direction(&b->page->runs[o->run], run))
            continue;
        if (o->hidden == t->hidden) {
            o->style |= o->u0 != t->u0 || o->v != t->v ? RECTO_STYLE_BOLD : 0;
            return true;
        }
        if (t->hidden)
            return true;
    }
    t->chain = *bucket;
    *bucket = b->n_bits + 1;
    return false;
}

/* Count the characters of a bit. */
static void count_bit(const builder *b, const bit *t, recto_source_facts *facts)
{
    int n = 0;
    int n_bad = 0;
    for (int i = t->first; i < t->first + t->n; i++) {
        const recto_pdf_glyph *g = &b->page->glyphs[i];
        if (g->ucs == 0 || recto_pdf_words_doubled(b->page, &b->page->runs[t->run], i))
            continue;
        n++;
        n_bad += (g->flags & RECTO_PDF_GLYPH_BAD) != 0;
    }
    if (t->hidden) {
        facts->n_chars_hidden += n;
    } else {
        facts->n_chars += n;
        facts->n_chars_bad += n_bad;
        facts->n_chars_odd += b->page->runs[t->run].odd ? n - n_bad : 0;
    }
}

/* True unless nothing on the page can hide the text of a run: asked once a run, since most pages
 * have many boxes under their text and none over it. */
static bool may_vanish(builder *b, int r)
{
    const recto_pdf_page *page = b->page;
    const recto_pdf_run *run = &page->runs[r];
    if (b->judged_run == r + 1)
        return b->may_vanish;
    b->judged_run = r + 1;
    b->may_vanish = recto_pdf_shapes_alike(run->colour, (recto_pdf_colour)RECTO_PDF_WHITE);
    for (int i = page->n_paints - 1; i >= 0 && !b->may_vanish; i--) {
        const recto_pdf_paint *p = &page->paints[i];
        b->may_vanish = p->order > run->order
                            ? p->opaque
                            : p->flat && recto_pdf_shapes_alike(p->colour, run->colour);
    }
    return b->may_vanish;
}

/* File a finished bit, unless it repeats one or is not wanted. */
static void end_bit(builder *b, bit *t, recto_source_facts *facts)
{
    if (t->n == 0)
        return;
    const recto_pdf_run *run = &b->page->runs[t->run];
    if (!t->hidden && may_vanish(b, t->run))
        t->hidden = recto_pdf_shapes_hidden(b->page, recto_pdf_words_box(run, t->u0, t->u1, t->v),
                                            run->order, run->colour);
    t->style = (run->style & ~(uint32_t)RECTO_STYLE_HIDDEN) | (t->hidden ? RECTO_STYLE_HIDDEN : 0);
    if (t->outside || (t->hidden && !b->include_hidden)) {
        count_bit(b, t, facts);
    } else if (!is_overprint(b, t)) {
        count_bit(b, t, facts);
        bit *grown = more(b, b->bits, b->n_bits, &b->cap_bits, sizeof *b->bits);
        if (grown != NULL) {
            b->bits = grown;
            b->bits[b->n_bits++] = *t;
        }
    }
    t->n = 0;
}

/* Width of a glyph; where the font gives none, up to the next one. */
static float width_of(const builder *b, const recto_pdf_run *run, int i)
{
    const recto_pdf_glyph *g = &b->page->glyphs[i];
    if (g->advance > 0.01f * run->size)
        return fminf(g->advance, 2.5f * run->size);
    if (i + 1 >= run->first + run->n)
        return g->advance;
    float step = along(run, &b->page->glyphs[i + 1]) - along(run, g);
    return step > 0.0f && step < run->size ? step : g->advance;
}

static bool continues(const bit *t, const recto_pdf_run *run, float u, float v, bool outside)
{
    float gap = u - t->u1;
    return fabsf(v - t->v) <= 0.05f * run->size && gap <= WORD_GAP * run->size &&
           gap >= -BACK_MAX * run->size && u >= t->u0 - 0.3f * run->size && outside == t->outside &&
           t->n < RECTO_PDF_WORDS_MAX / 2;
}

static void cut_run(builder *b, int r, bit *t, recto_source_facts *facts)
{
    const recto_pdf_run *run = &b->page->runs[r];
    bool off = (run->style & RECTO_STYLE_HIDDEN) != 0;
    for (int i = run->first; i < run->first + run->n && !b->nomem; i++) {
        const recto_pdf_glyph *g = &b->page->glyphs[i];
        if (g->flags & RECTO_PDF_GLYPH_EXTRA) {
            t->n += t->n > 0 && t->n < RECTO_PDF_WORDS_MAX;
            continue;
        }
        float u = along(run, g);
        float u1 = u + width_of(b, run, i);
        if (is_space(g->ucs)) {
            end_bit(b, t, facts);
            b->space = true;
            b->space_end = u1;
            continue;
        }
        if (g->ucs == 0xAD && g->advance < 0.01f * run->size)
            continue; /* a break that was not used */
        bool outside = (g->flags & RECTO_PDF_GLYPH_OUTSIDE) != 0;
        if (t->n > 0 && recto_pdf_words_doubled(b->page, run, i)) {
            t->n = i + 1 - t->first;
            continue;
        }
        if (t->n > 0 && !continues(t, run, u, across(run, g), outside))
            end_bit(b, t, facts);
        if (t->n == 0) {
            *t = (bit){.run = r, .first = i, .u0 = u, .u1 = u1, .v = across(run, g)};
            t->hidden = off || outside;
            t->outside = outside;
            t->space = b->space;
            t->space_end = b->space_end;
            b->space = false;
        }
        t->n = i + 1 - t->first;
        t->u1 = fmaxf(t->u1, u1);
    }
    end_bit(b, t, facts);
}

/* --- pieces ------------------------------------------------------------------------------ */

/* True if the bit can follow the piece on its baseline; the piece's main text is corrected when it
 * began with a script. */
static bool on_baseline(piece *p, const bit *t, float size)
{
    float dv = t->v - p->v;
    float big = fmaxf(size, p->size);
    if (fabsf(dv) <= SAME_BASELINE * big) {
        if (size > p->size) {
            p->size = size;
            p->v = t->v;
        }
        return true;
    }
    if (size <= SMALL * p->size)
        return dv >= -0.75f * big && dv <= 0.45f * big;
    if (p->size <= SMALL * size && -dv >= -0.75f * big && -dv <= 0.45f * big) {
        p->size = size;
        p->v = t->v;
        return true;
    }
    return fabsf(dv) <= SHIFT_MAX * fminf(size, p->size);
}

static bool follows(const builder *b, piece *p, const bit *t)
{
    const bit *last = &b->bits[p->first + p->n - 1];
    const recto_pdf_run *run = &b->page->runs[t->run];
    if (last->hidden != t->hidden || !same_direction(&b->page->runs[last->run], run))
        return false;
    float em = fmaxf(run->size, p->size);
    float gap = t->u0 - p->u1;
    if (gap < -BACK_MAX * em || gap > LINE_GAP_MAX * em || t->u0 < p->u0 - 0.3f * em)
        return false;
    return on_baseline(p, t, run->size);
}

static void thread_pieces(builder *b)
{
    for (int i = 0; i < b->n_bits; i++) {
        const bit *t = &b->bits[i];
        piece *last = b->n_pieces > 0 ? &b->pieces[b->n_pieces - 1] : NULL;
        if (last != NULL && follows(b, last, t)) {
            last->n++;
            last->u1 = fmaxf(last->u1, t->u1);
            continue;
        }
        piece *grown = more(b, b->pieces, b->n_pieces, &b->cap_pieces, sizeof *b->pieces);
        if (grown == NULL)
            return;
        b->pieces = grown;
        b->pieces[b->n_pieces++] = (piece){.first = i,
                                           .n = 1,
                                           .u0 = t->u0,
                                           .u1 = t->u1,
                                           .v = t->v,
                                           .size = b->page->runs[t->run].size,
                                           .next = -1,
                                           .prev = -1};
    }
}

/* --- cutting at wide gaps ---------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* The usual space of a piece in em, 0 if it has too few to tell. */
static float usual_gap(const builder *b, const piece *p, float *gaps)
{
    int n = 0;
    int n_spaces = 0;
    int end = p->first + (p->n < 8 * MAX_GAPS ? p->n : 8 * MAX_GAPS);
    for (int i = p->first + 1; i < end && n < MAX_GAPS; i++) {
        float gap = b->bits[i].u0 - b->bits[i - 1].u1;
        if (!b->bits[i].space && gap <= WORD_GAP * p->size)
            continue;
        n_spaces += b->bits[i].space;
        gaps[n++] = gap / p->size;
    }
    if (n < 3)
        return 0.0f;
    qsort(gaps, (size_t)n, sizeof *gaps, by_value);
    float median = gaps[n / 2];
    /* wide gaps without any space between are as likely the cells of a table */
    return median < CELL_GAP || 10 * n_spaces >= 7 * n ? median : 0.0f;
}

/* A bullet, "1.", "a)", "(iv)", "2.3": what stands before the text of a list item or heading. */
static bool is_marker(const builder *b, const piece *p, int end)
{
    char c[8];
    int n = 0;
    for (int i = p->first; i < end; i++) {
        if (n + b->bits[i].n > MAX_MARKER || (i > p->first && b->bits[i].space))
            return false;
        for (int k = 0; k < b->bits[i].n; k++) {
            uint32_t ucs = b->page->glyphs[b->bits[i].first + k].ucs;
            bool sign = ucs == 0xB7 || ucs == RECTO_PDF_UNKNOWN || (ucs > 0x2000 && ucs < 0x3000);
            c[n++] = sign ? '*' : (char)(ucs < 0x80 ? ucs : '?');
        }
    }
    c[n] = '\0';
    if (strcmp(c, "*") == 0 || strcmp(c, "-") == 0)
        return true;
    const char *s = c + (c[0] == '(');
    size_t digits = strspn(s, "0123456789");
    size_t roman = strspn(s, "ivxlcIVXLC");
    size_t body = digits > 0 ? digits : roman > 0 ? roman : isalpha((unsigned char)*s) != 0;
    if (body > 0 && strchr(").", s[body]) != NULL && s[body] != '\0' && s[body + 1] == '\0')
        return true;
    /* a section's number: short parts with points between, and a title, no further number */
    const char *dot = strchr(c, '.');
    return recto_utf8_is_letter(b->page->glyphs[b->bits[end].first].ucs) && dot != NULL &&
           strspn(c, "0123456789.") == (size_t)n && digits > 0 && digits <= 2 &&
           strlen(dot + 1) <= 4;
}

/* head: the piece begins where the content's own line began, so it may begin with a marker. */
static bool is_wide(const builder *b, const piece *p, int i, float usual, bool head)
{
    const bit *t = &b->bits[i];
    const recto_pdf_run *run = &b->page->runs[t->run];
    float gap = (t->u0 - b->bits[i - 1].u1) / p->size;
    if (gap <= CELL_GAP || gap <= 1.7f * usual)
        return false;
    bool mono = (run->style & RECTO_STYLE_MONO) != 0;
    bool wide = true;
    if (t->space) {
        float rest = (t->u0 - t->space_end) / p->size;
        wide = rest > CELL_REST || gap > (mono ? CELL_SPACES_MONO : CELL_SPACES);
    }
    return wide && !(head && gap <= MARKER_GAP && is_marker(b, p, i));
}

static void measure_piece(const builder *b, piece *p)
{
    p->u0 = INFINITY;
    p->u1 = -INFINITY;
    p->size = 0.0f;
    for (int i = p->first; i < p->first + p->n; i++) {
        const bit *t = &b->bits[i];
        float size = b->page->runs[t->run].size;
        p->u0 = fminf(p->u0, t->u0);
        p->u1 = fmaxf(p->u1, t->u1);
        if (size > p->size * 1.01f) {
            p->size = size;
            p->v = t->v;
        }
    }
}

static bool add_piece(builder *b, piece p)
{
    piece *grown = more(b, b->pieces, b->n_pieces, &b->cap_pieces, sizeof *b->pieces);
    if (grown == NULL)
        return false;
    b->pieces = grown;
    b->pieces[b->n_pieces] = p;
    measure_piece(b, &b->pieces[b->n_pieces++]);
    return true;
}

/* Cut every piece at its wide gaps; the pieces come in a new array, in the same order. */
static void cut_pieces(builder *b)
{
    float gaps[MAX_GAPS];
    const piece *whole = b->pieces;
    int n_whole = b->n_pieces;
    b->pieces = NULL;
    b->n_pieces = b->cap_pieces = 0;
    for (int k = 0; k < n_whole; k++) {
        piece rest = whole[k];
        float usual = usual_gap(b, &rest, gaps);
        for (int i = rest.first + 1; i < whole[k].first + whole[k].n; i++) {
            if (!is_wide(b, &rest, i, usual, rest.first == whole[k].first))
                continue;
            piece head = rest;
            head.n = i - rest.first;
            rest.n -= head.n;
            rest.first = i;
            usual = usual_gap(b, &rest, gaps);
            if (!add_piece(b, head))
                return;
        }
        if (!add_piece(b, rest))
            return;
    }
}

/* --- joining pieces that lie on one line ------------------------------------------------- */

typedef struct place {
    int piece;
    int direction; /* degrees, so that only like directions meet */
    float v;
} place;

static int by_line(const void *pa, const void *pb)
{
    const place *a = pa;
    const place *b = pb;
    if (a->direction != b->direction)
        return a->direction < b->direction ? -1 : 1;
    if (a->v != b->v)
        return a->v < b->v ? -1 : 1;
    return a->piece < b->piece ? -1 : a->piece > b->piece;
}

static bool may_join(const builder *b, const piece *left, const piece *right)
{
    const bit *l = &b->bits[left->first];
    const bit *r = &b->bits[right->first];
    float small = fminf(left->size, right->size);
    float big = fmaxf(left->size, right->size);
    float gap = right->u0 - left->u1;
    return l->hidden == r->hidden && big <= 1.7f * small &&
           fabsf(left->v - right->v) <= SAME_BASELINE * small && gap <= JOIN_GAP * small &&
           gap >= -0.25f * small;
}

/* Give every piece the nearest one that continues it to the right. */
static void join_pieces(builder *b)
{
    enum { WINDOW = 400 };
    place *order = recto_arena_array(b->tmp, (size_t)b->n_pieces, sizeof *order);
    if (order == NULL) {
        b->nomem = true;
        return;
    }
    for (int i = 0; i < b->n_pieces; i++) {
        const recto_pdf_run *run = &b->page->runs[b->bits[b->pieces[i].first].run];
        int angle = (int)lrintf(atan2f(run->uy, run->ux) * 57.29578f);
        order[i] = (place){i, angle, b->pieces[i].v};
    }
    qsort(order, (size_t)b->n_pieces, sizeof *order, by_line);
    for (int i = 0; i < b->n_pieces; i++) {
        piece *p = &b->pieces[order[i].piece];
        int best = -1;
        for (int step = -1; step <= 1; step += 2) {
            for (int j = i + step, n = 0; j >= 0 && j < b->n_pieces && n < WINDOW; j += step, n++) {
                const piece *q = &b->pieces[order[j].piece];
                if (order[j].direction != order[i].direction ||
                    fabsf(q->v - p->v) > SAME_BASELINE * p->size)
                    break;
                if (q->prev < 0 && q->u0 > p->u0 && may_join(b, p, q) &&
                    (best < 0 || q->u0 < b->pieces[best].u0))
                    best = order[j].piece;
            }
        }
        if (best >= 0) {
            p->next = best;
            b->pieces[best].prev = order[i].piece;
        }
    }
}

/* --- lines ------------------------------------------------------------------------------- */

/* All bits of a line in one array, and what is main in it. */
static recto_status build_line(builder *b, recto_line *out, int *n_out, int first, float scale,
                               recto_arena *keep)
{
    int n = 0;
    for (int k = first; k >= 0; k = b->pieces[k].next)
        n += b->pieces[k].n;
    recto_arena_mark mark = recto_arena_here(b->tmp);
    const bit **bits = recto_arena_array(b->tmp, (size_t)n, sizeof *bits);
    if (bits == NULL)
        return RECTO_ERR_NOMEM;
    const piece *main_piece = &b->pieces[first];
    n = 0;
    for (int k = first; k >= 0; k = b->pieces[k].next) {
        const piece *p = &b->pieces[k];
        if (p->u1 - p->u0 > main_piece->u1 - main_piece->u0)
            main_piece = p;
        for (int i = p->first; i < p->first + p->n; i++)
            bits[n++] = &b->bits[i];
    }
    recto_pdf_words_line line = {.page = b->page,
                                 .bits = bits,
                                 .n_bits = n,
                                 .v = main_piece->v,
                                 .size = main_piece->size,
                                 .scale = scale};
    recto_status status = recto_pdf_words_build(out, n_out, &line, keep, b->tmp);
    recto_arena_reset(b->tmp, mark);
    return status;
}

static recto_status build_lines(builder *b, recto_layout *layout, float scale, recto_arena *keep)
{
    int n_lines = 0;
    for (int i = 0; i < b->n_pieces; i++)
        n_lines += b->pieces[i].prev < 0;
    layout->lines = recto_arena_array(keep, (size_t)n_lines, sizeof *layout->lines);
    if (layout->lines == NULL)
        return RECTO_ERR_NOMEM;
    for (int i = 0; i < b->n_pieces; i++) {
        if (b->pieces[i].prev >= 0)
            continue;
        recto_status status =
            build_line(b, &layout->lines[layout->n_lines], &layout->n_lines, i, scale, keep);
        if (status != RECTO_OK)
            return status;
    }
    return RECTO_OK;
}

recto_status recto_pdf_text_build(recto_source_facts *facts, recto_layout *layout,
                                  const recto_pdf_page *page, float scale, bool include_hidden,
                                  recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    facts->n_chars = facts->n_chars_bad = facts->n_chars_odd = 0;
    facts->n_chars_hidden = page->n_chars_nowhere;
    if (page->n_glyphs == 0)
        return RECTO_OK;
    recto_arena_mark mark = recto_arena_here(tmp);
    builder b = {.page = page, .tmp = tmp, .include_hidden = include_hidden};
    b.bucket = recto_arena_array(tmp, N_BUCKETS, sizeof *b.bucket);
    b.nomem = b.bucket == NULL;
    bit t = {0};
    for (int r = 0; r < page->n_runs && !b.nomem; r++)
        cut_run(&b, r, &t, facts);
    if (layout != NULL && !b.nomem && b.n_bits > 0) {
        thread_pieces(&b);
        cut_pieces(&b);
        if (!b.nomem)
            join_pieces(&b);
        if (!b.nomem)
            b.nomem = build_lines(&b, layout, scale, keep) != RECTO_OK;
    }
    recto_arena_reset(tmp, mark);
    if (b.nomem)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the text of a page");
    return RECTO_OK;
}
