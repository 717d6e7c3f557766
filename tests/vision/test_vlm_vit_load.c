/* Protects the binding of the vision encoder's weights: what does not fit is refused by name, as
 * the file spells it, and nothing leaks when packing fails half way. */
#include "vit_model.h"

/* --- weights that do not fit ------------------------------------------------------------------ */

/* Both check and load refuse, with the same words, and load packs nothing. */
static void refused(spelling s, damage how, const recto_vit_config *c, const char *message)
{
    file *f = make_file(s, how);
    recto_backend *be = NULL;
    recto_vit *v = (recto_vit *)f;
    recto_error err = {0};
    size_t n_bound = 99;

    assert_int_equal(recto_vit_check(&n_bound, c, f->weights, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, message);
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    assert_int_equal(recto_vit_load(&v, c, f->weights, be, &err), RECTO_ERR_MODEL);
    assert_string_equal(err.msg, message);
    assert_null(v);
    be->free(be);
    free_file(f);
}

static void vit_check_counts_tensors(void **state)
{
    static const size_t want[N_SPELLINGS] = {
        [ORIGINAL] = 14 * LAYERS + 10,   [NATIVE] = 18 * LAYERS + 10,
        [NATIVE_OLD] = 18 * LAYERS + 10, [GGUF_SPLIT] = 18 * LAYERS + 10,
        [GGUF_FUSED] = 14 * LAYERS + 10, [GGUF_SWAPPED] = 18 * LAYERS + 10,
    };
    (void)state;
    for (int s = 0; s < N_SPELLINGS; s++) {
        file *f = make_file((spelling)s, (damage){NULL});
        size_t n_bound = 0;
        assert_int_equal(recto_vit_check(&n_bound, &config, f->weights, NULL), RECTO_OK);
        assert_int_equal(n_bound, want[s]);
        assert_int_equal(n_bound, f->n_tensors - 1); /* the decoder's is not its own */
        free_file(f);
    }
}

static void vit_names_a_missing_tensor_as_the_file_would(void **state)
{
    (void)state;
    refused(ORIGINAL, (damage){.missing = "vision_model.encoder.layers.1.attn.qkv.bias"}, &config,
            "weights: vision_model.encoder.layers.1.attn.qkv.bias: expected [96], missing");
    refused(NATIVE, (damage){.missing = "model.vision_tower.layers.0.attention.k_proj.weight"},
            &config,
            "weights: model.vision_tower.layers.0.attention.k_proj.weight: expected [32, 32], "
            "missing");
    refused(GGUF_SPLIT, (damage){.missing = "v.blk.1.ls2.weight"}, &config,
            "weights: v.blk.1.ls2.weight: expected [32], missing");
    refused(GGUF_SWAPPED, (damage){.missing = "v.blk.1.ffn_up.bias"}, &config,
            "weights: v.blk.1.ffn_up.bias: expected [32], missing");
    refused(ORIGINAL, (damage){.missing = "mlp1.3.weight"}, &config,
            "weights: mlp1.3.weight: expected [24, 24], missing");
    refused(NATIVE_OLD, (damage){.missing = "model.vision_tower.embeddings.cls_token"}, &config,
            "weights: model.vision_tower.embeddings.cls_token: expected [32], missing");
}

/* Each of a file's tensors is needed: no file with one less is taken. */
static void vit_refuses_a_file_without_any_one_tensor(void **state)
{
    (void)state;
    for (int s = 0; s < N_SPELLINGS; s++) {
        file *whole = make_file((spelling)s, (damage){NULL});
        for (size_t i = 0; i < recto_weights_count(whole->weights); i++) {
            const char *name = recto_weights_at(whole->weights, i)->name;
            size_t n_bound;
            if (strncmp(name, "language_model.", 15) == 0)
                continue;
            file *f = make_file((spelling)s, (damage){.missing = name});
            if (recto_vit_check(&n_bound, &config, f->weights, NULL) != RECTO_ERR_MODEL)
                fail_msg("taken without %s", name);
            free_file(f);
        }
        free_file(whole);
    }
}

static void vit_names_expected_and_found_shape(void **state)
{
    recto_vit_config other = config;
    (void)state;
    refused(ORIGINAL, (damage){.reshaped = "mlp1.1.weight"}, &config,
            "weights: mlp1.1.weight: expected [24, 128], found [24, 128, 1]");
    other.ffn_dim = 64;
    refused(ORIGINAL, (damage){NULL}, &other,
            "weights: vision_model.encoder.layers.0.mlp.fc1.weight: expected [64, 32], found [48, "
            "32]");
    other = config;
    other.image_size = 32;
    refused(NATIVE, (damage){NULL}, &other,
            "weights: model.vision_tower.embeddings.position_embeddings: expected [65, 32], found "
            "[1, 37, 32]");
    other = config;
    other.out_dim = 20;
    refused(GGUF_FUSED, (damage){NULL}, &other,
            "weights: mm.model.mlp.1.weight: expected [20, 128], found [24, 128]");
    refused(ORIGINAL, (damage){.integer = "vision_model.encoder.layers.0.mlp.fc2.weight"}, &config,
            "weights: vision_model.encoder.layers.0.mlp.fc2.weight: expected floats, found I32");
}

/* Square matrices look the same the other way round: the names count then. */
static void vit_leaves_square_matrices_where_they_are(void **state)
{
    recto_vit_config other = config;
    (void)state;
    other.ffn_dim = D;
    refused(GGUF_SPLIT,
            (damage){.missing = "v.blk.0.ffn_up.bias",
                     .reshaped = "v.blk.0.ffn_down.bias",
                     .square = true},
            &other, "weights: v.blk.0.ffn_up.bias: expected [32], missing");
}

static void vit_refuses_another_architecture(void **state)
{
    recto_vit_config other = config;
    (void)state;
    refused(ORIGINAL, (damage){.extra = "vision_model.encoder.layers.0.attn.q_norm.weight"},
            &config,
            "weights: vision_model.encoder.layers.0.attn.q_norm.weight: not part of the config's "
            "vision encoder of 2 layers; another architecture");
    refused(NATIVE, (damage){.extra = "model.vision_tower.layernorm.weight"}, &config,
            "weights: model.vision_tower.layernorm.weight: not part of the config's vision encoder "
            "of 2 layers; another architecture");
    refused(GGUF_SPLIT, (damage){.extra = "v.post_ln.weight"}, &config,
            "weights: v.post_ln.weight: not part of the config's vision encoder of 2 layers; "
            "another architecture");
    refused(GGUF_SPLIT, (damage){.extra = "mm.model.mlp.5.weight"}, &config,
            "weights: mm.model.mlp.5.weight: not part of the config's vision encoder of 2 layers; "
            "another architecture");
    other.n_layers = 1;
    refused(ORIGINAL, (damage){NULL}, &other,
            "weights: vision_model.encoder.layers.1.attn.proj.bias: not part of the config's "
            "vision encoder of 1 layers; another architecture");
    other.n_layers = 3;
    refused(ORIGINAL, (damage){NULL}, &other,
            "weights: vision_model.encoder.layers.2.norm1.weight: expected [32], missing");
}

static void vit_says_when_there_is_no_encoder(void **state)
{
    recto_weights *none = recto_weights_new();
    recto_error err = {0};
    size_t n_bound;
    (void)state;
    assert_int_equal(recto_vit_check(&n_bound, &config, none, &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, "no vision encoder"));
    assert_non_null(strstr(err.msg, "mmproj"));
    assert_int_equal(n_bound, 0);
    recto_weights_free(none);
    recto_vit_free(NULL);
}

static void vit_refuses_configs(void **state)
{
    static const recto_vit_config bad[] = {
        {0, 4, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 0, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 0, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 0, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 0, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 0, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, 0.0f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, 1e-6f, 0, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, 1e-6f, 2, 0, 1e-5f},
        {24, 4, 2, 32, 2, 48, 1e-6f, 2, 24, -1.0f},
        {24, 4, 2, 32, 3, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 5, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {28, 4, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 48, NAN, 2, 24, 1e-5f},
        {1 << 30, 4, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 2, 32, 2, 1 << 30, 1e-6f, 2, 24, 1e-5f},
        {24, 4, 1 << 30, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
        {4096, 2, 2, 32, 2, 48, 1e-6f, 2, 24, 1e-5f},
    };
    file *f = make_file(ORIGINAL, (damage){NULL});
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        recto_error err = {0};
        size_t n_bound;
        if (recto_vit_check(&n_bound, &bad[i], f->weights, &err) != RECTO_ERR_MODEL ||
            strncmp(err.msg, "vision config: ", 15) != 0)
            fail_msg("config %zu: %s", i, err.msg);
    }
    free_file(f);
}

static void vit_says_its_size(void **state)
{
    const recto_vit_config full = {448, 14, 24, 1024, 16, 4096, 1e-6f, 2, 2560, 1e-5f};
    recto_backend *be = NULL;
    (void)state;
    assert_int_equal(recto_vit_tokens(&config), TOKENS);
    assert_int_equal(recto_vit_tokens(&full), 256);
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    /* 321,064,960 numbers less the class token, layer scales and some padding, and under 1/8 more
     */
    const size_t bytes = recto_vit_bytes(&full, be);
    assert_true(bytes > (size_t)321000000 * 4);
    assert_true(bytes < (size_t)321000000 * 4 / 8 * 9);
    be->free(be);
}

/* --- packing that fails ----------------------------------------------------------------------- */

static recto_status (*true_matrix_new)(recto_layer **out, recto_backend *be,
                                       const recto_ops_linear *shape, const recto_matrix *m,
                                       recto_error *err);
static int n_left; /* matrices until one fails */

static recto_status failing_matrix_new(recto_layer **out, recto_backend *be,
                                       const recto_ops_linear *shape, const recto_matrix *m,
                                       recto_error *err)
{
    *out = NULL;
    if (n_left-- == 0)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no room for a matrix");
    return true_matrix_new(out, be, shape, m, err);
}

/* Whichever matrix finds no room, nothing is left over (the sanitizer looks). */
static void vit_load_fails_cleanly_at_every_matrix(void **state)
{
    const int n_matrices = 1 + 4 * LAYERS + 2;
    file *f = make_file(NATIVE, (damage){NULL});
    recto_backend *be = NULL;
    (void)state;
    assert_int_equal(recto_backend_open(&be, RECTO_BACKEND_REF, 1, NULL), RECTO_OK);
    true_matrix_new = be->matrix_new;
    be->matrix_new = failing_matrix_new;
    for (int n = 0; n <= n_matrices; n++) {
        recto_vit *v = (recto_vit *)f;
        recto_error err = {0};
        n_left = n;
        const recto_status status = recto_vit_load(&v, &config, f->weights, be, &err);
        assert_int_equal(status, n < n_matrices ? RECTO_ERR_NOMEM : RECTO_OK);
        assert_true((v != NULL) == (status == RECTO_OK));
        if (status != RECTO_OK)
            assert_string_equal(err.msg, "no room for a matrix");
        recto_vit_free(v);
    }
    be->free(be);
    free_file(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vit_check_counts_tensors),
        cmocka_unit_test(vit_names_a_missing_tensor_as_the_file_would),
        cmocka_unit_test(vit_refuses_a_file_without_any_one_tensor),
        cmocka_unit_test(vit_names_expected_and_found_shape),
        cmocka_unit_test(vit_leaves_square_matrices_where_they_are),
        cmocka_unit_test(vit_refuses_another_architecture),
        cmocka_unit_test(vit_says_when_there_is_no_encoder),
        cmocka_unit_test(vit_refuses_configs),
        cmocka_unit_test(vit_says_its_size),
        cmocka_unit_test(vit_load_fails_cleanly_at_every_matrix),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
