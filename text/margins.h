/* Page headers and footers: what stands alone in a page's top and bottom margins and comes back on
 * other pages. */
#ifndef RECTO_TEXT_MARGINS_H
#define RECTO_TEXT_MARGINS_H

#include "text/flow.h"

/**
 * Mark lines that stand alone in the top or bottom margin (some rows with white to the rest) by
 * their leaf, RECTO_FLOW_LEAF_TOP or _BOTTOM, so that columns do not swallow them.  It says nothing
 * about what they are.  sorted: n line items by baseline.
 */
void recto_margins_split(recto_flow_item *const *sorted, int n, const recto_flow_metrics *m);

/**
 * Label what is certain on one page alone, before the document is known: page numbers ("- 3 -",
 * "Page 2 of 5", a lone number) at its top or bottom, and small print far below all else.  False
 * if out of memory.
 */
bool recto_margins_label_page(recto_block *blocks, int n, const recto_flow_metrics *m,
                              recto_arena *keep);

/* What stood in the margins of the pages seen so far. */
typedef struct recto_margins recto_margins;
recto_margins *recto_margins_new(void); /* NULL if out of memory */
void recto_margins_free(recto_margins *s);
/** Count a page's margin blocks; memory is bounded whatever the number of pages.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_margins_observe(recto_margins *s, const recto_page *page,
                                                    recto_error *err);
/**
 * Label the page's headers and footers: text that comes back at the same height on another page
 * (numbers in it the same, or counting with the pages), or a line at a height where most pages have
 * one and that shows by a page number, its size or its words that it is no part of the text.  The
 * pages of a spread count as two.  What recto_margins_label_page labelled on one page of many is
 * taken back if no other page has the like.
 *
 * body_pt: size of the document's body, in points.  False if out of memory.
 */
bool recto_margins_settle(const recto_margins *s, recto_page *page, float body_pt,
                          recto_arena *keep);

/* --- shared by margins.c and margins_seen.c ----------------------------------------------------
 */

/** May the block be a header or footer at all: some lines of text, no table? */
bool recto_margins_may(const recto_block *b);
/** Make it one. False if out of memory. */
bool recto_margins_relabel(recto_block *b, bool top, recto_arena *keep);
/** The block's text with its marker ("- 3 -" may have been read as a list item); in room if it had
 * to be put together, cut to fit. */
const char *recto_margins_text(char room[256], const recto_block *b);

#endif
