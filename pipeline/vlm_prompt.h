/* What the VLM is asked: the documented prompts, and the token ids of a whole request (ChatML). */
#ifndef RECTO_PIPELINE_VLM_PROMPT_H
#define RECTO_PIPELINE_VLM_PROMPT_H

#include "text/tokenizer.h"

typedef enum recto_vlm_task {
    RECTO_VLM_DOCUMENT = 0, /* the page to Markdown */
    RECTO_VLM_TABLE,
    RECTO_VLM_FORMULA,
    RECTO_VLM_TEXT,
    RECTO_VLM_LAYOUT, /* boxes and kinds as JSON */
    RECTO_VLM_CHART,
    RECTO_VLM_ASK, /* a question of the user's */
    RECTO_VLM_TASK_COUNT
} recto_vlm_task;

enum { RECTO_VLM_MAX_TOKENS = 4096 }; /* of an answer, if nobody says: a dense page's worth */

/** "document", "table"... */
const char *recto_vlm_prompt_name(recto_vlm_task task);
/** The prompt of a task; NULL for ASK. */
const char *recto_vlm_prompt_text(recto_vlm_task task);

/* Ids of the tokens that requests are made of, found by their names. */
typedef struct recto_vlm_marks {
    int32_t im_start, im_end, img, img_end, context;
    int32_t think; /* -1: this model has none */
} recto_vlm_marks;

/** Errors: MODEL (the tokenizer lacks one: which). */
RECTO_MUST_CHECK recto_status recto_vlm_prompt_marks(recto_vlm_marks *out, const recto_tokenizer *t,
                                                     recto_error *err);

typedef struct recto_vlm_request {
    const char *text;   /* what is asked; tokens' names in it are plain text */
    const char *system; /* NULL or "" = none */
    int n_image_tokens; /* 0 = no image */
    bool think;         /* end the question with <think> */
} recto_vlm_request;

/**
 * The ids of a request, ready to be answered.
 *
 * ids_out  malloc, n_out of them
 *
 * Errors: NOMEM, LIMIT, UNSUPPORTED (think asked of a model without <think>).
 */
RECTO_MUST_CHECK recto_status recto_vlm_prompt_ids(int32_t **ids_out, int *n_out,
                                                   const recto_tokenizer *t,
                                                   const recto_vlm_marks *marks,
                                                   const recto_vlm_request *request,
                                                   recto_error *err);

#endif
