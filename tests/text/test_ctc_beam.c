/* Protects the beam: sums over paths, the prior's say, places along the tokens, and priors whose
 * tables lie. */
#include "text/ctc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { C = 4 }; /* blank, a, b, c */

/* --- a prior in memory ------------------------------------------------------------------------ */

typedef struct file {
    char header[4096];
    size_t n_header;
    uint8_t data[1024];
    size_t n_data;
    uint8_t bytes[8 + 4096 + 1024];
    size_t size;
} file;

static void put(file *f, const char *name, int order, const char *type, size_t each,
                const int32_t *values, size_t n)
{
    const size_t from = f->n_data;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < each; k++)
            f->data[f->n_data++] = (uint8_t)((uint32_t)values[i] >> (8 * k));
    f->n_header +=
        (size_t)snprintf(f->header + f->n_header, sizeof f->header - f->n_header,
                         ",\"%s.%d\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]}",
                         name, order, type, n, from, f->n_data);
}

/* All integers first, so that they are aligned. */
static void finish(file *f)
{
    f->n_header += (size_t)snprintf(f->header + f->n_header, sizeof f->header - f->n_header, "}");
    memset(f->bytes, 0, 8);
    f->bytes[0] = (uint8_t)f->n_header;
    f->bytes[1] = (uint8_t)(f->n_header >> 8);
    memcpy(f->bytes + 8, f->header, f->n_header);
    memcpy(f->bytes + 8 + f->n_header, f->data, f->n_data);
    f->size = 8 + f->n_header + f->n_data;
}

/* Contexts: none; "a", "b"; nothing longer.  After a comes b (cost 2), after b comes a. */
typedef struct tables {
    int32_t key0, start0[2], class0[4], cost0[4];
    int32_t key1[2], start1[3], class1[2];
} tables;

static const tables good = {.start0 = {0, 4},
                            .class0 = {0, 1, 2, 3},
                            .cost0 = {16, 32, 32, 32},
                            .key1 = {1, 2},
                            .start1 = {0, 1, 2},
                            .class1 = {2, 1}};

static void build(file *f, const tables *t)
{
    static const int32_t zero[1] = {0};
    static const int32_t backoff[2] = {32, 32};
    static const int32_t cheap[2] = {2, 2};
    memset(f, 0, sizeof *f);
    f->n_header = (size_t)snprintf(f->header, sizeof f->header,
                                   "{\"__metadata__\":{\"weight\":\"1.0\",\"bonus\":\"0.5\"}");
    put(f, "key", 0, "I32", 4, &t->key0, 1);
    put(f, "start", 0, "I32", 4, t->start0, 2);
    put(f, "key", 1, "I32", 4, t->key1, 2);
    put(f, "start", 1, "I32", 4, t->start1, 3);
    for (int order = 2; order < RECTO_PRIOR_ORDERS; order++) {
        put(f, "key", order, "I32", 4, NULL, 0);
        put(f, "start", order, "I32", 4, zero, 1);
    }
    put(f, "class", 0, "U8", 1, t->class0, 4);
    put(f, "cost", 0, "U8", 1, t->cost0, 4);
    put(f, "backoff", 0, "U8", 1, backoff, 1);
    put(f, "class", 1, "U8", 1, t->class1, 2);
    put(f, "cost", 1, "U8", 1, cheap, 2);
    put(f, "backoff", 1, "U8", 1, backoff, 2);
    for (int order = 2; order < RECTO_PRIOR_ORDERS; order++) {
        put(f, "class", order, "U8", 1, NULL, 0);
        put(f, "cost", order, "U8", 1, NULL, 0);
        put(f, "backoff", order, "U8", 1, NULL, 0);
    }
    finish(f);
}

static recto_prior *load(file *f, const tables *t)
{
    recto_prior *p = NULL;
    recto_error err = {0};
    build(f, t);
    if (recto_prior_load(&p, f->bytes, f->size, C, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return p;
}

static void prior_backs_off_to_shorter_contexts(void **state)
{
    file *f = malloc(sizeof *f);
    recto_prior *p = load(f, &good);
    recto_prior_context a = recto_prior_next(RECTO_PRIOR_BEGIN, 1);
    recto_prior_place place = recto_prior_find(p, a);
    (void)state;
    assert_float_equal(recto_prior_log(p, &place, 2), -2.0 / 16, 1e-6);
    assert_float_equal(recto_prior_log(p, &place, 1), -(32.0 + 32.0) / 16, 1e-6);
    place = recto_prior_find(p, recto_prior_next(a, 3)); /* c was never a context */
    assert_float_equal(recto_prior_log(p, &place, 0), -16.0 / 16, 1e-6);
    assert_float_equal(recto_prior_weight(p), 1.0, 0.0);
    assert_float_equal(recto_prior_bonus(p), 0.5, 0.0);
    recto_prior_free(p);
    free(f);
}

static void prior_refuses_tables_that_lie(void **state)
{
    file *f = malloc(sizeof *f);
    tables t[6] = {good, good, good, good, good, good};
    recto_error err = {0};
    recto_prior *p = NULL;
    (void)state;
    t[0].key0 = 1;
    t[1].start0[1] = 3;
    t[2].start1[1] = 7;
    t[3].key1[1] = 1;
    t[4].class0[3] = C;
    t[5].class0[1] = 0;
    for (int i = 0; i < 6; i++) {
        build(f, &t[i]);
        assert_int_equal(recto_prior_load(&p, f->bytes, f->size, C, &err), RECTO_ERR_MODEL);
        assert_null(p);
        assert_non_null(strstr(err.msg, "prior: contexts of"));
    }
    build(f, &good);
    assert_int_equal(recto_prior_load(&p, f->bytes, f->size - 1, C, &err), RECTO_ERR_FORMAT);
    free(f);
}

/* --- the beam --------------------------------------------------------------------------------- */

typedef struct bench {
    recto_arena *keep, *tmp;
    recto_prior *prior;
    file f;
    recto_ctc_char *chars;
    int n;
} bench;

static bench *set_out(void)
{
    bench *b = calloc(1, sizeof *b);
    b->keep = recto_arena_new(0, 0);
    b->tmp = recto_arena_new(0, 0);
    b->prior = load(&b->f, &good);
    return b;
}

static void clear_away(bench *b)
{
    recto_arena_free(b->keep);
    recto_arena_free(b->tmp);
    recto_prior_free(b->prior);
    free(b);
}

/* Probabilities [n][C] in, characters out. */
static void decode(bench *b, const float *probs, int n)
{
    float logits[64 * C];
    for (int i = 0; i < n * C; i++)
        logits[i] = logf(probs[i] + 1e-9f) + 3.0f; /* any offset */
    assert_int_equal(
        recto_ctc_beam(&b->chars, &b->n, logits, n, C, 0, b->prior, b->keep, b->tmp, NULL),
        RECTO_OK);
    assert_int_equal(recto_arena_used(b->tmp), 0);
}

static void beam_lets_the_prior_decide_between_equals(void **state)
{
    /* a, then b or c: b is likely after a; and the same where c looks a little better */
    static const float probs[] = {0.02f, 0.96f, 0.01f, 0.01f, 0.97f, 0.01f, 0.01f, 0.01f,
                                  0.02f, 0.02f, 0.40f, 0.56f, 0.97f, 0.01f, 0.01f, 0.01f};
    bench *b = set_out();
    (void)state;
    decode(b, probs, 4);
    assert_int_equal(b->n, 2);
    assert_int_equal(b->chars[0].cls, 1);
    assert_int_equal(b->chars[1].cls, 2);
    assert_int_equal(b->chars[1].first, 2);
    assert_int_equal(b->chars[1].last, 2);
    assert_float_equal(b->chars[0].prob, 0.96, 1e-3);
    assert_float_equal(b->chars[1].prob, 0.40, 1e-3); /* the network's, not the prior's */
    clear_away(b);
}

static void beam_leaves_the_sure_alone(void **state)
{
    /* c after a: dear, but the network is sure; and a double letter across a blank */
    static const float probs[] = {0.01f, 0.97f, 0.01f, 0.01f, 0.01f, 0.01f, 0.01f,
                                  0.97f, 0.97f, 0.01f, 0.01f, 0.01f, 0.01f, 0.01f,
                                  0.01f, 0.97f, 0.01f, 0.01f, 0.01f, 0.97f};
    static const int want[][3] = {{1, 0, 0}, {3, 1, 1}, {3, 3, 4}};
    bench *b = set_out();
    (void)state;
    decode(b, probs, 5);
    assert_int_equal(b->n, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(b->chars[i].cls, want[i][0]);
        assert_int_equal(b->chars[i].first, want[i][1]);
        assert_int_equal(b->chars[i].last, want[i][2]);
    }
    clear_away(b);
}

static void beam_sums_over_paths(void **state)
{
    /* the best single path is blank, blank (0.36); "a" has 0.16 + 0.24 + 0.24 in all */
    static const float probs[] = {0.6f, 0.4f, 0, 0, 0.6f, 0.4f, 0, 0};
    bench *b = set_out();
    recto_ctc_char *chars = NULL;
    int n = -1;
    float logits[2 * C];
    (void)state;
    for (int i = 0; i < 2 * C; i++)
        logits[i] = logf(probs[i] + 1e-9f);
    assert_int_equal(recto_ctc_greedy(&chars, &n, logits, 2, C, 0, b->keep, NULL), RECTO_OK);
    assert_int_equal(n, 0);
    tables cheap = good; /* a prior that makes a as likely as the end of the line */
    cheap.cost0[1] = 8;
    cheap.key1[0] = 2; /* a is no context: no backoff to the end of the line */
    cheap.key1[1] = 3;
    recto_prior_free(b->prior);
    b->prior = load(&b->f, &cheap);
    decode(b, probs, 2);
    assert_int_equal(b->n, 1);
    assert_int_equal(b->chars[0].cls, 1);
    clear_away(b);
}

static void beam_without_prior_is_best_path(void **state)
{
    enum { T = 60 };
    float logits[T * C];
    uint32_t seed = 7;
    bench *b = set_out();
    recto_ctc_char *chars[2] = {NULL};
    int n[2];
    (void)state;
    for (int i = 0; i < T * C; i++) {
        seed = seed * 1664525u + 1013904223u;
        logits[i] = (float)(seed >> 8) * 0x1p-22f;
    }
    assert_int_equal(recto_ctc_greedy(&chars[0], &n[0], logits, T, C, 0, b->keep, NULL), RECTO_OK);
    assert_int_equal(recto_ctc_beam(&chars[1], &n[1], logits, T, C, 0, NULL, b->keep, b->tmp, NULL),
                     RECTO_OK);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(chars[0], chars[1], (size_t)n[0] * sizeof *chars[0]);
    /* with one: places rise, probabilities are probabilities, the same again */
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            recto_ctc_beam(&chars[i], &n[i], logits, T, C, 0, b->prior, b->keep, b->tmp, NULL),
            RECTO_OK);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(chars[0], chars[1], (size_t)n[0] * sizeof *chars[0]);
    for (int i = 0; i < n[0]; i++) {
        assert_true(chars[0][i].first <= chars[0][i].last && chars[0][i].last < T);
        assert_true(i == 0 || chars[0][i].first > chars[0][i - 1].last);
        assert_true(chars[0][i].prob > 0.0f && chars[0][i].prob <= 1.0f);
    }
    clear_away(b);
}

static void beam_stands_broken_logits_and_bad_shapes(void **state)
{
    float logits[8 * C];
    bench *b = set_out();
    recto_arena *full = recto_arena_new(64, 128);
    (void)state;
    for (int how = 0; how < 3; how++) {
        for (int i = 0; i < 8 * C; i++)
            logits[i] = how == 0 ? NAN : how == 1 ? INFINITY : (i % 3 ? -3e38f : 3e38f);
        assert_int_equal(
            recto_ctc_beam(&b->chars, &b->n, logits, 8, C, 0, b->prior, b->keep, b->tmp, NULL),
            RECTO_OK);
        assert_in_range(b->n, 0, 8);
    }
    assert_int_equal(
        recto_ctc_beam(&b->chars, &b->n, NULL, 0, C, 0, b->prior, b->keep, b->tmp, NULL), RECTO_OK);
    assert_int_equal(b->n, 0);
    assert_int_equal(
        recto_ctc_beam(&b->chars, &b->n, logits, 8, C, 1, b->prior, b->keep, b->tmp, NULL),
        RECTO_ERR_ARG);
    assert_int_equal(
        recto_ctc_beam(&b->chars, &b->n, NULL, 8, C, 0, b->prior, b->keep, b->tmp, NULL),
        RECTO_ERR_ARG);
    assert_int_equal(
        recto_ctc_beam(&b->chars, &b->n, logits, 8, C, 0, b->prior, b->keep, full, NULL),
        RECTO_ERR_NOMEM);
    assert_null(b->chars);
    recto_arena_free(full);
    clear_away(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prior_backs_off_to_shorter_contexts),
        cmocka_unit_test(prior_refuses_tables_that_lie),
        cmocka_unit_test(beam_lets_the_prior_decide_between_equals),
        cmocka_unit_test(beam_leaves_the_sure_alone),
        cmocka_unit_test(beam_sums_over_paths),
        cmocka_unit_test(beam_without_prior_is_best_path),
        cmocka_unit_test(beam_stands_broken_logits_and_bad_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
