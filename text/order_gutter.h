/* Gutters: empty strips of a part of a page that separate columns.  Internal to order.c. */
#ifndef RECTO_TEXT_ORDER_GUTTER_H
#define RECTO_TEXT_ORDER_GUTTER_H

#include "text/flow.h"

/* A stretch of a line without a wide gap, or a slice of a table, picture or rule (n_words 0). */
typedef struct recto_order_chunk {
    float x0, x1;
    float y;  /* middle of the x-height for text */
    int item; /* -1: a rule */
    int first_word, n_words;
    int n_chars;
    float size;
    float right; /* of its column */
    int leaf;
} recto_order_chunk;

/* Which side of a gutter holds notes in the margin, if any. */
typedef enum recto_order_kind {
    RECTO_ORDER_COLUMNS = 0,
    RECTO_ORDER_NOTES_LEFT,
    RECTO_ORDER_NOTES_RIGHT,
} recto_order_kind;

typedef struct recto_order_strip {
    float x0, x1, y0, y1; /* y: of the chunks that end it; infinite where none does */
    int first;            /* number of chunks seen when it opened */
    float score;
    recto_order_kind kind;
} recto_order_strip;

/* Text of one line on one side of a candidate. */
typedef struct recto_order_piece {
    float x0, x1, y, size;
    int n_words, n_chars;
    int item, first_word, end_word; /* of its line */
    bool stacked;                   /* has a like line just above or below */
} recto_order_piece;

enum { RECTO_ORDER_MAX_GUTTERS = 8 };

/**
 * Find the gutters of a part: strips that stay white over several chunks and have columns, or text
 * and notes beside it, on both sides.
 *
 * out          RECTO_ORDER_MAX_GUTTERS, best first
 * chunks       n (>= 1), by y
 * items        that the chunks are of
 * left, right  room for n pieces each
 * Returns how many were found.
 */
int recto_order_gutter_find(recto_order_strip *out, const recto_order_chunk *chunks, int n,
                            const recto_flow_item *items, recto_order_piece *left,
                            recto_order_piece *right, const recto_flow_metrics *m);

#endif
