/* What a batch is to do: its documents, in a fixed order, each with a key and a place for its
 * outputs.
 *
 * A key names a document within the batch, whatever its content, jobs, shards and earlier runs:
 *   IN is a folder          the path below it: "2019/a.pdf"; with several folders, the folder's own
 * name in front ("in1/2019/a.pdf"), folders of one name numbered IN is a list            the path
 * as listed, without leading "/" and "./"; ".." resolved by text IN is a document        as a line
 * of a list Keys are unique: a document named twice is taken once. */
#ifndef RECTO_PIPELINE_PLAN_H
#define RECTO_PIPELINE_PLAN_H

#include "core/arena.h"
#include "core/deadline.h"
#include <stdint.h>

typedef struct recto_plan_item {
    const char *key;
    const char *path;   /* to open */
    const char *output; /* below OUT, without the form: "2019/a.pdf"; never leads out of OUT */
    const char *note;   /* why output is not the key: flat, collision, too long a name; or NULL */
    uint64_t size;
    int64_t mtime_ns;
    int original; /* index of the first item with the same bytes (--dedupe), else -1 */
    recto_status
        status; /* OK, or why it cannot be read at all (vanished, no permission, not a file) */
    const char *message;
} recto_plan_item;

typedef struct recto_plan_options {
    const char *folder; /* OUT: what lies in it is no input */
    bool flat;          /* all outputs in OUT itself */
    bool dedupe;
    bool hidden;                                 /* also names that begin with a dot */
    const char *const *include, *const *exclude; /* glob patterns on keys; an exclude wins */
    int n_include, n_exclude;
    int shard, n_shards;      /* 1-based; items of other shards are left out at the end */
    bool (*stop)(void *user); /* or NULL */
    void *user;
} recto_plan_options;

typedef struct recto_plan {
    recto_plan_item *items; /* by key */
    int n_items;
    int n_hidden, n_excluded; /* left out */
    int n_other_shards;
    recto_arena *arena;
} recto_plan;

/**
 * List the inputs.
 *
 * out     free with recto_plan_free
 * inputs  [n] folders (walked; links to folders are not followed), lists (text files of one path a
 * line, or "-" for standard input; \0 between paths works too), or documents
 *
 * Errors: IO (an input cannot be read at all), ARG, LIMIT, NOMEM, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_plan_read(recto_plan **out, const char *const *inputs, int n,
                                              const recto_plan_options *opt, recto_error *err);
void recto_plan_free(recto_plan *p); /* NULL is a no-op */

/** Which of n shards (1..n) a key falls to: a hash of the key alone. */
int recto_plan_shard(const char *key, int n);

#endif
