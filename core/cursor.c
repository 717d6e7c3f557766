/* Bounds-checked reading.  All reads go through `take`, so that there is one bounds check. */
#include "core/cursor.h"

recto_cursor recto_cursor_over(const void *bytes, size_t size)
{
    return (recto_cursor){.base = bytes, .size = bytes == NULL ? 0 : size};
}

static void fail(recto_cursor *c, size_t pos)
{
    if (!c->failed)
        c->fail_pos = pos;
    c->failed = true;
}

static const uint8_t *take(recto_cursor *c, size_t n)
{
    if (c->failed || n > c->size - c->pos) {
        fail(c, c->pos);
        return NULL;
    }
    static const uint8_t nothing[1] = {0};
    const uint8_t *p = c->base == NULL ? nothing : c->base + c->pos;
    c->pos += n;
    return p;
}

/* n <= 8 bytes as a number, least significant first. */
static uint64_t little(recto_cursor *c, size_t n)
{
    const uint8_t *p = take(c, n);
    uint64_t v = 0;
    for (size_t i = 0; p != NULL && i < n; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static uint64_t big(recto_cursor *c, size_t n)
{
    const uint8_t *p = take(c, n);
    uint64_t v = 0;
    for (size_t i = 0; p != NULL && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint8_t recto_cursor_u8(recto_cursor *c)
{
    return (uint8_t)little(c, 1);
}

uint16_t recto_cursor_u16le(recto_cursor *c)
{
    return (uint16_t)little(c, 2);
}

uint16_t recto_cursor_u16be(recto_cursor *c)
{
    return (uint16_t)big(c, 2);
}

uint32_t recto_cursor_u32le(recto_cursor *c)
{
    return (uint32_t)little(c, 4);
}

uint32_t recto_cursor_u32be(recto_cursor *c)
{
    return (uint32_t)big(c, 4);
}

uint64_t recto_cursor_u64le(recto_cursor *c)
{
    return little(c, 8);
}

const uint8_t *recto_cursor_bytes(recto_cursor *c, size_t n)
{
    return take(c, n);
}

void recto_cursor_skip(recto_cursor *c, size_t n)
{
    (void)take(c, n);
}

void recto_cursor_seek(recto_cursor *c, size_t pos)
{
    if (c->failed || pos > c->size)
        fail(c, pos);
    else
        c->pos = pos;
}

recto_status recto_cursor_status(const recto_cursor *c, const char *what, recto_error *err)
{
    if (!c->failed)
        return RECTO_OK;
    recto_error_set(err, RECTO_ERR_FORMAT, "%s: truncated at byte %zu", what, c->fail_pos);
    if (err != NULL)
        err->offset = c->fail_pos;
    return RECTO_ERR_FORMAT;
}

bool recto_size_mul(size_t *out, size_t a, size_t b)
{
    *out = 0;
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *out = a * b;
    return true;
}

bool recto_size_add(size_t *out, size_t a, size_t b)
{
    *out = 0;
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}
