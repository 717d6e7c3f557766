/* Protects spans: where they lie in joined text, how they nest, and what is none. */
#include "layout_build.h"
#include "text/join.h"
#include <math.h>

/* The spans of a text, as "kind[its text]" with blanks between. */
static void print_spans(char *out, size_t size, const char *text, const recto_span *spans, int n)
{
    static const char *const names[] = {"math", "bold", "italic", "code", "super", "sub", "link"};
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; i < n; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s[%.*s]", i > 0 ? " " : "",
                                names[spans[i].kind], spans[i].end - spans[i].start,
                                text + spans[i].start);
}

static void expect_spans(const recto_block *b, const char *want)
{
    char have[1024];
    print_spans(have, sizeof have, b->text, b->spans, b->n_spans);
    assert_string_equal(have, want);
}

static const char *const body =
    "Some more text below, which is plain and makes sure that the page\n"
    "has a body that is neither bold nor slanted nor of a fixed pitch.\n";

static void runs_finds_emphasis_in_running_text(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100,
               "A word is bold and two words slanted in this line that is quite full");
    sheet_style(&s, 3, 3, RECTO_STYLE_BOLD);
    sheet_style(&s, 5, 6, RECTO_STYLE_ITALIC);
    sheet_type(&s, 100, 116.8f, "and here is the call of free(x) in a fixed pitch.");
    sheet_style(&s, 6, 6, RECTO_STYLE_MONO);
    sheet_block(&s, 100, 160, body);
    recto_page *page = sheet_read_document(&s);
    expect_spans(&page->blocks[0], "bold[bold] italic[two words] code[free(x)]");
    assert_int_equal(page->blocks[1].n_spans, 0);
    sheet_end(&s);
}

static void runs_follows_words_broken_at_line_ends(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "This line is long enough to be full and ends in a very impor-");
    sheet_style(&s, 12, 13, RECTO_STYLE_BOLD);
    sheet_type(&s, 100, 116.8f, "tant word that is bold in both halves.");
    sheet_style(&s, 0, 0, RECTO_STYLE_BOLD);
    recto_page *page = sheet_read_document(&s);
    expect_spans(&page->blocks[0], "bold[very important]");
    sheet_end(&s);
}

static void runs_cuts_styles_at_links_that_cross(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "see the manual of foo(1) for more of this and of other things, too");
    sheet_style(&s, 1, 2, RECTO_STYLE_BOLD);
    sheet_style(&s, 4, 5, RECTO_STYLE_MONO);
    sheet_link(&s, 2, 4, "https://example.org/");
    sheet_block(&s, 100, 160, body);
    recto_page *page = sheet_read_document(&s);
    expect_spans(&page->blocks[0],
                 "bold[the] link[manual of foo(1)] bold[manual] code[foo(1)] code[for]");
    assert_string_equal(page->blocks[0].spans[1].url, "https://example.org/");
    sheet_end(&s);
}

static void runs_joins_a_link_over_two_lines(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "This line is long enough to be full and ends in what is a long");
    sheet_link(&s, 13, 14, "#page=7");
    sheet_type(&s, 100, 116.8f, "link over two lines.");
    sheet_link(&s, 0, 0, "#page=7");
    recto_page *page = sheet_read_document(&s);
    expect_spans(&page->blocks[0], "link[a long link]");
    sheet_end(&s);
}

static void runs_attaches_note_marks_and_exponents(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "This claim 3 was made before, with x 2 +1 as its formula, in a line");
    recto_word *w = s.lines[0].words;
    w[2].style = RECTO_STYLE_SUPER;
    w[8].style = RECTO_STYLE_SUPER;
    w[2].box.x0 = w[1].box.x1;
    w[8].box.x0 = w[7].box.x1;
    w[9].box.x0 = w[8].box.x1;
    sheet_block(&s, 100, 160, body);
    recto_page *page = sheet_read_document(&s);
    assert_non_null(strstr(page->blocks[0].text, "This claim3 was made before, with x2+1 as"));
    expect_spans(&page->blocks[0], "super[3] super[2]");
    sheet_end(&s);
}

static void runs_gives_none_for_what_is_bold_as_a_whole(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    s.style = RECTO_STYLE_BOLD;
    sheet_type(&s, 100, 100, "A heading that is bold");
    s.style = RECTO_STYLE_BOLD | RECTO_STYLE_ITALIC;
    sheet_block(&s, 100, 140,
                "A paragraph that is bold and slanted from its first word to its last one,\n"
                "and which runs over two lines.");
    s.style = 0;
    float y = sheet_block(&s, 100, 200, body);
    sheet_block(&s, 100, y + 12, body);
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(page->blocks[i].n_spans, 0);
    assert_int_equal(page->blocks[1].style, RECTO_STYLE_BOLD | RECTO_STYLE_ITALIC);
    sheet_end(&s);
}

static void runs_leaves_letters_of_a_formula_alone(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "a + b = c and x - y < z");
    for (int k = 0; k < 11; k += 2)
        sheet_style(&s, k, k, RECTO_STYLE_ITALIC);
    sheet_block(&s, 100, 160, body);
    assert_int_equal(sheet_read_document(&s)->blocks[0].n_spans, 0);
    sheet_end(&s);
}

static void runs_skips_the_marker_of_an_item_and_follows_it_back(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "\xE2\x80\xA2 Term: what it means to those who have to use it");
    sheet_style(&s, 1, 1, RECTO_STYLE_BOLD);
    sheet_type(&s, 100, 116.8f, "\xE2\x80\xA2 Word: the same for those who have not");
    sheet_style(&s, 1, 1, RECTO_STYLE_BOLD);
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->blocks[0].label, RECTO_LABEL_LIST_ITEM);
    expect_spans(&page->blocks[0], "bold[Term:]");
    assert_true(recto_join_plain(&page->blocks[0], s.keep));
    expect_spans(&page->blocks[0], "bold[Term:]");
    sheet_end(&s);
}

static void runs_gives_cells_their_spans(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    for (int i = 0; i <= 3; i++) {
        sheet_rule(&s, 90, 90 + 30 * (float)i, 490, 0);
        sheet_rule(&s, 90 + 133.3f * (float)i, 90, 0, 180);
    }
    static const char *const cells[] = {"Name",  "Page",  "Note", "intro", "12",
                                        "total", "index", "40",   "none"};
    for (int i = 0; i < 9; i++) {
        s.style = i < 3 || i == 5 ? RECTO_STYLE_BOLD : 0;
        sheet_type(&s, 100 + 133.3f * (float)(i % 3), 110 + 30 * (float)(i / 3), cells[i]);
        if (i == 4)
            sheet_link(&s, 0, 0, "#page=12");
    }
    recto_page *page = sheet_read_document(&s);
    assert_int_equal(page->n_blocks, 1);
    const recto_table *t = page->blocks[0].table;
    assert_non_null(t);
    char have[256];
    print_spans(have, sizeof have, t->cells[4].text, t->cells[4].spans, t->cells[4].n_spans);
    assert_string_equal(have, "link[12]");
    print_spans(have, sizeof have, t->cells[5].text, t->cells[5].spans, t->cells[5].n_spans);
    assert_string_equal(have, "bold[total]");
    assert_true(t->cells[0].header);
    assert_int_equal(t->cells[0].n_spans, 0);
    sheet_end(&s);
}

static void runs_takes_no_broken_link(void **state)
{
    (void)state;
    sheet s;
    sheet_begin(&s);
    sheet_type(&s, 100, 100, "Some words under links that lead nowhere");
    sheet_link(&s, 0, 1, "");
    sheet_link(&s, 2, 3, NULL);
    sheet_link(&s, 4, 5, "a\nb");
    s.links[2].box.x0 = (float)NAN;
    assert_int_equal(sheet_read_document(&s)->blocks[0].n_spans, 0);
    sheet_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_finds_emphasis_in_running_text),
        cmocka_unit_test(runs_follows_words_broken_at_line_ends),
        cmocka_unit_test(runs_cuts_styles_at_links_that_cross),
        cmocka_unit_test(runs_joins_a_link_over_two_lines),
        cmocka_unit_test(runs_attaches_note_marks_and_exponents),
        cmocka_unit_test(runs_gives_none_for_what_is_bold_as_a_whole),
        cmocka_unit_test(runs_leaves_letters_of_a_formula_alone),
        cmocka_unit_test(runs_skips_the_marker_of_an_item_and_follows_it_back),
        cmocka_unit_test(runs_gives_cells_their_spans),
        cmocka_unit_test(runs_takes_no_broken_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
