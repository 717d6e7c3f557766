/* Matrix products and convolutions for AVX-512 VNNI / BF16.
 *
 * One micro-kernel does all: 6 rows x 64 outputs in 24 accumulators.  A step takes 4 bytes of each
 * row (4 uint8, 2 bf16 or 1 float), broadcasts them, and multiplies with 4 vectors of packed
 * weights, [step][64 outputs][4 bytes].  Loads (10 a step) stay below the 24 multiplications that
 * the CPU needs 12 cycles for, so that the kernel runs at the peak while weights come from L2.
 *
 *             4 bytes                64 outputs
 *      row 0  [....] x  step s:  [....][....][....] ...
 *        ...
 *      row 5  [....]
 *
 * A row is found through a pointer and a list of runs (byte offsets), so that a 3x3 convolution
 * reads its neighbours where they are: in the layout of ops.h the three rows of one column are
 * 3 C neighbouring numbers, and the three columns are three runs.  Only a border of zeros is added
 * when the image is converted.
 *
 * int8: x = low + step q with low, step a row, w = scale v with scale an output, so that
 *   sum x w = step scale (sum q v) + low scale (sum v). */
#if defined(__x86_64__)
#include "kernels/cpu_avx512.h"
#include "kernels/cpu_avx2.h"
#include "kernels/cpu_avx512_rows.h"
#include "kernels/cpu_base.h"
#include "kernels/ref.h"

#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 6,   /* of a tile */
    VECS = 4,   /* vectors of outputs of a tile */
    PANEL = 64, /* outputs of a tile */
    BLOCK = 48, /* rows that are converted together */
    MAX_RUNS = 3,
};

typedef enum form { FORM_F32, FORM_BF16, FORM_INT8 } form;
static const int numbers_a_step[] = {[FORM_F32] = 1, [FORM_BF16] = 2, [FORM_INT8] = 4};

struct recto_layer {
    recto_ops_linear linear; /* also for a convolution: K = 9 C, RELU */
    recto_ops_conv conv;
    form form;
    int n_panels;
    int n_steps;  /* of a row: K numbers, the last step filled up with zeros */
    uint8_t *w;   /* [n_panels][n_steps][PANEL][4 bytes] */
    float *bias;  /* [n_panels * PANEL] */
    float *scale; /* int8: [n_panels * PANEL] */
    float *sum;   /* int8: scale * sum of the quantised weights, [n_panels * PANEL] */
};

typedef struct handle {
    recto_cpu_base base; /* first: a recto_backend * is a handle * */
    bool int8, has_bf16;
    recto_cpu_base_room rows; /* converted rows or image */
} handle;

/* --- the micro-kernel ------------------------------------------------------------------------- */

#define INLINE static inline __attribute__((always_inline))

INLINE __m512i multiply(form f, __m512i sum, __m512i x, __m512i w)
{
    if (f == FORM_INT8)
        return _mm512_dpbusd_epi32(sum, x, w);
    if (f == FORM_BF16)
        return _mm512_castps_si512(
            _mm512_dpbf16_ps(_mm512_castsi512_ps(sum), (__m512bh)x, (__m512bh)w));
    return _mm512_castps_si512(
        _mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_castsi512_ps(w), _mm512_castsi512_ps(sum)));
}

/* Where the rows of a tile are. */
typedef struct source {
    const uint8_t *row[ROWS];
    size_t run[MAX_RUNS]; /* byte offsets from row[r] */
    int n_runs;
    int run_steps;
    float low[ROWS], step[ROWS]; /* int8 */
} source;

INLINE void product(form f, int n_vecs, __m512i sum[ROWS][VECS], const source *src,
                    const uint8_t *w)
{
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
        for (int v = 0; v < n_vecs; v++)
            sum[r][v] = _mm512_setzero_si512();
    for (int i = 0; i < src->n_runs; i++) {
        const uint8_t *row[ROWS];
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; r++)
            row[r] = src->row[r] + src->run[i];
        const size_t end = 4 * (size_t)src->run_steps;
        for (size_t at = 0; at < end; at += 4, w += 4 * PANEL) {
            __m512i wv[VECS];
#pragma GCC unroll 4
            for (int v = 0; v < n_vecs; v++)
                wv[v] = _mm512_load_si512(w + 64 * v);
#pragma GCC unroll 6
            for (int r = 0; r < ROWS; r++) {
                int32_t bits;
                memcpy(&bits, row[r] + at, sizeof bits);
                const __m512i x = _mm512_set1_epi32(bits);
#pragma GCC unroll 4
                for (int v = 0; v < n_vecs; v++)
                    sum[r][v] = multiply(f, sum[r][v], x, wv[v]);
            }
        }
    }
}

/* v Phi(v), Phi - 1/2 as an odd polynomial on |v| <= 4.25 and constant beyond.  Least maximum of
 * the error of v Phi(v): 7e-5 (a fifth of that for |v| < 4.25). */
INLINE __m512 gelu(__m512 v)
{
    static const float c[] = {4.48240998e-9f * -1, 1.97972393e-7f, -5.14659075e-6f, 8.86272475e-5f,
                              -1.08114979e-3f,     9.73166484e-3f, -6.62257832e-2f, 3.98852432e-1f};
    const __m512 limit = _mm512_set1_ps(4.25f);
    __m512 x = _mm512_min_ps(_mm512_max_ps(v, _mm512_sub_ps(_mm512_setzero_ps(), limit)), limit);
    __m512 s = _mm512_mul_ps(x, x);
    __m512 p = _mm512_set1_ps(4.49280613e-11f);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        p = _mm512_fmadd_ps(p, s, _mm512_set1_ps(c[i]));
    p = _mm512_fmadd_ps(p, x, _mm512_set1_ps(0.5f));
    return _mm512_mul_ps(p, v);
}

static const __mmask16 ALL = 0xffff;

/* One vector of one row: scale, bias, finish, store the lanes of m. */
INLINE void finish(form f, recto_ops_finish how, float *y, __m512i sum, const recto_layer *l,
                   int at, float low, float step, __mmask16 m)
{
    const __m512 bias = _mm512_load_ps(l->bias + at);
    __m512 v;

    if (f == FORM_INT8) {
        const __m512 offset =
            _mm512_fmadd_ps(_mm512_set1_ps(low), _mm512_load_ps(l->sum + at), bias);
        v = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_load_ps(l->scale + at));
        v = _mm512_fmadd_ps(v, _mm512_set1_ps(step), offset);
    } else {
        v = _mm512_add_ps(_mm512_castsi512_ps(sum), bias);
    }
    if (how == RECTO_OPS_RELU)
        v = _mm512_max_ps(v, _mm512_setzero_ps());
    else if (how == RECTO_OPS_GELU)
        v = gelu(v);
    else if (how == RECTO_OPS_ADD)
        v = _mm512_add_ps(v, m == ALL ? _mm512_loadu_ps(y) : _mm512_maskz_loadu_ps(m, y));
    if (m == ALL)
        _mm512_storeu_ps(y, v);
    else
        _mm512_mask_storeu_ps(y, m, v);
}

/* Up to ROWS rows x one panel: y is the first row's first output, rows N apart. */
INLINE void tile(form f, int n_vecs, recto_ops_finish how, float *y, const recto_layer *l,
                 int panel, const source *src, int n_rows)
{
    const size_t N = (size_t)l->linear.n_out;
    const int left = l->linear.n_out - panel * PANEL;
    __m512i sum[ROWS][VECS];

    product(f, n_vecs, sum, src, l->w + (size_t)panel * (size_t)l->n_steps * 4 * PANEL);
    if (left >= PANEL && n_rows == ROWS) {
#pragma GCC unroll 6
        for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
            for (int v = 0; v < n_vecs; v++)
                finish(f, how, y + (size_t)r * N + (size_t)(16 * v), sum[r][v], l,
                       panel * PANEL + 16 * v, src->low[r], src->step[r], ALL);
        return;
    }
#pragma GCC unroll 6
    for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
        for (int v = 0; v < n_vecs; v++) {
            const int lanes = r < n_rows ? left - 16 * v : 0;
            const unsigned bits = lanes >= 16 ? 0xffffu : lanes <= 0 ? 0u : (1u << lanes) - 1u;
            const __mmask16 m = (__mmask16)bits;
            if (m != 0)
                finish(f, how, y + (size_t)r * N + (size_t)(16 * v), sum[r][v], l,
                       panel * PANEL + 16 * v, src->low[r], src->step[r], m);
        }
}

typedef void tile_function(float *y, const recto_layer *l, int panel, const source *src,
                           int n_rows);
#define TILE(name, form, how)                                                                      \
    static void name(float *y, const recto_layer *l, int panel, const source *src, int n_rows)     \
    {                                                                                              \
        tile(form, VECS, how, y, l, panel, src, n_rows);                                           \
    }
TILE(f32_set, FORM_F32, RECTO_OPS_SET)
TILE(f32_relu, FORM_F32, RECTO_OPS_RELU)
TILE(f32_gelu, FORM_F32, RECTO_OPS_GELU)
TILE(f32_add, FORM_F32, RECTO_OPS_ADD)
TILE(bf16_set, FORM_BF16, RECTO_OPS_SET)
TILE(bf16_relu, FORM_BF16, RECTO_OPS_RELU)
TILE(bf16_gelu, FORM_BF16, RECTO_OPS_GELU)
TILE(bf16_add, FORM_BF16, RECTO_OPS_ADD)
TILE(int8_set, FORM_INT8, RECTO_OPS_SET)
TILE(int8_relu, FORM_INT8, RECTO_OPS_RELU)
TILE(int8_gelu, FORM_INT8, RECTO_OPS_GELU)
TILE(int8_add, FORM_INT8, RECTO_OPS_ADD)

/* The first convolution has 32 outputs: the other half of the panel is left out. */
static void f32_relu_half(float *y, const recto_layer *l, int panel, const source *src, int n_rows)
{
    tile(FORM_F32, VECS / 2, RECTO_OPS_RELU, y, l, panel, src, n_rows);
}

static tile_function *const tiles[3][4] = {
    [FORM_F32] = {f32_set, f32_relu, f32_gelu, f32_add},
    [FORM_BF16] = {bf16_set, bf16_relu, bf16_gelu, bf16_add},
    [FORM_INT8] = {int8_set, int8_relu, int8_gelu, int8_add},
};

/* --- layers ----------------------------------------------------------------------------------- */

static void layer_free(recto_backend *be, recto_layer *l)
{
    (void)be;
    if (l == NULL)
        return;
    free(l->w);
    free(l->bias);
    free(l->scale);
    free(l->sum);
    free(l);
}

static uint16_t to_bf16(float v)
{
    uint16_t bits;
    recto_cpu_avx512_to_bf16(&bits, &v, 1);
    return bits;
}

/* Row n of w [N,K] into its panel. */
static void pack_row(recto_layer *l, int n, const float *w)
{
    const int K = l->linear.n_in;
    const int each = numbers_a_step[l->form];
    uint8_t *panel = l->w + (size_t)(n / PANEL) * (size_t)l->n_steps * 4 * PANEL;
    float top = 0.0f;
    int sum = 0;

    for (int k = 0; k < K; k++)
        top = fmaxf(top, fabsf(w[k]));
    const float scale = top > 0.0f ? top / 127.0f : 1.0f;
    for (int k = 0; k < K; k++) {
        uint8_t *to =
            panel + (size_t)(k / each) * 4 * PANEL + 4 * (n % PANEL) + 4 / each * (k % each);
        if (l->form == FORM_INT8) {
            const int q = (int)lrintf(w[k] / scale);
            *to = (uint8_t)(int8_t)q;
            sum += q;
        } else if (l->form == FORM_BF16) {
            const uint16_t bits = to_bf16(w[k]);
            memcpy(to, &bits, sizeof bits);
        } else {
            memcpy(to, &w[k], sizeof w[k]);
        }
    }
    l->scale[n] = scale;
    l->sum[n] = scale * (float)sum;
}

static void *zeroed(size_t n)
{
    const size_t size = (n + 63) / 64 * 64;
    void *p = aligned_alloc(64, size);
    if (p != NULL)
        memset(p, 0, size);
    return p;
}

static recto_status layer_new(recto_layer **out, form f, const recto_ops_linear *shape,
                              const float *w, const float *bias, recto_error *err)
{
    recto_layer *l = calloc(1, sizeof *l);

    *out = NULL;
    if (l == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
    l->linear = *shape;
    l->form = f;
    l->n_panels = (shape->n_out + PANEL - 1) / PANEL;
    l->n_steps = (shape->n_in + numbers_a_step[f] - 1) / numbers_a_step[f];
    const size_t n = (size_t)l->n_panels * PANEL;
    l->w = zeroed(n * (size_t)l->n_steps * 4);
    l->bias = zeroed(n * sizeof *l->bias);
    l->scale = zeroed(n * sizeof *l->scale);
    l->sum = zeroed(n * sizeof *l->sum);
    if (l->w == NULL || l->bias == NULL || l->scale == NULL || l->sum == NULL) {
        layer_free(NULL, l);
        return recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
    }
    for (int i = 0; i < shape->n_out; i++)
        pack_row(l, i, w + (size_t)i * (size_t)shape->n_in);
    if (bias != NULL)
        memcpy(l->bias, bias, (size_t)shape->n_out * sizeof *bias);
    *out = l;
    return RECTO_OK;
}

static size_t linear_bytes(const recto_backend *be, const recto_ops_linear *shape)
{
    const int each = numbers_a_step[((const handle *)be)->int8 ? FORM_INT8 : FORM_BF16];
    const size_t steps = ((size_t)shape->n_in + (size_t)each - 1) / (size_t)each;

    return ((size_t)shape->n_out + PANEL - 1) / PANEL * PANEL * (4 * steps + 3 * sizeof(float));
}

static recto_status linear_new(recto_layer **out, recto_backend *be, const recto_ops_linear *shape,
                               const float *w, const float *bias, recto_error *err)
{
    return layer_new(out, ((handle *)be)->int8 ? FORM_INT8 : FORM_BF16, shape, w, bias, err);
}

/* The convolution as a product: K runs over (across, down, channel).  A run of 3 C numbers must be
 * whole steps, or the next wider form is taken: the image itself (C = 1) stays in float32. */
static recto_status conv_new(recto_layer **out, recto_backend *be, const recto_ops_conv *shape,
                             const float *w, const float *bias, recto_error *err)
{
    const int C = shape->n_in;
    const recto_ops_linear linear = {shape->n_out, 9 * C, RECTO_OPS_RELU};
    float *product_w = recto_backend_conv_matrix(shape, w);

    *out = NULL;
    if (product_w == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
    const handle *h = (const handle *)be;
    const form f = h->int8 && C % 4 == 0       ? FORM_INT8
                   : h->has_bf16 && C % 2 == 0 ? FORM_BF16
                                               : FORM_F32;
    recto_status status = layer_new(out, f, &linear, product_w, bias, err);
    free(product_w);
    if (status == RECTO_OK)
        (*out)->conv = *shape;
    return status;
}

/* --- computing -------------------------------------------------------------------------------- */

/* Rows of x, or of their layer norm (through `row`, K floats), in the layer's form; the last step
 * is filled up with zeros. */
static void convert(uint8_t *to, float *low, float *step, float *row, const recto_layer *l,
                    const recto_ops_norm *norm, const float *x, int n_rows)
{
    const int K = l->linear.n_in;
    const size_t stride = 4 * (size_t)l->n_steps;

    for (int r = 0; r < n_rows; r++, to += stride, x += K) {
        const float *from = x;
        if (norm != NULL) {
            recto_cpu_avx512_normalize(row, x, norm, K);
            from = row;
        }
        if (K % numbers_a_step[l->form] != 0)
            memset(to + stride - 4, 0, 4);
        if (l->form == FORM_INT8)
            recto_cpu_avx512_quantize(to, &low[r], &step[r], from, K);
        else
            recto_cpu_avx512_to_bf16((uint16_t *)(void *)to, from, K);
    }
}

static recto_status linear(recto_backend *be, float *y, const recto_layer *l,
                           const recto_ops_norm *norm, const float *x, int n_tokens,
                           recto_error *err)
{
    tile_function *const run = tiles[l->form][l->linear.finish];
    const size_t stride = 4 * (size_t)l->n_steps;
    const size_t N = (size_t)l->linear.n_out;
    float low[BLOCK] = {0};
    float step[BLOCK] = {0};
    uint8_t *rows = recto_cpu_base_reserve(
        &((handle *)be)->rows, BLOCK * stride + ((size_t)l->linear.n_in + 16) * sizeof(float));
    float *row = rows == NULL ? NULL : (float *)(void *)(rows + BLOCK * stride);

    if (rows == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "product: out of memory");
    for (int at = 0; at < n_tokens; at += BLOCK) {
        const int n = n_tokens - at < BLOCK ? n_tokens - at : BLOCK;
        convert(rows, low, step, row, l, norm, x + (size_t)at * (size_t)l->linear.n_in, n);
        for (int panel = 0; panel < l->n_panels; panel++) {
            for (int r = 0; r < n; r += ROWS) {
                const int n_rows = n - r < ROWS ? n - r : ROWS;
                source src = {.n_runs = 1, .run_steps = l->n_steps};
                for (int i = 0; i < ROWS; i++) {
                    const int from = r + (i < n_rows ? i : 0);
                    src.row[i] = rows + (size_t)from * stride;
                    src.low[i] = low[from];
                    src.step[i] = step[from];
                }
                run(y + (size_t)(at + r) * N + (size_t)panel * PANEL, l, panel, &src, n_rows);
            }
        }
    }
    return RECTO_OK;
}

/* The image [width,height,C] with a border of one zero all around, in the layer's form; int8: x is
 * *step q, one step for the whole image (inputs of a convolution with C > 1 are results of a ReLU,
 * so that the border's zero is exact). */
static uint8_t *bordered(handle *h, const recto_layer *l, float *step, const float *x, int width,
                         int height)
{
    const size_t C = (size_t)l->conv.n_in;
    const size_t each = 4 / (size_t)numbers_a_step[l->form]; /* bytes of a number */
    const size_t inside = (size_t)height * C;
    const size_t column = (inside + 2 * C) * each;
    uint8_t *image = recto_cpu_base_reserve(&h->rows, ((size_t)width + 2) * column);

    if (image == NULL)
        return NULL;
    if (l->form == FORM_INT8)
        *step = recto_cpu_avx512_maximum(x, (size_t)width * inside) / 255.0f;
    memset(image, 0, column);
    memset(image + ((size_t)width + 1) * column, 0, column);
    for (int u = 0; u < width; u++, x += inside) {
        uint8_t *to = image + ((size_t)u + 1) * column;
        memset(to, 0, C * each);
        memset(to + column - C * each, 0, C * each);
        to += C * each;
        if (l->form == FORM_INT8)
            recto_cpu_avx512_quantize_by(to, *step, x, (int)inside);
        else if (l->form == FORM_BF16)
            recto_cpu_avx512_to_bf16((uint16_t *)(void *)to, x, (int)inside);
        else
            memcpy(to, x, inside * sizeof *x);
    }
    return image;
}

static recto_status conv(recto_backend *be, float *y, const recto_layer *l, const float *x,
                         int width, int height, recto_error *err)
{
    const recto_ops_conv *s = &l->conv;
    tile_function *const run = l->form == FORM_F32 && s->n_out <= PANEL / 2
                                   ? f32_relu_half
                                   : tiles[l->form][RECTO_OPS_RELU];
    const int out_height = recto_ops_conv_len(height, s->stride_down);
    const int n = recto_ops_conv_len(width, s->stride_across) * out_height;
    const size_t place = (size_t)s->n_in * 4 / (size_t)numbers_a_step[l->form]; /* bytes */
    const size_t column = ((size_t)height + 2) * place;
    float step = 0.0f;
    const uint8_t *image = bordered((handle *)be, l, &step, x, width, height);
    source src = {.n_runs = 3, .run_steps = l->n_steps / 3, .run = {0, column, 2 * column}};

    if (image == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "convolution: out of memory");
    for (int i = 0; i < ROWS; i++)
        src.step[i] = step;
    for (int at = 0; at < n; at += BLOCK) {
        const int last = n - at < BLOCK ? n : at + BLOCK;
        for (int panel = 0; panel < l->n_panels; panel++) {
            for (int r = at; r < last; r += ROWS) {
                const int n_rows = last - r < ROWS ? last - r : ROWS;
                for (int i = 0; i < ROWS; i++) {
                    const int from = r + (i < n_rows ? i : 0);
                    src.row[i] = image + (size_t)(from / out_height * s->stride_across) * column +
                                 (size_t)(from % out_height * s->stride_down) * place;
                }
                run(y + (size_t)r * (size_t)s->n_out + (size_t)panel * PANEL, l, panel, &src,
                    n_rows);
            }
        }
    }
    return RECTO_OK;
}

static recto_status attention(recto_backend *be, float *y, const float *qkv, int n_tokens, int dim,
                              int heads, int window, recto_error *err)
{
    handle *h = (handle *)be;

    if (h->has_bf16 && dim == heads * 32)
        return recto_cpu_avx512_attention(&h->base.keys, y, qkv, n_tokens, dim, heads, window, err);
    if (dim / heads % 8 != 0)
        return recto_ref_attention(be, y, qkv, n_tokens, dim, heads, window, err);
    const size_t n = recto_cpu_avx2_attention_room(n_tokens, dim, heads, window);
    float *room = recto_cpu_base_reserve(&h->base.keys, n * sizeof *room);
    if (room == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "attention: out of memory");
    recto_cpu_avx2_attention(y, qkv, room, n_tokens, dim, heads, window);
    return RECTO_OK;
}

static void backend_free(recto_backend *be)
{
    handle *h = (handle *)be;
    if (h == NULL)
        return;
    free(h->rows.p);
    recto_cpu_base_end(&h->base);
    free(h);
}

recto_status recto_cpu_avx512_backend(recto_backend **out, bool int8, bool has_bf16,
                                      recto_error *err)
{
    static const recto_backend functions = {
        .free = backend_free,
        .linear_new = linear_new,
        .linear_bytes = linear_bytes,
        .linear = linear,
        .conv_new = conv_new,
        .conv = conv,
        .layer_free = layer_free,
        .depthwise = recto_cpu_avx512_depthwise,
        .attention = attention,
    };
    handle *h = calloc(1, sizeof *h);

    *out = NULL;
    if (h == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "back end: out of memory");
    h->base.be = functions;
    h->base.be.name = int8 ? "avx512 int8" : "avx512 bf16";
    recto_cpu_base_init(&h->base, 1, has_bf16);
    h->int8 = int8;
    h->has_bf16 = has_bf16;
    *out = &h->base.be;
    return RECTO_OK;
}

#else
#include "kernels/cpu_avx512.h"

recto_status recto_cpu_avx512_backend(recto_backend **out, bool int8, bool has_bf16,
                                      recto_error *err)
{
    (void)int8;
    (void)has_bf16;
    *out = 0;
    return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "back end: not on this CPU");
}
#endif
