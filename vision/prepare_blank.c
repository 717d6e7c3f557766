/* Is there anything to read on a page?  Judged from the pieces of ink that cleaning has left, one
 * by one: too small, a straight scratch, a punch hole, faint and soft like print seen through the
 * paper, or something. */
#include "vision/prepare_parts.h"
#include <math.h>

/* Millimetres. */
static const float MIN_HEIGHT = 1.2f;  /* lower pieces are dust; capitals of 5 point */
static const float SURE_HEIGHT = 1.6f; /* one piece of this height is enough; digits of 7 point */
static const float MIN_SCRATCH = 5;    /* a straight hairline longer than this is no letter */
static const float SCRATCH_WIDTH = 0.4f;
static const float STAPLE_WIDTH = 1.5f; /* near an edge */
static const float MIN_HOLE = 4;
static const float MAX_HOLE = 9;
static const float EDGE_MARGIN = 30;   /* punch holes and staples lie this close to an edge */
static const float EDGE_WIDTH = 0.17f; /* over which the flank of a stroke is measured */
/* Shares. */
static const float FAINT = 0.25f;        /* depth of print seen through the paper, of the paper */
static const float SOFT = 0.45f;         /* flank of blurred strokes, of their depth */
static const float SOFT_COARSE = 0.55f;  /* the same where a pixel is wider than EDGE_WIDTH / 2 */
static const float SHADOW = 0.2f;        /* flank of a shadow or a stain */
static const float SMALL_WEIGHT = 0.34f; /* three small pieces are as good as a large one */

typedef struct look {
    float depth; /* paper minus ink, share of the paper */
    float flank; /* how much of the depth is gained over EDGE_WIDTH where a stroke begins */
} look;

static look look_at(const recto_prepare_marks *m, int mark, const recto_image *gray,
                    const recto_prepare_ground *g, float mm)
{
    enum { MAX_RUNS = 2000 };
    const recto_prepare_mark *k = &m->marks[mark];
    int half = (int)fmaxf(0.5f * EDGE_WIDTH * mm + 0.5f, 1);
    double ink = 0;
    double paper = 0;
    double steps = 0;
    int n_px = 0;
    int n_runs = 0;
    for (int y = k->y0; y < k->y1 && n_runs < MAX_RUNS; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++) {
            const recto_prepare_run *r = &m->runs[i];
            if (r->mark != mark)
                continue;
            const uint8_t *row = gray->px + (size_t)y * gray->stride;
            int before = r->x0 - half > 0 ? r->x0 - half : 0;
            int after = r->x0 + half < gray->width ? r->x0 + half : gray->width - 1;
            steps += row[before] > row[after] ? row[before] - row[after] : 0;
            for (int x = r->x0; x < r->x1; x++)
                ink += row[x];
            n_px += r->x1 - r->x0;
            paper += (double)(r->x1 - r->x0) * g->paper[y / g->tile * g->cols + r->x0 / g->tile];
            n_runs++;
        }
    look l = {0};
    if (n_px == 0 || paper <= ink)
        return l;
    double depth = (paper - ink) / n_px;
    l.depth = (float)(depth * n_px / paper);
    l.flank = (float)(steps / n_runs / depth);
    return l;
}

static bool near_edge(const recto_prepare_mark *k, const recto_prepare_marks *m, float mm)
{
    float margin = EDGE_MARGIN * mm;
    return (float)k->x0 < margin || (float)k->y0 < margin ||
           (float)k->x1 > (float)m->width - margin || (float)k->y1 > (float)m->height - margin;
}

/* A straight stroke: about one run in each row, and narrow for its length. */
static bool is_scratch(const recto_prepare_mark *k, const recto_prepare_marks *m, float mm)
{
    float w = (float)(k->x1 - k->x0);
    float h = (float)(k->y1 - k->y0);
    float length = hypotf(w, h);
    float widest = near_edge(k, m, mm) ? STAPLE_WIDTH : SCRATCH_WIDTH;
    return length > MIN_SCRATCH * mm && (float)k->area < widest * mm * length &&
           (float)k->n_runs < 1.3f * h + 2;
}

static bool is_hole(const recto_prepare_mark *k, const recto_prepare_marks *m, float mm)
{
    float w = (float)(k->x1 - k->x0);
    float h = (float)(k->y1 - k->y0);
    bool full = (float)k->area > 0.65f * w * h;
    return near_edge(k, m, mm) && full && w > MIN_HOLE * mm && w < MAX_HOLE * mm && h > 0.75f * w &&
           w > 0.75f * h;
}

bool recto_prepare_blank_judge(const recto_prepare_marks *m, const recto_image *gray,
                               const recto_prepare_ground *g, float dpi)
{
    float mm = dpi / 25.4f;
    float soft = EDGE_WIDTH * mm >= 2 ? SOFT : SOFT_COARSE;
    float found = 0;
    for (int i = 0; i < m->n_marks && found < 1; i++) {
        const recto_prepare_mark *k = &m->marks[i];
        float h = (float)(k->y1 - k->y0);
        if (k->area == 0 || h < MIN_HEIGHT * mm || is_scratch(k, m, mm) || is_hole(k, m, mm))
            continue;
        if (!g->bilevel) {
            look l = look_at(m, i, gray, g, mm);
            if (l.flank < SHADOW || (l.depth < FAINT && l.flank < soft))
                continue;
        }
        found += h >= SURE_HEIGHT * mm ? 1 : SMALL_WEIGHT;
    }
    return found < 1;
}
