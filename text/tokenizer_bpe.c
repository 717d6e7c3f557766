/* Merging one word: the pair of lowest rank first, among equals the leftmost, until none is left.
 *
 * The symbols are a linked list and the pairs that can merge wait in a heap; a pair that has
 * changed since it was put there is skipped when it comes up.  Each merge takes away one symbol and
 * adds at most two pairs for the one taken, so a word of n bytes takes O(n log n) and the heap
 * never holds more than 2n. */
#include "text/tokenizer_parts.h"

#include <stdlib.h>

static const recto_merge *find(const recto_tokenizer *t, int32_t left, int32_t right)
{
    const uint64_t pair = recto_tokenizer_pair(left, right);
    const size_t mask = ((size_t)1 << t->merge_bits) - 1;
    for (size_t i = recto_tokenizer_pair_slot(t, pair);; i = (i + 1) & mask) {
        const recto_merge *m = &t->merges[i];
        if (m->pair == pair)
            return m;
        if (m->pair == UINT64_MAX)
            return NULL;
    }
}

static bool before(const recto_candidate *a, const recto_candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void push(recto_candidate *heap, size_t *n, recto_candidate c)
{
    size_t i = (*n)++;
    while (i > 0 && before(&c, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = c;
}

static recto_candidate pop(recto_candidate *heap, size_t *n)
{
    const recto_candidate top = heap[0];
    const recto_candidate last = heap[--*n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < *n; i = child) {
        if (child + 1 < *n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &last))
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return top;
}

/* Put the pair that begins at symbol `at` on the heap if it can merge. */
static void consider(recto_tokenizer_work *w, size_t *n_heap, int32_t at)
{
    if (at < 0 || w->symbols[at].next < 0)
        return;
    const int32_t left = w->symbols[at].id;
    const int32_t right = w->symbols[w->symbols[at].next].id;
    const recto_merge *m = find(w->t, left, right);
    if (m == NULL || (!w->added && (w->t->flags[m->id] & RECTO_TOKEN_ADDED) != 0))
        return;
    push(w->heap, n_heap, (recto_candidate){m->rank, at, left, right, m->id});
}

static recto_status reserve(recto_tokenizer_work *w, size_t len, recto_error *err)
{
    if (len <= w->symbols_cap)
        return RECTO_OK;
    if (len > INT32_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tokenizer: a word of over 2^31 bytes");
    const size_t cap = len < 256 ? 256 : len;
    free(w->symbols);
    free(w->heap);
    w->symbols = calloc(cap, sizeof *w->symbols);
    w->heap = calloc(cap, 2 * sizeof *w->heap);
    w->symbols_cap = w->symbols != NULL && w->heap != NULL ? cap : 0;
    return w->symbols_cap > 0 ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

recto_status recto_tokenizer_merge(recto_tokenizer_work *w, const char *word, size_t len,
                                   recto_error *err)
{
    recto_status status = reserve(w, len, err);
    if (status != RECTO_OK)
        return status;
    const int32_t n = (int32_t)len;
    recto_symbol *symbols = w->symbols;
    for (int32_t i = 0; i < n; i++)
        symbols[i] = (recto_symbol){w->t->byte_id[(uint8_t)word[i]], i - 1, i + 1 < n ? i + 1 : -1};
    size_t n_heap = 0;
    for (int32_t i = 0; i < n; i++)
        consider(w, &n_heap, i);
    while (n_heap > 0) {
        const recto_candidate c = pop(w->heap, &n_heap);
        recto_symbol *left = &symbols[c.at];
        if (left->id != c.left || left->next < 0 || symbols[left->next].id != c.right)
            continue;
        recto_symbol *right = &symbols[left->next];
        left->id = c.id;
        left->next = right->next;
        if (right->next >= 0)
            symbols[right->next].prev = c.at;
        right->id = -1; /* gone: candidates that begin there are stale */
        consider(w, &n_heap, left->prev);
        consider(w, &n_heap, c.at);
    }
    for (int32_t i = 0; i >= 0 && status == RECTO_OK; i = symbols[i].next)
        status = recto_tokenizer_emit(w, symbols[i].id, err);
    return status;
}
