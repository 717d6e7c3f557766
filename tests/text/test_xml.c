/* Protects: numbers, boxes, bytes and text on their way into markup, and words found in their text.
 */
#include "check.h"

#include "text/wordmap.h"
#include "text/xml.h"

#include <math.h>
#include <string.h>

static void assert_written(recto_buf *out, const char *wanted)
{
    assert_string_equal(recto_buf_cstr(out), wanted);
    recto_buf_free(out);
}

static void numbers_are_short_and_exact(void **state)
{
    (void)state;
    static const struct {
        float v;
        int decimals;
        const char *text;
    } cases[] = {
        {0, 1, "0"},    {1.25f, 1, "1.3"},      {-0.04f, 1, "0"},     {-1.5f, 1, "-1.5"},
        {2, 3, "2"},    {0.41234f, 3, "0.412"}, {0.002f, 3, "0.002"}, {100.05f, 2, "100.05"},
        {NAN, 1, "0"},  {INFINITY, 1, "0"},     {3e9f, 1, "0"},       {12.96f, 1, "13"},
        {0.5f, 0, "1"}, {7, -1, "7"},           {0.9996f, 3, "1"},    {0.05f, 9, "0.05"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_xml_real(&out, cases[i].v, cases[i].decimals);
        assert_written(&out, cases[i].text);
    }
    recto_buf out = RECTO_BUF_INIT;
    recto_xml_int(&out, -12);
    recto_xml_int(&out, 0);
    recto_xml_int_attr(&out, "a", 340);
    assert_written(&out, "-120 a=\"340\"");
}

static void boxes_are_whole_pixels_inside_the_page(void **state)
{
    (void)state;
    const recto_page page = {.width = 100, .height = 50.5f};
    static const struct {
        recto_rect r;
        recto_xml_box box;
    } cases[] = {
        {{1, 2, 3, 4}, {1, 2, 3, 4}},         {{1.4f, 2.6f, 3.2f, 4.5f}, {1, 2, 4, 5}},
        {{1.98f, 2, 3.02f, 4}, {2, 2, 3, 4}}, {{-1, -0.5f, 101, 51}, {0, 0, 100, 51}},
        {{5, 5, 5, 5}, {5, 5, 6, 6}},         {{100, 50, 100, 50}, {99, 50, 100, 51}},
        {{NAN, 0, NAN, 9}, {0, 0, 1, 9}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_xml_box box = recto_xml_pixels(&page, cases[i].r);
        assert_memory_equal(&box, &cases[i].box, sizeof box);
    }
    const recto_page none = {0};
    recto_xml_box box = recto_xml_pixels(&none, (recto_rect){1, 2, 3, 4});
    assert_int_equal(box.x1 + box.y1 + box.x0 + box.y0, 0);
    assert_int_equal(recto_xml_percent(NAN), 0);
    assert_int_equal(recto_xml_percent(0.995f), 100);
    assert_int_equal(recto_xml_percent(0.414f), 41);
}

static void text_is_escaped_and_holds_nothing_xml_forbids(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_xml_attr(&out, "a", "x\x01\"<&>'\xEF\xBF\xBE\xED\xA0\x80 \n y\xFF");
    recto_xml_attr(&out, "b", NULL);
    assert_written(&out, " a=\"x&quot;&lt;&amp;&gt;&#39;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD y"
                         "\xEF\xBF\xBD\"");
    recto_xml_lines(&out, "a  b\n\x08<c");
    assert_written(&out, "a  b\n&lt;c");
    recto_xml_element(&out, "e", "&");
    assert_written(&out, "<e>&amp;</e>\n");
}

static void bytes_become_base64(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"\xFF\xFE", "//4="},
                                           {"fooba", "Zm9vYmE="}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_xml_base64(&out, cases[i][0], strlen(cases[i][0]));
        assert_written(&out, cases[i][1]);
    }
    static uint8_t many[10000];
    recto_buf out = RECTO_BUF_INIT;
    recto_xml_base64(&out, many, sizeof many);
    assert_int_equal(out.len, (sizeof many + 2) / 3 * 4);
    assert_string_equal(out.data + out.len - 4, "AA==");
    recto_buf_free(&out);
    const recto_asset html = {many, 10, "text/html", 1, 1};
    const recto_asset png = {many, 10, "image/png", 1, 1};
    assert_false(recto_xml_is_picture(&html));
    assert_true(recto_xml_is_picture(&png));
}

static void direction_is_that_of_the_first_letter(void **state)
{
    (void)state;
    assert_true(recto_xml_is_rtl("12 – שלום abc"));
    assert_false(recto_xml_is_rtl("abc שלום"));
    assert_false(recto_xml_is_rtl("éש"));
    assert_false(recto_xml_is_rtl("123"));
    assert_false(recto_xml_is_rtl(""));
}

/* Looks for the words one after the other; "word@start-end" or "word@-" for each. */
static void assert_places(const char *text, const char *marker, const char *words,
                          const char *wanted)
{
    char word[64];
    recto_buf out = RECTO_BUF_INIT;
    recto_wordmap m = recto_wordmap_over(text, marker);
    for (const char *p = words; *p != '\0';) {
        size_t n = strcspn(p, " ");
        recto_wordmap_place place;
        memcpy(word, p, n);
        word[n] = '\0';
        if (recto_wordmap_next(&place, &m, word))
            recto_buf_printf(&out, "%d-%d%s ", place.start, place.end, place.hyphen > 0 ? "~" : "");
        else
            recto_buf_text(&out, "- ");
        p += n + (p[n] == ' ');
    }
    assert_written(&out, wanted);
}

static void words_are_found_where_they_stand(void **state)
{
    (void)state;
    assert_places("the heating of", NULL, "the heating of", "0-3 4-11 12-14 ");
    assert_places("the heating of", NULL, "the heat- ing of", "0-3 4-8~ 8-11 12-14 ");
    assert_places("well-known", NULL, "well- known", "0-5 5-10 ");
    assert_places("東京都", NULL, "東京 都", "0-6 6-9 ");
    assert_places("North", "1.", "1. North", "- 0-5 ");
    assert_places("North", "1 .", "1 . North", "- - 0-5 ");
    assert_places("1. North", "1.", "1. 1. North", "- 0-2 3-8 ");
    assert_places("one two", NULL, "zero one two", "- 0-3 4-7 ");
    assert_places("one inserted words later", NULL, "one later xx", "0-3 19-24 - ");
    assert_places("", NULL, "a", "- ");
    assert_places("a", NULL, "a a", "0-1 - ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(boxes_are_whole_pixels_inside_the_page),
        cmocka_unit_test(text_is_escaped_and_holds_nothing_xml_forbids),
        cmocka_unit_test(bytes_become_base64),
        cmocka_unit_test(direction_is_that_of_the_first_letter),
        cmocka_unit_test(words_are_found_where_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
