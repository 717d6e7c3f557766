/* Pictures cut out of pages: into files of their own, which the outputs then name, or into the
 * outputs themselves. */
#ifndef RECTO_PIPELINE_PICTURES_H
#define RECTO_PIPELINE_PICTURES_H

#include "pipeline/options.h"
#include "text/doc.h"
#include "vision/source.h"

typedef struct recto_pictures recto_pictures;

/**
 * how   FILES or EMBED
 * base  FILES: path that BASE.page-N.picture-K.png begin with
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pictures_open(recto_pictures **out, recto_images how,
                                                  const char *base, recto_error *err);
/** Removes what has no name yet.  NULL is a no-op. */
void recto_pictures_close(recto_pictures *p);
/** Give all files their names, when everything else is written, too; p NULL is a no-op, told and
 * errors as in recto_parts_commit. */
RECTO_MUST_CHECK recto_status recto_pictures_commit(
    recto_pictures *p, recto_status (*told)(void *user, const char *path, recto_error *err),
    void *user, recto_error *err);
/**
 * Cut out the picture blocks of a page whose box is known, and set their `file` or `image` (in
 * keep).
 *
 * page  as it goes out: boxes in pixels of the page as displayed
 *
 * Errors: OUTPUT, NOMEM, and those of rendering (the page stays as it was).
 */
RECTO_MUST_CHECK recto_status recto_pictures_cut(recto_pictures *p, recto_page *page,
                                                 recto_source *source, recto_arena *keep,
                                                 recto_error *err);

#endif
