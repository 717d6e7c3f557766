/* A page as it is printed, in characters: `recto convert --to txt --layout`.
 *
 *   pieces   runs of words without a wide gap, in one row if their baselines lie close together
 *   stops    where pieces begin, or end if they are flush right (numbers); those at the same x are
 *            one stop, so that what is aligned on the page is aligned in the text
 *   columns  of the stops, from left to right: as far apart as on the page, measured in characters
 *            of the usual width, and far enough that no piece runs into the next of its row
 *
 * The last is a longest path: every constraint goes from a stop to one further right. */
#include "text/escape.h"
#include "text/writer_forms.h"

#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the widest page; pieces of a page; empty lines in a row; looks for words in fields. */
enum { COLUMNS_MAX = 400, PIECES_MAX = 1 << 20, BLANK_MAX = 2, LOOKS_MAX = 1 << 26 };

/* Of the usual width of a character: */
static const float WIDE_GAP = 2.5f;   /* between words that are pieces of their own */
static const float WIDEST_GAP = 8.0f; /* between words that are in any case */
static const float SAME_STOP = 0.6f;  /* between stops that are one */
static const float GLUED = 0.25f;     /* before a raised or lowered character without a space */
/* Of the mean gap of the line's words: */
static const float UNUSUAL_GAP = 2.0f; /* between words that are pieces of their own */
/* Of the size of a line: */
static const float SAME_LINE = 0.3f;   /* between the baselines of a line's parts */
static const float SAME_ROW = 0.45f;   /* between the baselines of a row */
static const float LEAST_PITCH = 1.1f; /* between lines of a text */
/* Of the usual distance of rows: */
static const float NEW_PARAGRAPH = 1.6f; /* where an empty line stands */

typedef struct piece {
    const recto_word *words; /* NULL: text alone, a field's value */
    const char *text;
    int n_words;
    recto_rect box;
    float baseline, size; /* px */
    int width;            /* characters */
    bool right;           /* its end is what is aligned */
    int row, stop;
} piece;

typedef struct stop {
    float x;
    int column;
} stop;

typedef struct grid {
    recto_word *words; /* all of the page, as they stand in pieces */
    int n_words;
    piece *pieces;
    int n, cap;
    stop *stops;
    int n_stops;
    float char_px; /* the usual width of a character */
    float size;    /* the usual size of a line, px */
    int n_looks;   /* at pieces, for each field: bounded, a page may have many of both */
    bool failed;
} grid;

/* --- pieces ----------------------------------------------------------------------------------- */

/* East Asian characters take two places of a terminal. */
static bool is_wide(uint32_t cp)
{
    return (cp >= 0x1100 && cp <= 0x115F) || (cp >= 0x2E80 && cp <= 0xA4CF) ||
           (cp >= 0xAC00 && cp <= 0xD7A3) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0xFE30 && cp <= 0xFE4F) || (cp >= 0xFF00 && cp <= 0xFF60) ||
           (cp >= 0xFFE0 && cp <= 0xFFE6) || (cp >= 0x20000 && cp <= 0x3FFFD);
}

static int width_of(const char *text)
{
    const char *end = text + strlen(text);
    int n = 0;
    while (text < end)
        n += is_wide(recto_utf8_next(&text, end)) ? 2 : 1;
    return n;
}

static piece *add_piece(grid *g)
{
    if (g->n == g->cap) {
        int cap = g->cap == 0 ? 256 : 2 * g->cap;
        piece *grown =
            cap > PIECES_MAX ? NULL : realloc(g->pieces, (size_t)cap * sizeof *g->pieces);
        g->failed = g->failed || grown == NULL;
        if (grown == NULL)
            return NULL;
        g->pieces = grown;
        g->cap = cap;
    }
    g->pieces[g->n] = (piece){.text = ""};
    return &g->pieces[g->n++];
}

/* Digits and what stands around them in amounts: such columns are flush right. */
static bool is_number(const char *text)
{
    int n_digits = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p >= '0' && *p <= '9')
            n_digits++;
        else if (strchr("+-.,'()%$", *p) == NULL && (unsigned char)*p < 0x80)
            return false;
    }
    return n_digits > 0;
}

/* Raised and lowered characters stand at their word, without a space. */
static bool is_glued(const grid *g, const recto_word *before, const recto_word *word)
{
    uint32_t moved = (before->style | word->style) & (RECTO_STYLE_SUPER | RECTO_STYLE_SUB);
    return moved != 0 && word->box.x0 - before->box.x1 < GLUED * g->char_px;
}

static void add_words(grid *g, const recto_word *words, int n, const recto_line *line)
{
    piece *p = add_piece(g);
    if (p == NULL)
        return;
    p->words = words;
    p->n_words = n;
    p->box = words[0].box;
    p->baseline = isfinite(line->baseline) ? line->baseline : line->box.y1;
    p->size = line->size > 0.0f ? line->size : line->box.y1 - line->box.y0;
    for (int i = 0; i < n; i++) {
        p->width += i > 0 && !is_glued(g, &words[i - 1], &words[i]);
        p->width += width_of(words[i].text);
        p->box = recto_rect_union(p->box, words[i].box);
    }
    p->right = is_number(words[n - 1].text) && is_number(words[0].text);
}

/* The mean gap of words, px: in justified text it may be wide. */
static float mean_gap(const recto_word *words, int n)
{
    float sum = 0.0f;
    for (int i = 1; i < n; i++)
        sum += fmaxf(words[i].box.x0 - words[i - 1].box.x1, 0.0f);
    return n > 1 ? sum / (float)(n - 1) : 0.0f;
}

/* Words that stand in a line, in pieces. */
static void add_run(grid *g, const recto_word *words, int n, const recto_line *line)
{
    float usual = fminf(UNUSUAL_GAP * mean_gap(words, n), WIDEST_GAP * g->char_px);
    float wide = fmaxf(WIDE_GAP * g->char_px, usual);
    int from = 0;
    for (int i = 1; i <= n; i++) {
        if (i == n || words[i].box.x0 - words[i - 1].box.x1 > wide) {
            add_words(g, &words[from], i - from, line);
            from = i;
        }
    }
}

/* Readers part a line at wide gaps; in one block they are the gaps of justified text. */
static bool goes_on(const recto_line *line, const recto_line *next)
{
    return fabsf(next->baseline - line->baseline) < SAME_LINE * line->size &&
           next->box.x0 >= line->box.x1;
}

static void add_lines(grid *g, const recto_line *lines, int n, bool whole)
{
    int first = g->n_words; /* of the run under way */
    const recto_line *head = lines;
    for (int i = 0; i < n && !g->failed; i++) {
        memcpy(&g->words[g->n_words], lines[i].words, (size_t)lines[i].n_words * sizeof *g->words);
        g->n_words += lines[i].n_words;
        if (whole && i + 1 < n && goes_on(&lines[i], &lines[i + 1]))
            continue;
        add_run(g, &g->words[first], g->n_words - first, head);
        first = g->n_words;
        head = &lines[i + 1];
    }
}

/* A field's value, where no words stand for it. */
static void add_field(grid *g, const recto_field *f)
{
    bool box = f->kind == RECTO_FIELD_CHECKBOX || f->kind == RECTO_FIELD_RADIO;
    const char *text = box ? (f->checked ? "☒" : "☐") : f->value;
    for (int i = 0; i < g->n && g->n_looks < LOOKS_MAX; i++, g->n_looks++) {
        const recto_rect *r = &g->pieces[i].box;
        if (recto_rect_contains(f->box, (r->x0 + r->x1) / 2.0f, (r->y0 + r->y1) / 2.0f))
            return;
    }
    piece *p = text[0] == '\0' || f->kind == RECTO_FIELD_BUTTON ? NULL : add_piece(g);
    if (p == NULL)
        return;
    p->text = text;
    p->box = f->box;
    p->size = f->box.y1 - f->box.y0;
    p->baseline = f->box.y1 - 0.25f * p->size;
    p->width = width_of(text);
}

static void add_blocks(grid *g, const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        add_lines(g, b->lines, b->n_lines, b->label != RECTO_LABEL_CODE);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            add_lines(g, b->table->cells[k].lines, b->table->cells[k].n_lines, true);
    }
    for (int i = 0; i < page->n_blocks; i++) {
        if (page->blocks[i].field != NULL)
            add_field(g, page->blocks[i].field);
    }
}

/* --- the usual width of a character ----------------------------------------------------------- */

typedef struct sample {
    float px, size;
    int weight;
} sample;

static int by_px(const void *a, const void *b)
{
    float x = ((const sample *)a)->px;
    float y = ((const sample *)b)->px;
    return (x > y) - (x < y);
}

static int by_size(const void *a, const void *b)
{
    float x = ((const sample *)a)->size;
    float y = ((const sample *)b)->size;
    return (x > y) - (x < y);
}

static int sample_lines(sample *to, const recto_line *lines, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        const recto_line *line = &lines[i];
        int width = line->n_words - 1;
        for (int k = 0; k < line->n_words; k++)
            width += width_of(line->words[k].text);
        if (line->box.x1 > line->box.x0 && width > 0)
            to[count++] = (sample){.px = (line->box.x1 - line->box.x0) / (float)width,
                                   .size = line->size,
                                   .weight = width};
    }
    return count;
}

static size_t count_words(const recto_line *lines, int n)
{
    size_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (size_t)lines[i].n_words;
    return sum;
}

static void count(size_t *n_lines, size_t *n_words, const recto_page *page)
{
    *n_lines = 0;
    *n_words = 0;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        *n_lines += (size_t)b->n_lines;
        *n_words += count_words(b->lines, b->n_lines);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++) {
            *n_lines += (size_t)b->table->cells[k].n_lines;
            *n_words += count_words(b->table->cells[k].lines, b->table->cells[k].n_lines);
        }
    }
}

/* The sample that half of the weight lies at or before; NULL if there is none. */
static const sample *middle(const sample *all, int n)
{
    long total = 0;
    long sum = 0;
    for (int i = 0; i < n; i++)
        total += all[i].weight;
    for (int i = 0; i < n; i++) {
        sum += all[i].weight;
        if (2 * sum >= total)
            return &all[i];
    }
    return NULL;
}

/* The usual width of a character and size of a line: medians over the characters of all lines. */
static void measure(grid *g, const recto_page *page)
{
    size_t n_lines;
    size_t n_words;
    count(&n_lines, &n_words, page);
    sample *all = calloc(n_lines + 1, sizeof *all);
    g->words = calloc(n_words + 1, sizeof *g->words);
    g->failed = all == NULL || g->words == NULL;
    if (g->failed) {
        free(all);
        return;
    }
    int n = 0;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        n += sample_lines(all + n, b->lines, b->n_lines);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            n += sample_lines(all + n, b->table->cells[k].lines, b->table->cells[k].n_lines);
    }
    qsort(all, (size_t)n, sizeof *all, by_size);
    const sample *usual = middle(all, n);
    g->size = usual != NULL && usual->size > 0.0f ? usual->size : 0.0f;
    qsort(all, (size_t)n, sizeof *all, by_px);
    usual = middle(all, n);
    g->char_px = usual != NULL ? usual->px : 10.0f;
    free(all);
}

/* --- rows ------------------------------------------------------------------------------------- */

static int by_baseline(const void *a, const void *b)
{
    const piece *x = a;
    const piece *y = b;
    if (x->baseline != y->baseline)
        return x->baseline < y->baseline ? -1 : 1;
    return (x->box.x0 > y->box.x0) - (x->box.x0 < y->box.x0);
}

static int by_row(const void *a, const void *b)
{
    const piece *x = a;
    const piece *y = b;
    if (x->row != y->row)
        return x->row - y->row;
    return (x->box.x0 > y->box.x0) - (x->box.x0 < y->box.x0);
}

/* A row reaches from its highest baseline as far as the smaller one of two pieces allows. */
static int find_rows(grid *g)
{
    int row = -1;
    float first = 0.0f;
    float size = 0.0f; /* the smallest of the row */
    qsort(g->pieces, (size_t)g->n, sizeof *g->pieces, by_baseline);
    for (int i = 0; i < g->n; i++) {
        piece *p = &g->pieces[i];
        float least = row >= 0 && size < p->size ? size : p->size;
        if (row < 0 || p->baseline - first > SAME_ROW * least) {
            row++;
            first = p->baseline;
            least = p->size;
        }
        size = least;
        p->row = row;
    }
    qsort(g->pieces, (size_t)g->n, sizeof *g->pieces, by_row);
    return row + 1;
}

/* --- columns ---------------------------------------------------------------------------------- */

static int by_x(const void *a, const void *b)
{
    float x = ((const stop *)a)->x;
    float y = ((const stop *)b)->x;
    return (x > y) - (x < y);
}

static float stop_x(const piece *p)
{
    return p->right ? p->box.x1 : p->box.x0;
}

static int stop_at(const grid *g, float x)
{
    int low = 0;
    int high = g->n_stops - 1;
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (g->stops[mid].x <= x)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

/* Where pieces are aligned; a stop lies at the leftmost of what it stands for. */
static void find_stops(grid *g)
{
    g->stops = calloc((size_t)g->n + 1, sizeof *g->stops);
    g->failed = g->failed || g->stops == NULL;
    if (g->failed)
        return;
    for (int i = 0; i < g->n; i++)
        g->stops[i].x = stop_x(&g->pieces[i]);
    qsort(g->stops, (size_t)g->n, sizeof *g->stops, by_x);
    for (int i = 0; i < g->n; i++) {
        float x = g->stops[i].x;
        if (g->n_stops == 0 || x - g->stops[g->n_stops - 1].x > SAME_STOP * g->char_px)
            g->stops[g->n_stops++].x = x;
    }
    for (int i = 0; i < g->n; i++)
        g->pieces[i].stop = stop_at(g, stop_x(&g->pieces[i]));
}

/* Column where a piece begins when its stop is at `column`. */
static int begins(const piece *p, int column)
{
    int at = p->right ? column - p->width : column;
    return at < 0 ? 0 : at;
}

/* Spaces that part two pieces of a row: what is apart on the page is apart in the text. */
static int room_between(const grid *g, const piece *a, const piece *b)
{
    return b->box.x0 - a->box.x1 > g->char_px ? 2 : 1;
}

/* A constraint: the stop of piece `next` lies `least` behind that of the one before it. */
typedef struct edge {
    int from, to, least;
} edge;

static int by_from(const void *a, const void *b)
{
    return ((const edge *)a)->from - ((const edge *)b)->from;
}

static void find_columns(grid *g)
{
    edge *edges = calloc((size_t)g->n + 1, sizeof *edges);
    g->failed = g->failed || edges == NULL;
    if (g->failed)
        return;
    int n = 0;
    for (int i = 1; i < g->n; i++) {
        const piece *a = &g->pieces[i - 1];
        const piece *b = &g->pieces[i];
        if (a->row != b->row || a->stop >= b->stop)
            continue;
        int least = room_between(g, a, b) + (a->right ? 0 : a->width) + (b->right ? b->width : 0);
        edges[n++] = (edge){a->stop, b->stop, least};
    }
    for (int i = 0; i < g->n; i++) { /* a number may be wider than the page is to its left */
        const piece *p = &g->pieces[i];
        if (p->right && p->width > g->stops[p->stop].column)
            g->stops[p->stop].column = p->width;
    }
    qsort(edges, (size_t)n, sizeof *edges, by_from);
    int next = 0;
    for (int s = 0; s < g->n_stops; s++) {
        stop *now = &g->stops[s];
        if (s > 0) {
            float apart = (now->x - g->stops[s - 1].x) / g->char_px;
            int least = g->stops[s - 1].column + (int)fminf(apart + 0.5f, COLUMNS_MAX);
            now->column = least > now->column ? least : now->column;
        }
        now->column = now->column > COLUMNS_MAX ? COLUMNS_MAX : now->column;
        for (; next < n && edges[next].from == s; next++) {
            stop *to = &g->stops[edges[next].to];
            int least = now->column + edges[next].least;
            to->column = least > to->column ? least : to->column;
        }
    }
    free(edges);
}

/* --- out -------------------------------------------------------------------------------------- */

static void put_piece(recto_buf *out, const grid *g, const piece *p)
{
    for (int i = 0; i < p->n_words; i++) {
        if (i > 0 && !is_glued(g, &p->words[i - 1], &p->words[i]))
            recto_buf_char(out, ' ');
        recto_escape_plain(out, p->words[i].text, RECTO_ESCAPE_INLINE);
    }
    if (p->words == NULL)
        recto_escape_plain(out, p->text, RECTO_ESCAPE_INLINE);
}

/* The usual distance of two rows, px: the median, but where columns stand off one another their
 * rows are nearer than lines are. */
static float usual_pitch(const grid *g, const float *tops, int n_rows)
{
    sample *all = calloc((size_t)n_rows + 1, sizeof *all);
    float pitch = 0.0f;
    if (all == NULL)
        return 0.0f;
    for (int i = 1; i < n_rows; i++)
        all[i - 1].px = tops[i] - tops[i - 1];
    if (n_rows > 1) {
        qsort(all, (size_t)n_rows - 1, sizeof *all, by_px);
        pitch = all[(n_rows - 1) / 2].px;
    }
    free(all);
    return fmaxf(pitch, LEAST_PITCH * g->size);
}

static void put_rows(recto_buf *out, const grid *g, const float *tops, int n_rows)
{
    float pitch = usual_pitch(g, tops, n_rows);
    int i = 0;
    for (int row = 0; row < n_rows; row++) {
        float apart = row > 0 ? tops[row] - tops[row - 1] : 0.0f;
        for (int k = 0; k < BLANK_MAX && pitch > 0.0f; k++) {
            if (apart > (NEW_PARAGRAPH + 2.0f * (float)k) * pitch)
                recto_buf_char(out, '\n');
        }
        int at = 0;
        for (int first = i; i < g->n && g->pieces[i].row == row; i++) {
            const piece *p = &g->pieces[i];
            int column = begins(p, g->stops[p->stop].column);
            int least = i > first ? at + 1 : 0;
            for (column = column < least ? least : column; at < column; at++)
                recto_buf_char(out, ' ');
            put_piece(out, g, p);
            at += p->width;
        }
        recto_buf_char(out, '\n');
    }
}

static void put_grid(recto_buf *out, grid *g)
{
    int n_rows = find_rows(g);
    float *tops = calloc((size_t)n_rows, sizeof *tops);
    g->failed = tops == NULL;
    find_stops(g);
    if (!g->failed)
        find_columns(g);
    if (!g->failed) {
        for (int i = g->n - 1; i >= 0; i--)
            tops[g->pieces[i].row] = g->pieces[i].baseline;
        put_rows(out, g, tops, n_rows);
    }
    free(tops);
}

void recto_writer_txt_layout_page(recto_buf *out, const recto_page *page)
{
    grid g = {.failed = false};
    measure(&g, page);
    if (!g.failed)
        add_blocks(&g, page);
    if (!g.failed && g.n > 0)
        put_grid(out, &g);
    out->failed = out->failed || g.failed;
    free(g.stops);
    free(g.pieces);
    free(g.words);
}
