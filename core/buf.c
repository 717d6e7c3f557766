/* Growable byte buffer with a sticky failure. */
#include "core/buf.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void recto_buf_free(recto_buf *b)
{
    if (b == NULL)
        return;
    free(b->data);
    *b = (recto_buf)RECTO_BUF_INIT;
}

void recto_buf_clear(recto_buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

/* Room for len more bytes and the NUL. */
static bool reserve(recto_buf *b, size_t len)
{
    if (b->failed)
        return false;
    if (b->data != NULL && len < b->cap - b->len)
        return true;
    size_t need = b->len + len + 1;
    size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
    if (need <= b->len) {
        b->failed = true;
        return false;
    }
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *data = realloc(b->data, cap);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void recto_buf_add(recto_buf *b, const void *bytes, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void recto_buf_text(recto_buf *b, const char *text)
{
    recto_buf_add(b, text, strlen(text));
}

void recto_buf_char(recto_buf *b, char c)
{
    recto_buf_add(b, &c, 1);
}

void recto_buf_utf8(recto_buf *b, uint32_t code_point)
{
    char bytes[4];
    int n = recto_utf8_put(bytes, code_point);
    recto_buf_add(b, bytes, (size_t)n);
}

void recto_buf_printf(recto_buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!reserve(b, (size_t)n))
        return;
    va_start(args, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, args);
    va_end(args);
    b->len += (size_t)n;
}

const char *recto_buf_cstr(const recto_buf *b)
{
    return b->data == NULL ? "" : b->data;
}

recto_status recto_buf_status(const recto_buf *b, recto_error *err)
{
    if (b->failed)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory while writing text");
    return RECTO_OK;
}
