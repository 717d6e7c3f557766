/* The kernels of attention over packed keys and values (cpu_attention.c), one set for each kind of
 * CPU and number; all are cpu_flash_kernel.h, compiled for it.
 *
 * Numbers are grouped in steps of 4 bytes: one float32, or two bfloat16.  For one head of d numbers
 * (D: d rounded up to 16, the rest zeros):
 *
 *   keys    [positions / 16][D as steps][16]    step i of 16 tokens side by side
 *   values  [positions as steps][D]             for bfloat16, two tokens' numbers side by side
 *
 * so that a row of keys meets either 16 queries in the lanes (the key's step broadcast) or one
 * query (the query's step broadcast), with the same sums in the same order: a query's result is the
 * same to the bit however many come with it. */
#ifndef RECTO_KERNELS_CPU_FLASH_H
#define RECTO_KERNELS_CPU_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RECTO_CPU_FLASH_KEYS = 16,   /* positions of a block of keys */
    RECTO_CPU_FLASH_ROWS = 48,   /* most queries of a block */
    RECTO_CPU_FLASH_CHUNK = 128, /* keys between two rescalings */
};

/* Rows of queries that share one head's keys and values.  Row r is of token r / sharing. */
typedef struct recto_cpu_flash_rows {
    const float *q; /* row r: q + r / sharing * q_stride + r % sharing * d */
    float *y;       /* likewise with y_stride */
    size_t q_stride, y_stride;
    int d, sharing, n_rows;
    int seen;    /* keys that the first token sees */
    bool causal; /* each further token sees one more */
    const uint32_t *k, *v;
} recto_cpu_flash_rows;

typedef struct recto_cpu_flash {
    int per_step; /* numbers in a step: 1 or 2 */
    int lanes;    /* rows that block() takes at most, <= RECTO_CPU_FLASH_ROWS */
    /* Store tokens pos.. of one head: rows `stride` numbers apart. */
    void (*put)(uint32_t *k, uint32_t *v, int d, int pos, const float *kx, const float *vx,
                size_t stride, int n);
    /* Attend; room: recto_cpu_flash_room(d) bytes, 64-aligned.  few() reads keys and values once
     * for each token: for one or two tokens. */
    void (*block)(const recto_cpu_flash_rows *r, void *room);
    void (*few)(const recto_cpu_flash_rows *r, void *room);
} recto_cpu_flash;

/* d rounded up. */
static inline size_t recto_cpu_flash_width(int d)
{
    return ((size_t)d + 15) / 16 * 16;
}

/* Steps of one head's keys, and of its values, for n positions. */
static inline size_t recto_cpu_flash_steps(const recto_cpu_flash *f, int d, size_t n)
{
    const size_t blocks = (n + RECTO_CPU_FLASH_KEYS - 1) / RECTO_CPU_FLASH_KEYS;
    return blocks * RECTO_CPU_FLASH_KEYS * recto_cpu_flash_width(d) / (size_t)f->per_step;
}

/* Bytes of scratch for block() and few(): queries, scores, results. */
static inline size_t recto_cpu_flash_room(int d)
{
    return 4 * RECTO_CPU_FLASH_ROWS * (2 * recto_cpu_flash_width(d) + RECTO_CPU_FLASH_CHUNK);
}

extern const recto_cpu_flash recto_cpu_avx512_flash_bf16;
extern const recto_cpu_flash recto_cpu_avx512_flash_f32;
extern const recto_cpu_flash recto_cpu_avx2_flash_f32;
extern const recto_cpu_flash recto_cpu_plain_flash;

#endif
