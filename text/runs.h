/* Runs of a text that are not plain: spans from the styles of words and the links over them. */
#ifndef RECTO_TEXT_RUNS_H
#define RECTO_TEXT_RUNS_H

#include "text/flow.h"
#include "text/join.h"

/**
 * Give blocks and the cells of their tables their spans.
 *
 * Bold, italic, raised, lowered and, in running text, fixed-pitch words; words whose middle lies
 * under a link.  What a block is as a whole (b->style) is no span of it, and bold is none in a
 * heading or a header cell.  Scans have no styles, so only links can give them spans.
 *
 * blocks  n finished blocks; spans and n_spans are filled where there are any
 * Errors: NOMEM.  O(words + spans log spans) per block; links of a height are looked at together.
 */
RECTO_MUST_CHECK recto_status recto_runs_find(recto_block *blocks, int n,
                                              const recto_layout *layout,
                                              const recto_flow_metrics *m, recto_join *join,
                                              recto_arena *keep, recto_arena *tmp,
                                              recto_error *err);

#endif
