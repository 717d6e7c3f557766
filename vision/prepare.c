/* Page preparation: the order of the steps.  First version: grey copy and an ink mask under one
 * threshold for the page. */
#include "vision/prepare.h"
#include <stdlib.h>
#include <string.h>

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

/* Otsu's threshold: the grey that best splits the histogram into two classes. */
static int otsu(const recto_image *im)
{
    double hist[256] = {0};
    double total = 0;
    double sum = 0;
    for (int y = 0; y < im->height; y += 2)
        for (int x = 0; x < im->width; x += 2)
            hist[im->px[(size_t)y * im->stride + (size_t)x]]++;
    for (int i = 0; i < 256; i++) {
        total += hist[i];
        sum += i * hist[i];
    }
    double best = -1;
    double n0 = 0;
    double sum0 = 0;
    int threshold = 128;
    for (int i = 0; i < 255; i++) {
        n0 += hist[i];
        sum0 += i * hist[i];
        if (n0 <= 0 || n0 >= total)
            continue;
        double between = sum0 / n0 - (sum - sum0) / (total - n0);
        between *= between * n0 * (total - n0);
        if (between > best) {
            best = between;
            threshold = i + 1;
        }
    }
    return threshold;
}

static recto_mask *mask_new(int width, int height)
{
    recto_mask *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->width = width;
    m->height = height;
    m->stride = (size_t)width;
    m->px = malloc((size_t)width * (size_t)height);
    if (m->px != NULL)
        return m;
    free(m);
    return NULL;
}

recto_status recto_prepare(recto_prepared **out, const recto_image *gray,
                           const recto_prepare_options *opt, recto_error *err)
{
    *out = NULL;
    if (gray->channels != 1)
        return recto_error_set(err, RECTO_ERR_ARG, "preparation needs a grey image");
    recto_prepared *p = calloc(1, sizeof *p);
    if (p == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    recto_status st = recto_image_gray(&p->gray, gray, err);
    if (st == RECTO_OK && (p->ink = mask_new(gray->width, gray->height)) == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    if (st != RECTO_OK) {
        recto_prepared_free(p);
        return st;
    }
    if (p->gray->dpi <= 0)
        p->gray->dpi = opt->dpi_guess;
    p->to_input = (recto_affine)RECTO_AFFINE_IDENTITY;
    int threshold = otsu(gray);
    for (int y = 0; y < gray->height; y++) {
        const uint8_t *src = gray->px + (size_t)y * gray->stride;
        uint8_t *dst = p->ink->px + (size_t)y * p->ink->stride;
        for (int x = 0; x < gray->width; x++)
            dst[x] = src[x] < threshold;
    }
    *out = p;
    return RECTO_OK;
}
