/* Protects: every code point is a letter, a digit, white space or neither exactly as in the
 * reference's regex engine, whatever Unicode version PCRE2 has; and the words it makes of them. */
#include "tokenizer_testing.h"

#include "core/utf8.h"
#include "text/tokenizer_parts.h"

typedef struct words {
    recto_split *split;
    void *scratch;
} words;

static size_t first_word(const words *w, const char *text, size_t len)
{
    size_t n;
    recto_error err = {0};
    if (recto_split_next(&n, w->split, w->scratch, text, len, 0, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return n;
}

static words open_words(void)
{
    words w = {0};
    assert_int_equal(recto_split_open(&w.split, NULL), RECTO_OK);
    w.scratch = recto_split_scratch(w.split);
    assert_non_null(w.scratch);
    return w;
}

static void close_words(words *w)
{
    recto_split_scratch_free(w->scratch);
    recto_split_close(w->split);
}

/* L, N, S, or '-' for the rest. */
static char class_of(const words *w, uint32_t cp)
{
    char text[6] = "a";
    const size_t n = (size_t)recto_utf8_put(text + 1, cp);
    if (first_word(w, text, 1 + n) == 1 + n)
        return 'L'; /* it goes on with a letter */
    text[0] = '!';
    if (cp != '\r' && cp != '\n' && first_word(w, text, 1 + n) == 1 + n)
        return '-'; /* it goes on with a sign */
    text[n + 1] = 'a';
    return cp == '\r' || cp == '\n' || first_word(w, text + 1, n + 1) == n + 1 ? 'S' : 'N';
}

static void every_code_point_has_the_class_of_the_reference(void **state)
{
    (void)state;
    recto_bytes file = tokenizer_file("classes.txt");
    FILE *lines = fmemopen((void *)(uintptr_t)file.data, file.size, "r");
    assert_non_null(lines);
    words w = open_words();
    unsigned from = 0;
    unsigned to = 0;
    char kind = '-';
    int n_bad = 0;
    bool more = true;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        while (more && cp > to)
            more = fscanf(lines, "%x %x %c", &from, &to, &kind) == 3;
        if (!more) {
            from = 0x110000;
            to = 0x110000;
        }
        const char want = cp >= from && cp <= to && more ? kind : '-';
        if ((cp < 0xD800 || cp > 0xDFFF) && class_of(&w, cp) != want) {
            print_error("U+%04X is %c, not %c\n", (unsigned)cp, class_of(&w, cp), want);
            n_bad++;
        }
    }
    assert_int_equal(n_bad, 0);
    close_words(&w);
    fclose(lines);
    recto_bytes_close(&file);
}

static void words_are_those_of_the_pattern(void **state)
{
    (void)state;
    /* '|' marks where a word ends */
    static const char *const texts[] = {
        "Hello| world|!",
        "it|'s| we|'LL| o|'r|'\xC5\xBF",
        "a|1|2|3|b",
        "  | two|   |\tx|\t|\t|1",
        "end|.\n\n|next|\r\n \n| | x",
        " |\xC2\xA0|1",
        "(a| b|)| \"|q|\"",
        "\xE4\xB8\xAD\xE6\x96\x87|\xEF\xBC\x8C\xE6\x96\x87",
        "x|   ",
    };
    words w = open_words();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char plain[64];
        size_t ends[32];
        size_t n = 0;
        size_t n_ends = 0;
        for (const char *p = texts[i]; *p != '\0'; p++) {
            if (*p == '|')
                ends[n_ends++] = n;
            else
                plain[n++] = *p;
        }
        ends[n_ends++] = n;
        size_t at = 0;
        for (size_t k = 0; k < n_ends; k++) {
            size_t len;
            assert_int_equal(recto_split_next(&len, w.split, w.scratch, plain, n, at, NULL),
                             RECTO_OK);
            at += len;
            if (at != ends[k])
                fail_msg("%s: word %zu ends at %zu, not %zu", texts[i], k, at, ends[k]);
        }
    }
    close_words(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_has_the_class_of_the_reference),
        cmocka_unit_test(words_are_those_of_the_pattern),
    };
    return cmocka_run_group_tests_name("tokenizer_split", tests, NULL, NULL);
}
