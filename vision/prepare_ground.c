/* The paper's brightness and the ink threshold, on a coarse grid.
 *
 * Each tile (about 2.7 mm of an A4 page) gets a histogram; the 3 x 3 tiles around it are judged
 * together, so that a large letter does not fill the window.  Paper is a high percentile, ink a low
 * one.  Two things need care:
 *
 * - Dark objects (heading bars, photographs, the scanner's lid) are not paper: going from tile to
 *   tile the paper may darken only slowly, so a sharp drop is bridged and the object becomes ink,
 *   while the shadow of a book's spine is followed.
 * - Where a window holds no ink its darkest pixels are noise or the print of the other side: the
 *   threshold never comes closer to the paper than a share of the page's own contrast, or than
 *   several times the noise.
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
    SAMPLES = 16, /* pixels looked at along a tile's side */
};

/* All in grey levels or shares. */
static const float TILES_A_SIDE = 92;   /* tiles along the root of the page's area */
static const float PAPER_SHARE = 0.72f; /* percentile taken for paper */
static const float INK_SHARE = 0.012f;  /* percentile taken for ink */
static const float MAX_DROP = 20;       /* paper may darken this much from tile to tile */
static const float NOISE_MARGIN = 5;    /* ink is this many deviations darker than paper */
static const float MIN_CONTRAST = 14;   /* less is no ink at all */
static const float CUT = 0.42f;         /* threshold: this share of the contrast under paper */
static const float LOCAL_FLOOR = 0.5f; /* local contrast counts at least this share of the page's */
static const float UNEVEN_RANGE = 18;  /* paper varies more than this: flatten */

typedef struct histograms {
    uint16_t *bin;           /* [rows, cols, BINS] */
    uint32_t extreme, total; /* samples that are 0 or 255; all */
} histograms;

static void count_tile(uint16_t *bin, histograms *h, const recto_image *im, int tx, int ty,
                       int tile)
{
    int step = tile / SAMPLES;
    int x0 = tx * tile;
    int y0 = ty * tile;
    int x1 = x0 + tile < im->width ? x0 + tile : im->width;
    int y1 = y0 + tile < im->height ? y0 + tile : im->height;
    for (int y = y0; y < y1; y += step) {
        const uint8_t *row = im->px + (size_t)y * im->stride;
        for (int x = x0; x < x1; x += step) {
            uint8_t v = row[x];
            bin[v >> 2]++;
            h->extreme += (uint8_t)(v + 1) < 2;
            h->total++;
        }
    }
}

/* Grey level under which a share of the samples lies. */
static float percentile(const uint32_t *bin, float share)
{
    uint32_t total = 0;
    for (int i = 0; i < BINS; i++)
        total += bin[i];
    float want = share * (float)total;
    float below = 0;
    for (int i = 0; i < BINS; i++) {
        float n = (float)bin[i];
        if (below + n >= want && n > 0)
            return 4 * ((float)i + (want - below) / n);
        below += n;
    }
    return 255;
}

typedef struct window_stats {
    float *paper, *ink, *spread; /* [rows, cols] */
} window_stats;

static void judge_window(window_stats *w, const histograms *h, const recto_prepare_ground *g,
                         int tx, int ty)
{
    uint32_t sum[BINS] = {0};
    for (int y = ty > 0 ? ty - 1 : 0; y <= ty + 1 && y < g->rows; y++)
        for (int x = tx > 0 ? tx - 1 : 0; x <= tx + 1 && x < g->cols; x++) {
            const uint16_t *bin = h->bin + ((size_t)y * (size_t)g->cols + (size_t)x) * BINS;
            for (int i = 0; i < BINS; i++)
                sum[i] += bin[i];
        }
    size_t at = (size_t)ty * (size_t)g->cols + (size_t)tx;
    w->paper[at] = percentile(sum, PAPER_SHARE);
    w->ink[at] = percentile(sum, INK_SHARE);
    w->spread[at] = percentile(sum, 0.9f) - percentile(sum, 0.6f);
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

/* Mean of the 3 x 3 neighbours. */
static void smooth(float *out, const float *in, int cols, int rows)
{
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < cols; x++) {
            float sum = 0;
            int n = 0;
            for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < rows; v++)
                for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < cols; u++, n++)
                    sum += in[v * cols + u];
            out[y * cols + x] = sum / (float)n;
        }
}

static uint8_t to_level(float v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5f);
}

/* Thresholds from the window statistics; scratch holds as many floats as there are tiles. */
static void choose_thresholds(recto_prepare_ground *g, window_stats *w, float *scratch)
{
    int n = g->cols * g->rows;
    g->noise = share_of(w->spread, n, 0.5f, 0, 0) / 1.03f; /* 60th to 90th percentile of a normal */
    bridge_dark_objects(w->paper, g->cols, g->rows);
    float least = fmaxf(MIN_CONTRAST, NOISE_MARGIN * g->noise);
    for (int i = 0; i < n; i++)
        scratch[i] = w->paper[i] - w->ink[i];
    g->contrast = share_of(scratch, n, 0.7f, least, 0);
    float floor_contrast = fmaxf(g->contrast * LOCAL_FLOOR, least / (2 * CUT));
    for (int i = 0; i < n; i++) {
        bool has_ink = scratch[i] >= least;
        float contrast = has_ink ? scratch[i] : g->contrast;
        w->ink[i] = w->paper[i] - CUT * fmaxf(contrast, floor_contrast);
    }
    smooth(scratch, w->ink, g->cols, g->rows);
    float low = share_of(w->paper, n, 0.05f, 0, 255);
    float high = share_of(w->paper, n, 0.95f, 0, 255);
    g->uneven = high - low > UNEVEN_RANGE;
    for (int i = 0; i < n; i++) {
        g->threshold[i] = to_level(scratch[i]);
        g->paper[i] = to_level(w->paper[i]);
    }
}

recto_status recto_prepare_ground_measure(recto_prepare_ground *out, const recto_image *gray,
                                          recto_arena *tmp, recto_error *err)
{
    recto_prepare_ground g = {0};
    int tile = (int)(sqrt((double)gray->width * gray->height) / (double)TILES_A_SIDE);
    tile = tile / SAMPLES * SAMPLES;
    g.tile = tile < MIN_TILE ? MIN_TILE : tile > MAX_TILE ? MAX_TILE : tile;
    g.cols = (gray->width + g.tile - 1) / g.tile;
    g.rows = (gray->height + g.tile - 1) / g.tile;
    size_t n = (size_t)g.cols * (size_t)g.rows;
    histograms h = {.bin = recto_arena_array(tmp, n * BINS, sizeof *h.bin)};
    window_stats w = {
        .paper = recto_arena_array(tmp, n, sizeof *w.paper),
        .ink = recto_arena_array(tmp, n, sizeof *w.ink),
        .spread = recto_arena_array(tmp, n, sizeof *w.spread),
    };
    float *scratch = recto_arena_array(tmp, n, sizeof *scratch);
    g.paper = recto_arena_alloc(tmp, n);
    g.threshold = recto_arena_alloc(tmp, n);
    if (h.bin == NULL || w.paper == NULL || w.ink == NULL || w.spread == NULL || scratch == NULL ||
        g.paper == NULL || g.threshold == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    for (int y = 0; y < g.rows; y++)
        for (int x = 0; x < g.cols; x++)
            count_tile(h.bin + ((size_t)y * (size_t)g.cols + (size_t)x) * BINS, &h, gray, x, y,
                       g.tile);
    for (int y = 0; y < g.rows; y++)
        for (int x = 0; x < g.cols; x++)
            judge_window(&w, &h, &g, x, y);
    choose_thresholds(&g, &w, scratch);
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
    SHARED_ROWS = 4, /* pixel rows that use one interpolated row: a threshold moves by 3 at most */
};

recto_status recto_prepare_ground_ink(recto_mask *ink, const recto_image *gray,
                                      const recto_prepare_ground *g, recto_arena *tmp,
                                      recto_error *err)
{
    int *nodes = recto_arena_array(tmp, (size_t)g->cols + 2, sizeof *nodes);
    uint16_t *wide = recto_arena_array(tmp, (size_t)gray->width, sizeof *wide);
    uint8_t *limit = recto_arena_alloc(tmp, (size_t)gray->width);
    if (nodes == NULL || wide == NULL || limit == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    for (int y = 0; y < gray->height; y++) {
        const uint8_t *src = gray->px + (size_t)y * gray->stride;
        uint8_t *dst = ink->px + (size_t)y * ink->stride;
        if (y % SHARED_ROWS == 0) {
            expand_row(wide, gray->width, g->threshold, g, y, nodes);
            for (int x = 0; x < gray->width; x++)
                limit[x] = (uint8_t)(wide[x] >> 8);
        }
        for (int x = 0; x < gray->width; x++)
            dst[x] = src[x] < limit[x];
    }
    return RECTO_OK;
}

recto_status recto_prepare_ground_flatten(recto_image *gray, const recto_prepare_ground *g,
                                          recto_arena *tmp, recto_error *err)
{
    const uint32_t target = 235; /* brightness of flat paper; leaves room for its grain */
    int *nodes = recto_arena_array(tmp, (size_t)g->cols + 2, sizeof *nodes);
    uint16_t *paper = recto_arena_array(tmp, (size_t)gray->width, sizeof *paper);
    uint16_t *gain = recto_arena_array(tmp, (size_t)gray->width, sizeof *gain);
    if (nodes == NULL || paper == NULL || gain == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    for (int y = 0; y < gray->height; y++) {
        uint8_t *row = gray->px + (size_t)y * gray->stride;
        if (y % SHARED_ROWS == 0) {
            expand_row(paper, gray->width, g->paper, g, y, nodes);
            for (int x = 0; x < gray->width; x++) { /* in 1/4096, at most 15 times brighter */
                uint32_t gain_x = (target << 20) / (paper[x] + 1u);
                gain[x] = (uint16_t)(gain_x > 61440 ? 61440 : gain_x);
            }
        }
        for (int x = 0; x < gray->width; x++) {
            uint32_t v = (uint32_t)row[x] * gain[x] >> 12;
            row[x] = (uint8_t)(v > 255 ? 255 : v);
        }
    }
    return RECTO_OK;
}
