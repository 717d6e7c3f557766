/* An input as every job takes it: its bytes, their hash, and the pages in it. */
#ifndef RECTO_PIPELINE_INPUT_H
#define RECTO_PIPELINE_INPUT_H

#include "core/file.h"
#include "core/hash.h"
#include "pipeline/options.h"
#include "vision/source.h"

typedef struct recto_input {
    const char
        *name; /* of the file without its folder, borrowed from the path; "-" for standard input */
    recto_bytes bytes;
    char sha256[RECTO_SHA256_HEX];
    recto_source *source;
} recto_input;

/**
 * Read and open one document.
 *
 * out   close with recto_input_close, also after an error
 * path  input file, "-" for standard input
 *
 * Errors: IO, LIMIT (bytes, pages), FORMAT, ENCRYPTED, UNSUPPORTED, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_input_open(recto_input *out, const char *path,
                                               const recto_options *opt, recto_error *err);
void recto_input_close(recto_input *in);

#endif
