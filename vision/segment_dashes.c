/* Dashed rules: rows of short strokes, each a component of its own.
 *
 * One stroke may be a hyphen, a minus or a speck, so only a chain counts: six strokes or more of
 * like length, in line, with short gaps.  Where dashed rules cross, what stands at the crossing (an
 * angle, a T, a plus) is part of both.  Leaders of round dots are no rules: a stroke is longer than
 * it is thick. */
#include "vision/segment_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_CHAIN  6
#define MAX_LENGTH 1.0f /* units: of a stroke */
#define MIN_ASPECT 1.5f
#define MAX_OFF    2    /* px: strokes in line */
#define MAX_GAP    0.9f /* units: between strokes, also over a crossing; rows of text are further */
#define MAX_REACH  0.5f /* units: from a stroke to a crossing */

/* A stroke in its own axes: u along the rule, v across. */
typedef struct stroke {
    int u0, u1, v;
    int v0, v1; /* extent across */
    int comp;
    int reach;         /* end of it, or of a crossing right after it */
    int next;          /* stroke after it in the chain, of a knot one beside it; -1 none */
    int before, after; /* strokes of the chain up to it, from it on */
    bool knot;         /* may stand at a crossing */
} stroke;

/* Small enough for a crossing of two dashed rules? */
static bool is_knot(const recto_segment_parts *p, const recto_segment_comp *c)
{
    float w = (float)(c->x1 - c->x0);
    float h = (float)(c->y1 - c->y0);
    return w >= 3.0f && h >= 3.0f && w <= MAX_LENGTH * p->unit && h <= MAX_LENGTH * p->unit;
}

static bool is_stroke(const recto_segment_parts *p, const recto_segment_comp *c, bool vertical)
{
    float w = (float)(c->x1 - c->x0);
    float h = (float)(c->y1 - c->y0);
    float length = vertical ? h : w;
    float thick = vertical ? w : h;
    return length >= 4.0f && length <= MAX_LENGTH * p->unit && length >= MIN_ASPECT * thick &&
           (float)c->area >= 0.6f * w * h;
}

static int by_place(const void *a, const void *b)
{
    const stroke *x = a;
    const stroke *y = b;
    if (x->u0 != y->u0)
        return x->u0 < y->u0 ? -1 : 1;
    return x->v != y->v ? (x->v < y->v ? -1 : 1) : x->comp - y->comp;
}

static bool continues(const stroke *a, const stroke *b, float unit)
{
    int la = a->u1 - a->u0;
    int lb = b->u1 - b->u0;
    int gap = b->u0 - a->reach;
    int longer = la > lb ? la : lb;
    return gap > 0 && (float)gap <= fminf(3.2f * (float)longer + 4.0f, MAX_GAP * unit) &&
           la * 5 <= lb * 12 + 5 && lb * 5 <= la * 12 + 5;
}

/* The latest stroke that s[i] may follow; -1 if there is none. */
static int stroke_before(const stroke *s, int i, const int32_t *last, int size, float unit)
{
    int from = s[i].knot ? s[i].v0 : s[i].v - MAX_OFF;
    int to = s[i].knot ? s[i].v1 : s[i].v + MAX_OFF;
    int best = -1;
    for (int v = from < 0 ? 0 : from; v <= to && v < size; v++) {
        int k = last[v] - 1;
        if (k < 0 || (best >= 0 && s[k].u1 <= s[best].u1))
            continue;
        int gap = s[i].u0 - s[k].u1;
        bool near =
            s[i].knot ? gap >= -1 && (float)gap <= MAX_REACH * unit : continues(&s[k], &s[i], unit);
        if (near)
            best = k;
    }
    return best;
}

/* The first stroke after a knot at the start of a rule; -1 if there is none. */
static int stroke_after(const stroke *s, int i, const int32_t *first, int size, float unit)
{
    for (int v = s[i].v0; v <= s[i].v1 && v < size; v++) {
        int k = first[v] - 1;
        if (k >= 0 && s[k].u0 >= s[i].u1 - 1 && (float)(s[k].u0 - s[i].u1) <= MAX_REACH * unit)
            return k;
    }
    return -1;
}

/* Link every stroke to the one before it and every knot to one beside it; at[v]: 1 + the latest
 * stroke at v. */
static void chain(stroke *s, int n, int32_t *at, int size, float unit)
{
    for (int i = 0; i < n; i++) {
        int best = stroke_before(s, i, at, size, unit);
        s[i].before = s[i].after = 1;
        s[i].reach = s[i].u1;
        s[i].next = s[i].knot ? best : -1;
        if (s[i].knot) {
            if (best >= 0)
                s[best].reach = s[i].u1 > s[best].reach ? s[i].u1 : s[best].reach;
            continue;
        }
        if (best >= 0) {
            s[i].before = s[best].before + 1;
            s[best].next = i;
        }
        at[s[i].v] = i + 1;
    }
    memset(at, 0, (size_t)size * sizeof *at);
    for (int i = n - 1; i >= 0; i--) {
        if (s[i].knot) {
            if (s[i].next < 0)
                s[i].next = stroke_after(s, i, at, size, unit);
            continue;
        }
        if (s[i].next >= 0)
            s[i].after = s[s[i].next].after + 1;
        at[s[i].v] = i + 1;
    }
}

static bool is_chained(const stroke *s)
{
    return s->before + s->after - 1 >= MIN_CHAIN;
}

recto_status recto_segment_dashes_find(bool **out, recto_segment_parts *p, bool vertical)
{
    int size = vertical ? p->width : p->height;
    int n = 0;
    for (int i = 0; i < p->n_comps; i++)
        n += is_stroke(p, &p->comp[i], vertical) || is_knot(p, &p->comp[i]);
    *out = recto_arena_array(p->tmp, (size_t)p->n_comps + 1, sizeof **out);
    stroke *s = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *s);
    int32_t *last = recto_arena_array(p->tmp, (size_t)size + 1, sizeof *last);
    if (!*out || !s || !last)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for dashed lines");
    n = 0;
    for (int i = 0; i < p->n_comps; i++) {
        const recto_segment_comp *c = &p->comp[i];
        bool knot = !is_stroke(p, c, vertical);
        if (knot && !is_knot(p, c))
            continue;
        int v0 = vertical ? c->x0 : c->y0;
        int v1 = vertical ? c->x1 : c->y1;
        s[n++] = (stroke){.u0 = vertical ? c->y0 : c->x0,
                          .u1 = vertical ? c->y1 : c->x1,
                          .v = (v0 + v1) / 2,
                          .v0 = v0,
                          .v1 = v1,
                          .comp = i,
                          .knot = knot};
    }
    if (n)
        qsort(s, (size_t)n, sizeof *s, by_place);
    chain(s, n, last, size, p->unit);
    for (int i = 0; i < n; i++) {
        const stroke *by = s[i].knot && s[i].next >= 0 ? &s[s[i].next] : &s[i];
        (*out)[s[i].comp] = (!s[i].knot || s[i].next >= 0) && is_chained(by);
    }
    return RECTO_OK;
}
