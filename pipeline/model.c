#include "pipeline/model.h"

#include "core/file.h"
#include "core/json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const uint8_t recto_embedded_weights[], recto_embedded_weights_end[];
extern const char recto_embedded_config[], recto_embedded_config_end[];
extern const uint8_t recto_embedded_prior[], recto_embedded_prior_end[];

struct recto_model {
    recto_bytes weights, config, prior_file; /* empty when embedded */
    recto_linenet *net;
    recto_prior *prior; /* NULL if the folder has none */
    char name[64];
    char sha256[RECTO_SHA256_HEX];
};

/* Read DIR/NAME; whatever goes wrong is a fault of the model pack. */
static recto_status read_part(recto_bytes *out, const char *dir, const char *name, recto_error *err)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return recto_error_set(err, RECTO_ERR_MODEL, "model path is too long");
    recto_status st = recto_bytes_read(out, path, (size_t)1 << 30, err);
    if (st == RECTO_OK || st == RECTO_ERR_NOMEM)
        return st;
    if (err != NULL)
        err->code = RECTO_ERR_MODEL;
    return recto_error_prefix(err, RECTO_ERR_MODEL, "RECTO_MODEL_PATH: ");
}

static void read_name(recto_model *m, const char *config, size_t len)
{
    recto_json *root = NULL;
    snprintf(m->name, sizeof m->name, "line-latin");
    if (recto_json_parse(&root, config, len, NULL) == RECTO_OK)
        snprintf(m->name, sizeof m->name, "%s", recto_json_text(root, "name", "line-latin"));
    recto_json_free(root);
}

/* The prior in the binary, or DIR/prior.safetensors; a folder may do without. */
static recto_status read_prior(recto_model *m, const char *dir, recto_error *err)
{
    const void *bytes = recto_embedded_prior;
    size_t size = (size_t)(recto_embedded_prior_end - recto_embedded_prior);
    if (dir != NULL) {
        recto_error missing = {0};
        recto_status st = read_part(&m->prior_file, dir, "prior.safetensors", &missing);
        if (st != RECTO_OK && missing.sys == ENOENT)
            return RECTO_OK;
        if (st != RECTO_OK)
            return recto_error_set(err, st, "%s", missing.msg);
        bytes = m->prior_file.data;
        size = m->prior_file.size;
    }
    return recto_prior_load(&m->prior, bytes, size, recto_linenet_classes(m->net), err);
}

recto_status recto_model_open(recto_model **out, const char *dir, recto_error *err)
{
    *out = NULL;
    recto_model *m = calloc(1, sizeof *m);
    if (m == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    const void *weights = recto_embedded_weights;
    size_t weights_size = (size_t)(recto_embedded_weights_end - recto_embedded_weights);
    const char *config = recto_embedded_config;
    size_t config_size = (size_t)(recto_embedded_config_end - recto_embedded_config);
    recto_status st = RECTO_OK;
    if (dir != NULL) {
        st = read_part(&m->weights, dir, "line-latin.safetensors", err);
        if (st == RECTO_OK)
            st = read_part(&m->config, dir, "config.json", err);
        weights = m->weights.data;
        weights_size = m->weights.size;
        config = (const char *)m->config.data;
        config_size = m->config.size;
    }
    if (st == RECTO_OK)
        st = recto_linenet_load(&m->net, weights, weights_size, config, config_size, err);
    if (st == RECTO_OK)
        st = read_prior(m, dir, err);
    if (st != RECTO_OK) {
        recto_model_close(m);
        return st;
    }
    read_name(m, config, config_size);
    recto_sha256(m->sha256, weights, weights_size);
    *out = m;
    return RECTO_OK;
}

void recto_model_close(recto_model *m)
{
    if (m == NULL)
        return;
    recto_linenet_free(m->net);
    recto_prior_free(m->prior);
    recto_bytes_close(&m->prior_file);
    recto_bytes_close(&m->weights);
    recto_bytes_close(&m->config);
    free(m);
}

recto_linenet *recto_model_net(recto_model *m)
{
    return m->net;
}

const recto_prior *recto_model_prior(const recto_model *m)
{
    return m->prior;
}

const char *recto_model_name(const recto_model *m)
{
    return m->name;
}

const char *recto_model_sha256(const recto_model *m)
{
    return m->sha256;
}
