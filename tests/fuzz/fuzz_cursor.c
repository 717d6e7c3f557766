/* A program of cursor reads taken from the bytes themselves: no read leaves the buffer, and after
 * the first failure nothing succeeds. */
#include "core/cursor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void step(recto_cursor *c, uint8_t what, size_t n)
{
    const uint8_t *p = NULL;
    switch (what % 9) {
    case 0:
        (void)recto_cursor_u8(c);
        break;
    case 1:
        (void)recto_cursor_u16le(c);
        break;
    case 2:
        (void)recto_cursor_u16be(c);
        break;
    case 3:
        (void)recto_cursor_u32le(c);
        break;
    case 4:
        (void)recto_cursor_u32be(c);
        break;
    case 5:
        (void)recto_cursor_u64le(c);
        break;
    case 6:
        recto_cursor_skip(c, n);
        break;
    case 7:
        recto_cursor_seek(c, n);
        break;
    default:
        p = recto_cursor_bytes(c, n);
        for (size_t i = 0; p != NULL && i < n; i++) {
            if (p[i] != c->base[c->pos - n + i])
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    uint8_t *exact = malloc(size); /* so that the sanitizer sees one byte too far */
    if (exact == NULL)
        return 0;
    memcpy(exact, data, size);
    recto_cursor c = recto_cursor_over(exact, size);
    for (size_t i = 0; i + 1 < size; i += 2) {
        bool failed = c.failed;
        size_t fail_pos = c.fail_pos;
        size_t n = data[i + 1] >= 250 ? SIZE_MAX - data[i] : data[i + 1];
        step(&c, data[i], n);
        if (c.pos > c.size || (failed && (!c.failed || c.fail_pos != fail_pos)))
            abort();
    }
    if ((recto_cursor_status(&c, "x", NULL) == RECTO_OK) == c.failed)
        abort();
    free(exact);
    return 0;
}
