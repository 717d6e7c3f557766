/* Protects: what only the VLM puts into the model (spans, unknown boxes, categories, regions,
 * notes) is checked, survives the spill, and comes out of each writer as meant and without harm. */
#include "check.h"

#include "core/json.h"
#include "text/run_tool.h"
#include "text/spill.h"
#include "text/write_doc.h"

#include <math.h>
#include <stdio.h>

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

static recto_page *vlm_page(void)
{
    recto_page *p = build_page(arena, 1);
    p->reader = RECTO_READER_VLM;
    p->reason = "chosen by the user";
    p->vlm = (recto_vlm_facts){2, 3, 7, 1820, 412, true};
    return p;
}

static recto_block *vlm_block(recto_page *p, recto_label label, const char *text)
{
    recto_block *b = build_block(arena, p, label, text);
    b->lines = NULL;
    b->n_lines = 0;
    b->box = (recto_rect){0};
    return b;
}

/* Marks the first place of part in the text. */
static void mark(recto_block *b, const char *part, recto_span_kind kind)
{
    recto_span *spans = recto_arena_array(arena, (size_t)b->n_spans + 1, sizeof *spans);
    const char *after = b->text + (b->n_spans > 0 ? b->spans[b->n_spans - 1].end : 0);
    const char *at = strstr(after, part);
    assert_non_null(at);
    for (int i = 0; i < b->n_spans; i++)
        spans[i] = b->spans[i];
    spans[b->n_spans] =
        (recto_span){(int)(at - b->text), (int)(at - b->text + (int)strlen(part)), kind, NULL};
    b->spans = spans;
    b->n_spans++;
}

static recto_page *full_vlm_page(void)
{
    static const char *const notes[] = {"unclosed table: 1"};
    static const char *const texts[] = {"Größe", "x_1", "a", "b"};
    recto_page *p = vlm_page();
    recto_block *b = vlm_block(p, RECTO_LABEL_TITLE, "On energy");
    b->category = "doc_title";
    b->box = (recto_rect){10, 20, 300, 60};
    b = vlm_block(p, RECTO_LABEL_TEXT, "Für Körper gilt E=mc^2, laut main() und 3. Satz.");
    mark(b, "E=mc^2", RECTO_SPAN_MATH);
    mark(b, "laut", RECTO_SPAN_BOLD);
    mark(b, "main()", RECTO_SPAN_CODE);
    vlm_block(p, RECTO_LABEL_FORMULA, "\\frac{a}{b} \\tag{1}");
    b = vlm_block(p, RECTO_LABEL_PICTURE, "");
    b->category = "chart";
    b->file = "report 1.png";
    vlm_block(p, RECTO_LABEL_PICTURE, "");
    recto_table *t = build_table(arena, p, 2, 2, texts)->table;
    static const recto_span x[2] = {{0, 3, RECTO_SPAN_MATH, NULL}};
    for (int i = 0; i < t->n_cells; i++) {
        t->cells[i].box = (recto_rect){0};
        t->cells[i].n_lines = 0;
    }
    t->cells[1].spans = x;
    t->cells[1].n_spans = 1;
    p->blocks[p->n_blocks - 1].box = (recto_rect){0};
    p->regions = recto_arena_array(arena, 2, sizeof *p->regions);
    p->regions[0] = (recto_region){{10, 20, 300, 60}, "doc_title", "What it is about"};
    p->regions[1] = (recto_region){{0, 0, 0, 0}, "text", ""};
    p->n_regions = 2;
    p->notes = notes;
    p->n_notes = 1;
    p->flags = RECTO_FLAG_REPAIRED | RECTO_FLAG_LOOP_STOPPED;
    return p;
}

static recto_docinfo vlm_info(void)
{
    recto_docinfo info = write_doc_info();
    info.reader_option = "vlm";
    info.model_name = "tiny";
    info.model_sha256 = WRITE_DOC_SHA;
    info.task_option = "document";
    info.prompt_sha256 = WRITE_DOC_SHA;
    info.system_sha256 = WRITE_DOC_SHA;
    info.tiles_option = "1..12";
    info.precision_option = "f32";
    info.think_option = true;
    info.max_tokens_option = 8192;
    return info;
}

static const char *written(const char *form, const recto_page *page)
{
    recto_docinfo info = vlm_info();
    recto_buf out = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_lookup(form), &info, &page, 1);
    assert_int_equal(recto_buf_status(&out, NULL), RECTO_OK);
    const char *text = recto_arena_text(arena, recto_buf_cstr(&out), out.len);
    recto_buf_free(&out);
    return text;
}

static void assert_broken(const recto_page *p, const char *rule)
{
    recto_error err = {0};
    assert_int_equal(recto_doc_check(p, &err), RECTO_ERR_ARG);
    if (strstr(err.msg, rule) == NULL)
        fail_msg("said '%s', not '%s'", err.msg, rule);
}

#define BREAK(lvalue, wrong, rule)                                                                 \
    do {                                                                                           \
        __typeof__(lvalue) right_value = (lvalue);                                                 \
        (lvalue) = (wrong);                                                                        \
        assert_broken(p, rule);                                                                    \
        (lvalue) = right_value;                                                                    \
        assert_int_equal(recto_doc_check(p, NULL), RECTO_OK);                                      \
    } while (0)

static void the_checker_names_each_broken_rule(void **state)
{
    (void)state;
    static const char *const no_notes[] = {""};
    recto_page *p = full_vlm_page();
    recto_block *b = &p->blocks[1];
    recto_span *s = (recto_span *)(uintptr_t)b->spans;
    recto_table *t = p->blocks[5].table;
    assert_int_equal(recto_doc_check(p, NULL), RECTO_OK);
    BREAK(s[0].kind, RECTO_SPAN_KIND_COUNT, "span kind");
    BREAK(s[0].start, -1, "span empty or outside");
    BREAK(s[0].start, s[0].end, "span empty or outside");
    BREAK(s[2].end, 1000, "span empty or outside");
    BREAK(s[1].start, s[0].start, "not sorted");
    BREAK(s[1].start, s[0].start + 2, "spans that overlap");
    BREAK(s[0].kind, RECTO_SPAN_LINK, "link without its address");
    BREAK(s[0].url, "https://example.org", "address without link");
    BREAK(b->goes_on, RECTO_GOES_ON_COUNT, "goes_on out of range");
    BREAK(p->blocks[0].continues, true, "cannot go on");
    BREAK(p->blocks[3].tied, 2, "tied blocks");
    BREAK(p->blocks[3].tied, 100, "tied to no block");
    BREAK(t->n_repeat, 3, "rows repeated");
    BREAK(s[0].start, 2, "inside a character");
    BREAK(s[0].end, s[0].end + 2, "with a space at its edge");
    BREAK(b->spans, NULL, "spans missing");
    BREAK(b->n_spans, -1, "spans missing");
    BREAK(b->text, "E  =  mc^2, laut main() und noch ein Satz dazu hier.", "writers would change");
    BREAK(b->n_lines, 1, "lines by the VLM");
    BREAK(b->category, "a\nb", "category");
    BREAK(b->file, "x.png", "file on another block");
    BREAK(p->blocks[3].file, "", "file on another block");
    BREAK(p->blocks[2].n_spans, 1, "spans on a table");
    BREAK(t->cells[0].n_lines, 1, "lines by the VLM");
    BREAK(t->cells[1].n_spans, 2, "span");
    BREAK(p->regions[0].box.x1, 5000, "region outside");
    BREAK(p->regions[0].box.y0, NAN, "region outside");
    BREAK(p->regions[0].brief, NULL, "region text");
    BREAK(p->regions[0].category, "\x1b", "region text");
    BREAK(p->regions, NULL, "regions missing");
    BREAK(p->notes, NULL, "notes missing");
    BREAK(p->notes, no_notes, "note empty");
    BREAK(p->vlm.n_tiles, -1, "VLM count");
    p->blocks[1].spans = p->blocks[1].spans + 1;
    p->blocks[1].n_spans = 2;
    s[1].end -= 2;
    s[2] = (recto_span){s[1].end, s[1].end + 2, RECTO_SPAN_BOLD, NULL};
    assert_broken(p, "two spans of one kind touch");
}

static void other_readers_may_not_have_what_the_vlm_has(void **state)
{
    (void)state;
    recto_page *p = full_vlm_page();
    p->reader = RECTO_READER_LINE;
    assert_broken(p, "regions by another reader");
    p->n_regions = 0;
    assert_broken(p, "VLM count");
    p->vlm = (recto_vlm_facts){0};
    assert_broken(p, "category not by the VLM");
    p->blocks[0].category = NULL;
    assert_broken(p, "box unknown");
    p->blocks[1].box = p->blocks[0].box;
    assert_broken(p, "box unknown");
}

static void the_spill_keeps_everything(void **state)
{
    (void)state;
    recto_page *p = full_vlm_page();
    recto_page back;
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_OK);
    assert_int_equal(recto_spill_add(s, p, NULL), RECTO_OK);
    assert_int_equal(recto_spill_read(&back, s, 0, arena, NULL), RECTO_OK);
    assert_int_equal(recto_doc_check(&back, NULL), RECTO_OK);
    assert_string_equal(written("json", &back), written("json", p));
    assert_string_equal(written("md", &back), written("md", p));
    recto_arena *tight = recto_arena_new(64, 512);
    assert_int_equal(recto_spill_read(&back, s, 0, tight, NULL), RECTO_ERR_NOMEM);
    recto_arena_free(tight);
    recto_spill_close(s);
}

static const recto_json *member(const recto_json *v, const char *key, size_t i)
{
    return recto_json_at(recto_json_lookup(v, key), i);
}

static void json_tells_what_the_vlm_told(void **state)
{
    (void)state;
    const char *text = written("json", full_vlm_page());
    recto_json *v = NULL;
    assert_int_equal(recto_json_parse(&v, text, strlen(text), NULL), RECTO_OK);
    const recto_json *settings = recto_json_lookup(recto_json_lookup(v, "provenance"), "settings");
    assert_string_equal(recto_json_text(settings, "task", ""), "document");
    assert_int_equal(recto_json_int(settings, "max_tokens", 0), 8192);
    const recto_json *page = member(v, "pages", 0);
    assert_string_equal(recto_json_text(page, "reader", ""), "vlm");
    assert_string_equal(recto_json_as_text(member(page, "notes", 0), ""), "unclosed table: 1");
    assert_string_equal(recto_json_text(member(page, "layout", 0), "label", ""), "doc_title");
    assert_int_equal(recto_json_int(recto_json_lookup(page, "vlm"), "answer_tokens", 0), 412);
    const recto_json *body = member(page, "blocks", 1);
    assert_false(recto_json_is_object(recto_json_lookup(body, "bbox")));
    assert_non_null(strstr(text, "\"bbox\": null"));
    /* "Für Körper gilt " has 16 characters in 18 bytes */
    assert_int_equal(recto_json_int(member(body, "spans", 0), "start", 0), 16);
    assert_int_equal(recto_json_int(member(body, "spans", 0), "end", 0), 22);
    assert_string_equal(recto_json_text(member(body, "spans", 1), "kind", ""), "bold");
    assert_string_equal(recto_json_text(member(page, "blocks", 3), "file", ""), "report 1.png");
    recto_json_free(v);
}

static void json_fits_the_schema(void **state)
{
    (void)state;
    const char *source = getenv("RECTO_SOURCE_DIR");
    char command[400];
    recto_buf said = RECTO_BUF_INIT;
    const char *text = written("json", full_vlm_page());
    if (source == NULL || !run_tool_is_there("python3"))
        skip();
    snprintf(command, sizeof command, "python3 '%s/tests/validate_json.py'", source);
    int rc = run_tool(&said, command, text, strlen(text));
    if (rc == 77 << 8) {
        recto_buf_free(&said);
        skip();
    }
    if (rc != 0)
        fail_msg("%s", recto_buf_cstr(&said));
    recto_buf_free(&said);
}

static void markdown_has_math_and_emphasis(void **state)
{
    (void)state;
    assert_string_equal(written("md", full_vlm_page()),
                        "<!-- page 1: loop_stopped -->\n\n"
                        "# On energy\n"
                        "\n"
                        "Für Körper gilt $E=mc^2$, **laut** `main()` und 3. Satz.\n"
                        "\n"
                        "$$\n\\frac{a}{b} \\tag{1}\n$$\n"
                        "\n"
                        "![chart](report%201.png)\n"
                        "\n"
                        "<!-- picture -->\n"
                        "\n"
                        "| Größe | $x_1$ |\n"
                        "| --- | --- |\n"
                        "| a | b |\n");
}

static void text_has_latex_without_dollars(void **state)
{
    (void)state;
    assert_string_equal(written("txt", full_vlm_page()),
                        "On energy\n\nFür Körper gilt E=mc^2, laut main() und 3. Satz.\n\n"
                        "\\frac{a}{b} \\tag{1}\n\nGröße  x_1\na      b\n");
}

/* One text block with one span. */
static const char *md_of(const char *text, const char *part, recto_span_kind kind)
{
    recto_page *p = vlm_page();
    recto_block *b = vlm_block(p, RECTO_LABEL_TEXT, text);
    if (part != NULL)
        mark(b, part, kind);
    assert_int_equal(recto_doc_check(p, NULL), RECTO_OK);
    return written("md", p);
}

static void latex_cannot_break_out(void **state)
{
    (void)state;
    assert_string_equal(md_of("a $b$", "a $b$", RECTO_SPAN_MATH), "$a \\$b\\$$\n");
    assert_string_equal(md_of("a \\$", "a \\$", RECTO_SPAN_MATH), "$a \\$$\n");
    assert_string_equal(md_of("a \\\\$b", "a \\\\$b", RECTO_SPAN_MATH), "$a \\\\\\$b$\n");
    assert_string_equal(md_of("a\\ b", "a\\", RECTO_SPAN_MATH), "$a$ b\n");
    assert_string_equal(md_of("a<b & c< d", "a<b & c< d", RECTO_SPAN_MATH), "$a< b & c< d$\n");
    assert_string_equal(md_of("<script>x</script>", "<script>x</script>", RECTO_SPAN_MATH),
                        "$< script>x< /script>$\n");
    recto_page *p = vlm_page();
    vlm_block(p, RECTO_LABEL_FORMULA, "a $$ b \\text{if $x$} $$$ <!-- \\");
    vlm_block(p, RECTO_LABEL_FORMULA, "- 1");
    assert_string_equal(written("md", p),
                        "$$\na \\$\\$ b \\text{if $x$} \\$\\$\\$ < !-- \n$$\n\n$$\n    - 1\n$$\n");
}

static void formulas_are_indented_only_where_a_block_would_begin(void **state)
{
    static const struct {
        const char *latex;
        bool indented;
    } cases[] = {
        {"1 + x", false}, {"-x", false},   {"1.5", false},  {"+1", false}, {"2", false},
        {"1. x", true},   {"12) x", true}, {"1.", true},    {"- x", true}, {"+ 1", true},
        {"--", true},     {"= x", true},   {"# x", true},   {"> x", true}, {"|x|", true},
        {"x - 1", false}, {"\\pi", false}, {"* * *", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[64];
        recto_page *p = vlm_page();
        vlm_block(p, RECTO_LABEL_FORMULA, cases[i].latex);
        snprintf(want, sizeof want, "$$\n%s%s\n$$\n", cases[i].indented ? "    " : "",
                 cases[i].latex);
        assert_string_equal(written("md", p), want);
    }
}

static void dollars_are_escaped_where_math_could_be_seen(void **state)
{
    (void)state;
    assert_string_equal(md_of("$5 and $6", NULL, 0), "\\$5 and \\$6\n");
    assert_string_equal(md_of("only $5", NULL, 0), "only $5\n");
    assert_string_equal(md_of("x for $5", "x", RECTO_SPAN_MATH), "$x$ for \\$5\n");
    assert_string_equal(md_of("C:\\path \\begin{x} \\(", NULL, 0), "C:\\path \\\\begin{x} \\\\(\n");
    recto_page *p = build_page(arena, 1); /* by another reader: as ever */
    build_block(arena, p, RECTO_LABEL_TEXT, "$5 and $6");
    build_block(arena, p, RECTO_LABEL_FORMULA, "$a$");
    assert_string_equal(written("md", p), "$5 and $6\n\n$a$\n");
}

static void emphasis_is_written_so_that_it_is_seen(void **state)
{
    (void)state;
    assert_string_equal(md_of("a b c", "b", RECTO_SPAN_ITALIC), "a *b* c\n");
    assert_string_equal(md_of("abc", "b", RECTO_SPAN_BOLD), "a**b**c\n");
    assert_string_equal(md_of("a(b)c", "(b)", RECTO_SPAN_BOLD), "a<b>(b)</b>c\n");
    assert_string_equal(md_of("x2", "2", RECTO_SPAN_SUPERSCRIPT), "x<sup>2</sup>\n");
    assert_string_equal(md_of("H2O", "2", RECTO_SPAN_SUBSCRIPT), "H<sub>2</sub>O\n");
    assert_string_equal(md_of("a `b c", "`b", RECTO_SPAN_CODE), "a `` `b `` c\n");
    assert_string_equal(md_of("*a*", "a", RECTO_SPAN_BOLD), "\\***a**\\*\n");
    assert_string_equal(md_of("\\a", "a", RECTO_SPAN_MATH), "\\\\$a$\n");
    assert_string_equal(md_of("1. a", "a", RECTO_SPAN_BOLD), "1\\. **a**\n");
    recto_page *p = vlm_page();
    recto_block *b = vlm_block(p, RECTO_LABEL_TEXT, "abc");
    mark(b, "a", RECTO_SPAN_BOLD);
    mark(b, "b", RECTO_SPAN_ITALIC);
    mark(b, "c", RECTO_SPAN_BOLD);
    assert_string_equal(written("md", p), "**a**<i>b</i><b>c</b>\n");
    if (!run_tool_is_there("cmark"))
        skip();
    recto_buf html = RECTO_BUF_INIT;
    const char *text = "a**b**c a*b*c \\***a**\\* **a**<i>b</i><b>c</b>\n";
    assert_int_equal(run_tool(&html, "cmark --unsafe", text, strlen(text)), 0);
    assert_string_equal(recto_buf_cstr(&html),
                        "<p>a<strong>b</strong>c a<em>b</em>c *<strong>a</strong>* "
                        "<strong>a</strong><i>b</i><b>c</b></p>\n");
    recto_buf_free(&html);
}

static void a_pipe_in_latex_needs_an_html_table(void **state)
{
    (void)state;
    static const char *const texts[] = {"A", "|x| < $1"};
    static const recto_span x[] = {{0, 3, RECTO_SPAN_MATH, NULL}};
    recto_page *p = vlm_page();
    recto_table *t = build_table(arena, p, 1, 2, texts)->table;
    t->cells[0].n_lines = t->cells[1].n_lines = 0;
    t->cells[1].spans = x;
    t->cells[1].n_spans = 1;
    assert_int_equal(recto_doc_check(p, NULL), RECTO_OK);
    assert_string_equal(written("md", p),
                        "<table>\n<tr><th>A</th><th>$|x|$ &lt; &#36;1</th></tr>\n</table>\n");
}

static void pictures_link_to_their_files_safely(void **state)
{
    (void)state;
    recto_page *p = vlm_page();
    recto_block *b = vlm_block(p, RECTO_LABEL_PICTURE, "");
    b->file = "ü/a b(1).png)](javascript:x";
    b->category = "x](y) <b> ![z";
    assert_string_equal(written("md", p), "![x)(y) &lt;b> !(z]"
                                          "(%C3%BC/a%20b%281%29.png%29%5D%28javascript%3Ax)\n");
    b->category = NULL;
    b->file = "p1.png";
    assert_string_equal(written("md", p), "![picture](p1.png)\n");
}

static void a_layout_without_text_leaves_no_empty_table(void **state)
{
    (void)state;
    static const char *const texts[] = {""};
    recto_page *p = vlm_page();
    build_table(arena, p, 1, 1, texts);
    vlm_block(p, RECTO_LABEL_SECTION_HEADER, "");
    assert_string_equal(written("md", p), "");
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(the_checker_names_each_broken_rule),
        WITH_ARENA(other_readers_may_not_have_what_the_vlm_has),
        WITH_ARENA(the_spill_keeps_everything),
        WITH_ARENA(json_tells_what_the_vlm_told),
        WITH_ARENA(json_fits_the_schema),
        WITH_ARENA(markdown_has_math_and_emphasis),
        WITH_ARENA(text_has_latex_without_dollars),
        WITH_ARENA(latex_cannot_break_out),
        WITH_ARENA(formulas_are_indented_only_where_a_block_would_begin),
        WITH_ARENA(dollars_are_escaped_where_math_could_be_seen),
        WITH_ARENA(emphasis_is_written_so_that_it_is_seen),
        WITH_ARENA(a_pipe_in_latex_needs_an_html_table),
        WITH_ARENA(pictures_link_to_their_files_safely),
        WITH_ARENA(a_layout_without_text_leaves_no_empty_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
