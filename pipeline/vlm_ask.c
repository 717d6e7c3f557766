/* One question about one image: tiles, encoder, prompt, answer. */
#include "core/buf.h"
#include "pipeline/vlm.h"
#include "pipeline/vlm_parts.h"
#include <stdlib.h>
#include <string.h>

static recto_tiles_rule job_rule(const recto_vlm *m, int width, int height,
                                 const recto_vlm_job *job)
{
    recto_tiles_rule rule = m->config.tiles;
    if (job->max_tiles > 0)
        rule.max_tiles = job->max_tiles;
    if (job->min_tiles > 0)
        rule.min_tiles = job->min_tiles;
    if (rule.min_tiles > rule.max_tiles)
        rule.min_tiles = rule.max_tiles;
    return job->min_tiles == 0 && job->page_tiles ? recto_tiles_for_page(width, height, &rule)
                                                  : rule;
}

recto_tiles_grid recto_vlm_grid(const recto_vlm *m, int width, int height, const recto_vlm_job *job)
{
    recto_tiles_rule rule = job_rule(m, width, height, job);
    return recto_tiles_choose(width, height, &rule);
}

static const char *job_system(const recto_vlm *m, const recto_vlm_job *job)
{
    if (job->system != NULL)
        return job->system;
    return m->config.default_system ? recto_vlm_config_system : NULL;
}

static const char *job_text(const recto_vlm_job *job)
{
    const char *text = job->text != NULL ? job->text : recto_vlm_prompt_text(job->task);
    return text != NULL ? text : "";
}

int recto_vlm_positions(const recto_vlm *m, const recto_vlm_job *job)
{
    /* a token is a byte at least, and the template takes a dozen */
    size_t text = strlen(job_text(job)), frame = 64;
    const char *system = job_system(m, job);
    size_t tiles = (size_t)(job->max_tiles > 0 ? job->max_tiles : m->config.tiles.max_tiles) + 1;
    size_t n = tiles * (size_t)recto_vit_tokens(&m->config.vit) + text + frame +
               (system != NULL ? strlen(system) : 0) + (size_t)job->max_tokens;
    return n < (size_t)m->config.decoder.n_context ? (int)n : m->config.decoder.n_context;
}

/* --- steps ------------------------------------------------------------------------------------ */

/* The request's ids, and how many tokens of answer the context leaves. */
static recto_status write_request(recto_vlm_steps *s, recto_error *err)
{
    const recto_vlm *m = s->m;
    const recto_vlm_request request = {.text = job_text(s->job),
                                       .system = job_system(m, s->job),
                                       .n_image_tokens = s->n_image,
                                       .think = s->job->think};
    recto_status st =
        recto_vlm_prompt_ids(&s->ids, &s->n_ids, m->tokenizer, &m->marks, &request, err);
    if (st != RECTO_OK)
        return st;
    int room = m->config.decoder.n_context - s->n_ids;
    if (room < 1)
        return recto_error_set(
            err, RECTO_ERR_LIMIT,
            "image (%d tokens) and prompt (%d) do not fit in the model's context of %d; use fewer "
            "tiles (--tiles) or a shorter prompt",
            s->n_image, s->n_ids - s->n_image, m->config.decoder.n_context);
    s->max_tokens = s->job->max_tokens < room ? s->job->max_tokens : room;
    return RECTO_OK;
}

recto_status recto_vlm_steps_begin(recto_vlm_steps *s, recto_vlm *m, const recto_image *image,
                                   const recto_vlm_job *job, recto_error *err)
{
    *s = (recto_vlm_steps){.m = m, .job = job};
    s->rule = job_rule(m, image->width, image->height, job);
    s->grid = recto_tiles_choose(image->width, image->height, &s->rule);
    s->n_tiles = recto_tiles_count(s->grid, &s->rule);
    s->n_image = s->n_tiles * recto_vit_tokens(&m->config.vit);
    recto_status st = write_request(s, err);
    if (st == RECTO_OK)
        st = recto_tiles_cut(&s->pixels, image, s->grid, &s->rule, err);
    if (st != RECTO_OK)
        return st;
    s->image = malloc((size_t)s->n_image * (size_t)m->config.decoder.dim * sizeof *s->image);
    s->logits = malloc((size_t)m->config.decoder.n_vocab * sizeof *s->logits);
    if (s->image == NULL || s->logits == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    return RECTO_OK;
}

recto_status recto_vlm_steps_encode(recto_vlm_steps *s, recto_error *err)
{
    return recto_vit_encode(s->image, s->m->vit, s->pixels, s->n_tiles, s->tap, s->job->stop,
                            s->job->user, err);
}

recto_status recto_vlm_steps_read(recto_vlm_steps *s, recto_error *err)
{
    recto_decoder *d = s->m->decoder;
    recto_status st = recto_decoder_start(d, s->n_ids + s->max_tokens, err);
    if (st != RECTO_OK)
        return st;
    return recto_decoder_read(d, s->logits, s->ids, s->n_ids, s->m->marks.context, s->image,
                              s->n_image, s->job->stop, s->job->user, err);
}

static bool stop_between_tokens(void *steps, int n_tokens)
{
    const recto_vlm_steps *s = steps;
    (void)n_tokens;
    return s->job->stop != NULL && s->job->stop(s->job->user);
}

recto_status recto_vlm_steps_generate(recto_vlm_steps *s, recto_error *err)
{
    const recto_vlm *m = s->m;
    recto_generate_options opt = {.max_tokens = s->max_tokens,
                                  .n_tokens = recto_tokenizer_count(m->tokenizer),
                                  .watch_loops = s->job->watch_loops,
                                  .on_token = stop_between_tokens,
                                  .user = s};
    opt.stop_ids[opt.n_stop_ids++] = m->marks.im_end;
    for (int i = 0; i < m->config.n_stop_ids; i++)
        opt.stop_ids[opt.n_stop_ids++] = m->config.stop_ids[i];
    return recto_generate(&s->answer, m->decoder, s->logits, &opt, err);
}

void recto_vlm_steps_free(recto_vlm_steps *s)
{
    free(s->pixels);
    free(s->image);
    free(s->ids);
    free(s->logits);
    recto_generated_free(&s->answer);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Tokens that frame requests and never belong to an answer. */
static bool is_frame(const recto_vlm *m, int32_t id)
{
    size_t len = 0;
    const char *text = recto_tokenizer_token(m->tokenizer, id, &len);
    if (id == m->marks.img || id == m->marks.img_end || id == m->marks.context)
        return true;
    return text != NULL && recto_tokenizer_is_special(m->tokenizer, id) && len > 4 &&
           memcmp(text, "<|", 2) == 0 && memcmp(text + len - 2, "|>", 2) == 0;
}

/* The text of ids[n]; coordinates and boxes are special tokens and stay. */
static recto_status spell(recto_vlm_answer *out, const recto_vlm *m, const int32_t *ids, int n,
                          recto_error *err)
{
    recto_buf text = RECTO_BUF_INIT;
    for (int i = 0; i < n; i++)
        if (!is_frame(m, ids[i]))
            recto_tokenizer_decode(&text, m->tokenizer, &ids[i], 1, true);
    recto_buf_text(&text, "");
    recto_status st = recto_buf_status(&text, err);
    if (st == RECTO_OK && text.data == NULL) /* an empty answer is a text, too */
        text.data = calloc(1, 1);
    if (st == RECTO_OK && text.data == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st != RECTO_OK) {
        recto_buf_free(&text);
        return st;
    }
    out->text = text.data;
    out->len = text.len;
    return RECTO_OK;
}

recto_status recto_vlm_ask(recto_vlm_answer *out, recto_vlm *m, const recto_image *image,
                           const recto_vlm_job *job, recto_error *err)
{
    recto_vlm_steps s;
    memset(out, 0, sizeof *out);
    recto_status st = recto_vlm_steps_begin(&s, m, image, job, err);
    if (st == RECTO_OK)
        st = recto_vlm_steps_encode(&s, err);
    if (st == RECTO_OK)
        st = recto_vlm_steps_read(&s, err);
    if (st == RECTO_OK)
        st = recto_vlm_steps_generate(&s, err);
    if (st == RECTO_OK) {
        bool loop = s.answer.end == RECTO_GENERATE_LOOP;
        out->end = s.answer.end;
        out->facts = (recto_vlm_facts){.tile_cols = s.grid.cols,
                                       .tile_rows = s.grid.rows,
                                       .n_tiles = s.n_tiles,
                                       .prompt_tokens = s.n_ids,
                                       .answer_tokens = s.answer.n};
        st = spell(out, m, s.answer.ids, loop ? s.answer.loop_from : s.answer.n, err);
    }
    recto_vlm_steps_free(&s);
    return st;
}

void recto_vlm_answer_free(recto_vlm_answer *a)
{
    free(a->text);
    memset(a, 0, sizeof *a);
}
