/* Internal to plan*.c and watch*.c: a plan while it is put together. */
#ifndef RECTO_PIPELINE_PLAN_PARTS_H
#define RECTO_PIPELINE_PLAN_PARTS_H

#include "core/buf.h"
#include "pipeline/plan.h"
#include <stddef.h>
#include <sys/stat.h>

enum {
    RECTO_PLAN_HASH = 16,      /* hex digits behind a "~" */
    RECTO_PLAN_PATH_MAX = 4095 /* bytes that a path to open may have */
};

/* An item with what tells files apart. */
typedef struct recto_plan_draft {
    recto_plan_item item;
    uint64_t dev, ino;
    int input;       /* number of the argument that gave it */
    bool by_link;    /* its name is a symbolic link */
    bool many_names; /* the file has hard links */
} recto_plan_draft;

typedef struct recto_plan_build {
    const recto_plan_options *opt;
    recto_plan *plan; /* arena and counts */
    recto_plan_draft *drafts;
    size_t n, cap;
    int input;
    bool has_out; /* OUT is there: */
    uint64_t out_dev, out_ino;
    const char **inside; /* [n_inside] where folders to read lie below OUT: "scans" */
    size_t n_inside;
    /* Told before a folder is read; or NULL. */
    void (*folder)(void *user, const char *path);
    void *user;
} recto_plan_build;

/* --- plan.c ----------------------------------------------------------------------------------- */

/** Start a plan: its arena, and where OUT is.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_plan_begin(recto_plan_build *b, const recto_plan_options *opt,
                                               recto_error *err);
/** Settle what was found and hand the plan out; b is empty afterwards.  On error, too. */
RECTO_MUST_CHECK recto_status recto_plan_finish(recto_plan **out, recto_plan_build *b,
                                                recto_error *err);
void recto_plan_drop(recto_plan_build *b);
/* An argument, looked at. */
typedef struct recto_plan_argument {
    const char *path; /* borrowed */
    struct stat st;
    bool is_folder, is_repeated;
    char *prefix; /* of a folder's keys: "" or "in1/"; NULL of others */
} recto_plan_argument;

/** Look at all arguments, and give folders their names.  Free with recto_plan_arguments_free, also
 * after an error.  Errors: IO, NOMEM. */
RECTO_MUST_CHECK recto_status recto_plan_arguments(recto_plan_argument **out,
                                                   const char *const *inputs, int n,
                                                   recto_error *err);
void recto_plan_arguments_free(recto_plan_argument *args, int n);
/** OUT may lie in a folder (it is left out) and a folder in OUT (outputs must not fall into it, see
 * settle), but they must not be the same.  Errors: ARG, NOMEM. */
RECTO_MUST_CHECK recto_status recto_plan_check_folder(recto_plan_build *b,
                                                      const recto_plan_argument *a,
                                                      recto_error *err);
/** CANCELLED if stop was asked for. */
RECTO_MUST_CHECK recto_status recto_plan_stopped(const recto_plan_options *opt, recto_error *err);
/** The last name of a path. */
const char *recto_plan_last(const char *path);

/* Something found: a file, or a fault that stands for one. */
typedef struct recto_plan_found {
    const char *path, *key; /* copied */
    const struct stat *st;  /* of the file, NULL with a fault */
    bool by_link, walked;
    recto_status status; /* of the fault, with its reason in words, and errno or 0 */
    const char *what;
    int sys;
} recto_plan_found;

/** Errors: LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_plan_take(recto_plan_build *b, const recto_plan_found *found,
                                              recto_error *err);

/* --- plan_inputs.c ---------------------------------------------------------------------------- */

/** No output of a settled plan may take the place of an input: ARG.  NOMEM. */
RECTO_MUST_CHECK recto_status recto_plan_check_inputs(const recto_plan_build *b, recto_error *err);

/* --- plan_walk.c ------------------------------------------------------------------------------ */

/**
 * Take all that lies in a folder, at any depth.
 *
 * path    of the folder; a link to one is followed here
 * prefix  of the keys: "" or "in1/"
 */
RECTO_MUST_CHECK recto_status recto_plan_walk(recto_plan_build *b, const char *path,
                                              const char *prefix, recto_error *err);
/**
 * Look at one name below a folder that is walked: a file is taken, a folder is walked, both unless
 * they are left out.
 *
 * path    of it
 * n_root  bytes of path in front of what the key is made from: the folder's path and its slash
 */
RECTO_MUST_CHECK recto_status recto_plan_look(recto_plan_build *b, const char *path, size_t n_root,
                                              const char *prefix, recto_error *err);
/** Is a file (whose key this is) left out, by its dot or a pattern?  Counts it. */
bool recto_plan_skips_file(recto_plan_build *b, const char *name, const char *key);
/** "folder/name" without a double slash, in `to`. */
void recto_plan_join(recto_buf *to, const char *folder, const char *name);

/* --- plan_list.c ------------------------------------------------------------------------------ */

/* A list of paths, fed in pieces.  The first piece decides what separates paths, so it must hold
 * RECTO_PLAN_LIST_HEAD bytes, or all there are. */
enum { RECTO_PLAN_LIST_HEAD = 64 << 10, RECTO_PLAN_LIST_LINE = 64 << 10 };

typedef struct recto_plan_list {
    recto_status (*take)(void *user, const char *path, recto_error *err);
    void *user;
    /* private */
    recto_buf line;  /* to be freed by the caller at last */
    uint64_t number; /* of the path under way, from 1; 0: nothing was fed yet */
    bool zeros;      /* \0 between paths */
} recto_plan_list;

/** Errors: FORMAT (no list), NOMEM, and those of take. */
RECTO_MUST_CHECK recto_status recto_plan_list_feed(recto_plan_list *l, const void *bytes, size_t n,
                                                   recto_error *err);
/** The last path needs no separator behind it.  Errors: as feed. */
RECTO_MUST_CHECK recto_status recto_plan_list_end(recto_plan_list *l, recto_error *err);
/** Could a file that begins so be a list (the first RECTO_PLAN_LIST_HEAD bytes, or all)? */
bool recto_plan_list_probe(const void *bytes, size_t n);
/** Feed a descriptor to its end, and end.  The caller frees l->line.  Errors: as feed, and IO. */
RECTO_MUST_CHECK recto_status recto_plan_list_read(recto_plan_list *l, int fd, recto_error *err);

/* --- plan_names.c ----------------------------------------------------------------------------- */

/** Append bytes of a path as text of a key. */
void recto_plan_encode(recto_buf *to, const char *bytes, size_t n);
/** Append the key of a listed path; may be "" ("/", "."). */
void recto_plan_listed(recto_buf *to, const char *path);
/** The first RECTO_PLAN_HASH hex digits of a text's SHA-256, and \0. */
void recto_plan_hash(char out[RECTO_PLAN_HASH + 1], const char *text, size_t n);

/* --- plan_settle.c ---------------------------------------------------------------------------- */

/** Sort, take every document once, make keys unique, give outputs. */
RECTO_MUST_CHECK recto_status recto_plan_settle(recto_plan_build *b, recto_error *err);
/** Fill `original`. */
RECTO_MUST_CHECK recto_status recto_plan_dedupe(recto_plan_build *b, recto_error *err);

#endif
