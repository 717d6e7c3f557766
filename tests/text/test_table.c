/* Protects tables: ruled and aligned ones are found with all their cells, and what only looks like
 * a table (columns of print, receipts, letterheads, contents) is not. */
#include "table_expect.h"

static void table_reads_a_ruled_grid(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float xs[] = {100, 300, 400, 500};
    static const float ys[] = {100, 130, 180, 210};
    rule_grid(&s, xs, 4, ys, 4);
    sheet_type(&s, 105, 120, "Item");
    sheet_type(&s, 305, 120, "Count");
    sheet_type(&s, 405, 120, "Price");
    sheet_block(&s, 105, 150, "A name that needs\ntwo lines");
    sheet_type(&s, 360, 150, "3");
    sheet_type(&s, 460, 150, "4.50");
    sheet_type(&s, 105, 200, "Paper");
    sheet_type(&s, 360, 200, "12");
    sheet_type(&s, 100, 260, "Text below the table.");
    recto_page *page = sheet_read_document(&s);
    const recto_table *t = only_table(page);
    static const char *const rows[] = {"Item|Count|Price", "A name that needs two lines|3|4.50",
                                       "Paper|12|"};
    expect_rows(t, 3, rows);
    assert_true(t->ruled);
    assert_true(t->cells[0].header);
    assert_false(t->cells[3].header);
    assert_int_equal(page->n_blocks, 2);
    sheet_end(&s);
}

static void table_reads_spans_where_rules_are_missing(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 4; i++)
        sheet_rule(&s, i == 2 ? 200 : 100, 100 + 30 * (float)i, 501, 101 + 30 * (float)i);
    sheet_rule(&s, 100, 100, 101, 191);
    sheet_rule(&s, 200, 100, 201, 191);
    sheet_rule(&s, 500, 100, 501, 191);
    sheet_rule(&s, 350, 130, 351, 191); /* not in the first row */
    sheet_type(&s, 105, 120, "Region");
    sheet_type(&s, 300, 120, "Both years");
    sheet_type(&s, 105, 160, "North");
    sheet_type(&s, 205, 150, "2019");
    sheet_type(&s, 355, 150, "2020");
    sheet_type(&s, 205, 180, "17");
    sheet_type(&s, 355, 180, "19");
    const recto_table *t = only_table(sheet_read_document(&s));
    static const char *const rows[] = {"Region|Both years", "North|2019|2020", "17|19"};
    expect_rows(t, 3, rows);
    assert_int_equal(t->cells[1].col_span, 2);
    assert_int_equal(t->cells[2].row_span, 2);
    sheet_end(&s);
}

static void table_stands_missing_outer_border_and_double_rules(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 3; i++) {
        sheet_rule(&s, 100, 130 + 30 * (float)i, 500, 131 + 30 * (float)i);
        sheet_rule(&s, 100, 133 + 30 * (float)i, 500, 134 + 30 * (float)i);
    }
    sheet_rule(&s, 300, 100, 301, 220);
    static const char *const left[] = {"Name", "Anna", "Bert", "Carl"};
    static const char *const right[] = {"Town", "Rome", "Oslo", "Bonn"};
    for (int i = 0; i < 4; i++) {
        sheet_type(&s, 105, 122 + 30 * (float)i, left[i]);
        sheet_type(&s, 305, 122 + 30 * (float)i, right[i]);
    }
    static const char *const rows[] = {"Name|Town", "Anna|Rome", "Bert|Oslo", "Carl|Bonn"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_splits_lines_at_vertical_rules(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float xs[] = {100, 150, 200, 250};
    static const float ys[] = {100, 130, 160};
    rule_grid(&s, xs, 4, ys, 3);
    sheet_type(&s, 102, 120, "aaaaaa bbbbbb cccccc"); /* one line over three cells */
    sheet_type(&s, 102, 150, "111111 222222 333333");
    static const char *const rows[] = {"aaaaaa|bbbbbb|cccccc", "111111|222222|333333"};
    expect_rows(only_table(sheet_read_document(&s)), 2, rows);
    sheet_end(&s);
}

static void table_splits_an_unruled_invoice_body(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float xs[] = {100, 150, 400, 500};
    static const float ys[] = {100, 130, 400};
    rule_grid(&s, xs, 4, ys, 3);
    sheet_type(&s, 105, 120, "Qty");
    sheet_type(&s, 155, 120, "Description");
    sheet_type(&s, 405, 120, "Amount");
    sheet_block(&s, 105, 150, "2\n\n1\n5");
    sheet_block(&s, 155, 150, "Chairs made of oak with\na red seat\nTable\nLamps");
    sheet_block(&s, 405, 150, "200.00\n\n450.00\n75.50");
    static const char *const rows[] = {"Qty|Description|Amount",
                                       "2|Chairs made of oak with a red seat|200.00",
                                       "1|Table|450.00", "5|Lamps|75.50"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_ignores_a_frame_around_text(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float xs[] = {90, 700};
    static const float ys[] = {90, 200};
    rule_grid(&s, xs, 2, ys, 2);
    sheet_block(&s, 100, 120, "A note in a box\nwhich is no table\nbut text.");
    recto_page *page = sheet_read_document(&s);
    expect_no_table(page);
    assert_int_equal(page->n_blocks, 1);
    sheet_end(&s);
}

static void table_finds_an_aligned_price_list(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 100,
                          "The prices of this year are these, and they hold until the next one is\n"
                          "printed in spring:\n");
    sheet_block(&s, 100, y + 20,
                "Article              Size         Price\n"
                "Garden chair         M            49.90\n"
                "Garden table         XL          149.00\n"
                "Bench, two seats     L            99.50\n"
                "Umbrella             L             9.95");
    recto_page *page = sheet_read_document(&s);
    const recto_table *t = only_table(page);
    static const char *const rows[] = {"Article|Size|Price", "Garden chair|M|49.90",
                                       "Garden table|XL|149.00", "Bench, two seats|L|99.50",
                                       "Umbrella|L|9.95"};
    expect_rows(t, 5, rows);
    assert_true(t->cells[0].header);
    assert_false(t->ruled);
    assert_int_equal(page->n_blocks, 2);
    sheet_end(&s);
}

static void table_joins_wrapped_cells_and_keeps_empty_ones(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "Name         Remark                     Sum\n"
                "\n"
                "Anna         came late, and so had to   12.00\n"
                "             stand\n"
                "\n"
                "Bert                                     8.50\n"
                "\n"
                "Carl         none at all               103.20");
    static const char *const rows[] = {"Name|Remark|Sum",
                                       "Anna|came late, and so had to stand|12.00", "Bert||8.50",
                                       "Carl|none at all|103.20"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_takes_what_stands_between_two_rules_as_a_row(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float ys[] = {106, 150, 176, 202};
    for (int i = 0; i < 4; i++)
        sheet_rule(&s, 100, ys[i], 500, ys[i] + 1);
    sheet_type(&s, 100, 100, "Item                Count     Sum");
    sheet_block(&s, 100, 125, "Advice on the new\nsystem");
    sheet_type(&s, 100, 133, "                    12        99.00"); /* between the two lines */
    sheet_type(&s, 100, 168, "Licence             5         40.00");
    sheet_type(&s, 100, 194, "Care                1         10.00");
    static const char *const rows[] = {"Item|Count|Sum", "Advice on the new system|12|99.00",
                                       "Licence|5|40.00", "Care|1|10.00"};
    expect_rows(only_table(sheet_read_document(&s)), 4, rows);
    sheet_end(&s);
}

static void table_takes_a_head_between_rules(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_rule(&s, 100, 85, 500, 86);
    sheet_type(&s, 100, 100, "Group             Both measures");
    sheet_rule(&s, 220, 106, 500, 107);
    sheet_type(&s, 100, 120, "                  first     second");
    sheet_rule(&s, 100, 125, 500, 126);
    sheet_type(&s, 100, 140, "A                 1.5       2.5");
    sheet_type(&s, 100, 157, "B                 3.5       4.5");
    sheet_type(&s, 100, 174, "C                 5.5       6.5");
    sheet_rule(&s, 100, 180, 500, 181);
    const recto_table *t = only_table(sheet_read_document(&s));
    assert_int_equal(t->n_cols, 3);
    assert_int_equal(t->n_rows, 5);
    int n_header = 0;
    for (int i = 0; i < t->n_cells; i++)
        n_header += t->cells[i].header ? 1 : 0;
    assert_true(n_header >= 4);
    sheet_end(&s);
}

static void table_never_takes_columns_of_print(void **state)
{
    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        sheet s;
        sheet_begin(&s);
        for (int c = 0; c < 2; c++)
            sheet_block(&s, 100 + 320 * (float)c, 100 + 5 * (float)(c * shift),
                        "The lines of this column are\n"
                        "as long as those of the other\n"
                        "and stand beside them, so an\n"
                        "eager reader might think of a\n"
                        "table with two columns, which\n"
                        "it is not by any means at all.");
        expect_no_table(sheet_read_document(&s));
        sheet_end(&s);
    }
}

static void table_never_takes_receipts_or_letterheads(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "Milk                     1.20\n"
                "Bread                    2.45\n"
                "Coffee                   5.99\n"
                "TOTAL                    9.64\n");
    expect_no_table(sheet_read_document(&s));
    sheet_clear(&s);
    sheet_block(&s, 100, 100,
                "Acme Trading Ltd              Phone 0123 456\n"
                "12 Harbour Road               acme@example.org\n"
                "Port Town                     3 May 2024\n");
    expect_no_table(sheet_read_document(&s));
    sheet_end(&s);
}

static void table_never_takes_contents(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "1      Introduction                 3\n"
                "2      The way there                7\n"
                "3      Arrival                     12\n"
                "4      Departure                   25\n"
                "5      Index                       31\n");
    recto_page *page = sheet_read_document(&s);
    expect_no_table(page);
    assert_int_equal(page->n_blocks, 5);
    assert_string_equal(page->blocks[1].text, "2 The way there 7");
    sheet_end(&s);
}

static void table_covers_every_place_in_two_tables_of_a_page(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const float xs[] = {100, 200, 300};
    static const float ys[] = {100, 130, 160};
    static const float ys2[] = {300, 330, 360};
    rule_grid(&s, xs, 3, ys, 3);
    rule_grid(&s, xs, 3, ys2, 3);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++) {
            sheet_type(&s, 105 + 100 * (float)i, 120 + 30 * (float)k, "one");
            sheet_type(&s, 105 + 100 * (float)i, 320 + 30 * (float)k, "two");
        }
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 2);
    assert_string_equal(page->blocks[0].table->cells[0].text, "one");
    assert_string_equal(page->blocks[1].table->cells[3].text, "two");
    sheet_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_reads_a_ruled_grid),
        cmocka_unit_test(table_reads_spans_where_rules_are_missing),
        cmocka_unit_test(table_stands_missing_outer_border_and_double_rules),
        cmocka_unit_test(table_splits_lines_at_vertical_rules),
        cmocka_unit_test(table_splits_an_unruled_invoice_body),
        cmocka_unit_test(table_ignores_a_frame_around_text),
        cmocka_unit_test(table_finds_an_aligned_price_list),
        cmocka_unit_test(table_joins_wrapped_cells_and_keeps_empty_ones),
        cmocka_unit_test(table_takes_what_stands_between_two_rules_as_a_row),
        cmocka_unit_test(table_takes_a_head_between_rules),
        cmocka_unit_test(table_never_takes_columns_of_print),
        cmocka_unit_test(table_never_takes_receipts_or_letterheads),
        cmocka_unit_test(table_never_takes_contents),
        cmocka_unit_test(table_covers_every_place_in_two_tables_of_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
