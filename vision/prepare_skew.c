/* How far the lines of text slope, and straightening.
 *
 * Finding: the pieces of ink that may be letters are counted row by row in narrow upright strips;
 * for a trial slope the strips are shifted against each other and added up.  Where the slope is
 * right, rows between the lines are empty and rows in the lines full: the score is the sum of
 * squared differences of neighbouring rows, which dark areas without lines do not raise.
 * Source: the idea of differences is from Postl (US patent 4,723,297, expired) and Bloomberg,
 * Kopec, Dasari, SPIE 2422 (1995).
 *
 * Straightening: a small rotation is done as a shear down (makes lines level) followed by a shear
 * along (makes verticals upright).  Each is an interpolation in one direction only, which the
 * vectoriser handles; against a true rotation the scale is off by the square of the angle, 0.8 % at
 * 5 degrees, which the affine states exactly. */
#include "vision/prepare_parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STRIP = 8,  /* px: at 7 degrees a line rises by one pixel inside a strip */
    STEPS = 35, /* coarse ones each way: up to 7 degrees */
    REACH = 10, /* fine ones each way around the best of them */
};
static const float COARSE_STEP = 0.0035f; /* 0.2 degrees */
static const float FINE_STEP = 0.0004f;   /* 0.023 degrees */
static const float SURE_RATIO = 2.0f;     /* best score against the typical: surely text lines */
static const float UNSURE_RATIO = 1.25f;  /* under it: no lines seen */
static const int SURE_LETTERS = 60;
static const int UNSURE_LETTERS = 8;

typedef struct strips {
    int n, length;   /* strips; rows each */
    uint8_t *count;  /* [n, length] px of ink in each row of the strip, 0..STRIP */
    float *offset;   /* [n] distance of the strip's middle from the page's */
    uint16_t *total; /* [length + 2 * margin] scratch: the rows added up */
    int margin;      /* rows that a strip may be shifted out of the page */
} strips;

static void count_across(strips *s, const recto_prepare_run *r, int y)
{
    for (int x = r->x0; x < r->x1;) {
        int strip = x / STRIP;
        int end = (strip + 1) * STRIP < r->x1 ? (strip + 1) * STRIP : r->x1;
        s->count[(size_t)strip * (size_t)s->length + (size_t)y] += (uint8_t)(end - x);
        x = end;
    }
}

static void count_down(strips *s, const recto_prepare_run *r, int y)
{
    uint8_t *count = s->count + (size_t)(y / STRIP) * (size_t)s->length;
    for (int x = r->x0; x < r->x1; x++)
        count[x]++;
}

static bool strips_make(strips *s, const recto_prepare_marks *m, bool down, recto_arena *tmp)
{
    int along = down ? m->height : m->width;
    s->n = along / STRIP + 1;
    s->length = down ? m->width : m->height;
    /* the middle of the last strip may lie half a strip outside */
    s->margin =
        (int)(0.5f * (float)(along + STRIP) * (STEPS * COARSE_STEP + REACH * FINE_STEP)) + 2;
    s->count = recto_arena_array(tmp, (size_t)s->n, (size_t)s->length);
    s->offset = recto_arena_array(tmp, (size_t)s->n, sizeof *s->offset);
    s->total = recto_arena_array(tmp, (size_t)s->length + 2 * (size_t)s->margin, sizeof *s->total);
    if (s->count == NULL || s->offset == NULL || s->total == NULL)
        return false;
    for (int i = 0; i < s->n; i++)
        s->offset[i] = ((float)i + 0.5f) * STRIP - 0.5f * (float)along;
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++) {
            const recto_prepare_run *r = &m->runs[i];
            if (!recto_prepare_marks_is_text(m, &m->marks[r->mark]))
                continue;
            if (down)
                count_down(s, r, y);
            else
                count_across(s, r, y);
        }
    return true;
}

/* Differences of pairs of rows, not of rows: at slope 0 the strips' shifts need no rounding, and
 * the sharper sum would draw small slopes to 0. */
static double score_at(strips *s, float slope)
{
    int n_total = s->length + 2 * s->margin;
    memset(s->total, 0, (size_t)n_total * sizeof *s->total);
    for (int i = 0; i < s->n; i++) {
        int shift = (int)lrintf(s->offset[i] * slope);
        uint16_t *total = s->total + s->margin - shift;
        const uint8_t *count = s->count + (size_t)i * (size_t)s->length;
        for (int y = 0; y < s->length; y++)
            total[y] = (uint16_t)(total[y] + count[y]);
    }
    int64_t sum = 0;
    for (int y = 3; y < n_total; y++) {
        int d = s->total[y] + s->total[y - 1] - s->total[y - 2] - s->total[y - 3];
        sum += (int64_t)d * d;
    }
    return (double)sum;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The slope of the best score to a fraction of a step: all good steps around it, weighted. */
static float refine(strips *s, float slope, double *best_out)
{
    double score[2 * REACH + 1];
    double best = 0;
    double worst = 1e300;
    for (int i = -REACH; i <= REACH; i++) {
        double v = score_at(s, slope + (float)i * FINE_STEP);
        score[i + REACH] = v;
        best = v > best ? v : best;
        worst = v < worst ? v : worst;
    }
    double sum = 0;
    double mean = 0;
    double level = worst + 0.7 * (best - worst); /* the top of the peak; it need not be symmetric */
    for (int i = -REACH; i <= REACH; i++) {
        double w = score[i + REACH] - level;
        if (w > 0) {
            sum += w;
            mean += w * i;
        }
    }
    *best_out = best;
    return sum > 0 ? slope + (float)(mean / sum) * FINE_STEP : slope;
}

static float ramp(float v, float low, float high)
{
    return v <= low ? 0 : v >= high ? 1 : (v - low) / (high - low);
}

recto_status recto_prepare_skew_find(recto_prepare_slope *out, const recto_prepare_marks *m,
                                     bool down, recto_arena *tmp, recto_error *err)
{
    double score[2 * STEPS + 1];
    strips s;
    recto_arena_mark mark = recto_arena_here(tmp);
    *out = (recto_prepare_slope){0};
    if (!strips_make(&s, m, down, tmp))
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    int best = 0;
    for (int i = -STEPS; i <= STEPS; i++) {
        score[i + STEPS] = score_at(&s, (float)i * COARSE_STEP);
        if (score[i + STEPS] > score[best + STEPS])
            best = i;
    }
    double sharpest;
    float slope = refine(&s, (float)best * COARSE_STEP, &sharpest);
    qsort(score, 2 * STEPS + 1, sizeof *score, by_value);
    float ratio = (float)(sharpest / (score[STEPS] + 1));
    out->slope = slope;
    out->strength = (float)sharpest;
    out->conf = ramp(ratio, UNSURE_RATIO, SURE_RATIO) *
                ramp((float)m->n_letters, (float)UNSURE_LETTERS, (float)SURE_LETTERS);
    if (best == -STEPS || best == STEPS) /* at the end of the range: not a peak */
        out->conf = 0;
    recto_arena_reset(tmp, mark);
    return RECTO_OK;
}

/* --- straightening ---------------------------------------------------------------------------- */

enum { EDGE = 32 }; /* px: the paper along the page's edges is sampled in squares of this side */

/* Brightness of the paper along one edge, for what lies beyond it: a high percentile of each
 * square, so that letters at the edge are not drawn out into stripes. */
static void edge_levels(uint8_t *level, int n, const recto_image *im, int x0, int y0, bool across)
{
    for (int i = 0; i < n; i++) {
        int count[256] = {0};
        int total = 0;
        int left = across ? i * EDGE : x0;
        int top = across ? y0 : i * EDGE;
        for (int y = top < 0 ? 0 : top; y < top + EDGE && y < im->height; y += 2)
            for (int x = left < 0 ? 0 : left; x < left + EDGE && x < im->width; x += 2, total++)
                count[im->px[(size_t)y * im->stride + (size_t)x]]++;
        int want = total / 4; /* from the bright end */
        int v = 255;
        while (v > 0 && (want -= count[v]) >= 0)
            v--;
        level[i] = (uint8_t)v;
    }
}

/* Columns that take the same pair of source rows. */
typedef struct shear_run {
    int x0, x1;
    int down; /* first of the two rows, from the row asked for */
} shear_run;

typedef struct shear {
    const recto_image *im;
    uint8_t *top, *bottom, *left, *right; /* paper beyond each edge, one value for EDGE px */
    uint8_t *row;                         /* [width + 1] one row between the two shears */
    shear_run *runs;
    int n_runs;
    uint16_t *part; /* [width] of the second of the two rows, in 1/256; the same in every row */
} shear;

/* row[x] for x0 <= x < x1 from the paper above or below the page. */
static void fill_beyond(uint8_t *row, const uint8_t *level, int x0, int x1)
{
    for (int x = x0; x < x1; x++)
        row[x] = level[x / EDGE];
}

/* out[i] = between a[i] and b[i], part[i] of b.  Lengths in locals and no pointers that may alias,
 * here and below, or nothing is vectorised. */
static void blend_each(uint8_t *restrict out, const uint8_t *restrict a, const uint8_t *restrict b,
                       const uint16_t *restrict part, int n)
{
    for (int i = 0; i < n; i++) {
        uint16_t p = part[i];
        uint16_t q = (uint16_t)(256 - p);
        out[i] = (uint8_t)((uint16_t)(a[i] * q + b[i] * p + 128) >> 8);
    }
}

static void blend(uint8_t *restrict out, const uint8_t *restrict a, const uint8_t *restrict b,
                  int n, int part)
{
    const uint16_t p = (uint16_t)part; /* of b, in 1/256 */
    const uint16_t q = (uint16_t)(256 - part);
    for (int i = 0; i < n; i++)
        out[i] = (uint8_t)((uint16_t)(a[i] * q + b[i] * p + 128) >> 8);
}

/* One row of the first shear: row[x] = im(x, y + down(x)), linear between rows. */
static void shear_down_row(const shear *s, int y)
{
    const recto_image *im = s->im;
    for (int i = 0; i < s->n_runs; i++) {
        const shear_run *r = &s->runs[i];
        int y0 = y + r->down;
        if (y0 < -1 || y0 >= im->height) {
            fill_beyond(s->row, y0 < 0 ? s->top : s->bottom, r->x0, r->x1);
            continue;
        }
        int first = y0 < 0 ? 0 : y0;
        int second = y0 + 1 < im->height ? y0 + 1 : y0;
        blend_each(s->row + r->x0, im->px + (size_t)first * im->stride + r->x0,
                   im->px + (size_t)second * im->stride + r->x0, s->part + r->x0, r->x1 - r->x0);
    }
}

/* out[x] = row(x + x_left), linear; beyond the row's ends the paper's level there. */
static void shear_along_row(uint8_t *out, int n_out, const uint8_t *row, int n_row, double x_left,
                            uint8_t left, uint8_t right)
{
    int shift = (int)floor(x_left);
    int part = (int)((x_left - shift) * 256);
    int from = shift < 0 ? -shift : 0;
    int to = n_row - 1 - shift < n_out ? n_row - 1 - shift : n_out;
    from = from < n_out ? from : n_out;
    to = to > from ? to : from;
    memset(out, left, (size_t)from);
    if (to > from)
        blend(out + from, row + from + shift, row + from + shift + 1, to - from, part);
    memset(out + to, right, (size_t)(n_out - to));
}

/* Where column x of row y comes from: row y + f + slope * x. */
static bool shear_plan(shear *s, int width, double slope, double f, recto_arena *tmp)
{
    size_t most = (size_t)(fabs(slope) * width) + 3;
    s->runs = recto_arena_array(tmp, most, sizeof *s->runs);
    s->part = recto_arena_array(tmp, (size_t)width, sizeof *s->part);
    s->n_runs = 0;
    if (s->runs == NULL || s->part == NULL)
        return false;
    for (int x = 0; x < width; x++) {
        double at = floor((f + slope * x) * 256 + 0.5);
        int down = (int)floor(at / 256);
        s->part[x] = (uint16_t)(at - 256.0 * down);
        if (s->n_runs == 0 || s->runs[s->n_runs - 1].down != down) {
            s->runs[s->n_runs++] = (shear_run){.x0 = x, .down = down};
        }
        s->runs[s->n_runs - 1].x1 = x + 1;
    }
    return true;
}

static bool shear_make(shear *s, const recto_image *im, recto_arena *tmp)
{
    int n_x = im->width / EDGE + 1;
    int n_y = im->height / EDGE + 1;
    s->im = im;
    s->top = recto_arena_alloc(tmp, (size_t)n_x);
    s->bottom = recto_arena_alloc(tmp, (size_t)n_x);
    s->left = recto_arena_alloc(tmp, (size_t)n_y);
    s->right = recto_arena_alloc(tmp, (size_t)n_y);
    s->row = recto_arena_alloc(tmp, (size_t)im->width + 1);
    if (s->top == NULL || s->bottom == NULL || s->left == NULL || s->right == NULL ||
        s->row == NULL)
        return false;
    edge_levels(s->top, n_x, im, 0, 0, true);
    edge_levels(s->bottom, n_x, im, 0, im->height - EDGE, true);
    edge_levels(s->left, n_y, im, 0, 0, false);
    edge_levels(s->right, n_y, im, im->width - EDGE, 0, false);
    return true;
}

/* With slope s:
 *
 *   first shear    mid(x, y) = im(x, y + s x + f)
 *   second shear   out(x, y) = mid(x - back y + e, y),   back = s / (1 + s s)
 *
 * since an upright of the page, x = c - s y in the input, is x = c' - back y after the first. */
recto_status recto_prepare_skew_level(recto_image **out, recto_affine *to_input,
                                      const recto_image *im, float slope, recto_arena *tmp,
                                      recto_error *err)
{
    double s = (double)slope;
    double back = s / (1 + s * s);
    double rise = s * (im->width - 1);
    int height = im->height + (int)ceil(fabs(rise));
    double widen = back * (height - 1);
    int width = im->width + (int)ceil(fabs(widen));
    double f = rise > 0 ? -rise : 0;  /* the first row shows the page's highest corner */
    double e = widen > 0 ? 0 : widen; /* the first column its leftmost one */
    recto_arena_mark mark = recto_arena_here(tmp);
    shear sh;
    *to_input = (recto_affine)RECTO_AFFINE_IDENTITY;
    *out = NULL;
    if (!shear_make(&sh, im, tmp) || !shear_plan(&sh, im->width, s, f, tmp))
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to straighten a page");
    recto_status st = recto_image_new(out, width, height, 1, err);
    if (st != RECTO_OK)
        return st;
    (*out)->dpi = im->dpi;
    for (int y = 0; y < height; y++) {
        int left_y = (int)fmin(fmax(y + f, 0), im->height - 1);
        int right_y = (int)fmin(fmax(y + f + rise, 0), im->height - 1);
        shear_down_row(&sh, y);
        sh.row[im->width] = sh.row[im->width - 1];
        shear_along_row((*out)->px + (size_t)y * (*out)->stride, width, sh.row, im->width + 1,
                        e - back * y, sh.left[left_y / EDGE], sh.right[right_y / EDGE]);
    }
    recto_arena_reset(tmp, mark);
    /* Pixel i has its middle at i + 0.5. */
    *to_input = (recto_affine){
        .a = 1,
        .b = (float)s,
        .c = (float)-back,
        .d = (float)(1 - s * back),
        .e = (float)(e + 0.5 - 0.5 * (1 - back)),
        .f = (float)(s * e + f + 0.5 - 0.5 * (s + 1 - s * back)),
    };
    return RECTO_OK;
}
