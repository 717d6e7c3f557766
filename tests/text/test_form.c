/* Form fields among the text of a page: what label each gets, and what is left of the text. */
#include "layout_build.h"

static sheet *s;
static recto_field fields[64];

static int begin(void **state)
{
    (void)state;
    static sheet the_sheet;
    s = &the_sheet;
    sheet_begin(s);
    s->layout.fields = fields;
    return 0;
}

static int end(void **state)
{
    (void)state;
    sheet_end(s);
    return 0;
}

static recto_field *add(recto_field_kind kind, float x, float y, float w, const char *value)
{
    recto_field *f = &fields[s->layout.n_fields++];
    *f = (recto_field){.box = {x, y - 14.0f, x + w, y + 4.0f},
                       .kind = kind,
                       .name = "f",
                       .label = "",
                       .value = value,
                       .conf = 1.0f};
    return f;
}

static void tick(float x, float y, bool on)
{
    add(RECTO_FIELD_CHECKBOX, x, y, 14.0f, "Yes")->checked = on;
}

/* Blocks as "label: text", forms as "form on/off/value: text". */
static void expect(const char *want)
{
    char have[4096] = "";
    const recto_page *page = sheet_read(s);
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        size_t n = strlen(have);
        if (b->field == NULL)
            snprintf(have + n, sizeof have - n, "%s: %s\n", recto_doc_label_name(b->label),
                     b->text);
        else
            snprintf(have + n, sizeof have - n, "form %s: %s\n",
                     b->field->kind == RECTO_FIELD_TEXT ? b->field->value
                     : b->field->checked                ? "on"
                                                        : "off",
                     b->text);
    }
    assert_string_equal(have, want);
}

static void fields_to_fill_in_have_their_label_before_them(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "Please fill in all fields in block letters and sign the second page.");
    sheet_type(s, 80, 160, "Name:");
    add(RECTO_FIELD_TEXT, 140, 160, 200, "Ada Example");
    sheet_type(s, 380, 160, "Date:");
    add(RECTO_FIELD_TEXT, 430, 160, 100, "");
    sheet_type(s, 80, 190, "Street ________");
    add(RECTO_FIELD_TEXT, 140, 190, 200, "1 Mill Lane");
    expect("text: Please fill in all fields in block letters and sign the second page.\n"
           "form Ada Example: Name:\n"
           "form : Date:\n"
           "form 1 Mill Lane: Street\n");
}

static void boxes_have_their_label_after_them(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "Status:");
    tick(150, 100, true);
    sheet_type(s, 170, 100, "single");
    tick(260, 100, false);
    sheet_type(s, 280, 100, "married");
    tick(80, 140, false);
    sheet_type(s, 100, 140, "I agree to the processing of what I");
    sheet_type(s, 100, 157, "have given here.");
    expect("text: Status:\n"
           "form on: single\n"
           "form off: married\n"
           "form off: I agree to the processing of what I have given here.\n");
}

static void a_box_at_the_end_of_its_line_has_its_label_before_it(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "Copy enclosed");
    tick(220, 100, true);
    sheet_type(s, 80, 117, "Original enclosed");
    tick(220, 117, false);
    expect("form on: Copy enclosed\n"
           "form off: Original enclosed\n");
}

static void labels_may_stand_before_their_boxes(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "Size of the boat: small");
    tick(290, 100, false);
    sheet_type(s, 310, 100, "medium");
    tick(380, 100, true);
    expect("text: Size of the boat:\n"
           "form off: small\n"
           "form on: medium\n");
}

static void boxes_among_the_words_of_a_line_are_found(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "Payment:  monthly  yearly");
    tick(143, 100, false);
    tick(213, 100, true);
    expect("text: Payment:\n"
           "form off: monthly\n"
           "form on: yearly\n");
}

static void a_tall_field_stands_where_its_label_does(void **state)
{
    (void)state;
    sheet_type(s, 80, 190, "Remarks:");
    add(RECTO_FIELD_TEXT, 160, 190, 300, "We arrive on 3 May.")->box.y0 = 110;
    sheet_type(s, 80, 240, "I declare that this is right.");
    expect("form We arrive on 3 May.: Remarks:\n"
           "text: I declare that this is right.\n");
}

static void characters_that_are_boxes_are_fields(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "\xE2\x98\x90 by post");
    sheet_type(s, 80, 117, "\xE2\x98\x92 by courier");
    expect("form off: by post\n"
           "form on: by courier\n");
}

static void a_small_line_above_a_field_is_its_label(void **state)
{
    (void)state;
    sheet_type(s, 80, 100, "Family name");
    add(RECTO_FIELD_TEXT, 80, 124, 200, "Example");
    expect("form Example: Family name\n");
}

static void fields_in_tables_stay_in_their_cells(void **state)
{
    (void)state;
    static const char *const rows[] = {"Item", "Checked", "Door", "", "Roof", "", "Lock", ""};
    for (int r = 0; r <= 4; r++)
        sheet_rule(s, 80, 90 + 30 * (float)r, 380, 90 + 30 * (float)r);
    for (int c = 0; c <= 2; c++)
        sheet_rule(s, 80 + 150 * (float)c, 90, 80 + 150 * (float)c, 210);
    for (int i = 0; i < 8; i++)
        sheet_type(s, 90 + 150 * (float)(i % 2), 110 + 30 * (float)(i / 2), rows[i]);
    tick(240, 140, true);
    tick(240, 170, false);
    add(RECTO_FIELD_TEXT, 240, 200, 100, "");
    const recto_page *page = sheet_read(s);
    assert_int_equal(page->n_blocks, 4);
    const recto_table *t = page->blocks[0].table;
    assert_non_null(t);
    assert_string_equal(t->cells[3].text, "\xE2\x98\x92");
    assert_string_equal(t->cells[5].text, "\xE2\x98\x90");
    assert_string_equal(t->cells[7].text, "");
    assert_string_equal(page->blocks[1].text, "Door: Checked");
    assert_true(page->blocks[1].field->checked);
    assert_string_equal(page->blocks[2].text, "Roof: Checked");
    assert_string_equal(page->blocks[3].text, "Lock: Checked");
}

static void a_field_over_the_cells_of_a_row_is_told_of_once(void **state)
{
    (void)state;
    for (int r = 0; r <= 4; r++)
        sheet_rule(s, 80, 90 + 30 * (float)r, 500, 90 + 30 * (float)r);
    for (int c = 0; c <= 6; c++)
        sheet_rule(s, 80 + 70 * (float)c, 90, 80 + 70 * (float)c, 210);
    for (int i = 0; i < 18; i++)
        sheet_type(s, 90 + 70 * (float)(i % 6), 110 + 30 * (float)(i / 6), "head");
    add(RECTO_FIELD_TEXT, 80, 200, 420, "one two three four five six");
    const recto_page *page = sheet_read(s);
    assert_int_equal(page->n_blocks, 2);
    assert_non_null(page->blocks[0].table);
    assert_string_equal(page->blocks[0].table->cells[18].text, "one");
    assert_string_equal(page->blocks[0].table->cells[23].text, "six");
    assert_non_null(page->blocks[1].field);
}

static void a_page_of_one_field_is_a_form(void **state)
{
    (void)state;
    add(RECTO_FIELD_TEXT, 80, 124, 200, "alone");
    add(RECTO_FIELD_BUTTON, 80, 224, 200, "Send");
    expect("form alone: \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_to_fill_in_have_their_label_before_them, begin, end),
        cmocka_unit_test_setup_teardown(boxes_have_their_label_after_them, begin, end),
        cmocka_unit_test_setup_teardown(a_box_at_the_end_of_its_line_has_its_label_before_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(labels_may_stand_before_their_boxes, begin, end),
        cmocka_unit_test_setup_teardown(boxes_among_the_words_of_a_line_are_found, begin, end),
        cmocka_unit_test_setup_teardown(a_tall_field_stands_where_its_label_does, begin, end),
        cmocka_unit_test_setup_teardown(characters_that_are_boxes_are_fields, begin, end),
        cmocka_unit_test_setup_teardown(a_small_line_above_a_field_is_its_label, begin, end),
        cmocka_unit_test_setup_teardown(fields_in_tables_stay_in_their_cells, begin, end),
        cmocka_unit_test_setup_teardown(a_field_over_the_cells_of_a_row_is_told_of_once, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_page_of_one_field_is_a_form, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
