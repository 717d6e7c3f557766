/* Protects loop detection from both sides: answers that go round in circles are stopped within the
 * stated number of tokens and cut where the second copy begins; honest pages that repeat themselves
 * (tables, leaders, forms, labels) are not. */
#include "text/generate.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

/* Tokens of a page; numbers stand for tokens as the tokenizer would make them. */
struct text {
    int32_t ids[1 << 16];
    int n;
};

static struct text *new_text(void)
{
    struct text *t = malloc(sizeof *t);
    assert_non_null(t);
    t->n = 0;
    return t;
}

static void add(struct text *t, int32_t id)
{
    assert_true(t->n < (int)(sizeof t->ids / sizeof t->ids[0]));
    t->ids[t->n++] = id;
}

static void repeat(struct text *t, const int32_t *ids, int n, int times)
{
    for (int i = 0; i < times; i++)
        for (int k = 0; k < n; k++)
            add(t, ids[k]);
}

/* n tokens of language: few of them equal, other ones for each seed. */
static void prose(struct text *t, int n, uint32_t seed)
{
    for (int i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        add(t, 1000 + (int32_t)(seed >> 16) % 5000);
    }
}

/* The same prose several times. */
static void prose_again(struct text *t, int n, uint32_t seed, int times)
{
    for (int i = 0; i < times; i++)
        prose(t, n, seed);
}

/* Tokens shown until it is a loop, -1 if it never is; frees the text. */
static int loop_at(struct text *t, int *from_out)
{
    recto_loop *l = recto_loop_new();
    int found = -1;
    int from = -1;

    assert_non_null(l);
    for (int i = 0; i < t->n && found < 0; i++)
        if (recto_loop_add(l, t->ids[i], &from))
            found = i + 1;
    recto_loop_free(l);
    free(t);
    if (from_out != NULL)
        *from_out = from;
    return found;
}

/* --- what must stop --------------------------------------------------------------------------- */

/* Everything from `begin` on has that period: stopped after `within` more tokens, and what is kept
 * ends with the first copy. */
static void check_caught(struct text *t, int begin, int period, int within)
{
    int from = 0;
    const int at = loop_at(t, &from);
    assert_true(at > begin);
    assert_in_range(at, begin + period, begin + within);
    assert_int_equal(from, begin + period);
}

static void loop_stops_one_token_forever(void **state)
{
    struct text *t = new_text();
    const int32_t dot = 13;
    (void)state;
    prose(t, 100, 1);
    repeat(t, &dot, 1, 5000);
    check_caught(t, 100, 1, 512);
}

static void loop_stops_a_repeated_phrase(void **state)
{
    const int32_t phrase[] = {785, 3974, 13876, 38835, 34208, 916, 279, 15678, 5562, 13};
    struct text *t = new_text();
    (void)state;
    prose(t, 50, 2);
    repeat(t, phrase, 10, 500);
    check_caught(t, 50, 10, 1024);
}

static void loop_stops_a_repeated_sentence(void **state)
{
    struct text *t = new_text();
    (void)state;
    prose(t, 300, 3);
    prose_again(t, 30, 4, 100);
    check_caught(t, 300, 30, 768);
}

static void loop_stops_a_repeated_table_row(void **state)
{
    /* <tr><td>Total</td><td>1</td>... : 8 kinds of markup, 12 of content */
    int32_t row[44];
    struct text *t = new_text();
    (void)state;
    for (int i = 0; i < 44; i++)
        row[i] = i % 4 == 3 ? 100 + i : i % 8;
    prose(t, 10, 5);
    repeat(t, row, 44, 100);
    check_caught(t, 10, 44, 768);
}

static void loop_stops_a_repeated_paragraph(void **state)
{
    (void)state;
    for (int n = 100; n <= 1000; n += 300) {
        struct text *t = new_text();
        prose(t, 77, 6);
        prose_again(t, n, 7, 8);
        check_caught(t, 77, n, n < 154 ? 768 : 5 * n);
    }
}

static void loop_stops_endless_empty_cells(void **state)
{
    const int32_t cell[] = {27, 522, 1296, 397};
    struct text *t = new_text();
    (void)state;
    prose(t, 20, 8);
    repeat(t, cell, 4, 2000);
    check_caught(t, 20, 4, 1024);
}

/* Whatever came before and whatever the period is made of. */
static void loop_catches_every_period_within_the_stated_tokens(void **state)
{
    (void)state;
    for (int p = 1; p <= 1024; p = p < 20 ? p + 1 : p * 5 / 4 + 1) {
        for (int n_kinds = 1; n_kinds <= 64; n_kinds *= 2) {
            int32_t period[1024];
            struct text *t = new_text();
            const int wall = 5 * p > 2048 ? 5 * p : 2048;
            int from = 0;
            for (int i = 0; i < p; i++)
                period[i] = (i * 7 + i / 5) % n_kinds;
            prose(t, 10 + p % 50, 9);
            const int begin = t->n;
            repeat(t, period, p, wall / p + 2);
            const int at = loop_at(t, &from);
            assert_in_range(at, begin + 1, begin + wall);
            /* what looks like the period's end may stand before it */
            assert_in_range(from, 1, begin + p);
        }
    }
}

static void loop_answers_the_same_again(void **state)
{
    int from[2];
    int at[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct text *t = new_text();
        prose(t, 3000, 10); /* past the room for tokens that are kept */
        prose(t, 3000, 11);
        prose_again(t, 333, 12, 9);
        at[i] = loop_at(t, &from[i]);
    }
    assert_int_equal(at[0], 6000 + 5 * 333);
    assert_int_equal(from[0], 6000 + 333);
    assert_int_equal(at[0], at[1]);
    assert_int_equal(from[0], from[1]);
}

/* --- what must not ---------------------------------------------------------------------------- */

static void loop_lets_dotted_leaders_be(void **state)
{
    const int32_t dot = 13;
    struct text *t = new_text();
    (void)state;
    for (int line = 0; line < 60; line++) {
        prose(t, 6, (uint32_t)line);
        repeat(t, &dot, 1, 300);
        add(t, 15 + line % 10);
        add(t, 198);
    }
    assert_int_equal(loop_at(t, NULL), -1);
}

static void loop_lets_form_lines_be(void **state)
{
    const int32_t dashes[] = {12, 12, 12, 198};
    const int32_t named[] = {88, 25, 32671, 198}; /* Name: ____ */
    struct text *t = new_text();
    (void)state;
    repeat(t, dashes, 4, 60);
    prose(t, 5, 1);
    repeat(t, named, 4, 60);
    prose(t, 5, 2);
    repeat(t, dashes + 3, 1, 60); /* empty lines */
    assert_int_equal(loop_at(t, NULL), -1);
}

/* A table of equal cells; label: the first cell of each row differs. */
static struct text *table(const int32_t *cell, int n_cell, int columns, int rows, bool label)
{
    const int32_t row_end[] = {522, 376, 1784, 376};
    struct text *t = new_text();
    prose(t, 30, 1);
    for (int r = 0; r < rows; r++) {
        if (label)
            prose(t, 3, (uint32_t)r);
        repeat(t, cell, n_cell, columns);
        repeat(t, row_end, 4, 1);
    }
    prose(t, 30, 2);
    return t;
}

static void loop_lets_tables_of_equal_cells_be(void **state)
{
    const int32_t zero[] = {1296, 29, 15, 13, 15, 15, 522, 1296, 397}; /* <td>0.00</td> */
    const int32_t empty[] = {1296, 522, 1296, 397};                    /* <td></td> */
    (void)state;
    assert_int_equal(loop_at(table(zero, 9, 60, 1, false), NULL), -1);
    assert_int_equal(loop_at(table(zero, 9, 6, 30, false), NULL), -1);
    assert_int_equal(loop_at(table(zero, 9, 12, 60, true), NULL), -1);
    assert_int_equal(loop_at(table(empty, 4, 200, 1, false), NULL), -1);
    assert_int_equal(loop_at(table(empty, 4, 20, 15, false), NULL), -1);
    assert_int_equal(loop_at(table(empty, 4, 20, 60, true), NULL), -1);
    assert_int_equal(loop_at(table(empty, 4, 3, 60, false), NULL), -1);
}

static void loop_lets_lists_with_one_beginning_be(void **state)
{
    struct text *t = new_text();
    (void)state;
    for (int i = 0; i < 200; i++) {
        prose(t, 20, 3); /* "- The applicant declares that ..." */
        prose(t, 4, 100 + (uint32_t)i);
    }
    assert_int_equal(loop_at(t, NULL), -1);
}

static void loop_lets_copies_on_a_page_be(void **state)
{
    struct text *t = new_text();
    (void)state;
    prose_again(t, 150, 1, 2); /* two equal paragraphs */
    prose_again(t, 900, 2, 2); /* a form printed twice */
    prose_again(t, 400, 3, 4); /* four vouchers */
    prose_again(t, 60, 4, 10); /* ten business cards */
    prose_again(t, 25, 5, 30); /* thirty labels */
    assert_int_equal(loop_at(t, NULL), -1);
}

/* Documented: equal rows but for a number are left to max_tokens. */
static void loop_does_not_see_a_counting_number(void **state)
{
    struct text *t = new_text();
    (void)state;
    for (int i = 0; i < 300; i++) {
        add(t, 15 + i / 100);
        add(t, 15 + i / 10 % 10);
        add(t, 15 + i % 10);
        prose(t, 20, 1);
    }
    assert_int_equal(loop_at(t, NULL), -1);
}

static void loop_lets_prose_be(void **state)
{
    struct text *t = new_text();
    (void)state;
    prose(t, 32000, 1);
    assert_int_equal(loop_at(t, NULL), -1);
    recto_loop_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop_stops_one_token_forever),
        cmocka_unit_test(loop_stops_a_repeated_phrase),
        cmocka_unit_test(loop_stops_a_repeated_sentence),
        cmocka_unit_test(loop_stops_a_repeated_table_row),
        cmocka_unit_test(loop_stops_a_repeated_paragraph),
        cmocka_unit_test(loop_stops_endless_empty_cells),
        cmocka_unit_test(loop_catches_every_period_within_the_stated_tokens),
        cmocka_unit_test(loop_answers_the_same_again),
        cmocka_unit_test(loop_lets_dotted_leaders_be),
        cmocka_unit_test(loop_lets_form_lines_be),
        cmocka_unit_test(loop_lets_tables_of_equal_cells_be),
        cmocka_unit_test(loop_lets_lists_with_one_beginning_be),
        cmocka_unit_test(loop_lets_copies_on_a_page_be),
        cmocka_unit_test(loop_does_not_see_a_counting_number),
        cmocka_unit_test(loop_lets_prose_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
