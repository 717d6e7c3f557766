/* What a PDF says about itself: title, author, dates, bookmarks.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_INFO_H
#define RECTO_VISION_PDF_INFO_H

#include "core/arena.h"
#include "vision/source.h"

struct fz_context;
struct pdf_document;

/**
 * Read the metadata into `out` (format "pdf"); texts are cleaned and live in `keep`.
 *
 * What cannot be read is left NULL: a broken Info dictionary costs no page.  Never throws.
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pdf_info_read(recto_source_meta *out, struct fz_context *ctx,
                                                  struct pdf_document *doc, recto_arena *keep,
                                                  recto_error *err);

#endif
