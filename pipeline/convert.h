/* The document job: one input through all its pages to its outputs.
 *
 * Two passes, so that memory does not grow with the pages: each page is read, shown to the
 * document's statistics and parked in a spill; then each is settled and written.  Outputs appear
 * whole or not at all. */
#ifndef RECTO_PIPELINE_CONVERT_H
#define RECTO_PIPELINE_CONVERT_H

#include "core/hash.h"
#include "pipeline/pagejob.h"
#include "text/writer.h"

typedef struct recto_output {
    const recto_writer *writer;
    const char *path; /* final name (of forms of several files: its front, the writer's suffix may
                         stand behind it); NULL: write to fd, or call write */
    int fd;
    /* With path NULL: takes the bytes in their order.  page: whose they are, 1-based; 0 for what
     * stands before the first and after the last.  A failure ends the document. */
    recto_status (*write)(void *user, int page, const void *bytes, size_t size, recto_error *err);
    void *user; /* of write */
} recto_output;

typedef struct recto_convert_result {
    char sha256[RECTO_SHA256_HEX]; /* of the input; "" if it could not be read */
    const char *format;            /* "pdf"...; static; NULL if it could not be opened */
    int n_pages;                   /* read or tried */
    int n_failed;                  /* recorded as failed in the outputs */
    int n_undrawn;                 /* read and written, but without their overlay or a picture */
    int n_blank;
    int n_attachments;         /* files inside the document; 0 without events */
    recto_error first_failure; /* of the first failed or undrawn page, with its number in front */
} recto_convert_result;

/* What became of a page. */
typedef struct recto_page_record {
    int number;
    recto_status status;
    const char *error; /* NULL if OK */
    recto_reader_kind reader;
    uint32_t flags; /* RECTO_FLAG_* */
    float conf;
    double seconds; /* of reading it */
} recto_page_record;

/* Told as they happen, on the thread that converts; each may be NULL. */
typedef struct recto_convert_events {
    void *user;
    void (*page)(void *user,
                 const recto_page_record *record); /* its reading is over, in page order */
    /* An output has its name. */
    void (*output)(void *user, const char *path, uint64_t size, const char *sha256);
    /* The document's attachments, after its outputs are there; the source is the document.  It
     * obeys the deadline, which has no limit then but those that the callee sets. */
    recto_status (*attachments)(void *user, recto_source *source, int n, recto_deadline *deadline,
                                recto_error *err);
} recto_convert_events;

typedef struct recto_convert_job {
    const char *path; /* input file, "-" for standard input */
    int fd;           /* -1, or a readable descriptor to take instead (borrowed) */
    const char *name; /* with fd: the document's name */
    const recto_output *outputs;
    int n_outputs;
    const char
        *base; /* path in front of the names of overlays (BASE.page-N.png) and of pictures cut out
                  (BASE.page-N.picture-K.png); NULL = none are made, whatever opt says */
    /* Where pages that were read are kept until the document is written, so that a later call goes
     * on there: the file of that name, made when the document is long enough to be worth it, gone
     * when it is written.  NULL = they are not. */
    const char *pages_path;
    const char *pages_key; /* 64 characters: of the settings that change how pages are read */
    const recto_options *opt;
    recto_model_slot *slot;             /* the models, loaded when a page needs them */
    const recto_convert_events *events; /* or NULL */
} recto_convert_job;

/**
 * Convert one document.
 *
 * result  zeroed first
 *
 * A page that fails is recorded and costs only itself; when every page failed the document fails
 * with the first page's error and leaves nothing behind. Pictures get their names just before the
 * outputs that name them. Overlays are drawn when the outputs have
 * their names, so none of them can cost an output.  Errors: those of reading (IO, FORMAT,
 * ENCRYPTED, UNSUPPORTED, LIMIT, TIMEOUT, CRASH), ARG (no page of the range exists), MODEL, OUTPUT,
 * NOMEM, DEVICE, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_convert_document(recto_convert_result *result,
                                                     const recto_convert_job *job,
                                                     recto_error *err);

#endif
