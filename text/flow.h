/* What the parts of the structure code share: the page's lines as items to be put in order, the
 * page's measures, and the parts (lines, tables, pictures in reading order) that become blocks.
 * Internal to text/.
 *
 *   layout -> items (flow.c) -> ruled tables (table_ruled.c) -> order (order.c) -> rows and aligned
 *   tables (rows.c, table_aligned.c) -> parts -> paragraphs (paragraph.c) -> labels -> blocks
 */
#ifndef RECTO_TEXT_FLOW_H
#define RECTO_TEXT_FLOW_H

#include "text/doc.h"

/* Measures of the page that the rules are scaled with. */
typedef struct recto_flow_metrics {
    float width, height; /* page, px */
    float dpi;           /* px per inch */
    float body;          /* body size: character-weighted mode of the lines' sizes, px; never 0 */
    recto_rect area;     /* all lines */
    float column;        /* width of a full line of the body, px */
    float pitch;         /* typical baseline distance of body lines, px; never 0 */
    bool exact;          /* sizes come from fonts (else from ink, about +-10 %) */
    float slope;         /* dy/dx left in the lines of a scan; 0 if none was seen */
    bool mono;           /* nearly all text has a fixed pitch: it does not mean code then */
    bool bold;           /* most text is bold: it does not mean headings then */
    bool caps;           /* much text is in capitals: it does not mean headings then */
} recto_flow_metrics;

/* One thing to be put in order: a line segment, a finished table or a picture. */
typedef struct recto_flow_item {
    recto_rect box;
    recto_line *line;   /* NULL for tables and pictures */
    recto_table *table; /* TABLE only */
    float size;         /* line's size, 0 else */
    int n_chars;        /* of the line */
    float right;        /* right edge of its column, px; filled by recto_order_sort */
    int leaf;           /* filled by recto_order_sort: lines of one leaf are read row by row */
    int index;          /* place in the input: makes every sort total */
} recto_flow_item;

/* One line, table or picture in reading order, rows joined. */
typedef struct recto_flow_part {
    recto_rect box;
    recto_line *line;   /* NULL for tables and pictures */
    recto_table *table; /* TABLE only */
    int leaf;
    float right; /* right edge of its column, px */
    bool row;    /* joined from several segments far apart: a text line of its own */
    bool code;   /* a line of a program */
} recto_flow_part;

/* Leaves that do not come from the order. */
enum {
    RECTO_FLOW_LEAF_TOP = -1,          /* alone in the page's top margin */
    RECTO_FLOW_LEAF_ASIDE = 1 << 20,   /* what stands beside the text; see recto_flow_aside_leaf */
    RECTO_FLOW_LEAF_PICTURE = 1 << 24, /* plus n: text inside picture n */
    RECTO_FLOW_LEAF_BOTTOM = 1 << 28,  /* alone in the page's bottom margin */
};

enum {
    RECTO_FLOW_ASIDE_LEAVES = 256, /* of one aside; more share the last */
    RECTO_FLOW_MAX_ASIDES = 4096,  /* of a page; more share the last */
};

/** Leaf k of aside i (both from 0). */
static inline int recto_flow_aside_leaf(int i, int k)
{
    int aside = i < RECTO_FLOW_MAX_ASIDES ? i : RECTO_FLOW_MAX_ASIDES - 1;
    int leaf = k < RECTO_FLOW_ASIDE_LEAVES ? k : RECTO_FLOW_ASIDE_LEAVES - 1;
    return RECTO_FLOW_LEAF_ASIDE + aside * RECTO_FLOW_ASIDE_LEAVES + leaf;
}

/** The aside that a leaf belongs to; -1 if to none. */
static inline int recto_flow_aside_of(int leaf)
{
    return leaf >= RECTO_FLOW_LEAF_ASIDE && leaf < RECTO_FLOW_LEAF_PICTURE
               ? (leaf - RECTO_FLOW_LEAF_ASIDE) / RECTO_FLOW_ASIDE_LEAVES
               : -1;
}

/**
 * Take the usable lines of a layout: boxes finite, clipped to the page, sizes and baselines mended.
 *
 * items_out  n_out items in the layout's order, the lines themselves copied into keep
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_flow_load(recto_flow_item **items_out, int *n_out,
                                              const recto_layout *layout, recto_arena *keep,
                                              recto_arena *tmp, recto_error *err);

/** Measure the page.  items may be any order; n may be 0.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_flow_measure(recto_flow_metrics *out,
                                                 const recto_layout *layout,
                                                 const recto_flow_item *items, int n,
                                                 recto_arena *tmp, recto_error *err);

/** Fill box, size, conf, style and baseline of a line from its words (n_words >= 1); size_hint and
 * baseline_hint come from the line or lines it was made of. */
void recto_flow_close_line(recto_line *line, float size_hint, float baseline_hint);

/**
 * Take the page's slope out of baselines (sign -1) while rows are formed, and put it back into the
 * result (sign +1).  Boxes stay as they are.
 */
void recto_flow_level(recto_line *lines, int n, const recto_flow_metrics *m, float sign);

/** Drop specks that were read as a character: tiny lines of a scan.  Returns the new n. */
int recto_flow_drop_specks(recto_flow_item *items, int n, const recto_flow_metrics *m);

/** Code points in a line's words. */
int recto_flow_chars(const recto_line *line);

/**
 * Split item at x: words whose middle lies right of x go to *right_out.  False if one side would
 * be empty.  Both lines share the word array (a slice each).  *right_out is a new line in keep;
 * NULL and true if out of memory.
 */
bool recto_flow_split(recto_line *line, float x, recto_line **right_out, recto_arena *keep);

/** A new line made of n lines' words in their order; NULL if out of memory. */
recto_line *recto_flow_merge(recto_line *const *lines, int n, recto_arena *keep);

/** Finite and not upside down. */
bool recto_flow_rect_ok(recto_rect r);

#endif
