/* Growable byte buffer for output text.  The first failure sticks (out of memory or over the
 * limit): appends after it do nothing, so that writers check once at the end.  Always
 * NUL-terminated. */
#ifndef RECTO_CORE_BUF_H
#define RECTO_CORE_BUF_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct recto_buf {
    char *data; /* NUL-terminated, or NULL when empty and never written */
    size_t len;
    size_t cap;
    bool failed; /* an append could not be done */
} recto_buf;

#define RECTO_BUF_INIT                                                                             \
    {                                                                                              \
        0                                                                                          \
    }

void recto_buf_free(recto_buf *b);  /* frees the bytes and zeroes the struct; NULL is a no-op */
void recto_buf_clear(recto_buf *b); /* length 0, keeps the room and clears `failed` */
void recto_buf_add(recto_buf *b, const void *bytes, size_t len);
void recto_buf_text(recto_buf *b, const char *text); /* NUL-terminated */
void recto_buf_char(recto_buf *b, char c);
void recto_buf_utf8(recto_buf *b, uint32_t code_point);
void recto_buf_printf(recto_buf *b, const char *fmt, ...) RECTO_PRINTF(2, 3);
/** The text, never NULL ("" when empty). */
const char *recto_buf_cstr(const recto_buf *b);
RECTO_MUST_CHECK recto_status recto_buf_status(const recto_buf *b, recto_error *err);

#endif
