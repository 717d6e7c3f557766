/* Bullets on scans: dots and dashes in front of a line that the network alone cannot read. */
#ifndef RECTO_PIPELINE_READER_BULLETS_H
#define RECTO_PIPELINE_READER_BULLETS_H

#include "core/layout.h"
#include "vision/prepare.h"
#include "vision/segment.h"

/**
 * Read lone dots and dashes by their shape and place.
 *
 * A segment that was read without confidence becomes the word of a bullet if it is round and
 * filled, or a dash, and stands at half the height of a line that begins within three em to its
 * right; a dash, too, if it stands anywhere on a line's row, as in a table's cell.  Such a mark by
 * itself gives a network for lines of text nothing to go by.
 *
 * lines  n lines as read, in the order of segs; those that are bullets get a word, and size and
 *        baseline of the line they belong to
 * ink    of the prepared page
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_reader_bullets_read(recto_line *lines,
                                                        const recto_segment_line *segs, int n,
                                                        const recto_mask *ink, recto_arena *keep,
                                                        recto_error *err);

#endif
