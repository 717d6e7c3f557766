/* The fz_device that sees a page: everything MuPDF paints becomes an entry of a recto_pdf_page.
 * Internal to vision/.  The MuPDF types are opaque here. */
#ifndef RECTO_VISION_PDF_DEVICE_H
#define RECTO_VISION_PDF_DEVICE_H

#include "vision/pdf_page.h"

struct fz_context;
struct fz_device;

/**
 * New device that fills `page` (reset by the caller, borrowed until the device is dropped).  When a
 * limit is reached or memory is out, page->failed is set and the interpretation ends early, with or
 * without an exception.  The fz_image in page->image is kept: drop it before the next reset.
 *
 * Throws (MuPDF): out of memory only.
 */
struct fz_device *recto_pdf_device_new(struct fz_context *ctx, recto_pdf_page *page);

#endif
