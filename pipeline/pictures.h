/* Pictures cut out of pages into files of their own, which the outputs then name. */
#ifndef RECTO_PIPELINE_PICTURES_H
#define RECTO_PIPELINE_PICTURES_H

#include "text/doc.h"
#include "vision/source.h"

typedef struct recto_pictures recto_pictures;

/** base: path that BASE.page-N.picture-K.png begin with; borrowed.  NOMEM. */
RECTO_MUST_CHECK recto_status recto_pictures_open(recto_pictures **out, const char *base,
                                                  recto_error *err);
/** Removes what has no name yet.  NULL is a no-op. */
void recto_pictures_close(recto_pictures *p);
/**
 * Give all pictures their names, when everything else is written, too.
 *
 * p     NULL is a no-op
 * told  called for each that has its name; its error ends the work
 *
 * Errors: OUTPUT, those of told.
 */
RECTO_MUST_CHECK recto_status recto_pictures_commit(
    recto_pictures *p, recto_status (*told)(void *user, const char *path, recto_error *err),
    void *user, recto_error *err);
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
