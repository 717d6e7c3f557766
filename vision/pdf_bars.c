#include "vision/pdf_bars.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_BARS = 3, NEAR_WHITE = 3 * 245 };
static const float SAME_PT = 0.7f;     /* ends on one line */
static const float MIN_SIDE_PT = 2.0f; /* thinner ones are rules */
static const float DIFFERENT = 1.15f;  /* lengths */
static const float MAX_AREA = 0.25f;   /* of the page: larger areas are grounds */

/* A painted area as a bar: where it ends, and how long it is. */
typedef struct bar {
    recto_rect box;
    float end, length;
} bar;

static int by_end(const void *a, const void *b)
{
    const bar *x = a;
    const bar *y = b;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return x->length < y->length ? -1 : x->length > y->length;
}

static bool has_text(const recto_layout *layout, recto_rect box, float scale)
{
    recto_rect px = recto_rect_scale(box, scale, scale);
    for (int i = 0; i < layout->n_lines; i++) {
        recto_rect b = layout->lines[i].box;
        if (recto_rect_area(recto_rect_meet(b, px)) > 0.3f * recto_rect_area(b))
            return true;
    }
    return false;
}

static int take_bars(bar *out, const recto_pdf_page *page, const recto_layout *layout, float scale)
{
    int n = 0;
    recto_rect whole = {0.0f, 0.0f, page->width, page->height};
    for (int i = 0; i < page->n_paints; i++) {
        const recto_pdf_paint *p = &page->paints[i];
        recto_rect box = recto_rect_meet(p->box, whole);
        if (!p->flat || !p->opaque || p->colour.r + p->colour.g + p->colour.b > NEAR_WHITE ||
            recto_rect_width(box) < MIN_SIDE_PT || recto_rect_height(box) < MIN_SIDE_PT ||
            recto_rect_area(box) > MAX_AREA * recto_rect_area(whole) ||
            has_text(layout, box, scale))
            continue;
        out[n++].box = box;
    }
    return n;
}

static void mark(uint8_t cells[RECTO_PDF_GRID][RECTO_PDF_GRID], const recto_pdf_page *page,
                 recto_rect box)
{
    const int last = RECTO_PDF_GRID - 1;
    int x0 = (int)(box.x0 / page->width * RECTO_PDF_GRID);
    int x1 = (int)(box.x1 / page->width * RECTO_PDF_GRID);
    int y0 = (int)(box.y0 / page->height * RECTO_PDF_GRID);
    int y1 = (int)(box.y1 / page->height * RECTO_PDF_GRID);
    for (int y = y0; y <= y1 && y <= last; y++)
        for (int x = x0; x <= x1 && x <= last; x++)
            cells[y][x] = 1;
}

/* Bars that stand on one line: the ground between the first and the last is the chart's. */
static void mark_standing(uint8_t cells[RECTO_PDF_GRID][RECTO_PDF_GRID], const recto_pdf_page *page,
                          bar *bars, int n)
{
    qsort(bars, (size_t)n, sizeof *bars, by_end);
    for (int i = 0, k; i < n; i = k) {
        float shortest = bars[i].length, longest = shortest;
        recto_rect all = bars[i].box;
        for (k = i + 1; k < n && bars[k].end - bars[i].end < SAME_PT; k++) {
            shortest = fminf(shortest, bars[k].length);
            longest = fmaxf(longest, bars[k].length);
            all = recto_rect_union(all, bars[k].box);
        }
        if (k - i >= LEAST_BARS && longest > DIFFERENT * shortest)
            mark(cells, page, all);
    }
}

bool recto_pdf_bars_mark(uint8_t cells[RECTO_PDF_GRID][RECTO_PDF_GRID], const recto_pdf_page *page,
                         const recto_layout *layout, float scale, recto_arena *tmp)
{
    if (page->n_paints < LEAST_BARS)
        return true;
    bar *bars = recto_arena_array(tmp, (size_t)page->n_paints, sizeof *bars);
    if (bars == NULL)
        return false;
    int n = take_bars(bars, page, layout, scale);
    for (int i = 0; i < n; i++) {
        bars[i].end = bars[i].box.y1;
        bars[i].length = recto_rect_height(bars[i].box);
    }
    mark_standing(cells, page, bars, n);
    for (int i = 0; i < n; i++) {
        bars[i].end = bars[i].box.x0;
        bars[i].length = recto_rect_width(bars[i].box);
    }
    mark_standing(cells, page, bars, n);
    return true;
}
