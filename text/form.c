#include "text/form.h"

#include "core/buf.h"
#include <math.h>
#include <string.h>

/* In a word's style: the word is field (style >> FIELD_SHIFT). */
enum { FIELD_MARK = 1u << 15, FIELD_SHIFT = 16, MAX_FIELDS = 1 << 15 };

/* Words of a value that stand in the text (the field has all of it), and words of a line that takes
 * more fields. */
enum { MOST_WORDS = 1000, MOST_IN_LINE = 4096 };

/* Stands for a field with nothing in it, and is in no text that leaves this file. */
static const char EMPTY[] = "\xE2\x90\xA3";
static const char OFF[] = "\xE2\x98\x90", ON[] = "\xE2\x98\x92", TICKED[] = "\xE2\x98\x91";

struct recto_form {
    recto_field *fields;
    int n;
};

/* Fields that were drawn, not typed, times words are compared up to this often; over it a page is
 * no form that anybody fills in. */
static const double MAX_TRIES = 2e7;

static bool is_box(const recto_field *f)
{
    return f->kind == RECTO_FIELD_CHECKBOX || f->kind == RECTO_FIELD_RADIO;
}

static int field_of(const recto_word *w)
{
    return (w->style & FIELD_MARK) != 0 ? (int)(w->style >> FIELD_SHIFT) : -1;
}

static uint32_t mark_of(int field)
{
    return FIELD_MARK | ((uint32_t)field << FIELD_SHIFT);
}

/* --- fields among the words --------------------------------------------------------------------
 */

static bool is_ballot_box(const char *text)
{
    return strcmp(text, OFF) == 0 || strcmp(text, ON) == 0 || strcmp(text, TICKED) == 0;
}

/* Fields, drawn and typed; and the page's words. */
static int count_fields(double *n_words, const recto_layout *layout)
{
    int n = layout->n_fields;
    *n_words = 0.0;
    for (int i = 0; i < layout->n_lines; i++) {
        *n_words += layout->lines[i].n_words;
        for (int k = 0; k < layout->lines[i].n_words; k++)
            n += layout->lines[i].words[k].text != NULL &&
                 is_ballot_box(layout->lines[i].words[k].text);
    }
    return n < MAX_FIELDS ? n : MAX_FIELDS;
}

/* What the page shows where a field is: leaders to write on, or the ballot box that was found as a
 * field, too. */
static bool is_under(const recto_word *w, const recto_field *f)
{
    float x = (w->box.x0 + w->box.x1) / 2.0f, y = (w->box.y0 + w->box.y1) / 2.0f;
    if (w->text == NULL || !recto_rect_contains(f->box, x, y))
        return false;
    return is_box(f) || strspn(w->text, "_.\xE2\x80\xA6") == strlen(w->text);
}

static bool field_fits(const recto_field *f, const recto_layout *layout)
{
    return recto_flow_rect_ok(f->box) && !recto_rect_is_empty(f->box) && f->box.x0 >= 0.0f &&
           f->box.y0 >= 0.0f && f->box.x1 <= layout->width && f->box.y1 <= layout->height &&
           f->kind != RECTO_FIELD_BUTTON && f->conf >= 0.0f && f->conf <= 1.0f;
}

static void mark_ballot_box(recto_word *w, recto_form *form, const recto_layout *layout)
{
    recto_field f = {.box = w->box,
                     .kind = RECTO_FIELD_CHECKBOX,
                     .name = "",
                     .label = "",
                     .value = "",
                     .checked = strcmp(w->text, OFF) != 0,
                     .conf = w->conf};
    if (form->n == MAX_FIELDS || !field_fits(&f, layout))
        return;
    form->fields[form->n] = f;
    w->style |= mark_of(form->n++);
}

/* What stands in the text for a field. */
static const char *shown(const recto_field *f)
{
    if (is_box(f) || f->kind == RECTO_FIELD_SIGNATURE)
        return f->checked ? ON : OFF;
    return f->value[0] != '\0' ? f->value : EMPTY;
}

/* Words of a field, side by side in a box; NULL if out of memory. */
static recto_word *make_words(int *n_out, const recto_form *form, int field, recto_rect box,
                              recto_arena *keep)
{
    const char *text = shown(&form->fields[field]);
    int n = 1;
    for (const char *p = text; *p != '\0' && n < MOST_WORDS; p++)
        n += *p == ' ';
    recto_word *words = recto_arena_array(keep, (size_t)n, sizeof *words);
    float wide = recto_rect_width(box) / (float)n;
    for (int i = 0; i < n && words != NULL; i++) {
        size_t len = strcspn(text, " ");
        words[i] = (recto_word){.box = {box.x0 + wide * (float)i, box.y0,
                                        box.x0 + wide * (float)(i + 1) - 0.1f, box.y1},
                                .text = recto_arena_text(keep, text, len),
                                .conf = form->fields[field].conf,
                                .style = mark_of(field)};
        if (words[i].text == NULL)
            return NULL;
        text += len + (text[len] == ' ');
    }
    *n_out = n;
    return words;
}

/* Does a field stand among the words of a line? */
static bool is_within(const recto_line *line, const recto_field *f)
{
    float x = (f->box.x0 + f->box.x1) / 2.0f;
    float high = fminf(recto_rect_height(line->box), recto_rect_height(f->box));
    return line->box.x0 < x && x < line->box.x1 &&
           recto_rect_height(f->box) < 2.0f * recto_rect_height(line->box) &&
           recto_rect_overlap_y(line->box, f->box) > 0.5f * high;
}

/* A field's words into a line's, by place; there is room for *cap.  False if out of memory. */
static bool insert_words(recto_line *line, int *cap, const recto_word *words, int n,
                         recto_arena *keep)
{
    int at = 0, all = line->n_words + n;
    if (all > *cap) {
        recto_word *grown =
            recto_arena_grow(keep, line->words, (size_t)*cap, 2 * (size_t)all, sizeof *grown);
        if (grown == NULL)
            return false;
        line->words = grown;
        *cap = 2 * all;
    }
    while (at < line->n_words && line->words[at].box.x0 < words[0].box.x0)
        at++;
    memmove(line->words + at + n, line->words + at, (size_t)(line->n_words - at) * sizeof *words);
    memcpy(line->words + at, words, (size_t)n * sizeof *words);
    line->n_words = all;
    return true;
}

/* A copy of the line without what lies under fields, its own ballot boxes marked, and the fields
 * among its words put in; those are noted in placed.  False if out of memory. */
static bool load_line(recto_line *line, recto_form *form, int n_drawn, bool *placed,
                      const recto_layout *layout, recto_arena *keep)
{
    int n = 0, cap = line->n_words + 1;
    recto_word *words = recto_arena_array(keep, (size_t)cap, sizeof *words);
    if (words == NULL)
        return false;
    for (int i = 0; i < line->n_words; i++) {
        recto_word w = line->words[i];
        w.style &= FIELD_MARK - 1u;
        bool under = false;
        for (int k = 0; k < n_drawn && !under; k++)
            under = is_under(&w, &form->fields[k]);
        if (under)
            continue;
        words[n] = w;
        if (w.text != NULL && is_ballot_box(w.text))
            mark_ballot_box(&words[n], form, layout);
        n++;
    }
    line->words = words;
    line->n_words = n;
    for (int k = 0; k < n_drawn && n > 0; k++) {
        int n_new = 0;
        if (placed[k] || line->n_words > MOST_IN_LINE || !is_within(line, &form->fields[k]))
            continue;
        const recto_word *new = make_words(&n_new, form, k, form->fields[k].box, keep);
        if (new == NULL || !insert_words(line, &cap, new, n_new, keep))
            return false;
        placed[k] = true;
    }
    return true;
}

/* The line of text beside a field: the nearest of those that share most of their height with it;
 * NULL if there is none. */
static const recto_line *line_beside(const recto_layout *layout, recto_rect box)
{
    const recto_line *best = NULL;
    float nearest = HUGE_VALF;
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *line = &layout->lines[i];
        float high = recto_rect_height(line->box);
        float away = fmaxf(line->box.x0 - box.x1, box.x0 - line->box.x1);
        if (line->n_words > 0 && away > -high && away < nearest &&
            recto_rect_overlap_y(line->box, box) > 0.5f * high) {
            nearest = away;
            best = line;
        }
    }
    return best;
}

/* A line of its own for a field; few: there is time to look for its neighbours. */
static bool add_field_line(recto_line *out, const recto_layout *layout, const recto_form *form,
                           int field, float body, bool few, recto_arena *keep)
{
    const recto_field *f = &form->fields[field];
    int n = 0;
    float high = recto_rect_height(f->box);
    float size = is_box(f) ? fminf(high, body) : fminf(0.75f * high, body);
    size = fmaxf(size, 1.0f);
    const recto_line *beside = few ? line_beside(layout, f->box) : NULL;
    float baseline = beside != NULL ? beside->baseline : f->box.y0 + fminf(0.8f * high, size);
    recto_rect box = f->box;
    if (high > 2.0f * size) { /* several lines high: it stands where its label does */
        box.y0 = fmaxf(box.y0, baseline - size);
        box.y1 = fminf(box.y1, baseline + 0.3f * size);
    }
    recto_word *words = make_words(&n, form, field, box, keep);
    if (words == NULL)
        return false;
    *out = (recto_line){.words = words,
                        .n_words = n,
                        .box = box,
                        .size = size,
                        .baseline = baseline,
                        .conf = f->conf,
                        .region = -1};
    return true;
}

/* Size of most lines; of the page where there are none. */
static float body_size(const recto_layout *layout)
{
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        if (isfinite(layout->lines[i].size) && layout->lines[i].size > 0.0f) {
            sum += (double)layout->lines[i].size;
            n++;
        }
    }
    return n > 0 ? (float)(sum / n) : fmaxf(1.0f, layout->dpi / 7.2f);
}

recto_status recto_form_load(recto_layout *out, recto_form **form_out, const recto_layout *layout,
                             recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *out = *layout;
    *form_out = NULL;
    double n_words = 0.0;
    int most = count_fields(&n_words, layout);
    if (most == 0)
        return RECTO_OK;
    recto_form *form = recto_arena_alloc(tmp, sizeof *form);
    recto_line *lines =
        recto_arena_array(keep, (size_t)layout->n_lines + (size_t)most, sizeof *lines);
    recto_field *fields = recto_arena_array(keep, (size_t)most, sizeof *fields);
    bool *placed = recto_arena_array(tmp, (size_t)most, sizeof *placed);
    if (form == NULL || lines == NULL || fields == NULL || placed == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a form");
    *form = (recto_form){.fields = fields};
    for (int i = 0; i < layout->n_fields && form->n < most; i++)
        if (field_fits(&layout->fields[i], layout))
            fields[form->n++] = layout->fields[i];
    int n_drawn = form->n;
    int n_tried = (double)n_drawn * n_words < MAX_TRIES ? n_drawn : 0;
    bool ok = true;
    out->lines = lines;
    out->n_lines = 0;
    for (int i = 0; i < layout->n_lines && ok; i++) {
        recto_line line = layout->lines[i];
        ok = load_line(&line, form, n_tried, placed, layout, keep);
        if (line.n_words > 0)
            lines[out->n_lines++] = line;
    }
    float body = body_size(layout);
    for (int i = 0; i < n_drawn && ok; i++)
        ok = placed[i] ||
             add_field_line(&lines[out->n_lines++], layout, form, i, body, n_tried > 0, keep);
    if (!ok)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a form");
    *form_out = form;
    return RECTO_OK;
}

/* --- blocks cut at fields ----------------------------------------------------------------------
 */

/* A word of a block, with the line it stands on. */
typedef struct token {
    const recto_word *word;
    int line;
    int field; /* -1: none */
} token;

typedef struct cutter {
    recto_form *form;
    recto_join *join;
    recto_arena *keep;
    bool *told; /* [form->n] has its block; words of one may lie in several cells or columns */
    recto_block *out;
    int n;
    bool failed;
} cutter;

/* Runs of words of one field. */
static size_t count_runs(const recto_line *lines, int n_lines)
{
    size_t n = 0;
    int last = -1;
    for (int i = 0; i < n_lines; i++)
        for (int k = 0; k < lines[i].n_words; k++) {
            int field = field_of(&lines[i].words[k]);
            n += field >= 0 && field != last;
            last = field;
        }
    return n;
}

static bool has_field(const recto_line *lines, int n_lines)
{
    return count_runs(lines, n_lines) > 0;
}

/* Lines of a stretch of tokens without fields; *n_out 0 if there are none. */
static recto_line *take_lines(cutter *c, int *n_out, const recto_block *from, const token *t, int n)
{
    recto_line *lines = recto_arena_array(c->keep, (size_t)n + 1, sizeof *lines);
    recto_word *words = recto_arena_array(c->keep, (size_t)n + 1, sizeof *words);
    *n_out = 0;
    c->failed = c->failed || lines == NULL || words == NULL;
    for (int i = 0, last = -1; i < n && !c->failed; i++) {
        if (t[i].field >= 0)
            continue;
        if (*n_out == 0 || t[i].line != last) {
            lines[*n_out] = from->lines[t[i].line];
            lines[*n_out].words = words;
            lines[(*n_out)++].n_words = 0;
        }
        last = t[i].line;
        *words++ = *t[i].word;
        lines[*n_out - 1].n_words++;
    }
    for (int i = 0; i < *n_out; i++)
        recto_flow_close_line(&lines[i], lines[i].size, lines[i].baseline);
    return lines;
}

/* Text, box, confidence of a block from lines. */
static void fill_block(cutter *c, recto_block *b, const recto_block *from, const token *t, int n)
{
    double sum = 0.0, chars = 0.0;
    b->lines = take_lines(c, &b->n_lines, from, t, n);
    b->text = b->n_lines > 0 && !c->failed
                  ? recto_join_lines(c->join, b->lines, b->n_lines, 0, c->keep)
                  : "";
    b->conf = 1.0f;
    b->size = from->size;
    for (int i = 0; i < b->n_lines; i++) {
        double k = recto_flow_chars(&b->lines[i]);
        b->box = recto_rect_union(b->box, b->lines[i].box);
        sum += (double)b->lines[i].conf * k;
        chars += k;
    }
    if (chars > 0.0)
        b->conf = (float)(sum / chars);
    if (b->n_lines > 0 && recto_rect_is_empty(b->box)) /* specks at the page's edge */
        b->box = from->box;
    c->failed = c->failed || b->text == NULL;
}

static void put_text(cutter *c, const recto_block *from, const token *t, int n)
{
    recto_block b = {.label = RECTO_LABEL_TEXT, .style = from->style, .flags = from->flags};
    if (from->label == RECTO_LABEL_SECTION_HEADER || from->label == RECTO_LABEL_TITLE) {
        b.label = from->label;
        b.level = from->level;
    }
    fill_block(c, &b, from, t, n);
    if (!c->failed && b.n_lines > 0)
        c->out[c->n++] = b;
}

/* A small line of text right above a field that has nothing beside it says what it is for. */
static bool is_label_above(const recto_block *above, const recto_field *f)
{
    float high = above->n_lines == 1 ? recto_rect_height(above->box) : 0.0f;
    return above->label == RECTO_LABEL_TEXT && high > 0.0f && strlen(above->text) < 80 &&
           above->box.y1 <= f->box.y0 + 0.5f * high && above->box.y1 > f->box.y0 - 1.2f * high &&
           recto_rect_overlap_x(above->box, f->box) > 0.5f * recto_rect_width(above->box);
}

static void put_field(cutter *c, const recto_block *from, int field, const token *t, int n)
{
    recto_field *f = &c->form->fields[field];
    recto_block b = {.label = RECTO_LABEL_FORM, .flags = from->flags};
    if (c->told[field]) {
        put_text(c, from, t, n);
        return;
    }
    c->told[field] = true;
    fill_block(c, &b, from, t, n);
    if (b.n_lines == 0 && c->n > 0 && !is_box(f) && is_label_above(&c->out[c->n - 1], f)) {
        b = c->out[--c->n];
        b.label = RECTO_LABEL_FORM;
    }
    b.field = f;
    b.box = recto_rect_union(b.box, f->box);
    b.conf = fminf(b.conf, f->conf);
    if (!c->failed)
        c->out[c->n++] = b;
}

/* First token after i that is of another field; words of one field count once. */
static int after_field(const token *t, int n, int i)
{
    int k = i + 1;
    while (k < n && t[k].field == t[i].field)
        k++;
    return k;
}

/* Does the next line go on with the label on the one before: as bold, and right below it? */
static bool label_goes_on(const recto_line *a, const recto_line *b)
{
    bool same = ((a->style ^ b->style) & (uint32_t)RECTO_STYLE_BOLD) == 0;
    return same && b->box.y0 - a->box.y1 < 0.5f * recto_rect_height(a->box);
}

/* End of the label that follows a box at i: up to the next field; over lines only while these hold
 * words alone and go on. */
static int label_end(const recto_line *lines, const token *t, int n, int i)
{
    int k = i;
    while (k < n && t[k].field < 0 &&
           (k == i || t[k].line == t[k - 1].line ||
            label_goes_on(&lines[t[k - 1].line], &lines[t[k].line])))
        k++;
    if (k == n || t[k].field < 0)
        return k;
    int last = k; /* a line that ends in a field belongs to that field */
    while (last > i && t[last - 1].line == t[k].line && t[k].line != t[i].line)
        last--;
    return last;
}

/* Start of the words at the end of t[0..n) that stand on the line of the field after them.  Of
 * "Size: small" in front of a box only what follows the colon is the box's. */
static int beside(const token *t, int n, int line, bool box)
{
    int k = n;
    while (k > 0 && t[k - 1].line == line &&
           !(box && k < n && t[k - 1].word->text[strlen(t[k - 1].word->text) - 1] == ':'))
        k--;
    return k;
}

/* Do the boxes on the line of token i stand before their labels?  Not where the line begins with
 * words and ends with a box. */
static bool comes_first(const cutter *c, const token *t, int n, int i)
{
    int first = i, last = i;
    while (first > 0 && t[first - 1].line == t[i].line)
        first--;
    while (last + 1 < n && t[last + 1].line == t[i].line)
        last++;
    return t[first].field >= 0 || t[last].field < 0 || !is_box(&c->form->fields[t[last].field]);
}

/* Boxes: the label follows on the line, or it stands before.  Fields to fill in: it stands
 * before. */
static void cut_tokens(cutter *c, const recto_block *from, const token *t, int n)
{
    int from_text = 0;
    for (int i = 0; i < n && !c->failed;) {
        if (t[i].field < 0) {
            i++;
            continue;
        }
        int next = after_field(t, n, i);
        bool box = is_box(&c->form->fields[t[i].field]);
        bool follows = box && next < n && t[next].field < 0 && t[next].line == t[i].line &&
                       comes_first(c, t, n, i);
        int label = follows ? i : from_text + beside(t + from_text, i - from_text, t[i].line, box);
        if (label > from_text)
            put_text(c, from, t + from_text, label - from_text);
        int end = follows ? label_end(from->lines, t, n, next) : next;
        if (follows)
            put_field(c, from, t[i].field, t + next, end - next);
        else
            put_field(c, from, t[i].field, t + label, i - label);
        from_text = i = end;
    }
    if (from_text < n && !c->failed)
        put_text(c, from, t + from_text, n - from_text);
}

static void cut_block(cutter *c, const recto_block *from, recto_arena *tmp)
{
    size_t n_words = 0;
    for (int i = 0; i < from->n_lines; i++)
        n_words += (size_t)from->lines[i].n_words;
    recto_arena_mark mark = recto_arena_here(tmp);
    token *t = recto_arena_array(tmp, n_words + 1, sizeof *t);
    c->failed = c->failed || t == NULL;
    int n = 0;
    for (int i = 0; i < from->n_lines && !c->failed; i++)
        for (int k = 0; k < from->lines[i].n_words; k++)
            t[n++] = (token){&from->lines[i].words[k], i, field_of(&from->lines[i].words[k])};
    if (!c->failed)
        cut_tokens(c, from, t, n);
    recto_arena_reset(tmp, mark);
}

/* --- tables ------------------------------------------------------------------------------------
 */

/* The cell's text without the sign for empty fields.  False if out of memory. */
static bool clean_cell(recto_cell *cell, recto_arena *keep)
{
    char *text = recto_arena_text(keep, cell->text, strlen(cell->text));
    if (text == NULL)
        return false;
    size_t n = sizeof EMPTY - 1;
    for (char *at = strstr(text, EMPTY); at != NULL; at = strstr(at, EMPTY)) {
        size_t len = n + (at[n] == ' ');
        memmove(at, at + len, strlen(at + len) + 1);
    }
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        text[--len] = '\0';
    cell->text = text;
    cell->n_spans = 0;
    return true;
}

/* Lines of a cell without its fields' words; fields not yet told of are in found (room for all). */
static int clean_lines(cutter *c, recto_cell *cell, int *found)
{
    int n_found = 0, n_lines = 0;
    for (int i = 0; i < cell->n_lines; i++) {
        recto_line line = cell->lines[i];
        int n = 0;
        for (int k = 0; k < line.n_words; k++) {
            int field = field_of(&line.words[k]);
            if (field < 0)
                line.words[n++] = line.words[k];
            else if (!c->told[field])
                found[n_found++] = field;
            if (field >= 0)
                c->told[field] = true;
        }
        line.n_words = n;
        if (n == 0)
            continue;
        recto_flow_close_line(&line, line.size, line.baseline);
        cell->lines[n_lines++] = line;
    }
    cell->n_lines = n_lines;
    return n_found;
}

/* What a field in a cell is for: the cell's own words, else the first cell of its row, else the
 * head of its column. */
static const recto_cell *label_cell(const recto_table *t, const recto_cell *cell)
{
    const recto_cell *head = NULL;
    if (cell->n_lines > 0)
        return cell;
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *other = &t->cells[i];
        if (other->row <= cell->row && cell->row < other->row + other->row_span &&
            other->col < cell->col && other->n_lines > 0)
            return other;
        if (head == NULL && other->row < cell->row && other->n_lines > 0 &&
            other->col <= cell->col && cell->col < other->col + other->col_span)
            head = other;
    }
    return head;
}

/* "Kitchen: Locked" for a field that its row and the head of its column tell of; NULL if out of
 * memory. */
static const char *table_label(cutter *c, const recto_table *t, const recto_cell *cell,
                               const recto_cell *label)
{
    const recto_cell *head = NULL;
    for (int i = 0; i < t->n_cells && label != cell && label->row >= cell->row; i++) {
        const recto_cell *other = &t->cells[i];
        if (other->header && other->row < cell->row && other->col <= cell->col &&
            cell->col < other->col + other->col_span && other->n_lines > 0)
            head = other;
    }
    recto_buf text = RECTO_BUF_INIT;
    const char *own = "";
    if (!has_field(label->lines, label->n_lines))
        own = recto_join_lines(c->join, label->lines, label->n_lines, 0, c->keep);
    if (own == NULL)
        return NULL;
    recto_buf_text(&text, own);
    if (head != NULL)
        recto_buf_printf(&text, "%s%s", text.len > 0 ? ": " : "", head->text);
    const char *out =
        text.failed ? NULL : recto_arena_text(c->keep, recto_buf_cstr(&text), text.len);
    recto_buf_free(&text);
    return out;
}

static void cut_table(cutter *c, const recto_block *from, recto_arena *tmp)
{
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_table *t = from->table;
    int *found = recto_arena_array(tmp, (size_t)c->form->n + 1, sizeof *found);
    c->failed = c->failed || found == NULL;
    c->out[c->n++] = *from;
    for (int i = 0; i < t->n_cells && !c->failed; i++) {
        recto_cell *cell = &t->cells[i];
        if (!has_field(cell->lines, cell->n_lines))
            continue;
        c->failed = !clean_cell(cell, c->keep);
        int n = clean_lines(c, cell, found);
        for (int k = 0; k < n && !c->failed; k++) {
            const recto_cell *label = label_cell(t, cell);
            recto_field *f = &c->form->fields[found[k]];
            recto_block b = {.label = RECTO_LABEL_FORM,
                             .text = "",
                             .box = f->box,
                             .field = f,
                             .conf = f->conf,
                             .size = from->size};
            if (label != NULL)
                b.text = table_label(c, t, cell, label);
            c->failed = b.text == NULL;
            c->out[c->n++] = b;
        }
    }
    recto_arena_reset(tmp, mark);
}

recto_status recto_form_blocks(recto_block **blocks, int *n, recto_form *form, recto_join *join,
                               recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    if (form == NULL || form->n == 0)
        return RECTO_OK;
    size_t most = (size_t)*n + (size_t)form->n; /* a field in a table makes one block */
    bool any = false;
    for (int i = 0; i < *n; i++) { /* elsewhere each run two at most: its own and text before it */
        size_t runs = count_runs((*blocks)[i].lines, (*blocks)[i].n_lines);
        most += 2 * runs;
        any |= runs > 0 || (*blocks)[i].table != NULL;
    }
    if (!any)
        return RECTO_OK;
    cutter c = {.form = form, .join = join, .keep = keep};
    c.told = recto_arena_array(tmp, (size_t)form->n, sizeof *c.told);
    c.out = recto_arena_array(tmp, most, sizeof *c.out);
    c.failed = c.told == NULL || c.out == NULL;
    for (int i = 0; i < *n && !c.failed; i++) {
        const recto_block *b = &(*blocks)[i];
        if (b->table != NULL)
            cut_table(&c, b, tmp);
        else if (has_field(b->lines, b->n_lines))
            cut_block(&c, b, tmp);
        else
            c.out[c.n++] = *b;
    }
    if (c.failed)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a form");
    *blocks = c.out;
    *n = c.n;
    return RECTO_OK;
}
