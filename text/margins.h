/* Page headers and footers: what stands alone in a page's top and bottom margins and comes back on
 * other pages. */
#ifndef RECTO_TEXT_MARGINS_H
#define RECTO_TEXT_MARGINS_H

#include "text/flow.h"

/**
 * Mark lines that stand alone in the top or bottom margin (one or two rows with white to the rest)
 * by their leaf, RECTO_FLOW_LEAF_TOP or _BOTTOM, so that columns do not swallow them.  It says
 * nothing about what they are.  sorted: n line items by baseline.
 */
void recto_margins_split(recto_flow_item *const *sorted, int n, const recto_flow_metrics *m);

/** Label what is certain on one page alone: page numbers ("- 3 -", "Page 2 of 5", a lone number) at
 * its top or bottom.  False if out of memory. */
bool recto_margins_label_numbers(recto_block *blocks, int n, const recto_flow_metrics *m,
                                 recto_arena *keep);

/* What stood in the margins of the pages seen so far. */
typedef struct recto_margins recto_margins;
recto_margins *recto_margins_new(void); /* NULL if out of memory */
void recto_margins_free(recto_margins *s);
/** Count a page's margin blocks; memory is bounded whatever the number of pages.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_margins_observe(recto_margins *s, const recto_page *page,
                                                    recto_error *err);
/** Label the page's headers and footers: the same text up to digits at the same height on another
 * page, or a line at a height where most pages have one.  body: the document's, in points.  False
 * if out of memory. */
bool recto_margins_settle(const recto_margins *s, recto_page *page, float body_pt,
                          recto_arena *keep);

#endif
