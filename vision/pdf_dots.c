/* Bullets that are drawn, not written.  Browsers paint the marks of a list as small discs, rings
 * and squares; a word is made of one that stands in front of a line, where a written bullet would.
 */
#include "core/utf8.h"
#include "vision/pdf_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float DOT_MIN_PT = 1.2f;
static const float DOT_MAX_PT = 9.0f;
static const float DOT_MIN_EM = 0.12f; /* of the line's size */
static const float DOT_MAX_EM = 0.7f;
static const float DOT_GAP_EM = 2.5f;    /* to the text */
static const float DOT_MIDDLE_EM = 0.3f; /* above the baseline */

enum { MAX_DOTS = 2000 };

void recto_pdf_dots_add(recto_pdf_page *page, recto_rect box, recto_pdf_dot_kind kind)
{
    float w = recto_rect_width(box);
    float h = recto_rect_height(box);
    if (!(fminf(w, h) >= DOT_MIN_PT && fmaxf(w, h) <= DOT_MAX_PT &&
          fmaxf(w, h) <= 1.25f * fminf(w, h)))
        return;
    void *items = page->dots;
    if (!recto_pdf_shapes_room(page, &items, page->n_dots, &page->cap_dots, sizeof *page->dots,
                               MAX_DOTS))
        return;
    page->dots = items;
    page->dots[page->n_dots++] = (recto_pdf_dot){.box = box, .kind = kind};
}

/* Is the line read from right to left?  Its bullet stands at the right then. */
static bool is_rtl(const recto_line *line)
{
    const char *p = line->words[0].text;
    return recto_utf8_is_rtl(recto_utf8_next(&p, p + strlen(p)));
}

/* Could the dot be the bullet of the line?  Its white to the text in px, else infinite. */
static float gap_to(recto_rect dot, const recto_line *line)
{
    float em = line->size;
    float high = recto_rect_height(dot);
    float middle = (dot.y0 + dot.y1) / 2.0f;
    float gap = is_rtl(line) ? dot.x0 - line->box.x1 : line->box.x0 - dot.x1;
    bool fits = high > DOT_MIN_EM * em && high < DOT_MAX_EM * em && gap > 0.05f * em &&
                gap < DOT_GAP_EM * em &&
                fabsf(line->baseline - DOT_MIDDLE_EM * em - middle) < 0.25f * em;
    return fits ? gap : INFINITY;
}

/* Does text stand at the dot's other side?  Then it parts two words. */
static bool follows_text(const recto_layout *layout, recto_rect dot, const recto_line *line)
{
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *o = &layout->lines[i];
        float gap = is_rtl(line) ? o->box.x0 - dot.x1 : dot.x0 - o->box.x1;
        if (o != line && gap > -0.5f * line->size && gap < 1.5f * line->size &&
            fabsf(o->baseline - line->baseline) < 0.5f * line->size)
            return true;
    }
    return false;
}

static bool put_bullet(recto_line *line, recto_rect dot, recto_pdf_dot_kind kind, recto_arena *keep)
{
    static const char *const texts[] = {
        [RECTO_PDF_DOT_DISC] = "\xE2\x80\xA2",   /* bullet */
        [RECTO_PDF_DOT_RING] = "\xE2\x97\xA6",   /* white bullet */
        [RECTO_PDF_DOT_SQUARE] = "\xE2\x96\xAA", /* small square */
    };
    recto_word *words = recto_arena_array(keep, (size_t)line->n_words + 1, sizeof *words);
    if (words == NULL)
        return false;
    memcpy(words + 1, line->words, (size_t)line->n_words * sizeof *words);
    words[0] = (recto_word){.box = dot, .text = texts[kind], .conf = 1.0f};
    line->words = words;
    line->n_words++;
    line->box = recto_rect_union(line->box, dot);
    return true;
}

recto_status recto_pdf_dots_layout(recto_layout *layout, const recto_pdf_page *page, float scale,
                                   recto_arena *keep, recto_error *err)
{
    for (int i = 0; i < page->n_dots; i++) {
        recto_rect dot = recto_rect_clip(recto_rect_scale(page->dots[i].box, scale, scale),
                                         layout->width, layout->height);
        recto_line *best = NULL;
        float least = INFINITY;
        for (int k = 0; k < layout->n_lines; k++) {
            float gap = gap_to(dot, &layout->lines[k]);
            if (gap < least) {
                least = gap;
                best = &layout->lines[k];
            }
        }
        if (best == NULL || follows_text(layout, dot, best))
            continue;
        if (!put_bullet(best, dot, page->dots[i].kind, keep))
            return recto_error_set(err, RECTO_ERR_NOMEM, "page: out of memory for bullets");
    }
    return RECTO_OK;
}
