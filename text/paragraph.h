/* Paragraphs, list items and code from lines in reading order. */
#ifndef RECTO_TEXT_PARAGRAPH_H
#define RECTO_TEXT_PARAGRAPH_H

#include "text/flow.h"
#include "text/join.h"

/**
 * Cut the parts of a page into blocks.
 *
 * Lines stand in one block while they keep size, weight, distance and margin; a line that is
 * indented, follows a short last line, or starts with a list marker begins a new one.  Labels are
 * TEXT, LIST_ITEM, CODE, TABLE and PICTURE; headings and the like are found later on the blocks.
 *
 * blocks_out  in tmp with room for two more; what they point to is in keep
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_paragraph_build(recto_block **blocks_out, int *n_out,
                                                    recto_flow_part *parts, int n,
                                                    const recto_flow_metrics *m, recto_join *join,
                                                    recto_arena *keep, recto_arena *tmp,
                                                    recto_error *err);

#endif
