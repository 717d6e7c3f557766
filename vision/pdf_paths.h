/* What a path is made of: straight rules and boxes, or shapes.  Internal to vision/: pdf_device.c
 * asks for each path that is painted or clips.  The MuPDF types are opaque here. */
#ifndef RECTO_VISION_PDF_PATHS_H
#define RECTO_VISION_PDF_PATHS_H

#include "vision/pdf_page.h"

struct fz_context;
struct fz_path;

typedef struct recto_pdf_point {
    float x, y;
} recto_pdf_point;

typedef struct recto_pdf_paths_walk {
    recto_pdf_page *page; /* where rules, boxes and areas are filed */
    recto_affine to_page; /* from the path's space */
    recto_rect area;      /* that paint can reach */
    bool filling;         /* else stroking */
    bool emit;            /* file what is found; else only count */
    recto_pdf_colour colour;
    bool opaque;
    float thick; /* stroke width, pt */

    recto_rect box;        /* out: of the last subpath */
    int n_boxes, n_shapes; /* out, added to: straight parts, and all others */

    recto_pdf_point start, at; /* of the subpath; the current point */
    int n_edges;               /* of the subpath */
    bool straight, axial;      /* no curve so far; all edges parallel to an axis */
} recto_pdf_paths_walk;

/** Walk over all segments of a path: once, or first without `emit` to know what it is made of, so
 * that a drawing's short edges are not taken for rules. */
void recto_pdf_paths_run(recto_pdf_paths_walk *walk, struct fz_context *ctx,
                         const struct fz_path *path);

#endif
