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

/* --- fonts that do not say what they show --------------------------------------------------- */

static const char PROSE[] =
    "The council met on Tuesday evening and decided to repair the old bridge before winter comes. "
    "Several members asked why the work had been put off for so long, and the engineer explained "
    "that the stone had to be brought from a quarry which opens only in summer. Nobody objected, "
    "so the matter was closed and the money was set aside without any further questions.";

/* Lines of about 60 characters in a font, each letter through `letter`. */
static void put_prose(char *out, size_t size, const char *font, int y, const char *text,
                      int (*letter)(int))
{
    size_t n = strlen(out);
    int column = 0;
    n += (size_t)snprintf(out + n, size - n, "BT %s 10 Tf 60 %d Td 12 TL (", font, y);
    for (; *text != '\0' && n + 16 < size; text++) {
        int c = letter != NULL ? letter(*text) : *text;
        if (column++ > 60 && *text == ' ') {
            n += (size_t)snprintf(out + n, size - n, ") ' (");
            column = 0;
        } else if (c == '(' || c == ')' || c == '\\') {
            n += (size_t)snprintf(out + n, size - n, "\\%c", c);
        } else {
            n += (size_t)snprintf(out + n, size - n, "%c", c);
        }
    }
    snprintf(out + n, size - n, ") ' ET ");
}

static int next_code(int c)
{
    return c == ' ' ? c : c + 1;
}

static int shuffled(int c)
{
    static const char to[] = "qnvzkxjrtgwypbflhmdcsaeiuo";
    return c >= 'a' && c <= 'z' ? to[c - 'a'] : c >= 'A' && c <= 'Z' ? to[c - 'A'] - 32 : c;
}

static int upper(int c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}

/* How many characters make no words on a page of these lines. */
static int count_odd(const char *text, int (*letter)(int))
{
    char content[8192] = "";
    scanned t;
    put_prose(content, sizeof content, "/F1", 700, text, letter);
    scan_with(&t, content, "", "");
    int n = t.facts.n_chars_odd;
    assert_true(n == 0 || n == t.facts.n_chars);
    for (int i = 0; i < t.layout.n_lines; i++) {
        for (int k = 0; k < t.layout.lines[i].n_words; k++)
            assert_true(t.layout.lines[i].words[k].conf == (n > 0 ? 0.25f : 1.0f));
    }
    done(&t);
    return n;
}

static void shifted_and_permuted_letters_are_odd(void **state)
{
    (void)state;
    assert_int_equal(count_odd(PROSE, NULL), 0);
    assert_int_equal(count_odd(PROSE, upper), 0);
    assert_true(count_odd(PROSE, next_code) > 200);
    assert_true(count_odd(PROSE, shuffled) > 200);
}

static void other_languages_and_codes_are_not_odd(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Vor dem Gesetz steht ein Tuerhueter. Zu diesem Tuerhueter kommt ein Mann vom Lande und "
        "bittet um Eintritt in das Gesetz. Aber der Tuerhueter sagt, dass er ihm jetzt den "
        "Eintritt "
        "nicht gewaehren koenne. Der Mann ueberlegt und fragt dann, ob er also spaeter werde "
        "eintreten duerfen.",
        "Kaikki ihmiset syntyvat vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on "
        "annettu jarki ja omatunto, ja heidan on toimittava toisiaan kohtaan veljeyden hengessa.",
        "Wszyscy ludzie rodza sie wolni i rowni pod wzgledem swej godnosci i swych praw. Sa oni "
        "obdarzeni rozumem i sumieniem i powinni postepowac wobec innych w duchu braterstwa.",
        "Gizon-emakume guztiak aske jaiotzen dira, duintasun eta eskubide berberak dituztela; eta "
        "ezaguera eta kontzientzia dutenez gero, elkarren artean senide legez jokatu beharra dute.",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt "
        "ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation.",
        /* Icelandic letters are in Latin-1: many accents, and no other script */
        "Hver ma\360ur er borinn frj\341ls og jafn \363\360rum a\360 vir\360ingu og r\351ttindum. "
        "Menn eru g\346ddir vitsmunum og samvizku, og ber \376eim a\360 breyta br\363\360urlega.",
        /* numbers, codes, units */
        "4711-0815 DE89 3704 0044 0532 0130 00 GB29NWBK60161331926819 12,50 EUR 3.99 19% 7% ISBN "
        "978-3-16-148410-0 X7F3Q9 kWh km/h PZN 01234567 A1-B2-C3 1.234,56 2024-01-31 12:30 V2.1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strchr(texts[i], '\\') == NULL)
            assert_int_equal(count_odd(texts[i], NULL), 0);
    }
    scanned t;
    char content[1024];
    snprintf(content, sizeof content, "BT /F1 5 Tf 20 700 Td (%s) Tj ET", texts[5]);
    scan_with(&t, content, "", "");
    assert_true(t.facts.n_chars > 100);
    assert_int_equal(t.facts.n_chars_odd, 0);
    done(&t);
}

/* Russian in a font that calls its letters by the names of Latin-1. */
static void another_script_under_latin_names_is_odd(void **state)
{
    (void)state;
    scanned t;
    scan_with(&t,
              "BT /F1 10 Tf 60 700 Td (\315\340\370\340 \361\357\360\340\342\352\340 "
              "\342\373\344\340\355\340 \344\353\377 \357\360\345\344\372\377\342"
              "\353\345\355\350\377 \357\356 \354\345\361\362\363 "
              "\362\360\345\341\356\342\340\355\350\377) Tj ET",
              "", "");
    assert_int_equal(t.facts.n_chars_odd, t.facts.n_chars);
    assert_true(t.facts.n_chars > 40);
    done(&t);
}

static void only_the_odd_font_is_doubted(void **state)
{
    (void)state;
    char content[8192] = "";
    recto_error err;
    scanned t = {.b = {.out = RECTO_BUF_INIT}};
    put_prose(content, sizeof content, "/F1", 700, PROSE, NULL);
    put_prose(content, sizeof content, "/F2", 400, PROSE, next_code);
    pdf_build_object(&t.b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&t.b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&t.b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
                           "/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>");
    pdf_build_stream(&t.b, "", content, strlen(content));
    pdf_build_object(&t.b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    pdf_build_object(&t.b, "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>");
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    t.keep = recto_arena_new(0, 0);
    assert_int_equal(recto_source_page_scan(&t.facts, &t.layout, t.s, 0, 72.0f, t.keep, &err),
                     RECTO_OK);
    assert_true(t.facts.n_chars_odd > 150 && t.facts.n_chars_odd < t.facts.n_chars);
    for (int i = 0; i < t.layout.n_lines; i++) {
        const recto_line *l = &t.layout.lines[i];
        if (l->baseline < 300.0f)
            assert_true(l->conf == 1.0f);
        else
            assert_true(l->conf <= 0.25f);
    }
    done(&t);
}

static void words_with_unknown_characters_have_no_confidence(void **state)
{
    (void)state;
    scanned t;
    scan_with(&t, "BT /F1 10 Tf 72 700 Td (e) Tj /F2 10 Tf (h) Tj /F1 10 Tf (cient work) Tj ET", "",
              "");
    assert_int_equal(t.facts.n_chars_bad, 1);
    assert_int_equal(t.layout.lines[0].n_words, 2);
    assert_true(t.layout.lines[0].words[0].conf == 0.0f);
    assert_true(t.layout.lines[0].words[1].conf == 1.0f);
    assert_true(t.layout.lines[0].conf > 0.2f && t.layout.lines[0].conf < 0.6f);
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
        cmocka_unit_test(shifted_and_permuted_letters_are_odd),
        cmocka_unit_test(other_languages_and_codes_are_not_odd),
        cmocka_unit_test(another_script_under_latin_names_is_odd),
        cmocka_unit_test(only_the_odd_font_is_doubted),
        cmocka_unit_test(words_with_unknown_characters_have_no_confidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
