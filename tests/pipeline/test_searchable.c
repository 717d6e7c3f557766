/* Protects the making of searchable PDFs: where words go that no reader placed, and that a parser
 * which dies on the way costs a page's text or the PDF, never the document's other outputs. */
#include "check.h"

#include "core/file.h"
#include "pipeline/parser_parts.h"
#include "pipeline/searchable.h"
#include "vision/source_wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- lines --------------------------------------------------------------------------------- */

static recto_page page_of(recto_block *blocks, int n)
{
    return (recto_page){.number = 1,
                        .width = 1000,
                        .height = 1400,
                        .dpi = 100,
                        .reader = RECTO_READER_VLM,
                        .blocks = blocks,
                        .n_blocks = n};
}

static int lines_of(recto_line **lines, const recto_page *page, recto_arena *keep)
{
    int n = -1;
    assert_int_equal(recto_searchable_lines(lines, &n, page, keep, NULL), RECTO_OK);
    for (int i = 0; i < n; i++) {
        const recto_line *l = &(*lines)[i];
        assert_true(l->n_words > 0 && l->size > 0);
        for (int k = 0; k < l->n_words; k++) {
            recto_rect r = l->words[k].box;
            assert_true(r.x0 >= 0 && r.y0 >= 0 && r.x1 > r.x0 && r.y1 > r.y0);
            assert_true(r.x1 <= page->width + 1 && r.y1 <= page->height + 1);
        }
    }
    return n;
}

static void lines_that_were_read_stay(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_word word = {.box = {10, 10, 50, 20}, .text = "one", .conf = 1};
    recto_line line = {.box = word.box, .words = &word, .n_words = 1, .baseline = 18, .size = 11};
    recto_cell cell = {.row_span = 1, .col_span = 1, .text = "one", .lines = &line, .n_lines = 1};
    recto_table table = {.n_rows = 1, .n_cols = 1, .cells = &cell, .n_cells = 1};
    recto_block blocks[] = {
        {.label = RECTO_LABEL_TEXT, .text = "one", .lines = &line, .n_lines = 1},
        {.label = RECTO_LABEL_TABLE, .text = "", .table = &table},
        {.label = RECTO_LABEL_PICTURE, .text = "", .box = {0, 0, 9, 9}}};
    recto_page page = page_of(blocks, 3);
    recto_line *lines;
    assert_int_equal(lines_of(&lines, &page, keep), 2);
    assert_memory_equal(&lines[0], &line, sizeof line);
    assert_memory_equal(&lines[1], &line, sizeof line);
    page.n_blocks = 0;
    assert_int_equal(lines_of(&lines, &page, keep), 0);
    recto_arena_free(keep);
}

static bool inside(recto_rect r, recto_rect box)
{
    return r.x0 >= box.x0 - 1 && r.x1 <= box.x1 + 1 && r.y0 >= box.y0 - 1 && r.y1 <= box.y1 + 1;
}

/* A text with a box is set in it, in as many lines as fit, in the order of its words. */
static void text_is_set_in_its_box(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_rect box = {100, 200, 500, 320};
    recto_block block = {.label = RECTO_LABEL_TEXT,
                         .box = box,
                         .text = "It was the best of times, it was the worst of times, it was the "
                                 "age of wisdom, it was the age of foolishness"};
    recto_page page = page_of(&block, 1);
    recto_line *lines;
    int n = lines_of(&lines, &page, keep), n_words = 0;
    assert_true(n >= 2 && n <= 6);
    for (int i = 0; i < n; i++) {
        n_words += lines[i].n_words;
        for (int k = 0; k < lines[i].n_words; k++)
            assert_true(inside(lines[i].words[k].box, box));
        assert_true(i == 0 || lines[i].box.y0 > lines[i - 1].box.y0);
    }
    assert_int_equal(n_words, 24);
    assert_string_equal(lines[0].words[0].text, "It");
    recto_arena_free(keep);
}

/* Line feeds of code end lines; a long word does not leave the page. */
static void odd_texts(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    char *word = malloc(5001);
    memset(word, 'w', 5000);
    word[5000] = '\0';
    recto_block blocks[] = {
        {.label = RECTO_LABEL_CODE, .box = {0, 0, 900, 90}, .text = "a = 1\n\n  b = 2"},
        {.label = RECTO_LABEL_TEXT, .box = {900, 1390, 990, 1399}, .text = word},
        {.label = RECTO_LABEL_TEXT, .box = {5, 5, 5.5f, 5.5f}, .text = "tiny box of words"},
        {.label = RECTO_LABEL_TEXT, .text = ""}};
    recto_page page = page_of(blocks, 4);
    recto_line *lines;
    int n = lines_of(&lines, &page, keep);
    assert_true(n >= 4);
    assert_int_equal(lines[0].n_words, 3);
    assert_int_equal(lines[1].n_words, 3);
    assert_true(lines[1].box.y0 > lines[0].box.y0);
    free(word);
    recto_arena_free(keep);
}

/* Texts without a box share the page from top to bottom; a table's cells share its box. */
static void texts_without_a_box(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_cell cells[] = {{.row_span = 1, .col_span = 1, .text = "left"},
                          {.col = 1, .row_span = 1, .col_span = 1, .text = "right"}};
    recto_table table = {.n_rows = 1, .n_cols = 2, .cells = cells, .n_cells = 2};
    recto_block blocks[] = {
        {.label = RECTO_LABEL_TITLE, .text = "First"},
        {.label = RECTO_LABEL_LIST_ITEM, .marker = "1.", .text = "Second"},
        {.label = RECTO_LABEL_TABLE, .text = "", .table = &table, .box = {100, 700, 900, 800}},
        {.label = RECTO_LABEL_TEXT, .text = "Last"}};
    recto_page page = page_of(blocks, 4);
    recto_line *lines;
    int n = lines_of(&lines, &page, keep);
    static const char *const want[] = {"First", "1.", "Second", "left", "right", "Last"};
    assert_int_equal(n, 6);
    for (int i = 0; i < n; i++)
        assert_string_equal(lines[i].words[0].text, want[i]);
    assert_true(lines[0].box.y0 < lines[2].box.y0 && lines[2].box.y0 < lines[5].box.y0);
    assert_true(lines[3].box.x1 <= 501 && lines[4].box.x0 >= 499);
    recto_arena_free(keep);
}

/* Right-to-left text begins at its box's right side. */
static void right_to_left_text(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_block block = {.label = RECTO_LABEL_TEXT,
                         .box = {100, 100, 500, 130},
                         .text = "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD7\xA2\xD7\x9C"};
    recto_page page = page_of(&block, 1);
    recto_line *lines;
    assert_int_equal(lines_of(&lines, &page, keep), 1);
    assert_int_equal(lines[0].n_words, 2);
    assert_true(lines[0].words[0].box.x0 > lines[0].words[1].box.x1);
    assert_true(lines[0].words[0].box.x1 > 495);
    recto_arena_free(keep);
}

/* --- a parser that dies -------------------------------------------------------------------- */

/* Ends the process at such a request for a copy, but for a page that is to stay bare. */
typedef struct deadly {
    const recto_source_channel *inner;
    uint32_t kind;
    int32_t index; /* of COPY_PAGE; -1 = any */
} deadly;

static size_t receive(void *self, void *request, size_t room)
{
    const deadly *d = self;
    recto_source_wire_request q;
    size_t n = d->inner->receive(d->inner->self, request, room);
    if (n < sizeof q)
        return n;
    memcpy(&q, request, sizeof q);
    bool bare = q.kind == RECTO_SOURCE_WIRE_COPY_PAGE && (q.flags & RECTO_SOURCE_WIRE_BARE) != 0;
    if (q.kind == d->kind && !bare && (d->index < 0 || q.index == d->index))
        abort();
    return n;
}

static bool put(void *self, uint64_t offset, const void *bytes, size_t size)
{
    const deadly *d = self;
    return d->inner->put(d->inner->self, offset, bytes, size);
}

static bool reply(void *self, uint64_t size)
{
    const deadly *d = self;
    return d->inner->reply(d->inner->self, size);
}

static void serve_deadly(const recto_source_channel *channel, const uint8_t *bytes, size_t size,
                         uint32_t kind, int32_t index)
{
    deadly d = {channel, kind, index};
    const recto_source_channel c = {&d, receive, put, reply};
    recto_source_serve(&c, bytes, size);
}

static void dies_on_page_1(const recto_source_channel *c, const uint8_t *bytes, size_t size)
{
    serve_deadly(c, bytes, size, RECTO_SOURCE_WIRE_COPY_PAGE, 0);
}

static void dies_at_the_end(const recto_source_channel *c, const uint8_t *bytes, size_t size)
{
    serve_deadly(c, bytes, size, RECTO_SOURCE_WIRE_COPY_END, -1);
}

typedef struct conversion {
    char folder[32], pdf[64], text[64];
    recto_convert_result result;
    recto_status status;
    recto_error err;
} conversion;

/* The two-page fax to text and PDF, or PDF alone, through such parsers. */
static void convert(conversion *c, recto_parser_serve serve, bool alone)
{
    char path[4096];
    recto_parsers *parsers = NULL;
    const recto_parsers_options how = {.sandbox = true, .memory_bytes = (size_t)1 << 30};
    *c = (conversion){.folder = "/tmp/recto-searchable-XXXXXX"};
    assert_non_null(mkdtemp(c->folder));
    snprintf(c->pdf, sizeof c->pdf, "%s/fax.pdf", c->folder);
    snprintf(c->text, sizeof c->text, "%s/fax.txt", c->folder);
    snprintf(path, sizeof path, "%s/fax.tif", getenv("RECTO_SAMPLES"));
    if (recto_parser_start(&parsers, &how, serve, &c->err) != RECTO_OK)
        fail_msg("%s", c->err.msg);
    recto_options opt;
    recto_options_defaults(&opt);
    opt.parsers = parsers;
    recto_model_slot slot = {NULL, NULL};
    const recto_output outputs[] = {
        {.writer = recto_writer_lookup("pdf"), .path = c->pdf, .fd = -1},
        {.writer = recto_writer_lookup("txt"), .path = c->text, .fd = -1}};
    const recto_convert_job job = {.path = path,
                                   .fd = -1,
                                   .outputs = outputs,
                                   .n_outputs = alone ? 1 : 2,
                                   .opt = &opt,
                                   .slot = &slot};
    c->status = recto_convert_document(&c->result, &job, &c->err);
    recto_model_slot_close(&slot);
    recto_parsers_stop(parsers);
}

static void clean_up(const conversion *c)
{
    unlink(c->pdf);
    unlink(c->text);
    assert_int_equal(rmdir(c->folder), 0); /* nothing else was left */
}

static int hidden_characters(recto_source *s, int i)
{
    recto_source_facts facts;
    assert_int_equal(recto_source_page_facts(&facts, s, i, NULL), RECTO_OK);
    return facts.n_chars_hidden;
}

/* The page that kills its parser stays without text, the other one gets it. */
static void parser_dies_on_a_page(void **state)
{
    (void)state;
    conversion c;
    recto_bytes bytes;
    recto_source *s = NULL;
    convert(&c, dies_on_page_1, false);
    assert_int_equal(c.status, RECTO_OK);
    assert_int_equal(c.result.n_failed, 0);
    assert_int_equal(c.result.n_undrawn, 1);
    assert_int_equal(c.result.first_failure.code, RECTO_ERR_CRASH);
    assert_non_null(strstr(c.result.first_failure.msg, "page 1: no text in the searchable PDF: "));
    assert_int_equal(recto_bytes_read(&bytes, c.pdf, 0, NULL), RECTO_OK);
    assert_int_equal(recto_source_open(&s, bytes.data, bytes.size, NULL, NULL), RECTO_OK);
    assert_int_equal(recto_source_page_count(s), 2);
    assert_int_equal(hidden_characters(s, 0), 0);
    assert_true(hidden_characters(s, 1) > 100);
    recto_source_close(s);
    recto_bytes_close(&bytes);
    assert_int_equal(access(c.text, F_OK), 0);
    clean_up(&c);
}

/* A PDF that cannot be ended is not there at all; the text is. */
static void parser_dies_at_the_end(void **state)
{
    (void)state;
    conversion c;
    convert(&c, dies_at_the_end, false);
    assert_int_equal(c.status, RECTO_OK);
    assert_int_equal(c.result.n_undrawn, 1);
    assert_int_equal(c.result.first_failure.code, RECTO_ERR_CRASH);
    assert_int_equal(access(c.text, F_OK), 0);
    assert_int_not_equal(access(c.pdf, F_OK), 0);
    clean_up(&c);
    convert(&c, dies_at_the_end, true);
    assert_int_equal(c.status, RECTO_ERR_CRASH);
    assert_int_not_equal(access(c.pdf, F_OK), 0);
    clean_up(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_were_read_stay),
        cmocka_unit_test(text_is_set_in_its_box),
        cmocka_unit_test(odd_texts),
        cmocka_unit_test(texts_without_a_box),
        cmocka_unit_test(right_to_left_text),
        cmocka_unit_test(parser_dies_on_a_page),
        cmocka_unit_test(parser_dies_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
