#include "library/engine.h"

#include "pipeline/sandbox.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A parser's, if nothing is said: far beyond what sound documents take. */
static const size_t PARSER_BYTES = (size_t)4 << 30;

static recto_status set_password(recto_engine_settings *settings, const char *value,
                                 recto_arena *keep, recto_error *err)
{
    if (settings->n_passwords == RECTO_ENGINE_PASSWORDS)
        return recto_error_set(err, RECTO_ERR_ARG, "more than %d passwords",
                               RECTO_ENGINE_PASSWORDS);
    const char *copy = recto_arena_text(keep, value, strlen(value));
    if (copy == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    settings->passwords[settings->n_passwords++] = copy;
    return RECTO_OK;
}

recto_status recto_engine_set(recto_engine_settings *settings, const char *name, const char *value,
                              recto_arena *keep, recto_error *err)
{
    if (name == NULL || value == NULL)
        return recto_error_set(err, RECTO_ERR_ARG, "a setting needs a name and a value");
    if (strcmp(name, "password") == 0)
        return set_password(settings, value, keep, err);
    if (!recto_options_known(name))
        return recto_error_set(err, RECTO_ERR_ARG, "there is no setting '%.40s'", name);
    recto_options changed = settings->opt; /* what is refused changes nothing */
    const char *copy = recto_arena_text(keep, value, strlen(value));
    if (copy == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    const char *wanted = recto_options_set(&changed, name, copy);
    if (wanted != NULL)
        return recto_error_set(err, RECTO_ERR_ARG, "%s must be %s, not '%.40s'", name, wanted,
                               value);
    settings->opt = changed;
    settings->for_vlm = settings->for_vlm || recto_options_for_vlm(name);
    return RECTO_OK;
}

static recto_status set_switch(bool *out, const char *name, const char *value, recto_error *err)
{
    *out = value != NULL && strcmp(value, "yes") == 0;
    if (*out || (value != NULL && strcmp(value, "no") == 0))
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_ARG, "%s must be yes or no", name);
}

static recto_status set_memory(int64_t *out, const char *value, recto_error *err)
{
    if (recto_options_count(out, value, 1000000, (int64_t)1 << 50))
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_ARG, "max-memory must be a number of bytes, such as 2G");
}

static recto_status set_all(recto_engine *e, const char *const *settings, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (; settings != NULL && st == RECTO_OK && *settings != NULL; settings += 2) {
        const char *name = settings[0], *value = settings[1];
        if (value == NULL)
            st = recto_error_set(err, RECTO_ERR_ARG, "the setting '%.40s' lacks its value", name);
        else if (strcmp(name, "sandbox") == 0)
            st = set_switch(&e->sandbox, name, value, err);
        else if (strcmp(name, "sandbox-engine") == 0)
            st = set_switch(&e->sandbox_engine, name, value, err);
        else if (strcmp(name, "max-memory") == 0)
            st = set_memory(&e->max_memory, value, err);
        else
            st = recto_engine_set(&e->settings, name, value, e->keep, err);
    }
    e->settings.for_vlm = false; /* a model may be there for some of the jobs */
    return st;
}

static recto_status restrict_caller(recto_error *err)
{
    recto_sandbox_no_dumps();
    return recto_sandbox_enter(RECTO_SANDBOX_ENGINE, err);
}

static recto_status start(recto_engine *e, recto_error *err)
{
    const recto_parsers_options parsers = {.sandbox = e->sandbox,
                                           .memory_bytes = e->max_memory > 0 ? (size_t)e->max_memory
                                                                             : PARSER_BYTES};
    recto_status st = recto_parsers_start(&e->parsers, &parsers, err);
    if (st != RECTO_OK)
        return st;
    e->settings.opt.parsers = e->parsers;
    e->settings.opt.unsandboxed = !e->sandbox; /* the outputs say so */
    if (e->max_memory > 0) {
        e->budget = recto_budget_new((uint64_t)e->max_memory);
        if (e->budget == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        e->settings.opt.budget = e->budget;
    }
    return e->sandbox_engine ? restrict_caller(err) : RECTO_OK;
}

recto_code recto_engine_open(recto_engine **out, const char *const *settings, char *message,
                             size_t message_size)
{
    recto_error err = {0};
    recto_engine *e = calloc(1, sizeof *e);
    recto_status st = RECTO_OK;
    if (e != NULL)
        e->keep = recto_arena_new(0, 0);
    if (e == NULL || e->keep == NULL) {
        st = recto_error_set(&err, RECTO_ERR_NOMEM, "out of memory");
    } else {
        recto_options_defaults(&e->settings.opt);
        e->sandbox = true;
        st = set_all(e, settings, &err);
    }
    if (st == RECTO_OK)
        st = start(e, &err);
    if (st != RECTO_OK) {
        recto_engine_close(e);
        e = NULL;
    }
    *out = e;
    if (message != NULL && message_size > 0)
        snprintf(message, message_size, "%s", err.msg);
    return recto_engine_code(st);
}

void recto_engine_close(recto_engine *engine)
{
    if (engine == NULL)
        return;
    recto_model_slot_close(&engine->slot);
    recto_parsers_stop(engine->parsers);
    recto_budget_free(engine->budget);
    recto_arena_free(engine->keep);
    free(engine);
}

/* The public numbers stay what they are, whatever happens to the internal ones. */
recto_code recto_engine_code(recto_status st)
{
    static const recto_code codes[] = {
        [RECTO_OK] = RECTO_CODE_OK,
        [RECTO_ERR_NOMEM] = RECTO_CODE_NOMEM,
        [RECTO_ERR_IO] = RECTO_CODE_IO,
        [RECTO_ERR_OUTPUT] = RECTO_CODE_OUTPUT,
        [RECTO_ERR_ARG] = RECTO_CODE_ARGUMENT,
        [RECTO_ERR_FORMAT] = RECTO_CODE_FORMAT,
        [RECTO_ERR_UNSUPPORTED] = RECTO_CODE_UNSUPPORTED,
        [RECTO_ERR_ENCRYPTED] = RECTO_CODE_ENCRYPTED,
        [RECTO_ERR_LIMIT] = RECTO_CODE_LIMIT,
        [RECTO_ERR_MODEL] = RECTO_CODE_MODEL,
        [RECTO_ERR_DEVICE] = RECTO_CODE_DEVICE,
        [RECTO_ERR_CANCELLED] = RECTO_CODE_CANCELLED,
        [RECTO_ERR_TIMEOUT] = RECTO_CODE_TIMEOUT,
        [RECTO_ERR_CRASH] = RECTO_CODE_CRASH,
    };
    return codes[st];
}
