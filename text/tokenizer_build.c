/* The tables of a tokenizer, filled one token and one merge at a time by the loaders.
 *
 * Vocabularies of this kind spell each byte of a token as one letter (GPT-2's byte letters: the
 * printable Latin-1 bytes stand for themselves, the other 68 are U+0100...U+0143), so that a token
 * file holds only printable text.  Here the bytes themselves are stored.  A token that holds any
 * other character can be decoded, as written, but no merge can reach it: that is how the reference
 * treats it.
 *
 * Both hash tables are open ones of at most 2/3 load; a file made so that its entries collide is
 * refused rather than searched in quadratic time. */
#include "text/tokenizer_parts.h"

#include "core/utf8.h"
#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 1024 }; /* about 200 at 2^24 random entries */

static recto_status nomem(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

/* --- tables -------------------------------------------------------------------------------------
 */

/* Bits of a table in which n entries fill at most 2/3. */
static int bits_for(size_t n)
{
    int bits = 4;
    while (((size_t)1 << bits) < n + n / 2 + 1)
        bits++;
    return bits;
}

recto_status recto_tokenizer_new(recto_tokenizer **out, int64_t count, size_t n_tokens,
                                 size_t n_added, size_t n_merges, recto_error *err)
{
    *out = NULL;
    if (count <= 0)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: no tokens");
    if (count > RECTO_TOKENIZER_IDS_MAX || n_tokens > RECTO_TOKENIZER_IDS_MAX ||
        n_added > RECTO_TOKENIZER_IDS_MAX || n_merges > RECTO_TOKENIZER_IDS_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "tokenizer: over %d ids, added tokens or merges",
                               (int)RECTO_TOKENIZER_IDS_MAX);
    recto_tokenizer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return nomem(err);
    t->count = (int)count;
    t->text_bits = bits_for(n_tokens + n_added);
    t->merge_bits = bits_for(n_merges);
    const size_t n_texts = (size_t)1 << t->text_bits;
    const size_t n_slots = (size_t)1 << t->merge_bits;
    t->tokens = calloc((size_t)count, sizeof *t->tokens);
    t->flags = calloc((size_t)count, sizeof *t->flags);
    t->by_text = malloc(n_texts * sizeof *t->by_text);
    t->merges = malloc(n_slots * sizeof *t->merges);
    t->raw.list = calloc(n_added + 1, sizeof *t->raw.list);
    t->normal.list = calloc(n_added + 1, sizeof *t->normal.list);
    if (t->tokens == NULL || t->flags == NULL || t->by_text == NULL || t->merges == NULL ||
        t->raw.list == NULL || t->normal.list == NULL) {
        recto_tokenizer_free(t);
        return nomem(err);
    }
    memset(t->by_text, 0xFF, n_texts * sizeof *t->by_text);
    memset(t->merges, 0xFF, n_slots * sizeof *t->merges);
    *out = t;
    return RECTO_OK;
}

static size_t hash(unsigned literal, const char *bytes, size_t len)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325) + literal; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001B3);
    return (size_t)(h ^ h >> 32);
}

/* Slot of the token with these bytes, or the free one for it; SIZE_MAX if too many collide. */
static size_t text_slot(const recto_tokenizer *t, unsigned literal, const char *bytes, size_t len)
{
    const size_t mask = ((size_t)1 << t->text_bits) - 1;
    size_t i = hash(literal, bytes, len) & mask;
    for (int probes = 0; probes < PROBES_MAX; probes++, i = (i + 1) & mask) {
        const int32_t id = t->by_text[i];
        if (id < 0)
            return i;
        const recto_token token = t->tokens[id];
        if ((t->flags[id] & RECTO_TOKEN_LITERAL) == literal && token.len == len &&
            memcmp(recto_tokenizer_bytes(t, token), bytes, len) == 0)
            return i;
    }
    return SIZE_MAX;
}

int32_t recto_tokenizer_lookup(const recto_tokenizer *t, unsigned literal, const char *bytes,
                               size_t len)
{
    const size_t slot = text_slot(t, literal, bytes, len);
    return slot == SIZE_MAX ? -1 : t->by_text[slot];
}

/* --- tokens -------------------------------------------------------------------------------------
 */

/* The byte that a letter stands for; -1 if it is none of the 256. */
static int byte_of(uint32_t letter)
{
    enum { N_CONTROLS = 33, N_UPPER = 34 }; /* 0x00-0x20, then 0x7F-0xA0, then 0xAD */
    if (letter >= 256 && letter < 256 + N_CONTROLS)
        return (int)letter - 256;
    if (letter >= 256 + N_CONTROLS && letter < 256 + N_CONTROLS + N_UPPER)
        return (int)letter - 256 - N_CONTROLS + 0x7F;
    if (letter == 256 + N_CONTROLS + N_UPPER)
        return 0xAD;
    const bool printable = (letter > 0x20 && letter < 0x7F) || (letter > 0xA0 && letter < 0x100);
    return printable && letter != 0xAD ? (int)letter : -1;
}

/* Append to the pool the bytes that text spells, without a NUL; false (pool unchanged) if it holds
 * other characters. */
static bool spell(recto_tokenizer *t, const char *text, size_t len)
{
    const size_t start = t->pool.len;
    for (const char *p = text; p < text + len;) {
        const int byte = byte_of(recto_utf8_next(&p, text + len));
        if (byte < 0) {
            t->pool.len = start;
            return false;
        }
        recto_buf_char(&t->pool, (char)byte);
    }
    return true;
}

/* Name id after the pool's bytes from `at` on and enter it by text. */
static recto_status enter(recto_tokenizer *t, int32_t id, size_t at, unsigned flags,
                          recto_error *err)
{
    const size_t len = t->pool.len - at;
    recto_buf_char(&t->pool, '\0');
    if (t->pool.failed)
        return nomem(err);
    if (t->pool.len > UINT32_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tokenizer: over 4 GiB of tokens");
    const char *bytes = t->pool.data + at;
    const size_t slot = text_slot(t, flags & RECTO_TOKEN_LITERAL, bytes, len);
    if (slot == SIZE_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tokenizer: too many tokens collide at id %d",
                               (int)id);
    if (t->by_text[slot] >= 0)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: ids %d and %d are the same token",
                               (int)t->by_text[slot], (int)id);
    t->by_text[slot] = id;
    t->tokens[id] = (recto_token){(uint32_t)at, (uint32_t)len};
    t->flags[id] = (uint8_t)(flags | RECTO_TOKEN_USED);
    return RECTO_OK;
}

static recto_status check_token(const recto_tokenizer *t, int64_t id, const char *text, size_t len,
                                recto_error *err)
{
    if (id < 0 || id >= t->count)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: id %lld is out of range",
                               (long long)id);
    if (len == 0)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: token %d is empty", (int)id);
    if (recto_utf8_valid(text, len) != len)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: token %d is not UTF-8", (int)id);
    return RECTO_OK;
}

recto_status recto_tokenizer_put(recto_tokenizer *t, int64_t id, const char *text, size_t len,
                                 recto_error *err)
{
    recto_status status = check_token(t, id, text, len, err);
    if (status != RECTO_OK)
        return status;
    if (t->flags[id] != 0)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: two tokens have the id %d",
                               (int)id);
    const size_t at = t->pool.len;
    const bool spelled = spell(t, text, len);
    if (!spelled)
        recto_buf_add(&t->pool, text, len);
    return enter(t, (int32_t)id, at, spelled ? 0 : RECTO_TOKEN_LITERAL, err);
}

/* The id under which the vocabulary has this spelling; -1. */
static int32_t spelled_as(recto_tokenizer *t, const char *text, size_t len)
{
    const int32_t id = recto_tokenizer_lookup(t, RECTO_TOKEN_LITERAL, text, len);
    const size_t at = t->pool.len;
    if (id >= 0 || !spell(t, text, len) || t->pool.failed)
        return id;
    const int32_t found = recto_tokenizer_lookup(t, 0, t->pool.data + at, t->pool.len - at);
    t->pool.len = at;
    return found;
}

/* Look for the token from now on. */
static recto_status add_needle(recto_tokenizer *t, int32_t id, bool normalized, recto_error *err)
{
    recto_needles *needles = normalized ? &t->normal : &t->raw;
    recto_token bytes = t->tokens[id];
    if (normalized) {
        recto_buf form = RECTO_BUF_INIT;
        recto_utf8_nfc(&form, recto_tokenizer_bytes(t, bytes), bytes.len);
        bytes = (recto_token){(uint32_t)t->pool.len, (uint32_t)form.len};
        recto_buf_add(&t->pool, recto_buf_cstr(&form), form.len + 1);
        const bool failed = form.failed || t->pool.failed || t->pool.len > UINT32_MAX;
        recto_buf_free(&form);
        if (failed)
            return nomem(err);
    }
    needles->list[needles->n++] = (recto_needle){bytes, id};
    t->n_added++;
    return RECTO_OK;
}

recto_status recto_tokenizer_put_added(recto_tokenizer *t, int64_t id, const char *text, size_t len,
                                       bool special, bool normalized, recto_error *err)
{
    recto_status status = check_token(t, id, text, len, err);
    if (status != RECTO_OK)
        return status;
    if (len > RECTO_TOKENIZER_ADDED_BYTES_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tokenizer: added token %d is over %d bytes",
                               (int)id, (int)RECTO_TOKENIZER_ADDED_BYTES_MAX);
    const int32_t same = spelled_as(t, text, len);
    if (same >= 0 && same != id)
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: ids %d and %d are the same token",
                               (int)same, (int)id);
    if (t->flags[id] != 0 && (same < 0 || (t->flags[id] & RECTO_TOKEN_ADDED) != 0))
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: two tokens have the id %d",
                               (int)id);
    const recto_token token = t->tokens[id];
    if (same < 0 || token.len != len || memcmp(recto_tokenizer_bytes(t, token), text, len) != 0) {
        /* new, or in the vocabulary with letters that would stand for other bytes there */
        const size_t at = t->pool.len;
        recto_buf_add(&t->pool, text, len);
        status = enter(t, (int32_t)id, at, RECTO_TOKEN_LITERAL, err);
        if (status != RECTO_OK)
            return status;
    }
    t->flags[id] |= (uint8_t)(RECTO_TOKEN_ADDED | (special ? RECTO_TOKEN_SPECIAL : 0));
    return add_needle(t, (int32_t)id, normalized, err);
}

/* --- merges -------------------------------------------------------------------------------------
 */

recto_status recto_tokenizer_put_merge(recto_tokenizer *t, const char *left, size_t n_left,
                                       const char *right, size_t n_right, recto_error *err)
{
    const int rank = t->n_merges;
    const size_t at = t->pool.len;
    const bool left_ok = spell(t, left, n_left);
    const size_t middle = t->pool.len;
    const bool ok = spell(t, right, n_right) && left_ok;
    const size_t end = t->pool.len;
    if (t->pool.failed)
        return nomem(err);
    const char *bytes = recto_buf_cstr(&t->pool);
    const int32_t a = ok ? recto_tokenizer_lookup(t, 0, bytes + at, middle - at) : -1;
    const int32_t b = ok ? recto_tokenizer_lookup(t, 0, bytes + middle, end - middle) : -1;
    const int32_t id = ok ? recto_tokenizer_lookup(t, 0, bytes + at, end - at) : -1;
    t->pool.len = at;
    if (a < 0 || b < 0)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "tokenizer: merge %d names a token that is not in the vocabulary",
                               rank);
    if (id < 0)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "tokenizer: the result of merge %d is not in the vocabulary", rank);
    const uint64_t pair = recto_tokenizer_pair(a, b);
    const size_t mask = ((size_t)1 << t->merge_bits) - 1;
    size_t slot = recto_tokenizer_pair_slot(t, pair);
    for (int probes = 0; t->merges[slot].pair != pair && t->merges[slot].pair != UINT64_MAX;
         probes++, slot = (slot + 1) & mask) {
        if (probes == PROBES_MAX)
            return recto_error_set(err, RECTO_ERR_LIMIT,
                                   "tokenizer: too many merges collide at merge %d", rank);
    }
    /* of two equal merges the later one counts, as in the reference */
    t->merges[slot] = (recto_merge){pair, (uint32_t)rank, id};
    t->n_merges++;
    return RECTO_OK;
}

/* --- end ----------------------------------------------------------------------------------------
 */

static bool is_in_utf8(int byte)
{
    return byte != 0xC0 && byte != 0xC1 && byte < 0xF5;
}

recto_status recto_tokenizer_settle(recto_tokenizer *t, recto_error *err)
{
    for (int byte = 0; byte < 256; byte++) {
        const char c = (char)byte;
        const int32_t id = recto_tokenizer_lookup(t, 0, &c, 1);
        if (id < 0 && is_in_utf8(byte))
            return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: byte 0x%02X has no token",
                                   (unsigned)byte);
        if (id >= 0 && (t->flags[id] & RECTO_TOKEN_ADDED) != 0)
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "tokenizer: added token %d is the token of byte 0x%02X", (int)id,
                                   (unsigned)byte);
        t->byte_id[byte] = id;
    }
    if (!recto_tokenizer_added_settle(t, &t->raw) || !recto_tokenizer_added_settle(t, &t->normal))
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "tokenizer: two added tokens have the same normal form");
    return recto_split_open(&t->split, err);
}
