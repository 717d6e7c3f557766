/* Check boxes: small frames that stand alone.  They are told by their four straight sides, taken
 * out of the ink with what is in them, and judged by how much of that there was.
 *
 * A frame is a component whose box has ink along all its sides and white around it: letters of that
 * size have round or open sides, or others beside them; cells of grids have sides that go on. Where
 * a tick reaches out of its frame the component is larger: then the frame's top is a run of ink
 * with sides hanging from both its ends. */
#include "vision/segment_parts.h"

#include <math.h>
#include <string.h>

#define SMALLEST 0.9f /* side over the page's typical letter */
#define SMALLEST_TICKED                                                                            \
    1.1f /* the same where a tick reaches out: two letters that touch make frames, too */
#define LARGEST  4.5f
#define ASPECT   1.25f
#define STRAIGHT 0.85f /* of a side must be ink */
#define ALONE    0.3f  /* white around it, over its side */
#define CROSSED  0.34f /* of a side that a tick may reach over */
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

static int thickness(int side)
{
    return (int)fmaxf(2.0f, 0.12f * (float)side);
}

/* Is there ink along the left and right sides? */
static bool has_sides(const recto_mask *m, int x0, int x1, int y0, int y1, int thick)
{
    float least = STRAIGHT * (float)(y1 - y0);
    return (float)inked_rows(m, x0, thick, y0, y1) >= least &&
           (float)inked_rows(m, x1 - thick, thick, y0, y1) >= least;
}

static bool has_top_and_bottom(const recto_mask *m, int x0, int x1, int y0, int y1, int thick)
{
    float least = STRAIGHT * (float)(x1 - x0);
    return (float)inked_columns(m, y0, thick, x0, x1) >= least &&
           (float)inked_columns(m, y1 - thick, thick, x0, x1) >= least;
}

/* The frame's bottom under a top side from x0 to x1 at y; 0 if there is none. */
static int find_bottom(const recto_mask *m, int x0, int x1, int y, int thick)
{
    int side = x1 - x0;
    int low = (int)((float)side / ASPECT), high = (int)((float)side * ASPECT);
    if (!has_sides(m, x0, x1, y, y + low, thick))
        return 0;
    for (int h = low; h <= high; h++) {
        if (has_top_and_bottom(m, x0, x1, y, y + h, thick) &&
            inked_columns(m, y + h + 1, 1, x0 + thick, x1 - thick) < side / 2)
            return y + h;
    }
    return 0;
}

/* Is there white around a frame, but for `most` pixels along each side? */
static bool stands_alone(const recto_mask *m, int x0, int y0, int x1, int y1, int most)
{
    int gap = (int)fmaxf(2.0f, ALONE * (float)(x1 - x0));
    int left = inked_rows(m, x0 - gap, gap - 1, y0 - 1, y1 + 1);
    int right = inked_rows(m, x1 + 1, gap - 1, y0 - 1, y1 + 1);
    int near = gap / 2; /* lines stand closer than words */
    int above = inked_columns(m, y0 - near, near - 1, x0 - 1, x1 + 1);
    int below = inked_columns(m, y1 + 1, near - 1, x0 - 1, x1 + 1);
    return left <= most && right <= most && above <= most && below <= most;
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

/* A component that is a frame. */
static recto_status try_comp(recto_segment_parts *p, int i, bool *drop)
{
    const recto_mask *m = p->page->ink;
    const recto_segment_comp *c = &p->comp[i];
    int w = c->x1 - c->x0, h = c->y1 - c->y0;
    float side = (float)(w < h ? w : h), longer = (float)(w < h ? h : w);
    int thick = thickness((int)side);
    recto_segment_box box;
    if (side < SMALLEST * p->unit || longer > LARGEST * p->unit || longer > ASPECT * side ||
        !has_sides(m, c->x0, c->x1, c->y0, c->y1, thick) ||
        !has_top_and_bottom(m, c->x0, c->x1, c->y0, c->y1, thick) ||
        !stands_alone(m, c->x0, c->y0, c->x1, c->y1, 1) ||
        !judge(&box, m, c->x0, c->y0, c->x1, c->y1, thick))
        return RECTO_OK;
    drop[i] = true;
    return add_box(p, &box);
}

/* A run that is the top of a frame with a tick through it. */
static recto_status try_run(recto_segment_parts *p, const recto_segment_run *r, bool *drop)
{
    const recto_mask *m = p->page->ink;
    const recto_segment_comp *c = &p->comp[r->comp];
    int side = r->x1 - r->x0;
    recto_segment_box box;
    if ((float)side < SMALLEST_TICKED * p->unit || (float)side > LARGEST * p->unit ||
        drop[r->comp] || is_known(p, (r->x0 + r->x1) / 2, r->y))
        return RECTO_OK;
    int bottom = find_bottom(m, r->x0, r->x1, r->y, thickness(side));
    if (bottom == 0 || !stands_alone(m, r->x0, r->y, r->x1, bottom, (int)(CROSSED * (float)side)) ||
        !judge(&box, m, r->x0, r->y, r->x1, bottom, thickness(side)) || !box.checked ||
        !is_frame(c, box.box) || (c->x0 >= r->x0 - 1 && c->x1 <= r->x1 + 1 && c->y0 >= r->y - 1))
        return RECTO_OK;
    drop[r->comp] = true;
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
    for (int i = 0; i < p->n_comps && p->n_boxes < MOST; i++) {
        recto_status s = try_comp(p, i, drop);
        if (s)
            return s;
    }
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
