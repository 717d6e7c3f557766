/* Inspect: what a file holds, page by page, which reader each page would get, and why. */
#ifndef RECTO_PIPELINE_INSPECT_H
#define RECTO_PIPELINE_INSPECT_H

#include "core/buf.h"
#include "pipeline/pagejob.h"

/**
 * Describe one document.
 *
 * out           the report is appended: lines of text, or one JSON object on one line
 * n_failed_out  pages that could not be looked at; they are described as such
 * path          input file, "-" for standard input
 *
 * Errors: those of opening the input, NOMEM, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_inspect_document(recto_buf *out, int *n_failed_out,
                                                     const char *path, bool json,
                                                     const recto_options *opt, recto_error *err);

#endif
