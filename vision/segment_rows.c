/* From letters to chains.
 *
 * Letters are linked to their nearest right neighbour of like height that overlaps them
 * vertically, so that chains follow slope and curvature and need no page-wide projection.  Chains
 * get a baseline and a size (segment_fit.c) and are joined to lines (segment_join.c).  What is a
 * column or cell boundary is decided later with all lines known (segment_gaps.c). */
#include "vision/segment_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for text lines");
}

static recto_status index_rules(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    float *y0 = recto_arena_array(p->tmp, (size_t)p->n_rules + 1, sizeof *y0);
    float *y1 = recto_arena_array(p->tmp, (size_t)p->n_rules + 1, sizeof *y1);
    if (!y0 || !y1)
        return no_memory(p);
    for (int i = 0; i < p->n_rules; i++) {
        bool vertical = recto_rect_height(p->rule[i]) > recto_rect_width(p->rule[i]);
        y0[i] = p->rule[i].y0;
        y1[i] = vertical ? p->rule[i].y1 : p->rule[i].y0; /* others stay out */
    }
    return recto_segment_bands_build(&l->rules, p, (int)(2.0f * p->unit) + 1, y0, y1, NULL,
                                     p->n_rules);
}

/* May a and b (to the right of a) be neighbours in a line?  *gap_out is the distance in px. */
static bool may_link(const recto_segment_links *l, const recto_segment_comp *a,
                     const recto_segment_comp *b, int *gap_out)
{
    float unit = l->p->unit;
    int ha = a->y1 - a->y0;
    int hb = b->y1 - b->y0;
    int lo = a->y0 > b->y0 ? a->y0 : b->y0;
    int hi = a->y1 < b->y1 ? a->y1 : b->y1;
    int small = ha < hb ? ha : hb;
    int large = ha < hb ? hb : ha;
    int gap = b->x0 - a->x1;
    *gap_out = gap;
    bool marks = (float)large < 0.45f * unit;
    if (2 * (hi - lo) < small)
        return false;
    if (marks) { /* leaders, dashes: seen against the page's letters */
        bool alike = fabsf((float)(a->y0 + a->y1 - b->y0 - b->y1)) < 0.25f * unit + 1.0f &&
                     a->area <= 2 * b->area + 4 && b->area <= 2 * a->area + 4;
        return (float)gap <= (alike ? 1.6f : 0.9f) * unit && large <= 2 * small + 2;
    }
    if ((float)large > 2.2f * (float)small)
        return false;
    return (float)gap <= 1.2f * (float)large;
}

/* Nearest right neighbour of every letter, and the chains they make. */
static recto_status link_letters(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    int n = p->n_comps;
    int32_t *best = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *best);
    int32_t *best_gap = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *best_gap);
    if (!best || !best_gap)
        return no_memory(p);
    for (int i = 0; i < n; i++) {
        const recto_segment_comp *c = &p->comp[i];
        bool out = c->kind != RECTO_SEGMENT_LETTER && c->kind != RECTO_SEGMENT_INVERTED;
        l->y0[i] = (float)c->y0;
        l->y1[i] = out ? (float)c->y0 : (float)c->y1;
        l->parent[i] = i;
        best[i] = -1;
        best_gap[i] = INT32_MAX;
    }
    recto_segment_bands bands;
    recto_status s =
        recto_segment_bands_build(&bands, p, (int)(0.75f * p->unit) + 2, l->y0, l->y1, l->by_x, n);
    if (s)
        return s;
    for (int b = 0; b < bands.n; b++) {
        for (int k = bands.start[b]; k < bands.start[b + 1]; k++) {
            int i = bands.item[k];
            const recto_segment_comp *c = &p->comp[i];
            float reach = 2.7f * (float)(c->y1 - c->y0) + 0.9f * p->unit;
            int steps = 0;
            for (int m = k + 1; m < bands.start[b + 1] && steps < 64; m++, steps++) {
                int j = bands.item[m];
                const recto_segment_comp *d = &p->comp[j];
                int gap;
                if ((float)(d->x0 - c->x1) > reach || d->x0 - c->x1 >= best_gap[i])
                    break;
                if (d->kind == c->kind && d->odd == c->odd && may_link(l, c, d, &gap) &&
                    gap < best_gap[i] &&
                    !(gap > 0 && recto_segment_join_ruled_off(l, (float)c->x1, (float)d->x0,
                                                              0.5f * (float)(d->y0 + d->y1)))) {
                    best[i] = j;
                    best_gap[i] = gap;
                }
            }
        }
    }
    for (int i = 0; i < n; i++) {
        if (best[i] >= 0)
            recto_segment_join_unite(l->parent, i, best[i]);
    }
    return RECTO_OK;
}

/* Rows from the union-find over components. */
static recto_status rows_from_chains(recto_segment_links *l)
{
    recto_segment_parts *p = l->p;
    int n = p->n_comps;
    int32_t *row_of = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *row_of);
    p->member = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *p->member);
    if (!row_of || !p->member)
        return no_memory(p);
    p->n_rows = 0;
    for (int i = 0; i < n; i++) {
        if (l->y1[i] > l->y0[i] && recto_segment_join_root(l->parent, i) == i)
            row_of[i] = p->n_rows++;
    }
    p->row = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *p->row);
    if (!p->row)
        return no_memory(p);
    for (int i = 0; i < n; i++) {
        if (l->y1[i] > l->y0[i]) {
            p->comp[i].line = row_of[recto_segment_join_root(l->parent, i)];
            p->row[p->comp[i].line].n++;
        }
    }
    int at = 0;
    for (int r = 0; r < p->n_rows; r++) {
        p->row[r].first = at;
        at += p->row[r].n;
        p->row[r].n = 0;
        p->row[r].column = -1;
    }
    for (int q = 0; q < n; q++) {
        int i = l->by_x[q];
        if (p->comp[i].line >= 0 && l->y1[i] > l->y0[i]) {
            recto_segment_row *r = &p->row[p->comp[i].line];
            p->member[r->first + r->n++] = i;
        }
    }
    return RECTO_OK;
}

/* Letters that reach far out of their chain's band (a stamp beside small print) make chains of
 * their own in a second round of linking. */
static bool mark_odd(recto_segment_parts *p)
{
    bool any = false;
    for (int r = 0; r < p->n_rows; r++) {
        const recto_segment_row *row = &p->row[r];
        for (int k = 0; k < row->n && !row->small; k++) {
            recto_segment_comp *c = &p->comp[p->member[row->first + k]];
            float base = recto_segment_base(row, 0.5f * (float)(c->x0 + c->x1));
            if ((float)c->y0 < base - 1.5f * row->asc || (float)c->y1 > base + 0.65f * row->asc) {
                c->odd = true;
                any = true;
            }
        }
    }
    return any;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The slope that most long lines have. */
static recto_status page_slope(recto_segment_parts *p)
{
    float *slopes = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *slopes);
    if (!slopes)
        return no_memory(p);
    int n = 0;
    for (int r = 0; r < p->n_rows; r++) {
        const recto_segment_row *row = &p->row[r];
        if (row->letters >= 8 && (float)(row->x1 - row->x0) > 8.0f * row->letter)
            slopes[n++] = row->slope;
    }
    if (n) {
        qsort(slopes, (size_t)n, sizeof *slopes, compare_floats);
        p->slope = slopes[n / 2];
        double sum = 0.0;
        for (int i = 0; i < n; i++)
            sum += ((double)slopes[i] - (double)p->slope) * ((double)slopes[i] - (double)p->slope);
        p->slope_spread = (float)sqrt(sum / n);
    }
    return RECTO_OK;
}

static recto_status fit_all(recto_segment_parts *p)
{
    for (int r = 0; r < p->n_rows; r++) {
        recto_status s = recto_segment_fit_row(p, &p->row[r]);
        if (s)
            return s;
    }
    return RECTO_OK;
}

/* Link letters, gather the chains, fit their baselines. */
static recto_status make_chains(recto_segment_links *l)
{
    recto_status s = link_letters(l);
    if (!s)
        s = rows_from_chains(l);
    return s ? s : fit_all(l->p);
}

recto_status recto_segment_rows_build(recto_segment_parts *p)
{
    int n = p->n_comps;
    recto_segment_links l = {.p = p};
    int32_t *key = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *key);
    l.parent = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *l.parent);
    l.y0 = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *l.y0);
    l.y1 = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *l.y1);
    if (!key || !l.parent || !l.y0 || !l.y1)
        return no_memory(p);
    for (int i = 0; i < n; i++) {
        key[i] = p->comp[i].x0;
        p->comp[i].line = -1;
    }
    recto_status s = recto_segment_bands_sort(&l.by_x, p, key, n, p->width);
    if (!s)
        s = index_rules(&l);
    if (!s)
        s = make_chains(&l);
    if (!s && mark_odd(p))
        s = make_chains(&l);
    if (!s)
        s = page_slope(p);
    if (!s)
        s = fit_all(p); /* short rows take the page's slope */
    return s ? s : recto_segment_join_lines(&l);
}
