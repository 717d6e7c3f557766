/* What the files of the segmentation share: runs, components, work lines and their steps.
 *
 *   mask -> runs -> components -> [rules taken out, components again] -> letters, marks, big parts
 *        -> chains of letters -> lines with baselines -> marks attached, rows joined
 *        -> gaps judged (gutters, cells) -> segments -> crops
 *
 * Everything here lives in the scratch arena of one call. */
#ifndef RECTO_VISION_SEGMENT_PARTS_H
#define RECTO_VISION_SEGMENT_PARTS_H

#include "vision/segment.h"

/* A horizontal stretch of ink: x0 <= x < x1 on row y. */
typedef struct recto_segment_run {
    int32_t x0, x1, y;
    int32_t comp;  /* while linking: parent run; then the component's index */
    int32_t under; /* pixels of it that touch ink of the row above */
} recto_segment_run;

typedef struct recto_segment_runs {
    recto_segment_run *run; /* sorted by y, then x */
    int n, cap;
} recto_segment_runs;

enum {
    RECTO_SEGMENT_LETTER,   /* text-like, also punctuation */
    RECTO_SEGMENT_BIG,      /* too large for a letter of this page: drawing, logo, photo */
    RECTO_SEGMENT_DROPPED,  /* speck, or what a rule left behind */
    RECTO_SEGMENT_INVERTED, /* letter in white on a dark bar */
};

/* A connected component of ink (8-neighbours). */
typedef struct recto_segment_comp {
    int32_t x0, y0, x1, y1; /* box, x1 and y1 just outside */
    int32_t area;           /* pixels */
    int32_t edge;           /* pixel sides between ink and paper */
    int32_t kind;
    int32_t line;            /* work line it belongs to, -1 */
    int32_t bar;             /* 1 + the dark bar that this white letter stands on; 0 none */
    bool odd;                /* far too tall for the chain it was found in */
    int32_t first_run, runs; /* into recto_segment_parts.order */
} recto_segment_comp;

/* A line under construction; also a chain of letters before it is joined to others. */
typedef struct recto_segment_row {
    int first, n;       /* into recto_segment_parts.member, sorted by x0 */
    int x0, y0, x1, y1; /* ink box */
    float xm;           /* where base is measured: the middle of the ink box */
    float base, slope;  /* baseline y at xm; dy/dx */
    float asc;          /* height of the tall letters (capitals, b, d) above the baseline */
    float xh;           /* x-height; 0 if not seen */
    float size;         /* em */
    float letter;       /* height of a typical letter box */
    float standing;     /* share of the letters whose bottoms are on the baseline */
    int letters;        /* members that are no marks */
    bool small;         /* marks only: dots, dashes, quotes */
    bool dead;          /* merged into another, or not text */
    int bar;            /* as its members' */
    int column;         /* id of the column or cell, -1 */
} recto_segment_row;

typedef struct recto_segment_parts {
    const recto_prepared *page;
    int width, height;
    recto_arena *tmp;
    recto_error *err;
    float unit;  /* height of the page's typical letter box in px (between x-height and capitals) */
    float slope; /* of the page's long lines */
    float slope_spread; /* how far the long lines' slopes differ from it (standard deviation) */
    recto_segment_runs runs;
    int32_t *order; /* runs grouped by component, each in row order */
    recto_segment_comp *comp;
    int n_comps, cap_comps;
    recto_rect *rule; /* the longer side is the direction */
    int n_rules, cap_rules;
    recto_rect *picture;
    int n_pictures, cap_pictures;
    recto_segment_box *box;
    int n_boxes, cap_boxes;
    int32_t *member; /* components of all rows */
    recto_segment_row *row;
    int n_rows;
    void *fit_room; /* scratch of segment_fit.c */
} recto_segment_parts;

/* A page cut into horizontal bands; each lists the items that reach into it, in the order they were
 * given. */
typedef struct recto_segment_bands {
    int height; /* px a band */
    int n;
    int32_t *start; /* [n + 1] into item */
    int32_t *item;
} recto_segment_bands;

/* segment_runs.c */
RECTO_MUST_CHECK recto_status recto_segment_runs_find(recto_segment_parts *p);
/** Join touching runs: run[i].comp becomes the index of a representative run; counts `under`. */
void recto_segment_runs_link(recto_segment_run *run, int n);
/** Components of p->runs into p->comp, p->order (replacing what was there). */
RECTO_MUST_CHECK recto_status recto_segment_runs_label(recto_segment_parts *p);
/** Height of the page's typical letters from the components; 0 on a page without any. */
float recto_segment_runs_unit(const recto_segment_parts *p);

/* segment_bands.c */
/** y0, y1 [n]: extent of each item, px; items whose y1 <= y0 are left out; order NULL or the order
 * to list items in. */
RECTO_MUST_CHECK recto_status recto_segment_bands_build(recto_segment_bands *out,
                                                        recto_segment_parts *p, int band_height,
                                                        const float *y0, const float *y1,
                                                        const int32_t *order, int n);
/** The band that row y falls into, clamped to the page. */
int recto_segment_bands_at(const recto_segment_bands *b, float y);
/** Indices 0..n-1 sorted by key (px, clamped to the page's width); stable, O(n). */
RECTO_MUST_CHECK recto_status recto_segment_bands_sort(int32_t **out, recto_segment_parts *p,
                                                       const int32_t *key, int n, int key_max);

/* segment_boxes.c */
/** Find check boxes into p->box, take their ink out of the runs and label again. */
RECTO_MUST_CHECK recto_status recto_segment_boxes_take(recto_segment_parts *p);

/* segment_rules.c */
/** Find ruling lines into p->rule, take their ink out of the runs and label again. */
RECTO_MUST_CHECK recto_status recto_segment_rules_take(recto_segment_parts *p);
RECTO_MUST_CHECK recto_status recto_segment_rules_add(recto_segment_parts *p, recto_rect box);

/* segment_dashes.c */
/** Which components are strokes of a dashed rule of that direction: [n_comps]. */
RECTO_MUST_CHECK recto_status recto_segment_dashes_find(bool **out, recto_segment_parts *p,
                                                        bool vertical);

/* segment_pictures.c */
/** Sort components into letters, specks and big parts. */
RECTO_MUST_CHECK recto_status recto_segment_pictures_classify(recto_segment_parts *p);
/** Picture boxes from the big parts and from rows that are no text (those die). */
RECTO_MUST_CHECK recto_status recto_segment_pictures_find(recto_segment_parts *p);

/* segment_inverted.c */
/** White letters on dark bars become components of their own. */
RECTO_MUST_CHECK recto_status recto_segment_inverted_find(recto_segment_parts *p);

/* segment_split.c */
/** Cut components that hold letters of two lines. */
RECTO_MUST_CHECK recto_status recto_segment_split_lines(recto_segment_parts *p);

/* segment_rows.c */
/** Chains of letters, then lines: p->row, p->member. */
RECTO_MUST_CHECK recto_status recto_segment_rows_build(recto_segment_parts *p);

/* What linking and joining share. */
typedef struct recto_segment_links {
    recto_segment_parts *p;
    recto_segment_bands rules; /* vertical rules */
    int32_t *by_x;             /* components in order of x0 */
    int32_t *parent;           /* union-find over components, then over rows */
    float *y0, *y1;            /* scratch, one per component */
    bool noisy;                /* specks all over the page */
} recto_segment_links;

/* segment_join.c */
/** Rows that are chains of letters become lines. */
RECTO_MUST_CHECK recto_status recto_segment_join_lines(recto_segment_links *l);
/** Whether a vertical rule stands between x0 and x1 at height y. */
bool recto_segment_join_ruled_off(const recto_segment_links *l, float x0, float x1, float y);
/** Longest stretch without any ink in the row's band between x0 and x1, px. */
float recto_segment_join_white(const recto_segment_parts *p, const recto_segment_row *r, int x0,
                               int x1);
int recto_segment_join_root(int32_t *parent, int i);
void recto_segment_join_unite(int32_t *parent, int a, int b);

/* segment_fit.c */
/** Baseline, x-height, size of a row from its members. */
RECTO_MUST_CHECK recto_status recto_segment_fit_row(recto_segment_parts *p, recto_segment_row *r);
/** y of the baseline at x. */
static inline float recto_segment_base(const recto_segment_row *r, float x)
{
    return r->base + r->slope * (x - r->xm);
}

/** Do its letters, at least `need`, stand on a line as those of text do? */
static inline bool recto_segment_stands(const recto_segment_row *r, int need)
{
    return r->letters >= need && r->standing >= 0.6f;
}

/* segment_gaps.c */
/** Break rows at column and cell boundaries. */
RECTO_MUST_CHECK recto_status recto_segment_gaps_break(recto_segment_parts *p);

/* segment_crops.c */
/** The result's lines from the rows. */
RECTO_MUST_CHECK recto_status recto_segment_crops_make(recto_segments *out, recto_segment_parts *p,
                                                       recto_arena *keep);

#endif
