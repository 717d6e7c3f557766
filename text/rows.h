/* Rows: the segments of a leaf that share a baseline, from left to right. */
#ifndef RECTO_TEXT_ROWS_H
#define RECTO_TEXT_ROWS_H

#include "text/flow.h"

typedef struct recto_row {
    recto_flow_item *items; /* by x; a slice of the page's ordered items */
    int n;
    float baseline; /* mean of the items', px */
    float size;     /* largest of the items' */
    recto_rect box;
    int leaf;
    recto_table *table; /* set on the first row of a table found by alignment */
    bool in_table;      /* this row's text is in such a table */
} recto_row;

/**
 * Group ordered items into rows.  items is permuted within rows (to go by x).
 *
 * rows_out  in tmp
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_rows_build(recto_row **rows_out, int *n_out,
                                               recto_flow_item *items, int n, recto_arena *tmp,
                                               recto_error *err);

/**
 * Turn rows into parts: tables stand for their rows, the segments of every other row become one
 * line of words.  parts_out in tmp, merged lines in keep.  Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_rows_parts(recto_flow_part **parts_out, int *n_out,
                                               const recto_row *rows, int n_rows, recto_arena *keep,
                                               recto_arena *tmp, recto_error *err);

#endif
