/* Mirroring of layouts and blocks, for text from right to left. */
#include "text/mirror.h"
#include "core/utf8.h"
#include <string.h>

/* +1, -1, 0: a word of letters from right to left, from left to right, of no letters at its start.
 */
static int direction(const char *text)
{
    if ((unsigned char)*text < 0x80) /* by far the most, and quickly told */
        return (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ? -1 : 0;
    uint32_t c = recto_utf8_next(&text, text + strlen(text));
    if (recto_utf8_is_rtl(c))
        return 1;
    return recto_utf8_is_letter(c) ? -1 : 0;
}

bool recto_mirror_wants(const recto_layout *layout)
{
    long n_rtl = 0;
    long n_ltr = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *line = &layout->lines[i];
        for (int k = 0; line->words != NULL && k < line->n_words; k++) {
            int d = line->words[k].text != NULL ? direction(line->words[k].text) : 0;
            n_rtl += d > 0;
            n_ltr += d < 0;
        }
    }
    return n_rtl > n_ltr;
}

static recto_rect mirrored(recto_rect r, float width)
{
    return (recto_rect){width - r.x1, r.y0, width - r.x0, r.y1};
}

static void mirror_line(recto_line *line, float width)
{
    line->box = mirrored(line->box, width);
    for (int k = 0; k < line->n_words; k++)
        line->words[k].box = mirrored(line->words[k].box, width);
}

/* A copy of n things of a size; NULL if there are none, *ok false if out of memory. */
static void *copy(const void *from, int n, size_t size, recto_arena *keep, bool *ok)
{
    if (n <= 0)
        return NULL;
    void *to = recto_arena_array(keep, (size_t)n, size);
    if (to == NULL)
        *ok = false;
    else
        memcpy(to, from, (size_t)n * size);
    return to;
}

bool recto_mirror_layout(recto_layout *out, const recto_layout *layout, recto_arena *keep)
{
    bool ok = true;
    float width = layout->width;
    *out = *layout;
    out->lines = copy(layout->lines, layout->n_lines, sizeof *out->lines, keep, &ok);
    out->rules = copy(layout->rules, layout->n_rules, sizeof *out->rules, keep, &ok);
    out->pictures = copy(layout->pictures, layout->n_pictures, sizeof *out->pictures, keep, &ok);
    out->links = copy(layout->links, layout->n_links, sizeof *out->links, keep, &ok);
    out->fields = copy(layout->fields, layout->n_fields, sizeof *out->fields, keep, &ok);
    for (int i = 0; i < layout->n_lines && ok; i++) {
        recto_line *line = &out->lines[i];
        if (line->words == NULL)
            continue;
        line->words = copy(line->words, line->n_words, sizeof *line->words, keep, &ok);
        if (ok && line->words != NULL)
            mirror_line(line, width);
    }
    for (int i = 0; i < layout->n_rules && ok; i++)
        out->rules[i].box = mirrored(out->rules[i].box, width);
    for (int i = 0; i < layout->n_pictures && ok; i++)
        out->pictures[i] = mirrored(out->pictures[i], width);
    for (int i = 0; i < layout->n_links && ok; i++)
        out->links[i].box = mirrored(out->links[i].box, width);
    for (int i = 0; i < layout->n_fields && ok; i++)
        out->fields[i].box = mirrored(out->fields[i].box, width);
    return ok;
}

static void mirror_table(recto_table *table, float width)
{
    for (int i = 0; i < table->n_cells; i++) {
        recto_cell *cell = &table->cells[i];
        cell->box = mirrored(cell->box, width);
        for (int k = 0; k < cell->n_lines; k++)
            mirror_line(&cell->lines[k], width);
    }
}

void recto_mirror_blocks(recto_block *blocks, int n, float width)
{
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        b->box = mirrored(b->box, width);
        for (int k = 0; k < b->n_lines; k++)
            mirror_line(&b->lines[k], width);
        if (b->table != NULL)
            mirror_table(b->table, width);
        if (b->field != NULL)
            b->field->box = mirrored(b->field->box, width);
    }
}
