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
    if (recto_backend_open(&be, kind, 1, &err) == RECTO_ERR_UNSUPPORTED)
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

/* --- a page ----------------------------------------------------------------------------------- */

/* Lines of the fixture one below the other, each 40 px high, on a white page. */
static recto_image *page_of_fixtures(void)
{
    recto_image *im = NULL;
    assert_int_equal(recto_image_new(&im, 700, 3 * 40, 1, NULL), RECTO_OK);
    memset(im->px, 255, im->stride * (size_t)im->height);
    for (int line = 0; line < 3; line++) {
        const recto_tensor *x = fixture('x', line);
        const int width = (int)x->dims[1];
        float *rows = malloc(x->size);
        recto_dtype_widen(rows, x->data, x->dtype, x->n_elements);
        for (int v = 0; v < 32; v++)
            for (int u = 0; u < width; u++)
                im->px[(size_t)(line * 40 + 4 + v) * im->stride + (size_t)u] =
                    (uint8_t)((1.0f - rows[v * width + u]) * 127.5f + 0.5f);
        free(rows);
    }
    return im;
}

static recto_segment_line line_at(float x0, float y0, float x1, float y1)
{
    return (recto_segment_line){.box = {x0, y0, x1, y1}};
}

static void linenet_line_gives_same_bytes_in_any_company(void **state)
{
    recto_linenet *net = load(RECTO_BACKEND_AUTO);
    recto_image *im = page_of_fixtures();
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_segment_line lines[20];
    recto_linenet_scores *together = NULL;
    const int classes = recto_linenet_classes(net);
    (void)state;
    for (int i = 0; i < 20; i++) /* short and long ones */
        lines[i] = line_at((float)(i * 3), (float)(i % 3 * 40),
                           i % 5 ? 700.0f : (float)(i * 3 + 40), (float)(i % 3 * 40 + 40));
    assert_int_equal(recto_linenet_run(&together, net, im, lines, 20, keep, tmp, NULL), RECTO_OK);
    assert_int_equal(recto_arena_used(tmp), 0);
    for (int i = 19; i >= 0; i--) {
        recto_linenet_scores *alone = NULL;
        assert_int_equal(recto_linenet_run(&alone, net, im, &lines[i], 1, keep, tmp, NULL),
                         RECTO_OK);
        assert_true(alone->n_tokens > 0);
        assert_int_equal(alone->n_tokens, together[i].n_tokens);
        assert_memory_equal(alone->logits, together[i].logits,
                            (size_t)(alone->n_tokens * classes) * sizeof(float));
    }
    recto_arena_free(keep);
    recto_arena_free(tmp);
    recto_image_free(im);
    recto_linenet_free(net);
}

static void linenet_places_tokens_on_the_page(void **state)
{
    recto_linenet *net = load(RECTO_BACKEND_AUTO);
    recto_image *im = page_of_fixtures();
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    const recto_segment_line line = line_at(10.0f, 0.0f, 650.0f, 40.0f);
    recto_linenet_scores *scores = NULL;
    (void)state;
    assert_int_equal(recto_linenet_run(&scores, net, im, &line, 1, keep, tmp, NULL), RECTO_OK);
    assert_int_equal(scores->n_tokens, 512 / 4);
    assert_float_equal(scores->px_per_token, 5.0, 1e-4);
    assert_float_equal(scores->x0, 10.0, 0.0);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    recto_image_free(im);
    recto_linenet_free(net);
}

/* Boxes that are no text give no tokens, and nothing is read outside of the page. */
static void linenet_stands_odd_boxes(void **state)
{
    static const recto_rect odd[] = {
        {0, 0, 0, 0},          {5, 5, 4, 4},         {0, 0, 700, 1},  {0, 0, 0.5f, 40},
        {-50, -50, -10, -10},  {800, 0, 900, 40},    {0, 0, NAN, 40}, {0, 0, INFINITY, 40},
        {0, -1e9f, 700, 1e9f}, {-1e9f, 0, 1e9f, 40},
    };
    static const recto_rect fine[] = {
        {-20, -20, 720, 140},
        {3, 3, 4.5f, 6},
        {699, 119, 720, 140},
        {0, 0, 700, 2.5f},
    };
    recto_linenet *net = load(RECTO_BACKEND_AUTO);
    recto_image *im = page_of_fixtures();
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_segment_line lines[32];
    recto_linenet_scores *scores = NULL;
    const int n_odd = sizeof odd / sizeof odd[0];
    const int n_fine = sizeof fine / sizeof fine[0];
    (void)state;
    for (int i = 0; i < n_odd; i++)
        lines[i] = (recto_segment_line){.box = odd[i], .slope = 0.05f};
    for (int i = 0; i < n_fine; i++)
        lines[n_odd + i] = (recto_segment_line){.box = fine[i], .slope = i % 2 ? 9.0f : -9.0f};
    assert_int_equal(recto_linenet_run(&scores, net, im, lines, n_odd + n_fine, keep, tmp, NULL),
                     RECTO_OK);
    for (int i = 0; i < n_odd; i++)
        assert_int_equal(scores[i].n_tokens, 0);
    for (int i = 0; i < n_fine; i++)
        assert_true(scores[n_odd + i].n_tokens > 0);
    assert_int_equal(recto_linenet_run(&scores, net, im, NULL, 0, keep, tmp, NULL), RECTO_OK);
    assert_non_null(scores);
    assert_int_equal(recto_linenet_run(&scores, net, NULL, lines, 1, keep, tmp, NULL),
                     RECTO_ERR_ARG);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    recto_image_free(im);
    recto_linenet_free(net);
}

/* A line of 4800 scaled px is read in pieces: nearly the scores of one unbroken pass. */
static void linenet_pieces_of_a_long_line_agree(void **state)
{
    enum { WIDTH = 4800 };
    recto_linenet *net = load(RECTO_BACKEND_AUTO);
    const int classes = recto_linenet_classes(net);
    const recto_tensor *x = fixture('x', 2);
    const int period = (int)x->dims[1];
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_image *im = NULL;
    float *rows = malloc(x->size);
    float *whole = calloc((size_t)(WIDTH / 4 * classes), sizeof *whole);
    uint8_t *columns = malloc(WIDTH * 32);
    const recto_segment_line line = line_at(0, 0, WIDTH, 32);
    recto_linenet_scores *scores = NULL;
    int n_other = 0;
    (void)state;
    recto_dtype_widen(rows, x->data, x->dtype, x->n_elements);
    assert_int_equal(recto_image_new(&im, WIDTH, 32, 1, NULL), RECTO_OK);
    for (int u = 0; u < WIDTH; u++)
        for (int v = 0; v < 32; v++)
            columns[u * 32 + v] = im->px[(size_t)v * im->stride + (size_t)u] =
                (uint8_t)((1.0f - rows[v * period + u % period]) * 127.5f + 0.5f);
    const recto_linenet_image one = {
        .grey = columns, .width = WIDTH, .keep_last = WIDTH / 4, .logits = whole};
    assert_int_equal(recto_linenet_forward(net, &one, 1, NULL), RECTO_OK);
    assert_int_equal(recto_linenet_run(&scores, net, im, &line, 1, keep, tmp, NULL), RECTO_OK);
    assert_int_equal(scores->n_tokens, WIDTH / 4);
    for (int t = 0; t < WIDTH / 4; t++) {
        int best[2] = {0, 0};
        for (int c = 1; c < classes; c++) {
            best[0] = whole[t * classes + c] > whole[t * classes + best[0]] ? c : best[0];
            best[1] = scores->logits[t * classes + c] > scores->logits[t * classes + best[1]]
                          ? c
                          : best[1];
        }
        n_other += best[0] != best[1];
    }
    assert_true(n_other <= WIDTH / 4 / 100);
    free(rows);
    free(whole);
    free(columns);
    recto_image_free(im);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    recto_linenet_free(net);
}

/* --- loading ---------------------------------------------------------------------------------- */

/* Load with one text of the config or of the weights' header replaced (by one not longer). */
static recto_status load_with(const char *old, const char *new, recto_error *err)
{
    recto_linenet *net = NULL;
    char *config = malloc(m.config.size + 1);
    uint8_t *weights = malloc(m.weights.size);
    memcpy(config, m.config.data, m.config.size);
    config[m.config.size] = 0;
    memcpy(weights, m.weights.data, m.weights.size);
    char *at = strstr(config, old);
    for (size_t i = 8; at == NULL && i + strlen(old) < 8192; i++)
        if (memcmp(weights + i, old, strlen(old)) == 0)
            at = (char *)weights + i;
    assert_non_null(at);
    memset(at, ' ', strlen(old));
    memcpy(at, new, strlen(new));
    recto_status s = recto_linenet_load(&net, weights, m.weights.size, config, m.config.size, err);
    assert_null(net);
    free(config);
    free(weights);
    return s;
}

static void linenet_load_says_what_does_not_fit(void **state)
{
    static const struct {
        const char *old, *new, *says;
    } cases[] = {
        {"\"mlp\": 512", "\"mlp\": 256",
         "block.0.up.weight: expected [256, 256], found [512, 256]"},
        {"\"layers\": 4", "\"layers\": 5", "block.4.qkv.weight: expected [768, 256], missing"},
        {"\"heads\": 8", "\"heads\": 7", "heads"},
        {"\"classes\": 202", "\"classes\": 201", "chars"},
        {"\"height\": 32", "\"height\": 64", "proj.weight"},
        {"\"column_px\": 4", "\"column_px\": 8", "column_px"},
        {"\"gelu\": \"erf\"", "\"gelu\": \"tan\"", "gelu"},
        {"\"dim\": 256", "\"dim\": 1e9", "dim"},
        {"\"blank\": 0", "\"blank\": 1", "blank"},
        {"\"window\": 32", "\"window\": -1", "window"},
        {"\"kernel\": 3", "\"kernel\": 5", "convs"},
        {"\"convs\"", "\"konvs\"", "convs"},
        {"\"head.bias\"", "\"head.bios\"", "head.bias: expected [202], missing"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        recto_error err = {0};
        recto_status s = load_with(cases[i].old, cases[i].new, &err);
        if (s != RECTO_ERR_MODEL || strstr(err.msg, cases[i].says) == NULL)
            fail_msg("%s: status %d, \"%s\"", cases[i].new, (int)s, err.msg);
    }
    recto_error err = {0};
    assert_int_equal(load_with("{", "[", &err), RECTO_ERR_FORMAT);
    recto_linenet *net = NULL;
    assert_int_equal(recto_linenet_load(&net, m.weights.data, m.weights.size - 1,
                                        (const char *)m.config.data, m.config.size, &err),
                     RECTO_ERR_FORMAT);
    assert_null(net);
}

static void linenet_confidence_rises_and_stays_within_one(void **state)
{
    static const float probs[] = {-1.0f, 0.0f, 0.3f, 0.9f, 0.99f, 1.0f, 2.0f};
    recto_linenet *net = load(RECTO_BACKEND_AUTO);
    float last = -1.0f;
    (void)state;
    for (size_t i = 0; i < sizeof probs / sizeof probs[0]; i++) {
        const float c = recto_linenet_confidence(net, probs[i]);
        assert_true(c >= 0.0f && c <= 1.0f && c >= last);
        last = c;
    }
    assert_true(isfinite(recto_linenet_confidence(net, NAN)));
    net->config.confidence_a = 1.0f;
    net->config.confidence_b = 0.0f;
    assert_float_equal(recto_linenet_confidence(net, 0.3f), 0.3, 1e-5);
    net->config.confidence_a = 2.0f;
    net->config.confidence_b = -1.0f;
    assert_float_equal(recto_linenet_confidence(net, 0.5f), 0.26894142f, 1e-5);
    assert_int_equal(recto_linenet_char(net, 1), ' ');
    assert_int_equal(recto_linenet_char(net, 0), 0);
    assert_int_equal(recto_linenet_char(net, 202), 0);
    recto_linenet_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linenet_ref_equals_pytorch),
        cmocka_unit_test(linenet_onednn_equals_pytorch),
        cmocka_unit_test(linenet_bf16_reads_as_pytorch),
        cmocka_unit_test(linenet_int8_reads_as_pytorch),
        cmocka_unit_test(linenet_line_gives_same_bytes_in_any_company),
        cmocka_unit_test(linenet_places_tokens_on_the_page),
        cmocka_unit_test(linenet_stands_odd_boxes),
        cmocka_unit_test(linenet_pieces_of_a_long_line_agree),
        cmocka_unit_test(linenet_load_says_what_does_not_fit),
        cmocka_unit_test(linenet_confidence_rises_and_stays_within_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
