/* tokenizer.json of the tokenizers library: what this tokenizer does is checked against what the
 * file asks for, part by part, so that a file of another kind is refused with the part's name and
 * never gives wrong ids.
 *
 * Not looked at: truncation and padding (the reference's processor sets its own), the decoder's and
 * post-processor's offsets. */
#include "text/tokenizer_parts.h"

#include "core/json.h"
#include <string.h>

static recto_status bad(recto_error *err, const char *part, const char *what)
{
    return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer.json: %s: %s", part, what);
}

static bool is_type(const recto_json *v, const char *type)
{
    return strcmp(recto_json_text(v, "type", ""), type) == 0;
}

/* --- the kind -----------------------------------------------------------------------------------
 */

/* Absent, null, false, 0 or "" where `key` would change what the model does. */
static bool is_off(const recto_json *object, const char *key)
{
    const recto_json *v = recto_json_lookup(object, key);
    return v == NULL || recto_json_is_null(v) || !recto_json_bool(object, key, true) ||
           recto_json_as_number(v, 1) == 0 || *recto_json_as_text(v, "x") == '\0';
}

static recto_status check_model(const recto_json *model, recto_error *err)
{
    if (!recto_json_is_object(model))
        return bad(err, "model", "missing");
    if (strcmp(recto_json_text(model, "type", "BPE"), "BPE") != 0)
        return bad(err, "model", "not of the type BPE");
    static const char *const off[] = {"dropout", "continuing_subword_prefix", "byte_fallback",
                                      "end_of_word_suffix", "ignore_merges"};
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        if (!is_off(model, off[i]))
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "tokenizer.json: model: %s is set, which the Qwen2 kind is not",
                                   off[i]);
    }
    if (!recto_json_is_object(recto_json_lookup(model, "vocab")))
        return bad(err, "model.vocab", "no object");
    if (!recto_json_is_array(recto_json_lookup(model, "merges")))
        return bad(err, "model.merges", "no array");
    return RECTO_OK;
}

static recto_status check_words(const recto_json *pre, recto_error *err)
{
    const recto_json *steps = recto_json_lookup(pre, "pretokenizers");
    const recto_json *split = recto_json_at(steps, 0);
    const recto_json *bytes = recto_json_at(steps, 1);
    if (!is_type(pre, "Sequence") || recto_json_count(steps) != 2 || !is_type(split, "Split") ||
        !is_type(bytes, "ByteLevel"))
        return bad(err, "pre_tokenizer", "not the Qwen2 sequence of Split and ByteLevel");
    const char *regex = recto_json_text(recto_json_lookup(split, "pattern"), "Regex", "");
    if (!recto_split_is_known(regex))
        return bad(err, "pre_tokenizer", "the split pattern is not that of Qwen2");
    if (strcmp(recto_json_text(split, "behavior", ""), "Isolated") != 0 ||
        recto_json_bool(split, "invert", false))
        return bad(err, "pre_tokenizer", "the split is not isolated");
    if (recto_json_bool(bytes, "add_prefix_space", true) ||
        recto_json_bool(bytes, "use_regex", true))
        return bad(err, "pre_tokenizer", "ByteLevel adds a space or splits again");
    return RECTO_OK;
}

static recto_status check_kind(const recto_json *root, recto_error *err)
{
    recto_status status = check_model(recto_json_lookup(root, "model"), err);
    if (status != RECTO_OK)
        return status;
    if (!is_type(recto_json_lookup(root, "normalizer"), "NFC"))
        return bad(err, "normalizer", "not NFC");
    status = check_words(recto_json_lookup(root, "pre_tokenizer"), err);
    if (status != RECTO_OK)
        return status;
    if (!is_type(recto_json_lookup(root, "decoder"), "ByteLevel"))
        return bad(err, "decoder", "not ByteLevel");
    const recto_json *post = recto_json_lookup(root, "post_processor");
    if (post != NULL && !recto_json_is_null(post) && !is_type(post, "ByteLevel"))
        return bad(err, "post_processor", "would add tokens; not ByteLevel");
    const recto_json *added = recto_json_lookup(root, "added_tokens");
    if (added != NULL && !recto_json_is_null(added) && !recto_json_is_array(added))
        return bad(err, "added_tokens", "no array");
    return RECTO_OK;
}

/* --- the tables ---------------------------------------------------------------------------------
 */

static recto_status highest_id(int64_t *highest, const recto_json *id, const char *part,
                               recto_error *err)
{
    const int64_t value = recto_json_as_int(id, -1);
    if (value < 0)
        return bad(err, part, "an id that is no number or negative");
    if (value >= RECTO_TOKENIZER_IDS_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tokenizer.json: %s: id %lld is over %d", part,
                               (long long)value, RECTO_TOKENIZER_IDS_MAX - 1);
    *highest = value > *highest ? value : *highest;
    return RECTO_OK;
}

static recto_status make_tables(recto_tokenizer **out, const recto_json *vocab,
                                const recto_json *added, size_t n_merges, recto_error *err)
{
    int64_t highest = -1;
    size_t n_tokens = 0;
    void *iter = NULL;
    const char *text;
    const recto_json *id;
    for (; recto_json_each(vocab, &iter, &text, &id); n_tokens++) {
        const recto_status status = highest_id(&highest, id, "model.vocab", err);
        if (status != RECTO_OK)
            return status;
    }
    for (size_t i = 0; i < recto_json_count(added); i++) {
        id = recto_json_lookup(recto_json_at(added, i), "id");
        const recto_status status = highest_id(&highest, id, "added_tokens", err);
        if (status != RECTO_OK)
            return status;
    }
    return recto_tokenizer_new(out, highest + 1, n_tokens, recto_json_count(added), n_merges, err);
}

static recto_status put_added(recto_tokenizer *t, const recto_json *token, recto_error *err)
{
    const char *text = recto_json_text(token, "content", NULL);
    if (text == NULL)
        return bad(err, "added_tokens", "a token without content");
    const int64_t id = recto_json_int(token, "id", -1);
    static const char *const off[] = {"single_word", "lstrip", "rstrip"};
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        if (!is_off(token, off[i]))
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "tokenizer.json: added token %lld: %s is set, which is not "
                                   "supported",
                                   (long long)id, off[i]);
    }
    return recto_tokenizer_put_added(t, id, text, strlen(text),
                                     recto_json_bool(token, "special", false),
                                     recto_json_bool(token, "normalized", false), err);
}

/* "left right" or ["left", "right"]. */
static recto_status put_merge(recto_tokenizer *t, const recto_json *merge, recto_error *err)
{
    const char *left = recto_json_as_text(recto_json_at(merge, 0), NULL);
    const char *right = recto_json_as_text(recto_json_at(merge, 1), NULL);
    size_t n_left = left == NULL ? 0 : strlen(left);
    if (!recto_json_is_array(merge)) {
        left = recto_json_as_text(merge, NULL);
        n_left = left == NULL ? 0 : strcspn(left, " ");
        right = left == NULL || left[n_left] == '\0' ? NULL : left + n_left + 1;
    } else if (recto_json_count(merge) != 2) {
        left = NULL;
    }
    if (left == NULL || right == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer.json: merge %d is no pair",
                               recto_tokenizer_n_merges(t));
    return recto_tokenizer_put_merge(t, left, n_left, right, strlen(right), err);
}

static recto_status load(recto_tokenizer **out, const recto_json *root, recto_error *err)
{
    recto_status status = check_kind(root, err);
    if (status != RECTO_OK)
        return status;
    const recto_json *model = recto_json_lookup(root, "model");
    const recto_json *vocab = recto_json_lookup(model, "vocab");
    const recto_json *merges = recto_json_lookup(model, "merges");
    const recto_json *added = recto_json_lookup(root, "added_tokens");
    status = make_tables(out, vocab, added, recto_json_count(merges), err);
    void *iter = NULL;
    const char *text;
    const recto_json *id;
    while (status == RECTO_OK && recto_json_each(vocab, &iter, &text, &id))
        status = recto_tokenizer_put(*out, recto_json_as_int(id, -1), text, strlen(text), err);
    for (size_t i = 0; i < recto_json_count(added) && status == RECTO_OK; i++)
        status = put_added(*out, recto_json_at(added, i), err);
    for (size_t i = 0; i < recto_json_count(merges) && status == RECTO_OK; i++)
        status = put_merge(*out, recto_json_at(merges, i), err);
    return status == RECTO_OK ? recto_tokenizer_settle(*out, err) : status;
}

recto_status recto_tokenizer_from_json(recto_tokenizer **out, const char *text, size_t len,
                                       recto_error *err)
{
    *out = NULL;
    recto_json *root = NULL;
    recto_status status = recto_json_parse(&root, text, len, err);
    if (status != RECTO_OK)
        return recto_error_prefix(err, status, "tokenizer.json: ");
    status = load(out, root, err);
    if (status != RECTO_OK) {
        recto_tokenizer_free(*out);
        *out = NULL;
    }
    recto_json_free(root);
    return status;
}
