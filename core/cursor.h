/* Bounds-checked reader over untrusted bytes.  The first error sticks and keeps its offset; reads
 * after it return 0, so that a parser can read a whole header and check once. */
#ifndef RECTO_CORE_CURSOR_H
#define RECTO_CORE_CURSOR_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct recto_cursor {
    const uint8_t *base;
    size_t size;
    size_t pos;
    bool failed;
    size_t fail_pos; /* offset of the first bad read */
} recto_cursor;

recto_cursor recto_cursor_over(const void *bytes, size_t size);
uint8_t recto_cursor_u8(recto_cursor *c);
uint16_t recto_cursor_u16le(recto_cursor *c);
uint16_t recto_cursor_u16be(recto_cursor *c);
uint32_t recto_cursor_u32le(recto_cursor *c);
uint32_t recto_cursor_u32be(recto_cursor *c);
uint64_t recto_cursor_u64le(recto_cursor *c);
/** Borrowed pointer to the next n bytes and step over them; NULL and failed if they are not there.
 */
const uint8_t *recto_cursor_bytes(recto_cursor *c, size_t n);
void recto_cursor_skip(recto_cursor *c, size_t n);
void recto_cursor_seek(recto_cursor *c, size_t pos);
/** RECTO_OK, or FORMAT "WHAT: truncated at byte N". */
RECTO_MUST_CHECK recto_status recto_cursor_status(const recto_cursor *c, const char *what,
                                                  recto_error *err);

/* Overflow-checked sizes: false when the result does not fit. */
bool recto_size_mul(size_t *out, size_t a, size_t b);
bool recto_size_add(size_t *out, size_t a, size_t b);

#endif
