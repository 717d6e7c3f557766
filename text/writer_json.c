/* JSON: the whole document model, described by docs/recto.schema.json.  Streams page by page; a
 * word takes one line.  Nothing in it depends on when, where or by how many workers it was made. */
#include "core/json.h"
#include "core/utf8.h"
#include "text/escape.h"
#include "text/writer_forms.h"

/* Decimals: a tenth of a pixel, a hundredth of a point, a thousandth of certainty. */
enum { PX_DECIMALS = 1, PT_DECIMALS = 2, SHARE_DECIMALS = 3, DEG_DECIMALS = 2 };

static const char *const style_names[] = {"bold",        "italic", "mono",
                                          "superscript", "hidden", "subscript"};

static const char *const span_names[RECTO_SPAN_KIND_COUNT] = {
    [RECTO_SPAN_MATH] = "math",
    [RECTO_SPAN_BOLD] = "bold",
    [RECTO_SPAN_ITALIC] = "italic",
    [RECTO_SPAN_CODE] = "code",
    [RECTO_SPAN_SUPERSCRIPT] = "superscript",
    [RECTO_SPAN_SUBSCRIPT] = "subscript",
    [RECTO_SPAN_LINK] = "link",
};

static const char *const field_names[RECTO_FIELD_KIND_COUNT] = {
    [RECTO_FIELD_TEXT] = "text",     [RECTO_FIELD_CHECKBOX] = "checkbox",
    [RECTO_FIELD_RADIO] = "radio",   [RECTO_FIELD_CHOICE] = "choice",
    [RECTO_FIELD_BUTTON] = "button", [RECTO_FIELD_SIGNATURE] = "signature",
};

static const char *const goes_on_names[RECTO_GOES_ON_COUNT] = {
    [RECTO_GOES_ON_SPACE] = "space",
    [RECTO_GOES_ON_HYPHEN] = "hyphen",
    [RECTO_GOES_ON_GLUE] = "glue",
};

/* --- values ----------------------------------------------------------------------------------- */

static void put_string(recto_json_out *j, const char *text, unsigned where)
{
    recto_buf scratch = RECTO_BUF_INIT;
    recto_json_out_text(j, text == NULL ? NULL : recto_escape_cleaned(&scratch, text, where));
    j->buf->failed = j->buf->failed || scratch.failed;
    recto_buf_free(&scratch);
}

static void put_text(recto_json_out *j, const char *key, const char *text, unsigned where)
{
    recto_json_out_key(j, key);
    put_string(j, text, where);
}

static void put_size(recto_json_out *j, const char *key, float width, float height, int decimals)
{
    recto_json_out_key(j, key);
    recto_json_out_begin_inline_object(j);
    recto_json_put_real(j, "width", width, decimals);
    recto_json_put_real(j, "height", height, decimals);
    recto_json_out_end_object(j);
}

static void put_box(recto_json_out *j, const char *key, recto_rect r, int decimals)
{
    recto_json_out_key(j, key);
    recto_json_out_begin_inline_object(j);
    recto_json_put_real(j, "l", r.x0, decimals);
    recto_json_put_real(j, "t", r.y0, decimals);
    recto_json_put_real(j, "r", r.x1, decimals);
    recto_json_put_real(j, "b", r.y1, decimals);
    recto_json_out_end_object(j);
}

/* As put_box; null for a box that a VLM did not tell. */
static void put_known_box(recto_json_out *j, const char *key, const recto_page *page, recto_rect r,
                          float sx, float sy, int decimals)
{
    if (page->reader != RECTO_READER_VLM || !recto_rect_is_empty(r)) {
        put_box(j, key, recto_rect_scale(r, sx, sy), decimals);
        return;
    }
    recto_json_out_key(j, key);
    recto_json_out_null(j);
}

/* A box in pixels and in points. */
static void put_boxes(recto_json_out *j, const recto_page *page, recto_rect r)
{
    put_known_box(j, "bbox", page, r, 1.0f, 1.0f, PX_DECIMALS);
    if (page->width > 0.0f && page->height > 0.0f)
        put_known_box(j, "bbox_pt", page, r, page->width_pt / page->width,
                      page->height_pt / page->height, PT_DECIMALS);
}

/* Lines and words are many: their boxes are [l, t, r, b]. */
static void put_short_box(recto_json_out *j, recto_rect r)
{
    const float sides[4] = {r.x0, r.y0, r.x1, r.y1};
    recto_json_out_key(j, "bbox");
    recto_json_out_begin_inline_array(j);
    for (int i = 0; i < 4; i++)
        recto_json_out_real(j, (double)sides[i], PX_DECIMALS);
    recto_json_out_end_array(j);
}

static void put_flags(recto_json_out *j, uint32_t flags)
{
    recto_json_out_key(j, "flags");
    recto_json_out_begin_inline_array(j);
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        if ((flags & 1u << bit) != 0)
            recto_json_out_text(j, recto_doc_flag_name(bit));
    }
    recto_json_out_end_array(j);
}

static void put_style(recto_json_out *j, uint32_t style)
{
    const int n_styles = (int)(sizeof style_names / sizeof *style_names);
    if ((style & ((1u << n_styles) - 1)) == 0)
        return;
    recto_json_out_key(j, "style");
    recto_json_out_begin_inline_array(j);
    for (int bit = 0; bit < n_styles; bit++) {
        if ((style & 1u << bit) != 0)
            recto_json_out_text(j, style_names[bit]);
    }
    recto_json_out_end_array(j);
}

/* Places are counted in characters (code points): what most languages index text by.  A text that
 * was not in its final form has been changed on its way out, and its spans are left out. */
static void put_spans(recto_json_out *j, const char *text, const recto_span *spans, int n_spans)
{
    recto_buf scratch = RECTO_BUF_INIT;
    bool same = n_spans > 0 && recto_escape_cleaned(&scratch, text, 0) == text;
    recto_buf_free(&scratch);
    if (!same)
        return;
    const char *p = text;
    int at = 0; /* characters before p */
    recto_json_out_key(j, "spans");
    recto_json_out_begin_array(j);
    for (int i = 0; i < n_spans; i++) {
        const recto_span *span = &spans[i];
        at += (int)recto_utf8_count(p, (size_t)(text + span->start - p));
        p = text + span->start;
        recto_json_out_begin_inline_object(j);
        recto_json_put_int(j, "start", at);
        recto_json_put_int(j, "end",
                           at + (int)recto_utf8_count(p, (size_t)(span->end - span->start)));
        put_text(j, "kind", span_names[span->kind], 0);
        if (span->url != NULL)
            put_text(j, "url", span->url, 0);
        recto_json_out_end_object(j);
    }
    recto_json_out_end_array(j);
}

/* --- document --------------------------------------------------------------------------------- */

void recto_writer_json_put_origin(recto_json_out *j, const recto_docinfo *info)
{
    recto_json_out_key(j, "origin");
    recto_json_out_begin_object(j);
    put_text(j, "name", info->source_name == NULL ? "" : info->source_name, 0);
    put_text(j, "sha256", info->source_sha256, 0);
    recto_json_put_int(j, "size_bytes", (int64_t)info->source_size_bytes);
    put_text(j, "format", info->format == NULL ? "" : info->format, 0);
    recto_json_put_int(j, "n_pages", info->n_pages);
    recto_json_out_end_object(j);
}

static void put_metadata(recto_json_out *j, const recto_docinfo *info)
{
    const char *const fields[][2] = {
        {"title", info->title},       {"author", info->author},     {"subject", info->subject},
        {"keywords", info->keywords}, {"creator", info->creator},   {"producer", info->producer},
        {"created", info->created},   {"modified", info->modified},
    };
    recto_json_out_key(j, "metadata");
    recto_json_out_begin_object(j);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i][1] != NULL)
            put_text(j, fields[i][0], fields[i][1], 0);
    }
    recto_json_out_key(j, "bookmarks");
    recto_json_out_begin_array(j);
    for (int i = 0; i < info->n_bookmarks; i++) {
        const recto_bookmark *mark = &info->bookmarks[i];
        recto_json_out_begin_inline_object(j);
        put_text(j, "title", mark->title == NULL ? "" : mark->title, 0);
        recto_json_put_int(j, "level", mark->level);
        if (mark->page > 0)
            recto_json_put_int(j, "page_no", mark->page);
        recto_json_out_end_object(j);
    }
    recto_json_out_end_array(j);
    recto_json_out_end_object(j);
}

static void put_vlm_settings(recto_json_out *j, const recto_docinfo *info)
{
    if (info->task_option == NULL)
        return;
    put_text(j, "task", info->task_option, 0);
    if (info->prompt_sha256 != NULL)
        put_text(j, "prompt_sha256", info->prompt_sha256, 0);
    if (info->system_sha256 != NULL)
        put_text(j, "system_sha256", info->system_sha256, 0);
    if (info->tiles_option != NULL)
        put_text(j, "tiles", info->tiles_option, 0);
    if (info->precision_option != NULL)
        put_text(j, "precision", info->precision_option, 0);
    recto_json_put_bool(j, "think", info->think_option);
    if (info->max_tokens_option > 0)
        recto_json_put_int(j, "max_tokens", info->max_tokens_option);
}

/* Only settings that change the result. */
void recto_writer_json_put_provenance(recto_json_out *j, const recto_docinfo *info)
{
    recto_json_out_key(j, "provenance");
    recto_json_out_begin_object(j);
    put_text(j, "program", "recto", 0);
    put_text(j, "version", info->version == NULL ? "" : info->version, 0);
    recto_json_out_key(j, "settings");
    recto_json_out_begin_inline_object(j);
    put_text(j, "reader", info->reader_option == NULL ? "auto" : info->reader_option, 0);
    if (info->dpi_option > 0.0f)
        recto_json_put_real(j, "dpi", info->dpi_option, PX_DECIMALS);
    if (info->pages_option != NULL)
        put_text(j, "pages", info->pages_option, 0);
    put_vlm_settings(j, info);
    if (info->unsandboxed)
        recto_json_put_bool(j, "sandbox", false);
    recto_json_out_end_object(j);
    if (info->model_name != NULL && info->model_sha256 != NULL) {
        recto_json_out_key(j, "model");
        recto_json_out_begin_object(j);
        put_text(j, "name", info->model_name, 0);
        put_text(j, "sha256", info->model_sha256, 0);
        recto_json_out_end_object(j);
    }
    recto_json_out_end_object(j);
}

static void begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep,
                  bool pretty)
{
    recto_json_out *j = recto_arena_alloc(keep, sizeof *j);
    *state = j;
    if (j == NULL) {
        out->failed = true;
        return;
    }
    *j = recto_json_out_over(out, pretty);
    recto_json_out_begin_object(j);
    put_text(j, "schema_name", "RectoDocument", 0);
    put_text(j, "version", RECTO_WRITER_JSON_VERSION, 0);
    recto_writer_json_put_origin(j, info);
    put_metadata(j, info);
    recto_writer_json_put_provenance(j, info);
    recto_json_out_key(j, "pages");
    recto_json_out_begin_array(j);
}

static void begin_pretty(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    begin(out, state, info, keep, true);
}

static void begin_compact(recto_buf *out, void **state, const recto_docinfo *info,
                          recto_arena *keep)
{
    begin(out, state, info, keep, false);
}

static void end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)info;
    recto_json_out *j = state;
    if (j == NULL)
        return;
    j->buf = out;
    recto_json_out_end_array(j);
    recto_json_out_end_object(j);
    recto_buf_char(out, '\n');
}

/* --- pages ------------------------------------------------------------------------------------ */

static void put_word(recto_json_out *j, const recto_word *word)
{
    recto_json_out_begin_inline_object(j);
    put_text(j, "text", word->text, 0);
    put_short_box(j, word->box);
    recto_json_put_real(j, "confidence", word->conf, SHARE_DECIMALS);
    put_style(j, word->style);
    recto_json_out_end_object(j);
}

static void put_line_text(recto_json_out *j, const recto_line *line)
{
    recto_buf text = RECTO_BUF_INIT;
    for (int k = 0; k < line->n_words; k++) {
        if (k > 0)
            recto_buf_char(&text, ' ');
        recto_buf_text(&text, line->words[k].text);
    }
    put_text(j, "text", recto_buf_cstr(&text), 0);
    j->buf->failed = j->buf->failed || text.failed;
    recto_buf_free(&text);
}

static void put_lines(recto_json_out *j, const recto_line *lines, int n_lines)
{
    recto_json_out_key(j, "lines");
    recto_json_out_begin_array(j);
    for (int i = 0; i < n_lines; i++) {
        const recto_line *line = &lines[i];
        recto_json_out_begin_object(j);
        put_line_text(j, line);
        put_short_box(j, line->box);
        recto_json_put_real(j, "confidence", line->conf, SHARE_DECIMALS);
        recto_json_out_key(j, "words");
        recto_json_out_begin_array(j);
        for (int k = 0; k < line->n_words; k++)
            put_word(j, &line->words[k]);
        recto_json_out_end_array(j);
        recto_json_out_end_object(j);
    }
    recto_json_out_end_array(j);
}

static void put_table(recto_json_out *j, const recto_page *page, const recto_table *t)
{
    recto_json_out_key(j, "table");
    recto_json_out_begin_object(j);
    recto_json_put_int(j, "n_rows", t->n_rows);
    recto_json_put_int(j, "n_cols", t->n_cols);
    recto_json_put_bool(j, "ruled", t->ruled);
    if (t->n_repeat > 0)
        recto_json_put_int(j, "n_repeat", t->n_repeat);
    recto_json_out_key(j, "cells");
    recto_json_out_begin_array(j);
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        recto_json_out_begin_object(j);
        recto_json_put_int(j, "row", cell->row);
        recto_json_put_int(j, "col", cell->col);
        recto_json_put_int(j, "row_span", cell->row_span);
        recto_json_put_int(j, "col_span", cell->col_span);
        recto_json_put_bool(j, "header", cell->header);
        put_known_box(j, "bbox", page, cell->box, 1.0f, 1.0f, PX_DECIMALS);
        put_text(j, "text", cell->text, 0);
        put_spans(j, cell->text, cell->spans, cell->n_spans);
        recto_json_put_real(j, "confidence", cell->conf, SHARE_DECIMALS);
        put_lines(j, cell->lines, cell->n_lines);
        recto_json_out_end_object(j);
    }
    recto_json_out_end_array(j);
    recto_json_out_end_object(j);
}

/* What a form holds there; `checked` only where there is something to check or sign. */
static void put_field(recto_json_out *j, const recto_page *page, const recto_field *f)
{
    bool has_state = f->kind == RECTO_FIELD_CHECKBOX || f->kind == RECTO_FIELD_RADIO ||
                     f->kind == RECTO_FIELD_SIGNATURE;
    recto_json_out_key(j, "field");
    recto_json_out_begin_object(j);
    put_text(j, "kind", field_names[f->kind], 0);
    put_text(j, "name", f->name, 0);
    put_text(j, "label", f->label, 0);
    put_text(j, "value", f->value, 0);
    if (has_state)
        recto_json_put_bool(j, "checked", f->checked);
    put_boxes(j, page, f->box);
    recto_json_put_real(j, "confidence", f->conf, SHARE_DECIMALS);
    recto_json_out_end_object(j);
}

/* How the block stands to others.  tied: to which of this page, an index from 0. */
static void put_ties(recto_json_out *j, const recto_block *b)
{
    if (b->goes_on != RECTO_GOES_ON_NOT)
        put_text(j, "goes_on", goes_on_names[b->goes_on], 0);
    if (b->continues)
        recto_json_put_bool(j, "continues", true);
    if (b->tied > 0)
        recto_json_put_int(j, b->label == RECTO_LABEL_CAPTION ? "caption_of" : "caption",
                           b->tied - 1);
}

static void put_block(recto_json_out *j, const recto_page *page, const recto_block *b)
{
    bool is_item = b->label == RECTO_LABEL_LIST_ITEM;
    bool is_code = b->label == RECTO_LABEL_CODE;
    recto_json_out_begin_object(j);
    put_text(j, "label", recto_doc_label_name(b->label), 0);
    if (b->label == RECTO_LABEL_SECTION_HEADER || is_item)
        recto_json_put_int(j, "level", b->level);
    if (is_item) {
        put_text(j, "marker", b->marker == NULL ? "" : b->marker, 0);
        recto_json_put_bool(j, "ordered", b->ordered);
    }
    if (b->category != NULL)
        put_text(j, "category", b->category, 0);
    put_boxes(j, page, b->box);
    if (b->file != NULL)
        put_text(j, "file", b->file, 0);
    put_text(j, "text", b->text, is_code ? RECTO_ESCAPE_LINES : 0);
    put_spans(j, b->text, b->spans, b->n_spans);
    recto_json_put_real(j, "confidence", b->conf, SHARE_DECIMALS);
    put_flags(j, b->flags);
    put_style(j, b->style);
    put_ties(j, b);
    if (b->field != NULL)
        put_field(j, page, b->field);
    if (b->table != NULL)
        put_table(j, page, b->table);
    else if (b->label != RECTO_LABEL_PICTURE)
        put_lines(j, b->lines, b->n_lines);
    recto_json_out_end_object(j);
}

static void put_page_head(recto_json_out *j, const recto_page *page)
{
    recto_json_put_int(j, "page_no", page->number);
    put_text(j, "status", recto_status_name(page->status), 0);
    if (page->status != RECTO_OK)
        put_text(j, "error", page->error == NULL ? "" : page->error, 0);
    put_size(j, "size", page->width, page->height, PX_DECIMALS);
    recto_json_put_real(j, "dpi", page->dpi, PX_DECIMALS);
    put_size(j, "size_pt", page->width_pt, page->height_pt, PT_DECIMALS);
    put_text(j, "reader", recto_doc_reader_name(page->reader), 0);
    if (page->reason != NULL)
        put_text(j, "reason", page->reason, 0);
    recto_json_put_int(j, "turned_deg", page->turned_deg);
    recto_json_put_real(j, "skew_deg", page->skew_deg, DEG_DECIMALS);
    recto_json_put_real(j, "confidence", page->conf, SHARE_DECIMALS);
    put_flags(j, page->flags);
}

/* What only the VLM tells of a page. */
static void put_reading(recto_json_out *j, const recto_page *page)
{
    if (page->n_notes > 0) {
        recto_json_out_key(j, "notes");
        recto_json_out_begin_array(j);
        for (int i = 0; i < page->n_notes; i++)
            put_string(j, page->notes[i], 0);
        recto_json_out_end_array(j);
    }
    if (page->vlm.n_tiles > 0) {
        recto_json_out_key(j, "vlm");
        recto_json_out_begin_object(j);
        recto_json_out_key(j, "tiles");
        recto_json_out_begin_inline_object(j);
        recto_json_put_int(j, "cols", page->vlm.tile_cols);
        recto_json_put_int(j, "rows", page->vlm.tile_rows);
        recto_json_put_int(j, "count", page->vlm.n_tiles);
        recto_json_out_end_object(j);
        recto_json_put_int(j, "prompt_tokens", page->vlm.prompt_tokens);
        recto_json_put_int(j, "answer_tokens", page->vlm.answer_tokens);
        recto_json_put_bool(j, "retried", page->vlm.retried);
        recto_json_out_end_object(j);
    }
    if (page->n_regions == 0)
        return;
    recto_json_out_key(j, "layout");
    recto_json_out_begin_array(j);
    for (int i = 0; i < page->n_regions; i++) {
        const recto_region *r = &page->regions[i];
        recto_json_out_begin_object(j);
        put_text(j, "label", r->category, 0);
        put_boxes(j, page, r->box);
        put_text(j, "brief", r->brief, 0);
        recto_json_out_end_object(j);
    }
    recto_json_out_end_array(j);
}

void recto_writer_json_put_page(recto_json_out *j, const recto_page *page)
{
    recto_json_out_begin_object(j);
    put_page_head(j, page);
    put_reading(j, page);
    recto_json_out_key(j, "blocks");
    recto_json_out_begin_array(j);
    for (int i = 0; i < page->n_blocks; i++)
        put_block(j, page, &page->blocks[i]);
    recto_json_out_end_array(j);
    recto_json_out_end_object(j);
}

static void json_page(recto_buf *out, void *state, const recto_docinfo *info,
                      const recto_page *page)
{
    (void)info;
    recto_json_out *j = state;
    if (j == NULL)
        return;
    j->buf = out;
    recto_writer_json_put_page(j, page);
}

const recto_writer recto_writer_json = {
    .name = "json",
    .suffix = ".json",
    .text = true,
    .begin = begin_pretty,
    .page = json_page,
    .end = end,
};

const recto_writer *recto_writer_json_compact(void)
{
    static const recto_writer compact = {
        .name = "json",
        .suffix = ".json",
        .text = true,
        .begin = begin_compact,
        .page = json_page,
        .end = end,
    };
    return &compact;
}
