/* Binding the weights of a line network: each tensor by name, its shape against the config. */
#include "vision/linenet_net.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct binder {
    recto_linenet *net;
    const recto_weights *weights;
    recto_error *err;
    recto_status status; /* the first failure sticks */
} binder;

/* A tensor of up to four dimensions (0 ends the list) as floats; NULL once something failed. */
static float *tensor(binder *b, const char *name, const int dims[4])
{
    uint64_t shape[4];
    int n_dims = 0;
    float *out = NULL;

    while (n_dims < 4 && dims[n_dims] != 0) {
        shape[n_dims] = (uint64_t)dims[n_dims];
        n_dims++;
    }
    if (b->status == RECTO_OK)
        b->status = recto_weights_floats(&out, b->weights, name, shape, n_dims, b->err);
    return out;
}

static float *vector(binder *b, const char *name, int n)
{
    const int dims[4] = {n, 0, 0, 0};
    return tensor(b, name, dims);
}

static void name_of(char out[64], const char *format, ...) RECTO_PRINTF(2, 3);
static void name_of(char out[64], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, 64, format, args);
    va_end(args);
}

/* PREFIX.weight [n_out, n_in] and PREFIX.bias; rows > 1: input features change from channel-major
 * (as trained) to row-major (as the convolutions leave them). */
static recto_layer *linear(binder *b, const char *prefix, recto_ops_linear shape, int rows)
{
    const int dims[4] = {shape.n_out, shape.n_in, 0, 0};
    const int channels = shape.n_in / rows;
    recto_layer *layer = NULL;
    char name[64];

    name_of(name, "%s.weight", prefix);
    float *w = tensor(b, name, dims);
    name_of(name, "%s.bias", prefix);
    float *bias = vector(b, name, shape.n_out);
    float *ordered = NULL;
    if (b->status == RECTO_OK && rows > 1) {
        ordered = malloc((size_t)shape.n_out * (size_t)shape.n_in * sizeof *ordered);
        if (ordered == NULL)
            b->status = recto_error_set(b->err, RECTO_ERR_NOMEM, "weights: out of memory");
        for (int i = 0; ordered != NULL && i < shape.n_out * shape.n_in; i++) {
            int n = i / shape.n_in;
            int row = i % shape.n_in / channels;
            int channel = i % channels;
            ordered[i] = w[n * shape.n_in + channel * rows + row];
        }
    }
    if (b->status == RECTO_OK)
        b->status = b->net->backend->linear_new(&layer, b->net->backend, &shape,
                                                ordered ? ordered : w, bias, b->err);
    free(ordered);
    free(w);
    free(bias);
    return layer;
}

static recto_layer *conv(binder *b, int i)
{
    const recto_ops_conv *shape = &b->net->config.convs[i];
    const int dims[4] = {shape->n_out, shape->n_in, 3, 3};
    recto_layer *layer = NULL;
    char name[64];

    name_of(name, "conv.%d.weight", i);
    float *w = tensor(b, name, dims);
    name_of(name, "conv.%d.bias", i);
    float *bias = vector(b, name, shape->n_out);
    if (b->status == RECTO_OK)
        b->status = b->net->backend->conv_new(&layer, b->net->backend, shape, w, bias, b->err);
    free(w);
    free(bias);
    return layer;
}

static void block(binder *b, int i)
{
    const recto_linenet_config *c = &b->net->config;
    recto_linenet_block *to = &b->net->blocks[i];
    const struct {
        const char *part;
        recto_layer **to;
        recto_ops_linear shape;
    } linears[] = {
        {"qkv", &to->qkv, {3 * c->dim, c->dim, RECTO_OPS_SET}},
        {"out", &to->out, {c->dim, c->dim, RECTO_OPS_ADD}},
        {"up", &to->up, {c->mlp, c->dim, RECTO_OPS_GELU}},
        {"down", &to->down, {c->dim, c->mlp, RECTO_OPS_ADD}},
    };
    const struct {
        const char *part;
        float **to;
    } vectors[] = {
        {"norm1.weight", &to->norm1_gain},
        {"norm1.bias", &to->norm1_shift},
        {"norm2.weight", &to->norm2_gain},
        {"norm2.bias", &to->norm2_shift},
    };
    char name[64];

    for (size_t k = 0; k < sizeof linears / sizeof linears[0]; k++) {
        name_of(name, "block.%d.%s", i, linears[k].part);
        *linears[k].to = linear(b, name, linears[k].shape, 1);
    }
    for (size_t k = 0; k < sizeof vectors / sizeof vectors[0]; k++) {
        name_of(name, "block.%d.%s", i, vectors[k].part);
        *vectors[k].to = vector(b, name, c->dim);
    }
}

/* w [rows, columns] as [columns, rows]; frees w. */
static float *transposed(binder *b, float *w, int rows, int columns)
{
    float *out = w == NULL ? NULL : malloc((size_t)rows * (size_t)columns * sizeof *out);

    if (w != NULL && out == NULL)
        b->status = recto_error_set(b->err, RECTO_ERR_NOMEM, "weights: out of memory");
    for (int i = 0; out != NULL && i < rows * columns; i++)
        out[i % columns * rows + i / columns] = w[i];
    free(w);
    return out;
}

static void bind_all(binder *b)
{
    recto_linenet *net = b->net;
    const recto_linenet_config *c = &net->config;
    const int features = c->rows * c->convs[c->n_convs - 1].n_out;
    const int pos_dims[4] = {c->dim, 1, c->position_kernel, 0};

    for (int i = 0; i < c->n_convs; i++)
        net->convs[i] = conv(b, i);
    net->proj = linear(b, "proj", (recto_ops_linear){c->dim, features, RECTO_OPS_SET}, c->rows);
    net->pos_weight = transposed(b, tensor(b, "pos.weight", pos_dims), c->dim, c->position_kernel);
    net->pos_bias = vector(b, "pos.bias", c->dim);
    for (int i = 0; i < c->layers; i++)
        block(b, i);
    net->norm_gain = vector(b, "norm.weight", c->dim);
    net->norm_shift = vector(b, "norm.bias", c->dim);
    net->head = linear(b, "head", (recto_ops_linear){c->classes, c->dim, RECTO_OPS_SET}, 1);
}

recto_status recto_linenet_load_on(recto_linenet **out, recto_backend *backend, const void *weights,
                                   size_t weights_size, const char *config, size_t config_size,
                                   recto_error *err)
{
    recto_weights *set = recto_weights_new();
    recto_linenet *net = calloc(1, sizeof *net);
    recto_status status = RECTO_ERR_NOMEM;

    *out = NULL;
    if (net == NULL || set == NULL) {
        backend->free(backend);
        free(net);
        recto_weights_free(set);
        return recto_error_set(err, status, "line network: out of memory");
    }
    net->backend = backend;
    status = recto_linenet_config_read(&net->config, config, config_size, err);
    if (status == RECTO_OK)
        status = recto_weights_add_safetensors(set, weights, weights_size, err);
    if (status == RECTO_OK) {
        binder b = {net, set, err, RECTO_OK};
        bind_all(&b);
        status = b.status;
    }
    recto_weights_free(set);
    if (status != RECTO_OK) {
        recto_linenet_free(net);
        return status;
    }
    *out = net;
    return RECTO_OK;
}

recto_status recto_linenet_load(recto_linenet **out, const void *weights, size_t weights_size,
                                const char *config, size_t config_size, recto_error *err)
{
    recto_backend *backend = NULL;
    recto_status status = recto_backend_open(&backend, RECTO_BACKEND_AUTO, 1, err);

    *out = NULL;
    if (status != RECTO_OK)
        return status;
    return recto_linenet_load_on(out, backend, weights, weights_size, config, config_size, err);
}

static void block_free(recto_backend *be, recto_linenet_block *b)
{
    be->layer_free(be, b->qkv);
    be->layer_free(be, b->out);
    be->layer_free(be, b->up);
    be->layer_free(be, b->down);
    free(b->norm1_gain);
    free(b->norm1_shift);
    free(b->norm2_gain);
    free(b->norm2_shift);
}

void recto_linenet_free(recto_linenet *net)
{
    if (net == NULL)
        return;
    recto_backend *be = net->backend;
    for (int i = 0; i < RECTO_LINENET_MAX_CONVS; i++)
        be->layer_free(be, net->convs[i]);
    for (int i = 0; i < RECTO_LINENET_MAX_LAYERS; i++)
        block_free(be, &net->blocks[i]);
    be->layer_free(be, net->proj);
    be->layer_free(be, net->head);
    float *owned[] = {net->pos_weight, net->pos_bias, net->norm_gain, net->norm_shift,
                      net->image.p,    net->conv_a.p, net->conv_b.p,  net->tokens.p,
                      net->qkv.p,      net->mixed.p,  net->up.p};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
    free(net->config.chars);
    be->free(be);
    free(net);
}

int recto_linenet_classes(const recto_linenet *net)
{
    return net->config.classes;
}

uint32_t recto_linenet_char(const recto_linenet *net, int cls)
{
    return cls > 0 && cls < net->config.classes ? net->config.chars[cls] : 0;
}

float recto_linenet_confidence(const recto_linenet *net, float prob)
{
    const float a = net->config.confidence_a;
    const float b = net->config.confidence_b;

    if (!(prob > 1e-6f))
        prob = 1e-6f;
    if (prob > 1.0f - 1e-6f)
        prob = 1.0f - 1e-6f;
    return 1.0f / (1.0f + expf(-(a * logf(prob / (1.0f - prob)) + b)));
}

const char *recto_linenet_kind(const recto_linenet *net)
{
    return net->backend->name;
}
