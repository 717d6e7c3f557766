/* Protects greedy generation: what is taken, where it ends and why, and what an ended answer says
 * of itself.  The model here is a table of "after this token comes that one": blocks that add
 * nothing, one-hot embeddings and a head that holds the table. */
#include "decoder_model.h"
#include "text/generate.h"

enum { N = 64, CONTEXT = 3000, STOP = 63, OTHER_STOP = 62 };

static const recto_decoder_config config = {
    .n_layers = 1,
    .dim = N,
    .ffn_dim = 8,
    .n_heads = 1,
    .n_kv_heads = 1,
    .head_dim = 2,
    .n_vocab = N,
    .n_context = CONTEXT,
    .eps = 1e-6f,
    .rope_theta = 1e4,
};

struct rig {
    struct model *model;
    struct model_file file;
    recto_backend *be;
    recto_decoder *d;
    float logits[N];
};

/* A model in which next[i] follows i; more[i] >= 0 is as probable. */
static void rig_open(struct rig *r, const int *next, const int *more)
{
    memset(r, 0, sizeof *r);
    r->model = model_new(&config, 1);
    memset(r->model->embed, 0, sizeof(float) * N * N);
    memset(r->model->head, 0, sizeof(float) * N * N);
    memset(r->model->blocks[0][WO], 0, sizeof(float) * N * 2);
    memset(r->model->blocks[0][WDOWN], 0, sizeof(float) * N * 8);
    for (int i = 0; i < N; i++) {
        r->model->norm[i] = 1.0f;
        r->model->embed[i * N + i] = 1.0f;
        r->model->head[next[i] * N + i] = 1.0f;
        if (more != NULL && more[i] >= 0)
            r->model->head[more[i] * N + i] = 1.0f;
    }
    model_list(&r->file, r->model, FORM_ORIGINAL, RECTO_DTYPE_F32);
    assert_int_equal(recto_backend_open(&r->be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    assert_int_equal(
        recto_decoder_load(&r->d, &config, model_make(&r->file, FORM_ORIGINAL), r->be, NULL),
        RECTO_OK);
}

static void rig_close(struct rig *r)
{
    recto_decoder_free(r->d);
    r->be->free(r->be);
    model_file_free(&r->file);
    model_free(r->model);
}

/* 0 -> 1 -> 2 ... -> 63 -> 63 */
static void count_up(int *next)
{
    for (int i = 0; i < N; i++)
        next[i] = i + 1 < N ? i + 1 : i;
}

static recto_generate_options options(int max_tokens)
{
    return (recto_generate_options){
        .max_tokens = max_tokens, .stop_ids = {STOP, OTHER_STOP}, .n_stop_ids = 1};
}

/* The answer after the token `first`, with that much room in all. */
static recto_status answer(recto_generated *g, struct rig *r, int32_t first, int n_positions,
                           const recto_generate_options *opt, recto_error *err)
{
    assert_int_equal(recto_decoder_start(r->d, n_positions, NULL), RECTO_OK);
    assert_int_equal(recto_decoder_read(r->d, r->logits, &first, 1, -1, NULL, 0, NULL, NULL, NULL),
                     RECTO_OK);
    memset(g, 0xff, sizeof *g);
    return recto_generate(g, r->d, r->logits, opt, err);
}

static void check_counts_from(const recto_generated *g, int first, int n, recto_generate_end end)
{
    assert_int_equal(g->n, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(g->ids[i], first + i);
    assert_int_equal(g->end, end);
    assert_int_equal(g->loop_from, n);
}

static void generate_ends_at_a_stop_token(void **state)
{
    recto_generate_options opt = options(200);
    recto_generated g;
    struct rig r;
    int next[N];
    (void)state;
    count_up(next);
    rig_open(&r, next, NULL);
    opt.watch_loops = true;
    assert_int_equal(answer(&g, &r, 40, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 41, 22, RECTO_GENERATE_STOP);
    recto_generated_free(&g);
    /* any of several; the first token may be one */
    opt.n_stop_ids = 2;
    assert_int_equal(answer(&g, &r, 40, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 41, 21, RECTO_GENERATE_STOP);
    recto_generated_free(&g);
    assert_int_equal(answer(&g, &r, 61, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 0, 0, RECTO_GENERATE_STOP);
    recto_generated_free(&g);
    recto_generated_free(NULL);
    rig_close(&r);
}

static void generate_ends_at_the_limit(void **state)
{
    recto_generate_options opt = options(10);
    recto_generated g;
    struct rig r;
    int next[N];
    (void)state;
    count_up(next);
    rig_open(&r, next, NULL);
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 1, 10, RECTO_GENERATE_MAX);
    recto_generated_free(&g);
    opt.max_tokens = 1;
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 1, 1, RECTO_GENERATE_MAX);
    recto_generated_free(&g);
    /* an answer of exactly that many tokens is whole */
    opt.max_tokens = 22;
    assert_int_equal(answer(&g, &r, 40, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 41, 22, RECTO_GENERATE_STOP);
    recto_generated_free(&g);
    opt.max_tokens = 21;
    assert_int_equal(answer(&g, &r, 40, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 41, 21, RECTO_GENERATE_MAX);
    recto_generated_free(&g);
    /* no room left in the context: the last token needs none */
    opt.max_tokens = 2000000000;
    assert_int_equal(answer(&g, &r, 0, 6, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 1, 6, RECTO_GENERATE_MAX);
    recto_generated_free(&g);
    rig_close(&r);
}

static void generate_takes_the_first_of_equals_and_no_padding(void **state)
{
    recto_generate_options opt = options(3);
    recto_generated g;
    struct rig r;
    int next[N];
    int more[N];
    (void)state;
    count_up(next);
    for (int i = 0; i < N; i++)
        more[i] = -1;
    more[1] = 60; /* after 1: 2 and 60 */
    next[2] = 50; /* after 2: 50 and 3 */
    more[2] = 3;
    rig_open(&r, next, more);
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    check_counts_from(&g, 1, 3, RECTO_GENERATE_MAX);
    recto_generated_free(&g);
    rig_close(&r);
    /* 50 would follow 2, but the tokenizer has 50 tokens only: of the others all are equal */
    more[2] = -1;
    opt.n_tokens = 50;
    rig_open(&r, next, more);
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    assert_int_equal(g.ids[1], 2);
    assert_int_equal(g.ids[2], 0);
    recto_generated_free(&g);
    opt.n_tokens = 51;
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    assert_int_equal(g.ids[2], 50);
    recto_generated_free(&g);
    opt.n_tokens = 1000; /* more than the head has */
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    assert_int_equal(g.ids[2], 50);
    recto_generated_free(&g);
    rig_close(&r);
}

static void generate_stops_a_loop_if_asked_to(void **state)
{
    recto_generate_options opt = options(2500);
    recto_generated g;
    struct rig r;
    int next[N];
    (void)state;
    count_up(next);
    next[49] = 20; /* 10 ... 19, then 20 ... 49 for ever */
    rig_open(&r, next, NULL);
    opt.watch_loops = true;
    for (int i = 0; i < 2; i++) { /* the same twice */
        assert_int_equal(answer(&g, &r, 9, CONTEXT, &opt, NULL), RECTO_OK);
        assert_int_equal(g.end, RECTO_GENERATE_LOOP);
        assert_int_equal(g.loop_from, 40);
        assert_int_equal(g.n, 10 + 768);
        for (int k = 0; k < g.loop_from; k++)
            assert_int_equal(g.ids[k], 10 + k);
        recto_generated_free(&g);
    }
    opt.watch_loops = false;
    assert_int_equal(answer(&g, &r, 9, CONTEXT, &opt, NULL), RECTO_OK);
    assert_int_equal(g.end, RECTO_GENERATE_MAX);
    assert_int_equal(g.n, 2500);
    recto_generated_free(&g);
    rig_close(&r);
}

struct watcher {
    int told, stop_at;
};

static bool watch(void *user, int n_tokens)
{
    struct watcher *w = user;
    assert_int_equal(n_tokens, ++w->told);
    return n_tokens == w->stop_at;
}

static void generate_tells_each_token_and_can_be_cancelled(void **state)
{
    recto_generate_options opt = options(20);
    struct watcher w = {0, 0};
    recto_generated g;
    recto_error err;
    struct rig r;
    int next[N];
    (void)state;
    count_up(next);
    rig_open(&r, next, NULL);
    opt.on_token = watch;
    opt.user = &w;
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_OK);
    assert_int_equal(w.told, 20);
    recto_generated_free(&g);
    w = (struct watcher){0, 7};
    assert_int_equal(answer(&g, &r, 0, 300, &opt, &err), RECTO_ERR_CANCELLED);
    assert_int_equal(w.told, 7);
    assert_null(g.ids);
    assert_int_equal(g.n, 0);
    rig_close(&r);
}

static void generate_refuses_scores_that_are_no_numbers(void **state)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    recto_generate_options opt = options(20);
    recto_generated g;
    recto_error err;
    struct rig r;
    int next[N];
    (void)state;
    count_up(next);
    rig_open(&r, next, NULL);
    assert_int_equal(recto_decoder_start(r.d, 30, NULL), RECTO_OK);
    for (int i = 0; i < 3; i++) {
        memset(r.logits, 0, sizeof r.logits);
        r.logits[17] = bad[i];
        assert_int_equal(recto_generate(&g, r.d, r.logits, &opt, &err), RECTO_ERR_DEVICE);
        assert_non_null(strstr(err.msg, "token 0"));
        assert_null(g.ids);
    }
    rig_close(&r);
    /* a model that comes to it after three tokens */
    rig_open(&r, next, NULL);
    recto_decoder_free(r.d);
    r.model->embed[4 * N] = INFINITY;
    model_file_free(&r.file);
    model_list(&r.file, r.model, FORM_ORIGINAL, RECTO_DTYPE_F32);
    assert_int_equal(
        recto_decoder_load(&r.d, &config, model_make(&r.file, FORM_ORIGINAL), r.be, NULL),
        RECTO_OK);
    assert_int_equal(answer(&g, &r, 1, 300, &opt, &err), RECTO_ERR_DEVICE);
    assert_non_null(strstr(err.msg, "token 3"));
    rig_close(&r);
}

static void generate_refuses_options_that_make_no_sense(void **state)
{
    recto_generate_options opt = options(0);
    recto_generated g;
    struct rig r;
    int next[N];
    (void)state;
    count_up(next);
    rig_open(&r, next, NULL);
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_ERR_ARG);
    assert_null(g.ids);
    opt = options(1);
    opt.n_stop_ids = RECTO_GENERATE_MAX_STOPS + 1;
    assert_int_equal(answer(&g, &r, 0, 300, &opt, NULL), RECTO_ERR_ARG);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generate_ends_at_a_stop_token),
        cmocka_unit_test(generate_ends_at_the_limit),
        cmocka_unit_test(generate_takes_the_first_of_equals_and_no_padding),
        cmocka_unit_test(generate_stops_a_loop_if_asked_to),
        cmocka_unit_test(generate_tells_each_token_and_can_be_cancelled),
        cmocka_unit_test(generate_refuses_scores_that_are_no_numbers),
        cmocka_unit_test(generate_refuses_options_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
