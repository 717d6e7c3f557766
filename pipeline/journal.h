/* The journal of a batch: one SQLite file in the output folder (one a shard) with a row for every
 * document and every page.  A document's rows are written in one transaction, after its outputs
 * have their names, so that a kill at any moment leaves it either whole or to be done again.
 *
 * OUT may lie on NFS: exclusive locking, a rollback journal, never WAL.  No document text is
 * stored. */
#ifndef RECTO_PIPELINE_JOURNAL_H
#define RECTO_PIPELINE_JOURNAL_H

#include "core/arena.h"
#include "text/doc.h"

typedef struct recto_journal recto_journal;

typedef enum recto_journal_state {
    RECTO_JOURNAL_PENDING = 0, /* planned, not done */
    RECTO_JOURNAL_OK,
    RECTO_JOURNAL_PARTIAL,   /* written, but some pages failed; each has its reason */
    RECTO_JOURNAL_FAILED,    /* no output; class and message say why */
    RECTO_JOURNAL_DUPLICATE, /* same bytes as another document (--dedupe) */
    RECTO_JOURNAL_STATE_COUNT
} recto_journal_state;

typedef struct recto_journal_options {
    const char *folder;      /* OUT; must exist */
    int shard, n_shards;     /* 1-based; 1 of 1 = not sharded */
    bool resume;             /* go on with a journal that is there */
    const char *fingerprint; /* SHA-256 of what changes results: settings, version, model */
    const char *settings;    /* one JSON object: the same, readable */
    bool sandboxed;
} recto_journal_options;

/* A document as recorded.  Texts are borrowed by the writing calls, in the arena for the reading
 * ones. */
typedef struct recto_journal_document {
    const char *key;      /* its name within the batch: see plan.h */
    const char *path;     /* where it was read */
    const char *parent;   /* key of the document it was attached to, else NULL */
    const char *original; /* DUPLICATE: key of the document with the same bytes, else NULL */
    const char *note; /* what the plan changed: an output renamed because of a collision; or NULL */
    uint64_t size;
    int64_t mtime_ns;
    char sha256[65]; /* "" if it could not be read */
    recto_journal_state state;
    recto_status status; /* FAILED: its class; PARTIAL: of the first failed page */
    const char *message; /* the same in words, or NULL */
    const char *format;  /* "pdf"...; NULL if it could not be opened */
    int n_pages, n_failed, n_blank, n_attachments;
    int attempts;   /* runs over it, at least 1 once done */
    double started; /* seconds since 1970 */
    double seconds; /* of work */
} recto_journal_document;

typedef struct recto_journal_page {
    int number;
    recto_status status;
    const char *message; /* NULL if OK */
    recto_reader_kind reader;
    uint32_t flags; /* RECTO_FLAG_* */
    float conf;
    double seconds;
} recto_journal_page;

typedef struct recto_journal_output {
    const char *path; /* below OUT */
    uint64_t size;
    char sha256[65];
} recto_journal_output;

/**
 * Open or make the journal of OUT and take it for this run alone.
 *
 * out  close with recto_journal_close
 *
 * Errors: ARG (there is a journal and no --resume; or none of that shape), OUTPUT (cannot be
 * written; in use by another run; damaged), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_journal_open(recto_journal **out,
                                                 const recto_journal_options *opt,
                                                 recto_error *err);
/** Wait until all that was handed over is on the disk; the first error of writing, if any. */
RECTO_MUST_CHECK recto_status recto_journal_flush(recto_journal *j, recto_error *err);
void recto_journal_close(recto_journal *j); /* flushes; NULL is a no-op */

/**
 * Register the documents of a run (key, path, size, mtime, note; parent) that have no row yet or
 * whose row is to be done again, as PENDING, in one transaction.  Rows of documents that are no
 * longer there stay.
 */
RECTO_MUST_CHECK recto_status recto_journal_plan(recto_journal *j,
                                                 const recto_journal_document *documents, int n,
                                                 recto_error *err);

/**
 * Is the document done, under the present settings, from these very bytes (size and mtime; when
 * only the mtime differs, the SHA-256 of the file at path decides), with all its outputs in place
 * at their sizes?
 *
 * done_out  true: skip it.  Failures count as done, except those of class IO, OUTPUT, NOMEM, DEVICE
 * and CANCELLED, and all of them with retry_failed
 */
RECTO_MUST_CHECK recto_status recto_journal_is_done(bool *done_out, recto_journal *j,
                                                    const recto_journal_document *wanted,
                                                    bool retry_failed, recto_error *err);

/**
 * Record a finished document with its pages and outputs, replacing what was recorded of it.
 *
 * Everything is copied and written by a thread of the journal's own, several documents to a
 * transaction when they come fast; returns at once.  May be called from any thread.  Errors: the
 * first error of writing so far (OUTPUT), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_journal_record(recto_journal *j,
                                                   const recto_journal_document *document,
                                                   const recto_journal_page *pages, int n_pages,
                                                   const recto_journal_output *outputs,
                                                   int n_outputs, recto_error *err);

/** Documents by state, and pages read and failed, as recorded so far. */
typedef struct recto_journal_counts {
    int64_t documents[RECTO_JOURNAL_STATE_COUNT];
    int64_t pages, pages_failed;
} recto_journal_counts;
RECTO_MUST_CHECK recto_status recto_journal_count(recto_journal_counts *out, recto_journal *j,
                                                  recto_error *err);

/** Write OUT/manifest.jsonl (of a shard: OUT/manifest-K-of-N.jsonl) anew, whole: one line a
 * document in the order of keys, without times, so that equal batches have equal manifests. Errors:
 * OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_journal_manifest(recto_journal *j, recto_error *err);

/** "pending", "ok", "partial", "failed", "duplicate". */
const char *recto_journal_state_name(recto_journal_state state);

#endif
