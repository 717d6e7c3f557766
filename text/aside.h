/* Asides: notes in the margin, boxes and pictures that the text runs around. */
#ifndef RECTO_TEXT_ASIDE_H
#define RECTO_TEXT_ASIDE_H

#include "text/flow.h"

/* The blocks of one aside. */
typedef struct recto_aside {
    recto_block *blocks;
    int n;
    int place; /* index of the text's block that it goes before; filled by recto_aside_insert */
} recto_aside;

/**
 * Put asides among the blocks of the text: each after the paragraph that stands beside its top, so
 * that no paragraph is cut; before it where the paragraph goes on in another column or on the next
 * page, or where the aside is a heading at its side.
 *
 * out     room for all; n_out of them
 * blocks  n of the text, in reading order
 * asides  n_asides, in any order; empty ones are left out
 */
void recto_aside_insert(recto_block *out, int *n_out, const recto_block *blocks, int n,
                        recto_aside *asides, int n_asides, const recto_flow_metrics *m);

#endif
