/* Protects links: that those which lead to the web or to a page of the document come out in place,
 * that nothing else does, and that no link or form field is believed that a taken-over parser makes
 * up. */
#include "pdf_build.h"
#include "remote_port.h"

#include <math.h>

typedef struct linked {
    pdf_build b;
    recto_source *s;
    recto_arena *keep;
    recto_layout layout;
} linked;

/* Two pages with these annotations on the first; catalog and page may have more entries.  Objects 8
 * and on are `more`, each "..." of an array that ends with NULL. */
static void open_links(linked *t, const char *annots, const char *page_extra, const char *catalog,
                       const char *const *more)
{
    char text[4096];
    *t = (linked){.b = {.out = RECTO_BUF_INIT}};
    snprintf(text, sizeof text, "<< /Type /Catalog /Pages 2 0 R %s >>", catalog);
    pdf_build_object(&t->b, text);
    pdf_build_object(&t->b, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>");
    snprintf(text, sizeof text,
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Annots [%s] %s >>", annots,
             page_extra);
    pdf_build_object(&t->b, text);
    pdf_build_object(&t->b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
    for (; more != NULL && *more != NULL; more++)
        pdf_build_object(&t->b, *more);
    pdf_build_finish(&t->b, "");
    t->s = pdf_build_open(&t->b, NULL);
    t->keep = recto_arena_new(0, 0);
    recto_error err = {0};
    if (recto_source_page_layout(&t->layout, t->s, 0, 144.0f, false, t->keep, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

static void done(linked *t)
{
    recto_source_close(t->s);
    recto_arena_free(t->keep);
    recto_buf_free(&t->b.out);
}

/* The addresses of the page's links, with a space between. */
static void assert_urls(const char *annots, const char *expected)
{
    static const char *const more[] = {
        /* 5: a tree of names, 6 and 7 its leaves */
        "<< /Kids [6 0 R 7 0 R] >>",
        "<< /Limits [(a) (f)] /Names [(a) [3 0 R /Fit] (f) << /D [4 0 R /XYZ 0 0 0] >>] >>",
        "<< /Limits [(g) (z)] /Names [(z) [9 /Fit] (h) [1 /Fit]] >>", NULL};
    linked t;
    char urls[8192] = "";
    open_links(&t, annots, "", "/Names << /Dests 5 0 R >> /Dests << /old [4 0 R /Fit] >>", more);
    size_t n = 0;
    for (int i = 0; i < t.layout.n_links; i++)
        n += (size_t)snprintf(urls + n, sizeof urls - n, "%s%s", i > 0 ? " " : "",
                              t.layout.links[i].url);
    assert_string_equal(urls, expected);
    done(&t);
}

#define LINK(rest) "<< /Subtype /Link /Rect [10 10 110 30] " rest " >>"
#define URI(uri)   LINK("/A << /S /URI /URI (" uri ") >>")

static void links_lead_to_the_web(void **state)
{
    (void)state;
    assert_urls(URI("https://example.org/a?b=c#d"), "https://example.org/a?b=c#d");
    assert_urls(URI("mailto:a@example.org") URI("tel:+49123") URI("HTTP://x"),
                "mailto:a@example.org tel:+49123 HTTP://x");
    assert_urls(URI(" http://example.org/a b\\n/c "), "http://example.org/a%20b/c");
    assert_urls(URI("http://example.org/\\303\\274"), "http://example.org/ü");
    assert_urls(URI("http://example.org/\\374"), "http://example.org/%FC");
    assert_urls(LINK("/A << /S /URI /URI <FEFF0068007400740070003A002F002F0078> >>"), "http://x");
    assert_urls(URI("www.example.org/x"), "http://www.example.org/x");
    assert_urls(URI("http://example.org/<script>\\042"), "http://example.org/%3Cscript%3E%22");
}

static void links_lead_to_pages(void **state)
{
    (void)state;
    assert_urls(LINK("/Dest [4 0 R /Fit]"), "#page=2");
    assert_urls(LINK("/A << /S /GoTo /D [0 /Fit] >>"), "#page=1");
    assert_urls(LINK("/Dest (f)") LINK("/Dest (a)") LINK("/A << /S /GoTo /D (h) >>"),
                "#page=2 #page=1 #page=2");
    assert_urls(LINK("/Dest /old"), "#page=2");
    assert_urls(LINK("/Dest (z)") LINK("/Dest (nowhere)") LINK("/Dest /nowhere"), "");
    assert_urls(LINK("/Dest [1 0 R /Fit]") LINK("/Dest [-1 /Fit]") LINK("/Dest [2 /Fit]"), "");
}

static void links_never_open_files_or_run(void **state)
{
    (void)state;
    assert_urls(URI("javascript:alert\\(1\\)") URI("java\\nscript:alert\\(1\\)")
                    URI("data:text/html,x") URI("file:///etc/passwd") URI("relative.html") URI("")
                        URI("http:") URI(":x"),
                "");
    assert_urls(LINK("/A << /S /JavaScript /JS (app.alert\\(1\\)) >>")
                    LINK("/A << /S /Launch /F (calc.exe) >>")
                        LINK("/A << /S /GoToR /F (other.pdf) /D [0 /Fit] >>"),
                "");
    assert_urls("<< /Subtype /Widget /Rect [10 10 110 30] /A << /S /URI /URI (http://x) >> >>", "");
}

static void links_that_are_hidden_are_none(void **state)
{
    (void)state;
    assert_urls(LINK("/F 2 /Dest [0 /Fit]") LINK("/F 32 /Dest [0 /Fit]") LINK("/F 4 /Dest [1]"),
                "#page=2");
    assert_urls("<< /Subtype /Link /Rect [700 10 800 30] /Dest [0 /Fit] >>", "");
    assert_urls("<< /Subtype /Link /Rect [0 0 0 0] /Dest [0 /Fit] >>", "");
    assert_urls("<< /Subtype /Link /Dest [0 /Fit] >>", "");
}

static void links_use_the_base_address(void **state)
{
    (void)state;
    linked t;
    open_links(&t, URI("page.html") URI("http://other/"), "",
               "/URI << /Base (https://example.org/) >>", NULL);
    assert_int_equal(t.layout.n_links, 2);
    assert_string_equal(t.layout.links[0].url, "https://example.org/page.html");
    assert_string_equal(t.layout.links[1].url, "http://other/");
    done(&t);
    open_links(&t, URI("alert"), "", "/URI << /Base (javascript:) >>", NULL);
    assert_int_equal(t.layout.n_links, 0);
    done(&t);
}

static void require_box(recto_rect r, float x0, float y0, float x1, float y1)
{
    assert_float_equal(r.x0, x0, 0.01f);
    assert_float_equal(r.y0, y0, 0.01f);
    assert_float_equal(r.x1, x1, 0.01f);
    assert_float_equal(r.y1, y1, 0.01f);
}

static void links_lie_where_they_are_shown(void **state)
{
    (void)state;
    linked t;
    open_links(&t, URI("http://x"), "", "", NULL);
    require_box(t.layout.links[0].box, 20.0f, 1540.0f, 220.0f, 1580.0f);
    done(&t);
    open_links(&t, URI("http://x"), "/CropBox [50 0 600 700]", "", NULL); /* partly cut off */
    require_box(t.layout.links[0].box, 0.0f, 1340.0f, 120.0f, 1380.0f);
    done(&t);
    open_links(&t, URI("http://x"), "/Rotate 90", "", NULL);
    require_box(t.layout.links[0].box, 20.0f, 20.0f, 60.0f, 220.0f);
    done(&t);
    open_links(&t, URI("http://x"), "/UserUnit 2", "", NULL);
    require_box(t.layout.links[0].box, 40.0f, 3080.0f, 440.0f, 3160.0f);
    done(&t);
}

/* A link over two lines has a rectangle for each; quads elsewhere are not believed. */
static void links_have_a_box_a_line(void **state)
{
    (void)state;
    linked t;
    open_links(&t,
               LINK("/Dest [1] /QuadPoints [60 30 110 30 60 20 110 20 10 20 40 20 10 10 40 10]"),
               "", "", NULL);
    assert_int_equal(t.layout.n_links, 2);
    require_box(t.layout.links[0].box, 120.0f, 1540.0f, 220.0f, 1560.0f);
    require_box(t.layout.links[1].box, 20.0f, 1560.0f, 80.0f, 1580.0f);
    done(&t);
    open_links(&t, LINK("/Dest [1] /QuadPoints [60 300 110 300 60 200 110 200]"), "", "", NULL);
    assert_int_equal(t.layout.n_links, 1);
    require_box(t.layout.links[0].box, 20.0f, 1540.0f, 220.0f, 1580.0f);
    done(&t);
}

static void links_survive_bad_annotations(void **state)
{
    (void)state;
    assert_urls("null 5 (x) 99 0 R [] << >> " URI("http://x") " << /Subtype /Link /A 99 0 R >>",
                "http://x");
    char *many = malloc(200000);
    assert_non_null(many);
    static const char one[] = "<</Subtype/Link/Rect[0 0 9 9]/Dest[0]>>";
    size_t n = 0;
    for (int i = 0; i < 4000; i++, n += sizeof one - 1)
        memcpy(many + n, one, sizeof one);
    linked t = {.b = {.out = RECTO_BUF_INIT}};
    pdf_build_object(&t.b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&t.b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&t.b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 60 80] /Annots 4 0 R >>");
    recto_buf array = RECTO_BUF_INIT;
    recto_buf_text(&array, "[");
    for (int i = 0; i < 3; i++)
        recto_buf_add(&array, many, n);
    recto_buf_text(&array, "]");
    recto_buf_char(&array, '\0');
    pdf_build_object(&t.b, array.data);
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    t.keep = recto_arena_new(0, 0);
    assert_int_equal(recto_source_page_layout(&t.layout, t.s, 0, 72.0f, false, t.keep, NULL),
                     RECTO_OK);
    assert_int_equal(t.layout.n_links, 10000); /* the limit of the wire */
    recto_buf_free(&array);
    free(many);
    done(&t);
}

static void links_of_long_addresses_are_none(void **state)
{
    (void)state;
    char annot[3000];
    char url[2100];
    for (int longer = 0; longer < 2; longer++) {
        memset(url, 'x', sizeof url);
        memcpy(url, "http://", 7);
        url[2048 + longer] = '\0';
        snprintf(annot, sizeof annot, LINK("/A << /S /URI /URI (%s) >>"), url);
        linked t;
        open_links(&t, annot, "", "", NULL);
        assert_int_equal(t.layout.n_links, 1 - longer);
        done(&t);
    }
}

static void links_cross_the_border_unchanged(void **state)
{
    (void)state;
    linked t;
    open_links(&t, URI("https://example.org/\\303\\274") LINK("/Dest [1]"), "/Rotate 270", "",
               NULL);
    remote_port port = {.bytes = (const uint8_t *)t.b.out.data, .size = t.b.out.len};
    recto_source *s = NULL;
    recto_layout l;
    assert_int_equal(recto_source_remote_open(&s, remote_port_make(&port), NULL, NULL), RECTO_OK);
    assert_int_equal(recto_source_page_layout(&l, s, 0, 144.0f, false, t.keep, NULL), RECTO_OK);
    assert_int_equal(l.n_links, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(l.links[i].url, t.layout.links[i].url);
        assert_memory_equal(&l.links[i].box, &t.layout.links[i].box, sizeof(recto_rect));
    }
    recto_source_close(s);
    remote_port_free(&port);
    done(&t);
}

/* --- what a taken-over parser may say ------------------------------------------------------ */

static recto_status read_packed(void *self, uint64_t offset, void *to, size_t size,
                                recto_error *err)
{
    const recto_buf *buf = self;
    (void)err;
    assert_true(offset + size <= buf->len);
    memcpy(to, buf->data + offset, size);
    return RECTO_OK;
}

static recto_status take_packed(recto_layout *out, recto_buf *packed, recto_arena *keep)
{
    const recto_source_port port = {.self = packed, .read = read_packed};
    recto_source_wire_reply reply = {.port = &port, .size = packed->len};
    recto_source_facts facts;
    recto_error err = {0};
    recto_status status = recto_source_wire_take_scan(&facts, out, &reply, 72.0f, keep, &err);
    assert_true((status == RECTO_ERR_CRASH) == reply.broken);
    assert_int_equal(err.code, status);
    return status;
}

/* What comes of a layout of one link or one field. */
static recto_status take_places(recto_layout *out, const recto_link *link, const recto_field *field,
                                recto_arena *keep)
{
    const recto_source_facts facts = {.width_pt = 600.0f, .height_pt = 800.0f};
    recto_layout l = {.width = 600.0f, .height = 800.0f, .dpi = 72.0f};
    recto_link links[1];
    recto_field fields[1];
    if (link != NULL) {
        links[0] = *link;
        l.links = links;
        l.n_links = 1;
    }
    if (field != NULL) {
        fields[0] = *field;
        l.fields = fields;
        l.n_fields = 1;
    }
    recto_buf packed = RECTO_BUF_INIT;
    recto_source_wire_pack_scan(&packed, &facts, &l);
    recto_status status = take_packed(out, &packed, keep);
    recto_buf_free(&packed);
    return status;
}

static void border_passes_fields(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_layout l;
    const recto_link link = {{10, 20, 30, 40}, "#page=1"};
    const recto_field field = {{1, 2, 3, 4}, RECTO_FIELD_CHECKBOX, "a.b", "", "Ja", true, 0.5f};
    assert_int_equal(take_places(&l, &link, &field, keep), RECTO_OK);
    assert_int_equal(l.n_links, 1);
    assert_string_equal(l.links[0].url, "#page=1");
    assert_int_equal(l.n_fields, 1);
    assert_int_equal(l.fields[0].kind, RECTO_FIELD_CHECKBOX);
    assert_string_equal(l.fields[0].name, "a.b");
    assert_string_equal(l.fields[0].label, "");
    assert_string_equal(l.fields[0].value, "Ja");
    assert_true(l.fields[0].checked && l.fields[0].conf == 0.5f && l.fields[0].box.y1 == 4.0f);
    recto_arena_free(keep);
}

static void border_refuses_impossible_links(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    char *url = malloc(5000);
    assert_non_null(url);
    memset(url, 'x', 5000);
    url[4097] = '\0';
    const recto_link bad[] = {
        {{10, 20, 30, 40}, ""},
        {{10, 20, 30, 40}, NULL},
        {{10, 20, 30, 40}, "http://a b"},
        {{10, 20, 30, 40}, "http://a\nb"},
        {{10, 20, 30, 40}, "http://\xE2\x80\xAE"},
        {{10, 20, 30, 40}, "http://\xFF"},
        {{10, 20, 30, 40}, url},
        {{30, 20, 10, 40}, "x"},
        {{-5, 20, 10, 40}, "x"},
        {{10, 20, 30, 900}, "x"},
        {{NAN, 20, 30, 40}, "x"},
    };
    recto_layout l;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(take_places(&l, &bad[i], NULL, keep), RECTO_ERR_CRASH);
    url[4096] = '\0';
    assert_int_equal(take_places(&l, &bad[6], NULL, keep), RECTO_OK);
    free(url);
    recto_arena_free(keep);
}

static void border_refuses_impossible_fields(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    const recto_rect box = {10, 20, 30, 40};
    char *text = malloc(70000);
    assert_non_null(text);
    memset(text, 'x', 70000);
    text[65537] = '\0';
    const recto_field bad[] = {
        {box, RECTO_FIELD_KIND_COUNT, "n", "l", "v", false, 1.0f},
        {box, RECTO_FIELD_TEXT, "n", "l", "v", false, 1.5f},
        {box, RECTO_FIELD_TEXT, "n", "l", "v", false, NAN},
        {box, RECTO_FIELD_TEXT, "n\x01", "l", "v", false, 1.0f},
        {box, RECTO_FIELD_TEXT, "n", "\xC3", "v", false, 1.0f},
        {box, RECTO_FIELD_TEXT, "n", "l", "\xE2\x80\xAE", false, 1.0f},
        {box, RECTO_FIELD_TEXT, "n", "l", text, false, 1.0f},
        {{10, 20, 700, 40}, RECTO_FIELD_TEXT, "n", "l", "v", false, 1.0f},
    };
    recto_layout l;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(take_places(&l, NULL, &bad[i], keep), RECTO_ERR_CRASH);
    text[65536] = '\0';
    assert_int_equal(take_places(&l, NULL, &bad[6], keep), RECTO_OK);
    free(text);
    recto_arena_free(keep);
}

/* Every cut of a reply, and every count in it, must be noticed. */
static void border_refuses_cut_places(void **state)
{
    (void)state;
    recto_arena *keep = recto_arena_new(0, 0);
    const recto_source_facts facts = {.width_pt = 600.0f, .height_pt = 800.0f};
    recto_link link = {{10, 20, 30, 40}, "#page=1"};
    recto_field field = {{1, 2, 3, 4}, RECTO_FIELD_TEXT, "a.b", "Label", "Ja", false, 1.0f};
    const recto_layout l = {.width = 600.0f,
                            .height = 800.0f,
                            .dpi = 72.0f,
                            .links = &link,
                            .n_links = 1,
                            .fields = &field,
                            .n_fields = 1};
    recto_layout out;
    recto_buf packed = RECTO_BUF_INIT;
    recto_source_wire_pack_scan(&packed, &facts, &l);
    const size_t whole = packed.len;
    assert_int_equal(take_packed(&out, &packed, keep), RECTO_OK);
    for (packed.len = 0; packed.len < whole; packed.len++)
        assert_int_equal(take_packed(&out, &packed, keep), RECTO_ERR_CRASH);
    packed.len = whole;
    const size_t counts[] = {offsetof(recto_source_wire_layout, n_links),
                             offsetof(recto_source_wire_layout, n_fields)};
    const uint32_t values[] = {0, 2, 10001, 0x10000000u, 0xFFFFFFFFu};
    for (size_t i = 0; i < 2; i++) {
        char *at = packed.data + sizeof(recto_source_wire_facts) + counts[i];
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            memcpy(at, &values[k], sizeof values[k]);
            assert_int_equal(take_packed(&out, &packed, keep), RECTO_ERR_CRASH);
        }
        memcpy(at, &(uint32_t){1}, sizeof(uint32_t));
    }
    assert_int_equal(take_packed(&out, &packed, keep), RECTO_OK);
    recto_buf_free(&packed);
    recto_arena_free(keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_lead_to_the_web),
        cmocka_unit_test(links_lead_to_pages),
        cmocka_unit_test(links_never_open_files_or_run),
        cmocka_unit_test(links_that_are_hidden_are_none),
        cmocka_unit_test(links_use_the_base_address),
        cmocka_unit_test(links_lie_where_they_are_shown),
        cmocka_unit_test(links_have_a_box_a_line),
        cmocka_unit_test(links_survive_bad_annotations),
        cmocka_unit_test(links_of_long_addresses_are_none),
        cmocka_unit_test(links_cross_the_border_unchanged),
        cmocka_unit_test(border_passes_fields),
        cmocka_unit_test(border_refuses_impossible_links),
        cmocka_unit_test(border_refuses_impossible_fields),
        cmocka_unit_test(border_refuses_cut_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
