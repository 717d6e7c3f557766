/* Which way up a page is, from the pieces of ink alone.
 *
 * Across or down: each letter looks for ink to its right and below it.  In a line of text the next
 * letter is nearer than the next line, whatever the language, the typeface or the columns; so the
 * letters vote.  (Comparing row and column profiles instead fails on receipts: narrow, with letters
 * set in columns.)
 *
 * Up or down: the body of a line of lower-case letters has more ink above it (b d f h k l t, dots,
 * capitals, digits) than below (g j p q y).  The page is cut into stripes about twelve letters
 * wide, the rows of each are added up along the slope of the lines, and every line in every stripe
 * votes. Lines in capitals or of digits abstain.  A page that is upright is never turned lightly:
 * where the votes are not clear it stays, and the reader is told to try both ways. */
#include "vision/prepare_parts.h"
#include <math.h>
#include <stdlib.h>

/* Across or down. */
static const float REACH = 3;          /* letters: how far to look for the next ink */
static const float SURE_SHARE = 0.62f; /* of the votes for lines that run down the page */
static const int MIN_VOTES = 30;       /* fewer: leave the page */
/* Up or down. */
static const float STRIPE = 12;        /* letters: width of a stripe */
static const float MIN_EXCESS = 0.05f; /* ink above minus ink below, share of the body's */
static const float MIN_RATIO = 1.5f;   /* of the larger to the smaller */
static const float SURE_SCORE = 3;     /* votes: difference over the root of the sum */
static const float TURN_SCORE = 4.5f;  /* the same to be believed without a second look where */
static const float TURN_MAJORITY = 8;  /* they say that the page is not upright */
static const float SURE_MAJORITY = 4;  /* votes: at least so many to one */

static float ramp(float v, float low, float high)
{
    return v <= low ? 0 : v >= high ? 1 : (v - low) / (high - low);
}

/* --- across or down -----------------------------------------------------------------------------
 */

typedef struct line_votes {
    int across, down;
} line_votes;

/* Pixels of paper from (x, y) in direction (dx, dy) to the first ink; limit if there is none. */
static int paper_ahead(const recto_mask *ink, int x, int y, int dx, int dy, int limit)
{
    for (int i = 0; i < limit; i++, x += dx, y += dy) {
        if (x >= ink->width || y >= ink->height)
            return limit;
        if (ink->px[(size_t)y * ink->stride + (size_t)x] != 0)
            return i;
    }
    return limit;
}

static line_votes vote_direction(const recto_prepare_marks *m, const recto_mask *ink)
{
    enum { RAYS = 5 }; /* from each side of the box */
    line_votes v = {0};
    int limit = (int)(REACH * m->letter);
    for (int i = 0; i < m->n_marks; i++) {
        const recto_prepare_mark *k = &m->marks[i];
        int w = k->x1 - k->x0;
        int h = k->y1 - k->y0;
        if (!recto_prepare_marks_is_text(m, k) || (float)w > 3 * m->letter)
            continue;
        int right = limit;
        int below = limit;
        for (int j = 0; j < RAYS; j++) {
            int part = 2 * j + 1;
            int r = paper_ahead(ink, k->x1, k->y0 + part * h / (2 * RAYS), 1, 0, limit);
            int b = paper_ahead(ink, k->x0 + part * w / (2 * RAYS), k->y1, 0, 1, limit);
            right = r < right ? r : right;
            below = b < below ? b : below;
        }
        if (right * 4 < below * 3)
            v.across++;
        else if (below * 4 < right * 3)
            v.down++;
    }
    return v;
}

/* --- up or down ---------------------------------------------------------------------------------
 */

/* Votes for tops of letters towards small (first) or large (second) coordinates across the lines.
 */
typedef struct top_votes {
    int first, second;
} top_votes;

/* Ink counted across the lines, one profile for each stripe along them. */
typedef struct profiles {
    int n;           /* stripes */
    int width;       /* px of a stripe along the lines */
    int along;       /* px of the page along the lines */
    int length;      /* entries of a profile */
    int margin;      /* entry of coordinate 0 */
    uint16_t *count; /* [n, length] */
} profiles;

static void count_across(profiles *p, const recto_prepare_run *r, int y, float slope)
{
    for (int x = r->x0; x < r->x1;) {
        int stripe = x / p->width;
        int end = (stripe + 1) * p->width < r->x1 ? (stripe + 1) * p->width : r->x1;
        float from_middle = 0.5f * (float)(x + end - p->along);
        int at = y + p->margin - (int)lrintf(slope * from_middle);
        uint16_t *c = &p->count[(size_t)stripe * (size_t)p->length + (size_t)at];
        *c = (uint16_t)(*c + end - x);
        x = end;
    }
}

static void count_down(profiles *p, const recto_prepare_run *r, int y, float slope)
{
    float from_middle = (float)y - 0.5f * (float)p->along;
    int shift = p->margin - (int)lrintf(slope * from_middle);
    uint16_t *c = p->count + (size_t)(y / p->width) * (size_t)p->length;
    for (int x = r->x0; x < r->x1; x++)
        c[x + shift]++;
}

/* Letters, and letters that touch.  Not the small marks: commas would count as ink below, quotes
 * and the dots of i as ink above, and which of them a page has says little. */
static bool counts(const recto_prepare_marks *m, const recto_prepare_mark *k, bool down)
{
    float along = (float)(down ? k->y1 - k->y0 : k->x1 - k->x0);
    float across = (float)(down ? k->x1 - k->x0 : k->y1 - k->y0);
    return across >= 0.55f * m->letter && across <= 3 * m->letter && along <= 20 * m->letter;
}

static bool profiles_make(profiles *p, const recto_prepare_marks *m, bool down, float slope,
                          recto_arena *tmp)
{
    p->along = down ? m->height : m->width;
    p->width = (int)fmaxf(STRIPE * m->letter, 32);
    p->n = p->along / p->width + 1;
    p->margin = (int)(0.5f * (float)p->along * fabsf(slope)) + 2;
    p->length = (down ? m->width : m->height) + 2 * p->margin;
    p->count = recto_arena_array(tmp, (size_t)p->n * (size_t)p->length, sizeof *p->count);
    if (p->count == NULL)
        return false;
    for (int y = 0; y < m->height; y++)
        for (int i = m->first_run[y]; i < m->first_run[y + 1]; i++) {
            const recto_prepare_run *r = &m->runs[i];
            const recto_prepare_mark *k = &m->marks[r->mark];
            if (!counts(m, k, down))
                continue;
            if (down)
                count_down(p, r, y, slope);
            else
                count_across(p, r, y, slope);
        }
    return true;
}

/* One line of text in one stripe: its body is where the rows hold at least half as much ink as its
 * full rows do. */
static void judge_line(top_votes *v, const uint16_t *p, int n)
{
    float sum = 0;
    for (int i = 0; i < n; i++)
        sum += p[i];
    float full = 0;
    int n_full = 0;
    for (int i = 0; i < n; i++)
        if ((float)p[i] * (float)n >= sum) {
            full += p[i];
            n_full++;
        }
    float cut = 0.5f * full / (float)n_full;
    float above = 0;
    float below = 0;
    int top = 0;
    int bottom = n;
    for (; top < n && (float)p[top] < cut; top++)
        above += p[top];
    for (; bottom > top && (float)p[bottom - 1] < cut; bottom--)
        below += p[bottom - 1];
    float body = sum - above - below;
    if (fabsf(above - below) < MIN_EXCESS * body)
        return;
    v->first += above > MIN_RATIO * below;
    v->second += below > MIN_RATIO * above;
}

static recto_status vote_tops(top_votes *v, const recto_prepare_marks *m, bool down, float slope,
                              recto_arena *tmp, recto_error *err)
{
    profiles p;
    recto_arena_mark mark = recto_arena_here(tmp);
    *v = (top_votes){0};
    if (!profiles_make(&p, m, down, slope, tmp))
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to prepare a page");
    int least = 1 + p.width / 100; /* px of ink in a row of a line; less is a speck */
    for (int i = 0; i < p.n; i++) {
        const uint16_t *c = p.count + (size_t)i * (size_t)p.length;
        for (int y = 0; y < p.length;) {
            int end = y;
            while (end < p.length && c[end] >= least)
                end++;
            float h = (float)(end - y);
            if (h >= 0.8f * m->letter && h <= 2.5f * m->letter)
                judge_line(v, c + y, end - y);
            y = end + 1;
        }
    }
    recto_arena_reset(tmp, mark);
    return RECTO_OK;
}

/* --- the decision -------------------------------------------------------------------------------
 */

recto_status recto_prepare_turn_find(recto_prepare_way *out, const recto_prepare_marks *m,
                                     const recto_mask *ink, bool orient, recto_arena *tmp,
                                     recto_error *err)
{
    *out = (recto_prepare_way){0};
    line_votes lines = {0};
    if (orient)
        lines = vote_direction(m, ink);
    int n_lines = lines.across + lines.down;
    float share = n_lines > 0 ? (float)lines.down / (float)n_lines : 0;
    bool down = n_lines >= MIN_VOTES && share >= SURE_SHARE;
    recto_status st = recto_prepare_skew_find(&out->slope, m, down, tmp, err);
    if (st != RECTO_OK || !orient)
        return st;
    top_votes tops;
    st = vote_tops(&tops, m, down, out->slope.slope, tmp, err);
    if (st != RECTO_OK)
        return st;
    float most = (float)(tops.first > tops.second ? tops.first : tops.second);
    float least = (float)(tops.first + tops.second) - most;
    float score = most > 0 ? (most - least) / sqrtf(most + least) : 0;
    bool sure = score >= SURE_SCORE && most >= SURE_MAJORITY * least;
    /* Most pages come upright, so the same votes say less when they speak against it. */
    bool very_sure = score >= TURN_SCORE && most >= TURN_MAJORITY * least;
    bool upright = !down && tops.first >= tops.second;
    out->upside_down_unsure = upright ? !sure : !very_sure;
    if (down) {
        out->turn_deg = tops.second > tops.first ? 270 : 90; /* tops to the left: turn clockwise */
        out->conf = ramp(share, 0.5f, 0.9f) * ramp((float)n_lines, 0, 2 * (float)MIN_VOTES);
        out->slope.slope = -out->slope.slope;
        return RECTO_OK;
    }
    out->turn_deg = sure && tops.second > tops.first ? 180 : 0;
    out->conf = sure ? ramp(score, 0, 2 * SURE_SCORE) : 0;
    return RECTO_OK;
}
