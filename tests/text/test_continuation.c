/* Protects text that goes on over columns and pages: what is joined, how, and what is not. */
#include "layout_build.h"

/* Two pages through all three steps. */
typedef struct leaves {
    sheet s;
    recto_page one, two;
    recto_structure_stats *stats;
} leaves;

static void leaves_begin(leaves *l)
{
    sheet_begin(&l->s);
    l->stats = recto_structure_stats_new();
    assert_non_null(l->stats);
}

static void leaves_end(leaves *l)
{
    recto_structure_stats_free(l->stats);
    sheet_end(&l->s);
}

/* What was typed is page one; the sheet is free for the next. */
static void leaves_turn(leaves *l)
{
    l->one = *sheet_read(&l->s);
    sheet_clear(&l->s);
}

static void leaves_read(leaves *l)
{
    recto_error err = {0};
    l->two = *sheet_read(&l->s);
    assert_int_equal(recto_structure_observe(l->stats, &l->one, &err), RECTO_OK);
    assert_int_equal(recto_structure_observe(l->stats, &l->two, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(l->stats, &l->one, l->s.keep, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(l->stats, &l->two, l->s.keep, &err), RECTO_OK);
    assert_int_equal(recto_structure_bridge(l->stats, &l->one, &l->two, l->s.keep, &err), RECTO_OK);
    assert_int_equal(recto_doc_check(&l->one, &err), RECTO_OK);
    assert_int_equal(recto_doc_check(&l->two, &err), RECTO_OK);
}

/* How the last running text of page one goes on, and whether some block of page two continues. */
static recto_goes_on leaves_joint(const leaves *l)
{
    recto_goes_on how = RECTO_GOES_ON_NOT;
    bool continues = false;
    for (int i = 0; i < l->one.n_blocks; i++)
        how = l->one.blocks[i].goes_on != RECTO_GOES_ON_NOT ? l->one.blocks[i].goes_on : how;
    for (int i = 0; i < l->two.n_blocks; i++)
        continues = continues || l->two.blocks[i].continues;
    assert_int_equal(continues, how != RECTO_GOES_ON_NOT);
    return how;
}

static const char *const text =
    "This paragraph stands on the first of two pages and has some lines\n"
    "that are as long as the column is wide, so that everyone can see\n";

static recto_goes_on joint_of(const char *last, const char *first)
{
    leaves l;
    leaves_begin(&l);
    float y = sheet_block(&l.s, 100, 900, text);
    sheet_block(&l.s, 100, y, last);
    leaves_turn(&l);
    y = sheet_block(&l.s, 100, 100, first);
    sheet_block(&l.s, 100, y,
                "on the second page there is more of it, in lines that are as long as\n"
                "they were before, until it ends.");
    leaves_read(&l);
    recto_goes_on how = leaves_joint(&l);
    leaves_end(&l);
    return how;
}

static void continuation_joins_what_a_page_break_cuts(void **state)
{
    (void)state;
    assert_int_equal(
        joint_of("where the right margin is, and then the page comes to its end and",
                 "goes on with a small letter at the head of the next one, and then\n"),
        RECTO_GOES_ON_SPACE);
    assert_int_equal(
        joint_of("where the right margin is, and then the page ends in a bro-",
                 "ken word that goes on at the head of the next one, where we see it\n"),
        RECTO_GOES_ON_HYPHEN);
    assert_int_equal(
        joint_of("where the right margin is, and then the page ends with the Anglo-",
                 "Saxon people, who go on at the head of the next one, where we see\n"),
        RECTO_GOES_ON_GLUE);
    assert_int_equal(
        joint_of("where the right margin is, and then comes the name of the city of",
                 "Rome, which goes on at the head of the next one, where we see that\n"),
        RECTO_GOES_ON_SPACE);
}

static void continuation_does_not_join_what_ends(void **state)
{
    (void)state;
    /* a full stop, a capital */
    assert_int_equal(
        joint_of("where the right margin is, and then the page comes to its very end.",
                 "Here begins what is quite another paragraph on another subject and\n"),
        RECTO_GOES_ON_NOT);
    /* a last line that ends early */
    assert_int_equal(
        joint_of("where the margin is",
                 "goes on with a small letter at the head of the next one, and then\n"),
        RECTO_GOES_ON_NOT);
    assert_int_equal(
        joint_of("where the right margin is, and then comes the name of the city:",
                 "Rome, which goes on at the head of the next one, where we see that\n"),
        RECTO_GOES_ON_NOT);
}

static void continuation_skips_headers_footers_and_notes(void **state)
{
    (void)state;
    leaves l;
    leaves_begin(&l);
    sheet_type(&l.s, 100, 50, "The name of the report");
    float y = sheet_block(&l.s, 100, 800, text);
    sheet_type(&l.s, 100, y, "where the right margin is, and then the page comes to its end and");
    l.s.size = 10;
    sheet_type(&l.s, 100, 1000, "1 A note in small print below the text of this page.");
    l.s.size = 14;
    sheet_type(&l.s, 400, 1130, "4");
    leaves_turn(&l);
    sheet_type(&l.s, 100, 50, "The name of the report");
    sheet_block(&l.s, 100, 110,
                "goes on with a small letter at the head of the next one, and then it\n"
                "ends.");
    sheet_type(&l.s, 400, 1130, "5");
    leaves_read(&l);
    assert_int_equal(leaves_joint(&l), RECTO_GOES_ON_SPACE);
    leaves_end(&l);
}

static void continuation_stops_at_a_heading(void **state)
{
    (void)state;
    leaves l;
    leaves_begin(&l);
    float y = sheet_block(&l.s, 100, 900, text);
    sheet_type(&l.s, 100, y, "where the right margin is, and then the page comes to its end and");
    leaves_turn(&l);
    l.s.size = 20;
    sheet_type(&l.s, 100, 100, "Another part");
    l.s.size = 14;
    sheet_block(&l.s, 100, 140,
                "goes on with a small letter at the head of the next one, and then it\n"
                "ends.");
    leaves_read(&l);
    assert_int_equal(leaves_joint(&l), RECTO_GOES_ON_NOT);
    leaves_end(&l);
}

/* Where paragraphs are indented, one that is not goes on from before, even behind a full stop. */
static void continuation_reads_indents_behind_a_full_stop(void **state)
{
    (void)state;
    for (int indented = 0; indented < 2; indented++) {
        leaves l;
        leaves_begin(&l);
        float y = 100;
        for (int i = 0; i < 5; i++) {
            y = sheet_block(&l.s, 100, y,
                            "   Here is a paragraph of a novel, all of which begin with an indent\n"
                            "so that they need no white between them, as has been the habit for a\n"
                            "long time.\n");
        }
        sheet_block(&l.s, 100, y,
                    "   The last one of the page goes on over the page break and ends with a\n"
                    "full stop, at the right margin, which does not mean that it is over.\n");
        leaves_turn(&l);
        y = sheet_block(&l.s, 100, 100,
                        indented
                            ? "   The next page begins with an indent, and so this is another one\n"
                              "which has its own two lines.\n"
                            : "The next page does not begin with an indent, and so this is of it\n"
                              "and has its own two lines.\n");
        leaves_read(&l);
        assert_int_equal(leaves_joint(&l), indented ? RECTO_GOES_ON_NOT : RECTO_GOES_ON_SPACE);
        leaves_end(&l);
    }
}

static void continuation_makes_text_of_an_item_an_item(void **state)
{
    (void)state;
    leaves l;
    leaves_begin(&l);
    float y = sheet_block(&l.s, 100, 800, text);
    y = sheet_block(&l.s, 100, y,
                    "1. The first of the items is over at the end of its own line.\n"
                    "2. The second one is longer, it runs over the end of this page, and\n"
                    "   goes on at the head of the one that comes after it with the very");
    leaves_turn(&l);
    sheet_block(&l.s, 100, 100,
                "   same thought that it had before, for which there was no more room at\n"
                "   the foot.\n"
                "3. The third one.\n");
    leaves_read(&l);
    assert_int_equal(leaves_joint(&l), RECTO_GOES_ON_SPACE);
    const recto_block *b = &l.two.blocks[0];
    assert_int_equal(b->label, RECTO_LABEL_LIST_ITEM);
    assert_true(b->continues);
    assert_true(b->ordered);
    assert_string_equal(b->marker, "2.");
    assert_int_equal(l.two.blocks[1].label, RECTO_LABEL_LIST_ITEM);
    assert_false(l.two.blocks[1].continues);
    leaves_end(&l);
}

static void continuation_ties_tables(void **state)
{
    (void)state;
    leaves l;
    leaves_begin(&l);
    for (int page = 0; page < 2; page++) {
        float y = page == 0 ? 900 : 100;
        sheet_block(&l.s, 100, y,
                    "Name      Age    Town\nAnna      31     Rome\nBert      45     Oslo\n"
                    "Carl      27     Bonn\n");
        for (int i = 0; i <= 4; i++)
            sheet_rule(&l.s, 95, y - 13 + 16.8f * (float)i, 300, 0);
        static const float xs[] = {95, 165, 214, 300};
        for (int i = 0; i < 4; i++)
            sheet_rule(&l.s, xs[i], y - 13, 0, y - 13 + 4 * 16.8f);
        if (page == 0)
            leaves_turn(&l);
    }
    leaves_read(&l);
    assert_int_equal(leaves_joint(&l), RECTO_GOES_ON_SPACE);
    assert_int_equal(l.two.blocks[0].label, RECTO_LABEL_TABLE);
    assert_true(l.two.blocks[0].table->n_repeat >= 1);
    leaves_end(&l);
}

static void continuation_ties_code(void **state)
{
    (void)state;
    leaves l;
    leaves_begin(&l);
    float y = sheet_block(&l.s, 100, 900, text);
    l.s.style = RECTO_STYLE_MONO;
    sheet_block(&l.s, 100, y + 20, "int main(void)\n{\n    puts(\"one\");\n");
    leaves_turn(&l);
    y = sheet_block(&l.s, 100, 100, "    puts(\"two\");\n    return 0;\n}\n");
    l.s.style = 0;
    sheet_block(&l.s, 100, y + 20, text);
    leaves_read(&l);
    assert_int_equal(leaves_joint(&l), RECTO_GOES_ON_SPACE);
    assert_int_equal(l.two.blocks[0].label, RECTO_LABEL_CODE);
    assert_true(l.two.blocks[0].continues);
    leaves_end(&l);
}

static void continuation_leaves_pages_that_are_not_neighbours(void **state)
{
    (void)state;
    leaves l;
    leaves_begin(&l);
    float y = sheet_block(&l.s, 100, 900, text);
    sheet_type(&l.s, 100, y, "where the right margin is, and then the page comes to its end and");
    leaves_turn(&l);
    l.s.n_pages = 6;
    sheet_block(&l.s, 100, 100, "goes on with a small letter at the head of the page after next.");
    leaves_read(&l);
    assert_int_equal(leaves_joint(&l), RECTO_GOES_ON_NOT);
    leaves_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(continuation_joins_what_a_page_break_cuts),
        cmocka_unit_test(continuation_does_not_join_what_ends),
        cmocka_unit_test(continuation_skips_headers_footers_and_notes),
        cmocka_unit_test(continuation_stops_at_a_heading),
        cmocka_unit_test(continuation_reads_indents_behind_a_full_stop),
        cmocka_unit_test(continuation_makes_text_of_an_item_an_item),
        cmocka_unit_test(continuation_ties_tables),
        cmocka_unit_test(continuation_ties_code),
        cmocka_unit_test(continuation_leaves_pages_that_are_not_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
