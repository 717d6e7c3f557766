/* Form fields of a PDF page (AcroForm widgets).  Internal to vision/. */
#ifndef RECTO_VISION_PDF_FORM_H
#define RECTO_VISION_PDF_FORM_H

#include "vision/pdf_doc.h"

struct fz_context;
struct pdf_obj;

/**
 * Is a widget told of as a field, so that what it shows is no text of the page?  Not if it is
 * hidden, a button, or shows text although it has no value (a form that was half flattened).
 * Throws.
 */
bool recto_pdf_form_tells(struct fz_context *ctx, struct pdf_obj *widget);

/**
 * Add the fields of the current page (d->page, read as page i) to a layout: those that
 * recto_pdf_form_tells says yes to and that lie on the page.  A broken field, or a page whose
 * fields cannot be read, costs the fields only.
 *
 * scale  px a point
 *
 * Errors: NOMEM (of keep).
 */
RECTO_MUST_CHECK recto_status recto_pdf_form_build(recto_layout *out, recto_pdf_doc *d, int i,
                                                   float scale, recto_arena *keep,
                                                   recto_error *err);

#endif
