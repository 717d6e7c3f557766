/* White text on dark bars.
 *
 * A bar is a large, well filled component whose top and bottom edges run through (touching bold
 * letters have no such edges).  The paper inside it that letters leave white is linked into
 * components exactly as ink is; if they look like letters they join the page's components, marked
 * so that they only make lines with one another.  The line reader turns such crops itself. */
#include "vision/segment_parts.h"

#include <math.h>

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for white letters");
}

/* Longest run of the component in rows y0 <= y < y1, as a share of its width. */
static float edge_cover(const recto_segment_parts *p, const recto_segment_comp *c, int y0, int y1)
{
    int best = 0;
    for (int k = 0; k < c->runs; k++) {
        const recto_segment_run *r = &p->runs.run[p->order[c->first_run + k]];
        if (r->y >= y0 && r->y < y1 && r->x1 - r->x0 > best)
            best = r->x1 - r->x0;
    }
    return (float)best / (float)(c->x1 - c->x0);
}

static bool is_bar(const recto_segment_parts *p, const recto_segment_comp *c)
{
    float w = (float)(c->x1 - c->x0);
    float h = (float)(c->y1 - c->y0);
    if (h < 1.1f * p->unit || w < 2.5f * p->unit || w < 1.3f * h || (float)c->area < 0.4f * w * h)
        return false;
    int quarter = (c->y1 - c->y0) / 4;
    return edge_cover(p, c, c->y0, c->y0 + quarter + 1) > 0.5f &&
           edge_cover(p, c, c->y1 - quarter - 1, c->y1) > 0.5f;
}

/* White runs between the bar's own ink, into runs[]; the number of them.  runs NULL only counts. */
static int white_runs(const recto_segment_parts *p, const recto_segment_comp *c,
                      recto_segment_run *runs)
{
    const recto_mask *m = p->page->ink;
    int n = 0;
    for (int k = 1; k < c->runs; k++) {
        const recto_segment_run *a = &p->runs.run[p->order[c->first_run + k - 1]];
        const recto_segment_run *b = &p->runs.run[p->order[c->first_run + k]];
        if (a->y != b->y)
            continue;
        const uint8_t *row = m->px + (size_t)a->y * m->stride;
        for (int x = a->x1; x < b->x0;) {
            while (x < b->x0 && row[x])
                x++;
            int from = x;
            while (x < b->x0 && !row[x])
                x++;
            if (x > from) {
                if (runs)
                    runs[n] = (recto_segment_run){.x0 = from, .x1 = x, .y = a->y};
                n++;
            }
        }
    }
    return n;
}

/* Boxes of linked white runs; run[i].comp becomes the index of its box.  The number of boxes. */
static int gather(recto_segment_run *run, int n, recto_segment_comp *box)
{
    int n_boxes = 0;
    for (int i = 0; i < n; i++) {
        recto_segment_run *r = &run[i];
        int root = r->comp;
        if (root == i) {
            box[n_boxes] = (recto_segment_comp){.x0 = r->x0, .x1 = r->x1, .y0 = r->y, .line = -1};
            r->comp = n_boxes++;
        } else {
            r->comp = run[root].comp;
        }
        recto_segment_comp *b = &box[r->comp];
        b->x0 = r->x0 < b->x0 ? r->x0 : b->x0;
        b->x1 = r->x1 > b->x1 ? r->x1 : b->x1;
        b->y1 = r->y + 1;
        b->area += r->x1 - r->x0;
        b->edge += 2 + 2 * (r->x1 - r->x0) - 2 * r->under;
        b->runs++;
    }
    return n_boxes;
}

static bool is_letter(const recto_segment_parts *p, const recto_segment_comp *bar,
                      const recto_segment_comp *b)
{
    float w = (float)(b->x1 - b->x0);
    float h = (float)(b->y1 - b->y0);
    float bar_h = (float)(bar->y1 - bar->y0);
    return h >= 0.45f * p->unit && h <= 0.9f * bar_h && w <= 6.0f * h &&
           (float)b->area >= 0.12f * w * h && b->y0 > bar->y0 && b->y1 < bar->y1;
}

static recto_status make_room(recto_segment_parts *p, int comps, int runs)
{
    if (p->n_comps + comps > p->cap_comps) {
        int cap = p->n_comps + comps + 64;
        recto_segment_comp *grown =
            recto_arena_grow(p->tmp, p->comp, (size_t)p->cap_comps, (size_t)cap, sizeof *grown);
        if (!grown)
            return no_memory(p);
        p->comp = grown;
        p->cap_comps = cap;
    }
    int n = p->runs.n;
    int32_t *order =
        recto_arena_grow(p->tmp, p->order, (size_t)n + 1, (size_t)(n + runs) + 1, sizeof *order);
    if (!order)
        return no_memory(p);
    p->order = order;
    if (n + runs > p->runs.cap) {
        recto_segment_run *run = recto_arena_grow(p->tmp, p->runs.run, (size_t)p->runs.cap,
                                                  (size_t)(n + runs), sizeof *run);
        if (!run)
            return no_memory(p);
        p->runs.run = run;
        p->runs.cap = n + runs;
    }
    return RECTO_OK;
}

/* Append the boxes (all but letters stay out, except small marks) with their runs. */
static recto_status append(recto_segment_parts *p, int bar, recto_segment_run *run, int n,
                           recto_segment_comp *box, int n_boxes)
{
    recto_status s = make_room(p, n_boxes, n);
    if (s)
        return s;
    float bar_h = (float)(p->comp[bar].y1 - p->comp[bar].y0);
    int at = p->runs.n;
    for (int b = 0; b < n_boxes; b++) {
        box[b].first_run = at;
        at += box[b].runs;
        box[b].runs = 0;
        bool fits = (float)(box[b].y1 - box[b].y0) <= 0.9f * bar_h &&
                    (float)box[b].area >= 0.006f * p->unit * p->unit;
        box[b].kind = fits ? RECTO_SEGMENT_INVERTED : RECTO_SEGMENT_DROPPED;
        box[b].bar = bar + 1;
    }
    for (int i = 0; i < n; i++) {
        recto_segment_comp *b = &box[run[i].comp];
        p->order[b->first_run + b->runs++] = p->runs.n + i;
        p->runs.run[p->runs.n + i] = run[i];
        p->runs.run[p->runs.n + i].comp += p->n_comps;
    }
    for (int b = 0; b < n_boxes; b++)
        p->comp[p->n_comps++] = box[b];
    p->runs.n += n;
    return RECTO_OK;
}

static recto_status look_into(recto_segment_parts *p, int bar)
{
    recto_segment_comp c = p->comp[bar];
    int n = white_runs(p, &c, NULL);
    recto_segment_run *run = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *run);
    recto_segment_comp *box = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *box);
    if (!run || !box)
        return no_memory(p);
    n = white_runs(p, &c, run);
    recto_segment_runs_link(run, n);
    int n_boxes = gather(run, n, box);
    int letters = 0;
    double area = 0.0;
    for (int b = 0; b < n_boxes; b++) {
        letters += is_letter(p, &c, &box[b]);
        area += box[b].area;
    }
    float inside = (float)(c.x1 - c.x0) * (float)(c.y1 - c.y0);
    /* texture of a photo: many more crumbs than letters */
    if (letters < 2 || n_boxes > 6 * letters + 8 || area > 0.5 * (double)inside)
        return RECTO_OK;
    if ((float)(c.y1 - c.y0) < 12.0f * p->unit)
        p->comp[bar].kind = RECTO_SEGMENT_DROPPED; /* the bar itself is no picture */
    return append(p, bar, run, n, box, n_boxes);
}

recto_status recto_segment_inverted_find(recto_segment_parts *p)
{
    int n = p->n_comps;
    for (int i = 0; i < n; i++) {
        const recto_segment_comp *c = &p->comp[i];
        if (c->kind == RECTO_SEGMENT_DROPPED || !is_bar(p, c))
            continue;
        recto_status s = look_into(p, i);
        if (s)
            return s;
    }
    return RECTO_OK;
}
