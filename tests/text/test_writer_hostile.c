/* Protects: whatever a document says, wherever it says it, comes out of every writer as that text
 * and nothing else: read back by a Markdown parser, a JSON parser and Python's csv it is the same,
 * and no writer lets through a character that acts on a terminal, an editor or a browser. */
#include "check.h"

#include "text/hostile_texts.h"
#include "text/run_tool.h"
#include "text/wellformed.h"
#include "text/write_doc.h"

#include "core/json.h"
#include "core/utf8.h"
#include "text/escape.h"

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

/* --- documents -------------------------------------------------------------------------------- */

static recto_page *page_of(recto_label label)
{
    recto_page *p = build_page(arena, 1);
    p->blocks = recto_arena_array(arena, HOSTILE_TEXTS + 1, sizeof *p->blocks);
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        recto_block *b = &p->blocks[p->n_blocks++];
        *b = (recto_block){.label = label, .text = hostile_texts[i], .conf = 1};
        b->level = label == RECTO_LABEL_SECTION_HEADER ? 2 : 0;
        b->box = (recto_rect){10, 10, 20, 20};
        b->marker = label == RECTO_LABEL_LIST_ITEM ? "•" : NULL;
    }
    return p;
}

/* All texts in the cells of one column, the first of them in the header. */
static recto_page *page_of_cells(void)
{
    static const char *texts[HOSTILE_TEXTS];
    recto_page *p = build_page(arena, 1);
    recto_buf scratch = RECTO_BUF_INIT;
    for (int i = 0; i < HOSTILE_TEXTS; i++) /* build_line knows no other spaces */
        texts[i] = "x";
    recto_table *t = build_table(arena, p, HOSTILE_TEXTS, 1, texts)->table;
    for (int i = 0; i < HOSTILE_TEXTS; i++)
        t->cells[i].text = hostile_texts[i];
    recto_buf_free(&scratch);
    return p;
}

/* The texts in every other place that a document has. */
static recto_page *page_of_all_places(recto_docinfo *info)
{
    recto_page *p = page_of(RECTO_LABEL_FORM);
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        const char *text = hostile_texts[i];
        recto_field *f = recto_arena_alloc(arena, sizeof *f);
        *f = (recto_field){{10, 10, 20, 20}, (recto_field_kind)(i % 6), text, text, text, true, 1};
        p->blocks[i].field = f;
        p->blocks[i].text = i % 2 ? text : "";
        p->blocks[i].category = text;
        if (i % 3 == 0) {
            p->blocks[i] = (recto_block){.label = RECTO_LABEL_PICTURE, .text = "", .conf = 1};
            p->blocks[i].file = text[0] == '\0' ? "x" : text;
            p->blocks[i].category = text;
        }
    }
    p->reason = hostile_texts[0];
    *info = write_doc_info();
    info->source_name = hostile_texts[0];
    info->title = hostile_texts[1];
    info->author = hostile_texts[2];
    info->subject = "a\x1b[31m\xE2\x80\xAE"
                    "b";
    info->model_name = hostile_texts[4];
    info->model_sha256 = WRITE_DOC_SHA;
    return p;
}

/* --- what no output may hold ------------------------------------------------------------------ */

static void assert_harmless(const char *form, const recto_buf *out, bool parts)
{
    const char *p = recto_buf_cstr(out);
    const char *end = p + out->len;
    assert_int_equal(strlen(p), out->len);
    while (p < end) {
        const char *from = p;
        uint32_t cp = recto_utf8_next(&p, end);
        bool fine = (cp != RECTO_UTF8_REPLACEMENT || p - from == 3) &&
                    (!recto_utf8_is_dropped(cp) || (parts && cp == RECTO_WRITER_PART)) &&
                    (!recto_utf8_is_space(cp) || cp == ' ' || cp == '\n' || cp == '\f' ||
                     (cp == '\r' && *p == '\n'));
        if (!fine)
            fail_msg("%s: U+%04X at byte %td", form, (unsigned)cp, from - out->data);
    }
}

static void no_writer_lets_control_characters_through(void **state)
{
    (void)state;
    recto_docinfo info;
    const recto_page *pages[] = {page_of(RECTO_LABEL_TEXT),       page_of(RECTO_LABEL_TITLE),
                                 page_of(RECTO_LABEL_CODE),       page_of(RECTO_LABEL_LIST_ITEM),
                                 page_of(RECTO_LABEL_FOOTNOTE),   page_of(RECTO_LABEL_FORMULA),
                                 page_of_all_places(&info),       page_of_cells(),
                                 page_of(RECTO_LABEL_PAGE_HEADER)};
    const int n = (int)(sizeof pages / sizeof *pages);
    for (const recto_writer *const *w = recto_writer_list(); *w != NULL; w++) {
        recto_buf out = RECTO_BUF_INIT;
        if ((*w)->binary)
            continue;
        write_doc(&out, *w, &info, pages, n);
        assert_int_equal(recto_buf_status(&out, NULL), RECTO_OK);
        assert_harmless((*w)->name, &out, (*w)->parts);
        recto_buf_free(&out);
    }
}

/* A text cannot begin a file of its own: of a form of several, the mark stands at as many places as
 * the writer has put it. */
static void no_text_begins_a_file(void **state)
{
    (void)state;
    const recto_page *pages[] = {page_of_cells()};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_lookup("csv"), &info, pages, 1);
    static const char start[] = "\x1c.table-1.csv\n";
    assert_memory_equal(out.data, start, sizeof start - 1);
    assert_null(memchr(out.data + 1, RECTO_WRITER_PART, out.len - 1));
    recto_buf_free(&out);
}

/* --- read back -------------------------------------------------------------------------------- */

/* The cleaned texts, one a line; those that are empty only if asked for. */
static void put_wanted(recto_buf *out, bool empty)
{
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        recto_buf scratch = RECTO_BUF_INIT;
        const char *clean = recto_escape_cleaned(&scratch, hostile_texts[i], RECTO_ESCAPE_INLINE);
        if (empty || clean[0] != '\0') {
            recto_buf_text(out, clean);
            recto_buf_char(out, '\n');
        }
        recto_buf_free(&scratch);
    }
}

static void assert_lines(const char *what, const recto_buf *got, const recto_buf *wanted)
{
    const char *g = recto_buf_cstr(got);
    const char *w = recto_buf_cstr(wanted);
    while (*g != '\0' || *w != '\0') {
        int n = (int)strcspn(g, "\n");
        int m = (int)strcspn(w, "\n");
        if (n != m || memcmp(g, w, (size_t)n) != 0)
            fail_msg("%s: came back as\n%.*s\nnot as\n%.*s", what, n, g, m, w);
        g += n + (g[n] == '\n');
        w += m + (w[m] == '\n');
    }
}

/* The command of tests/read_back.py behind another one, or alone; skips if something is missing. */
static void read_back(recto_buf *got, const char *first, const char *kind, const char *text,
                      size_t len)
{
    const char *root = getenv("RECTO_SOURCE_DIR");
    char command[500];
    recto_buf html = RECTO_BUF_INIT;
    if (root == NULL || !run_tool_is_there("python3") ||
        (first != NULL && !run_tool_is_there("cmark-gfm")))
        skip();
    if (first != NULL)
        assert_int_equal(run_tool(&html, first, text, len), 0);
    snprintf(command, sizeof command, "python3 '%s/tests/read_back.py' %s", root, kind);
    int rc = run_tool(got, command, first != NULL ? recto_buf_cstr(&html) : text,
                      first != NULL ? html.len : len);
    if (rc != 0)
        fail_msg("%s: not what it should be:\n%s", kind, recto_buf_cstr(got));
    recto_buf_free(&html);
}

static const char gfm[] = "cmark-gfm --unsafe -e table -e strikethrough -e tasklist";

static void markdown_gives_the_texts_back(void **state)
{
    (void)state;
    static const recto_label labels[] = {
        RECTO_LABEL_TEXT,     RECTO_LABEL_SECTION_HEADER, RECTO_LABEL_TITLE,    RECTO_LABEL_CAPTION,
        RECTO_LABEL_FOOTNOTE, RECTO_LABEL_TABLE,          RECTO_LABEL_LIST_ITEM};
    recto_docinfo info = write_doc_info();
    recto_buf wanted = RECTO_BUF_INIT;
    put_wanted(&wanted, false);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const recto_page *page =
            labels[i] == RECTO_LABEL_TABLE ? page_of_cells() : page_of(labels[i]);
        recto_buf md = RECTO_BUF_INIT;
        recto_buf got = RECTO_BUF_INIT;
        write_doc(&md, recto_writer_lookup("md"), &info, &page, 1);
        read_back(&got, gfm, "html", md.data, md.len);
        assert_lines(recto_doc_label_name(labels[i]), &got, &wanted);
        recto_buf_free(&md);
        recto_buf_free(&got);
    }
    recto_buf_free(&wanted);
}

static void csv_gives_the_texts_back(void **state)
{
    (void)state;
    const recto_page *page = page_of_cells();
    recto_docinfo info = write_doc_info();
    recto_buf wanted = RECTO_BUF_INIT;
    recto_buf csv = RECTO_BUF_INIT;
    recto_buf got = RECTO_BUF_INIT;
    put_wanted(&wanted, true);
    write_doc(&csv, recto_writer_lookup("csv"), &info, &page, 1);
    const char *text = strchr(csv.data, '\n') + 1;
    read_back(&got, NULL, "csv", text, strlen(text));
    assert_lines("csv", &got, &wanted);
    recto_buf_free(&wanted);
    recto_buf_free(&csv);
    recto_buf_free(&got);
}

static void json_gives_the_texts_back(void **state)
{
    (void)state;
    const recto_page *page = page_of(RECTO_LABEL_TEXT);
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    recto_json *v = NULL;
    write_doc(&out, recto_writer_lookup("json"), &info, &page, 1);
    assert_int_equal(recto_json_parse(&v, out.data, out.len, NULL), RECTO_OK);
    const recto_json *pages = recto_json_lookup(v, "pages");
    const recto_json *blocks = recto_json_lookup(recto_json_at(pages, 0), "blocks");
    assert_int_equal(recto_json_count(blocks), HOSTILE_TEXTS);
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        recto_buf scratch = RECTO_BUF_INIT;
        assert_string_equal(recto_json_text(recto_json_at(blocks, (size_t)i), "text", "?"),
                            recto_escape_cleaned(&scratch, hostile_texts[i], RECTO_ESCAPE_INLINE));
        recto_buf_free(&scratch);
    }
    recto_json_free(v);
    recto_buf_free(&out);
}

/* --- links ------------------------------------------------------------------------------------ */

/* Links to each of the texts and to some that only look safe, one to a place that is. */
static recto_page *page_of_links(void)
{
    static const char *const more[] = {"javascript:alert(1)", "JAVASCRIPT:x",
                                       "data:text/html,x",    "vbscript:x",
                                       "file:///etc/passwd",  "https://safe.example"};
    const int n_more = (int)(sizeof more / sizeof *more);
    recto_page *p = page_of(RECTO_LABEL_TEXT);
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        recto_span *s = recto_arena_alloc(arena, sizeof *s);
        const char *url = i < n_more ? more[i] : hostile_texts[i];
        *s = (recto_span){0, 4, RECTO_SPAN_LINK, url};
        p->blocks[i].text = "link";
        p->blocks[i].spans = s;
        p->blocks[i].n_spans = 1;
    }
    return p;
}

static void links_lead_only_where_it_is_safe(void **state)
{
    (void)state;
    const recto_page *page = page_of_links();
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    recto_buf got = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_lookup("md"), &info, &page, 1);
    read_back(&got, gfm, "html", out.data, out.len); /* which refuses all others */
    recto_buf_clear(&got);
    read_back(&got, gfm, "links", out.data, out.len);
    assert_string_equal(recto_buf_cstr(&got), "https://safe.example\n");
    recto_buf_clear(&out);
    recto_buf_clear(&got);
    write_doc(&out, recto_writer_lookup("html"), &info, &page, 1);
    read_back(&got, NULL, "links", out.data, out.len);
    assert_non_null(strstr(recto_buf_cstr(&got), "https://safe.example\n"));
    for (const char *p = recto_buf_cstr(&got); *p != '\0'; p += strcspn(p, "\n") + 1) {
        size_t n = strcspn(p, "\n");
        if (n > 0 && p[0] != '#' && strncmp(p, "https://safe.example", n) != 0 &&
            strncmp(p, "data:image/", 11) != 0)
            fail_msg("html: a link to %.*s", (int)n, p);
    }
    recto_buf_free(&out);
    recto_buf_free(&got);
}

static void markup_is_well_formed(void **state)
{
    (void)state;
    static const char *const forms[] = {"html", "hocr", "alto", "page"};
    recto_docinfo info;
    const recto_page *pages[] = {page_of_all_places(&info), page_of_cells(), page_of_links(),
                                 page_of(RECTO_LABEL_TITLE)};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        recto_buf out = RECTO_BUF_INIT;
        const recto_writer *w = recto_writer_lookup(forms[i]);
        write_doc(&out, w, &info, pages, w->parts ? 1 : 4);
        const char *text = recto_buf_cstr(&out);
        if (!wellformed_check(w->parts ? strchr(text, '\n') + 1 : text, i == 0))
            fail_msg("%s is not well-formed", forms[i]);
        recto_buf_free(&out);
    }
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(no_writer_lets_control_characters_through),
        WITH_ARENA(no_text_begins_a_file),
        WITH_ARENA(markdown_gives_the_texts_back),
        WITH_ARENA(csv_gives_the_texts_back),
        WITH_ARENA(json_gives_the_texts_back),
        WITH_ARENA(links_lead_only_where_it_is_safe),
        WITH_ARENA(markup_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
