/* Memory shared by jobs: never more than there is, nobody is forgotten, waiting costs no time
 * limit. */
#include "pipeline/budget.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { TOTAL = 1000, N_THREADS = 8, N_ROUNDS = 2000 };

typedef struct sharing {
    recto_budget *budget;
    atomic_int taken, most;
} sharing;

static void *take_and_give(void *user)
{
    sharing *s = user;
    unsigned seed = (unsigned)(size_t)&seed;
    for (int i = 0; i < N_ROUNDS; i++) {
        seed = seed * 1103515245u + 12345u;
        int bytes = (int)(seed >> 16) % TOTAL + 1;
        if (recto_budget_take(s->budget, (uint64_t)bytes, NULL, NULL) != RECTO_OK)
            return s;
        int now = atomic_fetch_add(&s->taken, bytes) + bytes, most = atomic_load(&s->most);
        while (now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
            continue;
        atomic_fetch_sub(&s->taken, bytes);
        recto_budget_give(s->budget, (uint64_t)bytes);
    }
    return NULL;
}

static void many_jobs_never_take_more_than_there_is(void **state)
{
    sharing s = {.budget = recto_budget_new(TOTAL)};
    pthread_t threads[N_THREADS];
    (void)state;
    assert_int_equal(recto_budget_total(s.budget), TOTAL);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &s), 0);
    for (int i = 0; i < N_THREADS; i++) {
        void *failed = &s;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_true(s.most <= TOTAL);
    assert_int_equal(recto_budget_take(s.budget, TOTAL, NULL, NULL), RECTO_OK);
    recto_budget_free(s.budget);
}

static void more_than_the_whole_is_refused_at_once(void **state)
{
    recto_budget *b = recto_budget_new(TOTAL);
    recto_error err = {0};
    (void)state;
    assert_int_equal(recto_budget_take(b, TOTAL + 1, NULL, &err), RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "--max-memory"));
    assert_int_equal(recto_budget_take(b, TOTAL, NULL, NULL), RECTO_OK);
    recto_budget_give(b, TOTAL);
    assert_int_equal(recto_budget_take(NULL, UINT64_MAX, NULL, NULL), RECTO_OK);
    recto_budget_give(NULL, UINT64_MAX);
    recto_budget_free(b);
    recto_budget_free(NULL);
}

static bool stop(void *asked)
{
    return ++*(int *)asked > 1;
}

static void waiting_can_be_stopped(void **state)
{
    recto_budget *b = recto_budget_new(TOTAL);
    int asked = 0;
    recto_deadline d = {.stop = stop, .user = &asked};
    (void)state;
    assert_int_equal(recto_budget_take(b, TOTAL, NULL, NULL), RECTO_OK);
    assert_int_equal(recto_budget_take(b, 1, &d, NULL), RECTO_ERR_CANCELLED);
    recto_budget_give(b, TOTAL);
    recto_budget_free(b);
}

static void *give_after_a_while(void *budget)
{
    nanosleep(&(struct timespec){0, 300000000}, NULL);
    recto_budget_give(budget, TOTAL);
    return NULL;
}

static void waiting_is_no_working(void **state)
{
    recto_budget *b = recto_budget_new(TOTAL);
    pthread_t thread;
    double now = recto_clock_s();
    recto_deadline d = {.page_s = now + 1, .document_s = now + 2};
    (void)state;
    assert_int_equal(recto_budget_take(b, TOTAL, NULL, NULL), RECTO_OK);
    assert_int_equal(pthread_create(&thread, NULL, give_after_a_while, b), 0);
    assert_int_equal(recto_budget_take(b, TOTAL, &d, NULL), RECTO_OK);
    pthread_join(thread, NULL);
    assert_true(d.page_s >= now + 1.25 && d.document_s >= now + 2.25);
    recto_budget_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_jobs_never_take_more_than_there_is),
        cmocka_unit_test(more_than_the_whole_is_refused_at_once),
        cmocka_unit_test(waiting_can_be_stopped),
        cmocka_unit_test(waiting_is_no_working),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
