/* What the CPU back ends share: their threads, and the operations that are the same for all. */
#ifndef RECTO_KERNELS_CPU_BASE_H
#define RECTO_KERNELS_CPU_BASE_H

#include "kernels/backend.h"
#include "kernels/cpu_flash.h"
#include "kernels/cpu_rows.h"

/* Scratch memory that grows to what was ever needed. */
typedef struct recto_cpu_base_room {
    void *p;    /* free() it */
    size_t cap; /* bytes */
} recto_cpu_base_room;

/** n bytes, 64-aligned, contents lost when it grows; NULL if out of memory. */
void *recto_cpu_base_reserve(recto_cpu_base_room *room, size_t n);

/* The first member of a CPU back end's handle. */
typedef struct recto_cpu_base {
    recto_backend be; /* first: a recto_backend * is a recto_cpu_base * */
    int n_threads;
    const recto_cpu_flash *flash; /* kernels of attention, and form of the cache */
    const recto_cpu_rows *rows;
    recto_cpu_base_room keys; /* for attention */
} recto_cpu_base;

/** AVX-512 as the own kernels need it: 0 no, 1 with VNNI, 2 with VNNI and BF16. */
int recto_cpu_base_avx512(void);

/**
 * Set the functions that a decoder needs, and matrix_new through linear_new.
 *
 * bf16  cached attention multiplies bfloat16; the CPU has AVX-512 BF16
 */
void recto_cpu_base_init(recto_cpu_base *base, int n_threads, bool bf16);
/** Free what init and the operations made, not the handle. */
void recto_cpu_base_end(recto_cpu_base *base);

#endif
