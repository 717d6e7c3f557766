/* Readers: a page in, a layout of words out, in the pixels of the page as they read it. */
#ifndef RECTO_PIPELINE_READER_H
#define RECTO_PIPELINE_READER_H

#include "core/arena.h"
#include "core/deadline.h"
#include "pipeline/model.h"
#include "pipeline/vlm.h"
#include "text/doc.h"
#include "vision/image.h"

/* How the pixels in which a page was read lie in the page as displayed: boxes are mapped by to_page
 * when the page is written, because order and structure want an upright, straight page. */
typedef struct recto_page_frame {
    recto_affine to_page;
    float width, height; /* px of the page as displayed */
} recto_page_frame;

/**
 * Read a page image with the line reader.
 *
 * layout_out  words in pixels of the prepared (upright, straight) page, in `keep`
 * page        turned_deg, skew_deg, flags and reason (blank page) are set; the rest is left alone
 * frame_out   from prepared pixels to those of gray
 * gray        1 channel; dpi 0 = unknown
 * deadline    looked at between the steps and every few lines; NULL = none
 *
 * Orientation: preparation's guess is read first; when the text makes no sense the other three
 * turns are sampled and the best one is read.  Errors: NOMEM, LIMIT, DEVICE, TIMEOUT, CANCELLED.
 */
RECTO_MUST_CHECK recto_status recto_reader_line(recto_layout *layout_out, recto_page *page,
                                                recto_page_frame *frame_out, recto_model *model,
                                                const recto_image *gray,
                                                const recto_deadline *deadline, recto_arena *keep,
                                                recto_arena *tmp, recto_error *err);

/**
 * Read a part of a page that is known to be upright and straight: no turns are tried.
 *
 * layout_out  words, rules and pictures in pixels of gray, in `keep`; empty if nothing is there
 * gray        1 channel, dpi known
 *
 * Errors: as recto_reader_line.
 */
RECTO_MUST_CHECK recto_status recto_reader_line_part(recto_layout *layout_out, recto_model *model,
                                                     const recto_image *gray,
                                                     const recto_deadline *deadline,
                                                     recto_arena *keep, recto_arena *tmp,
                                                     recto_error *err);

/**
 * Read a page image with the VLM.
 *
 * page       blocks, regions, notes, vlm facts, conf, flags, turned_deg and reason (blank page) are
 * set; blocks have no lines, and no box unless the model gave one frame_out  from the pixels that
 * the model saw (upright) to those of picture; page->width and height are of the former picture 1
 * or 3 channels; dpi 0 = unknown job        task, tiles and limits; watch_loops is on: a reading
 * that goes round in circles is done once more with other tiles
 *
 * Blank pages are found before the model is asked.  Errors: of recto_vlm_ask.
 */
RECTO_MUST_CHECK recto_status recto_reader_vlm(recto_page *page, recto_page_frame *frame_out,
                                               recto_vlm *vlm, const recto_image *picture,
                                               const recto_vlm_job *job, recto_arena *keep,
                                               recto_arena *tmp, recto_error *err);

/**
 * Share of sampled lines on which two readings of a page agree, 0..1.
 *
 * read   what the line reader saw
 * layer  another reading (an invisible OCR layer)
 * frame  from read's pixels to layer's
 *
 * Up to 16 lines spread over the page; a line agrees when the letters and digits of the layer's
 * words under it differ by at most 2 in a hundred.  No line to sample gives 0.
 */
float recto_reader_agreement(const recto_layout *read, const recto_layout *layer,
                             recto_page_frame frame, recto_arena *tmp);

/** Letters and digits in which two texts differ (at most 256 of each are looked at, case does not
 * count); *longer_out: how many the longer one has. */
int recto_reader_difference(int *longer_out, const char *a, const char *b);

#endif
