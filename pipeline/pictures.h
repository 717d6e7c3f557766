/* Pictures cut out of pages into files of their own, which the outputs then name. */
#ifndef RECTO_PIPELINE_PICTURES_H
#define RECTO_PIPELINE_PICTURES_H

#include "text/doc.h"
#include "vision/source.h"

typedef struct recto_pictures recto_pictures;

/** base: path that BASE.page-N.picture-K.png begin with; borrowed.  NOMEM. */
RECTO_MUST_CHECK recto_status recto_pictures_open(recto_pictures **out, const char *base,
                                                  recto_error *err);
/** Removes the files that were not there before, unless they are to be kept.  NULL is a no-op. */
void recto_pictures_close(recto_pictures *p);
/** The outputs that name the pictures are there: keep them.  NULL is a no-op. */
void recto_pictures_keep(recto_pictures *p);
/**
 * Cut out the picture blocks of a page whose box is known, and set their `file` (in keep).
 *
 * page  as it goes out: boxes in pixels of the page as displayed
 *
 * Errors: OUTPUT, NOMEM, and those of rendering (the page stays as it was).
 */
RECTO_MUST_CHECK recto_status recto_pictures_cut(recto_pictures *p, recto_page *page,
                                                 recto_source *source, recto_arena *keep,
                                                 recto_error *err);

#endif
