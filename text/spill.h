/* Spill: pages parked outside memory between the two steps of structure, in an unlinked private
 * temporary file, so that memory does not grow with the document.  Own data, read back by the same
 * process. */
#ifndef RECTO_TEXT_SPILL_H
#define RECTO_TEXT_SPILL_H

#include "text/doc.h"

typedef struct recto_spill recto_spill;

RECTO_MUST_CHECK recto_status recto_spill_open(recto_spill **out, recto_error *err);
void recto_spill_close(recto_spill *s); /* NULL is a no-op */
/** Append a page (all it points to is copied out). */
RECTO_MUST_CHECK recto_status recto_spill_add(recto_spill *s, const recto_page *page,
                                              recto_error *err);
int recto_spill_count(const recto_spill *s);
/** Read page i (0-based, in the order added) back into the arena.  Bounds-checked: damage gives
 * FORMAT. */
RECTO_MUST_CHECK recto_status recto_spill_read(recto_page *out, recto_spill *s, int i,
                                               recto_arena *keep, recto_error *err);

#endif
