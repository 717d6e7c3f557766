#include "pipeline/model.h"

#include "core/buf.h"
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

/* The bytes of one part, wherever they come from. */
typedef struct part {
    const void *bytes;
    size_t size;
} part;

enum { WEIGHTS, CONFIG, PRIOR, N_PARTS };

static void embedded_parts(part parts[N_PARTS])
{
    parts[WEIGHTS] = (part){recto_embedded_weights,
                            (size_t)(recto_embedded_weights_end - recto_embedded_weights)};
    parts[CONFIG] =
        (part){recto_embedded_config, (size_t)(recto_embedded_config_end - recto_embedded_config)};
    parts[PRIOR] =
        (part){recto_embedded_prior, (size_t)(recto_embedded_prior_end - recto_embedded_prior)};
}

/* The files of a folder, which may do without the prior. */
static recto_status read_parts(part parts[N_PARTS], recto_model *m, const char *dir,
                               recto_error *err)
{
    recto_error missing = {0};
    recto_status st = read_part(&m->weights, dir, "line-latin.safetensors", err);
    if (st == RECTO_OK)
        st = read_part(&m->config, dir, "config.json", err);
    if (st != RECTO_OK)
        return st;
    st = read_part(&m->prior_file, dir, "prior.safetensors", &missing);
    if (st != RECTO_OK && missing.sys != ENOENT)
        return recto_error_set(err, st, "%s", missing.msg);
    parts[WEIGHTS] = (part){m->weights.data, m->weights.size};
    parts[CONFIG] = (part){m->config.data, m->config.size};
    parts[PRIOR] = (part){m->prior_file.data, m->prior_file.size};
    return RECTO_OK;
}

/* All that changes what is read: the parts one after another. */
static recto_status hash_parts(recto_model *m, const part parts[N_PARTS], recto_error *err)
{
    recto_buf all = RECTO_BUF_INIT;
    for (int i = 0; i < N_PARTS; i++)
        recto_buf_add(&all, parts[i].bytes, parts[i].size);
    recto_status st = recto_buf_status(&all, err);
    if (st == RECTO_OK)
        recto_sha256(m->sha256, all.data, all.len);
    recto_buf_free(&all);
    return st;
}

recto_status recto_model_open(recto_model **out, const char *dir, recto_error *err)
{
    *out = NULL;
    recto_model *m = calloc(1, sizeof *m);
    if (m == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    part parts[N_PARTS] = {{NULL, 0}};
    recto_status st = RECTO_OK;
    if (dir != NULL)
        st = read_parts(parts, m, dir, err);
    else
        embedded_parts(parts);
    if (st == RECTO_OK)
        st = recto_linenet_load(&m->net, parts[WEIGHTS].bytes, parts[WEIGHTS].size,
                                parts[CONFIG].bytes, parts[CONFIG].size, err);
    if (st == RECTO_OK && parts[PRIOR].bytes != NULL)
        st = recto_prior_load(&m->prior, parts[PRIOR].bytes, parts[PRIOR].size,
                              recto_linenet_classes(m->net), err);
    if (st == RECTO_OK)
        st = hash_parts(m, parts, err);
    if (st != RECTO_OK) {
        recto_model_close(m);
        return st == RECTO_ERR_NOMEM || st == RECTO_ERR_DEVICE || st == RECTO_ERR_MODEL
                   ? st
                   : recto_error_prefix(err, RECTO_ERR_MODEL, "the line reader's model: ");
    }
    read_name(m, parts[CONFIG].bytes, parts[CONFIG].size);
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
