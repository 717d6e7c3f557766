/* Greedy generation: the most probable token again and again, until the answer ends, a limit is
 * reached or it goes round in circles.
 *
 * Loops.  Greedy decoding of a page that the model cannot read may fall into repeating itself.  A
 * repetition penalty would change good answers (tables repeat themselves by nature), so the answer
 * is left as it is and only watched: the run of a period p is the longest end of the text that has
 * t[i] = t[i - p]; its length L counts the first copy too.  A run is a loop once L reaches
 *
 *   tokens of one period          L          why real pages stay below
 *   1 kind                        512        a dotted leader has a few hundred dots at most, and
 *                                            tokenizers join them
 *   2..16 kinds, p <= 16          1024       a table cell: 200 empty HTML cells in one row are 800
 *                                            tokens, 60 cells of "0.00" 540, 60 rows of three
 *                                            empty cells 960
 *   2..16 kinds, p > 16           2048, 5 p  rows of equal cells: an empty table of 15 x 20 is
 *                                            1260, of 30 rows of six "0.00" 1740
 *   more than 16 kinds            768, 5 p   a sentence or paragraph: 30 equal labels of 25 tokens
 *                                            on a sheet are 750; a form printed twice, or four
 *                                            vouchers on a sheet, have fewer than 5 copies
 *
 * (both figures where there are two; the split regex cuts an empty cell into td ></ td ><, four
 * tokens, and spells numbers digit by digit).  Kinds tell layout from language: cells, dots and
 * lines of forms repeat endlessly on honest pages but are made of few different tokens; text is
 * not.  Every text that is periodic from some token on, with a period of 1024 tokens or less, is
 * therefore caught at most max(2048, 5 p) tokens after it began to be.  Not caught, and left to
 * max_tokens: longer periods, and rows that differ in a number (1., 2., 3.), because a long table
 * of otherwise equal rows looks the same. */
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
 * out     free with recto_generated_free; empty on error
 * logits  [n_vocab], in: after the prompt; overwritten
 *
 * Of equal logits the lowest id is taken.  After max_tokens the scores are looked at once more, for
 * a stop token: an answer of just that length is whole.  Errors: ARG (options), NOMEM, DEVICE
 * (also: logits that are no finite numbers, with the index of the token), CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_generate(recto_generated *out, recto_decoder *d, float *logits,
                                             const recto_generate_options *opt, recto_error *err);
void recto_generated_free(
    recto_generated *g); /* frees the ids, zeroes the struct; NULL is a no-op */

/* Loop detection, on its own for tests: tokens go in one by one.  20 KiB, 1024 comparisons of
 * integers a token. */
typedef struct recto_loop recto_loop;
recto_loop *recto_loop_new(void);    /* NULL if out of memory */
void recto_loop_free(recto_loop *l); /* NULL is a no-op */
/** Show the next token (id >= 0); true once what came last is a loop.  *from_out as loop_from
 * above, set only then. */
bool recto_loop_add(recto_loop *l, int32_t id, int *from_out);

#endif
