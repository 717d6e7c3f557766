/* Protects tables that are not fully ruled: those between three rules, with rules one way only, in
 * a box, across a gutter or without any rules; their rows of several lines and labels of groups.
 * And that print, an index or pairs of names and values do not become tables. */
#include "table_expect.h"

static void flat_rules(sheet *s, float x0, float x1, const float *ys, int n)
{
    for (int i = 0; i < n; i++)
        sheet_rule(s, x0, ys[i], x1, ys[i] + 1);
}

static void table_stands_between_three_rules_whatever_it_holds(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float ys[] = {85, 106, 178};
    flat_rules(&s, 100, 460, ys, 3);
    sheet_block(&s, 100, 100, "Option          Meaning of it");
    sheet_block(&s, 100, 122,
                "fast            reads less of the page\n"
                "slow            reads all that is there\n"
                "                and then some more\n"
                "none            reads nothing");
    static const char *const rows[] = {"Option|Meaning of it", "fast|reads less of the page",
                                       "slow|reads all that is there and then some more",
                                       "none|reads nothing"};
    const recto_table *t = only_table(sheet_read_document(&s));
    expect_rows(t, 4, rows);
    assert_true(t->cells[0].header);
    assert_false(t->cells[2].header);
    sheet_end(&s);
}

static void table_of_lines_takes_the_rows_beyond_its_rules(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float ys[] = {106, 128, 150}; /* between the rows only */
    flat_rules(&s, 100, 420, ys, 3);
    static const char *const lines[] = {"Town        Rain      Wind", "Bergen      2250      W",
                                        "Cork        1200      SW", "Delft       850       NW"};
    for (int i = 0; i < 4; i++)
        sheet_type(&s, 100, 100 + 22 * (float)i, lines[i]);
    static const char *const rows[] = {"Town|Rain|Wind", "Bergen|2250|W", "Cork|1200|SW",
                                       "Delft|850|NW"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_of_upright_rules_keeps_their_columns(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 4; i++)
        sheet_rule(&s, 98 + 100 * (float)i, 85, 99 + 100 * (float)i, 155);
    sheet_block(&s, 102, 100,
                "first          second        third\n"
                "a b            c             d\n"
                "e              f g           h\n"
                "i              j             k");
    static const char *const rows[] = {"first|second|third", "a b|c|d", "e|f g|h", "i|j|k"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_in_a_box_is_found(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float xs[] = {95, 420};
    static const float ys[] = {85, 142};
    rule_grid(&s, xs, 2, ys, 2);
    sheet_block(&s, 100, 100,
                "one        two       three\n"
                "four       five      six\n"
                "seven      eight     nine");
    static const char *const rows[] = {"one|two|three", "four|five|six", "seven|eight|nine"};
    expect_rows(only_table(sheet_read_document(&s)), 3, rows);
    sheet_end(&s);
}

static void table_label_of_a_group_spans_what_its_rule_does(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_rule(&s, 100, 85, 480, 86);
    sheet_type(&s, 100, 100, "               North               South");
    sheet_rule(&s, 185, 106, 300, 107);
    sheet_rule(&s, 340, 106, 470, 107);
    sheet_type(&s, 100, 122, "Year        from     to        from     to");
    sheet_rule(&s, 100, 128, 480, 129);
    sheet_block(&s, 100, 144,
                "2019        11       12        13       14\n"
                "2020        15       16        17       18\n"
                "2021        19       20        21       22");
    sheet_rule(&s, 100, 186, 480, 187);
    const recto_table *t = only_table(sheet_read_document(&s));
    static const char *const rows[] = {"Year|North|South", "from|to|from|to", "2019|11|12|13|14",
                                       "2020|15|16|17|18", "2021|19|20|21|22"};
    expect_rows(t, 5, rows);
    assert_int_equal(t->cells[0].row_span, 2);
    assert_int_equal(t->cells[1].col_span, 2);
    assert_int_equal(t->cells[2].col_span, 2);
    assert_true(t->cells[6].header);
    sheet_end(&s);
}

static void table_lines_set_close_are_one_row(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.style = RECTO_STYLE_BOLD;
    sheet_type(&s, 100, 100, "Part          Use                 Price");
    s.style = 0;
    sheet_type(&s, 100, 128, "Hinge         for doors that      12.00");
    sheet_type(&s, 100, 145, "              are heavy");
    sheet_type(&s, 100, 173, "Long brass    for the windows      8.00");
    sheet_type(&s, 100, 190, "screw         of the house");
    sheet_type(&s, 100, 218, "Nail          for all              0.10");
    static const char *const rows[] = {"Part|Use|Price", "Hinge|for doors that are heavy|12.00",
                                       "Long brass screw|for the windows of the house|8.00",
                                       "Nail|for all|0.10"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_of_times_and_events_needs_no_header(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "09:00     Coffee in the hall\n"
                "09:45     Welcome\n"
                "10:00     Why sluices close too early\n"
                "12:30     Lunch");
    const recto_table *t = only_table(sheet_read_document(&s));
    assert_int_equal(t->n_rows, 4);
    assert_string_equal(t->cells[5].text, "Why sluices close too early");
    sheet_clear(&s); /* the head of a letter is none */
    sheet_block(&s, 100, 100,
                "From:     Ewan Drysdale\n"
                "To:       the council\n"
                "Date:     Monday\n"
                "Subject:  The gauge");
    expect_no_table(sheet_read_document(&s));
    sheet_end(&s);
}

static void table_is_no_index_and_no_list_of_names_in_columns(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "adits, 12          ferry, 23          pilots, 22\n"
                "assay, 77          fires, 29          quarry, 10\n"
                "bells, 88          gas, 96            railway, 79\n"
                "boats, 41          granite, 11        rope, 5\n"
                "bread, 3           gulls, 7           salt, 60\n"
                "bricks, 19         harbour, 1         sluice, 14");
    expect_no_table(sheet_read_document(&s));
    sheet_end(&s);
}

static void table_is_no_output_of_a_program(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 100,
                          "The heights of the plants are read first, and they are printed in rows\n"
                          "of four so that they can be compared with those of the year before:\n");
    s.style = RECTO_STYLE_MONO;
    sheet_block(&s, 100, y + 20,
                "60,    49,    40,    61,\n"
                "64,    60,    59,    54,\n"
                "62,    69,    61,    61,\n"
                "61,    58,    51,    48,");
    expect_no_table(sheet_read_document(&s));
    sheet_end(&s);
}

static void table_is_no_print_between_rules(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float ys[] = {80, 220};
    flat_rules(&s, 100, 700, ys, 2);
    for (int c = 0; c < 2; c++)
        sheet_block(&s, 100 + 320 * (float)c, 100,
                    "The lines of this column are\n"
                    "as long as those of the other\n"
                    "and stand beside them, so an\n"
                    "eager reader might think of a\n"
                    "table with two columns, which\n"
                    "it is not by any means at all.");
    expect_no_table(sheet_read_document(&s));
    sheet_end(&s);
}

static void contents_with_wide_leaders_are_no_table(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "New commands                                     2\n"
                "Encoding subsets    .    .    .    .    .    .   2\n"
                "Bug fixes                                        3\n"
                "Spaces in options        .    .    .    .    .   3\n"
                "Names of files      .    .    .    .    .    .   3");
    expect_no_table(sheet_read_document(&s));
    sheet_end(&s);
}

static void table_across_a_gutter_is_not_cut(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const char print[] = "The lines of this column are\n"
                                "as long as those of the other\n"
                                "and stand beside them, so an\n"
                                "eager reader takes them for it.";
    for (int c = 0; c < 2; c++)
        sheet_block(&s, 100 + 320 * (float)c, 132, print);
    s.style = RECTO_STYLE_BOLD;
    sheet_type(&s, 100, 240, "Town           Rain                        Wind      Sun");
    s.style = 0;
    sheet_block(&s, 100, 257,
                "Bergen         2250                        31        1100\n"
                "Cork           1200                        42        1400\n"
                "Delft          850                         55        1600\n"
                "Faro           500                         12        3000");
    static const char *const rows[] = {"Town|Rain|Wind|Sun", "Bergen|2250|31|1100",
                                       "Cork|1200|42|1400", "Delft|850|55|1600",
                                       "Faro|500|12|3000"};
    expect_rows(only_table(sheet_read_document(&s)), 5, rows);
    sheet_end(&s);
}

static void tables_side_by_side_in_one_line_are_two(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float ys[] = {85, 106, 160};
    flat_rules(&s, 98, 240, ys, 3);
    flat_rules(&s, 260, 402, ys, 3);
    static const char *const lines[] = {"Name        Age", "Anna        31", "Bert        42",
                                        "Carl        53"};
    for (int i = 0; i < 4; i++) {
        sheet_type(&s, 100, 100 + 18 * (float)i, lines[i]);
        sheet_type(&s, 262, 100 + 18 * (float)i, lines[i]);
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 2);
    for (int i = 0; i < 2; i++) {
        static const char *const rows[] = {"Name|Age", "Anna|31", "Bert|42", "Carl|53"};
        assert_non_null(page->blocks[i].table);
        expect_rows(page->blocks[i].table, 4, rows);
    }
    sheet_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_stands_between_three_rules_whatever_it_holds),
        cmocka_unit_test(table_of_lines_takes_the_rows_beyond_its_rules),
        cmocka_unit_test(table_of_upright_rules_keeps_their_columns),
        cmocka_unit_test(table_in_a_box_is_found),
        cmocka_unit_test(table_label_of_a_group_spans_what_its_rule_does),
        cmocka_unit_test(table_lines_set_close_are_one_row),
        cmocka_unit_test(table_of_times_and_events_needs_no_header),
        cmocka_unit_test(table_is_no_index_and_no_list_of_names_in_columns),
        cmocka_unit_test(table_is_no_output_of_a_program),
        cmocka_unit_test(table_is_no_print_between_rules),
        cmocka_unit_test(contents_with_wide_leaders_are_no_table),
        cmocka_unit_test(table_across_a_gutter_is_not_cut),
        cmocka_unit_test(tables_side_by_side_in_one_line_are_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
