/* What a batch is to do: its documents, in a fixed order, each with a key and a place for its
 * outputs.
 *
 * A key names a document within the batch, whatever its content, jobs, shards and earlier runs:
 *
 *   IN is a folder    the path below it: "2019/a.pdf"; with several folders the folder's own name
 *                     in front ("in1/2019/a.pdf"), folders of one name numbered ("in1~2/...")
 *   IN is a list      the path as listed, without leading "/" and "./", ".." resolved by text
 *                     (a ".." that leads out of the current folder stays, as "%2E%2E"); a listed
 *                     folder is walked
 *   IN is a document  as a line of a list
 *
 * File names are bytes, keys are UTF-8 text: bytes that are not UTF-8, controls, line separators
 * and bidi overrides become "%XX", and a "%" that stands before two upper-case hex digits "%25", so
 * that a key can be turned back.  Keys are unique: a document named twice is taken once, a link to
 * a document that is in the plan under its own name is not taken again, and two documents that
 * would share a key (a.pdf in a folder and in a list) are told apart by a hash of the path of the
 * one given later: "a.pdf~0123456789abcdef".
 *
 * The place of the outputs follows from the key alone, so that neither shards nor files that come
 * and go rename anything.  It is the key, but for: a name too long for its endings (cut, and a hash
 * of the key behind it), names that Recto itself uses in OUT ("~" in front), folders that end like
 * an output (x.pdf.md/: "~" behind), and flat, where "2019/a.pdf" becomes "2019~a.pdf". */
#ifndef RECTO_PIPELINE_PLAN_H
#define RECTO_PIPELINE_PLAN_H

#include "core/arena.h"
#include "core/deadline.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct recto_plan_item {
    const char *key;    /* ends in "/" for a folder that cannot be read: one record for it all */
    const char *path;   /* to open; raw bytes */
    const char *output; /* below OUT, without the form: "2019/a.pdf"; never leads out of OUT */
    const char *note;   /* why output is not the key, or the key not the path; or NULL; static */
    uint64_t size;
    int64_t mtime_ns;
    bool walked;          /* found in a folder; else the user named it */
    const char *original; /* key of the first document, by key, with the same bytes (--dedupe),
                             maybe one of another shard; else NULL */
    recto_status status;  /* OK, or why it cannot be read at all (vanished, no permission, not a
                             file): IO, UNSUPPORTED */
    const char *message;  /* why; NULL if OK */
} recto_plan_item;

typedef struct recto_plan_options {
    const char *folder; /* OUT: what lies in it is no input; need not exist; NULL = none */
    bool flat;          /* all outputs in OUT itself */
    bool dedupe;        /* fill `original`: files of equal size are read and hashed */
    bool hidden;        /* walk also names that begin with a dot */
    /* Glob patterns; "*" matches "/" as well.  One without "/" is matched against the last name,
     * others against the key.  An exclude wins, and leaves a folder out with all in it. */
    const char *const *include, *const *exclude;
    int n_include, n_exclude;
    int shard, n_shards;      /* 1-based; items of other shards are left out at the end; 0: all */
    bool (*stop)(void *user); /* or NULL */
    void *user;
} recto_plan_options;

typedef struct recto_plan {
    recto_plan_item *items; /* bytewise by key */
    int n_items;
    /* Left out, counted over all shards: */
    int n_hidden;   /* files and folders by their dot */
    int n_excluded; /* files and folders by a pattern */
    int n_repeated; /* documents named twice, and links to documents that are in the plan */
    int n_linked;   /* links to folders */
    int n_special;  /* pipes, sockets and devices */
    int n_other_shards;
    recto_arena *arena;
} recto_plan;

/**
 * List the inputs.
 *
 * out     free with recto_plan_free
 * inputs  [n] folders (walked; links to folders are not followed, links to files are), lists (text
 *         files of one path a line, or "-" for standard input; \0 between paths works too), or
 *         documents.  A file is a document by its first bytes or by its name's ending, else a list
 *         if it is text.
 *
 * All shards settle the whole plan before they leave out what is not theirs, so that keys, outputs
 * and originals do not depend on the number of shards; with dedupe each shard therefore hashes the
 * files of equal size of all shards.
 *
 * Errors: IO (an input cannot be read at all), ARG (OUT is one of the folders, or lies so that
 * outputs would fall among the inputs), FORMAT (a list that is none), LIMIT, NOMEM, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_plan_read(recto_plan **out, const char *const *inputs, int n,
                                              const recto_plan_options *opt, recto_error *err);
void recto_plan_free(recto_plan *p); /* NULL is a no-op */

/**
 * Look at a document's file again: one that is still being written has changed.
 *
 * changed_out  its size or time is another one than the item says, or it is no longer there
 * item         size, mtime_ns, status and message are renewed
 */
void recto_plan_refresh(bool *changed_out, recto_plan_item *item);

/**
 * The place of a document's outputs, as in recto_plan_item.
 *
 * output_out  in the arena, or the key itself
 * note_out    static, or NULL if output is the key
 * key         not empty; of a plan, or one made from it ("2019/a.pdf/attachment.pdf")
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_plan_output(const char **output_out, const char **note_out,
                                                const char *key, bool flat, recto_arena *arena,
                                                recto_error *err);

/** Does the file's name end like that of a document (".pdf", ".tif"...), whatever its bytes are? */
bool recto_plan_names_document(const char *path);

/** Which of n shards (1..n) a key falls to: the first 64 bits of its SHA-256, modulo n, plus 1. */
int recto_plan_shard(const char *key, int n);

/**
 * Parse the argument of --shard.
 *
 * text  "K/N"; or "auto": from the environment of a Slurm array task (SLURM_ARRAY_TASK_ID, _MIN,
 *       _STEP, _COUNT) or of a Kubernetes indexed Job (JOB_COMPLETION_INDEX and, since Kubernetes
 *       does not tell it, JOB_COMPLETIONS set in the Job's manifest); or "auto/N": N given here,
 *       the array's tasks being 1..N, so that some of them can be submitted again
 *
 * Errors: ARG, with what is missing or makes no sense.
 */
RECTO_MUST_CHECK recto_status recto_plan_shard_parse(int *shard_out, int *n_shards_out,
                                                     const char *text, recto_error *err);

#endif
