/* Where a writer's bytes go: a file, several files (forms of parts), a descriptor or a callback. */
#ifndef RECTO_PIPELINE_SINK_H
#define RECTO_PIPELINE_SINK_H

#include "pipeline/convert.h"
#include "pipeline/parts.h"

typedef struct recto_sink {
    const recto_output *out;
    recto_buf buf;       /* what the writer has appended since the last flush */
    void *state;         /* the writer's */
    recto_outfile *file; /* of a form that is one file; else NULL */
    recto_parts *parts;  /* of a form of several files; else NULL */
    bool streamed;       /* a part went out on the descriptor or to the callback */
} recto_sink;

/** Open the files that out needs; out is borrowed.  Errors: OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_sink_open(recto_sink *s, const recto_output *out,
                                              recto_error *err);
/** Send what is in the buffer on its way and empty it.  page: whose bytes they are, 0 if of none.
 * Errors: OUTPUT, NOMEM, those of the callback. */
RECTO_MUST_CHECK recto_status recto_sink_flush(recto_sink *s, int page, recto_error *err);
/** Give the files their names; told as in recto_parts_commit.  Errors: OUTPUT, those of told. */
RECTO_MUST_CHECK recto_status recto_sink_commit(recto_sink *s,
                                                recto_status (*told)(void *user, const char *path,
                                                                     recto_error *err),
                                                void *user, recto_error *err);
/** Removes what has no name yet; commit then gives no name. */
void recto_sink_drop(recto_sink *s);
/** Removes what has no name yet, frees what the sink holds. */
void recto_sink_close(recto_sink *s);

#endif
