/* Binding the vision encoder's weights: which of the known spellings a file uses is decided once;
 * from then on a table says how that spelling calls each tensor, every shape is checked against the
 * config, and what is left over under the encoder's prefixes is an error too: a final norm, norms
 * of q and k, or more layers than the config says make another architecture, and running without
 * them would give fluent nonsense.
 *
 * One walk serves `check` (bind, count) and `load` (bind, pack). */
#include "vision/vit_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LAYERS = 512,
    MAX_DIM = 1 << 14,
    MAX_FFN = 1 << 18,
    MAX_OUT = 1 << 16,
    MAX_PATCH = 256,
    MAX_SIDE = 1024, /* patches */
    MAX_SHUFFLE = 8,
    NAME_SIZE = 160,
    MAX_BLOCK_TENSORS = 20,
    MAX_OTHER_TENSORS = 16,
};

/* How one kind of file spells the tensors.  A stem gets ".weight" and ".bias"; block stems stand
 * behind `layers`, a number and a dot.  The four singles are whole names. */
typedef struct vit_names {
    const char *vision, *projector; /* prefixes that are the encoder's alone */
    const char *layers;
    const char *class_token, *positions, *ls1, *ls2; /* singles */
    const char *patch;
    const char *norm1, *norm2, *out, *fc1, *fc2;
    const char *qkv;      /* NULL: never fused */
    const char *split[3]; /* q, k, v; NULL: always fused */
    const char *projector_norm, *projector1, *projector2;
} vit_names;

#define NATIVE_NAMES(path)                                                                         \
    .vision = "model.vision_tower.", .projector = "model.multi_modal_projector.", .layers = path,  \
    .class_token = "model.vision_tower.embeddings.cls_token",                                      \
    .positions = "model.vision_tower.embeddings.position_embeddings", .ls1 = "lambda_1",           \
    .ls2 = "lambda_2", .patch = "model.vision_tower.embeddings.patch_embeddings.projection",       \
    .norm1 = "layernorm_before", .norm2 = "layernorm_after", .out = "attention.projection_layer",  \
    .fc1 = "mlp.fc1", .fc2 = "mlp.fc2",                                                            \
    .split = {"attention.q_proj", "attention.k_proj", "attention.v_proj"},                         \
    .projector_norm = "model.multi_modal_projector.layer_norm",                                    \
    .projector1 = "model.multi_modal_projector.linear_1",                                          \
    .projector2 = "model.multi_modal_projector.linear_2"

static const vit_names spellings[] = {
    {
        /* as published (InternVL's own) */
        .vision = "vision_model.",
        .projector = "mlp1.",
        .layers = "vision_model.encoder.layers.",
        .class_token = "vision_model.embeddings.class_embedding",
        .positions = "vision_model.embeddings.position_embedding",
        .ls1 = "ls1",
        .ls2 = "ls2",
        .patch = "vision_model.embeddings.patch_embedding",
        .norm1 = "norm1",
        .norm2 = "norm2",
        .out = "attn.proj",
        .fc1 = "mlp.fc1",
        .fc2 = "mlp.fc2",
        .qkv = "attn.qkv",
        .projector_norm = "mlp1.0",
        .projector1 = "mlp1.1",
        .projector2 = "mlp1.3",
    },
    {NATIVE_NAMES("model.vision_tower.layers.")},        /* transformers 5 */
    {NATIVE_NAMES("model.vision_tower.encoder.layer.")}, /* transformers' internvl before it */
    {
        /* GGUF, the mmproj file */
        .vision = "v.",
        .projector = "mm.",
        .layers = "v.blk.",
        .class_token = "v.class_embd",
        .positions = "v.position_embd.weight",
        .ls1 = "ls1.weight",
        .ls2 = "ls2.weight",
        .patch = "v.patch_embd",
        .norm1 = "ln1",
        .norm2 = "ln2",
        .out = "attn_out",
        .fc1 = "ffn_up",
        .fc2 = "ffn_down",
        .qkv = "attn_qkv",
        .split = {"attn_q", "attn_k", "attn_v"},
        .projector_norm = "mm.model.mlp.0",
        .projector1 = "mm.model.mlp.1",
        .projector2 = "mm.model.mlp.3",
    },
};

typedef struct binder {
    const recto_vit_config *config;
    const recto_weights *weights;
    vit_names names;
    bool fused;     /* q, k and v are one tensor */
    recto_vit *vit; /* NULL: check only */
    const recto_tensor **bound;
    size_t n_bound;
    recto_error *err;
    recto_status status; /* the first failure sticks */
} binder;

/* --- names ------------------------------------------------------------------------------------ */

/* layer < 0: no block's. */
static void spell(char name[NAME_SIZE], const binder *b, int layer, const char *stem,
                  const char *ending)
{
    if (layer < 0)
        snprintf(name, NAME_SIZE, "%s%s", stem, ending);
    else
        snprintf(name, NAME_SIZE, "%s%d.%s%s", b->names.layers, layer, stem, ending);
}

static bool starts(const recto_tensor *t, const char *prefix)
{
    return strncmp(t->name, prefix, strlen(prefix)) == 0;
}

static bool any_starts(const recto_weights *w, const char *prefix)
{
    for (size_t i = 0; i < recto_weights_count(w); i++)
        if (starts(recto_weights_at(w, i), prefix))
            return true;
    return false;
}

/* Old files call the MLP's first matrix ffn_down and the second ffn_up: their shapes tell. */
static bool is_swapped(const binder *b)
{
    char name[NAME_SIZE];
    spell(name, b, 0, b->names.fc1, ".weight");
    const recto_tensor *t = recto_weights_lookup(b->weights, name);
    const uint64_t D = (uint64_t)b->config->dim;
    const uint64_t F = (uint64_t)b->config->ffn_dim;
    return t != NULL && D != F && t->n_dims >= 2 && t->dims[t->n_dims - 2] == D &&
           t->dims[t->n_dims - 1] == F;
}

/* Which spelling a file uses: that of its blocks, else of anything of the encoder. */
static recto_status find_spelling(binder *b)
{
    const size_t n = sizeof spellings / sizeof spellings[0];
    size_t i = 0;
    char name[NAME_SIZE];

    while (i < n && !any_starts(b->weights, spellings[i].layers))
        i++;
    if (i == n)
        for (i = 0; i < n && !any_starts(b->weights, spellings[i].vision); i++) {
        }
    if (i == n)
        return recto_error_set(b->err, RECTO_ERR_MODEL,
                               "weights: no vision encoder: no tensor is named %s*, %s* or %s*; is "
                               "the mmproj file missing?",
                               spellings[0].vision, spellings[1].vision, spellings[3].vision);
    b->names = spellings[i];
    b->fused = b->names.qkv != NULL;
    if (b->fused && b->names.split[0] != NULL) {
        spell(name, b, 0, b->names.qkv, ".weight");
        b->fused = recto_weights_lookup(b->weights, name) != NULL;
    }
    if (is_swapped(b)) {
        const char *fc1 = b->names.fc1;
        b->names.fc1 = b->names.fc2;
        b->names.fc2 = fc1;
    }
    return RECTO_OK;
}

/* --- single tensors --------------------------------------------------------------------------- */

static const recto_tensor *bind(binder *b, const char *name, const uint64_t *dims, int n_dims)
{
    const recto_tensor *t = NULL;

    if (b->status != RECTO_OK)
        return NULL;
    b->status = recto_weights_expect(&t, b->weights, name, dims, n_dims, b->err);
    if (b->status != RECTO_OK)
        return NULL;
    if (!recto_dtype_is_float(t->dtype)) {
        b->status =
            recto_error_set(b->err, RECTO_ERR_MODEL, "weights: %s: expected floats, found %s", name,
                            recto_dtype_name(t->dtype));
        return NULL;
    }
    b->bound[b->n_bound++] = t;
    return t;
}

/* rows x columns numbers (rows 1: a vector) kept as floats; NULL in a check and after a failure. */
static float *floats(binder *b, int layer, const char *stem, const char *ending, int rows,
                     int columns)
{
    const uint64_t dims[2] = {(uint64_t)rows, (uint64_t)columns};
    const uint64_t *shape = rows == 1 ? dims + 1 : dims;
    const int n_dims = rows == 1 ? 1 : 2;
    char name[NAME_SIZE];
    float *made = NULL;

    spell(name, b, layer, stem, ending);
    if (bind(b, name, shape, n_dims) != NULL && b->vit != NULL)
        b->status = recto_weights_floats(&made, b->weights, name, shape, n_dims, b->err);
    return made;
}

static recto_vit_norm norm(binder *b, int layer, const char *stem, int dim)
{
    recto_vit_norm n;
    n.gain = floats(b, layer, stem, ".weight", 1, dim);
    n.shift = floats(b, layer, stem, ".bias", 1, dim);
    return n;
}

/* --- products --------------------------------------------------------------------------------- */

/* What a linear layer is made of: n_parts stems of equal rows, one under the other. */
typedef struct source {
    int layer;
    const char *const *stems;
    int n_parts;
    recto_ops_linear shape;
    const char *scale; /* single of the block that scales the rows; NULL: none */
    bool is_conv;      /* stored as [N, 3, p, p] */
} source;

/* The biases of all parts, one after the other; NULL in a check and after a failure. */
static float *bias_of(binder *b, const source *s)
{
    const int rows = s->shape.n_out / s->n_parts;
    float *all = NULL;

    for (int i = 0; i < s->n_parts; i++) {
        float *part = floats(b, s->layer, s->stems[i], ".bias", 1, rows);
        if (part != NULL && all == NULL) {
            all = malloc((size_t)s->shape.n_out * sizeof *all);
            if (all == NULL)
                b->status = recto_error_set(b->err, RECTO_ERR_NOMEM, "weights: out of memory");
        }
        if (part != NULL && all != NULL)
            memcpy(all + (size_t)i * (size_t)rows, part, (size_t)rows * sizeof *all);
        free(part);
    }
    return all;
}

/* Bind and, unless it is a check, pack; NULL in a check and after a failure. */
static recto_layer *linear(binder *b, const source *s)
{
    const uint64_t p = (uint64_t)b->config->patch_size;
    const uint64_t rows = (uint64_t)(s->shape.n_out / s->n_parts);
    const uint64_t dims[4] = {rows, s->is_conv ? 3 : (uint64_t)s->shape.n_in, p, p};
    recto_tensor part[3];
    recto_matrix m = {.n_parts = s->n_parts};
    recto_layer *made = NULL;
    char name[NAME_SIZE];

    for (int i = 0; i < s->n_parts; i++) {
        spell(name, b, s->layer, s->stems[i], ".weight");
        const recto_tensor *t = bind(b, name, dims, s->is_conv ? 4 : 2);
        if (t == NULL)
            return NULL;
        part[i] = *t; /* the convolution's numbers lie as the matrix needs them */
        part[i].n_dims = 2;
        part[i].dims[0] = rows;
        part[i].dims[1] = (uint64_t)s->shape.n_in;
        m.parts[i] = &part[i];
    }
    float *bias = bias_of(b, s);
    float *scale = s->scale ? floats(b, s->layer, s->scale, "", 1, s->shape.n_out) : NULL;
    m.bias = bias;
    m.row_scale = scale;
    if (b->status == RECTO_OK && b->vit != NULL)
        b->status = recto_backend_pack(&made, b->vit->be, &s->shape, &m, b->err);
    free(bias);
    free(scale);
    return made;
}

static void bind_block(binder *b, recto_vit_block *block, int layer)
{
    const vit_names *n = &b->names;
    const int D = b->config->dim;
    const int F = b->config->ffn_dim;

    block->norm1 = norm(b, layer, n->norm1, D);
    block->norm2 = norm(b, layer, n->norm2, D);
    block->qkv = linear(b, &(source){layer,
                                     b->fused ? &n->qkv : n->split,
                                     b->fused ? 1 : 3,
                                     {3 * D, D, RECTO_OPS_SET},
                                     NULL,
                                     false});
    block->out = linear(b, &(source){layer, &n->out, 1, {D, D, RECTO_OPS_ADD}, n->ls1, false});
    block->fc1 = linear(b, &(source){layer, &n->fc1, 1, {F, D, RECTO_OPS_GELU}, NULL, false});
    block->fc2 = linear(b, &(source){layer, &n->fc2, 1, {D, F, RECTO_OPS_ADD}, n->ls2, false});
}

static void bind_all(binder *b)
{
    const recto_vit_config *c = b->config;
    const vit_names *n = &b->names;
    const int T = 1 + recto_vit_patches(c);
    const int K = 3 * c->patch_size * c->patch_size;
    const int wide = c->shuffle * c->shuffle * c->dim;
    recto_vit none = {0};
    recto_vit_block unused;
    recto_vit *v = b->vit ? b->vit : &none;

    float *class_token = floats(b, -1, n->class_token, "", 1, c->dim);
    v->positions = floats(b, -1, n->positions, "", T, c->dim);
    if (b->status == RECTO_OK && b->vit != NULL)
        for (int i = 0; i < c->dim; i++)
            v->positions[i] += class_token[i];
    free(class_token);
    v->patch = linear(b, &(source){-1, &n->patch, 1, {c->dim, K, RECTO_OPS_ADD}, NULL, true});
    for (int i = 0; b->status == RECTO_OK && i < c->n_layers; i++)
        bind_block(b, b->vit ? &v->blocks[i] : &unused, i);
    v->projector_norm = norm(b, -1, n->projector_norm, wide);
    v->projector1 = linear(
        b, &(source){-1, &n->projector1, 1, {c->out_dim, wide, RECTO_OPS_GELU}, NULL, false});
    v->projector2 = linear(
        b, &(source){-1, &n->projector2, 1, {c->out_dim, c->out_dim, RECTO_OPS_SET}, NULL, false});
}

/* --- what is left over ------------------------------------------------------------------------ */

static int compare_pointers(const void *a, const void *b)
{
    const recto_tensor *const *x = a;
    const recto_tensor *const *y = b;
    return (*x > *y) - (*x < *y);
}

static recto_status refuse_others(binder *b)
{
    qsort(b->bound, b->n_bound, sizeof(const recto_tensor *), compare_pointers);
    for (size_t i = 0; i < recto_weights_count(b->weights); i++) {
        const recto_tensor *t = recto_weights_at(b->weights, i);
        if (!starts(t, b->names.vision) && !starts(t, b->names.projector))
            continue;
        if (bsearch(&t, b->bound, b->n_bound, sizeof(const recto_tensor *), compare_pointers))
            continue;
        return recto_error_set(b->err, RECTO_ERR_MODEL,
                               "weights: %.100s: not part of the config's vision encoder of %d "
                               "layers; another architecture",
                               t->name, b->config->n_layers);
    }
    return RECTO_OK;
}

/* vit NULL: check only. */
static recto_status walk(size_t *n_bound_out, recto_vit *vit, const recto_vit_config *config,
                         const recto_weights *w, recto_error *err)
{
    binder b = {.config = config, .weights = w, .vit = vit, .err = err};
    const size_t most = (size_t)config->n_layers * MAX_BLOCK_TENSORS + MAX_OTHER_TENSORS;

    b.status = find_spelling(&b);
    if (b.status != RECTO_OK)
        return b.status;
    b.bound = calloc(most, sizeof(const recto_tensor *));
    if (b.bound == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "weights: out of memory");
    bind_all(&b);
    if (b.status == RECTO_OK)
        b.status = refuse_others(&b);
    *n_bound_out = b.n_bound;
    free(b.bound);
    return b.status;
}

/* --- the config ------------------------------------------------------------------------------- */

static recto_status in_range(const char *what, int value, int most, recto_error *err)
{
    if (value >= 1 && value <= most)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_MODEL, "vision config: %s %d is not in 1..%d", what,
                           value, most);
}

recto_status recto_vit_check_config(const recto_vit_config *c, recto_error *err)
{
    const struct {
        const char *what;
        int value, most;
    } ranges[] = {
        {"layers", c->n_layers, MAX_LAYERS},
        {"hidden size", c->dim, MAX_DIM},
        {"heads", c->n_heads, MAX_DIM},
        {"MLP size", c->ffn_dim, MAX_FFN},
        {"patch size", c->patch_size, MAX_PATCH},
        {"pixel shuffle", c->shuffle, MAX_SHUFFLE},
        {"output size", c->out_dim, MAX_OUT},
        {"image size", c->image_size, MAX_SIDE * MAX_PATCH},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        recto_status status = in_range(ranges[i].what, ranges[i].value, ranges[i].most, err);
        if (status != RECTO_OK)
            return status;
    }
    if (c->image_size % (c->patch_size * c->shuffle) != 0 ||
        c->image_size / c->patch_size > MAX_SIDE)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "vision config: image size %d is not up to %d patches of %d in "
                               "squares of %d",
                               c->image_size, (int)MAX_SIDE, c->patch_size, c->shuffle);
    if (c->dim % c->n_heads != 0)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "vision config: hidden size %d is not a multiple of %d heads",
                               c->dim, c->n_heads);
    if (!(c->eps > 0.0f && c->eps < 1.0f && c->projector_eps > 0.0f && c->projector_eps < 1.0f))
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "vision config: the eps of a layer norm is not in 0..1");
    return RECTO_OK;
}

size_t recto_vit_wide(const recto_vit_config *c)
{
    const size_t P = (size_t)recto_vit_patches(c);
    const size_t p = (size_t)c->patch_size;
    const size_t sizes[] = {3 * (1 + P) * (size_t)c->dim, (1 + P) * (size_t)c->ffn_dim,
                            3 * P * p * p, (size_t)recto_vit_tokens(c) * (size_t)c->out_dim};
    size_t most = 0;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        most = sizes[i] > most ? sizes[i] : most;
    return most;
}

/* --- public ----------------------------------------------------------------------------------- */

recto_status recto_vit_check(size_t *n_bound_out, const recto_vit_config *config,
                             const recto_weights *w, recto_error *err)
{
    *n_bound_out = 0;
    recto_status status = recto_vit_check_config(config, err);
    return status == RECTO_OK ? walk(n_bound_out, NULL, config, w, err) : status;
}

recto_status recto_vit_load(recto_vit **out, const recto_vit_config *config, const recto_weights *w,
                            recto_backend *be, recto_error *err)
{
    size_t n_bound;

    *out = NULL;
    /* everything is looked at before anything is packed */
    recto_status status = recto_vit_check(&n_bound, config, w, err);
    if (status != RECTO_OK)
        return status;
    const size_t row = (1 + (size_t)recto_vit_patches(config)) * (size_t)config->dim;
    recto_vit *v = calloc(1, sizeof *v);
    if (v != NULL) {
        v->config = *config;
        v->be = be;
        v->blocks = calloc((size_t)config->n_layers, sizeof *v->blocks);
        v->x = malloc(row * sizeof *v->x);
        v->narrow = malloc(row * sizeof *v->narrow);
        v->wide = malloc(recto_vit_wide(config) * sizeof *v->wide);
    }
    if (v == NULL || v->blocks == NULL || v->x == NULL || v->narrow == NULL || v->wide == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "vision encoder: out of memory");
    else
        status = walk(&n_bound, v, config, w, err);
    if (status != RECTO_OK) {
        recto_vit_free(v);
        return status;
    }
    *out = v;
    return RECTO_OK;
}

static void norm_free(recto_vit_norm *n)
{
    free(n->gain);
    free(n->shift);
}

void recto_vit_free(recto_vit *v)
{
    if (v == NULL)
        return;
    for (int i = 0; v->blocks != NULL && i < v->config.n_layers; i++) {
        recto_vit_block *b = &v->blocks[i];
        norm_free(&b->norm1);
        norm_free(&b->norm2);
        v->be->layer_free(v->be, b->qkv);
        v->be->layer_free(v->be, b->out);
        v->be->layer_free(v->be, b->fc1);
        v->be->layer_free(v->be, b->fc2);
    }
    v->be->layer_free(v->be, v->patch);
    v->be->layer_free(v->be, v->projector1);
    v->be->layer_free(v->be, v->projector2);
    norm_free(&v->projector_norm);
    free(v->blocks);
    free(v->positions);
    free(v->x);
    free(v->narrow);
    free(v->wide);
    free(v);
}

size_t recto_vit_bytes(const recto_vit_config *config, const recto_backend *be)
{
    const recto_vit_config *c = config;
    const int D = c->dim;
    const int wide = c->shuffle * c->shuffle * D;
    const recto_ops_linear block[] = {
        {3 * D, D, RECTO_OPS_SET},
        {D, D, RECTO_OPS_ADD},
        {c->ffn_dim, D, RECTO_OPS_GELU},
        {D, c->ffn_dim, RECTO_OPS_ADD},
    };
    const recto_ops_linear others[] = {
        {D, 3 * c->patch_size * c->patch_size, RECTO_OPS_ADD},
        {c->out_dim, wide, RECTO_OPS_GELU},
        {c->out_dim, c->out_dim, RECTO_OPS_SET},
    };
    const size_t row = (1 + (size_t)recto_vit_patches(c)) * (size_t)D;
    size_t one = 4 * (size_t)D * sizeof(float);
    size_t total = sizeof(recto_vit) + (3 * row + recto_vit_wide(c)) * sizeof(float) +
                   2 * (size_t)wide * sizeof(float);

    for (size_t i = 0; i < sizeof block / sizeof block[0]; i++)
        one += be->linear_bytes(be, &block[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        total += be->linear_bytes(be, &others[i]);
    return total + (size_t)c->n_layers * (one + sizeof(recto_vit_block));
}
