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
            sheet_print(page);
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
        cmocka_unit_test(order_stands_a_dense_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
