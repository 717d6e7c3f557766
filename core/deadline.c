#include "core/deadline.h"

#include <time.h>

double recto_clock_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void recto_deadline_grant_page(recto_deadline *d, double limit_s)
{
    d->page_limit_s = limit_s;
    d->page_s = limit_s > 0 ? recto_clock_s() + limit_s : 0;
}

recto_status recto_deadline_check(const recto_deadline *d, recto_error *err)
{
    if (d == NULL)
        return RECTO_OK;
    if (d->stop != NULL && d->stop(d->user))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    double now = d->page_s > 0 || d->document_s > 0 ? recto_clock_s() : 0;
    if (d->document_s > 0 && now >= d->document_s)
        return recto_error_set(err, RECTO_ERR_TIMEOUT,
                               "the document took longer than --document-timeout %g",
                               d->document_limit_s);
    if (d->page_s > 0 && now >= d->page_s)
        return recto_error_set(err, RECTO_ERR_TIMEOUT, "it took longer than --timeout %g",
                               d->page_limit_s);
    return RECTO_OK;
}

double recto_deadline_left(const recto_deadline *d, double most)
{
    if (d == NULL || (d->page_s <= 0 && d->document_s <= 0))
        return most;
    double now = recto_clock_s(), left = most;
    if (d->page_s > 0 && d->page_s - now < left)
        left = d->page_s - now;
    if (d->document_s > 0 && d->document_s - now < left)
        left = d->document_s - now;
    return left > 0 ? left : 0;
}
