/* What a run is asked to do, as plain data: filled by cli or library, read by the jobs. */
#ifndef RECTO_PIPELINE_OPTIONS_H
#define RECTO_PIPELINE_OPTIONS_H

#include "kernels/backend.h"
#include "pipeline/budget.h"
#include "pipeline/parser.h"
#include "pipeline/vlm_prompt.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum recto_reader_choice {
    RECTO_CHOOSE_AUTO = 0,
    RECTO_CHOOSE_LAYER,
    RECTO_CHOOSE_LINE,
    RECTO_CHOOSE_VLM,
} recto_reader_choice;

/* A closed range of 1-based pages; last = INT32_MAX for "to the end". */
typedef struct recto_page_range {
    int first, last;
} recto_page_range;

enum { RECTO_MAX_RANGES = 64 };

/* For the VLM. */
typedef struct recto_options_vlm {
    const char *model;  /* a path or a name; NULL = the first that is found */
    const char *mmproj; /* vision part of a GGUF file; NULL = the one beside it */
    recto_vlm_task task;
    const char *question; /* task ASK */
    const char *system;   /* system message; NULL = the model's default */
    bool think;
    int min_tiles, max_tiles; /* 0 = the default for pages */
    const char *tiles_text;   /* as given, NULL if not */
    int max_tokens;           /* of a page's answer */
    recto_backend_kind kind;  /* AUTO, F32 or DNNL_BF16 */
} recto_options_vlm;

/* Pictures of the pages. */
typedef enum recto_images {
    RECTO_IMAGES_NONE = 0,
    RECTO_IMAGES_FILES, /* cut out: BASE.page-N.picture-K.png */
    RECTO_IMAGES_EMBED, /* in the outputs that can hold them */
} recto_images;

typedef struct recto_options {
    recto_reader_choice reader;
    recto_options_vlm vlm;
    bool overlay; /* draw what was read on each page: BASE.page-N.png */
    recto_images images;
    bool keep_layout; /* text form: keep the columns of the page */
    bool pdfa;        /* searchable PDF: PDF/A-2b */
    float dpi;        /* rendering resolution of PDF pages; 0 = default (300) */
    recto_page_range pages[RECTO_MAX_RANGES];
    int n_ranges;           /* 0 = all pages */
    const char *pages_text; /* as given, NULL if not */
    const char *const *passwords;
    int n_passwords;
    int64_t max_pixels; /* a page */
    int max_pages;      /* a document, 0 = no limit */
    size_t max_bytes;   /* an input file, 0 = no limit */
    recto_parsers
        *parsers; /* borrowed; NULL: documents are parsed in this process (trusted input, tests) */
    bool unsandboxed;     /* the user asked for no sandbox: the provenance says so */
    recto_budget *budget; /* borrowed, shared by the jobs of a run; NULL = memory is not rationed */
    double timeout_s;     /* a page; 0 = no limit */
    double document_timeout_s; /* a document; 0 = no limit */
    /* Called before each page, once at the end and before each overlay (page_done = n_pages);
     * returning true stops the run.  May be NULL. */
    bool (*on_page)(void *user, const char *name, int page_done, int n_pages);
    bool (*stop)(void *user); /* asked while the VLM works on a page; true stops the run; or NULL */
    void *user;
} recto_options;

/** What holds when nothing is said: 200 million pixels a page, 4 GB a file. */
void recto_options_defaults(recto_options *opt);
/** Is there a setting of this name?  Names are those of the command line without the dashes. */
bool recto_options_known(const char *name);
/** Is it one for the VLM alone? */
bool recto_options_for_vlm(const char *name);
/**
 * Set one setting by name and text, as on the command line ("dpi", "300").
 *
 * value  borrowed for the life of opt; a switch takes "yes", "no" or NULL for yes
 *
 * Returns NULL, or what the value must be ("a number from 72 to 600").
 */
const char *recto_options_set(recto_options *opt, const char *name, const char *value);
/** After all are set: NULL, or what cannot go together. */
const char *recto_options_check(recto_options *opt);
/** A whole number from low to high; k, M and G (powers of 1000) may follow it.  False if it is
 * none. */
bool recto_options_count(int64_t *out, const char *text, int64_t low, int64_t high);
/** A decimal number from low to high.  False if it is none. */
bool recto_options_number(double *out, const char *text, double low, double high);
/**
 * Parse "1-3,7,10-" (1-based, open end allowed, any order; overlaps are fine).
 * Errors: ARG with what is wrong.
 */
RECTO_MUST_CHECK recto_status recto_options_pages(recto_options *opt, const char *text,
                                                  recto_error *err);
/** Parse "MIN..MAX" or "MAX" tiles.  Errors: ARG. */
RECTO_MUST_CHECK recto_status recto_options_tiles(recto_options *opt, const char *text,
                                                  recto_error *err);
/** Is page (1-based) asked for? */
bool recto_options_wants(const recto_options *opt, int page);
/** Resolution at which PDF pages are rendered for reading: dpi, or 300. */
float recto_options_dpi(const recto_options *opt);
/** "auto", "layer", "line", "vlm". */
const char *recto_options_reader_name(recto_reader_choice choice);

#endif
