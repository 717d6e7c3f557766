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
 */
#include "core/utf8.h"
#include "vision/pdf_pieces.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Distances along the line, in em. */
static const float WORD_GAP = 0.15f;   /* a wider gap parts words */
static const float BACK_MAX = 0.6f;    /* kerning, accents, stacked scripts step back at most */
static const float OVERPRINT = 0.12f;  /* the same word this near again is a fake bold */
static const float LAYER_SHIFT = 0.3f; /* and this near along the line, said by another layer */

typedef recto_pdf_bit bit;

typedef struct builder {
    const recto_pdf_page *page;
    recto_arena *tmp;
    bool include_hidden;
    bit *bits;
    int n_bits, cap_bits;
    int judged_run; /* run + 1 that may_vanish is about */
    bool may_vanish;
    int n_grounds;     /* glyphs looked at as the ground of others */
    int *bucket;       /* [N_BUCKETS] newest bit + 1 of each hash, to find overprints */
    bool any_rtl, rtl; /* right-to-left letters are on the page; they are most */
    bool space;        /* a space came since the last glyph */
    float space_end;   /* its end along the run */
    bool nomem;
} builder;

enum { N_BUCKETS = 1024, MAX_CHAIN = 64, MAX_GROUNDS = 2000000 };

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
    if (page->runs[page->n_runs - 1].n >= 2)
        recto_pdf_words_lower_accent(&page->runs[page->n_runs - 1],
                                     &page->glyphs[page->n_glyphs - 2]);
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
            !recto_pdf_pieces_parallel(&b->page->runs[o->run], run))
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

/* Does text stand on a larger glyph of another colour that was painted before it, such as the
 * filled circle of a symbol font around a number? */
static bool stands_on_glyph(builder *b, recto_rect box, const recto_pdf_run *run)
{
    const recto_pdf_page *page = b->page;
    float x = (box.x0 + box.x1) / 2.0f, y = (box.y0 + box.y1) / 2.0f;
    for (int r = 0; r < page->n_runs && page->runs[r].order < run->order; r++) {
        const recto_pdf_run *under = &page->runs[r];
        if (under->ux < 0.99f || under->size < run->size ||
            recto_pdf_shapes_alike(under->colour, run->colour))
            continue;
        b->n_grounds += under->n;
        if (b->n_grounds > MAX_GROUNDS)
            return false;
        for (int i = under->first; i < under->first + under->n; i++) {
            const recto_pdf_glyph *g = &page->glyphs[i];
            recto_rect ground = {g->x, g->y - under->ascent, g->x + g->advance,
                                 g->y + under->descent};
            if (recto_rect_contains(ground, x, y) &&
                recto_rect_width(ground) >= recto_rect_width(box))
                return true;
        }
    }
    return false;
}

static bool is_unseen(builder *b, const bit *t)
{
    const recto_pdf_run *run = &b->page->runs[t->run];
    recto_rect box = recto_pdf_words_box(run, t->u0, t->u1, t->v);
    return may_vanish(b, t->run) &&
           recto_pdf_shapes_hidden(b->page, box, run->order, run->colour) &&
           !stands_on_glyph(b, box, run);
}

/* File a finished bit, unless it repeats one or is not wanted. */
static void end_bit(builder *b, bit *t, recto_source_facts *facts)
{
    if (t->n == 0)
        return;
    const recto_pdf_run *run = &b->page->runs[t->run];
    if (!t->hidden)
        t->hidden = is_unseen(b, t);
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

/* --- lines ------------------------------------------------------------------------------- */

static int add_bits(const bit **out, int n, const builder *b, const recto_pdf_piece *p)
{
    for (int i = p->first; i < p->first + p->n; i++)
        out[n++] = &b->bits[i];
    return n;
}

/* What scripts the page is written in. */
static void find_direction(builder *b)
{
    int n_rtl = 0;
    int n_ltr = 0;
    for (int i = 0; i < b->page->n_glyphs && !b->any_rtl; i++)
        b->any_rtl = b->page->glyphs[i].ucs >= 0x590 && recto_utf8_is_rtl(b->page->glyphs[i].ucs);
    if (b->any_rtl)
        recto_pdf_words_directions(&n_rtl, &n_ltr, b->page->glyphs, b->page->n_glyphs);
    b->rtl = n_rtl > n_ltr;
}

/* All bits of a line in one array, and what is main in it. */
static recto_status build_line(builder *b, const recto_pdf_pieces *p, recto_line *out, int *n_out,
                               int first, float scale, recto_arena *keep)
{
    int n = 0;
    for (int k = first; k >= 0; k = p->pieces[k].next) {
        n += p->pieces[k].n;
        for (int in = p->pieces[k].inner; in >= 0; in = p->pieces[in].next)
            n += p->pieces[in].n;
    }
    recto_arena_mark mark = recto_arena_here(b->tmp);
    const bit **bits = recto_arena_array(b->tmp, (size_t)n, sizeof *bits);
    if (bits == NULL)
        return RECTO_ERR_NOMEM;
    const recto_pdf_piece *main_piece = &p->pieces[first];
    n = 0;
    for (int k = first; k >= 0; k = p->pieces[k].next) {
        const recto_pdf_piece *at = &p->pieces[k];
        if (at->u1 - at->u0 > main_piece->u1 - main_piece->u0)
            main_piece = at;
        n = add_bits(bits, n, b, at);
        for (int in = at->inner; in >= 0; in = p->pieces[in].next)
            n = add_bits(bits, n, b, &p->pieces[in]);
    }
    recto_pdf_words_line line = {.any_rtl = b->any_rtl,
                                 .most_rtl = b->rtl,
                                 .page = b->page,
                                 .bits = bits,
                                 .n_bits = n,
                                 .v = main_piece->v,
                                 .size = main_piece->size,
                                 .scale = scale};
    recto_status status = recto_pdf_words_build(out, n_out, &line, keep, b->tmp);
    recto_arena_reset(b->tmp, mark);
    return status;
}

static recto_status build_lines(builder *b, const recto_pdf_pieces *p, recto_layout *layout,
                                float scale, recto_arena *keep)
{
    int n_lines = 0;
    for (int i = 0; i < p->n_pieces; i++)
        n_lines += p->pieces[i].prev < 0 && p->pieces[i].outer < 0;
    layout->lines = recto_arena_array(keep, (size_t)n_lines, sizeof *layout->lines);
    if (layout->lines == NULL)
        return RECTO_ERR_NOMEM;
    for (int i = 0; i < p->n_pieces; i++) {
        if (p->pieces[i].prev >= 0 || p->pieces[i].outer >= 0)
            continue;
        recto_status status =
            build_line(b, p, &layout->lines[layout->n_lines], &layout->n_lines, i, scale, keep);
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
        find_direction(&b);
        recto_pdf_pieces pieces = {
            .page = page, .bits = b.bits, .n_bits = b.n_bits, .any_rtl = b.any_rtl, .tmp = tmp};
        b.nomem = !recto_pdf_pieces_build(&pieces) ||
                  build_lines(&b, &pieces, layout, scale, keep) != RECTO_OK;
    }
    recto_arena_reset(tmp, mark);
    if (b.nomem)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the text of a page");
    return RECTO_OK;
}
