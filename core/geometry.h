/* Rectangles and affine maps.  Pixels or points, y down, x0 <= x1 and y0 <= y1; x1 and y1 are just
 * outside. */
#ifndef RECTO_CORE_GEOMETRY_H
#define RECTO_CORE_GEOMETRY_H

#include <stdbool.h>

typedef struct recto_rect {
    float x0, y0, x1, y1;
} recto_rect;

/* x' = a x + c y + e,  y' = b x + d y + f */
typedef struct recto_affine {
    float a, b, c, d, e, f;
} recto_affine;

#define RECTO_AFFINE_IDENTITY                                                                      \
    {                                                                                              \
        1.0f, 0.0f, 0.0f, 1.0f, 0.0f, 0.0f                                                         \
    }

static inline float recto_rect_width(recto_rect r)
{
    return r.x1 - r.x0;
}
static inline float recto_rect_height(recto_rect r)
{
    return r.y1 - r.y0;
}
static inline bool recto_rect_is_empty(recto_rect r)
{
    return !(r.x1 > r.x0 && r.y1 > r.y0);
}
float recto_rect_area(recto_rect r);                     /* 0 if empty */
recto_rect recto_rect_union(recto_rect a, recto_rect b); /* an empty one does not count */
recto_rect recto_rect_meet(recto_rect a, recto_rect b);  /* intersection, maybe empty */
float recto_rect_overlap_x(recto_rect a, recto_rect b);  /* length shared on x, >= 0 */
float recto_rect_overlap_y(recto_rect a, recto_rect b);
bool recto_rect_contains(recto_rect r, float x, float y);
recto_rect recto_rect_scale(recto_rect r, float sx, float sy);
recto_rect recto_rect_clip(recto_rect r, float width, float height); /* to 0..width, 0..height */

recto_affine recto_affine_then(recto_affine first, recto_affine second);
/** Inverse; identity and false if m is singular. */
bool recto_affine_invert(recto_affine *out, recto_affine m);
void recto_affine_apply(recto_affine m, float *x, float *y);
/** Bounding box of the mapped rectangle. */
recto_rect recto_affine_rect(recto_affine m, recto_rect r);

#endif
