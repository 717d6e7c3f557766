/* The annotations of a PDF page, one after another, for those that read them into a layout (links,
 * form fields).  Internal to vision/, and only for files that know MuPDF. */
#ifndef RECTO_VISION_PDF_ANNOTS_H
#define RECTO_VISION_PDF_ANNOTS_H

#include "vision/pdf_doc.h"

#include <mupdf/fitz.h>
#include <mupdf/pdf.h>

/* What a reader of annotations works with. */
typedef struct recto_pdf_annots {
    recto_pdf_doc *d;
    fz_context *ctx;
    recto_layout *out; /* width and height are set */
    recto_arena *keep; /* of the layout */
    fz_matrix to_px;
    size_t cap;  /* room in the array that is filled */
    bool nomem;  /* of keep: nothing more is read */
    int n_steps; /* of searches, for readers that bound them */
} recto_pdf_annots;

/**
 * Call `read` for each annotation of page i, which is the current page (d->page).
 *
 * read   may throw: that costs the one annotation; sets r->nomem when keep is full
 * scale  px a point
 * what   "the links of a page", for the message
 *
 * A page whose annotations cannot be read has none.  Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pdf_annots_read(recto_pdf_annots *r, int i, float scale,
                                                    void (*read)(recto_pdf_annots *r,
                                                                 pdf_obj *annot),
                                                    const char *what, recto_error *err);

/** A rectangle of the annotation on the page, clipped to it, px; perhaps empty. */
recto_rect recto_pdf_annots_box(const recto_pdf_annots *r, fz_rect box);

/** Room for one more item in an array of the layout that has n; NULL (and r->nomem) if there is
 * none.
 */
void *recto_pdf_annots_room(recto_pdf_annots *r, void *items, size_t n, size_t size);

#endif
