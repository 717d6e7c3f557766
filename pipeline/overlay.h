/* Overlay: the page image with what was read drawn on it: word boxes, block boxes coloured by
 * label, form fields with their state, captions tied to their table or picture, and the reading
 * order as numbers joined by a line; of the VLM also the regions of its
 * layout thought with their labels.  Blocks without a known box are left out. */
#ifndef RECTO_PIPELINE_OVERLAY_H
#define RECTO_PIPELINE_OVERLAY_H

#include "text/doc.h"
#include "vision/image.h"

/**
 * The page's picture with the drawing on it.
 *
 * out      3 channels, the size of picture; yours
 * picture  1 or 3 channels; its width stands for the page's width
 *
 * Errors: NOMEM, LIMIT.
 */
RECTO_MUST_CHECK recto_status recto_overlay_draw(recto_image **out, const recto_image *picture,
                                                 const recto_page *page, recto_error *err);

#endif
