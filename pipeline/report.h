/* What a batch did, told from the journals in its output folder. */
#ifndef RECTO_PIPELINE_REPORT_H
#define RECTO_PIPELINE_REPORT_H

#include "core/buf.h"

typedef struct recto_report recto_report;

/**
 * Read the journals of all shards in a folder and merge them.  Nothing is written there; journals
 * that are in use, were cut by a kill, or are damaged are told of and left out.  What they hold is
 * not trusted.
 *
 * out   free with recto_report_free
 * stop  asked between documents; or NULL
 *
 * Errors: IO (the folder cannot be read, or has no journal), NOMEM, CANCELLED.
 * Memory: the failures, the pages to look at, and one document at a time.
 */
RECTO_MUST_CHECK recto_status recto_report_read(recto_report **out, const char *folder,
                                                bool (*stop)(void *user), void *user,
                                                recto_error *err);
void recto_report_free(recto_report *r); /* NULL is a no-op */
/** Journals that could be read; 0 = there is nothing to tell but why. */
int recto_report_readable(const recto_report *r);
/** Append a table for people: lists are bounded, names made harmless for a terminal. */
void recto_report_text(recto_buf *out, const recto_report *r);
/** Append one JSON object, on one line, with everything; see docs/report.schema.json. */
void recto_report_json(recto_buf *out, const recto_report *r);

#endif
