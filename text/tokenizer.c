/* Encoding and decoding: the flow from text to ids and back. */
#include "text/tokenizer_parts.h"

#include "core/utf8.h"
#include <stdlib.h>
#include <string.h>

/* --- tables -------------------------------------------------------------------------------------
 */

void recto_tokenizer_free(recto_tokenizer *t)
{
    if (t == NULL)
        return;
    recto_split_close(t->split);
    recto_buf_free(&t->pool);
    free(t->tokens);
    free(t->flags);
    free(t->by_text);
    free(t->merges);
    free(t->raw.list);
    free(t->normal.list);
    free(t);
}

int recto_tokenizer_count(const recto_tokenizer *t)
{
    return t->count;
}

int recto_tokenizer_n_merges(const recto_tokenizer *t)
{
    return t->n_merges;
}

int recto_tokenizer_n_added(const recto_tokenizer *t)
{
    return t->n_added;
}

static unsigned flags_of(const recto_tokenizer *t, int32_t id)
{
    return id >= 0 && id < t->count ? t->flags[id] : 0;
}

int32_t recto_tokenizer_id(const recto_tokenizer *t, const char *text)
{
    const size_t len = strlen(text);
    const int32_t id = recto_tokenizer_lookup(t, RECTO_TOKEN_LITERAL, text, len);
    return id >= 0 ? id : recto_tokenizer_lookup(t, 0, text, len);
}

const char *recto_tokenizer_token(const recto_tokenizer *t, int32_t id, size_t *len_out)
{
    const bool used = flags_of(t, id) != 0;
    *len_out = used ? t->tokens[id].len : 0;
    return used ? recto_tokenizer_bytes(t, t->tokens[id]) : NULL;
}

bool recto_tokenizer_is_added(const recto_tokenizer *t, int32_t id)
{
    return (flags_of(t, id) & RECTO_TOKEN_ADDED) != 0;
}

bool recto_tokenizer_is_special(const recto_tokenizer *t, int32_t id)
{
    return (flags_of(t, id) & RECTO_TOKEN_SPECIAL) != 0;
}

/* --- NFC as the reference does it ---------------------------------------------------------------
 */

/* Marks that came with Unicode 10 to 15.  The reference's tables are older: it takes them for
 * letters, which no mark passes and nothing joins.  U+11930 is there for U+11938, which it does not
 * compose. */
static bool is_newer_mark(uint32_t cp)
{
    static const uint32_t ranges[][2] = {
        {0x7FD, 0x7FD},     {0x898, 0x89F},     {0x8CA, 0x8D3},     {0x9FE, 0x9FE},
        {0xC3C, 0xC3C},     {0xD3B, 0xD3C},     {0xEBA, 0xEBA},     {0x1715, 0x1715},
        {0x1ABF, 0x1ACE},   {0x1DF6, 0x1DFA},   {0xA82C, 0xA82C},   {0x10D24, 0x10D27},
        {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50}, {0x10F82, 0x10F85},
        {0x11070, 0x11070}, {0x1133B, 0x1133B}, {0x1145E, 0x1145E}, {0x11839, 0x1183A},
        {0x11930, 0x11930}, {0x1193D, 0x1193E}, {0x11943, 0x11943}, {0x119E0, 0x119E0},
        {0x11A34, 0x11A34}, {0x11A47, 0x11A47}, {0x11A99, 0x11A99}, {0x11D42, 0x11D42},
        {0x11D44, 0x11D45}, {0x11D97, 0x11D97}, {0x11F41, 0x11F42}, {0x16FF0, 0x16FF1},
        {0x1E08F, 0x1E08F}, {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF},
        {0x1E4EC, 0x1E4EF},
    };
    size_t low = 0;
    size_t high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cp > ranges[middle][1])
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof ranges / sizeof *ranges && cp >= ranges[low][0];
}

/* NFC of valid UTF-8, or the text itself where it is its own; *len changes with it. */
static const char *normalize(recto_buf *buf, const char *text, size_t *len)
{
    const char *end = text + *len;
    const char *p = text;
    while (p < end && (uint8_t)*p < 0xCC) /* below U+0300 */
        p++;
    if (p == end)
        return text;
    recto_buf_clear(buf);
    const char *from = text;
    for (; p < end; p++) {
        const uint8_t first = (uint8_t)*p;
        /* the first bytes of all the newer marks */
        if (first != 0xDF && first != 0xE0 && first != 0xE1 && first != 0xEA && first != 0xF0)
            continue;
        const char *next = p;
        if (!is_newer_mark(recto_utf8_next(&next, end)))
            continue;
        recto_utf8_nfc(buf, from, (size_t)(p - from));
        recto_buf_add(buf, p, (size_t)(next - p));
        from = next;
        p = next - 1;
    }
    recto_utf8_nfc(buf, from, (size_t)(end - from));
    *len = buf->len;
    return recto_buf_cstr(buf);
}

/* --- encoding -----------------------------------------------------------------------------------
 */

recto_status recto_tokenizer_emit(recto_tokenizer_work *w, int32_t id, recto_error *err)
{
    if (*w->n == *w->cap) {
        const size_t cap = *w->cap < 64 ? 64 : *w->cap * 2;
        int32_t *more = cap > SIZE_MAX / sizeof *more ? NULL : realloc(*w->ids, cap * sizeof *more);
        if (more == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        *w->ids = more;
        *w->cap = cap;
    }
    (*w->ids)[(*w->n)++] = id;
    return RECTO_OK;
}

typedef recto_status step(recto_tokenizer_work *w, const char *text, size_t len, recto_error *err);

/* Text in its final form: cut into words, merge each. */
static recto_status encode_words(recto_tokenizer_work *w, const char *text, size_t len,
                                 recto_error *err)
{
    recto_status status = RECTO_OK;
    for (size_t at = 0, n = 0; at < len && status == RECTO_OK; at += n) {
        status = recto_split_next(&n, w->t->split, w->match, text, len, at, err);
        if (status == RECTO_OK)
            status = recto_tokenizer_merge(w, text + at, n, err);
    }
    return status;
}

/* Added tokens to ids, what lies between them to the next step. */
static recto_status encode_around(recto_tokenizer_work *w, const recto_needles *needles, step *rest,
                                  const char *text, size_t len, recto_error *err)
{
    const char *end = text + len;
    recto_status status = RECTO_OK;
    for (const char *p = text; needles->n > 0 && p < end && status == RECTO_OK;) {
        size_t n;
        const int32_t id = recto_tokenizer_added_at(w->t, needles, p, end, &n);
        if (id < 0) {
            p++;
            continue;
        }
        status = rest(w, text, (size_t)(p - text), err);
        if (status == RECTO_OK)
            status = recto_tokenizer_emit(w, id, err);
        text = p += n;
    }
    return status == RECTO_OK ? rest(w, text, (size_t)(end - text), err) : status;
}

static recto_status encode_plain(recto_tokenizer_work *w, const char *text, size_t len,
                                 recto_error *err)
{
    if (len == 0)
        return RECTO_OK;
    text = normalize(&w->normal, text, &len);
    const recto_status status = recto_buf_status(&w->normal, err);
    if (status != RECTO_OK)
        return status;
    if (!w->added)
        return encode_words(w, text, len, err);
    return encode_around(w, &w->t->normal, encode_words, text, len, err);
}

recto_status recto_tokenizer_encode(int32_t **ids, size_t *n, size_t *cap, const recto_tokenizer *t,
                                    const char *text, size_t len, bool added, recto_error *err)
{
    if (len > INT32_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tokenizer: a text of over 2^31 bytes");
    const size_t n_before = *n;
    recto_tokenizer_work w = {.t = t, .added = added, .ids = ids, .n = n, .cap = cap};
    recto_buf repaired = RECTO_BUF_INIT;
    if (recto_utf8_valid(text, len) != len) {
        recto_utf8_repair(&repaired, text, len);
        text = recto_buf_cstr(&repaired);
        len = repaired.len;
    }
    recto_status status = recto_buf_status(&repaired, err);
    w.match = recto_split_scratch(t->split);
    if (status == RECTO_OK && w.match == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (status == RECTO_OK)
        status = added ? encode_around(&w, &t->raw, encode_plain, text, len, err)
                       : encode_plain(&w, text, len, err);
    if (status != RECTO_OK)
        *n = n_before;
    recto_split_scratch_free(w.match);
    recto_buf_free(&repaired);
    recto_buf_free(&w.normal);
    free(w.symbols);
    free(w.heap);
    return status;
}

void recto_tokenizer_decode(recto_buf *out, const recto_tokenizer *t, const int32_t *ids, size_t n,
                            bool special)
{
    for (size_t i = 0; i < n; i++) {
        if (recto_tokenizer_is_special(t, ids[i]) && !special)
            continue;
        size_t len;
        const char *bytes = recto_tokenizer_token(t, ids[i], &len);
        if (bytes != NULL)
            recto_buf_add(out, bytes, len);
    }
}
