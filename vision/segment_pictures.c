/* What is not text: specks, drawings, photos, logos.
 *
 * A component too large for a letter is a part of a picture; so are patches that are darker or
 * more crumbly than text (photos, halftones, bar codes).  Rows that turn out to be texture inside
 * a picture die; rows whose letters stand on a line stay even there, so that a box or a circle
 * drawn around text never swallows it. */
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

/* A newspaper page has 40,000 letters.  Where there are more than MAX_LETTERS pieces most are dirt:
 * the smallest go. */
enum { MAX_LETTERS = 80000, MAX_DIRT = 1024 };

static void drop_smallest(recto_segment_parts *p)
{
    int count[MAX_DIRT] = {0};
    int n = 0;
    for (int i = 0; i < p->n_comps; i++) {
        const recto_segment_comp *c = &p->comp[i];
        if (c->kind != RECTO_SEGMENT_LETTER)
            continue;
        n++;
        count[c->area < MAX_DIRT ? c->area : MAX_DIRT - 1]++;
    }
    int least = 0;
    while (n > MAX_LETTERS && least < MAX_DIRT - 1)
        n -= count[least++];
    for (int i = 0; i < p->n_comps; i++) {
        recto_segment_comp *c = &p->comp[i];
        if (c->kind == RECTO_SEGMENT_LETTER && c->area < least)
            c->kind = RECTO_SEGMENT_DROPPED;
    }
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
    drop_smallest(p);
    return RECTO_OK;
}

/* --- regions -----------------------------------------------------------------------------------
 */

/* A coarse grid over the page: how dark each cell is and how many pieces of ink begin in it. */
typedef struct grid {
    int side, cols, rows; /* px a cell */
    int32_t *ink, *pieces;
    uint8_t *dense; /* 1 = as in a picture, 2 = and already in a region */
} grid;

static recto_status measure_grid(grid *g, recto_segment_parts *p)
{
    const recto_mask *m = p->page->ink;
    g->side = (int)(2.0f * p->unit) + 4;
    g->cols = p->width / g->side + 1;
    g->rows = p->height / g->side + 1;
    size_t n = (size_t)g->cols * (size_t)g->rows;
    g->ink = recto_arena_array(p->tmp, n, sizeof *g->ink);
    g->pieces = recto_arena_array(p->tmp, n, sizeof *g->pieces);
    g->dense = recto_arena_alloc(p->tmp, n);
    if (!g->ink || !g->pieces || !g->dense)
        return no_memory(p);
    for (int y = 0; y < p->height; y += 2) { /* every other row is enough */
        const uint8_t *row = m->px + (size_t)y * m->stride;
        int32_t *to = g->ink + (size_t)(y / g->side) * (size_t)g->cols;
        for (int c = 0; c < g->cols; c++) {
            int x1 = (c + 1) * g->side < p->width ? (c + 1) * g->side : p->width;
            int sum = 0;
            for (int x = c * g->side; x < x1; x++)
                sum += row[x];
            to[c] += sum;
        }
    }
    for (int i = 0; i < p->n_comps; i++) {
        const recto_segment_comp *c = &p->comp[i];
        if (!c->bar)
            g->pieces[c->y0 / g->side * g->cols + c->x0 / g->side]++;
    }
    return RECTO_OK;
}

/* Cells that text does not fill so: dark or full of crumbs. */
static void mark_dense(grid *g, const recto_segment_parts *p)
{
    int full = g->side * g->side / 2;
    for (int i = 0; i < g->cols * g->rows; i++)
        g->dense[i] = g->ink[i] > full * 42 / 100 || g->pieces[i] > 18;
    /* a bar with white text is dark, but no picture */
    for (int i = 0; i < p->n_comps; i++) {
        if (!p->comp[i].bar)
            continue;
        const recto_segment_comp *b = &p->comp[p->comp[i].bar - 1];
        if (b->kind != RECTO_SEGMENT_DROPPED)
            continue;
        const recto_segment_comp *c = &p->comp[i];
        for (int y = b->y0 / g->side; y <= (b->y1 - 1) / g->side; y++) {
            for (int x = c->x0 / g->side; x <= (c->x1 - 1) / g->side; x++)
                g->dense[y * g->cols + x] = 0;
        }
    }
}

static recto_status add_picture(recto_segment_parts *p, recto_rect box)
{
    if (p->n_pictures == p->cap_pictures) {
        int cap = p->cap_pictures ? 2 * p->cap_pictures : 16;
        recto_rect *grown = recto_arena_grow(p->tmp, p->picture, (size_t)p->cap_pictures,
                                             (size_t)cap, sizeof *grown);
        if (!grown)
            return no_memory(p);
        p->picture = grown;
        p->cap_pictures = cap;
    }
    p->picture[p->n_pictures++] = box;
    return RECTO_OK;
}

/* Connected dense cells, at least three by three. */
static recto_status dense_regions(grid *g, recto_segment_parts *p)
{
    int n = g->cols * g->rows;
    int32_t *stack = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *stack);
    if (!stack)
        return no_memory(p);
    for (int i = 0; i < n; i++) {
        if (g->dense[i] != 1)
            continue;
        int top = 0;
        int cells = 0;
        int x0 = g->cols, x1 = 0, y0 = g->rows, y1 = 0;
        stack[top++] = i;
        g->dense[i] = 2;
        while (top) {
            int at = stack[--top];
            int x = at % g->cols;
            int y = at / g->cols;
            cells++;
            x0 = x < x0 ? x : x0;
            x1 = x + 1 > x1 ? x + 1 : x1;
            y0 = y < y0 ? y : y0;
            y1 = y + 1 > y1 ? y + 1 : y1;
            const int next[4] = {x > 0 ? at - 1 : -1, x + 1 < g->cols ? at + 1 : -1,
                                 y > 0 ? at - g->cols : -1, y + 1 < g->rows ? at + g->cols : -1};
            for (int k = 0; k < 4; k++) {
                if (next[k] >= 0 && g->dense[next[k]] == 1) {
                    g->dense[next[k]] = 2;
                    stack[top++] = next[k];
                }
            }
        }
        if (x1 - x0 >= 3 && y1 - y0 >= 3 && 2 * cells >= (x1 - x0) * (y1 - y0)) {
            float u = (float)g->side;
            recto_rect box = {(float)x0 * u, (float)y0 * u, (float)x1 * u, (float)y1 * u};
            recto_status s =
                add_picture(p, recto_rect_clip(box, (float)p->width, (float)p->height));
            if (s)
                return s;
        }
    }
    return RECTO_OK;
}

static recto_rect row_box(const recto_segment_row *r)
{
    return (recto_rect){(float)r->x0, (float)r->y0, (float)r->x1, (float)r->y1};
}

/* Share of the box that lines of text cover. */
static float text_cover(const recto_segment_parts *p, recto_rect box)
{
    float area = 0.0f;
    for (int r = 0; r < p->n_rows; r++) {
        const recto_segment_row *row = &p->row[r];
        if (!row->dead && !row->small && recto_segment_stands(row, 3))
            area += recto_rect_area(recto_rect_meet(box, row_box(row)));
    }
    return area / fmaxf(1.0f, recto_rect_area(box));
}

enum { MAX_SEEDS = 400 };

/* Boxes that touch or nearly touch become one. */
static void merge_pictures(recto_segment_parts *p)
{
    float near = p->unit;
    bool again = p->n_pictures <= MAX_SEEDS;
    while (again) {
        again = false;
        for (int i = 0; i < p->n_pictures; i++) {
            recto_rect *a = &p->picture[i];
            for (int k = i + 1; k < p->n_pictures; k++) {
                recto_rect b = p->picture[k];
                recto_rect wide = {a->x0 - near, a->y0 - near, a->x1 + near, a->y1 + near};
                if (recto_rect_is_empty(recto_rect_meet(wide, b)))
                    continue;
                *a = recto_rect_union(*a, b);
                p->picture[k--] = p->picture[--p->n_pictures];
                again = true;
            }
        }
    }
}

/* Rows and rules inside a picture that are its texture. */
static void clear_inside(recto_segment_parts *p, recto_rect box)
{
    float u = p->unit;
    recto_rect wide = {box.x0 - 0.5f * u, box.y0 - 0.5f * u, box.x1 + 0.5f * u, box.y1 + 0.5f * u};
    for (int r = 0; r < p->n_rows; r++) {
        recto_segment_row *row = &p->row[r];
        recto_rect q = row_box(row);
        if (!row->dead && !row->bar &&
            recto_rect_area(recto_rect_meet(wide, q)) > 0.8f * recto_rect_area(q))
            row->dead = !recto_segment_stands(row, 5);
    }
    int n = 0;
    for (int i = 0; i < p->n_rules; i++) {
        recto_rect q = p->rule[i];
        bool inside = q.x0 >= wide.x0 && q.x1 <= wide.x1 && q.y0 >= wide.y0 && q.y1 <= wide.y1;
        if (!inside)
            p->rule[n++] = q;
    }
    p->n_rules = n;
}

recto_status recto_segment_pictures_find(recto_segment_parts *p)
{
    grid g = {0};
    recto_status s = measure_grid(&g, p);
    if (s)
        return s;
    mark_dense(&g, p);
    s = dense_regions(&g, p);
    int tried = 0;
    for (int i = 0; i < p->n_comps && !s && tried < MAX_SEEDS; i++) {
        const recto_segment_comp *c = &p->comp[i];
        if (c->kind != RECTO_SEGMENT_BIG)
            continue;
        tried++;
        recto_rect box = {(float)c->x0, (float)c->y0, (float)c->x1, (float)c->y1};
        float w = recto_rect_width(box);
        float h = recto_rect_height(box);
        /* a frame or a circle drawn around text is no picture, nor is a single stroke */
        bool thin = (float)c->area < 0.12f * w * h;
        if ((!thin || fminf(w, h) >= 3.0f * p->unit) && text_cover(p, box) < (thin ? 0.03f : 0.08f))
            s = add_picture(p, box);
    }
    if (s)
        return s;
    merge_pictures(p);
    int n = 0;
    for (int i = 0; i < p->n_pictures; i++) {
        recto_rect box = p->picture[i];
        float w = recto_rect_width(box);
        float h = recto_rect_height(box);
        if (fminf(w, h) < 1.5f * p->unit || fmaxf(w, h) < 3.0f * p->unit ||
            text_cover(p, box) > 0.35f)
            continue;
        clear_inside(p, box);
        p->picture[n++] = box;
    }
    p->n_pictures = n;
    return RECTO_OK;
}
