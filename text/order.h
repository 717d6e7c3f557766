/* Reading order: which lines belong to one column, and in which turn the columns are read. */
#ifndef RECTO_TEXT_ORDER_H
#define RECTO_TEXT_ORDER_H

#include "text/flow.h"

/**
 * Put items in reading order.
 *
 * A page is cut at its best gutter (a tall empty strip with running text, or text that keeps no
 * common rows, on both sides) into what lies above the gutter, left, right and below it; each part
 * is cut again until no gutter is left.  Such a part is a leaf: its lines are read row by row.
 * A line that covers two columns (its gap was too narrow to see on one line) is split.  What stands
 * aside of the text (notes in the margin, boxes and pictures that text runs around) is taken out of
 * it: such items have leaves from RECTO_FLOW_LEAF_ASIDE on and come last.
 *
 * items_out  n_out items in tmp, by leaf, within a leaf by height then x; lines of a split item
 *            live in keep
 * rules      horizontal ones end a gutter that they cross
 *
 * Errors: NOMEM.  O(n log n) for pages of print; the number of tries on a part is bounded.
 */
RECTO_MUST_CHECK recto_status recto_order_sort(recto_flow_item **items_out, int *n_out,
                                               const recto_flow_item *items, int n,
                                               const recto_flow_metrics *m, const recto_rule *rules,
                                               int n_rules, recto_arena *keep, recto_arena *tmp,
                                               recto_error *err);

#endif
