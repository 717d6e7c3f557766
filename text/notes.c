/* Captions and footnotes. */
#include "text/notes.h"
#include "core/utf8.h"
#include "text/join.h"
#include <math.h>
#include <string.h>

#define MAX_RULES 2000 /* looked at for footnotes */

/* --- captions ----------------------------------------------------------------------------------
 */

/* "Figure 3", "Fig. 2.1", "Tab. 4", "TABLE IV": bytes of word and number, 0 if text starts
 * otherwise; *closed_out: punctuation follows the number. */
static size_t caption_head(const char *text, bool *closed_out)
{
    static const char *const words[] = {
        "Figure ", "Fig. ",      "FIGURE ",       "FIG. ",    "Table ",   "TABLE ",  "Tab. ",
        "Abb. ",   "Abbildung ", "Tabelle ",      "Listing ", "Photo ",   "Plate ",  "Chart ",
        "Scheme ", "Tableau ",   "Illustration ", "Map ",     "Diagram ", "Figura ", "Tabla "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if (strncmp(text, words[i], n) != 0)
            continue;
        size_t number = strspn(text + n, "0123456789.-IVXLCABDEF");
        if (number == 0 || number > 8)
            return 0;
        const char *after = text + n + number;
        char last = after[-1];
        *closed_out = last == '.' || *after == ':' || *after == '\0' ||
                      strncmp(after, " \xE2\x80\x93", 4) == 0 ||
                      strncmp(after, " \xE2\x80\x94", 4) == 0 || strncmp(after, " |", 2) == 0;
        return *after == ' ' || *after == ':' || *after == '\0' ? n + number : 0;
    }
    return 0;
}

static bool is_float(const recto_block *b)
{
    return b->label == RECTO_LABEL_PICTURE || b->label == RECTO_LABEL_TABLE;
}

/* White between two boxes if they share a column, else infinite. */
static float white_between(const recto_rect *a, const recto_rect *b)
{
    if (recto_rect_overlap_x(*a, *b) <= 0.0f)
        return HUGE_VALF;
    return a->y0 < b->y0 ? b->y0 - a->y1 : a->y0 - b->y1;
}

static bool is_near_float(const recto_block *blocks, int n, int i, const recto_flow_metrics *m)
{
    for (int k = i > 2 ? i - 2 : 0; k < n && k <= i + 2; k++) {
        if (is_float(&blocks[k]) && white_between(&blocks[k].box, &blocks[i].box) < 4.0f * m->pitch)
            return true;
    }
    return false;
}

/* Small or slanted text right below a picture and no wider than it. */
static bool is_legend(const recto_block *blocks, int i, const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    if (i == 0 || blocks[i - 1].label != RECTO_LABEL_PICTURE || b->n_lines > 4)
        return false;
    const recto_rect *p = &blocks[i - 1].box;
    bool small = b->size < (m->exact ? 0.96f : 0.92f) * m->body;
    bool slanted = (b->style & (uint32_t)RECTO_STYLE_ITALIC) != 0;
    return (small || slanted) && b->box.y0 > p->y1 - 0.5f * m->body &&
           b->box.y0 - p->y1 < 2.0f * m->pitch && b->box.x0 > p->x0 - 2.0f * m->body &&
           b->box.x1 < p->x1 + 2.0f * m->body;
}

static void label_captions(recto_block *blocks, int n, const recto_flow_metrics *m)
{
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        if (b->label != RECTO_LABEL_TEXT || b->n_lines < 1)
            continue;
        bool closed = false;
        size_t head = caption_head(b->text, &closed);
        /* "Figure 3 shows" opens a sentence, unless it stands at a figure */
        bool fits = head > 0 && b->n_lines <= 8 && (closed || is_near_float(blocks, n, i, m));
        if (fits || is_legend(blocks, i, m))
            b->label = RECTO_LABEL_CAPTION;
    }
}

/* --- footnotes ---------------------------------------------------------------------------------
 */

/* A raised or small mark: a number, an asterisk or a dagger. */
static bool starts_with_mark(const recto_block *b)
{
    const recto_word *w = &b->lines[0].words[0];
    size_t len = strlen(w->text);
    if ((w->style & (uint32_t)RECTO_STYLE_SUPER) != 0 && len <= 6)
        return true;
    const char *p = w->text;
    uint32_t cp = recto_utf8_next(&p, p + len);
    if (cp == '*' || cp == 0x2020 || cp == 0x2021 || cp == 0xB9 || cp == 0xB2 || cp == 0xB3)
        return true;
    size_t n_digits = strspn(w->text, "0123456789");
    return n_digits > 0 && n_digits <= 3 && (w->text[n_digits] == '\0' || w->text[n_digits] == ')');
}

/* A rule of a third of the page or so, just above the block. */
static bool is_under_short_rule(const recto_block *b, const recto_layout *layout,
                                const recto_flow_metrics *m)
{
    for (int i = 0; i < layout->n_rules && i < MAX_RULES; i++) {
        const recto_rule *r = &layout->rules[i];
        float wide = recto_rect_width(r->box);
        float white = b->box.y0 - r->box.y1;
        if (!r->vertical && wide > 2.0f * m->body && wide < 0.45f * m->width &&
            white > -0.3f * m->body && white < 1.6f * m->pitch &&
            r->box.x0 < b->box.x0 + 2.0f * m->body && r->box.x0 > b->box.x0 - 3.0f * m->body)
            return true;
    }
    return false;
}

static bool is_small(const recto_block *b, const recto_flow_metrics *m)
{
    return b->size < (m->exact ? 0.93f : 0.87f) * m->body;
}

/* Does body text stand below block i in its column? */
static bool has_body_below(const recto_block *blocks, int n, int i, const recto_flow_metrics *m)
{
    for (int k = i + 1; k < n; k++) {
        const recto_block *o = &blocks[k];
        if (o->label == RECTO_LABEL_PAGE_FOOTER || o->box.y0 < blocks[i].box.y1 ||
            recto_rect_overlap_x(o->box, blocks[i].box) <= 0.0f)
            continue;
        if (o->n_lines == 0 || !is_small(o, m))
            return o->box.y0 < 0.9f * m->height || o->n_lines > 1;
    }
    return false;
}

static bool label_footnotes(recto_block *blocks, int n, const recto_layout *layout,
                            const recto_flow_metrics *m, recto_arena *keep)
{
    bool open = false; /* the block before was a footnote of this column */
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        bool may = (b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_LIST_ITEM) &&
                   b->n_lines > 0 && b->box.y0 > 0.5f * m->height && is_small(b, m);
        bool goes_on = may && open && b->box.y0 > blocks[i - 1].box.y0;
        open = may &&
               (goes_on || starts_with_mark(b) || b->marker != NULL ||
                is_under_short_rule(b, layout, m)) &&
               !has_body_below(blocks, n, i, m);
        if (!open)
            continue;
        if (!recto_join_plain(b, keep))
            return false;
        b->label = RECTO_LABEL_FOOTNOTE;
        b->level = 0;
    }
    return true;
}

bool recto_notes_label(recto_block *blocks, int n, const recto_layout *layout,
                       const recto_flow_metrics *m, recto_arena *keep)
{
    label_captions(blocks, n, m);
    return label_footnotes(blocks, n, layout, m, keep);
}
