/* Images in memory and the readers of image files.
 *
 * recto_image: 8 bit a channel, 1 (grey, 0 black .. 255 white) or 3 (RGB) channels, rows top down.
 *
 * Who reads what: image_png.c (libpng), image_jpeg.c (libjpeg-turbo), lept.c (Leptonica: TIFF, BMP,
 * GIF, WebP, PNM, JPEG 2000), image_exif.c and image_tiff.c (the headers we parse ourselves). Every
 * reader checks the size in the header before it decodes, gives one clear error for a damaged or
 * truncated file (half a page is never passed off as a page), ignores gamma and colour profiles,
 * puts transparency over white, and hands out an upright picture with square pixels. */
#ifndef RECTO_VISION_IMAGE_H
#define RECTO_VISION_IMAGE_H

#include "core/file.h"
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
/** Resampled to width x height: the mean of what a pixel covers where it shrinks, linear where it
 * grows.  dpi is left as it was.  Errors: ARG (not positive), LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_image_scale(recto_image **out, const recto_image *im, int width,
                                                int height, recto_error *err);
/** Write as PNG into a malloc'd buffer (for overlays). */
RECTO_MUST_CHECK recto_status recto_image_png(uint8_t **out, size_t *len_out, const recto_image *im,
                                              recto_error *err);

/** Write as JPEG into a malloc'd buffer; quality 1..100.  Errors: LIMIT (a side over 65,500),
 * NOMEM. */
RECTO_MUST_CHECK recto_status recto_image_jpeg(uint8_t **out, size_t *len_out,
                                               const recto_image *im, int quality,
                                               recto_error *err);

/**
 * Write as PNG into a file that waits for its name.
 *
 * out  give it its name with recto_outfile_commit; NULL on error
 *
 * Errors: OUTPUT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_image_png_file(recto_outfile **out, const recto_image *im,
                                                   const char *path, recto_error *err);

/* --- reading files --------------------------------------------------------------------------- */

typedef struct recto_image_read_options {
    bool gray;          /* one channel whatever the file holds; else 1 or 3 as in the file */
    int64_t max_pixels; /* over it LIMIT, before anything is decoded; 0 = 200 million */
} recto_image_read_options;

/** LIMIT "FORMAT: WxH pixels is over the limit of N" if a page of this size may not be decoded,
 * FORMAT if a side is not positive.  max_pixels 0 = 200 million. */
RECTO_MUST_CHECK recto_status recto_image_check_size(const char *format, int64_t width,
                                                     int64_t height, int64_t max_pixels,
                                                     recto_error *err);
/**
 * Last step of every reader: turn upright by an EXIF/TIFF orientation and make the pixels square.
 *
 * im           replaced in place when something has to change
 * orientation  1..8 as in EXIF; anything else counts as 1
 * dpi_x dpi_y  as stored, 0 if unknown; sides that differ by more than 6 % (fax: 204 x 98) are
 *              rescaled to the finer one
 *
 * Sets (*im)->dpi; a resolution that cannot be meant (below 40, or a page over 14 x 20 inches as
 * when a camera writes "72") becomes 0.  Errors: NOMEM, LIMIT; *im is still valid then.
 */
RECTO_MUST_CHECK recto_status recto_image_settle(recto_image **im, int orientation, float dpi_x,
                                                 float dpi_y, recto_error *err);

/** PNG of any depth, colour type and interlace.  Errors: FORMAT (damaged, truncated, bad CRC in a
 * critical chunk), LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_image_png_read(recto_image **out, const uint8_t *bytes,
                                                   size_t size, const recto_image_read_options *opt,
                                                   recto_error *err);
/**
 * JPEG: grey, YCbCr, RGB, CMYK and YCCK (Adobe's inverted inks too), baseline and progressive.
 *
 * Damage inside the picture is an error that says at which byte and row; a missing end marker after
 * complete data is not.
 * Errors: FORMAT, LIMIT, UNSUPPORTED (12 bits, lossless), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_image_jpeg_read(recto_image **out, const uint8_t *bytes,
                                                    size_t size,
                                                    const recto_image_read_options *opt,
                                                    recto_error *err);

/* What an EXIF block says that matters here. */
typedef struct recto_image_exif {
    int orientation;    /* 1..8; 1 if absent */
    float dpi_x, dpi_y; /* 0 if absent */
} recto_image_exif;

/** Read the TIFF structure after "Exif\0\0".  Damage only means that tags are missing. */
recto_image_exif recto_image_exif_parse(const uint8_t *bytes, size_t size);

#endif
