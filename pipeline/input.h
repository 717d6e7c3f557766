/* An input as every job takes it: opened once, hashed, and its pages behind a source. */
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
    int64_t mtime_ns;
    char sha256[RECTO_SHA256_HEX];
    recto_source *source;
    recto_bytes bytes; /* only without parsers */
    int fd;            /* open for reading while the input is; -1 if it could not be opened */
    bool owned;        /* fd is closed with the input */
} recto_input;

/**
 * Open one document, in a parser of opt->parsers if there are some.
 *
 * The engine hashes the file in pieces and looks at none of them; memory does not grow with it.
 * Standard input that is no file is copied to a memory file first.
 *
 * out       close with recto_input_close, also after an error
 * path      input file, "-" for standard input
 * deadline  of its parser, borrowed for the life of the input; NULL = none.  Hashing takes nothing
 * of a page's time, only of the document's
 *
 * Errors: IO (missing, unreadable, not a regular file, changed while it was hashed), LIMIT (bytes,
 * pages), FORMAT, ENCRYPTED, UNSUPPORTED, NOMEM, TIMEOUT, CRASH, CANCELLED, DEVICE.
 */
RECTO_MUST_CHECK recto_status recto_input_open(recto_input *out, const char *path,
                                               const recto_options *opt, recto_deadline *deadline,
                                               recto_error *err);
/** The same for an open descriptor (borrowed, of a regular or memory file) with a name for the
 * outputs' provenance. */
RECTO_MUST_CHECK recto_status recto_input_open_fd(recto_input *out, int fd, const char *name,
                                                  const recto_options *opt,
                                                  recto_deadline *deadline, recto_error *err);
/** Has the file been written to since it was opened (its size or time of change is another)?  What
 * was read may then be neither the old nor the new document. */
bool recto_input_changed(const recto_input *in);
/** The kind of the document ("pdf", "png"...; "other" for a kind that is not known here): a
 * constant, which outlives the input.  It was opened without an error. */
const char *recto_input_format(const recto_input *in);
void recto_input_close(recto_input *in);

#endif
