/* Book spreads: two pages side by side on one sheet or scan. */
#ifndef RECTO_TEXT_SPREAD_H
#define RECTO_TEXT_SPREAD_H

#include "text/doc.h"

/**
 * Find the fold of a spread: a landscape page that is empty around its middle from top to bottom,
 * over more than a gap between columns, with a page's worth of running text on at least one side
 * and none that is set in rows over both.
 *
 * x_out  px, the middle of the white at the fold
 * Returns false if it is no spread, or out of memory for the look at it.
 */
bool recto_spread_find(float *x_out, const recto_layout *layout, recto_arena *tmp);

/** What of a layout lies on one side of x (right or left of it), lines cut there.  Lines and arrays
 * in tmp, words shared.  False if out of memory. */
bool recto_spread_half(recto_layout *out, const recto_layout *layout, float x, bool right,
                       recto_arena *tmp);

/**
 * The same of a page's blocks, which tell it by themselves: how many of them, from the first on,
 * are on the page that is read first; 0 if the page is no spread.
 */
int recto_spread_of_page(const recto_page *page);

#endif
