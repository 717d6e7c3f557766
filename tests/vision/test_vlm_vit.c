/* Protects the vision encoder: every spelling of its weights gives one and the same answer, that of
 * a plain forward pass in double written here from the formulas, stage by stage; stopping, taps and
 * a failing back end are handed on. */
#include "vit_model.h"

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
        layer_norm(normed, x + t * D, D, b->norm1[0], b->norm1[1], (double)config.eps);
        for (int n = 0; n < 3 * D; n++)
            qkv[t][n] = dot(normed, b->qkv + n * D, D) + (double)b->qkv_bias[n];
    }
    plain_attention(seen, (const double(*)[3 * D]) qkv);
    for (int t = 0; t < T; t++) {
        for (int d = 0; d < D; d++)
            x[t * D + d] +=
                (double)b->ls1[d] * (dot(seen + t * D, b->out + d * D, D) + (double)b->out_bias[d]);
        layer_norm(normed, x + t * D, D, b->norm2[0], b->norm2[1], (double)config.eps);
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
        layer_norm(wide, wide, WIDE, numbers.projector_norm[0], numbers.projector_norm[1],
                   (double)config.projector_eps);
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

/* --- a back end that fails -------------------------------------------------------------------- */

static recto_status (*true_linear)(recto_backend *be, float *y, const recto_layer *layer,
                                   const recto_ops_norm *norm, const float *x, int n_tokens,
                                   recto_error *err);
static int n_left; /* products until one fails */

static recto_status failing_linear(recto_backend *be, float *y, const recto_layer *layer,
                                   const recto_ops_norm *norm, const float *x, int n_tokens,
                                   recto_error *err)
{
    if (n_left-- == 0)
        return recto_error_set(err, RECTO_ERR_DEVICE, "no more products");
    return true_linear(be, y, layer, norm, x, n_tokens, err);
}

static void vit_hands_on_what_the_back_end_says(void **state)
{
    static float out[TOKENS * OUT];
    const int n_products = 1 + 4 * LAYERS + 2;
    file *f = make_file(ORIGINAL, (damage){NULL});
    recto_backend *be;
    recto_vit *v = load(&be, RECTO_BACKEND_REF, f);
    (void)state;
    true_linear = be->linear;
    be->linear = failing_linear;
    for (int n = 0; n <= n_products; n++) {
        n_left = n;
        assert_int_equal(recto_vit_encode(out, v, pixels, 1, NULL, NULL, NULL, NULL),
                         n < n_products ? RECTO_ERR_DEVICE : RECTO_OK);
    }
    recto_vit_free(v);
    be->free(be);
    free_file(f);
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
        cmocka_unit_test(vit_hands_on_what_the_back_end_says),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
