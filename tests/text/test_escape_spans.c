/* Protects: spans, nested in any way, become markup that CommonMark reads as just these spans;
 * links lead only where it is safe to follow; the text between stays inert. */
#include "check.h"

#include "text/hostile_texts.h"
#include "text/run_tool.h"

#include "text/escape.h"

enum { SPANS_MAX = 8, ROUNDS = 20000 };

static void assert_both(const char *text, const recto_span *spans, int n, const char *md,
                        const char *html)
{
    recto_buf out = RECTO_BUF_INIT;
    recto_escape_markdown_spans(&out, text, spans, n, RECTO_ESCAPE_BLOCK);
    assert_string_equal(recto_buf_cstr(&out), md);
    recto_buf_clear(&out);
    recto_escape_html_spans(&out, text, spans, n);
    assert_string_equal(recto_buf_cstr(&out), html);
    recto_buf_free(&out);
}

static void spans_nest(void **state)
{
    (void)state;
    static const recto_span nested[] = {{0, 9, RECTO_SPAN_BOLD, NULL},
                                        {4, 7, RECTO_SPAN_ITALIC, NULL},
                                        {10, 13, RECTO_SPAN_LINK, "https://a.b/?x=1&y=(2)"}};
    assert_both("one two 3 see", nested, 3, "**one *two* 3** [see](https://a.b/?x=1&y=%282%29)",
                "<b>one <i>two</i> 3</b> <a href=\"https://a.b/?x=1&amp;y=%282%29\">see</a>");
    static const recto_span all[] = {{0, 3, RECTO_SPAN_BOLD, NULL},
                                     {0, 3, RECTO_SPAN_ITALIC, NULL},
                                     {0, 3, RECTO_SPAN_LINK, "#page=12"},
                                     {3, 4, RECTO_SPAN_SUPERSCRIPT, NULL}};
    assert_both("one1", all, 4, "[***one***](#page=12)<sup>1</sup>",
                "<a href=\"#page=12\"><i><b>one</b></i></a><sup>1</sup>");
    static const recto_span edge[] = {{0, 7, RECTO_SPAN_BOLD, NULL},
                                      {0, 3, RECTO_SPAN_ITALIC, NULL},
                                      {4, 7, RECTO_SPAN_CODE, NULL}};
    static const recto_span mark[] = {{0, 7, RECTO_SPAN_BOLD, NULL},
                                      {4, 7, RECTO_SPAN_LINK, "#page=2"}};
    assert_both("one two.", mark, 2, "**one [two](#page=2)**.",
                "<b>one <a href=\"#page=2\">two</a></b>.");
    static const recto_span number[] = {{0, 1, RECTO_SPAN_LINK, "#page=2"}};
    assert_both("1 note", number, 1, "1 note", "<a href=\"#page=2\">1</a> note");
    assert_both("one t*o", edge, 3, "<b>*one* `t*o`</b>", "<b><i>one</i> <code>t*o</code></b>");
}

static void marks_beside_links_are_disarmed(void **state)
{
    (void)state;
    static const recto_span link[] = {{3, 6, RECTO_SPAN_LINK, "http://a/\"><x> |\\`"}};
    assert_both("a !]b[ ]", link, 1, "a \\![\\]b\\[](http://a/%22%3E%3Cx%3E%20%7C%5C%60) ]",
                "a !<a href=\"http://a/%22%3E%3Cx%3E%20%7C%5C%60\">]b[</a> ]");
    static const recto_span entity[] = {{0, 1, RECTO_SPAN_LINK, "http://a/?b&lt;c%41%zz\xC3\xA9"}};
    assert_both("x", entity, 1, "[x](http://a/?b&amp;lt;c%41%25zz%C3%A9)",
                "<a href=\"http://a/?b&amp;lt;c%41%25zz%C3%A9\">x</a>");
}

static void only_safe_links_lead_anywhere(void **state)
{
    (void)state;
    static const char *const safe[] = {"http://a", "HTTPS://a.b/c", "mailto:a@b.c",   "tel:+41",
                                       "ftp://a",  "#page=1",       "#page=999999999"};
    static const char *const unsafe[] = {"javascript:alert(1)",
                                         "JaVaScRiPt:alert(1)",
                                         " javascript:alert(1)",
                                         "java\nscript:alert(1)",
                                         "data:text/html,x",
                                         "vbscript:x",
                                         "file:///etc/passwd",
                                         "//evil.example",
                                         "/etc/passwd",
                                         "a.html",
                                         "http:",
                                         "http://",
                                         "https",
                                         "#page=",
                                         "#page=1x",
                                         "#page=1234567890",
                                         "#x",
                                         "blob:http://a",
                                         "intent:x",
                                         "\\\\host\\share",
                                         ""};
    assert_false(recto_escape_url_is_safe(NULL));
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        assert_true(recto_escape_url_is_safe(safe[i]));
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++) {
        const recto_span link[] = {{0, 3, RECTO_SPAN_LINK, unsafe[i]},
                                   {0, 3, RECTO_SPAN_ITALIC, NULL}};
        assert_false(recto_escape_url_is_safe(unsafe[i]));
        assert_both("abc", link, 2, "*abc*", "<i>abc</i>");
    }
}

static void spans_that_break_the_rules_are_left_out(void **state)
{
    (void)state;
    static const recto_span bad[][2] = {
        {{0, 2, RECTO_SPAN_BOLD, NULL}, {1, 3, RECTO_SPAN_ITALIC, NULL}},
        {{0, 2, RECTO_SPAN_BOLD, NULL}, {0, 1, RECTO_SPAN_BOLD, NULL}},
        {{0, 2, RECTO_SPAN_BOLD, NULL}, {2, 9, RECTO_SPAN_ITALIC, NULL}},
        {{0, 2, RECTO_SPAN_BOLD, NULL}, {2, 2, RECTO_SPAN_ITALIC, NULL}},
        {{0, 2, RECTO_SPAN_BOLD, NULL}, {2, 3, RECTO_SPAN_KIND_COUNT, NULL}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_both("abcd", bad[i], 2, "**ab**cd", "<b>ab</b>cd");
    static const recto_span code[] = {{0, 3, RECTO_SPAN_CODE, NULL}, {1, 2, RECTO_SPAN_BOLD, NULL}};
    assert_both("abcd", code, 2, "`abc`d", "<code>abc</code>d");
    static const recto_span deep[] = {{0, 6, RECTO_SPAN_BOLD, NULL},
                                      {0, 5, RECTO_SPAN_ITALIC, NULL},
                                      {0, 4, RECTO_SPAN_SUPERSCRIPT, NULL},
                                      {0, 3, RECTO_SPAN_SUBSCRIPT, NULL},
                                      {0, 2, RECTO_SPAN_CODE, NULL}};
    assert_both("abcdef", deep, 5, "<b>*<sup><sub>abc</sub>d</sup>e*f</b>",
                "<b><i><sup><sub>abc</sub>d</sup>e</i>f</b>");
}

static void xml_holds_nothing_that_it_forbids(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_escape_xml(&out, "a<b>\"'&amp;\x01\xEF\xBF\xBE\xED\xA0\x80\xF3\xB0\x80\x80\x1c\r\n]]>");
    assert_string_equal(recto_buf_cstr(&out),
                        "a&lt;b&gt;&quot;'&amp;amp;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD ]]&gt;");
    recto_buf_free(&out);
}

/* --- through a real parser -------------------------------------------------------------------- */

static uint32_t next(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 16) % below;
}

static bool is_border(const char *text, int i)
{
    return ((unsigned char)text[i] & 0xC0) != 0x80;
}

/* Add spans in from..to, nested below `taken` kinds; in the order of the model. */
static void random_spans(recto_span *spans, int *n, const char *text, int from, int to,
                         unsigned taken, int depth, uint32_t *seed)
{
    static const recto_span_kind kinds[] = {RECTO_SPAN_BOLD, RECTO_SPAN_ITALIC, RECTO_SPAN_CODE,
                                            RECTO_SPAN_SUPERSCRIPT, RECTO_SPAN_LINK};
    while (*n < SPANS_MAX && from < to) {
        int start = from + (int)next(seed, (uint32_t)(to - from));
        int end = start + 1 + (int)next(seed, (uint32_t)(to - start));
        if (next(seed, 3) == 0) {
            start = from;
            end = to;
        }
        recto_span_kind kind = kinds[next(seed, 5)];
        from = end;
        if (!is_border(text, start) || !is_border(text, end) || text[start] == ' ' ||
            text[end - 1] == ' ' || (taken & 1u << kind) != 0)
            continue;
        if (*n > 0 && spans[*n - 1].end == start && spans[*n - 1].kind == kind)
            continue;
        spans[(*n)++] = (recto_span){start, end, kind,
                                     kind == RECTO_SPAN_LINK ? "https://a.b/c?d=e&f=<g>" : NULL};
        if (kind != RECTO_SPAN_CODE && depth + 1 < RECTO_SPAN_DEPTH && next(seed, 2) == 0)
            random_spans(spans, n, text, start, end, taken | 1u << kind, depth + 1, seed);
    }
}

/* cmark's names for emphasis as ours; no more "&#36;" than cmark writes. */
static void replace(recto_buf *b, const char *from, const char *to)
{
    recto_buf made = RECTO_BUF_INIT;
    for (const char *p = recto_buf_cstr(b); *p != '\0';) {
        if (strncmp(p, from, strlen(from)) == 0) {
            recto_buf_text(&made, to);
            p += strlen(from);
        } else {
            recto_buf_char(&made, *p++);
        }
    }
    recto_buf_free(b);
    *b = made;
}

static void assert_same_lines(const char *g, const char *w, const char *md)
{
    int line = 0;
    for (; *g != '\0' || *w != '\0'; line++) {
        int n = (int)strcspn(g, "\n");
        int m = (int)strcspn(w, "\n");
        int k = (int)strcspn(md, "\n");
        if (n != m || memcmp(g, w, (size_t)n) != 0)
            fail_msg("%.*s\ncame back as\n%.*s\nnot as\n%.*s", k, md, n, g, m, w);
        g += n + (g[n] == '\n');
        w += m + (w[m] == '\n');
        md += k + (md[k] == '\n');
        md += *md == '\n';
    }
}

static void random_spans_survive_gfm(void **state)
{
    (void)state;
    recto_buf md = RECTO_BUF_INIT;
    recto_buf wanted = RECTO_BUF_INIT;
    recto_buf got = RECTO_BUF_INIT;
    uint32_t seed = 20261121;
    if (!run_tool_is_there("cmark-gfm"))
        skip();
    for (int i = 0; i < ROUNDS; i++) {
        char text[HOSTILE_RANDOM_SIZE];
        recto_span spans[SPANS_MAX];
        recto_buf scratch = RECTO_BUF_INIT;
        int n = 0;
        hostile_random(text, &seed);
        if (text[0] != '\0' && recto_escape_cleaned(&scratch, text, 0) == text) {
            random_spans(spans, &n, text, 0, (int)strlen(text), 0, 0, &seed);
            recto_escape_markdown_spans(&md, text, spans, n, RECTO_ESCAPE_BLOCK);
            recto_buf_text(&md, "\n\n");
            recto_buf_text(&wanted, "<p>");
            recto_escape_html_spans(&wanted, text, spans, n);
            recto_buf_text(&wanted, "</p>\n");
        }
        recto_buf_free(&scratch);
    }
    static const char command[] = "cmark-gfm --unsafe -e table -e strikethrough -e tasklist";
    assert_int_equal(run_tool(&got, command, md.data, md.len), 0);
    replace(&got, "strong>", "b>");
    replace(&got, "em>", "i>");
    replace(&wanted, "&#36;", "$");
    assert_same_lines(recto_buf_cstr(&got), recto_buf_cstr(&wanted), recto_buf_cstr(&md));
    recto_buf_free(&md);
    recto_buf_free(&wanted);
    recto_buf_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_nest),
        cmocka_unit_test(marks_beside_links_are_disarmed),
        cmocka_unit_test(only_safe_links_lead_anywhere),
        cmocka_unit_test(spans_that_break_the_rules_are_left_out),
        cmocka_unit_test(xml_holds_nothing_that_it_forbids),
        cmocka_unit_test(random_spans_survive_gfm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
