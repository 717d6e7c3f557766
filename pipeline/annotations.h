/* What a PDF says of a page beside its text, taken over where the page's image is read: form fields
 * and links. */
#ifndef RECTO_PIPELINE_ANNOTATIONS_H
#define RECTO_PIPELINE_ANNOTATIONS_H

#include "core/arena.h"
#include "pipeline/reader.h"

/**
 * Put the fields and links of a page's layer into what was read of its image.
 *
 * read   fields and links are replaced; boxes that the reader saw where a field lies, and words
 * that it read inside one, are left out: the field says the same, and surely layer  of the whole
 * page, as displayed frame  from read's pixels to those of the page's image
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_annotations_merge(recto_layout *read, const recto_layout *layer,
                                                      recto_page_frame frame, recto_arena *keep,
                                                      recto_error *err);

#endif
