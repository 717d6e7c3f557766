/* A page's words for the searchable PDF, in the order in which they are read. */
#include "pipeline/searchable.h"

#include "core/utf8.h"
#include <math.h>
#include <string.h>

/* Text without places: how wide and high its characters are set, of its size; the least size, of
 * the page's height; what a band of the page keeps free at the page's sides. */
static const float ADVANCE = 0.5f, LEADING = 1.25f, LEAST_SIZE = 1.0f / 300.0f, MARGIN = 0.06f;
enum { TRIES = 24, AT_ONCE = 64 };

typedef struct gathering {
    const recto_page *page;
    recto_arena *keep;
    recto_line *lines;
    int n, cap;
    bool failed;        /* out of memory */
    double seen, total; /* characters of texts without a place: before this one, and of all */
} gathering;

static recto_line *one_more(gathering *g)
{
    if (g->n == g->cap) {
        int cap = g->cap + AT_ONCE + g->cap / 2;
        recto_line *grown =
            recto_arena_grow(g->keep, g->lines, (size_t)g->n, (size_t)cap, sizeof *grown);
        if (grown == NULL) {
            g->failed = true;
            return NULL;
        }
        g->lines = grown;
        g->cap = cap;
    }
    return &g->lines[g->n++];
}

static void add_lines(gathering *g, const recto_line *lines, int n)
{
    for (int i = 0; i < n && !g->failed; i++) {
        recto_line *line = lines[i].n_words > 0 ? one_more(g) : NULL;
        if (line != NULL)
            *line = lines[i];
    }
}

/* --- text without places --------------------------------------------------------------------- */

static bool is_break(char c)
{
    return c == ' ' || c == '\n';
}

/* The next word at *at; its length in characters, 0 at the end.  ends_line: a line feed came
 * first. */
static size_t next_word(const char **word, size_t *bytes, const char **at, bool *ends_line)
{
    const char *p = *at;
    *ends_line = false;
    for (; is_break(*p); p++)
        *ends_line = *ends_line || *p == '\n';
    *word = p;
    while (*p != '\0' && !is_break(*p))
        p++;
    *bytes = (size_t)(p - *word);
    *at = p;
    return recto_utf8_count(*word, *bytes);
}

/* Lines that the text takes when set in that size. */
static int count_lines(const char *text, float width, float size)
{
    const char *word;
    size_t bytes, n;
    bool ends_line;
    int n_lines = 1;
    float x = 0;
    while ((n = next_word(&word, &bytes, &text, &ends_line)) > 0) {
        float w = (float)n * ADVANCE * size;
        if ((ends_line || x + w > width) && x > 0) {
            n_lines++;
            x = 0;
        }
        x += w + ADVANCE * size;
    }
    return n_lines;
}

/* The greatest size in which the text fits into the box, or the least there is. */
static float fit(const char *text, recto_rect box, float least)
{
    float size = recto_rect_height(box) / LEADING;
    for (int i = 0; i < TRIES && size > least; i++) {
        if ((float)count_lines(text, recto_rect_width(box), size) * size * LEADING <=
            recto_rect_height(box) + 0.5f)
            break;
        size *= 0.85f;
    }
    return fmaxf(size, least);
}

static recto_word *room_for_words(gathering *g, size_t n)
{
    recto_word *words = recto_arena_array(g->keep, n + 1, sizeof *words);
    g->failed = g->failed || words == NULL;
    return words;
}

static size_t count_words(const char *text)
{
    size_t n = 0, bytes;
    const char *word;
    bool ends_line;
    while (next_word(&word, &bytes, &text, &ends_line) > 0)
        n++;
    return n;
}

/* mirror: the sum of the sides between which words run from right to left; 0 = they do not. */
static void end_line(gathering *g, recto_word *words, int n, float y, float size, float mirror)
{
    recto_line *line = n > 0 ? one_more(g) : NULL;
    if (line == NULL)
        return;
    *line = (recto_line){.words = words, .n_words = n, .size = size, .conf = 1, .region = -1};
    line->box = (recto_rect){words[0].box.x0, y, words[n - 1].box.x1, y + size};
    for (int i = 0; mirror > 0 && i < n; i++) {
        float x0 = words[i].box.x0;
        words[i].box.x0 = fmaxf(mirror - words[i].box.x1, 0);
        words[i].box.x1 = fmaxf(mirror - x0, words[i].box.x0 + 1);
    }
    if (mirror > 0) {
        line->box.x0 = words[n - 1].box.x0;
        line->box.x1 = words[0].box.x1;
    }
    line->baseline = y + 0.8f * size;
}

/* Does the first letter run from right to left? */
static bool is_rtl(const char *text)
{
    for (const char *end = text + strlen(text); text < end;) {
        uint32_t cp = recto_utf8_next(&text, end);
        if (recto_utf8_is_rtl(cp) || recto_utf8_is_letter(cp))
            return recto_utf8_is_rtl(cp);
    }
    return false;
}

/* Set a text in a box. */
static void set_text(gathering *g, const char *text, recto_rect box)
{
    float least = fmaxf(LEAST_SIZE * g->page->height, 1.0f);
    float size = fit(text, box, least), x = box.x0, y = box.y0;
    float mirror = is_rtl(text) ? box.x0 + box.x1 : 0;
    recto_word *words = room_for_words(g, count_words(text));
    const char *word;
    size_t bytes, count;
    bool ends_line;
    int n = 0;
    while (!g->failed && (count = next_word(&word, &bytes, &text, &ends_line)) > 0) {
        float w = (float)count * ADVANCE * size;
        if ((ends_line || x + w > box.x1) && n > 0) {
            end_line(g, words, n, y, size, mirror);
            words += n;
            n = 0;
            x = box.x0;
            y += size * LEADING;
        }
        /* what does not fit below stays on the page */
        if (y + size > g->page->height)
            y = fmaxf(0, g->page->height - size);
        w = fminf(w, fmaxf(g->page->width - x, ADVANCE * size));
        words[n++] = (recto_word){.box = {x, y, x + w, y + size},
                                  .text = recto_arena_text(g->keep, word, bytes),
                                  .conf = 1};
        g->failed = g->failed || words[n - 1].text == NULL;
        x += w + ADVANCE * size;
    }
    if (!g->failed)
        end_line(g, words, n, y, size, mirror);
}

/* The band of the page that a text without a box gets: as high as its share of them. */
static recto_rect band(gathering *g, const char *text)
{
    const recto_page *p = g->page;
    double n = (double)strlen(text);
    float top = MARGIN * p->height, height = p->height - 2 * top;
    float from = top + height * (float)(g->seen / fmax(g->total, 1));
    g->seen += n;
    float to = top + height * (float)(g->seen / fmax(g->total, 1));
    return (recto_rect){MARGIN * p->width, from, (1 - MARGIN) * p->width, to};
}

static void add_text(gathering *g, const char *text, recto_rect box)
{
    /* other readers give every word a place; a text without one repeats words of another block */
    if (text[0] == '\0' || g->page->reader != RECTO_READER_VLM)
        return;
    set_text(g, text, recto_rect_is_empty(box) ? band(g, text) : box);
}

/* --- blocks ---------------------------------------------------------------------------------- */

static recto_rect cell_box(const recto_block *b, const recto_cell *cell)
{
    const recto_table *t = b->table;
    if (!recto_rect_is_empty(cell->box) || recto_rect_is_empty(b->box))
        return cell->box;
    float w = recto_rect_width(b->box) / (float)t->n_cols;
    float h = recto_rect_height(b->box) / (float)t->n_rows;
    return (recto_rect){b->box.x0 + (float)cell->col * w, b->box.y0 + (float)cell->row * h,
                        b->box.x0 + (float)(cell->col + cell->col_span) * w,
                        b->box.y0 + (float)(cell->row + cell->row_span) * h};
}

static void add_block(gathering *g, const recto_block *b)
{
    if (b->table == NULL && b->n_lines > 0) {
        add_lines(g, b->lines, b->n_lines);
        return;
    }
    if (b->table == NULL) {
        if (b->marker != NULL)
            add_text(g, b->marker, (recto_rect){b->box.x0, b->box.y0, b->box.x0, b->box.y0});
        add_text(g, b->text, b->box);
        return;
    }
    for (int i = 0; i < b->table->n_cells && !g->failed; i++) {
        const recto_cell *cell = &b->table->cells[i];
        if (cell->n_lines > 0)
            add_lines(g, cell->lines, cell->n_lines);
        else
            add_text(g, cell->text, cell_box(b, cell));
    }
}

/* Characters of the texts that add_text will get without a box. */
static double count_placeless(const recto_page *page)
{
    double n = 0;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (b->table == NULL && b->n_lines == 0 && b->marker != NULL)
            n += (double)strlen(b->marker);
        if (!recto_rect_is_empty(b->box))
            continue;
        if (b->table == NULL && b->n_lines == 0)
            n += (double)strlen(b->text);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++) {
            const recto_cell *cell = &b->table->cells[k];
            if (cell->n_lines == 0 && recto_rect_is_empty(cell->box))
                n += (double)strlen(cell->text);
        }
    }
    return n;
}

recto_status recto_searchable_lines(recto_line **lines_out, int *n_out, const recto_page *page,
                                    recto_arena *keep, recto_error *err)
{
    gathering g = {.page = page, .keep = keep, .total = count_placeless(page)};
    for (int i = 0; i < page->n_blocks && !g.failed; i++)
        add_block(&g, &page->blocks[i]);
    *lines_out = g.lines;
    *n_out = g.n;
    return g.failed ? recto_error_set(err, RECTO_ERR_NOMEM, "out of memory") : RECTO_OK;
}
