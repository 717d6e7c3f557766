/* Files that a document's outputs come with, such as a picture cut out or a table: written as they
 * come, named when everything else is written, too. */
#ifndef RECTO_PIPELINE_PARTS_H
#define RECTO_PIPELINE_PARTS_H

#include "core/file.h"

typedef struct recto_parts recto_parts;

/**
 * base  path in front of the parts' names, its first n_base bytes; copied
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_parts_open(recto_parts **out, const char *base, size_t n_base,
                                               recto_error *err);
/** Removes what has no name yet.  NULL is a no-op. */
void recto_parts_close(recto_parts *p);
/**
 * Begin the file BASE followed by suffix; the one before is complete.
 *
 * name_out  its name without folder, lives with p; may be NULL
 *
 * Errors: OUTPUT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_parts_begin(const char **name_out, recto_parts *p,
                                                const char *suffix, recto_error *err);
/** Append to the file begun last (there must be one).  Errors: OUTPUT. */
RECTO_MUST_CHECK recto_status recto_parts_write(recto_parts *p, const void *bytes, size_t size,
                                                recto_error *err);
/**
 * Give all files their names.
 *
 * p     NULL is a no-op
 * told  called for each that has its name; its error ends the work
 *
 * Errors: OUTPUT, those of told.
 */
RECTO_MUST_CHECK recto_status recto_parts_commit(recto_parts *p,
                                                 recto_status (*told)(void *user, const char *path,
                                                                      recto_error *err),
                                                 void *user, recto_error *err);

#endif
