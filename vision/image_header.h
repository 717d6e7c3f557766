/* What image files say about themselves before a pixel is decoded: the kind by its first bytes, and
 * for the formats that Leptonica decodes the size, the resolution and whether the data are all
 * there. Internal to vision/.  Every parser here reads untrusted bytes through recto_cursor. */
#ifndef RECTO_VISION_IMAGE_HEADER_H
#define RECTO_VISION_IMAGE_HEADER_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum recto_image_kind {
    RECTO_IMAGE_KIND_NONE = 0,
    RECTO_IMAGE_KIND_PNG,
    RECTO_IMAGE_KIND_JPEG,
    RECTO_IMAGE_KIND_TIFF,
    RECTO_IMAGE_KIND_BMP,
    RECTO_IMAGE_KIND_GIF,
    RECTO_IMAGE_KIND_WEBP,
    RECTO_IMAGE_KIND_PNM,
    RECTO_IMAGE_KIND_JP2, /* JPEG 2000, boxed or a bare code stream */
} recto_image_kind;

/** The kind by content; NONE if it is none of ours. */
recto_image_kind recto_image_header_kind(const uint8_t *bytes, size_t size);
/** "png", "jpeg"...; "" for NONE. */
const char *recto_image_header_name(recto_image_kind kind);
/** "PNG", "JPEG"... for messages. */
const char *recto_image_header_title(recto_image_kind kind);

typedef struct recto_image_header {
    int64_t width, height; /* as stored, not yet held against any limit */
    float dpi_x, dpi_y;    /* 0 if unknown */
    size_t size;           /* bytes of the file that matter (the first frame of a GIF) */
} recto_image_header;

/**
 * Read the header of a BMP, GIF, WebP, PNM or JPEG 2000 file and check that its data are not cut
 * off. Errors: FORMAT (damaged, truncated; the message says where), UNSUPPORTED (a variant that
 * Leptonica does not decode), ARG (another kind).
 */
RECTO_MUST_CHECK recto_status recto_image_header_read(recto_image_header *out,
                                                      recto_image_kind kind, const uint8_t *bytes,
                                                      size_t size, recto_error *err);

#endif
