/* The segments of a path, seen one by one in page space. */
#include "vision/pdf_paths.h"

#include <math.h>
#include <mupdf/fitz.h>

enum { CURVE_PARTS = 6 };

static const float RULE_IN_SHAPE_PT = 15.0f; /* straight edge that counts even in a curved path */

typedef recto_pdf_paths_walk walk;

static recto_pdf_point place(const walk *w, float x, float y)
{
    const recto_affine *m = &w->to_page;
    return (recto_pdf_point){x * m->a + y * m->c + m->e, x * m->b + y * m->d + m->f};
}

static bool is_axial(recto_pdf_point a, recto_pdf_point b)
{
    float dx = fabsf(a.x - b.x);
    float dy = fabsf(a.y - b.y);
    return fminf(dx, dy) <= 0.1f + 0.005f * fmaxf(dx, dy);
}

static void include(recto_rect *box, recto_pdf_point p)
{
    box->x0 = fminf(box->x0, p.x);
    box->y0 = fminf(box->y0, p.y);
    box->x1 = fmaxf(box->x1, p.x);
    box->y1 = fmaxf(box->y1, p.y);
}

static void shape_seen(walk *w, recto_rect box)
{
    w->n_shapes++;
    if (!w->emit || recto_pdf_shapes_alike(w->colour, (recto_pdf_colour)RECTO_PDF_WHITE))
        return;
    box.x0 -= w->thick * 0.5f;
    box.y0 -= w->thick * 0.5f;
    box.x1 += w->thick * 0.5f;
    box.y1 += w->thick * 0.5f;
    box = recto_rect_meet(box, w->area);
    if (recto_rect_is_empty(box))
        return;
    recto_pdf_shapes_mark_path(w->page, box);
    if (w->filling)
        recto_pdf_shapes_add_paint(w->page, box, NULL, false);
}

/* A subpath of a fill is over: rectangle, nothing, or something else. */
static void end_subpath(walk *w)
{
    if (w->filling && w->n_edges > 0) {
        bool closed = fabsf(w->start.x - w->at.x) < 0.1f && fabsf(w->start.y - w->at.y) < 0.1f;
        int corners = w->n_edges - closed + 1; /* an open one is closed by its missing edge */
        if (w->straight && w->axial && corners == 4 && is_axial(w->at, w->start)) {
            w->n_boxes++;
            recto_rect box = recto_rect_meet(w->box, w->area);
            if (w->emit && !recto_rect_is_empty(box))
                recto_pdf_shapes_add_box(w->page, box, &w->colour, w->opaque);
        } else if (corners > 2 || !w->straight) {
            shape_seen(w, w->box);
        }
    }
    w->n_edges = 0;
    w->straight = w->axial = true;
}

static void walk_move(fz_context *ctx, void *arg, float x, float y)
{
    walk *w = arg;
    (void)ctx;
    end_subpath(w);
    w->start = w->at = place(w, x, y);
    w->box = (recto_rect){w->at.x, w->at.y, w->at.x, w->at.y};
}

static void stroke_edge(walk *w, recto_pdf_point a, recto_pdf_point b)
{
    recto_rect box = {a.x, a.y, a.x, a.y};
    include(&box, b);
    if (!is_axial(a, b)) {
        shape_seen(w, box);
        return;
    }
    w->n_boxes++;
    float length = fmaxf(box.x1 - box.x0, box.y1 - box.y0);
    if (w->emit && (w->n_shapes == 0 || length >= RULE_IN_SHAPE_PT))
        recto_pdf_shapes_add_stroke(w->page, w->area, a.x, a.y, b.x, b.y, w->thick, &w->colour);
}

static void edge_to(walk *w, recto_pdf_point to)
{
    w->axial = w->axial && is_axial(w->at, to);
    include(&w->box, to);
    w->n_edges++;
    if (!w->filling)
        stroke_edge(w, w->at, to);
    w->at = to;
}

static void walk_line(fz_context *ctx, void *arg, float x, float y)
{
    walk *w = arg;
    (void)ctx;
    recto_pdf_point to = place(w, x, y);
    if (to.x != w->at.x || to.y != w->at.y)
        edge_to(w, to);
}

static void walk_curve(fz_context *ctx, void *arg, float x1, float y1, float x2, float y2, float x3,
                       float y3)
{
    walk *w = arg;
    (void)ctx;
    recto_pdf_point p0 = w->at;
    recto_pdf_point p1 = place(w, x1, y1);
    recto_pdf_point p2 = place(w, x2, y2);
    recto_pdf_point p3 = place(w, x3, y3);
    w->n_edges++;
    w->straight = false;
    /* by points on the curve: the box of its handles is far too large */
    for (int i = 1; i <= CURVE_PARTS; i++) {
        float t = (float)i / CURVE_PARTS;
        float s = 1.0f - t;
        float k0 = s * s * s, k1 = 3.0f * s * s * t, k2 = 3.0f * s * t * t, k3 = t * t * t;
        recto_rect box = {w->at.x, w->at.y, w->at.x, w->at.y};
        w->at.x = k0 * p0.x + k1 * p1.x + k2 * p2.x + k3 * p3.x;
        w->at.y = k0 * p0.y + k1 * p1.y + k2 * p2.y + k3 * p3.y;
        include(&box, w->at);
        include(&w->box, w->at);
        if (!w->filling)
            shape_seen(w, box);
    }
    w->at = p3;
}

static void walk_close(fz_context *ctx, void *arg)
{
    walk *w = arg;
    (void)ctx;
    if (w->n_edges > 0 && (w->at.x != w->start.x || w->at.y != w->start.y))
        edge_to(w, w->start);
    end_subpath(w);
}

static const fz_path_walker WALKER = {
    .moveto = walk_move, .lineto = walk_line, .curveto = walk_curve, .closepath = walk_close};

void recto_pdf_paths_run(recto_pdf_paths_walk *w, struct fz_context *ctx,
                         const struct fz_path *path)
{
    w->n_edges = 0;
    w->straight = w->axial = true;
    fz_walk_path(ctx, path, &WALKER, w);
    end_subpath(w);
}
