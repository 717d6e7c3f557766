/* The only door to Leptonica: decoding of the formats that we have no own reader for.
 *
 * Leptonica's messages are silenced.  All functions are thread-safe for different inputs. */
#ifndef RECTO_VISION_LEPT_H
#define RECTO_VISION_LEPT_H

#include "vision/image.h"
#include <stdbool.h>

/**
 * Decode a BMP, GIF, WebP, PNM or JPEG 2000 file that recto_image_header_read has accepted.
 *
 * gray   one channel whatever the file holds
 * title  the format for messages ("BMP")
 *
 * Transparency goes over white.  dpi is 0.  Errors: FORMAT (Leptonica does not say more), LIMIT,
 * NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_lept_read(recto_image **out, const uint8_t *bytes, size_t size,
                                              bool gray, const char *title, recto_error *err);
/**
 * Decode one page of a TIFF file: the directory at this offset, as recto_image_tiff_pages gave it.
 *
 * An orientation tag is applied, wrongly for some values (1.82): pass bytes with the tag set to 1.
 * Time does not depend on how many pages come before.
 * Errors: FORMAT, LIMIT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_lept_read_tiff(recto_image **out, const uint8_t *bytes,
                                                   size_t size, uint64_t offset, bool gray,
                                                   recto_error *err);

#endif
