/* Ruling lines: found as clusters of long runs, taken out of the ink.
 *
 * Only components too large for letters are looked at.  Horizontal rules are clusters of long
 * horizontal runs; vertical rules the same on columns, with the axes exchanged.  A slanted rule is
 * a staircase of runs, so clusters are thin as long as area / length is small.  Pieces in line are
 * joined over gaps.  Taking a rule out keeps the strokes that cross it: where ink lies on both
 * sides, the rule's pixels belong to a letter as well.
 *
 * Rows of bars (bar codes) look like many vertical rules side by side; they become a picture. */
#include "vision/segment_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cluster of long runs, in its own axes: u along the rule, v across. */
typedef struct cluster {
    int u0, u1, v0, v1;
    int area;
    int first, n;    /* runs, in the finder's order array */
    int left, right; /* v at the two ends */
    int next;        /* union-find over collinear pieces */
    bool rule;
} cluster;

typedef struct finder {
    recto_segment_parts *p;
    bool vertical;
    bool *dash;               /* [components] strokes of dashed rules */
    recto_segment_bands flat; /* vertical: the horizontal rules that were found, by height */
    int n_flat;
    recto_segment_run *run; /* long runs; x is u and y is v */
    int n_runs, cap_runs;
    int32_t *order;
    cluster *cl;
    int n;
} finder;

/* Pixels to be cleared: x0 <= x < x1 on row y. */
typedef struct span {
    int32_t x0, x1, y;
} span;

typedef struct spans {
    span *at;
    int n, cap;
} spans;

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for ruling lines");
}

static recto_status add_span(recto_segment_parts *p, spans *s, int x0, int x1, int y)
{
    if (s->n == s->cap) {
        int cap = s->cap ? 2 * s->cap : 4096;
        span *grown = recto_arena_grow(p->tmp, s->at, (size_t)s->cap, (size_t)cap, sizeof *grown);
        if (!grown)
            return no_memory(p);
        s->at = grown;
        s->cap = cap;
    }
    s->at[s->n++] = (span){x0, x1, y};
    return RECTO_OK;
}

static recto_status add_run(finder *f, int u0, int u1, int v)
{
    if (f->n_runs == f->cap_runs) {
        int cap = f->cap_runs ? 2 * f->cap_runs : 4096;
        recto_segment_run *grown =
            recto_arena_grow(f->p->tmp, f->run, (size_t)f->cap_runs, (size_t)cap, sizeof *grown);
        if (!grown)
            return no_memory(f->p);
        f->run = grown;
        f->cap_runs = cap;
    }
    f->run[f->n_runs++] = (recto_segment_run){.x0 = u0, .x1 = u1, .y = v};
    return RECTO_OK;
}

/* Too large for a letter in this direction, and no dark area: bars and photos have no rules. */
static bool is_large(const recto_segment_parts *p, const recto_segment_comp *c, bool vertical)
{
    float w = (float)(c->x1 - c->x0);
    float h = (float)(c->y1 - c->y0);
    if (fminf(w, h) >= 1.1f * p->unit && (float)c->area >= 0.4f * w * h)
        return false;
    return vertical ? h >= 4.5f * p->unit : w >= 3.0f * p->unit;
}

static recto_status long_runs_across(finder *f)
{
    const recto_segment_parts *p = f->p;
    int min_len = (int)(2.5f * p->unit);
    for (int i = 0; i < p->runs.n; i++) {
        const recto_segment_run *r = &p->runs.run[i];
        if (f->dash[r->comp] ||
            (r->x1 - r->x0 >= min_len && is_large(p, &p->comp[r->comp], false))) {
            recto_status s = add_run(f, r->x0, r->x1, r->y);
            if (s)
                return s;
        }
    }
    return RECTO_OK;
}

static int by_column(const void *a, const void *b)
{
    const recto_segment_run *p = a;
    const recto_segment_run *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->x0 > q->x0) - (p->x0 < q->x0);
}

/* Does a horizontal rule pass (x, y) within the thickness of a rule? */
static bool on_flat_rule(const finder *f, int x, int y)
{
    float reach = 3.0f + 0.1f * f->p->unit;
    const recto_segment_bands *b = &f->flat;
    int k = recto_segment_bands_at(b, (float)y);
    for (int i = b->start[k]; i < b->start[k + 1]; i++) {
        const recto_rect *r = &f->p->rule[b->item[i]];
        if ((float)y >= r->y0 - reach && (float)y <= r->y1 + reach && (float)x >= r->x0 - reach &&
            (float)x <= r->x1 + reach)
            return true;
    }
    return false;
}

/* Is this stretch of a column long enough for a rule, or does it join two horizontal rules as the
 * side of a small cell does? */
static bool is_upright(const finder *f, const recto_segment_comp *c, int x, int y0, int y1)
{
    float unit = f->p->unit;
    if (is_large(f->p, c, true) && (float)(y1 - y0) >= 3.5f * unit)
        return true;
    return (float)(y1 - y0) >= 1.3f * unit && on_flat_rule(f, x, y0) && on_flat_rule(f, x, y1 - 1);
}

/* Is the component hollow and wide enough to be the border of a cell? */
static bool is_border(const recto_segment_parts *p, const recto_segment_comp *c)
{
    float w = (float)(c->x1 - c->x0);
    float h = (float)(c->y1 - c->y0);
    return w >= 3.0f * p->unit && h >= 1.3f * p->unit && (float)c->area < 0.4f * w * h;
}

/* Vertical runs of the large components: per column, where the present run began and the last row
 * that had ink. */
static recto_status long_runs_down(finder *f)
{
    const recto_segment_parts *p = f->p;
    int32_t *began = recto_arena_array(p->tmp, (size_t)p->width + 1, sizeof *began);
    int32_t *last = recto_arena_array(p->tmp, (size_t)p->width + 1, sizeof *last);
    int32_t *comp = recto_arena_array(p->tmp, (size_t)p->width + 1, sizeof *comp);
    if (!began || !last || !comp)
        return no_memory(f->p);
    for (int x = 0; x < p->width; x++)
        last[x] = -2;
    for (int i = 0; i <= p->runs.n; i++) {
        const recto_segment_run *r = i < p->runs.n ? &p->runs.run[i] : NULL;
        bool dash = r && f->dash[r->comp];
        if (r && !dash && !is_large(p, &p->comp[r->comp], true) &&
            !(f->n_flat && is_border(p, &p->comp[r->comp])))
            continue;
        int x1 = r ? r->x1 : p->width; /* at the end all columns are closed */
        for (int x = r ? r->x0 : 0; x < x1; x++) {
            int y = r ? r->y : p->height + 1;
            if (last[x] != y - 1) {
                if (last[x] >= 0 && (f->dash[comp[x]] ||
                                     is_upright(f, &p->comp[comp[x]], x, began[x], last[x] + 1))) {
                    recto_status s = add_run(f, began[x], last[x] + 1, x);
                    if (s)
                        return s;
                }
                began[x] = y;
            }
            last[x] = y;
            comp[x] = r ? r->comp : 0;
        }
    }
    if (f->n_runs)
        qsort(f->run, (size_t)f->n_runs, sizeof *f->run, by_column);
    return RECTO_OK;
}

static recto_status cluster_runs(finder *f)
{
    recto_segment_runs_link(f->run, f->n_runs);
    int n = 0;
    for (int i = 0; i < f->n_runs; i++)
        n += f->run[i].comp == i;
    f->cl = recto_arena_array(f->p->tmp, (size_t)n + 1, sizeof *f->cl);
    f->order = recto_arena_array(f->p->tmp, (size_t)f->n_runs + 1, sizeof *f->order);
    if (!f->cl || !f->order)
        return no_memory(f->p);
    for (int i = 0; i < f->n_runs; i++) {
        recto_segment_run *r = &f->run[i];
        int root = r->comp;
        if (root == i) {
            f->cl[f->n] = (cluster){.u0 = r->x0, .u1 = r->x1, .v0 = r->y, .v1 = r->y + 1};
            r->comp = f->n++;
        } else {
            r->comp = f->run[root].comp;
        }
        cluster *c = &f->cl[r->comp];
        if (r->x0 <= c->u0) {
            c->u0 = r->x0;
            c->left = r->y;
        }
        if (r->x1 >= c->u1) {
            c->u1 = r->x1;
            c->right = r->y;
        }
        c->v1 = r->y + 1;
        c->area += r->x1 - r->x0;
        c->n++;
    }
    int at = 0;
    for (int c = 0; c < f->n; c++) {
        f->cl[c].first = at;
        at += f->cl[c].n;
        f->cl[c].n = 0;
        f->cl[c].next = c;
    }
    for (int i = 0; i < f->n_runs; i++) {
        cluster *c = &f->cl[f->run[i].comp];
        f->order[c->first + c->n++] = i;
    }
    return RECTO_OK;
}

static float thickness(const cluster *c)
{
    return (float)c->area / (float)(c->u1 - c->u0);
}

static int cluster_root(finder *f, int i)
{
    while (f->cl[i].next != i)
        i = f->cl[i].next = f->cl[f->cl[i].next].next;
    return i;
}

/* Join pieces that continue one another; clusters come sorted by v0.  Returns nothing: the roots'
 * boxes grow. */
static void join_collinear(finder *f)
{
    float unit = f->p->unit;
    for (int i = 0; i < f->n; i++) {
        const cluster *a = &f->cl[i];
        int window = 0;
        for (int k = i + 1; k < f->n && window < 400; k++, window++) {
            const cluster *b = &f->cl[k];
            if (b->v0 > a->v1 + (int)unit)
                break;
            int gap = b->u0 >= a->u1 ? b->u0 - a->u1 : a->u0 - b->u1;
            if (gap < 0 || (float)gap > 2.0f * unit)
                continue;
            int va = b->u0 >= a->u1 ? a->right : a->left;
            int vb = b->u0 >= a->u1 ? b->left : b->right;
            float allowed = 2.0f + 0.5f * (thickness(a) + thickness(b)) + 0.02f * (float)gap;
            if (fabsf((float)(va - vb)) > allowed)
                continue;
            int ra = cluster_root(f, i);
            int rb = cluster_root(f, k);
            if (ra != rb)
                f->cl[ra > rb ? ra : rb].next = ra > rb ? rb : ra;
        }
    }
}

/* Whether the pieces of each root together are a rule: long, thin, and no stroke of a large
 * letter. */
static recto_status judge(finder *f)
{
    float unit = f->p->unit;
    cluster *whole = recto_arena_array(f->p->tmp, (size_t)f->n + 1, sizeof *whole);
    if (!whole)
        return no_memory(f->p);
    for (int i = 0; i < f->n; i++) {
        const cluster *c = &f->cl[i];
        cluster *w = &whole[cluster_root(f, i)];
        if (!w->n)
            *w = (cluster){.u0 = c->u0, .u1 = c->u1, .v0 = c->v0, .v1 = c->v1};
        w->u0 = c->u0 < w->u0 ? c->u0 : w->u0;
        w->u1 = c->u1 > w->u1 ? c->u1 : w->u1;
        w->v0 = c->v0 < w->v0 ? c->v0 : w->v0;
        w->v1 = c->v1 > w->v1 ? c->v1 : w->v1;
        w->area += c->area;
        w->n += c->u1 - c->u0;
    }
    float need = (f->vertical ? 5.0f : 3.5f) * unit;
    float slim = f->vertical ? 12.0f : 9.0f;
    for (int i = 0; i < f->n; i++) {
        const cluster *w = &whole[cluster_root(f, i)];
        float length = (float)(w->u1 - w->u0);
        float thick = (float)w->area / (float)w->n;
        float rise = (float)(w->v1 - w->v0);
        f->cl[i].rule = length >= need && thick <= fmaxf(3.0f, 0.55f * unit) &&
                        length >= slim * thick && rise <= thick + 3.0f + 0.1f * length;
        if (f->cl[i].rule && cluster_root(f, i) == i) {
            recto_rect box = {(float)w->u0, (float)w->v0, (float)w->u1, (float)w->v1};
            if (f->vertical)
                box = (recto_rect){(float)w->v0, (float)w->u0, (float)w->v1, (float)w->u1};
            recto_status s = recto_segment_rules_add(f->p, box);
            if (s)
                return s;
        }
    }
    return RECTO_OK;
}

recto_status recto_segment_rules_add(recto_segment_parts *p, recto_rect box)
{
    if (p->n_rules == p->cap_rules) {
        int cap = p->cap_rules ? 2 * p->cap_rules : 64;
        recto_rect *grown =
            recto_arena_grow(p->tmp, p->rule, (size_t)p->cap_rules, (size_t)cap, sizeof *grown);
        if (!grown)
            return no_memory(p);
        p->rule = grown;
        p->cap_rules = cap;
    }
    p->rule[p->n_rules++] = box;
    return RECTO_OK;
}

static bool ink_at(const recto_mask *m, int x, int y)
{
    return x >= 0 && y >= 0 && x < m->width && y < m->height &&
           m->px[(size_t)y * m->stride + (size_t)x];
}

/* Clear the pixels of one cluster except where a stroke crosses; lo, hi [length] are scratch: the
 * rule's extent across at each u. */
static recto_status clear_cluster(finder *f, const cluster *c, spans *out, int32_t *lo, int32_t *hi)
{
    const recto_mask *m = f->p->page->ink;
    for (int u = 0; u < c->u1 - c->u0; u++) {
        lo[u] = INT32_MAX;
        hi[u] = -1;
    }
    for (int k = 0; k < c->n; k++) {
        const recto_segment_run *r = &f->run[f->order[c->first + k]];
        for (int u = r->x0; u < r->x1; u++) {
            lo[u - c->u0] = r->y < lo[u - c->u0] ? r->y : lo[u - c->u0];
            hi[u - c->u0] = r->y > hi[u - c->u0] ? r->y : hi[u - c->u0];
        }
    }
    for (int u = c->u0; u < c->u1; u++) {
        int a = lo[u - c->u0];
        int b = hi[u - c->u0];
        if (b < 0)
            continue;
        bool crossed = f->vertical ? ink_at(m, a - 2, u) && ink_at(m, b + 2, u)
                                   : ink_at(m, u, a - 2) && ink_at(m, u, b + 2);
        if (crossed)
            continue;
        recto_status s = RECTO_OK;
        /* the ragged edge of the rule, a pixel on each side, goes too where nothing lies behind */
        if (f->vertical) {
            int x0 = ink_at(m, a - 2, u) ? a : a - 1;
            int x1 = ink_at(m, b + 2, u) ? b + 1 : b + 2;
            s = add_span(f->p, out, x0, x1, u);
        } else {
            int y0 = ink_at(m, u, a - 2) ? a : a - 1;
            int y1 = ink_at(m, u, b + 2) ? b + 1 : b + 2;
            for (int y = y0; y < y1 && !s; y++)
                s = add_span(f->p, out, u, u + 1, y);
        }
        if (s)
            return s;
    }
    return RECTO_OK;
}

/* The horizontal rules by height, for the verticals that join two of them. */
static recto_status list_flat(finder *f)
{
    recto_segment_parts *p = f->p;
    int n = p->n_rules;
    float *y0 = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *y0);
    float *y1 = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *y1);
    if (!y0 || !y1)
        return no_memory(p);
    float reach = 4.0f + 0.1f * p->unit;
    for (int i = 0; i < n; i++) {
        y0[i] = p->rule[i].y0 - reach;
        y1[i] = p->rule[i].y1 + reach;
    }
    f->n_flat = n;
    return recto_segment_bands_build(&f->flat, p, (int)(2.0f * p->unit), y0, y1, NULL, n);
}

static recto_status find(finder *f, spans *out)
{
    recto_status s = recto_segment_dashes_find(&f->dash, f->p, f->vertical);
    if (!s && f->vertical)
        s = list_flat(f);
    if (!s)
        s = f->vertical ? long_runs_down(f) : long_runs_across(f);
    if (!s)
        s = cluster_runs(f);
    if (s)
        return s;
    join_collinear(f);
    s = judge(f);
    int longest = f->vertical ? f->p->height : f->p->width;
    int32_t *lo = recto_arena_array(f->p->tmp, (size_t)longest + 1, sizeof *lo);
    int32_t *hi = recto_arena_array(f->p->tmp, (size_t)longest + 1, sizeof *hi);
    if (!lo || !hi)
        return no_memory(f->p);
    for (int i = 0; i < f->n && !s; i++) {
        if (f->cl[i].rule)
            s = clear_cluster(f, &f->cl[i], out, lo, hi);
    }
    return s;
}

/* Runs minus spans.  Spans are put in order of rows by counting, and cleared in a row's stamp. */
static recto_status subtract(recto_segment_parts *p, const spans *s)
{
    int32_t *start = recto_arena_array(p->tmp, (size_t)p->height + 2, sizeof *start);
    int32_t *order = recto_arena_array(p->tmp, (size_t)s->n + 1, sizeof *order);
    uint8_t *row = recto_arena_alloc(p->tmp, (size_t)p->width + 1);
    recto_segment_runs out = {.cap = p->runs.n + s->n + 1};
    out.run = recto_arena_array(p->tmp, (size_t)out.cap, sizeof *out.run);
    if (!start || !order || !row || !out.run)
        return no_memory(p);
    for (int i = 0; i < s->n; i++) {
        if (s->at[i].y >= 0 && s->at[i].y < p->height)
            start[s->at[i].y + 1]++;
    }
    for (int y = 0; y < p->height; y++)
        start[y + 1] += start[y];
    for (int i = 0; i < s->n; i++) {
        if (s->at[i].y >= 0 && s->at[i].y < p->height)
            order[start[s->at[i].y]++] = i;
    }
    int at = 0;
    for (int i = 0; i < p->runs.n; i++) {
        const recto_segment_run *r = &p->runs.run[i];
        if (i == 0 || r[-1].y != r->y) {
            memset(row, 0, (size_t)p->width);
            at = r->y ? start[r->y - 1] : 0; /* start[y] now is the end of row y */
            for (int k = at; k < start[r->y]; k++) {
                const span *q = &s->at[order[k]];
                int x0 = q->x0 < 0 ? 0 : q->x0;
                int x1 = q->x1 > p->width ? p->width : q->x1;
                if (x1 > x0)
                    memset(row + x0, 1, (size_t)(x1 - x0));
            }
        }
        if (at == start[r->y]) {
            out.run[out.n++] = *r;
            continue;
        }
        for (int x = r->x0; x < r->x1;) {
            while (x < r->x1 && row[x])
                x++;
            int from = x;
            while (x < r->x1 && !row[x])
                x++;
            if (x > from)
                out.run[out.n++] = (recto_segment_run){.x0 = from, .x1 = x, .y = r->y};
        }
    }
    p->runs = out;
    return RECTO_OK;
}

/* A line down the whole page is a streak of the scanner: it bounds nothing. */
static void forget_streaks(recto_segment_parts *p, int first)
{
    int n = first;
    for (int i = first; i < p->n_rules; i++) {
        if (recto_rect_height(p->rule[i]) < 0.93f * (float)p->height)
            p->rule[n++] = p->rule[i];
    }
    p->n_rules = n;
}

recto_status recto_segment_rules_take(recto_segment_parts *p)
{
    if (!(p->unit > 0.0f))
        return RECTO_OK;
    spans clear = {0};
    finder across = {.p = p};
    finder down = {.p = p, .vertical = true};
    recto_status s = find(&across, &clear);
    int n = p->n_rules;
    if (!s)
        s = find(&down, &clear);
    if (s || clear.n == 0)
        return s;
    forget_streaks(p, n);
    s = subtract(p, &clear);
    if (!s)
        s = recto_segment_runs_label(p);
    return s;
}
