/* The order of the segmentation's steps; the steps are in segment_*.c. */
#include "vision/segment_parts.h"

#include <string.h>

static recto_status copy_rects(recto_rect **out, int *n_out, const recto_rect *from, int n,
                               recto_arena *keep, recto_error *err)
{
    *out = recto_arena_array(keep, (size_t)n + 1, sizeof **out);
    if (!*out)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for page parts");
    if (n)
        memcpy(*out, from, (size_t)n * sizeof **out);
    *n_out = n;
    return RECTO_OK;
}

static recto_status copy_boxes(recto_segments *out, const recto_segment_parts *p, recto_arena *keep)
{
    out->boxes = recto_arena_array(keep, (size_t)p->n_boxes + 1, sizeof *out->boxes);
    if (!out->boxes)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for page parts");
    if (p->n_boxes)
        memcpy(out->boxes, p->box, (size_t)p->n_boxes * sizeof *out->boxes);
    out->n_boxes = p->n_boxes;
    return RECTO_OK;
}

static recto_status run_steps(recto_segments *out, recto_segment_parts *p, recto_arena *keep)
{
    recto_status s = recto_segment_runs_find(p);
    if (!s)
        s = recto_segment_runs_label(p);
    if (s)
        return s;
    p->unit = recto_segment_runs_unit(p);
    if (!(p->unit > 0.0f))
        return RECTO_OK;
    s = recto_segment_boxes_take(p);
    if (!s)
        s = recto_segment_rules_take(p);
    if (!s)
        s = recto_segment_pictures_classify(p);
    if (!s)
        s = recto_segment_inverted_find(p);
    if (!s)
        s = recto_segment_split_lines(p);
    if (!s)
        s = recto_segment_rows_build(p);
    if (!s)
        s = recto_segment_gaps_break(p);
    if (!s)
        s = recto_segment_pictures_find(p);
    if (!s)
        s = recto_segment_crops_make(out, p, keep);
    if (!s)
        s = copy_boxes(out, p, keep);
    if (!s)
        s = copy_rects(&out->rules, &out->n_rules, p->rule, p->n_rules, keep, p->err);
    if (!s)
        s = copy_rects(&out->pictures, &out->n_pictures, p->picture, p->n_pictures, keep, p->err);
    return s;
}

recto_status recto_segment(recto_segments *out, const recto_prepared *page, recto_arena *keep,
                           recto_arena *tmp, recto_error *err)
{
    *out = (recto_segments){0};
    if (page->blank || !page->ink)
        return RECTO_OK;
    recto_segment_parts p = {.page = page,
                             .width = page->ink->width,
                             .height = page->ink->height,
                             .tmp = tmp,
                             .err = err};
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_status s = run_steps(out, &p, keep);
    recto_arena_reset(tmp, mark);
    if (s)
        *out = (recto_segments){0};
    return s;
}
