/* Small language models for tests: their numbers, a forward pass in double precision that shares
 * nothing with the decoder, and files in each of the forms that the decoder reads.
 *
 * Numbers of matrices are whole multiples (-127..127) of a power of two, so that F32, F16, BF16 and
 * Q8_0 all hold the same ones. */
#ifndef RECTO_TESTS_DECODER_MODEL_H
#define RECTO_TESTS_DECODER_MODEL_H

#include "core/buf.h"
#include "text/decoder.h"

#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum model_slot { IN_NORM, WQ, WK, WV, QN, KN, WO, POST_NORM, WGATE, WUP, WDOWN, MODEL_SLOTS };
enum model_form { FORM_ORIGINAL, FORM_NATIVE, FORM_GGUF };
enum { MODEL_MAX_LAYERS = 3, MODEL_MAX_TENSORS = MODEL_MAX_LAYERS * MODEL_SLOTS + 8 };

struct model {
    recto_decoder_config c;
    float *embed, *norm, *head;
    float *blocks[MODEL_MAX_LAYERS][MODEL_SLOTS];
};

/* A tensor as a file will hold it; tests change these before the file is made. */
struct model_tensor {
    char name[96];
    uint64_t dims[2]; /* row major */
    int n_dims;
    recto_dtype dtype; /* F32, F16, BF16, or Q8_0 (GGUF only); others hold zeros */
    const float *numbers;
};

struct model_file {
    struct model_tensor tensors[MODEL_MAX_TENSORS];
    int n;
    recto_buf bytes;
    recto_gguf *gguf;
    recto_weights *weights;
};

static inline uint32_t model_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* n whole multiples of `step` around `middle`. */
static inline float *model_numbers(size_t n, float middle, float step, uint32_t *seed)
{
    float *p = malloc(n * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        p[i] = middle + step * (float)((int)(model_random(seed) % 255) - 127);
    return p;
}

static inline int model_slot_dims(uint64_t dims[2], const recto_decoder_config *c, int slot)
{
    const int q = c->n_heads * c->head_dim;
    const int kv = c->n_kv_heads * c->head_dim;
    const int shapes[MODEL_SLOTS][2] = {
        [IN_NORM] = {c->dim, 0},
        [WQ] = {q, c->dim},
        [WK] = {kv, c->dim},
        [WV] = {kv, c->dim},
        [QN] = {c->head_dim, 0},
        [KN] = {c->head_dim, 0},
        [WO] = {c->dim, q},
        [POST_NORM] = {c->dim, 0},
        [WGATE] = {c->ffn_dim, c->dim},
        [WUP] = {c->ffn_dim, c->dim},
        [WDOWN] = {c->dim, c->ffn_dim},
    };
    dims[0] = (uint64_t)shapes[slot][0];
    dims[1] = (uint64_t)shapes[slot][1];
    return dims[1] == 0 ? 1 : 2;
}

static inline struct model *model_new(const recto_decoder_config *c, uint32_t seed)
{
    struct model *m = calloc(1, sizeof *m);
    const size_t table = (size_t)c->n_vocab * (size_t)c->dim;

    assert_non_null(m);
    assert_true(c->n_layers <= MODEL_MAX_LAYERS);
    m->c = *c;
    m->embed = model_numbers(table, 0.0f, 0x1p-7f, &seed);
    m->head = c->tied ? m->embed : model_numbers(table, 0.0f, 0x1p-7f, &seed);
    m->norm = model_numbers((size_t)c->dim, 1.0f, 0x1p-9f, &seed);
    for (int i = 0; i < c->n_layers; i++) {
        for (int slot = 0; slot < MODEL_SLOTS; slot++) {
            uint64_t dims[2];
            const bool gain = model_slot_dims(dims, c, slot) == 1;
            m->blocks[i][slot] = model_numbers((size_t)(dims[0] * (gain ? 1 : dims[1])),
                                               gain ? 1.0f : 0.0f, 0x1p-8f, &seed);
        }
    }
    return m;
}

static inline void model_free(struct model *m)
{
    for (int i = 0; i < m->c.n_layers; i++)
        for (int slot = 0; slot < MODEL_SLOTS; slot++)
            free(m->blocks[i][slot]);
    if (m->head != m->embed)
        free(m->head);
    free(m->embed);
    free(m->norm);
    free(m);
}

/* --- the forward pass, in double precision ---------------------------------------------------- */

/* y[N] = w[N,K] x[K] */
static inline void model_product(double *y, const float *w, const double *x, int N, int K)
{
    for (int n = 0; n < N; n++) {
        y[n] = 0.0;
        for (int k = 0; k < K; k++)
            y[n] += (double)w[(size_t)n * (size_t)K + (size_t)k] * x[k];
    }
}

static inline void model_rms(double *y, const double *x, const float *gain, int n, float eps)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i] * x[i];
    const double scale = 1.0 / sqrt(sum / n + (double)eps);
    for (int i = 0; i < n; i++)
        y[i] = x[i] * scale * (double)gain[i];
}

/* One head: norm, then the turn of its two halves; the angle is a float32 as in the reference. */
static inline void model_turn(double *h, const float *gain, const recto_decoder_config *c, int pos)
{
    const int d = c->head_dim;
    model_rms(h, h, gain, d, c->eps);
    for (int i = 0; i < d / 2; i++) {
        const float exponent = (float)(2 * i) / (float)d;
        const float frequency = 1.0f / (float)pow(c->rope_theta, (double)exponent);
        const double angle = (double)((float)pos * frequency);
        const double a = h[i];
        const double b = h[i + d / 2];
        h[i] = a * cos(angle) - b * sin(angle);
        h[i + d / 2] = b * cos(angle) + a * sin(angle);
    }
}

/* x[D] of the token at pos goes through a block; keys, values [pos, kv * d] of it are kept. */
static inline void model_block(double *x, const struct model *m, int layer, int pos, double *keys,
                               double *values)
{
    const recto_decoder_config *c = &m->c;
    float *const *w = m->blocks[layer];
    const int d = c->head_dim;
    const int kv = c->n_kv_heads * d;
    double *normed =
        calloc((size_t)(c->dim + 2 * c->n_heads * d + 2 * c->ffn_dim + pos + 1), sizeof *normed);
    double *q = normed + c->dim;
    double *mixed = q + c->n_heads * d;
    double *gate = mixed + c->n_heads * d;
    double *up = gate + c->ffn_dim;
    double *p = up + c->ffn_dim;
    double *k = keys + (size_t)pos * (size_t)kv;
    double *add = normed;

    assert_non_null(normed);
    model_rms(normed, x, w[IN_NORM], c->dim, c->eps);
    model_product(q, w[WQ], normed, c->n_heads * d, c->dim);
    model_product(k, w[WK], normed, kv, c->dim);
    model_product(values + (size_t)pos * (size_t)kv, w[WV], normed, kv, c->dim);
    for (int h = 0; h < c->n_heads; h++)
        model_turn(q + h * d, w[QN], c, pos);
    for (int h = 0; h < c->n_kv_heads; h++)
        model_turn(k + h * d, w[KN], c, pos);
    for (int h = 0; h < c->n_heads; h++) {
        const int from = h / (c->n_heads / c->n_kv_heads) * d;
        double total = 0.0;
        for (int s = 0; s <= pos; s++) {
            p[s] = 0.0;
            for (int i = 0; i < d; i++)
                p[s] += q[h * d + i] * keys[s * kv + from + i];
            p[s] = exp(p[s] / sqrt(d));
            total += p[s];
        }
        for (int i = 0; i < d; i++)
            for (int s = 0; s <= pos; s++)
                mixed[h * d + i] += p[s] / total * values[s * kv + from + i];
    }
    model_product(add, w[WO], mixed, c->dim, c->n_heads * d);
    for (int i = 0; i < c->dim; i++)
        x[i] += add[i];
    model_rms(normed, x, w[POST_NORM], c->dim, c->eps);
    model_product(gate, w[WGATE], normed, c->ffn_dim, c->dim);
    model_product(up, w[WUP], normed, c->ffn_dim, c->dim);
    for (int i = 0; i < c->ffn_dim; i++)
        gate[i] = gate[i] / (1.0 + exp(-gate[i])) * up[i];
    model_product(add, w[WDOWN], gate, c->dim, c->ffn_dim);
    for (int i = 0; i < c->dim; i++)
        x[i] += add[i];
    free(normed);
}

/* Logits [n_vocab] after the last of n tokens; malloc. */
static inline double *model_forward(const struct model *m, const int32_t *ids, int n, int image_id,
                                    const float *image)
{
    const recto_decoder_config *c = &m->c;
    const size_t kv = (size_t)n * (size_t)(c->n_kv_heads * c->head_dim);
    double *cache = calloc((size_t)c->n_layers * 2 * kv, sizeof *cache);
    double *logits = malloc((size_t)c->n_vocab * sizeof *logits);
    double *x = malloc((size_t)c->dim * sizeof *x);

    assert_true(cache != NULL && logits != NULL && x != NULL);
    for (int t = 0; t < n; t++) {
        const float *row = ids[t] == image_id ? image : m->embed + (size_t)ids[t] * (size_t)c->dim;
        image += ids[t] == image_id ? c->dim : 0;
        for (int i = 0; i < c->dim; i++)
            x[i] = (double)row[i];
        for (int layer = 0; layer < c->n_layers; layer++) {
            double *keys = cache + (size_t)layer * 2 * kv;
            model_block(x, m, layer, t, keys, keys + kv);
        }
    }
    model_rms(x, x, m->norm, c->dim, c->eps);
    model_product(logits, m->head, x, c->n_vocab, c->dim);
    free(cache);
    free(x);
    return logits;
}

/* --- files ------------------------------------------------------------------------------------ */

static inline struct model_tensor *model_add(struct model_file *f, const char *name,
                                             const uint64_t *dims, int n_dims, recto_dtype dtype,
                                             const float *numbers)
{
    struct model_tensor *t = &f->tensors[f->n++];
    assert_true(f->n <= MODEL_MAX_TENSORS);
    snprintf(t->name, sizeof t->name, "%s", name);
    memcpy(t->dims, dims, (size_t)n_dims * sizeof *dims);
    t->n_dims = n_dims;
    t->dtype = n_dims == 1 ? RECTO_DTYPE_F32 : dtype;
    t->numbers = numbers;
    return t;
}

static inline struct model_tensor *model_find(struct model_file *f, const char *name)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->tensors[i].name, name) == 0)
            return &f->tensors[i];
    fail_msg("no tensor %s", name);
    return NULL;
}

/* The model's tensors under the names of a form, matrices of that type. */
static inline void model_list(struct model_file *f, const struct model *m, enum model_form form,
                              recto_dtype dtype)
{
    static const char *const hf[MODEL_SLOTS] = {
        "input_layernorm",  "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
        "self_attn.q_norm", "self_attn.k_norm", "self_attn.o_proj", "post_attention_layernorm",
        "mlp.gate_proj",    "mlp.up_proj",      "mlp.down_proj"};
    static const char *const gguf[MODEL_SLOTS] = {
        "attn_norm",   "attn_q",   "attn_k",   "attn_v", "attn_q_norm", "attn_k_norm",
        "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"};
    static const char *const whole[3][4] = {
        {"language_model.model.embed_tokens.weight", "language_model.model.norm.weight",
         "language_model.lm_head.weight", "language_model.model.layers"},
        {"model.language_model.embed_tokens.weight", "model.language_model.norm.weight",
         "lm_head.weight", "model.language_model.layers"},
        {"token_embd.weight", "output_norm.weight", "output.weight", "blk"},
    };
    const uint64_t table[2] = {(uint64_t)m->c.n_vocab, (uint64_t)m->c.dim};
    char name[96];

    memset(f, 0, sizeof *f);
    model_add(f, whole[form][0], table, 2, dtype, m->embed);
    model_add(f, whole[form][1], table + 1, 1, dtype, m->norm);
    if (!m->c.tied)
        model_add(f, whole[form][2], table, 2, dtype, m->head);
    for (int i = 0; i < m->c.n_layers; i++) {
        for (int slot = 0; slot < MODEL_SLOTS; slot++) {
            uint64_t dims[2];
            const int n_dims = model_slot_dims(dims, &m->c, slot);
            snprintf(name, sizeof name, "%s.%d.%s.weight", whole[form][3], i,
                     (form == FORM_GGUF ? gguf : hf)[slot]);
            model_add(f, name, dims, n_dims, dtype, m->blocks[i][slot]);
        }
    }
}

static inline size_t model_tensor_len(const struct model_tensor *t)
{
    return (size_t)(t->dims[0] * (t->n_dims == 2 ? t->dims[1] : 1));
}

static inline size_t model_tensor_size(const struct model_tensor *t)
{
    return model_tensor_len(t) / recto_dtype_block(t->dtype) * recto_dtype_size(t->dtype);
}

static inline void model_put_le(recto_buf *b, uint64_t v, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        recto_buf_char(b, (char)(uint8_t)(v >> (8 * i)));
}

/* F16 bits of zero or of a number in F16's normal range that has its precision. */
static inline uint16_t model_f16(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    const uint16_t half =
        v == 0.0f ? 0
                  : (uint16_t)((bits >> 16 & 0x8000u) | ((bits >> 23 & 255u) - 112u) << 10 |
                               (bits >> 13 & 1023u));
    assert_true(recto_dtype_f16(half) == v);
    return half;
}

/* A block of 32 multiples of one power of two, at most 127 of it. */
static inline void model_put_q8(recto_buf *b, const float *x)
{
    float step = 1.0f;
    for (int i = 0; i < 32; i++)
        while (x[i] / step != rintf(x[i] / step))
            step /= 2;
    model_put_le(b, model_f16(step), 2);
    for (int i = 0; i < 32; i++)
        recto_buf_char(b, (char)(int8_t)(x[i] / step));
}

static inline void model_put_numbers(recto_buf *b, const struct model_tensor *t)
{
    const size_t n = model_tensor_len(t);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &t->numbers[i], sizeof bits);
        if (t->dtype == RECTO_DTYPE_F32)
            model_put_le(b, bits, 4);
        else if (t->dtype == RECTO_DTYPE_BF16)
            model_put_le(b, bits >> 16, 2);
        else if (t->dtype == RECTO_DTYPE_F16)
            model_put_le(b, model_f16(t->numbers[i]), 2);
        else if (t->dtype == RECTO_DTYPE_Q8_0 && i % 32 == 0)
            model_put_q8(b, t->numbers + i);
        else if (t->dtype != RECTO_DTYPE_Q8_0)
            model_put_le(b, 0, (int)recto_dtype_size(t->dtype));
    }
}

static inline void model_make_safetensors(struct model_file *f)
{
    recto_buf header = RECTO_BUF_INIT;
    size_t at = 0;

    for (int i = 0; i < f->n; i++) {
        const struct model_tensor *t = &f->tensors[i];
        const size_t size = model_tensor_size(t);
        recto_buf_printf(&header, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%d", i ? "," : "{",
                         t->name, recto_dtype_name(t->dtype), (int)t->dims[0]);
        if (t->n_dims == 2)
            recto_buf_printf(&header, ",%d", (int)t->dims[1]);
        recto_buf_printf(&header, "],\"data_offsets\":[%zu,%zu]}", at, at + size);
        at += size;
    }
    recto_buf_char(&header, '}');
    model_put_le(&f->bytes, header.len, 8);
    recto_buf_add(&f->bytes, header.data, header.len);
    for (int i = 0; i < f->n; i++)
        model_put_numbers(&f->bytes, &f->tensors[i]);
    recto_buf_free(&header);
    assert_false(f->bytes.failed);
    assert_int_equal(recto_weights_add_safetensors(f->weights, f->bytes.data, f->bytes.len, NULL),
                     RECTO_OK);
}

static inline void model_pad(recto_buf *b)
{
    while (b->len % 32 != 0)
        recto_buf_char(b, 0);
}

static inline void model_make_gguf(struct model_file *f)
{
    static const uint32_t types[] = {[RECTO_DTYPE_F32] = 0,
                                     [RECTO_DTYPE_F16] = 1,
                                     [RECTO_DTYPE_Q8_0] = 8,
                                     [RECTO_DTYPE_BF16] = 30};
    uint64_t at = 0;

    recto_buf_text(&f->bytes, "GGUF");
    model_put_le(&f->bytes, 3, 4);
    model_put_le(&f->bytes, (uint64_t)f->n, 8);
    model_put_le(&f->bytes, 0, 8);
    for (int i = 0; i < f->n; i++) {
        const struct model_tensor *t = &f->tensors[i];
        model_put_le(&f->bytes, strlen(t->name), 8);
        recto_buf_text(&f->bytes, t->name);
        model_put_le(&f->bytes, (uint64_t)t->n_dims, 4);
        for (int k = t->n_dims - 1; k >= 0; k--) /* innermost first */
            model_put_le(&f->bytes, t->dims[k], 8);
        model_put_le(&f->bytes, types[t->dtype], 4);
        model_put_le(&f->bytes, at, 8);
        at += (model_tensor_size(t) + 31) / 32 * 32;
    }
    for (int i = 0; i < f->n; i++) {
        model_pad(&f->bytes);
        model_put_numbers(&f->bytes, &f->tensors[i]);
    }
    model_pad(&f->bytes);
    assert_false(f->bytes.failed);
    assert_int_equal(recto_gguf_open(&f->gguf, f->bytes.data, f->bytes.len, NULL), RECTO_OK);
    assert_int_equal(recto_weights_add_gguf(f->weights, f->gguf, NULL), RECTO_OK);
}

/* The listed tensors as a file, and what it holds. */
static inline const recto_weights *model_make(struct model_file *f, enum model_form form)
{
    f->weights = recto_weights_new();
    assert_non_null(f->weights);
    if (form == FORM_GGUF)
        model_make_gguf(f);
    else
        model_make_safetensors(f);
    return f->weights;
}

static inline void model_file_free(struct model_file *f)
{
    recto_weights_free(f->weights);
    recto_gguf_close(f->gguf);
    recto_buf_free(&f->bytes);
    f->weights = NULL;
    f->gguf = NULL;
}

#endif
