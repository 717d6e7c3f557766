#include "kernels/cpu_team.h"

/* libgomp; its header is not there under clang, which builds without OpenMP for fuzzing */
void omp_set_num_threads(int n);
int omp_get_thread_num(void);

void recto_cpu_team_set(int n_threads)
{
    omp_set_num_threads(n_threads);
}

void recto_cpu_team_run(int n_threads, int n, recto_cpu_team_piece *piece, void *work)
{
    if (n_threads <= 1 || n <= 1) {
        for (int i = 0; i < n; i++)
            piece(work, i, 0);
        return;
    }
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 1)
    for (int i = 0; i < n; i++)
        piece(work, i, omp_get_thread_num());
}
