/* Tables whose columns come from alignment: what the finders (table_aligned.c among rows of text,
 * table_framed.c between rules) and their steps (columns, rows, building) share.  Internal to
 * text/. */
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
    bool dash;          /* stands for a number that is not there */
    bool bold;
} recto_table_grain;

/* White between two columns. */
typedef struct recto_table_strip {
    float x0, x1;
} recto_table_strip;

/* Rows that may be a table. */
typedef struct recto_table_run {
    int first, last; /* rows, last included */
    recto_table_strip strips[RECTO_TABLE_MAX_COLS];
    int n_strips;
    int n_multi;        /* rows with two grains or more */
    const float *edges; /* vertical rules that part columns, px, rising; NULL if there are none */
    int n_edges;
} recto_table_run;

/* The rows at hand: a page's, or those of a frame. */
typedef struct recto_table_finder {
    recto_row *rows;
    int n_rows;
    recto_table_grain *grains;
    int *first;  /* [n_rows + 1] first grain of a row */
    float space; /* em: wider gaps part grains */
    float *ink;  /* [n_rows] share of a row's width that its words cover */
    int *words;  /* [n_rows] */
    const recto_layout *layout;
    const recto_flow_metrics *m;
    recto_join *join;
    recto_arena *keep;
    recto_arena *tmp;
} recto_table_finder;

/* What the texts of a column have in common. */
typedef enum recto_table_edge {
    RECTO_TABLE_LEFT,
    RECTO_TABLE_RIGHT,
    RECTO_TABLE_MIDDLE,
    RECTO_TABLE_POINT, /* the decimal point */
    RECTO_TABLE_EDGE_COUNT
} recto_table_edge;

/* What the columns of a run look like. */
typedef struct recto_table_columns {
    int n;
    float em;                             /* size of the run's text, px */
    float xs[RECTO_TABLE_MAX_COLS + 2];   /* edges */
    bool ruled[RECTO_TABLE_MAX_COLS + 2]; /* the edge is a rule */
    int filled[RECTO_TABLE_MAX_COLS + 1]; /* rows that have something in it */
    int numbers[RECTO_TABLE_MAX_COLS + 1];
    int digits[RECTO_TABLE_MAX_COLS + 1]; /* grains that hold a digit */
    int lines[RECTO_TABLE_MAX_COLS + 1];  /* lines of text */
    int full[RECTO_TABLE_MAX_COLS + 1];   /* lines of words that fill the column */
    int words[RECTO_TABLE_MAX_COLS + 1];
    int grains[RECTO_TABLE_MAX_COLS + 1];
    float left[RECTO_TABLE_MAX_COLS + 1]; /* ends of its text, px */
    float right[RECTO_TABLE_MAX_COLS + 1];
    float aligned[RECTO_TABLE_MAX_COLS + 1];         /* share of its rows that share an edge */
    recto_table_edge edge[RECTO_TABLE_MAX_COLS + 1]; /* which one */
    float edge_at[RECTO_TABLE_MAX_COLS + 1];         /* its place, px */
} recto_table_columns;

/* A stretch of text in a column, for telling rows. */
typedef struct recto_table_entry {
    float baseline, size;
    float x0, x1;
    float first_word; /* width of its first word, px */
    int col, col_end; /* first and last column it stands in */
    bool number;
    bool lower; /* starts in lower case: it may go on a text */
    int index;  /* the caller's */
    int row;    /* out */
} recto_table_entry;

/* --- table_columns.c --- */

/** Gap that is wider than the page's word spaces, em. */
float recto_table_columns_space(const recto_layout *layout, const recto_flow_metrics *m);
/** Cut the finder's rows into grains at gaps wider than f->space.  False if out of memory. */
bool recto_table_columns_grains(recto_table_finder *f);
/** Grains of a row. */
static inline int recto_table_columns_count(const recto_table_finder *f, int row)
{
    return f->first[row + 1] - f->first[row];
}
/** The columns of a run, from the white that its rows have in common and its edges.  False if out
 * of memory. */
bool recto_table_columns_find(recto_table_columns *c, const recto_table_finder *f,
                              const recto_table_run *r);
/** Column that holds x; the outer ones reach to the page's edges. */
int recto_table_columns_at(const recto_table_columns *c, float x);
/** Columns that a grain covers. */
void recto_table_columns_span(const recto_table_columns *c, const recto_table_grain *g, int *from,
                              int *to);

/** Do most of a row's grains keep to the edges of their columns?  Those over several columns do not
 * count; a row of prose with wide spaces does not. */
bool recto_table_columns_fit(const recto_table_columns *c, const recto_table_finder *f, int row);

/* --- table_rows.c --- */

/**
 * Tell which baselines start a row of a table and which go on in cells of the row above.
 *
 * A rule between them starts one.  Where the lines of a cell stand closer than rows do, the step
 * tells; else a line goes on only if its first word had no more room on the line above, in columns
 * that are not numbers.
 *
 * e       n entries, sorted here by baseline; out: row
 * rules   heights of the rules across the table, rising, px
 * Returns the number of rows; 0 if out of memory (n >= 1).
 */
int recto_table_rows_cut(recto_table_entry *e, int n, int n_cols, const float *rules, int n_rules,
                         bool exact, recto_arena *tmp);

/* --- table_aligned.c --- */

/** Horizontal rules about as wide as the table between heights y0 and y1. */
int recto_table_aligned_rules(const recto_table_finder *f, const recto_table_columns *c, float y0,
                              float y1);
/** Just below a row's baseline. */
float recto_table_aligned_bottom(const recto_table_finder *f, int row);
/** Does the row hold a number? */
bool recto_table_aligned_has_numbers(const recto_table_finder *f, int row);
/** Does the line start as a caption does ("Table 3")? */
bool recto_table_aligned_is_caption(const recto_line *line);
/** Are the rows entries of a table of contents: dot leaders, or page numbers that rise? */
bool recto_table_aligned_is_contents(const recto_table_finder *f, const recto_table_run *r);
/** Is a run a table?  framed: rules above and below hold it together. */
bool recto_table_aligned_judge(const recto_table_finder *f, const recto_table_run *r,
                               const recto_table_columns *c, bool framed);
/** The best run that starts in rows from <= row < until and has min_columns or more; false if none
 * is a table, with *failed true if out of memory. */
bool recto_table_aligned_best(const recto_table_finder *f, int from, int until, int min_columns,
                              recto_table_run *best, recto_table_columns *best_columns,
                              bool *failed);
/** Take in the rows above a run that are its header. */
void recto_table_aligned_extend(const recto_table_finder *f, recto_table_run *r,
                                recto_table_columns *c, int top);

/* --- table_across.c --- */

/**
 * Find tables that lie across a gutter of the page.
 *
 * items  n items by baseline; those of a table lose their line
 * like   all but the rows and grains is taken from it
 * out    TABLE items are added at *n_out, cap_out at most in all
 * False if out of memory.
 */
bool recto_table_across_find(recto_flow_item *items, int n, const recto_table_finder *like,
                             recto_flow_item *out, int *n_out, int cap_out);

/* --- table_aligned_build.c --- */

/** The table of a run; NULL if too little of it remains, with *failed true if out of memory. */
recto_table *recto_table_aligned_build(const recto_table_finder *f, const recto_table_run *r,
                                       const recto_table_columns *c, bool *failed);

#endif
