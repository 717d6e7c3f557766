/* From the name a user gives to a loaded VLM. */
#ifndef RECTO_PIPELINE_VLM_START_H
#define RECTO_PIPELINE_VLM_START_H

#include "pipeline/options.h"
#include "pipeline/vlm.h"

/**
 * Find, open, check and load a model.
 *
 * out   close with recto_vlm_close; NULL on error
 * name  as recto_model_find_vlm takes it
 * job   what will be asked of it: memory is checked for that
 * opt   vlm.mmproj and vlm.kind; stop ends the loading
 *
 * Errors: of recto_model_find_vlm, recto_vlm_open and recto_vlm_load, with "model: " in front.
 */
RECTO_MUST_CHECK recto_status recto_vlm_start(recto_vlm **out, const char *name,
                                              const recto_vlm_job *job, const recto_options *opt,
                                              recto_error *err);

#endif
