/* Protects: each convention of the model's answers becomes the blocks that tests/spec/markup.txt
 * says, is written as Markdown that reads back as the same blocks, and nothing an answer holds
 * takes long, breaks the model's rules, or passes a limit.
 *
 * The examples are recorded anew with RECTO_SPEC_RECORD=FILE (then look at the difference). */
#include "check.h"

#include "text/markup_same.h"
#include "text/run_tool.h"
#include "text/spec_file.h"
#include "text/write_doc.h"

#include "text/markup.h"

#include <time.h>

enum { MEGABYTE = 1 << 20 };

static recto_arena *keep;
static recto_arena *tmp;

static int enter(void **state)
{
    (void)state;
    keep = recto_arena_new(0, 0);
    tmp = recto_arena_new(0, 0);
    return keep == NULL || tmp == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_arena_free(keep);
    recto_arena_free(tmp);
    return 0;
}

static const recto_markup_options plain = {.width = 1000, .height = 2000};

static recto_page blank_page(void)
{
    return (recto_page){.number = 1,
                        .width = 1000,
                        .height = 2000,
                        .dpi = 100,
                        .width_pt = 720,
                        .height_pt = 1440,
                        .reader = RECTO_READER_VLM};
}

static recto_page parse_all(const char *text, size_t len, const recto_markup_options *opt)
{
    recto_page p = blank_page();
    recto_error err = {0};
    assert_int_equal(recto_markup_parse(&p, text, len, opt, keep, tmp, &err), RECTO_OK);
    if (recto_doc_check(&p, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_float_equal(p.conf, 1, 0);
    assert_int_equal(recto_arena_used(tmp), 0);
    return p;
}

static recto_page parse(const char *text)
{
    return parse_all(text, strlen(text), &plain);
}

static const char *markdown_of(const recto_page *p)
{
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_lookup("md"), &info, &p, 1);
    assert_int_equal(recto_buf_status(&out, NULL), RECTO_OK);
    const char *text = recto_arena_text(keep, recto_buf_cstr(&out), out.len);
    recto_buf_free(&out);
    return text;
}

/* --- pages as text ---------------------------------------------------------------------------- */

/* "a {math:x^2} b"; braces of the text are doubled in no way: look at the places in doubt. */
static void tell_text(recto_buf *out, const char *text, const recto_span *spans, int n_spans)
{
    static const char *const names[] = {"math", "bold", "italic", "code", "sup", "sub"};
    int at = 0;
    for (int i = 0; i < n_spans; i++) {
        recto_buf_add(out, text + at, (size_t)(spans[i].start - at));
        recto_buf_printf(out, "{%s:", names[spans[i].kind]);
        recto_buf_add(out, text + spans[i].start, (size_t)(spans[i].end - spans[i].start));
        recto_buf_char(out, '}');
        at = spans[i].end;
    }
    recto_buf_text(out, text + at);
    recto_buf_char(out, '\n');
}

static void tell_box(recto_buf *out, recto_rect r)
{
    if (!recto_rect_is_empty(r))
        recto_buf_printf(out, " @%g,%g,%g,%g", (double)r.x0, (double)r.y0, (double)r.x1,
                         (double)r.y1);
}

static void tell_table(recto_buf *out, const recto_table *t)
{
    recto_buf_printf(out, " %dx%d\n", t->n_rows, t->n_cols);
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *c = &t->cells[i];
        recto_buf_printf(out, "  %d,%d", c->row, c->col);
        if (c->row_span > 1 || c->col_span > 1)
            recto_buf_printf(out, " spans %dx%d", c->row_span, c->col_span);
        recto_buf_text(out, c->header ? " header: " : ": ");
        tell_text(out, c->text, c->spans, c->n_spans);
    }
}

static void tell_block(recto_buf *out, const recto_block *b)
{
    recto_buf_text(out, recto_doc_label_name(b->label));
    if (b->label == RECTO_LABEL_SECTION_HEADER || b->label == RECTO_LABEL_LIST_ITEM)
        recto_buf_printf(out, " %d", b->level);
    if (b->marker != NULL)
        recto_buf_printf(out, " \"%s\"%s", b->marker, b->ordered ? " ordered" : "");
    if (b->category != NULL)
        recto_buf_printf(out, " (%s)", b->category);
    tell_box(out, b->box);
    if (b->table != NULL) {
        tell_table(out, b->table);
    } else if (b->label == RECTO_LABEL_CODE) {
        recto_buf_text(out, ": ");
        for (const char *p = b->text; *p != '\0'; p++)
            recto_buf_text(out, *p == '\n' ? "⏎" : (const char[]){*p, '\0'});
        recto_buf_char(out, '\n');
    } else {
        recto_buf_text(out, b->text[0] == '\0' ? "" : ": ");
        tell_text(out, b->text, b->spans, b->n_spans);
    }
}

static void tell_page(recto_buf *out, const recto_page *p)
{
    for (int i = 0; i < p->n_regions; i++) {
        recto_buf_printf(out, "region (%s)", p->regions[i].category);
        tell_box(out, p->regions[i].box);
        recto_buf_printf(out, ": %s\n", p->regions[i].brief);
    }
    for (int i = 0; i < p->n_blocks; i++)
        tell_block(out, &p->blocks[i]);
    for (int i = 0; i < p->n_notes; i++)
        recto_buf_printf(out, "note: %s\n", p->notes[i]);
}

/* What was written is read as the same blocks. */
static void assert_round(const recto_page *p, int line)
{
    const char *md = markdown_of(p);
    recto_page again = parse(md);
    recto_buf first = RECTO_BUF_INIT;
    recto_buf second = RECTO_BUF_INIT;
    markup_same(&first, p);
    markup_same(&second, &again);
    if (strcmp(recto_buf_cstr(&first), recto_buf_cstr(&second)) != 0)
        fail_msg("line %d: written\n%s\nreads back as\n%s\nnot\n%s", line, md,
                 recto_buf_cstr(&second), recto_buf_cstr(&first));
    recto_buf_free(&first);
    recto_buf_free(&second);
}

/* --- examples --------------------------------------------------------------------------------- */

static recto_markup_options options_of(const spec_example *e)
{
    recto_markup_options opt = plain;
    opt.is_json = spec_says(e, "json");
    opt.is_latex = spec_says(e, "latex");
    opt.cut_off = spec_says(e, "cut off");
    return opt;
}

static const char *read_spec(void)
{
    const char *text = spec_read(keep, "markup.txt");
    assert_non_null(text);
    return text;
}

static void the_examples_come_out_as_described(void **state)
{
    (void)state;
    const char *spec = read_spec();
    const char *record = getenv("RECTO_SPEC_RECORD");
    FILE *to = record == NULL ? NULL : fopen(record, "w");
    const char *p = spec;
    int line = 0;
    int n = 0;
    spec_example e;
    for (const char *from = p; spec_next(&p, &line, &e); from = p, n++) {
        const recto_markup_options opt = options_of(&e);
        recto_page page = parse_all(e.input, (size_t)(e.output - 2 - e.input), &opt);
        recto_buf got = RECTO_BUF_INIT;
        tell_page(&got, &page);
        size_t len = (size_t)(e.end - e.output);
        if (to != NULL)
            fprintf(to, "%.*s%s%.*s", (int)(e.output - from), from, recto_buf_cstr(&got),
                    (int)(p - e.end), e.end);
        else if (got.len != len || memcmp(recto_buf_cstr(&got), e.output, len) != 0)
            fail_msg("line %d: got\n%s", e.line, recto_buf_cstr(&got));
        assert_round(&page, e.line);
        recto_buf_free(&got);
    }
    if (to != NULL) {
        fputs(p, to);
        fclose(to);
    }
    assert_true(n > 30);
}

/* --- what examples do not show ---------------------------------------------------------------- */

static void nothing_gives_an_empty_page(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",         " \n\n ", "\xC2\xAD", "<think></think>", "<!-- x -->", "#",
        "```\n```", "$$\n$$", "**",       "<table></table>"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        recto_page p = parse(texts[i]);
        assert_int_equal(p.n_blocks, i == 8);
        assert_int_equal(p.n_regions, 0);
    }
    recto_page p = parse_all("a\0b", 3, &plain);
    assert_string_equal(p.blocks[0].text, "ab");
    assert_int_equal(p.n_notes, 0);
}

static void bytes_that_are_no_text_are_cleaned(void **state)
{
    (void)state;
    static const char bytes[] = "a\xFF\x1b[31m\xE2\x80\xAE"
                                "b e\xCC\x81 c\xC2\xA0\xC2\xAD d\r\ne\rf\tg &#x202E;&#27;&#0;";
    recto_page p = parse_all(bytes, sizeof bytes - 1, &plain);
    assert_int_equal(p.n_blocks, 1);
    assert_string_equal(p.blocks[0].text, "a\xEF\xBF\xBD[31mb \xC3\xA9 c d e f g \xEF\xBF\xBD");
}

static void boxes_are_pixels_of_the_page(void **state)
{
    (void)state;
    recto_page p =
        parse("![image](<box>[[<COORD_100>,<COORD_250>,<COORD_999>,<COORD_500>]]</box>)");
    assert_float_equal(p.blocks[0].box.x0, 100, 0.01);
    assert_float_equal(p.blocks[0].box.y0, 500, 0.01);
    assert_float_equal(p.blocks[0].box.x1, 999, 0.01);
    assert_float_equal(p.blocks[0].box.y1, 1000, 0.01);
    assert_int_equal(p.n_notes, 0);
    const recto_markup_options nowhere = {.width = 0, .height = 0};
    static const char text[] = "![image](<box>[[1,2,3,4]]</box>)";
    p = parse_all(text, sizeof text - 1, &nowhere);
    assert_true(recto_rect_is_empty(p.blocks[0].box));
}

static void deep_lists_stay_within_the_model(void **state)
{
    (void)state;
    recto_buf text = RECTO_BUF_INIT;
    for (int i = 0; i < 40; i++) {
        for (int k = 0; k < 2 * i; k++)
            recto_buf_char(&text, ' ');
        recto_buf_text(&text, "- x\n");
    }
    recto_page p = parse_all(text.data, text.len, &plain);
    assert_int_equal(p.n_blocks, 40);
    assert_int_equal(p.blocks[15].level, 15);
    assert_int_equal(p.blocks[39].level, 15);
    assert_round(&p, 0);
    recto_buf_free(&text);
}

static void tables_are_bounded(void **state)
{
    (void)state;
    recto_buf text = RECTO_BUF_INIT;
    recto_buf_text(&text, "<table><tr>");
    for (int i = 0; i < 3000; i++)
        recto_buf_text(&text, "<td>x");
    for (int i = 0; i < 3000; i++)
        recto_buf_text(&text, "<tr><td rowspan=99999999 colspan=0>y<td rowspan=x>z");
    recto_page p = parse_all(text.data, text.len, &plain);
    assert_int_equal(p.blocks[0].table->n_cols, 1000);
    assert_true(p.blocks[0].table->n_rows <= 100);
    assert_true(p.n_notes > 0);
    recto_buf_free(&text);
}

static void the_number_of_blocks_is_bounded(void **state)
{
    (void)state;
    recto_buf text = RECTO_BUF_INIT;
    for (int i = 0; i < 60000; i++)
        recto_buf_text(&text, "# x\n");
    recto_page p = parse_all(text.data, text.len, &plain);
    assert_int_equal(p.n_blocks, 50000);
    assert_int_equal(p.n_notes, 1);
    recto_buf_clear(&text);
    recto_buf_text(&text, "<think>");
    for (int i = 0; i < 6000; i++)
        recto_buf_text(&text, "<box>1,2,3,4</box><label>text</label>");
    recto_buf_text(&text, "</think>a");
    p = parse_all(text.data, text.len, &plain);
    assert_int_equal(p.n_regions, 5000);
    assert_string_equal(p.notes[0], "blocks or regions beyond the limit: 1000");
    recto_buf_free(&text);
}

static void assert_quick(const char *unit, bool is_json)
{
    recto_buf text = RECTO_BUF_INIT;
    const recto_markup_options opt = {.width = 1000, .height = 2000, .is_json = is_json};
    while (text.len < MEGABYTE)
        recto_buf_text(&text, unit);
    clock_t before = clock();
    parse_all(text.data, text.len, &opt);
    double s = (double)(clock() - before) / CLOCKS_PER_SEC;
    double limit = getenv("RECTO_SANITIZED") == NULL ? 2.0 : 20.0; /* of quadratic: minutes */
    if (s > limit)
        fail_msg("a megabyte of '%.20s' took %.2f s", unit, s);
    recto_buf_free(&text);
    leave(NULL);
    enter(NULL);
}

static void a_megabyte_of_anything_is_quick(void **state)
{
    (void)state;
    static const char *const units[] = {
        "[",
        "*",
        "$",
        "_a",
        "*a",
        "![",
        "](",
        "[a](",
        "`a``",
        "<",
        "<b>",
        "<td>",
        "<table>",
        "<td\n\n",
        "<!--",
        "<!-- -->",
        "<box>",
        "<label>",
        "<brief>",
        "<think>",
        "</think>",
        "<script",
        "<pre>",
        "<style>",
        "| ",
        "a|b\n-|-\n",
        "> ",
        "- ",
        "- a",
        "1. a\n",
        "# ",
        "```\n",
        "$$\n",
        "$$x$$ is\n",
        "\\[a\n",
        "\\(",
        "\\begin{align}",
        "&",
        "&amp;",
        "<COORD_1>",
        "[x](<",
        "[x](a \"",
        "{\"bbox\":",
        "[{",
        "\"",
        "\xCC\x81",
        "\xFF",
        "\t",
        "<ul><li>",
        "• ",
        "<tr><td rowspan=9999 colspan=999>",
        "<table><tr><td>a</table>",
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        assert_quick(units[i], i % 4 == 0);
    assert_quick("{\"bbox\":", true);
    assert_quick("{\"bbox\":[1,2,3,4],\"category\":\"table\"},", true);
}

static void the_same_answer_gives_the_same_page(void **state)
{
    (void)state;
    const char *spec = read_spec();
    recto_page first = parse(spec);
    const char *one = markdown_of(&first);
    recto_page second = parse(spec);
    assert_string_equal(one, markdown_of(&second));
    assert_round(&first, 0);
}

static void out_of_memory_is_told_at_every_allocation(void **state)
{
    (void)state;
    static const char text[] = "<think><box>1,2,30,40</box><label>text</label><brief>b</brief>"
                               "</think># T\n\n- a **b** $c$\n\n<table><caption>c</caption><tr>"
                               "<td>d<td><i>e</i></table>\n\n```\nf\n```\n\n![x](y) &copy; 50%\n"
                               "\n$$50%$$\n\xC3\xA9\n\nx<ol><li>y</ol>\n";
    for (int which = 0; which < 2; which++) {
        recto_status status = RECTO_ERR_NOMEM;
        int n_failed = 0;
        for (size_t limit = 16; status != RECTO_OK && limit < 1 << 20; limit += 96, n_failed++) {
            recto_arena *tight = recto_arena_new(64, limit);
            recto_page p = blank_page();
            status = recto_markup_parse(&p, text, sizeof text - 1, &plain,
                                        which == 0 ? tight : keep, which == 0 ? tmp : tight, NULL);
            assert_true(status == RECTO_OK || status == RECTO_ERR_NOMEM);
            assert_int_equal(recto_doc_check(&p, NULL), RECTO_OK);
            recto_arena_free(tight);
        }
        assert_int_equal(status, RECTO_OK);
        assert_true(n_failed > 10);
    }
}

/* A renderer sees the structure that was meant. */
static void assert_html(const char *answer, const char *wanted)
{
    recto_page p = parse(answer);
    const char *md = markdown_of(&p);
    recto_buf html = RECTO_BUF_INIT;
    if (run_tool(&html, "cmark-gfm --unsafe -e table -e strikethrough", md, strlen(md)) != 0)
        fail_msg("cmark-gfm failed");
    assert_string_equal(recto_buf_cstr(&html), wanted);
    recto_buf_free(&html);
}

static void renderers_see_what_was_meant(void **state)
{
    (void)state;
    if (!run_tool_is_there("cmark-gfm"))
        skip();
    assert_html("# *A* b\n\n1. x\n   - **y** z\n2. `a|b`\n",
                "<h1><em>A</em> b</h1>\n<ol>\n<li>x\n<ul>\n<li><strong>y</strong> z</li>\n</ul>\n"
                "</li>\n<li><code>a|b</code></li>\n</ol>\n");
    assert_html("<table><tr><td><b>a</b>|<td>*b*</table>",
                "<table>\n<thead>\n<tr>\n<th><strong>a</strong>|</th>\n<th>*b*</th>\n</tr>\n"
                "</thead>\n</table>\n");
    assert_html("a&lt;script&gt;alert(1)&lt;/script&gt; <script>alert(2)</script> \\*b\\* ~~c~~",
                "<p>a&lt;script&gt;alert(1)&lt;/script&gt; &lt;script&gt;alert(2)&lt;/script&gt; "
                "*b* c</p>\n");
    assert_html("$<img src=x onerror=alert(1)>$\n\n$$\n</p><script>alert(1)</script>\n$$",
                "<p>$&lt; img src=x onerror=alert(1)&gt;$</p>\n"
                "<p>$$\n&lt; /p&gt;&lt; script&gt;alert(1)&lt; /script&gt;\n$$</p>\n");
}

#define WITH_ARENAS(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENAS(the_examples_come_out_as_described),
        WITH_ARENAS(nothing_gives_an_empty_page),
        WITH_ARENAS(bytes_that_are_no_text_are_cleaned),
        WITH_ARENAS(boxes_are_pixels_of_the_page),
        WITH_ARENAS(deep_lists_stay_within_the_model),
        WITH_ARENAS(tables_are_bounded),
        WITH_ARENAS(the_number_of_blocks_is_bounded),
        WITH_ARENAS(a_megabyte_of_anything_is_quick),
        WITH_ARENAS(the_same_answer_gives_the_same_page),
        WITH_ARENAS(out_of_memory_is_told_at_every_allocation),
        WITH_ARENAS(renderers_see_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
