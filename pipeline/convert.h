/* The document job: one input through all its pages to its outputs.
 *
 * Two passes, so that memory does not grow with the pages: each page is read, shown to the
 * document's statistics and parked in a spill; then each is settled and written.  Outputs appear
 * whole or not at all. */
#ifndef RECTO_PIPELINE_CONVERT_H
#define RECTO_PIPELINE_CONVERT_H

#include "pipeline/pagejob.h"
#include "text/writer.h"

typedef struct recto_output {
    const recto_writer *writer;
    const char *path; /* final name; NULL: write to fd */
    int fd;
} recto_output;

typedef struct recto_convert_result {
    int n_pages;   /* read or tried */
    int n_failed;  /* recorded as failed in the outputs */
    int n_undrawn; /* read and written, but without their overlay or a picture */
    int n_blank;
    recto_error first_failure; /* of the first failed or undrawn page, with its number in front */
} recto_convert_result;

/**
 * Convert one document.
 *
 * result        zeroed first
 * path          input file, "-" for standard input
 * outputs       [n_outputs]
 * base          path in front of the names of overlays (BASE.page-N.png) and of pictures cut out
 *               (BASE.page-N.picture-K.png); NULL = none are made, whatever opt says
 * slot          the models, loaded when a page needs them
 *
 * A page that fails is recorded and costs only itself; when every page failed the document fails
 * with the first page's error and leaves nothing behind. Pictures get their names just before the
 * outputs that name them. Overlays are drawn when the outputs have
 * their names, so none of them can cost an output.  Errors: those of reading (IO, FORMAT,
 * ENCRYPTED, UNSUPPORTED, LIMIT), ARG (no page of the range exists), MODEL, OUTPUT, NOMEM, DEVICE,
 * CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_convert_document(recto_convert_result *result, const char *path,
                                                     const recto_output *outputs, int n_outputs,
                                                     const char *base, const recto_options *opt,
                                                     recto_model_slot *slot, recto_error *err);

#endif
