/* A trace from start to end: model found, image opened, stages written. */
#ifndef RECTO_PIPELINE_TRACE_H
#define RECTO_PIPELINE_TRACE_H

#include "pipeline/options.h"

/**
 * Write the trace of a model's work on an image (the first page of a document).
 *
 * model   path or name
 * image   any file that recto reads; PDF pages are rendered at opt->dpi
 * path    the safetensors file to write
 * prompt  NULL = that of the document task
 * opt     vlm: mmproj, system, think, tiles (reference's rule if none), max_tokens, kind; limits
 *
 * The image is taken as it lies: no turning, no page default of tiles.  Errors: of recto_vlm_open,
 * _load and _trace, and of reading the image.
 */
RECTO_MUST_CHECK recto_status recto_trace_image(const char *model, const char *image,
                                                const char *path, const char *prompt,
                                                const recto_options *opt, recto_error *err);

#endif
