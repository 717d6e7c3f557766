/* The line network: crops of text lines to CTC class scores.  The weights come as safetensors, the
 * shapes and the character set as config.json; every tensor is bound by name and its shape checked
 * at load.
 *
 * A net holds scratch memory: one thread at a time, one net a worker.  It computes on one thread.
 */
#ifndef RECTO_VISION_LINENET_H
#define RECTO_VISION_LINENET_H

#include "core/arena.h"
#include "vision/segment.h"

typedef struct recto_linenet recto_linenet;

/** Load from memory (the weights are packed for the CPU: neither text nor bytes are needed after).
 * Errors: MODEL ("block.0.qkv.weight: expected [768, 256], found [768, 128]"), FORMAT, UNSUPPORTED,
 * NOMEM, DEVICE. */
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
    float px_per_token; /* one token is this many page pixels along x */
    float x0;           /* page x of token 0's left edge */
} recto_linenet_scores;

/**
 * Run the network on many lines of a page; short ones share the matrix products.
 *
 * out    [n_lines], in the order given, in `keep`
 * gray   the prepared page
 * lines  boxes with slope.  The crop is a parallelogram: its height is the box's, its middle column
 *        is the box's own, and at page column x it begins at box.y0 + slope * (x - middle)
 * keep   gets the scores: about 202 * 4 bytes a token, a token is about 1/8 of the line's height
 * tmp    scratch for the line images; back at its mark on return
 *
 * Errors: ARG (no grey page), NOMEM, DEVICE.  The same line gives the same bytes whatever lines
 * come with it (on one kind of CPU); a line more than 128 times as long as it is high is read in
 * overlapping pieces.
 */
RECTO_MUST_CHECK recto_status recto_linenet_run(recto_linenet_scores **out, recto_linenet *net,
                                                const recto_image *gray,
                                                const recto_segment_line *lines, int n_lines,
                                                recto_arena *keep, recto_arena *tmp,
                                                recto_error *err);

#endif
