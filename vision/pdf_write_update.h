/* A PDF with text added to some of its pages: what is there stays as it is, new objects follow it
 * as an incremental update; only a file that is broken is written anew.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_WRITE_UPDATE_H
#define RECTO_VISION_PDF_WRITE_UPDATE_H

#include "core/buf.h"
#include "vision/pdf_doc.h"
#include "vision/source_backend.h"

struct pdf_obj;

typedef struct recto_pdf_write_update recto_pdf_write_update;

/**
 * Begin a copy of the document.
 *
 * out          end it with recto_pdf_write_update_free, before the document is closed
 * keeps_input  the copy begins with all bytes of the input; what is taken follows them
 *
 * Errors: UNSUPPORTED (PDF/A; encrypted and broken, or encrypted in two ways), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pdf_write_update_new(recto_pdf_write_update **out,
                                                         bool *keeps_input, recto_pdf_doc *d,
                                                         const recto_source_copy_options *opt,
                                                         recto_error *err);
void recto_pdf_write_update_free(recto_pdf_write_update *u); /* NULL is a no-op */

/** Add text to a page; d->page describes it.  Errors: FORMAT, LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_pdf_write_update_page(recto_pdf_write_update *u,
                                                          const recto_source_copy_page *page,
                                                          recto_error *err);
/** No page follows. */
RECTO_MUST_CHECK recto_status recto_pdf_write_update_end(recto_pdf_write_update *u,
                                                         recto_error *err);
/** As the backend's. */
RECTO_MUST_CHECK recto_status recto_pdf_write_update_take(size_t *got, void *to, size_t size,
                                                          recto_pdf_write_update *u,
                                                          recto_error *err);

/* --- invisible text that gives way: pdf_write_strip.c ----------------------------------------- */

/**
 * A content stream without its invisible text (render mode 3).
 *
 * out       the content is appended; the caller frees it whatever happens
 * contents  of a page, or a form
 * mode      render mode that it begins with
 *
 * False: there is none of it, or taking it out could move what is seen.  Throws.
 */
bool recto_pdf_write_strip(recto_buf *out, recto_pdf_doc *d, struct pdf_obj *contents, int mode);

/* --- words that are there already: pdf_write_sift.c ------------------------------------------ */

/**
 * Take the words out that the page shows as text of its own.
 *
 * page    its lines are replaced by those that stay, in tmp
 * layout  of the page as displayed, at any resolution: visible text; words that hold U+FFFD do not
 *         count
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pdf_write_sift(recto_source_copy_page *page,
                                                   const recto_layout *layout, recto_arena *tmp,
                                                   recto_error *err);

#endif
