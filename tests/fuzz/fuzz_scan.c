/* A small page painted by the bytes, through preparation, segmentation and the line crops: all must
 * end, stay on the page, and give the scratch memory back. */
#include "core/cursor.h"
#include "vision/linenet_net.h"
#include "vision/segment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define demand(truth) demand_at(truth, __LINE__)

static void demand_at(bool truth, int line)
{
    if (truth)
        return;
    fprintf(stderr, "line %d: not as promised\n", line);
    abort();
}

/* A box of one grey, or of every n-th pixel. */
static void paint_box(recto_image *im, recto_cursor *c)
{
    int x0 = recto_cursor_u16le(c) % im->width, y0 = recto_cursor_u16le(c) % im->height;
    int w = 1 + recto_cursor_u8(c), h = 1 + recto_cursor_u8(c);
    uint8_t grey = recto_cursor_u8(c);
    int every = 1 + recto_cursor_u8(c) % 5;
    for (int y = y0; y < y0 + h && y < im->height; y += every)
        for (int x = x0; x < x0 + w && x < im->width; x += every)
            im->px[(size_t)y * im->stride + (size_t)x] = grey;
}

/* A row of letter-like boxes that may climb. */
static void paint_letters(recto_image *im, recto_cursor *c)
{
    int x = recto_cursor_u16le(c) % im->width, y0 = recto_cursor_u16le(c) % im->height;
    int size = 3 + recto_cursor_u8(c) % 40, n = 1 + recto_cursor_u8(c);
    float slope = ((float)recto_cursor_u8(c) - 128) / 1000;
    uint32_t shape = recto_cursor_u32le(c) | 1;
    for (int i = 0; i < n && x < im->width; i++) {
        shape = shape * 1664525u + 1013904223u;
        int w = 1 + (int)(shape >> 24) % size, h = size / 2 + (int)(shape >> 16 & 255) % size;
        int base = y0 + (int)(slope * (float)x);
        for (int y = base - h; y < base; y++)
            for (int k = x; y >= 0 && y < im->height && k < x + w && k < im->width; k++)
                if (k < x + 2 || y < base - h + 2 || (shape & 1))
                    im->px[(size_t)y * im->stride + (size_t)k] = (uint8_t)(shape >> 8 & 63);
        x += w + 1 + ((shape & 12) == 0 ? size / 2 : 1);
    }
}

static void paint_noise(recto_image *im, recto_cursor *c)
{
    uint32_t state = recto_cursor_u32le(c) | 1;
    unsigned share = recto_cursor_u8(c);
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            state = state * 1664525u + 1013904223u;
            if (state >> 24 < share)
                im->px[(size_t)y * im->stride + (size_t)x] = (uint8_t)(state >> 16);
        }
}

static recto_image *paint(recto_cursor *c)
{
    int w = 1 + recto_cursor_u16le(c) % 1600, h = 1 + recto_cursor_u16le(c) % 200;
    recto_image *im = NULL;
    if (recto_image_new(&im, w, h, 1, NULL) != RECTO_OK)
        return NULL;
    static const float dpis[] = {0, 72, 100, 200, 300, 1200};
    im->dpi = dpis[recto_cursor_u8(c) % 6];
    memset(im->px, recto_cursor_u8(c) | 0x80, im->stride * (size_t)h);
    for (int n = 0; n < 64 && !c->failed; n++) {
        uint8_t what = recto_cursor_u8(c) % 8;
        if (what == 0)
            paint_noise(im, c);
        else if (what < 4)
            paint_box(im, c);
        else
            paint_letters(im, c);
    }
    return im;
}

static void demand_inside(recto_rect r, const recto_image *im)
{
    demand(isfinite(r.x0) && isfinite(r.x1) && isfinite(r.y0) && isfinite(r.y1));
    demand(r.x0 <= r.x1 && r.y0 <= r.y1 && r.x0 >= -1 && r.y0 >= -1);
    demand(r.x1 <= (float)im->width + 1 && r.y1 <= (float)im->height + 1);
}

static void check_line(const recto_segment_line *line, const recto_image *gray, recto_arena *tmp)
{
    static const recto_linenet_config config = {.height = 32,
                                                .percentile_low = 2,
                                                .percentile_high = 98,
                                                .min_span = 20,
                                                .invert_below_mean = 110,
                                                .scale = 127.5f};
    recto_linenet_crop crop;
    demand_inside(line->ink, gray);
    demand(fabsf(line->slope) <= 0.1001f && isfinite(line->baseline));
    demand(line->size >= 0 && line->x_height >= 0 && line->stroke >= 0);
    demand(recto_linenet_crop_line(&crop, &config, gray, line, tmp, NULL) == RECTO_OK);
    demand(crop.width == 0 || crop.grey != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_cursor c = recto_cursor_over(data, size);
    recto_image *im = paint(&c);
    recto_arena *keep = recto_arena_new(0, 0), *tmp = recto_arena_new(0, 0);
    if (im == NULL || keep == NULL || tmp == NULL)
        abort();
    recto_prepare_options opt = {.orient = true, .deskew = true, .dpi_guess = im->dpi};
    recto_prepared *page = NULL;
    demand(recto_prepare(&page, im, &opt, NULL) == RECTO_OK);
    demand(page->turned_deg % 90 == 0 && fabsf(page->skew_deg) < 20);
    demand(page->ink->width == page->gray->width && page->ink->height == page->gray->height);
    recto_segments found = {0};
    demand(recto_segment(&found, page, keep, tmp, NULL) == RECTO_OK);
    demand(recto_arena_used(tmp) == 0);
    for (int i = 0; i < found.n_lines; i++)
        check_line(&found.lines[i], page->gray, tmp);
    for (int i = 0; i < found.n_rules; i++)
        demand_inside(found.rules[i], page->gray);
    for (int i = 0; i < found.n_pictures; i++)
        demand_inside(found.pictures[i], page->gray);
    recto_prepared_free(page);
    recto_image_free(im);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    return 0;
}
