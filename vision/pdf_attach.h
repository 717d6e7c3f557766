/* Files inside a PDF: embedded files (a portfolio's members are such), and those that hang on
 * annotations.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_ATTACH_H
#define RECTO_VISION_PDF_ATTACH_H

#include "vision/source.h"

struct fz_stream;
struct recto_pdf_doc;

enum { RECTO_PDF_MAX_ATTACHMENTS = 10000 };

typedef struct recto_pdf_attach {
    bool listed;
    recto_source_attachment *items; /* in the document's arena, as all here */
    int *objects;                   /* [n] number of each one's stream */
    int n, cap;
    struct fz_stream *open; /* the one being read, or NULL */
    int open_index;
    uint64_t open_at; /* bytes read of it */
} recto_pdf_attach;

/** All of them, name tree first, then page by page, each stream once; read on the first call. */
RECTO_MUST_CHECK recto_status recto_pdf_attach_list(const recto_source_attachment **out, int *n_out,
                                                    struct recto_pdf_doc *d, recto_error *err);
/** See recto_source_backend.attachment. */
RECTO_MUST_CHECK recto_status recto_pdf_attach_read(size_t *got, void *to, size_t size,
                                                    struct recto_pdf_doc *d, int k, uint64_t offset,
                                                    recto_error *err);
/** Let go of the one being read. */
void recto_pdf_attach_close(struct recto_pdf_doc *d);

#endif
