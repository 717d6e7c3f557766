/* A new PDF of the pages of an image file.  Internal to vision/: source_image.c says what the
 * pages' pictures are. */
#ifndef RECTO_VISION_PDF_WRITE_PAGES_H
#define RECTO_VISION_PDF_WRITE_PAGES_H

#include "vision/image.h"
#include "vision/source.h"

typedef struct recto_pdf_write_pages recto_pdf_write_pages;

/* What a page shows: a file's bytes, or pixels, or nothing. */
typedef struct recto_pdf_write_picture {
    const uint8_t *jpeg; /* the bytes of a JPEG or PNG file of one page; else NULL */
    const uint8_t *png;
    size_t size;
    /* Else, or where PDF cannot hold those: decode the page, its rows as they are stored. */
    recto_status (*decode)(recto_image **out, int *orientation, void *user, recto_error *err);
    void *user;
} recto_pdf_write_picture;

/** Begin; free with recto_pdf_write_pages_free.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_pdf_write_pages_new(recto_pdf_write_pages **out,
                                                        const recto_source_copy_options *opt,
                                                        recto_error *err);
void recto_pdf_write_pages_free(recto_pdf_write_pages *p); /* NULL is a no-op */
/**
 * The next page: its picture over all of it, and the text over that.
 *
 * page  width and height: where they are 0 those of the decoded picture count, at 300 dpi
 *
 * A picture that cannot be decoded (FORMAT, UNSUPPORTED) leaves a page without one.
 * Errors: LIMIT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pdf_write_pages_add(recto_pdf_write_pages *p,
                                                        const recto_source_copy_page *page,
                                                        const recto_pdf_write_picture *picture,
                                                        recto_error *err);
RECTO_MUST_CHECK recto_status recto_pdf_write_pages_end(recto_pdf_write_pages *p, recto_error *err);
size_t recto_pdf_write_pages_take(recto_pdf_write_pages *p, void *to, size_t size);

#endif
