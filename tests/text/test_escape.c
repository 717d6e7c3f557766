/* Protects: whatever a document says, it comes out as that text and never as markup; and what is
 * harmless comes out unchanged. */
#include "check.h"

#include "text/escape.h"
#include "text/hostile_texts.h"
#include "text/run_tool.h"

#include <string.h>

static void assert_markdown(const char *text, unsigned where, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    recto_escape_markdown(&out, text, where);
    assert_string_equal(recto_buf_cstr(&out), wanted);
    recto_buf_free(&out);
}

static void harmless_text_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Plain words, (brackets), \"quotes\", it's 100 % - fine!",
        "snake_case and 2 * 3 = 6 and a < b > c",
        "R&D, AT&T, Q&A",
        "[1] Smith, J. [sic] a[0]",
        "C:\\path\\file",
        "Name: ____ Date: ____",
        "~5 km",
        "#hashtag",
        "1.5 km, 12.",
        "-5 degrees",
        "+44 20 1234",
        "https://example.org/a_b?x=1",
        "mail@example.org",
        "a|b",
        "Straße, naïve_café, 東京_都",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool item = strncmp(texts[i], "[1]", 3) == 0; /* "[x]" begins a task list's item */
        assert_markdown(texts[i], item ? 0 : RECTO_ESCAPE_BLOCK, texts[i]);
    }
}

static void inline_markup_is_disarmed(void **state)
{
    (void)state;
    assert_markdown("*a* **b** _c_ __d__", 0, "\\*a\\* \\*\\*b\\*\\* \\_c\\_ \\_\\_d\\_\\_");
    assert_markdown("a*b*c", 0, "a\\*b\\*c");
    assert_markdown("use `rm`", 0, "use \\`rm\\`");
    assert_markdown("<b>x</b> <!-- y --> <?z?>", 0, "&lt;b>x&lt;/b> &lt;!-- y --> &lt;?z?>");
    assert_markdown("<5@x.org> <5", 0, "&lt;5@x.org> <5");
    assert_markdown("&lt; &#60; &#x3c; &;", 0, "&amp;lt; &amp;#60; &amp;#x3c; &;");
    assert_markdown("[x](javascript:alert(1))", 0, "[x\\](javascript:alert(1))");
    assert_markdown("![x](http://y) [a]: b", 0, "![x\\](http://y) [a\\]: b");
    assert_markdown("a\\*b \\ c\\", 0, "a\\\\\\*b \\ c\\\\");
    assert_markdown("~~gone~~ 5~10", 0, "\\~\\~gone\\~\\~ 5\\~10");
    assert_markdown("a|b\\|c", RECTO_ESCAPE_CELL, "a\\|b\\\\\\|c");
}

static void block_markup_is_disarmed_at_the_start_only(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"# a", "\\# a"},
        {"######", "\\######"},
        {"####### a", "####### a"},
        {"> a", "\\> a"},
        {">a", "\\>a"},
        {"- a", "\\- a"},
        {"+ a", "\\+ a"},
        {"* a", "\\* a"},
        {"-", "\\-"},
        {"--", "\\--"},
        {"---", "\\---"},
        {"- - -", "\\- - -"},
        {"***", "\\***"},
        {"___", "\\___"},
        {"_ _ _", "\\_ _ _"},
        {"1. a", "1\\. a"},
        {"1) a", "1\\) a"},
        {"1986.", "1986\\."},
        {"123456789. a", "123456789\\. a"},
        {"1234567890. a", "1234567890. a"},
        {"[x] a", "\\[x] a"},
        {"~~~", "\\~\\~\\~"},
        {"```", "\\`\\`\\`"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_markdown(pairs[i][0], RECTO_ESCAPE_BLOCK, pairs[i][1]);
    assert_markdown("a # b - c 1. d", RECTO_ESCAPE_BLOCK, "a # b - c 1. d");
}

static void closing_marks_of_titles_are_kept(void **state)
{
    (void)state;
    assert_markdown("C#", RECTO_ESCAPE_TITLE, "C#");
    assert_markdown("a ##", RECTO_ESCAPE_TITLE, "a \\##");
    assert_markdown("#", RECTO_ESCAPE_TITLE, "\\#");
    assert_markdown("1. One", RECTO_ESCAPE_TITLE, "1. One");
}

static void html_is_escaped(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_escape_html(&out, "<a href=\"x\">'&amp;'\x1b</a>\xE2\x80\xAE");
    assert_string_equal(recto_buf_cstr(&out), "&lt;a href=&quot;x&quot;&gt;'&amp;amp;'&lt;/a&gt;");
    recto_buf_free(&out);
}

static void assert_cleaned(const char *text, unsigned where, const char *wanted)
{
    recto_buf scratch = RECTO_BUF_INIT;
    const char *got = recto_escape_cleaned(&scratch, text, where);
    assert_string_equal(got, wanted);
    if (strcmp(text, wanted) == 0)
        assert_ptr_equal(got, text); /* the usual case copies nothing */
    recto_buf again = RECTO_BUF_INIT;
    assert_string_equal(recto_escape_cleaned(&again, got, where), wanted);
    recto_buf_free(&again);
    recto_buf_free(&scratch);
}

static void cleaning_takes_out_what_must_not_pass(void **state)
{
    (void)state;
    assert_cleaned("", 0, "");
    assert_cleaned("caf\xC3\xA9 \xE2\x82\xAC", 0, "caf\xC3\xA9 \xE2\x82\xAC");
    assert_cleaned("  a\t\tb \n", 0, "a b");
    assert_cleaned("a\x1b]0;x\x07"
                   "b\xC2\x9B",
                   0, "a]0;xb");
    assert_cleaned("a\xE2\x80\xAE"
                   "b\xE2\x81\xA6"
                   "c\xEF\xBB\xBF",
                   0, "abc");
    assert_cleaned("a\xFF", 0, "a\xEF\xBF\xBD");
    assert_cleaned("ex\xC2\xAD"
                   "ample ex-\xC2\xAD",
                   0, "example ex--");
    assert_cleaned("soft\xC2\xAD hyphen\xC2\xAD", 0, "soft- hyphen-");
    assert_cleaned("a\n  b\t c\n", RECTO_ESCAPE_LINES, "a\n  b  c\n");
    assert_cleaned("a\n  b\n", RECTO_ESCAPE_LINES, "a\n  b\n");
    assert_cleaned("a\r\nb\x01", RECTO_ESCAPE_LINES, "a \nb");
}

static void a_million_of_anything_takes_no_time(void **state)
{
    (void)state;
    static const char *const pieces[] = {"*",  "_", "<5", "`",  "[", "](",
                                         "&a", "~", "#",  "\\", "- "};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        recto_buf text = RECTO_BUF_INIT;
        recto_buf out = RECTO_BUF_INIT;
        while (text.len < 1000000)
            recto_buf_text(&text, pieces[i]);
        recto_buf_char(&text, '@');
        recto_escape_markdown(&out, text.data, RECTO_ESCAPE_BLOCK);
        recto_escape_markdown(&out, text.data, RECTO_ESCAPE_TITLE);
        assert_true(out.len >= text.len);
        recto_buf_free(&text);
        recto_buf_free(&out);
    }
}

/* --- through a real parser -------------------------------------------------------------------- */

/* One way a text can stand in Markdown, and the HTML around it. */
typedef struct form {
    unsigned where;
    const char *md_before, *md_after, *html_before, *html_after;
} form;

static void assert_same_lines(const recto_buf *got, const recto_buf *wanted)
{
    const char *g = recto_buf_cstr(got);
    const char *w = recto_buf_cstr(wanted);
    while (*g != '\0' || *w != '\0') {
        int n = (int)strcspn(g, "\n");
        int m = (int)strcspn(w, "\n");
        if (n != m || memcmp(g, w, (size_t)n) != 0)
            fail_msg("came back as\n%.*s\nnot as\n%.*s", n, g, m, w);
        g += n + (g[n] == '\n');
        w += m + (w[m] == '\n');
    }
}

static void round_trip(const char *command, const form *f)
{
    recto_buf md = RECTO_BUF_INIT;
    recto_buf wanted = RECTO_BUF_INIT;
    recto_buf got = RECTO_BUF_INIT;
    uint32_t seed = 20261120;
    for (int i = 0; i < 20000; i++) {
        char text[HOSTILE_RANDOM_SIZE];
        recto_buf scratch = RECTO_BUF_INIT;
        hostile_random(text, &seed);
        if (recto_escape_cleaned(&scratch, text, 0)[0] != '\0') {
            recto_buf_text(&md, f->md_before);
            recto_escape_markdown(&md, text, f->where);
            recto_buf_text(&md, f->md_after);
            recto_buf_text(&wanted, f->html_before);
            recto_escape_html(&wanted, text);
            recto_buf_text(&wanted, f->html_after);
        }
        recto_buf_free(&scratch);
    }
    assert_int_equal(run_tool(&got, command, md.data, md.len), 0);
    assert_same_lines(&got, &wanted);
    recto_buf_free(&md);
    recto_buf_free(&wanted);
    recto_buf_free(&got);
}

static const form forms[] = {
    {RECTO_ESCAPE_BLOCK, "", "\n\n", "<p>", "</p>\n"},
    {RECTO_ESCAPE_TITLE, "## ", "\n\n", "<h2>", "</h2>\n"},
    {RECTO_ESCAPE_BLOCK, "- ", "\n\n<!-- -->\n\n", "<ul>\n<li>", "</li>\n</ul>\n<!-- -->\n"},
};

static void random_text_survives_commonmark(void **state)
{
    (void)state;
    if (!run_tool_is_there("cmark"))
        skip();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        round_trip("cmark --unsafe", &forms[i]);
}

static void random_text_survives_gfm(void **state)
{
    (void)state;
    static const char command[] = "cmark-gfm --unsafe -e table -e strikethrough -e tasklist";
    static const form cell = {RECTO_ESCAPE_CELL, "| a | b |\n| --- | --- |\n| x | ", " |\n\n",
                              "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
                              "<tbody>\n<tr>\n<td>x</td>\n<td>",
                              "</td>\n</tr>\n</tbody>\n</table>\n"};
    if (!run_tool_is_there("cmark-gfm"))
        skip();
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        round_trip(command, &forms[i]);
    round_trip(command, &cell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmless_text_stays_as_it_is),
        cmocka_unit_test(inline_markup_is_disarmed),
        cmocka_unit_test(block_markup_is_disarmed_at_the_start_only),
        cmocka_unit_test(closing_marks_of_titles_are_kept),
        cmocka_unit_test(html_is_escaped),
        cmocka_unit_test(cleaning_takes_out_what_must_not_pass),
        cmocka_unit_test(a_million_of_anything_takes_no_time),
        cmocka_unit_test(random_text_survives_commonmark),
        cmocka_unit_test(random_text_survives_gfm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
