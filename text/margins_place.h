/* Where blocks stand in the margins of a page.  Internal to margins_seen.c. */
#ifndef RECTO_TEXT_MARGINS_PLACE_H
#define RECTO_TEXT_MARGINS_PLACE_H

#include "text/doc.h"

/* A page, or one of the two of a spread. */
typedef struct recto_margins_place {
    const recto_page *page;
    int from, to; /* blocks */
    int half;     /* 0, 1 */
} recto_margins_place;

/** The page, or the two of a spread: how many. */
int recto_margins_place_ranges(recto_margins_place out[2], const recto_page *page);

/** Height of a block's middle, as share of the page's. */
float recto_margins_place_height(const recto_page *page, const recto_block *b);

/** Is the block in the margin at this end of the page, and may it be a header or footer? */
bool recto_margins_place_in_zone(const recto_page *page, const recto_block *b, bool top);

/** White from block i to the next one further in, in its own size. */
float recto_margins_place_white(const recto_margins_place *r, int i, bool top);

/** What stands apart at this end of the page: some rows, then white.  Returns the depth of its
 * inner edge, px; negative if there is no such group.  O(blocks). */
float recto_margins_place_depth(const recto_margins_place *r, bool top);

/** The block that reaches out furthest at this end; NULL if there is none but ornaments. */
const recto_block *recto_margins_place_outer(const recto_margins_place *r, bool top);

/** Is block i one line of the group that ends at depth? */
bool recto_margins_place_is_lone(const recto_margins_place *r, int i, bool top, float depth);

/** A row with nothing further out: where running titles stand. */
bool recto_margins_place_is_outermost(const recto_margins_place *r, int i, bool top);

/** Smaller than the largest text block of the page, which stands for the body? */
bool recto_margins_place_is_small(const recto_margins_place *r, const recto_block *b);

/** Does row i stand over (or under) a row of the body in two places, as a table's head does? */
bool recto_margins_place_is_table_row(const recto_margins_place *r, int i, bool top);

/** Further out than the text's margins at the sides are broad, and apart: no text is set there. */
bool recto_margins_place_is_outside(const recto_margins_place *r, int i, bool top, float depth);

#endif
