/* config.json of a line network: every number is checked before it becomes a size. */
#include "core/json.h"
#include "core/utf8.h"
#include "vision/linenet_net.h"

#include <stdlib.h>
#include <string.h>

static recto_status wrong(recto_error *err, const char *key, const char *what)
{
    return recto_error_set(err, RECTO_ERR_MODEL, "line network config: %s: %s", key, what);
}

/* A whole number in [low, high]. */
static bool whole(int *out, const recto_json *object, const char *key, int low, int high)
{
    int64_t n = recto_json_int(object, key, INT64_MIN);
    *out = n >= low && n <= high ? (int)n : low;
    return n >= low && n <= high;
}

static recto_status read_sizes(recto_linenet_config *c, const recto_json *j, recto_error *err)
{
    const struct {
        const char *key;
        int *to;
        int low, high;
    } sizes[] = {
        {"height", &c->height, 8, 256},
        {"column_px", &c->column_px, 1, 64},
        {"pad_multiple", &c->pad_multiple, 1, 1024},
        {"dim", &c->dim, 8, 4096},
        {"layers", &c->layers, 1, RECTO_LINENET_MAX_LAYERS},
        {"heads", &c->heads, 1, 64},
        {"mlp", &c->mlp, 8, 16384},
        {"window", &c->window, 1, 1024},
        {"position_kernel", &c->position_kernel, 1, 63},
        {"classes", &c->classes, 2, 65536},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (!whole(sizes[i].to, j, sizes[i].key, sizes[i].low, sizes[i].high))
            return wrong(err, sizes[i].key, "missing or out of range");
    if (c->dim % c->heads != 0)
        return wrong(err, "heads", "does not divide dim");
    if (c->position_kernel % 2 == 0)
        return wrong(err, "position_kernel", "must be odd");
    if (recto_json_int(j, "blank", 0) != 0)
        return wrong(err, "blank", "must be 0");
    if (strcmp(recto_json_text(j, "gelu", "erf"), "erf") != 0)
        return wrong(err, "gelu", "must be erf");
    c->ln_eps = (float)recto_json_number(j, "ln_eps", 1e-5);
    if (!(c->ln_eps > 0.0f && c->ln_eps < 1.0f))
        return wrong(err, "ln_eps", "out of range");
    return RECTO_OK;
}

static recto_status read_convs(recto_linenet_config *c, const recto_json *j, recto_error *err)
{
    const recto_json *convs = recto_json_lookup(j, "convs");
    size_t n = recto_json_count(convs);
    int in = 1;
    int across = 1;

    if (n < 1 || n > RECTO_LINENET_MAX_CONVS)
        return wrong(err, "convs", "missing or too many");
    c->rows = c->height;
    c->n_convs = (int)n;
    for (size_t i = 0; i < n; i++) {
        const recto_json *item = recto_json_at(convs, i);
        const recto_json *stride = recto_json_lookup(item, "stride");
        recto_ops_conv *conv = &c->convs[i];
        int64_t down = recto_json_as_int(recto_json_at(stride, 0), 0);
        int64_t over = recto_json_as_int(recto_json_at(stride, 1), 0);
        if (!whole(&conv->n_in, item, "in", 1, 4096) || conv->n_in != in)
            return wrong(err, "convs", "in is not the channels before it");
        if (!whole(&conv->n_out, item, "out", 1, 4096))
            return wrong(err, "convs", "out is missing or out of range");
        if (down < 1 || down > 2 || over < 1 || over > 2)
            return wrong(err, "convs", "stride must be 1 or 2");
        if (recto_json_int(item, "kernel", 3) != 3 || recto_json_int(item, "pad", 1) != 1)
            return wrong(err, "convs", "only kernel 3 with pad 1 is built");
        conv->stride_down = (int)down;
        conv->stride_across = (int)over;
        c->rows = recto_ops_conv_len(c->rows, (int)down);
        across *= (int)over;
        in = conv->n_out;
    }
    if (across != c->column_px || c->pad_multiple % across != 0)
        return wrong(err, "column_px", "is not the product of the strides");
    return RECTO_OK;
}

static recto_status read_preprocess(recto_linenet_config *c, const recto_json *j, recto_error *err)
{
    const recto_json *p = recto_json_lookup(j, "preprocess");
    const recto_json *percentiles = recto_json_lookup(p, "percentiles");

    c->percentile_low = (float)recto_json_as_number(recto_json_at(percentiles, 0), 2.0);
    c->percentile_high = (float)recto_json_as_number(recto_json_at(percentiles, 1), 98.0);
    c->min_span = (float)recto_json_number(p, "min_span", 20.0);
    c->invert_below_mean = (float)recto_json_number(p, "invert_below_mean", 110.0);
    c->scale = (float)recto_json_number(p, "scale", 127.5);
    if (!(c->percentile_low >= 0.0f && c->percentile_high <= 100.0f &&
          c->percentile_low < c->percentile_high))
        return wrong(err, "preprocess", "percentiles out of range");
    if (!(c->min_span >= 1.0f && c->scale >= 1.0f))
        return wrong(err, "preprocess", "min_span or scale out of range");
    if (recto_json_number(p, "pad_value", 255.0) != 255.0)
        return wrong(err, "preprocess", "pad_value must be 255");
    return RECTO_OK;
}

static recto_status read_chars(recto_linenet_config *c, const recto_json *j, recto_error *err)
{
    const char *text = recto_json_text(j, "chars", "");
    const char *end = text + strlen(text);

    if (recto_utf8_count(text, strlen(text)) != (size_t)c->classes - 1)
        return wrong(err, "chars", "their number is not classes - 1");
    c->chars = calloc((size_t)c->classes, sizeof *c->chars);
    if (c->chars == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "line network config: out of memory");
    for (int i = 1; i < c->classes && text < end; i++)
        c->chars[i] = recto_utf8_next(&text, end);
    return RECTO_OK;
}

recto_status recto_linenet_config_read(recto_linenet_config *out, const char *text, size_t size,
                                       recto_error *err)
{
    recto_json *j = NULL;
    recto_status status;

    memset(out, 0, sizeof *out);
    status = recto_json_parse(&j, text, size, err);
    if (status != RECTO_OK)
        return recto_error_prefix(err, status, "line network config: ");
    const recto_json *confidence = recto_json_lookup(j, "confidence");
    out->confidence_a = (float)recto_json_number(confidence, "a", 1.0);
    out->confidence_b = (float)recto_json_number(confidence, "b", 0.0);
    status = read_sizes(out, j, err);
    if (status == RECTO_OK)
        status = read_convs(out, j, err);
    if (status == RECTO_OK)
        status = read_preprocess(out, j, err);
    if (status == RECTO_OK)
        status = read_chars(out, j, err);
    recto_json_free(j);
    return status;
}
