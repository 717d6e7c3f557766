/* How deeply the parts of a PDF are nested.  Internal to vision/.
 *
 * MuPDF 1.21 follows outlines and the resources of forms, patterns and soft masks by recursion
 * without a limit: a file of a few megabytes ends the program with a stack overflow.  These walks
 * keep their own stack and tell beforehand. */
#ifndef RECTO_VISION_PDF_DEPTH_H
#define RECTO_VISION_PDF_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

struct fz_context;
struct pdf_document;

/* Objects seen in the walk numbered `stamp`; kept from page to page. */
typedef struct recto_pdf_depth {
    uint32_t *seen; /* [n], by object number; malloc */
    int n;
    uint32_t stamp;
} recto_pdf_depth;

/** True if the outline can be read.  Throws. */
bool recto_pdf_depth_outline(struct fz_context *ctx, struct pdf_document *doc);
/** True if page i (0-based) can be loaded and run.  False also when out of memory.  Throws. */
bool recto_pdf_depth_page(recto_pdf_depth *depth, struct fz_context *ctx, struct pdf_document *doc,
                          int i);
void recto_pdf_depth_free(recto_pdf_depth *depth);

#endif
