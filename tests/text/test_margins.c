/* Protects page headers and footers, captions and footnotes: found where the document shows them,
 * and the body is never taken for them. */
#include "layout_build.h"
#include "text/margins_number.h"

#define MAX_PAGES 8

typedef struct book {
    sheet s;
    recto_page pages[MAX_PAGES];
    int n;
} book;

static const char *const bodies[] = {
    "The first page says what the book is about, in lines that are long enough\n"
    "to be taken for running text, and there are several of them on this page\n"
    "so that there can be no doubt about it.",
    "On the second page other things are said, again in lines of some length,\n"
    "since a page without text would be a strange one in a book of this kind\n"
    "and might be left out.",
    "A third one follows with words of its own, which differ from those that\n"
    "stand on the other pages, because otherwise they would be taken for what\n"
    "comes back on every page.",
    "The fourth page is the last one here, and it is as long as the others so\n"
    "that all of them look alike to a reader who does not understand a word\n"
    "of what they say.",
};

static void book_begin(book *b)
{
    memset(b->pages, 0, sizeof b->pages);
    b->n = 0;
    sheet_begin(&b->s);
}

/* Close the page at hand. */
static void book_page(book *b)
{
    b->pages[b->n++] = *sheet_read(&b->s);
    sheet_clear(&b->s);
}

static void book_settle(book *b)
{
    recto_error err = {0};
    recto_structure_stats *stats = recto_structure_stats_new();
    assert_non_null(stats);
    for (int i = 0; i < b->n; i++)
        assert_int_equal(recto_structure_observe(stats, &b->pages[i], &err), RECTO_OK);
    for (int i = 0; i < b->n; i++) {
        assert_int_equal(recto_structure_settle(stats, &b->pages[i], b->s.keep, &err), RECTO_OK);
        assert_int_equal(recto_doc_check(&b->pages[i], &err), RECTO_OK);
    }
    recto_structure_stats_free(stats);
}

static int count_label(const recto_page *page, recto_label label)
{
    int n = 0;
    for (int i = 0; i < page->n_blocks; i++)
        n += page->blocks[i].label == label;
    return n;
}

static void margins_find_headers_and_footers_that_come_back(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    for (int i = 0; i < 4; i++) {
        char foot[96];
        sheet_type(&b.s, 100, 50, i % 2 == 0 ? "A Book of Pages" : "Chapter on Odd and Even");
        sheet_block(&b.s, 100, 120, bodies[i]);
        snprintf(foot, sizeof foot, "Draft of May                                          %d",
                 i + 9);
        sheet_type(&b.s, 100, 1130, foot);
        book_page(&b);
    }
    book_settle(&b);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(b.pages[i].n_blocks, 3);
        assert_int_equal(b.pages[i].blocks[0].label, RECTO_LABEL_PAGE_HEADER);
        assert_int_equal(b.pages[i].blocks[1].label, RECTO_LABEL_TEXT);
        assert_int_equal(b.pages[i].blocks[2].label, RECTO_LABEL_PAGE_FOOTER);
    }
    assert_string_equal(b.pages[1].blocks[2].text, "Draft of May 10");
    sheet_end(&b.s);
}

static void margins_find_page_numbers_on_a_single_page(void **state)
{
    (void)state;
    static const char *const numbers[] = {"- 3 -", "Page 2 of 5", "17",
                                          "iv",    "2/5",         "\xE2\x80\x93 8 \xE2\x80\x93"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sheet s;
        sheet_begin(&s);
        sheet_block(&s, 100, 120, bodies[0]);
        sheet_type(&s, 400, 1130, numbers[i]);
        recto_page *page = sheet_read_document(&s);
        assert_int_equal(page->n_blocks, 2);
        assert_int_equal(page->blocks[1].label, RECTO_LABEL_PAGE_FOOTER);
        assert_string_equal(page->blocks[1].text, numbers[i]);
        sheet_end(&s);
    }
}

static void margins_leave_the_body_alone(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    for (int i = 0; i < 4; i++) { /* text from edge to edge, no white above or below */
        for (int k = 0; k < 64; k++) {
            char line[128];
            snprintf(line, sizeof line, "Line %c%c of the text with words like these and some more",
                     'a' + i, 'a' + k % 26);
            sheet_type(&b.s, 100, 40 + 17 * (float)k, line);
        }
        book_page(&b);
    }
    book_settle(&b);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(count_label(&b.pages[i], RECTO_LABEL_PAGE_HEADER), 0);
        assert_int_equal(count_label(&b.pages[i], RECTO_LABEL_PAGE_FOOTER), 0);
    }
    sheet_end(&b.s);
}

static void margins_leave_a_single_letter_alone(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 50, "Acme Trading Ltd, Port Town");
    sheet_block(&s, 100, 120, bodies[0]);
    sheet_type(&s, 100, 1130, "Registered in England, number 1234567");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(count_label(page, RECTO_LABEL_PAGE_HEADER), 0);
    assert_int_equal(count_label(page, RECTO_LABEL_PAGE_FOOTER), 0);
    sheet_end(&s);
}

static void margins_settle_levels_over_the_document(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    b.s.size = 30;
    sheet_type(&b.s, 100, 100, "The Whole Book");
    b.s.size = 14;
    sheet_block(&b.s, 100, 160, bodies[0]);
    book_page(&b);
    for (int i = 1; i < 4; i++) {
        b.s.size = 22;
        sheet_type(&b.s, 100, 200, i == 1 ? "A chapter" : "Another chapter");
        b.s.size = 14;
        float y = sheet_block(&b.s, 100, 240, bodies[i]);
        b.s.size = 17;
        sheet_type(&b.s, 100, y + 40, "A section of it");
        b.s.size = 14;
        sheet_block(&b.s, 100, y + 70, bodies[(i + 1) % 4]);
        book_page(&b);
    }
    book_settle(&b);
    assert_int_equal(b.pages[0].blocks[0].label, RECTO_LABEL_TITLE);
    for (int i = 1; i < 4; i++) {
        assert_int_equal(b.pages[i].blocks[0].label, RECTO_LABEL_SECTION_HEADER);
        assert_int_equal(b.pages[i].blocks[0].level, 2);
        assert_int_equal(b.pages[i].blocks[2].level, 3);
    }
    sheet_end(&b.s);
}

static void margins_settle_levels_by_section_numbers(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    b.s.style = RECTO_STYLE_BOLD;
    static const char *const heads[] = {"1 Beginning", "1.1 Of the beginning", "2 Middle",
                                        "2.1.1 Deep in the middle"};
    static const int levels[] = {1, 2, 1, 3};
    for (int i = 0; i < 4; i++) {
        b.s.style = RECTO_STYLE_BOLD;
        sheet_type(&b.s, 100, 300, heads[i]);
        b.s.style = 0;
        sheet_block(&b.s, 100, 340, bodies[i]);
        book_page(&b);
    }
    book_settle(&b);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(b.pages[i].blocks[0].label, RECTO_LABEL_SECTION_HEADER);
        assert_int_equal(b.pages[i].blocks[0].level, levels[i]);
    }
    sheet_end(&b.s);
}

static void margins_keep_memory_bounded(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    recto_error err = {0};
    recto_structure_stats *stats = recto_structure_stats_new();
    for (int i = 0; i < 20000; i++) {
        char text[32];
        snprintf(text, sizeof text, "Head %c%c%c", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676);
        recto_block block = {.label = RECTO_LABEL_TEXT,
                             .box = {100, 30, 300, 45},
                             .text = text,
                             .size = 14,
                             .conf = 1,
                             .n_lines = 1,
                             .lines = s.lines};
        recto_page page = {.number = i + 1,
                           .width = 827,
                           .height = 1169,
                           .dpi = 100,
                           .blocks = &block,
                           .n_blocks = 1};
        assert_int_equal(recto_structure_observe(stats, &page, &err), RECTO_OK);
    }
    recto_structure_stats_free(stats);
    sheet_end(&s);
}

static void notes_find_captions_and_footnotes(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 100, bodies[0]);
    s.pictures[s.layout.n_pictures++] = (recto_rect){100, y + 20, 500, y + 220};
    sheet_type(&s, 100, y + 245, "Figure 2: What can be seen here");
    y = sheet_block(&s, 100, y + 300,
                    "Figure 2 shows what the text has said before, so that the sentence that\n"
                    "begins with its name is a part of the text.");
    sheet_rule(&s, 100, 1000, 250, 1001);
    s.size = 11;
    sheet_block(&s, 100, 1020,
                "1 A note at the foot of the page, in smaller print, as is the custom\n"
                "with notes of this kind.");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(count_label(page, RECTO_LABEL_CAPTION), 1);
    assert_int_equal(count_label(page, RECTO_LABEL_FOOTNOTE), 1);
    assert_int_equal(count_label(page, RECTO_LABEL_PICTURE), 1);
    assert_int_equal(count_label(page, RECTO_LABEL_TEXT), 2);
    sheet_end(&s);
}

static void notes_leave_small_print_in_the_text(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    float y = sheet_block(&s, 100, 600, bodies[0]);
    s.size = 11;
    y = sheet_block(&s, 100, y + 20,
                    "1 This is small print, but text of the body stands below it.");
    s.size = 14;
    sheet_block(&s, 100, y + 20, bodies[1]);
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(count_label(page, RECTO_LABEL_FOOTNOTE), 0);
    sheet_end(&s);
}

/* Pages of a header, a paragraph and a footer; NULL = none. */
static void type_page(book *b, const char *head, const char *foot)
{
    if (head != NULL)
        sheet_type(&b->s, 100, 50, head);
    sheet_block(&b->s, 100, 120, bodies[b->n % 4]);
    if (foot != NULL)
        sheet_type(&b->s, 400, 1130, foot);
    book_page(b);
}

static void expect_furniture(const book *b, int page, int n_heads, int n_feet)
{
    if (count_label(&b->pages[page], RECTO_LABEL_PAGE_HEADER) != n_heads ||
        count_label(&b->pages[page], RECTO_LABEL_PAGE_FOOTER) != n_feet) {
        sheet_print(&b->pages[page]);
        fail_msg("page %d: want %d headers, %d footers", page + 1, n_heads, n_feet);
    }
}

static void margins_find_two_pages_and_roman_numbers(void **state)
{
    (void)state;
    static const char *const numbers[] = {"vii", "viii", "ix"};
    book b;
    book_begin(&b);
    type_page(&b, "Minutes of the Harbour Council", "1 / 2");
    type_page(&b, "Minutes of the Harbour Council", "2 / 2");
    book_settle(&b);
    for (int i = 0; i < 2; i++)
        expect_furniture(&b, i, 1, 1);
    sheet_end(&b.s);
    book_begin(&b);
    for (int i = 0; i < 3; i++)
        type_page(&b, NULL, numbers[i]);
    book_settle(&b);
    for (int i = 0; i < 3; i++)
        expect_furniture(&b, i, 0, 1);
    sheet_end(&b.s);
}

static void margins_find_titles_that_change_beside_numbers(void **state)
{
    (void)state;
    static const char *const heads[] = {"On rivers                                            31",
                                        "32                                 The book of waters",
                                        "On bridges                                           33",
                                        "34                                 The book of waters"};
    book b;
    book_begin(&b);
    for (int i = 0; i < 4; i++)
        type_page(&b, heads[i], NULL);
    book_settle(&b);
    for (int i = 0; i < 4; i++)
        expect_furniture(&b, i, 1, 0);
    sheet_end(&b.s);
}

static void margins_find_headers_of_several_lines(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    for (int i = 0; i < 3; i++) {
        char third[48];
        b.s.size = 11;
        sheet_type(&b.s, 100, 40, "Ministry of Rivers");
        sheet_type(&b.s, 100, 54, "Department of Harbours");
        snprintf(third, sizeof third, "Reference 114, sheet %d", i + 1);
        sheet_type(&b.s, 100, 68, third);
        b.s.size = 14;
        type_page(&b, NULL, NULL);
    }
    book_settle(&b);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < b.pages[i].n_blocks; k++) {
            bool head = b.pages[i].blocks[k].label == RECTO_LABEL_PAGE_HEADER;
            assert_int_equal(head, b.pages[i].blocks[k].box.y1 < 100);
        }
    }
    sheet_end(&b.s);
}

static void margins_leave_headings_that_count_alone(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    for (int i = 0; i < 5; i++) {
        char head[32];
        snprintf(head, sizeof head, "Exercise %d", i + 1);
        b.s.style = i % 2 == 0 ? RECTO_STYLE_BOLD : 0;
        sheet_type(&b.s, 100, 90, head);
        b.s.style = 0;
        type_page(&b, NULL, NULL);
    }
    book_settle(&b);
    for (int i = 0; i < 5; i++)
        expect_furniture(&b, i, 0, 0);
    sheet_end(&b.s);
}

static void margins_leave_lines_alone_that_only_share_a_place(void **state)
{
    (void)state;
    static const char *const ends[] = {"Signed in the old town", "Answer on a new sheet.",
                                       "See the map of the valley.", "Now turn to the next one.",
                                       "This is the end."};
    book b;
    book_begin(&b);
    for (int i = 0; i < 5; i++) {
        sheet_type(&b.s, 100, 1040, ends[i]);
        type_page(&b, NULL, NULL);
    }
    book_settle(&b);
    for (int i = 0; i < 5; i++)
        expect_furniture(&b, i, 0, 0);
    sheet_end(&b.s);
}

static void margins_leave_contents_and_first_lines_alone(void **state)
{
    (void)state;
    static const char *const entries[] = {"1.7 Of rivers . . . . . . . . . . . . 20",
                                          "2.3 Of bridges . . . . . . . . . . . . 30",
                                          "3.1 Of towns . . . . . . . . . . . . . 40"};
    book b;
    book_begin(&b);
    for (int i = 0; i < 3; i++) {
        sheet_type(&b.s, 100, 90, entries[i]);
        type_page(&b, "A running title", NULL);
    }
    book_settle(&b);
    for (int i = 0; i < 3; i++)
        expect_furniture(&b, i, 1, 0);
    sheet_end(&b.s);
}

static void margins_leave_refrains_alone(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    for (int i = 0; i < 6; i++) {
        sheet_type(&b.s, 100, 90, "The same words come again and again");
        for (int k = 0; k < 6; k++) {
            char line[48];
            snprintf(line, sizeof line, "Line %c of number %d.", 'a' + k, i);
            sheet_type(&b.s, 100, 300 + 100 * (float)k, line);
            sheet_type(&b.s, 100, 350 + 100 * (float)k, "The same words come again and again");
        }
        book_page(&b);
    }
    book_settle(&b);
    for (int i = 0; i < 6; i++)
        expect_furniture(&b, i, 0, 0);
    sheet_end(&b.s);
}

static void margins_find_small_print_far_below(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i < 4; i++)
        sheet_block(&s, 100, 120 + 70 * (float)i, bodies[i]);
    s.size = 11;
    sheet_type(&s, 300, 1130, "Registered in Saltmouth, number 4471190");
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->blocks[page->n_blocks - 1].label, RECTO_LABEL_PAGE_FOOTER);
    sheet_end(&s);
}

static void margins_count_the_pages_of_spreads(void **state)
{
    (void)state;
    book b;
    book_begin(&b);
    for (int i = 0; i < 3; i++) {
        b.s.layout.width = 1400.0f;
        b.s.layout.height = 900.0f;
        for (int half = 0; half < 2; half++) {
            float x = half == 0 ? 80.0f : 780.0f;
            char foot[32];
            sheet_type(&b.s, x + 150, 50, half == 0 ? "The Book of Waters" : "On Bridges");
            for (int k = 0; k < 3; k++)
                sheet_block(&b.s, x, 120 + 60 * (float)k, bodies[(i + k + half) % 4]);
            snprintf(foot, sizeof foot, "%d", 14 + 2 * i + half);
            sheet_type(&b.s, x + 250, 860, foot);
        }
        book_page(&b);
    }
    book_settle(&b);
    for (int i = 0; i < 3; i++)
        expect_furniture(&b, i, 2, 2);
    sheet_end(&b.s);
}

static void margins_read_page_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int value; /* -1: none */
        bool named, whole;
        const char *rest;
    } cases[] = {
        {"17", 17, false, true, ""},
        {"xiv", 14, false, true, ""},
        {"- 3 -", 3, true, true, ""},
        {"Page 2 of 5", 2, true, true, ""},
        {"2/5", 2, true, true, ""},
        {"Seite 4 von 9", 4, true, true, ""},
        {"[12]", 12, true, true, ""},
        {"A running title 12", 12, false, false, "A running title"},
        {"12 A running title", 12, false, false, "A running title"},
        {"Acme Ltd, sheet 3", 3, true, false, "Acme Ltd,"},
        {"Chapter IV", -1, false, false, ""},
        {"I am a sentence", -1, false, false, ""},
        {"iiii", -1, false, false, ""},
        {"12345", -1, false, false, ""},
        {"", -1, false, false, ""},
        {"of 5", 5, false, false, "of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_margins_number number;
        bool found = recto_margins_number_read(&number, cases[i].text);
        if (found != (cases[i].value >= 0))
            fail_msg("\"%s\": found %d", cases[i].text, found);
        if (!found)
            continue;
        assert_int_equal(number.value, cases[i].value);
        assert_int_equal(number.named, cases[i].named);
        assert_int_equal(number.whole, cases[i].whole);
        assert_int_equal(number.to - number.from, strlen(cases[i].rest));
        assert_memory_equal(cases[i].text + number.from, cases[i].rest, strlen(cases[i].rest));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(margins_find_headers_and_footers_that_come_back),
        cmocka_unit_test(margins_find_page_numbers_on_a_single_page),
        cmocka_unit_test(margins_leave_the_body_alone),
        cmocka_unit_test(margins_leave_a_single_letter_alone),
        cmocka_unit_test(margins_settle_levels_over_the_document),
        cmocka_unit_test(margins_settle_levels_by_section_numbers),
        cmocka_unit_test(margins_keep_memory_bounded),
        cmocka_unit_test(margins_find_two_pages_and_roman_numbers),
        cmocka_unit_test(margins_find_titles_that_change_beside_numbers),
        cmocka_unit_test(margins_find_headers_of_several_lines),
        cmocka_unit_test(margins_leave_headings_that_count_alone),
        cmocka_unit_test(margins_leave_lines_alone_that_only_share_a_place),
        cmocka_unit_test(margins_leave_contents_and_first_lines_alone),
        cmocka_unit_test(margins_leave_refrains_alone),
        cmocka_unit_test(margins_find_small_print_far_below),
        cmocka_unit_test(margins_count_the_pages_of_spreads),
        cmocka_unit_test(margins_read_page_numbers),
        cmocka_unit_test(notes_find_captions_and_footnotes),
        cmocka_unit_test(notes_leave_small_print_in_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
