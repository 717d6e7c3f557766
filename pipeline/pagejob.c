#include "pipeline/pagejob.h"

#include "pipeline/annotations.h"
#include "pipeline/model_find.h"
#include "pipeline/vlm_start.h"
#include "text/structure.h"
#include "vision/segment.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Enough to tell lines of 6 pt text from drawings. */
static const float COVER_DPI = 120.0f;
/* An invisible OCR layer stands when this share of the sampled lines agrees with the line reader.
 */
static const float AGREE_SHARE = 0.9f;
static const float A4_WIDTH_INCH = 8.27f;
/* A page read with less confidence wants a look by a person. */
static const float DOUBTFUL_CONF = 0.6f;

recto_status recto_model_slot_line(recto_model_slot *slot, recto_arena *tmp, recto_error *err)
{
    const char *dir = NULL;
    if (slot->model != NULL)
        return RECTO_OK;
    recto_status st = recto_model_find_line(&dir, tmp, err);
    return st == RECTO_OK ? recto_model_open(&slot->model, dir, err) : st;
}

/* What the engine takes with the reply memory, the parser's own aside; measured: 4.1 to 4.4 bytes
 * for a pixel of a grey page (the reply, its copy, background and ink maps), and 570 for a word of
 * a text layer.  A few words are a job's own affair. */
static const double LINE_BYTES_PER_PIXEL = 5.0, VLM_BYTES_PER_PIXEL = 12.0;
static const uint64_t BYTES_PER_WORD = 600;
enum { FEW_WORDS = 20000 };

/* Loading takes long and is no fault of the page. */
static void forgive(recto_deadline *deadline, double since_s)
{
    double taken = recto_clock_s() - since_s;
    if (deadline != NULL && deadline->page_s > 0)
        deadline->page_s += taken;
    if (deadline != NULL && deadline->document_s > 0)
        deadline->document_s += taken;
}

static bool time_is_over(void *deadline)
{
    return recto_deadline_check(deadline, NULL) != RECTO_OK;
}

static recto_vlm_job vlm_job(const recto_options *opt)
{
    const recto_options_vlm *v = &opt->vlm;
    return (recto_vlm_job){.task = v->task,
                           .text = v->task == RECTO_VLM_ASK ? v->question : NULL,
                           .system = v->system,
                           .think = v->think,
                           .min_tiles = v->min_tiles,
                           .max_tiles = v->max_tiles,
                           .page_tiles = true,
                           .max_tokens = v->max_tokens,
                           .stop = opt->stop,
                           .user = opt->user};
}

recto_status recto_model_slot_vlm(recto_model_slot *slot, const recto_options *opt,
                                  recto_error *err)
{
    const recto_vlm_job most = vlm_job(opt);
    if (slot->vlm != NULL)
        return RECTO_OK;
    recto_status st = recto_vlm_start(&slot->vlm, opt->vlm.model, &most, opt, err);
    if (st == RECTO_OK)
        recto_vlm_hash_start(slot->vlm, opt->stop, opt->user);
    return st;
}

void recto_model_slot_close(recto_model_slot *slot)
{
    recto_model_close(slot->model);
    recto_vlm_close(slot->vlm);
    *slot = (recto_model_slot){NULL, NULL};
}

static bool is_pdf(const recto_source *s)
{
    return strcmp(recto_source_metadata(s)->format, "pdf") == 0;
}

/* Share of the text-like ink of a small rendering that the layer's words lie on. */
static recto_status layer_cover(float *share, recto_pagejob *job, const recto_layout *layout, int i,
                                recto_error *err)
{
    recto_image *picture = NULL, *gray = NULL;
    recto_prepared *prep = NULL;
    recto_segments seg = {0};
    float inked = 0, covered = 0, scale = layout->dpi / COVER_DPI;
    *share = 1;
    recto_status st = recto_source_page_picture(&picture, job->source, i, COVER_DPI, err);
    if (st == RECTO_OK)
        st = recto_image_gray(&gray, picture, err);
    recto_image_free(picture);
    if (st == RECTO_OK)
        st = recto_prepare(&prep, gray, &(recto_prepare_options){.dpi_guess = COVER_DPI}, err);
    recto_image_free(gray);
    if (st == RECTO_OK && !prep->blank)
        st = recto_segment(&seg, prep, job->keep, job->tmp, err);
    for (int k = 0; k < seg.n_lines; k++) {
        recto_rect ink = recto_rect_scale(seg.lines[k].ink, scale, scale);
        inked += recto_rect_area(ink);
        for (int l = 0; l < layout->n_lines; l++)
            covered += recto_rect_area(recto_rect_meet(ink, layout->lines[l].box));
    }
    recto_prepared_free(prep);
    if (inked > 0)
        *share = fminf(1.0f, covered / inked);
    return st;
}

recto_status recto_pagejob_decide(recto_route *route_out, recto_source_facts *facts_out,
                                  recto_layout *layout_out, recto_pagejob *job, int i,
                                  recto_error *err)
{
    memset(layout_out, 0, sizeof *layout_out);
    recto_status st;
    if (job->opt->reader == RECTO_CHOOSE_LINE || job->opt->reader == RECTO_CHOOSE_VLM ||
        !is_pdf(job->source))
        st = recto_source_page_facts(facts_out, job->source, i, err);
    else
        st = recto_source_page_scan(facts_out, layout_out, job->source, i,
                                    recto_options_dpi(job->opt), job->keep, err);
    if (st != RECTO_OK)
        return st;
    job->patches = (recto_patches){0};
    *route_out = recto_route_page(facts_out, job->opt->reader, is_pdf(job->source));
    if (route_out->look_for_parts)
        st =
            recto_patches_find(&job->patches, layout_out, job->source, i, job->keep, job->tmp, err);
    if (st == RECTO_OK && job->patches.n_boxes > 0)
        recto_route_parts(route_out, true);
    if (st == RECTO_OK && route_out->check_cover) {
        float share = 1;
        st = layer_cover(&share, job, layout_out, i, err);
        if (st == RECTO_OK)
            recto_route_covered(route_out, share, job->patches.n_pictures > 0);
    }
    return st;
}

/* The layer as the reader saw the page: upright, and straight enough. */
static void turn_layer(recto_layout *layer, const recto_layout *read, recto_affine to_read)
{
    const float under = 0.2f; /* of a line's height: its baseline is so far from the lower edge */
    for (int l = 0; l < layer->n_lines; l++) {
        recto_line *line = &layer->lines[l];
        line->box = recto_affine_rect(to_read, line->box);
        line->baseline = line->box.y1 - under * recto_rect_height(line->box);
        for (int w = 0; w < line->n_words; w++)
            line->words[w].box = recto_affine_rect(to_read, line->words[w].box);
    }
    layer->n_links = layer->n_fields = 0; /* they come by recto_annotations_merge */
    layer->width = read->width;
    layer->height = read->height;
    layer->rules = read->rules;
    layer->n_rules = read->n_rules;
    layer->pictures = read->pictures;
    layer->n_pictures = read->n_pictures;
}

/* Its words as words that are seen, with as much confidence as lines agreed. */
static void believe(recto_layout *layer, float share)
{
    for (int l = 0; l < layer->n_lines; l++) {
        layer->lines[l].conf = share;
        layer->lines[l].style &= ~(uint32_t)RECTO_STYLE_HIDDEN;
        for (int w = 0; w < layer->lines[l].n_words; w++) {
            layer->lines[l].words[w].style &= ~(uint32_t)RECTO_STYLE_HIDDEN;
            layer->lines[l].words[w].conf = share;
        }
    }
}

/* Take the invisible layer's text if sampled lines agree with what was read.  On a page that was
 * turned for reading, the layer is turned as well. */
static recto_status compare_hidden(recto_layout *layout, recto_page *page, recto_page_frame *frame,
                                   recto_pagejob *job, int i, recto_error *err)
{
    recto_layout layer;
    recto_affine to_read;
    recto_page_frame between = *frame;
    recto_status st =
        recto_source_page_layout(&layer, job->source, i, page->dpi, true, job->keep, err);
    if (st != RECTO_OK)
        return st;
    bool turned = page->turned_deg != 0 && recto_affine_invert(&to_read, frame->to_page);
    if (turned) {
        turn_layer(&layer, layout, to_read);
        between = (recto_page_frame){RECTO_AFFINE_IDENTITY, layer.width, layer.height};
    }
    float share = recto_reader_agreement(layout, &layer, between, job->tmp);
    if (share < AGREE_SHARE) {
        page->reason = "the text layer is invisible and sampled lines disagree with it";
        return RECTO_OK;
    }
    believe(&layer, share);
    *layout = layer;
    page->reader = RECTO_READER_LAYER;
    page->reason = "the text layer is invisible, but sampled lines agree with it";
    page->flags &= ~(uint32_t)(RECTO_FLAG_UNTRUSTED_TEXT_LAYER | RECTO_FLAG_HIDDEN_TEXT);
    if (!turned) {
        *frame = (recto_page_frame){RECTO_AFFINE_IDENTITY, layer.width, layer.height};
        page->skew_deg = 0;
    }
    return RECTO_OK;
}

/* An image file that does not say its resolution, or says the 72 or 96 that cameras and screens
 * write, is taken for an A4 page. */
static float page_dpi(const recto_image *gray)
{
    if (gray->dpi > 97.0f && gray->dpi < 2500.0f)
        return gray->dpi;
    float shorter = (float)(gray->width < gray->height ? gray->width : gray->height);
    float dpi = shorter / A4_WIDTH_INCH;
    return gray->dpi > 0 && dpi < gray->dpi ? gray->dpi : fmaxf(dpi, 50.0f);
}

static recto_status read_pixels(recto_layout *layout, recto_page *page, recto_page_frame *frame,
                                recto_pagejob *job, const recto_route *route, int i,
                                recto_error *err)
{
    recto_image *gray = NULL;
    double from = recto_clock_s();
    recto_status st = recto_model_slot_line(job->slot, job->tmp, err);
    forgive(job->deadline, from);
    if (st == RECTO_OK)
        st = recto_source_page_pixels(&gray, job->source, i, err);
    if (st != RECTO_OK)
        return st;
    page->dpi = is_pdf(job->source) && gray->dpi > 0 ? gray->dpi : page_dpi(gray);
    gray->dpi = page->dpi;
    job->used_model = true;
    st = recto_reader_line(layout, page, frame, job->slot->model, gray, job->deadline, job->keep,
                           job->tmp, err);
    recto_image_free(gray);
    layout->dpi = page->dpi;
    if (st == RECTO_OK && route->compare_hidden && (page->flags & RECTO_FLAG_BLANK_PAGE) == 0)
        st = compare_hidden(layout, page, frame, job, i, err);
    if (st == RECTO_OK && !is_pdf(job->source)) {
        page->width_pt = frame->width * 72.0f / page->dpi;
        page->height_pt = frame->height * 72.0f / page->dpi;
    }
    return st;
}

/* The whole page by the VLM: its answer is the structure. */
static recto_status read_vlm(recto_page *page, recto_page_frame *frame, recto_pagejob *job, int i,
                             recto_error *err)
{
    recto_image *picture = NULL;
    recto_vlm_job asked = vlm_job(job->opt);
    double from = recto_clock_s();
    recto_status st = recto_model_slot_vlm(job->slot, job->opt, err);
    forgive(job->deadline, from);
    if (job->deadline != NULL) {
        asked.stop = time_is_over;
        asked.user = job->deadline;
    }
    if (st == RECTO_OK)
        st = recto_source_page_picture(&picture, job->source, i, recto_options_dpi(job->opt), err);
    if (st != RECTO_OK)
        return st;
    if (!is_pdf(job->source)) {
        page->dpi = page_dpi(picture);
        page->width_pt = (float)picture->width * 72.0f / page->dpi;
        page->height_pt = (float)picture->height * 72.0f / page->dpi;
    }
    job->used_vlm = true;
    st = recto_reader_vlm(page, frame, job->slot->vlm, picture, &asked, job->keep, job->tmp, err);
    recto_image_free(picture);
    if (st == RECTO_ERR_CANCELLED && recto_deadline_check(job->deadline, err) == RECTO_ERR_TIMEOUT)
        return RECTO_ERR_TIMEOUT;
    return st;
}

/* Memory that a text layer of many words takes. */
static uint64_t words_bytes(const recto_layout *layout)
{
    uint64_t n = 0;
    for (int i = 0; i < layout->n_lines; i++)
        n += (uint64_t)layout->lines[i].n_words;
    return n < FEW_WORDS ? 0 : n * BYTES_PER_WORD;
}

/* Memory that reading the page's image takes. */
static uint64_t page_bytes(const recto_pagejob *job, const recto_route *route,
                           const recto_source_facts *facts)
{
    bool vlm = route->reader == RECTO_READER_VLM;
    double inch = (double)recto_options_dpi(job->opt) / 72.0;
    double rendered = (double)facts->width_pt * (double)facts->height_pt * inch * inch;
    double own = (double)facts->image_w * (double)facts->image_h;
    double pixels = facts->single_image || !is_pdf(job->source) ? own : fmax(rendered, own);
    return (uint64_t)(pixels * (vlm ? VLM_BYTES_PER_PIXEL : LINE_BYTES_PER_PIXEL));
}

/* Read the page's image as the route says, when there is memory for it. */
static recto_status read_image(recto_layout *layout, recto_page *page, recto_page_frame *frame,
                               recto_pagejob *job, const recto_route *route,
                               const recto_source_facts *facts, int i, recto_error *err)
{
    /* in one piece: who holds some and waits for more could wait for ever */
    uint64_t bytes = page_bytes(job, route, facts) + words_bytes(layout);
    recto_status st = recto_budget_take(job->opt->budget, bytes, job->deadline, err);
    if (st != RECTO_OK)
        return st;
    if (route->reader == RECTO_READER_VLM)
        st = read_vlm(page, frame, job, i, err);
    else
        st = read_pixels(layout, page, frame, job, route, i, err);
    recto_budget_give(job->opt->budget, bytes);
    return st;
}

/* The parts of a page that its text layer does not say. */
static recto_status read_patches(recto_layout *layout, recto_page *page, recto_pagejob *job,
                                 recto_route *route, const recto_source_facts *facts, int i,
                                 recto_error *err)
{
    recto_image *gray = NULL;
    int n = 0;
    uint64_t bytes = page_bytes(job, route, facts);
    recto_status st = recto_budget_take(job->opt->budget, bytes, job->deadline, err);
    if (st != RECTO_OK)
        return st;
    double from = recto_clock_s();
    st = recto_model_slot_line(job->slot, job->tmp, err);
    forgive(job->deadline, from);
    if (st == RECTO_OK)
        st = recto_source_page_pixels(&gray, job->source, i, err);
    if (st == RECTO_OK) {
        job->used_model = true;
        st = recto_patches_read(&n, layout, &job->patches, job->slot->model, gray, job->deadline,
                                job->keep, job->tmp, err);
    }
    recto_image_free(gray);
    recto_budget_give(job->opt->budget, bytes);
    recto_route_parts(route, n > 0);
    page->flags |= n > 0 ? RECTO_FLAG_PARTLY_READ : 0u;
    return st;
}

/* Say which blocks are made of what was read. */
static void mark_read(recto_page *page)
{
    for (int b = 0; b < page->n_blocks; b++) {
        recto_block *block = &page->blocks[b];
        if (block->conf < 1.0f)
            block->flags |= RECTO_FLAG_PARTLY_READ;
    }
}

/* Words of a text layer that is the page's text stay until the page is parked. */
static recto_status hold_words(recto_pagejob *job, const recto_layout *layout, recto_error *err)
{
    uint64_t bytes = words_bytes(layout);
    recto_status st = recto_budget_take(job->opt->budget, bytes, job->deadline, err);
    if (st == RECTO_OK)
        job->held_bytes = bytes;
    return st;
}

void recto_pagejob_release(recto_pagejob *job)
{
    recto_budget_give(job->opt->budget, job->held_bytes);
    job->held_bytes = 0;
}

static recto_status read_page(recto_page *page, recto_page_frame *frame, recto_pagejob *job, int i,
                              recto_error *err)
{
    recto_route route;
    recto_source_facts facts;
    recto_layout layout;
    recto_status st = recto_pagejob_decide(&route, &facts, &layout, job, i, err);
    if (st == RECTO_OK && route.reader == RECTO_READER_LAYER && job->patches.n_boxes > 0)
        st = read_patches(&layout, page, job, &route, &facts, i, err); /* before anything is held */
    if (st == RECTO_OK && route.reader == RECTO_READER_LAYER)
        st = hold_words(job, &layout, err);
    if (st != RECTO_OK)
        return st;
    page->reader = route.reader;
    page->reason = route.reason;
    page->flags |= route.flags | (facts.damaged ? RECTO_FLAG_DAMAGED : 0u);
    if (recto_route_hides_text(&facts) && route.reader != RECTO_READER_VLM &&
        job->opt->reader != RECTO_CHOOSE_LINE)
        page->flags |= RECTO_FLAG_HIDDEN_TEXT;
    page->width_pt = facts.width_pt;
    page->height_pt = facts.height_pt;
    page->dpi = recto_options_dpi(job->opt);
    if (route.reader == RECTO_READER_VLM) {
        st = read_image(&layout, page, frame, job, &route, &facts, i, err);
        page->turned_deg = (page->turned_deg + facts.turned_deg) % 360;
        page->flags |= facts.turned_deg != 0 ? RECTO_FLAG_ROTATED : 0u;
        return st;
    }
    if (route.reader == RECTO_READER_LINE) {
        const recto_layout layer = layout;
        st = read_image(&layout, page, frame, job, &route, &facts, i, err);
        if (st == RECTO_OK)
            st = recto_annotations_merge(&layout, &layer, *frame, job->keep, err);
    } else {
        if (layout.dpi <= 0) { /* nothing was laid out: a blank page, or an image without a layer */
            layout.dpi = page->dpi;
            layout.width = facts.width_pt * page->dpi / 72.0f;
            layout.height = facts.height_pt * page->dpi / 72.0f;
        }
        *frame = (recto_page_frame){RECTO_AFFINE_IDENTITY, layout.width, layout.height};
    }
    if (st != RECTO_OK)
        return st;
    page->turned_deg = (page->turned_deg + facts.turned_deg) % 360;
    page->flags |= facts.turned_deg != 0 ? RECTO_FLAG_ROTATED : 0u;
    page->width = layout.width;
    page->height = layout.height;
    st = recto_structure_page(page, &layout, job->keep, job->tmp, err);
    if (st == RECTO_OK && page->n_blocks > 0 && (page->flags & RECTO_FLAG_BLANK_PAGE) != 0) {
        page->flags &= ~(uint32_t)RECTO_FLAG_BLANK_PAGE;
        page->reason = "nothing but form fields is on the page";
    }
    if (st == RECTO_OK && (page->flags & RECTO_FLAG_PARTLY_READ) != 0)
        mark_read(page);
    if (st == RECTO_OK && page->n_blocks > 0 && page->conf < DOUBTFUL_CONF)
        page->flags |= RECTO_FLAG_LOW_CONFIDENCE;
    return st;
}

const char *recto_pagejob_message(const recto_error *err)
{
    int length = 0;
    if (sscanf(err->msg, "page %*d: %n", &length) == 0 && length > 0)
        return err->msg + length;
    return err->msg;
}

/* Errors that end the run or the document instead of the page. */
static bool is_fatal(recto_status st)
{
    return st == RECTO_ERR_NOMEM || st == RECTO_ERR_DEVICE || st == RECTO_ERR_MODEL ||
           st == RECTO_ERR_CANCELLED || st == RECTO_ERR_ARG;
}

recto_status recto_pagejob_run(recto_page *page, recto_page_frame *frame_out, recto_pagejob *job,
                               int i, recto_error *err)
{
    recto_error page_err = {0};
    memset(page, 0, sizeof *page);
    *frame_out = (recto_page_frame){RECTO_AFFINE_IDENTITY, 0, 0};
    page->number = i + 1;
    page->conf = 1;
    if (job->deadline != NULL && job->opt->timeout_s > 0) {
        job->deadline->page_limit_s = job->opt->timeout_s;
        job->deadline->page_s = recto_clock_s() + job->opt->timeout_s;
    }
    recto_status st = recto_deadline_check(job->deadline, &page_err);
    if (st == RECTO_OK)
        st = read_page(page, frame_out, job, i, &page_err);
    if (job->deadline != NULL)
        job->deadline->page_s = 0;
    if (st == RECTO_OK)
        return st;
    if (is_fatal(st)) {
        if (st == RECTO_ERR_MODEL) /* no fault of the page */
            return recto_error_set(err, st, "%s", page_err.msg);
        return recto_error_set(err, st, "page %d: %s", i + 1, recto_pagejob_message(&page_err));
    }
    *page =
        (recto_page){.number = i + 1, .dpi = recto_options_dpi(job->opt), .conf = 0, .status = st};
    const char *msg = recto_pagejob_message(&page_err);
    page->error = recto_arena_text(job->keep, msg, strlen(msg));
    return page->error != NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

static recto_rect place_box(recto_rect box, recto_page_frame frame)
{
    return recto_rect_clip(recto_affine_rect(frame.to_page, box), frame.width, frame.height);
}

static void place_lines(recto_line *lines, int n, recto_page_frame frame)
{
    for (int i = 0; i < n; i++) {
        recto_line *line = &lines[i];
        line->box =
            recto_rect_clip(recto_affine_rect(frame.to_page, line->box), frame.width, frame.height);
        for (int k = 0; k < line->n_words; k++)
            line->words[k].box = recto_rect_clip(
                recto_affine_rect(frame.to_page, line->words[k].box), frame.width, frame.height);
    }
}

void recto_pagejob_place(recto_page *page, recto_page_frame frame)
{
    if (page->status != RECTO_OK)
        return;
    for (int b = 0; b < page->n_blocks; b++) {
        recto_block *block = &page->blocks[b];
        if (page->reader != RECTO_READER_VLM || !recto_rect_is_empty(block->box))
            block->box = place_box(block->box, frame); /* an unknown box stays one */
        place_lines(block->lines, block->n_lines, frame);
        if (block->field != NULL)
            block->field->box = place_box(block->field->box, frame);
        for (int k = 0; block->table != NULL && k < block->table->n_cells; k++) {
            recto_cell *cell = &block->table->cells[k];
            if (page->reader != RECTO_READER_VLM)
                cell->box = place_box(cell->box, frame);
            place_lines(cell->lines, cell->n_lines, frame);
        }
    }
    for (int k = 0; k < page->n_regions; k++)
        page->regions[k].box = place_box(page->regions[k].box, frame);
    page->width = frame.width;
    page->height = frame.height;
}
