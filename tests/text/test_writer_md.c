/* Protects: the Markdown of each kind of block, and that real parsers see the structure meant. */
#include "check.h"

#include "text/run_tool.h"
#include "text/write_doc.h"

static recto_arena *arena;

static int enter(void **state)
{
    (void)state;
    arena = recto_arena_new(0, 0);
    return arena == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_arena_free(arena);
    return 0;
}

static void write_pages(recto_buf *out, const recto_page *const *pages, int n_pages)
{
    recto_docinfo info = write_doc_info();
    write_doc(out, recto_writer_lookup("md"), &info, pages, n_pages);
    assert_int_equal(recto_buf_status(out, NULL), RECTO_OK);
}

static void assert_md(const recto_page *page, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    write_pages(&out, &page, 1);
    assert_string_equal(recto_buf_cstr(&out), wanted);
    recto_buf_free(&out);
}

static void assert_html(const char *tool, const recto_page *page, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    recto_buf html = RECTO_BUF_INIT;
    write_pages(&out, &page, 1);
    assert_int_equal(run_tool(&html, tool, out.data, out.len), 0);
    assert_string_equal(recto_buf_cstr(&html), wanted);
    recto_buf_free(&out);
    recto_buf_free(&html);
}

static void a_page_with_everything_reads_well(void **state)
{
    (void)state;
    assert_md(build_full_page(arena), "# Annual report 2025\n"
                                      "\n"
                                      "The year in \\*short\\*: sales rose by 5 % & costs fell.\n"
                                      "\n"
                                      "## 1. Sales\n"
                                      "\n"
                                      "1. North\n"
                                      "   - Town\n"
                                      "   - Country\n"
                                      "2. South\n"
                                      "- (c) Elsewhere\n"
                                      "\n"
                                      "| Item | Qty | Price |\n"
                                      "| --- | ---: | ---: |\n"
                                      "| Paper A4 | 10 | € 45.00 |\n"
                                      "| Ink | 2 | € 7.50 |\n"
                                      "\n"
                                      "Table 1: Orders\n"
                                      "\n"
                                      "<!-- picture -->\n"
                                      "\n"
                                      "```\n"
                                      "if (a < b)\n"
                                      "    return `c`;\n"
                                      "```\n"
                                      "\n"
                                      "E = mc²\n"
                                      "\n"
                                      "1 Without tax.\n");
}

static void pages_are_parted_by_comments(void **state)
{
    (void)state;
    recto_page *one = build_page(arena, 1);
    recto_page *two = build_page(arena, 2);
    recto_page *five = build_page(arena, 5);
    recto_page *six = build_page(arena, 6);
    recto_page failed = {.number = 4, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "x"};
    build_block(arena, one, RECTO_LABEL_TEXT, "One.");
    build_block(arena, five, RECTO_LABEL_TEXT, "Five.");
    two->flags = RECTO_FLAG_BLANK_PAGE;
    five->flags = RECTO_FLAG_DAMAGED | RECTO_FLAG_TRUNCATED | RECTO_FLAG_ROTATED;
    const recto_page *pages[] = {one, two, &failed, five, six};
    recto_buf out = RECTO_BUF_INIT;
    write_pages(&out, pages, 5);
    assert_string_equal(recto_buf_cstr(&out), "One.\n"
                                              "\n<!-- page 2: blank -->\n"
                                              "\n<!-- page 4: failed (format) -->\n"
                                              "\n<!-- page 5: truncated, damaged -->\n"
                                              "\nFive.\n"
                                              "\n<!-- page 6 -->\n");
    recto_buf_free(&out);
    assert_md(two, "<!-- page 2: blank -->\n");
    assert_md(one, "One.\n");
}

static void nothing_gives_an_empty_file(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    write_pages(&out, NULL, 0);
    assert_int_equal(out.len, 0);
    recto_buf_free(&out);
    assert_md(build_page(arena, 1), "");
}

static void printed_numbers_are_kept(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_item(arena, p, 0, "7.", "seven");
    build_item(arena, p, 0, "8.", "eight");
    build_item(arena, p, 0, "10.", "ten");
    build_item(arena, p, 1, "3)", "inner three");
    build_item(arena, p, 1, "4)", "inner four");
    build_item(arena, p, 0, "11.", "eleven");
    build_item(arena, p, 0, "iv.", "four");
    build_item(arena, p, 0, "☐", "open");
    build_item(arena, p, 0, "•", "[x] not a task");
    build_item(arena, p, 0, "o", "1. not a number");
    assert_md(p, "7. seven\n"
                 "8. eight\n"
                 "<!-- -->\n"
                 "10. ten\n"
                 "\n"
                 "    3) inner three\n"
                 "    4) inner four\n"
                 "11. eleven\n"
                 "- iv. four\n"
                 "- ☐ open\n"
                 "- \\[x] not a task\n"
                 "- 1\\. not a number\n");
    if (!run_tool_is_there("cmark"))
        skip();
    assert_html("cmark --unsafe", p,
                "<ol start=\"7\">\n<li>seven</li>\n<li>eight</li>\n</ol>\n<!-- -->\n"
                "<ol start=\"10\">\n<li>\n<p>ten</p>\n"
                "<ol start=\"3\">\n<li>inner three</li>\n<li>inner four</li>\n</ol>\n</li>\n"
                "<li>\n<p>eleven</p>\n</li>\n</ol>\n"
                "<ul>\n<li>iv. four</li>\n<li>☐ open</li>\n<li>[x] not a task</li>\n"
                "<li>1. not a number</li>\n</ul>\n");
}

static void lists_nest_and_unwind(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_item(arena, p, 2, "•", "starts deep");
    build_item(arena, p, 0, "•", "a");
    build_item(arena, p, 1, "–", "b");
    build_item(arena, p, 2, "–", "c");
    build_item(arena, p, 0, "•", "d");
    build_block(arena, p, RECTO_LABEL_TEXT, "Text.");
    build_item(arena, p, 0, "•", "");
    assert_md(p, "- starts deep\n"
                 "- a\n"
                 "  - b\n"
                 "    - c\n"
                 "- d\n"
                 "\n"
                 "Text.\n"
                 "\n"
                 "- \n");
    if (!run_tool_is_there("cmark"))
        skip();
    assert_html("cmark --unsafe", p,
                "<ul>\n<li>starts deep</li>\n<li>a\n<ul>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n"
                "</ul>\n</li>\n<li>d</li>\n</ul>\n<p>Text.</p>\n<ul>\n<li></li>\n</ul>\n");
}

static void a_list_may_be_deeper_than_we_track(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    for (int i = 0; i < 40; i++)
        build_item(arena, p, i, "1.", "x");
    recto_buf out = RECTO_BUF_INIT;
    const recto_page *pages[] = {p};
    write_pages(&out, pages, 1);
    assert_int_equal(out.data[out.len - 1], '\n');
    recto_buf_free(&out);
}

static void headings_keep_their_level(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_TITLE, "C #");
    for (int level = 1; level <= 6; level += 5)
        build_block(arena, p, RECTO_LABEL_SECTION_HEADER, "- a_b_ *")->level = level;
    build_block(arena, p, RECTO_LABEL_SECTION_HEADER, "");
    assert_md(p, "# C \\#\n\n# - a_b\\_ *\n\n###### - a_b\\_ *\n");
}

static void a_fence_is_longer_than_any_inside(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_CODE, "```\n````x\n<script>");
    assert_md(p, "`````\n```\n````x\n<script>\n`````\n");
}

static void spans_need_html(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "", "<b>\"&", "d"};
    recto_page *p = build_page(arena, 1);
    recto_table *t = build_table(arena, p, 2, 2, texts)->table;
    t->cells[0].col_span = 2;
    memmove(&t->cells[1], &t->cells[2], 2 * sizeof *t->cells);
    t->n_cells = 3;
    assert_md(p, "<table>\n"
                 "<tr><th colspan=\"2\">a</th></tr>\n"
                 "<tr><td>&lt;b&gt;&quot;&amp;</td><td>d</td></tr>\n"
                 "</table>\n");
}

static void cells_are_escaped(void **state)
{
    (void)state;
    static const char *const texts[] = {"a|b", "---", "`|`\\", "", "-", "\\|"};
    recto_page *p = build_page(arena, 1);
    build_table(arena, p, 3, 2, texts);
    build_block(arena, p, RECTO_LABEL_TEXT, "After.");
    assert_md(p,
              "| a\\|b | --- |\n| --- | --- |\n| \\`\\|\\`\\\\ |  |\n| - | \\\\\\| |\n\nAfter.\n");
    if (!run_tool_is_there("cmark-gfm"))
        skip();
    assert_html("cmark-gfm -e table", p,
                "<table>\n<thead>\n<tr>\n<th>a|b</th>\n<th>---</th>\n</tr>\n</thead>\n<tbody>\n"
                "<tr>\n<td>`|`\\</td>\n<td></td>\n</tr>\n<tr>\n<td>-</td>\n<td>\\|</td>\n</tr>\n"
                "</tbody>\n</table>\n<p>After.</p>\n");
}

static void columns_of_numbers_are_flush_right(void **state)
{
    (void)state;
    static const char *const texts[] = {"a",  "b", "c",        "d", "1.5", "",
                                        "x1", "7", "(2,00 €)", "",  "2",   "–"};
    recto_page *p = build_page(arena, 1);
    build_table(arena, p, 3, 4, texts);
    assert_md(p, "| a | b | c | d |\n| ---: | --- | --- | ---: |\n| 1.5 |  | x1 | 7 |\n"
                 "| (2,00 €) |  | 2 | – |\n");
}

static void text_that_was_not_cleaned_is_cleaned_here(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_TEXT,
                "a\x1b[31m\xE2\x80\xAE"
                "b\n\n# c\xFF");
    build_item(arena, p, 0, "\x1b•", "x\ny");
    assert_md(p, "a[31mb # c\xEF\xBF\xBD\n\n- • x y\n");
}

static void out_of_memory_is_told(void **state)
{
    (void)state;
    recto_docinfo info = write_doc_info();
    const recto_writer *w = recto_writer_lookup("md");
    recto_arena *none = recto_arena_new(16, 16);
    recto_buf out = RECTO_BUF_INIT;
    void *ws = NULL;
    w->begin(&out, &ws, &info, none);
    w->page(&out, ws, &info, build_full_page(arena));
    w->end(&out, ws, &info);
    assert_int_equal(recto_buf_status(&out, NULL), RECTO_ERR_NOMEM);
    recto_buf_free(&out);
    recto_arena_free(none);
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_page_with_everything_reads_well),
        WITH_ARENA(pages_are_parted_by_comments),
        WITH_ARENA(nothing_gives_an_empty_file),
        WITH_ARENA(printed_numbers_are_kept),
        WITH_ARENA(lists_nest_and_unwind),
        WITH_ARENA(a_list_may_be_deeper_than_we_track),
        WITH_ARENA(headings_keep_their_level),
        WITH_ARENA(a_fence_is_longer_than_any_inside),
        WITH_ARENA(spans_need_html),
        WITH_ARENA(cells_are_escaped),
        WITH_ARENA(columns_of_numbers_are_flush_right),
        WITH_ARENA(text_that_was_not_cleaned_is_cleaned_here),
        WITH_ARENA(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
