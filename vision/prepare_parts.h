/* What the files of page preparation share.  Internal to vision/.
 *
 *   grey -> [small copy] -> ground -> ink -> marks -> quarter turn, skew, up or down
 *   grey -> turned, sheared -> ground -> ink -> marks -> borders and specks out -> blank?
 *
 * The first row runs on a copy of about 150 px per inch and only decides; the second makes the
 * result.  Everything but images and masks lives in the scratch arena of one call. */
#ifndef RECTO_VISION_PREPARE_PARTS_H
#define RECTO_VISION_PREPARE_PARTS_H

#include "core/arena.h"
#include "vision/prepare.h"

/* --- prepare_ground.c: how bright the paper is, what counts as ink ------------------------------
 */

typedef struct recto_prepare_ground {
    int tile;           /* px, side of the square tiles */
    int cols, rows;     /* of tiles */
    uint8_t *paper;     /* [rows, cols] brightness of the paper at the tile's middle */
    uint8_t *threshold; /* [rows, cols] ink is darker than this */
    float noise;        /* standard deviation of bare paper, grey levels */
    float contrast;     /* paper minus ink where there is ink, typical; 0 if there is none */
    bool bilevel;       /* only black and white occur */
    bool uneven;        /* the paper's brightness varies over the page */
} recto_prepare_ground;

/** Measure paper and ink.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_prepare_ground_measure(recto_prepare_ground *out,
                                                           const recto_image *gray,
                                                           recto_arena *tmp, recto_error *err);
/** ink[y, x] = 1 where gray is darker than the threshold. */
RECTO_MUST_CHECK recto_status recto_prepare_ground_ink(recto_mask *ink, const recto_image *gray,
                                                       const recto_prepare_ground *g,
                                                       recto_arena *tmp, recto_error *err);
/** Bring the paper to one brightness, in place. */
RECTO_MUST_CHECK recto_status recto_prepare_ground_flatten(recto_image *gray,
                                                           const recto_prepare_ground *g,
                                                           recto_arena *tmp, recto_error *err);

/* --- prepare_marks.c: connected pieces of ink ---------------------------------------------------
 */

typedef struct recto_prepare_run {
    int32_t x0, x1; /* x0 <= x < x1 */
    int32_t mark;
} recto_prepare_run;

typedef struct recto_prepare_mark {
    int32_t x0, y0, x1, y1; /* box, x1 and y1 just outside */
    int32_t area;           /* px of ink */
    int32_t n_runs;
} recto_prepare_mark;

typedef struct recto_prepare_marks {
    int width, height;
    recto_prepare_run *runs;   /* by row, then x; malloc */
    int *first_run;            /* [height + 1] of each row; malloc */
    recto_prepare_mark *marks; /* malloc */
    int n_marks;
    float letter; /* height of a typical letter's box in px; 0 if there are no letters */
    int n_letters;
} recto_prepare_marks;

/** Find the connected pieces (8 neighbours).  Errors: NOMEM.  Free with recto_prepare_marks_free,
 * also after an error. */
RECTO_MUST_CHECK recto_status recto_prepare_marks_find(recto_prepare_marks *out,
                                                       const recto_mask *ink, recto_error *err);
void recto_prepare_marks_free(recto_prepare_marks *m);
/** Could this piece be a letter, or letters that touch? */
bool recto_prepare_marks_is_text(const recto_prepare_marks *m, const recto_prepare_mark *mark);
/**
 * Take rules, underlines, frames and dark areas out of the mask and find the marks again; then
 * leave only letters in the mask (marks that are no letters stay in the list, without pixels).
 *
 * Errors: NOMEM; the marks are to be freed then too.
 */
RECTO_MUST_CHECK recto_status recto_prepare_marks_text_only(recto_mask *ink, recto_prepare_marks *m,
                                                            recto_arena *tmp, recto_error *err);

/* --- prepare_skew.c: how far lines slope; straightening ------------------------------------------
 */

typedef struct recto_prepare_slope {
    float slope;    /* dy/dx of the text lines; a clockwise skew is positive */
    float strength; /* sharpness of the line pattern at that slope, for comparing directions */
    float conf;     /* 0..1 */
} recto_prepare_slope;

/** Slope of text lines that run across (or, `down`, of columns of letters that run down: dx/dy). At
 * most +-7 degrees.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_prepare_skew_find(recto_prepare_slope *out,
                                                      const recto_prepare_marks *m, bool down,
                                                      recto_arena *tmp, recto_error *err);
/**
 * Make lines of this slope level and their verticals upright, by two shears with linear weights.
 *
 * out         as large as the whole sheared page; the paper at its edges is carried on where there
 *             was none
 * to_input    px of out -> px of im
 */
RECTO_MUST_CHECK recto_status recto_prepare_skew_level(recto_image **out, recto_affine *to_input,
                                                       const recto_image *im, float slope,
                                                       recto_arena *tmp, recto_error *err);

/* --- prepare_turn.c: which way up ----------------------------------------------------------------
 */

typedef struct recto_prepare_way {
    int turn_deg; /* clockwise turn that makes the page upright; 0 if unsure */
    float conf;   /* 0..1 */
    bool upside_down_unsure;
    recto_prepare_slope slope; /* of the lines after the turn */
} recto_prepare_way;

/** Decide on quarter turns and on the slope of the lines after the turn.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_prepare_turn_find(recto_prepare_way *out,
                                                      const recto_prepare_marks *m,
                                                      const recto_mask *ink, bool orient,
                                                      recto_arena *tmp, recto_error *err);

/* --- prepare_clean.c: what is no part of the page ------------------------------------------------
 */

/**
 * Take the scanner's dark borders, edge shadows and specks out of the mask.
 *
 * Marks taken out lose their pixels and get area 0.  dpi: of the mask.  Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_prepare_clean(recto_mask *ink, recto_prepare_marks *m,
                                                  float dpi, recto_arena *tmp, recto_error *err);

/* --- prepare_blank.c
 * ------------------------------------------------------------------------------ */

/** Is there nothing to read among the marks that are left?  Dust, scratches, punch holes and the
 * faint print of the other side do not count; one digit or a signature does. */
bool recto_prepare_blank_judge(const recto_prepare_marks *m, const recto_image *gray,
                               const recto_prepare_ground *g, float dpi);

#endif
