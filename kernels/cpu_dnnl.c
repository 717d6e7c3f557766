/* Float32 matrix products by oneDNN (2.6, the v2 C API); the only file that calls it.
 *
 * Every product is done in blocks of 128 or 32 rows, the last one padded with zeros, so that two
 * primitives a layer serve every number of tokens, and a row's result does not depend on how many
 * rows came with it.  Weights are reordered once into the layout that the large primitive asks for.
 * A 3x3 convolution gathers the nine neighbours of 128 places (three runs of 3 C numbers each, see
 * ops.h for the layout) and is then a product with K = 9 C: primitives by shape would be needed
 * for every line width otherwise.
 *
 * Threads: one.  libgomp's count belongs to the calling thread, and is set before each call. */
#include "kernels/cpu_dnnl.h"
#include "kernels/cpu_avx2.h"
#include "kernels/ref.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void omp_set_num_threads(int n); /* libgomp; its header is not there under clang */

enum { BIG = 128, SMALL = 32, N_SIZES = 2 };
static const int block_rows[N_SIZES] = {BIG, SMALL};

struct recto_layer {
    recto_ops_linear linear;
    recto_ops_conv conv; /* n_out 0 if this is no convolution */
    float *bias;         /* [N] */
    dnnl_memory_t weights;
    float *weights_data;
    dnnl_primitive_t primitive[N_SIZES];
    dnnl_memory_t src[N_SIZES], dst[N_SIZES];
    dnnl_memory_t bias_memory;
};

typedef struct handle {
    recto_backend base; /* first: a recto_backend * is a handle * */
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    float *src;              /* rows, or gathered neighbours */
    float *pad;              /* the last rows of x and of y, filled up with zeros */
    size_t src_cap, pad_cap; /* floats */
    void (*normalize)(float *y, const float *x, const recto_ops_norm *norm, int n_tokens, int dim);
} handle;

static recto_status device(recto_error *err, dnnl_status_t s, const char *what)
{
    if (s == dnnl_out_of_memory)
        return recto_error_set(err, RECTO_ERR_NOMEM, "onednn: %s: out of memory", what);
    return recto_error_set(err, RECTO_ERR_DEVICE, "onednn: %s failed (status %d)", what, (int)s);
}

static bool reserve(float **room, size_t *cap, size_t need)
{
    if (need <= *cap)
        return true;
    free(*room);
    *room = malloc(need * sizeof **room);
    *cap = *room == NULL ? 0 : need;
    return *room != NULL;
}

/* --- layers ----------------------------------------------------------------------------------- */

static void layer_free(recto_backend *be, recto_layer *l)
{
    (void)be;
    if (l == NULL)
        return;
    for (int i = 0; i < N_SIZES; i++) {
        dnnl_primitive_destroy(l->primitive[i]);
        dnnl_memory_destroy(l->src[i]);
        dnnl_memory_destroy(l->dst[i]);
    }
    dnnl_memory_destroy(l->weights);
    dnnl_memory_destroy(l->bias_memory);
    free(l->weights_data);
    free(l->bias);
    free(l);
}

static dnnl_status_t finish_attr(dnnl_primitive_attr_t attr, recto_ops_finish finish)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dnnl_success;

    if (finish == RECTO_OPS_SET)
        return s;
    s = dnnl_post_ops_create(&ops);
    if (s != dnnl_success)
        return s;
    if (finish == RECTO_OPS_RELU)
        s = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
    else if (finish == RECTO_OPS_GELU)
        s = dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_gelu_erf, 0.0f, 0.0f);
    else
        s = dnnl_post_ops_append_sum(ops, 1.0f);
    if (s == dnnl_success)
        s = dnnl_primitive_attr_set_post_ops(attr, ops);
    dnnl_post_ops_destroy(ops);
    return s;
}

/* The primitive for `rows` rows; weights_md is `any` for the first one and then what that chose. */
static dnnl_status_t primitive_new(const handle *h, recto_layer *l, int size,
                                   dnnl_memory_desc_t *weights_md)
{
    const dnnl_dims_t src_dims = {block_rows[size], l->linear.n_in};
    const dnnl_dims_t dst_dims = {block_rows[size], l->linear.n_out};
    const dnnl_dims_t bias_dims = {1, l->linear.n_out};
    dnnl_memory_desc_t src;
    dnnl_memory_desc_t dst;
    dnnl_memory_desc_t bias;
    dnnl_matmul_desc_t desc;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t s;

    if ((s = dnnl_memory_desc_init_by_tag(&src, 2, src_dims, dnnl_f32, dnnl_ab)) != dnnl_success ||
        (s = dnnl_memory_desc_init_by_tag(&dst, 2, dst_dims, dnnl_f32, dnnl_ab)) != dnnl_success ||
        (s = dnnl_memory_desc_init_by_tag(&bias, 2, bias_dims, dnnl_f32, dnnl_ab)) !=
            dnnl_success ||
        (s = dnnl_matmul_desc_init(&desc, &src, weights_md, &bias, &dst)) != dnnl_success ||
        (s = dnnl_primitive_attr_create(&attr)) != dnnl_success)
        return s;
    s = finish_attr(attr, l->linear.finish);
    if (s == dnnl_success)
        s = dnnl_primitive_desc_create(&pd, &desc, attr, h->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    if (s != dnnl_success)
        return s;
    *weights_md = *dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    s = dnnl_primitive_create(&l->primitive[size], pd);
    dnnl_primitive_desc_destroy(pd);
    if (s == dnnl_success)
        s = dnnl_memory_create(&l->src[size], &src, h->engine, DNNL_MEMORY_NONE);
    if (s == dnnl_success)
        s = dnnl_memory_create(&l->dst[size], &dst, h->engine, DNNL_MEMORY_NONE);
    if (s == dnnl_success && l->bias_memory == NULL)
        s = dnnl_memory_create(&l->bias_memory, &bias, h->engine, l->bias);
    return s;
}

/* w [N,K] into the primitive's layout. */
static dnnl_status_t weights_reorder(const handle *h, recto_layer *l, const dnnl_memory_desc_t *md,
                                     float *w)
{
    const dnnl_dims_t dims = {l->linear.n_in, l->linear.n_out};
    dnnl_memory_desc_t plain;
    dnnl_memory_t from = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t reorder = NULL;
    size_t size = (dnnl_memory_desc_get_size(md) + 63) / 64 * 64;
    dnnl_status_t s = dnnl_memory_desc_init_by_tag(&plain, 2, dims, dnnl_f32, dnnl_ba);

    l->weights_data = aligned_alloc(64, size);
    if (l->weights_data == NULL)
        return dnnl_out_of_memory;
    if (s == dnnl_success)
        s = dnnl_memory_create(&from, &plain, h->engine, w);
    if (s == dnnl_success)
        s = dnnl_memory_create(&l->weights, md, h->engine, l->weights_data);
    if (s == dnnl_success)
        s = dnnl_reorder_primitive_desc_create(&pd, &plain, h->engine, md, h->engine, NULL);
    if (s == dnnl_success)
        s = dnnl_primitive_create(&reorder, pd);
    if (s == dnnl_success) {
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, l->weights}};
        s = dnnl_primitive_execute(reorder, h->stream, 2, args);
    }
    if (s == dnnl_success)
        s = dnnl_stream_wait(h->stream);
    dnnl_primitive_destroy(reorder);
    dnnl_primitive_desc_destroy(pd);
    dnnl_memory_destroy(from);
    return s;
}

/* w [N,K] is only read; the library's interface wants it writable. */
static recto_status layer_new(recto_layer **out, handle *h, const recto_ops_linear *shape, float *w,
                              const float *bias, recto_error *err)
{
    const dnnl_dims_t dims = {shape->n_in, shape->n_out};
    dnnl_memory_desc_t md;
    dnnl_status_t s;
    recto_layer *l = calloc(1, sizeof *l);

    *out = NULL;
    if (l == NULL)
        return device(err, dnnl_out_of_memory, "layer");
    l->linear = *shape;
    l->bias = calloc((size_t)shape->n_out, sizeof *l->bias);
    s = l->bias == NULL ? dnnl_out_of_memory
                        : dnnl_memory_desc_init_by_tag(&md, 2, dims, dnnl_f32, dnnl_format_tag_any);
    if (s == dnnl_success && bias != NULL)
        memcpy(l->bias, bias, (size_t)shape->n_out * sizeof *bias);
    omp_set_num_threads(1);
    for (int size = 0; size < N_SIZES && s == dnnl_success; size++)
        s = primitive_new(h, l, size, &md);
    if (s == dnnl_success)
        s = weights_reorder(h, l, &md, w);
    if (s != dnnl_success) {
        layer_free(&h->base, l);
        return device(err, s, "layer");
    }
    *out = l;
    return RECTO_OK;
}

static recto_status linear_new(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const float *w, const float *bias, recto_error *err)
{
    size_t n = (size_t)shape->n_out * (size_t)shape->n_in;
    float *copy = malloc(n * sizeof *copy);

    *out = NULL;
    if (copy == NULL)
        return device(err, dnnl_out_of_memory, "layer");
    memcpy(copy, w, n * sizeof *copy);
    recto_status status = layer_new(out, (handle *)be, shape, copy, bias, err);
    free(copy);
    return status;
}

/* The convolution as a product: K runs over (across, down, channel). */
static recto_status conv_new(recto_layer **out, recto_backend *be, const recto_ops_conv *shape,
                             const float *w, const float *bias, recto_error *err)
{
    const recto_ops_linear linear = {shape->n_out, 9 * shape->n_in, RECTO_OPS_RELU};
    float *product = recto_backend_conv_matrix(shape, w);

    *out = NULL;
    if (product == NULL)
        return device(err, dnnl_out_of_memory, "layer");
    recto_status status = layer_new(out, (handle *)be, &linear, product, bias, err);
    free(product);
    if (status == RECTO_OK)
        (*out)->conv = *shape;
    return status;
}

/* --- computing -------------------------------------------------------------------------------- */

/* One block of rows: y [rows,N] from x [rows,K]. */
static dnnl_status_t block(const handle *h, const recto_layer *l, int size, float *y, float *x)
{
    dnnl_status_t s = dnnl_memory_set_data_handle(l->src[size], x);
    if (s == dnnl_success)
        s = dnnl_memory_set_data_handle(l->dst[size], y);
    if (s != dnnl_success)
        return s;
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, l->src[size]},
                                    {DNNL_ARG_WEIGHTS, l->weights},
                                    {DNNL_ARG_BIAS, l->bias_memory},
                                    {DNNL_ARG_DST, l->dst[size]}};
    s = dnnl_primitive_execute(l->primitive[size], h->stream, 4, args);
    return s == dnnl_success ? dnnl_stream_wait(h->stream) : s;
}

/* The last n < SMALL rows, through copies that are filled up with zeros. */
static dnnl_status_t last_rows(handle *h, float *y, const recto_layer *l, const float *x, int n)
{
    const size_t N = (size_t)l->linear.n_out;
    const size_t K = (size_t)l->linear.n_in;

    if (!reserve(&h->pad, &h->pad_cap, SMALL * (N + K)))
        return dnnl_out_of_memory;
    float *to = h->pad + SMALL * K;
    memset(h->pad, 0, SMALL * (N + K) * sizeof *h->pad);
    memcpy(h->pad, x, (size_t)n * K * sizeof *x);
    memcpy(to, y, (size_t)n * N * sizeof *y);
    dnnl_status_t s = block(h, l, 1, to, h->pad);
    memcpy(y, to, (size_t)n * N * sizeof *y);
    return s;
}

static recto_status rows(handle *h, float *y, const recto_layer *l, float *x, int n_rows,
                         recto_error *err)
{
    dnnl_status_t s = dnnl_success;

    omp_set_num_threads(1);
    for (int left = n_rows; left > 0 && s == dnnl_success;) {
        int size = left >= BIG ? 0 : 1;
        int n = left < block_rows[size] ? left : block_rows[size];
        s = n == block_rows[size] ? block(h, l, size, y, x) : last_rows(h, y, l, x, n);
        x += (size_t)n * (size_t)l->linear.n_in;
        y += (size_t)n * (size_t)l->linear.n_out;
        left -= n;
    }
    return s == dnnl_success ? RECTO_OK : device(err, s, "product");
}

static recto_status linear(recto_backend *be, float *y, const recto_layer *layer,
                           const recto_ops_norm *norm, const float *x, int n_tokens,
                           recto_error *err)
{
    handle *h = (handle *)be;
    const int K = layer->linear.n_in;
    size_t n = (size_t)n_tokens * (size_t)K;

    /* the library's interface wants the source writable: a copy costs 1/N of the product */
    if (!reserve(&h->src, &h->src_cap, n))
        return device(err, dnnl_out_of_memory, "product");
    if (norm != NULL)
        h->normalize(h->src, x, norm, n_tokens, K);
    else
        memcpy(h->src, x, n * sizeof *x);
    return rows(h, y, layer, h->src, n_tokens, err);
}

/* The nine neighbours of place (u, v): three columns of 3 C numbers, zeros outside of the image. */
static void gather(float *to, const float *x, int u, int v, int width, int height, int channels)
{
    const size_t C = (size_t)channels;

    for (int j = -1; j <= 1; j++, to += 3 * C) {
        int first = v == 0 ? 0 : v - 1;
        int last = v + 1 < height ? v + 1 : height - 1;
        if (u + j < 0 || u + j >= width || v == 0 || v + 1 >= height)
            memset(to, 0, 3 * C * sizeof *to);
        if (u + j < 0 || u + j >= width)
            continue;
        memcpy(to + (size_t)(first - (v - 1)) * C,
               x + ((size_t)(u + j) * (size_t)height + (size_t)first) * C,
               (size_t)(last - first + 1) * C * sizeof *to);
    }
}

static recto_status conv(recto_backend *be, float *y, const recto_layer *layer, const float *x,
                         int width, int height, recto_error *err)
{
    handle *h = (handle *)be;
    const recto_ops_conv *shape = &layer->conv;
    const int out_height = recto_ops_conv_len(height, shape->stride_down);
    const int n = recto_ops_conv_len(width, shape->stride_across) * out_height;
    const size_t K = (size_t)layer->linear.n_in;
    recto_status status = RECTO_OK;

    if (!reserve(&h->src, &h->src_cap, BIG * K))
        return device(err, dnnl_out_of_memory, "convolution");
    for (int at = 0; at < n && status == RECTO_OK; at += BIG) {
        int n_rows = n - at < BIG ? n - at : BIG;
        for (int r = 0; r < n_rows; r++)
            gather(h->src + (size_t)r * K, x, (at + r) / out_height * shape->stride_across,
                   (at + r) % out_height * shape->stride_down, width, height, shape->n_in);
        status = rows(h, y + (size_t)at * (size_t)shape->n_out, layer, h->src, n_rows, err);
    }
    return status;
}

/* With AVX2, through the scratch memory of the products. */
static recto_status attention(recto_backend *be, float *y, const float *qkv, int n_tokens, int dim,
                              int heads, int window, recto_error *err)
{
    handle *h = (handle *)be;

    if (dim / heads % 8 != 0)
        return recto_ref_attention(be, y, qkv, n_tokens, dim, heads, window, err);
    if (!reserve(&h->src, &h->src_cap, recto_cpu_avx2_attention_room(n_tokens, dim, heads, window)))
        return device(err, dnnl_out_of_memory, "attention");
    recto_cpu_avx2_attention(y, qkv, h->src, n_tokens, dim, heads, window);
    return RECTO_OK;
}

/* --- the back end ----------------------------------------------------------------------------- */

static void backend_free(recto_backend *be)
{
    handle *h = (handle *)be;
    if (h == NULL)
        return;
    dnnl_stream_destroy(h->stream);
    dnnl_engine_destroy(h->engine);
    free(h->src);
    free(h->pad);
    free(h);
}

recto_status recto_cpu_dnnl_backend(recto_backend **out, recto_error *err)
{
    static const recto_backend functions = {
        .name = "onednn f32",
        .free = backend_free,
        .linear_new = linear_new,
        .linear = linear,
        .conv_new = conv_new,
        .conv = conv,
        .layer_free = layer_free,
        .depthwise = recto_ref_depthwise,
        .attention = recto_ref_attention,
    };
    handle *h = calloc(1, sizeof *h);

    *out = NULL;
    if (h == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "back end: out of memory");
    h->base = functions;
    h->normalize = recto_ref_normalize;
    if (recto_cpu_avx2_is_here()) {
        h->normalize = recto_cpu_avx2_normalize;
        h->base.depthwise = recto_cpu_avx2_depthwise;
        h->base.attention = attention;
    }
    dnnl_status_t s = dnnl_engine_create(&h->engine, dnnl_cpu, 0);
    if (s == dnnl_success)
        s = dnnl_stream_create(&h->stream, h->engine, dnnl_stream_default_flags);
    if (s != dnnl_success) {
        backend_free(&h->base);
        return device(err, s, "engine");
    }
    *out = &h->base;
    return RECTO_OK;
}
