/* A page model made from the bytes, through the checker, the spill and every writer.  A page that
 * passes the checker must be written without harm, and be the same after the spill; a page that
 * does not pass (some are broken on purpose) must be refused without harm. */
#include "core/cursor.h"
#include "core/json.h"
#include "core/utf8.h"
#include "tests/text/wellformed.h"
#include "text/spill.h"
#include "text/writer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIDTH = 1000, HEIGHT = 1400, BLOCKS_MAX = 12, LINES_MAX = 4, WORDS_MAX = 6, SIDE_MAX = 5 };

static void demand(bool truth)
{
    if (!truth)
        abort();
}

/* A number below top; 0 when the bytes have run out. */
static int below(recto_cursor *c, int top)
{
    return recto_cursor_u8(c) % top;
}

static recto_rect make_box(recto_cursor *c)
{
    float x = (float)below(c, 200) * 4;
    float y = (float)below(c, 200) * 6;
    return (recto_rect){x, y, x + (float)below(c, 200), y + (float)below(c, 200)};
}

static float make_share(recto_cursor *c)
{
    return (float)recto_cursor_u8(c) / 255;
}

static const char *make_text(recto_cursor *c, recto_arena *a)
{
    static const char *const snippets[] = {
        "",         "word",   "two words", "# x", "1. x",         "- x",       "***",
        "<b>&amp;", "[x](y)", "```",       "a|b", "12,50 €",      "-->",       "\xD7\xA9\xD7\x9C",
        "a_b *c*",  "~~x~~",  "]]>",       "\\",  "javascript:x", "x\xC2\xAD",
    };
    int kind = below(c, 28);
    if (kind < (int)(sizeof snippets / sizeof *snippets))
        return snippets[kind];
    size_t n = recto_cursor_u8(c) % 40u;
    if (n > c->size - c->pos)
        n = c->size - c->pos;
    const uint8_t *bytes = recto_cursor_bytes(c, n);
    const char *raw = bytes == NULL ? "" : (const char *)bytes;
    if (kind == 27) /* not cleaned: the checker or the writers must see to it */
        return recto_arena_text(a, raw, bytes == NULL ? 0 : n);
    return recto_utf8_clean(a, raw, bytes == NULL ? 0 : n);
}

static recto_line *make_lines(recto_cursor *c, recto_arena *a, int *n_out)
{
    *n_out = below(c, LINES_MAX);
    recto_line *lines = recto_arena_array(a, LINES_MAX, sizeof *lines);
    for (int i = 0; i < *n_out; i++) {
        recto_line *line = &lines[i];
        *line = (recto_line){.box = make_box(c), .conf = make_share(c), .size = 12, .region = -1};
        line->n_words = 1 + below(c, WORDS_MAX);
        line->words = recto_arena_array(a, WORDS_MAX, sizeof *line->words);
        for (int k = 0; k < line->n_words; k++) {
            const char *text = make_text(c, a);
            bool odd = below(c, 64) == 63;
            bool fits = text[0] != '\0' && strchr(text, ' ') == NULL;
            line->words[k] = (recto_word){.box = make_box(c),
                                          .text = fits || odd ? text : "w",
                                          .conf = make_share(c),
                                          .style = recto_cursor_u8(c)};
        }
    }
    return lines;
}

/* A grid in which free places are filled row by row with cells of random span. */
static recto_table *make_table(recto_cursor *c, recto_arena *a)
{
    bool taken[SIDE_MAX][SIDE_MAX] = {{false}};
    recto_table *t = recto_arena_alloc(a, sizeof *t);
    t->n_rows = 1 + below(c, SIDE_MAX);
    t->n_cols = 1 + below(c, SIDE_MAX);
    t->cells = recto_arena_array(a, SIDE_MAX * SIDE_MAX, sizeof *t->cells);
    for (int row = 0; row < t->n_rows; row++) {
        for (int col = 0; col < t->n_cols; col++) {
            if (taken[row][col])
                continue;
            int right = col + 1;
            int want = below(c, 8) == 7 ? 1 + below(c, SIDE_MAX) : 1;
            while (right < t->n_cols && right < col + want && !taken[row][right])
                right++;
            int rows = below(c, 8) == 7 ? 1 + below(c, t->n_rows - row) : 1;
            for (int y = row; y < row + rows; y++) {
                for (int x = col; x < right; x++)
                    taken[y][x] = true;
            }
            recto_cell *cell = &t->cells[t->n_cells++];
            *cell = (recto_cell){.row = row,
                                 .col = col,
                                 .row_span = rows,
                                 .col_span = right - col,
                                 .header = row == 0,
                                 .box = make_box(c),
                                 .text = make_text(c, a),
                                 .conf = make_share(c)};
            cell->lines = make_lines(c, a, &cell->n_lines);
        }
    }
    if (below(c, 32) == 31) /* break it */
        t->cells[below(c, t->n_cells)].col_span = below(c, 256) - 100;
    return t;
}

static void make_block(recto_block *b, recto_cursor *c, recto_arena *a)
{
    *b = (recto_block){.label = (recto_label)below(c, RECTO_LABEL_COUNT),
                       .box = make_box(c),
                       .text = make_text(c, a),
                       .conf = make_share(c),
                       .flags = recto_cursor_u8(c),
                       .style = recto_cursor_u8(c)};
    if (b->label == RECTO_LABEL_SECTION_HEADER)
        b->level = 1 + below(c, 6);
    if (b->label == RECTO_LABEL_LIST_ITEM) {
        static const char *const markers[] = {"•", "1.", "2.", "3)", "(a)", "-", "☐", "999999999."};
        b->level = below(c, 17);
        b->marker = below(c, 8) == 7 ? make_text(c, a) : markers[below(c, 8)];
        b->ordered = below(c, 2) != 0;
    }
    if (b->label == RECTO_LABEL_TABLE)
        b->table = make_table(c, a);
    else if (b->label != RECTO_LABEL_PICTURE)
        b->lines = make_lines(c, a, &b->n_lines);
}

/* A place that is not inside a character, at `at` or behind it, but not behind `end`. */
static int border(const char *text, int at, int end)
{
    while (at < end && ((unsigned char)text[at] & 0xC0) == 0x80)
        at++;
    return at < end ? at : end;
}

/* Spans of a text, mostly good ones: behind one another, or in one another. */
static recto_span *make_spans(recto_cursor *c, recto_arena *a, const char *text, int *n_out)
{
    enum { SPANS_MAX = 4 };
    recto_span *spans = recto_arena_array(a, SPANS_MAX, sizeof *spans);
    static const char *const urls[] = {"javascript:alert(1)", "https://a.b/?c=(d)&e", "#page=2"};
    int at = 0;
    int len = (int)strlen(text);
    *n_out = 0;
    for (int i = below(c, SPANS_MAX); i > 0; i--) {
        int start = border(text, at + below(c, 6), len);
        int end = border(text, start + 1 + below(c, 12), len);
        if (start >= end)
            break;
        recto_span_kind kind = (recto_span_kind)below(c, RECTO_SPAN_KIND_COUNT);
        const char *url = kind == RECTO_SPAN_LINK ? urls[below(c, 3)] : NULL;
        bool inside = below(c, 3) == 2;
        spans[(*n_out)++] = (recto_span){start, end, kind, url};
        at = inside ? start : end;
        len = inside ? end : (int)strlen(text);
    }
    return spans;
}

static recto_field *make_field(recto_cursor *c, recto_arena *a)
{
    recto_field *f = recto_arena_alloc(a, sizeof *f);
    *f = (recto_field){.box = make_box(c),
                       .kind = (recto_field_kind)below(c, RECTO_FIELD_KIND_COUNT),
                       .name = make_text(c, a),
                       .label = make_text(c, a),
                       .value = make_text(c, a),
                       .checked = below(c, 2) != 0,
                       .conf = make_share(c)};
    return f;
}

/* How blocks stand to one another, and what all readers tell beside the text. */
static void make_ties(recto_page *p, recto_cursor *c, recto_arena *a)
{
    for (int i = 0; i < p->n_blocks; i++) {
        recto_block *b = &p->blocks[i];
        bool flows = b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_LIST_ITEM ||
                     b->label == RECTO_LABEL_TABLE || b->label == RECTO_LABEL_CODE ||
                     b->label == RECTO_LABEL_FOOTNOTE;
        int how = below(c, 8);
        b->field = b->label == RECTO_LABEL_FORM ? make_field(c, a) : NULL;
        if (flows) {
            b->goes_on = (recto_goes_on)(how & 3);
            b->continues = (how & 4) != 0;
        }
        if (b->table != NULL && b->continues)
            b->table->n_repeat = below(c, b->table->n_rows + 1);
        if (flows && b->table == NULL && b->label != RECTO_LABEL_CODE && b->n_spans == 0)
            b->spans = make_spans(c, a, b->text, &b->n_spans);
        const recto_block *before = i > 0 ? &p->blocks[i - 1] : NULL;
        if (b->label == RECTO_LABEL_CAPTION && before != NULL && before->tied == 0 &&
            (before->label == RECTO_LABEL_TABLE || before->label == RECTO_LABEL_PICTURE)) {
            b->tied = i;
            p->blocks[i - 1].tied = i + 1;
        }
    }
}

/* What only the VLM tells, in place of the lines it does not. */
static void make_reading(recto_page *p, recto_cursor *c, recto_arena *a)
{
    static const char *const notes[] = {"tables repaired: 1", "thought not closed: 1"};
    enum { REGIONS_MAX = 3 };
    for (int i = 0; i < p->n_blocks; i++) {
        recto_block *b = &p->blocks[i];
        b->n_lines = 0;
        if (below(c, 2) != 0)
            b->box = (recto_rect){0};
        b->category = below(c, 3) == 0 ? make_text(c, a) : NULL;
        b->file = b->label == RECTO_LABEL_PICTURE && below(c, 2) != 0 ? make_text(c, a) : NULL;
        if (b->table == NULL && b->label != RECTO_LABEL_PICTURE && b->label != RECTO_LABEL_CODE)
            b->spans = make_spans(c, a, b->text, &b->n_spans);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++) {
            recto_cell *cell = &b->table->cells[k];
            cell->n_lines = 0;
            cell->spans = make_spans(c, a, cell->text, &cell->n_spans);
        }
    }
    p->n_regions = below(c, REGIONS_MAX);
    p->regions = recto_arena_array(a, REGIONS_MAX, sizeof *p->regions);
    for (int i = 0; i < p->n_regions; i++)
        p->regions[i] = (recto_region){make_box(c), make_text(c, a), make_text(c, a)};
    p->notes = notes;
    p->n_notes = below(c, 3);
    p->vlm = (recto_vlm_facts){2, 3, 7, 1800, below(c, 250), below(c, 2) != 0};
}

static void make_page(recto_page *p, int number, recto_cursor *c, recto_arena *a)
{
    *p = (recto_page){.number = number,
                      .width = WIDTH,
                      .height = HEIGHT,
                      .dpi = 120,
                      .width_pt = 600,
                      .height_pt = 840,
                      .reader = (recto_reader_kind)below(c, RECTO_READER_KIND_COUNT),
                      .reason = below(c, 2) != 0 ? "a reason" : NULL,
                      .turned_deg = 90 * below(c, 4),
                      .skew_deg = (float)below(c, 100) / 7,
                      .conf = make_share(c),
                      .flags = recto_cursor_u8(c)};
    if (below(c, 8) == 7) {
        p->status = (recto_status)(1 + below(c, RECTO_ERR_CANCELLED));
        p->error = "it broke";
        return;
    }
    p->flags &= ~(uint32_t)RECTO_FLAG_BLANK_PAGE;
    p->n_blocks = below(c, BLOCKS_MAX);
    p->blocks = recto_arena_array(a, BLOCKS_MAX, sizeof *p->blocks);
    for (int i = 0; i < p->n_blocks; i++)
        make_block(&p->blocks[i], c, a);
    if (p->reader == RECTO_READER_VLM)
        make_reading(p, c, a);
    make_ties(p, c, a);
}

/* All that may never stand in an output, whatever the form. */
static void demand_harmless(const char *p)
{
    const char *end = p + strlen(p);
    while (p < end) {
        const char *from = p;
        if (*p >= ' ' && *p < 0x7F) { /* nearly all: style sheets, tags */
            p++;
            continue;
        }
        uint32_t cp = recto_utf8_next(&p, end);
        demand(cp != RECTO_UTF8_REPLACEMENT || p - from == 3);
        demand(!recto_utf8_is_dropped(cp));
        demand(!recto_utf8_is_space(cp) || cp == ' ' || cp == '\n' || cp == '\f' ||
               (cp == '\r' && *p == '\n'));
    }
}

/* RFC 4180: as many fields in each line, quotes closed and doubled, nothing that is a formula. */
static void check_csv(const char *p)
{
    int n_first = -1;
    for (int n = 0; *p != '\0'; p++) {
        bool quoted = *p == '"';
        p += quoted;
        demand(strchr("=@", *p) == NULL || *p == '\0');
        while (*p != '\0' && (quoted ? *p != '"' || p[1] == '"' : strchr(",\r\"", *p) == NULL))
            p += quoted && *p == '"' ? 2 : 1;
        p += quoted && *p == '"';
        n++;
        if (*p == ',')
            continue;
        demand(*p == '\r' && p[1] == '\n' && (n_first < 0 || n == n_first));
        p++;
        n_first = n;
        n = 0;
    }
    demand(n_first > 0);
}

static const recto_docinfo write_info = {.source_name = "x\n<b>",
                                         .format = "pdf",
                                         .title = "\x1b",
                                         .task_option = "ask",
                                         .tiles_option = "1..\n12"};

static void write_all(recto_buf *out, const recto_writer *w, const recto_page *pages, int n_pages,
                      recto_arena *a)
{
    void *state = NULL;
    w->begin(out, &state, &write_info, a);
    for (int i = 0; i < n_pages; i++)
        w->page(out, state, &write_info, &pages[i]);
    w->end(out, state, &write_info);
}

/* The same with the buffer taken away after each page, as the pipeline does. */
static void write_flushed(recto_buf *to, const recto_writer *w, const recto_page *pages,
                          int n_pages, recto_arena *a)
{
    recto_buf out = RECTO_BUF_INIT;
    void *state = NULL;
    w->begin(&out, &state, &write_info, a);
    for (int i = 0; i <= n_pages; i++) {
        recto_buf_add(to, recto_buf_cstr(&out), out.len);
        to->failed = to->failed || out.failed;
        recto_buf_clear(&out);
        if (i < n_pages)
            w->page(&out, state, &write_info, &pages[i]);
    }
    w->end(&out, state, &write_info);
    recto_buf_add(to, recto_buf_cstr(&out), out.len);
    recto_buf_free(&out);
}

/* One file of a form. */
static void check_file(const recto_writer *w, const char *text)
{
    static const char *const markup[] = {"html", "hocr", "alto", "page"};
    demand_harmless(text);
    for (size_t i = 0; i < sizeof markup / sizeof *markup; i++) {
        if (strcmp(w->name, markup[i]) == 0)
            demand(wellformed_check(text, i == 0));
    }
    if (strcmp(w->name, "csv") == 0)
        check_csv(text);
    if (strcmp(w->name, "json") == 0) {
        recto_json *v = NULL;
        demand(recto_json_parse(&v, text, strlen(text), NULL) == RECTO_OK);
        recto_json_free(v);
    }
}

/* The files of a form of several: each begins with a mark and what its name ends with. */
static void check_parts(const recto_writer *w, char *text)
{
    demand(text[0] == '\0' || text[0] == RECTO_WRITER_PART);
    while (*text != '\0') {
        char *line_end = strchr(text, '\n');
        demand(line_end != NULL && text[1] == '.');
        *line_end = '\0';
        demand_harmless(text + 1);
        char *next = strchr(line_end + 1, RECTO_WRITER_PART);
        char *end = next == NULL ? line_end + 1 + strlen(line_end + 1) : next;
        char kept = *end;
        *end = '\0';
        check_file(w, line_end + 1);
        *end = kept;
        text = end;
    }
}

static void check_forms(const recto_page *pages, int n_pages, recto_arena *a)
{
    for (const recto_writer *const *w = recto_writer_list(); *w != NULL; w++) {
        if ((*w)->binary)
            continue;
        recto_buf out = RECTO_BUF_INIT;
        write_all(&out, *w, pages, n_pages, a);
        demand(!out.failed && strlen(recto_buf_cstr(&out)) == out.len);
        recto_buf flushed = RECTO_BUF_INIT;
        write_flushed(&flushed, *w, pages, n_pages, a);
        demand(flushed.len == out.len &&
               strcmp(recto_buf_cstr(&flushed), recto_buf_cstr(&out)) == 0);
        recto_buf_free(&flushed);
        if (!(*w)->parts)
            check_file(*w, recto_buf_cstr(&out));
        else if (out.len > 0)
            check_parts(*w, out.data);
        recto_buf_free(&out);
    }
}

/* Text as printed, which another way through the writer makes. */
static void check_layout(const recto_page *pages, int n_pages, recto_arena *a)
{
    const recto_writer *w = recto_writer_lookup("txt");
    recto_docinfo info = write_info;
    recto_buf out = RECTO_BUF_INIT;
    void *state = NULL;
    info.keep_layout = true;
    w->begin(&out, &state, &info, a);
    for (int i = 0; i < n_pages; i++)
        w->page(&out, state, &info, &pages[i]);
    w->end(&out, state, &info);
    demand(!out.failed && strlen(recto_buf_cstr(&out)) == out.len);
    demand_harmless(recto_buf_cstr(&out));
    recto_buf_free(&out);
}

static void check_spill(const recto_page *pages, int n_pages, recto_arena *a)
{
    recto_spill *s = NULL;
    if (recto_spill_open(&s, NULL) != RECTO_OK)
        return;
    recto_page *back = recto_arena_array(a, (size_t)n_pages + 1, sizeof *back);
    for (int i = 0; i < n_pages; i++)
        demand(recto_spill_add(s, &pages[i], NULL) == RECTO_OK);
    for (int i = n_pages - 1; i >= 0; i--) {
        demand(recto_spill_read(&back[i], s, i, a, NULL) == RECTO_OK);
        demand(recto_doc_check(&back[i], NULL) == RECTO_OK);
    }
    recto_buf first = RECTO_BUF_INIT;
    recto_buf second = RECTO_BUF_INIT;
    write_all(&first, recto_writer_json_compact(), pages, n_pages, a);
    write_all(&second, recto_writer_json_compact(), back, n_pages, a);
    demand(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    recto_buf_free(&first);
    recto_buf_free(&second);
    recto_spill_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_arena *a = recto_arena_new(0, 0);
    if (a == NULL)
        return 0;
    recto_cursor c = recto_cursor_over(data, size);
    recto_page pages[3];
    int n_pages = 0;
    for (int i = 0; i < 3 && !c.failed; i++) {
        recto_error err = {0};
        make_page(&pages[n_pages], i + 1, &c, a);
        if (recto_doc_check(&pages[n_pages], &err) == RECTO_OK)
            n_pages++;
        else
            demand(err.code == RECTO_ERR_ARG && err.msg[0] != '\0');
    }
    check_forms(pages, n_pages, a);
    check_layout(pages, n_pages, a);
    check_spill(pages, n_pages, a);
    recto_arena_free(a);
    return 0;
}
