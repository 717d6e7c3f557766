/* CTC decoding: a network's class scores over time to characters with places and probabilities. */
#ifndef RECTO_TEXT_CTC_H
#define RECTO_TEXT_CTC_H

#include "core/arena.h"
#include "core/status.h"

typedef struct recto_ctc_char {
    int cls;         /* class index, never the blank */
    float prob;      /* softmax probability of the class where it peaks, 0..1 */
    int first, last; /* tokens of its run, inclusive: where the glyph is on the time axis */
} recto_ctc_char;

/**
 * Best path: take the strongest class of each token, collapse repeats, drop blanks.
 *
 * out, n_out  characters in order, in `keep`
 * logits      f32 [n_tokens, n_classes], raw scores (softmax is done here)
 * blank       class index of the CTC blank
 *
 * Errors: ARG, NOMEM.
 * Source: Graves et al., Connectionist Temporal Classification, ICML 2006.
 */
RECTO_MUST_CHECK recto_status recto_ctc_greedy(recto_ctc_char **out, int *n_out,
                                               const float *logits, int n_tokens, int n_classes,
                                               int blank, recto_arena *keep, recto_error *err);

#endif
