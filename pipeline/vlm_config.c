/* Keys: OpenGVLab/InternVL configuration_internvl_chat.py, transformers
 * configuration_qianfan_ocr.py and llama.cpp's clip-impl.h; see docs/MODELS.md. */
#define _GNU_SOURCE /* memmem */
#include "pipeline/vlm_config.h"

#include "core/json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char recto_vlm_config_system[] =
    "\xe4\xbd\xa0\xe6\x98\xaf\xe5\x8d\x83\xe5\xb8\x86VL\xef\xbc\x8c\xe7\x94\xb1\xe7\x99\xbe\xe5\xba"
    "\xa6"
    "\xe6\x99\xba\xe8\x83\xbd\xe4\xba\x91\xe7\xa0\x94\xe5\x8f\x91\xe7\x9a\x84\xe5\xa4\x9a\xe6\xa8"
    "\xa1"
    "\xe6\x80\x81\xe5\xa4\xa7\xe8\xaf\xad\xe8\xa8\x80\xe6\xa8\xa1\xe5\x9e\x8b\xe3\x80\x82";

static const float IMAGENET_MEAN[3] = {0.485f, 0.456f, 0.406f};
static const float IMAGENET_STD[3] = {0.229f, 0.224f, 0.225f};

/* --- ranges ----------------------------------------------------------------------------------- */

/* A number that a file states and its bounds; the bounds keep every later product inside 63 bits.
 */
typedef struct range {
    const char *key;
    int64_t value, low, high;
} range;

static recto_status check_ranges(const range *r, size_t n, recto_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (r[i].value == INT64_MIN)
            return recto_error_set(err, RECTO_ERR_MODEL, "%s is missing or no whole number",
                                   r[i].key);
        if (r[i].low == r[i].high && r[i].value != r[i].low)
            return recto_error_set(err, RECTO_ERR_MODEL, "%s is %lld, not %lld", r[i].key,
                                   (long long)r[i].value, (long long)r[i].low);
        if (r[i].value < r[i].low || r[i].value > r[i].high)
            return recto_error_set(err, RECTO_ERR_MODEL, "%s is %lld, not within %lld to %lld",
                                   r[i].key, (long long)r[i].value, (long long)r[i].low,
                                   (long long)r[i].high);
    }
    return RECTO_OK;
}

static recto_status check_shapes(const recto_vlm_config *c, recto_error *err)
{
    const recto_vit_config *v = &c->vit;
    const recto_decoder_config *d = &c->decoder;
    const char *why = NULL;
    if (v->dim % v->n_heads != 0)
        why = "the vision width is no multiple of its heads";
    else if (v->image_size % (v->patch_size * v->shuffle) != 0)
        why = "the image size is no multiple of patch size times 2";
    else if (d->n_heads % d->n_kv_heads != 0)
        why = "the attention heads are no multiple of the key and value heads";
    else if (d->head_dim % 2 != 0)
        why = "the head dimension is odd";
    else if (!(v->eps > 0) || !(d->eps > 0) || !isfinite(v->eps) || !isfinite(d->eps))
        why = "a norm's epsilon is not a positive number";
    else if (!(d->rope_theta >= 1) || !isfinite(d->rope_theta))
        why = "the RoPE base is not a number from 1";
    else if (c->tiles.min_tiles > c->tiles.max_tiles)
        why = "the smallest number of tiles is over the largest";
    return why == NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_MODEL, "%s", why);
}

static recto_status check_config(recto_vlm_config *c, const int64_t v[7], const int64_t d[8],
                                 int64_t min_tiles, int64_t max_tiles, const char *where,
                                 recto_error *err)
{
    const range all[] = {
        {"vision image_size", v[0], 8, 8192},
        {"vision patch_size", v[1], 1, 256},
        {"vision num_hidden_layers (block_count)", v[2], 1, 512},
        {"vision hidden_size (embedding_length)", v[3], 1, 65536},
        {"vision num_attention_heads (head_count)", v[4], 1, 1024},
        {"vision intermediate_size (feed_forward_length)", v[5], 1, 262144},
        {"downsample_ratio (scale_factor)", v[6], 2, 2},
        {"text num_hidden_layers (block_count)", d[0], 1, 512},
        {"text hidden_size (embedding_length)", d[1], 1, 65536},
        {"text intermediate_size (feed_forward_length)", d[2], 1, 262144},
        {"text num_attention_heads (head_count)", d[3], 1, 1024},
        {"text num_key_value_heads (head_count_kv)", d[4], 1, 1024},
        {"text head_dim (key_length)", d[5], 2, 256},
        {"text vocab_size", d[6], 1, 1 << 24},
        {"text max_position_embeddings (context_length)", d[7], 1, 1 << 22},
        {"min_dynamic_patch (preproc_min_tiles)", min_tiles, 1, RECTO_TILES_MAX},
        {"max_dynamic_patch (preproc_max_tiles)", max_tiles, 1, RECTO_TILES_MAX},
    };
    recto_status st = check_ranges(all, sizeof all / sizeof *all, err);
    if (st != RECTO_OK)
        return recto_error_prefix(err, st, "%s", where);
    c->vit.image_size = (int)v[0];
    c->vit.patch_size = (int)v[1];
    c->vit.n_layers = (int)v[2];
    c->vit.dim = (int)v[3];
    c->vit.n_heads = (int)v[4];
    c->vit.ffn_dim = (int)v[5];
    c->vit.shuffle = (int)v[6];
    c->vit.out_dim = (int)d[1];
    c->vit.projector_eps = 1e-5f; /* PyTorch's default, which no file states */
    c->decoder.n_layers = (int)d[0];
    c->decoder.dim = (int)d[1];
    c->decoder.ffn_dim = (int)d[2];
    c->decoder.n_heads = (int)d[3];
    c->decoder.n_kv_heads = (int)d[4];
    c->decoder.head_dim = (int)d[5];
    c->decoder.n_vocab = (int)d[6];
    c->decoder.n_context = (int)d[7];
    c->tiles.min_tiles = (int)min_tiles;
    c->tiles.max_tiles = (int)max_tiles;
    c->tiles.size = c->vit.image_size;
    st = check_shapes(c, err);
    return st == RECTO_OK ? st : recto_error_prefix(err, st, "%s", where);
}

static void add_stop(recto_vlm_config *c, int64_t id)
{
    for (int i = 0; i < c->n_stop_ids; i++)
        if (c->stop_ids[i] == id)
            return;
    if (id >= 0 && id < c->decoder.n_vocab && c->n_stop_ids < RECTO_VLM_MAX_STOPS)
        c->stop_ids[c->n_stop_ids++] = (int32_t)id;
}

static void find_system(recto_vlm_config *c, const char *text, size_t len)
{
    /* as it is, or as JSON may write it */
    static const char escaped[] = "\\u4f60\\u662f\\u5343\\u5e06VL";
    c->default_system = text != NULL && (memmem(text, len, recto_vlm_config_system,
                                                strlen(recto_vlm_config_system)) != NULL ||
                                         memmem(text, len, escaped, strlen(escaped)) != NULL);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static int64_t number(const recto_json *object, const char *key)
{
    return recto_json_int(object, key, INT64_MIN);
}

/* image_size and patch_size: a number, or [n, n]. */
static int64_t side(const recto_json *object, const char *key)
{
    const recto_json *v = recto_json_lookup(object, key);
    if (!recto_json_is_array(v))
        return recto_json_as_int(v, INT64_MIN);
    int64_t n = recto_json_as_int(recto_json_at(v, 0), INT64_MIN);
    bool square = recto_json_count(v) == 1 ||
                  (recto_json_count(v) == 2 && recto_json_as_int(recto_json_at(v, 1), -1) == n);
    return square ? n : INT64_MIN;
}

static recto_status refuse(recto_error *err, const char *what)
{
    return recto_error_set(err, RECTO_ERR_MODEL,
                           "config.json: %s: another architecture than Recto runs", what);
}

static bool text_is(const recto_json *object, const char *key, const char *want)
{
    return strcmp(recto_json_text(object, key, want), want) == 0;
}

static recto_status refuse_vision(const recto_json *vision, recto_error *err)
{
    if (recto_json_bool(vision, "qk_normalization", false) ||
        recto_json_bool(vision, "use_qk_norm", false))
        return refuse(err, "vision q and k norms");
    if (!recto_json_bool(vision, "qkv_bias", true) ||
        !recto_json_bool(vision, "attention_bias", true))
        return refuse(err, "vision attention without bias");
    if (!text_is(vision, "norm_type", "layer_norm"))
        return refuse(err, "vision norm_type is not layer_norm");
    if (!text_is(vision, "hidden_act", "gelu"))
        return refuse(err, "vision hidden_act is not gelu");
    if (!recto_json_bool(vision, "use_mean_pooling", true))
        return refuse(err, "vision use_mean_pooling is false (a final norm)");
    if (recto_json_int(vision, "num_channels", 3) != 3)
        return refuse(err, "vision num_channels is not 3");
    return RECTO_OK;
}

static recto_status refuse_top(const recto_json *root, recto_error *err)
{
    if (!text_is(root, "ps_version", "v2"))
        return refuse(err, "ps_version is not v2");
    if (recto_json_int(root, "select_layer", -1) != -1 ||
        recto_json_int(root, "vision_feature_layer", -1) != -1)
        return refuse(err, "features are not taken from the last vision layer");
    if (!text_is(root, "vision_feature_select_strategy", "default"))
        return refuse(err, "vision_feature_select_strategy is not default");
    if (!text_is(root, "projector_hidden_act", "gelu"))
        return refuse(err, "projector_hidden_act is not gelu");
    if (fabs(recto_json_number(root, "downsample_ratio", 0.5) - 0.5) > 1e-9)
        return refuse(err, "downsample_ratio is not 0.5");
    return RECTO_OK;
}

static recto_status refuse_text(const recto_json *text, recto_error *err)
{
    static const char *const scalings[] = {"rope_scaling", "rope_parameters"};
    if (!text_is(text, "model_type", "qwen3"))
        return refuse(err, "the language model's model_type is not qwen3");
    if (recto_json_bool(text, "attention_bias", false))
        return refuse(err, "the language model's attention_bias is true");
    if (!text_is(text, "hidden_act", "silu"))
        return refuse(err, "the language model's hidden_act is not silu");
    if (recto_json_bool(text, "use_sliding_window", false))
        return refuse(err, "the language model's use_sliding_window is true");
    for (int i = 0; i < 2; i++) {
        const recto_json *s = recto_json_lookup(text, scalings[i]);
        if (!text_is(s, "rope_type", "default") || !text_is(s, "type", "default"))
            return refuse(err, "the language model's RoPE is scaled");
    }
    return RECTO_OK;
}

/* A JSON text that may be absent. */
static recto_status parse_optional(recto_json **out, const char *name, const char *text, size_t len,
                                   recto_error *err)
{
    *out = NULL;
    if (text == NULL)
        return RECTO_OK;
    recto_status st = recto_json_parse(out, text, len, err);
    return st == RECTO_OK ? st : recto_error_prefix(err, st, "%s: ", name);
}

static void read_stops(recto_vlm_config *c, const recto_json *object)
{
    const recto_json *v = recto_json_lookup(object, "eos_token_id");
    if (!recto_json_is_array(v))
        add_stop(c, recto_json_as_int(v, -1));
    for (size_t i = 0; i < recto_json_count(v); i++)
        add_stop(c, recto_json_as_int(recto_json_at(v, i), -1));
}

/* Tile limits and normalization of an image processor's file; config.json's own limits are read
 * first. */
static recto_status read_processor(recto_vlm_config *c, int64_t *min_tiles, int64_t *max_tiles,
                                   const recto_json *p, recto_error *err)
{
    const recto_json *mean = recto_json_lookup(p, "image_mean");
    const recto_json *std = recto_json_lookup(p, "image_std");
    *min_tiles = recto_json_int(p, "min_patches", *min_tiles);
    *max_tiles = recto_json_int(p, "max_patches", *max_tiles);
    for (size_t i = 0; i < 3; i++) {
        c->tiles.mean[i] =
            (float)recto_json_as_number(recto_json_at(mean, i), (double)c->tiles.mean[i]);
        c->tiles.std[i] =
            (float)recto_json_as_number(recto_json_at(std, i), (double)c->tiles.std[i]);
        if (!(c->tiles.std[i] > 0) || !isfinite(c->tiles.std[i]) || !isfinite(c->tiles.mean[i]))
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "image_mean or image_std of the image processor make no sense");
    }
    return RECTO_OK;
}

static recto_status read_roots(recto_vlm_config *c, const recto_json *root, const recto_json *pre,
                               recto_error *err)
{
    const recto_json *vision = recto_json_lookup(root, "vision_config");
    const recto_json *text = recto_json_lookup(root, "llm_config");
    const recto_json *rope;
    recto_status st = refuse_top(root, err);
    if (text == NULL)
        text = recto_json_lookup(root, "text_config");
    if (vision == NULL || text == NULL)
        return refuse(err, "vision_config, or llm_config or text_config, is missing");
    if (st == RECTO_OK)
        st = refuse_vision(vision, err);
    if (st == RECTO_OK)
        st = refuse_text(text, err);
    if (st != RECTO_OK)
        return st;
    int64_t forced = number(root, "force_image_size");
    int64_t heads = number(text, "num_attention_heads"), dim = number(text, "hidden_size");
    const int64_t v[7] = {forced > 0 ? forced : side(vision, "image_size"),
                          side(vision, "patch_size"),
                          number(vision, "num_hidden_layers"),
                          number(vision, "hidden_size"),
                          number(vision, "num_attention_heads"),
                          number(vision, "intermediate_size"),
                          2};
    const int64_t d[8] = {number(text, "num_hidden_layers"),
                          dim,
                          number(text, "intermediate_size"),
                          heads,
                          recto_json_int(text, "num_key_value_heads", heads),
                          recto_json_int(text, "head_dim", heads > 0 ? dim / heads : INT64_MIN),
                          number(text, "vocab_size"),
                          number(text, "max_position_embeddings")};
    bool dynamic = recto_json_bool(root, "dynamic_image_size", true);
    int64_t min_tiles = recto_json_int(root, "min_dynamic_patch", 1);
    int64_t max_tiles = recto_json_int(root, "max_dynamic_patch", 12);
    c->tiles.thumbnail = recto_json_bool(root, "use_thumbnail", true);
    rope = recto_json_lookup(text, "rope_parameters");
    c->decoder.rope_theta =
        recto_json_number(text, "rope_theta", recto_json_number(rope, "rope_theta", 0));
    c->decoder.eps = (float)recto_json_number(text, "rms_norm_eps", 0);
    c->decoder.tied = recto_json_bool(root, "tie_word_embeddings",
                                      recto_json_bool(text, "tie_word_embeddings", false));
    c->vit.eps = (float)recto_json_number(vision, "layer_norm_eps", 1e-6);
    st = read_processor(c, &min_tiles, &max_tiles, pre, err);
    if (st == RECTO_OK)
        st = check_config(c, v, d, dynamic ? min_tiles : 1, dynamic ? max_tiles : 1,
                          "config.json: ", err);
    if (st == RECTO_OK)
        read_stops(c, text);
    return st;
}

recto_status recto_vlm_config_json(recto_vlm_config *out, const recto_vlm_texts *texts,
                                   recto_error *err)
{
    recto_json *root = NULL, *pre = NULL, *processor = NULL, *generation = NULL;
    memset(out, 0, sizeof *out);
    memcpy(out->tiles.mean, IMAGENET_MEAN, sizeof IMAGENET_MEAN);
    memcpy(out->tiles.std, IMAGENET_STD, sizeof IMAGENET_STD);
    recto_status st = parse_optional(&root, "config.json", texts->config, texts->config_len, err);
    if (st == RECTO_OK)
        st = parse_optional(&pre, "preprocessor_config.json", texts->preprocessor,
                            texts->preprocessor_len, err);
    if (st == RECTO_OK)
        st = parse_optional(&processor, "processor_config.json", texts->processor,
                            texts->processor_len, err);
    if (st == RECTO_OK)
        st = parse_optional(&generation, "generation_config.json", texts->generation,
                            texts->generation_len, err);
    const char *type = recto_json_text(root, "model_type", "(none)");
    bool original = strcmp(type, "internvl_chat") == 0;
    if (st == RECTO_OK && !original && strcmp(type, "qianfan_ocr") != 0)
        st = recto_error_set(err, RECTO_ERR_MODEL,
                             "config.json: model_type is neither internvl_chat nor qianfan_ocr: "
                             "another kind of model");
    out->flavour = original ? "internvl_chat" : "qianfan_ocr";
    const recto_json *nested = recto_json_lookup(processor, "image_processor");
    if (st == RECTO_OK)
        st = read_roots(out, root, pre != NULL ? pre : nested, err);
    if (st == RECTO_OK)
        read_stops(out, generation);
    find_system(out, texts->chat_template, texts->chat_template_len);
    recto_json_free(root);
    recto_json_free(pre);
    recto_json_free(processor);
    recto_json_free(generation);
    return st;
}

/* --- GGUF ------------------------------------------------------------------------------------- */

static int64_t count(const recto_gguf *g, const char *key)
{
    return recto_gguf_int(g, key, INT64_MIN);
}

static recto_status refuse_gguf(const recto_gguf *llm, const recto_gguf *mmproj, recto_error *err)
{
    const char *arch = recto_gguf_text(llm, "general.architecture", NULL);
    const char *clip = recto_gguf_text(mmproj, "general.architecture", NULL);
    const char *projector = recto_gguf_text(mmproj, "clip.projector_type", NULL);
    const char *scaling = recto_gguf_text(llm, "qwen3.rope.scaling.type", NULL);
    if (projector == NULL)
        projector = recto_gguf_text(mmproj, "clip.vision.projector_type", NULL);
    if (arch == NULL || strcmp(arch, "qwen3") != 0)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "general.architecture of the language model is not qwen3: another "
                               "kind of model");
    if (clip == NULL || strcmp(clip, "clip") != 0 || projector == NULL ||
        strcmp(projector, "internvl") != 0)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "the mmproj file is no vision part of an InternVL kind "
                               "(general.architecture clip, clip.projector_type internvl)");
    if (recto_gguf_bool(mmproj, "clip.use_silu", false))
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "clip.use_silu is true: another architecture than Recto runs");
    if (scaling != NULL && strcmp(scaling, "none") != 0)
        return recto_error_set(
            err, RECTO_ERR_MODEL,
            "qwen3.rope.scaling.type is not none: RoPE scaling is not supported");
    return RECTO_OK;
}

recto_status recto_vlm_config_gguf(recto_vlm_config *out, const recto_gguf *llm,
                                   const recto_gguf *mmproj, bool tied, recto_error *err)
{
    const recto_gguf_value *mean = recto_gguf_lookup(mmproj, "clip.vision.image_mean");
    const recto_gguf_value *std = recto_gguf_lookup(mmproj, "clip.vision.image_std");
    memset(out, 0, sizeof *out);
    out->flavour = "gguf";
    recto_status st = refuse_gguf(llm, mmproj, err);
    if (st != RECTO_OK)
        return st;
    for (size_t i = 0; i < 3; i++) {
        out->tiles.mean[i] = (float)recto_gguf_number_at(mean, i, (double)IMAGENET_MEAN[i]);
        out->tiles.std[i] = (float)recto_gguf_number_at(std, i, (double)IMAGENET_STD[i]);
        if (!(out->tiles.std[i] > 0) || !isfinite(out->tiles.std[i]) ||
            !isfinite(out->tiles.mean[i]))
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "clip.vision.image_mean or image_std make no sense");
    }
    int64_t heads = count(llm, "qwen3.attention.head_count");
    int64_t dim = count(llm, "qwen3.embedding_length");
    int64_t per_head = heads > 0 ? dim / heads : INT64_MIN;
    const int64_t v[7] = {
        count(mmproj, "clip.vision.image_size"),
        count(mmproj, "clip.vision.patch_size"),
        count(mmproj, "clip.vision.block_count"),
        count(mmproj, "clip.vision.embedding_length"),
        count(mmproj, "clip.vision.attention.head_count"),
        count(mmproj, "clip.vision.feed_forward_length"),
        recto_gguf_int(mmproj, "clip.vision.projector.scale_factor", 2),
    };
    const int64_t d[8] = {
        count(llm, "qwen3.block_count"),
        dim,
        count(llm, "qwen3.feed_forward_length"),
        heads,
        recto_gguf_int(llm, "qwen3.attention.head_count_kv", heads),
        recto_gguf_int(llm, "qwen3.attention.key_length", per_head),
        (int64_t)recto_gguf_count(recto_gguf_lookup(llm, "tokenizer.ggml.tokens")),
        count(llm, "qwen3.context_length"),
    };
    out->tiles.thumbnail = true;
    out->decoder.rope_theta = recto_gguf_number(llm, "qwen3.rope.freq_base", 0);
    out->decoder.eps = (float)recto_gguf_number(llm, "qwen3.attention.layer_norm_rms_epsilon", 0);
    out->decoder.tied = tied;
    out->vit.eps =
        (float)recto_gguf_number(mmproj, "clip.vision.attention.layer_norm_epsilon", 1e-6);
    /* older files lack the limits: the model's own are 1 and 12 */
    st = check_config(out, v, d, recto_gguf_int(mmproj, "clip.vision.preproc_min_tiles", 1),
                      recto_gguf_int(mmproj, "clip.vision.preproc_max_tiles", 12), "GGUF: ", err);
    if (st != RECTO_OK)
        return st;
    if (recto_gguf_int(llm, "qwen3.attention.value_length", out->decoder.head_dim) !=
        out->decoder.head_dim)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "qwen3.attention.value_length differs from key_length");
    add_stop(out, count(llm, "tokenizer.ggml.eos_token_id"));
    size_t len = 0;
    const char *chat = recto_gguf_text(llm, "tokenizer.chat_template", &len);
    find_system(out, chat, len);
    return RECTO_OK;
}
