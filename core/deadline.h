/* Time limits: a page's and a document's, and the user's wish to stop, asked in one place. */
#ifndef RECTO_CORE_DEADLINE_H
#define RECTO_CORE_DEADLINE_H

#include "core/status.h"
#include <stdbool.h>

/** Seconds of the monotonic clock; only differences mean something. */
double recto_clock_s(void);

/* Times are of recto_clock_s; 0 = no limit. */
typedef struct recto_deadline {
    double page_s;            /* the page in hand must be done by then */
    double document_s;        /* the document must be done by then */
    double page_limit_s;      /* what was granted, for messages: seconds */
    double document_limit_s;  /* the same of the document */
    bool (*stop)(void *user); /* true: stop at once; or NULL */
    void *user;
} recto_deadline;

/** The time of one page, or of another step as small, begins: limit_s from now, 0 = no limit. */
void recto_deadline_grant_page(recto_deadline *d, double limit_s);

/** OK, CANCELLED (stop was asked for), or TIMEOUT with a message that names the limit and its
 * option. d may be NULL: OK. */
RECTO_MUST_CHECK recto_status recto_deadline_check(const recto_deadline *d, recto_error *err);

/** Seconds until the nearer of the two limits, at least 0; most if none is nearer. */
double recto_deadline_left(const recto_deadline *d, double most);

#endif
