/* What a decoder does to one row at a time, one set of functions for each kind of CPU; all are
 * cpu_rows_kernel.h, compiled for it. */
#ifndef RECTO_KERNELS_CPU_ROWS_H
#define RECTO_KERNELS_CPU_ROWS_H

#include <stddef.h>

typedef struct recto_cpu_rows {
    /* y[dim] = rms norm of x[dim]; y may be x. */
    void (*rms)(float *y, const float *x, const float *gain, float eps, int dim);
    /* Turn heads[d], half of them by c[d/2] and s[d/2], after an rms norm if gain is not NULL. */
    void (*turn)(float *heads, int n_heads, int d, const float *gain, float eps, const float *c,
                 const float *s);
    /* y[dim] = silu(gu[dim]) * gu[dim...] */
    void (*gate)(float *y, const float *gu, int dim);
} recto_cpu_rows;

extern const recto_cpu_rows recto_cpu_avx512_rows;
extern const recto_cpu_rows recto_cpu_avx2_rows;
extern const recto_cpu_rows recto_cpu_plain_rows;

#endif
