#include "kernels/cpu_pack.h"
#include "kernels/cpu_avx512_rows.h"
#include "kernels/cpu_team.h"
#include "kernels/matrix.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16 }; /* transposed together; as floats they fit the second cache */

typedef struct packing {
    const recto_matrix *m;
    const recto_cpu_pack_form *form;
    uint32_t *to;
    float *rows;     /* [threads][ROWS][K] */
    uint32_t *steps; /* [threads][ROWS][n_steps] */
    atomic_bool broken;
} packing;

/* Rows first..first + ROWS - 1 of the matrix as steps; zeros where it has none. */
static bool read_rows(const packing *p, float *rows, uint32_t *steps, int first)
{
    const recto_cpu_pack_form *f = p->form;
    const size_t K = (size_t)f->n_in;
    const size_t n_steps = (size_t)f->n_steps;
    const int n = f->n_out - first < ROWS ? f->n_out - first : ROWS;

    memset(steps, 0, ROWS * n_steps * sizeof *steps);
    if (n <= 0)
        return true;
    if (!recto_matrix_rows(rows, p->m, K, (size_t)first, (size_t)n))
        return false;
    for (int r = 0; r < n; r++) {
        uint32_t *to = steps + (size_t)r * n_steps;
        if (f->bf16)
            recto_cpu_avx512_to_bf16((uint16_t *)(void *)to, rows + (size_t)r * K, f->n_in);
        else
            memcpy(to, rows + (size_t)r * K, K * sizeof *rows);
    }
    return true;
}

static void pack_block(void *work, int i, int thread)
{
    packing *p = work;
    const recto_cpu_pack_form *f = p->form;
    const size_t n_steps = (size_t)f->n_steps;
    const size_t block = (size_t)f->block;
    float *rows = p->rows + (size_t)thread * ROWS * (size_t)f->n_in;
    uint32_t *steps = p->steps + (size_t)thread * ROWS * n_steps;
    uint32_t *to = p->to + (size_t)i * n_steps * block;

    for (size_t at = 0; at < block; at += ROWS) {
        if (!read_rows(p, rows, steps, i * f->block + (int)at)) {
            atomic_store(&p->broken, true);
            return;
        }
        recto_cpu_avx512_columns(to + at, block, steps, n_steps);
    }
}

recto_status recto_cpu_pack(uint32_t *to, const recto_matrix *m, const recto_cpu_pack_form *form,
                            int n_threads, recto_error *err)
{
    const size_t threads = (size_t)n_threads;
    packing p = {.m = m, .form = form, .to = to};
    recto_status status = RECTO_OK;

    atomic_init(&p.broken, false);
    p.rows = calloc(threads * ROWS * (size_t)form->n_in, sizeof *p.rows);
    p.steps = calloc(threads * ROWS * (size_t)form->n_steps, sizeof *p.steps);
    if (p.rows == NULL || p.steps == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
    else
        recto_cpu_team_run(n_threads, (form->n_out + form->block - 1) / form->block, pack_block,
                           &p);
    if (atomic_load(&p.broken))
        status = recto_matrix_unsupported(m, err);
    free(p.rows);
    free(p.steps);
    return status;
}
