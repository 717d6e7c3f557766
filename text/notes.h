/* Captions and footnotes among a page's blocks. */
#ifndef RECTO_TEXT_NOTES_H
#define RECTO_TEXT_NOTES_H

#include "text/flow.h"

/**
 * Label captions ("Figure 3: ...", "Tabelle 2", or small text right below a picture) and footnotes
 * (small text at the foot of its column that starts with a mark or stands under a short rule).
 * Only TEXT and LIST_ITEM blocks are touched.  False if out of memory.
 */
bool recto_notes_label(recto_block *blocks, int n, const recto_layout *layout,
                       const recto_flow_metrics *m, recto_arena *keep);

#endif
