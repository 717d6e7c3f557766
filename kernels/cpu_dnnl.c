/* Matrix products by oneDNN (2.6, the v2 C API), in float32 or bfloat16; the only file that calls
 * it.
 *
 * Every product is done in blocks of a few fixed numbers of rows, a rest padded with zeros, so that
 * a handful of primitives a layer serves every number of tokens.  All primitives of a layer share
 * one packed copy of its weights, in the layout that the largest one asks for: measured on Zen 5,
 * the one-row primitive reads it as fast as memory gives it, and a row's result is the same to the
 * bit in every block (on AVX2, where oneDNN calls its gemm, it is not).  The line network's layers
 * (linear_new in float32, convolutions) have two block sizes only, as their tokens come in
 * hundreds.
 *
 * Packing goes through float32 rows, a piece at a time, so that a large model never lies in memory
 * twice.  bfloat16 is rounded to nearest even; destination, bias and sums are float32.
 *
 * A 3x3 convolution gathers the nine neighbours of 128 places (three runs of 3 C numbers each, see
 * ops.h for the layout) and is then a float32 product with K = 9 C: primitives by shape would be
 * needed for every line width otherwise.
 *
 * Threads: libgomp's count belongs to the calling thread, and is set before each call. */
#include "kernels/cpu_dnnl.h"
#include "kernels/cpu_attention.h"
#include "kernels/cpu_avx2.h"
#include "kernels/cpu_avx512_rows.h"
#include "kernels/cpu_base.h"
#include "kernels/cpu_pack.h"
#include "kernels/cpu_team.h"
#include "kernels/matrix.h"
#include "kernels/ref.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_SIZES = 5,
    LINE_FIRST = 1, /* sizes of the line network's layers */
    LINE_LAST = 2,
    PACK_BYTES = 16 << 20, /* of float32 rows on their way into a layer */
    PACK_STEP = 192,       /* rows: a multiple of every block of outputs that oneDNN packs */
    WIDEN_ROWS = 64,       /* of them a thread widens at a time */
    LINE_WINDOW = 64,      /* tokens: the line network never sees so many at once */
    FILL_ROWS = 16,        /* rows that a thread converts at a time */
};
static const int block_rows[N_SIZES] = {512, 128, 32, 8, 1};
/* A rest of at least so many rows is cheaper padded to the block than in smaller blocks: a block
 * costs about 3.6, 1, 0.5, 0.45 times that of 32 rows (its weights are read from memory). */
static const int least_rows[N_SIZES] = {512, 97, 9, 2, 1};

struct recto_layer {
    recto_ops_linear linear;
    recto_ops_conv conv; /* n_out 0 if this is no convolution */
    bool bf16;           /* weights and sources, else float32 */
    int first, last;     /* block sizes that it has */
    float *bias;         /* [N] */
    dnnl_memory_desc_t weights_md;
    dnnl_memory_t weights;
    void *weights_data;
    dnnl_primitive_t primitive[N_SIZES];
    dnnl_memory_t src[N_SIZES], dst[N_SIZES];
    dnnl_memory_t bias_memory;
};

typedef struct handle {
    recto_cpu_base base; /* first: a recto_backend * is a handle * */
    bool bf16;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    recto_cpu_base_room src; /* a block's rows in the layer's type, or gathered neighbours */
    recto_cpu_base_room row; /* a normed row a thread */
    recto_cpu_base_room pad; /* a padded block's results */
    void (*normalize)(float *y, const float *x, const recto_ops_norm *norm, int n_tokens, int dim);
} handle;

static recto_status device(recto_error *err, dnnl_status_t s, const char *what)
{
    if (s == dnnl_out_of_memory)
        return recto_error_set(err, RECTO_ERR_NOMEM, "onednn: %s: out of memory", what);
    return recto_error_set(err, RECTO_ERR_DEVICE, "onednn: %s failed (status %d)", what, (int)s);
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

/* The primitive for a block size; the weights' layout is `any` for the first one and then what that
 * chose. */
static dnnl_status_t primitive_new(const handle *h, recto_layer *l, int size)
{
    const dnnl_dims_t src_dims = {block_rows[size], l->linear.n_in};
    const dnnl_dims_t dst_dims = {block_rows[size], l->linear.n_out};
    const dnnl_dims_t bias_dims = {1, l->linear.n_out};
    const dnnl_data_type_t type = l->bf16 ? dnnl_bf16 : dnnl_f32;
    dnnl_memory_desc_t src;
    dnnl_memory_desc_t dst;
    dnnl_memory_desc_t bias;
    dnnl_matmul_desc_t desc;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t s;

    if ((s = dnnl_memory_desc_init_by_tag(&src, 2, src_dims, type, dnnl_ab)) != dnnl_success ||
        (s = dnnl_memory_desc_init_by_tag(&dst, 2, dst_dims, dnnl_f32, dnnl_ab)) != dnnl_success ||
        (s = dnnl_memory_desc_init_by_tag(&bias, 2, bias_dims, dnnl_f32, dnnl_ab)) !=
            dnnl_success ||
        (s = dnnl_matmul_desc_init(&desc, &src, &l->weights_md, &bias, &dst)) != dnnl_success ||
        (s = dnnl_primitive_attr_create(&attr)) != dnnl_success)
        return s;
    s = finish_attr(attr, l->linear.finish);
    if (s == dnnl_success)
        s = dnnl_primitive_desc_create(&pd, &desc, attr, h->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    if (s != dnnl_success)
        return s;
    l->weights_md = *dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
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

/* All of a layer but its numbers. */
static dnnl_status_t layer_shape(const handle *h, recto_layer *l)
{
    const dnnl_dims_t dims = {l->linear.n_in, l->linear.n_out};
    dnnl_status_t s = dnnl_memory_desc_init_by_tag(
        &l->weights_md, 2, dims, l->bf16 ? dnnl_bf16 : dnnl_f32, dnnl_format_tag_any);

    l->bias = calloc((size_t)l->linear.n_out, sizeof *l->bias);
    if (l->bias == NULL)
        return dnnl_out_of_memory;
    for (int size = l->first; size <= l->last && s == dnnl_success; size++)
        s = primitive_new(h, l, size);
    if (s != dnnl_success)
        return s;
    l->weights_data = aligned_alloc(64, (dnnl_memory_desc_get_size(&l->weights_md) + 63) / 64 * 64);
    if (l->weights_data == NULL)
        return dnnl_out_of_memory;
    return dnnl_memory_create(&l->weights, &l->weights_md, h->engine, l->weights_data);
}

/* Rows first.. of w, as float32 [n,K], into the layer's layout. */
static dnnl_status_t pack(const handle *h, const recto_layer *l, float *w, int first, int n)
{
    const dnnl_dims_t dims = {l->linear.n_in, n};
    const dnnl_dims_t at = {0, first};
    dnnl_memory_desc_t plain;
    dnnl_memory_desc_t part;
    dnnl_memory_t from = NULL;
    dnnl_memory_t to = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t reorder = NULL;
    dnnl_status_t s = dnnl_memory_desc_init_by_tag(&plain, 2, dims, dnnl_f32, dnnl_ba);

    if (s == dnnl_success)
        s = dnnl_memory_desc_init_submemory(&part, &l->weights_md, dims, at);
    if (s == dnnl_success)
        s = dnnl_memory_create(&from, &plain, h->engine, w);
    if (s == dnnl_success)
        s = dnnl_memory_create(&to, &part, h->engine, l->weights_data);
    if (s == dnnl_success)
        s = dnnl_reorder_primitive_desc_create(&pd, &plain, h->engine, &part, h->engine, NULL);
    if (s == dnnl_success)
        s = dnnl_primitive_create(&reorder, pd);
    if (s == dnnl_success) {
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
        s = dnnl_primitive_execute(reorder, h->stream, 2, args);
    }
    if (s == dnnl_success)
        s = dnnl_stream_wait(h->stream);
    dnnl_primitive_destroy(reorder);
    dnnl_primitive_desc_destroy(pd);
    dnnl_memory_destroy(from);
    dnnl_memory_destroy(to);
    return s;
}

/* Rows of a stored matrix, widened by the team. */
typedef struct widening {
    const recto_matrix *m;
    float *to;
    int n_in, first, n_rows;
    atomic_bool broken;
} widening;

static void widen_piece(void *work, int i, int thread)
{
    widening *w = work;
    const int at = i * WIDEN_ROWS;
    const int n = w->n_rows - at < WIDEN_ROWS ? w->n_rows - at : WIDEN_ROWS;

    (void)thread;
    if (!recto_matrix_rows(w->to + (size_t)at * (size_t)w->n_in, w->m, (size_t)w->n_in,
                           (size_t)(w->first + at), (size_t)n))
        atomic_store(&w->broken, true);
}

/* By oneDNN, through float32 rows, a piece at a time. */
static recto_status layer_reorder(const handle *h, const recto_layer *l, const recto_matrix *m,
                                  recto_error *err)
{
    const int N = l->linear.n_out;
    const size_t row = (size_t)l->linear.n_in * sizeof(float);
    const size_t fit = PACK_BYTES / row / PACK_STEP * PACK_STEP;
    const int step = fit == 0 ? PACK_STEP : fit < (size_t)N ? (int)fit : N;
    recto_status status = RECTO_OK;
    float *rows = aligned_alloc(64, ((size_t)step * row + 63) / 64 * 64);

    if (rows == NULL)
        return device(err, dnnl_out_of_memory, "layer");
    for (int at = 0; at < N && status == RECTO_OK; at += step) {
        const int n = N - at < step ? N - at : step;
        widening w = {.m = m, .to = rows, .n_in = l->linear.n_in, .first = at, .n_rows = n};
        atomic_init(&w.broken, false);
        recto_cpu_team_run(h->base.n_threads, (n + WIDEN_ROWS - 1) / WIDEN_ROWS, widen_piece, &w);
        if (atomic_load(&w.broken)) {
            status = recto_matrix_unsupported(m, err);
            break;
        }
        const dnnl_status_t s = pack(h, l, rows, at, n);
        if (s != dnnl_success)
            status = device(err, s, "packing weights");
    }
    free(rows);
    return status;
}

/* Is the packed layout that of cpu_pack.h? */
static bool packs_itself(recto_cpu_pack_form *form, const recto_layer *l)
{
    const dnnl_blocking_desc_t *b = &l->weights_md.format_desc.blocking;
    const dnnl_dim_t per_step = l->bf16 ? 2 : 1;

    if (recto_cpu_base_avx512() < (l->bf16 ? 2 : 1) || l->weights_md.format_kind != dnnl_blocked ||
        l->weights_md.offset0 != 0 || b->inner_nblks != (l->bf16 ? 3 : 2) ||
        b->inner_idxs[0] != 0 || b->inner_idxs[1] != 1 || b->inner_blks[1] % 16 != 0 ||
        (l->bf16 && (b->inner_idxs[2] != 0 || b->inner_blks[2] != 2)))
        return false;
    const dnnl_dim_t inputs = l->weights_md.padded_dims[0];
    *form = (recto_cpu_pack_form){.n_out = l->linear.n_out,
                                  .n_in = l->linear.n_in,
                                  .block = (int)b->inner_blks[1],
                                  .n_steps = (int)(inputs / per_step),
                                  .bf16 = l->bf16};
    return b->strides[0] == b->inner_blks[0] * b->inner_blks[1] * per_step &&
           b->strides[1] == inputs * b->inner_blks[1];
}

static recto_status layer_fill(const handle *h, const recto_layer *l, const recto_matrix *m,
                               recto_error *err)
{
    recto_cpu_pack_form form;

    if (packs_itself(&form, l))
        return recto_cpu_pack(l->weights_data, m, &form, h->base.n_threads, err);
    return layer_reorder(h, l, m, err);
}

static recto_status layer_new(recto_layer **out, handle *h, const recto_ops_linear *shape,
                              bool bf16, bool line, const recto_matrix *m, recto_error *err)
{
    recto_layer *l = calloc(1, sizeof *l);

    *out = NULL;
    if (l == NULL)
        return device(err, dnnl_out_of_memory, "layer");
    l->linear = *shape;
    l->bf16 = bf16;
    l->first = line ? LINE_FIRST : 0;
    l->last = line ? LINE_LAST : N_SIZES - 1;
    recto_cpu_team_set(h->base.n_threads);
    const dnnl_status_t s = layer_shape(h, l);
    recto_status status = s == dnnl_success ? RECTO_OK : device(err, s, "layer");
    if (status == RECTO_OK) {
        recto_matrix_bias(l->bias, m, (size_t)shape->n_out);
        status = layer_fill(h, l, m, err);
    }
    if (status != RECTO_OK) {
        layer_free(&h->base.be, l);
        return status;
    }
    *out = l;
    return RECTO_OK;
}

static recto_status matrix_new(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const recto_matrix *m, recto_error *err)
{
    handle *h = (handle *)be;
    return layer_new(out, h, shape, h->bf16, false, m, err);
}

/* From floats in memory. */
static recto_status floats_new(recto_layer **out, handle *h, const recto_ops_linear *shape,
                               bool bf16, bool line, const float *w, const float *bias,
                               recto_error *err)
{
    const size_t N = (size_t)shape->n_out;
    const size_t K = (size_t)shape->n_in;
    const recto_tensor t = {.name = "layer",
                            .dtype = RECTO_DTYPE_F32,
                            .n_dims = 2,
                            .dims = {N, K},
                            .n_elements = N * K,
                            .data = (const uint8_t *)w,
                            .size = N * K * sizeof *w};
    const recto_matrix m = {.parts = {&t}, .n_parts = 1, .bias = bias};

    return layer_new(out, h, shape, bf16, line, &m, err);
}

static recto_status linear_new(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const float *w, const float *bias, recto_error *err)
{
    handle *h = (handle *)be;
    return floats_new(out, h, shape, h->bf16, !h->bf16, w, bias, err);
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
    recto_status status = floats_new(out, (handle *)be, &linear, false, true, product, bias, err);
    free(product);
    if (status == RECTO_OK)
        (*out)->conv = *shape;
    return status;
}

/* Outputs are padded to blocks of 64, bfloat16 inputs to pairs, at most. */
static size_t linear_bytes(const recto_backend *be, const recto_ops_linear *shape)
{
    const size_t N = ((size_t)shape->n_out + 63) / 64 * 64;
    const size_t K = ((size_t)shape->n_in + 15) / 16 * 16;

    return N *
           (K * (((const handle *)be)->bf16 ? sizeof(uint16_t) : sizeof(float)) + sizeof(float));
}

/* --- computing -------------------------------------------------------------------------------- */

/* The block for the next rows of a rest. */
static int block_size(const recto_layer *l, int left)
{
    const bool line = l->last == LINE_LAST;

    for (int size = l->first; size < l->last; size++)
        if (left >= (line ? block_rows[size] : least_rows[size]))
            return size;
    return l->last;
}

/* Rows of x, or their norms, on their way into a block. */
typedef struct filling {
    const handle *h;
    const recto_layer *l;
    const recto_ops_norm *norm; /* NULL: none */
    const float *x;
    int n_rows;
} filling;

static void fill_piece(void *work, int i, int thread)
{
    const filling *f = work;
    const size_t K = (size_t)f->l->linear.n_in;
    const int end = (i + 1) * FILL_ROWS < f->n_rows ? (i + 1) * FILL_ROWS : f->n_rows;

    for (int r = i * FILL_ROWS; r < end; r++) {
        const float *x = f->x + (size_t)r * K;
        float *to = f->l->bf16 ? (float *)f->h->row.p + (size_t)thread * K
                               : (float *)f->h->src.p + (size_t)r * K;
        if (f->norm != NULL)
            f->h->normalize(to, x, f->norm, 1, (int)K);
        if (f->l->bf16)
            recto_cpu_avx512_to_bf16((uint16_t *)f->h->src.p + (size_t)r * K,
                                     f->norm != NULL ? to : x, (int)K);
        else if (f->norm == NULL)
            memcpy(to, x, K * sizeof *x);
    }
}

/* One block: y [n,N] from the rows in h->src, of which there are n. */
static dnnl_status_t block(handle *h, const recto_layer *l, int size, float *y, int n)
{
    const size_t N = (size_t)l->linear.n_out;
    const size_t row = (size_t)l->linear.n_in * (l->bf16 ? sizeof(uint16_t) : sizeof(float));
    const size_t missing = (size_t)(block_rows[size] - n);
    float *to = y;
    dnnl_status_t s;

    if (missing > 0) {
        to = recto_cpu_base_reserve(&h->pad, (size_t)block_rows[size] * N * sizeof *y);
        if (to == NULL)
            return dnnl_out_of_memory;
        memset((uint8_t *)h->src.p + (size_t)n * row, 0, missing * row);
        if (l->linear.finish == RECTO_OPS_ADD) {
            memcpy(to, y, (size_t)n * N * sizeof *y);
            memset(to + (size_t)n * N, 0, missing * N * sizeof *y);
        }
    }
    if ((s = dnnl_memory_set_data_handle(l->src[size], h->src.p)) != dnnl_success ||
        (s = dnnl_memory_set_data_handle(l->dst[size], to)) != dnnl_success)
        return s;
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, l->src[size]},
                                    {DNNL_ARG_WEIGHTS, l->weights},
                                    {DNNL_ARG_BIAS, l->bias_memory},
                                    {DNNL_ARG_DST, l->dst[size]}};
    recto_cpu_team_set(h->base.n_threads);
    s = dnnl_primitive_execute(l->primitive[size], h->stream, 4, args);
    if (s == dnnl_success)
        s = dnnl_stream_wait(h->stream);
    if (missing > 0)
        memcpy(y, to, (size_t)n * N * sizeof *y);
    return s;
}

static recto_status linear(recto_backend *be, float *y, const recto_layer *l,
                           const recto_ops_norm *norm, const float *x, int n_tokens,
                           recto_error *err)
{
    handle *h = (handle *)be;
    const size_t K = (size_t)l->linear.n_in;
    const size_t widest = (size_t)block_rows[block_size(l, n_tokens)];
    dnnl_status_t s = dnnl_success;

    if (recto_cpu_base_reserve(&h->row, (size_t)h->base.n_threads * K * sizeof *x) == NULL ||
        recto_cpu_base_reserve(&h->src, widest * K * sizeof *x) == NULL)
        return device(err, dnnl_out_of_memory, "product");
    for (int at = 0; at < n_tokens && s == dnnl_success;) {
        const int size = block_size(l, n_tokens - at);
        const int n = n_tokens - at < block_rows[size] ? n_tokens - at : block_rows[size];
        filling f = {.h = h, .l = l, .norm = norm, .x = x + (size_t)at * K, .n_rows = n};
        recto_cpu_team_run(h->base.n_threads, (n + FILL_ROWS - 1) / FILL_ROWS, fill_piece, &f);
        s = block(h, l, size, y + (size_t)at * (size_t)l->linear.n_out, n);
        at += n;
    }
    return s == dnnl_success ? RECTO_OK : device(err, s, "product");
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

static recto_status conv(recto_backend *be, float *y, const recto_layer *l, const float *x,
                         int width, int height, recto_error *err)
{
    handle *h = (handle *)be;
    const recto_ops_conv *shape = &l->conv;
    const int out_height = recto_ops_conv_len(height, shape->stride_down);
    const int n = recto_ops_conv_len(width, shape->stride_across) * out_height;
    const size_t K = (size_t)l->linear.n_in;
    float *src = recto_cpu_base_reserve(&h->src, (size_t)block_rows[l->first] * K * sizeof *src);
    dnnl_status_t s = src == NULL ? dnnl_out_of_memory : dnnl_success;

    for (int at = 0; at < n && s == dnnl_success;) {
        const int size = block_size(l, n - at);
        const int n_rows = n - at < block_rows[size] ? n - at : block_rows[size];
        for (int r = 0; r < n_rows; r++)
            gather(src + (size_t)r * K, x, (at + r) / out_height * shape->stride_across,
                   (at + r) % out_height * shape->stride_down, width, height, shape->n_in);
        s = block(h, l, size, y + (size_t)at * (size_t)shape->n_out, n_rows);
        at += n_rows;
    }
    return s == dnnl_success ? RECTO_OK : device(err, s, "convolution");
}

/* The picture's attention in blocks; a line's, with its window, in float32 with AVX2. */
static recto_status attention(recto_backend *be, float *y, const float *qkv, int n_tokens, int dim,
                              int heads, int window, recto_error *err)
{
    handle *h = (handle *)be;
    const int d = dim / heads;
    const bool whole = window >= n_tokens - 1 && (h->bf16 || n_tokens > LINE_WINDOW);

    if (whole && d <= RECTO_OPS_MAX_HEAD)
        return recto_cpu_attention_full(&h->base, y, qkv, n_tokens, dim, heads, err);
    if (d % 8 != 0 || !recto_cpu_avx2_is_here())
        return recto_ref_attention(be, y, qkv, n_tokens, dim, heads, window, err);
    const size_t n = recto_cpu_avx2_attention_room(n_tokens, dim, heads, window);
    float *room = recto_cpu_base_reserve(&h->base.keys, n * sizeof *room);
    if (room == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    recto_cpu_avx2_attention(y, qkv, room, n_tokens, dim, heads, window);
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
    free(h->src.p);
    free(h->row.p);
    free(h->pad.p);
    recto_cpu_base_end(&h->base);
    free(h);
}

recto_status recto_cpu_dnnl_backend(recto_backend **out, bool bf16, int n_threads, recto_error *err)
{
    static const recto_backend functions = {
        .free = backend_free,
        .linear_new = linear_new,
        .linear_bytes = linear_bytes,
        .linear = linear,
        .conv_new = conv_new,
        .conv = conv,
        .layer_free = layer_free,
        .depthwise = recto_ref_depthwise,
        .attention = attention,
    };
    handle *h = calloc(1, sizeof *h);

    *out = NULL;
    if (h == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "back end: out of memory");
    h->base.be = functions;
    h->base.be.name = bf16 ? "onednn bf16" : "onednn f32";
    recto_cpu_base_init(&h->base, n_threads, bf16);
    h->base.be.matrix_new = matrix_new;
    h->bf16 = bf16;
    h->normalize = recto_ref_normalize;
    if (recto_cpu_avx2_is_here()) {
        h->normalize = recto_cpu_avx2_normalize;
        h->base.be.depthwise = recto_cpu_avx2_depthwise;
    }
    dnnl_status_t s = dnnl_engine_create(&h->engine, dnnl_cpu, 0);
    if (s == dnnl_success)
        s = dnnl_stream_create(&h->stream, h->engine, dnnl_stream_default_flags);
    if (s != dnnl_success) {
        backend_free(&h->base.be);
        return device(err, s, "engine");
    }
    *out = &h->base.be;
    return RECTO_OK;
}
