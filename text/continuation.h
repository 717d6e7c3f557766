/* Paragraphs and list items that a column's or page's end breaks off. */
#ifndef RECTO_TEXT_CONTINUATION_H
#define RECTO_TEXT_CONTINUATION_H

#include "text/flow.h"
#include "text/join.h"

/* How paragraphs begin, counted over those that follow another one in their column. */
typedef struct recto_continuation_habits {
    int n_indented;
    int n_flush;
} recto_continuation_habits;

/** Count a page's paragraphs. */
void recto_continuation_observe(recto_continuation_habits *h, const recto_block *blocks, int n);

/**
 * Set goes_on and continues between the columns of a page, and around what interrupts a column.
 *
 * Text is taken as broken off only where its last line is full and does not end a sentence, and
 * the next running text of the same look begins in lower case, or without an indent; after the end
 * of a sentence only where paragraphs are indented and this one is not.  A text block that goes on
 * a list item becomes one, with its marker and level.
 *
 * blocks  in reading order, with their lines; not yet at their final places if m->slope is not 0
 */
void recto_continuation_columns(recto_block *blocks, int n, const recto_flow_metrics *m,
                                recto_join *join);

/**
 * The same between two settled pages that follow one another, tables included.
 * keep: arena of `page`.  False if out of memory.
 */
bool recto_continuation_pages(recto_page *before, recto_page *page,
                              const recto_continuation_habits *h, recto_arena *keep);

/** Take back what no longer holds after labels have changed. */
void recto_continuation_mend(recto_block *blocks, int n);

#endif
