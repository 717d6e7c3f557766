/* Protects: a tokenizer of another kind, or one that does not hold together, is refused with one
 * line that says which part; the little that may differ is accepted. */
#include "tokenizer_testing.h"

#include "core/buf.h"
#include "kernels/gguf_build.h"

#include <ctype.h>

static void assert_refused(recto_status got, const recto_error *err, const recto_tokenizer *t,
                           recto_status want, const char *part)
{
    if (got != want || err->code != want || strstr(err->msg, part) == NULL)
        fail_msg("wanted %s with \"%s\", got %s: %s", recto_status_name(want), part,
                 recto_status_name(got), err->msg);
    assert_null(t);
    for (const char *p = err->msg; *p != '\0'; p++)
        assert_true(isprint((unsigned char)*p)); /* one line, no text of the file */
}

/* odd.json with its first `from` replaced; NULL replaces all of it. */
static recto_status load_changed(recto_tokenizer **out, const char *from, const char *to,
                                 recto_error *err)
{
    recto_bytes file = tokenizer_file("odd.json");
    recto_buf text = RECTO_BUF_INIT;
    recto_buf_add(&text, file.data, file.size);
    recto_bytes_close(&file);
    const char *at = from == NULL ? text.data : strstr(text.data, from);
    assert_non_null(at);
    const size_t n_from = from == NULL ? text.len : strlen(from);
    recto_buf changed = RECTO_BUF_INIT;
    recto_buf_add(&changed, text.data, (size_t)(at - text.data));
    recto_buf_text(&changed, to);
    recto_buf_text(&changed, at + n_from);
    const recto_status status =
        recto_tokenizer_from_json(out, recto_buf_cstr(&changed), changed.len, err);
    recto_buf_free(&text);
    recto_buf_free(&changed);
    return status;
}

typedef struct change {
    const char *from, *to;
    recto_status status;
    const char *part;
} change;

static void refuse_all(const change *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        recto_error err = {0};
        recto_tokenizer *t = NULL;
        const recto_status status = load_changed(&t, list[i].from, list[i].to, &err);
        assert_refused(status, &err, t, list[i].status, list[i].part);
        assert_int_equal(load_changed(&t, list[i].from, list[i].to, NULL), list[i].status);
    }
}
#define REFUSE(...)                                                                                \
    do {                                                                                           \
        static const change list[] = {__VA_ARGS__};                                                \
        refuse_all(list, sizeof list / sizeof *list);                                              \
    } while (0)

static void another_kind_of_tokenizer_is_refused(void **state)
{
    (void)state;
    REFUSE(
        {NULL, "", RECTO_ERR_FORMAT, "tokenizer.json: JSON"},
        {NULL, "{", RECTO_ERR_FORMAT, "ends too early"}, {NULL, "[]", RECTO_ERR_MODEL, "model"},
        {NULL, "{}", RECTO_ERR_MODEL, "model"}, {NULL, "{\"model\":[]}", RECTO_ERR_MODEL, "model"},
        {"\"type\":\"BPE\"", "\"type\":\"WordPiece\"", RECTO_ERR_MODEL, "type BPE"},
        {"\"type\":\"BPE\"", "\"type\":\"Unigram\"", RECTO_ERR_MODEL, "type BPE"},
        {"\"dropout\":null", "\"dropout\":0.1", RECTO_ERR_MODEL, "dropout"},
        {"\"dropout\":null", "\"dropout\":[]", RECTO_ERR_MODEL, "dropout"},
        {"\"byte_fallback\":false", "\"byte_fallback\":true", RECTO_ERR_MODEL, "byte_fallback"},
        {"\"ignore_merges\":false", "\"ignore_merges\":true", RECTO_ERR_MODEL, "ignore_merges"},
        {"\"end_of_word_suffix\":\"\"", "\"end_of_word_suffix\":\"</w>\"", RECTO_ERR_MODEL,
         "end_of_word_suffix"},
        {"\"continuing_subword_prefix\":\"\"", "\"continuing_subword_prefix\":\"##\"",
         RECTO_ERR_MODEL, "continuing_subword_prefix"},
        {"{\"type\":\"NFC\"}", "{\"type\":\"NFKC\"}", RECTO_ERR_MODEL, "normalizer"},
        {"{\"type\":\"NFC\"}", "null", RECTO_ERR_MODEL, "normalizer"},
        {"\\\\p{N}|", "\\\\p{N}{1,3}|", RECTO_ERR_MODEL, "split pattern"},
        {"\"Regex\"", "\"String\"", RECTO_ERR_MODEL, "split pattern"},
        {"\"Isolated\"", "\"Removed\"", RECTO_ERR_MODEL, "isolated"},
        {"\"invert\":false", "\"invert\":true", RECTO_ERR_MODEL, "isolated"},
        {"\"type\":\"Sequence\"", "\"type\":\"Whitespace\"", RECTO_ERR_MODEL, "pre_tokenizer"},
        {"\"type\":\"Split\"", "\"type\":\"Digits\"", RECTO_ERR_MODEL, "pre_tokenizer"},
        {"\"add_prefix_space\":false", "\"add_prefix_space\":true", RECTO_ERR_MODEL, "ByteLevel"},
        {"\"use_regex\":false", "\"use_regex\":true", RECTO_ERR_MODEL, "ByteLevel"},
        {"\"decoder\":{\"type\":\"ByteLevel\"", "\"decoder\":{\"type\":\"WordPiece\"",
         RECTO_ERR_MODEL, "decoder"},
        {"\"post_processor\":{\"type\":\"ByteLevel\"",
         "\"post_processor\":{\"type\":\"TemplateProcessing\"", RECTO_ERR_MODEL, "post_processor"});
}

static void a_vocabulary_that_does_not_hold_together_is_refused(void **state)
{
    (void)state;
    REFUSE(
        {"\"!\":0,", "\"!\":1,", RECTO_ERR_MODEL, "two tokens have the id 1"},
        {"\"!\":0,", "\"!\":-1,", RECTO_ERR_MODEL, "model.vocab"},
        {"\"!\":0,", "\"!\":\"0\",", RECTO_ERR_MODEL, "model.vocab"},
        {"\"!\":0,", "\"!\":0.5,", RECTO_ERR_MODEL, "model.vocab"},
        {"\"!\":0,", "\"!\":null,", RECTO_ERR_MODEL, "model.vocab"},
        {"\"!\":0,", "\"!\":16777216,", RECTO_ERR_LIMIT, "model.vocab"},
        {"\"!\":0,", "\"!\":99999999999999999999999,", RECTO_ERR_FORMAT, "out of range"},
        {"\"!\":0,", "\"!\":0,\"!\":900,", RECTO_ERR_FORMAT, "duplicate key"},
        {"\"!\":0,", "\"\":0,", RECTO_ERR_MODEL, "token 0 is empty"},
        {"\"!\":0,", "", RECTO_ERR_MODEL, "byte 0x21 has no token"},
        {"\"!\":0,", "\"\\u0000\":0,", RECTO_ERR_FORMAT, "JSON"},
        {"\"vocab\":{", "\"vocab\":[],\"x\":{", RECTO_ERR_MODEL, "model.vocab"},
        {"\"vocab\":{", "\"vocab\":{},\"x\":{", RECTO_ERR_MODEL, "merge 0 names"},
        {"\"merges\":[", "\"x\":[", RECTO_ERR_MODEL, "model.merges"},
        {"\"merges\":[", "\"merges\":[[\"zz\",\"a\"],", RECTO_ERR_MODEL, "merge 0 names"},
        {"\"merges\":[", "\"merges\":[[\"\",\"a\"],", RECTO_ERR_MODEL, "merge 0 names"},
        {"\"merges\":[", "\"merges\":[[\"\xE4\xBD\xA0\",\"a\"],", RECTO_ERR_MODEL, "merge 0 names"},
        {"\"merges\":[", "\"merges\":[[\"!\",\"!\"],", RECTO_ERR_MODEL, "result of merge 0"},
        {"\"merges\":[", "\"merges\":[\"a b c\",", RECTO_ERR_MODEL, "merge 0 names"},
        {"\"merges\":[", "\"merges\":[\"ab\",", RECTO_ERR_MODEL, "merge 0 is no pair"},
        {"\"merges\":[", "\"merges\":[7,", RECTO_ERR_MODEL, "merge 0 is no pair"},
        {"\"merges\":[", "\"merges\":[[\"a\",1],", RECTO_ERR_MODEL, "merge 0 is no pair"},
        {"\"merges\":[", "\"merges\":[[\"a\",\"b\",\"c\"],", RECTO_ERR_MODEL,
         "merge 0 is no pair"});
}

static void added_tokens_that_do_not_fit_are_refused(void **state)
{
    (void)state;
#define ADD(token) "\"added_tokens\":[", "\"added_tokens\":[" token ","
    REFUSE({ADD("{\"id\":654,\"content\":\"<z>\"}"), RECTO_ERR_MODEL, "two tokens have the id 654"},
           {ADD("{\"id\":0,\"content\":\"<z>\"}"), RECTO_ERR_MODEL, "two tokens have the id 0"},
           {ADD("{\"id\":0,\"content\":\"!\"}"), RECTO_ERR_MODEL, "is the token of byte 0x21"},
           {ADD("{\"id\":900,\"content\":\"<a>\"}"), RECTO_ERR_MODEL, "the same token"},
           {ADD("{\"id\":900,\"content\":\"<zz>\"},{\"id\":901,\"content\":\"<zz>\"}"),
            RECTO_ERR_MODEL, "the same token"},
           {ADD("{\"id\":900,\"content\":\"!\"}"), RECTO_ERR_MODEL, "ids 0 and 900"},
           {ADD("{\"id\":900,\"content\":\"e\xCC\x81!\",\"normalized\":true}"), RECTO_ERR_MODEL,
            "the same normal form"},
           {ADD("{\"id\":900,\"content\":\"\"}"), RECTO_ERR_MODEL, "token 900 is empty"},
           {ADD("{\"id\":-2,\"content\":\"<z>\"}"), RECTO_ERR_MODEL, "added_tokens"},
           {ADD("{\"content\":\"<z>\"}"), RECTO_ERR_MODEL, "added_tokens"},
           {ADD("{\"id\":900}"), RECTO_ERR_MODEL, "without content"},
           {ADD("{\"id\":900,\"content\":5}"), RECTO_ERR_MODEL, "without content"},
           {ADD("7"), RECTO_ERR_MODEL, "added_tokens"},
           {ADD("{\"id\":16777216,\"content\":\"<z>\"}"), RECTO_ERR_LIMIT, "16777216"},
           {ADD("{\"id\":900,\"content\":\"<z>\",\"lstrip\":true}"), RECTO_ERR_MODEL, "lstrip"},
           {ADD("{\"id\":900,\"content\":\"<z>\",\"rstrip\":true}"), RECTO_ERR_MODEL, "rstrip"},
           {ADD("{\"id\":900,\"content\":\"<z>\",\"single_word\":true}"), RECTO_ERR_MODEL,
            "single_word"},
           {"\"added_tokens\":[", "\"added_tokens\":{},\"x\":[", RECTO_ERR_MODEL, "added_tokens"});
#undef ADD
    recto_buf longest = RECTO_BUF_INIT;
    recto_buf_text(&longest, "\"added_tokens\":[{\"id\":900,\"content\":\"");
    for (int i = 0; i < 513; i++)
        recto_buf_char(&longest, 'z');
    recto_buf_text(&longest, "\"},");
    recto_tokenizer *t = NULL;
    recto_error err = {0};
    const recto_status status =
        load_changed(&t, "\"added_tokens\":[", recto_buf_cstr(&longest), &err);
    assert_refused(status, &err, t, RECTO_ERR_LIMIT, "over 512 bytes");
    recto_buf_free(&longest);
}

static void what_may_differ_is_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } list[] = {
        {"\"type\":\"BPE\",", ""},
        {"\"dropout\":null", "\"dropout\":0.0"},
        {"\"continuing_subword_prefix\":\"\"", "\"continuing_subword_prefix\":null"},
        {"\"post_processor\":{\"type\":\"ByteLevel\"",
         "\"post_processor\":null,\"x\":{\"type\":\"\""},
        {"\"unk_token\":null", "\"unk_token\":\"<a>\""},
        {"\"truncation\":null", "\"truncation\":{\"max_length\":3}"},
        {"\"merges\":[", "\"merges\":[\"a b\","},
        {"\"added_tokens\":[",
         "\"added_tokens\":[{\"id\":9000,\"content\":\"<far>\",\"special\":true},"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        recto_error err = {0};
        recto_tokenizer *t = NULL;
        if (load_changed(&t, list[i].from, list[i].to, &err) != RECTO_OK)
            fail_msg("%s: %s", list[i].to, err.msg);
        recto_tokenizer_free(t);
    }
}

static void ids_may_have_gaps(void **state)
{
    (void)state;
    recto_tokenizer *t = NULL;
    assert_int_equal(load_changed(&t, "\"added_tokens\":[",
                                  "\"added_tokens\":[{\"id\":9000,\"content\":\"<far>\"},", NULL),
                     RECTO_OK);
    assert_int_equal(recto_tokenizer_count(t), 9001);
    assert_int_equal(recto_tokenizer_id(t, "<far>"), 9000);
    size_t len;
    assert_null(recto_tokenizer_token(t, 8999, &len));
    assert_false(recto_tokenizer_is_added(t, 8999));
    const int32_t ids_given[] = {8999, 9000, 8000};
    recto_buf out = RECTO_BUF_INIT;
    recto_tokenizer_decode(&out, t, ids_given, 3, false);
    assert_string_equal(recto_buf_cstr(&out), "<far>");
    recto_buf_free(&out);
    recto_tokenizer_free(t);
}

static void of_equal_merges_the_later_one_counts(void **state)
{
    (void)state;
    ids first = {0};
    ids second = {0};
    recto_tokenizer *t = load_json("odd.json");
    encode(&first, t, "abcdabcd", 8, true);
    recto_tokenizer_free(t);
    assert_int_equal(load_changed(&t, "\"merges\":[", "\"merges\":[[\"a\",\"b\"],", NULL),
                     RECTO_OK);
    encode(&second, t, "abcdabcd", 8, true);
    recto_tokenizer_free(t);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.list, second.list, first.n * sizeof *first.list);
    free(first.list);
    free(second.list);
}

/* --- GGUF ---------------------------------------------------------------------------------------
 */

enum { GGUF_I32 = 5, GGUF_TEXT = 8, GGUF_LIST = 9 };

static void put_text_key(recto_buf *b, const char *key, const char *text)
{
    put_text(b, key);
    put_number(b, GGUF_TEXT, 4);
    put_text(b, text);
}

static void put_list(recto_buf *b, const char *key, uint32_t type, uint64_t n)
{
    put_text(b, key);
    put_number(b, GGUF_LIST, 4);
    put_number(b, type, 4);
    put_number(b, n, 8);
}

typedef struct parts {
    const char *model, *pre; /* NULL: key left out */
    const char *last;        /* token after the bytes */
    int type;                /* of it */
    int n_types;             /* 257 fits */
    const char *merge;       /* "": an empty list; NULL: no key */
} parts;

/* The letter of a byte, as UTF-8. */
static void put_letter(recto_buf *b, int byte)
{
    static const int gaps[][2] = {{0, 0x20}, {0x7F, 0xA0}, {0xAD, 0xAD}};
    uint32_t letter = (uint32_t)byte;
    uint32_t next = 256;
    for (size_t i = 0; i < 3; i++) {
        if (byte >= gaps[i][0] && byte <= gaps[i][1])
            letter = next + (uint32_t)(byte - gaps[i][0]);
        next += (uint32_t)(gaps[i][1] - gaps[i][0] + 1);
    }
    recto_buf_utf8(b, letter);
}

static recto_status load_gguf(recto_tokenizer **out, parts p, recto_error *err)
{
    recto_buf b = RECTO_BUF_INIT;
    const int n_keys = 2 + (p.model != NULL) + (p.pre != NULL) + (p.merge != NULL);
    put_head(&b, 3, 0, (uint64_t)n_keys);
    if (p.model != NULL)
        put_text_key(&b, "tokenizer.ggml.model", p.model);
    if (p.pre != NULL)
        put_text_key(&b, "tokenizer.ggml.pre", p.pre);
    put_list(&b, "tokenizer.ggml.tokens", GGUF_TEXT, 257);
    for (int i = 0; i < 256; i++) {
        recto_buf letter = RECTO_BUF_INIT;
        put_letter(&letter, i);
        put_text(&b, recto_buf_cstr(&letter));
        recto_buf_free(&letter);
    }
    put_text(&b, p.last);
    put_list(&b, "tokenizer.ggml.token_type", GGUF_I32, (uint64_t)p.n_types);
    for (int i = 0; i < p.n_types; i++)
        put_number(&b, i < 256 ? 1 : (uint64_t)(unsigned)p.type, 4);
    if (p.merge != NULL) {
        put_list(&b, "tokenizer.ggml.merges", GGUF_TEXT, *p.merge != '\0');
        if (*p.merge != '\0')
            put_text(&b, p.merge);
    }
    put_pad(&b, 32);
    recto_gguf *g = NULL;
    if (recto_gguf_open(&g, b.data, b.len, err) != RECTO_OK)
        fail_msg("GGUF of the test itself: %s", err == NULL ? "" : err->msg);
    const recto_status status = recto_tokenizer_from_gguf(out, g, err);
    recto_gguf_close(g);
    recto_buf_free(&b);
    return status;
}

static void gguf_of_another_kind_is_refused(void **state)
{
    (void)state;
    static const struct {
        parts p;
        recto_status status;
        const char *part;
    } list[] = {
        {{NULL, "qwen2", "ab", 1, 257, "a b"}, RECTO_ERR_MODEL, "tokenizer.ggml.model is missing"},
        {{"llama", "qwen2", "ab", 1, 257, "a b"},
         RECTO_ERR_MODEL,
         "tokenizer.ggml.model is another"},
        {{"gpt2", NULL, "ab", 1, 257, "a b"}, RECTO_ERR_MODEL, "tokenizer.ggml.pre is missing"},
        {{"gpt2", "llama-bpe", "ab", 1, 257, "a b"}, RECTO_ERR_MODEL, "tokenizer.ggml.pre"},
        {{"gpt2", "qwen2", "ab", 1, 256, "a b"},
         RECTO_ERR_MODEL,
         "256 of tokenizer.ggml.token_type"},
        {{"gpt2", "qwen2", "ab", 6, 257, "a b"}, RECTO_ERR_MODEL, "type 6"},
        {{"gpt2", "qwen2", "ab", -1, 257, "a b"}, RECTO_ERR_MODEL, "type -1"},
        {{"gpt2", "qwen2", "ab", 1, 257, NULL}, RECTO_ERR_MODEL, "merges is missing"},
        {{"gpt2", "qwen2", "ab", 1, 257, "ab"}, RECTO_ERR_MODEL, "merge 0 is no pair"},
        {{"gpt2", "qwen2", "ab", 1, 257, " "}, RECTO_ERR_MODEL, "merge 0 names"},
        {{"gpt2", "qwen2", "ab", 1, 257, "a c"}, RECTO_ERR_MODEL, "result of merge 0"},
        {{"gpt2", "qwen2", "ab", 5, 257, "a b"}, RECTO_ERR_MODEL, "result of merge 0"},
        {{"gpt2", "qwen2", "ab", 3, 257, "a b"}, RECTO_ERR_MODEL, "result of merge 0"},
        {{"gpt2", "qwen2", "", 1, 257, "a b"}, RECTO_ERR_MODEL, "token 256 is empty"},
        {{"gpt2", "qwen2", "\xFF", 1, 257, "a b"}, RECTO_ERR_MODEL, "token 256 is not UTF-8"},
        {{"gpt2", "qwen2", "a", 1, 257, "a b"}, RECTO_ERR_MODEL, "the same token"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        recto_error err = {0};
        recto_tokenizer *t = NULL;
        const recto_status status = load_gguf(&t, list[i].p, &err);
        assert_refused(status, &err, t, list[i].status, list[i].part);
    }
}

static void gguf_token_types_say_what_a_token_is(void **state)
{
    (void)state;
    static const struct {
        int type;
        bool there, added, special;
    } list[] = {{1, true, false, false},
                {3, true, true, true},
                {4, true, true, false},
                {5, false, false, false}};
    ids got = {0};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        recto_tokenizer *t = NULL;
        const parts p = {"gpt2", "qwen2", "<x>", list[i].type, 257, ""};
        assert_int_equal(load_gguf(&t, p, NULL), RECTO_OK);
        size_t len;
        assert_int_equal(recto_tokenizer_token(t, 256, &len) != NULL, list[i].there);
        assert_int_equal(recto_tokenizer_id(t, "<x>"), list[i].there ? 256 : -1);
        assert_int_equal(recto_tokenizer_is_added(t, 256), list[i].added);
        assert_int_equal(recto_tokenizer_is_special(t, 256), list[i].special);
        assert_int_equal(recto_tokenizer_n_added(t), list[i].added);
        encode(&got, t, "<x>", 3, true);
        assert_int_equal(got.n, list[i].added ? 1 : 3);
        encode(&got, t, "<x>", 3, false);
        assert_int_equal(got.n, 3);
        recto_tokenizer_free(t);
    }
    free(got.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_kind_of_tokenizer_is_refused),
        cmocka_unit_test(a_vocabulary_that_does_not_hold_together_is_refused),
        cmocka_unit_test(added_tokens_that_do_not_fit_are_refused),
        cmocka_unit_test(what_may_differ_is_accepted),
        cmocka_unit_test(ids_may_have_gaps),
        cmocka_unit_test(of_equal_merges_the_later_one_counts),
        cmocka_unit_test(gguf_of_another_kind_is_refused),
        cmocka_unit_test(gguf_token_types_say_what_a_token_is),
    };
    return cmocka_run_group_tests_name("tokenizer_bad", tests, NULL, NULL);
}
