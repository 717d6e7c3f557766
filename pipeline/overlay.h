/* Overlay: the page image with what was read drawn on it: word boxes, block boxes coloured by
 * label, and the reading order as numbers joined by a line. */
#ifndef RECTO_PIPELINE_OVERLAY_H
#define RECTO_PIPELINE_OVERLAY_H

#include "text/doc.h"
#include "vision/image.h"

/** Draw on im (3 channels), whose pixels are the page's times `scale`. */
void recto_overlay_draw(recto_image *im, const recto_page *page, float scale);

#endif
