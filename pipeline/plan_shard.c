/* Shards: which documents one of several equal runs takes, and which run this one is. */
#include "core/hash.h"
#include "pipeline/plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHARDS = 1000000 };

int recto_plan_shard(const char *key, int n)
{
    char hex[RECTO_SHA256_HEX];
    uint64_t bits = 0;
    recto_sha256(hex, key, strlen(key));
    for (int i = 0; i < 16; i++)
        bits = bits << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    return (int)(bits % (uint64_t)n) + 1;
}

/* Digits to the end of text or to `end`; false if there is anything else. */
static bool parse_number(int *out, const char *text, char end)
{
    long value = 0;
    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (*text - '0');
        if (value > INT_MAX)
            return false;
    }
    *out = (int)value;
    return *text == end;
}

/* A number of the environment; 1 found, 0 not set, -1 no number. */
static int environment(int *out, const char *name)
{
    const char *text = getenv(name);
    if (text == NULL || *text == '\0')
        return 0;
    return parse_number(out, text, '\0') ? 1 : -1;
}

static recto_status odd(const char *name, recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_ARG, "--shard auto: %s is set, but is no number", name);
}

/* n: 0, or the number of shards that was given. */
static recto_status from_slurm(int *k, int *n, int id, recto_error *err)
{
    int first = 1, step = 1, count = 0;
    if (environment(&first, "SLURM_ARRAY_TASK_MIN") < 0)
        return odd("SLURM_ARRAY_TASK_MIN", err);
    if (*n > 0) {
        if (first == 0 || id < 1 || id > *n)
            return recto_error_set(err, RECTO_ERR_ARG,
                                   "--shard auto/%d counts array tasks from 1 to %d, but this is "
                                   "task %d of an array from %d: submit with --array=1-%d",
                                   *n, *n, id, first, *n);
        *k = id;
        return RECTO_OK;
    }
    if (environment(&count, "SLURM_ARRAY_TASK_COUNT") != 1 || count < 1)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "--shard auto: SLURM_ARRAY_TASK_ID is set, but not "
                               "SLURM_ARRAY_TASK_COUNT: give the number, --shard auto/N");
    if (environment(&step, "SLURM_ARRAY_TASK_STEP") < 0 || step < 1)
        return odd("SLURM_ARRAY_TASK_STEP", err);
    if (id < first || (id - first) % step != 0 || (id - first) / step >= count)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "--shard auto: task %d does not fit an array of %d from %d in steps "
                               "of %d: submit with --array=1-N, or give --shard auto/N",
                               id, count, first, step);
    *k = (id - first) / step + 1;
    *n = count;
    return RECTO_OK;
}

static recto_status from_kubernetes(int *k, int *n, int index, recto_error *err)
{
    if (*n == 0) {
        int found = environment(n, "JOB_COMPLETIONS");
        if (found < 0)
            return odd("JOB_COMPLETIONS", err);
        if (found == 0)
            return recto_error_set(err, RECTO_ERR_ARG,
                                   "--shard auto: JOB_COMPLETION_INDEX is set, but Kubernetes does "
                                   "not say of how many: set JOB_COMPLETIONS in the Job, or give "
                                   "--shard auto/N");
    }
    if (index >= *n)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "--shard auto: JOB_COMPLETION_INDEX is %d (from 0), but there are "
                               "only %d shards",
                               index, *n);
    *k = index + 1;
    return RECTO_OK;
}

static recto_status from_environment(int *k, int *n, recto_error *err)
{
    int id = 0;
    int slurm = environment(&id, "SLURM_ARRAY_TASK_ID");
    if (slurm < 0)
        return odd("SLURM_ARRAY_TASK_ID", err);
    if (slurm > 0)
        return from_slurm(k, n, id, err);
    int kubernetes = environment(&id, "JOB_COMPLETION_INDEX");
    if (kubernetes < 0)
        return odd("JOB_COMPLETION_INDEX", err);
    if (kubernetes > 0)
        return from_kubernetes(k, n, id, err);
    return recto_error_set(err, RECTO_ERR_ARG,
                           "--shard auto: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is "
                           "set: give --shard K/N");
}

recto_status recto_plan_shard_parse(int *shard_out, int *n_shards_out, const char *text,
                                    recto_error *err)
{
    int k = 0, n = 0;
    const char *slash = strchr(text, '/');
    bool from_env = strcmp(text, "auto") == 0 || strncmp(text, "auto/", 5) == 0;
    *shard_out = *n_shards_out = 0;
    if (slash != NULL && (!parse_number(&n, slash + 1, '\0') || n == 0))
        return recto_error_set(err, RECTO_ERR_ARG,
                               "--shard wants K/N with K from 1 to N, or auto, or auto/N");
    if (from_env) {
        recto_status st = from_environment(&k, &n, err);
        if (st != RECTO_OK)
            return st;
    } else if (slash == NULL || !parse_number(&k, text, '/') || k < 1 || k > n) {
        return recto_error_set(err, RECTO_ERR_ARG,
                               "--shard wants K/N with K from 1 to N, or auto, or auto/N");
    }
    if (n > MOST_SHARDS)
        return recto_error_set(err, RECTO_ERR_ARG, "--shard: at most %d shards", MOST_SHARDS);
    *shard_out = k;
    *n_shards_out = n;
    return RECTO_OK;
}
