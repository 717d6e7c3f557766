/* Structure: what the lines of a page mean.  The same code serves text-layer pages and scans.
 *
 * Two steps, so that a document of any length streams:
 *   1. recto_structure_page      one page's layout -> blocks in reading order with page-local
 * labels
 *   2. recto_structure_observe   every page of step 1 is shown to the document's statistics, then
 *      recto_structure_settle    uses them on each page: heading levels over the document, the
 * title, page headers and footers by repetition Pages may live in a spill between the two steps. */
#ifndef RECTO_TEXT_STRUCTURE_H
#define RECTO_TEXT_STRUCTURE_H

#include "text/doc.h"

/**
 * Order and label one page.
 *
 * page    in: number, width, height, dpi set; out: blocks, n_blocks, conf filled (others untouched)
 * layout  lines, rules, pictures; its words may be shared by the result, so both live in `keep`
 * keep    arena of the page
 * tmp     scratch; back at its mark on return
 *
 * Errors: NOMEM.  An empty layout gives a page without blocks.
 */
RECTO_MUST_CHECK recto_status recto_structure_page(recto_page *page, const recto_layout *layout,
                                                   recto_arena *keep, recto_arena *tmp,
                                                   recto_error *err);

typedef struct recto_structure_stats recto_structure_stats;
recto_structure_stats *recto_structure_stats_new(void); /* NULL if out of memory */
void recto_structure_stats_free(recto_structure_stats *s);
/** Show a page of step 1; memory stays bounded by distinct sizes and margin lines, not by pages of
 * text. */
RECTO_MUST_CHECK recto_status recto_structure_observe(recto_structure_stats *s,
                                                      const recto_page *page, recto_error *err);
/** After all pages were observed: final labels and levels of one page, in place. */
RECTO_MUST_CHECK recto_status recto_structure_settle(const recto_structure_stats *s,
                                                     recto_page *page, recto_arena *keep,
                                                     recto_error *err);

#endif
