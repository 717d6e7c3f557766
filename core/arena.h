/* Arena: memory by lifetime.  Allocate many, free at once (reset to a mark, or close).
 *
 * Blocks grow geometrically; recto_arena_reset keeps the largest so that a page loop stops
 * allocating after the first pages.  Not thread-safe: one arena per worker. */
#ifndef RECTO_CORE_ARENA_H
#define RECTO_CORE_ARENA_H

#include "core/status.h"
#include <stddef.h>

typedef struct recto_arena recto_arena;
typedef struct recto_arena_mark {
    void *block;
    size_t used;
} recto_arena_mark;

/**
 * New arena.  first_size bytes for the first block (0 = 64 KiB), limit_size bytes in all
 * (0 = no limit; allocations beyond it return NULL).  NULL if out of memory.  Free with
 * recto_arena_free.
 */
recto_arena *recto_arena_new(size_t first_size, size_t limit_size);

/** Free the arena and all it holds; NULL is a no-op. */
void recto_arena_free(recto_arena *a);

/** size zeroed bytes aligned for any type; NULL if out of memory or over the limit.  size 0 gives a
 * valid pointer. */
void *recto_arena_alloc(recto_arena *a, size_t size);

/** n * size zeroed bytes; NULL also when the product overflows. */
void *recto_arena_array(recto_arena *a, size_t n, size_t size);

/** Grow an array of n_old items to n_new (in place when it was the last allocation, else a copy).
 */
void *recto_arena_grow(recto_arena *a, void *old, size_t n_old, size_t n_new, size_t size);

/** Copy of len bytes plus a terminating NUL; NULL if out of memory. */
char *recto_arena_text(recto_arena *a, const char *text, size_t len);

/** Remember the present fill; recto_arena_reset(a, mark) frees all that came after. */
recto_arena_mark recto_arena_here(const recto_arena *a);
void recto_arena_reset(recto_arena *a, recto_arena_mark mark);

/** Free everything but keep one block for reuse. */
void recto_arena_clear(recto_arena *a);

/** Bytes handed out at present. */
size_t recto_arena_used(const recto_arena *a);

#endif
