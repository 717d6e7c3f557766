/* From what a user types to FTS5's language.  Everything becomes a quoted string, so that its
 * operators, columns and signs are just characters; of the user's own signs only quotation marks
 * around a phrase and a * at the end of a word or phrase mean something. */
#include "pipeline/find_parts.h"

#include "core/utf8.h"

#include <string.h>

enum { MAX_BYTES = 4096, MAX_TERMS = 64 };

/* Something in it could be a word of the index: signs are not in there, and looked for they would
 * match nothing. */
static bool has_word(const char *text, size_t len)
{
    const char *end = text + len;
    for (const char *p = text; p < end;) {
        const uint32_t cp = recto_utf8_next(&p, end);
        if (recto_utf8_is_letter(cp) || recto_utf8_is_digit(cp))
            return true;
    }
    return false;
}

static void add_term(recto_buf *out, const char *text, size_t len, bool prefix)
{
    recto_buf_text(out, out->len > 0 ? " AND \"" : "\"");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            recto_buf_char(out, '"');
        recto_buf_char(out, text[i]);
    }
    recto_buf_text(out, prefix ? "\" *" : "\"");
}

/* The next word or phrase at *p, stepped over; false at the end. */
static bool next_term(const char **text, size_t *len, bool *prefix, const char **p)
{
    const char *at = *p + strspn(*p, " \t\r\n");
    if (*at == '\0')
        return false;
    bool quoted = *at == '"';
    *text = quoted ? at + 1 : at;
    *len = strcspn(*text, quoted ? "\"" : " \t\r\n\"");
    const char *stop = *text + *len;
    if (quoted && *stop == '"')
        stop++;
    *prefix = false;
    if (quoted && *stop == '*') {
        *prefix = true;
        stop++;
    } else if (!quoted && *len > 1 && (*text)[*len - 1] == '*') {
        *prefix = true;
        --*len;
    }
    *p = stop;
    return true;
}

recto_status recto_find_query(recto_buf *out, const char *words, recto_error *err)
{
    recto_buf valid = RECTO_BUF_INIT;
    recto_buf usual = RECTO_BUF_INIT;
    const size_t size = strlen(words);
    if (size > MAX_BYTES)
        return recto_error_set(err, RECTO_ERR_ARG, "that is too long to look for: over %d bytes",
                               MAX_BYTES);
    recto_utf8_repair(&valid, words, size);
    recto_utf8_nfc(&usual, recto_buf_cstr(&valid), valid.len);
    const char *p = recto_buf_cstr(&usual);
    const char *text;
    size_t len;
    bool prefix;
    int n = 0;
    while (n <= MAX_TERMS && next_term(&text, &len, &prefix, &p)) {
        if (has_word(text, len) && ++n <= MAX_TERMS)
            add_term(out, text, len, prefix);
    }
    recto_status status = recto_buf_status(valid.failed   ? &valid
                                           : usual.failed ? &usual
                                                          : out,
                                           err);
    recto_buf_free(&valid);
    recto_buf_free(&usual);
    if (status == RECTO_OK && n == 0)
        return recto_error_set(err, RECTO_ERR_ARG, "there is no word to look for");
    if (status == RECTO_OK && n > MAX_TERMS)
        return recto_error_set(err, RECTO_ERR_ARG, "that is too much to look for: over %d words",
                               MAX_TERMS);
    return status;
}
