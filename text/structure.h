/* Structure: what the lines of a page mean.  The same code serves text-layer pages and scans.
 *
 * Three steps, so that a document of any length streams:
 *   1. recto_structure_page      one page's layout -> blocks in reading order with page-local
 * labels
 *   2. recto_structure_observe   every page of step 1 is shown to the document's statistics, then
 *      recto_structure_settle    uses them on each page: heading levels over the document, the
 * title, page headers and footers by repetition
 *   3. recto_structure_bridge    joins what a page break cuts, between a settled page and the next
 * Pages may live in a spill between the first two steps. */
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
/**
 * Tell of the document's bookmarks before its pages are observed: where one's title stands on its
 * page, that is a heading, and of its level.  Titles are not kept.  Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_structure_stats_bookmarks(recto_structure_stats *s,
                                                              const recto_bookmark *bookmarks,
                                                              int n, recto_error *err);
/** Show a page of step 1; memory stays bounded by distinct sizes and margin lines, not by pages of
 * text. */
RECTO_MUST_CHECK recto_status recto_structure_observe(recto_structure_stats *s,
                                                      const recto_page *page, recto_error *err);
/** After all pages were observed: final labels and levels of one page, in place. */
RECTO_MUST_CHECK recto_status recto_structure_settle(const recto_structure_stats *s,
                                                     recto_page *page, recto_arena *keep,
                                                     recto_error *err);

/**
 * Tie two pages that were settled: what is broken off at the end of `before` and goes on in `page`,
 * paragraphs, list items and tables.  Sets goes_on, continues and n_repeat, in place.  To be called
 * for each two pages that follow one another, before the first of them is written; boxes are still
 * those of the page as it was read.
 *
 * keep  arena of `page`
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_structure_bridge(const recto_structure_stats *s,
                                                     recto_page *before, recto_page *page,
                                                     recto_arena *keep, recto_error *err);

#endif
