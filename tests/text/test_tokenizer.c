/* Protects: the ids are those of the reference (the tokenizers library, tools/
 * make_tokenizer_fixtures.py) for thousands of strings, from both file forms; decoding gives the
 * text back; and what a user wrote never becomes an added token. */
#include "tokenizer_testing.h"

#include "core/utf8.h"

typedef struct reader {
    const uint8_t *p, *end;
} reader;

static size_t number(reader *r)
{
    size_t v = 0;
    for (int shift = 0;; shift += 7) {
        assert_true(r->p < r->end);
        v |= (size_t)(*r->p & 127) << shift;
        if ((*r->p++ & 128) == 0)
            return v;
    }
}

static void read_ids(ids *out, reader *r, size_t n)
{
    if (n > out->cap) {
        out->list = realloc(out->list, n * sizeof *out->list);
        assert_non_null(out->list);
        out->cap = n;
    }
    out->n = n;
    for (size_t i = 0; i < n; i++)
        out->list[i] = (int32_t)number(r);
}

static bool same(const ids *a, const ids *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->list, b->list, a->n * sizeof *a->list) == 0);
}

static void say(const char *name, const char *text, size_t len, const ids *want, const ids *got)
{
    print_error("%s:", name);
    for (size_t i = 0; i < len && i < 60; i++)
        print_error(" %02x", (uint8_t)text[i]);
    print_error("\n  want");
    for (size_t i = 0; i < want->n && i < 40; i++)
        print_error(" %d", (int)want->list[i]);
    print_error("\n  got ");
    for (size_t i = 0; i < got->n && i < 40; i++)
        print_error(" %d", (int)got->list[i]);
    print_error("\n");
}

/* One string: ids with and without added tokens, and the text back. */
static bool check_case(const recto_tokenizer *t, const char *text, size_t len, const ids *full,
                       const ids *plain, ids *got)
{
    encode(got, t, text, len, true);
    bool ok = same(full, got);
    if (!ok)
        say("added", text, len, full, got);
    encode(got, t, text, len, false);
    if (!same(plain, got)) {
        say("plain", text, len, plain, got);
        ok = false;
    }
    recto_buf back = RECTO_BUF_INIT;
    for (size_t i = 0; i < got->n; i++)
        ok = ok && !recto_tokenizer_is_added(t, got->list[i]);
    /* the text back is well formed, and encodes to the same once more */
    recto_tokenizer_decode(&back, t, got->list, got->n, true);
    ok = ok && recto_utf8_valid(recto_buf_cstr(&back), back.len) == back.len;
    encode(got, t, recto_buf_cstr(&back), back.len, false);
    ok = ok && same(plain, got);
    recto_buf_free(&back);
    return ok;
}

static void check_cases(const recto_tokenizer *t, const char *name, size_t at_least)
{
    recto_bytes file = tokenizer_file(name);
    reader r = {file.data, file.data + file.size};
    const size_t n = number(&r);
    assert_true(n >= at_least);
    ids full = {0};
    ids plain = {0};
    ids got = {0};
    int n_bad = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t len = number(&r);
        const char *text = (const char *)r.p;
        assert_true(len <= (size_t)(r.end - r.p));
        r.p += len;
        read_ids(&full, &r, number(&r));
        const size_t n_plain = number(&r);
        if (n_plain > 0)
            read_ids(&plain, &r, n_plain - 1);
        n_bad += !check_case(t, text, len, &full, n_plain > 0 ? &plain : &full, &got);
        if (n_bad > 10)
            break;
    }
    assert_int_equal(n_bad, 0);
    assert_ptr_equal(r.p, r.end);
    free(full.list);
    free(plain.list);
    free(got.list);
    recto_bytes_close(&file);
}

static void ids_are_those_of_the_reference(void **state)
{
    (void)state;
    recto_tokenizer *t = load_json("qwen.json");
    check_cases(t, "qwen.cases", 4000);
    recto_tokenizer_free(t);
}

static void ids_follow_rank_and_overlapping_added_tokens(void **state)
{
    (void)state;
    recto_tokenizer *t = load_json("odd.json");
    check_cases(t, "odd.cases", 900);
    recto_tokenizer_free(t);
}

static recto_tokenizer *load_gguf(recto_bytes *bytes)
{
    *bytes = tokenizer_file("qwen.gguf");
    recto_gguf *g = NULL;
    recto_tokenizer *t = NULL;
    recto_error err = {0};
    if (recto_gguf_open(&g, bytes->data, bytes->size, &err) != RECTO_OK ||
        recto_tokenizer_from_gguf(&t, g, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    recto_gguf_close(g);
    return t;
}

static void gguf_gives_the_same_tokenizer(void **state)
{
    (void)state;
    recto_bytes bytes;
    recto_tokenizer *t = load_gguf(&bytes);
    recto_bytes_close(&bytes); /* nothing is kept of the file */
    check_cases(t, "qwen.cases", 4000);
    recto_tokenizer *j = load_json("qwen.json");
    assert_int_equal(recto_tokenizer_count(t), recto_tokenizer_count(j));
    assert_int_equal(recto_tokenizer_n_merges(t), recto_tokenizer_n_merges(j));
    assert_int_equal(recto_tokenizer_n_added(t), recto_tokenizer_n_added(j));
    for (int32_t id = -1; id <= recto_tokenizer_count(t); id++) {
        size_t n_t;
        size_t n_j;
        const char *a = recto_tokenizer_token(t, id, &n_t);
        const char *b = recto_tokenizer_token(j, id, &n_j);
        assert_int_equal(a == NULL, b == NULL);
        assert_int_equal(n_t, n_j);
        assert_true(a == NULL || memcmp(a, b, n_t) == 0);
        assert_int_equal(recto_tokenizer_is_added(t, id), recto_tokenizer_is_added(j, id));
        assert_int_equal(recto_tokenizer_is_special(t, id), recto_tokenizer_is_special(j, id));
    }
    recto_tokenizer_free(t);
    recto_tokenizer_free(j);
}

static void tokens_are_found_by_text_and_id(void **state)
{
    (void)state;
    recto_tokenizer *t = load_json("qwen.json");
    const int32_t end = recto_tokenizer_id(t, "<|im_end|>");
    const int32_t think = recto_tokenizer_id(t, "<think>");
    assert_true(end >= 2600 && think > end);
    assert_true(recto_tokenizer_is_added(t, end) && recto_tokenizer_is_special(t, end));
    assert_true(recto_tokenizer_is_added(t, think) && !recto_tokenizer_is_special(t, think));
    assert_int_equal(recto_tokenizer_id(t, "<|im_stop|>"), -1);
    assert_int_equal(recto_tokenizer_id(t, ""), -1);
    assert_int_equal(recto_tokenizer_n_added(t), 41);
    size_t len;
    assert_string_equal(recto_tokenizer_token(t, end, &len), "<|im_end|>");
    assert_int_equal(len, 10);
    const int32_t the = recto_tokenizer_id(t, " the");
    assert_true(the > 0 && !recto_tokenizer_is_added(t, the));
    assert_string_equal(recto_tokenizer_token(t, the, &len), " the");
    static const int32_t none[] = {-1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        assert_null(recto_tokenizer_token(t, none[i], &len));
        assert_int_equal(len, 0);
        assert_false(recto_tokenizer_is_added(t, none[i]) ||
                     recto_tokenizer_is_special(t, none[i]));
    }
    recto_tokenizer_free(t);
}

static void decoding_drops_special_tokens_unless_asked(void **state)
{
    (void)state;
    recto_tokenizer *t = load_json("qwen.json");
    const char *text = "<think>a</think>b<|im_end|>\xC3\xA9";
    ids got = {0};
    encode(&got, t, text, strlen(text), true);
    recto_buf out = RECTO_BUF_INIT;
    recto_tokenizer_decode(&out, t, got.list, got.n, true);
    assert_string_equal(recto_buf_cstr(&out), text);
    recto_buf_clear(&out);
    recto_tokenizer_decode(&out, t, got.list, got.n, false);
    assert_string_equal(recto_buf_cstr(&out), "<think>a</think>b\xC3\xA9");
    recto_buf_clear(&out);
    const int32_t odd[] = {-1, recto_tokenizer_count(t), INT32_MIN, INT32_MAX};
    recto_tokenizer_decode(&out, t, odd, 4, true);
    assert_int_equal(out.len, 0);
    recto_buf_free(&out);
    free(got.list);
    recto_tokenizer_free(t);
}

static void empty_text_has_no_ids(void **state)
{
    (void)state;
    recto_tokenizer *t = load_json("odd.json");
    int32_t *list = NULL;
    size_t n = 0;
    size_t cap = 0;
    for (int added = 0; added < 2; added++)
        assert_int_equal(recto_tokenizer_encode(&list, &n, &cap, t, "", 0, added != 0, NULL),
                         RECTO_OK);
    assert_null(list);
    assert_int_equal(n, 0);
    recto_tokenizer_free(t);
}

static void ids_are_appended_and_a_failure_takes_them_back(void **state)
{
    (void)state;
    recto_tokenizer *t = load_json("qwen.json");
    int32_t *list = NULL;
    size_t n = 0;
    size_t cap = 0;
    recto_error err = {0};
    assert_int_equal(recto_tokenizer_encode(&list, &n, &cap, t, "one", 3, true, &err), RECTO_OK);
    const size_t n_one = n;
    assert_true(n_one > 0);
    assert_int_equal(recto_tokenizer_encode(&list, &n, &cap, t, "one", 3, true, &err), RECTO_OK);
    assert_int_equal(n, 2 * n_one);
    assert_memory_equal(list, list + n_one, n_one * sizeof *list);
    assert_int_equal(
        recto_tokenizer_encode(&list, &n, &cap, t, "", (size_t)INT32_MAX + 1, true, &err),
        RECTO_ERR_LIMIT);
    assert_int_equal(err.code, RECTO_ERR_LIMIT);
    assert_int_equal(n, 2 * n_one);
    free(list);
    recto_tokenizer_free(t);
}

/* A megabyte of one thing takes about the time of a megabyte of text: a quadratic step anywhere
 * would run into the test's time limit. */
static void long_runs_take_no_longer(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    recto_tokenizer *t = load_json("qwen.json");
    static const char *const parts[] = {" ",
                                        "a",
                                        "\n",
                                        "!",
                                        "e\xCC\x81",
                                        " \n",
                                        "1",
                                        "\xE4\xB8\xAD",
                                        "\xCC\x81\xCC\xA3",
                                        "\xFF",
                                        "<|im_end|",
                                        "ab",
                                        "\xE3\x80\x80",
                                        "'s",
                                        "the",
                                        "\xD0\xB8"};
    char *text = malloc(SIZE + 16);
    assert_non_null(text);
    ids got = {0};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        size_t len = 0;
        while (len < SIZE) {
            memcpy(text + len, parts[k], strlen(parts[k]));
            len += strlen(parts[k]);
        }
        text[len] = 'x'; /* the white space is followed by something */
        encode(&got, t, text, len + 1, k % 2 == 0);
        assert_true(got.n > 0);
        size_t n_bytes = 0;
        for (size_t i = 0; i < got.n; i++) {
            size_t n;
            recto_tokenizer_token(t, got.list[i], &n);
            n_bytes += n;
        }
        recto_buf normal = RECTO_BUF_INIT;
        recto_buf whole = RECTO_BUF_INIT;
        recto_utf8_repair(&whole, text, len + 1);
        recto_utf8_nfc(&normal, recto_buf_cstr(&whole), whole.len);
        assert_int_equal(n_bytes, normal.len);
        recto_buf_free(&whole);
        recto_buf_free(&normal);
    }
    free(text);
    free(got.list);
    recto_tokenizer_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_those_of_the_reference),
        cmocka_unit_test(ids_follow_rank_and_overlapping_added_tokens),
        cmocka_unit_test(gguf_gives_the_same_tokenizer),
        cmocka_unit_test(tokens_are_found_by_text_and_id),
        cmocka_unit_test(decoding_drops_special_tokens_unless_asked),
        cmocka_unit_test(empty_text_has_no_ids),
        cmocka_unit_test(ids_are_appended_and_a_failure_takes_them_back),
        cmocka_unit_test(long_runs_take_no_longer),
    };
    return cmocka_run_group_tests_name("tokenizer", tests, NULL, NULL);
}
