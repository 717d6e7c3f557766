/* Charts drawn with nothing but filled boxes.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_BARS_H
#define RECTO_VISION_PDF_BARS_H

#include "vision/pdf_page.h"

/**
 * Mark the cells under bars: painted areas without text on them, three or more of which end on one
 * line and are of different lengths.  Grounds of table cells are as long as their row is high.
 *
 * layout  lines, in px; scale: px a point
 *
 * Returns false if out of memory (of tmp).
 */
bool recto_pdf_bars_mark(uint8_t cells[RECTO_PDF_GRID][RECTO_PDF_GRID], const recto_pdf_page *page,
                         const recto_layout *layout, float scale, recto_arena *tmp);

#endif
