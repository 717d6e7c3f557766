/* GGUF bytes made piece by piece, good and bad ones. */
#ifndef RECTO_TESTS_GGUF_BUILD_H
#define RECTO_TESTS_GGUF_BUILD_H

#include "core/buf.h"

#include <string.h>

/* Little endian; zeros from the ninth byte on. */
static inline void put_number(recto_buf *b, uint64_t v, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        recto_buf_char(b, (char)(uint8_t)(i < 8 ? v >> (8 * i) : 0));
}

static inline void put_text(recto_buf *b, const char *text)
{
    put_number(b, strlen(text), 8);
    recto_buf_text(b, text);
}

static inline void put_head(recto_buf *b, uint32_t version, uint64_t n_tensors, uint64_t n_keys)
{
    recto_buf_text(b, "GGUF");
    put_number(b, version, 4);
    put_number(b, n_tensors, 8);
    put_number(b, n_keys, 8);
}

/* A key whose value is a number of n_bytes. */
static inline void put_key(recto_buf *b, const char *key, uint32_t type, uint64_t v, int n_bytes)
{
    put_text(b, key);
    put_number(b, type, 4);
    put_number(b, v, n_bytes);
}

static inline void put_tensor(recto_buf *b, const char *name, int n_dims, const uint64_t *dims,
                              uint32_t type, uint64_t offset)
{
    put_text(b, name);
    put_number(b, (uint64_t)n_dims, 4);
    for (int i = 0; i < n_dims; i++)
        put_number(b, dims[i], 8);
    put_number(b, type, 4);
    put_number(b, offset, 8);
}

static inline void put_pad(recto_buf *b, size_t alignment)
{
    while (b->len % alignment != 0)
        recto_buf_char(b, '\0');
}

#endif
