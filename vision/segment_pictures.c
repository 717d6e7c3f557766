/* What is not text: specks, drawings, photos, logos; and white text on dark bars, which is.
 *
 * A component too large for a letter is a part of a picture, unless it is a dark bar with
 * letter-like holes: then the holes are the letters.  Rows that turn out to be texture inside a
 * picture die; rows that read as text stay lines even there, so that a box or a circle drawn
 * around text never swallows it. */
#include "vision/segment_parts.h"

#include <math.h>
#include <string.h>

static recto_status no_memory(recto_segment_parts *p)
{
    return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for pictures");
}

/* A sliver that a removed rule left on its edge. */
static bool is_residue(const recto_segment_parts *p, const recto_segment_bands *rules,
                       const recto_segment_comp *c)
{
    int w = c->x1 - c->x0;
    int h = c->y1 - c->y0;
    if ((float)(w < h ? w : h) > 0.25f * p->unit + 1.0f)
        return false;
    int b = recto_segment_bands_at(rules, 0.5f * (float)(c->y0 + c->y1));
    for (int k = rules->start[b]; k < rules->start[b + 1]; k++) {
        recto_rect r = p->rule[rules->item[k]];
        bool flat = recto_rect_width(r) > recto_rect_height(r);
        float along = 2.0f;
        float across = 2.0f;
        float x = flat ? along : across;
        float y = flat ? across : along;
        if ((float)c->x0 >= r.x0 - x && (float)c->x1 <= r.x1 + x && (float)c->y0 >= r.y0 - y &&
            (float)c->y1 <= r.y1 + y)
            return true;
    }
    return false;
}

static recto_status index_rules(recto_segment_parts *p, recto_segment_bands *bands)
{
    float *y0 = recto_arena_array(p->tmp, (size_t)p->n_rules + 1, sizeof *y0);
    float *y1 = recto_arena_array(p->tmp, (size_t)p->n_rules + 1, sizeof *y1);
    if (!y0 || !y1)
        return no_memory(p);
    for (int i = 0; i < p->n_rules; i++) {
        y0[i] = p->rule[i].y0 - 3.0f;
        y1[i] = p->rule[i].y1 + 3.0f;
    }
    return recto_segment_bands_build(bands, p, (int)p->unit + 1, y0, y1, NULL, p->n_rules);
}

recto_status recto_segment_pictures_classify(recto_segment_parts *p)
{
    float u = p->unit;
    float speck = fmaxf(1.0f, 0.006f * u * u);
    recto_segment_bands rules;
    recto_status s = index_rules(p, &rules);
    if (s)
        return s;
    for (int i = 0; i < p->n_comps; i++) {
        recto_segment_comp *c = &p->comp[i];
        float w = (float)(c->x1 - c->x0);
        float h = (float)(c->y1 - c->y0);
        float fill = (float)c->area / (w * h);
        c->kind = RECTO_SEGMENT_LETTER;
        if ((float)c->area < speck || is_residue(p, &rules, c)) {
            c->kind = RECTO_SEGMENT_DROPPED;
        } else if (fill > 0.8f && w > 6.0f * u && h < 1.2f * u && w > 8.0f * h) {
            c->kind = RECTO_SEGMENT_DROPPED; /* a thick rule */
            s = recto_segment_rules_add(
                p, (recto_rect){(float)c->x0, (float)c->y0, (float)c->x1, (float)c->y1});
            if (s)
                return s;
        } else if (fmaxf(w, h) > 3.0f * u && fill < 0.12f && fminf(w, h) > 0.5f * u) {
            c->kind = RECTO_SEGMENT_BIG; /* a drawn stroke */
        } else if (h > 6.0f * u || (h > 2.6f * u && w > 14.0f * u) || w > 40.0f * u) {
            c->kind = RECTO_SEGMENT_BIG;
        }
    }
    return RECTO_OK;
}

recto_status recto_segment_pictures_find(recto_segment_parts *p)
{
    for (int i = 0; i < p->n_comps; i++) {
        const recto_segment_comp *c = &p->comp[i];
        if (c->kind != RECTO_SEGMENT_BIG)
            continue;
        if (p->n_pictures == p->cap_pictures) {
            int cap = p->cap_pictures ? 2 * p->cap_pictures : 16;
            recto_rect *grown = recto_arena_grow(p->tmp, p->picture, (size_t)p->cap_pictures,
                                                 (size_t)cap, sizeof *grown);
            if (!grown)
                return no_memory(p);
            p->picture = grown;
            p->cap_pictures = cap;
        }
        p->picture[p->n_pictures++] =
            (recto_rect){(float)c->x0, (float)c->y0, (float)c->x1, (float)c->y1};
    }
    return RECTO_OK;
}
