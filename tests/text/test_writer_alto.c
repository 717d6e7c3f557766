/* Protects: the ALTO of lines and broken words, margins, tables, and pages without text.  The
 * schema judges it in tests/cli/test_forms_xml.sh. */
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

static void assert_layout(const recto_page *page, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "alto", page);
    assert_between(&out, "<Layout>\n", "</Layout>", 1, wanted);
    recto_buf_free(&out);
}

static void words_of_a_line_are_strings(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    recto_block *b = build_block(arena, p, RECTO_LABEL_TEXT, "A <b");
    b->flags = RECTO_FLAG_LOW_CONFIDENCE;
    b->lines->style = RECTO_STYLE_MONO;
    b->lines->words[0].style = RECTO_STYLE_BOLD | RECTO_STYLE_SUPER;
    b->lines->words[1].conf = 0.41234f;
    assert_layout(
        p, "<Page ID=\"page_1\" PHYSICAL_IMG_NR=\"1\" HEIGHT=\"1754\" WIDTH=\"1240\" PC=\"1\">\n"
           "<PrintSpace HPOS=\"100\" VPOS=\"100\" WIDTH=\"40\" HEIGHT=\"24\">\n"
           "<TextBlock ID=\"b1_0\" TAGREFS=\"text flag_low_confidence\" HPOS=\"100\" VPOS=\"100\" "
           "WIDTH=\"40\" HEIGHT=\"24\">\n"
           "<TextLine ID=\"l1_1\" STYLEREFS=\"mono_10\" HPOS=\"100\" VPOS=\"100\" WIDTH=\"40\" "
           "HEIGHT=\"24\" BASELINE=\"100,122 140,122\">\n"
           "<String ID=\"s1_1\" HPOS=\"100\" VPOS=\"100\" WIDTH=\"10\" HEIGHT=\"24\" CONTENT=\"A\" "
           "STYLE=\"bold superscript\" WC=\"1\"/>\n"
           "<SP HPOS=\"110\" VPOS=\"100\" WIDTH=\"10\"/>\n"
           "<String ID=\"s1_2\" HPOS=\"120\" VPOS=\"100\" WIDTH=\"20\" HEIGHT=\"24\" "
           "CONTENT=\"&lt;b\" WC=\"0.412\"/>\n"
           "</TextLine>\n</TextBlock>\n</PrintSpace>\n</Page>\n");
}

/* Two lines of one block; what the text makes of them. */
static recto_page *broken_page(const char *first, const char *second, const char *text)
{
    recto_page *p = build_page(arena, 1);
    recto_block *b = build_block(arena, p, RECTO_LABEL_TEXT, text);
    b->lines = recto_arena_array(arena, 2, sizeof *b->lines);
    b->lines[0] = *build_line(arena, first, 100, 100);
    b->lines[1] = *build_line(arena, second, 100, 130);
    b->n_lines = 2;
    return p;
}

static void words_broken_over_lines_are_told_whole(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "alto", broken_page("the heat-", "ing, \"of", "the heating, \"of"));
    assert_holds(&out,
                 "CONTENT=\"heat\" SUBS_TYPE=\"HypPart1\" SUBS_CONTENT=\"heating,\" WC=\"1\"/>\n"
                 "<HYP CONTENT=\"-\"/>\n</TextLine>");
    assert_holds(&out, "CONTENT=\"ing,\" SUBS_TYPE=\"HypPart2\" SUBS_CONTENT=\"heating,\"");
    assert_holds(&out, "CONTENT=\"&quot;of\" WC");
    recto_buf_free(&out);
    markup_write_page(&out, "alto", broken_page("a well-", "known man", "a well-known man"));
    assert_lacks(&out, "SUBS_TYPE");
    assert_lacks(&out, "HYP");
    recto_buf_free(&out);
    markup_write_page(&out, "alto", broken_page("wait -", "what", "wait - what"));
    assert_lacks(&out, "SUBS_TYPE");
    recto_buf_free(&out);
}

static void words_broken_over_pages_are_parts(void **state)
{
    (void)state;
    recto_page *one = build_page(arena, 1);
    recto_page *two = build_page(arena, 2);
    recto_block *b = build_block(arena, one, RECTO_LABEL_TEXT, "the heat-");
    b->goes_on = RECTO_GOES_ON_HYPHEN;
    build_block(arena, two, RECTO_LABEL_PAGE_HEADER, "Header");
    build_block(arena, two, RECTO_LABEL_TEXT, "ing of")->continues = true;
    const recto_page *pages[] = {one, two};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "alto", &info, pages, 2);
    assert_holds(&out, "CONTENT=\"heat\" SUBS_TYPE=\"HypPart1\" WC=\"1\"/>\n<HYP CONTENT=\"-\"/>");
    assert_holds(&out, "CONTENT=\"ing\" SUBS_TYPE=\"HypPart2\" WC");
    assert_int_equal(markup_count(out.data, "SUBS_TYPE"), 2);
    recto_buf_free(&out);
}

static void headers_and_footers_stand_in_the_margins(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_PAGE_HEADER, "Head");
    build_block(arena, p, RECTO_LABEL_TEXT, "Body");
    build_block(arena, p, RECTO_LABEL_PAGE_FOOTER, "Foot");
    recto_block *side = build_block(arena, p, RECTO_LABEL_PAGE_FOOTER, "Side");
    side->box.y0 = p->blocks[1].box.y0; /* beside the body: it stays with it */
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "alto", p);
    const char *top = strstr(out.data, "<TopMargin HPOS=\"0\" VPOS=\"0\" WIDTH=\"1240\" "
                                       "HEIGHT=\"130\">\n<TextBlock ID=\"b1_0\"");
    const char *bottom = strstr(out.data, "<BottomMargin HPOS=\"0\" VPOS=\"214\" WIDTH=\"1240\" "
                                          "HEIGHT=\"1540\">\n<TextBlock ID=\"b1_2\"");
    const char *body = strstr(out.data, "<PrintSpace HPOS=\"100\" VPOS=\"130\" WIDTH=\"40\" "
                                        "HEIGHT=\"84\">\n<TextBlock ID=\"b1_1\"");
    assert_true(top != NULL && bottom != NULL && body != NULL && top < bottom && bottom < body);
    assert_holds(&out, "ID=\"b1_0\" TAGREFS=\"page_header\" HPOS=\"100\" VPOS=\"100\" WIDTH=\"40\" "
                       "HEIGHT=\"24\" IDNEXT=\"b1_1\"");
    recto_buf_free(&out);
}

static void tables_are_rows_of_blocks(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "", "c", "d"};
    recto_page *p = build_page(arena, 1);
    build_table(arena, p, 2, 2, cells);
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "alto", p);
    assert_holds(&out, "<ComposedBlock ID=\"b1_0\" TYPE=\"table\" TAGREFS=\"table\" HPOS=\"100\" "
                       "VPOS=\"100\" WIDTH=\"600\" HEIGHT=\"24\">\n"
                       "<ComposedBlock ID=\"b1_0_r0\" TYPE=\"table_row\" HPOS=\"100\" VPOS=\"100\" "
                       "WIDTH=\"390\" HEIGHT=\"24\">\n"
                       "<TextBlock ID=\"b1_0_r0_c0\" HPOS=\"100\" VPOS=\"100\" WIDTH=\"190\" "
                       "HEIGHT=\"24\">\n");
    assert_holds(&out, "<TextBlock ID=\"b1_0_r0_c1\" HPOS=\"300\" VPOS=\"100\" WIDTH=\"190\" "
                       "HEIGHT=\"24\">\n</TextBlock>\n</ComposedBlock>\n");
    recto_buf_free(&out);
}

static void what_a_vlm_does_not_tell_is_left_out(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    recto_block *b = build_block(arena, p, RECTO_LABEL_CODE, "if  x\n\ny");
    p->reader = RECTO_READER_VLM;
    b->n_lines = 0;
    b->box = (recto_rect){0};
    p->blocks[p->n_blocks++] = (recto_block){.label = RECTO_LABEL_PICTURE,
                                             .text = "",
                                             .conf = 1,
                                             .category = "chart",
                                             .box = {1, 2, 30, 40}};
    assert_layout(
        p,
        "<Page ID=\"page_1\" PHYSICAL_IMG_NR=\"1\" HEIGHT=\"1754\" WIDTH=\"1240\" PC=\"1\">\n"
        "<PrintSpace HPOS=\"1\" VPOS=\"2\" WIDTH=\"29\" HEIGHT=\"38\">\n"
        "<TextBlock ID=\"b1_0\" TAGREFS=\"code\" IDNEXT=\"b1_1\">\n"
        "<TextLine ID=\"l1_1\">\n<String ID=\"s1_1\" CONTENT=\"if\"/>\n<SP/>\n"
        "<String ID=\"s1_2\" CONTENT=\"x\"/>\n</TextLine>\n"
        "<TextLine ID=\"l1_2\">\n<String ID=\"s1_3\" CONTENT=\"y\"/>\n</TextLine>\n</TextBlock>\n"
        "<Illustration ID=\"b1_1\" TYPE=\"chart\" TAGREFS=\"picture\" HPOS=\"1\" VPOS=\"2\" "
        "WIDTH=\"29\" HEIGHT=\"38\">\n</Illustration>\n</PrintSpace>\n</Page>\n");
}

static void failed_and_blank_pages_are_there(void **state)
{
    (void)state;
    recto_page *blank = build_page(arena, 2);
    blank->flags = RECTO_FLAG_BLANK_PAGE | RECTO_FLAG_DAMAGED;
    const recto_page failed = {.number = 1, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "<x>"};
    const recto_page *pages[] = {&failed, blank};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "alto", &info, pages, 2);
    assert_between(&out, "<Layout>\n", "</Layout>", 1,
                   "<Page ID=\"page_1\" PHYSICAL_IMG_NR=\"1\" HEIGHT=\"0\" WIDTH=\"0\" "
                   "QUALITY=\"Missing\" QUALITY_DETAIL=\"failed (format): &lt;x&gt;\">\n"
                   "<PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"0\" HEIGHT=\"0\">\n</PrintSpace>\n"
                   "</Page>\n<Page ID=\"page_2\" PHYSICAL_IMG_NR=\"2\" HEIGHT=\"1754\" "
                   "WIDTH=\"1240\" QUALITY=\"Damaged\" QUALITY_DETAIL=\"blank_page damaged\" "
                   "PC=\"1\">\n<PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"1240\" HEIGHT=\"1754\">\n"
                   "</PrintSpace>\n</Page>\n");
    recto_buf_free(&out);
    markup_write(&out, "alto", &info, NULL, 0);
    assert_holds(&out, "<Page ID=\"page_0\" PHYSICAL_IMG_NR=\"0\" QUALITY=\"Missing\"/>");
    recto_buf_free(&out);
}

static void hostile_text_is_text(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        const recto_page *p = markup_page_of(arena, hostile_texts[i]);
        recto_docinfo info = write_doc_info();
        info.source_name = info.model_name = hostile_texts[i];
        recto_buf out = RECTO_BUF_INIT;
        markup_write(&out, "alto", &info, &p, 1);
        assert_ids_differ(&out, " ID=\"");
        recto_buf_free(&out);
        recto_arena_clear(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_of_a_line_are_strings, enter, leave),
        cmocka_unit_test_setup_teardown(words_broken_over_lines_are_told_whole, enter, leave),
        cmocka_unit_test_setup_teardown(words_broken_over_pages_are_parts, enter, leave),
        cmocka_unit_test_setup_teardown(headers_and_footers_stand_in_the_margins, enter, leave),
        cmocka_unit_test_setup_teardown(tables_are_rows_of_blocks, enter, leave),
        cmocka_unit_test_setup_teardown(what_a_vlm_does_not_tell_is_left_out, enter, leave),
        cmocka_unit_test_setup_teardown(failed_and_blank_pages_are_there, enter, leave),
        cmocka_unit_test_setup_teardown(hostile_text_is_text, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
