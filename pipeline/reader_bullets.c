/* Bullets on scans, and dashes in cells.  The shape of a single blot is little evidence, its place
 * is more: in front of a line, at half the height of its small letters, nothing else to the left.
 */
#include "pipeline/reader_bullets.h"

#include <math.h>
#include <string.h>

static const float READ_CONF = 0.6f; /* what was read with more stays as it is */
static const float SHAPE_CONF = 0.9f;
static const float FILLED = 0.6f; /* of its box: a disc has 0.79, a square 1, a ring less */
static const float DOT_MIN_EM = 0.1f;
static const float DOT_MAX_EM = 0.5f;
static const float GAP_EM = 3.0f;
static const float ROW_EM = 20.0f;   /* between a dash in a cell and other text of the row */
static const float MIDDLE_EM = 0.3f; /* above the baseline */

enum { MAX_DOTS = 400 };

static float ink_share(const recto_mask *ink, recto_rect box)
{
    recto_rect r = recto_rect_clip(box, (float)ink->width, (float)ink->height);
    int x0 = (int)r.x0, x1 = (int)ceilf(r.x1), y0 = (int)r.y0, y1 = (int)ceilf(r.y1);
    int n = 0;
    for (int y = y0; y < y1; y++) {
        const uint8_t *row = ink->px + (size_t)y * ink->stride;
        for (int x = x0; x < x1; x++)
            n += row[x] != 0;
    }
    return x1 > x0 && y1 > y0 ? (float)n / (float)((x1 - x0) * (y1 - y0)) : 0.0f;
}

/* Baseline of a line at the middle of a box. */
static float base_at(const recto_segment_line *seg, recto_rect box)
{
    return seg->baseline + seg->slope * ((box.x0 + box.x1 - seg->box.x0 - seg->box.x1) / 2.0f);
}

/* The bullet that a blot of this shape would be in front of text of size em; NULL if none. */
static const char *bullet_of(recto_rect box, float em)
{
    float w = recto_rect_width(box);
    float h = recto_rect_height(box);
    if (fmaxf(w, h) < 1.4f * fminf(w, h) && fminf(w, h) > DOT_MIN_EM * em &&
        fmaxf(w, h) < DOT_MAX_EM * em)
        return "\xE2\x80\xA2";
    if (w > 2.5f * h && w > 0.2f * em && w < 1.2f * em && h < 0.2f * em)
        return "\xE2\x80\x93";
    return NULL;
}

/* A line on whose row a dash stands, at half its height, at some distance: the dash is what a cell
 * holds.  NULL if there is none. */
static const recto_line *line_beside(const recto_line *lines, const recto_segment_line *segs, int n,
                                     int dash)
{
    const recto_rect box = segs[dash].ink;
    const recto_line *best = NULL;
    float least = ROW_EM;
    for (int i = 0; i < n; i++) {
        const recto_line *line = &lines[i];
        if (i == dash || line->n_words == 0 || line->conf < READ_CONF)
            continue;
        float em = line->size;
        float gap = fmaxf(line->box.x0 - box.x1, box.x0 - line->box.x1) / em;
        float w = recto_rect_width(box);
        float h = recto_rect_height(box);
        bool dashed = w > 2.5f * h && w > 0.2f * em && w < 1.2f * em && h < 0.2f * em;
        if (dashed && gap > 0.5f && gap < least &&
            fabsf(base_at(&segs[i], box) - MIDDLE_EM * em - (box.y0 + box.y1) / 2.0f) <
                0.15f * em) {
            least = gap;
            best = line;
        }
    }
    return best;
}

/* The line whose bullet box may be; NULL if there is none, or text ends close to its left. */
static const recto_line *line_behind(const recto_line *lines, const recto_segment_line *segs, int n,
                                     int dot)
{
    const recto_rect box = segs[dot].ink;
    const recto_line *best = NULL;
    for (int i = 0; i < n; i++) {
        const recto_line *line = &lines[i];
        if (i == dot || line->n_words == 0 || line->conf < READ_CONF)
            continue;
        float em = line->size;
        float base = base_at(&segs[i], box);
        if (fabsf(base - MIDDLE_EM * em - (box.y0 + box.y1) / 2.0f) > 0.22f * em)
            continue;
        float left = box.x0 - line->box.x1;
        if (left > -0.5f * em && left < 2.0f * em)
            return NULL;
        float gap = line->box.x0 - box.x1;
        if (gap > 0.1f * em && gap < GAP_EM * em && bullet_of(box, em) != NULL &&
            (best == NULL || line->box.x0 < best->box.x0))
            best = line;
    }
    return best;
}

recto_status recto_reader_bullets_read(recto_line *lines, const recto_segment_line *segs, int n,
                                       const recto_mask *ink, recto_arena *keep, recto_error *err)
{
    int n_dots = 0;
    for (int i = 0; i < n && n_dots < MAX_DOTS; i++) {
        recto_line *line = &lines[i];
        const recto_rect box = segs[i].ink;
        bool unread = line->n_words == 0 || (line->n_words == 1 && line->conf < READ_CONF &&
                                             strlen(line->words[0].text) <= 4);
        if (!unread || recto_rect_width(box) > 4.0f * fmaxf(segs[i].size, 16.0f))
            continue;
        n_dots++;
        const recto_line *text = line_behind(lines, segs, n, i);
        const char *sign = text != NULL ? bullet_of(box, text->size) : "\xE2\x80\x93";
        if (text == NULL)
            text = line_beside(lines, segs, n, i);
        if (text == NULL || ink_share(ink, box) < FILLED)
            continue;
        recto_word *word = recto_arena_alloc(keep, sizeof *word);
        if (word == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        *word = (recto_word){.box = box, .text = sign, .conf = SHAPE_CONF};
        *line = (recto_line){.box = box,
                             .words = word,
                             .n_words = 1,
                             .baseline = text->baseline,
                             .size = text->size,
                             .conf = SHAPE_CONF,
                             .region = -1};
    }
    return RECTO_OK;
}
