/* Protects: nothing invalid, invisible or directional gets past the cleaning, and nothing else is
 * lost. */
#include "check.h"

#include "core/utf8.h"

#include <string.h>

static void assert_clean(const char *dirty, const char *clean)
{
    recto_arena *a = recto_arena_new(0, 0);
    const char *got = recto_utf8_clean(a, dirty, strlen(dirty));
    assert_non_null(got);
    assert_string_equal(got, clean);
    assert_string_equal(recto_utf8_clean(a, got, strlen(got)), clean); /* cleaning is stable */
    if (recto_utf8_is_clean(dirty, strlen(dirty)))
        assert_string_equal(dirty, clean);
    recto_arena_free(a);
}

static void decoding_steps_over_every_kind_of_damage(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t cp;
        int step;
    } cases[] = {
        {"A", 'A', 1},
        {"\xC3\xA9", 0xE9, 2},
        {"\xE2\x82\xAC", 0x20AC, 3},
        {"\xF0\x9F\x98\x80", 0x1F600, 4},
        {"\x80", 0xFFFD, 1},             /* stray continuation */
        {"\xC0\xAF", 0xFFFD, 1},         /* overlong */
        {"\xE0\x80\xAF", 0xFFFD, 1},     /* overlong */
        {"\xED\xA0\x80", 0xFFFD, 1},     /* surrogate */
        {"\xF4\x90\x80\x80", 0xFFFD, 1}, /* above U+10FFFF */
        {"\xE2\x82", 0xFFFD, 1},         /* cut short */
        {"\xFF", 0xFFFD, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *p = cases[i].bytes;
        assert_int_equal(recto_utf8_next(&p, p + strlen(p)), cases[i].cp);
        assert_int_equal(p - cases[i].bytes, cases[i].step);
    }
}

static void every_code_point_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp += cp < 0x3000 ? 1 : 251) {
        char bytes[4];
        int n = recto_utf8_put(bytes, cp);
        const char *p = bytes;
        uint32_t back = recto_utf8_next(&p, bytes + n);
        bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
        assert_int_equal(back, surrogate ? RECTO_UTF8_REPLACEMENT : cp);
        assert_int_equal(p - bytes, n);
    }
    char bytes[4];
    assert_int_equal(recto_utf8_put(bytes, 0x110000), 3);
    assert_memory_equal(bytes, "\xEF\xBF\xBD", 3);
    assert_int_equal(recto_utf8_count("a\xC3\xA9\xFF", 4), 3);
    assert_int_equal(recto_utf8_count("", 0), 0);
}

static void white_space_becomes_single_spaces(void **state)
{
    (void)state;
    assert_clean("", "");
    assert_clean(" \t\r\n ", "");
    assert_clean("  a \n\t b\xC2\xA0"
                 "c\xE3\x80\x80 ",
                 "a b c");
    assert_clean("a\xE2\x80\xA8"
                 "b\xC2\x85"
                 "c",
                 "a b c");
}

static void invisible_and_directional_characters_go(void **state)
{
    (void)state;
    assert_clean("a\x01\x1b[31m\x7f"
                 "b\xC2\x9F"
                 "c",
                 "a[31mbc");
    assert_clean("pay\xE2\x80\xAE"
                 "100\xE2\x80\xAC",
                 "pay100"); /* override */
    assert_clean("a\xE2\x81\xA6"
                 "b\xE2\x81\xA9\xE2\x80\x8F",
                 "ab"); /* isolate, mark */
    assert_clean("\xEF\xBB\xBF"
                 "a\xE2\x80\x8B"
                 "b",
                 "ab"); /* BOM, zero width */
    assert_clean("a\xEE\x80\x80"
                 "b\xF3\xB0\x80\x80",
                 "ab"); /* private use */
    assert_clean("a\xEF\xBF\xBF"
                 "b\xEF\xB7\x90",
                 "ab"); /* noncharacters */
    assert_clean("a\xF3\xA0\x81\x81"
                 "b",
                 "ab"); /* tag letter */
    assert_clean("a \xE2\x80\x8B b", "a b");
}

static void broken_bytes_become_replacement_characters(void **state)
{
    (void)state;
    assert_clean("a\xFF"
                 "b\xC3",
                 "a\xEF\xBF\xBD"
                 "b\xEF\xBF\xBD");
}

static void letters_are_composed(void **state)
{
    (void)state;
    assert_clean("Cafe\xCC\x81", "Caf\xC3\xA9");
    assert_clean("\xE2\x84\xAB", "\xC3\x85");       /* angstrom sign */
    assert_clean("\xEF\xAC\x81n", "\xEF\xAC\x81n"); /* a ligature stays: NFC, not NFKC */
    assert_clean("\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80");
}

static void a_soft_hyphen_stays_at_the_end_only(void **state)
{
    (void)state;
    assert_clean("exam\xC2\xADple", "example");
    assert_clean("exam\xC2\xAD", "exam\xC2\xAD");
    assert_clean("exam\xC2\xAD \n", "exam\xC2\xAD");
    assert_clean("\xC2\xAD", "");
}

static void heaps_of_marks_are_cut(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    enum { N_MARKS = 300000 };
    char *text = recto_arena_alloc(a, 2 + 4 * N_MARKS);
    text[0] = 'x';
    for (int i = 0; i < N_MARKS; i++) /* out of order, so that each pair must be swapped */
        memcpy(text + 1 + 4 * i, "\xCC\x81\xCC\x96", 4);
    char *clean = recto_utf8_clean(a, text, strlen(text));
    assert_non_null(clean);
    assert_int_equal(recto_utf8_count(clean, strlen(clean)), 31);
    recto_arena_free(a);
}

static void out_of_memory_gives_null(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(64, 128);
    char text[300];
    memset(text, 'x', sizeof text);
    assert_null(recto_utf8_clean(a, text, sizeof text));
    assert_non_null(recto_utf8_clean(a, text, 20));
    recto_arena_free(a);
}

static void classes_follow_unicode(void **state)
{
    (void)state;
    assert_true(recto_utf8_is_letter('a') && recto_utf8_is_letter(0xDF) &&
                recto_utf8_is_letter(0x4E2D));
    assert_false(recto_utf8_is_letter('1') || recto_utf8_is_letter(0x20AC));
    assert_true(recto_utf8_is_upper(0xC9) && !recto_utf8_is_upper(0xE9));
    assert_true(recto_utf8_is_lower(0xE9) && !recto_utf8_is_lower(0xC9));
    assert_true(recto_utf8_is_digit('7') && !recto_utf8_is_digit(0xB2));
    assert_true(recto_utf8_is_space(0xA0) && recto_utf8_is_space('\t') &&
                recto_utf8_is_space(0x2003) && !recto_utf8_is_space('x'));
    assert_int_equal(recto_utf8_lower(0xC9), 0xE9);
    assert_int_equal(recto_utf8_lower('1'), '1');
    assert_int_equal(recto_utf8_lower(0x110000), 0x110000);
    assert_true(recto_utf8_is_rtl(0x5D0) && recto_utf8_is_rtl(0x627) && !recto_utf8_is_rtl('a'));
    assert_false(recto_utf8_is_letter(0x110000) || recto_utf8_is_rtl(0xFFFFFFFF));
    assert_true(recto_utf8_is_dropped(0x202E) && recto_utf8_is_dropped(0x1FFFF) &&
                recto_utf8_is_dropped(0xFFFFFFFF));
    assert_false(recto_utf8_is_dropped('\n') || recto_utf8_is_dropped(0x200D) ||
                 recto_utf8_is_dropped(0xFFFD));
}

static void repair_replaces_each_maximal_broken_part(void **state)
{
    (void)state;
#define BAD "\xEF\xBF\xBD"
    static const struct {
        const char *broken, *repaired;
    } cases[] = {
        {"", ""},
        {"plain \xC3\xA9", "plain \xC3\xA9"},
        {"a\x80z", "a" BAD "z"},
        {"\xC0\xAF", BAD BAD},         /* overlong: no part of a character */
        {"\xE2\x82z", BAD "z"},        /* two bytes of three: one part */
        {"\xE0\x80\xAF", BAD BAD BAD}, /* E0 80 begins nothing */
        {"\xED\xA0\x80", BAD BAD BAD}, /* surrogate */
        {"\xF0\x9F\x98", BAD},         /* three bytes of four, at the end */
        {"\xF0\x9F\x98\xF0\x9F\x98\x80", BAD "\xF0\x9F\x98\x80"},
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD}, /* above U+10FFFF */
        {"\xF5\xFF\xC1", BAD BAD BAD},
        {"12345678\xE2", "12345678" BAD}, /* after a stretch read by eights */
    };
#undef BAD
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_buf out = RECTO_BUF_INIT;
        const size_t len = strlen(cases[i].broken);
        recto_utf8_repair(&out, cases[i].broken, len);
        assert_string_equal(recto_buf_cstr(&out), cases[i].repaired);
        assert_int_equal(recto_utf8_valid(out.data == NULL ? "" : out.data, out.len), out.len);
        const bool good = strcmp(cases[i].broken, cases[i].repaired) == 0;
        assert_int_equal(recto_utf8_valid(cases[i].broken, len) == len, good);
        recto_buf_free(&out);
    }
    assert_int_equal(recto_utf8_valid("abc\xC3\xA9\xC3", 6), 5);
}

static void nfc_composes_orders_and_drops_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *nfc;
    } cases[] = {
        {"", ""},
        {"a\r\n\t b", "a\r\n\t b"},
        {"e\xCC\x81", "\xC3\xA9"},
        {"\xC3\xA9\xCC\xA3", "\xE1\xBA\xB9\xCC\x81"}, /* the lower mark goes first */
        {"a\xCC\x81\xCC\xA3", "\xE1\xBA\xA1\xCC\x81"},
        {"\xCC\x81\xCC\xA3", "\xCC\xA3\xCC\x81"},     /* nothing to join */
        {"\xE2\x84\xAB", "\xC3\x85"},                 /* angstrom sign */
        {"\xE0\xA5\x98", "\xE0\xA4\x95\xE0\xA4\xBC"}, /* excluded from composition */
        {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", "\xED\x95\x9C"},
        {"\xED\x95\x98\xE1\x86\xAB", "\xED\x95\x9C"},
        {"\xED\x95\x98\xE1\x86\xA7", "\xED\x95\x98\xE1\x86\xA7"}, /* U+11A7 joins nothing */
        {"\xEF\xAC\x81\xE2\x80\x8B\xC2\xAD", "\xEF\xAC\x81\xE2\x80\x8B\xC2\xAD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_buf once = RECTO_BUF_INIT;
        recto_buf twice = RECTO_BUF_INIT;
        recto_utf8_nfc(&once, cases[i].text, strlen(cases[i].text));
        assert_string_equal(recto_buf_cstr(&once), cases[i].nfc);
        recto_utf8_nfc(&twice, recto_buf_cstr(&once), once.len);
        assert_string_equal(recto_buf_cstr(&twice), cases[i].nfc);
        recto_buf_free(&once);
        recto_buf_free(&twice);
    }
}

/* utf8proc orders by exchanges: these would take hours. */
static void nfc_of_a_million_marks_is_quick(void **state)
{
    (void)state;
    enum { PAIRS = 1 << 19 };
    recto_buf text = RECTO_BUF_INIT;
    recto_buf out = RECTO_BUF_INIT;
    recto_buf_char(&text, 'x');
    for (int i = 0; i < PAIRS; i++)
        recto_buf_text(&text, "\xCC\x81\xCC\xA3");
    recto_utf8_nfc(&out, text.data, text.len);
    assert_int_equal(out.len, text.len);
    assert_memory_equal(out.data, "x\xCC\xA3\xCC\xA3", 5);
    assert_memory_equal(out.data + out.len - 4, "\xCC\x81\xCC\x81", 4);
    recto_buf_free(&text);
    recto_buf_free(&out);
}

static void is_clean_knows_the_usual_texts(void **state)
{
    (void)state;
    static const char *const yes[] = {"a",
                                      "Some words.",
                                      "Caf\xC3\xA9",
                                      "\xE6\x96\x87\xE5\xAD\x97",
                                      "\xEF\xBF\xBD",
                                      "\xEA\xB0\x80",
                                      "\xE2\x80\x94 \xC2\xB1"};
    static const char *const no[] = {
        "",         " a",   "a ",   "a  b",          "a\nb",     "\x7F",        "e\xCC\x81",
        "\xC2\x9B", "\xFF", "\xC3", "a\xC2\xA0\x62", "\xC2\xAD", "\xEE\x80\x80"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(recto_utf8_is_clean(yes[i], strlen(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(recto_utf8_is_clean(no[i], strlen(no[i])));
    assert_false(recto_utf8_is_clean("a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_clean_knows_the_usual_texts),
        cmocka_unit_test(decoding_steps_over_every_kind_of_damage),
        cmocka_unit_test(every_code_point_survives_a_round_trip),
        cmocka_unit_test(white_space_becomes_single_spaces),
        cmocka_unit_test(invisible_and_directional_characters_go),
        cmocka_unit_test(broken_bytes_become_replacement_characters),
        cmocka_unit_test(letters_are_composed),
        cmocka_unit_test(a_soft_hyphen_stays_at_the_end_only),
        cmocka_unit_test(heaps_of_marks_are_cut),
        cmocka_unit_test(out_of_memory_gives_null),
        cmocka_unit_test(classes_follow_unicode),
        cmocka_unit_test(repair_replaces_each_maximal_broken_part),
        cmocka_unit_test(nfc_composes_orders_and_drops_nothing),
        cmocka_unit_test(nfc_of_a_million_marks_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
