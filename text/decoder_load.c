/* Binding: each tensor the architecture has is looked up by the name that its file form gives it
 * and its shape is checked; a language tensor that is left over means another architecture, which
 * would compute something else without saying so. */
#include "text/decoder_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_LAYERS = 1024,
    MAX_HEADS = 4096,
    MAX_SIZE = 1 << 24, /* of every other number of a config */
};

enum slot {
    ATTN_NORM,
    Q,
    K,
    V,
    Q_NORM,
    K_NORM,
    OUT,
    FFN_NORM,
    GATE,
    UP,
    DOWN,
    N_SLOTS,
};

/* How a file form spells the names. */
struct spelling {
    const char *embed, *norm, *head;
    const char *block; /* before the layer's number */
    const char *slots[N_SLOTS];
    /* The language model's tensors: those that begin so; a form without them owns all but the
     * vision part's, which begin with what `others` holds. */
    const char *own[2];
    const char *others[2];
    bool may_lack_head; /* which means a tied one */
};

#define HF_SLOTS                                                                                   \
    {                                                                                              \
        [ATTN_NORM] = ".input_layernorm.weight", [Q] = ".self_attn.q_proj.weight",                 \
        [K] = ".self_attn.k_proj.weight", [V] = ".self_attn.v_proj.weight",                        \
        [Q_NORM] = ".self_attn.q_norm.weight", [K_NORM] = ".self_attn.k_norm.weight",              \
        [OUT] = ".self_attn.o_proj.weight", [FFN_NORM] = ".post_attention_layernorm.weight",       \
        [GATE] = ".mlp.gate_proj.weight", [UP] = ".mlp.up_proj.weight",                            \
        [DOWN] = ".mlp.down_proj.weight",                                                          \
    }

static const struct spelling spellings[] = {
    {
        .embed = "language_model.model.embed_tokens.weight",
        .norm = "language_model.model.norm.weight",
        .head = "language_model.lm_head.weight",
        .block = "language_model.model.layers.",
        .slots = HF_SLOTS,
        .own = {"language_model."},
    },
    {
        .embed = "model.language_model.embed_tokens.weight",
        .norm = "model.language_model.norm.weight",
        .head = "lm_head.weight",
        .block = "model.language_model.layers.",
        .slots = HF_SLOTS,
        .own = {"model.language_model.", "lm_head."},
    },
    {
        .embed = "token_embd.weight",
        .norm = "output_norm.weight",
        .head = "output.weight",
        .block = "blk.",
        .slots =
            {
                [ATTN_NORM] = ".attn_norm.weight",
                [Q] = ".attn_q.weight",
                [K] = ".attn_k.weight",
                [V] = ".attn_v.weight",
                [Q_NORM] = ".attn_q_norm.weight",
                [K_NORM] = ".attn_k_norm.weight",
                [OUT] = ".attn_output.weight",
                [FFN_NORM] = ".ffn_norm.weight",
                [GATE] = ".ffn_gate.weight",
                [UP] = ".ffn_up.weight",
                [DOWN] = ".ffn_down.weight",
            },
        .others = {"v.", "mm."},
        .may_lack_head = true,
    },
};
enum { N_SPELLINGS = sizeof spellings / sizeof spellings[0] };

/* The tensors of a model. */
struct bound {
    const recto_tensor *embed, *norm;
    const recto_tensor *head;               /* the embedding if tied */
    const recto_tensor *(*blocks)[N_SLOTS]; /* [n_layers], malloc */
    size_t n;
};

/* --- config ----------------------------------------------------------------------------------- */

static recto_status check_config(const recto_decoder_config *c, recto_error *err)
{
    const struct {
        const char *name;
        int value, most;
    } sizes[] = {
        {"layers", c->n_layers, MAX_LAYERS},
        {"hidden size", c->dim, MAX_SIZE},
        {"intermediate size", c->ffn_dim, MAX_SIZE},
        {"attention heads", c->n_heads, MAX_HEADS},
        {"key-value heads", c->n_kv_heads, MAX_HEADS},
        {"head size", c->head_dim, RECTO_OPS_MAX_HEAD}, /* what back ends have room for */
        {"vocabulary", c->n_vocab, MAX_SIZE},
        {"context", c->n_context, MAX_SIZE},
    };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i].value < 1 || sizes[i].value > sizes[i].most)
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "language model config: %s: %d is not in 1..%d", sizes[i].name,
                                   sizes[i].value, sizes[i].most);
    if (c->n_heads % c->n_kv_heads != 0)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "language model config: %d attention heads cannot share %d "
                               "key-value heads",
                               c->n_heads, c->n_kv_heads);
    if (c->head_dim % 2 != 0)
        return recto_error_set(err, RECTO_ERR_MODEL, "language model config: head size: %d is odd",
                               c->head_dim);
    if (!(c->eps > 0.0f && c->eps < 1.0f))
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "language model config: norm epsilon: %g is not in 0..1",
                               (double)c->eps);
    if (!(c->rope_theta >= 1.0 && c->rope_theta <= 1e30))
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "language model config: RoPE theta: %g is not in 1..1e30",
                               c->rope_theta);
    return RECTO_OK;
}

/* Shape of a slot's tensor; returns the number of dimensions. */
static int slot_dims(uint64_t dims[2], const recto_decoder_config *c, enum slot slot)
{
    const uint64_t D = (uint64_t)c->dim;
    const uint64_t F = (uint64_t)c->ffn_dim;
    const uint64_t d = (uint64_t)c->head_dim;
    const uint64_t heads = (uint64_t)c->n_heads * d;
    const uint64_t kv = (uint64_t)c->n_kv_heads * d;
    const uint64_t shapes[N_SLOTS][2] = {
        [ATTN_NORM] = {D}, [Q] = {heads, D}, [K] = {kv, D},      [V] = {kv, D},
        [Q_NORM] = {d},    [K_NORM] = {d},   [OUT] = {D, heads}, [FFN_NORM] = {D},
        [GATE] = {F, D},   [UP] = {F, D},    [DOWN] = {D, F},
    };

    memcpy(dims, shapes[slot], sizeof shapes[slot]);
    return dims[1] == 0 ? 1 : 2;
}

/* --- binding ---------------------------------------------------------------------------------- */

static recto_status bind(const recto_tensor **out, struct bound *b, const recto_weights *w,
                         const char *name, const uint64_t *dims, int n_dims, recto_error *err)
{
    recto_status status = recto_weights_expect(out, w, name, dims, n_dims, err);
    if (status != RECTO_OK)
        return status;
    if (!recto_dtype_is_float((*out)->dtype))
        return recto_error_set(err, RECTO_ERR_MODEL, "%s: expected floats, found %s", name,
                               recto_dtype_name((*out)->dtype));
    b->n++;
    return RECTO_OK;
}

static recto_status find_spelling(const struct spelling **out, const recto_weights *w,
                                  recto_error *err)
{
    for (int i = 0; i < N_SPELLINGS; i++) {
        *out = &spellings[i];
        if (recto_weights_lookup(w, spellings[i].embed) != NULL)
            return RECTO_OK;
    }
    *out = NULL;
    return recto_error_set(err, RECTO_ERR_MODEL,
                           "no language model here: none of %s, %s, %s is in the files",
                           spellings[0].embed, spellings[1].embed, spellings[2].embed);
}

static bool begins(const char *text, const char *with)
{
    return with != NULL && strncmp(text, with, strlen(with)) == 0;
}

/* Is a tensor's name one that was bound?  The layer is spelled as printf does. */
static bool is_bound_name(const struct spelling *s, const char *name, int n_layers)
{
    char again[128];

    if (strcmp(name, s->embed) == 0 || strcmp(name, s->norm) == 0 || strcmp(name, s->head) == 0)
        return true;
    if (!begins(name, s->block))
        return false;
    const long layer = strtol(name + strlen(s->block), NULL, 10);
    if (layer < 0 || layer >= n_layers)
        return false;
    for (int slot = 0; slot < N_SLOTS; slot++) {
        snprintf(again, sizeof again, "%s%ld%s", s->block, layer, s->slots[slot]);
        if (strcmp(name, again) == 0)
            return true;
    }
    return false;
}

static recto_status refuse_others(const struct spelling *s, const recto_weights *w, int n_layers,
                                  recto_error *err)
{
    for (size_t i = 0; i < recto_weights_count(w); i++) {
        const char *name = recto_weights_at(w, i)->name;
        const bool own = s->own[0] != NULL
                             ? begins(name, s->own[0]) || begins(name, s->own[1])
                             : !begins(name, s->others[0]) && !begins(name, s->others[1]);
        if (own && !is_bound_name(s, name, n_layers))
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "%.120s: a Qwen3 language model of %d layers has no such "
                                   "tensor; this is another architecture",
                                   name, n_layers);
    }
    return RECTO_OK;
}

/* The head, or the embedding in its place. */
static recto_status bind_head(struct bound *b, const struct spelling *s,
                              const recto_decoder_config *c, const recto_weights *w,
                              const uint64_t dims[2], recto_error *err)
{
    const bool here = recto_weights_lookup(w, s->head) != NULL;

    b->head = b->embed;
    if (s->may_lack_head ? !here : c->tied)
        return RECTO_OK;
    return bind(&b->head, b, w, s->head, dims, 2, err);
}

static recto_status bind_all(struct bound *b, const recto_decoder_config *c, const recto_weights *w,
                             recto_error *err)
{
    const uint64_t table[2] = {(uint64_t)c->n_vocab, (uint64_t)c->dim};
    const struct spelling *s = NULL;
    char name[128];
    recto_status status = check_config(c, err);

    memset(b, 0, sizeof *b);
    if (status == RECTO_OK)
        status = find_spelling(&s, w, err);
    if (status == RECTO_OK)
        status = bind(&b->embed, b, w, s->embed, table, 2, err);
    if (status == RECTO_OK)
        status = bind(&b->norm, b, w, s->norm, table + 1, 1, err);
    if (status == RECTO_OK)
        status = bind_head(b, s, c, w, table, err);
    if (status != RECTO_OK)
        return status;
    b->blocks = calloc((size_t)c->n_layers, sizeof *b->blocks);
    if (b->blocks == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "decoder: out of memory");
    for (int layer = 0; layer < c->n_layers; layer++) {
        for (int slot = 0; slot < N_SLOTS; slot++) {
            uint64_t dims[2];
            const int n_dims = slot_dims(dims, c, (enum slot)slot);
            snprintf(name, sizeof name, "%s%d%s", s->block, layer, s->slots[slot]);
            status = bind(&b->blocks[layer][slot], b, w, name, dims, n_dims, err);
            if (status != RECTO_OK)
                return status;
        }
    }
    return refuse_others(s, w, c->n_layers, err);
}

recto_status recto_decoder_check(size_t *n_bound_out, const recto_decoder_config *config,
                                 const recto_weights *w, recto_error *err)
{
    struct bound b;
    recto_status status = bind_all(&b, config, w, err);

    *n_bound_out = status == RECTO_OK ? b.n : 0;
    free(b.blocks);
    return status;
}

/* --- sizes ------------------------------------------------------------------------------------ */

/* The products of a block, then the head's. */
enum { QKV_PRODUCT, OUT_PRODUCT, GATE_UP_PRODUCT, DOWN_PRODUCT, HEAD_PRODUCT, N_PRODUCTS };

static recto_ops_linear product(const recto_decoder_config *c, int which)
{
    const int heads = c->n_heads * c->head_dim;
    const int kv = c->n_kv_heads * c->head_dim;
    const recto_ops_linear shapes[N_PRODUCTS] = {
        [QKV_PRODUCT] = {heads + 2 * kv, c->dim, RECTO_OPS_SET},
        [OUT_PRODUCT] = {c->dim, heads, RECTO_OPS_ADD},
        [GATE_UP_PRODUCT] = {2 * c->ffn_dim, c->dim, RECTO_OPS_SET},
        [DOWN_PRODUCT] = {c->dim, c->ffn_dim, RECTO_OPS_ADD},
        [HEAD_PRODUCT] = {c->n_vocab, c->dim, RECTO_OPS_SET},
    };
    return shapes[which];
}

int recto_decoder_piece(const recto_decoder_config *c)
{
    return c->n_context < RECTO_DECODER_PIECE ? c->n_context : RECTO_DECODER_PIECE;
}

/* Numbers in the gains of all norms. */
static size_t gains_len(const recto_decoder_config *c)
{
    return (size_t)c->n_layers * 2 * ((size_t)c->dim + (size_t)c->head_dim) + (size_t)c->dim;
}

/* Numbers in the scratch rows of a token. */
static size_t scratch_len(const recto_decoder_config *c)
{
    return (size_t)c->dim + (size_t)product(c, QKV_PRODUCT).n_out +
           (size_t)product(c, OUT_PRODUCT).n_in + 3 * (size_t)c->ffn_dim;
}

size_t recto_decoder_bytes(const recto_decoder_config *config, const recto_backend *be,
                           int n_positions)
{
    const recto_decoder_config *c = config;
    const recto_ops_cache cache = {c->n_layers, c->n_kv_heads, c->head_dim, n_positions};
    /* check_config bounds each product: no sum of a few of these can overflow 64 bits */
    size_t sum = 0;

    if (check_config(c, NULL) != RECTO_OK || n_positions < 1 || n_positions > MAX_SIZE)
        return SIZE_MAX;
    sum += be->cache_bytes(be, &cache);
    sum += (size_t)n_positions * (size_t)c->head_dim * sizeof(float);
    sum += gains_len(c) * sizeof(float);
    sum += (size_t)recto_decoder_piece(c) * scratch_len(c) * sizeof(float);
    for (int i = 0; i < N_PRODUCTS; i++) {
        const recto_ops_linear shape = product(c, i);
        const size_t bytes = be->linear_bytes(be, &shape);
        const size_t times = i == HEAD_PRODUCT ? 1 : (size_t)c->n_layers;
        if (bytes > (SIZE_MAX - sum) / times)
            return SIZE_MAX;
        sum += bytes * times;
    }
    return sum;
}

/* --- loading ---------------------------------------------------------------------------------- */

static recto_status pack(recto_layer **out, recto_decoder *d, int which,
                         const recto_tensor *const *parts, int n_parts, recto_error *err)
{
    const recto_ops_linear shape = product(&d->config, which);
    recto_matrix m = {.n_parts = n_parts};

    for (int i = 0; i < n_parts; i++)
        m.parts[i] = parts[i];
    recto_status status = recto_backend_pack(out, d->be, &shape, &m, err);
    return status == RECTO_OK ? status
                              : recto_error_prefix(err, status, "%.100s: ", parts[0]->name);
}

/* A norm's gain to the next place of d->gains. */
static const float *widen(float **to, const recto_tensor *t)
{
    float *gain = *to;
    /* binding has refused what this cannot widen */
    (void)recto_dtype_widen(gain, t->data, t->dtype, t->n_elements);
    *to += t->n_elements;
    return gain;
}

static recto_status pack_block(recto_decoder *d, recto_decoder_block *block,
                               const recto_tensor *const t[N_SLOTS], float **gains,
                               recto_error *err)
{
    recto_status status;

    block->attn_norm = widen(gains, t[ATTN_NORM]);
    block->ffn_norm = widen(gains, t[FFN_NORM]);
    block->q_norm = widen(gains, t[Q_NORM]);
    block->k_norm = widen(gains, t[K_NORM]);
    /* q, k and v are neighbours in the slots, and so are gate and up */
    status = pack(&block->qkv, d, QKV_PRODUCT, &t[Q], 3, err);
    if (status == RECTO_OK)
        status = pack(&block->out, d, OUT_PRODUCT, &t[OUT], 1, err);
    if (status == RECTO_OK)
        status = pack(&block->gate_up, d, GATE_UP_PRODUCT, &t[GATE], 2, err);
    if (status == RECTO_OK)
        status = pack(&block->down, d, DOWN_PRODUCT, &t[DOWN], 1, err);
    return status;
}

static bool alloc_scratch(recto_decoder *d)
{
    const recto_decoder_config *c = &d->config;
    const size_t n = (size_t)recto_decoder_piece(c);

    d->x = malloc(n * (size_t)c->dim * sizeof *d->x);
    d->qkv = malloc(n * (size_t)product(c, QKV_PRODUCT).n_out * sizeof *d->qkv);
    d->mixed = malloc(n * (size_t)product(c, OUT_PRODUCT).n_in * sizeof *d->mixed);
    d->gu = malloc(n * 2 * (size_t)c->ffn_dim * sizeof *d->gu);
    d->hidden = malloc(n * (size_t)c->ffn_dim * sizeof *d->hidden);
    d->gains = malloc(gains_len(c) * sizeof *d->gains);
    d->blocks = calloc((size_t)c->n_layers, sizeof *d->blocks);
    return d->x != NULL && d->qkv != NULL && d->mixed != NULL && d->gu != NULL &&
           d->hidden != NULL && d->gains != NULL && d->blocks != NULL;
}

static recto_status load(recto_decoder *d, const struct bound *b, recto_error *err)
{
    float *gains = d->gains;
    recto_status status;

    for (int i = 0; i < d->config.n_layers; i++) {
        status = pack_block(d, &d->blocks[i], b->blocks[i], &gains, err);
        if (status != RECTO_OK)
            return status;
    }
    d->norm = widen(&gains, b->norm);
    d->embed = b->embed;
    return pack(&d->head, d, HEAD_PRODUCT, &b->head, 1, err);
}

recto_status recto_decoder_load(recto_decoder **out, const recto_decoder_config *config,
                                const recto_weights *w, recto_backend *be, recto_error *err)
{
    recto_decoder *d = NULL;
    struct bound b;
    recto_status status = bind_all(&b, config, w, err);

    *out = NULL;
    if (status != RECTO_OK)
        goto fail;
    d = calloc(1, sizeof *d);
    if (d != NULL) {
        d->config = *config;
        d->be = be;
    }
    if (d == NULL || !alloc_scratch(d)) {
        status = recto_error_set(err, RECTO_ERR_NOMEM, "decoder: out of memory");
        goto fail;
    }
    status = load(d, &b, err);
    if (status != RECTO_OK)
        goto fail;
    free(b.blocks);
    *out = d;
    return RECTO_OK;
fail:
    free(b.blocks);
    recto_decoder_free(d);
    return status;
}
