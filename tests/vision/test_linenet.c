/* Protects the line network: the reference's log-probabilities on every back end, the same bytes
 * for the same line however it is grouped, and loud failure of weights that do not fit. */
#include "core/file.h"
#include "kernels/weights.h"
#include "vision/linenet_net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct model {
    recto_bytes weights, config, check;
    recto_weights *fixture;
} model;

static model m;

static recto_bytes read_file(const char *variable, const char *name)
{
    const char *folder = getenv(variable);
    char path[1024];
    recto_bytes out = {0};
    snprintf(path, sizeof path, "%s/%s", folder ? folder : ".", name);
    assert_int_equal(recto_bytes_read(&out, path, 0, NULL), RECTO_OK);
    return out;
}

static int set_up(void **state)
{
    (void)state;
    m.weights = read_file("RECTO_SOURCE_DIR", "models/line-latin/line-latin.safetensors");
    m.config = read_file("RECTO_SOURCE_DIR", "models/line-latin/config.json");
    m.check = read_file("RECTO_TEST_DATA", "line/check.safetensors");
    m.fixture = recto_weights_new();
    assert_int_equal(recto_weights_add_safetensors(m.fixture, m.check.data, m.check.size, NULL),
                     RECTO_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    recto_weights_free(m.fixture);
    recto_bytes_close(&m.weights);
    recto_bytes_close(&m.config);
    recto_bytes_close(&m.check);
    return 0;
}

/* NULL (and skips the test) where this CPU has no such back end. */
static recto_linenet *load(recto_backend_kind kind)
{
    recto_backend *be = NULL;
    recto_linenet *net = NULL;
    recto_error err = {0};
    if (recto_backend_open(&be, kind, &err) == RECTO_ERR_UNSUPPORTED)
        skip();
    assert_non_null(be);
    recto_status s = recto_linenet_load_on(&net, be, m.weights.data, m.weights.size,
                                           (const char *)m.config.data, m.config.size, &err);
    if (s != RECTO_OK)
        fail_msg("%s", err.msg);
    return net;
}

static const recto_tensor *fixture(char which, int line)
{
    char name[8];
    snprintf(name, sizeof name, "%c%d", which, line);
    return recto_weights_lookup(m.fixture, name);
}

static void log_softmax(float *row, int n)
{
    float top = row[0];
    double sum = 0.0;
    for (int i = 1; i < n; i++)
        top = fmaxf(top, row[i]);
    for (int i = 0; i < n; i++)
        sum += exp((double)(row[i] - top));
    for (int i = 0; i < n; i++)
        row[i] -= top + (float)log(sum);
}

/* Largest difference of log-probabilities above floor from the reference, and of the best class. */
static float difference(recto_linenet *net, int line, float floor, int *n_other_out)
{
    const recto_tensor *x = fixture('x', line);
    const recto_tensor *y = fixture('y', line);
    const int width = (int)x->dims[1];
    const int n = (int)y->dims[0];
    const int classes = (int)y->dims[1];
    float *rows = malloc(x->size);
    float *columns = malloc(x->size);
    float *reference = malloc(y->size);
    float *logits = calloc(y->n_elements, sizeof *logits);
    float worst = 0.0f;

    recto_dtype_widen(rows, x->data, x->dtype, x->n_elements);
    recto_dtype_widen(reference, y->data, y->dtype, y->n_elements);
    for (int u = 0; u < width; u++)
        for (int v = 0; v < 32; v++)
            columns[u * 32 + v] = rows[v * width + u];
    const recto_linenet_image im = {.x = columns, .width = width, .keep_last = n, .logits = logits};
    assert_int_equal(recto_linenet_forward(net, &im, 1, NULL), RECTO_OK);
    *n_other_out = 0;
    for (int t = 0; t < n; t++) {
        float *row = logits + t * classes;
        const float *want = reference + t * classes;
        int best = 0;
        int best_want = 0;
        log_softmax(row, classes);
        for (int c = 0; c < classes; c++) {
            best = row[c] > row[best] ? c : best;
            best_want = want[c] > want[best_want] ? c : best_want;
            if (want[c] > floor)
                worst = fmaxf(worst, fabsf(row[c] - want[c]));
        }
        *n_other_out += best != best_want;
    }
    free(rows);
    free(columns);
    free(reference);
    free(logits);
    return worst;
}

static void linenet_ref_equals_pytorch(void **state)
{
    (void)state;
    recto_linenet *net = load(RECTO_BACKEND_REF);
    int n_other;
    float worst = difference(net, 1, -12.0f, &n_other);
    printf("%s: line 1 within %g\n", recto_linenet_kind(net), (double)worst);
    assert_true(worst < 1e-4f);
    assert_int_equal(n_other, 0);
    recto_linenet_free(net);
}

static void linenet_onednn_equals_pytorch(void **state)
{
    (void)state;
    recto_linenet *net = load(RECTO_BACKEND_F32);
    for (int line = 0; line < 3; line++) {
        int n_other;
        float worst = difference(net, line, -12.0f, &n_other);
        printf("%s: line %d within %g\n", recto_linenet_kind(net), line, (double)worst);
        assert_true(worst < 1e-4f);
        assert_int_equal(n_other, 0);
    }
    recto_linenet_free(net);
}

/* Reduced precision: how far log-probabilities above -4 may be off, and no other best class. */
static void reduced(recto_backend_kind kind)
{
    recto_linenet *net = load(kind);
    for (int line = 0; line < 3; line++) {
        int n_other;
        float worst = difference(net, line, -4.0f, &n_other);
        printf("%s: line %d within %g, %d other\n", recto_linenet_kind(net), line, (double)worst,
               n_other);
        assert_true(worst < 1.0f);
        assert_int_equal(n_other, 0);
    }
    recto_linenet_free(net);
}

static void linenet_bf16_reads_as_pytorch(void **state)
{
    (void)state;
    reduced(RECTO_BACKEND_BF16);
}

static void linenet_int8_reads_as_pytorch(void **state)
{
    (void)state;
    reduced(RECTO_BACKEND_INT8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linenet_ref_equals_pytorch),
        cmocka_unit_test(linenet_onednn_equals_pytorch),
        cmocka_unit_test(linenet_bf16_reads_as_pytorch),
        cmocka_unit_test(linenet_int8_reads_as_pytorch),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
