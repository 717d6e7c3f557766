#include "pipeline/budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A waiting job looks for the user's wish to stop this often. */
static const long LOOK_NS = 100000000;

struct recto_budget {
    pthread_mutex_t lock;
    pthread_cond_t given;
    uint64_t total, taken;
};

recto_budget *recto_budget_new(uint64_t total_bytes)
{
    recto_budget *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->total = total_bytes;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->given, NULL);
    return b;
}

void recto_budget_free(recto_budget *b)
{
    if (b == NULL)
        return;
    pthread_cond_destroy(&b->given);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

uint64_t recto_budget_total(const recto_budget *b)
{
    return b->total;
}

/* Sleep until something was given back, or a little while. */
static void wait_a_little(recto_budget *b)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_NS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&b->given, &b->lock, &until);
}

recto_status recto_budget_take(recto_budget *b, uint64_t bytes, recto_deadline *deadline,
                               recto_error *err)
{
    if (b == NULL)
        return RECTO_OK;
    if (bytes > b->total)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "it needs %.0f MB of memory, over --max-memory for pages (%.0f MB)",
                               (double)bytes * 1e-6, (double)b->total * 1e-6);
    double from = recto_clock_s();
    bool stopped = false;
    pthread_mutex_lock(&b->lock);
    while (b->total - b->taken < bytes && !stopped) {
        wait_a_little(b);
        stopped = deadline != NULL && deadline->stop != NULL && deadline->stop(deadline->user);
    }
    if (!stopped)
        b->taken += bytes;
    pthread_mutex_unlock(&b->lock);
    if (stopped)
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    double waited = recto_clock_s() - from;
    if (deadline != NULL && deadline->page_s > 0)
        deadline->page_s += waited;
    if (deadline != NULL && deadline->document_s > 0)
        deadline->document_s += waited;
    return RECTO_OK;
}

void recto_budget_give(recto_budget *b, uint64_t bytes)
{
    if (b == NULL)
        return;
    pthread_mutex_lock(&b->lock);
    b->taken -= bytes;
    pthread_cond_broadcast(&b->given);
    pthread_mutex_unlock(&b->lock);
}
