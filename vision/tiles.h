/* An image as the vision encoder sees it: a grid of square tiles and a thumbnail.
 * Source: OpenGVLab/InternVL train/dataset.py and transformers' got_ocr2 image processor (PIL). */
#ifndef RECTO_VISION_TILES_H
#define RECTO_VISION_TILES_H

#include "vision/image.h"
#include <stdbool.h>

typedef struct recto_tiles_rule {
    int min_tiles, max_tiles; /* without the thumbnail; 1 <= min <= max <= RECTO_TILES_MAX */
    int size;                 /* px of a tile's side */
    bool thumbnail;           /* the whole image once more, after the tiles, if there are several */
    float mean[3], std[3];    /* of RGB in 0..1 */
} recto_tiles_rule;

enum { RECTO_TILES_MAX = 64 };

typedef struct recto_tiles_grid {
    int cols, rows;
} recto_tiles_grid;

/** The grid whose aspect ratio is nearest, with the reference's tie-break (more tiles when the
 * image has more than half of their pixels). */
recto_tiles_grid recto_tiles_choose(int width, int height, const recto_tiles_rule *rule);
/** Tiles of an image with that grid, thumbnail included. */
int recto_tiles_count(recto_tiles_grid grid, const recto_tiles_rule *rule);
/**
 * The rule for a page when the user named no limits: an A4 page (ratio .707) falls to 2x3 tiles,
 * 896 x 1344 px, with the reference's 1..12.  Where the chosen grid holds less than half of the
 * image's pixels and under 8 tiles, at least 8 (never more than max_tiles) are asked for: A4 gets
 * 3x4.
 */
recto_tiles_rule recto_tiles_for_page(int width, int height, const recto_tiles_rule *rule);

/**
 * Cut an image into normalized tiles.
 *
 * out   [tiles, 3, size, size] float32, RGB planes, (v/255 - mean) / std; row-major tiles, then the
 *       thumbnail; malloc
 * im    1 or 3 channels (grey counts as RGB with equal channels)
 *
 * The image is stretched to the grid by Pillow's antialiased bicubic, to the byte.
 *
 * Errors: ARG (a grid or size of nothing), LIMIT (a grid of over 32767 px a side), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_tiles_cut(float **out, const recto_image *im,
                                              recto_tiles_grid grid, const recto_tiles_rule *rule,
                                              recto_error *err);

/**
 * Pillow's Image.resize(BICUBIC) of an 8-bit image, to the byte: separable, antialiased, fixed
 * point; dpi is left as it was.  "Pillow" is 13.0, whose order of the two passes is not always
 * that of its forerunners (see image_bicubic.c).
 *
 * Errors: ARG (not positive), LIMIT (a side over 2^24 px, a picture over 2 GiB), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_image_bicubic(recto_image **out, const recto_image *im,
                                                  int width, int height, recto_error *err);

#endif
