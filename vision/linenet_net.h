/* Inside of the line network: what linenet.c (forward pass), linenet_config.c (config.json),
 * linenet_load.c (weights) and linenet_crop.c (line images) share. */
#ifndef RECTO_VISION_LINENET_NET_H
#define RECTO_VISION_LINENET_NET_H

#include "kernels/backend.h"
#include "kernels/weights.h"
#include "vision/linenet.h"

enum {
    RECTO_LINENET_MAX_CONVS = 8,
    RECTO_LINENET_MAX_LAYERS = 32,
    /* Longer line images are read in pieces of this width that overlap (see linenet.c). */
    RECTO_LINENET_MAX_PIECE = 4096,
    /* Lines whose image would be wider than this are no text (aspect 512 : 1). */
    RECTO_LINENET_MAX_WIDTH = 16384,
};

typedef struct recto_linenet_config {
    int height;                            /* px of a line image */
    int column_px;                         /* px a token */
    int pad_multiple;                      /* widths are padded with white to a multiple of this */
    float percentile_low, percentile_high; /* 0..100: stretched to 0 and 255 */
    float min_span;                        /* of the stretch, grey levels */
    float invert_below_mean;               /* grey level */
    float scale;                           /* x = 1 - p / scale */
    recto_ops_conv convs[RECTO_LINENET_MAX_CONVS];
    int n_convs;
    int rows; /* rows left after the convolutions */
    int dim, layers, heads, mlp, window, position_kernel;
    float ln_eps;
    int classes; /* characters and the blank, which is class 0 */
    float confidence_a, confidence_b;
    uint32_t *chars; /* [classes], chars[0] = 0; owned */
} recto_linenet_config;

/** Read and check config.json.  Release out->chars with free().  Errors: FORMAT, MODEL (the key and
 * what is wrong with it), NOMEM. */
RECTO_MUST_CHECK recto_status recto_linenet_config_read(recto_linenet_config *out, const char *text,
                                                        size_t size, recto_error *err);

typedef struct recto_linenet_block {
    float *norm1_gain, *norm1_shift; /* [dim] */
    float *norm2_gain, *norm2_shift;
    recto_layer *qkv;  /* [3 dim, dim] */
    recto_layer *out;  /* [dim, dim], adds */
    recto_layer *up;   /* [mlp, dim], GELU */
    recto_layer *down; /* [dim, mlp], adds */
} recto_linenet_block;

/* Growing scratch memory, one a purpose; kept from page to page. */
typedef struct recto_linenet_room {
    float *p;
    size_t cap; /* floats */
} recto_linenet_room;

struct recto_linenet {
    recto_linenet_config config;
    recto_backend *backend; /* owned */
    recto_layer *convs[RECTO_LINENET_MAX_CONVS];
    recto_layer *proj;            /* [dim, rows * channels], features reordered to row-major */
    float *pos_weight, *pos_bias; /* [kernel, dim], [dim] */
    recto_linenet_block blocks[RECTO_LINENET_MAX_LAYERS];
    float *norm_gain, *norm_shift; /* [dim] */
    recto_layer *head;             /* [classes, dim] */
    recto_linenet_room image, conv_a, conv_b, tokens, qkv, mixed, up;
};

/** As recto_linenet_load, on a given back end, which the net owns from here on (also on error). */
RECTO_MUST_CHECK recto_status recto_linenet_load_on(recto_linenet **out, recto_backend *backend,
                                                    const void *weights, size_t weights_size,
                                                    const char *config, size_t config_size,
                                                    recto_error *err);

/* One image for the forward pass. */
typedef struct recto_linenet_image {
    const uint8_t *grey;       /* [width, height], column by column, 0 = ink, 255 = paper */
    const float *x;            /* or, if not NULL, the values themselves, 1 = ink, -1 = paper */
    int width;                 /* px, >= 1 */
    int keep_first, keep_last; /* tokens whose logits are wanted: first <= t < last */
    float *logits;             /* [keep_last - keep_first, classes] */
} recto_linenet_image;

/** Tokens of an image of that width. */
int recto_linenet_tokens(const recto_linenet_config *c, int width);

/** The network itself over a group of images.  Errors: NOMEM, DEVICE. */
RECTO_MUST_CHECK recto_status recto_linenet_forward(recto_linenet *net,
                                                    const recto_linenet_image *images, int n_images,
                                                    recto_error *err);

/* A cropped line. */
typedef struct recto_linenet_crop {
    uint8_t *grey; /* [width, height] in the arena, stretched; NULL if there is nothing to read */
    int width;     /* px, 0 if there is nothing to read */
    float px;      /* page px per image px, along the line */
} recto_linenet_crop;

/**
 * Straighten, scale and stretch one line of a page.
 *
 * The crop is the parallelogram whose height is the box's and whose middle column is the box's own:
 * at page column x it begins at box.y0 + slope * (x - middle).  Shrinking averages areas, enlarging
 * interpolates; places outside of the page repeat its edge.
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_linenet_crop_line(recto_linenet_crop *out,
                                                      const recto_linenet_config *c,
                                                      const recto_image *gray,
                                                      const recto_segment_line *line,
                                                      recto_arena *tmp, recto_error *err);

#endif
