/* Where models lie: RECTO_MODEL_PATH (folders separated by colons), then recto/models in
 * XDG_DATA_HOME (or
 * ~/.local/share), then /usr/local/share/recto/models and /usr/share/recto/models.
 *
 * A folder of that list may be a model itself, or hold models as subfolders or GGUF files. */
#ifndef RECTO_PIPELINE_MODEL_FIND_H
#define RECTO_PIPELINE_MODEL_FIND_H

#include "core/arena.h"
#include "pipeline/vlm.h"

typedef enum recto_model_kind { RECTO_MODEL_LINE = 0, RECTO_MODEL_VLM } recto_model_kind;

typedef struct recto_model_place {
    const char *name; /* of the folder, or of the file without .gguf */
    const char *path;
    recto_model_kind kind; /* as the files that lie there suggest; they are not opened */
} recto_model_place;

/**
 * All models of the folders above, in their order, by name within one.
 *
 * out, n_out  in the arena
 *
 * Folders that are not there are passed over, but MODEL if one of RECTO_MODEL_PATH is not.  NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_model_find_all(recto_model_place **out, size_t *n_out,
                                                   recto_arena *a, recto_error *err);
/**
 * The VLM that a user means.
 *
 * name  a path, the name of a place, or that of a folder with a GGUF pair; NULL = the first VLM
 * found
 *
 * Errors: MODEL (none of that name; where was looked), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_model_find_vlm(const char **path_out, const char *name,
                                                   recto_arena *a, recto_error *err);
/**
 * The folder with another line reader than the embedded one: of RECTO_MODEL_PATH only.
 *
 * *dir_out  in the arena; NULL if none is named
 *
 * Errors: MODEL (a folder of RECTO_MODEL_PATH is not there), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_model_find_line(const char **dir_out, recto_arena *a,
                                                    recto_error *err);

#endif
