/* Protects the decoder: its logits against a naive forward pass in double precision; the same
 * model under all three spellings and number formats to the same bytes; pieces, image rows and
 * restarts; and that files, configs and calls that do not fit are refused with what and where. */
#include "decoder_model.h"

static const recto_decoder_config tiny = {
    .n_layers = 2,
    .dim = 64,
    .ffn_dim = 96,
    .n_heads = 4,
    .n_kv_heads = 2,
    .head_dim = 32,
    .n_vocab = 70,
    .n_context = 700,
    .eps = 1e-6f,
    .rope_theta = 5e6,
};
/* For texts of more than one piece. */
static const recto_decoder_config small = {
    .n_layers = 2,
    .dim = 32,
    .ffn_dim = 32,
    .n_heads = 2,
    .n_kv_heads = 1,
    .head_dim = 16,
    .n_vocab = 70,
    .n_context = 700,
    .eps = 1e-6f,
    .rope_theta = 5e6,
};
enum { MAX_TEXT = 700, IMAGE_ID = 7 };

/* A model, its file, a back end and the decoder over them. */
struct rig {
    struct model *model;
    struct model_file file;
    recto_backend *be;
    recto_decoder *d;
};

static void rig_open(struct rig *r, const recto_decoder_config *c, enum model_form form,
                     recto_dtype dtype, recto_backend_kind kind)
{
    recto_error err = {0};
    memset(r, 0, sizeof *r);
    r->model = model_new(c, 1);
    model_list(&r->file, r->model, form, dtype);
    assert_int_equal(recto_backend_open(&r->be, kind, 1, NULL), RECTO_OK);
    if (recto_decoder_load(&r->d, c, model_make(&r->file, form), r->be, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

static void rig_close(struct rig *r)
{
    recto_decoder_free(r->d);
    r->be->free(r->be);
    model_file_free(&r->file);
    model_free(r->model);
}

static void make_text(int32_t *ids, int n, int n_vocab)
{
    uint32_t seed = 99;
    for (int i = 0; i < n; i++) {
        do
            ids[i] = (int32_t)(model_random(&seed) % (uint32_t)n_vocab);
        while (ids[i] == IMAGE_ID);
    }
}

static void read_text(recto_decoder *d, float *logits, const int32_t *ids, int n)
{
    recto_error err = {0};
    if (recto_decoder_read(d, logits, ids, n, -1, NULL, 0, NULL, NULL, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

/* max |a - b| / max |b| */
static double off_by(const float *a, const double *b, int n)
{
    double most = 0.0;
    double size = 0.0;
    for (int i = 0; i < n; i++) {
        most = fmax(most, fabs((double)a[i] - b[i]));
        size = fmax(size, fabs(b[i]));
        if (!isfinite(a[i]))
            return INFINITY;
    }
    return most / size;
}

/* Logits of n tokens read at once against the forward pass. */
static double error_of(struct rig *r, int n)
{
    int32_t ids[MAX_TEXT];
    float logits[512];
    make_text(ids, n, r->model->c.n_vocab);
    assert_int_equal(recto_decoder_start(r->d, n, NULL), RECTO_OK);
    read_text(r->d, logits, ids, n);
    assert_int_equal(recto_decoder_position(r->d), n);
    assert_int_equal(recto_decoder_room(r->d), 0);
    double *expected = model_forward(r->model, ids, n, -1, NULL);
    const double error = off_by(logits, expected, r->model->c.n_vocab);
    free(expected);
    return error;
}

/* --- right answers ---------------------------------------------------------------------------- */

static void decoder_agrees_with_the_forward_pass(void **state)
{
    const recto_backend_kind kinds[] = {RECTO_BACKEND_REF, RECTO_BACKEND_F32};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct rig r;
        rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_F32, kinds[k]);
        assert_int_equal(recto_decoder_n_vocab(r.d), 70);
        assert_true(error_of(&r, 1) < 1e-5);
        assert_true(error_of(&r, 2) < 1e-5);
        assert_true(error_of(&r, 40) < 1e-5);
        rig_close(&r);
    }
}

static void decoder_takes_other_shapes(void **state)
{
    const recto_decoder_config shapes[] = {
        /* one head of each kind, head size 2, nothing a multiple of 8 */
        {1, 10, 7, 1, 1, 2, 5, 3, 1e-5f, 1e4, false},
        /* as many kv heads as heads; tied */
        {3, 24, 40, 3, 3, 8, 33, 64, 1e-6f, 1e6, true},
        /* one kv head for all */
        {2, 32, 64, 8, 1, 16, 50, 64, 1e-6f, 1.0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct rig r;
        rig_open(&r, &shapes[i], FORM_NATIVE, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
        assert_true(error_of(&r, shapes[i].n_context < 20 ? shapes[i].n_context : 20) < 1e-5);
        rig_close(&r);
    }
}

/* bfloat16 keeps 8 bits; stated bound 5 %, of logits that are sums of some hundred products. */
static void decoder_is_near_in_bfloat16(void **state)
{
    struct rig r;
    (void)state;
    if (recto_backend_for_large() != RECTO_BACKEND_DNNL_BF16)
        skip();
    rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_BF16, RECTO_BACKEND_DNNL_BF16);
    assert_true(error_of(&r, 40) < 5e-2);
    rig_close(&r);
}

static void decoder_reads_all_spellings_and_formats_alike(void **state)
{
    const struct {
        enum model_form form;
        recto_dtype dtype;
    } files[] = {
        {FORM_ORIGINAL, RECTO_DTYPE_BF16}, {FORM_NATIVE, RECTO_DTYPE_F16},
        {FORM_GGUF, RECTO_DTYPE_F32},      {FORM_GGUF, RECTO_DTYPE_F16},
        {FORM_GGUF, RECTO_DTYPE_BF16},     {FORM_GGUF, RECTO_DTYPE_Q8_0},
    };
    int32_t ids[20];
    float expected[70];
    struct rig r;
    (void)state;
    make_text(ids, 20, 70);
    rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    assert_int_equal(recto_decoder_start(r.d, 20, NULL), RECTO_OK);
    read_text(r.d, expected, ids, 20);
    rig_close(&r);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        float logits[70];
        rig_open(&r, &tiny, files[i].form, files[i].dtype, RECTO_BACKEND_REF);
        assert_int_equal(recto_decoder_start(r.d, 20, NULL), RECTO_OK);
        read_text(r.d, logits, ids, 20);
        assert_memory_equal(logits, expected, sizeof expected);
        rig_close(&r);
    }
}

static void decoder_takes_the_embedding_for_a_missing_head(void **state)
{
    recto_decoder_config tied = tiny;
    struct rig r;
    (void)state;
    tied.tied = true;
    rig_open(&r, &tied, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    assert_true(error_of(&r, 9) < 1e-5);
    rig_close(&r);
    /* a GGUF file says so by having no head, whatever the config */
    r.model = model_new(&tied, 1);
    model_list(&r.file, r.model, FORM_GGUF, RECTO_DTYPE_Q8_0);
    assert_int_equal(recto_backend_open(&r.be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    assert_int_equal(recto_decoder_load(&r.d, &tiny, model_make(&r.file, FORM_GGUF), r.be, NULL),
                     RECTO_OK);
    assert_true(error_of(&r, 9) < 1e-5);
    rig_close(&r);
}

/* Pieces (512 tokens), one by one, and pieces of our own: the same within rounding; the same reads
 * again: the same bytes. */
static void decoder_reads_in_pieces_as_one_by_one(void **state)
{
    enum { N = 530 };
    int32_t ids[N];
    float whole[70];
    float again[70];
    float single[70];
    double expected[70];
    struct rig r;
    (void)state;
    make_text(ids, N, 70);
    rig_open(&r, &small, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    assert_int_equal(recto_decoder_start(r.d, N, NULL), RECTO_OK);
    read_text(r.d, whole, ids, N);
    assert_int_equal(recto_decoder_start(r.d, N + 100, NULL), RECTO_OK);
    for (int i = 0; i < N; i++)
        read_text(r.d, i == N - 1 ? single : NULL, ids + i, 1);
    for (int i = 0; i < 70; i++)
        expected[i] = (double)single[i];
    assert_true(off_by(whole, expected, 70) < 1e-5);
    assert_int_equal(recto_decoder_start(r.d, N + 10, NULL), RECTO_OK);
    read_text(r.d, NULL, ids, 3);
    read_text(r.d, again, ids + 3, N - 3);
    assert_true(off_by(again, expected, 70) < 1e-5);
    assert_int_equal(recto_decoder_room(r.d), 10);
    assert_int_equal(recto_decoder_start(r.d, N, NULL), RECTO_OK);
    read_text(r.d, again, ids, N);
    assert_memory_equal(again, whole, sizeof whole);
    double *truth = model_forward(r.model, ids, N, -1, NULL);
    assert_true(off_by(whole, truth, 70) < 1e-5);
    free(truth);
    rig_close(&r);
}

static void decoder_puts_image_rows_in_place(void **state)
{
    enum { N = 540 };
    uint32_t seed = 5;
    int32_t ids[N];
    float logits[70];
    struct rig r;
    int n_image = 0;
    (void)state;
    make_text(ids, N, 70);
    for (int i = 3; i < N - 5; i += i % 7 + 1) { /* across the border of pieces */
        ids[i] = IMAGE_ID;
        n_image++;
    }
    float *image = model_numbers((size_t)n_image * 32, 0.0f, 0x1p-6f, &seed);
    rig_open(&r, &small, FORM_GGUF, RECTO_DTYPE_Q8_0, RECTO_BACKEND_REF);
    assert_int_equal(recto_decoder_start(r.d, N, NULL), RECTO_OK);
    assert_int_equal(
        recto_decoder_read(r.d, logits, ids, N, IMAGE_ID, image, n_image, NULL, NULL, NULL),
        RECTO_OK);
    double *expected = model_forward(r.model, ids, N, IMAGE_ID, image);
    assert_true(off_by(logits, expected, 70) < 1e-5);
    free(expected);
    /* without an image id the token is one like any other */
    assert_int_equal(recto_decoder_start(r.d, N, NULL), RECTO_OK);
    read_text(r.d, logits, ids, N);
    expected = model_forward(r.model, ids, N, -1, NULL);
    assert_true(off_by(logits, expected, 70) < 1e-5);
    free(expected);
    free(image);
    rig_close(&r);
}

/* --- calls that do not fit -------------------------------------------------------------------- */

static void decoder_refuses_reads_that_do_not_fit(void **state)
{
    const int32_t good[] = {1, 2, 3};
    const int32_t below[] = {1, -1, 3};
    const int32_t above[] = {1, 2, 70};
    const int32_t image[] = {IMAGE_ID, 1};
    float rows[2 * 64] = {0};
    float expected[70];
    float logits[70];
    recto_error err;
    struct rig r;
    (void)state;
    rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    /* not started yet: no room */
    assert_int_equal(recto_decoder_read(r.d, logits, good, 3, -1, NULL, 0, NULL, NULL, &err),
                     RECTO_ERR_LIMIT);
    assert_int_equal(recto_decoder_start(r.d, 6, NULL), RECTO_OK);
    read_text(r.d, NULL, good, 3);
    read_text(r.d, expected, good, 3);
    assert_int_equal(recto_decoder_start(r.d, 6, NULL), RECTO_OK);
    read_text(r.d, NULL, good, 3);
    assert_int_equal(recto_decoder_read(r.d, logits, below, 3, -1, NULL, 0, NULL, NULL, &err),
                     RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "token 1 is number -1"));
    assert_int_equal(recto_decoder_read(r.d, logits, above, 3, -1, NULL, 0, NULL, NULL, &err),
                     RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "token 2 is number 70, the model has 70"));
    assert_int_equal(recto_decoder_read(r.d, logits, good, 0, -1, NULL, 0, NULL, NULL, &err),
                     RECTO_ERR_ARG);
    assert_int_equal(recto_decoder_read(r.d, logits, image, 2, IMAGE_ID, rows, 2, NULL, NULL, &err),
                     RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "1 image tokens in the text, 2 embeddings"));
    assert_int_equal(recto_decoder_read(r.d, logits, image, 2, -1, rows, 1, NULL, NULL, &err),
                     RECTO_ERR_ARG);
    assert_int_equal(recto_decoder_read(r.d, logits, image, 2, IMAGE_ID, NULL, 0, NULL, NULL, NULL),
                     RECTO_ERR_ARG);
    read_text(r.d, NULL, good, 1);
    assert_int_equal(recto_decoder_read(r.d, logits, good, 3, -1, NULL, 0, NULL, NULL, &err),
                     RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "3 tokens to read, room for 2"));
    /* none of it has changed anything */
    read_text(r.d, logits, good + 1, 2);
    assert_memory_equal(logits, expected, sizeof expected);
    rig_close(&r);
}

static void decoder_refuses_starts_that_do_not_fit(void **state)
{
    recto_error err;
    struct rig r;
    (void)state;
    rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    assert_int_equal(recto_decoder_start(r.d, 0, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_decoder_start(r.d, 701, &err), RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "701 positions needed, the model has 700"));
    assert_int_equal(recto_decoder_room(r.d), 0);
    assert_int_equal(recto_decoder_start(r.d, 700, &err), RECTO_OK);
    assert_int_equal(recto_decoder_room(r.d), 700);
    rig_close(&r);
}

struct countdown {
    int asked, at;
};

static bool stop_at(void *user)
{
    struct countdown *c = user;
    return ++c->asked == c->at;
}

static void decoder_can_be_stopped_between_layers(void **state)
{
    int32_t ids[600];
    float logits[70];
    struct rig r;
    (void)state;
    make_text(ids, 600, 70);
    rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    for (int at = 1; at <= 5; at++) { /* 2 pieces of 2 layers: 4 questions */
        struct countdown c = {0, at};
        assert_int_equal(recto_decoder_start(r.d, 600, NULL), RECTO_OK);
        assert_int_equal(recto_decoder_read(r.d, logits, ids, 600, -1, NULL, 0, stop_at, &c, NULL),
                         at <= 4 ? RECTO_ERR_CANCELLED : RECTO_OK);
        assert_int_equal(c.asked, at <= 4 ? at : 4);
    }
    assert_true(error_of(&r, 20) < 1e-5); /* it goes on after that */
    rig_close(&r);
}

/* --- a back end that fails -------------------------------------------------------------------- */

static int calls_left; /* of the function that is to fail */
static recto_backend good_be;

static recto_status failing_matrix(recto_layer **out, recto_backend *be,
                                   const recto_ops_linear *shape, const recto_matrix *m,
                                   recto_error *err)
{
    *out = NULL;
    return calls_left-- > 0 ? good_be.matrix_new(out, be, shape, m, err)
                            : recto_error_set(err, RECTO_ERR_NOMEM, "layer: out of memory");
}

static recto_status failing_linear(recto_backend *be, float *y, const recto_layer *layer,
                                   const recto_ops_norm *norm, const float *x, int n_tokens,
                                   recto_error *err)
{
    return calls_left-- > 0 ? good_be.linear(be, y, layer, norm, x, n_tokens, err)
                            : recto_error_set(err, RECTO_ERR_DEVICE, "linear: broken");
}

static recto_status failing_cache(recto_cache **out, recto_backend *be,
                                  const recto_ops_cache *shape, recto_error *err)
{
    *out = NULL;
    return calls_left-- > 0 ? good_be.cache_new(out, be, shape, err)
                            : recto_error_set(err, RECTO_ERR_NOMEM, "cache: out of memory");
}

static void decoder_passes_failures_of_the_back_end_on(void **state)
{
    const int32_t ids[] = {1, 2, 3};
    float logits[70];
    recto_error err;
    recto_decoder *d = NULL;
    struct rig r;
    (void)state;
    rig_open(&r, &tiny, FORM_ORIGINAL, RECTO_DTYPE_F32, RECTO_BACKEND_REF);
    good_be = *r.be;
    r.be->matrix_new = failing_matrix;
    for (int n = 0; n < 9; n++) { /* 4 a layer and the head */
        calls_left = n;
        assert_int_equal(recto_decoder_load(&d, &tiny, r.file.weights, r.be, &err),
                         RECTO_ERR_NOMEM);
        assert_null(d);
        assert_non_null(strstr(err.msg, "language_model."));
    }
    r.be->cache_new = failing_cache;
    calls_left = 0;
    assert_int_equal(recto_decoder_start(r.d, 10, NULL), RECTO_ERR_NOMEM);
    assert_int_equal(recto_decoder_room(r.d), 0);
    calls_left = 1;
    assert_int_equal(recto_decoder_start(r.d, 10, NULL), RECTO_OK);
    assert_int_equal(recto_decoder_start(r.d, 8, NULL), RECTO_OK); /* keeps its room */
    r.be->linear = failing_linear;
    for (int n = 0; n < 9; n++) {
        calls_left = n;
        assert_int_equal(recto_decoder_start(r.d, 8, NULL), RECTO_OK);
        assert_int_equal(recto_decoder_read(r.d, logits, ids, 3, -1, NULL, 0, NULL, NULL, &err),
                         RECTO_ERR_DEVICE);
        if (n < 8)
            assert_non_null(strstr(err.msg, n < 4 ? "layer 0: linear" : "layer 1: linear"));
    }
    r.be->linear = good_be.linear;
    r.be->cache_new = good_be.cache_new;
    assert_true(error_of(&r, 20) < 1e-5);
    rig_close(&r);
    recto_decoder_free(NULL);
}

/* --- files that do not fit -------------------------------------------------------------------- */

/* The file's tensors checked: code and message, and that loading says the same. */
static void check_refused(struct model_file *f, enum model_form form, const recto_decoder_config *c,
                          const char *message)
{
    recto_backend *be = NULL;
    recto_decoder *d = NULL;
    recto_error err = {0};
    size_t n = 99;

    model_make(f, form);
    assert_int_equal(recto_decoder_check(&n, c, f->weights, &err), RECTO_ERR_MODEL);
    assert_int_equal(n, 0);
    if (strstr(err.msg, message) == NULL)
        fail_msg("found: %s", err.msg);
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    err.msg[0] = '\0';
    assert_int_equal(recto_decoder_load(&d, c, f->weights, be, &err), RECTO_ERR_MODEL);
    assert_null(d);
    assert_non_null(strstr(err.msg, message));
    be->free(be);
    model_file_free(f);
}

static void decoder_counts_the_tensors_of_a_good_file(void **state)
{
    const enum model_form forms[] = {FORM_ORIGINAL, FORM_NATIVE, FORM_GGUF};
    const uint64_t dims[] = {2, 3};
    (void)state;
    for (int tied = 0; tied <= 1; tied++) {
        recto_decoder_config c = tiny;
        c.tied = tied;
        struct model *m = model_new(&c, 1);
        for (size_t i = 0; i < 3; i++) {
            struct model_file f;
            size_t n = 0;
            model_list(&f, m, forms[i], RECTO_DTYPE_F32);
            /* the vision part is none of the decoder's business */
            model_add(&f,
                      forms[i] == FORM_GGUF ? "v.blk.0.attn_q.weight"
                                            : "vision_model.encoder.layers.0.attn.qkv.weight",
                      dims, 2, RECTO_DTYPE_F32, m->norm);
            assert_int_equal(recto_decoder_check(&n, &c, model_make(&f, forms[i]), NULL), RECTO_OK);
            assert_int_equal(n, 2 * 11 + 3 - tied);
            model_file_free(&f);
        }
        model_free(m);
    }
}

static void decoder_names_what_is_missing_or_misshapen(void **state)
{
    static const struct {
        enum model_form form;
        const char *name;
        const char *shape; /* expected */
    } cases[] = {
        {FORM_ORIGINAL, "language_model.model.norm.weight", "[64]"},
        {FORM_ORIGINAL, "language_model.lm_head.weight", "[70, 64]"},
        {FORM_ORIGINAL, "language_model.model.layers.0.self_attn.q_proj.weight", "[128, 64]"},
        {FORM_ORIGINAL, "language_model.model.layers.1.mlp.down_proj.weight", "[64, 96]"},
        {FORM_NATIVE, "lm_head.weight", "[70, 64]"},
        {FORM_NATIVE, "model.language_model.layers.1.self_attn.k_norm.weight", "[32]"},
        {FORM_NATIVE, "model.language_model.layers.0.self_attn.o_proj.weight", "[64, 128]"},
        {FORM_GGUF, "output_norm.weight", "[64]"},
        {FORM_GGUF, "blk.1.attn_v.weight", "[64, 64]"},
        {FORM_GGUF, "blk.0.ffn_gate.weight", "[96, 64]"},
    };
    struct model *m = model_new(&tiny, 1);
    struct model_file f;
    char message[160];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model_tensor *t;
        model_list(&f, m, cases[i].form, RECTO_DTYPE_F32);
        t = model_find(&f, cases[i].name);
        t->dims[0] /= 2;
        check_refused(&f, cases[i].form, &tiny, cases[i].name);
        model_list(&f, m, cases[i].form, RECTO_DTYPE_F32);
        t = model_find(&f, cases[i].name);
        t->dims[0] /= 2;
        snprintf(message, sizeof message, "expected %s", cases[i].shape);
        check_refused(&f, cases[i].form, &tiny, message);
        model_list(&f, m, cases[i].form, RECTO_DTYPE_F32);
        *model_find(&f, cases[i].name) = f.tensors[f.n - 1];
        f.n--;
        check_refused(&f, cases[i].form, &tiny, cases[i].name);
    }
    /* the embedding names the form: without it there is no model, misshapen it is named */
    model_list(&f, m, FORM_NATIVE, RECTO_DTYPE_F32);
    f.tensors[0] = f.tensors[--f.n];
    check_refused(&f, FORM_NATIVE, &tiny, "no language model here");
    model_list(&f, m, FORM_GGUF, RECTO_DTYPE_F32);
    f.tensors[0].dims[0] = 69;
    check_refused(&f, FORM_GGUF, &tiny, "token_embd.weight");
    model_free(m);
}

static void decoder_refuses_another_architecture(void **state)
{
    static const struct {
        enum model_form form;
        const char *name;
    } extras[] = {
        {FORM_ORIGINAL, "language_model.model.layers.0.self_attn.q_proj.bias"},
        {FORM_ORIGINAL, "language_model.model.layers.2.self_attn.q_proj.weight"},
        {FORM_ORIGINAL, "language_model.model.layers.00.self_attn.q_proj.weight"},
        {FORM_ORIGINAL, "language_model.model.layers.0.mlp.experts.0.gate_proj.weight"},
        {FORM_ORIGINAL, "language_model.lm_head.bias"},
        {FORM_NATIVE, "model.language_model.layers.1.self_attn.v_proj.bias"},
        {FORM_NATIVE, "lm_head.weight_scale"},
        {FORM_GGUF, "blk.2.attn_q.weight"},
        {FORM_GGUF, "blk.1.attn_q.bias"},
        {FORM_GGUF, "blk.99999999999999999999.attn_q.weight"},
        {FORM_GGUF, "blk.0.ffn_gate_exps.weight"},
        {FORM_GGUF, "rope_freqs.weight"},
    };
    const uint64_t dims[] = {64};
    struct model *m = model_new(&tiny, 1);
    struct model_file f;
    (void)state;
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        model_list(&f, m, extras[i].form, RECTO_DTYPE_F32);
        model_add(&f, extras[i].name, dims, 1, RECTO_DTYPE_F32, m->norm);
        check_refused(&f, extras[i].form, &tiny, extras[i].name);
    }
    /* integers that need scales from elsewhere */
    model_list(&f, m, FORM_ORIGINAL, RECTO_DTYPE_F32);
    model_find(&f, "language_model.model.layers.1.mlp.up_proj.weight")->dtype = RECTO_DTYPE_I8;
    check_refused(&f, FORM_ORIGINAL, &tiny, "up_proj.weight: expected floats, found I8");
    model_free(m);
}

static void decoder_refuses_configs_that_no_model_has(void **state)
{
    struct {
        recto_decoder_config c;
        const char *message;
    } cases[] = {
        {tiny, "layers: 0 "},
        {tiny, "hidden size: -1 "},
        {tiny, "intermediate size: "},
        {tiny, "4 attention heads cannot share 3"},
        {tiny, "head size: 33 is odd"},
        {tiny, "vocabulary: "},
        {tiny, "context: 0 "},
        {tiny, "epsilon: nan"},
        {tiny, "theta: 0 "},
        {tiny, "attention heads: 1048576 is not in 1..4096"},
        {tiny, "key-value heads: 0 "},
        {tiny, "head size: 258 is not in 1..256"},
    };
    struct model *m = model_new(&tiny, 1);
    recto_backend *be = NULL;
    struct model_file f;
    (void)state;
    cases[0].c.n_layers = 0;
    cases[1].c.dim = -1;
    cases[2].c.ffn_dim = 1 << 30;
    cases[3].c.n_kv_heads = 3;
    cases[4].c.head_dim = 33;
    cases[5].c.n_vocab = 0;
    cases[6].c.n_context = 0;
    cases[7].c.eps = NAN;
    cases[8].c.rope_theta = 0.0;
    cases[9].c.n_heads = 1 << 20;
    cases[10].c.n_kv_heads = 0;
    cases[11].c.head_dim = 258;
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        model_list(&f, m, FORM_ORIGINAL, RECTO_DTYPE_F32);
        check_refused(&f, FORM_ORIGINAL, &cases[i].c, cases[i].message);
        assert_true(recto_decoder_bytes(&cases[i].c, be, 10) == SIZE_MAX);
    }
    be->free(be);
    model_free(m);
}

static void decoder_tells_the_bytes_it_will_hold(void **state)
{
    const recto_decoder_config full = {36,     2560,  9728,  32,  8,    128,
                                       153678, 32768, 1e-6f, 5e6, false};
    recto_decoder_config huge = full;
    recto_backend *be = NULL;
    (void)state;
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    const size_t few = recto_decoder_bytes(&full, be, 1);
    const size_t many = recto_decoder_bytes(&full, be, 4097);
    /* 4.03 G numbers of blocks and head as float32, and 86 MB of scratch */
    assert_in_range(few / 1000000, 16100, 16300);
    /* a position: keys and values of 36 layers as float32, and its angles */
    assert_int_equal((many - few) / 4096, 2 * 36 * 1024 * 4 + 512);
    assert_true(recto_decoder_bytes(&full, be, 0) == SIZE_MAX);
    huge.n_layers = 1024;
    huge.n_vocab = huge.dim = huge.ffn_dim = 1 << 24;
    assert_true(recto_decoder_bytes(&huge, be, 1 << 24) > few);
    be->free(be);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoder_agrees_with_the_forward_pass),
        cmocka_unit_test(decoder_takes_other_shapes),
        cmocka_unit_test(decoder_is_near_in_bfloat16),
        cmocka_unit_test(decoder_reads_all_spellings_and_formats_alike),
        cmocka_unit_test(decoder_takes_the_embedding_for_a_missing_head),
        cmocka_unit_test(decoder_reads_in_pieces_as_one_by_one),
        cmocka_unit_test(decoder_puts_image_rows_in_place),
        cmocka_unit_test(decoder_refuses_reads_that_do_not_fit),
        cmocka_unit_test(decoder_refuses_starts_that_do_not_fit),
        cmocka_unit_test(decoder_can_be_stopped_between_layers),
        cmocka_unit_test(decoder_passes_failures_of_the_back_end_on),
        cmocka_unit_test(decoder_counts_the_tensors_of_a_good_file),
        cmocka_unit_test(decoder_names_what_is_missing_or_misshapen),
        cmocka_unit_test(decoder_refuses_another_architecture),
        cmocka_unit_test(decoder_refuses_configs_that_no_model_has),
        cmocka_unit_test(decoder_tells_the_bytes_it_will_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
