/* Protects headings over the document: bookmarks as evidence, levels, labels of remarks. */
#include "layout_build.h"
#include "text/outline.h"

static const char *const text = "Some text of the body follows here, and it is long enough to\n"
                                "count as the body of this page, as it has two lines.\n";

/* Text, then lines each of its own size and style with text below. */
typedef struct head {
    const char *text;
    float size;
    uint32_t style;
} head;

static recto_page *read_heads(sheet *s, const head *heads, int n, const recto_bookmark *marks,
                              int n_marks)
{
    recto_error err = {0};
    float y = sheet_block(s, 100, 80, text) + 10;
    for (int i = 0; i < n; i++) {
        s->size = heads[i].size;
        s->style = heads[i].style;
        sheet_type(s, 100, y + heads[i].size, heads[i].text);
        y += 2.2f * heads[i].size;
        s->size = 14;
        s->style = 0;
        y = sheet_block(s, 100, y, text) + 10;
    }
    recto_structure_stats *stats = recto_structure_stats_new();
    assert_non_null(stats);
    assert_int_equal(recto_structure_stats_bookmarks(stats, marks, n_marks, &err), RECTO_OK);
    recto_page *page = sheet_read(s);
    assert_int_equal(recto_structure_observe(stats, page, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(stats, page, s->keep, &err), RECTO_OK);
    recto_structure_stats_free(stats);
    assert_int_equal(recto_doc_check(page, &err), RECTO_OK);
    return page;
}

/* Level of the heading with this text; 0 if it is none. */
static int level_of(const recto_page *page, const char *title)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (strcmp(b->text, title) == 0 &&
            (b->label == RECTO_LABEL_SECTION_HEADER || b->label == RECTO_LABEL_TITLE))
            return b->level;
    }
    return 0;
}

static void outline_makes_headings_of_lines_with_bookmarks(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const head heads[] = {{"plain words that are a heading", 14, 0},
                                 {"plain words that are none", 14, 0},
                                 {"4.2 The \xE2\x80\x9Cquoted\xE2\x80\x9D one", 14, 0}};
    static const recto_bookmark marks[] = {{"Plain Words that are a Heading", 1, 1},
                                           {"The 'quoted' one", 2, 1},
                                           {"plain words that are none", 1, 2}};
    recto_page *page = read_heads(&s, heads, 3, marks, 3);
    assert_int_equal(level_of(page, heads[0].text), 1);
    assert_int_equal(level_of(page, heads[1].text), 0);
    assert_int_equal(level_of(page, heads[2].text), 2);
    sheet_end(&s);
}

static void outline_takes_levels_from_bookmarks_before_sizes(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const head heads[] = {{"One", 19, 0},   {"Two", 19, 0},  {"Three", 19, 0},
                                 {"Four", 19, 0},  {"Five", 17, 0}, {"Of the size of Five", 17, 0},
                                 {"Larger", 21, 0}};
    static const recto_bookmark marks[] = {
        {"One", 1, 1}, {"Two", 2, 1}, {"Three", 2, 1}, {"Four", 2, 1}, {"Five", 3, 1}};
    recto_page *page = read_heads(&s, heads, 7, marks, 5);
    assert_int_equal(level_of(page, "Two") - level_of(page, "One"), 1);
    assert_int_equal(level_of(page, "Five") - level_of(page, "One"), 2);
    assert_int_equal(level_of(page, "Of the size of Five"), level_of(page, "Five"));
    sheet_end(&s);
}

static void outline_counts_a_root_as_the_title(void **state)
{
    (void)state;
    for (int titled = 0; titled < 2; titled++) {
        sheet s;
        sheet_begin(&s);
        static const head heads[] = {
            {"First", 18, 0}, {"Second", 18, 0}, {"Third", 16, 0}, {"The Whole", 30, 0}};
        static const recto_bookmark marks[] = {
            {"The whole", 1, 1}, {"First", 2, 1}, {"Second", 2, 1}, {"Third", 3, 1}};
        recto_page *page = read_heads(&s, heads, 3 + titled, marks, 4);
        if (titled)
            assert_int_equal(level_of(page, "The Whole"), 1);
        assert_int_equal(level_of(page, "First"), 2);
        assert_int_equal(level_of(page, "Third"), 3);
        sheet_end(&s);
    }
}

static void outline_ranks_bold_and_capitals_above_plain(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const head heads[] = {{"THE FIRST OF ALL PARTS", 18, RECTO_STYLE_BOLD},
                                 {"A bold heading below", 18, RECTO_STYLE_BOLD},
                                 {"A slanted heading below", 18, RECTO_STYLE_ITALIC},
                                 {"ANOTHER OF THE PARTS", 18, RECTO_STYLE_BOLD}};
    recto_page *page = read_heads(&s, heads, 4, NULL, 0);
    assert_int_equal(level_of(page, heads[0].text), 1);
    assert_int_equal(level_of(page, heads[1].text), 2);
    assert_int_equal(level_of(page, heads[2].text), 3);
    assert_int_equal(level_of(page, heads[3].text), 1);
    sheet_end(&s);
}

/* A title page: what stands below the title is as large as a heading and heads nothing. */
static void outline_takes_no_author_for_a_heading(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    recto_error err = {0};
    s.size = 30;
    sheet_type(&s, 200, 100, "The Title of All");
    s.size = 18;
    sheet_type(&s, 250, 200, "Peter Hiscocks");
    sheet_type(&s, 220, 260, "Department of Engines");
    sheet_type(&s, 270, 320, "August 2001");
    recto_page one = *sheet_read(&s);
    sheet_clear(&s);
    float y = 100;
    for (int i = 0; i < 4; i++) {
        s.size = 18;
        sheet_type(&s, 100, y + 20, i == 0 ? "A section" : "One more section");
        s.size = 14;
        y = sheet_block(&s, 100, y + 60, text) + 20;
    }
    recto_page two = *sheet_read(&s);
    recto_structure_stats *stats = recto_structure_stats_new();
    assert_int_equal(recto_structure_observe(stats, &one, &err), RECTO_OK);
    assert_int_equal(recto_structure_observe(stats, &two, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(stats, &one, s.keep, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(stats, &two, s.keep, &err), RECTO_OK);
    recto_structure_stats_free(stats);
    assert_int_equal(level_of(&one, "The Title of All"), 1);
    assert_int_equal(level_of(&one, "Peter Hiscocks"), 0);
    assert_int_equal(level_of(&one, "August 2001"), 0);
    assert_int_equal(level_of(&two, "A section"), 2);
    sheet_end(&s);
}

/* The contents may be set as the headings are; their entries lead to later pages. */
static void outline_takes_no_entry_of_the_contents_for_a_heading(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        sheet s;
        sheet_begin(&s);
        float y = sheet_block(&s, 100, 80, text) + 40;
        s.size = 20;
        s.style = RECTO_STYLE_BOLD;
        sheet_type(&s, 100, y, "The River Authority");
        sheet_link(&s, 0, 2, later ? "#page=9" : "#page=1");
        s.size = 14;
        s.style = 0;
        sheet_block(&s, 100, y + 30, text);
        recto_page *page = sheet_read_document(&s);
        assert_int_equal(level_of(page, "The River Authority") > 0, !later);
        sheet_end(&s);
    }
}

/* "RECEIVED 14 MAR 2024", stamped at an angle over a page that lies straight. */
static void outline_takes_no_stamp_for_a_heading(void **state)
{
    (void)state;
    for (int slanted = 0; slanted < 2; slanted++) {
        sheet s;
        sheet_begin(&s);
        float y = sheet_block(&s, 100, 80, text) + 40;
        s.size = 28;
        s.style = RECTO_STYLE_BOLD;
        sheet_type(&s, 100, y, "RECEIVED 14 MAR 2024");
        recto_line *line = &s.lines[s.layout.n_lines - 1];
        for (int k = 0; k < line->n_words && slanted; k++) {
            recto_rect *box = &line->words[k].box;
            float up = 0.07f * (box->x0 + box->x1 - 200.0f);
            box->y0 -= up;
            box->y1 -= up;
            line->box = recto_rect_union(line->box, *box);
        }
        s.size = 14;
        s.style = 0;
        sheet_block(&s, 100, y + 40, text);
        recto_page *page = sheet_read_document(&s);
        assert_int_equal(level_of(page, "RECEIVED 14 MAR 2024") > 0, !slanted);
        sheet_end(&s);
    }
}

/* A lone line set as the headings of the document are, before too little text to be sure of. */
static void outline_knows_headings_by_their_look(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    recto_error err = {0};
    float y = sheet_block(&s, 100, 80, text) + 10;
    static const char *const names[] = {"Description", "Options", "Authors"};
    for (int i = 0; i < 3; i++) {
        s.style = RECTO_STYLE_BOLD;
        sheet_type(&s, 100, y + 14, names[i]);
        s.style = 0;
        y = sheet_block(&s, 100, y + 31, i < 2 ? text : "Ingrid Pell") + 10;
    }
    recto_page *page = sheet_read(&s);
    recto_structure_stats *stats = recto_structure_stats_new();
    assert_int_equal(recto_structure_observe(stats, page, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(stats, page, s.keep, &err), RECTO_OK);
    recto_structure_stats_free(stats);
    assert_int_equal(level_of(page, "Authors"), level_of(page, "Options"));
    assert_int_equal(level_of(page, "Ingrid Pell"), 0);
    sheet_end(&s);
}

static void outline_takes_no_remark_for_a_heading(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const head heads[] = {{"A section", 18, RECTO_STYLE_BOLD},
                                 {"Warning", 16, RECTO_STYLE_BOLD},
                                 {"Note:", 16, RECTO_STYLE_BOLD}};
    recto_page *page = read_heads(&s, heads, 3, NULL, 0);
    assert_int_equal(level_of(page, "A section"), 1);
    assert_int_equal(level_of(page, "Warning"), 0);
    assert_int_equal(level_of(page, "Note:"), 0);
    sheet_end(&s);
}

static void outline_stands_bookmarks_that_mean_nothing(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const head heads[] = {{"A section", 18, RECTO_STYLE_BOLD}};
    static const recto_bookmark marks[] = {{"", 1, 1},          {"...", 1, 1},
                                           {"A section", 1, 0}, {"A section", 1, -3},
                                           {NULL, 1, 1},        {"A section", 0, 1}};
    recto_page *page = read_heads(&s, heads, 1, marks, 6);
    assert_int_equal(level_of(page, "A section"), 1);
    sheet_end(&s);
}

static void outline_holds_many_bookmarks(void **state)
{
    (void)state;
    enum { N = 70000 };
    static recto_bookmark marks[N];
    static char titles[N][16];
    for (int i = 0; i < N; i++) {
        snprintf(titles[i], sizeof titles[i], "t%d", i);
        marks[i] = (recto_bookmark){titles[i], 1 + i % 3, 1 + i / 10};
    }
    recto_outline *o = recto_outline_new();
    recto_error err = {0};
    assert_int_equal(recto_outline_bookmarks(o, marks, N, &err), RECTO_OK);
    recto_page page = {.number = 5001};
    recto_block b = {.text = "T50002"};
    assert_int_equal(recto_outline_level(o, &page, &b), 1 + 50002 % 3);
    page.number = 5002;
    assert_int_equal(recto_outline_level(o, &page, &b), 0);
    recto_outline_free(o);
    recto_outline_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outline_makes_headings_of_lines_with_bookmarks),
        cmocka_unit_test(outline_takes_levels_from_bookmarks_before_sizes),
        cmocka_unit_test(outline_counts_a_root_as_the_title),
        cmocka_unit_test(outline_ranks_bold_and_capitals_above_plain),
        cmocka_unit_test(outline_takes_no_author_for_a_heading),
        cmocka_unit_test(outline_takes_no_stamp_for_a_heading),
        cmocka_unit_test(outline_takes_no_entry_of_the_contents_for_a_heading),
        cmocka_unit_test(outline_knows_headings_by_their_look),
        cmocka_unit_test(outline_takes_no_remark_for_a_heading),
        cmocka_unit_test(outline_stands_bookmarks_that_mean_nothing),
        cmocka_unit_test(outline_holds_many_bookmarks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
