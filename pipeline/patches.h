/* Patches: parts of a page with a good text layer that the layer does not say, or says wrongly.
 *
 * Words whose font does not tell what they are, and pictures that hold text (a scanned table, a
 * stamp, a screenshot, letters drawn as outlines) are read from the page's image by the line reader
 * and put into the layer's layout.  A page without such parts costs a look at its words. */
#ifndef RECTO_PIPELINE_PATCHES_H
#define RECTO_PIPELINE_PATCHES_H

#include "core/deadline.h"
#include "pipeline/model.h"
#include "vision/source.h"

typedef struct recto_patches {
    recto_rect *boxes; /* to be read, px of the layout; in the arena given */
    int n_boxes;
    int n_pictures; /* the first of them: pictures with lines in them; the others are words */
} recto_patches;

/**
 * Find the parts of page i that are to be read.
 *
 * out     n_boxes 0 if there are none
 * layout  of the page, as the source gave it
 *
 * Pictures are looked at in a small rendering, without the network: only those with lines of text
 * in them are named.  Errors: those of recto_source_page_picture.
 */
RECTO_MUST_CHECK recto_status recto_patches_find(recto_patches *out, const recto_layout *layout,
                                                 recto_source *source, int i, recto_arena *keep,
                                                 recto_arena *tmp, recto_error *err);

/**
 * Read the parts and put what was read into the layout.
 *
 * n_out     lines and words that were put in; 0 if the layer was right after all
 * layout    its lines, words, pictures and rules are replaced where something better was read;
 *           words of the reader keep its confidence, below 1
 * gray      the page, upright as the layout, at any resolution
 *
 * Words in a doubted font are kept if the reader, by and large, sees the same.  Errors: of the line
 * reader.
 */
RECTO_MUST_CHECK recto_status recto_patches_read(int *n_out, recto_layout *layout,
                                                 const recto_patches *patches, recto_model *model,
                                                 const recto_image *gray,
                                                 const recto_deadline *deadline, recto_arena *keep,
                                                 recto_arena *tmp, recto_error *err);

#endif
