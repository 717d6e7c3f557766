/* Pieces of lines: bits that follow one another, cut where they had better not, and put together
 * where the content had torn them apart.
 *
 * The painting order is trusted first, since it tells a wide justified space from a column gap
 * better than any distance; geometry only joins what the order has torn apart. */
#include "vision/pdf_pieces.h"

#include "core/utf8.h"

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
static const float SHIFT_MAX = 0.3f; /* raised or lowered at the same size: still the line */
static const float SMALL = 0.85f;    /* size of a script relative to its line, at most */

typedef recto_pdf_bit bit;
typedef recto_pdf_piece piece;

enum { MAX_GAPS = 64, MAX_MARKER = 7, MAX_INNER = 2 };

/* Room for one more piece; NULL if there is none. */
static piece *room_for(recto_pdf_pieces *b)
{
    if (b->n_pieces == b->cap_pieces) {
        int cap = b->cap_pieces == 0 ? 256 : 2 * b->cap_pieces;
        piece *grown =
            recto_arena_grow(b->tmp, b->pieces, (size_t)b->n_pieces, (size_t)cap, sizeof *grown);
        if (grown == NULL) {
            b->nomem = true;
            return NULL;
        }
        b->pieces = grown;
        b->cap_pieces = cap;
    }
    return &b->pieces[b->n_pieces++];
}

/* --- threading --------------------------------------------------------------------------- */

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

static bool follows(const recto_pdf_pieces *b, piece *p, const bit *t)
{
    const bit *last = &b->bits[p->first + p->n - 1];
    const recto_pdf_run *run = &b->page->runs[t->run];
    if (last->hidden != t->hidden || !recto_pdf_pieces_parallel(&b->page->runs[last->run], run))
        return false;
    float em = fmaxf(run->size, p->size);
    float gap = t->u0 - p->u1;
    if (gap < -BACK_MAX * em || gap > LINE_GAP_MAX * em || t->u0 < p->u0 - 0.3f * em)
        return false;
    return on_baseline(p, t, run->size);
}

static void thread_pieces(recto_pdf_pieces *b)
{
    for (int i = 0; i < b->n_bits; i++) {
        const bit *t = &b->bits[i];
        piece *last = b->n_pieces > 0 ? &b->pieces[b->n_pieces - 1] : NULL;
        if (last != NULL && follows(b, last, t)) {
            last->n++;
            last->u1 = fmaxf(last->u1, t->u1);
            continue;
        }
        piece *added = room_for(b);
        if (added == NULL)
            return;
        *added = (piece){.first = i,
                         .n = 1,
                         .u0 = t->u0,
                         .u1 = t->u1,
                         .v = t->v,
                         .size = b->page->runs[t->run].size,
                         .next = -1,
                         .prev = -1,
                         .inner = -1,
                         .outer = -1};
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
static float usual_gap(const recto_pdf_pieces *b, const piece *p, float *gaps)
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
static bool is_marker(const recto_pdf_pieces *b, const piece *p, int end)
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
static bool is_wide(const recto_pdf_pieces *b, const piece *p, int i, float usual, bool head)
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

/* A lone sign that its font gives neither a name nor a width, as the bullets of old TeX are: such
 * fonts draw at any scale, so a size beyond that of the text around says nothing of the line. */
static bool is_nameless(const recto_pdf_pieces *b, const bit *t)
{
    return t->n == 1 && (b->page->glyphs[t->first].flags & RECTO_PDF_GLYPH_BAD) != 0 &&
           t->u1 - t->u0 < 0.05f * b->page->runs[t->run].size;
}

/* The size that nameless signs may have in a piece. */
static float size_limit(const recto_pdf_pieces *b, const piece *p)
{
    float size = 0.0f;
    for (int i = p->first; i < p->first + p->n; i++) {
        if (!is_nameless(b, &b->bits[i]))
            size = fmaxf(size, b->page->runs[b->bits[i].run].size);
    }
    return size > 0.0f ? 1.15f * size : INFINITY;
}

static void measure_piece(const recto_pdf_pieces *b, piece *p)
{
    p->u0 = INFINITY;
    p->u1 = -INFINITY;
    p->size = 0.0f;
    const float limit = size_limit(b, p);
    for (int i = p->first; i < p->first + p->n; i++) {
        const bit *t = &b->bits[i];
        float size = b->page->runs[t->run].size;
        p->u0 = fminf(p->u0, t->u0);
        p->u1 = fmaxf(p->u1, t->u1);
        if (size > p->size * 1.01f && (size <= limit || !is_nameless(b, t))) {
            p->size = size;
            p->v = t->v;
        }
    }
}

static bool add_piece(recto_pdf_pieces *b, piece p)
{
    piece *added = room_for(b);
    if (added == NULL)
        return false;
    *added = p;
    measure_piece(b, added);
    return true;
}

/* Cut every piece at its wide gaps; the pieces come in a new array, in the same order. */
static void cut_pieces(recto_pdf_pieces *b)
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

enum { WINDOW = 400 }; /* pieces on one baseline that are looked at */

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

static bool has_rtl(const recto_pdf_pieces *b, const piece *p)
{
    const bit *last = &b->bits[p->first + p->n - 1];
    for (int i = b->bits[p->first].first; i < last->first + last->n; i++) {
        uint32_t ucs = b->page->glyphs[i].ucs;
        if (ucs >= 0x590 && recto_utf8_is_rtl(ucs))
            return true;
    }
    return false;
}

/* Right-to-left words drawn one after the other as they are read: then the content's order tells a
 * space from a gap, as it does where words run on to the right. */
static bool reads_back(const recto_pdf_pieces *b, const piece *left, const piece *right)
{
    return b->any_rtl && left->first == right->first + right->n && has_rtl(b, left) &&
           has_rtl(b, right);
}

static bool may_join(const recto_pdf_pieces *b, const piece *left, const piece *right)
{
    const bit *l = &b->bits[left->first];
    const bit *r = &b->bits[right->first];
    float small = fminf(left->size, right->size);
    float big = fmaxf(left->size, right->size);
    float gap = right->u0 - left->u1;
    float most = reads_back(b, left, right) ? CELL_GAP : JOIN_GAP;
    return l->hidden == r->hidden && big <= 1.7f * small &&
           fabsf(left->v - right->v) <= SAME_BASELINE * small && gap <= most * small &&
           gap >= -0.25f * small;
}

/* True if the piece lies on the baseline of a longer one and touches none of its bits: signs that
 * were drawn afterwards, in another font. */
static bool lies_within(const recto_pdf_pieces *b, const piece *p, const piece *q)
{
    float slack = 0.1f * q->size;
    if (p->u0 < q->u0 || p->u1 > q->u1 || p->n > MAX_INNER || p->size > 1.3f * q->size ||
        p->size < 0.7f * q->size || b->bits[p->first].hidden != b->bits[q->first].hidden)
        return false;
    for (int i = q->first; i < q->first + q->n; i++) {
        if (b->bits[i].u0 < p->u1 - slack && b->bits[i].u1 > p->u0 + slack)
            return false;
    }
    return true;
}

/* Give every piece the nearest one that continues it to the right. */
static void join_next(recto_pdf_pieces *b, const place *order, int i)
{
    piece *p = &b->pieces[order[i].piece];
    int best = -1;
    for (int step = -1; step <= 1; step += 2) {
        for (int j = i + step, n = 0; j >= 0 && j < b->n_pieces && n < WINDOW; j += step, n++) {
            const piece *q = &b->pieces[order[j].piece];
            if (order[j].direction != order[i].direction ||
                fabsf(q->v - p->v) > SAME_BASELINE * p->size)
                break;
            if (q->prev < 0 && q->outer < 0 && q->u0 > p->u0 && may_join(b, p, q) &&
                (best < 0 || q->u0 < b->pieces[best].u0))
                best = order[j].piece;
        }
    }
    if (best >= 0) {
        p->next = best;
        b->pieces[best].prev = order[i].piece;
    }
}

/* Put a small piece into the one in whose gap it lies, if any. */
static void join_inner(recto_pdf_pieces *b, const place *order, int i)
{
    piece *p = &b->pieces[order[i].piece];
    if (p->n > MAX_INNER || p->inner >= 0)
        return;
    for (int step = -1; step <= 1; step += 2) {
        for (int j = i + step, n = 0; j >= 0 && j < b->n_pieces && n < WINDOW; j += step, n++) {
            piece *q = &b->pieces[order[j].piece];
            if (order[j].direction != order[i].direction ||
                fabsf(q->v - p->v) > SAME_BASELINE * p->size)
                break;
            if (q->outer >= 0 || q->n <= p->n || !lies_within(b, p, q))
                continue;
            p->outer = order[j].piece;
            p->next = q->inner; /* inner pieces of one hang together by `next` */
            q->inner = order[i].piece;
            return;
        }
    }
}

static void join_pieces(recto_pdf_pieces *b)
{
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
    for (int i = 0; i < b->n_pieces; i++)
        join_inner(b, order, i);
    for (int i = 0; i < b->n_pieces; i++) {
        if (b->pieces[order[i].piece].outer < 0)
            join_next(b, order, i);
    }
}

bool recto_pdf_pieces_build(recto_pdf_pieces *pieces)
{
    thread_pieces(pieces);
    if (!pieces->nomem)
        cut_pieces(pieces);
    if (!pieces->nomem)
        join_pieces(pieces);
    return !pieces->nomem;
}
