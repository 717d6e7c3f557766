/* Speed of widening stored numbers to float32, in one thread: best user time of several runs.
 *   bench_dtype [MIB=64]    MIB: of float32 a run makes; under 1 stays in the caches */
#include "kernels/dtype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 9 };

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    const double mib = argc > 1 ? atof(argv[1]) : 64;
    const size_t n = (size_t)(mib * 1024) * 256; /* a multiple of every block */
    float *dst = malloc(n * sizeof *dst);
    uint8_t *src = malloc(n * sizeof *dst);
    if (n == 0 || dst == NULL || src == NULL)
        return 1;
    memset(dst, 0, n * sizeof *dst);
    for (size_t i = 0; i < n * sizeof *dst; i++)
        src[i] = (uint8_t)(i * 2654435761u >> 13);
    for (int t = RECTO_DTYPE_F32; t <= RECTO_DTYPE_Q6_K; t++) {
        double best = 0;
        if (!recto_dtype_widen(dst, src, (recto_dtype)t, 0))
            continue;
        for (int run = 0; run < RUNS; run++) {
            double from = cpu_seconds();
            recto_dtype_widen(dst, src, (recto_dtype)t, n);
            double seconds = cpu_seconds() - from;
            best = run == 0 || seconds < best ? seconds : best;
        }
        printf("%-5s %6.2f G numbers/s\n", recto_dtype_name((recto_dtype)t),
               (double)n / best * 1e-9);
    }
    free(dst);
    free(src);
    return 0;
}
