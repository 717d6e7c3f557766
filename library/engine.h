/* What an engine holds, for its jobs. */
#ifndef RECTO_LIBRARY_ENGINE_H
#define RECTO_LIBRARY_ENGINE_H

#include "core/arena.h"
#include "library/recto.h"
#include "pipeline/pagejob.h"

enum { RECTO_ENGINE_PASSWORDS = 64 };

/* Settings with what they point to.  A job's begin as a copy of its engine's. */
typedef struct recto_engine_settings {
    recto_options opt; /* without passwords: those lie beside it */
    const char *passwords[RECTO_ENGINE_PASSWORDS];
    int n_passwords;
    bool for_vlm; /* one of the VLM's was set */
} recto_engine_settings;

struct recto_engine {
    recto_arena *keep; /* its settings' texts */
    recto_engine_settings settings;
    recto_parsers *parsers;
    recto_budget *budget; /* of its pages; NULL = they are not rationed */
    int64_t max_memory;   /* as asked for; 0 = not said */
    recto_model_slot slot;
    bool sandbox, sandbox_engine; /* as asked for */
};

/**
 * Set what engines and jobs share: every setting of a run, and passwords.
 *
 * value  copied into keep
 *
 * Errors: ARG (the message names the setting and what it must be), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_engine_set(recto_engine_settings *settings, const char *name,
                                               const char *value, recto_arena *keep,
                                               recto_error *err);
/** The public code of a status. */
recto_code recto_engine_code(recto_status st);

#endif
