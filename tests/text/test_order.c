/* Protects reading order: columns are read one after the other, rows across, and neither is taken
 * for the other. */
#include "layout_build.h"

static const char left_text[] = "The left column of this page\n"
                                "has some lines of text, all\n"
                                "of them about as long as the\n"
                                "column is wide, and it goes\n"
                                "on for a while, as columns\n"
                                "of print do until they end.";
static const char right_text[] = "The right column of it has\n"
                                 "other words in its lines so\n"
                                 "that one can tell them from\n"
                                 "those of the left, and ends\n"
                                 "with a line that says that\n"
                                 "nothing comes after this.";

/* Index of the first block whose text holds words, -1 if none. */
static int block_with(const recto_page *page, const char *words)
{
    for (int i = 0; i < page->n_blocks; i++) {
        if (strstr(page->blocks[i].text, words) != NULL)
            return i;
    }
    return -1;
}

/* All of them in this order. */
static void expect_order(const recto_page *page, const char *const *words, int n)
{
    int last = -1;
    for (int i = 0; i < n; i++) {
        int at = block_with(page, words[i]);
        if (at < last || at < 0) {
            fail_msg("\"%s\" is in block %d, after %d", words[i], at, last);
        }
        last = at;
    }
}

static void order_reads_two_columns_under_a_title(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.size = 24;
    sheet_type(&s, 120, 90, "A title as wide as both columns are");
    s.size = 14;
    sheet_block(&s, 100, 150, left_text);
    sheet_block(&s, 420, 150, right_text);
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"A title", "The left column", "until they end",
                                        "The right column", "nothing comes"};
    expect_order(page, words, 5);
    assert_int_equal(page->n_blocks, 3);
    sheet_end(&s);
}

static void order_splits_lines_that_cover_both_columns(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 150,
                "The left column of this page  The right column of it has\n"
                "has some lines of text, all   other words in its lines so\n"
                "of them about as long as the  that one can tell them from\n"
                "column is wide, and it goes   those of the left, and ends\n"
                "on for a while, as columns    with a line that says that\n"
                "of print do until they end.   nothing comes after this.");
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"The left column", "until they end", "The right column",
                                        "nothing comes"};
    expect_order(page, words, 4);
    assert_int_equal(page->n_blocks, 2);
    sheet_end(&s);
}

static void order_reads_columns_around_a_wide_figure(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100, left_text);
    sheet_block(&s, 420, 100, right_text);
    s.pictures[s.layout.n_pictures++] = (recto_rect){100, 220, 700, 400};
    sheet_type(&s, 150, 425, "Figure 1: A picture that is as wide as both of the columns");
    sheet_block(&s, 100, 470, "Below the figure, the left\ncolumn goes on for some more\nlines.");
    sheet_block(&s, 420, 470,
                "And so does the right one,\nwhich has three lines, too,\nlike this.");
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"The left column", "The right column", "Figure 1",
                                        "Below the figure", "And so does"};
    expect_order(page, words, 5);
    sheet_end(&s);
}

static void order_joins_a_paragraph_over_two_columns(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 150,
                "The left column of this page\n"
                "ends in the middle of a para-");
    sheet_block(&s, 100, 183.6f,
                "graph which has been set with\n"
                "no regard for the poor read-");
    sheet_block(&s, 420, 150,
                "er who has to go on with his\n"
                "reading at the head of the\n"
                "other column, and then down.");
    recto_page *page = sheet_read_document(&s);
    /* two blocks with a box each; that they are one paragraph is told by goes_on */
    assert_int_equal(page->n_blocks, 2);
    assert_non_null(strstr(page->blocks[0].text, "the poor read-"));
    assert_int_equal(page->blocks[0].goes_on, RECTO_GOES_ON_HYPHEN);
    assert_true(page->blocks[1].continues);
    sheet_end(&s);
}

static void order_reads_three_and_four_columns(void **state)
{
    (void)state;
    for (int n = 3; n <= 4; n++) {
        sheet s;
        sheet_begin(&s);
        s.size = 10;
        for (int c = 0; c < n; c++) {
            char text[400];
            snprintf(text, sizeof text,
                     "Column number %d of the page\nhas lines of its own and all\n"
                     "of them are as wide as this\nfor it to be seen as column\n"
                     "of words, ended by %d-end.",
                     c, c);
            sheet_block(&s, 60 + 180 * (float)c, 100 + 3 * (float)c, text);
        }
        recto_page *page = sheet_read_document(&s);
        assert_int_equal(page->n_blocks, n);
        for (int c = 0; c < n; c++) {
            char want[32];
            snprintf(want, sizeof want, "Column number %d", c);
            assert_int_equal(block_with(page, want), c);
            snprintf(want, sizeof want, "by %d-end.", c);
            assert_int_equal(block_with(page, want), c);
        }
        sheet_end(&s);
    }
}

static void order_reads_a_sidebar_apart(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 14; i++)
        sheet_type(&s, 100, 100 + 17 * (float)i,
                   "The main text of the page runs on and on in lines of this");
    s.size = 11;
    sheet_block(&s, 580, 131,
                "A note at the side of\nthe text has a smaller\nsize and other steps,\nso that it "
                "stands for\nitself.");
    recto_page *page = sheet_read_document(&s);
    int at = block_with(page, "A note at the side");
    assert_true(at >= 0);
    assert_non_null(strstr(page->blocks[at].text, "stands for itself."));
    sheet_end(&s);
}

static void order_keeps_lists_with_wide_gaps_together(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 1; i <= 6; i++) {
        char text[100];
        snprintf(text, sizeof text, "%d.      the item number %d has a few words to its right", i,
                 i);
        sheet_type(&s, 100, 100 + 17 * (float)i, text);
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(page->blocks[i].label, RECTO_LABEL_LIST_ITEM);
        assert_int_equal(page->blocks[i].marker[0], '1' + i);
    }
    sheet_end(&s);
}

static void order_puts_margin_lines_first_and_last(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 40, "A running head                                            17");
    sheet_block(&s, 100, 100, left_text);
    sheet_block(&s, 420, 100, right_text);
    sheet_type(&s, 100, 1140, "Footer left                              Footer right");
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"A running head 17", "The left column", "The right column",
                                        "Footer left Footer right"};
    expect_order(page, words, 4);
    sheet_end(&s);
}

static void order_stands_a_dense_page(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.size = 4;
    for (int i = 0; i < 250; i++) {
        for (int c = 0; c < 8; c++)
            sheet_type(&s, 20 + 100 * (float)c, 20 + 4.5f * (float)i, "some words of a line in it");
    }
    recto_page *page = sheet_read_document(&s);
    int n_lines = 0;
    for (int i = 0; i < page->n_blocks; i++)
        n_lines += page->blocks[i].n_lines;
    assert_true(n_lines >= 250);
    sheet_end(&s);
}

/* Lines of running text, each with a word of its own: "alpha0 ...". */
static float type_column(sheet *s, float x, float y, const char *name, int n, int width)
{
    static const char *const fill[] = {"of the river", "and then the",     "in old houses",
                                       "without any",  "where people say", "for some years"};
    for (int i = 0; i < n; i++) {
        char line[256];
        int len = snprintf(line, sizeof line, "%s%d", name, i);
        for (int k = i; len + 17 < width; k++)
            len += snprintf(line + len, sizeof line - (size_t)len, " %s", fill[k % 6]);
        while (len + 2 <= width)
            len += snprintf(line + len, sizeof line - (size_t)len, "%s",
                            len + 3 <= width ? " a" : "s");
        sheet_type(s, x, y, line);
        y += 1.2f * s->size;
    }
    return y;
}

static void order_reads_a_headline_over_two_of_three_columns(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.size = 24;
    sheet_type(&s, 60, 100, "A headline over two columns");
    s.size = 10;
    type_column(&s, 60, 130, "one", 20, 44);
    type_column(&s, 310, 130, "two", 20, 44);
    s.size = 14;
    sheet_type(&s, 560, 98, "Another story");
    s.size = 10;
    type_column(&s, 560, 120, "three", 30, 42);
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"A headline", "one0",          "one19",  "two0",
                                        "two19",      "Another story", "three0", "three29"};
    expect_order(page, words, 8);
    sheet_end(&s);
}

static void order_cuts_the_page_where_a_headline_opens_a_section(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.size = 10;
    type_column(&s, 60, 100, "one", 20, 44);
    type_column(&s, 310, 100, "two", 20, 44);
    type_column(&s, 560, 100, "three", 22, 42);
    s.size = 24;
    sheet_type(&s, 60, 430, "A second story over two"); /* not over the third column */
    s.size = 10;
    type_column(&s, 60, 460, "four", 20, 44);
    type_column(&s, 310, 460, "five", 20, 44);
    type_column(&s, 560, 460, "six", 18, 42);
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"one19", "two19", "three21", "A second story",
                                        "four0", "five0", "six0",    "six17"};
    expect_order(page, words, 8);
    sheet_end(&s);
}

static void order_reads_around_a_box_that_text_wraps(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = type_column(&s, 100, 100, "above", 5, 84);
    float box = y;
    y = type_column(&s, 100, y, "beside", 9, 52); /* ends in mid sentence */
    y = type_column(&s, 100, y, "below", 6, 84);
    sheet_type(&s, 100, y, "ends here.");
    s.size = 11;
    sheet_block(&s, 490, box + 10,
                "A box stands here with\nwords of its own which\nbelong to nothing else\nand end "
                "with boxend.");
    recto_page *page = sheet_read_document(&s);
    int at = block_with(page, "boxend.");
    int text = block_with(page, "beside0");
    assert_true(at >= 0 && text >= 0);
    assert_null(strstr(page->blocks[at].text, "beside"));
    assert_int_equal(block_with(page, "below0"), text); /* one paragraph all the way */
    assert_int_equal(at, text + 1);
    sheet_end(&s);
}

static void order_puts_notes_of_the_margin_after_their_paragraphs(void **state)
{
    (void)state;
    for (int left = 0; left < 2; left++) {
        sheet s;
        sheet_begin(&s);
        float x = left ? 250.0f : 80.0f;
        float y[4] = {100.0f};
        for (int k = 0; k < 3; k++) {
            char name[16];
            snprintf(name, sizeof name, "part%c", 'a' + k);
            y[k + 1] = type_column(&s, x, y[k], name, 6, 66);
            sheet_type(&s, x, y[k + 1], "ends here.");
            y[k + 1] += 40.0f;
        }
        s.size = 10;
        sheet_block(&s, left ? 80.0f : 580.0f, y[0] + 20, "first note\nof two lines");
        sheet_block(&s, left ? 80.0f : 580.0f, y[2] + 3, "second note");
        recto_page *page = sheet_read_document(&s);
        assert_int_equal(page->n_blocks, 5);
        assert_string_equal(page->blocks[1].text, "first note of two lines");
        assert_string_equal(page->blocks[4].text, "second note");
        assert_non_null(strstr(page->blocks[3].text, "partc0"));
        sheet_end(&s);
    }
}

static void order_never_parts_a_paragraph_that_goes_on(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = type_column(&s, 80, 100, "first", 6, 66);
    sheet_type(&s, 80, y, "ends here.");
    type_column(&s, 80, y + 40, "last", 8, 66); /* no full stop: it goes on on the next page */
    s.size = 10;
    sheet_type(&s, 580, y + 60, "a late note");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 3);
    assert_string_equal(page->blocks[1].text, "a late note");
    sheet_end(&s);
}

static void order_runs_down_lists_in_columns(void **state)
{
    (void)state;
    static const char *const index[] = {"adits, 12", "bells, 88",     "cholera, 92", "dredging, 55",
                                        "ferry, 23", "granite, 11",   "harbour, 52", "leats, 13",
                                        "mills, 37", "north pier, 5", "pilots, 22",  "quarry, 10"};
    static const char *const numbers[] = {"1. apple", "2. bread", "3. cheese",
                                          "4. dates", "5. eggs",  "6. figs"};
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 12; i++)
        sheet_type(&s, 100 + 250.0f * (float)(i / 6), 100 + 17.0f * (float)(i % 6), index[i]);
    for (int i = 0; i < 6; i++)
        sheet_type(&s, 100 + 250.0f * (float)(i / 3), 400 + 17.0f * (float)(i % 3), numbers[i]);
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"adits", "granite", "harbour", "quarry"};
    expect_order(page, words, 4);
    static const char *const items[] = {"apple", "bread", "cheese", "dates", "eggs", "figs"};
    expect_order(page, items, 6);
    for (int i = 0; i < page->n_blocks; i++)
        assert_int_not_equal(page->blocks[i].label, RECTO_LABEL_TABLE);
    sheet_end(&s);
}

static void order_keeps_columns_that_go_on_after_a_gap(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = type_column(&s, 80, 100, "main", 8, 52);
    s.style = RECTO_STYLE_BOLD;
    sheet_type(&s, 80, y + 30, "A heading in the column");
    s.style = 0;
    y = type_column(&s, 80, y + 60, "more", 8, 52);
    s.size = 12;
    type_column(&s, 500, 105, "side", 9, 36);
    s.pictures[s.layout.n_pictures++] = (recto_rect){80, y + 40, 720, y + 240};
    recto_page *page = sheet_read_document(&s);
    static const char *const words[] = {"main0", "A heading", "more0", "more7", "side0", "side8"};
    expect_order(page, words, 6);
    sheet_end(&s);
}

static void order_reads_columns_from_right_to_left(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int c = 0; c < 2; c++) {
        for (int i = 0; i < 8; i++) { /* words in logical order: the first is the rightmost */
            recto_line *line = &s.lines[s.layout.n_lines++];
            recto_word *words = recto_arena_array(s.keep, 5, sizeof *words);
            float right = c == 0 ? 760.0f : 390.0f;
            float y = 100 + 17.0f * (float)i;
            *line =
                (recto_line){.words = words, .baseline = y, .size = 14, .conf = 1, .region = -1};
            line->n_words = 5;
            for (int k = 0; k < 5; k++) {
                char text[32];
                snprintf(text, sizeof text, "\xD7\xA9\xD7\x9C\xD7\x95%c\xD7\x9D", 'a' + c * 8 + i);
                words[k] = (recto_word){.box = {right - 50, y - 10, right, y + 3},
                                        .text = recto_arena_text(s.keep, text, strlen(text)),
                                        .conf = 1};
                right -= 60;
            }
            line->box = (recto_rect){right + 10, y - 10, right + 300, y + 3};
        }
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 2);
    assert_true(page->blocks[0].box.x0 > page->blocks[1].box.x1); /* boxes as on the page */
    assert_non_null(strstr(page->blocks[0].text, "\xD7\x95"
                                                 "a"));
    const recto_line *line = &page->blocks[0].lines[0];
    assert_true(line->words[0].box.x0 > line->words[1].box.x1);
    sheet_end(&s);
}

/* A landscape sheet of two pages, each with a header, n lines of text and a number. */
static void type_spread(sheet *s, int n_left, int n_right, int number)
{
    char foot[16];
    s->layout.width = 1169.0f;
    s->layout.height = 827.0f;
    sheet_type(s, 200, 50, "The Book");
    sheet_type(s, 800, 50, "A Chapter");
    type_column(s, 80, 110, "left", n_left, 60);
    type_column(s, 670, 110, "right", n_right, 60);
    snprintf(foot, sizeof foot, "%d", number);
    sheet_type(s, 280, 790, foot);
    snprintf(foot, sizeof foot, "%d", number + 1);
    sheet_type(s, 860, 790, foot);
}

static void order_reads_a_spread_page_by_page(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    type_spread(&s, 30, 12, 88);
    recto_page *page = sheet_read(&s);
    static const char *const words[] = {"The Book",  "left0",  "left29",  "88",
                                        "A Chapter", "right0", "right11", "89"};
    expect_order(page, words, 8);
    int at = block_with(page, "88");
    assert_int_equal(page->blocks[at].label, RECTO_LABEL_PAGE_FOOTER);
    assert_int_equal(page->blocks[block_with(page, "89")].label, RECTO_LABEL_PAGE_FOOTER);
    sheet_end(&s);
}

static void order_leaves_a_landscape_table_whole(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.layout.width = 1169.0f;
    s.layout.height = 827.0f;
    s.style = RECTO_STYLE_BOLD;
    sheet_type(&s, 80, 75, "Place");
    sheet_type(&s, 350, 75, "Boats");
    sheet_type(&s, 700, 75, "Price");
    sheet_type(&s, 950, 75, "Crew");
    s.style = 0;
    for (int i = 0; i < 14; i++) {
        char row[64];
        snprintf(row, sizeof row, "Some place%d", i);
        sheet_type(&s, 80, 100 + 20 * (float)i, row);
        snprintf(row, sizeof row, "%d", 100 + 7 * i);
        sheet_type(&s, 350, 100 + 20 * (float)i, row);
        snprintf(row, sizeof row, "%d.50", 20 + 3 * i);
        sheet_type(&s, 700, 100 + 20 * (float)i, row);
        snprintf(row, sizeof row, "%d", 9 * (i % 3) + 1);
        sheet_type(&s, 950, 100 + 20 * (float)i, row);
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 1);
    assert_int_equal(page->blocks[0].label, RECTO_LABEL_TABLE);
    assert_int_equal(page->blocks[0].table->n_cols, 4);
    sheet_end(&s);
}

static void order_ties_captions_above_below_and_beside(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = type_column(&s, 100, 80, "first", 3, 80);
    s.pictures[s.layout.n_pictures++] = (recto_rect){100, y + 20, 400, y + 160};
    sheet_type(&s, 100, y + 185, "Abb. 3: Was zu sehen ist");
    y = type_column(&s, 100, y + 220, "middle", 3, 80);
    sheet_type(&s, 100, y + 25, "Tabela 2. Miejsca i liczby");
    for (int r = 0; r < 3; r++) {
        sheet_type(&s, 110, y + 60 + 20 * (float)r, "Name          12          40");
        sheet_rule(&s, 100, y + 45 + 20 * (float)r, 400, y + 45 + 20 * (float)r);
    }
    sheet_rule(&s, 100, y + 105, 400, y + 105);
    for (int c = 0; c < 4; c++)
        sheet_rule(&s, 100 + 100 * (float)c, y + 45, 100 + 100 * (float)c, y + 105);
    type_column(&s, 100, y + 150, "last", 3, 80);
    recto_page *page = sheet_read_document(&s);
    int n_tied = 0;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (b->label != RECTO_LABEL_CAPTION)
            continue;
        assert_int_not_equal(b->tied, 0);
        recto_label want = strstr(b->text, "Abb") ? RECTO_LABEL_PICTURE : RECTO_LABEL_TABLE;
        assert_int_equal(page->blocks[b->tied - 1].label, want);
        assert_int_equal(page->blocks[b->tied - 1].tied, i + 1);
        n_tied++;
    }
    assert_int_equal(n_tied, 2);
    sheet_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_reads_two_columns_under_a_title),
        cmocka_unit_test(order_splits_lines_that_cover_both_columns),
        cmocka_unit_test(order_reads_columns_around_a_wide_figure),
        cmocka_unit_test(order_joins_a_paragraph_over_two_columns),
        cmocka_unit_test(order_reads_three_and_four_columns),
        cmocka_unit_test(order_reads_a_sidebar_apart),
        cmocka_unit_test(order_keeps_lists_with_wide_gaps_together),
        cmocka_unit_test(order_puts_margin_lines_first_and_last),
        cmocka_unit_test(order_reads_a_headline_over_two_of_three_columns),
        cmocka_unit_test(order_cuts_the_page_where_a_headline_opens_a_section),
        cmocka_unit_test(order_reads_around_a_box_that_text_wraps),
        cmocka_unit_test(order_puts_notes_of_the_margin_after_their_paragraphs),
        cmocka_unit_test(order_never_parts_a_paragraph_that_goes_on),
        cmocka_unit_test(order_runs_down_lists_in_columns),
        cmocka_unit_test(order_keeps_columns_that_go_on_after_a_gap),
        cmocka_unit_test(order_reads_columns_from_right_to_left),
        cmocka_unit_test(order_reads_a_spread_page_by_page),
        cmocka_unit_test(order_leaves_a_landscape_table_whole),
        cmocka_unit_test(order_ties_captions_above_below_and_beside),
        cmocka_unit_test(order_stands_a_dense_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
