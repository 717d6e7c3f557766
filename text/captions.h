/* Captions among a page's blocks, and what they belong to. */
#ifndef RECTO_TEXT_CAPTIONS_H
#define RECTO_TEXT_CAPTIONS_H

#include "text/flow.h"

/** Label captions: text that starts as captions do ("Figure 3:", "Tabelle 2", "Рис. 7.") and small
 * text right below a picture.  Only TEXT blocks are touched. */
void recto_captions_label(recto_block *blocks, int n, const recto_flow_metrics *m);

/** Does a line open a caption beyond doubt: word, number and punctuation ("Table 2:")? */
bool recto_captions_opens(const recto_line *line);

/**
 * Tie captions and their tables and pictures to each other (recto_block.tied), one to one.
 *
 * What stands nearest belongs together, above, below or beside, if no other text is between; words
 * for figures ask for a picture first, words for tables for a table.  Called when blocks have their
 * final places.
 */
void recto_captions_tie(recto_block *blocks, int n);

#endif
