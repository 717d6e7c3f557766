/* Rectangles and affine maps. */
#include "core/geometry.h"

#include <math.h>

static float least(float a, float b)
{
    return a < b ? a : b;
}

static float most(float a, float b)
{
    return a > b ? a : b;
}

float recto_rect_area(recto_rect r)
{
    return recto_rect_is_empty(r) ? 0.0f : recto_rect_width(r) * recto_rect_height(r);
}

recto_rect recto_rect_union(recto_rect a, recto_rect b)
{
    if (recto_rect_is_empty(a))
        return b;
    if (recto_rect_is_empty(b))
        return a;
    return (recto_rect){least(a.x0, b.x0), least(a.y0, b.y0), most(a.x1, b.x1), most(a.y1, b.y1)};
}

recto_rect recto_rect_meet(recto_rect a, recto_rect b)
{
    recto_rect r = {most(a.x0, b.x0), most(a.y0, b.y0), least(a.x1, b.x1), least(a.y1, b.y1)};
    r.x1 = most(r.x0, r.x1);
    r.y1 = most(r.y0, r.y1);
    return r;
}

float recto_rect_overlap_x(recto_rect a, recto_rect b)
{
    return most(0.0f, least(a.x1, b.x1) - most(a.x0, b.x0));
}

float recto_rect_overlap_y(recto_rect a, recto_rect b)
{
    return most(0.0f, least(a.y1, b.y1) - most(a.y0, b.y0));
}

bool recto_rect_contains(recto_rect r, float x, float y)
{
    return x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1;
}

recto_rect recto_rect_scale(recto_rect r, float sx, float sy)
{
    return (recto_rect){r.x0 * sx, r.y0 * sy, r.x1 * sx, r.y1 * sy};
}

/* v into 0..top; NaN becomes 0. */
static float into(float v, float top)
{
    return v > 0.0f ? least(v, top) : 0.0f;
}

recto_rect recto_rect_clip(recto_rect r, float width, float height)
{
    return (recto_rect){into(r.x0, width), into(r.y0, height), into(r.x1, width),
                        into(r.y1, height)};
}

recto_affine recto_affine_then(recto_affine first, recto_affine second)
{
    const recto_affine p = first;
    const recto_affine q = second;
    return (recto_affine){
        .a = q.a * p.a + q.c * p.b,
        .b = q.b * p.a + q.d * p.b,
        .c = q.a * p.c + q.c * p.d,
        .d = q.b * p.c + q.d * p.d,
        .e = q.a * p.e + q.c * p.f + q.e,
        .f = q.b * p.e + q.d * p.f + q.f,
    };
}

bool recto_affine_invert(recto_affine *out, recto_affine m)
{
    *out = (recto_affine)RECTO_AFFINE_IDENTITY;
    /* in double: a page-sized shift times a small determinant loses pixels in float */
    double det = (double)m.a * (double)m.d - (double)m.b * (double)m.c;
    if (!isfinite(det) || fabs(det) < 1e-12)
        return false;
    double a = (double)m.d / det;
    double b = -(double)m.b / det;
    double c = -(double)m.c / det;
    double d = (double)m.a / det;
    out->a = (float)a;
    out->b = (float)b;
    out->c = (float)c;
    out->d = (float)d;
    out->e = (float)-(a * (double)m.e + c * (double)m.f);
    out->f = (float)-(b * (double)m.e + d * (double)m.f);
    return true;
}

void recto_affine_apply(recto_affine m, float *x, float *y)
{
    float u = *x;
    float v = *y;
    *x = m.a * u + m.c * v + m.e;
    *y = m.b * u + m.d * v + m.f;
}

recto_rect recto_affine_rect(recto_affine m, recto_rect r)
{
    const float xs[4] = {r.x0, r.x1, r.x0, r.x1};
    const float ys[4] = {r.y0, r.y0, r.y1, r.y1};
    recto_rect out = {0};
    for (int i = 0; i < 4; i++) {
        float x = xs[i];
        float y = ys[i];
        recto_affine_apply(m, &x, &y);
        out.x0 = i == 0 ? x : least(out.x0, x);
        out.y0 = i == 0 ? y : least(out.y0, y);
        out.x1 = i == 0 ? x : most(out.x1, x);
        out.y1 = i == 0 ? y : most(out.y1, y);
    }
    return out;
}
