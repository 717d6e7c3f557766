/* librecto: documents to Markdown, JSON and text, on this machine.
 *
 *     engine   what lives long: the parser processes and the models         recto_engine_open
 *     job      one document through it: settings, input, outputs, events    recto_job_new
 *
 * A whole program, without its checks:
 *
 *     const char *const settings[] = {"reader", "auto", "timeout", "60", NULL};
 *     recto_engine *engine;
 *     recto_engine_open(&engine, settings, NULL, 0);
 *     recto_job *job = recto_job_new(engine);
 *     recto_job_input_file(job, "letter.pdf");
 *     recto_job_output_file(job, "md", "letter.md");
 *     if (recto_job_run(job) != RECTO_CODE_OK)
 *         fprintf(stderr, "letter.pdf: %s\n", recto_job_message(job));
 *     recto_job_free(job);
 *     recto_engine_close(engine);
 *
 * Settings are names and values as on the command line of recto convert, without the dashes:
 *
 *     reader            auto, layer, line, vlm
 *     pages             1-3,7,10-
 *     dpi               72 to 600: resolution at which PDF pages are rendered for reading
 *     password          one for encrypted PDFs; may be set up to 64 times, each is tried
 *     timeout           seconds for one page
 *     document-timeout  seconds for one document
 *     max-pixels, max-pages, max-bytes      limits of what is read at all; k, M, G may follow
 *     overlay                               yes, no: a drawing beside the outputs for each page,
 *                                           see recto_job_page_files
 *     images                                files, embed, none: pictures of the pages, cut out
 *                                           into files (see recto_job_page_files) or embedded
 *     layout                                yes, no: the form txt keeps the page's columns
 *     pdfa                                  yes, no: the form pdf of images is PDF/A-2b
 *     task, ask, system, think, tiles, max-tokens         for the reader vlm
 *     sandbox           yes (default), no            engine only
 *     sandbox-engine    yes, no (default)            engine only
 *     max-memory        bytes for the parser and for a page's pixels: what needs more fails with
 *                       LIMIT; k, M, G may follow; models come on top (default: 4G for the
 *                       parser)                      engine only
 *     model, mmproj, precision                       engine only, for the reader vlm
 *
 * Those of an engine hold for all its jobs; a job may set its own over them, but for the ones that
 * are the engine's only.
 *
 * Processes.  Documents are not parsed in the calling process: opening an engine forks a spawner,
 * which forks a parser for each document; a parser is confined by seccomp and, where the kernel has
 * it, Landlock to the one document it was given.  A document that crashes or hangs its parser costs
 * itself (CRASH, TIMEOUT), never the caller.  "sandbox" "no" leaves the processes and takes the
 * confinement away.  The caller's own process is left as it is: nothing restricts it, no signal
 * handler is set, nothing is printed.  "sandbox-engine" "yes" is for programs that do nothing but
 * convert: no thread of the process can make a socket any more, for good, and it leaves no core
 * files.
 *
 * Threads.  An engine and its jobs are used by one thread at a time, any one; several engines may
 * be used by several threads at once.  Only recto_job_cancel may be called at any time.  Open
 * engines early, before other threads run, since opening forks.  Waiting for any child
 * (waitpid(-1)) does no harm.  Writing an output to a pipe that nobody reads raises SIGPIPE unless
 * the program ignores it.
 *
 * Texts are UTF-8.  Messages are one line, name settings as options (--dpi), and hold no text of
 * the document; names of files may be in them.
 *
 * Versions.  While the major version is 0, a new minor version (0.2 after 0.1) may change anything
 * and gets another soname (librecto.so.0.1, librecto.so.0.2); patch versions (0.1.1) change no
 * function, number or struct that is here.  From 1.0 on the soname is the major version alone.
 * Structs are made by the library and read by the caller: fields may be added at their ends. */
#ifndef RECTO_H
#define RECTO_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RECTO_API __attribute__((visibility("default")))
#else
#define RECTO_API
#endif

#define RECTO_VERSION_MAJOR 0
#define RECTO_VERSION_MINOR 1
#define RECTO_VERSION_PATCH 0
#define RECTO_VERSION_NUMBER                                                                       \
    (RECTO_VERSION_MAJOR * 1000000 + RECTO_VERSION_MINOR * 1000 + RECTO_VERSION_PATCH)

/** The version that runs, which may be another than the one compiled against: "0.1.0". */
RECTO_API const char *recto_version(void);
/** The same as a number, made like RECTO_VERSION_NUMBER. */
RECTO_API int recto_version_number(void);

/* What became of a call, a document or a page.  The numbers are stable; later versions may add
 * some, so anything that is not RECTO_CODE_OK is a failure. */
typedef enum recto_code {
    RECTO_CODE_OK = 0,
    RECTO_CODE_NOMEM = 1,       /* out of memory */
    RECTO_CODE_IO = 2,          /* the input cannot be read */
    RECTO_CODE_OUTPUT = 3,      /* an output cannot be written */
    RECTO_CODE_ARGUMENT = 4,    /* a wrong setting or call; or none of the pages asked for exists */
    RECTO_CODE_FORMAT = 5,      /* the input is not what its format says, or of no known kind */
    RECTO_CODE_UNSUPPORTED = 6, /* valid, but not handled */
    RECTO_CODE_ENCRYPTED = 7,   /* a password is needed, or none of those given fits */
    RECTO_CODE_LIMIT = 8,       /* larger than a limit that is set */
    RECTO_CODE_MODEL = 9,       /* a model's files are missing or do not fit */
    RECTO_CODE_DEVICE = 10,     /* processes, sandbox or computing cannot be set up, or are gone */
    RECTO_CODE_CANCELLED =
        11, /* recto_job_cancel was called, or a function of the caller's said so */
    RECTO_CODE_TIMEOUT = 12, /* a page or a document took longer than it was granted */
    RECTO_CODE_CRASH = 13    /* the process that parses the document died */
} recto_code;

/** "ok", "io", "encrypted"...: short, lower-case, stable; "unknown" for other numbers. */
RECTO_API const char *recto_code_name(recto_code code);

/* --- engines ------------------------------------------------------------------------------ */

typedef struct recto_engine recto_engine;

/**
 * Open an engine: check the settings and fork the spawner of parser processes.  Models are loaded
 * when a page first needs them, and stay.
 *
 * out           the engine, to be closed with recto_engine_close; NULL on failure
 * settings      name, value, name, value..., NULL; copied.  NULL: the defaults
 * message       receives what went wrong, "" if nothing did; may be NULL
 * message_size  bytes there; 256 are enough
 *
 * Returns OK, ARGUMENT (settings), DEVICE (no processes, no sandbox) or NOMEM.
 */
RECTO_API recto_code recto_engine_open(recto_engine **out, const char *const *settings,
                                       char *message, size_t message_size);
/** End the parser processes and free the models.  All jobs must be freed before.  NULL is a no-op.
 */
RECTO_API void recto_engine_close(recto_engine *engine);

/* --- jobs --------------------------------------------------------------------------------- */

typedef struct recto_job recto_job;

/* A page that has been read, or has failed. */
typedef struct recto_page_info {
    int number; /* in the document, from 1 */
    int done;   /* pages read up to now, with this one */
    int wanted; /* pages that were asked for: when done is this, what is left is writing */
    recto_code code;
    const char *message;      /* why it failed; "" if it did not */
    const char *reader;       /* "layer", "line", "vlm"; "none" of a blank or failed page */
    const char *const *flags; /* names, then NULL: "blank_page", "low_confidence", "damaged"... as
                                 in the JSON (docs/FORMATS.md) */
    size_t n_flags;
    double confidence; /* 0 to 1, mean over the characters; 1 of a page without text */
    double seconds;    /* of reading it */
} recto_page_info;

/* What became of a document. */
typedef struct recto_summary {
    const char *sha256; /* of the input, 64 hexadecimal digits; "" if it could not be read */
    const char *format; /* "pdf", "png", "tiff"...; "" if it could not be opened */
    int pages;          /* read or tried */
    int failed;         /* of them: in the outputs they stand as failed */
    int undrawn;        /* read and written, but without their overlay or a picture */
    int blank;
    int attachments;          /* files inside the document */
    recto_code page_code;     /* of the first failed or undrawn page; OK if there is none */
    const char *page_message; /* with the page's number in front; "" if there is none */
} recto_summary;

/** Called once for each page when its reading is over, in the order of the pages, by the thread in
 * recto_job_run.  (Should a page turn out unfit for writing later, it is told of once more, as
 * failed.)  info lives until it returns.  Anything but 0 cancels the job. */
typedef int (*recto_page_fn)(void *user, const recto_page_info *info);

/**
 * Takes the bytes of an output.  All of them one after another are what a file would hold.
 *
 * page   whose bytes these are, from 1; 0 for what stands before the first page and after the last
 *
 * One call per page and form.  In Markdown and text a piece is the page's text (the line that
 * parts it from the page before is at its start); in JSON it is the page's object with the comma
 * that parts it in front.  It starts when the last page has been read, since levels of headings and
 * repeated page headers are known only then.
 *
 * Returns 0, or an errno that says why the bytes cannot be taken: the job ends with OUTPUT; or -1:
 * the job ends with CANCELLED.
 */
typedef int (*recto_write_fn)(void *user, int page, const void *bytes, size_t size);

/** A job of the engine, to be freed with recto_job_free before the engine is closed.  It runs once.
 * NULL: out of memory. */
RECTO_API recto_job *recto_job_new(recto_engine *engine);
RECTO_API void recto_job_free(recto_job *job); /* NULL is a no-op */

/* What a job is to do.  Each of these returns OK, ARGUMENT or NOMEM, and on failure leaves the job
 * as it was; recto_job_message says why.  Texts are copied. */

/** Set one setting for this job: recto_job_set(job, "pages", "1-3").  Values are checked at once.
 */
RECTO_API recto_code recto_job_set(recto_job *job, const char *name, const char *value);

/* The input, one of: */

/** A file.  It must not change while it is read. */
RECTO_API recto_code recto_job_input_file(recto_job *job, const char *path);
/** An open file: readable and seekable (no pipe), read from its start wherever it stands, left
 * open. It must stay open until recto_job_run returns. name  of the document for the outputs'
 * provenance, such as "letter.pdf" */
RECTO_API recto_code recto_job_input_descriptor(recto_job *job, int descriptor, const char *name);
/** Bytes, which are copied (to anonymous memory that the parser can read).  Also returns IO. */
RECTO_API recto_code recto_job_input_memory(recto_job *job, const void *bytes, size_t size,
                                            const char *name);

/* The outputs, any number of them up to 16, none for reading without writing.  form: "md", "json",
 * "jsonl", "txt", "html", "hocr", "alto", "page", "csv", "pdf".
 *
 * Of "csv" (a file a table) and "page" (a file a page) files are named PATH.table-1.csv and
 * PATH.page-1.xml; descriptors and functions get them one after another, an empty line between
 * two. */

/** A file, which appears whole or not at all; an older one of the name is replaced. */
RECTO_API recto_code recto_job_output_file(recto_job *job, const char *form, const char *path);
/** An open file, pipe or socket; after a failure part of the output may be there. */
RECTO_API recto_code recto_job_output_descriptor(recto_job *job, const char *form, int descriptor);
/** A function of the caller's. */
RECTO_API recto_code recto_job_output_function(recto_job *job, const char *form,
                                               recto_write_fn write, void *user);
/** Where pictures go, if the settings "overlay" or "images" ask for them: BASE.page-N.png,
 * BASE.page-N.picture-K.png. */
RECTO_API recto_code recto_job_page_files(recto_job *job, const char *base);

/** Tell of each page.  NULL: do not. */
RECTO_API void recto_job_on_page(recto_job *job, recto_page_fn on_page, void *user);

/**
 * Do it.  Blocks until the document is converted, has failed, or the job was cancelled.
 *
 * A page that fails costs only itself: it is a record in the outputs, and in the summary.  When all
 * pages failed the document fails with the first one's code.  What fails or is cancelled leaves no
 * files behind.
 *
 * Returns OK (also when some pages failed), or any other code; ARGUMENT also for a job without an
 * input and for one that ran before.
 */
RECTO_API recto_code recto_job_run(recto_job *job);

/** Ask a job to stop; recto_job_run then returns CANCELLED within a fraction of a second, or comes
 * to its end if all pages were read.  May be called by any thread and in a signal handler, before
 * the job runs, while it does, and after. */
RECTO_API void recto_job_cancel(recto_job *job);

/** What became of the document, after recto_job_run; all zero and "" before.  Lives with the job.
 */
RECTO_API const recto_summary *recto_job_summary(const recto_job *job);
/** Why the last call with this job failed; "" if it did not.  Lives until the next call. */
RECTO_API const char *recto_job_message(const recto_job *job);

#ifdef __cplusplus
}
#endif

#endif
