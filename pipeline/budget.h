/* Memory that the jobs of a run share: a job waits until what it is about to take is free. */
#ifndef RECTO_PIPELINE_BUDGET_H
#define RECTO_PIPELINE_BUDGET_H

#include "core/deadline.h"
#include <stdint.h>

typedef struct recto_budget recto_budget;

/** total_bytes for all jobs together.  NULL if out of memory; free with recto_budget_free. */
recto_budget *recto_budget_new(uint64_t total_bytes);
void recto_budget_free(recto_budget *b); /* NULL is a no-op */
uint64_t recto_budget_total(const recto_budget *b);

/**
 * Take bytes, waiting until other jobs gave enough back.  Waiting does not count towards a page's
 * time: the deadline's limits are moved by it.
 *
 * b  may be NULL: nothing is rationed
 *
 * Errors: LIMIT (more than the whole budget; the message names --max-memory), CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_budget_take(recto_budget *b, uint64_t bytes,
                                                recto_deadline *deadline, recto_error *err);
void recto_budget_give(recto_budget *b, uint64_t bytes);

#endif
