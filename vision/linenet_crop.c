/* From a line on the page to the image that the network sees.
 *
 * Two passes, down first: blocks of columns so narrow that the slope moves them by about a tenth
 * of a pixel at most share one set of row weights; their result is stored column by column, so that
 * the pass along the line, and then the network, find a column's rows side by side.  Then the
 * percentiles are stretched to black and white by a table of 256 grey levels. */
#include "vision/linenet_net.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    BLOCK = 64,       /* columns that share row weights, at most */
    MIN_WIDTH = 8,    /* px: narrower images are padded with paper */
    MAX_HEIGHT = 256, /* config.height is not more */
};
/* px that the slope may move the ends of a block against its middle */
static const float MAX_SHEAR = 0.12f;

/* The library's floor and ceil are calls on the baseline CPU; |v| is far below 2^31 here. */
static inline int floor_of(float v)
{
    const int i = (int)v;
    return i - ((float)i > v);
}

static inline int ceil_of(float v)
{
    const int i = (int)v;
    return i + ((float)i < v);
}

/* The source pixels that one output pixel covers: [at, at + span), span in source px. */
typedef struct cover {
    float at, span;
    int first, last; /* source pixels with a weight */
} cover;

static inline cover cover_of(float at, float span)
{
    cover c = {at, span, 0, 0};

    if (span >= 1.0f) {
        c.first = floor_of(at);
        c.last = ceil_of(at + span) - 1;
    } else { /* the two pixels around the middle */
        c.at = at + 0.5f * span - 0.5f;
        c.first = floor_of(c.at);
        c.last = c.first + 1;
    }
    if (c.last < c.first)
        c.last = c.first;
    return c;
}

/* Weight of source pixel j; those of one cover add up to its span, or to 1 if that is under 1. */
static inline float weight(const cover *c, int j)
{
    const float low = (float)j;
    float w;

    if (c->span >= 1.0f) {
        const float from = low > c->at ? low : c->at;
        const float to = low + 1.0f < c->at + c->span ? low + 1.0f : c->at + c->span;
        w = to - from;
    } else {
        w = 1.0f - (low > c->at ? low - c->at : c->at - low);
    }
    return w > 0.0f ? w : 0.0f;
}

static inline int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* sum[n] += w * from[n] */
static void add_row(float *restrict sum, const uint8_t *restrict from, float w, int n)
{
    for (int i = 0; i < n; i++)
        sum[i] += w * (float)from[i];
}

/* n columns of the page from x0 on, rows from y0 on, to `height` rows of `span` page px each:
 * out [n, height].  Columns outside of the page repeat its edge. */
static void down(float *out, const recto_image *page, int x0, int n, float y0, float span,
                 int height)
{
    const bool inside = x0 >= 0 && x0 + n <= page->width;
    const float share = span >= 1.0f ? 1.0f / span : 1.0f;
    uint8_t edge[BLOCK];

    for (int r = 0; r < height; r++) {
        const cover c = cover_of(y0 + (float)r * span, span);
        float sum[BLOCK] = {0};
        for (int j = c.first; j <= c.last; j++) {
            const uint8_t *row = page->px + (size_t)clamp(j, 0, page->height - 1) * page->stride;
            if (!inside)
                for (int i = 0; i < n; i++)
                    edge[i] = row[clamp(x0 + i, 0, page->width - 1)];
            add_row(sum, inside ? row + x0 : edge, weight(&c, j) * share, n);
        }
        for (int i = 0; i < n; i++)
            out[(size_t)i * (size_t)height + (size_t)r] = sum[i];
    }
}

/* columns [n_columns, height], the first one at page column x0, to grey [width, height]. */
static void across(uint8_t *grey, const float *columns, int n_columns, int x0, float from,
                   float span, int width, int height)
{
    const float share = span >= 1.0f ? 1.0f / span : 1.0f;

    for (int u = 0; u < width; u++, grey += height) {
        const cover c = cover_of(from + (float)u * span, span);
        float sum[MAX_HEIGHT];
        for (int j = c.first; j <= c.last; j++) {
            const float w = weight(&c, j) * share;
            const float *at = columns + (size_t)clamp(j - x0, 0, n_columns - 1) * (size_t)height;
            for (int r = 0; r < height; r++)
                sum[r] = (j == c.first ? 0.5f : sum[r]) + w * at[r]; /* 0.5 to round */
        }
        for (int r = 0; r < height; r++)
            grey[r] = (uint8_t)(int)sum[r];
    }
}

/* Value at a share of the sorted pixels, linear between two neighbours (as numpy does it). */
static float percentile(const uint32_t histogram[256], size_t n, float percent)
{
    const double place = (double)percent / 100.0 * (double)(n - 1);
    const size_t below = (size_t)place;
    size_t seen = 0;
    int level = 0;

    for (; level < 256; level++) {
        seen += histogram[level];
        if (seen > below)
            break;
    }
    int next = level;
    while (seen <= below + 1 && next < 255)
        seen += histogram[++next];
    if (histogram[next] == 0)
        next = level;
    return (float)level + (float)(place - (double)below) * (float)(next - level);
}

static void stretch(uint8_t *grey, size_t n, const recto_linenet_config *c)
{
    uint32_t counts[4][256] = {{0}}; /* neighbours are often equal: four counters, no waiting */
    uint32_t histogram[256];
    uint8_t table[256];
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        counts[i % 4][grey[i]]++;
    for (int p = 0; p < 256; p++)
        histogram[p] = counts[0][p] + counts[1][p] + counts[2][p] + counts[3][p];
    const float low = percentile(histogram, n, c->percentile_low);
    const float high = percentile(histogram, n, c->percentile_high);
    const float span = fmaxf(c->min_span, high - low);
    for (int p = 0; p < 256; p++) {
        float v = ((float)p - low) * 255.0f / span;
        table[p] = (uint8_t)fminf(fmaxf(v, 0.0f), 255.0f);
        sum += (double)histogram[p] * (double)table[p];
    }
    if (sum / (double)n < (double)c->invert_below_mean)
        for (int p = 0; p < 256; p++)
            table[p] = (uint8_t)(255 - table[p]);
    for (size_t i = 0; i < n; i++)
        grey[i] = table[grey[i]];
}

/* Size of the line's image, 0 if there is nothing that could be read. */
static int image_width(const recto_linenet_config *c, const recto_image *page,
                       const recto_segment_line *line, float *scale_out)
{
    const float box_width = recto_rect_width(line->box);
    const float box_height = recto_rect_height(line->box);

    *scale_out = 1.0f;
    if (!isfinite(box_width) || !isfinite(box_height) || !isfinite(line->slope) ||
        box_width < 1.0f || box_height < 2.0f || page->width < 1 || page->height < 1)
        return 0;
    if (line->box.x1 <= 0.0f || line->box.y1 <= 0.0f || line->box.x0 >= (float)page->width ||
        line->box.y0 >= (float)page->height || box_height > 4.0f * (float)page->height)
        return 0;
    *scale_out = (float)c->height / box_height;
    float width = roundf(box_width * *scale_out);
    if (width > RECTO_LINENET_MAX_WIDTH)
        return 0;
    return width < 1.0f ? 1 : (int)width;
}

recto_status recto_linenet_crop_line(recto_linenet_crop *out, const recto_linenet_config *c,
                                     const recto_image *gray, const recto_segment_line *line,
                                     recto_arena *tmp, recto_error *err)
{
    float scale;
    const int width = image_width(c, gray, line, &scale);
    const int height = c->height;
    const float slope = line->slope > 0.1f ? 0.1f : line->slope < -0.1f ? -0.1f : line->slope;

    *out = (recto_linenet_crop){NULL, 0, 1.0f / scale};
    if (width == 0)
        return RECTO_OK;
    const float span_x = recto_rect_width(line->box) / (float)width;
    const int x0 = (int)floorf(line->box.x0);
    const int n_columns = (int)ceilf(line->box.x1) - x0;
    const int padded = width < MIN_WIDTH ? MIN_WIDTH : width;
    uint8_t *grey = recto_arena_array(tmp, (size_t)padded, (size_t)height);
    const recto_arena_mark mark = recto_arena_here(tmp);
    float *columns = recto_arena_array(tmp, (size_t)n_columns * (size_t)height, sizeof *columns);
    if (grey == NULL || columns == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "line image: out of memory");

    int step = BLOCK;
    while (step > 4 && 0.5f * (float)step * fabsf(slope) > MAX_SHEAR)
        step /= 4;
    const float middle = 0.5f * (line->box.x0 + line->box.x1);
    for (int at = 0; at < n_columns; at += step) {
        const int n = n_columns - at < step ? n_columns - at : step;
        const float x = (float)(x0 + at) + 0.5f * (float)n;
        down(columns + (size_t)at * (size_t)height, gray, x0 + at, n,
             line->box.y0 + slope * (x - middle), 1.0f / scale, height);
    }
    across(grey, columns, n_columns, x0, line->box.x0, span_x, width, height);
    recto_arena_reset(tmp, mark);
    stretch(grey, (size_t)width * (size_t)height, c);
    memset(grey + (size_t)width * (size_t)height, 255, (size_t)(padded - width) * (size_t)height);
    out->grey = grey;
    out->width = padded;
    out->px = span_x;
    return RECTO_OK;
}
