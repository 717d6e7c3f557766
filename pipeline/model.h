/* The line reader's model: embedded in the binary, or a folder named by the user. */
#ifndef RECTO_PIPELINE_MODEL_H
#define RECTO_PIPELINE_MODEL_H

#include "core/hash.h"
#include "text/prior.h"
#include "vision/linenet.h"

typedef struct recto_model recto_model;

/**
 * Load the model.
 *
 * dir   a folder that holds line-latin.safetensors and config.json, and may hold
 *       prior.safetensors; NULL = the one in the binary (see recto_model_find_line)
 *
 * Errors: MODEL (missing or unreadable files, shapes that do not fit), NOMEM, DEVICE.
 */
RECTO_MUST_CHECK recto_status recto_model_open(recto_model **out, const char *dir,
                                               recto_error *err);
void recto_model_close(recto_model *m); /* NULL is a no-op */
recto_linenet *recto_model_net(recto_model *m);
/** What text looks like, for the CTC beam; NULL if the folder has none. */
const recto_prior *recto_model_prior(const recto_model *m);
const char *recto_model_name(const recto_model *m);
/** SHA-256 of the weights, config and prior one after another, 64 hex digits. */
const char *recto_model_sha256(const recto_model *m);

#endif
