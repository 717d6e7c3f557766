/* A vision encoder small enough to write out: its numbers, and weight files of them in memory in
 * every spelling, whole or damaged.  For test_vlm_vit.c and test_vlm_vit_load.c. */
#ifndef RECTO_TESTS_VIT_MODEL_H
#define RECTO_TESTS_VIT_MODEL_H

#include "check.h"
#include "vision/vit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IMAGE = 24,
    PATCH = 4,
    LAYERS = 2,
    D = 32,
    HEADS = 2,
    F = 48,
    OUT = 24,
    SHUFFLE = 2,
    SIDE = IMAGE / PATCH,
    P = SIDE * SIDE,
    T = 1 + P,
    K = 3 * PATCH * PATCH,
    WIDE = SHUFFLE * SHUFFLE * D,
    TOKENS = P / SHUFFLE / SHUFFLE,
    TILE = 3 * IMAGE * IMAGE,
    N_TILES = 2,
};

static const recto_vit_config config = {
    .image_size = IMAGE,
    .patch_size = PATCH,
    .n_layers = LAYERS,
    .dim = D,
    .n_heads = HEADS,
    .ffn_dim = F,
    .eps = 0.02f, /* large enough to be seen in the answers */
    .shuffle = SHUFFLE,
    .out_dim = OUT,
    .projector_eps = 0.05f,
};

/* --- a model's numbers ------------------------------------------------------------------------ */

typedef struct block {
    float norm1[2][D], norm2[2][D];
    float qkv[3 * D * D], qkv_bias[3 * D];
    float out[D * D], out_bias[D];
    float fc1[F * D], fc1_bias[F];
    float fc2[D * F], fc2_bias[D];
    float ls1[D], ls2[D];
} block;

typedef struct model {
    float class_token[D], positions[T * D];
    float patch[D * K], patch_bias[D];
    block blocks[LAYERS];
    float projector_norm[2][WIDE];
    float projector1[OUT * WIDE], projector1_bias[OUT];
    float projector2[OUT * OUT], projector2_bias[OUT];
} model;

static model numbers;
static float pixels[N_TILES * TILE];

/* n numbers about middle, up to spread off it, all different from what another seed gives */
static inline void fill(float *to, size_t n, uint32_t seed, float middle, float spread)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        to[i] = middle + spread * ((float)(seed >> 8) / 8388608.0f - 1.0f);
    }
}

static inline int set_up(void **state)
{
    (void)state;
    fill(numbers.class_token, D, 1, 0.0f, 1.0f);
    fill(numbers.positions, T * D, 2, 0.0f, 0.5f);
    fill(numbers.patch, D * K, 3, 0.0f, 0.3f);
    fill(numbers.patch_bias, D, 4, 0.0f, 0.3f);
    for (uint32_t i = 0; i < LAYERS; i++) {
        block *b = &numbers.blocks[i];
        fill(b->norm1[0], D, 100 * i + 10, 1.0f, 0.5f);
        fill(b->norm1[1], D, 100 * i + 11, 0.0f, 0.5f);
        fill(b->norm2[0], D, 100 * i + 12, 1.0f, 0.5f);
        fill(b->norm2[1], D, 100 * i + 13, 0.0f, 0.5f);
        fill(b->qkv, 3 * D * D, 100 * i + 14, 0.0f, 0.4f);
        fill(b->qkv_bias, 3 * D, 100 * i + 15, 0.0f, 0.4f);
        fill(b->out, D * D, 100 * i + 16, 0.0f, 0.4f);
        fill(b->out_bias, D, 100 * i + 17, 0.0f, 0.4f);
        fill(b->fc1, F * D, 100 * i + 18, 0.0f, 0.4f);
        fill(b->fc1_bias, F, 100 * i + 19, 0.0f, 0.4f);
        fill(b->fc2, D * F, 100 * i + 20, 0.0f, 0.4f);
        fill(b->fc2_bias, D, 100 * i + 21, 0.0f, 0.4f);
        fill(b->ls1, D, 100 * i + 22, 0.5f, 0.4f);
        fill(b->ls2, D, 100 * i + 23, 0.5f, 0.4f);
    }
    fill(numbers.projector_norm[0], WIDE, 30, 1.0f, 0.5f);
    fill(numbers.projector_norm[1], WIDE, 31, 0.0f, 0.5f);
    fill(numbers.projector1, OUT * WIDE, 32, 0.0f, 0.3f);
    fill(numbers.projector1_bias, OUT, 33, 0.0f, 0.3f);
    fill(numbers.projector2, OUT * OUT, 34, 0.0f, 0.3f);
    fill(numbers.projector2_bias, OUT, 35, 0.0f, 0.3f);
    fill(pixels, N_TILES * TILE, 40, 0.0f, 2.0f);
    return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

typedef enum spelling {
    ORIGINAL,
    NATIVE,
    NATIVE_OLD,
    GGUF_SPLIT,
    GGUF_FUSED,
    GGUF_SWAPPED, /* ffn_up and ffn_down the other way round, as old files have them */
    N_SPELLINGS
} spelling;

/* How a file differs from a good one; all NULL for a good one. */
typedef struct damage {
    const char *missing;
    const char *reshaped; /* gets a dimension of 1 at its end */
    const char *integer;  /* gets I32 numbers */
    const char *extra;    /* one more vector of 4 numbers */
    bool square;          /* the MLP's matrices are D x D */
} damage;

typedef struct file {
    uint8_t *bytes;
    size_t size;
    recto_weights *weights;
    char header[16384];
    size_t header_len;
    float *data;
    size_t n_data;
    int n_tensors;
    damage damage;
} file;

static inline bool is(const char *a, const char *b)
{
    return b != NULL && strcmp(a, b) == 0;
}

static inline void put(file *f, const char *name, const float *from, const int *dims, int n_dims)
{
    size_t n = 1;
    char shape[64] = "";
    if (is(name, f->damage.missing))
        return;
    for (int i = 0; i < n_dims; i++) {
        n *= (size_t)dims[i];
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%s%d", i ? "," : "",
                 dims[i]);
    }
    f->header_len += (size_t)snprintf(
        f->header + f->header_len, sizeof f->header - f->header_len,
        "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s%s],\"data_offsets\":[%zu,%zu]}",
        f->n_tensors ? "," : "{", name, is(name, f->damage.integer) ? "I32" : "F32", shape,
        is(name, f->damage.reshaped) ? ",1" : "", 4 * f->n_data, 4 * (f->n_data + n));
    assert_true(f->header_len < sizeof f->header);
    f->data = realloc(f->data, (f->n_data + n) * sizeof *f->data);
    memcpy(f->data + f->n_data, from, n * sizeof *from);
    f->n_data += n;
    f->n_tensors++;
}

static inline void put_pair(file *f, const char *stem, const float *w, const int *dims, int n_dims,
                            const float *bias)
{
    char name[160];
    snprintf(name, sizeof name, "%s.weight", stem);
    put(f, name, w, dims, n_dims);
    snprintf(name, sizeof name, "%s.bias", stem);
    put(f, name, bias, dims, 1);
}

/* Names of a block; those of q, k and v are NULL where they are one tensor. */
typedef struct block_names {
    const char *prefix, *norm1, *norm2, *qkv, *q, *k, *v, *out, *fc1, *fc2, *ls1, *ls2;
} block_names;

static const block_names names_of[N_SPELLINGS] = {
    [ORIGINAL] = {"vision_model.encoder.layers.", ".norm1", ".norm2", ".attn.qkv", NULL, NULL, NULL,
                  ".attn.proj", ".mlp.fc1", ".mlp.fc2", ".ls1", ".ls2"},
    [NATIVE] = {"model.vision_tower.layers.", ".layernorm_before", ".layernorm_after", NULL,
                ".attention.q_proj", ".attention.k_proj", ".attention.v_proj",
                ".attention.projection_layer", ".mlp.fc1", ".mlp.fc2", ".lambda_1", ".lambda_2"},
    [NATIVE_OLD] = {"model.vision_tower.encoder.layer.", ".layernorm_before", ".layernorm_after",
                    NULL, ".attention.q_proj", ".attention.k_proj", ".attention.v_proj",
                    ".attention.projection_layer", ".mlp.fc1", ".mlp.fc2", ".lambda_1",
                    ".lambda_2"},
    [GGUF_SPLIT] = {"v.blk.", ".ln1", ".ln2", NULL, ".attn_q", ".attn_k", ".attn_v", ".attn_out",
                    ".ffn_up", ".ffn_down", ".ls1.weight", ".ls2.weight"},
    [GGUF_FUSED] = {"v.blk.", ".ln1", ".ln2", ".attn_qkv", NULL, NULL, NULL, ".attn_out", ".ffn_up",
                    ".ffn_down", ".ls1.weight", ".ls2.weight"},
    [GGUF_SWAPPED] = {"v.blk.", ".ln1", ".ln2", NULL, ".attn_q", ".attn_k", ".attn_v", ".attn_out",
                      ".ffn_down", ".ffn_up", ".ls1.weight", ".ls2.weight"},
};

/* "PREFIX1.STEM"; good until the next call */
static inline const char *block_name(const block_names *n, int layer, const char *stem)
{
    static char name[128];
    snprintf(name, sizeof name, "%s%d%s", n->prefix, layer, stem);
    return name;
}

static inline void put_block(file *f, const block_names *n, int i)
{
    const block *b = &numbers.blocks[i];
    const int hidden = f->damage.square ? D : F;
    put_pair(f, block_name(n, i, n->norm1), b->norm1[0], (int[]){D}, 1, b->norm1[1]);
    put_pair(f, block_name(n, i, n->norm2), b->norm2[0], (int[]){D}, 1, b->norm2[1]);
    if (n->qkv != NULL) {
        put_pair(f, block_name(n, i, n->qkv), b->qkv, (int[]){3 * D, D}, 2, b->qkv_bias);
    } else {
        put_pair(f, block_name(n, i, n->q), b->qkv, (int[]){D, D}, 2, b->qkv_bias);
        put_pair(f, block_name(n, i, n->k), b->qkv + D * D, (int[]){D, D}, 2, b->qkv_bias + D);
        put_pair(f, block_name(n, i, n->v), b->qkv + 2 * D * D, (int[]){D, D}, 2,
                 b->qkv_bias + 2 * D);
    }
    put_pair(f, block_name(n, i, n->out), b->out, (int[]){D, D}, 2, b->out_bias);
    put_pair(f, block_name(n, i, n->fc1), b->fc1, (int[]){hidden, D}, 2, b->fc1_bias);
    put_pair(f, block_name(n, i, n->fc2), b->fc2, (int[]){D, hidden}, 2, b->fc2_bias);
    put(f, block_name(n, i, n->ls1), b->ls1, (int[]){D}, 1);
    put(f, block_name(n, i, n->ls2), b->ls2, (int[]){D}, 1);
}

static inline void put_rest(file *f, spelling s)
{
    static const char *const stems[][6] = {
        {"vision_model.embeddings.class_embedding", "vision_model.embeddings.position_embedding",
         "vision_model.embeddings.patch_embedding", "mlp1.0", "mlp1.1", "mlp1.3"},
        {"model.vision_tower.embeddings.cls_token",
         "model.vision_tower.embeddings.position_embeddings",
         "model.vision_tower.embeddings.patch_embeddings.projection",
         "model.multi_modal_projector.layer_norm", "model.multi_modal_projector.linear_1",
         "model.multi_modal_projector.linear_2"},
        {"v.class_embd", "v.position_embd.weight", "v.patch_embd", "mm.model.mlp.0",
         "mm.model.mlp.1", "mm.model.mlp.3"},
    };
    const char *const *n = stems[s == ORIGINAL ? 0 : s <= NATIVE_OLD ? 1 : 2];
    const bool gguf = s >= GGUF_SPLIT;
    put(f, n[0], numbers.class_token, gguf ? (int[]){D} : (int[]){1, 1, D}, gguf ? 1 : 3);
    put(f, n[1], numbers.positions, gguf ? (int[]){T, D} : (int[]){1, T, D}, gguf ? 2 : 3);
    put_pair(f, n[2], numbers.patch, (int[]){D, 3, PATCH, PATCH}, 4, numbers.patch_bias);
    put_pair(f, n[3], numbers.projector_norm[0], (int[]){WIDE}, 1, numbers.projector_norm[1]);
    put_pair(f, n[4], numbers.projector1, (int[]){OUT, WIDE}, 2, numbers.projector1_bias);
    put_pair(f, n[5], numbers.projector2, (int[]){OUT, OUT}, 2, numbers.projector2_bias);
}

/* A safetensors file in memory, parsed; the spelling does not depend on the kind of file. */
static inline file *make_file(spelling s, damage how)
{
    file *f = calloc(1, sizeof *f);
    recto_error err = {0};
    f->damage = how;
    put_rest(f, s);
    for (int i = 0; i < LAYERS; i++)
        put_block(f, &names_of[s], i);
    put(f, "language_model.model.norm.weight", numbers.patch_bias, (int[]){D}, 1);
    if (how.extra != NULL)
        put(f, how.extra, numbers.patch_bias, (int[]){4}, 1);
    f->header_len +=
        (size_t)snprintf(f->header + f->header_len, sizeof f->header - f->header_len, "}");
    f->size = 8 + f->header_len + 4 * f->n_data;
    f->bytes = calloc(1, f->size);
    for (int i = 0; i < 8; i++)
        f->bytes[i] = (uint8_t)((uint64_t)f->header_len >> (8 * i));
    memcpy(f->bytes + 8, f->header, f->header_len);
    memcpy(f->bytes + 8 + f->header_len, f->data, 4 * f->n_data);
    f->weights = recto_weights_new();
    if (recto_weights_add_safetensors(f->weights, f->bytes, f->size, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return f;
}

static inline void free_file(file *f)
{
    recto_weights_free(f->weights);
    free(f->bytes);
    free(f->data);
    free(f);
}

#endif
