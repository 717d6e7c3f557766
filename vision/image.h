/* Images in memory and the readers of image files.
 *
 * recto_image: 8 bit a channel, 1 (grey, 0 black .. 255 white) or 3 (RGB) channels, rows top down.
 */
#ifndef RECTO_VISION_IMAGE_H
#define RECTO_VISION_IMAGE_H

#include "core/geometry.h"
#include "core/status.h"
#include <stddef.h>

typedef struct recto_image {
    int width, height;
    int channels;  /* 1 or 3 */
    size_t stride; /* bytes a row, >= width * channels */
    float dpi;     /* px per inch as the file states it; 0 if unknown */
    uint8_t *px;   /* [height, stride], malloc */
} recto_image;

/** New image, pixels uninitialised.  Errors: LIMIT if width*height is over INT32_MAX bytes, ARG,
 * NOMEM. */
RECTO_MUST_CHECK recto_status recto_image_new(recto_image **out, int width, int height,
                                              int channels, recto_error *err);
void recto_image_free(recto_image *im); /* NULL is a no-op */
/** Grey copy (BT.601 luma); a grey image is copied. */
RECTO_MUST_CHECK recto_status recto_image_gray(recto_image **out, const recto_image *im,
                                               recto_error *err);
/** Turned clockwise by 0, 90, 180 or 270 degrees. */
RECTO_MUST_CHECK recto_status recto_image_turn(recto_image **out, const recto_image *im,
                                               int turn_deg, recto_error *err);
/** Write as PNG into a malloc'd buffer (for overlays). */
RECTO_MUST_CHECK recto_status recto_image_png(uint8_t **out, size_t *len_out, const recto_image *im,
                                              recto_error *err);

#endif
