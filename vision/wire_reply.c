/* Replies of a parsing process, read with suspicion: what all who take them apart need. */
#include "vision/wire_reply.h"

#include "core/utf8.h"

#include <string.h>

enum { MAX_TEXT = 64 << 20 };

recto_status recto_wire_reply_nonsense(recto_source_wire_reply *reply, const char *what,
                                       recto_error *err)
{
    reply->broken = true;
    return recto_error_set(err, RECTO_ERR_CRASH, "the parser answered nonsense: %s", what);
}

recto_status recto_wire_reply_take(void *to, size_t n, recto_source_wire_reply *reply,
                                   recto_error *err)
{
    if (n > reply->size - reply->at)
        return recto_wire_reply_nonsense(reply, "it ends early", err);
    if (n == 0)
        return RECTO_OK;
    recto_status status = reply->port->read(reply->port->self, reply->at, to, n, err);
    if (status != RECTO_OK)
        reply->broken = true;
    else
        reply->at += n;
    return status;
}

bool recto_wire_reply_is_over(const recto_source_wire_reply *reply)
{
    return reply->at == reply->size;
}

bool recto_wire_reply_is_in(float v, float low, float high)
{
    return v >= low && v <= high; /* false for what is no number */
}

/* --- texts ------------------------------------------------------------------------------- */

recto_status recto_wire_reply_texts(recto_wire_texts *out, uint64_t where, uint32_t n_text,
                                    recto_source_wire_reply *reply, recto_arena *keep,
                                    recto_error *err)
{
    uint64_t before = reply->at;
    *out = (recto_wire_texts){0};
    if (where > reply->size || n_text > MAX_TEXT || n_text != reply->size - where)
        return recto_wire_reply_nonsense(reply, "its sizes do not add up", err);
    *out = (recto_wire_texts){recto_arena_alloc(keep, n_text), n_text, keep};
    if (out->at == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the text of a page");
    reply->at = where;
    recto_status status = recto_wire_reply_take(out->at, n_text, reply, err);
    reply->at = before;
    return status;
}

/* Valid, and nothing in it that cleaning takes out on purpose. */
static bool is_decent(const char *text, size_t len)
{
    const char *end = text + len;
    if (recto_utf8_valid(text, len) != len)
        return false;
    for (const char *p = text; p < end;) {
        const uint32_t cp = recto_utf8_next(&p, end);
        if (recto_utf8_is_dropped(cp) || (cp != ' ' && recto_utf8_is_space(cp)))
            return false;
    }
    return true;
}

recto_status recto_wire_reply_next(const char **out, recto_wire_texts *t, uint32_t len,
                                   recto_error *err)
{
    *out = NULL;
    if (len == 0 || len >= t->left || t->at[len] != '\0')
        return RECTO_OK;
    const char *text = t->at;
    t->at += (size_t)len + 1;
    t->left -= (size_t)len + 1;
    if (!recto_utf8_is_clean(text, len)) {
        if (!is_decent(text, len))
            return RECTO_OK;
        text = recto_utf8_clean(t->keep, text, len);
        if (text == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for a text");
        if (text[0] == '\0')
            return RECTO_OK;
    }
    *out = text;
    return RECTO_OK;
}

recto_status recto_wire_reply_optional(const char **out, bool *fits, recto_wire_texts *t,
                                       uint32_t len, recto_error *err)
{
    *out = NULL;
    *fits = true;
    if (len == RECTO_SOURCE_WIRE_NONE)
        return RECTO_OK;
    recto_status status = recto_wire_reply_next(out, t, len, err);
    *fits = *out != NULL;
    return status;
}
