/* Spill: pages parked outside memory between the two steps of structure, in an unlinked private
 * temporary file, so that memory does not grow with the document.  Own data, read back by the same
 * process, or by a later one that goes on with the document. */
#ifndef RECTO_TEXT_SPILL_H
#define RECTO_TEXT_SPILL_H

#include "text/doc.h"

typedef struct recto_spill recto_spill;

RECTO_MUST_CHECK recto_status recto_spill_open(recto_spill **out, recto_error *err);
/**
 * The same over a file that stays when the process ends in any way, so that a later one goes on
 * where it stopped.  The file holds document text: mode 0600; the caller removes it when it is of
 * no more use.
 *
 * path  made if it is not there
 * key   64 characters that say of what and how the pages were read; a file of another key, or of
 * none, is begun anew
 *
 * Whole records of the file are taken over, in their order, up to the first that is cut off or
 * damaged.
 */
RECTO_MUST_CHECK recto_status recto_spill_open_kept(recto_spill **out, const char *path,
                                                    const char *key, recto_error *err);
void recto_spill_close(recto_spill *s); /* NULL is a no-op */
/** Append a page (all it points to is copied out). */
RECTO_MUST_CHECK recto_status recto_spill_add(recto_spill *s, const recto_page *page,
                                              recto_error *err);
/** The same with bytes of the caller's own beside the page; of this machine and build. */
RECTO_MUST_CHECK recto_status recto_spill_add_with(recto_spill *s, const recto_page *page,
                                                   const void *extra, uint32_t extra_size,
                                                   recto_error *err);
/** The extra bytes of record i; FORMAT if it has another number of them. */
RECTO_MUST_CHECK recto_status recto_spill_extra(recto_spill *s, int i, void *extra,
                                                uint32_t extra_size, recto_error *err);
int recto_spill_count(const recto_spill *s);
/** Read page i (0-based, in the order added) back into the arena.  Bounds-checked: damage gives
 * FORMAT. */
RECTO_MUST_CHECK recto_status recto_spill_read(recto_page *out, recto_spill *s, int i,
                                               recto_arena *keep, recto_error *err);

#endif
