/* Protects: the JSON form is valid, follows the published schema, streams, and holds nothing that
 * changes from run to run. */
#include "check.h"

#include "core/json.h"
#include "text/run_tool.h"
#include "text/write_doc.h"

static recto_arena *arena;

static int enter(void **state)
{
    (void)state;
    arena = recto_arena_new(0, 0);
    return arena == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_arena_free(arena);
    return 0;
}

/* Everything there is to say about a document. */
static recto_docinfo full_info(void)
{
    static const recto_bookmark marks[] = {{"Sales", 1, 1}, {"Nowhere", 2, 0}};
    recto_docinfo info = write_doc_info();
    info.title = "Annual report";
    info.author = "A. \"B\" C\x1b";
    info.created = "2025-01-02T03:04:05Z";
    info.bookmarks = marks;
    info.n_bookmarks = 2;
    info.model_name = "line-latin";
    info.model_sha256 = WRITE_DOC_SHA;
    info.dpi_option = 200;
    info.pages_option = "1-3,7";
    return info;
}

/* A page whose blocks are tied to one another, go on, are filled in, and have nested spans. */
static recto_page *tied_page(int number)
{
    static const recto_span spans[] = {{0, 14, RECTO_SPAN_LINK, "javascript:\"x\""},
                                       {6, 8, RECTO_SPAN_BOLD, NULL},
                                       {15, 16, RECTO_SPAN_SUPERSCRIPT, NULL}};
    static const char *const texts[] = {"a", "b"};
    static recto_field fields[] = {
        {{100, 100, 110, 110}, RECTO_FIELD_CHECKBOX, "f.agree", "I agree", "Yes", true, 1},
        {{100, 130, 300, 150}, RECTO_FIELD_TEXT, "", "", "", false, 0.5f}};
    recto_page *p = build_page(arena, number);
    recto_block *b =
        build_block(arena, p, RECTO_LABEL_TEXT, "\xC3\xA9l\xC3\xA9 ab cd\xE2\x82\xAC 1");
    b->spans = spans;
    b->n_spans = 3;
    b->goes_on = RECTO_GOES_ON_HYPHEN;
    b->continues = true;
    b->lines->words[0].style = RECTO_STYLE_SUB;
    b = build_table(arena, p, 1, 2, texts);
    b->table->n_repeat = 1;
    b->continues = true;
    b->tied = 3;
    build_block(arena, p, RECTO_LABEL_CAPTION, "Table 2")->tied = 2;
    for (int i = 0; i < 2; i++)
        build_block(arena, p, RECTO_LABEL_FORM, i == 0 ? "Do you agree?" : "")->field = &fields[i];
    p->flags = RECTO_FLAG_HIDDEN_TEXT | RECTO_FLAG_PARTLY_READ;
    return p;
}

static int full_pages(const recto_page *pages[5])
{
    static recto_page failed = {
        .number = 3, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "stream ends at byte 17"};
    recto_page *blank = build_page(arena, 2);
    recto_page *spans = build_page(arena, 4);
    static const char *const texts[] = {"a", "", "b", "c"};
    recto_table *t = build_table(arena, spans, 2, 2, texts)->table;
    t->cells[0].col_span = 2;
    memmove(&t->cells[1], &t->cells[2], 2 * sizeof *t->cells);
    t->n_cells = 3;
    blank->flags = RECTO_FLAG_BLANK_PAGE;
    blank->reader = RECTO_READER_NONE;
    pages[0] = build_full_page(arena);
    pages[1] = blank;
    pages[2] = &failed;
    pages[3] = spans;
    pages[4] = tied_page(5);
    return 5;
}

static void write_full(recto_buf *out, const recto_writer *w)
{
    const recto_page *pages[5];
    recto_docinfo info = full_info();
    int n_pages = full_pages(pages);
    write_doc(out, w, &info, pages, n_pages);
    assert_int_equal(recto_buf_status(out, NULL), RECTO_OK);
}

static recto_json *parse(const recto_buf *b)
{
    recto_json *v = NULL;
    assert_int_equal(recto_json_parse(&v, b->data, b->len, NULL), RECTO_OK);
    return v;
}

static void the_model_is_all_there(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    write_full(&out, recto_writer_lookup("json"));
    recto_json *v = parse(&out);
    assert_string_equal(recto_json_text(v, "schema_name", ""), "RectoDocument");
    const recto_json *origin = recto_json_lookup(v, "origin");
    assert_string_equal(recto_json_text(origin, "sha256", ""), WRITE_DOC_SHA);
    const recto_json *metadata = recto_json_lookup(v, "metadata");
    assert_string_equal(recto_json_text(metadata, "author", ""), "A. \"B\" C");
    assert_null(recto_json_lookup(metadata, "subject"));
    const recto_json *pages = recto_json_lookup(v, "pages");
    assert_int_equal(recto_json_count(pages), 5);
    const recto_json *blocks = recto_json_lookup(recto_json_at(pages, 0), "blocks");
    assert_int_equal(recto_json_count(blocks), 16);
    const recto_json *text = recto_json_at(blocks, 2);
    assert_string_equal(recto_json_text(text, "label", ""), "text");
    const recto_json *line = recto_json_at(recto_json_lookup(text, "lines"), 0);
    assert_string_equal(recto_json_text(line, "text", ""),
                        "The year in *short*: sales rose by 5 % & costs fell.");
    const recto_json *word = recto_json_at(recto_json_lookup(line, "words"), 2);
    assert_float_equal(recto_json_number(word, "confidence", 0), 0.412, 1e-9);
    const recto_json *table = recto_json_lookup(recto_json_at(blocks, 9), "table");
    assert_int_equal(recto_json_count(recto_json_lookup(table, "cells")), 9);
    assert_string_equal(recto_json_text(recto_json_at(blocks, 12), "text", ""),
                        "if (a < b)\n    return `c`;");
    const recto_json *failed = recto_json_at(pages, 2);
    assert_string_equal(recto_json_text(failed, "status", ""), "format");
    assert_string_equal(recto_json_text(failed, "error", ""), "stream ends at byte 17");
    recto_json_free(v);
    recto_buf_free(&out);
}

static void ties_spans_and_fields_are_all_there(void **state)
{
    (void)state;
    const recto_page *page = tied_page(1);
    recto_error err = {0};
    if (recto_doc_check(page, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_json_compact(), &info, &page, 1);
    static const char *const wanted[] = {
        "\"spans\":[{\"start\":0,\"end\":10,\"kind\":\"link\",\"url\":\"javascript:\\\"x\\\"\"},"
        "{\"start\":4,\"end\":6,\"kind\":\"bold\"},"
        "{\"start\":11,\"end\":12,\"kind\":\"superscript\"}]",
        "\"goes_on\":\"hyphen\",\"continues\":true",
        "\"continues\":true,\"caption\":2,\"table\":",
        "\"caption_of\":1",
        "\"n_repeat\":1",
        "\"field\":{\"kind\":\"checkbox\",\"name\":\"f.agree\",\"label\":\"I "
        "agree\",\"value\":\"Yes\","
        "\"checked\":true,\"bbox\":",
        "\"field\":{\"kind\":\"text\",\"name\":\"\",\"label\":\"\",\"value\":\"\",\"bbox\":",
        "\"flags\":[\"hidden_text\",\"partly_read\"]",
        "\"style\":[\"subscript\"]",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (strstr(recto_buf_cstr(&out), wanted[i]) == NULL)
            fail_msg("%s is not in\n%s", wanted[i], recto_buf_cstr(&out));
    }
    recto_buf_free(&out);
}

static void a_word_takes_one_line(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    write_full(&out, recto_writer_lookup("json"));
    assert_non_null(strstr(recto_buf_cstr(&out),
                           "\n                {\"text\": \"in\", \"bbox\": "
                           "[190, 160, 210, 184], \"confidence\": 0.412},\n"));
    recto_buf_free(&out);
}

static void the_compact_form_is_one_line_and_says_the_same(void **state)
{
    (void)state;
    recto_buf pretty = RECTO_BUF_INIT;
    recto_buf compact = RECTO_BUF_INIT;
    write_full(&pretty, recto_writer_lookup("json"));
    write_full(&compact, recto_writer_json_compact());
    assert_ptr_equal(strchr(recto_buf_cstr(&compact), '\n'), compact.data + compact.len - 1);
    /* without white space outside of texts both are the same bytes */
    const char *p = recto_buf_cstr(&pretty);
    bool quoted = false;
    recto_buf squeezed = RECTO_BUF_INIT;
    for (; *p != '\0'; p++) {
        if (*p == '"' && p[-1] != '\\')
            quoted = !quoted;
        if (quoted || (*p != ' ' && *p != '\n'))
            recto_buf_char(&squeezed, *p);
    }
    recto_buf_char(&squeezed, '\n');
    assert_string_equal(recto_buf_cstr(&squeezed), recto_buf_cstr(&compact));
    recto_buf_free(&squeezed);
    recto_buf_free(&pretty);
    recto_buf_free(&compact);
}

static void outputs_follow_the_schema(void **state)
{
    (void)state;
    const char *root = getenv("RECTO_SOURCE_DIR");
    char command[400];
    if (root == NULL || !run_tool_is_there("python3"))
        skip();
    snprintf(command, sizeof command, "python3 '%s/tests/validate_json.py'", root);
    recto_docinfo info = write_doc_info();
    info.source_name = "-";
    for (int k = 0; k < 4; k++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_buf said = RECTO_BUF_INIT;
        const recto_writer *w = k % 2 ? recto_writer_json_compact() : recto_writer_lookup("json");
        if (k < 2)
            write_full(&out, w);
        else
            write_doc(&out, w, &info, NULL, 0);
        if (k == 1) /* several documents, one a line */
            write_doc(&out, w, &info, NULL, 0);
        int rc = run_tool(&said, command, out.data, out.len);
        print_message("%s", recto_buf_cstr(&said));
        recto_buf_free(&said);
        recto_buf_free(&out);
        if (rc == 77 << 8)
            skip();
        assert_int_equal(rc, 0);
    }
}

static void each_line_of_jsonl_follows_its_schema(void **state)
{
    (void)state;
    const char *root = getenv("RECTO_SOURCE_DIR");
    char command[400];
    recto_buf out = RECTO_BUF_INIT;
    recto_buf said = RECTO_BUF_INIT;
    write_full(&out, recto_writer_lookup("jsonl"));
    int n_lines = 0;
    for (const char *p = recto_buf_cstr(&out); *p != '\0'; n_lines++) {
        size_t n = strcspn(p, "\n");
        recto_json *v = NULL;
        assert_int_equal(recto_json_parse(&v, p, n, NULL), RECTO_OK);
        const recto_json *page = recto_json_lookup(v, "page");
        assert_int_equal(recto_json_int(page, "page_no", 0), n_lines + 1);
        assert_string_equal(recto_json_text(recto_json_lookup(v, "origin"), "name", ""),
                            "report.pdf");
        recto_json_free(v);
        p += n + 1;
    }
    assert_int_equal(n_lines, 5);
    if (root == NULL || !run_tool_is_there("python3"))
        skip();
    snprintf(command, sizeof command, "python3 '%s/tests/validate_json.py' --schema page", root);
    int rc = run_tool(&said, command, out.data, out.len);
    print_message("%s", recto_buf_cstr(&said));
    recto_buf_free(&said);
    recto_buf_free(&out);
    if (rc == 77 << 8)
        skip();
    assert_int_equal(rc, 0);
}

static void the_schema_refuses_what_does_not_belong(void **state)
{
    (void)state;
    const char *root = getenv("RECTO_SOURCE_DIR");
    char command[400];
    if (root == NULL || !run_tool_is_there("python3"))
        skip();
    snprintf(command, sizeof command, "python3 '%s/tests/validate_json.py'", root);
    static const char *const wrong[][2] = {
        {"\"page_no\":1,", "\"page_no\":0,"},
        {"\"status\":\"ok\",", "\"status\":\"fine\","},
        {"\"label\":\"title\"", "\"label\":\"head\""},
        {"\"level\":2,", ""},
        {"\"program\":", "\"host\":\"x\",\"program\":"},
        {"\"confidence\":0.412", "\"confidence\":1.5"},
        {"\"error\":\"stream ends at byte 17\",", ""},
        {"\"flags\":[\"low_confidence\"]", "\"flags\":[\"guessed\"]"},
        {"\"kind\":\"bold\"", "\"kind\":\"link\""},
        {"\"checked\":true,", ""},
        {"\"caption_of\":1", "\"caption\":1"},
        {"\"goes_on\":\"hyphen\"", "\"goes_on\":\"not\""},
    };
    const size_t n_wrong = sizeof wrong / sizeof *wrong;
    recto_buf out = RECTO_BUF_INIT;
    recto_buf bad = RECTO_BUF_INIT; /* a line for each */
    recto_buf said = RECTO_BUF_INIT;
    write_full(&out, recto_writer_json_compact());
    for (size_t i = 0; i < n_wrong; i++) {
        const char *at = strstr(out.data, wrong[i][0]);
        assert_non_null(at);
        recto_buf_add(&bad, out.data, (size_t)(at - out.data));
        recto_buf_text(&bad, wrong[i][1]);
        recto_buf_text(&bad, at + strlen(wrong[i][0]));
    }
    recto_buf_add(&bad, out.data, out.len); /* nothing is wrong with the last */
    int rc = run_tool(&said, command, bad.data, bad.len);
    for (size_t i = 1; rc != 77 << 8 && i <= n_wrong + 1; i++) {
        char mark[40];
        snprintf(mark, sizeof mark, " document %zu:", i);
        assert_true((strstr(recto_buf_cstr(&said), mark) != NULL) == (i <= n_wrong));
    }
    recto_buf_free(&out);
    recto_buf_free(&bad);
    recto_buf_free(&said);
    if (rc == 77 << 8)
        skip();
    assert_int_equal(rc, 1 << 8);
}

static void the_same_document_gives_the_same_bytes(void **state)
{
    (void)state;
    recto_buf first = RECTO_BUF_INIT;
    recto_buf second = RECTO_BUF_INIT;
    write_full(&first, recto_writer_lookup("json"));
    write_full(&second, recto_writer_lookup("json"));
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    recto_buf_free(&first);
    recto_buf_free(&second);
}

static void control_characters_do_not_pass_even_escaped(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_TEXT,
                "a\x1b[31m\xE2\x80\xAE"
                "b\x01\xFF")
        ->text = "\x1b\xE2\x80\xAEz";
    const recto_page *pages[] = {p};
    recto_docinfo info = write_doc_info();
    info.source_name = "x\x1b\n.pdf";
    recto_buf out = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_json_compact(), &info, pages, 1);
    assert_null(strstr(out.data, "\\u"));
    assert_null(strstr(out.data, "\xE2\x80\xAE"));
    assert_null(strchr(out.data, '\x1b'));
    assert_non_null(strstr(out.data, "\"text\":\"a[31mb\xEF\xBF\xBD\""));
    assert_non_null(strstr(out.data, "\"text\":\"z\""));
    assert_non_null(strstr(out.data, "\"name\":\"x .pdf\""));
    recto_buf_free(&out);
}

static void the_registry_knows_its_forms(void **state)
{
    (void)state;
    assert_string_equal(recto_writer_lookup("md")->suffix, ".md");
    assert_string_equal(recto_writer_lookup("json")->suffix, ".json");
    assert_string_equal(recto_writer_lookup("jsonl")->suffix, ".jsonl");
    assert_string_equal(recto_writer_lookup("txt")->suffix, ".txt");
    assert_null(recto_writer_lookup("docx"));
    assert_null(recto_writer_lookup(""));
    assert_null(recto_writer_lookup(NULL));
    int n = 0;
    for (const recto_writer *const *w = recto_writer_list(); *w != NULL; w++, n++)
        assert_ptr_equal(recto_writer_lookup((*w)->name), *w);
    assert_true(n >= 4);
    assert_string_equal(recto_writer_json_compact()->suffix, ".json");
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(the_model_is_all_there),
        WITH_ARENA(ties_spans_and_fields_are_all_there),
        WITH_ARENA(a_word_takes_one_line),
        WITH_ARENA(the_compact_form_is_one_line_and_says_the_same),
        WITH_ARENA(outputs_follow_the_schema),
        WITH_ARENA(each_line_of_jsonl_follows_its_schema),
        WITH_ARENA(the_schema_refuses_what_does_not_belong),
        WITH_ARENA(the_same_document_gives_the_same_bytes),
        WITH_ARENA(control_characters_do_not_pass_even_escaped),
        WITH_ARENA(the_registry_knows_its_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
