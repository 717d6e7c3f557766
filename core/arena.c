/* Arena: a stack of blocks, newest on top.  Each new block is twice as large as the one before it;
 * the largest block given back by a reset waits as the spare, so a page loop settles on it.
 *
 * Under AddressSanitizer the unused part of a block is poisoned and 16 bytes stay poisoned between
 * neighbours, so that an overrun inside the arena is seen as one of malloc's would be. */
#include "core/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_GUARD 16
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARD 16
#endif
#ifdef ARENA_GUARD
#include <sanitizer/asan_interface.h>
#define ARENA_POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define ARENA_UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define ARENA_GUARD          0
#define ARENA_POISON(p, n)   ((void)(p), (void)(n))
#define ARENA_UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ARENA_ALIGN = alignof(max_align_t), ARENA_FIRST = 64 << 10, ARENA_LARGEST = 64 << 20 };

typedef struct block {
    struct block *older;
    size_t cap;      /* bytes in data */
    size_t used;     /* of data */
    size_t used_old; /* bytes handed out by all older blocks */
    alignas(max_align_t) unsigned char data[];
} block;

struct recto_arena {
    block *top;   /* NULL before the first allocation */
    block *spare; /* empty block kept for reuse, or NULL */
    size_t first_size;
    size_t limit_size; /* 0 = none */
    void *last;        /* the newest allocation, or NULL */
    size_t last_at;    /* its offset in top->data */
};

recto_arena *recto_arena_new(size_t first_size, size_t limit_size)
{
    recto_arena *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->first_size = first_size == 0 ? ARENA_FIRST : first_size;
    a->limit_size = limit_size;
    return a;
}

static void block_free(block *b)
{
    if (b != NULL)
        ARENA_UNPOISON(b->data, b->cap);
    free(b);
}

void recto_arena_free(recto_arena *a)
{
    if (a == NULL)
        return;
    recto_arena_clear(a);
    block_free(a->spare);
    free(a);
}

size_t recto_arena_used(const recto_arena *a)
{
    return a->top == NULL ? 0 : a->top->used_old + a->top->used;
}

/* Room taken by an allocation of size bytes, 0 if that does not fit in a size_t. */
static size_t stride_of(size_t size)
{
    if (size > SIZE_MAX / 2)
        return 0;
    size_t n = size == 0 ? 1 : size;
    return (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN + ARENA_GUARD;
}

/* Put a block with room for `stride` bytes on top. */
static bool push_block(recto_arena *a, size_t stride)
{
    block *b = a->spare;
    if (b != NULL && b->cap >= stride) {
        a->spare = NULL;
    } else {
        size_t cap = a->top == NULL ? a->first_size : a->top->cap;
        if (a->top != NULL && cap < ARENA_LARGEST)
            cap *= 2;
        if (a->limit_size != 0 && cap > a->limit_size - recto_arena_used(a))
            cap = a->limit_size - recto_arena_used(a);
        if (cap < stride)
            cap = stride;
        if (cap > SIZE_MAX - sizeof *b || (b = malloc(sizeof *b + cap)) == NULL)
            return false;
        b->cap = cap;
        ARENA_POISON(b->data, b->cap);
    }
    b->used = 0;
    b->used_old = recto_arena_used(a);
    b->older = a->top;
    a->top = b;
    return true;
}

void *recto_arena_alloc(recto_arena *a, size_t size)
{
    size_t stride = stride_of(size);
    if (stride == 0)
        return NULL;
    if (a->limit_size != 0 && stride > a->limit_size - recto_arena_used(a))
        return NULL;
    if ((a->top == NULL || stride > a->top->cap - a->top->used) && !push_block(a, stride))
        return NULL;
    unsigned char *p = a->top->data + a->top->used;
    a->last = p;
    a->last_at = a->top->used;
    a->top->used += stride;
    ARENA_UNPOISON(p, size == 0 ? 1 : size);
    memset(p, 0, size == 0 ? 1 : size);
    return p;
}

void *recto_arena_array(recto_arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    return recto_arena_alloc(a, n * size);
}

/* Make the newest allocation larger where it is. */
static bool grow_last(recto_arena *a, size_t old_size, size_t new_size)
{
    size_t stride = stride_of(new_size);
    if (stride == 0 || stride > a->top->cap - a->last_at)
        return false;
    size_t used = a->top->used_old + a->last_at;
    if (a->limit_size != 0 && stride > a->limit_size - used)
        return false;
    unsigned char *p = a->last;
    a->top->used = a->last_at + stride;
    ARENA_UNPOISON(p, new_size);
    memset(p + old_size, 0, new_size - old_size);
    return true;
}

void *recto_arena_grow(recto_arena *a, void *old, size_t n_old, size_t n_new, size_t size)
{
    if (old == NULL)
        return recto_arena_array(a, n_new, size);
    if (n_new <= n_old)
        return old;
    if (size != 0 && n_new > SIZE_MAX / size)
        return NULL;
    if (old == a->last && a->top != NULL && grow_last(a, n_old * size, n_new * size))
        return old;
    void *p = recto_arena_alloc(a, n_new * size);
    if (p != NULL && n_old * size > 0)
        memcpy(p, old, n_old * size);
    return p;
}

char *recto_arena_text(recto_arena *a, const char *text, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *p = recto_arena_alloc(a, len + 1);
    if (p != NULL && len > 0)
        memcpy(p, text, len);
    return p;
}

recto_arena_mark recto_arena_here(const recto_arena *a)
{
    return (recto_arena_mark){.block = a->top, .used = a->top == NULL ? 0 : a->top->used};
}

void recto_arena_reset(recto_arena *a, recto_arena_mark mark)
{
    while (a->top != NULL && (void *)a->top != mark.block) {
        block *b = a->top;
        a->top = b->older;
        ARENA_POISON(b->data, b->cap);
        if (a->spare == NULL || b->cap > a->spare->cap) {
            block_free(a->spare);
            a->spare = b;
        } else {
            block_free(b);
        }
    }
    if (a->top != NULL) {
        ARENA_POISON(a->top->data + mark.used, a->top->cap - mark.used);
        a->top->used = mark.used;
    }
    a->last = NULL;
}

void recto_arena_clear(recto_arena *a)
{
    recto_arena_reset(a, (recto_arena_mark){.block = NULL, .used = 0});
}
