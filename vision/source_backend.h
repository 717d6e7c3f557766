/* What stands behind a recto_source: one table of functions a kind of document.  Internal to
 * vision/: source.c tells the kinds apart by content, checks arguments and page numbers, and
 * dispatches; source_pdf.c, source_image.c and source_remote.c fill the table.
 *
 * A page index given to a table function is always 0 <= i < page_count(self), outputs are never
 * NULL and are zeroed, and opt.dpi and opt.max_pixels hold their defaults already.  Errors from
 * page functions need no "page 3: " in front: source.c puts it there. */
#ifndef RECTO_VISION_SOURCE_BACKEND_H
#define RECTO_VISION_SOURCE_BACKEND_H

#include "vision/source.h"

typedef struct recto_source_backend {
    void (*close)(void *self);
    int (*page_count)(const void *self); /* >= 1 */
    const recto_source_meta *(*metadata)(const void *self);
    recto_status (*scan)(recto_source_facts *facts_out, /* NULL if not wanted */
                         recto_layout *layout_out,      /* NULL if not wanted */
                         void *self, int i, float layout_dpi, bool include_hidden,
                         recto_arena *keep, recto_error *err); /* keep: NULL without layout_out */
    recto_status (*pixels)(recto_image **out, void *self, int i, recto_error *err);
    recto_status (*picture)(recto_image **out, void *self, int i, float dpi, recto_error *err);
    /* Both NULL where there are no attachments.  The list lives as long as the document. */
    recto_status (*attachments)(const recto_source_attachment **out, int *n_out, void *self,
                                recto_error *err);
    /* The bytes of attachment k (in range) from an offset on; fewer than asked for only at their
     * end.  Asked for in order from 0; any other offset is slow.  size is at most 1 MiB. */
    recto_status (*attachment)(size_t *got, void *to, size_t size, void *self, int k,
                               uint64_t offset, recto_error *err);
    /* A searchable copy: as in source.h; the others are called only after a begin that went well,
     * pages in rising order. */
    recto_status (*copy_begin)(bool *keeps_input, void *self, const recto_source_copy_options *opt,
                               recto_error *err);
    recto_status (*copy_page)(void *self, const recto_source_copy_page *page, recto_error *err);
    recto_status (*copy_end)(void *self, recto_error *err);
    recto_status (*copy_take)(size_t *got, void *to, size_t size, void *self, recto_error *err);
} recto_source_backend;

/* An opened document: its table and the pointer its functions take first. */
typedef struct recto_source_opened {
    const recto_source_backend *backend; /* static */
    void *self;                          /* freed by backend->close */
} recto_source_opened;

/** True if the bytes look like a PDF: "%PDF-" in the first 1024 bytes. */
bool recto_source_pdf_probe(const uint8_t *bytes, size_t size);
/** True if the bytes begin with the signature of an image file that we read. */
bool recto_source_image_probe(const uint8_t *bytes, size_t size);

/**
 * Open a PDF, or an image file.  bytes are borrowed and outlive the document; name is for messages
 * only; opt is never NULL, its defaults are filled in, and it is copied where it is needed later
 * (the password array is not valid after the call).  The number of pages is checked against
 * opt->max_pages by source.c.
 *
 * Errors: FORMAT, ENCRYPTED, UNSUPPORTED, LIMIT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_source_pdf_open(recto_source_opened *out, const uint8_t *bytes,
                                                    size_t size, const recto_source_options *opt,
                                                    recto_error *err);
RECTO_MUST_CHECK recto_status recto_source_image_open(recto_source_opened *out,
                                                      const uint8_t *bytes, size_t size,
                                                      const recto_source_options *opt,
                                                      recto_error *err);

/** What recto_source_open makes of its options: the defaults filled in. */
recto_source_options recto_source_settled(const recto_source_options *opt);
/** A source of a document that is open already, which is closed here on error.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_source_wrap(recto_source **out, recto_source_opened doc,
                                                recto_error *err);
/** What stands behind a source; borrowed. */
recto_source_opened recto_source_behind(const recto_source *s);

#endif
