/* Protects the vision encoder: every spelling of its weights gives one and the same answer, that of
 * a plain forward pass in double written here from the formulas, stage by stage; and weights that
 * do not fit are refused by name. */
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
    .eps = 1e-6f,
    .shuffle = SHUFFLE,
    .out_dim = OUT,
    .projector_eps = 1e-5f,
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
static void fill(float *to, size_t n, uint32_t seed, float middle, float spread)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        to[i] = middle + spread * ((float)(seed >> 8) / 8388608.0f - 1.0f);
    }
}

static int set_up(void **state)
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

/* --- the plain forward pass ------------------------------------------------------------------- */

typedef struct stages {
    double x[1 + LAYERS][T * D]; /* the embedding, then each block's output */
    double out[TOKENS * OUT];
} stages;

static double gelu(double v)
{
    return 0.5 * v * (1.0 + erf(v * 0.70710678118654752));
}

static void layer_norm(double *y, const double *x, int n, const float *gain, const float *shift,
                       double eps)
{
    double mean = 0.0;
    double variance = 0.0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++)
        variance += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = 0; i < n; i++)
        y[i] = (x[i] - mean) / sqrt(variance + eps) * (double)gain[i] + (double)shift[i];
}

static double dot(const double *x, const float *w, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i] * (double)w[i];
    return sum;
}

static void plain_embedding(double *x, const float *tile)
{
    for (int d = 0; d < D; d++)
        x[d] = (double)numbers.class_token[d] + (double)numbers.positions[d];
    for (int p = 0; p < P; p++) {
        for (int d = 0; d < D; d++) {
            double sum = (double)numbers.patch_bias[d];
            for (int c = 0; c < 3; c++)
                for (int i = 0; i < PATCH; i++)
                    for (int j = 0; j < PATCH; j++)
                        sum += (double)numbers.patch[((d * 3 + c) * PATCH + i) * PATCH + j] *
                               (double)tile[(c * IMAGE + p / SIDE * PATCH + i) * IMAGE +
                                            p % SIDE * PATCH + j];
            x[(1 + p) * D + d] = sum + (double)numbers.positions[(1 + p) * D + d];
        }
    }
}

static void plain_attention(double *y, const double (*qkv)[3 * D])
{
    const int d = D / HEADS;
    for (int t = 0; t < T; t++) {
        for (int h = 0; h < HEADS; h++) {
            double p[T];
            double total = 0.0;
            for (int s = 0; s < T; s++) {
                p[s] = 0.0;
                for (int i = 0; i < d; i++)
                    p[s] += qkv[t][h * d + i] * qkv[s][D + h * d + i];
                p[s] = exp(p[s] / sqrt((double)d));
                total += p[s];
            }
            for (int i = 0; i < d; i++) {
                y[t * D + h * d + i] = 0.0;
                for (int s = 0; s < T; s++)
                    y[t * D + h * d + i] += p[s] / total * qkv[s][2 * D + h * d + i];
            }
        }
    }
}

static void plain_block(double *x, const block *b)
{
    static double qkv[T][3 * D];
    static double seen[T * D];
    double normed[D];
    double hidden[F];

    for (int t = 0; t < T; t++) {
        layer_norm(normed, x + t * D, D, b->norm1[0], b->norm1[1], 1e-6);
        for (int n = 0; n < 3 * D; n++)
            qkv[t][n] = dot(normed, b->qkv + n * D, D) + (double)b->qkv_bias[n];
    }
    plain_attention(seen, (const double(*)[3 * D]) qkv);
    for (int t = 0; t < T; t++) {
        for (int d = 0; d < D; d++)
            x[t * D + d] +=
                (double)b->ls1[d] * (dot(seen + t * D, b->out + d * D, D) + (double)b->out_bias[d]);
        layer_norm(normed, x + t * D, D, b->norm2[0], b->norm2[1], 1e-6);
        for (int n = 0; n < F; n++)
            hidden[n] = gelu(dot(normed, b->fc1 + n * D, D) + (double)b->fc1_bias[n]);
        for (int d = 0; d < D; d++)
            x[t * D + d] +=
                (double)b->ls2[d] * (dot(hidden, b->fc2 + d * F, F) + (double)b->fc2_bias[d]);
    }
}

static void plain_projector(double *out, const double *x)
{
    for (int t = 0; t < TOKENS; t++) {
        const int i = t / (SIDE / 2);
        const int j = t % (SIDE / 2);
        double wide[WIDE];
        double hidden[OUT];
        for (int dr = 0; dr < 2; dr++)
            for (int dc = 0; dc < 2; dc++)
                for (int d = 0; d < D; d++)
                    wide[(dr * 2 + dc) * D + d] = x[(1 + (2 * i + dr) * SIDE + 2 * j + dc) * D + d];
        layer_norm(wide, wide, WIDE, numbers.projector_norm[0], numbers.projector_norm[1], 1e-5);
        for (int n = 0; n < OUT; n++)
            hidden[n] = gelu(dot(wide, numbers.projector1 + n * WIDE, WIDE) +
                             (double)numbers.projector1_bias[n]);
        for (int n = 0; n < OUT; n++)
            out[t * OUT + n] =
                dot(hidden, numbers.projector2 + n * OUT, OUT) + (double)numbers.projector2_bias[n];
    }
}

static void plain_encode(stages *s, const float *tile)
{
    plain_embedding(s->x[0], tile);
    for (int i = 0; i < LAYERS; i++) {
        memcpy(s->x[i + 1], s->x[i], sizeof s->x[i]);
        plain_block(s->x[i + 1], &numbers.blocks[i]);
    }
    plain_projector(s->out, s->x[LAYERS]);
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

static bool is(const char *a, const char *b)
{
    return b != NULL && strcmp(a, b) == 0;
}

static void put(file *f, const char *name, const float *from, const int *dims, int n_dims)
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

static void put_pair(file *f, const char *stem, const float *w, const int *dims, int n_dims,
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
static const char *block_name(const block_names *n, int layer, const char *stem)
{
    static char name[128];
    snprintf(name, sizeof name, "%s%d%s", n->prefix, layer, stem);
    return name;
}

static void put_block(file *f, const block_names *n, int i)
{
    const block *b = &numbers.blocks[i];
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
    put_pair(f, block_name(n, i, n->fc1), b->fc1, (int[]){F, D}, 2, b->fc1_bias);
    put_pair(f, block_name(n, i, n->fc2), b->fc2, (int[]){D, F}, 2, b->fc2_bias);
    put(f, block_name(n, i, n->ls1), b->ls1, (int[]){D}, 1);
    put(f, block_name(n, i, n->ls2), b->ls2, (int[]){D}, 1);
}

static void put_rest(file *f, spelling s)
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
static file *make_file(spelling s, damage how)
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

static void free_file(file *f)
{
    recto_weights_free(f->weights);
    free(f->bytes);
    free(f->data);
    free(f);
}

/* --- right answers ---------------------------------------------------------------------------- */

typedef struct seen {
    float x[N_TILES][1 + LAYERS][T * D];
    int n_calls;
    int fail_at; /* this call fails; -1: none does */
} seen;

static recto_status see(void *user, int tile, int layer, const float *x, recto_error *err)
{
    seen *s = user;
    if (s->n_calls == s->fail_at)
        return recto_error_set(err, RECTO_ERR_OUTPUT, "the tap is full");
    if (tile != s->n_calls / (1 + LAYERS) || layer != s->n_calls % (1 + LAYERS) - 1)
        return recto_error_set(err, RECTO_ERR_ARG, "call %d: tile %d, layer %d", s->n_calls, tile,
                               layer);
    memcpy(s->x[tile][layer + 1], x, sizeof s->x[tile][layer + 1]);
    s->n_calls++;
    return RECTO_OK;
}

/* max |a - b| / max |b| */
static double error_of(const float *a, const double *b, size_t n)
{
    double most = 0.0;
    double scale = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)a[i] - b[i]));
        scale = fmax(scale, fabs(b[i]));
        if (!isfinite(a[i]))
            return INFINITY;
    }
    return most / scale;
}

static recto_vit *load(recto_backend **be, recto_backend_kind kind, const file *f)
{
    recto_vit *v = NULL;
    recto_error err = {0};
    *be = NULL;
    if (recto_backend_open(be, kind, 1, &err) == RECTO_ERR_UNSUPPORTED)
        skip();
    assert_non_null(*be);
    if (recto_vit_load(&v, &config, f->weights, *be, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return v;
}

/* Every stage of both tiles against the plain pass; out [N_TILES, TOKENS, OUT] */
static void compare(float *out, spelling s, recto_backend_kind kind, double bound)
{
    static stages want;
    static seen got;
    const recto_vit_tap tap = {see, &got};
    file *f = make_file(s, (damage){NULL});
    recto_backend *be;
    recto_vit *v = load(&be, kind, f);
    recto_error err = {0};
    double worst = 0.0;

    free_file(f); /* nothing of the weights is needed any more */
    got = (seen){.fail_at = -1};
    if (recto_vit_encode(out, v, pixels, N_TILES, &tap, NULL, NULL, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(got.n_calls, N_TILES * (1 + LAYERS));
    for (int tile = 0; tile < N_TILES; tile++) {
        plain_encode(&want, pixels + tile * TILE);
        for (int i = 0; i <= LAYERS; i++)
            worst = fmax(worst, error_of(got.x[tile][i], want.x[i], T * D));
        worst = fmax(worst, error_of(out + tile * TOKENS * OUT, want.out, TOKENS * OUT));
    }
    printf("%s, spelling %d: within %.2g\n", be->name, (int)s, worst);
    assert_true(worst <= bound);
    recto_vit_free(v);
    be->free(be);
}

static void vit_equals_plain_pass_in_every_spelling(void **state)
{
    static float first[N_TILES * TOKENS * OUT];
    static float other[N_TILES * TOKENS * OUT];
    (void)state;
    compare(first, ORIGINAL, RECTO_BACKEND_REF, 1e-6);
    for (int s = NATIVE; s < N_SPELLINGS; s++) {
        compare(other, (spelling)s, RECTO_BACKEND_REF, 1e-6);
        assert_memory_equal(first, other, sizeof first);
    }
}

static void vit_onednn_equals_plain_pass(void **state)
{
    static float out[N_TILES * TOKENS * OUT];
    (void)state;
    compare(out, ORIGINAL, RECTO_BACKEND_F32, 5e-6);
    compare(out, GGUF_SPLIT, RECTO_BACKEND_F32, 5e-6);
}

static void vit_bf16_is_near_plain_pass(void **state)
{
    static float out[N_TILES * TOKENS * OUT];
    (void)state;
    compare(out, ORIGINAL, RECTO_BACKEND_DNNL_BF16, 3e-2);
}

/* The class token stands in front with position 0: not one patch has a neighbour's position. */
static void vit_embedding_begins_with_the_class_token(void **state)
{
    static seen got;
    static float out[TOKENS * OUT];
    static const float black[TILE];
    const recto_vit_tap tap = {see, &got};
    file *f = make_file(ORIGINAL, (damage){NULL});
    recto_backend *be;
    recto_vit *v = load(&be, RECTO_BACKEND_REF, f);
    (void)state;
    got = (seen){.fail_at = -1};
    assert_int_equal(recto_vit_encode(out, v, black, 1, &tap, NULL, NULL, NULL), RECTO_OK);
    for (int t = 0; t < T; t++)
        for (int d = 0; d < D; d++)
            assert_float_equal(got.x[0][0][t * D + d],
                               (t ? numbers.patch_bias[d] : numbers.class_token[d]) +
                                   numbers.positions[t * D + d],
                               0.0);
    recto_vit_free(v);
    be->free(be);
    free_file(f);
}

/* A tile's answer depends on the tile alone. */
static void vit_tile_gives_same_bytes_in_any_company(void **state)
{
    static float together[N_TILES * TOKENS * OUT];
    static float alone[TOKENS * OUT];
    file *f = make_file(NATIVE, (damage){NULL});
    recto_backend *be;
    recto_vit *v = load(&be, RECTO_BACKEND_F32, f);
    (void)state;
    assert_int_equal(recto_vit_encode(together, v, pixels, 2, NULL, NULL, NULL, NULL), RECTO_OK);
    for (int tile = 1; tile >= 0; tile--) {
        assert_int_equal(
            recto_vit_encode(alone, v, pixels + tile * TILE, 1, NULL, NULL, NULL, NULL), RECTO_OK);
        assert_memory_equal(alone, together + tile * TOKENS * OUT, sizeof alone);
    }
    assert_int_equal(recto_vit_encode(alone, v, pixels, 0, NULL, NULL, NULL, NULL), RECTO_OK);
    recto_vit_free(v);
    be->free(be);
    free_file(f);
}

/* --- stopping --------------------------------------------------------------------------------- */

static bool stop_at_second(void *user)
{
    int *n_asked = user;
    return ++*n_asked == 2;
}

static void vit_stops_between_tiles(void **state)
{
    static seen got;
    static float out[N_TILES * TOKENS * OUT];
    const recto_vit_tap tap = {see, &got};
    file *f = make_file(ORIGINAL, (damage){NULL});
    recto_backend *be;
    recto_vit *v = load(&be, RECTO_BACKEND_REF, f);
    recto_error err = {0};
    int n_asked = 0;
    (void)state;
    got = (seen){.fail_at = -1};
    assert_int_equal(
        recto_vit_encode(out, v, pixels, N_TILES, &tap, stop_at_second, &n_asked, &err),
        RECTO_ERR_CANCELLED);
    assert_int_equal(n_asked, 2);
    assert_int_equal(got.n_calls, 1 + LAYERS);
    assert_string_equal(err.msg, "stopped before tile 2 of 2");
    recto_vit_free(v);
    be->free(be);
    free_file(f);
}

static void vit_hands_on_what_the_tap_says(void **state)
{
    static seen got;
    static float out[N_TILES * TOKENS * OUT];
    const recto_vit_tap tap = {see, &got};
    file *f = make_file(ORIGINAL, (damage){NULL});
    recto_backend *be;
    recto_vit *v = load(&be, RECTO_BACKEND_REF, f);
    (void)state;
    for (int at = 0; at <= LAYERS; at++) {
        recto_error err = {0};
        got = (seen){.fail_at = at};
        assert_int_equal(recto_vit_encode(out, v, pixels, N_TILES, &tap, NULL, NULL, &err),
                         RECTO_ERR_OUTPUT);
        assert_int_equal(got.n_calls, at);
        assert_string_equal(err.msg, "the tap is full");
    }
    recto_vit_free(v);
    be->free(be);
    free_file(f);
}

/* --- weights that do not fit ------------------------------------------------------------------ */

/* Both check and load refuse, with the same words, and load packs nothing. */
static void refused(spelling s, damage how, const recto_vit_config *c, const char *message)
{
    file *f = make_file(s, how);
    recto_backend *be = NULL;
    recto_vit *v = (recto_vit *)f;
    recto_error err = {0};
    size_t n_bound = 99;

    assert_int_equal(recto_vit_check(&n_bound, c, f->weights, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, message);
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    assert_int_equal(recto_vit_load(&v, c, f->weights, be, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, message);
    assert_null(v);
    be->free(be);
    free_file(f);
}

static void vit_check_counts_tensors(void **state)
{
    static const size_t want[N_SPELLINGS] = {
        [ORIGINAL] = 14 * LAYERS + 10,   [NATIVE] = 18 * LAYERS + 10,
        [NATIVE_OLD] = 18 * LAYERS + 10, [GGUF_SPLIT] = 18 * LAYERS + 10,
        [GGUF_FUSED] = 14 * LAYERS + 10, [GGUF_SWAPPED] = 18 * LAYERS + 10,
    };
    (void)state;
    for (int s = 0; s < N_SPELLINGS; s++) {
        file *f = make_file((spelling)s, (damage){NULL});
        size_t n_bound = 0;
        assert_int_equal(recto_vit_check(&n_bound, &config, f->weights, NULL), RECTO_OK);
        assert_int_equal(n_bound, want[s]);
        assert_int_equal(n_bound, f->n_tensors - 1); /* the decoder's is not its own */
        free_file(f);
    }
}

static void vit_names_a_missing_tensor_as_the_file_would(void **state)
{
    (void)state;
    refused(ORIGINAL, (damage){.missing = "vision_model.encoder.layers.1.attn.qkv.bias"}, &config,
            "weights: vision_model.encoder.layers.1.attn.qkv.bias: expected [96], missing");
    refused(NATIVE, (damage){.missing = "model.vision_tower.layers.0.attention.k_proj.weight"},
            &config,
            "weights: model.vision_tower.layers.0.attention.k_proj.weight: expected [32, 32], "
            "missing");
    refused(GGUF_SPLIT, (damage){.missing = "v.blk.1.ls2.weight"}, &config,
            "weights: v.blk.1.ls2.weight: expected [32], missing");
    refused(GGUF_SWAPPED, (damage){.missing = "v.blk.1.ffn_up.bias"}, &config,
            "weights: v.blk.1.ffn_up.bias: expected [32], missing");
    refused(ORIGINAL, (damage){.missing = "mlp1.3.weight"}, &config,
            "weights: mlp1.3.weight: expected [24, 24], missing");
    refused(NATIVE_OLD, (damage){.missing = "model.vision_tower.embeddings.cls_token"}, &config,
            "weights: model.vision_tower.embeddings.cls_token: expected [32], missing");
}

/* Each of a file's tensors is needed: no file with one less is taken. */
static void vit_refuses_a_file_without_any_one_tensor(void **state)
{
    (void)state;
    for (int s = 0; s < N_SPELLINGS; s++) {
        file *whole = make_file((spelling)s, (damage){NULL});
        for (size_t i = 0; i < recto_weights_count(whole->weights); i++) {
            const char *name = recto_weights_at(whole->weights, i)->name;
            size_t n_bound;
            if (strncmp(name, "language_model.", 15) == 0)
                continue;
            file *f = make_file((spelling)s, (damage){.missing = name});
            if (recto_vit_check(&n_bound, &config, f->weights, NULL) != RECTO_ERR_MODEL)
                fail_msg("taken without %s", name);
            free_file(f);
        }
        free_file(whole);
    }
}

static void vit_names_expected_and_found_shape(void **state)
{
    recto_vit_config other = config;
    (void)state;
    refused(ORIGINAL, (damage){.reshaped = "mlp1.1.weight"}, &config,
            "weights: mlp1.1.weight: expected [24, 128], found [24, 128, 1]");
    other.ffn_dim = 64;
    refused(ORIGINAL, (damage){NULL}, &other,
            "weights: vision_model.encoder.layers.0.mlp.fc1.weight: expected [64, 32], found [48, "
            "32]");
    other = config;
    other.image_size = 32;
    refused(NATIVE, (damage){NULL}, &other,
            "weights: model.vision_tower.embeddings.position_embeddings: expected [65, 32], found "
            "[1, 37, 32]");
    other = config;
    other.out_dim = 20;
    refused(GGUF_FUSED, (damage){NULL}, &other,
            "weights: mm.model.mlp.1.weight: expected [20, 128], found [24, 128]");
    refused(ORIGINAL, (damage){.integer = "vision_model.encoder.layers.0.mlp.fc2.weight"}, &config,
            "weights: vision_model.encoder.layers.0.mlp.fc2.weight: expected floats, found I32");
}

static void vit_refuses_another_architecture(void **state)
{
    recto_vit_config other = config;
    (void)state;
    refused(ORIGINAL, (damage){.extra = "vision_model.encoder.layers.0.attn.q_norm.weight"},
            &config,
            "weights: vision_model.encoder.layers.0.attn.q_norm.weight: not part of the config's "
            "vision encoder of 2 layers; another architecture");
    refused(NATIVE, (damage){.extra = "model.vision_tower.layernorm.weight"}, &config,
            "weights: model.vision_tower.layernorm.weight: not part of the config's vision encoder "
            "of 2 layers; another architecture");
    refused(GGUF_SPLIT, (damage){.extra = "v.post_ln.weight"}, &config,
            "weights: v.post_ln.weight: not part of the config's vision encoder of 2 layers; "
            "another architecture");
    refused(GGUF_SPLIT, (damage){.extra = "mm.model.mlp.5.weight"}, &config,
            "weights: mm.model.mlp.5.weight: not part of the config's vision encoder of 2 layers; "
            "another architecture");
    other.n_layers = 1;
    refused(ORIGINAL, (damage){NULL}, &other,
            "weights: vision_model.encoder.layers.1.attn.proj.bias: not part of the config's "
            "vision encoder of 1 layers; another architecture");
    other.n_layers = 3;
    refused(ORIGINAL, (damage){NULL}, &other,
            "weights: vision_model.encoder.layers.2.norm1.weight: expected [32], missing");
}

static void vit_says_when_there_is_no_encoder(void **state)
{
    recto_weights *none = recto_weights_new();
    recto_error err = {0};
    size_t n_bound;
    (void)state;
    assert_int_equal(recto_vit_check(&n_bound, &config, none, &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, "no vision encoder"));
    assert_non_null(strstr(err.msg, "mmproj"));
    assert_int_equal(n_bound, 0);
    recto_weights_free(none);
    recto_vit_free(NULL);
}

static void vit_refuses_configs(void **state)
{
    static const recto_vit_config bad[] = {
        {0, 4, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 0, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 0, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 0, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 0, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 0, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, 0.0f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, 1e-6f, 0, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, 1e-6f, 2, 0, 1e-5f},
        {24, 4, 2, 32, 2, 48, 1e-6f, 2, 24, -1.0f},
        {24, 4, 2, 32, 3, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 5, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {28, 4, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, NAN, 2, 24, 1e-5f},
        {1 << 30, 4, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 1 << 30, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 1 << 30, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {4096, 2, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
    };
    file *f = make_file(ORIGINAL, (damage){NULL});
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        recto_error err = {0};
        size_t n_bound;
        if (recto_vit_check(&n_bound, &bad[i], f->weights, &err) != RECTO_ERR_MODEL ||
            strncmp(err.msg, "vision config: ", 15) != 0)
            fail_msg("config %zu: %s", i, err.msg);
    }
    free_file(f);
}

static void vit_says_its_size(void **state)
{
    const recto_vit_config full = {448, 14, 24, 1024, 16, 4096, 1e-6f, 2, 2560, 1e-5f};
    recto_backend *be = NULL;
    (void)state;
    assert_int_equal(recto_vit_tokens(&config), TOKENS);
    assert_int_equal(recto_vit_tokens(&full), 256);
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    /* 321,064,960 numbers less the class token, layer scales and some padding, and under 1/8 more
     */
    const size_t bytes = recto_vit_bytes(&full, be);
    assert_true(bytes > (size_t)321000000 * 4);
    assert_true(bytes < (size_t)321000000 * 4 / 8 * 9);
    be->free(be);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vit_equals_plain_pass_in_every_spelling),
        cmocka_unit_test(vit_onednn_equals_plain_pass),
        cmocka_unit_test(vit_bf16_is_near_plain_pass),
        cmocka_unit_test(vit_embedding_begins_with_the_class_token),
        cmocka_unit_test(vit_tile_gives_same_bytes_in_any_company),
        cmocka_unit_test(vit_stops_between_tiles),
        cmocka_unit_test(vit_hands_on_what_the_tap_says),
        cmocka_unit_test(vit_check_counts_tensors),
        cmocka_unit_test(vit_names_a_missing_tensor_as_the_file_would),
        cmocka_unit_test(vit_refuses_a_file_without_any_one_tensor),
        cmocka_unit_test(vit_names_expected_and_found_shape),
        cmocka_unit_test(vit_refuses_another_architecture),
        cmocka_unit_test(vit_says_when_there_is_no_encoder),
        cmocka_unit_test(vit_refuses_configs),
        cmocka_unit_test(vit_says_its_size),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
