/* Full-text search over a finished batch: OUT/index.sqlite, made on request from the JSON outputs,
 * since it holds the documents' text (0600).
 *
 * The unit is a block of a page (a paragraph, a heading, a table): all words that are looked for
 * occur in one.  Case and diacritics do not matter.  The index is SQLite FTS5; it can always be
 * made again, so a damaged one is, and is never trusted. */
#ifndef RECTO_PIPELINE_FIND_H
#define RECTO_PIPELINE_FIND_H

#include "core/geometry.h"
#include "core/status.h"
#include <stddef.h>

/* What became of the documents when the index was brought up to date. */
typedef struct recto_find_update {
    int64_t n_documents;   /* in the index now */
    int64_t n_added;       /* indexed in this run, anew or again */
    int64_t n_removed;     /* no longer in the batch, or their output is gone */
    int64_t n_blocks;      /* indexed in this run */
    int64_t n_without;     /* converted, but have no JSON output */
    int64_t n_changed;     /* their JSON output is gone or not what the batch wrote */
    int n_journals_unread; /* in use, damaged...: their documents are as they were */
    bool rebuilt;          /* there was a damaged index, or one of another version */
    char problem[512];     /* the first of what could not be done, in words; "" if none */
} recto_find_update;

/**
 * Make the index of a batch's output folder, or bring it up to date: only documents whose JSON
 * output changed are read.
 *
 * out     filled in any case
 * folder  OUT, with the journals of all shards
 * stop    asked between documents; what was done until then is kept; or NULL
 *
 * Errors: IO (no folder, no journal), OUTPUT (index cannot be written, is in use), NOMEM,
 * CANCELLED.  Memory: one page of one document, and SQLite's cache.
 */
RECTO_MUST_CHECK recto_status recto_find_update_index(recto_find_update *out, const char *folder,
                                                      bool (*stop)(void *user), void *user,
                                                      recto_error *err);

/* A block with the words.  Texts are valid until the callback returns. */
typedef struct recto_find_hit {
    const char *document; /* its key in the batch */
    const char *output;   /* the JSON file below OUT */
    int page;             /* 1-based */
    const char *label;    /* of the block: "text", "table"... */
    bool has_box;
    recto_rect box;      /* px of the page as displayed */
    recto_rect box_pt;   /* the same in points */
    const char *text;    /* the whole block; clean */
    const char *snippet; /* the part with the words; clean */
} recto_find_hit;

typedef struct recto_find_options {
    int64_t limit;                                      /* most hits, 0 = all */
    bool (*hit)(void *user, const recto_find_hit *hit); /* false: enough */
    bool (*stop)(void *user);                           /* asked while SQLite works; or NULL */
    void *user;
} recto_find_options;

/**
 * Look for words: all of them in one block.  "several words" in quotation marks are a phrase; a *
 * at a word's end stands for any ending; nothing else has a meaning.
 *
 * n_out      hits that were handed out: document by document as they came into the index (by key,
 *            in an index that was made in one piece), page by page
 * stale_out  the batch went on since the index was made
 *
 * Nothing is written.  Errors: ARG (no word to look for, too many), IO (no index: the message names
 * --index), FORMAT (damaged), NOMEM, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_find_search(int64_t *n_out, bool *stale_out, const char *folder,
                                                const char *words, const recto_find_options *opt,
                                                recto_error *err);

#endif
