/* Protects: the hOCR of words, lines, tables and pages, in the form its readers look for. */
#include "text/markup_out.h"

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

static void assert_body(const recto_page *page, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "hocr", page);
    assert_between(&out, "<body>\n", "</body>", 1, wanted);
    recto_buf_free(&out);
}

static void words_have_boxes_and_confidences(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 2);
    recto_block *b = build_block(arena, p, RECTO_LABEL_SECTION_HEADER, "An & b");
    b->level = 3;
    b->lines->words[0].style = RECTO_STYLE_BOLD | RECTO_STYLE_ITALIC;
    b->lines->words[1].conf = 0.416f;
    b->lines->words[2].box.x1 += 0.5f;
    assert_body(
        p,
        "<div class=\"ocr_page\" id=\"page_2\" title=\"image &quot;report.pdf&quot;; bbox 0 0 1240 "
        "1754; ppageno 1; scan_res 150 150\">\n"
        "<div class=\"ocr_carea\" id=\"block_2_1\" title=\"bbox 100 100 160 124; x_label "
        "section_header; x_level 3\">\n"
        "<p class=\"ocr_par\" id=\"par_2_1\" title=\"bbox 100 100 160 124\">\n"
        "<span class=\"ocr_line\" id=\"line_2_1\" title=\"bbox 100 100 160 124; baseline 0 -2; "
        "x_size 20\">\n"
        "<span class=\"ocrx_word\" id=\"word_2_1\" title=\"bbox 100 100 120 124; x_wconf 100; "
        "x_fsize 10\"><strong><em>An</em></strong></span>\n"
        "<span class=\"ocrx_word\" id=\"word_2_2\" title=\"bbox 130 100 140 124; x_wconf 42; "
        "x_fsize 10\">&amp;</span>\n"
        "<span class=\"ocrx_word\" id=\"word_2_3\" title=\"bbox 150 100 161 124; x_wconf 100; "
        "x_fsize 10\">b</span>\n"
        "</span>\n</p>\n</div>\n</div>\n");
}

static void blocks_have_what_hocr_has_a_class_for(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "hocr", build_full_page(arena));
    static const struct {
        const char *text;
        int n;
    } cases[] = {
        {"class=\"ocr_page\"", 1},
        {"class=\"ocr_title\"", 1},
        {"class=\"ocr_header\"", 1},
        {"class=\"ocr_footer\"", 1},
        {"class=\"ocr_caption\"", 1},
        {"class=\"ocr_table\"", 1},
        {"class=\"ocr_image\"", 1},
        {"class=\"ocr_math\"", 1},
        {"<th>", 3},
        {"<td>", 6},
        {"x_label list_item", 5},
        {"<tr>", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(markup_count(out.data, cases[i].text), cases[i].n);
    assert_ids_differ(&out, " id=\"");
    recto_buf_free(&out);
}

static void text_without_words_is_text(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    recto_block *b = build_block(arena, p, RECTO_LABEL_TEXT, "שלום");
    p->reader = RECTO_READER_VLM;
    b->n_lines = 0;
    b->box = (recto_rect){0};
    assert_body(p,
                "<div class=\"ocr_page\" id=\"page_1\" title=\"image &quot;report.pdf&quot;; bbox "
                "0 0 1240 1754; ppageno 0; scan_res 150 150\">\n<div class=\"ocr_carea\" "
                "id=\"block_1_1\" title=\"x_label text\">\n<p class=\"ocr_par\" id=\"par_1_1\" "
                "dir=\"rtl\">שלום</p>\n</div>\n</div>\n");
}

static void failed_and_blank_pages_are_there(void **state)
{
    (void)state;
    recto_page *blank = build_page(arena, 2);
    blank->flags = RECTO_FLAG_BLANK_PAGE;
    const recto_page failed = {.number = 1, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "x"};
    const recto_page *pages[] = {&failed, blank};
    recto_docinfo info = write_doc_info();
    info.source_name = "a\"b; bbox 1 1 1 1";
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "hocr", &info, pages, 2);
    assert_holds(&out, "title=\"image &quot;a&#39;b, bbox 1 1 1 1&quot;; bbox 0 0 0 0; ppageno 0; "
                       "x_failed format\">\n</div>");
    assert_holds(&out, "ppageno 1; scan_res 150 150; x_blank 1\">\n</div>");
    recto_buf_free(&out);
    markup_write(&out, "hocr", &info, NULL, 0);
    assert_holds(&out, "<body>\n</body>");
    recto_buf_free(&out);
}

static void fields_and_hidden_rows_are_there(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "b", "c", "d"};
    recto_page *p = build_page(arena, 1);
    recto_block *b = build_block(arena, p, RECTO_LABEL_FORM, "Agree");
    b->field = recto_arena_alloc(arena, sizeof *b->field);
    *b->field = (recto_field){.box = {10, 10, 30, 30},
                              .kind = RECTO_FIELD_CHECKBOX,
                              .name = "",
                              .label = "",
                              .value = "",
                              .checked = true,
                              .conf = 1};
    recto_table *t = build_table(arena, p, 2, 2, cells)->table;
    t->n_cells = 2;
    t->cells[0].row_span = t->cells[1].row_span = 2;
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "hocr", p);
    assert_holds(&out, "title=\"bbox 10 10 30 30\">☑</p>");
    assert_holds(&out, "<tr>\n<td></td></tr>");
    assert_holds(&out, "<th rowspan=\"2\">");
    recto_buf_free(&out);
}

static void hostile_text_is_text(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        const recto_page *p = markup_page_of(arena, hostile_texts[i]);
        recto_docinfo info = write_doc_info();
        info.source_name = info.title = hostile_texts[i];
        recto_buf out = RECTO_BUF_INIT;
        markup_write(&out, "hocr", &info, &p, 1);
        assert_lacks(&out, "<script");
        assert_ids_differ(&out, " id=\"");
        recto_buf_free(&out);
        recto_arena_clear(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_have_boxes_and_confidences, enter, leave),
        cmocka_unit_test_setup_teardown(blocks_have_what_hocr_has_a_class_for, enter, leave),
        cmocka_unit_test_setup_teardown(text_without_words_is_text, enter, leave),
        cmocka_unit_test_setup_teardown(failed_and_blank_pages_are_there, enter, leave),
        cmocka_unit_test_setup_teardown(fields_and_hidden_rows_are_there, enter, leave),
        cmocka_unit_test_setup_teardown(hostile_text_is_text, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
