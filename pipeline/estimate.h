/* What a batch would do, found without reading a page: how many pages its documents have, which
 * reader each would get, what would fail, and roughly how long it would take. */
#ifndef RECTO_PIPELINE_ESTIMATE_H
#define RECTO_PIPELINE_ESTIMATE_H

#include "core/buf.h"
#include "pipeline/options.h"
#include "pipeline/plan.h"
#include "text/doc.h"

enum { RECTO_ESTIMATE_CLASSES = RECTO_ERR_CRASH + 1 };

/* Pages, and the time of one job for them. */
typedef struct recto_estimate_pages {
    int64_t n;                                  /* asked for (opt->pages) */
    int64_t n_readers[RECTO_READER_KIND_COUNT]; /* by the reader they would get; NONE: blank */
    int64_t n_failed;                           /* that cannot be looked at */
    int64_t n_unseen;                           /* not looked at in time */
    double seconds; /* rough; those not looked at are taken to be like the others */
} recto_estimate_pages;

typedef struct recto_estimate_document {
    const recto_plan_item *item;
    recto_status status; /* OK, or why it would fail */
    const char *message; /* NULL if OK; valid during the call */
    const char *format;  /* "pdf"...; static; NULL if it could not be opened */
    int n_pages;         /* that it has */
    recto_estimate_pages pages;
} recto_estimate_document;

typedef struct recto_estimate {
    int64_t n_documents;
    uint64_t n_bytes;
    int64_t n_duplicates;                      /* would not be converted again; not looked at */
    int64_t n_done;                            /* told by the caller to be done; not looked at */
    int64_t n_others;                          /* files of folders that are no documents */
    int64_t n_classes[RECTO_ESTIMATE_CLASSES]; /* documents by status, without the three above */
    recto_estimate_pages pages;
} recto_estimate;

typedef struct recto_estimate_options {
    const recto_options *run; /* as the batch would get it; documents are opened in run->parsers,
                                 each within run->timeout_s for all of it (0 = 120 s) */
    void (*document)(
        void *user,
        const recto_estimate_document *d); /* each in turn that is one and is looked at; or NULL */
    bool (*is_done)(void *user,
                    const recto_plan_item *item); /* needs no look (--resume); or NULL */
    bool (*stop)(void *user);                     /* or NULL */
    void *user;
} recto_estimate_options;

/**
 * Look at all documents of a plan, one after the other.
 *
 * out  zeroed first; so far as it went, after an error
 *
 * Errors: CANCELLED, NOMEM, DEVICE (no parser can be had).  A document that cannot be opened is no
 * error but counted.
 */
RECTO_MUST_CHECK recto_status recto_estimate_plan(recto_estimate *out, const recto_plan *plan,
                                                  const recto_estimate_options *opt,
                                                  recto_error *err);

/** Append a line about a document: key, format, pages by reader, time; or why it would fail. */
void recto_estimate_line(recto_buf *out, const recto_estimate_document *d);
/** Append a table for people; jobs: documents at a time, >= 1. */
void recto_estimate_text(recto_buf *out, const recto_estimate *e, int jobs);
/** The same as one JSON object on one line. */
void recto_estimate_document_json(recto_buf *out, const recto_estimate_document *d);
void recto_estimate_json(recto_buf *out, const recto_estimate *e, int jobs);

#endif
