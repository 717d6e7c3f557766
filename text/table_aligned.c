/* Tables found from alignment.
 *
 * The rows of a leaf are cut into grains (stretches of words without a wide gap).  From every row
 * that has a gap the white strips between its grains are followed downwards: a row may narrow a
 * strip or stand in it and split it, and a row that closes most strips ends the run.  What is left
 * at the end of the longest run are the columns.
 *
 *     Item      Qty   Price        strips:  |    |     |
 *     Pens       12    3.00
 *     Paper       1    4.50
 *
 * A run is a table only with evidence that columns of print, receipts and letterheads do not give:
 * three rows and three columns with numbers or a header, or rules between the rows. */
#include "text/table_aligned.h"
#include "text/list.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RUN    400   /* rows of one table found by alignment */
#define MAX_STARTS 120   /* first rows tried in a zone */
#define MAX_SAME   3     /* of them with the same strips down to the same row */
#define FULL_INK   0.68f /* share of a line of print that its words cover, with a gutter in it */
#define FULL_WORDS 9
#define LOOSE_INK  0.55f /* the same of a row of a table, in the mean */
#define ZONE_STEP  3.2f  /* pitches: more white than this parts two tables */

/* --- runs --------------------------------------------------------------------------------------
 */

static int row_strips(recto_table_strip *out, const recto_table_finder *f, int row)
{
    int n = 0;
    for (int i = f->first[row]; i + 1 < f->first[row + 1] && n < RECTO_TABLE_MAX_COLS; i++) {
        recto_table_strip s = {f->grains[i].x1, f->grains[i + 1].x0};
        if (s.x1 - s.x0 >= f->space * f->m->body)
            out[n++] = s;
    }
    return n;
}

/* What a row leaves of the strips; the number of old strips of which something is left. */
static int cut_strips(recto_table_strip *out, int *n_out, const recto_table_strip *strips, int n,
                      const recto_table_finder *f, int row)
{
    float least = f->space * f->m->body;
    int n_left = 0;
    *n_out = 0;
    int from = f->first[row];
    for (int s = 0; s < n; s++) {
        float at = strips[s].x0;
        int n_before = *n_out;
        while (from < f->first[row + 1] && f->grains[from].x1 <= at)
            from++; /* strips and grains both go by x */
        for (int i = from; i <= f->first[row + 1]; i++) {
            bool end = i == f->first[row + 1] || f->grains[i].x0 >= strips[s].x1;
            float until = end ? strips[s].x1 : f->grains[i].x0;
            if (until - at >= least && *n_out < RECTO_TABLE_MAX_COLS)
                out[(*n_out)++] = (recto_table_strip){at, until};
            if (end)
                break;
            at = fmaxf(at, f->grains[i].x1);
        }
        n_left += *n_out > n_before;
    }
    return n_left;
}

static bool same_zone(const recto_table_finder *f, int a, int b)
{
    const recto_row *x = &f->rows[a];
    const recto_row *y = &f->rows[b];
    return x->leaf == y->leaf && y->items[0].line != NULL && x->items[0].line != NULL &&
           y->baseline - x->baseline < ZONE_STEP * f->m->pitch && !y->in_table;
}

/* Is one of two rows print and the other a row of a table?  Lines of print are full. */
static bool turns_print(const recto_table_finder *f, int a, int b, float ink)
{
    bool full =
        f->ink[b] > FULL_INK && f->words[b] >= FULL_WORDS && !recto_table_aligned_has_numbers(f, b);
    bool was_full =
        f->ink[a] > FULL_INK && f->words[a] >= FULL_WORDS && !recto_table_aligned_has_numbers(f, a);
    return full ? ink < LOOSE_INK : was_full && ink > FULL_INK && f->ink[b] < LOOSE_INK;
}

static recto_table_run follow(const recto_table_finder *f, int start)
{
    recto_table_run r = {.first = start, .last = start, .n_multi = 1};
    r.n_strips = row_strips(r.strips, f, start);
    int n_foreign = 0;
    float step = 0.0f; /* largest so far */
    float ink = f->ink[start];
    for (int i = start + 1; i < f->n_rows && i < start + MAX_RUN && same_zone(f, i - 1, i); i++) {
        recto_table_strip next[RECTO_TABLE_MAX_COLS];
        int n_next = 0;
        int left = cut_strips(next, &n_next, r.strips, r.n_strips, f, i);
        bool multi = recto_table_columns_count(f, i) >= 2;
        float down = f->rows[i].baseline - f->rows[i - 1].baseline;
        if (multi && turns_print(f, r.last, i, ink / (float)r.n_multi))
            break;
        if ((step > 0.0f && down > 1.7f * step + 0.3f * f->m->pitch) ||
            (!multi && f->rows[i].size > 1.12f * f->rows[start].size))
            break; /* a gap or a heading */
        step = fmaxf(step, down);
        if (!multi) { /* a wrapped cell, or a line across the table */
            n_foreign += left < r.n_strips;
            if (n_foreign > 1)
                break;
            if (left == r.n_strips && n_next == r.n_strips)
                memcpy(r.strips, next, (size_t)n_next * sizeof *next);
            continue;
        }
        if (left == 0 || left * 5 < r.n_strips * 3)
            break;
        memcpy(r.strips, next, (size_t)n_next * sizeof *next);
        r.n_strips = n_next;
        r.n_multi++;
        r.last = i;
        ink += f->ink[i];
        n_foreign = 0;
    }
    /* the last row's wrapped cells */
    while (r.last + 1 < f->n_rows && recto_table_columns_count(f, r.last + 1) == 1 &&
           same_zone(f, r.last, r.last + 1) &&
           f->rows[r.last + 1].baseline - f->rows[r.last].baseline < 1.2f * f->m->pitch) {
        const recto_table_grain *g = &f->grains[f->first[r.last + 1]];
        if (r.n_strips == 0 || g->x0 < r.strips[0].x1 - 0.3f * f->m->body)
            break;
        recto_table_strip next[RECTO_TABLE_MAX_COLS];
        int n_next = 0;
        if (cut_strips(next, &n_next, r.strips, r.n_strips, f, r.last + 1) < r.n_strips)
            break;
        r.last++;
    }
    return r;
}

/* --- evidence ----------------------------------------------------------------------------------
 */

/* Horizontal rules about as wide as the run, between heights y0 and y1. */
int recto_table_aligned_rules(const recto_table_finder *f, const recto_table_columns *c, float y0,
                              float y1)
{
    int n = 0;
    float last = -HUGE_VALF;
    float wide = c->xs[c->n] - c->xs[0];
    for (int i = 0; i < f->layout->n_rules; i++) {
        const recto_rule *r = &f->layout->rules[i];
        float y = (r->box.y0 + r->box.y1) / 2.0f;
        if (r->vertical || !(y > y0 && y < y1))
            continue;
        float shared = fminf(r->box.x1, c->xs[c->n]) - fmaxf(r->box.x0, c->xs[0]);
        if (shared > 0.6f * wide && fabsf(y - last) > 0.4f * f->m->body) {
            n++;
            last = y;
        }
    }
    return n;
}

static bool row_is_bold(const recto_table_finder *f, int row)
{
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        if (!f->grains[i].bold)
            return false;
    }
    return true;
}

bool recto_table_aligned_has_numbers(const recto_table_finder *f, int row)
{
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        if (f->grains[i].number)
            return true;
    }
    return false;
}

bool recto_table_aligned_is_caption(const recto_line *line)
{
    static const char *const list[] = {"Table",   "TABLE",     "Tabelle", "Tab.",
                                       "Tableau", "Tabla",     "Tabella", "Figure",
                                       "Fig.",    "Abbildung", "Abb."};
    if (line->n_words < 2)
        return false;
    const char *n = line->words[1].text;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(line->words[0].text, list[i]) == 0)
            return (n[0] >= '0' && n[0] <= '9') || n[0] == 'I' || n[0] == 'V' || n[0] == 'X' ||
                   (n[0] != '\0' && n[1] == '.');
    }
    return false;
}

float recto_table_aligned_bottom(const recto_table_finder *f, int row)
{
    return f->rows[row].baseline + 0.05f * f->rows[row].size;
}

/* Is the first row a header beyond doubt? */
static bool has_header(const recto_table_finder *f, const recto_table_run *r,
                       const recto_table_columns *c)
{
    if (recto_table_aligned_has_numbers(f, r->first) || recto_table_columns_count(f, r->first) < 2)
        return false;
    if (row_is_bold(f, r->first) && !row_is_bold(f, r->first + 1))
        return true;
    return recto_table_aligned_rules(f, c, recto_table_aligned_bottom(f, r->first),
                                     f->rows[r->first + 1].baseline -
                                         0.5f * f->rows[r->first + 1].size) > 0;
}

/* A word of dots that lead the eye to a number. */
static bool is_leader(const char *text)
{
    size_t n = strspn(text, "._");
    const char *p = text + n;
    while (strncmp(p, "\xE2\x80\xA6", 3) == 0 || strncmp(p, "\xC2\xB7", 2) == 0) {
        p += (unsigned char)*p == 0xE2 ? 3 : 2;
        n += 3;
    }
    return *p == '\0' && n >= 3;
}

/* Points that stand wide apart, each a grain, and all there is between a row's text and its end. */
static bool has_wide_leader(const recto_table_finder *f, int row)
{
    int n = f->first[row + 1] - f->first[row] - 2;
    for (int i = f->first[row] + 1; i + 1 < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        if (g->n_words != 1 || strcmp(g->line->words[g->first].text, ".") != 0)
            return false;
    }
    return n >= 2;
}

/* Entries of a table of contents: dot leaders, or page numbers that rise. */
bool recto_table_aligned_is_contents(const recto_table_finder *f, const recto_table_run *r)
{
    int n_leaders = 0;
    int n_rising = 0;
    int n_pages = 0;
    long last = -1;
    for (int row = r->first; row <= r->last; row++) {
        if (recto_table_columns_count(f, row) == 0)
            continue;
        bool wide = has_wide_leader(f, row);
        n_leaders += wide;
        for (int i = f->first[row]; i < f->first[row + 1] && !wide; i++) {
            const recto_table_grain *g = &f->grains[i];
            const char *text = g->line->words[g->first + g->n_words - 1].text;
            const char *text0 = g->line->words[g->first].text;
            if (strstr(text, "...") != NULL || strstr(text0, "...") != NULL || is_leader(text) ||
                (g->n_words >= 3 && strcmp(text, ".") == 0)) {
                n_leaders++;
                break;
            }
        }
        const recto_table_grain *end = &f->grains[f->first[row + 1] - 1];
        const char *text = end->line->words[end->first + end->n_words - 1].text;
        size_t n_digits = strspn(text, "0123456789");
        if (n_digits == 0 || text[n_digits] != '\0' || n_digits > 4)
            continue;
        long page = strtol(text, NULL, 10);
        n_rising += page >= last && last >= 0;
        n_pages++;
        last = page;
    }
    int n = r->last - r->first + 1;
    if (n_leaders * 3 >= n)
        return true;
    return n >= 4 && n_rising * 10 >= (n - 1) * 8 && last > 3;
}

static int n_text_columns(const recto_table_columns *c)
{
    int n = 0;
    for (int i = 0; i < c->n; i++)
        n += c->grains[i] > 0 && c->words[i] > 5 * c->grains[i];
    return n;
}

/* Is the first column nothing but the marks of a list or the numbers of lines? */
static bool is_list(const recto_table_finder *f, const recto_table_run *r,
                    const recto_table_columns *c)
{
    int n = 0;
    int n_labels = 0;
    for (int row = r->first; row <= r->last; row++) {
        if (recto_table_columns_count(f, row) < 1)
            continue;
        const recto_table_grain *g = &f->grains[f->first[row]];
        if (recto_table_columns_at(c, (g->x0 + g->x1) / 2.0f) != 0)
            continue;
        recto_line line = *g->line;
        line.words += g->first;
        line.n_words = g->n_words;
        n++;
        n_labels += g->n_words == 1 && (recto_list_is_label(&line) ||
                                        line.words[0].text[strlen(line.words[0].text) - 1] == ':');
    }
    return n_labels * 4 >= n * 3;
}

/* Columns whose lines fill them, as those of print do. */
static int n_prose_columns(const recto_table_columns *c)
{
    int n = 0;
    for (int i = 0; i < c->n; i++)
        n += c->lines[i] >= 4 && c->full[i] * 2 > c->lines[i];
    return n;
}

/* Do the columns hold different kinds of things?  Those of an index or of names in columns do not.
 */
static bool is_mixed(const recto_table_columns *c)
{
    bool with = false;
    bool without = false;
    for (int i = 0; i < c->n; i++) {
        with |= c->digits[i] * 10 >= c->grains[i] * 7;
        without |= c->digits[i] * 10 <= c->grains[i] * 2;
    }
    return with && without;
}

/* The text of a row's only grain in a column; NULL if there is none or several. */
static const recto_table_grain *only_grain(const recto_table_finder *f,
                                           const recto_table_columns *c, int row, int col)
{
    const recto_table_grain *found = NULL;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        if (recto_table_columns_at(c, (g->x0 + g->x1) / 2.0f) != col)
            continue;
        if (found != NULL)
            return NULL;
        found = g;
    }
    return found;
}

static bool is_price(const recto_table_grain *g)
{
    const char *text = g->line->words[g->first + g->n_words - 1].text;
    size_t n = strlen(text);
    return g->number && n >= 4 && (text[n - 3] == '.' || text[n - 3] == ',');
}

/* Two columns without a header: times and events, goods and prices (not where each of them is one
 * word, as on receipts).  Names and values are a form or the head of a letter. */
static bool is_pairs(const recto_table_finder *f, const recto_table_run *r,
                     const recto_table_columns *c)
{
    int n = 0;
    int n_times = 0;
    int n_prices = 0;
    for (int row = r->first; row <= r->last; row++) {
        const recto_table_grain *key = only_grain(f, c, row, 0);
        const recto_table_grain *value = only_grain(f, c, row, 1);
        if (key == NULL || value == NULL)
            continue;
        const char *text = key->line->words[key->first + key->n_words - 1].text;
        const char *colon = strchr(text, ':');
        n++;
        n_times += key->n_words == 1 && key->number && colon != NULL && colon[1] != '\0';
        n_prices += is_price(value) && !key->number;
    }
    if (n < 3 || n * 10 < r->n_multi * 9)
        return false;
    bool value_left = c->edge[1] == RECTO_TABLE_LEFT && c->aligned[1] > 0.85f;
    bool value_right = c->edge[1] != RECTO_TABLE_LEFT && c->aligned[1] > 0.85f;
    if (n_times == n)
        return value_left && c->aligned[0] > 0.85f;
    return f->m->exact && !f->m->mono && n_prices == n && (value_right || value_left) &&
           c->words[0] >= (n < 5 ? 3 : 2) * c->grains[0];
}

/* Are all words of a row monospaced, but for the number of the line? */
static bool row_is_mono(const recto_table_finder *f, int row)
{
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        bool number = i == f->first[row] && g->number && g->n_words == 1 &&
                      f->first[row + 1] - f->first[row] > 1;
        for (int k = g->first; k < g->first + g->n_words && !number; k++) {
            if ((g->line->words[k].style & (uint32_t)RECTO_STYLE_MONO) == 0)
                return false;
        }
    }
    return f->first[row + 1] > f->first[row];
}

/* Is it a listing, or print with listings between rules?  The space of a monospaced face is as wide
 * as a gap between columns elsewhere, so that words which happen to stand below each other look
 * like columns. */
static bool is_listing(const recto_table_finder *f, const recto_table_run *r,
                       const recto_table_columns *c, bool framed)
{
    int n = 0;
    int n_mono = 0;
    for (int row = r->first; row <= r->last && !f->m->mono; row++) {
        n += f->first[row + 1] > f->first[row];
        n_mono += row_is_mono(f, row);
    }
    if (n_mono * 3 <= n || (!framed && n_mono * 5 <= n * 3))
        return false;
    return row_is_mono(f, r->first) || !has_header(f, r, c);
}

bool recto_table_aligned_judge(const recto_table_finder *f, const recto_table_run *r,
                               const recto_table_columns *c, bool framed)
{
    if (c->n < 2 || r->n_multi < 2 || r->last == r->first || is_listing(f, r, c, framed))
        return false;
    int n_numbers = 0;
    int n_aligned = 0;
    int filled = 0;
    for (int i = 0; i < c->n; i++) {
        n_numbers += c->numbers[i] * 10 >= (c->filled[i] - 1) * 6 && c->numbers[i] >= 2;
        n_aligned += c->aligned[i] >= 0.7f;
        filled += c->filled[i];
    }
    bool header = has_header(f, r, c);
    int n_prose = n_prose_columns(c);
    if (framed) { /* rules above and below */
        if (c->n == 2 && is_list(f, r, c))
            return false;
        int inside = recto_table_aligned_rules(f, c, recto_table_aligned_bottom(f, r->first),
                                               f->rows[r->last].baseline);
        if (n_prose >= 2 && (inside < 1 || n_prose == c->n) && inside * 4 < r->n_multi)
            return false; /* columns of print between rules */
        return filled * 20 >= c->n * r->n_multi * 8 && n_aligned * 3 >= c->n * 2 &&
               (c->n > 2 || r->n_multi >= 3 || header);
    }
    if (n_text_columns(c) >= 2 || n_prose >= 2)
        return false;
    bool dense = filled * 20 >= c->n * r->n_multi * 11;
    if (!dense || r->n_multi < 3)
        return false;
    if (c->n == 2)
        return (header && n_numbers > 0 && r->n_multi >= 4) || is_pairs(f, r, c);
    if (n_aligned + (c->n > 3) < c->n)
        return false;
    return n_numbers > 0 || header ||
           (r->n_multi >= 5 && filled * 10 >= c->n * r->n_multi * 8 && is_mixed(c));
}

/* --- header rows above the run -----------------------------------------------------------------
 */

/* Do the row's grains keep to the table, or to a rule that reaches further? */
static bool is_within(const recto_table_finder *f, const recto_table_columns *c, int row)
{
    const recto_rect *box = &f->rows[row].box;
    float x0 = c->xs[0];
    float x1 = c->xs[c->n];
    for (int i = 0; i < f->layout->n_rules; i++) {
        const recto_rule *r = &f->layout->rules[i];
        float y = (r->box.y0 + r->box.y1) / 2.0f;
        if (r->vertical || y < box->y0 - f->m->pitch || y > box->y1 + f->m->pitch ||
            r->box.x0 > c->xs[0] + f->m->body)
            continue;
        x0 = fminf(x0, r->box.x0);
        x1 = fmaxf(x1, r->box.x1);
    }
    return box->x0 > x0 - f->m->body && box->x1 < x1 + f->m->body;
}

/* Labels over the columns: each grain in one column or in the middle of several, none a sentence.
 */
static bool is_head_row(const recto_table_finder *f, const recto_table_columns *c, int row)
{
    int n = recto_table_columns_count(f, row);
    int n_fit = 0;
    if (n < 2 || n > c->n)
        return false;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        int from = 0;
        int to = 0;
        recto_table_columns_span(c, g, &from, &to);
        if (g->n_words > 6)
            return false;
        float mid = (g->x0 + g->x1) / 2.0f;
        float tol = 0.6f * c->em;
        n_fit += fabsf(g->x0 - c->left[from]) < tol || fabsf(g->x1 - c->right[to]) < tol ||
                 fabsf(mid - (c->left[from] + c->right[to]) / 2.0f) < tol || to > from;
    }
    return n_fit * 4 >= n * 3;
}

/* A line of a label that takes several: short, close to the next line, in a column but the first.
 */
static bool is_label_line(const recto_table_finder *f, const recto_table_columns *c, int row,
                          float down)
{
    if (recto_table_columns_count(f, row) != 1 || down > 1.3f * c->em)
        return false;
    const recto_table_grain *g = &f->grains[f->first[row]];
    int col = recto_table_columns_at(c, (g->x0 + g->x1) / 2.0f);
    return col > 0 && g->n_words <= 3 && g->line->size < 1.06f * c->em &&
           g->x0 > c->left[col] - 1.0f * c->em && g->x1 < c->right[col] + 1.0f * c->em;
}

/* Do rules hold the rows from `row` to the run? */
static bool is_ruled_head(const recto_table_finder *f, const recto_table_run *r,
                          const recto_table_columns *c, int row)
{
    float top = f->rows[row].baseline - 0.9f * f->rows[row].size;
    bool inside = recto_table_aligned_rules(f, c, top - 1.2f * f->m->pitch, top) > 0 &&
                  recto_table_aligned_rules(f, c, recto_table_aligned_bottom(f, row),
                                            f->rows[r->first].baseline) > 0;
    for (int k = row; k < r->first && inside; k++)
        inside = is_within(f, c, k);
    return inside;
}

void recto_table_aligned_extend(const recto_table_finder *f, recto_table_run *r,
                                recto_table_columns *c, int top)
{
    int from = r->first;
    for (int row = top; row < r->first && from == r->first; row++) {
        if (is_ruled_head(f, r, c, row))
            from = row;
    }
    if (from == r->first) {
        float step = r->last > r->first ? (f->rows[r->last].baseline - f->rows[r->first].baseline) /
                                              (float)(r->last - r->first)
                                        : f->m->pitch;
        step = fmaxf(step, 1.2f * c->em);
        bool head = false;
        int first = r->first;
        for (int row = r->first - 1; row >= top; row--) {
            float down = f->rows[row + 1].baseline - f->rows[row].baseline;
            bool labels = is_head_row(f, c, row);
            if (down > 1.35f * step || !(labels || is_label_line(f, c, row, down)))
                break;
            head |= labels;
            first = row;
        }
        from = head ? first : from;
    }
    r->first = from;
    for (int k = from; k <= r->last; k++) {
        c->xs[0] = fminf(c->xs[0], f->rows[k].box.x0);
        c->xs[c->n] = fmaxf(c->xs[c->n], f->rows[k].box.x1);
    }
}

/* Is the row no row of the table: a caption, a line across the columns, a line of prose whose
 * spaces are wide where the table has its strips? */
static bool is_foreign(const recto_table_finder *f, const recto_table_columns *c, int row,
                       bool first)
{
    int n = recto_table_columns_count(f, row);
    int n_words = 0;
    for (int i = f->first[row]; i < f->first[row + 1]; i++) {
        const recto_table_grain *g = &f->grains[i];
        int from = 0;
        int to = 0;
        recto_table_columns_span(c, g, &from, &to);
        if (to > from && g->n_words > 4 && c->n > 2)
            return true;
        n_words += g->n_words;
    }
    if (first && (n < 2 || recto_table_aligned_is_caption(f->grains[f->first[row]].line)))
        return true;
    /* labels stand in other places than what is under them, but they are short */
    bool prose = n_words > 2 * c->n && !recto_table_aligned_has_numbers(f, row);
    return n >= 2 && (!first || prose) && !recto_table_columns_fit(c, f, row);
}

/* Leave out what stands above and below a table. */
static void trim(const recto_table_finder *f, recto_table_run *r, const recto_table_columns *c)
{
    while (r->last - r->first >= 2 && is_foreign(f, c, r->first, true)) {
        r->n_multi -= recto_table_columns_count(f, r->first) >= 2;
        r->first++;
    }
    while (r->last - r->first >= 2 && is_foreign(f, c, r->last, false)) {
        r->n_multi -= recto_table_columns_count(f, r->last) >= 2;
        r->last--;
    }
}

bool recto_table_aligned_best(const recto_table_finder *f, int from, int until, int min_columns,
                              recto_table_run *best, recto_table_columns *best_columns,
                              bool *failed)
{
    int best_score = 0;
    int n_tried = 0;
    int last = -1; /* of the run before, its strips, and how many runs had the same in turn */
    int n_strips = 0;
    int n_same = 0;
    for (int i = from; i < until && n_tried < MAX_STARTS; i++) {
        if (recto_table_columns_count(f, i) < min_columns)
            continue;
        n_tried++;
        recto_table_run r = follow(f, i);
        recto_table_columns c;
        if (r.n_strips + 1 < min_columns || r.n_multi < 3)
            continue;
        if (recto_table_aligned_is_contents(f, &r)) {
            i = r.last;
            continue;
        }
        bool cut_off = r.last - i + 1 >= MAX_RUN; /* then the end goes along with the start */
        n_same = (r.last == last || cut_off) && r.n_strips == n_strips ? n_same + 1 : 0;
        last = r.last;
        n_strips = r.n_strips;
        if (n_same > MAX_SAME)
            continue; /* a row less of the same: no better */
        if (!recto_table_columns_find(&c, f, &r)) {
            *failed = true;
            return false;
        }
        for (int n_trims = 0; n_trims < 3; n_trims++) {
            int n_rows = r.last - r.first;
            trim(f, &r, &c);
            if (r.last - r.first == n_rows)
                break;
            if (!recto_table_columns_find(&c, f, &r)) {
                *failed = true;
                return false;
            }
        }
        int score = r.n_multi * (c.n - 1);
        if (score > best_score && recto_table_aligned_judge(f, &r, &c, false)) {
            best_score = score;
            *best = r;
            *best_columns = c;
        }
    }
    return best_score > 0;
}

static bool read_zone(recto_table_finder *f, int from, int until, int depth)
{
    recto_table_run r = {.first = from, .last = from};
    recto_table_columns c = {.n = 0};
    bool failed = false;
    if (depth > 12 || until - from < 2 ||
        !recto_table_aligned_best(f, from, until, 2, &r, &c, &failed))
        return !failed;
    int top = r.first;
    while (top > from && top > r.first - 3 && same_zone(f, top - 1, top))
        top--;
    recto_table_aligned_extend(f, &r, &c, top);
    recto_arena_mark mark = recto_arena_here(f->tmp);
    recto_table *t = recto_table_aligned_build(f, &r, &c, &failed);
    recto_arena_reset(f->tmp, mark);
    if (failed)
        return false;
    if (t != NULL) {
        recto_rect box = f->rows[r.first].box;
        for (int i = r.first; i <= r.last; i++) {
            f->rows[i].in_table = true;
            box = recto_rect_union(box, f->rows[i].box);
        }
        f->rows[r.first].table = t;
        f->rows[r.first].box = box;
    }
    return read_zone(f, from, r.first, depth + 1) && read_zone(f, r.last + 1, until, depth + 1);
}

recto_status recto_table_aligned_find(recto_row *rows, int n, const recto_layout *layout,
                                      const recto_flow_metrics *m, recto_join *join,
                                      recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    recto_table_finder f = {.rows = rows,
                            .n_rows = n,
                            .layout = layout,
                            .m = m,
                            .join = join,
                            .keep = keep,
                            .tmp = tmp,
                            .space = recto_table_columns_space(layout, m)};
    if (n < 2)
        return RECTO_OK;
    recto_arena_mark mark = recto_arena_here(tmp);
    bool ok = recto_table_columns_grains(&f);
    for (int i = 0; i < n && ok;) {
        int k = i + 1;
        while (k < n && same_zone(&f, k - 1, k))
            k++;
        ok = read_zone(&f, i, k, 0);
        i = k;
    }
    recto_arena_reset(tmp, mark);
    if (!ok)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a table");
    return RECTO_OK;
}
