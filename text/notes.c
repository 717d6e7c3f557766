/* Footnotes. */
#include "text/notes.h"
#include "core/utf8.h"
#include "text/captions.h"
#include "text/join.h"
#include <math.h>
#include <string.h>

#define MAX_RULES 2000 /* looked at for footnotes */

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
                   b->n_lines > 0 && b->box.y0 > 0.5f * m->height && is_small(b, m) &&
                   (b->style & (uint32_t)RECTO_STYLE_MONO) == 0;
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
    recto_captions_label(blocks, n, m);
    return label_footnotes(blocks, n, layout, m, keep);
}
