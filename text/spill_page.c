/* Little endian; texts are a length and bytes, counts stand before what they count.  A count is
 * believed only if the bytes left could hold that many. */
#include "text/spill_page.h"

#include "core/cursor.h"
#include <string.h>

#define NO_TEXT UINT32_MAX /* length that stands for NULL */

/* Least bytes a record can take: what a count is checked against. */
enum {
    WORD_BYTES = 4 * 4 + 4 + 4 + 4,
    LINE_BYTES = 4 * 4 + 4 + 4 + 4 + 4 + 4 + 4,
    SPAN_BYTES = 4 + 4 + 4 + 4,
    CELL_BYTES = 4 * 4 + 1 + 4 * 4 + 4 + 4 + 4 + 4,
    BLOCK_BYTES = 4 + 4 + 4 * 4 + 4 + 4 + 1 + 4 + 1 + 4 + 4 + 4 + 4 + 4 + 4 + 4 + 1 + 4 + 1 + 4,
    REGION_BYTES = 4 * 4 + 4 + 4,
    NOTE_BYTES = 4,
};
/* --- out -------------------------------------------------------------------------------------- */

static void put_u8(recto_buf *b, unsigned v)
{
    recto_buf_char(b, (char)v);
}

static void put_u32(recto_buf *b, uint32_t v)
{
    const uint8_t bytes[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                              (uint8_t)(v >> 24)};
    recto_buf_add(b, bytes, sizeof bytes);
}

static void put_int(recto_buf *b, int v)
{
    put_u32(b, (uint32_t)v);
}

static void put_float(recto_buf *b, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_u32(b, bits);
}

static void put_rect(recto_buf *b, recto_rect r)
{
    put_float(b, r.x0);
    put_float(b, r.y0);
    put_float(b, r.x1);
    put_float(b, r.y1);
}

static void put_text(recto_buf *b, const char *text)
{
    size_t len = text == NULL ? NO_TEXT : strlen(text);
    if (text != NULL && len >= NO_TEXT) {
        b->failed = true;
        return;
    }
    put_u32(b, (uint32_t)len);
    if (text != NULL)
        recto_buf_add(b, text, len);
}

static void put_lines(recto_buf *b, const recto_line *lines, int n_lines)
{
    put_int(b, n_lines);
    for (int i = 0; i < n_lines; i++) {
        const recto_line *line = &lines[i];
        put_rect(b, line->box);
        put_float(b, line->baseline);
        put_float(b, line->size);
        put_float(b, line->conf);
        put_u32(b, line->style);
        put_int(b, line->region);
        put_int(b, line->n_words);
        for (int k = 0; k < line->n_words; k++) {
            const recto_word *word = &line->words[k];
            put_rect(b, word->box);
            put_float(b, word->conf);
            put_u32(b, word->style);
            put_text(b, word->text);
        }
    }
}

static void put_spans(recto_buf *b, const recto_span *spans, int n_spans)
{
    put_int(b, n_spans);
    for (int i = 0; i < n_spans; i++) {
        put_int(b, spans[i].start);
        put_int(b, spans[i].end);
        put_u32(b, (uint32_t)spans[i].kind);
        put_text(b, spans[i].url);
    }
}

static void put_table(recto_buf *b, const recto_table *t)
{
    put_int(b, t->n_rows);
    put_int(b, t->n_cols);
    put_u8(b, t->ruled);
    put_int(b, t->n_repeat);
    put_int(b, t->n_cells);
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        put_int(b, cell->row);
        put_int(b, cell->col);
        put_int(b, cell->row_span);
        put_int(b, cell->col_span);
        put_u8(b, cell->header);
        put_rect(b, cell->box);
        put_float(b, cell->conf);
        put_text(b, cell->text);
        put_lines(b, cell->lines, cell->n_lines);
        put_spans(b, cell->spans, cell->n_spans);
    }
}

static void put_field(recto_buf *b, const recto_field *f)
{
    put_rect(b, f->box);
    put_u32(b, (uint32_t)f->kind);
    put_text(b, f->name);
    put_text(b, f->label);
    put_text(b, f->value);
    put_u8(b, f->checked);
    put_float(b, f->conf);
}

static void put_block(recto_buf *b, const recto_block *block)
{
    put_u32(b, (uint32_t)block->label);
    put_int(b, block->level);
    put_rect(b, block->box);
    put_text(b, block->text);
    put_text(b, block->marker);
    put_u8(b, block->ordered);
    put_lines(b, block->lines, block->n_lines);
    put_u8(b, block->table != NULL);
    if (block->table != NULL)
        put_table(b, block->table);
    put_float(b, block->size);
    put_u32(b, block->style);
    put_float(b, block->conf);
    put_u32(b, block->flags);
    put_spans(b, block->spans, block->n_spans);
    put_text(b, block->category);
    put_text(b, block->file);
    put_u8(b, block->field != NULL);
    if (block->field != NULL)
        put_field(b, block->field);
    put_u32(b, (uint32_t)block->goes_on);
    put_u8(b, block->continues);
    put_int(b, block->tied);
}

/* What only the VLM tells. */
static void put_reading(recto_buf *b, const recto_page *p)
{
    put_int(b, p->n_regions);
    for (int i = 0; i < p->n_regions; i++) {
        put_rect(b, p->regions[i].box);
        put_text(b, p->regions[i].category);
        put_text(b, p->regions[i].brief);
    }
    put_int(b, p->n_notes);
    for (int i = 0; i < p->n_notes; i++)
        put_text(b, p->notes[i]);
    put_int(b, p->vlm.tile_cols);
    put_int(b, p->vlm.tile_rows);
    put_int(b, p->vlm.n_tiles);
    put_int(b, p->vlm.prompt_tokens);
    put_int(b, p->vlm.answer_tokens);
    put_u8(b, p->vlm.retried);
}

void recto_spill_page_put(recto_buf *b, const recto_page *p)
{
    put_int(b, p->number);
    put_float(b, p->width);
    put_float(b, p->height);
    put_float(b, p->dpi);
    put_float(b, p->width_pt);
    put_float(b, p->height_pt);
    put_u32(b, (uint32_t)p->reader);
    put_text(b, p->reason);
    put_int(b, p->turned_deg);
    put_float(b, p->skew_deg);
    put_float(b, p->conf);
    put_u32(b, p->flags);
    put_u32(b, (uint32_t)p->status);
    put_text(b, p->error);
    put_int(b, p->n_blocks);
    for (int i = 0; i < p->n_blocks; i++)
        put_block(b, &p->blocks[i]);
    put_reading(b, p);
}

/* --- in --------------------------------------------------------------------------------------- */

/* A record being read.  `bad` holds the first error that the cursor cannot see. */
typedef struct reading {
    recto_cursor c;
    recto_arena *keep;
    recto_status bad;
} reading;

static void spoil(reading *r, recto_status status)
{
    if (r->bad == RECTO_OK)
        r->bad = status;
    r->c.failed = true; /* stops every loop below */
}

static uint32_t take_u32(reading *r)
{
    return recto_cursor_u32le(&r->c);
}

static int take_int(reading *r)
{
    return (int)(int32_t)take_u32(r);
}

static float take_float(reading *r)
{
    uint32_t bits = take_u32(r);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool take_bool(reading *r)
{
    return recto_cursor_u8(&r->c) != 0;
}

static recto_rect take_rect(reading *r)
{
    recto_rect box;
    box.x0 = take_float(r);
    box.y0 = take_float(r);
    box.x1 = take_float(r);
    box.y1 = take_float(r);
    return box;
}

/* An enumeration or other number that must be below `top`. */
static uint32_t take_below(reading *r, uint32_t top)
{
    uint32_t v = take_u32(r);
    if (v < top)
        return v;
    spoil(r, RECTO_ERR_FORMAT);
    return 0;
}

/* A count of things that take at least `bytes` each. */
static int take_count(reading *r, size_t bytes)
{
    uint32_t n = take_u32(r);
    if (r->c.failed)
        return 0;
    if (n > INT32_MAX || n > (r->c.size - r->c.pos) / bytes) {
        spoil(r, RECTO_ERR_FORMAT);
        return 0;
    }
    return (int)n;
}

static void *take_room(reading *r, int n, size_t size)
{
    if (n == 0)
        return NULL;
    void *p = recto_arena_array(r->keep, (size_t)n, size);
    if (p == NULL)
        spoil(r, RECTO_ERR_NOMEM);
    return p;
}

static const char *take_text(reading *r)
{
    uint32_t len = take_u32(r);
    if (len == NO_TEXT)
        return NULL;
    const uint8_t *bytes = recto_cursor_bytes(&r->c, len);
    if (bytes == NULL)
        return NULL;
    char *text = recto_arena_text(r->keep, (const char *)bytes, len);
    if (text == NULL)
        spoil(r, RECTO_ERR_NOMEM);
    return text;
}

/* A text that may not be NULL. */
static const char *take_some_text(reading *r)
{
    const char *text = take_text(r);
    if (text == NULL)
        spoil(r, RECTO_ERR_FORMAT);
    return text;
}

static void take_words(reading *r, recto_line *line)
{
    line->n_words = take_count(r, WORD_BYTES);
    line->words = take_room(r, line->n_words, sizeof *line->words);
    for (int k = 0; k < line->n_words && !r->c.failed; k++) {
        recto_word *word = &line->words[k];
        word->box = take_rect(r);
        word->conf = take_float(r);
        word->style = take_u32(r);
        word->text = take_some_text(r);
    }
}

static recto_line *take_lines(reading *r, int *n_out)
{
    *n_out = take_count(r, LINE_BYTES);
    recto_line *lines = take_room(r, *n_out, sizeof *lines);
    for (int i = 0; i < *n_out && !r->c.failed; i++) {
        recto_line *line = &lines[i];
        line->box = take_rect(r);
        line->baseline = take_float(r);
        line->size = take_float(r);
        line->conf = take_float(r);
        line->style = take_u32(r);
        line->region = take_int(r);
        take_words(r, line);
    }
    return lines;
}

static recto_span *take_spans(reading *r, int *n_out)
{
    *n_out = take_count(r, SPAN_BYTES);
    recto_span *spans = take_room(r, *n_out, sizeof *spans);
    for (int i = 0; i < *n_out && !r->c.failed; i++) {
        spans[i].start = take_int(r);
        spans[i].end = take_int(r);
        spans[i].kind = (recto_span_kind)take_below(r, RECTO_SPAN_KIND_COUNT);
        spans[i].url = take_text(r);
    }
    return spans;
}

static recto_table *take_table(reading *r)
{
    recto_table *t = take_room(r, 1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->n_rows = take_int(r);
    t->n_cols = take_int(r);
    t->ruled = take_bool(r);
    t->n_repeat = take_int(r);
    t->n_cells = take_count(r, CELL_BYTES);
    t->cells = take_room(r, t->n_cells, sizeof *t->cells);
    for (int i = 0; i < t->n_cells && !r->c.failed; i++) {
        recto_cell *cell = &t->cells[i];
        cell->row = take_int(r);
        cell->col = take_int(r);
        cell->row_span = take_int(r);
        cell->col_span = take_int(r);
        cell->header = take_bool(r);
        cell->box = take_rect(r);
        cell->conf = take_float(r);
        cell->text = take_some_text(r);
        cell->lines = take_lines(r, &cell->n_lines);
        cell->spans = take_spans(r, &cell->n_spans);
    }
    return t;
}

static recto_field *take_field(reading *r)
{
    recto_field *f = take_room(r, 1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->box = take_rect(r);
    f->kind = (recto_field_kind)take_below(r, RECTO_FIELD_KIND_COUNT);
    f->name = take_some_text(r);
    f->label = take_some_text(r);
    f->value = take_some_text(r);
    f->checked = take_bool(r);
    f->conf = take_float(r);
    return f;
}

static void take_block(reading *r, recto_block *block)
{
    block->label = (recto_label)take_below(r, RECTO_LABEL_COUNT);
    block->level = take_int(r);
    block->box = take_rect(r);
    block->text = take_some_text(r);
    block->marker = take_text(r);
    block->ordered = take_bool(r);
    block->lines = take_lines(r, &block->n_lines);
    if (take_bool(r))
        block->table = take_table(r);
    block->size = take_float(r);
    block->style = take_u32(r);
    block->conf = take_float(r);
    block->flags = take_u32(r);
    block->spans = take_spans(r, &block->n_spans);
    block->category = take_text(r);
    block->file = take_text(r);
    if (take_bool(r))
        block->field = take_field(r);
    block->goes_on = (recto_goes_on)take_below(r, RECTO_GOES_ON_COUNT);
    block->continues = take_bool(r);
    block->tied = take_int(r);
}

static void take_reading(reading *r, recto_page *p)
{
    p->n_regions = take_count(r, REGION_BYTES);
    p->regions = take_room(r, p->n_regions, sizeof *p->regions);
    for (int i = 0; i < p->n_regions && !r->c.failed; i++) {
        p->regions[i].box = take_rect(r);
        p->regions[i].category = take_some_text(r);
        p->regions[i].brief = take_some_text(r);
    }
    p->n_notes = take_count(r, NOTE_BYTES);
    const char **notes = take_room(r, p->n_notes, sizeof *notes);
    p->notes = notes;
    for (int i = 0; i < p->n_notes && !r->c.failed; i++)
        notes[i] = take_some_text(r);
    p->vlm.tile_cols = take_int(r);
    p->vlm.tile_rows = take_int(r);
    p->vlm.n_tiles = take_int(r);
    p->vlm.prompt_tokens = take_int(r);
    p->vlm.answer_tokens = take_int(r);
    p->vlm.retried = take_bool(r);
}

static void take_page(reading *r, recto_page *p)
{
    p->number = take_int(r);
    p->width = take_float(r);
    p->height = take_float(r);
    p->dpi = take_float(r);
    p->width_pt = take_float(r);
    p->height_pt = take_float(r);
    p->reader = (recto_reader_kind)take_below(r, RECTO_READER_KIND_COUNT);
    p->reason = take_text(r);
    p->turned_deg = take_int(r);
    p->skew_deg = take_float(r);
    p->conf = take_float(r);
    p->flags = take_u32(r);
    p->status = (recto_status)take_below(r, RECTO_STATUS_COUNT);
    p->error = take_text(r);
    p->n_blocks = take_count(r, BLOCK_BYTES);
    p->blocks = take_room(r, p->n_blocks, sizeof *p->blocks);
    for (int i = 0; i < p->n_blocks && !r->c.failed; i++)
        take_block(r, &p->blocks[i]);
    take_reading(r, p);
    if (!r->c.failed && r->c.pos != r->c.size)
        spoil(r, RECTO_ERR_FORMAT);
}

recto_status recto_spill_page_take(recto_page *out, const void *bytes, size_t size,
                                   recto_arena *keep, recto_error *err)
{
    reading r = {.c = recto_cursor_over(bytes, size), .keep = keep};
    recto_page page = {0};
    take_page(&r, &page);
    if (r.bad == RECTO_ERR_NOMEM)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (r.bad != RECTO_OK)
        return recto_error_set(err, RECTO_ERR_FORMAT, "temporary file: damaged record");
    recto_status status = recto_cursor_status(&r.c, "temporary file", err);
    if (status == RECTO_OK)
        *out = page;
    return status;
}
