/* An open PDF and the rendering of its pages.  Internal to vision/: source_pdf.c opens and
 * interprets, pdf_render.c makes pixels. */
#ifndef RECTO_VISION_PDF_DOC_H
#define RECTO_VISION_PDF_DOC_H

#include "vision/pdf_attach.h"
#include "vision/pdf_depth.h"
#include "vision/pdf_page.h"

struct fz_context;
struct pdf_document;
struct pdf_obj;
struct recto_pdf_block;
struct recto_pdf_write_update;

typedef struct recto_pdf_doc {
    struct fz_context *ctx;
    struct pdf_document *doc;
    void *alloc;          /* fz_alloc_context, malloc */
    const uint8_t *bytes; /* the file; borrowed */
    size_t size;
    float dpi;
    int64_t max_pixels;
    int n_pages;
    bool repaired; /* the file was broken and MuPDF put it together again */
    recto_source_meta meta;
    recto_arena *keep; /* metadata */
    recto_arena *tmp;  /* scratch of one call */

    struct recto_pdf_block *blocks; /* MuPDF's allocations */
    size_t used_bytes;              /* their sum */
    size_t trim_at_bytes;           /* when they are more, unused objects are let go */
    bool refused; /* an allocation went over the limit since this was last cleared */
    int n_errors; /* errors that MuPDF reported since this was last cleared */

    recto_pdf_depth depth;
    recto_pdf_attach attach;

    int page_index; /* page that `page` and `facts` describe, -1 none */
    recto_pdf_page page;
    recto_source_facts facts;

    struct recto_pdf_write_update *copy; /* a searchable copy under way, or NULL */
} recto_pdf_doc;

/** What a caught MuPDF exception means, in our words: its own may quote the document.  what: "the
 * page cannot be drawn". */
recto_status recto_pdf_doc_error(recto_pdf_doc *d, const char *what, recto_error *err);

/** From PDF user space of a page object to px of the current page as it is displayed (d->page: its
 * boxes, UserUnit, rotation and turn).  Throws. */
recto_affine recto_pdf_doc_place(recto_pdf_doc *d, struct pdf_obj *page, float scale);

/** Let go of objects that can be read again, once they are many.  Borrowed objects are lost, kept
 * ones are not.  Throws. */
void recto_pdf_doc_trim(recto_pdf_doc *d);

/**
 * The one image of the current page (facts.single_image) at its own resolution, grey and upright.
 *
 * *out is NULL with RECTO_OK if it cannot be had without resampling (skewed, masked, different
 * resolutions along x and y, partly clipped): render the page instead.
 * Errors: LIMIT, NOMEM, FORMAT.
 */
RECTO_MUST_CHECK recto_status recto_pdf_render_image(recto_image **out, recto_pdf_doc *d,
                                                     recto_error *err);
/** Draw page i at dpi on white; channels 1 or 3.  Errors: LIMIT, NOMEM, FORMAT. */
RECTO_MUST_CHECK recto_status recto_pdf_render_page(recto_image **out, recto_pdf_doc *d, int i,
                                                    float dpi, int channels, recto_error *err);
/** The resolution at which to draw the current page for reading. */
float recto_pdf_render_dpi(const recto_pdf_doc *d);

#endif
