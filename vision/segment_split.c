/* Letters of two lines that touch: cut between the lines.
 *
 * A component is taken for two lines' letters when smaller components stand beside its upper half
 * and others beside its lower half, neither reaching into the other half: letters of the line above
 * and of the line below.  It is cut at the row with the least ink between their baseline and their
 * tops.  Pieces are looked at again, so that three lines that touch make three pieces. */
#include "vision/segment_parts.h"

#include <math.h>

/* Rows between which to cut, from the neighbours on both sides. */
typedef struct beside {
    int n_upper, n_lower;
    float upper_bottom, lower_top; /* sums, then means */
} beside;

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for cutting lines apart");
}

static void look_at(beside *b, const recto_segment_comp *t, const recto_segment_comp *c, float unit)
{
    float h = (float)(t->y1 - t->y0);
    float ch = (float)(c->y1 - c->y0);
    float mid = 0.5f * (float)(t->y0 + t->y1);
    if (ch < 0.45f * unit || ch > 0.75f * h || ch < 0.2f * h)
        return;
    if ((float)c->y0 < (float)t->y0 - 0.25f * ch || (float)c->y1 > (float)t->y1 + 0.25f * ch)
        return;
    if ((float)c->y1 <= mid + 0.12f * h) {
        b->n_upper++;
        b->upper_bottom += (float)c->y1;
    } else if ((float)c->y0 >= mid - 0.12f * h) {
        b->n_lower++;
        b->lower_top += (float)c->y0;
    }
}

/* Neighbours of component t within reach px on both sides. */
static beside neighbours(const recto_segment_parts *p, const recto_segment_bands *bands, int t)
{
    beside b = {0};
    const recto_segment_comp *c = &p->comp[t];
    int reach = (int)(2.0f * p->unit);
    int last = recto_segment_bands_at(bands, (float)c->y1 - 0.5f);
    for (int k = recto_segment_bands_at(bands, (float)c->y0); k <= last; k++) {
        /* bands are in order of x0: start where neighbours may begin */
        int lo = bands->start[k];
        int hi = bands->start[k + 1];
        int from = c->x0 - reach - (int)(4.0f * p->unit);
        while (lo < hi) {
            int m = (lo + hi) / 2;
            if (p->comp[bands->item[m]].x0 < from)
                lo = m + 1;
            else
                hi = m;
        }
        for (int m = lo; m < bands->start[k + 1]; m++) {
            const recto_segment_comp *o = &p->comp[bands->item[m]];
            if (o->x0 > c->x1 + reach)
                break;
            if (bands->item[m] != t && o->x1 >= c->x0 - reach)
                look_at(&b, c, o, p->unit);
        }
    }
    if (b.n_upper)
        b.upper_bottom /= (float)b.n_upper;
    if (b.n_lower)
        b.lower_top /= (float)b.n_lower;
    return b;
}

/* The row with the least ink between y0 and y1, the one nearest the middle among equals; the lower
 * piece starts there. */
static int best_cut(const recto_segment_parts *p, const recto_segment_comp *c, float y0, float y1)
{
    int lo = (int)floorf(fminf(y0, y1));
    int hi = (int)ceilf(fmaxf(y0, y1));
    lo = lo <= c->y0 ? c->y0 + 1 : lo;
    hi = hi >= c->y1 ? c->y1 - 1 : hi;
    int best = (lo + hi) / 2;
    int least = INT32_MAX;
    int row = -1;
    int ink = 0;
    for (int k = 0; k <= c->runs; k++) {
        const recto_segment_run *r = k < c->runs ? &p->runs.run[p->order[c->first_run + k]] : NULL;
        if (!r || r->y != row) {
            int off = row * 2 > lo + hi ? row * 2 - lo - hi : lo + hi - row * 2;
            if (row >= lo && row <= hi && ink * 8 + off < least) {
                least = ink * 8 + off;
                best = row;
            }
            if (!r)
                break;
            row = r->y;
            ink = 0;
        }
        ink += r->x1 - r->x0;
    }
    return best;
}

static void measure(const recto_segment_parts *p, recto_segment_comp *c)
{
    c->x0 = INT32_MAX;
    c->x1 = 0;
    c->area = 0;
    c->edge = 0;
    for (int k = 0; k < c->runs; k++) {
        const recto_segment_run *r = &p->runs.run[p->order[c->first_run + k]];
        int len = r->x1 - r->x0;
        c->x0 = r->x0 < c->x0 ? r->x0 : c->x0;
        c->x1 = r->x1 > c->x1 ? r->x1 : c->x1;
        if (k == 0)
            c->y0 = r->y;
        c->y1 = r->y + 1;
        c->area += len;
        c->edge += 2 + 2 * len - 2 * r->under;
    }
}

/* Cut component i before row y; the lower piece becomes the last component. */
static recto_status cut(recto_segment_parts *p, int i, int y)
{
    if (p->n_comps == p->cap_comps) {
        int cap = p->cap_comps + p->cap_comps / 4 + 64;
        recto_segment_comp *grown =
            recto_arena_grow(p->tmp, p->comp, (size_t)p->cap_comps, (size_t)cap, sizeof *grown);
        if (!grown)
            return no_memory(p);
        p->comp = grown;
        p->cap_comps = cap;
    }
    recto_segment_comp *c = &p->comp[i];
    int upper = 0;
    while (upper < c->runs && p->runs.run[p->order[c->first_run + upper]].y < y)
        upper++;
    if (upper == 0 || upper == c->runs)
        return RECTO_OK;
    recto_segment_comp *low = &p->comp[p->n_comps++];
    *low = *c;
    low->first_run = c->first_run + upper;
    low->runs = c->runs - upper;
    c->runs = upper;
    measure(p, c);
    measure(p, low);
    return RECTO_OK;
}

recto_status recto_segment_split_lines(recto_segment_parts *p)
{
    int n = p->n_comps;
    float *y0 = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *y0);
    float *y1 = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *y1);
    int32_t *key = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *key);
    int32_t *by_x;
    recto_segment_bands bands;
    if (!y0 || !y1 || !key)
        return no_memory(p);
    for (int i = 0; i < n; i++) {
        const recto_segment_comp *c = &p->comp[i];
        bool in = c->kind == RECTO_SEGMENT_LETTER && (float)(c->y1 - c->y0) >= 0.45f * p->unit;
        y0[i] = (float)c->y0;
        y1[i] = in ? (float)c->y1 : (float)c->y0;
        key[i] = c->x0;
    }
    recto_status s = recto_segment_bands_sort(&by_x, p, key, n, p->width);
    if (!s)
        s = recto_segment_bands_build(&bands, p, (int)p->unit + 1, y0, y1, by_x, n);
    /* cutting appends, so pieces come up again; the bands keep the uncut neighbours */
    int most = n + n / 4;
    for (int i = 0; i < p->n_comps && i < most && !s; i++) {
        const recto_segment_comp *c = &p->comp[i];
        float h = (float)(c->y1 - c->y0);
        if (c->kind != RECTO_SEGMENT_LETTER || h < 1.5f * p->unit ||
            (float)(c->x1 - c->x0) < 0.25f * p->unit)
            continue;
        beside b = neighbours(p, &bands, i);
        if (b.n_upper && b.n_lower) {
            float slack = 0.08f * h;
            s = cut(p, i, best_cut(p, c, b.upper_bottom - slack, b.lower_top + slack));
        }
    }
    return s;
}
