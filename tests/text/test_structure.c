/* Protects the page step as a whole: paragraphs, headings, lists, rows, hyphens, and that nothing
 * on a page is lost or comes twice. */
#include "layout_build.h"
#include <math.h>

static void structure_gives_no_blocks_for_an_empty_page(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    assert_int_equal(sheet_read(&s)->n_blocks, 0);
    sheet_end(&s);
}

static void structure_reads_one_line(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "Only these words.");
    sheet_expect(sheet_read_document(&s), "text: Only these words.", NULL);
    assert_true(s.page.conf > 0.999f);
    sheet_end(&s);
}

static void structure_joins_lines_and_parts_paragraphs_at_gaps(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 100,
                          "The first paragraph runs over more than one line of this page and\n"
                          "goes on in the second, which is the last line of it.\n");
    sheet_block(&s, 100, y + 10,
                "The second paragraph comes after a gap that is plainly wider than\n"
                "the distance of two lines.");
    sheet_expect(sheet_read_document(&s),
                 "text: The first paragraph runs over more than one line of this page and "
                 "goes on in the second, which is the last line of it.",
                 "text: The second paragraph comes after a gap that is plainly wider than "
                 "the distance of two lines.",
                 NULL);
    sheet_end(&s);
}

static void structure_parts_paragraphs_at_indents(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "Here is a paragraph whose lines are all about of the same length, it\n"
                "has three lines so that the margin is beyond any doubt for the reader,\n"
                "and ends here with a last line that is nearly as long as the others.\n"
                "    Now the indent alone says that another paragraph has been begun\n"
                "and that it goes on at the margin in the line after it, as is usual in\n"
                "books.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 2);
    assert_int_equal(page->blocks[1].n_lines, 3);
    sheet_end(&s);
}

static void structure_keeps_hanging_entries_together(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "Adams, D. The first book of this list with a title that is long enough\n"
                "    to need a second line. London.\n"
                "Brown, E. The second book of this list, whose title is as long as that\n"
                "    of the first one. Paris.\n"
                "Clark, F. A third one, since two entries alone might be taken for text\n"
                "    of another kind. Rome.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(page->blocks[i].n_lines, 2);
    sheet_end(&s);
}

static void structure_mends_words_broken_at_line_ends(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "This line ends in the middle of an exam-\n"
                "ple, the next one in the well-\n"
                "known way and after it the Anglo-\n"
                "Saxon, the years 1990-\n"
                "1995, a long-term plan and then the long-\n"
                "term view, Haupt-\n"
                "und Nebensatz, soft ho\xC2\xADly, hard\xC2\xAD\n"
                "ly anything else.");
    sheet_expect(sheet_read_document(&s),
                 "text: This line ends in the middle of an example, the next one in the "
                 "well-known way and after it the Anglo-Saxon, the years 1990-1995, a long-term "
                 "plan and then the long-term view, Haupt- und Nebensatz, soft holy, hardly "
                 "anything else.",
                 NULL);
    sheet_end(&s);
}

static void structure_finds_title_and_headings_by_size(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    static const char *const text = "Some text of the body follows here, and it is long enough to\n"
                                    "count as the body of this page, as it has two lines.\n";
    s.size = 28;
    sheet_type(&s, 100, 100, "The Title of It All");
    s.size = 14;
    float y = sheet_block(&s, 100, 150, text);
    for (int i = 0; i < 2; i++) {
        s.size = 18;
        sheet_type(&s, 100, y + 20, i == 0 ? "First section" : "Second section");
        s.size = 14;
        y = sheet_block(&s, 100, y + 50, text);
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 6);
    assert_int_equal(page->blocks[0].label, RECTO_LABEL_TITLE);
    assert_int_equal(page->blocks[2].label, RECTO_LABEL_SECTION_HEADER);
    assert_int_equal(page->blocks[4].label, RECTO_LABEL_SECTION_HEADER);
    assert_int_equal(page->blocks[2].level, 2);
    assert_int_equal(page->blocks[1].label, RECTO_LABEL_TEXT);
    sheet_end(&s);
}

static void structure_finds_bold_headings_of_body_size(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 100,
                          "Text before the heading, in two lines, so that the page has a body\n"
                          "that is not bold at all.\n");
    s.style = RECTO_STYLE_BOLD;
    sheet_type(&s, 100, y + 14, "A bold heading");
    s.style = 0;
    sheet_block(&s, 100, y + 14 + 1.2f * 14,
                "Text after the heading, with the same distance as any other line of\n"
                "this page has.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 3);
    assert_int_equal(page->blocks[1].label, RECTO_LABEL_SECTION_HEADER);
    sheet_end(&s);
}

static void structure_reads_receipts_row_by_row(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "CORNER SHOP\n"
                "12 High Street\n"
                "Milk 1 l                 1.20\n"
                "Bread, sliced            2.45\n"
                "Coffee 250 g             5.99\n"
                "TOTAL                    9.64\n"
                "Thank you for coming");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 7);
    assert_string_equal(page->blocks[2].text, "Milk 1 l 1.20");
    assert_string_equal(page->blocks[5].text, "TOTAL 9.64");
    sheet_end(&s);
}

static void structure_reads_a_letterhead_row_by_row(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 60,
                          "Acme Trading Ltd                              Phone 0123 456\n"
                          "12 Harbour Road                               acme@example.org\n"
                          "Port Town                                     3 May 2024\n");
    sheet_block(&s, 100, y + 40,
                "Dear Sir, the goods that you ordered in April have left our house today\n"
                "and will be with you by the end of the week, if the roads are clear.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 4);
    assert_string_equal(page->blocks[0].text, "Acme Trading Ltd Phone 0123 456");
    assert_string_equal(page->blocks[2].text, "Port Town 3 May 2024");
    sheet_end(&s);
}

static void structure_reads_nested_lists(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "What to bring to the meeting on Monday:\n"
                "\xE2\x80\xA2 a pen and some paper, of which there is never enough to be had at\n"
                "  these meetings\n"
                "\xE2\x80\xA2 food\n"
                "    \xE2\x80\x93 bread\n"
                "    \xE2\x80\x93 butter\n"
                "\xE2\x80\xA2 good humour");
    sheet_expect(
        sheet_read_document(&s), "text: What to bring to the meeting on Monday:",
        "list_item 0 \xE2\x80\xA2: a pen and some paper, of which there is never enough to "
        "be had at these meetings",
        "list_item 0 \xE2\x80\xA2: food", "list_item 1 \xE2\x80\x93: bread",
        "list_item 1 \xE2\x80\x93: butter", "list_item 0 \xE2\x80\xA2: good humour", NULL);
    sheet_end(&s);
}

/* The hollow bullet of word processors is a letter with a tab behind it; a lone letter is none. */
static void structure_takes_a_letter_for_a_bullet(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "\xE2\x80\xA2 food\n"
                "    o  bread of yesterday, and as\n"
                "       much butter as there is\n"
                "    o  wine\n"
                "\xE2\x80\xA2 good humour");
    sheet_block(&s, 100, 300,
                "Los socios pueden votar en persona\n"
                "o por carta, si avisan con tiempo,\n"
                "o nombrar a otro socio que lo haga.");
    sheet_expect(sheet_read_document(&s), "list_item 0 \xE2\x80\xA2: food",
                 "list_item 1 o: bread of yesterday, and as much butter as there is",
                 "list_item 1 o: wine", "list_item 0 \xE2\x80\xA2: good humour",
                 "text: Los socios pueden votar en persona o por carta, si avisan con tiempo, o "
                 "nombrar a otro socio que lo haga.",
                 NULL);
    sheet_end(&s);
}

static void structure_frees_bullets_stuck_to_their_text(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "\xE2\x97\x8F"
                "first\n\xE2\x97\x8F"
                "second thing");
    sheet_expect(sheet_read_document(&s), "list_item 0 \xE2\x97\x8F: first",
                 "list_item 0 \xE2\x97\x8F: second thing", NULL);
    sheet_end(&s);
}

static void structure_reads_numbered_lists(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "The steps are these, and their order matters more than one would think:\n"
                "1. Open the lid.\n"
                "2. Take out the old filter, which may be hot after use, and put it into\n"
                "   the bin.\n"
                "   (a) Paper goes to paper.\n"
                "   (b) The rest goes to the compost.\n"
                "3. Close the lid.");
    sheet_expect(sheet_read_document(&s),
                 "text: The steps are these, and their order matters more than one would think:",
                 "list_item 0 1.: Open the lid.",
                 "list_item 0 2.: Take out the old filter, which may be hot after use, and put it "
                 "into the bin.",
                 "list_item 1 (a): Paper goes to paper.",
                 "list_item 1 (b): The rest goes to the compost.", "list_item 0 3.: Close the lid.",
                 NULL);
    assert_true(s.page.blocks[1].ordered);
    sheet_end(&s);
}

static void structure_tells_items_by_the_next_one(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "A sentence that is as long as the line is wide and does not end, but\n"
                "1. goes on in an item,\n"
                "2. and in one more\n"
                "3. and ends.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 4);
    assert_int_equal(page->blocks[1].label, RECTO_LABEL_LIST_ITEM);
    sheet_end(&s);
}

static void structure_takes_no_date_behind_a_list_for_an_item(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "1. One.\n"
                "2. Two, of which there is more to be said than that it comes after one.\n"
                "3. Three.\n"
                "Perhaps one of these days would suit you, Tuesday the 26th or Thursday,\n"
                "4. April, always from three on.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 4);
    assert_int_equal(page->blocks[3].label, RECTO_LABEL_TEXT);
    sheet_end(&s);
}

static void structure_takes_a_small_step_for_a_level_where_the_marker_changes(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "\xE2\x80\xA2 fruit of all kinds, as there is");
    sheet_type(&s, 106, 116.8f, "\xE2\x80\x93 pears");
    sheet_type(&s, 106, 133.6f, "\xE2\x80\x93 plums");
    sheet_type(&s, 100, 150.4f, "\xE2\x80\xA2 vegetables");
    sheet_expect(sheet_read_document(&s),
                 "list_item 0 \xE2\x80\xA2: fruit of all kinds, as there is",
                 "list_item 1 \xE2\x80\x93: pears", "list_item 1 \xE2\x80\x93: plums",
                 "list_item 0 \xE2\x80\xA2: vegetables", NULL);
    sheet_end(&s);
}

static void structure_reads_an_index_line_by_line(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "adits, 12, 48\nassay office, 77\nBenbow, Clara, 3, 19, 104\n"
                "bells, cast for Whitlow, 88\nbrickworks, 31, 33\ncanal, plans for a, 61\n"
                "cholera, 92, 93, 94");
    assert_int_equal(sheet_read_document(&s)->n_blocks, 7);
    sheet_end(&s);
}

static void structure_parts_entries_by_their_first_word(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "captain the manager of the work under the ground.");
    sheet_style(&s, 0, 0, RECTO_STYLE_BOLD);
    sheet_type(&s, 100, 116.8f, "deads rock without ore, stacked in the old workings.");
    sheet_style(&s, 0, 0, RECTO_STYLE_BOLD);
    sheet_type(&s, 100, 133.6f, "grass the surface, of which a grass captain is one.");
    sheet_style(&s, 0, 0, RECTO_STYLE_BOLD);
    assert_int_equal(sheet_read_document(&s)->n_blocks, 3);
    sheet_end(&s);
}

static void structure_keeps_a_term_and_its_paragraph_together(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "The options are these, of which each may be given as often as you please\n"
                "and in any order.\n");
    sheet_type(&s, 100, 160,
               "-n     Do not write anything, but print what would be written to the");
    sheet_type(&s, 149, 176.8f, "folder, for which there is no room here.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 2);
    assert_string_equal(page->blocks[1].text,
                        "-n Do not write anything, but print what would be written to the folder, "
                        "for which there is no room here.");
    sheet_end(&s);
}

static void structure_parts_a_caption_from_the_text_above(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "The table lists what was seen by the wardens, whose word can be trusted.\n"
                "Table 2: Animals and places.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 2);
    assert_int_equal(page->blocks[1].label, RECTO_LABEL_CAPTION);
    sheet_end(&s);
}

static void structure_does_not_take_a_year_for_a_list(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "The company was founded in the north and moved to the south in the year\n"
                "84. From then on it grew without a break until the owner sold it to his\n"
                "- as he thought - best friend.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 1);
    sheet_end(&s);
}

static void structure_keeps_code_as_it_stands(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y =
        sheet_block(&s, 100, 100,
                    "The program is short enough to be shown here in full, and it is this one,\n"
                    "which any reader will understand at once:\n");
    s.style = RECTO_STYLE_MONO;
    y = sheet_block(&s, 100, y, "int main(void)\n{\n    return 0;\n}\n");
    s.style = 0;
    sheet_block(&s, 100, y, "That is all that there is to say about it.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 3);
    assert_int_equal(page->blocks[1].label, RECTO_LABEL_CODE);
    assert_string_equal(page->blocks[1].text, "int main(void)\n{\n    return 0;\n}");
    sheet_end(&s);
}

static void structure_flags_low_confidence(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.conf = 0.4f;
    sheet_type(&s, 100, 100, "barely legible words");
    recto_page *page = sheet_read_document(&s);
    assert_true((page->blocks[0].flags & RECTO_FLAG_LOW_CONFIDENCE) != 0);
    assert_true(page->conf > 0.39f && page->conf < 0.41f);
    sheet_end(&s);
}

static void structure_mends_bad_numbers(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "fine");
    sheet_type(&s, 800, 200, "reaches over the page");
    sheet_type(&s, 100, 300, "bad box");
    s.lines[2].words[0].box.x0 = (float)NAN;
    s.lines[1].size = -3.0f;
    s.lines[1].baseline = INFINITY;
    sheet_read_document(&s);
    sheet_end(&s);
}

static void structure_gives_the_same_twice(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_block(&s, 100, 100,
                "Name      Age    Town\nAnna      31     Rome\nBert      45     Oslo\n"
                "Carl      27     Bonn\n");
    sheet_block(&s, 100, 300,
                "Some text after it, in a line that is long enough for a body of text\n"
                "and a second line that ends early.");
    recto_page first = *sheet_read(&s);
    recto_page *second = sheet_read(&s);
    assert_int_equal(first.n_blocks, second->n_blocks);
    for (int i = 0; i < first.n_blocks; i++) {
        assert_int_equal(first.blocks[i].label, second->blocks[i].label);
        assert_string_equal(first.blocks[i].text, second->blocks[i].text);
        assert_memory_equal(&first.blocks[i].box, &second->blocks[i].box, sizeof(recto_rect));
    }
    sheet_end(&s);
}

static void structure_reports_no_memory(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 40; i++)
        sheet_type(&s, 100, 50 + 20 * (float)i, "a line of text   and another   segment");
    recto_error err = {0};
    int n_failed = 0;
    for (size_t limit = 256; limit < ((size_t)1 << 22); limit = limit * 5 / 4) {
        recto_arena *keep = recto_arena_new(256, limit);
        recto_arena *tmp = recto_arena_new(256, limit);
        assert_non_null(keep);
        assert_non_null(tmp);
        recto_page page = {.number = 1, .width = 827, .height = 1169, .dpi = 100};
        recto_status st = recto_structure_page(&page, &s.layout, keep, tmp, &err);
        assert_true(st == RECTO_OK || st == RECTO_ERR_NOMEM);
        n_failed += st != RECTO_OK;
        recto_arena_free(keep);
        recto_arena_free(tmp);
    }
    assert_true(n_failed > 3);
    sheet_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure_gives_no_blocks_for_an_empty_page),
        cmocka_unit_test(structure_reads_one_line),
        cmocka_unit_test(structure_joins_lines_and_parts_paragraphs_at_gaps),
        cmocka_unit_test(structure_parts_paragraphs_at_indents),
        cmocka_unit_test(structure_keeps_hanging_entries_together),
        cmocka_unit_test(structure_mends_words_broken_at_line_ends),
        cmocka_unit_test(structure_finds_title_and_headings_by_size),
        cmocka_unit_test(structure_finds_bold_headings_of_body_size),
        cmocka_unit_test(structure_reads_receipts_row_by_row),
        cmocka_unit_test(structure_reads_a_letterhead_row_by_row),
        cmocka_unit_test(structure_reads_nested_lists),
        cmocka_unit_test(structure_takes_a_letter_for_a_bullet),
        cmocka_unit_test(structure_frees_bullets_stuck_to_their_text),
        cmocka_unit_test(structure_reads_numbered_lists),
        cmocka_unit_test(structure_tells_items_by_the_next_one),
        cmocka_unit_test(structure_takes_no_date_behind_a_list_for_an_item),
        cmocka_unit_test(structure_takes_a_small_step_for_a_level_where_the_marker_changes),
        cmocka_unit_test(structure_reads_an_index_line_by_line),
        cmocka_unit_test(structure_parts_entries_by_their_first_word),
        cmocka_unit_test(structure_keeps_a_term_and_its_paragraph_together),
        cmocka_unit_test(structure_parts_a_caption_from_the_text_above),
        cmocka_unit_test(structure_does_not_take_a_year_for_a_list),
        cmocka_unit_test(structure_keeps_code_as_it_stands),
        cmocka_unit_test(structure_flags_low_confidence),
        cmocka_unit_test(structure_mends_bad_numbers),
        cmocka_unit_test(structure_gives_the_same_twice),
        cmocka_unit_test(structure_reports_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
