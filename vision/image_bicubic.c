/* Pillow's antialiased bicubic, to the byte.
 *
 * Two passes with 8-bit pixels between them.  Across comes before down, except where the height
 * loses more than twice as many pixels as the width does: so since Pillow 13.0; before it, across
 * was always first, and such pictures come out a few levels different in some pixels.  A pass whose
 * length does not change is left out.
 *
 * A weight is the cubic of a = -1/2, stretched when the picture shrinks, divided by the sum of the
 * weights that lie inside the picture, all in double in Pillow's order, and then rounded to 22 bits
 * after the point: from there on all is integer, so any order of the additions gives the same
 * bytes.
 *
 * Sums are kept modulo 2^32: they stay in range for every ordinary picture (sum of |weights| is
 * under 1.5 * 2^22, times 255), and a picture of millions of pixels a side, whose tiny weights
 * round badly, cannot reach undefined behaviour.
 * Source: Pillow 13.0.0, src/libImaging/Resample.c (what it computes). */
#include "vision/tiles.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRACTION_BITS = 22, /* 32 - 8 for the pixel - 2 for sign and overshoot */
    MAX_SIDE = 1 << 24, /* px; Pillow holds the box to resize in float32, exact up to here */
};

/* Which inputs, with which weights, make each output of one axis. */
typedef struct bicubic_axis {
    int n_out;
    int n_taps;      /* weights kept per output */
    int *first;      /* [n_out] first input */
    int *count;      /* [n_out] inputs, 1..n_taps */
    int32_t *weight; /* [n_out, n_taps], the rest of a row 0 */
} bicubic_axis;

static void axis_free(bicubic_axis *a)
{
    free(a->first);
    free(a->count);
    free(a->weight);
}

/* Keys' cubic with a = -1/2, support 2. */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1.0)
        return (1.5 * x - 2.5) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5;
    return 0.0;
}

/* Rounded half away from zero. */
static int32_t fixed(double w)
{
    const double scaled = w * (double)(1 << FRACTION_BITS);
    return (int32_t)(w < 0.0 ? scaled - 0.5 : scaled + 0.5);
}

static bool axis_make(bicubic_axis *a, int n_in, int n_out)
{
    const double scale = (double)n_in / n_out;
    const double stretch = scale < 1.0 ? 1.0 : scale;
    const double support = 2.0 * stretch;
    const double squeeze = 1.0 / stretch;
    double *w = NULL;

    a->n_out = n_out;
    a->n_taps = (int)ceil(support) * 2 + 1;
    a->first = calloc((size_t)n_out, sizeof *a->first);
    a->count = calloc((size_t)n_out, sizeof *a->count);
    a->weight = calloc((size_t)n_out * (size_t)a->n_taps, sizeof *a->weight);
    w = malloc((size_t)a->n_taps * sizeof *w);
    if (a->first == NULL || a->count == NULL || a->weight == NULL || w == NULL) {
        free(w);
        return false;
    }
    for (int i = 0; i < n_out; i++) {
        const double center = (i + 0.5) * scale;
        const int first = center - support + 0.5 < 0.0 ? 0 : (int)(center - support + 0.5);
        const int end = center + support + 0.5 > n_in ? n_in : (int)(center + support + 0.5);
        double sum = 0.0;
        for (int k = first; k < end; k++) {
            w[k - first] = cubic((k - center + 0.5) * squeeze);
            sum += w[k - first];
        }
        a->first[i] = first;
        a->count[i] = end - first;
        for (int k = 0; k < end - first; k++)
            a->weight[(size_t)i * (size_t)a->n_taps + (size_t)k] =
                fixed(sum != 0.0 ? w[k] / sum : w[k]);
    }
    free(w);
    return true;
}

/* A finished sum as a pixel. */
static uint8_t pixel(uint32_t sum)
{
    const int32_t v = (int32_t)sum >> FRACTION_BITS;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void row_across_1(uint8_t *restrict dst, const uint8_t *restrict src, const bicubic_axis *a)
{
    for (int x = 0; x < a->n_out; x++) {
        const int32_t *w = a->weight + (size_t)x * (size_t)a->n_taps;
        const uint8_t *from = src + a->first[x];
        uint32_t sum = 1u << (FRACTION_BITS - 1);
        for (int k = 0; k < a->count[x]; k++)
            sum += (uint32_t)w[k] * from[k];
        dst[x] = pixel(sum);
    }
}

static void row_across_3(uint8_t *restrict dst, const uint8_t *restrict src, const bicubic_axis *a)
{
    for (int x = 0; x < a->n_out; x++, dst += 3) {
        const int32_t *w = a->weight + (size_t)x * (size_t)a->n_taps;
        const uint8_t *from = src + 3 * (size_t)a->first[x];
        uint32_t red = 1u << (FRACTION_BITS - 1);
        uint32_t green = red;
        uint32_t blue = red;
        for (int k = 0; k < a->count[x]; k++, from += 3) {
            const uint32_t weight = (uint32_t)w[k];
            red += weight * from[0];
            green += weight * from[1];
            blue += weight * from[2];
        }
        dst[0] = pixel(red);
        dst[1] = pixel(green);
        dst[2] = pixel(blue);
    }
}

static recto_status no_memory(recto_image **out, recto_error *err)
{
    recto_image_free(*out);
    *out = NULL;
    return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to resize an image");
}

static recto_status across(recto_image **out, const recto_image *im, int width, recto_error *err)
{
    bicubic_axis a = {0};
    recto_status status = recto_image_new(out, width, im->height, im->channels, err);

    if (status == RECTO_OK && !axis_make(&a, im->width, width))
        status = no_memory(out, err);
    for (int y = 0; status == RECTO_OK && y < im->height; y++) {
        uint8_t *dst = (*out)->px + (size_t)y * (*out)->stride;
        const uint8_t *src = im->px + (size_t)y * im->stride;
        if (im->channels == 1)
            row_across_1(dst, src, &a);
        else
            row_across_3(dst, src, &a);
    }
    axis_free(&a);
    return status;
}

/* sum[n] += w * row[n] */
static void add_row(uint32_t *restrict sum, const uint8_t *restrict row, int32_t w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (uint32_t)w * row[i];
}

static recto_status down(recto_image **out, const recto_image *im, int height, recto_error *err)
{
    bicubic_axis a = {0};
    const size_t n = (size_t)im->width * (size_t)im->channels;
    uint32_t *sum = malloc(n * sizeof *sum);
    recto_status status = recto_image_new(out, im->width, height, im->channels, err);

    if (status == RECTO_OK && (sum == NULL || !axis_make(&a, im->height, height)))
        status = no_memory(out, err);
    for (int y = 0; status == RECTO_OK && y < height; y++) {
        const int32_t *w = a.weight + (size_t)y * (size_t)a.n_taps;
        const uint8_t *row = im->px + (size_t)a.first[y] * im->stride;
        uint8_t *dst = (*out)->px + (size_t)y * (*out)->stride;
        for (size_t i = 0; i < n; i++)
            sum[i] = 1u << (FRACTION_BITS - 1);
        for (int k = 0; k < a.count[y]; k++, row += im->stride)
            add_row(sum, row, w[k], n);
        for (size_t i = 0; i < n; i++)
            dst[i] = pixel(sum[i]);
    }
    axis_free(&a);
    free(sum);
    return status;
}

/* Whether the pass down comes first: Pillow 13's rule, counted in pixels. */
static bool is_down_first(const recto_image *im, int width, int height)
{
    const int less = im->height - height;
    return less > 0 && less > 2 * (im->width - width);
}

static recto_status both(recto_image **out, const recto_image *im, int width, int height,
                         recto_error *err)
{
    const bool down_first = is_down_first(im, width, height);
    recto_image *half = NULL;
    recto_status status = down_first ? down(&half, im, height, err) : across(&half, im, width, err);

    if (status == RECTO_OK)
        status = down_first ? across(out, half, width, err) : down(out, half, height, err);
    recto_image_free(half);
    return status;
}

static recto_status copy(recto_image **out, const recto_image *im, recto_error *err)
{
    recto_status status = recto_image_new(out, im->width, im->height, im->channels, err);
    for (int y = 0; status == RECTO_OK && y < im->height; y++)
        memcpy((*out)->px + (size_t)y * (*out)->stride, im->px + (size_t)y * im->stride,
               (size_t)im->width * (size_t)im->channels);
    return status;
}

recto_status recto_image_bicubic(recto_image **out, const recto_image *im, int width, int height,
                                 recto_error *err)
{
    recto_status status;

    *out = NULL;
    if (width < 1 || height < 1)
        return recto_error_set(err, RECTO_ERR_ARG, "image resized to %d x %d pixels", width,
                               height);
    if (width > MAX_SIDE || height > MAX_SIDE || im->width > MAX_SIDE || im->height > MAX_SIDE)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "image of %d x %d pixels resized to %d x %d: a side is over %d",
                               im->width, im->height, width, height, (int)MAX_SIDE);
    if (height != im->height && width != im->width)
        status = both(out, im, width, height, err);
    else if (height != im->height)
        status = down(out, im, height, err);
    else if (width != im->width)
        status = across(out, im, width, err);
    else
        status = copy(out, im, err);
    if (*out != NULL)
        (*out)->dpi = im->dpi;
    return status;
}
