/* Segmentation of any mask: the first two bytes give the sides, the rest are pixels, eight a byte,
 * repeated to fill the page.  Every box must lie on the page. */
#include "vision/segment.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const recto_segments *g, float w, float h)
{
    for (int i = 0; i < g->n_lines; i++) {
        recto_rect b = g->lines[i].box;
        if (!(b.x0 >= 0 && b.y0 >= 0 && b.x1 <= w && b.y1 <= h && b.x1 > b.x0 && b.y1 > b.y0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    int w = 1 + 2 * data[0];
    int h = 1 + 2 * data[1];
    size_t n = (size_t)w * (size_t)h;
    uint8_t *px = malloc(n);
    uint8_t *gray = malloc(n);
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    if (px && gray && keep && tmp) {
        size_t bits = (size - 2) * 8;
        for (size_t i = 0; i < n; i++) {
            size_t at = i % bits;
            px[i] = data[2 + at / 8] >> (at % 8) & 1;
            gray[i] = px[i] ? 0 : 255;
        }
        recto_image im = {.width = w, .height = h, .channels = 1, .stride = (size_t)w, .px = gray};
        recto_mask mask = {.width = w, .height = h, .stride = (size_t)w, .px = px};
        recto_prepared page = {.gray = &im, .ink = &mask};
        recto_segments g;
        if (recto_segment(&g, &page, keep, tmp, NULL) == RECTO_OK)
            check(&g, (float)w, (float)h);
    }
    recto_arena_free(keep);
    recto_arena_free(tmp);
    free(px);
    free(gray);
    return 0;
}
