/* Images in memory: new, grey, turn, scale, and the last step of every file reader.
 *
 * All loops are plain C over rows so that the compiler vectorises them; turning by a quarter goes
 * in square blocks so that both sides stay in the cache. */
#include "vision/image.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_MAX_PIXELS = 200 * 1000 * 1000,
    TURN_BLOCK = 32, /* px; 32 x 32 grey bytes of both sides fit the first cache many times */
};

recto_status recto_image_new(recto_image **out, int width, int height, int channels,
                             recto_error *err)
{
    *out = NULL;
    if (width < 1 || height < 1 || (channels != 1 && channels != 3))
        return recto_error_set(err, RECTO_ERR_ARG, "image of %d x %d pixels, %d channels", width,
                               height, channels);
    if ((int64_t)width * height * channels > INT32_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "image of %d x %d pixels is over 2 GiB", width,
                               height);
    recto_image *im = calloc(1, sizeof *im);
    if (im == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for an image");
    im->width = width;
    im->height = height;
    im->channels = channels;
    im->stride = (size_t)width * (size_t)channels;
    im->px = malloc(im->stride * (size_t)height);
    if (im->px == NULL) {
        free(im);
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for an image of %d x %d pixels",
                               width, height);
    }
    *out = im;
    return RECTO_OK;
}

void recto_image_free(recto_image *im)
{
    if (im == NULL)
        return;
    free(im->px);
    free(im);
}

/* BT.601 in 1/256: 0.299 0.587 0.114 */
static void luma_row(uint8_t *restrict dst, const uint8_t *restrict src, int n)
{
    for (int x = 0; x < n; x++)
        dst[x] =
            (uint8_t)((77 * src[3 * x] + 150 * src[3 * x + 1] + 29 * src[3 * x + 2] + 128) >> 8);
}

recto_status recto_image_gray(recto_image **out, const recto_image *im, recto_error *err)
{
    recto_image *g;
    recto_status st = recto_image_new(&g, im->width, im->height, 1, err);
    *out = g;
    if (st != RECTO_OK)
        return st;
    g->dpi = im->dpi;
    for (int y = 0; y < im->height; y++) {
        const uint8_t *src = im->px + (size_t)y * im->stride;
        uint8_t *dst = g->px + (size_t)y * g->stride;
        if (im->channels == 1)
            memcpy(dst, src, (size_t)im->width);
        else
            luma_row(dst, src, im->width);
    }
    return RECTO_OK;
}

/* dst(x, y) = src(ox + ax*x + bx*y, oy + ay*x + by*y), all of them 0, 1 or -1 except the offsets.
 */
typedef struct turn_map {
    int ox, ax, bx;
    int oy, ay, by;
} turn_map;

static void turn_block(recto_image *dst, const recto_image *src, turn_map m, int x0, int y0)
{
    int x1 = x0 + TURN_BLOCK < dst->width ? x0 + TURN_BLOCK : dst->width;
    int y1 = y0 + TURN_BLOCK < dst->height ? y0 + TURN_BLOCK : dst->height;
    ptrdiff_t n = src->channels;
    ptrdiff_t step = m.ax * n + m.ay * (ptrdiff_t)src->stride;
    for (int y = y0; y < y1; y++) {
        ptrdiff_t sx = m.ox + m.ax * x0 + m.bx * y;
        ptrdiff_t sy = m.oy + m.ay * x0 + m.by * y;
        const uint8_t *s = src->px + sy * (ptrdiff_t)src->stride + sx * n;
        uint8_t *d = dst->px + (size_t)y * dst->stride + (size_t)x0 * (size_t)n;
        if (n == 1) {
            for (int x = 0; x < x1 - x0; x++)
                d[x] = s[x * step];
        } else {
            for (int x = 0; x < x1 - x0; x++)
                memcpy(d + 3 * x, s + x * step, 3);
        }
    }
}

static recto_status turn_mapped(recto_image **out, const recto_image *im, turn_map m,
                                recto_error *err)
{
    bool swap = m.ax == 0;
    recto_status st = recto_image_new(out, swap ? im->height : im->width,
                                      swap ? im->width : im->height, im->channels, err);
    if (st != RECTO_OK)
        return st;
    (*out)->dpi = im->dpi;
    for (int y = 0; y < (*out)->height; y += TURN_BLOCK)
        for (int x = 0; x < (*out)->width; x += TURN_BLOCK)
            turn_block(*out, im, m, x, y);
    return RECTO_OK;
}

/* The map for an EXIF orientation: what has to be done to a picture stored that way. */
static turn_map orientation_map(int orientation, int width, int height)
{
    int w = width - 1;
    int h = height - 1;
    switch (orientation) {
    case 2: /* mirrored left to right */
        return (turn_map){w, -1, 0, 0, 0, 1};
    case 3: /* upside down */
        return (turn_map){w, -1, 0, h, 0, -1};
    case 4: /* mirrored top to bottom */
        return (turn_map){0, 1, 0, h, 0, -1};
    case 5: /* transposed */
        return (turn_map){0, 0, 1, 0, 1, 0};
    case 6: /* to be turned clockwise */
        return (turn_map){0, 0, 1, h, -1, 0};
    case 7: /* transposed over the other diagonal */
        return (turn_map){w, 0, -1, h, -1, 0};
    case 8: /* to be turned anticlockwise */
        return (turn_map){w, 0, -1, 0, 1, 0};
    default:
        return (turn_map){0, 1, 0, 0, 0, 1};
    }
}

recto_status recto_image_turn(recto_image **out, const recto_image *im, int turn_deg,
                              recto_error *err)
{
    static const int orientation_of[4] = {1, 6, 3, 8};
    *out = NULL;
    if (turn_deg < 0 || turn_deg > 270 || turn_deg % 90 != 0)
        return recto_error_set(err, RECTO_ERR_ARG, "cannot turn an image by %d degrees", turn_deg);
    turn_map m = orientation_map(orientation_of[turn_deg / 90], im->width, im->height);
    return turn_mapped(out, im, m, err);
}

/* --- scaling ---------------------------------------------------------------------------------- */

/* Which source pixels make up each target pixel on one axis, with weights in 1/256 that sum to 256.
 * Shrinking takes the mean of the span covered, growing takes two neighbours. */
typedef struct scale_axis {
    int *first;       /* [n] */
    uint16_t *weight; /* [n, n_taps] */
    int n_taps;
} scale_axis;

static void scale_axis_free(scale_axis *a)
{
    free(a->first);
    free(a->weight);
}

/* Weights of target pixel i: proportional to w[], made to sum to 256 by giving the rest to the
 * largest. */
static void scale_round(uint16_t *out, const float *w, int n)
{
    float sum = 0;
    for (int k = 0; k < n; k++)
        sum += w[k];
    int left = 256;
    int best = 0;
    for (int k = 0; k < n; k++) {
        out[k] = (uint16_t)(256.0f * w[k] / sum + 0.5f);
        left -= out[k];
        if (w[k] > w[best])
            best = k;
    }
    out[best] = (uint16_t)(out[best] + left);
}

static bool scale_axis_make(scale_axis *a, int n_in, int n_out)
{
    double ratio = (double)n_in / n_out;
    double reach = ratio > 1 ? ratio / 2 : 1; /* half of the support: box or tent */
    a->n_taps = (int)ceil(2 * reach) + 1;
    if (a->n_taps > n_in)
        a->n_taps = n_in;
    a->first = malloc((size_t)n_out * sizeof *a->first);
    a->weight = malloc((size_t)n_out * (size_t)a->n_taps * sizeof *a->weight);
    float *w = malloc((size_t)a->n_taps * sizeof *w);
    bool ok = a->first != NULL && a->weight != NULL && w != NULL;
    for (int i = 0; ok && i < n_out; i++) {
        double mid = (i + 0.5) * ratio;
        int first = (int)floor(mid - reach);
        first = first < 0 ? 0 : first > n_in - a->n_taps ? n_in - a->n_taps : first;
        float sum = 0;
        for (int k = 0; k < a->n_taps; k++) {
            double at = first + k + 0.5;
            double cover = ratio > 1 ? fmin(at + 0.5, mid + reach) - fmax(at - 0.5, mid - reach)
                                     : 1 - fabs(at - mid);
            w[k] = (float)fmax(cover, 0);
            sum += w[k];
        }
        if (sum <= 0) /* growing past the first or last centre: the edge pixel itself */
            w[mid < n_in / 2.0 ? 0 : a->n_taps - 1] = 1;
        a->first[i] = first;
        scale_round(a->weight + (size_t)i * (size_t)a->n_taps, w, a->n_taps);
    }
    free(w);
    return ok;
}

/* One source row to out_width pixels. */
static void scale_row(uint8_t *dst, const uint8_t *src, const scale_axis *a, int n_out,
                      int channels)
{
    for (int i = 0; i < n_out; i++) {
        const uint16_t *w = a->weight + (size_t)i * (size_t)a->n_taps;
        const uint8_t *s = src + (ptrdiff_t)a->first[i] * channels;
        for (int c = 0; c < channels; c++) {
            int sum = 128;
            for (int k = 0; k < a->n_taps; k++)
                sum += w[k] * s[k * channels + c];
            dst[i * channels + c] = (uint8_t)(sum >> 8);
        }
    }
}

/* Vertical pass first, row by row into an accumulator, so that only one row is held besides the
 * result. */
static recto_status scale_rows(recto_image *dst, const recto_image *im, const scale_axis *ax,
                               const scale_axis *ay, recto_error *err)
{
    size_t n = (size_t)im->width * (size_t)im->channels;
    uint32_t *sum = malloc(n * sizeof *sum);
    uint8_t *row = malloc(n);
    bool ok = sum != NULL && row != NULL;
    for (int y = 0; ok && y < dst->height; y++) {
        const uint16_t *w = ay->weight + (size_t)y * (size_t)ay->n_taps;
        for (size_t i = 0; i < n; i++)
            sum[i] = 128;
        for (int k = 0; k < ay->n_taps; k++) {
            const uint8_t *src = im->px + (size_t)(ay->first[y] + k) * im->stride;
            uint32_t wk = w[k];
            for (size_t i = 0; wk != 0 && i < n; i++)
                sum[i] += wk * src[i];
        }
        for (size_t i = 0; i < n; i++)
            row[i] = (uint8_t)(sum[i] >> 8);
        uint8_t *out = dst->px + (size_t)y * dst->stride;
        if (dst->width == im->width)
            memcpy(out, row, n);
        else
            scale_row(out, row, ax, dst->width, im->channels);
    }
    free(sum);
    free(row);
    return ok ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "no memory to scale an image");
}

recto_status recto_image_scale(recto_image **out, const recto_image *im, int width, int height,
                               recto_error *err)
{
    recto_status st = recto_image_new(out, width, height, im->channels, err);
    if (st != RECTO_OK)
        return st;
    scale_axis ax = {0};
    scale_axis ay = {0};
    (*out)->dpi = im->dpi;
    if (scale_axis_make(&ax, im->width, width) && scale_axis_make(&ay, im->height, height))
        st = scale_rows(*out, im, &ax, &ay, err);
    else
        st = recto_error_set(err, RECTO_ERR_NOMEM, "no memory to scale an image");
    scale_axis_free(&ax);
    scale_axis_free(&ay);
    if (st != RECTO_OK) {
        recto_image_free(*out);
        *out = NULL;
    }
    return st;
}

/* --- what all readers share ------------------------------------------------------------------- */

recto_status recto_image_check_size(const char *format, int64_t width, int64_t height,
                                    int64_t max_pixels, recto_error *err)
{
    if (max_pixels <= 0)
        max_pixels = DEFAULT_MAX_PIXELS;
    if (width < 1 || height < 1)
        return recto_error_set(err, RECTO_ERR_FORMAT, "%s: %lld x %lld pixels is no image", format,
                               (long long)width, (long long)height);
    if (width > INT32_MAX / 4 || height > INT32_MAX / 4 || width > max_pixels / height)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "%s: %lldx%lld pixels is over the limit of %lld", format,
                               (long long)width, (long long)height, (long long)max_pixels);
    return RECTO_OK;
}

/* The resolution if it can be meant, else 0. */
static float plausible_dpi(float dpi, int width, int height)
{
    const float max_short_in = 14.0f; /* A3 is 11.7 x 16.5 inches */
    const float max_long_in = 20.0f;
    float short_px = (float)(width < height ? width : height);
    float long_px = (float)(width < height ? height : width);
    if (!(dpi >= 40.0f && dpi <= 4800.0f))
        return 0;
    bool large = short_px > max_short_in * dpi || long_px > max_long_in * dpi;
    return large && dpi < 150.0f ? 0 : dpi;
}

static recto_status make_square(recto_image **im, float dpi_x, float dpi_y, recto_error *err)
{
    const float tolerance = 1.06f; /* a fax at 204 x 196 dpi stays as it is */
    const float max_ratio = 3.0f;  /* beyond it the file is wrong, not the pixels oblong */
    float ratio = dpi_x / dpi_y;
    if (!(ratio > 1 / max_ratio && ratio < max_ratio) ||
        (ratio < tolerance && ratio > 1 / tolerance))
        return RECTO_OK;
    float grow_w = ratio < 1 ? 1 / ratio : 1;
    float grow_h = ratio > 1 ? ratio : 1;
    recto_image *square;
    recto_status st = recto_image_scale(&square, *im, (int)lroundf((float)(*im)->width * grow_w),
                                        (int)lroundf((float)(*im)->height * grow_h), err);
    if (st != RECTO_OK)
        return st;
    recto_image_free(*im);
    *im = square;
    return RECTO_OK;
}

recto_status recto_image_settle(recto_image **im, int orientation, float dpi_x, float dpi_y,
                                recto_error *err)
{
    recto_status st = RECTO_OK;
    if (dpi_x > 0 && dpi_y > 0)
        st = make_square(im, dpi_x, dpi_y, err);
    if (st != RECTO_OK)
        return st;
    (*im)->dpi = plausible_dpi(dpi_x > dpi_y ? dpi_x : dpi_y, (*im)->width, (*im)->height);
    if (orientation < 2 || orientation > 8)
        return RECTO_OK;
    recto_image *turned;
    st = turn_mapped(&turned, *im, orientation_map(orientation, (*im)->width, (*im)->height), err);
    if (st != RECTO_OK)
        return st;
    recto_image_free(*im);
    *im = turned;
    return RECTO_OK;
}
