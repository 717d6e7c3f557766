/* Links of a PDF page.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_LINKS_H
#define RECTO_VISION_PDF_LINKS_H

#include "vision/pdf_doc.h"

/**
 * Add the links of the current page (d->page, read as page i) to a layout.
 *
 * Addresses of the web, of mail and telephones, and pages of the document itself; what would open
 * files or run something is left out, and so is what is hidden, off the page, or longer than any
 * address.  A broken link, or a page whose links cannot be read, costs the links only.
 *
 * scale  px a point
 *
 * Errors: NOMEM (of keep).
 */
RECTO_MUST_CHECK recto_status recto_pdf_links_build(recto_layout *out, recto_pdf_doc *d, int i,
                                                    float scale, recto_arena *keep,
                                                    recto_error *err);

#endif
