/* A trace: every stage of one image's way through the model, so that anyone can compare it with the
 * reference. */
#include "kernels/weights_write.h"
#include "pipeline/vlm.h"
#include "pipeline/vlm_parts.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct trace {
    recto_weights_writer *w;
    uint64_t layer_numbers; /* of one tile and layer: (1+P) * D */
} trace;

static void layer_name(char out[32], int layer)
{
    if (layer < 0)
        snprintf(out, 32, "vit.patch");
    else
        snprintf(out, 32, "vit.layer.%d", layer);
}

static recto_status put_layer(void *user, int tile, int layer, const float *x, recto_error *err)
{
    trace *t = user;
    char name[32];
    layer_name(name, layer);
    return recto_weights_writer_put(t->w, name, (uint64_t)tile * t->layer_numbers, x,
                                    t->layer_numbers, err);
}

static recto_status declare(trace *t, const char *name, recto_dtype dtype, uint64_t a, uint64_t b,
                            uint64_t c, uint64_t d, recto_error *err)
{
    const uint64_t dims[4] = {a, b, c, d};
    int n = d > 0 ? 4 : c > 0 ? 3 : b > 0 ? 2 : 1;
    return recto_weights_writer_add(t->w, name, dtype, dims, n, err);
}

/* All stages; the answer is made shorter when it is known. */
static recto_status declare_stages(trace *t, const recto_vlm_steps *s, recto_error *err)
{
    const recto_vlm_config *c = &s->m->config;
    uint64_t tiles = (uint64_t)s->n_tiles, side = (uint64_t)c->tiles.size;
    uint64_t grid = (uint64_t)(c->vit.image_size / c->vit.patch_size);
    uint64_t tokens = 1 + grid * grid, dim = (uint64_t)c->vit.dim;
    t->layer_numbers = tokens * dim;
    recto_status st = declare(t, "pixels", RECTO_DTYPE_F32, tiles, 3, side, side, err);
    if (st == RECTO_OK)
        st = declare(t, "prompt_ids", RECTO_DTYPE_I32, (uint64_t)s->n_ids, 0, 0, 0, err);
    for (int layer = -1; layer < c->vit.n_layers && st == RECTO_OK; layer++) {
        char name[32];
        layer_name(name, layer);
        st = declare(t, name, RECTO_DTYPE_F32, tiles, tokens, dim, 0, err);
    }
    if (st == RECTO_OK)
        st = declare(t, "projector", RECTO_DTYPE_F32, (uint64_t)s->n_image,
                     (uint64_t)c->decoder.dim, 0, 0, err);
    if (st == RECTO_OK)
        st = declare(t, "lm.logits", RECTO_DTYPE_F32, (uint64_t)c->decoder.n_vocab, 0, 0, 0, err);
    if (st == RECTO_OK)
        st = declare(t, "tokens", RECTO_DTYPE_I32, (uint64_t)s->max_tokens, 0, 0, 0, err);
    if (st == RECTO_OK)
        st = recto_weights_writer_meta(t->w, "recto", RECTO_VERSION, err);
    if (st == RECTO_OK)
        st = recto_weights_writer_meta(t->w, "backend", s->m->be->name, err);
    return st;
}

static recto_status put_request(trace *t, const recto_vlm_steps *s, recto_error *err)
{
    uint64_t side = (uint64_t)s->m->config.tiles.size;
    recto_status st = recto_weights_writer_put(t->w, "pixels", 0, s->pixels,
                                               (uint64_t)s->n_tiles * 3 * side * side, err);
    if (st == RECTO_OK)
        st = recto_weights_writer_put(t->w, "prompt_ids", 0, s->ids, (uint64_t)s->n_ids, err);
    return st;
}

static recto_status put_answer(trace *t, const recto_vlm_steps *s, recto_error *err)
{
    uint64_t n = (uint64_t)s->answer.n;
    recto_status st = recto_weights_writer_put(t->w, "tokens", 0, s->answer.ids, n, err);
    return st == RECTO_OK ? recto_weights_writer_shrink(t->w, "tokens", n, err) : st;
}

static recto_status run_stages(trace *t, recto_vlm_steps *s, recto_error *err)
{
    const recto_vlm_config *c = &s->m->config;
    recto_status st = declare_stages(t, s, err);
    if (st == RECTO_OK)
        st = put_request(t, s, err);
    if (st == RECTO_OK)
        st = recto_vlm_steps_encode(s, err);
    if (st == RECTO_OK)
        st = recto_weights_writer_put(t->w, "projector", 0, s->image,
                                      (uint64_t)s->n_image * (uint64_t)c->decoder.dim, err);
    if (st == RECTO_OK)
        st = recto_vlm_steps_read(s, err);
    if (st == RECTO_OK) /* generation overwrites them */
        st = recto_weights_writer_put(t->w, "lm.logits", 0, s->logits, (uint64_t)c->decoder.n_vocab,
                                      err);
    if (st == RECTO_OK)
        st = recto_vlm_steps_generate(s, err);
    return st == RECTO_OK ? put_answer(t, s, err) : st;
}

/* Is it the file that is called name in a folder, or beside a file? */
static bool lies_there(const struct stat *file, const char *place, const char *name)
{
    char path[4096];
    struct stat st;
    const char *slash = strrchr(place, '/');
    bool folder = stat(place, &st) == 0 && S_ISDIR(st.st_mode);
    int len = folder ? (int)strlen(place) : slash != NULL ? (int)(slash - place) + 1 : 0;
    int n = snprintf(path, sizeof path, "%.*s%s%s", len, place, folder ? "/" : "", name);
    return n > 0 && (size_t)n < sizeof path && stat(path, &st) == 0 && st.st_dev == file->st_dev &&
           st.st_ino == file->st_ino;
}

static bool is_file_of_model(const recto_vlm *m, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    for (size_t i = 0; i < m->n_files; i++)
        if (lies_there(&st, m->path, m->files[i].name) ||
            (m->mmproj_path != NULL && lies_there(&st, m->mmproj_path, m->files[i].name)))
            return true;
    return false;
}

recto_status recto_vlm_trace(recto_vlm *m, const recto_image *image, const recto_vlm_job *job,
                             const char *path, recto_error *err)
{
    recto_vlm_steps s;
    trace t = {0};
    const recto_vit_tap tap = {put_layer, &t};
    if (is_file_of_model(m, path))
        return recto_error_set(
            err, RECTO_ERR_OUTPUT,
            "the trace '%s' would overwrite a file of the model; give -o another "
            "file",
            path);
    recto_status st = recto_vlm_steps_begin(&s, m, image, job, err);
    s.tap = &tap;
    if (st == RECTO_OK)
        st = recto_weights_writer_open(&t.w, path, err);
    if (st == RECTO_OK)
        st = run_stages(&t, &s, err);
    recto_vlm_steps_free(&s);
    if (st == RECTO_OK)
        return recto_weights_writer_commit(t.w, err);
    recto_weights_writer_abort(t.w);
    return st;
}
