/* The pages of a TIFF file, found by walking its directories ourselves: Leptonica counts pages by
 * reading them from the start each time, and decodes a strip that lies past the end of the file as
 * white.  Internal to vision/. */
#ifndef RECTO_VISION_IMAGE_TIFF_H
#define RECTO_VISION_IMAGE_TIFF_H

#include "core/arena.h"
#include <stdbool.h>

typedef struct recto_image_tiff_page {
    uint64_t offset;       /* of the directory */
    int64_t width, height; /* as stored, before the orientation is applied */
    float dpi_x, dpi_y;    /* 0 if unknown */
    int orientation;       /* 1..8 */
    size_t orientation_at; /* where its value lies in the file; 0 if it has no tag */
    bool reduced;          /* a thumbnail or a mask of another page */
    const char *fault;     /* NULL, or why this page cannot be read; static text */
    uint64_t fault_at;     /* byte it was seen at */
} recto_image_tiff_page;

/**
 * List the pages.
 *
 * pages_out  in the arena, in file order, thumbnails left out; a page that cannot be read has a
 * fault and does not cost the others.  A directory that lies outside the file is a last page with a
 * fault, since what follows it is unknown; a chain that comes back to itself ends there.
 *
 * Errors: FORMAT (no directory at all), NOMEM.  Linear in the size of the file.
 * Source: TIFF 6.0, sections 2 and 8; BigTIFF as libtiff reads it.
 */
RECTO_MUST_CHECK recto_status recto_image_tiff_pages(recto_image_tiff_page **pages_out,
                                                     int *n_pages_out, const uint8_t *bytes,
                                                     size_t size, recto_arena *keep,
                                                     recto_error *err);

#endif
