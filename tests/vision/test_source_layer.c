/* Protects the judgement of a text layer: what nobody sees on the page is not taken for its text,
 * is counted, and what is seen stays, however oddly it is painted. */
#include "pdf_build.h"

#include <math.h>

typedef struct scanned {
    pdf_build b;
    recto_source *s;
    recto_arena *keep;
    recto_source_facts facts;
    recto_layout layout;
} scanned;

static void scan_with(scanned *t, const char *content, const char *page, const char *resources)
{
    recto_error err = {0};
    *t = (scanned){.b = {.out = RECTO_BUF_INIT}};
    pdf_build_page(&t->b, content, page, resources);
    pdf_build_finish(&t->b, "");
    t->s = pdf_build_open(&t->b, NULL);
    t->keep = recto_arena_new(0, 0);
    if (recto_source_page_scan(&t->facts, &t->layout, t->s, 0, 72.0f, t->keep, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

static void done(scanned *t)
{
    recto_source_close(t->s);
    recto_arena_free(t->keep);
    recto_buf_free(&t->b.out);
}

static const char *text_of(const recto_layout *l)
{
    static char out[4096];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < l->n_lines; i++) {
        for (int k = 0; k < l->lines[i].n_words; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s",
                                  k > 0   ? " "
                                  : i > 0 ? " / "
                                          : "",
                                  l->lines[i].words[k].text);
    }
    return out;
}

/* The visible text of a page, and how many characters of it are hidden. */
static void assert_seen_with(const char *content, const char *resources, const char *seen,
                             int n_hidden)
{
    scanned t;
    scan_with(&t, content, "", resources);
    assert_string_equal(text_of(&t.layout), seen);
    assert_int_equal(t.facts.n_chars_hidden, n_hidden);
    done(&t);
}

static void assert_seen(const char *content, const char *seen, int n_hidden)
{
    assert_seen_with(content, "", seen, n_hidden);
}

static void text_in_the_colour_of_its_ground_is_hidden(void **state)
{
    (void)state;
    /* black on black, red on red, white on white, and nearly white */
    assert_seen("0 g 60 690 100 30 re f BT /F1 10 Tf 72 700 Td (secret) Tj ET", "", 6);
    assert_seen("1 0 0 rg 60 690 100 30 re f BT /F1 10 Tf 72 700 Td (secret) Tj ET", "", 6);
    assert_seen("0.985 g BT /F1 10 Tf 72 700 Td (secret) Tj ET", "", 6);
    assert_seen("0 0 0.02 0 k BT /F1 10 Tf 72 700 Td (secret) Tj ET", "", 6);
    /* as grey as its ground, but of another colour */
    assert_seen("1 0 0 rg 60 690 100 30 re f 0 0.51 0 rg BT /F1 10 Tf 72 700 Td (open) Tj ET",
                "open", 0);
    assert_seen("0.9 g BT /F1 10 Tf 72 700 Td (pale) Tj ET", "pale", 0);
    /* the topmost ground counts */
    assert_seen(
        "0 g 60 690 100 30 re f 1 g 60 690 100 30 re f 0 g BT /F1 10 Tf 72 700 Td (open) Tj ET",
        "open", 0);
    /* beside its box */
    assert_seen("0 g 160 690 100 30 re f BT /F1 10 Tf 72 700 Td (open) Tj ET", "open", 0);
}

static void text_under_boxes_is_hidden(void **state)
{
    (void)state;
    const char *text = "BT /F1 10 Tf 72 700 Td (secret) Tj ET ";
    char content[512];
    snprintf(content, sizeof content, "%s 1 g 60 690 100 30 re f", text);
    assert_seen(content, "", 6);
    /* two strips that cover it together */
    snprintf(content, sizeof content, "%s 1 g 60 703 100 17 re f 60 690 100 13 re f", text);
    assert_seen(content, "", 6);
    snprintf(content, sizeof content, "%s 1 g 60 690 30 30 re f 90 690 30 30 re f", text);
    assert_seen(content, "", 6);
    /* two that leave a part free */
    snprintf(content, sizeof content, "%s 1 g 60 690 20 30 re f 90 690 30 30 re f", text);
    assert_seen(content, "secret", 0);
    /* transparent ones */
    snprintf(content, sizeof content, "%s /G gs 1 1 0 rg 60 690 100 30 re f", text);
    assert_seen_with(content, "/ExtGState << /G << /ca 0.4 >> >>", "secret", 0);
}

static void text_under_an_image_is_hidden(void **state)
{
    (void)state;
    static const unsigned char gray[25] = {0, 80, 160, 255};
    scanned t = {.b = {.out = RECTO_BUF_INIT}};
    recto_error err;
    pdf_build_page(&t.b,
                   "BT /F1 10 Tf 72 700 Td (under the image) Tj 0 -400 Td (beside) Tj ET "
                   "q 200 0 0 50 60 680 cm /I Do Q",
                   "", "/XObject << /I 8 0 R >>");
    pdf_build_stream(&t.b,
                     "/Type /XObject /Subtype /Image /Width 5 /Height 5 /ColorSpace /DeviceGray "
                     "/BitsPerComponent 8",
                     gray, sizeof gray);
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    t.keep = recto_arena_new(0, 0);
    assert_int_equal(recto_source_page_scan(&t.facts, &t.layout, t.s, 0, 72.0f, t.keep, &err),
                     RECTO_OK);
    assert_string_equal(text_of(&t.layout), "beside");
    assert_int_equal(t.facts.n_chars_hidden, 13);
    done(&t);
}

static void text_without_size_is_hidden(void **state)
{
    (void)state;
    assert_seen("BT /F1 0.5 Tf 72 700 Td (tiny) Tj /F1 10 Tf 0 -20 Td (seen) Tj ET", "seen", 4);
    assert_seen("BT /F1 0 Tf 72 700 Td (none) Tj /F1 10 Tf 0 -20 Td (seen) Tj ET", "seen", 4);
    assert_seen("BT /F1 10 Tf 1 Tz 72 700 Td (thin) Tj 100 Tz 0 -20 Td (seen) Tj ET", "seen", 4);
    assert_seen("BT /F1 1 Tf 10 0 0 10 72 700 Tm (scaled) Tj ET", "scaled", 0);
    assert_seen("BT /F1 4 Tf 72 700 Td (small print) Tj ET", "small print", 0);
}

static void transparent_text_is_hidden(void **state)
{
    (void)state;
    const char *states = "/ExtGState << /G << /ca 0.01 >> /H << /ca 0.3 >> >>";
    assert_seen_with("/G gs BT /F1 10 Tf 72 700 Td (ghost) Tj ET", states, "", 5);
    assert_seen_with("/H gs BT /F1 10 Tf 72 700 Td (watermark) Tj ET", states, "watermark", 0);
}

static void text_of_layers_switched_off_is_left_out(void **state)
{
    (void)state;
    scanned t = {.b = {.out = RECTO_BUF_INIT}};
    recto_error err;
    const char *content = "/OC /L BDC BT /F1 10 Tf 72 700 Td (off) Tj ET EMC "
                          "/OC /M BDC BT /F1 10 Tf 72 600 Td (on) Tj ET EMC";
    pdf_build_object(&t.b, "<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [6 0 R 7 0 R] "
                           "/D << /OFF [6 0 R] >> >> >>");
    pdf_build_object(&t.b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&t.b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
                           "/Resources << /Font << /F1 5 0 R >> "
                           "/Properties << /L 6 0 R /M 7 0 R >> >> >>");
    pdf_build_stream(&t.b, "", content, strlen(content));
    pdf_build_object(&t.b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    pdf_build_object(&t.b, "<< /Type /OCG /Name (L) >>");
    pdf_build_object(&t.b, "<< /Type /OCG /Name (M) >>");
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    t.keep = recto_arena_new(0, 0);
    assert_int_equal(recto_source_page_scan(&t.facts, &t.layout, t.s, 0, 72.0f, t.keep, &err),
                     RECTO_OK);
    assert_string_equal(text_of(&t.layout), "on");
    done(&t);
}

/* Letters as the shape that a colour run or a picture shows through: they are seen. */
static void text_that_clips_paint_is_seen(void **state)
{
    (void)state;
    const char *shading = "/Shading << /S << /ShadingType 2 /ColorSpace /DeviceRGB "
                          "/Coords [0 0 600 0] /Function << /FunctionType 2 /Domain [0 1] "
                          "/C0 [1 0 0] /C1 [0 0 1] /N 1 >> >> >>";
    assert_seen_with("q BT /F1 30 Tf 7 Tr 72 700 Td (gradient) Tj ET /S sh Q", shading, "gradient",
                     0);
    assert_seen("q BT /F1 30 Tf 7 Tr 72 700 Td (filled) Tj ET 1 0 0 rg 0 0 600 800 re f Q",
                "filled", 0);
    assert_seen("q BT /F1 30 Tf 7 Tr 72 700 Td (nothing) Tj ET Q 1 0 0 rg 0 0 9 9 re f", "", 7);
}

static void text_said_by_two_layers_comes_once(void **state)
{
    (void)state;
    /* the second layer sets it a little narrower and off */
    assert_seen("BT /F1 10 Tf 72 700 Td (said by layers) Tj ET "
                "BT /F1 10 Tf 99 Tz 74 700.5 Td (said by layers) Tj ET",
                "said by layers", 0);
    /* a shadow */
    assert_seen(
        "0.6 g BT /F1 24 Tf 73.5 698.5 Td (Title) Tj ET 0 g BT /F1 24 Tf 72 700 Td (Title) Tj "
        "ET",
        "Title", 0);
    /* the same word again is no overprint */
    assert_seen("BT /F1 10 Tf 72 700 Td (no no no) Tj ET", "no no no", 0);
    assert_seen("BT /F1 10 Tf 72 700 Td (1) Tj 8 0 Td (1) Tj ET", "1 1", 0);
}

static void hidden_text_is_given_on_request(void **state)
{
    (void)state;
    scanned t;
    scan_with(&t, "1 g BT /F1 10 Tf 72 700 Td (white) Tj 0 -20 Td 0 g (black) Tj ET", "", "");
    assert_string_equal(text_of(&t.layout), "black");
    recto_layout all;
    assert_int_equal(recto_source_page_layout(&all, t.s, 0, 72.0f, true, t.keep, NULL), RECTO_OK);
    assert_string_equal(text_of(&all), "white / black");
    assert_int_equal(all.lines[0].words[0].style, RECTO_STYLE_HIDDEN);
    assert_int_equal(all.lines[1].words[0].style, 0);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_in_the_colour_of_its_ground_is_hidden),
        cmocka_unit_test(text_under_boxes_is_hidden),
        cmocka_unit_test(text_under_an_image_is_hidden),
        cmocka_unit_test(text_without_size_is_hidden),
        cmocka_unit_test(transparent_text_is_hidden),
        cmocka_unit_test(text_of_layers_switched_off_is_left_out),
        cmocka_unit_test(text_that_clips_paint_is_seen),
        cmocka_unit_test(text_said_by_two_layers_comes_once),
        cmocka_unit_test(hidden_text_is_given_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
