/* Protects: the PAGE XML of regions, lines, cells and relations, its dates, and one file a page.
 * The schema judges it in tests/cli/test_forms_xml.sh. */
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

/* The only file of a document of one page, without what begins it; free the buffer. */
static void write_one(recto_buf *out, const recto_docinfo *info, const recto_page *page)
{
    char begin[40];
    recto_buf all = RECTO_BUF_INIT;
    markup_write(&all, "page", info, &page, 1);
    snprintf(begin, sizeof begin, "%c.page-%d.xml\n", RECTO_WRITER_PART, page->number);
    assert_memory_equal(all.data, begin, strlen(begin));
    recto_buf_text(out, all.data + strlen(begin));
    assert_true(wellformed_check(recto_buf_cstr(out), false));
    recto_buf_free(&all);
}

static void lines_and_words_have_coords_and_text(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 7);
    recto_block *b = build_block(arena, p, RECTO_LABEL_TEXT, "A <b");
    b->lines->words[0].style = RECTO_STYLE_BOLD;
    b->lines->words[1].conf = 0.41234f;
    b->continues = true;
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_one(&out, &info, p);
    assert_between(
        &out, "<Page ", "</PcGts>", 1,
        "imageFilename=\"report.pdf\" imageWidth=\"1240\" imageHeight=\"1754\" "
        "imageXResolution=\"150\" imageYResolution=\"150\" imageResolutionUnit=\"PPI\" "
        "custom=\"page {number:7;}\" conf=\"1\">\n"
        "<ReadingOrder>\n<OrderedGroup id=\"order_7\">\n"
        "<RegionRefIndexed index=\"0\" regionRef=\"r7_0\"/>\n</OrderedGroup>\n</ReadingOrder>\n"
        "<TextRegion id=\"r7_0\" custom=\"structure {type:text;}\" continuation=\"true\" "
        "type=\"paragraph\">\n"
        "<Coords points=\"100,100 139,100 139,123 100,123\"/>\n"
        "<TextLine id=\"l7_1\">\n<Coords points=\"100,100 139,100 139,123 100,123\"/>\n"
        "<Baseline points=\"100,122 139,122\"/>\n"
        "<Word id=\"w7_1\">\n<Coords points=\"100,100 109,100 109,123 100,123\"/>\n"
        "<TextEquiv conf=\"1\"><Unicode>A</Unicode></TextEquiv>\n<TextStyle bold=\"true\"/>\n"
        "</Word>\n"
        "<Word id=\"w7_2\">\n<Coords points=\"120,100 139,100 139,123 120,123\"/>\n"
        "<TextEquiv conf=\"0.412\"><Unicode>&lt;b</Unicode></TextEquiv>\n</Word>\n"
        "<TextEquiv conf=\"1\"><Unicode>A &lt;b</Unicode></TextEquiv>\n"
        "<TextStyle fontSize=\"9.6\"/>\n</TextLine>\n"
        "<TextEquiv conf=\"1\"><Unicode>A &lt;b</Unicode></TextEquiv>\n</TextRegion>\n</Page>\n");
    recto_buf_free(&out);
}

static void regions_have_roles(void **state)
{
    (void)state;
    recto_page *p = build_full_page(arena);
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    p->blocks[15].text = "- 17 -";
    write_one(&out, &info, p);
    static const struct {
        const char *text;
        int n;
    } cases[] = {
        {"type=\"heading\"", 2},     {"type=\"header\"", 1},
        {"type=\"page-number\"", 1}, {"type=\"footnote\"", 1},
        {"type=\"caption\"", 1},     {"<MathsRegion ", 1},
        {"<ImageRegion ", 1},        {"<TableRegion ", 1},
        {"<TableCellRole ", 9},      {"type:list_item; level:1;", 2},
        {"header=\"true\"", 3},      {"flag {name:low_confidence;}", 1},
        {"<RegionRefIndexed ", 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(markup_count(out.data, cases[i].text), cases[i].n);
    assert_holds(&out, "rows=\"3\" columns=\"3\" lineSeparators=\"true\">");
    assert_ids_differ(&out, " id=\"");
    recto_buf_free(&out);
}

static void captions_and_parts_are_related(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_PICTURE, "")->tied = 2;
    build_block(arena, p, RECTO_LABEL_CAPTION, "Figure 1")->tied = 1;
    build_block(arena, p, RECTO_LABEL_TEXT, "one")->goes_on = RECTO_GOES_ON_SPACE;
    build_block(arena, p, RECTO_LABEL_FOOTNOTE, "two");
    build_block(arena, p, RECTO_LABEL_TEXT, "three")->continues = true;
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_one(&out, &info, p);
    assert_between(&out, "<Relations>\n", "</Relations>", 1,
                   "<Relation id=\"x1_1\" type=\"link\"><SourceRegionRef regionRef=\"r1_1\"/>"
                   "<TargetRegionRef regionRef=\"r1_0\"/></Relation>\n"
                   "<Relation id=\"x1_2\" type=\"join\"><SourceRegionRef regionRef=\"r1_2\"/>"
                   "<TargetRegionRef regionRef=\"r1_4\"/></Relation>\n");
    recto_buf_free(&out);
}

static void places_that_are_not_known_have_no_confidence(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    recto_block *b = build_block(arena, p, RECTO_LABEL_FORMULA, "a < b");
    p->reader = RECTO_READER_VLM;
    b->n_lines = 0;
    b->box = (recto_rect){0};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_one(&out, &info, p);
    assert_between(&out, "<MathsRegion ", "</Page>", 1,
                   "id=\"r1_0\" custom=\"structure {type:formula;}\">\n"
                   "<Coords points=\"0,0 1239,0 1239,1753 0,1753\" conf=\"0\"/>\n"
                   "<TextRegion id=\"r1_0_text\" type=\"other\">\n"
                   "<Coords points=\"0,0 1239,0 1239,1753 0,1753\" conf=\"0\"/>\n"
                   "<TextEquiv conf=\"1\"><Unicode>a &lt; b</Unicode></TextEquiv>\n"
                   "</TextRegion>\n</MathsRegion>\n");
    recto_buf_free(&out);
}

static void dates_are_those_of_the_document(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {NULL, "1970-01-01T00:00:00Z"},
        {"2024-01-31T12:30:05+01:00", "2024-01-31T11:30:05Z"},
        {"2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"},
        {"2024-01-01T00:10:00+00:30", "2023-12-31T23:40:00Z"},
        {"2023-12-31T23:59:59-14:00", "2024-01-01T13:59:59Z"},
        {"2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"},
        {"2024-05-06T07:08:09", "2024-05-06T07:08:09Z"},
        {"2024-05-06", "2024-05-06T00:00:00Z"},
        {"2024-05", "2024-05-01T00:00:00Z"},
        {"1999", "1999-01-01T00:00:00Z"},
        {"2023-02-29", "1970-01-01T00:00:00Z"},
        {"2023-13-01", "1970-01-01T00:00:00Z"},
        {"0000-01-01", "1970-01-01T00:00:00Z"},
        {"yesterday", "1970-01-01T00:00:00Z"},
        {"", "1970-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_docinfo info = write_doc_info();
        info.modified = cases[i][0];
        recto_buf out = RECTO_BUF_INIT;
        write_one(&out, &info, build_page(arena, 1));
        assert_between(&out, "<Created>", "</Created>", 1, cases[i][1]);
        assert_between(&out, "<LastChange>", "</LastChange>", 1, cases[i][1]);
        recto_buf_free(&out);
    }
    recto_docinfo info = write_doc_info();
    info.created = "2020-01-01";
    recto_buf out = RECTO_BUF_INIT;
    write_one(&out, &info, build_page(arena, 1));
    assert_between(&out, "<LastChange>", "</LastChange>", 1, "2020-01-01T00:00:00Z");
    recto_buf_free(&out);
}

static void every_page_is_a_file(void **state)
{
    (void)state;
    recto_page *blank = build_page(arena, 20);
    blank->flags = RECTO_FLAG_BLANK_PAGE;
    const recto_page failed = {.number = 3, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "<x>"};
    const recto_page *pages[] = {&failed, blank};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "page", &info, pages, 2);
    assert_int_equal(markup_count(out.data, "\x1C.page-3.xml\n<?xml version"), 1);
    assert_int_equal(markup_count(out.data, "\x1C.page-20.xml\n<?xml version"), 1);
    assert_holds(&out, "<Comments>failed (format): &lt;x&gt;</Comments>");
    assert_holds(&out, "imageWidth=\"1\" imageHeight=\"1\" custom=\"page {number:3;}\">\n</Page>");
    assert_holds(&out, "flag {name:blank_page;}\" type=\"blank\" conf=\"1\">\n</Page>");
    recto_buf_free(&out);
    markup_write(&out, "page", &info, NULL, 0);
    assert_int_equal(out.len, 0);
    recto_buf_free(&out);
}

static void hostile_text_is_text(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        const recto_page *p = markup_page_of(arena, hostile_texts[i]);
        recto_docinfo info = write_doc_info();
        info.source_name = info.author = info.modified = hostile_texts[i];
        recto_buf out = RECTO_BUF_INIT;
        write_one(&out, &info, p);
        assert_null(strchr(recto_buf_cstr(&out), RECTO_WRITER_PART));
        assert_ids_differ(&out, " id=\"");
        recto_buf_free(&out);
        recto_arena_clear(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_and_words_have_coords_and_text, enter, leave),
        cmocka_unit_test_setup_teardown(regions_have_roles, enter, leave),
        cmocka_unit_test_setup_teardown(captions_and_parts_are_related, enter, leave),
        cmocka_unit_test_setup_teardown(places_that_are_not_known_have_no_confidence, enter, leave),
        cmocka_unit_test_setup_teardown(dates_are_those_of_the_document, enter, leave),
        cmocka_unit_test_setup_teardown(every_page_is_a_file, enter, leave),
        cmocka_unit_test_setup_teardown(hostile_text_is_text, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
