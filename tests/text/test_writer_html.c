/* Protects: the flowing text of the HTML form, text joined over columns and pages, what is marked
 * and what is linked, that nothing from a document becomes markup, and that little is kept. */
#include "text/markup_out.h"

#include "core/hash.h"
#include "text/xml.h"

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

/* The text of the n-th page (from 1), without the links to places. */
static void assert_flow_of(const recto_buf *html, int n, const char *wanted)
{
    recto_buf bare = RECTO_BUF_INIT;
    static const char link[] = "<a class=\"at\"";
    for (const char *p = recto_buf_cstr(html); *p != '\0'; p++) {
        if (strncmp(p, link, sizeof link - 1) == 0)
            p = strstr(p, "</a>") + 3;
        else
            recto_buf_char(&bare, *p);
    }
    assert_between(&bare, "<div class=\"flow\">\n", "</div>\n</section>", n, wanted);
    recto_buf_free(&bare);
}

static void assert_flow(const recto_page *page, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "html", page);
    assert_flow_of(&out, 1, wanted);
    recto_buf_free(&out);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void a_page_with_everything_flows(void **state)
{
    (void)state;
    assert_flow(
        build_full_page(arena),
        "<p id=\"b1-0\" class=\"furniture\">Acme Ltd. – Annual report</p>\n"
        "<h1 id=\"b1-1\">Annual report 2025</h1>\n"
        "<p id=\"b1-2\" class=\"doubtful\" title=\"low confidence\">The year "
        "<span class=\"low\" title=\"confidence 41 %\">in</span> *short*: sales rose by 5 % &amp; "
        "costs fell.</p>\n"
        "<h2 id=\"b1-3\">1. Sales</h2>\n"
        "<ol>\n<li id=\"b1-4\"><span class=\"marker\">1.</span> North<ul>\n"
        "<li id=\"b1-5\"><span class=\"marker\">•</span> Town</li>\n"
        "<li id=\"b1-6\"><span class=\"marker\">•</span> Country</li>\n</ul>\n</li>\n"
        "<li id=\"b1-7\"><span class=\"marker\">2.</span> South</li>\n"
        "<li id=\"b1-8\"><span class=\"marker\">(c)</span> Elsewhere</li>\n</ol>\n"
        "<figure id=\"b1-9\" class=\"table\"><table>\n<thead>\n"
        "<tr><th scope=\"col\">Item</th><th scope=\"col\" class=\"number\">Qty</th>"
        "<th scope=\"col\" class=\"number\">Price</th></tr>\n</thead>\n<tbody>\n"
        "<tr><td>Paper A4</td><td class=\"number\">10</td><td class=\"number\">€ 45.00</td></tr>\n"
        "<tr><td>Ink</td><td class=\"number\">2</td><td class=\"number\">€ 7.50</td></tr>\n"
        "</tbody>\n</table>\n</figure>\n"
        "<p id=\"b1-10\" class=\"caption\">Table 1: Orders</p>\n"
        "<figure id=\"b1-11\" class=\"picture\"><span class=\"nopicture\">picture</span>\n"
        "</figure>\n"
        "<pre id=\"b1-12\"><code>if (a &lt; b)\n    return `c`;</code></pre>\n"
        "<p id=\"b1-13\" class=\"formula\">E = mc²</p>\n"
        "<p id=\"b1-14\" class=\"footnote\">1 Without tax.</p>\n"
        "<p id=\"b1-15\" class=\"furniture\">Page 1</p>\n");
}

static void captions_stand_in_their_figures(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "b"};
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_CAPTION, "Table 1")->tied = 2;
    build_table(arena, p, 1, 2, cells)->tied = 1;
    build_block(arena, p, RECTO_LABEL_PICTURE, "")->tied = 4;
    build_block(arena, p, RECTO_LABEL_CAPTION, "Figure 1")->tied = 3;
    assert_flow(p,
                "<figure id=\"b1-1\" class=\"table\"><figcaption id=\"b1-0\">Table 1"
                "</figcaption>\n<table>\n<tbody>\n<tr><th scope=\"col\">a</th>"
                "<th scope=\"col\">b</th></tr>\n</tbody>\n</table>\n</figure>\n"
                "<figure id=\"b1-2\" class=\"picture\"><span class=\"nopicture\">picture</span>\n"
                "<figcaption id=\"b1-3\">Figure 1</figcaption>\n</figure>\n");
}

static void cells_span_rows_and_columns(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "b", "c", "d", "e", "f"};
    recto_page *p = build_page(arena, 1);
    recto_table *t = build_table(arena, p, 3, 2, texts)->table;
    t->cells[0].row_span = 2; /* a over c */
    memmove(&t->cells[2], &t->cells[3], 3 * sizeof t->cells[0]);
    t->n_cells = 5;
    t->cells[3].col_span = 2; /* e over f */
    t->n_cells = 4;
    t->cells[3].lines = NULL;
    t->cells[3].n_lines = 0;
    t->cells[3].text = "שלום";
    assert_flow(p, "<figure id=\"b1-0\" class=\"table\"><table>\n<tbody>\n"
                   "<tr><th scope=\"col\" rowspan=\"2\">a</th><th scope=\"col\">b</th></tr>\n"
                   "<tr><td>d</td></tr>\n<tr><td colspan=\"2\" dir=\"rtl\">שלום</td></tr>\n"
                   "</tbody>\n</table>\n</figure>\n");
}

static void fields_show_what_they_hold(void **state)
{
    (void)state;
    static const recto_field fields[] = {
        {.kind = RECTO_FIELD_TEXT, .name = "n", .label = "", .value = "Ada <b>", .conf = 1},
        {.kind = RECTO_FIELD_CHECKBOX,
         .name = "c",
         .label = "Agree",
         .value = "yes",
         .checked = true,
         .conf = 0.5f},
        {.kind = RECTO_FIELD_RADIO, .name = "r", .label = "", .value = "", .conf = 1},
        {.kind = RECTO_FIELD_SIGNATURE, .name = "s", .label = "", .value = "", .conf = 1},
    };
    static const char *const labels[] = {"Name:", "", "", "Signed by"};
    recto_page *p = build_page(arena, 1);
    for (int i = 0; i < 4; i++) {
        recto_block *b = build_block(arena, p, RECTO_LABEL_FORM, labels[i]);
        b->field = recto_arena_alloc(arena, sizeof *b->field);
        *b->field = fields[i];
        b->field->box = b->box;
    }
    assert_flow(
        p,
        "<p id=\"b1-0\" class=\"field\">Name: <span class=\"value\">Ada &lt;b&gt;</span></p>\n"
        "<p id=\"b1-1\" class=\"field\"><span class=\"box\" role=\"checkbox\" "
        "aria-checked=\"true\" aria-disabled=\"true\" aria-label=\"Agree\" title=\"confidence "
        "50 %\">☑</span> Agree</p>\n"
        "<p id=\"b1-2\" class=\"field\"><span class=\"box\" role=\"radio\" "
        "aria-checked=\"false\" aria-disabled=\"true\" aria-label=\"r\">○</span> r</p>\n"
        "<p id=\"b1-3\" class=\"field\">Signed by <span class=\"value\">not signed</span></p>\n");
}

/* --- text ------------------------------------------------------------------------------------- */

static void spans_nest_and_doubtful_words_cross_them(void **state)
{
    (void)state;
    static const recto_span spans[] = {
        {4, 15, RECTO_SPAN_BOLD, NULL},
        {9, 15, RECTO_SPAN_ITALIC, NULL},
        {18, 22, RECTO_SPAN_LINK, "https://example.org/a?b=1&c=\"2"},
        {23, 27, RECTO_SPAN_LINK, "javascript:alert(1)"},
        {28, 32, RECTO_SPAN_LINK, "#page=3"},
        {32, 33, RECTO_SPAN_SUPERSCRIPT, NULL},
    };
    recto_page *p = build_page(arena, 1);
    recto_block *b =
        build_block(arena, p, RECTO_LABEL_TEXT, "The year in short site evil next1 end");
    b->spans = spans;
    b->n_spans = 6;
    b->lines->words[3].conf = 0.2f; /* "short" */
    b->lines->words[6].conf = 0.3f; /* "next1", which a link ends in */
    assert_flow(
        p, "<p id=\"b1-0\">The <b>year <i>in <span class=\"low\" title=\"confidence 20 %\">sho"
           "</span></i></b><span class=\"low\" title=\"confidence 20 %\">rt</span> "
           "<a href=\"https://example.org/a?b=1&amp;c=%222\" rel=\"noopener noreferrer\">site</a> "
           "evil <a href=\"#page-3\"><span class=\"low\" title=\"confidence 30 %\">next</span></a>"
           "<sup><span class=\"low\" title=\"confidence 30 %\">1</span></sup> end</p>\n");
}

static void text_from_right_to_left_says_so(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_TEXT, "שלום world");
    build_item(arena, p, 0, "•", "مرحبا");
    assert_flow(p, "<p id=\"b1-0\" dir=\"rtl\">שלום world</p>\n<ul>\n<li id=\"b1-1\" dir=\"rtl\">"
                   "<span class=\"marker\">•</span> مرحبا</li>\n</ul>\n");
}

/* --- text that goes on ------------------------------------------------------------------------ */

static recto_block *part(recto_page *p, recto_label label, const char *text, recto_goes_on goes_on,
                         bool continues)
{
    recto_block *b = label == RECTO_LABEL_LIST_ITEM ? build_item(arena, p, 0, "1.", text)
                                                    : build_block(arena, p, label, text);
    b->goes_on = goes_on;
    b->continues = continues;
    return b;
}

static void paragraphs_are_joined_over_columns_and_pages(void **state)
{
    (void)state;
    recto_page *one = build_page(arena, 1);
    recto_page *two = build_page(arena, 2);
    recto_page *three = build_page(arena, 3);
    part(one, RECTO_LABEL_TEXT, "The first col-", RECTO_GOES_ON_HYPHEN, false);
    part(one, RECTO_LABEL_TEXT, "umn and", RECTO_GOES_ON_SPACE, true);
    build_block(arena, one, RECTO_LABEL_FOOTNOTE, "1 note");
    build_block(arena, one, RECTO_LABEL_PAGE_FOOTER, "1");
    part(two, RECTO_LABEL_TEXT, "the well-", RECTO_GOES_ON_GLUE, true);
    part(three, RECTO_LABEL_TEXT, "known.", RECTO_GOES_ON_NOT, true);
    build_block(arena, three, RECTO_LABEL_TEXT, "Next.");
    const recto_page *pages[] = {one, two, three};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "html", &info, pages, 3);
    assert_flow_of(&out, 1,
                   "<p id=\"b1-0\">The first col<span id=\"b1-1\" class=\"part\">umn and</span> "
                   "<span id=\"b2-0\" class=\"part\">the well-</span>"
                   "<span id=\"b3-0\" class=\"part\">known.</span></p>\n"
                   "<p id=\"b1-2\" class=\"footnote\">1 note</p>\n"
                   "<p id=\"b1-3\" class=\"furniture\">1</p>\n");
    assert_flow_of(&out, 2, "<p class=\"joined\"><a href=\"#b2-0\">goes on from page 1</a></p>\n");
    assert_flow_of(&out, 3,
                   "<p class=\"joined\"><a href=\"#b3-0\">goes on from page 1</a></p>\n"
                   "<p id=\"b3-1\">Next.</p>\n");
    assert_ids_differ(&out, " id=\"");
    recto_buf_free(&out);
}

static void text_that_does_not_go_on_after_all_is_whole(void **state)
{
    (void)state;
    recto_page *one = build_page(arena, 1);
    recto_page *two = build_page(arena, 2);
    part(one, RECTO_LABEL_TEXT, "A broken wo\xE2\x80\x90", RECTO_GOES_ON_HYPHEN, false);
    part(one, RECTO_LABEL_FOOTNOTE, "A note that goes-", RECTO_GOES_ON_HYPHEN, false);
    build_block(arena, two, RECTO_LABEL_SECTION_HEADER, "Heading");
    part(two, RECTO_LABEL_TEXT, "rd.", RECTO_GOES_ON_NOT, true);
    part(two, RECTO_LABEL_FOOTNOTE, "on.", RECTO_GOES_ON_NOT, true);
    part(two, RECTO_LABEL_TEXT, "No end-", RECTO_GOES_ON_HYPHEN, false);
    const recto_page *pages[] = {one, two};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "html", &info, pages, 2);
    assert_flow_of(&out, 1,
                   "<p id=\"b1-0\">A broken wo\xE2\x80\x90</p>\n"
                   "<p id=\"b1-1\" class=\"footnote\">A note that goes-</p>\n");
    assert_flow_of(&out, 2,
                   "<h1 id=\"b2-0\">Heading</h1>\n<p id=\"b2-1\">rd.</p>\n"
                   "<p id=\"b2-2\" class=\"footnote\">on.</p>\n<p id=\"b2-3\">No end-</p>\n");
    recto_buf_free(&out);
}

static void lists_code_and_tables_are_joined(void **state)
{
    (void)state;
    static const char *const first[] = {"No.", "Name", "1", "one"};
    static const char *const second[] = {"No.", "Name", "2", "two"};
    recto_page *one = build_page(arena, 1);
    recto_page *two = build_page(arena, 2);
    part(one, RECTO_LABEL_CODE, "a;", RECTO_GOES_ON_SPACE, false);
    part(one, RECTO_LABEL_CODE, "b;", RECTO_GOES_ON_NOT, true);
    part(one, RECTO_LABEL_LIST_ITEM, "An it-", RECTO_GOES_ON_HYPHEN, false);
    part(one, RECTO_LABEL_LIST_ITEM, "em", RECTO_GOES_ON_NOT, true);
    build_item(arena, one, 0, "2.", "Another");
    recto_block *head = build_table(arena, one, 2, 2, first);
    recto_block *tail = build_table(arena, two, 2, 2, second);
    head->goes_on = RECTO_GOES_ON_SPACE;
    head->tied = 7; /* the block after it */
    build_block(arena, one, RECTO_LABEL_CAPTION, "Table 1")->tied = 6;
    tail->continues = true;
    tail->table->n_repeat = 1;
    tail->tied = 2;
    build_block(arena, two, RECTO_LABEL_CAPTION, "Table 1 (ctd.)")->tied = 1;
    const recto_page *pages[] = {one, two};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "html", &info, pages, 2);
    assert_flow_of(&out, 1,
                   "<pre id=\"b1-0\"><code>a;\n<span id=\"b1-1\" class=\"part\">b;</span>"
                   "</code></pre>\n<ol>\n<li id=\"b1-2\"><span class=\"marker\">1.</span> An it"
                   "<span id=\"b1-3\" class=\"part\">em</span></li>\n"
                   "<li id=\"b1-4\"><span class=\"marker\">2.</span> Another</li>\n</ol>\n"
                   "<figure id=\"b1-5\" class=\"table\"><figcaption id=\"b1-6\">Table 1"
                   "</figcaption>\n<table>\n<thead>\n<tr><th scope=\"col\" class=\"number\">No."
                   "</th><th scope=\"col\">Name</th></tr>\n</thead>\n<tbody>\n"
                   "<tr><td class=\"number\">1</td><td>one</td></tr>\n</tbody>\n"
                   "<tbody id=\"b2-0\">\n<tr><td class=\"number\">2</td><td>two</td></tr>\n"
                   "</tbody>\n</table></figure>\n");
    assert_flow_of(&out, 2,
                   "<p class=\"joined\"><a href=\"#b2-0\">goes on from page 1</a></p>\n"
                   "<p id=\"b2-1\" class=\"caption\">Table 1 (ctd.)</p>\n");
    recto_buf_free(&out);
}

/* --- the document ----------------------------------------------------------------------------- */

static void failed_and_blank_pages_say_so(void **state)
{
    (void)state;
    recto_page *blank = build_page(arena, 2);
    blank->flags = RECTO_FLAG_BLANK_PAGE;
    recto_page *empty = build_page(arena, 9);
    empty->flags = RECTO_FLAG_DAMAGED | RECTO_FLAG_HIDDEN_TEXT;
    const recto_page failed = {
        .number = 1, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "byte 17: <x>"};
    const recto_page *pages[] = {&failed, blank, empty};
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "html", &info, pages, 3);
    assert_flow_of(&out, 1,
                   "<p class=\"failed\" lang=\"en\">Page 1 could not be read: format (byte 17: "
                   "&lt;x&gt;)</p>\n");
    assert_flow_of(&out, 2, "<p class=\"nothing\" lang=\"en\">This page is blank.</p>\n");
    assert_holds(&out, "<span class=\"flag\">damaged in the source</span>");
    assert_between(&out, "<p class=\"pagelist\">\n", "</p>", 1,
                   "<a href=\"#page-1\">1</a>\n<a href=\"#page-2\">2</a>\n"
                   "<a href=\"#page-9\">9</a>\n");
    recto_buf_free(&out);
    markup_write(&out, "html", &info, NULL, 0);
    assert_between(&out, "<p class=\"pagelist\">\n", "</p>", 1, "");
    recto_buf_free(&out);
}

static void headings_make_the_outline_else_bookmarks(void **state)
{
    (void)state;
    static const recto_bookmark marks[] = {{"One <", 1, 1}, {"Nowhere", 2, 0}};
    recto_docinfo info = write_doc_info();
    info.title = "A \"title\"";
    info.author = "שלום";
    info.bookmarks = marks;
    info.n_bookmarks = 2;
    const recto_page *page = build_full_page(arena);
    recto_buf out = RECTO_BUF_INIT;
    markup_write(&out, "html", &info, &page, 1);
    assert_between(&out, "<ol class=\"outline\" lang=\"\">\n", "</ol>", 1,
                   "<li class=\"l1\"><a href=\"#b1-1\">Annual report 2025</a></li>\n"
                   "<li class=\"l2\"><a href=\"#b1-3\">1. Sales</a></li>\n");
    assert_holds(&out, "<title>A &quot;title&quot;</title>");
    assert_holds(&out, "<dt>Author</dt><dd dir=\"auto\">שלום</dd>");
    recto_buf_free(&out);
    markup_write(&out, "html", &info, NULL, 0);
    assert_between(&out, "<ol class=\"outline\" lang=\"\">\n", "</ol>", 1,
                   "<li class=\"l1\"><a href=\"#page-1\" dir=\"auto\">One &lt;</a></li>\n"
                   "<li class=\"l2\">Nowhere</li>\n");
    recto_buf_free(&out);
}

/* --- pictures and words ----------------------------------------------------------------------- */

static void pictures_are_embedded_and_cut_from_the_page(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    p->picture = (recto_asset){"JPEG", 4, "image/jpeg", 10, 14};
    recto_block *own = build_block(arena, p, RECTO_LABEL_PICTURE, "");
    recto_block *cut = build_block(arena, p, RECTO_LABEL_PICTURE, "");
    own->image = (recto_asset){"PNG", 3, "image/png", 20, 30};
    own->file = "x.png";
    cut->image = (recto_asset){"<svg>", 5, "image/svg+xml", 1, 1};
    cut->box = (recto_rect){100, 200, 250, 350};
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "html", p);
    assert_holds(&out, "<image id=\"i1\" preserveAspectRatio=\"none\" width=\"1240\" "
                       "height=\"1754\" href=\"data:image/jpeg;base64,SlBFRw==\"/>");
    assert_flow_of(&out, 1,
                   "<figure id=\"b1-0\" class=\"picture\"><img alt=\"picture\" width=\"20\" "
                   "height=\"30\" src=\"data:image/png;base64,UE5H\">\n</figure>\n"
                   "<figure id=\"b1-1\" class=\"picture\"><svg role=\"img\" aria-label=\"picture\" "
                   "width=\"96\" height=\"96\" viewBox=\"100 200 150 150\">"
                   "<use href=\"#i1\"/></svg>\n</figure>\n");
    recto_buf_free(&out);
}

static void words_lie_over_the_page(void **state)
{
    (void)state;
    static const char *const cells[] = {"cell"};
    recto_page *p = build_page(arena, 3);
    build_block(arena, p, RECTO_LABEL_TEXT, "Two <words");
    build_table(arena, p, 1, 1, cells);
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "html", p);
    assert_between(
        &out, "<div class=\"sheet\">", "</div>", 1,
        "<svg viewBox=\"0 0 1240 1754\" role=\"group\" aria-label=\"Page 3 as it "
        "looks\">\n<rect class=\"paper\" width=\"1240\" height=\"1754\"/>\n"
        "<a href=\"#b3-0\" tabindex=\"-1\"><rect id=\"r3-0\" x=\"100\" y=\"100\" "
        "width=\"100\" height=\"24\"/></a>\n"
        "<a href=\"#b3-1\" tabindex=\"-1\"><rect id=\"r3-1\" x=\"100\" y=\"130\" "
        "width=\"600\" height=\"24\"/></a>\n"
        "<g class=\"words seen\" aria-hidden=\"true\">\n"
        "<text y=\"122\" font-size=\"20\"><tspan x=\"100\" textLength=\"30\">Two</tspan> "
        "<tspan x=\"140\" textLength=\"60\">&lt;words</tspan></text>\n"
        "<text y=\"152\" font-size=\"20\"><tspan x=\"100\" textLength=\"40\">cell</tspan>"
        "</text>\n</g>\n</svg>");
    recto_buf_free(&out);
}

/* --- safety ----------------------------------------------------------------------------------- */

static void the_policy_names_this_style_and_this_script(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    markup_write_page(&out, "html", build_page(arena, 1));
    static const char *const tags[] = {"style", "script"};
    for (int i = 0; i < 2; i++) {
        char from[16], to[16], hex[RECTO_SHA256_HEX];
        unsigned char digest[32];
        snprintf(from, sizeof from, "<%s>", tags[i]);
        snprintf(to, sizeof to, "</%s>", tags[i]);
        const char *p = strstr(out.data, from) + strlen(from);
        recto_sha256(hex, p, (size_t)(strstr(p, to) - p));
        for (int k = 0; k < 32; k++) {
            unsigned v;
            sscanf(hex + 2 * k, "%2x", &v);
            digest[k] = (unsigned char)v;
        }
        recto_buf source = RECTO_BUF_INIT;
        recto_buf_printf(&source, "%s-src &#39;sha256-", tags[i]);
        recto_xml_base64(&source, digest, sizeof digest);
        assert_holds(&out, recto_buf_cstr(&source));
        recto_buf_free(&source);
        assert_int_equal(markup_count(out.data, from), 1);
    }
    assert_holds(&out, "content=\"default-src &#39;none&#39;; img-src data:; style-src");
    recto_buf_free(&out);
}

static void hostile_text_is_text(void **state)
{
    (void)state;
    for (int i = 0; i < HOSTILE_TEXTS; i++) {
        recto_page *p = markup_page_of(arena, hostile_texts[i]);
        recto_docinfo info = write_doc_info();
        info.source_name = info.title = info.author = hostile_texts[i];
        recto_buf out = RECTO_BUF_INIT;
        const recto_page *page = p;
        markup_write(&out, "html", &info, &page, 1);
        assert_int_equal(markup_count(out.data, "<script"), 1);
        assert_int_equal(markup_count(out.data, "<style"), 1);
        assert_lacks(&out, "<iframe");
        assert_lacks(&out, "<img");
        assert_lacks(&out, " onmouseover=\"");
        assert_lacks(&out, "href=\"javascript:");
        assert_ids_differ(&out, " id=\"");
        recto_buf_free(&out);
        recto_arena_clear(arena);
    }
}

/* --- memory ----------------------------------------------------------------------------------- */

static void text_that_goes_on_for_ever_is_cut(void **state)
{
    (void)state;
    enum { PICTURE = 3 << 20, PAGES = 12 };
    static const char *const cells[] = {"1", "one"};
    const recto_writer *w = recto_writer_lookup("html");
    recto_docinfo info = write_doc_info();
    recto_arena *keep = recto_arena_new(0, 0);
    recto_buf out = RECTO_BUF_INIT;
    void *form = NULL;
    size_t most = 0;
    char *picture = calloc(1, PICTURE);
    w->begin(&out, &form, &info, keep);
    for (int i = 1; i <= PAGES; i++) {
        recto_page *p = build_page(arena, i);
        p->picture = (recto_asset){picture, PICTURE, "image/jpeg", 10, 10};
        recto_block *b = build_table(arena, p, 1, 2, cells);
        b->goes_on = RECTO_GOES_ON_SPACE;
        b->continues = i > 1;
        w->page(&out, form, &info, p);
        most = out.len > most ? out.len : most;
        recto_buf_clear(&out);
    }
    assert_true(recto_arena_used(keep) < 40u << 20);
    assert_true(most > (8u << 20) && most < 20u << 20);
    w->end(&out, form, &info);
    assert_int_equal(recto_buf_status(&out, NULL), RECTO_OK);
    free(picture);
    recto_buf_free(&out);
    recto_arena_free(keep);
}

static void the_same_document_gives_the_same_bytes(void **state)
{
    (void)state;
    recto_buf one = RECTO_BUF_INIT;
    recto_buf two = RECTO_BUF_INIT;
    markup_write_page(&one, "html", build_full_page(arena));
    markup_write_page(&two, "html", build_full_page(arena));
    assert_string_equal(one.data, two.data);
    recto_buf_free(&one);
    recto_buf_free(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_with_everything_flows, enter, leave),
        cmocka_unit_test_setup_teardown(captions_stand_in_their_figures, enter, leave),
        cmocka_unit_test_setup_teardown(cells_span_rows_and_columns, enter, leave),
        cmocka_unit_test_setup_teardown(fields_show_what_they_hold, enter, leave),
        cmocka_unit_test_setup_teardown(spans_nest_and_doubtful_words_cross_them, enter, leave),
        cmocka_unit_test_setup_teardown(text_from_right_to_left_says_so, enter, leave),
        cmocka_unit_test_setup_teardown(paragraphs_are_joined_over_columns_and_pages, enter, leave),
        cmocka_unit_test_setup_teardown(text_that_does_not_go_on_after_all_is_whole, enter, leave),
        cmocka_unit_test_setup_teardown(lists_code_and_tables_are_joined, enter, leave),
        cmocka_unit_test_setup_teardown(failed_and_blank_pages_say_so, enter, leave),
        cmocka_unit_test_setup_teardown(headings_make_the_outline_else_bookmarks, enter, leave),
        cmocka_unit_test_setup_teardown(pictures_are_embedded_and_cut_from_the_page, enter, leave),
        cmocka_unit_test_setup_teardown(words_lie_over_the_page, enter, leave),
        cmocka_unit_test_setup_teardown(the_policy_names_this_style_and_this_script, enter, leave),
        cmocka_unit_test_setup_teardown(hostile_text_is_text, enter, leave),
        cmocka_unit_test_setup_teardown(text_that_goes_on_for_ever_is_cut, enter, leave),
        cmocka_unit_test_setup_teardown(the_same_document_gives_the_same_bytes, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
