/* What text looks like: the probability of a character after the few before it.  The CTC beam
 * weighs what the line network sees with it. */
#ifndef RECTO_TEXT_PRIOR_H
#define RECTO_TEXT_PRIOR_H

#include "core/status.h"
#include <stddef.h>

enum { RECTO_PRIOR_ORDERS = 4 }; /* contexts of 0..3 characters */

typedef struct recto_prior recto_prior;

/* The characters before a place: four classes, one a byte, the last one lowest; 0 is the begin
 * (and, as a character, the end) of a line. */
typedef uint32_t recto_prior_context;
#define RECTO_PRIOR_BEGIN 0u

static inline recto_prior_context recto_prior_next(recto_prior_context c, int cls)
{
    return c << 8 | (uint32_t)(cls & 255);
}

/* Where a context is in the tables, for each of its lengths; -1 where it was never met. */
typedef struct recto_prior_place {
    int32_t at[RECTO_PRIOR_ORDERS];
} recto_prior_place;

/**
 * Load from memory: a safetensors file, borrowed, must outlive the prior.
 *
 * For each length K of a context, 0..3: "key.K" I32 [n] its classes (sorted), "start.K" I32 [n+1]
 * where its characters begin in "class.K" U8 [m] (sorted) and "cost.K" U8 [m], "backoff.K" U8 [n];
 * costs are -16 ln p.  Metadata "weight" and "bonus" are for the beam.
 *
 * n_classes  classes of the network, at most 256
 *
 * Errors: MODEL (which table, what is wrong), FORMAT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_prior_load(recto_prior **out, const void *bytes, size_t size,
                                               int n_classes, recto_error *err);
void recto_prior_free(recto_prior *p); /* NULL is a no-op */

/** Look a context up, once for all the characters that may follow. */
recto_prior_place recto_prior_find(const recto_prior *p, recto_prior_context c);
/** ln p of a class (0: the line's end) after that context; finite, <= 0. */
float recto_prior_log(const recto_prior *p, const recto_prior_place *place, int cls);

float recto_prior_weight(const recto_prior *p); /* of ln p against the network's logarithms */
float recto_prior_bonus(const recto_prior *p);  /* added for each character */

#endif
