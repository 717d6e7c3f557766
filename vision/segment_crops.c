/* Crops: from a row to the box that the line reader gets, framed as type is framed, so that letters
 * without ascenders or descenders sit where they do in other lines; kept off the neighbours' ink.
 */
#include "vision/segment_parts.h"

#include <math.h>

#define DESC_OF_EM 0.22f

/* Ink of the row measured along its slope: how far it reaches above and below the baseline. */
static void reach(const recto_segment_parts *p, const recto_segment_row *r, float *up, float *down)
{
    *up = 0.0f;
    *down = 0.0f;
    for (int k = 0; k < r->n; k++) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        float base = recto_segment_base(r, 0.5f * (float)(c->x0 + c->x1));
        *up = fmaxf(*up, base - (float)c->y0);
        *down = fmaxf(*down, (float)c->y1 - base);
    }
}

static float stroke_width(const recto_segment_parts *p, const recto_segment_row *r)
{
    /* area / half the outline; 4/pi turns the city-block outline of slanted edges to its length */
    double area = 0.0;
    double edge = 0.0;
    for (int k = 0; k < r->n; k++) {
        const recto_segment_comp *c = &p->comp[p->member[r->first + k]];
        area += c->area;
        edge += c->edge;
    }
    return edge > 0.0 ? (float)(2.0 * area / edge * 1.15) : 0.0f;
}

/* Pull the crop back from ink of other rows that reaches into it, never into the row's own ink. */
static void keep_off(const recto_segment_parts *p, const recto_segment_bands *bands, int self,
                     recto_segment_line *line, float up, float down)
{
    const recto_segment_row *r = &p->row[self];
    int b0 = recto_segment_bands_at(bands, line->box.y0);
    int b1 = recto_segment_bands_at(bands, line->box.y1);
    float top = line->box.y0;
    float bottom = line->box.y1;
    for (int b = b0; b <= b1; b++) {
        for (int k = bands->start[b]; k < bands->start[b + 1]; k++) {
            int i = bands->item[k];
            const recto_segment_row *o = &p->row[i];
            if (i == self || o->x0 >= r->x1 || o->x1 <= r->x0)
                continue;
            float x =
                0.5f * (float)((o->x0 > r->x0 ? o->x0 : r->x0) + (o->x1 < r->x1 ? o->x1 : r->x1));
            float shift = recto_segment_base(r, x) - r->base;
            float o_base = recto_segment_base(o, x) - shift;
            float o_top = o_base - o->asc;
            if (o_base < r->base - 0.4f * r->size) /* above */
                top = fmaxf(top, fminf(o_base + 0.1f * o->size, r->base - up));
            else if (o_top > r->base - 0.3f * r->size) /* below */
                bottom = fminf(bottom, fmaxf(o_top, r->base + down));
        }
    }
    line->box.y0 = top;
    line->box.y1 = bottom;
}

static void make_line(recto_segment_line *line, const recto_segment_parts *p,
                      const recto_segment_bands *bands, int i)
{
    const recto_segment_row *r = &p->row[i];
    float up;
    float down;
    reach(p, r, &up, &down);
    float asc = fmaxf(r->asc, 0.0f);
    float side = 0.08f * r->size + 1.0f;
    *line = (recto_segment_line){
        .ink = {(float)r->x0, (float)r->y0, (float)r->x1, (float)r->y1},
        .baseline = r->base,
        .slope = r->slope,
        .x_height = r->xh,
        .size = r->size,
        .stroke = stroke_width(p, r),
        .column = r->column,
    };
    float top = fmaxf(asc, up) + 0.08f * r->size;
    float bottom = fmaxf(DESC_OF_EM * r->size, down) + 0.05f * r->size;
    line->box =
        (recto_rect){(float)r->x0 - side, r->base - top, (float)r->x1 + side, r->base + bottom};
    keep_off(p, bands, i, line, up + 1.0f, down + 1.0f);
    if (r->bar) { /* no paper around the bar */
        const recto_segment_comp *bar = &p->comp[r->bar - 1];
        recto_rect in = {(float)bar->x0, (float)bar->y0, (float)bar->x1, (float)bar->y1};
        line->box = recto_rect_meet(line->box, in);
    }
    line->box = recto_rect_clip(line->box, (float)p->width, (float)p->height);
    line->baseline = recto_segment_base(r, 0.5f * (line->box.x0 + line->box.x1));
}

recto_status recto_segment_crops_make(recto_segments *out, recto_segment_parts *p,
                                      recto_arena *keep)
{
    int n = 0;
    float *y0 = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *y0);
    float *y1 = recto_arena_array(p->tmp, (size_t)p->n_rows + 1, sizeof *y1);
    if (!y0 || !y1)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for line boxes");
    for (int i = 0; i < p->n_rows; i++) {
        n += !p->row[i].dead;
        y0[i] = (float)p->row[i].y0;
        y1[i] = p->row[i].dead ? y0[i] : (float)p->row[i].y1;
    }
    recto_segment_bands bands;
    recto_status s =
        recto_segment_bands_build(&bands, p, (int)p->unit + 1, y0, y1, NULL, p->n_rows);
    if (s)
        return s;
    out->lines = recto_arena_array(keep, (size_t)n + 1, sizeof *out->lines);
    if (!out->lines)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for line boxes");
    for (int i = 0; i < p->n_rows; i++) {
        if (!p->row[i].dead)
            make_line(&out->lines[out->n_lines++], p, &bands, i);
    }
    return RECTO_OK;
}
