/* The search for added tokens: leftmost, then longest, as in the reference.
 *
 * The needles are sorted by their bytes, so those that share a beginning lie side by side: one byte
 * of text after the other narrows the span by bisection.  Few texts hold a first byte at all, and a
 * needle is at most RECTO_TOKENIZER_ADDED_BYTES_MAX long, which bounds the work at each place. */
#include "text/tokenizer_parts.h"

#include <string.h>

static int compare(const recto_tokenizer *t, recto_token a, recto_token b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int order = memcmp(recto_tokenizer_bytes(t, a), recto_tokenizer_bytes(t, b), n);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Let the item at root sink in a heap of n with the greatest on top. */
static void sink(const recto_tokenizer *t, recto_needle *list, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && compare(t, list[child].bytes, list[child + 1].bytes) < 0)
            child++;
        if (compare(t, list[root].bytes, list[child].bytes) >= 0)
            return;
        const recto_needle item = list[root];
        list[root] = list[child];
        list[child] = item;
    }
}

bool recto_tokenizer_added_settle(const recto_tokenizer *t, recto_needles *needles)
{
    /* heap sort: qsort cannot be told where the pool is */
    const size_t n = (size_t)needles->n;
    for (size_t i = n / 2; i-- > 0;)
        sink(t, needles->list, i, n);
    for (size_t i = n; i-- > 1;) {
        const recto_needle item = needles->list[0];
        needles->list[0] = needles->list[i];
        needles->list[i] = item;
        sink(t, needles->list, 0, i);
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && compare(t, needles->list[i - 1].bytes, needles->list[i].bytes) == 0)
            return false;
        needles->first[(uint8_t)*recto_tokenizer_bytes(t, needles->list[i].bytes)] = true;
    }
    return true;
}

/* First needle in [low, high), all equal up to byte `depth`, whose byte there is c or more. */
static int bound(const recto_tokenizer *t, const recto_needles *needles, int low, int high,
                 size_t depth, unsigned c)
{
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const recto_token bytes = needles->list[middle].bytes;
        if (bytes.len <= depth || (uint8_t)recto_tokenizer_bytes(t, bytes)[depth] < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t recto_tokenizer_added_at(const recto_tokenizer *t, const recto_needles *needles,
                                 const char *text, const char *end, size_t *len_out)
{
    *len_out = 0;
    int32_t id = -1;
    if (!needles->first[(uint8_t)*text])
        return id;
    int low = 0;
    int high = needles->n;
    for (size_t depth = 0; depth < (size_t)(end - text) && low < high; depth++) {
        const unsigned c = (uint8_t)text[depth];
        low = bound(t, needles, low, high, depth, c);
        high = bound(t, needles, low, high, depth, c + 1);
        if (low < high && needles->list[low].bytes.len == depth + 1) {
            id = needles->list[low].id;
            *len_out = depth + 1;
        }
    }
    return id;
}
