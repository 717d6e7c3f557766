/* The paper's brightness and the ink threshold, on a coarse grid.
 *
 * Each tile (about 2.7 mm of an A4 page) gets a histogram; the 3 x 3 tiles around it are judged
 * together, so that a large letter does not fill the window.  Paper is a high percentile, ink a low
 * one.  Three things need care:
 *
 * - Dark objects (heading bars, photographs, the scanner's lid) are not paper: going from tile to
 *   tile the paper may darken only slowly, so a sharp drop is bridged and the object becomes ink,
 *   while the shadow of a book's spine is followed.
 * - Where a window holds no ink its darkest pixels are noise or the print of the other side: the
 *   threshold never comes closer to the paper than a share of the page's own contrast, or than
 *   several times the noise.
 * - Faint thin strokes, as thermal paper leaves them, stay over the threshold that suits their
 * darker neighbours: a pixel that is darker than both its sides is ink at a weaker threshold
 * already.
 *
 * Between tile middles thresholds are interpolated linearly.  All pixel loops are plain and without
 * branches, for the vectoriser. */
#include "vision/prepare_parts.h"
#include <math.h>
#include <string.h>

enum {
    BINS = 64, /* of 4 grey levels */
    MIN_TILE = 16,
    MAX_TILE = 96,
    SAMPLES = 16, /* pixels looked at along a tile's side, about */
};

/* All in grey levels or shares. */
#define PAPER_SHARE 0.72f                 /* percentile taken for paper */
#define INK_SHARE   0.02f                 /* percentile taken for ink */
static const float TILES_A_SIDE = 92;     /* tiles along the root of the page's area */
static const float MAX_DROP = 20;         /* paper may darken this much from tile to tile */
static const float NOISE_MARGIN = 5;      /* ink is this many deviations darker than paper */
static const float MIN_CONTRAST = 28;     /* less is no ink at all, but shading */
static const float UNKNOWN_CONTRAST = 60; /* assumed where there is no ink, at least */
static const float NOISE_DEPTH = 3.5f;    /* and so many deviations */
static const float CUT = 0.42f;           /* threshold: this share of the contrast under paper */
static const float LOCAL_FLOOR = 0.5f; /* local contrast counts at least this share of the page's */
static const float RIDGE = 0.16f;      /* share of the page's contrast */
static const float RIDGE_NOISE = 4;    /* deviations */
static const float MIN_RIDGE = 10;
static const float UNEVEN_RANGE = 18; /* paper varies more than this: flatten */

typedef struct histograms {
    uint16_t *bin;           /* [rows, cols, BINS] */
    uint32_t extreme, total; /* samples that are 0 or 255; all */
} histograms;

/* Four histograms in turn, so that an increment need not wait for the one before: neighbouring
 * pixels of paper fall into the same bin. */
static void count_tile(uint16_t *bin, histograms *h, const recto_image *im, int tx, int ty,
                       int tile)
{
    enum { LANES = 4 };
    uint16_t lane[LANES][BINS] = {{0}};
    int step = (tile + SAMPLES / 2) / SAMPLES;
    int x0 = tx * tile;
    int y0 = ty * tile;
    int x1 = x0 + tile < im->width ? x0 + tile : im->width;
    int y1 = y0 + tile < im->height ? y0 + tile : im->height;
    unsigned extreme = 0;
    for (int y = y0; y < y1; y += step) {
        const uint8_t *row = im->px + (size_t)y * im->stride;
        int k = 0;
        for (int x = x0; x < x1; x += step, k++) {
            uint8_t v = row[x];
            lane[k % LANES][v >> 2]++;
            extreme += (uint8_t)(v + 1) < 2;
        }
        h->total += (uint32_t)k;
    }
    h->extreme += extreme;
    for (int i = 0; i < BINS; i++)
        bin[i] = (uint16_t)(lane[0][i] + lane[1][i] + lane[2][i] + lane[3][i]);
}

/* Grey levels under which rising shares of the samples lie. */
static void percentiles(float *level, const uint32_t *bin, const float *share, int n)
{
    uint32_t total = 0;
    for (int i = 0; i < BINS; i++)
        total += bin[i];
    int at = 0;
    float below = 0;
    for (int i = 0; i < BINS && at < n; i++) {
        float here = (float)bin[i];
        while (at < n && here > 0 && below + here >= share[at] * (float)total) {
            level[at] = 4 * ((float)i + (share[at] * (float)total - below) / here);
            at++;
        }
        below += here;
    }
    for (; at < n; at++)
        level[at] = 255;
}

typedef struct window_stats {
    float *paper, *spread; /* [rows, cols] of the 3 x 3 tiles around each */
    float *contrast;       /* [rows, cols] paper minus ink in each tile alone */
    float *threshold;      /* [rows, cols] before smoothing */
} window_stats;

static void judge_window(window_stats *w, const histograms *h, const recto_prepare_ground *g,
                         int tx, int ty)
{
    uint32_t own[BINS];
    uint32_t sum[BINS] = {0};
    for (int y = ty > 0 ? ty - 1 : 0; y <= ty + 1 && y < g->rows; y++)
        for (int x = tx > 0 ? tx - 1 : 0; x <= tx + 1 && x < g->cols; x++) {
            const uint16_t *bin = h->bin + ((size_t)y * (size_t)g->cols + (size_t)x) * BINS;
            for (int i = 0; i < BINS; i++)
                sum[i] += bin[i];
        }
    size_t at = (size_t)ty * (size_t)g->cols + (size_t)tx;
    for (int i = 0; i < BINS; i++)
        own[i] = h->bin[at * BINS + (size_t)i];
    static const float own_share[2] = {INK_SHARE, PAPER_SHARE};
    static const float sum_share[3] = {0.6f, PAPER_SHARE, 0.9f};
    float level[3];
    percentiles(level, own, own_share, 2);
    w->contrast[at] = level[1] - level[0];
    percentiles(level, sum, sum_share, 3);
    w->paper[at] = level[1];
    w->spread[at] = level[2] - level[0];
}

/* paper[i] = max over all j of paper[j] - MAX_DROP * distance(i, j): two passes of a chamfer
 * distance. */
static void bridge_dark_objects(float *paper, int cols, int rows)
{
    const float slant = 1.414f * MAX_DROP;
    for (int pass = 0; pass < 2; pass++) {
        int dir = pass == 0 ? 1 : -1;
        for (int i = 0; i < rows * cols; i++) {
            int at = pass == 0 ? i : rows * cols - 1 - i;
            int x = at % cols;
            int y = at / cols;
            float best = paper[at];
            bool before = pass == 0 ? x > 0 : x < cols - 1;
            bool after = pass == 0 ? x < cols - 1 : x > 0;
            bool above = pass == 0 ? y > 0 : y < rows - 1;
            if (before)
                best = fmaxf(best, paper[at - dir] - MAX_DROP);
            if (above)
                best = fmaxf(best, paper[at - dir * cols] - MAX_DROP);
            if (above && before)
                best = fmaxf(best, paper[at - dir * cols - dir] - slant);
            if (above && after)
                best = fmaxf(best, paper[at - dir * cols + dir] - slant);
            paper[at] = best;
        }
    }
}

/* Value at a share of the sorted values; counts in whole grey levels.  Values under `least` do not
 * count; fallback if none does. */
static float share_of(const float *v, int n, float share, float least, float fallback)
{
    int count[257] = {0};
    int total = 0;
    for (int i = 0; i < n; i++)
        if (v[i] >= least) {
            count[v[i] > 255 ? 255 : v[i] < 0 ? 0 : (int)v[i]]++;
            total++;
        }
    int want = (int)(share * (float)total);
    for (int i = 0; i < 256 && total > 0; i++) {
        if (want < count[i])
            return (float)i + 0.5f;
        want -= count[i];
    }
    return fallback;
}

/* Mean and largest value of the 3 x 3 neighbours. */
typedef struct vicinity {
    float mean, most;
} vicinity;

static vicinity look_around(const float *v, int cols, int rows, int x, int y)
{
    vicinity a = {0, v[y * cols + x]};
    int n = 0;
    for (int j = y > 0 ? y - 1 : 0; j <= y + 1 && j < rows; j++)
        for (int i = x > 0 ? x - 1 : 0; i <= x + 1 && i < cols; i++, n++) {
            a.mean += v[j * cols + i];
            a.most = fmaxf(a.most, v[j * cols + i]);
        }
    a.mean /= (float)n;
    return a;
}

static uint8_t to_level(float v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5f);
}

/* Thresholds from the window statistics. */
static void choose_thresholds(recto_prepare_ground *g, window_stats *w)
{
    int n = g->cols * g->rows;
    g->noise = share_of(w->spread, n, 0.5f, 0, 0) / 1.03f; /* 60th to 90th percentile of a normal */
    bridge_dark_objects(w->paper, g->cols, g->rows);
    float least = fmaxf(MIN_CONTRAST, NOISE_MARGIN * g->noise);
    g->contrast = share_of(w->contrast, n, 0.7f, least, 0);
    float floor_contrast = fmaxf(g->contrast * LOCAL_FLOOR, NOISE_DEPTH * g->noise / CUT);
    for (int i = 0; i < n; i++) {
        float contrast = look_around(w->contrast, g->cols, g->rows, i % g->cols, i / g->cols).most;
        if (contrast < least)
            contrast = fmaxf(g->contrast, UNKNOWN_CONTRAST);
        w->threshold[i] = w->paper[i] - CUT * fmaxf(contrast, floor_contrast);
    }
    float low = share_of(w->paper, n, 0.05f, 0, 255);
    float high = share_of(w->paper, n, 0.95f, 0, 255);
    g->uneven = high - low > UNEVEN_RANGE;
    for (int i = 0; i < n; i++) {
        float t = look_around(w->threshold, g->cols, g->rows, i % g->cols, i / g->cols).mean;
        g->threshold[i] = to_level(t);
        g->paper[i] = to_level(w->paper[i]);
    }
}

recto_status recto_prepare_ground_measure(recto_prepare_ground *out, const recto_image *gray,
                                          recto_arena *tmp, recto_error *err)
{
    recto_prepare_ground g = {0};
    int tile = (int)(sqrt((double)gray->width * gray->height) / (double)TILES_A_SIDE);
    g.tile = tile < MIN_TILE ? MIN_TILE : tile > MAX_TILE ? MAX_TILE : tile;
    g.cols = (gray->width + g.tile - 1) / g.tile;
    g.rows = (gray->height + g.tile - 1) / g.tile;
    size_t n = (size_t)g.cols * (size_t)g.rows;
    histograms h = {.bin = recto_arena_array(tmp, n * BINS, sizeof *h.bin)};
    window_stats w = {
        .paper = recto_arena_array(tmp, n, sizeof *w.paper),
        .contrast = recto_arena_array(tmp, n, sizeof *w.contrast),
        .threshold = recto_arena_array(tmp, n, sizeof *w.threshold),
        .spread = recto_arena_array(tmp, n, sizeof *w.spread),
    };
    g.paper = recto_arena_alloc(tmp, n);
    g.threshold = recto_arena_alloc(tmp, n);
    if (h.bin == NULL || w.paper == NULL || w.contrast == NULL || w.threshold == NULL ||
        w.spread == NULL || g.paper == NULL || g.threshold == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    for (int y = 0; y < g.rows; y++)
        for (int x = 0; x < g.cols; x++)
            count_tile(h.bin + ((size_t)y * (size_t)g.cols + (size_t)x) * BINS, &h, gray, x, y,
                       g.tile);
    for (int y = 0; y < g.rows; y++)
        for (int x = 0; x < g.cols; x++)
            judge_window(&w, &h, &g, x, y);
    choose_thresholds(&g, &w);
    g.bilevel = h.extreme == h.total;
    if (g.bilevel) {
        memset(g.threshold, 128, n);
        g.contrast = 255;
        g.noise = 0;
        g.uneven = false;
    }
    *out = g;
    return RECTO_OK;
}

/* --- from the grid to pixels ------------------------------------------------------------------ */

/* out[x] = grid interpolated at pixel row y, in 1/256 grey level; nodes is scratch [cols + 2]. */
static void expand_row(uint16_t *out, int width, const uint8_t *grid, const recto_prepare_ground *g,
                       int y, int *nodes)
{
    int at = y - g->tile / 2;
    int r0 = at < 0 ? 0 : at / g->tile;
    int part = at < 0 ? 0 : at % g->tile; /* of tile rows r0 and r0 + 1 */
    int r1 = r0 + 1 < g->rows ? r0 + 1 : r0;
    for (int c = 0; c < g->cols; c++) {
        int a = grid[r0 * g->cols + c];
        int b = grid[r1 * g->cols + c];
        nodes[c + 1] = (a * (g->tile - part) + b * part) * 256 / g->tile;
    }
    nodes[0] = nodes[1];
    nodes[g->cols + 1] = nodes[g->cols];
    for (int c = 0; c <= g->cols; c++) { /* from the middle of tile c - 1 to that of c */
        int x0 = c * g->tile - g->tile / 2;
        int x1 = x0 + g->tile < width ? x0 + g->tile : width;
        int step = (nodes[c + 1] - nodes[c]) / g->tile;
        int from = x0 < 0 ? 0 : x0;
        for (int x = from; x < x1; x++)
            out[x] = (uint16_t)(nodes[c] + (x - x0) * step);
    }
}

enum {
    WEAK_PART = 100, /* of 256: how far a ridge's threshold lies from ink towards paper */
    SHARED_ROWS = 4, /* pixel rows that use one interpolated row: a threshold moves by 3 at most */
};

/* Thin faint strokes: pixels over the threshold that are darker by `step` than what lies `reach`
 * pixels to both sides, or above and below.  The flanks of bold strokes are not, so that letters do
 * not run together. */
typedef struct ridge {
    int reach; /* px; 0: do not look */
    int step;  /* grey levels */
} ridge;

static ridge choose_ridge(const recto_image *gray, const recto_prepare_ground *g)
{
    ridge r = {0, 0};
    if (g->bilevel)
        return r;
    r.reach = g->tile >= 28 ? 3 : 2;
    r.step = (int)fmaxf(RIDGE * g->contrast, fmaxf(RIDGE_NOISE * g->noise, MIN_RIDGE));
    if (gray->width < 4 * r.reach || gray->height < 4 * r.reach)
        r.reach = 0;
    return r;
}

static inline uint8_t min_u8(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

/* Bytes only, so that sixteen or more go at once. */
static void add_ridges(uint8_t *restrict dst, const recto_image *gray, int y,
                       const uint8_t *restrict weak, ridge r)
{
    const uint8_t *restrict row = gray->px + (size_t)y * gray->stride + r.reach;
    const uint8_t *restrict left = row - r.reach;
    const uint8_t *restrict right = row + r.reach;
    const uint8_t *restrict up = row - (size_t)r.reach * gray->stride;
    const uint8_t *restrict down = row + (size_t)r.reach * gray->stride;
    const uint8_t step = (uint8_t)r.step;
    const int n = gray->width - 2 * r.reach;
    dst += r.reach;
    weak += r.reach;
    for (int x = 0; x < n; x++) {
        uint8_t across = min_u8(left[x], right[x]);
        uint8_t along = min_u8(up[x], down[x]);
        uint8_t around = across > along ? across : along;
        uint8_t least = around > step ? around : step;
        uint8_t level = min_u8((uint8_t)(least - step), weak[x]);
        dst[x] = (uint8_t)(dst[x] | (row[x] < level));
    }
}

/* The loops over bytes: lengths in locals and no pointer that may alias, or nothing is vectorised.
 */
static void compare_row(uint8_t *restrict dst, const uint8_t *restrict src,
                        const uint8_t *restrict limit, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = src[x] < limit[x];
}

static void split_limits(uint8_t *restrict limit, uint8_t *restrict weak,
                         const uint16_t *restrict wide, const uint16_t *restrict paper, int n)
{
    for (int x = 0; x < n; x++) {
        limit[x] = (uint8_t)(wide[x] >> 8);
        weak[x] = (uint8_t)((wide[x] + ((paper[x] - wide[x]) * WEAK_PART >> 8)) >> 8);
    }
}

recto_status recto_prepare_ground_ink(recto_mask *ink, const recto_image *gray,
                                      const recto_prepare_ground *g, recto_arena *tmp,
                                      recto_error *err)
{
    size_t n = (size_t)gray->width;
    int *nodes = recto_arena_array(tmp, (size_t)g->cols + 2, sizeof *nodes);
    uint16_t *wide = recto_arena_array(tmp, n, sizeof *wide);
    uint16_t *paper = recto_arena_array(tmp, n, sizeof *paper);
    uint8_t *limit = recto_arena_alloc(tmp, n);
    uint8_t *weak = recto_arena_alloc(tmp, n);
    if (nodes == NULL || wide == NULL || paper == NULL || limit == NULL || weak == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    const ridge r = choose_ridge(gray, g);
    for (int y = 0; y < gray->height; y++) {
        const uint8_t *src = gray->px + (size_t)y * gray->stride;
        uint8_t *dst = ink->px + (size_t)y * ink->stride;
        if (y % SHARED_ROWS == 0) {
            expand_row(wide, gray->width, g->threshold, g, y, nodes);
            expand_row(paper, gray->width, g->paper, g, y, nodes);
            split_limits(limit, weak, wide, paper, gray->width);
        }
        compare_row(dst, src, limit, gray->width);
        if (r.reach > 0 && y >= r.reach && y < gray->height - r.reach)
            add_ridges(dst, gray, y, weak, r);
    }
    return RECTO_OK;
}

/* 12 bits of fraction; at most 15 times brighter. */
static void choose_gains(uint16_t *restrict gain, const uint16_t *restrict paper, int n)
{
    const float target = 235.0f * 256 * 4096; /* flat paper; leaves room for its grain */
    for (int x = 0; x < n; x++) {
        float v = target / ((float)paper[x] + 1);
        gain[x] = (uint16_t)(v > 61440.0f ? 61440.0f : v);
    }
}

static void apply_gains(uint8_t *restrict row, const uint16_t *restrict gain, int n)
{
    for (int x = 0; x < n; x++) {
        uint32_t v = (uint32_t)row[x] * gain[x] >> 12;
        row[x] = (uint8_t)(v > 255 ? 255 : v);
    }
}

recto_status recto_prepare_ground_flatten(recto_image *gray, const recto_prepare_ground *g,
                                          recto_arena *tmp, recto_error *err)
{
    int *nodes = recto_arena_array(tmp, (size_t)g->cols + 2, sizeof *nodes);
    uint16_t *paper = recto_arena_array(tmp, (size_t)gray->width, sizeof *paper);
    uint16_t *gain = recto_arena_array(tmp, (size_t)gray->width, sizeof *gain);
    if (nodes == NULL || paper == NULL || gain == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    for (int y = 0; y < gray->height; y++) {
        if (y % SHARED_ROWS == 0) {
            expand_row(paper, gray->width, g->paper, g, y, nodes);
            choose_gains(gain, paper, gray->width);
        }
        apply_gains(gray->px + (size_t)y * gray->stride, gain, gray->width);
    }
    return RECTO_OK;
}
