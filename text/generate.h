/* Greedy generation: the most probable token again and again, until the answer ends, a limit is
 * reached or it goes round in circles. */
#ifndef RECTO_TEXT_GENERATE_H
#define RECTO_TEXT_GENERATE_H

#include "text/decoder.h"

typedef enum recto_generate_end {
    RECTO_GENERATE_STOP = 0, /* a stop token: the answer is whole */
    RECTO_GENERATE_MAX,      /* max_tokens, or no room left in the context */
    RECTO_GENERATE_LOOP,     /* it repeats itself */
} recto_generate_end;

enum { RECTO_GENERATE_MAX_STOPS = 8 };

typedef struct recto_generate_options {
    int max_tokens; /* >= 1; the decoder was started with room for them */
    int32_t stop_ids[RECTO_GENERATE_MAX_STOPS];
    int n_stop_ids;
    int n_tokens; /* of the tokenizer: ids from here on (padding rows of the head) are never taken;
                     0 = all of the head's */
    bool watch_loops;
    bool (*on_token)(void *user, int n_tokens); /* true ends with CANCELLED; may be NULL */
    void *user;
} recto_generate_options;

typedef struct recto_generated {
    int32_t *ids; /* malloc; without the stop token */
    int n;
    recto_generate_end end;
    int loop_from; /* end LOOP: index of the first token of the second copy of what repeats (all
                      before it is worth keeping), else n */
} recto_generated;

/**
 * Go on after the logits of what the decoder has read.
 *
 * logits  [n_vocab], in: after the prompt; overwritten
 *
 * Of equal logits the lowest id is taken.  Errors: NOMEM, DEVICE, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_generate(recto_generated *out, recto_decoder *d, float *logits,
                                             const recto_generate_options *opt, recto_error *err);
void recto_generated_free(recto_generated *g);

/* Loop detection, on its own for tests: tokens go in one by one. */
typedef struct recto_loop recto_loop;
recto_loop *recto_loop_new(void); /* NULL if out of memory */
void recto_loop_free(recto_loop *l);
/** Show the next token; true once what came last is a loop.  *from_out as loop_from above. */
bool recto_loop_add(recto_loop *l, int32_t id, int *from_out);

#endif
