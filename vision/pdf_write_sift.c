/* Words that a page shows as text already are not added to it again: of a page that is partly read
 * from its image, or read from it although its text is good, only what its own text lacks. */
#include "vision/pdf_write_update.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Share of a word's box that lies under the page's own words: then it is one of them. */
static const float COVERED = 0.5f;
enum { BANDS = 256 };

typedef struct own {
    recto_rect box;
    int next; /* in the same band, -1 = none */
} own;

/* The page's own words by the bands of its height; a word lies in each that it touches. */
typedef struct shelf {
    own *items;
    int n;
    int first[BANDS];
    float height; /* of a band */
} shelf;

static int band_of(const shelf *s, float y)
{
    float k = y / s->height;
    return k < 0 ? 0 : k >= BANDS ? BANDS - 1 : (int)k;
}

static bool is_readable(const char *text)
{
    return strstr(text, "\xEF\xBF\xBD") == NULL;
}

/* How many items the layout's words make; with fill, put them there. */
static int put_words(shelf *s, const recto_layout *layout, bool fill)
{
    int n = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        for (int k = 0; k < layout->lines[i].n_words; k++) {
            const recto_word *w = &layout->lines[i].words[k];
            if (!is_readable(w->text))
                continue;
            int to = band_of(s, w->box.y1);
            for (int band = band_of(s, w->box.y0); band <= to; band++, n++) {
                if (!fill)
                    continue;
                s->items[n] = (own){w->box, s->first[band]};
                s->first[band] = n;
            }
        }
    }
    return n;
}

static bool is_there(const shelf *s, recto_rect box)
{
    float covered = 0, area = recto_rect_area(box);
    int to = band_of(s, box.y1);
    for (int band = band_of(s, box.y0); band <= to; band++) {
        float y0 = (float)band * s->height, y1 = y0 + s->height;
        /* each band counts what lies in it, so that nothing counts twice */
        recto_rect part = box;
        part.y0 = band == 0 ? box.y0 : fmaxf(box.y0, y0);
        part.y1 = band == BANDS - 1 ? box.y1 : fminf(box.y1, y1);
        for (int i = s->first[band]; i >= 0; i = s->items[i].next)
            covered += recto_rect_area(recto_rect_meet(part, s->items[i].box));
    }
    return area > 0 && covered >= COVERED * area;
}

static bool sift_line(recto_line *line, const shelf *s, recto_affine to_own, recto_arena *tmp)
{
    recto_word *kept = recto_arena_array(tmp, (size_t)line->n_words, sizeof *kept);
    int n = 0;
    if (kept == NULL)
        return false;
    for (int k = 0; k < line->n_words; k++) {
        if (!is_there(s, recto_affine_rect(to_own, line->words[k].box)))
            kept[n++] = line->words[k];
    }
    line->words = kept;
    line->n_words = n;
    return true;
}

recto_status recto_pdf_write_sift(recto_source_copy_page *page, const recto_layout *layout,
                                  recto_arena *tmp, recto_error *err)
{
    if (layout->n_lines == 0 || page->n_lines == 0 || !(page->width > 0) || !(page->height > 0))
        return RECTO_OK;
    shelf s = {.height = fmaxf(layout->height / BANDS, 1e-3f)};
    for (int i = 0; i < BANDS; i++)
        s.first[i] = -1;
    s.n = put_words(&s, layout, false);
    s.items = recto_arena_array(tmp, (size_t)s.n + 1, sizeof *s.items);
    recto_line *lines = recto_arena_array(tmp, (size_t)page->n_lines, sizeof *lines);
    if (s.items == NULL || lines == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    put_words(&s, layout, true);
    const recto_affine scale = {layout->width / page->width,   0, 0,
                                layout->height / page->height, 0, 0};
    const recto_affine to_own = recto_affine_then(page->to_page, scale);
    int n = 0;
    for (int i = 0; i < page->n_lines; i++) {
        lines[n] = page->lines[i];
        if (!sift_line(&lines[n], &s, to_own, tmp))
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        n += lines[n].n_words > 0;
    }
    page->lines = lines;
    page->n_lines = n;
    return RECTO_OK;
}
