/* Page preparation: the order of the steps. */
#include "vision/prepare.h"
#include "vision/prepare_parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The copy that decisions are made on. */
enum {
    DECIDE_PIXELS = 2600000, /* about this many; A4 at 170 px per inch */
    DECIDE_DPI = 140,        /* and not much finer than this where the resolution is known */
    DECIDE_LEAST = 1500000,  /* pixels, lest a wrong resolution leaves too few */
};
static const float MIN_SLOPE = 0.002f; /* 0.11 degrees: less is left to the line reader */
static const float SURE = 0.5f;

void recto_prepared_free(recto_prepared *p)
{
    if (p == NULL)
        return;
    recto_image_free(p->gray);
    if (p->ink != NULL)
        free(p->ink->px);
    free(p->ink);
    free(p);
}

static recto_status mask_new(recto_mask **out, int width, int height, recto_error *err)
{
    recto_mask *m = calloc(1, sizeof *m);
    *out = m;
    if (m != NULL) {
        m->width = width;
        m->height = height;
        m->stride = (size_t)width;
        m->px = malloc((size_t)width * (size_t)height);
    }
    if (m != NULL && m->px != NULL)
        return RECTO_OK;
    free(m);
    *out = NULL;
    return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
}

static void mask_free(recto_mask *m)
{
    if (m != NULL)
        free(m->px);
    free(m);
}

static void halve_row(uint8_t *restrict dst, const uint8_t *restrict a, const uint8_t *restrict b,
                      int n)
{
    for (int x = 0; x < n; x++)
        dst[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
}

/* Mean of n x n pixels each. */
static recto_status shrink(recto_image **out, const recto_image *im, int n, recto_error *err)
{
    int w = im->width / n > 0 ? im->width / n : 1;
    int h = im->height / n > 0 ? im->height / n : 1;
    if (n != 2 || im->width < 2 || im->height < 2)
        return recto_image_scale(out, im, w, h, err);
    recto_status st = recto_image_new(out, w, h, 1, err);
    for (int y = 0; st == RECTO_OK && y < h; y++) {
        const uint8_t *a = im->px + (size_t)(2 * y) * im->stride;
        halve_row((*out)->px + (size_t)y * (*out)->stride, a, a + im->stride, w);
    }
    return st;
}

/* How many pixels of the page's side go into one of the small copy's. */
static int shrink_factor(const recto_image *gray)
{
    double n_px = (double)gray->width * gray->height;
    int n = (int)lround(sqrt(n_px / DECIDE_PIXELS));
    int by_dpi = (int)(gray->dpi / DECIDE_DPI);
    while (by_dpi > n && n_px / by_dpi / by_dpi < DECIDE_LEAST)
        by_dpi--;
    return by_dpi > n ? by_dpi : n;
}

/* Turn and slope, on a small copy. */
static recto_status decide(recto_prepare_way *way, const recto_image *gray,
                           const recto_prepare_options *opt, recto_arena *tmp, recto_error *err)
{
    int n = shrink_factor(gray);
    recto_image *small = NULL;
    recto_mask *ink = NULL;
    recto_prepare_ground ground;
    recto_prepare_marks marks = {0};
    recto_status st = RECTO_OK;
    if (n > 1)
        st = shrink(&small, gray, n, err);
    const recto_image *im = small != NULL ? small : gray;
    if (st == RECTO_OK)
        st = recto_prepare_ground_measure(&ground, im, tmp, err);
    if (st == RECTO_OK)
        st = mask_new(&ink, im->width, im->height, err);
    if (st == RECTO_OK)
        st = recto_prepare_ground_ink(ink, im, &ground, tmp, err);
    if (st == RECTO_OK)
        st = recto_prepare_marks_find(&marks, ink, err);
    if (st == RECTO_OK)
        st = recto_prepare_marks_text_only(ink, &marks, tmp, err);
    if (st == RECTO_OK)
        st = recto_prepare_turn_find(way, &marks, ink, opt->orient, tmp, err);
    recto_prepare_marks_free(&marks);
    mask_free(ink);
    recto_image_free(small);
    return st;
}

static recto_affine unturn(int turn_deg, float width, float height)
{
    switch (turn_deg) {
    case 90:
        return (recto_affine){0, -1, 1, 0, 0, height};
    case 180:
        return (recto_affine){-1, 0, 0, -1, width, height};
    case 270:
        return (recto_affine){0, 1, -1, 0, width, 0};
    default:
        return (recto_affine)RECTO_AFFINE_IDENTITY;
    }
}

/* The page turned and straightened as decided. */
static recto_status straighten(recto_prepared *p, const recto_image *gray,
                               const recto_prepare_way *way, const recto_prepare_options *opt,
                               recto_arena *tmp, recto_error *err)
{
    recto_status st;
    recto_image *turned = NULL;
    const recto_image *im = gray;
    p->to_input = unturn(way->turn_deg, (float)gray->width, (float)gray->height);
    p->turned_deg = way->turn_deg;
    p->turned_conf = way->conf;
    p->upside_down_unsure = way->upside_down_unsure;
    p->skew_conf = way->slope.conf;
    bool level = opt->deskew && way->slope.conf >= SURE && fabsf(way->slope.slope) >= MIN_SLOPE;
    if (way->turn_deg != 0) {
        st = recto_image_turn(&turned, gray, way->turn_deg, err);
        if (st != RECTO_OK)
            return st;
        im = turned;
    }
    if (!level) {
        if (turned == NULL)
            return recto_image_gray(&p->gray, gray, err);
        p->gray = turned;
        return RECTO_OK;
    }
    recto_affine unshear;
    st = recto_prepare_skew_level(&p->gray, &unshear, im, way->slope.slope, tmp, err);
    recto_image_free(turned);
    if (st != RECTO_OK)
        return st;
    p->skew_deg = atanf(way->slope.slope) * 57.29578f;
    p->to_input = recto_affine_then(unshear, p->to_input);
    return RECTO_OK;
}

/* The resolution of a page that does not state it: from its size if that is a usual sheet at a
 * usual resolution, else from the height of its letters. */
static float guess_dpi(const recto_image *im, const recto_prepare_marks *m)
{
    static const float usual_dpi[] = {300, 200, 150, 600, 400, 240, 100, 72};
    static const float sheet_in[][2] = {{8.27f, 11.69f}, {8.5f, 11}, {8.5f, 14}, {5.83f, 8.27f}};
    const float tolerance = 0.015f;
    const float letter_mm = 2.1f; /* between x-height and capitals of 10 to 11 point */
    float w = (float)(im->width < im->height ? im->width : im->height);
    float h = (float)(im->width < im->height ? im->height : im->width);
    for (size_t d = 0; d < sizeof usual_dpi / sizeof *usual_dpi; d++)
        for (size_t k = 0; k < sizeof sheet_in / sizeof *sheet_in; k++)
            if (fabsf(w / usual_dpi[d] / sheet_in[k][0] - 1) < tolerance &&
                fabsf(h / usual_dpi[d] / sheet_in[k][1] - 1) < tolerance)
                return usual_dpi[d];
    if (m->n_letters >= 20)
        return fminf(fmaxf(m->letter / letter_mm * 25.4f, 50), 1200);
    return fminf(fmaxf(w / sheet_in[0][0], 50), 1200);
}

static recto_status find_ink(recto_prepared *p, const recto_prepare_options *opt, recto_arena *tmp,
                             recto_error *err)
{
    recto_prepare_ground ground;
    recto_prepare_marks marks = {0};
    recto_status st = recto_prepare_ground_measure(&ground, p->gray, tmp, err);
    if (st == RECTO_OK)
        st = mask_new(&p->ink, p->gray->width, p->gray->height, err);
    if (st == RECTO_OK)
        st = recto_prepare_ground_ink(p->ink, p->gray, &ground, tmp, err);
    if (st == RECTO_OK)
        st = recto_prepare_marks_find(&marks, p->ink, err);
    if (st == RECTO_OK && p->gray->dpi <= 0)
        p->gray->dpi = opt->dpi_guess > 0 ? opt->dpi_guess : guess_dpi(p->gray, &marks);
    if (st == RECTO_OK)
        st = recto_prepare_clean(p->ink, &marks, p->gray->dpi, tmp, err);
    if (st == RECTO_OK)
        p->blank = recto_prepare_blank_judge(&marks, p->gray, &ground, p->gray->dpi);
    if (st == RECTO_OK && ground.uneven)
        st = recto_prepare_ground_flatten(p->gray, &ground, tmp, err);
    recto_prepare_marks_free(&marks);
    return st;
}

recto_status recto_prepare(recto_prepared **out, const recto_image *gray,
                           const recto_prepare_options *opt, recto_error *err)
{
    *out = NULL;
    if (gray->channels != 1)
        return recto_error_set(err, RECTO_ERR_ARG, "preparation needs a grey image");
    recto_prepared *p = calloc(1, sizeof *p);
    recto_arena *tmp = recto_arena_new(1 << 20, 0);
    recto_prepare_way way = {0};
    recto_status st = RECTO_OK;
    if (p == NULL || tmp == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    if (st == RECTO_OK && (opt->orient || opt->deskew))
        st = decide(&way, gray, opt, tmp, err);
    if (st == RECTO_OK)
        st = straighten(p, gray, &way, opt, tmp, err);
    if (st == RECTO_OK) {
        recto_arena_clear(tmp);
        st = find_ink(p, opt, tmp, err);
    }
    recto_arena_free(tmp);
    if (st != RECTO_OK) {
        recto_prepared_free(p);
        return st;
    }
    *out = p;
    return RECTO_OK;
}
