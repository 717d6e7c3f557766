#include "kernels/ref.h"
#include "kernels/matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float finish(float v, float y, recto_ops_finish f)
{
    switch (f) {
    case RECTO_OPS_RELU:
        return v > 0.0f ? v : 0.0f;
    case RECTO_OPS_GELU:
        return 0.5f * v * (1.0f + erff(v * 0.70710678f));
    case RECTO_OPS_ADD:
        return y + v;
    case RECTO_OPS_SET:
        break;
    }
    return v;
}

void recto_ref_linear(float *y, const float *x, const float *w, const float *bias, int n_tokens,
                      const recto_ops_linear *shape)
{
    const int N = shape->n_out;
    const int K = shape->n_in;

    for (int t = 0; t < n_tokens; t++) {
        for (int n = 0; n < N; n++) {
            const float *xt = x + (size_t)t * (size_t)K;
            const float *wn = w + (size_t)n * (size_t)K;
            float *yt = y + (size_t)t * (size_t)N;
            float sum = 0.0f;
            for (int k = 0; k < K; k++)
                sum += xt[k] * wn[k];
            yt[n] = finish(sum + (bias ? bias[n] : 0.0f), yt[n], shape->finish);
        }
    }
}

/* Sum of one output channel at one place. */
static float conv_point(const float *x, const float *w, int width, int height, int x0, int y0,
                        int channels)
{
    float sum = 0.0f;

    for (int j = 0; j < 3; j++) {
        for (int i = 0; i < 3; i++) {
            int u = x0 + j;
            int v = y0 + i;
            if (u < 0 || u >= width || v < 0 || v >= height)
                continue;
            const float *at = x + ((size_t)u * (size_t)height + (size_t)v) * (size_t)channels;
            for (int c = 0; c < channels; c++)
                sum += w[c * 9 + i * 3 + j] * at[c];
        }
    }
    return sum;
}

void recto_ref_conv(float *y, const float *x, const float *w, const float *bias, int width,
                    int height, const recto_ops_conv *shape)
{
    const int O = shape->n_out;
    const int C = shape->n_in;
    const int out_width = recto_ops_conv_len(width, shape->stride_across);
    const int out_height = recto_ops_conv_len(height, shape->stride_down);

    for (int u = 0; u < out_width; u++) {
        for (int v = 0; v < out_height; v++) {
            for (int o = 0; o < O; o++) {
                float sum = conv_point(x, w + (size_t)o * (size_t)C * 9, width, height,
                                       u * shape->stride_across - 1, v * shape->stride_down - 1, C);
                sum += bias ? bias[o] : 0.0f;
                *y++ = sum > 0.0f ? sum : 0.0f;
            }
        }
    }
}

void recto_ref_normalize(float *y, const float *x, const recto_ops_norm *norm, int n_tokens,
                         int dim)
{
    if (norm->rms) {
        recto_ref_rms_norm(NULL, y, x, norm->gain, norm->eps, n_tokens, dim);
        return;
    }
    for (int t = 0; t < n_tokens; t++, x += dim, y += dim) {
        float mean = 0.0f;
        float variance = 0.0f;
        for (int d = 0; d < dim; d++)
            mean += x[d];
        mean /= (float)dim;
        for (int d = 0; d < dim; d++)
            variance += (x[d] - mean) * (x[d] - mean);
        float scale = 1.0f / sqrtf(variance / (float)dim + norm->eps);
        for (int d = 0; d < dim; d++)
            y[d] = (x[d] - mean) * scale * norm->gain[d] + norm->shift[d];
    }
}

void recto_ref_depthwise(recto_backend *be, float *y, const float *x, const float *w,
                         const float *b, int n_out, int n_in, int dim, int kernel)
{
    (void)be;
    for (int t = 0; t < n_out; t++) {
        float *yt = y + (size_t)t * (size_t)dim;
        for (int d = 0; d < dim; d++)
            yt[d] = x[(size_t)t * (size_t)dim + (size_t)d] + b[d];
        for (int j = 0; j < kernel; j++) {
            int s = t + j - kernel / 2;
            if (s < 0 || s >= n_in)
                continue;
            for (int d = 0; d < dim; d++)
                yt[d] += w[j * dim + d] * x[(size_t)s * (size_t)dim + (size_t)d];
        }
    }
}

void recto_ref_attend(float *y, const float *q, const float *k, const float *v, float *p, int n,
                      int d, size_t stride)
{
    const float scale = 1.0f / sqrtf((float)d);
    float top = -INFINITY;
    float total = 0.0f;

    for (int s = 0; s < n; s++) {
        p[s] = 0.0f;
        for (int i = 0; i < d; i++)
            p[s] += q[i] * k[(size_t)s * stride + (size_t)i];
        p[s] *= scale;
        top = p[s] > top ? p[s] : top;
    }
    memset(y, 0, (size_t)d * sizeof *y);
    for (int s = 0; s < n; s++) {
        p[s] = expf(p[s] - top);
        total += p[s];
        for (int i = 0; i < d; i++)
            y[i] += p[s] * v[(size_t)s * stride + (size_t)i];
    }
    for (int i = 0; i < d; i++)
        y[i] /= total;
}

recto_status recto_ref_attention(recto_backend *be, float *y, const float *qkv, int n_tokens,
                                 int dim, int heads, int window, recto_error *err)
{
    const int d = dim / heads;
    const size_t stride = 3 * (size_t)dim;
    float *p = malloc((2 * (size_t)window + 1) * sizeof *p);

    (void)be;
    if (p == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    for (int t = 0; t < n_tokens; t++) {
        int first = t > window ? t - window : 0;
        int last = t + window < n_tokens ? t + window : n_tokens - 1;
        for (int h = 0; h < heads; h++) {
            const float *q = qkv + (size_t)t * stride + (size_t)(h * d);
            const float *k = qkv + (size_t)first * stride + (size_t)(dim + h * d);
            recto_ref_attend(y + (size_t)t * (size_t)dim + (size_t)(h * d), q, k, k + dim, p,
                             last - first + 1, d, stride);
        }
    }
    free(p);
    return RECTO_OK;
}

/* --- the back end ----------------------------------------------------------------------------- */

struct recto_layer {
    recto_ops_linear linear;
    recto_ops_conv conv;
    float *w;
    float *bias; /* NULL if none */
};

static float *copy(const float *from, size_t n)
{
    float *to = malloc(n * sizeof *to);
    if (to != NULL)
        memcpy(to, from, n * sizeof *to);
    return to;
}

static void layer_free(recto_backend *be, recto_layer *layer)
{
    (void)be;
    if (layer == NULL)
        return;
    free(layer->w);
    free(layer->bias);
    free(layer);
}

static recto_status layer_new(recto_layer **out, const float *w, size_t n_w, const float *bias,
                              int n_out, recto_error *err)
{
    recto_layer *layer = calloc(1, sizeof *layer);

    *out = NULL;
    if (layer != NULL) {
        layer->w = copy(w, n_w);
        layer->bias = bias ? copy(bias, (size_t)n_out) : NULL;
    }
    if (layer == NULL || layer->w == NULL || (bias != NULL && layer->bias == NULL)) {
        layer_free(NULL, layer);
        return recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
    }
    *out = layer;
    return RECTO_OK;
}

static recto_status linear_new(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const float *w, const float *bias, recto_error *err)
{
    (void)be;
    recto_status status =
        layer_new(out, w, (size_t)shape->n_out * (size_t)shape->n_in, bias, shape->n_out, err);
    if (status == RECTO_OK)
        (*out)->linear = *shape;
    return status;
}

static size_t linear_bytes(const recto_backend *be, const recto_ops_linear *shape)
{
    (void)be;
    return sizeof(float) * (size_t)shape->n_out * ((size_t)shape->n_in + 1);
}

static recto_status linear(recto_backend *be, float *y, const recto_layer *layer,
                           const recto_ops_norm *norm, const float *x, int n_tokens,
                           recto_error *err)
{
    const int K = layer->linear.n_in;
    float *normed = NULL;

    (void)be;
    if (norm != NULL) {
        normed = malloc((size_t)n_tokens * (size_t)K * sizeof *normed);
        if (normed == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "linear: out of memory");
        recto_ref_normalize(normed, x, norm, n_tokens, K);
    }
    recto_ref_linear(y, normed ? normed : x, layer->w, layer->bias, n_tokens, &layer->linear);
    free(normed);
    return RECTO_OK;
}

static recto_status conv_new(recto_layer **out, recto_backend *be, const recto_ops_conv *shape,
                             const float *w, const float *bias, recto_error *err)
{
    (void)be;
    recto_status status =
        layer_new(out, w, 9 * (size_t)shape->n_out * (size_t)shape->n_in, bias, shape->n_out, err);
    if (status == RECTO_OK)
        (*out)->conv = *shape;
    return status;
}

static recto_status conv(recto_backend *be, float *y, const recto_layer *layer, const float *x,
                         int width, int height, recto_error *err)
{
    (void)be;
    (void)err;
    recto_ref_conv(y, x, layer->w, layer->bias, width, height, &layer->conv);
    return RECTO_OK;
}

static void backend_free(recto_backend *be)
{
    free(be);
}

recto_status recto_ref_backend(recto_backend **out, recto_error *err)
{
    static const recto_backend functions = {
        .name = "ref f32",
        .free = backend_free,
        .linear_new = linear_new,
        .matrix_new = recto_matrix_widen,
        .linear_bytes = linear_bytes,
        .linear = linear,
        .conv_new = conv_new,
        .conv = conv,
        .layer_free = layer_free,
        .depthwise = recto_ref_depthwise,
        .attention = recto_ref_attention,
        .rms_norm = recto_ref_rms_norm,
        .rope = recto_ref_rope,
        .cache_new = recto_ref_cache_new,
        .cache_free = recto_ref_cache_free,
        .cache_bytes = recto_ref_cache_bytes,
        .cache_put = recto_ref_cache_put,
        .cached_attention = recto_ref_cached_attention,
        .gated = recto_ref_gated,
    };

    *out = malloc(sizeof **out);
    if (*out == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "back end: out of memory");
    **out = functions;
    return RECTO_OK;
}
