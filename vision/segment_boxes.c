/* Check boxes: small frames that stand alone.  They are told by their four straight sides, taken
 * out of the ink with what is in them, and judged by how much of that there was.
 *
 * A frame's top is a run of ink with sides hanging from both its ends; letters of that size have
 * round or open sides, cells of grids have sides that go on. */
#include "vision/segment_parts.h"

#include <math.h>
#include <string.h>

#define SMALLEST                                                                                   \
    1.15f /* side over the page's typical letter: letters without ascenders are frames */
#define LARGEST  4.5f
#define ASPECT   1.3f
#define STRAIGHT 0.85f /* of a side must be ink */
#define ALONE    0.25f /* white around it, over its side */
#define EMPTY    0.03f /* ink in it: below this it is not ticked */
#define TICKED   0.09f /* above this it is */
#define SOLID    0.92f /* above this it is a bullet */

static bool ink_at(const recto_mask *m, int x, int y)
{
    return x >= 0 && y >= 0 && x < m->width && y < m->height &&
           m->px[(size_t)y * m->stride + (size_t)x] != 0;
}

/* Rows y0 <= y < y1 that have ink within `thick` columns right of x. */
static int inked_rows(const recto_mask *m, int x, int thick, int y0, int y1)
{
    int n = 0;
    for (int y = y0; y < y1; y++) {
        bool any = false;
        for (int k = 0; k < thick && !any; k++)
            any = ink_at(m, x + k, y);
        n += any;
    }
    return n;
}

static int inked_columns(const recto_mask *m, int y, int thick, int x0, int x1)
{
    int n = 0;
    for (int x = x0; x < x1; x++) {
        bool any = false;
        for (int k = 0; k < thick && !any; k++)
            any = ink_at(m, x, y + k);
        n += any;
    }
    return n;
}

/* Pixels of ink in x0..x1, y0..y1. */
static int ink_in(const recto_mask *m, int x0, int y0, int x1, int y1)
{
    int n = 0;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
            n += ink_at(m, x, y);
    return n;
}

/* The frame's bottom under a top side from x0 to x1 at y; 0 if there is none. */
static int find_bottom(const recto_mask *m, int x0, int x1, int y, int thick)
{
    int side = x1 - x0;
    int low = (int)((float)side / ASPECT), high = (int)((float)side * ASPECT);
    if ((float)inked_rows(m, x0, thick, y, y + low) < STRAIGHT * (float)low ||
        (float)inked_rows(m, x1 - thick, thick, y, y + low) < STRAIGHT * (float)low)
        return 0;
    for (int h = low; h <= high; h++) {
        if ((float)inked_columns(m, y + h - thick, thick, x0, x1) >= STRAIGHT * (float)side &&
            inked_columns(m, y + h + 1, 1, x0 + thick, x1 - thick) < side / 2)
            return y + h;
    }
    return 0;
}

/* Is there white around the frame, so that it is no cell of a grid and no part of a word or
 * drawing? A tick may reach out of it: one side may be crossed. */
static bool stands_alone(const recto_mask *m, int x0, int y0, int x1, int y1)
{
    int gap = (int)fmaxf(2.0f, ALONE * (float)(x1 - x0));
    int most = (x1 - x0) / 3; /* pixels of a side that something may reach over */
    int left = inked_rows(m, x0 - gap, gap - 1, y0 - 1, y1 + 1);
    int right = inked_rows(m, x1 + 1, gap - 1, y0 - 1, y1 + 1);
    int above = inked_columns(m, y0 - gap, gap - 1, x0 - 1, x1 + 1);
    int below = inked_columns(m, y1 + 1, gap - 1, x0 - 1, x1 + 1);
    int crossed = (left > 0) + (right > 0) + (above > 0) + (below > 0);
    return crossed <= 2 && left <= most && right <= most && above <= most && below <= most;
}

/* How a frame is filled; false if it is no box to tick. */
static bool judge(recto_segment_box *out, const recto_mask *m, int x0, int y0, int x1, int y1,
                  int thick)
{
    int in = thick + 1 + (x1 - x0) / 12; /* clear of the frame's ragged inner edge */
    int w = x1 - x0 - 2 * in, h = y1 - y0 - 2 * in;
    if (w < 3 || h < 3)
        return false;
    float share = (float)ink_in(m, x0 + in, y0 + in, x1 - in, y1 - in) / (float)(w * h);
    if (share > SOLID)
        return false;
    float middle = (EMPTY + TICKED) / 2.0f;
    out->box = (recto_rect){(float)x0, (float)y0, (float)x1, (float)y1};
    out->checked = share > middle;
    out->conf = fminf(1.0f, 0.5f + 0.5f * fabsf(share - middle) / (TICKED - middle));
    return true;
}

static bool is_known(const recto_segment_parts *p, int x, int y)
{
    for (int i = p->n_boxes - 1; i >= 0; i--) {
        if (recto_rect_contains(p->box[i].box, (float)x, (float)y))
            return true;
    }
    return false;
}

static recto_status add_box(recto_segment_parts *p, const recto_segment_box *box)
{
    if (p->n_boxes == p->cap_boxes) {
        size_t n = (size_t)p->n_boxes, cap = n == 0 ? 32 : 2 * n;
        recto_segment_box *grown = recto_arena_grow(p->tmp, p->box, n, cap, sizeof *p->box);
        if (!grown)
            return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for check boxes");
        p->box = grown;
        p->cap_boxes = (int)cap;
    }
    p->box[p->n_boxes++] = *box;
    return RECTO_OK;
}

/* A tick that reaches out of its frame goes with it: they are one piece, and hardly larger. */
static bool is_frame(const recto_segment_comp *c, recto_rect box)
{
    float reach = 0.8f * recto_rect_width(box);
    return (float)c->x0 > box.x0 - reach && (float)c->y0 > box.y0 - reach &&
           (float)c->x1 < box.x1 + reach && (float)c->y1 < box.y1 + reach;
}

static recto_status try_run(recto_segment_parts *p, const recto_segment_run *r, bool *drop)
{
    const recto_mask *m = p->page->ink;
    float side = (float)(r->x1 - r->x0);
    recto_segment_box box;
    if (side < SMALLEST * p->unit || side > LARGEST * p->unit ||
        is_known(p, (r->x0 + r->x1) / 2, r->y))
        return RECTO_OK;
    int thick = (int)fmaxf(2.0f, 0.16f * side);
    int bottom = find_bottom(m, r->x0, r->x1, r->y, thick);
    if (bottom == 0 || !stands_alone(m, r->x0, r->y, r->x1, bottom) ||
        !judge(&box, m, r->x0, r->y, r->x1, bottom, thick))
        return RECTO_OK;
    drop[r->comp] = is_frame(&p->comp[r->comp], box.box);
    return add_box(p, &box);
}

/* Runs without the frames and what lies in boxes and a hair around them. */
static void erase(recto_segment_parts *p, const bool *drop)
{
    recto_segment_runs out = {.run = p->runs.run, .cap = p->runs.cap};
    for (int i = 0; i < p->runs.n; i++) {
        recto_segment_run r = p->runs.run[i];
        bool in = drop[r.comp];
        for (int k = 0; k < p->n_boxes && !in; k++) {
            recto_rect b = p->box[k].box;
            in = (float)r.y >= b.y0 - 2.0f && (float)r.y < b.y1 + 2.0f &&
                 (float)r.x0 >= b.x0 - 2.0f && (float)r.x1 <= b.x1 + 2.0f;
        }
        if (!in)
            out.run[out.n++] = r;
    }
    p->runs = out;
}

recto_status recto_segment_boxes_take(recto_segment_parts *p)
{
    enum { MOST = 2000 }; /* a page of more is a pattern */
    bool *drop = recto_arena_array(p->tmp, (size_t)p->n_comps + 1, sizeof *drop);
    if (!drop)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for check boxes");
    for (int i = 0; i < p->runs.n && p->n_boxes < MOST; i++) {
        recto_status s = try_run(p, &p->runs.run[i], drop);
        if (s)
            return s;
    }
    if (p->n_boxes == MOST)
        p->n_boxes = 0;
    if (p->n_boxes == 0)
        return RECTO_OK;
    erase(p, drop);
    return recto_segment_runs_label(p);
}
