/* What the CPU back ends share: their threads, and the operations that are the same for all. */
#ifndef RECTO_KERNELS_CPU_BASE_H
#define RECTO_KERNELS_CPU_BASE_H

#include "kernels/backend.h"

/* The first member of a CPU back end's handle. */
typedef struct recto_cpu_base {
    recto_backend be; /* first: a recto_backend * is a recto_cpu_base * */
    int n_threads;
    bool bf16; /* cached attention multiplies bfloat16 */
} recto_cpu_base;

/* Scratch memory that grows to what was ever needed. */
typedef struct recto_cpu_base_room {
    void *p;    /* free() it */
    size_t cap; /* bytes */
} recto_cpu_base_room;

/** n bytes, 64-aligned, contents lost when it grows; NULL if out of memory. */
void *recto_cpu_base_reserve(recto_cpu_base_room *room, size_t n);

/** Set the functions that a decoder needs, and matrix_new through linear_new. */
void recto_cpu_base_init(recto_cpu_base *base, int n_threads, bool bf16);

#endif
