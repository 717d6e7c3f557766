/* The tokenizer that a GGUF file carries in its metadata.
 *
 * Added tokens are those of type 3 (control, so special) and 4 (user defined); they are looked for
 * as they are written there, since the file does not say more.  Type 5 fills gaps between ids and
 * counts as one. */
#include "text/tokenizer_parts.h"

#include <string.h>

enum { TYPE_NORMAL = 1, TYPE_CONTROL = 3, TYPE_USER = 4, TYPE_UNUSED = 5 };

static recto_status check_kind(const recto_gguf *g, recto_error *err)
{
    static const char *const wanted[][2] = {{"tokenizer.ggml.model", "gpt2"},
                                            {"tokenizer.ggml.pre", "qwen2"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *text = recto_gguf_text(g, wanted[i][0], NULL);
        if (text == NULL || strcmp(text, wanted[i][1]) != 0)
            return recto_error_set(err, RECTO_ERR_MODEL, "GGUF: %s is %s, not \"%s\"", wanted[i][0],
                                   text == NULL ? "missing" : "another", wanted[i][1]);
    }
    return RECTO_OK;
}

static recto_status put_token(recto_tokenizer *t, size_t id, const recto_gguf_value *tokens,
                              int64_t type, recto_error *err)
{
    if (type == TYPE_UNUSED)
        return RECTO_OK;
    size_t len = 0;
    const char *text = recto_gguf_text_at(tokens, id, &len);
    if (text == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "GGUF: tokenizer.ggml.tokens holds no texts");
    if (type == TYPE_NORMAL)
        return recto_tokenizer_put(t, (int64_t)id, text, len, err);
    if (type == TYPE_CONTROL || type == TYPE_USER)
        return recto_tokenizer_put_added(t, (int64_t)id, text, len, type == TYPE_CONTROL, false,
                                         err);
    return recto_error_set(err, RECTO_ERR_MODEL,
                           "GGUF: token %zu is of type %lld, which byte-level BPE has not", id,
                           (long long)type);
}

static recto_status put_merge(recto_tokenizer *t, size_t i, const recto_gguf_value *merges,
                              recto_error *err)
{
    size_t len = 0;
    const char *text = recto_gguf_text_at(merges, i, &len);
    const char *space = text == NULL ? NULL : memchr(text, ' ', len);
    if (space == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "GGUF: merge %zu is no pair", i);
    const size_t n_left = (size_t)(space - text);
    return recto_tokenizer_put_merge(t, text, n_left, space + 1, len - n_left - 1, err);
}

static recto_status load(recto_tokenizer **out, const recto_gguf *g, recto_error *err)
{
    recto_status status = check_kind(g, err);
    if (status != RECTO_OK)
        return status;
    const recto_gguf_value *tokens = recto_gguf_lookup(g, "tokenizer.ggml.tokens");
    const recto_gguf_value *types = recto_gguf_lookup(g, "tokenizer.ggml.token_type");
    const recto_gguf_value *merges = recto_gguf_lookup(g, "tokenizer.ggml.merges");
    const size_t count = recto_gguf_count(tokens);
    if (merges == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "GGUF: tokenizer.ggml.merges is missing");
    if (recto_gguf_count(types) != count)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "GGUF: %zu of tokenizer.ggml.token_type for %zu tokens",
                               recto_gguf_count(types), count);
    if (count > RECTO_TOKENIZER_IDS_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "GGUF: %zu tokens, over %d", count,
                               RECTO_TOKENIZER_IDS_MAX);
    size_t n_added = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t type = recto_gguf_int_at(types, i, 0);
        n_added += type == TYPE_CONTROL || type == TYPE_USER;
    }
    status = recto_tokenizer_new(out, (int64_t)count, count - n_added, n_added,
                                 recto_gguf_count(merges), err);
    for (size_t i = 0; i < count && status == RECTO_OK; i++)
        status = put_token(*out, i, tokens, recto_gguf_int_at(types, i, 0), err);
    for (size_t i = 0; i < recto_gguf_count(merges) && status == RECTO_OK; i++)
        status = put_merge(*out, i, merges, err);
    return status == RECTO_OK ? recto_tokenizer_settle(*out, err) : status;
}

recto_status recto_tokenizer_from_gguf(recto_tokenizer **out, const recto_gguf *g, recto_error *err)
{
    *out = NULL;
    const recto_status status = load(out, g, err);
    if (status != RECTO_OK) {
        recto_tokenizer_free(*out);
        *out = NULL;
    }
    return status;
}
