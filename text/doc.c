/* The document model's names, and its checker: one walk over a page that names the first broken
 * rule.  Messages give the block's place, never its text. */
#include "text/doc.h"

#include "core/utf8.h"
#include "text/escape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_DEPTH_MAX = 15, TABLE_PLACES_MAX = 1 << 24 };

static const char *const label_names[RECTO_LABEL_COUNT] = {
    [RECTO_LABEL_TEXT] = "text",
    [RECTO_LABEL_TITLE] = "title",
    [RECTO_LABEL_SECTION_HEADER] = "section_header",
    [RECTO_LABEL_LIST_ITEM] = "list_item",
    [RECTO_LABEL_TABLE] = "table",
    [RECTO_LABEL_PICTURE] = "picture",
    [RECTO_LABEL_CAPTION] = "caption",
    [RECTO_LABEL_FOOTNOTE] = "footnote",
    [RECTO_LABEL_FORMULA] = "formula",
    [RECTO_LABEL_CODE] = "code",
    [RECTO_LABEL_PAGE_HEADER] = "page_header",
    [RECTO_LABEL_PAGE_FOOTER] = "page_footer",
    [RECTO_LABEL_FORM] = "form",
};

static const char *const flag_names[RECTO_FLAG_COUNT] = {
    "blank_page",
    "low_confidence",
    "untrusted_text_layer",
    "truncated",
    "unsupported_script",
    "handwriting",
    "damaged",
    "rotated",
    "loop_stopped",
    "repaired",
    "hidden_text",
    "partly_read",
};

static const char *const reader_names[RECTO_READER_KIND_COUNT] = {
    [RECTO_READER_NONE] = "none",
    [RECTO_READER_LAYER] = "layer",
    [RECTO_READER_LINE] = "line",
    [RECTO_READER_VLM] = "vlm",
};

const char *recto_doc_label_name(recto_label label)
{
    return (unsigned)label < RECTO_LABEL_COUNT ? label_names[label] : "text";
}

const char *recto_doc_flag_name(int bit)
{
    return bit >= 0 && bit < RECTO_FLAG_COUNT ? flag_names[bit] : "unknown";
}

const char *recto_doc_reader_name(recto_reader_kind kind)
{
    return (unsigned)kind < RECTO_READER_KIND_COUNT ? reader_names[kind] : "none";
}

/* What the walk carries: the page, and where a broken rule is reported. */
typedef struct check {
    const recto_page *page;
    int block; /* index of the block under way, -1 outside */
    recto_error *err;
} check;

static recto_status broken(const check *c, const char *rule)
{
    if (c->block < 0)
        return recto_error_set(c->err, RECTO_ERR_ARG, "page %d: %s", c->page->number, rule);
    return recto_error_set(c->err, RECTO_ERR_ARG, "page %d, block %d: %s", c->page->number,
                           c->block + 1, rule);
}

static bool is_share(float v)
{
    return v >= 0.0f && v <= 1.0f; /* false for NaN */
}

static bool box_fits(const recto_page *page, recto_rect r)
{
    const float slack = 1.0f; /* px: boxes come from rounding and deskewing */
    return r.x0 >= -slack && r.y0 >= -slack && r.x0 <= r.x1 && r.y0 <= r.y1 &&
           r.x1 <= page->width + slack && r.y1 <= page->height + slack;
}

/* Valid UTF-8 without dropped characters and without white space other than single spaces (and line
 * feeds where they may be). */
static bool text_is_clean(const char *text, bool newlines)
{
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        const char *from = p;
        uint32_t cp = recto_utf8_next(&p, end);
        if (cp == RECTO_UTF8_REPLACEMENT && p - from != 3)
            return false;
        if (recto_utf8_is_dropped(cp))
            return false;
        if (recto_utf8_is_space(cp) && cp != ' ' && !(newlines && cp == '\n'))
            return false;
    }
    return true;
}

/* A box without area and place stands for "unknown": only the VLM may not know. */
static bool box_is_known_enough(const recto_page *page, recto_rect r)
{
    return page->reader == RECTO_READER_VLM || r.x0 != 0.0f || r.y0 != 0.0f || r.x1 != 0.0f ||
           r.y1 != 0.0f;
}

/* Writers pass the text on as it is; only then do the places of spans still hold. */
static bool text_is_final(const char *text)
{
    recto_buf scratch = RECTO_BUF_INIT;
    bool same = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE) == text;
    recto_buf_free(&scratch);
    return same;
}

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static recto_status check_span(const check *c, const char *text, const recto_span *s)
{
    if ((unsigned)s->kind >= RECTO_SPAN_KIND_COUNT)
        return broken(c, "span kind out of range");
    if (s->start < 0 || s->start >= s->end || s->end > (int)strlen(text))
        return broken(c, "span empty or outside its text");
    if (!starts_character(text[s->start]) || !starts_character(text[s->end]))
        return broken(c, "span inside a character");
    if (text[s->start] == ' ' || text[s->end - 1] == ' ')
        return broken(c, "span with a space at its edge");
    if ((s->kind == RECTO_SPAN_LINK) != (s->url != NULL))
        return broken(c, "link without its address, or address without link");
    if (s->url != NULL && (s->url[0] == '\0' || !text_is_clean(s->url, false)))
        return broken(c, "address empty or not clean");
    return RECTO_OK;
}

/* Spans that are open where the next one begins. */
typedef struct nest {
    const recto_span *open[RECTO_SPAN_DEPTH];
    int depth;
} nest;

static recto_status check_nesting(const check *c, nest *n, const recto_span *s)
{
    while (n->depth > 0 && n->open[n->depth - 1]->end <= s->start)
        n->depth--;
    if (n->depth == RECTO_SPAN_DEPTH)
        return broken(c, "spans nested too deep");
    for (int i = 0; i < n->depth; i++) {
        const recto_span *outer = n->open[i];
        if (s->end > outer->end)
            return broken(c, "spans that overlap");
        if (s->kind == outer->kind)
            return broken(c, "span in one of its own kind");
        if (outer->kind == RECTO_SPAN_MATH || outer->kind == RECTO_SPAN_CODE)
            return broken(c, "span in math or code");
    }
    n->open[n->depth++] = s;
    return RECTO_OK;
}

static recto_status check_spans(const check *c, const char *text, const recto_span *spans, int n)
{
    if (n == 0)
        return RECTO_OK;
    if (n < 0 || spans == NULL)
        return broken(c, "spans missing");
    if (!text_is_final(text))
        return broken(c, "spans of a text that the writers would change");
    nest open = {.depth = 0};
    for (int i = 0; i < n; i++) {
        const recto_span *s = &spans[i];
        recto_status status = check_span(c, text, s);
        if (status != RECTO_OK)
            return status;
        if (i > 0 && (s->start < spans[i - 1].start ||
                      (s->start == spans[i - 1].start && s->end > spans[i - 1].end)))
            return broken(c, "spans not sorted");
        if (i > 0 && s->start == spans[i - 1].end && s->kind == spans[i - 1].kind && s->url == NULL)
            return broken(c, "two spans of one kind touch");
        status = check_nesting(c, &open, s);
        if (status != RECTO_OK)
            return status;
    }
    return RECTO_OK;
}

static recto_status check_lines(const check *c, const recto_line *lines, int n_lines)
{
    if (n_lines < 0 || (n_lines > 0 && lines == NULL))
        return broken(c, "lines missing");
    for (int i = 0; i < n_lines; i++) {
        const recto_line *line = &lines[i];
        if (line->n_words < 1 || line->words == NULL)
            return broken(c, "line without words");
        if (!box_fits(c->page, line->box))
            return broken(c, "line box outside the page");
        if (!is_share(line->conf))
            return broken(c, "line confidence not in 0..1");
        for (int k = 0; k < line->n_words; k++) {
            const recto_word *word = &line->words[k];
            if (word->text == NULL || word->text[0] == '\0' || strchr(word->text, ' ') != NULL ||
                !text_is_clean(word->text, false))
                return broken(c, "word text empty, with spaces or not clean");
            if (!box_fits(c->page, word->box))
                return broken(c, "word box outside the page");
            if (!is_share(word->conf))
                return broken(c, "word confidence not in 0..1");
        }
    }
    return RECTO_OK;
}

static recto_status check_cell(const check *c, const recto_table *t, int i)
{
    const recto_cell *cell = &t->cells[i];
    if (cell->row < 0 || cell->col < 0 || cell->row_span < 1 || cell->col_span < 1 ||
        cell->row_span > t->n_rows - cell->row || cell->col_span > t->n_cols - cell->col)
        return broken(c, "cell outside its table");
    if (i > 0) {
        const recto_cell *before = &t->cells[i - 1];
        if (before->row > cell->row || (before->row == cell->row && before->col >= cell->col))
            return broken(c, "cells not by row and column");
    }
    if (cell->text == NULL || !text_is_clean(cell->text, false))
        return broken(c, "cell text missing or not clean");
    if (!box_fits(c->page, cell->box))
        return broken(c, "cell box outside the page");
    if (!is_share(cell->conf))
        return broken(c, "cell confidence not in 0..1");
    if (c->page->reader == RECTO_READER_VLM && cell->n_lines != 0)
        return broken(c, "lines by the VLM");
    recto_status status = check_spans(c, cell->text, cell->spans, cell->n_spans);
    return status == RECTO_OK ? check_lines(c, cell->lines, cell->n_lines) : status;
}

/* Mark the places of each cell; a place marked twice or never is an error. */
static recto_status check_cover(const check *c, const recto_table *t)
{
    size_t n_places = (size_t)t->n_rows * (size_t)t->n_cols;
    size_t n_covered = 0;
    bool *covered = calloc(n_places, sizeof *covered);
    if (covered == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    bool twice = false;
    for (int i = 0; i < t->n_cells && !twice; i++) {
        const recto_cell *cell = &t->cells[i];
        for (int row = cell->row; row < cell->row + cell->row_span && !twice; row++) {
            for (int col = cell->col; col < cell->col + cell->col_span; col++) {
                bool *place = &covered[(size_t)row * (size_t)t->n_cols + (size_t)col];
                twice = twice || *place;
                *place = true;
                n_covered++;
            }
        }
    }
    free(covered);
    if (twice)
        return broken(c, "table place covered twice");
    return n_covered == n_places ? RECTO_OK : broken(c, "table place not covered");
}

static recto_status check_table(const check *c, const recto_table *t)
{
    if (t->n_rows < 1 || t->n_cols < 1 || t->n_cells < 1 || t->cells == NULL)
        return broken(c, "empty table");
    if (t->n_rows > TABLE_PLACES_MAX / t->n_cols)
        return broken(c, "table too large");
    for (int i = 0; i < t->n_cells; i++) {
        recto_status status = check_cell(c, t, i);
        if (status != RECTO_OK)
            return status;
    }
    if (t->n_repeat < 0 || t->n_repeat > t->n_rows)
        return broken(c, "more rows repeated than there are");
    return check_cover(c, t);
}

static recto_status check_field(const check *c, const recto_field *f)
{
    if ((unsigned)f->kind >= RECTO_FIELD_KIND_COUNT)
        return broken(c, "field kind out of range");
    if (!box_fits(c->page, f->box))
        return broken(c, "field box outside the page");
    const char *const texts[] = {f->name, f->label, f->value};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] == NULL || !text_is_clean(texts[i], false))
            return broken(c, "field text missing or not clean");
    }
    return is_share(f->conf) ? RECTO_OK : broken(c, "field confidence not in 0..1");
}

/* How a block stands to others. */
static recto_status check_ties(const check *c, const recto_block *b)
{
    if ((unsigned)b->goes_on >= RECTO_GOES_ON_COUNT)
        return broken(c, "goes_on out of range");
    bool flows = b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_LIST_ITEM ||
                 b->label == RECTO_LABEL_TABLE || b->label == RECTO_LABEL_CODE ||
                 b->label == RECTO_LABEL_FOOTNOTE;
    if ((b->goes_on != RECTO_GOES_ON_NOT || b->continues) && !flows)
        return broken(c, "a block that cannot go on does");
    if (b->tied == 0)
        return RECTO_OK;
    if (b->tied < 0 || b->tied > c->page->n_blocks)
        return broken(c, "tied to no block");
    const recto_block *other = &c->page->blocks[b->tied - 1];
    const recto_block *caption = b->label == RECTO_LABEL_CAPTION ? b : other;
    const recto_block *body = b->label == RECTO_LABEL_CAPTION ? other : b;
    if (caption->label != RECTO_LABEL_CAPTION || other->tied - 1 != c->block ||
        (body->label != RECTO_LABEL_TABLE && body->label != RECTO_LABEL_PICTURE))
        return broken(c, "tied blocks that are not caption and table or picture");
    return RECTO_OK;
}

static bool level_fits(const recto_block *b)
{
    switch (b->label) {
    case RECTO_LABEL_SECTION_HEADER:
        return b->level >= 1 && b->level <= 6;
    case RECTO_LABEL_LIST_ITEM:
        return b->level >= 0 && b->level <= LIST_DEPTH_MAX;
    case RECTO_LABEL_TITLE:
        return b->level == 0 || b->level == 1;
    default:
        return b->level == 0;
    }
}

/* What only the VLM has, and what it has not. */
static recto_status check_vlm_block(const check *c, const recto_block *b)
{
    bool is_vlm = c->page->reader == RECTO_READER_VLM;
    if (!box_is_known_enough(c->page, b->box))
        return broken(c, "box unknown");
    if (is_vlm && b->n_lines != 0)
        return broken(c, "lines by the VLM");
    if (b->category != NULL && (!is_vlm || !text_is_clean(b->category, false)))
        return broken(c, "category not by the VLM or not clean");
    if (b->file != NULL &&
        (b->label != RECTO_LABEL_PICTURE || b->file[0] == '\0' || !text_is_clean(b->file, false)))
        return broken(c, "file on another block than a picture, empty or not clean");
    bool raw = b->table != NULL || b->label == RECTO_LABEL_PICTURE ||
               b->label == RECTO_LABEL_FORMULA || b->label == RECTO_LABEL_CODE;
    if (raw && b->n_spans != 0)
        return broken(c, "spans on a table, picture, formula or code");
    return check_spans(c, b->text, b->spans, b->n_spans);
}

static recto_status check_block(const check *c, const recto_block *b)
{
    if ((unsigned)b->label >= RECTO_LABEL_COUNT)
        return broken(c, "label out of range");
    if (!level_fits(b))
        return broken(c, "level out of range");
    if (!box_fits(c->page, b->box))
        return broken(c, "box outside the page");
    if (b->text == NULL || !text_is_clean(b->text, b->label == RECTO_LABEL_CODE))
        return broken(c, "text missing or not clean");
    bool is_item = b->label == RECTO_LABEL_LIST_ITEM;
    if (is_item != (b->marker != NULL) || (!is_item && b->ordered))
        return broken(c, "marker without list item, or list item without marker");
    if (is_item && (b->marker[0] == '\0' || !text_is_clean(b->marker, false)))
        return broken(c, "marker empty or not clean");
    if (!is_share(b->conf))
        return broken(c, "confidence not in 0..1");
    if (b->flags >= 1u << RECTO_FLAG_COUNT)
        return broken(c, "unknown flag");
    if ((b->label == RECTO_LABEL_TABLE) != (b->table != NULL))
        return broken(c, "table without its label, or label without table");
    if ((b->label == RECTO_LABEL_TABLE || b->label == RECTO_LABEL_PICTURE) && b->n_lines != 0)
        return broken(c, "table or picture with lines of its own");
    if ((b->label == RECTO_LABEL_FORM) != (b->field != NULL))
        return broken(c, "field without its label, or label without field");
    recto_status status = b->field != NULL ? check_field(c, b->field) : RECTO_OK;
    if (status == RECTO_OK)
        status = check_ties(c, b);
    if (status == RECTO_OK)
        status = check_vlm_block(c, b);
    if (status == RECTO_OK)
        status = check_lines(c, b->lines, b->n_lines);
    return status == RECTO_OK && b->table != NULL ? check_table(c, b->table) : status;
}

static recto_status check_frame(const check *c)
{
    const recto_page *p = c->page;
    if (p->number < 1)
        return broken(c, "number below 1");
    const float sizes[] = {p->width, p->height, p->dpi, p->width_pt, p->height_pt};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        /* a page that failed may be of unknown size */
        bool fits = p->status == RECTO_OK ? sizes[i] > 0.0f : sizes[i] >= 0.0f;
        if (!fits || !isfinite(sizes[i]))
            return broken(c, "size not positive and finite");
    }
    if ((unsigned)p->reader >= RECTO_READER_KIND_COUNT)
        return broken(c, "reader out of range");
    if (p->turned_deg < 0 || p->turned_deg > 270 || p->turned_deg % 90 != 0)
        return broken(c, "turn not 0, 90, 180 or 270");
    if (!isfinite(p->skew_deg))
        return broken(c, "skew not finite");
    if (!is_share(p->conf))
        return broken(c, "confidence not in 0..1");
    if (p->flags >= 1u << RECTO_FLAG_COUNT)
        return broken(c, "unknown flag");
    if ((p->status != RECTO_OK) != (p->error != NULL))
        return broken(c, "status and error message do not agree");
    if (p->n_blocks < 0 || (p->n_blocks > 0 && p->blocks == NULL))
        return broken(c, "blocks missing");
    if (p->n_blocks > 0 && (p->status != RECTO_OK || (p->flags & RECTO_FLAG_BLANK_PAGE) != 0))
        return broken(c, "blocks on a failed or blank page");
    return RECTO_OK;
}

static recto_status check_reading(const check *c)
{
    const recto_page *p = c->page;
    if (p->n_regions < 0 || (p->n_regions > 0 && p->regions == NULL))
        return broken(c, "regions missing");
    if (p->n_regions > 0 && p->reader != RECTO_READER_VLM)
        return broken(c, "regions by another reader than the VLM");
    for (int i = 0; i < p->n_regions; i++) {
        const recto_region *r = &p->regions[i];
        if (!box_fits(p, r->box))
            return broken(c, "region outside the page");
        if (r->category == NULL || !text_is_clean(r->category, false) || r->brief == NULL ||
            !text_is_clean(r->brief, false))
            return broken(c, "region text missing or not clean");
    }
    if (p->n_notes < 0 || (p->n_notes > 0 && p->notes == NULL))
        return broken(c, "notes missing");
    for (int i = 0; i < p->n_notes; i++) {
        if (p->notes[i] == NULL || p->notes[i][0] == '\0' || !text_is_clean(p->notes[i], false))
            return broken(c, "note empty or not clean");
    }
    const int counts[] = {p->vlm.tile_cols, p->vlm.tile_rows, p->vlm.n_tiles, p->vlm.prompt_tokens,
                          p->vlm.answer_tokens};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i] < 0 || (counts[i] > 0 && p->reader != RECTO_READER_VLM))
            return broken(c, "negative VLM count, or one by another reader");
    }
    return RECTO_OK;
}

recto_status recto_doc_check(const recto_page *page, recto_error *err)
{
    check c = {.page = page, .block = -1, .err = err};
    recto_status status = check_frame(&c);
    if (status == RECTO_OK)
        status = check_reading(&c);
    for (int i = 0; i < page->n_blocks && status == RECTO_OK; i++) {
        c.block = i;
        status = check_block(&c, &page->blocks[i]);
    }
    return status;
}
