/* Any bytes through the cleaning and the escapes: what comes out is valid, without dropped
 * characters, and cleaning it again changes nothing. */
#include "core/utf8.h"
#include "text/escape.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
    if (!truth)
        abort();
}

static void demand_clean(const char *text, bool lines)
{
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        const char *from = p;
        uint32_t cp = recto_utf8_next(&p, end);
        demand(cp != RECTO_UTF8_REPLACEMENT || p - from == 3);
        demand(!recto_utf8_is_dropped(cp));
        demand(!recto_utf8_is_space(cp) || cp == ' ' || (lines && cp == '\n'));
    }
}

/* The last byte of a tag's beginning must not be left in what a parser sees. */
static void demand_no_tags(const char *text)
{
    for (const char *p = strchr(text, '<'); p != NULL; p = strchr(p + 1, '<'))
        demand(p[1] == '\0' || strchr(" =0123456789", p[1]) != NULL);
}

static void check_escapes(const char *text)
{
    recto_buf out = RECTO_BUF_INIT;
    recto_buf scratch = RECTO_BUF_INIT;
    for (unsigned where = 0; where < 8; where++) {
        recto_buf_clear(&out);
        recto_escape_markdown(&out, text, where);
        demand_clean(recto_buf_cstr(&out), false);
        demand_no_tags(recto_buf_cstr(&out));
    }
    recto_buf_clear(&out);
    recto_escape_html(&out, text);
    demand(strpbrk(recto_buf_cstr(&out), "<>\"") == NULL);
    const char *lines = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_LINES);
    demand_clean(lines, true);
    recto_buf_free(&out);
    recto_buf_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_arena *a = recto_arena_new(0, 0);
    char *raw = a == NULL ? NULL : recto_arena_text(a, (const char *)data, size);
    if (raw != NULL) {
        char *clean = recto_utf8_clean(a, raw, size);
        demand(clean != NULL);
        demand_clean(clean, false);
        demand(recto_utf8_count(clean, strlen(clean)) <= size);
        char *again = recto_utf8_clean(a, clean, strlen(clean));
        demand(again != NULL && strcmp(clean, again) == 0);
        if (recto_utf8_is_clean(raw, size))
            demand(strlen(clean) == size && memcmp(raw, clean, size) == 0);
        check_escapes(raw);
        check_escapes(clean);
    }
    recto_arena_free(a);
    return 0;
}
