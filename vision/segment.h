/* Segmentation of a prepared page without a model: text lines, ruling lines, pictures. */
#ifndef RECTO_VISION_SEGMENT_H
#define RECTO_VISION_SEGMENT_H

#include "core/arena.h"
#include "vision/prepare.h"

/* A text line segment to be read: no gap wide enough to be a column or cell boundary, no rule
 * through it. */
typedef struct recto_segment_line {
    recto_rect box; /* px of the prepared page; the crop for the line reader: ascenders and
                       descenders inside.  It is a parallelogram when slope is not 0: its top at x
                       is y0 + slope * (x - xm), its bottom y1 + slope * (x - xm), with xm the
                       middle of box */
    recto_rect ink; /* tight box of its ink */
    float baseline; /* y at the middle of box */
    float slope;    /* dy/dx of the baseline, residual skew of this line; |slope| <= 0.1 */
    float x_height; /* px, estimated; 0 if unknown */
    float size;     /* estimated font size (em) px */
    float stroke;   /* mean stroke width px: bold is about 1.4 times regular at the same size */
    int column;     /* id of the column or cell it came from; always -1, unknown, at present */
} recto_segment_line;

/* A box to tick. */
typedef struct recto_segment_box {
    recto_rect box; /* px of the prepared page */
    bool checked;
    float conf; /* 0..1, of checked */
} recto_segment_box;

typedef struct recto_segments {
    recto_segment_line *lines;
    int n_lines;
    recto_rect *rules; /* thin boxes, the longer side is the direction */
    int n_rules;
    recto_rect *pictures;
    int n_pictures;
    recto_segment_box *boxes; /* their ink is in no line */
    int n_boxes;
} recto_segments;

/**
 * Find lines, rules, pictures and check boxes.  Stands two columns, dense receipts, tables whose
 * rules touch the text. out lives in `keep`; tmp is scratch, back at its mark on return.  Errors:
 * NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_segment(recto_segments *out, const recto_prepared *page,
                                            recto_arena *keep, recto_arena *tmp, recto_error *err);

#endif
