/* Page preparation: from pixels as they came to an upright, straight page with an ink mask.
 *
 * Steps: orientation in quarter turns, deskew, background and contrast, black borders, despeckle,
 * blank test. Each step is skipped when unsure, and the affine back to the input's pixels is kept.
 */
#ifndef RECTO_VISION_PREPARE_H
#define RECTO_VISION_PREPARE_H

#include "vision/image.h"
#include <stdbool.h>

/* Packed or byte mask: one byte a pixel, 1 = ink. */
typedef struct recto_mask {
    int width, height;
    size_t stride; /* bytes a row, >= width */
    uint8_t *px;   /* [height, stride], malloc */
} recto_mask;

typedef struct recto_prepare_options {
    bool orient; /* look for quarter turns */
    bool deskew;
    float dpi_guess; /* used when the image does not state its resolution; 0 = estimate from the
                        size of text */
} recto_prepare_options;

typedef struct recto_prepared {
    recto_image *gray;     /* upright, straight, full resolution */
    recto_mask *ink;       /* the same size; borders, specks and shadows removed */
    recto_affine to_input; /* prepared px -> px of the input image */
    int turned_deg;        /* clockwise turn applied: 0, 90, 180, 270 */
    float turned_conf;     /* 0..1, how sure; below the threshold nothing was turned */
    float skew_deg;        /* clockwise skew of the input that was removed, 0 if none */
    float skew_conf;
    bool blank;              /* nothing to read on this page */
    bool upside_down_unsure; /* upright and upside down look alike: the reader should try both */
} recto_prepared;

/** Errors: ARG, LIMIT, NOMEM.  The result is freed with recto_prepared_free. */
RECTO_MUST_CHECK recto_status recto_prepare(recto_prepared **out, const recto_image *gray,
                                            const recto_prepare_options *opt, recto_error *err);
void recto_prepared_free(recto_prepared *p); /* NULL is a no-op */

#endif
