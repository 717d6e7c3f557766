/* The VLM as a reader: an upright picture in, the model's answer as blocks out. */
#include "pipeline/reader.h"
#include "text/markup.h"
#include "vision/prepare.h"
#include <string.h>

/* The page as the model gets it: turned upright when that is sure, otherwise untouched, since the
 * model was trained on pages as they come.  *upright_out is NULL when picture itself will do. */
static recto_status make_upright(recto_image **upright_out, recto_page *page,
                                 recto_page_frame *frame_out, const recto_image *picture,
                                 bool *blank_out, recto_error *err)
{
    recto_image *gray = NULL;
    recto_prepared *prep = NULL;
    *upright_out = NULL;
    *blank_out = false;
    recto_status st = recto_image_gray(&gray, picture, err);
    if (st != RECTO_OK)
        return st;
    const recto_prepare_options opt = {.orient = true, .dpi_guess = picture->dpi};
    st = recto_prepare(&prep, gray, &opt, err);
    recto_image_free(gray);
    if (st != RECTO_OK)
        return st;
    *blank_out = prep->blank;
    page->turned_deg = prep->turned_deg;
    page->flags |= prep->turned_deg != 0 ? RECTO_FLAG_ROTATED : 0u;
    page->width = (float)prep->gray->width;
    page->height = (float)prep->gray->height;
    *frame_out = (recto_page_frame){prep->to_input, (float)picture->width, (float)picture->height};
    recto_prepared_free(prep);
    return page->turned_deg == 0 ? RECTO_OK
                                 : recto_image_turn(upright_out, picture, page->turned_deg, err);
}

/* Other limits of tiles, for a second reading; false if the model has no other grid for this image.
 */
static bool other_tiles(recto_vlm_job *again, const recto_vlm *vlm, const recto_image *im,
                        const recto_vlm_job *job)
{
    static const int limits[][2] = {{1, 12}, {8, 24}, {1, 4}, {2, 6}};
    const recto_vlm_config *c = recto_vlm_config_of(vlm);
    /* never more than were asked for: so much memory was found to be there */
    const int most = job->max_tiles > 0 ? job->max_tiles : c->tiles.max_tiles;
    recto_tiles_grid first = recto_vlm_grid(vlm, im->width, im->height, job);
    *again = *job;
    again->page_tiles = false;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        again->min_tiles = limits[i][0] < most ? limits[i][0] : most;
        again->max_tiles = limits[i][1] < most ? limits[i][1] : most;
        recto_tiles_grid g = recto_vlm_grid(vlm, im->width, im->height, again);
        int tokens = (g.cols * g.rows + 1) * recto_vit_tokens(&c->vit); /* with the thumbnail */
        if ((g.cols != first.cols || g.rows != first.rows) && tokens < c->decoder.n_context)
            return true;
    }
    return false;
}

/* Ask; once more with other tiles if the answer is a loop.  Of two loops the longer text is kept.
 */
static recto_status ask(recto_vlm_answer *answer, recto_vlm *vlm, const recto_image *im,
                        const recto_vlm_job *job, recto_error *err)
{
    recto_vlm_job again;
    recto_vlm_answer second;
    recto_status st = recto_vlm_ask(answer, vlm, im, job, err);
    if (st != RECTO_OK || answer->end != RECTO_GENERATE_LOOP || !other_tiles(&again, vlm, im, job))
        return st;
    st = recto_vlm_ask(&second, vlm, im, &again, err);
    if (st == RECTO_ERR_LIMIT) { /* more tiles than the context takes: the first answer stands */
        answer->facts.retried = true;
        return RECTO_OK;
    }
    if (st == RECTO_OK && (second.end != RECTO_GENERATE_LOOP || second.len > answer->len)) {
        recto_vlm_answer_free(answer);
        *answer = second;
    } else {
        recto_vlm_answer_free(&second);
    }
    answer->facts.retried = true;
    return st;
}

recto_status recto_reader_vlm(recto_page *page, recto_page_frame *frame_out, recto_vlm *vlm,
                              const recto_image *picture, const recto_vlm_job *job,
                              recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    recto_image *upright = NULL;
    recto_vlm_answer answer = {0};
    recto_vlm_job watched = *job;
    bool blank;
    watched.watch_loops = true;
    recto_status st = make_upright(&upright, page, frame_out, picture, &blank, err);
    if (st == RECTO_OK && blank) {
        page->flags |= RECTO_FLAG_BLANK_PAGE;
        page->reason = "the page is blank";
    } else if (st == RECTO_OK) {
        st = ask(&answer, vlm, upright != NULL ? upright : picture, &watched, err);
    }
    recto_image_free(upright);
    if (st == RECTO_OK && answer.text != NULL) {
        const recto_markup_options opt = {.width = page->width,
                                          .height = page->height,
                                          .is_json = job->task == RECTO_VLM_LAYOUT,
                                          .is_latex = job->task == RECTO_VLM_FORMULA,
                                          .cut_off = answer.end != RECTO_GENERATE_STOP};
        page->vlm = answer.facts;
        page->flags |= answer.end == RECTO_GENERATE_LOOP  ? RECTO_FLAG_LOOP_STOPPED
                       : answer.end == RECTO_GENERATE_MAX ? RECTO_FLAG_TRUNCATED
                                                          : 0u;
        st = recto_markup_parse(page, answer.text, answer.len, &opt, keep, tmp, err);
        page->flags |= page->n_notes > 0 ? RECTO_FLAG_REPAIRED : 0u;
    }
    recto_vlm_answer_free(&answer);
    return st;
}
