/* Tables found from alignment: what the finder (table_aligned.c) and the builder
 * (table_aligned_build.c) share.  Internal to text/. */
#ifndef RECTO_TEXT_TABLE_ALIGNED_H
#define RECTO_TEXT_TABLE_ALIGNED_H

#include "text/table.h"

#define RECTO_TABLE_MAX_COLS 40

/* A stretch of a line's words without a wide gap. */
typedef struct recto_table_grain {
    float x0, x1; /* px */
    recto_line *line;
    int first, n_words; /* slice of the line's words */
    int n_chars;        /* bytes */
    bool number;        /* reads as one, perhaps with its unit */
    bool bold;
} recto_table_grain;

/* White between two columns. */
typedef struct recto_table_strip {
    float x0, x1;
} recto_table_strip;

/* Rows that keep strips of white in common. */
typedef struct recto_table_run {
    int first, last; /* rows, last included */
    recto_table_strip strips[RECTO_TABLE_MAX_COLS];
    int n_strips;
    int n_multi; /* rows with two grains or more */
} recto_table_run;

/* The page at hand. */
typedef struct recto_table_finder {
    recto_row *rows;
    int n_rows;
    recto_table_grain *grains;
    int *first; /* [n_rows + 1] first grain of a row */
    const recto_layout *layout;
    const recto_flow_metrics *m;
    recto_join *join;
    recto_arena *keep;
    recto_arena *tmp;
} recto_table_finder;

/* What the columns of a run look like. */
typedef struct recto_table_columns {
    int n;
    float xs[RECTO_TABLE_MAX_COLS + 2]; /* edges */
    int filled[RECTO_TABLE_MAX_COLS + 1];
    int numbers[RECTO_TABLE_MAX_COLS + 1];
    int words[RECTO_TABLE_MAX_COLS + 1];
    int grains[RECTO_TABLE_MAX_COLS + 1];
    /* rows that share an edge or the middle with the row before */
    int aligned[RECTO_TABLE_MAX_COLS + 1];
} recto_table_columns;

/** Grains of a row. */
static inline int recto_table_aligned_count(const recto_table_finder *f, int row)
{
    return f->first[row + 1] - f->first[row];
}

/** Column that holds x; the outer ones reach to the page's edges. */
int recto_table_aligned_column(const recto_table_columns *c, float x);
/** Horizontal rules about as wide as the table between heights y0 and y1. */
int recto_table_aligned_rules(const recto_table_finder *f, const recto_table_columns *c, float y0,
                              float y1);
/** Just below a row's baseline. */
float recto_table_aligned_bottom(const recto_table_finder *f, int row);
/** Does the row hold a number? */
bool recto_table_aligned_has_numbers(const recto_table_finder *f, int row);
/** The table of a run; NULL if too little of it remains, with *failed true if out of memory. */
recto_table *recto_table_aligned_build(const recto_table_finder *f, const recto_table_run *r,
                                       const recto_table_columns *c, bool *failed);

#endif
