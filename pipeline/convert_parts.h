/* One document under way: what the passes of the document job share.  Internal to pipeline/.
 *
 *   convert.c        opens the document, runs the passes
 *   convert_read.c   first pass: pages are read, observed and parked
 *   convert_write.c  second pass: pages are settled and written
 *   convert_draw.c   third pass: overlays; and what pages look like for forms that show it */
#ifndef RECTO_PIPELINE_CONVERT_PARTS_H
#define RECTO_PIPELINE_CONVERT_PARTS_H

#include "pipeline/convert.h"
#include "pipeline/input.h"
#include "pipeline/pictures.h"
#include "text/spill.h"
#include "text/structure.h"

typedef struct recto_convert_doc {
    const recto_options *opt;
    const recto_convert_events *events; /* never NULL */
    recto_convert_result *result;
    recto_deadline deadline;
    recto_input input;
    recto_docinfo info;
    recto_structure_stats *stats;
    recto_spill *spill;
    const char *pages_path; /* of the spill, while it has a name; else NULL */
    int n_kept;             /* pages that an earlier call read */
    recto_pagejob job;
    int n_hopeless;           /* pages in a row up to now */
    recto_arena *keep, *tmp;  /* a page's; cleared between pages */
    recto_arena *doc;         /* the document's */
    const char *base;         /* of overlays and pictures */
    recto_pictures *pictures; /* cut out so far; NULL = none are */
} recto_convert_doc;

/* What is parked beside a page. */
typedef struct recto_convert_parked {
    recto_page_frame frame;
    double seconds;
    bool used_model, used_vlm;
} recto_convert_parked;

/** The time of one page begins. */
static inline void recto_convert_grant_page(recto_convert_doc *d)
{
    recto_deadline_grant_page(&d->deadline, d->opt->timeout_s);
}

/** Count a page's failure of that kind; the first one is the result's. */
void recto_convert_note_failure(recto_convert_result *result, int *count, recto_status st,
                                int number, const char *what, const char *msg);
void recto_convert_tell_page(const recto_convert_doc *d, const recto_page *page, double seconds);
/** CANCELLED if the caller of the job wants it to stop. */
RECTO_MUST_CHECK recto_status recto_convert_stopped(const recto_options *opt, const char *name,
                                                    int done, int n, recto_error *err);
/** Tell of an output that has its name; user is the document. */
RECTO_MUST_CHECK recto_status recto_convert_tell_output(void *user, const char *path,
                                                        recto_error *err);

/** The passes. */
RECTO_MUST_CHECK recto_status recto_convert_read(recto_convert_doc *d, recto_error *err);
RECTO_MUST_CHECK recto_status recto_convert_write(recto_convert_doc *d, const recto_output *outputs,
                                                  int n_outputs, recto_error *err);
RECTO_MUST_CHECK recto_status recto_convert_overlays(recto_convert_doc *d, const char *base,
                                                     recto_error *err);

/** Page i (in the order read) settled but in the reader's px, in d->keep. */
RECTO_MUST_CHECK recto_status recto_convert_settle_page(recto_page *page,
                                                        recto_page_frame *frame_out,
                                                        recto_convert_doc *d, int i,
                                                        recto_error *err);
/** Page i (in the order read) as it goes out, in d->keep. */
RECTO_MUST_CHECK recto_status recto_convert_load_page(recto_page *page, recto_convert_doc *d, int i,
                                                      recto_error *err);
/** False if the page breaks a rule of the model and was replaced by the record of that. */
bool recto_convert_check_page(recto_convert_doc *d, recto_page *page);
/** Show the page in page->picture, in d->keep.  Errors: of rendering, NOMEM. */
RECTO_MUST_CHECK recto_status recto_convert_show_page(recto_page *page, recto_convert_doc *d,
                                                      recto_error *err);

#endif
