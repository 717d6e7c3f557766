/* The page job: one page of a source through routing, a reader and structure. */
#ifndef RECTO_PIPELINE_PAGEJOB_H
#define RECTO_PIPELINE_PAGEJOB_H

#include "pipeline/options.h"
#include "pipeline/patches.h"
#include "pipeline/reader.h"
#include "pipeline/route.h"
#include "vision/source.h"

/* The models of a run, each loaded at first need. */
typedef struct recto_model_slot {
    recto_model *model; /* the line reader's */
    recto_vlm *vlm;
} recto_model_slot;

void recto_model_slot_close(recto_model_slot *slot);
/** The slot's model, loaded if it is not there yet.  Errors: MODEL, NOMEM, DEVICE, and for the VLM
 * LIMIT (memory), CANCELLED. */
RECTO_MUST_CHECK recto_status recto_model_slot_line(recto_model_slot *slot, recto_arena *tmp,
                                                    recto_error *err);
RECTO_MUST_CHECK recto_status recto_model_slot_vlm(recto_model_slot *slot, const recto_options *opt,
                                                   recto_error *err);

typedef struct recto_pagejob {
    recto_source *source;
    const recto_options *opt;
    recto_model_slot *slot;
    recto_deadline *deadline; /* the document's; the job sets the page's part of it; or NULL */
    recto_arena *keep, *tmp;  /* cleared by the caller between pages */
    recto_patches patches;    /* of the page decided last, in keep */
    bool used_model;          /* set when a page was shown to the line reader */
    bool used_vlm;            /* set when a page was shown to the VLM */
    uint64_t held_bytes;      /* of opt->budget, by the page last read */
} recto_pagejob;

/** Facts of page i and the reader it gets, as run would decide.  Errors: of the source, MODEL. */
RECTO_MUST_CHECK recto_status recto_pagejob_decide(recto_route *route_out,
                                                   recto_source_facts *facts_out,
                                                   recto_layout *layout_out, recto_pagejob *job,
                                                   int i, recto_error *err);

/**
 * Read page i (0-based).
 *
 * page       out: filled with blocks, in job->keep; boxes in the reader's pixels
 * frame_out  how these lie in the page as displayed
 *
 * The page is granted opt->timeout_s, less what loading a model and waiting for memory take.
 * Errors: NOMEM, DEVICE, MODEL, CANCELLED stop the document; anything else is this page's own fate:
 * RECTO_OK is returned and page->status and page->error say what went wrong.
 */
RECTO_MUST_CHECK recto_status recto_pagejob_run(recto_page *page, recto_page_frame *frame_out,
                                                recto_pagejob *job, int i, recto_error *err);

/** Give the budget what the page last read holds of it; to be called when keep and tmp are cleared.
 */
void recto_pagejob_release(recto_pagejob *job);

/** The message of an error of the source without the "page 3: " in front, for records that say
 * which page it is. */
const char *recto_pagejob_message(const recto_error *err);

/** Map every box of the page to the page as displayed and set its size; to be done once, after
 * recto_structure_settle. */
void recto_pagejob_place(recto_page *page, recto_page_frame frame);

#endif
