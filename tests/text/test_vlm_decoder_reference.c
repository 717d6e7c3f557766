/* Protects exactness: the decoder's logits and 64 greedy tokens against those of the reference
 * (tests/data/vlm), from each form a checkpoint comes in, with the reference's own image
 * embeddings, so that a failure here is the decoder's. */
#include "core/file.h"
#include "core/json.h"
#include "kernels/weights_files.h"
#include "text/generate.h"

#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGE_ID = 372, N_VOCAB = 400, N_GREEDY = 64 };

/* A checkpoint and what the reference computes with it. */
struct rig {
    recto_weights_files *files, *reference;
    recto_decoder_config config;
    recto_backend *be;
    recto_decoder *d;
};

static const char *data_path(char *out, size_t cap, const char *name)
{
    const char *data = getenv("RECTO_TEST_DATA");
    assert_non_null(data);
    snprintf(out, cap, "%s/vlm/tiny/%s", data, name);
    return out;
}

static recto_weights_files *open_files(const char *name)
{
    char path[512];
    recto_weights_files *f = NULL;
    recto_error err = {0};
    if (recto_weights_files_open(&f, data_path(path, sizeof path, name), &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return f;
}

static int whole(const recto_json *c, const char *key)
{
    return (int)recto_json_int(c, key, -1);
}

static void config_from_json(recto_decoder_config *out, const char *name)
{
    char path[512];
    recto_bytes bytes;
    recto_json *root = NULL;
    char file[64];
    snprintf(file, sizeof file, "%s/config.json", name);
    assert_int_equal(recto_bytes_read(&bytes, data_path(path, sizeof path, file), 0, NULL),
                     RECTO_OK);
    assert_int_equal(recto_json_parse(&root, (const char *)bytes.data, bytes.size, NULL), RECTO_OK);
    const recto_json *c = recto_json_lookup(root, "llm_config");
    c = c == NULL ? recto_json_lookup(root, "text_config") : c;
    const recto_json *rope = recto_json_lookup(c, "rope_parameters");
    *out = (recto_decoder_config){
        .n_layers = whole(c, "num_hidden_layers"),
        .dim = whole(c, "hidden_size"),
        .ffn_dim = whole(c, "intermediate_size"),
        .n_heads = whole(c, "num_attention_heads"),
        .n_kv_heads = whole(c, "num_key_value_heads"),
        .head_dim = whole(c, "head_dim"),
        .n_vocab = whole(c, "vocab_size"),
        .n_context = whole(c, "max_position_embeddings"),
        .eps = (float)recto_json_number(c, "rms_norm_eps", -1),
        .rope_theta = recto_json_number(rope != NULL ? rope : c, "rope_theta", -1),
        .tied = recto_json_bool(c, "tie_word_embeddings", true),
    };
    recto_json_free(root);
    recto_bytes_close(&bytes);
}

static void config_from_gguf(recto_decoder_config *out, const recto_gguf *g)
{
    *out = (recto_decoder_config){
        .n_layers = (int)recto_gguf_int(g, "qwen3.block_count", -1),
        .dim = (int)recto_gguf_int(g, "qwen3.embedding_length", -1),
        .ffn_dim = (int)recto_gguf_int(g, "qwen3.feed_forward_length", -1),
        .n_heads = (int)recto_gguf_int(g, "qwen3.attention.head_count", -1),
        .n_kv_heads = (int)recto_gguf_int(g, "qwen3.attention.head_count_kv", -1),
        .head_dim = (int)recto_gguf_int(g, "qwen3.attention.key_length", -1),
        .n_vocab = N_VOCAB,
        .n_context = (int)recto_gguf_int(g, "qwen3.context_length", -1),
        .eps = (float)recto_gguf_number(g, "qwen3.attention.layer_norm_rms_epsilon", -1),
        .rope_theta = recto_gguf_number(g, "qwen3.rope.freq_base", -1),
    };
}

static void rig_open(struct rig *r, const char *model, const char *reference,
                     recto_backend_kind kind)
{
    recto_error err = {0};
    memset(r, 0, sizeof *r);
    r->files = open_files(model);
    r->reference = open_files(reference);
    if (recto_weights_files_gguf(r->files) != NULL)
        config_from_gguf(&r->config, recto_weights_files_gguf(r->files));
    else
        config_from_json(&r->config, model);
    assert_int_equal(recto_backend_open(&r->be, kind, 1, NULL), RECTO_OK);
    if (recto_decoder_load(&r->d, &r->config, recto_weights_files_set(r->files), r->be, &err) !=
        RECTO_OK)
        fail_msg("%s", err.msg);
}

static void rig_close(struct rig *r)
{
    recto_decoder_free(r->d);
    r->be->free(r->be);
    recto_weights_files_close(r->files);
    recto_weights_files_close(r->reference);
}

static const recto_tensor *reference(const struct rig *r, const char *name)
{
    const recto_tensor *t = recto_weights_lookup(recto_weights_files_set(r->reference), name);
    assert_non_null(t);
    return t;
}

/* Its numbers, 4 bytes each; free() them. */
static void *numbers(const recto_tensor *t)
{
    void *p = malloc(t->size);
    assert_non_null(p);
    memcpy(p, t->data, t->size);
    return p;
}

/* max |a - b| / max |b| of the first logits; the greedy tokens must be the reference's if asked. */
static double compare(const struct rig *r, bool tokens_too)
{
    const recto_tensor *prompt = reference(r, "prompt_ids");
    const recto_tensor *image = reference(r, "projector");
    const int n = (int)prompt->n_elements;
    const int n_image = (int)(image->n_elements / (size_t)r->config.dim);
    const recto_generate_options opt = {.max_tokens = N_GREEDY, .watch_loops = true};
    int32_t *ids = numbers(prompt);
    float *rows = numbers(image);
    float *expected = numbers(reference(r, "lm.logits"));
    int32_t *tokens = numbers(reference(r, "tokens"));
    float logits[N_VOCAB];
    recto_generated g;
    double off = 0.0;
    double size = 0.0;

    assert_int_equal(reference(r, "lm.logits")->n_elements, N_VOCAB);
    assert_int_equal(recto_decoder_start(r->d, n + N_GREEDY, NULL), RECTO_OK);
    assert_int_equal(
        recto_decoder_read(r->d, logits, ids, n, IMAGE_ID, rows, n_image, NULL, NULL, NULL),
        RECTO_OK);
    for (int i = 0; i < N_VOCAB; i++) {
        off = fmax(off, fabs((double)logits[i] - (double)expected[i]));
        size = fmax(size, fabs((double)expected[i]));
    }
    assert_int_equal(recto_generate(&g, r->d, logits, &opt, NULL), RECTO_OK);
    assert_int_equal(g.n, N_GREEDY);
    if (tokens_too)
        assert_memory_equal(g.ids, tokens, sizeof *tokens * N_GREEDY);
    recto_generated_free(&g);
    free(ids);
    free(rows);
    free(expected);
    free(tokens);
    print_message("           logits off by %.2g\n", off / size);
    return off / size;
}

static const struct {
    const char *model, *reference;
} checkpoints[] = {
    {"a/original", "a/reference.safetensors"},
    {"a/native", "a/reference.safetensors"},
    {"a/lm-plain.gguf", "a/reference.safetensors"},
    {"b/lm-q8_0.gguf", "b/reference-q8_0.safetensors"},
    {"b/lm-mix.gguf", "b/reference-mix.safetensors"},
};
enum { N_CHECKPOINTS = sizeof checkpoints / sizeof checkpoints[0] };

static void check_all(recto_backend_kind kind, double bound, bool tokens_too)
{
    for (int i = 0; i < N_CHECKPOINTS; i++) {
        struct rig r;
        rig_open(&r, checkpoints[i].model, checkpoints[i].reference, kind);
        assert_true(compare(&r, tokens_too) < bound);
        rig_close(&r);
    }
}

static void decoder_equals_the_reference_in_plain_c(void **state)
{
    (void)state;
    check_all(RECTO_BACKEND_REF, 1e-5, true);
}

static void decoder_equals_the_reference_in_float32(void **state)
{
    (void)state;
    check_all(RECTO_BACKEND_F32, 1e-5, true);
}

/* The reference itself is off by 0.009 to 0.014 in bfloat16 (the files say so). */
static void decoder_is_near_the_reference_in_bfloat16(void **state)
{
    (void)state;
    if (recto_backend_for_large() != RECTO_BACKEND_DNNL_BF16)
        skip();
    check_all(RECTO_BACKEND_DNNL_BF16, 1.5e-2, false);
}

static void decoder_counts_the_checkpoints_tensors(void **state)
{
    (void)state;
    for (int i = 0; i < N_CHECKPOINTS; i++) {
        struct rig r;
        size_t n = 0;
        rig_open(&r, checkpoints[i].model, checkpoints[i].reference, RECTO_BACKEND_REF);
        assert_int_equal(recto_decoder_check(&n, &r.config, recto_weights_files_set(r.files), NULL),
                         RECTO_OK);
        assert_int_equal(n, 11 * r.config.n_layers + 3);
        rig_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoder_equals_the_reference_in_plain_c),
        cmocka_unit_test(decoder_equals_the_reference_in_float32),
        cmocka_unit_test(decoder_is_near_the_reference_in_bfloat16),
        cmocka_unit_test(decoder_counts_the_checkpoints_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
