/* Protects the reading of a VLM's configuration: both flavours and GGUF say the same, and whatever
 * the code cannot run is refused by the key that says so. */
#include "core/buf.h"
#include "core/file.h"
#include "kernels/weights_files.h"
#include "pipeline/vlm_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static recto_bytes read_data(const char *name)
{
    char path[1024];
    recto_bytes b;
    snprintf(path, sizeof path, "%s/vlm/tiny/a/%s", getenv("RECTO_TEST_DATA"), name);
    assert_int_equal(recto_bytes_read(&b, path, 0, NULL), RECTO_OK);
    return b;
}

static recto_vlm_texts texts_of(const recto_bytes *config)
{
    return (recto_vlm_texts){.config = (const char *)config->data, .config_len = config->size};
}

static void same_shapes(const recto_vlm_config *a, const recto_vlm_config *b)
{
    assert_int_equal(a->vit.image_size, b->vit.image_size);
    assert_int_equal(a->vit.patch_size, b->vit.patch_size);
    assert_int_equal(a->vit.n_layers, b->vit.n_layers);
    assert_int_equal(a->vit.dim, b->vit.dim);
    assert_int_equal(a->vit.n_heads, b->vit.n_heads);
    assert_int_equal(a->vit.ffn_dim, b->vit.ffn_dim);
    assert_int_equal(a->vit.out_dim, b->vit.out_dim);
    assert_float_equal(a->vit.eps, b->vit.eps, 0);
    assert_int_equal(a->decoder.n_layers, b->decoder.n_layers);
    assert_int_equal(a->decoder.dim, b->decoder.dim);
    assert_int_equal(a->decoder.ffn_dim, b->decoder.ffn_dim);
    assert_int_equal(a->decoder.n_heads, b->decoder.n_heads);
    assert_int_equal(a->decoder.n_kv_heads, b->decoder.n_kv_heads);
    assert_int_equal(a->decoder.head_dim, b->decoder.head_dim);
    assert_int_equal(a->decoder.n_vocab, b->decoder.n_vocab);
    assert_int_equal(a->decoder.n_context, b->decoder.n_context);
    assert_float_equal(a->decoder.eps, b->decoder.eps, 0);
    assert_true(a->decoder.rope_theta == b->decoder.rope_theta);
    assert_int_equal(a->decoder.tied, b->decoder.tied);
    assert_int_equal(a->tiles.min_tiles, b->tiles.min_tiles);
    assert_int_equal(a->tiles.max_tiles, b->tiles.max_tiles);
    assert_int_equal(a->tiles.thumbnail, b->tiles.thumbnail);
    assert_memory_equal(a->tiles.mean, b->tiles.mean, sizeof a->tiles.mean);
    assert_memory_equal(a->tiles.std, b->tiles.std, sizeof a->tiles.std);
}

static void config_says_the_same_in_every_form(void **state)
{
    recto_bytes original = read_data("original/config.json");
    recto_bytes native = read_data("native/config.json");
    recto_bytes processor = read_data("native/processor_config.json");
    recto_bytes generation = read_data("native/generation_config.json");
    recto_vlm_texts t = texts_of(&original);
    recto_vlm_config a, b, c;
    char path[2][1024];
    recto_weights_files *llm, *mmproj;
    (void)state;
    assert_int_equal(recto_vlm_config_json(&a, &t, NULL), RECTO_OK);
    assert_string_equal(a.flavour, "internvl_chat");
    assert_int_equal(a.vit.image_size, 56);
    assert_int_equal(a.decoder.dim, 72);
    assert_true(a.decoder.rope_theta == 5e6);
    assert_int_equal(a.n_stop_ids, 1);
    assert_int_equal(a.stop_ids[0], 346);
    t = texts_of(&native);
    t.processor = (const char *)processor.data;
    t.processor_len = processor.size;
    t.generation = (const char *)generation.data;
    t.generation_len = generation.size;
    assert_int_equal(recto_vlm_config_json(&b, &t, NULL), RECTO_OK);
    assert_string_equal(b.flavour, "qianfan_ocr");
    same_shapes(&a, &b);
    assert_int_equal(b.stop_ids[0], 346);
    snprintf(path[0], sizeof path[0], "%s/vlm/tiny/a/lm-plain.gguf", getenv("RECTO_TEST_DATA"));
    snprintf(path[1], sizeof path[1], "%s/vlm/tiny/a/mmproj-plain.gguf", getenv("RECTO_TEST_DATA"));
    assert_int_equal(recto_weights_files_open(&llm, path[0], NULL), RECTO_OK);
    assert_int_equal(recto_weights_files_open(&mmproj, path[1], NULL), RECTO_OK);
    const recto_gguf *g = recto_weights_files_gguf(llm), *v = recto_weights_files_gguf(mmproj);
    assert_int_equal(recto_vlm_config_gguf(&c, g, v, false, NULL), RECTO_OK);
    same_shapes(&a, &c);
    assert_int_equal(c.stop_ids[0], 346);
    /* exchanged files are told apart */
    assert_int_equal(recto_vlm_config_gguf(&c, v, g, false, NULL), RECTO_ERR_MODEL);
    assert_int_equal(recto_vlm_config_gguf(&c, g, g, false, NULL), RECTO_ERR_MODEL);
    recto_weights_files_close(llm);
    recto_weights_files_close(mmproj);
    recto_bytes_close(&original);
    recto_bytes_close(&native);
    recto_bytes_close(&processor);
    recto_bytes_close(&generation);
}

/* The original config with the first `from` replaced by `to`; code and message of reading it. */
static recto_status changed(recto_error *err, const char *from, const char *to)
{
    recto_bytes original = read_data("original/config.json");
    recto_buf text = RECTO_BUF_INIT;
    recto_buf_add(&text, original.data, original.size);
    const char *at = strstr(recto_buf_cstr(&text), from);
    assert_non_null(at);
    recto_buf made = RECTO_BUF_INIT;
    recto_buf_add(&made, text.data, (size_t)(at - text.data));
    recto_buf_text(&made, to);
    recto_buf_text(&made, at + strlen(from));
    const recto_vlm_texts t = {.config = made.data, .config_len = made.len};
    recto_vlm_config c;
    *err = (recto_error){0};
    recto_status st = recto_vlm_config_json(&c, &t, err);
    recto_buf_free(&text);
    recto_buf_free(&made);
    recto_bytes_close(&original);
    return st;
}

static void config_refuses_what_the_code_cannot_run(void **state)
{
    static const char *const cases[][3] = {
        {"\"internvl_chat\"", "\"llava\"", "model_type"},
        {"\"model_type\": \"qwen3\"", "\"model_type\": \"qwen2\"", "qwen3"},
        {"\"attention_bias\": false", "\"attention_bias\": true", "attention_bias"},
        {"\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"yarn\"}", "RoPE"},
        {"\"qk_normalization\": false", "\"qk_normalization\": true", "q and k"},
        {"\"ps_version\": \"v2\"", "\"ps_version\": \"v1\"", "ps_version"},
        {"\"select_layer\": -1", "\"select_layer\": -4", "last vision layer"},
        {"\"norm_type\": \"layer_norm\"", "\"norm_type\": \"rms_norm\"", "norm_type"},
        {"\"hidden_act\": \"gelu\"", "\"hidden_act\": \"quick_gelu\"", "hidden_act"},
        {"\"use_sliding_window\": false", "\"use_sliding_window\": true", "sliding"},
        {"\"downsample_ratio\": 0.5", "\"downsample_ratio\": 0.25", "downsample_ratio"},
        {"\"llm_config\"", "\"other_config\"", "missing"},
        {"\"hidden_size\": 72", "\"hidden_size\": -72", "hidden_size"},
        {"\"hidden_size\": 72", "\"hidden_size\": \"72\"", "hidden_size"},
        {"\"num_hidden_layers\": 3", "\"num_hidden_layers\": 100000", "num_hidden_layers"},
        {"\"vocab_size\": 400", "\"vocab_size\": 99999999999", "vocab_size"},
        {"\"patch_size\": 14", "\"patch_size\": 15", "multiple"},
        {"\"num_key_value_heads\": 2", "\"num_key_value_heads\": 4", "multiple"},
        {"\"num_attention_heads\": 3", "\"num_attention_heads\": 5", "multiple"},
        {"\"head_dim\": 32", "\"head_dim\": 31", "odd"},
        {"\"rope_theta\": 5000000", "\"rope_theta\": 0", "RoPE base"},
        {"\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": -1", "epsilon"},
        {"\"min_dynamic_patch\": 1", "\"min_dynamic_patch\": 13", "tiles"},
        {"\"max_dynamic_patch\": 12", "\"max_dynamic_patch\": 65", "max_dynamic_patch"},
    };
    recto_error err;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(changed(&err, cases[i][0], cases[i][1]), RECTO_ERR_MODEL);
        if (strstr(err.msg, cases[i][2]) == NULL)
            fail_msg("case %zu: '%s' lacks '%s'", i, err.msg, cases[i][2]);
    }
    assert_int_equal(changed(&err, "{", "["), RECTO_ERR_FORMAT);
    assert_non_null(strstr(err.msg, "config.json"));
    /* an absent key has the reference's default */
    assert_int_equal(changed(&err, "\"ps_version\": \"v2\",", ""), RECTO_OK);
    assert_int_equal(changed(&err, "\"dynamic_image_size\": true", "\"dynamic_image_size\": false"),
                     RECTO_OK);
}

static void config_finds_the_default_system_message(void **state)
{
    recto_bytes original = read_data("original/config.json");
    recto_vlm_texts t = texts_of(&original);
    recto_vlm_config c;
    char chat[512];
    (void)state;
    assert_int_equal(recto_vlm_config_json(&c, &t, NULL), RECTO_OK);
    assert_false(c.default_system);
    snprintf(chat, sizeof chat, "{%% if not system %%}<|im_start|>system\n%s<|im_end|>",
             recto_vlm_config_system);
    t.chat_template = chat;
    t.chat_template_len = strlen(chat);
    assert_int_equal(recto_vlm_config_json(&c, &t, NULL), RECTO_OK);
    assert_true(c.default_system);
    recto_bytes_close(&original);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_says_the_same_in_every_form),
        cmocka_unit_test(config_refuses_what_the_code_cannot_run),
        cmocka_unit_test(config_finds_the_default_system_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
