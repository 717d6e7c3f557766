/* CTC decoding: a network's class scores over time to characters with places and probabilities. */
#ifndef RECTO_TEXT_CTC_H
#define RECTO_TEXT_CTC_H

#include "core/arena.h"
#include "core/status.h"
#include "text/prior.h"

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

/**
 * Prefix beam search: the most probable text, not the most probable path, under the network's
 * scores and the prior's weight.
 *
 * Keeps 8 prefixes; at each token only classes within e^-5 of the strongest extend them.  The
 * characters found are then laid along the tokens (Viterbi), so that places and probabilities mean
 * what they mean in recto_ctc_greedy; a character that only the prior chose has a low one.
 *
 * prior   of n_classes, RECTO_PRIOR_BEGIN is the blank; NULL gives recto_ctc_greedy
 * tmp     scratch, back at its mark on return; not the same arena as keep
 * others  as recto_ctc_greedy; blank must be 0 if there is a prior
 *
 * Errors: ARG, NOMEM.
 * Source: Hannun et al., First-Pass Large Vocabulary Continuous Speech Recognition using
 * Bi-Directional Recurrent DNNs, 2014 (prefix beam search).
 */
RECTO_MUST_CHECK recto_status recto_ctc_beam(recto_ctc_char **out, int *n_out, const float *logits,
                                             int n_tokens, int n_classes, int blank,
                                             const recto_prior *prior, recto_arena *keep,
                                             recto_arena *tmp, recto_error *err);

#endif
