/* Column and cell boundaries: which gaps inside rows break them.
 *
 * A single gap breaks a row only when it is plainly wider than a space.  Narrower gaps break where
 * white is aligned over several rows (a gutter), since justified text has wide gaps too, but never
 * one under the other. */
#include "vision/segment_parts.h"

#include <math.h>
#include <stdlib.h>

typedef struct gap {
    int row, after;  /* after the row's member number `after`; row -1: between two rows */
    float x0, x1, y; /* white from x0 to x1 on the row's baseline y */
    float size;      /* em of the row */
    float usual;     /* the row's usual word gap, px */
    bool lead;       /* what stands before it in the row is short: a bullet or a number */
    float c0, c1;    /* white shared with the rows above in the chain */
    int up;          /* rows in the chain down to this one */
    int all;         /* rows in the whole chain */
    int above;       /* chain's previous gap, -1 */
    bool cut;
} gap;

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for column gaps");
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Usual gap between words of a row: the median of gaps wide enough to be spaces, 0.3 em if there
 * are none. */
static float usual_gap(const recto_segment_parts *p, const recto_segment_row *r, float *room)
{
    int n = 0;
    int end = p->comp[p->member[r->first]].x1;
    for (int k = 1; k < r->n && n < 256; k++) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        if ((float)(c->x0 - end) > 0.16f * r->size)
            room[n++] = (float)(c->x0 - end);
        end = c->x1 > end ? c->x1 : end;
    }
    if (n == 0)
        return 0.3f * r->size;
    qsort(room, (size_t)n, sizeof *room, compare_floats);
    return room[(n - 1) / 2];
}

static int by_height(const void *a, const void *b)
{
    const gap *p = a;
    const gap *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->x0 > q->x0) - (p->x0 < q->x0);
}

typedef struct placed {
    float y;
    int row;
} placed;

static int by_place(const void *a, const void *b)
{
    const placed *p = a;
    const placed *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

/* White between a row and the next one on its right, where the gap was too wide to join them: it is
 * cut already, yet it shows where a gutter runs. */
static recto_status list_gaps_between(recto_segment_parts *p, gap *g, int *n)
{
    placed *at = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *at);
    if (!at)
        return no_memory(p);
    int rows = 0;
    for (int r = 0; r < p->n_rows; r++) {
        if (!p->row[r].dead)
            at[rows++] = (placed){p->row[r].base, r};
    }
    if (rows)
        qsort(at, (size_t)rows, sizeof *at, by_place);
    for (int i = 0; i < rows; i++) {
        const recto_segment_row *a = &p->row[at[i].row];
        const recto_segment_row *best = NULL;
        for (int step = -1; step <= 1; step += 2) {
            int window = 0;
            for (int k = i + step; k >= 0 && k < rows && window < 100; k += step, window++) {
                const recto_segment_row *b = &p->row[at[k].row];
                if (fabsf(at[k].y - at[i].y) > 0.5f * a->size)
                    break;
                if (b->x0 >= a->x1 && (!best || b->x0 < best->x0))
                    best = b;
            }
        }
        if (best && (float)(best->x0 - a->x1) < 14.0f * a->size) {
            gap *q = &g[(*n)++];
            *q = (gap){.row = -1, .x0 = (float)a->x1, .x1 = (float)best->x0, .y = a->base};
            q->size = a->size;
            q->usual = 0.3f * a->size;
            q->c0 = q->x0;
            q->c1 = q->x1;
            q->up = q->all = 1;
            q->above = -1;
        }
    }
    return RECTO_OK;
}

static recto_status list_gaps(recto_segment_parts *p, gap **out, int *n_out)
{
    int most = 0;
    for (int r = 0; r < p->n_rows; r++)
        most += p->row[r].dead ? 0 : p->row[r].n;
    most += p->n_rows;
    gap *g = recto_arena_array(p->tmp, (size_t)most + 1, sizeof *g);
    float *room = recto_arena_array(p->tmp, 256, sizeof *room);
    if (!g || !room)
        return no_memory(p);
    int n = 0;
    for (int r = 0; r < p->n_rows; r++) {
        const recto_segment_row *row = &p->row[r];
        if (row->dead)
            continue;
        float usual = usual_gap(p, row, room);
        int end = p->comp[p->member[row->first]].x1;
        int last_cut = row->x0;
        for (int k = 1; k < row->n; k++) {
            const recto_segment_comp *c = &p->comp[p->member[row->first + k]];
            float w = (float)(c->x0 - end);
            if (w >= 0.7f * row->size && recto_segment_join_white(p, row, end, c->x0) >= 0.7f * w) {
                float x = 0.5f * (float)(c->x0 + end);
                g[n] = (gap){.row = r, .after = k - 1, .x0 = (float)end, .x1 = (float)c->x0};
                g[n].y = recto_segment_base(row, x);
                g[n].size = row->size;
                g[n].usual = usual;
                g[n].lead = (float)(end - last_cut) < 2.0f * row->size;
                g[n].c0 = g[n].x0;
                g[n].c1 = g[n].x1;
                g[n].up = g[n].all = 1;
                g[n].above = -1;
                n++;
                last_cut = c->x0;
            }
            end = c->x1 > end ? c->x1 : end;
        }
    }
    recto_status s = list_gaps_between(p, g, &n);
    if (s)
        return s;
    if (n)
        qsort(g, (size_t)n, sizeof *g, by_height);
    *out = g;
    *n_out = n;
    return RECTO_OK;
}

/* Chain gaps that lie under one another with no text between. */
static void chain_gaps(gap *g, int n)
{
    for (int i = 0; i < n; i++) {
        int window = 0;
        for (int k = i - 1; k >= 0 && window < 200; k--, window++) {
            float dy = g[i].y - g[k].y;
            if (dy > 1.9f * fmaxf(g[i].size, g[k].size))
                break;
            if ((g[k].row == g[i].row && g[i].row >= 0) || dy < 0.5f * g[i].size)
                continue;
            float c0 = fmaxf(g[k].c0, g[i].x0);
            float c1 = fminf(g[k].c1, g[i].x1);
            if (c1 - c0 < 0.5f * g[i].size)
                continue;
            if (g[i].above < 0 || g[k].up + 1 > g[i].up) {
                g[i].above = k;
                g[i].up = g[k].up + 1;
                g[i].c0 = c0;
                g[i].c1 = c1;
            }
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        g[i].all = g[i].all > g[i].up ? g[i].all : g[i].up;
        if (g[i].above >= 0 && g[g[i].above].all < g[i].all)
            g[g[i].above].all = g[i].all;
    }
}

static bool is_boundary(const gap *g)
{
    if (g->row < 0)
        return false;
    float w = (g->x1 - g->x0) / g->size;
    float usual = g->usual / g->size;
    if (g->lead && w < 2.0f)
        return false; /* list markers and section numbers stay with their text */
    if (w >= 1.6f && w >= 2.6f * usual)
        return true;
    if (w >= 2.6f)
        return true;
    if (w < 1.5f * usual)
        return g->all >= 4 && w >= 1.0f;
    return (g->all >= 3 && w >= 0.8f) || (g->all >= 2 && w >= 1.1f);
}

/* Split row r before its member number k; the new row goes to p->row[to]. */
static void split_row(recto_segment_parts *p, int r, int k, int to)
{
    recto_segment_row *row = &p->row[r];
    recto_segment_row right = *row;
    right.first = row->first + k;
    right.n = row->n - k;
    row->n = k;
    p->row[to] = right;
}

/* A piece keeps its row's baseline and sizes unless its own letters say otherwise. */
static recto_status refit(recto_segment_parts *p, recto_segment_row *r,
                          const recto_segment_row *whole)
{
    recto_segment_row own = *r;
    recto_status s = recto_segment_fit_row(p, &own);
    if (s)
        return s;
    float base = recto_segment_base(whole, own.xm);
    bool alike = fabsf(own.base - base) < 0.12f * whole->size && own.asc < 1.15f * whole->asc;
    if (own.letters < 5 || own.small) {
        if (alike || own.small || own.letters < 2) {
            own.base = base;
            own.slope = whole->slope;
            own.asc = fmaxf(whole->asc, own.asc > 1.15f * whole->asc ? own.asc : 0.0f);
            own.xh = whole->xh;
            own.size = whole->size;
            own.small = whole->small;
        }
    } else if (alike && own.xh == 0.0f) {
        own.xh = whole->xh;
    }
    *r = own;
    return RECTO_OK;
}

recto_status recto_segment_gaps_break(recto_segment_parts *p)
{
    gap *g = NULL;
    int n = 0;
    recto_status s = list_gaps(p, &g, &n);
    if (s)
        return s;
    chain_gaps(g, n);
    int cuts = 0;
    for (int i = 0; i < n; i++) {
        g[i].cut = is_boundary(&g[i]);
        cuts += g[i].cut;
    }
    recto_segment_row *row = recto_arena_array(p->tmp, (size_t)(p->n_rows + cuts) + 1, sizeof *row);
    recto_segment_row *whole =
        recto_arena_array(p->tmp, (size_t)(p->n_rows + cuts) + 1, sizeof *whole);
    int *last = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *last);
    if (!row || !whole || !last)
        return no_memory(p);
    for (int r = 0; r < p->n_rows; r++) {
        row[r] = whole[r] = p->row[r];
        last[r] = r;
    }
    p->row = row;
    /* gaps of one row are in order of x when their heights are equal or the row is level; sort by
     * member to be sure: cut from the right end leftwards */
    for (int i = 0; i < n; i++)
        g[i].y = (float)g[i].after; /* key for the next sort */
    if (n)
        qsort(g, (size_t)n, sizeof *g, by_height);
    for (int i = n - 1; i >= 0; i--) {
        if (!g[i].cut)
            continue;
        int r = g[i].row;
        split_row(p, r, g[i].after + 1, p->n_rows);
        whole[p->n_rows] = whole[r];
        p->n_rows++;
        last[r] = p->n_rows - 1;
    }
    for (int r = 0; r < p->n_rows; r++) {
        if (p->row[r].n != whole[r].n && !p->row[r].dead) {
            s = refit(p, &p->row[r], &whole[r]);
            if (s)
                return s;
        }
    }
    return RECTO_OK;
}
