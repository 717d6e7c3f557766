/* Places in the margins. */
#include "text/margins_place.h"
#include "text/margins.h"
#include "text/spread.h"
#include <math.h>

#define TOP_ZONE    0.16f /* of the height */
#define BOTTOM_ZONE 0.84f
#define MAX_ROWS    4 /* of a header or footer */

int recto_margins_place_ranges(recto_margins_place out[2], const recto_page *page)
{
    int n = recto_spread_of_page(page);
    out[0] = (recto_margins_place){page, 0, n > 0 ? n : page->n_blocks, 0};
    out[1] = (recto_margins_place){page, n, page->n_blocks, 1};
    return n > 0 ? 2 : 1;
}

float recto_margins_place_height(const recto_page *page, const recto_block *b)
{
    return page->height > 0.0f ? (b->box.y0 + b->box.y1) / 2.0f / page->height : 0.0f;
}

bool recto_margins_place_in_zone(const recto_page *page, const recto_block *b, bool top)
{
    if (!recto_margins_may(b) && b->label != RECTO_LABEL_PAGE_HEADER &&
        b->label != RECTO_LABEL_PAGE_FOOTER)
        return false;
    return top ? b->box.y1 < TOP_ZONE * page->height : b->box.y0 > BOTTOM_ZONE * page->height;
}

/* A logo or ornament of the margin, beside or among the text of it. */
static bool is_ornament(const recto_margins_place *r, const recto_block *b)
{
    return b->label == RECTO_LABEL_PICTURE &&
           (b->box.y1 < TOP_ZONE * r->page->height || b->box.y0 > BOTTOM_ZONE * r->page->height);
}

float recto_margins_place_white(const recto_margins_place *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    float white = HUGE_VALF;
    for (int k = r->from; k < r->to; k++) {
        const recto_block *o = &r->page->blocks[k];
        float gap = top ? o->box.y0 - b->box.y1 : b->box.y0 - o->box.y1;
        bool outside = top ? o->box.y1 <= b->box.y0 : o->box.y0 >= b->box.y1;
        bool beside = o->n_lines == 1 && b->n_lines == 1 &&
                      recto_rect_overlap_y(o->box, b->box) > 0.3f * recto_rect_height(b->box);
        if (k != i && !outside && !beside && !is_ornament(r, o))
            white = fminf(white, gap);
    }
    return white / fmaxf(b->size, 1.0f);
}

/* Depth of a block from this end of the page: its outer and inner edge. */
static float outer_edge(const recto_margins_place *r, const recto_block *b, bool top)
{
    return top ? b->box.y0 : r->page->height - b->box.y1;
}

static float inner_edge(const recto_margins_place *r, const recto_block *b, bool top)
{
    return top ? b->box.y1 : r->page->height - b->box.y0;
}

const recto_block *recto_margins_place_outer(const recto_margins_place *r, bool top)
{
    const recto_block *out = NULL;
    for (int i = r->from; i < r->to; i++) {
        const recto_block *b = &r->page->blocks[i];
        if (!is_ornament(r, b) && (out == NULL || outer_edge(r, b, top) < outer_edge(r, out, top)))
            out = b;
    }
    return out;
}

float recto_margins_place_depth(const recto_margins_place *r, bool top)
{
    float zone = TOP_ZONE * r->page->height;
    float depth = -1.0f;
    int n_rows = 0;
    for (int step = 0; step < 4 * MAX_ROWS; step++) {
        const recto_block *next = NULL; /* the outermost that is not in the group yet */
        for (int i = r->from; i < r->to; i++) {
            const recto_block *b = &r->page->blocks[i];
            bool inside = depth >= 0.0f && inner_edge(r, b, top) <= depth;
            if (!inside && !is_ornament(r, b) &&
                (next == NULL || outer_edge(r, b, top) < outer_edge(r, next, top)))
                next = b;
        }
        if (next == NULL)
            return -1.0f; /* nothing but a margin */
        float white = outer_edge(r, next, top) - depth;
        if (depth >= 0.0f && white > 0.7f * fmaxf(next->size, 1.0f))
            return depth;
        n_rows += white > -0.5f * next->size ? next->n_lines : 0;
        depth = inner_edge(r, next, top);
        if (next->n_lines < 1 || n_rows > MAX_ROWS || depth > zone)
            return -1.0f;
    }
    return -1.0f;
}

bool recto_margins_place_is_lone(const recto_margins_place *r, int i, bool top, float depth)
{
    const recto_block *b = &r->page->blocks[i];
    return b->n_lines == 1 && inner_edge(r, b, top) <= depth + 0.5f;
}

bool recto_margins_place_is_outermost(const recto_margins_place *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    for (int k = r->from; k < r->to; k++) {
        const recto_block *o = &r->page->blocks[k];
        if (k != i && !is_ornament(r, o) &&
            inner_edge(r, o, top) < outer_edge(r, b, top) + 0.3f * b->size)
            return false;
    }
    return true;
}

bool recto_margins_place_is_small(const recto_margins_place *r, const recto_block *b)
{
    const recto_block *most = NULL;
    for (int i = r->from; i < r->to; i++) {
        const recto_block *o = &r->page->blocks[i];
        if (o->n_lines > 0 && (most == NULL || o->n_lines > most->n_lines))
            most = o;
    }
    float limit = r->page->reader == RECTO_READER_LAYER ? 0.94f : 0.9f;
    return most != NULL && most != b && b->size < limit * most->size;
}

bool recto_margins_place_is_table_row(const recto_margins_place *r, int i, bool top)
{
    const recto_block *b = &r->page->blocks[i];
    int inner = top ? i + 1 : i - 1;
    if (inner < r->from || inner >= r->to || b->n_lines < 1)
        return false;
    const recto_block *o = &r->page->blocks[inner];
    if (o->n_lines < 1)
        return false;
    const recto_line *a = &b->lines[b->n_lines - 1];
    const recto_line *c = &o->lines[top ? 0 : o->n_lines - 1];
    int n_shared = 0;
    for (int k = 0; k < a->n_words; k++) {
        bool starts = k == 0 || a->words[k].box.x0 - a->words[k - 1].box.x1 > 1.2f * a->size;
        bool shared = false;
        for (int q = 0; q < c->n_words && starts; q++) {
            bool too = q == 0 || c->words[q].box.x0 - c->words[q - 1].box.x1 > 1.2f * c->size;
            shared |= too && fabsf(c->words[q].box.x0 - a->words[k].box.x0) < 0.5f * a->size;
        }
        n_shared += shared;
    }
    return n_shared >= 2;
}

bool recto_margins_place_is_outside(const recto_margins_place *r, int i, bool top, float depth)
{
    const recto_block *b = &r->page->blocks[i];
    float side = HUGE_VALF;
    for (int k = r->from; k < r->to; k++) {
        const recto_block *o = &r->page->blocks[k];
        bool middle =
            o->box.y0 > TOP_ZONE * r->page->height && o->box.y1 < BOTTOM_ZONE * r->page->height;
        if (middle || o->n_lines >= 2 || o->table != NULL)
            side = fminf(side, r->half == 0 ? o->box.x0 : r->page->width - o->box.x1);
    }
    return side < HUGE_VALF && recto_margins_place_is_lone(r, i, top, depth) &&
           inner_edge(r, b, top) < 0.95f * side;
}
