/* What models are and whether their files are in order, as text or as one JSON object a line. */
#ifndef RECTO_PIPELINE_MODEL_REPORT_H
#define RECTO_PIPELINE_MODEL_REPORT_H

#include "core/buf.h"
#include "pipeline/vlm.h"

/** The models that are found, one line each; the embedded line reader first.  Errors: MODEL, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_model_report_list(recto_buf *out, bool json, recto_error *err);
/**
 * What a model is: kind, shapes, number formats, tokenizer, tiles, memory.
 *
 * name  path or name of a VLM, or "line-latin" for the line reader in use
 *
 * Faulty parts are told in place of what they would say.  Errors: MODEL (not there), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_model_report_info(recto_buf *out, const char *name,
                                                      const char *mmproj, bool json,
                                                      recto_error *err);
/**
 * Check every part and hash every file; where SHA256SUMS lies in the folder, or beside the
 * GGUF file, compare.
 *
 * *n_faults_out  parts and files that are not in order
 *
 * Errors: MODEL (not there), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_model_report_verify(recto_buf *out, int *n_faults_out,
                                                        const char *name, const char *mmproj,
                                                        bool json, recto_error *err);

#endif
