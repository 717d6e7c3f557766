/* --watch: documents are taken as they arrive. */
#include "pipeline/batch_parts.h"
#include "pipeline/watch.h"
#include <stdlib.h>
#include <time.h>

/* How long to wait for arrivals between two looks at the jobs. */
static const double LOOK_S = 0.2;

/* While files never stop arriving, so many arrivals are taken before all is settled: what is put
 * off gets its turn, and memory ends nowhere else. */
static const size_t MOST_PLANS = 1000;
/* The manifest is written whole each time: at most this share of the time goes into it. */
static const double MANIFEST_SHARE = 0.05;

/* What arrived and may still be worked on. */
typedef struct arrivals {
    recto_plan **plans;
    size_t n, cap;
    bool untold;   /* results came since the manifest was written */
    double tell_s; /* when it may be written again, of recto_clock_s */
} arrivals;

static bool keep_plan(arrivals *a, recto_plan *plan)
{
    if (a->n == a->cap) {
        size_t cap = a->cap == 0 ? 16 : 2 * a->cap;
        recto_plan **grown = realloc(a->plans, cap * sizeof(recto_plan *));
        if (grown == NULL)
            return false;
        a->plans = grown;
        a->cap = cap;
    }
    a->plans[a->n++] = plan;
    return true;
}

static void forget_plans(arrivals *a)
{
    for (size_t i = 0; i < a->n; i++)
        recto_plan_free(a->plans[i]);
    a->n = 0;
}

/* All that arrived is done: do what was put off. */
static void settle(batch *b, arrivals *a)
{
    batch_do_later(b);
    if (batch_stopping(b))
        return;
    pthread_mutex_lock(&b->lock);
    b->queue.n = b->next = 0;
    pthread_mutex_unlock(&b->lock);
    forget_plans(a);
    a->untold = true;
}

/* Let others see the results, but not after each of many small arrivals. */
static recto_status tell_results(batch *b, arrivals *a, recto_error *err)
{
    recto_journal_counts ignored;
    double from = recto_clock_s();
    if (!a->untold || from < a->tell_s)
        return RECTO_OK;
    recto_status st = batch_conclude(&ignored, b, err);
    double now = recto_clock_s();
    a->tell_s = now + (now - from) / MANIFEST_SHARE;
    a->untold = false;
    return st;
}

/* Arrivals, or NULL after a while. */
static recto_status next_arrivals(recto_plan **plan, batch *b, const arrivals *a, recto_watch *w,
                                  recto_error *err)
{
    *plan = NULL;
    if (a->n < MOST_PLANS)
        return recto_watch_next(plan, w, LOOK_S, err);
    if (batch_stopping(b))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    nanosleep(&(struct timespec){0, (long)(LOOK_S * 1e9)}, NULL);
    return RECTO_OK;
}

static void tell_notice(batch *b, const recto_watch *w, const char **told)
{
    const char *notice = recto_watch_notice(w);
    if (notice == NULL || notice == *told || b->opt->events.message == NULL)
        return;
    *told = notice;
    pthread_mutex_lock(&b->lock);
    b->opt->events.message(b->opt->events.user, notice);
    pthread_mutex_unlock(&b->lock);
}

static recto_status take_arrivals(batch *b, recto_watch *w, arrivals *a, recto_error *err)
{
    const char *told = NULL;
    recto_status st = RECTO_OK;
    while (st == RECTO_OK) {
        recto_plan *plan = NULL;
        st = next_arrivals(&plan, b, a, w, err);
        tell_notice(b, w, &told);
        if (st == RECTO_OK && plan != NULL && !keep_plan(a, plan)) {
            recto_plan_free(plan);
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        }
        if (st == RECTO_OK && plan != NULL)
            st = batch_enqueue(b, plan, err);
        bool working = batch_look(b);
        if (st == RECTO_OK && !working && a->n > 0)
            settle(b, a);
        if (st == RECTO_OK && !working)
            st = tell_results(b, a, err);
    }
    return st;
}

recto_status batch_watch(batch *b, const recto_plan_options *plan, recto_error *err)
{
    recto_watch *w = NULL;
    arrivals a = {0};
    const recto_watch_options opt = {.plan = *plan};
    recto_status st = recto_watch_open(&w, b->opt->inputs, b->opt->n_inputs, &opt, err);
    if (st == RECTO_OK)
        st = take_arrivals(b, w, &a, err);
    /* jobs still hold items of the plans */
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_broadcast(&b->changed);
    while (b->n_busy > 0)
        pthread_cond_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
    forget_plans(&a);
    free(a.plans);
    recto_watch_close(w);
    return st;
}
