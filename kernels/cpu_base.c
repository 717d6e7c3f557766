#include "kernels/cpu_base.h"
#include "kernels/cpu_attention.h"
#include "kernels/cpu_avx2.h"
#include "kernels/cpu_cache.h"
#include "kernels/cpu_team.h"
#include "kernels/matrix.h"

#include <stdlib.h>

int recto_cpu_base_avx512(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni"))
        return __builtin_cpu_supports("avx512bf16") ? 2 : 1;
#endif
    return 0;
}

void *recto_cpu_base_reserve(recto_cpu_base_room *room, size_t n)
{
    if (n > room->cap) {
        size_t cap = (n + 4095) / 4096 * 4096;
        free(room->p);
        room->p = aligned_alloc(64, cap);
        room->cap = room->p == NULL ? 0 : cap;
    }
    return room->p;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

enum {
    MANY_ROWS = 16
}; /* rows that a thread takes at a time; fewer are not worth a team's start */

/* One of the three operations on rows. */
typedef struct rows_work {
    const recto_cpu_rows *f;
    float *y;
    const float *x, *gain, *angles;
    float eps;
    size_t stride;
    int n, dim, heads, first_pos;
} rows_work;

static void rms_piece(void *work, int i, int thread)
{
    const rows_work *w = work;
    const int end = (i + 1) * MANY_ROWS < w->n ? (i + 1) * MANY_ROWS : w->n;

    (void)thread;
    for (int t = i * MANY_ROWS; t < end; t++) {
        const size_t at = (size_t)t * (size_t)w->dim;
        w->f->rms(w->y + at, w->x + at, w->gain, w->eps, w->dim);
    }
}

static void rms_norm(recto_backend *be, float *y, const float *x, const float *gain, float eps,
                     int n_tokens, int dim)
{
    const recto_cpu_base *base = (const recto_cpu_base *)be;
    rows_work w = {
        .f = base->rows, .y = y, .x = x, .gain = gain, .eps = eps, .n = n_tokens, .dim = dim};

    recto_cpu_team_run(base->n_threads, (n_tokens + MANY_ROWS - 1) / MANY_ROWS, rms_piece, &w);
}

static void turn_piece(void *work, int i, int thread)
{
    const rows_work *w = work;
    const int end = (i + 1) * MANY_ROWS < w->n ? (i + 1) * MANY_ROWS : w->n;
    const int half = w->dim / 2;
    float c[RECTO_OPS_MAX_HEAD / 2];
    float s[RECTO_OPS_MAX_HEAD / 2];

    (void)thread;
    for (int t = i * MANY_ROWS; t < end; t++) {
        const float *turn = w->angles + (size_t)(w->first_pos + t) * (size_t)w->dim;
        for (int j = 0; j < half; j++) {
            c[j] = turn[2 * j];
            s[j] = turn[2 * j + 1];
        }
        w->f->turn(w->y + (size_t)t * w->stride, w->heads, w->dim, w->gain, w->eps, c, s);
    }
}

static void rope(recto_backend *be, float *x, size_t stride, int n_tokens, int heads, int head_dim,
                 const float *gain, float eps, const float *angles, int first_pos)
{
    const recto_cpu_base *base = (const recto_cpu_base *)be;
    rows_work w = {.f = base->rows,
                   .y = x,
                   .gain = gain,
                   .angles = angles,
                   .eps = eps,
                   .stride = stride,
                   .n = n_tokens,
                   .dim = head_dim,
                   .heads = heads,
                   .first_pos = first_pos};

    recto_cpu_team_run(base->n_threads, (n_tokens + MANY_ROWS - 1) / MANY_ROWS, turn_piece, &w);
}

static void gate_piece(void *work, int i, int thread)
{
    const rows_work *w = work;
    const int end = (i + 1) * MANY_ROWS < w->n ? (i + 1) * MANY_ROWS : w->n;

    (void)thread;
    for (int t = i * MANY_ROWS; t < end; t++)
        w->f->gate(w->y + (size_t)t * (size_t)w->dim, w->x + (size_t)t * 2 * (size_t)w->dim,
                   w->dim);
}

static void gated(recto_backend *be, float *y, const float *gu, int n_tokens, int dim)
{
    const recto_cpu_base *base = (const recto_cpu_base *)be;
    rows_work w = {.f = base->rows, .y = y, .x = gu, .n = n_tokens, .dim = dim};

    recto_cpu_team_run(base->n_threads, (n_tokens + MANY_ROWS - 1) / MANY_ROWS, gate_piece, &w);
}

/* --- set up -------------------------------------------------------------------------------------
 */

static void choose_kernels(recto_cpu_base *base, bool bf16)
{
    base->flash = &recto_cpu_plain_flash;
    base->rows = &recto_cpu_plain_rows;
#if defined(__x86_64__)
    if (recto_cpu_base_avx512() >= 1) {
        base->flash = bf16 ? &recto_cpu_avx512_flash_bf16 : &recto_cpu_avx512_flash_f32;
        base->rows = &recto_cpu_avx512_rows;
    } else if (recto_cpu_avx2_is_here()) {
        base->flash = &recto_cpu_avx2_flash_f32;
        base->rows = &recto_cpu_avx2_rows;
    }
#else
    (void)bf16;
#endif
}

void recto_cpu_base_init(recto_cpu_base *base, int n_threads, bool bf16)
{
    recto_backend *be = &base->be;

    base->n_threads = n_threads;
    choose_kernels(base, bf16);
    be->matrix_new = recto_matrix_widen;
    be->rms_norm = rms_norm;
    be->rope = rope;
    be->cache_new = recto_cpu_cache_new;
    be->cache_free = recto_cpu_cache_free;
    be->cache_bytes = recto_cpu_cache_bytes;
    be->cache_put = recto_cpu_cache_put;
    be->cached_attention = recto_cpu_attention_cached;
    be->gated = gated;
}

void recto_cpu_base_end(recto_cpu_base *base)
{
    free(base->keys.p);
}
