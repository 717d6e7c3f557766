/* A page as bytes, for spill.c.  Internal to text/. */
#ifndef RECTO_TEXT_SPILL_PAGE_H
#define RECTO_TEXT_SPILL_PAGE_H

#include "core/buf.h"
#include "text/doc.h"

/** Append the page, all it points to included; a buf that has failed is out of memory, or a text is
 * too long. */
void recto_spill_page_put(recto_buf *out, const recto_page *page);
/** The page of exactly these bytes, in keep.  Errors: FORMAT (damage: every bound is checked),
 * NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_spill_page_take(recto_page *out, const void *bytes, size_t size,
                                                    recto_arena *keep, recto_error *err);

#endif
