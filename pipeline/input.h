/* An input as every job takes it: its bytes, their hash, and the pages in it. */
#ifndef RECTO_PIPELINE_INPUT_H
#define RECTO_PIPELINE_INPUT_H

#include "core/deadline.h"
#include "core/file.h"
#include "core/hash.h"
#include "pipeline/options.h"
#include "vision/source.h"

typedef struct recto_input {
    const char
        *name; /* of the file without its folder, borrowed from the path; "-" for standard input */
    uint64_t size;
    char sha256[RECTO_SHA256_HEX];
    recto_source *source;
    recto_bytes bytes; /* only without parsers */
    int fd;            /* what the parser reads; -1 without parsers */
} recto_input;

/**
 * Open one document, in a parser of opt->parsers if there are some.
 *
 * out       close with recto_input_close, also after an error
 * path      input file, "-" for standard input
 * deadline  of its parser, borrowed for the life of the input; NULL = none
 *
 * Errors: IO (also a file that changed while it was hashed), LIMIT (bytes, pages), FORMAT,
 * ENCRYPTED, UNSUPPORTED, NOMEM, TIMEOUT, CRASH, CANCELLED, DEVICE.
 */
RECTO_MUST_CHECK recto_status recto_input_open(recto_input *out, const char *path,
                                               const recto_options *opt,
                                               const recto_deadline *deadline, recto_error *err);
/** The same for an open descriptor (borrowed, seekable) with a name for the outputs' provenance. */
RECTO_MUST_CHECK recto_status recto_input_open_fd(recto_input *out, int fd, const char *name,
                                                  const recto_options *opt,
                                                  const recto_deadline *deadline, recto_error *err);
void recto_input_close(recto_input *in);

#endif
