/* Inside of recto_vlm, for the files that make it up. */
#ifndef RECTO_PIPELINE_VLM_PARTS_H
#define RECTO_PIPELINE_VLM_PARTS_H

#include "core/file.h"
#include "core/hash.h"
#include "kernels/weights_files.h"
#include "pipeline/vlm.h"
#include <pthread.h>
#include <stdatomic.h>

/* The small files of a checkpoint folder. */
enum {
    TEXT_CONFIG,
    TEXT_TOKENIZER,
    TEXT_TOKENIZER_CONFIG, /* may hold the chat template */
    TEXT_CHAT_TEMPLATE,
    TEXT_PREPROCESSOR,
    TEXT_PROCESSOR,
    TEXT_GENERATION,
    N_TEXTS
};

struct recto_vlm {
    char *path, *mmproj_path, *name;
    recto_weights_files *main;   /* of a folder: all; of GGUF: the language model */
    recto_weights_files *mmproj; /* of GGUF, else NULL */
    recto_bytes texts[N_TEXTS];
    recto_vlm_config config;
    recto_tokenizer *tokenizer;
    recto_vlm_marks marks;
    recto_error faults[RECTO_VLM_PART_COUNT];
    size_t n_tensors[RECTO_VLM_PART_COUNT];

    recto_vlm_file *files; /* [n_files], by name */
    size_t n_files;
    char (*file_sha256)[RECTO_SHA256_HEX]; /* [n_files], when hashed */
    char sha256[RECTO_SHA256_HEX];
    pthread_t hasher;
    bool hashing;                  /* a thread is at it */
    bool hashed;                   /* sha256 is known */
    bool (*hash_stop)(void *user); /* NULL, or asked by the thread */
    void *hash_user;
    atomic_bool hash_unwanted; /* the model is being closed */
    bool hash_stopped;         /* by the thread, read when it has ended */

    recto_backend *be;
    recto_vit *vit;
    recto_decoder *decoder;
};

/** The weights that the vision part is bound from. */
static inline const recto_weights *recto_vlm_vision_weights(const recto_vlm *m)
{
    return recto_weights_files_set(m->mmproj != NULL ? m->mmproj : m->main);
}

/* An image on its way through the model, step by step. */
typedef struct recto_vlm_steps {
    recto_vlm *m;
    const recto_vlm_job *job;
    const recto_vit_tap *tap;
    recto_tiles_rule rule;
    recto_tiles_grid grid;
    int n_tiles;
    float *pixels; /* [n_tiles, 3, S, S] */
    float *image;  /* [n_image, dim] */
    int n_image;   /* image tokens */
    int32_t *ids;  /* the request */
    int n_ids;
    int max_tokens; /* that fit */
    float *logits;  /* [n_vocab] */
    recto_generated answer;
} recto_vlm_steps;

/** Tiles, pixels, request and room; then the caller encodes (recto_vlm_steps_encode), reads the
 * request (_read) and generates (_generate).  Free with recto_vlm_steps_free after any outcome. */
RECTO_MUST_CHECK recto_status recto_vlm_steps_begin(recto_vlm_steps *s, recto_vlm *m,
                                                    const recto_image *image,
                                                    const recto_vlm_job *job, recto_error *err);
RECTO_MUST_CHECK recto_status recto_vlm_steps_encode(recto_vlm_steps *s, recto_error *err);
RECTO_MUST_CHECK recto_status recto_vlm_steps_read(recto_vlm_steps *s, recto_error *err);
RECTO_MUST_CHECK recto_status recto_vlm_steps_generate(recto_vlm_steps *s, recto_error *err);
void recto_vlm_steps_free(recto_vlm_steps *s);

#endif
