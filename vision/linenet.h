/* The line network: crops of text lines to CTC class scores.  The weights come as safetensors, the
 * shapes and the character set as config.json; every tensor is bound by name and its shape checked
 * at load. */
#ifndef RECTO_VISION_LINENET_H
#define RECTO_VISION_LINENET_H

#include "core/arena.h"
#include "vision/segment.h"

typedef struct recto_linenet recto_linenet;

/** Load from memory (borrowed: must outlive the net).  Errors: MODEL, FORMAT, NOMEM, DEVICE. */
RECTO_MUST_CHECK recto_status recto_linenet_load(recto_linenet **out, const void *weights,
                                                 size_t weights_size, const char *config,
                                                 size_t config_size, recto_error *err);
void recto_linenet_free(recto_linenet *net); /* NULL is a no-op */
int recto_linenet_classes(const recto_linenet *net);
/** Code point of class 1..classes-1 (0 is the blank). */
uint32_t recto_linenet_char(const recto_linenet *net, int cls);
/** Calibrated confidence from a raw word probability (config "confidence"), 0..1. */
float recto_linenet_confidence(const recto_linenet *net, float prob);
/** "avx512_bf16", "f32"...: what the matmuls run in, for `bench` and messages. */
const char *recto_linenet_kind(const recto_linenet *net);

/* Scores of one line. */
typedef struct recto_linenet_scores {
    float *logits;      /* f32 [n_tokens, classes], in the arena */
    int n_tokens;       /* 0 if the line was too small to read */
    float px_per_token; /* one token is this many page pixels along the line */
    float x0;           /* page x of token 0's left edge */
} recto_linenet_scores;

/**
 * Run the network on many lines of a page, batched by width.
 *
 * out    [n_lines], in the order given, in `keep`
 * gray   the prepared page
 * lines  boxes with slope; crops are straightened along the slope while they are scaled to the
 * net's height
 *
 * Errors: NOMEM, DEVICE.  Result does not depend on which lines are batched together.
 */
RECTO_MUST_CHECK recto_status recto_linenet_run(recto_linenet_scores **out, recto_linenet *net,
                                                const recto_image *gray,
                                                const recto_segment_line *lines, int n_lines,
                                                recto_arena *keep, recto_arena *tmp,
                                                recto_error *err);

#endif
