/* Runs of ink and their connected components.
 *
 * One pass finds the runs (eight blank pixels are skipped at a time), one pass joins runs of
 * neighbouring rows by union-find, one pass gathers boxes, areas and edges.  A text page of A4 at
 * 300 dpi has about 300,000 runs.  Beyond MAX_RUNS (halftones, noise) short runs are left out so
 * that memory and time stay bounded. */
#include "vision/segment_parts.h"

#include <string.h>

enum { MAX_RUNS = 6000000 };

static int append_row_runs(recto_segment_run *out, const uint8_t *row, int width, int y,
                           int min_len)
{
    int n = 0;
    int x = 0;
    while (x < width) {
        uint64_t word;
        while (x + 8 <= width) {
            memcpy(&word, row + x, 8);
            if (word)
                break;
            x += 8;
        }
        while (x < width && !row[x])
            x++;
        if (x >= width)
            break;
        int start = x;
        while (x < width && row[x])
            x++;
        if (x - start >= min_len)
            out[n++] = (recto_segment_run){.x0 = start, .x1 = x, .y = y};
    }
    return n;
}

/* All runs of at least min_len pixels; sets *full instead when there are too many. */
static recto_status collect(recto_segment_parts *p, int min_len, bool *full)
{
    const recto_mask *mask = p->page->ink;
    recto_segment_runs *r = &p->runs;
    r->n = 0;
    *full = false;
    int most = mask->width / 2 + 1;
    for (int y = 0; y < mask->height; y++) {
        if (r->n > MAX_RUNS) {
            *full = true;
            return RECTO_OK;
        }
        if (r->n + most > r->cap) {
            int cap = r->cap ? r->cap * 2 : 1 << 17;
            while (r->n + most > cap)
                cap *= 2;
            recto_segment_run *grown =
                recto_arena_grow(p->tmp, r->run, (size_t)r->cap, (size_t)cap, sizeof *grown);
            if (!grown)
                return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for ink runs");
            r->run = grown;
            r->cap = cap;
        }
        r->n += append_row_runs(r->run + r->n, mask->px + (size_t)y * mask->stride, mask->width, y,
                                min_len);
    }
    return RECTO_OK;
}

recto_status recto_segment_runs_find(recto_segment_parts *p)
{
    bool full = true;
    for (int min_len = 1; full; min_len *= 2) {
        recto_status s = collect(p, min_len, &full);
        if (s)
            return s;
    }
    return RECTO_OK;
}

static int root_of(recto_segment_run *run, int i)
{
    while (run[i].comp != i) {
        run[i].comp = run[run[i].comp].comp; /* path halving */
        i = run[i].comp;
    }
    return i;
}

static void join(recto_segment_run *run, int a, int b)
{
    int ra = root_of(run, a);
    int rb = root_of(run, b);
    /* the smaller index wins: roots come first in reading order */
    if (ra < rb)
        run[rb].comp = ra;
    else
        run[ra].comp = rb;
}

void recto_segment_runs_link(recto_segment_run *run, int n)
{
    int above = 0;
    int above_end = 0; /* runs above..above_end-1 lie on the row before the present one */
    int i = 0;
    while (i < n) {
        int y = run[i].y;
        int end = i;
        while (end < n && run[end].y == y) {
            run[end].comp = end;
            run[end].under = 0;
            end++;
        }
        int a = above;
        for (int k = i; k < end && a < above_end && run[above].y == y - 1; k++) {
            while (a < above_end && run[a].x1 < run[k].x0)
                a++;
            for (int m = a; m < above_end && run[m].x0 <= run[k].x1; m++) {
                join(run, k, m);
                int lo = run[m].x0 > run[k].x0 ? run[m].x0 : run[k].x0;
                int hi = run[m].x1 < run[k].x1 ? run[m].x1 : run[k].x1;
                if (hi > lo)
                    run[k].under += hi - lo;
            }
        }
        above = i;
        above_end = end;
        i = end;
    }
    for (int k = 0; k < n; k++)
        run[k].comp = run[run[k].comp].comp; /* parents come first and are settled */
}

static void add_run(recto_segment_comp *c, const recto_segment_run *r)
{
    if (r->x0 < c->x0)
        c->x0 = r->x0;
    if (r->x1 > c->x1)
        c->x1 = r->x1;
    c->y1 = r->y + 1; /* rows come in order */
    c->area += r->x1 - r->x0;
    c->edge += 2 + 2 * (r->x1 - r->x0) - 2 * r->under;
    c->runs++;
}

recto_status recto_segment_runs_label(recto_segment_parts *p)
{
    recto_segment_run *run = p->runs.run;
    int n = p->runs.n;
    recto_segment_runs_link(run, n);
    int n_comps = 0;
    for (int i = 0; i < n; i++)
        n_comps += run[i].comp == i;
    /* room for the pieces that cutting and white letters add later is made by growing */
    p->comp = recto_arena_array(p->tmp, (size_t)n_comps + 1, sizeof *p->comp);
    p->order = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *p->order);
    if (!p->comp || !p->order)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for components");
    p->cap_comps = n_comps + 1;
    p->n_comps = 0;
    for (int i = 0; i < n; i++) {
        int root = run[i].comp;
        if (root == i) {
            p->comp[p->n_comps] =
                (recto_segment_comp){.x0 = run[i].x0, .x1 = run[i].x1, .y0 = run[i].y, .line = -1};
            run[i].comp = p->n_comps++;
        } else {
            run[i].comp = run[root].comp; /* the root is earlier, so it has its number */
        }
        add_run(&p->comp[run[i].comp], &run[i]);
    }
    int32_t at = 0;
    for (int c = 0; c < p->n_comps; c++) {
        p->comp[c].first_run = at;
        at += p->comp[c].runs;
        p->comp[c].runs = 0;
    }
    for (int i = 0; i < n; i++) {
        recto_segment_comp *c = &p->comp[run[i].comp];
        p->order[c->first_run + c->runs++] = i;
    }
    return RECTO_OK;
}

/* Letter heights in bins of 1/8 octave from 3 px on. */
enum { BINS = 72 };

static int height_bin(int h)
{
    int octave = 0;
    int x = h * 8;
    while (x >= 48) {
        x /= 2;
        octave++;
    }
    int bin = octave * 8 + (x - 24) / 3; /* 24..47 covers the octave in 8 steps */
    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

static bool may_be_letter(const recto_segment_comp *c)
{
    int w = c->x1 - c->x0;
    int h = c->y1 - c->y0;
    return h >= 5 && w >= 2 && w <= 12 * h && h <= 8 * w && (int64_t)c->area * 8 >= (int64_t)w * h;
}

float recto_segment_runs_unit(const recto_segment_parts *p)
{
    /* Each component counts with its width, so that specks do not outvote text. */
    int64_t weight[BINS] = {0};
    int limit = p->height / 4;
    for (int i = 0; i < p->n_comps; i++) {
        const recto_segment_comp *c = &p->comp[i];
        int h = c->y1 - c->y0;
        if (may_be_letter(c) && h <= limit) {
            int w = c->x1 - c->x0;
            weight[height_bin(h)] += w < 2 * h ? w : 2 * h;
        }
    }
    int64_t best = 0;
    int at = -1;
    for (int b = 0; b < BINS; b++) {
        int64_t s = 2 * weight[b];
        for (int d = 1; d <= 3; d++) {
            s += b >= d ? weight[b - d] : 0;
            s += b + d < BINS ? weight[b + d] : 0;
        }
        if (s > best) {
            best = s;
            at = b;
        }
    }
    if (at < 0)
        return 0.0f;
    /* mean height around the mode */
    double sum = 0.0;
    double n = 0.0;
    for (int i = 0; i < p->n_comps; i++) {
        const recto_segment_comp *c = &p->comp[i];
        int b = height_bin(c->y1 - c->y0);
        if (may_be_letter(c) && b >= at - 4 && b <= at + 4) {
            int w = c->x1 - c->x0;
            sum += (double)w * (c->y1 - c->y0);
            n += w;
        }
    }
    return n > 0 ? (float)(sum / n) : 0.0f;
}
