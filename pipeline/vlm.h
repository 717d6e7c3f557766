/* The vision-language model: a checkpoint opened, checked, loaded and asked about pages.
 *
 * A checkpoint is a folder as published (config.json, *.safetensors, tokenizer.json, image
 * processor files), a folder with two GGUF files, or an LLM GGUF file with its mmproj file.  See
 * docs/MODELS.md. */
#ifndef RECTO_PIPELINE_VLM_H
#define RECTO_PIPELINE_VLM_H

#include "pipeline/vlm_config.h"
#include "pipeline/vlm_prompt.h"
#include "text/doc.h"
#include "text/generate.h"

typedef struct recto_vlm recto_vlm;

typedef struct recto_vlm_source {
    const char *path;   /* a folder, or a GGUF file */
    const char *mmproj; /* of a GGUF file; NULL = the one mmproj*.gguf beside it */
} recto_vlm_source;

/* The parts of a checkpoint, in the order in which they are looked at. */
typedef enum recto_vlm_part {
    RECTO_VLM_WEIGHTS = 0, /* files are whole and well formed */
    RECTO_VLM_CONFIG,
    RECTO_VLM_TOKENIZER, /* it loads and has the tokens that requests need */
    RECTO_VLM_VISION,    /* every tensor is there and has the shape that the config says */
    RECTO_VLM_LANGUAGE,
    RECTO_VLM_PART_COUNT
} recto_vlm_part;

/**
 * Open a checkpoint: read its texts, map its weights, check all shapes.  Nothing is packed.
 *
 * out     close with recto_vlm_close
 * faults  [RECTO_VLM_PART_COUNT] or NULL: what is wrong with each part (code RECTO_OK: nothing);
 * with it a faulty checkpoint is opened as far as it goes, for reports, and only NOMEM and a path
 * where no model is are errors
 *
 * Errors: MODEL for whatever is wrong with the files (one line: part, tensor or key, what to do),
 * NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_vlm_open(recto_vlm **out, const recto_vlm_source *source,
                                             recto_error *faults, recto_error *err);
void recto_vlm_close(recto_vlm *m); /* NULL is a no-op */

const recto_vlm_config *recto_vlm_config_of(const recto_vlm *m);
const recto_tokenizer *recto_vlm_tokenizer(const recto_vlm *m); /* NULL if it could not be loaded */
/** The folder's or file's name, cleaned. */
const char *recto_vlm_name(const recto_vlm *m);
/** Tensors bound by the vision and the language part. */
size_t recto_vlm_n_tensors(const recto_vlm *m, recto_vlm_part part);
/** Tensors in shards that the index does not list; they are used none the less. */
size_t recto_vlm_n_unlisted(const recto_vlm *m);
/** Numbers in all tensors. */
uint64_t recto_vlm_n_weights(const recto_vlm *m);
/** "BF16", "Q4_K, Q6_K, F32", most bytes first, appended to out. */
void recto_vlm_dtypes(recto_buf *out, const recto_vlm *m);

/* A file that the model consists of. */
typedef struct recto_vlm_file {
    const char *name; /* without folder */
    const void *bytes;
    size_t size;
} recto_vlm_file;
size_t recto_vlm_n_files(const recto_vlm *m);
recto_vlm_file recto_vlm_file_at(const recto_vlm *m, size_t i); /* sorted by name */

/** Begin to hash the files on a thread of their own, so that it is done when it is asked for.
 * stop(user), if not NULL, is asked on that thread and ends it. */
void recto_vlm_hash_start(recto_vlm *m, bool (*stop)(void *user), void *user);
/**
 * SHA-256 that names the model: of the lines "HEX  NAME\n" that sha256sum prints for its files in
 * the order of their names (bytewise).  Waits until it is known; NULL if out of memory or stopped.
 */
const char *recto_vlm_sha256(recto_vlm *m);
/** SHA-256 of file i, after recto_vlm_sha256. */
const char *recto_vlm_file_sha256(const recto_vlm *m, size_t i);

/** Bytes that loading and answering with n_positions of context take with that kind of back end;
 * the files' own pages, which the system can drop, are not counted. */
uint64_t recto_vlm_bytes(const recto_vlm *m, const recto_backend *be, int n_positions);

typedef struct recto_vlm_load_options {
    recto_backend_kind kind;  /* AUTO = recto_backend_for_large */
    int n_threads;            /* 0 = OMP_NUM_THREADS, else the cores this process may use */
    int n_positions;          /* of context that will be used, for the check of memory */
    bool (*stop)(void *user); /* true ends with CANCELLED; may be NULL */
    void *user;
} recto_vlm_load_options;

/**
 * Pack the weights for this machine, after checking that they fit in its memory.
 *
 * Errors: MODEL (too little memory, with the figures; a part is faulty), NOMEM, DEVICE,
 * UNSUPPORTED, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_vlm_load(recto_vlm *m, const recto_vlm_load_options *opt,
                                             recto_error *err);
/**
 * Are all numbers of the weights finite?  Reads every byte: seconds for a model of 9 GB.
 *
 * Errors: MODEL (the first tensor with one that is not), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_vlm_check_numbers(const recto_vlm *m, recto_error *err);
/** "onednn bf16"...; NULL before loading. */
const char *recto_vlm_backend_name(const recto_vlm *m);

/* What is to be done with an image. */
typedef struct recto_vlm_job {
    recto_vlm_task task;
    const char *text;   /* ASK: the question; else NULL, or a prompt instead of the task's own */
    const char *system; /* system message; NULL = the chat template's default */
    bool think;         /* Layout-as-Thought */
    int min_tiles, max_tiles; /* 0 = the model's own */
    bool page_tiles;          /* the page default of recto_tiles_for_page, if min_tiles is 0 */
    int max_tokens;           /* of the answer; what the context leaves at most */
    bool watch_loops;
    bool (*stop)(void *user); /* true ends with CANCELLED; may be NULL */
    void *user;
} recto_vlm_job;

typedef struct recto_vlm_answer {
    char *text; /* UTF-8 with the model's own markup, NUL-terminated, malloc */
    size_t len;
    recto_generate_end end; /* LOOP: the text ends before the repetition */
    recto_vlm_facts facts;
} recto_vlm_answer;

/** Positions of context that a job may use with the most tiles it can get. */
int recto_vlm_positions(const recto_vlm *m, const recto_vlm_job *job);
/** The tiles an image gets. */
recto_tiles_grid recto_vlm_grid(const recto_vlm *m, int width, int height,
                                const recto_vlm_job *job);
/**
 * Show the loaded model an image and take its answer.
 *
 * image  1 or 3 channels
 *
 * Errors: LIMIT (image and prompt do not fit in the model's context), UNSUPPORTED (think), NOMEM,
 * DEVICE, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_vlm_ask(recto_vlm_answer *out, recto_vlm *m,
                                            const recto_image *image, const recto_vlm_job *job,
                                            recto_error *err);
void recto_vlm_answer_free(recto_vlm_answer *a);

/**
 * Show the loaded model an image and write every stage as float32 or int32 tensors to a safetensors
 * file: pixels [tiles,3,H,W], prompt_ids [n], vit.patch [tiles,1+P,D] (after positions),
 * vit.layer.0..., projector [n,D], lm.logits [V] (of the first generated position), tokens
 * [generated].
 *
 * job->max_tokens  tokens to generate at most; loops are not watched
 *
 * Errors: as recto_vlm_ask, OUTPUT.
 */
RECTO_MUST_CHECK recto_status recto_vlm_trace(recto_vlm *m, const recto_image *image,
                                              const recto_vlm_job *job, const char *path,
                                              recto_error *err);

#endif
