/* One team of threads for the own kernels of the large back ends: oneDNN's, which is libgomp's. */
#ifndef RECTO_KERNELS_CPU_TEAM_H
#define RECTO_KERNELS_CPU_TEAM_H

/* Piece `i` of some work; `thread` says whose scratch memory to use, 0..n_threads-1. */
typedef void recto_cpu_team_piece(void *work, int i, int thread);

/**
 * Do n pieces of work, on up to n_threads threads.  What a piece computes must not depend on which
 * thread does it or when.  One thread, or one piece: nothing is started.
 */
void recto_cpu_team_run(int n_threads, int n, recto_cpu_team_piece *piece, void *work);
/** The number of threads of what oneDNN does next for the calling thread. */
void recto_cpu_team_set(int n_threads);

#endif
